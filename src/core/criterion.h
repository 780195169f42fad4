/*-------------------------------------------------------------------------
 *
 * criterion.h
 *		One criterion of a framework, packed into eight bytes.
 *
 * A criterion is framework, category, series, criterion and point of focus:
 * "tsc:CC6.1.3" is (TSC, CC, 6, 1, 3).  Parts that are absent are 0, and only
 * the last parts may be absent, which gives four levels:
 *
 *		0 category			CC
 *		1 series			CC6
 *		2 criterion			CC6.1
 *		3 point of focus	CC6.1.3
 *
 * Layout, from the most significant bit (this is stored on disk and must not
 * change):
 *
 *		8 framework | 8 category | 16 series | 16 criterion | 16 point
 *
 * Frameworks are 1 (outline) and 2 (tsc); categories are numbered in document
 * order CC, A, C, PI, P from 1.  So the sign bit is never set, comparing the
 * integers compares in document order with parents before their children, and
 * a criterion and everything below it are one gap-free range of integers,
 * soc2_criterion_subtree_end() being its last member.
 *
 * No function allocates, keeps state or depends on the locale.
 *
 * IDENTIFICATION
 *	  src/core/criterion.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_CRITERION_H
#define SOC2_CORE_CRITERION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

typedef int64_t soc2_criterion;

typedef enum soc2_framework
{
	SOC2_FRAMEWORK_OUTLINE = 1,
	SOC2_FRAMEWORK_TSC = 2
} soc2_framework;

#define SOC2_FRAMEWORK_MIN	1
#define SOC2_FRAMEWORK_MAX	2
#define SOC2_CATEGORY_MIN	1
#define SOC2_CATEGORY_MAX	5
#define SOC2_NUMBER_MAX		65535
#define SOC2_LEVEL_MAX		3

/* bytes for the longest text, "outline:CC65535.65535.65535", and its NUL */
#define SOC2_CRITERION_TEXT_SIZE	32

/* bytes of the binary form: version byte and the packed value */
#define SOC2_CRITERION_BINARY_SIZE	9
#define SOC2_CRITERION_BINARY_VERSION	1

/* the five parts of a criterion; 0 where absent */
typedef struct soc2_criterion_parts
{
	unsigned	framework;
	unsigned	category;
	unsigned	number[SOC2_LEVEL_MAX]; /* series, criterion, point */
} soc2_criterion_parts;

/*
 * Take a packed value apart.  Any value is accepted; the parts of one that
 * soc2_criterion_is_valid() refuses are meaningless but defined.
 */
extern soc2_criterion_parts soc2_criterion_unpack(soc2_criterion c);

/*
 * Put parts together.  The caller keeps each part in the range of its field;
 * nothing is checked.
 */
extern soc2_criterion soc2_criterion_pack(const soc2_criterion_parts *parts);

/*
 * True if the value can be one: framework and category are known and no part
 * is present below an absent one.
 */
extern bool soc2_criterion_is_valid(soc2_criterion c);

/*
 * Parse "[framework:]code", letters in either case, of len bytes (no NUL
 * needed).  Without a prefix the framework is dflt.
 *
 * SOC2_OK: *out is set.  SOC2_EMPTY, SOC2_UNKNOWN_FRAMEWORK,
 * SOC2_UNKNOWN_CATEGORY, SOC2_NUMBER_EXPECTED, SOC2_NUMBER_ZERO,
 * SOC2_NUMBER_TOO_LARGE, SOC2_TOO_DEEP, SOC2_UNEXPECTED_CHARACTER,
 * SOC2_SET_UNEXPECTED (text starts with a brace): *out is untouched and
 * *errpos is the offset in bytes, 0 to len, of what is wrong.
 */
extern soc2_status soc2_criterion_parse(const char *text, size_t len,
										soc2_framework dflt,
										soc2_criterion *out, size_t *errpos);

/*
 * Write the text of a valid criterion, always with its prefix, and a NUL into
 * buf, which has SOC2_CRITERION_TEXT_SIZE bytes.  Returns its length.
 */
extern size_t soc2_criterion_format(soc2_criterion c, char *buf);

/* The same without the prefix: "CC6.1" */
extern size_t soc2_criterion_format_code(soc2_criterion c, char *buf);

/*
 * Write the binary form: version byte, then the packed value, big-endian.
 */
extern void soc2_criterion_encode(soc2_criterion c,
								  unsigned char out[SOC2_CRITERION_BINARY_SIZE]);

/*
 * Read the packed value of a binary form, 8 bytes big-endian, without its
 * version byte.  SOC2_OK, or SOC2_BAD_FIELD and *out untouched.
 */
extern soc2_status soc2_criterion_decode(const unsigned char in[8],
										 soc2_criterion *out);

/* Name of a framework, "outline" or "tsc"; NULL if it is none */
extern const char *soc2_framework_name(unsigned framework);

/* Name of a category, "CC", "A", "C", "PI" or "P"; NULL if it is none */
extern const char *soc2_category_name(unsigned category);

/*
 * Number of the category with this name, in either case; 0 if there is none.
 */
extern unsigned soc2_category_lookup(const char *name, size_t len);

/* Level of a valid criterion, 0 to 3 */
extern int	soc2_criterion_level(soc2_criterion c);

/*
 * The criterion above; SOC2_OUT_OF_RANGE and *out untouched for a category,
 * which has none.
 */
extern soc2_status soc2_criterion_parent(soc2_criterion c,
										 soc2_criterion *out);

/* The ancestor of c, or c itself, at a level of 0 to soc2_criterion_level(c) */
extern soc2_criterion soc2_criterion_at_level(soc2_criterion c, int level);

/*
 * The last value of the range that a valid criterion and all that can stand
 * below it form.  It is a valid criterion too.
 */
extern soc2_criterion soc2_criterion_subtree_end(soc2_criterion c);

/* True if a is b or an ancestor of b */
extern bool soc2_criterion_covers(soc2_criterion a, soc2_criterion b);

#endif							/* SOC2_CORE_CRITERION_H */
