/*-------------------------------------------------------------------------
 *
 * retention_policy.c
 *		The policy of a table: finding it, keeping it at hand, and saying
 *		whether it is in force.
 *
 * Policies are cached for the life of the backend.  A cached one is dropped
 * when the server invalidates the user's table, which every change of its
 * definition does and set_retention() and the guards of our tables bring
 * about, or when it invalidates one of our own tables.
 *
 * IDENTIFICATION
 *	  src/retention_policy.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "ledger.h"
#include "retention.h"
#include "soc2.h"
#include "soc2_errcodes.h"

PG_FUNCTION_INFO_V1(soc2_retained_until);
PG_FUNCTION_INFO_V1(soc2_retention_guarded);

const soc2_guard_trigger soc2_guard_triggers[SOC2_GUARD_TRIGGERS] = {
	{"soc2_retention_delete",
		TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_DELETE, false,
	"refuses to delete a row that is retained"},
	{"soc2_retention_update",
		TRIGGER_TYPE_ROW | TRIGGER_TYPE_AFTER | TRIGGER_TYPE_UPDATE, false,
	"refuses an update that shortens the retention of a row"},
	{"soc2_retention_truncate",
		TRIGGER_TYPE_STATEMENT | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_TRUNCATE,
		false,
	"refuses to truncate the table while it holds a row that is retained"},
	{"soc2_retention_anchor",
		TRIGGER_TYPE_STATEMENT | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_UPDATE,
		true,
	"says which column retention starts from, and protects its definition"},
};

/* policies by table; NULL before the first lookup */
static HTAB *policies = NULL;
static MemoryContext policy_context = NULL;

/* our own tables, once they have been opened */
static Oid	classes_oid = InvalidOid;
static Oid	assignments_oid = InvalidOid;

/* Parts of an interval of the server */
soc2_interval
soc2_interval_get(Datum interval)
{
	const Interval *value = DatumGetIntervalP(interval);
	soc2_interval result;

	result.months = value->month;
	result.days = value->day;
	result.us = value->time;
	return result;
}

/* Term of a row whose anchor has this value */
soc2_term
soc2_anchor_term(Datum anchor, bool isnull, Oid type,
				 const soc2_interval *period)
{
	soc2_term	pending = {SOC2_TERM_PENDING, 0};
	soc2_term	forever = {SOC2_TERM_FOREVER, 0};
	int64		time;

	if (isnull)
		return pending;
	if (type == DATEOID)
	{
		DateADT		days = DatumGetDateADT(anchor);

		if (DATE_IS_NOBEGIN(days))
			return pending;
		/* dates reach farther than times; infinity is the last of them */
		if (days >= SOC2_TIME_END / SOC2_USECS_PER_DAY)
			return forever;
		time = days * SOC2_USECS_PER_DAY;
	}
	else
	{
		/* timestamp and timestamptz are the same number */
		time = DatumGetTimestamp(anchor);
		if (TIMESTAMP_IS_NOBEGIN(time))
			return pending;
		if (TIMESTAMP_IS_NOEND(time))
			return forever;
	}
	return soc2_retention_term(time, period);
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

/* Oid of the trigger function; not by privileges of the current user */
static Oid
guard_function(void)
{
	Oid			namespace = get_namespace_oid("soc2", true);

	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
						   CStringGetDatum(SOC2_RETENTION_GUARD),
						   PointerGetDatum(buildoidvector(NULL, 0)),
						   ObjectIdGetDatum(namespace));
}

/* the trigger of an open table that is this one of ours, or NULL */
static const Trigger *
find_trigger(Relation rel, const soc2_guard_trigger *wanted, Oid function)
{
	for (int i = 0; rel->trigdesc && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *found = &rel->trigdesc->triggers[i];

		if (found->tgfoid == function && found->tgtype == wanted->type &&
			found->tgqual == NULL && found->tgnargs == 0 &&
			found->tgnattr == (wanted->on_anchor ? 1 : 0) &&
			strcmp(found->tgname, wanted->name) == 0)
			return found;
	}
	return NULL;
}

/*
 * The column that the anchor's trigger names, whether or not the trigger is
 * enabled; InvalidAttrNumber if there is no such trigger.
 */
static AttrNumber
find_anchor(Relation rel, Oid function)
{
	for (int i = 0; i < SOC2_GUARD_TRIGGERS; i++)
	{
		if (soc2_guard_triggers[i].on_anchor)
		{
			const Trigger *found = find_trigger(rel, &soc2_guard_triggers[i],
												function);

			return found ? found->tgattr[0] : InvalidAttrNumber;
		}
	}
	return InvalidAttrNumber;
}

/*
 * soc2.retention_guarded(relation regclass): are all triggers of a table's
 * policy there, and enabled in every replication role?
 */
Datum
soc2_retention_guarded(PG_FUNCTION_ARGS)
{
	Relation	rel = try_relation_open(PG_GETARG_OID(0), AccessShareLock);
	Oid			function = guard_function();
	bool		guarded = true;

	if (rel == NULL)
		PG_RETURN_BOOL(false);

	for (int i = 0; i < SOC2_GUARD_TRIGGERS; i++)
	{
		const Trigger *found = find_trigger(rel, &soc2_guard_triggers[i],
											function);

		if (found == NULL || found->tgenabled != TRIGGER_FIRES_ALWAYS)
			guarded = false;
	}
	relation_close(rel, AccessShareLock);
	PG_RETURN_BOOL(guarded);
}

/* A table of ours, opened */
Relation
soc2_retention_open(const char *name, LOCKMODE lockmode)
{
	Oid			namespace = get_namespace_oid("soc2", true);
	Oid			relid = get_relname_relid(name, namespace);

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("table \"soc2.%s\" does not exist", name),
				 errdetail("Without it no retention policy can be applied.")));
	return table_open(relid, lockmode);
}

/* First row of a table of ours whose primary key starts with this value */
HeapTuple
soc2_retention_fetch(Relation table, RegProcedure equal, Datum key)
{
	char	   *index = psprintf("soc2_%s_pkey", RelationGetRelationName(table));
	ScanKeyData scankey;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&scankey, 1, BTEqualStrategyNumber, equal, key);

	/* no snapshot given: one of this moment, not the transaction's */
	scan = systable_beginscan(table,
							  get_relname_relid(index,
												RelationGetNamespace(table)),
							  true, NULL, 1, &scankey);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		tuple = heap_copytuple(tuple);
	systable_endscan(scan);
	pfree(index);
	return tuple;
}

/* A relation has changed: forget what may depend on it */
static void
forget_policies(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS status;
	soc2_retention_policy *policy;

	if (OidIsValid(relid) && relid != classes_oid && relid != assignments_oid)
	{
		policy = hash_search(policies, &relid, HASH_FIND, NULL);
		if (policy)
			policy->stale = true;
		return;
	}

	hash_seq_init(&status, policies);
	while ((policy = hash_seq_search(&status)) != NULL)
		policy->stale = true;
}

/* Set up the cache */
static void
create_cache(void)
{
	HASHCTL		control = {0};

	policy_context = AllocSetContextCreate(CacheMemoryContext,
										   "soc2 retention policies",
										   ALLOCSET_SMALL_SIZES);
	control.keysize = sizeof(Oid);
	control.entrysize = sizeof(soc2_retention_policy);
	control.hcxt = policy_context;
	policies = hash_create("soc2 retention policies", 16, &control,
						   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterRelcacheCallback(forget_policies, (Datum) 0);
}

/* a text as a string that lives as long as the cache; frees the one before */
static void
keep_text(char **where, Datum value)
{
	text	   *packed = DatumGetTextPP(value);
	char	   *copy = MemoryContextAlloc(policy_context,
										  VARSIZE_ANY_EXHDR(packed) + 1);

	text_to_cstring_buffer(packed, copy, VARSIZE_ANY_EXHDR(packed) + 1);
	if (*where)
		pfree(*where);
	*where = copy;
}

/* a column of a row of ours that is declared NOT NULL */
static Datum
get_column(HeapTuple tuple, Relation table, int column)
{
	bool		isnull;
	Datum		value = soc2_own_column(table, tuple, column, &isnull);

	if (isnull)
		elog(ERROR, "unexpected null in column %d of table \"%s\"",
			 column, RelationGetRelationName(table));
	return value;
}

/* fill in the anchor's column and type, as the table is now */
static void
load_anchor(soc2_retention_policy *policy, Relation rel)
{
	policy->anchor = find_anchor(rel, guard_function());
	if (policy->anchor == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("retention anchor of table \"%s\" is missing",
						RelationGetRelationName(rel)),
				 errdetail("The anchor column or its trigger \"%s\" was dropped, so nothing can be said about the age of a row.",
						   "soc2_retention_anchor"),
				 errhint("The owner of the table must restore both."),
				 errtable(rel)));

	policy->anchor_type =
		soc2_anchor_type(TupleDescAttr(RelationGetDescr(rel),
									   policy->anchor - 1)->atttypid);
	if (!OidIsValid(policy->anchor_type))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("retention anchor of table \"%s\" has the wrong type",
						RelationGetRelationName(rel)),
				 errdetail("The anchor must be of type date, timestamp or timestamp with time zone."),
				 errtablecol(rel, policy->anchor)));
}

/* fill in what the class says */
static void
load_class(soc2_retention_policy *policy, Datum name, Relation rel)
{
	Relation	classes = soc2_retention_open(SOC2_RETENTION_CLASSES,
											  AccessShareLock);
	HeapTuple	tuple = soc2_retention_fetch(classes, F_TEXTEQ, name);

	classes_oid = RelationGetRelid(classes);
	keep_text(&policy->class_name, name);
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("retention class \"%s\" of table \"%s\" does not exist",
						policy->class_name, RelationGetRelationName(rel)),
				 errtable(rel)));

	policy->min_retain =
		soc2_interval_get(get_column(tuple, classes, SOC2_CLASS_MIN_RETAIN));
	keep_text(&policy->basis, get_column(tuple, classes, SOC2_CLASS_BASIS));
	heap_freetuple(tuple);
	table_close(classes, AccessShareLock);
}

/* fill in the policy of a table */
static void
load_policy(soc2_retention_policy *policy, Relation rel)
{
	Relation	assignments = soc2_retention_open(SOC2_RETENTION_ASSIGNMENTS,
												  AccessShareLock);
	HeapTuple	tuple;

	assignments_oid = RelationGetRelid(assignments);
	tuple = soc2_retention_fetch(assignments, F_OIDEQ,
								 ObjectIdGetDatum(RelationGetRelid(rel)));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("table \"%s\" has a retention guard but no retention policy",
						RelationGetRelationName(rel)),
				 errdetail("Its assignment is not in \"soc2.%s\".",
						   SOC2_RETENTION_ASSIGNMENTS),
				 errhint("Restore the assignment, or drop the triggers if the table was never meant to have one."),
				 errtable(rel)));

	load_class(policy, get_column(tuple, assignments, SOC2_ASSIGNMENT_CLASS),
			   rel);
	heap_freetuple(tuple);
	table_close(assignments, AccessShareLock);
	load_anchor(policy, rel);
}

/* Policy of an open table that has our trigger */
const soc2_retention_policy *
soc2_retention_lookup(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);
	soc2_retention_policy *policy;
	bool		found;

	if (policies == NULL)
		create_cache();
	policy = hash_search(policies, &relid, HASH_ENTER, &found);
	if (!found)
	{
		memset(policy, 0, sizeof(*policy));
		policy->relid = relid;
	}
	if (policy->loaded && !policy->stale)
		return policy;

	/*
	 * What changes while it is being loaded makes it stale again, so the flag
	 * is cleared first.  What has been read is no older than this call, which
	 * is good enough for this row.
	 */
	policy->loaded = false;
	policy->stale = false;
	load_policy(policy, rel);
	policy->loaded = true;
	return policy;
}
