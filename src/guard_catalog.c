/*-------------------------------------------------------------------------
 *
 * guard_catalog.c
 *		Rows of system catalogs before and after the command that is running.
 *
 * The hook is called when the new row is written, before the command counter
 * is incremented: the snapshot for catalogs still shows the old one.
 *
 * IDENTIFICATION
 *	  src/guard_catalog.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "guard.h"
#include "trigger.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* find a row as a snapshot shows it; without one, before the command */
static HeapTuple
find_row(Relation rel, Oid index, Snapshot snapshot, ScanKey keys, int count)
{
	ScanKeyData copies[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	/* the scan changes the numbers of the columns */
	memcpy(copies, keys, sizeof(ScanKeyData) * count);
	scan = systable_beginscan(rel, index, true, snapshot, count, copies);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		tuple = heap_copytuple(tuple);
	systable_endscan(scan);
	return tuple;
}

/* Find a row by a unique index */
soc2_catalog_row
soc2_catalog_find(Oid catalog, Oid index, ScanKey keys, int count)
{
	Relation	rel = table_open(catalog, AccessShareLock);
	soc2_catalog_row row;

	Assert(count <= 2);
	row.before = find_row(rel, index, NULL, keys, count);
	row.after = find_row(rel, index, SnapshotSelf, keys, count);
	table_close(rel, AccessShareLock);
	return row;
}

/* Find a row by the OID of an object */
soc2_catalog_row
soc2_catalog_find_oid(Oid catalog, Oid index, Oid object)
{
	ScanKeyData key;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(object));
	return soc2_catalog_find(catalog, index, &key, 1);
}

/* is a column one of these? */
static bool
is_among(AttrNumber attnum, const AttrNumber *attnums, int count)
{
	for (int i = 0; i < count; i++)
	{
		if (attnums[i] == attnum)
			return true;
	}
	return false;
}

/* Does a row differ in a column that is none of these? */
bool
soc2_catalog_differs(Oid catalog, const soc2_catalog_row *row,
					 const AttrNumber *except, int count)
{
	Relation	rel = table_open(catalog, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	bool		differs = false;

	for (int i = 0; i < desc->natts && !differs; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		NullableDatum before;
		NullableDatum after;

		if (is_among(att->attnum, except, count))
			continue;
		before.value = heap_getattr(row->before, i + 1, desc, &before.isnull);
		after.value = heap_getattr(row->after, i + 1, desc, &after.isnull);
		differs = !soc2_is_same_value(att, before, after);
	}
	table_close(rel, AccessShareLock);
	return differs;
}
