/*-------------------------------------------------------------------------
 *
 * ledger_verify_workers.c
 *		soc2.verify_ledger: read the rows of a ledger by several processes.
 *
 * This process and the workers share one scan of each table, in one snapshot, and
 * one sort of the rows: each sorts what it read, and this process merges that.
 * A second sort of the same kind brings the rows that are malformed into the
 * order of the table.  So what is reported does not depend on who read what.
 *
 * Shared memory has the sizes of these things only.  The rows go through
 * temporary files that all processes see; they are there until the workers are
 * ended.  Nothing is written but those, so all this runs on a standby and in
 * read-only transactions.
 *
 * IDENTIFICATION
 *	  src/ledger_verify_workers.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/relation.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_proc.h"
#include "executor/instrument.h"
#include "ledger_verify_workers.h"
#include "miscadmin.h"
#include "nodes/pathnodes.h"
#include "optimizer/paths.h"
#include "storage/bufmgr.h"
#include "storage/spin.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/* keys of what is in shared memory; those of the server are far higher */
enum
{
	KEY_SHARED = 1,
	KEY_TABLES,
	KEY_ROWS,
	KEY_MALFORMED,
	KEY_BUFFER_USAGE,
	KEY_WAL_USAGE,
	KEY_SCANS					/* and one more for each table */
};

/* malformed rows are few */
#define MALFORMED_KILOBYTES	64

/* what all processes share */
typedef struct shared_state
{
	Oid			ledger;
	int			tables;			/* that hold its rows */
	int			processes;		/* at most: the workers and this one */
	slock_t		mutex;			/* of what follows */
	uint64		count;			/* rows that were read */
} shared_state;

/* the parts of a parallel verification, as one process has them */
typedef struct soc2_workers
{
	ParallelContext *context;	/* NULL in a worker */
	shared_state *shared;
	Oid		   *tables;
	ParallelTableScanDesc *scans;	/* of each table */
	Sharedsort *rows;			/* of soc2_sorted_row */
	Sharedsort *malformed;		/* of soc2_malformed_row */
	BufferUsage *buffer_usage;	/* of each worker */
	WalUsage   *wal_usage;
} soc2_workers;

/* may the texts of all columns be made in a worker? */
static bool
is_parallel_safe(const soc2_ledger_plan *plan)
{
	for (int i = 0; i < plan->ncolumns; i++)
	{
		if (func_parallel(plan->columns[i].output.fn_oid) != PROPARALLEL_SAFE)
			return false;
	}
	return true;
}

/* pages of all tables of a ledger; 0 if a worker cannot read one of them */
static double
count_pages(const soc2_ledger_parts *parts)
{
	double		pages = 0;

	for (int i = 0; i < parts->count; i++)
	{
		/* workers do not see the buffers of temporary tables */
		if (RelationUsesLocalBuffers(parts->parts[i].rel))
			return 0;
		pages += RelationGetNumberOfBlocks(parts->parts[i].rel);
	}
	return pages;
}

/* How many workers verifying should have */
int
soc2_workers_wanted(const soc2_verifier *v)
{
	int			most = Min(max_parallel_maintenance_workers,
						   max_parallel_workers);
	double		pages = count_pages(&v->parts);
	RelOptInfo *info;

	if (most <= 0 || pages == 0 || IsInParallelMode() || !v->plan->has_id ||
		!is_parallel_safe(v->plan))
		return 0;
	info = makeNode(RelOptInfo);
	info->reloptkind = RELOPT_BASEREL;
	info->rel_parallel_workers = -1;
	if (v->rel->rd_rel->relkind == RELKIND_RELATION)
		info->rel_parallel_workers = RelationGetParallelWorkers(v->rel, -1);
	return compute_parallel_worker(info, pages, -1, most);
}

/* ask for the shared memory that is needed */
static void
estimate(shm_toc_estimator *estimator, const soc2_verifier *v, int wanted)
{
	const soc2_ledger_parts *parts = &v->parts;

	shm_toc_estimate_chunk(estimator, sizeof(shared_state));
	shm_toc_estimate_chunk(estimator, mul_size(sizeof(Oid), parts->count));
	shm_toc_estimate_chunk(estimator, tuplesort_estimate_shared(wanted + 1));
	shm_toc_estimate_chunk(estimator, tuplesort_estimate_shared(wanted + 1));
	shm_toc_estimate_chunk(estimator, mul_size(sizeof(BufferUsage), wanted));
	shm_toc_estimate_chunk(estimator, mul_size(sizeof(WalUsage), wanted));
	for (int i = 0; i < parts->count; i++)
		shm_toc_estimate_chunk(estimator,
							   table_parallelscan_estimate(parts->parts[i].rel,
														   v->snapshot));
	shm_toc_estimate_keys(estimator, KEY_SCANS + parts->count);
}

/* put something into shared memory */
static void *
share(ParallelContext *context, uint64 key, Size size)
{
	void	   *place = shm_toc_allocate(context->toc, size);

	shm_toc_insert(context->toc, key, place);
	return place;
}

/* make a sort that processes share */
static Sharedsort *
share_sort(ParallelContext *context, uint64 key, int processes)
{
	Sharedsort *sort = share(context, key,
							 tuplesort_estimate_shared(processes));

	tuplesort_initialize_shared(sort, processes, context->seg);
	return sort;
}

/* make the scans that processes share */
static void
share_scans(soc2_workers *w, const soc2_verifier *v)
{
	w->scans = palloc(sizeof(ParallelTableScanDesc) * v->parts.count);
	for (int i = 0; i < v->parts.count; i++)
	{
		Relation	rel = v->parts.parts[i].rel;

		w->tables[i] = RelationGetRelid(rel);
		w->scans[i] = share(w->context, KEY_SCANS + i,
							table_parallelscan_estimate(rel, v->snapshot));
		table_parallelscan_initialize(rel, w->scans[i], v->snapshot);
	}
}

/* fill the shared memory */
static void
fill(soc2_workers *w, const soc2_verifier *v, int wanted)
{
	ParallelContext *context = w->context;

	w->shared = share(context, KEY_SHARED, sizeof(shared_state));
	memset(w->shared, 0, sizeof(*w->shared));
	w->shared->ledger = RelationGetRelid(v->rel);
	w->shared->tables = v->parts.count;
	w->shared->processes = wanted + 1;
	SpinLockInit(&w->shared->mutex);
	w->tables = share(context, KEY_TABLES,
					  mul_size(sizeof(Oid), v->parts.count));
	share_scans(w, v);
	w->rows = share_sort(context, KEY_ROWS, wanted + 1);
	w->malformed = share_sort(context, KEY_MALFORMED, wanted + 1);
	w->buffer_usage = share(context, KEY_BUFFER_USAGE,
							mul_size(sizeof(BufferUsage), wanted));
	w->wal_usage = share(context, KEY_WAL_USAGE,
						 mul_size(sizeof(WalUsage), wanted));
}

/* Let workers read the rows */
soc2_workers *
soc2_workers_begin(soc2_verifier *v, int wanted)
{
	soc2_workers *w = palloc0(sizeof(soc2_workers));

	EnterParallelMode();
	w->context = CreateParallelContext("soc2", "soc2_verify_worker_main",
									   wanted);
	estimate(&w->context->estimator, v, wanted);
	InitializeParallelDSM(w->context);
	if (w->context->seg != NULL)
	{
		fill(w, v, wanted);
		LaunchParallelWorkers(w->context);
	}
	ereport(DEBUG1,
			(errmsg_internal("verifying table \"%s\" with %d parallel workers",
							 RelationGetRelationName(v->rel),
							 w->context->nworkers_launched)));
	if (w->context->nworkers_launched > 0)
		return w;
	DestroyParallelContext(w->context);
	ExitParallelMode();
	pfree(w);
	return NULL;
}

/* read and sort the share of this process */
static void
take_share(soc2_verifier *v, const soc2_workers *w)
{
	SortCoordinateData coordinate = {true, -1, NULL};
	soc2_position_sort malformed;

	coordinate.sharedsort = w->rows;
	soc2_sort_begin(&v->rows, sizeof(soc2_sorted_row),
					maintenance_work_mem / 2 / w->shared->processes,
					&coordinate);
	coordinate.sharedsort = w->malformed;
	soc2_sort_begin(&malformed, sizeof(soc2_malformed_row),
					MALFORMED_KILOBYTES, &coordinate);
	soc2_verify_rows(v, w->scans, &malformed);
	soc2_sort_perform(&v->rows);
	soc2_sort_end(&v->rows);
	soc2_sort_perform(&malformed);
	soc2_sort_end(&malformed);
	SpinLockAcquire(&w->shared->mutex);
	w->shared->count += v->count;
	SpinLockRelease(&w->shared->mutex);
}

/* report the rows that are malformed */
static void
report_malformed(soc2_verifier *v, SortCoordinate coordinate)
{
	soc2_position_sort malformed;
	soc2_malformed_row row;
	int64		key;

	soc2_sort_begin(&malformed, sizeof(row), MALFORMED_KILOBYTES, coordinate);
	soc2_sort_perform(&malformed);
	while (soc2_sort_next(&malformed, &key, &row))
		soc2_verify_report_form(v, &row);
	soc2_sort_end(&malformed);
}

/* Help the workers to read the rows */
void
soc2_workers_rows(soc2_verifier *v)
{
	soc2_workers *w = v->workers;
	SortCoordinateData coordinate = {false, 0, NULL};

	take_share(v, w);
	WaitForParallelWorkersToFinish(w->context);
	for (int i = 0; i < w->context->nworkers_launched; i++)
		InstrAccumParallelQuery(&w->buffer_usage[i], &w->wal_usage[i]);
	v->count = w->shared->count;
	coordinate.nParticipants = w->context->nworkers_launched + 1;
	coordinate.sharedsort = w->malformed;
	report_malformed(v, &coordinate);
	coordinate.sharedsort = w->rows;
	soc2_sort_begin(&v->rows, sizeof(soc2_sorted_row),
					maintenance_work_mem / 2, &coordinate);
}

/* End the workers */
void
soc2_workers_end(soc2_verifier *v)
{
	DestroyParallelContext(v->workers->context);
	ExitParallelMode();
	pfree(v->workers);
	v->workers = NULL;
}

/* find in shared memory what a worker needs */
static void
attach(soc2_workers *w, dsm_segment *segment, shm_toc *toc)
{
	w->shared = shm_toc_lookup(toc, KEY_SHARED, false);
	w->tables = shm_toc_lookup(toc, KEY_TABLES, false);
	w->scans = palloc(sizeof(ParallelTableScanDesc) * w->shared->tables);
	for (int i = 0; i < w->shared->tables; i++)
		w->scans[i] = shm_toc_lookup(toc, KEY_SCANS + i, false);
	w->rows = shm_toc_lookup(toc, KEY_ROWS, false);
	w->malformed = shm_toc_lookup(toc, KEY_MALFORMED, false);
	w->buffer_usage = shm_toc_lookup(toc, KEY_BUFFER_USAGE, false);
	w->wal_usage = shm_toc_lookup(toc, KEY_WAL_USAGE, false);
	tuplesort_attach_shared(w->rows, segment);
	tuplesort_attach_shared(w->malformed, segment);
}

/* open the ledger in a worker */
static void
open_ledger(soc2_verifier *v, const soc2_workers *w)
{
	bool		same;

	v->rel = relation_open(w->shared->ledger, AccessShareLock);
	v->plan = soc2_ledger_plan_require(v->rel);
	soc2_ledger_parts_open(&v->parts, v->rel, v->plan);
	v->snapshot = GetActiveSnapshot();
	v->row_context = AllocSetContextCreate(CurrentMemoryContext,
										   "soc2 verified row",
										   ALLOCSET_DEFAULT_SIZES);
	/* a partition may have come since the caller opened the ledger */
	same = v->parts.count == w->shared->tables;
	for (int i = 0; same && i < v->parts.count; i++)
		same = RelationGetRelid(v->parts.parts[i].rel) == w->tables[i];
	if (!same)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("ledger \"%s\" got another partition while it is verified",
						RelationGetRelationName(v->rel)),
				 errhint("Try again.")));
}

/* What a worker does */
void
soc2_verify_worker_main(dsm_segment *segment, shm_toc *toc)
{
	soc2_workers w = {0};
	soc2_verifier v = {0};

	attach(&w, segment, toc);
	open_ledger(&v, &w);
	InstrStartParallelQuery();
	take_share(&v, &w);
	InstrEndParallelQuery(&w.buffer_usage[ParallelWorkerNumber],
						  &w.wal_usage[ParallelWorkerNumber]);
	soc2_ledger_parts_close(&v.parts);
	relation_close(v.rel, AccessShareLock);
}
