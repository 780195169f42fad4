/*-------------------------------------------------------------------------
 *
 * fuzz_checkpoint.c
 *		libFuzzer target: checkpoints, signed or not.
 *
 * What is accepted is written as itself; what is refused has a position within
 * the text.
 *
 * IDENTIFICATION
 *	  test/unit/fuzz/fuzz_checkpoint.c
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "core/checkpoint.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

/* what was written is the text that was read */
static void
require_same(const soc2_buffer *buffer, soc2_text text)
{
	require(soc2_buffer_status(buffer) == SOC2_OK);
	require(buffer->len == text.len);
	require(memcmp(buffer->bytes, text.bytes, text.len) == 0);
}

/* one text */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	soc2_text	text = {(const char *) data, size};
	soc2_buffer buffer = {NULL, size, 0};
	soc2_checkpoint checkpoint;
	soc2_note	note;
	size_t		errpos = size + 1;
	soc2_status status = soc2_checkpoint_open(text, &checkpoint, &note,
											  &errpos);

	if (status != SOC2_OK)
	{
		require(errpos <= size);
		return 0;
	}
	buffer.bytes = malloc(size);
	require(buffer.bytes != NULL);
	require(soc2_checkpoint_format(&checkpoint, &buffer) == SOC2_OK);
	require_same(&buffer, note.text);
	require(soc2_checkpoint_parse(note.text, &checkpoint, &errpos) == SOC2_OK);
	require(note.count > 0 || note.text.len == size);
	free(buffer.bytes);
	return 0;
}
