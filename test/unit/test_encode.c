/*-------------------------------------------------------------------------
 *
 * test_encode.c
 *		Proves that rows are encoded, committed to and linked exactly as
 *		doc/ledger-format.md says, by vectors that another program made from
 *		that page; that the encoder refuses what would make two rows encode
 *		alike; and that digests are read and written.
 *
 * IDENTIFICATION
 *	  test/unit/test_encode.c
 *
 *-------------------------------------------------------------------------
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/chain.h"
#include "core/encode.h"
#include "sha256.h"

#ifndef VECTORS
#define VECTORS "test/unit/vectors/"
#endif

#define BUFFER_SIZE 16384
#define MAX_COLUMNS 16

/* what a sink got */
typedef struct buffer
{
	unsigned char bytes[BUFFER_SIZE];
	size_t		len;
	size_t		limit;			/* refuse what goes beyond; 0 if no limit */
}			buffer;

/* append to a buffer */
static soc2_status
buffer_write(void *ctx, const void *data, size_t len)
{
	buffer	   *b = ctx;

	if (b->limit != 0 && b->len + len > b->limit)
		return SOC2_HASH_FAILED;
	assert_true(b->len + len <= BUFFER_SIZE);
	memcpy(b->bytes + b->len, data, len);
	b->len += len;
	return SOC2_OK;
}

/* a sink into an emptied buffer */
static soc2_sink
buffer_sink(buffer * b)
{
	soc2_sink	sink = {buffer_write, NULL};

	sink.ctx = b;
	b->len = 0;
	b->limit = 0;
	return sink;
}

/* a text of the test's */
static soc2_text
text_of(const char *s)
{
	soc2_text	text = {s, strlen(s)};

	return text;
}

/* bytes of a hexadecimal word; "-" is none.  Returns how many */
static size_t
unhex(const char *word, unsigned char *out)
{
	size_t		n = strcmp(word, "-") == 0 ? 0 : strlen(word) / 2;

	for (size_t i = 0; i < n; i++)
	{
		char		pair[3] = {word[2 * i], word[2 * i + 1], '\0'};

		out[i] = (unsigned char) strtoul(pair, NULL, 16);
	}
	return n;
}

/* hash of bytes */
static soc2_digest
hash_of(const void *data, size_t len)
{
	test_sha256 work;
	soc2_digest out;

	test_sha256_begin(&work);
	test_sha256_update(&work, data, len);
	test_sha256_finish(&work, &out);
	return out;
}

/* a file of vectors being replayed */
typedef struct replay
{
	soc2_encoder encoder;
	buffer		row;
	char		names[MAX_COLUMNS][256];
	unsigned	columns;
	soc2_digest commitment;		/* of the last redactable column */
	soc2_digest content;		/* of the last row */
	soc2_digest hash;			/* of the last link */
	unsigned	checked;
}			replay;

/* the digest must be the one that the word says */
static void
check_digest(const soc2_digest *digest, const char *word)
{
	char		digits[SOC2_DIGEST_TEXT_SIZE];

	soc2_digest_format(digest, digits);
	assert_string_equal(digits, word);
}

/* column NAME VALUE */
static void
replay_column(replay * r, char **words)
{
	static unsigned char value[BUFFER_SIZE];
	char	   *name = r->names[r->columns++];
	soc2_text	text = {name, unhex(words[1], (unsigned char *) name)};
	size_t		len = unhex(words[2], value);

	assert_int_equal(soc2_encode_column(&r->encoder, text, len), SOC2_OK);
	/* in two pieces, which must make no difference */
	assert_int_equal(soc2_encode_bytes(&r->encoder, value, len / 3), SOC2_OK);
	assert_int_equal(soc2_encode_bytes(&r->encoder, value + len / 3,
									   len - len / 3), SOC2_OK);
}

/* redactable NAME SALT VALUE */
static void
replay_redactable(replay * r, char **words)
{
	static unsigned char value[BUFFER_SIZE];
	static buffer b;
	char	   *name = r->names[r->columns++];
	soc2_text	text = {name, unhex(words[1], (unsigned char *) name)};
	unsigned char salt[SOC2_SALT_SIZE];
	size_t		len = unhex(words[3], value);
	soc2_encoder inner;

	assert_int_equal(unhex(words[2], salt), SOC2_SALT_SIZE);
	assert_int_equal(soc2_encode_salted(&inner, buffer_sink(&b), salt, text,
										len), SOC2_OK);
	assert_int_equal(soc2_encode_bytes(&inner, value, len), SOC2_OK);
	assert_int_equal(soc2_encode_end(&inner), SOC2_OK);
	r->commitment = hash_of(b.bytes, b.len);
	assert_int_equal(soc2_encode_commitment(&r->encoder, text, &r->commitment),
					 SOC2_OK);
}

/* encoding BYTES */
static void
replay_encoding(replay * r, char **words)
{
	static unsigned char expected[BUFFER_SIZE];
	size_t		len = unhex(words[1], expected);

	assert_int_equal(soc2_encode_end(&r->encoder), SOC2_OK);
	assert_int_equal(r->row.len, len);
	assert_memory_equal(r->row.bytes, expected, len);
	r->content = hash_of(r->row.bytes, r->row.len);
}

/* link LEDGER LANE SEQ PREV */
static void
replay_link(replay * r, char **words)
{
	soc2_ledger_id ledger;
	soc2_link	link;
	test_sha256 work;
	soc2_hasher hasher = test_hasher(&work);

	assert_int_equal(unhex(words[1], ledger.bytes), SOC2_LEDGER_ID_SIZE);
	link.lane = (uint32_t) strtoul(words[2], NULL, 10);
	link.seq = strtoull(words[3], NULL, 10);
	assert_int_equal(unhex(words[4], link.prev.bytes), SOC2_DIGEST_SIZE);
	link.content = r->content;
	assert_int_equal(soc2_link_hash(&hasher, &ledger, &link, &r->hash), SOC2_OK);
}

/* one line of the file */
static void
replay_line(replay * r, char *line)
{
	char	   *words[5] = {NULL};
	unsigned	n = 0;

	for (char *w = strtok(line, " \n"); w && n < 5; w = strtok(NULL, " \n"))
		words[n++] = w;
	if (n == 0 || words[0][0] == '#')
		return;
	if (strcmp(words[0], "row") == 0)
	{
		r->columns = 0;
		assert_int_equal(soc2_encode_row(&r->encoder, buffer_sink(&r->row),
										 (uint16_t) atoi(words[1])), SOC2_OK);
	}
	else if (strcmp(words[0], "column") == 0)
		replay_column(r, words);
	else if (strcmp(words[0], "redactable") == 0)
		replay_redactable(r, words);
	else if (strcmp(words[0], "commitment") == 0)
		check_digest(&r->commitment, words[1]);
	else if (strcmp(words[0], "encoding") == 0)
		replay_encoding(r, words);
	else if (strcmp(words[0], "content") == 0)
		check_digest(&r->content, words[1]);
	else if (strcmp(words[0], "link") == 0)
		replay_link(r, words);
	else if (strcmp(words[0], "hash") == 0)
		check_digest(&r->hash, words[1]);
	else
		fail_msg("unknown word %s", words[0]);
	r->checked++;
}

/* every vector comes out as it stands in the file */
static void
test_vectors(void **state)
{
	static replay r;
	static char line[2 * BUFFER_SIZE];
	FILE	   *file = fopen(VECTORS "row_encoding.txt", "r");

	(void) state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
		replay_line(&r, line);
	fclose(file);
	assert_true(r.checked > 40);
}

/* the hash function of the tests is SHA-256 */
static void
test_sha256_vectors(void **state)
{
	static char million[1000000];
	soc2_digest digest;

	(void) state;
	digest = hash_of("", 0);
	check_digest(&digest,
				 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	digest = hash_of("abc", 3);
	check_digest(&digest,
				 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	memset(million, 'a', sizeof(million));
	digest = hash_of(million, sizeof(million));
	check_digest(&digest,
				 "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* hexadecimal digits stream as if they had been written at once */
static void
test_hex(void **state)
{
	static buffer streamed;
	static buffer plain;
	static unsigned char data[3000];
	static char digits[6000];
	soc2_encoder encoder;

	(void) state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char) (i * 7);
	soc2_hex_format(data, sizeof(data), digits);
	assert_memory_equal(digits, "00070e", 6);
	soc2_encode_row(&encoder, buffer_sink(&plain), 1);
	soc2_encode_column(&encoder, text_of("a"), sizeof(digits));
	soc2_encode_bytes(&encoder, digits, sizeof(digits));
	soc2_encode_row(&encoder, buffer_sink(&streamed), 1);
	soc2_encode_column(&encoder, text_of("a"), sizeof(digits));
	assert_int_equal(soc2_encode_hex(&encoder, data, sizeof(data) + 1),
					 SOC2_SURPLUS);
	assert_int_equal(soc2_encode_hex(&encoder, data, sizeof(data)), SOC2_OK);
	assert_int_equal(soc2_encode_end(&encoder), SOC2_OK);
	assert_int_equal(streamed.len, plain.len);
	assert_memory_equal(streamed.bytes, plain.bytes, plain.len);
}

/* more, less or otherwise than announced is refused */
static void
test_protocol(void **state)
{
	static buffer b;
	static const soc2_digest commitment;
	soc2_encoder e;

	(void) state;
	soc2_encode_row(&e, buffer_sink(&b), 2);
	assert_int_equal(soc2_encode_end(&e), SOC2_INCOMPLETE);
	assert_int_equal(soc2_encode_bytes(&e, "x", 1), SOC2_SURPLUS);
	assert_int_equal(soc2_encode_column(&e, text_of("b"), 2), SOC2_OK);
	assert_int_equal(soc2_encode_bytes(&e, "x", 1), SOC2_OK);
	assert_int_equal(soc2_encode_bytes(&e, "xx", 2), SOC2_SURPLUS);
	assert_int_equal(soc2_encode_column(&e, text_of("c"), 0), SOC2_INCOMPLETE);
	assert_int_equal(soc2_encode_bytes(&e, "x", 1), SOC2_OK);
	assert_int_equal(soc2_encode_column(&e, text_of("b"), 0), SOC2_UNORDERED);
	assert_int_equal(soc2_encode_column(&e, text_of("a"), 0), SOC2_UNORDERED);
	assert_int_equal(soc2_encode_column(&e, text_of(""), 0), SOC2_UNORDERED);
	assert_int_equal(soc2_encode_column(&e, text_of("bb"), UINT64_C(1) << 32),
					 SOC2_OUT_OF_RANGE);
	assert_int_equal(soc2_encode_commitment(&e, text_of("B"), &commitment),
					 SOC2_UNORDERED);
	assert_int_equal(soc2_encode_commitment(&e, text_of("bb"), &commitment),
					 SOC2_OK);
	assert_int_equal(soc2_encode_column(&e, text_of("c"), 0), SOC2_SURPLUS);
	assert_int_equal(soc2_encode_end(&e), SOC2_OK);
	assert_int_equal(soc2_encode_salted(&e, buffer_sink(&b), (const void *) &commitment,
										text_of("a"), UINT64_C(1) << 32),
					 SOC2_OUT_OF_RANGE);
}

/* write a small row; any status but SOC2_OK ends it */
static soc2_status
write_row(soc2_sink sink)
{
	static const soc2_digest commitment;
	soc2_encoder e;
	soc2_status status = soc2_encode_row(&e, sink, 2);

	if (status == SOC2_OK)
		status = soc2_encode_column(&e, text_of("a"), 3);
	if (status == SOC2_OK)
		status = soc2_encode_bytes(&e, "x", 1);
	if (status == SOC2_OK)
		status = soc2_encode_hex(&e, (const unsigned char *) "x", 1);
	if (status == SOC2_OK)
		status = soc2_encode_commitment(&e, text_of("b"), &commitment);
	return status == SOC2_OK ? soc2_encode_end(&e) : status;
}

/* a sink that fails at any byte makes the whole fail */
static void
test_failing_sink(void **state)
{
	static buffer b;
	soc2_sink	sink = buffer_sink(&b);
	size_t		total;

	(void) state;
	assert_int_equal(write_row(sink), SOC2_OK);
	total = b.len;
	assert_true(total > 50);
	for (size_t limit = 1; limit < total; limit++)
	{
		sink = buffer_sink(&b);
		b.limit = limit;
		assert_int_equal(write_row(sink), SOC2_HASH_FAILED);
	}
}

/* text of digests: either case in, lower case out, errors with positions */
static void
test_digest_text(void **state)
{
	static const char digits[] =
	"0123456789abcdefABCDEF0123456789ffffffffffffffff0000000000000000x";
	soc2_digest digest;
	char		out[SOC2_DIGEST_TEXT_SIZE];
	char		bad[64];
	size_t		errpos = 99;

	(void) state;
	assert_int_equal(soc2_digest_parse(digits, 64, &digest, &errpos), SOC2_OK);
	soc2_digest_format(&digest, out);
	assert_string_equal(out,
						"0123456789abcdefabcdef0123456789ffffffffffffffff0000000000000000");
	assert_false(soc2_digest_is_zero(&digest));
	assert_int_equal(soc2_digest_parse(digits, 63, &digest, &errpos),
					 SOC2_DIGEST_LENGTH);
	assert_int_equal(errpos, 63);
	assert_int_equal(soc2_digest_parse(digits, 65, &digest, &errpos),
					 SOC2_DIGEST_LENGTH);
	assert_int_equal(errpos, 64);
	assert_int_equal(soc2_digest_parse(digits, 0, &digest, &errpos),
					 SOC2_DIGEST_LENGTH);
	for (size_t i = 0; i < 64; i++)
	{
		memcpy(bad, digits, 64);
		bad[i] = (char) ("gG/:@`\0\xc3"[i % 8]);
		assert_int_equal(soc2_digest_parse(bad, 64, &digest, &errpos),
						 SOC2_HEX_EXPECTED);
		assert_int_equal(errpos, i);
	}
}

/* digests compare as their bytes do */
static void
test_digest_compare(void **state)
{
	soc2_digest a = {{0}};
	soc2_digest b = {{0}};

	(void) state;
	assert_true(soc2_digest_is_zero(&a));
	assert_int_equal(soc2_digest_compare(&a, &b), 0);
	b.bytes[31] = 1;
	assert_false(soc2_digest_is_zero(&b));
	assert_true(soc2_digest_compare(&a, &b) < 0);
	a.bytes[0] = 0x80;
	assert_true(soc2_digest_compare(&a, &b) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256_vectors),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_protocol),
		cmocka_unit_test(test_failing_sink),
		cmocka_unit_test(test_digest_text),
		cmocka_unit_test(test_digest_compare),
	};

	return cmocka_run_group_tests_name("encode", tests, NULL, NULL);
}
