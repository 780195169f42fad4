/*-------------------------------------------------------------------------
 *
 * encode.h
 *		The bytes of a row that are hashed: doc/ledger-format.md, section 2.
 *
 * The encoding is written piece by piece into a sink of the caller, so that
 * nothing is ever held as a whole.  An encoder writes one of two structures.
 *
 * The content of a row: soc2_encode_row(), then for each column that is not
 * NULL, in ascending byte order of the names, either soc2_encode_commitment()
 * (a redactable column) or soc2_encode_column() followed by the pieces of its
 * value, then soc2_encode_end().
 *
 * A commitment: soc2_encode_salted(), the pieces of the value, and then
 * soc2_encode_end().
 *
 * Every function that returns a status can return that of the sink, and then
 * the structure cannot be completed.
 *
 * IDENTIFICATION
 *	  src/core/encode.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_ENCODE_H
#define SOC2_CORE_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/hasher.h"
#include "core/status.h"
#include "core/text.h"

/* first bytes of what is hashed: what it is, and the version of its layout */
#define SOC2_DOMAIN_ROW			0x10
#define SOC2_DOMAIN_LINK		0x11
#define SOC2_DOMAIN_COMMITMENT	0x12
#define SOC2_FORMAT_VERSION		0x01

#define SOC2_SALT_SIZE			16

/* takes the bytes of an encoding in order; returns SOC2_OK to go on */
typedef struct soc2_sink
{
	soc2_status (*write) (void *ctx, const void *data, size_t len);
	void	   *ctx;			/* handed to write */
} soc2_sink;

/* Private state; names that were passed in must outlive it */
typedef struct soc2_encoder
{
	soc2_sink	sink;
	unsigned	columns;		/* that are still to come */
	uint64_t	missing;		/* bytes that the open value still lacks */
	soc2_text	last;			/* name of the last column; NULL if none */
} soc2_encoder;

/* A sink that feeds a hasher, between its begin and its finish */
extern soc2_sink soc2_hasher_sink(const soc2_hasher *hasher);

/* Start the content of a row with this many columns that are not NULL */
extern soc2_status soc2_encode_row(soc2_encoder *encoder, soc2_sink sink,
								   uint16_t columns);

/*
 * Start an ordinary column whose value has value_len bytes; they follow
 * through soc2_encode_bytes() and soc2_encode_hex().
 *
 * SOC2_INCOMPLETE: the value before lacks bytes.  SOC2_SURPLUS: more columns
 * than announced.  SOC2_UNORDERED: the name does not come after the last one.
 * SOC2_OUT_OF_RANGE: name or value exceed what a length can say.
 */
extern soc2_status soc2_encode_column(soc2_encoder *encoder, soc2_text name,
									  uint64_t value_len);

/* Write a redactable column; statuses as soc2_encode_column() */
extern soc2_status soc2_encode_commitment(soc2_encoder *encoder,
										  soc2_text name,
										  const soc2_digest *commitment);

/*
 * Start what the commitment to a value is the hash of.  The value follows as
 * in soc2_encode_column().  SOC2_OUT_OF_RANGE as there.
 */
extern soc2_status soc2_encode_salted(soc2_encoder *encoder, soc2_sink sink,
									  const unsigned char salt[SOC2_SALT_SIZE],
									  soc2_text name, uint64_t value_len);

/* Write a piece of the open value; SOC2_SURPLUS if it has no room for it */
extern soc2_status soc2_encode_bytes(soc2_encoder *encoder, const void *data,
									 size_t len);

/*
 * The same for a piece that is two hexadecimal digits for each of len bytes.
 * Takes no memory in proportion to len.
 */
extern soc2_status soc2_encode_hex(soc2_encoder *encoder,
								   const unsigned char *data, size_t len);

/*
 * End the structure.  SOC2_INCOMPLETE: columns or bytes are missing, and what
 * the sink got is worthless.
 */
extern soc2_status soc2_encode_end(const soc2_encoder *encoder);

/* Write an integer in n bytes, 1 to 8, big-endian; its higher bytes are lost */
extern void soc2_put_integer(unsigned char *out, uint64_t value, unsigned n);

#endif							/* SOC2_CORE_ENCODE_H */
