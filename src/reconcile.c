/*-------------------------------------------------------------------------
 *
 * reconcile.c
 *		soc2.reconcile(): do two queries agree?
 *
 * Both run like the query of a check: as the role that made the
 * reconciliation, reading only, in the same sandbox and under one snapshot.
 *
 * IDENTIFICATION
 *	  src/reconcile.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "check_runner.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "ledger_custody.h"
#include "miscadmin.h"
#include "registry.h"
#include "soc2.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(soc2_require_query);
PG_FUNCTION_INFO_V1(soc2_reconcile);

/* columns of a result */
#define RESULT_COLUMNS	5

/* a reconciliation, and what came of a run */
typedef struct reconciliation
{
	char	   *name;
	char	   *definer;
	char	   *left_query;
	char	   *right_query;
	char	   *tolerance;		/* a number */
	const char *balanced;		/* "t", "f" or "" */
	const char *left;			/* values as JSON, or "" */
	const char *right;
	const char *error;			/* or "" */
} reconciliation;

/*
 * A population of one: the values of the one row of each query, in the order
 * of its columns.  A query without a row has none, and decides nothing.
 * Numbers may differ by the tolerance, all else by nothing.
 */
static const char *const comparison =
"SELECT COALESCE(l.result::text, ''), l.result = r.result OR ("
"  jsonb_array_length(l.result) = jsonb_array_length(r.result) AND"
"  (SELECT bool_and(CASE WHEN jsonb_typeof(a.value) = 'number'"
"    AND jsonb_typeof(b.value) = 'number'"
"    THEN abs(a.value::numeric - b.value::numeric) <= %s"
"    ELSE a.value = b.value END)"
"   FROM jsonb_array_elements(l.result) WITH ORDINALITY AS a (value, position)"
"   JOIN jsonb_array_elements(r.result) WITH ORDINALITY AS b (value, position)"
"   USING (position))),"
" COALESCE(r.result::text, '')"
" FROM (SELECT (SELECT jsonb_agg(v.value::jsonb ORDER BY v.position)"
"  FROM json_each((SELECT row_to_json(q) FROM (\n%s\n) AS q))"
"  WITH ORDINALITY AS v (key, value, position)) AS result) AS l,"
" (SELECT (SELECT jsonb_agg(v.value::jsonb ORDER BY v.position)"
"  FROM json_each((SELECT row_to_json(q) FROM (\n%s\n) AS q))"
"  WITH ORDINALITY AS v (key, value, position)) AS result) AS r";

static const char *const selected =
"SELECT r.reconciliation, r.definer::text, r.left_query, r.right_query,"
" r.tolerance::text"
" FROM soc2.reconciliations AS r"
" WHERE r.reconciliation OPERATOR(pg_catalog.=) $1 OR $1 IS NULL"
" ORDER BY r.reconciliation COLLATE pg_catalog.\"C\"";

static const char *const store =
"INSERT INTO soc2.reconciliation_runs (reconciliation, balanced, left_result,"
"  right_result, error, run_by)"
" VALUES ($1, NULLIF($2, '')::boolean, NULLIF($3, '')::jsonb,"
"  NULLIF($4, '')::jsonb, NULLIF($5, ''), $6::name)";

/* soc2.require_query(query): raises what is wrong with it */
Datum
soc2_require_query(PG_FUNCTION_ARGS)
{
	char	   *query;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("no query is given")));
	query = text_to_cstring(PG_GETARG_TEXT_PP(0));
	SPI_connect();
	if (SPI_prepare(psprintf("SELECT * FROM (\n%s\n) AS q", query),
					0, NULL) == NULL)
		elog(ERROR, "could not prepare a query");
	SPI_finish();
	PG_RETURN_BOOL(true);
}

/* take the member that the comparison returned */
static void
take_result(reconciliation *item, soc2_check_run *run)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(run->desc,
													&TTSOpsMinimalTuple);
	bool		isnull;
	Datum		ok;

	if (tuplestore_gettupleslot(run->members, true, false, slot))
	{
		ok = slot_getattr(slot, SOC2_MEMBER_OK, &isnull);
		item->balanced = isnull ? "" : DatumGetBool(ok) ? "t" : "f";
		item->left = TextDatumGetCString(slot_getattr(slot,
													  SOC2_MEMBER_RESOURCE,
													  &isnull));
		item->right = TextDatumGetCString(slot_getattr(slot,
													   SOC2_MEMBER_REASON,
													   &isnull));
		if (*item->balanced == '\0')
			item->error = "a query returned no row";
	}
	else
		item->error = run->reason;
	ExecDropSingleTupleTableSlot(slot);
}

/* run both queries */
static void
compare(reconciliation *item)
{
	soc2_check	check = {0};
	soc2_check_run run = {0};

	check.check_id = item->name;
	check.query = psprintf(comparison, item->tolerance, item->left_query,
						   item->right_query);
	check.parameters = DirectFunctionCall1(jsonb_in, CStringGetDatum("{}"));
	check.role_name = item->definer;
	check.role = get_role_oid(item->definer, true);
	check.timeout = soc2_check_timeout_setting;
	run.limit = 1;
	run.keep_passing = true;
	item->balanced = item->left = item->right = item->error = "";
	soc2_check_execute(&check, &run);
	take_result(item, &run);
	tuplestore_end(run.members);
}

/* keep the run, as the act of the caller */
static void
store_run(const reconciliation *item)
{
	const char *const values[] = {
		item->name, item->balanced, item->left, item->right, item->error,
		GetUserNameFromId(GetUserId(), false)
	};
	soc2_statement insert;

	soc2_statement_begin(&insert, store);
	for (size_t i = 0; i < lengthof(values); i++)
		soc2_statement_add(&insert, TEXTOID, CStringGetTextDatum(values[i]));
	soc2_execute_as_owner(soc2_table_oid("reconciliation_runs"), &insert, NULL);
}

/* return the run as a row */
static void
return_run(ReturnSetInfo *rsinfo, const reconciliation *item)
{
	Datum		values[RESULT_COLUMNS] = {0};
	bool		nulls[RESULT_COLUMNS];

	values[0] = CStringGetTextDatum(item->name);
	values[1] = BoolGetDatum(*item->balanced == 't');
	nulls[0] = false;
	nulls[1] = *item->balanced == '\0';
	nulls[2] = *item->left == '\0';
	nulls[3] = *item->right == '\0';
	nulls[4] = *item->error == '\0';
	if (!nulls[2])
		values[2] = DirectFunctionCall1(jsonb_in, CStringGetDatum(item->left));
	if (!nulls[3])
		values[3] = DirectFunctionCall1(jsonb_in,
										CStringGetDatum(item->right));
	if (!nulls[4])
		values[4] = CStringGetTextDatum(item->error);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* the reconciliations of this name, or all; in the context of SPI */
static reconciliation *
select_items(Datum name, bool isnull, size_t *count)
{
	reconciliation *items;

	*count = soc2_registry_select(selected, "reconciliation", name, isnull);
	items = palloc0(sizeof(reconciliation) * (*count + 1));
	for (size_t i = 0; i < *count; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;

		items[i].name = SPI_getvalue(row, desc, 1);
		items[i].definer = SPI_getvalue(row, desc, 2);
		items[i].left_query = SPI_getvalue(row, desc, 3);
		items[i].right_query = SPI_getvalue(row, desc, 4);
		items[i].tolerance = SPI_getvalue(row, desc, 5);
	}
	return items;
}

/* soc2.reconcile(reconciliation) */
Datum
soc2_reconcile(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	reconciliation *items;
	size_t		count;

	PreventCommandIfReadOnly("reconcile()");
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	items = select_items(PG_ARGISNULL(0) ? (Datum) 0 : PG_GETARG_DATUM(0),
						 PG_ARGISNULL(0), &count);
	for (size_t i = 0; i < count; i++)
	{
		compare(&items[i]);
		store_run(&items[i]);
		return_run(rsinfo, &items[i]);
	}
	SPI_finish();
	return (Datum) 0;
}
