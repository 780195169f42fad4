/*-------------------------------------------------------------------------
 *
 * error_queue.c
 *		soc2.observe_error_queues(): what waits to be mended, and for how long?
 *
 * The query of a queue runs like that of a check: as the role that declared
 * it, reading only, in the same sandbox.
 *
 * IDENTIFICATION
 *	  src/error_queue.c
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

PG_FUNCTION_INFO_V1(soc2_observe_error_queues);

/* a queue, and what was seen in it */
typedef struct error_queue
{
	char	   *name;
	char	   *definer;
	char	   *query;
	char	   *max_age;
	const char *seen;			/* a JSON object, or "" */
	const char *error;			/* or "" */
} error_queue;

/* a population of one, whose reason has the numbers */
static const char *const observation =
"SELECT 'queue', true, json_build_object('items', count(*),"
" 'too_old', count(*) FILTER (WHERE q.at IS NULL"
"  OR q.at < statement_timestamp() - interval %s),"
" 'oldest_at', min(q.at)::timestamptz)::text FROM (\n%s\n) AS q (at)";

static const char *const selected =
"SELECT q.queue, q.definer::text, q.query, q.max_age::text"
" FROM soc2.error_queues AS q"
" WHERE q.queue OPERATOR(pg_catalog.=) $1 OR $1 IS NULL"
" ORDER BY q.queue COLLATE pg_catalog.\"C\"";

static const char *const store =
"INSERT INTO soc2.error_queue_samples (queue, items, too_old, oldest_at, error)"
" SELECT $1, r.items, r.too_old, r.oldest_at, NULLIF($3, '')"
" FROM pg_catalog.jsonb_to_record(COALESCE(NULLIF($2, ''), '{}')::jsonb)"
" AS r (items bigint, too_old bigint, oldest_at timestamptz)";

static const char *const shown =
"SELECT $1, r.items, r.too_old, r.oldest_at, NULLIF($3, '')"
" FROM pg_catalog.jsonb_to_record(COALESCE(NULLIF($2, ''), '{}')::jsonb)"
" AS r (items bigint, too_old bigint, oldest_at timestamptz)";

/* run the query of a queue */
static void
observe(error_queue *queue)
{
	soc2_check	check = {0};
	soc2_check_run run = {0};
	TupleTableSlot *slot;
	bool		isnull;

	check.check_id = queue->name;
	check.query = psprintf(observation, quote_literal_cstr(queue->max_age),
						   queue->query);
	check.parameters = DirectFunctionCall1(jsonb_in, CStringGetDatum("{}"));
	check.role_name = queue->definer;
	check.role = get_role_oid(queue->definer, true);
	check.timeout = soc2_check_timeout_setting;
	run.limit = 1;
	run.keep_passing = true;
	soc2_check_execute(&check, &run);
	queue->seen = queue->error = "";
	slot = MakeSingleTupleTableSlot(run.desc, &TTSOpsMinimalTuple);
	if (tuplestore_gettupleslot(run.members, true, false, slot))
		queue->seen = TextDatumGetCString(slot_getattr(slot,
													   SOC2_MEMBER_REASON,
													   &isnull));
	else
		queue->error = run.reason;
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_end(run.members);
}

/* keep what was seen, and return it as a row */
static void
keep(ReturnSetInfo *rsinfo, const error_queue *queue)
{
	const char *const values[] = {queue->name, queue->seen, queue->error};
	Oid			types[lengthof(values)];
	Datum		datums[lengthof(values)];
	soc2_statement insert;

	soc2_statement_begin(&insert, store);
	for (size_t i = 0; i < lengthof(values); i++)
	{
		types[i] = TEXTOID;
		datums[i] = CStringGetTextDatum(values[i]);
		soc2_statement_add(&insert, types[i], datums[i]);
	}
	soc2_execute_as_owner(soc2_table_oid("error_queue_samples"), &insert, NULL);
	if (SPI_execute_with_args(shown, lengthof(values), types, datums, NULL,
							  true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read what is in a queue");
	tuplestore_puttuple(rsinfo->setResult, SPI_tuptable->vals[0]);
}

/* the queues of this name, or all; in the context of SPI */
static error_queue *
select_queues(Datum name, bool isnull, size_t *count)
{
	error_queue *queues;

	*count = soc2_registry_select(selected, "error queue", name, isnull);
	queues = palloc0(sizeof(error_queue) * (*count + 1));
	for (size_t i = 0; i < *count; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;

		queues[i].name = SPI_getvalue(row, desc, 1);
		queues[i].definer = SPI_getvalue(row, desc, 2);
		queues[i].query = SPI_getvalue(row, desc, 3);
		queues[i].max_age = SPI_getvalue(row, desc, 4);
	}
	return queues;
}

/* soc2.observe_error_queues(queue) */
Datum
soc2_observe_error_queues(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	error_queue *queues;
	size_t		count;

	PreventCommandIfReadOnly("observe_error_queues()");
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	queues = select_queues(PG_ARGISNULL(0) ? (Datum) 0 : PG_GETARG_DATUM(0),
						   PG_ARGISNULL(0), &count);
	for (size_t i = 0; i < count; i++)
	{
		observe(&queues[i]);
		keep(rsinfo, &queues[i]);
	}
	SPI_finish();
	return (Datum) 0;
}
