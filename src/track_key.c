/*-------------------------------------------------------------------------
 *
 * track_key.c
 *		Hash tables of rows by the texts of their keys.
 *
 * IDENTIFICATION
 *	  src/track_key.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "track.h"
#include "utils/hsearch.h"

/* hash of a key; fixed signature: HashValueFunc */
static uint32
key_hash(const void *key, Size size)
{
	const char *string = *(char *const *) key;

	(void) size;
	return string_hash(string, strlen(string) + 1);
}

/* do two keys differ? fixed signature: HashCompareFunc */
static int
key_differs(const void *a, const void *b, Size size)
{
	(void) size;
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* A hash table of rows by their keys */
HTAB *
soc2_track_rows_create(const char *name, Size entry)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(char *);
	control.entrysize = entry;
	control.hash = key_hash;
	control.match = key_differs;
	control.hcxt = CurrentMemoryContext;
	return hash_create(name, 256, &control,
					   HASH_ELEM | HASH_FUNCTION | HASH_COMPARE |
					   HASH_CONTEXT);
}
