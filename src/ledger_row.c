/*-------------------------------------------------------------------------
 *
 * ledger_row.c
 *		Give a row its place in a ledger.
 *
 * IDENTIFICATION
 *	  src/ledger_row.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "ledger.h"
#include "miscadmin.h"

/* salts that are drawn at a time */
#define SALTS_DRAWN		256

/* Is a ledger column of the row filled? */
bool
soc2_ledger_row_has(const soc2_ledger_row *row, soc2_ledger_field field)
{
	AttrNumber	attnum = row->plan->fields[field];

	return attnum != 0 && !row->nulls[attnum - 1];
}

/* Is any ledger column of the row filled? */
bool
soc2_ledger_row_is_linked(const soc2_ledger_row *row)
{
	for (int f = 0; f < SOC2_LEDGER_FIELDS; f++)
	{
		if (soc2_ledger_row_has(row, f))
			return true;
	}
	return false;
}

/* set a ledger column of the row */
static void
fill(const soc2_ledger_row *row, soc2_ledger_field field, Datum value)
{
	AttrNumber	attnum = row->plan->fields[field];

	row->values[attnum - 1] = value;
	row->nulls[attnum - 1] = false;
}

/*
 * Sixteen random bytes.  Many are drawn at a time, as each draw is a system
 * call; what was given out is wiped, so that only rows have it.
 */
static bytea *
make_salt(void)
{
	static unsigned char drawn[SALTS_DRAWN][SOC2_SALT_SIZE];
	static int	left = 0;
	bytea	   *salt = palloc(VARHDRSZ + SOC2_SALT_SIZE);

	if (left == 0)
	{
		if (!pg_strong_random(drawn, sizeof(drawn)))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate a random salt")));
		left = SALTS_DRAWN;
	}
	left--;
	SET_VARSIZE(salt, VARHDRSZ + SOC2_SALT_SIZE);
	memcpy(VARDATA(salt), drawn[left], SOC2_SALT_SIZE);
	explicit_bzero(drawn[left], SOC2_SALT_SIZE);
	return salt;
}

/* salt the row if it has to be; NULL if not */
static const unsigned char *
salt_row(const soc2_ledger_row *row)
{
	bytea	   *salt;

	if (!row->plan->has_redactable)
		return NULL;
	if (row->plan->fields[SOC2_LEDGER_SALT] == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("ledger \"%s\" has redactable columns but no column ledger_salt",
						soc2_relation_name(row->rel)),
				 errhint("Add it: ALTER TABLE ... ADD COLUMN ledger_salt bytea.")));
	salt = make_salt();
	fill(row, SOC2_LEDGER_SALT, PointerGetDatum(salt));
	return (const unsigned char *) VARDATA(salt);
}

/* Put the row at its place */
void
soc2_ledger_row_chain(const soc2_ledger_row *row, soc2_link *link,
					  soc2_digest *hash)
{
	soc2_digest *digests = palloc(2 * sizeof(soc2_digest));
	const unsigned char *salt = salt_row(row);

	soc2_ledger_content(row->plan, row->values, row->nulls, salt,
						&link->content);
	soc2_check_status(soc2_link_hash(soc2_ledger_hasher(), &row->plan->id,
									 link, hash), "chain the row of a ledger");
	digests[0] = link->prev;
	digests[1] = *hash;
	fill(row, SOC2_LEDGER_LANE, Int32GetDatum((int32) link->lane));
	fill(row, SOC2_LEDGER_SEQ, Int64GetDatum((int64) link->seq));
	fill(row, SOC2_LEDGER_PREV, DigestGetDatum(&digests[0]));
	fill(row, SOC2_LEDGER_HASH, DigestGetDatum(&digests[1]));
}
