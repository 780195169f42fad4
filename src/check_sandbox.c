/*-------------------------------------------------------------------------
 *
 * check_sandbox.c
 *		Where the query of a check runs.
 *
 * A subtransaction that is rolled back undoes what is in tables, settings and
 * the role.  What it does not undo is refused: all utility statements (COPY TO
 * PROGRAM among them, which a read-only transaction allows), and functions
 * that are volatile and written in a language that can do anything, unless
 * they are known to read only or the check names them among its needs.
 *
 * When the time is up the query is cancelled.  PL/pgSQL can catch that; so
 * after it no statement of PL/pgSQL begins any more.  A function can also catch
 * that something was refused, and go on: an error context sees each error when
 * it is raised, and keeps the first of those.
 *
 * IDENTIFICATION
 *	  src/check_sandbox.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/parallel.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_language.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "check_sandbox.h"
#include "compat.h"
#include "miscadmin.h"
#include "plpgsql.h"
#include "storage/latch.h"
#include "tcop/cmdtag.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"
#include "utils/timeout.h"

/* how long after the end of its time a query is cancelled again, in ms */
#define CANCEL_AGAIN	1000

/* name of the variable that PL/pgSQL looks for its plugin in */
#define PLPGSQL_PLUGIN	"PLpgSQL_plugin"

/*
 * Settings that a query runs under.  Those that change what a query means or
 * how a value is written are among them, so that no session changes a result.
 * Compiling takes longer than what a query over the catalogs gains by it.
 * There are no parallel workers, where the hooks see no sandbox.
 */
static const struct
{
	const char *name;
	const char *value;
}			settings[] =

{
	{"search_path", "pg_catalog, pg_temp"},
	{"row_security", "off"},
	{"max_parallel_workers_per_gather", "0"},
	{"jit", "off"},
	{"DateStyle", "ISO, YMD"},
	{"IntervalStyle", "postgres"},
	{"TimeZone", "UTC"},
	{"bytea_output", "hex"},
	{"extra_float_digits", "1"},
	{"quote_all_identifiers", "off"},
	{"standard_conforming_strings", "on"},
	{"transform_null_equals", "off"},
	{"array_nulls", "on"},
	{"xmloption", "content"}
};

/*
 * Volatile functions of the server that leave nothing behind.  What a
 * later version adds is refused until it stands here.
 */
static const char *const reading_functions[] = {
	"amvalidate", "clock_timestamp", "cursor_to_xml", "gen_random_uuid",
	"pg_blocking_pids", "pg_collation_actual_version",
	"pg_control_checkpoint", "pg_control_init", "pg_control_recovery",
	"pg_control_system", "pg_current_logfile", "pg_current_wal_flush_lsn",
	"pg_current_wal_insert_lsn", "pg_current_wal_lsn",
	"pg_database_collation_actual_version", "pg_database_size",
	"pg_get_aios", "pg_get_backend_memory_contexts", "pg_get_multixact_members",
	"pg_get_shmem_allocations", "pg_get_shmem_allocations_numa",
	"pg_get_wait_events", "pg_get_wal_replay_pause_state",
	"pg_get_wal_resource_managers", "pg_get_wal_summarizer_state",
	"pg_hba_file_rules", "pg_ident_file_mappings", "pg_indexes_size",
	"pg_is_in_recovery", "pg_is_wal_replay_paused", "pg_jit_available",
	"pg_last_committed_xact", "pg_last_wal_receive_lsn",
	"pg_last_wal_replay_lsn", "pg_last_xact_replay_timestamp",
	"pg_lock_status", "pg_ls_archive_statusdir", "pg_ls_dir", "pg_ls_logdir",
	"pg_ls_logicalmapdir", "pg_ls_logicalsnapdir", "pg_ls_replslotdir",
	"pg_ls_summariesdir", "pg_ls_tmpdir", "pg_ls_waldir",
	"pg_notification_queue_usage", "pg_partition_ancestors",
	"pg_partition_tree", "pg_prepared_xact", "pg_read_binary_file",
	"pg_read_file", "pg_relation_size", "pg_replication_origin_progress",
	"pg_safe_snapshot_blocking_pids", "pg_sequence_last_value",
	"pg_show_all_file_settings", "pg_show_replication_origin_status",
	"pg_sleep", "pg_stat_file", "pg_stat_get_recovery_prefetch",
	"pg_stat_have_stats", "pg_table_size", "pg_tablespace_collation_version",
	"pg_tablespace_size", "pg_timezone_names", "pg_total_relation_size",
	"pg_xact_commit_timestamp", "pg_xact_commit_timestamp_origin",
	"pg_xact_status", "query_to_xml", "query_to_xml_and_xmlschema",
	"query_to_xmlschema", "random", "timeofday", "ts_rewrite", "ts_stat",
	"txid_status"
};

/* the same of the extension's own */
static const char *const own_reading_functions[] = {
	"verify_ledger"
};

static soc2_sandbox *current = NULL;

/* sees each error that is raised in the sandbox */
static ErrorContextCallback witness;

/* is the time up?  set by the handler of a signal */
static volatile sig_atomic_t time_is_up = false;

static TimeoutId timeout_id = MAX_TIMEOUTS;

/* who was there before us */
static ProcessUtility_hook_type next_utility = NULL;
static object_access_hook_type next_access = NULL;
static void *outer_plugin = NULL;

static void guard_statement(PLpgSQL_execstate *estate, PLpgSQL_stmt *stmt);

static PLpgSQL_plugin guard_plugin = {.stmt_beg = guard_statement};

/*
 * Does what is going on happen in a sandbox?  A parallel worker cannot know:
 * there, what a security-restricted operation does is taken for it.
 */
static bool
is_confined(void)
{
	return current != NULL ||
		(IsParallelWorker() && InSecurityRestrictedOperation());
}

/* Is a name in a list? */
static bool
is_listed(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, list[i]) == 0)
			return true;
	return false;
}

/* Can functions of a language do what a rollback does not undo? */
static bool
is_untrusted_language(Oid language)
{
	HeapTuple	tuple = SearchSysCache1(LANGOID, ObjectIdGetDatum(language));
	bool		untrusted;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for language %u", language);
	untrusted = !((Form_pg_language) GETSTRUCT(tuple))->lanpltrusted;
	ReleaseSysCache(tuple);
	return untrusted;
}

/* May a check call the function? */
static bool
is_allowed_function(Oid function, Form_pg_proc proc)
{
	const char *name = NameStr(proc->proname);

	if (proc->provolatile != PROVOLATILE_VOLATILE ||
		!is_untrusted_language(proc->prolang))
		return true;
	if (proc->pronamespace == PG_CATALOG_NAMESPACE &&
		function < FirstNormalObjectId)
		return is_listed(name, reading_functions,
						 lengthof(reading_functions));
	if (proc->pronamespace == get_namespace_oid("soc2", true))
		return is_listed(name, own_reading_functions,
						 lengthof(own_reading_functions));
	return current != NULL && list_member_oid(current->functions, function);
}

/* Refuse a function that could leave something behind */
static void
require_function(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		allowed;

	if (!HeapTupleIsValid(tuple))
		return;
	allowed = is_allowed_function(function,
								  (Form_pg_proc) GETSTRUCT(tuple));
	ReleaseSysCache(tuple);
	if (!allowed)
		ereport(ERROR,
				(errcode(ERRCODE_S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED),
				 errmsg("check cannot call %s, which may leave something behind",
						format_procedure(function)),
				 function >= FirstNormalObjectId ?
				 errhint("If it only reads, name it among what the check needs.") : 0));
}

/* Hook: somebody is about to use an object */
static void
guard_access(ObjectAccessType access, Oid classId, Oid objectId, int subId,
			 void *arg)
{
	if (next_access)
		next_access(access, classId, objectId, subId, arg);
	if (access == OAT_FUNCTION_EXECUTE && is_confined())
		require_function(objectId);
}

/* Hook: a utility statement; fixed signature: ProcessUtility_hook */
static void
guard_utility(PlannedStmt *statement, const char *query, bool read_only_tree,
			  ProcessUtilityContext context, ParamListInfo params,
			  QueryEnvironment *environment, DestReceiver *dest,
			  QueryCompletion *completion)
{
	if (is_confined())
		ereport(ERROR,
				(errcode(ERRCODE_S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED),
				 errmsg("check cannot run %s",
						CreateCommandName(statement->utilityStmt))));
	if (next_utility)
		next_utility(statement, query, read_only_tree, context, params,
					 environment, dest, completion);
	else
		standard_ProcessUtility(statement, query, read_only_tree, context,
								params, environment, dest, completion);
}

/* Plugin of PL/pgSQL: a statement begins, outside of the block that it is */
static void
guard_statement(PLpgSQL_execstate *estate, PLpgSQL_stmt *stmt)
{
	if (time_is_up)
		ereport(ERROR,
				(errcode(ERRCODE_QUERY_CANCELED),
				 errmsg("the time of the check is up")));
}

/* Is that what a sandbox raises where it refuses something? */
static bool
is_refusal(int code)
{
	switch (code)
	{
		case ERRCODE_S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED:
		case ERRCODE_READ_ONLY_SQL_TRANSACTION:
		case ERRCODE_ACTIVE_SQL_TRANSACTION:	/* to write after all */
		case ERRCODE_INVALID_TRANSACTION_TERMINATION:
		case ERRCODE_INSUFFICIENT_PRIVILEGE:
			return true;
	}
	return false;
}

/* Error context: keep the first refusal */
static void
witness_error(void *arg)
{
	soc2_sandbox *sandbox = arg;
	MemoryContext old;

	if (sandbox->refused != NULL || !is_refusal(geterrcode()))
		return;
	old = MemoryContextSwitchTo(sandbox->context);
	sandbox->refused = CopyErrorData();
	MemoryContextSwitchTo(old);
}

/* Handler of the timeout: cancel the query */
static void
end_time(void)
{
	time_is_up = true;
	InterruptPending = true;
	QueryCancelPending = true;
	SetLatch(MyLatch);
}

/* Install the hooks */
void
soc2_sandbox_init(void)
{
	next_utility = ProcessUtility_hook;
	ProcessUtility_hook = guard_utility;
	next_access = object_access_hook;
	object_access_hook = guard_access;
}

/* Set the timeout of the sandbox */
static void
start_time(int timeout)
{
	time_is_up = false;
	if (timeout <= 0)
		return;
	if (timeout_id == MAX_TIMEOUTS)
		timeout_id = RegisterTimeout(USER_TIMEOUT, end_time);
	enable_timeout_every(timeout_id,
						 TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													 timeout),
						 CANCEL_AGAIN);
}

/* Enter a sandbox */
void
soc2_sandbox_enter(soc2_sandbox *sandbox)
{
	void	  **plugin = find_rendezvous_variable(PLPGSQL_PLUGIN);
	Oid			user;
	int			security;

	if (current != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED),
				 errmsg("check cannot run checks")));
	for (size_t i = 0; i < lengthof(settings); i++)
		set_config_option(settings[i].name, settings[i].value, PGC_USERSET,
						  PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	XactReadOnly = true;
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(sandbox->role,
						   security | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
	outer_plugin = *plugin;
	*plugin = &guard_plugin;
	sandbox->refused = NULL;
	witness.callback = witness_error;
	witness.arg = sandbox;
	witness.previous = error_context_stack;
	error_context_stack = &witness;
	current = sandbox;
	start_time(sandbox->timeout);
}

/* Leave the sandbox */
bool
soc2_sandbox_leave(void)
{
	bool		was_up = time_is_up;

	if (current == NULL)
		return false;
	if (current->timeout > 0)
		disable_timeout(timeout_id, false);
	/* what came too late for the query is not for others */
	if (time_is_up)
		QueryCancelPending = false;
	time_is_up = false;
	*find_rendezvous_variable(PLPGSQL_PLUGIN) = outer_plugin;
	error_context_stack = witness.previous;
	current = NULL;
	return was_up;
}
