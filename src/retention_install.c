/*-------------------------------------------------------------------------
 *
 * retention_install.c
 *		What makes a policy of an assignment: its triggers and its row.
 *
 * IDENTIFICATION
 *	  src/retention_install.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "ledger.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "retention.h"
#include "soc2.h"
#include "trigger.h"

/* create the triggers of a policy that one table lacks */
static void
create_guards(Relation rel)
{
	for (int i = 0; i < SOC2_GUARD_TRIGGERS; i++)
	{
		const soc2_guard_trigger *wanted = &soc2_guard_triggers[i];

		if (soc2_retention_needs_trigger(rel, wanted) &&
			!soc2_retention_has_trigger(rel, wanted))
			soc2_trigger_create(RelationGetRelid(rel),
								soc2_trigger_statement(wanted->name,
													   wanted->type),
								SOC2_RETENTION_GUARD, TRIGGER_FIRES_ALWAYS,
								wanted->comment);
	}
}

/* Create the triggers of a policy that a table and its partitions lack */
void
soc2_retention_create_guards(Oid relid)
{
	List	   *members = list_make1_oid(relid);
	ListCell   *cell;

	if (get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE)
		members = find_all_inheritors(relid, NoLock, NULL);
	foreach(cell, members)
	{
		Relation	member = table_open(lfirst_oid(cell), NoLock);

		create_guards(member);
		table_close(member, NoLock);
	}
}

/* Create the trigger that records the assignment */
void
soc2_retention_create_rule(const soc2_retention_assignment *new,
						   Node *condition)
{
	CreateTrigStmt *stmt =
	soc2_trigger_statement(psprintf(SOC2_RULE_TRIGGER "%d", new->ordinal),
						   TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE |
						   TRIGGER_TYPE_UPDATE);
	int			level;

	stmt->columns = lcons(makeString(pstrdup(new->anchor)),
						  list_copy(new->protect));
	stmt->whenClause = condition;
	/* literals mean what they meant when the predicate was judged */
	level = soc2_ledger_pin();
	soc2_trigger_create(RelationGetRelid(new->rel), stmt,
						SOC2_RETENTION_GUARD, TRIGGER_FIRES_ALWAYS,
						"says which rows retention is about, which column it starts from, and which are protected");
	soc2_ledger_unpin(level);
}

/* names of columns as an array */
static Datum
name_array(List *names)
{
	Datum	   *values = palloc(sizeof(Datum) * (list_length(names) + 1));

	for (int i = 0; i < list_length(names); i++)
		values[i] = DirectFunctionCall1(namein,
										CStringGetDatum(strVal(list_nth(names, i))));
	return PointerGetDatum(construct_array(values, list_length(names), NAMEOID,
										   NAMEDATALEN, false, TYPALIGN_CHAR));
}

/* Record an assignment */
void
soc2_retention_insert(const soc2_retention_assignment *new, int32 version)
{
	Datum		values[SOC2_ASSIGNMENT_COLUMNS];
	bool		nulls[SOC2_ASSIGNMENT_COLUMNS] = {false};
	const char *author = GetUserNameFromId(GetUserId(), false);

	values[SOC2_ASSIGNMENT_RELATION - 1] =
		ObjectIdGetDatum(RelationGetRelid(new->rel));
	values[SOC2_ASSIGNMENT_CLASS - 1] = CStringGetTextDatum(new->class.name);
	values[SOC2_ASSIGNMENT_ANCHOR - 1] =
		DirectFunctionCall1(namein, CStringGetDatum(new->anchor));
	values[SOC2_ASSIGNMENT_ORDINAL - 1] = Int32GetDatum(new->ordinal);
	values[SOC2_ASSIGNMENT_ASSIGNED_AT - 1] =
		TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	values[SOC2_ASSIGNMENT_ASSIGNED_BY - 1] = CStringGetTextDatum(author);
	values[SOC2_ASSIGNMENT_VERSION - 1] = Int32GetDatum(version);
	nulls[SOC2_ASSIGNMENT_PREDICATE - 1] = new->predicate == NULL;
	values[SOC2_ASSIGNMENT_PREDICATE - 1] = new->predicate == NULL ?
		(Datum) 0 : CStringGetTextDatum(new->predicate);
	values[SOC2_ASSIGNMENT_PROTECT - 1] = name_array(new->protect);
	CatalogTupleInsert(new->assignments,
					   heap_form_tuple(RelationGetDescr(new->assignments),
									   values, nulls));
}
