/*-------------------------------------------------------------------------
 *
 * disposal_judge.c
 *		What retention and holds make of rows, and how many of each there are.
 *
 * IDENTIFICATION
 *	  src/disposal_judge.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_inherits.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "disposal.h"
#include "ledger.h"
#include "hold.h"
#include "soc2.h"
#include "soc2_errcodes.h"

PG_FUNCTION_INFO_V1(soc2_count_fates);

const char *const soc2_fate_names[SOC2_FATES] = {
	"unclassified", "waiting", "retained", "eligible", "overdue", "held",
	"anonymized"
};

/* the periods that a count supposes instead of those of the classes */
typedef struct supposed_periods
{
	bool		has_min;
	bool		has_max;
	soc2_interval min_retain;
	soc2_interval max_retain;
} supposed_periods;

/* rows of one class by what they are and what they would be */
typedef uint64 fate_counts[SOC2_FATES][SOC2_FATES];

/* the periods of the version of a class that is in force */
static void
load_periods(soc2_periods *periods, Relation classes, const char *class)
{
	HeapTuple	row = soc2_retention_fetch(classes, F_TEXTEQ,
										   CStringGetTextDatum(class));
	Datum		max;
	bool		isnull = true;

	if (!HeapTupleIsValid(row))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("retention class \"%s\" does not exist", class)));
	periods->min_retain =
		soc2_interval_get(soc2_retention_column(row, classes,
												SOC2_CLASS_MIN_RETAIN));
	max = soc2_own_column(classes, row, SOC2_CLASS_MAX_RETAIN, &isnull);
	periods->has_max = !isnull;
	if (periods->has_max)
		periods->max_retain = soc2_interval_get(max);
}

/* Make a judge of the rows of a table */
void
soc2_judge_begin(soc2_judge *judge, Relation rel, TimestampTz at)
{
	Relation	classes = soc2_retention_open(SOC2_RETENTION_CLASSES,
											  AccessShareLock);

	judge->rel = rel;
	judge->at = at;
	judge->policy = soc2_retention_lookup(rel);
	judge->periods = palloc0(sizeof(soc2_periods) * judge->policy->nrules);
	judge->anonymizer = soc2_anonymizer_find(rel);
	for (int i = 0; i < judge->policy->nrules; i++)
		load_periods(&judge->periods[i], classes,
					 judge->policy->rules[i].class.name);
	table_close(classes, AccessShareLock);
}

/* What retention alone makes of a row of a class with these periods */
soc2_fate
soc2_judge_term(const soc2_judge *judge, TupleTableSlot *slot,
				const soc2_retention_rule *rule, const soc2_periods *periods)
{
	bool		isnull;
	Datum		anchor = slot_getattr(slot, rule->anchor, &isnull);
	soc2_term	min = soc2_anchor_term(anchor, isnull, rule->anchor_type,
									   &periods->min_retain);
	soc2_term	max;

	if (min.kind == SOC2_TERM_PENDING)
		return SOC2_FATE_WAITING;
	if (soc2_retention_decide(min, judge->at) == SOC2_RETENTION_KEEP)
		return SOC2_FATE_RETAINED;
	if (!periods->has_max)
		return SOC2_FATE_ELIGIBLE;
	max = soc2_anchor_term(anchor, isnull, rule->anchor_type,
						   &periods->max_retain);
	return soc2_retention_decide(max, judge->at) == SOC2_RETENTION_KEEP ?
		SOC2_FATE_ELIGIBLE : SOC2_FATE_OVERDUE;
}

/* a table and its partitions, as far as they have storage */
List *
soc2_disposal_members(Oid relid, LOCKMODE lockmode)
{
	List	   *all = find_all_inheritors(relid, lockmode, NULL);
	List	   *members = NIL;
	ListCell   *cell;

	foreach(cell, all)
	{
		if (get_rel_relkind(lfirst_oid(cell)) == RELKIND_RELATION)
			members = lappend_oid(members, lfirst_oid(cell));
	}
	return members;
}

/* the periods of a rule, as far as nothing else is supposed */
static soc2_periods
suppose(const soc2_periods *periods, const supposed_periods *supposed)
{
	soc2_periods result = *periods;

	if (supposed->has_min)
		result.min_retain = supposed->min_retain;
	if (supposed->has_max)
	{
		result.max_retain = supposed->max_retain;
		result.has_max = true;
	}
	return result;
}

/* the same, if a row that is due may have been anonymized */
static soc2_fate
judge_row(const soc2_judge *judge, TupleTableSlot *slot,
		  const soc2_retention_rule *rule, const soc2_periods *periods)
{
	soc2_fate	fate = soc2_judge_term(judge, slot, rule, periods);

	if ((fate == SOC2_FATE_ELIGIBLE || fate == SOC2_FATE_OVERDUE) &&
		rule->class.anonymize && judge->anonymizer != NULL &&
		soc2_anonymizer_is_done(judge->anonymizer, slot))
		return SOC2_FATE_ANONYMIZED;
	return fate;
}

/* count a row */
static void
count_row(const soc2_judge *judge, TupleTableSlot *slot,
		  const soc2_periods *supposed, fate_counts *counts)
{
	const soc2_retention_rule *rule = soc2_retention_find_rule(judge->policy,
															   slot);
	int			index = rule ? (int) (rule - judge->policy->rules) :
	judge->policy->nrules;
	soc2_fate	fate = SOC2_FATE_UNCLASSIFIED;
	soc2_fate	other = SOC2_FATE_UNCLASSIFIED;

	if (soc2_hold_on_row(judge->rel, slot) != NULL)
		fate = other = SOC2_FATE_HELD;
	else if (rule != NULL)
	{
		fate = judge_row(judge, slot, rule, &judge->periods[index]);
		other = judge_row(judge, slot, rule, &supposed[index]);
	}
	counts[index][fate][other]++;
}

/* count the rows of a table that has storage */
static fate_counts *
count_rows(const soc2_judge *judge, const supposed_periods *supposed)
{
	int			nrules = judge->policy->nrules;
	fate_counts *counts = palloc0(sizeof(fate_counts) * (nrules + 1));
	soc2_periods *others = palloc0(sizeof(soc2_periods) * nrules);
	TupleTableSlot *slot = table_slot_create(judge->rel, NULL);
	TableScanDesc scan = table_beginscan(judge->rel, GetActiveSnapshot(), 0,
										 NULL);

	for (int i = 0; i < nrules; i++)
		others[i] = suppose(&judge->periods[i], supposed);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		count_row(judge, slot, others, counts);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	return counts;
}

/* put the counts of a table into the result */
static void
put_counts(ReturnSetInfo *rsinfo, const soc2_judge *judge,
		   fate_counts *counts)
{
	for (int i = 0; i <= judge->policy->nrules; i++)
	{
		for (int fate = 0; fate < SOC2_FATES; fate++)
		{
			for (int other = 0; other < SOC2_FATES; other++)
			{
				Datum		values[5];
				bool		nulls[5] = {false};

				if (counts[i][fate][other] == 0)
					continue;
				values[0] = ObjectIdGetDatum(RelationGetRelid(judge->rel));
				nulls[1] = i == judge->policy->nrules;
				values[1] = nulls[1] ? (Datum) 0 :
					CStringGetTextDatum(judge->policy->rules[i].class.name);
				values[2] = CStringGetTextDatum(soc2_fate_names[fate]);
				values[3] = CStringGetTextDatum(soc2_fate_names[other]);
				values[4] = Int64GetDatum(counts[i][fate][other]);
				tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc,
									 values, nulls);
			}
		}
	}
}

/* a period that is supposed, if it is given; it must not be negative */
static bool
get_supposed(FunctionCallInfo fcinfo, int arg, soc2_interval *period)
{
	if (PG_ARGISNULL(arg))
		return false;
	*period = soc2_interval_get(PG_GETARG_DATUM(arg));
	if (period->months < 0 || period->days < 0 || period->us < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retention period must not be negative")));
	return true;
}

/*
 * soc2.count_fates(relation regclass, at timestamptz, min_retain interval,
 * max_retain interval): the rows of a table with a policy by class, by what they
 * are at a time, and by what they would be with these periods
 */
Datum
soc2_count_fates(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	supposed_periods supposed = {0};
	List	   *members;
	ListCell   *cell;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("arguments \"relation\" and \"at\" must not be null")));
	supposed.has_min = get_supposed(fcinfo, 2, &supposed.min_retain);
	supposed.has_max = get_supposed(fcinfo, 3, &supposed.max_retain);
	InitMaterializedSRF(fcinfo, 0);
	members = soc2_disposal_members(PG_GETARG_OID(0), AccessShareLock);
	foreach(cell, members)
	{
		soc2_judge	judge;
		Relation	rel = table_open(lfirst_oid(cell), NoLock);

		soc2_judge_begin(&judge, rel, PG_GETARG_TIMESTAMPTZ(1));
		put_counts(rsinfo, &judge, count_rows(&judge, &supposed));
		table_close(rel, NoLock);
	}
	return (Datum) 0;
}
