/*-------------------------------------------------------------------------
 *
 * criterion_set.c
 *		Sets of criteria: algebra on sorted arrays.
 *
 * Contracts are in the header.
 *
 * IDENTIFICATION
 *	  src/core/criterion_set.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/criterion_set.h"

#include <string.h>

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

/* Bound for the members of a text */
size_t
soc2_criterion_set_parse_bound(const char *text, size_t len)
{
	size_t		bound = 1;

	for (size_t i = 0; i < len; i++)
		bound += text[i] == ',';
	return bound;
}

/* offset of the first byte at or after pos that is not a space */
static size_t
skip_spaces(const char *text, size_t len, size_t pos)
{
	while (pos < len && text[pos] == ' ')
		pos++;
	return pos;
}

/* offset of the byte that ends the criterion starting at pos */
static size_t
member_end(const char *text, size_t len, size_t pos)
{
	while (pos < len && text[pos] != ',' && text[pos] != '}' &&
		   text[pos] != ' ')
		pos++;
	return pos;
}

/*
 * Parse the members from *pos, which is behind the opening brace, to behind
 * the closing one.  *pos is where it stopped.
 */
static soc2_status
parse_members(const char *text, size_t len, soc2_framework dflt,
			  soc2_criterion *out, size_t *count, size_t *pos)
{
	*count = 0;
	*pos = skip_spaces(text, len, *pos);
	if (*pos < len && text[*pos] == '}')
	{
		++*pos;
		return SOC2_OK;
	}
	for (;;)
	{
		size_t		start = skip_spaces(text, len, *pos);
		size_t		end = member_end(text, len, start);
		size_t		errpos = 0;
		soc2_status status;

		status = soc2_criterion_parse(text + start, end - start, dflt,
									  &out[*count], &errpos);
		*pos = start + errpos;
		if (status != SOC2_OK)
			return start == len ? SOC2_UNTERMINATED : status;
		++*count;
		*pos = skip_spaces(text, len, end);
		if (*pos == len)
			return SOC2_UNTERMINATED;
		if (text[*pos] == '}')
		{
			++*pos;
			return SOC2_OK;
		}
		if (text[*pos] != ',')
			return SOC2_SEPARATOR_EXPECTED;
		++*pos;
	}
}

/* parse one criterion without braces; *pos as in parse_members() */
static soc2_status
parse_single(const char *text, size_t len, soc2_framework dflt,
			 soc2_criterion *out, size_t *pos)
{
	size_t		start = *pos;
	size_t		errpos = 0;
	soc2_status status;

	*pos = member_end(text, len, start);
	status = soc2_criterion_parse(text + start, *pos - start, dflt,
								  out, &errpos);
	if (status != SOC2_OK)
		*pos = start + errpos;
	return status;
}

/* Parse the text of a set */
soc2_status
soc2_criterion_set_parse(const char *text, size_t len, soc2_framework dflt,
						 soc2_criterion *out, size_t *count, size_t *errpos)
{
	size_t		pos = skip_spaces(text, len, 0);
	soc2_status status;

	if (pos < len && text[pos] == '{')
	{
		pos++;
		status = parse_members(text, len, dflt, out, count, &pos);
	}
	else
	{
		*count = 1;
		status = parse_single(text, len, dflt, out, &pos);
	}
	if (status == SOC2_OK)
	{
		pos = skip_spaces(text, len, pos);
		if (pos < len)
			status = *count == 1 && text[pos] == ',' ?
				SOC2_BRACE_EXPECTED : SOC2_UNEXPECTED_CHARACTER;
	}
	if (status != SOC2_OK)
	{
		*errpos = pos;
		return status;
	}
	*count = soc2_criterion_set_normalize(out, *count);
	return SOC2_OK;
}

/* Bytes for the text of a set */
size_t
soc2_criterion_set_format_size(soc2_criteria set)
{
	/* each member with its comma or brace, the first brace and the NUL */
	return set.count * SOC2_CRITERION_TEXT_SIZE + 3;
}

/* Write the text of a set */
size_t
soc2_criterion_set_format(soc2_criteria set, char *buf)
{
	size_t		n = 0;

	buf[n++] = '{';
	for (size_t i = 0; i < set.count; i++)
	{
		if (i > 0)
			buf[n++] = ',';
		n += soc2_criterion_format(set.items[i], buf + n);
	}
	buf[n++] = '}';
	buf[n] = '\0';
	return n;
}
