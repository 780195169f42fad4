/*-------------------------------------------------------------------------
 *
 * pseudonym.h
 *		What takes the place of a value that is anonymized by a keyed hash.
 *
 * A pseudonym of a text is "erased:" and 64 hexadecimal digits, and that of a
 * bytea is "erased:" and 32 bytes: 24 bytes of the HMAC-SHA-256 of the value with
 * the key of its table, and 8 of the HMAC-SHA-256 of those with the marker of
 * the table.  Equal values of a table have the same pseudonym.  By the marker one
 * sees that a value is a pseudonym, which nobody can make up who lacks it; that
 * works on when the key is gone, and says nothing about the value.
 *
 * IDENTIFICATION
 *	  src/pseudonym.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_PSEUDONYM_H
#define SOC2_PSEUDONYM_H

#include "hmac.h"

/* the keys of a table */
typedef struct soc2_pseudonymizer
{
	soc2_hmac	key;
	soc2_hmac	marker;
	bool		has_key;		/* it was not destroyed */
} soc2_pseudonymizer;

/* Start with keys, see hmac.h; without a key (NULL), pseudonyms can be told */
extern void soc2_pseudonymizer_init(soc2_pseudonymizer *self,
									const bytea *key, const bytea *marker);

/* Is a value a pseudonym?  It is a text or, if binary, a bytea, not NULL */
extern bool soc2_is_pseudonym(const soc2_pseudonymizer *self, Datum value,
							  bool binary);

/*
 * The pseudonym of a value, in the current context; a pseudonym is its own.
 * There must be the key.
 */
extern Datum soc2_pseudonym_of(const soc2_pseudonymizer *self, Datum value,
							   bool binary);

#endif							/* SOC2_PSEUDONYM_H */
