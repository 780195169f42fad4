/*-------------------------------------------------------------------------
 *
 * ledger_verify_tiles.h
 *		The hashes of one level of tiles, one after another.
 *
 * A tile that grew is stored once for each width that it had; the widest counts,
 * and the others have to be how it begins.
 *
 * IDENTIFICATION
 *	  src/ledger_verify_tiles.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_LEDGER_VERIFY_TILES_H
#define SOC2_LEDGER_VERIFY_TILES_H

#include "core/tile.h"
#include "ledger_verify.h"

/* a tile as it is stored */
typedef struct soc2_stored_tile
{
	int64		tile;			/* index in its level */
	unsigned	width;			/* 0 if there is none */
	soc2_digest hashes[SOC2_TILE_WIDTH];
} soc2_stored_tile;

/* reading one level */
typedef struct soc2_tile_reader
{
	soc2_verifier *v;
	int			level;
	soc2_entry_scan scan;
	uint64		next;			/* index of the hash that is next */
	soc2_stored_tile current;	/* holds the last one that was asked for */
	soc2_stored_tile ahead;		/* comes after it */
} soc2_tile_reader;

/* Start at the first hash of a level */
extern void soc2_tile_reader_begin(soc2_tile_reader *reader, soc2_verifier *v,
								   int level);

/*
 * Take the next hash.  False if it is missing, which is reported once for a
 * tile.
 */
extern bool soc2_tile_reader_next(soc2_tile_reader *reader,
								  soc2_digest *hash);

/*
 * Skip up to so many hashes that are missing like the one before them.
 * Returns how many were skipped.
 */
extern int64 soc2_tile_reader_skip(soc2_tile_reader *reader, int64 most);

/* Go on at a later hash */
extern void soc2_tile_reader_seek(soc2_tile_reader *reader, uint64 next);

/*
 * End, and, if complete is true, report hashes that nobody asked for.
 */
extern void soc2_tile_reader_end(soc2_tile_reader *reader, bool complete);

#endif							/* SOC2_LEDGER_VERIFY_TILES_H */
