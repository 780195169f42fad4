/*-------------------------------------------------------------------------
 *
 * disposal_key.h
 *		Keyed hashes of the primary keys of rows that are disposed of.
 *
 * The message of a row is, for each column of the key, the length of its binary
 * form, four bytes, the most significant first, and then that.
 *
 * IDENTIFICATION
 *	  src/disposal_key.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_DISPOSAL_KEY_H
#define SOC2_DISPOSAL_KEY_H

#include "executor/tuptable.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/relcache.h"

#define SOC2_KEY_HASH_SIZE		32	/* of HMAC-SHA-256 */
#define SOC2_KEY_HASH_STORED	16	/* bytes of it that are kept for each row */

typedef struct soc2_keyer soc2_keyer;

/* a set of rows: their number is where they are counted */
typedef struct soc2_key_set
{
	unsigned char sum[SOC2_KEY_HASH_SIZE];
	StringInfoData hashes;
} soc2_key_set;

/* Make a set empty, in the current context */
extern void soc2_key_set_init(soc2_key_set *set);

/*
 * What hashes rows of an open table by these columns, text, in the current
 * context.  Raises 42703 if there is no such column.
 */
extern soc2_keyer *soc2_keyer_create(Relation rel, ArrayType *columns,
									 const bytea *key);

/* The hash, of SOC2_KEY_HASH_SIZE bytes, of the row in a slot of that table */
extern void soc2_keyer_hash(soc2_keyer *keyer, TupleTableSlot *slot,
							unsigned char *hash);

/* Add the row in a slot of that table to a set */
extern void soc2_keyer_add(soc2_keyer *keyer, TupleTableSlot *slot,
						   soc2_key_set *set);

#endif							/* SOC2_DISPOSAL_KEY_H */
