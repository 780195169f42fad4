/*-------------------------------------------------------------------------
 *
 * fields.h
 *		The members of a JSON object, each taken once and checked.
 *
 * The first thing that is wrong is kept; functions do nothing after it.  What
 * they return then is zero.
 *
 * IDENTIFICATION
 *	  src/verify/fields.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef VERIFY_FIELDS_H
#define VERIFY_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/text.h"

/* bytes for a sentence about what is wrong */
#define WHY_SIZE	200

/* an object whose members are being taken */
typedef struct json_fields
{
	const json_t *object;
	size_t		taken;			/* members */
	char	   *why;			/* WHY_SIZE bytes; empty if nothing is wrong */
} json_fields;

/* Say what is wrong, unless something was before */
extern void fields_fail(json_fields *f, const char *name, const char *what);

/* Start to take the members of a value, which must be an object */
extern void fields_begin(json_fields *f, const json_t *object, char *why);

/* True if nothing was wrong and all members were taken */
extern bool fields_end(json_fields *f);

/* True if the object has a member, which may be null */
extern bool fields_has(const json_fields *f, const char *name);

/* A member; it must be there */
extern const json_t *fields_take(json_fields *f, const char *name);

/* A member that is a number; a number or null, which gives false */
extern int64_t fields_integer(json_fields *f, const char *name);
extern bool fields_maybe_integer(json_fields *f, const char *name,
								 int64_t *out);

/* A member that is true or false */
extern bool fields_boolean(json_fields *f, const char *name);

/* A member that is an array; of none there are no elements */
extern const json_t *fields_array(json_fields *f, const char *name);

/* A member that is a string, borrowed from the object */
extern soc2_text fields_text(json_fields *f, const char *name);

/* A member that is a digest; a digest or null, which gives false */
extern soc2_digest fields_digest(json_fields *f, const char *name);
extern bool fields_maybe_digest(json_fields *f, const char *name,
								soc2_digest *out);

/* Digits, in lower case, of size bytes.  False if they are not */
extern bool fields_hex(const char *text, size_t len, unsigned char *out,
					   size_t size);

#endif							/* VERIFY_FIELDS_H */
