/*-------------------------------------------------------------------------
 *
 * digest.c
 *		soc2.digest: a SHA-256 digest, 32 bytes passed by reference.
 *
 * IDENTIFICATION
 *	  src/digest.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "soc2.h"

#define DIGEST_TYPE	"soc2.digest"

PG_FUNCTION_INFO_V1(soc2_digest_in);
PG_FUNCTION_INFO_V1(soc2_digest_out);
PG_FUNCTION_INFO_V1(soc2_digest_recv);
PG_FUNCTION_INFO_V1(soc2_digest_send);
PG_FUNCTION_INFO_V1(soc2_digest_eq);
PG_FUNCTION_INFO_V1(soc2_digest_ne);
PG_FUNCTION_INFO_V1(soc2_digest_lt);
PG_FUNCTION_INFO_V1(soc2_digest_le);
PG_FUNCTION_INFO_V1(soc2_digest_gt);
PG_FUNCTION_INFO_V1(soc2_digest_ge);
PG_FUNCTION_INFO_V1(soc2_digest_cmp);
PG_FUNCTION_INFO_V1(soc2_digest_hash);
PG_FUNCTION_INFO_V1(soc2_digest_hash_extended);
PG_FUNCTION_INFO_V1(soc2_digest_from_bytea);
PG_FUNCTION_INFO_V1(soc2_digest_to_bytea);

/* Text to digest */
Datum
soc2_digest_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	size_t		len = strlen(text);
	soc2_digest *digest = palloc(sizeof(soc2_digest));
	size_t		errpos = 0;
	soc2_status status;

	status = soc2_digest_parse(text, len, digest, &errpos);
	if (status != SOC2_OK)
	{
		soc2_text_error(fcinfo->context, status, DIGEST_TYPE,
						text, errpos);
		PG_RETURN_NULL();
	}
	PG_RETURN_DIGEST(digest);
}

/* Digest to text */
Datum
soc2_digest_out(PG_FUNCTION_ARGS)
{
	char	   *text = palloc(SOC2_DIGEST_TEXT_SIZE);

	soc2_digest_format(PG_GETARG_DIGEST(0), text);
	PG_RETURN_CSTRING(text);
}

/* Binary form to digest */
Datum
soc2_digest_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	soc2_digest *digest = palloc(sizeof(soc2_digest));

	if (buf->len - buf->cursor != SOC2_DIGEST_BINARY_SIZE)
		soc2_binary_error(SOC2_BAD_LENGTH, DIGEST_TYPE);
	if (pq_getmsgbyte(buf) != SOC2_DIGEST_BINARY_VERSION)
		soc2_binary_error(SOC2_BAD_VERSION, DIGEST_TYPE);
	pq_copymsgbytes(buf, (char *) digest->bytes, SOC2_DIGEST_SIZE);
	PG_RETURN_DIGEST(digest);
}

/* Digest to binary form */
Datum
soc2_digest_send(PG_FUNCTION_ARGS)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, SOC2_DIGEST_BINARY_VERSION);
	pq_sendbytes(&buf, (char *) PG_GETARG_DIGEST(0)->bytes, SOC2_DIGEST_SIZE);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* compare the first two arguments */
static int
compare_arguments(FunctionCallInfo fcinfo)
{
	return soc2_digest_compare(PG_GETARG_DIGEST(0), PG_GETARG_DIGEST(1));
}

/* Operator = */
Datum
soc2_digest_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) == 0);
}

/* Operator <> */
Datum
soc2_digest_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) != 0);
}

/* Operator < */
Datum
soc2_digest_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) < 0);
}

/* Operator <= */
Datum
soc2_digest_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) <= 0);
}

/* Operator > */
Datum
soc2_digest_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) > 0);
}

/* Operator >= */
Datum
soc2_digest_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) >= 0);
}

/* btree support: order */
Datum
soc2_digest_cmp(PG_FUNCTION_ARGS)
{
	int			order = compare_arguments(fcinfo);

	/* no further than 1, as a caller may negate it */
	PG_RETURN_INT32(order < 0 ? -1 : order > 0);
}

/* hash support: 32 bits */
Datum
soc2_digest_hash(PG_FUNCTION_ARGS)
{
	return hash_any(PG_GETARG_DIGEST(0)->bytes, SOC2_DIGEST_SIZE);
}

/* hash support: 64 bits with a seed */
Datum
soc2_digest_hash_extended(PG_FUNCTION_ARGS)
{
	return hash_any_extended(PG_GETARG_DIGEST(0)->bytes, SOC2_DIGEST_SIZE,
							 PG_GETARG_INT64(1));
}

/* Cast bytea to digest */
Datum
soc2_digest_from_bytea(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	soc2_digest *digest = palloc(sizeof(soc2_digest));

	if (VARSIZE_ANY_EXHDR(bytes) != SOC2_DIGEST_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("a digest has %d bytes, not %zu",
						SOC2_DIGEST_SIZE, (size_t) VARSIZE_ANY_EXHDR(bytes))));
	memcpy(digest->bytes, VARDATA_ANY(bytes), SOC2_DIGEST_SIZE);
	PG_RETURN_DIGEST(digest);
}

/* Cast digest to bytea */
Datum
soc2_digest_to_bytea(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = palloc(VARHDRSZ + SOC2_DIGEST_SIZE);

	SET_VARSIZE(bytes, VARHDRSZ + SOC2_DIGEST_SIZE);
	memcpy(VARDATA(bytes), PG_GETARG_DIGEST(0)->bytes, SOC2_DIGEST_SIZE);
	PG_RETURN_BYTEA_P(bytes);
}
