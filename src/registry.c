/*-------------------------------------------------------------------------
 *
 * registry.c
 *		What the functions that fill registries refuse.
 *
 * These functions are SQL and run with the rights of the caller; what SQL
 * cannot say is a clear error.
 *
 * IDENTIFICATION
 *	  src/registry.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "soc2.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(soc2_require_registered);

/* soc2.require_registered(kind, name, found) */
Datum
soc2_require_registered(PG_FUNCTION_ARGS)
{
	const char *kind = PG_ARGISNULL(0) ? "object" :
	text_to_cstring(PG_GETARG_TEXT_PP(0));

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("no %s is given", kind)));
	if (PG_ARGISNULL(2) || !PG_GETARG_BOOL(2))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("%s \"%s\" does not exist", kind,
						text_to_cstring(PG_GETARG_TEXT_PP(1)))));
	PG_RETURN_BOOL(true);
}
