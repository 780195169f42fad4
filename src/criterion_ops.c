/*-------------------------------------------------------------------------
 *
 * criterion_ops.c
 *		soc2.criterion: comparison, hashing, containment.
 *
 * IDENTIFICATION
 *	  src/criterion_ops.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "soc2.h"
#include "utils/sortsupport.h"

PG_FUNCTION_INFO_V1(soc2_criterion_eq);
PG_FUNCTION_INFO_V1(soc2_criterion_ne);
PG_FUNCTION_INFO_V1(soc2_criterion_lt);
PG_FUNCTION_INFO_V1(soc2_criterion_le);
PG_FUNCTION_INFO_V1(soc2_criterion_gt);
PG_FUNCTION_INFO_V1(soc2_criterion_ge);
PG_FUNCTION_INFO_V1(soc2_criterion_cmp);
PG_FUNCTION_INFO_V1(soc2_criterion_smaller);
PG_FUNCTION_INFO_V1(soc2_criterion_larger);
PG_FUNCTION_INFO_V1(soc2_criterion_sortsupport);
PG_FUNCTION_INFO_V1(soc2_criterion_hash);
PG_FUNCTION_INFO_V1(soc2_criterion_hash_extended);
PG_FUNCTION_INFO_V1(soc2_criterion_covers_sql);
PG_FUNCTION_INFO_V1(soc2_criterion_covered_by);
PG_FUNCTION_INFO_V1(soc2_criterion_overlaps);

/* Equal */
Datum
soc2_criterion_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_CRITERION(0) == PG_GETARG_CRITERION(1));
}

/* Not equal */
Datum
soc2_criterion_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_CRITERION(0) != PG_GETARG_CRITERION(1));
}

/* Less than */
Datum
soc2_criterion_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_CRITERION(0) < PG_GETARG_CRITERION(1));
}

/* Less than or equal */
Datum
soc2_criterion_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_CRITERION(0) <= PG_GETARG_CRITERION(1));
}

/* Greater than */
Datum
soc2_criterion_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_CRITERION(0) > PG_GETARG_CRITERION(1));
}

/* Greater than or equal */
Datum
soc2_criterion_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_CRITERION(0) >= PG_GETARG_CRITERION(1));
}

/* Less than, equal or greater than 0 */
Datum
soc2_criterion_cmp(PG_FUNCTION_ARGS)
{
	soc2_criterion a = PG_GETARG_CRITERION(0);
	soc2_criterion b = PG_GETARG_CRITERION(1);

	PG_RETURN_INT32((a > b) - (a < b));
}

/* The one that comes first */
Datum
soc2_criterion_smaller(PG_FUNCTION_ARGS)
{
	PG_RETURN_CRITERION(Min(PG_GETARG_CRITERION(0), PG_GETARG_CRITERION(1)));
}

/* The one that comes last */
Datum
soc2_criterion_larger(PG_FUNCTION_ARGS)
{
	PG_RETURN_CRITERION(Max(PG_GETARG_CRITERION(0), PG_GETARG_CRITERION(1)));
}

/* Sorting: valid values are non-negative integers in document order */
Datum
soc2_criterion_sortsupport(PG_FUNCTION_ARGS)
{
	SortSupport ssup = (SortSupport) PG_GETARG_POINTER(0);

	ssup->comparator = ssup_datum_signed_cmp;
	PG_RETURN_VOID();
}

/* Hash */
Datum
soc2_criterion_hash(PG_FUNCTION_ARGS)
{
	soc2_criterion c = PG_GETARG_CRITERION(0);

	return hash_any((unsigned char *) &c, sizeof(c));
}

/* Hash with a seed */
Datum
soc2_criterion_hash_extended(PG_FUNCTION_ARGS)
{
	soc2_criterion c = PG_GETARG_CRITERION(0);

	return hash_any_extended((unsigned char *) &c, sizeof(c),
							 (uint64) PG_GETARG_INT64(1));
}

/* Is the left the right or an ancestor of it? */
Datum
soc2_criterion_covers_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(soc2_criterion_covers(PG_GETARG_CRITERION(0),
										 PG_GETARG_CRITERION(1)));
}

/* Is the right the left or an ancestor of it? */
Datum
soc2_criterion_covered_by(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(soc2_criterion_covers(PG_GETARG_CRITERION(1),
										 PG_GETARG_CRITERION(0)));
}

/* Does one cover the other? */
Datum
soc2_criterion_overlaps(PG_FUNCTION_ARGS)
{
	soc2_criterion a = PG_GETARG_CRITERION(0);
	soc2_criterion b = PG_GETARG_CRITERION(1);

	PG_RETURN_BOOL(soc2_criterion_covers(a, b) || soc2_criterion_covers(b, a));
}
