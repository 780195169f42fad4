/*-------------------------------------------------------------------------
 *
 * csv.c
 *		Cells of CSV as RFC 4180 has them, harmless in a spreadsheet.
 *
 * Contracts are in csv.h.  Text is looked at by bytes: in encodings that a
 * server can have no byte of a longer character is ASCII.
 *
 * IDENTIFICATION
 *	  src/core/csv.c
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/csv.h"

/* Does text begin with these bytes? */
static bool
begins_with(soc2_text text, const char *bytes)
{
	size_t		len = strlen(bytes);

	return text.len >= len && memcmp(text.bytes, bytes, len) == 0;
}

/* what begins a formula, behind apostrophes */
bool
soc2_csv_is_formula(soc2_text text)
{
	/* full-width = + - @: U+FF1D, U+FF0B, U+FF0D, U+FF20 */
	static const char *const starts[] = {
		"=", "+", "-", "@", "\t", "\r", "\n",
		"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"
	};

	while (text.len > 0 && text.bytes[0] == '\'')
	{
		text.bytes++;
		text.len--;
	}
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
	{
		if (begins_with(text, starts[i]))
			return true;
	}
	return false;
}

/* Does a cell have to be quoted? */
static bool
needs_quotes(soc2_text text)
{
	if (text.len == 0 || text.bytes[0] == ' ' ||
		text.bytes[text.len - 1] == ' ')
		return true;
	/* COPY takes this for the end of its input */
	if (text.len == 2 && memcmp(text.bytes, "\\.", 2) == 0)
		return true;
	for (size_t i = 0; i < text.len; i++)
	{
		if (strchr("\",;\t\r\n", text.bytes[i]) != NULL)
			return true;
	}
	return false;
}

/* a cell */
void
soc2_csv_add_text(soc2_buffer *buffer, soc2_text text)
{
	bool		formula = soc2_csv_is_formula(text);
	bool		quoted = needs_quotes(text);
	size_t		begin = 0;

	if (quoted)
		soc2_buffer_add(buffer, "\"", 1);
	if (formula)
		soc2_buffer_add(buffer, "'", 1);
	for (size_t i = 0; i < text.len; i++)
	{
		if (text.bytes[i] != '"')
			continue;
		/* up to the quote and with it; the next piece begins with it again */
		soc2_buffer_add(buffer, text.bytes + begin, i + 1 - begin);
		begin = i;
	}
	soc2_buffer_add(buffer, text.bytes + begin, text.len - begin);
	if (quoted)
		soc2_buffer_add(buffer, "\"", 1);
}
