/*-------------------------------------------------------------------------
 *
 * soc2.h
 *		What the server side of soc2 shares: settings, Datum macros of its
 *		types and the translation of the core's statuses into errors.
 *
 * IDENTIFICATION
 *	  src/soc2.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_H
#define SOC2_H

#include "fmgr.h"
#include "nodes/nodes.h"

#include "compat.h"
#include "core/criterion.h"
#include "core/criterion_set.h"
#include "core/digest.h"
#include "core/status.h"

/* settings, see soc2.c */
extern int	soc2_framework_setting;
extern int	soc2_max_lanes_setting;

/* soc2.criterion travels by value */
#define DatumGetCriterion(d)		((soc2_criterion) DatumGetInt64(d))
#define CriterionGetDatum(c)		Int64GetDatum((int64) (c))
#define PG_GETARG_CRITERION(n)		DatumGetCriterion(PG_GETARG_DATUM(n))
#define PG_RETURN_CRITERION(c)		return CriterionGetDatum(c)

/*
 * soc2.criterion_set: a varlena with its members, normalised.  The layout is
 * stored on disk: a new one gets another version.
 */
typedef struct soc2_criterion_set
{
	int32		vl_len_;		/* varlena header, do not touch directly */
	uint8		version;		/* SOC2_CRITERION_SET_VERSION */
	uint8		unused[3];		/* zero */
	soc2_criterion items[FLEXIBLE_ARRAY_MEMBER];
} soc2_criterion_set;

#define SOC2_CRITERION_SET_VERSION	1
#define SOC2_CRITERION_SET_HEADER	offsetof(soc2_criterion_set, items)

/* members of one value; its text then still fits into a value of the server */
#define SOC2_CRITERION_SET_MAX		((size_t) 1 << 24)

#define PG_RETURN_CRITERION_SET(s)	PG_RETURN_POINTER(s)

/*
 * The members of a set given as an argument, detoasted.  They live as long as
 * the argument or, where it had to be unpacked, as the current context.
 */
#define PG_GETARG_CRITERIA(n)		soc2_datum_get_criteria(PG_GETARG_DATUM(n))
extern soc2_criteria soc2_datum_get_criteria(Datum datum);

/*
 * Free the members' memory if detoasting had to copy it.  Needed in functions
 * that index and sort code calls often in one context.
 */
static inline void
soc2_criteria_free_if_copy(soc2_criteria members, Datum datum)
{
	char	   *start = (char *) members.items -
	offsetof(soc2_criterion_set, items);

	if (start != DatumGetPointer(datum))
		pfree(start);
}

/*
 * A new set in the current context with room for count members, which the
 * caller fills, and then soc2_criterion_set_close() with the number that is
 * used.  More than SOC2_CRITERION_SET_MAX raises 54000.
 */
extern soc2_criterion_set *soc2_criterion_set_open(size_t count);
extern soc2_criterion_set *soc2_criterion_set_close(soc2_criterion_set *set,
													size_t count);

/* soc2.digest is its 32 bytes, by reference */
#define DatumGetDigest(d)			((soc2_digest *) DatumGetPointer(d))
#define DigestGetDatum(p)			PointerGetDatum(p)
#define PG_GETARG_DIGEST(n)			DatumGetDigest(PG_GETARG_DATUM(n))
#define PG_RETURN_DIGEST(p)			PG_RETURN_POINTER(p)

/*
 * Translation of statuses, see error.c.
 *
 * soc2_text_error reports text, ended by a NUL, that a type refused (22P02)
 * with the value, cut to 64 characters, and the position, counted in
 * characters from 1, of the byte offset errpos.  It returns where the caller
 * has an error context that collects errors.
 *
 * soc2_binary_error raises 22P03 for a binary form of a type.
 *
 * soc2_check_status raises an error unless the status is SOC2_OK; it is for
 * work that fails only when a limit or a library does.
 */
extern void soc2_text_error(Node *escontext, soc2_status status,
							const char *type, const char *text,
							size_t errpos);
pg_noreturn extern void soc2_binary_error(soc2_status status,
										  const char *type);
extern void soc2_check_status(soc2_status status, const char *what);

#endif							/* SOC2_H */
