/*-------------------------------------------------------------------------
 *
 * access_review.c
 *		Reviews of access: decisions, the hash of what was frozen, and CSV.
 *
 * What is reviewed is read by SQL, see sql/66_access.sql.  The functions here
 * are called by functions that run as the owner of the tables, or by those who
 * may read them; who acts is the login.
 *
 * A review that is decided on is locked for sharing, one that is closed for
 * update: what closing finds is all that is decided.
 *
 * IDENTIFICATION
 *	  src/access_review.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "argument.h"
#include "catalog/pg_type.h"
#include "ledger.h"
#include "miscadmin.h"
#include "package.h"
#include "person.h"
#include "soc2.h"
#include "soc2_errcodes.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(soc2_require_open_review);
PG_FUNCTION_INFO_V1(soc2_record_access_decisions);
PG_FUNCTION_INFO_V1(soc2_access_entries_sha256);
PG_FUNCTION_INFO_V1(soc2_access_review_csv);

/* arguments of soc2.record_access_decisions() */
enum
{
	DECIDE_ID,
	DECIDE_REVIEW,
	DECIDE_DECISION,
	DECIDE_REASON,
	DECIDE_ROLES,
	DECIDE_KINDS,
	DECIDE_OBJECTS,
	DECIDE_PRIVILEGES,
	DECIDE_ENTRIES,
	DECIDE_UNDECIDED,
	DECIDE_OTHERS_ONLY,
	DECIDE_EXPIRES_AT,
	DECIDE_CHANGE_TO,
	DECIDE_ARGUMENTS,
	DECIDE_REVIEWER = DECIDE_ARGUMENTS, /* added: who logged in */
	DECIDE_IS_ADMIN,			/* may decide what is assigned to nobody */
	DECIDE_PARAMETERS
};

static const Oid decide_types[DECIDE_PARAMETERS] = {
	UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TEXTOID,
	TEXTARRAYOID, INT4ARRAYOID, BOOLOID, BOOLOID, TIMESTAMPTZOID, TEXTOID,
	TEXTOID, BOOLOID
};

/* entries that the filters take, and that others_only leaves */
#define PICKED_ENTRIES \
	" FROM soc2.access_review_picked($2, $14::name, $5, $6, $7, $8, $9, $10) AS p" \
	" WHERE $11 IS NOT TRUE" \
	"  OR NOT (p.is_own OR COALESCE(p.is_others, NOT $15))"

/* why they cannot all be decided: names of roles, or NULL */
static const char *const judge_query =
"SELECT min(p.role_name::text COLLATE \"C\") FILTER (WHERE p.is_own),"
" min(p.role_name::text COLLATE \"C\") FILTER (WHERE p.is_others),"
" min(p.role_name::text COLLATE \"C\") FILTER (WHERE p.is_unassigned AND NOT $15),"
" min(p.entry_no) FILTER (WHERE $3 = 'change'"
"  AND soc2.access_change(p.kind, p.grantable, p.options, $13) IS NULL)"
PICKED_ENTRIES;

static const char *const decide_query =
"INSERT INTO soc2.access_decisions (decision_id, review_id, entry_no,"
"  decision, reason, change_to, expires_at, decided_at)"
" SELECT $1, $2, p.entry_no, $3, $4, CASE WHEN $3 = 'change'"
"   THEN soc2.access_change(p.kind, p.grantable, p.options, $13)"
"   ELSE $13 END, $12, c.at"
" FROM (SELECT clock_timestamp() AS at OFFSET 0) AS c, LATERAL (SELECT p.*"
PICKED_ENTRIES ") AS p";

/* lines of the hash */
static const char *const entries_query =
"SELECT ROW(e.entry_no, e.kind, e.role_name, e.object_type, e.object,"
"  e.column_name, e.privilege, e.grantor, e.grantable, e.options,"
"  e.by_owner, e.is_default, e.role_oid, e.object_oid)::text"
" FROM soc2.access_review_entries AS e WHERE e.review_id = $1::uuid"
" ORDER BY e.entry_no";

/* the state of a review, which is locked; NULL: there is none */
static char *
lock_review(Datum review, bool decides)
{
	Oid			type = UUIDOID;

	if (SPI_execute_with_args(decides ?
							  "SELECT state FROM soc2.access_reviews"
							  " WHERE review_id = $1 FOR SHARE" :
							  "SELECT state FROM soc2.access_reviews"
							  " WHERE review_id = $1 FOR UPDATE",
							  1, &type, &review, NULL, false,
							  0) != SPI_OK_SELECT)
		elog(ERROR, "could not read a review of access");
	if (SPI_processed == 0)
		return NULL;
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
}

/* refuse a review that is not there, or over; SPI is connected */
static void
require_open(Datum review, bool decides)
{
	const char *state = lock_review(review, decides);
	char	   *id = DatumGetCString(DirectFunctionCall1(uuid_out, review));

	if (state == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("access review \"%s\" does not exist", id)));
	if (strcmp(state, "open") != 0 && strcmp(state, "incomplete") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("access review \"%s\" is %s", id, state),
				 errhint("Start another one with soc2.start_access_review().")));
}

/* soc2.require_open_review(review_id, decides) */
Datum
soc2_require_open_review(PG_FUNCTION_ARGS)
{
	soc2_argument_require(fcinfo, 0, "review");
	SPI_connect();
	require_open(PG_GETARG_DATUM(0), !PG_ARGISNULL(1) && PG_GETARG_BOOL(1));
	SPI_finish();
	PG_RETURN_BOOL(true);
}

/* a value of the one row of a query, as text; NULL if it is */
static char *
judged(int column)
{
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
}

/* refuse decisions that are not the reviewer's to make, or make no sense */
static void
require_decidable(Datum *values, const char *nulls)
{
	char	   *role;

	if (SPI_execute_with_args(judge_query, DECIDE_PARAMETERS,
							  (Oid *) decide_types, values, nulls, true,
							  0) != SPI_OK_SELECT)
		elog(ERROR, "could not judge decisions on access");
	if ((role = judged(1)) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_SECOND_PERSON),
				 errmsg("deciding on access requires a second person"),
				 errdetail("Role \"%s\" is held by the person behind \"%s\".",
						   role, soc2_login_role()),
				 errhint("Log in as a role of another person, or leave out one's own with others_only.")));
	if ((role = judged(2)) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("access of role \"%s\" is for other reviewers to decide",
						role)));
	if ((role = judged(3)) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("access of role \"%s\" is assigned to no reviewer",
						role),
				 errhint("Members of soc2_admin decide it, or soc2.assign_reviewer() assigns it.")));
	if ((role = judged(4)) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("entry %s of the review cannot be changed so", role),
				 errhint("It can become: no grant option, no admin option, no inherit option, no set option, or owner and a role; where it is that already, keep it or revoke it.")));
}

/* soc2.record_access_decisions(...) */
Datum
soc2_record_access_decisions(PG_FUNCTION_ARGS)
{
	Datum		values[DECIDE_PARAMETERS] = {0};
	char		nulls[DECIDE_PARAMETERS];
	Oid			admin = get_role_oid("soc2_admin", false);
	int64		count;

	soc2_argument_require(fcinfo, DECIDE_REVIEW, "review_id");
	for (int i = 0; i < DECIDE_ARGUMENTS; i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	values[DECIDE_REVIEWER] = CStringGetTextDatum(soc2_login_role());
	values[DECIDE_IS_ADMIN] = BoolGetDatum(is_member_of_role(GetAuthenticatedUserId(),
															 admin));
	nulls[DECIDE_REVIEWER] = nulls[DECIDE_IS_ADMIN] = ' ';

	SPI_connect();
	require_open(values[DECIDE_REVIEW], true);
	require_decidable(values, nulls);
	if (SPI_execute_with_args(decide_query, DECIDE_PARAMETERS,
							  (Oid *) decide_types, values, nulls, false,
							  0) != SPI_OK_INSERT)
		elog(ERROR, "could not record decisions on access");
	count = (int64) SPI_processed;
	SPI_finish();
	PG_RETURN_INT64(count);
}

/* the question about the review that an argument names */
static soc2_question
question_of_review(FunctionCallInfo fcinfo)
{
	soc2_question question = {(Datum) 0, false};
	char	   *id = DatumGetCString(DirectFunctionCall1(uuid_out,
														 PG_GETARG_DATUM(0)));

	question.argument = CStringGetTextDatum(id);
	return question;
}

/* add a line to the hash */
static void
hash_line(void *state, HeapTuple row, TupleDesc desc)
{
	char	   *line = SPI_getvalue(row, desc, 1);

	soc2_sum_add(state, line, (int) strlen(line));
	soc2_sum_add(state, "\n", 1);
}

/* soc2.access_entries_sha256(review_id) */
Datum
soc2_access_entries_sha256(PG_FUNCTION_ARGS)
{
	soc2_question question = question_of_review(fcinfo);
	char		hex[SOC2_SUM_TEXT_SIZE];
	soc2_digest *digest = palloc(sizeof(soc2_digest));
	soc2_sum	sum;

	soc2_sum_begin(&sum);
	SPI_connect();
	(void) soc2_question_query(&question, entries_query, hash_line, &sum);
	SPI_finish();
	soc2_sum_end(&sum, hex);
	(void) hex_decode(hex, SOC2_SUM_TEXT_SIZE - 1, (char *) digest);
	PG_RETURN_DIGEST(digest);
}

/* soc2.access_review_csv(campaign) */
Datum
soc2_access_review_csv(PG_FUNCTION_ARGS)
{
	static const soc2_source sheet = {
		"access_review_sheet", "soc2.access_review_sheet($1::uuid)",
		"entry_no", NULL
	};
	soc2_question question = question_of_review(fcinfo);
	soc2_document document;
	int			level;

	soc2_document_begin(&document, NULL, NULL, NULL);
	level = soc2_ledger_pin();
	SPI_connect();
	(void) soc2_csv_write(&document, &question, &sheet);
	SPI_finish();
	soc2_ledger_unpin(level);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(document.text.data,
											  document.text.len));
}
