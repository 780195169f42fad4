/*-------------------------------------------------------------------------
 *
 * personal_data.c
 *		Values that look like data about a person.
 *
 * IDENTIFICATION
 *	  src/core/personal_data.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/personal_data.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/ip_address.h"

/* longest text that can be any of these */
#define LONGEST			320

/* groups of digits that a number can have */
#define MOST_GROUPS		10

/* a number as it is written: groups of digits with something between them */
typedef struct grouped_number
{
	size_t		digits;
	size_t		groups;			/* at most MOST_GROUPS */
	size_t		lengths[MOST_GROUPS];
	bool		plus;			/* begins with a plus */
	bool		parenthesis;	/* begins with one, or has one after the plus */
	bool		spaced;			/* nothing but single spaces or dashes is */
} grouped_number;

/* is it a decimal digit? */
static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* is it a letter of ASCII? */
static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* the letter as a capital one */
static char
capital(char c)
{
	return c >= 'a' && c <= 'z' ? (char) (c - 'a' + 'A') : c;
}

/* may it be in the part of an address before the at sign? */
static bool
is_local(char c)
{
	return is_digit(c) || is_letter(c) || (unsigned char) c >= 0x80 ||
		(c != '\0' && strchr("!#$%&'*+/=?^_`{|}~.-", c) != NULL);
}

/* is it a domain of two labels or more, the last one of letters? */
static bool
is_domain(const char *bytes, size_t len)
{
	size_t		label = 0;
	size_t		labels = 1;
	bool		letters = true;

	for (size_t i = 0; i < len; i++)
	{
		if (bytes[i] == '.')
		{
			if (label == 0 || bytes[i - 1] == '-')
				return false;
			label = 0;
			labels++;
			letters = true;
			continue;
		}
		if (!is_digit(bytes[i]) && !is_letter(bytes[i]) &&
			(unsigned char) bytes[i] < 0x80 &&
			(bytes[i] != '-' || label == 0))
			return false;
		if (is_digit(bytes[i]))
			letters = false;
		if (++label > 63)
			return false;
	}
	return labels > 1 && label > 1 && letters && bytes[len - 1] != '-';
}

/* is it an address of electronic mail? */
static bool
is_email(const char *bytes, size_t len)
{
	const char *at = memchr(bytes, '@', len);
	size_t		local;

	if (at == NULL)
		return false;
	local = (size_t) (at - bytes);
	if (local == 0 || local > 64 || bytes[0] == '.' || at[-1] == '.' ||
		local + 1 >= len)
		return false;
	for (size_t i = 0; i < local; i++)
	{
		if (!is_local(bytes[i]) || (bytes[i] == '.' && bytes[i + 1] == '.'))
			return false;
	}
	return is_domain(at + 1, len - local - 1);
}

/* is it an account number with the right check digits? */
static bool
is_iban(const char *bytes, size_t len)
{
	char		plain[34];
	size_t		count = 0;
	uint32_t	rest = 0;

	for (size_t i = 0; i < len; i++)
	{
		if (bytes[i] == ' ')
			continue;
		if (count == sizeof(plain) ||
			(!is_digit(bytes[i]) && !is_letter(bytes[i])))
			return false;
		plain[count++] = capital(bytes[i]);
	}
	if (count < 15 || !is_letter(plain[0]) || !is_letter(plain[1]) ||
		!is_digit(plain[2]) || !is_digit(plain[3]))
		return false;
	for (size_t i = 0; i < count; i++)
	{
		/* the first four come last; letters are two digits */
		char		c = plain[(i + 4) % count];

		rest = is_digit(c) ? (rest * 10 + (uint32_t) (c - '0')) % 97 :
			(rest * 100 + (uint32_t) (c - 'A') + 10) % 97;
	}
	return rest == 1;
}

/* read a number in groups; false if it is something else */
static bool
read_groups(const char *bytes, size_t len, grouped_number *number)
{
	bool		in_group = false;

	memset(number, 0, sizeof(*number));
	number->spaced = true;
	for (size_t i = 0; i < len; i++)
	{
		if (is_digit(bytes[i]))
		{
			if (!in_group && ++number->groups > MOST_GROUPS)
				return false;
			in_group = true;
			number->lengths[number->groups - 1]++;
			number->digits++;
			continue;
		}
		if (bytes[i] == '+' && i == 0)
			number->plus = true;
		else if (bytes[i] == '(' && number->digits == 0)
			number->parenthesis = true;
		else if (bytes[i] == '\0' || strchr(" -./()", bytes[i]) == NULL)
			return false;
		if ((bytes[i] != '-' && bytes[i] != ' ') || !in_group)
			number->spaced = false;
		in_group = false;
	}
	return number->digits > 0 && (in_group || bytes[len - 1] == ')');
}

/* has a number groups of these lengths? */
static bool
has_groups(const grouped_number *number, size_t first, size_t second,
		   size_t third)
{
	return number->groups == 3 && number->lengths[0] == first &&
		number->lengths[1] == second && number->lengths[2] == third;
}

/* is it the number of a payment card? */
static bool
is_card(const char *bytes, size_t len, const grouped_number *number)
{
	int			sum = 0;
	bool		twice = false;
	bool		same = true;

	if (!number->spaced || number->digits < 13 || number->digits > 19 ||
		bytes[0] < '2' || bytes[0] > '6')
		return false;
	for (size_t i = len; i > 0; i--)
	{
		int			digit;

		if (!is_digit(bytes[i - 1]))
			continue;
		digit = (bytes[i - 1] - '0') * (twice ? 2 : 1);
		sum += digit > 9 ? digit - 9 : digit;
		twice = !twice;
		same = same && bytes[i - 1] == bytes[0];
	}
	return sum % 10 == 0 && !same;
}

/* is it a phone number: with a country code, or in groups as no date has? */
static bool
is_phone(const char *bytes, const grouped_number *number)
{
	if (number->plus)
		return number->digits >= 8 && number->digits <= 15;
	if (number->groups < 2 || number->digits < 7 || number->digits > 15)
		return false;
	/* a fraction */
	if (bytes[0] == '0' && bytes[1] == '.' && number->groups == 2)
		return false;
	if (has_groups(number, 2, 2, 4) || has_groups(number, 4, 2, 2) ||
		has_groups(number, 3, 2, 4))
		return false;
	return bytes[0] == '0' || number->parenthesis ||
		has_groups(number, 3, 3, 4);
}

/* has a text this form: 9 for a digit, A for a letter, all else for itself? */
static bool
has_form(const char *bytes, size_t len, const char *form)
{
	if (len != strlen(form))
		return false;
	for (size_t i = 0; i < len; i++)
	{
		if (form[i] == '9' ? !is_digit(bytes[i]) :
			form[i] == 'A' ? !is_letter(bytes[i]) : bytes[i] != form[i])
			return false;
	}
	return true;
}

/* is it a number in the form that some countries give their people? */
static bool
is_national(const char *bytes, size_t len)
{
	uint32_t	number = 0;

	if (has_form(bytes, len, "999-99-9999"))
		return memcmp(bytes, "000", 3) != 0 && memcmp(bytes, "666", 3) != 0 &&
			bytes[0] != '9' && memcmp(bytes + 4, "00", 2) != 0 &&
			memcmp(bytes + 7, "0000", 4) != 0;
	if (has_form(bytes, len, "AA999999A") ||
		has_form(bytes, len, "AA 99 99 99 A"))
		return capital(bytes[len - 1]) <= 'D';
	if (has_form(bytes, len, "AAAAAA99A99A999A"))
		return true;
	if (!has_form(bytes, len, "99999999A"))
		return false;
	for (size_t i = 0; i < 8; i++)
		number = number * 10 + (uint32_t) (bytes[i] - '0');
	return capital(bytes[8]) == "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23];
}

/* What kind of personal data a text looks like */
soc2_personal_kind
soc2_personal_kind_of(const char *bytes, size_t len)
{
	grouped_number number;

	while (len > 0 && bytes[0] == ' ')
	{
		bytes++;
		len--;
	}
	while (len > 0 && bytes[len - 1] == ' ')
		len--;
	if (len < 3 || len > LONGEST)
		return SOC2_PERSONAL_NONE;
	if (is_email(bytes, len))
		return SOC2_PERSONAL_EMAIL;
	if (is_iban(bytes, len))
		return SOC2_PERSONAL_IBAN;
	if (soc2_ip_address_is(bytes, len))
		return SOC2_PERSONAL_IP;
	if (is_national(bytes, len))
		return SOC2_PERSONAL_NATIONAL;
	if (!read_groups(bytes, len, &number))
		return SOC2_PERSONAL_NONE;
	if (is_card(bytes, len, &number))
		return SOC2_PERSONAL_CARD;
	return is_phone(bytes, &number) ? SOC2_PERSONAL_PHONE : SOC2_PERSONAL_NONE;
}

/* The name of a kind */
const char *
soc2_personal_kind_name(soc2_personal_kind kind)
{
	switch (kind)
	{
		case SOC2_PERSONAL_EMAIL:
			return "e-mail";
		case SOC2_PERSONAL_IBAN:
			return "iban";
		case SOC2_PERSONAL_CARD:
			return "card";
		case SOC2_PERSONAL_IP:
			return "ip";
		case SOC2_PERSONAL_NATIONAL:
			return "national number";
		case SOC2_PERSONAL_PHONE:
			return "phone";
		default:
			return NULL;
	}
}
