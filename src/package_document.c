/*-------------------------------------------------------------------------
 *
 * package_document.c
 *		A document while it is written: its text, its parts and its sum.
 *
 * Documents may be larger than a value can be, so they leave in parts, into a
 * tuple store that goes to a file when it grows.
 *
 * IDENTIFICATION
 *	  src/package_document.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "package.h"
#include "soc2.h"
#include "utils/builtins.h"

/* bytes of a part, unless a line is longer */
#define PART_SIZE	(1024 * 1024)

/* columns of the result */
enum
{
	PART_NAME,
	PART_NUMBER,
	PART_CONTENT,
	PART_COLUMNS
};

/* what cannot fail but for a library that does */
static void
require_hash(int result)
{
	if (result < 0)
		elog(ERROR, "could not hash a document");
}

/* Begin a sum */
void
soc2_sum_begin(soc2_sum *sum)
{
	sum->hash = pg_cryptohash_create(PG_SHA256);
	if (sum->hash == NULL)
		elog(ERROR, "could not hash a document");
	require_hash(pg_cryptohash_init(sum->hash));
	sum->bytes = 0;
}

/* Add text in the encoding of the server */
void
soc2_sum_add(soc2_sum *sum, const char *text, int len)
{
	char	   *utf8 = pg_server_to_any(text, len, PG_UTF8);
	size_t		size = utf8 == text ? (size_t) len : strlen(utf8);

	require_hash(pg_cryptohash_update(sum->hash, (const uint8 *) utf8, size));
	sum->bytes += (int64) size;
	if (utf8 != text)
		pfree(utf8);
}

/* End a sum, in SOC2_SUM_TEXT_SIZE bytes of hexadecimal digits and a NUL */
void
soc2_sum_end(soc2_sum *sum, char *hex)
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];

	require_hash(pg_cryptohash_final(sum->hash, digest, sizeof(digest)));
	pg_cryptohash_free(sum->hash);
	(void) hex_encode((const char *) digest, sizeof(digest), hex);
	hex[SOC2_SUM_TEXT_SIZE - 1] = '\0';
}

/* Begin a document */
void
soc2_document_begin(soc2_document *document, const char *name,
					Tuplestorestate *result, TupleDesc desc)
{
	document->name = name;
	document->result = result;
	document->desc = desc;
	document->parts = 0;
	initStringInfo(&document->text);
	if (result != NULL)
		soc2_sum_begin(&document->sum);
}

/* a part leaves, without the newline at its end */
static void
put_part(soc2_document *document, const char *text, int len)
{
	Datum		values[PART_COLUMNS];
	bool		nulls[PART_COLUMNS] = {false};

	soc2_sum_add(&document->sum, text, len);
	soc2_sum_add(&document->sum, "\n", 1);
	values[PART_NAME] = CStringGetTextDatum(document->name);
	values[PART_NUMBER] = Int64GetDatum(++document->parts);
	values[PART_CONTENT] = PointerGetDatum(cstring_to_text_with_len(text, len));
	tuplestore_putvalues(document->result, document->desc, values, nulls);
	pfree(DatumGetPointer(values[PART_NAME]));
	pfree(DatumGetPointer(values[PART_CONTENT]));
}

/* all lines leave; the text ends in a newline, or is empty */
static void
put_lines(soc2_document *document)
{
	StringInfo text = &document->text;

	if (text->len == 0)
		return;
	put_part(document, text->data, text->len - 1);
	resetStringInfo(text);
}

/* Whole lines were added */
void
soc2_document_lines(soc2_document *document)
{
	if (document->result != NULL && document->text.len >= PART_SIZE)
		put_lines(document);
}

/* Add lines that stand elsewhere: long ones are not copied twice */
void
soc2_document_add(soc2_document *document, const char *text, int len)
{
	if (document->result != NULL && len >= PART_SIZE)
	{
		put_lines(document);
		put_part(document, text, len);
		return;
	}
	appendBinaryStringInfo(&document->text, text, len);
	appendStringInfoChar(&document->text, '\n');
	soc2_document_lines(document);
}

/* End a document that leaves in parts */
void
soc2_document_end(soc2_document *document, char *hex)
{
	put_lines(document);
	soc2_sum_end(&document->sum, hex);
	pfree(document->text.data);
}
