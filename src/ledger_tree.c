/*-------------------------------------------------------------------------
 *
 * ledger_tree.c
 *		The Merkle tree of a ledger, growing into its tiles.
 *
 * Of a tree only the last tiles of its levels are needed to go on, and only
 * while they are partial: the nodes that its size consists of are in them.
 * Everything is appended.  Rows of soc2.ledger_tiles never change, so a partial
 * tile that grew gets another row.
 *
 * IDENTIFICATION
 *	  src/ledger_tree.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "ledger_log.h"
#include "utils/uuid.h"

#define TILE_COLUMNS	5

static const char *const insert_tile =
"INSERT INTO soc2.ledger_tiles (ledger_id, level, tile, width, hashes)"
" VALUES ($1, $2, $3, $4, $5)";

/* Digests as a value */
Datum
soc2_digests_datum(const soc2_digest *digests, Size count)
{
	Size		size = count * sizeof(soc2_digest);
	bytea	   *bytes = palloc(VARHDRSZ + size);

	SET_VARSIZE(bytes, VARHDRSZ + size);
	memcpy(VARDATA(bytes), digests, size);
	return PointerGetDatum(bytes);
}

/* store a tile as it is now */
static void
write_tile(soc2_log_tree *tree, unsigned level)
{
	Oid			types[TILE_COLUMNS] = {UUIDOID, INT4OID, INT8OID, INT4OID, BYTEAOID};
	const soc2_log_tile *tile = &tree->edge[level];
	Datum		values[TILE_COLUMNS];

	if (tree->insert == NULL)
		tree->insert = SPI_prepare(insert_tile, TILE_COLUMNS, types);
	if (tree->insert == NULL)
		elog(ERROR, "SPI_prepare failed");
	values[0] = UUIDPGetDatum((const pg_uuid_t *) tree->log->id.bytes);
	values[1] = Int32GetDatum((int32) level);
	values[2] = Int64GetDatum(tile->tile);
	values[3] = Int32GetDatum((int32) tile->width);
	values[4] = soc2_digests_datum(tile->hashes, tile->width);
	if (SPI_execute_plan(tree->insert, values, NULL, false,
						 0) != SPI_OK_INSERT)
		elog(ERROR, "could not write a tile");
	pfree(DatumGetPointer(values[4]));
}

/* the last tile of a level, with room for hashes */
static soc2_log_tile *
edge_tile(soc2_log_tree *tree, unsigned level)
{
	soc2_log_tile *tile = &tree->edge[level];

	if (tile->hashes == NULL)
		tile->hashes = palloc(SOC2_TILE_WIDTH * sizeof(soc2_digest));
	return tile;
}

/* emit of the tree: keep the nodes that tiles hold, store full tiles */
static soc2_status
take_node(void *ctx, soc2_merkle_node node, const soc2_digest *hash)
{
	soc2_log_tree *tree = ctx;
	unsigned	level = node.level / SOC2_TILE_HEIGHT;
	soc2_log_tile *tile;

	if (node.level % SOC2_TILE_HEIGHT != 0)
		return SOC2_OK;
	tile = edge_tile(tree, level);
	tile->hashes[tile->width++] = *hash;
	tree->changed[level] = true;
	if (tile->width == SOC2_TILE_WIDTH)
	{
		write_tile(tree, level);
		tile->tile++;
		tile->width = 0;
		tree->changed[level] = false;
	}
	return SOC2_OK;
}

/* fetch of the tree: the nodes that its size consists of are in the edge */
static soc2_status
edge_node(void *ctx, soc2_merkle_node node, soc2_digest *hash)
{
	const soc2_log_tree *tree = ctx;
	soc2_tile_place place = soc2_tile_find(node);
	const soc2_log_tile *tile;

	if (place.level >= SOC2_TILE_LEVELS)
		return SOC2_OUT_OF_RANGE;
	tile = &tree->edge[place.level];
	return soc2_tile_node(soc2_ledger_hasher(), tile->hashes, tile->width,
						  &place, hash);
}

/* Load the tree of a size */
soc2_status
soc2_log_tree_load(soc2_log_tree *tree, const soc2_log *log, uint64 size)
{
	soc2_merkle_source source = {edge_node, tree};

	memset(tree, 0, sizeof(*tree));
	tree->log = log;
	for (unsigned level = 0; level < SOC2_TILE_LEVELS; level++)
	{
		uint64		count = size >> (SOC2_TILE_HEIGHT * level);
		soc2_log_tile *tile = &tree->edge[level];

		tile->tile = (int64) (count / SOC2_TILE_WIDTH);
		tile->width = (unsigned) (count % SOC2_TILE_WIDTH);
		if (tile->width > 0 &&
			!soc2_log_read_tile(log, level, tile->tile, tile->width,
								edge_tile(tree, level)->hashes))
			return SOC2_INCOMPLETE;
	}
	return soc2_merkle_load(&tree->tree, size, &source);
}

/* Append an entry */
void
soc2_log_tree_append(soc2_log_tree *tree, const soc2_digest *entry)
{
	soc2_merkle_emitter emitter = {take_node, tree};

	soc2_check_status(soc2_merkle_append(&tree->tree, soc2_ledger_hasher(),
										 entry, &emitter),
					  "append to the log of a ledger");
}

/* Write the partial tiles that changed */
void
soc2_log_tree_flush(soc2_log_tree *tree)
{
	for (unsigned level = 0; level < SOC2_TILE_LEVELS; level++)
	{
		if (tree->changed[level])
			write_tile(tree, level);
		tree->changed[level] = false;
	}
}

/* Root of the tree as it is */
soc2_digest
soc2_log_tree_root(const soc2_log_tree *tree)
{
	soc2_digest root;

	soc2_check_status(soc2_merkle_root(&tree->tree, soc2_ledger_hasher(),
									   &root), "compute the root of a log");
	return root;
}
