/*-------------------------------------------------------------------------
 *
 * change.c
 *		Where a change of a row is found again: hashes of keys, and buckets.
 *
 * IDENTIFICATION
 *	  src/core/change.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/change.h"

/* FNV-1a, 64 bits */
#define FNV_OFFSET	UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME	UINT64_C(0x100000001b3)

/* add bytes to a hash */
static uint64_t
add_bytes(uint64_t hash, const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * FNV_PRIME;
	return hash;
}

/* Hash of a key */
uint32_t
soc2_change_hash(const unsigned char id[SOC2_CHANGE_ID_SIZE], const char *key,
				 size_t len)
{
	uint64_t	hash = add_bytes(FNV_OFFSET, id, SOC2_CHANGE_ID_SIZE);

	hash = add_bytes(hash, (const unsigned char *) key, len);
	/* short keys leave its upper bits alike: mix all into them */
	hash ^= hash >> 33;
	hash *= UINT64_C(0xff51afd7ed558ccd);
	return (uint32_t) (hash >> 32);
}

/* Bucket of hashes */
int64_t
soc2_change_bucket(uint32_t hash, unsigned bits)
{
	uint64_t	first = (uint64_t) hash >> (SOC2_CHANGE_BITS - bits);

	/* the bit before them says how many there are */
	return (int64_t) (UINT64_C(1) << bits | first);
}
