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

	SOC2_STATUS_COUNT			/* not a status: how many there are */
} soc2_status;

/*
 * English sentence for a status, without position or value: "A number was
 * expected." Static storage; never NULL, an unknown status gives "Unknown
 * status.".
 */
extern const char *soc2_status_text(soc2_status status);

#endif							/* SOC2_CORE_STATUS_H */
