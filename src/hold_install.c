/*-------------------------------------------------------------------------
 *
 * hold_install.c
 *		The triggers of tables that have holds.
 *
 * The triggers that guard retention judge holds too: a table that has them
 * needs no others.  On a partitioned table the triggers for rows are one, which
 * the server gives to each partition, also to one that comes later; their names
 * differ from those of a table that has its own, so that it can be attached.
 * TRUNCATE triggers are not passed on: each partition gets its own, and one that
 * comes later gets it at the end of the command, when the guard of commands is
 * up.  A partition that leaves then gets all of them, and its holds go with it.
 *
 * IDENTIFICATION
 *	  src/hold_install.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "hold.h"
#include "ledger.h"
#include "ledger_custody.h"
#include "miscadmin.h"
#include "predicate.h"
#include "relation.h"
#include "retention.h"
#include "soc2_errcodes.h"
#include "trigger.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(soc2_guard_held_table);
PG_FUNCTION_INFO_V1(soc2_hold_guarded);
PG_FUNCTION_INFO_V1(soc2_check_predicate);

/* the triggers of a table, and the names that they have on a partitioned one */
static const struct
{
	const char *name;
	const char *name_partitioned;
	int16		type;			/* as in pg_trigger.tgtype */
	const char *comment;
}			wanted_triggers[] = {

	{"soc2_hold_delete", "soc2_hold_delete_parts",
		TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_DELETE,
	"refuses to delete a row that is on legal hold"},
	{"soc2_hold_update", "soc2_hold_update_parts",
		TRIGGER_TYPE_ROW | TRIGGER_TYPE_AFTER | TRIGGER_TYPE_UPDATE,
	"refuses to change a row that is on legal hold"},
	{"soc2_hold_truncate", "soc2_hold_truncate",
		TRIGGER_TYPE_STATEMENT | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_TRUNCATE,
	"refuses to truncate the table while a row of it is on legal hold"}
};

/* what is wrong with a table's trigger for an event; NULL if nothing is */
static const char *
trigger_problem(Relation rel, int16 type)
{
	Oid			hold_guard = soc2_ledger_function(SOC2_HOLD_GUARD);
	Oid			retention_guard = soc2_ledger_function(SOC2_RETENTION_GUARD);
	const char *problem = "is missing";

	for (int i = 0; rel->trigdesc && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *found = &rel->trigdesc->triggers[i];

		if ((found->tgfoid != hold_guard &&
			 found->tgfoid != retention_guard) ||
			found->tgtype != type || found->tgqual != NULL ||
			found->tgnattr != 0)
			continue;
		if (found->tgenabled == TRIGGER_FIRES_ALWAYS)
			return NULL;
		problem = "is not enabled always";
	}
	return problem;
}

/* create a trigger, to fire in every replication role */
static void
create_trigger(Relation rel, size_t which)
{
	bool		partitioned =
	rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
	const char *name = partitioned ? wanted_triggers[which].name_partitioned :
	wanted_triggers[which].name;

	soc2_trigger_create(RelationGetRelid(rel),
						soc2_trigger_statement(name, wanted_triggers[which].type),
						SOC2_HOLD_GUARD, TRIGGER_FIRES_ALWAYS,
						wanted_triggers[which].comment);
}

/* give one table, whose partitions have their turn, what it lacks */
static void
guard_one(Oid relid)
{
	for (size_t i = 0; i < lengthof(wanted_triggers); i++)
	{
		/* opened anew, because each trigger changes the descriptor */
		Relation	rel = table_open(relid, ShareRowExclusiveLock);
		const char *problem = trigger_problem(rel, wanted_triggers[i].type);

		if (problem && strcmp(problem, "is missing") != 0)
			ereport(ERROR,
					(errcode(ERRCODE_SOC2_GUARDED),
					 errmsg("trigger for holds on table \"%s\" %s",
							RelationGetRelationName(rel), problem),
					 errhint("ALTER TABLE ... ENABLE ALWAYS TRIGGER first."),
					 errtable(rel)));
		if (problem)
			create_trigger(rel, i);
		table_close(rel, NoLock);
	}
}

/* Give a table and its partitions the triggers that judge holds */
void
soc2_hold_guard_table(Oid relid)
{
	List	   *tables = soc2_relation_with_members(relid, ShareRowExclusiveLock);
	ListCell   *cell;

	foreach(cell, tables)
		guard_one(lfirst_oid(cell));
}

/* Has a table, with all its partitions, triggers that judge holds? */
bool
soc2_hold_is_guarded(Oid relid)
{
	List	   *tables = soc2_relation_with_members(relid, AccessShareLock);
	bool		guarded = true;
	ListCell   *cell;

	foreach(cell, tables)
	{
		Relation	rel = table_open(lfirst_oid(cell), NoLock);

		for (size_t i = 0; i < lengthof(wanted_triggers); i++)
		{
			if (trigger_problem(rel, wanted_triggers[i].type) != NULL)
				guarded = false;
		}
		table_close(rel, NoLock);
	}
	return guarded;
}

/* soc2.hold_guarded(relation regclass) */
Datum
soc2_hold_guarded(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	Relation	rel = try_relation_open(relid, AccessShareLock);
	bool		guarded;

	if (rel == NULL)
		PG_RETURN_BOOL(false);
	guarded = soc2_hold_is_guarded(relid);
	relation_close(rel, AccessShareLock);
	PG_RETURN_BOOL(guarded);
}

/* why a relation cannot be held; NULL if it can */
static const char *
unsuitable(Relation rel)
{
	const char *problem = soc2_relation_problem(rel);

	if (problem != NULL)
		return problem;
	if (rel->rd_rel->relkind == RELKIND_RELATION &&
		find_inheritance_children(RelationGetRelid(rel), NoLock) != NIL)
		return "Other tables inherit from it, whose rows the hold would not cover.";
	return NULL;
}

/* refuse a relation that cannot be held, or one of its partitions */
static void
check_suitable(Oid relid)
{
	List	   *tables = soc2_relation_with_members(relid, ShareRowExclusiveLock);
	ListCell   *cell;

	foreach(cell, tables)
	{
		Relation	rel = relation_open(lfirst_oid(cell), NoLock);
		const char *problem = unsuitable(rel);

		if (problem)
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("cannot place a hold on \"%s\"",
							RelationGetRelationName(rel)),
					 errdetail("%s", problem),
					 errhint("A hold can be placed on logged tables, partitioned or not, outside extensions and system schemas."),
					 errtable(rel)));
		relation_close(rel, NoLock);
	}
}

/*
 * soc2.guard_held_table(relation regclass): lock a table that is to be held so
 * that its writers drain, refuse an unsuitable one, and give it the triggers
 */
Datum
soc2_guard_held_table(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);

	soc2_relation_lock(relid, ShareRowExclusiveLock);
	check_suitable(relid);
	soc2_hold_guard_table(relid);
	PG_RETURN_VOID();
}

/*
 * soc2.check_predicate(relation regclass, predicate text): refuse a text that
 * is no predicate on rows of the table
 */
Datum
soc2_check_predicate(PG_FUNCTION_ARGS)
{
	Relation	rel = table_open(PG_GETARG_OID(0), AccessShareLock);

	(void) soc2_predicate_parse(rel, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	table_close(rel, AccessShareLock);
	PG_RETURN_VOID();
}
