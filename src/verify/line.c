/*-------------------------------------------------------------------------
 *
 * line.c
 *		The lines of a bundle, taken apart.
 *
 * IDENTIFICATION
 *	  src/verify/line.c
 *
 *-------------------------------------------------------------------------
 */
#include "verify/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify/memory.h"

#define FORMAT	"soc2-bundle-1"

/* parses a line of one kind */
typedef void (*bundle_parser) (json_fields *f, bundle_line *out);

/* do the bytes of a come before those of b? */
static bool
text_before(soc2_text a, soc2_text b)
{
	size_t		common = a.len < b.len ? a.len : b.len;
	int			order = memcmp(a.bytes, b.bytes, common);

	return order < 0 || (order == 0 && a.len < b.len);
}

/* parse a uuid: digits in lower case in groups of 8, 4, 4, 4 and 12 */
static bool
parse_uuid(soc2_text text, soc2_ledger_id *out)
{
	char		digits[2 * SOC2_LEDGER_ID_SIZE];
	size_t		count = 0;

	if (text.len != 36)
		return false;
	for (size_t i = 0; i < text.len; i++)
	{
		if (i == 8 || i == 13 || i == 18 || i == 23)
		{
			if (text.bytes[i] != '-')
				return false;
		}
		else
			digits[count++] = text.bytes[i];
	}
	return fields_hex(digits, count, out->bytes, sizeof(out->bytes));
}

/* parse the columns of a header */
static void
parse_columns(json_fields *f, bundle_header *header)
{
	const json_t *array = fields_array(f, "columns");

	header->ncolumns = json_array_size(array);
	if (header->ncolumns > UINT16_MAX)
		fields_fail(f, "columns", "has too many of them");
	header->columns = memory_zero(header->ncolumns, sizeof(bundle_column));
	for (size_t i = 0; i < header->ncolumns; i++)
	{
		bundle_column *column = &header->columns[i];
		json_fields member;

		fields_begin(&member, json_array_get(array, i), f->why);
		column->name = fields_text(&member, "name");
		fields_text(&member, "type");
		column->redactable = fields_boolean(&member, "redactable");
		if (fields_end(&member) && i > 0 &&
			!text_before(header->columns[i - 1].name, column->name))
			fields_fail(f, "columns", "do not ascend");
	}
}

/* parse a header */
static void
parse_header(json_fields *f, bundle_line *out)
{
	bundle_header *header = &out->of.header;
	soc2_text	format = fields_text(f, "format");

	if (format.len != strlen(FORMAT) ||
		memcmp(format.bytes, FORMAT, format.len) != 0)
		fields_fail(f, "format", "is not " FORMAT);
	header->id_text = fields_text(f, "ledger_id");
	if (!parse_uuid(header->id_text, &header->id))
		fields_fail(f, "ledger_id", "is not a uuid");
	header->ledger = fields_text(f, "ledger");
	parse_columns(f, header);
	if (json_is_null(json_object_get(f->object, "checkpoint")))
		(void) fields_take(f, "checkpoint");
	else
		header->checkpoint = fields_text(f, "checkpoint");
}

/* parse the salt of a row, which may be missing */
static void
parse_salt(json_fields *f, bundle_row *row)
{
	soc2_text	salt;
	unsigned char byte;

	if (!fields_has(f, "salt"))
		return;
	salt = fields_text(f, "salt");
	row->has_salt = fields_hex(salt.bytes, salt.len, row->salt,
							   sizeof(row->salt));
	for (size_t i = 0; i < salt.len; i += 2)
	{
		if (salt.len - i < 2 || !fields_hex(salt.bytes + i, 2, &byte, 1))
			fields_fail(f, "salt", "is not hexadecimal");
	}
}

/* check that a member is an object of strings or, if asked, of digests */
static const json_t *
parse_map(json_fields *f, const char *name, bool digests)
{
	json_t	   *map = (json_t *) fields_take(f, name);
	const char *key;
	json_t	   *value;

	if (map != NULL && !json_is_object(map))
		fields_fail(f, name, "is not an object");
	json_object_foreach(map, key, value)
	{
		soc2_digest digest;

		if (!json_is_string(value) ||
			(digests && !fields_hex(json_string_value(value),
									json_string_length(value), digest.bytes,
									sizeof(digest.bytes))))
			fields_fail(f, name, digests ? "has what is not a digest" :
						"has what is not a string");
	}
	return map;
}

/* parse a row */
static void
parse_row(json_fields *f, bundle_line *out)
{
	bundle_row *row = &out->of.row;
	bool		has_lane = fields_maybe_integer(f, "lane", &row->lane);
	bool		has_seq = fields_maybe_integer(f, "seq", &row->seq);
	bool		has_prev = fields_maybe_digest(f, "prev", &row->prev);
	bool		has_hash = fields_maybe_digest(f, "hash", &row->hash);

	row->complete = has_lane && has_seq && has_prev && has_hash &&
		row->lane >= 0 && row->lane <= INT32_MAX && row->seq >= 1;
	parse_salt(f, row);
	row->values = parse_map(f, "columns", false);
	if (fields_has(f, "commitments"))
		row->commitments = parse_map(f, "commitments", true);
}

/* parse the ranges of a seal */
static void
parse_ranges(json_fields *f, bundle_seal *seal)
{
	const json_t *array = fields_array(f, "ranges");

	seal->nranges = json_array_size(array);
	seal->ranges = memory_zero(seal->nranges, sizeof(bundle_range));
	for (size_t i = 0; i < seal->nranges; i++)
	{
		bundle_range *range = &seal->ranges[i];
		json_fields member;

		fields_begin(&member, json_array_get(array, i), f->why);
		range->lane = fields_integer(&member, "lane");
		range->first = fields_integer(&member, "first");
		range->last = fields_integer(&member, "last");
		range->position = fields_integer(&member, "position");
		fields_end(&member);
	}
}

/* parse a seal */
static void
parse_seal(json_fields *f, bundle_line *out)
{
	bundle_seal *seal = &out->of.seal;
	soc2_ledger_id id;

	seal->seal = fields_integer(f, "seal");
	seal->incarnation = fields_integer(f, "incarnation");
	seal->incarnation_id.bytes = "";
	seal->size = fields_integer(f, "size");
	seal->root = fields_digest(f, "root");
	seal->has_previous = fields_has(f, "previous_size") ||
		fields_has(f, "previous_root");
	if (seal->has_previous)
	{
		seal->previous_size = fields_integer(f, "previous_size");
		seal->previous_root = fields_digest(f, "previous_root");
	}
	if (fields_has(f, "incarnation_id"))
	{
		seal->incarnation_id = fields_text(f, "incarnation_id");
		if (!parse_uuid(seal->incarnation_id, &id))
			fields_fail(f, "incarnation_id", "is not a uuid");
	}
	parse_ranges(f, seal);
}

/* parse what is known of pruned rows */
static void
parse_prune(json_fields *f, bundle_line *out)
{
	out->of.prune.lane = fields_integer(f, "pruned");
	out->of.prune.last = fields_integer(f, "last");
	out->of.prune.hash = fields_digest(f, "hash");
}

/* parse the leaf of a pruned row */
static void
parse_leaf(json_fields *f, bundle_line *out)
{
	out->of.leaf.position = fields_integer(f, "leaf");
	out->of.leaf.hash = fields_digest(f, "hash");
}

/* parse the end */
static void
parse_end(json_fields *f, bundle_line *out)
{
	out->of.end.lines = fields_integer(f, "end");
	out->of.end.sum = fields_digest(f, "sha256");
}

/* the kinds, and the members they are known by */
static const struct
{
	const char *member;
	bundle_kind kind;
	bundle_parser parse;
}			kinds[] =

{
	{"format", LINE_HEADER, parse_header},
	{"columns", LINE_ROW, parse_row},
	{"seal", LINE_SEAL, parse_seal},
	{"pruned", LINE_PRUNE, parse_prune},
	{"leaf", LINE_LEAF, parse_leaf},
	{"end", LINE_END, parse_end},
};

/* Parse a line */
bool
line_parse(const char *text, size_t len, bundle_line *out, char *why)
{
	json_error_t error;
	json_fields f;

	memset(out, 0, sizeof(*out));
	why[0] = '\0';
	out->root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (out->root == NULL)
	{
		snprintf(why, WHY_SIZE, "%s", error.text);
		return false;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
	{
		if (json_object_get(out->root, kinds[i].member) == NULL)
			continue;
		out->kind = kinds[i].kind;
		fields_begin(&f, out->root, why);
		kinds[i].parse(&f, out);
		if (fields_end(&f))
			return true;
		break;
	}
	if (why[0] == '\0')
		snprintf(why, WHY_SIZE, "this is none of the lines of a bundle");
	line_free(out);
	return false;
}

/* Free what a line holds */
void
line_free(bundle_line *l)
{
	if (l->kind == LINE_HEADER)
		free(l->of.header.columns);
	if (l->kind == LINE_SEAL)
		free(l->of.seal.ranges);
	json_decref(l->root);
	l->root = NULL;
}
