/*-------------------------------------------------------------------------
 *
 * proof.h
 *		Inclusion proofs as text, with the checkpoint they lead to.
 *
 * After C2SP tlog-proof, version 1: the line "c2sp.org/tlog-proof@v1", a line
 * "extra" that may be missing, a line "index", the hashes in base64, one a
 * line, an empty line, and the checkpoint as it is.  The specification asks
 * for signed checkpoints; those without a signature are taken too.
 *
 * IDENTIFICATION
 *	  src/core/proof.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_PROOF_H
#define SOC2_CORE_PROOF_H

#include "core/checkpoint.h"
#include "core/merkle.h"

typedef struct soc2_proof
{
	soc2_text	extra;			/* in base64, borrowed; empty: none */
	uint64_t	index;			/* in the log, from 0 */
	soc2_merkle_path path;
	soc2_text	checkpoint;		/* as text, signed or not; borrowed */
} soc2_proof;

/*
 * Write the text of a proof.
 *
 * SOC2_OK, SOC2_NO_SPACE, or why there is no such text: SOC2_OUT_OF_RANGE (the
 * index), SOC2_PROOF_LENGTH (more hashes than SOC2_MERKLE_PATH_MAX),
 * statuses of soc2_base64_decode() for extra and of soc2_checkpoint_open() for
 * the checkpoint.
 */
extern soc2_status soc2_proof_format(const soc2_proof *proof,
									 soc2_buffer *out);

/*
 * Parse the text of a proof, the checkpoint included.
 *
 * SOC2_OK, or with *errpos: SOC2_PROOF_HEADER (the first line is another),
 * SOC2_INDEX_EXPECTED (no line "index"), SOC2_PROOF_LENGTH (more hashes than
 * SOC2_MERKLE_PATH_MAX), SOC2_LINE_EXPECTED, SOC2_NEWLINE_EXPECTED; statuses
 * of soc2_number_parse(), soc2_base64_decode(), soc2_digest_decode64() and
 * soc2_checkpoint_open().
 */
extern soc2_status soc2_proof_parse(soc2_text text, soc2_proof *out,
									size_t *errpos);

/*
 * Does a proof show that entry, 32 bytes, is in the tree of a checkpoint?
 * Statuses as soc2_merkle_verify_inclusion().  That the checkpoint is the one
 * of the proof, and is to be trusted, is left to the caller.
 */
extern soc2_status soc2_proof_verify(const soc2_hasher *hasher,
									 const soc2_proof *proof,
									 const soc2_checkpoint *checkpoint,
									 const soc2_digest *entry);

#endif							/* SOC2_CORE_PROOF_H */
