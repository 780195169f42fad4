/*-------------------------------------------------------------------------
 *
 * status.c
 *		Texts of the core's statuses.
 *
 * IDENTIFICATION
 *	  src/core/status.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/status.h"

/* English sentence for a status */
const char *
soc2_status_text(soc2_status status)
{
	static const char *const texts[SOC2_STATUS_COUNT] = {
		[SOC2_OK] = "No error.",
		[SOC2_EMPTY] = "A criterion was expected.",
		[SOC2_UNKNOWN_FRAMEWORK] = "Unknown framework.",
		[SOC2_UNKNOWN_CATEGORY] = "Unknown category.",
		[SOC2_NUMBER_EXPECTED] = "A number was expected.",
		[SOC2_NUMBER_ZERO] = "Numbers start at 1 and have no leading zero.",
		[SOC2_NUMBER_TOO_LARGE] = "The number is larger than 65535.",
		[SOC2_TOO_DEEP] = "A criterion has at most three numbers.",
		[SOC2_UNEXPECTED_CHARACTER] = "Unexpected character.",
		[SOC2_BRACE_EXPECTED] = "Several criteria must stand in braces.",
		[SOC2_SEPARATOR_EXPECTED] = "A comma or \"}\" was expected.",
		[SOC2_SET_UNEXPECTED] = "A set stands where one criterion is expected.",
		[SOC2_UNTERMINATED] = "The closing \"}\" is missing.",
		[SOC2_HEX_EXPECTED] = "A hexadecimal digit was expected.",
		[SOC2_DIGEST_LENGTH] = "A digest has 64 hexadecimal digits.",
		[SOC2_BAD_LENGTH] = "The value has the wrong length.",
		[SOC2_BAD_VERSION] = "The version byte is not known.",
		[SOC2_BAD_FIELD] = "A field is out of its range.",
		[SOC2_NO_SPACE] = "The buffer is too small.",
		[SOC2_OUT_OF_RANGE] = "The result is out of range.",
		[SOC2_UNORDERED] = "What was given does not ascend.",
		[SOC2_INCOMPLETE] = "Less was given than announced.",
		[SOC2_SURPLUS] = "More was given than announced.",
		[SOC2_HASH_FAILED] = "The hash function failed.",
		[SOC2_LINE_EXPECTED] = "A line is missing or empty.",
		[SOC2_NEWLINE_EXPECTED] = "The text does not end in a newline.",
		[SOC2_NOT_UTF8] = "The text is not valid UTF-8.",
		[SOC2_CONTROL_CHARACTER] = "The text has a control character.",
		[SOC2_LEADING_ZERO] = "The number has a leading zero.",
		[SOC2_SIZE_TOO_LARGE] = "The number is larger than 2^63 - 1.",
		[SOC2_BASE64_EXPECTED] = "A character of base64 was expected.",
		[SOC2_BASE64_PADDING] = "The base64 is not padded.",
		[SOC2_HASH_LENGTH] = "A hash has 44 characters of base64.",
		[SOC2_NAME_CHARACTER] = "The name of a key has neither space nor \"+\".",
		[SOC2_SEPARATOR_MISSING] = "A \"+\" was expected.",
		[SOC2_KEY_TYPE] = "The key is not one of Ed25519.",
		[SOC2_KEY_ID_MISMATCH] = "The id does not belong to the key.",
		[SOC2_SIGNATURE_EXPECTED] = "The line of a signature was expected.",
		[SOC2_SIGNATURE_LENGTH] = "The signature is too short.",
		[SOC2_TOO_MANY_SIGNATURES] = "There are more than 100 signatures.",
		[SOC2_PROOF_HEADER] =
		"The first line of a proof is \"c2sp.org/tlog-proof@v1\".",
		[SOC2_INDEX_EXPECTED] = "The line \"index\" was expected.",
		[SOC2_PROOF_LENGTH] = "The proof has too few or too many hashes.",
		[SOC2_PROOF_MISMATCH] = "The proof does not lead to the root.",
		[SOC2_SIGNATURE_MISSING] = "There is no signature by the key.",
		[SOC2_SIGNATURE_INVALID] = "The signature is wrong.",
		[SOC2_SIGN_FAILED] = "The signature function failed.",
		[SOC2_LABEL_EMPTY] = "A label has at least one word.",
		[SOC2_LABEL_CHARACTER] = "A label cannot have this character here.",
		[SOC2_LABEL_UNKNOWN] = "Unknown word.",
		[SOC2_LABEL_TWICE] = "The word is there twice.",
		[SOC2_LABEL_NO_VALUE] = "A value was expected.",
		[SOC2_LABEL_VALUE] = "The word has no value.",
		[SOC2_LABEL_ONE_VALUE] = "The word has one value only.",
		[SOC2_LABEL_QUOTE] = "The second quotation mark is missing.",
		[SOC2_LABEL_CLASS_UNKNOWN] = "Unknown class.",
		[SOC2_LABEL_DISPOSE_UNKNOWN] = "Unknown way to dispose of a value.",
		[SOC2_LABEL_PUBLIC] = "The word contradicts \"class=public\".",
		[SOC2_LABEL_UNCLASSED] = "What is masked must have a class.",
		[SOC2_LABEL_PLACE] = "Only the label of a column can have this word.",
	};

	if ((unsigned) status >= SOC2_STATUS_COUNT)
		return "Unknown status.";
	return texts[status];
}
