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
#include "anonymization.h"
#include "disposal_key.h"
#include "disposal_list.h"
#include "storage/block.h"
#include "storage/itemptr.h"
#include "utils/array.h"
#include "utils/hsearch.h"
#include "utils/relcache.h"
#include "utils/timestamp.h"

/* rows of a range, as far as their class has the range's method */
typedef struct soc2_range_counts
{
	uint64		taken;			/* the plan's, to be disposed of */
	uint64		held;
	uint64		blocked;		/* other tables refer to them */
	uint64		changed;		/* due, but written after the plan was made */
	uint64		others;			/* not due, anonymized, of another method */
	BlockNumber first_taken;	/* blocks with rows that are taken: from this */
	BlockNumber past_taken;		/* to before this; 0: none */
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
	soc2_anonymizer *anonymizer;	/* NULL: its rows are deleted */
	soc2_keyer *keyer;			/* NULL: nobody wants to know */
	soc2_key_set keys;			/* of those that are taken */
	ArrayBuildState *places;	/* of them, tid; NULL: nobody wants to know */
	soc2_range_counts counts;
	MemoryContext context;		/* it lives in */
} soc2_range;

/* Begin with a range of an open table; seen is of type pg_snapshot */
extern void soc2_range_begin(soc2_range *range, Relation rel,
							 TimestampTz cutoff, Datum seen);

/* what becomes of a row */
typedef enum soc2_range_verdict
{
	SOC2_RANGE_OTHER,
	SOC2_RANGE_CHANGED,
	SOC2_RANGE_HELD,
	SOC2_RANGE_BLOCKED,
	SOC2_RANGE_TAKEN
} soc2_range_verdict;

/* Judge a row */
extern soc2_range_verdict soc2_range_decide(const soc2_range *range,
											TupleTableSlot *slot,
											HeapTuple tuple);

/* Count a row by what becomes of it, and note it if it is taken */
extern void soc2_range_count(soc2_range *range, soc2_range_verdict verdict,
							 TupleTableSlot *slot, HeapTuple tuple);

/* Judge a row and count it; true if it is taken */
extern bool soc2_range_judge(soc2_range *range, TupleTableSlot *slot,
							 HeapTuple tuple);

/* what is done with a row of a range, whose slot holds it meanwhile */
typedef void (*soc2_range_visit) (soc2_range *range, TupleTableSlot *slot,
								  HeapTuple tuple);

/* Do something with all rows of the range that the active snapshot sees */
extern void soc2_range_each(soc2_range *range, soc2_range_visit visit);

/* Judge all of these rows */
extern void soc2_range_scan(soc2_range *range);

/* Note rows of the range for which a condition on alias d is true as blocked */
extern void soc2_range_block(soc2_range *range, const char *condition);

/* Delete the plan's rows of the range, as the owner of the table */
extern void soc2_range_delete(soc2_range *range);

/* a statement over the rows of a range, under the alias d, with its parameters */
typedef struct soc2_range_query
{
	StringInfoData text;
	Oid		   *types;
	Datum	   *values;
	int			nargs;
	int			size;			/* of both arrays */
} soc2_range_query;

/* Start with a text, which the caller goes on with */
extern void soc2_range_query_init(soc2_range_query *query, const char *text);

/* Add a parameter; its number is query->nargs then */
extern void soc2_range_query_add(soc2_range_query *query, Oid type,
								 Datum value);

/* Add that d is in the blocks of the range: "... AND " */
extern void soc2_range_query_blocks(soc2_range_query *query,
									const soc2_range *range);

/* Complete a statement: " ONLY table AS d WHERE" and what narrows it to the range */
extern void soc2_range_query_conditions(soc2_range_query *query,
										const soc2_range *range);

/* Make a snapshot the active one that sees what a new statement would see */
extern void soc2_range_push_snapshot(void);

/*
 * Act as the owner of the table until SetUserIdAndSecContext(*user, *context).
 * Raises S2G01 if the guard of the table is not there.
 */
extern void soc2_range_become_owner(const soc2_range *range, Oid *user,
									int *context);

/*
 * The places, tid[], of the rows that would be taken now.  The others are
 * counted.  An anonymizer collects what hashing makes of them, in that order.
 */
extern Datum soc2_range_places(soc2_range *range);

/*
 * Run a DELETE or UPDATE (an SPI_OK_ code says which) as the owner of the table,
 * while the guard judges its rows for the range, and return how many rows it is
 * about.  Raises S2G01 if the guard is not there, and 27000 if others than the
 * rows that were taken are gone or changed.  The caller is connected to SPI.
 */
extern uint64 soc2_range_act(soc2_range *range,
							 const soc2_range_query *query, int expected);

/* The range whose DELETE or UPDATE fired a trigger by itself, or NULL */
extern soc2_range *soc2_range_acting(const TriggerData *trigdata);

/* Anonymize the plan's rows of the range, as the owner of the table */
extern void soc2_range_anonymize(soc2_range *range);

/* Some bytes as a bytea, in the current context */
extern Datum soc2_bytes_datum(const void *bytes, size_t len);

#endif							/* SOC2_DISPOSAL_RANGE_H */
