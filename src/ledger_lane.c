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
	int64		seq;
	soc2_digest hash;
	Oid			noted_in;		/* table that it goes to */
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

/* take the lock of a lane; false if it is not free and wait is false */
static bool
lock_lane(Oid relid, uint32 lane, bool wait)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, relid, lane,
						 SOC2_LEDGER_LOCK_CLASS);
	return LockAcquire(&tag, ExclusiveLock, false,
					   !wait) != LOCKACQUIRE_NOT_AVAIL;
}

/* lock the first lane that is free, from the first on and around */
static uint32
lock_free_lane(Oid relid, uint32 first)
{
	uint32		lanes = (uint32) soc2_max_lanes_setting;

	for (uint32 i = 0; i < lanes; i++)
	{
		uint32		lane = (first + i) % lanes;

		if (lock_lane(relid, lane, false))
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
	if (w->lxid == lxid && lock_lane(ledger, w->lane, false))
		return w->lane;
	w->lane = lock_free_lane(ledger, (uint32) soc2_my_proc_number() %
							 (uint32) soc2_max_lanes_setting);
	w->lxid = lxid;
	w->noted = false;
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
					lane, soc2_ledger_name(rel)),
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

/* take position, hash and place from the last row of a lane */
static void
take_end(Relation ledger, const soc2_ledger_plan *plan, TupleTableSlot *row,
		 writer *w)
{
	const AttrNumber *fields = plan->fields;
	bool		isnull;
	Datum		hash;

	w->seq = DatumGetInt64(slot_getattr(row, fields[SOC2_LEDGER_SEQ],
										&isnull));
	hash = slot_getattr(row, fields[SOC2_LEDGER_HASH], &isnull);
	if (isnull || w->seq < 1 || w->seq == PG_INT64_MAX)
		broken_end_error(ledger, w->lane);
	w->hash = *DatumGetDigest(hash);
	get_writer(row->tts_tableOid)->before = row->tts_tid;
}

/*
 * Look the last row of a lane up in the index; false if there is none.  One
 * without a position was not written here, and verifying names it.
 */
static bool
search_end(Relation rel, const soc2_ledger_plan *plan, writer *w)
{
	Relation	ledger = open_ledger(rel, &plan);
	soc2_ledger_scan scan;
	TupleTableSlot *row;

	soc2_ledger_scan_begin(&scan, ledger, plan, SnapshotSelf);
	soc2_ledger_scan_where(&scan, SOC2_LEDGER_LANE, BTEqualStrategyNumber,
						   F_INT4EQ, Int32GetDatum((int32) w->lane));
	soc2_ledger_scan_where(&scan, SOC2_LEDGER_SEQ,
						   BTGreaterEqualStrategyNumber, F_INT8GE,
						   Int64GetDatum(PG_INT64_MIN));
	soc2_ledger_scan_start(&scan, BackwardScanDirection);
	row = soc2_ledger_scan_next(&scan);
	if (row != NULL)
		take_end(ledger, plan, row, w);
	soc2_ledger_scan_end(&scan);
	close_ledger(ledger, rel);
	return row != NULL;
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
		soc2_digest_compare(DatumGetDigest(hash), &w->hash) == 0;
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
	if (w->noted_in == RelationGetRelid(rel))
		return is_at_guess(rel, plan, w);
	/* it went to another part of the ledger */
	other = table_open(w->noted_in, AccessShareLock);
	plan = soc2_ledger_plan_get(other, false);
	arrived = plan != NULL && is_at_guess(other, plan, w);
	table_close(other, NoLock);
	return arrived;
}

/* Find the last row of a lane */
bool
soc2_ledger_find_end(Relation rel, const soc2_ledger_plan *plan, int64 *seq,
					 soc2_digest *hash)
{
	writer	   *w = get_writer(plan->ledger);

	if (!has_arrived(rel, plan, w) && !search_end(rel, plan, w))
		return false;
	*seq = w->seq;
	*hash = w->hash;
	return true;
}

/* Tell that a row was put at the end of a lane */
void
soc2_ledger_note_end(const soc2_ledger_row *row, const soc2_link *link,
					 const soc2_digest *hash)
{
	writer	   *w = get_writer(row->plan->ledger);

	w->noted = link != NULL;
	if (link == NULL)
		return;
	w->command = GetCurrentCommandId(false);
	w->seq = (int64) link->seq;
	w->hash = *hash;
	w->noted_in = RelationGetRelid(row->rel);
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
