/*-------------------------------------------------------------------------
 *
 * server_setting.c
 *		soc2.read_server_settings(): settings as the postmaster has them.
 *
 * A session does not know the server's value of a setting that its role, its
 * database or its client has another for: that replaced it when the session
 * began.  The postmaster does, and what it starts begins with its values.  So
 * a background worker that connects to no database writes them into a segment
 * of shared memory and ends.
 *
 * IDENTIFICATION
 *	  src/server_setting.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "soc2.h"
#include "storage/dsm.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc_tables.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "worker.h"

/* room for all settings; some 400 of them take 30 kB */
#define SEGMENT_SIZE	(1024 * 1024)

/* fields of a setting, as texts that end with a NUL */
enum
{
	FIELD_NAME,
	FIELD_SETTING,
	FIELD_SOURCE,
	FIELD_FILE,
	FIELD_FLAGS,				/* r: restricted, p: pending restart */
	FIELDS
};

/* what the worker writes */
typedef struct settings_segment
{
	Size		length;			/* of the texts; 0: it has not finished */
	char		texts[FLEXIBLE_ARRAY_MEMBER];
} settings_segment;

/* the settings that this transaction has read */
static struct
{
	LocalTransactionId lxid;
	char	   *texts;			/* in TopTransactionContext */
	Size		length;
}			cache = {InvalidLocalTransactionId, NULL, 0};

PG_FUNCTION_INFO_V1(soc2_read_server_settings);

PGDLLEXPORT void soc2_server_setting_worker(Datum handle);

/* Add a text; returns the length after it */
static Size
add_field(settings_segment *segment, Size length, const char *text)
{
	Size		more = strlen(text) + 1;

	if (length + more > SEGMENT_SIZE - offsetof(settings_segment, texts))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("settings of the server need more than %d bytes",
						SEGMENT_SIZE)));
	memcpy(segment->texts + length, text, more);
	return length + more;
}

/* Main function of the worker: write all settings */
void
soc2_server_setting_worker(Datum handle)
{
	int			count;
	struct config_generic **settings;
	settings_segment *segment;
	Size		length = 0;

	BackgroundWorkerUnblockSignals();
	CurrentResourceOwner = ResourceOwnerCreate(NULL, "soc2 settings");
	segment = dsm_segment_address(dsm_attach(DatumGetUInt32(handle)));
	settings = soc2_all_settings(&count);
	for (int i = 0; i < count; i++)
	{
		const struct config_generic *setting = settings[i];
		const char *value = GetConfigOption(setting->name, true, false);

		length = add_field(segment, length, setting->name);
		length = add_field(segment, length, value ? value : "");
		length = add_field(segment, length, GucSource_Names[setting->source]);
		length = add_field(segment, length,
						   setting->sourcefile ? setting->sourcefile : "");
		length = add_field(segment, length,
						   psprintf("%s%s",
									setting->flags & GUC_SUPERUSER_ONLY ? "r" : "",
									setting->status & GUC_PENDING_RESTART ? "p" : ""));
	}
	segment->length = length;
}

/* Run the worker to its end */
static void
run_worker(dsm_segment *segment)
{
	BackgroundWorker worker = soc2_worker("soc2_server_setting_worker",
										  "soc2 settings of the server",
										  "soc2 settings of the server");
	BgwHandleStatus status;

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS;
	worker.bgw_start_time = BgWorkerStart_PostmasterStart;
	worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(segment));
	status = soc2_worker_run(&worker);
	if (status == BGWH_NOT_YET_STARTED)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("could not start a background worker to read the settings of the server"),
				 errhint("You may need to increase max_worker_processes.")));
	if (status != BGWH_STOPPED)
		ereport(ERROR,
				(errcode(ERRCODE_ADMIN_SHUTDOWN),
				 errmsg("the server ended while its settings were read")));
}

/* Read the settings of the server, once a transaction */
static void
read_settings(void)
{
	dsm_segment *segment;
	settings_segment *written;

	if (cache.lxid == soc2_my_lxid())
		return;
	segment = dsm_create(SEGMENT_SIZE, 0);
	written = dsm_segment_address(segment);
	written->length = 0;
	run_worker(segment);
	if (written->length == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not read the settings of the server"),
				 errhint("See the log of the server.")));
	cache.length = written->length;
	cache.texts = MemoryContextAlloc(TopTransactionContext, cache.length);
	memcpy(cache.texts, written->texts, cache.length);
	cache.lxid = soc2_my_lxid();
	dsm_detach(segment);
}

/* Return one setting, if the caller may see it */
static void
return_setting(ReturnSetInfo *rsinfo, const char *const *fields,
			   bool may_see_all)
{
	Datum		values[5];
	bool		nulls[5] = {false};

	if (strchr(fields[FIELD_FLAGS], 'r') && !may_see_all)
		return;
	values[0] = CStringGetTextDatum(fields[FIELD_NAME]);
	values[1] = CStringGetTextDatum(fields[FIELD_SETTING]);
	values[2] = CStringGetTextDatum(fields[FIELD_SOURCE]);
	nulls[3] = fields[FIELD_FILE][0] == '\0' || !may_see_all;
	values[3] = nulls[3] ? (Datum) 0 : CStringGetTextDatum(fields[FIELD_FILE]);
	values[4] = BoolGetDatum(strchr(fields[FIELD_FLAGS], 'p') != NULL);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* soc2.read_server_settings() */
Datum
soc2_read_server_settings(PG_FUNCTION_ARGS)
{
	bool		may_see_all = has_privs_of_role(GetUserId(),
												ROLE_PG_READ_ALL_SETTINGS);
	const char *fields[FIELDS];
	Size		at = 0;

	InitMaterializedSRF(fcinfo, 0);
	read_settings();
	while (at < cache.length)
	{
		for (int i = 0; i < FIELDS; i++)
		{
			fields[i] = cache.texts + at;
			at += strlen(fields[i]) + 1;
		}
		return_setting((ReturnSetInfo *) fcinfo->resultinfo, fields,
					   may_see_all);
	}
	return (Datum) 0;
}
