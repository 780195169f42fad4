/*-------------------------------------------------------------------------
 *
 * rows.h
 *		Judging the rows: content, commitments and the chain of each lane.
 *
 * IDENTIFICATION
 *	  src/verify/rows.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef VERIFY_ROWS_H
#define VERIFY_ROWS_H

#include <stdint.h>

#include "core/chain.h"
#include "verify/lanes.h"
#include "verify/line.h"
#include "verify/report.h"

/* rows that are being judged */
typedef struct row_judge
{
	const bundle_header *header;
	const soc2_hasher *hasher;
	report_sink *report;
	soc2_chain	chain;
	soc2_digest *commitments;	/* of a row, one for each column */
	lane_table	lanes;
	uint64_t	count;
	uint64_t	redacted;
} row_judge;

/* Start; header, hasher and report must outlive the rows */
extern void rows_begin(row_judge *all, const bundle_header *header,
					   const soc2_hasher *hasher, report_sink *r);

/* Judge the next row, and keep its hash */
extern void rows_take(row_judge *all, const bundle_row *row);

/* Judge where the lanes start, once it is known what was pruned */
extern void rows_judge_starts(row_judge *all);

/* Free what is kept */
extern void rows_free(row_judge *all);

#endif							/* VERIFY_ROWS_H */
