/*-------------------------------------------------------------------------
 *
 * consent_lock.c
 *		Locks between who writes rows with a consent and who withdraws it.
 *
 * consent.h has the rule.
 *
 * IDENTIFICATION
 *	  src/consent_lock.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_trigger.h"
#include "common/hashfn.h"
#include "compat.h"
#include "consent.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "trigger.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(soc2_consent_changed);

/* buckets of a purpose: locks that withdrawals take at most, and one */
#define BUCKETS				128

/* buckets that who writes locks at most in a transaction, before whole purposes */
#define WRITER_BUCKETS		8

static const soc2_trigger_rule changed_rule = {
	"soc2.consent_changed", TRIGGER_TYPE_BEFORE, true, false,
	TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE,
	"INSERT, UPDATE or DELETE"
};

/* buckets that this transaction has locked for writing */
static LocalTransactionId writing_lxid = InvalidLocalTransactionId;
static int	writing_buckets = 0;

/* Number of a purpose */
int64
soc2_consent_purpose_key(soc2_consent_text purpose)
{
	return DatumGetInt64(hash_any_extended((const unsigned char *) purpose.bytes,
										   purpose.len, 0));
}

/* Number of a subject for a purpose */
int64
soc2_consent_key(int64 purpose_key, soc2_consent_text subject)
{
	return DatumGetInt64(hash_any_extended((const unsigned char *) subject.bytes,
										   subject.len, (uint64) purpose_key));
}

/* lock a purpose, or a bucket of it; was it not locked in this mode before? */
static bool
lock(int64 purpose_key, uint32 field, LOCKMODE mode)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) purpose_key, field,
						 SOC2_CONSENT_LOCK_CLASS);
	return LockAcquire(&tag, mode, false, false) == LOCKACQUIRE_OK;
}

/* the bucket of a subject; 0 is the purpose */
static uint32
bucket_of(int64 key)
{
	return 1 + (uint32) ((uint64) key >> 32) % BUCKETS;
}

/* Lock what is written for subjects */
void
soc2_consent_lock_writing(int64 purpose_key, const int64 *keys, int count)
{
	if (writing_lxid != soc2_my_lxid())
	{
		writing_lxid = soc2_my_lxid();
		writing_buckets = 0;
	}

	/*
	 * Buckets of a subtransaction that was rolled back are counted too: then
	 * whole purposes are locked earlier.
	 */
	if (count > WRITER_BUCKETS || writing_buckets >= WRITER_BUCKETS)
	{
		(void) lock(purpose_key, 0, ShareLock);
		return;
	}
	for (int i = 0; i < count; i++)
	{
		if (lock(purpose_key, bucket_of(keys[i]), ShareLock))
			writing_buckets++;
	}
}

/* Lock what is withdrawn of a subject */
void
soc2_consent_lock_withdrawing(int64 purpose_key, int64 key)
{
	(void) lock(purpose_key, 0, RowExclusiveLock);
	(void) lock(purpose_key, bucket_of(key), RowExclusiveLock);
}

/* a text of a row */
static soc2_consent_text
text_of(TupleTableSlot *slot, AttrNumber attnum)
{
	soc2_consent_text result;
	bool		isnull;
	text	   *value = DatumGetTextPP(slot_getattr(slot, attnum, &isnull));

	result.bytes = VARDATA_ANY(value);
	result.len = VARSIZE_ANY_EXHDR(value);
	return result;
}

/* lock what a row is about */
static void
lock_row(TupleTableSlot *slot)
{
	int64		purpose_key;
	bool		isnull;

	/* what is NULL is refused by the table */
	(void) slot_getattr(slot, SOC2_CONSENT_SUBJECT, &isnull);
	if (isnull)
		return;
	(void) slot_getattr(slot, SOC2_CONSENT_PURPOSE, &isnull);
	if (isnull)
		return;
	purpose_key = soc2_consent_purpose_key(text_of(slot, SOC2_CONSENT_PURPOSE));
	soc2_consent_lock_withdrawing(purpose_key,
								  soc2_consent_key(purpose_key,
												   text_of(slot, SOC2_CONSENT_SUBJECT)));
}

/* can a new row be one that ends a consent? */
static bool
ends_consent(TupleTableSlot *slot)
{
	bool		isnull;
	Datum		given = slot_getattr(slot, SOC2_CONSENT_GIVEN, &isnull);
	Datum		expires_at;

	if (isnull || !DatumGetBool(given))
		return true;
	expires_at = slot_getattr(slot, SOC2_CONSENT_EXPIRES_AT, &isnull);
	return !isnull && DatumGetTimestampTz(expires_at) <= GetCurrentTimestamp();
}

/*
 * Does a restore bring the row?  It would lock all that was ever withdrawn.  Dumps
 * switch this setting off; who could do without the trigger anyway is believed.
 */
static bool
is_restored(const TriggerData *trigdata)
{
	return !check_function_bodies &&
		TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) &&
		soc2_relation_ownercheck(RelationGetRelid(trigdata->tg_relation),
								 GetUserId());
}

/*
 * soc2.consent_changed(): trigger of soc2.consents, which makes who ends a
 * consent wait for those who rely on it
 */
Datum
soc2_consent_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = soc2_trigger_data(fcinfo, &changed_rule);

	if (TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
	{
		if (ends_consent(trigdata->tg_trigslot) && !is_restored(trigdata))
			lock_row(trigdata->tg_trigslot);
		return PointerGetDatum(trigdata->tg_trigtuple);
	}
	lock_row(trigdata->tg_trigslot);
	if (TRIGGER_FIRED_BY_DELETE(trigdata->tg_event))
		return PointerGetDatum(trigdata->tg_trigtuple);
	lock_row(trigdata->tg_newslot);
	return PointerGetDatum(trigdata->tg_newtuple);
}
