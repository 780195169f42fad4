/*-------------------------------------------------------------------------
 *
 * disposal_range.h
 *		A range of blocks of a table, as a plan sees its rows.
 *
 * IDENTIFICATION
 *	  src/disposal_range.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_DISPOSAL_RANGE_H
#define SOC2_DISPOSAL_RANGE_H

#include "access/htup.h"
#include "access/transam.h"
#include "disposal_key.h"
#include "disposal_list.h"
#include "storage/block.h"
#include "storage/itemptr.h"
#include "utils/array.h"
#include "utils/hsearch.h"
#include "utils/relcache.h"
#include "utils/timestamp.h"

/* rows of a range */
typedef struct soc2_range_counts
{
	uint64		taken;			/* the plan's, to be destroyed */
	uint64		held;
	uint64		blocked;		/* other tables refer to them */
	uint64		changed;		/* due, but written after the plan was made */
	uint64		others;			/* not due */
} soc2_range_counts;

/* a range, and what has been found in it */
typedef struct soc2_range
{
	Relation	rel;
	BlockNumber first;
	BlockNumber past;			/* the first block behind it */
	TimestampTz cutoff;
	Datum		seen;			/* pg_snapshot: what the plan could see */
	TransactionId horizon;		/* it saw all that precedes this */
	soc2_disposal_lists *only;	/* no rows but those in them; NULL: any */
	HTAB	   *blocked;		/* of ItemPointerData; NULL: none */
	soc2_keyer *keyer;			/* NULL: nobody wants to know */
	soc2_key_set keys;			/* of those that are taken */
	ArrayBuildState *places;	/* of them, tid; NULL: nobody wants to know */
	soc2_range_counts counts;
	MemoryContext context;		/* it lives in */
} soc2_range;

/* Begin with a range of an open table; seen is of type pg_snapshot */
extern void soc2_range_begin(soc2_range *range, Relation rel,
							 TimestampTz cutoff, Datum seen);

/* Judge a row and count it; true if it is taken */
extern bool soc2_range_judge(soc2_range *range, TupleTableSlot *slot,
							 HeapTuple tuple);

/* Judge all rows of the range that the active snapshot sees */
extern void soc2_range_scan(soc2_range *range);

/* Note rows of the range for which a condition on alias d is true as blocked */
extern void soc2_range_block(soc2_range *range, const char *condition);

/* Delete the plan's rows of the range, as the owner of the table */
extern void soc2_range_delete(soc2_range *range);

#endif							/* SOC2_DISPOSAL_RANGE_H */
