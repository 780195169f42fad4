/*-------------------------------------------------------------------------
 *
 * test_change.c
 *		Proves that hashes of keys stay what they are, and that a key is in the
 *		buckets of the beginnings of its hash and in no others.
 *
 * IDENTIFICATION
 *	  test/unit/test_change.c
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

#include "core/change.h"

static const unsigned char id[SOC2_CHANGE_ID_SIZE] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
};

/* hash of a string in the history above */
static uint32_t
hash(const char *key)
{
	return soc2_change_hash(id, key, strlen(key));
}

/* they are stored: these are the values for ever */
static void
test_hash_is_fixed(void **state)
{
	(void) state;

	assert_int_equal(hash(""), UINT32_C(0x54E7CA7B));
	assert_int_equal(hash("[\"1\"]"), UINT32_C(0x98AD333D));
	assert_int_equal(hash("[\"\xc3\xa5\",\"2\"]"), UINT32_C(0x4094E244));
}

/* histories have hashes of their own */
static void
test_hash_is_of_history(void **state)
{
	unsigned char other[SOC2_CHANGE_ID_SIZE];

	(void) state;

	memcpy(other, id, sizeof(other));
	other[15]++;
	assert_int_not_equal(hash("[\"1\"]"), soc2_change_hash(other, "[\"1\"]", 5));
}

/* hashes of short keys spread over all beginnings */
static void
test_hash_spreads(void **state)
{
	int			counts[16] = {0};
	char		key[16];

	(void) state;

	for (int i = 0; i < 1600; i++)
	{
		size_t		len = 0;

		key[len++] = (char) ('0' + i / 1000);
		key[len++] = (char) ('0' + i / 100 % 10);
		key[len++] = (char) ('0' + i / 10 % 10);
		key[len++] = (char) ('0' + i % 10);
		counts[soc2_change_hash(id, key, len) >> 28]++;
	}
	for (int i = 0; i < 16; i++)
		assert_true(counts[i] >= 60 && counts[i] <= 140);
}

/* the buckets of a hash differ by their number of bits alone */
static void
test_bucket(void **state)
{
	(void) state;

	assert_int_equal(soc2_change_bucket(UINT32_C(0xA0000001), 0), 1);
	assert_int_equal(soc2_change_bucket(UINT32_C(0xA0000001), 1), 3);
	assert_int_equal(soc2_change_bucket(UINT32_C(0xA0000001), 3), 8 + 5);
	assert_int_equal(soc2_change_bucket(UINT32_C(0xA0000001), 32),
					 INT64_C(0x1A0000001));
	assert_int_equal(soc2_change_bucket(0, 32), INT64_C(0x100000000));
}

/* two hashes share a bucket as long as they begin alike */
static void
test_bucket_is_shared(void **state)
{
	uint32_t	a = UINT32_C(0xF0F00000);
	uint32_t	b = UINT32_C(0xF0FF0000);

	(void) state;

	for (unsigned bits = 0; bits <= SOC2_CHANGE_BITS; bits++)
		assert_int_equal(soc2_change_bucket(a, bits) ==
						 soc2_change_bucket(b, bits), bits <= 12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash_is_fixed),
		cmocka_unit_test(test_hash_is_of_history),
		cmocka_unit_test(test_hash_spreads),
		cmocka_unit_test(test_bucket),
		cmocka_unit_test(test_bucket_is_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
