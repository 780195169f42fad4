/*-------------------------------------------------------------------------
 *
 * multiset.c
 *		The sum of the digests of rows.
 *
 * Contracts are in the header.
 *
 * IDENTIFICATION
 *	  src/core/multiset.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/multiset.h"

#include "core/encode.h"

/* bytes of a limb */
#define LIMB_SIZE	(SOC2_DIGEST_SIZE / SOC2_MULTISET_LIMBS)

/* add a number, given by its limbs, to the sum */
static void
add(soc2_multiset *set, const uint64_t limbs[SOC2_MULTISET_LIMBS])
{
	uint64_t	carry = 0;

	for (int i = SOC2_MULTISET_LIMBS - 1; i >= 0; i--)
	{
		uint64_t	sum = set->limbs[i] + limbs[i];
		uint64_t	more = (uint64_t) (sum < limbs[i]);

		set->limbs[i] = sum + carry;
		carry = more + (uint64_t) (set->limbs[i] < carry);
	}
}

/* Add a member */
void
soc2_multiset_add(soc2_multiset *set, const soc2_digest *member)
{
	uint64_t	limbs[SOC2_MULTISET_LIMBS];

	for (int i = 0; i < SOC2_MULTISET_LIMBS; i++)
	{
		limbs[i] = 0;
		for (int j = 0; j < LIMB_SIZE; j++)
			limbs[i] = limbs[i] << 8 | member->bytes[i * LIMB_SIZE + j];
	}
	add(set, limbs);
	set->count++;
}

/* Add all members of another one */
void
soc2_multiset_merge(soc2_multiset *set, const soc2_multiset *other)
{
	add(set, other->limbs);
	set->count += other->count;
}

/* Hash number and sum of the members */
soc2_status
soc2_multiset_hash(const soc2_multiset *set, const soc2_hasher *hasher,
				   soc2_digest *out)
{
	unsigned char bytes[2 + sizeof(uint64_t) + SOC2_DIGEST_SIZE];
	soc2_status status;

	bytes[0] = SOC2_DOMAIN_MULTISET;
	bytes[1] = SOC2_FORMAT_VERSION;
	soc2_put_integer(bytes + 2, set->count, sizeof(uint64_t));
	for (int i = 0; i < SOC2_MULTISET_LIMBS; i++)
		soc2_put_integer(bytes + 2 + sizeof(uint64_t) + i * LIMB_SIZE,
						 set->limbs[i], LIMB_SIZE);
	status = hasher->begin(hasher->ctx);
	if (status == SOC2_OK)
		status = hasher->update(hasher->ctx, bytes, sizeof(bytes));
	if (status == SOC2_OK)
		status = hasher->finish(hasher->ctx, out);
	return status;
}
