/*-------------------------------------------------------------------------
 *
 * test_checkpoint.c
 *		Proves that checkpoints, signed or not, are read and written as C2SP
 *		tlog-checkpoint says, and what is said about texts that are none.
 *
 * IDENTIFICATION
 *	  test/unit/test_checkpoint.c
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

#include "core/checkpoint.h"
#include "core/merkle.h"
#include "text_case.h"

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
#define SIGNATURE "\xe2\x80\x94 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
#define EXAMPLE "example.com/behind-the-sofa\n20852163\n" ROOT "\n"

/* the example of the specification, signed and not */
static void
test_example(void **state)
{
	static const char *const texts[] = {EXAMPLE, EXAMPLE "\n" SIGNATURE};

	(void) state;
	for (unsigned i = 0; i < COUNT(texts); i++)
	{
		soc2_text	text = soc2_text_of(texts[i]);
		soc2_checkpoint c;
		soc2_note	note;
		char		bytes[200];
		soc2_buffer buffer = {bytes, sizeof(bytes), 0};
		size_t		errpos;

		assert_int_equal(soc2_checkpoint_open(text, &c, &note, &errpos),
						 SOC2_OK);
		assert_int_equal(note.count, i);
		assert_int_equal(note.text.len, strlen(EXAMPLE));
		assert_int_equal(c.origin.len, strlen("example.com/behind-the-sofa"));
		assert_int_equal(c.size, 20852163);
		assert_int_equal(c.root.bytes[0], 0x0A);
		assert_int_equal(c.root.bytes[31], 0x62);
		assert_int_equal(c.extension.len, 0);
		assert_int_equal(soc2_checkpoint_format(&c, &buffer), SOC2_OK);
		assert_int_equal(buffer.len, strlen(EXAMPLE));
		assert_memory_equal(bytes, EXAMPLE, buffer.len);
	}
}

/* what is a checkpoint and what is none, and where */
static void
test_grammar(void **state)
{
	static const text_case cases[] = {
		{"o\n0\n" ROOT "\n", SOC2_OK, 0},
		{"o\n9223372036854775807\n" ROOT "\n", SOC2_OK, 0},
		{"go.sum database tree\n1\n" ROOT "\n", SOC2_OK, 0},
		{"o\n1\n" ROOT "\nextension\n \n", SOC2_OK, 0},
		{"", SOC2_LINE_EXPECTED, 0},
		{"\n1\n" ROOT "\n", SOC2_LINE_EXPECTED, 0},
		{"o", SOC2_NEWLINE_EXPECTED, 1},
		{"o\n", SOC2_LINE_EXPECTED, 2},
		{"o\n1", SOC2_NEWLINE_EXPECTED, 3},
		{"o\n1\n", SOC2_LINE_EXPECTED, 4},
		{"o\n1\n" ROOT, SOC2_NEWLINE_EXPECTED, 48},
		{"o\n01\n" ROOT "\n", SOC2_LEADING_ZERO, 2},
		{"o\n00\n" ROOT "\n", SOC2_LEADING_ZERO, 2},
		{"o\n-1\n" ROOT "\n", SOC2_NUMBER_EXPECTED, 2},
		{"o\n 1\n" ROOT "\n", SOC2_NUMBER_EXPECTED, 2},
		{"o\n1 \n" ROOT "\n", SOC2_UNEXPECTED_CHARACTER, 3},
		{"o\n9223372036854775808\n" ROOT "\n", SOC2_SIZE_TOO_LARGE, 2},
		{"o\n1\n" ROOT "=\n", SOC2_HASH_LENGTH, 48},
		{"o\n1\nAAAA\n", SOC2_HASH_LENGTH, 8},
		{"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
		SOC2_BASE64_EXPECTED, 46},
		{"o\n1\nCsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=\n",
		SOC2_BASE64_EXPECTED, 25},
		{"o\r\n1\r\n" ROOT "\r\n", SOC2_CONTROL_CHARACTER, 1},
		{"o\n1\n" ROOT "\r\n", SOC2_CONTROL_CHARACTER, 48},
		{"\xff\n1\n" ROOT "\n", SOC2_NOT_UTF8, 0},
		{"o\n1\n" ROOT "\nextension", SOC2_NEWLINE_EXPECTED, 58},
		/* an empty line makes a note of it */
		{"o\n1\n" ROOT "\n\n", SOC2_SIGNATURE_EXPECTED, 50},
		{"o\n\n1\n" ROOT "\n", SOC2_SIGNATURE_EXPECTED, 3},
		{"\n\n" SIGNATURE, SOC2_LINE_EXPECTED, 0},
		{"o\n\n" SIGNATURE, SOC2_LINE_EXPECTED, 2},
		{"o\n1\n" ROOT "\n\nextension\n\n" SIGNATURE, SOC2_LINE_EXPECTED, 49},
		{"o\n1\n" ROOT "\nextension\n\n" SIGNATURE, SOC2_OK, 0},
	};

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		soc2_checkpoint c;
		soc2_note	note;
		size_t		errpos = 999;

		assert_int_equal(soc2_checkpoint_open(soc2_text_of(cases[i].text), &c,
											  &note, &errpos),
						 cases[i].status);
		if (cases[i].status != SOC2_OK)
			assert_int_equal(errpos, cases[i].errpos);
	}
}

/* an empty line within, without a note around it */
static void
test_parse_unsigned(void **state)
{
	soc2_checkpoint c;
	size_t		errpos;

	(void) state;
	assert_int_equal(soc2_checkpoint_parse(soc2_text_of("o\n1\n" ROOT "\n\n"),
										   &c, &errpos), SOC2_LINE_EXPECTED);
	assert_int_equal(errpos, 49);
	assert_int_equal(soc2_checkpoint_parse(soc2_text_of("o\n1\n" ROOT "\nx\n"),
										   &c, &errpos), SOC2_OK);
	assert_int_equal(c.extension.len, 2);
	assert_memory_equal(c.extension.bytes, "x\n", 2);
}

/* what cannot be written */
static void
test_not_written(void **state)
{
	static const struct
	{
		const char *origin;
		uint64_t	size;
		const char *extension;
		soc2_status status;
	}			cases[] = {
		{"o", SOC2_MERKLE_SIZE_MAX, "x\ny\n", SOC2_OK},
		{"o", SOC2_MERKLE_SIZE_MAX + 1, "", SOC2_OUT_OF_RANGE},
		{"", 1, "", SOC2_LINE_EXPECTED},
		{"a\nb", 1, "", SOC2_UNEXPECTED_CHARACTER},
		{"a\r", 1, "", SOC2_CONTROL_CHARACTER},
		{"\xff", 1, "", SOC2_NOT_UTF8},
		{"o", 1, "x", SOC2_NEWLINE_EXPECTED},
		{"o", 1, "\n", SOC2_LINE_EXPECTED},
		{"o", 1, "x\n\n", SOC2_LINE_EXPECTED},
		{"o", 1, "\x01\n", SOC2_CONTROL_CHARACTER},
	};

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		soc2_checkpoint c = {{NULL, 0}, cases[i].size, {{0}}, {NULL, 0}};
		char		bytes[100];
		soc2_buffer buffer = {bytes, sizeof(bytes), 0};

		c.origin = soc2_text_of(cases[i].origin);
		c.extension = soc2_text_of(cases[i].extension);
		assert_int_equal(soc2_checkpoint_format(&c, &buffer), cases[i].status);
		if (cases[i].status != SOC2_OK)
			assert_int_equal(buffer.len, 0);
		buffer.size = buffer.len - 1;
		buffer.len = 0;
		if (cases[i].status == SOC2_OK)
			assert_int_equal(soc2_checkpoint_format(&c, &buffer),
							 SOC2_NO_SPACE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_grammar),
		cmocka_unit_test(test_parse_unsigned),
		cmocka_unit_test(test_not_written),
	};

	return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
