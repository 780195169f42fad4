/*-------------------------------------------------------------------------
 *
 * relation.h
 *		Which relations ledgers, retention and holds can be of, and whose.
 *
 * IDENTIFICATION
 *	  src/relation.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_RELATION_H
#define SOC2_RELATION_H

#include "utils/relcache.h"

/*
 * Refuse a caller who does not own a relation (42501), or one that is not there
 * (42P01).  Needs no lock; what is true before waiting for one need not be
 * after.
 */
extern void soc2_relation_require_owner(Oid relid);

/*
 * Why a relation cannot keep rows: it is no table, or one that is emptied.  A
 * sentence; NULL if it can.
 */
extern const char *soc2_relation_storage_problem(Relation rel);

/* The same, and why its rows are no user's: a system table, or an extension's */
extern const char *soc2_relation_problem(Relation rel);

#endif							/* SOC2_RELATION_H */
