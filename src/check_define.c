/*-------------------------------------------------------------------------
 *
 * check_define.c
 *		soc2.set_check_parameters(): parameters of a check in this database.
 *
 * IDENTIFICATION
 *	  src/check_define.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "soc2.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(soc2_set_check_parameters);

/* names in $2 that are no parameters of check $1; no row: no such check */
static const char *const unknown_parameters =
"SELECT pg_catalog.string_agg(given.name, ', ' ORDER BY given.name)"
" FROM soc2.checks AS c"
" LEFT JOIN LATERAL (SELECT * FROM pg_catalog.jsonb_object_keys($2) AS k (name)"
"   WHERE NOT c.parameters OPERATOR(pg_catalog.?) k.name) AS given ON true"
" WHERE c.check_id OPERATOR(pg_catalog.=) $1"
" GROUP BY c.check_id";

static const char *const store_parameters =
"INSERT INTO soc2.check_parameters (check_id, parameters, reason, set_by)"
" VALUES ($1, $2, $3, $4)"
" ON CONFLICT (check_id) DO UPDATE SET parameters = excluded.parameters,"
"  reason = excluded.reason, set_by = excluded.set_by,"
"  set_at = excluded.set_at";

static const char *const remove_parameters =
"DELETE FROM soc2.check_parameters"
" WHERE check_id OPERATOR(pg_catalog.=) $1";

static const char *const parameters_in_force =
"SELECT c.parameters OPERATOR(pg_catalog.||) COALESCE(p.parameters, '{}')"
" FROM soc2.checks AS c"
" LEFT JOIN soc2.check_parameters AS p"
"  ON p.check_id OPERATOR(pg_catalog.=) c.check_id"
" WHERE c.check_id OPERATOR(pg_catalog.=) $1";

static const Oid parameter_types[4] = {TEXTOID, JSONBOID, TEXTOID, NAMEOID};

/* Run one of the statements above with the first count of the values */
static void
run_statement(const char *statement, int count, Datum *values, int expected)
{
	if (SPI_execute_with_args(statement, count, (Oid *) parameter_types,
							  values, NULL, false, 0) != expected)
		elog(ERROR, "could not set the parameters of a check");
}

/* Refuse an unknown check, and parameters that it does not read */
static void
require_parameters(Datum *values, bool given)
{
	char	   *unknown = NULL;

	if (!given)
		values[1] = DirectFunctionCall1(jsonb_in, CStringGetDatum("{}"));
	else if (!JB_ROOT_IS_OBJECT(DatumGetJsonbP(values[1])))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("parameters of a check must be a JSON object")));
	run_statement(unknown_parameters, 2, values, SPI_OK_SELECT);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("check \"%s\" does not exist",
						TextDatumGetCString(values[0]))));
	unknown = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (unknown != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("check \"%s\" has no parameter of this name: %s",
						TextDatumGetCString(values[0]), unknown),
				 errhint("Its parameters are in soc2.checks.")));
}

/* soc2.set_check_parameters(check_id, parameters, reason) */
Datum
soc2_set_check_parameters(PG_FUNCTION_ARGS)
{
	bool		given = !PG_ARGISNULL(1);
	Datum		values[4];
	NameData	setter;
	bool		isnull;
	MemoryContext caller = CurrentMemoryContext;
	Datum		result;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2) ||
		VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(2)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("check and reason must be given")));
	values[0] = PG_GETARG_DATUM(0);
	values[1] = given ? PG_GETARG_DATUM(1) : (Datum) 0;
	values[2] = PG_GETARG_DATUM(2);
	/* the function runs with its owner's rights; the caller is the setter */
	namestrcpy(&setter, GetUserNameFromId(GetOuterUserId(), false));
	values[3] = NameGetDatum(&setter);

	SPI_connect();
	require_parameters(values, given);
	if (given)
		run_statement(store_parameters, 4, values, SPI_OK_INSERT);
	else
		run_statement(remove_parameters, 1, values, SPI_OK_DELETE);
	run_statement(parameters_in_force, 1, values, SPI_OK_SELECT);
	result = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
						   &isnull);
	MemoryContextSwitchTo(caller);
	result = PointerGetDatum(PG_DETOAST_DATUM_COPY(result));
	SPI_finish();
	PG_RETURN_DATUM(result);
}
