/*-------------------------------------------------------------------------
 *
 * ledger_lane.c
 *		Which lane a transaction writes to, and where that lane ends.
 *
 * A writer holds the lock of its lane until its transaction ends.  For every
 * row it looks up the last row of the lane under a snapshot that shows all
 * committed rows and its own, never the snapshot of the transaction: under
 * REPEATABLE READ that one would show an old end, and the chain would fork.
 * Looking it up each time, rather than counting, is what makes rows that never
 * arrive (ON CONFLICT, a savepoint rolled back, a later trigger that skips the
 * row) leave no gap.
 *
 * Within a command the row that was given the last place is mostly the one that
 * was written last, and then it lies behind the row before it or in the block
 * that the table is written to now.  If the row there has the hash that was
 * given out, and is alive, it is the end of the lane: nobody else writes to it.
 * If not, the index says what is.
 *
 * Which lane a transaction took is only remembered to try that one first; what
 * counts is the lock.  So nothing has to be undone where a savepoint is rolled
 * back, which frees the lane, or a transaction is prepared, which keeps it.
 *
 * IDENTIFICATION
 *	  src/ledger_lane.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "ledger_scan.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/* a row of a lane */
typedef struct lane_row
{
	Oid			relid;			/* table that it is in, or goes to */
	int64		seq;
	soc2_digest hash;
} lane_row;

/*
 * What this backend remembers of a ledger that it writes; of a part of one
 * nothing but before.
 */
typedef struct writer
{
	Oid			relid;			/* key */
	LocalTransactionId lxid;	/* transaction that the rest is about */
	uint32		lane;			/* that it writes to */
	/* the last row that was given a place, if noted is true */
	bool		noted;
	CommandId	command;		/* that inserts it */
	lane_row	last;
	bool		broken;			/* it has no hash */
	/* the row before it, if there is one and based is true */
	bool		based;
	lane_row	base;
	/* where the last row of this table is that we know of, or invalid */
	ItemPointerData before;
} writer;

static HTAB *writers = NULL;

/* the memory of a ledger; lxid is of an older transaction if it is new */
static writer *
get_writer(Oid relid)
{
	static writer *found = NULL;	/* entries stay where they are */
	bool		existed;

	if (found != NULL && found->relid == relid)
		return found;
	if (writers == NULL)
	{
		HASHCTL		control = {0};

		control.keysize = sizeof(Oid);
		control.entrysize = sizeof(writer);
		control.hcxt = CacheMemoryContext;
		writers = hash_create("soc2 ledger writers", 16, &control,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	found = hash_search(writers, &relid, HASH_ENTER, &existed);
	if (!existed)
	{
		memset((char *) found + sizeof(Oid), 0, sizeof(writer) - sizeof(Oid));
		found->lxid = InvalidLocalTransactionId;
	}
	return found;
}

/* take the lock of a lane, if it is free or wait is true */
static LockAcquireResult
lock_lane(Oid relid, uint32 lane, bool wait)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, relid, lane,
						 SOC2_LEDGER_LOCK_CLASS);
	return LockAcquire(&tag, ExclusiveLock, false, !wait);
}

/* lock the first lane that is free, from the first on and around */
static uint32
lock_free_lane(Oid relid, uint32 first)
{
	uint32		lanes = (uint32) soc2_max_lanes_setting;

	for (uint32 i = 0; i < lanes; i++)
	{
		uint32		lane = (first + i) % lanes;

		if (lock_lane(relid, lane, false) != LOCKACQUIRE_NOT_AVAIL)
			return lane;
	}
	lock_lane(relid, first, true);
	return first;
}

/* Take a lane of the ledger until the transaction ends */
uint32
soc2_ledger_take_lane(Oid ledger)
{
	writer	   *w = get_writer(ledger);
	LocalTransactionId lxid = soc2_my_lxid();

	/* this backend holds it already, unless a savepoint was rolled back */
	if (w->lxid == lxid)
	{
		LockAcquireResult result = lock_lane(ledger, w->lane, false);

		if (result == LOCKACQUIRE_ALREADY_HELD)
			return w->lane;
		/* somebody else may have written to it meanwhile */
		w->noted = w->based = false;
		if (result != LOCKACQUIRE_NOT_AVAIL)
			return w->lane;
	}
	w->lane = lock_free_lane(ledger, (uint32) soc2_my_proc_number() %
							 (uint32) soc2_max_lanes_setting);
	w->lxid = lxid;
	w->noted = w->based = false;
	ItemPointerSetInvalid(&w->before);
	return w->lane;
}

/* raise the error for an end of a lane that nothing can be chained to */
static void
broken_end_error(Relation rel, uint32 lane)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("lane %u of ledger \"%s\" has no end to chain to",
					lane, soc2_relation_name(rel)),
			 errdetail("Its last row lacks a hash, or has the last position there is."),
			 errhint("See what soc2.verify_ledger() reports.")));
}

/*
 * Open the ledger that a table is, or is a part of, and get its plan.  A part
 * that was added since has come to be known: who wrote the rows that we have
 * to find there has ended, as we have his lane.
 */
static Relation
open_ledger(Relation rel, const soc2_ledger_plan **plan)
{
	Relation	ledger;

	if ((*plan)->ledger == RelationGetRelid(rel))
		return rel;
	AcceptInvalidationMessages();
	ledger = table_open((*plan)->ledger, AccessShareLock);
	*plan = soc2_ledger_plan_get(ledger, false);
	if (*plan == NULL)
		elog(ERROR, "could not find the columns of a ledger");
	return ledger;
}

/* close it */
static void
close_ledger(Relation ledger, Relation rel)
{
	if (ledger != rel)
		table_close(ledger, NoLock);
}

/*
 * Look for a row of the lane in one table, by its index, behind the last one
 * that is known; the last of those becomes the last one that is known.
 */
static void
search_table(Relation rel, const soc2_ledger_plan *plan, writer *w)
{
	const AttrNumber *fields = plan->fields;
	soc2_ledger_scan scan;
	TupleTableSlot *row;
	bool		isnull;
	Datum		hash;

	soc2_ledger_scan_begin(&scan, rel, plan, SnapshotSelf);
	soc2_ledger_scan_where(&scan, SOC2_LEDGER_LANE, BTEqualStrategyNumber,
						   F_INT4EQ, Int32GetDatum((int32) w->lane));
	soc2_ledger_scan_where(&scan, SOC2_LEDGER_SEQ, BTGreaterStrategyNumber,
						   F_INT8GT, Int64GetDatum(w->last.seq));
	soc2_ledger_scan_start(&scan, BackwardScanDirection);
	row = soc2_ledger_scan_next(&scan);
	if (row != NULL)
	{
		w->last.relid = RelationGetRelid(rel);
		w->last.seq = DatumGetInt64(slot_getattr(row, fields[SOC2_LEDGER_SEQ],
												 &isnull));
		hash = slot_getattr(row, fields[SOC2_LEDGER_HASH], &w->broken);
		if (!w->broken)
			w->last.hash = *DatumGetDigest(hash);
		get_writer(w->last.relid)->before = row->tts_tid;
	}
	soc2_ledger_scan_end(&scan);
}

/* the same by the OID of a table, which may be gone, or hold no rows itself */
static void
search_part(Oid relid, writer *w)
{
	Relation	rel = try_table_open(relid, AccessShareLock);
	const soc2_ledger_plan *plan = NULL;

	if (rel == NULL)
		return;
	if (rel->rd_rel->relkind == RELKIND_RELATION)
		plan = soc2_ledger_plan_get(rel, false);
	if (plan != NULL)
		search_table(rel, plan, w);
	table_close(rel, NoLock);
}

/*
 * Look for the last row of the lane in all parts of a ledger.  Where it was
 * when we looked last it is mostly still, and then there is nothing behind it
 * in the others.
 */
static void
search_parts(Relation rel, const soc2_ledger_plan *plan, writer *w)
{
	Relation	ledger = open_ledger(rel, &plan);
	Oid			first = w->last.relid;

	for (int i = 0; i < plan->nmembers; i++)
	{
		if (plan->members[i] == first)
			search_part(first, w);
	}
	for (int i = 0; i < plan->nmembers; i++)
	{
		if (plan->members[i] != first)
			search_part(plan->members[i], w);
	}
	close_ledger(ledger, rel);
}

/*
 * Look the last row of the lane up; false if there is none.  One without a
 * position was not written here, and verifying names it.
 */
static bool
search_end(Relation rel, const soc2_ledger_plan *plan, writer *w)
{
	w->noted = w->based = w->broken = false;
	w->last.seq = PG_INT64_MIN;
	if (plan->ledger == RelationGetRelid(rel))
		search_table(rel, plan, w);
	else
		search_parts(rel, plan, w);
	if (w->broken || w->last.seq == PG_INT64_MAX ||
		(w->last.seq < 1 && w->last.seq != PG_INT64_MIN))
		broken_end_error(rel, w->lane);
	return w->last.seq != PG_INT64_MIN;
}

/* where the row that was noted should be if it was written */
static bool
guess_place(Relation rel, ItemPointer before, ItemPointer place)
{
	BlockNumber block = RelationGetTargetBlock(rel);

	if (rel->rd_tableam != GetHeapamTableAmRoutine() ||
		block == InvalidBlockNumber)
		return false;
	ItemPointerSet(place, block, FirstOffsetNumber);
	if (ItemPointerIsValid(before) &&
		ItemPointerGetBlockNumber(before) == block)
		ItemPointerSetOffsetNumber(place,
								   ItemPointerGetOffsetNumber(before) + 1);
	return true;
}

/*
 * Is the row that was noted alive where it should be?  rel is the table that it
 * goes to.
 */
static bool
is_at_guess(Relation rel, const soc2_ledger_plan *plan, const writer *w)
{
	ItemPointer before = &get_writer(RelationGetRelid(rel))->before;
	HeapTupleData tuple;
	Buffer		buffer;
	Datum		hash;
	bool		isnull;
	bool		same;

	if (!guess_place(rel, before, &tuple.t_self) ||
		!heap_fetch(rel, SnapshotSelf, &tuple, &buffer, false))
		return false;
	hash = heap_getattr(&tuple, plan->fields[SOC2_LEDGER_HASH],
						RelationGetDescr(rel), &isnull);
	same = !isnull &&
		soc2_digest_compare(DatumGetDigest(hash), &w->last.hash) == 0;
	ReleaseBuffer(buffer);
	if (same)
		*before = tuple.t_self;
	return same;
}

/* was the row that was noted written, and is it alive? */
static bool
has_arrived(Relation rel, const soc2_ledger_plan *plan, const writer *w)
{
	Relation	other;
	bool		arrived;

	if (!w->noted || w->command != GetCurrentCommandId(false))
		return false;
	if (w->last.relid == RelationGetRelid(rel))
		return is_at_guess(rel, plan, w);
	/* it went to another part of the ledger */
	other = table_open(w->last.relid, AccessShareLock);
	plan = soc2_ledger_plan_get(other, false);
	arrived = plan != NULL && is_at_guess(other, plan, w);
	table_close(other, NoLock);
	return arrived;
}

/* is a row of the lane alive, by the index of the part that it is in? */
static bool
is_alive(const lane_row *row, uint32 lane)
{
	Relation	rel = try_table_open(row->relid, AccessShareLock);
	const soc2_ledger_plan *plan;
	soc2_ledger_scan scan;
	TupleTableSlot *found;
	bool		isnull = true;
	Datum		hash = (Datum) 0;
	bool		same;

	if (rel == NULL)
		return false;
	plan = soc2_ledger_plan_get(rel, false);
	if (plan == NULL)
	{
		table_close(rel, NoLock);
		return false;
	}
	soc2_ledger_scan_begin(&scan, rel, plan, SnapshotSelf);
	soc2_ledger_scan_where_row(&scan, (int32) lane, row->seq);
	soc2_ledger_scan_start(&scan, ForwardScanDirection);
	found = soc2_ledger_scan_next(&scan);
	if (found != NULL)
		hash = slot_getattr(found, plan->fields[SOC2_LEDGER_HASH], &isnull);
	same = !isnull &&
		soc2_digest_compare(DatumGetDigest(hash), &row->hash) == 0;
	if (same)
		get_writer(row->relid)->before = found->tts_tid;
	soc2_ledger_scan_end(&scan);
	table_close(rel, NoLock);
	return same;
}

/*
 * Is one of the rows that we remember the end of the lane?  Of a ledger with
 * parts that is quicker than to look into them all.  Since the lane was taken
 * there are no other rows but those that we gave a place: if the last one is
 * not there, then the one before it is the end, if that is.
 */
static bool
recall_end(writer *w)
{
	if (w->noted && is_alive(&w->last, w->lane))
		return true;
	if (!w->based || !is_alive(&w->base, w->lane))
		return false;
	w->last = w->base;
	return true;
}

/* Find the last row of a lane */
bool
soc2_ledger_find_end(Relation rel, const soc2_ledger_plan *plan, int64 *seq,
					 soc2_digest *hash)
{
	writer	   *w = get_writer(plan->ledger);
	bool		has_parts = plan->ledger != RelationGetRelid(rel);

	if (!has_arrived(rel, plan, w) && !(has_parts && recall_end(w)) &&
		!search_end(rel, plan, w))
		return false;
	w->based = true;
	w->base = w->last;
	*seq = w->last.seq;
	*hash = w->last.hash;
	return true;
}

/* Tell that a row was put at the end of a lane */
void
soc2_ledger_note_end(const soc2_ledger_row *row, const soc2_link *link,
					 const soc2_digest *hash)
{
	writer	   *w = get_writer(row->plan->ledger);

	w->noted = link != NULL;
	w->based &= w->noted;
	if (link == NULL)
		return;
	w->command = GetCurrentCommandId(false);
	w->last.seq = (int64) link->seq;
	w->last.hash = *hash;
	w->last.relid = RelationGetRelid(row->rel);
}

/* Is there a row in any lane? */
bool
soc2_ledger_has_rows(Relation rel, const soc2_ledger_plan *plan)
{
	Relation	ledger = open_ledger(rel, &plan);
	soc2_ledger_scan scan;
	bool		found;

	soc2_ledger_scan_begin(&scan, ledger, plan, SnapshotSelf);
	soc2_ledger_scan_where(&scan, SOC2_LEDGER_LANE,
						   BTGreaterEqualStrategyNumber, F_INT4GE,
						   Int32GetDatum(PG_INT32_MIN));
	soc2_ledger_scan_start(&scan, ForwardScanDirection);
	found = soc2_ledger_scan_next(&scan) != NULL;
	soc2_ledger_scan_end(&scan);
	close_ledger(ledger, rel);
	return found;
}
