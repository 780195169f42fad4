/*-------------------------------------------------------------------------
 *
 * package_source.c
 *		Where the rows of documents come from, and in which order.
 *
 * The views and functions that may be read are those of soc2.report_views()
 * and soc2.package_sources(); no text of a caller becomes part of a query.
 *
 * IDENTIFICATION
 *	  src/package_source.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "package.h"
#include "soc2.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/typcache.h"
#include "utils/varlena.h"

/* rows that are fetched at a time */
#define BATCH_ROWS	100

/* columns of a query for sources */
enum
{
	SOURCE_NAME = 1,
	SOURCE_ROWS,
	SOURCE_KEYS,
	SOURCE_IN_PERIOD
};

/* sources while they are read */
typedef struct source_list
{
	soc2_source *sources;
	int			count;
	int			size;
	MemoryContext context;
} source_list;

/* The question that an argument asks */
soc2_question
soc2_question_of(FunctionCallInfo fcinfo, int number)
{
	soc2_question question = {(Datum) 0, PG_ARGISNULL(number)};

	if (!question.argument_is_null)
		question.argument = PG_GETARG_DATUM(number);
	return question;
}

/* Open a cursor for a query with the argument as $1 */
static Portal
open_cursor(const soc2_question *question, const char *query)
{
	Oid			type = TEXTOID;
	Datum		value = question->argument;
	char		null = question->argument_is_null ? 'n' : ' ';

	return SPI_cursor_open_with_args(NULL, query, 1, &type, &value, &null,
									 true, 0);
}

/* Run a query */
int64
soc2_question_query(const soc2_question *question, const char *query,
					soc2_row_taker take, void *state)
{
	Portal		portal = open_cursor(question, query);
	MemoryContext row_context = AllocSetContextCreate(CurrentMemoryContext,
													  "soc2 row of a document",
													  ALLOCSET_DEFAULT_SIZES);
	int64		count = 0;
	uint64		rows;

	do
	{
		SPITupleTable *batch;

		SPI_cursor_fetch(portal, true, BATCH_ROWS);
		batch = SPI_tuptable;
		rows = SPI_processed;
		for (uint64 i = 0; i < rows; i++)
		{
			MemoryContext caller = MemoryContextSwitchTo(row_context);

			CHECK_FOR_INTERRUPTS();
			take(state, batch->vals[i], batch->tupdesc);
			MemoryContextSwitchTo(caller);
			MemoryContextReset(row_context);
		}
		SPI_freetuptable(batch);
		count += (int64) rows;
	} while (rows > 0);
	SPI_cursor_close(portal);
	MemoryContextDelete(row_context);
	return count;
}

/* keep the first value of a row */
static void
take_value(void *state, HeapTuple row, TupleDesc desc)
{
	StringInfo	value = state;
	char	   *text = SPI_getvalue(row, desc, 1);

	if (text !=NULL)
		appendStringInfoString(value, text);
}

/* The one value of a query */
char *
soc2_question_value(const soc2_question *question, const char *query)
{
	StringInfoData value;

	initStringInfo(&value);
	(void) soc2_question_query(question, query, take_value, &value);
	return value.len > 0 ? value.data : NULL;
}

/* keep a source */
static void
take_source(void *state, HeapTuple row, TupleDesc desc)
{
	source_list *list = state;
	MemoryContext caller = MemoryContextSwitchTo(list->context);
	soc2_source *source;

	if (list->count == list->size)
	{
		list->size *= 2;
		list->sources = repalloc(list->sources,
								 list->size * sizeof(soc2_source));
	}
	source = &list->sources[list->count++];
	source->name = SPI_getvalue(row, desc, SOURCE_NAME);
	source->rows = SPI_getvalue(row, desc, SOURCE_ROWS);
	source->keys = SPI_getvalue(row, desc, SOURCE_KEYS);
	source->in_period = SPI_getvalue(row, desc, SOURCE_IN_PERIOD);
	MemoryContextSwitchTo(caller);
}

/* The sources that a query returns */
soc2_source *
soc2_source_list(const soc2_question *question, const char *query, int *count)
{
	source_list list = {NULL, 0, 32, CurrentMemoryContext};

	list.sources = palloc(list.size * sizeof(soc2_source));
	(void) soc2_question_query(question, query, take_source, &list);
	*count = list.count;
	return list.sources;
}

/* what the rows of a source are, as a query without an order */
static char *
rows_of(const soc2_question *question, const soc2_source *source)
{
	if (question->argument_is_null || source->in_period == NULL)
		return psprintf("SELECT v.* FROM %s AS v", source->rows);
	return psprintf("SELECT v.* FROM %s AS v, soc2.known_period($1) AS p WHERE %s",
					source->rows, source->in_period);
}

/* The columns of a query */
TupleDesc
soc2_question_columns(const soc2_question *question, const char *query)
{
	Portal		portal = open_cursor(question, query);
	TupleDesc	desc = CreateTupleDescCopy(portal->tupDesc);

	SPI_cursor_close(portal);
	return desc;
}

/* append a column to an order, unless it has none; text by its bytes */
static void
append_order(StringInfo order, Form_pg_attribute column)
{
	TypeCacheEntry *type = lookup_type_cache(column->atttypid,
											 TYPECACHE_LT_OPR);

	if (!OidIsValid(type->lt_opr))
		return;
	appendStringInfo(order, "%s r.%s%s", order->len > 0 ? "," : " ORDER BY",
					 quote_identifier(NameStr(column->attname)),
					 OidIsValid(column->attcollation) ?
					 " COLLATE pg_catalog.\"C\"" : "");
}

/* append the columns that are keys, and then all of them */
static void
append_orders(StringInfo order, TupleDesc desc, const soc2_source *source)
{
	List	   *keys;
	ListCell   *key;

	if (!SplitIdentifierString(pstrdup(source->keys), ',', &keys))
		elog(ERROR, "unexpected keys of %s", source->name);
	foreach(key, keys)
	{
		for (int i = 0; i < desc->natts; i++)
		{
			if (strcmp(NameStr(TupleDescAttr(desc, i)->attname),
					   lfirst(key)) == 0)
				append_order(order, TupleDescAttr(desc, i));
		}
	}
	/* the others decide where keys are equal */
	for (int i = 0; i < desc->natts; i++)
		append_order(order, TupleDescAttr(desc, i));
}

/* The query for the rows of a source */
char *
soc2_source_query(const soc2_question *question, const soc2_source *source,
				  bool as_json)
{
	char	   *rows = rows_of(question, source);
	StringInfoData order;

	initStringInfo(&order);
	append_orders(&order, soc2_question_columns(question, rows), source);
	return psprintf("SELECT %s FROM (%s) AS r%s",
					as_json ? "row_to_json(r)::text" : "r.*", rows,
					order.data);
}
