/*-------------------------------------------------------------------------
 *
 * error.c
 *		Statuses of the core as errors of the server.
 *
 * IDENTIFICATION
 *	  src/error.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "soc2.h"

/* how much of a refused value a message quotes, in characters */
#define QUOTED_CHARACTERS	64

/* what to do about a refused text; NULL where the detail says it all */
static const char *
text_hint(soc2_status status)
{
	switch (status)
	{
		case SOC2_UNKNOWN_FRAMEWORK:
			return "Frameworks are \"tsc\" and \"outline\".";
		case SOC2_SET_UNEXPECTED:
			return "Say that it is a set: '{CC6.1,CC7}'::soc2.criterion_set.";
		case SOC2_UNKNOWN_CATEGORY:
			return "Categories are CC, A, C, PI and P.";
		case SOC2_NUMBER_TOO_LARGE:
			return "Criteria are listed in soc2.criteria.";
		case SOC2_EMPTY:
		case SOC2_NUMBER_EXPECTED:
		case SOC2_NUMBER_ZERO:
		case SOC2_TOO_DEEP:
		case SOC2_UNEXPECTED_CHARACTER:
			return "Write a criterion as CC, CC6, CC6.1 or CC6.1.3, with \"tsc:\" or \"outline:\" before it where needed.";
		case SOC2_BRACE_EXPECTED:
		case SOC2_SEPARATOR_EXPECTED:
		case SOC2_UNTERMINATED:
			return "Write a set as {CC6.1,tsc:A1,outline:P3.1}.";
		case SOC2_DIGEST_LENGTH:
		case SOC2_HEX_EXPECTED:
			return "Write a digest as hexadecimal digits, without a prefix.";
		case SOC2_LABEL_EMPTY:
			return "IS NULL removes a label.";
		case SOC2_LABEL_CHARACTER:
		case SOC2_LABEL_NO_VALUE:
		case SOC2_LABEL_ONE_VALUE:
		case SOC2_LABEL_QUOTE:
			return "Write a label as class=personal purpose=billing,\"fraud detection\".";
		case SOC2_LABEL_UNKNOWN:
		case SOC2_LABEL_VALUE:
			return "Words are class=, masked, subject, purpose=, basis=, recipients=, dispose= and note=.";
		case SOC2_LABEL_CLASS_UNKNOWN:
			return "Classes are public, internal, confidential, personal (or pii) and restricted.";
		case SOC2_LABEL_DISPOSE_UNKNOWN:
			return "Values are delete, null, constant, hash and keep.";
		default:
			return NULL;
	}
}

/* Report text that a type refused */
void
soc2_text_error(Node *escontext, soc2_status status, const char *type,
				const char *text, size_t errpos)
{
	size_t		len = strlen(text);
	int			quoted = pg_mbcharcliplen(text, len, QUOTED_CHARACTERS);
	int			position = pg_mbstrlen_with_len(text, errpos) + 1;
	const char *hint = text_hint(status);

	errsave(escontext,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%.*s\"%s",
					type, quoted, text, (size_t) quoted < len ? "..." : ""),
			 errdetail("%s At character %d.",
					   soc2_status_text(status), position),
			 hint ? errhint("%s", hint) : 0));
}

/* Raise the error for a binary form that a type refused */
void
soc2_binary_error(soc2_status status, const char *type)
{
	const char *hint = NULL;

	if (status == SOC2_BAD_VERSION)
		hint = "It may come from a newer version of the extension; send text instead.";
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary form of type %s", type),
			 errdetail("%s", soc2_status_text(status)),
			 hint ? errhint("%s", hint) : 0));
}

/* what to do about something that could not be done; NULL where nothing can */
static const char *
action_hint(soc2_status status)
{
	switch (status)
	{
		case SOC2_HASH_FAILED:
			return "See whether the configuration of OpenSSL allows SHA-256.";
		case SOC2_SIGN_FAILED:
			return "See whether the configuration of OpenSSL allows Ed25519.";
		case SOC2_OUT_OF_RANGE:
			return "Record large values outside, and their digest in the ledger.";
		default:
			return NULL;
	}
}

/* Raise an error unless all is well with what was tried */
void
soc2_check_status(soc2_status status, const char *what)
{
	int			sqlstate = ERRCODE_INTERNAL_ERROR;
	const char *hint = action_hint(status);

	if (status == SOC2_OK)
		return;
	if (status == SOC2_OUT_OF_RANGE)
		sqlstate = ERRCODE_PROGRAM_LIMIT_EXCEEDED;
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("could not %s", what),
			 errdetail("%s", soc2_status_text(status)),
			 hint ? errhint("%s", hint) : 0));
}
