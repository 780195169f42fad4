/*-------------------------------------------------------------------------
 *
 * ledger_json.h
 *		The pieces of JSON that a bundle is made of.
 *
 * IDENTIFICATION
 *	  src/ledger_json.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_LEDGER_JSON_H
#define SOC2_LEDGER_JSON_H

#include "lib/stringinfo.h"

#include "ledger.h"

/*
 * Append text, which is UTF-8 in a database of any encoding, as a string in
 * ASCII.  22021 if it is not UTF-8.
 */
extern void soc2_json_append_text(StringInfo out, soc2_text text);

/* Append bytes as a string of two hexadecimal digits each */
extern void soc2_json_append_hex(StringInfo out, const void *bytes,
								 size_t len);

#endif							/* SOC2_LEDGER_JSON_H */
