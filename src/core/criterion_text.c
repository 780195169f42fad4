/*-------------------------------------------------------------------------
 *
 * criterion_text.c
 *		Names of frameworks and categories, and the text of a criterion.
 *
 * Contracts are in criterion.h.
 *
 * IDENTIFICATION
 *	  src/core/criterion_text.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/criterion.h"

#include <string.h>

static const char *const framework_names[] = {NULL, "outline", "tsc"};
static const char *const category_names[] = {NULL, "CC", "A", "C", "PI", "P"};

/* a text being read: what is left starts at text[pos] */
typedef struct reader
{
	const char *text;
	size_t		len;
	size_t		pos;
} reader;

/* ASCII lower case, whatever the locale */
static char
lower(char ch)
{
	return (ch >= 'A' && ch <= 'Z') ? (char) (ch - 'A' + 'a') : ch;
}

/* ASCII letter, whatever the locale */
static bool
is_letter(char ch)
{
	return lower(ch) >= 'a' && lower(ch) <= 'z';
}

/* ASCII digit, whatever the locale */
static bool
is_digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

/* is text of len bytes this name, in either case? */
static bool
same_name(const char *text, size_t len, const char *name)
{
	if (strlen(name) != len)
		return false;
	for (size_t i = 0; i < len; i++)
	{
		if (lower(text[i]) != lower(name[i]))
			return false;
	}
	return true;
}

/* number of a name in a list that starts at 1; 0 if it is not there */
static unsigned
lookup(const char *const *names, unsigned max, const char *text, size_t len)
{
	for (unsigned i = 1; i <= max; i++)
	{
		if (same_name(text, len, names[i]))
			return i;
	}
	return 0;
}

/* is there another byte, and is it ch? */
static bool
at(const reader *r, char ch)
{
	return r->pos < r->len && r->text[r->pos] == ch;
}

/* read "framework:" if there is one */
static soc2_status
read_framework(reader *r, soc2_framework dflt, soc2_criterion_parts *parts)
{
	const char *colon = NULL;
	size_t		name_len;

	if (r->pos < r->len && !at(r, '{'))
		colon = memchr(r->text + r->pos, ':', r->len - r->pos);
	if (colon == NULL)
	{
		parts->framework = (unsigned) dflt;
		return SOC2_OK;
	}
	name_len = (size_t) (colon - (r->text + r->pos));
	parts->framework = lookup(framework_names, SOC2_FRAMEWORK_MAX,
							  r->text + r->pos, name_len);
	if (parts->framework == 0)
		return SOC2_UNKNOWN_FRAMEWORK;
	r->pos += name_len + 1;
	return SOC2_OK;
}

/* read the letters of the category */
static soc2_status
read_category(reader *r, soc2_criterion_parts *parts)
{
	size_t		start = r->pos;

	if (r->pos == r->len)
		return SOC2_EMPTY;
	if (at(r, '{'))
		return SOC2_SET_UNEXPECTED;
	while (r->pos < r->len && is_letter(r->text[r->pos]))
		r->pos++;
	parts->category = lookup(category_names, SOC2_CATEGORY_MAX,
							 r->text + start, r->pos - start);
	if (parts->category == 0)
	{
		r->pos = start;
		return SOC2_UNKNOWN_CATEGORY;
	}
	return SOC2_OK;
}

/* read one number of 1 to SOC2_NUMBER_MAX; r->pos stays at it on failure */
static soc2_status
read_number(reader *r, unsigned *number)
{
	unsigned	value = 0;
	size_t		p = r->pos;

	if (p == r->len || !is_digit(r->text[p]))
		return SOC2_NUMBER_EXPECTED;
	if (r->text[p] == '0')
		return SOC2_NUMBER_ZERO;
	for (; p < r->len && is_digit(r->text[p]); p++)
	{
		value = value * 10 + (unsigned) (r->text[p] - '0');
		if (value > SOC2_NUMBER_MAX)
			return SOC2_NUMBER_TOO_LARGE;
	}
	*number = value;
	r->pos = p;
	return SOC2_OK;
}

/* read the up to three numbers behind the category, and the end */
static soc2_status
read_numbers(reader *r, soc2_criterion_parts *parts)
{
	soc2_status status;

	if (r->pos == r->len)
		return SOC2_OK;
	for (int i = 0;; i++)
	{
		status = read_number(r, &parts->number[i]);
		if (status != SOC2_OK)
			return status;
		if (r->pos == r->len)
			return SOC2_OK;
		if (!at(r, '.'))
			return SOC2_UNEXPECTED_CHARACTER;
		if (i == SOC2_LEVEL_MAX - 1)
			return SOC2_TOO_DEEP;
		r->pos++;
	}
}

/* Parse "[framework:]code" */
soc2_status
soc2_criterion_parse(const char *text, size_t len, soc2_framework dflt,
					 soc2_criterion *out, size_t *errpos)
{
	reader		r = {text, len, 0};
	soc2_criterion_parts parts = {0, 0, {0, 0, 0}};
	soc2_status status;

	status = read_framework(&r, dflt, &parts);
	if (status == SOC2_OK)
		status = read_category(&r, &parts);
	if (status == SOC2_OK)
		status = read_numbers(&r, &parts);
	if (status != SOC2_OK)
	{
		*errpos = r.pos;
		return status;
	}
	*out = soc2_criterion_pack(&parts);
	return SOC2_OK;
}

/* append a name; returns its length */
static size_t
put_name(char *buf, const char *name)
{
	size_t		len = strlen(name);

	memcpy(buf, name, len);
	return len;
}

/* append a number of up to five digits; returns its length */
static size_t
put_number(char *buf, unsigned number)
{
	char		digits[8];
	size_t		n = 0;

	do
	{
		digits[n++] = (char) ('0' + number % 10);
		number /= 10;
	} while (number > 0);
	for (size_t i = 0; i < n; i++)
		buf[i] = digits[n - 1 - i];
	return n;
}

/* Write the code of a valid criterion */
size_t
soc2_criterion_format_code(soc2_criterion c, char *buf)
{
	soc2_criterion_parts parts = soc2_criterion_unpack(c);
	size_t		n;

	n = put_name(buf, category_names[parts.category]);
	for (int i = 0; i < SOC2_LEVEL_MAX && parts.number[i] != 0; i++)
	{
		if (i > 0)
			buf[n++] = '.';
		n += put_number(buf + n, parts.number[i]);
	}
	buf[n] = '\0';
	return n;
}

/* Write the text of a valid criterion */
size_t
soc2_criterion_format(soc2_criterion c, char *buf)
{
	size_t		n;

	n = put_name(buf, framework_names[soc2_criterion_unpack(c).framework]);
	buf[n++] = ':';
	return n + soc2_criterion_format_code(c, buf + n);
}

/* Name of a framework */
const char *
soc2_framework_name(unsigned framework)
{
	if (framework < SOC2_FRAMEWORK_MIN || framework > SOC2_FRAMEWORK_MAX)
		return NULL;
	return framework_names[framework];
}

/* Name of a category */
const char *
soc2_category_name(unsigned category)
{
	if (category < SOC2_CATEGORY_MIN || category > SOC2_CATEGORY_MAX)
		return NULL;
	return category_names[category];
}

/* Number of the category with this name */
unsigned
soc2_category_lookup(const char *name, size_t len)
{
	return lookup(category_names, SOC2_CATEGORY_MAX, name, len);
}
