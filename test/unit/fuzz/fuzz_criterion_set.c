/*-------------------------------------------------------------------------
 *
 * fuzz_criterion_set.c
 *		Any text: what is accepted is a normalised set that is written and read
 *		back as itself, and what is refused is refused inside the text.  Any
 *		bytes as two sets: the algebra keeps sets normalised and its laws hold.
 *
 * IDENTIFICATION
 *	  test/unit/fuzz/fuzz_criterion_set.c
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "core/criterion_set.h"
#include "target.h"

/* exactly this much memory, so that a byte too many is noticed */
static void *
allocate(size_t size)
{
	void	   *memory = malloc(size > 0 ? size : 1);

	require(memory != NULL);
	return memory;
}

static soc2_criterion *
allocate_items(size_t count)
{
	return allocate(count * sizeof(soc2_criterion));
}

static bool
same(soc2_criteria a, soc2_criteria b)
{
	return soc2_criterion_set_compare(a, b) == 0;
}

/* write a set and read it back */
static void
check_text(soc2_criteria set)
{
	size_t		size = soc2_criterion_set_format_size(set);
	char	   *text = allocate(size);
	size_t		len = soc2_criterion_set_format(set, text);
	soc2_criterion *items =
	allocate_items(soc2_criterion_set_parse_bound(text, len));
	soc2_criteria_room room = {items, 0};
	soc2_criteria back = {items, 0};
	size_t		errpos = 0;

	require(len < size && len == strlen(text));
	require(soc2_criterion_set_parse(text, len, SOC2_FRAMEWORK_OUTLINE,
									 &room, &errpos) == SOC2_OK);
	back.count = room.count;
	require(same(set, back));
	free(items);
	free(text);
}

/* laws of two sets */
static void
check_algebra(soc2_criteria a, soc2_criteria b)
{
	soc2_criterion *u_items = allocate_items(a.count + b.count);
	soc2_criterion *i_items = allocate_items(a.count + b.count);
	soc2_criterion *d_items = allocate_items(a.count);
	soc2_criterion *w_items = allocate_items(2 * a.count + b.count);
	soc2_criteria u = {u_items, soc2_criterion_set_union(a, b, u_items)};
	soc2_criteria i = {i_items,
	soc2_criterion_set_intersection(a, b, i_items)};
	soc2_criteria d = {d_items, soc2_criterion_set_difference(a, b, d_items)};
	soc2_criteria w = {w_items, soc2_criterion_set_union(d, i, w_items)};

	require(soc2_criterion_set_is_normal(u));
	require(soc2_criterion_set_is_normal(i));
	require(soc2_criterion_set_is_normal(d));
	require(same(w, a));
	require(soc2_criterion_set_covers(u, a));
	require(soc2_criterion_set_covers(u, b));
	require(soc2_criterion_set_covers(a, i));
	require(soc2_criterion_set_covers(b, i));
	require(soc2_criterion_set_overlaps(a, b) == (i.count > 0));
	require(soc2_criterion_set_covers(a, b) == same(u, a));
	free(u_items);
	free(i_items);
	free(d_items);
	free(w_items);
}

/* a normalised set out of the valid ones of the values in some bytes */
static soc2_criteria
set_of_bytes(const uint8_t *data, size_t size, soc2_criterion *items)
{
	soc2_criteria set = {items, 0};

	for (size_t at = 0; at + 8 <= size; at += 8)
	{
		if (soc2_criterion_decode(data + at, &items[set.count]) == SOC2_OK)
			set.count++;
	}
	set.count = soc2_criterion_set_normalize(items, set.count);
	require(soc2_criterion_set_is_normal(set));
	return set;
}

/* the bytes as two sets */
static void
check_bytes(const uint8_t *data, size_t size)
{
	size_t		half = size / 16 * 8;
	soc2_criterion *a_items = allocate_items(half / 8);
	soc2_criterion *b_items = allocate_items((size - half) / 8);
	soc2_criteria a = set_of_bytes(data, half, a_items);
	soc2_criteria b = set_of_bytes(data + half, size - half, b_items);

	check_algebra(a, b);
	check_algebra(b, a);
	check_text(a);
	free(a_items);
	free(b_items);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *) data;
	size_t		bound = soc2_criterion_set_parse_bound(text, size);
	soc2_criterion *items = allocate_items(bound);
	soc2_criteria_room room = {items, 0};
	soc2_criteria set = {items, 0};
	size_t		errpos = SIZE_MAX;
	soc2_status status;

	status = soc2_criterion_set_parse(text, size, SOC2_FRAMEWORK_TSC, &room,
									  &errpos);
	if (status == SOC2_OK)
	{
		set.count = room.count;
		require(set.count <= bound);
		require(soc2_criterion_set_is_normal(set));
		check_text(set);
		for (size_t i = 0; i < set.count; i++)
			require(soc2_criterion_set_covers_one(set, set.items[i]));
	}
	else
		require(status < SOC2_STATUS_COUNT && errpos <= size);
	free(items);

	check_bytes(data, size);
	return 0;
}
