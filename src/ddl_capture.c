/*-------------------------------------------------------------------------
 *
 * ddl_capture.c
 *		Event triggers that write the DDL of a database into soc2.ddl_log.
 *
 * What cannot be recorded is warned of and never fails the command: the row is
 * written in a subtransaction of its own, as the owner of the table.  Temporary
 * objects and what a script of an extension does are left out.
 *
 * For objects of the cluster and for event triggers no event trigger fires: a
 * hook calls us, in sessions that have loaded the library.  Others show when
 * roles and settings are observed.
 *
 * The event triggers are no members of the extension: pg_dump has to save that
 * there are some, and a restore must not have them before it has loaded the
 * rows of the ledger.
 *
 * IDENTIFICATION
 *	  src/ddl_capture.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "ddl.h"
#include "evidence.h"
#include "executor/spi.h"
#include "ledger_custody.h"
#include "miscadmin.h"
#include "soc2.h"
#include "subtransaction.h"
#include "tcop/utility.h"
#include "utils/array.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(soc2_ddl_capture);
PG_FUNCTION_INFO_V1(soc2_start_ddl_capture);
PG_FUNCTION_INFO_V1(soc2_stop_ddl_capture);

/* names of the event triggers */
#define COMMAND_TRIGGER	"soc2_capture_command"
#define DROP_TRIGGER	"soc2_capture_drop"

/* kind of the evidence that recording began or ended */
#define CAPTURE_KIND	"ddl_capture"

/*
 * A row about the objects of a command, unless there is none to tell of.
 * Objects that the command names come first, and all of them are kept; a GRANT
 * tells no identity.
 * Arguments: tag, text or '', role, change or ''.
 */
#define RECORD_COMMAND(objects) \
"INSERT INTO soc2.ddl_log (recorded_at, command_tag, object_type," \
"  object_identity, objects, object_count, command, session_role," \
"  executing_role, application, client, transaction_id, change_id)" \
" SELECT pg_catalog.clock_timestamp(), $1," \
"  (pg_catalog.array_agg(o.object_type ORDER BY o.named DESC, o.n))[1]," \
"  (pg_catalog.array_agg(o.object_identity ORDER BY o.named DESC, o.n))[1]," \
"  (pg_catalog.array_agg(pg_catalog.concat_ws(' ', o.object_type," \
"    o.object_identity) ORDER BY o.named DESC, o.n))" \
"   [1:GREATEST(100, pg_catalog.count(*) FILTER (WHERE o.named))::integer]," \
"  pg_catalog.count(*), NULLIF($2, ''), soc2.login_role(), $3," \
"  pg_catalog.current_setting('application_name')," \
"  pg_catalog.inet_client_addr()," \
"  pg_catalog.pg_current_xact_id()::text::bigint, NULLIF($4, '')" \
" FROM (" objects ") AS o" \
" HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0"

static const char *const record_command = RECORD_COMMAND(
														 "SELECT c.object_type, c.object_identity, c.n,"
														 "  c.command_tag OPERATOR(pg_catalog.=) $1 AS named"
														 " FROM pg_catalog.pg_event_trigger_ddl_commands() WITH ORDINALITY"
														 "  AS c (classid, objid, objsubid, command_tag, object_type,"
														 "   schema_name, object_identity, in_extension, command, n)"
														 " WHERE NOT c.in_extension"
														 "  AND c.schema_name IS DISTINCT FROM 'pg_temp'");

static const char *const record_drop = RECORD_COMMAND(
													  "SELECT d.object_type, d.object_identity, - d.n AS n, d.original AS named"
													  " FROM pg_catalog.pg_event_trigger_dropped_objects() WITH ORDINALITY"
													  "  AS d (classid, objid, objsubid, original, normal, is_temporary,"
													  "   object_type, schema_name, object_name, object_identity,"
													  "   address_names, address_args, n)"
													  " WHERE (d.original OR d.normal) AND NOT d.is_temporary");

/* objects that the parse tree tells */
static const char *const record_objects = RECORD_COMMAND(
														 "SELECT u.object_type, u.object_identity, u.n, true AS named"
														 " FROM ROWS FROM (pg_catalog.unnest($5),"
														 "   pg_catalog.unnest($6)) WITH ORDINALITY"
														 "  AS u (object_type, object_identity, n)");

/* while our functions make or drop the event triggers: that becomes evidence */
static bool is_switching = false;

/* a command that has run */
typedef struct captured_command
{
	const char *sql;			/* statement that records it */
	const Node *tree;
	CommandTag	tag;
	bool		shared;			/* of objects that the tree tells */
} captured_command;

/* texts as an array of them */
static Datum
text_array(const List *texts)
{
	Datum	   *elements = palloc(sizeof(Datum) * (list_length(texts) + 1));
	int			count = 0;
	ListCell   *cell;

	foreach(cell, texts)
		elements[count++] = CStringGetTextDatum(lfirst(cell));
	return PointerGetDatum(construct_array(elements, count, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

/*
 * What the parse tree tells; for privileges on objects of the database too, and
 * for DROP OWNED, which takes them away.  A kind of object that it does not tell
 * is as the event trigger says.
 */
static soc2_ddl_objects
told_objects(const captured_command *command)
{
	soc2_ddl_objects objects = {NIL, NIL};

	if (command->shared ||
		(command->sql == record_command && IsA(command->tree, DropOwnedStmt)))
		soc2_ddl_shared_objects(&objects, command->tree);
	else if (command->sql == record_command && IsA(command->tree, GrantStmt))
		soc2_ddl_granted_objects(&objects, (const GrantStmt *) command->tree);
	return objects;
}

/* Write the row of a command */
static void
record(const captured_command *command)
{
	soc2_ddl_objects objects = told_objects(command);
	char	   *text = soc2_ddl_text(command->tree);
	char	   *user = GetUserNameFromId(GetUserId(), false);
	soc2_statement insert;

	soc2_statement_begin(&insert, objects.types != NIL ? record_objects :
						 command->sql);
	soc2_statement_add(&insert, TEXTOID,
					   CStringGetTextDatum(GetCommandTagName(command->tag)));
	soc2_statement_add(&insert, TEXTOID,
					   CStringGetTextDatum(text ? text : ""));
	soc2_statement_add(&insert, TEXTOID, CStringGetTextDatum(user));
	soc2_statement_add(&insert, TEXTOID,
					   CStringGetTextDatum(soc2_change_setting));
	if (objects.types != NIL)
	{
		soc2_statement_add(&insert, TEXTARRAYOID, text_array(objects.types));
		soc2_statement_add(&insert, TEXTARRAYOID,
						   text_array(objects.identities));
	}
	soc2_execute_as_owner(soc2_table_oid("ddl_log"), &insert, NULL);
}

/* Warn of a row that could not be written */
static void
warn(const ErrorData *error)
{
	ereport(WARNING,
			(errcode(error->sqlerrcode),
			 errmsg("command was not recorded in soc2.ddl_log"),
			 errdetail("The error was: %s.",
					   error->message ? error->message : "unknown")));
}

/*
 * Write the row in a subtransaction.  Being cancelled or terminated is meant
 * for the command and passed on; no other error is.
 */
static void
try_to_record(const captured_command *command)
{
	soc2_subtransaction subtransaction;

	soc2_subtransaction_begin(&subtransaction);
	PG_TRY();
	{
		record(command);
		soc2_subtransaction_commit(&subtransaction);
	}
	PG_CATCH();
	{
		ErrorData  *error = soc2_subtransaction_catch(&subtransaction);

		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
			ReThrowError(error);
		warn(error);
	}
	PG_END_TRY();
}

/* The function of both event triggers */
Datum
soc2_ddl_capture(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("soc2.ddl_capture is for event triggers")));
	if (soc2_capture_ddl_setting && !IsBinaryUpgrade)
	{
		const EventTriggerData *data = (const EventTriggerData *) fcinfo->context;
		captured_command command = {
			.sql = strcmp(data->event, "sql_drop") == 0 ? record_drop :
			record_command,
			.tree = data->parsetree,
			.tag = data->tag
		};

		try_to_record(&command);
	}
	PG_RETURN_NULL();
}

/* is DDL of this database recorded? */
static bool
is_recording(void)
{
	return soc2_capture_ddl_setting && !IsBinaryUpgrade && !is_switching &&
		IsTransactionState() && OidIsValid(MyDatabaseId) &&
		OidIsValid(get_namespace_oid("soc2", true)) &&
		OidIsValid(get_event_trigger_oid(COMMAND_TRIGGER, true));
}

/* does the command begin another transaction to do its work? */
static bool
moves_database(const Node *tree)
{
	const AlterDatabaseStmt *stmt = (const AlterDatabaseStmt *) tree;

	return IsA(tree, AlterDatabaseStmt) && list_length(stmt->options) == 1 &&
		strcmp(linitial_node(DefElem, stmt->options)->defname, "tablespace") == 0;
}

/*
 * Does the command only make an event trigger that is ours, as a restore does,
 * or an extension's?
 */
static bool
makes_known_trigger(const Node *tree)
{
	const char *name = NULL;

	if (IsA(tree, CreateEventTrigStmt))
		name = ((const CreateEventTrigStmt *) tree)->trigname;
	else if (IsA(tree, AlterEventTrigStmt) &&
			 ((const AlterEventTrigStmt *) tree)->tgenabled == TRIGGER_FIRES_ALWAYS)
		name = ((const AlterEventTrigStmt *) tree)->trigname;
	else if (IsA(tree, AlterOwnerStmt) &&
			 ((const AlterOwnerStmt *) tree)->objectType == OBJECT_EVENT_TRIGGER)
		name = strVal(((const AlterOwnerStmt *) tree)->object);
	return name != NULL &&
		(creating_extension || strcmp(name, COMMAND_TRIGGER) == 0 ||
		 strcmp(name, DROP_TRIGGER) == 0);
}

/* Is a command to be recorded that no event trigger fires for? */
bool
soc2_ddl_records(const Node *tree)
{
	return soc2_ddl_is_shared(tree) && !moves_database(tree) &&
		!makes_known_trigger(tree) && is_recording();
}

/* Record a command that no event trigger fires for */
void
soc2_ddl_record_shared(const Node *tree)
{
	captured_command command = {.tree = tree,.shared = true};

	command.tag = CreateCommandTag((Node *) tree);
	try_to_record(&command);
}

/* run commands as the caller, and keep what was done as evidence */
static void
run_commands(const char *const *commands, size_t count, const char *payload)
{
	SPI_connect();
	is_switching = true;
	PG_TRY();
	{
		for (size_t i = 0; i < count; i++)
		{
			if (SPI_execute(commands[i], false, 0) != SPI_OK_UTILITY)
				elog(ERROR, "could not run \"%s\"", commands[i]);
		}
	}
	PG_FINALLY();
	{
		is_switching = false;
	}
	PG_END_TRY();
	SPI_finish();
	soc2_evidence_record(CAPTURE_KIND, "soc2.ddl_log", payload);
}

/* soc2.start_ddl_capture() */
Datum
soc2_start_ddl_capture(PG_FUNCTION_ARGS)
{
	static const char *const commands[] = {
		"CREATE EVENT TRIGGER soc2_capture_command ON ddl_command_end"
		" EXECUTE FUNCTION soc2.ddl_capture()",
		"CREATE EVENT TRIGGER soc2_capture_drop ON sql_drop"
		" EXECUTE FUNCTION soc2.ddl_capture()",
		"ALTER EVENT TRIGGER soc2_capture_command ENABLE ALWAYS",
		"ALTER EVENT TRIGGER soc2_capture_drop ENABLE ALWAYS",
		"COMMENT ON EVENT TRIGGER soc2_capture_command IS"
		" 'records what was created and altered in soc2.ddl_log'",
		"COMMENT ON EVENT TRIGGER soc2_capture_drop IS"
		" 'records what was dropped in soc2.ddl_log'"
	};

	run_commands(commands, lengthof(commands), "{\"recording\": true}");
	PG_RETURN_VOID();
}

/* soc2.stop_ddl_capture() */
Datum
soc2_stop_ddl_capture(PG_FUNCTION_ARGS)
{
	static const char *const commands[] = {
		"DROP EVENT TRIGGER soc2_capture_command",
		"DROP EVENT TRIGGER soc2_capture_drop"
	};

	run_commands(commands, lengthof(commands), "{\"recording\": false}");
	PG_RETURN_VOID();
}
