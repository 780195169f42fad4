/*-------------------------------------------------------------------------
 *
 * ledger_sort.c
 *		Sorting things of one size by a number, such as lane and position.
 *
 * Lane and position go into one number, as sorting by one is much faster than
 * by two.  A second number is looked at only where the first is the same: what
 * comes out must not depend on how many processes sorted.
 *
 * IDENTIFICATION
 *	  src/ledger_sort.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "ledger_verify.h"
#include "miscadmin.h"

/* columns of what is sorted, and by how many of them it is */
enum
{
	SORT_KEY = 1,
	SORT_TIE,
	SORT_THING,
	SORT_COLUMNS = SORT_THING
};

#define SORT_KEYS	2

/* Begin a sort */
void
soc2_sort_begin(soc2_position_sort *sort, Size size, int kilobytes,
				SortCoordinate coordinate)
{
	TupleDesc	desc = CreateTemplateTupleDesc(SORT_COLUMNS);
	AttrNumber	keys[SORT_KEYS] = {SORT_KEY, SORT_TIE};
	Oid			operators[SORT_KEYS] = {Int8LessOperator, Int8LessOperator};
	Oid			collations[SORT_KEYS] = {InvalidOid, InvalidOid};
	bool		nulls_first[SORT_KEYS] = {false, false};

	TupleDescInitEntry(desc, SORT_KEY, "key", INT8OID, -1, 0);
	TupleDescInitEntry(desc, SORT_TIE, "tie", INT8OID, -1, 0);
	TupleDescInitEntry(desc, SORT_THING, "thing", BYTEAOID, -1, 0);
	sort->in = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	sort->out = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	sort->size = size;
	sort->buffer = palloc(VARHDRSZ + size);
	SET_VARSIZE(sort->buffer, VARHDRSZ + size);
	sort->state = tuplesort_begin_heap(desc, SORT_KEYS, keys, operators,
									   collations, nulls_first,
									   Max(kilobytes, 64), coordinate,
									   TUPLESORT_NONE);
}

/* Put a thing into a sort */
void
soc2_sort_put(soc2_position_sort *sort, int64 key, int64 tie,
			  const void *thing)
{
	TupleTableSlot *slot = sort->in;

	memcpy(VARDATA(sort->buffer), thing, sort->size);
	ExecClearTuple(slot);
	memset(slot->tts_isnull, false, SORT_COLUMNS);
	slot->tts_values[SORT_KEY - 1] = Int64GetDatum(key);
	slot->tts_values[SORT_TIE - 1] = Int64GetDatum(tie);
	slot->tts_values[SORT_THING - 1] = PointerGetDatum(sort->buffer);
	ExecStoreVirtualTuple(slot);
	tuplesort_puttupleslot(sort->state, slot);
	ExecClearTuple(slot);
}

/* Sort */
void
soc2_sort_perform(soc2_position_sort *sort)
{
	tuplesort_performsort(sort->state);
}

/* Take the next thing in order */
bool
soc2_sort_next(soc2_position_sort *sort, int64 *key, void *thing)
{
	bool		isnull;
	Datum		bytes;

	if (!tuplesort_gettupleslot(sort->state, true, false, sort->out, NULL))
		return false;
	*key = DatumGetInt64(slot_getattr(sort->out, SORT_KEY, &isnull));
	bytes = slot_getattr(sort->out, SORT_THING, &isnull);
	memcpy(thing, VARDATA_ANY(DatumGetPointer(bytes)), sort->size);
	return true;
}

/* End a sort */
void
soc2_sort_end(soc2_position_sort *sort)
{
	ExecDropSingleTupleTableSlot(sort->in);
	ExecDropSingleTupleTableSlot(sort->out);
	tuplesort_end(sort->state);
	pfree(sort->buffer);
}
