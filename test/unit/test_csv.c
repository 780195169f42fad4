/*-------------------------------------------------------------------------
 *
 * test_csv.c
 *		Proves that cells are quoted where they have to be, that what a
 *		spreadsheet would compute is text, and that all texts can be told apart
 *		and got back.
 *
 * IDENTIFICATION
 *	  test/unit/test_csv.c
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

#include "cases.h"
#include "core/csv.h"

#define CELL_SIZE	200

/* the cell of a text, ended by a NUL */
static void
write_cell(soc2_text text, char *cell)
{
	soc2_buffer buffer = {cell, CELL_SIZE - 1, 0};
	soc2_buffer measure = {NULL, 0, 0};

	soc2_csv_add_text(&measure, text);
	soc2_csv_add_text(&buffer, text);
	assert_int_equal(soc2_buffer_status(&buffer), SOC2_OK);
	assert_int_equal(buffer.len, measure.len);
	cell[buffer.len] = '\0';
}

/* the cell of a text is this */
static void
expect(const char *text, const char *expected)
{
	char		cell[CELL_SIZE];

	write_cell(soc2_text_of(text), cell);
	assert_string_equal(cell, expected);
}

/* what has to be quoted, and what does not */
static void
test_quotes(void **state)
{
	(void) state;
	expect("", "\"\"");
	expect("a", "a");
	expect("a b", "a b");
	expect("\"", "\"\"\"\"");
	expect("a\"b\"", "\"a\"\"b\"\"\"");
	expect("a,b", "\"a,b\"");
	expect("a;b", "\"a;b\"");
	expect("a\tb", "\"a\tb\"");
	expect("a\r\nb", "\"a\r\nb\"");
	expect("a\nb", "\"a\nb\"");
	expect(" a", "\" a\"");
	expect("a ", "\"a \"");
	expect("\\.", "\"\\.\"");
	expect("\\", "\\");
	expect("'", "'");
	expect("\xE6\xBC\xA2", "\xE6\xBC\xA2");
}

/* what a spreadsheet would compute */
static void
test_formulas(void **state)
{
	(void) state;
	expect("=1+1", "'=1+1");
	expect("+1", "'+1");
	expect("-1", "'-1");
	expect("@SUM(A1)", "'@SUM(A1)");
	expect("\t=1", "\"'\t=1\"");
	expect("\r=1", "\"'\r=1\"");
	expect("\n=1", "\"'\n=1\"");
	expect("=A1&\"x\",2", "\"'=A1&\"\"x\"\",2\"");
	expect("\xEF\xBC\x9D" "1", "'\xEF\xBC\x9D" "1");
	expect("\xEF\xBC\x8B" "1", "'\xEF\xBC\x8B" "1");
	expect("\xEF\xBC\x8D" "1", "'\xEF\xBC\x8D" "1");
	expect("\xEF\xBC\xA0" "1", "'\xEF\xBC\xA0" "1");
	expect("\xEF\xBC\xA1", "\xEF\xBC\xA1");
	expect("\xEF\xBC", "\xEF\xBC");
	expect("a=1", "a=1");
	expect("1-1", "1-1");
	expect("'a", "'a");
	expect("'=1", "''=1");
	expect("''-1", "'''-1");
}

/* the text that a cell was made from, by the rule of the header */
static soc2_text
read_cell(char *cell)
{
	soc2_text	text = {cell, 0};
	char	   *c = cell;

	if (*c == '"')
	{
		for (c++; c[0] != '"' || c[1] == '"'; c++)
		{
			if (*c == '"')
				c++;
			cell[text.len++] = *c;
		}
		assert_string_equal(c, "\"");
	}
	else
		text.len = strlen(cell);
	if (text.len > 0 && text.bytes[0] == '\'' && soc2_csv_is_formula(text))
	{
		text.bytes++;
		text.len--;
	}
	return text;
}

/* all texts of a few bytes come back, and none is a formula */
static void
test_all(void **state)
{
	static const char bytes[] = {'=', '-', '\'', '"', ',', ' ', '\r', '\n', 'a', '\\', '.'};
	size_t		count = 1;

	(void) state;
	for (size_t len = 0; len <= 5; len++, count *= COUNT(bytes))
	{
		for (size_t number = 0; number < count; number++)
		{
			char		given[5];
			char		cell[CELL_SIZE];
			soc2_text	text = {given, len};
			soc2_text	back;
			size_t		rest = number;

			for (size_t i = 0; i < len; i++, rest /= COUNT(bytes))
				given[i] = bytes[rest % COUNT(bytes)];
			write_cell(text, cell);
			assert_null(strchr("=-\r\n", cell[0] == '"' ? cell[1] : cell[0]));
			back = read_cell(cell);
			assert_int_equal(back.len, len);
			assert_memory_equal(back.bytes, given, len);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_formulas),
		cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
