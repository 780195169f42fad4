/*-------------------------------------------------------------------------
 *
 * html.c
 *		Text inside of HTML.
 *
 * Contracts are in html.h.
 *
 * IDENTIFICATION
 *	  src/core/html.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/html.h"

#include <stdbool.h>
#include <string.h>

/* what HTML gives a meaning, and a reference to it */
static const char *
reference_to(uint32_t character)
{
	switch (character)
	{
		case '&':
			return "&amp;";
		case '<':
			return "&lt;";
		case '>':
			return "&gt;";
		case '"':
			return "&quot;";
		case '\'':
			return "&#39;";
		default:
			return NULL;
	}
}

/* Is a character not allowed, not to be seen, or one that turns others? */
static bool
is_named(uint32_t character)
{
	if (character == '\t' || character == '\n')
		return false;
	if (character < 0x20 || (character >= 0x7F && character < 0xA0))
		return true;
	if ((character & 0xFFFE) == 0xFFFE ||
		(character >= 0xFDD0 && character <= 0xFDEF))
		return true;
	return character == 0xAD || character == 0x61C || character == 0x180E ||
		character == 0x200B || character == 0x200E || character == 0x200F ||
		(character >= 0x2028 && character <= 0x202E) ||
		(character >= 0x2060 && character <= 0x206F) ||
		character == 0xFEFF ||
		(character >= 0xFFF9 && character <= 0xFFFB) ||
		(character >= 0xE0000 && character <= 0xE007F);
}

/* Add a number in hexadecimal, with at least so many digits */
static void
add_hexadecimal(soc2_buffer *buffer, uint32_t number, int least)
{
	static const char digits[] = "0123456789ABCDEF";
	int			count = 1;

	while (count < 8 && number >> (4 * count) != 0)
		count++;
	if (count < least)
		count = least;
	for (int i = count - 1; i >= 0; i--)
		soc2_buffer_add(buffer, &digits[number >> (4 * i) & 0xF], 1);
}

/* text inside of HTML */
soc2_status
soc2_html_add_text(soc2_buffer *buffer, soc2_text text)
{
	size_t		offset = 0;

	while (offset < text.len)
	{
		size_t		start = offset;
		uint32_t	character;
		soc2_status status = soc2_text_character(text, &offset, &character);
		const char *reference;

		if (status != SOC2_OK)
			return status;
		reference = reference_to(character);
		if (reference != NULL)
			soc2_buffer_add(buffer, reference, strlen(reference));
		else if (is_named(character))
		{
			soc2_buffer_add(buffer, "[U+", 3);
			add_hexadecimal(buffer, character, 4);
			soc2_buffer_add(buffer, "]", 1);
		}
		else if (character < 0x80)
			soc2_buffer_add(buffer, text.bytes + start, 1);
		else
		{
			soc2_buffer_add(buffer, "&#x", 3);
			add_hexadecimal(buffer, character, 1);
			soc2_buffer_add(buffer, ";", 1);
		}
	}
	return SOC2_OK;
}
