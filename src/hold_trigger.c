/*-------------------------------------------------------------------------
 *
 * hold_trigger.c
 *		Guards: of rows that are held, and of the records of holds.
 *
 * Messages name the table, the hold and its matter, and nothing of a row.
 *
 * IDENTIFICATION
 *	  src/hold_trigger.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_trigger.h"
#include "hold.h"
#include "soc2_errcodes.h"
#include "subscription.h"
#include "trigger.h"
#include "utils/inval.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(soc2_hold_guard);
PG_FUNCTION_INFO_V1(soc2_record_guard);
PG_FUNCTION_INFO_V1(soc2_subject_edge_changed);

static const soc2_trigger_rule record_rule = {
	"soc2.record_guard", TRIGGER_TYPE_BEFORE, true, false,
	TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE |
	TRIGGER_TYPE_TRUNCATE,
	"INSERT, UPDATE, DELETE or TRUNCATE"
};

static const soc2_trigger_rule edge_rule = {
	"soc2.subject_edge_changed", TRIGGER_TYPE_BEFORE, true, false,
	TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE,
	"INSERT, UPDATE or DELETE"
};

/* what covers a row or a table, as a detail */
static int
hold_detail(const soc2_hold *hold)
{
	return errdetail("Hold " INT64_FORMAT " of matter \"%s\" covers it.",
					 hold->id, hold->matter);
}

/* what to do about it, as a hint */
static int
hold_hint(void)
{
	return errhint("Leave it as it is until no hold covers it: soc2.holds_active shows them, and soc2.release_hold() ends one.");
}

/* Before a row is deleted, or moved to another partition */
void
soc2_hold_check_delete(const TriggerData *trigdata)
{
	Relation	rel = trigdata->tg_relation;
	const soc2_hold *hold = soc2_hold_on_row(rel, trigdata->tg_trigslot);

	if (hold == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_HOLD),
			 errmsg("row of table \"%s\" is on legal hold",
					RelationGetRelationName(rel)),
			 hold_detail(hold), hold_hint(), errtable(rel)));
}

/* has a row the same values in all columns as another one? */
static bool
is_same_row(TupleDesc desc, TupleTableSlot *old, TupleTableSlot *new)
{
	slot_getallattrs(old);
	slot_getallattrs(new);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		NullableDatum before = {old->tts_values[i], old->tts_isnull[i]};
		NullableDatum after = {new->tts_values[i], new->tts_isnull[i]};

		if (!att->attisdropped && !soc2_is_same_value(att, before, after))
			return false;
	}
	return true;
}

/* After a row was updated */
void
soc2_hold_check_update(const TriggerData *trigdata)
{
	Relation	rel = trigdata->tg_relation;
	const soc2_hold *hold = soc2_hold_on_row(rel, trigdata->tg_trigslot);

	if (hold == NULL ||
		is_same_row(RelationGetDescr(rel), trigdata->tg_trigslot,
					trigdata->tg_newslot))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_HOLD),
			 errmsg("row of table \"%s\" is on legal hold and cannot be changed",
					RelationGetRelationName(rel)),
			 hold_detail(hold), hold_hint(), errtable(rel)));
}

/* Before the rows of a table are taken away all at once */
void
soc2_hold_check_table(Relation rel)
{
	const soc2_hold *hold = soc2_hold_on_any_row(rel);

	if (hold == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_HOLD),
			 errmsg("table \"%s\" has a row that is on legal hold",
					RelationGetRelationName(rel)),
			 hold_detail(hold), hold_hint(), errtable(rel)));
}

/* soc2.hold_guard(): trigger of tables with holds and without retention */
Datum
soc2_hold_guard(PG_FUNCTION_ARGS)
{
	static const soc2_trigger_rule rules[] = {
		{"soc2.hold_guard", TRIGGER_TYPE_BEFORE, true, false,
			TRIGGER_TYPE_DELETE | TRIGGER_TYPE_TRUNCATE,
		"DELETE or TRUNCATE, or after an UPDATE"},
		{"soc2.hold_guard", TRIGGER_TYPE_AFTER, true, false,
			TRIGGER_TYPE_UPDATE,
		"UPDATE, or before a DELETE or TRUNCATE"}
	};
	bool		after = CALLED_AS_TRIGGER(fcinfo) &&
	TRIGGER_FIRED_AFTER(((TriggerData *) fcinfo->context)->tg_event);
	TriggerData *trigdata = soc2_trigger_data(fcinfo, &rules[after]);

	if (soc2_subscription_passes(trigdata->tg_relation))
		return PointerGetDatum(trigdata->tg_trigtuple);
	if (TRIGGER_FIRED_BY_TRUNCATE(trigdata->tg_event))
		soc2_hold_check_table(trigdata->tg_relation);
	else if (TRIGGER_FIRED_BY_DELETE(trigdata->tg_event))
		soc2_hold_check_delete(trigdata);
	else
		soc2_hold_check_update(trigdata);
	return PointerGetDatum(trigdata->tg_trigtuple);
}

/*
 * soc2.record_guard(): trigger of the tables that say what is held, and what was
 * erased.  Their rows stay; a new one makes all sessions read them again.
 */
Datum
soc2_record_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = soc2_trigger_data(fcinfo, &record_rule);
	Relation	rel = trigdata->tg_relation;

	if (!TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("table \"%s\" is guarded",
						RelationGetRelationName(rel)),
				 errdetail("Its rows are never changed and never deleted.")));
	CacheInvalidateRelcache(rel);
	return PointerGetDatum(trigdata->tg_trigtuple);
}

/*
 * soc2.subject_edge_changed(): trigger of soc2.subject_edges, which makes all
 * sessions read them again
 */
Datum
soc2_subject_edge_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = soc2_trigger_data(fcinfo, &edge_rule);

	CacheInvalidateRelcache(trigdata->tg_relation);
	return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) ?
						   trigdata->tg_newtuple : trigdata->tg_trigtuple);
}
