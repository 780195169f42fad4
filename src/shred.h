/*-------------------------------------------------------------------------
 *
 * shred.h
 *		Keys of subjects, whose destruction makes unreadable what was encrypted
 *		with them.
 *
 * A subject has one key at a time: 32 random bytes.  soc2.subject_keys has them
 * wrapped, by a key that is held outside of the database.  Nothing derives a key
 * from anything else, so that one that is gone is gone.
 *
 * A key is opened for a transaction: the backend then has it in its memory, and
 * a share lock on it, to the end of the transaction or of the subtransaction,
 * where it overwrites the memory.  Who destroys a key locks it exclusively: there
 * is no key in use that is destroyed, and none that was destroyed comes to use.
 * Rows of keys are read in a snapshot of the moment and under that lock,
 * whatever the isolation level.
 *
 * Keys and texts that were encrypted are in no message.
 *
 * IDENTIFICATION
 *	  src/shred.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_SHRED_H
#define SOC2_SHRED_H

#include "fmgr.h"
#include "storage/lockdefs.h"
#include "utils/uuid.h"

#define SOC2_DATA_KEY_SIZE		32
#define SOC2_KEY_CHECK_SIZE		16

/* lock tags of keys; those of ledgers have another class */
#define SOC2_SHRED_LOCK_CLASS	4

/* a key that is open in this transaction */
typedef struct soc2_data_key
{
	struct soc2_data_key *next;
	pg_uuid_t	id;
	SubTransactionId subid;		/* that has opened it */
	unsigned char bytes[SOC2_DATA_KEY_SIZE];
	char		subject[FLEXIBLE_ARRAY_MEMBER];
} soc2_data_key;

/* what wraps keys: a public key, or functions that call a service */
typedef struct soc2_wrapper
{
	bytea	   *public_key;		/* OpenPGP; NULL: function is set */
	char	   *function;		/* signature */
	char	   *owner;			/* role that owned it when it was registered */
	char	   *reference;		/* what the service calls the key */
} soc2_wrapper;

/* shred_key.c: keys that are open */

/*
 * Lock a key to the end of the transaction.  Raises 55P03 when lock_timeout is
 * over.
 */
extern void soc2_data_key_lock(const pg_uuid_t *id, LOCKMODE mode);

/* The open key of a subject, or of an id; NULL if it is not open */
extern const soc2_data_key *soc2_data_key_of(const char *subject);
extern const soc2_data_key *soc2_data_key_find(const pg_uuid_t *id);

/*
 * Remember a key, which is copied, to the end of the subtransaction.  The caller
 * has locked it.
 */
extern void soc2_data_key_remember(const pg_uuid_t *id, const char *subject,
								   const unsigned char *bytes);

/* Forget a key, if it is open */
extern void soc2_data_key_forget(const pg_uuid_t *id);

/* shred_crypto.c: what libcrypto does; all raise an error if it fails */

/* Random bytes */
extern void soc2_random(void *bytes, size_t len);

/*
 * Fingerprint of a key, which does not reveal it: the first bytes of the
 * HMAC-SHA-256 of the id with the key.
 */
extern void soc2_data_key_check(const unsigned char *key, const pg_uuid_t *id,
								unsigned char *check);

/*
 * AES-256-GCM for a subject: the head of a sealed value (core/sealed.h), which
 * has the nonce, and the subject are authenticated along with it.  Sealing
 * writes len bytes and the tag behind them.  Opening takes len bytes and the tag
 * behind them; false if they are not what was sealed, and out is to be
 * overwritten then.
 */
extern void soc2_gcm_seal(const soc2_data_key *key, const unsigned char *head,
						  const unsigned char *in, size_t len, unsigned char *out);
extern bool soc2_gcm_open(const soc2_data_key *key, const unsigned char *head,
						  const unsigned char *in, size_t len,
						  unsigned char *out);

/*
 * The public key of this backend, in PEM, which is made when it is first asked
 * for and forgotten with the backend; and what was encrypted with it
 * (RSAES-OAEP with SHA-256) into out.  False if it is not a key of a subject.
 */
extern char *soc2_session_key(void);
extern bool soc2_session_decrypt(const bytea *sealed, unsigned char *out);

/* shred_wrap.c: wrapping */

/* Wrap a key; a wrapper with a function has that for wrapping */
extern bytea *soc2_wrap(const soc2_wrapper *wrapper, const unsigned char *key);

/*
 * Unwrap a key into out: with a secret key in armor and its password, which may
 * be NULL, or by the function of the wrapper.  Raises what pgcrypto raises for a
 * secret key that does not fit (39000), and S2G01 for a function that changed
 * hands.
 */
extern void soc2_unwrap(const soc2_wrapper *wrapper, const bytea *wrapped,
						const char *secret_key, const char *password,
						unsigned char *out);

#endif							/* SOC2_SHRED_H */
