/*-------------------------------------------------------------------------
 *
 * relation.h
 *		Relations of the extension, and those that ledgers, retention and holds
 *		can be of.
 *
 * IDENTIFICATION
 *	  src/relation.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_RELATION_H
#define SOC2_RELATION_H

#include "nodes/pg_list.h"
#include "storage/lockdefs.h"
#include "utils/relcache.h"

/*
 * Refuse a caller who does not own a relation (42501), or one that is not there
 * (42P01).  Needs no lock; what is true before waiting for one need not be
 * after.
 */
extern void soc2_relation_require_owner(Oid relid);

/*
 * Lock a relation to the end of the transaction; raises 42P01 if it is not there,
 * or went while the lock was waited for
 */
extern void soc2_relation_lock(Oid relid, LOCKMODE lockmode);

/*
 * Why a relation cannot keep rows: it is no table, or one that is emptied.  A
 * sentence; NULL if it can.
 */
extern const char *soc2_relation_storage_problem(Relation rel);

/*
 * The same, and why its rows are no user's: a system table, or an extension's,
 * but for its ledgers
 */
extern const char *soc2_relation_problem(Relation rel);

/*
 * Is it a ledger of the extension?  It has the triggers of a policy from the start,
 * with or without one, as a dump keeps no others.
 */
extern bool soc2_relation_is_own_ledger(Oid relid);

/* OID of a table or index of ours; InvalidOid if it is not there */
extern Oid	soc2_own_relid(const char *name);

/* The same; raises 42P01 if it is not there */
extern Oid	soc2_table_oid(const char *name);

/* Name of a relation as messages quote it, with its schema; palloc'd */
extern char *soc2_relation_name(Relation rel);
extern char *soc2_relation_name_of(Oid relid);

/*
 * OIDs of a relation and of those that inherit from it, or are its partitions;
 * locked.  One that is being detached concurrently, which find_all_inheritors()
 * passes over, is among them.
 */
extern List *soc2_relation_with_members(Oid relid, LOCKMODE lockmode);

/*
 * OIDs of a relation and of those it is a partition of, the topmost last.  One
 * that is being detached concurrently is a partition until that is complete.
 */
extern List *soc2_relation_with_ancestors(Oid relid);

#endif							/* SOC2_RELATION_H */
