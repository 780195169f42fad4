#!/bin/sh
# What chaining costs: a table like soc2.evidence as it is against the same table
# with the same indexes and no triggers, and against a chain in PL/pgSQL with one
# lock. Medians of five runs in turn.
#
# ROWS=n takes another number of rows for the bulk loads, RUNS=n another number
# of runs, SECONDS_EACH=n another length of a run of clients. Fails if a ledger
# is not what soc2.verify_ledger() expects; never because of times.
set -eu

rows=${ROWS:-1000000}
runs=${RUNS:-5}
seconds=${SECONDS_EACH:-5}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 0777 "$scratch"    # the server writes a file here

sql()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 -v rows="$rows" -v file="$scratch/rows" "$@"
}

sql <<'SQL'
SET client_min_messages = warning;
CREATE UNLOGGED TABLE source AS
    SELECT gen_random_uuid() AS evidence_id, 'check_run' AS kind, 'AC-' || i % 50 AS control_id,
        'postgres.login.' || i % 100 AS check_id, '{tsc:CC6.1,tsc:CC6.2}'::soc2.criterion_set AS criteria,
        'role ' || md5(i::text) AS subject, tstzrange('2024-01-01 00:00+00', '2024-02-01 00:00+00') AS effective,
        '2024-02-01 10:00+00'::timestamptz + i * interval '1 second' AS recorded_at, 'collector'::name AS recorded_by,
        jsonb_build_object('population', i, 'failed', i % 7, 'query', md5(i::text), 'ok', i % 7 = 0) AS payload
    FROM generate_series(1, :rows) AS i;
COPY source TO :'file';
-- all three have the same columns and indexes
CREATE TABLE ledger (LIKE soc2.evidence INCLUDING DEFAULTS INCLUDING INDEXES);
CREATE TABLE plain (LIKE ledger INCLUDING ALL);
CREATE TABLE scripted (LIKE ledger INCLUDING ALL);
SELECT soc2.create_ledger('ledger', '{payload,artifact}') \g /dev/null
ALTER TABLE plain ALTER evidence_id SET NOT NULL;

-- what a project writes for itself
CREATE FUNCTION chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last scripted;
BEGIN
    PERFORM pg_advisory_xact_lock(1);
    SELECT * INTO last FROM scripted WHERE ledger_lane = 0 ORDER BY ledger_seq DESC LIMIT 1;
    NEW.ledger_lane := 0;
    NEW.ledger_seq := coalesce(last.ledger_seq, 0) + 1;
    NEW.ledger_prev := coalesce(last.ledger_hash, decode(repeat('00', 32), 'hex')::soc2.digest);
    NEW.ledger_hash := digest(last.ledger_hash::bytea || convert_to(to_jsonb(NEW)::text, 'UTF8'), 'sha256')::soc2.digest;
    RETURN NEW;
END $$;
CREATE TRIGGER chain BEFORE INSERT ON scripted FOR EACH ROW EXECUTE FUNCTION chain();

CREATE TABLE timing (measure text, side text, value numeric);
CREATE FUNCTION empty(t text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
    EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER', t);
    EXECUTE format('TRUNCATE %I', t);
    EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', t);
    IF t = 'ledger' THEN
        ALTER TABLE ledger ENABLE ALWAYS TRIGGER soc2_guard_update;
        ALTER TABLE ledger ENABLE ALWAYS TRIGGER soc2_guard_delete;
        ALTER TABLE ledger ENABLE ALWAYS TRIGGER soc2_guard_truncate;
    END IF;
    ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
END $$;
SQL

columns='evidence_id, kind, control_id, check_id, criteria, subject, effective, recorded_at, recorded_by, payload'

# seconds that a statement takes: bulk MEASURE SIDE STATEMENT
bulk()
{
	sql -c "SELECT empty('$2')" -c 'CHECKPOINT' > /dev/null
	sql -c '\timing on' -c "$3" | sed -n "s/^Time: \([0-9.]*\) ms.*/INSERT INTO timing VALUES ('$1', '$2', \1)/p" | sql
}

# transactions in a second: clients MEASURE SIDE CLIENTS SCRIPT
clients()
{
	sql -c "SELECT empty('$2')" -c 'CHECKPOINT' > /dev/null
	pgbench -n -c "$3" -j 2 -T "$seconds" -f "$4" 2> "$scratch/pgbench.err" > "$scratch/pgbench.out" ||
		{ cat "$scratch/pgbench.err" >&2; return 1; }
	sed -n "s/^tps = \([0-9.]*\) .*/INSERT INTO timing VALUES ('$1', '$2', \1)/p" "$scratch/pgbench.out" | sql
}

values="gen_random_uuid(), 'check_run', 'AC-1', 'postgres.login', '{tsc:CC6.1,tsc:CC6.2}', 'role ' || :who, tstzrange('2024-01-01 00:00+00', NULL), now(), current_user, jsonb_build_object('population', :who, 'failed', 0)"
for side in plain ledger scripted; do
	printf '\\set who random(1, 1000000)\nINSERT INTO %s (%s) VALUES (%s);\n' "$side" "$columns" "$values" \
		> "$scratch/one-$side.sql"
	{
		echo '\set who random(1, 1000000)'
		echo 'BEGIN;'
		echo "INSERT INTO $side ($columns) VALUES ($values);"
		echo 'SELECT pg_sleep(0.005);'
		echo 'COMMIT;'
	} > "$scratch/pause-$side.sql"
done

run=0
while [ "$run" -lt "$runs" ]; do
	run=$((run + 1))
	for side in plain ledger; do
		bulk '1 INSERT SELECT, ms' "$side" "INSERT INTO $side ($columns) SELECT $columns FROM source"
		[ "$side" = plain ] || [ "$(sql -c "SELECT count(*) FROM soc2.verify_ledger('ledger')")" = 0 ]
		bulk '2 COPY, ms' "$side" "COPY $side ($columns) FROM '$scratch/rows'"
	done
	for side in plain ledger scripted; do
		clients '3 16 clients, a row each, tps' "$side" 16 "$scratch/one-$side.sql"
		clients '4 32 clients, 5 ms to commit, tps' "$side" 32 "$scratch/pause-$side.sql"
	done
done
[ "$(sql -c "SELECT count(*) FROM soc2.verify_ledger('ledger')")" = 0 ]

echo "$rows rows, $runs runs of $seconds s; ledger/plain: time of 1 and 2, throughput of 3 and 4"
psql -X -q -P footer=off <<'SQL'
WITH median AS (
    SELECT measure, side, percentile_cont(0.5) WITHIN GROUP (ORDER BY value)::numeric AS value
    FROM timing GROUP BY measure, side)
SELECT p.measure, round(p.value) AS plain, round(l.value) AS ledger, round(s.value) AS scripted,
    round(l.value / p.value, 2) AS "ledger/plain", round(l.value / s.value, 2) AS "ledger/scripted"
FROM median AS p JOIN median AS l ON l.measure = p.measure AND l.side = 'ledger'
LEFT JOIN median AS s ON s.measure = p.measure AND s.side = 'scripted'
WHERE p.side = 'plain' ORDER BY p.measure;
SQL
