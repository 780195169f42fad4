/*-------------------------------------------------------------------------
 *
 * ledger_replica.c
 *		What the guard of a ledger lets through on a subscriber.
 *
 * A publisher's soc2.redact() and soc2.prune_ledger() arrive as an UPDATE and
 * as DELETEs of the worker that applies his changes.  The guard there does not
 * know who asked for them.  It believes what can be checked: that the values
 * that are taken away are those whose commitments soc2.ledger_redactions keeps,
 * and that soc2.ledger_prunes, and the evidence that it names, speak of the rows
 * that are removed.  Both records come before the change, in its transaction.
 *
 * So what a superuser of the publisher does behind the guards there does not
 * arrive here: it stops the subscription.
 *
 * IDENTIFICATION
 *	  src/ledger_replica.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "evidence.h"
#include "ledger_custody.h"
#include "replication/logicalworker.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

/* a row that the publisher changed, as it is here */
typedef struct replica_row
{
	Relation	rel;
	const soc2_ledger_plan *plan;
	Datum	   *values;
	bool	   *nulls;
} replica_row;

/* give a statement the ledger and the position of the row */
static void
add_position(soc2_statement *statement, const replica_row *row)
{
	const AttrNumber *fields = row->plan->fields;

	soc2_statement_add(statement, UUIDOID,
					   UUIDPGetDatum((const pg_uuid_t *) row->plan->id.bytes));
	soc2_statement_add(statement, INT4OID,
					   row->values[fields[SOC2_LEDGER_LANE] - 1]);
	soc2_statement_add(statement, INT8OID,
					   row->values[fields[SOC2_LEDGER_SEQ] - 1]);
}

/* was a value of the row redacted, with this commitment? */
static bool
commitment_is_kept(const replica_row *row, int column,
				   const soc2_digest *commitment)
{
	AttrNumber	attnum = row->plan->columns[column].attnum;
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(row->rel),
										  attnum - 1);
	soc2_statement select;

	soc2_statement_begin(&select,
						 "SELECT pg_catalog.count(*) FROM soc2.ledger_redactions"
						 " WHERE ledger_id OPERATOR(pg_catalog.=) $1 AND lane OPERATOR(pg_catalog.=) $2"
						 " AND seq OPERATOR(pg_catalog.=) $3 AND column_name OPERATOR(pg_catalog.=) $4"
						 " AND commitment OPERATOR(soc2.=) soc2.digest_from_bytea($5)");
	add_position(&select, row);
	soc2_statement_add(&select, NAMEOID, NameGetDatum(&att->attname));
	soc2_statement_add_digest(&select, commitment);
	soc2_execute_as_owner(soc2_table_oid("ledger_redactions"), &select, NULL);
	return select.number > 0;
}

/* are all redactable values of the row kept as commitments? */
static bool
values_are_kept(const replica_row *row)
{
	const soc2_ledger_plan *plan = row->plan;
	AttrNumber	attnum = plan->fields[SOC2_LEDGER_SALT];
	soc2_ledger_kept *kept;
	bytea	   *salt;
	int			level;

	/* it has none */
	if (!soc2_ledger_needs_salt(plan, row->nulls))
		return true;
	if (attnum == 0 || row->nulls[attnum - 1])
		return false;
	salt = DatumGetByteaPP(row->values[attnum - 1]);
	if (VARSIZE_ANY_EXHDR(salt) != SOC2_SALT_SIZE)
		return false;
	level = soc2_ledger_pin();
	kept = soc2_ledger_commitments(plan, row->values, row->nulls,
								   (const unsigned char *) VARDATA_ANY(salt));
	soc2_ledger_unpin(level);
	for (int i = 0; i < plan->ncolumns; i++)
	{
		if (kept[i].present &&
			!commitment_is_kept(row, i, &kept[i].commitment))
			return false;
	}
	return true;
}

/* was the row pruned, and is there evidence of that? */
static bool
is_pruned(const replica_row *row)
{
	soc2_statement select;

	soc2_statement_begin(&select,
						 "SELECT pg_catalog.count(*) FROM soc2.ledger_prunes AS p"
						 " WHERE p.ledger_id OPERATOR(pg_catalog.=) $1 AND p.lane OPERATOR(pg_catalog.=) $2"
						 " AND p.last_seq OPERATOR(pg_catalog.>=) $3 AND EXISTS ("
						 "SELECT FROM soc2.evidence AS e WHERE e.evidence_id OPERATOR(pg_catalog.=) p.evidence_id"
						 " AND e.kind OPERATOR(pg_catalog.=) '" SOC2_PRUNE_KIND "')");
	add_position(&select, row);
	soc2_execute_as_owner(soc2_table_oid("ledger_prunes"), &select, NULL);
	return select.number > 0;
}

/* Is it a change of the publisher's that a record stands for? */
bool
soc2_replica_allows(const TriggerData *trigdata)
{
	TupleDesc	desc = RelationGetDescr(trigdata->tg_relation);
	replica_row row = {trigdata->tg_relation};
	const AttrNumber *fields;

	if (!IsLogicalWorker() || !TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		return false;
	row.plan = soc2_ledger_plan_get(row.rel, true);
	if (row.plan == NULL || !row.plan->has_id)
		return false;
	row.values = palloc(sizeof(Datum) * desc->natts);
	row.nulls = palloc(sizeof(bool) * desc->natts);
	heap_deform_tuple(trigdata->tg_trigtuple, desc, row.values, row.nulls);
	fields = row.plan->fields;
	if (row.nulls[fields[SOC2_LEDGER_LANE] - 1] ||
		row.nulls[fields[SOC2_LEDGER_SEQ] - 1])
		return false;
	if (TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event))
		return soc2_update_redacts(row.plan, trigdata) &&
			values_are_kept(&row);
	return TRIGGER_FIRED_BY_DELETE(trigdata->tg_event) && is_pruned(&row);
}
