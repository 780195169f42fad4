/*-------------------------------------------------------------------------
 *
 * test_label.c
 *		Proves which texts are labels, what they say, and where one that is
 *		none is wrong.
 *
 * IDENTIFICATION
 *	  test/unit/test_label.c
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

#include "core/label.h"
#include "text_case.h"

/* parse a copy without a NUL, so that reading past its end is noticed */
static soc2_status
parse(const char *string, soc2_label_place place, size_t *errpos)
{
	size_t		len = strlen(string);
	char	   *copy = malloc(len == 0 ? 1 : len);
	soc2_text	text = {copy, len};
	soc2_label	label;
	soc2_status status;

	assert_non_null(copy);
	memcpy(copy, string, len);
	*errpos = len + 1;
	status = soc2_label_parse(text, place, &label, errpos);
	free(copy);
	return status;
}

/* parse a label that is in order */
static soc2_label
parse_good(const char *string)
{
	soc2_label	label;
	size_t		errpos;

	assert_int_equal(soc2_label_parse(soc2_text_of(string),
									  SOC2_LABEL_ON_COLUMN, &label, &errpos),
					 SOC2_OK);
	return label;
}

/* the values of a word are these, and no more */
static void
assert_values(soc2_text values, const char *const *expected, size_t count)
{
	size_t		offset = 0;
	soc2_text	value;

	for (size_t i = 0; i < count; i++)
	{
		assert_true(soc2_label_value(values, &offset, &value));
		assert_int_equal(value.len, strlen(expected[i]));
		assert_memory_equal(value.bytes, expected[i], value.len);
	}
	assert_false(soc2_label_value(values, &offset, &value));
}

/* every word, in any order and case, with all kinds of white space */
static void
test_words(void **state)
{
	static const char *const purposes[] = {"billing", "fraud detection", "c"};
	static const char *const bases[] = {"GDPR, 6(1)=(b)"};
	static const char *const recipients[] = {"bank", "\xc3\x85land"};
	static const char *const notes[] = {"a b"};
	soc2_label	label = parse_good("\t\r\nDISPOSE=Null note=\"a b\" Subject "
								   "purpose=billing,\"fraud detection\",c\n"
								   "basis=\"GDPR, 6(1)=(b)\" masked "
								   "recipients=bank,\xc3\x85land CLASS=PII ");

	(void) state;
	for (int i = 0; i < SOC2_LABEL_KEYS; i++)
		assert_true(label.words[i].present);
	assert_string_equal(label.data_class, "personal");
	assert_string_equal(label.dispose, "null");
	assert_values(label.words[SOC2_LABEL_PURPOSE].values, purposes, 3);
	assert_values(label.words[SOC2_LABEL_BASIS].values, bases, 1);
	assert_values(label.words[SOC2_LABEL_RECIPIENTS].values, recipients, 2);
	assert_values(label.words[SOC2_LABEL_NOTE].values, notes, 1);
	assert_int_equal(label.words[SOC2_LABEL_MASKED].values.len, 0);
}

/* a word that is not there says nothing */
static void
test_missing(void **state)
{
	soc2_label	label = parse_good("note=x");
	soc2_text	value;
	size_t		offset = 0;

	(void) state;
	for (int i = 0; i < SOC2_LABEL_KEYS; i++)
		assert_int_equal(label.words[i].present, i == SOC2_LABEL_NOTE);
	assert_null(label.data_class);
	assert_null(label.dispose);
	assert_false(soc2_label_value(label.words[SOC2_LABEL_PURPOSE].values,
								  &offset, &value));
}

/* all classes and ways to dispose of a value */
static void
test_names(void **state)
{
	(void) state;
	assert_string_equal(parse_good("class=public").data_class, "public");
	assert_string_equal(parse_good("class=internal").data_class, "internal");
	assert_string_equal(parse_good("class=confidential").data_class,
						"confidential");
	assert_string_equal(parse_good("class=\"personal\"").data_class,
						"personal");
	assert_string_equal(parse_good("class=restricted").data_class,
						"restricted");
	assert_string_equal(parse_good("dispose=delete").dispose, "delete");
	assert_string_equal(parse_good("dispose=constant").dispose, "constant");
	assert_string_equal(parse_good("dispose=hash").dispose, "hash");
	assert_string_equal(parse_good("dispose=keep").dispose, "keep");
}

/* what is no label of a column, and where it is wrong */
static void
test_refused(void **state)
{
	static const text_case cases[] = {
		{"", SOC2_LABEL_EMPTY, 0},
		{" \t", SOC2_LABEL_EMPTY, 0},
		{"=x", SOC2_LABEL_CHARACTER, 0},
		{"\"note\"=x", SOC2_LABEL_CHARACTER, 0},
		{"\x01", SOC2_LABEL_CHARACTER, 0},
		{"\x7f", SOC2_LABEL_CHARACTER, 0},
		{"masked,subject", SOC2_LABEL_CHARACTER, 6},
		{"note=a\"b\"", SOC2_LABEL_CHARACTER, 6},
		{"note=\"a\"b", SOC2_LABEL_CHARACTER, 8},
		{"note=a=b", SOC2_LABEL_CHARACTER, 6},
		{"note=\"a\nb\"", SOC2_LABEL_CHARACTER, 7},
		{"note=a\x02", SOC2_LABEL_CHARACTER, 6},
		{"note=x secret", SOC2_LABEL_UNKNOWN, 7},
		{"clas=pii", SOC2_LABEL_UNKNOWN, 0},
		{"classes=pii", SOC2_LABEL_UNKNOWN, 0},
		{"note=a Note=b", SOC2_LABEL_TWICE, 7},
		{"subject subject", SOC2_LABEL_TWICE, 8},
		{"note", SOC2_LABEL_NO_VALUE, 4},
		{"note =x", SOC2_LABEL_NO_VALUE, 4},
		{"note= x", SOC2_LABEL_NO_VALUE, 5},
		{"note=", SOC2_LABEL_NO_VALUE, 5},
		{"note=\"\"", SOC2_LABEL_NO_VALUE, 7},
		{"purpose=a,", SOC2_LABEL_NO_VALUE, 10},
		{"purpose=a,,b", SOC2_LABEL_NO_VALUE, 10},
		{"purpose=a, b", SOC2_LABEL_NO_VALUE, 10},
		{"subject=yes", SOC2_LABEL_VALUE, 7},
		{"note=a,b", SOC2_LABEL_ONE_VALUE, 6},
		{"class=public,internal", SOC2_LABEL_ONE_VALUE, 12},
		{"note=\"a", SOC2_LABEL_QUOTE, 5},
		{"note=\"", SOC2_LABEL_QUOTE, 5},
		{"note=x class=secret", SOC2_LABEL_CLASS_UNKNOWN, 13},
		{"class=\"secret\"", SOC2_LABEL_CLASS_UNKNOWN, 6},
		{"class=p", SOC2_LABEL_CLASS_UNKNOWN, 6},
		{"dispose=drop", SOC2_LABEL_DISPOSE_UNKNOWN, 8},
		{"class=public masked", SOC2_LABEL_PUBLIC, 13},
		{"subject class=public", SOC2_LABEL_PUBLIC, 0},
		{"class=public recipients=a", SOC2_LABEL_PUBLIC, 13},
		{"note=x masked", SOC2_LABEL_UNCLASSED, 7},
	};

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		size_t		errpos;

		assert_int_equal(parse(cases[i].text, SOC2_LABEL_ON_COLUMN, &errpos),
						 cases[i].status);
		assert_int_equal(errpos, cases[i].errpos);
	}
}

/* what only a column can say */
static void
test_places(void **state)
{
	static const soc2_label_place places[] = {
		SOC2_LABEL_ON_DATABASE, SOC2_LABEL_ON_TABLE
	};
	const char *others = "class=restricted masked purpose=a basis=b "
	"recipients=c note=d";
	size_t		errpos;

	(void) state;
	for (size_t i = 0; i < COUNT(places); i++)
	{
		assert_int_equal(parse(others, places[i], &errpos), SOC2_OK);
		assert_int_equal(parse("note=x subject", places[i], &errpos),
						 SOC2_LABEL_PLACE);
		assert_int_equal(errpos, 7);
		assert_int_equal(parse("dispose=keep", places[i], &errpos),
						 SOC2_LABEL_PLACE);
		assert_int_equal(errpos, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests_name("label", tests, NULL, NULL);
}
