/*-------------------------------------------------------------------------
 *
 * retention.c
 *		Until when a row is retained: calendar arithmetic and decisions.
 *
 * Contracts are in the header.
 *
 * The calendar counts days from 0000-03-01, so that the leap day is the last
 * one of its year, in eras of 400 years, which have equally many days.
 *
 * IDENTIFICATION
 *	  src/core/retention.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/retention.h"

#define DAYS_PER_ERA	INT64_C(146097)
#define YEARS_PER_ERA	400
#define MONTHS_PER_YEAR	12

/* days from 0000-03-01 to 2000-01-01 */
#define EPOCH_DAYS		INT64_C(730425)

/* a date; years are astronomical, 1 BC being 0 */
typedef struct civil
{
	int64_t		year;
	int			month;			/* 1 to 12 */
	int			day;			/* 1 to 31 */
} civil;

/* a / b rounded down, for b > 0 */
static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0 ? 1 : 0);
}

/* is this one of the times there are? */
static bool
in_range(int64_t us)
{
	return us >= SOC2_TIME_MIN && us < SOC2_TIME_END;
}

/* length of a month */
static int
month_length(int64_t year, int month)
{
	static const int lengths[MONTHS_PER_YEAR] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	bool		leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return lengths[month - 1] + (leap && month == 2 ? 1 : 0);
}

/* day number of a date, 2000-01-01 being 0 */
static int64_t
civil_to_days(civil date)
{
	int64_t		year = date.year - (date.month <= 2 ? 1 : 0);
	int64_t		era = floor_div(year, YEARS_PER_ERA);
	int64_t		year_of_era = year - era * YEARS_PER_ERA;
	int64_t		month = (date.month + 9) % MONTHS_PER_YEAR; /* March is 0 */
	int64_t		day_of_year = (153 * month + 2) / 5 + date.day - 1;
	int64_t		leap_days = year_of_era / 4 - year_of_era / 100;

	return era * DAYS_PER_ERA + year_of_era * 365 + leap_days + day_of_year -
		EPOCH_DAYS;
}

/* date of a day number */
static civil
days_to_civil(int64_t days)
{
	int64_t		shifted = days + EPOCH_DAYS;
	int64_t		era = floor_div(shifted, DAYS_PER_ERA);
	int64_t		day_of_era = shifted - era * DAYS_PER_ERA;
	int64_t		year_of_era = (day_of_era - day_of_era / 1460 +
							   day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t		day_of_year = day_of_era - (365 * year_of_era +
											year_of_era / 4 -
											year_of_era / 100);
	int64_t		month = (5 * day_of_year + 2) / 153;	/* March is 0 */
	civil		date;

	date.day = (int) (day_of_year - (153 * month + 2) / 5 + 1);
	date.month = (int) (month < 10 ? month + 3 : month - 9);
	date.year = era * YEARS_PER_ERA + year_of_era + (date.month <= 2 ? 1 : 0);
	return date;
}

/* day number months later, the day cut to the length of the month */
static int64_t
add_months(int64_t days, int32_t months)
{
	civil		date = days_to_civil(days);
	int64_t		total = date.year * MONTHS_PER_YEAR + (date.month - 1) + months;
	int			length;

	date.year = floor_div(total, MONTHS_PER_YEAR);
	date.month = (int) (total - date.year * MONTHS_PER_YEAR) + 1;
	length = month_length(date.year, date.month);
	if (date.day > length)
		date.day = length;
	return civil_to_days(date);
}

/*
 * The time of day us on a day, if there is one.  The bounds on days keep the
 * product from overflowing.
 */
static bool
compose(int64_t days, int64_t us, int64_t *out)
{
	if (days < SOC2_TIME_MIN / SOC2_USECS_PER_DAY ||
		days >= SOC2_TIME_END / SOC2_USECS_PER_DAY)
		return false;
	*out = days * SOC2_USECS_PER_DAY + us;
	return true;
}

/* anchor + period */
soc2_status
soc2_retention_until(int64_t anchor, const soc2_interval *period, int64_t *out)
{
	int64_t		days;
	int64_t		time_of_day;
	int64_t		result;

	if (!in_range(anchor))
		return SOC2_OUT_OF_RANGE;

	days = floor_div(anchor, SOC2_USECS_PER_DAY);
	time_of_day = anchor - days * SOC2_USECS_PER_DAY;

	if (period->months != 0)
		days = add_months(days, period->months);
	if (!compose(days, time_of_day, &result))
		return SOC2_OUT_OF_RANGE;

	days += period->days;
	if (!compose(days, time_of_day, &result))
		return SOC2_OUT_OF_RANGE;

	if (period->us > 0 ? result > INT64_MAX - period->us
		: result < INT64_MIN - period->us)
		return SOC2_OUT_OF_RANGE;
	result += period->us;
	if (!in_range(result))
		return SOC2_OUT_OF_RANGE;

	*out = result;
	return SOC2_OK;
}

/* Term of a row whose anchor has this time */
soc2_term
soc2_retention_term(int64_t anchor, const soc2_interval *period)
{
	soc2_term	term = {SOC2_TERM_DATED, 0};

	if (soc2_retention_until(anchor, period, &term.until) != SOC2_OK)
		term.kind = SOC2_TERM_FOREVER;
	return term;
}

/* May a row with this term go? */
soc2_retention_verdict
soc2_retention_decide(soc2_term term, int64_t now)
{
	if (term.kind == SOC2_TERM_DATED && term.until <= now)
		return SOC2_RETENTION_EXPIRED;
	return SOC2_RETENTION_KEEP;
}

/* the first day on which an anchor of this time of day is kept, as midnight */
static int64_t
first_kept(const soc2_interval *period, int64_t time_of_day, int64_t now)
{
	int64_t		low = SOC2_TIME_MIN / SOC2_USECS_PER_DAY;
	int64_t		high = SOC2_TIME_END / SOC2_USECS_PER_DAY;

	while (low < high)
	{
		int64_t		middle = low + floor_div(high - low, 2);
		int64_t		anchor = middle * SOC2_USECS_PER_DAY + time_of_day;

		if (soc2_retention_decide(soc2_retention_term(anchor, period), now) ==
			SOC2_RETENTION_KEEP)
			high = middle;
		else
			low = middle + 1;
	}
	return low * SOC2_USECS_PER_DAY;
}

/* Anchors of which the verdict is known */
soc2_retention_bounds
soc2_retention_bound(const soc2_interval *period, int64_t now)
{
	soc2_retention_bounds bounds;

	/* a later day never ends earlier, if the time of day is the same */
	bounds.due_before = first_kept(period, SOC2_USECS_PER_DAY - 1, now);
	bounds.kept_from = first_kept(period, 0, now);
	return bounds;
}

/* May a row's term be changed from before to after? */
bool
soc2_retention_may_change(soc2_term before, soc2_term after, int64_t now)
{
	if (before.kind == SOC2_TERM_PENDING ||
		soc2_retention_decide(before, now) == SOC2_RETENTION_EXPIRED)
		return true;
	if (after.kind == SOC2_TERM_PENDING)
		return false;
	if (after.kind == SOC2_TERM_FOREVER)
		return true;
	return before.kind == SOC2_TERM_DATED && after.until >= before.until;
}

/* whole days of a period without its months, and what is left of a day */
static int64_t
split_days(const soc2_interval *period, int64_t *rest)
{
	*rest = period->us % SOC2_USECS_PER_DAY;
	return period->days + period->us / SOC2_USECS_PER_DAY;
}

/* Does one period end no earlier than another? */
bool
soc2_interval_covers(const soc2_interval *longer, const soc2_interval *shorter)
{
	int64_t		long_rest;
	int64_t		short_rest;
	int64_t		long_days = split_days(longer, &long_rest);
	int64_t		short_days = split_days(shorter, &short_rest);

	return longer->months >= shorter->months &&
		(long_days > short_days ||
		 (long_days == short_days && long_rest >= short_rest));
}

/* About how many days a period has */
int64_t
soc2_interval_days(const soc2_interval *period)
{
	int64_t		rest;
	int64_t		days = split_days(period, &rest);
	int64_t		of_months = period->months * DAYS_PER_ERA;
	int64_t		months_per_era = YEARS_PER_ERA * MONTHS_PER_YEAR;

	days += of_months / months_per_era;
	if (of_months % months_per_era != 0 || rest != 0)
		days++;
	return days;
}
