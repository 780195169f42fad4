/*-------------------------------------------------------------------------
 *
 * retention_trigger.c
 *		Guards of the rows of tables that have a policy.
 *
 * A DELETE is judged before each row, so that it fails early.  An UPDATE is
 * judged after each row, as only then no other trigger can change it any more.
 * TRUNCATE is judged before the statement, which already holds ACCESS
 * EXCLUSIVE on the table.
 *
 * An update that moves a row to another partition comes as BEFORE UPDATE and then
 * BEFORE DELETE of the same row; there is no AFTER UPDATE.  It is judged in the
 * first, whose name sorts last, and let through in the second, see
 * retention_move.c.
 *
 * Now is the start of the transaction.  Messages name the table, its policy
 * and times in UTC, and nothing else of a row.
 *
 * IDENTIFICATION
 *	  src/retention_trigger.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "anonymization.h"
#include "disposal.h"
#include "hold.h"
#include "retention.h"
#include "soc2.h"
#include "soc2_errcodes.h"
#include "subscription.h"
#include "trigger.h"

PG_FUNCTION_INFO_V1(soc2_retention_guard);

/* what an event of a trigger is, as in pg_trigger.tgtype */
static int
event_type(TriggerEvent event)
{
	int			type = 0;

	if (TRIGGER_FIRED_FOR_ROW(event))
		type |= TRIGGER_TYPE_ROW;
	if (TRIGGER_FIRED_BEFORE(event))
		type |= TRIGGER_TYPE_BEFORE;
	if (TRIGGER_FIRED_BY_INSERT(event))
		type |= TRIGGER_TYPE_INSERT;
	if (TRIGGER_FIRED_BY_DELETE(event))
		type |= TRIGGER_TYPE_DELETE;
	if (TRIGGER_FIRED_BY_UPDATE(event))
		type |= TRIGGER_TYPE_UPDATE;
	if (TRIGGER_FIRED_BY_TRUNCATE(event))
		type |= TRIGGER_TYPE_TRUNCATE;
	return type;
}

/* refuse a call that does not come from a trigger without arguments */
static TriggerData *
require_trigger(FunctionCallInfo fcinfo)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("guard function must be called as trigger")));
	return trigdata;
}

/* refuse a trigger that is fired at a time the function is not meant for */
static void
wrong_event(const TriggerData *trigdata)
{
	ereport(ERROR,
			(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			 errmsg("trigger \"%s\" of table \"%s\" is fired at a time its function is not meant for",
					trigdata->tg_trigger->tgname,
					RelationGetRelationName(trigdata->tg_relation))));
}

/* refuse arguments of a trigger */
static void
require_no_arguments(const TriggerData *trigdata)
{
	if (trigdata->tg_trigger->tgnargs != 0)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" of table \"%s\" must not have arguments",
						trigdata->tg_trigger->tgname,
						RelationGetRelationName(trigdata->tg_relation))));
}

/* current name of a rule's anchor */
static const char *
anchor_name(Relation rel, const soc2_retention_rule *rule)
{
	return NameStr(TupleDescAttr(RelationGetDescr(rel),
								 rule->anchor - 1)->attname);
}

/* why a row is kept, as a detail */
static int
kept_detail(Relation rel, const soc2_row_term *kept)
{
	const soc2_retention_rule *rule = kept->rule;

	if (kept->term.kind == SOC2_TERM_PENDING)
		return errdetail("Retention class \"%s\" applies: %s. Column \"%s\" has no date.",
						 rule->class.name, rule->class.basis,
						 anchor_name(rel, rule));
	return errdetail("Retention class \"%s\" applies: %s.",
					 rule->class.name, rule->class.basis);
}

/* what to do about a row that is kept, as a hint */
static int
kept_hint(Relation rel, const soc2_row_term *kept)
{
	switch (kept->term.kind)
	{
		case SOC2_TERM_DATED:
			return errhint("Delete what is not retained, and this after that time.");
		case SOC2_TERM_PENDING:
			return errhint("The period starts when column \"%s\" gets the date of the event.",
						   anchor_name(rel, kept->rule));
		case SOC2_TERM_FOREVER:
			break;
	}
	return errhint("Delete what is not retained.");
}

/* may what a class refuses be done nevertheless?  Then that is recorded. */
static bool
is_bypassed(Relation rel, const char *act, const soc2_retention_rule *rule)
{
	if (rule->class.compliance || soc2_bypass_reason() == NULL)
		return false;
	soc2_bypass_record(RelationGetRelid(rel), act, rule->class.name);
	return true;
}

/* Refuse an act on a row that is retained */
void
soc2_retention_guard_row(Relation rel, TupleTableSlot *slot, const char *act)
{
	const soc2_retention_policy *policy = soc2_retention_lookup(rel);
	soc2_retention_rule *rule;
	soc2_row_term row;

	if (!soc2_retention_keeps_at(policy, slot,
								 GetCurrentTransactionStartTimestamp(), &rule) ||
		is_bypassed(rel, act, rule))
		return;

	row = soc2_retention_classify(soc2_retention_lookup(rel), slot);
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_RETAINED),
			 errmsg("row of table \"%s\" is %s",
					RelationGetRelationName(rel), soc2_term_phrase(row.term)),
			 kept_detail(rel, &row),
			 kept_hint(rel, &row),
			 errtable(rel)));
}

/* before a row is deleted: refuse if it is retained */
static void
guard_delete(const TriggerData *trigdata)
{
	Relation	rel = trigdata->tg_relation;
	bool		moves = soc2_retention_ends_move(rel, trigdata->tg_trigslot);

	soc2_hold_check_delete(trigdata);
	if (!moves)
		soc2_retention_guard_row(rel, trigdata->tg_trigslot, "delete");
}

/* is the term of a row after an update no shorter than before? */
static bool
is_no_shorter(const soc2_row_term *before, const soc2_row_term *after)
{
	TimestampTz now = GetCurrentTransactionStartTimestamp();

	if (after->rule == NULL)
		return false;
	if (after->rule == before->rule)
		return soc2_retention_may_change(before->term, after->term, now);
	if (before->rule->class.compliance && !after->rule->class.compliance)
		return false;
	/* that the event gets its date is no reason to change the class */
	if (before->term.kind == SOC2_TERM_PENDING)
		return after->term.kind == SOC2_TERM_FOREVER ||
			(after->rule->anchor == before->rule->anchor &&
			 soc2_retention_class_covers(&after->rule->class,
										 &before->rule->class));
	return soc2_retention_may_change(before->term, after->term, now);
}

/* the first protected column that an update changes, or InvalidAttrNumber */
static AttrNumber
changed_column(Relation rel, const soc2_retention_rule *rule,
			   const TriggerData *trigdata)
{
	for (int i = 0; i < rule->nprotected; i++)
	{
		AttrNumber	attnum = rule->protected[i];
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel),
											  attnum - 1);
		NullableDatum before;
		NullableDatum after;

		before.value = slot_getattr(trigdata->tg_trigslot, attnum,
									&before.isnull);
		after.value = slot_getattr(trigdata->tg_newslot, attnum,
								   &after.isnull);
		if (!soc2_is_same_value(att, before, after))
			return attnum;
	}
	return InvalidAttrNumber;
}

/* refuse an update that would shorten the retention of a row */
pg_noreturn static void
refuse_shorter(Relation rel, const soc2_row_term *before,
			   const soc2_row_term *after)
{
	const soc2_retention_rule *rule = before->rule;
	const char *anchor = anchor_name(rel, rule);

	ereport(ERROR,
			(errcode(ERRCODE_SOC2_RETENTION_CHANGE),
			 errmsg("update would shorten the retention of a row of table \"%s\"",
					RelationGetRelationName(rel)),
			 errdetail("It is %s by retention class \"%s\": %s.",
					   soc2_term_phrase(before->term), rule->class.name,
					   rule->class.basis),
			 after->rule != rule ?
			 errhint("The row would leave its class: only one that keeps it at least as long can take its place.") :
			 after->term.kind == SOC2_TERM_PENDING ?
			 errhint("The date of an event cannot be taken back. Set column \"%s\" to infinity to retain the row for ever.",
					 anchor) :
			 errhint("Column \"%s\" can be changed to a later date only.",
					 anchor),
			 errtablecol(rel, rule->anchor)));
}

/* judge an update, before or after it: refuse what takes from a kept row */
static void
guard_update(const TriggerData *trigdata,
			 const soc2_retention_policy *policy)
{
	Relation	rel = trigdata->tg_relation;
	soc2_row_term before = soc2_retention_classify(policy,
												   trigdata->tg_trigslot);
	soc2_row_term after;
	AttrNumber	changed;

	if (!soc2_retention_keeps(&before))
		return;
	after = soc2_retention_classify(policy, trigdata->tg_newslot);
	changed = changed_column(rel, before.rule, trigdata);
	if ((changed == InvalidAttrNumber && is_no_shorter(&before, &after)) ||
		is_bypassed(rel, "update", before.rule))
		return;
	if (changed == InvalidAttrNumber)
		refuse_shorter(rel, &before, &after);
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_RETENTION_CHANGE),
			 errmsg("column \"%s\" of table \"%s\" is protected while its row is retained",
					get_attname(RelationGetRelid(rel), changed, false),
					RelationGetRelationName(rel)),
			 errdetail("The row is %s by retention class \"%s\": %s.",
					   soc2_term_phrase(before.term), before.rule->class.name,
					   before.rule->class.basis),
			 errhint("Record the correction in another row."),
			 errtablecol(rel, changed)));
}

/* before a row of a partition is updated: judge it here if it is to move */
static void
guard_move(const TriggerData *trigdata)
{
	const soc2_retention_policy *policy =
	soc2_retention_lookup(trigdata->tg_relation);

	soc2_retention_forget_move();
	if (soc2_retention_in_part(policy, trigdata->tg_newslot))
		return;
	guard_update(trigdata, policy);
	soc2_retention_note_move(trigdata, policy);
}

/* Refuse an act that would take away a row that is retained */
void
soc2_retention_guard_table(Oid relid, const char *act)
{
	Oid			where = relid;
	soc2_row_term kept = soc2_retention_find_kept(relid, &where);
	Relation	rel;

	if (kept.rule == NULL)
		return;
	rel = table_open(where, NoLock);
	if (!is_bypassed(rel, act, kept.rule))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_RETAINED),
				 errmsg("table \"%s\" holds a row that is %s",
						RelationGetRelationName(rel),
						soc2_term_phrase(kept.term)),
				 kept_detail(rel, &kept),
				 errhint("Delete what is not retained."),
				 errtable(rel)));
	table_close(rel, NoLock);
}

/* the row that a BEFORE trigger passes on, which is the one it was given */
static Datum
pass_on(const TriggerData *trigdata)
{
	return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) ?
						   trigdata->tg_newtuple : trigdata->tg_trigtuple);
}

/* judge a row, before it is deleted or updated, or after it was updated */
static Datum
guard_row(const TriggerData *trigdata)
{
	bool		replicating = soc2_subscription_passes(trigdata->tg_relation);

	if (TRIGGER_FIRED_BY_DELETE(trigdata->tg_event))
	{
		soc2_disposal_verdict verdict = soc2_disposal_judge(trigdata);

		if (verdict == SOC2_DISPOSAL_KEEP)
			return PointerGetDatum(NULL);
		if (verdict == SOC2_DISPOSAL_NONE && !replicating)
			guard_delete(trigdata);
	}
	else if (TRIGGER_FIRED_AFTER(trigdata->tg_event))
	{
		if (!replicating)
		{
			soc2_anonymization_check(trigdata);
			soc2_hold_check_update(trigdata);
			guard_update(trigdata,
						 soc2_retention_lookup(trigdata->tg_relation));
		}
	}
	/* the others record assignments */
	else if (trigdata->tg_trigger->tgnattr == 0 && !replicating)
		guard_move(trigdata);
	return pass_on(trigdata);
}

/* soc2.retention_guard(): trigger of the tables that have a policy */
Datum
soc2_retention_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = require_trigger(fcinfo);

	switch (event_type(trigdata->tg_event))
	{
		case TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_DELETE:
		case TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_UPDATE:
		case TRIGGER_TYPE_ROW | TRIGGER_TYPE_AFTER | TRIGGER_TYPE_UPDATE:
			require_no_arguments(trigdata);
			return guard_row(trigdata);
		case TRIGGER_TYPE_STATEMENT | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_TRUNCATE:
			require_no_arguments(trigdata);

			/*
			 * Rows committed since the transaction's snapshot would be
			 * truncated too, so they are looked at.  Partitions have triggers
			 * of their own, which fire too.
			 */
			if (!soc2_subscription_passes(trigdata->tg_relation) &&
				trigdata->tg_relation->rd_rel->relkind == RELKIND_RELATION)
			{
				soc2_hold_check_table(trigdata->tg_relation);
				soc2_retention_guard_table(RelationGetRelid(trigdata->tg_relation),
										   "truncate");
			}
			break;
		default:
			wrong_event(trigdata);
	}
	return PointerGetDatum(NULL);
}
