/*-------------------------------------------------------------------------
 *
 * track_define.c
 *		soc2.track_changes and soc2.untrack_changes: begin and end recording.
 *
 * IDENTIFICATION
 *	  src/track_define.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "argument.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "ledger_custody.h"
#include "miscadmin.h"
#include "track.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(soc2_track_changes);
PG_FUNCTION_INFO_V1(soc2_untrack_changes);
PG_FUNCTION_INFO_V1(soc2_track_member);

/* why rows of a table cannot be tracked; NULL if they can */
static const char *
problem_of(Relation rel, bool is_root)
{
	const char *problem = soc2_relation_problem(rel);

	if (problem != NULL)
		return problem;
	if (soc2_relation_is_own_ledger(RelationGetRelid(rel)))
		return "It belongs to an extension.";
	if (is_root && rel->rd_rel->relispartition)
		return "It is a partition: its rows are those of the table that it is a part of.";
	if (rel->rd_rel->relkind == RELKIND_RELATION && is_root &&
		find_inheritance_children(RelationGetRelid(rel), NoLock) != NIL)
		return "Other tables inherit from it, whose rows are none of its own.";
	return NULL;
}

/* refuse a table that cannot be tracked, or one of its partitions */
static void
check_tables(Oid relid, List *tables)
{
	ListCell   *cell;

	foreach(cell, tables)
	{
		Relation	rel = relation_open(lfirst_oid(cell), NoLock);
		const char *problem = problem_of(rel, lfirst_oid(cell) == relid);

		if (problem != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("cannot track changes of \"%s\"",
							RelationGetRelationName(rel)),
					 errdetail("%s", problem),
					 errhint("Logged tables can be tracked, partitioned or not, outside extensions and system schemas."),
					 errtable(rel)));
		relation_close(rel, NoLock);
	}
}

/* do the columns of an index tell all rows apart, and are these? */
static bool
is_key_index(Relation rel, Relation index, const Bitmapset *columns)
{
	Form_pg_index form = index->rd_index;
	Bitmapset  *indexed = NULL;

	if (!form->indisunique || !form->indisvalid || form->indisexclusion ||
		!heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL))
		return false;
	for (int i = 0; i < form->indnkeyatts; i++)
	{
		AttrNumber	attnum = form->indkey.values[i];

		if (attnum <= 0 ||
			!TupleDescAttr(RelationGetDescr(rel), attnum - 1)->attnotnull)
			return false;
		indexed = bms_add_member(indexed, attnum);
	}
	return columns == NULL ? form->indisprimary : bms_equal(indexed, columns);
}

/* the index whose columns are these, or the primary key; closed by the caller */
static Relation
find_key_index(Relation rel, const Bitmapset *columns)
{
	List	   *indexes = RelationGetIndexList(rel);
	ListCell   *cell;

	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		if (is_key_index(rel, index, columns))
			return index;
		index_close(index, AccessShareLock);
	}
	return NULL;
}

/* the names of the primary key's columns, in its order */
static List *
primary_key(Relation rel)
{
	Relation	index = find_key_index(rel, NULL);
	List	   *names = NIL;

	if (index == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" has no primary key",
						RelationGetRelationName(rel)),
				 errdetail("Changes of a row are found by what tells it apart from others."),
				 errhint("Add one, or name columns that are NOT NULL and have a unique index: key => '{...}'."),
				 errtable(rel)));
	for (int i = 0; i < index->rd_index->indnkeyatts; i++)
		names = lappend(names,
						get_attname(RelationGetRelid(rel),
									index->rd_index->indkey.values[i], false));
	index_close(index, AccessShareLock);
	return names;
}

/* the columns that an argument names, a text[] without NULLs or doubles */
static List *
named_columns(Relation rel, Datum array, const char *argument)
{
	List	   *names = NIL;
	Bitmapset  *seen = NULL;
	Datum	   *items;
	bool	   *nulls;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false,
					  TYPALIGN_INT, &items, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		char	   *name = nulls[i] ? "" : TextDatumGetCString(items[i]);
		AttrNumber	attnum = get_attnum(RelationGetRelid(rel), name);

		if (attnum <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s\" does not exist",
							name, RelationGetRelationName(rel)),
					 errtable(rel)));
		if (!bms_is_member(attnum, seen))
			names = lappend(names, name);
		seen = bms_add_member(seen, attnum);
	}
	if (names == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must name a column", argument),
				 errhint("Leave it out, or give NULL, for the default.")));
	return names;
}

/* refuse columns that do not tell all rows apart */
static void
check_key(Relation rel, List *names)
{
	Bitmapset  *columns = NULL;
	Relation	index;
	ListCell   *cell;

	foreach(cell, names)
		columns = bms_add_member(columns,
								 get_attnum(RelationGetRelid(rel), lfirst(cell)));
	index = find_key_index(rel, columns);
	if (index == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("these columns do not tell rows of table \"%s\" apart",
						RelationGetRelationName(rel)),
				 errdetail("There is no unique index on them alone, or one of them can be NULL."),
				 errhint("Name columns that are NOT NULL and have a unique index that is not partial."),
				 errtable(rel)));
	index_close(index, AccessShareLock);
}

/* names as a text[] */
static Datum
text_array(List *names)
{
	Datum	   *items = palloc(sizeof(Datum) * (list_length(names) + 1));

	for (int i = 0; i < list_length(names); i++)
		items[i] = CStringGetTextDatum(list_nth(names, i));
	return PointerGetDatum(construct_array(items, list_length(names), TEXTOID,
										   -1, false, TYPALIGN_INT));
}

/* make the entry of a table, or let it begin anew; columns NIL means all */
static void
write_entry(Oid relid, List *columns, List *key, bool apart)
{
	soc2_statement insert;

	soc2_statement_begin(&insert,
						 "INSERT INTO soc2.tracked_tables AS t"
						 " (relation, columns, key, apart, tracked_by)"
						 " VALUES ($1, NULLIF($2, '{}'), $3, $4, $5)"
						 " ON CONFLICT ON CONSTRAINT soc2_tracked_tables_pkey DO UPDATE"
						 " SET columns = EXCLUDED.columns, key = EXCLUDED.key,"
						 " apart = EXCLUDED.apart, tracked_at = EXCLUDED.tracked_at,"
						 " tracked_by = EXCLUDED.tracked_by, untracked_at = NULL"
						 " WHERE t.untracked_at IS NOT NULL");
	soc2_statement_add(&insert, REGCLASSOID, ObjectIdGetDatum(relid));
	soc2_statement_add(&insert, TEXTARRAYOID, text_array(columns));
	soc2_statement_add(&insert, TEXTARRAYOID, text_array(key));
	soc2_statement_add(&insert, BOOLOID, BoolGetDatum(apart));
	soc2_statement_add(&insert, TEXTOID,
					   CStringGetTextDatum(GetUserNameFromId(GetUserId(), false)));
	soc2_execute_as_owner(soc2_table_oid(SOC2_TRACKED_TABLES), &insert, NULL);
	CommandCounterIncrement();
}

/* what is recorded, as a JSON object */
static char *
describe(const soc2_track *track)
{
	StringInfoData object;

	initStringInfo(&object);
	appendStringInfoString(&object, "{\"columns\":[");
	for (int i = 0; i < track->ncolumns; i++)
	{
		if (i > 0)
			appendStringInfoChar(&object, ',');
		soc2_track_put_string(&object, track->columns[i].name,
							  strlen(track->columns[i].name));
	}
	appendStringInfoString(&object, "],\"key\":[");
	for (int i = 0; i < track->nkeys; i++)
	{
		const char *name = track->columns[track->keys[i]].name;

		if (i > 0)
			appendStringInfoChar(&object, ',');
		soc2_track_put_string(&object, name, strlen(name));
	}
	appendStringInfoString(&object, "]}");
	return object.data;
}

/* note in the ledger that recording begins or ends; the table is locked */
static const soc2_track *
note(Oid relid, const char *action, bool describes)
{
	Relation	rel = table_open(relid, NoLock);
	const soc2_track *track = soc2_track_get(rel);

	if (track == NULL)
		elog(ERROR, "could not find the entry of a tracked table");
	soc2_track_note(track, action, describes ? describe(track) : NULL);
	table_close(rel, NoLock);
	return track;
}

/* Make the entry of a table that has the triggers and none */
void
soc2_track_register(Relation rel, List *key)
{
	Oid			root = llast_oid(soc2_relation_with_ancestors(RelationGetRelid(rel)));
	Relation	topmost = table_open(root, AccessShareLock);

	write_entry(root, NIL, key != NIL ? key : primary_key(topmost), false);
	CacheInvalidateRelcache(topmost);
	CacheInvalidateRelcache(rel);
	CommandCounterIncrement();
	(void) note(root, "track", true);
	table_close(topmost, NoLock);
}

/* lock a table and its partitions against writers, and check whose it is */
static List *
lock_tables(Oid relid)
{
	soc2_relation_require_owner(relid);
	soc2_relation_lock(relid, ShareRowExclusiveLock);
	/* he may have lost it while waiting for the lock */
	soc2_relation_require_owner(relid);
	return find_all_inheritors(relid, ShareRowExclusiveLock, NULL);
}

/*
 * soc2.track_changes("table", columns, key, apart): begin to record; returns the
 * id of the history
 */
Datum
soc2_track_changes(PG_FUNCTION_ARGS)
{
	Oid			relid;
	List	   *tables;
	List	   *columns = NIL;
	List	   *key;
	Relation	rel;
	soc2_track_entry entry;
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));

	soc2_argument_require(fcinfo, 0, "table");
	soc2_argument_require(fcinfo, 3, "apart");
	relid = PG_GETARG_OID(0);
	soc2_ledger_check_encoding();
	tables = lock_tables(relid);
	check_tables(relid, tables);
	rel = table_open(relid, NoLock);
	if (!PG_ARGISNULL(1))
		columns = named_columns(rel, PG_GETARG_DATUM(1), "columns");
	key = PG_ARGISNULL(2) ? primary_key(rel) :
		named_columns(rel, PG_GETARG_DATUM(2), "key");
	check_key(rel, key);
	if (soc2_track_find_entry(relid, &entry) && entry.active)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("changes of table \"%s\" are tracked already",
						RelationGetRelationName(rel)),
				 errhint("Use soc2.untrack_changes() first to track other columns."),
				 errtable(rel)));
	table_close(rel, NoLock);

	write_entry(relid, columns, key, PG_GETARG_BOOL(3));
	soc2_track_create_triggers(relid, NIL);
	*id = note(relid, "track", true)->id;
	PG_RETURN_UUID_P(id);
}

/* soc2.untrack_changes("table"): end recording; what was recorded stays */
Datum
soc2_untrack_changes(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	soc2_track_entry entry;
	soc2_statement update;

	(void) lock_tables(relid);
	if (!soc2_track_find_entry(relid, &entry) || !entry.active)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("changes of table \"%s\" are not tracked",
						get_rel_name(relid)),
				 errhint("See soc2.tracked_tables for those that are.")));
	(void) note(relid, "untrack", false);
	soc2_statement_begin(&update,
						 "UPDATE soc2.tracked_tables"
						 " SET untracked_at = pg_catalog.clock_timestamp()"
						 " WHERE relation = $1");
	soc2_statement_add(&update, REGCLASSOID, ObjectIdGetDatum(relid));
	soc2_execute_as_owner(soc2_table_oid(SOC2_TRACKED_TABLES), &update, NULL);
	CommandCounterIncrement();
	soc2_track_drop_triggers(relid);
	PG_RETURN_VOID();
}

/*
 * soc2.track_member("table", VARIADIC key): give a table of the extension the
 * triggers, in the script that makes it.  A dump leaves out triggers of such
 * tables, and entries that the script made would collide with those of a dump: the
 * first change makes the entry.
 */
Datum
soc2_track_member(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	List	   *arguments = NIL;
	List	   *key;
	Relation	rel;
	ListCell   *cell;

	if (!creating_extension ||
		CurrentExtensionObject != get_extension_oid("soc2", true))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("only a script of the extension can track its tables"),
				 errhint("Use soc2.track_changes() for tables of your own.")));
	rel = table_open(relid, ShareRowExclusiveLock);
	key = named_columns(rel, PG_GETARG_DATUM(1), "key");
	check_key(rel, key);
	table_close(rel, NoLock);
	foreach(cell, key)
		arguments = lappend(arguments, makeString(lfirst(cell)));
	soc2_track_create_triggers(relid, arguments);
	PG_RETURN_VOID();
}
