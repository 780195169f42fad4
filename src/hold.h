/*-------------------------------------------------------------------------
 *
 * hold.h
 *		Legal holds: which rows are held, and what refuses to touch them.
 *
 * A hold is in force from soc2.place_hold() until the grace ends that
 * soc2.release_hold() gave it.  It covers a table and all its partitions, those
 * rows for which a predicate is true, or what belongs to a subject.  Several may cover a row.
 *
 * Who places a hold has SHARE ROW EXCLUSIVE on the table, and who writes rows
 * ROW EXCLUSIVE: a writer that starts after the hold was committed gets the
 * invalidation of soc2.holds with its lock, and reads the holds again.  They are
 * always read in a snapshot of the moment, whatever the isolation level.
 *
 * A hold is judged before retention, and no bypass lifts it.
 *
 * IDENTIFICATION
 *	  src/hold.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_HOLD_H
#define SOC2_HOLD_H

#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

/* function of the triggers, in schema soc2 */
#define SOC2_HOLD_GUARD		"hold_guard"

/* columns of soc2.holds; new ones are appended */
enum
{
	SOC2_HOLD_ID = 1,
	SOC2_HOLD_MATTER,
	SOC2_HOLD_RELATION,
	SOC2_HOLD_PREDICATE,
	SOC2_HOLD_PLACED_AT,
	SOC2_HOLD_PLACED_BY,
	SOC2_HOLD_SUBJECT
};

/* columns of soc2.hold_releases; new ones are appended */
enum
{
	SOC2_RELEASE_HOLD = 1,
	SOC2_RELEASE_REASON,
	SOC2_RELEASE_GRACE,
	SOC2_RELEASE_ENDS_AT
};

/* columns of soc2.hold_detachments; new ones are appended */
enum
{
	SOC2_DETACHMENT_RELATION = 1,
	SOC2_DETACHMENT_HOLD,
	SOC2_DETACHMENT_AT,
	SOC2_DETACHMENT_BY,
	SOC2_DETACHMENT_COLUMNS = SOC2_DETACHMENT_BY
};

/* a hold on a table */
typedef struct soc2_hold
{
	int64		id;
	char	   *matter;			/* reference of the matter */
	TimestampTz ends_at;		/* DT_NOEND: it was not released */
	struct ExprState *predicate;	/* NULL: it covers all rows */
} soc2_hold;

/*
 * The holds on an open table, of soc2_hold, some of which may be over.  Valid up
 * to the next call of a function of this file.  Raises S2G01 if one cannot be
 * applied: what cannot be judged is held.
 */
extern List *soc2_hold_list(Relation rel);

/* Can a row of an open table be held, by a hold on it or on a subject? */
extern bool soc2_hold_is_on(Relation rel);

/*
 * A hold in force that covers the row in a slot of an open table, or NULL.  It
 * is valid up to the next call of a function of this file.  Raises as above, and
 * S2H01 if a predicate fails.
 */
extern const soc2_hold *soc2_hold_on_row(Relation rel, TupleTableSlot *slot);

/*
 * The same of any row of a table, committed or of this transaction.  The
 * caller's lock keeps writers out.  It looks at one table, not at partitions.
 */
extern const soc2_hold *soc2_hold_on_any_row(Relation rel);

/* When a hold ends, by the open table soc2.hold_releases; DT_NOEND: never */
extern TimestampTz soc2_hold_end(Relation releases, int64 id);

/*
 * OIDs of the tables that are there and have a hold, released ones too, or whose
 * rows can belong to a subject, once one was held.
 */
extern List *soc2_hold_tables(void);

/*
 * What a guard trigger asks first, in its event: refuse it (S2H01) if the row is
 * held.  An update is judged after the row, and goes through if it changes
 * nothing.
 */
extern void soc2_hold_check_delete(const TriggerData *trigdata);
extern void soc2_hold_check_update(const TriggerData *trigdata);

/*
 * Refuse (S2H01) what takes away all rows of a table if one of them is held.
 * It looks at one table, as soc2_hold_on_any_row() does.
 */
extern void soc2_hold_check_table(Relation rel);

/*
 * Give a table and its partitions the triggers that judge holds, where those
 * that judge retention do not do it.  The caller holds SHARE ROW EXCLUSIVE.
 */
extern void soc2_hold_guard_table(Oid relid);

/* Has a table, with all its partitions, triggers that judge holds? */
extern bool soc2_hold_is_guarded(Oid relid);

/*
 * A partition came to a table or left it: give it the triggers that the holds of
 * the table need, and if it left, note that they go on.
 */
extern void soc2_hold_follow_partition(Oid child, Oid parent);

/* Refuse (S2G01) a change of a table after which a hold cannot be applied */
extern void soc2_hold_check_definition(Oid relid);

/*
 * Refuse (S2H01) to write a table anew for a reason of table_rewrite, if that
 * would change or endanger rows that are held.
 */
extern void soc2_hold_check_rewrite(Oid relid, int reason);

#endif							/* SOC2_HOLD_H */
