/*-------------------------------------------------------------------------
 *
 * fuzz_digest.c
 *		libFuzzer target: text of digests.
 *
 * Whatever is accepted must print as itself in lower case; whatever is refused
 * must have a position within the text.
 *
 * IDENTIFICATION
 *	  test/unit/fuzz/fuzz_digest.c
 *
 *-------------------------------------------------------------------------
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/digest.h"
#include "target.h"

/* one text */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	soc2_digest digest;
	char		text[SOC2_DIGEST_TEXT_SIZE];
	size_t		errpos = size + 1;

	if (soc2_digest_parse((const char *) data, size, &digest, &errpos) != SOC2_OK)
	{
		if (errpos > size)
			abort();
		return 0;
	}
	soc2_digest_format(&digest, text);
	for (size_t i = 0; i < size; i++)
	{
		/* no letter differs from its lower case in any other bit */
		if (text[i] != data[i] && text[i] != (data[i] | 0x20))
			abort();
	}
	return 0;
}
