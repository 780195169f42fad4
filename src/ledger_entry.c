/*-------------------------------------------------------------------------
 *
 * ledger_entry.c
 *		Entries of soc2.ledgers: the id of a ledger and what is redactable.
 *
 * There is one entry for a table.  Who makes one holds the lock of the entry
 * until its transaction ends, and then looks again.
 *
 * IDENTIFICATION
 *	  src/ledger_entry.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "ledger_parts.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

/* What a statement says to mean all rows of a ledger */
char *
soc2_ledger_from(Relation rel)
{
	return psprintf("%s%s",
					rel->rd_rel->relkind == RELKIND_RELATION ? "ONLY " : "",
					soc2_relation_name(rel));
}

/* Value of a column of one of the extension's own tables */
Datum
soc2_own_column(Relation rel, HeapTuple tuple, int column, bool *isnull)
{
	TupleDesc	desc = RelationGetDescr(rel);

	/* the library may be newer than what CREATE EXTENSION made */
	if (column > desc->natts)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" is of an older version of the extension",
						soc2_relation_name(rel)),
				 errdetail("Its column %d is missing.", column),
				 errhint("Use ALTER EXTENSION soc2 UPDATE.")));
	return heap_getattr(tuple, column, desc, isnull);
}

/* Begin to scan soc2.ledgers for the entry of a table */
SysScanDesc
soc2_ledger_scan_entry(Relation ledgers, Oid relid)
{
	ScanKeyData key;

	/* the first column is the table */
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	return systable_beginscan(ledgers, InvalidOid, false, SnapshotSelf, 1,
							  &key);
}

/* Wait for the lock on the entry of a table */
void
soc2_ledger_lock_entry(Oid ledger)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, ledger, SOC2_LEDGER_LOCK_ENTRY,
						 SOC2_LEDGER_LOCK_CLASS);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

/* Make the entry of a table */
void
soc2_ledger_register(Oid ledger, Datum redactable)
{
	Oid			types[2] = {REGCLASSOID, TEXTARRAYOID};
	Datum		arguments[2];
	Oid			owner;
	Oid			user;
	int			context;
	Relation	ledgers = table_open(soc2_table_oid("ledgers"), RowExclusiveLock);

	owner = ledgers->rd_rel->relowner;
	table_close(ledgers, NoLock);
	arguments[0] = ObjectIdGetDatum(ledger);
	arguments[1] = redactable;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(owner, context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args("INSERT INTO soc2.ledgers (relation, redactable) VALUES ($1, $2)",
							  2, types, arguments, NULL, false,
							  0) != SPI_OK_INSERT)
		elog(ERROR, "could not make the entry of a ledger");
	SPI_finish();
	SetUserIdAndSecContext(user, context);
}
