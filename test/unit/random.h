/*-------------------------------------------------------------------------
 *
 * random.h
 *		Numbers that look random and are the same in every run.
 *
 * IDENTIFICATION
 *	  test/unit/random.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_TEST_RANDOM_H
#define SOC2_TEST_RANDOM_H

#include <stdint.h>

#include "core/criterion.h"

/* Knuth's linear congruential generator; the low bits are weak and dropped */
typedef struct test_random
{
	uint64_t	state;
}			test_random;

/* 32 bits */
static inline uint32_t
test_random_bits(test_random * r)
{
	r->state = r->state * UINT64_C(6364136223846793005) +
		UINT64_C(1442695040888963407);
	return (uint32_t) (r->state >> 32);
}

/* a number of 0 to below - 1 */
static inline unsigned
test_random_below(test_random * r, unsigned below)
{
	return (unsigned) (((uint64_t) test_random_bits(r) * below) >> 32);
}

/*
 * A valid criterion whose numbers are at most max: small ones make criteria
 * that lie above and below each other.
 */
static inline soc2_criterion
test_random_criterion(test_random * r, unsigned max)
{
	soc2_criterion_parts parts = {0, 0, {0, 0, 0}};
	unsigned	level = test_random_below(r, SOC2_LEVEL_MAX + 1);

	parts.framework = 1 + test_random_below(r, SOC2_FRAMEWORK_MAX);
	parts.category = 1 + test_random_below(r, SOC2_CATEGORY_MAX);
	for (unsigned i = 0; i < level; i++)
		parts.number[i] = 1 + test_random_below(r, max);
	return soc2_criterion_pack(&parts);
}

#endif							/* SOC2_TEST_RANDOM_H */
