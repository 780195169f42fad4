/*-------------------------------------------------------------------------
 *
 * guard_event.c
 *		soc2.ddl_guard: what the event triggers of the extension call.
 *
 * At the start of a command it is enough that the library is loaded, but for
 * commands that name the extension.
 *
 * IDENTIFICATION
 *	  src/guard_event.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_trigger.h"
#include "commands/event_trigger.h"
#include "consent.h"
#include "guard.h"
#include "hold.h"
#include "ledger_create.h"
#include "nodes/parsenodes.h"
#include "retention.h"
#include "subject.h"
#include "track.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(soc2_ddl_guard);

/* what is judged at the end of the command */
typedef struct guard_pending
{
	soc2_guard_matter matter;
	Oid			relid;
	Oid			object;			/* a trigger, a table, or a column's number */
	char	   *detail;
} guard_pending;

/* in TopTransactionContext */
static List *pending = NIL;

/* Put a matter off */
void
soc2_guard_put_off(soc2_guard_matter matter, Oid relid, Oid object,
				   const char *detail)
{
	MemoryContext caller = MemoryContextSwitchTo(TopTransactionContext);
	guard_pending *item = palloc(sizeof(guard_pending));

	item->matter = matter;
	item->relid = relid;
	item->object = object;
	item->detail = pstrdup(detail);
	pending = lappend(pending, item);
	MemoryContextSwitchTo(caller);
}

/* Forget what was put off */
void
soc2_guard_forget(void)
{
	/* its memory goes with the transaction */
	pending = NIL;
	soc2_guard_begin_command(false, false);
}

/* has a ledger an index that keeps its positions unique? */
static bool
is_indexed(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	const soc2_ledger_plan *plan = soc2_ledger_plan_get(rel, true);
	bool		indexed = plan != NULL && OidIsValid(plan->index);

	table_close(rel, AccessShareLock);
	return indexed;
}

/* did rows that are there get a value in this column when it was added? */
static bool
has_missing(Oid relid, AttrNumber attnum)
{
	HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid),
										Int16GetDatum(attnum));
	bool		missing;

	if (!HeapTupleIsValid(tuple))
		return false;
	missing = ((Form_pg_attribute) GETSTRUCT(tuple))->atthasmissing;
	ReleaseSysCache(tuple);
	return missing;
}

/*
 * Did what was put off come true?  The command may have been one that was
 * undone within this transaction, or dropped the whole table.
 */
static bool
came_true(const guard_pending *item)
{
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(item->relid)))
		return false;
	switch (item->matter)
	{
		case SOC2_GUARD_TRIGGER:
			return soc2_catalog_find_oid(TriggerRelationId, TriggerOidIndexId,
										 item->object).after == NULL;
		case SOC2_GUARD_INDEX:
			return !is_indexed(item->relid);
		case SOC2_GUARD_DEFAULT:
			return has_missing(item->relid, (AttrNumber) item->object);
		case SOC2_GUARD_PART:
			return soc2_guard_has_table(item->relid);
		case SOC2_GUARD_ROW_TRIGGER:
			return soc2_guard_lacks_triggers(item->relid);
		case SOC2_GUARD_RETAINED_PART:
		case SOC2_GUARD_HELD_PART:
		case SOC2_GUARD_RENAMED_COLUMN:
		case SOC2_GUARD_HELD_COLUMN:
		case SOC2_GUARD_TRACKED_PART:
		case SOC2_GUARD_TRACKED_COLUMN:
		case SOC2_GUARD_CONSENT_PART:
		case SOC2_GUARD_CONSENT_COLUMN:
			return true;
		case SOC2_GUARD_CONSENT_TRIGGER:
			return soc2_consent_lacks_trigger(item->relid);
		case SOC2_GUARD_TRACK_TRIGGER:
			return soc2_track_lacks_trigger(item->relid);
	}
	return false;
}

/* judge a matter that came true */
static void
judge_one(const guard_pending *item)
{
	switch (item->matter)
	{
		case SOC2_GUARD_PART:
			soc2_ledger_guard_parts(item->relid);
			break;
		case SOC2_GUARD_ROW_TRIGGER:
			soc2_guard_refuse_trigger(item->relid, item->detail);
		case SOC2_GUARD_RETAINED_PART:
			soc2_retention_follow(item->relid, item->object);
			break;
		case SOC2_GUARD_HELD_PART:
			soc2_hold_follow_partition(item->relid, item->object);
			break;
		case SOC2_GUARD_RENAMED_COLUMN:
			soc2_subject_column_renamed(item->relid,
										(AttrNumber) item->object,
										item->detail);
			soc2_track_column_renamed(item->relid, (AttrNumber) item->object,
									  item->detail);
			soc2_consent_check_column(item->relid, item->detail);
			break;
		case SOC2_GUARD_HELD_COLUMN:
			soc2_hold_check_definition(item->relid);
			break;
		case SOC2_GUARD_TRACK_TRIGGER:
			soc2_track_refuse_trigger(item->relid, item->detail);
		case SOC2_GUARD_TRACKED_PART:
			soc2_track_follow_partition(item->relid, item->object);
			break;
		case SOC2_GUARD_TRACKED_COLUMN:
			soc2_track_column_changed(item->relid, (AttrNumber) item->object,
									  item->detail);
			break;
		case SOC2_GUARD_CONSENT_TRIGGER:
			soc2_consent_refuse_trigger(item->relid, item->detail);
		case SOC2_GUARD_CONSENT_PART:
			soc2_consent_follow_partition(item->relid, item->object);
			break;
		case SOC2_GUARD_CONSENT_COLUMN:
			soc2_consent_check_column(item->relid, item->detail);
			break;
		default:
			soc2_guard_refuse_change(item->relid, item->detail);
	}
}

/* Judge what was put off */
void
soc2_guard_judge(void)
{
	List	   *items = pending;
	ListCell   *cell;

	pending = NIL;
	if (items == NIL || !soc2_guard_is_up())
		return;
	/* it is about what the command left */
	CommandCounterIncrement();
	foreach(cell, items)
	{
		const guard_pending *item = lfirst(cell);

		if (came_true(item))
			judge_one(item);
	}
}

/* is it the extension that a DROP names? */
static bool
drops_extension(const DropStmt *stmt)
{
	ListCell   *cell;

	if (stmt->removeType != OBJECT_EXTENSION)
		return false;
	foreach(cell, stmt->objects)
	{
		if (strcmp(strVal(lfirst(cell)), "soc2") == 0)
			return true;
	}
	return false;
}

/*
 * judge an ALTER TABLE ... DETACH PARTITION ... CONCURRENTLY, which hides the
 * partition and commits before it detaches it
 */
static void
check_detach(const AlterTableStmt *stmt)
{
	ListCell   *cell;

	foreach(cell, stmt->cmds)
	{
		const AlterTableCmd *command = lfirst(cell);
		const PartitionCmd *detach = (const PartitionCmd *) command->def;

		if (command->subtype != AT_DetachPartition || !detach->concurrent)
			continue;
		soc2_guard_table_inherits(RangeVarGetRelid(detach->name, NoLock, true),
								  RangeVarGetRelid(stmt->relation, NoLock,
												   true));
	}
}

/* Judge a utility command that is about to start */
void
soc2_guard_command_starts(const Node *command)
{
	bool		drops = IsA(command, DropStmt) &&
	drops_extension((const DropStmt *) command);

	bool		retired = drops && soc2_guard_is_retired();

	soc2_guard_begin_command(false, false);
	if (drops && soc2_guard_is_up())
	{
		if (!retired)
			soc2_guard_check_ledgers();
		soc2_guard_check_policies(retired);
	}
	soc2_guard_begin_command(drops, retired);
	if (IsA(command, AlterTableStmt))
	{
		check_detach((const AlterTableStmt *) command);
		soc2_guard_alter_starts((const AlterTableStmt *) command);
	}
	if (IsA(command, AlterExtensionContentsStmt))
	{
		const AlterExtensionContentsStmt *stmt =
		(const AlterExtensionContentsStmt *) command;

		if (stmt->action < 0 && strcmp(stmt->extname, "soc2") == 0 &&
			soc2_guard_is_up())
			soc2_guard_refuse_member("extension", "soc2");
	}
}

/* judge a table that is about to be written anew */
static void
table_is_rewritten(void)
{
	Oid			relid =
	DatumGetObjectId(OidFunctionCall0(F_PG_EVENT_TRIGGER_TABLE_REWRITE_OID));
	int			reason =
	DatumGetInt32(OidFunctionCall0(F_PG_EVENT_TRIGGER_TABLE_REWRITE_REASON));

	soc2_guard_table_rewritten(relid, reason);
	if (soc2_guard_is_up())
		soc2_hold_check_rewrite(relid, reason);
}

/* The function of all event triggers */
Datum
soc2_ddl_guard(PG_FUNCTION_ARGS)
{
	EventTriggerData *data = (EventTriggerData *) fcinfo->context;
	const char *event = CALLED_AS_EVENT_TRIGGER(fcinfo) ? data->event : "";

	if (strcmp(event, "ddl_command_start") == 0)
		soc2_guard_command_starts(data->parsetree);
	else if (strcmp(event, "ddl_command_end") == 0)
		soc2_guard_judge();
	else if (strcmp(event, "table_rewrite") == 0)
		table_is_rewritten();
	else
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("event trigger function \"%s\" must be fired by ddl_command_start, ddl_command_end or table_rewrite",
						"soc2.ddl_guard")));
	PG_RETURN_NULL();
}
