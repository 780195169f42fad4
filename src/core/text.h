/*-------------------------------------------------------------------------
 *
 * text.h
 *		Borrowed text, a buffer of the caller, numbers and base64.
 *
 * Texts are bytes with a length, never ended by a NUL.  Where a text is
 * refused, *errpos is the offset in bytes, from 0 to its length, of what is
 * wrong.
 *
 * IDENTIFICATION
 *	  src/core/text.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_TEXT_H
#define SOC2_CORE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/status.h"

/* UTF-8, not ended by a NUL; borrowed from the caller */
typedef struct soc2_text
{
	const char *bytes;
	size_t		len;
} soc2_text;

/*
 * Where text is written: size bytes of the caller, of which len are written.
 * What does not fit is counted all the same, so {NULL, 0, 0} measures; the
 * bytes are worth something only while len <= size.  No NUL is written.
 */
typedef struct soc2_buffer
{
	char	   *bytes;
	size_t		size;
	size_t		len;
} soc2_buffer;

/* characters of a digest in base64 */
#define SOC2_DIGEST_BASE64_SIZE 44

/* The text of a string that is ended by a NUL */
extern soc2_text soc2_text_of(const char *string);

/* Add bytes to a buffer */
extern void soc2_buffer_add(soc2_buffer *buffer, const void *bytes,
							size_t len);

/* Add a number in decimal */
extern void soc2_buffer_add_number(soc2_buffer *buffer, uint64_t number);

/* Add bytes in base64 of RFC 4648, section 4, padded */
extern void soc2_buffer_add_base64(soc2_buffer *buffer,
								   const unsigned char *bytes, size_t len);

/* SOC2_OK if all that was added fits, else SOC2_NO_SPACE */
extern soc2_status soc2_buffer_status(const soc2_buffer *buffer);

/*
 * The line of text that starts at *offset, without its newline; *offset moves
 * behind the newline.  An empty line is a line.
 *
 * SOC2_OK.  SOC2_LINE_EXPECTED: *offset is the end of the text (or beyond).
 * SOC2_NEWLINE_EXPECTED: the text ends before a newline does; *offset is then
 * the length of the text.
 */
extern soc2_status soc2_text_line(soc2_text text, size_t *offset,
								  soc2_text *line);

/*
 * The character that starts at *offset, which is less than text.len; *offset
 * moves behind it.  SOC2_OK, or SOC2_NOT_UTF8 with *offset as it was.
 */
extern soc2_status soc2_text_character(soc2_text text, size_t *offset,
									   uint32_t *character);

/*
 * Is text valid UTF-8 without ASCII control characters, other than newlines?
 * SOC2_OK, SOC2_NOT_UTF8 or SOC2_CONTROL_CHARACTER with *errpos.
 */
extern soc2_status soc2_text_check(soc2_text text, size_t *errpos);

/*
 * Parse a decimal number of 0 to 2^63 - 1, of digits alone and without
 * leading zeros.
 *
 * SOC2_OK: *out is set.  SOC2_NUMBER_EXPECTED, SOC2_UNEXPECTED_CHARACTER,
 * SOC2_LEADING_ZERO, SOC2_SIZE_TOO_LARGE: *out is undefined.
 */
extern soc2_status soc2_number_parse(soc2_text text, uint64_t *out,
									 size_t *errpos);

/*
 * Decode base64 into out: strict, that is padded, without white space and with
 * no bit set that means nothing, so that every value has one text.  With
 * out->bytes NULL the text is checked and the bytes are counted.
 *
 * SOC2_OK.  SOC2_BASE64_EXPECTED: a character that cannot stand there, or a
 * meaningless bit.  SOC2_BASE64_PADDING: the length is no multiple of four.
 * SOC2_NO_SPACE: more than out->size bytes, with *errpos 0.  Unless SOC2_OK
 * the contents of out are undefined.
 */
extern soc2_status soc2_base64_decode(soc2_text text, soc2_buffer *out,
									  size_t *errpos);

/*
 * Decode a digest of 44 characters.  SOC2_OK, SOC2_HASH_LENGTH with *errpos
 * where the text is too short or too long, or as soc2_base64_decode().
 */
extern soc2_status soc2_digest_decode64(soc2_text text, soc2_digest *out,
										size_t *errpos);

#endif							/* SOC2_CORE_TEXT_H */
