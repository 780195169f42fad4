/*-------------------------------------------------------------------------
 *
 * sequence_gaps.c
 *		soc2.sequence_gaps(): are the numbers of a table one after the other?
 *
 * One sorted pass over the numbers, in the order of an index if there is one;
 * the result is bounded by the caller.
 *
 * IDENTIFICATION
 *	  src/sequence_gaps.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "argument.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "ledger.h"
#include "soc2.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(soc2_sequence_gaps);

/* what is asked */
typedef struct gap_query
{
	Relation	rel;
	char	   *column;
	bool		whole;			/* has it whole numbers only? */
	int			nparts;
	Datum	   *parts;			/* names of the columns that divide the rows */
	int			limit;
} gap_query;

/* the type of a column, which has to be there */
static Oid
require_column(Relation rel, const char *name)
{
	AttrNumber	attnum = get_attnum(RelationGetRelid(rel), name);

	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						name, RelationGetRelationName(rel))));
	return getBaseType(get_atttype(RelationGetRelid(rel), attnum));
}

/* Refuse a column that has no numbers to be counted; has it whole ones only? */
static bool
require_number(Relation rel, const char *name)
{
	switch (require_column(rel, name))
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return true;
		case NUMERICOID:
			return false;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" has no numbers that follow each other",
							name),
					 errhint("Name a column of type smallint, integer, bigint or numeric.")));
	}
}

/* read the arguments */
static void
read_arguments(FunctionCallInfo fcinfo, gap_query *query)
{
	bool	   *nulls;

	soc2_argument_require(fcinfo, 0, "table");
	soc2_argument_require(fcinfo, 1, "column_name");
	soc2_argument_require(fcinfo, 2, "partition_by");
	soc2_argument_require(fcinfo, 3, "max_rows");
	query->rel = relation_open(PG_GETARG_OID(0), AccessShareLock);
	query->column = text_to_cstring(PG_GETARG_TEXT_PP(1));
	query->whole = require_number(query->rel, query->column);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), TEXTOID, -1, false,
					  TYPALIGN_INT, &query->parts, &nulls, &query->nparts);
	for (int i = 0; i < query->nparts; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("names of columns must not be NULL")));
		(void) require_column(query->rel, TextDatumGetCString(query->parts[i]));
	}
	query->limit = PG_GETARG_INT32(3);
	if (query->limit < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_rows must be at least 1")));
}

/* the statement */
static char *
make_statement(const gap_query *query)
{
	const char *column = quote_identifier(query->column);

	/* of numbers that are not whole, those between them count that are */
	const char *missing = query->whole ? "n.number - n.last - 1" :
	"pg_catalog.ceil(n.number) - pg_catalog.floor(n.last) - 1";
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, "SELECT pg_catalog.jsonb_build_object(");
	for (int i = 0; i < query->nparts; i++)
		appendStringInfo(&out, "%s%s, n.p%d", i > 0 ? ", " : "",
						 quote_literal_cstr(TextDatumGetCString(query->parts[i])), i);
	appendStringInfoString(&out,
						   ") AS part, CASE WHEN n.last = n.number THEN 'duplicate'"
						   " ELSE 'gap' END, n.last, n.number,"
						   " CASE WHEN n.last = n.number THEN 0 ELSE ");
	appendStringInfo(&out, "%s END FROM (SELECT ", missing);
	for (int i = 0; i < query->nparts; i++)
		appendStringInfo(&out, "t.%s AS p%d, ",
						 quote_identifier(TextDatumGetCString(query->parts[i])), i);
	appendStringInfo(&out, "t.%s::numeric AS number,"
					 " pg_catalog.lag(t.%s::numeric) OVER w AS last"
					 " FROM %s AS t WHERE t.%s IS NOT NULL WINDOW w AS (",
					 column, column,
					 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(query->rel)),
												RelationGetRelationName(query->rel)),
					 column);
	for (int i = 0; i < query->nparts; i++)
		appendStringInfo(&out, "%s t.%s", i > 0 ? "," : "PARTITION BY",
						 quote_identifier(TextDatumGetCString(query->parts[i])));
	appendStringInfo(&out, " ORDER BY t.%s)) AS n WHERE n.number = n.last OR %s > 0%s"
					 " ORDER BY part, n.number LIMIT %d", column, missing,
					 query->whole ? "" : " AND n.number <> 'NaN'", query->limit);
	return out.data;
}

/* soc2.sequence_gaps("table", column_name, partition_by, max_rows) */
Datum
soc2_sequence_gaps(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	gap_query	query = {0};
	int			level;

	read_arguments(fcinfo, &query);
	InitMaterializedSRF(fcinfo, 0);
	level = soc2_ledger_pin();
	(void) set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	SPI_connect();
	if (SPI_execute(make_statement(&query), true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the numbers of a table");
	for (uint64 i = 0; i < SPI_processed; i++)
		tuplestore_puttuple(rsinfo->setResult, SPI_tuptable->vals[i]);
	SPI_finish();
	soc2_ledger_unpin(level);
	relation_close(query.rel, NoLock);
	return (Datum) 0;
}
