/*-------------------------------------------------------------------------
 *
 * guard_worker.c
 *		Workers that keep refused attempts as evidence, and seal.
 *
 * One worker runs all the time and sees no database.  It starts another one in
 * each database that has something to do, one after the other.  What that one
 * wrote is committed before it is taken from the queue: after a crash in between,
 * an attempt is there twice rather than not at all.
 *
 * IDENTIFICATION
 *	  src/guard_worker.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_database.h"
#include "evidence.h"
#include "executor/spi.h"
#include "guard.h"
#include "guard_refused.h"
#include "relation.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "worker.h"

/* how long an attempt may wait in the queue */
#define NAP_MS	1000

/*
 * soc2.seal_interval: how often all ledgers are sealed, in seconds.  What is not
 * sealed can be taken from the end of a ledger unnoticed.
 */
static int	seal_interval_setting = 300;

/* start a worker in a database and wait until it is done */
static void
run_in(Oid database, bool seal)
{
	BackgroundWorker worker = soc2_worker("soc2_guard_keep", "soc2 keeper",
										  "soc2 keeper");

	worker.bgw_main_arg = BoolGetDatum(seal);
	(void) soc2_worker_run_in(&worker, database);
}

/* OIDs of all databases, or of those that can be connected to, in a context */
static List *
list_databases(MemoryContext context, bool all)
{
	List	   *databases = NIL;
	Relation	rel;
	SysScanDesc scan;
	HeapTuple	tuple;

	StartTransactionCommand();
	rel = table_open(DatabaseRelationId, AccessShareLock);
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tuple);

		if (all || (database->datallowconn && !database->datistemplate))
		{
			MemoryContext caller = MemoryContextSwitchTo(context);

			databases = lappend_oid(databases, database->oid);
			MemoryContextSwitchTo(caller);
		}
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	CommitTransactionCommand();
	return databases;
}

/* have attempts kept that are queued, in each database that has some */
static void
keep_attempts(void)
{
	uint64		after = 0;
	List	   *databases = NIL;
	List	   *done = NIL;
	soc2_refused attempt;

	while (soc2_refused_next(InvalidOid, after, &attempt))
	{
		if (databases == NIL)
			databases = list_databases(CurrentMemoryContext, true);
		after = attempt.number;
		if (list_member_oid(done, attempt.database))
			continue;
		done = lappend_oid(done, attempt.database);
		if (list_member_oid(databases, attempt.database))
			run_in(attempt.database, false);
		else
			/* it was dropped; the server log has them */
			soc2_refused_forget(attempt.database, PG_UINT64_MAX);
	}
}

/* have all ledgers sealed */
static void
seal_all(void)
{
	List	   *databases = list_databases(CurrentMemoryContext, false);
	ListCell   *cell;

	foreach(cell, databases)
		run_in(lfirst_oid(cell), true);
}

/* The worker that runs all the time */
void
soc2_guard_launch(Datum unused)
{
	TimestampTz sealed = GetCurrentTimestamp();
	MemoryContext context;

	(void) unused;
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	context = AllocSetContextCreate(TopMemoryContext, "soc2 guard",
									ALLOCSET_SMALL_SIZES);
	for (;;)
	{
		(void) WaitLatch(MyLatch,
						 WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						 NAP_MS, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		MemoryContextReset(context);
		MemoryContextSwitchTo(context);
		keep_attempts();
		if (seal_interval_setting > 0 &&
			TimestampDifferenceExceeds(sealed, GetCurrentTimestamp(),
									   seal_interval_setting * 1000))
		{
			seal_all();
			sealed = GetCurrentTimestamp();
		}
	}
}

/* record an attempt as evidence */
static void
record(const soc2_refused *attempt)
{
	StringInfoData payload;
	const char *role = GetUserNameFromId(attempt->role, true);
	const char *login = GetUserNameFromId(attempt->login, true);

	initStringInfo(&payload);
	appendStringInfo(&payload, "{\"at\": \"%s\", \"sqlstate\": \"%s\", \"lost\": " UINT64_FORMAT ", \"login\": ",
					 timestamptz_to_str(attempt->at), attempt->sqlstate,
					 soc2_refused_lost());
	escape_json(&payload, login != NULL ? login : "");
	appendStringInfoString(&payload, ", \"role\": ");
	escape_json(&payload, role != NULL ? role : "");
	appendStringInfoString(&payload, ", \"message\": ");
	escape_json(&payload, attempt->message);
	appendStringInfoChar(&payload, '}');
	(void) soc2_evidence_record(SOC2_REFUSED_KIND,
								attempt->relation[0] != '\0' ?
								attempt->relation : "soc2",
								payload.data);
}

/* begin a transaction that can run statements */
static void
begin(void)
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
}

/* end it */
static void
commit(void)
{
	PopActiveSnapshot();
	CommitTransactionCommand();
}

/* run a statement in a transaction of its own */
static void
execute(const char *statement)
{
	begin();
	SPI_connect();
	(void) SPI_execute(statement, false, 0);
	SPI_finish();
	commit();
}

/* keep the attempts in this database; the number of the last one */
static uint64
keep_all(void)
{
	uint64		last = 0;
	soc2_refused attempt;

	while (soc2_refused_next(MyDatabaseId, last, &attempt))
	{
		record(&attempt);
		last = attempt.number;
	}
	return last;
}

/* The worker that works in one database */
void
soc2_guard_keep(Datum seal)
{
	Oid			database;
	uint64		last = 0;
	bool		installed;

	pqsignal(SIGTERM, die);
	database = soc2_worker_connect();
	begin();
	installed = OidIsValid(soc2_own_relid("evidence"));
	if (installed)
		last = keep_all();
	commit();
	/* a database without the extension has nowhere to keep them */
	soc2_refused_forget(database, installed ? last : PG_UINT64_MAX);
	if (!installed || !DatumGetBool(seal))
		return;
	execute("SELECT FROM soc2.seal()");
	execute("SELECT FROM soc2.refresh_days()");
}

/* Register the worker that runs all the time */
void
soc2_guard_worker_init(void)
{
	BackgroundWorker worker;

	DefineCustomIntVariable("soc2.seal_interval",
							"How often all ledgers are sealed.",
							"Takes soc2 in shared_preload_libraries. Zero: never.",
							&seal_interval_setting,
							300, 0, INT_MAX / 1000,
							PGC_SIGHUP,
							GUC_UNIT_S,
							NULL, NULL, NULL);
	if (!process_shared_preload_libraries_in_progress || IsBinaryUpgrade)
		return;
	worker = soc2_worker("soc2_guard_launch", "soc2 guard", "soc2 guard");
	worker.bgw_restart_time = 10;
	RegisterBackgroundWorker(&worker);
}
