/*-------------------------------------------------------------------------
 *
 * chain.c
 *		Hash chains: the link of a row, and judging rows one after another.
 *
 * Contracts are in the header.
 *
 * IDENTIFICATION
 *	  src/core/chain.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/chain.h"

#include <string.h>

#include "core/encode.h"

/* The bytes of a link */
void
soc2_link_encode(const soc2_ledger_id *ledger, const soc2_link *link,
				 unsigned char out[SOC2_LINK_SIZE])
{
	out[0] = SOC2_DOMAIN_LINK;
	out[1] = SOC2_FORMAT_VERSION;
	memcpy(out + 2, ledger->bytes, SOC2_LEDGER_ID_SIZE);
	soc2_put_integer(out + 18, link->lane, 4);
	soc2_put_integer(out + 22, link->seq, 8);
	memcpy(out + 30, link->prev.bytes, SOC2_DIGEST_SIZE);
	memcpy(out + 62, link->content.bytes, SOC2_DIGEST_SIZE);
}

/* ledger_hash of a row */
soc2_status
soc2_link_hash(const soc2_hasher *hasher, const soc2_ledger_id *ledger,
			   const soc2_link *link, soc2_digest *out)
{
	unsigned char bytes[SOC2_LINK_SIZE];
	soc2_status status;

	soc2_link_encode(ledger, link, bytes);
	status = hasher->begin(hasher->ctx);
	if (status != SOC2_OK)
		return status;
	status = hasher->update(hasher->ctx, bytes, sizeof(bytes));
	if (status != SOC2_OK)
		return status;
	return hasher->finish(hasher->ctx, out);
}

/* Start to judge the rows of a ledger */
void
soc2_chain_begin(soc2_chain *chain, const soc2_ledger_id *ledger)
{
	memset(chain, 0, sizeof(*chain));
	chain->ledger = *ledger;
}

/* enter a lane: its first row is at 1, and before it stand zero bytes */
static void
enter_lane(soc2_chain *chain, uint32_t lane)
{
	chain->started = true;
	chain->lane = lane;
	chain->seq = 0;
	memset(&chain->hash, 0, sizeof(chain->hash));
	chain->hash_known = true;
	chain->before_known = false;
}

/* Go on after a row that is not there any more */
void
soc2_chain_resume(soc2_chain *chain, uint32_t lane, uint64_t seq,
				  const soc2_digest *hash)
{
	enter_lane(chain, lane);
	chain->seq = seq;
	chain->hash = *hash;
}

/* does the hash of a row match what the row holds? */
static soc2_status
judge_hash(const soc2_chain *chain, const soc2_hasher *hasher,
		   const soc2_chain_row *row, soc2_verdict *verdict)
{
	const unsigned needed = SOC2_ROW_HAS_PREV | SOC2_ROW_HAS_HASH |
	SOC2_ROW_HAS_CONTENT;
	soc2_digest hash;
	soc2_status status;

	if ((row->known & needed) != needed)
		return SOC2_OK;
	status = soc2_link_hash(hasher, &chain->ledger, &row->link, &hash);
	if (status == SOC2_OK && soc2_digest_compare(&hash, &row->hash) != 0)
		verdict->problems |= SOC2_PROBLEM_HASH;
	return status;
}

/* judge the position of a row in its lane, and advance to it */
static void
judge_position(soc2_chain *chain, const soc2_chain_row *row,
			   soc2_verdict *verdict)
{
	uint64_t	seq = row->link.seq;

	if (seq == chain->seq)
	{
		verdict->problems |= SOC2_PROBLEM_DUPLICATE;
		chain->hash_known = false;
		return;
	}
	chain->before = chain->hash;
	chain->before_known = chain->hash_known;
	if (seq - chain->seq > 1)
	{
		verdict->problems |= SOC2_PROBLEM_GAP;
		verdict->first_missing = chain->seq + 1;
		verdict->last_missing = seq - 1;
		chain->before_known = false;
	}
	chain->seq = seq;
	chain->hash = row->hash;
	chain->hash_known = (row->known & SOC2_ROW_HAS_HASH) != 0;
}

/* Judge the next row */
soc2_status
soc2_chain_step(soc2_chain *chain, const soc2_hasher *hasher,
				const soc2_chain_row *row, soc2_verdict *verdict)
{
	const soc2_link *link = &row->link;
	soc2_status status;

	if (link->seq == 0)
		return SOC2_OUT_OF_RANGE;
	if (chain->started &&
		(link->lane < chain->lane ||
		 (link->lane == chain->lane && link->seq < chain->seq)))
		return SOC2_UNORDERED;

	memset(verdict, 0, sizeof(*verdict));
	status = judge_hash(chain, hasher, row, verdict);
	if (status != SOC2_OK)
		return status;
	if (!chain->started || link->lane != chain->lane)
		enter_lane(chain, link->lane);
	judge_position(chain, row, verdict);
	if (chain->before_known && (row->known & SOC2_ROW_HAS_PREV) != 0 &&
		soc2_digest_compare(&link->prev, &chain->before) != 0)
		verdict->problems |= SOC2_PROBLEM_LINK;
	return SOC2_OK;
}
