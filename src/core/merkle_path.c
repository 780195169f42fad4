/*-------------------------------------------------------------------------
 *
 * merkle_path.c
 *		The Merkle tree of RFC 6962: making proofs.
 *
 * Contracts are in merkle.h.
 *
 * IDENTIFICATION
 *	  src/core/merkle_path.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/merkle.h"

/* The nodes a subtree consists of */
soc2_status
soc2_merkle_span_nodes(soc2_merkle_span span,
					   soc2_merkle_node nodes[SOC2_MERKLE_LEVELS],
					   unsigned *count)
{
	uint64_t	len = span.end - span.first;
	uint64_t	first = span.first;
	unsigned	level = 0;

	if (span.first >= span.end || span.end > SOC2_MERKLE_SIZE_MAX)
		return SOC2_OUT_OF_RANGE;
	while (level < SOC2_MERKLE_LEVELS && UINT64_C(1) << level < len)
		level++;
	if ((first & ((UINT64_C(1) << level) - 1)) != 0)
		return SOC2_OUT_OF_RANGE;

	*count = 0;
	for (level++; level-- > 0;)
	{
		if ((len >> level & 1) == 0)
			continue;
		nodes[*count].level = level;
		nodes[*count].index = first >> level;
		++*count;
		first += UINT64_C(1) << level;
	}
	return SOC2_OK;
}

/* The hash of a subtree */
soc2_status
soc2_merkle_span_hash(const soc2_hasher *hasher,
					  const soc2_merkle_source *source,
					  soc2_merkle_span span, soc2_digest *out)
{
	soc2_merkle_node nodes[SOC2_MERKLE_LEVELS];
	unsigned	count;
	soc2_status status = soc2_merkle_span_nodes(span, nodes, &count);

	if (status == SOC2_OK)
		status = source->fetch(source->ctx, nodes[--count], out);
	while (status == SOC2_OK && count-- > 0)
	{
		soc2_digest left;

		status = source->fetch(source->ctx, nodes[count], &left);
		if (status == SOC2_OK)
			status = soc2_merkle_parent(hasher, &left, out, out);
	}
	return status;
}

/* add the subtree over the leaves of a node, as far as the tree has them */
static void
plan_add(soc2_merkle_plan *plan, soc2_merkle_node node, uint64_t size)
{
	soc2_merkle_span *span = &plan->span[plan->count++];

	span->first = node.index << node.level;
	span->end = (node.index + 1) << node.level;
	if (span->end > size)
		span->end = size;
}

/* add the siblings of a node and of all above it */
static void
plan_climb(soc2_merkle_plan *plan, soc2_merkle_node node, uint64_t size)
{
	uint64_t	last = (size - 1) >> node.level;

	while (last > 0)
	{
		soc2_merkle_node sibling = node;

		/* the last node of a level may have none */
		sibling.index ^= 1;
		if (sibling.index <= last)
			plan_add(plan, sibling, size);
		node.level++;
		node.index >>= 1;
		last >>= 1;
	}
}

/* What proves inclusion */
soc2_status
soc2_merkle_inclusion_plan(uint64_t index, uint64_t size,
						   soc2_merkle_plan *plan)
{
	soc2_merkle_node leaf = {0, index};

	plan->count = 0;
	if (index >= size || size > SOC2_MERKLE_SIZE_MAX)
		return SOC2_OUT_OF_RANGE;
	plan_climb(plan, leaf, size);
	return SOC2_OK;
}

/* What proves consistency */
soc2_status
soc2_merkle_consistency_plan(uint64_t old_size, uint64_t new_size,
							 soc2_merkle_plan *plan)
{
	soc2_merkle_node node = {0, old_size - 1};

	plan->count = 0;
	if (old_size > new_size || new_size > SOC2_MERKLE_SIZE_MAX)
		return SOC2_OUT_OF_RANGE;
	if (old_size == 0 || old_size == new_size)
		return SOC2_OK;

	/* the largest node that ends where the old tree does */
	while ((node.index & 1) != 0)
	{
		node.level++;
		node.index >>= 1;
	}

	/* if it is the old tree as a whole, its hash is known: the old root */
	if (node.index != 0)
		plan_add(plan, node, new_size);
	plan_climb(plan, node, new_size);
	return SOC2_OK;
}

/* The hashes that a plan asks for */
soc2_status
soc2_merkle_plan_hashes(const soc2_hasher *hasher,
						const soc2_merkle_source *source,
						const soc2_merkle_plan *plan, soc2_merkle_path *out)
{
	out->count = 0;
	if (plan->count > SOC2_MERKLE_PATH_MAX)
		return SOC2_OUT_OF_RANGE;
	for (unsigned i = 0; i < plan->count; i++)
	{
		soc2_status status = soc2_merkle_span_hash(hasher, source,
												   plan->span[i],
												   &out->hash[i]);

		if (status != SOC2_OK)
			return status;
	}
	out->count = plan->count;
	return SOC2_OK;
}
