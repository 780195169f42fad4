/*-------------------------------------------------------------------------
 *
 * guard.c
 *		The hook that sees objects come, change and go, and whether the guard
 *		is up.
 *
 * IDENTIFICATION
 *	  src/guard.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_class.h"
#include "catalog/pg_event_trigger.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "consent.h"
#include "guard.h"
#include "ledger.h"
#include "miscadmin.h"
#include "track.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* our event triggers and their events */
static const struct
{
	const char *name;
	const char *event;
}			guards[] = {
	{"soc2_ddl_start", "ddl_command_start"},
	{"soc2_ddl_rewrite", "table_rewrite"},
	{"soc2_ddl_end", "ddl_command_end"}
};

static object_access_hook_type next_hook = NULL;

/* the event triggers are going with the extension, in this transaction */
static bool going = false;

/* does an event trigger that is enabled like that fire in this session? */
static bool
fires(char enabled)
{
	if (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA)
		return enabled == TRIGGER_FIRES_ALWAYS ||
			enabled == TRIGGER_FIRES_ON_REPLICA;
	return enabled == TRIGGER_FIRES_ALWAYS ||
		enabled == TRIGGER_FIRES_ON_ORIGIN;
}

/* is an event trigger there, and does it fire in this session? */
static bool
is_firing(const char *name)
{
	HeapTuple	tuple = SearchSysCache1(EVENTTRIGGERNAME,
										CStringGetDatum(name));
	bool		firing;

	if (!HeapTupleIsValid(tuple))
		return false;
	firing = fires(((Form_pg_event_trigger) GETSTRUCT(tuple))->evtenabled);
	ReleaseSysCache(tuple);
	return firing;
}

/* does a script that creates or updates the extension run? */
static bool
in_own_script(void)
{
	return creating_extension &&
		CurrentExtensionObject == get_extension_oid("soc2", true);
}

/* Would a command be guarded now? */
bool
soc2_guard_is_up(void)
{
	const char *setting;

	if (!IsUnderPostmaster || IsBinaryUpgrade || in_own_script() ||
		soc2_guard_is_retiring())
		return false;
	if (going || soc2_guard_is_preloaded())
		return true;
	/* since 17 a superuser can switch all event triggers off */
	setting = GetConfigOption("event_triggers", true, false);
	if (setting != NULL && strcmp(setting, "off") == 0)
		return false;
	for (size_t i = 0; i < lengthof(guards); i++)
	{
		if (!is_firing(guards[i].name))
			return false;
	}
	return true;
}

/*
 * an event trigger is being dropped: if it is one of ours, which only dropping
 * the extension can do, the guard stays up until the transaction ends
 */
static void
event_trigger_dropped(Oid event_trigger)
{
	for (size_t i = 0; i < lengthof(guards) && !going; i++)
	{
		if (event_trigger == get_event_trigger_oid(guards[i].name,
												   true))
			going = soc2_guard_is_up();
	}
}

/* what is wrong with an event trigger; NULL if nothing is */
static const char *
event_trigger_problem(const char *name, const char *event)
{
	HeapTuple	tuple = SearchSysCache1(EVENTTRIGGERNAME,
										CStringGetDatum(name));
	const char *problem = NULL;
	Form_pg_event_trigger form;

	if (!HeapTupleIsValid(tuple))
		return "is missing";
	form = (Form_pg_event_trigger) GETSTRUCT(tuple);
	if (form->evtfoid != soc2_ledger_function("ddl_guard") ||
		strcmp(NameStr(form->evtevent), event) != 0 ||
		!heap_attisnull(tuple, Anum_pg_event_trigger_evttags, NULL))
		problem = "was replaced";
	else if (form->evtenabled != TRIGGER_FIRES_ALWAYS)
		problem = "is not enabled always";
	ReleaseSysCache(tuple);
	return problem;
}

/* Append what is wrong with the event triggers */
List *
soc2_guard_problems(List *problems)
{
	for (size_t i = 0; i < lengthof(guards); i++)
	{
		const char *problem = event_trigger_problem(guards[i].name,
													guards[i].event);

		if (problem != NULL)
			problems = lappend(problems,
							   psprintf("Event trigger \"%s\", a guard against DROP and ALTER, %s.",
										guards[i].name, problem));
	}
	return problems;
}

/* judge an object that was created, or replaced */
static void
object_created(Oid class, Oid object, int subid)
{
	if (class == RelationRelationId && subid > 0)
	{
		soc2_guard_column_added(object, (AttrNumber) subid);
		soc2_guard_put_off(SOC2_GUARD_TRACKED_COLUMN, object, (Oid) subid,
						   "add_column");
	}
	else if (class == TriggerRelationId)
		soc2_guard_trigger_altered(object);
	else if (class == RewriteRelationId)
		soc2_guard_rule_created(object);
	else if (class == ProcedureRelationId)
		soc2_guard_function_altered(object);
}

/* judge an object that was altered; other is what belongs to it */
static void
object_altered(Oid class, Oid object, int subid, Oid other)
{
	if (class == RelationRelationId && subid > 0)
	{
		soc2_guard_column_altered(object, (AttrNumber) subid);
		soc2_guard_put_off(SOC2_GUARD_HELD_COLUMN, object, InvalidOid, "");
	}
	else if (class == RelationRelationId)
		soc2_guard_table_altered(object);
	else if (class == InheritsRelationId)
	{
		soc2_guard_table_inherits(object, other);
		soc2_guard_put_off(SOC2_GUARD_RETAINED_PART, object, other, "");
		soc2_guard_put_off(SOC2_GUARD_HELD_PART, object, other, "");
		soc2_guard_put_off(SOC2_GUARD_TRACKED_PART, object, other, "");
		soc2_guard_put_off(SOC2_GUARD_CONSENT_PART, object, other, "");
	}
	else if (class == TriggerRelationId)
		soc2_guard_trigger_altered(object);
	else if (class == TypeRelationId)
		soc2_guard_type_altered(object);
	else if (class == ProcedureRelationId)
		soc2_guard_function_altered(object);
	else if (class == NamespaceRelationId)
		soc2_guard_schema_altered(object);
}

/* judge an object that is about to be dropped */
static void
object_dropped(Oid class, Oid object, int subid, int flags)
{
	if (class == TriggerRelationId)
		soc2_guard_trigger_dropped(object);
	else if (class == EventTriggerRelationId)
		event_trigger_dropped(object);
	else if (class != RelationRelationId)
		return;
	else if (subid > 0)
	{
		soc2_guard_column_dropped(object, (AttrNumber) subid);
		soc2_track_column_dropped(object, (AttrNumber) subid);
		soc2_guard_put_off(SOC2_GUARD_HELD_COLUMN, object, InvalidOid, "");
		soc2_guard_put_off(SOC2_GUARD_CONSENT_COLUMN, object, InvalidOid,
						   get_attname(object, (AttrNumber) subid, false));
	}
	else if (get_rel_relkind(object) == RELKIND_INDEX)
		soc2_guard_index_dropped(object, flags);
	else if (soc2_guard_has_table(object) && soc2_guard_is_up())
		soc2_guard_drop_table(object);
	else
	{
		soc2_guard_table_dropped(object);
		soc2_track_table_dropped(object);
		soc2_consent_table_dropped(object);
	}
}

/* the hook */
static void
guard_object(ObjectAccessType access, Oid class, Oid object, int subid,
			 void *arg)
{
	if (next_hook != NULL)
		next_hook(access, class, object, subid, arg);
	if (access == OAT_POST_CREATE)
		object_created(class, object, subid);
	else if (access == OAT_POST_ALTER)
		object_altered(class, object, subid,
					   ((ObjectAccessPostAlter *) arg)->auxiliary_id);
	else if (access == OAT_TRUNCATE)
		soc2_guard_table_truncated(object);
	else if (access == OAT_DROP)
		object_dropped(class, object, subid,
					   ((ObjectAccessDrop *) arg)->dropflags);
}

/* the end of a transaction */
static void
transaction_ends(XactEvent event, void *arg)
{
	(void) arg;
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT ||
		event == XACT_EVENT_PREPARE)
	{
		going = false;
		soc2_guard_forget();
	}
}

/* Install the hook */
void
soc2_guard_init(void)
{
	next_hook = object_access_hook;
	object_access_hook = guard_object;
	RegisterXactCallback(transaction_ends, NULL);
}
