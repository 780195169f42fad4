/*
 * test_retention.c
 *		Proves that the calendar of src/core/retention.c is right: the ends of
 *		months, leap days, the edges of the range of times, and every date of
 *		an era against a calendar that is walked day by day; and that
 *		decisions keep at every edge.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/retention.h"
#include "cases.h"

#define DAY		SOC2_USECS_PER_DAY
#define LAST	(SOC2_TIME_END - 1)

/* days from 2000-01-01 to the first of January of a year near it */
static int64_t
year_start(int year)
{
	int64_t		days = 0;

	for (int y = 2000; y < year; y++)
		days += (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)) ? 366 : 365;
	for (int y = year; y < 2000; y++)
		days -= (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)) ? 366 : 365;
	return days;
}

/* length of a month, written out */
static int
length_of(int year, int month)
{
	switch (month)
	{
		case 2:
			return (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
				? 29 : 28;
		case 4:
		case 6:
		case 9:
		case 11:
			return 30;
		default:
			return 31;
	}
}

/* midnight of a date, found by walking */
static int64_t
at(int year, int month, int day)
{
	int64_t		days = year_start(year) + day - 1;

	for (int m = 1; m < month; m++)
		days += length_of(year, m);
	return days * DAY;
}

/* anchor + parts, which must be in range */
static int64_t
until(int64_t anchor, int32_t months, int32_t days, int64_t us)
{
	soc2_interval period = {months, days, us};
	int64_t		out = 0;

	assert_int_equal(soc2_retention_until(anchor, &period, &out), SOC2_OK);
	return out;
}

/* anchor + parts is out of range, and the result untouched */
static void
assert_out_of_range(int64_t anchor, int32_t months, int32_t days, int64_t us)
{
	soc2_interval period = {months, days, us};
	int64_t		out = 4711;

	assert_int_equal(soc2_retention_until(anchor, &period, &out),
					 SOC2_OUT_OF_RANGE);
	assert_int_equal(out, 4711);
}

/* dates whose sum with a period is known */
static void
known_dates(void **state)
{
	static const struct
	{
		int			from[3];
		int			months;
		int			days;
		int			to[3];
	}			cases[] = {
		/* nothing, days, years */
		{{2000, 1, 1}, 0, 0, {2000, 1, 1}},
		{{1999, 12, 31}, 0, 1, {2000, 1, 1}},
		{{2026, 1, 1}, 120, 0, {2036, 1, 1}},
		{{2026, 1, 1}, 0, 3652, {2036, 1, 1}},
		/* the day is cut to the length of the month */
		{{2026, 1, 31}, 1, 0, {2026, 2, 28}},
		{{2024, 1, 31}, 1, 0, {2024, 2, 29}},
		{{2026, 1, 31}, 3, 0, {2026, 4, 30}},
		{{2026, 3, 31}, -1, 0, {2026, 2, 28}},
		{{2026, 8, 31}, 6, 0, {2027, 2, 28}},
		{{2026, 5, 31}, 1, 0, {2026, 6, 30}},
		/* and then the days are added */
		{{2026, 1, 31}, 1, 1, {2026, 3, 1}},
		{{2024, 1, 30}, 1, 1, {2024, 3, 1}},
		/* leap days; 1900 and 2100 have none, 2000 has one */
		{{2024, 2, 29}, 12, 0, {2025, 2, 28}},
		{{2024, 2, 29}, 48, 0, {2028, 2, 29}},
		{{2024, 2, 29}, -12, 0, {2023, 2, 28}},
		{{2096, 2, 29}, 48, 0, {2100, 2, 28}},
		{{1896, 2, 29}, 48, 0, {1900, 2, 28}},
		{{1996, 2, 29}, 48, 0, {2000, 2, 29}},
		{{2000, 2, 28}, 0, 1, {2000, 2, 29}},
		{{1900, 2, 28}, 0, 1, {1900, 3, 1}},
		{{2100, 2, 28}, 0, 1, {2100, 3, 1}},
		/* over the turn of the year, both ways */
		{{2026, 12, 15}, 1, 0, {2027, 1, 15}},
		{{2026, 1, 15}, -1, 0, {2025, 12, 15}},
		{{2026, 1, 15}, -12, 0, {2025, 1, 15}},
		{{2026, 1, 15}, -13, 0, {2024, 12, 15}},
		{{2026, 12, 15}, -12, 0, {2025, 12, 15}},
		{{2026, 12, 15}, 12, 0, {2027, 12, 15}},
		{{2026, 12, 31}, 0, 1, {2027, 1, 1}},
		{{2027, 1, 1}, 0, -1, {2026, 12, 31}},
	};

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		int64_t		from = at(cases[i].from[0], cases[i].from[1],
							  cases[i].from[2]);
		int64_t		to = at(cases[i].to[0], cases[i].to[1], cases[i].to[2]);

		assert_int_equal(until(from, cases[i].months, cases[i].days, 0), to);
		/* the time of day stays */
		assert_int_equal(until(from + DAY - 1, cases[i].months,
							   cases[i].days, 0),
						 to + DAY - 1);
	}
}

/* every date of an era and more, walked day by day */
static void
walked_calendar(void **state)
{
	int64_t		first = at(1800, 1, 1);
	int64_t		day = 0;

	(void) state;
	for (int year = 1800; year < 2300; year++)
	{
		for (int month = 1; month <= 12; month++)
		{
			int			next = length_of(month == 12 ? year + 1 : year,
										 month % 12 + 1);

			for (int d = 1; d <= length_of(year, month); d++, day++)
			{
				int64_t		now = first + day * DAY;
				int64_t		same = now + length_of(year, month) * DAY;

				/* one month later, cut where that month is shorter */
				if (d > next)
					same -= (d - next) * DAY;
				assert_int_equal(until(now, 1, 0, 0), same);
				assert_int_equal(until(now, 4800, 0, 0),
								 now + INT64_C(146097) * DAY);
				assert_int_equal(until(now, -4800, 0, 0),
								 now - INT64_C(146097) * DAY);
			}
		}
	}
}

/* times of day, also before 2000, and parts of either sign */
static void
times_of_day(void **state)
{
	(void) state;
	assert_int_equal(until(0, 0, 0, 1), 1);
	assert_int_equal(until(0, 0, 0, -1), -1);
	assert_int_equal(until(-1, 0, 0, 1), 0);
	assert_int_equal(until(-1, 0, 1, 0), DAY - 1);
	assert_int_equal(until(-1, 1, 0, 0), at(2000, 1, 31) + DAY - 1);
	assert_int_equal(until(at(1999, 2, 28) + 5, 12, 1, -5), at(2000, 2, 29));
	assert_int_equal(until(0, 1, -31, 0), 0);
	assert_int_equal(until(0, 0, 1, -DAY), 0);
	assert_int_equal(until(0, 0, 0, 3 * DAY + 7), 3 * DAY + 7);
}

/* the first and the last time there is, and one step beyond */
static void
edges_of_the_range(void **state)
{
	(void) state;
	assert_int_equal(until(SOC2_TIME_MIN, 0, 0, 0), SOC2_TIME_MIN);
	assert_int_equal(until(LAST, 0, 0, 0), LAST);
	assert_int_equal(until(LAST - 1, 0, 0, 1), LAST);
	assert_int_equal(until(LAST - DAY, 0, 1, 0), LAST);
	assert_int_equal(until(SOC2_TIME_MIN + 1, 0, 0, -1), SOC2_TIME_MIN);
	assert_int_equal(until(SOC2_TIME_MIN + DAY, 0, -1, 0), SOC2_TIME_MIN);
	assert_int_equal(until(LAST, -1, 0, 0), LAST - 31 * DAY);

	assert_out_of_range(SOC2_TIME_MIN - 1, 0, 0, 0);
	assert_out_of_range(SOC2_TIME_END, 0, 0, 0);
	assert_out_of_range(INT64_MIN, 0, 0, 0);
	assert_out_of_range(INT64_MAX, 0, 0, 0);
	assert_out_of_range(LAST, 0, 0, 1);
	assert_out_of_range(LAST, 0, 1, 0);
	assert_out_of_range(LAST, 1, 0, 0);
	assert_out_of_range(SOC2_TIME_MIN, 0, 0, -1);
	assert_out_of_range(SOC2_TIME_MIN, 0, -1, 0);
	assert_out_of_range(SOC2_TIME_MIN, -1, 0, 0);

	/* a step on the way counts, though the sum would be in range */
	assert_out_of_range(LAST, 1, -365, 0);
	assert_out_of_range(LAST, 0, 1, -DAY);
	assert_out_of_range(SOC2_TIME_MIN, -1, 365, 0);
}

/* the largest parts of either sign do not overflow */
static void
largest_parts(void **state)
{
	(void) state;
	assert_out_of_range(0, INT32_MAX, 0, 0);
	assert_out_of_range(0, INT32_MIN, 0, 0);
	assert_out_of_range(0, 0, INT32_MAX, 0);
	assert_out_of_range(0, 0, INT32_MIN, 0);
	assert_out_of_range(0, 0, 0, INT64_MAX);
	assert_out_of_range(0, 0, 0, INT64_MIN);
	assert_out_of_range(LAST, INT32_MAX, INT32_MAX, INT64_MAX);
	assert_out_of_range(LAST, 0, 0, INT64_MAX);
	assert_out_of_range(SOC2_TIME_MIN, INT32_MIN, INT32_MIN, INT64_MIN);
	assert_out_of_range(SOC2_TIME_MIN, 0, 0, INT64_MIN);
	assert_int_equal(until(SOC2_TIME_MIN, 0, 0, SOC2_TIME_END),
					 SOC2_TIME_MIN + SOC2_TIME_END);
}

/* a term of a kind */
static soc2_term
term(soc2_term_kind kind, int64_t end)
{
	soc2_term	result;

	result.kind = kind;
	result.until = end;
	return result;
}

/* the end of the period belongs to those who may delete, nothing before it */
static void
decisions(void **state)
{
	soc2_term	dated = term(SOC2_TERM_DATED, 1000);

	(void) state;
	assert_int_equal(soc2_retention_decide(dated, 999), SOC2_RETENTION_KEEP);
	assert_int_equal(soc2_retention_decide(dated, 1000),
					 SOC2_RETENTION_EXPIRED);
	assert_int_equal(soc2_retention_decide(dated, 1001),
					 SOC2_RETENTION_EXPIRED);
	assert_int_equal(soc2_retention_decide(dated, INT64_MIN),
					 SOC2_RETENTION_KEEP);
	assert_int_equal(soc2_retention_decide(term(SOC2_TERM_PENDING, 0),
										   INT64_MAX), SOC2_RETENTION_KEEP);
	assert_int_equal(soc2_retention_decide(term(SOC2_TERM_FOREVER, 0),
										   INT64_MAX), SOC2_RETENTION_KEEP);
}

/* an end beyond the range is no end */
static void
terms(void **state)
{
	soc2_interval year = {12, 0, 0};
	soc2_interval longest = {INT32_MAX, INT32_MAX, INT64_MAX};
	soc2_term	result = soc2_retention_term(at(2024, 2, 29), &year);

	(void) state;
	assert_int_equal(result.kind, SOC2_TERM_DATED);
	assert_int_equal(result.until, at(2025, 2, 28));
	assert_int_equal(soc2_retention_term(LAST, &year).kind,
					 SOC2_TERM_FOREVER);
	assert_int_equal(soc2_retention_term(0, &longest).kind,
					 SOC2_TERM_FOREVER);
}

/* does an anchor keep its row at a time? */
static bool
keeps(int64_t anchor, const soc2_interval *period, int64_t now)
{
	return soc2_retention_decide(soc2_retention_term(anchor, period), now) ==
		SOC2_RETENTION_KEEP;
}

/* the bounds of a period at a time are true, and as close as midnights can be */
static void
check_bounds(const soc2_interval *period, int64_t now)
{
	soc2_retention_bounds bounds = soc2_retention_bound(period, now);

	assert_true(bounds.due_before <= bounds.kept_from);
	if (bounds.due_before > SOC2_TIME_MIN)
		assert_false(keeps(bounds.due_before - 1, period, now));
	if (bounds.due_before < SOC2_TIME_END)
		assert_true(keeps(bounds.due_before + DAY - 1, period, now));
	if (bounds.kept_from > SOC2_TIME_MIN)
		assert_false(keeps(bounds.kept_from - DAY, period, now));
	/* hours of the days around them, as far as there are any */
	for (int64_t hour = -40 * 24; hour < 40 * 24; hour++)
	{
		if (bounds.kept_from > LAST - 40 * DAY)
			break;
		int64_t		before = bounds.due_before + hour * DAY / 24;
		int64_t		from = bounds.kept_from + hour * DAY / 24;

		if (before >= SOC2_TIME_MIN && before < bounds.due_before)
			assert_false(keeps(before, period, now));
		if (from >= bounds.kept_from && from < SOC2_TIME_END)
			assert_true(keeps(from, period, now));
	}
}

/* what is known of anchors by their order alone */
static void
bounding(void **state)
{
	const soc2_interval periods[] = {
		{0, 0, 0}, {0, 0, 1}, {1, 0, 0}, {12, 0, 0}, {120, 0, 0}, {1, 1, 1},
		{0, 30, 0}, {13, 29, DAY - 1}, {0, 0, 36 * DAY / 24},
		{INT32_MAX, INT32_MAX, INT64_MAX}
	};
	const soc2_interval month = {1, 0, 0};
	int64_t		noon = at(2023, 2, 28) + DAY / 2;

	(void) state;
	for (size_t i = 0; i < COUNT(periods); i++)
	{
		check_bounds(&periods[i], SOC2_TIME_MIN);
		check_bounds(&periods[i], LAST);
		for (int day = 0; day < 800; day += 7)
		{
			check_bounds(&periods[i], at(2023, 1, 1) + day * DAY);
			check_bounds(&periods[i], at(2023, 1, 1) + day * DAY + DAY / 3);
		}
	}
	/* a later anchor may end earlier: both days at the end of February */
	assert_true(keeps(at(2023, 1, 29) + DAY - 1, &month, noon));
	assert_false(keeps(at(2023, 1, 31) + 1, &month, noon));
	assert_int_equal(soc2_retention_bound(&month, noon).due_before,
					 at(2023, 1, 28));
	assert_int_equal(soc2_retention_bound(&month, noon).kept_from,
					 at(2023, 2, 1));
}

/* what may become of a term, for every kind before and after */
static void
changes(void **state)
{
	enum
	{
		NOW = 500
	};
	const soc2_term pending = term(SOC2_TERM_PENDING, 0);
	const soc2_term forever = term(SOC2_TERM_FOREVER, 0);
	const soc2_term expired = term(SOC2_TERM_DATED, NOW);
	const soc2_term earlier = term(SOC2_TERM_DATED, 1000);
	const soc2_term later = term(SOC2_TERM_DATED, 1001);
	const struct
	{
		soc2_term	before;
		soc2_term	after;
		bool		allowed;
	}			cases[] = {
		{pending, pending, true},
		{pending, expired, true},
		{pending, earlier, true},
		{pending, forever, true},
		{expired, pending, true},
		{expired, expired, true},
		{expired, earlier, true},
		{expired, forever, true},
		{earlier, pending, false},
		{earlier, expired, false},
		{earlier, earlier, true},
		{earlier, later, true},
		{earlier, forever, true},
		{later, earlier, false},
		{forever, pending, false},
		{forever, expired, false},
		{forever, later, false},
		{forever, forever, true},
	};

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(soc2_retention_may_change(cases[i].before,
												   cases[i].after, NOW),
						 cases[i].allowed);
}

/* one period ends no earlier than another, or that depends on the anchor */
static void
covering(void **state)
{
	const struct
	{
		soc2_interval longer;
		soc2_interval shorter;
		bool		covers;
	}			cases[] = {
		{{12, 0, 0}, {12, 0, 0}, true},
		{{13, 0, 0}, {12, 0, 0}, true},
		{{12, 0, 0}, {13, 0, 0}, false},
		{{12, 1, 0}, {12, 0, 0}, true},
		{{12, 0, 0}, {12, 0, 1}, false},
		{{0, 366, 0}, {12, 0, 0}, false},
		{{12, 0, 0}, {0, 300, 0}, false},
		{{0, 1, 0}, {0, 0, SOC2_USECS_PER_DAY}, true},
		{{0, 0, SOC2_USECS_PER_DAY}, {0, 1, 0}, true},
		{{0, 0, SOC2_USECS_PER_DAY - 1}, {0, 1, 0}, false},
		{{0, 1, 1}, {0, 0, SOC2_USECS_PER_DAY + 1}, true},
		{{0, 1, 0}, {0, 0, SOC2_USECS_PER_DAY + 1}, false},
		{{0, 2, 0}, {0, 1, SOC2_USECS_PER_DAY - 1}, true},
	};

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(soc2_interval_covers(&cases[i].longer,
											  &cases[i].shorter),
						 cases[i].covers);
}

/* about how many days a period has */
static void
lengths(void **state)
{
	const struct
	{
		soc2_interval period;
		int64_t		days;
	}			cases[] = {
		{{0, 0, 1}, 1},
		{{0, 1, 0}, 1},
		{{0, 0, SOC2_USECS_PER_DAY}, 1},
		{{0, 1, 1}, 2},
		{{1, 0, 0}, 31},
		{{12, 0, 0}, 366},
		{{4800, 0, 0}, 146097},
		{{INT32_MAX, INT32_MAX, INT64_MAX}, 67616926967},
	};

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(soc2_interval_days(&cases[i].period), cases[i].days);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_dates),
		cmocka_unit_test(walked_calendar),
		cmocka_unit_test(times_of_day),
		cmocka_unit_test(edges_of_the_range),
		cmocka_unit_test(largest_parts),
		cmocka_unit_test(decisions),
		cmocka_unit_test(terms),
		cmocka_unit_test(bounding),
		cmocka_unit_test(changes),
		cmocka_unit_test(covering),
		cmocka_unit_test(lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
