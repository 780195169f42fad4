/*-------------------------------------------------------------------------
 *
 * disposal.h
 *		Disposal: what a row's retention and holds make of it, and the run of a
 *		plan that destroys what may go.
 *
 * A plan is about the rows that were due at its cut-off and had been written when
 * it was made.  Its runs go through ranges of blocks, one transaction each: the rows
 * are deleted in place or by a DELETE, see disposal_delete.c, or by an UPDATE
 * anonymized, see anonymization_range.c.  During a DELETE the retention guard of the
 * table, which sees every row that it is about to remove, does not raise an error
 * for a row that must stay, but keeps it and counts it.  A partition whose rows all go is
 * dropped, after each of them was judged.  So there is one judgement, in the
 * transaction that acts, and nothing goes that an ordinary DELETE would not take.
 *
 * Each row that goes leaves a keyed hash of its primary key: HMAC-SHA-256 with a
 * random key of the plan, cut to 16 bytes.  The sum of the full hashes, bytes of
 * a little-endian number modulo 2^256, does not depend on their order.
 *
 * IDENTIFICATION
 *	  src/disposal.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_DISPOSAL_H
#define SOC2_DISPOSAL_H

#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

#include "anonymization.h"
#include "retention.h"

/* what becomes of a row; the names are in soc2_fate_names */
typedef enum soc2_fate
{
	SOC2_FATE_UNCLASSIFIED = 0, /* no assignment is about it */
	SOC2_FATE_WAITING,			/* its period has not begun */
	SOC2_FATE_RETAINED,
	SOC2_FATE_ELIGIBLE,			/* may go */
	SOC2_FATE_OVERDUE,			/* should be gone */
	SOC2_FATE_HELD,				/* a hold covers it, whatever else is true */
	SOC2_FATE_ANONYMIZED,		/* it was due, and nothing is left to do */
	SOC2_FATES
} soc2_fate;

extern const char *const soc2_fate_names[SOC2_FATES];

/* the periods of a class, as a judge applies them */
typedef struct soc2_periods
{
	soc2_interval min_retain;
	soc2_interval max_retain;
	bool		has_max;
} soc2_periods;

/* what judges the rows of one table */
typedef struct soc2_judge
{
	Relation	rel;
	TimestampTz at;
	const soc2_retention_policy *policy;
	soc2_periods *periods;		/* of each rule of the policy */
	soc2_anonymizer *anonymizer;	/* NULL: no row is anonymized */
} soc2_judge;

/*
 * Make a judge of the rows of an open table with a policy, as of a time.  It is
 * good until somebody else looks up a policy or a hold of that table.
 */
extern void soc2_judge_begin(soc2_judge *judge, Relation rel, TimestampTz at);

/* What retention alone makes of a row with a class that has these periods */
extern soc2_fate soc2_judge_term(const soc2_judge *judge, TupleTableSlot *slot,
								 const soc2_retention_rule *rule,
								 const soc2_periods *periods);

/* OIDs of a table, if it has storage, or of its partitions that have; locked */
extern List *soc2_disposal_members(Oid relid, LOCKMODE lockmode);

/* what a delete trigger is to do with a row */
typedef enum soc2_disposal_verdict
{
	SOC2_DISPOSAL_NONE = 0,		/* judge it as ever: no run of a plan deletes
								 * it */
	SOC2_DISPOSAL_KEEP,
	SOC2_DISPOSAL_TAKE
} soc2_disposal_verdict;

/*
 * What the retention guard asks before anything else about a row that is being
 * deleted.  KEEP: the run passes it over, and has counted it.
 */
extern soc2_disposal_verdict soc2_disposal_judge(const TriggerData *trigdata);

/*
 * What the guard of commands asks about a table that is being dropped: does a run
 * drop it, which has judged all its rows under the lock that it holds?
 */
extern bool soc2_disposal_drops(Oid relid);

/*
 * soc2.disposal_delay, in minutes: how long the retention of a table must have
 * been in force before a plan can be run.  An administrator sets it to 0 where
 * nothing could be lost, as in a test.
 */
#define SOC2_DISPOSAL_DELAY_DEFAULT	1440
extern int	soc2_disposal_delay_setting;

#endif							/* SOC2_DISPOSAL_H */
