/*-------------------------------------------------------------------------
 *
 * ledger_types.c
 *		Which types columns of a ledger may have.
 *
 * The text of a value is what is hashed: doc/ledger-format.md, section 2.  It
 * must depend on nothing but the value and the pinned settings.
 *
 * IDENTIFICATION
 *	  src/ledger_types.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "ledger.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* what the text of such a value depends on; NULL if on nothing else */
static const char *
base_type_problem(Oid type)
{
	Oid			output;
	bool		is_varlena;

	switch (type)
	{
		case CASHOID:
			return "The text of a value depends on lc_monetary.";
		case ACLITEMOID:
		case REGCLASSOID:
		case REGCOLLATIONOID:
		case REGCONFIGOID:
		case REGDICTIONARYOID:
		case REGNAMESPACEOID:
		case REGOPEROID:
		case REGOPERATOROID:
		case REGPROCOID:
		case REGPROCEDUREOID:
		case REGROLEOID:
		case REGTYPEOID:
			return "The text of a value depends on the names of other objects.";
		default:
			getTypeOutputInfo(type, &output, &is_varlena);
			if (func_volatile(output) == PROVOLATILE_VOLATILE)
				return "Its output function is volatile.";
			return NULL;
	}
}

/* the same for a row type: what its members depend on */
static const char *
composite_problem(Oid type)
{
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(type, -1);
	const char *problem = NULL;

	for (int i = 0; i < desc->natts && problem == NULL; i++)
	{
		if (!TupleDescAttr(desc, i)->attisdropped)
			problem = soc2_ledger_type_problem(TupleDescAttr(desc,
															 i)->atttypid);
	}
	FreeTupleDesc(desc);
	return problem;
}

/* What the texts of a type depend on that they must not depend on */
const char *
soc2_ledger_type_problem(Oid type)
{
	Oid			inner;

	check_stack_depth();
	type = getBaseType(type);
	inner = get_element_type(type);
	if (OidIsValid(inner))
		return soc2_ledger_type_problem(inner);
	switch (get_typtype(type))
	{
		case TYPTYPE_COMPOSITE:
			return composite_problem(type);
		case TYPTYPE_RANGE:
			return soc2_ledger_type_problem(get_range_subtype(type));
		case TYPTYPE_MULTIRANGE:
			return soc2_ledger_type_problem(get_multirange_range(type));
		default:
			return base_type_problem(type);
	}
}

/* the same for a member of a row type */
static bool
composite_contains(Oid type, Oid part)
{
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(type, -1);
	bool		contains = false;

	for (int i = 0; i < desc->natts && !contains; i++)
	{
		if (!TupleDescAttr(desc, i)->attisdropped)
			contains = soc2_ledger_type_contains(TupleDescAttr(desc,
															   i)->atttypid,
												 part);
	}
	FreeTupleDesc(desc);
	return contains;
}

/* Do values of a type consist of, or contain, values of another? */
bool
soc2_ledger_type_contains(Oid type, Oid part)
{
	Oid			inner;

	check_stack_depth();
	type = getBaseType(type);
	if (type == part)
		return true;
	inner = get_element_type(type);
	if (OidIsValid(inner))
		return soc2_ledger_type_contains(inner, part);
	switch (get_typtype(type))
	{
		case TYPTYPE_COMPOSITE:
			return composite_contains(type, part);
		case TYPTYPE_RANGE:
			return soc2_ledger_type_contains(get_range_subtype(type), part);
		case TYPTYPE_MULTIRANGE:
			return soc2_ledger_type_contains(get_multirange_range(type), part);
		default:
			return false;
	}
}
