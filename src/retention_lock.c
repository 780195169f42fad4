/*-------------------------------------------------------------------------
 *
 * retention_lock.c
 *		Locking the policy of a table: from then on it can be extended only.
 *
 * IDENTIFICATION
 *	  src/retention_lock.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "miscadmin.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/varlena.h"

#include "evidence.h"
#include "relation.h"
#include "retention.h"
#include "soc2.h"
#include "soc2_errcodes.h"

PG_FUNCTION_INFO_V1(soc2_lock_retention);

/* soc2.max_lockable_retention, in minutes, see soc2.c */
int			soc2_max_lockable_setting = SOC2_LOCKABLE_DEFAULT;

#define MINUTES_PER_DAY		1440

/* refuse a caller who does not name the table once more */
static void
check_confirmed(Oid relid, text *confirm)
{
	List	   *names = textToQualifiedNameList(confirm);
	Oid			named = RangeVarGetRelid(makeRangeVarFromNameList(names),
										 NoLock, true);

	if (named != relid)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"confirm\" does not name table \"%s\"",
						get_rel_name(relid)),
				 errdetail("A lock cannot be taken back."),
				 errhint("Repeat the name of the table: %s.",
						 soc2_relation_name_of(relid))));
}

/* refuse a policy that nobody should be bound to for so long */
static void
check_periods(const soc2_retention_policy *policy, Relation rel)
{
	for (int i = 0; i < policy->nrules; i++)
	{
		const soc2_retention_class *class = &policy->rules[i].class;
		int64		days = soc2_interval_days(&class->min_retain);

		if (days > soc2_max_lockable_setting / MINUTES_PER_DAY)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("retention of table \"%s\" cannot be locked",
							RelationGetRelationName(rel)),
					 errdetail("Class \"%s\" retains for about " INT64_FORMAT " days, and soc2.max_lockable_retention allows %d.",
							   class->name, days,
							   soc2_max_lockable_setting / MINUTES_PER_DAY),
					 errhint("A superuser can set soc2.max_lockable_retention."),
					 errtable(rel)));
	}
}

/* record the lock */
static void
insert_lock(Oid relid)
{
	Relation	locks = soc2_retention_open(SOC2_RETENTION_LOCKS,
											RowExclusiveLock);
	Datum		values[SOC2_LOCK_COLUMNS];
	bool		nulls[SOC2_LOCK_COLUMNS] = {false};
	const char *author = GetUserNameFromId(GetUserId(), false);

	values[SOC2_LOCK_RELATION - 1] = ObjectIdGetDatum(relid);
	values[SOC2_LOCK_LOCKED_AT - 1] =
		TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	values[SOC2_LOCK_LOCKED_BY - 1] = CStringGetTextDatum(author);
	CatalogTupleInsert(locks, heap_form_tuple(RelationGetDescr(locks),
											  values, nulls));
	table_close(locks, NoLock);
	CommandCounterIncrement();
}

/* soc2.lock_retention("table", confirm) */
Datum
soc2_lock_retention(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	Relation	assignments;
	Relation	rel;

	PreventCommandIfReadOnly("lock_retention()");
	soc2_relation_require_owner(relid);
	assignments = soc2_retention_open(SOC2_RETENTION_ASSIGNMENTS,
									  RowExclusiveLock);
	rel = table_open(relid, ShareRowExclusiveLock);
	if (soc2_retention_fetch_assignments(assignments, relid) == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" has no retention policy of its own",
						RelationGetRelationName(rel)),
				 errhint("Give it one with soc2.set_retention()."),
				 errtable(rel)));
	check_confirmed(relid, PG_GETARG_TEXT_PP(1));
	if (soc2_retention_is_locked(relid))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("retention of table \"%s\" is locked already",
						RelationGetRelationName(rel)),
				 errtable(rel)));
	check_periods(soc2_retention_lookup(rel), rel);
	insert_lock(relid);
	(void) soc2_evidence_record(SOC2_LOCK_KIND,
								soc2_relation_name(rel),
								"{\"act\": \"lock_retention\"}");
	table_close(rel, NoLock);
	table_close(assignments, NoLock);
	PG_RETURN_VOID();
}
