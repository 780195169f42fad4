/*-------------------------------------------------------------------------
 *
 * personal_data.c
 *		soc2.personal_data_kind(): what a value looks like.
 *
 * IDENTIFICATION
 *	  src/personal_data.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "core/personal_data.h"
#include "fmgr.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(soc2_personal_data_kind);

/* soc2.personal_data_kind(value) */
Datum
soc2_personal_data_kind(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	const char *name = soc2_personal_kind_name(soc2_personal_kind_of(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)));

	if (name == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(name));
}
