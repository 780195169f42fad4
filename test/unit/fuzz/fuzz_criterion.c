/*-------------------------------------------------------------------------
 *
 * fuzz_criterion.c
 *		Any text and any eight bytes: what is accepted is a valid criterion
 *		that is written and read back as itself, and what is refused is
 *		refused inside the text.
 *
 * IDENTIFICATION
 *	  test/unit/fuzz/fuzz_criterion.c
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "core/criterion.h"
#include "target.h"

/* a criterion that was accepted */
static void
check_criterion(soc2_criterion c)
{
	char		text[SOC2_CRITERION_TEXT_SIZE];
	unsigned char binary[SOC2_CRITERION_BINARY_SIZE];
	soc2_criterion_parts parts = soc2_criterion_unpack(c);
	soc2_criterion back = 0;
	soc2_criterion end = soc2_criterion_subtree_end(c);
	size_t		errpos = 0;
	size_t		len;

	require(soc2_criterion_is_valid(c) && soc2_criterion_is_valid(end));
	require(soc2_criterion_covers(c, c) && soc2_criterion_covers(c, end));
	require(soc2_criterion_pack(&parts) == c);

	len = soc2_criterion_format(c, text);
	require(len < sizeof(text) && len == strlen(text));
	require(soc2_criterion_parse(text, len, SOC2_FRAMEWORK_OUTLINE, &back,
								 &errpos) == SOC2_OK && back == c);

	back = 0;
	len = soc2_criterion_format_code(c, text);
	require(soc2_criterion_parse(text, len,
								 (soc2_framework) parts.framework, &back,
								 &errpos) == SOC2_OK && back == c);

	soc2_criterion_encode(c, binary);
	back = 0;
	require(soc2_criterion_decode(binary + 1, &back) == SOC2_OK && back == c);

	for (int level = 0; level <= soc2_criterion_level(c); level++)
	{
		soc2_criterion up = soc2_criterion_at_level(c, level);

		require(soc2_criterion_is_valid(up) && soc2_criterion_covers(up, c));
		require(soc2_criterion_level(up) == level);
	}
}

/* a text that was refused */
static void
check_refusal(soc2_status status, size_t errpos, size_t size)
{
	require(status > SOC2_OK && status < SOC2_STATUS_COUNT);
	require(errpos <= size);
	require(soc2_status_text(status) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	soc2_criterion c = 0;
	size_t		errpos = SIZE_MAX;
	soc2_status status;

	status = soc2_criterion_parse((const char *) data, size,
								  SOC2_FRAMEWORK_TSC, &c, &errpos);
	if (status == SOC2_OK)
		check_criterion(c);
	else
		check_refusal(status, errpos, size);

	if (size >= 8 && soc2_criterion_decode(data, &c) == SOC2_OK)
		check_criterion(c);
	return 0;
}
