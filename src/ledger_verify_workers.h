/*-------------------------------------------------------------------------
 *
 * ledger_verify_workers.h
 *		Parallel workers of soc2.verify_ledger.
 *
 * IDENTIFICATION
 *	  src/ledger_verify_workers.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_LEDGER_VERIFY_WORKERS_H
#define SOC2_LEDGER_VERIFY_WORKERS_H

#include "ledger_verify.h"
#include "storage/dsm.h"
#include "storage/shm_toc.h"

/*
 * How many workers verifying the ledger should have: as many as a parallel scan
 * of the table would, but max_parallel_maintenance_workers at most.  0 where
 * there can be none, as in parallel mode.
 */
extern int	soc2_workers_wanted(const soc2_verifier *v);

/*
 * Enter parallel mode and let workers read the rows.  NULL, and parallel mode
 * is left again, if none can be had.  An error ends the workers with the
 * subtransaction.
 */
extern struct soc2_workers *soc2_workers_begin(soc2_verifier *v, int wanted);

/*
 * Help the workers to read the rows, and wait for them: what
 * soc2_verify_rows() does.  Raises the error of a worker that failed.
 */
extern void soc2_workers_rows(soc2_verifier *v);

/* End the workers, when v->rows has been ended, and leave parallel mode */
extern void soc2_workers_end(soc2_verifier *v);

/* What a worker does */
extern PGDLLEXPORT void soc2_verify_worker_main(dsm_segment *segment,
												shm_toc *toc);

#endif							/* SOC2_LEDGER_VERIFY_WORKERS_H */
