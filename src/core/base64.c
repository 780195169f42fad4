/*-------------------------------------------------------------------------
 *
 * base64.c
 *		Base64 of RFC 4648, section 4, strict and padded.
 *
 * Contracts are in text.h.
 *
 * IDENTIFICATION
 *	  src/core/base64.c
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "core/text.h"

/* Add bytes in base64 */
void
soc2_buffer_add_base64(soc2_buffer *buffer, const unsigned char *bytes,
					   size_t len)
{
	static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3)
	{
		size_t		n = len - i < 3 ? len - i : 3;
		unsigned	group = (unsigned) bytes[i] << 16;
		char		text[4] = {'=', '=', '=', '='};

		if (n > 1)
			group |= (unsigned) bytes[i + 1] << 8;
		if (n > 2)
			group |= bytes[i + 2];
		for (size_t j = 0; j <= n; j++)
			text[j] = alphabet[group >> (18 - 6 * j) & 0x3F];
		soc2_buffer_add(buffer, text, sizeof(text));
	}
}

/* value of a character; -1 if it is none of base64 */
static int
base64_value(char ch)
{
	if (ch >= 'A' && ch <= 'Z')
		return ch - 'A';
	if (ch >= 'a' && ch <= 'z')
		return ch - 'a' + 26;
	if (ch >= '0' && ch <= '9')
		return ch - '0' + 52;
	if (ch == '+')
		return 62;
	return ch == '/' ? 63 : -1;
}

/* how many characters carry bits, if the rest is padding as it may be */
static size_t
without_padding(soc2_text text)
{
	size_t		len = text.len;

	if (len % 4 != 0 || len == 0 || text.bytes[len - 1] != '=')
		return len;
	len--;
	return text.bytes[len - 1] == '=' ? len - 1 : len;
}

/* is text base64, of which used characters carry bits? */
static soc2_status
check(soc2_text text, size_t used, size_t *errpos)
{
	int			last = 0;
	int			loose = used % 4 == 2 ? 0x0F : 0x03;

	for (size_t i = 0; i < used; i++)
	{
		*errpos = i;
		last = base64_value(text.bytes[i]);
		if (last < 0)
			return SOC2_BASE64_EXPECTED;
	}
	if (text.len % 4 != 0)
	{
		*errpos = text.len;
		return SOC2_BASE64_PADDING;
	}
	if (used != text.len && (last & loose) != 0)
		return SOC2_BASE64_EXPECTED;
	return SOC2_OK;
}

/* Decode base64 */
soc2_status
soc2_base64_decode(soc2_text text, soc2_buffer *out, size_t *errpos)
{
	size_t		used = without_padding(text);
	soc2_status status = check(text, used, errpos);

	if (status != SOC2_OK)
		return status;
	for (size_t i = 0; i < used; i += 4)
	{
		size_t		n = used - i < 4 ? used - i : 4;
		unsigned	group = 0;
		unsigned char bytes[3];

		for (size_t j = 0; j < n; j++)
			group |= (unsigned) base64_value(text.bytes[i + j]) << (18 - 6 * j);
		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = (unsigned char) (group >> (16 - 8 * j));
		soc2_buffer_add(out, bytes, n - 1);
	}
	*errpos = 0;
	return out->bytes == NULL ? SOC2_OK : soc2_buffer_status(out);
}

/* Decode a digest */
soc2_status
soc2_digest_decode64(soc2_text text, soc2_digest *out, size_t *errpos)
{
	unsigned char bytes[SOC2_DIGEST_SIZE + 1];
	soc2_buffer buffer = {NULL, 0, 0};
	soc2_status status;

	if (text.len != SOC2_DIGEST_BASE64_SIZE)
	{
		*errpos = text.len < SOC2_DIGEST_BASE64_SIZE ? text.len :
			SOC2_DIGEST_BASE64_SIZE;
		return SOC2_HASH_LENGTH;
	}
	buffer.bytes = (char *) bytes;
	buffer.size = sizeof(bytes);
	status = soc2_base64_decode(text, &buffer, errpos);
	if (status != SOC2_OK)
		return status;
	if (buffer.len != SOC2_DIGEST_SIZE)
	{
		/* 33 bytes without padding, or 31 with too much of it */
		*errpos = SOC2_DIGEST_BASE64_SIZE - 1;
		return SOC2_HASH_LENGTH;
	}
	memcpy(out->bytes, bytes, SOC2_DIGEST_SIZE);
	return SOC2_OK;
}
