/*-------------------------------------------------------------------------
 *
 * oscal.c
 *		Identifiers and texts in the forms that OSCAL asks for.
 *
 * They are made from UTF-8, whatever the encoding of the database, so that
 * databases in other encodings give the same.
 *
 * IDENTIFICATION
 *	  src/oscal.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/evp.h>

#include "core/oscal.h"
#include "mb/pg_wchar.h"
#include "soc2.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(soc2_uuid_v5);
PG_FUNCTION_INFO_V1(soc2_oscal_line);
PG_FUNCTION_INFO_V1(soc2_oscal_token);

/* what adds one form of a text to a buffer */
typedef soc2_status (*text_form) (soc2_buffer *buffer, soc2_text text);

/* a text argument in UTF-8 */
static soc2_text
utf8_argument(FunctionCallInfo fcinfo, int number)
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

/* the text argument in another form, which may be empty */
static text *
formed_argument(FunctionCallInfo fcinfo, text_form form)
{
	soc2_text	given = utf8_argument(fcinfo, 0);
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

/* soc2.uuid_v5(namespace, name) */
Datum
soc2_uuid_v5(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *space = PG_GETARG_UUID_P(0);
	soc2_text	name = utf8_argument(fcinfo, 1);
	pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));
	unsigned char sha1[SOC2_SHA1_SIZE];
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool		done;

	done = context != NULL &&
		EVP_DigestInit_ex(context, EVP_sha1(), NULL) == 1 &&
		EVP_DigestUpdate(context, space->data, UUID_LEN) == 1 &&
		EVP_DigestUpdate(context, name.bytes, name.len) == 1 &&
		EVP_DigestFinal_ex(context, sha1, NULL) == 1;
	EVP_MD_CTX_free(context);
	if (!done)
		ereport(ERROR,
				(errcode(ERRCODE_SYSTEM_ERROR),
				 errmsg("could not compute a SHA-1 digest")));
	soc2_uuid_form(sha1, uuid->data);
	PG_RETURN_UUID_P(uuid);
}

/* soc2.oscal_line(text): NULL where nothing is left */
Datum
soc2_oscal_line(PG_FUNCTION_ARGS)
{
	text	   *line = formed_argument(fcinfo, soc2_oscal_add_line);

	if (VARSIZE_ANY_EXHDR(line) == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(line);
}

/* soc2.oscal_token(text) */
Datum
soc2_oscal_token(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(formed_argument(fcinfo, soc2_oscal_add_token));
}
