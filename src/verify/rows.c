/*-------------------------------------------------------------------------
 *
 * rows.c
 *		Judging the rows: content, commitments and the chain of each lane.
 *
 * IDENTIFICATION
 *	  src/verify/rows.c
 *
 *-------------------------------------------------------------------------
 */
#include "verify/rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/encode.h"
#include "verify/memory.h"

/* how a column stands in a row */
typedef struct row_cell
{
	soc2_text	value;			/* bytes is NULL if there is none */
	soc2_text	commitment;		/* digits; bytes is NULL if it is not kept */
} row_cell;

/* Start to judge rows */
void
rows_begin(row_judge *all, const bundle_header *header,
		   const soc2_hasher *hasher, report_sink *r)
{
	memset(all, 0, sizeof(*all));
	all->header = header;
	all->hasher = hasher;
	all->report = r;
	all->commitments = memory_zero(header->ncolumns, sizeof(soc2_digest));
	soc2_chain_begin(&all->chain, &header->id);
}

/* the string that an object has under a name */
static soc2_text
get_text(const json_t *object, soc2_text name)
{
	const json_t *value = json_object_get(object, name.bytes);
	soc2_text	text = {NULL, 0};

	if (value != NULL)
	{
		text.bytes = json_string_value(value);
		text.len = json_string_length(value);
	}
	return text;
}

/* one column of a row */
static row_cell
get_cell(const bundle_row *row, const bundle_column *column)
{
	row_cell	c;

	c.value = get_text(row->values, column->name);
	c.commitment = get_text(row->commitments, column->name);
	return c;
}

/*
 * Judge the form of a row and count the columns that it has.  Returns what is
 * wrong, or NULL.
 */
static const char *
judge_form(const row_judge *all, const bundle_row *row, size_t *present)
{
	size_t		found = 0;

	*present = 0;
	for (size_t i = 0; i < all->header->ncolumns; i++)
	{
		const bundle_column *column = &all->header->columns[i];
		row_cell	c = get_cell(row, column);

		found += c.value.bytes != NULL;
		found += c.commitment.bytes != NULL;
		*present += c.value.bytes != NULL || c.commitment.bytes != NULL;
		if (c.commitment.bytes != NULL && !column->redactable)
			return "A column is redacted that is not redactable.";
		if (c.commitment.bytes != NULL && c.value.bytes != NULL)
			return "A column is redacted and has a value.";
		if (c.value.bytes != NULL && column->redactable && !row->has_salt)
			return "A redactable column has a value, but there is no salt of 16 bytes.";
	}
	if (found != json_object_size(row->values) +
		json_object_size(row->commitments))
		return "There is a column that the header does not know.";
	return NULL;
}

/* the commitment to a redactable column, kept or computed */
static void
get_commitment(const row_judge *all, const bundle_row *row,
			   const bundle_column *column, soc2_digest *out)
{
	const soc2_hasher *hasher = all->hasher;
	row_cell	c = get_cell(row, column);
	soc2_encoder encoder;

	if (c.commitment.bytes != NULL)
	{
		(void) fields_hex(c.commitment.bytes, c.commitment.len, out->bytes,
						  sizeof(out->bytes));
		return;
	}
	check_status(hasher->begin(hasher->ctx));
	check_status(soc2_encode_salted(&encoder, soc2_hasher_sink(hasher), row->salt,
									column->name, c.value.len));
	check_status(soc2_encode_bytes(&encoder, c.value.bytes, c.value.len));
	check_status(soc2_encode_end(&encoder));
	check_status(hasher->finish(hasher->ctx, out));
}

/* hash the content of a row whose form is right */
static void
hash_content(const row_judge *all, const bundle_row *row, size_t present,
			 soc2_digest *out)
{
	const bundle_header *header = all->header;
	const soc2_hasher *hasher = all->hasher;
	soc2_encoder encoder;

	for (size_t i = 0; i < header->ncolumns; i++)
	{
		row_cell	c = get_cell(row, &header->columns[i]);

		if (header->columns[i].redactable &&
			(c.value.bytes != NULL || c.commitment.bytes != NULL))
			get_commitment(all, row, &header->columns[i],
						   &all->commitments[i]);
	}
	check_status(hasher->begin(hasher->ctx));
	check_status(soc2_encode_row(&encoder, soc2_hasher_sink(hasher),
								 (uint16_t) present));
	for (size_t i = 0; i < header->ncolumns; i++)
	{
		const bundle_column *column = &header->columns[i];
		row_cell	c = get_cell(row, column);

		if (c.value.bytes == NULL && c.commitment.bytes == NULL)
			continue;
		if (column->redactable)
		{
			check_status(soc2_encode_commitment(&encoder, column->name,
												&all->commitments[i]));
			continue;
		}
		check_status(soc2_encode_column(&encoder, column->name, c.value.len));
		check_status(soc2_encode_bytes(&encoder, c.value.bytes, c.value.len));
	}
	check_status(soc2_encode_end(&encoder));
	check_status(hasher->finish(hasher->ctx, out));
}

/* report what judging the chain found in a row, and keep its hash */
static void
judge_verdict(row_judge *all, const bundle_row *row,
			  const soc2_verdict *verdict)
{
	row_place	where = {row->lane, row->seq};
	lane_rows  *its_lane = lanes_get(&all->lanes, row->lane);

	/* before the first row of a lane something may have been pruned */
	if ((verdict->problems & SOC2_PROBLEM_GAP) && its_lane->count > 0)
	{
		row_place	missing = {row->lane, (int64_t) verdict->first_missing};

		report_row(all->report, missing, "gap",
				   "Rows %" PRIu64 " to %" PRIu64 " are missing.",
				   verdict->first_missing, verdict->last_missing);
	}
	if (verdict->problems & SOC2_PROBLEM_HASH)
		report_row(all->report, where, "content",
				   "The row does not match its hash.");
	if (verdict->problems & SOC2_PROBLEM_LINK)
		report_row(all->report, where, "link", row->seq == 1 ?
				   "Its prev is not zero, as it is in a first row." :
				   "Its prev is not the hash of the row before it.");
	if (verdict->problems & SOC2_PROBLEM_DUPLICATE)
	{
		report_row(all->report, where, "duplicate",
				   "Another row has the same position.");
		return;
	}
	if (its_lane->count == 0)
		its_lane->first_prev = row->prev;
	lane_add(its_lane, row->seq, &row->hash);
}

/* Judge the next row */
void
rows_take(row_judge *all, const bundle_row *row)
{
	row_place	where = {row->lane, row->seq};
	soc2_chain_row chain_row = {0};
	soc2_verdict verdict;
	soc2_status status;
	size_t		present;
	const char *why = judge_form(all, row, &present);

	all->count++;
	all->redacted += row->commitments != NULL;
	if (why != NULL)
		report_row(all->report, where, "format", "%s", why);
	if (!row->complete)
	{
		report_row(all->report, where, "format",
				   "It has no position that can be, or no hashes.");
		return;
	}
	chain_row.link.lane = (uint32_t) row->lane;
	chain_row.link.seq = (uint64_t) row->seq;
	chain_row.link.prev = row->prev;
	chain_row.hash = row->hash;
	chain_row.known = SOC2_ROW_HAS_PREV | SOC2_ROW_HAS_HASH;
	if (why == NULL)
	{
		hash_content(all, row, present, &chain_row.link.content);
		chain_row.known |= SOC2_ROW_HAS_CONTENT;
	}
	status = soc2_chain_step(&all->chain, all->hasher, &chain_row, &verdict);
	if (status == SOC2_UNORDERED)
		report_row(all->report, where, "order",
				   "It stands behind rows that come after it.");
	else
	{
		check_status(status);
		judge_verdict(all, row, &verdict);
	}
}

/* judge where a lane starts */
static void
judge_start(row_judge *all, const lane_rows *l)
{
	int64_t		first = l->rows[0].seq;
	row_place	where = {l->number, first};

	if (first <= l->pruned)
		report_row(all->report, where, "pruned",
				   "Rows to %" PRId64 " were pruned, and this one is there.",
				   l->pruned);
	else if (first - 1 > l->pruned)
	{
		where.seq = l->pruned + 1;
		report_row(all->report, where, "gap",
				   "Rows %" PRId64 " to %" PRId64 " are missing.",
				   l->pruned + 1, first - 1);
	}
	else if (l->pruned > 0 &&
			 soc2_digest_compare(&l->first_prev, &l->pruned_hash) != 0)
		report_row(all->report, where, "link",
				   "Its prev is not the hash of the row that was pruned before it.");
}

/* Judge where the lanes start */
void
rows_judge_starts(row_judge *all)
{
	for (size_t i = 0; i < all->lanes.count; i++)
	{
		if (all->lanes.items[i].count > 0)
			judge_start(all, &all->lanes.items[i]);
	}
}

/* Free what is kept */
void
rows_free(row_judge *all)
{
	lanes_free(&all->lanes);
	free(all->commitments);
}
