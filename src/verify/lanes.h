/*-------------------------------------------------------------------------
 *
 * lanes.h
 *		What is kept of each lane: the hashes of its rows.
 *
 * IDENTIFICATION
 *	  src/verify/lanes.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef VERIFY_LANES_H
#define VERIFY_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/digest.h"

/* a row of a lane */
typedef struct lane_entry
{
	int64_t		seq;
	soc2_digest hash;
} lane_entry;

typedef struct lane_rows
{
	int64_t		number;
	size_t		count;
	size_t		capacity;
	lane_entry *rows;			/* ascending */
	soc2_digest first_prev;		/* prev of the first of them */
	int64_t		pruned;			/* last row that was; 0 if none */
	soc2_digest pruned_hash;	/* its hash */
	int64_t		sealed;			/* last row that is */
	size_t		next;			/* of rows, to be looked at by lane_hash() */
} lane_rows;

/* all lanes, in ascending order of their numbers */
typedef struct lane_table
{
	size_t		count;
	size_t		capacity;
	lane_rows  *items;
} lane_table;

/*
 * The lane with a number; a new one if there was none.  It may move when the
 * next one is asked for.
 */
extern lane_rows *lanes_get(lane_table *all, int64_t number);

/* Add a row to the end of a lane */
extern void lane_add(lane_rows *l, int64_t seq, const soc2_digest *hash);

/* The hash of a row, or NULL if it is not there; asked in ascending order */
extern const soc2_digest *lane_hash(lane_rows *l, int64_t seq);

/* Free all lanes */
extern void lanes_free(lane_table *all);

#endif							/* VERIFY_LANES_H */
