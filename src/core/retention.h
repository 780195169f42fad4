/*-------------------------------------------------------------------------
 *
 * retention.h
 *		Until when a row is retained: calendar arithmetic and decisions.
 *
 * Times are microseconds since 2000-01-01 00:00:00 UTC, in the range of the
 * server's timestamp type: from SOC2_TIME_MIN to before SOC2_TIME_END.  All
 * arithmetic is done in UTC, on the proleptic Gregorian calendar, with days of
 * 24 hours, so a decision depends on no time zone.
 *
 * A row's term says until when it is retained.  It is pending before the event
 * that starts the period has a date, and then the row is retained.
 *
 * No function allocates, keeps state or reads a clock.
 *
 * IDENTIFICATION
 *	  src/core/retention.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_RETENTION_H
#define SOC2_CORE_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/status.h"

/* 4714-11-24 00:00:00 BC, the first time there is */
#define SOC2_TIME_MIN	INT64_C(-211813488000000000)
/* 294277-01-01 00:00:00 AD, the first time there is not */
#define SOC2_TIME_END	INT64_C(9223371331200000000)

#define SOC2_USECS_PER_DAY	INT64_C(86400000000)

/* a period as the server splits it; the parts are added in this order */
typedef struct soc2_interval
{
	int32_t		months;
	int32_t		days;
	int64_t		us;
} soc2_interval;

typedef enum soc2_term_kind
{
	SOC2_TERM_PENDING = 0,		/* the period has not begun */
	SOC2_TERM_DATED,			/* until a time */
	SOC2_TERM_FOREVER			/* without end */
} soc2_term_kind;

typedef struct soc2_term
{
	soc2_term_kind kind;
	int64_t		until;			/* of SOC2_TERM_DATED, else 0 */
} soc2_term;

typedef enum soc2_retention_verdict
{
	SOC2_RETENTION_KEEP = 0,
	SOC2_RETENTION_EXPIRED
} soc2_retention_verdict;

/*
 * anchor + period: months first, the day cut to the length of the month that
 * is reached, then days, then microseconds, as the server adds an interval to
 * a timestamp without time zone.  Parts may be negative.
 *
 * SOC2_OK, or SOC2_OUT_OF_RANGE with *out untouched where the anchor, the
 * result or a step on the way is outside the range of times.
 */
extern soc2_status soc2_retention_until(int64_t anchor,
										const soc2_interval *period,
										int64_t *out);

/*
 * The term of a row whose anchor has this time.  The period has no negative
 * part.  An end that lies beyond the range of times is no end:
 * SOC2_TERM_FOREVER.
 */
extern soc2_term soc2_retention_term(int64_t anchor,
									 const soc2_interval *period);

/*
 * May a row with this term go?  A dated term keeps up to, and not at, its
 * time; the other kinds keep.
 */
extern soc2_retention_verdict soc2_retention_decide(soc2_term term,
													int64_t now);

/*
 * Anchors of which that is known at a time: those before due_before have expired,
 * those from kept_from on are kept.  Between them, for a day or a few, it depends
 * on more than the order of anchors: the end of January plus a month is the end of
 * February at whatever time of the day.  Both are midnights, due_before the
 * earlier one or the same, from SOC2_TIME_MIN to SOC2_TIME_END.
 */
typedef struct soc2_retention_bounds
{
	int64_t		due_before;
	int64_t		kept_from;
} soc2_retention_bounds;

/* The bounds of a period, which has no negative part */
extern soc2_retention_bounds soc2_retention_bound(const soc2_interval *period,
												  int64_t now);

/*
 * May a row's term be changed from before to after? Yes if before has expired
 * or is pending (the event gets its date), or if after ends no earlier.  A
 * term that is not pending cannot become pending: the way back would be open
 * to any earlier date.
 */
extern bool soc2_retention_may_change(soc2_term before, soc2_term after,
									  int64_t now);

/*
 * Does one period end no earlier than another, whatever they start from?  False
 * where that depends on the lengths of months.  Neither has a negative part.
 */
extern bool soc2_interval_covers(const soc2_interval *longer,
								 const soc2_interval *shorter);

/*
 * About how many days a period has, months and years being of average length,
 * rounded up.
 */
extern int64_t soc2_interval_days(const soc2_interval *period);

#endif							/* SOC2_CORE_RETENTION_H */
