/*-------------------------------------------------------------------------
 *
 * criterion_set_gin.c
 *		GIN operator class of soc2.criterion_set.
 *
 * The keys of a set are its members.  A query needs two kinds of them: a
 * criterion itself or an ancestor of it, looked up exactly, and anything below
 * a criterion, which is a range of keys and so a partial match whose upper end
 * travels as extra data.
 *
 *		set @> c	c or an ancestor of it is a member: exact
 *		set @> q	the same for each member of q: exact
 *		set && c	as @>, or a member lies below c: exact
 *		set && q	for some member of q: exact
 *		set <@ q	some member lies below q (or the set is empty): rechecked
 *		set =  q	each member of q is a member: rechecked
 *
 * IDENTIFICATION
 *	  src/criterion_set_gin.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/gin.h"
#include "access/stratnum.h"
#include "soc2.h"

/* strategies of the operator class */
#define COVERS_STRATEGY				1	/* set @> set */
#define COVERS_ONE_STRATEGY			2	/* set @> criterion */
#define COVERED_BY_STRATEGY			3	/* set <@ set */
#define OVERLAPS_STRATEGY			4	/* set && set */
#define OVERLAPS_ONE_STRATEGY		5	/* set && criterion */
#define EQUAL_STRATEGY				6	/* set = set */

/* one key of a query */
typedef struct query_key
{
	soc2_criterion last;		/* end of the range, or the key if exact */
	uint32		member;			/* number of the query's member it is for */
} query_key;

/* keys under construction */
typedef struct query_keys
{
	Datum	   *entries;
	bool	   *partial;
	query_key **extra;
	int32		count;
} query_keys;

PG_FUNCTION_INFO_V1(soc2_criterion_set_gin_extract_value);
PG_FUNCTION_INFO_V1(soc2_criterion_set_gin_extract_query);
PG_FUNCTION_INFO_V1(soc2_criterion_set_gin_compare_partial);
PG_FUNCTION_INFO_V1(soc2_criterion_set_gin_triconsistent);

/* Keys of a stored set: its members */
Datum
soc2_criterion_set_gin_extract_value(PG_FUNCTION_ARGS)
{
	soc2_criteria set = PG_GETARG_CRITERIA(0);
	int32	   *count = (int32 *) PG_GETARG_POINTER(1);
	Datum	   *entries = palloc(sizeof(Datum) * Max(set.count, 1));

	for (size_t i = 0; i < set.count; i++)
		entries[i] = CriterionGetDatum(set.items[i]);
	*count = (int32) set.count;
	PG_RETURN_POINTER(entries);
}

/* Add a key that stands for the range from first to last */
static void
add_key(query_keys *keys, soc2_criterion first, soc2_criterion last,
		uint32 member)
{
	query_key  *key = palloc(sizeof(query_key));

	key->last = last;
	key->member = member;
	keys->entries[keys->count] = CriterionGetDatum(first);
	keys->partial[keys->count] = first != last;
	keys->extra[keys->count] = key;
	keys->count++;
}

/* Add the keys for one member of a query */
static void
add_member(query_keys *keys, soc2_criterion c, uint32 member,
		   StrategyNumber strategy)
{
	bool		below = strategy == COVERED_BY_STRATEGY ||
	strategy == OVERLAPS_STRATEGY || strategy == OVERLAPS_ONE_STRATEGY;
	bool		above = strategy != COVERED_BY_STRATEGY &&
	strategy != EQUAL_STRATEGY;

	if (below)
		add_key(keys, c, soc2_criterion_subtree_end(c), member);
	else
		add_key(keys, c, c, member);
	for (int level = 0; above && level < soc2_criterion_level(c); level++)
	{
		soc2_criterion ancestor = soc2_criterion_at_level(c, level);

		add_key(keys, ancestor, ancestor, member);
	}
}

/* Which entries have to be looked at beyond those with a key? */
static int32
search_mode(StrategyNumber strategy, size_t members)
{
	/* everything covers the empty set, and it is covered by everything */
	if (strategy == COVERS_STRATEGY && members == 0)
		return GIN_SEARCH_MODE_ALL;
	if (strategy == COVERED_BY_STRATEGY ||
		(strategy == EQUAL_STRATEGY && members == 0))
		return GIN_SEARCH_MODE_INCLUDE_EMPTY;
	return GIN_SEARCH_MODE_DEFAULT;
}

/* Keys of a query */
Datum
soc2_criterion_set_gin_extract_query(PG_FUNCTION_ARGS)
{
	int32	   *count = (int32 *) PG_GETARG_POINTER(1);
	StrategyNumber strategy = PG_GETARG_UINT16(2);
	bool	  **partial = (bool **) PG_GETARG_POINTER(3);
	Pointer   **extra = (Pointer **) PG_GETARG_POINTER(4);
	int32	   *mode = (int32 *) PG_GETARG_POINTER(6);
	soc2_criteria query;
	query_keys	keys;
	size_t		room;

	if (strategy == COVERS_ONE_STRATEGY || strategy == OVERLAPS_ONE_STRATEGY)
	{
		soc2_criterion *one = palloc(sizeof(soc2_criterion));

		*one = PG_GETARG_CRITERION(0);
		query.items = one;
		query.count = 1;
	}
	else
		query = PG_GETARG_CRITERIA(0);

	room = Max(query.count, 1) * (SOC2_LEVEL_MAX + 1);
	keys.entries = palloc(room * sizeof(Datum));
	keys.partial = palloc(room * sizeof(bool));
	keys.extra = palloc(room * sizeof(query_key *));
	keys.count = 0;
	for (size_t i = 0; i < query.count; i++)
		add_member(&keys, query.items[i], (uint32) i, strategy);

	*count = keys.count;
	*partial = keys.partial;
	*extra = (Pointer *) keys.extra;
	*mode = search_mode(strategy, query.count);
	PG_RETURN_POINTER(keys.entries);
}

/* Does a key lie in the range that a partial match asks for? */
Datum
soc2_criterion_set_gin_compare_partial(PG_FUNCTION_ARGS)
{
	soc2_criterion key = PG_GETARG_CRITERION(1);
	const query_key *wanted = (const query_key *) PG_GETARG_POINTER(3);

	/* the scan starts at the first key of the range: only its end is left */
	PG_RETURN_INT32(key > wanted->last ? 1 : 0);
}

/* The best that any of the keys says */
static GinTernaryValue
any_key(const GinTernaryValue *check, int32 count)
{
	GinTernaryValue result = GIN_FALSE;

	for (int32 i = 0; i < count; i++)
	{
		if (check[i] == GIN_TRUE)
			return GIN_TRUE;
		if (check[i] == GIN_MAYBE)
			result = GIN_MAYBE;
	}
	return result;
}

/*
 * The worst over the members of what the best of each member's keys says; the
 * keys of one member stand together.
 */
static GinTernaryValue
every_member(const GinTernaryValue *check, query_key *const *extra,
			 int32 count)
{
	GinTernaryValue result = GIN_TRUE;
	int32		start = 0;

	while (start < count)
	{
		int32		end = start;
		GinTernaryValue member;

		while (end < count && extra[end]->member == extra[start]->member)
			end++;
		member = any_key(check + start, end - start);
		if (member == GIN_FALSE)
			return GIN_FALSE;
		if (member == GIN_MAYBE)
			result = GIN_MAYBE;
		start = end;
	}
	return result;
}

/* Does an indexed set satisfy the query, going by its keys? */
Datum
soc2_criterion_set_gin_triconsistent(PG_FUNCTION_ARGS)
{
	GinTernaryValue *check = (GinTernaryValue *) PG_GETARG_POINTER(0);
	StrategyNumber strategy = PG_GETARG_UINT16(1);
	int32		count = PG_GETARG_INT32(3);
	query_key **extra = (query_key **) PG_GETARG_POINTER(4);
	GinTernaryValue result = GIN_MAYBE;

	switch (strategy)
	{
		case COVERS_STRATEGY:
		case COVERS_ONE_STRATEGY:
			result = every_member(check, extra, count);
			break;
		case OVERLAPS_STRATEGY:
		case OVERLAPS_ONE_STRATEGY:
			result = any_key(check, count);
			break;
		case EQUAL_STRATEGY:
			/* the set may have more members */
			result = every_member(check, extra, count);
			if (result == GIN_TRUE)
				result = GIN_MAYBE;
			break;
		case COVERED_BY_STRATEGY:
			/* other members may lie elsewhere; no key at all is the empty set */
			break;
		default:
			elog(ERROR, "unexpected strategy %d of soc2.criterion_set",
				 strategy);
	}
	PG_RETURN_GIN_TERNARY_VALUE(result);
}
