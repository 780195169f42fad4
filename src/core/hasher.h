/*-------------------------------------------------------------------------
 *
 * hasher.h
 *		What the core needs of an implementation of SHA-256.
 *
 * The core has none of its own: the server and the offline tools each hand in
 * theirs.  A hasher computes one hash at a time: begin, any number of updates,
 * finish.  Each function returns SOC2_OK or SOC2_HASH_FAILED; begin may follow
 * anything, and starts anew.
 *
 * IDENTIFICATION
 *	  src/core/hasher.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_HASHER_H
#define SOC2_CORE_HASHER_H

#include <stddef.h>

#include "core/digest.h"
#include "core/status.h"

typedef struct soc2_hasher
{
	soc2_status (*begin) (void *ctx);
	soc2_status (*update) (void *ctx, const void *data, size_t len);
	soc2_status (*finish) (void *ctx, soc2_digest *out);
	void	   *ctx;			/* handed to each of them */
} soc2_hasher;

#endif							/* SOC2_CORE_HASHER_H */
