/*-------------------------------------------------------------------------
 *
 * disposal_list.h
 *		Lists of rows that were disposed of before, by which rows are known again
 *		that a restore brought back.
 *
 * A list has the key that a plan hashed with, and what it kept of the hashes,
 * sorted.
 *
 * IDENTIFICATION
 *	  src/disposal_list.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_DISPOSAL_LIST_H
#define SOC2_DISPOSAL_LIST_H

#include "disposal_key.h"
#include "executor/tuptable.h"
#include "utils/array.h"
#include "utils/relcache.h"

typedef struct soc2_disposal_list
{
	soc2_keyer *keyer;
	const char *hashes;			/* SOC2_KEY_HASH_STORED bytes each, sorted */
	size_t		count;
} soc2_disposal_list;

/* some of them, for rows of one table */
typedef struct soc2_disposal_lists
{
	int			count;
	soc2_disposal_list *lists;
} soc2_disposal_lists;

/*
 * Lists for rows of an open table whose primary key has these columns, text, in
 * the current context: keys and hashes are bytea[], of one length and without
 * NULL.  Raises 22023 otherwise, and where hashes are not sorted or cut off.
 */
extern soc2_disposal_lists *soc2_disposal_lists_create(Relation rel,
													   ArrayType *columns,
													   ArrayType *keys,
													   ArrayType *hashes);

/* Is the row in a slot of that table in a list? */
extern bool soc2_disposal_list_has(const soc2_disposal_list *list,
								   TupleTableSlot *slot);

/* Is it in any of them? */
extern bool soc2_disposal_lists_have(const soc2_disposal_lists *lists,
									 TupleTableSlot *slot);

#endif							/* SOC2_DISPOSAL_LIST_H */
