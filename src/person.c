/*-------------------------------------------------------------------------
 *
 * person.c
 *		Who acts: the login behind a session, and the person behind a role.
 *
 * A rule that asks for two persons is not met by one who has two roles.  What
 * the server knows is who authenticated; that two logins are one person is what
 * soc2.identities says.
 *
 * IDENTIFICATION
 *	  src/person.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "ledger.h"
#include "miscadmin.h"
#include "person.h"
#include "relation.h"
#include "soc2_errcodes.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(soc2_login_role_name);
PG_FUNCTION_INFO_V1(soc2_person_of_role);
PG_FUNCTION_INFO_V1(soc2_second_person);

/* columns of soc2.identities */
#define IDENTITY_ROLE 1
#define IDENTITY_OWNER 3

/* The role that authenticated */
char *
soc2_login_role(void)
{
	return GetUserNameFromId(GetAuthenticatedUserId(), false);
}

/* Who is behind a role */
char *
soc2_person_of(const char *role)
{
	Relation	identities = table_open(soc2_table_oid("identities"),
										AccessShareLock);
	char	   *person = NULL;
	NameData	name;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		isnull;

	namestrcpy(&name, role);
	ScanKeyInit(&key, IDENTITY_ROLE, BTEqualStrategyNumber, F_NAMEEQ,
				NameGetDatum(&name));
	scan = systable_beginscan(identities, soc2_table_oid("soc2_identities_pkey"),
							  true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple) && strlen(role) < NAMEDATALEN)
		person = TextDatumGetCString(soc2_own_column(identities, tuple,
													 IDENTITY_OWNER, &isnull));
	systable_endscan(scan);
	table_close(identities, AccessShareLock);
	return person ? person : pstrdup(role);
}

/* Refuse an act of the same person */
void
soc2_require_second_person(const char *act, const char *first,
						   const char *second)
{
	if (first == NULL || second == NULL ||
		strcmp(soc2_person_of(first), soc2_person_of(second)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_SOC2_SECOND_PERSON),
				 errmsg("%s requires a second person", act),
				 errhint("Log in as a role of another person than the one that asked for it.")));
}

/* soc2.login_role() */
Datum
soc2_login_role_name(PG_FUNCTION_ARGS)
{
	Name		result = palloc0(NAMEDATALEN);

	namestrcpy(result, soc2_login_role());
	PG_RETURN_NAME(result);
}

/* soc2.person_of(role) */
Datum
soc2_person_of_role(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(soc2_person_of(NameStr(*PG_GETARG_NAME(0)))));
}

/* soc2.require_second_person(act, first, second) */
Datum
soc2_second_person(PG_FUNCTION_ARGS)
{
	soc2_require_second_person(PG_ARGISNULL(0) ? "this" :
							   text_to_cstring(PG_GETARG_TEXT_PP(0)),
							   PG_ARGISNULL(1) ? NULL :
							   NameStr(*PG_GETARG_NAME(1)),
							   PG_ARGISNULL(2) ? NULL :
							   NameStr(*PG_GETARG_NAME(2)));
	PG_RETURN_BOOL(true);
}
