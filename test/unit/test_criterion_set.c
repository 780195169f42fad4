/*-------------------------------------------------------------------------
 *
 * test_criterion_set.c
 *		Proves that the one-pass algebra of sets gives what a naive one by
 *		pairs of members gives, that its laws hold, and that text of sets is
 *		read and written without loss and refused at the right place.
 *
 * IDENTIFICATION
 *	  test/unit/test_criterion_set.c
 *
 *-------------------------------------------------------------------------
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/criterion_set.h"
#include "cases.h"
#include "random.h"

/* members of a random set at most, and of what two of them give */
#define FEW		8
#define ROOM	(2 * FEW)

/* random sets that each law is tried on */
#define TRIALS	100000

/* a set with its members */
typedef struct small_set
{
	soc2_criterion items[ROOM];
	size_t		count;
}			small_set;

/* ---- helpers --------------------------------------------------------- */

static soc2_criteria
view(const small_set * s)
{
	soc2_criteria members = {s->items, s->count};

	return members;
}

/* the set of a text that must be valid */
static small_set
parse(const char *text)
{
	small_set	s = {{0}, 0};
	soc2_criteria_room room = {s.items, 0};
	size_t		errpos = 0;
	soc2_status status;

	assert_true(soc2_criterion_set_parse_bound(text, strlen(text)) <= ROOM);
	status = soc2_criterion_set_parse(text, strlen(text), SOC2_FRAMEWORK_TSC,
									  &room, &errpos);
	s.count = room.count;
	if (status != SOC2_OK)
		fail_msg("\"%s\": %s at %zu", text, soc2_status_text(status), errpos);
	assert_true(soc2_criterion_set_is_normal(view(&s)));
	return s;
}

/* a set is written like this */
static void
assert_text(const small_set * s, const char *expected)
{
	char		buf[ROOM * SOC2_CRITERION_TEXT_SIZE + 3];
	size_t		len;

	assert_true(soc2_criterion_set_format_size(view(s)) <= sizeof(buf));
	len = soc2_criterion_set_format(view(s), buf);
	assert_string_equal(buf, expected);
	assert_int_equal(len, strlen(expected));
}

/* a text of len bytes is refused with this status at this offset */
static void
assert_refused_len(const char *text, size_t len, soc2_status status,
				   size_t errpos)
{
	size_t		bound = soc2_criterion_set_parse_bound(text, len);
	soc2_criterion *items = malloc(bound * sizeof(soc2_criterion));
	soc2_criteria_room room = {items, 0};
	size_t		found_at = SIZE_MAX;
	soc2_status found;

	assert_non_null(items);
	found = soc2_criterion_set_parse(text, len, SOC2_FRAMEWORK_TSC, &room,
									 &found_at);
	free(items);
	if (found != status || found_at != errpos)
		fail_msg("\"%.40s\": %s at %zu, expected %s at %zu", text,
				 soc2_status_text(found), found_at,
				 soc2_status_text(status), errpos);
}

static void
assert_refused(const char *text, soc2_status status, size_t errpos)
{
	assert_refused_len(text, strlen(text), status, errpos);
}

static bool
same(const small_set * a, const small_set * b)
{
	return a->count == b->count &&
		memcmp(a->items, b->items, a->count * sizeof(a->items[0])) == 0;
}

/* a random normalised set whose members often cover others */
static small_set
random_set(test_random * r)
{
	small_set	s;

	s.count = test_random_below(r, FEW + 1);
	for (size_t i = 0; i < s.count; i++)
		s.items[i] = test_random_criterion(r, 2);
	/* half of them close together: one framework and category */
	if (test_random_below(r, 2) == 0)
	{
		for (size_t i = 0; i < s.count; i++)
			s.items[i] = (s.items[i] & INT64_C(0x0000FFFFFFFFFFFF)) |
				INT64_C(0x0201000000000000);
	}
	s.count = soc2_criterion_set_normalize(s.items, s.count);
	return s;
}

static small_set
set_union(const small_set * a, const small_set * b)
{
	small_set	s;

	s.count = soc2_criterion_set_union(view(a), view(b), s.items);
	return s;
}

static small_set
set_difference(const small_set * a, const small_set * b)
{
	small_set	s;

	s.count = soc2_criterion_set_difference(view(a), view(b), s.items);
	return s;
}

static small_set
set_intersection(const small_set * a, const small_set * b)
{
	small_set	s;

	s.count = soc2_criterion_set_intersection(view(a), view(b), s.items);
	return s;
}

static bool
covers(const small_set * a, const small_set * b)
{
	return soc2_criterion_set_covers(view(a), view(b));
}

/* ---- the naive model: any order, all pairs --------------------------- */

/* containment part by part, without the order of the packed values */
static bool
naive_covers_one(soc2_criterion a, soc2_criterion b)
{
	soc2_criterion_parts pa = soc2_criterion_unpack(a);
	soc2_criterion_parts pb = soc2_criterion_unpack(b);

	if (pa.framework != pb.framework || pa.category != pb.category)
		return false;
	for (int i = 0; i < SOC2_LEVEL_MAX && pa.number[i] != 0; i++)
	{
		if (pa.number[i] != pb.number[i])
			return false;
	}
	return true;
}

static bool
naive_member_covers(const small_set * s, soc2_criterion c)
{
	for (size_t i = 0; i < s->count; i++)
	{
		if (naive_covers_one(s->items[i], c))
			return true;
	}
	return false;
}

static bool
naive_covers(const small_set * a, const small_set * b)
{
	for (size_t i = 0; i < b->count; i++)
	{
		if (!naive_member_covers(a, b->items[i]))
			return false;
	}
	return true;
}

static bool
naive_overlaps(const small_set * a, const small_set * b)
{
	for (size_t i = 0; i < a->count; i++)
	{
		for (size_t j = 0; j < b->count; j++)
		{
			if (naive_covers_one(a->items[i], b->items[j]) ||
				naive_covers_one(b->items[j], a->items[i]))
				return true;
		}
	}
	return false;
}

/* put a member where it belongs, if it is not there */
static void
naive_insert(small_set * s, soc2_criterion c)
{
	size_t		at = 0;

	while (at < s->count && s->items[at] < c)
		at++;
	if (at < s->count && s->items[at] == c)
		return;
	assert_true(s->count < ROOM);
	memmove(s->items + at + 1, s->items + at,
			(s->count - at) * sizeof(s->items[0]));
	s->items[at] = c;
	s->count++;
}

/* add those of the items that no other one covers */
static void
naive_add(small_set * s, const soc2_criterion *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
	{
		bool		covered = false;

		for (size_t j = 0; j < count; j++)
			covered = covered || (items[j] != items[i] &&
								  naive_covers_one(items[j], items[i]));
		if (!covered)
			naive_insert(s, items[i]);
	}
}

static small_set
naive_union(const small_set * a, const small_set * b)
{
	small_set	s = {{0}, 0};
	soc2_criterion all[ROOM];

	memcpy(all, a->items, a->count * sizeof(all[0]));
	memcpy(all + a->count, b->items, b->count * sizeof(all[0]));
	naive_add(&s, all, a->count + b->count);
	return s;
}

static small_set
naive_difference(const small_set * a, const small_set * b)
{
	small_set	s = {{0}, 0};

	for (size_t i = 0; i < a->count; i++)
	{
		if (!naive_member_covers(b, a->items[i]))
			naive_insert(&s, a->items[i]);
	}
	return s;
}

static small_set
naive_intersection(const small_set * a, const small_set * b)
{
	small_set	s = {{0}, 0};

	for (size_t i = 0; i < a->count; i++)
	{
		if (naive_member_covers(b, a->items[i]))
			naive_insert(&s, a->items[i]);
	}
	for (size_t i = 0; i < b->count; i++)
	{
		if (naive_member_covers(a, b->items[i]))
			naive_insert(&s, b->items[i]);
	}
	return s;
}

/* ---- against the model ----------------------------------------------- */

static void
normalize_is_that_of_the_model(void **state)
{
	test_random r = {1};

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	given = {{0}, 0};
		small_set	expected = {{0}, 0};

		given.count = test_random_below(&r, FEW + 1);
		for (size_t i = 0; i < given.count; i++)
			given.items[i] = test_random_criterion(&r, 2) |
				INT64_C(0x0300000000000000);
		for (size_t i = 0; i < given.count; i++)
			given.items[i] &= INT64_C(0x02FFFFFFFFFFFFFF);
		naive_add(&expected, given.items, given.count);
		given.count = soc2_criterion_set_normalize(given.items, given.count);
		assert_true(same(&given, &expected));
		assert_true(soc2_criterion_set_is_normal(view(&given)));
	}
}

static void
covers_is_that_of_the_model(void **state)
{
	test_random r = {2};
	int			yes = 0;

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		small_set	b = random_set(&r);

		assert_true(covers(&a, &b) == naive_covers(&a, &b));
		yes += b.count > 0 && covers(&a, &b);
	}
	assert_true(yes > TRIALS / 100);
}

static void
covers_one_is_that_of_the_model(void **state)
{
	test_random r = {3};

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		soc2_criterion c = test_random_criterion(&r, 2);
		soc2_criteria one = {&c, 1};

		assert_true(soc2_criterion_set_covers_one(view(&a), c) ==
					naive_member_covers(&a, c));
		assert_true(soc2_criterion_set_covers_one(view(&a), c) ==
					soc2_criterion_set_covers(view(&a), one));
	}
}

static void
overlaps_is_that_of_the_model(void **state)
{
	test_random r = {4};
	int			no = 0;

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		small_set	b = random_set(&r);
		bool		found = soc2_criterion_set_overlaps(view(&a), view(&b));

		assert_true(found == naive_overlaps(&a, &b));
		no += !found;
	}
	assert_true(no > TRIALS / 100 && no < TRIALS);
}

static void
union_is_that_of_the_model(void **state)
{
	test_random r = {5};

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		small_set	b = random_set(&r);
		small_set	found = set_union(&a, &b);
		small_set	expected = naive_union(&a, &b);

		assert_true(same(&found, &expected));
		assert_true(soc2_criterion_set_is_normal(view(&found)));
	}
}

static void
difference_is_that_of_the_model(void **state)
{
	test_random r = {6};

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		small_set	b = random_set(&r);
		small_set	found = set_difference(&a, &b);
		small_set	expected = naive_difference(&a, &b);

		assert_true(same(&found, &expected));
		assert_true(soc2_criterion_set_is_normal(view(&found)));
	}
}

/* the header allows to write the difference over its left argument */
static void
difference_works_in_place(void **state)
{
	test_random r = {7};

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		small_set	b = random_set(&r);
		small_set	expected = set_difference(&a, &b);

		a.count = soc2_criterion_set_difference(view(&a), view(&b), a.items);
		assert_true(same(&a, &expected));
	}
}

static void
intersection_is_that_of_the_model(void **state)
{
	test_random r = {8};
	int			some = 0;

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		small_set	b = random_set(&r);
		small_set	found = set_intersection(&a, &b);
		small_set	expected = naive_intersection(&a, &b);

		assert_true(same(&found, &expected));
		assert_true(soc2_criterion_set_is_normal(view(&found)));
		some += found.count > 0;
	}
	assert_true(some > TRIALS / 100);
}

/* ---- laws ------------------------------------------------------------ */

static void
normalize_is_idempotent(void **state)
{
	test_random r = {9};

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		small_set	b = a;

		b.count = soc2_criterion_set_normalize(b.items, b.count);
		assert_true(same(&a, &b));
	}
}

static void
covers_is_an_order(void **state)
{
	test_random r = {10};

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		small_set	b = random_set(&r);
		small_set	c = random_set(&r);

		assert_true(covers(&a, &a));
		if (covers(&a, &b) && covers(&b, &a))
			assert_true(same(&a, &b));
		if (covers(&a, &b) && covers(&b, &c))
			assert_true(covers(&a, &c));
	}
}

static void
overlaps_is_symmetric(void **state)
{
	test_random r = {11};

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		small_set	b = random_set(&r);

		assert_true(soc2_criterion_set_overlaps(view(&a), view(&b)) ==
					soc2_criterion_set_overlaps(view(&b), view(&a)));
		/* overlapping is having something in common */
		assert_true(soc2_criterion_set_overlaps(view(&a), view(&b)) ==
					(set_intersection(&a, &b).count > 0));
		if (b.count > 0 && covers(&a, &b))
			assert_true(soc2_criterion_set_overlaps(view(&a), view(&b)));
	}
}

static void
union_and_intersection_commute(void **state)
{
	test_random r = {12};

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		small_set	b = random_set(&r);
		small_set	ab = set_union(&a, &b);
		small_set	ba = set_union(&b, &a);

		assert_true(same(&ab, &ba));
		ab = set_intersection(&a, &b);
		ba = set_intersection(&b, &a);
		assert_true(same(&ab, &ba));
	}
}

static void
union_and_intersection_of_itself(void **state)
{
	test_random r = {13};

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		small_set	u = set_union(&a, &a);
		small_set	i = set_intersection(&a, &a);

		assert_true(same(&a, &u));
		assert_true(same(&a, &i));
		assert_int_equal(set_difference(&a, &a).count, 0);
	}
}

static void
union_and_intersection_associate(void **state)
{
	test_random r = {14};

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		small_set	b = random_set(&r);
		small_set	c = random_set(&r);
		small_set	x;
		small_set	y;

		/* keep each result within the room of a set */
		a.count = a.count > FEW / 2 ? FEW / 2 : a.count;
		b.count = b.count > FEW / 2 ? FEW / 2 : b.count;
		x = set_union(&a, &b);
		x = set_union(&x, &c);
		y = set_union(&b, &c);
		y = set_union(&a, &y);
		assert_true(same(&x, &y));
		x = set_intersection(&a, &b);
		x = set_intersection(&x, &c);
		y = set_intersection(&b, &c);
		y = set_intersection(&a, &y);
		assert_true(same(&x, &y));
	}
}

static void
union_covers_and_intersection_is_covered(void **state)
{
	test_random r = {15};

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		small_set	b = random_set(&r);
		small_set	u = set_union(&a, &b);
		small_set	i = set_intersection(&a, &b);

		assert_true(covers(&u, &a) && covers(&u, &b));
		assert_true(covers(&a, &i) && covers(&b, &i));
		assert_true(same(&u, &a) == covers(&a, &b));
		assert_true(same(&i, &b) == covers(&a, &b));
	}
}

/* the greatest lower and the least upper bound absorb each other */
static void
union_and_intersection_absorb(void **state)
{
	test_random r = {16};

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		small_set	b = random_set(&r);
		small_set	x = set_intersection(&a, &b);

		x.count = x.count > FEW ? FEW : x.count;
		x = set_union(&a, &x);
		assert_true(same(&x, &a));
		x = set_union(&a, &b);
		x = set_difference(&x, &b);
		assert_true(covers(&a, &x));
	}
}

static void
difference_and_intersection_give_the_whole(void **state)
{
	test_random r = {17};

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		small_set	b = random_set(&r);
		small_set	d = set_difference(&a, &b);
		small_set	i = set_intersection(&a, &b);
		soc2_criterion out[2 * ROOM];
		size_t		n = soc2_criterion_set_union(view(&d), view(&i), out);

		assert_int_equal(n, a.count);
		assert_memory_equal(out, a.items, n * sizeof(out[0]));
		assert_true(covers(&a, &d));
		for (size_t k = 0; k < d.count; k++)
			assert_false(soc2_criterion_set_covers_one(view(&b), d.items[k]));
	}
}

static void
compare_is_an_order(void **state)
{
	test_random r = {18};

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		small_set	b = random_set(&r);
		small_set	c = random_set(&r);
		int			ab = soc2_criterion_set_compare(view(&a), view(&b));
		int			bc = soc2_criterion_set_compare(view(&b), view(&c));
		int			ac = soc2_criterion_set_compare(view(&a), view(&c));

		assert_int_equal(soc2_criterion_set_compare(view(&a), view(&a)), 0);
		assert_int_equal(ab, -soc2_criterion_set_compare(view(&b), view(&a)));
		assert_true((ab == 0) == same(&a, &b));
		if (ab <= 0 && bc <= 0)
			assert_true(ac <= 0);
	}
}

static void
text_round_trips(void **state)
{
	test_random r = {19};
	char		buf[ROOM * SOC2_CRITERION_TEXT_SIZE + 3];

	(void) state;
	for (int trial = 0; trial < TRIALS; trial++)
	{
		small_set	a = random_set(&r);
		small_set	b;
		size_t		len = soc2_criterion_set_format(view(&a), buf);

		assert_true(len < soc2_criterion_set_format_size(view(&a)));
		assert_int_equal(len, strlen(buf));
		b = parse(buf);
		assert_true(same(&a, &b));
	}
}

/* ---- examples -------------------------------------------------------- */

static void
empty_set(void **state)
{
	small_set	none = parse("{}");
	small_set	some = parse("{CC6}");
	small_set	result;

	(void) state;
	assert_int_equal(none.count, 0);
	assert_text(&none, "{}");
	assert_true(soc2_criterion_set_is_normal(view(&none)));
	assert_true(covers(&none, &none));
	assert_true(covers(&some, &none));
	assert_false(covers(&none, &some));
	assert_false(soc2_criterion_set_overlaps(view(&none), view(&none)));
	assert_false(soc2_criterion_set_overlaps(view(&none), view(&some)));
	assert_false(soc2_criterion_set_covers_one(view(&none), some.items[0]));
	assert_true(soc2_criterion_set_compare(view(&none), view(&some)) < 0);
	result = set_union(&none, &some);
	assert_text(&result, "{tsc:CC6}");
	result = set_difference(&some, &none);
	assert_text(&result, "{tsc:CC6}");
	assert_int_equal(set_difference(&none, &some).count, 0);
	assert_int_equal(set_intersection(&none, &some).count, 0);
	assert_int_equal(soc2_criterion_set_normalize(NULL, 0), 0);
}

typedef struct text_case
{
	const char *text;
	const char *canonical;
}			text_case;

static const text_case valid_texts[] = {
	{"{}", "{}"},
	{"{ }", "{}"},
	{"  {   }  ", "{}"},
	{"CC6.1", "{tsc:CC6.1}"},
	{"  CC6.1  ", "{tsc:CC6.1}"},
	{"outline:p3", "{outline:P3}"},
	{"{CC6.1}", "{tsc:CC6.1}"},
	{"{ cc6.1 , outline:A1 }", "{outline:A1,tsc:CC6.1}"},
	{"{CC7,CC6}", "{tsc:CC6,tsc:CC7}"},
	{"{CC6,CC6}", "{tsc:CC6}"},
	{"{CC6.1,CC6}", "{tsc:CC6}"},
	{"{CC6,CC6.1,CC6.1.1,CC7}", "{tsc:CC6,tsc:CC7}"},
	{"{CC6.10,CC6.9,CC60}", "{tsc:CC6.9,tsc:CC6.10,tsc:CC60}"},
	{"{P,PI,C,A,CC}", "{tsc:CC,tsc:A,tsc:C,tsc:PI,tsc:P}"},
	{"{CC65535.65535.65535}", "{tsc:CC65535.65535.65535}"},
};

static void
valid_text_has_one_form(void **state)
{
	(void) state;
	for (size_t i = 0; i < COUNT(valid_texts); i++)
	{
		small_set	s = parse(valid_texts[i].text);

		assert_text(&s, valid_texts[i].canonical);
	}
}

static void
default_framework_counts_without_prefix(void **state)
{
	small_set	s = {{0}, 0};
	soc2_criteria_room room = {s.items, 0};
	size_t		errpos = 0;

	(void) state;
	assert_int_equal(soc2_criterion_set_parse("{CC6,tsc:A1}", 12,
											  SOC2_FRAMEWORK_OUTLINE, &room,
											  &errpos), SOC2_OK);
	s.count = room.count;
	assert_text(&s, "{outline:CC6,tsc:A1}");
}

static void
missing_member_is_refused(void **state)
{
	(void) state;
	assert_refused("", SOC2_EMPTY, 0);
	assert_refused("   ", SOC2_EMPTY, 3);
	assert_refused("{,}", SOC2_EMPTY, 1);
	assert_refused("{,CC6}", SOC2_EMPTY, 1);
	assert_refused("{CC6,}", SOC2_EMPTY, 5);
	assert_refused("{CC6, }", SOC2_EMPTY, 6);
	assert_refused("{CC6,,CC7}", SOC2_EMPTY, 5);
	assert_refused("{tsc:}", SOC2_EMPTY, 5);
	assert_refused("{tsc:,CC6}", SOC2_EMPTY, 5);
}

static void
missing_brace_is_refused(void **state)
{
	(void) state;
	assert_refused("{", SOC2_UNTERMINATED, 1);
	assert_refused("{   ", SOC2_UNTERMINATED, 4);
	assert_refused("{CC6", SOC2_UNTERMINATED, 4);
	assert_refused("{CC6  ", SOC2_UNTERMINATED, 6);
	assert_refused("{CC6,", SOC2_UNTERMINATED, 5);
	assert_refused("{CC6, ", SOC2_UNTERMINATED, 6);
	assert_refused("{CC6,CC7", SOC2_UNTERMINATED, 8);
	assert_refused("CC6,CC7", SOC2_BRACE_EXPECTED, 3);
	assert_refused("CC6 ,CC7", SOC2_BRACE_EXPECTED, 4);
	assert_refused("CC6,", SOC2_BRACE_EXPECTED, 3);
}

static void
missing_separator_is_refused(void **state)
{
	(void) state;
	assert_refused("{CC6 CC7}", SOC2_SEPARATOR_EXPECTED, 5);
	assert_refused("{CC6  CC7}", SOC2_SEPARATOR_EXPECTED, 6);
	assert_refused("{CC6 .1}", SOC2_SEPARATOR_EXPECTED, 5);
}

static void
stray_character_is_refused(void **state)
{
	(void) state;
	assert_refused("CC6}", SOC2_UNEXPECTED_CHARACTER, 3);
	assert_refused("CC6 CC7", SOC2_UNEXPECTED_CHARACTER, 4);
	assert_refused("{CC6}}", SOC2_UNEXPECTED_CHARACTER, 5);
	assert_refused("{CC6} x", SOC2_UNEXPECTED_CHARACTER, 6);
	assert_refused("{}{}", SOC2_UNEXPECTED_CHARACTER, 2);
	assert_refused("{},", SOC2_UNEXPECTED_CHARACTER, 2);
	assert_refused("{CC6},", SOC2_UNEXPECTED_CHARACTER, 5);
	assert_refused("{CC6},{CC7}", SOC2_UNEXPECTED_CHARACTER, 5);
	assert_refused("{CC6\t}", SOC2_UNEXPECTED_CHARACTER, 4);
	assert_refused("\t{CC6}", SOC2_UNKNOWN_CATEGORY, 0);
	assert_refused("{CC6}\n", SOC2_UNEXPECTED_CHARACTER, 5);
	assert_refused("}", SOC2_EMPTY, 0);
	assert_refused("{{CC6}}", SOC2_SET_UNEXPECTED, 1);
	assert_refused("{CC6;CC7}", SOC2_UNEXPECTED_CHARACTER, 4);
	assert_refused("[CC6]", SOC2_UNKNOWN_CATEGORY, 0);
}

/* what is wrong inside a member is found where it stands in the whole */
static void
wrong_member_is_refused(void **state)
{
	(void) state;
	assert_refused("{CC6,XX1}", SOC2_UNKNOWN_CATEGORY, 5);
	assert_refused("{CC6, nist:AC-2}", SOC2_UNKNOWN_FRAMEWORK, 6);
	assert_refused("{CC6,CC7.}", SOC2_NUMBER_EXPECTED, 9);
	assert_refused("{CC6,CC0}", SOC2_NUMBER_ZERO, 7);
	assert_refused("{CC6,CC65536}", SOC2_NUMBER_TOO_LARGE, 7);
	assert_refused("{CC6.1.3.1,CC6}", SOC2_TOO_DEEP, 8);
	assert_refused("{ CC6.1.3.1", SOC2_TOO_DEEP, 9);
	assert_refused("  CC6.x  ", SOC2_NUMBER_EXPECTED, 6);
	assert_refused("{CC6,\xC3\x87" "1}", SOC2_UNKNOWN_CATEGORY, 5);
	assert_refused("null", SOC2_UNKNOWN_CATEGORY, 0);
	assert_refused("{NULL}", SOC2_UNKNOWN_CATEGORY, 1);
	assert_refused("{\"CC6\"}", SOC2_UNKNOWN_CATEGORY, 1);
}

static void
nul_is_refused(void **state)
{
	(void) state;
	assert_refused_len("{CC6\0}", 6, SOC2_UNEXPECTED_CHARACTER, 4);
	assert_refused_len("{CC6}\0", 6, SOC2_UNEXPECTED_CHARACTER, 5);
	assert_refused_len("\0{CC6}", 6, SOC2_UNKNOWN_CATEGORY, 0);
}

static void
bound_is_one_more_than_commas(void **state)
{
	(void) state;
	assert_int_equal(soc2_criterion_set_parse_bound("", 0), 1);
	assert_int_equal(soc2_criterion_set_parse_bound("{CC6}", 5), 1);
	assert_int_equal(soc2_criterion_set_parse_bound("{A,A}", 5), 2);
	assert_int_equal(soc2_criterion_set_parse_bound(",,,,", 2), 3);
}

static void
what_is_not_normal_is_recognised(void **state)
{
	small_set	good = parse("{CC6.1,CC6.2}");
	small_set	bad = good;

	(void) state;
	assert_true(soc2_criterion_set_is_normal(view(&good)));
	bad.items[0] = good.items[1];	/* double */
	assert_false(soc2_criterion_set_is_normal(view(&bad)));
	bad.items[1] = good.items[0];	/* out of order */
	assert_false(soc2_criterion_set_is_normal(view(&bad)));
	bad.items[0] = soc2_criterion_at_level(good.items[0], 1);	/* covers */
	assert_false(soc2_criterion_set_is_normal(view(&bad)));
	bad.items[0] = 0;			/* no criterion */
	assert_false(soc2_criterion_set_is_normal(view(&bad)));
	bad = good;
	bad.items[1] = INT64_MAX;
	assert_false(soc2_criterion_set_is_normal(view(&bad)));
}

static void
algebra_of_examples(void **state)
{
	small_set	series = parse("{CC6}");
	small_set	some = parse("{CC6.1,CC6.2.1,CC7}");
	small_set	result;

	(void) state;
	result = set_union(&series, &some);
	assert_text(&result, "{tsc:CC6,tsc:CC7}");
	result = set_difference(&some, &series);
	assert_text(&result, "{tsc:CC7}");
	/* covered in part only, so it stays */
	result = set_difference(&series, &some);
	assert_text(&result, "{tsc:CC6}");
	result = set_intersection(&series, &some);
	assert_text(&result, "{tsc:CC6.1,tsc:CC6.2.1}");
	assert_true(soc2_criterion_set_overlaps(view(&series), view(&some)));
	assert_false(covers(&series, &some));
}

static void
compare_of_examples(void **state)
{
	static const char *const ordered[] = {
		"{}", "{outline:P}", "{CC6}", "{CC6,CC7}", "{CC6,CC7,A1}",
		"{CC6,CC8}", "{CC6.1}", "{CC7}", "{A}",
	};

	(void) state;
	for (size_t i = 0; i < COUNT(ordered); i++)
	{
		for (size_t j = 0; j < COUNT(ordered); j++)
		{
			small_set	a = parse(ordered[i]);
			small_set	b = parse(ordered[j]);

			assert_int_equal(soc2_criterion_set_compare(view(&a), view(&b)),
							 (i > j) - (i < j));
		}
	}
}

/* ---- many members ---------------------------------------------------- */

#define MANY 100000

/* members in a scattered order, with doubles */
static soc2_criterion *
scattered(test_random * r, size_t count)
{
	soc2_criterion *items = malloc(count * sizeof(soc2_criterion));

	assert_non_null(items);
	for (size_t i = 0; i < count; i++)
		items[i] = test_random_criterion(r, 65535) |
			INT64_C(0x0000000100010001);
	return items;
}

static int
compare_items(const void *a, const void *b)
{
	soc2_criterion x = *(const soc2_criterion *) a;
	soc2_criterion y = *(const soc2_criterion *) b;

	return (x > y) - (x < y);
}

static void
many_members_are_sorted(void **state)
{
	test_random r = {20};
	soc2_criterion *items = scattered(&r, MANY);
	soc2_criterion *expected = malloc(MANY * sizeof(soc2_criterion));
	size_t		count = 0;
	size_t		n;

	(void) state;
	assert_non_null(expected);
	memcpy(expected, items, MANY * sizeof(soc2_criterion));
	qsort(expected, MANY, sizeof(soc2_criterion), compare_items);
	for (size_t i = 0; i < MANY; i++)
	{
		if (i == 0 || expected[i] != expected[i - 1])
			expected[count++] = expected[i];
	}
	n = soc2_criterion_set_normalize(items, MANY);
	assert_int_equal(n, count);
	assert_memory_equal(items, expected, n * sizeof(soc2_criterion));
	free(items);
	free(expected);
}

/* sorted, descending and equal input, which sorts are often slow or wrong on */
static void
many_members_in_any_order(void **state)
{
	soc2_criterion *items = malloc(MANY * sizeof(soc2_criterion));
	soc2_criteria all = {items, MANY};
	soc2_criterion_parts parts = {2, 1, {1, 1, 1}};

	(void) state;
	assert_non_null(items);
	for (int descending = 0; descending < 2; descending++)
	{
		for (unsigned i = 0; i < MANY; i++)
		{
			unsigned	k = descending ? MANY - 1 - i : i;

			parts.number[0] = 1 + k / 1000;
			parts.number[2] = 1 + k % 1000;
			items[i] = soc2_criterion_pack(&parts);
		}
		assert_int_equal(soc2_criterion_set_normalize(items, MANY), MANY);
		assert_true(soc2_criterion_set_is_normal(all));
	}
	for (size_t i = 0; i < MANY; i++)
		items[i] = soc2_criterion_pack(&parts);
	assert_int_equal(soc2_criterion_set_normalize(items, MANY), 1);
	free(items);
}

static void
many_members_are_written_and_read(void **state)
{
	test_random r = {21};
	soc2_criterion *items = scattered(&r, MANY);
	size_t		count = soc2_criterion_set_normalize(items, MANY);
	soc2_criteria set = {items, count};
	char	   *text = malloc(soc2_criterion_set_format_size(set));
	size_t		len;
	soc2_criterion *back;
	soc2_criteria_room room;
	size_t		errpos = 0;

	(void) state;
	assert_non_null(text);
	len = soc2_criterion_set_format(set, text);
	assert_int_equal(soc2_criterion_set_parse_bound(text, len), count);
	back = malloc(count * sizeof(soc2_criterion));
	assert_non_null(back);
	room.items = back;
	assert_int_equal(soc2_criterion_set_parse(text, len, SOC2_FRAMEWORK_TSC,
											  &room, &errpos),
					 SOC2_OK);
	assert_int_equal(room.count, count);
	assert_memory_equal(back, items, count * sizeof(soc2_criterion));
	/* without its last byte it has no end */
	assert_refused_len(text, len - 1, SOC2_UNTERMINATED, len - 1);
	free(back);
	free(text);
	free(items);
}

static void
many_members_in_two_sets(void **state)
{
	test_random r = {22};
	soc2_criterion *x = scattered(&r, MANY);
	soc2_criterion *y = scattered(&r, MANY);
	soc2_criterion *out = malloc(2 * MANY * sizeof(soc2_criterion));
	soc2_criteria a = {x, soc2_criterion_set_normalize(x, MANY)};
	soc2_criteria b = {y, soc2_criterion_set_normalize(y, MANY)};
	soc2_criteria u;

	(void) state;
	assert_non_null(out);
	u.items = out;
	u.count = soc2_criterion_set_union(a, b, out);
	assert_true(soc2_criterion_set_is_normal(u));
	assert_true(soc2_criterion_set_covers(u, a));
	assert_true(soc2_criterion_set_covers(u, b));
	assert_true(u.count > a.count && u.count <= a.count + b.count);
	free(out);
	free(x);
	free(y);
}

/* a megabyte that is no set */
static void
long_text_is_refused(void **state)
{
	size_t		len = 1024 * 1024;
	char	   *text = malloc(len);

	(void) state;
	assert_non_null(text);
	memset(text, ',', len);
	assert_refused_len(text, len, SOC2_EMPTY, 0);
	text[0] = '{';
	assert_refused_len(text, len, SOC2_EMPTY, 1);
	memset(text, '{', len);
	assert_refused_len(text, len, SOC2_SET_UNEXPECTED, 1);
	memset(text, ' ', len);
	assert_refused_len(text, len, SOC2_EMPTY, len);
	text[0] = '{';
	assert_refused_len(text, len, SOC2_UNTERMINATED, len);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(normalize_is_that_of_the_model),
		cmocka_unit_test(covers_is_that_of_the_model),
		cmocka_unit_test(covers_one_is_that_of_the_model),
		cmocka_unit_test(overlaps_is_that_of_the_model),
		cmocka_unit_test(union_is_that_of_the_model),
		cmocka_unit_test(difference_is_that_of_the_model),
		cmocka_unit_test(difference_works_in_place),
		cmocka_unit_test(intersection_is_that_of_the_model),
		cmocka_unit_test(normalize_is_idempotent),
		cmocka_unit_test(covers_is_an_order),
		cmocka_unit_test(overlaps_is_symmetric),
		cmocka_unit_test(union_and_intersection_commute),
		cmocka_unit_test(union_and_intersection_of_itself),
		cmocka_unit_test(union_and_intersection_associate),
		cmocka_unit_test(union_covers_and_intersection_is_covered),
		cmocka_unit_test(union_and_intersection_absorb),
		cmocka_unit_test(difference_and_intersection_give_the_whole),
		cmocka_unit_test(compare_is_an_order),
		cmocka_unit_test(text_round_trips),
		cmocka_unit_test(empty_set),
		cmocka_unit_test(valid_text_has_one_form),
		cmocka_unit_test(default_framework_counts_without_prefix),
		cmocka_unit_test(missing_member_is_refused),
		cmocka_unit_test(missing_brace_is_refused),
		cmocka_unit_test(missing_separator_is_refused),
		cmocka_unit_test(stray_character_is_refused),
		cmocka_unit_test(wrong_member_is_refused),
		cmocka_unit_test(nul_is_refused),
		cmocka_unit_test(bound_is_one_more_than_commas),
		cmocka_unit_test(what_is_not_normal_is_recognised),
		cmocka_unit_test(algebra_of_examples),
		cmocka_unit_test(compare_of_examples),
		cmocka_unit_test(many_members_are_sorted),
		cmocka_unit_test(many_members_in_any_order),
		cmocka_unit_test(many_members_are_written_and_read),
		cmocka_unit_test(many_members_in_two_sets),
		cmocka_unit_test(long_text_is_refused),
	};

	return cmocka_run_group_tests_name("criterion_set", tests, NULL, NULL);
}
