/*-------------------------------------------------------------------------
 *
 * subject_column.c
 *		Columns that lead to subjects and get another name, or go.
 *
 * soc2.subject_edges knows columns by name.  It follows a new name, unless a
 * subject that the column leads to is held.  A column that another table leads
 * by can go only when that was given up.
 *
 * IDENTIFICATION
 *	  src/subject_column.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "ledger_custody.h"
#include "soc2_errcodes.h"
#include "subject.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* a statement on edges that name a column of a table */
static void
begin_statement(soc2_statement *statement, const char *sql, Oid relid,
				const char *column)
{
	soc2_statement_begin(statement, sql);
	soc2_statement_add(statement, REGCLASSOID, ObjectIdGetDatum(relid));
	soc2_statement_add(statement, NAMEOID,
					   DirectFunctionCall1(namein, CStringGetDatum(column)));
}

/* does a column lead to a subject that is held? */
static bool
leads_to_held(Oid edges, Oid relid, const char *column)
{
	soc2_statement select;

	begin_statement(&select,
					"SELECT 1::bigint FROM soc2.subject_edges AS e"
					" WHERE (e.relation = $1 AND e.column_name = $2"
					" OR e.via = $1 AND e.via_column = $2)"
					" AND soc2.subject_is_held(e.relation)",
					relid, column);
	soc2_execute_as_owner(edges, &select, NULL);
	return select.rows > 0;
}

/* A column got another name */
void
soc2_subject_column_renamed(Oid relid, AttrNumber attnum, const char *old)
{
	char	   *new = get_attname(relid, attnum, true);
	Oid			edges = soc2_own_relid(SOC2_SUBJECT_EDGES);
	soc2_statement update;

	if (new == NULL || !OidIsValid(edges))
		return;
	if (leads_to_held(edges, relid, old))
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_GUARDED),
				 errmsg("column \"%s\" of table \"%s\" leads to subjects that are on legal hold",
						old, get_rel_name(relid)),
				 errhint("It can get another name when no hold on them is in force.")));
	begin_statement(&update,
					"UPDATE soc2.subject_edges AS e SET"
					" column_name = CASE WHEN e.relation = $1 AND e.column_name = $2"
					"  THEN $3 ELSE e.column_name END,"
					" via_column = CASE WHEN e.via = $1 AND e.via_column = $2"
					"  THEN $3 ELSE e.via_column END,"
					" columns = CASE WHEN e.relation = $1 AND e.columns ? $2::text"
					"  THEN (e.columns - $2::text) || jsonb_build_object($3::text, e.columns -> $2::text)"
					"  ELSE e.columns END"
					" WHERE e.relation = $1 AND (e.column_name = $2 OR e.columns ? $2::text)"
					" OR e.via = $1 AND e.via_column = $2",
					relid, old);
	soc2_statement_add(&update, NAMEOID,
					   DirectFunctionCall1(namein, CStringGetDatum(new)));
	soc2_execute_as_owner(edges, &update, NULL);
}

/* refuse that a column is not there which another table leads by */
static void
check_edge(Relation edges, HeapTuple tuple, Oid relid)
{
	bool		isnull;
	Oid			from = DatumGetObjectId(soc2_own_column(edges, tuple, SOC2_EDGE_RELATION, &isnull));
	char	   *column = NameStr(*DatumGetName(soc2_own_column(edges, tuple, SOC2_EDGE_COLUMN, &isnull)));
	char	   *via_column = NameStr(*DatumGetName(soc2_own_column(edges, tuple, SOC2_EDGE_VIA_COLUMN, &isnull)));

	if (get_rel_name(from) == NULL ||
		get_attnum(relid, via_column) != InvalidAttrNumber)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_GUARDED),
			 errmsg("column \"%s\" of table \"%s\" leads to subjects",
					via_column, get_rel_name(relid)),
			 errdetail("Column \"%s\" of table \"%s\" refers to it.", column,
					   get_rel_name(from)),
			 errhint("Give that up with soc2.unset_subject() first.")));
}

/* Refuse a change of a table after which others lead nowhere via it */
void
soc2_subject_check_columns(Oid relid)
{
	Oid			oid = soc2_own_relid(SOC2_SUBJECT_EDGES);
	Relation	edges;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (!OidIsValid(oid) || get_rel_name(relid) == NULL)
		return;
	edges = table_open(oid, AccessShareLock);
	ScanKeyInit(&key, SOC2_EDGE_VIA, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(edges, soc2_table_oid("soc2_subject_edges_via_idx"),
							  true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		check_edge(edges, tuple, relid);
	systable_endscan(scan);
	table_close(edges, AccessShareLock);
}
