/*-------------------------------------------------------------------------
 *
 * subscription.h
 *		Subscribers: where the publisher has decided what happens to a row.
 *
 * IDENTIFICATION
 *	  src/subscription.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_SUBSCRIPTION_H
#define SOC2_SUBSCRIPTION_H

#include "utils/relcache.h"

/*
 * In the trigger of a guarded table: does a worker of a subscription change its
 * rows?  Then the publisher has decided, and an error would stop the
 * subscription.  Each worker says once for a table in the server log that it was
 * let through.
 */
extern bool soc2_subscription_passes(Relation rel);

#endif							/* SOC2_SUBSCRIPTION_H */
