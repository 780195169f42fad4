/*-------------------------------------------------------------------------
 *
 * ledger_codec.c
 *		Texts of values, without output functions where that can be.
 *
 * An output function costs a call and a copy, and some depend on settings
 * that then have to be pinned for every row.  The types that ledgers mostly
 * have get their texts here; they are, byte for byte, what the output function
 * prints under the settings of doc/ledger-format.md, section 2.
 *
 * IDENTIFICATION
 *	  src/ledger_codec.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "ledger.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

StaticAssertDecl(SOC2_SHORT_TEXT >= 2 * MAXDATELEN + 8,
				 "a range of timestamps with quotes has room");

/* how values with this output function become texts */
static soc2_ledger_codec
codec_of(Oid output)
{
	switch (output)
	{
		case F_BYTEAOUT:
			return SOC2_CODEC_BYTEA;
		case F_TEXTOUT:
		case F_VARCHAROUT:
		case F_BPCHAROUT:
		case F_JSON_OUT:
			return SOC2_CODEC_TEXT;
		case F_NAMEOUT:
			return SOC2_CODEC_NAME;
		case F_BOOLOUT:
			return SOC2_CODEC_BOOL;
		case F_INT2OUT:
			return SOC2_CODEC_INT2;
		case F_INT4OUT:
			return SOC2_CODEC_INT4;
		case F_INT8OUT:
			return SOC2_CODEC_INT8;
		case F_UUID_OUT:
			return SOC2_CODEC_UUID;
		case F_TIMESTAMPTZ_OUT:
			return SOC2_CODEC_TIMESTAMPTZ;
		default:
			return SOC2_CODEC_OUTPUT;
	}
}

/* does what an output function prints depend on no setting at all? */
static bool
is_constant(Oid output)
{
	switch (output)
	{
		case F_NUMERIC_OUT:
		case F_JSONB_OUT:
		case F_ENUM_OUT:
		case F_OIDOUT:
		case F_CHAROUT:
		case F_INET_OUT:
		case F_CIDR_OUT:
		case F_BIT_OUT:
		case F_VARBIT_OUT:
			return true;
		default:
			/* the types of this extension */
			return get_func_namespace(output) ==
				get_namespace_oid("soc2", true);
	}
}

/* Find out how the values of a column become texts */
void
soc2_ledger_codec_find(soc2_ledger_column *column, Oid type)
{
	Oid			output;
	bool		is_varlena;

	getTypeOutputInfo(type, &output, &is_varlena);
	column->codec = codec_of(output);
	if (getBaseType(type) == TSTZRANGEOID)
		column->codec = SOC2_CODEC_TSTZRANGE;
	column->pinned = column->codec == SOC2_CODEC_OUTPUT &&
		!is_constant(output);
	fmgr_info_cxt(output, &column->output, CurrentMemoryContext);
}

/* print a timestamptz as timestamptz_out does; returns the end */
static char *
put_timestamptz(char *out, TimestampTz value)
{
	struct pg_tm tm;
	fsec_t		fsec;

	/* without a zone to turn it into, it is in UTC */
	if (TIMESTAMP_NOT_FINITE(value))
		EncodeSpecialTimestamp(value, out);
	else if (timestamp2tm(value, NULL, &tm, &fsec, NULL, NULL) == 0)
	{
		tm.tm_isdst = 0;		/* known, or the zone is not printed */
		EncodeDateTime(&tm, fsec, true, 0, NULL, USE_ISO_DATES, out);
	}
	else
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return out + strlen(out);
}

/* print a bound of a range; quoted if it has a space, as all finite have */
static char *
put_bound(char *out, const RangeBound *bound)
{
	TimestampTz value;

	if (bound->infinite)
		return out;
	value = DatumGetTimestampTz(bound->val);
	if (TIMESTAMP_NOT_FINITE(value))
		return put_timestamptz(out, value);
	*out++ = '"';
	out = put_timestamptz(out, value);
	*out++ = '"';
	return out;
}

/* print a tstzrange as range_out does; returns the end */
static char *
put_tstzrange(char *out, Datum value)
{
	RangeType  *range = DatumGetRangeTypeP(value);
	TypeCacheEntry *cache = lookup_type_cache(TSTZRANGEOID,
											  TYPECACHE_RANGE_INFO);
	RangeBound	lower;
	RangeBound	upper;
	bool		empty;

	range_deserialize(cache, range, &lower, &upper, &empty);
	if (empty)
	{
		strcpy(out, "empty");
		return out + strlen(out);
	}
	*out++ = lower.inclusive ? '[' : '(';
	out = put_bound(out, &lower);
	*out++ = ',';
	out = put_bound(out, &upper);
	*out++ = upper.inclusive ? ']' : ')';
	return out;
}

/* print a uuid; returns the end */
static char *
put_uuid(char *out, Datum value)
{
	const unsigned char *bytes = DatumGetUUIDP(value)->data;
	static const int parts[] = {4, 2, 2, 2, 6};

	for (size_t i = 0; i < lengthof(parts); i++)
	{
		if (i > 0)
			*out++ = '-';
		soc2_hex_format(bytes, parts[i], out);
		out += 2 * parts[i];
		bytes += parts[i];
	}
	return out;
}

/* print what has a short text in ASCII; returns the end */
static char *
put_short(soc2_ledger_codec codec, Datum value, char *out)
{
	switch (codec)
	{
		case SOC2_CODEC_BOOL:
			*out = DatumGetBool(value) ? 't' : 'f';
			return out + 1;
		case SOC2_CODEC_INT2:
			return out + pg_itoa(DatumGetInt16(value), out);
		case SOC2_CODEC_INT4:
			return out + pg_ltoa(DatumGetInt32(value), out);
		case SOC2_CODEC_INT8:
			return out + pg_lltoa(DatumGetInt64(value), out);
		case SOC2_CODEC_UUID:
			return put_uuid(out, value);
		case SOC2_CODEC_TIMESTAMPTZ:
			return put_timestamptz(out, DatumGetTimestampTz(value));
		default:
			return put_tstzrange(out, value);
	}
}

/* take a text in the encoding of the server */
static void
take_text(soc2_value_text *out, const char *bytes, size_t len)
{
	out->bytes = bytes;
	out->len = len;
	if (GetDatabaseEncoding() != PG_UTF8)
	{
		out->bytes = pg_server_to_any(bytes, len, PG_UTF8);
		/* what did not have to be converted is not ended by a NUL */
		if (out->bytes != bytes)
			out->len = strlen(out->bytes);
	}
	out->text_len = out->len;
}

/* take what the output function of a column prints */
static void
take_output(soc2_value_text *out, const soc2_ledger_column *column,
			Datum value)
{
	char	   *bytes = OutputFunctionCall(unconstify(FmgrInfo *, &column->output),
										   value);

	take_text(out, bytes, strlen(bytes));
}

/* Text of a value */
soc2_text
soc2_ledger_value_text(const soc2_ledger_column *column, Datum value)
{
	soc2_value_text text;
	soc2_text	utf8;

	if (column->codec == SOC2_CODEC_BYTEA)
		take_output(&text, column, value);
	else
		soc2_ledger_codec_apply(column, value, &text);
	utf8.bytes = text.bytes;
	utf8.len = text.len;

	return utf8;
}

/* Make the text of a value, a short one in the room of the caller */
void
soc2_ledger_codec_apply_in(const soc2_ledger_column *column, Datum value,
						   char *room, soc2_value_text *out)
{
	const char *bytes;

	out->present = true;
	switch (column->codec)
	{
		case SOC2_CODEC_BYTEA:
			value = PointerGetDatum(DatumGetByteaPP(value));
			out->bytes = VARDATA_ANY(DatumGetPointer(value));
			out->len = VARSIZE_ANY_EXHDR(DatumGetPointer(value));
			out->text_len = SOC2_BYTEA_PREFIX_LEN + 2 * (uint64) out->len;
			break;
		case SOC2_CODEC_TEXT:
			value = PointerGetDatum(DatumGetTextPP(value));
			take_text(out, VARDATA_ANY(DatumGetPointer(value)),
					  VARSIZE_ANY_EXHDR(DatumGetPointer(value)));
			break;
		case SOC2_CODEC_NAME:
			bytes = NameStr(*DatumGetName(value));
			take_text(out, bytes, strnlen(bytes, NAMEDATALEN));
			break;
		case SOC2_CODEC_OUTPUT:
			take_output(out, column, value);
			break;
		default:
			out->len = put_short(column->codec, value, room) - room;
			out->bytes = room;
			out->text_len = out->len;
	}
}

/* Make the text of a value */
void
soc2_ledger_codec_apply(const soc2_ledger_column *column, Datum value,
						soc2_value_text *out)
{
	char		room[SOC2_SHORT_TEXT];

	soc2_ledger_codec_apply_in(column, value, room, out);
	if (out->bytes == room)
	{
		out->bytes = palloc(out->len);
		memcpy(unconstify(char *, out->bytes), room, out->len);
	}
}
