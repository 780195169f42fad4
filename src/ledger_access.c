/*-------------------------------------------------------------------------
 *
 * ledger_access.c
 *		May the caller know all rows of a ledger?
 *
 * IDENTIFICATION
 *	  src/ledger_access.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ledger.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/rel.h"
#include "utils/rls.h"

/* Does row security hide rows from a caller who may select? */
bool
soc2_ledger_hides_rows(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);
	AclResult	result = pg_class_aclcheck(relid, GetUserId(), ACL_SELECT);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_TABLE, RelationGetRelationName(rel));
	return check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED;
}
