/*-------------------------------------------------------------------------
 *
 * log.h
 *		Rebuilding the log from the rows, and judging seals and prunes by it.
 *
 * IDENTIFICATION
 *	  src/verify/log.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef VERIFY_LOG_H
#define VERIFY_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/merkle.h"
#include "verify/lanes.h"
#include "verify/line.h"
#include "verify/report.h"

/* a prune, and whether the log was found to hold its last row */
typedef struct log_prune
{
	bundle_prune line;
	bool		found;
} log_prune;

/* a root that somebody wants to know */
typedef struct log_root
{
	uint64_t	size;
	bool		known;
	soc2_digest root;
} log_root;

/* a leaf that somebody wants to know, and the row that it is of */
typedef struct log_leaf
{
	uint64_t	index;
	bool		known;
	soc2_digest leaf;
	row_place	where;
} log_leaf;

/* the log of a bundle */
typedef struct log_judge
{
	const soc2_hasher *hasher;
	report_sink *report;
	lane_table *lanes;			/* of the rows */

	bundle_line *seals;
	size_t		nseals;
	size_t		seals_capacity;
	log_prune  *prunes;			/* in ascending order */
	size_t		nprunes;
	size_t		prunes_capacity;
	bundle_leaf *leaves;		/* in ascending order */
	size_t		nleaves;
	size_t		leaves_capacity;
	size_t		next_leaf;

	log_root   *roots;
	size_t		nroots;
	size_t		roots_capacity;
	log_leaf   *wanted;
	size_t		nwanted;
	size_t		wanted_capacity;

	soc2_merkle_tree tree;
	bool		broken;			/* it cannot be rebuilt */
	uint64_t	pruned;			/* of its rows */
} log_judge;

/* Start; hasher, report and lanes must outlive the log */
extern void log_begin(log_judge *g, const soc2_hasher *hasher, report_sink *r,
					  lane_table *all);

/* Take a line behind the rows.  True if the log keeps it */
extern bool log_take(log_judge *g, const bundle_line *l);

/* Ask for the root at a size, or a leaf; returns where it will stand */
extern size_t log_want_root(log_judge *g, uint64_t size);
extern size_t log_want_leaf(log_judge *g, uint64_t index);

/* Rebuild the log, and judge all that is known of it */
extern void log_rebuild(log_judge *g);

/* Free what is kept */
extern void log_free(log_judge *g);

#endif							/* VERIFY_LOG_H */
