/*-------------------------------------------------------------------------
 *
 * ledger_scan.c
 *		Reading the rows of a ledger in the order of lane and position.
 *
 * Each part has an index in that order; the scans of all are merged.  A ledger
 * that is one table has one scan and nothing to merge.
 *
 * IDENTIFICATION
 *	  src/ledger_scan.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/tableam.h"
#include "ledger_scan.h"
#include "lib/binaryheap.h"
#include "utils/fmgroids.h"

/* columns of the index */
enum
{
	INDEX_LANE = 1,
	INDEX_SEQ
};

/* scan of a part */
typedef struct part_scan
{
	const soc2_ledger_part *part;
	Relation	index;
	IndexScanDesc scan;
	TupleTableSlot *slot;
	TupleTableSlot *mapped;
	TupleTableSlot *row;		/* the next one */
	int32		lane;			/* of it */
	int64		seq;
} part_scan;

/* Begin a scan */
void
soc2_ledger_scan_begin(soc2_ledger_scan *scan, Relation ledger,
					   const soc2_ledger_plan *plan, Snapshot snapshot)
{
	memset(scan, 0, sizeof(*scan));
	scan->context = CurrentMemoryContext;
	scan->ledger = ledger;
	scan->plan = plan;
	scan->snapshot = snapshot;
}

/* Add a condition */
void
soc2_ledger_scan_where(soc2_ledger_scan *scan, soc2_ledger_field field,
					   StrategyNumber strategy, RegProcedure procedure,
					   Datum argument)
{
	Assert(scan->nkeys < SOC2_SCAN_KEYS);
	Assert(field == SOC2_LEDGER_LANE || field == SOC2_LEDGER_SEQ);
	ScanKeyInit(&scan->keys[scan->nkeys++],
				field == SOC2_LEDGER_LANE ? INDEX_LANE : INDEX_SEQ,
				strategy, procedure, argument);
}

/* Add the conditions that select the row at a position */
void
soc2_ledger_scan_where_row(soc2_ledger_scan *scan, int32 lane, int64 seq)
{
	soc2_ledger_scan_where(scan, SOC2_LEDGER_LANE, BTEqualStrategyNumber,
						   F_INT4EQ, Int32GetDatum(lane));
	soc2_ledger_scan_where(scan, SOC2_LEDGER_SEQ, BTEqualStrategyNumber,
						   F_INT8EQ, Int64GetDatum(seq));
}

/* start to scan a part */
static void
start_part(soc2_ledger_scan *scan, part_scan *p, const soc2_ledger_part *part)
{
	if (!OidIsValid(part->index))
		soc2_ledger_index_error(part->rel);
	p->part = part;
	p->index = index_open(part->index, AccessShareLock);
	p->slot = soc2_ledger_part_slot(part);
	p->mapped = soc2_ledger_part_mapped_slot(&scan->parts, part);
	p->scan = soc2_index_beginscan(part->rel, p->index, scan->snapshot,
								   scan->nkeys);
	index_rescan(p->scan, scan->keys, scan->nkeys, NULL, 0);
}

/* advance to the next row of a part; false at the end */
static bool
advance_part(const soc2_ledger_scan *scan, part_scan *p)
{
	if (!index_getnext_slot(p->scan, scan->direction, p->slot))
		return false;
	p->row = soc2_ledger_part_row(p->part, p->slot, p->mapped);
	return true;
}

/* note the position of the next row of a part; none at all is the last one */
static void
note_position(const soc2_ledger_scan *scan, part_scan *p)
{
	const AttrNumber *fields = scan->plan->fields;
	bool		isnull;
	Datum		value;

	value = slot_getattr(p->row, fields[SOC2_LEDGER_LANE], &isnull);
	p->lane = isnull ? PG_INT32_MAX : DatumGetInt32(value);
	value = slot_getattr(p->row, fields[SOC2_LEDGER_SEQ], &isnull);
	p->seq = isnull ? PG_INT64_MAX : DatumGetInt64(value);
}

/* order of the heap: positive if the row of a comes before that of b */
static int
compare_parts(Datum a, Datum b, void *arg)
{
	const part_scan *x = (const part_scan *) DatumGetPointer(a);
	const part_scan *y = (const part_scan *) DatumGetPointer(b);
	const soc2_ledger_scan *scan = arg;
	int			order;

	if (x->lane != y->lane)
		order = x->lane < y->lane ? 1 : -1;
	else if (x->seq != y->seq)
		order = x->seq < y->seq ? 1 : -1;
	else
		return 0;
	return ScanDirectionIsBackward(scan->direction) ? -order : order;
}

/* start to merge the scans of all parts */
static void
start_merge(soc2_ledger_scan *scan)
{
	scan->next = binaryheap_allocate(scan->parts.count + 1, compare_parts,
									 scan);
	for (int i = 0; i < scan->parts.count; i++)
	{
		part_scan  *p = &scan->scans[i];

		if (!advance_part(scan, p))
			continue;
		note_position(scan, p);
		binaryheap_add_unordered(scan->next, PointerGetDatum(p));
	}
	binaryheap_build(scan->next);
}

/* Start to read */
void
soc2_ledger_scan_start(soc2_ledger_scan *scan, ScanDirection direction)
{
	MemoryContext caller = MemoryContextSwitchTo(scan->context);

	scan->direction = direction;
	soc2_ledger_parts_open(&scan->parts, scan->ledger, scan->plan);
	scan->scans = palloc0(sizeof(part_scan) * (scan->parts.count + 1));
	for (int i = 0; i < scan->parts.count; i++)
		start_part(scan, &scan->scans[i], &scan->parts.parts[i]);
	if (scan->parts.count != 1)
		start_merge(scan);
	MemoryContextSwitchTo(caller);
}

/* the next row of a merge; NULL at the end */
static TupleTableSlot *
next_merged(soc2_ledger_scan *scan)
{
	part_scan  *p;

	if (scan->started && !binaryheap_empty(scan->next))
	{
		p = (part_scan *) DatumGetPointer(binaryheap_first(scan->next));
		if (advance_part(scan, p))
		{
			note_position(scan, p);
			binaryheap_replace_first(scan->next, PointerGetDatum(p));
		}
		else
			(void) binaryheap_remove_first(scan->next);
	}
	scan->started = true;
	if (binaryheap_empty(scan->next))
		return NULL;
	p = (part_scan *) DatumGetPointer(binaryheap_first(scan->next));
	return p->row;
}

/* The next row */
TupleTableSlot *
soc2_ledger_scan_next(soc2_ledger_scan *scan)
{
	MemoryContext caller = MemoryContextSwitchTo(scan->context);
	TupleTableSlot *row = NULL;

	if (scan->next != NULL)
		row = next_merged(scan);
	else if (advance_part(scan, &scan->scans[0]))
		row = scan->scans[0].row;
	MemoryContextSwitchTo(caller);
	return row;
}

/* Where the row lies, and as what */
Relation
soc2_ledger_scan_where_stored(const soc2_ledger_scan *scan,
							  TupleTableSlot **stored)
{
	const part_scan *p = scan->next == NULL ? &scan->scans[0] :
	(part_scan *) DatumGetPointer(binaryheap_first(scan->next));

	*stored = p->slot;
	return p->part->rel;
}

/* end the scan of a part */
static void
end_part(part_scan *p)
{
	index_endscan(p->scan);
	index_close(p->index, AccessShareLock);
	ExecDropSingleTupleTableSlot(p->slot);
	if (p->mapped != NULL)
		ExecDropSingleTupleTableSlot(p->mapped);
}

/* End a scan */
void
soc2_ledger_scan_end(soc2_ledger_scan *scan)
{
	if (scan->scans == NULL)
		return;
	for (int i = 0; i < scan->parts.count; i++)
		end_part(&scan->scans[i]);
	if (scan->next != NULL)
		binaryheap_free(scan->next);
	pfree(scan->scans);
	soc2_ledger_parts_close(&scan->parts);
}
