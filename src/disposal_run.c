/*-------------------------------------------------------------------------
 *
 * disposal_run.c
 *		The functions in C that plans of disposal are made and run with.
 *
 * They are for the owner of the extension alone: soc2.plan_disposal() and
 * soc2.dispose_batch() decide who may do what, and when.
 *
 * IDENTIFICATION
 *	  src/disposal_run.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "access/xact.h"
#include "catalog/partition.h"
#include "commands/trigger.h"
#include "disposal.h"
#include "disposal_range.h"
#include "relation.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "hold.h"
#include "miscadmin.h"
#include "soc2.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(soc2_dispose_range);
PG_FUNCTION_INFO_V1(soc2_anonymize_range);
PG_FUNCTION_INFO_V1(soc2_dispose_partition);
PG_FUNCTION_INFO_V1(soc2_is_kept);
PG_FUNCTION_INFO_V1(soc2_is_held);
PG_FUNCTION_INFO_V1(soc2_require_unretained);
PG_FUNCTION_INFO_V1(soc2_blocks_not_visible);

/* the table that a run drops; InvalidOid: none */
static Oid	dropping = InvalidOid;

/* arguments of soc2.dispose_range() */
enum
{
	RANGE_RELATION,
	RANGE_FIRST,
	RANGE_PAST,
	RANGE_CUTOFF,
	RANGE_SEEN,
	RANGE_KEY,
	RANGE_COLUMNS,
	RANGE_BLOCKERS,
	RANGE_ACT,
	RANGE_ONLY_KEYS,
	RANGE_ONLY_HASHES
};

/* a block number given as an argument */
static BlockNumber
get_block(FunctionCallInfo fcinfo, int arg)
{
	int64		block = PG_GETARG_INT64(arg);

	return (BlockNumber) Max(Min(block, (int64) MaxBlockNumber), 0);
}

/* refuse to delete where foreign keys would not be looked at */
static void
require_origin(void)
{
	if (SessionReplicationRole != SESSION_REPLICATION_ROLE_ORIGIN)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a disposal needs session_replication_role to be \"origin\""),
				 errdetail("Foreign keys do nothing in the other roles, and rows would be left that refer to nothing."),
				 errhint("RESET session_replication_role.")));
}

/* Some bytes as a value */
Datum
soc2_bytes_datum(const void *bytes, size_t len)
{
	bytea	   *result = palloc(VARHDRSZ + len);

	SET_VARSIZE(result, VARHDRSZ + len);
	memcpy(VARDATA(result), bytes, len);
	return PointerGetDatum(result);
}

/* the result of soc2.dispose_range() */
static Datum
range_result(FunctionCallInfo fcinfo, const soc2_range *range)
{
	TupleDesc	desc;
	Datum		values[9];
	bool		nulls[9] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("function must be called where a row can be returned")));
	values[0] = Int64GetDatum(range->counts.taken);
	values[1] = Int64GetDatum(range->counts.held);
	values[2] = Int64GetDatum(range->counts.blocked);
	values[3] = Int64GetDatum(range->counts.changed);
	values[4] = Int64GetDatum(range->counts.others);
	values[5] = soc2_bytes_datum(range->keys.sum, SOC2_KEY_HASH_SIZE);
	values[6] = soc2_bytes_datum(range->keys.hashes.data, range->keys.hashes.len);
	values[7] = Int64GetDatum(range->counts.first_taken);
	values[8] = Int64GetDatum(range->counts.past_taken);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values,
											 nulls));
}

/*
 * the range that the arguments of both functions describe; from number act on
 * they are: whether to act, and two lists of what it is about alone
 */
static void
begin_range(FunctionCallInfo fcinfo, soc2_range *range, int act)
{
	Relation	rel = table_open(PG_GETARG_OID(RANGE_RELATION),
								 PG_GETARG_BOOL(act) ? RowExclusiveLock :
								 AccessShareLock);

	if (PG_GETARG_BOOL(act))
		require_origin();
	soc2_range_begin(range, rel, PG_GETARG_TIMESTAMPTZ(RANGE_CUTOFF),
					 PG_GETARG_DATUM(RANGE_SEEN));
	range->first = get_block(fcinfo, RANGE_FIRST);
	range->past = Min(get_block(fcinfo, RANGE_PAST),
					  RelationGetNumberOfBlocks(rel));
	if (!PG_ARGISNULL(RANGE_KEY))
		range->keyer = soc2_keyer_create(rel,
										 PG_GETARG_ARRAYTYPE_P(RANGE_COLUMNS),
										 PG_GETARG_BYTEA_PP(RANGE_KEY));
	if (!PG_ARGISNULL(act + 1) && !PG_ARGISNULL(act + 2))
		range->only = soc2_disposal_lists_create(rel,
												 PG_GETARG_ARRAYTYPE_P(RANGE_COLUMNS),
												 PG_GETARG_ARRAYTYPE_P(act + 1),
												 PG_GETARG_ARRAYTYPE_P(act + 2));
}

/*
 * soc2.dispose_range(relation, first_block, past_block, cutoff, seen, key,
 * key_columns, blockers, act, only_keys, only_hashes): judge the rows of a range
 * of blocks that are to be deleted and, if act, delete those of the plan
 */
Datum
soc2_dispose_range(PG_FUNCTION_ARGS)
{
	bool		act = PG_GETARG_BOOL(RANGE_ACT);
	soc2_range	range;
	Datum		result;

	begin_range(fcinfo, &range, RANGE_ACT);
	if (range.past > range.first)
	{
		if (!PG_ARGISNULL(RANGE_BLOCKERS))
			soc2_range_block(&range,
							 text_to_cstring(PG_GETARG_TEXT_PP(RANGE_BLOCKERS)));
		if (act)
			soc2_range_delete(&range);
		else
			soc2_range_scan(&range);
	}
	result = range_result(fcinfo, &range);
	table_close(range.rel, NoLock);
	return result;
}

/*
 * soc2.anonymize_range(relation, first_block, past_block, cutoff, seen, key,
 * key_columns, act, only_keys, only_hashes): the same of rows that are to be anonymized
 */
Datum
soc2_anonymize_range(PG_FUNCTION_ARGS)
{
	/* there are no blockers */
	int			act_argument = RANGE_BLOCKERS;
	bool		act = PG_GETARG_BOOL(act_argument);
	soc2_range	range;
	Datum		result;

	begin_range(fcinfo, &range, act_argument);
	/* who only looks needs no key to hash with */
	if (PG_ARGISNULL(RANGE_KEY))
		range.anonymizer = soc2_anonymizer_find(range.rel);
	if (range.anonymizer == NULL)
		range.anonymizer = soc2_anonymizer_create(range.rel);
	if (range.past > range.first)
	{
		if (act)
			soc2_range_anonymize(&range);
		else
			soc2_range_scan(&range);
	}
	result = range_result(fcinfo, &range);
	table_close(range.rel, NoLock);
	return result;
}

/* Does a run drop the table, all of whose rows it has judged? */
bool
soc2_disposal_drops(Oid relid)
{
	return OidIsValid(dropping) && dropping == relid;
}

/* drop a table whose rows may all go, as its owner */
static void
drop_table(Relation rel)
{
	char	   *command = psprintf("DROP TABLE %s", soc2_relation_name(rel));
	Oid			relid = RelationGetRelid(rel);
	Oid			owner = rel->rd_rel->relowner;
	Oid			user;
	int			context;

	table_close(rel, NoLock);
	SPI_connect();
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(owner, context | SECURITY_LOCAL_USERID_CHANGE);
	PG_TRY();
	{
		dropping = relid;
		if (SPI_execute(command, false, 0) != SPI_OK_UTILITY)
			elog(ERROR, "could not execute \"%s\"", command);
	}
	PG_FINALLY();
	{
		dropping = InvalidOid;
	}
	PG_END_TRY();
	SetUserIdAndSecContext(user, context);
	SPI_finish();
}

/*
 * soc2.dispose_partition(relation regclass, rows bigint, cutoff timestamptz, seen
 * pg_snapshot): drop a partition if all its rows are the plan's, and as many;
 * false if they are not
 */
Datum
soc2_dispose_partition(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	Relation	rel;
	soc2_range	range;

	require_origin();
	/* in the order in which DROP TABLE takes them */
	LockRelationOid(get_partition_parent(relid, false), AccessExclusiveLock);
	rel = table_open(relid, AccessExclusiveLock);
	soc2_range_begin(&range, rel, PG_GETARG_TIMESTAMPTZ(2),
					 PG_GETARG_DATUM(3));
	range.past = RelationGetNumberOfBlocks(rel);
	/* what was committed while we waited would be dropped too */
	PushActiveSnapshot(GetLatestSnapshot());
	soc2_range_scan(&range);
	PopActiveSnapshot();
	if (range.counts.taken != (uint64) PG_GETARG_INT64(1) ||
		range.counts.held + range.counts.changed + range.counts.others > 0)
	{
		table_close(rel, NoLock);
		PG_RETURN_BOOL(false);
	}
	drop_table(rel);
	PG_RETURN_BOOL(true);
}

/* is the row in a slot held? */
static bool
is_held(Relation rel, TupleTableSlot *slot)
{
	return soc2_hold_on_row(rel, slot) != NULL;
}

/* is the row in a slot held, or retained now? */
static bool
is_kept(Relation rel, TupleTableSlot *slot)
{
	soc2_retention_rule *rule;

	if (is_held(rel, slot))
		return true;
	if (!OidIsValid(soc2_retention_root(RelationGetRelid(rel))))
		return false;
	return soc2_retention_keeps_at(soc2_retention_lookup(rel), slot,
								   GetCurrentTransactionStartTimestamp(),
								   &rule);
}

/* ask a question about the row that the calling query sees at a place */
static bool
judge_place(FunctionCallInfo fcinfo,
			bool (*question) (Relation rel, TupleTableSlot *slot))
{
	Relation	rel = table_open(PG_GETARG_OID(0), AccessShareLock);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	bool		answer = table_tuple_fetch_row_version(rel,
													   (ItemPointer) PG_GETARG_POINTER(1),
													   GetActiveSnapshot(),
													   slot) &&
	question(rel, slot);

	ExecDropSingleTupleTableSlot(slot);
	table_close(rel, NoLock);
	return answer;
}

/*
 * soc2.is_kept(relation oid, place tid): would a guard refuse to delete the row
 * that the calling query sees there?
 */
Datum
soc2_is_kept(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(judge_place(fcinfo, is_kept));
}

/* soc2.is_held(relation oid, place tid): is that row held? */
Datum
soc2_is_held(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(judge_place(fcinfo, is_held));
}

/*
 * soc2.require_unretained(relation oid, place tid): refuse the row that the
 * calling query sees there, if it is retained
 */
Datum
soc2_require_unretained(PG_FUNCTION_ARGS)
{
	Relation	rel = table_open(PG_GETARG_OID(0), AccessShareLock);
	TupleTableSlot *slot;

	if (OidIsValid(soc2_retention_root(RelationGetRelid(rel))))
	{
		slot = table_slot_create(rel, NULL);
		if (table_tuple_fetch_row_version(rel,
										  (ItemPointer) PG_GETARG_POINTER(1),
										  GetActiveSnapshot(), slot))
			soc2_retention_guard_row(rel, slot, "anonymize");
		ExecDropSingleTupleTableSlot(slot);
	}
	table_close(rel, NoLock);
	PG_RETURN_VOID();
}

/* how many of the first blocks of a table may hold dead versions? */
static int64
count_not_visible(Oid relid, BlockNumber past)
{
	Relation	rel = table_open(relid, AccessShareLock);
	Buffer		buffer = InvalidBuffer;
	int64		count = 0;

	past = Min(past, RelationGetNumberOfBlocks(rel));
	for (BlockNumber block = 0; block < past; block++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!VM_ALL_VISIBLE(rel, block, &buffer))
			count++;
	}
	if (BufferIsValid(buffer))
		ReleaseBuffer(buffer);
	table_close(rel, AccessShareLock);
	return count;
}

/*
 * soc2.blocks_not_visible(relation regclass, blocks bigint): how many of the first
 * blocks, and of all those of its TOAST table, may still hold versions of rows
 * that are gone
 */
Datum
soc2_blocks_not_visible(PG_FUNCTION_ARGS)
{
	Relation	rel = table_open(PG_GETARG_OID(0), AccessShareLock);
	int64		count = count_not_visible(PG_GETARG_OID(0),
										  get_block(fcinfo, 1));

	if (OidIsValid(rel->rd_rel->reltoastrelid))
		count += count_not_visible(rel->rd_rel->reltoastrelid,
								   MaxBlockNumber);
	table_close(rel, AccessShareLock);
	PG_RETURN_INT64(count);
}
