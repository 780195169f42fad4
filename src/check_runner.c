/*-------------------------------------------------------------------------
 *
 * check_runner.c
 *		soc2.assess(): run checks against this server and keep the results.
 *
 * A check is a query with one row per member of its population: resource
 * text, ok boolean, reason text.  Each runs in a subtransaction of its own
 * that is always rolled back, read-only, with row security off, a pinned
 * search_path and as a security-restricted operation, so that it can neither
 * leave a trace nor stop the others: an error is an outcome.  Rows are fetched
 * in batches, so memory does not grow with the population.
 *
 * IDENTIFICATION
 *	  src/check_runner.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "check_runner.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "soc2.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/json.h"
#include "utils/memutils.h"

/* rows fetched at a time */
#define BATCH_ROWS		1000

/* failing members whose reason the evidence quotes; the hash covers all */
#define QUOTED_FAILURES	100

/* columns of a population */
#define RESOURCE_COLUMN	1
#define OK_COLUMN		2
#define REASON_COLUMN	3

PG_FUNCTION_INFO_V1(soc2_assess);

/* Add a field of a row to the hash: a byte for NULL or not, length, bytes */
static void
hash_field(pg_cryptohash_ctx *hash, const char *text)
{
	uint32		len = text ? (uint32) strlen(text) : 0;
	uint8		head[5];

	head[0] = text !=NULL;

	head[1] = (uint8) (len >> 24);
	head[2] = (uint8) (len >> 16);
	head[3] = (uint8) (len >> 8);
	head[4] = (uint8) len;
	if (pg_cryptohash_update(hash, head, sizeof(head)) < 0 ||
		(len > 0 && pg_cryptohash_update(hash, (const uint8 *) text, len) < 0))
		elog(ERROR, "could not update the hash of a population");
}

/* Quote a failing member: in the reason if it is the first, in the list */
static void
quote_failure(soc2_check_run *run, const char *resource, const char *reason)
{
	MemoryContext old = MemoryContextSwitchTo(run->context);

	if (run->failures == 1)
		run->reason = psprintf("%s: %s", resource, reason);
	if (run->failures <= QUOTED_FAILURES)
	{
		appendStringInfoString(&run->failing,
							   run->failures == 1 ? "[" : ",");
		appendStringInfoString(&run->failing, "{\"resource\":");
		escape_json(&run->failing, resource);
		appendStringInfoString(&run->failing, ",\"reason\":");
		escape_json(&run->failing, reason);
		appendStringInfoChar(&run->failing, '}');
	}
	MemoryContextSwitchTo(old);
}

/* Count and hash one member of the population */
static void
take_member(soc2_check_run *run, pg_cryptohash_ctx *hash, HeapTuple row,
			TupleDesc desc)
{
	char	   *resource = SPI_getvalue(row, desc, RESOURCE_COLUMN);
	char	   *ok = SPI_getvalue(row, desc, OK_COLUMN);
	char	   *reason = SPI_getvalue(row, desc, REASON_COLUMN);

	if (resource == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("check returned a row without a resource")));
	hash_field(hash, resource);
	hash_field(hash, ok);
	hash_field(hash, reason);

	run->population++;
	if (ok == NULL)
		run->undecided++;
	else if (ok[0] == 'f')
	{
		run->failures++;
		quote_failure(run, resource, reason ? reason : "no reason given");
	}
}

/* Refuse a query that is no population */
static void
require_population(TupleDesc desc)
{
	if (desc->natts != REASON_COLUMN ||
		SPI_gettypeid(desc, RESOURCE_COLUMN) != TEXTOID ||
		SPI_gettypeid(desc, OK_COLUMN) != BOOLOID ||
		SPI_gettypeid(desc, REASON_COLUMN) != TEXTOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("check must return resource text, ok boolean, reason text")));
}

/* Run the query of a check in order of its population, batch by batch */
static void
read_population(soc2_check_run *run, const soc2_check *check)
{
	Oid			type = JSONBOID;
	Datum		parameters = check->parameters;
	char	   *ordered = psprintf("SELECT * FROM (\n%s\n)"
								   " AS population (resource, ok, reason)"
								   " ORDER BY resource COLLATE \"C\", ok,"
								   " reason COLLATE \"C\"",
								   check->query);
	pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);
	MemoryContext batch = AllocSetContextCreate(run->context,
												"soc2 population batch",
												ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	Portal		portal;

	if (hash == NULL || pg_cryptohash_init(hash) < 0)
		elog(ERROR, "could not start the hash of a population");
	portal = SPI_cursor_open_with_args(NULL, ordered, 1, &type, &parameters,
									   NULL, true, 0);
	require_population(portal->tupDesc);
	do
	{
		SPI_cursor_fetch(portal, true, BATCH_ROWS);
		old = MemoryContextSwitchTo(batch);
		for (uint64 i = 0; i < SPI_processed; i++)
			take_member(run, hash, SPI_tuptable->vals[i],
						SPI_tuptable->tupdesc);
		MemoryContextSwitchTo(old);
		MemoryContextReset(batch);
		SPI_freetuptable(SPI_tuptable);
	} while (SPI_processed > 0);
	SPI_cursor_close(portal);

	if (pg_cryptohash_final(hash, run->hash, sizeof(run->hash)) < 0)
		elog(ERROR, "could not finish the hash of a population");
	pg_cryptohash_free(hash);
	run->hashed = true;
}

/* Settings and identity that a check runs under; undone with its subtransaction */
static void
enter_sandbox(void)
{
	Oid			user;
	int			security;

	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(user, security | SECURITY_RESTRICTED_OPERATION);
	set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET,
					  PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	set_config_option("row_security", "off", PGC_USERSET,
					  PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	XactReadOnly = true;
}

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
	run->hashed = false;
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

/*
 * Run one check.  Everything in *run lives in the current context; the
 * subtransaction is rolled back whatever happens.  Being cancelled is not an
 * outcome: it ends the assessment.
 */
static void
run_check(const soc2_check *check, soc2_check_run *run)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;

	memset(run, 0, sizeof(*run));
	run->context = context;
	initStringInfo(&run->failing);

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		enter_sandbox();
		read_population(run, check);
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		judge_population(run);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
			ReThrowError(error);
		take_error(run, error);
	}
	PG_END_TRY();

	if (run->failures > 0)
		appendStringInfoChar(&run->failing, ']');
	else
		resetStringInfo(&run->failing);
}

/* Return a result as a row */
static void
return_row(ReturnSetInfo *rsinfo, const soc2_check *check,
		   const soc2_check_run *run)
{
	Datum		values[8];
	bool		nulls[8] = {false};

	values[0] = CStringGetTextDatum(check->check_id);
	values[1] = CStringGetTextDatum(check->title);
	values[2] = CStringGetTextDatum(check->severity);
	values[3] = CStringGetTextDatum(soc2_outcome_name(run->outcome));
	values[4] = Int64GetDatum(run->population);
	values[5] = Int64GetDatum(run->failures);
	values[6] = check->criteria;
	values[7] = CStringGetTextDatum(run->reason);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
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
						 text_to_cstring(PG_GETARG_TEXT_PP(1)));
	per_check = AllocSetContextCreate(CurrentMemoryContext, "soc2 check",
									  ALLOCSET_DEFAULT_SIZES);
	for (size_t i = 0; i < count; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(per_check);
		soc2_check_run run;

		run_check(&checks[i], &run);
		return_row(rsinfo, &checks[i], &run);
		if (record)
			soc2_check_run_record(&assessment, &checks[i], &run);
		MemoryContextSwitchTo(old);
		MemoryContextReset(per_check);
	}
	SPI_finish();
	return (Datum) 0;
}
