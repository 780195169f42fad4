/*-------------------------------------------------------------------------
 *
 * criterion_set.c
 *		soc2.criterion_set: the varlena around the core's sets; input, output
 *		and casts.
 *
 * IDENTIFICATION
 *	  src/criterion_set.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "soc2.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

#define SET_TYPE	"soc2.criterion_set"

/* version byte and 32-bit count */
#define BINARY_HEADER_SIZE	5

PG_FUNCTION_INFO_V1(soc2_criterion_set_in);
PG_FUNCTION_INFO_V1(soc2_criterion_set_out);
PG_FUNCTION_INFO_V1(soc2_criterion_set_recv);
PG_FUNCTION_INFO_V1(soc2_criterion_set_send);
PG_FUNCTION_INFO_V1(soc2_criterion_set_from_criterion);
PG_FUNCTION_INFO_V1(soc2_criterion_set_from_array);
PG_FUNCTION_INFO_V1(soc2_criterion_set_to_array);
PG_FUNCTION_INFO_V1(soc2_criterion_set_size);

/* The members of a set given as a Datum */
soc2_criteria
soc2_datum_get_criteria(Datum datum)
{
	soc2_criterion_set *set = (soc2_criterion_set *) PG_DETOAST_DATUM(datum);
	soc2_criteria members;

	if (VARSIZE(set) < SOC2_CRITERION_SET_HEADER ||
		set->version != SOC2_CRITERION_SET_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored value of type %s is not readable", SET_TYPE)));
	members.items = set->items;
	members.count = (VARSIZE(set) - SOC2_CRITERION_SET_HEADER) /
		sizeof(soc2_criterion);
	return members;
}

/* A new set with room for count members */
soc2_criterion_set *
soc2_criterion_set_open(size_t count)
{
	soc2_criterion_set *set;

	if (count > SOC2_CRITERION_SET_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many criteria for one value of type %s",
						SET_TYPE)));
	set = palloc(SOC2_CRITERION_SET_HEADER + count * sizeof(soc2_criterion));
	set->version = SOC2_CRITERION_SET_VERSION;
	memset(set->unused, 0, sizeof(set->unused));
	return soc2_criterion_set_close(set, count);
}

/* Set the number of members that are used */
soc2_criterion_set *
soc2_criterion_set_close(soc2_criterion_set *set, size_t count)
{
	SET_VARSIZE(set,
				SOC2_CRITERION_SET_HEADER + count * sizeof(soc2_criterion));
	return set;
}

/* Text to set */
Datum
soc2_criterion_set_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	size_t		len = strlen(text);
	size_t		errpos = 0;
	soc2_criterion_set *set;
	soc2_criteria_room room;
	soc2_status status;

	set = soc2_criterion_set_open(soc2_criterion_set_parse_bound(text, len));
	room.items = set->items;
	status = soc2_criterion_set_parse(text, len,
									  (soc2_framework) soc2_framework_setting,
									  &room, &errpos);
	if (status != SOC2_OK)
	{
		soc2_text_error(fcinfo->context, status, SET_TYPE, text, errpos);
		PG_RETURN_NULL();
	}
	PG_RETURN_CRITERION_SET(soc2_criterion_set_close(set, room.count));
}

/* Set to text */
Datum
soc2_criterion_set_out(PG_FUNCTION_ARGS)
{
	soc2_criteria set = PG_GETARG_CRITERIA(0);
	char	   *text = palloc(soc2_criterion_set_format_size(set));

	soc2_criterion_set_format(set, text);
	PG_RETURN_CSTRING(text);
}

/* Binary form to set; members may come in any order */
Datum
soc2_criterion_set_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	size_t		size = (size_t) (buf->len - buf->cursor);
	soc2_criterion_set *set;
	size_t		count;

	if (size < BINARY_HEADER_SIZE)
		soc2_binary_error(SOC2_BAD_LENGTH, SET_TYPE);
	if (pq_getmsgbyte(buf) != SOC2_CRITERION_SET_VERSION)
		soc2_binary_error(SOC2_BAD_VERSION, SET_TYPE);
	count = pq_getmsgint(buf, 4);
	if (count != (size - BINARY_HEADER_SIZE) / 8 ||
		(size - BINARY_HEADER_SIZE) % 8 != 0)
		soc2_binary_error(SOC2_BAD_LENGTH, SET_TYPE);

	set = soc2_criterion_set_open(count);
	for (size_t i = 0; i < count; i++)
	{
		const char *bytes = pq_getmsgbytes(buf, 8);
		soc2_status status;

		status = soc2_criterion_decode((const unsigned char *) bytes,
									   &set->items[i]);
		if (status != SOC2_OK)
			soc2_binary_error(status, SET_TYPE);
	}
	count = soc2_criterion_set_normalize(set->items, count);
	PG_RETURN_CRITERION_SET(soc2_criterion_set_close(set, count));
}

/* Set to binary form: version byte, count, members */
Datum
soc2_criterion_set_send(PG_FUNCTION_ARGS)
{
	soc2_criteria set = PG_GETARG_CRITERIA(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, SOC2_CRITERION_SET_VERSION);
	pq_sendint32(&buf, (uint32) set.count);
	for (size_t i = 0; i < set.count; i++)
		pq_sendint64(&buf, (uint64) set.items[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* One criterion as a set */
Datum
soc2_criterion_set_from_criterion(PG_FUNCTION_ARGS)
{
	soc2_criterion_set *set = soc2_criterion_set_open(1);

	set->items[0] = PG_GETARG_CRITERION(0);
	PG_RETURN_CRITERION_SET(set);
}

/* An array as a set; elements that are NULL are refused */
Datum
soc2_criterion_set_from_array(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	size_t		count;
	soc2_criterion_set *set;

	if (ARR_HASNULL(array) && array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("set of criteria cannot contain NULL"),
				 errhint("Remove it with array_remove(array, NULL).")));
	count = (size_t) ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	set = soc2_criterion_set_open(count);
	memcpy(set->items, ARR_DATA_PTR(array), count * sizeof(soc2_criterion));
	count = soc2_criterion_set_normalize(set->items, count);
	PG_RETURN_CRITERION_SET(soc2_criterion_set_close(set, count));
}

/* A set as an array in document order */
Datum
soc2_criterion_set_to_array(PG_FUNCTION_ARGS)
{
	soc2_criteria set = PG_GETARG_CRITERIA(0);
	Oid			array_type = get_func_rettype(fcinfo->flinfo->fn_oid);
	ArrayType  *array;

	/* a Datum of the element type is the member itself */
	array = construct_array((Datum *) set.items, (int) set.count,
							get_element_type(array_type),
							sizeof(soc2_criterion), true, TYPALIGN_DOUBLE);
	PG_RETURN_ARRAYTYPE_P(array);
}

/* Number of members */
Datum
soc2_criterion_set_size(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32((int32) PG_GETARG_CRITERIA(0).count);
}
