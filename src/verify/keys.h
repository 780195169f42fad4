/*-------------------------------------------------------------------------
 *
 * keys.h
 *		Public keys, and whether they signed a checkpoint.
 *
 * IDENTIFICATION
 *	  src/verify/keys.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef VERIFY_KEYS_H
#define VERIFY_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/note.h"
#include "verify/report.h"

/* a public key; one of PEM has no name and counts under any */
typedef struct public_key
{
	soc2_note_key key;
	bool		named;
	soc2_text	text;			/* of the file; the name is borrowed from it */
} public_key;

typedef struct key_ring
{
	const soc2_hasher *hasher;
	size_t		count;
	size_t		capacity;
	public_key *items;
} key_ring;

/*
 * Add the key in a file: a key of C2SP signed-note, or PEM.  Ends the program
 * if it is neither.
 */
extern void keys_add(key_ring *ring, const char *file);

/*
 * Judge the signatures of a note that is called what: one of the keys must
 * have signed it, and no signature by one may be wrong.  True if it is so.
 */
extern bool keys_judge(const key_ring *ring, report_sink *r,
					   const soc2_note *note, const char *what);

/* Free the keys */
extern void keys_free(key_ring *ring);

#endif							/* VERIFY_KEYS_H */
