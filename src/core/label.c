/*-------------------------------------------------------------------------
 *
 * label.c
 *		Security labels that classify data.
 *
 * Contracts are in the header.
 *
 * IDENTIFICATION
 *	  src/core/label.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/label.h"

#include <string.h>

/* what follows a key */
typedef enum value_count
{
	NO_VALUE,
	ONE_VALUE,
	VALUES
} value_count;

static const struct
{
	const char *name;
	value_count count;
	bool		of_column;		/* not of tables and databases */
}			keys[SOC2_LABEL_KEYS] = {
	[SOC2_LABEL_CLASS] = {"class", ONE_VALUE, false},
	[SOC2_LABEL_MASKED] = {"masked", NO_VALUE, false},
	[SOC2_LABEL_SUBJECT] = {"subject", NO_VALUE, true},
	[SOC2_LABEL_PURPOSE] = {"purpose", VALUES, false},
	[SOC2_LABEL_BASIS] = {"basis", VALUES, false},
	[SOC2_LABEL_RECIPIENTS] = {"recipients", VALUES, false},
	[SOC2_LABEL_DISPOSE] = {"dispose", ONE_VALUE, true},
	[SOC2_LABEL_NOTE] = {"note", ONE_VALUE, false},
};

static const char *const class_names[] = {
	"public", "internal", "confidential", "personal", "restricted", NULL
};
static const char *const dispose_names[] = {
	"delete", "null", "constant", "hash", "keep", NULL
};

/* a label being read: what is left starts at offset */
typedef struct reader
{
	soc2_text	text;
	size_t		offset;
} reader;

/* ASCII lower case, whatever the locale */
static char
lower(char ch)
{
	return (ch >= 'A' && ch <= 'Z') ? (char) (ch - 'A' + 'a') : ch;
}

/* is it white space? */
static bool
is_space(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

/* is it a control character? */
static bool
is_control(char ch)
{
	return (unsigned char) ch < 0x20 || ch == 0x7F;
}

/* can it stand in a value without quotation marks? */
static bool
is_bare(char ch)
{
	return ch != ' ' && ch != ',' && ch != '=' && ch != '"' && !is_control(ch);
}

/* is a text this name, in either case? */
static bool
is_name(soc2_text text, const char *name)
{
	if (strlen(name) != text.len)
		return false;
	for (size_t i = 0; i < text.len; i++)
	{
		if (lower(text.bytes[i]) != name[i])
			return false;
	}
	return true;
}

/* the member of a list, ended by NULL, that a text names, or NULL */
static const char *
find_name(const char *const *names, soc2_text text)
{
	while (*names != NULL && !is_name(text, *names))
		names++;
	return *names;
}

/* is there another byte, and is it ch? */
static bool
at(const reader *r, char ch)
{
	return r->offset < r->text.len && r->text.bytes[r->offset] == ch;
}

/* has a word come to its end? */
static bool
at_end_of_word(const reader *r)
{
	return r->offset == r->text.len || is_space(r->text.bytes[r->offset]);
}

/* go past white space; is there more? */
static bool
skip_spaces(reader *r)
{
	while (r->offset < r->text.len && is_space(r->text.bytes[r->offset]))
		r->offset++;
	return r->offset < r->text.len;
}

/* read the name of a word; fails at its start */
static soc2_status
read_key(reader *r, soc2_label_key *key)
{
	soc2_text	name = {r->text.bytes + r->offset, 0};
	size_t		start = r->offset;
	unsigned	i = 0;

	while (r->offset < r->text.len && is_bare(r->text.bytes[r->offset]))
		r->offset++;
	name.len = r->offset - start;
	if (name.len == 0)
		return SOC2_LABEL_CHARACTER;
	while (i < SOC2_LABEL_KEYS && !is_name(name, keys[i].name))
		i++;
	if (i == SOC2_LABEL_KEYS)
	{
		r->offset = start;
		return SOC2_LABEL_UNKNOWN;
	}
	*key = (soc2_label_key) i;
	return SOC2_OK;
}

/* read what stands between quotation marks, the first of which is next */
static soc2_status
read_quoted(reader *r)
{
	size_t		start = r->offset++;

	while (r->offset < r->text.len && !at(r, '"'))
	{
		if (is_control(r->text.bytes[r->offset]))
			return SOC2_LABEL_CHARACTER;
		r->offset++;
	}
	if (r->offset == r->text.len)
	{
		r->offset = start;
		return SOC2_LABEL_QUOTE;
	}
	r->offset++;
	return r->offset - start > 2 ? SOC2_OK : SOC2_LABEL_NO_VALUE;
}

/* read one value */
static soc2_status
read_value(reader *r)
{
	size_t		start = r->offset;

	if (at(r, '"'))
		return read_quoted(r);
	while (r->offset < r->text.len && is_bare(r->text.bytes[r->offset]))
		r->offset++;
	return r->offset > start ? SOC2_OK : SOC2_LABEL_NO_VALUE;
}

/* read the values of a word, behind "=", up to its end */
static soc2_status
read_values(reader *r, value_count count, soc2_text *values)
{
	size_t		start = r->offset;
	soc2_status status = read_value(r);

	while (status == SOC2_OK && at(r, ','))
	{
		if (count == ONE_VALUE)
			return SOC2_LABEL_ONE_VALUE;
		r->offset++;
		status = read_value(r);
	}
	if (status == SOC2_OK && !at_end_of_word(r))
		return SOC2_LABEL_CHARACTER;
	values->bytes = r->text.bytes + start;
	values->len = r->offset - start;
	return status;
}

/* read a word */
static soc2_status
read_word(reader *r, soc2_label *out)
{
	size_t		start = r->offset;
	soc2_label_key key;
	soc2_label_word *word;
	soc2_status status = read_key(r, &key);

	if (status != SOC2_OK)
		return status;
	word = &out->words[key];
	if (word->present)
	{
		r->offset = start;
		return SOC2_LABEL_TWICE;
	}
	word->present = true;
	word->offset = start;
	if (keys[key].count == NO_VALUE)
	{
		if (at(r, '='))
			return SOC2_LABEL_VALUE;
		return at_end_of_word(r) ? SOC2_OK : SOC2_LABEL_CHARACTER;
	}
	if (!at(r, '='))
		return SOC2_LABEL_NO_VALUE;
	r->offset++;
	return read_values(r, keys[key].count, &word->values);
}

/* find the value of a word among names; fails at the value */
static soc2_status
name_value(const soc2_label_word *word, const char *const *names,
		   const char **name, soc2_status unknown)
{
	soc2_text	value = {NULL, 0};
	size_t		offset = 0;

	if (!word->present)
		return SOC2_OK;
	(void) soc2_label_value(word->values, &offset, &value);
	*name = find_name(names, value);
	return *name != NULL ? SOC2_OK : unknown;
}

/* find the names of the class and of the disposal */
static soc2_status
name_values(soc2_text text, soc2_label *out, size_t *errpos)
{
	static const char *const pii[] = {"pii", NULL};
	soc2_label_word *word = &out->words[SOC2_LABEL_CLASS];
	soc2_status status = name_value(word, pii, &out->data_class, SOC2_OK);

	if (out->data_class != NULL)
		out->data_class = "personal";
	else
		status = name_value(word, class_names, &out->data_class,
							SOC2_LABEL_CLASS_UNKNOWN);
	if (status == SOC2_OK)
	{
		word = &out->words[SOC2_LABEL_DISPOSE];
		status = name_value(word, dispose_names, &out->dispose,
							SOC2_LABEL_DISPOSE_UNKNOWN);
	}
	if (status != SOC2_OK)
		*errpos = (size_t) (word->values.bytes - text.bytes);
	return status;
}

/* do words contradict each other, or the object that they are on? */
static soc2_status
judge(const soc2_label *label, soc2_label_place place, size_t *errpos)
{
	static const soc2_label_key secret[] = {
		SOC2_LABEL_MASKED, SOC2_LABEL_SUBJECT, SOC2_LABEL_RECIPIENTS
	};
	const soc2_label_word *words = label->words;
	bool		is_public = label->data_class == class_names[0];

	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
	{
		*errpos = words[secret[i]].offset;
		if (is_public && words[secret[i]].present)
			return SOC2_LABEL_PUBLIC;
	}
	*errpos = words[SOC2_LABEL_MASKED].offset;
	if (words[SOC2_LABEL_MASKED].present && label->data_class == NULL)
		return SOC2_LABEL_UNCLASSED;
	for (int i = 0; i < SOC2_LABEL_KEYS; i++)
	{
		*errpos = words[i].offset;
		if (place != SOC2_LABEL_ON_COLUMN && keys[i].of_column &&
			words[i].present)
			return SOC2_LABEL_PLACE;
	}
	return SOC2_OK;
}

/* Parse a label */
soc2_status
soc2_label_parse(soc2_text text, soc2_label_place place, soc2_label *out,
				 size_t *errpos)
{
	static const soc2_label none;
	reader		r = {text, 0};
	soc2_status status = SOC2_OK;

	*out = none;
	*errpos = 0;
	if (!skip_spaces(&r))
		return SOC2_LABEL_EMPTY;
	while (status == SOC2_OK && skip_spaces(&r))
		status = read_word(&r, out);
	*errpos = r.offset;
	if (status == SOC2_OK)
		status = name_values(text, out, errpos);
	if (status == SOC2_OK)
		status = judge(out, place, errpos);
	return status;
}

/* The next value of a word */
bool
soc2_label_value(soc2_text values, size_t *offset, soc2_text *value)
{
	reader		r = {values, *offset};

	if (r.offset >= values.len)
		return false;
	value->bytes = values.bytes + r.offset;
	(void) read_value(&r);
	value->len = r.offset - *offset;
	if (value->len >= 2 && value->bytes[0] == '"')
	{
		value->bytes++;
		value->len -= 2;
	}
	*offset = r.offset + 1;
	return true;
}
