/*-------------------------------------------------------------------------
 *
 * consent.h
 *		Consents, and the tables whose rows need one.
 *
 * soc2.consents grows: of the rows of a subject and a purpose, the one that took
 * effect last says whether the subject agrees.  They are found by a hash of both,
 * which an index of the table has; see consent_lookup.c.
 *
 * Writing a row that needs a consent and withdrawing that consent exclude each
 * other.  Who writes locks what the consent belongs to, and looks it up in a
 * snapshot that is taken then; who withdraws locks the same, and waits until the
 * transactions that rely on the consent have ended.  So a row that was written with
 * a consent is there for whoever deletes the rows after withdrawing it.
 *
 * A purpose has buckets of subjects.  Who writes takes SHARE on a bucket, or on
 * the purpose if there are many; who withdraws takes ROW EXCLUSIVE on the purpose
 * and the bucket, so that withdrawals never wait for each other.
 *
 * IDENTIFICATION
 *	  src/consent.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CONSENT_H
#define SOC2_CONSENT_H

#include "access/genam.h"
#include "catalog/pg_trigger.h"
#include "compat.h"
#include "executor/tuptable.h"
#include "nodes/pg_list.h"
#include "storage/buf.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"
#include "utils/timestamp.h"

#define SOC2_CONSENTS			"consents"
#define SOC2_CONSENTS_INDEX		"soc2_consents_state_idx"
#define SOC2_CONSENT_GUARDS		"consent_guards"
#define SOC2_CONSENT_FUNCTION	"consent_guard"

/* class of the locks, beside SOC2_LEDGER_LOCK_CLASS and SOC2_SHRED_LOCK_CLASS */
#define SOC2_CONSENT_LOCK_CLASS	7

/* columns of soc2.consents; new ones are appended */
enum
{
	SOC2_CONSENT_SUBJECT = 2,
	SOC2_CONSENT_PURPOSE,
	SOC2_CONSENT_GIVEN,
	SOC2_CONSENT_EFFECTIVE_AT,
	SOC2_CONSENT_EXPIRES_AT = 9
};

/* arguments of the trigger */
enum
{
	SOC2_CONSENT_ARG_PURPOSE,
	SOC2_CONSENT_ARG_COLUMN,
	SOC2_CONSENT_ARG_KIND,		/* of subjects, before a colon; or empty */
	SOC2_CONSENT_ARGS
};

/* what became of the consent of a subject */
typedef enum soc2_consent_verdict
{
	SOC2_CONSENT_LIVE,
	SOC2_CONSENT_NO_SUBJECT,
	SOC2_CONSENT_NONE,			/* none was given, or none is in effect yet */
	SOC2_CONSENT_WITHDRAWN,
	SOC2_CONSENT_EXPIRED
} soc2_consent_verdict;

/* a text in the encoding of the server */
typedef struct soc2_consent_text
{
	const char *bytes;
	int			len;
} soc2_consent_text;

/* Number of a purpose, and of a subject for that purpose, as the index has it */
extern int64 soc2_consent_purpose_key(soc2_consent_text purpose);
extern int64 soc2_consent_key(int64 purpose_key, soc2_consent_text subject);

/*
 * Lock what is written for subjects of a purpose, given by their numbers, or what
 * is withdrawn of one, to the end of the transaction.
 */
extern void soc2_consent_lock_writing(int64 purpose_key, const int64 *keys,
									  int count);
extern void soc2_consent_lock_withdrawing(int64 purpose_key, int64 key);

/* consents of a purpose that are looked up one after the other */
typedef struct soc2_consent_lookup
{
	soc2_consent_text purpose;
	Relation	consents;
	Relation	index;
	Snapshot	snapshot;
	TimestampTz now;
	IndexScanDesc scan;
	TupleTableSlot *slot;
	Buffer		map;			/* of the visibility map */
} soc2_consent_lookup;

/*
 * Begin to look up consents of a purpose as they are at this moment: those that
 * are committed, and those of this transaction.  The table stays locked to the end
 * of it.
 */
extern void soc2_consent_lookup_begin(soc2_consent_lookup *lookup,
									  soc2_consent_text purpose);
extern soc2_consent_verdict soc2_consent_judge(soc2_consent_lookup *lookup,
											   int64 key,
											   soc2_consent_text subject);
extern void soc2_consent_lookup_end(soc2_consent_lookup *lookup);

/* A column of a table, by its name, got another one, or is about to go (S2G01) */
extern void soc2_consent_check_column(Oid relid, const char *name);

/* A table came to be a partition of another one: it gets its triggers */
extern void soc2_consent_follow_partition(Oid child, Oid parent);

/* A table is about to be dropped: its entries go */
extern void soc2_consent_table_dropped(Oid relid);

/* Is it a trigger of a table that needs consents, and guarded? */
extern bool soc2_consent_has_trigger(Form_pg_trigger trigger);

/* Is a table without a trigger that it needs? */
extern bool soc2_consent_lacks_trigger(Oid relid);

/* Refuse to weaken or drop such a trigger (S2G01) */
pg_noreturn extern void soc2_consent_refuse_trigger(Oid relid,
													const char *name);

#endif							/* SOC2_CONSENT_H */
