/*-------------------------------------------------------------------------
 *
 * evidence.h
 *		Evidence that the extension records about acts on ledgers.
 *
 * IDENTIFICATION
 *	  src/evidence.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_EVIDENCE_H
#define SOC2_EVIDENCE_H

#include "utils/uuid.h"

/* kinds of evidence that only the functions that act record */
#define SOC2_REDACTION_KIND		"redaction"
#define SOC2_PRUNE_KIND			"prune"
#define SOC2_CHECK_CHANGE_KIND	"check_change"
#define SOC2_BYPASS_KIND		"retention_bypass"
#define SOC2_LOCK_KIND			"retention_lock"
#define SOC2_RETIREMENT_KIND	"retirement"
#define SOC2_REFUSED_KIND		"refused_attempt"

/*
 * Record an act of the current user, who needs no privilege on soc2.evidence.
 * payload is the text of a JSON object.  Returns the evidence_id, in the
 * current context.
 */
extern pg_uuid_t *soc2_evidence_record(const char *kind, const char *subject,
									   const char *payload);

#endif							/* SOC2_EVIDENCE_H */
