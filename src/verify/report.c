/*-------------------------------------------------------------------------
 *
 * report.c
 *		What is told to the user: facts and problems.
 *
 * IDENTIFICATION
 *	  src/verify/report.c
 *
 *-------------------------------------------------------------------------
 */
#include "verify/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* Print a fact */
void
report_fact(const report_sink *r, const char *format,...)
{
	va_list		args;

	if (r->quiet)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* Print a problem of the whole */
void
report_problem(report_sink *r, const char *kind, const char *format,...)
{
	va_list		args;

	r->problems++;
	printf("%s: ", kind);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* Print a problem of a row */
void
report_row(report_sink *r, row_place where, const char *kind,
		   const char *format,...)
{
	va_list		args;

	if (r->bad_rows == 0)
		r->first = where;
	if (r->bad_rows == 0 || r->last.lane != where.lane ||
		r->last.seq != where.seq)
		r->bad_rows++;
	r->last = where;
	r->problems++;
	printf("lane %" PRId64 ", row %" PRId64 ": %s: ", where.lane, where.seq,
		   kind);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}
