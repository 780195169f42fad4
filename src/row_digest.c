/*-------------------------------------------------------------------------
 *
 * row_digest.c
 *		soc2.row_digest() and the aggregates that add digests of rows up.
 *
 * Values become the texts that ledgers hash, without a column's name: who
 * compares rows of two servers gives them in the same order.  Nothing is
 * allocated for a row but what output functions and detoasting do.
 *
 * All texts are made before the first byte is hashed: see ledger_hasher.c.
 *
 * IDENTIFICATION
 *	  src/row_digest.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "argument.h"
#include "core/encode.h"
#include "core/multiset.h"
#include "ledger.h"
#include "libpq/pqformat.h"
#include "row_digest.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(soc2_row_digest);
PG_FUNCTION_INFO_V1(soc2_row_digest_agg_transition);
PG_FUNCTION_INFO_V1(soc2_row_digest_keyed_agg_transition);
PG_FUNCTION_INFO_V1(soc2_row_digest_agg_combine);
PG_FUNCTION_INFO_V1(soc2_row_digest_agg_serialize);
PG_FUNCTION_INFO_V1(soc2_row_digest_agg_deserialize);
PG_FUNCTION_INFO_V1(soc2_row_digest_agg_final);

/* what an error says that could not be done */
#define HASH_ROW			"hash a row"

/* bytes before a row: what it is, and how many values it has */
#define HEAD_SIZE			4

/* length that stands for NULL */
#define LENGTH_OF_NULL		0xFFFFFFFF

/* a block of SHA-256: a key fills one, so that rows do not run into it */
#define KEY_BLOCK			64

/* how the arguments of one call in a query become bytes */
typedef struct row_plan
{
	int			first;			/* argument that is the first value */
	int			count;			/* of values */
	bool		pinned;			/* texts of one depend on the settings */
	soc2_ledger_column *columns;
	soc2_value_text *texts;
	char		(*rooms)[SOC2_SHORT_TEXT];
} row_plan;

/* state of the aggregates */
typedef struct digest_state
{
	soc2_multiset set;
	bool		keyed;
	unsigned char key[KEY_BLOCK];
} digest_state;

/* Refuse a type whose values may have other texts elsewhere */
void
soc2_row_digest_require_type(Oid type)
{
	const char *problem = soc2_ledger_type_problem(type);

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("values of type %s cannot be compared with those of another server",
						format_type_be(type)),
				 errdetail_internal("%s", problem),
				 errhint("Leave the column out, or cast it to text.")));
}

/* the plan of a call, made at the first row */
static row_plan *
plan_get(FunctionCallInfo fcinfo, int first)
{
	row_plan   *plan = fcinfo->flinfo->fn_extra;
	MemoryContext caller;

	if (plan != NULL)
		return plan;
	if (get_fn_expr_variadic(fcinfo->flinfo))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("values of a row cannot be given as an array"),
				 errhint("Give each column as an argument of its own, without VARIADIC.")));
	soc2_ledger_check_encoding();
	caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	plan = palloc0(sizeof(row_plan));
	plan->first = first;
	plan->count = PG_NARGS() - first;
	plan->columns = palloc0(sizeof(soc2_ledger_column) * plan->count);
	plan->texts = palloc0(sizeof(soc2_value_text) * plan->count);
	plan->rooms = palloc(sizeof(*plan->rooms) * plan->count);
	for (int i = 0; i < plan->count; i++)
	{
		Oid			type = get_fn_expr_argtype(fcinfo->flinfo, first + i);

		if (!OidIsValid(type))
			elog(ERROR, "could not determine the type of an argument");
		soc2_row_digest_require_type(type);
		soc2_ledger_codec_find(&plan->columns[i], type);
		plan->pinned |= plan->columns[i].pinned;
	}
	MemoryContextSwitchTo(caller);
	fcinfo->flinfo->fn_extra = plan;
	return plan;
}

/* make the texts of a row */
static void
make_texts(row_plan *plan, FunctionCallInfo fcinfo)
{
	int			level = 0;
	bool		pin = plan->pinned && !soc2_ledger_is_pinned();

	if (pin)
		level = soc2_ledger_pin();
	for (int i = 0; i < plan->count; i++)
	{
		if (PG_ARGISNULL(plan->first + i))
			plan->texts[i].present = false;
		else
			soc2_ledger_codec_apply_in(&plan->columns[i],
									   PG_GETARG_DATUM(plan->first + i),
									   plan->rooms[i], &plan->texts[i]);
	}
	if (pin)
		soc2_ledger_unpin(level);
}

/* hash the texts of a row, after a key if there is one */
static void
hash_texts(const row_plan *plan, const unsigned char *key, soc2_digest *out)
{
	const soc2_hasher *hasher = soc2_ledger_hasher();
	unsigned char head[HEAD_SIZE] = {
		SOC2_DOMAIN_MEMBER, SOC2_FORMAT_VERSION,
		(unsigned char) (plan->count >> 8), (unsigned char) plan->count
	};
	soc2_status status = hasher->begin(hasher->ctx);

	if (status == SOC2_OK && key != NULL)
		status = hasher->update(hasher->ctx, key, KEY_BLOCK);
	if (status == SOC2_OK)
		status = hasher->update(hasher->ctx, head, sizeof(head));
	for (int i = 0; i < plan->count && status == SOC2_OK; i++)
	{
		const soc2_value_text *text = &plan->texts[i];
		unsigned char len[sizeof(uint32)];

		soc2_put_integer(len, text->present ? text->len : LENGTH_OF_NULL,
						 sizeof(len));
		status = hasher->update(hasher->ctx, len, sizeof(len));
		if (status == SOC2_OK && text->present)
			status = hasher->update(hasher->ctx, text->bytes, text->len);
	}
	if (status == SOC2_OK)
		status = hasher->finish(hasher->ctx, out);
	soc2_check_status(status, HASH_ROW);
}

/* soc2.row_digest(VARIADIC "any") */
Datum
soc2_row_digest(PG_FUNCTION_ARGS)
{
	row_plan   *plan = plan_get(fcinfo, 0);
	soc2_digest *digest = palloc(sizeof(soc2_digest));

	make_texts(plan, fcinfo);
	hash_texts(plan, NULL, digest);
	PG_RETURN_DIGEST(digest);
}

/* the state of a call; a new, empty one at the first row */
static digest_state *
state_get(FunctionCallInfo fcinfo)
{
	MemoryContext context = soc2_argument_aggregate(fcinfo);

	if (!PG_ARGISNULL(0))
		return (digest_state *) PG_GETARG_POINTER(0);
	return MemoryContextAllocZero(context, sizeof(digest_state));
}

/* add the row of a call */
static void
add_row(digest_state *state, FunctionCallInfo fcinfo, int first)
{
	row_plan   *plan = plan_get(fcinfo, first);
	soc2_digest digest;

	make_texts(plan, fcinfo);
	hash_texts(plan, state->keyed ? state->key : NULL, &digest);
	soc2_multiset_add(&state->set, &digest);
}

/* Add a row */
Datum
soc2_row_digest_agg_transition(PG_FUNCTION_ARGS)
{
	digest_state *state = state_get(fcinfo);

	add_row(state, fcinfo, 1);
	PG_RETURN_POINTER(state);
}

/* Add a row, with the key that the first row comes with */
Datum
soc2_row_digest_keyed_agg_transition(PG_FUNCTION_ARGS)
{
	digest_state *state = state_get(fcinfo);

	if (!state->keyed)
	{
		bytea	   *key;
		soc2_digest digest;

		if (PG_ARGISNULL(1))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("the key must not be NULL")));
		key = PG_GETARG_BYTEA_PP(1);
		soc2_ledger_hash_bytes(VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key),
							   &digest);
		memcpy(state->key, digest.bytes, SOC2_DIGEST_SIZE);
		state->keyed = true;
	}
	add_row(state, fcinfo, 2);
	PG_RETURN_POINTER(state);
}

/* Add what another process has added up */
Datum
soc2_row_digest_agg_combine(PG_FUNCTION_ARGS)
{
	digest_state *state = state_get(fcinfo);

	if (!PG_ARGISNULL(1))
		soc2_multiset_merge(&state->set,
							&((digest_state *) PG_GETARG_POINTER(1))->set);
	PG_RETURN_POINTER(state);
}

/* State to bytea: the key is not needed any more */
Datum
soc2_row_digest_agg_serialize(PG_FUNCTION_ARGS)
{
	digest_state *state = (digest_state *) PG_GETARG_POINTER(0);
	StringInfoData buf;

	(void) soc2_argument_aggregate(fcinfo);
	pq_begintypsend(&buf);
	pq_sendint64(&buf, (int64) state->set.count);
	for (int i = 0; i < SOC2_MULTISET_LIMBS; i++)
		pq_sendint64(&buf, (int64) state->set.limbs[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* Bytea to state */
Datum
soc2_row_digest_agg_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	digest_state *state = palloc0(sizeof(digest_state));
	StringInfoData buf;

	(void) soc2_argument_aggregate(fcinfo);
	initStringInfo(&buf);
	appendBinaryStringInfo(&buf, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	state->set.count = (uint64) pq_getmsgint64(&buf);
	for (int i = 0; i < SOC2_MULTISET_LIMBS; i++)
		state->set.limbs[i] = (uint64) pq_getmsgint64(&buf);
	pq_getmsgend(&buf);
	PG_RETURN_POINTER(state);
}

/* State to digest; no rows have one, too */
Datum
soc2_row_digest_agg_final(PG_FUNCTION_ARGS)
{
	soc2_digest *digest = palloc(sizeof(soc2_digest));
	soc2_multiset none = {0};

	(void) soc2_argument_aggregate(fcinfo);
	soc2_check_status(soc2_multiset_hash(PG_ARGISNULL(0) ? &none :
										 &((digest_state *) PG_GETARG_POINTER(0))->set,
										 soc2_ledger_hasher(), digest),
					  HASH_ROW);
	PG_RETURN_DIGEST(digest);
}
