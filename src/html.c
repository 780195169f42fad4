/*-------------------------------------------------------------------------
 *
 * html.c
 *		Text inside of HTML, for the report.
 *
 * IDENTIFICATION
 *	  src/html.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "core/html.h"
#include "text_form.h"

PG_FUNCTION_INFO_V1(soc2_html_text);

/* soc2.html_text(text) */
Datum
soc2_html_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(soc2_formed_argument(fcinfo, soc2_html_add_text));
}
