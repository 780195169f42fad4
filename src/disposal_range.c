/*-------------------------------------------------------------------------
 *
 * disposal_range.c
 *		A range of blocks of a table: which rows a plan takes, and taking them.
 *
 * IDENTIFICATION
 *	  src/disposal_range.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "disposal.h"
#include "disposal_range.h"
#include "executor/spi.h"
#include "hold.h"
#include "ledger.h"
#include "miscadmin.h"
#include "soc2_errcodes.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/xid8.h"

/* the range whose rows a statement is taking; NULL: there is none */
static soc2_range *acting = NULL;

/* and how deep its triggers are among triggers */
static int32 acting_depth = 0;

/* Begin with a range */
void
soc2_range_begin(soc2_range *range, Relation rel, TimestampTz cutoff,
				 Datum seen)
{
	if (rel->rd_rel->relkind == RELKIND_RELATION &&
		rel->rd_rel->relam != HEAP_TABLE_AM_OID)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("table \"%s\" is not stored as heap",
						RelationGetRelationName(rel))));
	memset(range, 0, sizeof(*range));
	range->rel = rel;
	range->cutoff = cutoff;
	range->seen = seen;
	range->horizon =
		XidFromFullTransactionId(DatumGetFullTransactionId(DirectFunctionCall1(pg_snapshot_xmin,
																			   seen)));
	range->context = CurrentMemoryContext;
	soc2_key_set_init(&range->keys);
}

/*
 * Had a row been written when the plan was made?  Freezing does not make it so:
 * its transaction is looked at, too.  A number that is yet to come is of long ago,
 * and one of long ago that seems to be of after the plan keeps a row too many.
 */
static bool
is_old(const soc2_range *range, HeapTuple tuple)
{
	TransactionId xid = HeapTupleHeaderGetRawXmin(tuple->t_data);
	FullTransactionId next;
	uint32		epoch;

	if (!TransactionIdIsNormal(xid) ||
		TransactionIdPrecedes(xid, range->horizon))
		return true;
	next = ReadNextFullTransactionId();
	if (!TransactionIdPrecedes(xid, XidFromFullTransactionId(next)))
		return true;
	epoch = EpochFromFullTransactionId(next);
	if (xid > XidFromFullTransactionId(next))
		epoch--;
	return DatumGetBool(DirectFunctionCall2(pg_visible_in_snapshot,
											FullTransactionIdGetDatum(FullTransactionIdFromEpochAndXid(epoch,
																									   xid)),
											range->seen));
}

/* is a row blocked? */
static bool
is_blocked(const soc2_range *range, HeapTuple tuple)
{
	return range->blocked != NULL &&
		hash_search(range->blocked, &tuple->t_self, HASH_FIND, NULL) != NULL;
}

/* has a due row nothing left for the range to do? */
static bool
is_done(const soc2_range *range, const soc2_retention_rule *rule,
		TupleTableSlot *slot)
{
	if (rule->class.anonymize != (range->anonymizer != NULL))
		return true;
	return range->anonymizer != NULL &&
		soc2_anonymizer_is_done(range->anonymizer, slot);
}

/* note the place of a row, and what anonymizing makes of it */
static void
note_place(soc2_range *range, TupleTableSlot *slot, HeapTuple tuple)
{
	accumArrayResult(range->places, PointerGetDatum(&tuple->t_self), false,
					 TIDOID, range->context);
	if (range->anonymizer)
		soc2_anonymizer_collect(range->anonymizer, slot);
}

/* count a row that is taken */
static void
count_taken(soc2_range_counts *counts, BlockNumber block)
{
	if (counts->taken++ == 0 || block < counts->first_taken)
		counts->first_taken = block;
	counts->past_taken = Max(counts->past_taken, block + 1);
}

/* Judge a row */
soc2_range_verdict
soc2_range_decide(const soc2_range *range, TupleTableSlot *slot,
				  HeapTuple tuple)
{
	soc2_retention_rule *rule;
	bool		kept = soc2_retention_keeps_at(soc2_retention_lookup(range->rel),
											   slot, range->cutoff, &rule);

	if (kept || rule == NULL || is_done(range, rule, slot) ||
		(range->only != NULL && !soc2_disposal_lists_have(range->only, slot)))
		return SOC2_RANGE_OTHER;
	if (!is_old(range, tuple))
		return SOC2_RANGE_CHANGED;
	if (soc2_hold_on_row(range->rel, slot) != NULL)
		return SOC2_RANGE_HELD;
	return is_blocked(range, tuple) ? SOC2_RANGE_BLOCKED : SOC2_RANGE_TAKEN;
}

/* Count a row that was judged */
void
soc2_range_count(soc2_range *range, soc2_range_verdict verdict,
				 TupleTableSlot *slot, HeapTuple tuple)
{
	switch (verdict)
	{
		case SOC2_RANGE_OTHER:
			range->counts.others++;
			break;
		case SOC2_RANGE_CHANGED:
			range->counts.changed++;
			break;
		case SOC2_RANGE_HELD:
			range->counts.held++;
			break;
		case SOC2_RANGE_BLOCKED:
			range->counts.blocked++;
			break;
		case SOC2_RANGE_TAKEN:
			count_taken(&range->counts,
						ItemPointerGetBlockNumber(&tuple->t_self));
			if (range->places)
				note_place(range, slot, tuple);
			if (range->keyer)
				soc2_keyer_add(range->keyer, slot, &range->keys);
			break;
	}
}

/* Judge a row and count it */
bool
soc2_range_judge(soc2_range *range, TupleTableSlot *slot, HeapTuple tuple)
{
	soc2_range_verdict verdict = soc2_range_decide(range, slot, tuple);

	soc2_range_count(range, verdict, slot, tuple);
	return verdict == SOC2_RANGE_TAKEN;
}

/* Do something with all rows of the range */
void
soc2_range_each(soc2_range *range, soc2_range_visit visit)
{
	TupleTableSlot *slot = table_slot_create(range->rel, NULL);
	ItemPointerData min;
	ItemPointerData max;
	TableScanDesc scan;

	if (range->past > range->first)
	{
		ItemPointerSet(&min, range->first, FirstOffsetNumber);
		ItemPointerSet(&max, range->past - 1, MaxOffsetNumber);
		scan = table_beginscan_tidrange(range->rel, GetActiveSnapshot(), &min,
										&max);
		while (table_scan_getnextslot_tidrange(scan, ForwardScanDirection,
											   slot))
		{
			CHECK_FOR_INTERRUPTS();
			visit(range, slot, ExecFetchSlotHeapTuple(slot, false, NULL));
		}
		table_endscan(scan);
	}
	ExecDropSingleTupleTableSlot(slot);
}

/* judge one row of a scan */
static void
judge_row(soc2_range *range, TupleTableSlot *slot, HeapTuple tuple)
{
	(void) soc2_range_judge(range, slot, tuple);
}

/* Judge all rows of the range */
void
soc2_range_scan(soc2_range *range)
{
	soc2_range_each(range, judge_row);
}

/* the anchor from which on all are kept, as a value of the column's type */
static Datum
first_kept(const soc2_retention_rule *rule, TimestampTz cutoff)
{
	int64		kept = soc2_retention_bound(&rule->class.min_retain,
											cutoff).kept_from;

	/* a midnight */
	if (rule->anchor_type == DATEOID)
		return DateADTGetDatum((DateADT) (kept / SOC2_USECS_PER_DAY));
	return TimestampTzGetDatum(kept);
}

/* Start a statement */
void
soc2_range_query_init(soc2_range_query *query, const char *text)
{
	initStringInfo(&query->text);
	appendStringInfoString(&query->text, text);
	query->size = 8;
	query->types = palloc(sizeof(Oid) * query->size);
	query->values = palloc(sizeof(Datum) * query->size);
	query->nargs = 0;
}

/* Add a parameter to a statement */
void
soc2_range_query_add(soc2_range_query *query, Oid type, Datum value)
{
	if (query->nargs == query->size)
	{
		query->size *= 2;
		query->types = repalloc(query->types, sizeof(Oid) * query->size);
		query->values = repalloc(query->values, sizeof(Datum) * query->size);
	}
	query->types[query->nargs] = type;
	query->values[query->nargs++] = value;
}

/* add one end of the range */
static void
add_bound(soc2_range_query *query, const char *operator, BlockNumber block)
{
	ItemPointer tid = palloc(sizeof(ItemPointerData));

	ItemPointerSet(tid, block, 0);
	soc2_range_query_add(query, TIDOID, PointerGetDatum(tid));
	appendStringInfo(&query->text, "d.ctid OPERATOR(pg_catalog.%s) $%d AND ",
					 operator, query->nargs);
}

/* Add that a row is in the blocks of the range */
void
soc2_range_query_blocks(soc2_range_query *query, const soc2_range *range)
{
	add_bound(query, ">=", range->first);
	add_bound(query, "<", range->past);
}

/*
 * Complete a statement: rows of the range that may be due by the cut-off.  That
 * keeps it from locking those that are not, and is no judgement.
 */
void
soc2_range_query_conditions(soc2_range_query *query, const soc2_range *range)
{
	const soc2_retention_policy *policy = soc2_retention_lookup(range->rel);

	appendStringInfo(&query->text, " ONLY %s AS d WHERE ",
					 soc2_relation_name(range->rel));
	soc2_range_query_blocks(query, range);
	appendStringInfoChar(&query->text, '(');
	for (int i = 0; i < policy->nrules; i++)
	{
		const soc2_retention_rule *rule = &policy->rules[i];
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(range->rel),
											  rule->anchor - 1);

		soc2_range_query_add(query, rule->anchor_type,
							 first_kept(rule, range->cutoff));
		appendStringInfo(&query->text, "%sd.%s OPERATOR(pg_catalog.<) $%d",
						 i == 0 ? "" : " OR ",
						 quote_identifier(NameStr(att->attname)),
						 query->nargs);
	}
	appendStringInfoChar(&query->text, ')');
}

/* run a statement, and tell how many rows it is about */
static uint64
run_query(const soc2_range_query *query, int expected)
{
	int			result = SPI_execute_with_args(query->text.data, query->nargs,
											   query->types, query->values,
											   NULL, false, 0);

	/* a rule of the table made nothing of it */
	if (result == SPI_OK_REWRITTEN)
		return 0;
	if (result != expected)
		elog(ERROR, "unexpected result %d of \"%s\"", result, query->text.data);
	return SPI_processed;
}

/* Note rows for which a condition is true as blocked */
void
soc2_range_block(soc2_range *range, const char *condition)
{
	HASHCTL		control = {0};
	soc2_range_query query;
	uint64		rows;

	control.keysize = sizeof(ItemPointerData);
	control.entrysize = sizeof(ItemPointerData);
	control.hcxt = CurrentMemoryContext;
	range->blocked = hash_create("soc2 blocked rows", 128, &control,
								 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	SPI_connect();
	soc2_range_query_init(&query, "SELECT d.ctid FROM");
	soc2_range_query_conditions(&query, range);
	appendStringInfo(&query.text, " AND (%s)", condition);
	rows = run_query(&query, SPI_OK_SELECT);
	for (uint64 i = 0; i < rows; i++)
	{
		bool		isnull;
		Datum		tid = SPI_getbinval(SPI_tuptable->vals[i],
										SPI_tuptable->tupdesc, 1, &isnull);

		hash_search(range->blocked, DatumGetPointer(tid), HASH_ENTER, NULL);
	}
	SPI_finish();
}

/* how many triggers are being carried out, each by the one before */
static int32
trigger_depth(void)
{
	LOCAL_FCINFO(fcinfo, 0);

	InitFunctionCallInfoData(*fcinfo, NULL, 0, InvalidOid, NULL, NULL);
	return DatumGetInt32(pg_trigger_depth(fcinfo));
}

/* The range whose statement fired a trigger by itself */
soc2_range *
soc2_range_acting(const TriggerData *trigdata)
{
	/* what triggers and cascades of the statement do is not its doing */
	if (acting == NULL || trigger_depth() != acting_depth ||
		RelationGetRelid(acting->rel) != RelationGetRelid(trigdata->tg_relation))
		return NULL;
	return acting;
}

/* What a delete trigger is to do with a row */
soc2_disposal_verdict
soc2_disposal_judge(const TriggerData *trigdata)
{
	soc2_range *range = soc2_range_acting(trigdata);

	if (range == NULL || range->anonymizer != NULL)
		return SOC2_DISPOSAL_NONE;
	return soc2_range_judge(range, trigdata->tg_trigslot,
							trigdata->tg_trigtuple) ?
		SOC2_DISPOSAL_TAKE : SOC2_DISPOSAL_KEEP;
}

/* run the statement of a range, while the guard judges for it */
static uint64
run_judged(soc2_range *range, const soc2_range_query *query, int expected)
{
	volatile uint64 rows = 0;

	if (acting != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("a disposal is already in progress in this session")));
	PG_TRY();
	{
		acting = range;
		acting_depth = trigger_depth() + 1;
		rows = run_query(query, expected);
	}
	PG_FINALLY();
	{
		acting = NULL;
	}
	PG_END_TRY();
	return rows;
}

/* Act as the owner of the table from now on */
void
soc2_range_become_owner(const soc2_range *range, Oid *user, int *context)
{
	/* without the guard, nobody would judge */
	if (!soc2_retention_is_guarded(range->rel))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("table \"%s\" lacks triggers of its retention",
						RelationGetRelationName(range->rel)),
				 errdetail("They judge what a disposal deletes."),
				 errtable(range->rel)));
	/* what belongs to the table runs with the rights of its owner, not ours */
	GetUserIdAndSecContext(user, context);
	SetUserIdAndSecContext(range->rel->rd_rel->relowner,
						   *context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);
}

/* Run a DELETE or UPDATE as the owner of the table */
uint64
soc2_range_act(soc2_range *range, const soc2_range_query *query,
			   int expected)
{
	Oid			user;
	int			context;
	uint64		rows;

	soc2_range_become_owner(range, &user, &context);
	rows = run_judged(range, query, expected);
	SetUserIdAndSecContext(user, context);
	if (rows != range->counts.taken)
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
				 errmsg("rows of table \"%s\" that were to be destroyed are still there",
						RelationGetRelationName(range->rel)),
				 errdetail("A trigger or a rule of the table got in the way."),
				 errtable(range->rel)));
	return rows;
}

/* Make a snapshot the active one that sees what a new statement would see */
void
soc2_range_push_snapshot(void)
{
	PushActiveSnapshot(IsolationUsesXactSnapshot() ?
					   GetTransactionSnapshot() : GetLatestSnapshot());
}

/* The places of the rows that would be taken now */
Datum
soc2_range_places(soc2_range *range)
{
	soc2_range	saved = *range;
	Datum		places;

	range->places = initArrayResult(TIDOID, range->context, false);
	range->keyer = NULL;
	soc2_range_push_snapshot();
	soc2_range_scan(range);
	PopActiveSnapshot();
	places = makeArrayResult(range->places, range->context);
	saved.counts = range->counts;
	saved.counts.taken = 0;		/* counted when they are taken */
	*range = saved;
	return places;
}
