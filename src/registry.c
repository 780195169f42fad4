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

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "registry.h"
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

/* Run a query for the row of a name, or for all */
size_t
soc2_registry_select(const char *query, const char *kind, Datum name,
					 bool isnull)
{
	Oid			type = TEXTOID;
	char		null = isnull ? 'n' : ' ';

	if (SPI_execute_with_args(query, 1, &type, &name, &null, true,
							  0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the rows of kind \"%s\"", kind);
	if (SPI_processed == 0 && !isnull)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("%s \"%s\" does not exist", kind,
						TextDatumGetCString(name))));
	return (size_t) SPI_processed;
}
