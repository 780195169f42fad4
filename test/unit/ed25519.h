/*-------------------------------------------------------------------------
 *
 * ed25519.h
 *		Ed25519 by OpenSSL, for the unit tests.
 *
 * IDENTIFICATION
 *	  test/unit/ed25519.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_TEST_ED25519_H
#define SOC2_TEST_ED25519_H

#include <stddef.h>

#include <openssl/evp.h>

#include "core/signer.h"

/* sign with the private key of 32 bytes at ctx */
static soc2_status
test_ed25519_sign(void *ctx, soc2_text message, unsigned char *signature)
{
	size_t		len = SOC2_ED25519_SIGNATURE_SIZE;
	EVP_PKEY   *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, ctx,
													SOC2_ED25519_KEY_SIZE);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int			ok = pkey != NULL && md != NULL &&
	EVP_DigestSignInit(md, NULL, NULL, NULL, pkey) == 1 &&
	EVP_DigestSign(md, signature, &len,
				   (const unsigned char *) message.bytes, message.len) == 1;

	EVP_MD_CTX_free(md);
	EVP_PKEY_free(pkey);
	return ok ? SOC2_OK : SOC2_SIGN_FAILED;
}

/* check a signature */
static soc2_status
test_ed25519_verify(void *ctx, const unsigned char *key, soc2_text message,
					const unsigned char *signature)
{
	EVP_PKEY   *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key,
												   SOC2_ED25519_KEY_SIZE);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int			ok = pkey != NULL && md != NULL &&
	EVP_DigestVerifyInit(md, NULL, NULL, NULL, pkey) == 1;
	int			good = ok && EVP_DigestVerify(md, signature,
											  SOC2_ED25519_SIGNATURE_SIZE,
											  (const unsigned char *) message.bytes,
											  message.len) == 1;

	(void) ctx;
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(pkey);
	if (!ok)
		return SOC2_SIGN_FAILED;
	return good ? SOC2_OK : SOC2_SIGNATURE_INVALID;
}

/* a signer with a private key, which may be NULL */
static soc2_signer
test_signer(unsigned char *private_key)
{
	soc2_signer signer = {test_ed25519_sign, test_ed25519_verify, NULL};

	signer.ctx = private_key;
	if (private_key == NULL)
		signer.sign = NULL;
	return signer;
}

/* the public key of a private one */
static void
test_public_key(const unsigned char *private_key, unsigned char *public_key)
{
	size_t		len = SOC2_ED25519_KEY_SIZE;
	EVP_PKEY   *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
													private_key, len);

	if (pkey == NULL ||
		EVP_PKEY_get_raw_public_key(pkey, public_key, &len) != 1)
		abort();
	EVP_PKEY_free(pkey);
}

#endif							/* SOC2_TEST_ED25519_H */
