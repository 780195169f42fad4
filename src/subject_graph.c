/*-------------------------------------------------------------------------
 *
 * subject_graph.c
 *		Which subjects a row belongs to.
 *
 * Where a column holds the key itself, its value is enough.  Where more tables
 * lie between, a query goes along them from the value of the column; it is made
 * of equality of built-in types alone, and runs as the owner of the extension's
 * tables, as who deletes a row need not be able to read the others.
 *
 * IDENTIFICATION
 *	  src/subject_graph.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "ledger_custody.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "soc2_errcodes.h"
#include "subject.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* a row of soc2.subject_edges */
typedef struct edge_row
{
	Oid			relid;
	char	   *column;
	char	   *kind;			/* NULL: the next two are set */
	Oid			via;
	char	   *via_column;
} edge_row;

/* a column of a row of ours, as text; NULL if it is */
static char *
get_text(Relation table, HeapTuple tuple, int column)
{
	bool		isnull;
	Datum		value = soc2_own_column(table, tuple, column, &isnull);

	if (isnull)
		return NULL;
	if (TupleDescAttr(RelationGetDescr(table), column - 1)->attlen == NAMEDATALEN)
		return pstrdup(NameStr(*DatumGetName(value)));
	return TextDatumGetCString(value);
}

/*
 * the edges of one table, as they are stored; what leads via a table that was
 * dropped leads nowhere
 */
static List *
read_edges(Oid relid)
{
	Relation	table = table_open(soc2_table_oid(SOC2_SUBJECT_EDGES),
								   AccessShareLock);
	List	   *edges = NIL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, SOC2_EDGE_RELATION, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(table, soc2_table_oid("soc2_subject_edges_pkey"),
							  true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		edge_row   *edge = palloc0(sizeof(edge_row));
		bool		isnull;

		edge->relid = relid;
		edge->column = get_text(table, tuple, SOC2_EDGE_COLUMN);
		edge->kind = get_text(table, tuple, SOC2_EDGE_KIND);
		edge->via = DatumGetObjectId(soc2_own_column(table, tuple, SOC2_EDGE_VIA, &isnull));
		edge->via_column = get_text(table, tuple, SOC2_EDGE_VIA_COLUMN);
		if (edge->kind || get_rel_name(edge->via))
			edges = lappend(edges, edge);
	}
	systable_endscan(scan);
	table_close(table, AccessShareLock);
	return edges;
}

/* a column that leads to a subject is not there: what cannot be judged is held */
pg_noreturn static void
refuse_edge(const char *column, Oid relid)
{
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_GUARDED),
			 errmsg("column \"%s\" of table \"%s\" does not lead to a subject any more",
					column, get_rel_name(relid)),
			 errdetail("It is not there under this name, or of another type."),
			 errhint("Restore it, or give it up with soc2.unset_subject().")));
}

/* can a table, and the type of its column, still lead to subjects? */
static bool
leads(Oid relid, const char *column)
{
	char		relkind = get_rel_relkind(relid);

	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE)
		return false;
	/* a cast of another type to text runs what users wrote */
	switch (get_atttype(relid, get_attnum(relid, column)))
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case TEXTOID:
		case VARCHAROID:
		case UUIDOID:
			return true;
		default:
			return false;
	}
}

/*
 * append a query for the subjects that the rows of an edge's table belong to,
 * found by the value of an expression; without those that the value alone tells
 */
static void
append_subjects(StringInfo sql, const edge_row *edge, const char *value,
				bool without_key, int depth)
{
	ListCell   *cell;

	check_stack_depth();
	if (get_attnum(edge->via, edge->via_column) <= 0)
		refuse_edge(edge->via_column, edge->via);
	foreach(cell, read_edges(edge->via))
	{
		const edge_row *next = lfirst(cell);
		char	   *alias = psprintf("t%d", depth);
		char	   *column = psprintf("%s.%s", alias,
									  quote_identifier(next->column));

		if (next->kind && without_key &&
			strcmp(next->column, edge->via_column) == 0)
			continue;
		if (get_attnum(edge->via, next->column) > 0 &&
			!leads(edge->via, next->column))
			refuse_edge(next->column, edge->via);
		if (sql->len > 0 && sql->data[sql->len - 1] != '(')
			appendStringInfoString(sql, " UNION ALL ");
		appendStringInfo(sql, "SELECT %s FROM %s AS %s",
						 next->kind ? psprintf("%s || ':' || %s::text",
											   quote_literal_cstr(next->kind),
											   column) : psprintf("s%d.subject", depth),
						 soc2_relation_name_of(edge->via), alias);
		if (!next->kind)
		{
			appendStringInfoString(sql, " CROSS JOIN LATERAL (");
			append_subjects(sql, next, column, false, depth + 1);
			appendStringInfo(sql, ") AS s%d (subject)", depth);
		}
		appendStringInfo(sql, " WHERE %s.%s = %s", alias,
						 quote_identifier(edge->via_column), value);
	}
}

/* a prepared query goes with the context that it was made in */
static void
free_plan(void *plan)
{
	SPI_freeplan((SPIPlanPtr) plan);
}

/* prepare a query with one argument, to live as long as the current context */
static SPIPlanPtr
prepare_query(const char *sql, Oid type)
{
	MemoryContextCallback *callback = palloc(sizeof(MemoryContextCallback));
	MemoryContext context = CurrentMemoryContext;
	int			level = soc2_ledger_pin();
	SPIPlanPtr	plan;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	plan = SPI_prepare(sql, 1, &type);
	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare \"%s\"", sql);
	SPI_finish();
	soc2_ledger_unpin(level);
	callback->func = free_plan;
	callback->arg = plan;
	MemoryContextRegisterResetCallback(context, callback);
	return plan;
}

/* the kinds whose key a column holds that refers to a column */
static List *
kinds_of(const edge_row *edge)
{
	List	   *kinds = NIL;
	ListCell   *cell;

	if (edge->kind)
		return list_make1(edge->kind);
	foreach(cell, read_edges(edge->via))
	{
		const edge_row *next = lfirst(cell);

		if (next->kind && strcmp(next->column, edge->via_column) == 0)
			kinds = lappend(kinds, next->kind);
	}
	return kinds;
}

/* make an edge ready for the rows of a table */
static soc2_subject_edge *
compile_edge(Relation rel, const edge_row *row)
{
	soc2_subject_edge *edge = palloc0(sizeof(soc2_subject_edge));
	Oid			output;
	bool		varlena;
	StringInfoData sql;

	edge->attnum = get_attnum(RelationGetRelid(rel), row->column);
	if (edge->attnum <= 0)
		refuse_edge(row->column, RelationGetRelid(rel));
	edge->type = TupleDescAttr(RelationGetDescr(rel),
							   edge->attnum - 1)->atttypid;
	getTypeOutputInfo(edge->type, &output, &varlena);
	fmgr_info(output, &edge->output);
	edge->kinds = kinds_of(row);
	if (row->kind)
		return edge;
	initStringInfo(&sql);
	append_subjects(&sql, row, "$1", true, 1);
	if (sql.len > 0)
		edge->plan = prepare_query(sql.data, edge->type);
	return edge;
}

/* The edges of a table */
List *
soc2_subject_edges(Relation rel)
{
	List	   *tables = soc2_relation_with_ancestors(RelationGetRelid(rel));
	List	   *edges = NIL;
	ListCell   *table;

	foreach(table, tables)
	{
		ListCell   *cell;

		foreach(cell, read_edges(lfirst_oid(table)))
			edges = lappend(edges, compile_edge(rel, lfirst(cell)));
	}
	return edges;
}
