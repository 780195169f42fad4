/*-------------------------------------------------------------------------
 *
 * track_write.c
 *		Changes of rows on their way into the ledger.
 *
 * Records are gathered, some megabytes at a time, sorted by the hash of their
 * keys and cut where bits of the hash change, so that the keys of each row of the
 * ledger are those of one bucket.  Rows are put into the table directly, chained
 * as its trigger would: who changes a tracked table needs no right on the ledger,
 * and is spared a statement.
 *
 * IDENTIFICATION
 *	  src/track_write.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "commands/sequence.h"
#include "core/change.h"
#include "ddl.h"
#include "miscadmin.h"
#include "track.h"
#include "utils/backend_status.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* bytes that are gathered before they are written */
#define GATHERED_BYTES		(4 * 1024 * 1024)

/*
 * Bytes of records in a row of the ledger, unless one alone has more.  Rows are
 * then a half to the whole of it, and some fit on a page.
 */
#define TOGETHER_BYTES		3600

/* a record that was gathered_record */
typedef struct gathered_record
{
	uint32		hash;
	int			offset;			/* in the JSON */
	int			len;
} gathered_record;

struct soc2_track_writer
{
	const soc2_track *track;
	MemoryContext context;		/* of the writer */
	MemoryContext scratch;		/* of one row of the ledger */
	StringInfoData json;		/* records one after another */
	gathered_record *records;
	int			count;
	int			room;
	/* the ledger, opened for the first row */
	Relation	ledger;
	CatalogIndexState indexes;
	Datum	   *values;			/* what all its rows have in common */
	bool	   *nulls;
	const char *action;
	int32		step;
};

static char *redactable_columns[] = {"changes"};

/* set a column of the rows */
static void
set(soc2_track_writer *writer, int column, Datum value)
{
	writer	  ->values[column - 1] = value;
	writer	  ->nulls[column - 1] = false;
}

/* a name as a value */
static Datum
name_datum(Oid role)
{
	return DirectFunctionCall1(namein,
							   CStringGetDatum(GetUserNameFromId(role, false)));
}

/* who does what, and from where: the same in all rows */
static void
describe(soc2_track_writer *writer)
{
	int64		query = (int64) pgstat_get_my_query_id();

	set(writer, SOC2_CHANGE_NO,
		Int64GetDatum(nextval_internal(soc2_table_oid("row_changes_change_no_seq"),
									   false)));
	set(writer, SOC2_CHANGE_TRACK,
		UUIDPGetDatum(unconstify(pg_uuid_t *, &writer->track->id)));
	set(writer, SOC2_CHANGE_TABLE, CStringGetTextDatum(writer->track->name));
	set(writer, SOC2_CHANGE_ACTION, CStringGetTextDatum(writer->action));
	set(writer, SOC2_CHANGE_RECORDED_AT,
		TimestampTzGetDatum(GetCurrentTimestamp()));
	set(writer, SOC2_CHANGE_STATEMENT_AT,
		TimestampTzGetDatum(GetCurrentStatementStartTimestamp()));
	set(writer, SOC2_CHANGE_TRANSACTION_AT,
		TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
	set(writer, SOC2_CHANGE_TRANSACTION,
		Int64GetDatum((int64) U64FromFullTransactionId(GetTopFullTransactionId())));
	set(writer, SOC2_CHANGE_STEP, Int32GetDatum(writer->step));
	set(writer, SOC2_CHANGE_SESSION_ROLE, name_datum(GetSessionUserId()));
	set(writer, SOC2_CHANGE_EXECUTING_ROLE, name_datum(GetUserId()));
	if (application_name != NULL && *application_name != '\0')
		set(writer, SOC2_CHANGE_APPLICATION,
			CStringGetTextDatum(application_name));
	if (query != 0)
		set(writer, SOC2_CHANGE_QUERY, Int64GetDatum(query));
	if (soc2_change_setting != NULL && *soc2_change_setting != '\0')
		set(writer, SOC2_CHANGE_TICKET,
			CStringGetTextDatum(soc2_change_setting));
}

/* open the ledger */
static void
open_ledger(soc2_track_writer *writer)
{
	TupleDesc	desc;

	writer	  ->ledger = table_open(soc2_table_oid(SOC2_ROW_CHANGES),
									RowExclusiveLock);
	writer	  ->indexes = CatalogOpenIndexes(writer->ledger);

	desc = RelationGetDescr(writer->ledger);
	writer	  ->values = palloc0(sizeof(Datum) * desc->natts);
	writer	  ->nulls = palloc(sizeof(bool) * desc->natts);

	memset(writer->nulls, true, desc->natts);
	describe(writer);
}

/* write a row with these records, or with none */
static void
write_row(soc2_track_writer *writer, int rows, Datum changes, int64 bucket)
{
	TupleDesc	desc = RelationGetDescr(writer->ledger);
	soc2_ledger_row row;
	HeapTuple	tuple;

	row.rel = writer->ledger;

	row.plan = soc2_ledger_plan_get(row.rel, false);
	if (row.plan == NULL)
		elog(ERROR, "could not find the columns of a ledger");
	row.values = palloc(sizeof(Datum) * desc->natts);
	row.nulls = palloc(sizeof(bool) * desc->natts);
	memcpy(row.values, writer->values, sizeof(Datum) * desc->natts);
	memcpy(row.nulls, writer->nulls, sizeof(bool) * desc->natts);
	row.values[SOC2_CHANGE_ROWS - 1] = Int32GetDatum(rows);
	row.nulls[SOC2_CHANGE_ROWS - 1] = false;
	row.values[SOC2_CHANGE_BUCKET - 1] = Int64GetDatum(bucket);
	row.nulls[SOC2_CHANGE_BUCKET - 1] = bucket == 0;
	row.values[SOC2_CHANGE_CHANGES - 1] = changes;
	row.nulls[SOC2_CHANGE_CHANGES - 1] = DatumGetPointer(changes) == NULL;
	soc2_ledger_append(&row, lengthof(redactable_columns),
					   redactable_columns);
	tuple = heap_form_tuple(desc, row.values, row.nulls);
	CatalogTupleInsertWithInfo(writer->ledger, tuple, writer->indexes);
}

/* the records from one on to before another as a JSON array */
static Datum
join(const soc2_track_writer *writer, int from, int to)
{
	Size		size = 1;		/* a bracket; each record brings one byte more */
	text	   *array;
	char	   *end;

	for (int i = from; i < to; i++)
		size += (Size) writer->records[i].len + 1;

	if (size > MaxAllocSize - VARHDRSZ)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("row of table %s is too large for its change to be recorded",
						writer->track->name)));
	array = palloc(VARHDRSZ + size);
	SET_VARSIZE(array, VARHDRSZ + size);
	end = VARDATA(array);
	for (int i = from; i < to; i++)
	{
		const gathered_record *record = &writer->records[i];

		*end++ = i == from ? '[' : ',';
		memcpy(end, writer->json.data + record->offset, record->len);
		end += record->len;
	}
	*end = ']';
	return PointerGetDatum(array);
}

/* write the records from one on to before another as one row */
static void
write_together(soc2_track_writer *writer, int from, int to, unsigned bits)
{
	MemoryContext caller = MemoryContextSwitchTo(writer->scratch);

	CHECK_FOR_INTERRUPTS();
	write_row(writer, to - from, join(writer, from, to),
			  soc2_change_bucket(writer->records[from].hash, bits));
	MemoryContextSwitchTo(caller);
	MemoryContextReset(writer->scratch);
}

/* bytes of the records from one on to before another */
static Size
bytes_of(const soc2_track_writer *writer, int from, int to)
{
	Size		bytes = 0;

	for (int i = from; i < to; i++)
		bytes += writer->records[i].len;

	return bytes;
}

/* the first record from one on whose hash has this bit, counted from the top */
static int
find_half(const soc2_track_writer *writer, int from, int to, unsigned bit)
{
	uint32		mask = UINT32_C(1) << (SOC2_CHANGE_BITS - 1 - bit);

	while (from < to)
	{
		int			middle = from + (to - from) / 2;

		if ((writer->records[middle].hash & mask) !=0)
			to = middle;
		else
			from = middle + 1;
	}
	return from;
}

/* write sorted records, whose hashes have their first bits in common */
static void
write_range(soc2_track_writer *writer, int from, int to, unsigned bits)
{
	if (from == to)
		return;
	if (to - from == 1)
		write_together(writer, from, to, SOC2_CHANGE_BITS);
	else if (!writer->track->apart &&
			 bytes_of(writer, from, to) <= TOGETHER_BYTES)
		write_together(writer, from, to, bits);
	else if (bits == SOC2_CHANGE_BITS)
	{
		for (int i = from; i < to; i++)
			write_together(writer, i, i + 1, bits);
	}
	else
	{
		int			half = find_half(writer, from, to, bits);

		write_range(writer, from, half, bits + 1);
		write_range(writer, half, to, bits + 1);
	}
}

/* order records by their hashes, those of one hash as they came */
static int
compare(const void *a, const void *b)
{
	const gathered_record *x = a;
	const gathered_record *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->offset < y->offset ? -1 : 1;
}

/* write what was gathered_record */
static void
flush(soc2_track_writer *writer)
{
	MemoryContext caller;

	if (writer->count == 0)
		return;
	caller = MemoryContextSwitchTo(writer->context);
	if (writer->ledger == NULL)
		open_ledger(writer);
	qsort(writer->records, writer->count, sizeof(gathered_record), compare);
	write_range(writer, 0, writer->count, 0);
	writer	  ->count = 0;

	resetStringInfo(&writer->json);
	MemoryContextSwitchTo(caller);
}

/* Begin to write changes */
soc2_track_writer *
soc2_track_begin(const soc2_track *track, const char *action, int32 step)
{
	soc2_track_writer *writer = palloc0(sizeof(soc2_track_writer));

	writer	  ->track = track;
	writer	  ->action = action;
	writer	  ->step = step != 0 ? step : soc2_track_next_step();
	writer	  ->context = CurrentMemoryContext;
	writer	  ->scratch = AllocSetContextCreate(CurrentMemoryContext,
												"soc2 row of changes",
												ALLOCSET_DEFAULT_SIZES);

	initStringInfo(&writer->json);
	writer	  ->room = 16;
	writer	  ->records = palloc(sizeof(gathered_record) * writer->room);
	return writer;
}

/* append a member to a record */
static void
put(StringInfo out, const char *name, const char *json)
{
	if (json == NULL)
		return;
	appendStringInfoString(out, name);
	appendStringInfoString(out, json);
}

/* Add a record */
void
soc2_track_add(soc2_track_writer *writer, const soc2_track_record *record)
{
	StringInfo	out = &writer->json;
	gathered_record *next;

	if (writer->count == writer->room)
	{
		writer	  ->room *= 2;
		writer	  ->records = repalloc(writer->records,
									   sizeof(gathered_record) * writer->room);
	}
	next = &writer->records[writer->count++];
	next->hash = soc2_change_hash(writer->track->id.data, record->key,
								  strlen(record->key));
	next->offset = out->len;
	put(out, "{\"k\":", record->key);
	put(out, record->is_copy ? ",\"from\":" : ",\"to\":", record->other);
	put(out, ",\"o\":", record->before);
	put(out, ",\"n\":", record->after);
	appendStringInfoCharMacro(out, '}');
	next->len = out->len - next->offset;
	if (out->len >= GATHERED_BYTES)
		flush(writer);
}

/* End writing changes */
void
soc2_track_end(soc2_track_writer *writer)
{
	flush(writer);
	if (writer->ledger != NULL)
	{
		CatalogCloseIndexes(writer->indexes);
		table_close(writer->ledger, NoLock);
	}
	MemoryContextDelete(writer->scratch);
}

/* Note what happened to a table as such */
void
soc2_track_note(const soc2_track *track, const char *action,
				const char *object)
{
	soc2_track_writer *writer = soc2_track_begin(track, action, 0);

	open_ledger(writer);
	write_row(writer, 0, object == NULL ? (Datum) 0 :
			  CStringGetTextDatum(object), 0);
	soc2_track_end(writer);
	CommandCounterIncrement();
}

/* add one row of a table */
static void
add_whole_row(soc2_track_writer *writer, const soc2_track_event *event,
			  TupleTableSlot *slot)
{
	soc2_track_record record = {0};
	StringInfoData key;
	StringInfoData row;

	initStringInfo(&key);
	initStringInfo(&row);
	soc2_track_put_key(&key, writer->track, slot);
	if (event->column != NULL)
		soc2_track_put_column(&row, event->column, slot);
	else
		soc2_track_put_row(&row, writer->track, slot);
	record.key = key.data;
	record.before = event->came ? NULL : row.data;
	record.after = event->came ? row.data : NULL;
	/* the row itself stays */
	if (event->column != NULL)
		record.after = "{}";
	soc2_track_add(writer, &record);
}

/* Record what happened to all rows of a table */
void
soc2_track_whole_table(Relation rel, const soc2_track *track,
					   const soc2_track_event *event)
{
	soc2_track_writer *writer = soc2_track_begin(track, event->action, 0);
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext,
											  "soc2 row", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = CurrentMemoryContext;
	int			level = soc2_ledger_pin();
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);

	/* by the latest snapshot: that of the transaction may miss rows */
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		MemoryContextSwitchTo(row);
		add_whole_row(writer, event, slot);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(row);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	UnregisterSnapshot(snapshot);
	soc2_ledger_unpin(level);
	soc2_track_end(writer);
	MemoryContextDelete(row);
}
