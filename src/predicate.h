/*-------------------------------------------------------------------------
 *
 * predicate.h
 *		Conditions on the rows of a table, given as text.
 *
 * A predicate decides whether a row may go, in whatever session that happens.
 * So it means the same in all of them: names of functions and operators are
 * those of pg_catalog, literals are read in fixed settings, and everything in
 * it is immutable and comes with the server.
 *
 * IDENTIFICATION
 *	  src/predicate.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_PREDICATE_H
#define SOC2_PREDICATE_H

#include "nodes/execnodes.h"
#include "utils/relcache.h"

/*
 * What the parser makes of a text that is one expression, before names mean
 * anything.  Raises 42601 if it is something else.
 */
extern Node *soc2_predicate_raw(const char *text);

/*
 * The expression that a text is, for the rows of an open table, in the current
 * context.  Raises an error that shows the text if it is no expression of type
 * boolean, or one that is not allowed here (42P17).
 */
extern Expr *soc2_predicate_parse(Relation rel, const char *text);

/*
 * The same, ready for soc2_predicate_holds(); it lives as long as the current
 * context.
 */
extern ExprState *soc2_predicate_compile(Relation rel, const char *text);

/*
 * Is the predicate true for the row in a slot, neither false nor null?
 * context is a context for expressions of its own, which is reset.
 */
extern bool soc2_predicate_holds(ExprState *predicate, ExprContext *context,
								 TupleTableSlot *slot);

#endif							/* SOC2_PREDICATE_H */
