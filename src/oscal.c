/*-------------------------------------------------------------------------
 *
 * oscal.c
 *		Identifiers and texts in the forms that OSCAL asks for.
 *
 * IDENTIFICATION
 *	  src/oscal.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/evp.h>

#include "compat.h"
#include "core/oscal.h"
#include "text_form.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(soc2_uuid_v5);
PG_FUNCTION_INFO_V1(soc2_oscal_line);
PG_FUNCTION_INFO_V1(soc2_oscal_token);

/* soc2.uuid_v5(namespace, name) */
Datum
soc2_uuid_v5(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *space = PG_GETARG_UUID_P(0);
	soc2_text	name = soc2_utf8_argument(fcinfo, 1);
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
	text	   *line = soc2_formed_argument(fcinfo, soc2_oscal_add_line);

	if (VARSIZE_ANY_EXHDR(line) == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(line);
}

/* soc2.oscal_token(text) */
Datum
soc2_oscal_token(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(soc2_formed_argument(fcinfo, soc2_oscal_add_token));
}
