/*-------------------------------------------------------------------------
 *
 * ip_address.h
 *		Texts that are addresses of hosts.
 *
 * IDENTIFICATION
 *	  src/core/ip_address.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_IP_ADDRESS_H
#define SOC2_CORE_IP_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Is a text an address of version 4, in four decimal numbers, or of version 6, in
 * hexadecimal groups?  A time of day is none, nor is "::" alone.
 */
extern bool soc2_ip_address_is(const char *bytes, size_t len);

#endif							/* SOC2_CORE_IP_ADDRESS_H */
