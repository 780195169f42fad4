/*-------------------------------------------------------------------------
 *
 * ledger_verify_log.c
 *		soc2.verify_ledger: does what was sealed fit together?
 *
 * The seals are taken in order, and of each the ranges of rows that it put into
 * the log, and of each range the leaves that the tiles have.  The tree is built
 * anew from the leaves alone.  Its root has to be that of every seal, its nodes
 * have to be those of the tiles above, and its root at the size of the
 * checkpoint has to be that of the checkpoint.  The leaves then go through a
 * sort to meet the rows.
 *
 * Where tiles lack leaves, the roots from there on cannot be known.  That is
 * reported once, and the ranges go on being checked.
 *
 * IDENTIFICATION
 *	  src/ledger_verify_log.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "core/merkle.h"
#include "core/tile.h"
#include "ledger_verify_tiles.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

/* columns of soc2.ledger_seals and soc2.ledger_seal_ranges */
enum
{
	Anum_seals_seal_id = 2,
	Anum_seals_incarnation,
	Anum_seals_size,
	Anum_seals_root,
	Anum_seals_previous_size = 11,
	Anum_seals_previous_root,
	Anum_seals_incarnation_id
};

enum
{
	Anum_ranges_seal_id = 2,
	Anum_ranges_lane,
	Anum_ranges_first_seq,
	Anum_ranges_last_seq,
	Anum_ranges_position
};

/* a seal, as far as it is judged */
typedef struct log_seal
{
	int64		id;
	int32		incarnation;
	int64		size;
	soc2_digest root;
	bool		has_previous;
	int64		previous_size;
	soc2_digest previous_root;
	bool		has_incarnation_id;
	pg_uuid_t	incarnation_id;
} log_seal;

/* the log as far as it was read */
typedef struct log_state
{
	soc2_verifier *v;
	soc2_entry_scan ranges;
	HeapTuple	range;			/* that is next; NULL at the end */
	soc2_tile_reader tiles[SOC2_TILE_LEVELS];
	soc2_merkle_tree tree;
	bool		known;			/* tree has all leaves so far */
	bool		compared;		/* the checkpoint was */
	log_seal	last;			/* id 0 if there was none */
} log_state;

/* what an error says that could not be done */
#define HASH_LOG	"hash the log of a ledger"

static void report_log(log_state *s, const char *format,...)
			pg_attribute_printf(2, 3);

/* report a problem of the log as a whole */
static void
report_log(log_state *s, const char *format,...)
{
	char		sentence[256];
	va_list		args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	soc2_verify_report(s->v, NULL, "log", sentence);
}

/* compare the checkpoint if the tree has its size */
static void
compare_checkpoint(log_state *s)
{
	const soc2_checkpoint *checkpoint = s->v->checkpoint;
	soc2_digest root;

	if (checkpoint == NULL || s->compared || !s->known ||
		checkpoint->size != s->tree.size)
		return;
	soc2_check_status(soc2_merkle_root(&s->tree, soc2_ledger_hasher(), &root),
					  HASH_LOG);
	if (soc2_digest_compare(&root, &checkpoint->root) != 0)
		soc2_verify_report(s->v, NULL, "checkpoint",
						   psprintf("The log has another root at size " UINT64_FORMAT ".",
									s->tree.size));
	s->compared = true;
}

/* compare a node of the tree with the tiles, if they store it */
static void
compare_node(log_state *s, unsigned level, const soc2_digest *node)
{
	soc2_tile_reader *reader = &s->tiles[level / SOC2_TILE_HEIGHT];
	soc2_digest stored;

	if (level % SOC2_TILE_HEIGHT != 0)
		return;
	if (soc2_tile_reader_next(reader, &stored) &&
		soc2_digest_compare(&stored, node) != 0)
		report_log(s, "Hash " UINT64_FORMAT " of level %u of soc2.ledger_tiles is not that of what is below it.",
				   reader->next - 1, level / SOC2_TILE_HEIGHT);
}

/* append a leaf to the tree, as soc2_merkle_append() does an entry */
static void
append_leaf(log_state *s, const soc2_digest *leaf)
{
	soc2_merkle_tree *tree = &s->tree;
	soc2_digest node = *leaf;
	unsigned	count = 0;
	unsigned	level = 0;

	for (uint64 rest = tree->size; rest != 0; rest &= rest - 1)
		count++;
	for (uint64 index = tree->size; (index & 1) != 0; index >>= 1)
	{
		soc2_check_status(soc2_merkle_parent(soc2_ledger_hasher(),
											 &tree->node[--count], &node,
											 &node), HASH_LOG);
		compare_node(s, ++level, &node);
	}
	tree->node[count] = node;
	tree->size++;
	compare_checkpoint(s);
}

/* take the leaves of a range */
static void
take_leaves(log_state *s, int32 lane, int64 first, int64 last)
{
	soc2_tile_reader *reader = &s->tiles[0];
	soc2_digest leaf;

	for (int64 seq = first; seq <= last; seq++)
	{
		if (soc2_tile_reader_next(reader, &leaf))
		{
			soc2_sort_put(&s->v->leaves, soc2_sort_key(lane, seq),
						  (int64) reader->next, &leaf);
			if (s->known)
				append_leaf(s, &leaf);
		}
		else
		{
			/* no leaf up to where a tile is again */
			int64		skipped = soc2_tile_reader_skip(reader, last - seq);

			s->known = false;
			seq += skipped;
		}
		CHECK_FOR_INTERRUPTS();
	}
}

/* a bigint or an integer that is declared NOT NULL; 0 if it is all the same */
static int64
number(const soc2_entry_scan *scan, HeapTuple entry, int column, bool wide)
{
	bool		isnull;
	Datum		value = soc2_entry_value(scan, entry, column, &isnull);

	if (isnull)
		return 0;
	return wide ? DatumGetInt64(value) : DatumGetInt32(value);
}

/* judge the range that is next, and take its leaves */
static void
take_range(log_state *s, int64 seal_id)
{
	int32		lane = (int32) number(&s->ranges, s->range, Anum_ranges_lane,
									  false);
	int64		first = number(&s->ranges, s->range, Anum_ranges_first_seq,
							   true);
	int64		last = number(&s->ranges, s->range, Anum_ranges_last_seq,
							  true);
	int64		position = number(&s->ranges, s->range, Anum_ranges_position,
								  true);
	soc2_lane  *known;

	if (lane < 0 || lane > SOC2_SORT_LANE_MAX || first < 1 || last < first ||
		last > SOC2_SORT_SEQ_MAX)
	{
		report_log(s, "The range of lane %d in seal " INT64_FORMAT " cannot be.",
				   lane, seal_id);
		s->known = false;
		return;
	}
	known = soc2_verify_lane(s->v, lane);
	if (first != known->sealed + 1)
		report_log(s, "The range of lane %d in seal " INT64_FORMAT " begins at row " INT64_FORMAT ", not " INT64_FORMAT ".",
				   lane, seal_id, first, known->sealed + 1);
	if (position != (int64) s->tiles[0].next)
		report_log(s, "The range of lane %d in seal " INT64_FORMAT " is at " INT64_FORMAT " in the log, not at " UINT64_FORMAT ".",
				   lane, seal_id, position, s->tiles[0].next);
	if (position > (int64) s->tiles[0].next)
	{
		s->known = false;
		soc2_tile_reader_seek(&s->tiles[0], (uint64) position);
	}
	known->sealed = Max(known->sealed, last);
	take_leaves(s, lane, first, last);
}

/* take the ranges of one seal */
static void
take_ranges(log_state *s, int64 seal_id)
{
	while (HeapTupleIsValid(s->range))
	{
		int64		id = number(&s->ranges, s->range, Anum_ranges_seal_id,
								true);

		if (id > seal_id)
			return;
		if (id < seal_id)
			report_log(s, "Seal " INT64_FORMAT " is missing, but not its ranges.",
					   id);
		take_range(s, id);
		s->range = soc2_entries_next(&s->ranges);
	}
}

/*
 * Judge the id of an incarnation: there is none in the first one, another one
 * where one starts, and else the one of the seal before
 */
static void
judge_incarnation_id(log_state *s, const log_seal *this, bool restarted)
{
	const log_seal *last = &s->last;
	bool		same = this->has_incarnation_id == last->has_incarnation_id;

	if (same && this->has_incarnation_id)
		same = memcmp(&this->incarnation_id, &last->incarnation_id,
					  sizeof(pg_uuid_t)) == 0;
	if (restarted ? same || !this->has_incarnation_id : !same)
		report_log(s, "Seal " INT64_FORMAT " does not have the incarnation_id that it must have.",
				   this->id);
}

/* judge how a seal follows the one before it */
static void
judge_sequence(log_state *s, const log_seal *this)
{
	const log_seal *last = &s->last;
	bool		restarted = this->incarnation == last->incarnation + 1 &&
	last->id != 0;

	if (this->id != last->id + 1)
		report_log(s, "Seal " INT64_FORMAT " follows seal " INT64_FORMAT ".",
				   this->id, last->id);
	if (this->incarnation != Max(last->incarnation, 1) && !restarted)
		report_log(s, "Seal " INT64_FORMAT " has incarnation %d after %d.",
				   this->id, this->incarnation, last->incarnation);
	if (this->has_previous != restarted)
		report_log(s, restarted ?
				   "Seal " INT64_FORMAT " starts an incarnation and does not say what was before." :
				   "Seal " INT64_FORMAT " says what was before it, but starts no incarnation.",
				   this->id);
	else if (restarted && (this->previous_size != last->size ||
						   soc2_digest_compare(&this->previous_root,
											   &last->root) != 0))
		report_log(s, "Seal " INT64_FORMAT " does not have size and root of the seal before it.",
				   this->id);
	judge_incarnation_id(s, this, restarted);
}

/* judge size and root of a seal whose ranges were taken */
static void
judge_root(log_state *s, const log_seal *this)
{
	soc2_digest root;

	if (this->size != (int64) s->tiles[0].next)
		report_log(s, "Seal " INT64_FORMAT " has size " INT64_FORMAT ", its ranges end at " UINT64_FORMAT ".",
				   this->id, this->size, s->tiles[0].next);
	else if (s->known)
	{
		soc2_check_status(soc2_merkle_root(&s->tree, soc2_ledger_hasher(),
										   &root), HASH_LOG);
		if (soc2_digest_compare(&root, &this->root) != 0)
			report_log(s, "The root of seal " INT64_FORMAT " is not that of the tiles.",
					   this->id);
	}
}

/* read a seal */
static void
read_seal(const soc2_entry_scan *scan, HeapTuple entry, log_seal *out)
{
	bool		isnull;
	Datum		value;

	out->id = number(scan, entry, Anum_seals_seal_id, true);
	out->incarnation = (int32) number(scan, entry, Anum_seals_incarnation,
									  false);
	out->size = number(scan, entry, Anum_seals_size, true);
	out->root = soc2_entry_digest(scan, entry, Anum_seals_root);
	value = soc2_entry_value(scan, entry, Anum_seals_previous_size, &isnull);
	out->previous_size = isnull ? 0 : DatumGetInt64(value);
	out->has_previous = !isnull;
	value = soc2_entry_value(scan, entry, Anum_seals_previous_root, &isnull);
	if (isnull)
		out->has_previous = false;
	else
		out->previous_root = *DatumGetDigest(value);
	value = soc2_entry_value(scan, entry, Anum_seals_incarnation_id, &isnull);
	out->has_incarnation_id = !isnull;
	if (!isnull)
		out->incarnation_id = *DatumGetUUIDP(value);
}

/* judge what is left when all seals were taken */
static void
judge_end(log_state *s)
{
	const soc2_checkpoint *checkpoint = s->v->checkpoint;

	take_ranges(s, PG_INT64_MAX);
	for (int level = 0; level < SOC2_TILE_LEVELS; level++)
		soc2_tile_reader_end(&s->tiles[level], s->known);
	if (checkpoint == NULL || s->compared)
		return;
	if (checkpoint->size > s->tiles[0].next)
		soc2_verify_report(s->v, NULL, "checkpoint",
						   psprintf("The log has " UINT64_FORMAT " rows, the checkpoint " UINT64_FORMAT ".",
									s->tiles[0].next, checkpoint->size));
	else
		soc2_verify_report(s->v, NULL, "checkpoint",
						   "The root at the size of the checkpoint cannot be computed.");
}

/* Read what was sealed */
void
soc2_verify_log(soc2_verifier *v)
{
	log_state  *s = palloc0(sizeof(log_state));
	soc2_entry_scan seals;
	HeapTuple	entry;

	s->v = v;
	s->known = true;
	for (int level = 0; level < SOC2_TILE_LEVELS; level++)
		soc2_tile_reader_begin(&s->tiles[level], v, level);
	soc2_entries_begin(&seals, v, "ledger_seals", -1);
	soc2_entries_begin(&s->ranges, v, "ledger_seal_ranges", -1);
	s->range = soc2_entries_next(&s->ranges);
	compare_checkpoint(s);
	while (HeapTupleIsValid(entry = soc2_entries_next(&seals)))
	{
		log_seal	this;

		read_seal(&seals, entry, &this);
		judge_sequence(s, &this);
		take_ranges(s, this.id);
		judge_root(s, &this);
		s->last = this;
	}
	judge_end(s);
	soc2_entries_end(&s->ranges);
	soc2_entries_end(&seals);
	pfree(s);
}

/* is the origin that of a ledger: does it end in its id and a number? */
static bool
is_origin_of(soc2_text origin, const soc2_ledger_id *id)
{
	char	   *uuid = DatumGetCString(DirectFunctionCall1(uuid_out,
														   UUIDPGetDatum((const pg_uuid_t *) id->bytes)));
	size_t		len = strlen(uuid);
	size_t		end = origin.len;

	while (end > 0 && origin.bytes[end - 1] >= '0' &&
		   origin.bytes[end - 1] <= '9')
		end--;
	/* before the number stands a slash, before that the id, and a slash */
	return end < origin.len && end >= len + 2 &&
		origin.bytes[end - 1] == '/' &&
		memcmp(origin.bytes + end - 1 - len, uuid, len) == 0 &&
		origin.bytes[end - len - 2] == '/';
}

/* Read the text of a checkpoint */
soc2_checkpoint *
soc2_verify_checkpoint(const soc2_verifier *v, const text *checkpoint)
{
	soc2_checkpoint *out = palloc0(sizeof(soc2_checkpoint));
	char	   *bytes = text_to_cstring(checkpoint);
	soc2_text	given;
	soc2_note	note;
	size_t		errpos = 0;
	soc2_status status;

	given.bytes = pg_server_to_any(bytes, strlen(bytes), PG_UTF8);
	given.len = strlen(given.bytes);
	status = soc2_checkpoint_open(given, out, &note, &errpos);
	if (status != SOC2_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid checkpoint"),
				 errdetail("%s At byte %zu.", soc2_status_text(status),
						   errpos + 1),
				 errhint("A checkpoint is what soc2.checkpoint() returned, as a whole.")));
	if (!v->plan->has_id || !is_origin_of(out->origin, &v->plan->id))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the checkpoint is not one of ledger \"%s\"",
						RelationGetRelationName(v->rel)),
				 errdetail("The origin of the checkpoint does not end in the id of the ledger and an incarnation."),
				 errhint("Ids of ledgers are in soc2.ledgers.")));
	return out;
}
