/*-------------------------------------------------------------------------
 *
 * ddl_text.c
 *		The text of the command that an event trigger was fired for.
 *
 * An event trigger sees the parse tree of its command and no text, and what
 * the client sent may hold many commands or call a function that runs them.
 * So a hook keeps, for each utility command that is running, the string it
 * stands in and where.
 *
 * IDENTIFICATION
 *	  src/ddl_text.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ddl.h"
#include "nodes/plannodes.h"
#include "tcop/pquery.h"
#include "tcop/utility.h"
#include "utils/portal.h"

/* a utility command that is running; lives on the stack */
typedef struct running_command
{
	const PlannedStmt *statement;
	const char *query;			/* string that it stands in */
	bool		complete;		/* or a part of one that fires no trigger */
	const struct running_command *outer;
} running_command;

static const running_command *innermost = NULL;
static ProcessUtility_hook_type next_utility = NULL;

/* Keep a command while it runs; fixed signature: ProcessUtility_hook */
static void
keep_command(PlannedStmt *statement, const char *query, bool read_only_tree,
			 ProcessUtilityContext context, ParamListInfo params,
			 QueryEnvironment *environment, DestReceiver *dest,
			 QueryCompletion *completion)
{
	const running_command *outer = innermost;
	running_command command;
	bool		records;

	command.statement = statement;
	command.query = query;
	command.complete = context != PROCESS_UTILITY_SUBCOMMAND;
	command.outer = outer;
	/* asked before: it may be what ends recording */
	records = command.complete && soc2_ddl_records(statement->utilityStmt);
	innermost = &command;
	PG_TRY();
	{
		if (next_utility)
			next_utility(statement, query, read_only_tree, context, params,
						 environment, dest, completion);
		else
			standard_ProcessUtility(statement, query, read_only_tree, context,
									params, environment, dest, completion);
		if (records)
			soc2_ddl_record_shared(statement->utilityStmt);
	}
	PG_FINALLY();
	{
		innermost = outer;
	}
	PG_END_TRY();
}

/* Install the hook */
void
soc2_ddl_text_init(void)
{
	next_utility = ProcessUtility_hook;
	ProcessUtility_hook = keep_command;
}

/* do options of a role set a password? */
static bool
has_password(const List *options)
{
	ListCell   *cell;

	foreach(cell, options)
	{
		if (strcmp(lfirst_node(DefElem, cell)->defname, "password") == 0)
			return true;
	}
	return false;
}

/* does a text hold a word, in letters of either case? */
static bool
has_word(const char *text, const char *word)
{
	size_t		length = strlen(word);

	for (; *text !='\0'; text ++)
	{
		if (pg_strncasecmp(text, word, length) == 0)
			return true;
	}
	return false;
}

/* may the value of a setting be a secret, by its name? */
static bool
may_be_secret(const VariableSetStmt *stmt)
{
	static const char *const words[] = {
		"command", "conninfo", "credential", "key", "pass", "pwd", "secret",
		"token"
	};

	for (int i = 0; stmt->name != NULL && i < lengthof(words); i++)
	{
		if (has_word(stmt->name, words[i]))
			return true;
	}
	return false;
}

/* may commands of this kind hold a password? */
static bool
may_hold_password(const Node *command)
{
	switch (nodeTag(command))
	{
		case T_CreateRoleStmt:
			return has_password(((const CreateRoleStmt *) command)->options);
		case T_AlterRoleStmt:
			return has_password(((const AlterRoleStmt *) command)->options);
		case T_AlterSystemStmt:
			return may_be_secret(((const AlterSystemStmt *) command)->setstmt);
		case T_AlterRoleSetStmt:
			return may_be_secret(((const AlterRoleSetStmt *) command)->setstmt);
		case T_AlterDatabaseSetStmt:
			return may_be_secret(((const AlterDatabaseSetStmt *) command)->setstmt);
		case T_CreateForeignServerStmt:
		case T_AlterForeignServerStmt:
		case T_CreateUserMappingStmt:
		case T_AlterUserMappingStmt:
		case T_CreateSubscriptionStmt:
		case T_AlterSubscriptionStmt:
			return true;
		default:
			return false;
	}
}

/* is the value of a setting a connection with its password? */
static bool
is_connection(const Node *command, const char *text)
{
	return (IsA(command, AlterSystemStmt) || IsA(command, AlterRoleSetStmt) ||
			IsA(command, AlterDatabaseSetStmt)) &&
		(has_word(text, "passw") || has_word(text, "secret") ||
		 has_word(text, "token") || strstr(text, "://") != NULL);
}

/*
 * text of a statement in its string, without blanks around it; NULL if it may
 * hold a password
 */
static char *
statement_text(const PlannedStmt *statement, const char *query)
{
	const char *start = query;
	size_t		length;
	char	   *text;

	if (statement->stmt_location >= 0)
		start += statement->stmt_location;
	length = statement->stmt_len > 0 ? (size_t) statement->stmt_len :
		strlen(start);
	while (length > 0 && isspace((unsigned char) *start))
	{
		start++;
		length--;
	}
	while (length > 0 && isspace((unsigned char) start[length - 1]))
		length--;
	text = pnstrdup(start, length);
	return is_connection(statement->utilityStmt, text) ? NULL : text;
}

/* is the statement of the kind that the trigger was fired for? */
static bool
is_of_kind(const PlannedStmt *statement, const Node *command)
{
	return statement->utilityStmt != NULL &&
		nodeTag(statement->utilityStmt) == nodeTag(command);
}

/*
 * Text of the command that an event trigger was fired for.  The innermost
 * complete command is that one, as the others have ended; while the library is
 * being loaded by the trigger there is none, but then a portal runs it, unless
 * a function does.
 */
char *
soc2_ddl_text(const Node *command)
{
	const running_command *running = innermost;

	if (may_hold_password(command))
		return NULL;
	while (running != NULL && !running->complete)
		running = running->outer;
	if (running != NULL)
		return is_of_kind(running->statement, command) ?
			statement_text(running->statement, running->query) : NULL;
	if (ActivePortal != NULL && ActivePortal->sourceText != NULL &&
		list_length(ActivePortal->stmts) == 1 &&
		is_of_kind(linitial_node(PlannedStmt, ActivePortal->stmts), command))
		return statement_text(linitial_node(PlannedStmt, ActivePortal->stmts),
							  ActivePortal->sourceText);
	return NULL;
}
