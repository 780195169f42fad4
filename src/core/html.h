/*-------------------------------------------------------------------------
 *
 * html.h
 *		Text inside of HTML.
 *
 * IDENTIFICATION
 *	  src/core/html.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_HTML_H
#define SOC2_CORE_HTML_H

#include "core/text.h"

/*
 * Add text so that it stands for itself in the content of an element and in a
 * quoted attribute, in ASCII: what HTML gives a meaning, and all that is not
 * ASCII, becomes a character reference.
 *
 * Newlines and tabs stay.  What HTML does not allow, what cannot be seen and
 * what turns the direction of text is named instead, as "[U+202E]": control
 * characters, noncharacters, characters of no width and those of the
 * bidirectional algorithm.
 *
 * SOC2_OK, or SOC2_NOT_UTF8 with the buffer as far as it came.
 */
extern soc2_status soc2_html_add_text(soc2_buffer *buffer, soc2_text text);

#endif							/* SOC2_CORE_HTML_H */
