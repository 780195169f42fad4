/*-------------------------------------------------------------------------
 *
 * pseudonym.c
 *		Pseudonyms: making them, and telling them from other values.
 *
 * IDENTIFICATION
 *	  src/pseudonym.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "fmgr.h"
#include "pseudonym.h"
#include "soc2.h"

PG_FUNCTION_INFO_V1(soc2_pseudonym_text);
PG_FUNCTION_INFO_V1(soc2_pseudonym_bytea);
PG_FUNCTION_INFO_V1(soc2_is_pseudonym_text);
PG_FUNCTION_INFO_V1(soc2_is_pseudonym_bytea);

#define PREFIX			"erased:"
#define PREFIX_LEN		(sizeof(PREFIX) - 1)
#define HASH_LEN		24		/* of the hash of the value */
#define TAG_LEN			(SOC2_DIGEST_SIZE - HASH_LEN)
#define TEXT_LEN		(PREFIX_LEN + 2 * SOC2_DIGEST_SIZE)
#define BINARY_LEN		(PREFIX_LEN + SOC2_DIGEST_SIZE)

/* Start with keys */
void
soc2_pseudonymizer_init(soc2_pseudonymizer *self, const bytea *key,
						const bytea *marker)
{
	self->has_key = key != NULL;
	if (key != NULL)
		soc2_hmac_init(&self->key, key);
	soc2_hmac_init(&self->marker, marker);
}

/* the mark of the hash of a value */
static void
make_tag(const soc2_pseudonymizer *self, const unsigned char *hash,
		 unsigned char *tag)
{
	unsigned char mark[SOC2_HMAC_SIZE];

	soc2_hmac_hash(&self->marker, hash, HASH_LEN, mark);
	memcpy(tag, mark, TAG_LEN);
}

/* the bytes of a value behind the prefix; false if it is no pseudonym */
static bool
read_form(Datum value, bool binary, soc2_digest *out)
{
	size_t		len = binary ? BINARY_LEN : TEXT_LEN;
	const bytea *bytes;
	const char *start;
	size_t		position;

	/* whatever is of another length need not be read */
	if (toast_raw_datum_size(value) != len + VARHDRSZ)
		return false;
	bytes = PG_DETOAST_DATUM_PACKED(value);
	start = VARDATA_ANY(bytes);
	if (memcmp(start, PREFIX, PREFIX_LEN) != 0)
		return false;
	if (!binary)
		return soc2_digest_parse(start + PREFIX_LEN, len - PREFIX_LEN, out,
								 &position) == SOC2_OK;
	memcpy(out->bytes, start + PREFIX_LEN, SOC2_DIGEST_SIZE);
	return true;
}

/* Is a value a pseudonym? */
bool
soc2_is_pseudonym(const soc2_pseudonymizer *self, Datum value, bool binary)
{
	soc2_digest form;
	unsigned char tag[TAG_LEN];

	if (!read_form(value, binary, &form))
		return false;
	make_tag(self, form.bytes, tag);
	return memcmp(tag, form.bytes + HASH_LEN, TAG_LEN) == 0;
}

/* The pseudonym of a value */
Datum
soc2_pseudonym_of(const soc2_pseudonymizer *self, Datum value, bool binary)
{
	const bytea *bytes = PG_DETOAST_DATUM_PACKED(value);
	size_t		len = binary ? BINARY_LEN : TEXT_LEN;
	unsigned char hash[SOC2_HMAC_SIZE];
	bytea	   *result;

	Assert(self->has_key);
	if (soc2_is_pseudonym(self, PointerGetDatum(bytes), binary))
		return PointerGetDatum(bytes);
	soc2_hmac_hash(&self->key, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes),
				   hash);
	make_tag(self, hash, hash + HASH_LEN);
	result = palloc(VARHDRSZ + len);
	SET_VARSIZE(result, VARHDRSZ + len);
	memcpy(VARDATA(result), PREFIX, PREFIX_LEN);
	if (binary)
		memcpy(VARDATA(result) + PREFIX_LEN, hash, SOC2_DIGEST_SIZE);
	else
		soc2_hex_format(hash, SOC2_DIGEST_SIZE, VARDATA(result) + PREFIX_LEN);
	return PointerGetDatum(result);
}

/* soc2.pseudonym(key bytea, marker bytea, value) */
static Datum
pseudonym(FunctionCallInfo fcinfo, bool binary)
{
	soc2_pseudonymizer self;

	soc2_pseudonymizer_init(&self, PG_GETARG_BYTEA_PP(0),
							PG_GETARG_BYTEA_PP(1));
	return soc2_pseudonym_of(&self, PG_GETARG_DATUM(2), binary);
}

/* soc2.is_pseudonym(marker bytea, value) */
static Datum
is_pseudonym(FunctionCallInfo fcinfo, bool binary)
{
	soc2_pseudonymizer self;

	soc2_pseudonymizer_init(&self, NULL, PG_GETARG_BYTEA_PP(0));
	PG_RETURN_BOOL(soc2_is_pseudonym(&self, PG_GETARG_DATUM(1), binary));
}

/* of a text */
Datum
soc2_pseudonym_text(PG_FUNCTION_ARGS)
{
	return pseudonym(fcinfo, false);
}

/* of a bytea */
Datum
soc2_pseudonym_bytea(PG_FUNCTION_ARGS)
{
	return pseudonym(fcinfo, true);
}

/* of a text */
Datum
soc2_is_pseudonym_text(PG_FUNCTION_ARGS)
{
	return is_pseudonym(fcinfo, false);
}

/* of a bytea */
Datum
soc2_is_pseudonym_bytea(PG_FUNCTION_ARGS)
{
	return is_pseudonym(fcinfo, true);
}
