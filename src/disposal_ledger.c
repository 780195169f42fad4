/*-------------------------------------------------------------------------
 *
 * disposal_ledger.c
 *		What a plan makes of the rows of a ledger.
 *
 * Rows leave a ledger from the front of a lane only, so a row that stays keeps
 * all behind it.  Retention and holds judge each row as in any table, in the
 * partition that it is stored in; a column expires_at, which soc2.prune_ledger()
 * respects, is respected here too.
 *
 * IDENTIFICATION
 *	  src/disposal_ledger.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "disposal.h"
#include "disposal_range.h"
#include "funcapi.h"
#include "ledger_scan.h"
#include "miscadmin.h"
#include "retention.h"
#include "soc2.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(soc2_ledger_front);

/* column that says until when a row is needed, if a ledger has it */
#define EXPIRY_COLUMN	"expires_at"

/* a lane, and what has been found in it */
typedef struct lane_walk
{
	soc2_range	range;			/* counts the rows; its blocks mean nothing,
								 * and its table is that of the last row */
	soc2_keyer *keyer;			/* of rows as the ledger has them */
	AttrNumber	seq;
	AttrNumber	expiry;			/* 0: there is no such column */
	Oid			expiry_type;	/* InvalidOid: it is no date */
	int64		through;		/* the front ends here at the latest */
	bool		closed;			/* a row stays: the front is over */
	int64		last;			/* position of the last row of the front */
	int64		rows;			/* in the front */
} lane_walk;

/* is the time over that a row says itself that it is needed? */
static bool
has_expired(const lane_walk *walk, TupleTableSlot *row)
{
	const soc2_interval none = {0};
	bool		isnull;
	Datum		value;

	if (walk->expiry == 0)
		return true;
	if (!OidIsValid(walk->expiry_type))
		return false;
	value = slot_getattr(row, walk->expiry, &isnull);
	/* the row says nothing: its class does */
	if (isnull)
		return true;
	return soc2_retention_decide(soc2_anchor_term(value, isnull,
												  walk->expiry_type, &none),
								 walk->range.cutoff) != SOC2_RETENTION_KEEP;
}

/* judge the next row of the lane */
static void
walk_row(lane_walk *walk, const soc2_ledger_scan *scan, TupleTableSlot *row)
{
	soc2_range *range = &walk->range;
	TupleTableSlot *stored;
	bool		isnull;
	int64		seq = DatumGetInt64(slot_getattr(row, walk->seq, &isnull));
	bool		expired = has_expired(walk, row);

	if (seq > walk->through || !expired)
		walk->closed = true;
	range->rel = soc2_ledger_scan_where_stored(scan, &stored);
	if (!expired)
		range->counts.others++;
	else if (!soc2_range_judge(range, stored,
							   ExecFetchSlotHeapTuple(stored, false, NULL)))
		walk->closed = true;
	/* only rows of the front are hashed */
	else if (!walk->closed)
	{
		walk->last = seq;
		walk->rows++;
		soc2_keyer_add(walk->keyer, row, &range->keys);
	}
}

/* read a lane, up to a position or to its end */
static void
walk_lane(lane_walk *walk, Relation rel, const soc2_ledger_plan *plan,
		  int32 lane, bool whole)
{
	soc2_ledger_scan scan;
	TupleTableSlot *row;

	soc2_ledger_scan_begin(&scan, rel, plan, GetActiveSnapshot());
	soc2_ledger_scan_where(&scan, SOC2_LEDGER_LANE, BTEqualStrategyNumber,
						   F_INT4EQ, Int32GetDatum(lane));
	soc2_ledger_scan_start(&scan, ForwardScanDirection);
	while ((whole || !walk->closed) &&
		   (row = soc2_ledger_scan_next(&scan)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		walk_row(walk, &scan, row);
	}
	soc2_ledger_scan_end(&scan);
}

/* the result of soc2.ledger_front() */
static Datum
front_result(FunctionCallInfo fcinfo, const lane_walk *walk)
{
	const soc2_range_counts *counts = &walk->range.counts;
	TupleDesc	desc;
	Datum		values[8];
	bool		nulls[8] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("function must be called where a row can be returned")));
	values[0] = Int64GetDatum(walk->last);
	values[1] = Int64GetDatum(walk->rows);
	values[2] = Int64GetDatum(counts->held);
	values[3] = Int64GetDatum(counts->taken - walk->rows);
	values[4] = Int64GetDatum(counts->changed);
	values[5] = Int64GetDatum(counts->others);
	values[6] = soc2_bytes_datum(walk->range.keys.sum, SOC2_KEY_HASH_SIZE);
	values[7] = soc2_bytes_datum(walk->range.keys.hashes.data,
								 walk->range.keys.hashes.len);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values,
											 nulls));
}

/*
 * soc2.ledger_front(relation regclass, lane integer, through bigint, cutoff
 * timestamptz, seen pg_snapshot, key bytea, key_columns text[], whole boolean):
 * the rows of a lane that a plan takes, and what becomes of the others
 */
Datum
soc2_ledger_front(PG_FUNCTION_ARGS)
{
	/* keeps holds and policies from changing until what was found is gone */
	Relation	rel = table_open(PG_GETARG_OID(0), RowExclusiveLock);
	List	   *members = soc2_disposal_members(RelationGetRelid(rel),
												RowExclusiveLock);
	const soc2_ledger_plan *plan = soc2_ledger_plan_require(rel);
	lane_walk	walk = {0};
	Datum		result;

	soc2_range_begin(&walk.range, rel, PG_GETARG_TIMESTAMPTZ(3),
					 PG_GETARG_DATUM(4));
	walk.keyer = soc2_keyer_create(rel, PG_GETARG_ARRAYTYPE_P(6),
								   PG_GETARG_BYTEA_PP(5));
	walk.seq = plan->fields[SOC2_LEDGER_SEQ];
	walk.expiry = get_attnum(RelationGetRelid(rel), EXPIRY_COLUMN);
	if (walk.expiry != 0)
		walk.expiry_type =
			soc2_anchor_type(TupleDescAttr(RelationGetDescr(rel),
										   walk.expiry - 1)->atttypid);
	walk.through = PG_GETARG_INT64(2);
	walk_lane(&walk, rel, plan, PG_GETARG_INT32(1), PG_GETARG_BOOL(7));
	list_free(members);
	result = front_result(fcinfo, &walk);
	table_close(rel, NoLock);
	return result;
}
