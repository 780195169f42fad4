/*-------------------------------------------------------------------------
 *
 * retention_predicate.c
 *		Predicates of assignments as conditions of triggers.
 *
 * In such a condition the columns of the row are those of OLD.
 *
 * IDENTIFICATION
 *	  src/retention_predicate.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "predicate.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"

#include "retention.h"
#include "soc2.h"

/* let names of columns be those of OLD, whatever stands in front of them */
static bool
qualify_columns(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, ColumnRef))
	{
		ColumnRef  *column = (ColumnRef *) node;

		column->fields = list_make2(makeString(pstrdup("old")),
									llast(column->fields));
		return false;
	}
	return raw_expression_tree_walker(node, qualify_columns, context);
}

/* The predicate of an assignment as the condition of a trigger */
Node *
soc2_retention_parse_predicate(Relation rel, const char *text)
{
	Node	   *raw = soc2_predicate_raw(text);

	(void) soc2_predicate_parse(rel, text);
	(void) qualify_columns(raw, NULL);
	return raw;
}

/* The condition of a trigger of ours */
Node *
soc2_retention_parse_condition(Oid trigger)
{
	static const char *const before = " WHEN (";
	static const char *const after = ") EXECUTE FUNCTION ";
	Datum		value = DirectFunctionCall1(pg_get_triggerdef,
											ObjectIdGetDatum(trigger));
	char	   *definition = TextDatumGetCString(value);
	char	   *start = strstr(definition, before);
	char	   *end = NULL;

	if (start == NULL)
		return NULL;
	start += strlen(before);
	for (char *next = strstr(start, after); next != NULL;
		 next = strstr(next + 1, after))
		end = next;
	if (end == NULL)
		elog(ERROR, "could not read the condition of trigger %u", trigger);
	*end = '\0';
	return soc2_predicate_raw(start);
}
