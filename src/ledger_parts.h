/*-------------------------------------------------------------------------
 *
 * ledger_parts.h
 *		Which tables make up a ledger.
 *
 * IDENTIFICATION
 *	  src/ledger_parts.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_LEDGER_PARTS_H
#define SOC2_LEDGER_PARTS_H

#include "access/genam.h"
#include "ledger.h"

/*
 * Begin to scan soc2.ledgers for the entry of a table.  What is committed and
 * what this transaction wrote counts, of any age: a repeatable read transaction
 * must not miss an entry that was made after it began.
 */
extern SysScanDesc soc2_ledger_scan_entry(Relation ledgers, Oid relid);

/*
 * The ledger that an open table belongs to: the topmost table above it that has
 * an entry in soc2.ledgers or the chaining trigger, or else the table itself,
 * which need not be a ledger.
 */
extern Oid	soc2_ledger_of(Relation rel);

/*
 * Note in a plan all tables below a partitioned one, in the current context.
 */
extern void soc2_ledger_find_members(soc2_ledger_plan *plan, Oid relid);

#endif							/* SOC2_LEDGER_PARTS_H */
