/*-------------------------------------------------------------------------
 *
 * sealed.h
 *		Values that are encrypted for a subject: how their bytes lie.
 *
 *		offset	bytes
 *		0		3		"S2K"
 *		3		1		version, SOC2_SEALED_VERSION
 *		4		1		kind, what the value was before
 *		5		16		id of the key
 *		21		12		nonce
 *		33		any		AES-256-GCM of the value, as long as it
 *		-16		16		tag, over the first 33 bytes, the subject and the value
 *
 * IDENTIFICATION
 *	  src/core/sealed.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_SEALED_H
#define SOC2_CORE_SEALED_H

#include <stddef.h>

#include "core/status.h"

#define SOC2_SEALED_VERSION		1

/* kinds of values */
#define SOC2_SEALED_BYTES		0
#define SOC2_SEALED_TEXT		1	/* in UTF-8 */

#define SOC2_SEALED_KEY_ID		16
#define SOC2_SEALED_NONCE		12
#define SOC2_SEALED_TAG			16
#define SOC2_SEALED_HEAD		33
#define SOC2_SEALED_OVERHEAD	(SOC2_SEALED_HEAD + SOC2_SEALED_TAG)

/* a sealed value, with pointers into it */
typedef struct soc2_sealed
{
	unsigned char kind;
	const unsigned char *key_id;
	const unsigned char *nonce;
	const unsigned char *text;	/* encrypted */
	size_t		len;			/* of it, without the tag that follows */
} soc2_sealed;

/* Write the head of a value, SOC2_SEALED_HEAD bytes */
extern void soc2_sealed_write_head(unsigned char *head, unsigned char kind,
								   const unsigned char *key_id,
								   const unsigned char *nonce);

/*
 * Take a value of len bytes apart.
 *
 * SOC2_OK: *out is set.  SOC2_BAD_LENGTH: too short to be one;
 * SOC2_BAD_FIELD: it begins otherwise, or is of no known kind;
 * SOC2_BAD_VERSION: of another version.  *out is undefined then.
 */
extern soc2_status soc2_sealed_parse(const unsigned char *bytes, size_t len,
									 soc2_sealed *out);

#endif							/* SOC2_CORE_SEALED_H */
