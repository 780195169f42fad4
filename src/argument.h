/*-------------------------------------------------------------------------
 *
 * argument.h
 *		Arguments of SQL functions that are not strict.
 *
 * IDENTIFICATION
 *	  src/argument.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_ARGUMENT_H
#define SOC2_ARGUMENT_H

#include "fmgr.h"

/* Refuse an argument, by its number from 0 and its name, that is NULL (22004) */
extern void soc2_argument_require(FunctionCallInfo fcinfo, int number,
								  const char *name);

#endif							/* SOC2_ARGUMENT_H */
