/*-------------------------------------------------------------------------
 *
 * retention_define.c
 *		Defining retention classes and assigning them to tables.
 *
 * Callers have no privileges on the tables of policies: these functions check
 * what must hold and write the rows themselves.
 *
 * Order of locks: the table of assignments (ROW EXCLUSIVE), then the user's
 * table (SHARE ROW EXCLUSIVE).  Deleting a class takes SHARE ROW EXCLUSIVE on
 * the assignments, so a class cannot go while it is being assigned.
 *
 * IDENTIFICATION
 *	  src/retention_define.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/comment.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "retention.h"
#include "soc2.h"
#include "soc2_errcodes.h"

PG_FUNCTION_INFO_V1(soc2_create_retention_class);
PG_FUNCTION_INFO_V1(soc2_set_retention);

/* refuse a null argument by its name */
static void
require_argument(FunctionCallInfo fcinfo, int number, const char *name)
{
	if (PG_ARGISNULL(number))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
}

/* refuse a text that says nothing */
static void
require_text(const text *value, const char *name)
{
	const char *bytes = VARDATA_ANY(value);

	for (int i = 0; i < (int) VARSIZE_ANY_EXHDR(value); i++)
	{
		if (bytes[i] != ' ')
			return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"%s\" must not be blank", name)));
}

/* refuse a period that is not positive in all its parts */
static void
require_period(Datum interval, const char *name)
{
	soc2_interval period = soc2_interval_get(interval);

	if (period.months < 0 || period.days < 0 || period.us < 0 ||
		(period.months == 0 && period.days == 0 && period.us == 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be a positive interval", name),
				 errdetail("No part of it may be negative, and one must be positive.")));
}

/* refuse arguments of create_retention_class that make no class */
static void
check_class(FunctionCallInfo fcinfo)
{
	require_argument(fcinfo, 0, "class");
	require_argument(fcinfo, 1, "min_retain");
	require_argument(fcinfo, 2, "basis");
	require_argument(fcinfo, 3, "criteria");
	require_argument(fcinfo, 5, "method");
	require_text(PG_GETARG_TEXT_PP(0), "class");
	require_text(PG_GETARG_TEXT_PP(2), "basis");
	require_period(PG_GETARG_DATUM(1), "min_retain");
	if (!PG_ARGISNULL(4))
	{
		require_period(PG_GETARG_DATUM(4), "max_retain");
		if (DatumGetBool(DirectFunctionCall2(interval_lt,
											 PG_GETARG_DATUM(4),
											 PG_GETARG_DATUM(1))))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"max_retain\" must not be less than \"min_retain\"")));
	}
	if (strcmp(text_to_cstring(PG_GETARG_TEXT_PP(5)), "delete") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown disposal method \"%s\"",
						text_to_cstring(PG_GETARG_TEXT_PP(5))),
				 errhint("The method is \"delete\".")));
}

/* who is recorded as the author of a definition */
static Datum
current_author(void)
{
	return CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
}

/*
 * soc2.create_retention_class(class, min_retain, basis, criteria, max_retain,
 * method)
 */
Datum
soc2_create_retention_class(PG_FUNCTION_ARGS)
{
	Datum		values[SOC2_CLASS_COLUMNS];
	bool		nulls[SOC2_CLASS_COLUMNS] = {false};
	Relation	classes;

	PreventCommandIfReadOnly("create_retention_class()");
	check_class(fcinfo);

	classes = soc2_retention_open(SOC2_RETENTION_CLASSES, RowExclusiveLock);
	if (HeapTupleIsValid(soc2_retention_fetch(classes, F_TEXTEQ,
											  PG_GETARG_DATUM(0))))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("retention class \"%s\" already exists",
						text_to_cstring(PG_GETARG_TEXT_PP(0))),
				 errhint("A class is never changed: create another one under another name.")));

	values[SOC2_CLASS_CLASS - 1] = PG_GETARG_DATUM(0);
	values[SOC2_CLASS_MIN_RETAIN - 1] = PG_GETARG_DATUM(1);
	values[SOC2_CLASS_BASIS - 1] = PG_GETARG_DATUM(2);
	values[SOC2_CLASS_CRITERIA - 1] = PG_GETARG_DATUM(3);
	values[SOC2_CLASS_MAX_RETAIN - 1] = PG_GETARG_DATUM(4);
	nulls[SOC2_CLASS_MAX_RETAIN - 1] = PG_ARGISNULL(4);
	values[SOC2_CLASS_METHOD - 1] = PG_GETARG_DATUM(5);
	values[SOC2_CLASS_CREATED_AT - 1] =
		TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	values[SOC2_CLASS_CREATED_BY - 1] = current_author();
	CatalogTupleInsert(classes, heap_form_tuple(RelationGetDescr(classes),
												values, nulls));
	table_close(classes, NoLock);
	CommandCounterIncrement();

	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* refuse a caller who does not own the table */
static void
check_owner(Oid relid)
{
	char	   *name = get_rel_name(relid);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	if (!soc2_relation_ownercheck(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, name);
}

/* what a relation is, if it is not an ordinary table; else NULL */
static const char *
unsuitable_kind(Relation rel)
{
	switch (rel->rd_rel->relkind)
	{
		case RELKIND_RELATION:
			return NULL;
		case RELKIND_PARTITIONED_TABLE:
			return "It is a partitioned table.";
		case RELKIND_FOREIGN_TABLE:
			return "It is a foreign table.";
		case RELKIND_VIEW:
			return "It is a view.";
		case RELKIND_MATVIEW:
			return "It is a materialized view.";
		default:
			return "It is not a table.";
	}
}

/* why a relation cannot have a policy; NULL if it can */
static const char *
unsuitable(Relation rel)
{
	const char *kind = unsuitable_kind(rel);

	if (kind)
		return kind;
	if (RelationGetRelid(rel) < FirstNormalObjectId || IsSystemRelation(rel))
		return "It is a system table.";
	if (OidIsValid(getExtensionOfObject(RelationRelationId,
										RelationGetRelid(rel))))
		return "It belongs to an extension.";
	if (rel->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		return "It is a temporary table.";
	if (rel->rd_rel->relpersistence == RELPERSISTENCE_UNLOGGED)
		return "It is unlogged: a crash empties it.";
	if (rel->rd_rel->relispartition)
		return "It is a partition.";
	if (find_inheritance_children(RelationGetRelid(rel), NoLock) != NIL)
		return "Other tables inherit from it, whose rows it would not guard.";
	return NULL;
}

/* open the table that is to get a policy and refuse an unsuitable one */
static Relation
open_target(Oid relid)
{
	Relation	rel;
	const char *problem;

	/* before waiting for a lock, and again as things may have changed */
	check_owner(relid);
	rel = try_relation_open(relid, ShareRowExclusiveLock);
	check_owner(relid);
	if (rel == NULL)
		elog(ERROR, "could not open relation with OID %u", relid);

	problem = unsuitable(rel);
	if (problem)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot set retention for \"%s\"",
						RelationGetRelationName(rel)),
				 errdetail("%s", problem),
				 errhint("Retention can be set for ordinary, logged tables outside extensions and system schemas."),
				 errtable(rel)));
	return rel;
}

/* refuse an anchor that cannot be one */
static void
check_anchor(Relation rel, const char *anchor)
{
	AttrNumber	attnum = get_attnum(RelationGetRelid(rel), anchor);
	Form_pg_attribute column;

	if (attnum == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of table \"%s\" does not exist",
						anchor, RelationGetRelationName(rel)),
				 errtable(rel)));

	column = attnum > 0 ? TupleDescAttr(RelationGetDescr(rel), attnum - 1)
		: NULL;
	if (column == NULL || !OidIsValid(soc2_anchor_type(column->atttypid)))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of table \"%s\" cannot be a retention anchor",
						anchor, RelationGetRelationName(rel)),
				 errdetail("An anchor must be of type date, timestamp or timestamp with time zone."),
				 errtable(rel)));

	/* a virtual column ('v', since 18) has no value in a stored row */
	if (column->attgenerated == 'v')
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of table \"%s\" cannot be a retention anchor",
						anchor, RelationGetRelationName(rel)),
				 errdetail("An anchor must be stored, and this column is virtual."),
				 errtable(rel)));
}

/* refuse a class that does not exist */
static void
check_class_exists(Datum class)
{
	Relation	classes = soc2_retention_open(SOC2_RETENTION_CLASSES,
											  AccessShareLock);

	if (!HeapTupleIsValid(soc2_retention_fetch(classes, F_TEXTEQ, class)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("retention class \"%s\" does not exist",
						TextDatumGetCString(class)),
				 errhint("Create it with soc2.create_retention_class().")));
	table_close(classes, AccessShareLock);
}

/* refuse a table that has a policy */
static void
check_unassigned(Relation assignments, Relation rel)
{
	Oid			relid = RelationGetRelid(rel);

	if (HeapTupleIsValid(soc2_retention_fetch(assignments, F_OIDEQ,
											  ObjectIdGetDatum(relid))))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("table \"%s\" already has a retention policy",
						RelationGetRelationName(rel)),
				 errtable(rel)));
}

/* create a table's guard triggers, to fire in every replication role */
static void
create_triggers(Relation rel, const char *anchor)
{
	for (int i = 0; i < SOC2_GUARD_TRIGGERS; i++)
	{
		const soc2_guard_trigger *wanted = &soc2_guard_triggers[i];
		CreateTrigStmt *stmt = makeNode(CreateTrigStmt);
		ObjectAddress address;

		stmt->trigname = pstrdup(wanted->name);
		stmt->funcname = list_make2(makeString("soc2"),
									makeString(SOC2_RETENTION_GUARD));
		stmt->row = TRIGGER_FOR_ROW(wanted->type);
		stmt->timing = wanted->type & TRIGGER_TYPE_TIMING_MASK;
		stmt->events = wanted->type & TRIGGER_TYPE_EVENT_MASK;
		if (wanted->on_anchor)
			stmt->columns = list_make1(makeString(pstrdup(anchor)));
		address = CreateTriggerFiringOn(stmt, NULL, RelationGetRelid(rel),
										InvalidOid, InvalidOid, InvalidOid,
										InvalidOid, InvalidOid, NULL, false,
										false, TRIGGER_FIRES_ALWAYS);
		CreateComments(address.objectId, TriggerRelationId, 0,
					   wanted->comment);
		CommandCounterIncrement();
	}
}

/* record an assignment */
static void
insert_assignment(Relation assignments, Relation rel, FunctionCallInfo fcinfo)
{
	Datum		values[SOC2_ASSIGNMENT_COLUMNS];
	bool		nulls[SOC2_ASSIGNMENT_COLUMNS] = {false};

	values[SOC2_ASSIGNMENT_RELATION - 1] =
		ObjectIdGetDatum(RelationGetRelid(rel));
	values[SOC2_ASSIGNMENT_CLASS - 1] = PG_GETARG_DATUM(1);
	values[SOC2_ASSIGNMENT_ANCHOR - 1] = PG_GETARG_DATUM(2);
	values[SOC2_ASSIGNMENT_ORDINAL - 1] = PG_GETARG_DATUM(3);
	values[SOC2_ASSIGNMENT_ASSIGNED_AT - 1] =
		TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	values[SOC2_ASSIGNMENT_ASSIGNED_BY - 1] = current_author();
	CatalogTupleInsert(assignments,
					   heap_form_tuple(RelationGetDescr(assignments),
									   values, nulls));
}

/* soc2.set_retention("table", class, anchor, ordinal) */
Datum
soc2_set_retention(PG_FUNCTION_ARGS)
{
	Relation	assignments;
	Relation	rel;
	char	   *anchor;

	PreventCommandIfReadOnly("set_retention()");
	require_argument(fcinfo, 0, "table");
	require_argument(fcinfo, 1, "class");
	require_argument(fcinfo, 2, "anchor");
	require_argument(fcinfo, 3, "ordinal");
	if (PG_GETARG_INT32(3) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"ordinal\" must be positive")));

	anchor = NameStr(*PG_GETARG_NAME(2));
	assignments = soc2_retention_open(SOC2_RETENTION_ASSIGNMENTS,
									  RowExclusiveLock);
	rel = open_target(PG_GETARG_OID(0));
	check_anchor(rel, anchor);
	check_class_exists(PG_GETARG_DATUM(1));
	check_unassigned(assignments, rel);

	create_triggers(rel, anchor);
	insert_assignment(assignments, rel, fcinfo);
	CacheInvalidateRelcache(rel);

	/* the locks stay to the end of the transaction */
	table_close(rel, NoLock);
	table_close(assignments, NoLock);
	CommandCounterIncrement();

	PG_RETURN_VOID();
}
