/*-------------------------------------------------------------------------
 *
 * argument.h
 *		Arguments of SQL functions, and how these are called.
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

/*
 * Context of the aggregate that the function is a part of; raises 0A000 where it
 * was called by hand
 */
extern MemoryContext soc2_argument_aggregate(FunctionCallInfo fcinfo);

#endif							/* SOC2_ARGUMENT_H */
