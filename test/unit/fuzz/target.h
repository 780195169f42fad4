/*-------------------------------------------------------------------------
 *
 * target.h
 *		What fuzz targets have in common.
 *
 * IDENTIFICATION
 *	  test/unit/fuzz/target.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_TEST_TARGET_H
#define SOC2_TEST_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/* The target: called by libFuzzer with one input after the other; returns 0 */
extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* End the program, which libFuzzer reports, unless the condition holds */
static inline void
require(bool condition)
{
	if (!condition)
		abort();
}

/* What was written is the text that was read */
static inline void
require_same(const soc2_buffer *buffer, soc2_text text)
{
	require(soc2_buffer_status(buffer) == SOC2_OK);
	require(buffer->len == text.len);
	require(memcmp(buffer->bytes, text.bytes, text.len) == 0);
}

#endif							/* SOC2_TEST_TARGET_H */
