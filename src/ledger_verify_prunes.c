/*-------------------------------------------------------------------------
 *
 * ledger_verify_prunes.c
 *		soc2.verify_ledger: what was removed rightly from the front of lanes.
 *
 * IDENTIFICATION
 *	  src/ledger_verify_prunes.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "evidence.h"
#include "ledger_custody.h"
#include "ledger_verify.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

/* columns of soc2.ledger_prunes, and of soc2.evidence */
enum
{
	Anum_prunes_lane = 2,
	Anum_prunes_last_seq,
	Anum_prunes_last_hash,
	Anum_prunes_evidence_id = 8
};

enum
{
	Anum_evidence_evidence_id = 1,
	Anum_evidence_kind
};

/* is there evidence that a prune was recorded? */
static bool
has_evidence(const soc2_verifier *v, Datum id)
{
	Relation	evidence = table_open(soc2_table_oid("evidence"),
									  AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	row;
	bool		found = false;

	ScanKeyInit(&key, Anum_evidence_evidence_id, BTEqualStrategyNumber, F_UUID_EQ, id);
	scan = systable_beginscan(evidence, soc2_table_oid("soc2_evidence_pkey"),
							  true, v->snapshot, 1, &key);
	while (HeapTupleIsValid(row = systable_getnext(scan)))
	{
		bool		isnull;
		Datum		kind = soc2_own_column(evidence, row, Anum_evidence_kind,
										   &isnull);

		found |= !isnull &&
			strcmp(TextDatumGetCString(kind), SOC2_PRUNE_KIND) == 0;
	}
	systable_endscan(scan);
	table_close(evidence, AccessShareLock);
	return found;
}

/*
 * Read what was pruned.  Without its evidence a record counts for nothing: the
 * rows are then missing.
 */
void
soc2_verify_prunes(soc2_verifier *v)
{
	soc2_entry_scan scan;
	HeapTuple	entry;

	soc2_entries_begin(&scan, v, "ledger_prunes", -1);
	while (HeapTupleIsValid(entry = soc2_entries_next(&scan)))
	{
		bool		isnull;
		int32		lane = DatumGetInt32(soc2_entry_value(&scan, entry,
														  Anum_prunes_lane,
														  &isnull));
		int64		last = DatumGetInt64(soc2_entry_value(&scan, entry,
														  Anum_prunes_last_seq,
														  &isnull));
		Datum		id = soc2_entry_value(&scan, entry,
										  Anum_prunes_evidence_id, &isnull);
		soc2_lane  *known = soc2_verify_lane(v, lane);

		if (last < 1 || last > SOC2_SORT_SEQ_MAX || isnull ||
			!has_evidence(v, id))
			continue;
		/* in order of lane and position: the last one stays */
		known->pruned = last;
		known->pruned_hash = soc2_entry_digest(&scan, entry,
											   Anum_prunes_last_hash);
	}
	soc2_entries_end(&scan);
}
