/*-------------------------------------------------------------------------
 *
 * ledger_sign.c
 *		Signing checkpoints with Ed25519, by OpenSSL, and the settings of it.
 *
 * The private key is a file on the server, read each time and kept nowhere.
 * Whoever is a superuser can read it too, or sign what he likes: a signature
 * says that a checkpoint came from this server, not that the server was honest.
 * What binds a superuser is a checkpoint that somebody else keeps.
 *
 * The name of the key is soc2.origin, not the whole origin of a checkpoint:
 * one key serves all ledgers of the server, in all their incarnations.
 *
 * No error is raised while OpenSSL's objects are at hand, as nothing else would
 * free them.
 *
 * IDENTIFICATION
 *	  src/ledger_sign.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/note.h"
#include "ledger_log.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/guc_tables.h"

PG_FUNCTION_INFO_V1(soc2_public_key);

/* bytes of the longest origin, and of the longest file of a key */
#define ORIGIN_MAX		200
#define KEY_FILE_MAX	4096

/*
 * soc2.origin: what the names of the logs of this server begin with.  An
 * administrator sets it to something that only his organisation uses, as
 * 'example.com/db1', before checkpoints leave the server.
 */
char	   *soc2_origin_setting = NULL;

/*
 * soc2.signing_key_file: the private key that signs checkpoints.  An
 * administrator sets it so that those who get checkpoints know where they came
 * from.
 */
static char *signing_key_setting = NULL;

/* one of the two that was set where it does not count; NULL if none was */
static const char *misplaced_setting = NULL;

/* check hook of soc2.origin */
static bool
check_origin(char **newval, void **extra, GucSource source)
{
	const char *origin = *newval;
	size_t		len = strlen(origin);

	(void) extra;
	(void) source;
	if (len == 0 || len > ORIGIN_MAX)
	{
		GUC_check_errdetail("It has from 1 to %d characters.", ORIGIN_MAX);
		return false;
	}
	for (size_t i = 0; i < len; i++)
	{
		if (origin[i] <= ' ' || origin[i] > '~' || origin[i] == '+')
		{
			GUC_check_errdetail("It consists of printable ASCII characters other than space and plus.");
			return false;
		}
	}
	return true;
}

/*
 * Look for settings that a session, a role or a database has given before the
 * library was loaded.  The server refuses them when they are defined, but also
 * forgets the value of the configuration file: the session would have the
 * default ones, and get checkpoints under another name, or unsigned.
 */
static void
find_misplaced(void)
{
	int			count;
	struct config_generic **settings = soc2_all_settings(&count);

	for (int i = 0; i < count; i++)
	{
		const struct config_generic *setting = settings[i];

		if (Max(setting->source, setting->reset_source) <= PGC_S_ARGV)
			continue;
		if (strcmp(setting->name, "soc2.origin") == 0)
			misplaced_setting = "soc2.origin";
		else if (strcmp(setting->name, "soc2.signing_key_file") == 0)
			misplaced_setting = "soc2.signing_key_file";
	}
}

/* raise the error about such a setting */
static void
require_settings(void)
{
	if (misplaced_setting != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CANT_CHANGE_RUNTIME_PARAM),
				 errmsg("parameter \"%s\" cannot be set for a session, a role or a database",
						misplaced_setting),
				 errhint("Take that back, and connect again.")));
}

/* Define the settings */
void
soc2_log_init(void)
{
	find_misplaced();
	DefineCustomStringVariable("soc2.origin",
							   "Beginning of the names that checkpoints of ledgers carry.",
							   NULL,
							   &soc2_origin_setting,
							   "soc2",
							   PGC_SIGHUP,
							   0,
							   check_origin, NULL, NULL);
	DefineCustomStringVariable("soc2.signing_key_file",
							   "File of the private key that signs checkpoints of ledgers.",
							   "Ed25519 in PEM; an empty value leaves checkpoints unsigned.",
							   &signing_key_setting,
							   "",
							   PGC_SIGHUP,
							   GUC_SUPERUSER_ONLY,
							   NULL, NULL, NULL);
}

/*
 * Raise the error about a key that cannot be used.  The file is named in the
 * server's log only: who may ask for checkpoints need not know it.
 */
static void
key_error(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("could not use the key that signs checkpoints"),
			 errdetail("%s", detail),
			 errdetail_log("%s File \"%s\".", detail,
						   signing_key_setting),
			 errhint("See the setting soc2.signing_key_file.")));
}

/* may others read the file?  The rule is that of ssl_key_file. */
static bool
is_private(const struct stat *status)
{
	mode_t		refused = status->st_uid == 0 ?
	S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;

	return (status->st_uid == geteuid() || status->st_uid == 0) &&
		(status->st_mode & refused) == 0;
}

/* read the file of the key; returns how many bytes it has */
static int
read_key_file(char *buffer)
{
	FILE	   *file = AllocateFile(signing_key_setting, PG_BINARY_R);
	struct stat status;
	size_t		len;

	if (file == NULL || fstat(fileno(file), &status) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not use the key that signs checkpoints"),
				 errdetail("Its file cannot be opened: %m."),
				 errdetail_log("File \"%s\": %m.", signing_key_setting),
				 errhint("See the setting soc2.signing_key_file.")));
	if (!S_ISREG(status.st_mode))
		key_error("It is not in a regular file.");
	if (!is_private(&status))
		key_error("Its file must belong to the server's user and be for nobody else (0600), or to root (0640).");
	len = fread(buffer, 1, KEY_FILE_MAX, file);
	if (ferror(file) || !feof(file))
		key_error("Its file cannot be read, or is too large.");
	FreeFile(file);
	return (int) len;
}

/* callback of OpenSSL for a passphrase: there is nobody to ask */
static int
no_passphrase(char *buffer, int size, int writing, void *data)
{
	(void) buffer;
	(void) size;
	(void) writing;
	(void) data;
	return 0;
}

/* load the configured key, which the caller frees with EVP_PKEY_free() */
static EVP_PKEY *
load_key(void)
{
	char		buffer[KEY_FILE_MAX];
	int			len = read_key_file(buffer);
	BIO		   *bio = BIO_new_mem_buf(buffer, len);
	EVP_PKEY   *key = NULL;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	explicit_bzero(buffer, sizeof(buffer));
	ERR_clear_error();
	if (key == NULL)
		key_error("Its file holds no private key in PEM without a passphrase.");
	if (EVP_PKEY_id(key) != EVP_PKEY_ED25519)
	{
		EVP_PKEY_free(key);
		key_error("It is not of type Ed25519.");
	}
	return key;
}

/* sign of the core's signer */
static soc2_status
sign_message(void *ctx, soc2_text message,
			 unsigned char signature[SOC2_ED25519_SIGNATURE_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t		len = SOC2_ED25519_SIGNATURE_SIZE;
	bool		ok;

	ok = context != NULL &&
		EVP_DigestSignInit(context, NULL, NULL, NULL, ctx) == 1 &&
		EVP_DigestSign(context, signature, &len,
					   (const unsigned char *) message.bytes,
					   message.len) == 1 &&
		len == SOC2_ED25519_SIGNATURE_SIZE;
	EVP_MD_CTX_free(context);
	return ok ? SOC2_OK : SOC2_SIGN_FAILED;
}

/* the public half of a key, with its name */
static soc2_status
public_half(EVP_PKEY *key, soc2_note_key *out)
{
	unsigned char bytes[SOC2_ED25519_KEY_SIZE];
	size_t		len = sizeof(bytes);

	if (EVP_PKEY_get_raw_public_key(key, bytes, &len) != 1 ||
		len != sizeof(bytes))
		return SOC2_SIGN_FAILED;
	return soc2_note_key_make(soc2_ledger_hasher(),
							  soc2_text_of(soc2_origin_setting), bytes, out);
}

/* write a signed note */
static soc2_status
write_note(EVP_PKEY *private_key, soc2_text text, soc2_buffer *buffer)
{
	soc2_signer signer = {sign_message, NULL, private_key};
	soc2_note_key key;
	soc2_status status = public_half(private_key, &key);

	if (status == SOC2_OK)
		status = soc2_note_start(text, buffer);
	if (status == SOC2_OK)
		status = soc2_note_sign(&signer, &key, text, buffer);
	return status;
}

/* Sign a text with the configured key */
char *
soc2_log_sign(const char *text)
{
	soc2_text	signed_text = soc2_text_of(text);
	soc2_buffer buffer = {NULL, 0, 0};
	soc2_status status;
	EVP_PKEY   *key;

	require_settings();
	if (signing_key_setting[0] == '\0')
		return NULL;
	/* nothing is allocated while the key is there */
	buffer.size = signed_text.len + 1 + strlen(soc2_origin_setting) +
		SOC2_NOTE_SIGNATURE_SIZE;
	buffer.bytes = palloc0(buffer.size + 1);
	key = load_key();
	status = write_note(key, signed_text, &buffer);
	EVP_PKEY_free(key);
	soc2_check_status(status, "sign a checkpoint");
	return buffer.bytes;
}

/* Verifier key of the key that signs checkpoints; NULL if there is none */
Datum
soc2_public_key(PG_FUNCTION_ARGS)
{
	char		line[ORIGIN_MAX + SOC2_NOTE_KEY_TEXT_SIZE + 1] = "";
	soc2_buffer buffer = {line, sizeof(line) - 1, 0};
	soc2_note_key public_key;
	soc2_status status;
	EVP_PKEY   *key;

	require_settings();
	if (signing_key_setting[0] == '\0')
		PG_RETURN_NULL();
	key = load_key();
	status = public_half(key, &public_key);
	EVP_PKEY_free(key);
	if (status == SOC2_OK)
		status = soc2_note_key_format(&public_key, &buffer);
	soc2_check_status(status, "read the key that signs checkpoints");
	PG_RETURN_DATUM(soc2_log_text_datum(line));
}
