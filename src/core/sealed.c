/*-------------------------------------------------------------------------
 *
 * sealed.c
 *		Values that are encrypted for a subject: how their bytes lie.
 *
 * IDENTIFICATION
 *	  src/core/sealed.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/sealed.h"

#include <string.h>

/* where the parts of the head begin */
#define VERSION_OFFSET	3
#define KIND_OFFSET		4
#define KEY_ID_OFFSET	5
#define NONCE_OFFSET	(KEY_ID_OFFSET + SOC2_SEALED_KEY_ID)

static const unsigned char magic[VERSION_OFFSET] = {'S', '2', 'K'};

/* Write the head of a value */
void
soc2_sealed_write_head(unsigned char *head, unsigned char kind,
					   const unsigned char *key_id,
					   const unsigned char *nonce)
{
	memcpy(head, magic, sizeof(magic));
	head[VERSION_OFFSET] = SOC2_SEALED_VERSION;
	head[KIND_OFFSET] = kind;
	memcpy(head + KEY_ID_OFFSET, key_id, SOC2_SEALED_KEY_ID);
	memcpy(head + NONCE_OFFSET, nonce, SOC2_SEALED_NONCE);
}

/* Take a value apart */
soc2_status
soc2_sealed_parse(const unsigned char *bytes, size_t len, soc2_sealed *out)
{
	if (len < SOC2_SEALED_OVERHEAD)
		return SOC2_BAD_LENGTH;
	if (memcmp(bytes, magic, sizeof(magic)) != 0)
		return SOC2_BAD_FIELD;
	if (bytes[VERSION_OFFSET] != SOC2_SEALED_VERSION)
		return SOC2_BAD_VERSION;
	if (bytes[KIND_OFFSET] > SOC2_SEALED_TEXT)
		return SOC2_BAD_FIELD;
	out->kind = bytes[KIND_OFFSET];
	out->key_id = bytes + KEY_ID_OFFSET;
	out->nonce = bytes + NONCE_OFFSET;
	out->text = bytes + SOC2_SEALED_HEAD;
	out->len = len - SOC2_SEALED_OVERHEAD;
	return SOC2_OK;
}
