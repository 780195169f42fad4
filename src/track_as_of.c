/*-------------------------------------------------------------------------
 *
 * track_as_of.c
 *		soc2.as_of: the rows that a table had at a time.
 *
 * What happened since is undone, the last first: that tells for each key that
 * was touched whether there was a row, and which values it had that are others
 * now.  Then the table is read, and rows that were not touched pass as they are.
 * Memory is taken for keys that were touched, not for rows of the table.
 *
 * A transaction counts as done when its last change of the table was recorded:
 * one that was still changing rows at the time is undone as a whole.
 *
 * The changes of a statement are undone all at once: rows may swap their keys.
 *
 * IDENTIFICATION
 *	  src/track_as_of.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "track_read.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(soc2_as_of);

/* columns of the query below */
enum
{
	UNDO_CHANGE_NO = 1,
	UNDO_REDACTED,
	UNDO_KEY,
	UNDO_KEY_AFTER,
	UNDO_WENT,
	UNDO_BEFORE
};

/* what happened in transactions that changed the table after the time */
static const char *const undo_query =
"WITH late AS MATERIALIZED ("
"  SELECT l.transaction_id, l.transaction_at FROM soc2.row_changes AS l"
"  WHERE l.track_id = $1 AND l.recorded_at > $2"
"  GROUP BY l.transaction_id, l.transaction_at)"
" SELECT r.change_no, r.changes IS NULL AND r.row_count > 0,"
"  c.value ->> 'k', c.value ->> 'to', c.value -> 'n' IS NULL,"
"  (c.value -> 'o')::jsonb"
" FROM soc2.row_changes AS r"
" JOIN late USING (transaction_id, transaction_at)"
" LEFT JOIN LATERAL json_array_elements("
"  CASE WHEN r.bucket IS NOT NULL THEN r.changes END) AS c (value) ON true"
" WHERE r.track_id = $1"
"  AND r.recorded_at >= (SELECT min(l.transaction_at) FROM late AS l)"
"  AND c.value -> 'from' IS NULL"
" ORDER BY max(r.change_no) OVER (PARTITION BY r.transaction_id,"
"  r.transaction_at) DESC, r.step DESC, r.change_no DESC";

/* what is known of a row at the time that was reached by undoing */
typedef enum past_state
{
	STATE_SAME,					/* the row of the table, with values as then */
	STATE_ABSENT,
	STATE_OTHER					/* a row that is no more, with all values */
} past_state;

typedef struct past_row
{
	past_state	state;
	bool		has_values;
	Datum		values;			/* jsonb; those that differ, or all */
	bool		gone;			/* its last change took it away */
	bool		seen;			/* the table has it */
} past_row;

/* a row by its key, then or now */
typedef struct keyed_row
{
	char	   *key;			/* key of the hash table */
	past_row   *row;
} keyed_row;

/* a row whose key a statement changed */
typedef struct moved_row
{
	char	   *key;			/* before */
	past_row   *row;
} moved_row;

typedef struct past_table
{
	MemoryContext context;
	Relation	rel;
	const soc2_track *track;
	HTAB	   *then;			/* by the keys that were reached */
	HTAB	   *now;			/* by the keys in the table */
	List	   *others;			/* past_row, those that are not in the table */
	List	   *moved;			/* moved_row, of the statement being undone */
	int64		change_no;		/* of that statement */
	uint64		misfits;		/* changes that do not fit the table */
	ReturnSetInfo *result;
} past_table;

/* hash of a key; fixed signature: HashValueFunc */
static uint32
key_hash(const void *key, Size size)
{
	const char *string = *(char *const *) key;

	(void) size;
	return string_hash(string, strlen(string) + 1);
}

/* do two keys differ? fixed signature: HashCompareFunc */
static int
key_differs(const void *a, const void *b, Size size)
{
	(void) size;
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* a hash table of rows by their keys */
static HTAB *
rows_create(const char *name)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(char *);
	control.entrysize = sizeof(keyed_row);
	control.hash = key_hash;
	control.match = key_differs;
	control.hcxt = CurrentMemoryContext;
	return hash_create(name, 256, &control,
					   HASH_ELEM | HASH_FUNCTION | HASH_COMPARE |
					   HASH_CONTEXT);
}

/* the row of a key, in the context of the past; its key is copied if it is new */
static keyed_row *
find_row(past_table *p, const char *key)
{
	keyed_row  *then;
	bool		found;
	char	   *copy;
	keyed_row  *now;

	then = hash_search(p->then, &key, HASH_FIND, NULL);
	if (then != NULL)
		return then;
	/* not undone yet: it is what the table has */
	copy = pstrdup(key);
	then = hash_search(p->then, &copy, HASH_ENTER, &found);
	then->row = palloc0(sizeof(past_row));
	now = hash_search(p->now, &copy, HASH_ENTER, &found);
	now->row = then->row;
	return then;
}

/* the values of a row are others than later */
static void
put_values(past_row *row, Datum values)
{
	if (row->has_values)
		row->values = DirectFunctionCall2(jsonb_concat, row->values, values);
	else
		row->values = PointerGetDatum(DatumGetJsonbPCopy(values));
	row->has_values = true;
}

/* undo that a row came */
static void
undo_insert(past_table *p, const char *key)
{
	past_row   *row = find_row(p, key)->row;

	p->misfits += row->state == STATE_ABSENT;
	row->state = STATE_ABSENT;
	row->has_values = false;
}

/* undo that a row went */
static void
undo_delete(past_table *p, const char *key, Datum values)
{
	past_row   *row = find_row(p, key)->row;

	if (row->state == STATE_SAME)
	{
		p->misfits += row->has_values;
		row->gone = !row->has_values;
	}
	else
		p->misfits += row->state == STATE_OTHER;
	row->state = STATE_OTHER;
	row->has_values = false;
	put_values(row, values);
	if (!list_member_ptr(p->others, row))
		p->others = lappend(p->others, row);
}

/* undo that a row was changed; another key before waits for the whole statement */
static void
undo_update(past_table *p, const char *key, const char *key_after, Datum values)
{
	keyed_row  *found = find_row(p, key_after != NULL ? key_after : key);
	past_row   *row = found->row;
	moved_row  *moved;

	p->misfits += row->state == STATE_ABSENT;
	if (row->state != STATE_ABSENT)
		put_values(row, values);
	if (key_after == NULL)
		return;
	moved = palloc(sizeof(moved_row));
	moved->key = pstrdup(key);
	moved->row = row;
	p->moved = lappend(p->moved, moved);
	found->row = palloc0(sizeof(past_row));
	found->row->state = STATE_ABSENT;
}

/* give rows the keys that they had before the statement that was undone */
static void
move_rows(past_table *p)
{
	ListCell   *cell;

	foreach(cell, p->moved)
	{
		const moved_row *moved = lfirst(cell);
		keyed_row  *found = find_row(p, moved->key);

		/* its place was empty after the statement */
		if (found->row->state == STATE_SAME)
		{
			found->row->state = STATE_ABSENT;
			found->row->gone = true;
		}
		found->row = moved->row;
	}
	list_free_deep(p->moved);
	p->moved = NIL;
}

/* refuse to undo what was redacted */
static void
redacted_error(const past_table *p)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("history of table \"%s\" was redacted since then",
					RelationGetRelationName(p->rel)),
			 errdetail("Values that its rows had at that time are not known any more."),
			 errtable(p->rel)));
}

/* undo one change; fixed signature: soc2_track_reader */
static void
undo(HeapTuple tuple, TupleDesc desc, void *context)
{
	past_table *p = context;
	MemoryContext caller = MemoryContextSwitchTo(p->context);
	const char *key = SPI_getvalue(tuple, desc, UNDO_KEY);
	bool		isnull;
	int64		change_no = DatumGetInt64(SPI_getbinval(tuple, desc,
														UNDO_CHANGE_NO, &isnull));
	bool		went = DatumGetBool(SPI_getbinval(tuple, desc, UNDO_WENT,
												  &isnull));
	Datum		before;

	if (DatumGetBool(SPI_getbinval(tuple, desc, UNDO_REDACTED, &isnull)))
		redacted_error(p);
	if (change_no != p->change_no)
		move_rows(p);
	p->change_no = change_no;
	before = SPI_getbinval(tuple, desc, UNDO_BEFORE, &isnull);
	if (key == NULL)
		;						/* about the table as such */
	else if (isnull)
		undo_insert(p, key);
	else if (went)
		undo_delete(p, key, before);
	else
		undo_update(p, key, SPI_getvalue(tuple, desc, UNDO_KEY_AFTER), before);
	MemoryContextSwitchTo(caller);
}

/* put an object into the result */
static void
emit(const past_table *p, Datum values)
{
	bool		isnull = false;

	tuplestore_putvalues(p->result->setResult, p->result->setDesc, &values,
						 &isnull);
}

/* put a row of the table into the result, as it was then */
static void
emit_current(past_table *p, TupleTableSlot *slot)
{
	StringInfoData key;
	StringInfoData object;
	char	   *name;
	keyed_row  *found;
	Datum		values;

	initStringInfo(&key);
	soc2_track_put_key(&key, p->track, slot);
	name = key.data;
	found = hash_search(p->now, &name, HASH_FIND, NULL);
	if (found != NULL)
	{
		found->row->seen = true;
		if (found->row->state != STATE_SAME)
			return;
	}
	initStringInfo(&object);
	soc2_track_put_row(&object, p->track, slot);
	values = DirectFunctionCall1(jsonb_in, CStringGetDatum(object.data));
	if (found != NULL && found->row->has_values)
		values = DirectFunctionCall2(jsonb_concat, values, found->row->values);
	emit(p, values);
}

/* read one table, in the snapshot of the statement */
static void
emit_table(past_table *p, Relation rel)
{
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext,
											  "soc2 row as of",
											  ALLOCSET_DEFAULT_SIZES);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, GetActiveSnapshot(), 0, NULL);

	p->track = soc2_track_get(rel);
	if (p->track == NULL)
		elog(ERROR, "could not find the entry of a tracked table");
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		MemoryContext caller = MemoryContextSwitchTo(row);

		CHECK_FOR_INTERRUPTS();
		emit_current(p, slot);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(row);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	MemoryContextDelete(row);
}

/* read a table and its partitions */
static void
emit_tables(past_table *p)
{
	List	   *tables = find_all_inheritors(RelationGetRelid(p->rel),
											 AccessShareLock, NULL);
	ListCell   *cell;

	foreach(cell, tables)
	{
		Relation	rel = table_open(lfirst_oid(cell), NoLock);

		if (rel->rd_rel->relkind == RELKIND_RELATION)
			emit_table(p, rel);
		table_close(rel, NoLock);
	}
}

/* put the rows into the result that are no more */
static void
emit_others(past_table *p)
{
	ListCell   *cell;

	foreach(cell, p->others)
	{
		const past_row *row = lfirst(cell);

		if (row->state == STATE_OTHER)
			emit(p, row->values);
	}
}

/* warn of changes that do not fit the table: others were not recorded */
static void
check_fit(past_table *p)
{
	HASH_SEQ_STATUS scan;
	keyed_row  *now;

	hash_seq_init(&scan, p->now);
	while ((now = hash_seq_search(&scan)) != NULL)
	{
		const past_row *row = now->row;

		/* there though it went, or not there though it came or changed */
		p->misfits += row->gone == row->seen;
	}
	if (p->misfits > 0)
		ereport(WARNING,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("history of table \"%s\" does not fit its rows",
						RelationGetRelationName(p->rel)),
				 errdetail_plural("There is " UINT64_FORMAT " change that fits no row. Rows were changed while nothing was recorded, and what is shown may be wrong.",
								  "There are " UINT64_FORMAT " changes that fit no row. Rows were changed while nothing was recorded, and what is shown may be wrong.",
								  (unsigned long) p->misfits, p->misfits)));
}

/* refuse a time about which nothing is known */
static void
check_time(Relation rel, const soc2_track_entry *entry, TimestampTz at)
{
	if (!entry->active)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("changes of table \"%s\" are not tracked any more",
						RelationGetRelationName(rel)),
				 errhint("See what was recorded: soc2.history()."),
				 errtable(rel)));
	if (at < entry->since)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("table \"%s\" was not tracked at that time",
						RelationGetRelationName(rel)),
				 errdetail("It is tracked since %s.",
						   timestamptz_to_str(entry->since)),
				 errtable(rel)));
	if (at > GetCurrentTimestamp())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time is in the future")));
}

/* soc2.as_of("table", at) */
Datum
soc2_as_of(PG_FUNCTION_ARGS)
{
	Relation	rel = relation_open(PG_GETARG_OID(0), AccessShareLock);
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(1);
	soc2_statement query;
	soc2_track_entry entry;
	past_table	p = {CurrentMemoryContext, rel};
	int			level;

	soc2_track_require(rel, &entry);
	soc2_track_require_reader(rel);
	check_time(rel, &entry, at);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	p.result = (ReturnSetInfo *) fcinfo->resultinfo;
	p.then = rows_create("soc2 rows then");
	p.now = rows_create("soc2 rows now");
	soc2_statement_begin(&query, undo_query);
	soc2_statement_add(&query, UUIDOID, UUIDPGetDatum(&entry.id));
	soc2_statement_add(&query, TIMESTAMPTZOID, TimestampTzGetDatum(at));
	soc2_track_query(&query, undo, &p);
	move_rows(&p);
	level = soc2_ledger_pin();
	emit_tables(&p);
	soc2_ledger_unpin(level);
	emit_others(&p);
	check_fit(&p);
	relation_close(rel, AccessShareLock);
	PG_RETURN_NULL();
}
