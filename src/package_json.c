/*-------------------------------------------------------------------------
 *
 * package_json.c
 *		soc2.report_json: all question views as JSON.
 *
 * A row is a line, so that the document can be written in parts and read with
 * the tools that read lines.  The hashes are of the arrays as they stand there:
 * what the operator -> gives for type json.
 *
 * IDENTIFICATION
 *	  src/package_json.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ledger.h"
#include "package.h"
#include "soc2.h"
#include "utils/builtins.h"
#include "utils/json.h"

PG_FUNCTION_INFO_V1(soc2_report_json);

/* an array while it is written */
typedef struct array_writer
{
	soc2_document *document;
	soc2_sum	sum;			/* of the array */
	bool		has_rows;
} array_writer;

/* add text to the array */
static void
add(array_writer *writer, const char *text, int len)
{
	appendBinaryStringInfo(&writer->document->text, text, len);
	soc2_sum_add(&writer->sum, text, len);
}

/* write a row */
static void
write_row(void *state, HeapTuple row, TupleDesc desc)
{
	array_writer *writer = state;
	char	   *json = SPI_getvalue(row, desc, 1);

	if (writer->has_rows)
		add(writer, ",\n", 2);
	else
		add(writer, "\n", 1);
	writer	  ->has_rows = true;

	soc2_document_lines(writer->document);
	add(writer, json, (int) strlen(json));
}

/* write the rows of a source, and what the manifest says of them */
static void
write_source(soc2_document *document, const soc2_question *question,
			 const soc2_source *source, StringInfo manifest)
{
	array_writer writer = {document};
	char		hex[SOC2_SUM_TEXT_SIZE];
	int64		rows;

	soc2_sum_begin(&writer.sum);
	escape_json(&document->text, source->name);
	appendStringInfoChar(&document->text, ':');
	add(&writer, "[", 1);
	rows = soc2_question_query(question,
							   soc2_source_query(question, source, true),
							   write_row, &writer);
	if (writer.has_rows)
		add(&writer, "\n", 1);
	add(&writer, "]", 1);
	soc2_sum_end(&writer.sum, hex);
	appendStringInfoString(manifest, "{\"name\":");
	escape_json(manifest, source->name);
	appendStringInfo(manifest, ",\"rows\":" INT64_FORMAT ",\"bytes\":" INT64_FORMAT ",\"sha256\":\"%s\"}",
					 rows, writer.sum.bytes, hex);
}

/* Write the report */
void
soc2_json_write(soc2_document *document, const soc2_question *question,
				const char *about)
{
	StringInfo text = &document->text;
	StringInfoData manifest;
	int			count;
	soc2_source *sources = soc2_source_list(question, SOC2_SOURCES_QUERY,
											&count);

	initStringInfo(&manifest);
	appendStringInfo(text, "{\"format\":\"soc2-report-1\",\n\"about\":%s,\n\"views\":{\n",
					 about);
	for (int i = 0; i < count; i++)
	{
		const char *end = i + 1 < count ? ",\n" : "\n";

		write_source(document, question, &sources[i], &manifest);
		appendStringInfoString(text, end);
		appendStringInfoString(&manifest, end);
		soc2_document_lines(document);
	}
	appendStringInfo(text, "},\n\"manifest\":[\n%s]}\n", manifest.data);
}

/* All question views as JSON */
Datum
soc2_report_json(PG_FUNCTION_ARGS)
{
	soc2_question question = soc2_question_of(fcinfo, 0);
	soc2_document document;
	int			level;

	soc2_document_begin(&document, NULL, NULL, NULL);
	level = soc2_ledger_pin();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	soc2_json_write(&document, &question,
					soc2_question_value(&question, SOC2_ABOUT_QUERY));
	SPI_finish();
	soc2_ledger_unpin(level);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(document.text.data,
											  document.text.len));
}
