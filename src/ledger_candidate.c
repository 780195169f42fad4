/*-------------------------------------------------------------------------
 *
 * ledger_candidate.c
 *		Can a table become a ledger?
 *
 * IDENTIFICATION
 *	  src/ledger_candidate.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/sysattr.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/tablecmds.h"
#include "ledger.h"
#include "ledger_create.h"
#include "optimizer/optimizer.h"
#include "relation.h"
#include "rewrite/rewriteHandler.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* why a relation cannot hold rows of a ledger; NULL if it can */
static const char *
unsuitable(Relation rel)
{
	const char *problem = soc2_relation_problem(rel);

	if (problem != NULL)
		return problem;
	if (rel->rd_rules != NULL)
		return "It has rules, which can swallow rows.";
	return NULL;
}

/* why a table cannot be a ledger because of other tables; NULL if it can */
static const char *
unsuitable_kin(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);

	if (rel->rd_rel->relispartition)
		return "It is a partition: rows can be attached and detached.";
	if (has_superclass(relid) ||
		(rel->rd_rel->relkind == RELKIND_RELATION &&
		 find_inheritance_children(relid, NoLock) != NIL))
		return "It takes part in inheritance.";
	return NULL;
}

/* refuse a table that is a ledger already */
static void
check_no_ledger(Relation rel)
{
	const soc2_ledger_plan *plan = soc2_ledger_plan_get(rel, true);

	if ((plan != NULL && plan->has_id) || soc2_ledger_has_chain(rel))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("table \"%s\" is a ledger already",
						soc2_relation_name(rel)),
				 errhint("Its id and its redactable columns are in soc2.ledgers.")));
}

/* refuse a table that cannot be a ledger, as it or a part of it is unsuitable */
static void
refuse_candidate(Relation rel, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("cannot make a ledger of \"%s\"", soc2_relation_name(rel)),
			 errdetail("%s", detail),
			 errhint("Ordinary, logged tables outside extensions and system schemas can be ledgers, partitioned or not.")));
}

/* lock the partitions of a table, and refuse those that are unsuitable */
static void
check_partitions(Relation rel)
{
	List	   *tables = find_all_inheritors(RelationGetRelid(rel),
											 AccessExclusiveLock, NULL);
	ListCell   *cell;

	foreach(cell, tables)
	{
		Relation	part;
		const char *problem;

		if (lfirst_oid(cell) == RelationGetRelid(rel))
			continue;
		soc2_relation_require_owner(lfirst_oid(cell));
		part = relation_open(lfirst_oid(cell), NoLock);
		problem = unsuitable(part);
		if (problem)
			refuse_candidate(rel, psprintf("Partition \"%s\" is unsuitable. %s",
										   RelationGetRelationName(part),
										   problem));
		CheckTableNotInUse(part, "make a ledger of");
		relation_close(part, NoLock);
	}
}

/* Open a table that is to become a ledger */
Relation
soc2_ledger_open_candidate(Oid relid)
{
	Relation	rel;
	const char *problem;

	/* before waiting for a lock, and again as things may have changed */
	soc2_relation_require_owner(relid);
	rel = try_relation_open(relid, AccessExclusiveLock);
	soc2_relation_require_owner(relid);
	if (rel == NULL)
		elog(ERROR, "could not open relation with OID %u", relid);
	check_no_ledger(rel);
	problem = unsuitable(rel);
	if (problem == NULL)
		problem = unsuitable_kin(rel);
	if (problem != NULL)
		refuse_candidate(rel, problem);
	CheckTableNotInUse(rel, "make a ledger of");
	if (rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		check_partitions(rel);
	return rel;
}

/* the column of this name; NULL if there is none */
static Form_pg_attribute
find_column(Relation rel, const char *name)
{
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0)
			return att;
	}
	return NULL;
}

/* does it depend on the column which partition a row belongs to? */
static bool
is_partition_key(Relation rel, AttrNumber attnum)
{
	Bitmapset  *member;

	member = bms_make_singleton(attnum - FirstLowInvalidHeapAttributeNumber);
	return has_partition_attrs(rel, member, NULL);
}

/* refuse ledger columns that are something else */
static void
check_field(Relation rel, soc2_ledger_field field)
{
	Form_pg_attribute att = find_column(rel, soc2_ledger_field_name(field));
	Oid			type = soc2_ledger_field_type(field);

	if (att == NULL)
		return;
	if (att->atttypid != type || att->attgenerated != '\0' ||
		att->attidentity != '\0' || att->atthasdef)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of table \"%s\" cannot be a ledger column",
						NameStr(att->attname), soc2_relation_name(rel)),
				 errdetail("It must be of type %s, without a default.",
						   format_type_be(type)),
				 errhint("Rename it, or drop it and have it made.")));
	if (is_partition_key(rel, att->attnum))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("table \"%s\" is partitioned by ledger column \"%s\"",
						soc2_relation_name(rel), NameStr(att->attname)),
				 errdetail("It is empty when the partition of a row is chosen."),
				 errhint("Partition the table by another column.")));
}

/* refuse columns whose text is not determined by their value */
static void
check_columns(Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		const char *problem;

		if (att->attisdropped || att->attgenerated != '\0')
			continue;
		problem = soc2_ledger_type_problem(att->atttypid);
		if (problem)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("column \"%s\" of type %s cannot be in a ledger",
							NameStr(att->attname),
							format_type_be(att->atttypid)),
					 errdetail("%s", problem),
					 errhint("Use another type, for instance numeric or text.")));
	}
}

/* refuse triggers that would see a row after it was hashed */
static void
check_triggers(Relation rel)
{
	const TriggerDesc *desc = rel->trigdesc;

	for (int i = 0; desc != NULL && i < desc->numtriggers; i++)
	{
		const Trigger *trigger = &desc->triggers[i];

		if (TRIGGER_FOR_ROW(trigger->tgtype) &&
			TRIGGER_FOR_BEFORE(trigger->tgtype) &&
			TRIGGER_FOR_INSERT(trigger->tgtype) &&
			strcmp(trigger->tgname, SOC2_LEDGER_CHAIN) > 0)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("trigger \"%s\" of table \"%s\" would run after the chaining trigger",
							trigger->tgname, soc2_relation_name(rel)),
					 errdetail("Triggers run in the order of their names, and the chaining trigger is \"%s\".",
							   SOC2_LEDGER_CHAIN),
					 errhint("Rename the trigger.")));
	}
}

/* is the column part of the expression of a generated column? */
static bool
is_generated_from(Relation rel, AttrNumber attnum)
{
	TupleDesc	desc = RelationGetDescr(rel);
	Bitmapset  *used = NULL;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && att->attgenerated != '\0')
			pull_varattnos(build_column_default(rel, att->attnum), 1, &used);
	}
	return bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, used);
}

/* why a column cannot be redactable; NULL if it can */
static const char *
redactable_problem(Relation rel, Form_pg_attribute att)
{
	int			member = att->attnum - FirstLowInvalidHeapAttributeNumber;

	if (att->attgenerated != '\0')
		return "It is a generated column, which is not hashed.";
	if (att->attnotnull)
		return "It is NOT NULL, and redacting sets it to NULL.";
	if (bms_is_member(member,
					  RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_KEY)))
		return "It is part of a key.";
	if (is_partition_key(rel, att->attnum))
		return "It is part of a partition key.";
	if (is_generated_from(rel, att->attnum))
		return "A generated column repeats it.";
	for (int f = 0; f < SOC2_LEDGER_FIELDS; f++)
	{
		if (strcmp(NameStr(att->attname), soc2_ledger_field_name(f)) == 0)
			return "It is a ledger column.";
	}
	return NULL;
}

/* refuse a name that is no redactable column */
static void
check_redactable(Relation rel, const char *name)
{
	Form_pg_attribute att = find_column(rel, name);
	const char *problem;

	if (att == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of table \"%s\" does not exist",
						name, soc2_relation_name(rel)),
				 errhint("Name columns of the table in redactable, as they are spelled.")));
	problem = redactable_problem(rel, att);
	if (problem)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("column \"%s\" of table \"%s\" cannot be redactable",
						name, soc2_relation_name(rel)),
				 errdetail("%s", problem),
				 errhint("Leave it out of redactable, or change the table first.")));
}

/* refuse a definition that makes no ledger, or no part of one */
static void
check_definition(Relation rel, Datum redactable)
{
	Datum	   *names;
	bool	   *nulls;
	int			count;

	for (int f = 0; f < SOC2_LEDGER_FIELDS; f++)
		check_field(rel, f);
	check_columns(rel);
	check_triggers(rel);
	deconstruct_array(DatumGetArrayTypeP(redactable), TEXTOID, -1, false,
					  TYPALIGN_INT, &names, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("redactable columns must not be null"),
					 errhint("Leave nulls out of the array.")));
		check_redactable(rel, TextDatumGetCString(names[i]));
	}
}

/* Refuse a table whose definition makes no ledger */
bool
soc2_ledger_check_candidate(Relation rel, Datum redactable)
{
	List	   *tables = find_all_inheritors(RelationGetRelid(rel), NoLock,
											 NULL);
	ArrayType  *columns = DatumGetArrayTypeP(redactable);
	ListCell   *cell;

	soc2_ledger_check_encoding();
	foreach(cell, tables)
	{
		Relation	table = relation_open(lfirst_oid(cell), NoLock);

		check_definition(table, redactable);
		relation_close(table, NoLock);
	}
	return ArrayGetNItems(ARR_NDIM(columns), ARR_DIMS(columns)) > 0;
}
