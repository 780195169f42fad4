/*-------------------------------------------------------------------------
 *
 * ledger_export_log.c
 *		The lines of a bundle behind the rows: seals, prunes and leaves.
 *
 * IDENTIFICATION
 *	  src/ledger_export_log.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "ledger_export.h"

/* columns of the query for seals */
enum
{
	SEAL_ID = 1,
	SEAL_INCARNATION,
	SEAL_SIZE,
	SEAL_ROOT,
	SEAL_PREVIOUS_SIZE,
	SEAL_PREVIOUS_ROOT,
	SEAL_INCARNATION_ID,
	SEAL_RANGES
};

static const char *const seals_query =
"SELECT s.seal_id, s.incarnation, s.size, s.root, s.previous_size, s.previous_root, s.incarnation_id, r.ranges"
" FROM soc2.ledger_seals AS s LEFT JOIN ("
"SELECT seal_id, string_agg(format('{\"lane\":%s,\"first\":%s,\"last\":%s,\"position\":%s}',"
" lane, first_seq, last_seq, position), ',' ORDER BY lane) AS ranges"
" FROM soc2.ledger_seal_ranges WHERE ledger_id = $1 GROUP BY seal_id"
") AS r ON r.seal_id = s.seal_id"
" WHERE s.ledger_id = $1 ORDER BY s.seal_id";

/* write a seal and its ranges */
static void
write_seal(soc2_exporter *e, HeapTuple row, TupleDesc desc, StringInfo line)
{
	char	   *ranges = SPI_getvalue(row, desc, SEAL_RANGES);
	bool		isnull;

	soc2_export_field(line, "seal", row, desc, SEAL_ID);
	soc2_export_field(line, "incarnation", row, desc, SEAL_INCARNATION);
	soc2_export_field(line, "size", row, desc, SEAL_SIZE);
	soc2_export_field(line, "root", row, desc, SEAL_ROOT);
	SPI_getbinval(row, desc, SEAL_PREVIOUS_SIZE, &isnull);
	if (!isnull)
	{
		soc2_export_field(line, "previous_size", row, desc, SEAL_PREVIOUS_SIZE);
		soc2_export_field(line, "previous_root", row, desc, SEAL_PREVIOUS_ROOT);
	}
	SPI_getbinval(row, desc, SEAL_INCARNATION_ID, &isnull);
	if (!isnull)
		soc2_export_field(line, "incarnation_id", row, desc, SEAL_INCARNATION_ID);
	soc2_export_name(line, "ranges");
	appendStringInfo(line, "[%s]", ranges != NULL ? ranges : "");
}

static const char *const prunes_query =
"SELECT lane, last_seq, last_hash FROM soc2.ledger_prunes"
" WHERE ledger_id = $1 ORDER BY lane, last_seq";

/* write what is known of rows that were pruned */
static void
write_prune(soc2_exporter *e, HeapTuple row, TupleDesc desc, StringInfo line)
{
	soc2_export_field(line, "pruned", row, desc, 1);
	soc2_export_field(line, "last", row, desc, 2);
	soc2_export_field(line, "hash", row, desc, 3);
}

/* tiles have up to 256 hashes of 32 bytes; the widest of a place counts */
static const char *const leaves_query =
"SELECT p.position, substr(t.hashes, (p.position % 256)::integer * 32 + 1, 32)"
" FROM (SELECT generate_series(r.position, r.position - r.first_seq + least(r.last_seq, q.last_seq)) AS position"
" FROM soc2.ledger_seal_ranges AS r JOIN ("
"SELECT lane, max(last_seq) AS last_seq FROM soc2.ledger_prunes WHERE ledger_id = $1 GROUP BY lane"
") AS q ON q.lane = r.lane AND q.last_seq >= r.first_seq WHERE r.ledger_id = $1) AS p"
" CROSS JOIN LATERAL (SELECT hashes FROM soc2.ledger_tiles"
" WHERE ledger_id = $1 AND level = 0 AND tile = p.position / 256 ORDER BY width DESC LIMIT 1) AS t"
" WHERE length(t.hashes) >= (p.position % 256) * 32 + 32"
" ORDER BY p.position";

/* write the leaf of a row that was pruned */
static void
write_leaf(soc2_exporter *e, HeapTuple row, TupleDesc desc, StringInfo line)
{
	soc2_export_field(line, "leaf", row, desc, 1);
	soc2_export_field(line, "hash", row, desc, 2);
}

/* Write the lines behind the rows */
void
soc2_export_log(soc2_exporter *e)
{
	soc2_export_query(e, seals_query, write_seal);
	soc2_export_query(e, prunes_query, write_prune);
	soc2_export_query(e, leaves_query, write_leaf);
}
