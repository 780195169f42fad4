/*-------------------------------------------------------------------------
 *
 * file.h
 *		Small files, read as a whole.
 *
 * IDENTIFICATION
 *	  src/verify/file.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef VERIFY_FILE_H
#define VERIFY_FILE_H

#include "core/text.h"

/* files are refused that have more bytes */
#define FILE_MAX	((size_t) 1 << 20)

/*
 * The text of a file, which the caller frees.  Ends the program if it cannot
 * be read or is too large.
 */
extern soc2_text file_read(const char *name);

#endif							/* VERIFY_FILE_H */
