/*-------------------------------------------------------------------------
 *
 * guard_retained.c
 *		Commands that take away rows which are retained or on legal hold, or
 *		their guards.
 *
 * The triggers of a table are dropped before the table is, and a policy cannot
 * be applied without them: rows are judged when the first of them goes, and not
 * again in the same command.
 *
 * IDENTIFICATION
 *	  src/guard_retained.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "disposal.h"
#include "guard.h"
#include "hold.h"
#include "ledger.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "retention.h"
#include "soc2_errcodes.h"
#include "track.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(soc2_guard_tier);

/* our tables that say what is retained and held, and with which keys it is read */
static const char *const policy_tables[] = {
	SOC2_RETENTION_CLASSES, SOC2_RETENTION_ASSIGNMENTS, SOC2_RETENTION_LOCKS,
	"matters", "holds", "hold_releases", "hold_detachments", "retirements",
	"subject_keys", "shreds", "shred_secrets"
};

/* tables found to have nothing that must stay, in TopTransactionContext */
static List *judged = NIL;

/* the extension is being dropped, and may be */
static bool extension_goes = false;

/* as retired: it does not matter what it has */
static bool extension_retires = false;

/* A command begins, or a transaction ends */
void
soc2_guard_begin_command(bool drops_extension, bool retired)
{
	/* its memory goes with the transaction */
	judged = NIL;
	extension_goes = drops_extension;
	extension_retires = drops_extension && retired;
}

/* Is the extension being dropped as retired? */
bool
soc2_guard_is_retiring(void)
{
	return extension_retires;
}

/* Is it a table of ours that says what is retained and held? */
bool
soc2_guard_has_policy_table(Oid relid)
{
	char	   *name;

	if (relid < FirstNormalObjectId ||
		get_rel_namespace(relid) != get_namespace_oid("soc2", true))
		return false;
	name = get_rel_name(relid);
	for (size_t i = 0; name != NULL && i < lengthof(policy_tables); i++)
	{
		if (strcmp(name, policy_tables[i]) == 0)
			return true;
	}
	return false;
}

/* are the tables there that say what is retained and held? */
static bool
is_installed(void)
{
	for (size_t i = 0; i < lengthof(policy_tables); i++)
	{
		if (!OidIsValid(soc2_own_relid(policy_tables[i])))
			return false;
	}
	return true;
}

/* is it a table that can have rows that must stay? */
static bool
is_suitable(Oid relid)
{
	char		kind = get_rel_relkind(relid);

	return relid >= FirstNormalObjectId && !extension_goes && is_installed() &&
		!soc2_disposal_drops(relid) &&
		(kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE) &&
		get_rel_persistence(relid) != RELPERSISTENCE_TEMP;
}

/* refuse a command that would take away rows that are on legal hold */
static void
check_held(Oid relid)
{
	Relation	rel;

	if (get_rel_relkind(relid) != RELKIND_RELATION)
		return;
	rel = table_open(relid, AccessShareLock);
	soc2_hold_check_table(rel);
	table_close(rel, NoLock);
}

/* refuse a command that would take away rows of one table that are retained */
static void
check_retained_in(Oid relid, const char *act)
{
	MemoryContext caller;

	if (list_member_oid(judged, relid))
		return;
	/* an empty table may go, whatever its triggers are */
	if (soc2_guard_has_rows(relid))
		soc2_retention_guard_table(relid, act);
	caller = MemoryContextSwitchTo(TopTransactionContext);
	judged = lappend_oid(judged, relid);
	MemoryContextSwitchTo(caller);
}

/*
 * The same of a table and its partitions, each by itself: the triggers of one
 * are gone before those of the next are, and it is not judged again
 */
static void
check_retained(Oid relid, const char *act)
{
	ListCell   *cell;

	if (!OidIsValid(soc2_retention_root(relid)))
		return;
	if (get_rel_relkind(relid) != RELKIND_PARTITIONED_TABLE)
	{
		check_retained_in(relid, act);
		return;
	}
	foreach(cell, find_all_inheritors(relid, NoLock, NULL))
	{
		if (get_rel_relkind(lfirst_oid(cell)) == RELKIND_RELATION)
			check_retained_in(lfirst_oid(cell), act);
	}
}

/* Refuse to drop the extension while a row is retained or on legal hold */
void
soc2_guard_check_policies(bool retired)
{
	List	   *tables = soc2_retention_tables((Datum) 0);
	ListCell   *cell;

	foreach(cell, tables)
	{
		if (!retired || soc2_retention_is_compliant(lfirst_oid(cell)))
			check_retained(lfirst_oid(cell), "drop_extension");
	}
	foreach(cell, soc2_hold_tables())
	{
		List	   *members = find_all_inheritors(lfirst_oid(cell), NoLock,
												  NULL);
		ListCell   *member;

		foreach(member, members)
			check_held(lfirst_oid(member));
	}
}

/* A table is being dropped */
void
soc2_guard_table_dropped(Oid relid)
{
	/* partitions are dropped by themselves, before it */
	if (!is_suitable(relid) || get_rel_relkind(relid) != RELKIND_RELATION ||
		!soc2_guard_is_up())
		return;
	check_held(relid);
	check_retained(relid, "drop");
}

/* A table is being truncated: its triggers judge that, where they are */
void
soc2_guard_table_truncated(Oid relid)
{
	Relation	rel;
	bool		guarded;

	if (!is_suitable(relid) || get_rel_relkind(relid) != RELKIND_RELATION ||
		!soc2_guard_is_up())
		return;
	rel = relation_open(relid, NoLock);
	guarded = soc2_retention_has_truncate_guard(rel);
	relation_close(rel, NoLock);
	if (guarded)
		return;
	if (!soc2_hold_is_guarded(relid))
		check_held(relid);
	check_retained(relid, "truncate");
}

/* the function of a trigger of ours that judges rows? */
static bool
judges_rows(Oid function)
{
	return function == soc2_ledger_function(SOC2_RETENTION_GUARD) ||
		function == soc2_ledger_function(SOC2_HOLD_GUARD);
}

/* Is it a trigger that judges rows of a table, or guards a table of ours? */
bool
soc2_guard_has_trigger(Form_pg_trigger trigger)
{
	Oid			relid = trigger->tgrelid;
	Relation	rel;
	bool		intact;

	if (soc2_guard_has_policy_table(relid))
		return soc2_guard_is_up() && soc2_guard_has_rows(relid);
	if (!judges_rows(trigger->tgfoid) || !is_suitable(relid) ||
		!soc2_guard_is_up() || !soc2_guard_has_rows(relid))
		return false;
	/* while a table is restored, its guards are not complete yet */
	rel = relation_open(relid, AccessShareLock);
	intact = OidIsValid(soc2_retention_root(relid)) ?
		soc2_retention_is_guarded(rel) :
		soc2_hold_is_on(rel) && soc2_hold_is_guarded(relid);
	relation_close(rel, NoLock);
	return intact;
}

/* Refuse to weaken or drop a trigger that judges rows (S2G01) */
void
soc2_guard_refuse_trigger(Oid relid, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_GUARDED),
			 errmsg("trigger \"%s\" of table \"%s\" is guarded", name,
					get_rel_name(relid)),
			 errdetail("It judges what may happen to rows that are retained or on legal hold."),
			 errhint("It goes with its table, when no row of it has to stay.")));
}

/* A trigger is being dropped, alone or with its table */
void
soc2_guard_row_trigger_dropped(Form_pg_trigger trigger)
{
	Oid			relid = trigger->tgrelid;

	if (!judges_rows(trigger->tgfoid) || !is_suitable(relid) ||
		!soc2_guard_is_up())
		return;
	check_retained(relid, "drop");
	if (soc2_guard_has_rows(relid))
		soc2_guard_put_off(SOC2_GUARD_ROW_TRIGGER, relid, InvalidOid,
						   NameStr(trigger->tgname));
}

/* Is a table without a trigger that judges its rows, though it is to have it? */
bool
soc2_guard_lacks_triggers(Oid relid)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	bool		lacks = false;

	if (OidIsValid(soc2_retention_root(relid)))
		lacks = !soc2_retention_is_guarded(rel);
	else if (soc2_hold_is_on(rel))
		lacks = !soc2_hold_is_guarded(relid);
	relation_close(rel, NoLock);
	return lacks;
}

/* refuse to make a table one that a crash empties */
static void
check_unlogged(Oid relid)
{
	const char *detail = "A crash empties a table that is not logged.";

	if (soc2_guard_has_table(relid))
		soc2_guard_refuse_change(relid, detail);
	if (OidIsValid(soc2_retention_root(relid)) ||
		soc2_guard_has_policy_table(relid) || soc2_track_is_on(relid))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("table \"%s\" cannot be made unlogged",
						get_rel_name(relid)),
				 errdetail("%s", detail)));
}

/* Judge an ALTER TABLE that is about to start, by what it says */
void
soc2_guard_alter_starts(const AlterTableStmt *stmt)
{
	Oid			relid = RangeVarGetRelid(stmt->relation, NoLock, true);
	ListCell   *cell;

	/* others than the owner are told by the command that they may not */
	if (!OidIsValid(relid) || !is_suitable(relid) || !soc2_guard_is_up() ||
		!soc2_relation_ownercheck(relid, GetUserId()))
		return;
	foreach(cell, stmt->cmds)
	{
		const AlterTableCmd *command = lfirst(cell);

		if (command->subtype == AT_SetUnLogged)
			check_unlogged(relid);
		else if (command->subtype == AT_AlterColumnType &&
				 ((ColumnDef *) command->def)->raw_default != NULL)
			check_retained(relid, "alter");
		else if (command->subtype == AT_DetachPartition)
		{
			const PartitionCmd *detach = (const PartitionCmd *) command->def;
			Oid			part = RangeVarGetRelid(detach->name, NoLock, true);

			if (OidIsValid(part))
				check_retained(part, "detach");
		}
	}
}

/*
 * soc2.guard_tier(relation regclass): what guards its rows: 0 nothing, 1
 * triggers, 2 event triggers too, 3 the preloaded library too
 */
Datum
soc2_guard_tier(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	Relation	rel = try_relation_open(relid, AccessShareLock);
	bool		guarded;

	if (rel == NULL)
		PG_RETURN_INT32(0);
	if (soc2_guard_has_table(relid))
		guarded = soc2_guard_has_guards(relid);
	else
		guarded = is_suitable(relid) &&
			(OidIsValid(soc2_retention_root(relid)) ||
			 soc2_hold_is_on(rel)) &&
			!soc2_guard_lacks_triggers(relid);
	relation_close(rel, AccessShareLock);
	if (!guarded)
		PG_RETURN_INT32(0);
	if (!soc2_guard_is_up())
		PG_RETURN_INT32(1);
	PG_RETURN_INT32(soc2_guard_is_preloaded() ? 3 : 2);
}

/* Has the database anything that must stay? */
bool
soc2_guard_has_anything(void)
{
	List	   *tables = soc2_retention_tables((Datum) 0);
	ListCell   *cell;

	tables = list_concat_unique_oid(tables, soc2_hold_tables());
	foreach(cell, tables)
	{
		if (soc2_guard_has_rows(lfirst_oid(cell)))
			return true;
	}
	return OidIsValid(soc2_guard_ledger_with_rows());
}
