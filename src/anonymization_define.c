/*-------------------------------------------------------------------------
 *
 * anonymization_define.c
 *		Setting the rules of a table, and taking them back.
 *
 * That is for the owner of the table, who has no privileges on ours: here it is
 * checked who calls, and functions in SQL do the rest as the owner of the
 * extension.
 *
 * IDENTIFICATION
 *	  src/anonymization_define.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "anonymization.h"
#include "argument.h"
#include "catalog/dependency.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "ledger_custody.h"
#include "miscadmin.h"
#include "relation.h"
#include "retention.h"
#include "soc2.h"
#include "tcop/utility.h"
#include "trigger.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(soc2_set_anonymization);
PG_FUNCTION_INFO_V1(soc2_unset_anonymization);
PG_FUNCTION_INFO_V1(soc2_record_anonymization);
PG_FUNCTION_INFO_V1(soc2_forget_anonymization);
PG_FUNCTION_INFO_V1(soc2_anonymization_rule);

static const soc2_trigger_rule rule_trigger = {
	"soc2.anonymization_rule", TRIGGER_TYPE_BEFORE, false, false,
	TRIGGER_TYPE_UPDATE, "UPDATE"
};

/* keep writers of a table out, for its owner alone, and refuse unsuitable ones */
static void
lock_target(Oid relid)
{
	Relation	rel;
	const char *problem;

	/* before waiting for the lock, and again as things may have changed */
	soc2_relation_require_owner(relid);
	rel = try_relation_open(relid, ShareRowExclusiveLock);
	soc2_relation_require_owner(relid);
	if (rel == NULL)
		elog(ERROR, "could not open relation with OID %u", relid);
	problem = soc2_relation_problem(rel);
	if (problem == NULL && rel->rd_rel->relispartition)
		problem = "It is a partition: the rules are those of the partitioned table.";
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot set anonymization for \"%s\"",
						RelationGetRelationName(rel)),
				 errdetail("%s", problem),
				 errtable(rel)));
	relation_close(rel, NoLock);
}

/* run a statement of ours on a table and another value as the owner of the extension */
static void
define(const char *sql, FunctionCallInfo fcinfo, int count)
{
	static const Oid types[] = {REGCLASSOID, NAMEOID, TEXTOID, TEXTOID};
	soc2_statement statement;

	soc2_statement_begin(&statement, sql);
	for (int i = 0; i < count; i++)
		soc2_statement_add(&statement, types[i], PG_GETARG_DATUM(i));
	soc2_execute_as_owner(soc2_table_oid(SOC2_ANONYMIZATION_RULES),
						  &statement, NULL);
}

/* soc2.set_anonymization("table", "column", rule, constant) */
Datum
soc2_set_anonymization(PG_FUNCTION_ARGS)
{
	PreventCommandIfReadOnly("set_anonymization()");
	soc2_argument_require(fcinfo, 0, "table");
	soc2_argument_require(fcinfo, 1, "column");
	soc2_argument_require(fcinfo, 2, "rule");
	lock_target(PG_GETARG_OID(0));
	if (PG_ARGISNULL(3))
		define("SELECT soc2.define_anonymization($1, $2, $3, NULL)", fcinfo, 3);
	else
		define("SELECT soc2.define_anonymization($1, $2, $3, $4)", fcinfo, 4);
	PG_RETURN_VOID();
}

/* soc2.unset_anonymization("table", "column") */
Datum
soc2_unset_anonymization(PG_FUNCTION_ARGS)
{
	PreventCommandIfReadOnly("unset_anonymization()");
	lock_target(PG_GETARG_OID(0));
	define("SELECT soc2.undefine_anonymization($1, $2)", fcinfo, 2);
	PG_RETURN_VOID();
}

/*
 * soc2.record_anonymization(relation regclass, ordinal integer, column_name
 * name): create the trigger that says which column a rule is about
 */
Datum
soc2_record_anonymization(PG_FUNCTION_ARGS)
{
	char	   *name = psprintf(SOC2_ANONYMIZATION_TRIGGER "%d",
								PG_GETARG_INT32(1));
	CreateTrigStmt *stmt =
	soc2_trigger_statement(name,
						   TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_UPDATE);

	stmt->columns =
		list_make1(makeString(pstrdup(NameStr(*PG_GETARG_NAME(2)))));
	soc2_trigger_create(PG_GETARG_OID(0), stmt, SOC2_ANONYMIZATION_FUNCTION,
						TRIGGER_FIRES_ON_ORIGIN,
						"says which column a rule of anonymization is about");
	PG_RETURN_VOID();
}

/*
 * soc2.forget_anonymization(relation regclass, ordinal integer): drop it, if it
 * is there
 */
Datum
soc2_forget_anonymization(PG_FUNCTION_ARGS)
{
	ObjectAddress address;

	address.classId = TriggerRelationId;
	address.objectId =
		get_trigger_oid(PG_GETARG_OID(0),
						psprintf(SOC2_ANONYMIZATION_TRIGGER "%d",
								 PG_GETARG_INT32(1)), true);
	address.objectSubId = 0;
	if (OidIsValid(address.objectId))
		performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	PG_RETURN_VOID();
}

/* soc2.anonymization_rule(): trigger that says which column a rule is about */
Datum
soc2_anonymization_rule(PG_FUNCTION_ARGS)
{
	(void) soc2_trigger_data(fcinfo, &rule_trigger);
	return PointerGetDatum(NULL);
}

/* run a statement of ours on tables as the owner of the extension */
static void
run_on(const char *sql, Oid first, Oid second)
{
	soc2_statement statement;

	soc2_statement_begin(&statement, sql);
	soc2_statement_add(&statement, REGCLASSOID, ObjectIdGetDatum(first));
	if (OidIsValid(second))
		soc2_statement_add(&statement, REGCLASSOID, ObjectIdGetDatum(second));
	soc2_execute_as_owner(soc2_table_oid(SOC2_ANONYMIZATION_RULES),
						  &statement, NULL);
}

/* A partition ceased to be one of a table */
void
soc2_anonymization_inherit(Oid child, Oid root)
{
	run_on("SELECT soc2.inherit_anonymization($1, $2)", child, root);
}

/* has a table rules? */
static bool
has_rules(Oid relid)
{
	Relation	rules = soc2_retention_open(SOC2_ANONYMIZATION_RULES,
											AccessShareLock);
	bool		found = soc2_retention_fetch_rows(rules, relid) != NIL;

	table_close(rules, AccessShareLock);
	return found;
}

/* The same, if that one, or one above it, has rules */
void
soc2_anonymization_follow(Oid child, Oid parent)
{
	ListCell   *cell;

	foreach(cell, soc2_relation_with_ancestors(parent))
	{
		if (has_rules(lfirst_oid(cell)))
		{
			soc2_anonymization_inherit(child, lfirst_oid(cell));
			return;
		}
	}
}

/* Refuse a retention that depends on a column with a rule */
void
soc2_anonymization_check_retention(Oid relid)
{
	if (has_rules(relid))
		run_on("SELECT soc2.require_lasting_retention($1)", relid, InvalidOid);
}
