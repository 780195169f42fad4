/*-------------------------------------------------------------------------
 *
 * disposal_gate.c
 *		What disposals ask the server: how long a new policy has to wait, and
 *		which cluster this is.
 *
 * In C, as a setting is ours only once the library is loaded: before, anybody
 * could give it a value.
 *
 * IDENTIFICATION
 *	  src/disposal_gate.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xlog.h"
#include "disposal.h"
#include "soc2.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(soc2_disposal_delay);
PG_FUNCTION_INFO_V1(soc2_wal_timeline);

int			soc2_disposal_delay_setting = SOC2_DISPOSAL_DELAY_DEFAULT;

/* soc2.disposal_delay(): the setting, as an interval without days */
Datum
soc2_disposal_delay(PG_FUNCTION_ARGS)
{
	Interval   *delay = palloc0(sizeof(Interval));

	delay->time = soc2_disposal_delay_setting * USECS_PER_MINUTE;
	PG_RETURN_INTERVAL_P(delay);
}

/*
 * soc2.wal_timeline(): the timeline that WAL is being written on; that of the
 * control file is that of the last checkpoint
 */
Datum
soc2_wal_timeline(PG_FUNCTION_ARGS)
{
	if (RecoveryInProgress())
		PG_RETURN_NULL();
	PG_RETURN_INT32((int32) GetWALInsertionTimeLine());
}
