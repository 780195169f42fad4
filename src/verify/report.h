/*-------------------------------------------------------------------------
 *
 * report.h
 *		What is told to the user: facts and problems.
 *
 * IDENTIFICATION
 *	  src/verify/report.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef VERIFY_REPORT_H
#define VERIFY_REPORT_H

#include <stdbool.h>
#include <stdint.h>

/* a position; a row that was tampered with may have any */
typedef struct row_place
{
	int64_t		lane;
	int64_t		seq;
} row_place;

/* what was told so far */
typedef struct report_sink
{
	bool		quiet;			/* facts are not printed */
	uint64_t	problems;
	uint64_t	bad_rows;
	row_place	first;			/* of the bad rows */
	row_place	last;
} report_sink;

/* Print a fact, as printf does, and a newline, unless quiet */
extern void report_fact(const report_sink *r, const char *format,...)
			__attribute__((format(printf, 2, 3)));

/* Print a problem of the whole: its kind and a sentence */
extern void report_problem(report_sink *r, const char *kind,
						   const char *format,...)
			__attribute__((format(printf, 3, 4)));

/* Print a problem of a row.  Those of one row come one after another. */
extern void report_row(report_sink *r, row_place where, const char *kind,
					   const char *format,...)
			__attribute__((format(printf, 4, 5)));

#endif							/* VERIFY_REPORT_H */
