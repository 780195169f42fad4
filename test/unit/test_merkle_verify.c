/*-------------------------------------------------------------------------
 *
 * test_merkle_verify.c
 *		Proves that a Merkle proof with any bit changed, a hash too many or too
 *		few, or a size or a root that is not its own is refused.
 *
 * IDENTIFICATION
 *	  test/unit/test_merkle_verify.c
 *
 *-------------------------------------------------------------------------
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/merkle.h"
#include "merkle_log.h"

#define MUTATED 9				/* leaves of the largest tree of changed bits */
#define SIZES	20

static test_log tlog;

/* a proof and what it proves */
typedef struct inclusion
{
	soc2_merkle_inclusion claim;
	soc2_merkle_path path;
}			inclusion;

typedef struct consistency
{
	soc2_merkle_consistency claim;
	soc2_merkle_path path;
}			consistency;

/* a right proof of inclusion */
static inclusion
make_inclusion(uint64_t index, uint64_t size)
{
	inclusion	p;
	soc2_merkle_span all = {0, size};

	memset(&p, 0, sizeof(p));
	p.claim.index = index;
	p.claim.size = size;
	p.claim.leaf = tlog.leaf[index];
	p.claim.root = test_root(&tlog, size);
	test_path(&tlog, index, all, &p.path);
	return p;
}

/* a right proof of consistency */
static consistency
make_consistency(uint64_t old_size, uint64_t new_size)
{
	consistency p;
	soc2_merkle_span all = {0, new_size};

	memset(&p, 0, sizeof(p));
	p.claim.old_size = old_size;
	p.claim.new_size = new_size;
	p.claim.old_root = test_root(&tlog, old_size);
	p.claim.new_root = test_root(&tlog, new_size);
	if (old_size > 0)
		test_subproof(&tlog, old_size, all, true, &p.path);
	return p;
}

/* what is said about a proof */
static soc2_status
judge_inclusion(const inclusion * p)
{
	return soc2_merkle_verify_inclusion(&tlog.hasher, &p->claim, p->path.hash,
										p->path.count);
}

/* what is said about a proof */
static soc2_status
judge_consistency(const consistency * p)
{
	return soc2_merkle_verify_consistency(&tlog.hasher, &p->claim,
										  p->path.hash, p->path.count);
}

/* change a bit of a digest */
static void
flip(soc2_digest *digest, unsigned bit)
{
	digest->bytes[bit / 8] ^= (unsigned char) (1 << bit % 8);
}

/* every bit of the hashes, the leaf and the root counts */
static void
test_inclusion_bits(void **state)
{
	(void) state;
	for (uint64_t size = 1; size <= MUTATED; size++)
	{
		for (uint64_t index = 0; index < size; index++)
		{
			inclusion	p = make_inclusion(index, size);
			soc2_digest *part[SOC2_MERKLE_PATH_MAX + 2];
			unsigned	parts = 0;

			part[parts++] = &p.claim.leaf;
			part[parts++] = &p.claim.root;
			for (unsigned i = 0; i < p.path.count; i++)
				part[parts++] = &p.path.hash[i];
			assert_int_equal(judge_inclusion(&p), SOC2_OK);
			for (unsigned bit = 0; bit < 256 * parts; bit++)
			{
				flip(part[bit / 256], bit % 256);
				assert_int_equal(judge_inclusion(&p), SOC2_PROOF_MISMATCH);
				flip(part[bit / 256], bit % 256);
			}
		}
	}
}

/* the same for consistency */
static void
test_consistency_bits(void **state)
{
	(void) state;
	for (uint64_t size = 0; size <= MUTATED; size++)
	{
		for (uint64_t old = 0; old <= size; old++)
		{
			consistency p = make_consistency(old, size);
			soc2_digest *part[SOC2_MERKLE_PATH_MAX + 2];
			unsigned	parts = 0;

			part[parts++] = &p.claim.old_root;
			/* any tree is consistent with the empty one */
			if (old > 0 || size == 0)
				part[parts++] = &p.claim.new_root;
			for (unsigned i = 0; i < p.path.count; i++)
				part[parts++] = &p.path.hash[i];
			assert_int_equal(judge_consistency(&p), SOC2_OK);
			for (unsigned bit = 0; bit < 256 * parts; bit++)
			{
				flip(part[bit / 256], bit % 256);
				assert_int_equal(judge_consistency(&p), SOC2_PROOF_MISMATCH);
				flip(part[bit / 256], bit % 256);
			}
		}
	}
}

/* hashes too many, and too few */
static void
test_lengths(void **state)
{
	(void) state;
	for (uint64_t size = 1; size <= SIZES; size++)
	{
		for (uint64_t first = 0; first <= size; first++)
		{
			consistency c = make_consistency(first, size);
			unsigned	count = c.path.count;

			for (c.path.count = 0; c.path.count <= count + 2; c.path.count++)
				assert_int_equal(judge_consistency(&c), c.path.count == count ?
								 SOC2_OK : SOC2_PROOF_LENGTH);
			if (first < size)
			{
				inclusion	p = make_inclusion(first, size);

				count = p.path.count;
				for (p.path.count = 0; p.path.count <= count + 2;
					 p.path.count++)
					assert_int_equal(judge_inclusion(&p),
									 p.path.count == count ? SOC2_OK :
									 SOC2_PROOF_LENGTH);
			}
		}
	}
}

/* refused, for whatever reason a wrong proof has */
static void
assert_refused(soc2_status status)
{
	assert_true(status == SOC2_PROOF_MISMATCH || status == SOC2_PROOF_LENGTH ||
				status == SOC2_OUT_OF_RANGE);
}

/* another index, and another size with the root of that size */
static void
test_inclusion_sizes(void **state)
{
	(void) state;
	for (uint64_t size = 1; size <= SIZES; size++)
	{
		for (uint64_t index = 0; index < size; index++)
		{
			for (uint64_t other = 0; other <= SIZES + 2; other++)
			{
				inclusion	p = make_inclusion(index, size);

				p.claim.index = other;
				if (other != index)
					assert_refused(judge_inclusion(&p));
				p.claim.index = index;
				p.claim.size = other;
				p.claim.root = test_root(&tlog, other);
				if (other != size)
					assert_refused(judge_inclusion(&p));
			}
		}
	}
}

/* another old size, and another size with the root of that size */
static void
test_consistency_sizes(void **state)
{
	(void) state;
	for (uint64_t size = 1; size <= SIZES; size++)
	{
		for (uint64_t old = 1; old < size; old++)
		{
			for (uint64_t other = 0; other <= SIZES + 2; other++)
			{
				consistency p = make_consistency(old, size);

				p.claim.old_size = other;
				if (other != old)
					assert_refused(judge_consistency(&p));
				p.claim.old_root = test_root(&tlog, other);
				if (other != old)
					assert_refused(judge_consistency(&p));
				p = make_consistency(old, size);
				p.claim.new_size = other;
				p.claim.new_root = test_root(&tlog, other);
				if (other != size)
					assert_refused(judge_consistency(&p));
			}
		}
	}
}

/* hashes in another order */
static void
test_swapped(void **state)
{
	(void) state;
	for (uint64_t size = 3; size <= SIZES; size++)
	{
		for (uint64_t index = 0; index < size; index++)
		{
			inclusion	p = make_inclusion(index, size);
			soc2_digest first = p.path.hash[0];

			if (p.path.count < 2)
				continue;
			p.path.hash[0] = p.path.hash[1];
			p.path.hash[1] = first;
			assert_int_equal(judge_inclusion(&p), SOC2_PROOF_MISMATCH);
		}
	}
}

/* claims about no leaf or no tree */
static void
test_claims_out_of_range(void **state)
{
	const uint64_t max = SOC2_MERKLE_SIZE_MAX;
	inclusion	p = make_inclusion(0, 1);
	consistency c = make_consistency(1, 1);

	(void) state;
	p.claim.index = 1;
	assert_int_equal(judge_inclusion(&p), SOC2_OUT_OF_RANGE);
	p.claim.size = 0;
	assert_int_equal(judge_inclusion(&p), SOC2_OUT_OF_RANGE);
	p.claim.size = max + 1;
	assert_int_equal(judge_inclusion(&p), SOC2_OUT_OF_RANGE);
	p.claim.size = max;
	assert_int_equal(judge_inclusion(&p), SOC2_PROOF_LENGTH);
	c.claim.old_size = 2;
	assert_int_equal(judge_consistency(&c), SOC2_OUT_OF_RANGE);
	c.claim.new_size = max + 1;
	assert_int_equal(judge_consistency(&c), SOC2_OUT_OF_RANGE);
	c.claim.new_size = max;
	assert_int_equal(judge_consistency(&c), SOC2_PROOF_LENGTH);

	/* no hashes at all, where it takes some */
	c = make_consistency(3, 5);
	assert_int_equal(soc2_merkle_verify_consistency(&tlog.hasher, &c.claim,
													NULL, 0),
					 SOC2_PROOF_LENGTH);
	p = make_inclusion(3, 5);
	assert_int_equal(soc2_merkle_verify_inclusion(&tlog.hasher, &p.claim,
												  NULL, 0),
					 SOC2_PROOF_LENGTH);
}

/* a hasher that does not work */
static soc2_status
failing_begin(void *ctx)
{
	(void) ctx;
	return SOC2_HASH_FAILED;
}

/* its status comes through */
static void
test_hasher_fails(void **state)
{
	inclusion	p = make_inclusion(1, 3);
	consistency c = make_consistency(2, 3);
	soc2_hasher broken = tlog.hasher;

	(void) state;
	broken.begin = failing_begin;
	assert_int_equal(soc2_merkle_verify_inclusion(&broken, &p.claim,
												  p.path.hash, p.path.count),
					 SOC2_HASH_FAILED);
	assert_int_equal(soc2_merkle_verify_consistency(&broken, &c.claim,
													c.path.hash,
													c.path.count),
					 SOC2_HASH_FAILED);
	c = make_consistency(0, 3);
	assert_int_equal(soc2_merkle_verify_consistency(&broken, &c.claim,
													c.path.hash, 0),
					 SOC2_HASH_FAILED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inclusion_bits),
		cmocka_unit_test(test_consistency_bits),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_inclusion_sizes),
		cmocka_unit_test(test_consistency_sizes),
		cmocka_unit_test(test_swapped),
		cmocka_unit_test(test_claims_out_of_range),
		cmocka_unit_test(test_hasher_fails),
	};

	test_log_begin(&tlog, false);
	return cmocka_run_group_tests_name("merkle_verify", tests, NULL, NULL);
}
