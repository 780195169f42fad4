/*-------------------------------------------------------------------------
 *
 * evidence.c
 *		soc2.evidence: what the writer of a row does not decide.
 *
 * IDENTIFICATION
 *	  src/evidence.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "check_runner.h"
#include "evidence.h"
#include "executor/spi.h"
#include "ledger_custody.h"
#include "miscadmin.h"
#include "trigger.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(soc2_evidence_stamp);
PG_FUNCTION_INFO_V1(soc2_record_act);

/* arguments of soc2.record_evidence() */
#define EVIDENCE_ARGUMENTS	12

/* columns that a stamp sets */
enum
{
	STAMP_RECORDED_AT,
	STAMP_RECORDED_BY,
	STAMP_ARTIFACT_SHA256,
	STAMPS
};

/* kinds of evidence that nobody records by hand; the first is that of checks */
static const struct
{
	const char *kind;
	const char *function;
}			reserved_kinds[] =

{
	{SOC2_CHECK_RUN_KIND, "soc2.assess"},
	{SOC2_REDACTION_KIND, "soc2.redact"},
	{SOC2_PRUNE_KIND, "soc2.prune_ledger"},
	{SOC2_CHECK_CHANGE_KIND, "soc2.create_check, soc2.drop_check and soc2.enable_check"},
	{SOC2_BYPASS_KIND, "what is overridden"},
	{SOC2_LOCK_KIND, "soc2.lock_retention"},
	{SOC2_RETIREMENT_KIND, "soc2.retire"},
	{SOC2_REFUSED_KIND, "the worker of the extension"},
	{"control", "functions such as soc2.adopt_controls"},
	{"waiver", "functions such as soc2.waive"},
	{"attestation", "soc2.attest"},
	{"finding", "functions such as soc2.update_findings"},
	{"period", "functions such as soc2.open_period"},
	{"population", "soc2.population"},
	{"hold", "functions such as soc2.place_hold"},
	{"subject", "soc2.set_subject and soc2.unset_subject"},
	{"erasure", "soc2.request_erasure and soc2.run_erasure"},
	{"disposal", "functions such as soc2.plan_disposal"},
	{"import", "functions such as soc2.import_oscal_catalog"},
	{"access_review", "functions such as soc2.start_access_review"}
};

/* whose act is being recorded; InvalidOid if rows are those of their writer */
static Oid	actor = InvalidOid;

static const soc2_trigger_rule stamp_rule = {
	"soc2.evidence_stamp", TRIGGER_TYPE_BEFORE, true, false,
	TRIGGER_TYPE_INSERT, "INSERT"
};

/* number of a column that the table must have */
static int
column_number(TupleDesc desc, const char *name)
{
	int			number = SPI_fnumber(desc, name);

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" does not exist", name)));
	return number;
}

/* value of a column, and whether it is NULL */
static Datum
column_value(HeapTuple tuple, TupleDesc desc, const char *name, bool *isnull)
{
	return heap_getattr(tuple, column_number(desc, name), desc, isnull);
}

/* Is any ledger column filled?  Then the row is restored, not recorded. */
static bool
is_restored(HeapTuple tuple, TupleDesc desc)
{
	static const char *const names[] = {
		"ledger_lane", "ledger_seq", "ledger_prev", "ledger_hash",
		"ledger_salt"
	};

	for (size_t i = 0; i < lengthof(names); i++)
	{
		bool		isnull;

		(void) column_value(tuple, desc, names[i], &isnull);
		if (!isnull)
			return true;
	}
	return false;
}

/*
 * Digest of the artifact, or NULL if the row has none.  A digest that was
 * given must be the same.
 */
static soc2_digest *
hash_artifact(HeapTuple tuple, TupleDesc desc)
{
	soc2_digest *digest;
	bytea	   *artifact;
	Datum		value;
	bool		isnull;

	value = column_value(tuple, desc, "artifact", &isnull);
	if (isnull)
		return NULL;
	artifact = DatumGetByteaPP(value);
	digest = palloc(sizeof(soc2_digest));
	soc2_ledger_hash_bytes(VARDATA_ANY(artifact), VARSIZE_ANY_EXHDR(artifact),
						   digest);
	if ((Pointer) artifact != DatumGetPointer(value))
		pfree(artifact);

	value = column_value(tuple, desc, "artifact_sha256", &isnull);
	if (!isnull && soc2_digest_compare(digest, DatumGetDigest(value)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("artifact_sha256 is not the digest of the artifact"),
				 errhint("Leave artifact_sha256 out where the artifact is given.")));
	return digest;
}

/* Refuse a row that only a function of the extension may record */
static void
check_kind(HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;
	Datum		value = column_value(tuple, desc, "kind", &isnull);
	const char *kind = isnull ? "" : TextDatumGetCString(value);

	for (size_t i = 0; i < lengthof(reserved_kinds); i++)
	{
		bool		is_check = i == 0;

		if (strcmp(kind, reserved_kinds[i].kind) != 0 ||
			(is_check ? soc2_check_run_is_recorded() : OidIsValid(actor)))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("evidence of kind \"%s\" is recorded by %s alone",
						kind, reserved_kinds[i].function),
				 is_check ? errhint("Give another kind, or run the check.") :
				 errhint("Give another kind.")));
	}
}

/* Record an act of the current user */
pg_uuid_t *
soc2_evidence_record(const char *kind, const char *subject,
					 const char *payload)
{
	Oid			outer = actor;
	Datum		id = OidFunctionCall0(F_GEN_RANDOM_UUID);
	soc2_statement insert;

	soc2_statement_begin(&insert,
						 "INSERT INTO soc2.evidence (evidence_id, kind, subject, payload)"
						 " VALUES ($1, $2, $3, $4::pg_catalog.jsonb)");
	soc2_statement_add(&insert, UUIDOID, id);
	soc2_statement_add(&insert, TEXTOID, CStringGetTextDatum(kind));
	soc2_statement_add(&insert, TEXTOID, CStringGetTextDatum(subject));
	soc2_statement_add(&insert, TEXTOID, CStringGetTextDatum(payload));
	actor = GetUserId();
	PG_TRY();
	{
		soc2_execute_as_owner(soc2_table_oid("evidence"), &insert, NULL);
	}
	PG_FINALLY();
	{
		actor = outer;
	}
	PG_END_TRY();
	return DatumGetUUIDP(id);
}

/*
 * soc2.record_act(): soc2.record_evidence() with the arguments given, recorded
 * by the role that called the SECURITY DEFINER function which calls this.
 */
Datum
soc2_record_act(PG_FUNCTION_ARGS)
{
	static const char *const record =
	"SELECT soc2.record_evidence($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
	" $11, $12)";
	Oid			outer = actor;
	Oid		   *types;
	int			count;
	Datum		values[EVIDENCE_ARGUMENTS];
	char		nulls[EVIDENCE_ARGUMENTS];
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));
	bool		isnull;

	(void) get_func_signature(fcinfo->flinfo->fn_oid, &types, &count);
	Assert(count == EVIDENCE_ARGUMENTS);
	for (int i = 0; i < EVIDENCE_ARGUMENTS; i++)
	{
		values[i] = PG_ARGISNULL(i) ? (Datum) 0 : PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}

	SPI_connect();
	actor = GetOuterUserId();
	PG_TRY();
	{
		if (SPI_execute_with_args(record, count, types, values, nulls,
								  false, 0) != SPI_OK_SELECT)
			elog(ERROR, "could not record an act");
	}
	PG_FINALLY();
	{
		actor = outer;
	}
	PG_END_TRY();
	*id = *DatumGetUUIDP(SPI_getbinval(SPI_tuptable->vals[0],
									   SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	PG_RETURN_UUID_P(id);
}

/*
 * BEFORE INSERT trigger: set who recorded the row and when, and the digest of
 * its artifact.  A restored row keeps what it has.
 */
Datum
soc2_evidence_stamp(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = soc2_trigger_data(fcinfo, &stamp_rule);
	TupleDesc	desc = RelationGetDescr(trigdata->tg_relation);
	HeapTuple	tuple = trigdata->tg_trigtuple;
	int			columns[STAMPS];
	Datum		values[STAMPS];
	bool		nulls[STAMPS] = {false};
	soc2_digest *digest;
	NameData	user;

	if (is_restored(tuple, desc))
		return PointerGetDatum(tuple);
	check_kind(tuple, desc);

	columns[STAMP_RECORDED_AT] = column_number(desc, "recorded_at");
	values[STAMP_RECORDED_AT] = TimestampTzGetDatum(GetCurrentTimestamp());
	columns[STAMP_RECORDED_BY] = column_number(desc, "recorded_by");
	namestrcpy(&user, GetUserNameFromId(OidIsValid(actor) ? actor :
										GetUserId(), false));
	values[STAMP_RECORDED_BY] = NameGetDatum(&user);
	columns[STAMP_ARTIFACT_SHA256] = column_number(desc, "artifact_sha256");
	digest = hash_artifact(tuple, desc);
	values[STAMP_ARTIFACT_SHA256] = DigestGetDatum(digest);
	/* without an artifact, what was given stands */
	tuple = heap_modify_tuple_by_cols(tuple, desc,
									  digest != NULL ? STAMPS : STAMPS - 1,
									  columns, values, nulls);
	return PointerGetDatum(tuple);
}
