/*-------------------------------------------------------------------------
 *
 * note.h
 *		Signed notes: text, and who signed it.
 *
 * After C2SP signed-note, with signatures of Ed25519 (type 01); signatures of
 * other types are kept and never looked at.  A note is the text, an empty line
 * and one line for each signature, "— name base64(key id || signature)".
 *
 * All texts that functions return are borrowed from the text they were given.
 *
 * IDENTIFICATION
 *	  src/core/note.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_NOTE_H
#define SOC2_CORE_NOTE_H

#include <stdbool.h>

#include "core/hasher.h"
#include "core/signer.h"
#include "core/text.h"

#define SOC2_NOTE_KEY_ID_SIZE		4

/* more signatures than this are refused */
#define SOC2_NOTE_SIGNATURES_MAX	100

/* bytes of a signature line of Ed25519 beyond those of the key's name */
#define SOC2_NOTE_SIGNATURE_SIZE	98

/* bytes of the text of a key beyond those of its name */
#define SOC2_NOTE_KEY_TEXT_SIZE		54

/* a public key of Ed25519 and its name */
typedef struct soc2_note_key
{
	soc2_text	name;
	unsigned char id[SOC2_NOTE_KEY_ID_SIZE];
	unsigned char key[SOC2_ED25519_KEY_SIZE];
} soc2_note_key;

/* a signed note, taken apart */
typedef struct soc2_note
{
	soc2_text	text;			/* what is signed, with its last newline */
	soc2_text	lines;			/* of the signatures, with their newlines */
	unsigned	count;			/* signatures, from 1 */
} soc2_note;

/* a signature of a note */
typedef struct soc2_note_signature
{
	soc2_text	name;			/* of the key */
	unsigned char id[SOC2_NOTE_KEY_ID_SIZE];
	soc2_text	base64;			/* of the key's id and the signature */
} soc2_note_signature;

/*
 * Can this be the name of a key?  Not empty, UTF-8, no control characters
 * (newlines included), no Unicode space, no plus.
 *
 * SOC2_OK, or with *errpos: SOC2_LINE_EXPECTED (empty), SOC2_NOT_UTF8,
 * SOC2_CONTROL_CHARACTER, SOC2_NAME_CHARACTER.
 */
extern soc2_status soc2_note_check_name(soc2_text name, size_t *errpos);

/*
 * A key of a name and a public key: computes the id, H(name || 0A || 01 ||
 * key)[:4].  Borrows the name.  Statuses as soc2_note_check_name(), or that of
 * the hasher.
 */
extern soc2_status soc2_note_key_make(const soc2_hasher *hasher,
									  soc2_text name,
									  const unsigned char key[SOC2_ED25519_KEY_SIZE],
									  soc2_note_key *out);

/*
 * Parse the text of a key, "name+id+base64(01 || key)".
 *
 * SOC2_OK, or with *errpos: as soc2_note_check_name(), SOC2_HEX_EXPECTED (no
 * id of 8 hexadecimal digits in lower case), SOC2_SEPARATOR_MISSING (no plus),
 * as soc2_base64_decode(), SOC2_KEY_TYPE (not 01 and 32 bytes),
 * SOC2_KEY_ID_MISMATCH (the id is not of name and key; *errpos is that of the
 * id).  Or the status of the hasher.
 */
extern soc2_status soc2_note_key_parse(const soc2_hasher *hasher,
									   soc2_text text, soc2_note_key *out,
									   size_t *errpos);

/* Write the text of a key.  SOC2_OK or SOC2_NO_SPACE */
extern soc2_status soc2_note_key_format(const soc2_note_key *key,
										soc2_buffer *out);

/*
 * Take a note apart.  All signature lines are checked, also those of unknown
 * types.
 *
 * SOC2_OK, or with *errpos: SOC2_NOT_UTF8, SOC2_CONTROL_CHARACTER,
 * SOC2_SIGNATURE_EXPECTED (no empty line, or a line that is no signature),
 * SOC2_NEWLINE_EXPECTED (the last line has none), SOC2_SIGNATURE_LENGTH (not
 * even one byte after the key's id), SOC2_TOO_MANY_SIGNATURES; statuses of
 * soc2_note_check_name() and soc2_base64_decode().
 */
extern soc2_status soc2_note_parse(soc2_text text, soc2_note *out,
								   size_t *errpos);

/*
 * The signature whose line starts at *offset of note->lines, from 0; *offset
 * moves to the next.  False at the end.  The note is one that was parsed.
 */
extern bool soc2_note_next(const soc2_note *note, size_t *offset,
						   soc2_note_signature *out);

/*
 * Write the text of a note and the empty line; soc2_note_sign() adds the
 * signatures.
 *
 * SOC2_OK, SOC2_NO_SPACE, or why the text cannot be signed: SOC2_NOT_UTF8,
 * SOC2_CONTROL_CHARACTER, SOC2_NEWLINE_EXPECTED (it does not end in one).
 */
extern soc2_status soc2_note_start(soc2_text text, soc2_buffer *out);

/*
 * Sign text, that of soc2_note_start(), and add the line of the signature.
 * The signer holds the private key that belongs to key.  SOC2_OK,
 * SOC2_NO_SPACE, or SOC2_SIGN_FAILED.  A buffer that only measures is not
 * signed for.
 */
extern soc2_status soc2_note_sign(const soc2_signer *signer,
								  const soc2_note_key *key, soc2_text text,
								  soc2_buffer *out);

/*
 * Did the owner of a key sign the note?
 *
 * SOC2_OK: yes.  SOC2_SIGNATURE_MISSING: no signature has the name and the id
 * of the key.  SOC2_SIGNATURE_INVALID: one has, and is wrong; another one may
 * be right.  Or SOC2_SIGN_FAILED.
 */
extern soc2_status soc2_note_verify(const soc2_signer *signer,
									const soc2_note_key *key,
									const soc2_note *note);

#endif							/* SOC2_CORE_NOTE_H */
