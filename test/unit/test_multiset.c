/*-------------------------------------------------------------------------
 *
 * test_multiset.c
 *		Proves that digests are added as numbers of 256 bits, with carries over
 *		all of them, in any order and in parts; and that the hash has number and
 *		sum.
 *
 * IDENTIFICATION
 *	  test/unit/test_multiset.c
 *
 *-------------------------------------------------------------------------
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/multiset.h"
#include "random.h"
#include "sha256.h"

#define MEMBERS 1000

/* add the bytes of a digest to others, one by one: the slow way */
static void
add_bytes(unsigned char sum[SOC2_DIGEST_SIZE], const soc2_digest *digest)
{
	unsigned	carry = 0;

	for (int i = SOC2_DIGEST_SIZE - 1; i >= 0; i--)
	{
		carry += (unsigned) sum[i] + digest->bytes[i];
		sum[i] = (unsigned char) (carry & 0xFF);
		carry >>= 8;
	}
}

/* the hash of a multiset, made by hand of number and sum */
static soc2_digest
expected_hash(uint64_t count, const unsigned char sum[SOC2_DIGEST_SIZE])
{
	unsigned char bytes[42] = {0x14, 0x01};
	test_sha256 work;
	soc2_hasher hasher = test_hasher(&work);
	soc2_digest out;

	for (int i = 0; i < 8; i++)
		bytes[2 + i] = (unsigned char) (count >> (56 - 8 * i) & 0xFF);
	memcpy(bytes + 10, sum, SOC2_DIGEST_SIZE);
	assert_int_equal(hasher.begin(hasher.ctx), SOC2_OK);
	assert_int_equal(hasher.update(hasher.ctx, bytes, sizeof(bytes)), SOC2_OK);
	assert_int_equal(hasher.finish(hasher.ctx, &out), SOC2_OK);
	return out;
}

/* hash a multiset */
static soc2_digest
hash_of(const soc2_multiset *set)
{
	test_sha256 work;
	soc2_hasher hasher = test_hasher(&work);
	soc2_digest out;

	assert_int_equal(soc2_multiset_hash(set, &hasher, &out), SOC2_OK);
	return out;
}

/* a digest that looks random */
static soc2_digest
random_digest(test_random * random)
{
	soc2_digest digest;

	for (int i = 0; i < SOC2_DIGEST_SIZE; i++)
		digest.bytes[i] = (unsigned char) test_random_below(random, 256);
	return digest;
}

/* no member: number and sum are zero */
static void
test_empty(void **state)
{
	soc2_multiset set = {0};
	unsigned char sum[SOC2_DIGEST_SIZE] = {0};
	soc2_digest is = hash_of(&set);
	soc2_digest should = expected_hash(0, sum);

	(void) state;
	assert_memory_equal(&is, &should, sizeof(is));
}

/* carries go through all limbs, and the last one is lost */
static void
test_carry(void **state)
{
	soc2_multiset set = {0};
	unsigned char sum[SOC2_DIGEST_SIZE] = {0};
	soc2_digest most;
	soc2_digest one = {{0}};

	(void) state;
	memset(&most, 0xFF, sizeof(most));
	one.bytes[SOC2_DIGEST_SIZE - 1] = 1;
	for (int i = 0; i < 3; i++)
	{
		const soc2_digest *member = i == 1 ? &one : &most;
		soc2_digest is;
		soc2_digest should;

		soc2_multiset_add(&set, member);
		add_bytes(sum, member);
		is = hash_of(&set);
		should = expected_hash((uint64_t) i + 1, sum);
		assert_memory_equal(&is, &should, sizeof(is));
	}
}

/* any order, any parts, and what was added one by one are the same */
static void
test_order(void **state)
{
	static soc2_digest members[MEMBERS];
	unsigned char sum[SOC2_DIGEST_SIZE] = {0};
	soc2_multiset parts[3] = {{0}};
	soc2_multiset backwards = {0};
	test_random random = {7};
	soc2_digest is;
	soc2_digest should;

	(void) state;
	for (int i = 0; i < MEMBERS; i++)
	{
		/* some are there more than once */
		members[i] = i % 10 == 9 ? members[i - 5] : random_digest(&random);
		add_bytes(sum, &members[i]);
		soc2_multiset_add(&parts[test_random_below(&random, 3)], &members[i]);
	}
	for (int i = MEMBERS - 1; i >= 0; i--)
		soc2_multiset_add(&backwards, &members[i]);
	soc2_multiset_merge(&parts[0], &parts[1]);
	soc2_multiset_merge(&parts[0], &parts[2]);
	should = expected_hash(MEMBERS, sum);
	is = hash_of(&parts[0]);
	assert_memory_equal(&is, &should, sizeof(is));
	is = hash_of(&backwards);
	assert_memory_equal(&is, &should, sizeof(is));
}

/* once, twice and not at all differ, even if the sum does not */
static void
test_count(void **state)
{
	soc2_multiset once = {0};
	soc2_multiset zeroes = {0};
	soc2_digest zero = {{0}};
	soc2_digest one;
	soc2_digest two;

	(void) state;
	soc2_multiset_add(&once, &zero);
	soc2_multiset_add(&zeroes, &zero);
	soc2_multiset_add(&zeroes, &zero);
	one = hash_of(&once);
	two = hash_of(&zeroes);
	assert_memory_not_equal(&one, &two, sizeof(one));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_carry),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_count)
	};

	return cmocka_run_group_tests_name("multiset", tests, NULL, NULL);
}
