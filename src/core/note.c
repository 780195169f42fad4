/*-------------------------------------------------------------------------
 *
 * note.c
 *		Signed notes: text, and who signed it.
 *
 * Contracts are in the header.
 *
 * IDENTIFICATION
 *	  src/core/note.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/note.h"

#include <string.h>

/* a line of a signature starts with U+2014 and a space */
#define DASH		"\xE2\x80\x94 "
#define DASH_SIZE	(sizeof(DASH) - 1)

/* key id and signature of Ed25519 */
#define BLOB_SIZE	(SOC2_NOTE_KEY_ID_SIZE + SOC2_ED25519_SIGNATURE_SIZE)

/* the id of the key in the base64 of a signature that is right as base64 */
static soc2_status
decode_id(soc2_text base64, unsigned char *id)
{
	/* 8 characters are 5 bytes at least */
	unsigned char bytes[6];
	soc2_buffer buffer = {(char *) bytes, sizeof(bytes), 0};
	soc2_text	start = {base64.bytes, 8};
	size_t		errpos;

	if (base64.len < start.len ||
		soc2_base64_decode(start, &buffer, &errpos) != SOC2_OK ||
		buffer.len <= SOC2_NOTE_KEY_ID_SIZE)
		return SOC2_SIGNATURE_LENGTH;
	memcpy(id, bytes, SOC2_NOTE_KEY_ID_SIZE);
	return SOC2_OK;
}

/* Take the line of a signature apart */
static soc2_status
parse_signature(soc2_text line, soc2_note_signature *out, size_t *errpos)
{
	soc2_buffer measure = {NULL, 0, 0};
	const char *space;
	soc2_status status;

	*errpos = 0;
	if (line.len < DASH_SIZE || memcmp(line.bytes, DASH, DASH_SIZE) != 0)
		return SOC2_SIGNATURE_EXPECTED;
	out->name.bytes = line.bytes + DASH_SIZE;
	space = memchr(out->name.bytes, ' ', line.len - DASH_SIZE);
	if (space == NULL)
	{
		*errpos = line.len;
		return SOC2_SIGNATURE_EXPECTED;
	}
	out->name.len = (size_t) (space - out->name.bytes);
	status = soc2_note_check_name(out->name, errpos);
	*errpos += DASH_SIZE;
	if (status != SOC2_OK)
		return status;

	out->base64.bytes = space + 1;
	out->base64.len = line.len - DASH_SIZE - out->name.len - 1;
	status = soc2_base64_decode(out->base64, &measure, errpos);
	if (status == SOC2_OK)
		status = decode_id(out->base64, out->id);
	*errpos += DASH_SIZE + out->name.len + 1;
	return status;
}

/* where the last empty line of a text is; false if there is none */
static bool
find_empty_line(soc2_text text, size_t *offset)
{
	for (size_t i = text.len; i-- > 1;)
	{
		if (text.bytes[i] == '\n' && text.bytes[i - 1] == '\n')
		{
			*offset = i;
			return true;
		}
	}
	return false;
}

/* Take a note apart */
soc2_status
soc2_note_parse(soc2_text text, soc2_note *out, size_t *errpos)
{
	size_t		offset;
	size_t		start;
	soc2_status status = soc2_text_check(text, errpos);

	if (status != SOC2_OK)
		return status;
	*errpos = text.len;
	if (!find_empty_line(text, &offset) || offset + 1 == text.len)
		return SOC2_SIGNATURE_EXPECTED;
	out->text.bytes = text.bytes;
	out->text.len = offset++;
	out->lines.bytes = text.bytes + offset;
	out->lines.len = text.len - offset;

	out->count = 0;
	for (start = offset; offset < text.len; start = offset)
	{
		soc2_note_signature signature;
		soc2_text	line;

		*errpos = text.len;
		status = soc2_text_line(text, &offset, &line);
		if (status != SOC2_OK)
			return status;
		status = parse_signature(line, &signature, errpos);
		if (status == SOC2_OK && out->count == SOC2_NOTE_SIGNATURES_MAX)
		{
			*errpos = 0;
			status = SOC2_TOO_MANY_SIGNATURES;
		}
		*errpos += start;
		if (status != SOC2_OK)
			return status;
		out->count++;
	}
	return SOC2_OK;
}

/* The next signature */
bool
soc2_note_next(const soc2_note *note, size_t *offset,
			   soc2_note_signature *out)
{
	soc2_text	line;
	size_t		errpos;

	return soc2_text_line(note->lines, offset, &line) == SOC2_OK &&
		parse_signature(line, out, &errpos) == SOC2_OK;
}

/* Write the text of a note */
soc2_status
soc2_note_start(soc2_text text, soc2_buffer *out)
{
	size_t		errpos;
	soc2_status status = soc2_text_check(text, &errpos);

	if (status != SOC2_OK)
		return status;
	if (text.len == 0 || text.bytes[text.len - 1] != '\n')
		return SOC2_NEWLINE_EXPECTED;
	soc2_buffer_add(out, text.bytes, text.len);
	soc2_buffer_add(out, "\n", 1);
	return soc2_buffer_status(out);
}

/* Sign text */
soc2_status
soc2_note_sign(const soc2_signer *signer, const soc2_note_key *key,
			   soc2_text text, soc2_buffer *out)
{
	unsigned char blob[BLOB_SIZE] = {0};

	memcpy(blob, key->id, SOC2_NOTE_KEY_ID_SIZE);
	if (out->bytes != NULL)
	{
		soc2_status status = SOC2_SIGN_FAILED;

		if (signer->sign != NULL)
			status = signer->sign(signer->ctx, text,
								  blob + SOC2_NOTE_KEY_ID_SIZE);
		if (status != SOC2_OK)
			return status;
	}
	soc2_buffer_add(out, DASH, DASH_SIZE);
	soc2_buffer_add(out, key->name.bytes, key->name.len);
	soc2_buffer_add(out, " ", 1);
	soc2_buffer_add_base64(out, blob, sizeof(blob));
	soc2_buffer_add(out, "\n", 1);
	return soc2_buffer_status(out);
}

/* is it a signature by this key, as name and id say? */
static bool
is_by(const soc2_note_signature *signature, const soc2_note_key *key)
{
	return signature->name.len == key->name.len &&
		memcmp(signature->name.bytes, key->name.bytes, key->name.len) == 0 &&
		memcmp(signature->id, key->id, SOC2_NOTE_KEY_ID_SIZE) == 0;
}

/* Did the owner of a key sign the note? */
soc2_status
soc2_note_verify(const soc2_signer *signer, const soc2_note_key *key,
				 const soc2_note *note)
{
	soc2_note_signature signature;
	soc2_status result = SOC2_SIGNATURE_MISSING;
	size_t		offset = 0;

	while (soc2_note_next(note, &offset, &signature))
	{
		unsigned char blob[BLOB_SIZE];
		soc2_buffer buffer = {(char *) blob, sizeof(blob), 0};
		size_t		errpos;

		if (!is_by(&signature, key))
			continue;
		if (soc2_base64_decode(signature.base64, &buffer,
							   &errpos) != SOC2_OK ||
			buffer.len != sizeof(blob))
			return SOC2_SIGNATURE_INVALID;
		result = signer->verify(signer->ctx, key->key, note->text,
								blob + SOC2_NOTE_KEY_ID_SIZE);
		if (result != SOC2_OK)
			return result;
	}
	return result;
}
