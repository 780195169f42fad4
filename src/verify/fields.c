/*-------------------------------------------------------------------------
 *
 * fields.c
 *		The members of a JSON object, each taken once and checked.
 *
 * IDENTIFICATION
 *	  src/verify/fields.c
 *
 *-------------------------------------------------------------------------
 */
#include "verify/fields.h"

#include <stdio.h>
#include <string.h>

/* Say what is wrong */
void
fields_fail(json_fields *f, const char *name, const char *what)
{
	if (f->why[0] == '\0')
		snprintf(f->why, WHY_SIZE, "\"%.40s\" %s", name, what);
}

/* Start to take the members of a value */
void
fields_begin(json_fields *f, const json_t *object, char *why)
{
	f->object = object;
	f->taken = 0;
	f->why = why;
	if (why[0] == '\0' && !json_is_object(object))
		snprintf(why, WHY_SIZE, "an object was expected");
}

/* True if nothing was wrong and all members were taken */
bool
fields_end(json_fields *f)
{
	if (f->why[0] == '\0' && json_object_size(f->object) != f->taken)
		snprintf(f->why, WHY_SIZE, "there is a member that is not known");
	return f->why[0] == '\0';
}

/* True if the object has a member */
bool
fields_has(const json_fields *f, const char *name)
{
	return json_object_get(f->object, name) != NULL;
}

/* A member */
const json_t *
fields_take(json_fields *f, const char *name)
{
	const json_t *value = NULL;

	if (f->why[0] == '\0')
		value = json_object_get(f->object, name);
	if (value == NULL)
		fields_fail(f, name, "is missing");
	else
		f->taken++;
	return value;
}

/* A member that is a number or null */
bool
fields_maybe_integer(json_fields *f, const char *name, int64_t *out)
{
	const json_t *value = fields_take(f, name);

	*out = 0;
	if (value == NULL || json_is_null(value))
		return false;
	if (!json_is_integer(value))
	{
		fields_fail(f, name, "is not a whole number");
		return false;
	}
	*out = json_integer_value(value);
	return true;
}

/* A member that is a number */
int64_t
fields_integer(json_fields *f, const char *name)
{
	int64_t		value;

	if (!fields_maybe_integer(f, name, &value))
		fields_fail(f, name, "is not a whole number");
	return value;
}

/* A member that is true or false */
bool
fields_boolean(json_fields *f, const char *name)
{
	const json_t *value = fields_take(f, name);

	if (!json_is_boolean(value))
		fields_fail(f, name, "is neither true nor false");
	return json_is_true(value);
}

/* A member that is an array */
const json_t *
fields_array(json_fields *f, const char *name)
{
	const json_t *value = fields_take(f, name);

	if (json_is_array(value))
		return value;
	fields_fail(f, name, "is not an array");
	return NULL;
}

/* A member that is a string */
soc2_text
fields_text(json_fields *f, const char *name)
{
	const json_t *value = fields_take(f, name);
	soc2_text	text = {"", 0};

	if (json_is_string(value))
	{
		text.bytes = json_string_value(value);
		text.len = json_string_length(value);
	}
	else
		fields_fail(f, name, "is not a string");
	return text;
}

/* the value of a digit; 16 if it is none in lower case */
static unsigned
digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return (unsigned) (digit - '0');
	if (digit >= 'a' && digit <= 'f')
		return (unsigned) (digit - 'a') + 10;
	return 16;
}

/* Digits of as many bytes as out has */
bool
fields_hex(const char *text, size_t len, unsigned char *out, size_t size)
{
	if (len != 2 * size)
		return false;
	for (size_t i = 0; i < size; i++)
	{
		unsigned	high = digit_value(text[2 * i]);
		unsigned	low = digit_value(text[2 * i + 1]);

		if (high > 15 || low > 15)
			return false;
		out[i] = (unsigned char) (high << 4 | low);
	}
	return true;
}

/* A member that is a digest or null */
bool
fields_maybe_digest(json_fields *f, const char *name, soc2_digest *out)
{
	const json_t *value = fields_take(f, name);

	memset(out, 0, sizeof(*out));
	if (value == NULL || json_is_null(value))
		return false;
	if (json_is_string(value) &&
		fields_hex(json_string_value(value), json_string_length(value),
				   out->bytes, sizeof(out->bytes)))
		return true;
	fields_fail(f, name, "is not a digest of 64 digits");
	return false;
}

/* A member that is a digest */
soc2_digest
fields_digest(json_fields *f, const char *name)
{
	soc2_digest digest;

	if (!fields_maybe_digest(f, name, &digest))
		fields_fail(f, name, "is not a digest of 64 digits");
	return digest;
}
