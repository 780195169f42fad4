/*-------------------------------------------------------------------------
 *
 * shred_row.c
 *		What the tables say about keys of subjects.
 *
 * They are read as the owner of the tables and in a snapshot of the moment: who
 * opens a key need not be able to read them, and a transaction must not see a
 * key that is gone.
 *
 * IDENTIFICATION
 *	  src/shred_row.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "executor/spi.h"
#include "ledger.h"
#include "miscadmin.h"
#include "relation.h"
#include "shred_row.h"
#include "soc2_errcodes.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* what is asked of a subject; a key that a restore brought back is none */
static const char row_query[] =
"SELECT k.key_id, k.wrapped, k.check_value, w.public_key, h.unwrap, h.owner::text,"
" w.reference"
" FROM soc2.subject_keys AS k"
" JOIN soc2.wrapping_keys AS w"
" ON w.name OPERATOR(pg_catalog.=) k.wrapping_key"
" AND w.version OPERATOR(pg_catalog.=) k.wrapping_version"
" LEFT JOIN soc2.shred_handlers AS h"
" ON h.handler OPERATOR(pg_catalog.=) w.handler"
" WHERE k.subject OPERATOR(pg_catalog.=) $1"
" AND NOT EXISTS (SELECT FROM soc2.shreds AS s"
" WHERE s.key_id OPERATOR(pg_catalog.=) k.key_id)";

static const char subject_query[] =
"SELECT s.key_id FROM soc2.shreds AS s"
" WHERE s.subject_hash OPERATOR(pg_catalog.=) soc2.subject_hash($1)";

static const char shred_query[] =
"SELECT s.key_id FROM soc2.shreds AS s"
" WHERE s.key_id OPERATOR(pg_catalog.=) $1";

/* a value of the row that a query found, in the caller's context; 0: NULL */
static Datum
get_value(MemoryContext caller, int column)
{
	Form_pg_attribute att = TupleDescAttr(SPI_tuptable->tupdesc, column - 1);
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[0],
									  SPI_tuptable->tupdesc, column, &isnull);
	MemoryContext spi;

	if (isnull)
		return (Datum) 0;
	spi = MemoryContextSwitchTo(caller);
	if (att->attlen == -1)
		value = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
	MemoryContextSwitchTo(spi);
	return value;
}

/* the same as text */
static char *
get_string(MemoryContext caller, int column)
{
	Datum		value = get_value(caller, column);
	MemoryContext spi = MemoryContextSwitchTo(caller);
	char	   *string = value ? TextDatumGetCString(value) : NULL;

	MemoryContextSwitchTo(spi);
	return string;
}

/* take the row that a query found apart */
static void
read_row	(MemoryContext caller, soc2_key_row *row)
{
	bytea	   *check = DatumGetByteaPP(get_value(caller, 3));

	row->id = *DatumGetUUIDP(get_value(caller, 1));
	row->wrapped = DatumGetByteaPP(get_value(caller, 2));
	if (VARSIZE_ANY_EXHDR(check) != SOC2_KEY_CHECK_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("fingerprint of a key has another length")));
	memcpy(row->check, VARDATA_ANY(check), SOC2_KEY_CHECK_SIZE);
	row->wrapper.public_key = (bytea *) DatumGetPointer(get_value(caller, 4));
	row->wrapper.function = get_string(caller, 5);
	row->wrapper.owner = get_string(caller, 6);
	row->wrapper.reference = get_string(caller, 7);
}

/*
 * ask a question with one argument, as the owner of the tables; is there a row?
 * It goes into *row, unless that is NULL.
 */
static bool
ask(const char *query, Oid type, Datum value, soc2_key_row *row)
{
	MemoryContext caller = CurrentMemoryContext;
	Relation	rel = table_open(soc2_table_oid("subject_keys"),
								 AccessShareLock);
	Oid			user;
	int			context;
	int			level = soc2_ledger_pin();
	bool		found;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(rel->rd_rel->relowner,
						   context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
	PushActiveSnapshot(GetLatestSnapshot());
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args(query, 1, &type, &value, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not execute \"%s\"", query);
	found = SPI_processed > 0;
	if (found && row)
		read_row	(caller, row);

	SPI_finish();
	PopActiveSnapshot();
	SetUserIdAndSecContext(user, context);
	soc2_ledger_unpin(level);
	table_close(rel, NoLock);
	return found;
}

/* raise the error about a subject without a key */
static void
raise_no_key(const char *subject)
{
	if (ask(subject_query, TEXTOID, CStringGetTextDatum(subject), NULL))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_SHREDDED),
				 errmsg("the key of subject \"%s\" was destroyed", subject),
				 errdetail("What was encrypted with it cannot be read any more.")));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("subject \"%s\" has no key", subject),
			 errhint("Make one with soc2.create_subject_key().")));
}

/* The key of a subject */
void
soc2_key_row_require(const char *subject, soc2_key_row *row)
{
	Datum		value = CStringGetTextDatum(subject);

	for (;;)
	{
		pg_uuid_t	id;

		memset(row, 0, sizeof(*row));
		if (!ask(row_query, TEXTOID, value, row))
			raise_no_key(subject);
		id = row->id;
		/* somebody may have destroyed it until we have the lock */
		soc2_data_key_lock(&id, ShareLock);
		if (ask(row_query, TEXTOID, value, row) &&
			memcmp(&id, &row->id, sizeof(id)) == 0)
			return;
	}
}

/* The open key of a subject */
const soc2_data_key *
soc2_data_key_require(const char *subject)
{
	const soc2_data_key *key = soc2_data_key_of(subject);

	if (key != NULL)
		return key;
	if (!ask(row_query, TEXTOID, CStringGetTextDatum(subject), NULL))
		raise_no_key(subject);
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the key of subject \"%s\" is not open", subject),
			 errhint("Open it in this transaction with soc2.open_subject_key().")));
}

/* Was the key of an id destroyed? */
bool
soc2_key_is_shredded(const pg_uuid_t *id)
{
	return ask(shred_query, UUIDOID, UUIDPGetDatum(id), NULL);
}
