/*-------------------------------------------------------------------------
 *
 * package_csv.c
 *		soc2.report_csv: a view as CSV.
 *
 * Lines end in CR and LF, as RFC 4180 asks for.  NULL is nothing at all, and
 * an empty text is "", as COPY has it.  Numbers stand as they are; whatever
 * else a spreadsheet could compute is made harmless, see core/csv.h.
 *
 * IDENTIFICATION
 *	  src/package_csv.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "argument.h"
#include "catalog/pg_type.h"
#include "core/csv.h"
#include "ledger.h"
#include "package.h"
#include "soc2.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(soc2_report_csv);

static const char *const view_query =
"SELECT view, view, keys, NULL FROM soc2.report_views()"
" WHERE view = $1 OR view = 'soc2.' || $1";

static const char *const views_query =
"SELECT string_agg(view, ', ' ORDER BY place)"
" FROM soc2.report_views() WITH ORDINALITY AS v (view, keys, in_period, place)";

/* Is a type one of numbers, which no spreadsheet takes for a formula? */
static bool
is_number(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return true;
		default:
			return false;
	}
}

/* append a text as a cell */
static void
append_text(StringInfo line, const char *string)
{
	soc2_text text = soc2_text_of(string);
	soc2_buffer buffer = {NULL, 0, 0};

	soc2_csv_add_text(&buffer, text);
	enlargeStringInfo(line, (int) Min(buffer.len, MaxAllocSize));
	buffer.bytes = line->data + line->len;
	buffer.size = buffer.len;
	buffer.len = 0;
	soc2_csv_add_text(&buffer, text);
	line->len += (int) buffer.len;
	line->data[line->len] = '\0';
}

/* append a value as a cell */
static void
append_cell(StringInfo line, HeapTuple row, TupleDesc desc, int column)
{
	char	   *value = SPI_getvalue(row, desc, column);
	Oid			type = SPI_gettypeid(desc, column);

	if (value == NULL)
		return;
	if (type == BOOLOID)
		appendStringInfoString(line, value[0] == 't' ? "true" : "false");
	else if (is_number(type))
		appendStringInfoString(line, value);
	else
		append_text(line, value);
}

/* write the names of the columns */
static void
write_header(soc2_document *document, TupleDesc desc)
{
	for (int column = 1; column <= desc->natts; column++)
	{
		if (column > 1)
			appendStringInfoChar(&document->text, ',');
		append_text(&document->text, SPI_fname(desc, column));
	}
	appendStringInfoString(&document->text, "\r\n");
}

/* write a row */
static void
write_row(void *state, HeapTuple row, TupleDesc desc)
{
	soc2_document *document = state;

	for (int column = 1; column <= desc->natts; column++)
	{
		if (column > 1)
			appendStringInfoChar(&document->text, ',');
		append_cell(&document->text, row, desc, column);
	}
	appendStringInfoString(&document->text, "\r\n");
	soc2_document_lines(document);
}

/* Write the rows of a source as CSV */
int64
soc2_csv_write(soc2_document *document, const soc2_question *question,
			   const soc2_source *source)
{
	char	   *query = soc2_source_query(question, source, false);

	write_header(document, soc2_question_columns(question, query));
	return soc2_question_query(question, query, write_row, document);
}

/* The view that is asked for */
static soc2_source *
find_view(const soc2_question *question)
{
	int			count;
	soc2_source *source = soc2_source_list(question, view_query, &count);

	if (count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is not a view of reports",
						TextDatumGetCString(question->argument)),
				 errdetail("Question views are written as CSV, and views of schema soc2_bi."),
				 errhint("They are %s.",
						 soc2_question_value(question, views_query))));
	return source;
}

/* A view as CSV */
Datum
soc2_report_csv(PG_FUNCTION_ARGS)
{
	soc2_question question = soc2_question_of(fcinfo, 0);
	soc2_question nothing = {(Datum) 0, true};
	soc2_document document;
	int			level;

	soc2_argument_require(fcinfo, 0, "view");
	soc2_document_begin(&document, NULL, NULL, NULL);
	level = soc2_ledger_pin();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	(void) soc2_csv_write(&document, &nothing, find_view(&question));
	SPI_finish();
	soc2_ledger_unpin(level);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(document.text.data,
											  document.text.len));
}
