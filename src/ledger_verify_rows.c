/*-------------------------------------------------------------------------
 *
 * ledger_verify_rows.c
 *		soc2.verify_ledger: read the rows of a ledger.
 *
 * The rows are read once, from the table itself and not through an index: an
 * index that was tampered with hides nothing.  Each is matched with its hash
 * and goes with its position through a sort.
 *
 * A value that cannot be read, as its bytes are damaged, must not hide the other
 * rows.  So rows are read in a subtransaction: one for all of them, and another
 * one only after an error.  What has to outlive it belongs to the resource owner
 * of the function: the scan, and the files of the sorts.  A damaged page is
 * another matter: the server refuses it, and that error ends the function.
 *
 * In parallel mode there are no subtransactions.  There such a value is an error
 * that ends the work of all processes, and the ledger is read again by one.
 *
 * IDENTIFICATION
 *	  src/ledger_verify_rows.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "ledger_custody.h"
#include "ledger_verify.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

/* columns of soc2.ledger_redactions */
enum
{
	Anum_redactions_ledger_id = 1,
	Anum_redactions_lane,
	Anum_redactions_seq,
	Anum_redactions_column_name,
	Anum_redactions_commitment
};

/* a row as it is read */
typedef struct read_row
{
	ItemPointerData tid;
	Datum	   *values;
	bool	   *nulls;
	soc2_link	link;			/* seq is 0 if it has no position */
	uint32		problems;		/* SOC2_FORM_... */
	soc2_sorted_row sorted;
} read_row;

/* reading the table */
typedef struct reader
{
	soc2_verifier *v;
	int			part;			/* table that is read */
	TableScanDesc scan;
	TupleTableSlot *slot;
	TupleTableSlot *mapped;
	Relation	redactions;
	Relation	redactions_index;
	ParallelTableScanDesc *shared;	/* scans of the tables; NULL: none is */
	soc2_position_sort *malformed;	/* NULL: reported at once */
	ResourceOwner owner;		/* of what outlives the subtransaction */
	MemoryContext context;		/* the same */
	soc2_subtransaction subtransaction; /* begun in row_context */
	bool		in_values;		/* an error now is about the row's values */
	read_row	row;
} reader;

/* value of a ledger column; false if it is NULL */
static bool
get_field(const reader *r, soc2_ledger_field field, Datum *value)
{
	AttrNumber	attnum = r->v->plan->fields[field];

	if (attnum == 0 || r->row.nulls[attnum - 1])
		return false;
	*value = r->row.values[attnum - 1];
	return true;
}

/* describe the row that is being read as a malformed one */
static soc2_malformed_row
describe_row(const reader *r)
{
	soc2_malformed_row row;

	memset(&row, 0, sizeof(row));
	row.seq = (int64) r->row.link.seq;
	row.lane = (int32) r->row.link.lane;
	row.problems = r->row.problems;
	row.part = r->part;
	row.tid = r->row.tid;
	return row;
}

/* hand over what is wrong with the form of the row, if something is */
static void
put_form(reader *r)
{
	soc2_malformed_row row;

	if (r->row.problems == 0)
		return;
	row = describe_row(r);
	if (r->malformed == NULL)
		soc2_verify_report_form(r->v, &row);
	else
		soc2_sort_put(r->malformed, row.part, soc2_sort_tid_key(&row.tid),
					  &row);
}

/* read the position of a row; false if it has none */
static bool
read_position(reader *r)
{
	Datum		lane;
	Datum		seq;

	if (!get_field(r, SOC2_LEDGER_LANE, &lane) ||
		!get_field(r, SOC2_LEDGER_SEQ, &seq))
	{
		r->row.problems |= SOC2_FORM_NO_POSITION;
		return false;
	}
	if (DatumGetInt32(lane) < 0 || DatumGetInt32(lane) > SOC2_SORT_LANE_MAX ||
		DatumGetInt64(seq) < 1 || DatumGetInt64(seq) > SOC2_SORT_SEQ_MAX)
	{
		r->row.problems |= SOC2_FORM_BAD_POSITION;
		return false;
	}
	r->row.link.lane = (uint32) DatumGetInt32(lane);
	r->row.link.seq = (uint64) DatumGetInt64(seq);
	return true;
}

/* read the digests of a row, as far as it has them */
static void
read_digests(reader *r)
{
	soc2_sorted_row *sorted = &r->row.sorted;
	Datum		value;

	if (get_field(r, SOC2_LEDGER_PREV, &value))
	{
		r->row.link.prev = sorted->prev = *DatumGetDigest(value);
		sorted->known |= SOC2_ROW_HAS_PREV;
	}
	else
		r->row.problems |= SOC2_FORM_NO_PREV;
	if (get_field(r, SOC2_LEDGER_HASH, &value))
	{
		sorted->hash = *DatumGetDigest(value);
		sorted->known |= SOC2_ROW_HAS_HASH;
	}
	else
		r->row.problems |= SOC2_FORM_NO_HASH;
}

/* take one entry of soc2.ledger_redactions, if it is about a column of ours */
static void
take_commitment(reader *r, HeapTuple entry, soc2_ledger_kept *kept)
{
	const soc2_ledger_plan *plan = r->v->plan;
	bool		isnull;
	Name		name = DatumGetName(soc2_own_column(r->redactions, entry,
													Anum_redactions_column_name,
													&isnull));
	Datum		commitment = soc2_own_column(r->redactions, entry,
											 Anum_redactions_commitment,
											 &isnull);

	/* the name is part of the primary key; without a commitment there is none */
	if (isnull)
		return;

	for (int i = 0; i < plan->ncolumns; i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(r->v->rel),
											  plan->columns[i].attnum - 1);

		if (!plan->columns[i].redactable ||
			strcmp(NameStr(att->attname), NameStr(*name)) != 0)
			continue;
		kept[i].present = true;
		kept[i].commitment = *DatumGetDigest(commitment);
		r->row.sorted.redacted++;
	}
}

/* the commitments that are kept of a row, by column of the plan */
static soc2_ledger_kept *
read_commitments(reader *r)
{
	const soc2_ledger_plan *plan = r->v->plan;
	soc2_ledger_kept *kept;
	ScanKeyData keys[3];
	SysScanDesc scan;
	HeapTuple	entry;

	kept = palloc0(sizeof(soc2_ledger_kept) * (plan->ncolumns + 1));
	ScanKeyInit(&keys[0], Anum_redactions_ledger_id, BTEqualStrategyNumber,
				F_UUID_EQ, UUIDPGetDatum((const pg_uuid_t *) plan->id.bytes));
	ScanKeyInit(&keys[1], Anum_redactions_lane, BTEqualStrategyNumber,
				F_INT4EQ, Int32GetDatum((int32) r->row.link.lane));
	ScanKeyInit(&keys[2], Anum_redactions_seq, BTEqualStrategyNumber,
				F_INT8EQ, Int64GetDatum((int64) r->row.link.seq));
	scan = systable_beginscan_ordered(r->redactions, r->redactions_index,
									  r->v->snapshot, 3, keys);
	while (HeapTupleIsValid(entry = systable_getnext_ordered(scan,
															 ForwardScanDirection)))
		take_commitment(r, entry, kept);
	systable_endscan_ordered(scan);
	return kept;
}

/* hash what a row without a salt holds; false if it cannot be */
static bool
hash_without_salt(reader *r)
{
	const soc2_ledger_plan *plan = r->v->plan;

	if (soc2_ledger_needs_salt(plan, r->row.nulls))
	{
		r->row.problems |= SOC2_FORM_NO_SALT;
		return false;
	}
	if (plan->has_redactable)
		soc2_ledger_content_kept(plan, r->row.values, r->row.nulls,
								 read_commitments(r), &r->row.link.content);
	else
		soc2_ledger_content(plan, r->row.values, r->row.nulls, NULL,
							&r->row.link.content);
	return true;
}

/* hash what a row holds; false if it cannot be */
static bool
hash_content(reader *r)
{
	Datum		value;
	bytea	   *salt;

	if (!get_field(r, SOC2_LEDGER_SALT, &value))
		return hash_without_salt(r);
	salt = DatumGetByteaPP(value);
	if (VARSIZE_ANY_EXHDR(salt) != SOC2_SALT_SIZE)
	{
		r->row.problems |= SOC2_FORM_BAD_SALT;
		return false;
	}
	soc2_ledger_content(r->v->plan, r->row.values, r->row.nulls,
						(const unsigned char *) VARDATA_ANY(salt),
						&r->row.link.content);
	return true;
}

/* does a row match its hash?  It does where that cannot be known. */
static void
judge_content(reader *r)
{
	const unsigned needed = SOC2_ROW_HAS_PREV | SOC2_ROW_HAS_HASH;
	soc2_sorted_row *sorted = &r->row.sorted;
	soc2_digest hash;

	if (!r->v->plan->has_id || !hash_content(r) ||
		(sorted->known & needed) != needed)
		return;
	soc2_check_status(soc2_link_hash(soc2_ledger_hasher(), &r->v->plan->id,
									 &r->row.link, &hash), "judge a ledger");
	sorted->wrong = soc2_digest_compare(&hash, &sorted->hash) != 0;
}

/* put the row that was read into the sort */
static void
sort_row(reader *r)
{
	ResourceOwner owner = CurrentResourceOwner;

	CurrentResourceOwner = r->owner;
	soc2_sort_put(&r->v->rows,
				  soc2_sort_key((int32) r->row.link.lane,
								(int64) r->row.link.seq),
				  ((int64) r->part << SOC2_SORT_TID_BITS) |
				  soc2_sort_tid_key(&r->row.tid), &r->row.sorted);
	CurrentResourceOwner = owner;
}

/* advance to the next row of the table */
static bool
next_row(reader *r)
{
	ResourceOwner owner = CurrentResourceOwner;
	bool		found;

	CHECK_FOR_INTERRUPTS();
	CurrentResourceOwner = r->owner;
	found = table_scan_getnextslot(r->scan, ForwardScanDirection, r->slot);
	CurrentResourceOwner = owner;
	return found;
}

/* read one row */
static void
read_one(reader *r)
{
	TupleTableSlot *slot = soc2_ledger_part_row(&r->v->parts.parts[r->part],
												r->slot, r->mapped);

	memset(&r->row, 0, sizeof(r->row));
	r->v->count++;
	slot_getallattrs(slot);
	r->row.tid = r->row.sorted.tid = slot->tts_tid;
	r->row.sorted.part = r->part;
	r->row.values = slot->tts_values;
	r->row.nulls = slot->tts_isnull;
	if (read_position(r))
	{
		read_digests(r);
		r->in_values = true;
		judge_content(r);
		r->in_values = false;
		sort_row(r);
	}
	put_form(r);
	MemoryContextReset(r->v->row_context);
}

/* after an error: if it is in the values of a row, go on without them */
static void
take_damaged(reader *r)
{
	ErrorData  *error = soc2_verify_catch(&r->subtransaction);
	soc2_malformed_row row;

	if (!r->in_values)
		ReThrowError(error);
	soc2_subtransaction_begin(&r->subtransaction);
	put_form(r);
	row = describe_row(r);
	soc2_verify_report_row(r->v, &row, "content",
						   psprintf("has a value that cannot be read: %s", error->message));
	r->in_values = false;
	sort_row(r);
	MemoryContextReset(r->v->row_context);
}

/* read rows to the end of the table, or to one that is damaged: then false */
static bool
read_some(reader *r)
{
	volatile bool done = false;

	r->in_values = false;
	PG_TRY();
	{
		while (next_row(r))
			read_one(r);
		done = true;
	}
	PG_CATCH();
	{
		take_damaged(r);
	}
	PG_END_TRY();
	return done;
}

/* begin to read a table, with what outlives the subtransaction that is open */
static void
begin_part(reader *r, int part)
{
	const soc2_ledger_parts *parts = &r->v->parts;
	Relation	rel = parts->parts[part].rel;
	ResourceOwner owner = CurrentResourceOwner;
	MemoryContext caller = MemoryContextSwitchTo(r->context);

	CurrentResourceOwner = r->owner;
	r->part = part;
	r->slot = soc2_ledger_part_slot(&parts->parts[part]);
	r->mapped = soc2_ledger_part_mapped_slot(parts, &parts->parts[part]);
	/* from the first page on, so that reports have an order */
	r->scan = r->shared == NULL ?
		table_beginscan_strat(rel, r->v->snapshot, 0, NULL, true, false) :
		table_beginscan_parallel(rel, r->shared[part]);
	CurrentResourceOwner = owner;
	MemoryContextSwitchTo(caller);
}

/* end reading a table; the subtransaction may be another one than before */
static void
end_part(reader *r)
{
	ResourceOwner owner = CurrentResourceOwner;

	CurrentResourceOwner = r->owner;
	table_endscan(r->scan);
	ExecDropSingleTupleTableSlot(r->slot);
	if (r->mapped != NULL)
		ExecDropSingleTupleTableSlot(r->mapped);
	CurrentResourceOwner = owner;
}

/* read all tables, and let no row that is damaged hide the others */
static void
read_in_subtransactions(reader *r)
{
	MemoryContextSwitchTo(r->v->row_context);
	soc2_subtransaction_begin(&r->subtransaction);
	for (int i = 0; i < r->v->parts.count; i++)
	{
		begin_part(r, i);
		while (!read_some(r))
			;
		end_part(r);
	}
	soc2_subtransaction_commit(&r->subtransaction);
}

/* read all tables, where there can be no subtransaction */
static void
read_all(reader *r)
{
	MemoryContextSwitchTo(r->v->row_context);
	for (int i = 0; i < r->v->parts.count; i++)
	{
		begin_part(r, i);
		while (next_row(r))
			read_one(r);
		end_part(r);
	}
}

/* Read the rows of the tables */
void
soc2_verify_rows(soc2_verifier *v, ParallelTableScanDesc *shared,
				 soc2_position_sort *malformed)
{
	MemoryContext caller = CurrentMemoryContext;
	int			level = soc2_ledger_pin();
	reader		r = {0};

	r.v = v;
	r.shared = shared;
	r.malformed = malformed;
	r.owner = CurrentResourceOwner;
	r.context = caller;
	r.redactions = table_open(soc2_table_oid("ledger_redactions"),
							  AccessShareLock);
	r.redactions_index = index_open(soc2_table_oid("soc2_ledger_redactions_pkey"),
									AccessShareLock);
	if (IsInParallelMode())
		read_all(&r);
	else
		read_in_subtransactions(&r);
	MemoryContextSwitchTo(caller);
	index_close(r.redactions_index, AccessShareLock);
	table_close(r.redactions, AccessShareLock);
	soc2_ledger_unpin(level);
}
