/*-------------------------------------------------------------------------
 *
 * worker.h
 *		Background workers of the library.
 *
 * IDENTIFICATION
 *	  src/worker.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_WORKER_H
#define SOC2_WORKER_H

#include "postmaster/bgworker.h"

/*
 * A worker that runs a function of the library once, when the server has
 * recovered, and may connect to a database.  Names of 95 bytes and more are cut.
 * The caller may change what it likes before registering or running it.
 */
extern BackgroundWorker soc2_worker(const char *function, const char *name,
									const char *type);

/*
 * Run a worker to its end.  Returns BGWH_STOPPED when it ended, in whatever way;
 * BGWH_NOT_YET_STARTED if there is no free slot for it, which depends on
 * max_worker_processes; BGWH_POSTMASTER_DIED if the server ended.
 */
extern BgwHandleStatus soc2_worker_run(BackgroundWorker *worker);

/* The same of a worker that works in a database */
extern BgwHandleStatus soc2_worker_run_in(BackgroundWorker *worker,
										  Oid database);

/*
 * In a worker that soc2_worker_run_in() started: connect to its database, also
 * if that allows no connections.  Returns its OID; ends the worker if the
 * database is gone.
 */
extern Oid	soc2_worker_connect(void);

#endif							/* SOC2_WORKER_H */
