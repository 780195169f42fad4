/*-------------------------------------------------------------------------
 *
 * guard_trigger.c
 *		Changes of the triggers that chain and guard the rows of a ledger.
 *
 * IDENTIFICATION
 *	  src/guard_trigger.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/indexing.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "consent.h"
#include "guard.h"
#include "ledger.h"
#include "track.h"

/* is it a trigger of ours on a table whose rows are guarded? */
static bool
is_guarded(Form_pg_trigger trigger)
{
	if (trigger->tgfoid != soc2_ledger_function("ledger_chain") &&
		trigger->tgfoid != soc2_ledger_function("ledger_guard"))
		return false;
	return soc2_guard_has_table(trigger->tgrelid) && soc2_guard_is_up() &&
		soc2_guard_has_guards(trigger->tgrelid) &&
		soc2_guard_has_rows(trigger->tgrelid);
}

/* what is refused, in a sentence */
static char *
describe(Form_pg_trigger trigger)
{
	return psprintf("Trigger \"%s\" chains or guards its rows.",
					NameStr(trigger->tgname));
}

/* how often a trigger fires: the more, the larger */
static int
strength(Form_pg_trigger trigger)
{
	switch (trigger->tgenabled)
	{
		case TRIGGER_FIRES_ALWAYS:
			return 3;
		case TRIGGER_FIRES_ON_ORIGIN:
			return 2;
		case TRIGGER_FIRES_ON_REPLICA:
			return 1;
		default:
			return 0;
	}
}

/* A trigger was altered or replaced, or created */
void
soc2_guard_trigger_altered(Oid trigger)
{
	static const AttrNumber except[] = {Anum_pg_trigger_tgenabled};
	soc2_catalog_row row = soc2_catalog_find_oid(TriggerRelationId,
												 TriggerOidIndexId, trigger);
	Form_pg_trigger old;
	bool		rows;
	bool		tracks;
	bool		consents;

	if (row.before == NULL || row.after == NULL)
		return;
	old = (Form_pg_trigger) GETSTRUCT(row.before);
	rows = soc2_guard_has_trigger(old);
	tracks = soc2_track_has_trigger(old);
	consents = soc2_consent_has_trigger(old);
	if (!rows && !tracks && !consents && !is_guarded(old))
		return;
	if (strength((Form_pg_trigger) GETSTRUCT(row.after)) < strength(old) ||
		soc2_catalog_differs(TriggerRelationId, &row, except,
							 lengthof(except)))
	{
		if (rows)
			soc2_guard_refuse_trigger(old->tgrelid, NameStr(old->tgname));
		if (tracks)
			soc2_track_refuse_trigger(old->tgrelid, NameStr(old->tgname));
		if (consents)
			soc2_consent_refuse_trigger(old->tgrelid, NameStr(old->tgname));
		soc2_guard_refuse_change(old->tgrelid, describe(old));
	}
}

/* A trigger is being dropped, alone or with its table */
void
soc2_guard_trigger_dropped(Oid trigger)
{
	HeapTuple	tuple = soc2_catalog_find_oid(TriggerRelationId,
											  TriggerOidIndexId,
											  trigger).before;
	Form_pg_trigger old;

	if (tuple == NULL)
		return;
	old = (Form_pg_trigger) GETSTRUCT(tuple);
	soc2_guard_row_trigger_dropped(old);
	if (soc2_track_has_trigger(old))
		soc2_guard_put_off(SOC2_GUARD_TRACK_TRIGGER, old->tgrelid, trigger,
						   NameStr(old->tgname));
	if (soc2_consent_has_trigger(old))
		soc2_guard_put_off(SOC2_GUARD_CONSENT_TRIGGER, old->tgrelid, trigger,
						   NameStr(old->tgname));
	if (is_guarded(old) ||
		(soc2_guard_has_policy_table(old->tgrelid) && soc2_guard_is_up()))
		soc2_guard_put_off(SOC2_GUARD_TRIGGER, old->tgrelid, trigger,
						   describe(old));
}
