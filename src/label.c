/*-------------------------------------------------------------------------
 *
 * label.c
 *		SECURITY LABEL FOR soc2, which classifies data.
 *
 * A label says what its table, column or database holds, and nothing acts on
 * it.  The server asks for the owner of the object, and gives a label that it
 * removes as NULL.  Setting one needs no table of the extension: a restore can
 * do so before there is one.
 *
 * IDENTIFICATION
 *	  src/label.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_database.h"
#include "catalog/pg_type.h"
#include "commands/seclabel.h"
#include "core/label.h"
#include "funcapi.h"
#include "label.h"
#include "mb/pg_wchar.h"
#include "relation.h"
#include "soc2.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(soc2_read_label);

/* the columns of soc2.read_label() behind those that are words of a label */
#define PROBLEM_COLUMN	SOC2_LABEL_KEYS
#define LABEL_COLUMNS	(SOC2_LABEL_KEYS + 1)

/* can an object have a label of ours, and which words? */
static bool
find_place(const ObjectAddress *object, soc2_label_place *place)
{
	char		relkind;

	if (object->classId == DatabaseRelationId)
	{
		*place = SOC2_LABEL_ON_DATABASE;
		return true;
	}
	if (object->classId != RelationRelationId)
		return false;
	*place = object->objectSubId == 0 ? SOC2_LABEL_ON_TABLE :
		SOC2_LABEL_ON_COLUMN;
	relkind = get_rel_relkind(object->objectId);
	return relkind == RELKIND_RELATION ||
		relkind == RELKIND_PARTITIONED_TABLE ||
		relkind == RELKIND_FOREIGN_TABLE;
}

/* the hook of the server: judge a label before it is set */
static void
check_label(const ObjectAddress *object, const char *label)
{
	soc2_label_place place;
	soc2_label	parsed;
	size_t		errpos;
	soc2_status status;

	/* one that is removed: whatever it is on */
	if (label == NULL)
		return;
	if (!find_place(object, &place))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("security label for provider \"soc2\" cannot be on such an object"),
				 errdetail("It can be on tables, their columns, and databases.")));
	status = soc2_label_parse(soc2_text_of(label), place, &parsed, &errpos);
	if (status != SOC2_OK)
		soc2_text_error(NULL, status, "security label", label, errpos);
}

/* Become the provider */
void
soc2_label_init(void)
{
	register_label_provider("soc2", check_label);
}

/* one value as text of the server */
static Datum
value_datum(soc2_text value)
{
	return PointerGetDatum(cstring_to_text_with_len(value.bytes,
													(int) value.len));
}

/* all values of a word as an array */
static Datum
values_datum(soc2_text values)
{
	ArrayBuildState *state = NULL;
	soc2_text	value;
	size_t		offset = 0;

	while (soc2_label_value(values, &offset, &value))
		state = accumArrayResult(state, value_datum(value), false, TEXTOID,
								 CurrentMemoryContext);
	return makeArrayResult(state, CurrentMemoryContext);
}

/* a text that may be missing */
static void
set_text(const char *text, Datum *value, bool *isnull)
{
	*isnull = text == NULL;

	if (text !=NULL)
		*value = CStringGetTextDatum(text);
}

/* the columns of a label that is in order */
static void
fill_label(const soc2_label *label, Datum *values, bool *nulls)
{
	size_t		offset = 0;
	soc2_text	note;

	for (int i = 0; i < SOC2_LABEL_KEYS; i++)
	{
		const soc2_label_word *word = &label->words[i];

		nulls[i] = !word->present;
		if (word->present && (i == SOC2_LABEL_PURPOSE ||
							  i == SOC2_LABEL_BASIS ||
							  i == SOC2_LABEL_RECIPIENTS))
			values[i] = values_datum(word->values);
	}
	set_text(label->data_class, &values[SOC2_LABEL_CLASS],
			 &nulls[SOC2_LABEL_CLASS]);
	set_text(label->dispose, &values[SOC2_LABEL_DISPOSE],
			 &nulls[SOC2_LABEL_DISPOSE]);
	values[SOC2_LABEL_MASKED] =
		BoolGetDatum(label->words[SOC2_LABEL_MASKED].present);
	values[SOC2_LABEL_SUBJECT] =
		BoolGetDatum(label->words[SOC2_LABEL_SUBJECT].present);
	nulls[SOC2_LABEL_MASKED] = nulls[SOC2_LABEL_SUBJECT] = false;
	if (soc2_label_value(label->words[SOC2_LABEL_NOTE].values, &offset, &note))
		values[SOC2_LABEL_NOTE] = value_datum(note);
}

/* soc2.read_label(label text): the words of a label, or what is wrong with it */
Datum
soc2_read_label(PG_FUNCTION_ARGS)
{
	char	   *string = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Datum		values[LABEL_COLUMNS] = {0};
	bool		nulls[LABEL_COLUMNS];
	TupleDesc	tupdesc;
	soc2_label	label;
	size_t		errpos;
	soc2_status status = soc2_label_parse(soc2_text_of(string),
										  SOC2_LABEL_ON_COLUMN, &label,
										  &errpos);

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE ||
		tupdesc->natts != LABEL_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("function must be called where a row can be returned")));
	memset(nulls, true, sizeof(nulls));
	if (status == SOC2_OK)
		fill_label(&label, values, nulls);
	else
		set_text(psprintf("%s At character %d.", soc2_status_text(status),
						  pg_mbstrlen_with_len(string, (int) errpos) + 1),
				 &values[PROBLEM_COLUMN], &nulls[PROBLEM_COLUMN]);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc),
													  values, nulls)));
}
