/*-------------------------------------------------------------------------
 *
 * criterion_set_agg.c
 *		Aggregates that collect criteria, or sets of them, into one set.
 *
 * The state is an array that grows; it is normalised whenever it is full and
 * at the end, so that a million equal criteria need a few bytes.  NULL is
 * skipped; no rows give NULL, as for the server's own aggregates.
 *
 * IDENTIFICATION
 *	  src/criterion_set_agg.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "argument.h"
#include "libpq/pqformat.h"
#include "soc2.h"

#define INITIAL_ROOM	64

typedef struct agg_state
{
	soc2_criterion *items;
	size_t		count;			/* used; normalised only when full */
	size_t		room;
} agg_state;

PG_FUNCTION_INFO_V1(soc2_criterion_agg_transition);
PG_FUNCTION_INFO_V1(soc2_criterion_set_agg_transition);
PG_FUNCTION_INFO_V1(soc2_criterion_set_agg_combine);
PG_FUNCTION_INFO_V1(soc2_criterion_set_agg_serialize);
PG_FUNCTION_INFO_V1(soc2_criterion_set_agg_deserialize);
PG_FUNCTION_INFO_V1(soc2_criterion_set_agg_final);

/* A new, empty state */
static agg_state *
state_create(MemoryContext context)
{
	agg_state  *state = MemoryContextAlloc(context, sizeof(agg_state));

	state->items = MemoryContextAlloc(context,
									  INITIAL_ROOM * sizeof(soc2_criterion));
	state->count = 0;
	state->room = INITIAL_ROOM;
	return state;
}

/* Make room for one more member */
static void
state_make_room(agg_state *state)
{
	state->count = soc2_criterion_set_normalize(state->items, state->count);
	if (state->count <= state->room / 2)
		return;
	if (state->room > SOC2_CRITERION_SET_MAX / 2)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many criteria for one value of type %s",
						"soc2.criterion_set")));
	state->room *= 2;
	state->items = repalloc(state->items,
							state->room * sizeof(soc2_criterion));
}

/* Add members */
static void
state_add(agg_state *state, soc2_criteria members)
{
	for (size_t i = 0; i < members.count; i++)
	{
		if (state->count == state->room)
			state_make_room(state);
		state->items[state->count++] = members.items[i];
	}
}

/* The state of a transition call; a new one at the first row */
static agg_state *
transition_state(FunctionCallInfo fcinfo)
{
	MemoryContext context = soc2_argument_aggregate(fcinfo);

	if (PG_ARGISNULL(0))
		return state_create(context);
	return (agg_state *) PG_GETARG_POINTER(0);
}

/* Add one criterion */
Datum
soc2_criterion_agg_transition(PG_FUNCTION_ARGS)
{
	agg_state  *state;
	soc2_criterion c;
	soc2_criteria one = {&c, 1};

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	state = transition_state(fcinfo);
	c = PG_GETARG_CRITERION(1);
	state_add(state, one);
	PG_RETURN_POINTER(state);
}

/* Add a set */
Datum
soc2_criterion_set_agg_transition(PG_FUNCTION_ARGS)
{
	agg_state  *state;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	state = transition_state(fcinfo);
	state_add(state, PG_GETARG_CRITERIA(1));
	PG_RETURN_POINTER(state);
}

/* Add the state of another worker */
Datum
soc2_criterion_set_agg_combine(PG_FUNCTION_ARGS)
{
	agg_state  *state;
	agg_state  *other;
	soc2_criteria members;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	state = transition_state(fcinfo);
	other = (agg_state *) PG_GETARG_POINTER(1);
	members.items = other->items;
	members.count = other->count;
	state_add(state, members);
	PG_RETURN_POINTER(state);
}

/* State as bytes, for another process of this server */
Datum
soc2_criterion_set_agg_serialize(PG_FUNCTION_ARGS)
{
	agg_state  *state = (agg_state *) PG_GETARG_POINTER(0);
	StringInfoData buf;

	(void) soc2_argument_aggregate(fcinfo);
	state->count = soc2_criterion_set_normalize(state->items, state->count);
	pq_begintypsend(&buf);
	pq_sendbytes(&buf, (char *) state->items,
				 (int) (state->count * sizeof(soc2_criterion)));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* Bytes as state */
Datum
soc2_criterion_set_agg_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	agg_state  *state;
	size_t		count;

	(void) soc2_argument_aggregate(fcinfo);
	count = VARSIZE_ANY_EXHDR(bytes) / sizeof(soc2_criterion);
	state = palloc(sizeof(agg_state));
	state->room = Max(count, INITIAL_ROOM);
	state->items = palloc(state->room * sizeof(soc2_criterion));
	state->count = count;
	memcpy(state->items, VARDATA_ANY(bytes), count * sizeof(soc2_criterion));
	PG_RETURN_POINTER(state);
}

/* State to set */
Datum
soc2_criterion_set_agg_final(PG_FUNCTION_ARGS)
{
	agg_state  *state;
	soc2_criterion_set *set;

	(void) soc2_argument_aggregate(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (agg_state *) PG_GETARG_POINTER(0);
	state->count = soc2_criterion_set_normalize(state->items, state->count);
	set = soc2_criterion_set_open(state->count);
	memcpy(set->items, state->items, state->count * sizeof(soc2_criterion));
	PG_RETURN_CRITERION_SET(set);
}
