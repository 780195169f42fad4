/*-------------------------------------------------------------------------
 *
 * hold_partition.c
 *		Holds of tables whose definition changes.
 *
 * A partition that is detached is still held by what held it: the holds go on
 * for the table that it becomes, as rows of soc2.hold_detachments.
 *
 * IDENTIFICATION
 *	  src/hold_partition.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/event_trigger.h"
#include "hold.h"
#include "ledger_custody.h"
#include "miscadmin.h"
#include "soc2_errcodes.h"
#include "subject.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* is a relation one that can have holds? */
static bool
is_table(Oid relid)
{
	char		kind = get_rel_relkind(relid);

	return (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE) &&
		get_rel_persistence(relid) == RELPERSISTENCE_PERMANENT;
}

/* the numbers of the holds on a table, if it is there */
static List *
hold_ids(Oid relid)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);
	List	   *ids = NIL;
	ListCell   *cell;

	if (rel == NULL)
		return NIL;
	foreach(cell, soc2_hold_list(rel))
	{
		int64	   *id = palloc(sizeof(int64));

		*id = ((soc2_hold *) lfirst(cell))->id;
		ids = lappend(ids, id);
	}
	relation_close(rel, NoLock);
	return ids;
}

/* is a number among others? */
static bool
is_among(int64 id, List *ids)
{
	ListCell   *cell;

	foreach(cell, ids)
	{
		if (*(int64 *) lfirst(cell) == id)
			return true;
	}
	return false;
}

/* can a hold be on rows of a table? */
static bool
is_held(Oid relid)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	bool		held = soc2_hold_is_on(rel);

	relation_close(rel, NoLock);
	return held;
}

/* note that a hold goes on for a table that was detached */
static void
insert_detachment(Relation detachments, Oid relid, int64 id)
{
	Datum		values[SOC2_DETACHMENT_COLUMNS];
	bool		nulls[SOC2_DETACHMENT_COLUMNS] = {false};

	values[SOC2_DETACHMENT_RELATION - 1] = ObjectIdGetDatum(relid);
	values[SOC2_DETACHMENT_HOLD - 1] = Int64GetDatum(id);
	values[SOC2_DETACHMENT_AT - 1] =
		TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	values[SOC2_DETACHMENT_BY - 1] =
		CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
	CatalogTupleInsert(detachments,
					   heap_form_tuple(RelationGetDescr(detachments),
									   values, nulls));
}

/* let the holds of a table go on for a partition that left it */
static void
keep_holds(Oid child, Oid parent)
{
	Relation	detachments;
	List	   *own = hold_ids(child);
	List	   *ids = hold_ids(parent);
	ListCell   *cell;

	detachments = table_open(soc2_table_oid("hold_detachments"),
							 RowExclusiveLock);
	foreach(cell, ids)
	{
		int64		id = *(int64 *) lfirst(cell);

		if (!is_among(id, own))
			insert_detachment(detachments, child, id);
	}
	CacheInvalidateRelcache(detachments);
	table_close(detachments, NoLock);
	CommandCounterIncrement();
}

/*
 * let columns go on to lead to subjects in a partition that left a table; what
 * was a key there refers to the key of the table now
 */
static void
keep_edges(Oid child, Oid parent)
{
	List	   *tables = soc2_relation_with_ancestors(parent);
	soc2_statement insert;
	ListCell   *cell;

	foreach(cell, tables)
	{
		soc2_statement_begin(&insert,
							 "INSERT INTO soc2.subject_edges (relation, column_name, via, via_column,"
							 " on_erase, columns, set_by)"
							 " SELECT $1, e.column_name, coalesce(e.via, e.relation),"
							 " coalesce(e.via_column, e.column_name), e.on_erase, e.columns, e.set_by"
							 " FROM soc2.subject_edges AS e WHERE e.relation OPERATOR(pg_catalog.=) $2"
							 " ON CONFLICT ON CONSTRAINT soc2_subject_edges_pkey DO NOTHING");
		soc2_statement_add(&insert, REGCLASSOID, ObjectIdGetDatum(child));
		soc2_statement_add(&insert, REGCLASSOID,
						   ObjectIdGetDatum(lfirst_oid(cell)));
		soc2_execute_as_owner(soc2_table_oid(SOC2_SUBJECT_EDGES), &insert,
							  NULL);
	}
}

/* A partition came to a table or left it */
void
soc2_hold_follow_partition(Oid child, Oid parent)
{
	if (!is_table(child) || !is_table(parent))
		return;
	if (!list_member_oid(soc2_relation_with_ancestors(child), parent))
	{
		keep_edges(child, parent);
		if (hold_ids(parent) != NIL)
			keep_holds(child, parent);
	}
	if (is_held(child))
		soc2_hold_guard_table(child);
}

/* Refuse a change of a table after which a hold cannot be applied */
void
soc2_hold_check_definition(Oid relid)
{
	if (!is_table(relid))
		return;
	soc2_subject_check_columns(relid);
	(void) hold_ids(relid);
}

/* Refuse to write a table anew that has rows on hold */
void
soc2_hold_check_rewrite(Oid relid, int reason)
{
	Relation	rel;
	const soc2_hold *hold;

	if ((reason & (AT_REWRITE_COLUMN_REWRITE | AT_REWRITE_ALTER_PERSISTENCE)) == 0)
		return;
	rel = table_open(relid, NoLock);
	hold = soc2_hold_on_any_row(rel);
	if (hold)
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_HOLD),
				 errmsg("table \"%s\" has a row that is on legal hold and cannot be written anew",
						RelationGetRelationName(rel)),
				 errdetail("Hold " INT64_FORMAT " of matter \"%s\" covers it.",
						   hold->id, hold->matter),
				 errhint("Columns can be added; leave the others as they are until no hold covers the row."),
				 errtable(rel)));
	table_close(rel, NoLock);
}
