/*-------------------------------------------------------------------------
 *
 * transition.h
 *		Reading the transition tables of a statement.
 *
 * IDENTIFICATION
 *	  src/transition.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_TRANSITION_H
#define SOC2_TRANSITION_H

#include "executor/tuptable.h"
#include "utils/tuplestore.h"

/* what is read of a transition table, and where a row of it comes to lie */
typedef struct soc2_transition
{
	Tuplestorestate *store;
	int			pointer;
	TupleTableSlot *slot;
} soc2_transition;

/*
 * Begin to read a transition table whose rows are of this kind, from its first
 * row, whatever others have read of it
 */
extern soc2_transition soc2_transition_begin(Tuplestorestate *store,
											 TupleDesc desc);

/* Put the next row into the slot; false if there is none */
extern bool soc2_transition_next(soc2_transition *table);

/* End reading it */
extern void soc2_transition_end(soc2_transition *table);

#endif							/* SOC2_TRANSITION_H */
