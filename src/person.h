/*-------------------------------------------------------------------------
 *
 * person.h
 *		Who acts: the login behind a session, and the person behind a role.
 *
 * IDENTIFICATION
 *	  src/person.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_PERSON_H
#define SOC2_PERSON_H

#include "postgres.h"

/*
 * Name of the role that authenticated, whatever SET ROLE and SET SESSION
 * AUTHORIZATION say; palloc'd
 */
extern char *soc2_login_role(void);

/*
 * Who is behind a role: the owner that soc2.identities has for it, be it the
 * person or who answers for the service, or else the name itself; palloc'd
 */
extern char *soc2_person_of(const char *role);

/*
 * Refuse an act (S2A01) unless the second of two roles or persons is another
 * person than the first; nobody is known to be another than NULL.
 */
extern void soc2_require_second_person(const char *act, const char *first,
									   const char *second);

#endif							/* SOC2_PERSON_H */
