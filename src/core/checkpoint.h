/*-------------------------------------------------------------------------
 *
 * checkpoint.h
 *		Checkpoints: the size and the root of a log, as text.
 *
 * After C2SP tlog-checkpoint: the lines origin, size in decimal and root in
 * base64, each ended by a newline, and then extension lines, which have no
 * meaning here.  A checkpoint that is signed is the text of a note.
 *
 * IDENTIFICATION
 *	  src/core/checkpoint.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_CHECKPOINT_H
#define SOC2_CORE_CHECKPOINT_H

#include "core/note.h"
#include "core/text.h"

typedef struct soc2_checkpoint
{
	soc2_text	origin;			/* borrowed */
	uint64_t	size;			/* up to SOC2_MERKLE_SIZE_MAX */
	soc2_digest root;
	soc2_text	extension;		/* lines with their newlines; borrowed */
} soc2_checkpoint;

/*
 * Write the text of a checkpoint, without signatures.
 *
 * SOC2_OK, SOC2_NO_SPACE.  SOC2_LINE_EXPECTED: the origin is empty, or an
 * extension line.  SOC2_NEWLINE_EXPECTED: the last extension line has none.
 * SOC2_UNEXPECTED_CHARACTER: the origin has a newline.  SOC2_NOT_UTF8,
 * SOC2_CONTROL_CHARACTER.  SOC2_OUT_OF_RANGE: no tree is that large.
 */
extern soc2_status soc2_checkpoint_format(const soc2_checkpoint *checkpoint,
										  soc2_buffer *out);

/*
 * Parse the text of a checkpoint, without signatures.
 *
 * SOC2_OK, or with *errpos: SOC2_LINE_EXPECTED (a line is missing or empty),
 * SOC2_NEWLINE_EXPECTED, SOC2_NOT_UTF8, SOC2_CONTROL_CHARACTER; statuses of
 * soc2_number_parse() and soc2_digest_decode64().
 */
extern soc2_status soc2_checkpoint_parse(soc2_text text, soc2_checkpoint *out,
										 size_t *errpos);

/*
 * Parse a checkpoint that is signed or not: a text with an empty line is a
 * note.  note->count is 0 if it is not signed, and note->text is then all of
 * it.  Whether a signature is right is left to soc2_note_verify().
 *
 * Statuses as soc2_checkpoint_parse() and soc2_note_parse().
 */
extern soc2_status soc2_checkpoint_open(soc2_text text, soc2_checkpoint *out,
										soc2_note *note, size_t *errpos);

#endif							/* SOC2_CORE_CHECKPOINT_H */
