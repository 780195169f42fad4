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
#include "lib/stringinfo.h"

/* a row of soc2.checks */
typedef struct soc2_check
{
	char	   *check_id;
	char	   *title;
	char	   *severity;
	char	   *query;
	Datum		parameters;		/* jsonb */
	Datum		criteria;		/* soc2.criterion_set */
	Oid			criteria_type;	/* its type oid */
} soc2_check;

typedef enum soc2_outcome
{
	SOC2_OUTCOME_PASS,
	SOC2_OUTCOME_FAIL,
	SOC2_OUTCOME_NOT_OCCURRING,
	SOC2_OUTCOME_ERROR,
	SOC2_OUTCOME_INSUFFICIENT_PRIVILEGE
} soc2_outcome;

/* what one run of a check found */
typedef struct soc2_check_run
{
	MemoryContext context;		/* where all of this lives */
	soc2_outcome outcome;
	char	   *reason;			/* one line */
	int64		population;
	int64		failures;
	int64		undecided;		/* members of which ok was NULL */
	bool		hashed;			/* was the population read to its end? */
	uint8		hash[PG_SHA256_DIGEST_LENGTH];	/* of the ordered population */
	StringInfoData failing;		/* JSON array of failing members, or empty */
} soc2_check_run;

/* what all runs of one call of soc2.assess() share */
typedef struct soc2_assessment
{
	Datum		run_id;			/* uuid */
	char	   *note;			/* NULL if none was given */
} soc2_assessment;

/* Name of an outcome, as in the manual */
extern const char *soc2_outcome_name(soc2_outcome outcome);

/*
 * Read the checks that a selector names and that this server version has, in
 * order of their ids, into the current SPI context.  Returns how many; a
 * selector that names none raises 22023.  Needs an SPI connection.
 */
extern size_t soc2_checks_select(const char *selector, soc2_check **checks);

/* Start an assessment: give it an id.  Needs an SPI connection. */
extern void soc2_assessment_open(soc2_assessment *assessment, char *note);

/* kind of the evidence of a run; nobody but the runner records it */
#define SOC2_CHECK_RUN_KIND	"check_run"

/*
 * Is a run being recorded right now?  The trigger of soc2.evidence asks, so
 * that nobody can pass a row of his own off as the run of a check.
 */
extern bool soc2_check_run_is_recorded(void);

/*
 * Record a run as evidence with what an auditor asks of information that the
 * entity produced.  Needs an SPI connection.
 */
extern void soc2_check_run_record(const soc2_assessment *assessment,
								  const soc2_check *check,
								  const soc2_check_run *run);

#endif							/* SOC2_CHECK_RUNNER_H */
