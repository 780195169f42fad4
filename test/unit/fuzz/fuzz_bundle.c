/*-------------------------------------------------------------------------
 *
 * fuzz_bundle.c
 *		libFuzzer target: lines of bundles.
 *
 * What is accepted must be of one of the kinds, and again when it is printed
 * anew; what is refused must say why and leave nothing behind.
 *
 * IDENTIFICATION
 *	  test/unit/fuzz/fuzz_bundle.c
 *
 *-------------------------------------------------------------------------
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "verify/line.h"
#include "target.h"

/* what the parser promises about a line that it accepts */
static void
check_line(const bundle_line *line)
{
	const bundle_header *header = &line->of.header;
	const bundle_row *row = &line->of.row;

	if (line->kind > LINE_END || !json_is_object(line->root))
		abort();
	if (line->kind == LINE_HEADER)
	{
		for (size_t i = 0; i < header->ncolumns; i++)
		{
			soc2_text	name = header->columns[i].name;

			if (strlen(name.bytes) != name.len)
				abort();
		}
	}
	if (line->kind == LINE_ROW &&
		(!json_is_object(row->values) ||
		 (row->complete && (row->lane < 0 || row->seq < 1))))
		abort();
}

/* one line */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char		why[WHY_SIZE];
	bundle_line line;
	bundle_line again;
	char	   *text;

	if (!line_parse((const char *) data, size, &line, why))
	{
		if (why[0] == '\0' || line.root != NULL)
			abort();
		return 0;
	}
	check_line(&line);
	text = json_dumps(line.root, JSON_COMPACT);
	if (text == NULL || !line_parse(text, strlen(text), &again, why) ||
		again.kind != line.kind)
		abort();
	free(text);
	line_free(&again);
	line_free(&line);
	return 0;
}
