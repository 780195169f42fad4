/*-------------------------------------------------------------------------
 *
 * track_past.c
 *		A table as it was: its changes are undone, the last first.
 *
 * That tells for each key that was touched whether there was a row, and which
 * values it had that are others now.
 *
 * A transaction counts as done when its last change of the table was recorded:
 * one that was still changing rows at the time is undone as a whole.
 *
 * The changes of a statement are undone all at once: rows may swap their keys.
 *
 * IDENTIFICATION
 *	  src/track_past.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "track_past.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* columns of the query below */
enum
{
	UNDO_CHANGE_NO = 1,
	UNDO_REDACTED,
	UNDO_KEY,
	UNDO_KEY_AFTER,
	UNDO_WENT,
	UNDO_BEFORE,
	UNDO_COLUMN,
	UNDO_COLUMN_BEFORE
};

/* what happened in transactions that changed the table after the time */
static const char *const undo_query =
"WITH late AS MATERIALIZED ("
"  SELECT l.transaction_id, l.transaction_at FROM soc2.row_changes AS l"
"  WHERE l.track_id = $1 AND l.recorded_at > $2"
"  GROUP BY l.transaction_id, l.transaction_at)"
" SELECT r.change_no, r.changes IS NULL AND r.row_count > 0,"
"  c.value ->> 'k', c.value ->> 'to', c.value -> 'n' IS NULL,"
"  (c.value -> 'o')::jsonb,"
"  CASE WHEN r.action IN ('add_column', 'rename_column')"
"   THEN r.changes ->> 'column' END,"
"  CASE WHEN r.action = 'rename_column' THEN r.changes ->> 'from' END"
" FROM soc2.row_changes AS r"
" JOIN late USING (transaction_id, transaction_at)"
" LEFT JOIN LATERAL json_array_elements("
"  CASE WHEN r.bucket IS NOT NULL THEN r.changes END) AS c (value) ON true"
" WHERE r.track_id = $1"
"  AND r.recorded_at >= (SELECT min(l.transaction_at) FROM late AS l)"
"  AND c.value -> 'from' IS NULL"
" ORDER BY max(r.change_no) OVER (PARTITION BY r.transaction_id,"
"  r.transaction_at) DESC, r.step DESC, r.change_no DESC";

/* a row whose key a statement changed */
typedef struct moved_row
{
	char	   *key;			/* before */
	soc2_past_row *row;
} moved_row;

/* a row that is what the table has */
static soc2_past_row *
make_row(soc2_past *p)
{
	soc2_past_row *row = palloc0(sizeof(soc2_past_row));

	p->rows = lappend(p->rows, row);
	return row;
}

/* the row of a key, in the context of the past; its key is copied if it is new */
static soc2_keyed_row *
find_row(soc2_past *p, const char *key)
{
	soc2_keyed_row *then;
	bool		found;
	char	   *copy;
	soc2_keyed_row *now;

	then = hash_search(p->then, &key, HASH_FIND, NULL);
	if (then != NULL)
		return then;
	/* not undone yet: it is what the table has */
	copy = pstrdup(key);
	then = hash_search(p->then, &copy, HASH_ENTER, &found);
	then->row = make_row(p);
	now = hash_search(p->now, &copy, HASH_ENTER, &found);
	now->row = then->row;
	return then;
}

/* the values of a row are others than later */
static void
put_values(soc2_past_row *row, Datum values)
{
	if (row->has_values)
		row->values = DirectFunctionCall2(jsonb_concat, row->values, values);
	else
		row->values = PointerGetDatum(DatumGetJsonbPCopy(values));
	row->has_values = true;
}

/* An object with a column as it was before */
Datum
soc2_past_column_before(Datum object, const soc2_past_column *column)
{
	Datum		name = CStringGetTextDatum(column->name);
	Datum		value;
	Datum		before;

	if (!DatumGetBool(DirectFunctionCall2(jsonb_exists, object, name)))
		return object;
	value = DirectFunctionCall2(jsonb_object_field, object, name);
	object = DirectFunctionCall2(jsonb_delete, object, name);
	if (column->before == NULL)
		return object;
	before = CStringGetTextDatum(column->before);
	before = PointerGetDatum(construct_array(&before, 1, TEXTOID, -1, false,
											 TYPALIGN_INT));
	return DirectFunctionCall4(jsonb_set, object, before, value,
							   BoolGetDatum(true));
}

/* undo that a column was renamed or added */
static void
undo_column(soc2_past *p, const char *name, const char *before)
{
	soc2_past_column *column = palloc(sizeof(soc2_past_column));
	ListCell   *cell;

	column->name = pstrdup(name);
	column->before = before == NULL ? NULL : pstrdup(before);
	p->columns = lappend(p->columns, column);
	foreach(cell, p->rows)
	{
		soc2_past_row *row = lfirst(cell);

		if (row->has_values)
			row->values = soc2_past_column_before(row->values, column);
	}
}

/* undo that a row came */
static void
undo_insert(soc2_past *p, const char *key)
{
	soc2_past_row *row = find_row(p, key)->row;

	p->misfits += row->state == SOC2_PAST_ABSENT;
	row->state = SOC2_PAST_ABSENT;
	row->has_values = false;
}

/* undo that a row went */
static void
undo_delete(soc2_past *p, const char *key, Datum values)
{
	soc2_past_row *row = find_row(p, key)->row;

	if (row->state == SOC2_PAST_SAME)
	{
		p->misfits += row->has_values;
		row->gone = !row->has_values;
	}
	else
		p->misfits += row->state == SOC2_PAST_OTHER;
	row->state = SOC2_PAST_OTHER;
	row->has_values = false;
	put_values(row, values);
	if (!list_member_ptr(p->others, row))
		p->others = lappend(p->others, row);
}

/* undo that a row was changed; another key before waits for the whole statement */
static void
undo_update(soc2_past *p, const char *key, const char *key_after, Datum values)
{
	soc2_keyed_row *found = find_row(p, key_after != NULL ? key_after : key);
	soc2_past_row *row = found->row;
	moved_row  *moved;

	p->misfits += row->state == SOC2_PAST_ABSENT;
	if (row->state != SOC2_PAST_ABSENT)
		put_values(row, values);
	if (key_after == NULL)
		return;
	moved = palloc(sizeof(moved_row));
	moved->key = pstrdup(key);
	moved->row = row;
	p->moved = lappend(p->moved, moved);
	found->row = make_row(p);
	found->row->state = SOC2_PAST_ABSENT;
}

/* give rows the keys that they had before the statement that was undone */
static void
move_rows(soc2_past *p)
{
	ListCell   *cell;

	foreach(cell, p->moved)
	{
		const moved_row *moved = lfirst(cell);
		soc2_keyed_row *found = find_row(p, moved->key);

		/* its place was empty after the statement */
		if (found->row->state == SOC2_PAST_SAME)
		{
			found->row->state = SOC2_PAST_ABSENT;
			found->row->gone = true;
		}
		found->row = moved->row;
	}
	list_free_deep(p->moved);
	p->moved = NIL;
}

/* refuse to undo what was redacted */
static void
redacted_error(const soc2_past *p)
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
	soc2_past  *p = context;
	MemoryContext caller = MemoryContextSwitchTo(p->context);
	const char *key = SPI_getvalue(tuple, desc, UNDO_KEY);
	bool		isnull;
	int64		change_no = DatumGetInt64(SPI_getbinval(tuple, desc,
														UNDO_CHANGE_NO, &isnull));
	bool		went = DatumGetBool(SPI_getbinval(tuple, desc, UNDO_WENT,
												  &isnull));
	const char *column = SPI_getvalue(tuple, desc, UNDO_COLUMN);
	Datum		before;

	if (DatumGetBool(SPI_getbinval(tuple, desc, UNDO_REDACTED, &isnull)))
		redacted_error(p);
	if (change_no != p->change_no)
		move_rows(p);
	p->change_no = change_no;
	before = SPI_getbinval(tuple, desc, UNDO_BEFORE, &isnull);
	if (column != NULL)
		undo_column(p, column, SPI_getvalue(tuple, desc, UNDO_COLUMN_BEFORE));
	else if (key == NULL)
		;						/* about the table as such */
	else if (isnull)
		undo_insert(p, key);
	else if (went)
		undo_delete(p, key, before);
	else
		undo_update(p, key, SPI_getvalue(tuple, desc, UNDO_KEY_AFTER), before);
	MemoryContextSwitchTo(caller);
}

/* Undo what transactions did to a table after a time */
void
soc2_past_undo(soc2_past *past, Relation rel, const pg_uuid_t *id,
			   TimestampTz at)
{
	soc2_statement query;

	memset(past, 0, sizeof(*past));
	past->context = CurrentMemoryContext;
	past->rel = rel;
	past->then = soc2_track_rows_create("soc2 rows then",
										sizeof(soc2_keyed_row));
	past->now = soc2_track_rows_create("soc2 rows now",
									   sizeof(soc2_keyed_row));
	soc2_statement_begin(&query, undo_query);
	soc2_statement_add(&query, UUIDOID,
					   UUIDPGetDatum(unconstify(pg_uuid_t *, id)));
	soc2_statement_add(&query, TIMESTAMPTZOID, TimestampTzGetDatum(at));
	soc2_track_query(&query, undo, past);
	move_rows(past);
}
