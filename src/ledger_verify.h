/*-------------------------------------------------------------------------
 *
 * ledger_verify.h
 *		What the parts of soc2.verify_ledger share.
 *
 * ledger_verify_log.c reads what was sealed, ledger_verify_rows.c the rows, and
 * ledger_verify_judge.c takes both in order and judges them.  What has to be in order
 * goes through sorts; besides that, memory grows with the number of lanes only.
 * ledger_verify_workers.c has the rows read by several processes.
 *
 * IDENTIFICATION
 *	  src/ledger_verify.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_LEDGER_VERIFY_H
#define SOC2_LEDGER_VERIFY_H

#include "access/relscan.h"
#include "core/checkpoint.h"
#include "executor/tuptable.h"
#include "ledger_scan.h"
#include "storage/itemptr.h"
#include "subtransaction.h"
#include "utils/hsearch.h"
#include "utils/snapshot.h"
#include "utils/tuplesort.h"
#include "utils/tuplestore.h"

/* bits of lane and position in the key of a sort; nothing real has more */
#define SOC2_SORT_SEQ_BITS	43
#define SOC2_SORT_LANE_MAX	((1 << 20) - 1)
#define SOC2_SORT_SEQ_MAX	((INT64CONST(1) << SOC2_SORT_SEQ_BITS) - 1)

/* a sort of things of one size by a key */
typedef struct soc2_position_sort
{
	Tuplesortstate *state;
	TupleTableSlot *in;
	TupleTableSlot *out;
	Size		size;			/* of a thing */
	bytea	   *buffer;			/* for one */
} soc2_position_sort;

/* what judging takes of a row */
typedef struct soc2_sorted_row
{
	soc2_digest prev;
	soc2_digest hash;
	ItemPointerData tid;
	int32		part;			/* table that holds it, of those in parts */
	uint16		redacted;		/* commitments that stood in for values */
	uint8		known;			/* SOC2_ROW_... */
	bool		wrong;			/* it does not match its hash */
} soc2_sorted_row;

/* what is wrong with the form of a row: bits, in the order of reporting */
#define SOC2_FORM_NO_POSITION	0x01
#define SOC2_FORM_BAD_POSITION	0x02
#define SOC2_FORM_NO_PREV		0x04
#define SOC2_FORM_NO_HASH		0x08
#define SOC2_FORM_NO_SALT		0x10
#define SOC2_FORM_BAD_SALT		0x20

/* a row that has not the form of one */
typedef struct soc2_malformed_row
{
	int64		seq;			/* 0 if it has no position */
	int32		lane;
	uint32		problems;		/* SOC2_FORM_... */
	int32		part;			/* table that holds it */
	ItemPointerData tid;
} soc2_malformed_row;

/* what is known of a lane */
typedef struct soc2_lane
{
	int32		lane;			/* key */
	int64		last;			/* position of its last row; 0 if none */
	int64		sealed;			/* last position that was sealed, or 0 */
	int64		pruned;			/* last position that was pruned, or 0 */
	soc2_digest pruned_hash;	/* ledger_hash of that row */
} soc2_lane;

/* verifying one ledger */
typedef struct soc2_verifier
{
	Relation	rel;
	const soc2_ledger_plan *plan;
	soc2_ledger_parts parts;	/* that hold the rows */
	Snapshot	snapshot;		/* everything is read in it */
	Tuplestorestate *result;
	TupleDesc	result_desc;
	soc2_checkpoint *checkpoint;	/* NULL if none was given */
	MemoryContext caller;		/* of all that */
	MemoryContext context;		/* of all that follows */
	struct soc2_workers *workers;	/* that read rows; NULL if none do */
	soc2_position_sort rows;	/* of soc2_sorted_row */
	soc2_position_sort leaves;	/* of soc2_digest: what was sealed */
	HTAB	   *lanes;			/* of soc2_lane */
	MemoryContext row_context;	/* reset after each row */
	uint64		count;			/* rows of the table */
} soc2_verifier;

/*
 * A scan, in the order of its primary key, of the entries that one of the
 * extension's tables has of the ledger.  The key starts with the ledger's id;
 * that of tiles goes on with their level, and elsewhere level is -1.  Values
 * of an entry live until the next one is asked for.
 */
typedef struct soc2_entry_scan
{
	MemoryContext context;		/* where the scan keeps what it allocates */
	Relation	rel;
	Relation	index;
	struct SysScanDescData *scan;
} soc2_entry_scan;

extern void soc2_entries_begin(soc2_entry_scan *scan, const soc2_verifier *v,
							   const char *table, int32 level);
extern HeapTuple soc2_entries_next(soc2_entry_scan *scan);
extern Datum soc2_entry_value(const soc2_entry_scan *scan, HeapTuple entry,
							  int column, bool *isnull);

/*
 * The digest in a column that is declared NOT NULL.  Where it is NULL all the
 * same it is zero, which is no hash of anything.
 */
extern soc2_digest soc2_entry_digest(const soc2_entry_scan *scan,
									 HeapTuple entry, int column);
extern void soc2_entries_end(soc2_entry_scan *scan);

/*
 * Report a problem; without a position the ledger as a whole is meant, and
 * with seq 0 nothing but the lane.
 */
extern void soc2_verify_report(soc2_verifier *v, const soc2_link *position,
							   const char *problem, const char *detail);

/*
 * Begin a sort of things of one size, within so much memory.  The coordinate is
 * that of a sort of several processes, or NULL.
 */
extern void soc2_sort_begin(soc2_position_sort *sort, Size size,
							int kilobytes, SortCoordinate coordinate);

/*
 * Put a thing with a key into a sort.  Where keys are the same, the tie
 * decides.
 */
extern void soc2_sort_put(soc2_position_sort *sort, int64 key, int64 tie,
						  const void *thing);

/* Sort; then take the things in order, until it returns false */
extern void soc2_sort_perform(soc2_position_sort *sort);
extern bool soc2_sort_next(soc2_position_sort *sort, int64 *key, void *thing);
extern void soc2_sort_end(soc2_position_sort *sort);

/*
 * The key of a position: keys compare as positions do.  The limits above hold
 * for both.
 */
static inline int64
soc2_sort_key(int32 lane, int64 seq)
{
	Assert(lane >= 0 && lane <= SOC2_SORT_LANE_MAX);
	Assert(seq >= 0 && seq <= SOC2_SORT_SEQ_MAX);
	return ((int64) lane << SOC2_SORT_SEQ_BITS) | seq;
}

#define SOC2_SORT_TID_BITS	48

/* The key of a place in a table: keys compare as places do */
static inline int64
soc2_sort_tid_key(const ItemPointerData *tid)
{
	return ((int64) ItemPointerGetBlockNumberNoCheck(tid) << 16) |
		ItemPointerGetOffsetNumberNoCheck(tid);
}

/* What is known of a lane, which is made if nothing is */
extern soc2_lane *soc2_verify_lane(soc2_verifier *v, int32 lane);

/*
 * Read the rows of the tables, and put them into v->rows.  What has not the form
 * of a row is reported in the order of the tables.
 *
 * With scans that processes share, one for each table, it reads this process's
 * share.  What has not the form of a row is then put into malformed, a sort of
 * soc2_malformed_row by table and place.  In parallel mode a value that cannot be
 * read is an error.
 */
extern void soc2_verify_rows(soc2_verifier *v, ParallelTableScanDesc *shared,
							 soc2_position_sort *malformed);

/*
 * Report a problem of a row that may have no position: what completes the
 * sentence "The row at ctid (0,1) ...".
 */
extern void soc2_verify_report_row(soc2_verifier *v,
								   const soc2_malformed_row *row,
								   const char *problem, const char *what);

/* Report what is wrong with the form of a row */
extern void soc2_verify_report_form(soc2_verifier *v,
									const soc2_malformed_row *row);

/*
 * As soc2_subtransaction_catch(), but throws the error on if it says that we
 * must stop, rather than that the ledger is damaged.
 */
extern ErrorData *soc2_verify_catch(const soc2_subtransaction *subtransaction);

/*
 * Read the text of a checkpoint.  Raises 22023 where it is none, or one of
 * another ledger.
 */
extern soc2_checkpoint *soc2_verify_checkpoint(const soc2_verifier *v,
											   const text *checkpoint);

/*
 * Read what was sealed: report what is wrong with seals, ranges and tiles and
 * with the checkpoint, put the hash of every sealed row into v->leaves, and
 * note what was sealed of each lane.
 */
extern void soc2_verify_log(soc2_verifier *v);

/* Read what was pruned and note it of each lane */
extern void soc2_verify_prunes(soc2_verifier *v);

/* Judge the rows in order, and what is missing at the ends of lanes */
extern void soc2_verify_judge(soc2_verifier *v);

#endif							/* SOC2_LEDGER_VERIFY_H */
