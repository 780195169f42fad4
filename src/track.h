/*-------------------------------------------------------------------------
 *
 * track.h
 *		Row history: the changes of tables, kept in the ledger soc2.row_changes.
 *
 * A table that is tracked has triggers for statements, which see all rows that
 * a statement changed once it has ended.  Its changed rows become records, each
 * a JSON object, and records become rows of the ledger, as many together as fit
 * into some kilobytes: a row of the ledger costs as much to chain as a row of a
 * table costs to write.
 *
 * The statement of a partitioned table fires its triggers, whatever partitions
 * the rows are in; one that names a partition fires those of the partition.
 *
 * Order.  change_no comes from a sequence, taken while the locks of the changed
 * rows are held: of two transactions that changed a row, the second one has the
 * greater numbers.  Within a transaction a statement can run inside of another:
 * step counts statements as they start, and the server refuses to let an outer
 * statement change what an inner one has changed.
 *
 * IDENTIFICATION
 *	  src/track.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_TRACK_H
#define SOC2_TRACK_H

#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "ledger.h"
#include "lib/stringinfo.h"
#include "utils/uuid.h"

/* function of the triggers, in schema soc2 */
#define SOC2_TRACK_FUNCTION		"track_rows"

/* tables of ours */
#define SOC2_TRACKED_TABLES		"tracked_tables"
#define SOC2_ROW_CHANGES		"row_changes"

/* columns of soc2.tracked_tables; new ones are appended */
enum
{
	SOC2_TRACKED_RELATION = 1,
	SOC2_TRACKED_ID,
	SOC2_TRACKED_COLUMNS,
	SOC2_TRACKED_KEY,
	SOC2_TRACKED_APART,
	SOC2_TRACKED_AT,
	SOC2_TRACKED_BY,
	SOC2_TRACKED_UNTIL
};

/* columns of soc2.row_changes up to the ledger's; new ones are appended */
enum
{
	SOC2_CHANGE_NO = 1,
	SOC2_CHANGE_TRACK,
	SOC2_CHANGE_TABLE,
	SOC2_CHANGE_ACTION,
	SOC2_CHANGE_ROWS,
	SOC2_CHANGE_BUCKET,
	SOC2_CHANGE_CHANGES,
	SOC2_CHANGE_RECORDED_AT,
	SOC2_CHANGE_STATEMENT_AT,
	SOC2_CHANGE_TRANSACTION_AT,
	SOC2_CHANGE_TRANSACTION,
	SOC2_CHANGE_STEP,
	SOC2_CHANGE_SESSION_ROLE,
	SOC2_CHANGE_EXECUTING_ROLE,
	SOC2_CHANGE_APPLICATION,
	SOC2_CHANGE_QUERY,
	SOC2_CHANGE_TICKET
};

/* how a value is written in JSON */
typedef enum soc2_track_form
{
	SOC2_TRACK_STRING,
	SOC2_TRACK_NUMBER,			/* or a string, if it is not finite */
	SOC2_TRACK_BOOLEAN,
	SOC2_TRACK_JSON,			/* is JSON itself, or a string if jsonb may
								 * refuse it */
	SOC2_TRACK_JSONB
} soc2_track_form;

/* a column that is recorded */
typedef struct soc2_track_column
{
	char	   *name;
	char	   *label;			/* its name in JSON, with a colon */
	int			label_len;
	soc2_track_form form;
	bool		is_key;
	soc2_ledger_column text;	/* how its values become texts */
} soc2_track_column;

/* what is recorded of a table */
typedef struct soc2_track
{
	Oid			root;			/* the table that is tracked, or its partition
								 * is */
	char	   *name;			/* of the root, qualified and quoted */
	pg_uuid_t	id;
	bool		apart;			/* each record is a row of the ledger */
	bool		pinned;			/* texts take pinned settings */
	int			ncolumns;
	soc2_track_column *columns; /* in the order of the table */
	int			nkeys;
	int		   *keys;			/* which of the columns, in the order of the
								 * key */
} soc2_track;

/*
 * What is recorded of an open table or of a partition of it, or NULL if its
 * rows are not tracked.  It is cached, and valid until the transaction ends.
 * Raises S2G01 if a column of the key is gone.
 */
extern const soc2_track *soc2_track_get(Relation rel);

/* Forget what is recorded of tables: an entry changed */
extern void soc2_track_forget(void);

/* The entry of a table in soc2.tracked_tables; false if there is none */
typedef struct soc2_track_entry
{
	pg_uuid_t	id;
	List	   *columns;		/* names; NIL for all */
	List	   *key;
	bool		apart;
	bool		active;
	TimestampTz since;
} soc2_track_entry;

extern bool soc2_track_find_entry(Oid relid, soc2_track_entry *entry);

/* the same of a table or the nearest one above it, whose OID is set */
extern bool soc2_track_find_root(Oid relid, Oid *root,
								 soc2_track_entry *entry);

/*
 * Make the entry of a table that has the triggers and none, as a dump of the
 * table alone brings them: all columns, and this key or, if NIL, the primary one.
 */
extern void soc2_track_register(Relation rel, List *key);

/* Append a string in JSON; bytes are in the encoding of the server */
extern void soc2_track_put_string(StringInfo out, const char *bytes,
								  size_t len);

/* Append a value that is not NULL as a string, as in a key; settings are pinned */
extern void soc2_track_put_value(StringInfo out,
								 const soc2_track_column *column, Datum value);

/* Append the key of a row, or a row: an object of all columns */
extern void soc2_track_put_key(StringInfo out, const soc2_track *track,
							   TupleTableSlot *slot);
extern void soc2_track_put_row(StringInfo out, const soc2_track *track,
							   TupleTableSlot *slot);

/* Append the value of one column, as an object */
extern void soc2_track_put_column(StringInfo out,
								  const soc2_track_column *column,
								  TupleTableSlot *slot);

/*
 * Append the values of those columns that changed, before and after, as two
 * objects; false, and nothing is appended, if none did.
 */
extern bool soc2_track_put_changes(StringInfo before, StringInfo after,
								   const soc2_track *track,
								   TupleTableSlot *old, TupleTableSlot *new);

/* what a record says beside its key; each NULL or JSON */
typedef struct soc2_track_record
{
	const char *key;
	const char *other;			/* the key that it had before, or has after */
	bool		is_copy;		/* found by the key after: other is before */
	const char *before;
	const char *after;
} soc2_track_record;

/* writes the changes of a statement; private to track_write.c */
typedef struct soc2_track_writer soc2_track_writer;

/*
 * Begin, add records and end.  step is the number of the statement within its
 * transaction, 0 for the next one.  Memory is bounded, whatever is added.
 */
extern soc2_track_writer *soc2_track_begin(const soc2_track *track,
										   const char *action, int32 step);
extern void soc2_track_add(soc2_track_writer *writer,
						   const soc2_track_record *record);
extern void soc2_track_end(soc2_track_writer *writer);

/* Note what happened to a table as such: object is JSON, or NULL */
extern void soc2_track_note(const soc2_track *track, const char *action,
							const char *object);

/* what happened to all rows of a table at once */
typedef struct soc2_track_event
{
	const char *action;
	bool		came;			/* or else they went */
	const soc2_track_column *column;	/* of which the values went; or NULL */
} soc2_track_event;

/*
 * Record what happened to all rows of a table that is locked, those that are
 * committed or of this transaction.
 */
extern void soc2_track_whole_table(Relation rel, const soc2_track *track,
								   const soc2_track_event *event);

/* What is recorded of a table that belongs, or belonged, to a tracked one */
extern soc2_track *soc2_track_make(Relation rel, Oid root);

/*
 * Give a table and its partitions the triggers that they lack, with arguments,
 * of String; or take them away; and what is wrong with those of one table, NULL
 * if nothing is.
 */
extern void soc2_track_create_triggers(Oid relid, List *arguments);
extern void soc2_track_drop_triggers(Oid relid);
extern const char *soc2_track_trigger_problem(Relation rel);

/* Is a table tracked, by itself or as a partition? */
extern bool soc2_track_is_on(Oid relid);

/*
 * What guards tell, see guard.c.  A table, or a column, is about to be dropped:
 * the values that go with it are recorded; a column of the key is refused.
 */
extern void soc2_track_table_dropped(Oid relid);
extern void soc2_track_column_dropped(Oid relid, AttrNumber attnum);

/* At the end of a command: a column was added or altered, or renamed */
extern void soc2_track_column_changed(Oid relid, AttrNumber attnum,
									  const char *action);
extern void soc2_track_column_renamed(Oid relid, AttrNumber attnum,
									  const char *old);

/* A table came to be a partition, or a child, of another one, or left it */
extern void soc2_track_follow_partition(Oid child, Oid parent);

/* Is it a trigger that records changes of a tracked table, and guarded? */
extern bool soc2_track_has_trigger(Form_pg_trigger trigger);

/* Is a table tracked that lacks such a trigger? */
extern bool soc2_track_lacks_trigger(Oid relid);

/* Refuse to weaken or drop a trigger that records changes (S2G01) */
pg_noreturn extern void soc2_track_refuse_trigger(Oid relid,
												  const char *name);

/*
 * A hash table in the current context, whose entries begin with a char *: the
 * key of a row, which the caller keeps.
 */
extern struct HTAB *soc2_track_rows_create(const char *name, Size entry);

/* The number of a statement that starts now */
extern int32 soc2_track_next_step(void);

#endif							/* SOC2_TRACK_H */
