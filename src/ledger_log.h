/*-------------------------------------------------------------------------
 *
 * ledger_log.h
 *		The log of a ledger: seals, ranges and tiles, as they are stored.
 *
 * soc2.seal() alone writes it, one sealer at a time per ledger, and nothing in
 * it ever changes.  Everybody else reads.  Rights are checked nowhere here:
 * what is read are numbers and hashes, and the SQL functions are granted.
 *
 * IDENTIFICATION
 *	  src/ledger_log.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_LEDGER_LOG_H
#define SOC2_LEDGER_LOG_H

#include "core/merkle.h"
#include "core/tile.h"
#include "ledger.h"
#include "utils/snapshot.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* setting, see ledger_sign.c */
extern char *soc2_origin_setting;

/* Define the settings of the log */
extern void soc2_log_init(void);

/* reading the log of one ledger */
typedef struct soc2_log
{
	soc2_ledger_id id;
	Snapshot	snapshot;		/* registered */
} soc2_log;

/* a row of soc2.ledger_seals, as far as it is used */
typedef struct soc2_seal_entry
{
	int64		seal_id;
	int32		incarnation;
	uint64		size;
	soc2_digest root;
	int64		system_identifier;
	Oid			database;
	int32		timeline;
	bool		has_incarnation_id; /* not in the first incarnation */
	pg_uuid_t	incarnation_id;
} soc2_seal_entry;

/* a row of soc2.ledger_seal_ranges: rows of a lane that follow each other */
typedef struct soc2_log_range
{
	int32		lane;
	int64		first_seq;
	int64		last_seq;
	int64		position;		/* in the log, of the first */
} soc2_log_range;

/* a tile in memory */
typedef struct soc2_log_tile
{
	int64		tile;
	unsigned	width;			/* 0: there is none */
	soc2_digest *hashes;		/* room for SOC2_TILE_WIDTH; NULL if never
								 * used */
} soc2_log_tile;

/* tiles as a source of nodes; keeps the last tile of each level */
typedef struct soc2_log_nodes
{
	const soc2_log *log;
	uint64		size;			/* of the tree that is read */
	soc2_log_tile cache[SOC2_TILE_LEVELS];
} soc2_log_nodes;

/* a tree that grows, and the last tile of each level while it is partial */
typedef struct soc2_log_tree
{
	const soc2_log *log;
	soc2_merkle_tree tree;
	soc2_log_tile edge[SOC2_TILE_LEVELS];
	bool		changed[SOC2_TILE_LEVELS];
	struct _SPI_plan *insert;	/* NULL until a tile is written */
} soc2_log_tree;

/*
 * Open and lock a table that must be a ledger, and get its plan, whose has_id
 * is true if there is, or was, a row.  Raises 42809 for anything else, and
 * 55000 for a ledger without its index.
 */
extern Relation soc2_ledger_open(Oid relid, const soc2_ledger_plan **plan);

/*
 * Start to read the log of a ledger, under a snapshot of now: it shows all
 * that is committed and what this transaction wrote, whatever its isolation
 * level.  soc2_log_close() ends that.
 */
extern void soc2_log_open(soc2_log *log, const soc2_ledger_id *id);
extern void soc2_log_close(soc2_log *log);

/*
 * The last seal; false if there is none.  If committed is true, those of the
 * running transaction do not count.
 */
extern bool soc2_log_last_seal(const soc2_log *log, bool committed,
							   soc2_seal_entry *seal);

/* The last range of a lane; false if there is none */
extern bool soc2_log_last_range(const soc2_log *log, int32 lane,
								soc2_log_range *range);

/* The range that holds a row; false if there is none */
extern bool soc2_log_find_range(const soc2_log *log, int32 lane, int64 seq,
								soc2_log_range *range);

/*
 * Read the first width hashes of a tile into hashes.  False if the tile is not
 * there or narrower.
 */
extern bool soc2_log_read_tile(const soc2_log *log, unsigned level,
							   int64 tile, unsigned width,
							   soc2_digest *hashes);

/*
 * Tiles as a source for soc2_merkle_*(), of a tree of that size.  Tiles are
 * kept in the current context.  A tile that is missing or narrower than in
 * that tree makes the source answer SOC2_INCOMPLETE.
 */
extern soc2_merkle_source soc2_log_nodes_begin(soc2_log_nodes *nodes,
											   const soc2_log *log,
											   uint64 size);

/*
 * Growing a log, by a sealer that is connected to SPI as the owner of the
 * tables.  Load the tree of a size; SOC2_INCOMPLETE where a tile is missing.
 * Append an entry; full tiles are written at once.  Flush writes the others
 * that changed.
 */
extern soc2_status soc2_log_tree_load(soc2_log_tree *tree,
									  const soc2_log *log, uint64 size);
extern void soc2_log_tree_append(soc2_log_tree *tree,
								 const soc2_digest *entry);
extern void soc2_log_tree_flush(soc2_log_tree *tree);
extern soc2_digest soc2_log_tree_root(const soc2_log_tree *tree);

/* Digests as a bytea, in the current context */
extern Datum soc2_digests_datum(const soc2_digest *digests, Size count);

/*
 * Raise an error unless the status is SOC2_OK: XX001 where the stored log
 * cannot be right.
 */
extern void soc2_log_check(soc2_status status, Relation ledger);

/* Raise XX001: the log of the ledger is not what it was */
pg_noreturn extern void soc2_log_error(Relation ledger, const char *detail);

/*
 * The first lane after a lane that has rows in the ledger; -1 for the first of
 * all.  False if there is none.
 */
extern bool soc2_ledger_next_lane(Relation rel, const soc2_ledger_plan *plan,
								  Snapshot snapshot, int32 *lane);

/* Is there such a row in the ledger? */
extern bool soc2_ledger_has_row(Relation rel, const soc2_ledger_plan *plan,
								Snapshot snapshot, int32 lane, int64 seq);

/*
 * The text of a checkpoint, in UTF-8 and the current context; with a signature
 * if a key is configured.
 */
extern char *soc2_log_checkpoint(const soc2_log *log,
								 const soc2_seal_entry *seal);

/*
 * Sign a text with the configured key: the note, in UTF-8 and the current
 * context.  NULL if no key is configured.  Raises F0000 or the error of the
 * file where the key cannot be used, and 55P02 where a session was given other
 * settings than the configuration file has.
 */
extern char *soc2_log_sign(const char *text);

/* Text in UTF-8 as a value of the server's encoding */
extern Datum soc2_log_text_datum(const char *text);

#endif							/* SOC2_LEDGER_LOG_H */
