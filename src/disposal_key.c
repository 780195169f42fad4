/*-------------------------------------------------------------------------
 *
 * disposal_key.c
 *		Keyed hashes of the primary keys of rows that are disposed of.
 *
 * A run hashes every row that it destroys, so what a hash costs counts.
 *
 * IDENTIFICATION
 *	  src/disposal_key.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "disposal_key.h"
#include "hmac.h"
#include "port/pg_bswap.h"
#include "soc2.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(soc2_disposal_key_hash);
PG_FUNCTION_INFO_V1(soc2_contains_key_hash);
PG_FUNCTION_INFO_V1(soc2_add_set_hash);

struct soc2_keyer
{
	soc2_hmac	hmac;
	int			ncolumns;
	AttrNumber *columns;
	FmgrInfo   *send;
	MemoryContext context;		/* of the binary forms of one row */
};

/* add a part of the message */
static void
hmac_add(SHA256_CTX *inner, const bytea *part)
{
	uint32		len = VARSIZE_ANY_EXHDR(part);
	uint32		prefix = pg_hton32(len);

	SHA256_Update(inner, &prefix, sizeof(prefix));
	SHA256_Update(inner, VARDATA_ANY(part), len);
}

/* the function that gives the binary form of a type */
static void
find_send(Oid type, FmgrInfo *send)
{
	Oid			function;
	bool		isvarlena;

	getTypeBinaryOutputInfo(type, &function, &isvarlena);
	fmgr_info(function, send);
}

/* Make a set empty */
void
soc2_key_set_init(soc2_key_set *set)
{
	memset(set->sum, 0, sizeof(set->sum));
	initStringInfo(&set->hashes);
}

/* What hashes rows of a table */
soc2_keyer *
soc2_keyer_create(Relation rel, ArrayType *columns, const bytea *key)
{
	soc2_keyer *keyer = palloc0(sizeof(soc2_keyer));
	Datum	   *names;

	soc2_hmac_init(&keyer->hmac, key);
	deconstruct_array(columns, TEXTOID, -1, false, TYPALIGN_INT, &names, NULL,
					  &keyer->ncolumns);
	keyer->columns = palloc(sizeof(AttrNumber) * keyer->ncolumns);
	keyer->send = palloc0(sizeof(FmgrInfo) * keyer->ncolumns);
	for (int i = 0; i < keyer->ncolumns; i++)
	{
		const char *name = TextDatumGetCString(names[i]);
		AttrNumber	attnum = get_attnum(RelationGetRelid(rel), name);

		if (attnum <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of table \"%s\" does not exist",
							name, RelationGetRelationName(rel))));
		keyer->columns[i] = attnum;
		find_send(TupleDescAttr(RelationGetDescr(rel), attnum - 1)->atttypid,
				  &keyer->send[i]);
	}
	keyer->context = AllocSetContextCreate(CurrentMemoryContext, "soc2 keyer",
										   ALLOCSET_DEFAULT_SIZES);
	return keyer;
}

/* add a hash to the sum, as numbers of which the first byte is the lowest */
static void
add_to_sum(unsigned char *sum, const unsigned char *hash)
{
	unsigned	carry = 0;

	for (int i = 0; i < SOC2_KEY_HASH_SIZE; i++)
	{
		carry += (unsigned) sum[i] + hash[i];
		sum[i] = (unsigned char) (carry & 0xff);
		carry >>= 8;
	}
}

/* The hash of a row */
void
soc2_keyer_hash(soc2_keyer *keyer, TupleTableSlot *slot, unsigned char *hash)
{
	MemoryContext caller = MemoryContextSwitchTo(keyer->context);
	SHA256_CTX	inner = keyer->hmac.inner;

	for (int i = 0; i < keyer->ncolumns; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, keyer->columns[i], &isnull);

		if (isnull)
			ereport(ERROR,
					(errcode(ERRCODE_NOT_NULL_VIOLATION),
					 errmsg("primary key has a null value")));
		hmac_add(&inner, SendFunctionCall(&keyer->send[i], value));
	}
	soc2_hmac_finish(&keyer->hmac, &inner, hash);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(keyer->context);
}

/* Add a row to a set */
void
soc2_keyer_add(soc2_keyer *keyer, TupleTableSlot *slot, soc2_key_set *set)
{
	unsigned char hash[SOC2_KEY_HASH_SIZE];

	soc2_keyer_hash(keyer, slot, hash);
	add_to_sum(set->sum, hash);
	appendBinaryStringInfo(&set->hashes, (char *) hash, SOC2_KEY_HASH_STORED);
}

/* the binary form of a value given as text */
static bytea *
value_bytes(Oid type, const char *text)
{
	Oid			input;
	Oid			param;
	FmgrInfo	send;

	getTypeInputInfo(type, &input, &param);
	find_send(type, &send);
	return SendFunctionCall(&send, OidInputFunctionCall(input,
														unconstify(char *, text),
														param, -1));
}

/*
 * soc2.disposal_key_hash(key bytea, types oid[], value text[]): what a plan with
 * this key keeps of a row whose primary key has this value
 */
Datum
soc2_disposal_key_hash(PG_FUNCTION_ARGS)
{
	soc2_hmac	hmac;
	SHA256_CTX	inner;
	unsigned char hash[SOC2_KEY_HASH_SIZE];
	bytea	   *result = palloc(VARHDRSZ + SOC2_KEY_HASH_STORED);
	Datum	   *types;
	Datum	   *values;
	bool	   *nulls;
	int			ntypes;
	int			nvalues;

	soc2_hmac_init(&hmac, PG_GETARG_BYTEA_PP(0));
	inner = hmac.inner;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), OIDOID, sizeof(Oid), true,
					  TYPALIGN_INT, &types, NULL, &ntypes);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), TEXTOID, -1, false,
					  TYPALIGN_INT, &values, &nulls, &nvalues);
	if (ntypes != nvalues)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("primary key has %d columns, but %d values are given",
						ntypes, nvalues)));
	for (int i = 0; i < ntypes; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("value of a primary key must not be null")));
		hmac_add(&inner, value_bytes(DatumGetObjectId(types[i]),
									 TextDatumGetCString(values[i])));
	}
	soc2_hmac_finish(&hmac, &inner, hash);
	SET_VARSIZE(result, VARHDRSZ + SOC2_KEY_HASH_STORED);
	memcpy(VARDATA(result), hash, SOC2_KEY_HASH_STORED);
	PG_RETURN_BYTEA_P(result);
}

/* soc2.contains_key_hash(hashes bytea, hash bytea): is it one of them? */
Datum
soc2_contains_key_hash(PG_FUNCTION_ARGS)
{
	bytea	   *hashes = PG_GETARG_BYTEA_PP(0);
	bytea	   *hash = PG_GETARG_BYTEA_PP(1);
	const char *start = VARDATA_ANY(hashes);
	size_t		len = VARSIZE_ANY_EXHDR(hashes);

	if (VARSIZE_ANY_EXHDR(hash) != SOC2_KEY_HASH_STORED)
		PG_RETURN_BOOL(false);
	for (size_t i = 0; i + SOC2_KEY_HASH_STORED <= len;
		 i += SOC2_KEY_HASH_STORED)
	{
		if (memcmp(start + i, VARDATA_ANY(hash), SOC2_KEY_HASH_STORED) == 0)
			PG_RETURN_BOOL(true);
	}
	PG_RETURN_BOOL(false);
}

/* soc2.add_set_hash(sum bytea, hash bytea): the sum of two disjoint sets */
Datum
soc2_add_set_hash(PG_FUNCTION_ARGS)
{
	bytea	   *sum = PG_GETARG_BYTEA_P_COPY(0);
	bytea	   *hash = PG_GETARG_BYTEA_PP(1);

	if (VARSIZE_ANY_EXHDR(sum) != SOC2_KEY_HASH_SIZE ||
		VARSIZE_ANY_EXHDR(hash) != SOC2_KEY_HASH_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("hash of a set must have %d bytes",
						SOC2_KEY_HASH_SIZE)));
	add_to_sum((unsigned char *) VARDATA(sum),
			   (unsigned char *) VARDATA_ANY(hash));
	PG_RETURN_BYTEA_P(sum);
}
