/*-------------------------------------------------------------------------
 *
 * retention_own.c
 *		Guards of the tables that policies are in.
 *
 * IDENTIFICATION
 *	  src/retention_own.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/skey.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_trigger.h"
#include "executor/tuptable.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "retention.h"
#include "soc2.h"
#include "soc2_errcodes.h"
#include "trigger.h"

PG_FUNCTION_INFO_V1(soc2_retention_class_guard);
PG_FUNCTION_INFO_V1(soc2_retention_assignment_guard);

static const soc2_trigger_rule class_rule = {
	"soc2.retention_class_guard", TRIGGER_TYPE_BEFORE, true, false,
	TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE | TRIGGER_TYPE_TRUNCATE,
	"UPDATE, DELETE or TRUNCATE"
};

static const soc2_trigger_rule assignment_rule = {
	"soc2.retention_assignment_guard", TRIGGER_TYPE_BEFORE, true, false,
	TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE |
	TRIGGER_TYPE_TRUNCATE,
	"INSERT, UPDATE, DELETE or TRUNCATE"
};

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

/* refuse to truncate a table of policies */
static void
refuse_truncate(const TriggerData *trigdata)
{
	refuse_definition("table", RelationGetRelationName(trigdata->tg_relation),
					  "It cannot be truncated.");
}

/* soc2.retention_class_guard(): trigger of soc2.retention_classes */
Datum
soc2_retention_class_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = soc2_trigger_data(fcinfo, &class_rule);
	Datum		class;
	bool		isnull;

	if (TRIGGER_FIRED_BY_TRUNCATE(trigdata->tg_event))
		refuse_truncate(trigdata);
	class = slot_getattr(trigdata->tg_trigslot, SOC2_CLASS_CLASS, &isnull);
	if (TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event))
		refuse_definition("retention class", TextDatumGetCString(class),
						  "A class is never changed: soc2.revise_retention_class() adds a version.");
	guard_class_delete(trigdata, class);
	return PointerGetDatum(trigdata->tg_trigtuple);
}

/* make backends read the policy of a table again, if there is the table */
static bool
invalidate_table(TupleTableSlot *slot, Oid *relid)
{
	bool		isnull;

	*relid = DatumGetObjectId(slot_getattr(slot, 1, &isnull));
	if (isnull || !SearchSysCacheExists1(RELOID, ObjectIdGetDatum(*relid)))
		return false;
	CacheInvalidateRelcacheByRelid(*relid);
	return true;
}

/*
 * soc2.retention_assignment_guard(): trigger of soc2.retention_assignments and
 * soc2.retention_locks, whose first column is the table
 */
Datum
soc2_retention_assignment_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = soc2_trigger_data(fcinfo, &assignment_rule);
	Oid			relid;

	if (TRIGGER_FIRED_BY_TRUNCATE(trigdata->tg_event))
		refuse_truncate(trigdata);
	if (TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event))
		refuse_definition("table",
						  RelationGetRelationName(trigdata->tg_relation),
						  "Its rows are never changed.");
	/* a restore inserts these rows */
	if (invalidate_table(trigdata->tg_trigslot, &relid) &&
		TRIGGER_FIRED_BY_DELETE(trigdata->tg_event))
		refuse_definition("retention policy of table", get_rel_name(relid),
						  "A policy ends with its table.");
	return PointerGetDatum(trigdata->tg_trigtuple);
}
