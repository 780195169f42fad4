/*-------------------------------------------------------------------------
 *
 * consent_lookup.c
 *		Does a subject agree to a purpose at this moment?
 *
 * The index of soc2.consents has the number of subject and purpose, when a row
 * took effect, when it was recorded and whether consent was given; read backwards,
 * it tells what is in effect first.  Of rows that cannot be told apart in time, a
 * withdrawal comes first.  It has all else that is asked for too, so that the table
 * is read only for rows that came since it was vacuumed.
 *
 * IDENTIFICATION
 *	  src/consent_lookup.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/skey.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "compat.h"
#include "consent.h"
#include "relation.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* columns of the index */
enum
{
	INDEX_KEY = 1,
	INDEX_EFFECTIVE_AT,
	INDEX_RECORDED_AT,
	INDEX_GIVEN,
	INDEX_SUBJECT,
	INDEX_PURPOSE,
	INDEX_EXPIRES_AT
};

/* how many of them are looked for */
#define INDEX_KEYS	INDEX_EFFECTIVE_AT

/* Begin to look up consents */
void
soc2_consent_lookup_begin(soc2_consent_lookup *lookup,
						  soc2_consent_text purpose)
{
	lookup->purpose = purpose;
	lookup->consents = table_open(soc2_table_oid(SOC2_CONSENTS),
								  AccessShareLock);
	lookup->index = index_open(soc2_table_oid(SOC2_CONSENTS_INDEX),
							   AccessShareLock);
	lookup->slot = table_slot_create(lookup->consents, NULL);
	/* never that of the transaction, which may not see a withdrawal */
	lookup->snapshot = RegisterSnapshot(GetLatestSnapshot());
	lookup->now = GetCurrentTimestamp();
	lookup->scan = soc2_index_beginscan(lookup->consents, lookup->index,
										lookup->snapshot, INDEX_KEYS);
	lookup->scan->xs_want_itup = true;
	lookup->map = InvalidBuffer;
}

/* a value of the entry that was found */
static Datum
get_value(const soc2_consent_lookup *lookup, int column, bool *isnull)
{
	return index_getattr(lookup->scan->xs_itup, column,
						 lookup->scan->xs_itupdesc, isnull);
}

/* has the entry that was found this text in a column? */
static bool
has_text(const soc2_consent_lookup *lookup, int column,
		 soc2_consent_text wanted)
{
	bool		isnull;
	text	   *found = DatumGetTextPP(get_value(lookup, column, &isnull));

	return VARSIZE_ANY_EXHDR(found) == (size_t) wanted.len &&
		memcmp(VARDATA_ANY(found), wanted.bytes, wanted.len) == 0;
}

/* what an entry says that is in effect */
static soc2_consent_verdict
read_verdict(const soc2_consent_lookup *lookup)
{
	bool		isnull;
	Datum		value;

	if (!DatumGetBool(get_value(lookup, INDEX_GIVEN, &isnull)))
		return SOC2_CONSENT_WITHDRAWN;
	value = get_value(lookup, INDEX_EXPIRES_AT, &isnull);
	if (!isnull && DatumGetTimestampTz(value) <= lookup->now)
		return SOC2_CONSENT_EXPIRED;
	return SOC2_CONSENT_LIVE;
}

/*
 * can the row of an entry be seen?  Where all can see all of its page, the table
 * is not read, as in an index-only scan of the server.
 */
static bool
is_visible(soc2_consent_lookup *lookup, ItemPointer tid)
{
	if (!VM_ALL_VISIBLE(lookup->consents, ItemPointerGetBlockNumber(tid),
						&lookup->map))
		return index_fetch_heap(lookup->scan, lookup->slot);
	PredicateLockPage(lookup->consents, ItemPointerGetBlockNumber(tid),
					  lookup->snapshot);
	return true;
}

/* What became of the consent of a subject */
soc2_consent_verdict
soc2_consent_judge(soc2_consent_lookup *lookup, int64 key,
				   soc2_consent_text subject)
{
	ScanKeyData keys[INDEX_KEYS];
	ItemPointer tid;

	ScanKeyInit(&keys[0], INDEX_KEY, BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(key));
	ScanKeyInit(&keys[1], INDEX_EFFECTIVE_AT, BTLessEqualStrategyNumber,
				F_TIMESTAMPTZ_LE, TimestampTzGetDatum(lookup->now));
	index_rescan(lookup->scan, keys, INDEX_KEYS, NULL, 0);
	while ((tid = index_getnext_tid(lookup->scan,
									BackwardScanDirection)) != NULL)
	{
		/* others can have the same number */
		if (has_text(lookup, INDEX_SUBJECT, subject) &&
			has_text(lookup, INDEX_PURPOSE, lookup->purpose) &&
			is_visible(lookup, tid))
			return read_verdict(lookup);
	}
	return SOC2_CONSENT_NONE;
}

/* End it */
void
soc2_consent_lookup_end(soc2_consent_lookup *lookup)
{
	if (lookup->map != InvalidBuffer)
		ReleaseBuffer(lookup->map);
	index_endscan(lookup->scan);
	ExecDropSingleTupleTableSlot(lookup->slot);
	UnregisterSnapshot(lookup->snapshot);
	index_close(lookup->index, NoLock);
	table_close(lookup->consents, NoLock);
}
