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

#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "ledger.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/reltrigger.h"

/* what every trigger needs to run before a row or a statement */
#define ROW_TRIGGER_MASK \
	(TRIGGER_TYPE_ROW | TRIGGER_TYPE_TIMING_MASK)

/* OID of one of our trigger functions; InvalidOid if it is not there */
static Oid
trigger_function(char *name)
{
	return LookupFuncName(list_make2(makeString("soc2"), makeString(name)),
						  0, NULL, true);
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
		problems = append(problems, "Chaining trigger \"%s\" is disabled.",
						  desc->triggers[chain].tgname);
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

/* Is the chaining trigger on the table? */
bool
soc2_ledger_has_chain(Relation rel)
{
	Oid			function = trigger_function("ledger_chain");

	return find_trigger(rel->trigdesc, function, TRIGGER_TYPE_INSERT,
						TRIGGER_TYPE_ROW) >= 0;
}

/* What is wrong with the definition of a ledger */
List *
soc2_ledger_catalog_problems(Relation rel, const soc2_ledger_plan *plan)
{
	Oid			chain = trigger_function("ledger_chain");
	Oid			guard = trigger_function("ledger_guard");
	Relation	ledgers = table_open(soc2_ledgers_relid(), AccessShareLock);
	List	   *problems = NIL;

	/* from here on nothing looks at the catalogs: trigdesc could move */
	problems = check_chain(problems, rel, chain);
	problems = check_guards(problems, rel, guard);
	problems = check_guards(problems, ledgers, guard);
	if (!OidIsValid(plan->index))
		problems = append(problems,
						  "Table \"%s\" has no unique index on (ledger_lane, ledger_seq).",
						  RelationGetRelationName(rel));
	if (rel->rd_rel->relpersistence != RELPERSISTENCE_PERMANENT)
		problems = append(problems,
						  "Table \"%s\" is not logged: a crash empties it.",
						  RelationGetRelationName(rel));
	if (rel->rd_rules != NULL)
		problems = append(problems,
						  "Table \"%s\" has rules, which can swallow rows.",
						  RelationGetRelationName(rel));
	table_close(ledgers, AccessShareLock);
	return problems;
}
