/*-------------------------------------------------------------------------
 *
 * keys.c
 *		Public keys, and whether they signed a checkpoint.
 *
 * IDENTIFICATION
 *	  src/verify/keys.c
 *
 *-------------------------------------------------------------------------
 */
#include "verify/keys.h"

#include <stdlib.h>
#include <string.h>

#include "verify/crypto.h"
#include "verify/file.h"
#include "verify/memory.h"

#define PEM_START	"-----BEGIN "

/* Add the key in a file */
void
keys_add(key_ring *ring, const char *file)
{
	soc2_text	text = file_read(file);
	soc2_text	line = text;
	public_key	public = {0};
	soc2_status status;
	size_t		errpos;

	public.text = text;
	while (line.len > 0 && strchr("\r\n", line.bytes[line.len - 1]) != NULL)
		line.len--;
	if (strstr(text.bytes, PEM_START) != NULL)
		status = crypto_read_pem(text, public.key.key);
	else
	{
		public.named = true;
		status = soc2_note_key_parse(ring->hasher, line, &public.key,
									 &errpos);
	}
	if (status != SOC2_OK)
		fatal("%s: %s", file, soc2_status_text(status));
	ring->items = memory_grow(ring->items, &ring->capacity, ring->count,
							  sizeof(public_key));
	ring->items[ring->count++] = public;
}

/* did a key sign a note?  As soc2_note_verify() */
static soc2_status
verify_key(const key_ring *ring, const public_key *public,
		   const soc2_note *note)
{
	soc2_note_signature signature;
	soc2_status status = SOC2_SIGNATURE_MISSING;
	size_t		offset = 0;

	if (public->named)
		return soc2_note_verify(crypto_signer(), &public->key, note);
	while (status == SOC2_SIGNATURE_MISSING &&
		   soc2_note_next(note, &offset, &signature))
	{
		soc2_note_key key;

		if (soc2_note_key_make(ring->hasher, signature.name, public->key.key,
							   &key) == SOC2_OK)
			status = soc2_note_verify(crypto_signer(), &key, note);
	}
	return status;
}

/* Judge the signatures of a note */
bool
keys_judge(const key_ring *ring, report_sink *r, const soc2_note *note,
		   const char *what)
{
	bool		is_signed = false;
	bool		is_right = true;

	for (size_t i = 0; i < ring->count; i++)
	{
		soc2_status status = verify_key(ring, &ring->items[i], note);

		if (status == SOC2_OK)
			is_signed = true;
		else if (status != SOC2_SIGNATURE_MISSING)
		{
			is_right = false;
			report_problem(r, "signature", "%s: %s", what,
						   soc2_status_text(status));
		}
	}
	if (ring->count > 0 && !is_signed && is_right)
	{
		is_right = false;
		report_problem(r, "signature", "%s: None of the keys signed it.",
					   what);
	}
	return is_right;
}

/* Free the keys */
void
keys_free(key_ring *ring)
{
	for (size_t i = 0; i < ring->count; i++)
		free((char *) ring->items[i].text.bytes);
	free(ring->items);
}
