/*-------------------------------------------------------------------------
 *
 * change.h
 *		Where a change of a row is found again: hashes of keys, and buckets.
 *
 * Changes are kept in groups.  The bucket of a group says which hashes its keys
 * have: all that begin with some bits.  A key is in one of the buckets that the
 * beginnings of its hash name, from none of its bits to all of them, so that one
 * index on the bucket finds it among groups of any size.
 *
 * What is computed here is stored: it must not change, nor depend on the machine.
 *
 * IDENTIFICATION
 *	  src/core/change.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_CHANGE_H
#define SOC2_CORE_CHANGE_H

#include <stddef.h>
#include <stdint.h>

/* bits of a hash */
#define SOC2_CHANGE_BITS		32

/* buckets that a key can be in */
#define SOC2_CHANGE_BUCKETS		(SOC2_CHANGE_BITS + 1)

/* bytes of the id of a history */
#define SOC2_CHANGE_ID_SIZE		16

/* Hash of a key within a history */
extern uint32_t soc2_change_hash(const unsigned char id[SOC2_CHANGE_ID_SIZE],
								 const char *key, size_t len);

/*
 * Bucket of the hashes that begin with the first bits of this one; bits is 0 to
 * SOC2_CHANGE_BITS.  Never 0.
 */
extern int64_t soc2_change_bucket(uint32_t hash, unsigned bits);

#endif							/* SOC2_CORE_CHANGE_H */
