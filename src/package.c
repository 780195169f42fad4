/*-------------------------------------------------------------------------
 *
 * package.c
 *		soc2.audit_package: all that an auditor is given, as files.
 *
 * The files come from one statement and so from one snapshot.  They leave in
 * parts, as they may be larger than a value, and are hashed on their way: the
 * last one, manifest.json, has size and SHA-256 of all others.
 *
 * IDENTIFICATION
 *	  src/package.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "funcapi.h"
#include "ledger.h"
#include "package.h"
#include "soc2.h"
#include "utils/builtins.h"
#include "utils/json.h"

PG_FUNCTION_INFO_V1(soc2_audit_package);

static const char *const checkpoint_query =
"SELECT soc2.snapshot_checkpoint('soc2.evidence')";

static const char *const documents_query =
"SELECT name, media_type, content FROM soc2.package_documents($1)";

static const char *const bundle_query =
"SELECT line FROM soc2.export_ledger('soc2.evidence') AS line";

/* columns of the query for documents */
enum
{
	DOCUMENT_NAME = 1,
	DOCUMENT_MEDIA_TYPE,
	DOCUMENT_CONTENT
};

/* a package while it is made */
typedef struct packer
{
	soc2_question question;
	char	   *about;
	Tuplestorestate *result;
	TupleDesc	desc;
	soc2_document file;			/* the one that is written */
	StringInfoData files;		/* members of the manifest */
	StringInfoData sums;		/* lines as sha256sum has them */
} packer;

/* begin a file */
static void
begin_file(packer *p, const char *name)
{
	soc2_document_begin(&p->file, name, p->result, p->desc);
}

/* end a file; rows is their number in a table, else negative */
static void
end_file(packer *p, const char *media_type, int64 rows)
{
	char		hex[SOC2_SUM_TEXT_SIZE];

	soc2_document_end(&p->file, hex);
	appendStringInfoString(&p->files, p->files.len > 0 ? ",\n{\"name\":" : "{\"name\":");
	escape_json(&p->files, p->file.name);
	appendStringInfoString(&p->files, ",\"media_type\":");
	escape_json(&p->files, media_type);
	if (rows >= 0)
		appendStringInfo(&p->files, ",\"rows\":" INT64_FORMAT, rows);
	appendStringInfo(&p->files, ",\"bytes\":" INT64_FORMAT ",\"sha256\":\"%s\"}",
					 p->file.sum.bytes, hex);
	appendStringInfo(&p->sums, "%s  %s\n", hex, p->file.name);
}

/* add a text as a file that ends in one newline, its own or another */
static void
put_file(packer *p, const char *name, const char *media_type,
		 const char *content)
{
	size_t		len = strlen(content);

	if (len > 0 && content[len - 1] == '\n')
		len--;
	begin_file(p, name);
	soc2_document_add(&p->file, content, (int) len);
	end_file(p, media_type, -1);
}

/* add a document as a file */
static void
take_document(void *state, HeapTuple row, TupleDesc desc)
{
	put_file(state, SPI_getvalue(row, desc, DOCUMENT_NAME),
			 SPI_getvalue(row, desc, DOCUMENT_MEDIA_TYPE),
			 SPI_getvalue(row, desc, DOCUMENT_CONTENT));
}

/* add a line of the bundle */
static void
take_line(void *state, HeapTuple row, TupleDesc desc)
{
	packer	   *p = state;
	bool		isnull;
	text	   *line = DatumGetTextPP(SPI_getbinval(row, desc, 1, &isnull));

	soc2_document_add(&p->file, VARDATA_ANY(line), VARSIZE_ANY_EXHDR(line));
}

/* add each source as a table */
static void
put_tables(packer *p)
{
	int			count;
	soc2_source *sources = soc2_source_list(&p->question, SOC2_SOURCES_QUERY,
											&count);

	for (int i = 0; i < count; i++)
	{
		begin_file(p, psprintf("%s.csv", sources[i].name));
		end_file(p, "text/csv",
				 soc2_csv_write(&p->file, &p->question, &sources[i]));
	}
}

/* the checkpoint that goes into the package, which is of no use without */
static char *
require_checkpoint(const packer *p)
{
	char	   *checkpoint = soc2_question_value(&p->question,
												 checkpoint_query);

	if (checkpoint == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot make an audit package: the evidence was never sealed"),
				 errdetail("Nobody could verify the files of the package against the ledger."),
				 errhint("Run soc2.seal, and commit.")));
	return checkpoint;
}

/* write all files */
static void
write_files(packer *p)
{
	char	   *checkpoint = require_checkpoint(p);

	(void) soc2_question_query(&p->question, documents_query, take_document,
							   p);
	begin_file(p, "report.json");
	soc2_json_write(&p->file, &p->question, p->about);
	end_file(p, "application/json", -1);
	put_tables(p);
	put_file(p, "checkpoint.txt", "text/plain", checkpoint);
	begin_file(p, "evidence.jsonl");
	(void) soc2_question_query(&p->question, bundle_query, take_line, p);
	end_file(p, "application/jsonl", -1);
	put_file(p, "SHA256SUMS", "text/plain", pstrdup(p->sums.data));
	begin_file(p, "manifest.json");
	appendStringInfo(&p->file.text, "{\"format\":\"soc2-package-1\",\n\"about\":%s,\n\"files\":[\n%s\n]}\n",
					 p->about, p->files.data);
	end_file(p, "application/json", -1);
}

/* All that an auditor is given: rows of (name, part, content) */
Datum
soc2_audit_package(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	packer		p = {0};
	int			level;

	InitMaterializedSRF(fcinfo, 0);
	p.question = soc2_question_of(fcinfo, 0);
	p.result = rsinfo->setResult;
	p.desc = rsinfo->setDesc;
	level = soc2_ledger_pin();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	initStringInfo(&p.files);
	initStringInfo(&p.sums);
	p.about = soc2_question_value(&p.question, SOC2_ABOUT_QUERY);
	write_files(&p);
	SPI_finish();
	soc2_ledger_unpin(level);
	return (Datum) 0;
}
