/*-------------------------------------------------------------------------
 *
 * track_encode.c
 *		Rows and their keys as JSON.
 *
 * Values are texts, as those of a ledger are: by the output functions of their
 * types under pinned settings.  Numbers and JSON stand as what they are, so that
 * jsonb_populate_record() makes the row of an object again.
 *
 * IDENTIFICATION
 *	  src/track_encode.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "mb/pg_wchar.h"
#include "track.h"
#include "trigger.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* bytes of a short number */
#define NUMBER_SIZE		24

/* append an escape of a character that cannot stand in a string */
static void
put_escape(StringInfo out, unsigned char character)
{
	if (character == '"' || character == '\\')
	{
		appendStringInfoCharMacro(out, '\\');
		appendStringInfoCharMacro(out, (char) character);
	}
	else
		appendStringInfo(out, "\\u%04x", character);
}

/* Append a string */
void
soc2_track_put_string(StringInfo out, const char *bytes, size_t len)
{
	size_t		plain = 0;		/* start of what can be copied */

	appendStringInfoCharMacro(out, '"');
	for (size_t i = 0; i < len; i++)
	{
		unsigned char character = (unsigned char) bytes[i];

		if (character >= 0x20 && character != '"' && character != '\\')
			continue;
		appendBinaryStringInfo(out, bytes + plain, (int) (i - plain));
		put_escape(out, character);
		plain = i + 1;
	}
	appendBinaryStringInfo(out, bytes + plain, (int) (len - plain));
	appendStringInfoCharMacro(out, '"');
}

/* append bytes as the string that bytea prints */
static void
put_bytea(StringInfo out, Datum value)
{
	bytea	   *bytes = DatumGetByteaPP(value);
	size_t		len = VARSIZE_ANY_EXHDR(bytes);

	appendStringInfoString(out, "\"\\\\x");
	if (len > MaxAllocSize / 2)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("value is too large to be recorded")));
	enlargeStringInfo(out, (int) (2 * len));
	soc2_hex_format((const unsigned char *) VARDATA_ANY(bytes), len,
					out->data + out->len);
	out->len += (int) (2 * len);
	out->data[out->len] = '\0';
	appendStringInfoCharMacro(out, '"');
}

/* the text of a value in the encoding of the server */
static soc2_text
value_text	(const soc2_track_column *column, Datum value)
{
	soc2_text text = soc2_ledger_value_text(&column->text, value);

	if (GetDatabaseEncoding() != PG_UTF8)
	{
		char	   *bytes = pg_any_to_server(text.bytes, (int) text.len, PG_UTF8);

		if (bytes != text.bytes)
			text = soc2_text_of(bytes);
	}
	return text;
}

/* is a text one that JSON takes as a number?  Infinity and NaN are not. */
static bool
is_number(soc2_text text)
{
	const char *first = text.bytes;

	if (text.len > 1 && *first == '-')
		first++;
	return text.len > 0 && *first >= '0' && *first <= '9';
}

/* has a text of JSON no escape that jsonb might refuse? */
static bool
is_plain_json(soc2_text text)
{
	const char *found = text.bytes;
	const char *end = text.bytes + text.len;

	while ((found = memchr(found, '\\', end - found)) != NULL)
	{
		if (found + 1 < end && found[1] == 'u')
			return false;
		found += 2;
		if (found >= end)
			break;
	}
	return true;
}

/* append the value of a column as a text of this form */
static void
put_text(StringInfo out, soc2_track_form form, soc2_text text)
{
	if (form == SOC2_TRACK_BOOLEAN)
		appendStringInfoString(out, *text.bytes == 't' ? "true" : "false");
	else if (form == SOC2_TRACK_JSONB ||
			 (form == SOC2_TRACK_NUMBER && is_number(text)) ||
			 (form == SOC2_TRACK_JSON && is_plain_json(text)))
		appendBinaryStringInfo(out, text.bytes, (int) text.len);
	else
		soc2_track_put_string(out, text.bytes, text.len);
}

/* append an integer, without a text in between; false if it is none */
static bool
put_integer(StringInfo out, soc2_ledger_codec codec, Datum value)
{
	char	   *end;

	if (codec != SOC2_CODEC_INT2 && codec != SOC2_CODEC_INT4 &&
		codec != SOC2_CODEC_INT8)
		return false;
	enlargeStringInfo(out, NUMBER_SIZE);
	end = out->data + out->len;
	if (codec == SOC2_CODEC_INT8)
		out->len += pg_lltoa(DatumGetInt64(value), end);
	else if (codec == SOC2_CODEC_INT4)
		out->len += pg_ltoa(DatumGetInt32(value), end);
	else
		out->len += pg_itoa(DatumGetInt16(value), end);
	return true;
}

/* append the value of a column in one form or as a string */
static void
put_value(StringInfo out, const soc2_track_column *column,
		  soc2_track_form form, NullableDatum value)
{
	if (value.isnull)
		appendStringInfoString(out, "null");
	else if (column->text.codec == SOC2_CODEC_BYTEA)
		put_bytea(out, value.value);
	else if (form != SOC2_TRACK_NUMBER ||
			 !put_integer(out, column->text.codec, value.value))
		put_text(out, form, value_text (column, value.value));
}

/* Append a value as a string */
void
soc2_track_put_value(StringInfo out, const soc2_track_column *column,
					 Datum value)
{
	NullableDatum given = {value, false};

	put_value(out, column, SOC2_TRACK_STRING, given);
}

/* the value of a column in a slot whose values are all there */
static NullableDatum
slot_value(TupleTableSlot *slot, const soc2_track_column *column)
{
	NullableDatum value;

	value.value = slot->tts_values[column->text.attnum - 1];
	value.isnull = slot->tts_isnull[column->text.attnum - 1];
	return value;
}

/* Append the key of a row: an array of strings */
void
soc2_track_put_key(StringInfo out, const soc2_track *track,
				   TupleTableSlot *slot)
{
	slot_getallattrs(slot);
	for (int i = 0; i < track->nkeys; i++)
	{
		const soc2_track_column *column = &track->columns[track->keys[i]];

		appendStringInfoCharMacro(out, i == 0 ? '[' : ',');
		put_value(out, column, SOC2_TRACK_STRING, slot_value(slot, column));
	}
	appendStringInfoCharMacro(out, ']');
}

/* append the value of a column with its name */
static void
put_member(StringInfo out, const soc2_track_column *column,
		   NullableDatum value)
{
	if (out->len > 0 && out->data[out->len - 1] != '{')
		appendStringInfoCharMacro(out, ',');
	appendBinaryStringInfo(out, column->label, column->label_len);
	put_value(out, column, column->form, value);
}

/* Append a row */
void
soc2_track_put_row(StringInfo out, const soc2_track *track,
				   TupleTableSlot *slot)
{
	slot_getallattrs(slot);
	appendStringInfoCharMacro(out, '{');
	for (int i = 0; i < track->ncolumns; i++)
		put_member(out, &track->columns[i],
				   slot_value(slot, &track->columns[i]));
	appendStringInfoCharMacro(out, '}');
}

/* Append the value of one column */
void
soc2_track_put_column(StringInfo out, const soc2_track_column *column,
					  TupleTableSlot *slot)
{
	slot_getallattrs(slot);
	appendStringInfoCharMacro(out, '{');
	put_member(out, column, slot_value(slot, column));
	appendStringInfoCharMacro(out, '}');
}

/* are both values one that is stored out of line, once? */
static bool
is_same_pointer(Form_pg_attribute att, NullableDatum old, NullableDatum new)
{
	if (att->attlen != -1 || old.isnull || new.isnull ||
		!VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(old.value)) ||
		!VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(new.value)))
		return false;
	return memcmp(DatumGetPointer(old.value), DatumGetPointer(new.value),
				  VARSIZE_EXTERNAL(DatumGetPointer(old.value))) == 0;
}

/* Append the values that changed */
bool
soc2_track_put_changes(StringInfo before, StringInfo after,
					   const soc2_track *track, TupleTableSlot *old,
					   TupleTableSlot *new)
{
	bool		changed = false;

	slot_getallattrs(old);
	slot_getallattrs(new);
	for (int i = 0; i < track->ncolumns; i++)
	{
		const soc2_track_column *column = &track->columns[i];
		Form_pg_attribute att = TupleDescAttr(old->tts_tupleDescriptor,
											  column->text.attnum - 1);
		NullableDatum was = slot_value(old, column);
		NullableDatum is = slot_value(new, column);

		if (is_same_pointer(att, was, is) || soc2_is_same_value(att, was, is))
			continue;
		if (!changed)
		{
			appendStringInfoCharMacro(before, '{');
			appendStringInfoCharMacro(after, '{');
		}
		changed = true;
		put_member(before, column, was);
		put_member(after, column, is);
	}
	if (changed)
	{
		appendStringInfoCharMacro(before, '}');
		appendStringInfoCharMacro(after, '}');
	}
	return changed;
}
