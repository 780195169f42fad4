/*-------------------------------------------------------------------------
 *
 * subject_hold.c
 *		Holds on subjects.
 *
 * There may be a million of them, and most rows belong to none.  So each
 * backend keeps a Bloom filter of the subjects that were ever held; what passes
 * it is looked up by index, with the end of the hold, in a snapshot of the
 * moment.  The filter only grows: who places a hold locks soc2.holds to the end
 * of the transaction, so that numbers of holds are committed in their order, and
 * what came since is what has a higher number.
 *
 * IDENTIFICATION
 *	  src/subject_hold.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/xact.h"
#include "ledger_custody.h"
#include "lib/bloomfilter.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "subject.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* subjects that were held: all up to a number of a hold */
static bloom_filter *filter = NULL;
static int64 filter_room = 0;
static int64 filter_count = 0;
static int64 filter_last = 0;
static Oid	filter_table = InvalidOid;

/* smallest room of the filter; it takes a megabyte then */
#define FILTER_ROOM		500000

/* more holds on subjects than a page of soc2.holds has */
#define ROWS_PER_PAGE	100

/*
 * Add to the filter the subjects of holds that it does not have.  An empty one is
 * filled by a scan of the table, which takes half as long as one by index.
 */
static void
read_subjects(Relation holds)
{
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, SOC2_HOLD_ID, BTGreaterStrategyNumber, F_INT8GT,
				Int64GetDatum(filter_last));
	scan = systable_beginscan(holds, soc2_table_oid("soc2_holds_pkey"),
							  filter_last > 0, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		Datum		subject = soc2_own_column(holds, tuple, SOC2_HOLD_SUBJECT, &isnull);
		int64		id;

		if (!isnull)
		{
			text	   *packed = DatumGetTextPP(subject);

			bloom_add_element(filter, (unsigned char *) VARDATA_ANY(packed),
							  VARSIZE_ANY_EXHDR(packed));
			filter_count++;
		}
		id = DatumGetInt64(soc2_own_column(holds, tuple, SOC2_HOLD_ID, &isnull));
		filter_last = Max(filter_last, id);
	}
	systable_endscan(scan);
}

/* begin the filter anew, with room for a number of subjects */
static void
rebuild(Relation holds, int64 room)
{
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

	if (filter)
		bloom_free(filter);
	filter_table = InvalidOid;
	filter_room = Max(FILTER_ROOM, room);
	filter = bloom_create(filter_room, Max(1024, filter_room / 512), 0);
	filter_count = filter_last = 0;
	MemoryContextSwitchTo(caller);
	read_subjects(holds);
	filter_table = RelationGetRelid(holds);
}

/* Is any subject held? */
bool
soc2_subject_any_held(void)
{
	Relation	holds = table_open(soc2_table_oid("holds"), AccessShareLock);

	if (filter_table != RelationGetRelid(holds))
		rebuild(holds, (int64) RelationGetNumberOfBlocks(holds) * ROWS_PER_PAGE);
	else
		read_subjects(holds);
	if (filter_count > filter_room)
		rebuild(holds, 2 * filter_count);
	table_close(holds, AccessShareLock);
	return filter_count > 0;
}

/* when a hold ends: never, unless it was released */
static TimestampTz
find_end(int64 id)
{
	Relation	releases = table_open(soc2_table_oid("hold_releases"),
									  AccessShareLock);
	TimestampTz end = soc2_hold_end(releases, id);

	table_close(releases, AccessShareLock);
	return end;
}

/* a hold without a predicate */
static soc2_hold *
new_hold(int64 id, TimestampTz end, Datum matter)
{
	soc2_hold  *hold = palloc0(sizeof(soc2_hold));

	hold->id = id;
	hold->ends_at = end;
	hold->matter = TextDatumGetCString(matter);
	return hold;
}

/* a hold in force on a subject, or NULL */
static soc2_hold *
find_hold(const char *subject)
{
	Relation	holds = table_open(soc2_table_oid("holds"), AccessShareLock);
	soc2_hold  *found = NULL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, SOC2_HOLD_SUBJECT, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum(subject));
	scan = systable_beginscan(holds, soc2_table_oid("soc2_holds_subject_idx"),
							  true, NULL, 1, &key);
	while (found == NULL && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		int64		id = DatumGetInt64(soc2_own_column(holds, tuple, SOC2_HOLD_ID, &isnull));
		TimestampTz end = find_end(id);

		if (end <= GetCurrentTransactionStartTimestamp())
			continue;
		found = new_hold(id, end,
						 soc2_own_column(holds, tuple, SOC2_HOLD_MATTER, &isnull));
	}
	systable_endscan(scan);
	table_close(holds, AccessShareLock);
	return found;
}

/* a hold in force on a subject, which is not ended by a zero byte, or NULL */
static soc2_hold *
check_subject(const char *subject, size_t length)
{
	if (bloom_lacks_element(filter, (unsigned char *) subject, length))
		return NULL;
	return find_hold(pnstrdup(subject, length));
}

/* a hold in force on a subject that the value of a column is the key of */
static soc2_hold *
check_key(soc2_subject_edge *edge, Datum value)
{
	char	   *key = OutputFunctionCall(&edge->output, value);
	soc2_hold  *hold = NULL;
	ListCell   *cell;

	foreach(cell, edge->kinds)
	{
		char		buffer[256];
		int			length = snprintf(buffer, sizeof(buffer), "%s:%s",
									  (char *) lfirst(cell), key);

		if (length < (int) sizeof(buffer))
			hold = check_subject(buffer, length);
		else
			hold = check_subject(psprintf("%s:%s", (char *) lfirst(cell), key),
								 length);
		if (hold)
			break;
	}
	pfree(key);
	return hold;
}

/* a hold in force on a subject that a query finds */
static soc2_hold *
check_query(const soc2_subject_edge *edge, Datum value)
{
	MemoryContext caller = CurrentMemoryContext;
	soc2_hold  *hold = NULL;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_plan(edge->plan, &value, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not look for subjects");
	for (uint64 i = 0; hold == NULL && i < SPI_processed; i++)
	{
		char	   *subject = SPI_getvalue(SPI_tuptable->vals[i],
										   SPI_tuptable->tupdesc, 1);
		MemoryContext spi = MemoryContextSwitchTo(caller);

		if (subject)
			hold = check_subject(subject, strlen(subject));
		MemoryContextSwitchTo(spi);
	}
	SPI_finish();
	return hold;
}

/* the same, as the owner of our tables and in a snapshot of the moment */
static soc2_hold *
check_query_as_owner(const soc2_subject_edge *edge, Datum value)
{
	Relation	holds = table_open(soc2_table_oid("holds"), AccessShareLock);
	Oid			user;
	int			context;
	soc2_hold  *hold;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(holds->rd_rel->relowner,
						   context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
	PushActiveSnapshot(GetLatestSnapshot());
	hold = check_query(edge, value);
	PopActiveSnapshot();
	SetUserIdAndSecContext(user, context);
	table_close(holds, AccessShareLock);
	return hold;
}

/* A hold in force on a subject that a row belongs to */
soc2_hold *
soc2_subject_hold(const List *edges, TupleTableSlot *slot)
{
	soc2_hold  *hold = NULL;
	ListCell   *cell;

	foreach(cell, edges)
	{
		soc2_subject_edge *edge = lfirst(cell);
		bool		isnull;
		Datum		value = slot_getattr(slot, edge->attnum, &isnull);

		if (isnull)
			continue;
		hold = check_key(edge, value);
		if (hold == NULL && edge->plan)
			hold = check_query_as_owner(edge, value);
		if (hold)
			break;
	}
	return hold;
}
