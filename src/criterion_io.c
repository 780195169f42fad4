/*-------------------------------------------------------------------------
 *
 * criterion_io.c
 *		soc2.criterion: input, output and the functions on one criterion.
 *
 * IDENTIFICATION
 *	  src/criterion_io.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "funcapi.h"
#include "libpq/pqformat.h"
#include "soc2.h"
#include "utils/builtins.h"

#define CRITERION_TYPE	"soc2.criterion"

PG_FUNCTION_INFO_V1(soc2_criterion_in);
PG_FUNCTION_INFO_V1(soc2_criterion_out);
PG_FUNCTION_INFO_V1(soc2_criterion_recv);
PG_FUNCTION_INFO_V1(soc2_criterion_send);
PG_FUNCTION_INFO_V1(soc2_make_criterion);
PG_FUNCTION_INFO_V1(soc2_criterion_framework);
PG_FUNCTION_INFO_V1(soc2_criterion_category);
PG_FUNCTION_INFO_V1(soc2_criterion_code);
PG_FUNCTION_INFO_V1(soc2_criterion_level_sql);
PG_FUNCTION_INFO_V1(soc2_criterion_parent_sql);
PG_FUNCTION_INFO_V1(soc2_criterion_ancestors);
PG_FUNCTION_INFO_V1(soc2_criterion_subtree_end_sql);
PG_FUNCTION_INFO_V1(soc2_criterion_position);

/* Text to criterion */
Datum
soc2_criterion_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	size_t		len = strlen(text);
	soc2_criterion c = 0;
	size_t		errpos = 0;
	soc2_status status;

	status = soc2_criterion_parse(text, len,
								  (soc2_framework) soc2_framework_setting,
								  &c, &errpos);
	if (status != SOC2_OK)
	{
		soc2_text_error(fcinfo->context, status, CRITERION_TYPE,
						text, errpos);
		PG_RETURN_NULL();
	}
	PG_RETURN_CRITERION(c);
}

/* Criterion to text, with its framework */
Datum
soc2_criterion_out(PG_FUNCTION_ARGS)
{
	char	   *text = palloc(SOC2_CRITERION_TEXT_SIZE);

	soc2_criterion_format(PG_GETARG_CRITERION(0), text);
	PG_RETURN_CSTRING(text);
}

/* Binary form to criterion */
Datum
soc2_criterion_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	soc2_criterion c = 0;
	const unsigned char *bytes;
	soc2_status status;

	if (buf->len - buf->cursor != SOC2_CRITERION_BINARY_SIZE)
		soc2_binary_error(SOC2_BAD_LENGTH, CRITERION_TYPE);
	bytes = (const unsigned char *)
		pq_getmsgbytes(buf, SOC2_CRITERION_BINARY_SIZE);
	if (bytes[0] != SOC2_CRITERION_BINARY_VERSION)
		soc2_binary_error(SOC2_BAD_VERSION, CRITERION_TYPE);
	status = soc2_criterion_decode(bytes + 1, &c);
	if (status != SOC2_OK)
		soc2_binary_error(status, CRITERION_TYPE);
	PG_RETURN_CRITERION(c);
}

/* Criterion to binary form */
Datum
soc2_criterion_send(PG_FUNCTION_ARGS)
{
	unsigned char bytes[SOC2_CRITERION_BINARY_SIZE];
	StringInfoData buf;

	soc2_criterion_encode(PG_GETARG_CRITERION(0), bytes);
	pq_begintypsend(&buf);
	pq_sendbytes(&buf, (char *) bytes, SOC2_CRITERION_BINARY_SIZE);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* Number of a framework by its exact name, or an error */
static soc2_framework
framework_from_name(const char *name)
{
	for (unsigned i = SOC2_FRAMEWORK_MIN; i <= SOC2_FRAMEWORK_MAX; i++)
	{
		if (strcmp(soc2_framework_name(i), name) == 0)
			return (soc2_framework) i;
	}
	soc2_text_error(NULL, SOC2_UNKNOWN_FRAMEWORK, CRITERION_TYPE, name, 0);
	pg_unreachable();
}

/* Criterion of a framework and a code, whatever soc2.framework says */
Datum
soc2_make_criterion(PG_FUNCTION_ARGS)
{
	soc2_framework framework =
	framework_from_name(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	char	   *code = text_to_cstring(PG_GETARG_TEXT_PP(1));
	soc2_criterion c = 0;
	size_t		errpos = 0;
	soc2_status status;

	status = soc2_criterion_parse(code, strlen(code), framework, &c, &errpos);
	if (status == SOC2_OK &&
		soc2_criterion_unpack(c).framework != (unsigned) framework)
		status = SOC2_UNEXPECTED_CHARACTER;
	if (status != SOC2_OK)
		soc2_text_error(NULL, status, CRITERION_TYPE, code, errpos);
	PG_RETURN_CRITERION(c);
}

/* Framework, as text */
Datum
soc2_criterion_framework(PG_FUNCTION_ARGS)
{
	soc2_criterion_parts parts = soc2_criterion_unpack(PG_GETARG_CRITERION(0));

	PG_RETURN_TEXT_P(cstring_to_text(soc2_framework_name(parts.framework)));
}

/* Category, as text */
Datum
soc2_criterion_category(PG_FUNCTION_ARGS)
{
	soc2_criterion_parts parts = soc2_criterion_unpack(PG_GETARG_CRITERION(0));

	PG_RETURN_TEXT_P(cstring_to_text(soc2_category_name(parts.category)));
}

/* Code without the framework, as text */
Datum
soc2_criterion_code(PG_FUNCTION_ARGS)
{
	char		code[SOC2_CRITERION_TEXT_SIZE];
	size_t		len;

	len = soc2_criterion_format_code(PG_GETARG_CRITERION(0), code);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(code, (int) len));
}

/* Level, 0 to 3 */
Datum
soc2_criterion_level_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(soc2_criterion_level(PG_GETARG_CRITERION(0)));
}

/* The criterion above; NULL for a category */
Datum
soc2_criterion_parent_sql(PG_FUNCTION_ARGS)
{
	soc2_criterion parent;

	if (soc2_criterion_parent(PG_GETARG_CRITERION(0), &parent) != SOC2_OK)
		PG_RETURN_NULL();
	PG_RETURN_CRITERION(parent);
}

/* Everything above, from the category down */
Datum
soc2_criterion_ancestors(PG_FUNCTION_ARGS)
{
	soc2_criterion c = PG_GETARG_CRITERION(0);
	FuncCallContext *funcctx;

	if (SRF_IS_FIRSTCALL())
	{
		funcctx = SRF_FIRSTCALL_INIT();
		funcctx->max_calls = (uint64) soc2_criterion_level(c);
	}
	funcctx = SRF_PERCALL_SETUP();
	if (funcctx->call_cntr < funcctx->max_calls)
	{
		int			level = (int) funcctx->call_cntr;

		SRF_RETURN_NEXT(funcctx,
						CriterionGetDatum(soc2_criterion_at_level(c, level)));
	}
	SRF_RETURN_DONE(funcctx);
}

/* The last value of a criterion's range */
Datum
soc2_criterion_subtree_end_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_CRITERION(soc2_criterion_subtree_end(PG_GETARG_CRITERION(0)));
}

/*
 * Place in document order as a decimal number that tools without the type can
 * sort by: category, then five digits each for series, criterion and point.
 * It stays below 2^53, which is what JavaScript keeps exact.
 */
Datum
soc2_criterion_position(PG_FUNCTION_ARGS)
{
	soc2_criterion_parts parts = soc2_criterion_unpack(PG_GETARG_CRITERION(0));
	int64		position = parts.category;

	for (int i = 0; i < SOC2_LEVEL_MAX; i++)
		position = position * 100000 + parts.number[i];
	PG_RETURN_INT64(position);
}
