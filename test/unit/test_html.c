/*-------------------------------------------------------------------------
 *
 * test_html.c
 *		Proves that no text can end the place in HTML that it stands in, that
 *		all of it is ASCII, and that what cannot be seen is named.
 *
 * IDENTIFICATION
 *	  test/unit/test_html.c
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

#include "core/html.h"

/* what becomes of a text */
static void
expect(const char *given, size_t len, const char *expected)
{
	char		bytes[200];
	soc2_buffer buffer = {bytes, sizeof(bytes) - 1, 0};
	soc2_text	text = {given, len};

	assert_int_equal(soc2_html_add_text(&buffer, text), SOC2_OK);
	assert_int_equal(soc2_buffer_status(&buffer), SOC2_OK);
	bytes[buffer.len] = '\0';
	assert_string_equal(bytes, expected);
}

/* a string, without its NUL */
#define EXPECT(given, expected) expect(given, sizeof(given) - 1, expected)

/* what HTML gives a meaning */
static void
test_markup(void **state)
{
	(void) state;
	EXPECT("", "");
	EXPECT("plain text (1/2); x=y", "plain text (1/2); x=y");
	EXPECT("<script>alert('x' & \"y\")</script>",
		   "&lt;script&gt;alert(&#39;x&#39; &amp; &quot;y&quot;)&lt;/script&gt;");
	EXPECT("&lt;", "&amp;lt;");
	EXPECT("]]>-->", "]]&gt;--&gt;");
}

/* what HTML does not allow, and what cannot be seen */
static void
test_named(void **state)
{
	(void) state;
	EXPECT("a\tb\nc", "a\tb\nc");
	EXPECT("\0\x01\r\x1B\x1F\x7F",
		   "[U+0000][U+0001][U+000D][U+001B][U+001F][U+007F]");
	EXPECT("\xC2\x80\xC2\x9F\xC2\xA0", "[U+0080][U+009F]&#xA0;");
	EXPECT("\xEF\xB7\x90\xEF\xB7\xAF\xEF\xBF\xBE\xEF\xBF\xBF",
		   "[U+FDD0][U+FDEF][U+FFFE][U+FFFF]");
	EXPECT("\xF4\x8F\xBF\xBF", "[U+10FFFF]");
	EXPECT("a\xE2\x80\xAE" "b\xE2\x81\xA6" "c", "a[U+202E]b[U+2066]c");
	EXPECT("\xEF\xBB\xBF\xE2\x80\x8B\xC2\xAD", "[U+FEFF][U+200B][U+00AD]");
	EXPECT("\xF3\xA0\x81\x81", "[U+E0041]");
}

/* what is not ASCII */
static void
test_references(void **state)
{
	(void) state;
	EXPECT("\xC3\xA4\xE2\x82\xAC", "&#xE4;&#x20AC;");
	EXPECT("\xF0\x9F\x94\x92", "&#x1F512;");
	EXPECT("\xEF\xB7\x8F\xEF\xBF\xBD", "&#xFDCF;&#xFFFD;");
}

/* what is no UTF-8, and a buffer that is too small */
static void
test_limits(void **state)
{
	char		bytes[4];
	soc2_buffer measure = {NULL, 0, 0};
	soc2_buffer small = {bytes, sizeof(bytes), 0};

	(void) state;
	assert_int_equal(soc2_html_add_text(&measure, soc2_text_of("a\xFF")),
					 SOC2_NOT_UTF8);
	measure.len = 0;
	assert_int_equal(soc2_html_add_text(&measure, soc2_text_of("<\x01")),
					 SOC2_OK);
	assert_int_equal(measure.len, 12);
	assert_int_equal(soc2_html_add_text(&small, soc2_text_of("a<")), SOC2_OK);
	assert_int_equal(soc2_buffer_status(&small), SOC2_NO_SPACE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_markup),
		cmocka_unit_test(test_named),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
