/*-------------------------------------------------------------------------
 *
 * guard_member.c
 *		Changes of the extension's functions and schema, and of types that
 *		ledgers have values of.
 *
 * IDENTIFICATION
 *	  src/guard_member.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "guard.h"
#include "soc2.h"
#include "soc2_errcodes.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Refuse to change an object of the extension */
void
soc2_guard_refuse_member(const char *kind, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_SOC2_GUARDED),
			 errmsg("%s \"%s\" is guarded", kind, name),
			 errdetail("Ledgers are chained, guarded and verified with what belongs to extension \"%s\".",
					   "soc2"),
			 errhint("Only scripts of the extension change it: ALTER EXTENSION soc2 UPDATE.")));
}

/* does an object belong to the extension? */
static bool
is_member(Oid class, Oid object)
{
	Oid			extension = getExtensionOfObject(class, object);

	return OidIsValid(extension) &&
		extension == get_extension_oid("soc2", true);
}

/* A function was altered or replaced, or created */
void
soc2_guard_function_altered(Oid function)
{
	/* who owns it and who may call it is for the administrator to say */
	static const AttrNumber except[] = {
		Anum_pg_proc_proowner, Anum_pg_proc_proacl
	};
	soc2_catalog_row row;

	/* a new one is not visible yet */
	if (!SearchSysCacheExists1(PROCOID, ObjectIdGetDatum(function)) ||
		!is_member(ProcedureRelationId, function))
		return;
	row = soc2_catalog_find_oid(ProcedureRelationId, ProcedureOidIndexId,
								function);
	if (row.before == NULL || row.after == NULL)
		return;
	if (soc2_catalog_differs(ProcedureRelationId, &row, except,
							 lengthof(except)) && soc2_guard_is_up())
		soc2_guard_refuse_member("function", format_procedure(function));
}

/* A schema was altered: ours is found by its name */
void
soc2_guard_schema_altered(Oid schema)
{
	static const AttrNumber except[] = {
		Anum_pg_namespace_nspowner, Anum_pg_namespace_nspacl
	};
	soc2_catalog_row row;

	if (!is_member(NamespaceRelationId, schema))
		return;
	row = soc2_catalog_find_oid(NamespaceRelationId, NamespaceOidIndexId,
								schema);
	if (row.before == NULL || row.after == NULL)
		return;
	if (soc2_catalog_differs(NamespaceRelationId, &row, except,
							 lengthof(except)) && soc2_guard_is_up())
		soc2_guard_refuse_member("schema",
								 NameStr(((Form_pg_namespace) GETSTRUCT(row.before))->nspname));
}

/* has a label of an enum type another name now? */
static bool
is_relabelled(Oid type)
{
	Relation	rel = table_open(EnumRelationId, AccessShareLock);
	bool		relabelled = false;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_enum_enumtypid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(type));
	scan = systable_beginscan(rel, EnumTypIdLabelIndexId, true, NULL, 1, &key);
	while (!relabelled && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Oid			label = ((Form_pg_enum) GETSTRUCT(tuple))->oid;
		soc2_catalog_row row = soc2_catalog_find_oid(EnumRelationId,
													 EnumOidIndexId, label);

		relabelled = row.before != NULL && row.after != NULL &&
			soc2_catalog_differs(EnumRelationId, &row, NULL, 0);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return relabelled;
}

/* A type was altered */
void
soc2_guard_type_altered(Oid type)
{
	Oid			user;

	if (get_typtype(type) != TYPTYPE_ENUM || !is_relabelled(type))
		return;
	user = soc2_guard_type_user(type);
	if (OidIsValid(user) && soc2_guard_is_up())
		soc2_guard_refuse_change(user,
								 psprintf("It has values of type \"%s\", whose texts would change.",
										  format_type_be(type)));
}
