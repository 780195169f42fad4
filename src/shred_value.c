/*-------------------------------------------------------------------------
 *
 * shred_value.c
 *		Encrypting values for subjects, and decrypting them.
 *
 * IDENTIFICATION
 *	  src/shred_value.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/sealed.h"
#include "mb/pg_wchar.h"
#include "shred.h"
#include "shred_row.h"
#include "soc2.h"
#include "soc2_errcodes.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(soc2_encrypt_bytea_for);
PG_FUNCTION_INFO_V1(soc2_encrypt_text_for);
PG_FUNCTION_INFO_V1(soc2_decrypt_bytea_for);
PG_FUNCTION_INFO_V1(soc2_decrypt_text_for);
PG_FUNCTION_INFO_V1(soc2_value_key);

/* encrypt some bytes for a subject */
static bytea *
encrypt_for(const text *subject, unsigned char kind, const void *in,
			size_t len)
{
	const soc2_data_key *key = soc2_data_key_require(text_to_cstring(subject));
	unsigned char nonce[SOC2_SEALED_NONCE];
	bytea	   *result;
	unsigned char *head;

	if (len > MaxAllocSize - VARHDRSZ - SOC2_SEALED_OVERHEAD)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("value is too long to be encrypted")));
	result = palloc(VARHDRSZ + len + SOC2_SEALED_OVERHEAD);
	SET_VARSIZE(result, VARHDRSZ + len + SOC2_SEALED_OVERHEAD);
	head = (unsigned char *) VARDATA(result);
	soc2_random(nonce, sizeof(nonce));
	soc2_sealed_write_head(head, kind, key->id.data, nonce);
	soc2_gcm_seal(key, head, in, len, head + SOC2_SEALED_HEAD);
	return result;
}

/* raise the error about a value that is not what was encrypted */
static void
raise_foreign(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("value was not encrypted for this subject, or was changed"),
			 errdetail("%s", detail)));
}

/* the open key that a value needs, which must be that of the subject */
static const soc2_data_key *
key_of_value(const char *subject, const soc2_sealed *value)
{
	pg_uuid_t	id = {{0}};
	const soc2_data_key *key;

	memcpy(id.data, value->key_id, sizeof(id.data));
	key = soc2_data_key_find(&id);
	if (key == NULL && soc2_key_is_shredded(&id))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_SHREDDED),
				 errmsg("the key that the value was encrypted with was destroyed"),
				 errdetail("It cannot be read any more.")));
	if (key == NULL)
		key = soc2_data_key_require(subject);
	if (memcmp(&key->id, &id, sizeof(id)) != 0)
		raise_foreign("It names a key that is not the one of the subject.");
	if (strcmp(key->subject, subject) != 0)
		raise_foreign("It names the key of another subject.");
	return key;
}

/* decrypt a value of a subject */
static bytea *
decrypt_for(const text *subject, const bytea *sealed, unsigned char *kind)
{
	const unsigned char *bytes = (const unsigned char *) VARDATA_ANY(sealed);
	soc2_sealed value;
	soc2_status status = soc2_sealed_parse(bytes, VARSIZE_ANY_EXHDR(sealed),
										   &value);
	const soc2_data_key *key;
	bytea	   *result;

	if (status != SOC2_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("value was not encrypted for a subject"),
				 errdetail("%s", soc2_status_text(status))));
	key = key_of_value(text_to_cstring(subject), &value);
	result = palloc(VARHDRSZ + value.len);
	SET_VARSIZE(result, VARHDRSZ + value.len);
	if (!soc2_gcm_open(key, bytes, value.text, value.len,
					   (unsigned char *) VARDATA(result)))
	{
		explicit_bzero(VARDATA(result), value.len);
		raise_foreign("Its tag does not fit.");
	}
	*kind = value.kind;
	return result;
}

/* soc2.encrypt_for(subject text, value bytea) */
Datum
soc2_encrypt_bytea_for(PG_FUNCTION_ARGS)
{
	bytea	   *value = PG_GETARG_BYTEA_PP(1);

	PG_RETURN_BYTEA_P(encrypt_for(PG_GETARG_TEXT_PP(0), SOC2_SEALED_BYTES,
								  VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)));
}

/* soc2.encrypt_for(subject text, value text): in UTF-8 */
Datum
soc2_encrypt_text_for(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(1);
	int			len = VARSIZE_ANY_EXHDR(value);
	char	   *utf8 = pg_server_to_any(VARDATA_ANY(value), len, PG_UTF8);

	if (utf8 != VARDATA_ANY(value))
		len = strlen(utf8);
	PG_RETURN_BYTEA_P(encrypt_for(PG_GETARG_TEXT_PP(0), SOC2_SEALED_TEXT, utf8,
								  len));
}

/* soc2.decrypt_for(subject text, value bytea) */
Datum
soc2_decrypt_bytea_for(PG_FUNCTION_ARGS)
{
	unsigned char kind;

	PG_RETURN_BYTEA_P(decrypt_for(PG_GETARG_TEXT_PP(0), PG_GETARG_BYTEA_PP(1),
								  &kind));
}

/* soc2.decrypt_text_for(subject text, value bytea) */
Datum
soc2_decrypt_text_for(PG_FUNCTION_ARGS)
{
	unsigned char kind;
	bytea	   *plain = decrypt_for(PG_GETARG_TEXT_PP(0), PG_GETARG_BYTEA_PP(1),
									&kind);
	int			len = VARSIZE_ANY_EXHDR(plain);
	char	   *local;

	if (kind != SOC2_SEALED_TEXT)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("value was not text when it was encrypted"),
				 errhint("Use soc2.decrypt_for().")));
	local = pg_any_to_server(VARDATA_ANY(plain), len, PG_UTF8);
	if (local != VARDATA_ANY(plain))
		len = strlen(local);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(local, len));
}

/* soc2.value_key(value bytea): id of the key that a value names, or NULL */
Datum
soc2_value_key(PG_FUNCTION_ARGS)
{
	bytea	   *sealed = PG_GETARG_BYTEA_P_SLICE(0, 0, SOC2_SEALED_OVERHEAD);
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));
	soc2_sealed value;

	if (soc2_sealed_parse((const unsigned char *) VARDATA_ANY(sealed),
						  VARSIZE_ANY_EXHDR(sealed), &value) != SOC2_OK)
		PG_RETURN_NULL();
	memcpy(id->data, value.key_id, sizeof(id->data));
	PG_RETURN_UUID_P(id);
}
