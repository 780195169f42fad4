/*-------------------------------------------------------------------------
 *
 * check_record.c
 *		Checks out of their table, and runs into the evidence.
 *
 * IDENTIFICATION
 *	  src/check_record.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "check_runner.h"
#include "executor/spi.h"
#include "soc2.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/uuid.h"

/* is soc2_check_run_record() at work? */
static bool recording = false;

/* columns of the query below */
enum
{
	COLUMN_CHECK_ID = 1,
	COLUMN_TITLE,
	COLUMN_SEVERITY,
	COLUMN_QUERY,
	COLUMN_PARAMETERS,
	COLUMN_CRITERIA
};

static const char *const select_checks =
"SELECT c.check_id, c.title, c.severity, c.query,"
"  c.parameters OPERATOR(pg_catalog.||) COALESCE(p.parameters, '{}'),"
"  c.criteria"
" FROM soc2.checks AS c"
" LEFT JOIN soc2.check_parameters AS p"
"  ON p.check_id OPERATOR(pg_catalog.=) c.check_id"
" WHERE soc2.check_is_selected(c.check_id, c.severity, c.criteria, $1)"
" AND pg_catalog.current_setting('server_version_num')::pg_catalog.int4"
"   OPERATOR(pg_catalog./) 10000"
"   BETWEEN c.min_version AND COALESCE(c.max_version, 9999)"
" ORDER BY c.check_id COLLATE pg_catalog.\"C\"";

static const char *const record_run =
"SELECT soc2.record_evidence("
"  kind => 'check_run',"
"  check_id => $1,"
"  subject => pg_catalog.current_database()::pg_catalog.text,"
"  criteria => $2,"
"  payload => pg_catalog.jsonb_build_object("
"    'run_id', $3,"
"    'note', $4,"
"    'outcome', $5,"
"    'reason', $6,"
"    'population', $7,"
"    'failures', $8,"
"    'undecided', $9,"
"    'population_sha256', $10,"
"    'failing', $11,"
"    'query', $12,"
"    'query_sha256', pg_catalog.encode(pg_catalog.sha256("
"       pg_catalog.convert_to($12, 'UTF8')), 'hex'),"
"    'parameters', $13,"
"    'session_user', SESSION_USER,"
"    'current_user', CURRENT_USER,"
"    'system_identifier', $14,"
"    'timeline', $15,"
"    'lsn', $16,"
"    'database', pg_catalog.current_database(),"
"    'server_version', pg_catalog.current_setting('server_version'),"
"    'snapshot', pg_catalog.pg_current_snapshot()::pg_catalog.text))";

#define RECORD_PARAMETERS	16

/* parameters of that statement */
typedef struct statement_parameters
{
	Oid			types[RECORD_PARAMETERS];
	Datum		values[RECORD_PARAMETERS];
	char		nulls[RECORD_PARAMETERS];
	int			count;
} statement_parameters;

/* Name of an outcome */
const char *
soc2_outcome_name(soc2_outcome outcome)
{
	switch (outcome)
	{
		case SOC2_OUTCOME_PASS:
			return "pass";
		case SOC2_OUTCOME_FAIL:
			return "fail";
		case SOC2_OUTCOME_NOT_OCCURRING:
			return "not_occurring";
		case SOC2_OUTCOME_ERROR:
			return "error";
		case SOC2_OUTCOME_INSUFFICIENT_PRIVILEGE:
			return "insufficient_privilege";
	}
	return "error";
}

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
				 errhint("Give the id of a check, a pattern such as 'auth.*', a severity, or a criterion such as 'tsc:CC6'.")));

	*checks = palloc(count * sizeof(soc2_check));
	for (size_t i = 0; i < count; i++)
	{
		HeapTuple	row = rows->vals[i];
		soc2_check *check = &(*checks)[i];

		check->check_id = SPI_getvalue(row, rows->tupdesc, COLUMN_CHECK_ID);
		check->title = SPI_getvalue(row, rows->tupdesc, COLUMN_TITLE);
		check->severity = SPI_getvalue(row, rows->tupdesc, COLUMN_SEVERITY);
		check->query = SPI_getvalue(row, rows->tupdesc, COLUMN_QUERY);
		check->parameters = copy_value(row, rows->tupdesc, COLUMN_PARAMETERS);
		check->criteria = copy_value(row, rows->tupdesc, COLUMN_CRITERIA);
		check->criteria_type = SPI_gettypeid(rows->tupdesc, COLUMN_CRITERIA);
	}
	return count;
}

/* Start an assessment */
void
soc2_assessment_open(soc2_assessment *assessment, char *note)
{
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));

	if (!pg_strong_random(id->data, UUID_LEN))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	/* a random uuid: version 4 and variant 1 of RFC 9562 */
	id->data[6] = (id->data[6] & 0x0f) | 0x40;
	id->data[8] = (id->data[8] & 0x3f) | 0x80;
	assessment->run_id = UUIDPGetDatum(id);
	assessment->note = note;
}

/* Hash of a population in hexadecimal; NULL if it was not read to its end */
static char *
hash_text(const soc2_check_run *run)
{
	char	   *text;
	uint64		len;

	if (!run->hashed)
		return NULL;
	text = palloc(2 * sizeof(run->hash) + 1);

	len = hex_encode((const char *) run->hash, sizeof(run->hash), text);
	text[		len] = '\0';
	return text;
}

/* Add a parameter */
static void
add_value(statement_parameters *p, Oid type, Datum value)
{
	Assert(p->count < RECORD_PARAMETERS);
	p->types[p->count] = type;
	p->values[p->count] = value;
	p->nulls[p->count] = ' ';
	p->count++;
}

/* Add a text, which may be NULL */
static void
add_text(statement_parameters *p, const char *text)
{
	add_value(p, TEXTOID, text ? CStringGetTextDatum(text) : (Datum) 0);
	if (text == NULL)
		p->nulls[p->count - 1] = 'n';
}

/* Add a number */
static void
add_bigint(statement_parameters *p, int64 number)
{
	add_value(p, INT8OID, Int64GetDatum(number));
}

/* Add a JSON array given as text, or an empty one */
static void
add_json_array(statement_parameters *p, const StringInfoData *json)
{
	const char *text = json->len > 0 ? json->data : "[]";

	add_value(p, JSONBOID,
			  DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

/* Where the server stands; runs are recorded on a primary only */
static void
add_server(statement_parameters *p)
{
	XLogRecPtr	lsn = GetXLogInsertRecPtr();

	add_text(p, psprintf(UINT64_FORMAT, GetSystemIdentifier()));
	add_bigint(p, (int64) GetWALInsertionTimeLine());
	add_text(p, psprintf("%X/%X", LSN_FORMAT_ARGS(lsn)));
}

/* Is a run being recorded right now? */
bool
soc2_check_run_is_recorded(void)
{
	return recording;
}

/* Run the statement that records a run */
static void
execute_record(statement_parameters *p)
{
	recording = true;
	PG_TRY();
	{
		if (SPI_execute_with_args(record_run, p->count, p->types, p->values,
								  p->nulls, false, 0) != SPI_OK_SELECT)
			elog(ERROR, "could not record a check run");
	}
	PG_FINALLY();
	{
		recording = false;
	}
	PG_END_TRY();
	SPI_freetuptable(SPI_tuptable);
}

/* Record a run as evidence */
void
soc2_check_run_record(const soc2_assessment *assessment,
					  const soc2_check *check, const soc2_check_run *run)
{
	statement_parameters p;

	p.count = 0;
	add_text(&p, check->check_id);
	add_value(&p, check->criteria_type, check->criteria);
	add_value(&p, UUIDOID, assessment->run_id);
	add_text(&p, assessment->note);
	add_text(&p, soc2_outcome_name(run->outcome));
	add_text(&p, run->reason);
	add_bigint(&p, run->population);
	add_bigint(&p, run->failures);
	add_bigint(&p, run->undecided);
	add_text(&p, hash_text(run));
	add_json_array(&p, &run->failing);
	add_text(&p, check->query);
	add_value(&p, JSONBOID, check->parameters);
	add_server(&p);
	Assert(p.count == RECORD_PARAMETERS);

	execute_record(&p);
}
