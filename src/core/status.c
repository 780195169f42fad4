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
	};

	if ((unsigned) status >= SOC2_STATUS_COUNT)
		return "Unknown status.";
	return texts[status];
}
