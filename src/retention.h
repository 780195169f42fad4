/*-------------------------------------------------------------------------
 *
 * retention.h
 *		What the parts of retention share on the server side.
 *
 * Which column is the anchor is recorded in one place: the column list of the
 * trigger soc2_retention_anchor.  It follows a rename, and a dump writes the
 * column's name of the day and a restore finds its new number; PostgreSQL
 * refuses to change the column's type, and to drop it without CASCADE.  With
 * CASCADE that trigger goes and the three that guard stay, find no anchor, and
 * refuse.  The name in soc2.retention_assignments is the one of the day of the
 * assignment.
 *
 * Who changes an assignment holds SHARE ROW EXCLUSIVE on the user's table, and
 * who writes rows of that table ROW EXCLUSIVE, so that a writer that starts
 * after the assignment sees it, whatever its isolation level: the tables of
 * policies are always read in a snapshot of the moment.
 *
 * IDENTIFICATION
 *	  src/retention.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_RETENTION_H
#define SOC2_RETENTION_H

#include "access/attnum.h"
#include "access/htup.h"
#include "utils/relcache.h"

#include "core/retention.h"

#define SOC2_RETENTION_CLASSES		"retention_classes"
#define SOC2_RETENTION_ASSIGNMENTS	"retention_assignments"
#define SOC2_RETENTION_GUARD		"retention_guard"

/* columns of soc2.retention_classes; new ones are appended */
enum
{
	SOC2_CLASS_CLASS = 1,
	SOC2_CLASS_MIN_RETAIN,
	SOC2_CLASS_MAX_RETAIN,
	SOC2_CLASS_BASIS,
	SOC2_CLASS_CRITERIA,
	SOC2_CLASS_METHOD,
	SOC2_CLASS_CREATED_AT,
	SOC2_CLASS_CREATED_BY,
	SOC2_CLASS_COLUMNS = SOC2_CLASS_CREATED_BY
};

/* columns of soc2.retention_assignments; new ones are appended */
enum
{
	SOC2_ASSIGNMENT_RELATION = 1,
	SOC2_ASSIGNMENT_CLASS,
	SOC2_ASSIGNMENT_ANCHOR,
	SOC2_ASSIGNMENT_ORDINAL,
	SOC2_ASSIGNMENT_ASSIGNED_AT,
	SOC2_ASSIGNMENT_ASSIGNED_BY,
	SOC2_ASSIGNMENT_COLUMNS = SOC2_ASSIGNMENT_ASSIGNED_BY
};

/* a trigger that a table with a policy has */
typedef struct soc2_guard_trigger
{
	const char *name;
	int16		type;			/* as in pg_trigger.tgtype */
	bool		on_anchor;		/* its column list is the anchor */
	const char *comment;
} soc2_guard_trigger;

#define SOC2_GUARD_TRIGGERS	4
extern const soc2_guard_trigger soc2_guard_triggers[SOC2_GUARD_TRIGGERS];

/* the policy of a table, ready for its rows */
typedef struct soc2_retention_policy
{
	Oid			relid;
	bool		loaded;			/* all below is set */
	bool		stale;			/* something changed since loading began */
	AttrNumber	anchor;
	Oid			anchor_type;	/* date, timestamp or timestamptz */
	soc2_interval min_retain;
	char	   *class_name;
	char	   *basis;
} soc2_retention_policy;

/* Parts of an interval of the server */
extern soc2_interval soc2_interval_get(Datum interval);

/*
 * The term of a row whose anchor has this value of this type, date, timestamp
 * or timestamptz.  A date is its midnight, and a timestamp is taken as UTC.
 * Null and -infinity are no date: the term is pending.
 */
extern soc2_term soc2_anchor_term(Datum anchor, bool isnull, Oid type,
								  const soc2_interval *period);

/*
 * The type of a column that can be an anchor, its domain looked through;
 * InvalidOid if it cannot be one.
 */
extern Oid	soc2_anchor_type(Oid type);

/*
 * A table of ours, opened.  The caller needs no privilege on it.  Raises S2G01
 * if it is not there.
 */
extern Relation soc2_retention_open(const char *name, LOCKMODE lockmode);

/*
 * A copy, in the current context, of the first row of an open table of ours
 * whose primary key starts with this value, read in a snapshot of the moment.
 * equal is the key type's equality function.  NULL if there is none.
 */
extern HeapTuple soc2_retention_fetch(Relation table, RegProcedure equal,
									  Datum key);

/*
 * The policy of an open table that has our trigger.  It is valid up to the
 * next call of this function.  Raises S2G01 if the table has no policy, or one
 * that cannot be applied: what cannot be judged is kept.
 */
extern const soc2_retention_policy *soc2_retention_lookup(Relation rel);

#endif							/* SOC2_RETENTION_H */
