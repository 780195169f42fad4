/*-------------------------------------------------------------------------
 *
 * ledger_prune.c
 *		soc2.prune_ledger: remove the first rows of a lane for good.
 *
 * Only rows that were sealed: the log keeps their hashes, so that older
 * checkpoints and proofs stay good.  The last row of a lane stays, as the next
 * one is chained to it.  Rows that are retained stay too, and so does a lane
 * that is not whole: what is missing already must not be taken for pruned.
 *
 * IDENTIFICATION
 *	  src/ledger_prune.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "evidence.h"
#include "ledger_custody.h"
#include "ledger_scan.h"
#include "miscadmin.h"
#include "retention.h"
#include "soc2_errcodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(soc2_prune_ledger);

/* column that says until when a row is needed, if a table has it */
#define EXPIRY_COLUMN	"expires_at"

/* rows on their way out */
typedef struct pruning
{
	soc2_custody custody;
	int64		first;
	int64		through;
	soc2_digest last_hash;		/* ledger_hash of the last one */
} pruning;

/* refuse, as the rows cannot go */
static void
refuse(const pruning *p, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("lane %d of ledger \"%s\" cannot be pruned up to row " INT64_FORMAT,
					p->custody.lane, p->custody.name, p->through),
			 errdetail("%s", detail)));
}

/*
 * A number about the lane that is kept for the ledger, read as the owner of
 * that table; 0 if there is none
 */
static int64
lane_number(const pruning *p, const char *table, const char *sql)
{
	soc2_statement select;

	soc2_statement_begin(&select, sql);
	soc2_statement_add(&select, UUIDOID,
					   UUIDPGetDatum((const pg_uuid_t *) p->custody.plan->id.bytes));
	soc2_statement_add(&select, INT4OID, Int32GetDatum(p->custody.lane));
	soc2_execute_as_owner(soc2_table_oid(table), &select, NULL);
	return select.isnull ? 0 : select.number;
}

/* where does the lane start, and how far was it sealed? */
static void
check_sealed(pruning *p)
{
	if (!p->custody.plan->has_id ||
		p->through > lane_number(p, "ledger_seal_ranges",
								 "SELECT pg_catalog.max(last_seq) FROM soc2.ledger_seal_ranges"
								 " WHERE ledger_id OPERATOR(pg_catalog.=) $1 AND lane OPERATOR(pg_catalog.=) $2"))
		refuse(p, "Only rows that were sealed can be pruned.");
	p->first = 1 + lane_number(p, "ledger_prunes",
							   "SELECT pg_catalog.max(last_seq) FROM soc2.ledger_prunes"
							   " WHERE ledger_id OPERATOR(pg_catalog.=) $1 AND lane OPERATOR(pg_catalog.=) $2");
}

/*
 * Read prev and hash of a row as it is now; false if it is not there, or has
 * none
 */
static bool
read_link(const pruning *p, int64 seq, soc2_digest *prev, soc2_digest *hash)
{
	const soc2_ledger_plan *plan = p->custody.plan;
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	soc2_ledger_scan scan;
	TupleTableSlot *row;
	bool		prev_null = true;
	bool		hash_null = true;

	soc2_ledger_scan_begin(&scan, p->custody.rel, plan, snapshot);
	soc2_ledger_scan_where_row(&scan, p->custody.lane, seq);
	soc2_ledger_scan_start(&scan, ForwardScanDirection);
	row = soc2_ledger_scan_next(&scan);
	if (row != NULL)
	{
		Datum		value = slot_getattr(row, plan->fields[SOC2_LEDGER_PREV],
										 &prev_null);

		if (!prev_null)
			*prev = *DatumGetDigest(value);
		value = slot_getattr(row, plan->fields[SOC2_LEDGER_HASH], &hash_null);
		if (!hash_null)
			*hash = *DatumGetDigest(value);
	}
	soc2_ledger_scan_end(&scan);
	UnregisterSnapshot(snapshot);
	return !prev_null && !hash_null;
}

/* can the lane go on after the rows that go? */
static void
check_ends(pruning *p)
{
	soc2_digest prev;
	soc2_digest next_hash;

	if (p->through < p->first)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ledger \"%s\" has no row " INT64_FORMAT " in lane %d",
						p->custody.name, p->through, p->custody.lane),
				 errhint("Rows are numbered from 1; soc2.ledger_prunes has what was pruned.")));
	if (!read_link(p, p->through, &prev, &p->last_hash))
		refuse(p, "That row is missing, or has no ledger_hash.");
	if (!read_link(p, p->through + 1, &prev, &next_hash))
		refuse(p, "No row follows it: the last row of a lane stays.");
	if (soc2_digest_compare(&prev, &p->last_hash) != 0)
		refuse(p, "The row after it is not chained to it; see what soc2.verify_ledger() reports.");
}

/* the triggers that protect rows that are retained must be there */
static void
check_retention(const pruning *p)
{
	Oid			relid = RelationGetRelid(p->custody.rel);
	soc2_statement select;

	soc2_statement_begin(&select,
						 "SELECT pg_catalog.count(*) FROM soc2.retention_assignments"
						 " WHERE (relation OPERATOR(pg_catalog.=) $1"
						 "  OR relation OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT relid FROM pg_catalog.pg_partition_tree($1))))"
						 " AND NOT soc2.retention_guarded(relation)");
	soc2_statement_add(&select, REGCLASSOID, ObjectIdGetDatum(relid));
	soc2_execute_as_owner(soc2_table_oid(SOC2_RETENTION_ASSIGNMENTS), &select,
						  NULL);
	if (select.number > 0)
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("retention guard of table \"%s\" is down",
						p->custody.name),
				 errhint("The owner of the table must restore it.")));
}

/* refuse to remove rows that are needed still */
static void
check_expiry(const pruning *p)
{
	Relation	rel = p->custody.rel;
	AttrNumber	attnum = get_attnum(RelationGetRelid(rel), EXPIRY_COLUMN);
	const char *expected = "NOT FALSE";
	soc2_statement select;

	if (attnum == InvalidAttrNumber)
		return;
	/* where a row says nothing, its class does, if it has one */
	if (OidIsValid(soc2_retention_root(RelationGetRelid(rel))))
		expected = "TRUE";
	/* what is no date can never have passed */
	if (!OidIsValid(soc2_anchor_type(TupleDescAttr(RelationGetDescr(rel),
												   attnum - 1)->atttypid)))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_RETAINED),
				 errmsg("rows of ledger \"%s\" are retained", p->custody.name),
				 errdetail("Column \"%s\" is no date.", EXPIRY_COLUMN),
				 errhint("Only dates and timestamps can say when a row has expired.")));
	soc2_statement_begin(&select,
						 psprintf("SELECT pg_catalog.min(ledger_seq) FROM %s"
								  " WHERE ledger_lane OPERATOR(pg_catalog.=) $1 AND ledger_seq OPERATOR(pg_catalog.<=) $2"
								  " AND (" EXPIRY_COLUMN " OPERATOR(pg_catalog.>) pg_catalog.now()) IS %s",
								  soc2_ledger_from(rel), expected));
	soc2_statement_add(&select, INT4OID, Int32GetDatum(p->custody.lane));
	soc2_statement_add(&select, INT8OID, Int64GetDatum(p->through));
	soc2_execute_as_owner(RelationGetRelid(rel), &select, NULL);
	if (!select.isnull)
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_RETAINED),
				 errmsg("row " INT64_FORMAT " in lane %d of ledger \"%s\" is retained",
						select.number, p->custody.lane, p->custody.name),
				 errdetail("Its %s has not passed, or is NULL.",
						   EXPIRY_COLUMN),
				 errhint("Prune what is before it.")));
}

/* remove the rows, under a pass for just them */
static void
delete_rows(const pruning *p)
{
	soc2_custody_pass pass = {
		RelationGetRelid(p->custody.rel), false,
		p->custody.lane, p->first, p->through
	};
	soc2_statement delete;

	soc2_statement_begin(&delete,
						 psprintf("DELETE FROM %s WHERE ledger_lane OPERATOR(pg_catalog.=) $1"
								  " AND ledger_seq OPERATOR(pg_catalog.>=) $2 AND ledger_seq OPERATOR(pg_catalog.<=) $3",
								  soc2_ledger_from(p->custody.rel)));
	soc2_statement_add(&delete, INT4OID, Int32GetDatum(p->custody.lane));
	soc2_statement_add(&delete, INT8OID, Int64GetDatum(p->first));
	soc2_statement_add(&delete, INT8OID, Int64GetDatum(p->through));
	soc2_execute_as_owner(pass.ledger, &delete, &pass);
	if (delete.rows != (uint64) (p->through - p->first + 1))
		refuse(p, psprintf("Of rows " INT64_FORMAT " to " INT64_FORMAT " only " UINT64_FORMAT " were found.",
						   p->first, p->through, delete.rows));
}

/* record who removed what, and why */
static void
record(const pruning *p)
{
	StringInfoData payload;
	pg_uuid_t  *evidence;
	NameData	user;
	soc2_statement insert;

	soc2_custody_payload(&payload, &p->custody);
	appendStringInfo(&payload, ", \"first\": " INT64_FORMAT ", \"last\": " INT64_FORMAT "}",
					 p->first, p->through);
	evidence = soc2_evidence_record(SOC2_PRUNE_KIND,
									psprintf("%s lane %d rows " INT64_FORMAT " to " INT64_FORMAT,
											 p->custody.name, p->custody.lane,
											 p->first, p->through),
									payload.data);
	namestrcpy(&user, GetUserNameFromId(GetUserId(), false));
	soc2_statement_begin(&insert,
						 "INSERT INTO soc2.ledger_prunes (ledger_id, lane, last_seq, last_hash, pruned_by, reason, evidence_id)"
						 " VALUES ($1, $2, $3, soc2.digest_from_bytea($4), $5, $6, $7)");
	soc2_statement_add(&insert, UUIDOID,
					   UUIDPGetDatum((const pg_uuid_t *) p->custody.plan->id.bytes));
	soc2_statement_add(&insert, INT4OID, Int32GetDatum(p->custody.lane));
	soc2_statement_add(&insert, INT8OID, Int64GetDatum(p->through));
	soc2_statement_add_digest(&insert, &p->last_hash);
	soc2_statement_add(&insert, NAMEOID, NameGetDatum(&user));
	soc2_statement_add(&insert, TEXTOID,
					   CStringGetTextDatum(p->custody.reason));
	soc2_statement_add(&insert, UUIDOID, UUIDPGetDatum(evidence));
	soc2_execute_as_owner(soc2_table_oid("ledger_prunes"), &insert, NULL);
}

/*
 * soc2.prune_ledger(table, lane, through, reason): how many rows were removed.
 * Privilege to execute it decides who may.
 */
Datum
soc2_prune_ledger(PG_FUNCTION_ARGS)
{
	pruning		p = {0};

	soc2_custody_open(&p.custody, PG_GETARG_OID(0), PG_GETARG_INT32(1),
					  PG_GETARG_TEXT_PP(3));
	p.through = PG_GETARG_INT64(2);
	check_sealed(&p);
	check_ends(&p);
	check_retention(&p);
	check_expiry(&p);
	/* a subscriber believes a removal only after its record */
	record(&p);
	delete_rows(&p);
	table_close(p.custody.rel, NoLock);
	PG_RETURN_INT64(p.through - p.first + 1);
}
