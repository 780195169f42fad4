/*-------------------------------------------------------------------------
 *
 * proof.c
 *		Inclusion proofs as text, with the checkpoint they lead to.
 *
 * Contracts are in the header.
 *
 * IDENTIFICATION
 *	  src/core/proof.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/proof.h"

#include <string.h>

#define HEADER	"c2sp.org/tlog-proof@v1"
#define EXTRA	"extra "
#define INDEX	"index "

/* does a line start with a word?  Takes the word from it */
static bool
take(soc2_text *line, const char *word)
{
	size_t		len = strlen(word);

	if (line->len < len || memcmp(line->bytes, word, len) != 0)
		return false;
	line->bytes += len;
	line->len -= len;
	return true;
}

/* the next line; *errpos is its start, or the end of a text without it */
static soc2_status
next_line(soc2_text text, size_t *offset, soc2_text *line, size_t *errpos)
{
	size_t		start = *offset;
	soc2_status status = soc2_text_line(text, offset, line);

	*errpos = status == SOC2_OK ? start : text.len;
	return status;
}

/* is it base64 of at least one byte? */
static soc2_status
check_extra(soc2_text extra, size_t *errpos)
{
	soc2_buffer measure = {NULL, 0, 0};

	*errpos = 0;
	if (extra.len == 0)
		return SOC2_BASE64_EXPECTED;
	return soc2_base64_decode(extra, &measure, errpos);
}

/* is it a checkpoint, signed or not? */
static soc2_status
check_checkpoint(soc2_text text, size_t *errpos)
{
	soc2_checkpoint checkpoint;
	soc2_note	note;

	return soc2_checkpoint_open(text, &checkpoint, &note, errpos);
}

/* Write the text of a proof */
soc2_status
soc2_proof_format(const soc2_proof *proof, soc2_buffer *out)
{
	soc2_status status = SOC2_OK;
	size_t		errpos;

	if (proof->index > SOC2_MERKLE_SIZE_MAX)
		return SOC2_OUT_OF_RANGE;
	if (proof->path.count > SOC2_MERKLE_PATH_MAX)
		return SOC2_PROOF_LENGTH;
	if (proof->extra.len > 0)
		status = check_extra(proof->extra, &errpos);
	if (status == SOC2_OK)
		status = check_checkpoint(proof->checkpoint, &errpos);
	if (status != SOC2_OK)
		return status;

	soc2_buffer_add(out, HEADER "\n", strlen(HEADER "\n"));
	if (proof->extra.len > 0)
	{
		soc2_buffer_add(out, EXTRA, strlen(EXTRA));
		soc2_buffer_add(out, proof->extra.bytes, proof->extra.len);
		soc2_buffer_add(out, "\n", 1);
	}
	soc2_buffer_add(out, INDEX, strlen(INDEX));
	soc2_buffer_add_number(out, proof->index);
	soc2_buffer_add(out, "\n", 1);
	for (unsigned i = 0; i < proof->path.count; i++)
	{
		soc2_buffer_add_base64(out, proof->path.hash[i].bytes,
							   SOC2_DIGEST_SIZE);
		soc2_buffer_add(out, "\n", 1);
	}
	soc2_buffer_add(out, "\n", 1);
	soc2_buffer_add(out, proof->checkpoint.bytes, proof->checkpoint.len);
	return soc2_buffer_status(out);
}

/* the line of the index */
static soc2_status
parse_index(soc2_text line, uint64_t *index, size_t *errpos)
{
	size_t		start = *errpos;
	soc2_status status;

	if (!take(&line, INDEX))
		return SOC2_INDEX_EXPECTED;
	status = soc2_number_parse(line, index, errpos);
	*errpos += start + strlen(INDEX);
	return status;
}

/* the lines up to that of the index */
static soc2_status
parse_head(soc2_text text, size_t *offset, soc2_proof *out, size_t *errpos)
{
	soc2_text	line;
	size_t		start;
	soc2_status status = next_line(text, offset, &line, errpos);

	if (status != SOC2_OK)
		return status;
	if (line.len != strlen(HEADER) || !take(&line, HEADER))
		return SOC2_PROOF_HEADER;
	out->extra.bytes = text.bytes + *offset;
	out->extra.len = 0;
	start = *offset;
	status = next_line(text, offset, &line, errpos);
	if (status == SOC2_OK && take(&line, EXTRA))
	{
		out->extra = line;
		status = check_extra(line, errpos);
		*errpos += start + strlen(EXTRA);
		if (status == SOC2_OK)
			status = next_line(text, offset, &line, errpos);
	}
	return status == SOC2_OK ? parse_index(line, &out->index, errpos) : status;
}

/* the hashes, and the empty line after them */
static soc2_status
parse_path(soc2_text text, size_t *offset, soc2_merkle_path *path,
		   size_t *errpos)
{
	path->count = 0;
	for (;;)
	{
		soc2_text	line;
		size_t		start = *offset;
		soc2_status status = next_line(text, offset, &line, errpos);

		if (status != SOC2_OK || line.len == 0)
			return status;
		if (path->count == SOC2_MERKLE_PATH_MAX)
			return SOC2_PROOF_LENGTH;
		status = soc2_digest_decode64(line, &path->hash[path->count], errpos);
		*errpos += start;
		if (status != SOC2_OK)
			return status;
		path->count++;
	}
}

/* Parse the text of a proof */
soc2_status
soc2_proof_parse(soc2_text text, soc2_proof *out, size_t *errpos)
{
	size_t		offset = 0;
	soc2_status status = parse_head(text, &offset, out, errpos);

	if (status == SOC2_OK)
		status = parse_path(text, &offset, &out->path, errpos);
	if (status != SOC2_OK)
		return status;
	out->checkpoint.bytes = text.bytes + offset;
	out->checkpoint.len = text.len - offset;
	status = check_checkpoint(out->checkpoint, errpos);
	*errpos += offset;
	return status;
}

/* Does a proof show that an entry is in a tree? */
soc2_status
soc2_proof_verify(const soc2_hasher *hasher, const soc2_proof *proof,
				  const soc2_checkpoint *checkpoint, const soc2_digest *entry)
{
	soc2_merkle_inclusion claim;
	soc2_status status;

	claim.index = proof->index;
	claim.size = checkpoint->size;
	claim.root = checkpoint->root;
	status = soc2_merkle_leaf(hasher, entry, &claim.leaf);
	if (status != SOC2_OK)
		return status;
	return soc2_merkle_verify_inclusion(hasher, &claim, proof->path.hash,
										proof->path.count);
}
