/*-------------------------------------------------------------------------
 *
 * retention_policy.c
 *		The policy of a table or of its partition: finding it, keeping it
 *		at hand, and saying whether it is in force.
 *
 * Policies are cached for the life of the backend.  A cached one is dropped
 * when the server invalidates the user's table, or the one that it is a
 * partition of, which every change of its definition does and set_retention()
 * and the guards of our tables bring about, or when it invalidates one of our
 * own tables.
 *
 * IDENTIFICATION
 *	  src/retention_policy.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "ledger.h"
#include "relation.h"
#include "retention.h"
#include "soc2.h"
#include "soc2_errcodes.h"

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
	/* sorts after the names of triggers that one gives */
	{"~soc2_retention_move",
		TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_UPDATE, true,
	"judges an update that moves a row to another partition"},
};

/* policies by table; NULL before the first lookup */
static HTAB *policies = NULL;

/* our own tables, once they have been opened */
static Oid	classes_oid = InvalidOid;
static Oid	assignments_oid = InvalidOid;

/* the trigger of an open table that has this name and type, or NULL */
static const Trigger *
find_trigger(Relation rel, const char *name, int16 type)
{
	Oid			function = soc2_ledger_function(SOC2_RETENTION_GUARD);

	for (int i = 0; rel->trigdesc && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *found = &rel->trigdesc->triggers[i];

		if (found->tgfoid == function && found->tgtype == type &&
			found->tgnargs == 0 && strcmp(found->tgname, name) == 0)
			return found;
	}
	return NULL;
}

/* Does a table with a policy need this trigger? */
bool
soc2_retention_needs_trigger(Relation rel, const soc2_guard_trigger *wanted)
{
	return !wanted->parts_only || rel->rd_rel->relispartition ||
		rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
}

/* Has a table a trigger of ours like this one, and enabled always? */
bool
soc2_retention_has_trigger(Relation rel, const soc2_guard_trigger *wanted)
{
	const Trigger *found = find_trigger(rel, wanted->name, wanted->type);

	return found != NULL && found->tgenabled == TRIGGER_FIRES_ALWAYS &&
		found->tgqual == NULL && found->tgnattr == 0;
}

/* Has a table the trigger that judges TRUNCATE, enabled always? */
bool
soc2_retention_has_truncate_guard(Relation rel)
{
	for (int i = 0; i < SOC2_GUARD_TRIGGERS; i++)
	{
		if (TRIGGER_FOR_TRUNCATE(soc2_guard_triggers[i].type))
			return soc2_retention_has_trigger(rel, &soc2_guard_triggers[i]);
	}
	return false;
}

/* the trigger that records an assignment; NULL if it is not there */
static const Trigger *
find_rule_trigger(Relation rel, int32 ordinal)
{
	const Trigger *found = find_trigger(rel,
										psprintf(SOC2_RULE_TRIGGER "%d",
												 ordinal),
										SOC2_RULE_TRIGGER_TYPE);

	return found != NULL && found->tgnattr > 0 ? found : NULL;
}

/* Are all triggers of the policy of a table there, and enabled always? */
bool
soc2_retention_is_guarded(Relation rel)
{
	Relation	assignments;
	bool		guarded = true;
	List	   *rows;
	ListCell   *cell;
	Oid			root = soc2_retention_root(RelationGetRelid(rel));

	if (!OidIsValid(root))
		return false;
	for (int i = 0; i < SOC2_GUARD_TRIGGERS; i++)
		guarded = guarded &&
			(!soc2_retention_needs_trigger(rel, &soc2_guard_triggers[i]) ||
			 soc2_retention_has_trigger(rel, &soc2_guard_triggers[i]));
	assignments = soc2_retention_open(SOC2_RETENTION_ASSIGNMENTS,
									  AccessShareLock);
	rows = soc2_retention_fetch_assignments(assignments, root);
	foreach(cell, rows)
	{
		Datum		ordinal = soc2_retention_column(lfirst(cell), assignments,
													SOC2_ASSIGNMENT_ORDINAL);

		guarded = guarded &&
			find_rule_trigger(rel, DatumGetInt32(ordinal)) != NULL;
	}
	table_close(assignments, AccessShareLock);
	return guarded;
}

/*
 * soc2.retention_guarded(relation regclass): are all triggers of a table's
 * policy there, and enabled in every replication role?
 */
Datum
soc2_retention_guarded(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	Relation	rel = try_relation_open(relid, AccessShareLock);
	bool		guarded;

	if (rel == NULL)
		PG_RETURN_BOOL(false);
	guarded = soc2_retention_is_guarded(rel);
	/* and of its partitions */
	if (guarded && rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
	{
		List	   *members = find_all_inheritors(relid, AccessShareLock, NULL);
		ListCell   *cell;

		foreach(cell, members)
		{
			Relation	part = table_open(lfirst_oid(cell), NoLock);

			guarded = guarded && soc2_retention_is_guarded(part);
			table_close(part, NoLock);
		}
	}
	relation_close(rel, AccessShareLock);
	PG_RETURN_BOOL(guarded);
}

/* A relation has changed: forget what may depend on it */
static void
forget_policies(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS status;
	soc2_retention_policy *policy;
	bool		all = !OidIsValid(relid) || relid == classes_oid ||
	relid == assignments_oid;

	(void) arg;
	hash_seq_init(&status, policies);
	while ((policy = hash_seq_search(&status)) != NULL)
	{
		if (all || policy->relid == relid || policy->root == relid)
			policy->stale = true;
	}
}

/* Set up the cache */
static void
create_cache(void)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(Oid);
	control.entrysize = sizeof(soc2_retention_policy);
	control.hcxt = CacheMemoryContext;
	policies = hash_create("soc2 retention policies", 16, &control,
						   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterRelcacheCallback(forget_policies, (Datum) 0);
}

/* refuse a table whose policy cannot be applied */
pg_noreturn static void
refuse_policy(Relation rel, const char *what, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_GUARDED),
			 errmsg("retention %s of table \"%s\" is missing", what,
					RelationGetRelationName(rel)),
			 errdetail("%s", detail),
			 errhint("The owner of the table must restore what is missing."),
			 errtable(rel)));
}

/* fill in what the trigger of an assignment says */
static void
load_columns(soc2_retention_rule *rule, Relation rel)
{
	const Trigger *trigger = find_rule_trigger(rel, rule->ordinal);

	if (trigger == NULL)
		refuse_policy(rel, "anchor",
					  psprintf("The anchor column or its trigger \"%s%d\" was dropped, so nothing can be said about the age of a row.",
							   SOC2_RULE_TRIGGER, rule->ordinal));
	rule->anchor = trigger->tgattr[0];
	rule->anchor_type =
		soc2_anchor_type(TupleDescAttr(RelationGetDescr(rel),
									   rule->anchor - 1)->atttypid);
	if (!OidIsValid(rule->anchor_type))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("retention anchor of table \"%s\" has the wrong type",
						RelationGetRelationName(rel)),
				 errdetail("The anchor must be of type date, timestamp or timestamp with time zone."),
				 errtablecol(rel, rule->anchor)));
	rule->nprotected = trigger->tgnattr - 1;
	rule->protected = palloc(sizeof(AttrNumber) * (rule->nprotected + 1));
	for (int i = 0; i < rule->nprotected; i++)
		rule->protected[i] = trigger->tgattr[i + 1];
	/* OLD, number 1, is the row that is scanned */
	if (trigger->tgqual != NULL)
		rule->predicate =
			ExecInitQual(make_ands_implicit(expression_planner(stringToNode(trigger->tgqual))),
						 NULL);
}

/* fill in an assignment */
static void
load_rule(soc2_retention_rule *rule, HeapTuple row, Relation assignments,
		  Relation rel)
{
	Datum		class = soc2_retention_column(row, assignments,
											  SOC2_ASSIGNMENT_CLASS);
	bool		isnull;

	rule->ordinal =
		DatumGetInt32(soc2_retention_column(row, assignments,
											SOC2_ASSIGNMENT_ORDINAL));
	rule->version =
		DatumGetInt32(soc2_retention_column(row, assignments,
											SOC2_ASSIGNMENT_VERSION));
	if (!soc2_retention_get_class(class, &rule->class))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("retention class \"%s\" of table \"%s\" does not exist",
						TextDatumGetCString(class),
						RelationGetRelationName(rel)),
				 errtable(rel)));
	load_columns(rule, rel);
	/* a trigger that was made anew without its condition says too little */
	(void) soc2_own_column(assignments, row, SOC2_ASSIGNMENT_PREDICATE,
						   &isnull);
	if (isnull != (rule->predicate == NULL))
		refuse_policy(rel, "predicate",
					  psprintf("Trigger \"%s%d\" and the assignment do not agree.",
							   SOC2_RULE_TRIGGER, rule->ordinal));
}

/* the condition of a partition, for rows of it or of one below it, or NULL */
static ExprState *
load_condition(Relation part, Relation rel)
{
	List	   *condition = part->rd_rel->relispartition ?
	RelationGetPartitionQual(part) : NIL;

	if (condition == NIL)
		return NULL;
	if (part != rel)
		condition = map_partition_varattnos(condition, 1, rel, part);
	return ExecInitCheck((List *) expression_planner((Expr *) condition),
						 NULL);
}

/* fill in the conditions of a partition and of the table whose policy it is */
static void
load_part(soc2_retention_policy *policy, Relation rel)
{
	Relation	root = table_open(policy->root, AccessShareLock);

	policy->part = load_condition(rel, rel);
	policy->root_part = load_condition(root, rel);
	table_close(root, AccessShareLock);
}

/* fill in the policy of a table, in its context */
static void
load_policy(soc2_retention_policy *policy, Relation rel)
{
	Relation	assignments = soc2_retention_open(SOC2_RETENTION_ASSIGNMENTS,
												  AccessShareLock);
	List	   *rows = NIL;

	assignments_oid = RelationGetRelid(assignments);
	classes_oid = get_relname_relid(SOC2_RETENTION_CLASSES,
									RelationGetNamespace(assignments));
	policy->root = soc2_retention_root(policy->relid);
	if (OidIsValid(policy->root))
		rows = soc2_retention_fetch_assignments(assignments, policy->root);
	/* it has the guards before it has a policy, and then nothing is kept */
	if (rows == NIL && soc2_relation_is_own_ledger(policy->relid))
	{
		table_close(assignments, AccessShareLock);
		return;
	}
	if (rows == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("table \"%s\" has a retention guard but no retention policy",
						RelationGetRelationName(rel)),
				 errdetail("Its assignment is not in \"soc2.%s\".",
						   SOC2_RETENTION_ASSIGNMENTS),
				 errhint("Restore the assignment, or drop the triggers if the table was never meant to have one."),
				 errtable(rel)));

	policy->econtext = CreateStandaloneExprContext();
	policy->rules = palloc0(sizeof(soc2_retention_rule) * list_length(rows));
	for (int i = 0; i < list_length(rows); i++)
		load_rule(&policy->rules[i], list_nth(rows, i), assignments, rel);
	policy->nrules = list_length(rows);
	load_part(policy, rel);
	table_close(assignments, AccessShareLock);
}

/* make an entry empty */
static void
clear_policy(soc2_retention_policy *policy)
{
	policy->loaded = false;
	policy->stale = false;
	policy->part = policy->root_part = NULL;
	policy->nrules = 0;
	if (policy->context == NULL)
		policy->context = AllocSetContextCreate(CacheMemoryContext,
												"soc2 retention policy",
												ALLOCSET_SMALL_SIZES);
	MemoryContextReset(policy->context);
}

/* Policy of an open table that has our trigger */
const soc2_retention_policy *
soc2_retention_lookup(Relation rel)
{
	/* rows come one after the other from the same table; entries stay */
	static soc2_retention_policy *last = NULL;
	Oid			relid = RelationGetRelid(rel);
	soc2_retention_policy *policy;
	MemoryContext caller;
	bool		found;

	if (last != NULL && last->relid == relid && last->loaded && !last->stale)
		return last;
	if (policies == NULL)
		create_cache();
	policy = hash_search(policies, &relid, HASH_ENTER, &found);
	if (!found)
	{
		memset(policy, 0, sizeof(*policy));
		policy->relid = relid;
	}
	last = policy;
	if (policy->loaded && !policy->stale)
		return policy;

	/*
	 * What changes while it is being loaded makes it stale again, so the flag
	 * is cleared first.  What has been read is no older than this call, which
	 * is good enough for this row.
	 */
	clear_policy(policy);
	caller = MemoryContextSwitchTo(policy->context);
	load_policy(policy, rel);
	MemoryContextSwitchTo(caller);
	policy->loaded = true;
	return policy;
}
