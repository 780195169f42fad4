/*-------------------------------------------------------------------------
 *
 * ledger_verify.c
 *		soc2.verify_ledger: recompute a ledger and report what is wrong.
 *
 * The rows are read once, from the table itself and not through an index: an
 * index that was tampered with hides nothing.  The content of each is hashed
 * and goes with its position through a sort, and then the core judges the rows
 * in order.  Memory stays within work_mem, whatever the size of the ledger.
 *
 * It finds what is wrong with what is there.  Rows that were removed from the
 * end of a lane, or all of them, leave nothing to find.
 *
 * IDENTIFICATION
 *	  src/ledger_verify.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/tableam.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "ledger.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/tuplesort.h"

PG_FUNCTION_INFO_V1(soc2_verify_ledger);

#define RESULT_COLUMNS	4

/* what goes through the sort: position, and all that judging takes */
enum
{
	SORT_LANE = 1,
	SORT_SEQ,
	SORT_ROW,
	SORT_COLUMNS = SORT_ROW
};

/* verifying one ledger */
typedef struct verifier
{
	Relation	rel;
	const soc2_ledger_plan *plan;
	Tuplestorestate *result;
	TupleDesc	result_desc;
	Tuplesortstate *sort;
	TupleTableSlot *sort_in;
	TupleTableSlot *sort_out;
	MemoryContext row_context;	/* reset after each row */
	uint64		rows;
} verifier;

/* a row as it was read */
typedef struct read_row
{
	ItemPointerData tid;
	Datum	   *values;
	bool	   *nulls;
	soc2_chain_row row;
} read_row;

/* report a problem; without a position the ledger as a whole is meant */
static void
report(verifier *v, const soc2_link *position, const char *problem,
	   const char *detail)
{
	Datum		values[RESULT_COLUMNS] = {0};
	bool		nulls[RESULT_COLUMNS] = {true, true, false, false};

	if (position != NULL)
	{
		values[0] = Int32GetDatum((int32) position->lane);
		values[1] = Int64GetDatum((int64) position->seq);
		nulls[0] = nulls[1] = false;
	}
	values[2] = CStringGetTextDatum(problem);
	values[3] = CStringGetTextDatum(detail);
	tuplestore_putvalues(v->result, v->result_desc, values, nulls);
}

/* may the caller know all rows of the table? */
static void
check_access(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);
	AclResult	result = pg_class_aclcheck(relid, GetUserId(), ACL_SELECT);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_TABLE, RelationGetRelationName(rel));
	if (check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("cannot verify table \"%s\": row security hides rows of it",
						RelationGetRelationName(rel))));
}

/* the plan of a table that must be a ledger */
static const soc2_ledger_plan *
get_plan(Relation rel)
{
	const soc2_ledger_plan *plan = NULL;

	if (rel->rd_rel->relkind == RELKIND_RELATION)
		plan = soc2_ledger_plan_get(rel, true);
	if (plan == NULL || (!plan->has_id && !soc2_ledger_has_chain(rel)))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a ledger",
						RelationGetRelationName(rel)),
				 errhint("Ledgers are listed in soc2.ledgers.")));
	return plan;
}

/* value of a ledger column; false if it is NULL */
static bool
get_field(const verifier *v, const read_row *r, soc2_ledger_field field,
		  Datum *value)
{
	AttrNumber	attnum = v->plan->fields[field];

	if (attnum == 0 || r->nulls[attnum - 1])
		return false;
	*value = r->values[attnum - 1];
	return true;
}

/* report that the form of a row is wrong */
static void
report_format(verifier *v, const read_row *r, const char *what)
{
	bool		positioned = r->row.link.seq != 0;
	char	   *detail;

	detail = psprintf("The row at ctid (%u,%u) %s.",
					  ItemPointerGetBlockNumberNoCheck(&r->tid),
					  ItemPointerGetOffsetNumberNoCheck(&r->tid), what);
	report(v, positioned ? &r->row.link : NULL, "format", detail);
}

/* read the position of a row; false if it has none */
static bool
read_position(verifier *v, read_row *r)
{
	Datum		lane;
	Datum		seq;

	if (!get_field(v, r, SOC2_LEDGER_LANE, &lane) ||
		!get_field(v, r, SOC2_LEDGER_SEQ, &seq))
	{
		report_format(v, r, "has no ledger_lane or no ledger_seq");
		return false;
	}
	if (DatumGetInt32(lane) < 0 || DatumGetInt64(seq) < 1)
	{
		report_format(v, r, "has a position that cannot be");
		return false;
	}
	r->row.link.lane = (uint32) DatumGetInt32(lane);
	r->row.link.seq = (uint64) DatumGetInt64(seq);
	return true;
}

/* read the digests of a row, as far as it has them */
static void
read_digests(verifier *v, read_row *r)
{
	Datum		value;

	if (get_field(v, r, SOC2_LEDGER_PREV, &value))
	{
		r->row.link.prev = *DatumGetDigest(value);
		r->row.known |= SOC2_ROW_HAS_PREV;
	}
	else
		report_format(v, r, "has no ledger_prev");
	if (get_field(v, r, SOC2_LEDGER_HASH, &value))
	{
		r->row.hash = *DatumGetDigest(value);
		r->row.known |= SOC2_ROW_HAS_HASH;
	}
	else
		report_format(v, r, "has no ledger_hash");
}

/* compute the content of a row, if it can be */
static void
compute_content(verifier *v, read_row *r)
{
	const unsigned char *salt = NULL;
	Datum		value;

	if (!v->plan->has_id)
		return;
	if (soc2_ledger_needs_salt(v->plan, r->nulls))
	{
		bytea	   *bytes;

		if (!get_field(v, r, SOC2_LEDGER_SALT, &value))
		{
			report_format(v, r, "has a redactable value but no ledger_salt");
			return;
		}
		bytes = DatumGetByteaPP(value);
		if (VARSIZE_ANY_EXHDR(bytes) != SOC2_SALT_SIZE)
		{
			report_format(v, r, "has a ledger_salt that is not of 16 bytes");
			return;
		}
		salt = (const unsigned char *) VARDATA_ANY(bytes);
	}
	soc2_ledger_content(v->plan, r->values, r->nulls, salt,
						&r->row.link.content);
	r->row.known |= SOC2_ROW_HAS_CONTENT;
}

/* put a row into the sort */
static void
sort_row(verifier *v, const soc2_chain_row *row)
{
	TupleTableSlot *slot = v->sort_in;
	Size		size = VARHDRSZ + sizeof(*row);
	bytea	   *bytes = palloc(size);

	SET_VARSIZE(bytes, size);
	memcpy(VARDATA(bytes), row, sizeof(*row));
	ExecClearTuple(slot);
	memset(slot->tts_isnull, false, SORT_COLUMNS);
	slot->tts_values[SORT_LANE - 1] = Int32GetDatum((int32) row->link.lane);
	slot->tts_values[SORT_SEQ - 1] = Int64GetDatum((int64) row->link.seq);
	slot->tts_values[SORT_ROW - 1] = PointerGetDatum(bytes);
	ExecStoreVirtualTuple(slot);
	tuplesort_puttupleslot(v->sort, slot);
	ExecClearTuple(slot);
}

/* read one row */
static void
take_row(verifier *v, TupleTableSlot *slot)
{
	MemoryContext caller = MemoryContextSwitchTo(v->row_context);
	read_row	r;

	slot_getallattrs(slot);
	memset(&r, 0, sizeof(r));
	r.tid = slot->tts_tid;
	r.values = slot->tts_values;
	r.nulls = slot->tts_isnull;
	if (read_position(v, &r))
	{
		read_digests(v, &r);
		compute_content(v, &r);
		sort_row(v, &r.row);
	}
	v->rows++;
	MemoryContextSwitchTo(caller);
	MemoryContextReset(v->row_context);
}

/* start the sort by lane and position */
static void
begin_sort(verifier *v)
{
	TupleDesc	desc = CreateTemplateTupleDesc(SORT_COLUMNS);
	AttrNumber	keys[2] = {SORT_LANE, SORT_SEQ};
	Oid			operators[2] = {Int4LessOperator, Int8LessOperator};
	Oid			collations[2] = {InvalidOid, InvalidOid};
	bool		nulls_first[2] = {false, false};

	TupleDescInitEntry(desc, SORT_LANE, "lane", INT4OID, -1, 0);
	TupleDescInitEntry(desc, SORT_SEQ, "seq", INT8OID, -1, 0);
	TupleDescInitEntry(desc, SORT_ROW, "row", BYTEAOID, -1, 0);
	v->sort_in = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	v->sort_out = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	v->sort = tuplesort_begin_heap(desc, 2, keys, operators, collations,
								   nulls_first, work_mem, NULL,
								   TUPLESORT_NONE);
}

/* read the whole table */
static void
read_table(verifier *v)
{
	TupleTableSlot *slot = table_slot_create(v->rel, NULL);
	TableScanDesc scan = table_beginscan(v->rel, GetActiveSnapshot(), 0, NULL);
	int			level = soc2_ledger_pin();

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		take_row(v, slot);
	}
	soc2_ledger_unpin(level);
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

/* report positions that are missing before a row */
static void
report_gap(verifier *v, const soc2_chain_row *row, const soc2_verdict *verdict)
{
	soc2_link	first = row->link;
	char	   *detail;

	first.seq = verdict->first_missing;
	if (verdict->first_missing == verdict->last_missing)
		detail = psprintf("Row " UINT64_FORMAT " is missing.",
						  verdict->first_missing);
	else
		detail = psprintf("Rows " UINT64_FORMAT " to " UINT64_FORMAT " are missing.",
						  verdict->first_missing, verdict->last_missing);
	report(v, &first, "gap", detail);
}

/* report what judging found in a row */
static void
report_verdict(verifier *v, const soc2_chain_row *row,
			   const soc2_verdict *verdict)
{
	const soc2_link *link = &row->link;

	if (verdict->problems & SOC2_PROBLEM_GAP)
		report_gap(v, row, verdict);
	if (verdict->problems & SOC2_PROBLEM_DUPLICATE)
		report(v, link, "duplicate", "Another row has the same position.");
	if (verdict->problems & SOC2_PROBLEM_HASH)
		report(v, link, "content", "The row does not match its ledger_hash.");
	if (verdict->problems & SOC2_PROBLEM_LINK)
		report(v, link, "link", link->seq == 1 ?
			   "ledger_prev is not zero, as it is in a first row." :
			   psprintf("ledger_prev is not the ledger_hash of row " UINT64_FORMAT ".",
						link->seq - 1));
}

/* judge the rows in order */
static void
judge_rows(verifier *v)
{
	MemoryContext caller = MemoryContextSwitchTo(v->row_context);
	soc2_chain	chain;

	soc2_chain_begin(&chain, &v->plan->id);
	tuplesort_performsort(v->sort);
	while (tuplesort_gettupleslot(v->sort, true, false, v->sort_out, NULL))
	{
		soc2_chain_row row;
		soc2_verdict verdict;
		bool		isnull;
		Datum		bytes;

		CHECK_FOR_INTERRUPTS();
		bytes = slot_getattr(v->sort_out, SORT_ROW, &isnull);
		memcpy(&row, VARDATA_ANY(DatumGetPointer(bytes)), sizeof(row));
		soc2_check_status(soc2_chain_step(&chain, soc2_ledger_hasher(), &row,
										  &verdict), "judge a ledger");
		report_verdict(v, &row, &verdict);
		MemoryContextReset(v->row_context);
	}
	MemoryContextSwitchTo(caller);
}

/* report what is wrong with the definition */
static void
report_catalog(verifier *v)
{
	ListCell   *cell;

	foreach(cell, soc2_ledger_catalog_problems(v->rel, v->plan))
		report(v, NULL, "catalog", lfirst(cell));
}

/*
 * Report every problem of a ledger: (lane, seq, problem, detail).  No row
 * means that nothing was found.
 */
Datum
soc2_verify_ledger(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	verifier	v = {0};

	InitMaterializedSRF(fcinfo, 0);
	v.result = rsinfo->setResult;
	v.result_desc = rsinfo->setDesc;
	v.rel = relation_open(PG_GETARG_OID(0), AccessShareLock);
	check_access(v.rel);
	v.plan = get_plan(v.rel);
	v.row_context = AllocSetContextCreate(CurrentMemoryContext,
										  "soc2 verified row",
										  ALLOCSET_DEFAULT_SIZES);
	report_catalog(&v);
	begin_sort(&v);
	read_table(&v);
	if (!v.plan->has_id && v.rows > 0)
		report(&v, NULL, "catalog",
			   "soc2.ledgers has no entry for the table: no row can be matched with its hash.");
	judge_rows(&v);
	ExecDropSingleTupleTableSlot(v.sort_in);
	ExecDropSingleTupleTableSlot(v.sort_out);
	tuplesort_end(v.sort);
	relation_close(v.rel, AccessShareLock);
	return (Datum) 0;
}
