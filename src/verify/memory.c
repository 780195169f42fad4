/*-------------------------------------------------------------------------
 *
 * memory.c
 *		Memory that is there, or the end of the program.
 *
 * IDENTIFICATION
 *	  src/verify/memory.c
 *
 *-------------------------------------------------------------------------
 */
#include "verify/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* elements of an array at first */
#define FIRST_CAPACITY	16

/* Print why the input is unusable, and end the program */
void
fatal(const char *format,...)
{
	va_list		args;

	fflush(stdout);
	fputs("soc2-verify: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_UNUSABLE);
}

/* End the program unless all is well */
void
check_status(soc2_status status)
{
	if (status != SOC2_OK)
		fatal("%s", soc2_status_text(status));
}

/* Make room for one element more */
void *
memory_grow(void *array, size_t *capacity, size_t count, size_t element)
{
	if (count < *capacity)
		return array;
	*capacity = *capacity == 0 ? FIRST_CAPACITY : *capacity * 2;
	if (*capacity > SIZE_MAX / element)
		fatal("out of memory");
	array = realloc(array, *capacity * element);
	if (array == NULL)
		fatal("out of memory");
	return array;
}

/* Memory of zero bytes */
void *
memory_zero(size_t count, size_t element)
{
	void	   *memory = calloc(count > 0 ? count : 1, element);

	if (memory == NULL)
		fatal("out of memory");
	return memory;
}
