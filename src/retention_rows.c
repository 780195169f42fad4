/*-------------------------------------------------------------------------
 *
 * retention_rows.c
 *		Until when rows are retained, and how that is said.
 *
 * IDENTIFICATION
 *	  src/retention_rows.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "retention.h"
#include "soc2.h"

PG_FUNCTION_INFO_V1(soc2_retained_until);

/* rows at one time that are judged one by one before bounds are worth it */
#define FEW_ROWS	100

/* the time of an anchor, if that is SOC2_TERM_DATED, and else what its term is */
static soc2_term_kind
anchor_time(Datum anchor, bool isnull, Oid type, int64 *time)
{
	if (isnull)
		return SOC2_TERM_PENDING;
	if (type == DATEOID)
	{
		DateADT		days = DatumGetDateADT(anchor);

		if (DATE_IS_NOBEGIN(days))
			return SOC2_TERM_PENDING;
		/* dates reach farther than times; infinity is the last of them */
		if (days >= SOC2_TIME_END / SOC2_USECS_PER_DAY)
			return SOC2_TERM_FOREVER;
		*time = days * SOC2_USECS_PER_DAY;
	}
	else
	{
		/* timestamp and timestamptz are the same number */
		*time = DatumGetTimestamp(anchor);
		if (TIMESTAMP_IS_NOBEGIN(*time))
			return SOC2_TERM_PENDING;
		if (TIMESTAMP_IS_NOEND(*time))
			return SOC2_TERM_FOREVER;
	}
	return SOC2_TERM_DATED;
}

/* Term of a row whose anchor has this value */
soc2_term
soc2_anchor_term(Datum anchor, bool isnull, Oid type,
				 const soc2_interval *period)
{
	soc2_term	term = {SOC2_TERM_PENDING, 0};
	int64		time;

	term.kind = anchor_time(anchor, isnull, type, &time);
	return term.kind == SOC2_TERM_DATED ?
		soc2_retention_term(time, period) : term;
}

/* Type of a column that can be an anchor, or InvalidOid */
Oid
soc2_anchor_type(Oid type)
{
	Oid			base = getBaseType(type);

	switch (base)
	{
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return base;
		default:
			return InvalidOid;
	}
}

/*
 * soc2.retained_until(anchor timestamptz, period interval): what the guards
 * compute for a row
 */
Datum
soc2_retained_until(PG_FUNCTION_ARGS)
{
	soc2_interval period = soc2_interval_get(PG_GETARG_DATUM(1));
	soc2_term	term;

	if (period.months < 0 || period.days < 0 || period.us < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retention period must not be negative")));

	term = soc2_anchor_term(PG_GETARG_DATUM(0), false, TIMESTAMPTZOID,
							&period);
	if (term.kind == SOC2_TERM_PENDING)
		PG_RETURN_NULL();
	if (term.kind == SOC2_TERM_FOREVER)
		PG_RETURN_TIMESTAMPTZ(DT_NOEND);
	PG_RETURN_TIMESTAMPTZ(term.until);
}

/* is a condition true for a row? */
static bool
is_true(ExprState *condition, ExprContext *econtext, TupleTableSlot *slot)
{
	bool		result;

	econtext->ecxt_scantuple = slot;
	result = ExecQual(condition, econtext);
	ResetExprContext(econtext);
	return result;
}

/* The rule of a row, or NULL */
soc2_retention_rule *
soc2_retention_find_rule(const soc2_retention_policy *policy, TupleTableSlot *slot)
{
	for (int i = 0; i < policy->nrules; i++)
	{
		soc2_retention_rule *rule = &policy->rules[i];

		if (rule->predicate == NULL ||
			is_true(rule->predicate, policy->econtext, slot))
			return rule;
	}
	return NULL;
}

/* Until when a row is retained */
soc2_row_term
soc2_retention_classify(const soc2_retention_policy *policy,
						TupleTableSlot *slot)
{
	soc2_row_term result = {NULL, {SOC2_TERM_DATED, PG_INT64_MIN}};
	Datum		anchor;
	bool		isnull;

	result.rule = soc2_retention_find_rule(policy, slot);
	if (result.rule != NULL)
	{
		anchor = slot_getattr(slot, result.rule->anchor, &isnull);
		result.term = soc2_anchor_term(anchor, isnull,
									   result.rule->anchor_type,
									   &result.rule->class.min_retain);
	}
	return result;
}

/* note that a rule judges a row; true if it has the bounds of that time */
static bool
has_bounds(soc2_retention_rule *rule, TimestampTz at)
{
	if (rule->asked_at != at)
	{
		rule->asked_at = at;
		rule->asked = 0;
	}
	if (rule->asked > FEW_ROWS)
		return true;
	if (++rule->asked <= FEW_ROWS)
		return false;
	rule->bounds = soc2_retention_bound(&rule->class.min_retain, at);
	return true;
}

/* Is a row kept at a time? */
bool
soc2_retention_keeps_at(const soc2_retention_policy *policy,
						TupleTableSlot *slot, TimestampTz at,
						soc2_retention_rule **rule)
{
	Datum		anchor;
	bool		isnull;
	int64		time;

	*rule = soc2_retention_find_rule(policy, slot);
	if (*rule == NULL)
		return false;
	anchor = slot_getattr(slot, (*rule)->anchor, &isnull);
	if (anchor_time(anchor, isnull, (*rule)->anchor_type, &time) !=
		SOC2_TERM_DATED)
		return true;
	if (has_bounds(*rule, at))
	{
		if (time < (*rule)->bounds.due_before)
			return false;
		if (time >= (*rule)->bounds.kept_from)
			return true;
	}
	return soc2_retention_decide(soc2_retention_term(time,
													 &(*rule)->class.min_retain),
								 at) == SOC2_RETENTION_KEEP;
}

/* Is a row with this term kept now? */
bool
soc2_retention_keeps(const soc2_row_term *row)
{
	return row->rule != NULL &&
		soc2_retention_decide(row->term,
							  GetCurrentTransactionStartTimestamp()) ==
		SOC2_RETENTION_KEEP;
}

/* is the condition of a partition true for a row? */
static bool
is_in(ExprState *part, ExprContext *econtext, TupleTableSlot *slot)
{
	bool		result;

	if (part == NULL)
		return true;
	econtext->ecxt_scantuple = slot;
	/* null counts as true, as the server sees it */
	result = ExecCheck(part, econtext);
	ResetExprContext(econtext);
	return result;
}

/* Would a row be kept in the partition that the policy is of? */
bool
soc2_retention_in_part(const soc2_retention_policy *policy,
					   TupleTableSlot *slot)
{
	return is_in(policy->part, policy->econtext, slot);
}

/* Would it be kept in the table whose policy it is? */
bool
soc2_retention_in_root(const soc2_retention_policy *policy,
					   TupleTableSlot *slot)
{
	return is_in(policy->root_part, policy->econtext, slot);
}

/* the term of the first row of one table that is retained now */
static soc2_row_term
find_kept_in(Oid relid)
{
	soc2_row_term kept = {NULL, {SOC2_TERM_DATED, PG_INT64_MIN}};
	Relation	rel = table_open(relid, AccessShareLock);
	const soc2_retention_policy *policy;
	soc2_retention_rule *rule;
	TupleTableSlot *slot;
	TableScanDesc scan;
	Snapshot	snapshot;

	if (rel->rd_rel->relkind != RELKIND_RELATION)
	{
		table_close(rel, NoLock);
		return kept;
	}
	policy = soc2_retention_lookup(rel);
	slot = table_slot_create(rel, NULL);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	scan = table_beginscan(rel, snapshot, 0, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		if (soc2_retention_keeps_at(policy, slot,
									GetCurrentTransactionStartTimestamp(),
									&rule))
		{
			kept = soc2_retention_classify(policy, slot);
			break;
		}
	}
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	table_close(rel, NoLock);
	return kept;
}

/* The term of the first row found that is retained now */
soc2_row_term
soc2_retention_find_kept(Oid relid, Oid *where)
{
	List	   *members = list_make1_oid(relid);
	soc2_row_term kept = {NULL, {SOC2_TERM_DATED, PG_INT64_MIN}};
	ListCell   *cell;

	if (get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE)
		members = find_all_inheritors(relid, NoLock, NULL);
	foreach(cell, members)
	{
		*where = lfirst_oid(cell);
		kept = find_kept_in(*where);
		if (kept.rule != NULL)
			break;
	}
	return kept;
}

/* A time in UTC, ISO 8601, whatever the settings of the session */
const char *
soc2_format_utc(int64 time)
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

/* What a term that keeps is, to go after "is" */
const char *
soc2_term_phrase(soc2_term term)
{
	switch (term.kind)
	{
		case SOC2_TERM_DATED:
			return psprintf("retained until %s", soc2_format_utc(term.until));
		case SOC2_TERM_FOREVER:
			return "retained for ever";
		case SOC2_TERM_PENDING:
			break;
	}
	return "retained: its retention event has not happened";
}
