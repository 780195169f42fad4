/*-------------------------------------------------------------------------
 *
 * file.c
 *		Small files, read as a whole.
 *
 * IDENTIFICATION
 *	  src/verify/file.c
 *
 *-------------------------------------------------------------------------
 */
#include "verify/file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "verify/memory.h"

/* The text of a file */
soc2_text
file_read(const char *name)
{
	char	   *bytes = memory_zero(FILE_MAX + 1, 1);
	FILE	   *file = fopen(name, "r");
	bool		is_read = false;
	soc2_text	text = {bytes, 0};

	if (file != NULL)
	{
		text.len = fread(bytes, 1, FILE_MAX + 1, file);
		is_read = !ferror(file);
		fclose(file);
	}
	if (!is_read)
		fatal("%s: %s", name, strerror(errno));
	if (text.len > FILE_MAX)
		fatal("%s: the file is too large", name);
	return text;
}
