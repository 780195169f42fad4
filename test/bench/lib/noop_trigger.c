/*-------------------------------------------------------------------------
 *
 * noop_trigger.c
 *		The cheapest row trigger there is in C, for retention_guard.sh.
 *
 * IDENTIFICATION
 *	  test/bench/lib/noop_trigger.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "fmgr.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(noop_trigger);

/* let the row pass */
Datum
noop_trigger(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	return PointerGetDatum(trigdata->tg_trigtuple);
}
