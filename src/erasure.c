/*-------------------------------------------------------------------------
 *
 * erasure.c
 *		What erasing a subject does as the owner of a table.
 *
 * Triggers of a table run with the rights of whoever deletes its rows.  So that
 * an owner's triggers do not get those of the custodian who runs an erasure, it
 * deletes as the owner.
 *
 * IDENTIFICATION
 *	  src/erasure.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "ledger_custody.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(soc2_execute_as_owner_of);

/*
 * soc2.execute_as_owner(relation regclass, statement text): run a statement as
 * the owner of a table, and return how many rows it changed
 */
Datum
soc2_execute_as_owner_of(PG_FUNCTION_ARGS)
{
	soc2_statement statement;

	soc2_statement_begin(&statement, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	soc2_execute_as_owner(PG_GETARG_OID(0), &statement, NULL);
	PG_RETURN_INT64((int64) statement.rows);
}
