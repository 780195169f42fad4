/*-------------------------------------------------------------------------
 *
 * shred_destroy.c
 *		Destroying keys of subjects, and the guard of their table.
 *
 * The guard lets through what the functions here do, to the one key that they
 * do it to.
 *
 * IDENTIFICATION
 *	  src/shred_destroy.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "ledger_custody.h"
#include "relation.h"
#include "replication/logicalworker.h"
#include "shred.h"
#include "soc2_errcodes.h"
#include "trigger.h"
#include "utils/builtins.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(soc2_lock_subject_key);
PG_FUNCTION_INFO_V1(soc2_destroy_subject_key);
PG_FUNCTION_INFO_V1(soc2_change_subject_key);
PG_FUNCTION_INFO_V1(soc2_subject_key_guard);

/* column of soc2.subject_keys */
#define KEY_ID	1

static const soc2_trigger_rule guard_rule = {
	"soc2.subject_key_guard", TRIGGER_TYPE_BEFORE, true, false,
	TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE | TRIGGER_TYPE_TRUNCATE,
	"UPDATE, DELETE or TRUNCATE"
};

/* the key that a statement of ours is about, or NULL */
static const pg_uuid_t *current_key = NULL;

/* run a statement about a key; the guard lets it through */
static uint64
run_statement(const pg_uuid_t *id, soc2_statement *statement)
{
	PG_TRY();
	{
		current_key = id;
		soc2_execute_as_owner(soc2_table_oid("subject_keys"), statement, NULL);
	}
	PG_FINALLY();
	{
		current_key = NULL;
	}
	PG_END_TRY();
	return statement->rows;
}

/*
 * soc2.lock_subject_key(key_id uuid): wait for those who have a key open, and
 * keep others from opening it
 */
Datum
soc2_lock_subject_key(PG_FUNCTION_ARGS)
{
	soc2_data_key_lock(PG_GETARG_UUID_P(0), ExclusiveLock);
	PG_RETURN_VOID();
}

/* soc2.destroy_subject_key(key_id uuid): was there one? */
Datum
soc2_destroy_subject_key(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id = PG_GETARG_UUID_P(0);
	soc2_statement statement;

	soc2_data_key_lock(id, ExclusiveLock);
	soc2_data_key_forget(id);
	soc2_statement_begin(&statement, "DELETE FROM soc2.subject_keys AS k"
						 " WHERE k.key_id OPERATOR(pg_catalog.=) $1");
	soc2_statement_add(&statement, UUIDOID, UUIDPGetDatum(id));
	PG_RETURN_BOOL(run_statement(id, &statement) > 0);
}

/*
 * soc2.change_subject_key(key_id uuid, wrapping_key text, wrapping_version
 * integer, wrapped bytea): the key is wrapped in another way
 */
Datum
soc2_change_subject_key(PG_FUNCTION_ARGS)
{
	static const Oid types[] = {UUIDOID, TEXTOID, INT4OID, BYTEAOID};
	soc2_statement statement;

	soc2_statement_begin(&statement, "UPDATE soc2.subject_keys AS k"
						 " SET wrapping_key = $2, wrapping_version = $3, wrapped = $4"
						 " WHERE k.key_id OPERATOR(pg_catalog.=) $1");
	for (int i = 0; i < (int) lengthof(types); i++)
		soc2_statement_add(&statement, types[i], PG_GETARG_DATUM(i));
	PG_RETURN_BOOL(run_statement(PG_GETARG_UUID_P(0), &statement) > 0);
}

/* is a row that a trigger is asked about the one of the running statement? */
static bool
is_current(const TriggerData *trigdata)
{
	bool		isnull;
	Datum		id;

	if (current_key == NULL || TRIGGER_FIRED_BY_TRUNCATE(trigdata->tg_event))
		return false;
	id = slot_getattr(trigdata->tg_trigslot, KEY_ID, &isnull);
	return !isnull &&
		memcmp(DatumGetUUIDP(id), current_key, sizeof(*current_key)) == 0;
}

/* soc2.subject_key_guard(): trigger of soc2.subject_keys */
Datum
soc2_subject_key_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = soc2_trigger_data(fcinfo, &guard_rule);

	if (!is_current(trigdata) && !IsLogicalWorker())
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("table \"%s\" is guarded",
						RelationGetRelationName(trigdata->tg_relation)),
				 errdetail("Without its rows nobody can read what was encrypted for subjects."),
				 errhint("A key is destroyed by an approved plan; see soc2.plan_shred().")));
	return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) ?
						   trigdata->tg_newtuple : trigdata->tg_trigtuple);
}
