/*-------------------------------------------------------------------------
 *
 * hmac.h
 *		HMAC-SHA-256 of many short messages with one key.
 *
 * The states after the two pads are made once, and by the functions of OpenSSL
 * for SHA-256 alone, as those for any algorithm take several times as long for
 * a few bytes.
 *
 * IDENTIFICATION
 *	  src/hmac.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_HMAC_H
#define SOC2_HMAC_H

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#define SOC2_HMAC_SIZE	32

/* one key: SHA-256 after the inner and after the outer pad */
typedef struct soc2_hmac
{
	SHA256_CTX	inner;
	SHA256_CTX	outer;
} soc2_hmac;

/* Start with a key of from 1 to 64 bytes; raises 22023 for another length */
extern void soc2_hmac_init(soc2_hmac *hmac, const bytea *key);

/*
 * The end of a message: inner is a copy of the inner state to which the message
 * was added, and of no use afterwards.
 */
extern void soc2_hmac_finish(const soc2_hmac *hmac, SHA256_CTX *inner,
							 unsigned char hash[SOC2_HMAC_SIZE]);

/* The hash of a message of one part */
extern void soc2_hmac_hash(const soc2_hmac *hmac, const void *message,
						   size_t len, unsigned char hash[SOC2_HMAC_SIZE]);

#endif							/* SOC2_HMAC_H */
