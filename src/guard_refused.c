/*-------------------------------------------------------------------------
 *
 * guard_refused.c
 *		The queue of refused attempts.
 *
 * An error with an SQLSTATE of ours that ends a statement is an attempt.  One
 * that the statement catches itself is not seen here.
 *
 * A spinlock guards the whole queue; what is done under it is copying.
 *
 * IDENTIFICATION
 *	  src/guard_refused.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "guard_refused.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "soc2_errcodes.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "storage/spin.h"
#include "utils/elog.h"
#include "utils/timestamp.h"

#define REFUSED_PLACES	256

/* what the sessions share */
typedef struct refused_queue
{
	slock_t		lock;
	uint64		last;			/* number of the last attempt */
	uint64		lost;
	soc2_refused places[REFUSED_PLACES];	/* free: number is 0 */
} refused_queue;

static refused_queue *queue = NULL;
static shmem_request_hook_type next_request = NULL;
static shmem_startup_hook_type next_startup = NULL;
static emit_log_hook_type next_log = NULL;

/* is it an error of ours that refuses something? */
static bool
is_refusal(const ErrorData *error)
{
	return error->elevel == ERROR &&
		ERRCODE_TO_CATEGORY(error->sqlerrcode) ==
		ERRCODE_TO_CATEGORY(ERRCODE_SOC2_GUARDED);
}

/* the attempt that an error refused */
static soc2_refused
describe(const ErrorData *error)
{
	soc2_refused attempt = {0};

	attempt.at = GetCurrentTimestamp();
	attempt.database = MyDatabaseId;
	attempt.role = GetUserId();
	attempt.login = GetAuthenticatedUserId();
	strlcpy(attempt.sqlstate, unpack_sql_state(error->sqlerrcode),
			sizeof(attempt.sqlstate));
	if (error->schema_name != NULL && error->table_name != NULL)
		snprintf(attempt.relation, sizeof(attempt.relation), "%s.%s",
				 error->schema_name, error->table_name);
	if (error->message != NULL)
		strlcpy(attempt.message, error->message,
				pg_mbcliplen(error->message, strlen(error->message),
							 sizeof(attempt.message) - 1) + 1);
	return attempt;
}

/* queue an attempt */
static void
put(soc2_refused *attempt)
{
	int			place = 0;

	SpinLockAcquire(&queue->lock);
	while (place < REFUSED_PLACES && queue->places[place].number != 0)
		place++;
	if (place < REFUSED_PLACES)
	{
		attempt->number = ++queue->last;
		queue->places[place] = *attempt;
	}
	else
		queue->lost++;
	SpinLockRelease(&queue->lock);
}

/* the hook of what goes to the server log */
static void
see_error(ErrorData *error)
{
	if (is_refusal(error) && queue != NULL && MyBackendType == B_BACKEND &&
		OidIsValid(MyDatabaseId))
	{
		soc2_refused attempt = describe(error);

		put(&attempt);
	}
	if (next_log != NULL)
		next_log(error);
}

/* The first attempt in a database whose number is greater */
bool
soc2_refused_next(Oid database, uint64 after, soc2_refused *found)
{
	found->number = 0;
	if (queue == NULL)
		return false;
	SpinLockAcquire(&queue->lock);
	for (int i = 0; i < REFUSED_PLACES; i++)
	{
		const soc2_refused *place = &queue->places[i];

		if (place->number > after &&
			(!OidIsValid(database) || place->database == database) &&
			(found->number == 0 || place->number < found->number))
			*found = *place;
	}
	SpinLockRelease(&queue->lock);
	return found->number != 0;
}

/* Forget those in a database up to a number */
void
soc2_refused_forget(Oid database, uint64 upto)
{
	SpinLockAcquire(&queue->lock);
	for (int i = 0; i < REFUSED_PLACES; i++)
	{
		if (queue->places[i].database == database &&
			queue->places[i].number <= upto)
			queue->places[i].number = 0;
	}
	SpinLockRelease(&queue->lock);
}

/* How many found no place */
uint64
soc2_refused_lost(void)
{
	uint64		lost;

	if (queue == NULL)
		return 0;
	SpinLockAcquire(&queue->lock);
	lost = queue->lost;
	SpinLockRelease(&queue->lock);
	return lost;
}

/* the hook where shared memory is asked for */
static void
request(void)
{
	if (next_request != NULL)
		next_request();
	RequestAddinShmemSpace(sizeof(refused_queue));
}

/* the hook where shared memory is set up */
static void
startup(void)
{
	bool		found;

	if (next_startup != NULL)
		next_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	queue = ShmemInitStruct("soc2 refused attempts", sizeof(refused_queue),
							&found);
	if (!found)
	{
		memset(queue, 0, sizeof(*queue));
		SpinLockInit(&queue->lock);
	}
	LWLockRelease(AddinShmemInitLock);
}

/* Install the hooks */
void
soc2_refused_init(void)
{
	next_request = shmem_request_hook;
	shmem_request_hook = request;
	next_startup = shmem_startup_hook;
	shmem_startup_hook = startup;
	next_log = emit_log_hook;
	emit_log_hook = see_error;
}
