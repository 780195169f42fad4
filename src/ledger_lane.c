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

#include "access/genam.h"
#include "access/htup_details.h"
#include "ledger.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/* what this backend remembers of a ledger that it writes */
typedef struct writer
{
	Oid			relid;			/* key */
	LocalTransactionId lxid;	/* transaction that the rest is about */
	uint32		lane;			/* that it writes to */
} writer;

static HTAB *writers = NULL;

/* the memory of a ledger; lxid is of an older transaction if it is new */
static writer *
get_writer(Oid relid)
{
	writer	   *found;
	bool		existed;

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
		found->lxid = InvalidLocalTransactionId;
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
soc2_ledger_take_lane(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);
	writer	   *w = get_writer(relid);
	LocalTransactionId lxid = soc2_my_lxid();

	/* this backend holds it already, unless a savepoint was rolled back */
	if (w->lxid == lxid && lock_lane(relid, w->lane, false))
		return w->lane;
	w->lane = lock_free_lane(relid, (uint32) soc2_my_proc_number() %
							 (uint32) soc2_max_lanes_setting);
	w->lxid = lxid;
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

/* Find the last row of a lane */
bool
soc2_ledger_find_end(Relation rel, const soc2_ledger_plan *plan, uint32 lane,
					 int64 *seq, soc2_digest *hash)
{
	const AttrNumber *fields = plan->fields;
	TupleDesc	desc = RelationGetDescr(rel);
	Relation	index = index_open(plan->index, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Datum		value;
	bool		isnull = true;

	ScanKeyInit(&key, fields[SOC2_LEDGER_LANE], BTEqualStrategyNumber,
				F_INT4EQ, Int32GetDatum((int32) lane));
	scan = systable_beginscan_ordered(rel, index, SnapshotSelf, 1, &key);
	/* a row without a position was not written here: verifying names it */
	do
	{
		tuple = systable_getnext_ordered(scan, BackwardScanDirection);
		if (HeapTupleIsValid(tuple))
			value = heap_getattr(tuple, fields[SOC2_LEDGER_SEQ], desc,
								 &isnull);
	} while (HeapTupleIsValid(tuple) && isnull);
	if (HeapTupleIsValid(tuple))
	{
		*seq = DatumGetInt64(value);
		value = heap_getattr(tuple, fields[SOC2_LEDGER_HASH], desc, &isnull);
		if (isnull || *seq < 1 || *seq == PG_INT64_MAX)
			broken_end_error(rel, lane);
		memcpy(hash, DatumGetDigest(value), sizeof(*hash));
	}
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	return HeapTupleIsValid(tuple);
}

/* Is there a row in any lane? */
bool
soc2_ledger_has_rows(Relation rel, const soc2_ledger_plan *plan)
{
	Relation	index = index_open(plan->index, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	bool		found;

	ScanKeyEntryInitialize(&key, SK_ISNULL | SK_SEARCHNOTNULL,
						   plan->fields[SOC2_LEDGER_LANE], InvalidStrategy,
						   InvalidOid, InvalidOid, InvalidOid, (Datum) 0);
	scan = systable_beginscan_ordered(rel, index, SnapshotSelf, 1, &key);
	found = HeapTupleIsValid(systable_getnext_ordered(scan,
													  ForwardScanDirection));
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	return found;
}
