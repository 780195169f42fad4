/*-------------------------------------------------------------------------
 *
 * oscal.c
 *		Forms that the Open Security Controls Assessment Language asks for.
 *
 * Contracts are in oscal.h.
 *
 * IDENTIFICATION
 *	  src/core/oscal.c
 *
 *-------------------------------------------------------------------------
 */
#include <stdbool.h>
#include <string.h>

#include "core/oscal.h"

/* the first bytes, with version and variant */
void
soc2_uuid_form(const unsigned char sha1[SOC2_SHA1_SIZE],
			   unsigned char uuid[SOC2_UUID_SIZE])
{
	memcpy(uuid, sha1, SOC2_UUID_SIZE);
	uuid[6] = (unsigned char) ((uuid[6] & 0x0F) | 0x50);
	uuid[8] = (unsigned char) ((uuid[8] & 0x3F) | 0x80);
}

/* Does a character end a line, or is it a control character? */
static bool
is_break(uint32_t character)
{
	return character < 0x20 || (character >= 0x7F && character < 0xA0) ||
		character == 0x2028 || character == 0x2029;
}

/* Is a character white space of Unicode, or a break? */
static bool
is_blank(uint32_t character)
{
	return is_break(character) || character == 0x20 || character == 0xA0 ||
		character == 0x1680 ||
		(character >= 0x2000 && character <= 0x200A) ||
		character == 0x202F || character == 0x205F || character == 0x3000 ||
		character == 0xFEFF;
}

/* where text begins and ends without the white space around it */
static soc2_status
trim(soc2_text text, size_t *begin, size_t *end)
{
	size_t		offset = 0;

	*begin = text.len;
	*end = text.len;
	while (offset < text.len)
	{
		size_t		start = offset;
		uint32_t	character;
		soc2_status status = soc2_text_character(text, &offset, &character);

		if (status != SOC2_OK)
			return status;
		if (is_blank(character))
			continue;
		if (*begin == text.len)
			*begin = start;
		*end = offset;
	}
	return SOC2_OK;
}

/* text in one line */
soc2_status
soc2_oscal_add_line(soc2_buffer *buffer, soc2_text text)
{
	size_t		offset;
	size_t		end;
	bool		in_break = false;
	soc2_status status = trim(text, &offset, &end);

	while (status == SOC2_OK && offset < end)
	{
		size_t		start = offset;
		uint32_t	character;

		status = soc2_text_character(text, &offset, &character);
		if (status != SOC2_OK)
			break;
		if (!is_break(character))
			soc2_buffer_add(buffer, text.bytes + start, offset - start);
		else if (!in_break)
			soc2_buffer_add(buffer, " ", 1);
		in_break = is_break(character);
	}
	return status;
}

/* Does a character stand for itself in a token? */
static bool
is_plain(uint32_t character, bool is_first)
{
	if ((character >= 'a' && character <= 'z') ||
		(character >= 'A' && character <= 'Z'))
		return true;
	return !is_first && ((character >= '0' && character <= '9') ||
						 character == '.' || character == '-');
}

/* text as a token */
soc2_status
soc2_oscal_add_token(soc2_buffer *buffer, soc2_text text)
{
	static const char digits[] = "0123456789abcdef";
	size_t		offset = 0;

	if (text.len == 0)
		soc2_buffer_add(buffer, "_", 1);
	while (offset < text.len)
	{
		size_t		start = offset;
		uint32_t	character;
		soc2_status status = soc2_text_character(text, &offset, &character);

		if (status != SOC2_OK)
			return status;
		if (is_plain(character, start == 0))
		{
			soc2_buffer_add(buffer, text.bytes + start, 1);
			continue;
		}
		soc2_buffer_add(buffer, "_", 1);
		for (size_t i = start; i < offset; i++)
		{
			unsigned char byte = (unsigned char) text.bytes[i];

			soc2_buffer_add(buffer, &digits[byte >> 4], 1);
			soc2_buffer_add(buffer, &digits[byte & 0x0F], 1);
		}
		soc2_buffer_add(buffer, "_", 1);
	}
	return SOC2_OK;
}
