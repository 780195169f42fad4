/*-------------------------------------------------------------------------
 *
 * bundle.h
 *		Reading a bundle: its lines in their order, and its sum.
 *
 * IDENTIFICATION
 *	  src/verify/bundle.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef VERIFY_BUNDLE_H
#define VERIFY_BUNDLE_H

#include <stdint.h>
#include <stdio.h>

#include "core/hasher.h"
#include "verify/line.h"
#include "verify/report.h"

/* a bundle that is being read */
typedef struct bundle_reader
{
	const char *name;
	FILE	   *file;
	soc2_hasher hasher;			/* over the lines */
	int64_t		lines;			/* that were read */
	bundle_kind last;			/* of the lines */
	char	   *text;			/* of the line */
	size_t		capacity;		/* of text */
} bundle_reader;

/* Open a bundle; "-" is standard input.  Ends the program if it cannot */
extern void bundle_open(bundle_reader *b, const char *name);

/*
 * Read the next line, which the caller frees with line_free().  False after
 * the last one; the end is not handed out, but judged.  What is no bundle ends
 * the program.
 */
extern bool bundle_next(bundle_reader *b, report_sink *r, bundle_line *out);

/* Close a bundle */
extern void bundle_close(bundle_reader *b);

#endif							/* VERIFY_BUNDLE_H */
