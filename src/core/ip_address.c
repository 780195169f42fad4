/*-------------------------------------------------------------------------
 *
 * ip_address.c
 *		Texts that are addresses of hosts.
 *
 * IDENTIFICATION
 *	  src/core/ip_address.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/ip_address.h"

/* is it a decimal digit? */
static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* or a hexadecimal one? */
static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* is it an address of version 4? */
static bool
is_ip4(const char *bytes, size_t len)
{
	int			parts = 0;
	int			value = -1;

	for (size_t i = 0; i <= len; i++)
	{
		if (i < len && is_digit(bytes[i]))
		{
			/* no zero before another digit */
			if (value == 0)
				return false;
			value = (value < 0 ? 0 : value * 10) + (bytes[i] - '0');
			if (value > 255)
				return false;
			continue;
		}
		if (value < 0 || (i < len && bytes[i] != '.'))
			return false;
		parts++;
		value = -1;
	}
	return parts == 4;
}

/* is it an address of version 6? */
static bool
is_ip6(const char *bytes, size_t len)
{
	int			groups = 0;
	int			digits = 0;
	int			gaps = 0;

	if (len < 3 || (bytes[0] == ':' && bytes[1] != ':') ||
		(bytes[len - 1] == ':' && bytes[len - 2] != ':'))
		return false;
	for (size_t i = 0; i < len; i++)
	{
		if (bytes[i] == ':')
		{
			if (i > 0 && bytes[i - 1] == ':')
				gaps++;
			digits = 0;
		}
		else if (is_hex(bytes[i]))
		{
			if (++digits == 1)
				groups++;
			if (digits > 4)
				return false;
		}
		else
			return false;
	}
	return gaps == 1 ? groups > 0 && groups < 8 : gaps == 0 && groups == 8;
}

/* Is a text an address? */
bool
soc2_ip_address_is(const char *bytes, size_t len)
{
	return is_ip4(bytes, len) || is_ip6(bytes, len);
}
