/*-------------------------------------------------------------------------
 *
 * ledger_export.h
 *		What exporting the rows and exporting the log of a ledger share.
 *
 * IDENTIFICATION
 *	  src/ledger_export.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_LEDGER_EXPORT_H
#define SOC2_LEDGER_EXPORT_H

#include "access/htup.h"
#include "common/cryptohash.h"
#include "ledger_json.h"
#include "utils/tuplestore.h"

/* exporting one ledger */
typedef struct soc2_exporter
{
	Relation	rel;
	const soc2_ledger_plan *plan;
	Tuplestorestate *result;
	TupleDesc	result_desc;
	pg_cryptohash_ctx *sum;		/* over the lines */
	int64		lines;
	MemoryContext line_context; /* reset after each line */
} soc2_exporter;

/* writes the line of a row that a query returned */
typedef void (*soc2_line_writer) (soc2_exporter *e, HeapTuple row,
								  TupleDesc desc, StringInfo line);

/*
 * Run a query with the ledger's id as $1 under the snapshot of the statement,
 * and write a line for each row.  SPI is connected and settings are pinned.
 */
extern void soc2_export_query(soc2_exporter *e, const char *query,
							  soc2_line_writer writer);

/* Append a comma, unless this is the first member, and a name */
extern void soc2_export_name(StringInfo line, const char *name);

/* Append what a query returned in a column, by its type: number, hex or uuid */
extern void soc2_export_field(StringInfo line, const char *name,
							  HeapTuple row, TupleDesc desc, int column);

/* Write the seals, the prunes and the leaves of pruned rows */
extern void soc2_export_log(soc2_exporter *e);

#endif							/* SOC2_LEDGER_EXPORT_H */
