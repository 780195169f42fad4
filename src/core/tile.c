/*-------------------------------------------------------------------------
 *
 * tile.c
 *		Tiles: how the nodes of a Merkle tree are stored.
 *
 * Contracts are in the header.
 *
 * IDENTIFICATION
 *	  src/core/tile.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/tile.h"

#include <stdbool.h>

/* The place of a node */
soc2_tile_place
soc2_tile_find(soc2_merkle_node node)
{
	unsigned	above = node.level % SOC2_TILE_HEIGHT;
	unsigned	side = SOC2_TILE_HEIGHT - above;
	soc2_tile_place place;

	/* a tile has 2^side nodes of that level */
	place.level = node.level / SOC2_TILE_HEIGHT;
	place.tile = node.index >> side;
	place.offset = (unsigned) (node.index & ((1u << side) - 1)) << above;
	place.width = 1u << above;
	return place;
}

/* Hashes in a tile of a tree */
unsigned
soc2_tile_width(uint64_t size, unsigned level, uint64_t tile)
{
	uint64_t	hashes;
	uint64_t	full;

	if (level >= SOC2_TILE_LEVELS)
		return 0;
	hashes = size >> (SOC2_TILE_HEIGHT * level);
	full = hashes / SOC2_TILE_WIDTH;
	if (tile != full)
		return tile < full ? SOC2_TILE_WIDTH : 0;
	return (unsigned) (hashes % SOC2_TILE_WIDTH);
}

/* is it a place that a node can have? */
static bool
is_place(const soc2_tile_place *place)
{
	unsigned	width = place->width;

	return width >= 1 && width < SOC2_TILE_WIDTH &&
		(width & (width - 1)) == 0 &&
		place->offset < SOC2_TILE_WIDTH && place->offset % width == 0;
}

/* Compute a node from a tile */
soc2_status
soc2_tile_node(const soc2_hasher *hasher, const soc2_digest *hashes,
			   unsigned width, const soc2_tile_place *place,
			   soc2_digest *out)
{
	soc2_digest left[SOC2_TILE_HEIGHT];
	soc2_digest hash = {{0}};

	if (width > SOC2_TILE_WIDTH || !is_place(place))
		return SOC2_OUT_OF_RANGE;
	if (place->offset + place->width > width)
		return SOC2_INCOMPLETE;
	for (unsigned i = 0; i < place->width; i++)
	{
		unsigned	level = 0;

		/* as in soc2_merkle_append(): left ones wait for their right ones */
		hash = hashes[place->offset + i];
		for (; (i >> level & 1) != 0; level++)
		{
			soc2_status status = soc2_merkle_parent(hasher, &left[level],
													&hash, &hash);

			if (status != SOC2_OK)
				return status;
		}
		left[level] = hash;
	}
	*out = hash;
	return SOC2_OK;
}
