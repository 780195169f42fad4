/*-------------------------------------------------------------------------
 *
 * row_digest.h
 *		Digests of rows, whatever their order: how rows become bytes.
 *
 * doc/ledger-format.md, section 8, has the bytes.
 *
 * IDENTIFICATION
 *	  src/row_digest.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_ROW_DIGEST_H
#define SOC2_ROW_DIGEST_H

#include "fmgr.h"

/*
 * Values that one call of an aggregate takes, with room for its state and its
 * key; a row of more columns is hashed in groups of as many, in order, whose
 * digests are its values.
 */
#define SOC2_ROW_DIGEST_GROUP	90

/* Raise 0A000 if values of a type may have other texts on another server */
extern void soc2_row_digest_require_type(Oid type);

#endif							/* SOC2_ROW_DIGEST_H */
