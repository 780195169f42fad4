/*-------------------------------------------------------------------------
 *
 * text_form.c
 *		Text arguments in forms that the core makes of UTF-8.
 *
 * The core knows UTF-8 alone: arguments are converted to it, and what it makes
 * of them back, so that databases in other encodings give the same.
 *
 * IDENTIFICATION
 *	  src/text_form.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "soc2.h"
#include "text_form.h"
#include "utils/builtins.h"

/* a text argument in UTF-8 */
soc2_text
soc2_utf8_argument(FunctionCallInfo fcinfo, int number)
{
	text	   *argument = PG_GETARG_TEXT_PP(number);
	soc2_text	result;

	result.bytes = pg_server_to_any(VARDATA_ANY(argument),
									VARSIZE_ANY_EXHDR(argument), PG_UTF8);
	result.len = VARSIZE_ANY_EXHDR(argument);
	if (result.bytes != VARDATA_ANY(argument))
		result.len = strlen(result.bytes);
	return result;
}

/* the first argument in another form */
text *
soc2_formed_argument(FunctionCallInfo fcinfo, soc2_text_form form)
{
	soc2_text	given = soc2_utf8_argument(fcinfo, 0);
	soc2_buffer buffer = {NULL, 0, 0};
	char	   *converted;
	size_t		len;

	if (form(&buffer, given) != SOC2_OK)
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("text is not valid UTF-8")));
	len = buffer.len;
	buffer.bytes = palloc(len + 1);
	buffer.size = len;
	buffer.len = 0;
	(void) form(&buffer, given);
	buffer.bytes[len] = '\0';
	converted = pg_any_to_server(buffer.bytes, (int) len, PG_UTF8);
	return converted == buffer.bytes ?
		cstring_to_text_with_len(converted, (int) len) :
		cstring_to_text(converted);
}
