/*-------------------------------------------------------------------------
 *
 * test_note.c
 *		Proves that published notes and keys verify, that our own are what the
 *		specification asks for, that a note with any byte changed does not verify,
 *		and what is said about texts that are no notes, names or keys.
 *
 * IDENTIFICATION
 *	  test/unit/test_note.c
 *
 *-------------------------------------------------------------------------
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/note.h"
#include "ed25519.h"
#include "sha256.h"
#include "text_case.h"

#define DASH "\xe2\x80\x94 "
#define SIGNATURE "AAAAAAE="	/* the shortest there is */

static test_sha256 work;
static unsigned char private_key[SOC2_ED25519_KEY_SIZE] = {1, 2, 3};

/* a published key, a note that it signed */
typedef struct published
{
	const char *key;
	const char *note;
}			published;

static const published notes[] = {
	/* C2SP signed-note, "Example" */
	{
		"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		"This is an example message.\n"
		"\n"
		DASH "example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAl"
		"TgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
	},
	/* package golang.org/x/mod/sumdb/note, its example */
	{
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"If you think cryptography is the answer to your problem,\n"
		"then you don't know what your problem is.\n"
		"\n"
		DASH "PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUg"
		"YN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
	},
	/* the checksum database of Go, at some size */
	{
		"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
		"go.sum database tree\n"
		"6476701\n"
		"mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=\n"
		"\n"
		DASH "sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9"
		"S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=\n"
	},
};

/* the key that a text says */
static soc2_note_key
key_of(const char *text)
{
	soc2_hasher hasher = test_hasher(&work);
	soc2_note_key key;
	size_t		errpos;

	assert_int_equal(soc2_note_key_parse(&hasher, soc2_text_of(text), &key,
										 &errpos), SOC2_OK);
	return key;
}

/* the key that belongs to private_key */
static soc2_note_key
own_key(const char *name)
{
	soc2_hasher hasher = test_hasher(&work);
	unsigned char public_key[SOC2_ED25519_KEY_SIZE];
	soc2_note_key key;

	test_public_key(private_key, public_key);
	assert_int_equal(soc2_note_key_make(&hasher, soc2_text_of(name),
										public_key, &key), SOC2_OK);
	return key;
}

/* parse, and verify by a key */
static soc2_status
judge(soc2_text text, const soc2_note_key *key)
{
	soc2_signer signer = test_signer(NULL);
	soc2_note	note;
	size_t		errpos = text.len + 1;
	soc2_status status = soc2_note_parse(text, &note, &errpos);

	if (status == SOC2_OK)
		return soc2_note_verify(&signer, key, &note);
	assert_true(errpos <= text.len);
	return status;
}

/* published notes verify by the published keys, and by no other */
static void
test_published(void **state)
{
	(void) state;
	for (size_t i = 0; i < COUNT(notes); i++)
	{
		for (size_t j = 0; j < COUNT(notes); j++)
		{
			soc2_note_key key = key_of(notes[j].key);

			assert_int_equal(judge(soc2_text_of(notes[i].note), &key),
							 i == j ? SOC2_OK : SOC2_SIGNATURE_MISSING);
		}
	}
}

/* keys are written as they were read */
static void
test_key_text(void **state)
{
	(void) state;
	for (size_t i = 0; i < COUNT(notes); i++)
	{
		soc2_note_key key = key_of(notes[i].key);
		char		bytes[200];
		soc2_buffer buffer = {bytes, sizeof(bytes), 0};

		assert_int_equal(soc2_note_key_format(&key, &buffer), SOC2_OK);
		assert_int_equal(buffer.len, strlen(notes[i].key));
		assert_int_equal(buffer.len, key.name.len + SOC2_NOTE_KEY_TEXT_SIZE);
		assert_memory_equal(bytes, notes[i].key, buffer.len);
		buffer.size = buffer.len - 1;
		buffer.len = 0;
		assert_int_equal(soc2_note_key_format(&key, &buffer), SOC2_NO_SPACE);
	}
}

/* any other byte anywhere, and the note verifies no more */
static void
test_changed_bytes(void **state)
{
	soc2_note_key key = key_of(notes[2].key);
	char		bytes[400];
	soc2_text	text = {bytes, strlen(notes[2].note)};

	(void) state;
	memcpy(bytes, notes[2].note, text.len);
	for (size_t i = 0; i < text.len; i++)
	{
		for (unsigned bit = 0; bit < 8; bit++)
		{
			bytes[i] = (char) (bytes[i] ^ 1 << bit);
			assert_int_not_equal(judge(text, &key), SOC2_OK);
			bytes[i] = (char) (bytes[i] ^ 1 << bit);
		}
	}
	for (text.len--; text.len > 0; text.len--)
		assert_int_not_equal(judge(text, &key), SOC2_OK);
}

/* make a note with two signatures of our own */
static soc2_buffer
make_note(const char *text, char *bytes, size_t size)
{
	soc2_signer signer = test_signer(private_key);
	soc2_buffer buffer = {bytes, size, 0};
	soc2_note_key a = own_key("example.com/a");
	soc2_note_key b = own_key("example.com/b");

	assert_int_equal(soc2_note_start(soc2_text_of(text), &buffer), SOC2_OK);
	assert_int_equal(soc2_note_sign(&signer, &a, soc2_text_of(text), &buffer),
					 SOC2_OK);
	assert_int_equal(soc2_note_sign(&signer, &b, soc2_text_of(text), &buffer),
					 SOC2_OK);
	return buffer;
}

/* our own notes */
static void
test_own(void **state)
{
	static const char *const texts[] = {
		"one line\n", "\n", "\n\n", "a\n\nb\n", "a\n\n\n",
		"a\n\n" DASH "x " SIGNATURE "\n", "ed \xc3\xa8 subito sera.\n"
	};

	(void) state;
	for (size_t i = 0; i < COUNT(texts); i++)
	{
		char		bytes[500];
		soc2_buffer buffer = make_note(texts[i], bytes, sizeof(bytes));
		soc2_text	text = {bytes, buffer.len};
		soc2_note_key key = own_key("example.com/b");
		soc2_note_key other = own_key("example.com/c");
		soc2_note_signature signature;
		soc2_note	note;
		size_t		offset = 0;
		size_t		errpos;

		assert_int_equal(buffer.len, strlen(texts[i]) + 1 +
						 2 * (key.name.len + SOC2_NOTE_SIGNATURE_SIZE));
		assert_int_equal(soc2_note_parse(text, &note, &errpos), SOC2_OK);
		assert_int_equal(note.count, 2);
		assert_int_equal(note.text.len, strlen(texts[i]));
		assert_memory_equal(note.text.bytes, texts[i], note.text.len);
		assert_int_equal(judge(text, &key), SOC2_OK);
		assert_int_equal(judge(text, &other), SOC2_SIGNATURE_MISSING);
		assert_true(soc2_note_next(&note, &offset, &signature));
		assert_true(soc2_note_next(&note, &offset, &signature));
		assert_memory_equal(signature.name.bytes, "example.com/b", 13);
		assert_memory_equal(signature.id, key.id, SOC2_NOTE_KEY_ID_SIZE);
		assert_false(soc2_note_next(&note, &offset, &signature));
	}
}

/* the name and the id of a key, and another signature */
static void
test_invalid(void **state)
{
	char		bytes[400];
	const char *own = "text\n";
	soc2_signer signer = test_signer(private_key);
	soc2_note_key key = own_key("k");
	soc2_note_key same = key;
	soc2_buffer buffer = {bytes, sizeof(bytes), 0};
	soc2_text	text = {bytes, 0};

	(void) state;
	/* signed something else */
	assert_int_equal(soc2_note_start(soc2_text_of(own), &buffer), SOC2_OK);
	assert_int_equal(soc2_note_sign(&signer, &key, soc2_text_of("other\n"),
									&buffer), SOC2_OK);
	text.len = buffer.len;
	assert_int_equal(judge(text, &key), SOC2_SIGNATURE_INVALID);

	/* a second, right one does not heal it */
	assert_int_equal(soc2_note_sign(&signer, &key, soc2_text_of(own),
									&buffer), SOC2_OK);
	text.len = buffer.len;
	assert_int_equal(judge(text, &key), SOC2_SIGNATURE_INVALID);

	/* nor does it help to come first */
	buffer.len = 0;
	assert_int_equal(soc2_note_start(soc2_text_of(own), &buffer), SOC2_OK);
	assert_int_equal(soc2_note_sign(&signer, &key, soc2_text_of(own),
									&buffer), SOC2_OK);
	text.len = buffer.len;
	assert_int_equal(judge(text, &key), SOC2_OK);
	assert_int_equal(soc2_note_sign(&signer, &key, soc2_text_of("other\n"),
									&buffer), SOC2_OK);
	text.len = buffer.len;
	assert_int_equal(judge(text, &key), SOC2_SIGNATURE_INVALID);

	/* the same id by chance: another key */
	same.key[0] ^= 1;
	buffer.len = 0;
	assert_int_equal(soc2_note_start(soc2_text_of(own), &buffer), SOC2_OK);
	assert_int_equal(soc2_note_sign(&signer, &key, soc2_text_of(own),
									&buffer), SOC2_OK);
	text.len = buffer.len;
	assert_int_equal(judge(text, &key), SOC2_OK);
	assert_int_not_equal(judge(text, &same), SOC2_OK);
}

/* signatures of another length than that of Ed25519, by name and id ours */
static void
test_other_lengths(void **state)
{
	soc2_note_key key = own_key("k");

	(void) state;
	for (size_t len = 1; len < 100; len++)
	{
		unsigned char blob[104] = {0};
		char		bytes[200];
		soc2_buffer buffer = {bytes, sizeof(bytes), 0};
		soc2_text	text = {bytes, 0};

		memcpy(blob, key.id, SOC2_NOTE_KEY_ID_SIZE);
		assert_int_equal(soc2_note_start(soc2_text_of("t\n"), &buffer),
						 SOC2_OK);
		soc2_buffer_add(&buffer, DASH "k ", strlen(DASH "k "));
		soc2_buffer_add_base64(&buffer, blob, SOC2_NOTE_KEY_ID_SIZE + len);
		soc2_buffer_add(&buffer, "\n", 1);
		text.len = buffer.len;
		assert_int_equal(judge(text, &key), SOC2_SIGNATURE_INVALID);
	}
}

/* a right signature, and then its first half by the same name and id */
static void
test_half(void **state)
{
	soc2_signer signer = test_signer(private_key);
	soc2_note_key key = own_key("k");
	unsigned char blob[SOC2_NOTE_KEY_ID_SIZE + SOC2_ED25519_SIGNATURE_SIZE];
	soc2_text	own = soc2_text_of("text\n");
	char		bytes[400];
	soc2_buffer buffer = {bytes, sizeof(bytes), 0};
	soc2_text	text = {bytes, 0};

	(void) state;
	memcpy(blob, key.id, SOC2_NOTE_KEY_ID_SIZE);
	assert_int_equal(signer.sign(signer.ctx, own,
								 blob + SOC2_NOTE_KEY_ID_SIZE), SOC2_OK);
	assert_int_equal(soc2_note_start(own, &buffer), SOC2_OK);
	for (size_t half = 1; half <= 2; half++)
	{
		soc2_buffer_add(&buffer, DASH "k ", strlen(DASH "k "));
		soc2_buffer_add_base64(&buffer, blob, sizeof(blob) / half);
		soc2_buffer_add(&buffer, "\n", 1);
		text.len = buffer.len;
		assert_int_equal(judge(text, &key), half == 1 ? SOC2_OK :
						 SOC2_SIGNATURE_INVALID);
	}
}

/* an id that is ours, and a name that only starts as ours or the reverse */
static void
test_similar_names(void **state)
{
	soc2_signer signer = test_signer(private_key);
	soc2_note_key key = own_key("name");
	soc2_text	own = soc2_text_of("text\n");

	(void) state;
	for (size_t len = 1; len <= 6; len++)
	{
		soc2_note_key other = key;
		char		bytes[400];
		soc2_buffer buffer = {bytes, sizeof(bytes), 0};
		soc2_text	text = {bytes, 0};

		other.name.bytes = "namely";
		other.name.len = len;
		assert_int_equal(soc2_note_start(own, &buffer), SOC2_OK);
		assert_int_equal(soc2_note_sign(&signer, &other, own, &buffer),
						 SOC2_OK);
		text.len = buffer.len;
		assert_int_equal(judge(text, &key), len == 4 ? SOC2_OK :
						 SOC2_SIGNATURE_MISSING);
	}
}

/* what cannot be signed or written */
static void
test_not_made(void **state)
{
	char		bytes[200];
	soc2_buffer buffer = {bytes, sizeof(bytes), 0};
	soc2_buffer small = {bytes, 10, 0};
	soc2_buffer measure = {NULL, 0, 0};
	soc2_signer signer = test_signer(NULL);
	soc2_note_key key = own_key("k");
	soc2_text	text = soc2_text_of("text\n");

	(void) state;
	assert_int_equal(soc2_note_start(soc2_text_of(""), &buffer),
					 SOC2_NEWLINE_EXPECTED);
	assert_int_equal(soc2_note_start(soc2_text_of("a"), &buffer),
					 SOC2_NEWLINE_EXPECTED);
	assert_int_equal(soc2_note_start(soc2_text_of("a\r\n"), &buffer),
					 SOC2_CONTROL_CHARACTER);
	assert_int_equal(soc2_note_start(soc2_text_of("\xff\n"), &buffer),
					 SOC2_NOT_UTF8);
	assert_int_equal(buffer.len, 0);
	assert_int_equal(soc2_note_sign(&signer, &key, text, &buffer),
					 SOC2_SIGN_FAILED);
	assert_int_equal(buffer.len, 0);

	/* measuring takes no key */
	assert_int_equal(soc2_note_sign(&signer, &key, text, &measure),
					 SOC2_NO_SPACE);
	assert_int_equal(measure.len, SOC2_NOTE_SIGNATURE_SIZE + 1);
	signer = test_signer(private_key);
	assert_int_equal(soc2_note_sign(&signer, &key, text, &small),
					 SOC2_NO_SPACE);
}

/* what is no note, and where */
static void
test_grammar(void **state)
{
	static const text_case cases[] = {
		{"t\n\n" DASH "n " SIGNATURE "\n", SOC2_OK, 0},
		{"\n\n" DASH "n " SIGNATURE "\n", SOC2_OK, 0},
		{"t\n\n" DASH "\xc3\xa8 " SIGNATURE "\n", SOC2_OK, 0},
		{"", SOC2_SIGNATURE_EXPECTED, 0},
		{"t\n", SOC2_SIGNATURE_EXPECTED, 2},
		{"t\n\n", SOC2_SIGNATURE_EXPECTED, 3},
		{"\n", SOC2_SIGNATURE_EXPECTED, 1},
		{"\n" DASH "n " SIGNATURE "\n", SOC2_SIGNATURE_EXPECTED, 16},
		{"t\n" DASH "n " SIGNATURE "\n", SOC2_SIGNATURE_EXPECTED, 17},
		{"t\n\n" DASH "n " SIGNATURE, SOC2_NEWLINE_EXPECTED, 17},
		{"t\n\n" DASH "n " SIGNATURE "\n" DASH, SOC2_NEWLINE_EXPECTED, 22},
		{"t\n\n" DASH "n " SIGNATURE "\nx\n", SOC2_SIGNATURE_EXPECTED, 18},
		{"t\n\n" DASH "n " SIGNATURE "\n\n", SOC2_SIGNATURE_EXPECTED, 19},
		{"t\n\n- n " SIGNATURE "\n", SOC2_SIGNATURE_EXPECTED, 3},
		{"t\n\n\xe2\x80\x93 n " SIGNATURE "\n", SOC2_SIGNATURE_EXPECTED, 3},
		{"t\n\n\xe2\x80\x94n " SIGNATURE "\n", SOC2_SIGNATURE_EXPECTED, 3},
		{"t\n\n\xe2\x80\x94\n", SOC2_SIGNATURE_EXPECTED, 3},
		{"t\n\n" DASH "n\n", SOC2_SIGNATURE_EXPECTED, 8},
		{"t\n\n" DASH " " SIGNATURE "\n", SOC2_LINE_EXPECTED, 7},
		{"t\n\n" DASH "n+ " SIGNATURE "\n", SOC2_NAME_CHARACTER, 8},
		{"t\n\n" DASH "n\xc2\xa0 " SIGNATURE "\n", SOC2_NAME_CHARACTER, 8},
		{"t\n\n" DASH "n  " SIGNATURE "\n", SOC2_BASE64_EXPECTED, 9},
		{"t\n\n" DASH "n " SIGNATURE " \n", SOC2_BASE64_EXPECTED, 16},
		{"t\n\n" DASH "n AAAAAAE\n", SOC2_BASE64_PADDING, 16},
		{"t\n\n" DASH "n AAAAAAF=\n", SOC2_BASE64_EXPECTED, 15},
		{"t\n\n" DASH "n AAAAAA==\n", SOC2_SIGNATURE_LENGTH, 9},
		{"t\n\n" DASH "n AAAA\n", SOC2_SIGNATURE_LENGTH, 9},
		{"t\n\n" DASH "n \n", SOC2_SIGNATURE_LENGTH, 9},
		{"t\r\n\n" DASH "n " SIGNATURE "\n", SOC2_CONTROL_CHARACTER, 1},
		{"t\n\n" DASH "n " SIGNATURE "\r\n", SOC2_CONTROL_CHARACTER, 17},
		{"\xff\n\n" DASH "n " SIGNATURE "\n", SOC2_NOT_UTF8, 0},
	};

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		soc2_note	note;
		size_t		errpos = 999;

		assert_int_equal(soc2_note_parse(soc2_text_of(cases[i].text), &note,
										 &errpos), cases[i].status);
		if (cases[i].status != SOC2_OK)
			assert_int_equal(errpos, cases[i].errpos);
	}
}

/* as many signatures as there may be, and one more */
static void
test_signature_count(void **state)
{
	static const char line[] = DASH "n " SIGNATURE "\n";
	char		bytes[3 + 101 * sizeof(line)];
	soc2_buffer buffer = {bytes, sizeof(bytes), 0};
	soc2_text	text = {bytes, 0};
	soc2_note	note;
	size_t		errpos;

	(void) state;
	soc2_buffer_add(&buffer, "t\n\n", 3);
	for (unsigned i = 1; i <= 101; i++)
	{
		soc2_buffer_add(&buffer, line, sizeof(line) - 1);
		text.len = buffer.len;
		if (i <= SOC2_NOTE_SIGNATURES_MAX)
		{
			assert_int_equal(soc2_note_parse(text, &note, &errpos), SOC2_OK);
			assert_int_equal(note.count, i);
		}
	}
	assert_int_equal(soc2_note_parse(text, &note, &errpos),
					 SOC2_TOO_MANY_SIGNATURES);
	assert_int_equal(errpos, text.len - (sizeof(line) - 1));
}

/* names of keys */
static void
test_names(void **state)
{
	static const text_case cases[] = {
		{"soc2/00112233-4455-6677-8899-aabbccddeeff/1", SOC2_OK, 0},
		{"\xe2\x80\x94", SOC2_OK, 0},
		{"", SOC2_LINE_EXPECTED, 0},
		{"a b", SOC2_NAME_CHARACTER, 1},
		{"a+b", SOC2_NAME_CHARACTER, 1},
		{"a\xc2\x85", SOC2_NAME_CHARACTER, 1},
		{"\xe1\x9a\x80", SOC2_NAME_CHARACTER, 0},
		{"ab\xe2\x80\x80", SOC2_NAME_CHARACTER, 2},
		{"ab\xe2\x80\x8a", SOC2_NAME_CHARACTER, 2},
		{"ab\xe2\x80\x8b", SOC2_OK, 0},
		{"ab\xe2\x80\xa8", SOC2_NAME_CHARACTER, 2},
		{"ab\xe2\x80\xa9", SOC2_NAME_CHARACTER, 2},
		{"ab\xe2\x80\xaf", SOC2_NAME_CHARACTER, 2},
		{"ab\xe2\x81\x9f", SOC2_NAME_CHARACTER, 2},
		{"ab\xe3\x80\x80", SOC2_NAME_CHARACTER, 2},
		{"a\n", SOC2_CONTROL_CHARACTER, 1},
		{"a\t", SOC2_CONTROL_CHARACTER, 1},
		{"a\xc3", SOC2_NOT_UTF8, 1},
	};

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		size_t		errpos = 99;

		assert_int_equal(soc2_note_check_name(soc2_text_of(cases[i].text),
											  &errpos), cases[i].status);
		if (cases[i].status != SOC2_OK)
			assert_int_equal(errpos, cases[i].errpos);
	}
}

#define KEY "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

/* texts that are no keys, and where */
static void
test_key_grammar(void **state)
{
	static const text_case cases[] = {
		{"example.com/foo+530d903a+" KEY, SOC2_OK, 0},
		{"", SOC2_LINE_EXPECTED, 0},
		{"+530d903a+" KEY, SOC2_LINE_EXPECTED, 0},
		{"n", SOC2_SEPARATOR_MISSING, 1},
		{"a b", SOC2_NAME_CHARACTER, 1},
		{"n+", SOC2_HEX_EXPECTED, 2},
		{"n+530d903", SOC2_HEX_EXPECTED, 9},
		{"n+530d903A+" KEY, SOC2_HEX_EXPECTED, 9},
		{"n+530d903a", SOC2_SEPARATOR_MISSING, 10},
		{"n+530d903ab+" KEY, SOC2_SEPARATOR_MISSING, 10},
		{"n+530d903a+", SOC2_KEY_TYPE, 11},
		{"n+530d903a+AQ==", SOC2_KEY_TYPE, 11},
		{"n+530d903a+A" KEY, SOC2_BASE64_PADDING, 56},
		{"n+530d903a+AAAA" KEY, SOC2_KEY_TYPE, 11},
		{"n+530d903a+BekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		SOC2_KEY_TYPE, 11},
		{"n+530d903a+" KEY " ", SOC2_BASE64_EXPECTED, 55},
		{"n+530d903a+" KEY, SOC2_KEY_ID_MISMATCH, 2},
		{"example.com/foo+530d903b+" KEY, SOC2_KEY_ID_MISMATCH, 16},
	};
	soc2_hasher hasher = test_hasher(&work);

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		soc2_note_key key;
		size_t		errpos = 999;

		assert_int_equal(soc2_note_key_parse(&hasher,
											 soc2_text_of(cases[i].text), &key,
											 &errpos), cases[i].status);
		if (cases[i].status != SOC2_OK)
			assert_int_equal(errpos, cases[i].errpos);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_key_text),
		cmocka_unit_test(test_changed_bytes),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_other_lengths),
		cmocka_unit_test(test_half),
		cmocka_unit_test(test_similar_names),
		cmocka_unit_test(test_not_made),
		cmocka_unit_test(test_grammar),
		cmocka_unit_test(test_signature_count),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_key_grammar),
	};

	return cmocka_run_group_tests_name("note", tests, NULL, NULL);
}
