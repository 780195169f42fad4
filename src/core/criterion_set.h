/*-------------------------------------------------------------------------
 *
 * criterion_set.h
 *		Sets of criteria: algebra on sorted arrays.
 *
 * A set is normalised when its members ascend strictly and none is covered by
 * another.  As the criteria below a member are one range of integers, such a
 * set is a list of disjoint ranges in order, and each operation is one pass
 * over both arrays.  Every set taken by a function is normalised unless said
 * otherwise, and so is every result.
 *
 * No function allocates: results go into arrays of the caller.
 *
 * IDENTIFICATION
 *	  src/core/criterion_set.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_CRITERION_SET_H
#define SOC2_CORE_CRITERION_SET_H

#include "core/criterion.h"

/* members in an array of the caller's */
typedef struct soc2_criteria
{
	const soc2_criterion *items;
	size_t		count;
} soc2_criteria;

/* room of the caller's for members, and how many were put there */
typedef struct soc2_criteria_room
{
	soc2_criterion *items;
	size_t		count;
} soc2_criteria_room;

/*
 * Sort any valid criteria in place, drop doubles and members that another one
 * covers.  Returns how many are left, at the front of the array.
 */
extern size_t soc2_criterion_set_normalize(soc2_criterion *items,
										   size_t count);

/* True if the array is normalised and every member valid */
extern bool soc2_criterion_set_is_normal(soc2_criteria set);

/* True if a member is c or an ancestor of c */
extern bool soc2_criterion_set_covers_one(soc2_criteria set,
										  soc2_criterion c);

/* True if every member of b is covered by a member of a */
extern bool soc2_criterion_set_covers(soc2_criteria a, soc2_criteria b);

/* True if a member of one set covers, or is covered by, one of the other */
extern bool soc2_criterion_set_overlaps(soc2_criteria a, soc2_criteria b);

/*
 * Compare member by member, a shorter set before one that it begins: less
 * than, equal to or greater than 0.
 */
extern int	soc2_criterion_set_compare(soc2_criteria a, soc2_criteria b);

/*
 * Union: what either covers.  out has room for a.count + b.count members and
 * is neither of the arguments.  Returns how many were written.
 */
extern size_t soc2_criterion_set_union(soc2_criteria a, soc2_criteria b,
									   soc2_criterion *out);

/*
 * Difference: the members of a that b does not cover.  A member of which b
 * covers only a part stays.  out has room for a.count members and may be
 * a.items.  Returns how many were written.
 */
extern size_t soc2_criterion_set_difference(soc2_criteria a, soc2_criteria b,
											soc2_criterion *out);

/*
 * Intersection: what both cover; of two members that overlap the finer one.
 * out has room for a.count + b.count members and is neither of the arguments.
 * Returns how many were written.
 */
extern size_t soc2_criterion_set_intersection(soc2_criteria a,
											  soc2_criteria b,
											  soc2_criterion *out);

/*
 * How many members the text of a set can have at most; a bound for the array
 * that soc2_criterion_set_parse() fills.
 */
extern size_t soc2_criterion_set_parse_bound(const char *text, size_t len);

/*
 * Parse "{CC6.1, outline:A1}": criteria in braces, separated by commas, spaces
 * allowed around each; or one criterion without braces.  out->items has room
 * for soc2_criterion_set_parse_bound() members; the result is normalised and
 * out->count its size.
 *
 * SOC2_OK, or a status of soc2_criterion_parse() or SOC2_BRACE_EXPECTED,
 * SOC2_SEPARATOR_EXPECTED, SOC2_UNTERMINATED, SOC2_UNEXPECTED_CHARACTER; then
 * *errpos is the offset in bytes, and *out is undefined.
 */
extern soc2_status soc2_criterion_set_parse(const char *text, size_t len,
											soc2_framework dflt,
											soc2_criteria_room *out,
											size_t *errpos);

/* Bytes that soc2_criterion_set_format() needs, with the NUL */
extern size_t soc2_criterion_set_format_size(soc2_criteria set);

/*
 * Write "{tsc:CC6.1,tsc:A1}" and a NUL into buf, which has
 * soc2_criterion_set_format_size() bytes.  Returns the length.
 */
extern size_t soc2_criterion_set_format(soc2_criteria set, char *buf);

#endif							/* SOC2_CORE_CRITERION_SET_H */
