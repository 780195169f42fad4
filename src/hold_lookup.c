/*-------------------------------------------------------------------------
 *
 * hold_lookup.c
 *		The holds of a table: finding them and keeping them at hand.
 *
 * Holds are cached for the life of the backend, by table.  All of them are read
 * again after a change of soc2.holds and the tables that go with it, and those
 * of one table when its definition changes.
 *
 * IDENTIFICATION
 *	  src/hold_lookup.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "executor/executor.h"
#include "hold.h"
#include "ledger_custody.h"
#include "miscadmin.h"
#include "predicate.h"
#include "soc2_errcodes.h"
#include "subject.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* the holds of one table */
typedef struct hold_set
{
	Oid			relid;
	bool		loaded;			/* all below is set */
	bool		stale;			/* something changed since loading began */
	MemoryContext context;		/* of what follows */
	ExprContext *evaluation;
	List	   *holds;			/* of soc2_hold */
	List	   *edges;			/* to subjects, if any is held */
} hold_set;

/* tables whose rows say what is held */
static const char *const sources[] = {
	"holds", "hold_releases", "hold_detachments", SOC2_SUBJECT_EDGES
};

/* what is known of them, by table; NULL before the first lookup */
static HTAB *sets = NULL;
static Oid	source_oids[lengthof(sources)];

/* the set that is being loaded */
typedef struct hold_loader
{
	hold_set   *set;
	Relation	rel;			/* the user's table */
	Relation	holds;
	Relation	releases;
	Relation	detachments;
} hold_loader;

/* is it a table whose rows say what is held? */
static bool
is_source(Oid relid)
{
	for (size_t i = 0; i < lengthof(sources); i++)
	{
		if (source_oids[i] == relid)
			return true;
	}
	return false;
}

/* a relation has changed: forget what may depend on it */
static void
forget_holds(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS status;
	hold_set   *set;

	(void) arg;
	if (OidIsValid(relid) && !is_source(relid))
	{
		set = hash_search(sets, &relid, HASH_FIND, NULL);
		if (set)
			set->stale = true;
		return;
	}
	hash_seq_init(&status, sets);
	while ((set = hash_seq_search(&status)) != NULL)
		set->stale = true;
}

/* set up the cache */
static void
create_cache(void)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(Oid);
	control.entrysize = sizeof(hold_set);
	control.hcxt = CacheMemoryContext;
	sets = hash_create("soc2 holds", 16, &control,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterRelcacheCallback(forget_holds, (Datum) 0);
}

/*
 * Begin to scan a table of ours by the first column of an index of it, in a
 * snapshot of the moment.
 */
static SysScanDesc
begin_scan(Relation table, const char *index, AttrNumber column,
		   RegProcedure equal, Datum key)
{
	ScanKeyData scankey;

	ScanKeyInit(&scankey, column, BTEqualStrategyNumber, equal, key);
	return systable_beginscan(table,
							  get_relname_relid(index,
												RelationGetNamespace(table)),
							  true, NULL, 1, &scankey);
}

/* When a hold ends */
TimestampTz
soc2_hold_end(Relation releases, int64 id)
{
	SysScanDesc scan = begin_scan(releases, "soc2_hold_releases_pkey",
								  SOC2_RELEASE_HOLD, F_INT8EQ,
								  Int64GetDatum(id));
	HeapTuple	tuple = systable_getnext(scan);
	TimestampTz end = DT_NOEND;
	bool		isnull;

	if (HeapTupleIsValid(tuple))
		end = DatumGetTimestampTz(soc2_own_column(releases, tuple, SOC2_RELEASE_ENDS_AT, &isnull));
	systable_endscan(scan);
	return end;
}

/*
 * The error that is being handled, cleared; a new one is raised instead.  A
 * request to cancel goes on as it is.
 */
static ErrorData *
take_error(MemoryContext caller)
{
	ErrorData  *error;

	MemoryContextSwitchTo(caller);
	error = CopyErrorData();
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		PG_RE_THROW();
	FlushErrorState();
	return error;
}

/* make a predicate ready; it was checked, but the table may have changed */
static ExprState *
compile_predicate(const soc2_hold *hold, Relation rel, const char *predicate)
{
	MemoryContext caller = CurrentMemoryContext;
	ExprState  *volatile compiled = NULL;

	PG_TRY();
	{
		compiled = soc2_predicate_compile(rel, predicate);
	}
	PG_CATCH();
	{
		ErrorData  *error = take_error(caller);

		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("hold " INT64_FORMAT " of matter \"%s\" cannot be applied to table \"%s\"",
						hold->id, hold->matter, RelationGetRelationName(rel)),
				 errdetail("Its predicate fails: %s.", error->message),
				 errhint("The columns that the predicate names must be there, under their names and with their types."),
				 errtable(rel)));
	}
	PG_END_TRY();
	return compiled;
}

/* add a hold, given by its row, unless it is over */
static void
add_hold(hold_loader *loader, HeapTuple tuple)
{
	soc2_hold  *hold;
	Datum		value;
	bool		isnull;
	int64		id = DatumGetInt64(soc2_own_column(loader->holds, tuple, SOC2_HOLD_ID, &isnull));
	TimestampTz end = soc2_hold_end(loader->releases, id);

	if (end <= GetCurrentTransactionStartTimestamp())
		return;
	hold = palloc0(sizeof(soc2_hold));
	hold->id = id;
	hold->ends_at = end;
	value = soc2_own_column(loader->holds, tuple, SOC2_HOLD_MATTER, &isnull);
	hold->matter = TextDatumGetCString(value);
	value = soc2_own_column(loader->holds, tuple, SOC2_HOLD_PREDICATE, &isnull);
	if (!isnull)
		hold->predicate = compile_predicate(hold, loader->rel,
											TextDatumGetCString(value));
	loader->set->holds = lappend(loader->set->holds, hold);
}

/* add the holds that were placed on a table: the set's own, or one above it */
static void
add_placed(hold_loader *loader, Oid relid)
{
	SysScanDesc scan = begin_scan(loader->holds, "soc2_holds_relation_idx",
								  SOC2_HOLD_RELATION, F_OIDEQ,
								  ObjectIdGetDatum(relid));
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		add_hold(loader, tuple);
	systable_endscan(scan);
}

/* add the holds that a table had when it was detached from a table above it */
static void
add_detached(hold_loader *loader, Oid relid)
{
	SysScanDesc scan = begin_scan(loader->detachments,
								  "soc2_hold_detachments_pkey",
								  SOC2_DETACHMENT_RELATION, F_OIDEQ,
								  ObjectIdGetDatum(relid));
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		Datum		id = soc2_own_column(loader->detachments, tuple, SOC2_DETACHMENT_HOLD, &isnull);
		SysScanDesc hold = begin_scan(loader->holds, "soc2_holds_pkey",
									  SOC2_HOLD_ID, F_INT8EQ, id);
		HeapTuple	found = systable_getnext(hold);

		if (HeapTupleIsValid(found))
			add_hold(loader, found);
		systable_endscan(hold);
	}
	systable_endscan(scan);
}

/* read all holds of a table, in the current context */
static void
load(hold_set *set, Relation rel)
{
	hold_loader loader = {set, rel};
	List	   *tables = soc2_relation_with_ancestors(RelationGetRelid(rel));
	ListCell   *cell;

	loader.holds = table_open(soc2_table_oid("holds"), AccessShareLock);
	loader.releases = table_open(soc2_table_oid("hold_releases"),
								 AccessShareLock);
	loader.detachments = table_open(soc2_table_oid("hold_detachments"),
									AccessShareLock);
	foreach(cell, tables)
	{
		add_placed(&loader, lfirst_oid(cell));
		add_detached(&loader, lfirst_oid(cell));
	}
	/* to know whether any subject is held can take a second, once a session */
	set->edges = soc2_subject_edges(rel);
	if (set->edges != NIL && !soc2_subject_any_held())
		set->edges = NIL;
	table_close(loader.detachments, AccessShareLock);
	table_close(loader.releases, AccessShareLock);
	table_close(loader.holds, AccessShareLock);
}

/* read all holds of a table into its set */
static void
reload(hold_set *set, Relation rel)
{
	MemoryContext caller;

	/*
	 * What changes while it is being loaded makes it stale again, so the flag
	 * is cleared first.
	 */
	set->loaded = false;
	set->stale = false;
	for (size_t i = 0; i < lengthof(sources); i++)
		source_oids[i] = soc2_table_oid(sources[i]);
	if (set->context)
		MemoryContextReset(set->context);
	else
		set->context = AllocSetContextCreate(CacheMemoryContext, "soc2 holds",
											 ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(set->context);
	set->holds = set->edges = NIL;
	set->evaluation = CreateStandaloneExprContext();
	load(set, rel);
	MemoryContextSwitchTo(caller);
	set->loaded = true;
}

/* the holds of an open table */
static const hold_set *
get_set(Relation rel)
{
	/* rows come one after the other from the same table; entries stay */
	static hold_set *last = NULL;
	Oid			relid = RelationGetRelid(rel);
	hold_set   *set;
	bool		found;

	if (last != NULL && last->relid == relid && last->loaded && !last->stale)
		return last;
	if (sets == NULL)
		create_cache();
	set = hash_search(sets, &relid, HASH_ENTER, &found);
	if (!found)
	{
		memset(set, 0, sizeof(*set));
		set->relid = relid;
	}
	last = set;
	if (!set->loaded || set->stale)
		reload(set, rel);
	return set;
}

/* is nothing in the table held? */
static bool
is_free(const hold_set *set)
{
	return set->holds == NIL && set->edges == NIL;
}

/* is a hold in force? */
static bool
is_in_force(const soc2_hold *hold)
{
	return hold->ends_at > GetCurrentTransactionStartTimestamp();
}

/*
 * does the predicate of a hold cover the row in a slot?  If it fails, none of
 * the row's values is shown.
 */
static bool
is_covered(const hold_set *set, Relation rel, const soc2_hold *hold,
		   TupleTableSlot *slot)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool covered = false;

	PG_TRY();
	{
		covered = soc2_predicate_holds(hold->predicate, set->evaluation, slot);
	}
	PG_CATCH();
	{
		ErrorData  *error = take_error(caller);

		ereport(ERROR,
				(errcode(ERRCODE_SOC2_HOLD),
				 errmsg("predicate of hold " INT64_FORMAT " fails for a row of table \"%s\"",
						hold->id, RelationGetRelationName(rel)),
				 errdetail("SQLSTATE %s. What cannot be judged is held.",
						   unpack_sql_state(error->sqlerrcode)),
				 errhint("Place another hold of matter \"%s\" with a predicate that never fails, and release this one.",
						 hold->matter),
				 errtable(rel)));
	}
	PG_END_TRY();
	return covered;
}

/* a hold of a set that is in force and covers a row */
static const soc2_hold *
find_hold(const hold_set *set, Relation rel, TupleTableSlot *slot)
{
	ListCell   *cell;

	foreach(cell, set->holds)
	{
		const soc2_hold *hold = lfirst(cell);

		if (is_in_force(hold) &&
			(hold->predicate == NULL || is_covered(set, rel, hold, slot)))
			return hold;
	}
	return set->edges == NIL ? NULL : soc2_subject_hold(set->edges, slot);
}

/* The holds on a table */
List *
soc2_hold_list(Relation rel)
{
	return get_set(rel)->holds;
}

/* Can a row of a table be held? */
bool
soc2_hold_is_on(Relation rel)
{
	return !is_free(get_set(rel));
}

/* A hold that covers a row */
const soc2_hold *
soc2_hold_on_row(Relation rel, TupleTableSlot *slot)
{
	const hold_set *set = get_set(rel);

	return is_free(set) ? NULL : find_hold(set, rel, slot);
}

/* A hold that covers any row of a table */
const soc2_hold *
soc2_hold_on_any_row(Relation rel)
{
	const hold_set *set = get_set(rel);
	const soc2_hold *held = NULL;
	TupleTableSlot *slot;
	Snapshot	snapshot;
	TableScanDesc scan;

	if (is_free(set) || !RELKIND_HAS_STORAGE(rel->rd_rel->relkind))
		return NULL;
	slot = table_slot_create(rel, NULL);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	scan = table_beginscan(rel, snapshot, 0, NULL);
	while (held == NULL &&
		   table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		held = find_hold(set, rel, slot);
	}
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	return held;
}

/* add the tables that a table of ours names in a column, those that are there */
static List *
add_tables(List *tables, const char *source, AttrNumber column)
{
	Oid			relid = soc2_own_relid(source);
	Relation	table;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (!OidIsValid(relid))
		return tables;
	table = table_open(relid, AccessShareLock);
	scan = systable_beginscan(table, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		Oid			held = DatumGetObjectId(soc2_own_column(table, tuple, column, &isnull));

		if (get_rel_name(held) != NULL)
			tables = list_append_unique_oid(tables, held);
	}
	systable_endscan(scan);
	table_close(table, AccessShareLock);
	return tables;
}

/* OIDs of the tables that are there and have a hold, or lead to a subject */
List *
soc2_hold_tables(void)
{
	List	   *tables = add_tables(NIL, "holds", SOC2_HOLD_RELATION);

	tables = add_tables(tables, "hold_detachments", SOC2_DETACHMENT_RELATION);
	if (OidIsValid(soc2_own_relid("holds")) &&
		soc2_subject_any_held())
		tables = add_tables(tables, SOC2_SUBJECT_EDGES, SOC2_EDGE_RELATION);
	return tables;
}
