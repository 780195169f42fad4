/*-------------------------------------------------------------------------
 *
 * log.c
 *		Rebuilding the log from the rows, and judging seals and prunes by it.
 *
 * IDENTIFICATION
 *	  src/verify/log.c
 *
 *-------------------------------------------------------------------------
 */
#include "verify/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "verify/memory.h"

/* Start a log */
void
log_begin(log_judge *g, const soc2_hasher *hasher, report_sink *r,
		  lane_table *all)
{
	memset(g, 0, sizeof(*g));
	g->hasher = hasher;
	g->report = r;
	g->lanes = all;
	soc2_merkle_begin(&g->tree);
}

/* take a prune: the last one of a lane says how far it goes */
static void
take_prune(log_judge *g, const bundle_prune *prune)
{
	lane_rows  *its_lane = lanes_get(g->lanes, prune->lane);
	const bundle_prune *before = g->nprunes == 0 ? NULL :
	&g->prunes[g->nprunes - 1].line;

	if (prune->lane < 0 || prune->last < 1 ||
		(before != NULL && (before->lane > prune->lane ||
							(before->lane == prune->lane &&
							 before->last >= prune->last))))
	{
		report_problem(g->report, "pruned",
					   "Lane %" PRId64 ", row %" PRId64 ": the prune is not where it must be.",
					   prune->lane, prune->last);
		return;
	}
	g->prunes = memory_grow(g->prunes, &g->prunes_capacity, g->nprunes,
							sizeof(log_prune));
	g->prunes[g->nprunes].line = *prune;
	g->prunes[g->nprunes].found = false;
	g->nprunes++;
	its_lane->pruned = prune->last;
	its_lane->pruned_hash = prune->hash;
}

/* take the leaf of a pruned row */
static void
take_leaf(log_judge *g, const bundle_leaf *leaf)
{
	if (leaf->position < 0 ||
		(g->nleaves > 0 &&
		 g->leaves[g->nleaves - 1].position >= leaf->position))
	{
		report_problem(g->report, "log",
					   "Leaf %" PRId64 " is not where it must be.",
					   leaf->position);
		return;
	}
	g->leaves = memory_grow(g->leaves, &g->leaves_capacity, g->nleaves,
							sizeof(bundle_leaf));
	g->leaves[g->nleaves++] = *leaf;
}

/* Take a line behind the rows */
bool
log_take(log_judge *g, const bundle_line *l)
{
	if (l->kind == LINE_PRUNE)
		take_prune(g, &l->of.prune);
	else if (l->kind == LINE_LEAF)
		take_leaf(g, &l->of.leaf);
	if (l->kind != LINE_SEAL)
		return false;
	g->seals = memory_grow(g->seals, &g->seals_capacity, g->nseals,
						   sizeof(bundle_line));
	g->seals[g->nseals++] = *l;
	return true;
}

/* Ask for the root at a size */
size_t
log_want_root(log_judge *g, uint64_t size)
{
	log_root	root = {0};

	root.size = size;
	g->roots = memory_grow(g->roots, &g->roots_capacity, g->nroots,
						   sizeof(log_root));
	g->roots[g->nroots] = root;
	return g->nroots++;
}

/* Ask for a leaf */
size_t
log_want_leaf(log_judge *g, uint64_t index)
{
	log_leaf	leaf = {0};

	leaf.index = index;
	g->wanted = memory_grow(g->wanted, &g->wanted_capacity, g->nwanted,
							sizeof(log_leaf));
	g->wanted[g->nwanted] = leaf;
	return g->nwanted++;
}

/* note the root of the tree where it is wanted */
static void
note_roots(log_judge *g)
{
	for (size_t i = 0; i < g->nroots; i++)
	{
		if (g->roots[i].size != g->tree.size)
			continue;
		check_status(soc2_merkle_root(&g->tree, g->hasher, &g->roots[i].root));
		g->roots[i].known = true;
	}
}

/* append a leaf, for of a pruned row the entry is not known */
static void
append_leaf(log_judge *g, const soc2_digest *leaf, row_place where)
{
	soc2_merkle_tree *tree = &g->tree;
	soc2_digest node = *leaf;
	unsigned	count = 0;

	for (size_t i = 0; i < g->nwanted; i++)
	{
		if (g->wanted[i].index != tree->size)
			continue;
		g->wanted[i].known = true;
		g->wanted[i].leaf = *leaf;
		g->wanted[i].where = where;
	}
	for (uint64_t rest = tree->size; rest != 0; rest &= rest - 1)
		count++;
	for (uint64_t rest = tree->size; rest & 1; rest >>= 1)
		check_status(soc2_merkle_parent(g->hasher, &tree->node[--count], &node,
										&node));
	tree->node[count] = node;
	tree->size++;
	note_roots(g);
}

/* judge a pruned row by the prune that names it, if one does */
static void
judge_pruned(log_judge *g, row_place where, const soc2_digest *leaf)
{
	size_t		low = 0;
	size_t		high = g->nprunes;
	soc2_digest expected;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;
		const bundle_prune *p = &g->prunes[middle].line;

		if (p->lane < where.lane ||
			(p->lane == where.lane && p->last < where.seq))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == g->nprunes || g->prunes[low].line.lane != where.lane ||
		g->prunes[low].line.last != where.seq)
		return;
	g->prunes[low].found = true;
	check_status(soc2_merkle_leaf(g->hasher, &g->prunes[low].line.hash, &expected));
	if (soc2_digest_compare(&expected, leaf) != 0)
		report_row(g->report, where, "pruned",
				   "It was pruned with another hash than it was sealed with.");
}

/* the leaf of a row; false if the bundle does not have it */
static bool
get_leaf(log_judge *g, lane_rows *its_lane, row_place where, soc2_digest *leaf)
{
	const soc2_digest *hash;

	if (where.seq <= its_lane->pruned)
	{
		if (g->next_leaf == g->nleaves ||
			(uint64_t) g->leaves[g->next_leaf].position != g->tree.size)
			return false;
		*leaf = g->leaves[g->next_leaf++].hash;
		g->pruned++;
		judge_pruned(g, where, leaf);
		return true;
	}
	hash = lane_hash(its_lane, where.seq);
	if (hash == NULL)
		return false;
	check_status(soc2_merkle_leaf(g->hasher, hash, leaf));
	return true;
}

/* append the rows of a range */
static void
append_range(log_judge *g, const bundle_seal *seal, const bundle_range *range)
{
	lane_rows  *its_lane = lanes_get(g->lanes, range->lane);
	row_place	where = {range->lane, range->first};
	soc2_digest leaf;

	if (range->lane < 0 || range->first != its_lane->sealed + 1 ||
		range->last < range->first || range->position < 0 ||
		(uint64_t) range->position != g->tree.size)
	{
		report_problem(g->report, "log",
					   "Seal %" PRId64 ": the range of lane %" PRId64 " is not the one that follows.",
					   seal->seal, range->lane);
		g->broken = true;
		return;
	}
	for (;; where.seq++)
	{
		if (!get_leaf(g, its_lane, where, &leaf))
		{
			report_row(g->report, where, "truncated",
					   "It is sealed, and is not there.");
			g->broken = true;
			return;
		}
		append_leaf(g, &leaf, where);
		if (where.seq == range->last)
			break;
	}
	its_lane->sealed = range->last;
}

/*
 * Is the id of an incarnation what it must be: none in the first one, another
 * one where one begins, and else the one of the seal before?
 */
static bool
incarnation_id_fits(const bundle_seal *seal, const bundle_seal *before,
					bool begins)
{
	soc2_text	id = seal->incarnation_id;
	soc2_text	last = {"", 0};
	bool		same;

	if (before != NULL)
		last = before->incarnation_id;
	same = id.len == last.len && memcmp(id.bytes, last.bytes, id.len) == 0;
	return begins ? id.len > 0 && !same : same;
}

/* judge number and incarnation of a seal by the seal before it */
static void
judge_numbers(log_judge *g, const bundle_seal *seal, const bundle_seal *before)
{
	int64_t		number = before != NULL ? before->seal : 0;
	int64_t		incarnation = before != NULL ? before->incarnation : 1;
	bool		begins;

	if (number == INT64_MAX || seal->seal != number + 1)
		report_problem(g->report, "log",
					   "Seal %" PRId64 " follows seal %" PRId64 ".",
					   seal->seal, number);
	begins = before != NULL && incarnation < INT64_MAX &&
		seal->incarnation == incarnation + 1;
	if (seal->incarnation != incarnation && !begins)
		report_problem(g->report, "log",
					   "Seal %" PRId64 ": incarnation %" PRId64 " follows incarnation %" PRId64 ".",
					   seal->seal, seal->incarnation, incarnation);
	else if (begins != seal->has_previous ||
			 !incarnation_id_fits(seal, before, begins) ||
			 (begins && (seal->previous_size != before->size ||
						 soc2_digest_compare(&seal->previous_root,
											 &before->root) != 0)))
		report_problem(g->report, "log",
					   "Seal %" PRId64 " does not go on from the seal before it.",
					   seal->seal);
}

/* append what a seal appended, and judge its size and root */
static void
append_seal(log_judge *g, const bundle_seal *seal)
{
	soc2_digest root;

	for (size_t i = 0; i < seal->nranges && !g->broken; i++)
	{
		if (i > 0 && seal->ranges[i].lane <= seal->ranges[i - 1].lane)
			report_problem(g->report, "log",
						   "Seal %" PRId64 ": its lanes do not ascend.",
						   seal->seal);
		append_range(g, seal, &seal->ranges[i]);
	}
	if (g->broken)
		return;
	check_status(soc2_merkle_root(&g->tree, g->hasher, &root));
	if (seal->nranges == 0 || seal->size < 0 ||
		(uint64_t) seal->size != g->tree.size)
		report_problem(g->report, "log",
					   "Seal %" PRId64 ": its size is %" PRId64 ", its rows make it %" PRIu64 ".",
					   seal->seal, seal->size, g->tree.size);
	else if (soc2_digest_compare(&root, &seal->root) != 0)
		report_problem(g->report, "log",
					   "Seal %" PRId64 ": its root is not that of the rows.",
					   seal->seal);
}

/* Rebuild the log */
void
log_rebuild(log_judge *g)
{
	note_roots(g);
	for (size_t i = 0; i < g->nseals; i++)
	{
		const bundle_seal *seal = &g->seals[i].of.seal;

		judge_numbers(g, seal, i > 0 ? &g->seals[i - 1].of.seal : NULL);
		if (!g->broken)
			append_seal(g, seal);
	}
	if (g->broken)
	{
		report_problem(g->report, "log",
					   "It can be rebuilt to size %" PRIu64 " only.",
					   g->tree.size);
		return;
	}
	for (size_t i = 0; i < g->nprunes; i++)
	{
		row_place	where = {g->prunes[i].line.lane, g->prunes[i].line.last};

		if (!g->prunes[i].found)
			report_row(g->report, where, "pruned",
					   "It was pruned, and never sealed.");
	}
	if (g->next_leaf < g->nleaves)
		report_problem(g->report, "log",
					   "Leaf %" PRId64 " is not of a row that was pruned.",
					   g->leaves[g->next_leaf].position);
}

/* Free what is kept */
void
log_free(log_judge *g)
{
	for (size_t i = 0; i < g->nseals; i++)
		line_free(&g->seals[i]);
	free(g->seals);
	free(g->prunes);
	free(g->leaves);
	free(g->roots);
	free(g->wanted);
}
