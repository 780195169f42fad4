/*-------------------------------------------------------------------------
 *
 * track_trigger.c
 *		The trigger of tables that are tracked.
 *
 * It fires ALWAYS, so that session_replication_role hides nothing; but workers
 * of subscriptions are let through: what they apply was recorded at the
 * publisher, whose ledger can be published along with the table.
 *
 * IDENTIFICATION
 *	  src/track_trigger.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_trigger.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "soc2_errcodes.h"
#include "storage/proc.h"
#include "subscription.h"
#include "track.h"
#include "transition.h"
#include "trigger.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(soc2_track_rows);

#define ROW_EVENTS \
	(TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE)

static const soc2_trigger_rule rules[] = {
	{"soc2.track_rows", TRIGGER_TYPE_BEFORE, false, true,
	ROW_EVENTS | TRIGGER_TYPE_TRUNCATE, "INSERT, UPDATE, DELETE or TRUNCATE"},
	{"soc2.track_rows", TRIGGER_TYPE_AFTER, false, true,
	ROW_EVENTS, "INSERT, UPDATE or DELETE"}
};

static const soc2_track_event truncation = {"truncate", false, NULL};

/* a statement that began and has not ended */
typedef struct running_statement
{
	Oid			relid;
	TriggerEvent event;			/* which of INSERT, UPDATE and DELETE */
	SubTransactionId subxact;	/* that it began in */
	int32		step;
} running_statement;

/* statements of this transaction, the innermost last */
static running_statement *stack = NULL;
static int	depth = 0;
static int	room = 0;

/* statements that began in the transaction */
static LocalTransactionId steps_lxid = InvalidLocalTransactionId;
static int32 steps = 0;

/* The number of a statement that starts now */
int32
soc2_track_next_step(void)
{
	if (steps_lxid != soc2_my_lxid())
	{
		steps_lxid = soc2_my_lxid();
		steps = 0;
		depth = 0;
	}
	return ++steps;
}

/* a subtransaction was rolled back: its statements did not end */
static void
subtransaction_ends(SubXactEvent event, SubTransactionId subxact,
					SubTransactionId parent, void *arg)
{
	(void) parent;
	(void) arg;
	if (event != SUBXACT_EVENT_ABORT_SUB)
		return;
	while (depth > 0 && stack[depth - 1].subxact >= subxact)
		depth--;
}

/* a statement begins */
static void
push(const TriggerData *trigdata)
{
	int32		step = soc2_track_next_step();

	if (stack == NULL)
	{
		room = 8;
		stack = MemoryContextAlloc(TopMemoryContext, sizeof(running_statement) * room);
		RegisterSubXactCallback(subtransaction_ends, NULL);
	}
	if (depth == room)
	{
		stack = repalloc(stack, sizeof(running_statement) * room * 2);
		room *= 2;
	}
	stack[depth].relid = RelationGetRelid(trigdata->tg_relation);
	stack[depth].event = trigdata->tg_event & TRIGGER_EVENT_OPMASK;
	stack[depth].subxact = GetCurrentSubTransactionId();
	stack[depth].step = step;
	depth++;
}

/*
 * a statement ends: its number, or 0 if its beginning was not seen.  One that
 * is INSERT and UPDATE in one ends in another order than it began.
 */
static int32
pop(const TriggerData *trigdata)
{
	Oid			relid = RelationGetRelid(trigdata->tg_relation);
	TriggerEvent event = trigdata->tg_event & TRIGGER_EVENT_OPMASK;

	if (steps_lxid != soc2_my_lxid())
		return 0;
	for (int i = depth - 1; i >= 0; i--)
	{
		int32		step = stack[i].step;

		if (stack[i].relid != relid || stack[i].event != event)
			continue;
		memmove(&stack[i], &stack[i + 1],
				sizeof(running_statement) * (depth - i - 1));
		depth--;
		return step;
	}
	return 0;
}

/* what is written about a statement */
typedef struct tracked_statement
{
	const soc2_track *track;
	soc2_track_writer *writer;
	TupleDesc	desc;
	MemoryContext row;			/* reset for each row */
	StringInfoData key;
	StringInfoData other;
	StringInfoData before;
	StringInfoData after;
} tracked_statement;

/* forget the last row */
static void
next_row(tracked_statement *s)
{
	MemoryContextReset(s->row);
	resetStringInfo(&s->key);
	resetStringInfo(&s->other);
	resetStringInfo(&s->before);
	resetStringInfo(&s->after);
}

/* record a row that came or went */
static void
put_row(tracked_statement *s, TupleTableSlot *slot, bool came)
{
	MemoryContext caller = MemoryContextSwitchTo(s->row);
	soc2_track_record record = {0};

	soc2_track_put_key(&s->key, s->track, slot);
	soc2_track_put_row(&s->before, s->track, slot);
	record.key = s->key.data;
	record.before = came ? NULL : s->before.data;
	record.after = came ? s->before.data : NULL;
	soc2_track_add(s->writer, &record);
	MemoryContextSwitchTo(caller);
	next_row(s);
}

/* record a row that was changed, if a column that is recorded was */
static void
put_update(tracked_statement *s, TupleTableSlot *old, TupleTableSlot *new)
{
	MemoryContext caller = MemoryContextSwitchTo(s->row);
	soc2_track_record record = {0};

	if (soc2_track_put_changes(&s->before, &s->after, s->track, old,
							   new))
	{
		soc2_track_put_key(&s->key, s->track, old);
		soc2_track_put_key(&s->other, s->track, new);
		record.key = s->key.data;
		record.before = s->before.data;
		record.after = s->after.data;
		if (strcmp(s->key.data, s->other.data) != 0)
		{
			/* it is found by either key */
			record.other = s->other.data;
			soc2_track_add(s->writer, &record);
			record.key = s->other.data;
			record.other = s->key.data;
			record.is_copy = true;
		}
		soc2_track_add(s->writer, &record);
	}
	MemoryContextSwitchTo(caller);
	next_row(s);
}

/* a row that waits for the one that it became, or was */
typedef struct waiting_row
{
	char	   *key;			/* key */
	MinimalTuple tuple;
} waiting_row;

/* the rows after a statement, by their keys, in the current context */
static HTAB *
rows_by_key(const tracked_statement *s, soc2_transition *table)
{
	HTAB	   *rows = soc2_track_rows_create("soc2 moved rows",
											  sizeof(waiting_row));

	while (soc2_transition_next(table))
	{
		StringInfoData key;
		waiting_row *entry;
		bool		found;

		initStringInfo(&key);
		soc2_track_put_key(&key, s->track, table->slot);
		entry = hash_search(rows, &key.data, HASH_ENTER, &found);
		entry->tuple = ExecCopySlotMinimalTuple(table->slot);
	}
	return rows;
}

/*
 * Record an update some of whose rows did not arrive: a trigger kept a row from
 * coming into another partition.  Rows are matched by their keys; one without a
 * match went or came.
 */
static void
put_unequal_update(tracked_statement *s, soc2_transition *old, soc2_transition *new)
{
	HTAB	   *rows = rows_by_key(s, new);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(s->desc,
													&TTSOpsMinimalTuple);
	HASH_SEQ_STATUS scan;
	waiting_row *entry;

	while (soc2_transition_next(old))
	{
		StringInfoData key;

		initStringInfo(&key);
		soc2_track_put_key(&key, s->track, old->slot);
		entry = hash_search(rows, &key.data, HASH_REMOVE, NULL);
		if (entry == NULL)
		{
			put_row(s, old->slot, false);
			continue;
		}
		ExecStoreMinimalTuple(entry->tuple, slot, false);
		put_update(s, old->slot, slot);
	}
	hash_seq_init(&scan, rows);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		ExecStoreMinimalTuple(entry->tuple, slot, false);
		put_row(s, slot, true);
	}
	ExecDropSingleTupleTableSlot(slot);
}

/* record the rows of an update: the one before and the one after come in pairs */
static void
put_updates(tracked_statement *s, const TriggerData *trigdata)
{
	soc2_transition old = soc2_transition_begin(trigdata->tg_oldtable, s->desc);
	soc2_transition new = soc2_transition_begin(trigdata->tg_newtable, s->desc);

	if (tuplestore_tuple_count(old.store) ==
		tuplestore_tuple_count(new.store))
	{
		while (soc2_transition_next(&old) && soc2_transition_next(&new))
			put_update(s, old.slot, new.slot);
	}
	else
		put_unequal_update(s, &old, &new);
	soc2_transition_end(&old);
	soc2_transition_end(&new);
}

/* record the rows that came or went */
static void
put_rows(tracked_statement *s, Tuplestorestate *store, bool came)
{
	soc2_transition table = soc2_transition_begin(store, s->desc);

	while (soc2_transition_next(&table))
		put_row(s, table.slot, came);
	soc2_transition_end(&table);
}

/* record the rows of a statement that ends */
static void
put_statement(const TriggerData *trigdata, const soc2_track *track,
			  const char *action, int32 step)
{
	tracked_statement s = {track};

	s.desc = RelationGetDescr(trigdata->tg_relation);
	s.writer = soc2_track_begin(track, action, step);
	s.row = AllocSetContextCreate(CurrentMemoryContext, "soc2 changed row",
								  ALLOCSET_DEFAULT_SIZES);
	initStringInfo(&s.key);
	initStringInfo(&s.other);
	initStringInfo(&s.before);
	initStringInfo(&s.after);
	if (TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
		put_rows(&s, trigdata->tg_newtable, true);
	else if (TRIGGER_FIRED_BY_DELETE(trigdata->tg_event))
		put_rows(&s, trigdata->tg_oldtable, false);
	else
		put_updates(&s, trigdata);
	soc2_track_end(s.writer);
	MemoryContextDelete(s.row);
}

/* refuse a trigger that was declared without what it reads */
static void
check_transition(const TriggerData *trigdata)
{
	TriggerEvent event = trigdata->tg_event;

	if ((TRIGGER_FIRED_BY_DELETE(event) || trigdata->tg_newtable != NULL) &&
		(TRIGGER_FIRED_BY_INSERT(event) || trigdata->tg_oldtable != NULL))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			 errmsg("trigger \"%s\" has no transition tables",
					trigdata->tg_trigger->tgname),
			 errhint("Such triggers are created by soc2.track_changes().")));
}

/* what is recorded of the table; its entry is made if it came without one */
static const soc2_track *
track_of(const TriggerData *trigdata)
{
	const soc2_track *track = soc2_track_get(trigdata->tg_relation);
	List	   *key = NIL;

	if (track != NULL)
		return track;
	for (int i = 0; i < trigdata->tg_trigger->tgnargs; i++)
		key = lappend(key, trigdata->tg_trigger->tgargs[i]);
	soc2_track_register(trigdata->tg_relation, key);
	track = soc2_track_get(trigdata->tg_relation);
	if (track == NULL)
		elog(ERROR, "could not find the entry of a tracked table");
	return track;
}

/* after a statement */
static void
statement_ends(const TriggerData *trigdata)
{
	const soc2_track *track;
	const char *action = "update";
	int32		step = pop(trigdata);

	check_transition(trigdata);
	track = track_of(trigdata);
	if (TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
		action = "insert";
	else if (TRIGGER_FIRED_BY_DELETE(trigdata->tg_event))
		action = "delete";
	if (track->pinned)
	{
		int			level = soc2_ledger_pin();

		put_statement(trigdata, track, action, step);
		soc2_ledger_unpin(level);
	}
	else
		put_statement(trigdata, track, action, step);
}

/*
 * Is it a row of a table of the extension that a restore brings?  Such tables have
 * their triggers before they have rows, and the rows have their history already.
 * Dumps switch this setting off; who could do without the trigger anyway is believed.
 */
static bool
is_restored(const TriggerData *trigdata)
{
	Oid			relid = RelationGetRelid(trigdata->tg_relation);

	return !check_function_bodies &&
		TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) &&
		OidIsValid(getExtensionOfObject(RelationRelationId, relid)) &&
		(superuser() || soc2_relation_ownercheck(relid, GetUserId()));
}

/*
 * soc2.track_rows(): trigger of tables that are tracked.  The arguments name
 * the key of a table that has no entry in soc2.tracked_tables yet.
 */
Datum
soc2_track_rows(PG_FUNCTION_ARGS)
{
	bool		after = CALLED_AS_TRIGGER(fcinfo) &&
	TRIGGER_FIRED_AFTER(((TriggerData *) fcinfo->context)->tg_event);
	const TriggerData *trigdata = soc2_trigger_data(fcinfo, &rules[after]);

	if (TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger function \"%s\" must be fired FOR EACH STATEMENT",
						"soc2.track_rows")));
	if (soc2_subscription_passes(trigdata->tg_relation) ||
		is_restored(trigdata))
		return PointerGetDatum(NULL);
	if (after)
		statement_ends(trigdata);
	else if (TRIGGER_FIRED_BY_TRUNCATE(trigdata->tg_event))
		soc2_track_whole_table(trigdata->tg_relation, track_of(trigdata),
							   &truncation);
	else
		push(trigdata);
	return PointerGetDatum(NULL);
}
