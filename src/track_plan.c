/*-------------------------------------------------------------------------
 *
 * track_plan.c
 *		What is recorded of a table, worked out once.
 *
 * As with ledgers, what is kept lives in a context of its own for each table,
 * and goes with the transaction once the table has changed.
 *
 * IDENTIFICATION
 *	  src/track_plan.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "soc2_errcodes.h"
#include "track.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* what the cache holds for a table or a partition */
typedef struct track_entry
{
	Oid			relid;			/* key */
	bool		valid;
	MemoryContext context;		/* NULL if it is not tracked */
	soc2_track *track;
} track_entry;

static MemoryContext tracks_context = NULL;
static HTAB *tracks = NULL;

/* changes of tables so far: one in the middle of making an entry spoils it */
static uint64 changes = 0;

/* A table changed: what is known of it, or of all, is stale */
static void
track_invalidate(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS scan;
	track_entry *entry;

	(void) arg;
	changes++;
	hash_seq_init(&scan, tracks);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		if (!OidIsValid(relid) || entry->relid == relid ||
			(entry->track != NULL && entry->track->root == relid))
			entry->valid = false;
	}
}

/* make the cache */
static void
tracks_init(void)
{
	HASHCTL		control = {0};

	tracks_context = AllocSetContextCreate(CacheMemoryContext, "soc2 tracks",
										   ALLOCSET_SMALL_SIZES);
	control.keysize = sizeof(Oid);
	control.entrysize = sizeof(track_entry);
	control.hcxt = tracks_context;
	tracks = hash_create("soc2 tracks", 16, &control,
						 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterRelcacheCallback(track_invalidate, (Datum) 0);
}

/* Forget what is recorded of tables */
void
soc2_track_forget(void)
{
	if (tracks != NULL)
		track_invalidate((Datum) 0, InvalidOid);
}

/* names in a text[], as strings */
static List *
name_list(Datum array)
{
	List	   *names = NIL;
	Datum	   *items;
	bool	   *nulls;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false,
					  TYPALIGN_INT, &items, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (!nulls[i])
			names = lappend(names, TextDatumGetCString(items[i]));
	}
	return names;
}

/* take an entry of soc2.tracked_tables */
static void
take_entry(Relation tracked, HeapTuple tuple, soc2_track_entry *entry)
{
	bool		isnull;
	Datum		columns;

	entry->id = *DatumGetUUIDP(soc2_own_column(tracked, tuple,
											   SOC2_TRACKED_ID, &isnull));
	columns = soc2_own_column(tracked, tuple, SOC2_TRACKED_COLUMNS, &isnull);
	entry->columns = isnull ? NIL : name_list(columns);
	entry->key = name_list(soc2_own_column(tracked, tuple, SOC2_TRACKED_KEY,
										   &isnull));
	entry->apart = DatumGetBool(soc2_own_column(tracked, tuple,
												SOC2_TRACKED_APART, &isnull));
	entry->since = DatumGetTimestampTz(soc2_own_column(tracked, tuple,
													   SOC2_TRACKED_AT, &isnull));
	(void) soc2_own_column(tracked, tuple, SOC2_TRACKED_UNTIL, &isnull);
	entry->active = isnull;
}

/* The entry of a table; what is committed, or of this transaction, counts */
bool
soc2_track_find_entry(Oid relid, soc2_track_entry *entry)
{
	Relation	tracked = table_open(soc2_table_oid(SOC2_TRACKED_TABLES),
									 AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			index;

	ScanKeyInit(&key, SOC2_TRACKED_RELATION, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	index = soc2_own_relid("soc2_tracked_tables_pkey");
	scan = systable_beginscan(tracked, index, OidIsValid(index), SnapshotSelf,
							  1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		take_entry(tracked, tuple, entry);
	systable_endscan(scan);
	table_close(tracked, AccessShareLock);
	return HeapTupleIsValid(tuple);
}

/* The entry of a table or the nearest one above it */
bool
soc2_track_find_root(Oid relid, Oid *root, soc2_track_entry *entry)
{
	ListCell   *cell;

	foreach(cell, soc2_relation_with_ancestors(relid))
	{
		*root = lfirst_oid(cell);
		if (soc2_track_find_entry(*root, entry) && entry->active)
			return true;
	}
	return false;
}

/* how values of a type are written */
static soc2_track_form
form_of(Oid type)
{
	switch (getBaseType(type))
	{
		case BOOLOID:
			return SOC2_TRACK_BOOLEAN;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return SOC2_TRACK_NUMBER;
		case JSONOID:
			return SOC2_TRACK_JSON;
		case JSONBOID:
			return SOC2_TRACK_JSONB;
		default:
			return SOC2_TRACK_STRING;
	}
}

/* is a string in a list? */
static bool
has_name(List *names, const char *name)
{
	ListCell   *cell;

	foreach(cell, names)
	{
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	}
	return false;
}

/* add a column to those that are recorded */
static void
add_column(soc2_track *track, Form_pg_attribute att, bool is_key)
{
	soc2_track_column *column = &track->columns[track->ncolumns++];
	StringInfoData label;

	column->name = pstrdup(NameStr(att->attname));
	initStringInfo(&label);
	soc2_track_put_string(&label, column->name, strlen(column->name));
	appendStringInfoChar(&label, ':');
	column->label = label.data;
	column->label_len = label.len;
	column->form = form_of(att->atttypid);
	column->is_key = is_key;
	column->text.attnum = att->attnum;
	soc2_ledger_codec_find(&column->text, att->atttypid);
	/* as they are read through, and not hashed, all but these take settings */
	track->pinned |= column->text.pinned;
}

/* find the columns of the key among those that are recorded */
static void
find_keys(soc2_track *track, Relation rel, List *names)
{
	track->keys = palloc(sizeof(int) * (list_length(names) + 1));
	for (int i = 0; i < list_length(names); i++)
	{
		const char *name = list_nth(names, i);
		int			found = 0;

		while (found < track->ncolumns &&
			   strcmp(track->columns[found].name, name) != 0)
			found++;
		if (found == track->ncolumns)
			ereport(ERROR,
					(errcode(ERRCODE_SOC2_GUARDED),
					 errmsg("changes of table \"%s\" cannot be recorded",
							RelationGetRelationName(rel)),
					 errdetail("Column \"%s\", by which its rows are told apart, is gone.",
							   name),
					 errhint("Use soc2.untrack_changes() and soc2.track_changes() with another key."),
					 errtable(rel)));
		track->keys[track->nkeys++] = found;
	}
}

/* work out what is recorded of a table, in the current context */
static soc2_track *
make_track(Relation rel, Oid root, const soc2_track_entry *entry)
{
	TupleDesc	desc = RelationGetDescr(rel);
	soc2_track *track = palloc0(sizeof(soc2_track));

	track->root = root;
	track->name = soc2_relation_name_of(root);
	track->id = entry->id;
	track->apart = entry->apart;
	track->columns = palloc0(sizeof(soc2_track_column) * (desc->natts + 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		bool		is_key = has_name(entry->key, NameStr(att->attname));

		/* virtual columns are not in the rows that triggers see */
		if (!att->attisdropped &&
			(att->attgenerated == '\0' ||
			 att->attgenerated == ATTRIBUTE_GENERATED_STORED) &&
			(is_key || entry->columns == NIL ||
			 has_name(entry->columns, NameStr(att->attname))))
			add_column(track, att, is_key);
	}
	find_keys(track, rel, entry->key);
	return track;
}

/* What is recorded of a table that belongs to a tracked one */
soc2_track *
soc2_track_make(Relation rel, Oid root)
{
	soc2_track_entry entry;

	if (!soc2_track_find_entry(root, &entry))
		elog(ERROR, "could not find the entry of a tracked table");
	return make_track(rel, root, &entry);
}

/* fill an entry of the cache */
static void
fill(track_entry *cached, Relation rel)
{
	uint64		before = changes;
	soc2_track_entry entry;
	MemoryContext context;
	MemoryContext caller;
	Oid			root;

	/* transient until complete, so that an error leaves nothing behind */
	context = AllocSetContextCreate(CurrentMemoryContext, "soc2 track",
									ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	if (soc2_track_find_root(RelationGetRelid(rel), &root, &entry))
		cached->track = make_track(rel, root, &entry);
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, tracks_context);
	cached->context = context;
	cached->valid = before == changes;
}

/* What is recorded of a table */
const soc2_track *
soc2_track_get(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);
	track_entry *cached;
	bool		found;

	if (tracks == NULL)
		tracks_init();
	cached = hash_search(tracks, &relid, HASH_ENTER, &found);
	if (found && cached->valid)
		return cached->track;
	if (found && cached->context != NULL)
		MemoryContextSetParent(cached->context, TopTransactionContext);
	cached->valid = false;
	cached->context = NULL;
	cached->track = NULL;
	fill(cached, rel);
	return cached->track;
}
