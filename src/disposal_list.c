/*-------------------------------------------------------------------------
 *
 * disposal_list.c
 *		Rows that were disposed of before: lists of them, and finding them again.
 *
 * A table is read once, whatever the number of lists; each row costs a hash and a
 * binary search for each list.
 *
 * IDENTIFICATION
 *	  src/disposal_list.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "disposal.h"
#include "disposal_list.h"
#include "funcapi.h"
#include "hold.h"
#include "miscadmin.h"
#include "soc2.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(soc2_sort_key_hashes);
PG_FUNCTION_INFO_V1(soc2_find_disposed);

/* what became of the rows of a list */
typedef struct list_counts
{
	int64		due;
	int64		held;
	int64		retained;
	int64		other;			/* their class has another method now */
} list_counts;

/* the order of hashes */
static int
compare_hashes(const void *a, const void *b)
{
	return memcmp(a, b, SOC2_KEY_HASH_STORED);
}

/* how many hashes there are in some bytes */
static size_t
count_hashes(const bytea *hashes)
{
	size_t		len = VARSIZE_ANY_EXHDR(hashes);

	if (len % SOC2_KEY_HASH_STORED != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("hashes of keys must have %d bytes each",
						SOC2_KEY_HASH_STORED)));
	return len / SOC2_KEY_HASH_STORED;
}

/* soc2.sort_key_hashes(hashes bytea): the same in ascending order */
Datum
soc2_sort_key_hashes(PG_FUNCTION_ARGS)
{
	bytea	   *hashes = PG_GETARG_BYTEA_P_COPY(0);

	qsort(VARDATA(hashes), count_hashes(hashes), SOC2_KEY_HASH_STORED,
		  compare_hashes);
	PG_RETURN_BYTEA_P(hashes);
}

/* refuse hashes among which a search would miss some */
static void
check_sorted(const soc2_disposal_list *list)
{
	for (size_t i = 1; i < list->count; i++)
	{
		const char *hash = list->hashes + i * SOC2_KEY_HASH_STORED;

		if (compare_hashes(hash - SOC2_KEY_HASH_STORED, hash) > 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("hashes of keys are not sorted")));
	}
}

/* Lists for rows of a table */
soc2_disposal_lists *
soc2_disposal_lists_create(Relation rel, ArrayType *columns, ArrayType *keys,
						   ArrayType *hashes)
{
	soc2_disposal_lists *lists = palloc(sizeof(soc2_disposal_lists));
	Datum	   *key;
	Datum	   *hash;
	int			nhashes;

	if (array_contains_nulls(keys) || array_contains_nulls(hashes))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("keys and hashes of keys must not be null")));
	deconstruct_array(keys, BYTEAOID, -1, false, TYPALIGN_INT, &key, NULL,
					  &lists->count);
	deconstruct_array(hashes, BYTEAOID, -1, false, TYPALIGN_INT, &hash, NULL,
					  &nhashes);
	if (nhashes != lists->count)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("each key must have its hashes")));
	lists->lists = palloc(sizeof(soc2_disposal_list) * lists->count);
	for (int i = 0; i < lists->count; i++)
	{
		soc2_disposal_list *list = &lists->lists[i];
		bytea	   *sorted = DatumGetByteaPP(hash[i]);

		list->keyer = soc2_keyer_create(rel, columns, DatumGetByteaPP(key[i]));
		list->hashes = VARDATA_ANY(sorted);
		list->count = count_hashes(sorted);
		check_sorted(list);
	}
	return lists;
}

/* Is a row in a list? */
bool
soc2_disposal_list_has(const soc2_disposal_list *list, TupleTableSlot *slot)
{
	unsigned char hash[SOC2_KEY_HASH_SIZE];

	soc2_keyer_hash(list->keyer, slot, hash);
	return bsearch(hash, list->hashes, list->count, SOC2_KEY_HASH_STORED,
				   compare_hashes) != NULL;
}

/* Is it in any of them? */
bool
soc2_disposal_lists_have(const soc2_disposal_lists *lists,
						 TupleTableSlot *slot)
{
	for (int i = 0; i < lists->count; i++)
	{
		if (soc2_disposal_list_has(&lists->lists[i], slot))
			return true;
	}
	return false;
}

/*
 * Count a row that is in a list by what would become of it now.  One that was
 * anonymized is back if it has not the values of the rules.
 */
static void
count_row(const soc2_judge *judge, bool anonymized, TupleTableSlot *slot,
		  list_counts *counts)
{
	soc2_retention_rule *rule;
	bool		kept = soc2_retention_keeps_at(judge->policy, slot, judge->at,
											   &rule);

	if (anonymized && judge->anonymizer != NULL &&
		soc2_anonymizer_is_done(judge->anonymizer, slot))
		return;
	if (soc2_hold_on_row(judge->rel, slot) != NULL)
		counts->held++;
	else if (kept || rule == NULL)
		counts->retained++;
	else if (rule->class.anonymize != anonymized)
		counts->other++;
	else
		counts->due++;
}

/* find the rows of the lists in a table that has storage */
static void
find_rows(Relation rel, const soc2_disposal_lists *lists, bool anonymized,
		  list_counts *counts)
{
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, GetActiveSnapshot(), 0, NULL);
	soc2_judge	judge;

	soc2_judge_begin(&judge, rel, GetCurrentTransactionStartTimestamp());
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < lists->count; i++)
		{
			if (soc2_disposal_list_has(&lists->lists[i], slot))
				count_row(&judge, anonymized, slot, &counts[i]);
		}
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

/*
 * soc2.find_disposed(relation regclass, key_columns text[], keys bytea[], hashes
 * bytea[], anonymized boolean): how many rows of each list, which were deleted or
 * anonymized, are in a table with a policy, and what would become of them now
 */
Datum
soc2_find_disposed(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ArrayType  *keys = PG_GETARG_ARRAYTYPE_P(2);
	int			count = ArrayGetNItems(ARR_NDIM(keys), ARR_DIMS(keys));
	list_counts *counts = palloc0(sizeof(list_counts) * count);
	List	   *members = soc2_disposal_members(PG_GETARG_OID(0),
												AccessShareLock);
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	foreach(cell, members)
	{
		Relation	rel = table_open(lfirst_oid(cell), NoLock);

		find_rows(rel, soc2_disposal_lists_create(rel,
												  PG_GETARG_ARRAYTYPE_P(1),
												  keys,
												  PG_GETARG_ARRAYTYPE_P(3)),
				  PG_GETARG_BOOL(4), counts);
		table_close(rel, NoLock);
	}
	for (int i = 0; i < count; i++)
	{
		Datum		values[5];
		bool		nulls[5] = {false};

		values[0] = Int32GetDatum(i + 1);
		values[1] = Int64GetDatum(counts[i].due);
		values[2] = Int64GetDatum(counts[i].held);
		values[3] = Int64GetDatum(counts[i].retained);
		values[4] = Int64GetDatum(counts[i].other);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
