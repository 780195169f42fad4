/*-------------------------------------------------------------------------
 *
 * check_sandbox.h
 *		Where the query of a check runs: as one role, reading only, with an
 *		end in time, and without what a rollback does not undo.
 *
 * IDENTIFICATION
 *	  src/check_sandbox.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CHECK_SANDBOX_H
#define SOC2_CHECK_SANDBOX_H

#include "nodes/pg_list.h"

/* what a sandbox allows, and what became of it */
typedef struct soc2_sandbox
{
	Oid			role;			/* that the query runs as */
	int			timeout;		/* in milliseconds; 0: none */
	List	   *functions;		/* OIDs of functions it may call, volatile and
								 * in an untrusted language or not */
	MemoryContext context;		/* where what follows is kept */
	ErrorData  *refused;		/* first thing that was refused, also if the
								 * query caught the error; NULL: nothing was */
} soc2_sandbox;

/*
 * Install the hooks that the sandbox needs.  Outside of one they do nothing
 * but call those that were there before.
 */
extern void soc2_sandbox_init(void);

/*
 * Enter a sandbox.  The caller has begun an internal subtransaction; rolling
 * that back undoes the role, the settings and the read-only state.  There is
 * one sandbox at a time: within one, 2F003 is raised.  *sandbox has to live
 * until soc2_sandbox_leave(), which the caller calls in any case, also after
 * an error, and before the next interrupt is processed.  Enter it within a
 * PG_TRY block, which takes its error context down after an error.
 */
extern void soc2_sandbox_enter(soc2_sandbox *sandbox);

/*
 * Leave the sandbox.  Returns whether its time was up.  Does nothing if there
 * is none.
 */
extern bool soc2_sandbox_leave(void);

#endif							/* SOC2_CHECK_SANDBOX_H */
