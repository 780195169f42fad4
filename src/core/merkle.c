/*-------------------------------------------------------------------------
 *
 * merkle.c
 *		The Merkle tree of RFC 6962: hashes, and a tree that grows.
 *
 * Contracts are in the header.
 *
 * IDENTIFICATION
 *	  src/core/merkle.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/merkle.h"

#include <string.h>

/* what a hash begins with: RFC 6962, section 2.1 */
#define PREFIX_LEAF		0x00
#define PREFIX_NODE		0x01

/* hash of some bytes; none are NULL */
static soc2_status
hash_bytes(const soc2_hasher *hasher, const unsigned char *bytes, size_t len,
		   soc2_digest *out)
{
	soc2_status status = hasher->begin(hasher->ctx);

	if (status == SOC2_OK && len > 0)
		status = hasher->update(hasher->ctx, bytes, len);
	if (status == SOC2_OK)
		status = hasher->finish(hasher->ctx, out);
	return status;
}

/* The leaf of an entry */
soc2_status
soc2_merkle_leaf(const soc2_hasher *hasher, const soc2_digest *entry,
				 soc2_digest *out)
{
	unsigned char bytes[1 + SOC2_DIGEST_SIZE];

	bytes[0] = PREFIX_LEAF;
	memcpy(bytes + 1, entry->bytes, SOC2_DIGEST_SIZE);
	return hash_bytes(hasher, bytes, sizeof(bytes), out);
}

/* The node above two */
soc2_status
soc2_merkle_parent(const soc2_hasher *hasher, const soc2_digest *left,
				   const soc2_digest *right, soc2_digest *out)
{
	unsigned char bytes[1 + 2 * SOC2_DIGEST_SIZE];

	bytes[0] = PREFIX_NODE;
	memcpy(bytes + 1, left->bytes, SOC2_DIGEST_SIZE);
	memcpy(bytes + 1 + SOC2_DIGEST_SIZE, right->bytes, SOC2_DIGEST_SIZE);
	return hash_bytes(hasher, bytes, sizeof(bytes), out);
}

/* Start with the empty tree */
void
soc2_merkle_begin(soc2_merkle_tree *tree)
{
	memset(tree, 0, sizeof(*tree));
}

/* how many nodes a size consists of */
static unsigned
node_count(uint64_t size)
{
	unsigned	count = 0;

	for (; size != 0; size &= size - 1)
		count++;
	return count;
}

/* Start with a tree that is stored */
soc2_status
soc2_merkle_load(soc2_merkle_tree *tree, uint64_t size,
				 const soc2_merkle_source *source)
{
	unsigned	count = 0;

	soc2_merkle_begin(tree);
	if (size > SOC2_MERKLE_SIZE_MAX)
		return SOC2_OUT_OF_RANGE;
	for (unsigned level = SOC2_MERKLE_LEVELS; level-- > 0;)
	{
		soc2_merkle_node node = {level, size >> level};
		soc2_status status;

		if ((node.index & 1) == 0)
			continue;

		/* it ends where the bits up to its own say */
		node.index--;
		status = source->fetch(source->ctx, node, &tree->node[count++]);
		if (status != SOC2_OK)
			return status;
	}
	tree->size = size;
	return SOC2_OK;
}

/* hand a node out, if anybody takes it */
static soc2_status
emit(const soc2_merkle_emitter *emitter, unsigned level, uint64_t index,
	 const soc2_digest *hash)
{
	soc2_merkle_node node = {level, index};

	return emitter == NULL ? SOC2_OK : emitter->emit(emitter->ctx, node, hash);
}

/* Append an entry */
soc2_status
soc2_merkle_append(soc2_merkle_tree *tree, const soc2_hasher *hasher,
				   const soc2_digest *entry,
				   const soc2_merkle_emitter *emitter)
{
	soc2_digest leaf;
	soc2_status status = soc2_merkle_leaf(hasher, entry, &leaf);

	if (status != SOC2_OK)
		return status;
	return soc2_merkle_append_leaf(tree, hasher, &leaf, emitter);
}

/* Append the leaf of an entry */
soc2_status
soc2_merkle_append_leaf(soc2_merkle_tree *tree, const soc2_hasher *hasher,
						const soc2_digest *leaf,
						const soc2_merkle_emitter *emitter)
{
	uint64_t	index = tree->size;
	unsigned	count = node_count(index);
	soc2_digest hash = *leaf;
	soc2_status status;

	if (tree->size >= SOC2_MERKLE_SIZE_MAX)
		return SOC2_OUT_OF_RANGE;
	status = emit(emitter, 0, index, &hash);

	/* a node that is the right one of two completes the one above it */
	for (unsigned level = 1; status == SOC2_OK && (index & 1) != 0; level++)
	{
		index >>= 1;
		status = soc2_merkle_parent(hasher, &tree->node[--count], &hash, &hash);
		if (status == SOC2_OK)
			status = emit(emitter, level, index, &hash);
	}
	if (status != SOC2_OK)
		return status;
	tree->node[count] = hash;
	tree->size++;
	return SOC2_OK;
}

/* The root of a tree */
soc2_status
soc2_merkle_root(const soc2_merkle_tree *tree, const soc2_hasher *hasher,
				 soc2_digest *out)
{
	unsigned	count = node_count(tree->size);
	soc2_status status = SOC2_OK;

	if (count == 0)
		return hash_bytes(hasher, NULL, 0, out);
	*out = tree->node[--count];
	while (status == SOC2_OK && count-- > 0)
		status = soc2_merkle_parent(hasher, &tree->node[count], out, out);
	return status;
}
