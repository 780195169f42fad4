/*-------------------------------------------------------------------------
 *
 * retention_bypass.c
 *		Overriding classes of the mode governance.
 *
 * That takes two things: membership in a role, and a reason that the very
 * transaction gives with SET LOCAL.  A setting of the session, the role, the
 * database, a function or the configuration does not count, nor does one that
 * was made before the library was loaded, unless it is local too: how a setting
 * came about is looked at when it is used.
 *
 * A superuser counts only if the role was granted to him.  In a function with
 * the rights of its owner the role that called it counts.
 *
 * IDENTIFICATION
 *	  src/retention_bypass.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/guc_tables.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "evidence.h"
#include "relation.h"
#include "retention.h"
#include "soc2.h"

#define BYPASS_SETTING	"soc2.bypass"
#define BYPASS_ROLE		"soc2_bypass"

/*
 * soc2.bypass: why this transaction overrides a retention class.
 */
static char *bypass_setting = NULL;

/* what was recorded in this transaction, in TopTransactionContext */
typedef struct bypass_record
{
	Oid			relid;
	const char *act;
	char	   *class;
	SubTransactionId subid;
} bypass_record;

static List *records = NIL;

/* how the setting came about; NULL if there is no such setting */
static const struct config_generic *
find_setting(void)
{
	static const struct config_generic *found = NULL;
	struct config_generic **all;
	int			count;

	if (found != NULL)
		return found;
	all = soc2_all_settings(&count);
	for (int i = 0; i < count && found == NULL; i++)
	{
		if (strcmp(all[i]->name, BYPASS_SETTING) == 0)
			found = all[i];
	}
	return found;
}

/* was the setting made by SET LOCAL, in this transaction? */
static bool
is_local(void)
{
	const struct config_generic *setting = find_setting();

	return setting != NULL && setting->stack != NULL &&
		(setting->stack->state == GUC_LOCAL ||
		 setting->stack->state == GUC_SET_LOCAL);
}

/* Why the current transaction may override a governance class */
const char *
soc2_bypass_reason(void)
{
	Oid			role;

	if (bypass_setting == NULL || bypass_setting[0] == '\0' || !is_local())
		return NULL;
	/* what is recorded as a replica would not be chained */
	if (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA)
		return NULL;
	role = get_role_oid(BYPASS_ROLE, true);
	if (!OidIsValid(role) ||
		!is_member_of_role_nosuper(GetOuterUserId(), role))
		return NULL;
	return bypass_setting;
}

/* was it recorded in this transaction? */
static bool
is_recorded(Oid relid, const char *act, const char *class)
{
	ListCell   *cell;

	foreach(cell, records)
	{
		const bypass_record *record = lfirst(cell);

		if (record->relid == relid && strcmp(record->act, act) == 0 &&
			strcmp(record->class, class) == 0)
			return true;
	}
	return false;
}

/* Record that the class was overridden */
void
soc2_bypass_record(Oid relid, const char *act, const char *class)
{
	StringInfoData payload;
	MemoryContext caller;
	bypass_record *record;

	if (is_recorded(relid, act, class))
		return;
	initStringInfo(&payload);
	appendStringInfoString(&payload, "{\"act\": ");
	escape_json(&payload, act);
	appendStringInfoString(&payload, ", \"class\": ");
	escape_json(&payload, class);
	appendStringInfoString(&payload, ", \"reason\": ");
	escape_json(&payload, bypass_setting);
	appendStringInfoString(&payload, ", \"session_user\": ");
	escape_json(&payload, GetUserNameFromId(GetSessionUserId(), false));
	appendStringInfoChar(&payload, '}');
	(void) soc2_evidence_record(SOC2_BYPASS_KIND,
								soc2_relation_name_of(relid),
								payload.data);

	caller = MemoryContextSwitchTo(TopTransactionContext);
	record = palloc(sizeof(bypass_record));
	record->relid = relid;
	record->act = pstrdup(act);
	record->class = pstrdup(class);
	record->subid = GetCurrentSubTransactionId();
	records = lappend(records, record);
	MemoryContextSwitchTo(caller);
}

/* the end of a transaction */
static void
transaction_ends(XactEvent event, void *arg)
{
	(void) arg;
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT ||
		event == XACT_EVENT_PREPARE)
		records = NIL;
}

/* the end of a subtransaction: what it recorded may be gone */
static void
subtransaction_ends(SubXactEvent event, SubTransactionId subid,
					SubTransactionId parent, void *arg)
{
	ListCell   *cell;

	(void) arg;
	foreach(cell, records)
	{
		bypass_record *record = lfirst(cell);

		if (record->subid != subid)
			continue;
		if (event == SUBXACT_EVENT_COMMIT_SUB)
			record->subid = parent;
		else if (event == SUBXACT_EVENT_ABORT_SUB)
			records = foreach_delete_current(records, cell);
	}
}

/* Register the setting and the callbacks */
void
soc2_bypass_init(void)
{
	DefineCustomStringVariable(BYPASS_SETTING,
							   "Why this transaction overrides a retention class of the mode governance.",
							   "Counts with SET LOCAL alone, and for members of role soc2_bypass.",
							   &bypass_setting,
							   "",
							   PGC_USERSET,
							   0,
							   NULL, NULL, NULL);
	RegisterXactCallback(transaction_ends, NULL);
	RegisterSubXactCallback(subtransaction_ends, NULL);
}
