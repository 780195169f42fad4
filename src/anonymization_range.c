/*-------------------------------------------------------------------------
 *
 * anonymization_range.c
 *		A range of blocks of a table: anonymizing the rows that a plan takes.
 *
 * An update puts another version of the row somewhere, often into blocks that
 * come later.  It has the values of the rules then, and was written after the
 * plan was made: two reasons why no row is taken twice, however often a range is
 * gone through.
 *
 * The UPDATE is about rows that were judged just before.  The guard of the table
 * judges each once more, after it was updated, in the version that was updated:
 * one that somebody changed meanwhile ends the batch (40001), and the next one
 * passes it over.
 *
 * IDENTIFICATION
 *	  src/anonymization_range.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "anonymization.h"
#include "disposal_range.h"
#include "executor/spi.h"
#include "relation.h"
#include "soc2.h"
#include "soc2_errcodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* refuse what something of the table made of the rows */
pg_noreturn static void
refuse_outcome(Relation rel, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			 errmsg("rows of table \"%s\" were not anonymized as its rules say",
					RelationGetRelationName(rel)),
			 errdetail("%s", detail),
			 errhint("Nothing of this batch is done. A column that triggers of the table set can be given the rule \"any\"."),
			 errtable(rel)));
}

/* After a row was updated: if a disposal does that, refuse what it must not */
void
soc2_anonymization_check(const TriggerData *trigdata)
{
	soc2_range *range = soc2_range_acting(trigdata);
	Relation	rel = trigdata->tg_relation;
	AttrNumber	stray;

	if (range == NULL || range->anonymizer == NULL)
		return;
	if (!soc2_range_judge(range, trigdata->tg_trigslot,
						  trigdata->tg_trigtuple))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("row of table \"%s\" was changed while it was to be anonymized",
						RelationGetRelationName(rel)),
				 errtable(rel)));
	if (!soc2_anonymizer_is_done(range->anonymizer, trigdata->tg_newslot))
		refuse_outcome(rel, "A trigger or a rule of the table gave a column another value.");
	stray = soc2_anonymizer_strays(range->anonymizer, trigdata->tg_trigslot,
								   trigdata->tg_newslot);
	if (stray != InvalidAttrNumber)
		refuse_outcome(rel, psprintf("A trigger or a rule of the table changed column \"%s\", which no rule is about.",
									 get_attname(RelationGetRelid(rel), stray,
												 false)));
}

/* add what a column is set to; hashes are column v<number> of n */
static void
add_assignment(soc2_range_query *query, const soc2_anonymizer *anonymizer,
			   int number)
{
	const soc2_anonymized_column *column = &anonymizer->columns[number];
	Form_pg_attribute att =
	TupleDescAttr(RelationGetDescr(anonymizer->rel), column->attnum - 1);

	appendStringInfo(&query->text, "%s = ",
					 quote_identifier(NameStr(att->attname)));
	switch (column->kind)
	{
		case SOC2_ANONYMIZE_NULL:
			appendStringInfoString(&query->text, "NULL");
			break;
		case SOC2_ANONYMIZE_CONSTANT:
			soc2_range_query_add(query, att->atttypid, column->constant);
			appendStringInfo(&query->text, "$%d", query->nargs);
			break;
		case SOC2_ANONYMIZE_HASH:
			appendStringInfo(&query->text, "n.v%d", number);
			break;
		case SOC2_ANONYMIZE_ANY:
			break;
	}
}

/* add the rows that were collected, as n: their places and hashes */
static void
add_rows(soc2_range_query *query, const soc2_anonymizer *anonymizer,
		 Datum places)
{
	StringInfoData names;

	initStringInfo(&names);
	soc2_range_query_add(query, get_array_type(TIDOID), places);
	appendStringInfo(&query->text, " FROM ROWS FROM (pg_catalog.unnest($%d)",
					 query->nargs);
	for (int i = 0; i < anonymizer->ncolumns; i++)
	{
		const soc2_anonymized_column *column = &anonymizer->columns[i];

		if (column->hashes == NULL)
			continue;
		soc2_range_query_add(query,
							 get_array_type(column->hashes->element_type),
							 makeArrayResult(column->hashes,
											 anonymizer->context));
		appendStringInfo(&query->text, ", pg_catalog.unnest($%d)",
						 query->nargs);
		appendStringInfo(&names, ", v%d", i);
	}
	appendStringInfo(&query->text, ") AS n (place%s)", names.data);
}

/* the UPDATE of rows that were collected */
static void
build_update(soc2_range_query *query, const soc2_range *range, Datum places)
{
	const soc2_anonymizer *anonymizer = range->anonymizer;
	const char *separator = " AS d SET ";

	soc2_range_query_init(query, "UPDATE ONLY ");
	appendStringInfoString(&query->text, soc2_relation_name(range->rel));
	for (int i = 0; i < anonymizer->ncolumns; i++)
	{
		if (anonymizer->columns[i].kind == SOC2_ANONYMIZE_ANY)
			continue;
		appendStringInfoString(&query->text, separator);
		add_assignment(query, anonymizer, i);
		separator = ", ";
	}
	add_rows(query, anonymizer, places);
	appendStringInfoString(&query->text, " WHERE ");
	soc2_range_query_blocks(query, range);
	appendStringInfoString(&query->text,
						   "d.ctid OPERATOR(pg_catalog.=) n.place");
}

/* how many places are there? */
static uint64
count_places(Datum places)
{
	const ArrayType *array = DatumGetArrayTypeP(places);

	return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
}

/* is a row of the range left to take? */
static bool
is_left(const soc2_range *range)
{
	soc2_range	look = *range;

	return count_places(soc2_range_places(&look)) > 0;
}

/* Anonymize the plan's rows of the range */
void
soc2_range_anonymize(soc2_range *range)
{
	soc2_range_query query;
	Datum		places;
	uint64		expected;

	SPI_connect();
	soc2_anonymizer_begin(range->anonymizer);
	places = soc2_range_places(range);
	expected = count_places(places);
	if (expected > 0)
	{
		build_update(&query, range, places);
		/* fewer: somebody deleted them, or a trigger kept them */
		if (soc2_range_act(range, &query, SPI_OK_UPDATE) < expected &&
			is_left(range))
			refuse_outcome(range->rel,
						   "A trigger or a rule of the table kept a row as it was.");
	}
	SPI_finish();
}
