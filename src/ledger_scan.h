/*-------------------------------------------------------------------------
 *
 * ledger_scan.h
 *		Reading the rows of a ledger: where they lie, and in their order.
 *
 * The rows of an ordinary table lie in it.  Those of a partitioned one lie in
 * its leaves, whose columns may stand in another order, and each leaf has an
 * index of its own on (lane, position).  Who reads sees one table: rows have
 * the columns of the ledger, and come in the order of lane and position.
 *
 * IDENTIFICATION
 *	  src/ledger_scan.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_LEDGER_SCAN_H
#define SOC2_LEDGER_SCAN_H

#include "access/attmap.h"
#include "access/sdir.h"
#include "access/skey.h"
#include "executor/tuptable.h"
#include "ledger.h"
#include "utils/snapshot.h"

/* a table that holds rows of a ledger */
typedef struct soc2_ledger_part
{
	Relation	rel;
	Oid			index;			/* on (lane, seq); InvalidOid if missing */
	AttrMap    *map;			/* to the columns of the ledger; NULL if they
								 * are the same */
} soc2_ledger_part;

/* all of them */
typedef struct soc2_ledger_parts
{
	Relation	ledger;
	int			count;
	soc2_ledger_part *parts;
	soc2_ledger_part self;		/* of a ledger that is one table */
} soc2_ledger_parts;

/*
 * Open the tables that hold the rows of an open ledger, whose plan this is,
 * for reading.  What is closed stays locked to the end of the transaction.
 */
extern void soc2_ledger_parts_open(soc2_ledger_parts *parts, Relation ledger,
								   const soc2_ledger_plan *plan);
extern void soc2_ledger_parts_close(soc2_ledger_parts *parts);

/*
 * A slot for rows as the table stores them, and one for the same rows as the
 * ledger has them: NULL if they are the same.
 */
extern TupleTableSlot *soc2_ledger_part_slot(const soc2_ledger_part *part);
extern TupleTableSlot *soc2_ledger_part_mapped_slot(const soc2_ledger_parts *parts,
													const soc2_ledger_part *part);

/*
 * The row in slot, which is from soc2_ledger_part_slot(), as the ledger has it:
 * in mapped, or in slot itself if mapped is NULL.  tts_tid and tts_tableOid say
 * where it lies.  It lives as long as what slot holds.
 */
extern TupleTableSlot *soc2_ledger_part_row(const soc2_ledger_part *part,
											TupleTableSlot *slot,
											TupleTableSlot *mapped);

/* most conditions of a scan */
#define SOC2_SCAN_KEYS	2

/* rows of a ledger in the order of lane and position */
typedef struct soc2_ledger_scan
{
	MemoryContext context;		/* where the scan keeps what it allocates */
	Relation	ledger;
	const soc2_ledger_plan *plan;
	Snapshot	snapshot;
	ScanDirection direction;
	int			nkeys;
	ScanKeyData keys[SOC2_SCAN_KEYS];
	soc2_ledger_parts parts;
	struct part_scan *scans;	/* one for each part */
	struct binaryheap *next;	/* of those that have a row; NULL if there is
								 * but one part */
	bool		started;		/* the first of next was returned already */
} soc2_ledger_scan;

/*
 * Begin a scan of an open ledger, whose plan this is, in the current context;
 * the caller may be in another one that is reset when he asks for rows.  Every
 * part has its index, or else 55000 is raised by soc2_ledger_scan_start().
 */
extern void soc2_ledger_scan_begin(soc2_ledger_scan *scan, Relation ledger,
								   const soc2_ledger_plan *plan,
								   Snapshot snapshot);

/*
 * Add a condition on the lane or the position, before the scan is started: as
 * ScanKeyInit().  Rows without a lane, or a position, satisfy none on it.
 */
extern void soc2_ledger_scan_where(soc2_ledger_scan *scan,
								   soc2_ledger_field field,
								   StrategyNumber strategy,
								   RegProcedure procedure, Datum argument);

/* Add the conditions that select the row at a position, in the same way */
extern void soc2_ledger_scan_where_row(soc2_ledger_scan *scan, int32 lane,
									   int64 seq);

/* Start to read: ascending if the direction is forward */
extern void soc2_ledger_scan_start(soc2_ledger_scan *scan,
								   ScanDirection direction);

/*
 * The next row, with the columns of the ledger; NULL at the end.  It lives
 * until the next one is asked for.
 */
extern TupleTableSlot *soc2_ledger_scan_next(soc2_ledger_scan *scan);

/*
 * Where the row that was returned last lies, and the row as it is stored there,
 * which lives as long
 */
extern Relation soc2_ledger_scan_where_stored(const soc2_ledger_scan *scan,
											  TupleTableSlot **stored);

/* End a scan, started or not */
extern void soc2_ledger_scan_end(soc2_ledger_scan *scan);

#endif							/* SOC2_LEDGER_SCAN_H */
