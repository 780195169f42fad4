/*-------------------------------------------------------------------------
 *
 * ledger_log.c
 *		Reading the stored log of a ledger.
 *
 * The tables are read by their indexes under a snapshot of now.  The snapshot
 * of the transaction would not do: under REPEATABLE READ it is an old one, and
 * who sealed with it would put rows into the log twice.
 *
 * IDENTIFICATION
 *	  src/ledger_log.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "ledger_custody.h"
#include "ledger_log.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"

/* columns of soc2.ledger_seals */
enum
{
	Anum_seals_ledger_id = 1,
	Anum_seals_seal_id,
	Anum_seals_incarnation,
	Anum_seals_size,
	Anum_seals_root,
	Anum_seals_sealed_at,
	Anum_seals_sealed_by,
	Anum_seals_system_identifier,
	Anum_seals_database,
	Anum_seals_timeline,
	Anum_seals_incarnation_id = 13
};

/* columns of soc2.ledger_seal_ranges */
enum
{
	Anum_ranges_ledger_id = 1,
	Anum_ranges_seal_id,
	Anum_ranges_lane,
	Anum_ranges_first_seq,
	Anum_ranges_last_seq,
	Anum_ranges_position
};

/* columns of soc2.ledger_tiles */
enum
{
	Anum_tiles_ledger_id = 1,
	Anum_tiles_level,
	Anum_tiles_tile,
	Anum_tiles_width,
	Anum_tiles_hashes
};

/* a scan of one of the tables by an index */
typedef struct log_scan
{
	Relation	rel;
	Relation	index;
	SysScanDesc scan;
} log_scan;

/* most keys of a scan */
#define SCAN_KEYS	3

/* start a scan; the first key, on the ledger, is filled in here */
static void
scan_begin(log_scan *scan, const soc2_log *log, const char *index,
		   ScanKeyData *keys, int count)
{
	Oid			index_oid = soc2_table_oid(index);

	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_UUID_EQ,
				UUIDPGetDatum((const pg_uuid_t *) log->id.bytes));
	scan->rel = table_open(IndexGetRelation(index_oid, false),
						   AccessShareLock);
	scan->index = index_open(index_oid, AccessShareLock);
	scan->scan = systable_beginscan_ordered(scan->rel, scan->index,
											log->snapshot, count, keys);
}

/* end a scan */
static void
scan_end(log_scan *scan)
{
	systable_endscan_ordered(scan->scan);
	index_close(scan->index, AccessShareLock);
	table_close(scan->rel, AccessShareLock);
}

/* value of a column that is never NULL */
static Datum
column(const log_scan *scan, HeapTuple tuple, AttrNumber attnum)
{
	bool		isnull;
	Datum		value;

	value = soc2_own_column(scan->rel, tuple, attnum, &isnull);
	if (isnull)
		elog(ERROR, "unexpected NULL in \"%s\"",
			 RelationGetRelationName(scan->rel));
	return value;
}

/* Open a table that must be a ledger */
Relation
soc2_ledger_open(Oid relid, const soc2_ledger_plan **plan)
{
	Relation	rel = relation_open(relid, AccessShareLock);

	*plan = soc2_ledger_plan_require(rel);
	if (!OidIsValid((*plan)->index))
		soc2_ledger_index_error(rel);
	return rel;
}

/* Start to read a log */
void
soc2_log_open(soc2_log *log, const soc2_ledger_id *id)
{
	log->id = *id;
	log->snapshot = RegisterSnapshot(GetLatestSnapshot());
}

/* End reading a log */
void
soc2_log_close(soc2_log *log)
{
	UnregisterSnapshot(log->snapshot);
	log->snapshot = NULL;
}

/* take a seal out of a row */
static void
take_seal(const log_scan *scan, HeapTuple tuple, soc2_seal_entry *seal)
{
	bool		isnull;
	Datum		id;

	seal->seal_id = DatumGetInt64(column(scan, tuple, Anum_seals_seal_id));
	seal->incarnation = DatumGetInt32(column(scan, tuple,
											 Anum_seals_incarnation));
	seal->size = (uint64) DatumGetInt64(column(scan, tuple,
											   Anum_seals_size));
	seal->root = *DatumGetDigest(column(scan, tuple, Anum_seals_root));
	seal->system_identifier =
		DatumGetInt64(column(scan, tuple, Anum_seals_system_identifier));
	seal->database = DatumGetObjectId(column(scan, tuple,
											 Anum_seals_database));
	seal->timeline = DatumGetInt32(column(scan, tuple, Anum_seals_timeline));
	id = soc2_own_column(scan->rel, tuple, Anum_seals_incarnation_id,
						 &isnull);
	seal->has_incarnation_id = !isnull;
	if (!isnull)
		seal->incarnation_id = *DatumGetUUIDP(id);
}

/* The last seal */
bool
soc2_log_last_seal(const soc2_log *log, bool committed, soc2_seal_entry *seal)
{
	ScanKeyData keys[SCAN_KEYS];
	log_scan	scan;
	HeapTuple	tuple;

	scan_begin(&scan, log, "soc2_ledger_seals_pkey", keys, 1);
	do
	{
		tuple = systable_getnext_ordered(scan.scan, BackwardScanDirection);
	} while (committed && HeapTupleIsValid(tuple) &&
			 TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(tuple->t_data)));
	if (HeapTupleIsValid(tuple))
		take_seal(&scan, tuple, seal);
	scan_end(&scan);
	return HeapTupleIsValid(tuple);
}

/* take a range out of a row */
static void
take_range(const log_scan *scan, HeapTuple tuple, soc2_log_range *range)
{
	range->lane = DatumGetInt32(column(scan, tuple, Anum_ranges_lane));
	range->first_seq = DatumGetInt64(column(scan, tuple,
											Anum_ranges_first_seq));
	range->last_seq = DatumGetInt64(column(scan, tuple,
										   Anum_ranges_last_seq));
	range->position = DatumGetInt64(column(scan, tuple,
										   Anum_ranges_position));
}

/* The last range of a lane */
bool
soc2_log_last_range(const soc2_log *log, int32 lane, soc2_log_range *range)
{
	ScanKeyData keys[SCAN_KEYS];
	log_scan	scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[1], Anum_ranges_lane, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(lane));
	scan_begin(&scan, log, "soc2_ledger_seal_ranges_lane_key", keys, 2);
	tuple = systable_getnext_ordered(scan.scan, BackwardScanDirection);
	if (HeapTupleIsValid(tuple))
		take_range(&scan, tuple, range);
	scan_end(&scan);
	return HeapTupleIsValid(tuple);
}

/* The range that holds a row */
bool
soc2_log_find_range(const soc2_log *log, int32 lane, int64 seq,
					soc2_log_range *range)
{
	ScanKeyData keys[SCAN_KEYS];
	log_scan	scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[1], Anum_ranges_lane, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(lane));
	ScanKeyInit(&keys[2], Anum_ranges_last_seq, BTGreaterEqualStrategyNumber,
				F_INT8GE, Int64GetDatum(seq));
	scan_begin(&scan, log, "soc2_ledger_seal_ranges_lane_key", keys, 3);
	tuple = systable_getnext_ordered(scan.scan, ForwardScanDirection);
	if (HeapTupleIsValid(tuple))
		take_range(&scan, tuple, range);
	scan_end(&scan);
	return HeapTupleIsValid(tuple) && range->first_seq <= seq;
}

/* Read a tile */
bool
soc2_log_read_tile(const soc2_log *log, unsigned level, int64 tile,
				   unsigned width, soc2_digest *hashes)
{
	ScanKeyData keys[SCAN_KEYS];
	log_scan	scan;
	HeapTuple	tuple;
	bool		found = false;

	ScanKeyInit(&keys[1], Anum_tiles_level, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum((int32) level));
	ScanKeyInit(&keys[2], Anum_tiles_tile, BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(tile));
	scan_begin(&scan, log, "soc2_ledger_tiles_pkey", keys, 3);
	/* the widest comes first */
	tuple = systable_getnext_ordered(scan.scan, BackwardScanDirection);
	if (HeapTupleIsValid(tuple))
	{
		Datum		value = column(&scan, tuple, Anum_tiles_hashes);
		Size		size = width * sizeof(soc2_digest);
		bytea	   *bytes = DatumGetByteaPSlice(value, 0, size);

		found = VARSIZE_ANY_EXHDR(bytes) == size;
		if (found)
			memcpy(hashes, VARDATA_ANY(bytes), size);
		if ((Pointer) bytes != DatumGetPointer(value))
			pfree(bytes);
	}
	scan_end(&scan);
	return found;
}

/* fetch of the source: compute a node from its tile */
static soc2_status
fetch_node(void *ctx, soc2_merkle_node node, soc2_digest *hash)
{
	soc2_log_nodes *nodes = ctx;
	soc2_tile_place place = soc2_tile_find(node);
	soc2_log_tile *cached;

	if (place.level >= SOC2_TILE_LEVELS)
		return SOC2_OUT_OF_RANGE;
	cached = &nodes->cache[place.level];
	if (cached->hashes == NULL)
		cached->hashes = palloc(SOC2_TILE_WIDTH * sizeof(soc2_digest));
	if (cached->width == 0 || cached->tile != (int64) place.tile)
	{
		cached->tile = (int64) place.tile;
		cached->width = soc2_tile_width(nodes->size, place.level, place.tile);
		if (!soc2_log_read_tile(nodes->log, place.level, cached->tile,
								cached->width, cached->hashes))
		{
			cached->width = 0;
			return SOC2_INCOMPLETE;
		}
	}
	return soc2_tile_node(soc2_ledger_hasher(), cached->hashes, cached->width,
						  &place, hash);
}

/* Tiles as a source of nodes */
soc2_merkle_source
soc2_log_nodes_begin(soc2_log_nodes *nodes, const soc2_log *log, uint64 size)
{
	soc2_merkle_source source;

	memset(nodes, 0, sizeof(*nodes));
	nodes->log = log;
	nodes->size = size;
	source.fetch = fetch_node;
	source.ctx = nodes;
	return source;
}

/* Raise an error about a log that was changed */
void
soc2_log_error(Relation ledger, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("log of ledger \"%s\" is damaged",
					soc2_relation_name(ledger)),
			 errdetail("%s", detail),
			 errhint("See what soc2.verify_ledger() reports.")));
}

/* Raise an error unless all is well */
void
soc2_log_check(soc2_status status, Relation ledger)
{
	if (status == SOC2_INCOMPLETE)
		soc2_log_error(ledger, "A tile is missing or too narrow.");
	soc2_check_status(status, "read the log of a ledger");
}

/* Text in UTF-8 as a value */
Datum
soc2_log_text_datum(const char *text)
{
	const char *server = pg_any_to_server(text, strlen(text), PG_UTF8);

	return CStringGetTextDatum(server);
}
