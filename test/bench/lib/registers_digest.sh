# For registers.sh: the digest of a table, against hashing the text of each of its rows.
# shellcheck shell=sh disable=SC2154

# make the table and the lines of the table that is printed
digest_setup()
{
	sql -v digested="${DIGEST_ROWS:-1000000}" <<'SQL'
SET client_min_messages = warning;
CREATE TABLE digested AS
    SELECT i::bigint AS id, (i % 1000)::integer AS customer, 'open'::text AS status, (i / 7.0)::numeric(12,2) AS amount,
        timestamptz '2024-01-01 00:00+00' + i * interval '1 second' AS placed, md5(i::text) AS note
    FROM generate_series(1, :digested) AS i;
VACUUM ANALYZE digested;
INSERT INTO goal (work, measure, side, against, base_side, ratio, at_least) VALUES
    ('table_digest, 1 process', 'digest 0', 'digest', 'sha256 of all rows', 'sha256', 1, false),
    ('table_digest, 2 workers', 'digest 2', 'digest', 'sha256 of all rows', 'sha256', 1, false);
SQL
}

# both, with the same number of processes
digest_run()
{
	for workers in 0 2; do
		settings="SET jit = off; SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0;
			SET parallel_tuple_cost = 0; SET max_parallel_workers_per_gather = $workers"
		timed "digest $workers" sha256 "$settings" "SELECT count(sha256(convert_to(t::text, 'UTF8'))) FROM digested AS t"
		timed "digest $workers" digest "$settings" "SELECT row_count FROM soc2.table_digest('digested')"
	done
}
