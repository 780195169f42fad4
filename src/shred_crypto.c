/*-------------------------------------------------------------------------
 *
 * shred_crypto.c
 *		What keys of subjects need of libcrypto.
 *
 * No error is raised while its objects are at hand, as nothing else would free
 * them.
 *
 * IDENTIFICATION
 *	  src/shred_crypto.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "core/digest.h"
#include "core/sealed.h"
#include "shred.h"
#include "soc2.h"

/* bits of the key of a backend */
#define SESSION_KEY_BITS	3072

/* key of this backend, or NULL */
static EVP_PKEY *session_key = NULL;

/* raise the error about libcrypto */
static void
raise_failure(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("could not %s", what),
			 errhint("See whether the configuration of OpenSSL allows AES-256-GCM, SHA-256 and RSA.")));
}

/* Random bytes */
void
soc2_random(void *bytes, size_t len)
{
	if (!pg_strong_random(bytes, len))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random bytes")));
}

/* Fingerprint of a key */
void
soc2_data_key_check(const unsigned char *key, const pg_uuid_t *id,
					unsigned char *check)
{
	unsigned char hash[SOC2_DIGEST_SIZE];
	unsigned	len = 0;

	if (HMAC(EVP_sha256(), key, SOC2_DATA_KEY_SIZE, id->data, UUID_LEN, hash,
			 &len) == NULL || len != sizeof(hash))
		raise_failure("compute the fingerprint of a key");
	memcpy(check, hash, SOC2_KEY_CHECK_SIZE);
}

/* begin AES-256-GCM and authenticate the head and the subject */
static bool
begin_cipher(EVP_CIPHER_CTX *context, const soc2_data_key *key,
			 const unsigned char *head, int encrypt)
{
	const unsigned char *nonce = head + SOC2_SEALED_HEAD - SOC2_SEALED_NONCE;
	int			len;

	return EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key->bytes,
							 nonce, encrypt) == 1 &&
		EVP_CipherUpdate(context, NULL, &len, head, SOC2_SEALED_HEAD) == 1 &&
		EVP_CipherUpdate(context, NULL, &len,
						 (const unsigned char *) key->subject,
						 (int) strlen(key->subject)) == 1;
}

/* encrypt, and write the tag */
static bool
encrypt(EVP_CIPHER_CTX *context, const unsigned char *in, size_t len,
		unsigned char *out)
{
	int			written = 0;
	int			rest = 0;

	return EVP_CipherUpdate(context, out, &written, in, (int) len) == 1 &&
		EVP_CipherFinal_ex(context, out + written, &rest) == 1 &&
		EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, SOC2_SEALED_TAG,
							out + len) == 1;
}

/* decrypt, and compare the tag */
static bool
decrypt(EVP_CIPHER_CTX *context, const unsigned char *in, size_t len,
		unsigned char *out)
{
	int			written = 0;
	int			rest = 0;

	return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, SOC2_SEALED_TAG,
							   unconstify(unsigned char *, in + len)) == 1 &&
		EVP_CipherUpdate(context, out, &written, in, (int) len) == 1 &&
		EVP_CipherFinal_ex(context, out + written, &rest) == 1;
}

/* Seal a value */
void
soc2_gcm_seal(const soc2_data_key *key, const unsigned char *head,
			  const unsigned char *in, size_t len, unsigned char *out)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	bool		done = context != NULL &&
	begin_cipher(context, key, head, 1) && encrypt(context, in, len, out);

	EVP_CIPHER_CTX_free(context);
	if (!done)
		raise_failure("encrypt a value");
}

/* Open a sealed value */
bool
soc2_gcm_open(const soc2_data_key *key, const unsigned char *head,
			  const unsigned char *in, size_t len, unsigned char *out)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	bool		begun = context != NULL && begin_cipher(context, key, head, 0);
	bool		done = begun && decrypt(context, in, len, out);

	EVP_CIPHER_CTX_free(context);
	if (!begun)
		raise_failure("decrypt a value");
	return done;
}

/* make the key of this backend; NULL if that fails */
static EVP_PKEY *
make_session_key(void)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
	EVP_PKEY   *key = NULL;

	if (context == NULL || EVP_PKEY_keygen_init(context) != 1 ||
		EVP_PKEY_CTX_set_rsa_keygen_bits(context, SESSION_KEY_BITS) != 1 ||
		EVP_PKEY_keygen(context, &key) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	return key;
}

/* The public key of this backend */
char *
soc2_session_key(void)
{
	BIO		   *bio;
	char	   *data;
	long		len = 0;
	char	   *pem = NULL;

	if (session_key == NULL)
		session_key = make_session_key();
	if (session_key == NULL)
		raise_failure("make the key of a session");
	bio = BIO_new(BIO_s_mem());
	if (bio != NULL && PEM_write_bio_PUBKEY(bio, session_key) == 1)
	{
		len = BIO_get_mem_data(bio, &data);
		pem = palloc_extended(len + 1, MCXT_ALLOC_NO_OOM);
	}
	if (pem != NULL)
	{
		memcpy(pem, data, len);
		pem[len] = '\0';
	}
	BIO_free(bio);
	if (pem == NULL)
		raise_failure("write the key of a session");
	return pem;
}

/* decrypt what was encrypted with the key of this backend */
static bool
session_decrypt(EVP_PKEY_CTX *context, const bytea *sealed,
				unsigned char *out, size_t *len)
{
	return EVP_PKEY_decrypt_init(context) == 1 &&
		EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1 &&
		EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
		EVP_PKEY_decrypt(context, out, len,
						 (const unsigned char *) VARDATA_ANY(sealed),
						 VARSIZE_ANY_EXHDR(sealed)) == 1;
}

/* A key that was encrypted with that of this backend */
bool
soc2_session_decrypt(const bytea *sealed, unsigned char *out)
{
	unsigned char buffer[SESSION_KEY_BITS / 8];
	size_t		len = sizeof(buffer);
	EVP_PKEY_CTX *context;
	bool		done;

	if (session_key == NULL)
		return false;
	context = EVP_PKEY_CTX_new(session_key, NULL);
	done = context != NULL && session_decrypt(context, sealed, buffer, &len) &&
		len == SOC2_DATA_KEY_SIZE;
	EVP_PKEY_CTX_free(context);
	if (done)
		memcpy(out, buffer, SOC2_DATA_KEY_SIZE);
	explicit_bzero(buffer, sizeof(buffer));
	return done;
}
