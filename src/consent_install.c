/*-------------------------------------------------------------------------
 *
 * consent_install.c
 *		The triggers of tables whose rows need a consent.
 *
 * The triggers of a statement are fired of the table that it names: all tables
 * of a partition tree get the same, and one that comes later gets them at the end
 * of the command.  A partition that leaves keeps them.  Their names are made of
 * what they ask for, so that a table has each of them once.
 *
 * soc2.consent_guards says which triggers there have to be; what they do, their
 * arguments say.
 *
 * IDENTIFICATION
 *	  src/consent_install.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "consent.h"
#include "funcapi.h"
#include "guard.h"
#include "ledger_custody.h"
#include "relation.h"
#include "soc2_errcodes.h"
#include "trigger.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(soc2_install_consent_guard);
PG_FUNCTION_INFO_V1(soc2_remove_consent_guard);
PG_FUNCTION_INFO_V1(soc2_consent_guard_problems);

/* the triggers that a table needs for a purpose */
static const struct
{
	const char *event;			/* part of the name */
	int16		type;			/* as in pg_trigger.tgtype */
	bool		old;			/* has a transition table of rows before */
	const char *comment;
}			wanted_triggers[] = {

	{"insert", TRIGGER_TYPE_STATEMENT | TRIGGER_TYPE_AFTER | TRIGGER_TYPE_INSERT,
	false, "refuses rows of a subject without a consent"},
	{"update", TRIGGER_TYPE_STATEMENT | TRIGGER_TYPE_AFTER | TRIGGER_TYPE_UPDATE,
	true, "refuses to give rows to a subject without a consent"}
};

/* is it a trigger of ours? */
static bool
is_ours(const Trigger *trigger)
{
	return trigger->tgfoid == soc2_ledger_function(SOC2_CONSENT_FUNCTION) &&
		trigger->tgnargs == SOC2_CONSENT_ARGS;
}

/* has a trigger these arguments? */
static bool
has_args(const Trigger *trigger, char **args)
{
	for (int i = 0; i < SOC2_CONSENT_ARGS; i++)
	{
		if (strcmp(trigger->tgargs[i], args[i]) != 0)
			return false;
	}
	return true;
}

/* the trigger of a table of this type and with these arguments; NULL if missing */
static const Trigger *
find_trigger(Relation rel, int16 type, char **args)
{
	for (int i = 0; rel->trigdesc && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *trigger = &rel->trigdesc->triggers[i];

		if (is_ours(trigger) && trigger->tgtype == type && has_args(trigger, args))
			return trigger;
	}
	return NULL;
}

/* the name of a trigger: purposes can be longer than names are */
static char *
trigger_name(size_t which, char **args)
{
	uint64		hash = 0;

	for (int i = 0; i < SOC2_CONSENT_ARGS; i++)
		hash = DatumGetUInt64(hash_any_extended((const unsigned char *) args[i],
												(int) strlen(args[i]), hash));
	return psprintf("soc2_consent_%s_%016llx", wanted_triggers[which].event,
					(unsigned long long) hash);
}

/* give one table the triggers that it lacks */
static void
create_triggers(Oid relid, char **args)
{
	for (size_t i = 0; i < lengthof(wanted_triggers); i++)
	{
		/* opened anew, because each trigger changes the descriptor */
		Relation	rel = table_open(relid, ShareRowExclusiveLock);
		bool		needed = find_trigger(rel, wanted_triggers[i].type, args) == NULL;
		CreateTrigStmt *stmt = soc2_trigger_statement(trigger_name(i, args),
													  wanted_triggers[i].type);

		table_close(rel, NoLock);
		if (!needed)
			continue;
		for (int arg = 0; arg < SOC2_CONSENT_ARGS; arg++)
			stmt->args = lappend(stmt->args, makeString(pstrdup(args[arg])));
		if (wanted_triggers[i].old)
			soc2_trigger_add_transition(stmt, false);
		soc2_trigger_add_transition(stmt, true);
		soc2_trigger_create(relid, stmt, SOC2_CONSENT_FUNCTION,
							TRIGGER_FIRES_ALWAYS, wanted_triggers[i].comment);
	}
}

/* why rows of a table cannot need a consent; NULL if they can */
static const char *
unsuitable(Relation rel)
{
	if (rel->rd_rel->relkind == RELKIND_RELATION ||
		rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		return NULL;
	return "It is no table of this database, or a partition of it is not.";
}

/* refuse a table with a member that cannot have the triggers */
static void
check_table(Oid relid)
{
	Relation	rel = relation_open(relid, NoLock);
	const char *problem = unsuitable(rel);

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("rows of \"%s\" cannot be made to need a consent",
						RelationGetRelationName(rel)),
				 errdetail("%s", problem),
				 errtable(rel)));
	relation_close(rel, NoLock);
}

/* arguments 1 to 3 of a function, as those of the trigger */
static char **
trigger_args(FunctionCallInfo fcinfo)
{
	char	  **args = palloc(sizeof(char *) * SOC2_CONSENT_ARGS);

	args[SOC2_CONSENT_ARG_PURPOSE] = text_to_cstring(PG_GETARG_TEXT_PP(1));
	args[SOC2_CONSENT_ARG_COLUMN] = pstrdup(NameStr(*PG_GETARG_NAME(2)));
	args[SOC2_CONSENT_ARG_KIND] = text_to_cstring(PG_GETARG_TEXT_PP(3));
	return args;
}

/* a table and those that inherit from it, locked against writers */
static List *
lock_tables(Oid relid)
{
	soc2_relation_lock(relid, ShareRowExclusiveLock);
	return find_all_inheritors(relid, ShareRowExclusiveLock, NULL);
}

/* soc2.install_consent_guard(relation, purpose, column, kind) */
Datum
soc2_install_consent_guard(PG_FUNCTION_ARGS)
{
	List	   *tables = lock_tables(PG_GETARG_OID(0));
	ListCell   *cell;

	foreach(cell, tables)
		check_table(lfirst_oid(cell));
	foreach(cell, tables)
		create_triggers(lfirst_oid(cell), trigger_args(fcinfo));
	PG_RETURN_VOID();
}

/* drop the triggers with these arguments */
static void
drop_triggers(Oid relid, char **args)
{
	for (size_t i = 0; i < lengthof(wanted_triggers); i++)
	{
		Relation	rel = table_open(relid, NoLock);
		const Trigger *trigger = find_trigger(rel, wanted_triggers[i].type, args);
		ObjectAddress address;

		if (trigger != NULL)
			ObjectAddressSet(address, TriggerRelationId, trigger->tgoid);
		table_close(rel, NoLock);
		if (trigger == NULL)
			continue;
		performDeletion(&address, DROP_RESTRICT, 0);
		CommandCounterIncrement();
	}
}

/* soc2.remove_consent_guard(relation, purpose, column, kind) */
Datum
soc2_remove_consent_guard(PG_FUNCTION_ARGS)
{
	ListCell   *cell;

	foreach(cell, lock_tables(PG_GETARG_OID(0)))
		drop_triggers(lfirst_oid(cell), trigger_args(fcinfo));
	PG_RETURN_VOID();
}

/* what is wrong with the triggers of one table; NULL if nothing is */
static const char *
trigger_problem(Relation rel, char **args)
{
	if (get_attnum(RelationGetRelid(rel), args[SOC2_CONSENT_ARG_COLUMN]) <= 0)
		return psprintf("Column \"%s\" is not there.", args[SOC2_CONSENT_ARG_COLUMN]);
	for (size_t i = 0; i < lengthof(wanted_triggers); i++)
	{
		const Trigger *trigger = find_trigger(rel, wanted_triggers[i].type, args);

		if (trigger == NULL)
			return psprintf("Trigger \"%s\" is missing.", trigger_name(i, args));
		if (trigger->tgenabled != TRIGGER_FIRES_ALWAYS)
			return psprintf("Trigger \"%s\" is not enabled always.",
							trigger->tgname);
	}
	return NULL;
}

/* soc2.consent_guard_problems(relation, purpose, column, kind) */
Datum
soc2_consent_guard_problems(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			relid = PG_GETARG_OID(0);
	char	  **args = trigger_args(fcinfo);
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
		return (Datum) 0;
	foreach(cell, find_all_inheritors(relid, AccessShareLock, NULL))
	{
		Relation	rel = relation_open(lfirst_oid(cell), NoLock);
		const char *problem = trigger_problem(rel, args);
		Datum		values[2];
		bool		nulls[2] = {false, false};

		values[0] = ObjectIdGetDatum(lfirst_oid(cell));
		if (problem != NULL)
		{
			values[1] = CStringGetTextDatum(problem);
			tuplestore_putvalues(result->setResult, result->setDesc, values,
								 nulls);
		}
		relation_close(rel, NoLock);
	}
	return (Datum) 0;
}

/* has a table an entry in soc2.consent_guards? */
static bool
has_entry(Oid relid)
{
	Oid			guards = soc2_own_relid(SOC2_CONSENT_GUARDS);
	Oid			index = soc2_own_relid("soc2_consent_guards_pkey");
	Relation	table;
	ScanKeyData key;
	SysScanDesc scan;
	bool		found;

	/* they may be going with the extension */
	if (!OidIsValid(guards) || !OidIsValid(index))
		return false;
	table = table_open(guards, AccessShareLock);
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(table, index, true, NULL, 1, &key);
	found = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(table, AccessShareLock);
	return found;
}

/* do rows of a table need a consent, by an entry of it or of one above it? */
static bool
is_on(Oid relid)
{
	ListCell   *cell;

	foreach(cell, soc2_relation_with_ancestors(relid))
	{
		if (has_entry(lfirst_oid(cell)))
			return true;
	}
	return false;
}

/* A table came to be a partition of another one */
void
soc2_consent_follow_partition(Oid child, Oid parent)
{
	Relation	rel;
	List	   *wanted = NIL;
	ListCell   *cell;
	ListCell   *table;

	/* those of a partition that left stay */
	if (!list_member_oid(find_inheritance_children(parent, NoLock), child))
		return;
	rel = table_open(parent, AccessShareLock);
	for (int i = 0; rel->trigdesc && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *trigger = &rel->trigdesc->triggers[i];
		char	  **args;

		if (!is_ours(trigger) || !TRIGGER_FOR_INSERT(trigger->tgtype))
			continue;
		args = palloc(sizeof(char *) * SOC2_CONSENT_ARGS);
		for (int arg = 0; arg < SOC2_CONSENT_ARGS; arg++)
			args[arg] = pstrdup(trigger->tgargs[arg]);
		wanted = lappend(wanted, args);
	}
	table_close(rel, NoLock);
	if (wanted == NIL)
		return;
	foreach(table, find_all_inheritors(child, ShareRowExclusiveLock, NULL))
	{
		check_table(lfirst_oid(table));
		foreach(cell, wanted)
			create_triggers(lfirst_oid(table), lfirst(cell));
	}
}

/* A table is about to be dropped: its OID may come to be another's */
void
soc2_consent_table_dropped(Oid relid)
{
	soc2_statement statement;

	if (!soc2_guard_is_up() || !has_entry(relid))
		return;
	soc2_statement_begin(&statement,
						 "DELETE FROM soc2.consent_guards WHERE relation = $1");
	soc2_statement_add(&statement, REGCLASSOID, ObjectIdGetDatum(relid));
	soc2_execute_as_owner(soc2_table_oid(SOC2_CONSENT_GUARDS), &statement,
						  NULL);
}

/* A column got another name, or is about to go */
void
soc2_consent_check_column(Oid relid, const char *name)
{
	Relation	rel;
	bool		used = false;

	if (name == NULL || !soc2_guard_is_up() || !OidIsValid(soc2_own_relid(SOC2_CONSENT_GUARDS)))
		return;
	rel = try_relation_open(relid, AccessShareLock);
	if (rel == NULL)
		return;
	for (int i = 0; rel->trigdesc && i < rel->trigdesc->numtriggers && !used; i++)
	{
		const Trigger *trigger = &rel->trigdesc->triggers[i];

		used = is_ours(trigger) &&
			strcmp(trigger->tgargs[SOC2_CONSENT_ARG_COLUMN], name) == 0;
	}
	relation_close(rel, NoLock);
	if (used && get_attnum(relid, name) <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("column \"%s\" of table \"%s\" is guarded", name,
						get_rel_name(relid)),
				 errdetail("It says whose consent a row needs."),
				 errhint("Use soc2.unrequire_consent() first, and soc2.require_consent() with another column.")));
}

/* Is it a trigger of a table that needs consents, and guarded? */
bool
soc2_consent_has_trigger(Form_pg_trigger trigger)
{
	return trigger->tgfoid == soc2_ledger_function(SOC2_CONSENT_FUNCTION) &&
		soc2_guard_is_up() && is_on(trigger->tgrelid);
}

/* Is a table without a trigger that it needs? */
bool
soc2_consent_lacks_trigger(Oid relid)
{
	ListCell   *cell;
	soc2_statement select;

	foreach(cell, soc2_relation_with_ancestors(relid))
	{
		soc2_statement_begin(&select,
							 "SELECT 1::bigint FROM soc2.consent_guards AS g,"
							 " soc2.consent_guard_problems(g.relation, g.purpose, g.column_name, g.kind) AS p"
							 " WHERE g.relation = $1");
		soc2_statement_add(&select, REGCLASSOID, ObjectIdGetDatum(lfirst_oid(cell)));
		soc2_execute_as_owner(soc2_table_oid(SOC2_CONSENT_GUARDS), &select,
							  NULL);
		if (select.rows > 0)
			return true;
	}
	return false;
}

/* Refuse to weaken or drop such a trigger */
void
soc2_consent_refuse_trigger(Oid relid, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_GUARDED),
			 errmsg("trigger \"%s\" of table \"%s\" is guarded", name,
					get_rel_name(relid)),
			 errdetail("It refuses rows of subjects without a consent."),
			 errhint("Use soc2.unrequire_consent() to end that; it is recorded.")));
}
