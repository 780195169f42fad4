/*-------------------------------------------------------------------------
 *
 * subtransaction.c
 *		Subtransactions that a function of ours begins and ends itself.
 *
 * The server leaves the memory context and the resource owner of the
 * surrounding transaction behind when a subtransaction ends.  A function is
 * called in others, its portal's or SPI's, and needs those.
 *
 * IDENTIFICATION
 *	  src/subtransaction.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "subtransaction.h"

/* Return to where a subtransaction was begun */
static void
return_to_caller(const soc2_subtransaction *subtransaction)
{
	MemoryContextSwitchTo(subtransaction->context);
	CurrentResourceOwner = subtransaction->owner;
}

/* Begin a subtransaction */
void
soc2_subtransaction_begin(soc2_subtransaction *subtransaction)
{
	subtransaction->context = CurrentMemoryContext;
	subtransaction->owner = CurrentResourceOwner;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(subtransaction->context);
}

/* Commit a subtransaction */
void
soc2_subtransaction_commit(const soc2_subtransaction *subtransaction)
{
	ReleaseCurrentSubTransaction();
	return_to_caller(subtransaction);
}

/* Roll a subtransaction back */
void
soc2_subtransaction_rollback(const soc2_subtransaction *subtransaction)
{
	RollbackAndReleaseCurrentSubTransaction();
	return_to_caller(subtransaction);
}

/* Take an error, and roll back the subtransaction that it came in */
ErrorData *
soc2_subtransaction_catch(const soc2_subtransaction *subtransaction)
{
	ErrorData  *error;

	MemoryContextSwitchTo(subtransaction->context);
	error = CopyErrorData();
	FlushErrorState();
	soc2_subtransaction_rollback(subtransaction);
	return error;
}
