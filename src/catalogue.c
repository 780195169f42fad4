/*-------------------------------------------------------------------------
 *
 * catalogue.c
 *		The catalogue of criteria: guard of shipped rows, and scope.
 *
 * IDENTIFICATION
 *	  src/catalogue.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "soc2.h"
#include "soc2_errcodes.h"
#include "trigger.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(soc2_guard_shipped);
PG_FUNCTION_INFO_V1(soc2_crosswalk_look);
PG_FUNCTION_INFO_V1(soc2_set_scope);

static const soc2_trigger_rule guard_rule = {
	"soc2.guard_shipped", TRIGGER_TYPE_BEFORE, true, false,
	TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE |
	TRIGGER_TYPE_TRUNCATE,
	"a change of rows"
};

static const soc2_trigger_rule look_rule = {
	"soc2.crosswalk_look", TRIGGER_TYPE_AFTER, true, false,
	TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE, "INSERT or UPDATE"
};

/* Refuse what a trigger is called for */
static void
refuse_shipped(Relation rel, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_GUARDED),
			 errmsg("rows of \"%s\" that the extension ships cannot be changed",
					RelationGetRelationName(rel)),
			 errdetail("%s", detail),
			 errhint("Add a row of your own with \"shipped\" left out.")));
}

/* Is a script of this extension at work?  Another one's has no say here. */
static bool
own_script_runs(void)
{
	return creating_extension &&
		CurrentExtensionObject == get_extension_oid("soc2", true);
}

/* Does a row say that the extension ships it? */
static bool
row_is_shipped(HeapTuple row, Relation rel)
{
	int			attnum = SPI_fnumber(RelationGetDescr(rel), "shipped");
	bool		isnull = true;
	Datum		value = 0;

	if (attnum > 0)
		value = SPI_getbinval(row, RelationGetDescr(rel), attnum, &isnull);
	return !isnull && DatumGetBool(value);
}

/*
 * Trigger of a table with a column "shipped": such rows are written by the
 * scripts of the extension alone.
 */
Datum
soc2_guard_shipped(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = soc2_trigger_data(fcinfo, &guard_rule);
	HeapTuple	result;

	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
	{
		if (!own_script_runs())
			refuse_shipped(trigger->tg_relation,
						   "TRUNCATE would remove them.");
		PG_RETURN_POINTER(NULL);
	}
	result = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ?
		trigger->tg_newtuple : trigger->tg_trigtuple;
	if (own_script_runs())
		return PointerGetDatum(result);
	if (row_is_shipped(trigger->tg_trigtuple, trigger->tg_relation) ||
		row_is_shipped(result, trigger->tg_relation))
		refuse_shipped(trigger->tg_relation,
					   "They belong to the extension and are replaced when it is updated.");
	return PointerGetDatum(result);
}

/* Is a criterion in the catalogue?  Needs an SPI connection. */
static bool
is_in_catalogue(Datum criterion, Oid type)
{
	static const char *const query =
	"SELECT FROM soc2.criteria AS c WHERE c.criterion OPERATOR(soc2.=) $1";

	if (SPI_execute_with_args(query, 1, &type, &criterion, NULL,
							  true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read soc2.criteria");
	return SPI_processed > 0;
}

/* Warn if a column of a new row holds a criterion that is not known */
static void
warn_unknown(TriggerData *trigger, HeapTuple row, const char *column)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	int			attnum = SPI_fnumber(desc, column);
	bool		isnull = true;
	Datum		criterion = 0;

	if (attnum > 0)
		criterion = SPI_getbinval(row, desc, attnum, &isnull);
	if (isnull || is_in_catalogue(criterion, SPI_gettypeid(desc, attnum)))
		return;
	ereport(WARNING,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("%s %s is not in the catalogue", column,
					SPI_getvalue(row, desc, attnum)),
			 errdetail("The relation is not in force until it is."),
			 errhint("Points of focus of your own are added to soc2.criteria.")));
}

/*
 * Trigger of soc2.crosswalk: warns about criteria that are not in the
 * catalogue.  It is no error because a parallel restore may load them later.
 */
Datum
soc2_crosswalk_look(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = soc2_trigger_data(fcinfo, &look_rule);
	HeapTuple	row;

	row = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ?
		trigger->tg_newtuple : trigger->tg_trigtuple;
	SPI_connect();
	warn_unknown(trigger, row, "source");
	warn_unknown(trigger, row, "target");
	SPI_finish();
	return PointerGetDatum(NULL);
}

/* Mark the categories that an array of names asks for */
static void
read_categories(ArrayType *array, bool wanted[SOC2_CATEGORY_MAX + 1])
{
	Datum	   *names;
	bool	   *nulls;
	int			count;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT,
					  &names, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		char	   *name = nulls[i] ? NULL : TextDatumGetCString(names[i]);
		unsigned	category = 0;

		if (name != NULL)
			category = soc2_category_lookup(name, strlen(name));
		if (category == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unknown category: %s",
							name ? quote_literal_cstr(name) : "NULL"),
					 errhint("Categories are CC, A, C, PI and P.")));
		wanted[category] = true;
	}
}

/* Note whether a category is in scope, if that changes */
static void
change_scope(const char *category, bool in_scope)
{
	static const char *const command =
	"INSERT INTO soc2.scope_changes (category, in_scope)"
	" SELECT $1, $2 FROM soc2.scope AS s"
	" WHERE s.category OPERATOR(pg_catalog.=) $1"
	" AND s.in_scope OPERATOR(pg_catalog.<>) $2";
	Oid			types[2] = {TEXTOID, BOOLOID};
	Datum		values[2];

	values[0] = CStringGetTextDatum(category);
	values[1] = BoolGetDatum(in_scope);
	if (SPI_execute_with_args(command, 2, types, values, NULL, false, 0) !=
		SPI_OK_INSERT)
		elog(ERROR, "could not record the scope");
}

/* Take exactly these categories, and CC, into scope */
Datum
soc2_set_scope(PG_FUNCTION_ARGS)
{
	bool		wanted[SOC2_CATEGORY_MAX + 1] = {false};
	Datum		names[SOC2_CATEGORY_MAX];
	int			count = 0;

	read_categories(PG_GETARG_ARRAYTYPE_P(0), wanted);
	wanted[SOC2_CATEGORY_MIN] = true;

	SPI_connect();
	for (unsigned i = SOC2_CATEGORY_MIN + 1; i <= SOC2_CATEGORY_MAX; i++)
		change_scope(soc2_category_name(i), wanted[i]);
	SPI_finish();

	for (unsigned i = SOC2_CATEGORY_MIN; i <= SOC2_CATEGORY_MAX; i++)
	{
		if (wanted[i])
			names[count++] = CStringGetTextDatum(soc2_category_name(i));
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(names, count, TEXTOID, -1, false,
										  TYPALIGN_INT));
}
