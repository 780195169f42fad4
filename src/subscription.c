/*-------------------------------------------------------------------------
 *
 * subscription.c
 *		Subscribers: where the publisher has decided what happens to a row.
 *
 * IDENTIFICATION
 *	  src/subscription.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_subscription.h"
#include "nodes/pg_list.h"
#include "relation.h"
#include "replication/logicalworker.h"
#include "replication/worker_internal.h"
#include "subscription.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* tables for which this worker has said so */
static List *said = NIL;

/* Does a worker of a subscription change rows? */
bool
soc2_subscription_passes(Relation rel)
{
	MemoryContext caller;

	if (!IsLogicalWorker())
		return false;
	if (list_member_oid(said, RelationGetRelid(rel)))
		return true;
	caller = MemoryContextSwitchTo(TopMemoryContext);
	said = lappend_oid(said, RelationGetRelid(rel));
	MemoryContextSwitchTo(caller);
	ereport(LOG,
			(errmsg("guard of table \"%s\" lets subscription \"%s\" through",
					soc2_relation_name(rel),
					MySubscription != NULL ? MySubscription->name : ""),
			 errdetail("What its publisher deletes, changes or truncates is not judged here.")));
	return true;
}
