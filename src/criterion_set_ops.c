/*-------------------------------------------------------------------------
 *
 * criterion_set_ops.c
 *		soc2.criterion_set: comparison, containment and algebra.
 *
 * IDENTIFICATION
 *	  src/criterion_set_ops.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "soc2.h"

PG_FUNCTION_INFO_V1(soc2_criterion_set_eq);
PG_FUNCTION_INFO_V1(soc2_criterion_set_ne);
PG_FUNCTION_INFO_V1(soc2_criterion_set_lt);
PG_FUNCTION_INFO_V1(soc2_criterion_set_le);
PG_FUNCTION_INFO_V1(soc2_criterion_set_gt);
PG_FUNCTION_INFO_V1(soc2_criterion_set_ge);
PG_FUNCTION_INFO_V1(soc2_criterion_set_cmp);
PG_FUNCTION_INFO_V1(soc2_criterion_set_hash);
PG_FUNCTION_INFO_V1(soc2_criterion_set_hash_extended);
PG_FUNCTION_INFO_V1(soc2_criterion_set_covers_sql);
PG_FUNCTION_INFO_V1(soc2_criterion_set_covered_by);
PG_FUNCTION_INFO_V1(soc2_criterion_set_covers_criterion);
PG_FUNCTION_INFO_V1(soc2_criterion_covered_by_set);
PG_FUNCTION_INFO_V1(soc2_criterion_set_overlaps_sql);
PG_FUNCTION_INFO_V1(soc2_criterion_set_overlaps_criterion);
PG_FUNCTION_INFO_V1(soc2_criterion_overlaps_set);
PG_FUNCTION_INFO_V1(soc2_criterion_set_union_sql);
PG_FUNCTION_INFO_V1(soc2_criterion_set_difference_sql);
PG_FUNCTION_INFO_V1(soc2_criterion_set_intersection_sql);

/* Compare the two arguments of a call and free what detoasting copied */
static int
compare_arguments(FunctionCallInfo fcinfo)
{
	soc2_criteria a = PG_GETARG_CRITERIA(0);
	soc2_criteria b = PG_GETARG_CRITERIA(1);
	int			result = soc2_criterion_set_compare(a, b);

	soc2_criteria_free_if_copy(a, PG_GETARG_DATUM(0));
	soc2_criteria_free_if_copy(b, PG_GETARG_DATUM(1));
	return result;
}

/* Equal */
Datum
soc2_criterion_set_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) == 0);
}

/* Not equal */
Datum
soc2_criterion_set_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) != 0);
}

/* Less than */
Datum
soc2_criterion_set_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) < 0);
}

/* Less than or equal */
Datum
soc2_criterion_set_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) <= 0);
}

/* Greater than */
Datum
soc2_criterion_set_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) > 0);
}

/* Greater than or equal */
Datum
soc2_criterion_set_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) >= 0);
}

/* Less than, equal or greater than 0 */
Datum
soc2_criterion_set_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_arguments(fcinfo));
}

/* Hash */
Datum
soc2_criterion_set_hash(PG_FUNCTION_ARGS)
{
	soc2_criteria set = PG_GETARG_CRITERIA(0);
	Datum		result;

	result = hash_any((const unsigned char *) set.items,
					  (int) (set.count * sizeof(soc2_criterion)));
	soc2_criteria_free_if_copy(set, PG_GETARG_DATUM(0));
	return result;
}

/* Hash with a seed */
Datum
soc2_criterion_set_hash_extended(PG_FUNCTION_ARGS)
{
	soc2_criteria set = PG_GETARG_CRITERIA(0);
	Datum		result;

	result = hash_any_extended((const unsigned char *) set.items,
							   (int) (set.count * sizeof(soc2_criterion)),
							   (uint64) PG_GETARG_INT64(1));
	soc2_criteria_free_if_copy(set, PG_GETARG_DATUM(0));
	return result;
}

/* Is all of the right covered by the left? */
Datum
soc2_criterion_set_covers_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(soc2_criterion_set_covers(PG_GETARG_CRITERIA(0),
											 PG_GETARG_CRITERIA(1)));
}

/* Is all of the left covered by the right? */
Datum
soc2_criterion_set_covered_by(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(soc2_criterion_set_covers(PG_GETARG_CRITERIA(1),
											 PG_GETARG_CRITERIA(0)));
}

/* Does a set cover a criterion? */
Datum
soc2_criterion_set_covers_criterion(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(soc2_criterion_set_covers_one(PG_GETARG_CRITERIA(0),
												 PG_GETARG_CRITERION(1)));
}

/* Is a criterion covered by a set? */
Datum
soc2_criterion_covered_by_set(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(soc2_criterion_set_covers_one(PG_GETARG_CRITERIA(1),
												 PG_GETARG_CRITERION(0)));
}

/* Does a set overlap one criterion? */
static bool
overlaps_one(soc2_criteria set, soc2_criterion c)
{
	soc2_criteria one = {&c, 1};

	return soc2_criterion_set_overlaps(set, one);
}

/* Do two sets overlap? */
Datum
soc2_criterion_set_overlaps_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(soc2_criterion_set_overlaps(PG_GETARG_CRITERIA(0),
											   PG_GETARG_CRITERIA(1)));
}

/* Does a set overlap a criterion? */
Datum
soc2_criterion_set_overlaps_criterion(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(overlaps_one(PG_GETARG_CRITERIA(0),
								PG_GETARG_CRITERION(1)));
}

/* Does a criterion overlap a set? */
Datum
soc2_criterion_overlaps_set(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(overlaps_one(PG_GETARG_CRITERIA(1),
								PG_GETARG_CRITERION(0)));
}

/* Union */
Datum
soc2_criterion_set_union_sql(PG_FUNCTION_ARGS)
{
	soc2_criteria a = PG_GETARG_CRITERIA(0);
	soc2_criteria b = PG_GETARG_CRITERIA(1);
	soc2_criterion_set *result = soc2_criterion_set_open(a.count + b.count);
	size_t		count = soc2_criterion_set_union(a, b, result->items);

	PG_RETURN_CRITERION_SET(soc2_criterion_set_close(result, count));
}

/* Difference */
Datum
soc2_criterion_set_difference_sql(PG_FUNCTION_ARGS)
{
	soc2_criteria a = PG_GETARG_CRITERIA(0);
	soc2_criteria b = PG_GETARG_CRITERIA(1);
	soc2_criterion_set *result = soc2_criterion_set_open(a.count);
	size_t		count = soc2_criterion_set_difference(a, b, result->items);

	PG_RETURN_CRITERION_SET(soc2_criterion_set_close(result, count));
}

/* Intersection */
Datum
soc2_criterion_set_intersection_sql(PG_FUNCTION_ARGS)
{
	soc2_criteria a = PG_GETARG_CRITERIA(0);
	soc2_criteria b = PG_GETARG_CRITERIA(1);
	soc2_criterion_set *result = soc2_criterion_set_open(a.count + b.count);
	size_t		count = soc2_criterion_set_intersection(a, b, result->items);

	PG_RETURN_CRITERION_SET(soc2_criterion_set_close(result, count));
}
