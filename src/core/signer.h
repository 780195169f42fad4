/*-------------------------------------------------------------------------
 *
 * signer.h
 *		What the core needs of an implementation of Ed25519.
 *
 * The core has none of its own: the server and the offline tools each hand in
 * theirs.  A signer holds at most one private key; verifying takes any public
 * key.
 *
 * IDENTIFICATION
 *	  src/core/signer.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_SIGNER_H
#define SOC2_CORE_SIGNER_H

#include "core/status.h"
#include "core/text.h"

#define SOC2_ED25519_KEY_SIZE		32
#define SOC2_ED25519_SIGNATURE_SIZE 64

typedef struct soc2_signer
{
	/*
	 * Sign a message with the private key that ctx holds.  SOC2_OK or
	 * SOC2_SIGN_FAILED.  NULL in a signer that only verifies.
	 */
	soc2_status (*sign) (void *ctx, soc2_text message,
						 unsigned char signature[SOC2_ED25519_SIGNATURE_SIZE]);

	/*
	 * Check a signature of a message by the owner of a public key.  SOC2_OK,
	 * SOC2_SIGNATURE_INVALID or SOC2_SIGN_FAILED.
	 */
	soc2_status (*verify) (void *ctx,
						   const unsigned char key[SOC2_ED25519_KEY_SIZE],
						   soc2_text message,
						   const unsigned char *signature);
	void	   *ctx;			/* handed to each of them */
} soc2_signer;

#endif							/* SOC2_CORE_SIGNER_H */
