/*-------------------------------------------------------------------------
 *
 * track_install.c
 *		The triggers of tables that are tracked.
 *
 * The triggers of a statement are fired of the table that it names: all tables
 * of a partition tree get the same.  TRUNCATE fires those of each table that it
 * empties, and those of the tables that have rows are enough.
 *
 * IDENTIFICATION
 *	  src/track_install.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "track.h"
#include "trigger.h"

/* the triggers; the first one runs after all others of its kind */
static const struct
{
	const char *name;
	int16		type;			/* as in pg_trigger.tgtype */
	bool		old;			/* has a transition table of rows before */
	bool		new;			/* and after */
	const char *comment;
}			wanted_triggers[] = {

	{"zz_soc2_track_begin",
		TRIGGER_TYPE_STATEMENT | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_INSERT |
		TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE, false, false,
	"notes that a statement begins"},
	{"soc2_track_insert",
		TRIGGER_TYPE_STATEMENT | TRIGGER_TYPE_AFTER | TRIGGER_TYPE_INSERT,
		false, true,
	"records rows that came in soc2.row_changes"},
	{"soc2_track_update",
		TRIGGER_TYPE_STATEMENT | TRIGGER_TYPE_AFTER | TRIGGER_TYPE_UPDATE,
		true, true,
	"records rows that changed in soc2.row_changes"},
	{"soc2_track_delete",
		TRIGGER_TYPE_STATEMENT | TRIGGER_TYPE_AFTER | TRIGGER_TYPE_DELETE,
		true, false,
	"records rows that went in soc2.row_changes"},
	{"soc2_track_truncate",
		TRIGGER_TYPE_STATEMENT | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_TRUNCATE,
		false, false,
	"records rows that TRUNCATE takes away in soc2.row_changes"}
};

/* does a table need the trigger of this type? */
static bool
is_needed(Relation rel, int16 type)
{
	return !TRIGGER_FOR_TRUNCATE(type) ||
		rel->rd_rel->relkind == RELKIND_RELATION;
}

/* has a table the trigger of this type, enabled as it should be? */
static bool
has_trigger(Relation rel, int16 type, bool always)
{
	Oid			function = soc2_ledger_function(SOC2_TRACK_FUNCTION);

	for (int i = 0; rel->trigdesc && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *found = &rel->trigdesc->triggers[i];

		if (found->tgfoid == function && found->tgtype == type &&
			(!always || found->tgenabled == TRIGGER_FIRES_ALWAYS))
			return true;
	}
	return false;
}

/* What is wrong with the triggers of a table */
const char *
soc2_track_trigger_problem(Relation rel)
{
	for (size_t i = 0; i < lengthof(wanted_triggers); i++)
	{
		if (!is_needed(rel, wanted_triggers[i].type))
			continue;
		if (!has_trigger(rel, wanted_triggers[i].type, false))
			return psprintf("Trigger \"%s\" is missing.",
							wanted_triggers[i].name);
		if (!has_trigger(rel, wanted_triggers[i].type, true))
			return psprintf("Trigger \"%s\" is not enabled always.",
							wanted_triggers[i].name);
	}
	return NULL;
}

/* give one table the triggers that it lacks, with these arguments */
static void
create_triggers(Oid relid, List *arguments)
{
	for (size_t i = 0; i < lengthof(wanted_triggers); i++)
	{
		int16		type = wanted_triggers[i].type;

		/* opened anew, because each trigger changes the descriptor */
		Relation	rel = table_open(relid, ShareRowExclusiveLock);
		CreateTrigStmt *stmt = soc2_trigger_statement(wanted_triggers[i].name,
													  type);
		bool		needed = is_needed(rel, type) && !has_trigger(rel, type, false);

		stmt->args = arguments;
		if (wanted_triggers[i].old)
			soc2_trigger_add_transition(stmt, false);
		if (wanted_triggers[i].new)
			soc2_trigger_add_transition(stmt, true);
		if (needed)
			soc2_trigger_create(relid, stmt, SOC2_TRACK_FUNCTION,
								TRIGGER_FIRES_ALWAYS,
								wanted_triggers[i].comment);
		table_close(rel, NoLock);
	}
}

/* Give a table and its partitions the triggers */
void
soc2_track_create_triggers(Oid relid, List *arguments)
{
	ListCell   *cell;

	foreach(cell, find_all_inheritors(relid, ShareRowExclusiveLock, NULL))
		create_triggers(lfirst_oid(cell), arguments);
}

/* drop the triggers of a table */
static void
drop_triggers(Oid relid)
{
	Relation	rel = table_open(relid, NoLock);
	Oid			function = soc2_ledger_function(SOC2_TRACK_FUNCTION);
	List	   *triggers = NIL;
	ListCell   *cell;

	for (int i = 0; rel->trigdesc && i < rel->trigdesc->numtriggers; i++)
	{
		if (rel->trigdesc->triggers[i].tgfoid == function)
			triggers = lappend_oid(triggers,
								   rel->trigdesc->triggers[i].tgoid);
	}
	table_close(rel, NoLock);
	foreach(cell, triggers)
	{
		ObjectAddress trigger;

		ObjectAddressSet(trigger, TriggerRelationId, lfirst_oid(cell));
		performDeletion(&trigger, DROP_RESTRICT, 0);
	}
	CommandCounterIncrement();
}

/* Take the triggers of a table and its partitions away */
void
soc2_track_drop_triggers(Oid relid)
{
	ListCell   *cell;

	foreach(cell, find_all_inheritors(relid, ShareRowExclusiveLock, NULL))
		drop_triggers(lfirst_oid(cell));
}
