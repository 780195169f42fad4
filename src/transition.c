/*-------------------------------------------------------------------------
 *
 * transition.c
 *		Reading the transition tables of a statement.
 *
 * IDENTIFICATION
 *	  src/transition.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "transition.h"

/* Begin to read a transition table */
soc2_transition
soc2_transition_begin(Tuplestorestate *store, TupleDesc desc)
{
	soc2_transition table;

	table.store = store;
	/* others read it too, each from a place of his own */
	table.pointer = tuplestore_alloc_read_pointer(store, EXEC_FLAG_REWIND);
	table.slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	tuplestore_select_read_pointer(store, table.pointer);
	tuplestore_rescan(store);
	return table;
}

/* The next row */
bool
soc2_transition_next(soc2_transition *table)
{
	tuplestore_select_read_pointer(table->store, table->pointer);
	return tuplestore_gettupleslot(table->store, true, false, table->slot);
}

/* End reading it */
void
soc2_transition_end(soc2_transition *table)
{
	ExecDropSingleTupleTableSlot(table->slot);
}
