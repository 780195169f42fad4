/*-------------------------------------------------------------------------
 *
 * check_population.c
 *		The population of a check: read in order, counted, hashed and kept.
 *
 * Rows are fetched in batches and members kept in a tuple store, which goes to
 * a file when it grows, so memory does not grow with the population.
 *
 * IDENTIFICATION
 *	  src/check_population.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "check_runner.h"
#include "common/cryptohash.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"

/* rows fetched at a time */
#define BATCH_ROWS		1000

/* failing members whose reason the evidence quotes; the hash covers all */
#define QUOTED_FAILURES	100

/* bytes of a resource, which is a key of an index, and of a reason */
#define MAX_TEXT		2000

/* a population while it is read */
typedef struct reader
{
	soc2_check_run *run;
	pg_cryptohash_ctx *hash;
	StringInfoData previous;	/* resource of the member before */
	int64		kept_passing;
	int64		kept_others;
} reader;

/* Add a field of a row to the hash: a byte for NULL or not, length, bytes */
static void
hash_field(pg_cryptohash_ctx *hash, const char *text)
{
	uint32		len = text ? (uint32) strlen(text) : 0;
	uint8		head[5];

	head[0] = text !=NULL;

	head[1] = (uint8) (len >> 24);
	head[2] = (uint8) (len >> 16);
	head[3] = (uint8) (len >> 8);
	head[4] = (uint8) len;
	if (pg_cryptohash_update(hash, head, sizeof(head)) < 0 ||
		(len > 0 && pg_cryptohash_update(hash, (const uint8 *) text, len) < 0))
		elog(ERROR, "could not update the hash of a population");
}

/* Quote a failing member: in the reason if it is the first, in the list */
static void
quote_failure(soc2_check_run *run, const char *resource, const char *reason)
{
	MemoryContext old = MemoryContextSwitchTo(run->context);

	if (run->failures == 1)
		run->reason = psprintf("%s: %s", resource, reason);
	if (run->failures <= QUOTED_FAILURES)
	{
		appendStringInfoString(&run->failing,
							   run->failures == 1 ? "[" : ",");
		appendStringInfoString(&run->failing, "{\"resource\":");
		escape_json(&run->failing, resource);
		appendStringInfoString(&run->failing, ",\"reason\":");
		escape_json(&run->failing, reason);
		appendStringInfoChar(&run->failing, '}');
	}
	MemoryContextSwitchTo(old);
}

/* Keep a member, unless there are enough of its kind */
static void
keep_member(reader *r, const char *resource, const char *ok,
			const char *reason)
{
	soc2_check_run *run = r->run;
	bool		passes = ok != NULL && ok[0] == 't';
	int64	   *count = passes ? &r->kept_passing : &r->kept_others;
	Datum		values[SOC2_MEMBER_COLUMNS];
	bool		nulls[SOC2_MEMBER_COLUMNS] = {false, ok == NULL, reason == NULL};

	if ((passes && !run->keep_passing) || *count >= run->limit)
		return;
	(*count)++;
	run->kept++;
	values[0] = CStringGetTextDatum(resource);
	values[1] = BoolGetDatum(passes);
	values[2] = reason ? CStringGetTextDatum(reason) : (Datum) 0;
	tuplestore_putvalues(run->members, run->desc, values, nulls);
}

/* Refuse a member that is not told from others by its name */
static void
require_resource(reader *r, const char *resource)
{
	if (resource == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("check returned a row without a resource")));
	if (strlen(resource) > MAX_TEXT)
		ereport(ERROR,
				(errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
				 errmsg("check returned a resource of more than %d bytes",
						MAX_TEXT)));
	if (r->run->population > 0 && strcmp(r->previous.data, resource) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("check returned resource \"%s\" more than once",
						resource)));
	resetStringInfo(&r->previous);
	appendStringInfoString(&r->previous, resource);
}

/* Count, hash and keep one member of the population */
static void
take_member(reader *r, HeapTuple row, TupleDesc desc)
{
	soc2_check_run *run = r->run;
	char	   *resource = SPI_getvalue(row, desc, SOC2_MEMBER_RESOURCE);
	char	   *ok = SPI_getvalue(row, desc, SOC2_MEMBER_OK);
	char	   *reason = SPI_getvalue(row, desc, SOC2_MEMBER_REASON);

	require_resource(r, resource);
	if (reason != NULL && strlen(reason) > MAX_TEXT)
		reason[pg_mbcliplen(reason, strlen(reason), MAX_TEXT)] = '\0';
	hash_field(r->hash, resource);
	hash_field(r->hash, ok);
	hash_field(r->hash, reason);

	run->population++;
	if (ok == NULL)
		run->undecided++;
	else if (ok[0] == 'f')
	{
		run->failures++;
		quote_failure(run, resource, reason ? reason : "no reason given");
	}
	keep_member(r, resource, ok, reason);
}

/* Refuse a query that is no population */
void
soc2_population_require(TupleDesc desc)
{
	if (desc == NULL || desc->natts != SOC2_MEMBER_COLUMNS ||
		SPI_gettypeid(desc, SOC2_MEMBER_RESOURCE) != TEXTOID ||
		SPI_gettypeid(desc, SOC2_MEMBER_OK) != BOOLOID ||
		SPI_gettypeid(desc, SOC2_MEMBER_REASON) != TEXTOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("check must return resource text, ok boolean, reason text")));
}

/* Take all rows of a cursor, batch by batch */
static void
take_members(reader *r, Portal portal)
{
	MemoryContext batch = AllocSetContextCreate(r->run->context,
												"soc2 population batch",
												ALLOCSET_DEFAULT_SIZES);

	do
	{
		MemoryContext old;

		SPI_cursor_fetch(portal, true, BATCH_ROWS);
		old = MemoryContextSwitchTo(batch);
		for (uint64 i = 0; i < SPI_processed; i++)
			take_member(r, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
		MemoryContextSwitchTo(old);
		MemoryContextReset(batch);
		SPI_freetuptable(SPI_tuptable);
	} while (SPI_processed > 0);
}

/* A query whose rows are those of a check, in order */
char *
soc2_population_query(const char *query)
{
	return psprintf("SELECT * FROM (\n%s\n) AS population (resource, ok, reason)"
					" ORDER BY resource COLLATE \"C\"", query);
}

/* Read the population of a check, in order */
void
soc2_population_read(soc2_check_run *run, const soc2_check *check)
{
	Oid			type = JSONBOID;
	Datum		parameters = check->parameters;
	reader		r = {.run = run,.hash = pg_cryptohash_create(PG_SHA256)};
	Portal		portal;

	if (r.hash == NULL || pg_cryptohash_init(r.hash) < 0)
		elog(ERROR, "could not start the hash of a population");
	initStringInfo(&r.previous);
	portal = SPI_cursor_open_with_args(NULL,
									   soc2_population_query(check->query), 1, &type, &parameters,
									   NULL, true, 0);
	soc2_population_require(portal->tupDesc);
	take_members(&r, portal);
	SPI_cursor_close(portal);
	if (pg_cryptohash_final(r.hash, run->hash, sizeof(run->hash)) < 0)
		elog(ERROR, "could not finish the hash of a population");
	pg_cryptohash_free(r.hash);
	run->hashed = true;
}
