/*-------------------------------------------------------------------------
 *
 * sha256.h
 *		SHA-256 for the unit tests, so that they need no library.
 *
 * Slow and plain, after FIPS 180-4.  The server and the offline tools use
 * OpenSSL.
 *
 * IDENTIFICATION
 *	  test/unit/sha256.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_TEST_SHA256_H
#define SOC2_TEST_SHA256_H

#include <stdint.h>
#include <string.h>

#include "core/hasher.h"

typedef struct test_sha256
{
	uint32_t	state[8];
	unsigned char block[64];
	uint64_t	total;
} test_sha256;

static const uint32_t test_sha256_k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

/* rotate right */
static uint32_t
test_ror(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

/* take the full block into the state */
static void
test_sha256_block(test_sha256 *h)
{
	uint32_t	w[64];
	uint32_t	s[8];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t) h->block[4 * i] << 24 |
			(uint32_t) h->block[4 * i + 1] << 16 |
			(uint32_t) h->block[4 * i + 2] << 8 | h->block[4 * i + 3];
	for (int i = 16; i < 64; i++)
	{
		uint32_t	a = w[i - 15];
		uint32_t	b = w[i - 2];

		w[i] = w[i - 16] + w[i - 7] +
			(test_ror(a, 7) ^ test_ror(a, 18) ^ a >> 3) +
			(test_ror(b, 17) ^ test_ror(b, 19) ^ b >> 10);
	}
	memcpy(s, h->state, sizeof(s));
	for (int i = 0; i < 64; i++)
	{
		uint32_t	t1;
		uint32_t	t2;

		t1 = s[7] + test_sha256_k[i] + w[i] + ((s[4] & s[5]) ^ (~s[4] & s[6])) +
			(test_ror(s[4], 6) ^ test_ror(s[4], 11) ^ test_ror(s[4], 25));
		t2 = (test_ror(s[0], 2) ^ test_ror(s[0], 13) ^ test_ror(s[0], 22)) +
			((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
		memmove(s + 1, s, 7 * sizeof(s[0]));
		s[4] += t1;
		s[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		h->state[i] += s[i];
}

/* begin of a hasher */
static soc2_status
test_sha256_begin(void *ctx)
{
	static const uint32_t start[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
	};
	test_sha256 *h = ctx;

	memcpy(h->state, start, sizeof(start));
	h->total = 0;
	return SOC2_OK;
}

/* update of a hasher */
static soc2_status
test_sha256_update(void *ctx, const void *data, size_t len)
{
	test_sha256 *h = ctx;
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
	{
		h->block[h->total++ % 64] = bytes[i];
		if (h->total % 64 == 0)
			test_sha256_block(h);
	}
	return SOC2_OK;
}

/* finish of a hasher */
static soc2_status
test_sha256_finish(void *ctx, soc2_digest *out)
{
	test_sha256 *h = ctx;
	uint64_t	bits = h->total * 8;
	unsigned char length[8];

	test_sha256_update(h, "\x80", 1);
	while (h->total % 64 != 56)
		test_sha256_update(h, "", 1);
	for (int i = 0; i < 8; i++)
		length[i] = (unsigned char) (bits >> (56 - 8 * i));
	test_sha256_update(h, length, 8);
	for (int i = 0; i < 32; i++)
		out->bytes[i] = (unsigned char) (h->state[i / 4] >> (24 - 8 * (i % 4)));
	return SOC2_OK;
}

/* a hasher that works in h */
static soc2_hasher
test_hasher(test_sha256 *h)
{
	soc2_hasher hasher = {
		test_sha256_begin, test_sha256_update, test_sha256_finish, NULL
	};

	hasher.ctx = h;
	return hasher;
}

#endif							/* SOC2_TEST_SHA256_H */
