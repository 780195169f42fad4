/*-------------------------------------------------------------------------
 *
 * retention_move.c
 *		Rows that an update moves to another partition.
 *
 * The server makes of such an update BEFORE UPDATE, then BEFORE DELETE of the
 * same row, then BEFORE INSERT in the other partition; there is no AFTER UPDATE.
 * The first one judges it, in a trigger whose name sorts last.  What it judged
 * is let through in the second one, if nothing can still change the row or take
 * it out of its policy: no later trigger before the update, none before the
 * insert, no foreign table, and no partition beyond the table whose policy it
 * is.  Otherwise the row is judged as what this looks like: a DELETE.
 *
 * IDENTIFICATION
 *	  src/retention_move.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "retention.h"
#include "soc2.h"
#include "storage/proc.h"
#include "utils/rel.h"

/* a command of a transaction */
typedef struct command_id
{
	LocalTransactionId lxid;
	CommandId	command;
} command_id;

/* the row that is being moved to another partition */
static struct
{
	Oid			relid;			/* InvalidOid: none */
	ItemPointerData ctid;
	command_id	by;
}			move;

/* does an insert leave a row as it is, in all partitions of a table? */
static struct
{
	Oid			root;			/* InvalidOid: not known */
	command_id	by;
	bool		faithful;
}			inserts;

/* the command that is running */
static command_id
this_command(void)
{
	command_id	id = {soc2_my_lxid(), GetCurrentCommandId(false)};

	return id;
}

/* is it the command that is running? */
static bool
is_this_command(command_id id)
{
	command_id	now = this_command();

	return id.lxid == now.lxid && id.command == now.command;
}

/* can a trigger still change or skip the update, after this one? */
static bool
has_later_trigger(const TriggerData *trigdata)
{
	const TriggerDesc *all = trigdata->tg_relation->trigdesc;

	for (int i = 0; i < all->numtriggers; i++)
	{
		const Trigger *other = &all->triggers[i];

		if (TRIGGER_FOR_ROW(other->tgtype) && TRIGGER_FOR_BEFORE(other->tgtype) &&
			TRIGGER_FOR_UPDATE(other->tgtype) &&
			strcmp(other->tgname, trigdata->tg_trigger->tgname) > 0)
			return true;
	}
	return false;
}

/* does a table keep the row that is inserted, whatever fires? */
static bool
inserts_faithfully(Relation rel)
{
	const TriggerDesc *all = rel->trigdesc;

	if (rel->rd_rel->relkind == RELKIND_FOREIGN_TABLE)
		return false;
	for (int i = 0; all != NULL && i < all->numtriggers; i++)
	{
		const Trigger *trigger = &all->triggers[i];

		if (TRIGGER_FOR_ROW(trigger->tgtype) &&
			TRIGGER_FOR_BEFORE(trigger->tgtype) &&
			TRIGGER_FOR_INSERT(trigger->tgtype) &&
			trigger->tgenabled != TRIGGER_DISABLED)
			return false;
	}
	return true;
}

/*
 * The same of all partitions of a table.  Locked as the insert locks the one
 * that it goes to, none of them can get a trigger meanwhile.
 */
static bool
all_insert_faithfully(Oid root)
{
	List	   *members;
	ListCell   *cell;

	if (inserts.root == root && is_this_command(inserts.by))
		return inserts.faithful;
	inserts.faithful = true;
	members = find_all_inheritors(root, RowExclusiveLock, NULL);
	foreach(cell, members)
	{
		Relation	rel = table_open(lfirst_oid(cell), NoLock);

		inserts.faithful = inserts.faithful && inserts_faithfully(rel);
		table_close(rel, NoLock);
	}
	list_free(members);
	inserts.root = root;
	inserts.by = this_command();
	return inserts.faithful;
}

/* Before a row is updated that then moves: may it arrive as it was judged? */
void
soc2_retention_note_move(const TriggerData *trigdata,
						 const soc2_retention_policy *policy)
{
	move.relid = InvalidOid;
	if (has_later_trigger(trigdata) ||
		!soc2_retention_in_root(policy, trigdata->tg_newslot) ||
		!all_insert_faithfully(policy->root))
		return;
	move.relid = RelationGetRelid(trigdata->tg_relation);
	move.ctid = trigdata->tg_trigslot->tts_tid;
	move.by = this_command();
}

/* Before a row is deleted: is that the end of a move? */
bool
soc2_retention_ends_move(Relation rel, const TupleTableSlot *slot)
{
	bool		same = move.relid == RelationGetRelid(rel) &&
	ItemPointerEquals(&move.ctid, (ItemPointer) &slot->tts_tid) &&
	is_this_command(move.by);

	move.relid = InvalidOid;
	return same;
}

/* Before a row is updated: it stays where it is */
void
soc2_retention_forget_move(void)
{
	move.relid = InvalidOid;
}
