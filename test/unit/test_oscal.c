/*-------------------------------------------------------------------------
 *
 * test_oscal.c
 *		Proves that lines and tokens are what OSCAL accepts, that tokens of
 *		different texts differ, and that UUIDs carry version and variant.
 *
 * IDENTIFICATION
 *	  test/unit/test_oscal.c
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

#include "core/oscal.h"

/* what a form makes of a text */
static void
expect(soc2_status (*form) (soc2_buffer *, soc2_text), const char *given,
	   const char *expected)
{
	char		bytes[200];
	soc2_buffer buffer = {bytes, sizeof(bytes) - 1, 0};

	assert_int_equal(form(&buffer, soc2_text_of(given)), SOC2_OK);
	assert_int_equal(soc2_buffer_status(&buffer), SOC2_OK);
	bytes[buffer.len] = '\0';
	assert_string_equal(bytes, expected);
}

/* texts in one line */
static void
test_lines(void **state)
{
	(void) state;
	expect(soc2_oscal_add_line, "", "");
	expect(soc2_oscal_add_line, "a", "a");
	expect(soc2_oscal_add_line, " \t\r\n", "");
	expect(soc2_oscal_add_line, "  a  b\t", "a  b");
	expect(soc2_oscal_add_line, "a\r\n\tb\x7F" "c", "a b c");
	expect(soc2_oscal_add_line, "\xC2\xA0" "a\xC2\xA0" "b\xE3\x80\x80",
		   "a\xC2\xA0" "b");
	expect(soc2_oscal_add_line, "\xEF\xBB\xBF" "a\xE2\x80\xA8" "b", "a b");
	expect(soc2_oscal_add_line, "a\xC2\x85\xC2\x85" "b", "a b");
	expect(soc2_oscal_add_line, "\xE2\x80\x8A\xE1\x9A\x80\xE2\x80\xAF"
		   "\xE2\x81\x9F\xE2\x80\x80x", "x");
}

/* texts as tokens */
static void
test_tokens(void **state)
{
	(void) state;
	expect(soc2_oscal_add_token, "ACC-01", "ACC-01");
	expect(soc2_oscal_add_token, "cc6.1", "cc6.1");
	expect(soc2_oscal_add_token, "zZ09.-", "zZ09.-");
	expect(soc2_oscal_add_token, "", "_");
	expect(soc2_oscal_add_token, "6.1", "_36_.1");
	expect(soc2_oscal_add_token, "-a", "_2d_a");
	expect(soc2_oscal_add_token, "a b_c", "a_20_b_5f_c");
	expect(soc2_oscal_add_token, "a_20_b", "a_5f_20_5f_b");
	expect(soc2_oscal_add_token, "\xC3\xA4" "a", "_c3a4_a");
	expect(soc2_oscal_add_token, "a/{`@[:", "a_2f__7b__60__40__5b__3a_");
}

/* what is no UTF-8 */
static void
test_bytes(void **state)
{
	soc2_buffer buffer = {NULL, 0, 0};

	(void) state;
	assert_int_equal(soc2_oscal_add_line(&buffer, soc2_text_of("a\xFF")),
					 SOC2_NOT_UTF8);
	assert_int_equal(soc2_oscal_add_token(&buffer, soc2_text_of("a\xC3")),
					 SOC2_NOT_UTF8);
}

/* version and variant replace six bits and no others */
static void
test_uuid(void **state)
{
	unsigned char sha1[SOC2_SHA1_SIZE];
	unsigned char uuid[SOC2_UUID_SIZE];

	(void) state;
	for (int fill = 0; fill < 256; fill += 255)
	{
		memset(sha1, fill, sizeof(sha1));
		soc2_uuid_form(sha1, uuid);
		for (int i = 0; i < SOC2_UUID_SIZE; i++)
		{
			if (i == 6)
				assert_int_equal(uuid[i], (fill & 0x0F) | 0x50);
			else if (i == 8)
				assert_int_equal(uuid[i], (fill & 0x3F) | 0x80);
			else
				assert_int_equal(uuid[i], fill);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_uuid),
	};

	return cmocka_run_group_tests_name("oscal", tests, NULL, NULL);
}
