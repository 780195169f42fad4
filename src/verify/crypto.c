/*-------------------------------------------------------------------------
 *
 * crypto.c
 *		SHA-256 and Ed25519 by libcrypto, for the core.
 *
 * IDENTIFICATION
 *	  src/verify/crypto.c
 *
 *-------------------------------------------------------------------------
 */
#include "verify/crypto.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "verify/memory.h"

/* begin of the hasher */
static soc2_status
hasher_begin(void *ctx)
{
	return EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 ?
		SOC2_OK : SOC2_HASH_FAILED;
}

/* update of the hasher */
static soc2_status
hasher_update(void *ctx, const void *data, size_t len)
{
	return EVP_DigestUpdate(ctx, data, len) == 1 ? SOC2_OK : SOC2_HASH_FAILED;
}

/* finish of the hasher */
static soc2_status
hasher_finish(void *ctx, soc2_digest *out)
{
	unsigned	len = 0;

	if (EVP_DigestFinal_ex(ctx, out->bytes, &len) != 1 ||
		len != SOC2_DIGEST_SIZE)
		return SOC2_HASH_FAILED;
	return SOC2_OK;
}

/* A new hasher */
soc2_hasher
crypto_hasher(void)
{
	soc2_hasher hasher = {hasher_begin, hasher_update, hasher_finish, NULL};

	hasher.ctx = EVP_MD_CTX_new();
	if (hasher.ctx == NULL)
		fatal("out of memory");
	return hasher;
}

/* Give a hasher up */
void
crypto_hasher_free(soc2_hasher *hasher)
{
	EVP_MD_CTX_free(hasher->ctx);
	hasher->ctx = NULL;
}

/* verify of the signer */
static soc2_status
signer_verify(void *ctx, const unsigned char key[SOC2_ED25519_KEY_SIZE],
			  soc2_text message, const unsigned char *signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY   *public;
	soc2_status status = SOC2_SIGN_FAILED;

	(void) ctx;
	public = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key,
										 SOC2_ED25519_KEY_SIZE);
	if (context != NULL && public != NULL &&
		EVP_DigestVerifyInit(context, NULL, NULL, NULL, public) == 1)
		status = EVP_DigestVerify(context, signature,
								  SOC2_ED25519_SIGNATURE_SIZE,
								  (const unsigned char *) message.bytes,
								  message.len) == 1 ?
			SOC2_OK : SOC2_SIGNATURE_INVALID;
	EVP_PKEY_free(public);
	EVP_MD_CTX_free(context);
	return status;
}

/* A signer that only verifies */
const soc2_signer *
crypto_signer(void)
{
	static const soc2_signer signer = {NULL, signer_verify, NULL};

	return &signer;
}

/* The public key in a text of PEM */
soc2_status
crypto_read_pem(soc2_text text, unsigned char key[SOC2_ED25519_KEY_SIZE])
{
	BIO		   *bio;
	EVP_PKEY   *public;
	size_t		len = SOC2_ED25519_KEY_SIZE;
	soc2_status status = SOC2_KEY_TYPE;

	if (text.len > INT_MAX)
		return SOC2_KEY_TYPE;
	bio = BIO_new_mem_buf(text.bytes, (int) text.len);
	if (bio == NULL)
		fatal("out of memory");
	public = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	if (public != NULL && EVP_PKEY_id(public) == EVP_PKEY_ED25519 &&
		EVP_PKEY_get_raw_public_key(public, key, &len) == 1 &&
		len == SOC2_ED25519_KEY_SIZE)
		status = SOC2_OK;
	EVP_PKEY_free(public);
	BIO_free(bio);
	return status;
}
