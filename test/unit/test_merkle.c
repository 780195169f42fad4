/*-------------------------------------------------------------------------
 *
 * test_merkle.c
 *		Proves that trees, roots and proofs are those of RFC 6962: by the vectors
 *		of the Certificate Transparency project, by comparison with the RFC's own
 *		recursions for all trees of up to 130 leaves, and for trees of up to
 *		2^63 - 1 leaves.
 *
 * IDENTIFICATION
 *	  test/unit/test_merkle.c
 *
 *-------------------------------------------------------------------------
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/merkle.h"
#include "merkle_log.h"
#include "random.h"

#define SMALL 130

static test_log tlog;

/* set a log up anew */
static soc2_merkle_source
begin(bool vast)
{
	soc2_merkle_source source = {test_fetch, &tlog};

	test_log_begin(&tlog, vast);
	return source;
}

/* a digest from its digits */
static soc2_digest
digest(const char *digits)
{
	soc2_digest out;
	size_t		errpos;

	assert_int_equal(soc2_digest_parse(digits, strlen(digits), &out, &errpos),
					 SOC2_OK);
	return out;
}

/* two digests agree */
static void
assert_same(const soc2_digest *a, const soc2_digest *b)
{
	assert_memory_equal(a->bytes, b->bytes, SOC2_DIGEST_SIZE);
}

/* two proofs agree */
static void
assert_same_path(const soc2_merkle_path *a, const soc2_merkle_path *b)
{
	assert_int_equal(a->count, b->count);
	for (unsigned i = 0; i < a->count; i++)
		assert_same(&a->hash[i], &b->hash[i]);
}

/* ---- the vectors of Certificate Transparency ---- */

#define H_01	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
#define H_02	"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
#define H_05	"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
#define H_0102	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
#define H_0304	"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
#define H_0506	"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
#define H_0708	"ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
#define H_0104	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
#define H_0508	"6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"

static const char *const ct_root[] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	H_01, H_0102,
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	H_0104,
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
};

/* put the leaves of the vectors into the log: their entries are not 32 bytes */
static soc2_merkle_source
begin_ct(void)
{
	static const char *const entry[] = {
		"", "\0", "\x10", "\x20\x21", "\x30\x31", "\x40\x41\x42\x43",
		"\x50\x51\x52\x53\x54\x55\x56\x57",
		"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"
	};
	static const size_t len[] = {0, 1, 1, 2, 2, 4, 8, 16};
	soc2_merkle_source source = begin(false);

	for (size_t i = 0; i < 8; i++)
	{
		test_must(tlog.hasher.begin(tlog.hasher.ctx));
		test_must(tlog.hasher.update(tlog.hasher.ctx, "\0", 1));
		test_must(tlog.hasher.update(tlog.hasher.ctx, entry[i], len[i]));
		test_must(tlog.hasher.finish(tlog.hasher.ctx, &tlog.leaf[i]));
	}
	return source;
}

/* roots of sizes 0 to 8 */
static void
test_ct_roots(void **state)
{
	soc2_merkle_tree tree;

	(void) state;
	begin_ct();
	soc2_merkle_begin(&tree);
	for (size_t size = 0; size <= 8; size++)
	{
		soc2_digest expected = digest(ct_root[size]);
		soc2_digest root;

		assert_int_equal(tree.size, size);
		assert_int_equal(soc2_merkle_root(&tree, &tlog.hasher, &root), SOC2_OK);
		assert_same(&root, &expected);
		assert_int_equal(soc2_merkle_append_leaf(&tree, &tlog.hasher,
												 &tlog.leaf[size], NULL),
						 SOC2_OK);
	}
}

/* the leaf of an entry: 00 and the entry, hashed */
static void
test_leaf(void **state)
{
	soc2_digest entry = digest(H_0508);
	soc2_digest leaf;
	soc2_digest expected;

	(void) state;
	begin(false);
	test_must(tlog.hasher.begin(tlog.hasher.ctx));
	test_must(tlog.hasher.update(tlog.hasher.ctx, "\0", 1));
	test_must(tlog.hasher.update(tlog.hasher.ctx, entry.bytes,
								 SOC2_DIGEST_SIZE));
	test_must(tlog.hasher.finish(tlog.hasher.ctx, &expected));
	assert_int_equal(soc2_merkle_leaf(&tlog.hasher, &entry, &leaf), SOC2_OK);
	assert_same(&leaf, &expected);
	assert_int_equal(soc2_merkle_leaf(&tlog.hasher, &entry, &entry), SOC2_OK);
	assert_same(&entry, &expected);
}

/* what a proof must be */
typedef struct vector
{
	uint64_t	first;			/* index, or old size */
	uint64_t	size;
	const char *hash[4];
}			vector;

/* the hashes of a vector */
static soc2_merkle_path
vector_path(const vector * v)
{
	soc2_merkle_path path;

	path.count = 0;
	while (v->hash[path.count] != NULL)
	{
		path.hash[path.count] = digest(v->hash[path.count]);
		path.count++;
	}
	return path;
}

/* inclusion paths */
static void
test_ct_inclusion(void **state)
{
	static const vector vectors[] = {
		{0, 1, {NULL}},
		{0, 8, {H_02, H_0304, H_0508, NULL}},
		{5, 8, {H_05, H_0708, H_0104, NULL}},
		{2, 3, {H_0102, NULL}},
		{1, 5, {H_01, H_0304, H_05, NULL}},
	};
	soc2_merkle_source source = begin_ct();

	(void) state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
	{
		const		vector *v = &vectors[i];
		soc2_merkle_path expected = vector_path(v);
		soc2_merkle_inclusion claim = {v->first, v->size, {{0}}, {{0}}};
		soc2_merkle_plan plan;
		soc2_merkle_path path;

		assert_int_equal(soc2_merkle_inclusion_plan(v->first, v->size, &plan),
						 SOC2_OK);
		assert_int_equal(soc2_merkle_plan_hashes(&tlog.hasher, &source, &plan,
												 &path), SOC2_OK);
		assert_same_path(&path, &expected);
		claim.leaf = tlog.leaf[v->first];
		claim.root = digest(ct_root[v->size]);
		assert_int_equal(soc2_merkle_verify_inclusion(&tlog.hasher, &claim,
													  path.hash, path.count),
						 SOC2_OK);
	}
}

/* consistency paths */
static void
test_ct_consistency(void **state)
{
	static const vector vectors[] = {
		{1, 1, {NULL}},
		{1, 8, {H_02, H_0304, H_0508, NULL}},
		{6, 8, {H_0506, H_0708, H_0104, NULL}},
		{2, 5, {H_0304, H_05, NULL}},
	};
	soc2_merkle_source source = begin_ct();

	(void) state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
	{
		const		vector *v = &vectors[i];
		soc2_merkle_path expected = vector_path(v);
		soc2_merkle_consistency claim = {v->first, v->size, {{0}}, {{0}}};
		soc2_merkle_plan plan;
		soc2_merkle_path path;

		assert_int_equal(soc2_merkle_consistency_plan(v->first, v->size, &plan),
						 SOC2_OK);
		assert_int_equal(soc2_merkle_plan_hashes(&tlog.hasher, &source, &plan,
												 &path), SOC2_OK);
		assert_same_path(&path, &expected);
		claim.old_root = digest(ct_root[v->first]);
		claim.new_root = digest(ct_root[v->size]);
		assert_int_equal(soc2_merkle_verify_consistency(&tlog.hasher, &claim,
														path.hash, path.count),
						 SOC2_OK);
	}
}

/* ---- comparison with the recursions of the RFC ---- */

/* check what is emitted: complete nodes, each once, leaves first */
static soc2_status
check_emitted(void *ctx, soc2_merkle_node node, const soc2_digest *hash)
{
	soc2_merkle_tree *tree = ctx;
	soc2_digest expected = test_mth(&tlog, node.index << node.level,
									UINT64_C(1) << node.level);

	assert_same(hash, &expected);
	assert_int_equal((node.index + 1) << node.level, tree->size + 1);
	tlog.fetches++;
	return SOC2_OK;
}

/* roots, loaded trees and emitted nodes of all small sizes */
static void
test_small_trees(void **state)
{
	soc2_merkle_source source = begin(false);
	soc2_merkle_tree tree;
	soc2_merkle_emitter emitter = {check_emitted, &tree};
	unsigned	emitted = 0;

	(void) state;
	soc2_merkle_begin(&tree);
	for (uint64_t size = 0; size <= SMALL; size++)
	{
		soc2_digest entry = {{(unsigned char) size}};
		soc2_digest expected = test_root(&tlog, size);
		soc2_digest root;
		soc2_merkle_tree loaded;

		assert_int_equal(soc2_merkle_root(&tree, &tlog.hasher, &root), SOC2_OK);
		assert_same(&root, &expected);
		assert_int_equal(soc2_merkle_load(&loaded, size, &source), SOC2_OK);
		assert_int_equal(soc2_merkle_root(&loaded, &tlog.hasher, &root),
						 SOC2_OK);
		assert_same(&root, &expected);

		/* appending to either is the same */
		entry.bytes[31] = 0xA5;
		tlog.fetches = 0;
		assert_int_equal(soc2_merkle_append(&tree, &tlog.hasher, &entry,
											&emitter), SOC2_OK);
		emitted += tlog.fetches;
		assert_int_equal(soc2_merkle_append(&loaded, &tlog.hasher, &entry,
											NULL), SOC2_OK);
		assert_int_equal(loaded.size, tree.size);
		assert_int_equal(soc2_merkle_root(&tree, &tlog.hasher, &root), SOC2_OK);
		assert_int_equal(soc2_merkle_root(&loaded, &tlog.hasher, &expected),
						 SOC2_OK);
		assert_same(&root, &expected);
	}
	/* 131 leaves, and as many nodes above as there are pairs: 65 + 32 + ... */
	assert_int_equal(emitted, 131 + 65 + 32 + 16 + 8 + 4 + 2 + 1);
}

/* a plan, its hashes and its verification agree with the RFC */
static void
check_inclusion(const soc2_merkle_source *source, uint64_t index,
				uint64_t size)
{
	soc2_merkle_inclusion claim = {index, size, {{0}}, {{0}}};
	soc2_merkle_span all = {0, size};
	soc2_merkle_plan plan;
	soc2_merkle_path path;
	soc2_merkle_path expected;

	expected.count = 0;
	test_path(&tlog, index, all, &expected);
	assert_int_equal(soc2_merkle_inclusion_plan(index, size, &plan), SOC2_OK);
	assert_int_equal(soc2_merkle_plan_hashes(&tlog.hasher, source, &plan,
											 &path), SOC2_OK);
	assert_same_path(&path, &expected);
	claim.leaf = test_mth(&tlog, index, 1);
	claim.root = test_root(&tlog, size);
	assert_int_equal(soc2_merkle_verify_inclusion(&tlog.hasher, &claim,
												  path.hash, path.count),
					 SOC2_OK);
}

/* the same for consistency */
static void
check_consistency(const soc2_merkle_source *source, uint64_t old_size,
				  uint64_t new_size)
{
	soc2_merkle_consistency claim = {old_size, new_size, {{0}}, {{0}}};
	soc2_merkle_span all = {0, new_size};
	soc2_merkle_plan plan;
	soc2_merkle_path path;
	soc2_merkle_path expected;

	expected.count = 0;
	if (old_size > 0)
		test_subproof(&tlog, old_size, all, true, &expected);
	assert_int_equal(soc2_merkle_consistency_plan(old_size, new_size, &plan),
					 SOC2_OK);
	assert_int_equal(soc2_merkle_plan_hashes(&tlog.hasher, source, &plan,
											 &path), SOC2_OK);
	assert_same_path(&path, &expected);
	claim.old_root = test_root(&tlog, old_size);
	claim.new_root = test_root(&tlog, new_size);
	assert_int_equal(soc2_merkle_verify_consistency(&tlog.hasher, &claim,
													path.hash, path.count),
					 SOC2_OK);
}

/* all inclusion proofs of small trees */
static void
test_small_inclusion(void **state)
{
	soc2_merkle_source source = begin(false);

	(void) state;
	for (uint64_t size = 1; size <= SMALL; size++)
	{
		for (uint64_t index = 0; index < size; index++)
			check_inclusion(&source, index, size);
	}
}

/* all consistency proofs of small trees */
static void
test_small_consistency(void **state)
{
	soc2_merkle_source source = begin(false);

	(void) state;
	for (uint64_t size = 0; size <= SMALL; size++)
	{
		for (uint64_t old = 0; old <= size; old++)
			check_consistency(&source, old, size);
	}
}

/* a number with as many bits as chance has it, from 1 to max */
static uint64_t
random_number(test_random * r, uint64_t max)
{
	uint64_t	bits = (uint64_t) test_random_bits(r) << 32;

	bits |= test_random_bits(r);
	bits >>= 1 + test_random_below(r, 62);
	return 1 + bits % max;
}

/* vast trees, up to the largest */
static void
test_vast(void **state)
{
	soc2_merkle_source source = begin(true);
	test_random r = {20};
	const uint64_t max = SOC2_MERKLE_SIZE_MAX;

	(void) state;
	check_inclusion(&source, 0, max);
	check_inclusion(&source, max - 1, max);
	check_inclusion(&source, max / 2, max);
	check_consistency(&source, 0, max);
	check_consistency(&source, 1, max);
	check_consistency(&source, max - 1, max);
	check_consistency(&source, max, max);
	check_consistency(&source, UINT64_C(1) << 62, max);
	for (int i = 0; i < 400; i++)
	{
		uint64_t	size = random_number(&r, max);
		uint64_t	part = random_number(&r, size);

		check_inclusion(&source, part - 1, size);
		check_consistency(&source, part, size);
	}
}

/* a vast tree grows, until it is full */
static void
test_vast_growth(void **state)
{
	soc2_merkle_source source = begin(true);
	soc2_digest root;
	soc2_digest expected;
	soc2_merkle_tree tree;

	(void) state;
	assert_int_equal(soc2_merkle_load(&tree, SOC2_MERKLE_SIZE_MAX - 3, &source),
					 SOC2_OK);
	for (uint64_t size = SOC2_MERKLE_SIZE_MAX - 2; size <= SOC2_MERKLE_SIZE_MAX;
		 size++)
	{
		assert_int_equal(soc2_merkle_append_leaf(&tree, &tlog.hasher,
												 &tlog.leaf[0], NULL), SOC2_OK);
		assert_int_equal(soc2_merkle_root(&tree, &tlog.hasher, &root), SOC2_OK);
		expected = test_root(&tlog, size);
		assert_same(&root, &expected);
	}
	assert_int_equal(soc2_merkle_append_leaf(&tree, &tlog.hasher, &tlog.leaf[0],
											 NULL), SOC2_OUT_OF_RANGE);
	assert_int_equal(soc2_merkle_append(&tree, &tlog.hasher, &tlog.leaf[0],
										NULL), SOC2_OUT_OF_RANGE);
	assert_int_equal(tree.size, SOC2_MERKLE_SIZE_MAX);
	assert_int_equal(soc2_merkle_load(&tree, SOC2_MERKLE_SIZE_MAX + 1, &source),
					 SOC2_OUT_OF_RANGE);
}

/* a proof asks for few nodes */
static void
test_few_fetches(void **state)
{
	soc2_merkle_source source = begin(true);
	soc2_merkle_plan plan;
	soc2_merkle_path path;

	(void) state;
	for (uint64_t size = 1; size < UINT64_C(1) << 40; size = 3 * size + 1)
	{
		assert_int_equal(soc2_merkle_inclusion_plan(size / 2, size, &plan),
						 SOC2_OK);
		tlog.fetches = 0;
		assert_int_equal(soc2_merkle_plan_hashes(&tlog.hasher, &source, &plan,
												 &path), SOC2_OK);
		assert_true(tlog.fetches <= 2 * 41);
	}
}

/* ---- ranges and failures ---- */

/* what is about no tree or no leaf */
static void
test_ranges(void **state)
{
	const uint64_t max = SOC2_MERKLE_SIZE_MAX;
	soc2_merkle_plan plan;
	soc2_merkle_node nodes[SOC2_MERKLE_LEVELS];
	soc2_merkle_span bad[] = {
		{0, 0}, {5, 5}, {6, 5}, {1, 3}, {2, 5}, {0, max + 1}, {max, max + 1},
		{UINT64_MAX, 0}, {4, 9}
	};
	unsigned	count;

	(void) state;
	assert_int_equal(soc2_merkle_inclusion_plan(0, 0, &plan),
					 SOC2_OUT_OF_RANGE);
	assert_int_equal(soc2_merkle_inclusion_plan(5, 5, &plan),
					 SOC2_OUT_OF_RANGE);
	assert_int_equal(soc2_merkle_inclusion_plan(5, max + 1, &plan),
					 SOC2_OUT_OF_RANGE);
	assert_int_equal(soc2_merkle_consistency_plan(6, 5, &plan),
					 SOC2_OUT_OF_RANGE);
	assert_int_equal(soc2_merkle_consistency_plan(6, max + 1, &plan),
					 SOC2_OUT_OF_RANGE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(soc2_merkle_span_nodes(bad[i], nodes, &count),
						 SOC2_OUT_OF_RANGE);
	assert_int_equal(soc2_merkle_span_nodes(test_span(8, 15), nodes,
											&count), SOC2_OK);
	assert_int_equal(count, 3);
	assert_int_equal(nodes[0].level, 2);
	assert_int_equal(nodes[0].index, 2);
	assert_int_equal(nodes[1].level, 1);
	assert_int_equal(nodes[1].index, 6);
	assert_int_equal(nodes[2].level, 0);
	assert_int_equal(nodes[2].index, 14);
	assert_int_equal(soc2_merkle_span_nodes(test_span(0, max), nodes,
											&count), SOC2_OK);
	assert_int_equal(count, SOC2_MERKLE_LEVELS);
}

/* fails at the call that *ctx counts down to */
static soc2_status
failing_fetch(void *ctx, soc2_merkle_node node, soc2_digest *hash)
{
	unsigned   *left = ctx;

	if (*left == 0)
		return SOC2_INCOMPLETE;
	--*left;
	return test_fetch(&tlog, node, hash);
}

/* fails as failing_fetch */
static soc2_status
failing_emit(void *ctx, soc2_merkle_node node, const soc2_digest *hash)
{
	unsigned   *left = ctx;

	(void) node;
	(void) hash;
	if (*left == 0)
		return SOC2_SURPLUS;
	--*left;
	return SOC2_OK;
}

/* failures of others come through, and a tree is as before */
static void
test_failures(void **state)
{
	unsigned	left;
	soc2_merkle_source good = begin(false);
	soc2_merkle_source source = {failing_fetch, &left};
	soc2_merkle_emitter emitter = {failing_emit, &left};
	soc2_merkle_tree tree;
	soc2_merkle_tree before;
	soc2_merkle_plan plan;
	soc2_merkle_path path;

	(void) state;
	for (unsigned at = 0; at < 4; at++)
	{
		left = at;
		assert_int_equal(soc2_merkle_load(&tree, 15, &source),
						 SOC2_INCOMPLETE);
		left = at;
		assert_int_equal(soc2_merkle_span_hash(&tlog.hasher, &source,
											   test_span(0, 15),
											   &path.hash[0]),
						 SOC2_INCOMPLETE);
		assert_int_equal(soc2_merkle_load(&tree, 15, &good), SOC2_OK);
		before = tree;
		left = at;
		assert_int_equal(soc2_merkle_append(&tree, &tlog.hasher, &tlog.leaf[0],
											&emitter), SOC2_SURPLUS);
		assert_memory_equal(&tree, &before, sizeof(tree));
	}
	left = 1;
	assert_int_equal(soc2_merkle_inclusion_plan(3, 9, &plan), SOC2_OK);
	assert_int_equal(soc2_merkle_plan_hashes(&tlog.hasher, &source, &plan,
											 &path), SOC2_INCOMPLETE);
	plan.count = SOC2_MERKLE_PATH_MAX + 1;
	assert_int_equal(soc2_merkle_plan_hashes(&tlog.hasher, &good, &plan, &path),
					 SOC2_OUT_OF_RANGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ct_roots),
		cmocka_unit_test(test_leaf),
		cmocka_unit_test(test_ct_inclusion),
		cmocka_unit_test(test_ct_consistency),
		cmocka_unit_test(test_small_trees),
		cmocka_unit_test(test_small_inclusion),
		cmocka_unit_test(test_small_consistency),
		cmocka_unit_test(test_vast),
		cmocka_unit_test(test_vast_growth),
		cmocka_unit_test(test_few_fetches),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests_name("merkle", tests, NULL, NULL);
}
