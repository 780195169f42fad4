/*-------------------------------------------------------------------------
 *
 * ledger_create.h
 *		The parts of making a ledger of a table.
 *
 * IDENTIFICATION
 *	  src/ledger_create.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_LEDGER_CREATE_H
#define SOC2_LEDGER_CREATE_H

#include "ledger.h"

/* name of the chaining trigger: triggers run in the order of their names */
#define SOC2_LEDGER_CHAIN	"zz_soc2_chain"

/*
 * Open a table that is to become a ledger and lock it against everybody.
 * Raises an error unless it is of a suitable kind and the caller its owner.
 */
extern Relation soc2_ledger_open_candidate(Oid relid);

/*
 * Refuse a table whose definition makes no ledger, with these redactable
 * columns, a text[].  True if there is a redactable column.
 */
extern bool soc2_ledger_check_candidate(Relation rel, Datum redactable);

/*
 * Give a table that has become a part of a partitioned ledger, and those below
 * it, the guard against TRUNCATE where it has none: partitions are not given
 * triggers for statements.  All are locked against everybody.
 */
extern void soc2_ledger_guard_parts(Oid relid);

/*
 * Write all rows of a table, one partition after the other, anew, chained in
 * lane 0 in the order in which they lie.  The table has the ledger columns and
 * an entry, is locked against everybody and not in use.  Raises 55000 if a row has a ledger column filled.
 */
extern void soc2_ledger_rewrite(Oid relid);

#endif							/* SOC2_LEDGER_CREATE_H */
