/*-------------------------------------------------------------------------
 *
 * merkle_verify.c
 *		The Merkle tree of RFC 6962: judging proofs.
 *
 * Contracts are in merkle.h.
 *
 * IDENTIFICATION
 *	  src/core/merkle_verify.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/merkle.h"

#include <stdbool.h>

/* a node on the way up to the root, and the last node of its level */
typedef struct climb_state
{
	uint64_t	node;			/* fn of RFC 9162 */
	uint64_t	last;			/* sn of RFC 9162 */
} climb_state;

/* go up one level */
static void
climb_up(climb_state *climb)
{
	climb->node >>= 1;
	climb->last >>= 1;
}

/*
 * Join the next hash and go up past it.  True if the hash stands left of the
 * node.  The last node of a level may have no sibling, and goes up until it
 * is a right one.
 */
static bool
climb_join(climb_state *climb)
{
	bool		left = (climb->node & 1) != 0 || climb->node == climb->last;

	while (left && climb->node != 0 && (climb->node & 1) == 0)
		climb_up(climb);
	climb_up(climb);
	return left;
}

/* do two hashes agree? */
static soc2_status
compare(const soc2_digest *a, const soc2_digest *b)
{
	return soc2_digest_compare(a, b) == 0 ? SOC2_OK : SOC2_PROOF_MISMATCH;
}

/* Judge a proof of inclusion */
soc2_status
soc2_merkle_verify_inclusion(const soc2_hasher *hasher,
							 const soc2_merkle_inclusion *claim,
							 const soc2_digest *hashes, size_t count)
{
	climb_state climb = {claim->index, claim->size - 1};
	soc2_digest hash = claim->leaf;

	if (claim->index >= claim->size || claim->size > SOC2_MERKLE_SIZE_MAX)
		return SOC2_OUT_OF_RANGE;
	for (size_t i = 0; i < count; i++)
	{
		soc2_status status;

		if (climb.last == 0)
			return SOC2_PROOF_LENGTH;
		if (climb_join(&climb))
			status = soc2_merkle_parent(hasher, &hashes[i], &hash, &hash);
		else
			status = soc2_merkle_parent(hasher, &hash, &hashes[i], &hash);
		if (status != SOC2_OK)
			return status;
	}
	if (climb.last != 0)
		return SOC2_PROOF_LENGTH;
	return compare(&hash, &claim->root);
}

/* judge claims that no hash is needed for */
static soc2_status
verify_trivial(const soc2_hasher *hasher,
			   const soc2_merkle_consistency *claim, size_t count)
{
	if (count != 0)
		return SOC2_PROOF_LENGTH;
	if (claim->old_size == 0)
	{
		soc2_merkle_tree empty;
		soc2_digest root;
		soc2_status status;

		soc2_merkle_begin(&empty);
		status = soc2_merkle_root(&empty, hasher, &root);
		if (status == SOC2_OK)
			status = compare(&root, &claim->old_root);
		if (status != SOC2_OK || claim->new_size != 0)
			return status;
	}
	return compare(&claim->old_root, &claim->new_root);
}

/* a hash right of the node belongs to the new tree alone */
static soc2_status
join_both(const soc2_hasher *hasher, climb_state *climb,
		  const soc2_digest *next, soc2_digest *old_hash,
		  soc2_digest *new_hash)
{
	soc2_status status;

	if (!climb_join(climb))
		return soc2_merkle_parent(hasher, new_hash, next, new_hash);
	status = soc2_merkle_parent(hasher, next, old_hash, old_hash);
	if (status == SOC2_OK)
		status = soc2_merkle_parent(hasher, next, new_hash, new_hash);
	return status;
}

/* Judge a proof of consistency */
soc2_status
soc2_merkle_verify_consistency(const soc2_hasher *hasher,
							   const soc2_merkle_consistency *claim,
							   const soc2_digest *hashes, size_t count)
{
	climb_state climb = {claim->old_size - 1, claim->new_size - 1};
	soc2_digest old_hash = claim->old_root;
	soc2_digest new_hash;
	size_t		used = 0;

	if (claim->old_size > claim->new_size ||
		claim->new_size > SOC2_MERKLE_SIZE_MAX)
		return SOC2_OUT_OF_RANGE;
	if (claim->old_size == 0 || claim->old_size == claim->new_size)
		return verify_trivial(hasher, claim, count);
	if (count == 0)
		return SOC2_PROOF_LENGTH;

	/* a proof starts at the largest node that ends where the old tree does */
	while ((climb.node & 1) != 0)
		climb_up(&climb);
	if (climb.node != 0)
		old_hash = hashes[used++];
	new_hash = old_hash;
	for (; used < count; used++)
	{
		soc2_status status;

		if (climb.last == 0)
			return SOC2_PROOF_LENGTH;
		status = join_both(hasher, &climb, &hashes[used], &old_hash,
						   &new_hash);
		if (status != SOC2_OK)
			return status;
	}
	if (climb.last != 0)
		return SOC2_PROOF_LENGTH;
	if (compare(&old_hash, &claim->old_root) != SOC2_OK)
		return SOC2_PROOF_MISMATCH;
	return compare(&new_hash, &claim->new_root);
}
