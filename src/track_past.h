/*-------------------------------------------------------------------------
 *
 * track_past.h
 *		A table as it was: what undoing its changes tells.
 *
 * IDENTIFICATION
 *	  src/track_past.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_TRACK_PAST_H
#define SOC2_TRACK_PAST_H

#include "track_read.h"
#include "utils/hsearch.h"

/* what is known of a row at the time that was reached by undoing */
typedef enum soc2_past_state
{
	SOC2_PAST_SAME,				/* the row of the table, with values as then */
	SOC2_PAST_ABSENT,
	SOC2_PAST_OTHER				/* a row that is no more, with all values */
} soc2_past_state;

typedef struct soc2_past_row
{
	soc2_past_state state;
	bool		has_values;
	Datum		values;			/* jsonb; those that differ, or all */
	bool		gone;			/* its last change took it away */
	bool		seen;			/* the table has it */
} soc2_past_row;

/* a row by its key, then or now */
typedef struct soc2_keyed_row
{
	char	   *key;			/* key of the hash table */
	soc2_past_row *row;
} soc2_keyed_row;

/* a column that had another name, or was not there */
typedef struct soc2_past_column
{
	char	   *name;
	char	   *before;			/* NULL: it was added later */
} soc2_past_column;

typedef struct soc2_past
{
	MemoryContext context;
	Relation	rel;
	HTAB	   *then;			/* by the keys that were reached */
	HTAB	   *now;			/* by the keys in the table */
	List	   *rows;			/* soc2_past_row, all of them */
	List	   *columns;		/* soc2_past_column, the last change first */
	List	   *others;			/* soc2_past_row, those that are not in the
								 * table */
	List	   *moved;			/* rows of the statement being undone */
	int64		change_no;		/* of that statement */
	uint64		misfits;		/* changes that do not fit the table */
} soc2_past;

/*
 * Undo what transactions did to a table after a time.  All lives in the current
 * context.  Raises 55000 if something that has to be undone was redacted.
 */
extern void soc2_past_undo(soc2_past *past, Relation rel,
						   const pg_uuid_t *id, TimestampTz at);

/* an object with a column as it was before it was renamed or added */
extern Datum soc2_past_column_before(Datum object,
									 const soc2_past_column *column);

#endif							/* SOC2_TRACK_PAST_H */
