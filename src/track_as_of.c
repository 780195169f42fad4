/*-------------------------------------------------------------------------
 *
 * track_as_of.c
 *		soc2.as_of: the rows that a table had at a time.
 *
 * What happened since is undone; then the table is read, and rows that were not
 * touched pass as they are.  Memory is taken for keys that were touched, not for
 * rows of the table.
 *
 * IDENTIFICATION
 *	  src/track_as_of.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_inherits.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "track_past.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(soc2_as_of);

/* what the rows are made of */
typedef struct as_of_result
{
	soc2_past	past;
	const soc2_track *track;	/* of the table that is read */
	ReturnSetInfo *result;
} as_of_result;

/* put an object into the result */
static void
emit(const as_of_result *r, Datum values)
{
	bool		isnull = false;

	tuplestore_putvalues(r->result->setResult, r->result->setDesc, &values,
						 &isnull);
}

/* put a row of the table into the result, as it was then */
static void
emit_current(as_of_result *r, TupleTableSlot *slot)
{
	StringInfoData key;
	StringInfoData object;
	char	   *name;
	soc2_keyed_row *found;
	Datum		values;
	ListCell   *cell;

	initStringInfo(&key);
	soc2_track_put_key(&key, r->track, slot);
	name = key.data;
	found = hash_search(r->past.now, &name, HASH_FIND, NULL);
	if (found != NULL)
	{
		found->row->seen = true;
		if (found->row->state != SOC2_PAST_SAME)
			return;
	}
	initStringInfo(&object);
	soc2_track_put_row(&object, r->track, slot);
	values = DirectFunctionCall1(jsonb_in, CStringGetDatum(object.data));
	foreach(cell, r->past.columns)
		values = soc2_past_column_before(values, lfirst(cell));
	if (found != NULL && found->row->has_values)
		values = DirectFunctionCall2(jsonb_concat, values, found->row->values);
	emit(r, values);
}

/* read one table, in the snapshot of the statement */
static void
emit_table(as_of_result *r, Relation rel)
{
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext,
											  "soc2 row as of",
											  ALLOCSET_DEFAULT_SIZES);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, GetActiveSnapshot(), 0, NULL);

	r->track = soc2_track_get(rel);
	if (r->track == NULL)
		elog(ERROR, "could not find the entry of a tracked table");
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		MemoryContext caller = MemoryContextSwitchTo(row);

		CHECK_FOR_INTERRUPTS();
		emit_current(r, slot);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(row);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	MemoryContextDelete(row);
}

/* read a table and its partitions */
static void
emit_tables(as_of_result *r)
{
	List	   *tables = find_all_inheritors(RelationGetRelid(r->past.rel),
											 AccessShareLock, NULL);
	ListCell   *cell;

	foreach(cell, tables)
	{
		Relation	rel = table_open(lfirst_oid(cell), NoLock);

		if (rel->rd_rel->relkind == RELKIND_RELATION)
			emit_table(r, rel);
		table_close(rel, NoLock);
	}
}

/* put the rows into the result that are no more */
static void
emit_others(as_of_result *r)
{
	ListCell   *cell;

	foreach(cell, r->past.others)
	{
		const soc2_past_row *row = lfirst(cell);

		if (row->state == SOC2_PAST_OTHER)
			emit(r, row->values);
	}
}

/* warn of changes that do not fit the table: others were not recorded */
static void
check_fit(as_of_result *r)
{
	HASH_SEQ_STATUS scan;
	soc2_keyed_row *now;

	hash_seq_init(&scan, r->past.now);
	while ((now = hash_seq_search(&scan)) != NULL)
	{
		const soc2_past_row *row = now->row;

		/* there though it went, or not there though it came or changed */
		r->past.misfits += row->gone == row->seen;
	}
	if (r->past.misfits > 0)
		ereport(WARNING,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("history of table \"%s\" does not fit its rows",
						RelationGetRelationName(r->past.rel)),
				 errdetail_plural("There is " UINT64_FORMAT " change that fits no row. Rows were changed while nothing was recorded, and what is shown may be wrong.",
								  "There are " UINT64_FORMAT " changes that fit no row. Rows were changed while nothing was recorded, and what is shown may be wrong.",
								  (unsigned long) r->past.misfits, r->past.misfits)));
}

/* refuse a time about which nothing is known */
static void
check_time(Relation rel, const soc2_track_entry *entry, TimestampTz at)
{
	if (!entry->active)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("changes of table \"%s\" are not tracked any more",
						RelationGetRelationName(rel)),
				 errhint("See what was recorded: soc2.history()."),
				 errtable(rel)));
	if (at < entry->since)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("table \"%s\" was not tracked at that time",
						RelationGetRelationName(rel)),
				 errdetail("It is tracked since %s.",
						   timestamptz_to_str(entry->since)),
				 errtable(rel)));
	if (at > GetCurrentTimestamp())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time is in the future")));
}

/* soc2.as_of("table", at) */
Datum
soc2_as_of(PG_FUNCTION_ARGS)
{
	Relation	rel = relation_open(PG_GETARG_OID(0), AccessShareLock);
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(1);
	soc2_track_entry entry;
	as_of_result r = {{0}};
	int			level;

	soc2_track_require(rel, &entry);
	soc2_track_require_reader(rel);
	check_time(rel, &entry, at);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	r.result = (ReturnSetInfo *) fcinfo->resultinfo;
	soc2_past_undo(&r.past, rel, &entry.id, at);
	level = soc2_ledger_pin();
	emit_tables(&r);
	soc2_ledger_unpin(level);
	emit_others(&r);
	check_fit(&r);
	relation_close(rel, AccessShareLock);
	PG_RETURN_NULL();
}
