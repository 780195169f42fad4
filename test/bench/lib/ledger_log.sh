# For ledger.sh: seal, verify and export the rows of a ledger, and prove some.
# shellcheck shell=sh disable=SC2154

# make the lines of the table
log_setup()
{
	sql <<'SQL'
INSERT INTO goal (work, measure, side, against, base_measure, base_side, ratio) VALUES
    ('verify_ledger, 1 process', 'verify 0', 'ledger', 'sha256 of all rows', 'verify 0', 'sha256', 1),
    ('verify_ledger, 2 workers', 'verify 2', 'ledger', 'sha256 of all rows', 'verify 2', 'sha256', 1),
    ('seal', 'seal', 'ledger', 'INSERT ... SELECT', 'INSERT', 'ledger', 0.5),
    ('soc2-verify', 'program', 'ledger', 'verify_ledger, 1 process', 'verify 0', 'ledger', NULL);
SQL
}

# seal and verify the rows that were just inserted
log_run()
{
	timed seal ledger 'SET jit = off' "SELECT soc2.seal('ledger')"
	sql -c 'VACUUM ANALYZE ledger' -c 'CHECKPOINT'
	for workers in 0 2; do
		# the same number of processes for both, at any number of rows
		settings="SET jit = off; SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0;
			SET parallel_tuple_cost = 0; SET max_parallel_workers_per_gather = $workers;
			SET max_parallel_maintenance_workers = $workers"
		timed "verify $workers" sha256 "$settings" "SELECT count(sha256(convert_to(t::text, 'UTF8'))) FROM ledger AS t"
		timed "verify $workers" ledger "$settings" "SELECT 'problems:', count(*) FROM soc2.verify_ledger('ledger')"
		grep -q '^problems:|0$' "$scratch/timed.out"
	done
	sql -c "SELECT soc2.export_ledger('ledger')" > "$scratch/bundle"
	start=$(date +%s%N)
	soc2-verify --quiet "$scratch/bundle"
	note program ledger "$((($(date +%s%N) - start) / 1000000))"
	rm "$scratch/bundle"
}

# buffers that an inclusion proof reads at three sizes of a ledger; fails if ten
# times the rows take twice as many
log_proofs()
{
	psql -X -q -v ON_ERROR_STOP=1 -v rows="$rows" -P footer=off <<'SQL'
SET client_min_messages = warning;
-- on average of some rows; the first proof loads what the session keeps
CREATE FUNCTION proof_buffers(ledger regclass, size integer) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    proof text;
    plan json;
    blocks bigint := 0;
BEGIN
    FOR proof IN EXECUTE format('SELECT format(''SELECT soc2.inclusion_proof(%%L, %%s, %%s)'', %L, ledger_lane, ledger_seq)
        FROM %s WHERE v %% %s = 0 ORDER BY v', ledger, ledger, size / 20)
    LOOP
        IF plan IS NULL THEN
            EXECUTE proof;
        END IF;
        EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || proof INTO plan;
        blocks := blocks + (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::bigint
            + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::bigint;
    END LOOP;
    RETURN blocks / 20.0;
END $$;
CREATE FUNCTION proof_ledger(size integer) RETURNS regclass LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE proof_%s (v bigint)', size);
    PERFORM soc2.create_ledger(('proof_' || size)::regclass);
    EXECUTE format('INSERT INTO proof_%s SELECT generate_series(1, %s)', size, size);
    RETURN 'proof_' || size;
END $$;
CREATE TABLE proof AS
    SELECT :rows / part AS rows, proof_ledger(:rows / part) AS ledger FROM (VALUES (100), (10), (1)) AS p (part);
SELECT soc2.seal(ledger) FROM proof \g /dev/null
ALTER TABLE proof ADD buffers numeric;
UPDATE proof SET buffers = proof_buffers(ledger, rows);
SELECT rows, round(buffers, 1) AS "buffers of a proof", round(buffers / log(2, rows), 2) AS "buffers / log2(rows)"
FROM proof ORDER BY rows;
SELECT 1 / (NOT bool_or(more.buffers > 2 * less.buffers))::integer AS logarithmic
FROM proof AS less JOIN proof AS more ON more.rows = 10 * less.rows \g /dev/null
SQL
}
