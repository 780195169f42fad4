/*-------------------------------------------------------------------------
 *
 * track_history.c
 *		soc2.history: what happened to a row, or to all rows of a table.
 *
 * Who may read the table, all rows and columns of it, may read its history;
 * and who may read the ledger may anyway.
 *
 * IDENTIFICATION
 *	  src/track_history.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "core/change.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "track_read.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"

PG_FUNCTION_INFO_V1(soc2_history);
PG_FUNCTION_INFO_V1(soc2_history_of_table);

/* rows that are fetched at a time */
#define FETCHED_ROWS	1000

/*
 * Columns of the result, and the order of what happened.  Rows that an update of
 * partitions lost, or made, on their way went or came.
 */
#define HISTORY_COLUMNS \
	"SELECT r.change_no, r.recorded_at," \
	" CASE WHEN r.action <> 'update' OR c.value IS NULL THEN r.action" \
	"  WHEN c.value -> 'n' IS NULL THEN 'delete'" \
	"  WHEN c.value -> 'o' IS NULL THEN 'insert' ELSE r.action END," \
	" (c.value -> 'k')::jsonb," \
	" CASE WHEN r.bucket IS NULL THEN NULL ELSE (c.value -> 'o')::jsonb END," \
	" CASE WHEN r.bucket IS NULL THEN r.changes::jsonb" \
	"  ELSE (c.value -> 'n')::jsonb END," \
	" r.session_role, r.executing_role, r.application, r.transaction_id," \
	" r.query_id, r.statement_at, r.change_id, r.ledger_lane, r.ledger_seq" \
	" FROM soc2.row_changes AS r LEFT JOIN LATERAL json_array_elements(" \
	"  CASE WHEN r.bucket IS NOT NULL THEN r.changes END) AS c (value) ON true"
#define HISTORY_ORDER \
	" ORDER BY max(r.change_no) OVER (PARTITION BY r.transaction_id," \
	"  r.transaction_at), r.step, r.change_no, r.ledger_seq"

/* a redacted row of the ledger that was about this row alone is shown too */
static const char *const key_query = HISTORY_COLUMNS
" WHERE r.track_id = $1 AND r.bucket = ANY ($2)"
" AND (c.value ->> 'k' = $3 OR r.changes IS NULL AND r.row_count = 1)"
HISTORY_ORDER;

static const char *const table_query = HISTORY_COLUMNS
" WHERE r.track_id = $1 AND c.value -> 'from' IS NULL"
HISTORY_ORDER;

/* fetch the rows of a query */
static void
fetch(soc2_statement *query, soc2_track_reader reader, void *context)
{
	Portal		portal;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	portal = SPI_cursor_open_with_args(NULL, query->sql, query->count,
									   query->types, query->values,
									   NULL, true, 0);
	do
	{
		SPI_cursor_fetch(portal, true, FETCHED_ROWS);
		for (uint64 i = 0; i < SPI_processed; i++)
			reader		(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, context);

		SPI_freetuptable(SPI_tuptable);
	} while (SPI_processed > 0);
	SPI_cursor_close(portal);
	SPI_finish();
}

/* Run a query as the owner of the ledger */
void
soc2_track_query(soc2_statement *query, soc2_track_reader reader,
				 void *context)
{
	Relation	ledger = relation_open(soc2_table_oid(SOC2_ROW_CHANGES),
									   AccessShareLock);
	Oid			owner = ledger->rd_rel->relowner;
	int			level = soc2_ledger_pin();
	Oid			user;
	int			security;

	relation_close(ledger, NoLock);
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(owner, security | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
	fetch(query, reader, context);
	SetUserIdAndSecContext(user, security);
	soc2_ledger_unpin(level);
}

/* The history that a table has or had */
void
soc2_track_require(Relation rel, soc2_track_entry *entry)
{
	ListCell   *cell;

	foreach(cell, soc2_relation_with_ancestors(RelationGetRelid(rel)))
	{
		if (soc2_track_find_entry(lfirst_oid(cell), entry))
			return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("table \"%s\" has no history",
					RelationGetRelationName(rel)),
			 errhint("Its owner begins one by soc2.track_changes()."),
			 errtable(rel)));
}

/* Refuse a caller who may not select all rows of a table */
void
soc2_track_require_reader(Relation rel)
{
	if (soc2_ledger_hides_rows(rel))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("row security hides rows of table \"%s\" from you",
						RelationGetRelationName(rel)),
				 errdetail("Its history shows all rows."),
				 errtable(rel)));
}

/* may the caller read the ledger, or else the table? */
static void
require_reader(Relation rel)
{
	Oid			ledger = soc2_table_oid(SOC2_ROW_CHANGES);

	if (pg_class_aclcheck(ledger, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		soc2_track_require_reader(rel);
}

/* put a row into the result; fixed signature: soc2_track_reader */
static void
put_row(HeapTuple tuple, TupleDesc desc, void *context)
{
	ReturnSetInfo *result = context;
	Datum	   *values = palloc(sizeof(Datum) * desc->natts);
	bool	   *nulls = palloc(sizeof(bool) * desc->natts);

	heap_deform_tuple(tuple, desc, values, nulls);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	pfree(values);
	pfree(nulls);
}

/* a value as one of a column's type, by its text if the types differ */
static Datum
coerce(Datum value, Oid type, Form_pg_attribute att)
{
	Oid			output;
	Oid			input;
	Oid			parameter;
	bool		is_varlena;

	if (type == att->atttypid && att->atttypmod < 0)
		return value;
	getTypeOutputInfo(type, &output, &is_varlena);
	getTypeInputInfo(att->atttypid, &input, &parameter);
	return OidInputFunctionCall(input, OidOutputFunctionCall(output, value),
								parameter, att->atttypmod);
}

/* append the text of one column of a key */
static void
put_key_value(StringInfo out, Relation rel, const char *name, Datum value,
			  Oid type)
{
	AttrNumber	attnum = get_attnum(RelationGetRelid(rel), name);
	soc2_track_column column = {0};

	if (attnum == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						name, RelationGetRelationName(rel)),
				 errdetail("It told its rows apart when they were recorded."),
				 errtable(rel)));
	soc2_ledger_codec_find(&column.text,
						   TupleDescAttr(RelationGetDescr(rel), attnum - 1)->atttypid);
	soc2_track_put_value(out, &column,
						 coerce(value, type,
								TupleDescAttr(RelationGetDescr(rel), attnum - 1)));
}

/* the key that arguments give, as it is recorded */
static char *
given_key(FunctionCallInfo fcinfo, Relation rel, const List *names)
{
	StringInfoData key;
	Datum	   *values;
	Oid		   *types;
	bool	   *nulls;
	int			count = extract_variadic_args(fcinfo, 1, true, &values, &types,
											  &nulls);
	int			level;

	if (count != list_length(names))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("key of table \"%s\" takes %d values",
						RelationGetRelationName(rel), list_length(names)),
				 errdetail("%d values are given.", Max(count, 0)),
				 errtable(rel)));
	initStringInfo(&key);
	level = soc2_ledger_pin();
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("value of key column \"%s\" must not be null",
							(char *) list_nth(names, i))));
		appendStringInfoChar(&key, i == 0 ? '[' : ',');
		put_key_value(&key, rel, list_nth(names, i), values[i], types[i]);
	}
	soc2_ledger_unpin(level);
	appendStringInfoChar(&key, ']');
	return key.data;
}

/* the buckets that a key can be in, as a bigint[] */
static Datum
buckets_of(const pg_uuid_t *id, const char *key)
{
	uint32		hash = soc2_change_hash(id->data, key, strlen(key));
	Datum		buckets[SOC2_CHANGE_BUCKETS];

	for (unsigned bits = 0; bits < SOC2_CHANGE_BUCKETS; bits++)
		buckets[bits] = Int64GetDatum(soc2_change_bucket(hash, bits));
	return PointerGetDatum(construct_array(buckets, SOC2_CHANGE_BUCKETS,
										   INT8OID, sizeof(int64), true,
										   TYPALIGN_DOUBLE));
}

/* soc2.history("table", VARIADIC key) */
Datum
soc2_history(PG_FUNCTION_ARGS)
{
	soc2_statement query;
	soc2_track_entry entry;
	Relation	rel;
	char	   *key;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	rel = relation_open(PG_GETARG_OID(0), AccessShareLock);
	soc2_track_require(rel, &entry);
	require_reader(rel);
	key = given_key(fcinfo, rel, entry.key);
	soc2_statement_begin(&query, key_query);
	soc2_statement_add(&query, UUIDOID, UUIDPGetDatum(&entry.id));
	soc2_statement_add(&query, INT8ARRAYOID, buckets_of(&entry.id, key));
	soc2_statement_add(&query, TEXTOID, CStringGetTextDatum(key));
	InitMaterializedSRF(fcinfo, 0);
	soc2_track_query(&query, put_row, fcinfo->resultinfo);
	relation_close(rel, AccessShareLock);
	return (Datum) 0;
}

/* soc2.history("table") */
Datum
soc2_history_of_table(PG_FUNCTION_ARGS)
{
	soc2_statement query;
	soc2_track_entry entry;
	Relation	rel = relation_open(PG_GETARG_OID(0), AccessShareLock);

	soc2_track_require(rel, &entry);
	require_reader(rel);
	soc2_statement_begin(&query, table_query);
	soc2_statement_add(&query, UUIDOID, UUIDPGetDatum(&entry.id));
	InitMaterializedSRF(fcinfo, 0);
	soc2_track_query(&query, put_row, fcinfo->resultinfo);
	relation_close(rel, AccessShareLock);
	return (Datum) 0;
}
