/*-------------------------------------------------------------------------
 *
 * track_guard.c
 *		Row history of tables whose definition changes.
 *
 * Commands that take rows or values away without a trigger being fired record
 * them first: a table that is dropped, a partition that is detached, a column
 * that is dropped.  A partition that comes gets the triggers, and its rows come
 * with it.  Columns keep the names in the ledger that they had.
 *
 * The guard of commands tells of all this, so it is recorded where that is up.
 *
 * IDENTIFICATION
 *	  src/track_guard.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "guard.h"
#include "ledger_custody.h"
#include "soc2_errcodes.h"
#include "track.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(soc2_tracking_problems);

/* is it a table that can be tracked, and are the tables of ours there? */
static bool
is_suitable(Oid relid)
{
	char		kind = relid >= FirstNormalObjectId ? get_rel_relkind(relid) : '\0';

	return (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE) &&
		get_rel_persistence(relid) == RELPERSISTENCE_PERMANENT &&
		OidIsValid(soc2_own_relid(SOC2_TRACKED_TABLES)) &&
		OidIsValid(soc2_own_relid(SOC2_ROW_CHANGES));
}

/* is a table tracked by itself? */
static bool
is_root(Oid relid)
{
	soc2_track_entry entry;

	return is_suitable(relid) && soc2_track_find_entry(relid, &entry) &&
		entry.active;
}

/* Is a table tracked, by itself or as a partition? */
bool
soc2_track_is_on(Oid relid)
{
	soc2_track_entry entry;
	Oid			root;

	return is_suitable(relid) && soc2_track_find_root(relid, &root, &entry);
}

/* {"name": "value"}, palloc'd; the second pair may be NULL */
static char *
object_of(const char *name, const char *value, const char *second_name,
		  const char *second)
{
	StringInfoData object;

	initStringInfo(&object);
	appendStringInfo(&object, "{\"%s\":", name);
	soc2_track_put_string(&object, value, strlen(value));
	if (second != NULL)
	{
		appendStringInfo(&object, ",\"%s\":", second_name);
		soc2_track_put_string(&object, second, strlen(second));
	}
	appendStringInfoChar(&object, '}');
	return object.data;
}

/* record what happens to all rows of a table and its partitions */
static void
record_tables(Oid relid, Oid root, const char *action, bool came)
{
	soc2_track_event event = {action, came, NULL};
	ListCell   *cell;

	foreach(cell, find_all_inheritors(relid, AccessShareLock, NULL))
	{
		Relation	rel = table_open(lfirst_oid(cell), NoLock);

		if (rel->rd_rel->relkind == RELKIND_RELATION)
			soc2_track_whole_table(rel, soc2_track_make(rel, root), &event);
		table_close(rel, NoLock);
	}
	CommandCounterIncrement();
}

/* remove the entry of a table that goes: its OID may come to be another's */
static void
remove_entry(Oid relid)
{
	soc2_statement statement;

	soc2_statement_begin(&statement,
						 "DELETE FROM soc2.tracked_tables WHERE relation = $1");
	soc2_statement_add(&statement, REGCLASSOID, ObjectIdGetDatum(relid));
	soc2_execute_as_owner(soc2_table_oid(SOC2_TRACKED_TABLES), &statement,
						  NULL);
}

/* A table is about to be dropped */
void
soc2_track_table_dropped(Oid relid)
{
	soc2_track_entry entry;
	Oid			root;

	if (!is_suitable(relid) || !soc2_guard_is_up())
		return;
	/* partitions are dropped by themselves, before the table */
	if (get_rel_relkind(relid) == RELKIND_RELATION &&
		soc2_track_find_root(relid, &root, &entry))
		record_tables(relid, root, "drop", false);
	if (soc2_track_find_entry(relid, &entry))
		remove_entry(relid);
}

/* refuse to drop a column of the key */
static void
refuse_key(Oid relid, const char *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_GUARDED),
			 errmsg("column \"%s\" of table \"%s\" is guarded", column,
					get_rel_name(relid)),
			 errdetail("Changes of the table are tracked, and the column tells its rows apart."),
			 errhint("Use soc2.untrack_changes() and soc2.track_changes() with another key.")));
}

/* A column is about to be dropped */
void
soc2_track_column_dropped(Oid relid, AttrNumber attnum)
{
	soc2_track_event event = {"drop_column", false, NULL};
	const soc2_track *track;
	Relation	rel;

	if (!soc2_track_is_on(relid) || !soc2_guard_is_up())
		return;
	rel = table_open(relid, NoLock);
	track = soc2_track_get(rel);
	for (int i = 0; track != NULL && i < track->ncolumns; i++)
	{
		if (track->columns[i].text.attnum == attnum)
			event.column = &track->columns[i];
	}
	if (event.column != NULL && event.column->is_key)
		refuse_key(relid, event.column->name);
	if (event.column != NULL && track->root == relid)
		soc2_track_note(track, event.action,
						object_of("column", event.column->name, NULL, NULL));
	if (event.column != NULL && rel->rd_rel->relkind == RELKIND_RELATION)
		soc2_track_whole_table(rel, track, &event);
	table_close(rel, NoLock);
	CommandCounterIncrement();
}

/* note what happened to a column, if it is recorded */
static void
note_column(Oid relid, const char *column, const char *action,
			const char *object)
{
	Relation	rel = table_open(relid, AccessShareLock);
	const soc2_track *track = soc2_track_get(rel);

	for (int i = 0; track != NULL && i < track->ncolumns; i++)
	{
		if (strcmp(track->columns[i].name, column) == 0)
		{
			soc2_track_note(track, action, object);
			break;
		}
	}
	table_close(rel, NoLock);
}

/* A column was added, or altered */
void
soc2_track_column_changed(Oid relid, AttrNumber attnum, const char *action)
{
	char	   *name;

	/* those of partitions follow */
	if (!is_root(relid))
		return;
	name = get_attname(relid, attnum, true);
	if (name != NULL)
		note_column(relid, name, action,
					object_of("column", name, "type",
							  format_type_be_qualified(get_atttype(relid, attnum))));
}

/* A column was renamed */
void
soc2_track_column_renamed(Oid relid, AttrNumber attnum, const char *old)
{
	soc2_statement update;
	char	   *name;

	if (!is_root(relid))
		return;
	name = get_attname(relid, attnum, true);
	if (name == NULL || strcmp(name, old) == 0)
		return;
	soc2_statement_begin(&update,
						 "UPDATE soc2.tracked_tables"
						 " SET columns = array_replace(columns, $2, $3),"
						 " key = array_replace(key, $2, $3) WHERE relation = $1");
	soc2_statement_add(&update, REGCLASSOID, ObjectIdGetDatum(relid));
	soc2_statement_add(&update, TEXTOID, CStringGetTextDatum(old));
	soc2_statement_add(&update, TEXTOID, CStringGetTextDatum(name));
	soc2_execute_as_owner(soc2_table_oid(SOC2_TRACKED_TABLES), &update, NULL);
	soc2_track_forget();
	CommandCounterIncrement();
	note_column(relid, name, "rename_column", object_of("column", name, "from", old));
}

/* refuse that rows of a tracked table are those of two tables */
static void
refuse_inheritance(Oid relid, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_GUARDED),
			 errmsg("table \"%s\" is tracked and cannot inherit, be inherited from or be attached",
					get_rel_name(relid)),
			 errdetail("%s", detail),
			 errhint("Use soc2.untrack_changes() first, and soc2.track_changes() of the table that is partitioned.")));
}

/* a table came to be a partition */
static void
partition_came(Oid child, Oid parent)
{
	soc2_track_entry entry;
	Relation	rel;
	Oid			root;

	if (is_root(child))
		refuse_inheritance(child,
						   "Statements of the partitioned table would not fire its triggers.");
	if (!soc2_track_is_on(parent) ||
		!soc2_track_find_root(parent, &root, &entry))
		return;
	if (!is_suitable(child))
		refuse_inheritance(parent,
						   "The partition is a foreign table, or not logged.");
	soc2_track_create_triggers(child, NIL);
	rel = table_open(child, NoLock);
	soc2_track_note(soc2_track_make(rel, root), "attach",
					object_of("partition", soc2_relation_name(rel), NULL, NULL));
	table_close(rel, NoLock);
	record_tables(child, root, "attach", true);
}

/* a table is no partition any more */
static void
partition_left(Oid child, Oid parent)
{
	soc2_track_entry entry;
	Relation	rel;
	Oid			root;

	if (!soc2_track_is_on(parent) ||
		!soc2_track_find_root(parent, &root, &entry) || !is_suitable(child))
		return;
	rel = table_open(child, NoLock);
	soc2_track_note(soc2_track_make(rel, root), "detach",
					object_of("partition", soc2_relation_name(rel), NULL, NULL));
	table_close(rel, NoLock);
	record_tables(child, root, "detach", false);
	soc2_track_drop_triggers(child);
}

/* A table came to be a partition, or a child, of another one, or left it */
void
soc2_track_follow_partition(Oid child, Oid parent)
{
	if (get_rel_relkind(parent) != RELKIND_PARTITIONED_TABLE)
	{
		if (has_superclass(child) && (is_root(child) || is_root(parent)))
			refuse_inheritance(is_root(child) ? child : parent,
							   "Rows would be those of both tables.");
	}
	else if (list_member_oid(soc2_relation_with_ancestors(child), parent))
		partition_came(child, parent);
	else
		partition_left(child, parent);
}

/* Is it a trigger that records changes of a tracked table? */
bool
soc2_track_has_trigger(Form_pg_trigger trigger)
{
	return trigger->tgfoid == soc2_ledger_function(SOC2_TRACK_FUNCTION) &&
		soc2_track_is_on(trigger->tgrelid) && soc2_guard_is_up();
}

/* Is a table tracked that lacks such a trigger? */
bool
soc2_track_lacks_trigger(Oid relid)
{
	Relation	rel;
	bool		lacks;

	if (!soc2_track_is_on(relid))
		return false;
	rel = table_open(relid, AccessShareLock);
	lacks = soc2_track_trigger_problem(rel) != NULL;
	table_close(rel, NoLock);
	return lacks;
}

/* Refuse to weaken or drop a trigger that records changes */
void
soc2_track_refuse_trigger(Oid relid, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_GUARDED),
			 errmsg("trigger \"%s\" of table \"%s\" is guarded", name,
					get_rel_name(relid)),
			 errdetail("It records changes of rows in soc2.row_changes."),
			 errhint("Use soc2.untrack_changes() to end that; it is recorded too.")));
}

/* soc2.tracking_problems("table"): what keeps changes from being recorded */
Datum
soc2_tracking_problems(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			relid = PG_GETARG_OID(0);
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)) ||
		!soc2_track_is_on(relid))
		return (Datum) 0;
	foreach(cell, find_all_inheritors(relid, AccessShareLock, NULL))
	{
		Relation	rel = table_open(lfirst_oid(cell), NoLock);
		const char *problem = soc2_track_trigger_problem(rel);
		Datum		values[2];
		bool		nulls[2] = {false, false};

		if (problem != NULL)
		{
			values[0] = ObjectIdGetDatum(lfirst_oid(cell));
			values[1] = CStringGetTextDatum(problem);
			tuplestore_putvalues(result->setResult, result->setDesc, values,
								 nulls);
		}
		table_close(rel, NoLock);
	}
	return (Datum) 0;
}
