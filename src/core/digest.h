/*-------------------------------------------------------------------------
 *
 * digest.h
 *		A SHA-256 digest: 32 bytes, and its text of 64 hexadecimal digits.
 *
 * IDENTIFICATION
 *	  src/core/digest.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_DIGEST_H
#define SOC2_CORE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"

#define SOC2_DIGEST_SIZE		32

/* bytes for the text, 64 digits and a NUL */
#define SOC2_DIGEST_TEXT_SIZE	65

/* bytes of the binary form: version byte and the digest */
#define SOC2_DIGEST_BINARY_SIZE		33
#define SOC2_DIGEST_BINARY_VERSION	1

/* the layout is stored on disk: nothing but the bytes */
typedef struct soc2_digest
{
	unsigned char bytes[SOC2_DIGEST_SIZE];
} soc2_digest;

/*
 * Parse 64 hexadecimal digits, in either case, of len bytes (no NUL needed).
 *
 * SOC2_OK: *out is set.  SOC2_HEX_EXPECTED, SOC2_DIGEST_LENGTH: *out is
 * undefined and *errpos is the offset in bytes, 0 to len, of what is wrong.
 */
extern soc2_status soc2_digest_parse(const char *text, size_t len,
									 soc2_digest *out, size_t *errpos);

/* Write the text in lower case and a NUL into buf */
extern void soc2_digest_format(const soc2_digest *digest,
							   char buf[SOC2_DIGEST_TEXT_SIZE]);

/* Less than, equal to or greater than 0, as the bytes compare */
extern int	soc2_digest_compare(const soc2_digest *a, const soc2_digest *b);

/* True if all bytes are zero, as before the first row of a chain */
extern bool soc2_digest_is_zero(const soc2_digest *digest);

/*
 * Write two hexadecimal digits in lower case for each of len bytes into out,
 * which has 2 * len bytes.  No NUL.
 */
extern void soc2_hex_format(const unsigned char *bytes, size_t len, char *out);

#endif							/* SOC2_CORE_DIGEST_H */
