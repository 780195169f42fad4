/*-------------------------------------------------------------------------
 *
 * test_chain.c
 *		Proves that judging a chain finds every byte that is changed and every
 *		row that is missing, doubled, swapped or forged, at that row and at no
 *		other; and that it is silent about an intact chain.
 *
 * IDENTIFICATION
 *	  test/unit/test_chain.c
 *
 *-------------------------------------------------------------------------
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/chain.h"
#include "sha256.h"

#define ROWS 8
#define ALL_KNOWN (SOC2_ROW_HAS_PREV | SOC2_ROW_HAS_HASH | SOC2_ROW_HAS_CONTENT)

static const soc2_ledger_id ledger = {{1, 2, 3}};

/* set the hash of a row to what it must be */
static void
rehash(soc2_chain_row *row)
{
	test_sha256 work;
	soc2_hasher hasher = test_hasher(&work);

	assert_int_equal(soc2_link_hash(&hasher, &ledger, &row->link, &row->hash),
					 SOC2_OK);
}

/* an intact lane */
static void
make_lane(soc2_chain_row *rows, size_t n, uint32_t lane)
{
	memset(rows, 0, n * sizeof(*rows));
	for (size_t i = 0; i < n; i++)
	{
		rows[i].link.lane = lane;
		rows[i].link.seq = i + 1;
		if (i > 0)
			rows[i].link.prev = rows[i - 1].hash;
		memset(rows[i].link.content.bytes, (int) (i + lane + 1), 32);
		rows[i].known = ALL_KNOWN;
		rehash(&rows[i]);
	}
}

/* what is wrong with each row, as a list in order */
typedef struct findings
{
	unsigned	problems[2 * ROWS];
	soc2_verdict last_gap;
}			findings;

/* judge rows in the order given */
static findings
judge(const soc2_chain_row *rows, size_t n)
{
	findings	found;
	soc2_chain	chain;
	test_sha256 work;
	soc2_hasher hasher = test_hasher(&work);

	memset(&found, 0, sizeof(found));
	soc2_chain_begin(&chain, &ledger);
	for (size_t i = 0; i < n; i++)
	{
		soc2_verdict verdict;

		assert_int_equal(soc2_chain_step(&chain, &hasher, &rows[i], &verdict),
						 SOC2_OK);
		found.problems[i] = verdict.problems;
		if (verdict.problems & SOC2_PROBLEM_GAP)
			found.last_gap = verdict;
	}
	return found;
}

/* the row at index has these problems, all others of n none */
static void
assert_only(const findings * found, size_t n, size_t index, unsigned problems)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(found->problems[i], i == index ? problems : 0);
}

/* intact lanes are silent */
static void
test_intact(void **state)
{
	soc2_chain_row rows[2 * ROWS];
	findings	found;

	(void) state;
	make_lane(rows, ROWS, 0);
	make_lane(rows + ROWS, ROWS, 7);
	found = judge(rows, 2 * ROWS);
	assert_only(&found, 2 * ROWS, 0, 0);
}

/* each byte of what a link holds counts */
static void
test_link_bytes(void **state)
{
	soc2_link	link = {0, 1, {{0}}, {{0}}};
	unsigned char plain[SOC2_LINK_SIZE];
	unsigned char other[SOC2_LINK_SIZE];

	(void) state;
	soc2_link_encode(&ledger, &link, plain);
	assert_int_equal(plain[0], 0x11);
	assert_int_equal(plain[1], 0x01);
	assert_int_equal(plain[2], 1);
	assert_int_equal(plain[29], 1);
	link.lane = 0x01020304;
	link.seq = UINT64_C(0x0102030405060708);
	soc2_link_encode(&ledger, &link, other);
	assert_memory_equal(other + 18, "\1\2\3\4\1\2\3\4\5\6\7\10", 12);
}

/* a changed byte is found at its row, and nowhere else */
static void
test_changed_bytes(void **state)
{
	soc2_chain_row rows[ROWS];
	findings	found;

	(void) state;
	for (size_t row = 0; row < ROWS; row++)
	{
		for (size_t byte = 0; byte < SOC2_DIGEST_SIZE; byte++)
		{
			make_lane(rows, ROWS, 0);
			rows[row].link.content.bytes[byte] ^= 1;
			found = judge(rows, ROWS);
			assert_only(&found, ROWS, row, SOC2_PROBLEM_HASH);

			make_lane(rows, ROWS, 0);
			rows[row].link.prev.bytes[byte] ^= 0x80;
			found = judge(rows, ROWS);
			assert_only(&found, ROWS, row,
						SOC2_PROBLEM_HASH | SOC2_PROBLEM_LINK);

			make_lane(rows, ROWS, 0);
			rows[row].hash.bytes[byte] ^= 1;
			found = judge(rows, ROWS);
			assert_int_equal(found.problems[row], SOC2_PROBLEM_HASH);
			if (row + 1 < ROWS)
				assert_int_equal(found.problems[row + 1], SOC2_PROBLEM_LINK);
		}
	}
}

/* a row that is rewritten with its hash breaks the link after it */
static void
test_rewritten(void **state)
{
	soc2_chain_row rows[ROWS];
	findings	found;

	(void) state;
	make_lane(rows, ROWS, 0);
	rows[3].link.content.bytes[0] ^= 1;
	rehash(&rows[3]);
	found = judge(rows, ROWS);
	assert_only(&found, ROWS, 4, SOC2_PROBLEM_LINK);
}

/* rows that are missing, at the front and between, are named */
static void
test_gap(void **state)
{
	soc2_chain_row rows[ROWS];
	findings	found;

	(void) state;
	make_lane(rows, ROWS, 0);
	found = judge(rows + 2, ROWS - 2);
	assert_only(&found, ROWS - 2, 0, SOC2_PROBLEM_GAP);
	assert_int_equal(found.last_gap.first_missing, 1);
	assert_int_equal(found.last_gap.last_missing, 2);

	make_lane(rows, ROWS, 0);
	memmove(rows + 3, rows + 5, 3 * sizeof(rows[0]));
	found = judge(rows, ROWS - 2);
	assert_only(&found, ROWS - 2, 3, SOC2_PROBLEM_GAP);
	assert_int_equal(found.last_gap.first_missing, 4);
	assert_int_equal(found.last_gap.last_missing, 5);
}

/* the end of a chain cannot be missed: this is documented, not wished for */
static void
test_tail(void **state)
{
	soc2_chain_row rows[ROWS];
	findings	found;

	(void) state;
	make_lane(rows, ROWS, 0);
	found = judge(rows, ROWS - 1);
	assert_only(&found, ROWS - 1, 0, 0);
}

/* a second row at a position is a duplicate, judged by the row before both */
static void
test_duplicate(void **state)
{
	soc2_chain_row rows[ROWS + 1];
	findings	found;

	(void) state;
	make_lane(rows, ROWS, 0);
	memmove(rows + 5, rows + 4, 4 * sizeof(rows[0]));
	found = judge(rows, ROWS + 1);
	assert_only(&found, ROWS + 1, 5, SOC2_PROBLEM_DUPLICATE);
	rows[5].link.prev.bytes[0] ^= 1;
	rehash(&rows[5]);
	found = judge(rows, ROWS + 1);
	assert_only(&found, ROWS + 1, 5,
				SOC2_PROBLEM_DUPLICATE | SOC2_PROBLEM_LINK);
}

/* two rows that change places are both found */
static void
test_swapped(void **state)
{
	soc2_chain_row rows[ROWS];
	soc2_digest content;
	findings	found;

	(void) state;
	make_lane(rows, ROWS, 0);
	content = rows[2].link.content;
	rows[2].link.content = rows[5].link.content;
	rows[5].link.content = content;
	found = judge(rows, ROWS);
	assert_int_equal(found.problems[2], SOC2_PROBLEM_HASH);
	assert_int_equal(found.problems[5], SOC2_PROBLEM_HASH);
}

/* a row of another ledger or lane does not pass */
static void
test_transplanted(void **state)
{
	soc2_chain_row rows[ROWS];
	soc2_chain	chain;
	soc2_verdict verdict;
	soc2_ledger_id other = {{9}};
	test_sha256 work;
	soc2_hasher hasher = test_hasher(&work);

	(void) state;
	make_lane(rows, ROWS, 0);
	soc2_chain_begin(&chain, &other);
	assert_int_equal(soc2_chain_step(&chain, &hasher, &rows[0], &verdict),
					 SOC2_OK);
	assert_int_equal(verdict.problems, SOC2_PROBLEM_HASH);
	rows[0].link.lane = 1;
	soc2_chain_begin(&chain, &ledger);
	assert_int_equal(soc2_chain_step(&chain, &hasher, &rows[0], &verdict),
					 SOC2_OK);
	assert_int_equal(verdict.problems, SOC2_PROBLEM_HASH);
}

/* what is not known is not judged, and neither is the link after it */
static void
test_unknown(void **state)
{
	soc2_chain_row rows[ROWS];
	findings	found;

	(void) state;
	make_lane(rows, ROWS, 0);
	rows[3].known = 0;
	memset(&rows[3].hash, 0, sizeof(rows[3].hash));
	rows[3].link.prev = rows[3].hash;
	found = judge(rows, ROWS);
	assert_only(&found, ROWS, 0, 0);
	make_lane(rows, ROWS, 0);
	rows[3].known = SOC2_ROW_HAS_PREV | SOC2_ROW_HAS_HASH;
	rows[3].link.content.bytes[0] ^= 1;
	found = judge(rows, ROWS);
	assert_only(&found, ROWS, 0, 0);
}

/* a hasher that cannot work */
static soc2_status
broken_begin(void *ctx)
{
	(void) ctx;
	return SOC2_HASH_FAILED;
}

/* rows out of order, position 0 and a broken hasher leave the state alone */
static void
test_refused(void **state)
{
	soc2_chain_row rows[ROWS];
	soc2_chain	chain;
	soc2_chain	before;
	soc2_verdict verdict;
	test_sha256 work;
	soc2_hasher hasher = test_hasher(&work);
	soc2_hasher broken = hasher;

	(void) state;
	broken.begin = broken_begin;
	make_lane(rows, ROWS, 3);
	soc2_chain_begin(&chain, &ledger);
	memcpy(&before, &chain, sizeof(chain));
	rows[7].link.seq = 0;
	assert_int_equal(soc2_chain_step(&chain, &hasher, &rows[7], &verdict),
					 SOC2_OUT_OF_RANGE);
	assert_int_equal(soc2_chain_step(&chain, &broken, &rows[0], &verdict),
					 SOC2_HASH_FAILED);
	assert_memory_equal(&before, &chain, sizeof(chain));
	for (int i = 0; i < 3; i++)
		soc2_chain_step(&chain, &hasher, &rows[i], &verdict);
	memcpy(&before, &chain, sizeof(chain));
	assert_int_equal(soc2_chain_step(&chain, &hasher, &rows[1], &verdict),
					 SOC2_UNORDERED);
	rows[3].link.lane = 2;
	assert_int_equal(soc2_chain_step(&chain, &hasher, &rows[3], &verdict),
					 SOC2_UNORDERED);
	assert_memory_equal(&before, &chain, sizeof(chain));
}

/* a lane can go on after rows that were removed rightly, from their last hash */
static void
test_resumed(void **state)
{
	soc2_chain_row rows[ROWS];
	soc2_chain	chain;
	soc2_verdict verdict;
	test_sha256 work;
	soc2_hasher hasher = test_hasher(&work);

	(void) state;
	make_lane(rows, ROWS, 3);
	soc2_chain_begin(&chain, &ledger);
	soc2_chain_resume(&chain, 3, 4, &rows[3].hash);
	for (int i = 4; i < ROWS; i++)
	{
		assert_int_equal(soc2_chain_step(&chain, &hasher, &rows[i], &verdict),
						 SOC2_OK);
		assert_int_equal(verdict.problems, 0);
	}

	/* from another hash, and with a row missing after them */
	soc2_chain_begin(&chain, &ledger);
	soc2_chain_resume(&chain, 3, 4, &rows[2].hash);
	soc2_chain_step(&chain, &hasher, &rows[4], &verdict);
	assert_int_equal(verdict.problems, SOC2_PROBLEM_LINK);
	soc2_chain_begin(&chain, &ledger);
	soc2_chain_resume(&chain, 3, 4, &rows[3].hash);
	soc2_chain_step(&chain, &hasher, &rows[5], &verdict);
	assert_int_equal(verdict.problems, SOC2_PROBLEM_GAP);
	assert_int_equal(verdict.first_missing, 5);
	assert_int_equal(verdict.last_missing, 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_intact),
		cmocka_unit_test(test_link_bytes),
		cmocka_unit_test(test_changed_bytes),
		cmocka_unit_test(test_rewritten),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_tail),
		cmocka_unit_test(test_duplicate),
		cmocka_unit_test(test_swapped),
		cmocka_unit_test(test_transplanted),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_resumed),
	};

	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
