/*-------------------------------------------------------------------------
 *
 * personal_data.h
 *		Values that look like data about a person.
 *
 * A value is looked at as a whole: a text that mentions a phone number among
 * others is none.  What has check digits has to have the right ones.
 *
 * IDENTIFICATION
 *	  src/core/personal_data.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_PERSONAL_DATA_H
#define SOC2_CORE_PERSONAL_DATA_H

#include <stddef.h>

typedef enum soc2_personal_kind
{
	SOC2_PERSONAL_NONE,
	SOC2_PERSONAL_EMAIL,		/* address with a domain of two labels or more */
	SOC2_PERSONAL_IBAN,			/* account number, modulo 97 */
	SOC2_PERSONAL_CARD,			/* 13 to 19 digits, by the Luhn formula */
	SOC2_PERSONAL_IP,			/* address of version 4 or 6 */
	SOC2_PERSONAL_NATIONAL,		/* in the form of some countries' numbers */
	SOC2_PERSONAL_PHONE			/* with a country code, or grouped */
} soc2_personal_kind;

/*
 * What kind of personal data a text looks like, spaces around it left out.  Any
 * bytes are allowed, in an encoding that ASCII is part of; nothing is kept.
 */
extern soc2_personal_kind soc2_personal_kind_of(const char *bytes, size_t len);

/* The name of a kind, in static memory; NULL for none */
extern const char *soc2_personal_kind_name(soc2_personal_kind kind);

#endif							/* SOC2_CORE_PERSONAL_DATA_H */
