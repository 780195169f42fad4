/*-------------------------------------------------------------------------
 *
 * csv.h
 *		Cells of CSV as RFC 4180 has them, harmless in a spreadsheet.
 *
 * IDENTIFICATION
 *	  src/core/csv.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SOC2_CORE_CSV_H
#define SOC2_CORE_CSV_H

#include <stdbool.h>

#include "core/text.h"

/*
 * Would a spreadsheet take a text that begins so for a formula?  It does for
 * = + - @, a tab, a carriage return and a newline, and for = + - @ of full
 * width in UTF-8; apostrophes before them do not count.
 */
extern bool soc2_csv_is_formula(soc2_text text);

/*
 * Add text as a cell.  One that is_formula() gets an apostrophe before it:
 * taking one apostrophe away where that gives a formula gives the text back.
 * A cell is quoted if it has to be, or if another separator than the comma
 * could cut it: an empty cell is "", so that nothing at all can stand for NULL.
 */
extern void soc2_csv_add_text(soc2_buffer *buffer, soc2_text text);

#endif							/* SOC2_CORE_CSV_H */
