/*-------------------------------------------------------------------------
 *
 * claims.c
 *		Checkpoints and inclusion proofs, and judging them by the log.
 *
 * IDENTIFICATION
 *	  src/verify/claims.c
 *
 *-------------------------------------------------------------------------
 */
#include "verify/claims.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "verify/file.h"
#include "verify/memory.h"

/* the claim that came with the bundle */
#define OF_BUNDLE	"the checkpoint of the bundle"

/* end the program because a claim is none */
static void
refuse(const char *name, soc2_status status, size_t errpos)
{
	fatal("%s: byte %zu: %s", name, errpos + 1, soc2_status_text(status));
}

/* add a claim whose checkpoint is in text */
static log_claim *
add(claim_list *list, const char *name, soc2_text text)
{
	log_claim  *claim;
	soc2_status status;
	size_t		errpos = 0;

	list->items = memory_grow(list->items, &list->capacity, list->count,
							  sizeof(log_claim));
	claim = &list->items[list->count++];
	memset(claim, 0, sizeof(*claim));
	claim->name = name;
	claim->text = text;
	status = soc2_checkpoint_open(text, &claim->checkpoint, &claim->note,
								  &errpos);
	if (status != SOC2_OK)
		refuse(name, status, errpos);
	return claim;
}

/* the text of a file without the empty line that psql ends it with */
static soc2_text
read_text(const char *file)
{
	soc2_text	text = file_read(file);

	while (text.len > 1 && text.bytes[text.len - 1] == '\n' &&
		   text.bytes[text.len - 2] == '\n')
		text.len--;
	return text;
}

/* Add a checkpoint from a file */
void
claims_add_checkpoint(claim_list *list, const char *file)
{
	add(list, file, read_text(file))->owned = true;
}

/* Add a proof from a file */
void
claims_add_proof(claim_list *list, const char *file)
{
	soc2_text	text = read_text(file);
	soc2_proof	proof;
	size_t		errpos = 0;
	soc2_status status = soc2_proof_parse(text, &proof, &errpos);
	log_claim  *claim;

	if (status != SOC2_OK)
		refuse(file, status, errpos);
	claim = add(list, file, proof.checkpoint);
	claim->has_proof = true;
	claim->proof = proof;
	claim->text = text;
	claim->owned = true;
}

/* Add the checkpoint of the bundle */
void
claims_add_newest(claim_list *list, soc2_text text)
{
	add(list, OF_BUNDLE, text)->newest = true;
}

/* Ask the log for what judging will need */
void
claims_want(claim_list *list, log_judge *g)
{
	for (size_t i = 0; i < list->count; i++)
	{
		log_claim  *claim = &list->items[i];

		claim->root = log_want_root(g, claim->checkpoint.size);
		if (claim->has_proof)
			claim->leaf = log_want_leaf(g, claim->proof.index);
	}
}

/*
 * The incarnation of a checkpoint, whose origin ends in "/ledger/incarnation",
 * and what stands before that.  0 if it is of another ledger.
 */
static uint64_t
get_incarnation(const soc2_checkpoint *checkpoint,
				const bundle_header *header, soc2_text *before)
{
	soc2_text	origin = checkpoint->origin;
	soc2_text	id = header->id_text;
	soc2_text	digits = {origin.bytes + origin.len, 0};
	uint64_t	incarnation;
	size_t		errpos;
	size_t		rest;

	while (digits.bytes > origin.bytes && digits.bytes[-1] != '/')
	{
		digits.bytes--;
		digits.len++;
	}
	rest = origin.len - digits.len;
	if (soc2_number_parse(digits, &incarnation, &errpos) != SOC2_OK ||
		rest < id.len + 2 || origin.bytes[rest - id.len - 2] != '/' ||
		memcmp(origin.bytes + rest - id.len - 1, id.bytes, id.len) != 0)
		return 0;
	before->bytes = origin.bytes;
	before->len = rest - id.len - 2;
	return incarnation;
}

/* is a checkpoint that of a seal? */
static bool
is_of_seal(const soc2_checkpoint *checkpoint, const bundle_header *header,
		   const bundle_seal *seal)
{
	soc2_text	id = seal->incarnation_id;
	soc2_text	before = {"", 0};

	if (seal->size <= 0 || (uint64_t) seal->size != checkpoint->size ||
		(uint64_t) seal->incarnation != get_incarnation(checkpoint, header,
														&before) ||
		soc2_digest_compare(&seal->root, &checkpoint->root) != 0)
		return false;
	/* the id of the incarnation stands between slashes */
	return id.len == 0 ||
		(before.len > id.len && before.bytes[before.len - id.len - 1] == '/' &&
		 memcmp(before.bytes + before.len - id.len, id.bytes, id.len) == 0);
}

/* judge an inclusion proof, whose checkpoint was found right */
static bool
judge_proof(const log_claim *claim, const log_judge *g)
{
	const log_leaf *leaf = &g->wanted[claim->leaf];
	soc2_merkle_inclusion inclusion;
	soc2_status status;

	if (!leaf->known)
	{
		report_problem(g->report, "proof",
					   "%s: The log has no row at index %" PRIu64 ".",
					   claim->name, claim->proof.index);
		return false;
	}
	inclusion.index = claim->proof.index;
	inclusion.size = claim->checkpoint.size;
	inclusion.leaf = leaf->leaf;
	inclusion.root = claim->checkpoint.root;
	status = soc2_merkle_verify_inclusion(g->hasher, &inclusion,
										  claim->proof.path.hash,
										  claim->proof.path.count);
	if (status == SOC2_HASH_FAILED)
		fatal("%s", soc2_status_text(status));
	if (status != SOC2_OK)
		report_row(g->report, leaf->where, "proof", "%s: %s", claim->name,
				   soc2_status_text(status));
	else
		report_fact(g->report,
					"%s: proves that lane %" PRId64 ", row %" PRId64 " is in the log",
					claim->name, leaf->where.lane, leaf->where.seq);
	return status == SOC2_OK;
}

/* judge what a checkpoint says of the log */
static bool
judge_checkpoint(const log_claim *claim, const log_judge *g,
				 const bundle_header *header)
{
	const log_root *root = &g->roots[claim->root];
	uint64_t	size = claim->checkpoint.size;
	soc2_text	before;

	if (get_incarnation(&claim->checkpoint, header, &before) == 0)
		report_problem(g->report, "checkpoint",
					   "%s: Its origin is not one of this ledger.",
					   claim->name);
	else if (!root->known)
		report_problem(g->report, "checkpoint",
					   "%s: It is of size %" PRIu64 ", the log of the bundle ends at %" PRIu64 ".",
					   claim->name, size, g->tree.size);
	else if (soc2_digest_compare(&root->root, &claim->checkpoint.root) != 0)
		report_problem(g->report, "checkpoint",
					   "%s: The first %" PRIu64 " entries of the log have another root.",
					   claim->name, size);
	else
		return true;
	return false;
}

/* Judge all claims */
void
claims_judge(const claim_list *list, const log_judge *g,
			 const key_ring *ring, const bundle_header *header)
{
	for (size_t i = 0; i < list->count; i++)
	{
		const log_claim *claim = &list->items[i];
		bool		holds = judge_checkpoint(claim, g, header);

		if (!keys_judge(ring, g->report, &claim->note, claim->name) || !holds)
			continue;
		report_fact(g->report, "%s: size %" PRIu64 " holds%s", claim->name,
					claim->checkpoint.size,
					ring->count > 0 ? ", and is signed" : "");
		if (claim->has_proof)
			(void) judge_proof(claim, g);
	}
}

/* Judge the checkpoint that came with the bundle */
void
claims_judge_newest(const claim_list *list, const log_judge *g,
					const bundle_header *header)
{
	const soc2_checkpoint *newest = NULL;

	for (size_t i = 0; i < list->count; i++)
	{
		if (list->items[i].newest)
			newest = &list->items[i].checkpoint;
	}
	if (newest == NULL)
	{
		if (g->nseals > 0)
			report_problem(g->report, "checkpoint",
						   "There are seals, but no checkpoint.");
		return;
	}
	for (size_t i = 0; i < g->nseals; i++)
	{
		if (is_of_seal(newest, header, &g->seals[i].of.seal))
			return;
	}
	report_problem(g->report, "checkpoint", "%s: It is that of no seal.",
				   OF_BUNDLE);
}

/* Free the claims */
void
claims_free(claim_list *list)
{
	for (size_t i = 0; i < list->count; i++)
	{
		if (list->items[i].owned)
			free((char *) list->items[i].text.bytes);
	}
	free(list->items);
}
