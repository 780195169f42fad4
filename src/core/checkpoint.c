/*-------------------------------------------------------------------------
 *
 * checkpoint.c
 *		Checkpoints: the size and the root of a log, as text.
 *
 * Contracts are in the header.
 *
 * IDENTIFICATION
 *	  src/core/checkpoint.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/checkpoint.h"

#include <string.h>

#include "core/merkle.h"

/* the next line, which is not empty; *errpos is set where there is none */
static soc2_status
next_line(soc2_text text, size_t *offset, soc2_text *line, size_t *errpos)
{
	size_t		start = *offset;
	soc2_status status = soc2_text_line(text, offset, line);

	*errpos = status == SOC2_OK ? start : text.len;
	if (status == SOC2_OK && line->len == 0)
		return SOC2_LINE_EXPECTED;
	return status;
}

/* are the rest of text lines that are not empty? */
static soc2_status
check_extension(soc2_text text, size_t offset, size_t *errpos)
{
	soc2_text	line;
	soc2_status status = SOC2_OK;

	while (status == SOC2_OK && offset < text.len)
		status = next_line(text, &offset, &line, errpos);
	return status;
}

/* can a checkpoint have these lines? */
static soc2_status
check_lines(const soc2_checkpoint *checkpoint)
{
	soc2_text	origin = checkpoint->origin;
	size_t		errpos;
	soc2_status status;

	if (origin.len == 0)
		return SOC2_LINE_EXPECTED;
	if (memchr(origin.bytes, '\n', origin.len) != NULL)
		return SOC2_UNEXPECTED_CHARACTER;
	status = soc2_text_check(origin, &errpos);
	if (status == SOC2_OK)
		status = soc2_text_check(checkpoint->extension, &errpos);
	if (status == SOC2_OK)
		status = check_extension(checkpoint->extension, 0, &errpos);
	return status;
}

/* Write the text of a checkpoint */
soc2_status
soc2_checkpoint_format(const soc2_checkpoint *checkpoint, soc2_buffer *out)
{
	soc2_status status = check_lines(checkpoint);

	if (status != SOC2_OK)
		return status;
	if (checkpoint->size > SOC2_MERKLE_SIZE_MAX)
		return SOC2_OUT_OF_RANGE;
	soc2_buffer_add(out, checkpoint->origin.bytes, checkpoint->origin.len);
	soc2_buffer_add(out, "\n", 1);
	soc2_buffer_add_number(out, checkpoint->size);
	soc2_buffer_add(out, "\n", 1);
	soc2_buffer_add_base64(out, checkpoint->root.bytes, SOC2_DIGEST_SIZE);
	soc2_buffer_add(out, "\n", 1);
	soc2_buffer_add(out, checkpoint->extension.bytes,
					checkpoint->extension.len);
	return soc2_buffer_status(out);
}

/* Parse the text of a checkpoint */
soc2_status
soc2_checkpoint_parse(soc2_text text, soc2_checkpoint *out, size_t *errpos)
{
	size_t		offset = 0;
	size_t		start;
	soc2_text	line;
	soc2_status status = soc2_text_check(text, errpos);

	if (status == SOC2_OK)
		status = next_line(text, &offset, &out->origin, errpos);
	start = offset;
	if (status == SOC2_OK)
		status = next_line(text, &offset, &line, errpos);
	if (status != SOC2_OK)
		return status;
	status = soc2_number_parse(line, &out->size, errpos);
	*errpos += start;
	start = offset;
	if (status == SOC2_OK)
		status = next_line(text, &offset, &line, errpos);
	if (status != SOC2_OK)
		return status;
	status = soc2_digest_decode64(line, &out->root, errpos);
	*errpos += start;
	if (status != SOC2_OK)
		return status;
	out->extension.bytes = text.bytes + offset;
	out->extension.len = text.len - offset;
	return check_extension(text, offset, errpos);
}

/* has a text an empty line? */
static bool
has_empty_line(soc2_text text)
{
	for (size_t i = 1; i < text.len; i++)
	{
		if (text.bytes[i] == '\n' && text.bytes[i - 1] == '\n')
			return true;
	}
	return false;
}

/* Parse a checkpoint that is signed or not */
soc2_status
soc2_checkpoint_open(soc2_text text, soc2_checkpoint *out, soc2_note *note,
					 size_t *errpos)
{
	if (has_empty_line(text))
	{
		soc2_status status = soc2_note_parse(text, note, errpos);

		if (status != SOC2_OK)
			return status;
	}
	else
	{
		note->text = text;
		note->lines.bytes = text.bytes;
		note->lines.len = 0;
		note->count = 0;
	}
	return soc2_checkpoint_parse(note->text, out, errpos);
}
