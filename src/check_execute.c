/*-------------------------------------------------------------------------
 *
 * check_execute.c
 *		One run of a check, from its query to its outcome.
 *
 * A check runs in a subtransaction of its own that is always rolled back and
 * in a sandbox (check_sandbox.c), so that it can neither leave a trace nor
 * stop the others: an error is an outcome.
 *
 * IDENTIFICATION
 *	  src/check_execute.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "check_runner.h"
#include "check_sandbox.h"
#include "compat.h"
#include "miscadmin.h"
#include "subtransaction.h"
#include "utils/acl.h"

/* Turn an error of a check into its outcome */
static void
take_error(soc2_check_run *run, const ErrorData *error)
{
	run->outcome = error->sqlerrcode == ERRCODE_INSUFFICIENT_PRIVILEGE ?
		SOC2_OUTCOME_INSUFFICIENT_PRIVILEGE : SOC2_OUTCOME_ERROR;
	run->reason = psprintf("%s: %s", unpack_sql_state(error->sqlerrcode),
						   error->message ? error->message : "no message");
	run->population = 0;
	run->failures = 0;
	run->undecided = 0;
	run->kept = 0;
	run->hashed = false;
	tuplestore_clear(run->members);
}

/* Outcome of a population that was read to its end */
static void
judge_population(soc2_check_run *run)
{
	if (run->failures > 0)
	{
		run->outcome = SOC2_OUTCOME_FAIL;
		if (run->failures > 1)
			run->reason = psprintf("%s (and " INT64_FORMAT " more)",
								   run->reason, run->failures - 1);
	}
	else if (run->population == 0)
	{
		run->outcome = SOC2_OUTCOME_NOT_OCCURRING;
		run->reason = "the population is empty";
	}
	else if (run->undecided > 0)
	{
		run->outcome = SOC2_OUTCOME_ERROR;
		run->reason = psprintf(INT64_FORMAT " of " INT64_FORMAT
							   " could not be decided",
							   run->undecided, run->population);
	}
	else
	{
		run->outcome = SOC2_OUTCOME_PASS;
		run->reason = psprintf(INT64_FORMAT " of " INT64_FORMAT " pass",
							   run->population, run->population);
	}
}

/* Let the time be up instead of a query cancelled by somebody */
static void
take_timeout(soc2_check_run *run, const soc2_check *check)
{
	ErrorData	error = {.sqlerrcode = ERRCODE_QUERY_CANCELED};

	error.message = psprintf("stopped after %d ms, the time that the check has",
							 check->timeout);
	take_error(run, &error);
}

/*
 * Is there a reason not to run the check?  It runs with the rights of its role
 * alone, and for nobody who could not have these anyway.
 */
static bool
is_refused(soc2_check_run *run, const soc2_check *check)
{
	run->outcome = SOC2_OUTCOME_INSUFFICIENT_PRIVILEGE;
	if (!OidIsValid(check->role))
	{
		run->outcome = SOC2_OUTCOME_ERROR;
		run->reason = psprintf("42704: role \"%s\", which the check runs as, does not exist",
							   check->role_name);
	}
	else if (!soc2_member_can_set_role(GetUserId(), check->role))
		run->reason = psprintf("42501: the check runs as role \"%s\", which \"%s\" cannot become",
							   check->role_name,
							   GetUserNameFromId(GetUserId(), false));
	else if (check->missing != NULL)
		run->reason = psprintf("42501: missing: %s", check->missing);
	else
		return false;
	return true;
}

/* A place for members, which outlives the subtransaction */
static void
open_members(soc2_check_run *run)
{
	run->desc = CreateTemplateTupleDesc(SOC2_MEMBER_COLUMNS);
	TupleDescInitEntry(run->desc, SOC2_MEMBER_RESOURCE, "resource", TEXTOID,
					   -1, 0);
	TupleDescInitEntry(run->desc, SOC2_MEMBER_OK, "ok", BOOLOID, -1, 0);
	TupleDescInitEntry(run->desc, SOC2_MEMBER_REASON, "reason", TEXTOID,
					   -1, 0);
	run->members = tuplestore_begin_heap(false, false, work_mem);
}

/* Run the query of a check, in a subtransaction that is rolled back */
static void
run_query(const soc2_check *check, soc2_check_run *run)
{
	soc2_subtransaction subtransaction;
	ErrorData  *volatile error = NULL;
	volatile bool time_was_up = false;
	soc2_sandbox sandbox = {
		.role = check->role,
		.timeout = check->timeout,
		.functions = check->functions,
		.context = CurrentMemoryContext
	};

	soc2_subtransaction_begin(&subtransaction);
	PG_TRY();
	{
		soc2_sandbox_enter(&sandbox);
		soc2_population_read(run, check);
		time_was_up = soc2_sandbox_leave();
	}
	PG_CATCH();
	{
		time_was_up = soc2_sandbox_leave();
		error = soc2_subtransaction_catch(&subtransaction);
	}
	PG_END_TRY();
	if (error == NULL)
		soc2_subtransaction_rollback(&subtransaction);

	/*
	 * A query that caught what stopped it did not do what it was to do, and
	 * one that tried to leave something behind is not believed.
	 */
	if (time_was_up)
		take_timeout(run, check);
	else if (error == NULL && sandbox.refused != NULL)
		take_error(run, sandbox.refused);
	else if (error == NULL)
		judge_population(run);
	else if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	else
		take_error(run, error);
}

/* Run one check */
void
soc2_check_execute(const soc2_check *check, soc2_check_run *run)
{
	run->context = CurrentMemoryContext;
	initStringInfo(&run->failing);
	open_members(run);
	if (!is_refused(run, check))
		run_query(check, run);
	if (run->failures > 0)
		appendStringInfoChar(&run->failing, ']');
	else
		resetStringInfo(&run->failing);
}
