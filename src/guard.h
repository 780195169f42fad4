/*-------------------------------------------------------------------------
 *
 * guard.h
 *		What refuses commands that destroy a ledger or change its definition.
 *
 * Event triggers of the extension make every session that runs such a command
 * load the library, and that installs a hook of the server: it sees each object
 * that is created, altered or dropped, cascades too, with the command's locks
 * held.  What can be judged only after the command is put off until its end.
 *
 * The guard is up where the event triggers are: who disables one takes all of
 * it down, in every session alike.
 *
 * IDENTIFICATION
 *	  src/guard.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_GUARD_H
#define SOC2_GUARD_H

#include "access/htup.h"
#include "access/skey.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_trigger.h"
#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"
#include "soc2.h"
#include "utils/snapshot.h"

/* Install the hook; called once, when the library is loaded */
extern void soc2_guard_init(void);

/*
 * Would a command be guarded now?  Not in a script of the extension, in
 * pg_upgrade and in single-user mode.
 */
extern bool soc2_guard_is_up(void);

/* Append what is wrong with the event triggers: palloc'd English sentences */
extern List *soc2_guard_problems(List *problems);

/*
 * One row of a system catalog, or NULL; a copy in the current context.  The
 * command that is running is not seen by "before", and is by "after".
 */
typedef struct soc2_catalog_row
{
	HeapTuple	before;
	HeapTuple	after;
} soc2_catalog_row;

/* Find the row by the keys of a unique index of the catalog */
extern soc2_catalog_row soc2_catalog_find(Oid catalog, Oid index,
										  ScanKey keys, int count);

/* The same by the OID of an object, which is the first column */
extern soc2_catalog_row soc2_catalog_find_oid(Oid catalog, Oid index,
											  Oid object);

/* Does the row differ in a column that is none of these?  It has both sides. */
extern bool soc2_catalog_differs(Oid catalog, const soc2_catalog_row *row,
								 const AttrNumber *except, int count);

/* Is it a ledger, or a table of ours that verifying a ledger believes? */
extern bool soc2_guard_has_table(Oid relid);

/* Does it belong to the extension, and is it guarded? */
extern bool soc2_guard_has_own_table(Oid relid);

/* Has a table that is locked a row, committed or of this transaction? */
extern bool soc2_guard_has_rows(Oid relid);

/*
 * Has a guarded table the guards that it must have?  If not, it is being
 * restored, triggers and rules last and as they were, or verifying reports it
 * anyway: what weakens it further is not refused.
 */
extern bool soc2_guard_has_guards(Oid relid);

/* A ledger with a column that holds values of the type; InvalidOid if none */
extern Oid	soc2_guard_type_user(Oid type);

/* Refuse to drop the extension while a ledger has rows (S2L01) */
extern void soc2_guard_check_ledgers(void);

/*
 * A guarded table is being dropped: refuse if it has rows, or had any that
 * were sealed (S2L01), else remove its entry in soc2.ledgers.
 */
extern void soc2_guard_drop_table(Oid relid);

/* Refuse to change the definition of a guarded table (S2L03) */
pg_noreturn extern void soc2_guard_refuse_change(Oid relid,
												 const char *detail);

/* Refuse to change an object of the extension (S2G01) */
pg_noreturn extern void soc2_guard_refuse_member(const char *kind,
												 const char *name);

/*
 * Judge an object that was created or altered, or is about to be dropped.
 * subid is the number of a column, parent the other side of inheritance.
 */
extern void soc2_guard_column_added(Oid relid, AttrNumber attnum);
extern void soc2_guard_column_altered(Oid relid, AttrNumber attnum);
extern void soc2_guard_column_dropped(Oid relid, AttrNumber attnum);
extern void soc2_guard_table_altered(Oid relid);
extern void soc2_guard_table_inherits(Oid child, Oid parent);
extern void soc2_guard_table_rewritten(Oid relid, int reason);
extern void soc2_guard_index_dropped(Oid relid, int flags);
extern void soc2_guard_rule_created(Oid rule);
extern void soc2_guard_trigger_altered(Oid trigger);
extern void soc2_guard_trigger_dropped(Oid trigger);
extern void soc2_guard_type_altered(Oid type);
extern void soc2_guard_function_altered(Oid function);
extern void soc2_guard_schema_altered(Oid schema);

/*
 * Rows that are retained or on legal hold, see guard_retained.c: a table that is
 * dropped or truncated, a trigger that goes with a table or by itself, and an
 * ALTER TABLE by what it says.  Raises S2R01, S2H01 or S2G01.
 */
extern void soc2_guard_table_dropped(Oid relid);
extern void soc2_guard_table_truncated(Oid relid);
extern void soc2_guard_row_trigger_dropped(Form_pg_trigger trigger);
extern void soc2_guard_alter_starts(const AlterTableStmt *stmt);

/*
 * A command begins, or a transaction ends: forget which tables were judged.  Is
 * it one that drops the extension, and may?  Then its tables go in any order,
 * and rows are not judged again; nothing is, if it was retired.
 */
extern void soc2_guard_begin_command(bool drops_extension, bool retired);

/*
 * Refuse to drop the extension while a row is on legal hold, or retained: if it
 * was retired, only where a class of the table has the mode compliance.
 */
extern void soc2_guard_check_policies(bool retired);

/* Is it a table of ours that says what is retained and held? */
extern bool soc2_guard_has_policy_table(Oid relid);

/*
 * Is it a trigger that judges rows of a table that has some, or guards a table
 * of ours that says what is retained and held?  Then refuse to weaken it.
 */
extern bool soc2_guard_has_trigger(Form_pg_trigger trigger);
pg_noreturn extern void soc2_guard_refuse_trigger(Oid relid,
												  const char *name);

/* Is a table without a trigger that judges its rows, though it is to have it? */
extern bool soc2_guard_lacks_triggers(Oid relid);

/* Has the database anything that must stay: retained, or in a ledger? */
extern bool soc2_guard_has_anything(void);

/* A ledger that has rows; InvalidOid if none has */
extern Oid	soc2_guard_ledger_with_rows(void);

/* Have two persons retired the extension, not long ago?  See guard_retire.c */
extern bool soc2_guard_is_retired(void);

/* Is it being dropped as retired? */
extern bool soc2_guard_is_retiring(void);

/* Is the library preloaded, and soc2.enforcement on?  See guard_preload.c */
extern bool soc2_guard_is_preloaded(void);

/* Define the setting and install the hooks of the second tier */
extern void soc2_guard_preload_init(void);

/* Main function of the worker that looks into a database */
extern PGDLLEXPORT void soc2_database_judge(Datum segment);

/* Judge a utility command that is about to start, and what was put off */
extern void soc2_guard_command_starts(const Node *command);
extern void soc2_guard_judge(void);

/* what is judged when the command ends */
typedef enum soc2_guard_matter
{
	SOC2_GUARD_TRIGGER,			/* gone, though its table is not? */
	SOC2_GUARD_INDEX,			/* no other one serves? */
	SOC2_GUARD_DEFAULT,			/* the new column has values already? */
	SOC2_GUARD_PART,			/* it needs a guard of its own? */
	SOC2_GUARD_ROW_TRIGGER,		/* rows are not judged any more? */
	SOC2_GUARD_RETAINED_PART,	/* retention of its parent, object, follows? */
	SOC2_GUARD_HELD_PART,		/* holds of its parent, object, go on? */
	SOC2_GUARD_RENAMED_COLUMN,	/* which was called detail */
	SOC2_GUARD_HELD_COLUMN,		/* holds cannot be applied any more? */
	SOC2_GUARD_TRACK_TRIGGER,	/* changes are not recorded any more? */
	SOC2_GUARD_TRACKED_PART,	/* recording of its parent, object, follows? */
	SOC2_GUARD_TRACKED_COLUMN,	/* which detail says what happened to */
	SOC2_GUARD_CONSENT_TRIGGER, /* rows do not need a consent any more? */
	SOC2_GUARD_CONSENT_PART,	/* what its parent, object, needs follows? */
	SOC2_GUARD_CONSENT_COLUMN	/* detail named the subject, and is gone? */
} soc2_guard_matter;

/* Put a matter off; detail is the sentence if it has to be refused */
extern void soc2_guard_put_off(soc2_guard_matter matter, Oid relid,
							   Oid object, const char *detail);

/* Forget what was put off; called at the end of a transaction */
extern void soc2_guard_forget(void);

#endif							/* SOC2_GUARD_H */
