/*-------------------------------------------------------------------------
 *
 * ledger_verify_judge.c
 *		soc2.verify_ledger: judge the rows in order.
 *
 * Everything that has a position is taken side by side, in order of lane and
 * position: the rows, the entries of the unique index, the hashes in the log,
 * and the commitments that are kept of redacted rows.
 *
 * IDENTIFICATION
 *	  src/ledger_verify_judge.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/itup.h"
#include "access/relscan.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "core/merkle.h"
#include "ledger_custody.h"
#include "ledger_verify.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"

/* columns of soc2.ledger_redactions */
enum
{
	Anum_redactions_lane = 2,
	Anum_redactions_seq
};

/* what comes after every position */
#define KEY_END		PG_INT64_MAX

/* entries of the index on (lane, position) of a part, in order */
typedef struct index_cursor
{
	Relation	rel;			/* the part */
	MemoryContext context;		/* where the scan keeps what it allocates */
	Relation	index;			/* NULL if there is none that serves */
	IndexScanDesc scan;
	TupleTableSlot *slot;
	Buffer		visibility;		/* page of the visibility map */
	int64		key;			/* of the entry; KEY_END at the end */
	ItemPointerData tid;		/* of the row that the entry leads to */
	bool		exact;			/* tid is where the row is, not where it was */
} index_cursor;

/* judging */
typedef struct judgement
{
	soc2_verifier *v;
	soc2_chain	chain;
	int32		lane;			/* of the last row; -1 before the first */
	index_cursor *indexes;		/* one for each part */
	int64		leaf_key;		/* of leaf; KEY_END at the end */
	soc2_digest leaf;
	soc2_entry_scan redactions;
	int64		redaction_key;	/* of the entry that is next */
} judgement;

/* report a problem of a position */
static void
report_key(judgement *j, int64 key, const char *problem, const char *detail)
{
	soc2_link	link = {0};

	link.lane = (uint32) (key >> SOC2_SORT_SEQ_BITS);
	link.seq = (uint64) (key & SOC2_SORT_SEQ_MAX);
	soc2_verify_report(j->v, &link, problem, detail);
}

/* report rows that are missing */
static void
report_missing(soc2_verifier *v, const char *problem, int32 lane,
			   int64 first, int64 last)
{
	soc2_link	link = {0};

	link.lane = (uint32) lane;
	link.seq = (uint64) first;
	soc2_verify_report(v, &link, problem, first == last ?
					   psprintf("Row " INT64_FORMAT " is missing.", first) :
					   psprintf("Rows " INT64_FORMAT " to " INT64_FORMAT " are missing.",
								first, last));
}

/* find where the row of an index entry is; false if it is not visible */
static bool
fetch_row(index_cursor *c)
{
	if (!index_fetch_heap(c->scan, c->slot))
		return false;
	c->tid = c->slot->tts_tid;
	c->exact = true;
	ExecClearTuple(c->slot);
	return true;
}

/* is the row of the index entry visible?  Then tid is set. */
static bool
take_entry(index_cursor *c)
{
	c->tid = c->scan->xs_heaptid;
	c->exact = false;
	return VM_ALL_VISIBLE(c->rel, ItemPointerGetBlockNumber(&c->tid),
						  &c->visibility) || fetch_row(c);
}

/* find the next index entry that has a position */
static void
find_entry(index_cursor *c)
{
	c->key = KEY_END;
	while (c->index != NULL &&
		   index_getnext_tid(c->scan, ForwardScanDirection) != NULL)
	{
		bool		lane_null;
		bool		seq_null;
		int32		lane = DatumGetInt32(index_getattr(c->scan->xs_itup, 1,
													   c->scan->xs_itupdesc,
													   &lane_null));
		int64		seq = DatumGetInt64(index_getattr(c->scan->xs_itup, 2,
													  c->scan->xs_itupdesc,
													  &seq_null));

		CHECK_FOR_INTERRUPTS();
		/* what is no position was reported when the table was read */
		if (lane_null || seq_null || lane < 0 || seq < 1 ||
			lane > SOC2_SORT_LANE_MAX || seq > SOC2_SORT_SEQ_MAX ||
			!take_entry(c))
			continue;
		c->key = soc2_sort_key(lane, seq);
		return;
	}
}

/*
 * Advance to the next index entry that has a position.  Rows are judged in a
 * context that is reset for each, which the scan must outlive.
 */
static void
next_entry(index_cursor *c)
{
	MemoryContext caller = MemoryContextSwitchTo(c->context);

	find_entry(c);
	MemoryContextSwitchTo(caller);
}

/* begin to read the index of a part */
static void
begin_index(index_cursor *c, const soc2_ledger_part *part, Snapshot snapshot)
{
	c->context = CurrentMemoryContext;
	c->rel = part->rel;
	c->visibility = InvalidBuffer;
	if (OidIsValid(part->index))
	{
		c->index = index_open(part->index, AccessShareLock);
		c->scan = soc2_index_beginscan(c->rel, c->index, snapshot, 0);
		c->scan->xs_want_itup = true;
		index_rescan(c->scan, NULL, 0, NULL, 0);
		c->slot = soc2_ledger_part_slot(part);
	}
	next_entry(c);
}

/* end reading the index of a part */
static void
end_index(index_cursor *c)
{
	if (c->index == NULL)
		return;
	if (BufferIsValid(c->visibility))
		ReleaseBuffer(c->visibility);
	index_endscan(c->scan);
	index_close(c->index, AccessShareLock);
	ExecDropSingleTupleTableSlot(c->slot);
}

/* index entries up to before a key lead to rows that are not there */
static void
judge_index_before(judgement *j, index_cursor *c, int64 key)
{
	while (c->key < key)
	{
		report_key(j, c->key, "index",
				   "The unique index has an entry for a row that is not there.");
		next_entry(c);
	}
}

/* does the unique index lead to a row? */
static void
judge_index(judgement *j, int64 key, const soc2_sorted_row *row)
{
	index_cursor *c = &j->indexes[row->part];
	ItemPointerData tid = row->tid;
	bool		found;

	if (c->index == NULL)
		return;
	judge_index_before(j, c, key);
	found = c->key == key;
	/* an entry may lead to where an older version of the row was */
	if (found && !ItemPointerEquals(&c->tid, &tid) && !c->exact)
		found = fetch_row(c);
	if (found && ItemPointerEquals(&c->tid, &tid))
		next_entry(c);
	else
		report_key(j, key, "index",
				   "The unique index does not lead to the row.");
}

/* advance to the next leaf */
static void
next_leaf(judgement *j)
{
	if (!soc2_sort_next(&j->v->leaves, &j->leaf_key, &j->leaf))
		j->leaf_key = KEY_END;
}

/* is the hash of a row the one that was sealed? */
static void
judge_leaf(judgement *j, int64 key, const soc2_sorted_row *row)
{
	soc2_digest leaf;

	while (j->leaf_key < key)
		next_leaf(j);
	if (j->leaf_key != key || (row->known & SOC2_ROW_HAS_HASH) == 0)
		return;
	soc2_check_status(soc2_merkle_leaf(soc2_ledger_hasher(), &row->hash,
									   &leaf), "judge a ledger");
	if (soc2_digest_compare(&leaf, &j->leaf) != 0)
		report_key(j, key, "log", "The log has another ledger_hash.");
}

/* advance to the next redaction */
static void
next_redaction(judgement *j)
{
	HeapTuple	entry = NULL;
	bool		isnull;

	if (j->v->plan->has_id)
		entry = soc2_entries_next(&j->redactions);
	j->redaction_key = KEY_END;
	if (HeapTupleIsValid(entry))
	{
		int32		lane = DatumGetInt32(soc2_entry_value(&j->redactions, entry,
														  Anum_redactions_lane,
														  &isnull));
		int64		seq = DatumGetInt64(soc2_entry_value(&j->redactions, entry,
														 Anum_redactions_seq,
														 &isnull));

		j->redaction_key = soc2_sort_key(Min(Max(lane, 0), SOC2_SORT_LANE_MAX),
										 Min(Max(seq, 0), SOC2_SORT_SEQ_MAX));
	}
}

/* redactions up to before a key are of rows that are not there */
static void
judge_redactions_before(judgement *j, int64 key)
{
	while (j->redaction_key < key)
	{
		int32		lane = (int32) (j->redaction_key >> SOC2_SORT_SEQ_BITS);
		int64		seq = j->redaction_key & SOC2_SORT_SEQ_MAX;
		int64		reported = j->redaction_key;
		soc2_lane  *known = soc2_verify_lane(j->v, lane);

		/* gaps are reported as such */
		if (seq > known->pruned && (lane != key >> SOC2_SORT_SEQ_BITS))
			report_key(j, j->redaction_key, "truncated",
					   "The row is missing, but not its entry in soc2.ledger_redactions.");
		while (j->redaction_key == reported)
			next_redaction(j);
	}
}

/* are the commitments that are kept of a row those that it needs? */
static void
judge_redactions(judgement *j, int64 key, const soc2_sorted_row *row)
{
	int			count = 0;

	judge_redactions_before(j, key);
	for (; j->redaction_key == key; count++)
		next_redaction(j);
	if (count > row->redacted)
		report_key(j, key, "content",
				   "soc2.ledger_redactions has an entry for a value that was not removed.");
}

/* enter the lane of a row, which may start after rows that were pruned */
static void
enter_lane(judgement *j, int64 key, const soc2_sorted_row *row)
{
	int32		lane = (int32) (key >> SOC2_SORT_SEQ_BITS);
	int64		seq = key & SOC2_SORT_SEQ_MAX;
	soc2_lane  *known = soc2_verify_lane(j->v, lane);

	j->lane = lane;
	if (known->pruned == 0)
		return;
	if (seq <= known->pruned)
		report_key(j, key, "log",
				   "soc2.ledger_prunes says that the row was removed.");
	else if (seq > known->pruned + 1 || (row->known & SOC2_ROW_HAS_PREV) == 0 ||
			 soc2_digest_compare(&row->prev, &known->pruned_hash) == 0)
		soc2_chain_resume(&j->chain, (uint32) lane, (uint64) known->pruned,
						  &known->pruned_hash);
}

/* judge the next row in its chain */
static void
judge_chain(judgement *j, int64 key, const soc2_sorted_row *sorted)
{
	soc2_chain_row row = {0};
	soc2_verdict verdict;

	row.link.lane = (uint32) (key >> SOC2_SORT_SEQ_BITS);
	row.link.seq = (uint64) (key & SOC2_SORT_SEQ_MAX);
	row.link.prev = sorted->prev;
	row.hash = sorted->hash;
	row.known = sorted->known;
	soc2_check_status(soc2_chain_step(&j->chain, soc2_ledger_hasher(), &row,
									  &verdict), "judge a ledger");
	if (verdict.problems & SOC2_PROBLEM_GAP)
		report_missing(j->v, "gap", (int32) row.link.lane,
					   (int64) verdict.first_missing,
					   (int64) verdict.last_missing);
	if (verdict.problems & SOC2_PROBLEM_DUPLICATE)
		report_key(j, key, "duplicate", "Another row has the same position.");
	if (sorted->wrong)
		report_key(j, key, "content",
				   "The row does not match its ledger_hash.");
	if (verdict.problems & SOC2_PROBLEM_LINK)
		report_key(j, key, "link", row.link.seq == 1 ?
				   "ledger_prev is not zero, as it is in a first row." :
				   psprintf("ledger_prev is not the ledger_hash of row " UINT64_FORMAT ".",
							row.link.seq - 1));
}

/* judge a row */
static void
judge_row(judgement *j, int64 key, const soc2_sorted_row *row)
{
	soc2_lane  *known;

	CHECK_FOR_INTERRUPTS();
	if (key >> SOC2_SORT_SEQ_BITS != j->lane)
		enter_lane(j, key, row);
	judge_chain(j, key, row);
	judge_redactions(j, key, row);
	judge_leaf(j, key, row);
	judge_index(j, key, row);
	known = soc2_verify_lane(j->v, j->lane);
	known->last = key & SOC2_SORT_SEQ_MAX;
}

/* order of lanes */
static int
compare_lanes(const void *a, const void *b)
{
	int32		x = (*(soc2_lane *const *) a)->lane;
	int32		y = (*(soc2_lane *const *) b)->lane;

	return x < y ? -1 : x > y;
}

/* report what is missing at the ends of lanes */
static void
judge_ends(soc2_verifier *v)
{
	long		count = hash_get_num_entries(v->lanes);
	soc2_lane **lanes = palloc(sizeof(soc2_lane *) * (count + 1));
	HASH_SEQ_STATUS scan;
	soc2_lane  *lane;
	long		n = 0;

	hash_seq_init(&scan, v->lanes);
	while ((lane = hash_seq_search(&scan)) != NULL)
		lanes[n++] = lane;
	qsort(lanes, n, sizeof(soc2_lane *), compare_lanes);
	for (long i = 0; i < n; i++)
	{
		int64		last = Max(lanes[i]->last, lanes[i]->pruned);

		if (lanes[i]->sealed > last)
			report_missing(v, "truncated", lanes[i]->lane, last + 1,
						   lanes[i]->sealed);
	}
	pfree(lanes);
}

/* Judge the rows in order */
void
soc2_verify_judge(soc2_verifier *v)
{
	MemoryContext caller = CurrentMemoryContext;
	judgement  *j = palloc0(sizeof(judgement));
	soc2_sorted_row row;
	int64		key;

	j->v = v;
	j->lane = -1;
	soc2_chain_begin(&j->chain, &v->plan->id);
	soc2_sort_perform(&v->leaves);
	soc2_sort_perform(&v->rows);
	if (v->plan->has_id)
		soc2_entries_begin(&j->redactions, v, "ledger_redactions", -1);
	j->indexes = palloc0(sizeof(index_cursor) * (v->parts.count + 1));
	for (int i = 0; i < v->parts.count; i++)
		begin_index(&j->indexes[i], &v->parts.parts[i], v->snapshot);
	next_leaf(j);
	next_redaction(j);
	MemoryContextSwitchTo(v->row_context);
	while (soc2_sort_next(&v->rows, &key, &row))
	{
		judge_row(j, key, &row);
		MemoryContextReset(v->row_context);
	}
	judge_redactions_before(j, KEY_END);
	for (int i = 0; i < v->parts.count; i++)
		judge_index_before(j, &j->indexes[i], KEY_END);
	MemoryContextSwitchTo(caller);
	for (int i = 0; i < v->parts.count; i++)
		end_index(&j->indexes[i]);
	if (v->plan->has_id)
		soc2_entries_end(&j->redactions);
	judge_ends(v);
	pfree(j);
}
