/*-------------------------------------------------------------------------
 *
 * test_tile.c
 *		Proves that every node of a tree is found in the tiles that are emitted
 *		while it grows, that a tile is as wide as the specification says, and that
 *		proofs can be made from tiles alone.
 *
 * IDENTIFICATION
 *	  test/unit/test_tile.c
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

#include "core/tile.h"
#include "merkle_log.h"

#define LEAVES 1500

/* the tiles of a log of up to LEAVES leaves: two levels */
typedef struct tiles
{
	soc2_digest hash[2][LEAVES];
	unsigned	stored[2];
	uint64_t	size;
	soc2_hasher hasher;
}			tiles;

static tiles stored;
static test_sha256 work;

/* keep what belongs in a tile */
static soc2_status
store(void *ctx, soc2_merkle_node node, const soc2_digest *hash)
{
	tiles	   *t = ctx;
	unsigned	level = node.level / SOC2_TILE_HEIGHT;

	if (node.level % SOC2_TILE_HEIGHT != 0)
		return SOC2_OK;
	assert_int_equal(t->stored[level], node.index);
	t->hash[level][t->stored[level]++] = *hash;
	return SOC2_OK;
}

/* read a node from the tile where it is */
static soc2_status
fetch(void *ctx, soc2_merkle_node node, soc2_digest *hash)
{
	tiles	   *t = ctx;
	soc2_tile_place place = soc2_tile_find(node);

	return soc2_tile_node(&t->hasher,
						  t->hash[place.level] + place.tile * SOC2_TILE_WIDTH,
						  soc2_tile_width(t->size, place.level, place.tile),
						  &place, hash);
}

/* the leaf at an index */
static soc2_digest
entry(uint64_t index)
{
	soc2_digest out = {{0}};

	out.bytes[0] = (unsigned char) (index >> 8);
	out.bytes[1] = (unsigned char) index;
	return out;
}

/* grow the log */
static int
grow(void **state)
{
	soc2_merkle_tree tree;
	soc2_merkle_emitter emitter = {store, &stored};

	(void) state;
	stored.hasher = test_hasher(&work);
	soc2_merkle_begin(&tree);
	while (tree.size < LEAVES)
	{
		soc2_digest e = entry(tree.size);

		test_must(soc2_merkle_append(&tree, &stored.hasher, &e, &emitter));
	}
	stored.size = LEAVES;
	return 0;
}

/* all proofs of some sizes, from tiles */
static void
test_proofs(void **state)
{
	static const uint64_t sizes[] = {1, 255, 256, 257, 511, 512, 513, 1500};
	soc2_merkle_source source = {fetch, &stored};

	(void) state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
	{
		soc2_merkle_tree tree;
		soc2_merkle_inclusion claim;

		stored.size = sizes[i];
		claim.size = sizes[i];
		test_must(soc2_merkle_load(&tree, sizes[i], &source));
		test_must(soc2_merkle_root(&tree, &stored.hasher, &claim.root));
		for (uint64_t index = 0; index < sizes[i]; index += 1 + index / 7)
		{
			soc2_digest e = entry(index);
			soc2_merkle_plan plan;
			soc2_merkle_path path;

			claim.index = index;
			test_must(soc2_merkle_leaf(&stored.hasher, &e, &claim.leaf));
			test_must(soc2_merkle_inclusion_plan(index, sizes[i], &plan));
			assert_int_equal(soc2_merkle_plan_hashes(&stored.hasher, &source,
													 &plan, &path), SOC2_OK);
			assert_int_equal(soc2_merkle_verify_inclusion(&stored.hasher,
														  &claim, path.hash,
														  path.count),
							 SOC2_OK);
		}
	}
	stored.size = LEAVES;
}

/* nodes and their places */
static void
test_places(void **state)
{
	static const struct
	{
		soc2_merkle_node node;
		soc2_tile_place place;
	}			cases[] = {
		{{0, 0}, {0, 0, 0, 1}},
		{{0, 255}, {0, 0, 255, 1}},
		{{0, 256}, {0, 1, 0, 1}},
		{{1, 0}, {0, 0, 0, 2}},
		{{1, 127}, {0, 0, 254, 2}},
		{{1, 128}, {0, 1, 0, 2}},
		{{7, 0}, {0, 0, 0, 128}},
		{{7, 1}, {0, 0, 128, 128}},
		{{7, 2}, {0, 1, 0, 128}},
		{{8, 0}, {1, 0, 0, 1}},
		{{8, 1234067}, {1, 4820, 147, 1}},
		{{62, 0}, {7, 0, 0, 64}},
		{{62, 1}, {7, 0, 64, 64}},
		{{0, SOC2_MERKLE_SIZE_MAX - 1}, {0, SOC2_MERKLE_SIZE_MAX >> 8, 254, 1}},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		soc2_tile_place place = soc2_tile_find(cases[i].node);

		assert_int_equal(place.level, cases[i].place.level);
		assert_int_equal(place.tile, cases[i].place.tile);
		assert_int_equal(place.offset, cases[i].place.offset);
		assert_int_equal(place.width, cases[i].place.width);
	}
}

/* the examples of the specification, and the edges */
static void
test_widths(void **state)
{
	(void) state;
	assert_int_equal(soc2_tile_width(70000, 0, 0), 256);
	assert_int_equal(soc2_tile_width(70000, 0, 272), 256);
	assert_int_equal(soc2_tile_width(70000, 0, 273), 112);
	assert_int_equal(soc2_tile_width(70000, 0, 274), 0);
	assert_int_equal(soc2_tile_width(70000, 1, 0), 256);
	assert_int_equal(soc2_tile_width(70000, 1, 1), 17);
	assert_int_equal(soc2_tile_width(70000, 2, 0), 1);
	assert_int_equal(soc2_tile_width(70000, 3, 0), 0);
	assert_int_equal(soc2_tile_width(256, 0, 0), 256);
	assert_int_equal(soc2_tile_width(256, 0, 1), 0);
	assert_int_equal(soc2_tile_width(256, 1, 0), 1);
	assert_int_equal(soc2_tile_width(0, 0, 0), 0);
	assert_int_equal(soc2_tile_width(SOC2_MERKLE_SIZE_MAX, 7, 0), 127);
	assert_int_equal(soc2_tile_width(SOC2_MERKLE_SIZE_MAX, 8, 0), 0);
	assert_int_equal(soc2_tile_width(SOC2_MERKLE_SIZE_MAX, 1000, 0), 0);
	assert_int_equal(soc2_tile_width(5, 0, UINT64_MAX), 0);
}

/* tiles that are too narrow, and places that are none */
static void
test_refused(void **state)
{
	static const soc2_tile_place bad[] = {
		{0, 0, 0, 0}, {0, 0, 0, 3}, {0, 0, 0, 256}, {0, 0, 1, 2},
		{0, 0, 256, 1}, {0, 0, 300, 2}
	};
	soc2_tile_place place = {0, 0, 4, 4};
	soc2_digest out;

	(void) state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(soc2_tile_node(&stored.hasher, stored.hash[0], 256,
										&bad[i], &out), SOC2_OUT_OF_RANGE);
	assert_int_equal(soc2_tile_node(&stored.hasher, stored.hash[0], 257,
									&place, &out), SOC2_OUT_OF_RANGE);
	assert_int_equal(soc2_tile_node(&stored.hasher, stored.hash[0], 7, &place,
									&out), SOC2_INCOMPLETE);
	assert_int_equal(soc2_tile_node(&stored.hasher, stored.hash[0], 8, &place,
									&out), SOC2_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proofs),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("tile", tests, grow, NULL);
}
