/*-------------------------------------------------------------------------
 *
 * ledger_verify_tiles.c
 *		soc2.verify_ledger: the hashes of one level of tiles.
 *
 * IDENTIFICATION
 *	  src/ledger_verify_tiles.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "ledger_verify_tiles.h"

/* columns of soc2.ledger_tiles */
enum
{
	Anum_tiles_tile = 3,
	Anum_tiles_width,
	Anum_tiles_hashes
};

/* report a problem of a tile */
static void
report_tile(soc2_tile_reader *reader, int64 tile, const char *what)
{
	soc2_verify_report(reader->v, NULL, "log",
					   psprintf("Tile " INT64_FORMAT " of level %d %s.", tile,
								reader->level, what));
}

/* read one tile as it is stored; false if it has not the form of one */
static bool
read_tile(soc2_tile_reader *reader, HeapTuple entry, soc2_stored_tile *out)
{
	bool		isnull;
	int32		width;
	Datum		value;
	bytea	   *hashes;
	bool		good;

	out->tile = DatumGetInt64(soc2_entry_value(&reader->scan, entry,
											   Anum_tiles_tile, &isnull));
	width = DatumGetInt32(soc2_entry_value(&reader->scan, entry,
										   Anum_tiles_width, &isnull));
	value = soc2_entry_value(&reader->scan, entry, Anum_tiles_hashes, &isnull);
	if (isnull)
		return false;
	hashes = DatumGetByteaPP(value);
	good = width >= 1 && width <= SOC2_TILE_WIDTH && out->tile >= 0 &&
		VARSIZE_ANY_EXHDR(hashes) == (Size) width * SOC2_DIGEST_SIZE;
	if (good)
	{
		out->width = (unsigned) width;
		memcpy(out->hashes, VARDATA_ANY(hashes), VARSIZE_ANY_EXHDR(hashes));
	}
	if ((Pointer) hashes != DatumGetPointer(value))
		pfree(hashes);
	return good;
}

/* read the next tile into ahead; its width is 0 at the end */
static void
read_ahead(soc2_tile_reader *reader)
{
	HeapTuple	entry;

	reader	  ->ahead.width = 0;

	while (HeapTupleIsValid(entry = soc2_entries_next(&reader->scan)))
	{
		if (read_tile(reader, entry, &reader->ahead))
			return;
		report_tile(reader, reader->ahead.tile, "has not the form of a tile");
		reader	  ->ahead.width = 0;
	}
}

/* Start at the first hash of a level */
void
soc2_tile_reader_begin(soc2_tile_reader *reader, soc2_verifier *v, int level)
{
	memset(reader, 0, sizeof(*reader));
	reader	  ->v = v;
	reader	  ->level = level;

	soc2_entries_begin(&reader->scan, v, "ledger_tiles", level);
	read_ahead(reader);
}

/* make a tile the current one, in its widest form; its width is 0 if missing */
static void
load_tile(soc2_tile_reader *reader, int64 tile)
{
	soc2_stored_tile *current = &reader->current;

	current->tile = tile;
	current->width = 0;
	while (reader->ahead.width != 0 && reader->ahead.tile <= tile)
	{
		if (reader->ahead.tile == tile)
		{
			if (memcmp(current->hashes, reader->ahead.hashes,
					   current->width * sizeof(soc2_digest)) != 0)
				report_tile(reader, tile, "grew, and does not begin as it was");
			*current = reader->ahead;
		}
		read_ahead(reader);
	}
}

/* Take the next hash */
bool
soc2_tile_reader_next(soc2_tile_reader *reader, soc2_digest *hash)
{
	int64		tile = (int64) (reader->next / SOC2_TILE_WIDTH);
	unsigned	offset = reader->next % SOC2_TILE_WIDTH;

	if (offset == 0 || reader->current.tile != tile)
		load_tile(reader, tile);
	reader	  ->next++;

	if (offset < reader->current.width)
	{
		*hash = reader->current.hashes[offset];

		return true;
	}
	if (offset == reader->current.width)
		report_tile(reader, tile, "lacks hashes");
	return false;
}

/* Skip hashes that are missing */
int64
soc2_tile_reader_skip(soc2_tile_reader *reader, int64 most)
{
	int64		skipped = most;

	if (reader->ahead.width != 0 &&
		reader->ahead.tile < (PG_INT64_MAX / SOC2_TILE_WIDTH))
	{
		int64		start = reader->ahead.tile * SOC2_TILE_WIDTH;

		skipped = Min(most, Max(start - (int64) reader->next, 0));
	}
	reader	  ->next += skipped;

	return skipped;
}

/* Go on at a later hash */
void
soc2_tile_reader_seek(soc2_tile_reader *reader, uint64 next)
{
	Assert(next >= reader->next);
	reader	  ->next = next;

	if (next % SOC2_TILE_WIDTH != 0 &&
		reader->current.tile != (int64) (next / SOC2_TILE_WIDTH))
		load_tile(reader, (int64) (next / SOC2_TILE_WIDTH));
}

/* End, and report what nobody asked for */
void
soc2_tile_reader_end(soc2_tile_reader *reader, bool complete)
{
	unsigned	used = reader->next % SOC2_TILE_WIDTH;

	if (complete &&
		(reader->ahead.width != 0 ||
		 (used != 0 && reader->current.width > used)))
		soc2_verify_report(reader->v, NULL, "log",
						   psprintf("soc2.ledger_tiles has hashes of level %d that no seal covers.",
									reader->level));
	soc2_entries_end(&reader->scan);
}
