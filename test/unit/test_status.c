/*-------------------------------------------------------------------------
 *
 * test_status.c
 *		Proves that every status has a sentence of its own, and that what is no
 *		status has one too.
 *
 * IDENTIFICATION
 *	  test/unit/test_status.c
 *
 *-------------------------------------------------------------------------
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/status.h"

/* every text is a sentence */
static void
texts_are_sentences(void **state)
{
	(void) state;
	for (int i = 0; i < SOC2_STATUS_COUNT; i++)
	{
		const char *text = soc2_status_text((soc2_status) i);

		assert_non_null(text);
		assert_true(strlen(text) > 3);
		assert_true(text[0] >= 'A' && text[0] <= 'Z');
		assert_int_equal(text[strlen(text) - 1], '.');
		assert_string_not_equal(text, "Unknown status.");
	}
}

/* no two statuses say the same */
static void
texts_differ(void **state)
{
	(void) state;
	for (int i = 0; i < SOC2_STATUS_COUNT; i++)
	{
		for (int j = 0; j < i; j++)
			assert_string_not_equal(soc2_status_text((soc2_status) i),
									soc2_status_text((soc2_status) j));
	}
}

/* success is 0, so that a caller may test it so */
static void
success_is_zero(void **state)
{
	(void) state;
	assert_int_equal(SOC2_OK, 0);
	assert_string_equal(soc2_status_text(SOC2_OK), "No error.");
}

/* numbers that are no status */
static void
unknown_status_has_a_text(void **state)
{
	(void) state;
	assert_string_equal(soc2_status_text(SOC2_STATUS_COUNT),
						"Unknown status.");
	assert_string_equal(soc2_status_text((soc2_status) 10000),
						"Unknown status.");
	assert_string_equal(soc2_status_text((soc2_status) -1),
						"Unknown status.");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_sentences),
		cmocka_unit_test(texts_differ),
		cmocka_unit_test(success_is_zero),
		cmocka_unit_test(unknown_status_has_a_text),
	};

	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
