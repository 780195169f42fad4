/*-------------------------------------------------------------------------
 *
 * check_create.c
 *		soc2.create_check(), soc2.drop_check() and soc2.enable_check().
 *
 * They run with the rights of the caller, whom a check runs as, and write the
 * tables as their owner.  Each change becomes evidence.
 *
 * IDENTIFICATION
 *	  src/check_create.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "check_runner.h"
#include "check_sandbox.h"
#include "evidence.h"
#include "executor/spi.h"
#include "ledger_custody.h"
#include "miscadmin.h"
#include "soc2.h"
#include "subtransaction.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/plancache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(soc2_create_check);
PG_FUNCTION_INFO_V1(soc2_drop_check);
PG_FUNCTION_INFO_V1(soc2_enable_check);

/* arguments of soc2.create_check() */
enum
{
	ARG_CHECK_ID,
	ARG_TITLE,
	ARG_SEVERITY,
	ARG_QUERY,
	ARG_CRITERIA,
	ARG_RATIONALE,
	ARG_REMEDIATION,
	ARG_FREQUENCY,
	ARG_PARAMETERS,
	ARG_NEEDS,
	ARG_TIMEOUT,
	ARG_RUN_AS
};

static const char *const insert_check =
"INSERT INTO soc2.checks (check_id, title, severity, query, criteria,"
"  rationale, remediation, frequency, parameters, needs, run_as)"
" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

static const char *const insert_check_with_timeout =
"INSERT INTO soc2.checks (check_id, title, severity, query, criteria,"
"  rationale, remediation, frequency, parameters, needs, run_as, timeout)"
" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

static const char *const delete_check =
"WITH p AS (DELETE FROM soc2.check_parameters"
"   WHERE check_id OPERATOR(pg_catalog.=) $1),"
" s AS (DELETE FROM soc2.check_switches"
"   WHERE check_id OPERATOR(pg_catalog.=) $1)"
" DELETE FROM soc2.checks WHERE check_id OPERATOR(pg_catalog.=) $1";

static const char *const switch_check =
"INSERT INTO soc2.check_switches (check_id, enabled, reason, set_by)"
" VALUES ($1, $2, $3, $4)"
" ON CONFLICT (check_id) DO UPDATE SET enabled = excluded.enabled,"
"  reason = excluded.reason, set_by = excluded.set_by,"
"  set_at = excluded.set_at";

/* Type of an argument of soc2.create_check() */
static Oid
argument_type(FunctionCallInfo fcinfo, int argument)
{
	return get_fn_expr_argtype(fcinfo->flinfo, argument);
}

/* Refuse arguments that are not given */
static void
require_arguments(FunctionCallInfo fcinfo, int count)
{
	for (int i = 0; i < count; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument %d cannot be NULL", i + 1)));
}

/* Add a string to a JSON object that has a key already */
static void
add_json(StringInfo json, const char *key, const char *value)
{
	appendStringInfo(json, ", \"%s\": ", key);
	escape_json(json, value);
}

/* Record a change of a check as evidence */
static void
record_change(const char *change, const char *check_id, const char *reason,
			  const char *query)
{
	StringInfoData payload;

	initStringInfo(&payload);
	appendStringInfo(&payload, "{\"change\": \"%s\"", change);
	add_json(&payload, "check_id", check_id);
	if (reason != NULL)
		add_json(&payload, "reason", reason);
	if (query != NULL)
		add_json(&payload, "query", query);
	appendStringInfoChar(&payload, '}');
	(void) soc2_evidence_record(SOC2_CHECK_CHANGE_KIND, check_id,
								payload.data);
	pfree(payload.data);
}

/* Refuse an id and a severity that the table would refuse, in clearer words */
static void
require_names(const char *check_id, const char *severity)
{
	const char *dot = strchr(check_id, '.');

	if (dot == NULL || strchr(dot + 1, '.') != NULL ||
		strspn(check_id, "abcdefghijklmnopqrstuvwxyz0123456789_.") !=
		strlen(check_id) ||
		check_id[0] < 'a' || dot[1] < 'a')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid id of a check: \"%s\"", check_id),
				 errhint("Write family and name in lower case, as auth.hba_no_trust.")));
	if (strcmp(severity, "critical") != 0 && strcmp(severity, "high") != 0 &&
		strcmp(severity, "medium") != 0 && strcmp(severity, "low") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid severity: \"%s\"", severity),
				 errhint("Severities are critical, high, medium and low.")));
}

/* Name of the role that a new check runs as, which the caller can become */
static Name
require_role(FunctionCallInfo fcinfo)
{
	Name		name = palloc0(NAMEDATALEN);
	Oid			role = GetUserId();

	if (!PG_ARGISNULL(ARG_RUN_AS))
		role = get_role_oid(NameStr(*PG_GETARG_NAME(ARG_RUN_AS)), false);
	namestrcpy(name, GetUserNameFromId(role, false));
	if (!soc2_member_can_set_role(GetUserId(), role))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("a check cannot be made to run as role \"%s\"",
						NameStr(*name)),
				 errdetail("The caller cannot become this role.")));
	return name;
}

/* Refuse a text that is no query for a population; called in the sandbox */
static void
require_query(const char *query)
{
	Oid			type = JSONBOID;
	SPIPlanPtr	plan = SPI_prepare(query, 1, &type);
	List	   *sources;
	CachedPlanSource *source;

	if (plan == NULL)
		elog(ERROR, "could not prepare the query of a check");
	sources = SPI_plan_get_plan_sources(plan);
	if (list_length(sources) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("check must be one query")));
	source = (CachedPlanSource *) linitial(sources);
	if (source->commandTag != CMDTAG_SELECT)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("check must be a query, not %s",
						GetCommandTagName(source->commandTag))));
	soc2_population_require(source->resultDesc);
	/* it runs as a subquery: without a semicolon at its end, for one */
	if (SPI_prepare(soc2_population_query(query), 1, &type) == NULL)
		elog(ERROR, "could not prepare the population of a check");
}

/* Parse a query in a sandbox */
static void
parse_query(const char *query, const char *role)
{
	soc2_subtransaction subtransaction;
	soc2_sandbox sandbox = {
		.role = get_role_oid(role, false),
		.timeout = soc2_check_timeout_setting,
		.context = CurrentMemoryContext
	};

	soc2_subtransaction_begin(&subtransaction);
	PG_TRY();
	{
		soc2_sandbox_enter(&sandbox);
		SPI_connect();
		require_query(query);
		SPI_finish();
		(void) soc2_sandbox_leave();
	}
	PG_CATCH();
	{
		(void) soc2_sandbox_leave();
		ReThrowError(soc2_subtransaction_catch(&subtransaction));
	}
	PG_END_TRY();
	soc2_subtransaction_rollback(&subtransaction);
}

/* soc2.create_check(...) */
Datum
soc2_create_check(PG_FUNCTION_ARGS)
{
	char	   *check_id;
	char	   *query;
	Name		role;
	soc2_statement insert;

	require_arguments(fcinfo, ARG_TIMEOUT);
	check_id = text_to_cstring(PG_GETARG_TEXT_PP(ARG_CHECK_ID));
	query = text_to_cstring(PG_GETARG_TEXT_PP(ARG_QUERY));
	require_names(check_id,
				  text_to_cstring(PG_GETARG_TEXT_PP(ARG_SEVERITY)));
	role = require_role(fcinfo);
	parse_query(query, NameStr(*role));

	soc2_statement_begin(&insert, PG_ARGISNULL(ARG_TIMEOUT) ? insert_check :
						 insert_check_with_timeout);
	for (int i = 0; i < ARG_TIMEOUT; i++)
		soc2_statement_add(&insert, argument_type(fcinfo, i),
						   PG_GETARG_DATUM(i));
	soc2_statement_add(&insert, NAMEOID, NameGetDatum(role));
	if (!PG_ARGISNULL(ARG_TIMEOUT))
		soc2_statement_add(&insert, INTERVALOID,
						   PG_GETARG_DATUM(ARG_TIMEOUT));
	soc2_execute_as_owner(soc2_table_oid("checks"), &insert, NULL);
	record_change("created", check_id, NULL, query);
	PG_RETURN_VOID();
}

/* Refuse a check that is not there, and one that is not the caller's */
static void
require_own_check(Datum check_id, bool own)
{
	soc2_statement find;

	soc2_statement_begin(&find,
						 "SELECT COALESCE(r.oid, 0)::pg_catalog.int8"
						 " FROM soc2.checks AS c"
						 " LEFT JOIN pg_catalog.pg_roles AS r"
						 "  ON r.rolname OPERATOR(pg_catalog.=) c.run_as"
						 " WHERE c.check_id OPERATOR(pg_catalog.=) $1");
	soc2_statement_add(&find, TEXTOID, check_id);
	soc2_execute_as_owner(soc2_table_oid("checks"), &find, NULL);
	if (find.rows == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("check \"%s\" does not exist",
						TextDatumGetCString(check_id))));
	/* nobody is there to be asked: shipped, or the role is gone */
	if (own && find.number != 0 &&
		!soc2_member_can_set_role(GetUserId(), (Oid) find.number))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("check \"%s\" is for role \"%s\" to drop",
						TextDatumGetCString(check_id),
						GetUserNameFromId((Oid) find.number, false))));
}

/* A reason that was given, and is not empty */
static char *
require_reason(FunctionCallInfo fcinfo, int argument)
{
	char	   *reason = text_to_cstring(PG_GETARG_TEXT_PP(argument));

	if (reason[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there must be a reason")));
	return reason;
}

/* soc2.drop_check(check_id, reason) */
Datum
soc2_drop_check(PG_FUNCTION_ARGS)
{
	char	   *reason;
	soc2_statement delete;

	require_arguments(fcinfo, 2);
	reason = require_reason(fcinfo, 1);
	require_own_check(PG_GETARG_DATUM(0), true);
	soc2_statement_begin(&delete, delete_check);
	soc2_statement_add(&delete, TEXTOID, PG_GETARG_DATUM(0));
	soc2_execute_as_owner(soc2_table_oid("checks"), &delete, NULL);
	record_change("dropped", TextDatumGetCString(PG_GETARG_DATUM(0)), reason,
				  NULL);
	PG_RETURN_VOID();
}

/* soc2.enable_check(check_id, enabled, reason) */
Datum
soc2_enable_check(PG_FUNCTION_ARGS)
{
	char	   *reason;
	NameData	setter;
	soc2_statement store;

	require_arguments(fcinfo, 3);
	reason = require_reason(fcinfo, 2);
	require_own_check(PG_GETARG_DATUM(0), false);
	namestrcpy(&setter, GetUserNameFromId(GetUserId(), false));
	soc2_statement_begin(&store, switch_check);
	soc2_statement_add(&store, TEXTOID, PG_GETARG_DATUM(0));
	soc2_statement_add(&store, BOOLOID, PG_GETARG_DATUM(1));
	soc2_statement_add(&store, TEXTOID, PG_GETARG_DATUM(2));
	soc2_statement_add(&store, NAMEOID, NameGetDatum(&setter));
	soc2_execute_as_owner(soc2_table_oid("check_switches"), &store, NULL);
	record_change(PG_GETARG_BOOL(1) ? "enabled" : "disabled",
				  TextDatumGetCString(PG_GETARG_DATUM(0)), reason, NULL);
	PG_RETURN_VOID();
}
