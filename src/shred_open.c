/*-------------------------------------------------------------------------
 *
 * shred_open.c
 *		Making keys of subjects, and opening them.
 *
 * There are three ways to open a key.  The client gives the secret key that the
 * public key belongs to.  Or a registered function unwraps it.  Or the client
 * unwraps it, where the secret key is, and gives it encrypted with the key of
 * the session: then no text and no argument of a statement tells anything, and
 * the secret key never comes to the server.
 *
 * IDENTIFICATION
 *	  src/shred_open.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "argument.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "relation.h"
#include "shred.h"
#include "shred_row.h"
#include "soc2_errcodes.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(soc2_new_subject_key);
PG_FUNCTION_INFO_V1(soc2_rewrap_opened_key);
PG_FUNCTION_INFO_V1(soc2_open_subject_key);
PG_FUNCTION_INFO_V1(soc2_open_sealed_subject_key);
PG_FUNCTION_INFO_V1(soc2_wrapped_subject_key);
PG_FUNCTION_INFO_V1(soc2_session_public_key);

/* a text argument, or NULL */
static char *
get_text(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? NULL :
		text_to_cstring(PG_GETARG_TEXT_PP(number));
}

/* a wrapper in arguments: public_key, function, owner, reference */
static soc2_wrapper
get_wrapper(FunctionCallInfo fcinfo, int first)
{
	soc2_wrapper wrapper = {0};

	if (!PG_ARGISNULL(first))
		wrapper.public_key = PG_GETARG_BYTEA_PP(first);
	wrapper.function = get_text(fcinfo, first + 1);
	if (!PG_ARGISNULL(first + 2))
		wrapper.owner = NameStr(*PG_GETARG_NAME(first + 2));
	wrapper.reference = get_text(fcinfo, first + 3);
	return wrapper;
}

/* a bytea of some bytes */
static Datum
bytes_datum(const void *bytes, size_t len)
{
	bytea	   *result = palloc(VARHDRSZ + len);

	SET_VARSIZE(result, VARHDRSZ + len);
	memcpy(VARDATA(result), bytes, len);
	return PointerGetDatum(result);
}

/*
 * soc2.new_subject_key(key_id uuid, subject text, public_key bytea, function
 * text, owner name, reference text, OUT wrapped bytea, OUT check_value bytea):
 * make a key, wrap it, and leave it open
 */
Datum
soc2_new_subject_key(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id = PG_GETARG_UUID_P(0);
	char	   *subject = text_to_cstring(PG_GETARG_TEXT_PP(1));
	soc2_wrapper wrapper = get_wrapper(fcinfo, 2);
	unsigned char key[SOC2_DATA_KEY_SIZE];
	unsigned char check[SOC2_KEY_CHECK_SIZE];
	TupleDesc	desc;
	Datum		values[2];
	bool		nulls[2] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("function must be called where a row can be returned")));
	soc2_data_key_lock(id, ShareLock);
	soc2_random(key, sizeof(key));
	soc2_data_key_remember(id, subject, key);
	soc2_data_key_check(key, id, check);
	explicit_bzero(key, sizeof(key));
	values[0] = PointerGetDatum(soc2_wrap(&wrapper,
										  soc2_data_key_find(id)->bytes));
	values[1] = bytes_datum(check, sizeof(check));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc),
													  values, nulls)));
}

/*
 * soc2.rewrap_opened_key(subject text, public_key bytea, function text, owner
 * name, reference text): an open key, wrapped in another way
 */
Datum
soc2_rewrap_opened_key(PG_FUNCTION_ARGS)
{
	char	   *subject = text_to_cstring(PG_GETARG_TEXT_PP(0));
	soc2_wrapper wrapper = get_wrapper(fcinfo, 1);
	const soc2_data_key *key = soc2_data_key_require(subject);

	PG_RETURN_BYTEA_P(soc2_wrap(&wrapper, key->bytes));
}

/* remember a key that was unwrapped, if it is that of the row */
static void
remember(const soc2_key_row *row, const char *subject, unsigned char *bytes)
{
	unsigned char check[SOC2_KEY_CHECK_SIZE];

	soc2_data_key_check(bytes, &row->id, check);
	if (memcmp(check, row->check, sizeof(check)) == 0)
		soc2_data_key_remember(&row->id, subject, bytes);
	explicit_bzero(bytes, SOC2_DATA_KEY_SIZE);
	if (soc2_data_key_find(&row->id) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("what was unwrapped is not the key of subject \"%s\"", subject),
				 errdetail("Its fingerprint is another one.")));
}

/* say whose key an error is about */
static void
subject_context(void *arg)
{
	errcontext("opening the key of subject \"%s\"", (const char *) arg);
}

/* unwrap a key with what the client gave, which is overwritten */
static void
unwrap(const soc2_key_row *row, char *subject, char *secret_key,
	   char *password, unsigned char *out)
{
	ErrorContextCallback context;

	context.callback = subject_context;
	context.arg = subject;
	context.previous = error_context_stack;
	error_context_stack = &context;
	soc2_unwrap(&row->wrapper, row->wrapped, secret_key, password, out);
	error_context_stack = context.previous;
	if (secret_key)
		explicit_bzero(secret_key, strlen(secret_key));
	if (password)
		explicit_bzero(password, strlen(password));
}

/*
 * soc2.open_subject_key(subject text, secret_key text, password text): open the
 * key of a subject for the transaction
 */
Datum
soc2_open_subject_key(PG_FUNCTION_ARGS)
{
	unsigned char bytes[SOC2_DATA_KEY_SIZE];
	char	   *secret_key = get_text(fcinfo, 1);
	char	   *password = get_text(fcinfo, 2);
	char	   *subject;
	soc2_key_row row;

	soc2_argument_require(fcinfo, 0, "subject");
	subject = text_to_cstring(PG_GETARG_TEXT_PP(0));
	soc2_key_row_require(subject, &row);
	if ((secret_key != NULL) != (row.wrapper.public_key !=NULL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg(secret_key ? "the key of subject \"%s\" is unwrapped by a registered function" :
						"the key of subject \"%s\" is unwrapped with a secret key", subject),
				 secret_key ? errhint("Leave secret_key out.") :
				 errhint("Give secret_key, or unwrap the key outside and call soc2.open_sealed_subject_key().")));
	unwrap(&row, subject, secret_key, password, bytes);
	remember(&row, subject, bytes);
	PG_RETURN_VOID();
}

/*
 * soc2.open_sealed_subject_key(subject text, sealed bytea): the same with a key
 * that was unwrapped outside and encrypted with that of the session
 */
Datum
soc2_open_sealed_subject_key(PG_FUNCTION_ARGS)
{
	char	   *subject = text_to_cstring(PG_GETARG_TEXT_PP(0));
	unsigned char bytes[SOC2_DATA_KEY_SIZE];
	soc2_key_row row;

	soc2_key_row_require(subject, &row);
	if (!soc2_session_decrypt(PG_GETARG_BYTEA_PP(1), bytes))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the key was not encrypted with that of this session"),
				 errdetail("It takes 32 bytes, RSAES-OAEP with SHA-256, and the key that soc2.session_key() returned in this session.")));
	remember(&row, subject, bytes);
	PG_RETURN_VOID();
}

/* soc2.wrapped_subject_key(subject text): to unwrap it outside */
Datum
soc2_wrapped_subject_key(PG_FUNCTION_ARGS)
{
	soc2_key_row row;

	soc2_key_row_require(text_to_cstring(PG_GETARG_TEXT_PP(0)), &row);
	PG_RETURN_BYTEA_P(row.wrapped);
}

/* soc2.session_key(): public key of this backend */
Datum
soc2_session_public_key(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(soc2_session_key()));
}
