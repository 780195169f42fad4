/*-------------------------------------------------------------------------
 *
 * argument.c
 *		Arguments of SQL functions that are not strict.
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
