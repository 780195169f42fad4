/*-------------------------------------------------------------------------
 *
 * subtransaction.h
 *		Subtransactions that a function of ours begins and ends itself.
 *
 * IDENTIFICATION
 *	  src/subtransaction.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_SUBTRANSACTION_H
#define SOC2_SUBTRANSACTION_H

#include "utils/palloc.h"
#include "utils/resowner.h"

/* where a subtransaction was begun, and where its end leads back to */
typedef struct soc2_subtransaction
{
	MemoryContext context;
	ResourceOwner owner;
} soc2_subtransaction;

/*
 * Begin a subtransaction.  The current memory context stays what it was; the
 * resource owner becomes that of the subtransaction.  Not to be called in
 * parallel mode, where not all servers have subtransactions.  The caller ends
 * it exactly once, by one of the functions below, and calls none of them where
 * an error of theirs would lead to another of them.
 */
extern void soc2_subtransaction_begin(soc2_subtransaction *subtransaction);

/*
 * Commit the innermost subtransaction, or roll it back.  The memory context
 * and the resource owner are then those that it was begun in.
 */
extern void soc2_subtransaction_commit(const soc2_subtransaction *subtransaction);
extern void soc2_subtransaction_rollback(const soc2_subtransaction *subtransaction);

/*
 * In a PG_CATCH(): take the error, and roll the innermost subtransaction back.
 * The error lives in the context that the subtransaction was begun in.  The
 * caller deals with it or passes it on by ReThrowError().
 */
extern ErrorData *soc2_subtransaction_catch(const soc2_subtransaction *subtransaction);

#endif							/* SOC2_SUBTRANSACTION_H */
