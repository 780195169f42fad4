/*-------------------------------------------------------------------------
 *
 * multiset.h
 *		The sum of the digests of rows: the same in whatever order they come.
 *
 * Digests are numbers of 256 bits, big-endian, and are added modulo 2^256.  A
 * row that is there twice counts twice, and sums of parts add up to the sum of
 * the whole.
 *
 * What it is worth: rows that differ by accident have the same sum with a
 * probability of 2^-256.  Who may choose many rows freely, and knows how they
 * are hashed, finds other rows of the same sum with some 2^32 of them and as
 * much work (the generalized birthday problem); a key that is chosen after the
 * rows takes that away.
 *
 * IDENTIFICATION
 *	  src/core/multiset.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_MULTISET_H
#define SOC2_CORE_MULTISET_H

#include <stdint.h>

#include "core/digest.h"
#include "core/hasher.h"
#include "core/status.h"

/* first bytes of what is hashed: what it is; SOC2_FORMAT_VERSION follows */
#define SOC2_DOMAIN_MEMBER		0x13
#define SOC2_DOMAIN_MULTISET	0x14
#define SOC2_DOMAIN_TABLE		0x15

#define SOC2_MULTISET_LIMBS		4

/* all zero is the empty one */
typedef struct soc2_multiset
{
	uint64_t	count;			/* of members, modulo 2^64 */
	uint64_t	limbs[SOC2_MULTISET_LIMBS]; /* of the sum, the highest first */
} soc2_multiset;

/* Add a member by its digest */
extern void soc2_multiset_add(soc2_multiset *set, const soc2_digest *member);

/* Add all members of another one */
extern void soc2_multiset_merge(soc2_multiset *set, const soc2_multiset *other);

/*
 * Hash number and sum of the members.  SOC2_OK, or SOC2_HASH_FAILED and *out is
 * undefined.
 */
extern soc2_status soc2_multiset_hash(const soc2_multiset *set,
									  const soc2_hasher *hasher,
									  soc2_digest *out);

#endif							/* SOC2_CORE_MULTISET_H */
