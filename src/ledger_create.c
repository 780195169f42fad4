/*-------------------------------------------------------------------------
 *
 * ledger_create.c
 *		soc2.create_ledger: make a ledger of a table.
 *
 * The table is locked against everybody.  It gets the ledger columns, then
 * its rows are written anew, each chained to the one before it in lane 0 in
 * the order in which they lie there, then it gets constraints and triggers.
 * What the caller may not do to the table by hand is not done here either; the
 * one exception is the entry in soc2.ledgers.
 *
 * IDENTIFICATION
 *	  src/ledger_create.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "executor/spi.h"
#include "ledger.h"
#include "ledger_create.h"
#include "miscadmin.h"
#include "tcop/utility.h"
#include "trigger.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(soc2_create_ledger);

/* a trigger that a ledger has */
typedef struct ledger_trigger
{
	const char *name;
	char	   *function;
	int16		event;
	bool		row;
	char		enabled;
	const char *comment;
} ledger_trigger;

static const ledger_trigger ledger_triggers[] = {
	{SOC2_LEDGER_CHAIN, "ledger_chain", TRIGGER_TYPE_INSERT, true,
		TRIGGER_FIRES_ON_ORIGIN,
	"chains the row to the one before it; runs last"},
	{"soc2_guard_update", "ledger_guard", TRIGGER_TYPE_UPDATE, true,
		TRIGGER_FIRES_ALWAYS,
	"refuses UPDATE, also where triggers are off for replication"},
	{"soc2_guard_delete", "ledger_guard", TRIGGER_TYPE_DELETE, true,
		TRIGGER_FIRES_ALWAYS,
	"refuses DELETE, also where triggers are off for replication"},
	{"soc2_guard_truncate", "ledger_guard", TRIGGER_TYPE_TRUNCATE, false,
		TRIGGER_FIRES_ALWAYS,
	"refuses TRUNCATE, also where triggers are off for replication"}
};

/* ledger columns: their definition and comment */
static const struct
{
	const char *type;
	const char *comment;
}			ledger_columns[SOC2_LEDGER_FIELDS] = {
	{"pg_catalog.int4", "lane of the ledger that holds the row"},
	{"pg_catalog.int8", "position in the lane, from 1"},
	{"soc2.digest", "ledger_hash of the row before it in its lane; zero at position 1"},
	{"soc2.digest", "hash of ledger, position, ledger_prev and content"},
	{"pg_catalog.bytea", "random bytes in the commitments to redactable columns"}
};

/* run a command as the caller */
static void
run(const char *command)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(command, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "could not run \"%s\"", command);
	SPI_finish();
	CommandCounterIncrement();
}

/* give the table of this name the ledger columns that it lacks */
static void
add_columns(Oid relid, const char *name, bool salted)
{
	StringInfoData command;
	const char *separator = " ";
	int			count = salted ? SOC2_LEDGER_FIELDS : SOC2_LEDGER_SALT;

	initStringInfo(&command);
	appendStringInfo(&command, "ALTER TABLE %s", name);
	for (int f = 0; f < count; f++)
	{
		const char *field = soc2_ledger_field_name(f);

		if (get_attnum(relid, field) != InvalidAttrNumber)
			continue;
		appendStringInfo(&command, "%sADD COLUMN %s %s", separator, field,
						 ledger_columns[f].type);
		separator = ", ";
	}
	if (*separator == ',')
		run(command.data);
	for (int f = 0; f < count; f++)
		run(psprintf("COMMENT ON COLUMN %s.%s IS %s", name,
					 soc2_ledger_field_name(f),
					 quote_literal_cstr(ledger_columns[f].comment)));
}

/* give the table and its partitions the constraints, which all rows satisfy */
static void
add_constraints(const char *name)
{
	StringInfoData command;

	initStringInfo(&command);
	appendStringInfo(&command, "ALTER TABLE %s", name);
	for (int f = 0; f < SOC2_LEDGER_SALT; f++)
		appendStringInfo(&command, "%sALTER COLUMN %s SET NOT NULL",
						 f == 0 ? " " : ", ", soc2_ledger_field_name(f));
	run(command.data);
}

/*
 * Give the table the index on lane and position.  That of a partitioned one
 * could be unique only with the partition key, and every partition gets one,
 * those that are yet to come too.
 */
static void
add_index(Oid relid, const char *name)
{
	if (get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE)
		run(psprintf("CREATE INDEX ON %s (ledger_lane, ledger_seq)", name));
	else
		run(psprintf("ALTER TABLE ONLY %s ADD UNIQUE (ledger_lane, ledger_seq)",
					 name));
}

/* give a table a trigger; where it is partitioned, one for rows is for all */
static void
add_trigger(Oid relid, const ledger_trigger *wanted)
{
	int16		type = TRIGGER_TYPE_BEFORE | wanted->event |
	(wanted->row ? TRIGGER_TYPE_ROW : TRIGGER_TYPE_STATEMENT);

	soc2_trigger_create(relid, soc2_trigger_statement(wanted->name, type),
						wanted->function, wanted->enabled, wanted->comment);
}

/* Give parts of a ledger the triggers that they are not given by the server */
void
soc2_ledger_guard_parts(Oid relid)
{
	List	   *tables = find_all_inheritors(relid, NoLock, NULL);
	ListCell   *cell;

	foreach(cell, tables)
	{
		for (size_t i = 0; i < lengthof(ledger_triggers); i++)
		{
			const ledger_trigger *wanted = &ledger_triggers[i];

			if (!wanted->row &&
				!OidIsValid(get_trigger_oid(lfirst_oid(cell), wanted->name,
											true)))
				add_trigger(lfirst_oid(cell), wanted);
		}
	}
}

/* give the table and its partitions the triggers */
static void
add_triggers(Oid relid)
{
	for (size_t i = 0; i < lengthof(ledger_triggers); i++)
		add_trigger(relid, &ledger_triggers[i]);
	soc2_ledger_guard_parts(relid);
}

/* the plan of the table as it is now; its lock is held */
static const soc2_ledger_plan *
current_plan(Oid relid)
{
	Relation	rel = relation_open(relid, NoLock);
	const soc2_ledger_plan *plan = soc2_ledger_plan_get(rel, true);

	relation_close(rel, NoLock);
	if (plan == NULL || !plan->has_id)
		elog(ERROR, "could not find the entry of a ledger");
	return plan;
}

/*
 * Make a ledger of a table: soc2.create_ledger("table", redactable).  Returns
 * its id.
 */
Datum
soc2_create_ledger(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	Datum		redactable = PG_GETARG_DATUM(1);
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));
	Relation	rel;
	bool		salted;
	char	   *name;

	PreventCommandIfReadOnly("create_ledger()");
	rel = soc2_ledger_open_candidate(relid);
	name = soc2_relation_name(rel);
	salted = soc2_ledger_check_candidate(rel, redactable);
	soc2_ledger_lock_entry(relid);
	soc2_ledger_register(relid, redactable);
	/* what follows changes the table; the lock stays */
	relation_close(rel, NoLock);

	add_columns(relid, name, salted);
	memcpy(id->data, current_plan(relid)->id.bytes, SOC2_LEDGER_ID_SIZE);
	soc2_ledger_rewrite(relid);
	add_constraints(name);
	if (!OidIsValid(current_plan(relid)->index))
		add_index(relid, name);
	add_triggers(relid);
	PG_RETURN_UUID_P(id);
}
