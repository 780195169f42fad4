/*-------------------------------------------------------------------------
 *
 * encode.c
 *		The bytes of a row that are hashed: doc/ledger-format.md, section 2.
 *
 * Contracts are in the header.
 *
 * IDENTIFICATION
 *	  src/core/encode.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/encode.h"

#include <string.h>

/* second part of a column: how its value stands there */
#define COLUMN_VALUE		0x00
#define COLUMN_COMMITMENT	0x01

/* longest name with its length and what follows that is written in one piece */
#define SHORT_HEAD			128

/* bytes that become hexadecimal digits at a time */
#define HEX_CHUNK			1024

/* Write an integer, big-endian */
void
soc2_put_integer(unsigned char *out, uint64_t value, unsigned n)
{
	while (n > 0)
	{
		out[--n] = (unsigned char) (value & 0xFF);
		value >>= 8;
	}
}

/* A sink that feeds a hasher */
soc2_sink
soc2_hasher_sink(const soc2_hasher *hasher)
{
	soc2_sink	sink = {hasher->update, hasher->ctx};

	return sink;
}

/* hand bytes to the sink */
static soc2_status
put(const soc2_encoder *encoder, const void *data, size_t len)
{
	return encoder->sink.write(encoder->sink.ctx, data, len);
}

/*
 * write str(name) and what follows it; in one piece if that is short, as the
 * sink is called for every column of every row
 */
static soc2_status
put_head(const soc2_encoder *encoder, soc2_text name,
		 const unsigned char *tail, size_t tail_len)
{
	unsigned char head[SHORT_HEAD];
	soc2_status status;

	soc2_put_integer(head, name.len, 4);
	if (4 + name.len + tail_len <= sizeof(head))
	{
		memcpy(head + 4, name.bytes, name.len);
		memcpy(head + 4 + name.len, tail, tail_len);
		return put(encoder, head, 4 + name.len + tail_len);
	}
	status = put(encoder, head, 4);
	if (status == SOC2_OK)
		status = put(encoder, name.bytes, name.len);
	if (status != SOC2_OK)
		return status;
	return put(encoder, tail, tail_len);
}

/* does name come after the last one, byte by byte? */
static bool
ascends(const soc2_encoder *encoder, soc2_text name)
{
	soc2_text	last = encoder->last;
	size_t		common = last.len < name.len ? last.len : name.len;
	int			order;

	if (last.bytes == NULL)
		return true;
	order = memcmp(last.bytes, name.bytes, common);
	return order < 0 || (order == 0 && last.len < name.len);
}

/* take the next column; its name must come after the last one */
static soc2_status
open_column(soc2_encoder *encoder, soc2_text name)
{
	if (encoder->missing != 0)
		return SOC2_INCOMPLETE;
	if (encoder->columns == 0)
		return SOC2_SURPLUS;
	if (!ascends(encoder, name))
		return SOC2_UNORDERED;
	if (name.len > UINT32_MAX)
		return SOC2_OUT_OF_RANGE;
	encoder->columns--;
	encoder->last = name;
	return SOC2_OK;
}

/* set up an encoder in which nothing is open */
static void
encoder_init(soc2_encoder *encoder, soc2_sink sink, unsigned columns)
{
	memset(encoder, 0, sizeof(*encoder));
	encoder->sink = sink;
	encoder->columns = columns;
}

/* Start the content of a row */
soc2_status
soc2_encode_row(soc2_encoder *encoder, soc2_sink sink, uint16_t columns)
{
	unsigned char head[4] = {SOC2_DOMAIN_ROW, SOC2_FORMAT_VERSION};

	encoder_init(encoder, sink, columns);
	soc2_put_integer(head + 2, columns, 2);
	return put(encoder, head, sizeof(head));
}

/* Start an ordinary column */
soc2_status
soc2_encode_column(soc2_encoder *encoder, soc2_text name, uint64_t value_len)
{
	unsigned char tail[1 + 4];
	soc2_status status;

	if (value_len > UINT32_MAX)
		return SOC2_OUT_OF_RANGE;
	status = open_column(encoder, name);
	if (status != SOC2_OK)
		return status;
	tail[0] = COLUMN_VALUE;
	soc2_put_integer(tail + 1, value_len, 4);
	encoder->missing = value_len;
	return put_head(encoder, name, tail, sizeof(tail));
}

/* Write a redactable column */
soc2_status
soc2_encode_commitment(soc2_encoder *encoder, soc2_text name,
					   const soc2_digest *commitment)
{
	unsigned char tail[1 + SOC2_DIGEST_SIZE];
	soc2_status status = open_column(encoder, name);

	if (status != SOC2_OK)
		return status;
	tail[0] = COLUMN_COMMITMENT;
	memcpy(tail + 1, commitment->bytes, SOC2_DIGEST_SIZE);
	return put_head(encoder, name, tail, sizeof(tail));
}

/* Start what a commitment is the hash of */
soc2_status
soc2_encode_salted(soc2_encoder *encoder, soc2_sink sink,
				   const unsigned char salt[SOC2_SALT_SIZE], soc2_text name,
				   uint64_t value_len)
{
	unsigned char head[2 + SOC2_SALT_SIZE];
	unsigned char length[4];
	soc2_status status;

	if (name.len > UINT32_MAX || value_len > UINT32_MAX)
		return SOC2_OUT_OF_RANGE;
	encoder_init(encoder, sink, 0);
	head[0] = SOC2_DOMAIN_COMMITMENT;
	head[1] = SOC2_FORMAT_VERSION;
	memcpy(head + 2, salt, SOC2_SALT_SIZE);
	status = put(encoder, head, sizeof(head));
	if (status != SOC2_OK)
		return status;
	soc2_put_integer(length, value_len, sizeof(length));
	encoder->missing = value_len;
	return put_head(encoder, name, length, sizeof(length));
}

/* Write a piece of the open value */
soc2_status
soc2_encode_bytes(soc2_encoder *encoder, const void *data, size_t len)
{
	if (len > encoder->missing)
		return SOC2_SURPLUS;
	encoder->missing -= len;
	return len == 0 ? SOC2_OK : put(encoder, data, len);
}

/* Write a piece of the open value as hexadecimal digits */
soc2_status
soc2_encode_hex(soc2_encoder *encoder, const unsigned char *data, size_t len)
{
	char		digits[2 * HEX_CHUNK];

	if (len > encoder->missing / 2)
		return SOC2_SURPLUS;
	while (len > 0)
	{
		size_t		chunk = len < HEX_CHUNK ? len : HEX_CHUNK;
		soc2_status status;

		soc2_hex_format(data, chunk, digits);
		status = soc2_encode_bytes(encoder, digits, 2 * chunk);
		if (status != SOC2_OK)
			return status;
		data += chunk;
		len -= chunk;
	}
	return SOC2_OK;
}

/* End the structure */
soc2_status
soc2_encode_end(const soc2_encoder *encoder)
{
	if (encoder->columns != 0 || encoder->missing != 0)
		return SOC2_INCOMPLETE;
	return SOC2_OK;
}
