/*-------------------------------------------------------------------------
 *
 * retention_trigger.c
 *		Guards: of the rows of tables that have a policy, and of the policies
 *		themselves.
 *
 * A DELETE is judged before each row, so that it fails early.  An UPDATE is
 * judged after each row, as only then no other trigger can change it any more.
 * TRUNCATE is judged before the statement, which already holds ACCESS
 * EXCLUSIVE on the table.
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
#include "access/skey.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "replication/logicalworker.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "hold.h"
#include "retention.h"
#include "soc2.h"
#include "soc2_errcodes.h"

PG_FUNCTION_INFO_V1(soc2_retention_guard);
PG_FUNCTION_INFO_V1(soc2_retention_class_guard);
PG_FUNCTION_INFO_V1(soc2_retention_assignment_guard);

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

/* a time in UTC, ISO 8601, whatever the settings of the session */
static const char *
format_utc(int64 time)
{
	char	   *result = palloc(MAXDATELEN + 1);
	struct pg_tm tm;
	fsec_t		fsec;

	if (timestamp2tm(time, NULL, &tm, &fsec, NULL, NULL) != 0)
		elog(ERROR, "could not take apart timestamp " INT64_FORMAT, time);
	tm.tm_isdst = 0;			/* negative, the zone would not be written */
	EncodeDateTime(&tm, fsec, true, 0, NULL, USE_ISO_DATES, result);
	return result;
}

/* what a term that keeps is, to go after "is" */
static const char *
term_phrase(soc2_term term)
{
	switch (term.kind)
	{
		case SOC2_TERM_DATED:
			return psprintf("retained until %s", format_utc(term.until));
		case SOC2_TERM_FOREVER:
			return "retained for ever";
		case SOC2_TERM_PENDING:
			break;
	}
	return "retained: its retention event has not happened";
}

/* current name of a policy's anchor */
static const char *
anchor_name(Relation rel, const soc2_retention_policy *policy)
{
	return NameStr(TupleDescAttr(RelationGetDescr(rel),
								 policy->anchor - 1)->attname);
}

/* why a term keeps, as a detail */
static int
term_detail(Relation rel, const soc2_retention_policy *policy, soc2_term term)
{
	if (term.kind == SOC2_TERM_PENDING)
		return errdetail("Retention class \"%s\" applies: %s. Column \"%s\" has no date.",
						 policy->class_name, policy->basis,
						 anchor_name(rel, policy));
	return errdetail("Retention class \"%s\" applies: %s.",
					 policy->class_name, policy->basis);
}

/* what to do about a term that keeps, as a hint */
static int
term_hint(Relation rel, const soc2_retention_policy *policy, soc2_term term)
{
	switch (term.kind)
	{
		case SOC2_TERM_DATED:
			return errhint("Delete what is not retained, and this after that time.");
		case SOC2_TERM_PENDING:
			return errhint("The period starts when column \"%s\" gets the date of the event.",
						   anchor_name(rel, policy));
		case SOC2_TERM_FOREVER:
			break;
	}
	return errhint("Delete what is not retained.");
}

/* the term of a row */
static soc2_term
slot_term(TupleTableSlot *slot, const soc2_retention_policy *policy)
{
	bool		isnull;
	Datum		anchor = slot_getattr(slot, policy->anchor, &isnull);

	return soc2_anchor_term(anchor, isnull, policy->anchor_type,
							&policy->min_retain);
}

/* before a row is deleted: refuse if it is retained */
static void
guard_delete(const TriggerData *trigdata)
{
	Relation	rel = trigdata->tg_relation;
	const soc2_retention_policy *policy = soc2_retention_lookup(rel);
	soc2_term	term = slot_term(trigdata->tg_trigslot, policy);

	if (soc2_retention_decide(term, GetCurrentTransactionStartTimestamp()) ==
		SOC2_RETENTION_EXPIRED)
		return;

	ereport(ERROR,
			(errcode(ERRCODE_SOC2_RETAINED),
			 errmsg("row of table \"%s\" is %s",
					RelationGetRelationName(rel), term_phrase(term)),
			 term_detail(rel, policy, term),
			 term_hint(rel, policy, term),
			 errtable(rel)));
}

/* after a row has been updated: refuse if its retention would shrink */
static void
guard_update(const TriggerData *trigdata)
{
	Relation	rel = trigdata->tg_relation;
	const soc2_retention_policy *policy = soc2_retention_lookup(rel);
	soc2_term	before = slot_term(trigdata->tg_trigslot, policy);
	soc2_term	after = slot_term(trigdata->tg_newslot, policy);

	if (soc2_retention_may_change(before, after,
								  GetCurrentTransactionStartTimestamp()))
		return;

	ereport(ERROR,
			(errcode(ERRCODE_SOC2_RETENTION_CHANGE),
			 errmsg("update would shorten the retention of a row of table \"%s\"",
					RelationGetRelationName(rel)),
			 errdetail("It is %s by retention class \"%s\": %s.",
					   term_phrase(before), policy->class_name,
					   policy->basis),
			 after.kind == SOC2_TERM_PENDING ?
			 errhint("The date of an event cannot be taken back. Set column \"%s\" to infinity to retain the row for ever.",
					 anchor_name(rel, policy)) :
			 errhint("Column \"%s\" can be changed to a later date only.",
					 anchor_name(rel, policy)),
			 errtablecol(rel, policy->anchor)));
}

/*
 * The term of the first row found that is retained at a time, into *kept.
 * False if there is none.  The caller's lock keeps writers out.
 */
static bool
find_retained(Relation rel, const soc2_retention_policy *policy,
			  TimestampTz now, soc2_term *kept)
{
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);
	bool		found = false;

	while (!found && table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		*kept = slot_term(slot, policy);
		found = soc2_retention_decide(*kept, now) == SOC2_RETENTION_KEEP;
	}
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	return found;
}

/* before the table is truncated: refuse if it holds a row that is retained */
static void
guard_truncate(const TriggerData *trigdata)
{
	Relation	rel = trigdata->tg_relation;
	const soc2_retention_policy *policy = soc2_retention_lookup(rel);
	soc2_term	term;

	/*
	 * Rows committed since the transaction's snapshot would be truncated too,
	 * so the scan sees them.  Nothing invalidates the policy meanwhile that
	 * does not need a lock on the table.
	 */
	if (!find_retained(rel, policy, GetCurrentTransactionStartTimestamp(),
					   &term))
		return;

	ereport(ERROR,
			(errcode(ERRCODE_SOC2_RETAINED),
			 errmsg("table \"%s\" holds a row that is %s",
					RelationGetRelationName(rel), term_phrase(term)),
			 term_detail(rel, policy, term),
			 errhint("Delete what is not retained."),
			 errtable(rel)));
}

/* soc2.retention_guard(): trigger of the tables that have a policy */
Datum
soc2_retention_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = require_trigger(fcinfo);
	bool		replicating = IsLogicalWorker();

	/* the publisher has decided, and an error would stop the subscription */
	switch (event_type(trigdata->tg_event))
	{
		case TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_DELETE:
			require_no_arguments(trigdata);
			if (!replicating)
			{
				soc2_hold_check_delete(trigdata);
				guard_delete(trigdata);
			}
			return PointerGetDatum(trigdata->tg_trigtuple);
		case TRIGGER_TYPE_ROW | TRIGGER_TYPE_AFTER | TRIGGER_TYPE_UPDATE:
			require_no_arguments(trigdata);
			if (!replicating)
			{
				soc2_hold_check_update(trigdata);
				guard_update(trigdata);
			}
			break;
		case TRIGGER_TYPE_STATEMENT | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_TRUNCATE:
			require_no_arguments(trigdata);
			if (!replicating)
			{
				soc2_hold_check_truncate(trigdata);
				guard_truncate(trigdata);
			}
			break;
		case TRIGGER_TYPE_STATEMENT | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_UPDATE:
			/* it is there for its column list */
			require_no_arguments(trigdata);
			break;
		default:
			wrong_event(trigdata);
	}
	return PointerGetDatum(NULL);
}

/* refuse a change of a table of policies */
static void
refuse_definition(const char *what, const char *name, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_GUARDED),
			 errmsg("%s \"%s\" is guarded", what, name),
			 errdetail("%s", detail)));
}

/* before a class is deleted: refuse if a table has it */
static void
guard_class_delete(const TriggerData *trigdata, Datum class)
{
	Relation	assignments;
	TableScanDesc scan;
	TupleTableSlot *slot;
	Snapshot	snapshot;
	ScanKeyData key;
	bool		assigned;

	/* waits for assignments in progress, which then are seen */
	assignments = soc2_retention_open(SOC2_RETENTION_ASSIGNMENTS,
									  ShareRowExclusiveLock);
	slot = table_slot_create(assignments, NULL);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	ScanKeyInit(&key, SOC2_ASSIGNMENT_CLASS, BTEqualStrategyNumber,
				F_TEXTEQ, class);
	scan = table_beginscan(assignments, snapshot, 1, &key);
	assigned = table_scan_getnextslot(scan, ForwardScanDirection, slot);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	table_close(assignments, NoLock);

	if (assigned)
		refuse_definition("retention class", TextDatumGetCString(class),
						  "It is assigned to a table.");
}

/* soc2.retention_class_guard(): trigger of soc2.retention_classes */
Datum
soc2_retention_class_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = require_trigger(fcinfo);
	Datum		class;
	bool		isnull;

	switch (event_type(trigdata->tg_event))
	{
		case TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_DELETE:
			require_no_arguments(trigdata);
			class = slot_getattr(trigdata->tg_trigslot, SOC2_CLASS_CLASS,
								 &isnull);
			guard_class_delete(trigdata, class);
			return PointerGetDatum(trigdata->tg_trigtuple);
		case TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_UPDATE:
			require_no_arguments(trigdata);
			class = slot_getattr(trigdata->tg_trigslot, SOC2_CLASS_CLASS,
								 &isnull);
			refuse_definition("retention class", TextDatumGetCString(class),
							  "A class is never changed: create another one under another name.");
			break;
		case TRIGGER_TYPE_STATEMENT | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_TRUNCATE:
			require_no_arguments(trigdata);
			refuse_definition("table",
							  RelationGetRelationName(trigdata->tg_relation),
							  "It cannot be truncated.");
			break;
		default:
			wrong_event(trigdata);
	}
	return PointerGetDatum(NULL);
}

/* make backends read the policy of a table again, if there is the table */
static bool
invalidate_table(TupleTableSlot *slot, Oid *relid)
{
	bool		isnull;

	*relid = DatumGetObjectId(slot_getattr(slot, SOC2_ASSIGNMENT_RELATION,
										   &isnull));
	if (isnull || !SearchSysCacheExists1(RELOID, ObjectIdGetDatum(*relid)))
		return false;
	CacheInvalidateRelcacheByRelid(*relid);
	return true;
}

/* soc2.retention_assignment_guard(): trigger of soc2.retention_assignments */
Datum
soc2_retention_assignment_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = require_trigger(fcinfo);
	Oid			relid;

	switch (event_type(trigdata->tg_event))
	{
		case TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_INSERT:
			/* a restore writes these rows */
			require_no_arguments(trigdata);
			invalidate_table(trigdata->tg_trigslot, &relid);
			return PointerGetDatum(trigdata->tg_trigtuple);
		case TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_DELETE:
			require_no_arguments(trigdata);
			if (invalidate_table(trigdata->tg_trigslot, &relid))
				refuse_definition("retention policy of table",
								  get_rel_name(relid),
								  "A policy ends with its table.");
			return PointerGetDatum(trigdata->tg_trigtuple);
		case TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_UPDATE:
		case TRIGGER_TYPE_STATEMENT | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_TRUNCATE:
			require_no_arguments(trigdata);
			refuse_definition("table",
							  RelationGetRelationName(trigdata->tg_relation),
							  "Its rows are never changed, and it cannot be truncated.");
			break;
		default:
			wrong_event(trigdata);
	}
	return PointerGetDatum(NULL);
}
