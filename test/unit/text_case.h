/*-------------------------------------------------------------------------
 *
 * text_case.h
 *		Tables of texts, good and bad.
 *
 * IDENTIFICATION
 *	  test/unit/text_case.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_TEST_TEXT_CASE_H
#define SOC2_TEST_TEXT_CASE_H

#include <stddef.h>

#include "cases.h"
#include "core/status.h"

/* a text and what is said about it */
typedef struct text_case
{
	const char *text;
	soc2_status status;
	size_t		errpos;			/* where it is wrong, unless it is good */
}			text_case;

#endif							/* SOC2_TEST_TEXT_CASE_H */
