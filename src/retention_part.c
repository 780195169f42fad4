/*-------------------------------------------------------------------------
 *
 * retention_part.c
 *		Policies of partitions that come and go.
 *
 * The server gives a partition the triggers for rows of the table that it joins,
 * and takes them away when it leaves.
 *
 * IDENTIFICATION
 *	  src/retention_part.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "anonymization.h"
#include "ledger.h"
#include "retention.h"
#include "soc2.h"

/* give a table the assignment of one that it was a partition of */
static void
inherit_rule(soc2_retention_assignment *new, Relation from,
			 const soc2_retention_rule *rule, HeapTuple row)
{
	Oid			relid = RelationGetRelid(from);
	Oid			trigger = get_trigger_oid(relid,
										  psprintf(SOC2_RULE_TRIGGER "%d",
												   rule->ordinal), false);
	bool		isnull;
	Datum		predicate = soc2_own_column(new->assignments, row, SOC2_ASSIGNMENT_PREDICATE,
											&isnull);

	new->class = rule->class;
	new->ordinal = rule->ordinal;
	new->predicate = isnull ? NULL : TextDatumGetCString(predicate);
	new->anchor = get_attname(relid, rule->anchor, false);
	new->protect = NIL;
	for (int i = 0; i < rule->nprotected; i++)
		new->protect = lappend(new->protect,
							   makeString(get_attname(relid,
													  rule->protected[i],
													  false)));
	soc2_retention_create_rule(new, soc2_retention_parse_condition(trigger));
	soc2_retention_insert(new, 1);
}

/* lock a table that was a partition of one that is locked */
static void
inherit_lock(Oid child, Oid root)
{
	Relation	locks;
	HeapTuple	tuple;
	Datum		values[SOC2_LOCK_COLUMNS];
	bool		nulls[SOC2_LOCK_COLUMNS] = {false};

	if (!soc2_retention_is_locked(root))
		return;
	locks = soc2_retention_open(SOC2_RETENTION_LOCKS, RowExclusiveLock);
	tuple = soc2_retention_fetch(locks, F_OIDEQ, ObjectIdGetDatum(root));
	heap_deform_tuple(tuple, RelationGetDescr(locks), values, nulls);
	values[SOC2_LOCK_RELATION - 1] = ObjectIdGetDatum(child);
	CatalogTupleInsert(locks, heap_form_tuple(RelationGetDescr(locks),
											  values, nulls));
	table_close(locks, NoLock);
}

/* give a table the policy of one that it was a partition of */
static void
inherit_policy(Oid child, Oid parent, Oid root)
{
	Relation	from = table_open(parent, AccessShareLock);
	const soc2_retention_policy *policy = soc2_retention_lookup(from);
	soc2_retention_assignment new;
	List	   *rows;

	new.assignments = soc2_retention_open(SOC2_RETENTION_ASSIGNMENTS,
										  RowExclusiveLock);
	new.rel = table_open(child, ShareRowExclusiveLock);
	rows = soc2_retention_fetch_assignments(new.assignments, root);
	soc2_retention_create_guards(child);
	for (int i = 0; i < policy->nrules; i++)
		inherit_rule(&new, from, &policy->rules[i], list_nth(rows, i));
	inherit_lock(child, root);
	soc2_anonymization_inherit(child, root);
	CacheInvalidateRelcache(new.rel);
	table_close(new.rel, NoLock);
	table_close(new.assignments, NoLock);
	table_close(from, NoLock);
	CommandCounterIncrement();
}

/* A table became a partition of another one, or ceased to be */
void
soc2_retention_follow(Oid child, Oid parent)
{
	Oid			root = soc2_retention_root(parent);
	char		kind = get_rel_relkind(child);
	Oid			user;
	int			context;

	if (get_rel_relkind(parent) != RELKIND_PARTITIONED_TABLE ||
		(kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE))
		return;
	if (!OidIsValid(root))
	{
		if (!get_rel_relispartition(child))
			soc2_anonymization_follow(child, parent);
		return;
	}
	/* whoever owns the table may not be allowed to call the function */
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(soc2_retention_owner(),
						   context | SECURITY_LOCAL_USERID_CHANGE);
	if (get_rel_relispartition(child))
		soc2_retention_create_guards(child);
	else if (soc2_retention_root(child) != child)
		inherit_policy(child, parent, root);
	SetUserIdAndSecContext(user, context);
}
