/*-------------------------------------------------------------------------
 *
 * fuzz_label.c
 *		libFuzzer target: security labels.
 *
 * What is refused has a position within the text; the words of what is accepted
 * have values that stand in it.
 *
 * IDENTIFICATION
 *	  test/unit/fuzz/fuzz_label.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/label.h"
#include "target.h"

/* the values of a word stand in the text, one behind the other */
static void
check_values(soc2_text text, const soc2_label_word *word)
{
	const char *end = text.bytes + text.len;
	const char *last = text.bytes;
	size_t		offset = 0;
	soc2_text	value;

	require(word->offset < text.len);
	while (soc2_label_value(word->values, &offset, &value))
	{
		require(value.len > 0 && value.bytes > last);
		last = value.bytes + value.len;
		require(last <= end);
	}
}

/* one text */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	soc2_text	text = {(const char *) data, size};
	soc2_label	label;
	soc2_label	again;
	size_t		errpos = size + 1;
	size_t		words = 0;
	soc2_status status = soc2_label_parse(text, SOC2_LABEL_ON_COLUMN, &label,
										  &errpos);

	if (status != SOC2_OK)
	{
		require(errpos <= size);
		return 0;
	}
	for (int i = 0; i < SOC2_LABEL_KEYS; i++)
	{
		if (!label.words[i].present)
			continue;
		words++;
		check_values(text, &label.words[i]);
	}
	require(words > 0);
	require((label.data_class != NULL) ==
			label.words[SOC2_LABEL_CLASS].present);
	require((label.dispose != NULL) == label.words[SOC2_LABEL_DISPOSE].present);
	/* a table can have the same, or less */
	status = soc2_label_parse(text, SOC2_LABEL_ON_TABLE, &again, &errpos);
	require(status == SOC2_OK || status == SOC2_LABEL_PLACE);
	return 0;
}
