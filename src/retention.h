/*-------------------------------------------------------------------------
 *
 * retention.h
 *		What the parts of retention share on the server side.
 *
 * A class has versions, and so has an assignment: none is ever changed, the
 * latest is in force.  The versions of an assignment differ in their class.
 *
 * What an assignment is about is recorded in one place: a trigger of its own,
 * whose column list is the anchor and then the protected columns, and whose
 * condition is the predicate.  It follows renames, goes along to partitions, and
 * a dump writes names of the day; PostgreSQL refuses to change the types of the
 * columns, and to drop one without CASCADE.  With CASCADE the trigger goes and
 * those that guard stay, miss it, and refuse.  Names and text in
 * soc2.retention_assignments are those of the day of the assignment.
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

#include "commands/trigger.h"
#include "access/attnum.h"
#include "access/htup.h"
#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "nodes/parsenodes.h"
#include "utils/relcache.h"
#include "utils/timestamp.h"

#include "core/retention.h"

#define SOC2_RETENTION_CLASSES		"retention_classes"
#define SOC2_RETENTION_ASSIGNMENTS	"retention_assignments"
#define SOC2_RETENTION_LOCKS		"retention_locks"
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
	SOC2_CLASS_VERSION,
	SOC2_CLASS_MODE,
	SOC2_CLASS_REVIEW,
	SOC2_CLASS_COLUMNS = SOC2_CLASS_REVIEW
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
	SOC2_ASSIGNMENT_VERSION,
	SOC2_ASSIGNMENT_PREDICATE,
	SOC2_ASSIGNMENT_PROTECT,
	SOC2_ASSIGNMENT_COLUMNS = SOC2_ASSIGNMENT_PROTECT
};

/* columns of soc2.retention_locks; new ones are appended */
enum
{
	SOC2_LOCK_RELATION = 1,
	SOC2_LOCK_LOCKED_AT,
	SOC2_LOCK_LOCKED_BY,
	SOC2_LOCK_COLUMNS = SOC2_LOCK_LOCKED_BY
};

/* a trigger that guards a table with a policy */
typedef struct soc2_guard_trigger
{
	const char *name;
	int16		type;			/* as in pg_trigger.tgtype */
	bool		parts_only;		/* where rows can move to another table */
	const char *comment;
} soc2_guard_trigger;

#define SOC2_GUARD_TRIGGERS	4
extern const soc2_guard_trigger soc2_guard_triggers[SOC2_GUARD_TRIGGERS];

/* and the ones that record its assignments: this and the ordinal */
#define SOC2_RULE_TRIGGER		"soc2_retention_rule_"
#define SOC2_RULE_TRIGGER_TYPE \
	(TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_UPDATE)

/* a version of a class */
typedef struct soc2_retention_class
{
	int32		version;
	soc2_interval min_retain;
	bool		compliance;		/* nobody can bypass it */
	bool		anonymize;		/* its rows are anonymized, not deleted */
	char	   *name;
	char	   *basis;
} soc2_retention_class;

/* an assignment in force, ready for rows of a table or of its partition */
typedef struct soc2_retention_rule
{
	int32		ordinal;
	int32		version;
	soc2_retention_class class;
	AttrNumber	anchor;
	Oid			anchor_type;	/* date, timestamp or timestamptz */
	int			nprotected;
	AttrNumber *protected;
	ExprState  *predicate;		/* NULL: every row */
	TimestampTz asked_at;		/* the last time that a row was judged for */
	int			asked;			/* how many were, in a row */
	soc2_retention_bounds bounds;	/* at that time, once they were many */
} soc2_retention_rule;

/* the policy of a table */
typedef struct soc2_retention_policy
{
	Oid			relid;
	Oid			root;			/* whose assignments these are: it, or above */
	bool		loaded;			/* all below is set */
	bool		stale;			/* something changed since loading began */
	MemoryContext context;		/* holds what is below */
	ExprContext *econtext;
	ExprState  *part;			/* condition of the partition, or NULL */
	ExprState  *root_part;		/* that of the root, if it is one, or NULL */
	int			nrules;
	soc2_retention_rule *rules; /* by ordinal */
} soc2_retention_policy;

/* until when a row is retained, and by which rule; NULL: it has no class */
typedef struct soc2_row_term
{
	const soc2_retention_rule *rule;
	soc2_term	term;
} soc2_row_term;

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
 * A copy, in the current context, of the last row of an open table of ours
 * whose primary key starts with this value, read in a snapshot of the moment.
 * equal is the key type's equality function.  NULL if there is none.
 */
extern HeapTuple soc2_retention_fetch(Relation table, RegProcedure equal,
									  Datum key);

/*
 * The rows of the assignments of a table that are in force, by ordinal: copies
 * in the current context, read in a snapshot of the moment.
 */
extern List *soc2_retention_fetch_assignments(Relation assignments,
											  Oid relid);

/*
 * All rows of an open table of ours whose primary key starts with a table, by
 * that key: copies in the current context, read in a snapshot of the moment.
 */
extern List *soc2_retention_fetch_rows(Relation table, Oid relid);

/* A column of a row of ours that is declared NOT NULL */
extern Datum soc2_retention_column(HeapTuple tuple, Relation table,
								   int column);

/*
 * The version of a class that is in force, in the current context; false if
 * there is no class of that name.
 */
extern bool soc2_retention_get_class(Datum name, soc2_retention_class *class);

/* Is one class no laxer than another, whatever a row's anchor is? */
extern bool soc2_retention_class_covers(const soc2_retention_class *stricter,
										const soc2_retention_class *class);

/* The table that a table's assignments are of: it, or one above; or none */
extern Oid	soc2_retention_root(Oid relid);

/*
 * soc2.max_lockable_retention, in minutes.  An administrator lowers it to what
 * the law asks for, so that a period of test data cannot become one for ever.
 */
#define SOC2_LOCKABLE_DEFAULT	(36525 * 1440)	/* a century */
extern int	soc2_max_lockable_setting;

/* Who owns the tables that policies are in */
extern Oid	soc2_retention_owner(void);

/* Has a table a class of the mode compliance? */
extern bool soc2_retention_is_compliant(Oid relid);

/* Has the policy of a table been locked? */
extern bool soc2_retention_is_locked(Oid root);

/* OIDs of the tables that have assignments in force, or of this class */
extern List *soc2_retention_tables(Datum class);

/*
 * The policy of an open table that has our trigger.  It is valid up to the
 * next call of this function.  Raises S2G01 if the table has no policy, or one
 * that cannot be applied: what cannot be judged is kept.
 */
extern const soc2_retention_policy *soc2_retention_lookup(Relation rel);

/* The rule of a row: the first whose predicate is true for it; NULL: none is */
extern soc2_retention_rule *soc2_retention_find_rule(const soc2_retention_policy *policy,
													 TupleTableSlot *slot);

/* Until when a row is retained */
extern soc2_row_term soc2_retention_classify(const soc2_retention_policy *policy,
											 TupleTableSlot *slot);

/*
 * Is a row kept at a time?  The same as to classify and to decide, and faster for
 * many rows at one time.  *rule is its rule, or NULL if it has none and so is not.
 */
extern bool soc2_retention_keeps_at(const soc2_retention_policy *policy,
									TupleTableSlot *slot, TimestampTz at,
									soc2_retention_rule **rule);

/* Is a row with this term kept now?  One without a class is not. */
extern bool soc2_retention_keeps(const soc2_row_term *row);

/* Would a row be kept in the partition that the policy is of? */
extern bool soc2_retention_in_part(const soc2_retention_policy *policy,
								   TupleTableSlot *slot);

/* Would it be kept in the table whose policy it is, or in its partitions? */
extern bool soc2_retention_in_root(const soc2_retention_policy *policy,
								   TupleTableSlot *slot);

/*
 * The same row before an update, in a trigger whose name sorts last: it goes to
 * another partition, which was judged, or stays; and then, before it is deleted:
 * is that what was judged?
 */
extern void soc2_retention_note_move(const TriggerData *trigdata,
									 const soc2_retention_policy *policy);
extern void soc2_retention_forget_move(void);
extern bool soc2_retention_ends_move(Relation rel,
									 const TupleTableSlot *slot);

/*
 * The term of the first row found that is retained now, in a table with a
 * policy or in its partitions.  The rule in it is NULL if there is none.  The
 * caller's lock keeps writers out; *where is the table that holds the row.
 */
extern soc2_row_term soc2_retention_find_kept(Oid relid, Oid *where);

/*
 * Refuse (S2R01) an act, such as "truncate", that would take away rows of a table
 * with a policy, or of its partitions, while one of them is retained, unless that
 * is bypassed.
 */
extern void soc2_retention_guard_table(Oid relid, const char *act);

/*
 * Refuse (S2R01) an act, such as "delete", on the row in a slot of an open table
 * with a policy, if it is retained and that is not bypassed.
 */
extern void soc2_retention_guard_row(Relation rel, TupleTableSlot *slot,
									 const char *act);

/* Does a table with a policy need this trigger? */
extern bool soc2_retention_needs_trigger(Relation rel,
										 const soc2_guard_trigger *wanted);

/* Are all triggers of the policy of a table there, and enabled always? */
extern bool soc2_retention_is_guarded(Relation rel);

/* Has a table a trigger of ours like this one, and enabled always? */
extern bool soc2_retention_has_trigger(Relation rel,
									   const soc2_guard_trigger *wanted);

/* Has a table the trigger that judges TRUNCATE, enabled always? */
extern bool soc2_retention_has_truncate_guard(Relation rel);

/*
 * The predicate of an assignment as the condition of a trigger: a raw parse
 * tree, in which the columns are those of OLD.  Raises an error where it is no
 * predicate, see predicate.h.
 */
extern Node *soc2_retention_parse_predicate(Relation rel, const char *text);

/*
 * The same of a condition that a trigger of ours has, written by the server;
 * NULL if it has none.
 */
extern Node *soc2_retention_parse_condition(Oid trigger);

/*
 * Create the triggers of a policy that a table and its partitions lack, to fire
 * always; the caller has the locks.
 */
extern void soc2_retention_create_guards(Oid relid);

/* what is being assigned */
typedef struct soc2_retention_assignment
{
	Relation	assignments;	/* our table, opened */
	Relation	rel;
	soc2_retention_class class;
	const char *anchor;
	const char *predicate;		/* NULL: every row */
	int32		ordinal;
	List	   *protect;		/* names of columns, as String nodes */
} soc2_retention_assignment;

/* Create the trigger that records an assignment, with this condition */
extern void soc2_retention_create_rule(const soc2_retention_assignment *new,
									   Node *condition);

/* Record an assignment */
extern void soc2_retention_insert(const soc2_retention_assignment *new,
								  int32 version);

/*
 * A table became a partition of another one, or ceased to be: what the policy
 * of that one needs there, and in the second case a policy of its own, which is
 * the same.
 */
extern void soc2_retention_follow(Oid child, Oid parent);

/*
 * Why the current transaction may override a governance class: what it gave
 * with SET LOCAL soc2.bypass, if the role that acts is a member of soc2_bypass.
 * NULL: it may not.
 */
extern const char *soc2_bypass_reason(void);

/*
 * Record that the class was overridden, once for each transaction, table and
 * act ("delete", "update", "truncate" and so on).
 */
extern void soc2_bypass_record(Oid relid, const char *act, const char *class);

/* Register the setting and the callbacks; called when the library is loaded */
extern void soc2_bypass_init(void);

/* Texts of messages: a time in UTC, and what a term that keeps is, after "is" */
extern const char *soc2_format_utc(int64 time);
extern const char *soc2_term_phrase(soc2_term term);

#endif							/* SOC2_RETENTION_H */
