/*-------------------------------------------------------------------------
 *
 * ledger_rewrite.c
 *		Chain the rows that a table has when it becomes a ledger.
 *
 * The rows go to a new file, as where ALTER TABLE rewrites a table: no trigger
 * fires, nothing is left behind in the old file, and the indexes are built
 * anew.
 *
 * IDENTIFICATION
 *	  src/ledger_rewrite.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/multixact.h"
#include "access/relation.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "commands/cluster.h"
#include "executor/tuptable.h"
#include "ledger.h"
#include "ledger_create.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/* a table on its way */
typedef struct rewriter
{
	Relation	from;
	Relation	to;
	soc2_ledger_row row;
	soc2_link	link;
	soc2_digest hash;			/* of the last row */
} rewriter;

/* chain a row and write it; the slot is a virtual one */
static void
write_row(rewriter *r, TupleTableSlot *slot, CommandId command,
		  BulkInsertState bulk)
{
	r->row.values = slot->tts_values;
	r->row.nulls = slot->tts_isnull;
	if (soc2_ledger_row_is_linked(&r->row))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" has rows with ledger columns filled",
						soc2_relation_name(r->from)),
				 errhint("Empty or drop the ledger columns first.")));
	r->link.seq++;
	r->link.prev = r->hash;
	soc2_ledger_row_chain(&r->row, &r->link, &r->hash);
	ExecStoreVirtualTuple(slot);
	table_tuple_insert(r->to, slot, command, TABLE_INSERT_SKIP_FSM, bulk);
}

/* write all rows of a scan, each in a context that is reset after it */
static void
write_rows(rewriter *r, TableScanDesc scan)
{
	TupleDesc	desc = RelationGetDescr(r->from);
	TupleTableSlot *in = table_slot_create(r->from, NULL);
	TupleTableSlot *out = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	BulkInsertState bulk = GetBulkInsertState();
	CommandId	command = GetCurrentCommandId(true);
	MemoryContext context;
	MemoryContext caller;

	context = AllocSetContextCreate(CurrentMemoryContext, "soc2 chained row",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	while (table_scan_getnextslot(scan, ForwardScanDirection, in))
	{
		CHECK_FOR_INTERRUPTS();
		slot_getallattrs(in);
		ExecClearTuple(out);
		memcpy(out->tts_values, in->tts_values, sizeof(Datum) * desc->natts);
		memcpy(out->tts_isnull, in->tts_isnull, sizeof(bool) * desc->natts);
		write_row(r, out, command, bulk);
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	FreeBulkInsertState(bulk);
	table_finish_bulk_insert(r->to, TABLE_INSERT_SKIP_FSM);
	ExecDropSingleTupleTableSlot(out);
	ExecDropSingleTupleTableSlot(in);
}

/* write all rows */
static void
copy_rows(rewriter *r)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(r->from, snapshot, 0, NULL);
	int			level = soc2_ledger_pin();

	write_rows(r, scan);
	soc2_ledger_unpin(level);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
}

/* Has a table no row at all? */
bool
soc2_ledger_is_empty(Relation rel)
{
	TableScanDesc scan = table_beginscan(rel, SnapshotSelf, 0, NULL);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	bool		found = table_scan_getnextslot(scan, ForwardScanDirection,
											   slot);

	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	return !found;
}

/* write all rows of one table anew, chained to those before */
static void
rewrite_table(rewriter *r, Oid relid)
{
	Oid			tablespace;
	char		persistence;
	Oid			to;

	r->from = relation_open(relid, NoLock);
	if (!RELKIND_HAS_TABLE_AM(r->from->rd_rel->relkind) ||
		soc2_ledger_is_empty(r->from))
	{
		relation_close(r->from, NoLock);
		return;
	}
	tablespace = r->from->rd_rel->reltablespace;
	persistence = r->from->rd_rel->relpersistence;
	to = make_new_heap(relid, tablespace, r->from->rd_rel->relam, persistence,
					   AccessExclusiveLock);
	r->to = relation_open(to, NoLock);
	r->row.rel = r->from;
	r->row.plan = soc2_ledger_plan_get(r->from, true);
	copy_rows(r);
	relation_close(r->to, NoLock);
	relation_close(r->from, NoLock);
	finish_heap_swap(relid, to, false, false, true, true, RecentXmin,
					 ReadNextMultiXactId(), persistence);
}

/* Write all rows of a table anew, chained */
void
soc2_ledger_rewrite(Oid relid)
{
	List	   *tables = find_all_inheritors(relid, NoLock, NULL);
	rewriter	r = {0};
	ListCell   *cell;

	foreach(cell, tables)
		rewrite_table(&r, lfirst_oid(cell));
}
