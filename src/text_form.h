/*-------------------------------------------------------------------------
 *
 * text_form.h
 *		Text arguments in forms that the core makes of UTF-8.
 *
 * IDENTIFICATION
 *	  src/text_form.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_TEXT_FORM_H
#define SOC2_TEXT_FORM_H

#include "core/text.h"
#include "fmgr.h"

/* what adds one form of a text to a buffer: SOC2_OK or SOC2_NOT_UTF8 */
typedef soc2_status (*soc2_text_form) (soc2_buffer *buffer, soc2_text text);

/* A text argument in UTF-8, whatever the encoding of the database */
extern soc2_text soc2_utf8_argument(FunctionCallInfo fcinfo, int number);

/*
 * The first argument, a text, in another form, which may be empty: a new text
 * in the encoding of the database.  22021 if it is no UTF-8.
 */
extern text *soc2_formed_argument(FunctionCallInfo fcinfo, soc2_text_form form);

#endif							/* SOC2_TEXT_FORM_H */
