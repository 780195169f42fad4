/*-------------------------------------------------------------------------
 *
 * retention_define.c
 *		Assigning retention classes to tables.
 *
 * Order of locks: the table of assignments (ROW EXCLUSIVE), then the user's
 * table and its partitions (SHARE ROW EXCLUSIVE).  Deleting or revising a class
 * takes SHARE ROW EXCLUSIVE on the assignments, so a class cannot go while it
 * is being assigned.
 *
 * IDENTIFICATION
 *	  src/retention_define.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "tcop/utility.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "anonymization.h"
#include "argument.h"
#include "ledger.h"
#include "relation.h"
#include "retention.h"
#include "soc2.h"
#include "soc2_errcodes.h"

PG_FUNCTION_INFO_V1(soc2_set_retention);

/* arguments of soc2.set_retention() */
enum
{
	ARG_TABLE,
	ARG_CLASS,
	ARG_ANCHOR,
	ARG_PREDICATE,
	ARG_ORDINAL,
	ARG_PROTECT
};

/* column of the ledgers of the extension that retention starts from */
#define OWN_ANCHOR	"recorded_at"

/* why a relation cannot have a policy; NULL if it can */
static const char *
unsuitable(Relation rel)
{
	const char *problem = soc2_relation_problem(rel);

	if (problem != NULL)
		return problem;
	if (rel->rd_rel->relispartition)
		return "It is a partition: the policy is that of the partitioned table.";
	if (rel->rd_rel->relkind == RELKIND_RELATION &&
		find_inheritance_children(RelationGetRelid(rel), NoLock) != NIL)
		return "Other tables inherit from it, whose rows it would not guard.";
	return NULL;
}

/* refuse a table that cannot have a policy */
static void
check_suitable(Relation rel, const char *problem)
{
	if (problem)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot set retention for \"%s\"",
						RelationGetRelationName(rel)),
				 errdetail("%s", problem),
				 errhint("Retention can be set for ordinary and partitioned, logged tables outside extensions and system schemas."),
				 errtable(rel)));
}

/* open the table that is to get a policy and refuse an unsuitable one */
static Relation
open_target(Oid relid)
{
	Relation	rel;
	List	   *members;
	ListCell   *cell;

	/* before waiting for a lock, and again as things may have changed */
	soc2_relation_require_owner(relid);
	rel = try_relation_open(relid, ShareRowExclusiveLock);
	soc2_relation_require_owner(relid);
	if (rel == NULL)
		elog(ERROR, "could not open relation with OID %u", relid);
	check_suitable(rel, unsuitable(rel));

	/* writers of the partitions too have to wait */
	if (rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		return rel;
	members = find_all_inheritors(relid, ShareRowExclusiveLock, NULL);
	foreach(cell, members)
	{
		Relation	part = table_open(lfirst_oid(cell), NoLock);

		check_suitable(part, soc2_relation_storage_problem(part));
		table_close(part, NoLock);
	}
	return rel;
}

/* the number of a column that a policy can be about, by its name */
static AttrNumber
check_column(Relation rel, const char *name)
{
	AttrNumber	attnum = get_attnum(RelationGetRelid(rel), name);

	if (attnum == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of table \"%s\" does not exist",
						name, RelationGetRelationName(rel)),
				 errtable(rel)));
	return attnum;
}

/* refuse an anchor that cannot be one */
static void
check_anchor(Relation rel, const char *anchor)
{
	AttrNumber	attnum = check_column(rel, anchor);
	Form_pg_attribute column;

	column = attnum > 0 ? TupleDescAttr(RelationGetDescr(rel), attnum - 1)
		: NULL;
	if (column == NULL || !OidIsValid(soc2_anchor_type(column->atttypid)))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of table \"%s\" cannot be a retention anchor",
						anchor, RelationGetRelationName(rel)),
				 errdetail("An anchor must be of type date, timestamp or timestamp with time zone."),
				 errtable(rel)));

	/* a virtual column ('v', since 18) has no value in a stored row */
	if (column->attgenerated == 'v')
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of table \"%s\" cannot be a retention anchor",
						anchor, RelationGetRelationName(rel)),
				 errdetail("An anchor must be stored, and this column is virtual."),
				 errtable(rel)));
}

/* refuse columns that cannot be protected; their names, without the anchor */
static List *
get_protected(Relation rel, Datum names, const char *anchor)
{
	List	   *result = NIL;
	Datum	   *values;
	bool	   *nulls;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(names), NAMEOID, NAMEDATALEN, false,
					  TYPALIGN_CHAR, &values, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		const char *name = nulls[i] ? "" : NameStr(*DatumGetName(values[i]));

		if (check_column(rel, name) < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("column \"%s\" of table \"%s\" cannot be protected",
							name, RelationGetRelationName(rel)),
					 errdetail("It is a system column."),
					 errtable(rel)));
		if (strcmp(name, anchor) != 0 &&
			!list_member(result, makeString(pstrdup(name))))
			result = lappend(result, makeString(pstrdup(name)));
	}
	return result;
}

/* the class that is to be assigned */
static soc2_retention_class
get_class(Datum name)
{
	soc2_retention_class class;

	if (!soc2_retention_get_class(name, &class))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("retention class \"%s\" does not exist",
						TextDatumGetCString(name)),
				 errhint("Create it with soc2.create_retention_class().")));
	return class;
}

/* is every column that a rule protects protected by the assignment too? */
static bool
protects_all(const soc2_retention_assignment *new, const soc2_retention_rule *rule)
{
	for (int i = 0; i < rule->nprotected; i++)
	{
		const char *name = get_attname(RelationGetRelid(new->rel),
									   rule->protected[i], false);

		if (strcmp(name, new->anchor) != 0 &&
			!list_member(new->protect, makeString(pstrdup(name))))
			return false;
	}
	return true;
}

/* would rows that a rule is about be kept no shorter by the assignment? */
static bool
covers_rule(const soc2_retention_assignment *new, const soc2_retention_rule *rule)
{
	return get_attnum(RelationGetRelid(new->rel), new->anchor) == rule->anchor &&
		soc2_retention_class_covers(&new->class, &rule->class) &&
		protects_all(new, rule);
}

/* refuse an assignment that keeps rows of a rule shorter, unless bypassed */
static void
check_rule(const soc2_retention_assignment *new, const soc2_retention_rule *rule)
{
	Oid			relid = RelationGetRelid(new->rel);
	const char *problem = NULL;

	if (covers_rule(new, rule))
		return;
	if (rule->class.compliance)
		problem = "The mode of class \"%s\", which rows have now, is compliance.";
	else if (soc2_retention_is_locked(relid))
		problem = "Rows have class \"%s\", and the policy of the table is locked.";
	else if (soc2_bypass_reason() == NULL)
		problem = "Rows have class \"%s\" now: that takes a member of role soc2_bypass and a reason in SET LOCAL soc2.bypass.";
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_RETENTION_CHANGE),
				 errmsg("assignment would shorten the retention of rows of table \"%s\"",
						RelationGetRelationName(new->rel)),
				 errdetail("%s", psprintf(problem, rule->class.name)),
				 errhint("Always allowed are an ordinal after the others, and a class that retains no less, from the same anchor, in no laxer mode."),
				 errtable(new->rel)));
	soc2_bypass_record(relid, "set_retention", rule->class.name);
}

/* refuse to change anything of an assignment but its class */
static void
check_replaced(const soc2_retention_assignment *new, const soc2_retention_rule *rule,
			   HeapTuple row)
{
	bool		isnull;
	Datum		predicate = soc2_own_column(new->assignments, row,
											SOC2_ASSIGNMENT_PREDICATE, &isnull);
	const char *old = isnull ? "" : TextDatumGetCString(predicate);
	bool		same = strcmp(old, new->predicate ? new->predicate : "") == 0 &&
	get_attnum(RelationGetRelid(new->rel), new->anchor) == rule->anchor &&
	list_length(new->protect) == rule->nprotected && protects_all(new, rule);

	if (!same || strcmp(rule->class.name, new->class.name) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("table \"%s\" already has a retention policy",
						RelationGetRelationName(new->rel)),
				 errdetail("Ordinal %d has class \"%s\".", new->ordinal,
						   rule->class.name),
				 errhint("Give another ordinal, or another class with the same anchor, predicate and protected columns."),
				 errtable(new->rel)));
}

/*
 * Judge the assignment against those there are; the version it gets.  The
 * triggers of a policy are there once it has an assignment.
 */
static int32
check_policy(const soc2_retention_assignment *new)
{
	List	   *rows = soc2_retention_fetch_assignments(new->assignments,
														RelationGetRelid(new->rel));
	const soc2_retention_policy *policy;
	int32		version = 1;

	if (rows == NIL)
		return version;
	policy = soc2_retention_lookup(new->rel);
	for (int i = 0; i < policy->nrules; i++)
	{
		const soc2_retention_rule *rule = &policy->rules[i];

		if (rule->ordinal < new->ordinal)
			continue;
		if (rule->ordinal == new->ordinal)
		{
			check_replaced(new, rule, list_nth(rows, i));
			version = rule->version + 1;
			check_rule(new, rule);
			break;
		}
		check_rule(new, rule);
	}
	return version;
}

/*
 * A ledger of the extension has the triggers that came with it, as a dump keeps no
 * others: refuse what they do not say, and what cannot be done with a ledger
 */
static void
check_own_ledger(const soc2_retention_assignment *new)
{
	if (new->ordinal != 1 || new->predicate != NULL || new->protect != NIL ||
		strcmp(new->anchor, OWN_ANCHOR) != 0 || new->class.anonymize)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot set such a retention for \"%s\"",
						RelationGetRelationName(new->rel)),
				 errdetail("All rows of a ledger of the extension have one class, which does not anonymize, and their retention starts from column \"%s\".",
						   OWN_ANCHOR),
				 errhint("Give no predicate, no protected columns, and no other ordinal than 1."),
				 errtable(new->rel)));
}

/* record an assignment, and how it is applied */
static void
install(const soc2_retention_assignment *new, int32 version)
{
	bool		own = soc2_relation_is_own_ledger(RelationGetRelid(new->rel));

	if (own)
		check_own_ledger(new);
	/* later versions of an assignment differ in their class alone */
	else if (version == 1)
	{
		soc2_retention_create_guards(RelationGetRelid(new->rel));
		soc2_retention_create_rule(new, new->predicate == NULL ? NULL :
								   soc2_retention_parse_predicate(new->rel,
																  new->predicate));
	}
	soc2_retention_insert(new, version);
	CacheInvalidateRelcache(new->rel);
	CommandCounterIncrement();
	if (!own)
		soc2_anonymization_check_retention(RelationGetRelid(new->rel));
	else if (!soc2_retention_is_guarded(new->rel))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("table \"%s\" lacks triggers of its retention",
						RelationGetRelationName(new->rel)),
				 errdetail("They came with the extension, and are missing or not enabled always."),
				 errtable(new->rel)));
}

/* refuse arguments of set_retention that are missing */
static void
check_arguments(FunctionCallInfo fcinfo)
{
	soc2_argument_require(fcinfo, ARG_TABLE, "table");
	soc2_argument_require(fcinfo, ARG_CLASS, "class");
	soc2_argument_require(fcinfo, ARG_ANCHOR, "anchor");
	soc2_argument_require(fcinfo, ARG_ORDINAL, "ordinal");
	soc2_argument_require(fcinfo, ARG_PROTECT, "protect");
	if (PG_GETARG_INT32(ARG_ORDINAL) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"ordinal\" must be positive")));
}

/* soc2.set_retention("table", class, anchor, predicate, ordinal, protect) */
Datum
soc2_set_retention(PG_FUNCTION_ARGS)
{
	soc2_retention_assignment new;
	int32		version;

	PreventCommandIfReadOnly("set_retention()");
	check_arguments(fcinfo);
	new.anchor = NameStr(*PG_GETARG_NAME(ARG_ANCHOR));
	new.ordinal = PG_GETARG_INT32(ARG_ORDINAL);
	new.predicate = PG_ARGISNULL(ARG_PREDICATE) ? NULL :
		text_to_cstring(PG_GETARG_TEXT_PP(ARG_PREDICATE));
	new.assignments = soc2_retention_open(SOC2_RETENTION_ASSIGNMENTS,
										  RowExclusiveLock);
	new.rel = open_target(PG_GETARG_OID(ARG_TABLE));
	check_anchor(new.rel, new.anchor);
	new.protect = get_protected(new.rel, PG_GETARG_DATUM(ARG_PROTECT),
								new.anchor);
	new.class = get_class(PG_GETARG_DATUM(ARG_CLASS));
	version = check_policy(&new);
	install(&new, version);

	/* the locks stay to the end of the transaction */
	table_close(new.rel, NoLock);
	table_close(new.assignments, NoLock);

	PG_RETURN_VOID();
}
