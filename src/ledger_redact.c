/*-------------------------------------------------------------------------
 *
 * ledger_redact.c
 *		soc2.redact: take the redactable values of a row away for good.
 *
 * What a value was hashed through, its commitment, is kept in
 * soc2.ledger_redactions, and so every hash stays as it was.  The salt goes with
 * the values: without it a commitment says nothing about them, not even to who
 * can guess them.
 *
 * The commitments are those of what is stored now.  A row that was tampered with
 * does not become good by this: it goes on to differ from its hash.
 *
 * IDENTIFICATION
 *	  src/ledger_redact.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "evidence.h"
#include "ledger_custody.h"
#include "ledger_scan.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(soc2_redact);

/* a row on its way to be redacted */
typedef struct redaction
{
	soc2_custody custody;
	int64		seq;
	Datum	   *values;
	bool	   *nulls;
	soc2_ledger_kept *kept;		/* commitments, by column of the plan */
	int			count;			/* of the values that go */
} redaction;

/* name of a column that counts as content */
static char *
column_name(const redaction *r, int column)
{
	AttrNumber	attnum = r->custody.plan->columns[column].attnum;

	return NameStr(TupleDescAttr(RelationGetDescr(r->custody.rel),
								 attnum - 1)->attname);
}

/* refuse where nothing can ever be redacted */
static void
require_redactable(const soc2_custody *custody)
{
	if (custody->plan->has_id && !custody->plan->has_redactable)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("ledger \"%s\" has no redactable columns",
						custody->name),
				 errhint("They are chosen when a ledger is made, with soc2.create_ledger().")));
}

/* read the row, as it is now and not as the transaction began to see it */
static void
read_row	(redaction *r)
{
	TupleDesc	desc = RelationGetDescr(r->custody.rel);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	soc2_ledger_scan scan;
	TupleTableSlot *row;

	soc2_ledger_scan_begin(&scan, r->custody.rel, r->custody.plan, snapshot);
	soc2_ledger_scan_where_row(&scan, r->custody.lane, r->seq);
	soc2_ledger_scan_start(&scan, ForwardScanDirection);
	row = soc2_ledger_scan_next(&scan);
	if (row == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ledger \"%s\" has no row " INT64_FORMAT " in lane %d",
						r->custody.name, r->seq, r->custody.lane),
				 errhint("A row is named by its ledger_lane and its ledger_seq.")));
	r->values = palloc(sizeof(Datum) * desc->natts);
	r->nulls = palloc(sizeof(bool) * desc->natts);
	heap_deform_tuple(ExecCopySlotHeapTuple(row), desc, r->values, r->nulls);
	soc2_ledger_scan_end(&scan);
	UnregisterSnapshot(snapshot);
}

/* the salt of the row; it must have one */
static const unsigned char *
get_salt(const redaction *r)
{
	AttrNumber	attnum = r->custody.plan->fields[SOC2_LEDGER_SALT];
	bytea	   *salt = NULL;

	if (attnum != 0 && !r->nulls[attnum - 1])
		salt = DatumGetByteaPP(r->values[attnum - 1]);
	if (salt == NULL || VARSIZE_ANY_EXHDR(salt) != SOC2_SALT_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("row " INT64_FORMAT " in lane %d of ledger \"%s\" has no usable ledger_salt",
						r->seq, r->custody.lane, r->custody.name),
				 errhint("See what soc2.verify_ledger() reports.")));
	return (const unsigned char *) VARDATA_ANY(salt);
}

/* compute the commitments to the values that go */
static void
compute_commitments(redaction *r)
{
	const soc2_ledger_plan *plan = r->custody.plan;
	int			level;

	if (!soc2_ledger_needs_salt(plan, r->nulls))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("row " INT64_FORMAT " in lane %d of ledger \"%s\" has nothing to redact",
						r->seq, r->custody.lane, r->custody.name),
				 errdetail("Its redactable columns are all NULL.")));
	level = soc2_ledger_pin();
	r->kept = soc2_ledger_commitments(plan, r->values, r->nulls, get_salt(r));
	soc2_ledger_unpin(level);
	for (int i = 0; i < plan->ncolumns; i++)
		r->count += r->kept[i].present;
}

/* keep the commitment to one value */
static void
keep_commitment(redaction *r, int column, Name user)
{
	soc2_statement insert;
	NameData	name;

	namestrcpy(&name, column_name(r, column));
	soc2_statement_begin(&insert,
						 "INSERT INTO soc2.ledger_redactions (ledger_id, lane, seq, column_name, commitment, redacted_by, reason)"
						 " VALUES ($1, $2, $3, $4, soc2.digest_from_bytea($5), $6, $7)");
	soc2_statement_add(&insert, UUIDOID,
					   UUIDPGetDatum((const pg_uuid_t *) r->custody.plan->id.bytes));
	soc2_statement_add(&insert, INT4OID, Int32GetDatum(r->custody.lane));
	soc2_statement_add(&insert, INT8OID, Int64GetDatum(r->seq));
	soc2_statement_add(&insert, NAMEOID, NameGetDatum(&name));
	soc2_statement_add_digest(&insert, &r->kept[column].commitment);
	soc2_statement_add(&insert, NAMEOID, NameGetDatum(user));
	soc2_statement_add(&insert, TEXTOID,
					   CStringGetTextDatum(r->custody.reason));
	soc2_execute_as_owner(soc2_table_oid("ledger_redactions"), &insert, NULL);
}

/* set the values and the salt to NULL, under a pass for just that */
static void
empty_row(redaction *r)
{
	const soc2_ledger_plan *plan = r->custody.plan;
	soc2_custody_pass pass = {
		RelationGetRelid(r->custody.rel), true,
		r->custody.lane, r->seq, r->seq
	};
	StringInfoData sql;
	soc2_statement update;

	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s SET ledger_salt = NULL",
					 soc2_ledger_from(r->custody.rel));
	for (int i = 0; i < plan->ncolumns; i++)
	{
		if (r->kept[i].present)
			appendStringInfo(&sql, ", %s = NULL",
							 quote_identifier(column_name(r, i)));
	}
	appendStringInfoString(&sql,
						   " WHERE ledger_lane OPERATOR(pg_catalog.=) $1 AND ledger_seq OPERATOR(pg_catalog.=) $2");
	soc2_statement_begin(&update, sql.data);
	soc2_statement_add(&update, INT4OID, Int32GetDatum(r->custody.lane));
	soc2_statement_add(&update, INT8OID, Int64GetDatum(r->seq));
	soc2_execute_as_owner(pass.ledger, &update, &pass);
	if (update.rows != 1)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not redact row " INT64_FORMAT " in lane %d of ledger \"%s\"",
						r->seq, r->custody.lane, r->custody.name),
				 errdetail("The statement found " UINT64_FORMAT " rows.",
						   update.rows),
				 errhint("Try again in a new transaction.")));
}

/* record who took what away, and why; never what it was */
static void
record(const redaction *r)
{
	const soc2_ledger_plan *plan = r->custody.plan;
	const char *separator = "";
	StringInfoData payload;

	soc2_custody_payload(&payload, &r->custody);
	appendStringInfo(&payload, ", \"seq\": " INT64_FORMAT ", \"columns\": [",
					 r->seq);
	for (int i = 0; i < plan->ncolumns; i++)
	{
		if (!r->kept[i].present)
			continue;
		appendStringInfoString(&payload, separator);
		escape_json(&payload, column_name(r, i));
		separator = ", ";
	}
	appendStringInfoString(&payload, "]}");
	soc2_evidence_record(SOC2_REDACTION_KIND,
						 psprintf("%s lane %d row " INT64_FORMAT,
								  r->custody.name, r->custody.lane, r->seq),
						 payload.data);
}

/*
 * soc2.redact(table, lane, seq, reason): how many values were taken away.
 * Privilege to execute it decides who may.
 */
Datum
soc2_redact(PG_FUNCTION_ARGS)
{
	redaction	r = {0};
	NameData	user;

	soc2_custody_open(&r.custody, PG_GETARG_OID(0), PG_GETARG_INT32(1),
					  PG_GETARG_TEXT_PP(3));
	r.seq = PG_GETARG_INT64(2);
	require_redactable(&r.custody);
	read_row	(&r);

	compute_commitments(&r);
	namestrcpy(&user, GetUserNameFromId(GetUserId(), false));
	for (int i = 0; i < r.custody.plan->ncolumns; i++)
	{
		if (r.kept[i].present)
			keep_commitment(&r, i, &user);
	}
	empty_row(&r);
	record(&r);
	table_close(r.custody.rel, NoLock);
	PG_RETURN_INT32(r.count);
}
