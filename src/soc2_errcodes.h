/*-------------------------------------------------------------------------
 *
 * soc2_errcodes.h
 *		SQLSTATEs of the extension's own class S2.
 *
 * They are part of the interface: listed in doc/soc2.md, never reused and
 * never given another meaning.
 *
 * IDENTIFICATION
 *	  src/soc2_errcodes.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_ERRCODES_H
#define SOC2_ERRCODES_H

#include "utils/elog.h"

/* ledger: rows are append-only */
#define ERRCODE_SOC2_APPEND_ONLY \
	MAKE_SQLSTATE('S', '2', 'L', '0', '1')
/* ledger: ledger columns given by somebody who may not give them */
#define ERRCODE_SOC2_EXPLICIT_LINK \
	MAKE_SQLSTATE('S', '2', 'L', '0', '2')
/* ledger: the change of its definition would touch its rows */
#define ERRCODE_SOC2_SCHEMA_CHANGE \
	MAKE_SQLSTATE('S', '2', 'L', '0', '3')
/* retention: the row is still retained */
#define ERRCODE_SOC2_RETAINED \
	MAKE_SQLSTATE('S', '2', 'R', '0', '1')
/* retention: the change would shorten it or touches a protected column */
#define ERRCODE_SOC2_RETENTION_CHANGE \
	MAKE_SQLSTATE('S', '2', 'R', '0', '2')
/* the row is on legal hold */
#define ERRCODE_SOC2_HOLD \
	MAKE_SQLSTATE('S', '2', 'H', '0', '1')
/* disposal: the plan is missing, changed, expired or used; raised in SQL */
#define ERRCODE_SOC2_DISPOSAL \
	MAKE_SQLSTATE('S', '2', 'D', '0', '1')
/* a second person is required */
#define ERRCODE_SOC2_SECOND_PERSON \
	MAKE_SQLSTATE('S', '2', 'A', '0', '1')
/* the object is guarded */
#define ERRCODE_SOC2_GUARDED \
	MAKE_SQLSTATE('S', '2', 'G', '0', '1')
/* consent: the subject of a row does not agree to the purpose */
#define ERRCODE_SOC2_CONSENT \
	MAKE_SQLSTATE('S', '2', 'C', '0', '1')
/* the key of a subject was destroyed */
#define ERRCODE_SOC2_SHREDDED \
	MAKE_SQLSTATE('S', '2', 'K', '0', '1')

#endif							/* SOC2_ERRCODES_H */
