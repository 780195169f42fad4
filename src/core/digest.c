/*-------------------------------------------------------------------------
 *
 * digest.c
 *		A SHA-256 digest: 32 bytes, and its text of 64 hexadecimal digits.
 *
 * Contracts are in the header.
 *
 * IDENTIFICATION
 *	  src/core/digest.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/digest.h"

#include <string.h>

/* value of a hexadecimal digit, whatever the locale; -1 if it is none */
static int
hex_value(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	if (ch >= 'a' && ch <= 'f')
		return ch - 'a' + 10;
	if (ch >= 'A' && ch <= 'F')
		return ch - 'A' + 10;
	return -1;
}

/* Parse 64 hexadecimal digits */
soc2_status
soc2_digest_parse(const char *text, size_t len, soc2_digest *out,
				  size_t *errpos)
{
	size_t		digits = 2 * (size_t) SOC2_DIGEST_SIZE;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < len && i < digits; i++)
	{
		int			value = hex_value(text[i]);
		unsigned	byte = out->bytes[i / 2];

		if (value < 0)
		{
			*errpos = i;
			return SOC2_HEX_EXPECTED;
		}
		out->bytes[i / 2] = (unsigned char) (byte << 4 | (unsigned) value);
	}
	if (len != digits)
	{
		*errpos = len < digits ? len : digits;
		return SOC2_DIGEST_LENGTH;
	}
	return SOC2_OK;
}

/* Write the text */
void
soc2_digest_format(const soc2_digest *digest, char buf[SOC2_DIGEST_TEXT_SIZE])
{
	soc2_hex_format(digest->bytes, SOC2_DIGEST_SIZE, buf);
	buf[SOC2_DIGEST_TEXT_SIZE - 1] = '\0';
}

/* Compare the bytes */
int
soc2_digest_compare(const soc2_digest *a, const soc2_digest *b)
{
	return memcmp(a->bytes, b->bytes, SOC2_DIGEST_SIZE);
}

/* Are all bytes zero? */
bool
soc2_digest_is_zero(const soc2_digest *digest)
{
	unsigned	bits = 0;

	for (size_t i = 0; i < SOC2_DIGEST_SIZE; i++)
		bits |= digest->bytes[i];
	return bits == 0;
}

/* Write bytes as hexadecimal digits */
void
soc2_hex_format(const unsigned char *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++)
	{
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 0x0F];
	}
}
