/*-------------------------------------------------------------------------
 *
 * trigger.c
 *		What trigger functions ask of the triggers that call them, and how
 *		triggers are created.
 *
 * IDENTIFICATION
 *	  src/trigger.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_trigger.h"
#include "commands/comment.h"
#include "nodes/makefuncs.h"
#include "trigger.h"
#include "utils/datum.h"

/* Does the event that fired the trigger belong to the rule? */
static bool
is_event_of(TriggerEvent event, int events)
{
	if (TRIGGER_FIRED_BY_INSERT(event))
		return (events & TRIGGER_TYPE_INSERT) != 0;
	if (TRIGGER_FIRED_BY_UPDATE(event))
		return (events & TRIGGER_TYPE_UPDATE) != 0;
	if (TRIGGER_FIRED_BY_DELETE(event))
		return (events & TRIGGER_TYPE_DELETE) != 0;
	return (events & TRIGGER_TYPE_TRUNCATE) != 0;
}

/* What the trigger should be and is not; NULL if it follows the rule */
static const char *
broken_rule(const TriggerData *trigdata, const soc2_trigger_rule *rule)
{
	TriggerEvent event = trigdata->tg_event;

	if (rule->timing == TRIGGER_TYPE_BEFORE && !TRIGGER_FIRED_BEFORE(event))
		return "fired BEFORE the event";
	if (rule->timing == TRIGGER_TYPE_AFTER && !TRIGGER_FIRED_AFTER(event))
		return "fired AFTER the event";
	if (rule->row && !TRIGGER_FIRED_FOR_ROW(event) &&
		!TRIGGER_FIRED_BY_TRUNCATE(event))
		return "fired FOR EACH ROW";
	if (!is_event_of(event, rule->events))
		return psprintf("fired by %s", rule->events_text);
	if (!rule->arguments && trigdata->tg_trigger->tgnargs != 0)
		return "declared without arguments";
	return NULL;
}

/* The data of a trigger call */
TriggerData *
soc2_trigger_data(FunctionCallInfo fcinfo, const soc2_trigger_rule *rule)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	const char *wrong = CALLED_AS_TRIGGER(fcinfo) ?
	broken_rule(trigdata, rule) : "called as a trigger";

	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger function \"%s\" must be %s",
						rule->function, wrong)));
	return trigdata;
}

/* Has a column the same bytes before and after? */
bool
soc2_is_same_value(Form_pg_attribute att, NullableDatum before,
				   NullableDatum after)
{
	if (before.isnull || after.isnull)
		return before.isnull && after.isnull;
	return datum_image_eq(before.value, after.value, att->attbyval,
						  att->attlen);
}

/* A statement that creates a trigger */
CreateTrigStmt *
soc2_trigger_statement(const char *name, int16 type)
{
	CreateTrigStmt *stmt = makeNode(CreateTrigStmt);

	stmt->trigname = pstrdup(name);
	stmt->row = TRIGGER_FOR_ROW(type);
	stmt->timing = type & TRIGGER_TYPE_TIMING_MASK;
	stmt->events = type & TRIGGER_TYPE_EVENT_MASK;
	return stmt;
}

/* Give a trigger a transition table */
void
soc2_trigger_add_transition(CreateTrigStmt *stmt, bool is_new)
{
	TriggerTransition *named = makeNode(TriggerTransition);

	named->name = pstrdup(is_new ? "rows_after" : "rows_before");
	named->isNew = is_new;
	named->isTable = true;
	stmt->transitionRels = lappend(stmt->transitionRels, named);
}

/* Create a trigger that calls a function of ours */
void
soc2_trigger_create(Oid relid, CreateTrigStmt *stmt, const char *function,
					char enabled, const char *comment)
{
	ObjectAddress address;

	stmt->funcname = list_make2(makeString("soc2"),
								makeString(pstrdup(function)));
	address = CreateTriggerFiringOn(stmt, "", relid, InvalidOid, InvalidOid,
									InvalidOid, InvalidOid, InvalidOid, NULL,
									false, false, enabled);
	CreateComments(address.objectId, TriggerRelationId, 0, comment);
	CommandCounterIncrement();
}
