/*-------------------------------------------------------------------------
 *
 * guard_preload.c
 *		The second tier: what the guard does when the library is preloaded.
 *
 * In every session of every database then, and whatever became of the event
 * triggers, utility commands are judged before and after, and catalogs of the
 * system cannot be written by statements while there is something that must
 * stay.  DROP DATABASE asks a worker that looks into the database.
 *
 * IDENTIFICATION
 *	  src/guard_preload.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/pg_database.h"
#include "commands/dbcommands.h"
#include "executor/executor.h"
#include "guard.h"
#include "guard_refused.h"
#include "miscadmin.h"
#include "soc2_errcodes.h"
#include "storage/dsm.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "worker.h"

#define WRITE_PRIVILEGES	(ACL_INSERT | ACL_UPDATE | ACL_DELETE)

/*
 * soc2.enforcement: does preloading the library bring the second tier?  For a
 * server that would not start, or not work, with it.
 */
static bool enforcement_setting = true;

/* was the library loaded by the postmaster? */
static bool preloaded = false;

static ProcessUtility_hook_type next_utility = NULL;
static ExecutorCheckPerms_hook_type next_permissions = NULL;

/* what a worker found in a database */
typedef enum judgement
{
	JUDGEMENT_NONE = 0,			/* it could not look */
	JUDGEMENT_FREE,
	JUDGEMENT_GUARDED
} judgement;

/* Is the second tier in force? */
bool
soc2_guard_is_preloaded(void)
{
	return preloaded && enforcement_setting;
}

/* is the second tier in force here, and the extension installed? */
static bool
is_active(void)
{
	return IsTransactionState() && OidIsValid(MyDatabaseId) &&
		OidIsValid(get_namespace_oid("soc2", true)) && soc2_guard_is_up();
}

/* refuse to write a catalog, if there is something that must stay */
static void
check_catalog(Oid relid)
{
	if (!is_active() || !soc2_guard_has_anything())
		return;
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_GUARDED),
			 errmsg("system catalog \"%s\" is guarded", get_rel_name(relid)),
			 errdetail("Writing it could take away what is retained, held or in a ledger."),
			 errhint("Use commands that define and alter objects.")));
}

/* the hook for permissions: which tables are going to be written */
static bool
check_permissions(SOC2_CHECK_PERMS_ARGS)
{
	ListCell   *cell;

	if (next_permissions != NULL &&
		!next_permissions(SOC2_CHECK_PERMS_PASS))
		return false;
	foreach(cell, SOC2_CHECK_PERMS_LIST)
	{
		const soc2_permission_info *info = lfirst(cell);

		if ((info->requiredPerms & WRITE_PRIVILEGES) != 0 &&
			OidIsValid(info->relid) && IsCatalogRelationOid(info->relid))
			check_catalog(info->relid);
	}
	return true;
}

/* the worker that looks into a database: main function */
void
soc2_database_judge(Datum segment)
{
	dsm_segment *shared;
	judgement  *result;

	(void) soc2_worker_connect();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	shared = dsm_attach(DatumGetUInt32(segment));
	if (shared != NULL)
	{
		result = dsm_segment_address(shared);
		*result = OidIsValid(get_namespace_oid("soc2", true)) &&
			soc2_guard_has_anything() ? JUDGEMENT_GUARDED : JUDGEMENT_FREE;
		dsm_detach(shared);
	}
	PopActiveSnapshot();
	CommitTransactionCommand();
}

/* let a worker look into a database */
static judgement
judge_database(Oid database)
{
	dsm_segment *shared = dsm_create(sizeof(judgement), 0);
	judgement  *result = dsm_segment_address(shared);
	judgement	found;
	BackgroundWorker worker = soc2_worker("soc2_database_judge",
										  "soc2 guard of databases",
										  "soc2 guard");

	*result = JUDGEMENT_NONE;
	worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(shared));
	(void) soc2_worker_run_in(&worker, database);
	found = *result;
	dsm_detach(shared);
	return found;
}

/* refuse to drop a database that has something that must stay */
static void
check_database(const DropdbStmt *stmt)
{
	Oid			database = get_database_oid(stmt->dbname, true);
	judgement	found;

	/* those who may not drop it are told so by the command */
	if (!OidIsValid(database) || database == MyDatabaseId ||
		!soc2_guard_is_up() ||
		!soc2_database_ownercheck(database, GetUserId()))
		return;
	found = judge_database(database);
	if (found == JUDGEMENT_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("could not look into database \"%s\"", stmt->dbname),
				 errdetail("It may have rows that are retained, held or in a ledger."),
				 errhint("The server log may say why; max_worker_processes may be too small.")));
	if (found == JUDGEMENT_GUARDED)
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("database \"%s\" is guarded", stmt->dbname),
				 errdetail("It has rows that are retained, held or in a ledger."),
				 errhint("Retire the extension there with soc2.retire(), which takes two persons, and drop it first.")));
}

/* judge a command that is about to start */
static void
command_starts(const Node *command)
{
	if (IsA(command, DropdbStmt) && IsTransactionState())
		check_database((const DropdbStmt *) command);
	/* others are judged by the objects that they touch */
	else if ((IsA(command, AlterTableStmt) || IsA(command, DropStmt) ||
			  IsA(command, AlterExtensionContentsStmt)) && is_active())
		soc2_guard_command_starts(command);
}

/* the hook for utility commands; fixed signature: that of the server */
static void
process_utility(PlannedStmt *planned, const char *text, bool read_only_tree,
				ProcessUtilityContext context, ParamListInfo params,
				QueryEnvironment *environment, DestReceiver *destination,
				QueryCompletion *completion)
{
	if (soc2_guard_is_preloaded())
		command_starts(planned->utilityStmt);
	if (next_utility != NULL)
		next_utility(planned, text, read_only_tree, context, params,
					 environment, destination, completion);
	else
		standard_ProcessUtility(planned, text, read_only_tree, context, params,
								environment, destination, completion);
	/* what event triggers did not judge */
	if (soc2_guard_is_preloaded() && IsTransactionState())
		soc2_guard_judge();
}

/* Install what takes preloading; called when the library is loaded */
void
soc2_guard_preload_init(void)
{
	/* without preloading it means nothing, and cannot be one of the server */
	DefineCustomBoolVariable("soc2.enforcement",
							 "Guards what is retained, held or in a ledger against owners and superusers.",
							 "Takes soc2 in shared_preload_libraries.",
							 &enforcement_setting,
							 true,
							 process_shared_preload_libraries_in_progress ?
							 PGC_POSTMASTER : PGC_SIGHUP,
							 0,
							 NULL, NULL, NULL);
	soc2_guard_worker_init();
	if (!process_shared_preload_libraries_in_progress)
		return;
	preloaded = true;
	soc2_refused_init();
	next_utility = ProcessUtility_hook;
	ProcessUtility_hook = process_utility;
	next_permissions = ExecutorCheckPerms_hook;
	ExecutorCheckPerms_hook = check_permissions;
}
