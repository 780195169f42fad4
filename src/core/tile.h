/*-------------------------------------------------------------------------
 *
 * tile.h
 *		Tiles: how the nodes of a Merkle tree are stored.
 *
 * After C2SP tlog-tiles.  A tile of level L holds up to 256 nodes of level 8 *
 * L that stand side by side; the nodes of the levels between are computed.
 * The last tile of a level may be partial.  Only nodes of the tree are in a
 * tile, so its width in a tree of n leaves is what soc2_tile_width() says.
 *
 * IDENTIFICATION
 *	  src/core/tile.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_TILE_H
#define SOC2_CORE_TILE_H

#include <stdint.h>

#include "core/merkle.h"

#define SOC2_TILE_HEIGHT	8
#define SOC2_TILE_WIDTH		256

/* tile levels that the largest tree has */
#define SOC2_TILE_LEVELS	8

/* where a node is: it is the root of width hashes of a tile */
typedef struct soc2_tile_place
{
	unsigned	level;			/* of the tile, from 0 */
	uint64_t	tile;			/* index of the tile in its level */
	unsigned	offset;			/* of the first hash in the tile */
	unsigned	width;			/* hashes, a power of two up to 128 */
} soc2_tile_place;

/* The place of a node; never fails */
extern soc2_tile_place soc2_tile_find(soc2_merkle_node node);

/*
 * Hashes in a tile of a tree with this many leaves: 0 (the tree has no such
 * tile) to SOC2_TILE_WIDTH.  All levels from SOC2_TILE_LEVELS on are empty.
 */
extern unsigned soc2_tile_width(uint64_t size, unsigned level, uint64_t tile);

/*
 * Compute the node at a place from a tile of width hashes.  The level and the
 * index of the tile are not looked at.
 *
 * SOC2_OK.  SOC2_OUT_OF_RANGE: the place's offset and width are none that
 * soc2_tile_find() returns, or width exceeds SOC2_TILE_WIDTH.
 * SOC2_INCOMPLETE: the tile is too narrow to have the node.  Or the status of
 * the hasher.
 */
extern soc2_status soc2_tile_node(const soc2_hasher *hasher,
								  const soc2_digest *hashes, unsigned width,
								  const soc2_tile_place *place,
								  soc2_digest *out);

#endif							/* SOC2_CORE_TILE_H */
