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
#include "target.h"

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
