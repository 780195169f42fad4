/*-------------------------------------------------------------------------
 *
 * retention_catalog.c
 *		Reading classes, assignments and locks.
 *
 * All of them are read in a snapshot of the moment, without any privilege of
 * the current user.
 *
 * IDENTIFICATION
 *	  src/retention_catalog.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "nodes/pg_list.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "ledger.h"
#include "retention.h"
#include "soc2.h"
#include "soc2_errcodes.h"

/* Parts of an interval of the server */
soc2_interval
soc2_interval_get(Datum interval)
{
	const Interval *value = DatumGetIntervalP(interval);
	soc2_interval result;

	result.months = value->month;
	result.days = value->day;
	result.us = value->time;
	return result;
}

/* OID of the primary key of a table of ours */
static Oid
primary_key(Relation table)
{
	return soc2_own_relid(psprintf("soc2_%s_pkey", RelationGetRelationName(table)));
}

/* A table of ours, opened */
Relation
soc2_retention_open(const char *name, LOCKMODE lockmode)
{
	Oid			relid = soc2_own_relid(name);

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("table \"soc2.%s\" does not exist", name),
				 errdetail("Without it no retention policy can be applied.")));
	return table_open(relid, lockmode);
}

/* Last row of a table of ours whose primary key starts with this value */
HeapTuple
soc2_retention_fetch(Relation table, RegProcedure equal, Datum key)
{
	Relation	index = index_open(primary_key(table), AccessShareLock);
	ScanKeyData scankey;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&scankey, 1, BTEqualStrategyNumber, equal, key);

	/* no snapshot given: one of this moment, not the transaction's */
	scan = systable_beginscan_ordered(table, index, NULL, 1, &scankey);
	tuple = systable_getnext_ordered(scan, BackwardScanDirection);
	if (HeapTupleIsValid(tuple))
		tuple = heap_copytuple(tuple);
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	return tuple;
}

/* A column of a row of ours that is declared NOT NULL */
Datum
soc2_retention_column(HeapTuple tuple, Relation table, int column)
{
	bool		isnull;
	Datum		value = soc2_own_column(table, tuple, column, &isnull);

	if (isnull)
		elog(ERROR, "unexpected null in column %d of table \"%s\"",
			 column, RelationGetRelationName(table));
	return value;
}

/* All rows of a table of ours whose primary key starts with a table */
List *
soc2_retention_fetch_rows(Relation table, Oid relid)
{
	Relation	index = index_open(primary_key(table), AccessShareLock);
	List	   *rows = NIL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan_ordered(table, index, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext_ordered(scan,
															 ForwardScanDirection)))
		rows = lappend(rows, heap_copytuple(tuple));
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	return rows;
}

/* The rows of the assignments of a table that are in force, by ordinal */
List *
soc2_retention_fetch_assignments(Relation assignments, Oid relid)
{
	List	   *all = soc2_retention_fetch_rows(assignments, relid);
	List	   *rows = NIL;
	int32		last = 0;
	ListCell   *cell;

	foreach(cell, all)
	{
		int32		ordinal =
		DatumGetInt32(soc2_retention_column(lfirst(cell), assignments,
											SOC2_ASSIGNMENT_ORDINAL));

		/* a later version takes the place of an earlier one */
		if (ordinal == last)
			rows = list_delete_last(rows);
		rows = lappend(rows, lfirst(cell));
		last = ordinal;
	}
	return rows;
}

/* The version of a class that is in force */
bool
soc2_retention_get_class(Datum name, soc2_retention_class *class)
{
	Relation	classes = soc2_retention_open(SOC2_RETENTION_CLASSES,
											  AccessShareLock);
	HeapTuple	tuple = soc2_retention_fetch(classes, F_TEXTEQ, name);
	Datum		mode;
	Datum		method;

	if (HeapTupleIsValid(tuple))
	{
		class->name = TextDatumGetCString(name);
		class->version =
			DatumGetInt32(soc2_retention_column(tuple, classes,
												SOC2_CLASS_VERSION));
		class->min_retain =
			soc2_interval_get(soc2_retention_column(tuple, classes,
													SOC2_CLASS_MIN_RETAIN));
		mode = soc2_retention_column(tuple, classes, SOC2_CLASS_MODE);
		class->compliance = strcmp(TextDatumGetCString(mode), "compliance") == 0;
		method = soc2_retention_column(tuple, classes, SOC2_CLASS_METHOD);
		class->anonymize = strcmp(TextDatumGetCString(method), "anonymize") == 0;
		class->basis =
			TextDatumGetCString(soc2_retention_column(tuple, classes,
													  SOC2_CLASS_BASIS));
	}
	table_close(classes, AccessShareLock);
	return HeapTupleIsValid(tuple);
}

/* Is one class no laxer than another? */
bool
soc2_retention_class_covers(const soc2_retention_class *stricter,
							const soc2_retention_class *class)
{
	return (stricter->compliance || !class->compliance) &&
		soc2_interval_covers(&stricter->min_retain, &class->min_retain);
}

/* is there a row in a table of ours whose first column is this table? */
static bool
has_row(const char *name, Oid relid)
{
	Oid			table = soc2_own_relid(name);
	ScanKeyData key;
	SysScanDesc scan;
	Relation	rel;
	Oid			index;
	bool		found;

	/* the extension may be about to go, the index before the table */
	if (!OidIsValid(table))
		return false;
	rel = table_open(table, AccessShareLock);
	index = primary_key(rel);
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(rel, index, OidIsValid(index), NULL, 1, &key);
	found = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

/* The table that a table's assignments are of */
Oid
soc2_retention_root(Oid relid)
{
	List	   *tables;
	ListCell   *cell;

	if (relid < FirstNormalObjectId)
		return InvalidOid;
	tables = soc2_relation_with_ancestors(relid);
	foreach(cell, tables)
	{
		if (has_row(SOC2_RETENTION_ASSIGNMENTS, lfirst_oid(cell)))
			return lfirst_oid(cell);
	}
	return InvalidOid;
}

/* Who owns the tables that policies are in */
Oid
soc2_retention_owner(void)
{
	Relation	table = soc2_retention_open(SOC2_RETENTION_ASSIGNMENTS,
											AccessShareLock);
	Oid			owner = table->rd_rel->relowner;

	table_close(table, AccessShareLock);
	return owner;
}

/* Has a table a class of the mode compliance? */
bool
soc2_retention_is_compliant(Oid relid)
{
	Relation	assignments = soc2_retention_open(SOC2_RETENTION_ASSIGNMENTS,
												  AccessShareLock);
	List	   *rows = soc2_retention_fetch_assignments(assignments, relid);
	bool		compliant = false;
	ListCell   *cell;

	foreach(cell, rows)
	{
		soc2_retention_class class;

		compliant = compliant ||
			(soc2_retention_get_class(soc2_retention_column(lfirst(cell),
															assignments,
															SOC2_ASSIGNMENT_CLASS),
									  &class) && class.compliance);
	}
	table_close(assignments, AccessShareLock);
	return compliant;
}

/* Has the policy of a table been locked? */
bool
soc2_retention_is_locked(Oid root)
{
	return has_row(SOC2_RETENTION_LOCKS, root);
}

/* does a list of rows of assignments have one with this class? */
static bool
has_class(List *rows, Relation assignments, Datum class)
{
	ListCell   *cell;

	foreach(cell, rows)
	{
		Datum		found = soc2_retention_column(lfirst(cell), assignments,
												  SOC2_ASSIGNMENT_CLASS);

		if (DatumGetBool(DirectFunctionCall2Coll(texteq, C_COLLATION_OID,
												 found, class)))
			return true;
	}
	return false;
}

/* OIDs of the tables that have assignments in force, or of this class */
List *
soc2_retention_tables(Datum class)
{
	Oid			table = soc2_own_relid(SOC2_RETENTION_ASSIGNMENTS);
	List	   *relids = NIL;
	List	   *result = NIL;
	Relation	assignments;
	SysScanDesc scan;
	HeapTuple	tuple;
	ListCell   *cell;

	if (!OidIsValid(table))
		return NIL;
	assignments = table_open(table, AccessShareLock);
	scan = systable_beginscan(assignments, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		relids = list_append_unique_oid(relids,
										DatumGetObjectId(soc2_retention_column(tuple, assignments,
																			   SOC2_ASSIGNMENT_RELATION)));
	systable_endscan(scan);
	foreach(cell, relids)
	{
		Oid			relid = lfirst_oid(cell);

		if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
			continue;
		if (class == (Datum) 0 ||
			has_class(soc2_retention_fetch_assignments(assignments, relid),
					  assignments, class))
			result = lappend_oid(result, relid);
	}
	table_close(assignments, AccessShareLock);
	return result;
}
