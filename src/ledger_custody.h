/*-------------------------------------------------------------------------
 *
 * ledger_custody.h
 *		What redacting and pruning share.
 *
 * The guard of a ledger refuses every UPDATE and DELETE.  A function that may
 * do one describes it in a pass and runs the statement under it: the guard then
 * lets through what the pass describes, and nothing else.
 *
 * IDENTIFICATION
 *	  src/ledger_custody.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_LEDGER_CUSTODY_H
#define SOC2_LEDGER_CUSTODY_H

#include "commands/trigger.h"
#include "ledger.h"
#include "relation.h"

/* arguments of a statement at most */
#define SOC2_STATEMENT_ARGUMENTS	12

/* a statement, and what came of it */
typedef struct soc2_statement
{
	const char *sql;
	int			count;			/* of arguments, none of them NULL */
	Oid			types[SOC2_STATEMENT_ARGUMENTS];
	Datum		values[SOC2_STATEMENT_ARGUMENTS];
	uint64		rows;			/* that it returned or changed */
	bool		isnull;			/* there is no number */
	int64		number;			/* first column of the first row, a bigint */
} soc2_statement;

/* what the guard of one ledger lets through, in any of its parts */
typedef struct soc2_custody_pass
{
	Oid			ledger;
	bool		redacts;		/* an UPDATE that redacts, or else a DELETE */
	int32		lane;
	int64		first;			/* positions of the rows */
	int64		last;
} soc2_custody_pass;

/* a ledger that somebody is about to act on */
typedef struct soc2_custody
{
	Relation	rel;
	const soc2_ledger_plan *plan;
	char	   *name;			/* of the table, qualified and quoted */
	char	   *reason;
	int32		lane;
} soc2_custody;

/*
 * Open a ledger to act on it.  Raises 42809 if the table is no ledger and
 * 22023 if the reason is empty.  There is one who acts on a ledger at a time,
 * until the end of his transaction.  Ends with table_close(custody->rel,
 * NoLock).
 */
extern void soc2_custody_open(soc2_custody *custody, Oid relid, int32 lane,
							  const text *reason);

/* Begin a statement, and give it its next argument */
extern void soc2_statement_begin(soc2_statement *statement, const char *sql);
extern void soc2_statement_add(soc2_statement *statement, Oid type,
							   Datum value);

/* The same with a digest, which the statement sees as a bytea */
extern void soc2_statement_add_digest(soc2_statement *statement,
									  const soc2_digest *digest);

/*
 * Run a statement as the owner of a table, in pg_catalog alone.  With a pass,
 * the guard of the table of the pass lets through what it describes.
 */
extern void soc2_execute_as_owner(Oid relid, soc2_statement *statement,
								  const soc2_custody_pass *pass);

/* Does the pass of the running statement describe what a guard is asked? */
extern bool soc2_custody_allows(const TriggerData *trigdata);

/*
 * Does an update do nothing but redact a row: are its redactable columns and its
 * salt NULL after it, and all else as before?
 */
extern bool soc2_update_redacts(const soc2_ledger_plan *plan,
								const TriggerData *trigdata);

/*
 * Is what a guard is asked a change of a publisher's, applied here, that a record
 * of his stands for?  Always false but in a worker of logical replication.
 */
extern bool soc2_replica_allows(const TriggerData *trigdata);

/* {"ledger": ..., "lane": ..., "reason": ...}, still without its end */
extern void soc2_custody_payload(StringInfo payload,
								 const soc2_custody *custody);

#endif							/* SOC2_LEDGER_CUSTODY_H */
