/*-------------------------------------------------------------------------
 *
 * crypto.h
 *		SHA-256 and Ed25519 by libcrypto, for the core.
 *
 * IDENTIFICATION
 *	  src/verify/crypto.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef VERIFY_CRYPTO_H
#define VERIFY_CRYPTO_H

#include "core/hasher.h"
#include "core/signer.h"

/* A new hasher, which computes one hash at a time; ends the program if not */
extern soc2_hasher crypto_hasher(void);

/* Give a hasher up */
extern void crypto_hasher_free(soc2_hasher *hasher);

/* A signer that only verifies */
extern const soc2_signer *crypto_signer(void);

/*
 * The public key of Ed25519 in a text of PEM.  SOC2_OK or SOC2_KEY_TYPE, also
 * if there is no key at all.
 */
extern soc2_status crypto_read_pem(soc2_text text,
								   unsigned char key[SOC2_ED25519_KEY_SIZE]);

#endif							/* VERIFY_CRYPTO_H */
