/*-------------------------------------------------------------------------
 *
 * ledger_custody.c
 *		What redacting and pruning share: the pass through the guard, and
 *		statements that run as the owner of a table.
 *
 * The pass is there only while its statement runs, an error takes it away, and
 * it describes the rows.  Triggers of the table's owner may run meanwhile; all
 * that they could do with the pass is what the statement does itself.
 *
 * IDENTIFICATION
 *	  src/ledger_custody.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "ledger_custody.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "trigger.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"

/* lock tag of who acts on a ledger; lanes and sealing use other fields */
#define CUSTODY_LOCK_FIELD	0xFFFFFFFD

/* pass of the running statement */
static const soc2_custody_pass *current_pass = NULL;

/* is there something to read in a text? */
static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n\f\v")] == '\0';
}

/* Open a ledger to act on it */
void
soc2_custody_open(soc2_custody *custody, Oid relid, int32 lane,
				  const text *reason)
{
	LOCKTAG		tag;

	custody->reason = text_to_cstring(reason);
	if (is_blank(custody->reason))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("reason must not be empty"),
				 errhint("Say why, for those who read the evidence.")));
	custody->lane = lane;
	custody->rel = table_open(relid, RowExclusiveLock);
	custody->plan = soc2_ledger_plan_require(custody->rel);
	custody->name = soc2_relation_name(custody->rel);
	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, relid, CUSTODY_LOCK_FIELD,
						 SOC2_LEDGER_LOCK_CLASS);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

/* Begin a statement */
void
soc2_statement_begin(soc2_statement *statement, const char *sql)
{
	memset(statement, 0, sizeof(*statement));
	statement->sql = sql;
}

/* Give a statement its next argument */
void
soc2_statement_add(soc2_statement *statement, Oid type, Datum value)
{
	Assert(statement->count < SOC2_STATEMENT_ARGUMENTS);
	statement->types[statement->count] = type;
	statement->values[statement->count] = value;
	statement->count++;
}

/* Give a statement a digest */
void
soc2_statement_add_digest(soc2_statement *statement,
						  const soc2_digest *digest)
{
	bytea	   *bytes = palloc(VARHDRSZ + SOC2_DIGEST_SIZE);

	SET_VARSIZE(bytes, VARHDRSZ + SOC2_DIGEST_SIZE);
	memcpy(VARDATA(bytes), digest->bytes, SOC2_DIGEST_SIZE);
	soc2_statement_add(statement, BYTEAOID, PointerGetDatum(bytes));
}

/* run a statement in SPI and keep what came of it */
static void
execute(soc2_statement *statement)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args(statement->sql, statement->count,
							  statement->types, statement->values, NULL,
							  false, 0) < 0)
		elog(ERROR, "could not execute \"%s\"", statement->sql);
	statement->rows = SPI_processed;
	statement->isnull = true;
	if (SPI_tuptable != NULL && SPI_processed > 0)
	{
		Datum		value = SPI_getbinval(SPI_tuptable->vals[0],
										  SPI_tuptable->tupdesc, 1,
										  &statement->isnull);

		if (!statement->isnull)
			statement->number = DatumGetInt64(value);
	}
	SPI_finish();
}

/* Run a statement as the owner of a table */
void
soc2_execute_as_owner(Oid relid, soc2_statement *statement,
					  const soc2_custody_pass *pass)
{
	const soc2_custody_pass *outer = current_pass;
	Relation	rel = table_open(relid, AccessShareLock);
	Oid			owner = rel->rd_rel->relowner;
	Oid			user;
	int			context;
	int			level;

	table_close(rel, NoLock);
	level = soc2_ledger_pin();
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(owner, context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
	current_pass = pass;
	PG_TRY();
	{
		execute(statement);
	}
	PG_FINALLY();
	{
		current_pass = outer;
	}
	PG_END_TRY();
	SetUserIdAndSecContext(user, context);
	soc2_ledger_unpin(level);
}

/* is the row one of those that the pass describes?  The plan is its table's. */
static bool
is_described(const soc2_custody_pass *pass, const soc2_ledger_plan *plan,
			 const Datum *values, const bool *nulls)
{
	AttrNumber	lane = plan->fields[SOC2_LEDGER_LANE];
	AttrNumber	seq = plan->fields[SOC2_LEDGER_SEQ];

	if (nulls[lane - 1] || nulls[seq - 1])
		return false;
	return DatumGetInt32(values[lane - 1]) == pass->lane &&
		DatumGetInt64(values[seq - 1]) >= pass->first &&
		DatumGetInt64(values[seq - 1]) <= pass->last;
}

/* does redacting empty this column? */
static bool
is_emptied(const soc2_ledger_plan *plan, AttrNumber attnum)
{
	for (int i = 0; i < plan->ncolumns; i++)
	{
		if (plan->columns[i].attnum == attnum)
			return plan->columns[i].redactable;
	}
	return attnum == plan->fields[SOC2_LEDGER_SALT];
}

/* is a column after an update what redacting makes of it? */
static bool
column_is_redacted(const soc2_ledger_plan *plan, Form_pg_attribute att,
				   NullableDatum before, NullableDatum after)
{
	if (att->attisdropped || att->attgenerated != '\0')
		return true;
	if (is_emptied(plan, att->attnum))
		return after.isnull;
	return soc2_is_same_value(att, before, after);
}

/* Does an update do nothing but redact a row? */
bool
soc2_update_redacts(const soc2_ledger_plan *plan, const TriggerData *trigdata)
{
	TupleDesc	desc = RelationGetDescr(trigdata->tg_relation);
	Datum	   *before = palloc(sizeof(Datum) * desc->natts);
	Datum	   *after = palloc(sizeof(Datum) * desc->natts);
	bool	   *before_nulls = palloc(sizeof(bool) * desc->natts);
	bool	   *after_nulls = palloc(sizeof(bool) * desc->natts);

	heap_deform_tuple(trigdata->tg_trigtuple, desc, before, before_nulls);
	heap_deform_tuple(trigdata->tg_newtuple, desc, after, after_nulls);
	for (int i = 0; i < desc->natts; i++)
	{
		NullableDatum old = {before[i], before_nulls[i]};
		NullableDatum new = {after[i], after_nulls[i]};

		if (!column_is_redacted(plan, TupleDescAttr(desc, i), old, new))
			return false;
	}
	return true;
}

/* is a row that is changed one that the pass describes? */
static bool
row_is_described(const TriggerData *trigdata, const soc2_ledger_plan *plan)
{
	TupleDesc	desc = RelationGetDescr(trigdata->tg_relation);
	Datum	   *values = palloc(sizeof(Datum) * desc->natts);
	bool	   *nulls = palloc(sizeof(bool) * desc->natts);
	bool		described;

	heap_deform_tuple(trigdata->tg_trigtuple, desc, values, nulls);
	described = is_described(current_pass, plan, values, nulls);
	pfree(values);
	pfree(nulls);
	return described;
}

/* Does the pass of the running statement describe what a guard is asked? */
bool
soc2_custody_allows(const TriggerData *trigdata)
{
	TriggerEvent event = trigdata->tg_event;
	const soc2_ledger_plan *plan;

	if (current_pass == NULL || !TRIGGER_FIRED_FOR_ROW(event))
		return false;
	plan = soc2_ledger_plan_get(trigdata->tg_relation, false);
	if (plan == NULL || plan->ledger != current_pass->ledger)
		return false;
	if (!row_is_described(trigdata, plan))
		return false;
	if (TRIGGER_FIRED_BY_UPDATE(event))
		return current_pass->redacts && soc2_update_redacts(plan, trigdata);
	return TRIGGER_FIRED_BY_DELETE(event) && !current_pass->redacts;
}

/* Begin the payload of the evidence of an act */
void
soc2_custody_payload(StringInfo payload, const soc2_custody *custody)
{
	initStringInfo(payload);
	appendStringInfoString(payload, "{\"ledger\": ");
	escape_json(payload, custody->name);
	appendStringInfo(payload, ", \"lane\": %d, \"reason\": ", custody->lane);
	escape_json(payload, custody->reason);
}
