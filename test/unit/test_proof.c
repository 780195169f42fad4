/*-------------------------------------------------------------------------
 *
 * test_proof.c
 *		Proves that the text of an inclusion proof is that of C2SP tlog-proof, that
 *		it verifies, that it does not with any byte changed, and what is said about
 *		texts that are none.
 *
 * IDENTIFICATION
 *	  test/unit/test_proof.c
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

#include "core/proof.h"
#include "ed25519.h"
#include "merkle_log.h"
#include "text_case.h"

#define HEADER "c2sp.org/tlog-proof@v1\n"
#define HASH "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
#define CHECKPOINT "o\n9\n" HASH "\n"

#define INDEX 5
#define SIZE 11

static test_log tlog;
static unsigned char private_key[SOC2_ED25519_KEY_SIZE] = {7};

/* the entry at INDEX, as test_log_begin() has it */
static soc2_digest
own_entry(void)
{
	soc2_digest entry = {{INDEX}};

	entry.bytes[31] = 0xA5;
	return entry;
}

/* the key that signs */
static soc2_note_key
own_key(void)
{
	unsigned char public_key[SOC2_ED25519_KEY_SIZE];
	soc2_note_key key;

	test_public_key(private_key, public_key);
	test_must(soc2_note_key_make(&tlog.hasher, soc2_text_of("soc2/log/1"),
								 public_key, &key));
	return key;
}

/* write a signed checkpoint of the log */
static void
make_checkpoint(soc2_buffer *out)
{
	char		bytes[200];
	soc2_buffer body = {bytes, sizeof(bytes), 0};
	soc2_text	text = {bytes, 0};
	soc2_signer signer = test_signer(private_key);
	soc2_checkpoint c = {{NULL, 0}, SIZE, {{0}}, {NULL, 0}};
	soc2_note_key key = own_key();

	c.origin = key.name;
	c.root = test_root(&tlog, SIZE);
	test_must(soc2_checkpoint_format(&c, &body));
	text.len = body.len;
	test_must(soc2_note_start(text, out));
	test_must(soc2_note_sign(&signer, &key, text, out));
}

/* write a proof of the log */
static void
make_proof(const char *extra, soc2_buffer *out)
{
	char		bytes[500];
	soc2_buffer checkpoint = {bytes, sizeof(bytes), 0};
	soc2_merkle_span all = {0, SIZE};
	soc2_proof	proof;

	memset(&proof, 0, sizeof(proof));
	make_checkpoint(&checkpoint);
	proof.checkpoint.bytes = bytes;
	proof.checkpoint.len = checkpoint.len;
	proof.extra = soc2_text_of(extra);
	proof.index = INDEX;
	test_path(&tlog, INDEX, all, &proof.path);
	test_must(soc2_proof_format(&proof, out));
}

/* all that somebody does who gets a proof and the row */
static soc2_status
judge(soc2_text text)
{
	soc2_signer signer = test_signer(NULL);
	soc2_note_key key = own_key();
	soc2_digest entry = own_entry();
	soc2_proof	proof;
	soc2_checkpoint checkpoint;
	soc2_note	note;
	size_t		errpos = text.len + 1;
	soc2_status status = soc2_proof_parse(text, &proof, &errpos);

	if (status != SOC2_OK)
	{
		assert_true(errpos <= text.len);
		return status;
	}
	assert_int_equal(soc2_checkpoint_open(proof.checkpoint, &checkpoint, &note,
										  &errpos), SOC2_OK);
	status = soc2_note_verify(&signer, &key, &note);
	if (status == SOC2_OK)
		status = soc2_proof_verify(&tlog.hasher, &proof, &checkpoint, &entry);
	return status;
}

/* a proof verifies, and reads as it was written */
static void
test_own(void **state)
{
	static const char *const extras[] = {"", "AA==", "YWdl"};

	(void) state;
	for (size_t i = 0; i < COUNT(extras); i++)
	{
		char		bytes[1000];
		char		again[1000];
		soc2_buffer buffer = {bytes, sizeof(bytes), 0};
		soc2_buffer second = {again, sizeof(again), 0};
		soc2_text	text = {bytes, 0};
		soc2_proof	proof;
		size_t		errpos;

		make_proof(extras[i], &buffer);
		text.len = buffer.len;
		assert_int_equal(judge(text), SOC2_OK);
		assert_int_equal(soc2_proof_parse(text, &proof, &errpos), SOC2_OK);
		assert_int_equal(proof.index, INDEX);
		assert_int_equal(proof.path.count, 4);
		assert_int_equal(proof.extra.len, strlen(extras[i]));
		assert_int_equal(soc2_proof_format(&proof, &second), SOC2_OK);
		assert_int_equal(second.len, text.len);
		assert_memory_equal(again, bytes, text.len);
		second.size = second.len - 1;
		second.len = 0;
		assert_int_equal(soc2_proof_format(&proof, &second), SOC2_NO_SPACE);
	}
}

/* any bit changed, and any end cut off */
static void
test_changed(void **state)
{
	char		bytes[1000];
	soc2_buffer buffer = {bytes, sizeof(bytes), 0};
	soc2_text	text = {bytes, 0};

	(void) state;
	make_proof("", &buffer);
	text.len = buffer.len;
	for (size_t i = 0; i < text.len; i++)
	{
		for (unsigned bit = 0; bit < 8; bit++)
		{
			bytes[i] = (char) (bytes[i] ^ 1 << bit);
			assert_int_not_equal(judge(text), SOC2_OK);
			bytes[i] = (char) (bytes[i] ^ 1 << bit);
		}
	}
	for (text.len--; text.len > 0; text.len--)
		assert_int_not_equal(judge(text), SOC2_OK);
}

/* another row */
static void
test_other_entry(void **state)
{
	char		bytes[1000];
	soc2_buffer buffer = {bytes, sizeof(bytes), 0};
	soc2_text	text = {bytes, 0};
	soc2_digest entry = own_entry();
	soc2_proof	proof;
	soc2_checkpoint checkpoint;
	soc2_note	note;
	size_t		errpos;

	(void) state;
	make_proof("", &buffer);
	text.len = buffer.len;
	test_must(soc2_proof_parse(text, &proof, &errpos));
	test_must(soc2_checkpoint_open(proof.checkpoint, &checkpoint, &note,
								   &errpos));
	entry.bytes[0] ^= 1;
	assert_int_equal(soc2_proof_verify(&tlog.hasher, &proof, &checkpoint,
									   &entry), SOC2_PROOF_MISMATCH);
	proof.index = SIZE;
	assert_int_equal(soc2_proof_verify(&tlog.hasher, &proof, &checkpoint,
									   &entry), SOC2_OUT_OF_RANGE);
	proof.index = SIZE - 1;
	assert_int_equal(soc2_proof_verify(&tlog.hasher, &proof, &checkpoint,
									   &entry), SOC2_PROOF_LENGTH);
}

/* what is a proof and what is none, and where; the header has 23 bytes */
static void
test_grammar(void **state)
{
	static const text_case cases[] = {
		{HEADER "index 0\n\n" CHECKPOINT, SOC2_OK, 0},
		{HEADER "index 4\n" HASH "\n" HASH "\n\n" CHECKPOINT, SOC2_OK, 0},
		{HEADER "extra AA==\nindex 0\n\n" CHECKPOINT, SOC2_OK, 0},
		{"", SOC2_LINE_EXPECTED, 0},
		{"c2sp.org/tlog-proof@v1", SOC2_NEWLINE_EXPECTED, 22},
		{"c2sp.org/tlog-proof@v2\n", SOC2_PROOF_HEADER, 0},
		{"c2sp.org/tlog-proof@v1 \n", SOC2_PROOF_HEADER, 0},
		{"c2sp.org/tlog-proof@v1\r\n", SOC2_PROOF_HEADER, 0},
		{"\n" HEADER, SOC2_PROOF_HEADER, 0},
		{HEADER, SOC2_LINE_EXPECTED, 23},
		{HEADER "\n", SOC2_INDEX_EXPECTED, 23},
		{HEADER "index\n", SOC2_INDEX_EXPECTED, 23},
		{HEADER "Index 0\n", SOC2_INDEX_EXPECTED, 23},
		{HEADER "index 0", SOC2_NEWLINE_EXPECTED, 30},
		{HEADER "index \n", SOC2_NUMBER_EXPECTED, 29},
		{HEADER "index  0\n", SOC2_NUMBER_EXPECTED, 29},
		{HEADER "index 00\n", SOC2_LEADING_ZERO, 29},
		{HEADER "index 1x\n", SOC2_UNEXPECTED_CHARACTER, 30},
		{HEADER "index 9223372036854775808\n", SOC2_SIZE_TOO_LARGE, 29},
		{HEADER "index 0\nextra AA==\n", SOC2_HASH_LENGTH, 41},
		{HEADER "extra \nindex 0\n", SOC2_BASE64_EXPECTED, 29},
		{HEADER "extra AA=\nindex 0\n", SOC2_BASE64_EXPECTED, 31},
		{HEADER "extra AAA\nindex 0\n", SOC2_BASE64_PADDING, 32},
		{HEADER "extra AA==\n", SOC2_LINE_EXPECTED, 34},
		{HEADER "extra AA==\nextra AA==\nindex 0\n", SOC2_INDEX_EXPECTED, 34},
		{HEADER "extra AA==\nindex -\n", SOC2_NUMBER_EXPECTED, 40},
		{HEADER "index 0\n", SOC2_LINE_EXPECTED, 31},
		{HEADER "index 0\n" HASH, SOC2_NEWLINE_EXPECTED, 75},
		{HEADER "index 0\n" HASH "\n", SOC2_LINE_EXPECTED, 76},
		{HEADER "index 0\nAAAA\n", SOC2_HASH_LENGTH, 35},
		{HEADER "index 0\n*" HASH "\n", SOC2_HASH_LENGTH, 75},
		{HEADER "index 0\n\n", SOC2_LINE_EXPECTED, 32},
		{HEADER "index 0\n\no\n", SOC2_LINE_EXPECTED, 34},
		{HEADER "index 0\n\no\n01\n", SOC2_LEADING_ZERO, 34},
		{HEADER "index 0\n\n" CHECKPOINT "\n", SOC2_SIGNATURE_EXPECTED, 82},
		{HEADER "index 0\n\n\n" CHECKPOINT, SOC2_LINE_EXPECTED, 32},
	};

	(void) state;
	for (size_t i = 0; i < COUNT(cases); i++)
	{
		soc2_proof	proof;
		size_t		errpos = 999;

		assert_int_equal(soc2_proof_parse(soc2_text_of(cases[i].text), &proof,
										  &errpos), cases[i].status);
		if (cases[i].status != SOC2_OK)
			assert_int_equal(errpos, cases[i].errpos);
	}
}

/* as many hashes as there may be, and one more */
static void
test_hash_count(void **state)
{
	char		bytes[4000];
	soc2_buffer buffer = {bytes, sizeof(bytes), 0};
	soc2_text	text = {bytes, 0};
	size_t		before;
	soc2_proof	proof;
	size_t		errpos;

	(void) state;
	soc2_buffer_add(&buffer, HEADER "index 0\n", strlen(HEADER "index 0\n"));
	for (int i = 0; i < SOC2_MERKLE_PATH_MAX; i++)
		soc2_buffer_add(&buffer, HASH "\n", strlen(HASH "\n"));
	before = buffer.len;
	soc2_buffer_add(&buffer, "\n" CHECKPOINT, strlen("\n" CHECKPOINT));
	text.len = buffer.len;
	assert_int_equal(soc2_proof_parse(text, &proof, &errpos), SOC2_OK);
	assert_int_equal(proof.path.count, SOC2_MERKLE_PATH_MAX);
	buffer.len = before;
	soc2_buffer_add(&buffer, HASH "\n\n" CHECKPOINT,
					strlen(HASH "\n\n" CHECKPOINT));
	text.len = buffer.len;
	assert_int_equal(soc2_proof_parse(text, &proof, &errpos),
					 SOC2_PROOF_LENGTH);
	assert_int_equal(errpos, before);
}

/* what cannot be written */
static void
test_not_written(void **state)
{
	char		bytes[100];
	soc2_buffer buffer = {bytes, sizeof(bytes), 0};
	soc2_proof	proof;

	(void) state;
	memset(&proof, 0, sizeof(proof));
	assert_int_equal(soc2_proof_format(&proof, &buffer), SOC2_LINE_EXPECTED);
	proof.checkpoint = soc2_text_of(CHECKPOINT);
	assert_int_equal(soc2_proof_format(&proof, &buffer), SOC2_OK);
	proof.extra = soc2_text_of("AA");
	assert_int_equal(soc2_proof_format(&proof, &buffer), SOC2_BASE64_PADDING);
	proof.extra.len = 0;
	proof.index = SOC2_MERKLE_SIZE_MAX + 1;
	assert_int_equal(soc2_proof_format(&proof, &buffer), SOC2_OUT_OF_RANGE);
	proof.index = 0;
	proof.path.count = SOC2_MERKLE_PATH_MAX + 1;
	assert_int_equal(soc2_proof_format(&proof, &buffer), SOC2_PROOF_LENGTH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_other_entry),
		cmocka_unit_test(test_grammar),
		cmocka_unit_test(test_hash_count),
		cmocka_unit_test(test_not_written),
	};

	test_log_begin(&tlog, false);
	return cmocka_run_group_tests_name("proof", tests, NULL, NULL);
}
