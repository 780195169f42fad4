/*-------------------------------------------------------------------------
 *
 * ledger_trigger.c
 *		Triggers of a ledger: chaining its rows and guarding them.
 *
 * IDENTIFICATION
 *	  src/ledger_trigger.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "ledger.h"
#include "ledger_custody.h"
#include "miscadmin.h"
#include "replication/logicalworker.h"
#include "soc2_errcodes.h"
#include "trigger.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(soc2_ledger_chain);
PG_FUNCTION_INFO_V1(soc2_ledger_guard);

static const soc2_trigger_rule chain_rule = {
	"soc2.ledger_chain", TRIGGER_TYPE_BEFORE, true, true,
	TRIGGER_TYPE_INSERT, "INSERT"
};

static const soc2_trigger_rule guard_rule = {
	"soc2.ledger_guard", TRIGGER_TYPE_BEFORE, false, false,
	TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE | TRIGGER_TYPE_TRUNCATE,
	"UPDATE, DELETE or TRUNCATE"
};

/*
 * Judge a row that arrives with ledger columns filled, which is a restore.  It
 * is stored as it is, so that neither does a restore fail on a row that was
 * tampered with nor does the row get a good hash on the way: verifying finds
 * it.  Only who could do worse anyway may do that.
 */
static void
check_explicit_link(const soc2_ledger_row *row)
{
	for (int f = 0; f < SOC2_LEDGER_SALT; f++)
	{
		if (!soc2_ledger_row_has(row, f))
			ereport(ERROR,
					(errcode(ERRCODE_SOC2_EXPLICIT_LINK),
					 errmsg("ledger columns of \"%s\" are given in part",
							soc2_relation_name(row->rel)),
					 errdetail("A restored row has all of ledger_lane, ledger_seq, ledger_prev and ledger_hash."),
					 errhint("Leave the ledger columns out.")));
	}
	if (!superuser() &&
		!soc2_relation_ownercheck(RelationGetRelid(row->rel), GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_EXPLICIT_LINK),
				 errmsg("ledger columns of \"%s\" must not be given",
						soc2_relation_name(row->rel)),
				 errdetail("Only a restore by the owner of the table or a superuser gives them."),
				 errhint("Leave the ledger columns out.")));
}

/* names of columns as a text[] */
static Datum
name_array(int count, char *const *names)
{
	Datum	   *items = palloc(sizeof(Datum) * (count + 1));

	for (int i = 0; i < count; i++)
		items[i] = CStringGetTextDatum(names[i]);
	return PointerGetDatum(construct_array(items, count, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

/*
 * See to it that the ledger has an id.  A ledger that has rows has one too, or
 * its entry was removed, and a new id would make all those rows look forged.
 */
static const soc2_ledger_plan *
ensure_id(const soc2_ledger_row *row, int count, char *const *redactable)
{
	const soc2_ledger_plan *plan = row->plan;

	if (plan->has_id)
		return plan;
	/* somebody else may be making it, and then we wait */
	soc2_ledger_lock_entry(plan->ledger);
	plan = soc2_ledger_plan_get(row->rel, true);
	if (plan->has_id)
		return plan;
	if (soc2_ledger_has_rows(row->rel, plan))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("ledger \"%s\" has rows but no entry in soc2.ledgers",
						soc2_relation_name(row->rel)),
				 errhint("Restore soc2.ledgers along with the rows.")));
	soc2_ledger_register(plan->ledger, name_array(count, redactable));
	plan = soc2_ledger_plan_get(row->rel, true);
	if (!plan->has_id)
		elog(ERROR, "could not find the entry of a ledger");
	return plan;
}

/* Put a row at the end of a lane */
void
soc2_ledger_append(soc2_ledger_row *row, int count, char *const *redactable)
{
	soc2_link	link = {0};
	soc2_digest hash;
	int64		end = 0;

	if (!OidIsValid(row->plan->index))
		soc2_ledger_index_error(row->rel);
	link.lane = soc2_ledger_take_lane(row->plan->ledger);
	(void) soc2_ledger_find_end(row->rel, row->plan, &end, &link.prev);
	row->plan = ensure_id(row, count, redactable);
	link.seq = (uint64) end + 1;

	if (row->plan->pinned)
	{
		int			level = soc2_ledger_pin();

		soc2_ledger_row_chain(row, &link, &hash);
		soc2_ledger_unpin(level);
	}
	else
		soc2_ledger_row_chain(row, &link, &hash);
	soc2_ledger_note_end(row, &link, &hash);
}

/*
 * BEFORE INSERT trigger: chain the row.  The arguments name the redactable
 * columns of a ledger that has no entry in soc2.ledgers yet.
 */
Datum
soc2_ledger_chain(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = soc2_trigger_data(fcinfo, &chain_rule);
	TupleDesc	desc = RelationGetDescr(trigdata->tg_relation);
	HeapTuple	tuple = trigdata->tg_trigtuple;
	soc2_ledger_row row;

	row.rel = trigdata->tg_relation;
	row.plan = soc2_ledger_plan_get(row.rel, false);
	if (row.plan == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("table \"%s\" is not a ledger", soc2_relation_name(row.rel)),
				 errdetail("It lacks ledger columns, or is not stored here."),
				 errhint("Ledgers are made by soc2.create_ledger().")));
	row.values = palloc(sizeof(Datum) * desc->natts);
	row.nulls = palloc(sizeof(bool) * desc->natts);
	heap_deform_tuple(tuple, desc, row.values, row.nulls);

	if (soc2_ledger_row_is_linked(&row))
	{
		check_explicit_link(&row);
		soc2_ledger_note_end(&row, NULL, NULL);
		return PointerGetDatum(tuple);
	}
	soc2_ledger_append(&row, trigdata->tg_trigger->tgnargs,
					   trigdata->tg_trigger->tgargs);
	return PointerGetDatum(heap_form_tuple(desc, row.values, row.nulls));
}

/* refuse a change that comes from the publisher of a subscription */
static void
refuse_published(const TriggerData *trigdata, const char *event)
{
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_APPEND_ONLY),
			 errmsg("table \"%s\" is append-only",
					soc2_relation_name(trigdata->tg_relation)),
			 errdetail("The publisher sent %s, and no record that came before stands for it.",
					   event),
			 errhint("Publish soc2.ledger_redactions, soc2.ledger_prunes, soc2.evidence and soc2.ledgers along with the ledger. If they are, see what soc2.verify_ledger() reports on both sides.")));
}

/*
 * BEFORE UPDATE, DELETE or TRUNCATE trigger: refuse, unless it is what
 * redacting or pruning does, here or at the publisher
 */
Datum
soc2_ledger_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = soc2_trigger_data(fcinfo, &guard_rule);
	const char *event = "TRUNCATE";

	if (soc2_custody_allows(trigdata) || soc2_replica_allows(trigdata))
		return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) ?
							   trigdata->tg_newtuple : trigdata->tg_trigtuple);
	if (TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event))
		event = "UPDATE";
	else if (TRIGGER_FIRED_BY_DELETE(trigdata->tg_event))
		event = "DELETE";
	if (IsLogicalWorker())
		refuse_published(trigdata, event);
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_APPEND_ONLY),
			 errmsg("table \"%s\" is append-only",
					soc2_relation_name(trigdata->tg_relation)),
			 errdetail("%s is refused for everybody.", event),
			 errhint("Record another row that corrects or supersedes the first.")));
	PG_RETURN_NULL();
}
