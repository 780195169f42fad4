/*-------------------------------------------------------------------------
 *
 * oscal.h
 *		Forms that the Open Security Controls Assessment Language asks for.
 *
 * IDENTIFICATION
 *	  src/core/oscal.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_OSCAL_H
#define SOC2_CORE_OSCAL_H

#include "core/text.h"

#define SOC2_SHA1_SIZE	20
#define SOC2_UUID_SIZE	16

/* The UUID of version 5 (RFC 9562) of the SHA-1 of a namespace and a name */
extern void soc2_uuid_form(const unsigned char sha1[SOC2_SHA1_SIZE],
						   unsigned char uuid[SOC2_UUID_SIZE]);

/*
 * Add text as one line: without white space of Unicode at its ends, each run
 * of control characters and line or paragraph separators inside as one blank.
 * Nothing is added for a text of white space alone.
 *
 * SOC2_OK, or SOC2_NOT_UTF8 with the buffer as far as it came.
 */
extern soc2_status soc2_oscal_add_line(soc2_buffer *buffer, soc2_text text);

/*
 * Add text as a token, another one for each other text: ASCII letters, digits,
 * '.' and '-' stand for themselves, digits, '.' and '-' not at the beginning;
 * any other character is its UTF-8 in hexadecimal between two '_'.  The empty
 * text is '_'.
 *
 * SOC2_OK, or SOC2_NOT_UTF8 with the buffer as far as it came.
 */
extern soc2_status soc2_oscal_add_token(soc2_buffer *buffer, soc2_text text);

#endif							/* SOC2_CORE_OSCAL_H */
