/*-------------------------------------------------------------------------
 *
 * merkle_log.h
 *		RFC 6962 word for word: the tree and its proofs as the recursions that
 *		the RFC defines, to compare the core with.
 *
 * A small log has leaves that all differ, and remembers every subtree.  A vast
 * log has leaves that are all the same, so that the hash of a subtree depends
 * on nothing but its number of leaves.
 *
 * IDENTIFICATION
 *	  test/unit/merkle_log.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_TEST_MERKLE_LOG_H
#define SOC2_TEST_MERKLE_LOG_H

#include <stdbool.h>
#include <stdlib.h>

#include "core/merkle.h"
#include "sha256.h"

#define TEST_LOG_MAX	131

typedef struct test_log
{
	test_sha256 work;
	soc2_hasher hasher;
	bool		vast;
	soc2_digest leaf[TEST_LOG_MAX];
	soc2_digest memo[TEST_LOG_MAX][TEST_LOG_MAX + 1];
	bool		known[TEST_LOG_MAX][TEST_LOG_MAX + 1];
	soc2_digest perfect[64];
	bool		perfect_known[64];
	unsigned	fetches;
}			test_log;

/* what must work */
static inline void
test_must(soc2_status status)
{
	if (status != SOC2_OK)
		abort();
}

/* start a log, which stays where it is */
static inline void
test_log_begin(test_log * tlog, bool vast)
{
	memset(tlog, 0, sizeof(*tlog));
	tlog->hasher = test_hasher(&tlog->work);
	tlog->vast = vast;
	for (size_t i = 0; i < TEST_LOG_MAX; i++)
	{
		soc2_digest entry = {{0}};

		entry.bytes[0] = (unsigned char) (vast ? 0 : i);
		entry.bytes[31] = 0xA5;
		test_must(soc2_merkle_leaf(&tlog->hasher, &entry, &tlog->leaf[i]));
	}
}

/* the largest power of two smaller than n, which is 2 at least */
static inline uint64_t
test_split(uint64_t n)
{
	uint64_t	k = UINT64_C(1) << 62;

	while (k >= n)
		k >>= 1;
	return k;
}

/* MTH(D[first:first + n]) of n leaves, 1 at least */
static inline soc2_digest
test_mth(test_log * tlog, uint64_t first, uint64_t n)
{
	soc2_digest left;
	soc2_digest right;
	soc2_digest out;
	unsigned	level = 0;

	while (level < 63 && (UINT64_C(1) << level) != n)
		level++;
	if (n == 1)
		return tlog->vast ? tlog->leaf[0] : tlog->leaf[first];
	if (tlog->vast && level < 63 && tlog->perfect_known[level])
		return tlog->perfect[level];
	if (!tlog->vast && tlog->known[first][n])
		return tlog->memo[first][n];
	left = test_mth(tlog, first, test_split(n));
	right = test_mth(tlog, first + test_split(n), n - test_split(n));
	test_must(soc2_merkle_parent(&tlog->hasher, &left, &right, &out));
	if (!tlog->vast)
	{
		tlog->memo[first][n] = out;
		tlog->known[first][n] = true;
	}
	else if (level < 63)
	{
		tlog->perfect[level] = out;
		tlog->perfect_known[level] = true;
	}
	return out;
}

/* the root of a size */
static inline soc2_digest
test_root(test_log * tlog, uint64_t size)
{
	soc2_digest out;

	if (size > 0)
		return test_mth(tlog, 0, size);
	test_must(tlog->hasher.begin(tlog->hasher.ctx));
	test_must(tlog->hasher.finish(tlog->hasher.ctx, &out));
	return out;
}

/* add a hash to a path */
static inline void
test_path_add(soc2_merkle_path *path, soc2_digest hash)
{
	path->hash[path->count++] = hash;
}

/* the leaves from first to before end */
static inline soc2_merkle_span
test_span(uint64_t first, uint64_t end)
{
	soc2_merkle_span span = {first, end};

	return span;
}

/* PATH(m, D[first:first + n]) */
static inline void
test_path(test_log * tlog, uint64_t m, soc2_merkle_span d,
		  soc2_merkle_path *path)
{
	uint64_t	n = d.end - d.first;
	uint64_t	k;

	if (n == 1)
		return;
	k = test_split(n);
	if (m < k)
	{
		test_path(tlog, m, test_span(d.first, d.first + k), path);
		test_path_add(path, test_mth(tlog, d.first + k, n - k));
	}
	else
	{
		test_path(tlog, m - k, test_span(d.first + k, d.end), path);
		test_path_add(path, test_mth(tlog, d.first, k));
	}
}

/* SUBPROOF(m, D[first:first + n], b) */
static inline void
test_subproof(test_log * tlog, uint64_t m, soc2_merkle_span d, bool b,
			  soc2_merkle_path *path)
{
	uint64_t	n = d.end - d.first;
	uint64_t	k;

	if (m == n)
	{
		if (!b)
			test_path_add(path, test_mth(tlog, d.first, n));
		return;
	}
	k = test_split(n);
	if (m <= k)
	{
		test_subproof(tlog, m, test_span(d.first, d.first + k), b,
					  path);
		test_path_add(path, test_mth(tlog, d.first + k, n - k));
	}
	else
	{
		test_subproof(tlog, m - k, test_span(d.first + k, d.end),
					  false, path);
		test_path_add(path, test_mth(tlog, d.first, k));
	}
}

/* fetch of a source: perfect nodes alone */
static inline soc2_status
test_fetch(void *ctx, soc2_merkle_node node, soc2_digest *hash)
{
	test_log   *tlog = ctx;

	tlog->fetches++;
	*hash = test_mth(tlog, node.index << node.level,
					 UINT64_C(1) << node.level);
	return SOC2_OK;
}

#endif							/* SOC2_TEST_MERKLE_LOG_H */
