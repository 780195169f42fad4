/*-------------------------------------------------------------------------
 *
 * guard_ledger.c
 *		Which tables are guarded, and what may happen to them.
 *
 * These are the ledgers, which have an entry in soc2.ledgers, their partitions,
 * and the tables of the extension that verifying believes.  A ledger that has
 * no row yet may be dropped and changed: nothing in it could be lost, and a
 * restore that starts with dropping what is there has to be possible.
 *
 * IDENTIFICATION
 *	  src/guard_ledger.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "guard.h"
#include "ledger.h"
#include "soc2_errcodes.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/uuid.h"

/* a scan of soc2.ledgers, of what is committed and what is our own */
typedef struct entry_scan
{
	Relation	ledgers;
	SysScanDesc scan;
} entry_scan;

/* begin to scan entries: that of one table, or all; false if there is nothing */
static bool
entries_begin(entry_scan *scan, Oid relid)
{
	Oid			ledgers = soc2_own_relid("ledgers");
	Oid			index = soc2_own_relid("soc2_ledgers_pkey");
	ScanKeyData key;

	/* while the extension is being dropped the index goes before the table */
	if (!OidIsValid(ledgers))
		return false;
	scan->ledgers = table_open(ledgers, AccessShareLock);
	ScanKeyInit(&key, SOC2_LEDGERS_RELATION, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan->scan = systable_beginscan(scan->ledgers, index,
									OidIsValid(index) && OidIsValid(relid),
									SnapshotSelf, OidIsValid(relid) ? 1 : 0,
									&key);
	return true;
}

/* take the table of the next entry; false at the end */
static bool
next_entry(entry_scan *scan, Oid *relid)
{
	HeapTuple	tuple = systable_getnext(scan->scan);
	bool		isnull;

	if (!HeapTupleIsValid(tuple))
		return false;
	*relid = DatumGetObjectId(soc2_own_column(scan->ledgers, tuple,
											  SOC2_LEDGERS_RELATION,
											  &isnull));
	return true;
}

/* end a scan of entries */
static void
entries_end(entry_scan *scan)
{
	systable_endscan(scan->scan);
	table_close(scan->ledgers, NoLock);
}

/* does soc2.ledgers have an entry for the table? */
static bool
has_entry(Oid relid)
{
	entry_scan	scan;
	bool		found;

	if (!entries_begin(&scan, relid))
		return false;
	found = HeapTupleIsValid(systable_getnext(scan.scan));
	entries_end(&scan);
	return found;
}

/* is a table a partition of a ledger? */
static bool
is_part(Oid relid)
{
	List	   *ancestors;
	ListCell   *cell;

	if (!get_rel_relispartition(relid))
		return false;
	ancestors = get_partition_ancestors(relid);
	foreach(cell, ancestors)
	{
		if (has_entry(lfirst_oid(cell)))
			return true;
	}
	return false;
}

/* Is it a table of the extension that is guarded? */
bool
soc2_guard_has_own_table(Oid relid)
{
	char	   *name;

	if (relid < FirstNormalObjectId ||
		get_rel_namespace(relid) != get_namespace_oid("soc2", true))
		return false;
	name = get_rel_name(relid);
	if (name == NULL)
		return false;
	if (strcmp(name, "evidence") == 0)
		return true;
	for (int i = 0; i < SOC2_LEDGER_TABLES; i++)
	{
		if (strcmp(name, soc2_ledger_tables[i]) == 0)
			return true;
	}
	return false;
}

/* Is a table guarded? */
bool
soc2_guard_has_table(Oid relid)
{
	char		kind = get_rel_relkind(relid);

	if (relid < FirstNormalObjectId ||
		(kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE) ||
		get_rel_persistence(relid) == RELPERSISTENCE_TEMP)
		return false;
	return soc2_guard_has_own_table(relid) || has_entry(relid) ||
		is_part(relid);
}

/* has one table a row? */
static bool
one_has_rows(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	bool		empty = rel->rd_rel->relkind != RELKIND_RELATION ||
	soc2_ledger_is_empty(rel);

	table_close(rel, NoLock);
	return !empty;
}

/* Has a table a row, or a partition of it? */
bool
soc2_guard_has_rows(Oid relid)
{
	List	   *members;
	ListCell   *cell;

	if (get_rel_relkind(relid) != RELKIND_PARTITIONED_TABLE)
		return one_has_rows(relid);
	members = find_all_inheritors(relid, NoLock, NULL);
	foreach(cell, members)
	{
		if (one_has_rows(lfirst_oid(cell)))
			return true;
	}
	return false;
}

/* Has a table the guards that it must have? */
bool
soc2_guard_has_guards(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	bool		guarded = soc2_ledger_has_guards(rel);

	table_close(rel, NoLock);
	return guarded;
}

/* refuse to drop a ledger */
pg_noreturn static void
refuse_drop(Oid relid, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_APPEND_ONLY),
			 errmsg("ledger \"%s\" cannot be dropped", soc2_relation_name_of(relid)),
			 errdetail("%s", detail),
			 errhint("Rows that have expired can be pruned; what is left of a ledger goes with its database.")));
}

/* A ledger that has rows */
Oid
soc2_guard_ledger_with_rows(void)
{
	Oid			found = InvalidOid;
	entry_scan	scan;
	Oid			relid;

	if (!entries_begin(&scan, InvalidOid))
		return InvalidOid;
	while (!OidIsValid(found) && next_entry(&scan, &relid))
	{
		if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)) &&
			soc2_guard_has_rows(relid))
			found = relid;
	}
	entries_end(&scan);
	return found;
}

/* Refuse to drop the extension while a ledger has rows */
void
soc2_guard_check_ledgers(void)
{
	Oid			relid = soc2_guard_ledger_with_rows();

	if (OidIsValid(relid))
		refuse_drop(relid, "It has rows.");
}

/* is there a seal of the ledger? */
static bool
is_sealed(Datum ledger_id)
{
	Oid			seals = soc2_own_relid("ledger_seals");
	Oid			index = soc2_own_relid("soc2_ledger_seals_pkey");
	ScanKeyData key;
	SysScanDesc scan;
	Relation	rel;
	bool		sealed;

	if (!OidIsValid(seals))
		return false;
	rel = table_open(seals, AccessShareLock);
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_UUID_EQ, ledger_id);
	scan = systable_beginscan(rel, index, OidIsValid(index), SnapshotSelf, 1,
							  &key);
	sealed = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(rel, NoLock);
	return sealed;
}

/* remove the entry of a ledger, unless it was sealed */
static void
remove_entry(Oid relid)
{
	entry_scan	scan;
	HeapTuple	tuple;

	if (!entries_begin(&scan, relid))
		return;
	tuple = systable_getnext(scan.scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		id = soc2_own_column(scan.ledgers, tuple, SOC2_LEDGERS_ID,
										 &isnull);

		if (is_sealed(id))
			refuse_drop(relid,
						"It has no rows, but soc2.ledger_seals has seals of rows that it had.");
		/* past its guard, which stands in the way of statements */
		LockRelationOid(RelationGetRelid(scan.ledgers), RowExclusiveLock);
		simple_heap_delete(scan.ledgers, &tuple->t_self);
	}
	entries_end(&scan);
}

/* A guarded table is being dropped */
void
soc2_guard_drop_table(Oid relid)
{
	/* the extension goes: that takes all ledgers, whatever their order */
	if (relid == soc2_own_relid("ledgers"))
	{
		soc2_guard_check_ledgers();
		return;
	}
	if (soc2_guard_has_rows(relid))
		refuse_drop(relid, "It has rows.");
	remove_entry(relid);
}

/* Refuse to change the definition of a guarded table */
void
soc2_guard_refuse_change(Oid relid, const char *detail)
{
	if (soc2_guard_has_policy_table(relid))
		soc2_guard_refuse_member("table", soc2_relation_name_of(relid));
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_SCHEMA_CHANGE),
			 errmsg("definition of ledger \"%s\" cannot be changed",
					soc2_relation_name_of(relid)),
			 errdetail("%s", detail),
			 errhint("Columns that are nullable and have no default can be added; else begin another ledger.")));
}

/* does a column of a table hold values of a type? */
static bool
table_uses_type(Oid relid, Oid type)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	int			natts;

	if (!HeapTupleIsValid(tuple))
		return false;
	natts = ((Form_pg_class) GETSTRUCT(tuple))->relnatts;
	ReleaseSysCache(tuple);
	for (int i = 1; i <= natts; i++)
	{
		Oid			column = get_atttype(relid, (AttrNumber) i);

		if (OidIsValid(column) && soc2_ledger_type_contains(column, type))
			return true;
	}
	return false;
}

/* A ledger that has values of a type */
Oid
soc2_guard_type_user(Oid type)
{
	Oid			user = InvalidOid;
	entry_scan	scan;
	Oid			relid;

	if (!entries_begin(&scan, InvalidOid))
		return InvalidOid;
	while (!OidIsValid(user) && next_entry(&scan, &relid))
	{
		if (table_uses_type(relid, type))
			user = relid;
	}
	entries_end(&scan);
	return user;
}
