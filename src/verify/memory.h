/*-------------------------------------------------------------------------
 *
 * memory.h
 *		Memory that is there, or the end of the program.
 *
 * IDENTIFICATION
 *	  src/verify/memory.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef VERIFY_MEMORY_H
#define VERIFY_MEMORY_H

#include <stddef.h>

#include "core/status.h"

/* exit statuses */
#define EXIT_GOOD		0
#define EXIT_TAMPERED	1
#define EXIT_UNUSABLE	2

/* Print why the input is unusable, as printf does, and end the program */
extern void fatal(const char *format,...)
			__attribute__((noreturn, format(printf, 1, 2)));

/* End the program unless all is well, after what fails only if a library does */
extern void check_status(soc2_status status);

/*
 * Make room in an array for one element more than count.  *capacity is in
 * elements; returns the array, which may have moved.
 */
extern void *memory_grow(void *array, size_t *capacity, size_t count,
						 size_t element);

/* Memory of zero bytes, not NULL */
extern void *memory_zero(size_t count, size_t element);

#endif							/* VERIFY_MEMORY_H */
