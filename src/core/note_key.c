/*-------------------------------------------------------------------------
 *
 * note_key.c
 *		Keys of signed notes: names, ids and their text.
 *
 * Contracts are in note.h.
 *
 * IDENTIFICATION
 *	  src/core/note_key.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/note.h"

#include <string.h>

/* the type of a key and its signatures: Ed25519 */
#define TYPE_ED25519	0x01

/* characters of an id in hexadecimal */
#define ID_DIGITS		(2 * SOC2_NOTE_KEY_ID_SIZE)

/* is it white space of Unicode? */
static bool
is_space(uint32_t character)
{
	switch (character)
	{
		case ' ':
		case 0x0085:
		case 0x00A0:
		case 0x1680:
		case 0x2028:
		case 0x2029:
		case 0x202F:
		case 0x205F:
		case 0x3000:
			return true;
		default:
			return character >= 0x2000 && character <= 0x200A;
	}
}

/* Can this be the name of a key? */
soc2_status
soc2_note_check_name(soc2_text name, size_t *errpos)
{
	size_t		offset = 0;

	*errpos = 0;
	if (name.len == 0)
		return SOC2_LINE_EXPECTED;
	while (offset < name.len)
	{
		uint32_t	character;

		*errpos = offset;
		if (soc2_text_character(name, &offset, &character) != SOC2_OK)
			return SOC2_NOT_UTF8;
		if (character < 0x20)
			return SOC2_CONTROL_CHARACTER;
		if (character == '+' || is_space(character))
			return SOC2_NAME_CHARACTER;
	}
	return SOC2_OK;
}

/* A key of a name and a public key */
soc2_status
soc2_note_key_make(const soc2_hasher *hasher, soc2_text name,
				   const unsigned char key[SOC2_ED25519_KEY_SIZE],
				   soc2_note_key *out)
{
	static const unsigned char between[] = {'\n', TYPE_ED25519};
	soc2_digest hash;
	size_t		errpos;
	soc2_status status = soc2_note_check_name(name, &errpos);

	if (status == SOC2_OK)
		status = hasher->begin(hasher->ctx);
	if (status == SOC2_OK)
		status = hasher->update(hasher->ctx, name.bytes, name.len);
	if (status == SOC2_OK)
		status = hasher->update(hasher->ctx, between, sizeof(between));
	if (status == SOC2_OK)
		status = hasher->update(hasher->ctx, key, SOC2_ED25519_KEY_SIZE);
	if (status == SOC2_OK)
		status = hasher->finish(hasher->ctx, &hash);
	if (status != SOC2_OK)
		return status;
	out->name = name;
	memcpy(out->id, hash.bytes, SOC2_NOTE_KEY_ID_SIZE);
	memcpy(out->key, key, SOC2_ED25519_KEY_SIZE);
	return SOC2_OK;
}

/* the part of a text up to a plus; *offset moves behind the plus */
static soc2_status
part(soc2_text text, size_t *offset, soc2_text *out)
{
	const char *plus;

	*out = text;
	if (*offset >= text.len)
	{
		out->len = 0;
		return SOC2_SEPARATOR_MISSING;
	}
	out->bytes += *offset;
	out->len -= *offset;
	plus = memchr(out->bytes, '+', out->len);
	if (plus == NULL)
		return SOC2_SEPARATOR_MISSING;
	out->len = (size_t) (plus - out->bytes);
	*offset += out->len + 1;
	return SOC2_OK;
}

/* are these the digits of an id? */
static soc2_status
check_id(soc2_text digits, size_t *errpos)
{
	for (size_t i = 0; i < ID_DIGITS; i++)
	{
		*errpos = i;
		if (i >= digits.len ||
			memchr("0123456789abcdef", digits.bytes[i], 16) == NULL)
			return SOC2_HEX_EXPECTED;
	}
	*errpos = ID_DIGITS;
	return digits.len == ID_DIGITS ? SOC2_OK : SOC2_SEPARATOR_MISSING;
}

/* the key from its base64 */
static soc2_status
decode_key(soc2_text base64, unsigned char *key, size_t *errpos)
{
	unsigned char bytes[1 + SOC2_ED25519_KEY_SIZE];
	soc2_buffer buffer = {(char *) bytes, sizeof(bytes), 0};
	soc2_status status = soc2_base64_decode(base64, &buffer, errpos);

	if (status != SOC2_OK && status != SOC2_NO_SPACE)
		return status;
	if (buffer.len != sizeof(bytes) || bytes[0] != TYPE_ED25519)
		return SOC2_KEY_TYPE;
	memcpy(key, bytes + 1, SOC2_ED25519_KEY_SIZE);
	return SOC2_OK;
}

/* Parse the text of a key */
soc2_status
soc2_note_key_parse(const soc2_hasher *hasher, soc2_text text,
					soc2_note_key *out, size_t *errpos)
{
	unsigned char key[SOC2_ED25519_KEY_SIZE];
	char		expected[ID_DIGITS];
	soc2_text	name;
	soc2_text	id;
	soc2_text	base64;
	size_t		offset = 0;
	size_t		id_offset;
	soc2_status found = part(text, &offset, &name);
	soc2_status status = soc2_note_check_name(name, errpos);

	/* what is wrong with a part is told before a plus that is missing */
	if (status != SOC2_OK)
		return status;
	*errpos = text.len;
	if (found != SOC2_OK)
		return found;

	id_offset = offset;
	found = part(text, &offset, &id);
	status = check_id(id, errpos);
	*errpos += id_offset;
	if (status == SOC2_OK)
		status = found;
	if (status != SOC2_OK)
		return status;

	base64.bytes = text.bytes + offset;
	base64.len = text.len - offset;
	status = decode_key(base64, key, errpos);
	if (status == SOC2_OK)
		status = soc2_note_key_make(hasher, name, key, out);
	else
		*errpos += offset;
	if (status != SOC2_OK)
		return status;
	soc2_hex_format(out->id, SOC2_NOTE_KEY_ID_SIZE, expected);
	*errpos = id_offset;
	return memcmp(expected, id.bytes, ID_DIGITS) == 0 ? SOC2_OK :
		SOC2_KEY_ID_MISMATCH;
}

/* Write the text of a key */
soc2_status
soc2_note_key_format(const soc2_note_key *key, soc2_buffer *out)
{
	unsigned char bytes[1 + SOC2_ED25519_KEY_SIZE];
	char		digits[ID_DIGITS];

	bytes[0] = TYPE_ED25519;
	memcpy(bytes + 1, key->key, SOC2_ED25519_KEY_SIZE);
	soc2_hex_format(key->id, SOC2_NOTE_KEY_ID_SIZE, digits);
	soc2_buffer_add(out, key->name.bytes, key->name.len);
	soc2_buffer_add(out, "+", 1);
	soc2_buffer_add(out, digits, sizeof(digits));
	soc2_buffer_add(out, "+", 1);
	soc2_buffer_add_base64(out, bytes, sizeof(bytes));
	return soc2_buffer_status(out);
}
