/*-------------------------------------------------------------------------
 *
 * shred_row.h
 *		What the tables say about keys of subjects.
 *
 * IDENTIFICATION
 *	  src/shred_row.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_SHRED_ROW_H
#define SOC2_SHRED_ROW_H

#include "shred.h"

/* a row of soc2.subject_keys, and how it is unwrapped */
typedef struct soc2_key_row
{
	pg_uuid_t	id;
	bytea	   *wrapped;
	unsigned char check[SOC2_KEY_CHECK_SIZE];
	soc2_wrapper wrapper;
} soc2_key_row;

/*
 * The key of a subject, with a share lock on it, in the current context.  Raises
 * S2K01 if it was destroyed and the subject has no other, and 42704 if it never
 * had one.
 */
extern void soc2_key_row_require(const char *subject, soc2_key_row *row);

/*
 * The open key of a subject.  Raises the same, and 55000 if it is not open.
 * Valid to the end of the subtransaction.
 */
extern const soc2_data_key *soc2_data_key_require(const char *subject);

/* Was the key of an id destroyed? */
extern bool soc2_key_is_shredded(const pg_uuid_t *id);

#endif							/* SOC2_SHRED_ROW_H */
