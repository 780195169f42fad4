/*-------------------------------------------------------------------------
 *
 * ledger_verify.c
 *		soc2.verify_ledger: recompute a ledger and report what is wrong.
 *
 * What is wrong with the definition comes first, then what is wrong with the log,
 * with the form of rows, with the rows in order, and what is missing at the ends
 * of lanes.  Memory stays within maintenance_work_mem, whatever the size of the
 * ledger.
 *
 * IDENTIFICATION
 *	  src/ledger_verify.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "funcapi.h"
#include "ledger_custody.h"
#include "ledger_verify_workers.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(soc2_verify_ledger);

#define RESULT_COLUMNS	4

/* Report a problem */
void
soc2_verify_report(soc2_verifier *v, const soc2_link *position,
				   const char *problem, const char *detail)
{
	Datum		values[RESULT_COLUMNS] = {0};
	bool		nulls[RESULT_COLUMNS] = {true, true, false, false};

	if (position != NULL)
	{
		values[0] = Int32GetDatum((int32) position->lane);
		values[1] = Int64GetDatum((int64) position->seq);
		nulls[0] = false;
		nulls[1] = position->seq == 0;
	}
	values[2] = CStringGetTextDatum(problem);
	values[3] = CStringGetTextDatum(detail);
	tuplestore_putvalues(v->result, v->result_desc, values, nulls);
}

/* may the caller know all rows of the table? */
static void
check_access(Relation rel)
{
	if (soc2_ledger_hides_rows(rel))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("cannot verify table \"%s\": row security hides rows of it",
						RelationGetRelationName(rel)),
				 errhint("Verify as a role that sees all rows: the owner of the table, or one with BYPASSRLS.")));
}

/* Begin to scan entries of the ledger */
void
soc2_entries_begin(soc2_entry_scan *scan, const soc2_verifier *v,
				   const char *table, int32 level)
{
	char	   *index = psprintf("soc2_%s_pkey", table);
	ScanKeyData keys[2];

	scan->context = CurrentMemoryContext;
	scan->rel = table_open(soc2_table_oid(table), AccessShareLock);
	scan->index = index_open(soc2_table_oid(index), AccessShareLock);
	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_UUID_EQ,
				UUIDPGetDatum((const pg_uuid_t *) v->plan->id.bytes));
	ScanKeyInit(&keys[1], 2, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(level));
	scan->scan = systable_beginscan_ordered(scan->rel, scan->index,
											v->snapshot, level < 0 ? 1 : 2,
											keys);
	pfree(index);
}

/*
 * The next entry; NULL at the end.  The caller's context may be one that is
 * reset for each row, and what the index allocates on the way must live on.
 */
HeapTuple
soc2_entries_next(soc2_entry_scan *scan)
{
	MemoryContext caller = MemoryContextSwitchTo(scan->context);
	HeapTuple	entry;

	CHECK_FOR_INTERRUPTS();
	entry = systable_getnext_ordered(scan->scan, ForwardScanDirection);
	MemoryContextSwitchTo(caller);
	return entry;
}

/* Value of a column of an entry */
Datum
soc2_entry_value(const soc2_entry_scan *scan, HeapTuple entry, int column,
				 bool *isnull)
{
	return soc2_own_column(scan->rel, entry, column, isnull);
}

/* Digest in a column of an entry */
soc2_digest
soc2_entry_digest(const soc2_entry_scan *scan, HeapTuple entry, int column)
{
	soc2_digest digest = {0};
	bool		isnull;
	Datum		value = soc2_entry_value(scan, entry, column, &isnull);

	return isnull ? digest : *DatumGetDigest(value);
}

/* End a scan */
void
soc2_entries_end(soc2_entry_scan *scan)
{
	systable_endscan_ordered(scan->scan);
	index_close(scan->index, AccessShareLock);
	table_close(scan->rel, AccessShareLock);
}

/* What is known of a lane */
soc2_lane *
soc2_verify_lane(soc2_verifier *v, int32 lane)
{
	bool		found;
	soc2_lane  *known = hash_search(v->lanes, &lane, HASH_ENTER, &found);

	if (!found)
	{
		memset(known, 0, sizeof(*known));
		known->lane = lane;
	}
	return known;
}

/* report what is wrong with the definition */
static void
report_catalog(soc2_verifier *v)
{
	ListCell   *cell;

	foreach(cell, soc2_ledger_catalog_problems(v->rel, v->plan))
		soc2_verify_report(v, NULL, "catalog", lfirst(cell));
}

/* make what verifying works with, which lives in v->context */
static void
begin(soc2_verifier *v)
{
	HASHCTL		control = {0};

	v->row_context = AllocSetContextCreate(v->context, "soc2 verified row",
										   ALLOCSET_DEFAULT_SIZES);
	control.keysize = sizeof(int32);
	control.entrysize = sizeof(soc2_lane);
	control.hcxt = v->context;
	v->lanes = hash_create("soc2 verified lanes", 64, &control,
						   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	soc2_sort_begin(&v->leaves, sizeof(soc2_digest), maintenance_work_mem / 2,
					NULL);
	v->workers = NULL;
	v->count = 0;
}

/*
 * Verify, with up to so many workers.  They read the rows while this process
 * reads the log, and then it joins them.
 */
static void
verify(soc2_verifier *v, int workers)
{
	begin(v);
	report_catalog(v);
	if (workers > 0)
		v->workers = soc2_workers_begin(v, workers);
	if (v->plan->has_id)
		soc2_verify_log(v);
	if (v->workers != NULL)
		soc2_workers_rows(v);
	else
	{
		soc2_sort_begin(&v->rows, sizeof(soc2_sorted_row),
						maintenance_work_mem / 2, NULL);
		soc2_verify_rows(v, NULL, NULL);
	}
	if (!v->plan->has_id && v->count > 0)
		soc2_verify_report(v, NULL, "catalog",
						   "soc2.ledgers has no entry for the table: no row can be matched with its hash.");
	if (v->plan->has_id)
		soc2_verify_prunes(v);
	soc2_verify_judge(v);
	soc2_sort_end(&v->rows);
	soc2_sort_end(&v->leaves);
	if (v->workers != NULL)
		soc2_workers_end(v);
}

/* forget what a failed attempt with workers left */
static void
forget(soc2_verifier *v)
{
	tuplestore_clear(v->result);
	MemoryContextReset(v->context);
}

/* Roll back after an error that may be about the ledger */
ErrorData *
soc2_verify_catch(const soc2_subtransaction *subtransaction)
{
	ErrorData  *error = soc2_subtransaction_catch(subtransaction);
	int			class = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	if (class == ERRCODE_TO_CATEGORY(ERRCODE_QUERY_CANCELED) ||
		class == ERRCODE_TO_CATEGORY(ERRCODE_OUT_OF_MEMORY) ||
		class == ERRCODE_TO_CATEGORY(ERRCODE_T_R_SERIALIZATION_FAILURE))
		ReThrowError(error);
	return error;
}

/*
 * Verify with workers.  False if an error ended that: nothing is found then.
 * Workers cannot go on after a value that cannot be read, and one of them may
 * have failed for a reason of its own.  One process alone then says which.
 */
static bool
verify_with_workers(soc2_verifier *v, int workers)
{
	soc2_subtransaction subtransaction;
	volatile bool done = false;

	soc2_subtransaction_begin(&subtransaction);
	MemoryContextSwitchTo(v->context);
	PG_TRY();
	{
		verify(v, workers);
		soc2_subtransaction_commit(&subtransaction);
		done = true;
	}
	PG_CATCH();
	{
		ErrorData  *error = soc2_verify_catch(&subtransaction);

		ereport(DEBUG1,
				(errmsg_internal("verifying without workers after: %s",
								 error->message)));
		FreeErrorData(error);
		forget(v);
	}
	PG_END_TRY();
	return done;
}

/* open the ledger */
static void
open_ledger(soc2_verifier *v, FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	v->caller = CurrentMemoryContext;
	v->result = rsinfo->setResult;
	v->result_desc = rsinfo->setDesc;
	v->rel = relation_open(PG_GETARG_OID(0), AccessShareLock);
	check_access(v->rel);
	v->plan = soc2_ledger_plan_require(v->rel);
	soc2_ledger_parts_open(&v->parts, v->rel, v->plan);
	v->snapshot = RegisterSnapshot(GetActiveSnapshot());
	v->context = AllocSetContextCreate(CurrentMemoryContext,
									   "soc2 verified ledger",
									   ALLOCSET_DEFAULT_SIZES);
	if (!PG_ARGISNULL(1))
		v->checkpoint = soc2_verify_checkpoint(v, PG_GETARG_TEXT_PP(1));
}

/*
 * Report every problem of a ledger: (lane, seq, problem, detail).  No row
 * means that nothing was found.
 */
Datum
soc2_verify_ledger(PG_FUNCTION_ARGS)
{
	soc2_verifier v = {0};
	int			workers;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	open_ledger(&v, fcinfo);
	workers = soc2_workers_wanted(&v);
	if (workers == 0 || !verify_with_workers(&v, workers))
	{
		MemoryContextSwitchTo(v.context);
		verify(&v, 0);
	}
	MemoryContextSwitchTo(v.caller);
	MemoryContextDelete(v.context);
	UnregisterSnapshot(v.snapshot);
	soc2_ledger_parts_close(&v.parts);
	relation_close(v.rel, AccessShareLock);
	return (Datum) 0;
}
