/*-------------------------------------------------------------------------
 *
 * disposal_delete.c
 *		A range of blocks of a table: deleting the rows that a plan takes.
 *
 * A table that nothing but our guard watches is gone through once, and each row
 * that is taken is deleted in place.  That spares a statement over the same rows,
 * and that each is locked before the guard is asked, which writes WAL of its own.
 * Where a trigger, a foreign key or a rule of the table has to know, a DELETE is
 * run, whose rows the guard judges.
 *
 * Both ways there is one judgement of the version that is deleted: a row that
 * somebody changed since the scan saw it is not deleted, but judged anew.
 *
 * IDENTIFICATION
 *	  src/disposal_delete.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "disposal_range.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "ledger.h"
#include "miscadmin.h"
#include "retention.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* is there a trigger for DELETE of others, which a mask and a type describe? */
static bool
has_other_trigger(Relation rel, int16 mask, int16 type)
{
	const TriggerDesc *all = rel->trigdesc;
	Oid			guard = soc2_ledger_function(SOC2_RETENTION_GUARD);

	for (int i = 0; all != NULL && i < all->numtriggers; i++)
	{
		const Trigger *found = &all->triggers[i];

		if (TRIGGER_FOR_DELETE(found->tgtype) && found->tgfoid != guard &&
			(found->tgtype & mask) == type)
			return true;
	}
	return false;
}

/* must a statement delete the rows, as something of the table waits for it? */
static bool
needs_statement(Relation rel)
{
	return has_other_trigger(rel, 0, 0) || rel->rd_rules != NULL;
}

/*
 * Confine a DELETE to rows that are taken now: triggers that see a row before it
 * is deleted must not see rows that stay.
 */
static void
add_places(soc2_range_query *query, soc2_range *range)
{
	soc2_range_query_add(query, get_array_type(TIDOID),
						 soc2_range_places(range));
	appendStringInfo(&query->text,
					 " AND d.ctid OPERATOR(pg_catalog.=) ANY ($%d)",
					 query->nargs);
}

/* delete the plan's rows by a statement */
static void
delete_by_statement(soc2_range *range)
{
	soc2_range_query query;

	SPI_connect();
	soc2_range_query_init(&query, "DELETE FROM");
	soc2_range_query_conditions(&query, range);
	if (has_other_trigger(range->rel,
						  TRIGGER_TYPE_ROW | TRIGGER_TYPE_TIMING_MASK,
						  TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE))
		add_places(&query, range);
	(void) soc2_range_act(range, &query, SPI_OK_DELETE);
	SPI_finish();
}

/* refuse what a transaction with one snapshot cannot see */
pg_noreturn static void
refuse_concurrent(Relation rel, const char *act)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not serialize access to table \"%s\" due to concurrent %s",
					RelationGetRelationName(rel), act)));
}

/* judge and count the last version of a row that somebody has just changed */
static void
count_changed(soc2_range *range, ItemPointer place)
{
	TupleTableSlot *slot = table_slot_create(range->rel, NULL);
	TM_FailureData failure;
	TM_Result	result = table_tuple_lock(range->rel, place,
										  GetActiveSnapshot(), slot,
										  GetCurrentCommandId(true),
										  LockTupleExclusive, LockWaitBlock,
										  TUPLE_LOCK_FLAG_FIND_LAST_VERSION,
										  &failure);

	/* its transaction was under way when the plan was made, or began later */
	if (result == TM_Ok)
	{
		HeapTuple	tuple = ExecFetchSlotHeapTuple(slot, false, NULL);
		soc2_range_verdict verdict = soc2_range_decide(range, slot, tuple);

		if (verdict == SOC2_RANGE_TAKEN)
			refuse_concurrent(range->rel, "update");
		soc2_range_count(range, verdict, slot, tuple);
	}
	else if (result != TM_Deleted)
		elog(ERROR, "unexpected result %d of locking a row", result);
	ExecDropSingleTupleTableSlot(slot);
}

/* judge a row, and delete it if it is taken */
static void
delete_row(soc2_range *range, TupleTableSlot *slot, HeapTuple tuple)
{
	soc2_range_verdict verdict = soc2_range_decide(range, slot, tuple);
	TM_Result	result = TM_Ok;
	TM_FailureData failure;

	if (verdict == SOC2_RANGE_TAKEN)
		result = table_tuple_delete(range->rel, &tuple->t_self,
									GetCurrentCommandId(true),
									GetActiveSnapshot(), InvalidSnapshot, true,
									&failure, false);
	switch (result)
	{
		case TM_Ok:
			soc2_range_count(range, verdict, slot, tuple);
			break;
		case TM_Updated:
			if (IsolationUsesXactSnapshot())
				refuse_concurrent(range->rel, "update");
			count_changed(range, &tuple->t_self);
			break;
		case TM_Deleted:
			if (IsolationUsesXactSnapshot())
				refuse_concurrent(range->rel, "delete");
			break;
		default:
			elog(ERROR, "unexpected result %d of deleting a row", result);
	}
}

/* delete the plan's rows in place */
static void
delete_in_place(soc2_range *range)
{
	Oid			user;
	int			context;

	/* as a DELETE would be refused */
	CheckCmdReplicaIdentity(range->rel, CMD_DELETE);
	soc2_range_become_owner(range, &user, &context);
	soc2_range_push_snapshot();
	soc2_range_each(range, delete_row);
	PopActiveSnapshot();
	SetUserIdAndSecContext(user, context);
	CommandCounterIncrement();
}

/* Delete the plan's rows of the range */
void
soc2_range_delete(soc2_range *range)
{
	if (needs_statement(range->rel))
		delete_by_statement(range);
	else
		delete_in_place(range);
}
