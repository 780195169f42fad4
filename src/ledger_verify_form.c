/*-------------------------------------------------------------------------
 *
 * ledger_verify_form.c
 *		soc2.verify_ledger: report rows that have not the form of one.
 *
 * IDENTIFICATION
 *	  src/ledger_verify_form.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ledger_verify.h"

/* what reports say of the bits SOC2_FORM_... */
static const char *const form_texts[] = {
	"has no ledger_lane or no ledger_seq",
	"has a position that cannot be",
	"has no ledger_prev",
	"has no ledger_hash",
	"has a redactable value but no ledger_salt",
	"has a ledger_salt that is not of 16 bytes"
};

/* Report a problem of a row that may have no position */
void
soc2_verify_report_row(soc2_verifier *v, const soc2_malformed_row *row,
					   const char *problem, const char *what)
{
	Relation	rel = v->parts.parts[row->part].rel;
	soc2_link	link = {0};
	char	   *where = "";

	if (rel != v->rel)
		where = psprintf(" of partition \"%s\"", RelationGetRelationName(rel));
	link.lane = (uint32) row->lane;
	link.seq = (uint64) row->seq;
	soc2_verify_report(v, row->seq != 0 ? &link : NULL, problem,
					   psprintf("The row at ctid (%u,%u)%s %s.",
								ItemPointerGetBlockNumberNoCheck(&row->tid),
								ItemPointerGetOffsetNumberNoCheck(&row->tid),
								where, what));
}

/* Report what is wrong with the form of a row */
void
soc2_verify_report_form(soc2_verifier *v, const soc2_malformed_row *row)
{
	for (size_t i = 0; i < lengthof(form_texts); i++)
	{
		if (row->problems & (1U << i))
			soc2_verify_report_row(v, row, "format", form_texts[i]);
	}
}
