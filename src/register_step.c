/*-------------------------------------------------------------------------
 *
 * register_step.c
 *		soc2.register_step(): rows of registers take the steps they may take.
 *
 * soc2.registers and soc2.register_transitions are read anew for each row:
 * registers are written by people.  They are read without regard to privileges,
 * as constraints would be.
 *
 * The owner of a table may insert rows in any state, with what steps set: so do
 * dumps, and imports of registers that were kept elsewhere.
 *
 * IDENTIFICATION
 *	  src/register_step.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "executor/spi.h"
#include "ledger.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "person.h"
#include "relation.h"
#include "soc2_errcodes.h"
#include "trigger.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(soc2_register_step);

/* columns of soc2.registers */
enum
{
	REGISTER_NAME = 1,
	REGISTER_KEY = 5,
	REGISTER_STATE = 8
};

/* columns of soc2.register_transitions */
enum
{
	TRANSITION_REGISTER = 1,
	TRANSITION_FROM,
	TRANSITION_TO,
	TRANSITION_ACT,
	TRANSITION_STAMP,
	TRANSITION_OTHER_THAN
};

/* a step that rows of a register may take */
typedef struct register_transition
{
	char	   *from;			/* NULL: a new row */
	char	   *to;
	char	   *act;
	char	   *stamp;			/* NULL: none */
	List	   *other_than;		/* names of columns */
} register_transition;

/* a call of the trigger */
typedef struct register_call
{
	const char *name;			/* of the register */
	const char *noun;			/* the same in messages */
	Relation	rel;
	TupleDesc	desc;
	List	   *key;			/* names of columns */
	char	   *state;			/* name of the column */
	List	   *transitions;	/* register_transition */
	HeapTuple	old;			/* NULL: INSERT */
	HeapTuple	new;
	bool		imports;		/* INSERT by the owner of the table */
} register_call;

static const soc2_trigger_rule step_rule = {
	"soc2.register_step", TRIGGER_TYPE_BEFORE, true, true,
	TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE,
	"INSERT or UPDATE"
};

/* the elements of an array of text */
static List *
list_names(Datum array)
{
	List	   *names = NIL;
	Datum	   *elements;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, NULL, &count);
	for (int i = 0; i < count; i++)
		names = lappend(names, TextDatumGetCString(elements[i]));
	return names;
}

/* the name of a register as messages have it: with blanks */
static const char *
spell(const char *name)
{
	char	   *noun = pstrdup(name);

	for (char *at = noun; *at != '\0'; at++)
	{
		if (*at == '_')
			*at = ' ';
	}
	return noun;
}

/* a text column of a row of our tables; NULL if it is */
static char *
own_text(Relation rel, HeapTuple tuple, int column)
{
	bool		isnull;
	Datum		value = soc2_own_column(rel, tuple, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/* what the register says about the columns of its table */
static void
read_register(register_call *call)
{
	Relation	rel = table_open(soc2_table_oid("registers"), AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0,
										  NULL);
	HeapTuple	tuple;
	bool		isnull;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		if (strcmp(own_text(rel, tuple, REGISTER_NAME), call->name) != 0)
			continue;
		call->key = list_names(soc2_own_column(rel, tuple, REGISTER_KEY,
											   &isnull));
		call->state = own_text(rel, tuple, REGISTER_STATE);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	if (call->state == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no register \"%s\" with states",
						call->name)));
}

/* the steps of the register */
static void
read_transitions(register_call *call)
{
	Relation	rel = table_open(soc2_table_oid("register_transitions"),
								 AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0,
										  NULL);
	HeapTuple	tuple;
	bool		isnull;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		register_transition *step;

		if (strcmp(own_text(rel, tuple, TRANSITION_REGISTER), call->name) != 0)
			continue;
		step = palloc(sizeof(register_transition));
		step->from = own_text(rel, tuple, TRANSITION_FROM);
		step->to = own_text(rel, tuple, TRANSITION_TO);
		step->act = own_text(rel, tuple, TRANSITION_ACT);
		step->stamp = own_text(rel, tuple, TRANSITION_STAMP);
		step->other_than = list_names(soc2_own_column(rel, tuple,
													  TRANSITION_OTHER_THAN,
													  &isnull));
		call->transitions = lappend(call->transitions, step);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

/* number of a column of the table of a register */
static AttrNumber
column_number(const register_call *call, const char *column)
{
	int			number = SPI_fnumber(call->desc, column);

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of table \"%s\" does not exist",
						column, RelationGetRelationName(call->rel)),
				 errdetail("Register \"%s\" needs it.", call->name)));
	return (AttrNumber) number;
}

/* a column of a row as text; NULL if it is */
static char *
column_text(const register_call *call, HeapTuple tuple, const char *column)
{
	return SPI_getvalue(tuple, call->desc, column_number(call, column));
}

/* is a state left or entered by any step of the register? */
static bool
is_state(const register_call *call, const char *state)
{
	ListCell   *cell;

	foreach(cell, call->transitions)
	{
		if (strcmp(((register_transition *) lfirst(cell))->to, state) == 0)
			return true;
	}
	return false;
}

/* the step from a state, or NULL for a new row, to another; NULL: none */
static const register_transition *
find_transition(const register_call *call, const char *from, const char *to)
{
	ListCell   *cell;

	foreach(cell, call->transitions)
	{
		const register_transition *step = lfirst(cell);

		if ((from == NULL) == (step->from == NULL) &&
			(from == NULL || strcmp(step->from, from) == 0) &&
			strcmp(step->to, to) == 0)
			return step;
	}
	return NULL;
}

/* the states that a state, or a new row, may go to, quoted; NULL: none */
static const char *
next_states(const register_call *call, const char *from)
{
	StringInfoData states;
	ListCell   *cell;

	initStringInfo(&states);
	foreach(cell, call->transitions)
	{
		const register_transition *step = lfirst(cell);

		if (find_transition(call, from, step->to) == step)
			appendStringInfo(&states, "%s\"%s\"", states.len ? ", " : "",
							 step->to);
	}
	return states.len ? states.data : NULL;
}

/* the row, by its key */
static const char *
row_name(const register_call *call)
{
	StringInfoData name;
	ListCell   *cell;

	initStringInfo(&name);
	foreach(cell, call->key)
	{
		const char *value = column_text(call, call->new, lfirst(cell));

		appendStringInfo(&name, "%s%s", name.len ? ", " : "",
						 value ? value : "NULL");
	}
	return name.data;
}

/* refuse a state that the register does not have */
static void
require_state(const register_call *call, const char *state)
{
	if (state != NULL && is_state(call, state))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("register \"%s\" has no state \"%s\"", call->name,
					state ? state : "NULL"),
			 errhint("A new row may be %s.", next_states(call, NULL)),
			 errtable(call->rel)));
}

/* refuse a step that the register does not have */
static void
refuse_step(const register_call *call, const char *from, const char *to)
{
	const char *next = next_states(call, from);

	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 from ? errmsg("%s \"%s\" cannot go from \"%s\" to \"%s\"",
						   call->noun, row_name(call), from, to) :
			 errmsg("%s \"%s\" cannot begin as \"%s\"", call->noun,
					row_name(call), to),
			 next ? errhint("It can become %s.", next) :
			 errhint("\"%s\" is final.", from),
			 errtable(call->rel)));
}

/* refuse an update that leaves a row in a state that is final */
static void
require_open(const register_call *call, const char *state)
{
	if (next_states(call, state) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s \"%s\" is \"%s\" and cannot be changed",
						call->noun, row_name(call), state),
				 errhint("Record what has to be said in a new row."),
				 errtable(call->rel)));
}

/* refuse a row in which a column is set that is not the user's to change */
static void
require_unchanged(const register_call *call, const char *column,
				  const char *why)
{
	AttrNumber	number = column_number(call, column);
	NullableDatum before = {.isnull = true};
	NullableDatum after;

	if (call->old != NULL)
		before.value = heap_getattr(call->old, number, call->desc,
									&before.isnull);
	after.value = heap_getattr(call->new, number, call->desc, &after.isnull);
	if (soc2_is_same_value(TupleDescAttr(call->desc, number - 1), before, after))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_GUARDED),
			 errmsg("column \"%s\" of %s \"%s\" cannot be %s", column,
					call->noun, row_name(call), call->old ? "changed" : "set"),
			 errdetail("%s", why),
			 errtablecol(call->rel, number)));
}

/*
 * Refuse an update of the key, or of what steps set; in a new row, what other
 * steps set than the one it begins with
 */
static void
require_own_columns(const register_call *call,
					const register_transition *begun)
{
	ListCell   *cell;

	foreach(cell, call->old ? call->key : NIL)
		require_unchanged(call, lfirst(cell), "It names the row.");
	foreach(cell, call->transitions)
	{
		const register_transition *step = lfirst(cell);

		if (step->stamp == NULL || (begun != NULL && begun->stamp != NULL &&
									strcmp(step->stamp, begun->stamp) == 0))
			continue;
		require_unchanged(call, psprintf("%s_at", step->stamp),
						  "It is set by a step of the row.");
		require_unchanged(call, psprintf("%s_by", step->stamp),
						  "It is set by a step of the row.");
	}
}

/* refuse a step of somebody who may not take it */
static void
require_other_person(const register_call *call,
					 const register_transition *step)
{
	ListCell   *cell;

	foreach(cell, step->other_than)
		soc2_require_second_person(psprintf("to %s %s \"%s\"", step->act,
											call->noun, row_name(call)),
								   column_text(call, call->new, lfirst(cell)),
								   soc2_login_role());
}

/* value of a login in a column of type name or text */
static Datum
login_datum(Oid type)
{
	char	   *login = soc2_login_role();

	if (type == NAMEOID)
		return DirectFunctionCall1(namein, CStringGetDatum(login));
	return CStringGetTextDatum(login);
}

/* the row with when and by whom the step was taken */
static HeapTuple
stamp_row(const register_call *call, const register_transition *step)
{
	int			columns[2];
	Datum		values[2];
	bool		nulls[2] = {false, false};
	bool		isnull;

	if (step->stamp == NULL)
		return call->new;
	columns[0] = column_number(call, psprintf("%s_at", step->stamp));
	columns[1] = column_number(call, psprintf("%s_by", step->stamp));
	values[0] = heap_getattr(call->new, columns[0], call->desc, &isnull);
	if (call->imports && !isnull)
		return call->new;
	values[0] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[1] = login_datum(TupleDescAttr(call->desc,
										  columns[1] - 1)->atttypid);
	return heap_modify_tuple_by_cols(call->new, call->desc, 2, columns, values,
									 nulls);
}

/* the row after its step, or as it is if it takes none */
static HeapTuple
take_step(const register_call *call)
{
	const char *to = column_text(call, call->new, call->state);
	const char *from = call->old ?
	column_text(call, call->old, call->state) : NULL;
	const register_transition *step;

	require_state(call, to);
	if (call->old != NULL)
		require_own_columns(call, NULL);
	if (from != NULL && strcmp(from, to) == 0)
	{
		require_open(call, from);
		return call->new;
	}
	step = find_transition(call, from, to);
	if (step == NULL && call->imports)
		return call->new;
	if (step == NULL)
		refuse_step(call, from, to);
	if (!call->imports && call->old == NULL)
		require_own_columns(call, step);
	if (!call->imports)
		require_other_person(call, step);
	return stamp_row(call, step);
}

/* soc2.register_step(): trigger of registers whose rows have states */
Datum
soc2_register_step(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = soc2_trigger_data(fcinfo, &step_rule);
	bool		update = TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event);
	register_call call = {
		.rel = trigdata->tg_relation,
		.desc = RelationGetDescr(trigdata->tg_relation),
		.old = update ? trigdata->tg_trigtuple : NULL,
		.new = update ? trigdata->tg_newtuple : trigdata->tg_trigtuple,
		.imports = !update &&
		soc2_relation_ownercheck(RelationGetRelid(trigdata->tg_relation),
								 GetUserId())
	};

	if (trigdata->tg_trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger function \"soc2.register_step\" must be declared with the name of a register")));
	call.name = trigdata->tg_trigger->tgargs[0];
	call.noun = spell(call.name);
	read_register(&call);
	read_transitions(&call);
	return PointerGetDatum(take_step(&call));
}
