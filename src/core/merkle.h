/*-------------------------------------------------------------------------
 *
 * merkle.h
 *		The Merkle tree of RFC 6962 over the entries of a log.
 *
 * An entry is 32 bytes.  Its leaf is H(00 || entry), a node H(01 || left ||
 * right), the root of the empty tree H("").  A tree has up to 2^63 - 1 leaves.
 *
 * A node here is always the root of a perfect subtree, which no later leaf
 * changes: node (level, index) covers the 2^level leaves from index * 2^level.
 * Nodes of level 0 are leaves.  What a proof needs at the ragged right edge of
 * a tree is computed from nodes.  Nodes are handed in through a source, such
 * as the tiles of tile.h.
 *
 * Functions that hash can return the status of the hasher, and those that take
 * a source or an emitter its status; results are then undefined.
 *
 * IDENTIFICATION
 *	  src/core/merkle.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_MERKLE_H
#define SOC2_CORE_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/hasher.h"
#include "core/status.h"

/* leaves of the largest tree */
#define SOC2_MERKLE_SIZE_MAX	UINT64_C(0x7FFFFFFFFFFFFFFF)

/* nodes have levels from 0 to below this; no more are needed for a root */
#define SOC2_MERKLE_LEVELS		63

/* hashes of the longest proof, one of consistency */
#define SOC2_MERKLE_PATH_MAX	64

/* which node */
typedef struct soc2_merkle_node
{
	unsigned	level;
	uint64_t	index;
} soc2_merkle_node;

/*
 * Where nodes come from.  fetch is asked for nodes of the tree alone.  It
 * returns SOC2_OK with *hash set; anything else ends what asked for it.
 */
typedef struct soc2_merkle_source
{
	soc2_status (*fetch) (void *ctx, soc2_merkle_node node, soc2_digest *hash);
	void	   *ctx;			/* handed to fetch */
} soc2_merkle_source;

/* Where completed nodes go; returns SOC2_OK to go on */
typedef struct soc2_merkle_emitter
{
	soc2_status (*emit) (void *ctx, soc2_merkle_node node,
						 const soc2_digest *hash);
	void	   *ctx;			/* handed to emit */
} soc2_merkle_emitter;

/*
 * A tree that grows: its size, and the nodes that the size consists of, one
 * for each bit that is set in it, the largest first.
 */
typedef struct soc2_merkle_tree
{
	uint64_t	size;
	soc2_digest node[SOC2_MERKLE_LEVELS];
} soc2_merkle_tree;

/* The leaf of an entry; out may be entry */
extern soc2_status soc2_merkle_leaf(const soc2_hasher *hasher,
									const soc2_digest *entry,
									soc2_digest *out);

/* The node above two; out may be either */
extern soc2_status soc2_merkle_parent(const soc2_hasher *hasher,
									  const soc2_digest *left,
									  const soc2_digest *right,
									  soc2_digest *out);

/* Start with the empty tree; never fails */
extern void soc2_merkle_begin(soc2_merkle_tree *tree);

/*
 * Start with a tree that is stored, by fetching the nodes that its size
 * consists of.  SOC2_OUT_OF_RANGE: no tree is that large.
 */
extern soc2_status soc2_merkle_load(soc2_merkle_tree *tree, uint64_t size,
									const soc2_merkle_source *source);

/*
 * Append an entry.  The emitter, which may be NULL, gets every node that is
 * complete now: the leaf first, then the nodes above it in ascending order of
 * levels.  To store tiles, take those whose level is a multiple of
 * SOC2_TILE_HEIGHT.
 *
 * SOC2_OUT_OF_RANGE: the tree is full, and stays as it is.  After any other
 * failure the tree is as before, but nodes may have been emitted.
 */
extern soc2_status soc2_merkle_append(soc2_merkle_tree *tree,
									  const soc2_hasher *hasher,
									  const soc2_digest *entry,
									  const soc2_merkle_emitter *emitter);

/* The same with the leaf of an entry, where that is what is known */
extern soc2_status soc2_merkle_append_leaf(soc2_merkle_tree *tree,
										   const soc2_hasher *hasher,
										   const soc2_digest *leaf,
										   const soc2_merkle_emitter *emitter);

/* The root of a tree */
extern soc2_status soc2_merkle_root(const soc2_merkle_tree *tree,
									const soc2_hasher *hasher,
									soc2_digest *out);

/*
 * A subtree: the leaves from first to before end.  Of a tree of n leaves it is
 * one that RFC 6962 knows: first is k * 2^j and end the lesser of (k + 1) *
 * 2^j and n.
 */
typedef struct soc2_merkle_span
{
	uint64_t	first;
	uint64_t	end;
} soc2_merkle_span;

/*
 * The nodes a subtree consists of, left to right and so in descending order of
 * levels; a perfect subtree is one node.  The hash of the subtree folds them
 * from the right: H(01 || n1 || H(01 || n2 || n3)).  *count is from 1 to
 * SOC2_MERKLE_LEVELS.  SOC2_OUT_OF_RANGE: empty, too large, or first is not
 * a multiple of a power of two that is not less than the length.
 */
extern soc2_status soc2_merkle_span_nodes(soc2_merkle_span span,
										  soc2_merkle_node nodes[SOC2_MERKLE_LEVELS],
										  unsigned *count);

/* The hash of a subtree; statuses as soc2_merkle_span_nodes() */
extern soc2_status soc2_merkle_span_hash(const soc2_hasher *hasher,
										 const soc2_merkle_source *source,
										 soc2_merkle_span span,
										 soc2_digest *out);

/* the subtrees whose hashes are a proof, in the order of the proof */
typedef struct soc2_merkle_plan
{
	unsigned	count;
	soc2_merkle_span span[SOC2_MERKLE_PATH_MAX];
} soc2_merkle_plan;

/* the hashes of a proof, in order */
typedef struct soc2_merkle_path
{
	unsigned	count;
	soc2_digest hash[SOC2_MERKLE_PATH_MAX];
} soc2_merkle_path;

/*
 * What proves that leaf index is in the tree of size leaves: PATH of RFC 6962,
 * section 2.1.1, from the leaf's sibling up.  SOC2_OUT_OF_RANGE: it is not, or
 * no tree is that large.
 */
extern soc2_status soc2_merkle_inclusion_plan(uint64_t index, uint64_t size,
											  soc2_merkle_plan *plan);

/*
 * What proves that the tree of old_size leaves is a prefix of that of
 * new_size: PROOF of RFC 6962, section 2.1.2.  Nothing if the sizes are equal
 * or old_size is 0.  SOC2_OUT_OF_RANGE: old_size is larger than new_size, or
 * no tree is that large.
 */
extern soc2_status soc2_merkle_consistency_plan(uint64_t old_size,
												uint64_t new_size,
												soc2_merkle_plan *plan);

/* The hashes that a plan asks for */
extern soc2_status soc2_merkle_plan_hashes(const soc2_hasher *hasher,
										   const soc2_merkle_source *source,
										   const soc2_merkle_plan *plan,
										   soc2_merkle_path *out);

/* that an entry stands at an index of a tree */
typedef struct soc2_merkle_inclusion
{
	uint64_t	index;
	uint64_t	size;
	soc2_digest leaf;			/* of the entry, by soc2_merkle_leaf() */
	soc2_digest root;
} soc2_merkle_inclusion;

/* that a tree is a prefix of another */
typedef struct soc2_merkle_consistency
{
	uint64_t	old_size;
	uint64_t	new_size;
	soc2_digest old_root;
	soc2_digest new_root;
} soc2_merkle_consistency;

/*
 * Do count hashes prove a claim?  RFC 9162, section 2.1.3.2.  Trees of other
 * sizes can have a path of the same shape, so a claim means something only
 * where size and root come from one checkpoint.
 *
 * SOC2_OK: yes.  SOC2_OUT_OF_RANGE: the claim is about no leaf of the tree, or
 * no tree is that large.  SOC2_PROOF_LENGTH: not as many hashes as it takes.
 * SOC2_PROOF_MISMATCH: they do not lead to the root.
 */
extern soc2_status soc2_merkle_verify_inclusion(const soc2_hasher *hasher,
												const soc2_merkle_inclusion *claim,
												const soc2_digest *hashes,
												size_t count);

/*
 * The same for consistency, RFC 9162, section 2.1.4.2.  A tree is consistent
 * with itself and the empty tree with any, each by no hashes, if the roots are
 * right: of the empty tree H(""), of equal sizes equal.  SOC2_OUT_OF_RANGE:
 * old_size is larger than new_size, or no tree is that large.
 */
extern soc2_status soc2_merkle_verify_consistency(const soc2_hasher *hasher,
												  const soc2_merkle_consistency *claim,
												  const soc2_digest *hashes,
												  size_t count);

#endif							/* SOC2_CORE_MERKLE_H */
