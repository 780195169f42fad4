/*-------------------------------------------------------------------------
 *
 * test_text.c
 *		Proves how lines, numbers, UTF-8 and base64 are read, and where in the
 *		text what is wrong with them is.
 *
 * IDENTIFICATION
 *	  test/unit/test_text.c
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

#include "core/text.h"
#include "random.h"
#include "text_case.h"

/* a copy without room around it, so that a read beyond it is found */
static soc2_text
tight(const char *string, size_t len)
{
	char	   *bytes = malloc(len + (len == 0));
	soc2_text	text = {bytes, len};

	memcpy(bytes, string, len);
	return text;
}

/* free a tight copy */
static void
release(soc2_text text)
{
	free((void *) (uintptr_t) text.bytes);
}

/* decimal numbers */
static void
test_numbers(void **state)
{
	static const text_case bad[] = {
		{"", SOC2_NUMBER_EXPECTED, 0},
		{" 1", SOC2_NUMBER_EXPECTED, 0},
		{"-1", SOC2_NUMBER_EXPECTED, 0},
		{"+1", SOC2_NUMBER_EXPECTED, 0},
		{"x", SOC2_NUMBER_EXPECTED, 0},
		{"1 ", SOC2_UNEXPECTED_CHARACTER, 1},
		{"12\r", SOC2_UNEXPECTED_CHARACTER, 2},
		{"0x10", SOC2_UNEXPECTED_CHARACTER, 1},
		{"1.0", SOC2_UNEXPECTED_CHARACTER, 1},
		{"00", SOC2_LEADING_ZERO, 0},
		{"01", SOC2_LEADING_ZERO, 0},
		{"9223372036854775808", SOC2_SIZE_TOO_LARGE, 0},
		{"18446744073709551616", SOC2_SIZE_TOO_LARGE, 0},
		{"99999999999999999999999999", SOC2_SIZE_TOO_LARGE, 0},
	};
	static const uint64_t good[] = {
		0, 1, 9, 10, 20852163, UINT64_C(0x7FFFFFFFFFFFFFFF)
	};

	(void) state;
	for (size_t i = 0; i < COUNT(bad); i++)
	{
		soc2_text	text = tight(bad[i].text, strlen(bad[i].text));
		uint64_t	out;
		size_t		errpos = 99;

		assert_int_equal(soc2_number_parse(text, &out, &errpos),
						 bad[i].status);
		assert_int_equal(errpos, bad[i].errpos);
		release(text);
	}
	for (size_t i = 0; i < COUNT(good); i++)
	{
		char		bytes[20];
		soc2_buffer buffer = {bytes, sizeof(bytes), 0};
		soc2_text	text = {bytes, 0};
		uint64_t	out = 99;
		size_t		errpos;

		soc2_buffer_add_number(&buffer, good[i]);
		assert_int_equal(soc2_buffer_status(&buffer), SOC2_OK);
		text.len = buffer.len;
		assert_int_equal(soc2_number_parse(text, &out, &errpos), SOC2_OK);
		assert_int_equal(out, good[i]);
	}
}

/* the largest number that can be written */
static void
test_number_maximum(void **state)
{
	char		bytes[20];
	soc2_buffer buffer = {bytes, sizeof(bytes), 0};

	(void) state;
	soc2_buffer_add_number(&buffer, UINT64_MAX);
	assert_int_equal(buffer.len, 20);
	assert_memory_equal(bytes, "18446744073709551615", 20);
}

/* UTF-8 and control characters */
static void
test_utf8(void **state)
{
	static const text_case cases[] = {
		{"", SOC2_OK, 0},
		{"a\nb\n", SOC2_OK, 0},
		{"\x7f", SOC2_OK, 0},
		{"\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xef\xbf\xbf", SOC2_OK, 0},
		{"\xed\x9f\xbf \xee\x80\x80", SOC2_OK, 0},
		{"\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf", SOC2_OK, 0},
		{"ab\r\n", SOC2_CONTROL_CHARACTER, 2},
		{"a\tb", SOC2_CONTROL_CHARACTER, 1},
		{"\x1f", SOC2_CONTROL_CHARACTER, 0},
		{"a\x80", SOC2_NOT_UTF8, 1},
		{"a\xc3", SOC2_NOT_UTF8, 1},
		{"a\xc3(", SOC2_NOT_UTF8, 1},
		{"a\xe2\x80", SOC2_NOT_UTF8, 1},
		{"a\xe2\x80(", SOC2_NOT_UTF8, 1},
		{"\xf0\x9f\x98", SOC2_NOT_UTF8, 0},
		{"\xc0\x80", SOC2_NOT_UTF8, 0},
		{"\xc1\xbf", SOC2_NOT_UTF8, 0},
		{"\xe0\x9f\xbf", SOC2_NOT_UTF8, 0},
		{"\xf0\x8f\xbf\xbf", SOC2_NOT_UTF8, 0},
		{"\xed\xa0\x80", SOC2_NOT_UTF8, 0},
		{"\xed\xbf\xbf", SOC2_NOT_UTF8, 0},
		{"\xf4\x90\x80\x80", SOC2_NOT_UTF8, 0},
		{"\xf5\x80\x80\x80", SOC2_NOT_UTF8, 0},
		{"\xff", SOC2_NOT_UTF8, 0},
	};
	soc2_text	nul = {"a\0b", 3};
	size_t		errpos;

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		soc2_text	text = tight(cases[i].text, strlen(cases[i].text));

		assert_int_equal(soc2_text_check(text, &errpos), cases[i].status);
		if (cases[i].status != SOC2_OK)
			assert_int_equal(errpos, cases[i].errpos);
		release(text);
	}
	assert_int_equal(soc2_text_check(nul, &errpos), SOC2_CONTROL_CHARACTER);
	assert_int_equal(errpos, 1);
}

/* lines */
static void
test_lines(void **state)
{
	soc2_text	text = soc2_text_of("one\n\nthree\nfour");
	soc2_text	none = {NULL, 0};
	soc2_text	line;
	size_t		offset = 0;

	(void) state;
	assert_int_equal(soc2_text_line(text, &offset, &line), SOC2_OK);
	assert_int_equal(line.len, 3);
	assert_int_equal(offset, 4);
	assert_int_equal(soc2_text_line(text, &offset, &line), SOC2_OK);
	assert_int_equal(line.len, 0);
	assert_int_equal(soc2_text_line(text, &offset, &line), SOC2_OK);
	assert_memory_equal(line.bytes, "three", 5);
	assert_int_equal(soc2_text_line(text, &offset, &line),
					 SOC2_NEWLINE_EXPECTED);
	assert_int_equal(offset, text.len);
	assert_int_equal(soc2_text_line(text, &offset, &line), SOC2_LINE_EXPECTED);
	offset = 0;
	assert_int_equal(soc2_text_line(none, &offset, &line), SOC2_LINE_EXPECTED);
}

/* a buffer counts what does not fit, and never writes beyond its end */
static void
test_buffer(void **state)
{
	char		bytes[5] = "....";
	soc2_buffer buffer = {bytes, 3, 0};
	soc2_buffer measure = {NULL, 0, 0};

	(void) state;
	soc2_buffer_add(&buffer, "ab", 2);
	assert_int_equal(soc2_buffer_status(&buffer), SOC2_OK);
	soc2_buffer_add(&buffer, "cd", 2);
	soc2_buffer_add(&buffer, "e", 1);
	assert_int_equal(soc2_buffer_status(&buffer), SOC2_NO_SPACE);
	assert_int_equal(buffer.len, 5);
	assert_memory_equal(bytes, "ab..", 4);
	soc2_buffer_add(&measure, "", 0);
	assert_int_equal(soc2_buffer_status(&measure), SOC2_OK);
	soc2_buffer_add(&measure, "abc", 3);
	assert_int_equal(measure.len, 3);
	assert_int_equal(soc2_buffer_status(&measure), SOC2_NO_SPACE);
}

/* the vectors of RFC 4648, section 10 */
static void
test_base64_vectors(void **state)
{
	static const char *const vectors[][2] = {
		{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
		{"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
		{"\xfb\xff\xbf", "+/+/"},
	};

	(void) state;
	for (size_t i = 0; i < COUNT(vectors); i++)
	{
		char		bytes[8];
		size_t		len = strlen(vectors[i][0]);
		soc2_buffer buffer = {bytes, sizeof(bytes), 0};
		soc2_text	text = tight(vectors[i][1], strlen(vectors[i][1]));
		size_t		errpos;

		soc2_buffer_add_base64(&buffer,
							   (const unsigned char *) vectors[i][0], len);
		assert_int_equal(buffer.len, text.len);
		assert_memory_equal(bytes, text.bytes, text.len);
		buffer.len = 0;
		assert_int_equal(soc2_base64_decode(text, &buffer, &errpos), SOC2_OK);
		assert_int_equal(buffer.len, len);
		assert_memory_equal(bytes, vectors[i][0], len);
		release(text);
	}
}

/* what is no base64 */
static void
test_base64_refused(void **state)
{
	static const text_case cases[] = {
		{"Zg", SOC2_BASE64_PADDING, 2},
		{"Zm9vY", SOC2_BASE64_PADDING, 5},
		{"Zg=", SOC2_BASE64_EXPECTED, 2},
		{"Zh==", SOC2_BASE64_EXPECTED, 1},
		{"Zm9=", SOC2_BASE64_EXPECTED, 2},
		{"Z===", SOC2_BASE64_EXPECTED, 1},
		{"====", SOC2_BASE64_EXPECTED, 0},
		{"Zg==Zg==", SOC2_BASE64_EXPECTED, 2},
		{"Z=g=", SOC2_BASE64_EXPECTED, 1},
		{"Zm9v\n", SOC2_BASE64_EXPECTED, 4},
		{"Zm 9", SOC2_BASE64_EXPECTED, 2},
		{"Zm-_", SOC2_BASE64_EXPECTED, 2},
		{"Zm9\xc3", SOC2_BASE64_EXPECTED, 3},
		{"Zm9vYmFyZg==", SOC2_NO_SPACE, 0},
	};

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		char		bytes[6];
		soc2_buffer buffer = {bytes, sizeof(bytes), 0};
		soc2_text	text = tight(cases[i].text, strlen(cases[i].text));
		size_t		errpos = 99;

		assert_int_equal(soc2_base64_decode(text, &buffer, &errpos),
						 cases[i].status);
		assert_int_equal(errpos, cases[i].errpos);
		release(text);
	}
}

/* bytes of all lengths come back, and every other text of them is refused */
static void
test_base64_unique(void **state)
{
	test_random r = {64};

	(void) state;
	for (size_t len = 0; len < 70; len++)
	{
		unsigned char bytes[70];
		unsigned char back[70];
		char		text[96];
		soc2_buffer out = {text, sizeof(text), 0};
		soc2_buffer in = {(char *) back, len, 0};
		soc2_buffer measure = {NULL, 0, 0};
		soc2_text	all = {text, 0};
		size_t		errpos;

		for (size_t i = 0; i < len; i++)
			bytes[i] = (unsigned char) test_random_bits(&r);
		soc2_buffer_add_base64(&out, bytes, len);
		all.len = out.len;
		assert_int_equal(soc2_base64_decode(all, &in, &errpos), SOC2_OK);
		assert_int_equal(in.len, len);
		assert_memory_equal(back, bytes, len);
		assert_int_equal(soc2_base64_decode(all, &measure, &errpos), SOC2_OK);
		assert_int_equal(measure.len, len);

		/* each other last character before the padding means other bytes */
		for (unsigned ch = 0; len > 0 && ch < 256; ch++)
		{
			size_t		at = (len * 8 + 5) / 6 - 1;
			char		saved = text[at];

			text[at] = (char) ch;
			in.len = 0;
			if (text[at] != saved &&
				soc2_base64_decode(all, &in, &errpos) == SOC2_OK)
				assert_memory_not_equal(back, bytes, len);
			text[at] = saved;
		}
	}
}

/* digests */
static void
test_digest(void **state)
{
	static const text_case cases[] = {
		{"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", SOC2_OK, 0},
		{"", SOC2_HASH_LENGTH, 0},
		{"AAAA", SOC2_HASH_LENGTH, 4},
		{"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=A",
		SOC2_HASH_LENGTH, 44},
		{"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
		SOC2_HASH_LENGTH, 43},
		{"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		SOC2_HASH_LENGTH, 43},
		{"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=",
		SOC2_BASE64_EXPECTED, 42},
		{"A*AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		SOC2_BASE64_EXPECTED, 1},
	};

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		soc2_text	text = tight(cases[i].text, strlen(cases[i].text));
		soc2_digest out;
		size_t		errpos = 99;

		assert_int_equal(soc2_digest_decode64(text, &out, &errpos),
						 cases[i].status);
		if (cases[i].status == SOC2_OK)
			assert_true(soc2_digest_is_zero(&out));
		else
			assert_int_equal(errpos, cases[i].errpos);
		release(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_number_maximum),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_buffer),
		cmocka_unit_test(test_base64_vectors),
		cmocka_unit_test(test_base64_refused),
		cmocka_unit_test(test_base64_unique),
		cmocka_unit_test(test_digest),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
