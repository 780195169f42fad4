/*-------------------------------------------------------------------------
 *
 * ledger_parts.c
 *		The tables that hold the rows of a ledger.
 *
 * IDENTIFICATION
 *	  src/ledger_parts.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/tupconvert.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "ledger_parts.h"
#include "ledger_scan.h"

/* is a table a ledger, by its entry or its trigger? */
static bool
is_ledger(Oid relid)
{
	Relation	ledgers = table_open(soc2_table_oid("ledgers"), AccessShareLock);
	SysScanDesc scan = soc2_ledger_scan_entry(ledgers, relid);
	bool		found = HeapTupleIsValid(systable_getnext(scan));
	Relation	rel;

	systable_endscan(scan);
	table_close(ledgers, AccessShareLock);
	if (found)
		return true;
	rel = relation_open(relid, AccessShareLock);
	found = soc2_ledger_has_chain(rel);
	relation_close(rel, NoLock);
	return found;
}

/* The ledger that a table belongs to */
Oid
soc2_ledger_of(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);
	List	   *ancestors = NIL;

	if (rel->rd_rel->relispartition)
		ancestors = get_partition_ancestors(relid);
	/* the topmost comes last */
	for (int i = list_length(ancestors) - 1; i >= 0; i--)
	{
		if (is_ledger(list_nth_oid(ancestors, i)))
			return list_nth_oid(ancestors, i);
	}
	return relid;
}

/* Note which tables are below a partitioned one */
void
soc2_ledger_find_members(soc2_ledger_plan *plan, Oid relid)
{
	List	   *members = find_all_inheritors(relid, NoLock, NULL);
	ListCell   *cell;

	plan->members = palloc(sizeof(Oid) * list_length(members));
	foreach(cell, members)
	{
		if (lfirst_oid(cell) != relid)
			plan->members[plan->nmembers++] = lfirst_oid(cell);
	}
}

/* open the leaves of a partitioned ledger */
static void
open_leaves(soc2_ledger_parts *parts, const soc2_ledger_plan *plan)
{
	parts->parts = palloc0(sizeof(soc2_ledger_part) * (plan->nmembers + 1));
	for (int i = 0; i < plan->nmembers; i++)
	{
		soc2_ledger_part *part = &parts->parts[parts->count];
		const soc2_ledger_plan *leaf;

		/* it may have been dropped since the plan was made */
		part->rel = try_relation_open(plan->members[i], AccessShareLock);
		if (part->rel == NULL)
			continue;
		leaf = part->rel->rd_rel->relkind == RELKIND_RELATION ?
			soc2_ledger_plan_get(part->rel, false) : NULL;
		if (leaf == NULL)
		{
			relation_close(part->rel, NoLock);
			continue;
		}
		part->index = leaf->index;
		part->map = soc2_attrmap_by_name(RelationGetDescr(part->rel),
										 RelationGetDescr(parts->ledger));
		parts->count++;
	}
}

/* Open the tables that hold the rows of a ledger */
void
soc2_ledger_parts_open(soc2_ledger_parts *parts, Relation ledger,
					   const soc2_ledger_plan *plan)
{
	memset(parts, 0, sizeof(*parts));
	parts->ledger = ledger;
	if (ledger->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
	{
		open_leaves(parts, plan);
		return;
	}
	parts->self.rel = ledger;
	parts->self.index = plan->index;
	parts->parts = &parts->self;
	parts->count = 1;
}

/* Close them, but for the ledger itself */
void
soc2_ledger_parts_close(soc2_ledger_parts *parts)
{
	if (parts->parts == &parts->self)
		return;
	for (int i = 0; i < parts->count; i++)
	{
		if (parts->parts[i].map != NULL)
			free_attrmap(parts->parts[i].map);
		relation_close(parts->parts[i].rel, NoLock);
	}
	pfree(parts->parts);
}

/* A slot for rows as the table stores them */
TupleTableSlot *
soc2_ledger_part_slot(const soc2_ledger_part *part)
{
	return table_slot_create(part->rel, NULL);
}

/* A slot for the same rows as the ledger has them */
TupleTableSlot *
soc2_ledger_part_mapped_slot(const soc2_ledger_parts *parts,
							 const soc2_ledger_part *part)
{
	if (part->map == NULL)
		return NULL;
	return MakeSingleTupleTableSlot(RelationGetDescr(parts->ledger),
									&TTSOpsVirtual);
}

/* A row as the ledger has it */
TupleTableSlot *
soc2_ledger_part_row(const soc2_ledger_part *part, TupleTableSlot *slot,
					 TupleTableSlot *mapped)
{
	if (mapped == NULL)
		return slot;
	execute_attr_map_slot(part->map, slot, mapped);
	mapped->tts_tid = slot->tts_tid;
	mapped->tts_tableOid = slot->tts_tableOid;
	return mapped;
}
