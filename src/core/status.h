/*-------------------------------------------------------------------------
 *
 * status.h
 *		What a function of the core can answer.
 *
 * The core never raises an error: it returns one of these, and the glue turns
 * it into a message with a SQLSTATE (src/error.c), the offline tools into an
 * exit code.  A new status needs a text in status.c.
 *
 * IDENTIFICATION
 *	  src/core/status.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_STATUS_H
#define SOC2_CORE_STATUS_H

typedef enum soc2_status
{
	SOC2_OK = 0,

	/* text of a criterion or of a set of criteria */
	SOC2_EMPTY,					/* nothing where a criterion is expected */
	SOC2_UNKNOWN_FRAMEWORK,		/* prefix is no framework */
	SOC2_UNKNOWN_CATEGORY,		/* letters are no category */
	SOC2_NUMBER_EXPECTED,		/* no digit where a number must start */
	SOC2_NUMBER_ZERO,			/* number is 0 or starts with 0 */
	SOC2_NUMBER_TOO_LARGE,		/* number exceeds SOC2_NUMBER_MAX */
	SOC2_TOO_DEEP,				/* more than three numbers */
	SOC2_UNEXPECTED_CHARACTER,	/* a character that cannot stand here */
	SOC2_BRACE_EXPECTED,		/* several criteria stand in braces */
	SOC2_SEPARATOR_EXPECTED,	/* neither comma nor closing brace */
	SOC2_UNTERMINATED,			/* a set has no closing brace */
	SOC2_SET_UNEXPECTED,		/* a set where one criterion must stand */
	SOC2_HEX_EXPECTED,			/* not a hexadecimal digit */
	SOC2_DIGEST_LENGTH,			/* a digest has not 64 digits */

	/* binary forms */
	SOC2_BAD_LENGTH,			/* too few or too many bytes */
	SOC2_BAD_VERSION,			/* version byte is not known */
	SOC2_BAD_FIELD,				/* a field holds what it cannot hold */

	/* buffers and arithmetic */
	SOC2_NO_SPACE,				/* caller's buffer is too small */
	SOC2_OUT_OF_RANGE,			/* result does not fit its type */

	/* encodings and chains */
	SOC2_UNORDERED,				/* names or rows do not ascend */
	SOC2_INCOMPLETE,			/* not as much was given as announced */
	SOC2_SURPLUS,				/* more was given than announced */
	SOC2_HASH_FAILED,			/* the hasher could not do its work */

	/* texts of checkpoints, notes and proofs */
	SOC2_LINE_EXPECTED,			/* a line is missing or empty */
	SOC2_NEWLINE_EXPECTED,		/* the text ends within a line */
	SOC2_NOT_UTF8,				/* bytes that are no UTF-8 */
	SOC2_CONTROL_CHARACTER,		/* an ASCII control character */
	SOC2_LEADING_ZERO,			/* a number of several digits starts with 0 */
	SOC2_SIZE_TOO_LARGE,		/* a number exceeds 2^63 - 1 */
	SOC2_BASE64_EXPECTED,		/* not a character of base64, or a loose bit */
	SOC2_BASE64_PADDING,		/* base64 is not padded to four characters */
	SOC2_HASH_LENGTH,			/* a hash has not 44 characters of base64 */
	SOC2_NAME_CHARACTER,		/* name of a key has a space or a plus */
	SOC2_SEPARATOR_MISSING,		/* a key has no plus where one must be */
	SOC2_KEY_TYPE,				/* a key is not of Ed25519 */
	SOC2_KEY_ID_MISMATCH,		/* id of a key is not that of name and key */
	SOC2_SIGNATURE_EXPECTED,	/* not the line of a signature */
	SOC2_SIGNATURE_LENGTH,		/* a signature is too short to be one */
	SOC2_TOO_MANY_SIGNATURES,	/* more than SOC2_NOTE_SIGNATURES_MAX */
	SOC2_PROOF_HEADER,			/* first line is not that of a proof */
	SOC2_INDEX_EXPECTED,		/* a proof has no line "index" */

	/* proofs and signatures */
	SOC2_PROOF_LENGTH,			/* too few or too many hashes */
	SOC2_PROOF_MISMATCH,		/* hashes do not lead to the root */
	SOC2_SIGNATURE_MISSING,		/* nothing is signed with the key */
	SOC2_SIGNATURE_INVALID,		/* signed with the key, and wrong */
	SOC2_SIGN_FAILED,			/* the signer could not do its work */

	/* security labels */
	SOC2_LABEL_EMPTY,			/* there is no word */
	SOC2_LABEL_CHARACTER,		/* a character that cannot stand here */
	SOC2_LABEL_UNKNOWN,			/* not a word of labels */
	SOC2_LABEL_TWICE,			/* the word is there already */
	SOC2_LABEL_NO_VALUE,		/* no value where one must be */
	SOC2_LABEL_VALUE,			/* a value where none can be */
	SOC2_LABEL_ONE_VALUE,		/* several values where one must be */
	SOC2_LABEL_QUOTE,			/* the second quotation mark is missing */
	SOC2_LABEL_CLASS_UNKNOWN,	/* not a class of data */
	SOC2_LABEL_DISPOSE_UNKNOWN, /* not a way to dispose of a value */
	SOC2_LABEL_PUBLIC,			/* a word contradicts class=public */
	SOC2_LABEL_UNCLASSED,		/* masked, but of no class */
	SOC2_LABEL_PLACE,			/* a word that only a column can have */

	SOC2_STATUS_COUNT			/* not a status: how many there are */
} soc2_status;

/*
 * English sentence for a status, without position or value: "A number was
 * expected." Static storage; never NULL, an unknown status gives "Unknown
 * status.".
 */
extern const char *soc2_status_text(soc2_status status);

#endif							/* SOC2_CORE_STATUS_H */
