/*-------------------------------------------------------------------------
 *
 * table_digest.c
 *		soc2.table_digest(): one digest of all rows of a table, to compare it
 *		with a table of another server.
 *
 * The query that adds the rows up is planned like any other, so it takes
 * parallel workers, reads partitions and foreign tables, and asks for the
 * privileges of the caller.  Columns come in the byte order of their names.
 *
 * IDENTIFICATION
 *	  src/table_digest.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "argument.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "core/encode.h"
#include "core/multiset.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "ledger.h"
#include "mb/pg_wchar.h"
#include "row_digest.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(soc2_table_digest);

/* columns of the result */
#define RESULT_COLUMNS	3

/* a column, by its name in the encodings that it is needed in */
typedef struct digest_column
{
	const char *name;
	soc2_text	utf8;
} digest_column;

/* what is digested */
typedef struct digest_job
{
	Relation	rel;
	int			count;
	digest_column *columns;
	bool		keyed;
	Datum		key;
} digest_job;

/* order of the names */
static int
compare_names(const void *a, const void *b)
{
	const soc2_text *left = &((const digest_column *) a)->utf8;
	const soc2_text *right = &((const digest_column *) b)->utf8;
	int			order = memcmp(left->bytes, right->bytes,
							   Min(left->len, right->len));

	if (order != 0)
		return order;
	return (left->len > right->len) - (left->len < right->len);
}

/* add a column to what is digested */
static void
add_column(digest_job *job, const char *name)
{
	digest_column *column = &job->columns[job->count++];
	Oid			relid = RelationGetRelid(job->rel);

	soc2_row_digest_require_type(get_atttype(relid, get_attnum(relid, name)));
	column->name = name;
	column->utf8.bytes = pg_server_to_any(name, strlen(name), PG_UTF8);
	column->utf8.len = strlen(column->utf8.bytes);
}

/* all columns of the relation */
static void
take_all_columns(digest_job *job)
{
	TupleDesc	desc = RelationGetDescr(job->rel);

	job->columns = palloc0(sizeof(digest_column) * (desc->natts + 1));
	for (int i = 0; i < desc->natts; i++)
	{
		if (!TupleDescAttr(desc, i)->attisdropped)
			add_column(job, NameStr(TupleDescAttr(desc, i)->attname));
	}
}

/* those that an array names */
static void
take_columns(digest_job *job, ArrayType *array)
{
	Datum	   *names;
	bool	   *nulls;
	int			count;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls,
					  &count);
	job->columns = palloc0(sizeof(digest_column) * (count + 1));
	for (int i = 0; i < count; i++)
	{
		char	   *name;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("names of columns must not be NULL")));
		name = TextDatumGetCString(names[i]);
		if (get_attnum(RelationGetRelid(job->rel), name) <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s\" does not exist",
							name, RelationGetRelationName(job->rel))));
		add_column(job, name);
	}
}

/* bring the columns into their order; each may be there once */
static void
order_columns(digest_job *job)
{
	if (job->count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no column of relation \"%s\" is to be digested",
						RelationGetRelationName(job->rel))));
	qsort(job->columns, job->count, sizeof(digest_column), compare_names);
	for (int i = 1; i < job->count; i++)
	{
		if (compare_names(&job->columns[i - 1], &job->columns[i]) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("column \"%s\" is named more than once",
							job->columns[i].name)));
	}
}

/* Refuse what has no rows of its own to read */
static void
require_rows(Relation rel)
{
	switch (rel->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_MATVIEW:
		case RELKIND_VIEW:
		case RELKIND_FOREIGN_TABLE:
			return;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" has no rows to digest",
							RelationGetRelationName(rel)),
					 errdetail("It is neither a table nor a view.")));
	}
}

/* the values that the aggregate takes: columns, or digests of groups of them */
static void
put_values(StringInfo query, const digest_job *job)
{
	bool		grouped = job->count > SOC2_ROW_DIGEST_GROUP;

	for (int i = 0; i < job->count; i++)
	{
		bool		first = i % SOC2_ROW_DIGEST_GROUP == 0;

		if (i > 0)
			appendStringInfoString(query, grouped && first ? "), " : ", ");
		if (grouped && first)
			appendStringInfoString(query, "soc2.row_digest(");
		appendStringInfo(query, "t.%s", quote_identifier(job->columns[i].name));
	}
	if (grouped)
		appendStringInfoChar(query, ')');
}

/* the statement; parameter 1 is the key */
static char *
make_query(const digest_job *job)
{
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfo(&query, "SELECT pg_catalog.count(*), %s",
					 job->keyed ? "soc2.row_digest_keyed_agg($1, " :
					 "soc2.row_digest_agg(");
	put_values(&query, job);
	appendStringInfo(&query, ") FROM %s AS t",
					 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(job->rel)),
												RelationGetRelationName(job->rel)));
	return query.data;
}

/* set one setting until the level of the caller ends */
static void
set(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Add all rows up.  The settings are pinned for the whole query, workers get
 * them too; and row security raises an error where it would hide a row.
 */
static int64
run_query(const digest_job *job, soc2_digest *rows)
{
	int			level = soc2_ledger_pin();
	Oid			type = BYTEAOID;
	Datum		key = job->key;
	bool		isnull;
	int64		count;

	set("row_security", "off");
	set("jit", "off");
	SPI_connect();
	if (SPI_execute_with_args(make_query(job), job->keyed ? 1 : 0, &type, &key,
							  NULL, true, 0) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "could not read the rows of a table");
	count = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
										SPI_tuptable->tupdesc, 1, &isnull));
	*rows = *DatumGetDigest(SPI_getbinval(SPI_tuptable->vals[0],
										  SPI_tuptable->tupdesc, 2, &isnull));
	SPI_finish();
	soc2_ledger_unpin(level);
	return count;
}

/* bind the digest of the rows to the names of the columns */
static soc2_digest *
bind_names(const digest_job *job, const soc2_digest *rows)
{
	soc2_digest *digest = palloc(sizeof(soc2_digest));
	StringInfoData bytes;

	initStringInfo(&bytes);
	appendStringInfoChar(&bytes, SOC2_DOMAIN_TABLE);
	appendStringInfoChar(&bytes, SOC2_FORMAT_VERSION);
	appendStringInfoChar(&bytes, (char) (job->count >> 8));
	appendStringInfoChar(&bytes, (char) job->count);
	for (int i = 0; i < job->count; i++)
	{
		const soc2_text *name = &job->columns[i].utf8;
		unsigned char len[sizeof(uint32)];

		soc2_put_integer(len, name->len, sizeof(len));
		appendBinaryStringInfo(&bytes, (char *) len, sizeof(len));
		appendBinaryStringInfo(&bytes, name->bytes, (int) name->len);
	}
	appendBinaryStringInfo(&bytes, (const char *) rows->bytes,
						   SOC2_DIGEST_SIZE);
	soc2_ledger_hash_bytes(bytes.data, bytes.len, digest);
	return digest;
}

/* names of the columns as text[] */
static Datum
column_names(const digest_job *job)
{
	Datum	   *names = palloc(sizeof(Datum) * job->count);

	for (int i = 0; i < job->count; i++)
		names[i] = CStringGetTextDatum(job->columns[i].name);
	return PointerGetDatum(construct_array(names, job->count, TEXTOID, -1,
										   false, TYPALIGN_INT));
}

/* soc2.table_digest("table", columns, key) */
Datum
soc2_table_digest(PG_FUNCTION_ARGS)
{
	digest_job	job = {0};
	soc2_digest rows;
	Datum		values[RESULT_COLUMNS];
	bool		nulls[RESULT_COLUMNS] = {0};
	TupleDesc	desc;

	soc2_argument_require(fcinfo, 0, "table");
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("function must be called where a row can be returned")));
	soc2_ledger_check_encoding();
	job.rel = relation_open(PG_GETARG_OID(0), AccessShareLock);
	require_rows(job.rel);
	if (PG_ARGISNULL(1))
		take_all_columns(&job);
	else
		take_columns(&job, PG_GETARG_ARRAYTYPE_P(1));
	order_columns(&job);
	job.keyed = !PG_ARGISNULL(2);
	job.key = job.keyed ? PG_GETARG_DATUM(2) : (Datum) 0;
	values[0] = Int64GetDatum(run_query(&job, &rows));
	values[1] = DigestGetDatum(bind_names(&job, &rows));
	values[2] = column_names(&job);
	relation_close(job.rel, NoLock);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc),
													  values, nulls)));
}
