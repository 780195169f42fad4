/*-------------------------------------------------------------------------
 *
 * ledger_heads.c
 *		Which lanes a ledger has and where they end, without reading them.
 *
 * Each lane costs two descents of the index on (lane, position), whatever the
 * number of its rows.
 *
 * IDENTIFICATION
 *	  src/ledger_heads.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "funcapi.h"
#include "ledger_log.h"
#include "ledger_scan.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(soc2_ledger_heads);

#define HEAD_COLUMNS	2

/* a ledger as a snapshot shows it */
typedef struct ledger_view
{
	Relation	rel;
	const soc2_ledger_plan *plan;
	Snapshot	snapshot;
} ledger_view;

/* Value of a ledger column in the first row of a scan; false if there is none */
static bool
first_value(soc2_ledger_scan *scan, ScanDirection direction,
			soc2_ledger_field field, Datum *value)
{
	TupleTableSlot *row;
	bool		isnull = true;

	soc2_ledger_scan_start(scan, direction);
	row = soc2_ledger_scan_next(scan);
	/* lane and position are passed by value */
	if (row != NULL)
		*value = slot_getattr(row, scan->plan->fields[field], &isnull);
	soc2_ledger_scan_end(scan);
	return !isnull;
}

/* The next lane that has rows */
bool
soc2_ledger_next_lane(Relation rel, const soc2_ledger_plan *plan,
					  Snapshot snapshot, int32 *lane)
{
	soc2_ledger_scan scan;
	Datum		value;

	soc2_ledger_scan_begin(&scan, rel, plan, snapshot);
	soc2_ledger_scan_where(&scan, SOC2_LEDGER_LANE, BTGreaterStrategyNumber,
						   F_INT4GT, Int32GetDatum(*lane));
	if (!first_value(&scan, ForwardScanDirection, SOC2_LEDGER_LANE, &value))
		return false;
	*lane = DatumGetInt32(value);
	return true;
}

/* Is there such a row? */
bool
soc2_ledger_has_row(Relation rel, const soc2_ledger_plan *plan,
					Snapshot snapshot, int32 lane, int64 seq)
{
	soc2_ledger_scan scan;
	Datum		value;

	soc2_ledger_scan_begin(&scan, rel, plan, snapshot);
	soc2_ledger_scan_where_row(&scan, lane, seq);
	return first_value(&scan, ForwardScanDirection, SOC2_LEDGER_SEQ, &value);
}

/* last position of a lane */
static bool
lane_end(const ledger_view *ledger, int32 lane, int64 *seq)
{
	soc2_ledger_scan scan;
	Datum		value;

	soc2_ledger_scan_begin(&scan, ledger->rel, ledger->plan, ledger->snapshot);
	soc2_ledger_scan_where(&scan, SOC2_LEDGER_LANE, BTEqualStrategyNumber,
						   F_INT4EQ, Int32GetDatum(lane));
	/* which leaves out rows without a position */
	soc2_ledger_scan_where(&scan, SOC2_LEDGER_SEQ, BTGreaterStrategyNumber,
						   F_INT8GT, Int64GetDatum(0));
	if (!first_value(&scan, BackwardScanDirection, SOC2_LEDGER_SEQ, &value))
		return false;
	*seq = DatumGetInt64(value);
	return true;
}

/* put the lanes of a ledger into the result */
static void
put_lanes(const ledger_view *ledger, ReturnSetInfo *rsinfo)
{
	Datum		values[HEAD_COLUMNS];
	bool		nulls[HEAD_COLUMNS] = {false, false};
	int32		lane = -1;
	int64		seq;

	while (soc2_ledger_next_lane(ledger->rel, ledger->plan, ledger->snapshot,
								 &lane))
	{
		if (!lane_end(ledger, lane, &seq))
			continue;
		values[0] = Int32GetDatum(lane);
		values[1] = Int64GetDatum(seq);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
}

/*
 * Last position of each lane: (lane, seq).  It serves a view of all ledgers,
 * so a table that is gone, or whose index is, gives a row of NULLs.
 */
Datum
soc2_ledger_heads(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation	rel = try_relation_open(PG_GETARG_OID(0), AccessShareLock);
	ledger_view ledger = {rel};

	InitMaterializedSRF(fcinfo, 0);
	if (rel != NULL)
		ledger.plan = soc2_ledger_plan_get(rel, false);
	if (ledger.plan != NULL && OidIsValid(ledger.plan->index) &&
		ledger.plan->ledger == RelationGetRelid(rel))
	{
		ledger.snapshot = GetActiveSnapshot();
		put_lanes(&ledger, rsinfo);
	}
	else
	{
		Datum		values[HEAD_COLUMNS] = {0};
		bool		nulls[HEAD_COLUMNS] = {true, true};

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
							 nulls);
	}
	if (rel != NULL)
		relation_close(rel, AccessShareLock);
	return (Datum) 0;
}
