/*-------------------------------------------------------------------------
 *
 * argument.c
 *		Arguments of SQL functions, and how these are called.
 *
 * IDENTIFICATION
 *	  src/argument.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "argument.h"

/* Refuse an argument that is NULL */
void
soc2_argument_require(FunctionCallInfo fcinfo, int number, const char *name)
{
	if (PG_ARGISNULL(number))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
}

/* Context of the aggregate that the function is a part of */
MemoryContext
soc2_argument_aggregate(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("aggregate support function called in non-aggregate context")));
	return context;
}
