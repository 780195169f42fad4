/*-------------------------------------------------------------------------
 *
 * fuzz_note.c
 *		libFuzzer target: signed notes, and the texts of keys.
 *
 * What is accepted is written as itself; what is refused has a position within
 * the text.
 *
 * IDENTIFICATION
 *	  test/unit/fuzz/fuzz_note.c
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "core/note.h"
#include "../sha256.h"
#include "target.h"

/* write a note as it was read */
static void
write_note(const soc2_note *note, soc2_buffer *out)
{
	soc2_note_signature signature;
	size_t		offset = 0;
	unsigned	count = 0;

	require(soc2_note_start(note->text, out) == SOC2_OK);
	while (soc2_note_next(note, &offset, &signature))
	{
		soc2_buffer blob = {NULL, 0, 0};
		size_t		errpos;

		require(soc2_note_check_name(signature.name, &errpos) == SOC2_OK);
		require(soc2_base64_decode(signature.base64, &blob,
								   &errpos) == SOC2_OK);
		blob.size = blob.len;
		blob.len = 0;
		blob.bytes = malloc(blob.size);
		require(blob.bytes != NULL);
		require(soc2_base64_decode(signature.base64, &blob,
								   &errpos) == SOC2_OK);
		require(memcmp(blob.bytes, signature.id, SOC2_NOTE_KEY_ID_SIZE) == 0);
		soc2_buffer_add(out, "\xe2\x80\x94 ", 4);
		soc2_buffer_add(out, signature.name.bytes, signature.name.len);
		soc2_buffer_add(out, " ", 1);
		soc2_buffer_add_base64(out, (unsigned char *) blob.bytes, blob.len);
		soc2_buffer_add(out, "\n", 1);
		free(blob.bytes);
		count++;
	}
	require(offset == note->lines.len && count == note->count);
}

/* one text */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	test_sha256 work;
	soc2_hasher hasher = test_hasher(&work);
	soc2_text	text = {(const char *) data, size};
	soc2_buffer buffer = {malloc(size + 1), size, 0};
	soc2_note	note;
	soc2_note_key key;
	size_t		errpos = size + 1;

	require(buffer.bytes != NULL);
	if (soc2_note_parse(text, &note, &errpos) != SOC2_OK)
		require(errpos <= size);
	else
	{
		write_note(&note, &buffer);
		require_same(&buffer, text);
	}
	errpos = size + 1;
	buffer.len = 0;
	if (soc2_note_key_parse(&hasher, text, &key, &errpos) != SOC2_OK)
		require(errpos <= size);
	else
	{
		require(soc2_note_key_format(&key, &buffer) == SOC2_OK);
		require_same(&buffer, text);
	}
	free(buffer.bytes);
	return 0;
}
