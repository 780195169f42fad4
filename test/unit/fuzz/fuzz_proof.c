/*-------------------------------------------------------------------------
 *
 * fuzz_proof.c
 *		libFuzzer target: texts of inclusion proofs.
 *
 * What is accepted is written as itself, and can be judged; what is refused has
 * a position within the text.
 *
 * IDENTIFICATION
 *	  test/unit/fuzz/fuzz_proof.c
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "core/proof.h"
#include "../sha256.h"
#include "target.h"

/* one text */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	test_sha256 work;
	soc2_hasher hasher = test_hasher(&work);
	soc2_text	text = {(const char *) data, size};
	soc2_buffer buffer = {NULL, size, 0};
	soc2_digest entry = {{0}};
	soc2_proof	proof;
	soc2_checkpoint checkpoint;
	soc2_note	note;
	size_t		errpos = size + 1;

	if (soc2_proof_parse(text, &proof, &errpos) != SOC2_OK)
	{
		require(errpos <= size);
		return 0;
	}
	buffer.bytes = malloc(size);
	require(buffer.bytes != NULL);
	require(soc2_proof_format(&proof, &buffer) == SOC2_OK);
	require_same(&buffer, text);
	require(soc2_checkpoint_open(proof.checkpoint, &checkpoint, &note,
								 &errpos) == SOC2_OK);
	require(soc2_proof_verify(&hasher, &proof, &checkpoint,
							  &entry) < SOC2_STATUS_COUNT);
	free(buffer.bytes);
	return 0;
}
