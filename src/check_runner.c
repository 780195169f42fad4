/*-------------------------------------------------------------------------
 *
 * check_runner.c
 *		soc2.assess(): run checks against this server and keep the results.
 *
 * IDENTIFICATION
 *	  src/check_runner.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "check_runner.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "soc2.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(soc2_assess);

/*
 * soc2.check_timeout: how long a check may run that has no timeout of its own,
 * so that one that waits for a lock or reads too much does not keep the others
 * from running.
 */
int			soc2_check_timeout_setting = 60000;

/*
 * soc2.max_results: how many members of a population are kept that pass, and
 * how many that do not.  Where tables are many, members that pass every day
 * are most of what is kept.
 */
int			soc2_max_results_setting = 10000;

/* Return a result as a row */
static void
return_row(ReturnSetInfo *rsinfo, const soc2_check *check,
		   const soc2_check_run *run)
{
	Datum		values[9];
	bool		nulls[9] = {false};

	values[0] = CStringGetTextDatum(check->check_id);
	values[1] = CStringGetTextDatum(check->title);
	values[2] = CStringGetTextDatum(check->severity);
	values[3] = CStringGetTextDatum(soc2_outcome_name(run->outcome));
	values[4] = Int64GetDatum(run->population);
	values[5] = Int64GetDatum(run->failures);
	values[6] = Int64GetDatum(run->waived);
	values[7] = check->criteria;
	values[8] = CStringGetTextDatum(run->reason);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* Run a check, return its row and record it */
static void
assess_check(ReturnSetInfo *rsinfo, soc2_assessment *assessment,
			 const soc2_check *check)
{
	soc2_check_run run = {
		.limit = soc2_max_results_setting,
		.keep_passing = assessment->record
	};

	soc2_check_execute(check, &run);
	soc2_check_run_count_waived(check, &run);
	return_row(rsinfo, check, &run);
	if (assessment->record)
		soc2_check_run_record(assessment, check, &run);
	tuplestore_end(run.members);
}

/* Refuse to record where nothing can be written */
static void
require_writable(void)
{
	if (RecoveryInProgress() || XactReadOnly)
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("results cannot be recorded in a read-only transaction"),
				 errhint("Pass record => false to assess without evidence.")));
}

/* soc2.assess(selector, note, record) */
Datum
soc2_assess(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *selector;
	bool		record;
	soc2_check *checks;
	size_t		count;
	MemoryContext per_check;
	soc2_assessment assessment;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("selector and record cannot be NULL")));
	selector = text_to_cstring(PG_GETARG_TEXT_PP(0));
	record = PG_GETARG_BOOL(2);
	if (record)
		require_writable();
	InitMaterializedSRF(fcinfo, 0);

	SPI_connect();
	count = soc2_checks_select(selector, &checks);
	soc2_assessment_open(&assessment,
						 PG_ARGISNULL(1) ? NULL :
						 text_to_cstring(PG_GETARG_TEXT_PP(1)), record);
	per_check = AllocSetContextCreate(CurrentMemoryContext, "soc2 check",
									  ALLOCSET_DEFAULT_SIZES);
	for (size_t i = 0; i < count; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(per_check);

		assess_check(rsinfo, &assessment, &checks[i]);
		MemoryContextSwitchTo(old);
		MemoryContextReset(per_check);
	}
	SPI_finish();
	return (Datum) 0;
}
