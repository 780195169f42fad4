/*-------------------------------------------------------------------------
 *
 * test_sealed.c
 *		Proves that the head of a value encrypted for a subject lies in its bytes
 *		as it is documented, is read back, and that nothing else is taken for one.
 *
 * IDENTIFICATION
 *	  test/unit/test_sealed.c
 *
 *-------------------------------------------------------------------------
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/sealed.h"

static const unsigned char key_id[SOC2_SEALED_KEY_ID] = "0123456789abcde";
static const unsigned char nonce[SOC2_SEALED_NONCE] = "nonce of 12";

/* a value of a kind, with len bytes of text */
static void
make_value(unsigned char *value, unsigned char kind, size_t len)
{
	soc2_sealed_write_head(value, kind, key_id, nonce);
	memset(value + SOC2_SEALED_HEAD, 'x', len + SOC2_SEALED_TAG);
}

/* the layout is stored on disk */
static void
head_is_as_documented(void **state)
{
	unsigned char head[SOC2_SEALED_HEAD];

	(void) state;
	soc2_sealed_write_head(head, SOC2_SEALED_TEXT, key_id, nonce);
	assert_memory_equal(head, "S2K\001\001", 5);
	assert_memory_equal(head + 5, key_id, sizeof(key_id));
	assert_memory_equal(head + 21, nonce, sizeof(nonce));
	assert_int_equal(SOC2_SEALED_HEAD, 33);
	assert_int_equal(SOC2_SEALED_OVERHEAD, 49);
}

/* what was written is read */
static void
parts_are_found(void **state)
{
	unsigned char value[SOC2_SEALED_OVERHEAD + 7];
	soc2_sealed sealed;

	(void) state;
	for (size_t len = 0; len <= 7; len++)
	{
		make_value(value, SOC2_SEALED_BYTES, len);
		assert_int_equal(soc2_sealed_parse(value, SOC2_SEALED_OVERHEAD + len,
										   &sealed), SOC2_OK);
		assert_int_equal(sealed.kind, SOC2_SEALED_BYTES);
		assert_memory_equal(sealed.key_id, key_id, sizeof(key_id));
		assert_memory_equal(sealed.nonce, nonce, sizeof(nonce));
		assert_ptr_equal(sealed.text, value + SOC2_SEALED_HEAD);
		assert_int_equal(sealed.len, len);
	}
}

/* too short, another beginning, version or kind */
static void
others_are_refused(void **state)
{
	unsigned char value[SOC2_SEALED_OVERHEAD];
	soc2_sealed sealed;

	(void) state;
	make_value(value, SOC2_SEALED_TEXT, 0);
	for (size_t len = 0; len < sizeof(value); len++)
		assert_int_equal(soc2_sealed_parse(value, len, &sealed),
						 SOC2_BAD_LENGTH);
	for (int i = 0; i < 3; i++)
	{
		value[i] ^= 1;
		assert_int_equal(soc2_sealed_parse(value, sizeof(value), &sealed),
						 SOC2_BAD_FIELD);
		value[i] ^= 1;
	}
	value[3] = SOC2_SEALED_VERSION + 1;
	assert_int_equal(soc2_sealed_parse(value, sizeof(value), &sealed),
					 SOC2_BAD_VERSION);
	value[3] = SOC2_SEALED_VERSION;
	value[4] = SOC2_SEALED_TEXT + 1;
	assert_int_equal(soc2_sealed_parse(value, sizeof(value), &sealed),
					 SOC2_BAD_FIELD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(head_is_as_documented),
		cmocka_unit_test(parts_are_found),
		cmocka_unit_test(others_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
