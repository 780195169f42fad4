/*-------------------------------------------------------------------------
 *
 * check_schedule.c
 *		soc2.schedule(), soc2.unschedule() and soc2.grant_runner(): checks
 *		that run by themselves, and the role they run as.
 *
 * The extension has no scheduler of its own.  pg_cron is used where it is
 * installed; where it is not, the error says what to do.
 *
 * IDENTIFICATION
 *	  src/check_schedule.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#define JOB_NAME	"soc2.run_due"
#define JOB_COMMAND	"CALL soc2.run_due()"

PG_FUNCTION_INFO_V1(soc2_schedule);
PG_FUNCTION_INFO_V1(soc2_unschedule);
PG_FUNCTION_INFO_V1(soc2_grant_runner);

/* $1: role; what it lacks to assess, a statement each */
static const char *const select_grants =
"SELECT 'GRANT soc2_collector TO ' OPERATOR(pg_catalog.||)"
"  pg_catalog.quote_ident($1), 0 AS n"
" WHERE NOT pg_catalog.pg_has_role($1, 'soc2_collector', 'USAGE')"
" UNION ALL"
" (SELECT DISTINCT m.statement, 1 FROM soc2.checks_in_force AS c"
"   CROSS JOIN LATERAL soc2.missing_grants($1, c.needs) AS m (statement)"
"   WHERE c.enabled AND c.run_as IS NULL)"
" ORDER BY n, 1";

/* Refuse to schedule where pg_cron cannot be asked, and say what to do */
static void
require_pg_cron(const char *cron)
{
	const char *database = get_database_name(MyDatabaseId);
	const char *home = GetConfigOption("cron.database_name", true, false);

	if (OidIsValid(get_extension_oid("pg_cron", true)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("extension pg_cron is not installed in database \"%s\"",
					database),
			 home != NULL && strcmp(home, database) != 0 ?
			 errdetail("The database of pg_cron is \"%s\".", home) :
			 errdetail("The extension has no scheduler of its own."),
			 home != NULL && strcmp(home, database) != 0 ?
			 errhint("There: SELECT cron.schedule_in_database(%s, %s, %s, %s).",
					 quote_literal_cstr(psprintf(JOB_NAME " %s", database)),
					 quote_literal_cstr(cron), quote_literal_cstr(JOB_COMMAND),
					 quote_literal_cstr(database)) :
			 errhint("Install pg_cron and CREATE EXTENSION pg_cron, or call psql -X -d %s -c \"%s\" from a crontab (%s) or from the service of a systemd timer.",
					 quote_identifier(database), JOB_COMMAND, cron)));
}

/* Ask pg_cron; returns the first column of the one row it answers */
static Datum
ask_pg_cron(const char *statement, int count, Datum *values)
{
	static Oid	types[3] = {TEXTOID, TEXTOID, TEXTOID};
	Datum		answer;
	bool		isnull;

	SPI_connect();
	if (SPI_execute_with_args(statement, count, types, values, NULL, false,
							  0) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "could not ask pg_cron");
	answer = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
						   &isnull);
	SPI_finish();
	return answer;
}

/* soc2.schedule(cron) */
Datum
soc2_schedule(PG_FUNCTION_ARGS)
{
	Datum		values[3];

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("schedule cannot be NULL"),
				 errhint("Write it as for cron: '0 * * * *' is each hour.")));
	require_pg_cron(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	values[0] = CStringGetTextDatum(JOB_NAME);
	values[1] = PG_GETARG_DATUM(0);
	values[2] = CStringGetTextDatum(JOB_COMMAND);
	PG_RETURN_DATUM(ask_pg_cron("SELECT cron.schedule($1::pg_catalog.name, $2, $3)",
								3, values));
}

/* soc2.unschedule() */
Datum
soc2_unschedule(PG_FUNCTION_ARGS)
{
	Datum		value = CStringGetTextDatum(JOB_NAME);

	require_pg_cron("0 * * * *");
	PG_RETURN_DATUM(ask_pg_cron("SELECT cron.unschedule($1::pg_catalog.name)",
								1, &value));
}

/* Run statements that grant, and return them as rows */
static void
grant_all(ReturnSetInfo *rsinfo, SPITupleTable *statements, uint64 count)
{
	for (uint64 i = 0; i < count; i++)
	{
		char	   *statement = SPI_getvalue(statements->vals[i],
											 statements->tupdesc, 1);
		Datum		value = CStringGetTextDatum(statement);
		bool		isnull = false;

		if (SPI_execute(statement, false, 0) != SPI_OK_UTILITY)
			elog(ERROR, "could not grant");
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, &value,
							 &isnull);
	}
}

/* soc2.grant_runner(role) */
Datum
soc2_grant_runner(PG_FUNCTION_ARGS)
{
	Oid			type = NAMEOID;
	Datum		role;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("role cannot be NULL")));
	role = PG_GETARG_DATUM(0);
	(void) get_role_oid(NameStr(*DatumGetName(role)), false);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	SPI_connect();
	if (SPI_execute_with_args(select_grants, 1, &type, &role, NULL, true,
							  0) != SPI_OK_SELECT)
		elog(ERROR, "could not read what checks need");
	grant_all((ReturnSetInfo *) fcinfo->resultinfo, SPI_tuptable,
			  SPI_processed);
	SPI_finish();
	return (Datum) 0;
}
