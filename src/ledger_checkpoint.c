/*-------------------------------------------------------------------------
 *
 * ledger_checkpoint.c
 *		What leaves the server about a log: checkpoints and proofs.
 *
 * All of it speaks of the last seal that is committed.  A seal of the running
 * transaction can still be undone, and a checkpoint cannot be called back.
 * Only soc2.snapshot_checkpoint() looks no further than its statement does.
 *
 * IDENTIFICATION
 *	  src/ledger_checkpoint.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "core/checkpoint.h"
#include "core/proof.h"
#include "ledger_log.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(soc2_checkpoint_text);
PG_FUNCTION_INFO_V1(soc2_snapshot_checkpoint);
PG_FUNCTION_INFO_V1(soc2_inclusion_proof);
PG_FUNCTION_INFO_V1(soc2_consistency_proof);

/* a ledger whose log is read */
typedef struct reader
{
	Relation	rel;
	const soc2_ledger_plan *plan;
	soc2_log	log;
	soc2_seal_entry seal;		/* the last one that is committed */
	bool		sealed;			/* is there one? */
} reader;

/* a row of a ledger */
typedef struct row_position
{
	int32		lane;
	int64		seq;
} row_position;

/* start to read; the ledger is locked to the end of the transaction */
static void
open_reader(reader *r, Oid relid)
{
	r->rel = soc2_ledger_open(relid, &r->plan);
	soc2_log_open(&r->log, &r->plan->id);
	/* without an id there was never a row */
	r->sealed = r->plan->has_id &&
		soc2_log_last_seal(&r->log, true, &r->seal);
}

/* end reading */
static void
close_reader(reader *r)
{
	soc2_log_close(&r->log);
	relation_close(r->rel, NoLock);
}

/* raise the error about a ledger without a seal */
static void
require_seal(const reader *r)
{
	if (!r->sealed)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("ledger \"%s\" was never sealed",
						soc2_relation_name(r->rel)),
				 errhint("Run soc2.seal, and commit.")));
}

/* text of a uuid */
static char *
uuid_text(const pg_uuid_t *id)
{
	return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(id)));
}

/* first line of the checkpoints of the incarnation of a seal */
static char *
origin_of(const soc2_log *log, const soc2_seal_entry *seal)
{
	char	   *incarnation = "";

	if (seal->has_incarnation_id)
		incarnation = psprintf("%s/", uuid_text(&seal->incarnation_id));
	return psprintf("%s/%s%s/%d", soc2_origin_setting, incarnation,
					uuid_text((const pg_uuid_t *) log->id.bytes),
					seal->incarnation);
}

/* The text of a checkpoint */
char *
soc2_log_checkpoint(const soc2_log *log, const soc2_seal_entry *seal)
{
	char	   *origin = origin_of(log, seal);
	soc2_checkpoint checkpoint = {{0}};
	soc2_buffer buffer = {NULL, 0, 0};
	char	   *text;
	char	   *note;

	checkpoint.origin = soc2_text_of(origin);
	checkpoint.size = seal->size;
	checkpoint.root = seal->root;

	(void) soc2_checkpoint_format(&checkpoint, &buffer);
	text = palloc0(buffer.len + 1);
	buffer.bytes = text;

	buffer.size = buffer.len;
	buffer.len = 0;
	soc2_check_status(soc2_checkpoint_format(&checkpoint, &buffer),
					  "write a checkpoint");
	note = soc2_log_sign(text);
	return note != NULL ? note : text;
}

/* Checkpoint of the last committed seal of a ledger */
Datum
soc2_checkpoint_text(PG_FUNCTION_ARGS)
{
	reader		r = {0};
	Datum		result;

	open_reader(&r, PG_GETARG_OID(0));
	require_seal(&r);
	result = soc2_log_text_datum(soc2_log_checkpoint(&r.log, &r.seal));
	close_reader(&r);
	PG_RETURN_DATUM(result);
}

/* The newest checkpoint that the snapshot of the statement shows */
Datum
soc2_snapshot_checkpoint(PG_FUNCTION_ARGS)
{
	soc2_log	log;
	soc2_seal_entry seal;
	const soc2_ledger_plan *plan;
	Relation	rel = soc2_ledger_open(PG_GETARG_OID(0), &plan);
	char	   *checkpoint = NULL;

	log.id = plan->id;
	log.snapshot = GetActiveSnapshot();
	if (plan->has_id && soc2_log_last_seal(&log, true, &seal))
		checkpoint = soc2_log_checkpoint(&log, &seal);
	relation_close(rel, NoLock);
	if (checkpoint == NULL)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(soc2_log_text_datum(checkpoint));
}

/* index in the log of a row, which must be sealed by a committed seal */
static uint64
row_index(const reader *r, const row_position *row)
{
	soc2_log_range range;
	uint64		index;

	if (r->sealed &&
		soc2_log_find_range(&r->log, row->lane, row->seq, &range))
	{
		index = (uint64) range.position + (uint64) (row->seq - range.first_seq);
		if (index < r->seal.size)
			return index;
	}
	if (!soc2_ledger_has_row(r->rel, r->plan, r->log.snapshot, row->lane,
							 row->seq))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ledger \"%s\" has no row " INT64_FORMAT " in lane %d",
						soc2_relation_name(r->rel), row->seq,
						row->lane),
				 errhint("A row is named by its ledger_lane and its ledger_seq.")));
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("row " INT64_FORMAT " in lane %d of ledger \"%s\" is not sealed yet",
					row->seq, row->lane, soc2_relation_name(r->rel)),
			 errhint("Run soc2.seal, and commit.")));
	return 0;					/* not reached */
}

/* the hashes that prove an index; they are tried before they leave */
static void
prove_index(const reader *r, uint64 index, soc2_merkle_path *path)
{
	const soc2_hasher *hasher = soc2_ledger_hasher();
	soc2_log_nodes nodes;
	soc2_merkle_source source = soc2_log_nodes_begin(&nodes, &r->log,
													 r->seal.size);
	soc2_merkle_node leaf = {0, index};
	soc2_merkle_plan plan;
	soc2_merkle_inclusion claim;

	claim.index = index;
	claim.size = r->seal.size;
	claim.root = r->seal.root;
	soc2_log_check(source.fetch(source.ctx, leaf, &claim.leaf), r->rel);
	soc2_log_check(soc2_merkle_inclusion_plan(index, r->seal.size, &plan),
				   r->rel);
	soc2_log_check(soc2_merkle_plan_hashes(hasher, &source, &plan, path),
				   r->rel);
	if (soc2_merkle_verify_inclusion(hasher, &claim, path->hash,
									 path->count) != SOC2_OK)
		soc2_log_error(r->rel, "Its tiles do not lead to the root of the last seal.");
}

/* Proof that a row is in the log of the last committed seal */
Datum
soc2_inclusion_proof(PG_FUNCTION_ARGS)
{
	row_position row = {PG_GETARG_INT32(1), PG_GETARG_INT64(2)};
	reader		r = {0};
	soc2_proof	proof = {{0}};
	soc2_buffer buffer = {NULL, 0, 0};
	char	   *text;

	open_reader(&r, PG_GETARG_OID(0));
	proof.index = row_index(&r, &row);
	prove_index(&r, proof.index, &proof.path);
	proof.checkpoint = soc2_text_of(soc2_log_checkpoint(&r.log, &r.seal));
	close_reader(&r);

	(void) soc2_proof_format(&proof, &buffer);
	text = palloc0(buffer.len + 1);
	buffer.bytes = text;

	buffer.size = buffer.len;
	buffer.len = 0;
	soc2_check_status(soc2_proof_format(&proof, &buffer), "write a proof");
	PG_RETURN_DATUM(soc2_log_text_datum(text));
}

/* digests as an array of the type that the function returns */
static Datum
digest_array(FunctionCallInfo fcinfo, soc2_merkle_path *path)
{
	Oid			type = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	Datum		digests[SOC2_MERKLE_PATH_MAX];

	for (unsigned i = 0; i < path->count; i++)
		digests[i] = DigestGetDatum(&path->hash[i]);
	return PointerGetDatum(construct_array(digests, (int) path->count, type,
										   sizeof(soc2_digest), false,
										   TYPALIGN_CHAR));
}

/* Proof that the log at one size is the beginning of the log at another */
Datum
soc2_consistency_proof(PG_FUNCTION_ARGS)
{
	int64		old_size = PG_GETARG_INT64(1);
	int64		new_size = PG_GETARG_INT64(2);
	reader		r = {0};
	soc2_log_nodes nodes;
	soc2_merkle_source source;
	soc2_merkle_plan plan;
	soc2_merkle_path path;

	open_reader(&r, PG_GETARG_OID(0));
	if (old_size < 0 || old_size > new_size || (uint64) new_size > r.seal.size)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("sizes " INT64_FORMAT " and " INT64_FORMAT " are not two of the log",
						old_size, new_size),
				 errdetail("The log of ledger \"%s\" has " UINT64_FORMAT " rows, and the sizes must ascend.",
						   soc2_relation_name(r.rel), r.seal.size),
				 errhint("Give the size of an older checkpoint first, and then that of a newer one.")));
	source = soc2_log_nodes_begin(&nodes, &r.log, r.seal.size);
	soc2_log_check(soc2_merkle_consistency_plan((uint64) old_size,
												(uint64) new_size, &plan),
				   r.rel);
	soc2_log_check(soc2_merkle_plan_hashes(soc2_ledger_hasher(), &source,
										   &plan, &path), r.rel);
	close_reader(&r);
	PG_RETURN_DATUM(digest_array(fcinfo, &path));
}
