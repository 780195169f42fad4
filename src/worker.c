/*-------------------------------------------------------------------------
 *
 * worker.c
 *		Background workers of the library.
 *
 * IDENTIFICATION
 *	  src/worker.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "worker.h"

/* A worker that runs a function of the library once */
BackgroundWorker
soc2_worker(const char *function, const char *name, const char *type)
{
	BackgroundWorker worker = {0};

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS |
		BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker.bgw_library_name, "soc2", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, function,
			sizeof(worker.bgw_function_name));
	strlcpy(worker.bgw_name, name, sizeof(worker.bgw_name));
	strlcpy(worker.bgw_type, type, sizeof(worker.bgw_type));
	return worker;
}

/* Run a worker to its end */
BgwHandleStatus
soc2_worker_run(BackgroundWorker *worker)
{
	BackgroundWorkerHandle *handle;

	worker->bgw_notify_pid = MyProcPid;
	if (!RegisterDynamicBackgroundWorker(worker, &handle))
		return BGWH_NOT_YET_STARTED;
	return WaitForBackgroundWorkerShutdown(handle);
}

/* Run a worker to its end in a database */
BgwHandleStatus
soc2_worker_run_in(BackgroundWorker *worker, Oid database)
{
	memcpy(worker->bgw_extra, &database, sizeof(Oid));
	return soc2_worker_run(worker);
}

/* Connect to the database of the worker */
Oid
soc2_worker_connect(void)
{
	Oid			database;

	memcpy(&database, MyBgworkerEntry->bgw_extra, sizeof(Oid));
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid,
											  BGWORKER_BYPASS_ALLOWCONN);
	return database;
}
