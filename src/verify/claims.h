/*-------------------------------------------------------------------------
 *
 * claims.h
 *		Checkpoints and inclusion proofs, and judging them by the log.
 *
 * IDENTIFICATION
 *	  src/verify/claims.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef VERIFY_CLAIMS_H
#define VERIFY_CLAIMS_H

#include "core/proof.h"
#include "verify/keys.h"
#include "verify/line.h"
#include "verify/log.h"

/* that the log had a root at a size, and perhaps that a row is in it */
typedef struct log_claim
{
	const char *name;			/* of the file, or what it is */
	soc2_text	text;
	bool		owned;			/* the text is ours to free */
	bool		newest;			/* it came with the bundle */
	soc2_checkpoint checkpoint;
	soc2_note	note;
	bool		has_proof;
	soc2_proof	proof;
	size_t		root;			/* where the log has the root */
	size_t		leaf;			/* where the log has the leaf */
} log_claim;

typedef struct claim_list
{
	size_t		count;
	size_t		capacity;
	log_claim  *items;
} claim_list;

/*
 * Add a checkpoint or a proof from a file, or the checkpoint of the bundle.
 * End the program if it is none.
 */
extern void claims_add_checkpoint(claim_list *list, const char *file);
extern void claims_add_proof(claim_list *list, const char *file);
extern void claims_add_newest(claim_list *list, soc2_text text);

/* Ask the log for what judging will need */
extern void claims_want(claim_list *list, log_judge *g);

/* Judge all claims by the log that was rebuilt */
extern void claims_judge(const claim_list *list, const log_judge *g,
						 const key_ring *ring, const bundle_header *header);

/*
 * Judge the checkpoint that came with the bundle: a seal has what it says.
 * There must be one if there are seals.
 */
extern void claims_judge_newest(const claim_list *list, const log_judge *g,
								const bundle_header *header);

/* Free the claims */
extern void claims_free(claim_list *list);

#endif							/* VERIFY_CLAIMS_H */
