/*-------------------------------------------------------------------------
 *
 * ledger_seal.c
 *		soc2.seal: append the new rows of a ledger to its log.
 *
 * A sealer holds a lock on the log of the ledger until its transaction ends.
 * The snapshot is taken after the lock, so it shows all that sealers before
 * wrote.  It also decides which rows are there.  As a writer holds its lane
 * until it has committed, what a snapshot shows of a lane has no gap; a lane
 * that has one nevertheless was tampered with and is not sealed any further.
 *
 * What the log was before is checked against the last seal before anything is
 * added to it.
 *
 * IDENTIFICATION
 *	  src/ledger_seal.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "ledger_log.h"
#include "ledger_scan.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(soc2_seal);

/* lock tag of a log: a lane that cannot be, in the class of lanes */
#define SEAL_LOCK_LANE		0xFFFFFFFF

#define RESULT_COLUMNS		3

static const char *const insert_range =
"INSERT INTO soc2.ledger_seal_ranges"
" (ledger_id, seal_id, lane, first_seq, last_seq, position)"
" VALUES ($1, $2, $3, $4, $5, $6)";

static const char *const insert_seal =
"INSERT INTO soc2.ledger_seals (ledger_id, seal_id, incarnation, size, root,"
"  sealed_at, sealed_by, system_identifier, database, timeline,"
"  previous_size, previous_root, incarnation_id)"
" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

/* statements, prepared for one call of soc2.seal */
typedef struct statements
{
	SPIPlanPtr	range;
	SPIPlanPtr	seal;
	NameData	user;			/* who called */
} statements;

/* sealing one ledger */
typedef struct sealer
{
	const statements *sql;
	Relation	rel;
	const soc2_ledger_plan *plan;
	soc2_log	log;
	soc2_seal_entry last;		/* seal_id 0 if there is none */
	int64		seal_id;		/* of the new one */
	soc2_log_tree tree;
} sealer;

/* run a prepared INSERT */
static void
execute(SPIPlanPtr plan, Datum *values, const char *nulls)
{
	if (SPI_execute_plan(plan, values, nulls, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not write the log of a ledger");
}

/* id of the ledger as a value */
static Datum
id_datum(const sealer *s)
{
	return UUIDPGetDatum((const pg_uuid_t *) s->log.id.bytes);
}

/* load the tree that the last seal left */
static void
load_tree(sealer *s)
{
	soc2_digest root;

	if (!soc2_log_last_seal(&s->log, false, &s->last))
		memset(&s->last, 0, sizeof(s->last));
	soc2_log_check(soc2_log_tree_load(&s->tree, &s->log, s->last.size),
				   s->rel);
	root = soc2_log_tree_root(&s->tree);
	if (s->last.seal_id != 0 &&
		soc2_digest_compare(&root, &s->last.root) != 0)
		soc2_log_error(s->rel, "Its tiles do not lead to the root of the last seal.");
}

/* warn about a lane that cannot be sealed any further */
static void
warn_gap(const sealer *s, int32 lane, int64 seq)
{
	ereport(WARNING,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("row " INT64_FORMAT " of lane %d of ledger \"%s\" is missing or has no hash",
					seq, lane, soc2_relation_name(s->rel)),
			 errdetail("The rows behind it are not sealed."),
			 errhint("See what soc2.verify_ledger() reports.")));
}

/* append a row, which must be the one expected; false if it is not */
static bool
seal_row(sealer *s, TupleTableSlot *row, int64 expected)
{
	const AttrNumber *fields = s->plan->fields;
	bool		isnull;
	Datum		value;

	value = slot_getattr(row, fields[SOC2_LEDGER_SEQ], &isnull);
	if (isnull || DatumGetInt64(value) != expected)
		return false;
	value = slot_getattr(row, fields[SOC2_LEDGER_HASH], &isnull);
	if (isnull)
		return false;
	soc2_log_tree_append(&s->tree, DatumGetDigest(value));
	return true;
}

/* append the rows of a lane from range->first_seq on, and set last_seq */
static void
seal_rows(sealer *s, soc2_log_range *range)
{
	soc2_ledger_scan scan;
	TupleTableSlot *row;

	soc2_ledger_scan_begin(&scan, s->rel, s->plan, s->log.snapshot);
	soc2_ledger_scan_where(&scan, SOC2_LEDGER_LANE, BTEqualStrategyNumber,
						   F_INT4EQ, Int32GetDatum(range->lane));
	soc2_ledger_scan_where(&scan, SOC2_LEDGER_SEQ,
						   BTGreaterEqualStrategyNumber, F_INT8GE,
						   Int64GetDatum(range->first_seq));
	soc2_ledger_scan_start(&scan, ForwardScanDirection);
	range->last_seq = range->first_seq - 1;
	while ((row = soc2_ledger_scan_next(&scan)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (!seal_row(s, row, range->last_seq + 1))
		{
			warn_gap(s, range->lane, range->last_seq + 1);
			break;
		}
		range->last_seq++;
	}
	soc2_ledger_scan_end(&scan);
}

/* seal what is new in a lane */
static void
seal_lane(sealer *s, int32 lane)
{
	soc2_log_range range;
	Datum		values[6];

	if (soc2_log_last_range(&s->log, lane, &range))
		range.first_seq = range.last_seq + 1;
	else
		range.first_seq = 1;
	range.lane = lane;
	range.position = (int64) s->tree.tree.size;
	seal_rows(s, &range);
	if (range.last_seq < range.first_seq)
		return;
	values[0] = id_datum(s);
	values[1] = Int64GetDatum(s->seal_id);
	values[2] = Int32GetDatum(range.lane);
	values[3] = Int64GetDatum(range.first_seq);
	values[4] = Int64GetDatum(range.last_seq);
	values[5] = Int64GetDatum(range.position);
	execute(s->sql->range, values, NULL);
}

/*
 * Does the new seal start another incarnation?  A database that is not the one
 * of the last seal is a copy of it or was restored, and the other one may go on
 * as well: the two must not speak under the same name.
 */
static bool
starts_incarnation(const soc2_seal_entry *last)
{
	return last->seal_id != 0 &&
		(last->system_identifier != (int64) GetSystemIdentifier() ||
		 last->database != MyDatabaseId ||
		 last->timeline != (int32) GetWALInsertionTimeLine());
}

/*
 * The incarnation of the new seal and its id.  The number alone would be that of
 * every other copy too.
 */
static void
choose_incarnation(const soc2_seal_entry *last, Datum *values, char *nulls)
{
	if (starts_incarnation(last))
	{
		values[2] = Int32GetDatum(last->incarnation + 1);
		values[12] = OidFunctionCall0(F_GEN_RANDOM_UUID);
		return;
	}
	values[2] = Int32GetDatum(Max(last->incarnation, 1));
	nulls[10] = nulls[11] = 'n';
	if (last->has_incarnation_id)
		values[12] = UUIDPGetDatum(&last->incarnation_id);
	else
		nulls[12] = 'n';
}

/* write the row of the seal */
static void
write_seal(const sealer *s)
{
	soc2_digest root = soc2_log_tree_root(&s->tree);
	Datum		values[13];
	char		nulls[14] = "             ";

	values[0] = id_datum(s);
	values[1] = Int64GetDatum(s->seal_id);
	values[3] = Int64GetDatum((int64) s->tree.tree.size);
	values[4] = soc2_digests_datum(&root, 1);
	values[5] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[6] = NameGetDatum(&s->sql->user);
	values[7] = Int64GetDatum((int64) GetSystemIdentifier());
	values[8] = ObjectIdGetDatum(MyDatabaseId);
	values[9] = Int32GetDatum((int32) GetWALInsertionTimeLine());
	values[10] = Int64GetDatum((int64) s->last.size);
	values[11] = soc2_digests_datum(&s->last.root, 1);
	choose_incarnation(&s->last, values, nulls);
	execute(s->sql->seal, values, nulls);
}

/* take the lock of a log until the transaction ends */
static void
lock_log(Relation rel)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, RelationGetRelid(rel),
						 SEAL_LOCK_LANE, SOC2_LEDGER_LOCK_CLASS);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

/* seal what is new in a ledger that has an id and whose log is locked */
static void
seal_log(sealer *s)
{
	int32		lane = -1;

	soc2_log_open(&s->log, &s->plan->id);
	load_tree(s);
	s->seal_id = s->last.seal_id + 1;
	while (soc2_ledger_next_lane(s->rel, s->plan, s->log.snapshot, &lane))
		seal_lane(s, lane);
	if (s->tree.tree.size > s->last.size)
	{
		soc2_log_tree_flush(&s->tree);
		write_seal(s);
		/* a checkpoint that left must not be undone by a crash */
		ForceSyncCommit();
	}
	soc2_log_close(&s->log);
}

/* seal a ledger and put a row into the result */
static void
seal_ledger(const statements *sql, Oid relid, ReturnSetInfo *rsinfo)
{
	sealer		s = {sql};
	Datum		values[RESULT_COLUMNS];
	bool		nulls[RESULT_COLUMNS] = {false, false, false};

	s.rel = soc2_ledger_open(relid, &s.plan);
	lock_log(s.rel);
	/* the first row may have come while we waited */
	s.plan = soc2_ledger_plan_get(s.rel, true);
	/* a ledger without an id never had a row */
	if (s.plan->has_id)
		seal_log(&s);
	values[0] = ObjectIdGetDatum(relid);
	values[1] = Int64GetDatum((int64) s.tree.tree.size);
	values[2] = Int64GetDatum((int64) (s.tree.tree.size - s.last.size));
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	relation_close(s.rel, AccessShareLock);
}

/*
 * Is a table still a ledger that can be sealed?  If not, its owner must not be
 * able to keep the others from being sealed.
 */
static bool
can_seal(Oid relid)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);
	const soc2_ledger_plan *plan;

	if (rel == NULL)
		return false;
	plan = soc2_ledger_plan_get(rel, false);
	if (plan == NULL || !OidIsValid(plan->index))
		ereport(WARNING,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("ledger \"%s\" is not sealed",
						soc2_relation_name(rel)),
				 errdetail("It lacks ledger columns, or its index on (ledger_lane, ledger_seq)."),
				 errhint("See what soc2.verify_ledger() reports.")));
	relation_close(rel, AccessShareLock);
	return plan != NULL && OidIsValid(plan->index);
}

/* order of OIDs */
static int
compare_oids(const ListCell *a, const ListCell *b)
{
	Oid			x = lfirst_oid(a);
	Oid			y = lfirst_oid(b);

	return x < y ? -1 : x > y;
}

/*
 * The ledgers that can be sealed, in ascending order so that two who seal all
 * do not wait for each other.
 */
static List *
all_ledgers(Relation ledgers)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	SysScanDesc scan = systable_beginscan(ledgers, InvalidOid, false,
										  snapshot, 0, NULL);
	List	   *oids = NIL;
	HeapTuple	tuple;

	while ((tuple = systable_getnext(scan)) != NULL)
	{
		bool		isnull;
		Oid			relid;

		relid = DatumGetObjectId(soc2_own_column(ledgers, tuple,
												 SOC2_LEDGERS_RELATION,
												 &isnull));
		if (!isnull && can_seal(relid))
			oids = lappend_oid(oids, relid);
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	list_sort(oids, compare_oids);
	return oids;
}

/* prepare a statement */
static SPIPlanPtr
prepare(const char *statement, int count, Oid *types)
{
	SPIPlanPtr	plan = SPI_prepare(statement, count, types);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed");
	return plan;
}

/* prepare all statements */
static void
prepare_all(statements *sql)
{
	Oid			range[] = {UUIDOID, INT8OID, INT4OID, INT8OID, INT8OID, INT8OID};
	Oid			seal[] = {UUIDOID, INT8OID, INT4OID, INT8OID, BYTEAOID,
		TIMESTAMPTZOID, NAMEOID, INT8OID, OIDOID, INT4OID,
	INT8OID, BYTEAOID, UUIDOID};

	sql->range = prepare(insert_range, lengthof(range), range);
	sql->seal = prepare(insert_seal, lengthof(seal), seal);
}

/* seal one ledger, or all, as the owner of the log */
static void
seal_as_owner(Oid relid, statements *sql, ReturnSetInfo *rsinfo)
{
	Relation	ledgers = table_open(soc2_table_oid("ledgers"), AccessShareLock);
	List	   *oids;
	ListCell   *cell;
	Oid			user;
	int			context;

	oids = OidIsValid(relid) ? list_make1_oid(relid) : all_ledgers(ledgers);
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(ledgers->rd_rel->relowner,
						   context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	prepare_all(sql);
	foreach(cell, oids)
		seal_ledger(sql, lfirst_oid(cell), rsinfo);
	SPI_finish();
	SetUserIdAndSecContext(user, context);
	table_close(ledgers, AccessShareLock);
}

/*
 * Seal a ledger, or all: (relation, size, sealed).  An error on a standby and
 * in a read-only transaction.
 */
Datum
soc2_seal(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	statements	sql;

	PreventCommandDuringRecovery("soc2.seal()");
	PreventCommandIfReadOnly("soc2.seal()");
	InitMaterializedSRF(fcinfo, 0);
	namestrcpy(&sql.user, GetUserNameFromId(GetUserId(), false));
	seal_as_owner(PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0), &sql,
				  rsinfo);
	return (Datum) 0;
}
