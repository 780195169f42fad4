/*-------------------------------------------------------------------------
 *
 * criterion_set.c
 *		Sets of criteria: algebra on sorted arrays.  Their text is in
 *		criterion_set_text.c.
 *
 * Contracts are in the header.
 *
 * IDENTIFICATION
 *	  src/core/criterion_set.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/criterion_set.h"

/* let items[root] sink to its place in a heap of count items */
static void
heap_sink(soc2_criterion *items, size_t root, size_t count)
{
	soc2_criterion moved = items[root];

	for (;;)
	{
		size_t		child = 2 * root + 1;

		if (child >= count)
			break;
		if (child + 1 < count && items[child + 1] > items[child])
			child++;
		if (items[child] <= moved)
			break;
		items[root] = items[child];
		root = child;
	}
	items[root] = moved;
}

/* sort in place; heap sort as it needs neither memory nor recursion */
static void
sort(soc2_criterion *items, size_t count)
{
	size_t		i = 1;

	/* what comes from a set or an index is sorted already */
	while (i < count && items[i - 1] <= items[i])
		i++;
	if (i >= count)
		return;

	for (i = count / 2; i > 0; i--)
		heap_sink(items, i - 1, count);
	for (i = count - 1; i > 0; i--)
	{
		soc2_criterion largest = items[0];

		items[0] = items[i];
		items[i] = largest;
		heap_sink(items, 0, i);
	}
}

/* append c to a set being built in order, unless its last member covers it */
static size_t
append(soc2_criterion *out, size_t n, soc2_criterion c)
{
	if (n == 0 || !soc2_criterion_covers(out[n - 1], c))
		out[n++] = c;
	return n;
}

/* Sort, and drop doubles and covered members */
size_t
soc2_criterion_set_normalize(soc2_criterion *items, size_t count)
{
	size_t		n = 0;

	sort(items, count);
	for (size_t i = 0; i < count; i++)
		n = append(items, n, items[i]);
	return n;
}

/* Is the array normalised, and every member valid? */
bool
soc2_criterion_set_is_normal(soc2_criteria set)
{
	for (size_t i = 0; i < set.count; i++)
	{
		if (!soc2_criterion_is_valid(set.items[i]))
			return false;
		if (i > 0 &&
			soc2_criterion_subtree_end(set.items[i - 1]) >= set.items[i])
			return false;
	}
	return true;
}

/* Is c, or an ancestor of it, a member? */
bool
soc2_criterion_set_covers_one(soc2_criteria set, soc2_criterion c)
{
	size_t		low = 0;
	size_t		high = set.count;

	/* find the first member that is greater than c; the one before covers */
	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;

		if (set.items[middle] <= c)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && soc2_criterion_covers(set.items[low - 1], c);
}

/* Is every member of b covered by a member of a? */
bool
soc2_criterion_set_covers(soc2_criteria a, soc2_criteria b)
{
	size_t		i = 0;

	for (size_t j = 0; j < b.count; j++)
	{
		while (i < a.count &&
			   soc2_criterion_subtree_end(a.items[i]) < b.items[j])
			i++;
		if (i == a.count || a.items[i] > b.items[j])
			return false;
	}
	return true;
}

/* Do the ranges of the two sets touch? */
bool
soc2_criterion_set_overlaps(soc2_criteria a, soc2_criteria b)
{
	size_t		i = 0;
	size_t		j = 0;

	while (i < a.count && j < b.count)
	{
		if (soc2_criterion_subtree_end(a.items[i]) < b.items[j])
			i++;
		else if (soc2_criterion_subtree_end(b.items[j]) < a.items[i])
			j++;
		else
			return true;
	}
	return false;
}

/* Compare member by member */
int
soc2_criterion_set_compare(soc2_criteria a, soc2_criteria b)
{
	size_t		common = a.count < b.count ? a.count : b.count;

	for (size_t i = 0; i < common; i++)
	{
		if (a.items[i] != b.items[i])
			return a.items[i] < b.items[i] ? -1 : 1;
	}
	return (a.count > b.count) - (a.count < b.count);
}

/* Union */
size_t
soc2_criterion_set_union(soc2_criteria a, soc2_criteria b,
						 soc2_criterion *out)
{
	size_t		i = 0;
	size_t		j = 0;
	size_t		n = 0;

	while (i < a.count || j < b.count)
	{
		if (j == b.count || (i < a.count && a.items[i] <= b.items[j]))
			n = append(out, n, a.items[i++]);
		else
			n = append(out, n, b.items[j++]);
	}
	return n;
}

/* Difference */
size_t
soc2_criterion_set_difference(soc2_criteria a, soc2_criteria b,
							  soc2_criterion *out)
{
	size_t		j = 0;
	size_t		n = 0;

	for (size_t i = 0; i < a.count; i++)
	{
		while (j < b.count &&
			   soc2_criterion_subtree_end(b.items[j]) < a.items[i])
			j++;
		if (j == b.count || !soc2_criterion_covers(b.items[j], a.items[i]))
			out[n++] = a.items[i];
	}
	return n;
}

/* Intersection */
size_t
soc2_criterion_set_intersection(soc2_criteria a, soc2_criteria b,
								soc2_criterion *out)
{
	size_t		i = 0;
	size_t		j = 0;
	size_t		n = 0;

	while (i < a.count && j < b.count)
	{
		if (soc2_criterion_covers(a.items[i], b.items[j]))
			out[n++] = b.items[j++];
		else if (soc2_criterion_covers(b.items[j], a.items[i]))
			out[n++] = a.items[i++];
		else if (a.items[i] < b.items[j])
			i++;
		else
			j++;
	}
	return n;
}
