/*-------------------------------------------------------------------------
 *
 * text.c
 *		Borrowed text, a buffer of the caller, and decimal numbers.
 *
 * Contracts are in the header.
 *
 * IDENTIFICATION
 *	  src/core/text.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/text.h"

#include <stdbool.h>
#include <string.h>

/* The text of a string */
soc2_text
soc2_text_of(const char *string)
{
	soc2_text	text = {string, strlen(string)};

	return text;
}

/* Add bytes to a buffer */
void
soc2_buffer_add(soc2_buffer *buffer, const void *bytes, size_t len)
{
	if (len > 0 && buffer->len <= buffer->size &&
		len <= buffer->size - buffer->len)
		memcpy(buffer->bytes + buffer->len, bytes, len);
	buffer->len += len;
}

/* Add a number in decimal */
void
soc2_buffer_add_number(soc2_buffer *buffer, uint64_t number)
{
	char		digits[20];
	size_t		first = sizeof(digits);

	do
	{
		digits[--first] = (char) ('0' + number % 10);
		number /= 10;
	} while (number > 0);
	soc2_buffer_add(buffer, digits + first, sizeof(digits) - first);
}

/* Does all that was added fit? */
soc2_status
soc2_buffer_status(const soc2_buffer *buffer)
{
	return buffer->len <= buffer->size ? SOC2_OK : SOC2_NO_SPACE;
}

/* The next line of a text */
soc2_status
soc2_text_line(soc2_text text, size_t *offset, soc2_text *line)
{
	const char *end;

	if (*offset >= text.len)
		return SOC2_LINE_EXPECTED;
	line->bytes = text.bytes + *offset;
	end = memchr(line->bytes, '\n', text.len - *offset);
	if (end == NULL)
	{
		*offset = text.len;
		return SOC2_NEWLINE_EXPECTED;
	}
	line->len = (size_t) (end - line->bytes);
	*offset += line->len + 1;
	return SOC2_OK;
}

/* how many bytes follow the first one of a character; -1 if it is no first */
static int
bytes_that_follow(unsigned char first)
{
	if (first < 0x80)
		return 0;
	if (first >= 0xC2 && first <= 0xDF)
		return 1;
	if ((first & 0xF0) == 0xE0)
		return 2;
	if (first >= 0xF0 && first <= 0xF4)
		return 3;
	return -1;
}

/* The character at an offset, after RFC 3629 */
soc2_status
soc2_text_character(soc2_text text, size_t *offset, uint32_t *character)
{
	/* what takes fewer bytes must not be written with more */
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	const char *bytes = text.bytes + *offset;
	unsigned char first = (unsigned char) bytes[0];
	int			follow = bytes_that_follow(first);
	uint32_t	value;

	if (follow < 0 || (size_t) follow >= text.len - *offset)
		return SOC2_NOT_UTF8;
	value = follow == 0 ? first : first & (0x3Fu >> follow);
	for (int i = 1; i <= follow; i++)
	{
		unsigned char next = (unsigned char) bytes[i];

		if ((next & 0xC0) != 0x80)
			return SOC2_NOT_UTF8;
		value = value << 6 | (next & 0x3Fu);
	}
	if (value < least[follow] || value > 0x10FFFF ||
		(value >= 0xD800 && value <= 0xDFFF))
		return SOC2_NOT_UTF8;
	*character = value;
	*offset += (size_t) follow + 1;
	return SOC2_OK;
}

/* Is it UTF-8 without control characters? */
soc2_status
soc2_text_check(soc2_text text, size_t *errpos)
{
	size_t		offset = 0;

	while (offset < text.len)
	{
		uint32_t	character;

		*errpos = offset;
		if (soc2_text_character(text, &offset, &character) != SOC2_OK)
			return SOC2_NOT_UTF8;
		if (character < 0x20 && character != '\n')
			return SOC2_CONTROL_CHARACTER;
	}
	return SOC2_OK;
}

/* is it a digit, whatever the locale? */
static bool
is_digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

/* Parse a decimal number */
soc2_status
soc2_number_parse(soc2_text text, uint64_t *out, size_t *errpos)
{
	const uint64_t max = UINT64_C(0x7FFFFFFFFFFFFFFF);
	uint64_t	value = 0;

	*errpos = 0;
	if (text.len == 0 || !is_digit(text.bytes[0]))
		return SOC2_NUMBER_EXPECTED;
	for (size_t i = 0; i < text.len; i++)
	{
		if (!is_digit(text.bytes[i]))
		{
			*errpos = i;
			return SOC2_UNEXPECTED_CHARACTER;
		}
	}
	if (text.len > 1 && text.bytes[0] == '0')
		return SOC2_LEADING_ZERO;
	for (size_t i = 0; i < text.len; i++)
	{
		unsigned	digit = (unsigned) (text.bytes[i] - '0');

		if (value > (max - digit) / 10)
			return SOC2_SIZE_TOO_LARGE;
		value = value * 10 + digit;
	}
	*out = value;
	return SOC2_OK;
}
