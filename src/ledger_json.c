/*-------------------------------------------------------------------------
 *
 * ledger_json.c
 *		The pieces of JSON that a bundle is made of.
 *
 * Everything beyond ASCII is escaped.  So the lines are the same in a database
 * of any encoding, and no client that converts can change them.
 *
 * IDENTIFICATION
 *	  src/ledger_json.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ledger_json.h"
#include "utils/memutils.h"

/* what a byte says about the length of its character, in valid UTF-8 */
#define UTF8_TWO	0xC0
#define UTF8_THREE	0xE0
#define UTF8_FOUR	0xF0
#define UTF8_TAIL	0x3F

/* characters up to here take one escape, those above a pair of surrogates */
#define BASIC_MAX	0xFFFF

/* append an escape of UTF-16 */
static void
append_unit(StringInfo out, uint32 unit)
{
	appendStringInfo(out, "\\u%04x", unit);
}

/* append the escape of a character beyond ASCII */
static void
append_wide(StringInfo out, uint32 character)
{
	if (character <= BASIC_MAX)
	{
		append_unit(out, character);
		return;
	}
	character -= BASIC_MAX + 1;
	append_unit(out, 0xD800 + (character >> 10));
	append_unit(out, 0xDC00 + (character & 0x3FF));
}

/* take one character beyond ASCII; returns how many bytes it has */
static size_t
take_wide(const unsigned char *bytes, size_t len, uint32 *character)
{
	size_t		size = 2;

	*character = bytes[0] & 0x1F;
	if (bytes[0] >= UTF8_FOUR)
	{
		size = 4;
		*character = bytes[0] & 0x07;
	}
	else if (bytes[0] >= UTF8_THREE)
	{
		size = 3;
		*character = bytes[0] & 0x0F;
	}
	if (bytes[0] < UTF8_TWO || size > len)
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("text of a ledger is not valid UTF-8"),
				 errhint("See what soc2.verify_ledger() reports.")));
	for (size_t i = 1; i < size; i++)
		*character = *character << 6 | (bytes[i] & UTF8_TAIL);
	return size;
}

/* Append text in UTF-8 as a string */
void
soc2_json_append_text(StringInfo out, soc2_text text)
{
	const unsigned char *bytes = (const unsigned char *) text.bytes;
	size_t		plain = 0;		/* start of what can be copied */
	size_t		i = 0;

	appendStringInfoCharMacro(out, '"');
	while (i < text.len)
	{
		uint32		character = bytes[i];
		size_t		size = 1;

		if (character >= 0x20 && character < 0x7F &&
			character != '"' && character != '\\')
		{
			i++;
			continue;
		}
		appendBinaryStringInfo(out, text.bytes + plain, (int) (i - plain));
		if (character == '"' || character == '\\')
			appendStringInfo(out, "\\%c", (int) character);
		else if (character < 0x80)
			append_unit(out, character);
		else
		{
			size = take_wide(bytes + i, text.len - i, &character);
			append_wide(out, character);
		}
		i += size;
		plain = i;
	}
	appendBinaryStringInfo(out, text.bytes + plain, (int) (text.len - plain));
	appendStringInfoCharMacro(out, '"');
}

/* Append bytes as a string of hexadecimal digits */
void
soc2_json_append_hex(StringInfo out, const void *bytes, size_t len)
{
	appendStringInfoCharMacro(out, '"');
	if (len > MaxAllocSize / 2)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("value of a ledger is too large to be exported"),
				 errdetail("A line of a bundle holds a row, and has less than 1 GB.")));
	enlargeStringInfo(out, (int) (2 * len));
	soc2_hex_format(bytes, len, out->data + out->len);
	out->len += (int) (2 * len);
	out->data[out->len] = '\0';
	appendStringInfoCharMacro(out, '"');
}
