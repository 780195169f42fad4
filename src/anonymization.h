/*-------------------------------------------------------------------------
 *
 * anonymization.h
 *		Anonymizing: rules that say what takes the place of a column's values
 *		when a row is disposed of, and whether a row is as they want it.
 *
 * The rules of a table are in soc2.anonymization_rules.  Which column one is
 * about is recorded by a trigger of the table, soc2_anonymization_rule_<ordinal>,
 * which does nothing: it follows renames, dumps and restores, and PostgreSQL
 * refuses to change the type of its column.  The rules of a partition are those of
 * the table that its retention comes from.
 *
 * A row is anonymized when each of its columns has the value that its rule
 * makes.  That is told by the values alone: there is no mark that could be
 * wrong, and a row that gets a value again is due again.  By keyed hashes, it
 * is told by the marker of the table; see pseudonym.h.
 *
 * Nothing of this is cached.  Who changes rules has SHARE ROW EXCLUSIVE on the
 * table, and they are read by those who have a lock on it, in a snapshot of the
 * moment.
 *
 * IDENTIFICATION
 *	  src/anonymization.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_ANONYMIZATION_H
#define SOC2_ANONYMIZATION_H

#include "access/attnum.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "pseudonym.h"
#include "utils/array.h"
#include "utils/relcache.h"

#define SOC2_ANONYMIZATION_RULES	"anonymization_rules"
#define SOC2_ANONYMIZATION_KEYS		"anonymization_keys"

/* the triggers that record rules: this and the ordinal */
#define SOC2_ANONYMIZATION_TRIGGER	"soc2_anonymization_rule_"
#define SOC2_ANONYMIZATION_FUNCTION	"anonymization_rule"

/* columns of soc2.anonymization_rules; new ones are appended */
enum
{
	SOC2_ANONYMIZATION_RELATION = 1,
	SOC2_ANONYMIZATION_ORDINAL,
	SOC2_ANONYMIZATION_COLUMN,
	SOC2_ANONYMIZATION_RULE,
	SOC2_ANONYMIZATION_CONSTANT
};

/* columns of soc2.anonymization_keys; new ones are appended */
enum
{
	SOC2_ANONYMIZATION_KEY_RELATION = 1,
	SOC2_ANONYMIZATION_KEY,
	SOC2_ANONYMIZATION_MARKER
};

/* what a rule makes of a value */
typedef enum soc2_anonymization_kind
{
	SOC2_ANONYMIZE_NULL = 0,
	SOC2_ANONYMIZE_CONSTANT,
	SOC2_ANONYMIZE_HASH,		/* NULL stays NULL */
	SOC2_ANONYMIZE_ANY			/* what triggers of the table make of it */
} soc2_anonymization_kind;

/* a rule, ready for the rows of a table or of its partition */
typedef struct soc2_anonymized_column
{
	AttrNumber	attnum;
	soc2_anonymization_kind kind;
	Datum		constant;
	bool		binary;			/* a hash of bytea, not of text */
	ArrayBuildState *hashes;	/* of rows that were collected, or NULL */
} soc2_anonymized_column;

/* the rules of a table */
typedef struct soc2_anonymizer
{
	Relation	rel;
	int			ncolumns;
	soc2_anonymized_column *columns;
	soc2_pseudonymizer pseudonymizer;	/* if a rule is to hash */
	MemoryContext context;		/* all of it lives in */
} soc2_anonymizer;

/*
 * What anonymizes the rows of an open table, by the rules of now, in the
 * current context.  Raises 55000 if it has no rules or no key to hash with, and
 * S2G01 if the column of one is lost.
 */
extern soc2_anonymizer *soc2_anonymizer_create(Relation rel);

/*
 * The same to look only: NULL where there are no rules, or one lost its column.
 * Then no row is anonymized.
 */
extern soc2_anonymizer *soc2_anonymizer_find(Relation rel);

/* Has a row the values that the rules make? */
extern bool soc2_anonymizer_is_done(const soc2_anonymizer *anonymizer,
									TupleTableSlot *slot);

/* Begin to collect, forgetting what was collected */
extern void soc2_anonymizer_begin(soc2_anonymizer *anonymizer);

/* Add what hashing makes of a row to what is collected */
extern void soc2_anonymizer_collect(soc2_anonymizer *anonymizer,
									TupleTableSlot *slot);

/*
 * The first column that an update changed and no rule is about, or
 * InvalidAttrNumber.  Generated columns do not count.
 */
extern AttrNumber soc2_anonymizer_strays(const soc2_anonymizer *anonymizer,
										 TupleTableSlot *before,
										 TupleTableSlot *after);

/* A partition ceased to be one of a table: it keeps the rules */
extern void soc2_anonymization_inherit(Oid child, Oid root);

/* The same, if the table that it was a partition of, or one above, has rules */
extern void soc2_anonymization_follow(Oid child, Oid parent);

/*
 * Refuse (22023) a retention of a table that depends on a column with a rule, which
 * would change when a row is anonymized
 */
extern void soc2_anonymization_check_retention(Oid relid);

/*
 * What the retention guard asks after each row that an UPDATE changed: if it is
 * the UPDATE of a disposal, refuse what that must not change.
 */
extern void soc2_anonymization_check(const TriggerData *trigdata);

#endif							/* SOC2_ANONYMIZATION_H */
