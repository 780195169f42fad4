/*-------------------------------------------------------------------------
 *
 * chain.h
 *		Hash chains: the link of a row, and judging rows one after another.
 *
 * See doc/ledger-format.md, sections 1 and 3.  A ledger has lanes, each lane
 * is a chain of its own with positions 1, 2, 3 ...  Judging takes the rows in
 * ascending order of (lane, position) and constant space.
 *
 * What judging cannot see: rows that are missing after the last one of a lane
 * and a lane that is missing as a whole.  That takes something from outside.
 *
 * IDENTIFICATION
 *	  src/core/chain.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_CHAIN_H
#define SOC2_CORE_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/hasher.h"
#include "core/status.h"

#define SOC2_LEDGER_ID_SIZE		16

/* bytes that ledger_hash is the hash of */
#define SOC2_LINK_SIZE			94

/* a uuid in network order */
typedef struct soc2_ledger_id
{
	unsigned char bytes[SOC2_LEDGER_ID_SIZE];
} soc2_ledger_id;

/* where a row stands in its ledger, and what it holds */
typedef struct soc2_link
{
	uint32_t	lane;
	uint64_t	seq;			/* from 1 */
	soc2_digest prev;			/* hash of the row before; zero at seq 1 */
	soc2_digest content;		/* hash of what soc2_encode_row() starts */
} soc2_link;

/* the bytes of a link; never fails */
extern void soc2_link_encode(const soc2_ledger_id *ledger,
							 const soc2_link *link,
							 unsigned char out[SOC2_LINK_SIZE]);

/* ledger_hash of a row.  SOC2_OK, or the status of the hasher */
extern soc2_status soc2_link_hash(const soc2_hasher *hasher,
								  const soc2_ledger_id *ledger,
								  const soc2_link *link, soc2_digest *out);

/* which parts of a row can be judged */
#define SOC2_ROW_HAS_PREV		0x01
#define SOC2_ROW_HAS_HASH		0x02
#define SOC2_ROW_HAS_CONTENT	0x04

/* a row as it was found */
typedef struct soc2_chain_row
{
	soc2_link	link;
	soc2_digest hash;
	unsigned	known;			/* SOC2_ROW_... */
} soc2_chain_row;

/* what can be wrong with a row, any of */
#define SOC2_PROBLEM_GAP		0x01	/* positions before it are missing */
#define SOC2_PROBLEM_DUPLICATE	0x02	/* its position is taken already */
#define SOC2_PROBLEM_LINK		0x04	/* prev is not the hash before it */
#define SOC2_PROBLEM_HASH		0x08	/* hash does not match the row */

typedef struct soc2_verdict
{
	unsigned	problems;		/* SOC2_PROBLEM_..., 0 if nothing was found */
	uint64_t	first_missing;	/* positions of the gap, if there is one */
	uint64_t	last_missing;
} soc2_verdict;

/* Private state of judging */
typedef struct soc2_chain
{
	soc2_ledger_id ledger;
	bool		started;		/* a row was judged */
	uint32_t	lane;			/* position of the last row */
	uint64_t	seq;
	soc2_digest before;			/* what prev of a row at seq must be */
	soc2_digest hash;			/* what prev of a row at seq + 1 must be */
	bool		before_known;
	bool		hash_known;
} soc2_chain;

/* Start to judge the rows of a ledger */
extern void soc2_chain_begin(soc2_chain *chain, const soc2_ledger_id *ledger);

/*
 * Go on as if the row at seq of a lane, whose hash is given, had been judged:
 * where a lane starts after rows that were removed rightly.  The lane comes
 * after that of the last row.
 */
extern void soc2_chain_resume(soc2_chain *chain, uint32_t lane, uint64_t seq,
							  const soc2_digest *hash);

/*
 * Judge the next row.  A problem is that of the row alone: the row after one
 * with a wrong hash is judged by the hash that is stored there.  After a gap,
 * and after a duplicate or a row whose hash is not known, prev is not judged,
 * as there is nothing to judge it by.
 *
 * SOC2_OK: *verdict is set.  SOC2_UNORDERED: the row comes before the last
 * one.  SOC2_OUT_OF_RANGE: seq is 0.  Or the status of the hasher.  Except
 * for SOC2_OK the state is as before and *verdict undefined.
 */
extern soc2_status soc2_chain_step(soc2_chain *chain,
								   const soc2_hasher *hasher,
								   const soc2_chain_row *row,
								   soc2_verdict *verdict);

#endif							/* SOC2_CORE_CHAIN_H */
