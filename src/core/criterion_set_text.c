/*-------------------------------------------------------------------------
 *
 * criterion_set_text.c
 *		The text of a set of criteria.
 *
 * Contracts are in criterion_set.h.
 *
 * IDENTIFICATION
 *	  src/core/criterion_set_text.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/criterion_set.h"

/* Bound for the members of a text */
size_t
soc2_criterion_set_parse_bound(const char *text, size_t len)
{
	size_t		bound = 1;

	for (size_t i = 0; i < len; i++)
		bound += text[i] == ',';
	return bound;
}

/* offset of the first byte at or after pos that is not a space */
static size_t
skip_spaces(const char *text, size_t len, size_t pos)
{
	while (pos < len && text[pos] == ' ')
		pos++;
	return pos;
}

/* offset of the byte that ends the criterion starting at pos */
static size_t
member_end(const char *text, size_t len, size_t pos)
{
	while (pos < len && text[pos] != ',' && text[pos] != '}' &&
		   text[pos] != ' ')
		pos++;
	return pos;
}

/*
 * Parse the members from *pos, which is behind the opening brace, to behind
 * the closing one.  *pos is where it stopped.
 */
static soc2_status
parse_members(const char *text, size_t len, soc2_framework dflt,
			  soc2_criteria_room *out, size_t *pos)
{
	out->count = 0;
	*pos = skip_spaces(text, len, *pos);
	if (*pos < len && text[*pos] == '}')
	{
		++*pos;
		return SOC2_OK;
	}
	for (;;)
	{
		size_t		start = skip_spaces(text, len, *pos);
		size_t		end = member_end(text, len, start);
		size_t		errpos = 0;
		soc2_status status;

		status = soc2_criterion_parse(text + start, end - start, dflt,
									  &out->items[out->count], &errpos);
		*pos = start + errpos;
		if (status != SOC2_OK)
			return start == len ? SOC2_UNTERMINATED : status;
		out->count++;
		*pos = skip_spaces(text, len, end);
		if (*pos == len)
			return SOC2_UNTERMINATED;
		if (text[*pos] == '}')
		{
			++*pos;
			return SOC2_OK;
		}
		if (text[*pos] != ',')
			return SOC2_SEPARATOR_EXPECTED;
		++*pos;
	}
}

/* parse one criterion without braces; *pos as in parse_members() */
static soc2_status
parse_single(const char *text, size_t len, soc2_framework dflt,
			 soc2_criterion *out, size_t *pos)
{
	size_t		start = *pos;
	size_t		errpos = 0;
	soc2_status status;

	*pos = member_end(text, len, start);
	status = soc2_criterion_parse(text + start, *pos - start, dflt,
								  out, &errpos);
	if (status != SOC2_OK)
		*pos = start + errpos;
	return status;
}

/* Parse the text of a set */
soc2_status
soc2_criterion_set_parse(const char *text, size_t len, soc2_framework dflt,
						 soc2_criteria_room *out, size_t *errpos)
{
	size_t		pos = skip_spaces(text, len, 0);
	bool		braced = pos < len && text[pos] == '{';
	soc2_status status;

	if (braced)
	{
		pos++;
		status = parse_members(text, len, dflt, out, &pos);
	}
	else
	{
		out->count = 1;
		status = parse_single(text, len, dflt, out->items, &pos);
	}
	if (status == SOC2_OK)
	{
		pos = skip_spaces(text, len, pos);
		if (pos < len)
			status = !braced && text[pos] == ',' ?
				SOC2_BRACE_EXPECTED : SOC2_UNEXPECTED_CHARACTER;
	}
	if (status != SOC2_OK)
	{
		*errpos = pos;
		return status;
	}
	out->count = soc2_criterion_set_normalize(out->items, out->count);
	return SOC2_OK;
}

/* Bytes for the text of a set */
size_t
soc2_criterion_set_format_size(soc2_criteria set)
{
	/* each member with its comma or brace, the first brace and the NUL */
	return set.count * SOC2_CRITERION_TEXT_SIZE + 3;
}

/* Write the text of a set */
size_t
soc2_criterion_set_format(soc2_criteria set, char *buf)
{
	size_t		n = 0;

	buf[n++] = '{';
	for (size_t i = 0; i < set.count; i++)
	{
		if (i > 0)
			buf[n++] = ',';
		n += soc2_criterion_format(set.items[i], buf + n);
	}
	buf[n++] = '}';
	buf[n] = '\0';
	return n;
}
