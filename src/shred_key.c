/*-------------------------------------------------------------------------
 *
 * shred_key.c
 *		Keys of subjects that are open in this transaction.
 *
 * They are in memory of this backend alone, and overwritten when the
 * transaction ends: by commit, by abort, or because it is prepared.  Then, or
 * when a subtransaction is aborted, their locks go too, except that a prepared
 * transaction keeps its own.
 *
 * IDENTIFICATION
 *	  src/shred_key.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "shred.h"
#include "storage/lock.h"
#include "utils/memutils.h"

/* the open keys, the newest first */
static soc2_data_key *keys = NULL;

/* Lock a key to the end of the transaction */
void
soc2_data_key_lock(const pg_uuid_t *id, LOCKMODE mode)
{
	uint64		hash = DatumGetUInt64(hash_any_extended(id->data, UUID_LEN, 0));
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (hash >> 32),
						 (uint32) hash, SOC2_SHRED_LOCK_CLASS);
	(void) LockAcquire(&tag, mode, false, false);
}

/* overwrite and free a key */
static void
wipe(soc2_data_key *key)
{
	explicit_bzero(key->bytes, sizeof(key->bytes));
	pfree(key);
}

/* forget those keys that a subtransaction has opened; 0: all */
static void
forget_of(SubTransactionId subid)
{
	soc2_data_key **link = &keys;

	while (*link != NULL)
	{
		soc2_data_key *key = *link;

		if (subid == InvalidSubTransactionId || key->subid == subid)
		{
			*link = key->next;
			wipe(key);
		}
		else
			link = &key->next;
	}
}

/* a transaction ends */
static void
at_transaction_end(XactEvent event, void *arg)
{
	(void) arg;
	if (event != XACT_EVENT_PRE_COMMIT && event != XACT_EVENT_PRE_PREPARE &&
		event != XACT_EVENT_PARALLEL_PRE_COMMIT)
		forget_of(InvalidSubTransactionId);
}

/* a subtransaction ends */
static void
at_subtransaction_end(SubXactEvent event, SubTransactionId subid,
					  SubTransactionId parent, void *arg)
{
	(void) arg;
	if (event == SUBXACT_EVENT_ABORT_SUB)
		forget_of(subid);
	else if (event == SUBXACT_EVENT_COMMIT_SUB)
	{
		for (soc2_data_key *key = keys; key != NULL; key = key->next)
		{
			if (key->subid == subid)
				key->subid = parent;
		}
	}
}

/* The open key of a subject */
const soc2_data_key *
soc2_data_key_of(const char *subject)
{
	for (const soc2_data_key *key = keys; key != NULL; key = key->next)
	{
		if (strcmp(key->subject, subject) == 0)
			return key;
	}
	return NULL;
}

/* The open key of an id */
const soc2_data_key *
soc2_data_key_find(const pg_uuid_t *id)
{
	for (const soc2_data_key *key = keys; key != NULL; key = key->next)
	{
		if (memcmp(&key->id, id, sizeof(*id)) == 0)
			return key;
	}
	return NULL;
}

/* Remember a key */
void
soc2_data_key_remember(const pg_uuid_t *id, const char *subject,
					   const unsigned char *bytes)
{
	static bool registered = false;
	size_t		len = strlen(subject) + 1;
	soc2_data_key *key;

	if (soc2_data_key_find(id) != NULL)
		return;
	if (!registered)
	{
		RegisterXactCallback(at_transaction_end, NULL);
		RegisterSubXactCallback(at_subtransaction_end, NULL);
		registered = true;
	}
	key = MemoryContextAlloc(TopMemoryContext,
							 offsetof(soc2_data_key, subject) + len);
	key->id = *id;
	key->subid = GetCurrentSubTransactionId();
	memcpy(key->bytes, bytes, sizeof(key->bytes));
	memcpy(key->subject, subject, len);
	key->next = keys;
	keys = key;
}

/* Forget a key */
void
soc2_data_key_forget(const pg_uuid_t *id)
{
	soc2_data_key **link = &keys;

	while (*link != NULL)
	{
		soc2_data_key *key = *link;

		if (memcmp(&key->id, id, sizeof(*id)) == 0)
		{
			*link = key->next;
			wipe(key);
			return;
		}
		link = &key->next;
	}
}
