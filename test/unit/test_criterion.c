/*-------------------------------------------------------------------------
 *
 * test_criterion.c
 *		Proves that a criterion is read and written without loss, that what is
 *		no criterion is refused at the right place, and that packed values
 *		order and contain each other as the parts they stand for do.
 *
 * IDENTIFICATION
 *	  test/unit/test_criterion.c
 *
 *-------------------------------------------------------------------------
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/criterion.h"
#include "cases.h"
#include "random.h"

#define UNTOUCHED 4711

/* ---- helpers --------------------------------------------------------- */

/* the criterion of a text that must be valid; tsc without a prefix */
static soc2_criterion
parse(const char *text)
{
	soc2_criterion c = UNTOUCHED;
	size_t		errpos = 0;
	soc2_status status;

	status = soc2_criterion_parse(text, strlen(text), SOC2_FRAMEWORK_TSC,
								  &c, &errpos);
	if (status != SOC2_OK)
		fail_msg("\"%s\": %s at %zu", text, soc2_status_text(status), errpos);
	assert_true(soc2_criterion_is_valid(c));
	return c;
}

/* a text of len bytes is refused with this status at this offset */
static void
assert_refused_len(const char *text, size_t len, soc2_status status,
				   size_t errpos)
{
	soc2_criterion c = UNTOUCHED;
	size_t		found_at = SIZE_MAX;
	soc2_status found;

	found = soc2_criterion_parse(text, len, SOC2_FRAMEWORK_TSC,
								 &c, &found_at);
	if (found != status || found_at != errpos)
		fail_msg("\"%.40s\": %s at %zu, expected %s at %zu", text,
				 soc2_status_text(found), found_at,
				 soc2_status_text(status), errpos);
	assert_true(c == UNTOUCHED);
}

/* the same for a text that ends with its NUL */
static void
assert_refused(const char *text, soc2_status status, size_t errpos)
{
	assert_refused_len(text, strlen(text), status, errpos);
}

/* the parts of a random criterion */
static soc2_criterion_parts
random_parts(test_random * r, unsigned max)
{
	return soc2_criterion_unpack(test_random_criterion(r, max));
}

/* document order by comparing part by part */
static int
compare_parts(const soc2_criterion_parts *a, const soc2_criterion_parts *b)
{
	if (a->framework != b->framework)
		return a->framework < b->framework ? -1 : 1;
	if (a->category != b->category)
		return a->category < b->category ? -1 : 1;
	for (int i = 0; i < SOC2_LEVEL_MAX; i++)
	{
		if (a->number[i] != b->number[i])
			return a->number[i] < b->number[i] ? -1 : 1;
	}
	return 0;
}

/* containment by comparing part by part */
static bool
parts_cover(const soc2_criterion_parts *a, const soc2_criterion_parts *b)
{
	if (a->framework != b->framework || a->category != b->category)
		return false;
	for (int i = 0; i < SOC2_LEVEL_MAX && a->number[i] != 0; i++)
	{
		if (a->number[i] != b->number[i])
			return false;
	}
	return true;
}

/* ---- valid text ------------------------------------------------------ */

typedef struct valid_text
{
	const char *text;
	const char *canonical;
	soc2_criterion_parts parts;
}			valid_text;

static const valid_text valid_texts[] = {
	{"CC", "tsc:CC", {2, 1, {0, 0, 0}}},
	{"A", "tsc:A", {2, 2, {0, 0, 0}}},
	{"C", "tsc:C", {2, 3, {0, 0, 0}}},
	{"PI", "tsc:PI", {2, 4, {0, 0, 0}}},
	{"P", "tsc:P", {2, 5, {0, 0, 0}}},
	{"CC6", "tsc:CC6", {2, 1, {6, 0, 0}}},
	{"CC6.1", "tsc:CC6.1", {2, 1, {6, 1, 0}}},
	{"CC6.1.3", "tsc:CC6.1.3", {2, 1, {6, 1, 3}}},
	{"A1.2.12", "tsc:A1.2.12", {2, 2, {1, 2, 12}}},
	{"C1.1", "tsc:C1.1", {2, 3, {1, 1, 0}}},
	{"PI1.5", "tsc:PI1.5", {2, 4, {1, 5, 0}}},
	{"P8.1", "tsc:P8.1", {2, 5, {8, 1, 0}}},
	{"cc6.1", "tsc:CC6.1", {2, 1, {6, 1, 0}}},
	{"cC6.1", "tsc:CC6.1", {2, 1, {6, 1, 0}}},
	{"Cc6.1", "tsc:CC6.1", {2, 1, {6, 1, 0}}},
	{"a1", "tsc:A1", {2, 2, {1, 0, 0}}},
	{"c1", "tsc:C1", {2, 3, {1, 0, 0}}},
	{"pi1", "tsc:PI1", {2, 4, {1, 0, 0}}},
	{"pI1", "tsc:PI1", {2, 4, {1, 0, 0}}},
	{"p1", "tsc:P1", {2, 5, {1, 0, 0}}},
	{"tsc:CC6.1", "tsc:CC6.1", {2, 1, {6, 1, 0}}},
	{"TSC:CC6.1", "tsc:CC6.1", {2, 1, {6, 1, 0}}},
	{"Tsc:cc6.1", "tsc:CC6.1", {2, 1, {6, 1, 0}}},
	{"tsc:CC", "tsc:CC", {2, 1, {0, 0, 0}}},
	{"outline:CC6.1", "outline:CC6.1", {1, 1, {6, 1, 0}}},
	{"OUTLINE:cc6.1", "outline:CC6.1", {1, 1, {6, 1, 0}}},
	{"oUtLiNe:P3.1.10", "outline:P3.1.10", {1, 5, {3, 1, 10}}},
	{"outline:PI", "outline:PI", {1, 4, {0, 0, 0}}},
	{"CC1", "tsc:CC1", {2, 1, {1, 0, 0}}},
	{"CC10", "tsc:CC10", {2, 1, {10, 0, 0}}},
	{"CC100.100.100", "tsc:CC100.100.100", {2, 1, {100, 100, 100}}},
	{"CC65535", "tsc:CC65535", {2, 1, {65535, 0, 0}}},
	{"CC65535.65535", "tsc:CC65535.65535", {2, 1, {65535, 65535, 0}}},
	{"outline:CC65535.65535.65535", "outline:CC65535.65535.65535",
	{1, 1, {65535, 65535, 65535}}},
	{"P65535.65535.65535", "tsc:P65535.65535.65535",
	{2, 5, {65535, 65535, 65535}}},
};

/* every valid text gives the parts it shows */
static void
valid_text_gives_its_parts(void **state)
{
	(void) state;
	for (size_t i = 0; i < COUNT(valid_texts); i++)
	{
		soc2_criterion_parts parts =
		soc2_criterion_unpack(parse(valid_texts[i].text));

		if (compare_parts(&parts, &valid_texts[i].parts) != 0)
			fail_msg("\"%s\" has other parts", valid_texts[i].text);
	}
}

/* every valid text is written in one form */
static void
valid_text_has_one_form(void **state)
{
	char		buf[SOC2_CRITERION_TEXT_SIZE];

	(void) state;
	for (size_t i = 0; i < COUNT(valid_texts); i++)
	{
		soc2_criterion c = parse(valid_texts[i].text);
		size_t		len = soc2_criterion_format(c, buf);

		assert_string_equal(buf, valid_texts[i].canonical);
		assert_int_equal(len, strlen(buf));
	}
}

/* the code is the text without its prefix */
static void
code_has_no_prefix(void **state)
{
	char		buf[SOC2_CRITERION_TEXT_SIZE];

	(void) state;
	for (size_t i = 0; i < COUNT(valid_texts); i++)
	{
		size_t		len = soc2_criterion_format_code(parse(valid_texts[i].text),
													 buf);

		assert_string_equal(buf, strchr(valid_texts[i].canonical, ':') + 1);
		assert_int_equal(len, strlen(buf));
	}
}

/* the longest text fits the buffer exactly as the header says */
static void
longest_text_fits(void **state)
{
	static const char longest[] = "outline:CC65535.65535.65535";
	char		buf[SOC2_CRITERION_TEXT_SIZE + 1];

	(void) state;
	memset(buf, '#', sizeof(buf));
	assert_int_equal(soc2_criterion_format(parse(longest), buf),
					 strlen(longest));
	assert_string_equal(buf, longest);
	assert_true(sizeof(longest) <= SOC2_CRITERION_TEXT_SIZE);
	assert_int_equal(buf[SOC2_CRITERION_TEXT_SIZE], '#');
}

/* without a prefix the given framework counts; with one it does not */
static void
default_framework_counts_without_prefix(void **state)
{
	soc2_criterion c = 0;
	size_t		errpos = 0;

	(void) state;
	assert_int_equal(soc2_criterion_parse("CC6", 3, SOC2_FRAMEWORK_OUTLINE,
										  &c, &errpos), SOC2_OK);
	assert_true(c == parse("outline:CC6"));
	assert_int_equal(soc2_criterion_parse("tsc:CC6", 7,
										  SOC2_FRAMEWORK_OUTLINE,
										  &c, &errpos), SOC2_OK);
	assert_true(c == parse("tsc:CC6"));
	assert_int_equal(soc2_criterion_parse("outline:CC6", 11,
										  SOC2_FRAMEWORK_TSC,
										  &c, &errpos), SOC2_OK);
	assert_true(c == parse("outline:CC6"));
}

/* only len bytes are read: there need be no NUL, and what follows is not seen */
static void
length_decides(void **state)
{
	soc2_criterion c = 0;
	size_t		errpos = 0;
	char	   *exact = malloc(3);

	(void) state;
	assert_int_equal(soc2_criterion_parse("CC6.1xyz", 5, SOC2_FRAMEWORK_TSC,
										  &c, &errpos), SOC2_OK);
	assert_true(c == parse("CC6.1"));
	assert_non_null(exact);
	memcpy(exact, "CC6", 3);
	assert_int_equal(soc2_criterion_parse(exact, 3, SOC2_FRAMEWORK_TSC,
										  &c, &errpos), SOC2_OK);
	assert_true(c == parse("CC6"));
	free(exact);
}

/* ---- invalid text ---------------------------------------------------- */

static void
nothing_is_refused(void **state)
{
	(void) state;
	assert_refused("", SOC2_EMPTY, 0);
	assert_refused_len(NULL, 0, SOC2_EMPTY, 0);
	assert_refused("tsc:", SOC2_EMPTY, 4);
	assert_refused("outline:", SOC2_EMPTY, 8);
}

static void
unknown_framework_is_refused(void **state)
{
	(void) state;
	assert_refused("nist:AC-2", SOC2_UNKNOWN_FRAMEWORK, 0);
	assert_refused(":CC6", SOC2_UNKNOWN_FRAMEWORK, 0);
	assert_refused(":", SOC2_UNKNOWN_FRAMEWORK, 0);
	assert_refused("CC6:1", SOC2_UNKNOWN_FRAMEWORK, 0);
	assert_refused("ts:CC6", SOC2_UNKNOWN_FRAMEWORK, 0);
	assert_refused("tscx:CC6", SOC2_UNKNOWN_FRAMEWORK, 0);
	assert_refused("tsc :CC6", SOC2_UNKNOWN_FRAMEWORK, 0);
	assert_refused(" tsc:CC6", SOC2_UNKNOWN_FRAMEWORK, 0);
}

static void
unknown_category_is_refused(void **state)
{
	(void) state;
	assert_refused("6.1", SOC2_UNKNOWN_CATEGORY, 0);
	assert_refused("XX1.1", SOC2_UNKNOWN_CATEGORY, 0);
	assert_refused("CCC6", SOC2_UNKNOWN_CATEGORY, 0);
	assert_refused("tsc", SOC2_UNKNOWN_CATEGORY, 0);
	assert_refused("I1", SOC2_UNKNOWN_CATEGORY, 0);
	assert_refused(".", SOC2_UNKNOWN_CATEGORY, 0);
	assert_refused("tsc:6.1", SOC2_UNKNOWN_CATEGORY, 4);
	assert_refused("tsc:tsc:CC6", SOC2_UNKNOWN_CATEGORY, 4);
	assert_refused("outline:Q1", SOC2_UNKNOWN_CATEGORY, 8);
	assert_refused("-CC6", SOC2_UNKNOWN_CATEGORY, 0);
}

static void
missing_number_is_refused(void **state)
{
	(void) state;
	assert_refused("CC6.", SOC2_NUMBER_EXPECTED, 4);
	assert_refused("CC6..1", SOC2_NUMBER_EXPECTED, 4);
	assert_refused("CC.", SOC2_NUMBER_EXPECTED, 2);
	assert_refused("CC.1", SOC2_NUMBER_EXPECTED, 2);
	assert_refused("CC-1", SOC2_NUMBER_EXPECTED, 2);
	assert_refused("CC+1", SOC2_NUMBER_EXPECTED, 2);
	assert_refused("CC6.-1", SOC2_NUMBER_EXPECTED, 4);
	assert_refused("CC6.x", SOC2_NUMBER_EXPECTED, 4);
	assert_refused("CC6.1.", SOC2_NUMBER_EXPECTED, 6);
	assert_refused("tsc:CC6.1.", SOC2_NUMBER_EXPECTED, 10);
	assert_refused("CC ", SOC2_NUMBER_EXPECTED, 2);
}

static void
zero_is_refused(void **state)
{
	(void) state;
	assert_refused("CC0", SOC2_NUMBER_ZERO, 2);
	assert_refused("CC0.1", SOC2_NUMBER_ZERO, 2);
	assert_refused("CC06", SOC2_NUMBER_ZERO, 2);
	assert_refused("CC6.0", SOC2_NUMBER_ZERO, 4);
	assert_refused("CC6.01", SOC2_NUMBER_ZERO, 4);
	assert_refused("CC6.1.0", SOC2_NUMBER_ZERO, 6);
	assert_refused("tsc:CC6.1.003", SOC2_NUMBER_ZERO, 10);
	assert_refused("CC0000000000000000000000000000001", SOC2_NUMBER_ZERO, 2);
}

static void
large_number_is_refused(void **state)
{
	(void) state;
	assert_refused("CC65536", SOC2_NUMBER_TOO_LARGE, 2);
	assert_refused("CC6.65536", SOC2_NUMBER_TOO_LARGE, 4);
	assert_refused("CC6.1.65536", SOC2_NUMBER_TOO_LARGE, 6);
	assert_refused("CC99999", SOC2_NUMBER_TOO_LARGE, 2);
	assert_refused("CC655350", SOC2_NUMBER_TOO_LARGE, 2);
	assert_refused("CC1234567890123456", SOC2_NUMBER_TOO_LARGE, 2);
	/* these wrap around to a small number in 16, 32 and 64 bits */
	assert_refused("CC65537", SOC2_NUMBER_TOO_LARGE, 2);
	assert_refused("CC4294967297", SOC2_NUMBER_TOO_LARGE, 2);
	assert_refused("CC18446744073709551617", SOC2_NUMBER_TOO_LARGE, 2);
	assert_refused("tsc:PI1.1.4294967297", SOC2_NUMBER_TOO_LARGE, 10);
}

static void
fourth_number_is_refused(void **state)
{
	(void) state;
	assert_refused("CC6.1.3.1", SOC2_TOO_DEEP, 7);
	assert_refused("CC6.1.3.", SOC2_TOO_DEEP, 7);
	assert_refused("tsc:CC6.1.3.1", SOC2_TOO_DEEP, 11);
	assert_refused("CC65535.65535.65535.1", SOC2_TOO_DEEP, 19);
}

static void
stray_character_is_refused(void **state)
{
	(void) state;
	assert_refused("CC6 ", SOC2_UNEXPECTED_CHARACTER, 3);
	assert_refused(" CC6", SOC2_UNKNOWN_CATEGORY, 0);
	assert_refused("CC6a", SOC2_UNEXPECTED_CHARACTER, 3);
	assert_refused("CC6,1", SOC2_UNEXPECTED_CHARACTER, 3);
	assert_refused("CC6.1\n", SOC2_UNEXPECTED_CHARACTER, 5);
	assert_refused("CC6\n.1", SOC2_UNEXPECTED_CHARACTER, 3);
	assert_refused("\nCC6", SOC2_UNKNOWN_CATEGORY, 0);
	assert_refused("CC6\t", SOC2_UNEXPECTED_CHARACTER, 3);
	assert_refused("CC6.1.3x", SOC2_UNEXPECTED_CHARACTER, 7);
	assert_refused("{CC6}", SOC2_SET_UNEXPECTED, 0);
}

/* bytes outside ASCII are no letters and no digits, whatever the locale */
static void
non_ascii_is_refused(void **state)
{
	(void) state;
	/* capital C with cedilla; Cyrillic Es twice; fullwidth CC6 */
	assert_refused("\xC3\x87" "C6", SOC2_UNKNOWN_CATEGORY, 0);
	assert_refused("\xD0\xA1\xD0\xA1" "6", SOC2_UNKNOWN_CATEGORY, 0);
	assert_refused("\xEF\xBC\xA3\xEF\xBC\xA3\xEF\xBC\x96",
				   SOC2_UNKNOWN_CATEGORY, 0);
	/* Arabic-Indic digit six; fullwidth full stop; no-break space */
	assert_refused("CC\xD9\xA6", SOC2_NUMBER_EXPECTED, 2);
	assert_refused("CC6\xEF\xBC\x8E" "1", SOC2_UNEXPECTED_CHARACTER, 3);
	assert_refused("CC6\xC2\xA0", SOC2_UNEXPECTED_CHARACTER, 3);
	/* dotless i, whose capital is the I of PI in some locales */
	assert_refused("p\xC4\xB1" "1", SOC2_NUMBER_EXPECTED, 1);
	/* bytes that are no character at all */
	assert_refused("\xFF", SOC2_UNKNOWN_CATEGORY, 0);
	assert_refused("CC6.\x80", SOC2_NUMBER_EXPECTED, 4);
}

/* a NUL is a character like any other that cannot stand there */
static void
nul_is_refused(void **state)
{
	(void) state;
	assert_refused_len("\0", 1, SOC2_UNKNOWN_CATEGORY, 0);
	assert_refused_len("CC6\0", 4, SOC2_UNEXPECTED_CHARACTER, 3);
	assert_refused_len("CC6\0.1", 6, SOC2_UNEXPECTED_CHARACTER, 3);
	assert_refused_len("CC\0" "6", 4, SOC2_NUMBER_EXPECTED, 2);
	assert_refused_len("CC6.\0", 5, SOC2_NUMBER_EXPECTED, 4);
	assert_refused_len("tsc\0:CC6", 8, SOC2_UNKNOWN_FRAMEWORK, 0);
}

/* a megabyte of anything is refused, at the right place */
static void
long_text_is_refused(void **state)
{
	size_t		len = 1024 * 1024;
	char	   *text = malloc(len);

	(void) state;
	assert_non_null(text);
	memset(text, 'C', len);
	assert_refused_len(text, len, SOC2_UNKNOWN_CATEGORY, 0);
	memset(text, '9', len);
	assert_refused_len(text, len, SOC2_UNKNOWN_CATEGORY, 0);
	memcpy(text, "CC", 2);
	assert_refused_len(text, len, SOC2_NUMBER_TOO_LARGE, 2);
	memset(text + 2, '0', len - 2);
	assert_refused_len(text, len, SOC2_NUMBER_ZERO, 2);
	memset(text + 2, ' ', len - 2);
	assert_refused_len(text, len, SOC2_NUMBER_EXPECTED, 2);
	text[2] = '6';
	assert_refused_len(text, len, SOC2_UNEXPECTED_CHARACTER, 3);
	text[len - 1] = ':';
	assert_refused_len(text, len, SOC2_UNKNOWN_FRAMEWORK, 0);
	free(text);
}

/* every way to cut the longest text short is judged by what is left */
static void
every_prefix_of_a_text(void **state)
{
	static const char text[] = "outline:PI12.34.56";
	static const size_t complete[] = {10, 11, 12, 14, 15, 17, 18};
	size_t		next = 0;

	(void) state;
	for (size_t len = 0; len <= strlen(text); len++)
	{
		soc2_criterion c = UNTOUCHED;
		size_t		errpos = 0;
		soc2_status status;

		status = soc2_criterion_parse(text, len, SOC2_FRAMEWORK_TSC,
									  &c, &errpos);
		if (len == 9)			/* "outline:P" is privacy */
			assert_int_equal(status, SOC2_OK);
		else if (next < COUNT(complete) && complete[next] == len)
		{
			next++;
			assert_int_equal(status, SOC2_OK);
		}
		else
		{
			assert_int_not_equal(status, SOC2_OK);
			assert_true(errpos <= len);
			assert_true(c == UNTOUCHED);
		}
	}
	assert_int_equal(next, COUNT(complete));
}

/* ---- names ----------------------------------------------------------- */

static void
names_of_frameworks(void **state)
{
	(void) state;
	assert_string_equal(soc2_framework_name(1), "outline");
	assert_string_equal(soc2_framework_name(2), "tsc");
	assert_null(soc2_framework_name(0));
	assert_null(soc2_framework_name(3));
	assert_null(soc2_framework_name(UINT_MAX));
}

static void
names_of_categories(void **state)
{
	static const char *const names[] = {"CC", "A", "C", "PI", "P"};

	(void) state;
	for (unsigned i = 0; i < COUNT(names); i++)
		assert_string_equal(soc2_category_name(i + 1), names[i]);
	assert_null(soc2_category_name(0));
	assert_null(soc2_category_name(6));
	assert_null(soc2_category_name(UINT_MAX));
}

static void
lookup_of_categories(void **state)
{
	(void) state;
	assert_int_equal(soc2_category_lookup("CC", 2), 1);
	assert_int_equal(soc2_category_lookup("cc", 2), 1);
	assert_int_equal(soc2_category_lookup("a", 1), 2);
	assert_int_equal(soc2_category_lookup("CC", 1), 3);
	assert_int_equal(soc2_category_lookup("Pi", 2), 4);
	assert_int_equal(soc2_category_lookup("P", 1), 5);
	assert_int_equal(soc2_category_lookup("", 0), 0);
	assert_int_equal(soc2_category_lookup("CCC", 3), 0);
	assert_int_equal(soc2_category_lookup("I", 1), 0);
	assert_int_equal(soc2_category_lookup("C\0", 2), 0);
}

/* ---- packed values --------------------------------------------------- */

/* the layout is on disk: these numbers must never change */
static void
layout_is_fixed(void **state)
{
	(void) state;
	assert_true(parse("outline:CC") == INT64_C(0x0101000000000000));
	assert_true(parse("tsc:CC6") == INT64_C(0x0201000600000000));
	assert_true(parse("tsc:A1.2") == INT64_C(0x0202000100020000));
	assert_true(parse("tsc:C1.1.3") == INT64_C(0x0203000100010003));
	assert_true(parse("tsc:PI") == INT64_C(0x0204000000000000));
	assert_true(parse("outline:P65535.65535.65535") ==
				INT64_C(0x0105FFFFFFFFFFFF));
}

/* text, value and parts of over a million criteria, there and back */
static void
a_million_round_trips(void **state)
{
	test_random r = {20171};
	char		buf[SOC2_CRITERION_TEXT_SIZE];

	(void) state;
	for (int i = 0; i < 1100000; i++)
	{
		soc2_criterion c = test_random_criterion(&r, i % 2 ? 65535 : 12);
		soc2_criterion_parts parts = soc2_criterion_unpack(c);
		soc2_criterion back = UNTOUCHED;
		size_t		errpos = 0;
		size_t		len = soc2_criterion_format(c, buf);

		if (soc2_criterion_pack(&parts) != c || c < 0 ||
			soc2_criterion_parse(buf, len, SOC2_FRAMEWORK_OUTLINE, &back,
								 &errpos) != SOC2_OK || back != c ||
			len != strlen(buf))
			fail_msg("%s does not come back", buf);
	}
}

/* the same with the code alone and the framework given */
static void
codes_round_trip(void **state)
{
	test_random r = {4};
	char		buf[SOC2_CRITERION_TEXT_SIZE];

	(void) state;
	for (int i = 0; i < 100000; i++)
	{
		soc2_criterion c = test_random_criterion(&r, 65535);
		soc2_framework framework =
		(soc2_framework) soc2_criterion_unpack(c).framework;
		soc2_criterion back = UNTOUCHED;
		size_t		errpos = 0;
		size_t		len = soc2_criterion_format_code(c, buf);

		if (soc2_criterion_parse(buf, len, framework, &back,
								 &errpos) != SOC2_OK || back != c)
			fail_msg("%s does not come back", buf);
	}
}

/* integers order as the documents do */
static void
order_is_document_order(void **state)
{
	static const char *const ordered[] = {
		"outline:CC", "outline:CC1", "outline:CC1.1", "outline:CC1.1.1",
		"outline:P65535.65535.65535",
		"tsc:CC", "tsc:CC2", "tsc:CC2.2", "tsc:CC2.2.1", "tsc:CC2.2.9",
		"tsc:CC2.2.10", "tsc:CC2.2.65535", "tsc:CC2.3", "tsc:CC2.10",
		"tsc:CC3", "tsc:CC9.2", "tsc:CC10", "tsc:CC65535.65535.65535",
		"tsc:A", "tsc:A1.1", "tsc:C", "tsc:C1.2", "tsc:PI", "tsc:PI1.5",
		"tsc:P", "tsc:P1", "tsc:P8.1",
	};

	(void) state;
	for (size_t i = 1; i < COUNT(ordered); i++)
	{
		if (parse(ordered[i - 1]) >= parse(ordered[i]))
			fail_msg("%s is not before %s", ordered[i - 1], ordered[i]);
	}
}

/* the same for random pairs, against comparing part by part */
static void
order_is_that_of_the_parts(void **state)
{
	test_random r = {99};

	(void) state;
	for (int i = 0; i < 1000000; i++)
	{
		soc2_criterion_parts a = random_parts(&r, 3);
		soc2_criterion_parts b = random_parts(&r, 3);
		soc2_criterion ca = soc2_criterion_pack(&a);
		soc2_criterion cb = soc2_criterion_pack(&b);

		assert_true((ca > cb) - (ca < cb) == compare_parts(&a, &b));
	}
}

/* what is no criterion is not taken for one */
static void
invalid_values_are_recognised(void **state)
{
	static const int64_t invalid[] = {
		0, 1, -1, INT64_MIN, INT64_MAX,
		INT64_C(0x0001000000000000),	/* no framework */
		INT64_C(0x0301000000000000),	/* unknown framework */
		INT64_C(0x0200000000000000),	/* no category */
		INT64_C(0x0206000000000000),	/* unknown category */
		INT64_C(0x0201000000010000),	/* criterion without series */
		INT64_C(0x0201000000000001),	/* point without series */
		INT64_C(0x0201000100000001),	/* point without criterion */
		INT64_C(0x0201000000010001),	/* only the series is absent */
		(int64_t) UINT64_C(0x8201000100010001), /* sign bit */
	};

	(void) state;
	for (size_t i = 0; i < COUNT(invalid); i++)
	{
		if (soc2_criterion_is_valid(invalid[i]))
			fail_msg("%zu is taken for valid", i);
	}
	assert_true(soc2_criterion_is_valid(INT64_C(0x0201000100010001)));
}

/* random bits: valid exactly if the parts say so */
static void
validity_is_that_of_the_parts(void **state)
{
	test_random r = {31};
	int			valid = 0;

	(void) state;
	for (int i = 0; i < 1000000; i++)
	{
		soc2_criterion_parts p = {
			test_random_below(&r, 4), test_random_below(&r, 8),
			{test_random_below(&r, 2), test_random_below(&r, 2),
			test_random_below(&r, 2)}
		};
		bool		expected = p.framework >= 1 && p.framework <= 2 &&
		p.category >= 1 && p.category <= 5 &&
		(p.number[0] != 0 || p.number[1] == 0) &&
		(p.number[1] != 0 || p.number[2] == 0);

		assert_true(soc2_criterion_is_valid(soc2_criterion_pack(&p)) ==
					expected);
		valid += expected;
	}
	assert_true(valid > 100000);
}

/* ---- levels, parents, containment ------------------------------------ */

static void
levels(void **state)
{
	(void) state;
	assert_int_equal(soc2_criterion_level(parse("CC")), 0);
	assert_int_equal(soc2_criterion_level(parse("CC6")), 1);
	assert_int_equal(soc2_criterion_level(parse("CC6.1")), 2);
	assert_int_equal(soc2_criterion_level(parse("CC6.1.3")), 3);
	assert_int_equal(soc2_criterion_level(parse("CC65535.65535.65535")), 3);
}

static void
parents(void **state)
{
	soc2_criterion c = parse("outline:CC6.1.3");

	(void) state;
	assert_int_equal(soc2_criterion_parent(c, &c), SOC2_OK);
	assert_true(c == parse("outline:CC6.1"));
	assert_int_equal(soc2_criterion_parent(c, &c), SOC2_OK);
	assert_true(c == parse("outline:CC6"));
	assert_int_equal(soc2_criterion_parent(c, &c), SOC2_OK);
	assert_true(c == parse("outline:CC"));
	assert_int_equal(soc2_criterion_parent(c, &c), SOC2_OUT_OF_RANGE);
	assert_true(c == parse("outline:CC"));
}

static void
ancestors_at_a_level(void **state)
{
	soc2_criterion c = parse("P3.2.1");

	(void) state;
	assert_true(soc2_criterion_at_level(c, 0) == parse("P"));
	assert_true(soc2_criterion_at_level(c, 1) == parse("P3"));
	assert_true(soc2_criterion_at_level(c, 2) == parse("P3.2"));
	assert_true(soc2_criterion_at_level(c, 3) == c);
	assert_true(soc2_criterion_at_level(parse("P"), 0) == parse("P"));
}

/* walking up gives the ancestor of each level in turn */
static void
parent_is_the_level_above(void **state)
{
	test_random r = {8};

	(void) state;
	for (int i = 0; i < 100000; i++)
	{
		soc2_criterion c = test_random_criterion(&r, 65535);
		soc2_criterion up = c;

		for (int level = soc2_criterion_level(c); level > 0; level--)
		{
			assert_int_equal(soc2_criterion_parent(up, &up), SOC2_OK);
			assert_true(up == soc2_criterion_at_level(c, level - 1));
			assert_int_equal(soc2_criterion_level(up), level - 1);
			assert_true(soc2_criterion_is_valid(up));
		}
	}
}

static void
ends_of_subtrees(void **state)
{
	(void) state;
	assert_true(soc2_criterion_subtree_end(parse("CC")) ==
				parse("CC65535.65535.65535"));
	assert_true(soc2_criterion_subtree_end(parse("CC6")) ==
				parse("CC6.65535.65535"));
	assert_true(soc2_criterion_subtree_end(parse("CC6.1")) ==
				parse("CC6.1.65535"));
	assert_true(soc2_criterion_subtree_end(parse("CC6.1.3")) ==
				parse("CC6.1.3"));
	assert_true(soc2_criterion_subtree_end(parse("CC65535.65535.65535")) ==
				parse("CC65535.65535.65535"));
}

/* a subtree's end is in it, and the next valid value is not */
static void
subtree_ends_at_its_end(void **state)
{
	test_random r = {77};

	(void) state;
	for (int i = 0; i < 200000; i++)
	{
		soc2_criterion c = test_random_criterion(&r, i % 2 ? 65535 : 3);
		soc2_criterion end = soc2_criterion_subtree_end(c);
		soc2_criterion_parts pc = soc2_criterion_unpack(c);
		soc2_criterion_parts pe = soc2_criterion_unpack(end);
		soc2_criterion_parts pn = soc2_criterion_unpack(end + 1);

		assert_true(soc2_criterion_is_valid(end));
		assert_true(parts_cover(&pc, &pe));
		assert_false(parts_cover(&pc, &pn));
	}
}

static void
containment_of_examples(void **state)
{
	soc2_criterion series = parse("CC6");

	(void) state;
	assert_true(soc2_criterion_covers(series, series));
	assert_true(soc2_criterion_covers(series, parse("CC6.1")));
	assert_true(soc2_criterion_covers(series, parse("CC6.65535.65535")));
	assert_false(soc2_criterion_covers(series, parse("CC")));
	assert_false(soc2_criterion_covers(series, parse("CC5.65535.65535")));
	assert_false(soc2_criterion_covers(series, parse("CC60")));
	assert_false(soc2_criterion_covers(series, parse("CC60.1")));
	assert_false(soc2_criterion_covers(series, parse("CC7")));
	assert_false(soc2_criterion_covers(series, parse("outline:CC6.1")));
	assert_false(soc2_criterion_covers(parse("C"), parse("CC6")));
	assert_false(soc2_criterion_covers(parse("P"), parse("PI1")));
}

/* for random pairs, against comparing part by part */
static void
containment_is_that_of_the_parts(void **state)
{
	test_random r = {123};
	int			covered = 0;

	(void) state;
	for (int i = 0; i < 1000000; i++)
	{
		soc2_criterion_parts a = random_parts(&r, 2);
		soc2_criterion_parts b = random_parts(&r, 2);
		bool		expected = parts_cover(&a, &b);

		assert_true(soc2_criterion_covers(soc2_criterion_pack(&a),
										  soc2_criterion_pack(&b)) ==
					expected);
		covered += expected;
	}
	assert_true(covered > 10000);
}

/* ---- binary form ----------------------------------------------------- */

static void
binary_form_is_fixed(void **state)
{
	static const unsigned char expected[SOC2_CRITERION_BINARY_SIZE] =
	{1, 0x02, 0x04, 0x01, 0x02, 0x03, 0x04, 0xFF, 0xFE};
	unsigned char out[SOC2_CRITERION_BINARY_SIZE];

	(void) state;
	soc2_criterion_encode(parse("tsc:PI258.772.65534"), out);
	assert_memory_equal(out, expected, sizeof(expected));
}

static void
binary_form_round_trips(void **state)
{
	test_random r = {55};

	(void) state;
	for (int i = 0; i < 200000; i++)
	{
		soc2_criterion c = test_random_criterion(&r, 65535);
		soc2_criterion back = UNTOUCHED;
		unsigned char out[SOC2_CRITERION_BINARY_SIZE];

		soc2_criterion_encode(c, out);
		assert_int_equal(out[0], SOC2_CRITERION_BINARY_VERSION);
		assert_int_equal(soc2_criterion_decode(out + 1, &back), SOC2_OK);
		assert_true(back == c);
	}
}

/* each byte that decides about validity, over all its values */
static void
binary_form_refuses_each_bad_field(void **state)
{
	unsigned char out[SOC2_CRITERION_BINARY_SIZE];

	(void) state;
	for (unsigned i = 0; i < 2; i++)
	{
		for (unsigned value = 0; value < 256; value++)
		{
			soc2_criterion back = UNTOUCHED;
			bool		valid = value >= 1 && value <= (i == 0 ? 2u : 5u);

			soc2_criterion_encode(parse("CC1.1.1"), out);
			out[1 + i] = (unsigned char) value;
			assert_int_equal(soc2_criterion_decode(out + 1, &back),
							 valid ? SOC2_OK : SOC2_BAD_FIELD);
			assert_true((back == UNTOUCHED) == !valid);
		}
	}
}

static void
binary_form_refuses_gaps(void **state)
{
	static const unsigned char gaps[][8] = {
		{2, 1, 0, 0, 0, 1, 0, 0},
		{2, 1, 0, 0, 0, 0, 0, 1},
		{2, 1, 0, 1, 0, 0, 0, 1},
		{2, 1, 0, 0, 1, 0, 1, 0},
		{0, 0, 0, 0, 0, 0, 0, 0},
		{255, 255, 255, 255, 255, 255, 255, 255},
	};

	(void) state;
	for (size_t i = 0; i < COUNT(gaps); i++)
	{
		soc2_criterion back = UNTOUCHED;

		assert_int_equal(soc2_criterion_decode(gaps[i], &back),
						 SOC2_BAD_FIELD);
		assert_true(back == UNTOUCHED);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_text_gives_its_parts),
		cmocka_unit_test(valid_text_has_one_form),
		cmocka_unit_test(code_has_no_prefix),
		cmocka_unit_test(longest_text_fits),
		cmocka_unit_test(default_framework_counts_without_prefix),
		cmocka_unit_test(length_decides),
		cmocka_unit_test(nothing_is_refused),
		cmocka_unit_test(unknown_framework_is_refused),
		cmocka_unit_test(unknown_category_is_refused),
		cmocka_unit_test(missing_number_is_refused),
		cmocka_unit_test(zero_is_refused),
		cmocka_unit_test(large_number_is_refused),
		cmocka_unit_test(fourth_number_is_refused),
		cmocka_unit_test(stray_character_is_refused),
		cmocka_unit_test(non_ascii_is_refused),
		cmocka_unit_test(nul_is_refused),
		cmocka_unit_test(long_text_is_refused),
		cmocka_unit_test(every_prefix_of_a_text),
		cmocka_unit_test(names_of_frameworks),
		cmocka_unit_test(names_of_categories),
		cmocka_unit_test(lookup_of_categories),
		cmocka_unit_test(layout_is_fixed),
		cmocka_unit_test(a_million_round_trips),
		cmocka_unit_test(codes_round_trip),
		cmocka_unit_test(order_is_document_order),
		cmocka_unit_test(order_is_that_of_the_parts),
		cmocka_unit_test(invalid_values_are_recognised),
		cmocka_unit_test(validity_is_that_of_the_parts),
		cmocka_unit_test(levels),
		cmocka_unit_test(parents),
		cmocka_unit_test(ancestors_at_a_level),
		cmocka_unit_test(parent_is_the_level_above),
		cmocka_unit_test(ends_of_subtrees),
		cmocka_unit_test(subtree_ends_at_its_end),
		cmocka_unit_test(containment_of_examples),
		cmocka_unit_test(containment_is_that_of_the_parts),
		cmocka_unit_test(binary_form_is_fixed),
		cmocka_unit_test(binary_form_round_trips),
		cmocka_unit_test(binary_form_refuses_each_bad_field),
		cmocka_unit_test(binary_form_refuses_gaps),
	};

	return cmocka_run_group_tests_name("criterion", tests, NULL, NULL);
}
