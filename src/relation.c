/*-------------------------------------------------------------------------
 *
 * relation.c
 *		Relations of the extension, and those that ledgers, retention and holds
 *		can be of.
 *
 * IDENTIFICATION
 *	  src/relation.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "compat.h"
#include "miscadmin.h"
#include "relation.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* raise that a relation is not there */
static void
raise_missing(Oid relid)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 errmsg("relation with OID %u does not exist", relid)));
}

/* Refuse a caller who does not own a relation */
void
soc2_relation_require_owner(Oid relid)
{
	char	   *name = get_rel_name(relid);

	if (name == NULL)
		raise_missing(relid);
	if (!soc2_relation_ownercheck(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, name);
}

/* Lock a relation to the end of the transaction */
void
soc2_relation_lock(Oid relid, LOCKMODE lockmode)
{
	Relation	rel = try_relation_open(relid, lockmode);

	if (rel == NULL)
		raise_missing(relid);
	relation_close(rel, NoLock);
}

/* what a relation is, if it is not a table; else NULL */
static const char *
kind_problem(Relation rel)
{
	switch (rel->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
			return NULL;
		case RELKIND_FOREIGN_TABLE:
			return "It is a foreign table.";
		case RELKIND_VIEW:
			return "It is a view.";
		case RELKIND_MATVIEW:
			return "It is a materialized view.";
		default:
			return "It is not a table.";
	}
}

/* Is it a ledger of the extension? */
bool
soc2_relation_is_own_ledger(Oid relid)
{
	return OidIsValid(relid) &&
		(relid == soc2_own_relid("evidence") ||
		 relid == soc2_own_relid("ddl_log") ||
		 relid == soc2_own_relid("observed_changes") ||
		 relid == soc2_own_relid("row_changes"));
}

/* why rows of a table are no user's; NULL if they are, or are in such a ledger */
static const char *
origin_problem(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);

	if (relid < FirstNormalObjectId || IsSystemRelation(rel))
		return "It is a system table.";
	if (OidIsValid(getExtensionOfObject(RelationRelationId, relid)) &&
		!soc2_relation_is_own_ledger(relid))
		return "It belongs to an extension.";
	return NULL;
}

/* why a table loses its rows; NULL if it keeps them */
static const char *
persistence_problem(Relation rel)
{
	if (rel->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		return "It is a temporary table.";
	if (rel->rd_rel->relpersistence == RELPERSISTENCE_UNLOGGED)
		return "It is unlogged: a crash empties it.";
	return NULL;
}

/* Why a relation cannot keep rows */
const char *
soc2_relation_storage_problem(Relation rel)
{
	const char *problem = kind_problem(rel);

	return problem != NULL ? problem : persistence_problem(rel);
}

/* Why a relation cannot keep rows, or not those of a user */
const char *
soc2_relation_problem(Relation rel)
{
	const char *problem = kind_problem(rel);

	if (problem == NULL)
		problem = origin_problem(rel);
	return problem != NULL ? problem : persistence_problem(rel);
}

/* OID of a table or index of ours, if it is there */
Oid
soc2_own_relid(const char *name)
{
	Oid			schema = get_namespace_oid("soc2", true);

	return OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;
}

/* OID of a table or index of ours */
Oid
soc2_table_oid(const char *name)
{
	Oid			relid;

	relid = get_relname_relid(name, get_namespace_oid("soc2", false));
	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"soc2.%s\" does not exist", name)));
	return relid;
}

/* Name of a relation, with its schema */
char *
soc2_relation_name(Relation rel)
{
	char	   *schema = get_namespace_name(RelationGetNamespace(rel));

	return quote_qualified_identifier(schema, RelationGetRelationName(rel));
}

/* Name of a relation that is not open, with its schema */
char *
soc2_relation_name_of(Oid relid)
{
	char	   *schema = get_namespace_name(get_rel_namespace(relid));

	return quote_qualified_identifier(schema, get_rel_name(relid));
}

/* A relation and those below it, also while they are being detached */
List *
soc2_relation_with_members(Oid relid, LOCKMODE lockmode)
{
	List	   *members;

	if (lockmode != NoLock)
		LockRelationOid(relid, lockmode);
	members = list_make1_oid(relid);
	/* the list grows while it is gone through */
	for (int i = 0; i < list_length(members); i++)
		members = list_concat_unique_oid(members,
										 find_inheritance_children_extended(list_nth_oid(members, i),
																			false, lockmode,
																			NULL, NULL));
	return members;
}

/* the table that a partition is of, if it has not left it; else InvalidOid */
static Oid
find_parent(Oid relid)
{
	Oid			parent = InvalidOid;
	Relation	inherits;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (!get_rel_relispartition(relid))
		return InvalidOid;
	inherits = table_open(InheritsRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, NULL,
							  1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		parent = ((Form_pg_inherits) GETSTRUCT(tuple))->inhparent;
	systable_endscan(scan);
	table_close(inherits, AccessShareLock);
	return parent;
}

/* A relation and those it is a partition of */
List *
soc2_relation_with_ancestors(Oid relid)
{
	List	   *relids = list_make1_oid(relid);

	/* the list that the server makes ends where one is being detached */
	while (OidIsValid(relid = find_parent(relid)))
		relids = lappend_oid(relids, relid);
	return relids;
}
