/*-------------------------------------------------------------------------
 *
 * ledger.h
 *		What the server side of the ledger shares.
 *
 * doc/ledger-format.md has the bytes.  A ledger is a table with the columns
 * ledger_lane, ledger_seq, ledger_prev, ledger_hash and, where it has
 * redactable columns, ledger_salt; an entry in soc2.ledgers; a unique index
 * on (ledger_lane, ledger_seq); and triggers that chain and guard its rows.
 *
 * Who writes a row holds the lock of its lane until its transaction ends, so
 * at any time there is one writer per lane, and all rows before its own are
 * committed.  The lock of the entry in soc2.ledgers is taken after that.
 *
 * IDENTIFICATION
 *	  src/ledger.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_LEDGER_H
#define SOC2_LEDGER_H

#include "access/tupdesc.h"
#include "core/chain.h"
#include "core/encode.h"
#include "core/hasher.h"
#include "nodes/pg_list.h"
#include "relation.h"
#include "soc2.h"
#include "utils/rel.h"

/*
 * The hasher of this backend; see ledger_hasher.c for what its users owe.
 * Its statuses become errors through soc2_check_status().
 */
extern const soc2_hasher *soc2_ledger_hasher(void);

/* SHA-256 of some bytes; raises an error if OpenSSL fails */
extern void soc2_ledger_hash_bytes(const void *data, size_t len,
								   soc2_digest *out);

/* the columns that the extension fills; salt is last as it may be absent */
typedef enum soc2_ledger_field
{
	SOC2_LEDGER_LANE,
	SOC2_LEDGER_SEQ,
	SOC2_LEDGER_PREV,
	SOC2_LEDGER_HASH,
	SOC2_LEDGER_SALT
} soc2_ledger_field;

#define SOC2_LEDGER_FIELDS	5

/* how values become texts */
typedef enum soc2_ledger_codec
{
	SOC2_CODEC_OUTPUT,			/* by the output function of the type */
	SOC2_CODEC_BYTEA,			/* streamed: its text is never made */
	SOC2_CODEC_TEXT,
	SOC2_CODEC_NAME,
	SOC2_CODEC_BOOL,
	SOC2_CODEC_INT2,
	SOC2_CODEC_INT4,
	SOC2_CODEC_INT8,
	SOC2_CODEC_UUID,
	SOC2_CODEC_TIMESTAMPTZ,
	SOC2_CODEC_TSTZRANGE
} soc2_ledger_codec;

/* a column that counts as content */
typedef struct soc2_ledger_column
{
	soc2_text	name;			/* in UTF-8 */
	AttrNumber	attnum;
	bool		redactable;
	bool		pinned;			/* texts depend on the pinned settings */
	soc2_ledger_codec codec;
	FmgrInfo	output;
} soc2_ledger_column;

/* the value of one column, ready to be written */
typedef struct soc2_value_text
{
	bool		present;		/* not NULL */
	const char *bytes;			/* the text, or the bytes of a bytea */
	size_t		len;			/* of bytes */
	uint64		text_len;		/* of the text in bytes */
	soc2_digest commitment;		/* if the column is redactable */
} soc2_value_text;

/*
 * Find out how the values of a column of this type become texts: sets codec,
 * pinned and, in the current context, output.
 */
extern void soc2_ledger_codec_find(soc2_ledger_column *column, Oid type);

/*
 * Make the text of a value that is not NULL, in the current context or within
 * the value: present, bytes and the lengths.  Where the column is pinned, the
 * settings are.
 */
extern void soc2_ledger_codec_apply(const soc2_ledger_column *column,
									Datum value, soc2_value_text *out);

/*
 * The same, but a short text is made in the caller's room of SOC2_SHORT_TEXT
 * bytes, so that nothing is allocated for values of most types.
 */
#define SOC2_SHORT_TEXT			272

extern void soc2_ledger_codec_apply_in(const soc2_ledger_column *column,
									   Datum value, char *room,
									   soc2_value_text *out);

/* text of a bytea, before its digits */
#define SOC2_BYTEA_PREFIX		"\\x"
#define SOC2_BYTEA_PREFIX_LEN	(sizeof(SOC2_BYTEA_PREFIX) - 1)

/*
 * The text of a value that is not NULL, in UTF-8, in the current context or
 * within the value.  Settings must be pinned.
 */
extern soc2_text soc2_ledger_value_text(const soc2_ledger_column *column,
										Datum value);

/* how the rows of one table are encoded */
typedef struct soc2_ledger_plan
{
	Oid			ledger;			/* the table itself, or what it is a part of */
	AttrNumber	fields[SOC2_LEDGER_FIELDS]; /* salt is 0 if absent */
	Oid			index;			/* on (lane, seq); InvalidOid if missing */
	int			nmembers;
	Oid		   *members;		/* of a partitioned ledger: all tables below */
	bool		has_id;			/* soc2.ledgers has an entry */
	bool		has_redactable;
	bool		pinned;			/* a column is */
	soc2_ledger_id id;
	int			ncolumns;
	soc2_ledger_column *columns;	/* in ascending byte order of the names */
} soc2_ledger_plan;

/*
 * The plan of an open, locked relation, or NULL if that is no table or has no
 * ledger columns.  It is cached; it stays valid until the transaction ends and must
 * not be changed.  Raises 0A000 where the database is SQL_ASCII.
 *
 * Whether soc2.ledgers has an entry is read again until a committed one was
 * seen, and always if refresh is true.
 */
extern const soc2_ledger_plan *soc2_ledger_plan_get(Relation rel,
													bool refresh);

/*
 * The same, read anew, of a table that must be a ledger: raises 42809 if it is
 * none, or a part of one.
 */
extern const soc2_ledger_plan *soc2_ledger_plan_require(Relation rel);

/* name and type of a ledger column; the type is InvalidOid if not there */
extern const char *soc2_ledger_field_name(soc2_ledger_field field);
extern Oid	soc2_ledger_field_type(soc2_ledger_field field);

/* Raises 0A000 in a database in SQL_ASCII */
extern void soc2_ledger_check_encoding(void);

/*
 * What the texts of values of a type depend on that they must not: a sentence.
 * NULL if on nothing but the value and the pinned settings.
 */
extern const char *soc2_ledger_type_problem(Oid type);

/* Do values of the type consist of, or contain, values of the other? */
extern bool soc2_ledger_type_contains(Oid type, Oid part);

/*
 * Does row security hide rows of a table from the caller?  Raises 42501 if he
 * may not select from it at all.
 */
extern bool soc2_ledger_hides_rows(Relation rel);

/*
 * Value of a column, by its number, of a row of one of the extension's own
 * tables.  Raises 55000 if the table is of an older version without it.
 */
extern Datum soc2_own_column(Relation rel, HeapTuple tuple, int column,
							 bool *isnull);

/* what a statement says to mean all rows of a ledger and no others; palloc'd */
extern char *soc2_ledger_from(Relation rel);

/*
 * Locks of a ledger are advisory ones of this class, which no SQL function
 * sets: those use 1 and 2.  The third field is the lane, or one of these.
 */
#define SOC2_LEDGER_LOCK_CLASS	3
#define SOC2_LEDGER_LOCK_ENTRY	0xFFFFFFFE	/* on the entry in soc2.ledgers */

/*
 * Wait until nobody else makes an entry for the table; to the end of the
 * transaction nobody else will.
 */
extern void soc2_ledger_lock_entry(Oid ledger);

/*
 * Make the entry of a table with these redactable columns, a text[], as the
 * owner of soc2.ledgers.  The caller holds the lock of the entry.  A row seeded
 * by the install script would do as well for soc2.evidence, but collide with
 * the one in a dump.
 */
extern void soc2_ledger_register(Oid ledger, Datum redactable);

/* a row on its way into a ledger; values are indexed by attnum minus 1 */
typedef struct soc2_ledger_row
{
	Relation	rel;
	const soc2_ledger_plan *plan;
	Datum	   *values;
	bool	   *nulls;
} soc2_ledger_row;

/*
 * Take a lane of a ledger, by the OID of the table, until the transaction ends:
 * the one that it has, or one that nobody has, or else wait for one.
 */
extern uint32 soc2_ledger_take_lane(Oid ledger);

/*
 * Find the last row of the lane that soc2_ledger_take_lane() just gave.  False
 * if it is empty, and then seq and hash are untouched.  Raises XX001 if nothing
 * can be chained to the row.
 */
extern bool soc2_ledger_find_end(Relation rel, const soc2_ledger_plan *plan,
								 int64 *seq, soc2_digest *hash);

/*
 * Tell that a row was put at the end of a lane that the caller has taken, or,
 * with a link of NULL, that a row came with a place of its own.  The next
 * soc2_ledger_find_end() is then quicker if the row really arrives.
 */
extern void soc2_ledger_note_end(const soc2_ledger_row *row,
								 const soc2_link *link,
								 const soc2_digest *hash);

/* Is there a row, committed or of this transaction, in any lane? */
extern bool soc2_ledger_has_rows(Relation rel, const soc2_ledger_plan *plan);

/* Has an open table no row at all, neither committed nor of our own? */
extern bool soc2_ledger_is_empty(Relation rel);

/* Is a ledger column of the row filled?  Is any? */
extern bool soc2_ledger_row_has(const soc2_ledger_row *row,
								soc2_ledger_field field);
extern bool soc2_ledger_row_is_linked(const soc2_ledger_row *row);

/*
 * Put the row at the place that link names: lane, seq and prev.  Salts the row
 * where needed, sets content and the hash, and fills the ledger columns in the
 * current context.  Settings are pinned if the plan says so, and the plan has
 * an id.
 */
extern void soc2_ledger_row_chain(const soc2_ledger_row *row,
								  soc2_link *link, soc2_digest *hash);

/*
 * Put a new row at the end of a lane, as the chaining trigger does: the lane is
 * taken until the transaction ends, and the row is written next.  The names are
 * of the redactable columns of a ledger that has no entry in soc2.ledgers yet;
 * making that replaces row->plan.
 */
extern void soc2_ledger_append(soc2_ledger_row *row, int count,
							   char *const *redactable);

/* columns of soc2.ledgers */
enum
{
	SOC2_LEDGERS_RELATION = 1,
	SOC2_LEDGERS_ID,
	SOC2_LEDGERS_REDACTABLE
};

/*
 * Pin the settings that texts of values depend on.  Returns a level that
 * soc2_ledger_unpin() takes; an error in between unpins by itself, as it ends
 * a transaction or a subtransaction.
 */
extern int	soc2_ledger_pin(void);
extern void soc2_ledger_unpin(int level);

/* Have these settings their values anyway? */
extern bool soc2_ledger_is_pinned(void);

/* a commitment that stands in for the value of a column */
typedef struct soc2_ledger_kept
{
	bool		present;
	soc2_digest commitment;
} soc2_ledger_kept;

/*
 * Commitments to the redactable values of a row, one for each column of the
 * plan, in the current context.  As soc2_ledger_content(), but salt must not
 * be NULL.
 */
extern soc2_ledger_kept *soc2_ledger_commitments(const soc2_ledger_plan *plan,
												 const Datum *values,
												 const bool *nulls,
												 const unsigned char *salt);

/*
 * Hash of the content of a redacted row, whose redactable columns are all
 * NULL: kept has what stands in for them, for each column of the plan.
 */
extern void soc2_ledger_content_kept(const soc2_ledger_plan *plan,
									 const Datum *values, const bool *nulls,
									 const soc2_ledger_kept *kept,
									 soc2_digest *content);

/*
 * Hash of the content of a row, whose values and nulls are indexed by attnum
 * minus 1.  Settings are pinned if the plan says so.  salt has SOC2_SALT_SIZE
 * bytes and may be NULL if no redactable column has a value.  Allocates in the
 * current context in proportion to the row.
 */
extern void soc2_ledger_content(const soc2_ledger_plan *plan,
								const Datum *values, const bool *nulls,
								const unsigned char *salt,
								soc2_digest *content);

/* True if a redactable column of the row has a value */
extern bool soc2_ledger_needs_salt(const soc2_ledger_plan *plan,
								   const bool *nulls);

/*
 * What is wrong with the definition of a ledger: a list of palloc'd English
 * sentences, empty if nothing was found.
 */
extern List *soc2_ledger_catalog_problems(Relation rel,
										  const soc2_ledger_plan *plan);

/* tables in schema soc2 that verifying believes, soc2.ledgers among them */
#define SOC2_LEDGER_TABLES	6
extern const char *const soc2_ledger_tables[SOC2_LEDGER_TABLES];

/* OID of one of our functions without arguments; InvalidOid if not there */
extern Oid	soc2_ledger_function(const char *name);

/* True if all guards are on the table, and enabled always */
extern bool soc2_ledger_has_guards(Relation rel);

/* Raise 55000: the table lacks the index on lane and position */
pg_noreturn extern void soc2_ledger_index_error(Relation rel);

/* True if the chaining trigger is on the table, enabled or not */
extern bool soc2_ledger_has_chain(Relation rel);

#endif							/* SOC2_LEDGER_H */
