/*-------------------------------------------------------------------------
 *
 * hmac.c
 *		HMAC-SHA-256 of many short messages with one key.
 *
 * IDENTIFICATION
 *	  src/hmac.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "hmac.h"
#include "soc2.h"
#include "utils/elog.h"

#define HMAC_BLOCK	64

/* Start with a key, which is at most a block long */
void
soc2_hmac_init(soc2_hmac *hmac, const bytea *key)
{
	unsigned char pad[HMAC_BLOCK];
	size_t		len = VARSIZE_ANY_EXHDR(key);

	if (len == 0 || len > HMAC_BLOCK)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("key of a hash must have from 1 to %d bytes",
						HMAC_BLOCK)));
	memset(pad, 0, sizeof(pad));
	memcpy(pad, VARDATA_ANY(key), len);
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36;
	SHA256_Init(&hmac->inner);
	SHA256_Update(&hmac->inner, pad, sizeof(pad));
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36 ^ 0x5c;
	SHA256_Init(&hmac->outer);
	SHA256_Update(&hmac->outer, pad, sizeof(pad));
}

/* The end of a message */
void
soc2_hmac_finish(const soc2_hmac *hmac, SHA256_CTX *inner,
				 unsigned char hash[SOC2_HMAC_SIZE])
{
	SHA256_CTX	outer = hmac->outer;

	SHA256_Final(hash, inner);
	SHA256_Update(&outer, hash, SOC2_HMAC_SIZE);
	SHA256_Final(hash, &outer);
}

/* The hash of a message of one part */
void
soc2_hmac_hash(const soc2_hmac *hmac, const void *message, size_t len,
			   unsigned char hash[SOC2_HMAC_SIZE])
{
	SHA256_CTX	inner = hmac->inner;

	SHA256_Update(&inner, message, len);
	soc2_hmac_finish(hmac, &inner, hash);
}
