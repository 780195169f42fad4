/*-------------------------------------------------------------------------
 *
 * ledger_hasher.c
 *		SHA-256 by OpenSSL, for the core.
 *
 * The algorithm is fetched and the context made once per backend and then
 * used again: setting them up costs several times what hashing a small row
 * does.  The server's own contexts (pg_cryptohash) belong to a resource owner
 * and so cannot outlive a transaction.
 *
 * There is one context, so there is one hash in progress.  Callers see to it
 * that no foreign code runs between begin and finish; a hash that an error
 * interrupted is forgotten by the next begin.
 *
 * IDENTIFICATION
 *	  src/ledger_hasher.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/evp.h>

#include "ledger.h"

static EVP_MD_CTX *context = NULL;
static const EVP_MD *algorithm = NULL;

/* rows are hashed in many small pieces, and a call costs more than they do */
static unsigned char pending[1024];
static size_t pending_len = 0;

/* make what is kept for the life of the backend */
static bool
prepare(void)
{
	if (algorithm == NULL)
	{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
		algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
#else
		algorithm = EVP_sha256();
#endif
	}
	if (context == NULL)
		context = EVP_MD_CTX_new();
	return algorithm != NULL && context != NULL;
}

/* begin of the hasher */
static soc2_status
hasher_begin(void *ctx)
{
	(void) ctx;
	pending_len = 0;
	if (!prepare() || EVP_DigestInit_ex(context, algorithm, NULL) != 1)
		return SOC2_HASH_FAILED;
	return SOC2_OK;
}

/* update of the hasher */
static soc2_status
hasher_update(void *ctx, const void *data, size_t len)
{
	(void) ctx;
	if (len <= sizeof(pending) - pending_len)
	{
		memcpy(pending + pending_len, data, len);
		pending_len += len;
		return SOC2_OK;
	}
	if (EVP_DigestUpdate(context, pending, pending_len) != 1 ||
		EVP_DigestUpdate(context, data, len) != 1)
		return SOC2_HASH_FAILED;
	pending_len = 0;
	return SOC2_OK;
}

/* finish of the hasher */
static soc2_status
hasher_finish(void *ctx, soc2_digest *out)
{
	unsigned	len = 0;

	(void) ctx;
	if (EVP_DigestUpdate(context, pending, pending_len) != 1 ||
		EVP_DigestFinal_ex(context, out->bytes, &len) != 1 ||
		len != SOC2_DIGEST_SIZE)
		return SOC2_HASH_FAILED;
	return SOC2_OK;
}

/* The hasher of this backend */
const soc2_hasher *
soc2_ledger_hasher(void)
{
	static const soc2_hasher hasher = {
		hasher_begin, hasher_update, hasher_finish, NULL
	};

	return &hasher;
}

/* SHA-256 of some bytes */
void
soc2_ledger_hash_bytes(const void *data, size_t len, soc2_digest *out)
{
	const char *what = "compute a SHA-256 digest";

	soc2_check_status(hasher_begin(NULL), what);
	soc2_check_status(hasher_update(NULL, data, len), what);
	soc2_check_status(hasher_finish(NULL, out), what);
}
