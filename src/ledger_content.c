/*-------------------------------------------------------------------------
 *
 * ledger_content.c
 *		Hash of the content of a row: doc/ledger-format.md, section 2.
 *
 * All texts are made before the first byte is hashed.  Output functions may
 * be anybody's code, and there is one hasher.
 *
 * IDENTIFICATION
 *	  src/ledger_content.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "ledger.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/xml.h"

/* what an error says that could not be done */
#define HASH_ROW	"hash the row of a ledger"

/*
 * Temporary objects come last: who is not named is searched first, and a type of
 * a user's would take the place of the server's in statements of ours.
 */
#define PINNED_PATH	"pg_catalog, pg_temp"

/* set one setting until the level of the caller ends */
static void
pin(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Pin the settings that texts depend on.  Where a setting has its value
 * already, which is the common case, setting it again is spared: this runs for
 * every row that is written.
 */
int
soc2_ledger_pin(void)
{
	int			level = NewGUCNestLevel();

	if (DateStyle != USE_ISO_DATES || DateOrder != DATEORDER_MDY)
		pin("DateStyle", "ISO, MDY");
	if (strcmp(pg_get_timezone_name(session_timezone), "UTC") != 0)
		pin("TimeZone", "UTC");
	if (IntervalStyle != INTSTYLE_POSTGRES)
		pin("IntervalStyle", "postgres");
	if (extra_float_digits != 1)
		pin("extra_float_digits", "1");
	if (bytea_output != BYTEA_OUTPUT_HEX)
		pin("bytea_output", "hex");
	if (strcmp(namespace_search_path, PINNED_PATH) != 0)
		pin("search_path", PINNED_PATH);
	if (quote_all_identifiers)
		pin("quote_all_identifiers", "off");
	if (xmlbinary != XMLBINARY_BASE64)
		pin("xmlbinary", "base64");
	return level;
}

/* Have these settings their values anyway? */
bool
soc2_ledger_is_pinned(void)
{
	return DateStyle == USE_ISO_DATES && DateOrder == DATEORDER_MDY &&
		strcmp(pg_get_timezone_name(session_timezone), "UTC") == 0 &&
		IntervalStyle == INTSTYLE_POSTGRES &&
		extra_float_digits == 1 && bytea_output == BYTEA_OUTPUT_HEX &&
		strcmp(namespace_search_path, PINNED_PATH) == 0 &&
		!quote_all_identifiers && xmlbinary == XMLBINARY_BASE64;
}

/* Set the pinned settings free */
void
soc2_ledger_unpin(int level)
{
	AtEOXact_GUC(true, level);
}

/* Has a redactable column a value? */
bool
soc2_ledger_needs_salt(const soc2_ledger_plan *plan, const bool *nulls)
{
	if (!plan->has_redactable)
		return false;
	for (int i = 0; i < plan->ncolumns; i++)
	{
		if (plan->columns[i].redactable && !nulls[plan->columns[i].attnum - 1])
			return true;
	}
	return false;
}

/* write a text into an encoder that has its value open */
static void
write_text(soc2_encoder *encoder, const soc2_ledger_column *column,
		   const soc2_value_text *value)
{
	if (column->codec == SOC2_CODEC_BYTEA)
	{
		soc2_check_status(soc2_encode_bytes(encoder, SOC2_BYTEA_PREFIX,
											SOC2_BYTEA_PREFIX_LEN), HASH_ROW);
		soc2_check_status(soc2_encode_hex(encoder,
										  (const unsigned char *) value->bytes,
										  value->len), HASH_ROW);
	}
	else
		soc2_check_status(soc2_encode_bytes(encoder, value->bytes, value->len),
						  HASH_ROW);
}

/* compute the commitment to a redactable value */
static void
commit_to(const soc2_ledger_column *column, const unsigned char *salt,
		  soc2_value_text *value)
{
	const soc2_hasher *hasher = soc2_ledger_hasher();
	soc2_encoder encoder;

	soc2_check_status(hasher->begin(hasher->ctx), HASH_ROW);
	soc2_check_status(soc2_encode_salted(&encoder, soc2_hasher_sink(hasher),
										 salt, column->name, value->text_len),
					  HASH_ROW);
	write_text(&encoder, column, value);
	soc2_check_status(soc2_encode_end(&encoder), HASH_ROW);
	soc2_check_status(hasher->finish(hasher->ctx, &value->commitment),
					  HASH_ROW);
}

/* hash the content of which all texts and commitments are made */
static void
hash_content(const soc2_ledger_plan *plan, const soc2_value_text *texts,
			 int present, soc2_digest *content)
{
	const soc2_hasher *hasher = soc2_ledger_hasher();
	soc2_encoder encoder;

	soc2_check_status(hasher->begin(hasher->ctx), HASH_ROW);
	soc2_check_status(soc2_encode_row(&encoder, soc2_hasher_sink(hasher),
									  (uint16) present), HASH_ROW);
	for (int i = 0; i < plan->ncolumns; i++)
	{
		const soc2_ledger_column *column = &plan->columns[i];

		if (!texts[i].present)
			continue;
		if (column->redactable)
			soc2_check_status(soc2_encode_commitment(&encoder, column->name,
													 &texts[i].commitment),
							  HASH_ROW);
		else
		{
			soc2_check_status(soc2_encode_column(&encoder, column->name,
												 texts[i].text_len),
							  HASH_ROW);
			write_text(&encoder, column, &texts[i]);
		}
	}
	soc2_check_status(soc2_encode_end(&encoder), HASH_ROW);
	soc2_check_status(hasher->finish(hasher->ctx, content), HASH_ROW);
}

/* make the texts of the values of a row; returns how many there are */
static int
make_texts(const soc2_ledger_plan *plan, const Datum *values,
		   const bool *nulls, soc2_value_text *texts)
{
	int			present = 0;

	for (int i = 0; i < plan->ncolumns; i++)
	{
		const soc2_ledger_column *column = &plan->columns[i];

		if (nulls[column->attnum - 1])
			continue;
		soc2_ledger_codec_apply(column, values[column->attnum - 1], &texts[i]);
		present++;
	}
	return present;
}

/* Hash of the content of a row */
void
soc2_ledger_content(const soc2_ledger_plan *plan, const Datum *values,
					const bool *nulls, const unsigned char *salt,
					soc2_digest *content)
{
	soc2_value_text *texts = palloc0(sizeof(soc2_value_text) * (plan->ncolumns + 1));
	int			present = make_texts(plan, values, nulls, texts);

	for (int i = 0; i < plan->ncolumns; i++)
	{
		if (texts[i].present && plan->columns[i].redactable)
			commit_to(&plan->columns[i], salt, &texts[i]);
	}
	hash_content(plan, texts, present, content);
	pfree(texts);
}

/* Commitments to the redactable values of a row */
soc2_ledger_kept *
soc2_ledger_commitments(const soc2_ledger_plan *plan, const Datum *values,
						const bool *nulls, const unsigned char *salt)
{
	soc2_value_text *texts = palloc0(sizeof(soc2_value_text) * (plan->ncolumns + 1));
	soc2_ledger_kept *kept;

	kept = palloc0(sizeof(soc2_ledger_kept) * (plan->ncolumns + 1));
	(void) make_texts(plan, values, nulls, texts);
	for (int i = 0; i < plan->ncolumns; i++)
	{
		if (!texts[i].present || !plan->columns[i].redactable)
			continue;
		commit_to(&plan->columns[i], salt, &texts[i]);
		kept[i].present = true;
		kept[i].commitment = texts[i].commitment;
	}
	pfree(texts);
	return kept;
}

/* Hash of the content of a redacted row */
void
soc2_ledger_content_kept(const soc2_ledger_plan *plan, const Datum *values,
						 const bool *nulls, const soc2_ledger_kept *kept,
						 soc2_digest *content)
{
	soc2_value_text *texts = palloc0(sizeof(soc2_value_text) * (plan->ncolumns + 1));
	int			present = make_texts(plan, values, nulls, texts);

	for (int i = 0; i < plan->ncolumns; i++)
	{
		if (!kept[i].present)
			continue;
		texts[i].present = true;
		texts[i].commitment = kept[i].commitment;
		present++;
	}
	hash_content(plan, texts, present, content);
	pfree(texts);
}
