/*-------------------------------------------------------------------------
 *
 * guard_table.c
 *		Changes of tables: columns, inheritance, rules, indexes, rewriting.
 *
 * Refused is what gives stored rows another text or takes it away, and what
 * lets rows in or out past the triggers.
 *
 * IDENTIFICATION
 *	  src/guard_table.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/indexing.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_rewrite.h"
#include "commands/event_trigger.h"
#include "guard.h"
#include "ledger.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

/* are stored rows of a ledger at stake, and is the guard up? */
static bool
is_at_stake(Oid relid)
{
	return (soc2_guard_has_table(relid) || soc2_guard_has_policy_table(relid)) &&
		soc2_guard_is_up() && soc2_guard_has_rows(relid);
}

/* refuse to change a row type that a ledger has values of */
static void
check_row_type(Oid relid)
{
	Oid			type = get_rel_type_id(relid);
	Oid			user = OidIsValid(type) ? soc2_guard_type_user(type) :
	InvalidOid;

	if (OidIsValid(user) && soc2_guard_is_up())
		soc2_guard_refuse_change(user,
								 psprintf("It has values of row type \"%s\".",
										  get_rel_name(relid)));
}

/* a row of pg_attribute */
static soc2_catalog_row
find_attribute(Oid relid, AttrNumber attnum)
{
	ScanKeyData keys[2];

	ScanKeyInit(&keys[0], Anum_pg_attribute_attrelid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	ScanKeyInit(&keys[1], Anum_pg_attribute_attnum, BTEqualStrategyNumber,
				F_INT2EQ, Int16GetDatum(attnum));
	return soc2_catalog_find(AttributeRelationId, AttributeRelidNumIndexId,
							 keys, 2);
}

/* A column was added */
void
soc2_guard_column_added(Oid relid, AttrNumber attnum)
{
	Form_pg_attribute att;
	const char *problem = NULL;

	check_row_type(relid);
	if (!is_at_stake(relid))
		return;
	att = (Form_pg_attribute) GETSTRUCT(find_attribute(relid, attnum).after);
	if (att->attnotnull)
		problem = "Column \"%s\" is NOT NULL.";
	else if (att->attidentity != '\0' || att->attgenerated != '\0')
		problem = "Column \"%s\" is generated.";
	else if (soc2_ledger_type_problem(att->atttypid) != NULL)
		problem = "Column \"%s\" has a type that cannot be in a ledger.";
	if (problem != NULL)
		soc2_guard_refuse_change(relid,
								 psprintf(problem, NameStr(att->attname)));
	soc2_guard_put_off(SOC2_GUARD_DEFAULT, relid, (Oid) attnum,
					   psprintf("Column \"%s\" has a default, which rows that are there would get.",
								NameStr(att->attname)));
}

/* A column was altered */
void
soc2_guard_column_altered(Oid relid, AttrNumber attnum)
{
	soc2_catalog_row row = find_attribute(relid, attnum);
	Form_pg_attribute old;
	Form_pg_attribute new;

	if (row.before == NULL || row.after == NULL)
		return;
	old = (Form_pg_attribute) GETSTRUCT(row.before);
	new = (Form_pg_attribute) GETSTRUCT(row.after);
	if (!new->attisdropped &&
		strcmp(NameStr(old->attname), NameStr(new->attname)) != 0)
		soc2_guard_put_off(SOC2_GUARD_RENAMED_COLUMN, relid, (Oid) attnum,
						   NameStr(old->attname));
	if (!new->attisdropped && old->atttypid != new->atttypid)
		soc2_guard_put_off(SOC2_GUARD_TRACKED_COLUMN, relid, (Oid) attnum,
						   "alter_column");
	if (old->atttypid == new->atttypid && old->atttypmod == new->atttypmod &&
		old->attgenerated == new->attgenerated &&
		strcmp(NameStr(old->attname), NameStr(new->attname)) == 0)
		return;
	check_row_type(relid);
	if (is_at_stake(relid))
		soc2_guard_refuse_change(relid,
								 psprintf("Name, type and expression of column \"%s\" are part of what its rows were hashed with.",
										  NameStr(old->attname)));
}

/* A column is being dropped */
void
soc2_guard_column_dropped(Oid relid, AttrNumber attnum)
{
	check_row_type(relid);
	if (is_at_stake(relid))
		soc2_guard_refuse_change(relid,
								 psprintf("Column \"%s\" is part of its rows.",
										  get_attname(relid, attnum, false)));
}

/* A table was altered as such */
void
soc2_guard_table_altered(Oid relid)
{
	soc2_catalog_row row;
	Form_pg_class old;
	Form_pg_class new;

	if (!soc2_guard_has_table(relid))
		return;
	row = soc2_catalog_find_oid(RelationRelationId, ClassOidIndexId, relid);
	if (row.before == NULL || row.after == NULL)
		return;
	old = (Form_pg_class) GETSTRUCT(row.before);
	new = (Form_pg_class) GETSTRUCT(row.after);
	if (old->reloftype != new->reloftype && soc2_guard_is_up())
		soc2_guard_refuse_change(relid,
								 "Its columns would follow those of a type.");
	if ((old->relnamespace != new->relnamespace ||
		 strcmp(NameStr(old->relname), NameStr(new->relname)) != 0) &&
		soc2_guard_has_own_table(relid) && soc2_guard_is_up())
		soc2_guard_refuse_member("table", NameStr(old->relname));
}

/* can a table hold rows of a ledger, as far as the guard knows? */
static bool
is_suitable(Oid relid)
{
	char		kind = get_rel_relkind(relid);

	return kind == RELKIND_PARTITIONED_TABLE ||
		(kind == RELKIND_RELATION &&
		 get_rel_persistence(relid) == RELPERSISTENCE_PERMANENT);
}

/* A table begins or ceases to inherit, or to be a partition */
void
soc2_guard_table_inherits(Oid child, Oid parent)
{
	bool		has_parent = soc2_guard_has_table(parent);

	if (!has_parent && !soc2_guard_has_table(child))
		return;
	if (!soc2_guard_is_up())
		return;
	if (has_parent && !is_suitable(child))
		soc2_guard_refuse_change(parent,
								 psprintf("Partition \"%s\" is a foreign table, or not logged.",
										  get_rel_name(child)));
	if (get_rel_relkind(parent) == RELKIND_PARTITIONED_TABLE &&
		!soc2_guard_has_rows(child))
	{
		if (has_parent)
			soc2_guard_put_off(SOC2_GUARD_PART, child, parent, "");
		return;
	}
	soc2_guard_refuse_change(has_parent ? parent : child,
							 "Rows would come in or go out with another table.");
}

/* A table is about to be written anew */
void
soc2_guard_table_rewritten(Oid relid, int reason)
{
	if (!soc2_guard_has_table(relid) || !soc2_guard_is_up())
		return;
	if (reason == AT_REWRITE_ALTER_PERSISTENCE &&
		get_rel_persistence(relid) == RELPERSISTENCE_UNLOGGED)
		return;
	if ((reason & AT_REWRITE_ALTER_PERSISTENCE) != 0)
		soc2_guard_refuse_change(relid,
								 "A crash empties a table that is not logged.");
	if (soc2_guard_has_rows(relid))
		soc2_guard_refuse_change(relid,
								 "Rows that are there would be written anew.");
}

/* An index is being dropped */
void
soc2_guard_index_dropped(Oid index, int flags)
{
	Oid			relid = IndexGetRelation(index, true);
	const soc2_ledger_plan *plan;
	const char *detail;
	Relation	rel;

	if (!OidIsValid(relid) || !is_at_stake(relid))
		return;
	rel = table_open(relid, AccessShareLock);
	plan = soc2_ledger_plan_get(rel, false);
	table_close(rel, NoLock);
	if (plan == NULL || plan->index != index)
		return;
	detail = psprintf("Index \"%s\" keeps positions of rows unique.",
					  get_rel_name(index));
	/* which commits before it ends */
	if ((flags & PERFORM_DELETION_CONCURRENTLY) != 0)
		soc2_guard_refuse_change(relid, detail);
	soc2_guard_put_off(SOC2_GUARD_INDEX, relid, index, detail);
}

/* A rule was created */
void
soc2_guard_rule_created(Oid rule)
{
	HeapTuple	tuple = soc2_catalog_find_oid(RewriteRelationId,
											  RewriteOidIndexId, rule).after;
	Oid			relid;

	if (tuple == NULL)
		return;
	relid = ((Form_pg_rewrite) GETSTRUCT(tuple))->ev_class;
	if (soc2_guard_has_table(relid) && soc2_guard_is_up() &&
		soc2_guard_has_guards(relid))
		soc2_guard_refuse_change(relid, "A rule can swallow rows.");
}
