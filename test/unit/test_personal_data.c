/*-------------------------------------------------------------------------
 *
 * test_personal_data.c
 *		Proves that values about persons are told from others that look alike.
 *
 * IDENTIFICATION
 *	  test/unit/test_personal_data.c
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

#include "core/personal_data.h"

/* all these texts look like that, each from memory of its own size */
static void
expect(soc2_personal_kind kind, const char *const *texts)
{
	for (size_t i = 0; texts[i] != NULL; i++)
	{
		size_t		len = strlen(texts[i]);
		char	   *copy = malloc(len + 1);

		assert_non_null(copy);
		memcpy(copy, texts[i], len);
		if (soc2_personal_kind_of(copy, len) != kind)
			fail_msg("\"%s\" is %d", texts[i],
					 (int) soc2_personal_kind_of(copy, len));
		free(copy);
	}
}

#define EXPECT(kind, ...) \
	expect(kind, (const char *const[]) {__VA_ARGS__, NULL})

static void
test_email(void **state)
{
	(void) state;
	EXPECT(SOC2_PERSONAL_EMAIL, "ada@shop.example", "  a.b+c@x-y.co  ",
		   "o'hara@mail.example", "\xC3\xA4@x.de", "a@1.2.example");
	EXPECT(SOC2_PERSONAL_NONE, "@x.de", "a@", "a@b", "a@b.", "a@.b.de", "a@b..de",
		   "a@b.c", "a@b.1x", "a@-b.de", "a@b-.de", "a@b.de-", ".a@b.de", "a.@b.de", "a..b@b.de",
		   "a b@c.de", "a@b@c.de", "write to a@b.de", "(a)@b.de");
}

static void
test_numbers(void **state)
{
	(void) state;
	EXPECT(SOC2_PERSONAL_IBAN, "DE89 3704 0044 0532 0130 00",
		   "gb82west12345698765432", "NO9386011117947");
	EXPECT(SOC2_PERSONAL_NONE, "DE88 3704 0044 0532 0130 00", "DE89-3704-0044-0532-0130-00",
		   "DE8937040044053201300", "NO938601111794", "D189370400440532013000",
		   "MT84MALT011000012345MTLCAST001S0000");
	EXPECT(SOC2_PERSONAL_CARD, "4111111111111111", "5500 0000 0000 0004",
		   "3400-000000-00009", "4222222222222");
	EXPECT(SOC2_PERSONAL_NONE, "4111111111111112", "1111111111111117",
		   "4444444444444444", "411111111111", "41111111111111111111",
		   "4111.1111.1111.1111", "41111111 11111111a");
}

static void
test_addresses(void **state)
{
	(void) state;
	EXPECT(SOC2_PERSONAL_IP, "192.0.2.1", "0.0.0.0", "255.255.255.255",
		   "2001:db8::1", "::1", "fe80::", "1:2:3:4:5:6:7:8", "2001:DB8::A");
	EXPECT(SOC2_PERSONAL_NONE, "192.0.2", "192.0.2.256", "192.0.2.01",
		   "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "::", ":::", "1:2", "1:2:3:4:5:6:7",
		   "1:2:3:4:5:6:7:8:9", "1::2::3", ":1:2:3:4:5:6:7:8", "12345::1", "1::g", "1::2:",
		   "12:30:45", "1:2:3:4:5:6:7::8");
}

static void
test_national(void **state)
{
	(void) state;
	EXPECT(SOC2_PERSONAL_NATIONAL, "078-05-1120", "QQ123456C", "QQ 12 34 56 a",
		   "RSSMRA85T10A562S", "12345678Z");
	EXPECT(SOC2_PERSONAL_NONE, "000-05-1120", "666-05-1120", "978-05-1120",
		   "078-00-1120", "078-05-0000", "QQ123456E", "12345678A", "RSSMRA85T10A562");
}

static void
test_phone(void **state)
{
	(void) state;
	EXPECT(SOC2_PERSONAL_PHONE, "+49 30 901820", "+14155550100",
		   "+1 (415) 555-0100", "(415) 555-0100", "415-555-0100", "030/901820",
		   "0049 30 901820", "01-02-03-04-05", "0.30.901820");
	EXPECT(SOC2_PERSONAL_NONE, "+49 30", "+1234567890123456", "2021-03-01", "01.02.2021",
		   "01-02-2021", "030901820", "12 34", "1-2", "415-555-010", "123 456 789",
		   "+", "--", "12.50", "0.1234567", "0.98765432", "415-555-0100-", "1 2 3 4 5 6 7 8 9 0 1");
}

/* any bytes are looked at, and none beyond them */
static void
test_any(void **state)
{
	char		bytes[400];

	(void) state;
	EXPECT(SOC2_PERSONAL_NONE, "", " ", "  ", "x", "xy", "text");
	memset(bytes, 'a', sizeof(bytes));
	assert_int_equal(soc2_personal_kind_of(bytes, sizeof(bytes)),
					 SOC2_PERSONAL_NONE);
	memcpy(bytes, "a@", 2);
	memcpy(bytes + 316, ".com", 4);
	assert_int_equal(soc2_personal_kind_of(bytes, 320), SOC2_PERSONAL_NONE);
	assert_int_equal(soc2_personal_kind_of("a\0b@c.de", 8), SOC2_PERSONAL_NONE);
	assert_int_equal(soc2_personal_kind_of("123\0" "4567890", 11),
					 SOC2_PERSONAL_NONE);
	memset(bytes, ' ', sizeof(bytes));
	assert_int_equal(soc2_personal_kind_of(bytes, sizeof(bytes)),
					 SOC2_PERSONAL_NONE);
}

/* every kind has a name of its own */
static void
test_names(void **state)
{
	(void) state;
	assert_null(soc2_personal_kind_name(SOC2_PERSONAL_NONE));
	for (int i = SOC2_PERSONAL_EMAIL; i <= SOC2_PERSONAL_PHONE; i++)
	{
		assert_non_null(soc2_personal_kind_name((soc2_personal_kind) i));
		for (int j = SOC2_PERSONAL_EMAIL; j < i; j++)
			assert_string_not_equal(soc2_personal_kind_name((soc2_personal_kind) i),
									soc2_personal_kind_name((soc2_personal_kind) j));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_email),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_national),
		cmocka_unit_test(test_phone),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
