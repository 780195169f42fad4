/*-------------------------------------------------------------------------
 *
 * check_record.c
 *		Runs of checks into the evidence, and members into their table.
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
#include "ledger_custody.h"
#include "soc2.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/jsonb.h"
#include "utils/uuid.h"

/* is soc2_check_run_record() at work? */
static bool recording = false;

static const char *const record_run =
"INSERT INTO soc2.evidence (kind, check_id, subject, criteria, payload)"
" VALUES ('check_run', $1, pg_catalog.current_database()::pg_catalog.text, $2,"
"  pg_catalog.jsonb_build_object("
"    'run_id', $3,"
"    'note', $4,"
"    'outcome', $5,"
"    'reason', $6,"
"    'population', $7,"
"    'failures', $8,"
"    'undecided', $9,"
"    'waived', $17,"
"    'results', $18,"
"    'results_cut', $7 OPERATOR(pg_catalog.-) $18,"
"    'population_sha256', $10,"
"    'failing', $11,"
"    'query', $12,"
"    'query_sha256', pg_catalog.encode(pg_catalog.sha256("
"       pg_catalog.convert_to($12, 'UTF8')), 'hex'),"
"    'parameters', $13,"
"    'session_user', SESSION_USER,"
"    'current_user', CURRENT_USER,"
"    'run_as', $19,"
"    'system_identifier', $14,"
"    'timeline', $15,"
"    'lsn', $16,"
"    'database', pg_catalog.current_database(),"
"    'server_version', pg_catalog.current_setting('server_version'),"
"    'snapshot', $20))"
" RETURNING evidence_id";

#define RECORD_PARAMETERS	20

static const char *const insert_members =
"INSERT INTO soc2.check_results"
" (evidence_id, check_id, recorded_at, resource, ok, reason)"
" SELECT e.evidence_id, e.check_id, e.recorded_at, m.resource, m.ok, m.reason"
" FROM soc2.evidence AS e, ROWS FROM (pg_catalog.unnest($2),"
"   pg_catalog.unnest($3), pg_catalog.unnest($4)) AS m (resource, ok, reason)"
" WHERE e.evidence_id OPERATOR(pg_catalog.=) $1";

static const char *const count_waived =
"SELECT pg_catalog.count(*) FROM pg_catalog.unnest($2) AS r (resource)"
" WHERE soc2.is_waived($1, r.resource, pg_catalog.statement_timestamp())";

/* members inserted at a time */
#define BATCH_MEMBERS	1000

/* their columns */
typedef struct member_batch
{
	int			count;
	Datum		values[SOC2_MEMBER_COLUMNS][BATCH_MEMBERS];
	bool		nulls[SOC2_MEMBER_COLUMNS][BATCH_MEMBERS];
} member_batch;

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

/* Start an assessment */
void
soc2_assessment_open(soc2_assessment *assessment, char *note, bool record)
{
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));

	if (SPI_execute("SELECT pg_catalog.pg_current_snapshot()", true, 0) !=
		SPI_OK_SELECT)
		elog(ERROR, "could not read the snapshot");
	assessment->snapshot = SPI_getvalue(SPI_tuptable->vals[0],
										SPI_tuptable->tupdesc, 1);
	assessment->record = record;
	assessment->record_plan = NULL;
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

/*
 * Run the statement that records a run, prepared for the whole assessment;
 * returns the id of the evidence.
 */
static Datum
execute_record(soc2_assessment *assessment, statement_parameters *p)
{
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));
	bool		isnull;

	if (assessment->record_plan == NULL)
		assessment->record_plan = SPI_prepare(record_run, p->count, p->types);
	recording = true;
	PG_TRY();
	{
		if (SPI_execute_plan(assessment->record_plan, p->values, p->nulls,
							 false, 0) != SPI_OK_INSERT_RETURNING)
			elog(ERROR, "could not record a check run");
	}
	PG_FINALLY();
	{
		recording = false;
	}
	PG_END_TRY();
	*id = *DatumGetUUIDP(SPI_getbinval(SPI_tuptable->vals[0],
									   SPI_tuptable->tupdesc, 1, &isnull));
	SPI_freetuptable(SPI_tuptable);
	return UUIDPGetDatum(id);
}

/* Add a column of members to a statement, as an array */
static void
add_column(soc2_statement *statement, member_batch *batch, int column)
{
	int			lower = 1;
	bool		is_ok = column == SOC2_MEMBER_OK;
	ArrayType  *array;

	array = construct_md_array(batch->values[column - 1],
							   batch->nulls[column - 1], 1, &batch->count,
							   &lower, is_ok ? BOOLOID : TEXTOID,
							   is_ok ? 1 : -1, is_ok,
							   is_ok ? TYPALIGN_CHAR : TYPALIGN_INT);
	soc2_statement_add(statement, is_ok ? BOOLARRAYOID : TEXTARRAYOID,
					   PointerGetDatum(array));
}

/* Insert a batch of members; nobody but the owner of the table can */
static void
insert_batch(Datum evidence_id, member_batch *batch)
{
	soc2_statement insert;

	if (batch->count == 0)
		return;
	soc2_statement_begin(&insert, insert_members);
	soc2_statement_add(&insert, UUIDOID, evidence_id);
	add_column(&insert, batch, SOC2_MEMBER_RESOURCE);
	add_column(&insert, batch, SOC2_MEMBER_OK);
	add_column(&insert, batch, SOC2_MEMBER_REASON);
	soc2_execute_as_owner(soc2_table_oid("check_results"), &insert, NULL);
	if (insert.rows != (uint64) batch->count)
		elog(ERROR, "could not keep the members of a population");
	batch->count = 0;
}

/* Keep the members of a run */
static void
insert_members_of(const soc2_check_run *run, Datum evidence_id)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "soc2 members",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(run->desc,
													&TTSOpsMinimalTuple);
	MemoryContext each = AllocSetContextCreate(context, "soc2 member batch",
											   ALLOCSET_DEFAULT_SIZES);
	member_batch *batch = palloc(sizeof(member_batch));

	batch->count = 0;
	MemoryContextSwitchTo(each);
	while (tuplestore_gettupleslot(run->members, true, true, slot))
	{
		slot_getallattrs(slot);
		for (int i = 0; i < SOC2_MEMBER_COLUMNS; i++)
		{
			batch->nulls[i][batch->count] = slot->tts_isnull[i];
			batch->values[i][batch->count] = slot->tts_isnull[i] ? (Datum) 0 :
				i == SOC2_MEMBER_OK - 1 ? slot->tts_values[i] :
				PointerGetDatum(PG_DETOAST_DATUM_COPY(slot->tts_values[i]));
		}
		if (++batch->count == BATCH_MEMBERS)
		{
			insert_batch(evidence_id, batch);
			/* the slot's row is in there, too */
			ExecClearTuple(slot);
			MemoryContextReset(each);
		}
	}
	insert_batch(evidence_id, batch);
	ExecDropSingleTupleTableSlot(slot);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

/* Let a recorded run open and close findings */
static void
update_findings(Datum evidence_id)
{
	soc2_statement update;

	soc2_statement_begin(&update, "SELECT soc2.update_findings($1)");
	soc2_statement_add(&update, UUIDOID, evidence_id);
	soc2_execute_as_owner(soc2_table_oid("findings"), &update, NULL);
}

/* Names of the failing members that were kept; NULL if there are none */
static ArrayType *
failing_resources(const soc2_check_run *run)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(run->desc,
													&TTSOpsMinimalTuple);
	ArrayBuildState *names = NULL;

	while (tuplestore_gettupleslot(run->members, true, false, slot))
	{
		slot_getallattrs(slot);
		if (!slot->tts_isnull[SOC2_MEMBER_OK - 1] &&
			!DatumGetBool(slot->tts_values[SOC2_MEMBER_OK - 1]))
			names = accumArrayResult(names,
									 slot->tts_values[SOC2_MEMBER_RESOURCE - 1],
									 false, TEXTOID, CurrentMemoryContext);
	}
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_rescan(run->members);
	return names == NULL ? NULL :
		DatumGetArrayTypeP(makeArrayResult(names, CurrentMemoryContext));
}

/* Count the failing members that are waived */
void
soc2_check_run_count_waived(const soc2_check *check, soc2_check_run *run)
{
	ArrayType  *names = run->failures > 0 ? failing_resources(run) : NULL;
	soc2_statement count;

	if (names == NULL)
		return;
	/* whoever assesses need not be able to read the waivers */
	soc2_statement_begin(&count, count_waived);
	soc2_statement_add(&count, TEXTOID, CStringGetTextDatum(check->check_id));
	soc2_statement_add(&count, TEXTARRAYOID, PointerGetDatum(names));
	soc2_execute_as_owner(soc2_table_oid("check_results"), &count, NULL);
	run->waived = count.number;
}

/* Record a run as evidence */
void
soc2_check_run_record(soc2_assessment *assessment,
					  const soc2_check *check, const soc2_check_run *run)
{
	statement_parameters p;
	Datum		evidence_id;

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
	add_bigint(&p, run->waived);
	add_bigint(&p, run->kept);
	add_text(&p, check->role_name);
	add_text(&p, assessment->snapshot);
	Assert(p.count == RECORD_PARAMETERS);

	evidence_id = execute_record(assessment, &p);
	insert_members_of(run, evidence_id);
	update_findings(evidence_id);
}
