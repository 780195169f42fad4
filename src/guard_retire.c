/*-------------------------------------------------------------------------
 *
 * guard_retire.c
 *		soc2.retire: two persons let the extension be dropped with what it has.
 *
 * A person is who logged in, by person.h: roles that he sets later make nobody
 * else of him, and SET SESSION AUTHORIZATION does not either.
 *
 * IDENTIFICATION
 *	  src/guard_retire.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "evidence.h"
#include "guard.h"
#include "ledger.h"
#include "ledger_custody.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "person.h"
#include "soc2_errcodes.h"
#include "tcop/utility.h"
#include "trigger.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(soc2_retire);
PG_FUNCTION_INFO_V1(soc2_retirement_guard);

#define RETIREMENTS		"retirements"

/* a request waits that long for its approval, and that is good for so long */
#define RETIREMENT_TIME	(INT64CONST(1) * USECS_PER_DAY)

/* columns of soc2.retirements */
enum
{
	RETIREMENT_AT = 1,
	RETIREMENT_APPROVAL,
	RETIREMENT_PERSON,
	RETIREMENT_REASON,
	RETIREMENT_COLUMNS = RETIREMENT_REASON
};

/* the last step that was taken, unless its time is over */
typedef struct last_step
{
	TimestampTz at;				/* DT_NOBEGIN: none */
	bool		approval;
	char	   *person;
} last_step;

static const soc2_trigger_rule retirement_rule = {
	"soc2.retirement_guard", TRIGGER_TYPE_BEFORE, false, false,
	TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE |
	TRIGGER_TYPE_TRUNCATE,
	"INSERT, UPDATE, DELETE or TRUNCATE"
};

/* take a row for the last step if it is later */
static void
take_step(last_step *last, Relation rel, HeapTuple tuple)
{
	bool		isnull;
	TimestampTz at = DatumGetTimestampTz(soc2_own_column(rel, tuple,
														 RETIREMENT_AT,
														 &isnull));

	if (at <= last->at || at + RETIREMENT_TIME < GetCurrentTimestamp())
		return;
	last->at = at;
	last->approval = DatumGetBool(soc2_own_column(rel, tuple,
												  RETIREMENT_APPROVAL,
												  &isnull));
	last->person = TextDatumGetCString(soc2_own_column(rel, tuple,
													   RETIREMENT_PERSON,
													   &isnull));
}

/* the last step, in a snapshot of the moment */
static last_step
find_last_step(Relation rel)
{
	last_step	last = {DT_NOBEGIN, false, NULL};
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0,
										  NULL);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		take_step(&last, rel, tuple);
	systable_endscan(scan);
	return last;
}

/* May the extension be dropped with what it has? */
bool
soc2_guard_is_retired(void)
{
	Oid			relid = soc2_own_relid(RETIREMENTS);
	Relation	rel;
	last_step	last;

	if (!OidIsValid(relid))
		return false;
	rel = table_open(relid, AccessShareLock);
	last = find_last_step(rel);
	table_close(rel, AccessShareLock);
	return last.at != DT_NOBEGIN && last.approval;
}

/* record a step, also as evidence */
static void
insert_step(Relation rel, bool approval, const char *person, Datum reason)
{
	Datum		values[RETIREMENT_COLUMNS];
	bool		nulls[RETIREMENT_COLUMNS] = {false};
	StringInfoData payload;

	values[RETIREMENT_AT - 1] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[RETIREMENT_APPROVAL - 1] = BoolGetDatum(approval);
	values[RETIREMENT_PERSON - 1] = CStringGetTextDatum(person);
	values[RETIREMENT_REASON - 1] = reason;
	CatalogTupleInsert(rel, heap_form_tuple(RelationGetDescr(rel), values,
											nulls));
	initStringInfo(&payload);
	appendStringInfo(&payload, "{\"act\": \"%s\", \"person\": ",
					 approval ? "approve" : "request");
	escape_json(&payload, person);
	appendStringInfoString(&payload, ", \"reason\": ");
	escape_json(&payload, TextDatumGetCString(reason));
	appendStringInfoChar(&payload, '}');
	(void) soc2_evidence_record(SOC2_RETIREMENT_KIND, "soc2", payload.data);
}

/* soc2.retire(reason): true if the extension may be dropped now */
Datum
soc2_retire(PG_FUNCTION_ARGS)
{
	const char *person = soc2_login_role();
	Relation	rel;
	last_step	last;
	bool		requested;

	PreventCommandIfReadOnly("retire()");
	if (VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(0)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"reason\" must not be empty")));
	rel = table_open(soc2_table_oid(RETIREMENTS), ShareRowExclusiveLock);
	last = find_last_step(rel);
	requested = last.at != DT_NOBEGIN && !last.approval;
	if (requested &&
		strcmp(soc2_person_of(last.person), soc2_person_of(person)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_SECOND_PERSON),
				 errmsg("retiring requires a second person"),
				 errdetail("\"%s\" asked for it.", person),
				 errhint("Let somebody else log in and call soc2.retire().")));
	insert_step(rel, requested, person, PG_GETARG_DATUM(0));
	table_close(rel, NoLock);
	PG_RETURN_BOOL(requested);
}

/* soc2.retirement_guard(): trigger of soc2.retirements, which nobody writes */
Datum
soc2_retirement_guard(PG_FUNCTION_ARGS)
{
	const TriggerData *trigdata = soc2_trigger_data(fcinfo, &retirement_rule);

	ereport(ERROR,
			(errcode(ERRCODE_SOC2_GUARDED),
			 errmsg("table \"%s\" is guarded",
					RelationGetRelationName(trigdata->tg_relation)),
			 errdetail("Only soc2.retire() writes it.")));
}
