/*-------------------------------------------------------------------------
 *
 * track_read.h
 *		What reading row history shares.
 *
 * IDENTIFICATION
 *	  src/track_read.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_TRACK_READ_H
#define SOC2_TRACK_READ_H

#include "executor/spi.h"
#include "ledger_custody.h"
#include "track.h"

/* a row of the result, which lives until the next one is read */
typedef void (*soc2_track_reader) (HeapTuple tuple, TupleDesc desc,
								   void *context);

/*
 * Run a query as the owner of soc2.row_changes, in the snapshot of the caller,
 * and hand its rows over one after another.
 */
extern void soc2_track_query(soc2_statement *query,
							 soc2_track_reader reader, void *context);

/*
 * The history that a table, or one that it is a partition of, has or had.
 * Raises 55000 if there is none.
 */
extern void soc2_track_require(Relation rel, soc2_track_entry *entry);

/* Refuse a caller who may not select all rows of a table (42501) */
extern void soc2_track_require_reader(Relation rel);

#endif							/* SOC2_TRACK_READ_H */
