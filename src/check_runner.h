/*-------------------------------------------------------------------------
 *
 * check_runner.h
 *		A check, one run of it, and the evidence of the run.
 *
 * IDENTIFICATION
 *	  src/check_runner.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CHECK_RUNNER_H
#define SOC2_CHECK_RUNNER_H

#include "common/sha2.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "utils/tuplestore.h"
#include "utils/uuid.h"

/* settings, see check_runner.c */
extern int	soc2_check_timeout_setting;
extern int	soc2_max_results_setting;

/* a row of soc2.checks_in_force */
typedef struct soc2_check
{
	char	   *check_id;
	char	   *title;
	char	   *severity;
	char	   *query;
	Datum		parameters;		/* jsonb */
	Datum		criteria;		/* soc2.criterion_set */
	Oid			criteria_type;	/* its type oid */
	char	   *role_name;		/* that it runs as */
	Oid			role;			/* InvalidOid if there is no such role */
	int			timeout;		/* in milliseconds; 0: none */
	char	   *missing;		/* grants that the role lacks, or NULL */
	List	   *functions;		/* OIDs of functions among its needs */
} soc2_check;

typedef enum soc2_outcome
{
	SOC2_OUTCOME_PASS,
	SOC2_OUTCOME_FAIL,
	SOC2_OUTCOME_NOT_OCCURRING,
	SOC2_OUTCOME_ERROR,
	SOC2_OUTCOME_INSUFFICIENT_PRIVILEGE
} soc2_outcome;

/* columns of a population, from 1 */
enum
{
	SOC2_MEMBER_RESOURCE = 1,
	SOC2_MEMBER_OK,
	SOC2_MEMBER_REASON,
	SOC2_MEMBER_COLUMNS = SOC2_MEMBER_REASON
};

/* what one run of a check found */
typedef struct soc2_check_run
{
	MemoryContext context;		/* where all of this lives */
	soc2_outcome outcome;
	char	   *reason;			/* one line */
	int64		population;
	int64		failures;
	int64		undecided;		/* members of which ok was NULL */
	int64		waived;			/* failing members that are waived */
	bool		hashed;			/* was the population read to its end? */
	uint8		hash[PG_SHA256_DIGEST_LENGTH];	/* of the ordered population */
	StringInfoData failing;		/* JSON array of failing members, or empty */
	int64		limit;			/* of members kept, of either kind */
	bool		keep_passing;	/* are passing members kept at all? */
	Tuplestorestate *members;	/* those kept, in order */
	TupleDesc	desc;			/* of them */
	int64		kept;
} soc2_check_run;

/* what all runs of one call of soc2.assess() share */
typedef struct soc2_assessment
{
	Datum		run_id;			/* uuid */
	char	   *note;			/* NULL if none was given */
	char	   *snapshot;		/* that the checks see */
	bool		record;
	SPIPlanPtr	record_plan;	/* NULL until a run is recorded */
} soc2_assessment;

/* Name of an outcome, as in the manual */
extern const char *soc2_outcome_name(soc2_outcome outcome);

/*
 * Read the checks that a selector names and that this server version has, in
 * order of their ids, into the current SPI context.  Returns how many; a
 * selector that names none raises 22023.  Needs an SPI connection.
 */
extern size_t soc2_checks_select(const char *selector, soc2_check **checks);

/*
 * Run one check in a sandbox, within a subtransaction that is rolled back.
 * Sets everything in *run, which lives in the current context, but waived; the
 * caller has set limit and keep_passing, and ends run->members.  An error is
 * an outcome.  Being cancelled is not, unless the time of the check was up.
 */
extern void soc2_check_execute(const soc2_check *check, soc2_check_run *run);

/*
 * Read the population of a check, in order: count, hash, and keep its members.
 * Raises 42804 if the query has other columns, 22004 for a member without a
 * name, 21000 for one that comes twice and 22001 for one with a name that is
 * too long.  Called in the sandbox.
 */
extern void soc2_population_read(soc2_check_run *run,
								 const soc2_check *check);

/* A query that returns the rows of a check's query in order, to be freed */
extern char *soc2_population_query(const char *query);

/*
 * Raise 42804 unless a query returns the columns of a population; desc is of
 * what it returns, NULL if that is nothing.
 */
extern void soc2_population_require(TupleDesc desc);

/* Start an assessment: give it an id.  Needs an SPI connection. */
extern void soc2_assessment_open(soc2_assessment *assessment, char *note,
								 bool record);

/* kind of the evidence of a run; nobody but the runner records it */
#define SOC2_CHECK_RUN_KIND	"check_run"

/*
 * Is a run being recorded right now?  The trigger of soc2.evidence asks, so
 * that nobody can pass a row of his own off as the run of a check.
 */
extern bool soc2_check_run_is_recorded(void);

/*
 * Count the failing members that are waived now, of those that were kept, into
 * run->waived.
 */
extern void soc2_check_run_count_waived(const soc2_check *check,
										soc2_check_run *run);

/*
 * Record a run as evidence with what an auditor asks of information that the
 * entity produced, and the members that were kept.  Needs an SPI connection.
 */
extern void soc2_check_run_record(soc2_assessment *assessment,
								  const soc2_check *check,
								  const soc2_check_run *run);

#endif							/* SOC2_CHECK_RUNNER_H */
