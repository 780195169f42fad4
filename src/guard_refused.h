/*-------------------------------------------------------------------------
 *
 * guard_refused.h
 *		Refused attempts, queued in shared memory until a worker keeps them.
 *
 * The error that refuses takes back what its transaction writes, so it is noted
 * outside of it.  The queue holds as many as it has places; what comes when it is
 * full is counted.  There is a queue where the library is preloaded.
 *
 * IDENTIFICATION
 *	  src/guard_refused.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_GUARD_REFUSED_H
#define SOC2_GUARD_REFUSED_H

#include "datatype/timestamp.h"

#define SOC2_REFUSED_TEXT	256

/* a refused attempt; texts are cut to what fits */
typedef struct soc2_refused
{
	uint64		number;			/* in the order they came, from 1 */
	TimestampTz at;
	Oid			database;
	Oid			role;			/* that acted */
	Oid			login;			/* that logged in */
	char		sqlstate[6];
	char		relation[2 * NAMEDATALEN];
	char		message[SOC2_REFUSED_TEXT];
} soc2_refused;

/* Install the hooks; called when the library is preloaded */
extern void soc2_refused_init(void);

/*
 * A copy of the first attempt in a database whose number is greater, into *found;
 * false if there is none.  InvalidOid: in any database.
 */
extern bool soc2_refused_next(Oid database, uint64 after,
							  soc2_refused *found);

/* Forget those in a database up to a number: they were kept */
extern void soc2_refused_forget(Oid database, uint64 upto);

/* How many found no place since the server started */
extern uint64 soc2_refused_lost(void);

/* Register the worker that keeps them; called when the library is preloaded */
extern void soc2_guard_worker_init(void);

/* Main functions of workers */
extern PGDLLEXPORT void soc2_guard_launch(Datum unused);
extern PGDLLEXPORT void soc2_guard_keep(Datum seal);

#endif							/* SOC2_GUARD_REFUSED_H */
