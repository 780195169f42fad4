/*-------------------------------------------------------------------------
 *
 * check_select.c
 *		Checks out of their tables.
 *
 * IDENTIFICATION
 *	  src/check_select.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "check_runner.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "soc2.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* columns of the query below */
enum
{
	COLUMN_CHECK_ID = 1,
	COLUMN_TITLE,
	COLUMN_SEVERITY,
	COLUMN_QUERY,
	COLUMN_PARAMETERS,
	COLUMN_CRITERIA,
	COLUMN_ROLE,
	COLUMN_TIMEOUT,
	COLUMN_NEEDS,
	COLUMN_MISSING
};

static const char *const select_checks =
"SELECT c.check_id, c.title, c.severity, c.query, c.parameters, c.criteria,"
"  COALESCE(c.run_as, CURRENT_USER),"
"  (EXTRACT(epoch FROM c.timeout) OPERATOR(pg_catalog.*) 1000)::pg_catalog.int4,"
"  c.needs,"
"  (SELECT pg_catalog.string_agg(m.g, '; ') FROM soc2.missing_grants("
"     COALESCE(c.run_as, CURRENT_USER), c.needs) AS m (g))"
" FROM soc2.checks_in_force AS c"
" WHERE c.enabled"
"  AND CASE $1 WHEN 'due' THEN c.check_id OPERATOR(pg_catalog.=) ANY ("
"      ARRAY(SELECT d.check_id FROM soc2.due_checks() AS d))"
"    ELSE soc2.check_is_selected(c.check_id, c.severity, c.criteria, $1)"
"      OR EXISTS (SELECT FROM soc2.control_checks AS k"
"        WHERE k.check_id OPERATOR(pg_catalog.=) c.check_id"
"          AND k.control_id OPERATOR(pg_catalog.=) $1) END"
" ORDER BY c.check_id COLLATE pg_catalog.\"C\"";

static const char *const function_needs =
"SELECT pg_catalog.to_regprocedure(n.need)::pg_catalog.oid"
" FROM pg_catalog.unnest($1) AS n (need)"
" WHERE n.need OPERATOR(pg_catalog.~) '\\)$'"
"  AND pg_catalog.to_regprocedure(n.need) IS NOT NULL";

/* Copy of a value out of a row, in the current context */
static Datum
copy_value(HeapTuple row, TupleDesc desc, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(row, desc, column, &isnull);

	if (isnull)
		elog(ERROR, "unexpected NULL in soc2.checks");
	return PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
}

/* Refuse a selector that is meant to be a criterion and is none */
static void
require_selector(const char *selector)
{
	soc2_criterion c;
	size_t		errpos;
	soc2_status status;

	if (strchr(selector, ':') == NULL)
		return;
	status = soc2_criterion_parse(selector, strlen(selector),
								  SOC2_FRAMEWORK_TSC, &c, &errpos);
	if (status != SOC2_OK)
		soc2_text_error(NULL, status, "soc2.criterion", selector, errpos);
}

/*
 * OIDs of the functions that a list of needs, a text[], names.  What is no
 * function, or is not there, is left out.
 */
static List *
find_functions(Datum needs)
{
	Oid			type = TEXTARRAYOID;
	List	   *functions = NIL;
	SPITupleTable *rows;

	if (ARR_NDIM(DatumGetArrayTypeP(needs)) == 0)
		return NIL;
	if (SPI_execute_with_args(function_needs, 1, &type, &needs, NULL,
							  true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read what a check needs");
	rows = SPI_tuptable;
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Datum		oid = SPI_getbinval(rows->vals[i], rows->tupdesc, 1, &isnull);

		functions = lappend_oid(functions, DatumGetObjectId(oid));
	}
	SPI_freetuptable(rows);
	return functions;
}

/* Read one check from its row */
static void
read_check(soc2_check *check, HeapTuple row, TupleDesc desc)
{
	Datum		timeout;
	bool		isnull;

	check->check_id = SPI_getvalue(row, desc, COLUMN_CHECK_ID);
	check->title = SPI_getvalue(row, desc, COLUMN_TITLE);
	check->severity = SPI_getvalue(row, desc, COLUMN_SEVERITY);
	check->query = SPI_getvalue(row, desc, COLUMN_QUERY);
	check->parameters = copy_value(row, desc, COLUMN_PARAMETERS);
	check->criteria = copy_value(row, desc, COLUMN_CRITERIA);
	check->criteria_type = SPI_gettypeid(desc, COLUMN_CRITERIA);
	check->role_name = SPI_getvalue(row, desc, COLUMN_ROLE);
	check->role = get_role_oid(check->role_name, true);
	check->missing = SPI_getvalue(row, desc, COLUMN_MISSING);
	check->functions = find_functions(copy_value(row, desc, COLUMN_NEEDS));
	timeout = SPI_getbinval(row, desc, COLUMN_TIMEOUT, &isnull);
	check->timeout = isnull ? soc2_check_timeout_setting :
		DatumGetInt32(timeout);
}

/* Read the checks that a selector names */
size_t
soc2_checks_select(const char *selector, soc2_check **checks)
{
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(selector);
	size_t		count;
	SPITupleTable *rows;

	require_selector(selector);
	if (SPI_execute_with_args(select_checks, 1, &type, &value, NULL,
							  true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read soc2.checks");
	count = (size_t) SPI_processed;
	rows = SPI_tuptable;
	if (count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no check matches %s", quote_literal_cstr(selector)),
				 errhint("Give the id of a check, a pattern such as 'auth.*', a severity, a criterion such as 'tsc:CC6', the id of a control, or 'due'; it has to be switched on.")));

	*checks = palloc0(count * sizeof(soc2_check));
	for (size_t i = 0; i < count; i++)
		read_check(&(*checks)[i], rows->vals[i], rows->tupdesc);
	return count;
}
