/*-------------------------------------------------------------------------
 *
 * ledger_export.c
 *		soc2.export_ledger: a ledger as a bundle of JSON lines.
 *
 * doc/ledger-format.md, section "Bundle", has the form.  Everything is read
 * under the snapshot of the statement, by cursors, and with the rights of the
 * caller; the lines go into a tuplestore, which spills.  So memory is that of
 * a batch of rows without their out-of-line values, and of one line.
 *
 * Nothing is judged here: rows that were tampered with are exported as they
 * are, so that the verifier finds them.
 *
 * IDENTIFICATION
 *	  src/ledger_export.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/relation.h"
#include "catalog/pg_type.h"
#include "common/sha2.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "ledger_export.h"
#include "ledger_log.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(soc2_export_ledger);

/* rows that are fetched at a time */
#define BATCH_ROWS	100

/* columns of the query for rows, before those of the content */
enum
{
	ROW_LANE = 1,
	ROW_SEQ,
	ROW_PREV,
	ROW_HASH,
	ROW_SALT,
	ROW_REDACTED,				/* names of columns */
	ROW_COMMITMENTS,			/* in the same order */
	ROW_FIELDS = ROW_COMMITMENTS
};

/* may the caller know all rows of the table? */
static void
check_access(Relation rel)
{
	if (soc2_ledger_hides_rows(rel))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("cannot export table \"%s\": row security hides rows of it",
						RelationGetRelationName(rel)),
				 errhint("Export as a role that sees all rows: the owner of the table, or one with BYPASSRLS.")));
}

/* the plan of a table that must be a ledger, with its id */
static const soc2_ledger_plan *
get_plan(Relation rel)
{
	const soc2_ledger_plan *plan = soc2_ledger_plan_require(rel);

	if (!plan->has_id)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a ledger with an entry in soc2.ledgers",
						RelationGetRelationName(rel)),
				 errdetail("The entry appears with the first row."),
				 errhint("Ledgers are listed in soc2.ledgers.")));
	return plan;
}

/* start a line: room for the header of a value, and then JSON */
static void
begin_line(StringInfo line)
{
	initStringInfo(line);
	appendStringInfoSpaces(line, VARHDRSZ);
	appendStringInfoChar(line, '{');
}

/* hash a finished line, and put it into the result */
static void
end_line(soc2_exporter *e, StringInfo line)
{
	Datum		value;
	bool		isnull = false;

	appendStringInfoString(line, "}\n");
	if (pg_cryptohash_update(e->sum, (uint8 *) line->data + VARHDRSZ,
							 line->len - VARHDRSZ) < 0)
		elog(ERROR, "could not hash a line of a bundle");
	e->lines++;
	SET_VARSIZE(line->data, line->len - 1); /* the newline is the reader's */
	value = PointerGetDatum(line->data);
	tuplestore_putvalues(e->result, e->result_desc, &value, &isnull);
}

/* Append a comma, unless this is the first member, and a name */
void
soc2_export_name(StringInfo line, const char *name)
{
	if (line->data[line->len - 1] != '{')
		appendStringInfoChar(line, ',');
	appendStringInfo(line, "\"%s\":", name);
}

/* append a string that is ended by a NUL, in the encoding of the server */
static void
append_string(StringInfo line, const char *string)
{
	soc2_text	utf8;

	utf8.bytes = pg_server_to_any(string, (int) strlen(string), PG_UTF8);
	utf8.len = strlen(utf8.bytes);

	soc2_json_append_text(line, utf8);
}

/* Append what a query returned in a column */
void
soc2_export_field(StringInfo line, const char *name, HeapTuple row,
				  TupleDesc desc, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(row, desc, column, &isnull);
	Oid			type = SPI_gettypeid(desc, column);

	soc2_export_name(line, name);
	if (isnull)
		appendStringInfoString(line, "null");
	else if (type == INT4OID)
		appendStringInfo(line, "%d", DatumGetInt32(value));
	else if (type == INT8OID)
		appendStringInfo(line, INT64_FORMAT, DatumGetInt64(value));
	else if (type == UUIDOID)
		appendStringInfo(line, "\"%s\"", SPI_getvalue(row, desc, column));
	else if (type == BYTEAOID)
	{
		bytea	   *bytes = DatumGetByteaPP(value);

		soc2_json_append_hex(line, VARDATA_ANY(bytes),
							 VARSIZE_ANY_EXHDR(bytes));
	}
	else
		soc2_json_append_hex(line, DatumGetDigest(value), SOC2_DIGEST_SIZE);
}

/* Run a query, and write a line for each row */
void
soc2_export_query(soc2_exporter *e, const char *query, soc2_line_writer writer)
{
	Oid			type = UUIDOID;
	Datum		id = PointerGetDatum(e->plan->id.bytes);
	Portal		portal;
	SPITupleTable *batch;
	uint64		rows;

	portal = SPI_cursor_open_with_args(NULL, query, 1, &type, &id, NULL, true,
									   0);
	do
	{
		SPI_cursor_fetch(portal, true, BATCH_ROWS);
		batch = SPI_tuptable;
		rows = SPI_processed;
		for (uint64 i = 0; i < rows; i++)
		{
			MemoryContext caller = MemoryContextSwitchTo(e->line_context);
			StringInfoData line;

			CHECK_FOR_INTERRUPTS();
			begin_line(&line);
			writer		(e, batch->vals[i], batch->tupdesc, &line);

			end_line(e, &line);
			MemoryContextSwitchTo(caller);
			MemoryContextReset(e->line_context);
		}
		SPI_freetuptable(batch);
	} while (rows > 0);
	SPI_cursor_close(portal);
}

/* type of a column of the table, as format_type prints it */
static char *
column_type(const soc2_exporter *e, const soc2_ledger_column *column)
{
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(e->rel),
										  column->attnum - 1);

	return format_type_with_typemod(att->atttypid, att->atttypmod);
}

/*
 * Append the text of the newest checkpoint, or null.  It is the newest one of
 * our snapshot: what was sealed since is not in the bundle.
 */
static void
append_checkpoint(const soc2_exporter *e, StringInfo line)
{
	soc2_log	log;
	soc2_seal_entry seal;

	log.id = e->plan->id;
	log.snapshot = GetActiveSnapshot();
	soc2_export_name(line, "checkpoint");
	if (soc2_log_last_seal(&log, true, &seal))
		soc2_json_append_text(line,
							  soc2_text_of(soc2_log_checkpoint(&log, &seal)));
	else
		appendStringInfoString(line, "null");
}

/* append the member "columns" of the header */
static void
append_columns(const soc2_exporter *e, StringInfo line)
{
	soc2_export_name(line, "columns");
	appendStringInfoChar(line, '[');
	for (int i = 0; i < e->plan->ncolumns; i++)
	{
		const soc2_ledger_column *column = &e->plan->columns[i];

		appendStringInfoString(line, i > 0 ? ",{\"name\":" : "{\"name\":");
		soc2_json_append_text(line, column->name);
		soc2_export_name(line, "type");
		append_string(line, column_type(e, column));
		soc2_export_name(line, "redactable");
		appendStringInfoString(line, column->redactable ? "true}" : "false}");
	}
	appendStringInfoChar(line, ']');
}

/* write the header */
static void
write_header(soc2_exporter *e)
{
	StringInfoData line;
	Datum		id = PointerGetDatum(e->plan->id.bytes);

	begin_line(&line);
	appendStringInfoString(&line, "\"format\":\"soc2-bundle-1\"");
	soc2_export_name(&line, "ledger_id");
	append_string(&line, DatumGetCString(DirectFunctionCall1(uuid_out, id)));
	soc2_export_name(&line, "ledger");
	append_string(&line, soc2_relation_name(e->rel));
	append_columns(e, &line);
	append_checkpoint(e, &line);
	end_line(e, &line);
}

/* length that the text of a value has at least */
static uint64
least_text_len(const soc2_ledger_column *column, Datum value)
{
	if (column->codec == SOC2_CODEC_BYTEA)
		return 2 * (uint64) (toast_raw_datum_size(value) - VARHDRSZ);
	if (column->codec == SOC2_CODEC_TEXT)
		return toast_raw_datum_size(value) - VARHDRSZ;
	return 0;
}

/* refuse a value, in a column of the query, that a line has no room for */
static void
require_room(HeapTuple row, TupleDesc desc, int column, uint64 len,
			 StringInfo line)
{
	if (len < MaxAllocSize - line->len)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("cannot export row %s of lane %s: value of column \"%s\" is too large",
					SPI_getvalue(row, desc, ROW_SEQ),
					SPI_getvalue(row, desc, ROW_LANE),
					NameStr(TupleDescAttr(desc, column - 1)->attname)),
			 errdetail("A line of a bundle is a text of up to 1 GB, and a byte of type bytea takes two of them."),
			 errhint("Verify such rows with soc2.verify_ledger(). Files of this size are better kept elsewhere, with artifact_uri and artifact_sha256.")));
}

/* append the member "columns" of a row */
static void
append_values(const soc2_exporter *e, HeapTuple row, TupleDesc desc,
			  StringInfo line)
{
	soc2_export_name(line, "columns");
	appendStringInfoChar(line, '{');
	for (int i = 0; i < e->plan->ncolumns; i++)
	{
		const soc2_ledger_column *column = &e->plan->columns[i];
		bool		isnull;
		Datum		value = SPI_getbinval(row, desc, ROW_FIELDS + 1 + i,
										  &isnull);

		if (isnull)
			continue;
		require_room(row, desc, ROW_FIELDS + 1 + i,
					 least_text_len(column, value), line);
		if (line->data[line->len - 1] != '{')
			appendStringInfoChar(line, ',');
		soc2_json_append_text(line, column->name);
		appendStringInfoChar(line, ':');
		soc2_json_append_text(line, soc2_ledger_value_text(column, value));
	}
	appendStringInfoChar(line, '}');
}

/* the elements of a text[] without NULLs */
static int
get_texts(HeapTuple row, TupleDesc desc, int column, Datum **texts)
{
	bool		isnull;
	Datum		array = SPI_getbinval(row, desc, column, &isnull);
	int			count = 0;

	if (!isnull)
		deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false,
						  TYPALIGN_INT, texts, NULL, &count);
	return count;
}

/* append the member "commitments" of a row, if columns of it are redacted */
static void
append_commitments(HeapTuple row, TupleDesc desc, StringInfo line)
{
	Datum	   *names;
	Datum	   *commitments;
	int			count = get_texts(row, desc, ROW_REDACTED, &names);

	if (count == 0)
		return;
	if (get_texts(row, desc, ROW_COMMITMENTS, &commitments) != count)
		elog(ERROR, "unexpected NULL in soc2.ledger_redactions");
	soc2_export_name(line, "commitments");
	appendStringInfoChar(line, '{');
	for (int i = 0; i < count; i++)
	{
		if (i > 0)
			appendStringInfoChar(line, ',');
		append_string(line, TextDatumGetCString(names[i]));
		appendStringInfoChar(line, ':');
		append_string(line, TextDatumGetCString(commitments[i]));
	}
	appendStringInfoChar(line, '}');
}

/* write a row of the ledger */
static void
write_row(soc2_exporter *e, HeapTuple row, TupleDesc desc, StringInfo line)
{
	bool		isnull;

	soc2_export_field(line, "lane", row, desc, ROW_LANE);
	soc2_export_field(line, "seq", row, desc, ROW_SEQ);
	soc2_export_field(line, "prev", row, desc, ROW_PREV);
	soc2_export_field(line, "hash", row, desc, ROW_HASH);
	SPI_getbinval(row, desc, ROW_SALT, &isnull);
	if (!isnull)
		soc2_export_field(line, "salt", row, desc, ROW_SALT);
	append_values(e, row, desc, line);
	append_commitments(row, desc, line);
}

/* the query for the rows, in the order of their positions */
static char *
rows_query(const soc2_exporter *e)
{
	TupleDesc	desc = RelationGetDescr(e->rel);
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfo(&query, "SELECT t.ledger_lane, t.ledger_seq, t.ledger_prev, t.ledger_hash, %s, r.names, r.commitments",
					 e->plan->fields[SOC2_LEDGER_SALT] != 0 ?
					 "t.ledger_salt" : "NULL::bytea");
	for (int i = 0; i < e->plan->ncolumns; i++)
	{
		AttrNumber	attnum = e->plan->columns[i].attnum;
		const char *name = NameStr(TupleDescAttr(desc, attnum - 1)->attname);

		appendStringInfo(&query, ", t.%s", quote_identifier(name));
	}
	appendStringInfo(&query,
					 " FROM %s AS t LEFT JOIN ("
					 "SELECT lane, seq, array_agg(column_name::text ORDER BY column_name) AS names,"
					 " array_agg(commitment::text ORDER BY column_name) AS commitments"
					 " FROM soc2.ledger_redactions WHERE ledger_id = $1 GROUP BY lane, seq"
					 ") AS r ON r.lane = t.ledger_lane AND r.seq = t.ledger_seq"
					 " ORDER BY t.ledger_lane, t.ledger_seq",
					 soc2_ledger_from(e->rel));
	return query.data;
}

/* write the last line: how many there were before it, and their sum */
static void
write_end(soc2_exporter *e)
{
	StringInfoData line;
	uint8		sum[PG_SHA256_DIGEST_LENGTH];

	if (pg_cryptohash_final(e->sum, sum, sizeof(sum)) < 0)
		elog(ERROR, "could not hash a bundle");
	begin_line(&line);
	appendStringInfo(&line, "\"end\":" INT64_FORMAT, e->lines);
	soc2_export_name(&line, "sha256");
	soc2_json_append_hex(&line, sum, sizeof(sum));
	/* nothing hashes it any more */
	if (pg_cryptohash_init(e->sum) < 0)
		elog(ERROR, "could not hash a bundle");
	end_line(e, &line);
	pg_cryptohash_free(e->sum);
}

/* write all lines, with settings pinned */
static void
write_bundle(soc2_exporter *e)
{
	int			level = soc2_ledger_pin();

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	write_header(e);
	soc2_export_query(e, rows_query(e), write_row);
	soc2_export_log(e);
	write_end(e);
	SPI_finish();
	soc2_ledger_unpin(level);
}

/* The lines of a bundle */
Datum
soc2_export_ledger(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	soc2_exporter e = {0};

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	e.result = rsinfo->setResult;
	e.result_desc = rsinfo->setDesc;
	e.rel = relation_open(PG_GETARG_OID(0), AccessShareLock);
	check_access(e.rel);
	e.plan = get_plan(e.rel);
	e.line_context = AllocSetContextCreate(CurrentMemoryContext,
										   "soc2 exported line",
										   ALLOCSET_DEFAULT_SIZES);
	e.sum = pg_cryptohash_create(PG_SHA256);
	if (e.sum == NULL || pg_cryptohash_init(e.sum) < 0)
		elog(ERROR, "could not hash a bundle");
	write_bundle(&e);
	relation_close(e.rel, AccessShareLock);
	return (Datum) 0;
}
