/*-------------------------------------------------------------------------
 *
 * ledger_catalog.c
 *		Is a ledger still defined as it has to be?
 *
 * Whoever owns a table can take its triggers away, change what they protect
 * and put them back; the hashes show that.  What is found here is a guard that
 * is down now.
 *
 * IDENTIFICATION
 *	  src/ledger_catalog.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "guard.h"
#include "ledger_custody.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/reltrigger.h"
#include "utils/syscache.h"

/* what every trigger needs to run before a row or a statement */
#define ROW_TRIGGER_MASK \
	(TRIGGER_TYPE_ROW | TRIGGER_TYPE_TIMING_MASK)

const char *const soc2_ledger_tables[SOC2_LEDGER_TABLES] = {
	"ledgers", "ledger_seals", "ledger_seal_ranges", "ledger_tiles",
	"ledger_redactions", "ledger_prunes"
};

/* OID of one of our functions; InvalidOid if it is not there */
Oid
soc2_ledger_function(const char *name)
{
	/* not by privileges of the current user */
	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
						   CStringGetDatum(name),
						   PointerGetDatum(buildoidvector(NULL, 0)),
						   ObjectIdGetDatum(get_namespace_oid("soc2", true)));
}

/* does the trigger run this function for the event, on every row? */
static bool
trigger_serves(const Trigger *trigger, Oid function, int16 event, int16 level)
{
	return trigger->tgfoid == function &&
		(trigger->tgtype & ROW_TRIGGER_MASK) == (level | TRIGGER_TYPE_BEFORE) &&
		(trigger->tgtype & event) != 0 &&
		trigger->tgnattr == 0 && trigger->tgqual == NULL;
}

/* position of the trigger that serves; -1 if there is none */
static int
find_trigger(const TriggerDesc *desc, Oid function, int16 event, int16 level)
{
	for (int i = 0; desc != NULL && i < desc->numtriggers; i++)
	{
		if (trigger_serves(&desc->triggers[i], function, event, level))
			return i;
	}
	return -1;
}

static List *append(List *problems, const char *format,...)
			pg_attribute_printf(2, 3);

/* append a formatted sentence */
static List *
append(List *problems, const char *format,...)
{
	char		sentence[512];
	va_list		args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	return lappend(problems, pstrdup(sentence));
}

/* is the guard of an event there, and does it fire always? */
static List *
check_guard(List *problems, Relation rel, Oid function, int16 event,
			const char *event_name)
{
	const TriggerDesc *desc = rel->trigdesc;
	int16		level = event == TRIGGER_TYPE_TRUNCATE ?
	TRIGGER_TYPE_STATEMENT : TRIGGER_TYPE_ROW;
	int			i = find_trigger(desc, function, event, level);

	if (i < 0)
		return append(problems, "Table \"%s\" has no guard against %s.",
					  RelationGetRelationName(rel), event_name);
	if (desc->triggers[i].tgenabled != TRIGGER_FIRES_ALWAYS)
		return append(problems,
					  "Trigger \"%s\" of table \"%s\", the guard against %s, is not enabled always.",
					  desc->triggers[i].tgname, RelationGetRelationName(rel),
					  event_name);
	return problems;
}

/* are all guards of a table there? */
static List *
check_guards(List *problems, Relation rel, Oid function)
{
	problems = check_guard(problems, rel, function, TRIGGER_TYPE_UPDATE,
						   "UPDATE");
	problems = check_guard(problems, rel, function, TRIGGER_TYPE_DELETE,
						   "DELETE");
	return check_guard(problems, rel, function, TRIGGER_TYPE_TRUNCATE,
					   "TRUNCATE");
}

/* are the guards of the tables there that verifying believes? */
static List *
check_own_tables(List *problems, Oid function)
{
	for (int i = 0; i < SOC2_LEDGER_TABLES; i++)
	{
		Relation	rel = table_open(soc2_table_oid(soc2_ledger_tables[i]),
									 AccessShareLock);

		problems = check_guards(problems, rel, function);
		table_close(rel, AccessShareLock);
	}
	return problems;
}

/* is a trigger function still the one of this library? */
static List *
check_function(List *problems, Oid function, const char *symbol)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;
	bool		source_null;
	bool		file_null;
	Datum		source;
	Datum		file;

	if (!HeapTupleIsValid(tuple))
		return problems;
	form = (Form_pg_proc) GETSTRUCT(tuple);
	source = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc,
							 &source_null);
	file = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_probin, &file_null);
	if (form->prolang != ClanguageId || source_null || file_null ||
		strcmp(TextDatumGetCString(source), symbol) != 0 ||
		strcmp(TextDatumGetCString(file), "$libdir/soc2") != 0)
		problems = append(problems,
						  "Trigger function \"soc2.%s\" was replaced.",
						  NameStr(form->proname));
	ReleaseSysCache(tuple);
	return problems;
}

/* is a trigger disabled in a session like any other? */
static bool
is_down(const Trigger *trigger)
{
	return trigger->tgenabled != TRIGGER_FIRES_ON_ORIGIN &&
		trigger->tgenabled != TRIGGER_FIRES_ALWAYS;
}

/* is the chaining trigger there, and the last that sees a row? */
static List *
check_chain(List *problems, Relation rel, Oid function)
{
	const TriggerDesc *desc = rel->trigdesc;
	int			chain = find_trigger(desc, function, TRIGGER_TYPE_INSERT,
									 TRIGGER_TYPE_ROW);

	if (chain < 0)
		return append(problems, "Table \"%s\" has no chaining trigger.",
					  RelationGetRelationName(rel));
	if (is_down(&desc->triggers[chain]))
		problems = append(problems,
						  "Chaining trigger \"%s\" of table \"%s\" is disabled.",
						  desc->triggers[chain].tgname,
						  RelationGetRelationName(rel));
	/* triggers stand, and run, in the order of their names */
	for (int i = chain + 1; i < desc->numtriggers; i++)
	{
		const Trigger *later = &desc->triggers[i];

		if ((later->tgtype & ROW_TRIGGER_MASK) ==
			(TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE) &&
			(later->tgtype & TRIGGER_TYPE_INSERT) != 0 && !is_down(later))
			problems = append(problems,
							  "Trigger \"%s\" runs after the chaining trigger and can change what was hashed.",
							  later->tgname);
	}
	return problems;
}

/* Are all guards on the table, as they have to be? */
bool
soc2_ledger_has_guards(Relation rel)
{
	return check_guards(NIL, rel, soc2_ledger_function("ledger_guard")) == NIL;
}

/* which index on lane and position a table of a ledger needs */
static const char *
wanted_index(Relation rel)
{
	return rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE ||
		rel->rd_rel->relispartition ? "index" : "unique index";
}

/* Is the chaining trigger on the table? */
bool
soc2_ledger_has_chain(Relation rel)
{
	Oid			function = soc2_ledger_function("ledger_chain");

	return find_trigger(rel->trigdesc, function, TRIGGER_TYPE_INSERT,
						TRIGGER_TYPE_ROW) >= 0;
}

/* The plan of a table that must be a ledger */
const soc2_ledger_plan *
soc2_ledger_plan_require(Relation rel)
{
	const soc2_ledger_plan *plan = soc2_ledger_plan_get(rel, true);

	if (plan != NULL && plan->ledger != RelationGetRelid(rel))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is a partition of ledger \"%s\"",
						soc2_relation_name(rel), get_rel_name(plan->ledger)),
				 errhint("Name the ledger.")));
	if (plan == NULL || (!plan->has_id && !soc2_ledger_has_chain(rel)))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a ledger",
						soc2_relation_name(rel)),
				 errhint("Ledgers are listed in soc2.ledgers.")));
	return plan;
}

/* Raise the error about a missing index */
void
soc2_ledger_index_error(Relation rel)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("ledger \"%s\" has no %s on (ledger_lane, ledger_seq)",
					soc2_relation_name(rel), wanted_index(rel)),
			 errhint("Make the %s on (ledger_lane, ledger_seq) again.",
					 wanted_index(rel))));
}

/* is a table defined as one that holds rows of a ledger has to be? */
static List *
check_table(List *problems, Relation rel, Oid chain, Oid guard)
{
	const char *name = RelationGetRelationName(rel);
	const soc2_ledger_plan *plan = soc2_ledger_plan_get(rel, false);

	problems = check_chain(problems, rel, chain);
	problems = check_guards(problems, rel, guard);
	if (plan == NULL)
		return append(problems, "Table \"%s\" cannot hold rows of a ledger.",
					  name);
	if (!OidIsValid(plan->index))
		problems = append(problems,
						  "Table \"%s\" has no %s on (ledger_lane, ledger_seq).",
						  name, wanted_index(rel));
	if (rel->rd_rel->relpersistence != RELPERSISTENCE_PERMANENT)
		problems = append(problems,
						  "Table \"%s\" is not logged: a crash empties it.",
						  name);
	if (rel->rd_rules != NULL)
		problems = append(problems,
						  "Table \"%s\" has rules, which can swallow rows.",
						  name);
	return problems;
}

/* What is wrong with the definition of a ledger */
List *
soc2_ledger_catalog_problems(Relation rel, const soc2_ledger_plan *plan)
{
	Oid			chain = soc2_ledger_function("ledger_chain");
	Oid			guard = soc2_ledger_function("ledger_guard");
	List	   *problems = check_table(NIL, rel, chain, guard);

	for (int i = 0; i < plan->nmembers; i++)
	{
		Relation	member = try_relation_open(plan->members[i],
											   AccessShareLock);

		if (member == NULL)
			continue;
		problems = check_table(problems, member, chain, guard);
		relation_close(member, NoLock);
	}
	problems = check_own_tables(problems, guard);
	problems = check_function(problems, chain, "soc2_ledger_chain");
	problems = check_function(problems, guard, "soc2_ledger_guard");
	problems = check_function(problems, soc2_ledger_function("ddl_guard"),
							  "soc2_ddl_guard");
	problems = soc2_guard_problems(problems);
	if ((plan->ledger == RelationGetRelid(rel) &&
		 has_superclass(plan->ledger)) ||
		(rel->rd_rel->relkind == RELKIND_RELATION &&
		 find_inheritance_children(plan->ledger, NoLock) != NIL))
		problems = append(problems,
						  "Table \"%s\" takes part in inheritance: rows of another table stand between its own.",
						  RelationGetRelationName(rel));
	return problems;
}
