#!/bin/sh
# What disposing of rows costs: each line of the table that it prints is a piece of
# work, what it is measured against, and the ratio of their medians of five runs in
# turn.  Half of the rows of a guarded table go.
#
# ROWS=n takes another number of rows, RUNS=n another number of runs.  Fails if
# anything else is left than what was to stay; never because of times.
set -eu

rows=${ROWS:-4000000}
runs=${RUNS:-5}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

sql()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 -v rows="$rows" "$@"
}

# what gets retention here is disposed of at once
sql -c "ALTER DATABASE $PGDATABASE SET soc2.disposal_delay = 0"

# milliseconds and WAL that a statement takes: timed SIDE STATEMENT
timed()
{
	before=$(sql -c 'SELECT pg_current_wal_insert_lsn()')
	sql -c '\timing on' -c "$2" > "$scratch/timed.out"
	sql -c "INSERT INTO timing VALUES ('$1', $(sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' "$scratch/timed.out"),
		pg_current_wal_insert_lsn() - '$before')"
}

# a guarded table with all the rows, as if it had always been there; the rest of its
# definition, and its partitions: fill REST PARTITIONS
fill()
{
	sql <<SQL
SET client_min_messages = warning;
BEGIN;
SET LOCAL soc2.bypass = 'bench';
DROP TABLE IF EXISTS ticket;
COMMIT;
CREATE TABLE ticket (id bigint, closed timestamptz NOT NULL, note text, $1;
$2
INSERT INTO ticket SELECT * FROM source;
CREATE INDEX ON ticket (closed);
SELECT soc2.set_retention('ticket', 'bench', 'closed') \g /dev/null
VACUUM ANALYZE ticket;
CHECKPOINT;
SQL
}

# a plan for it, approved by a second person
approved()
{
	plan=$(sql -c "SELECT soc2.plan_disposal('ticket')")
	sql -c 'SET SESSION AUTHORIZATION bench_custodian' -c "SELECT soc2.approve_disposal($plan)" > /dev/null
}

# half of the rows are left
verify()
{
	[ "$(sql -c "SELECT count(*) = $rows - $rows / 2 FROM ticket")" = t ]
}

sql <<'SQL'
SET client_min_messages = warning;
CREATE TABLE timing (side text, value numeric, wal numeric);
CREATE ROLE bench_custodian IN ROLE soc2_custodian;
GRANT soc2_bypass TO CURRENT_USER;
SELECT soc2.create_retention_class('bench', '2 years', 'none') \g /dev/null
CREATE UNLOGGED TABLE source AS
    SELECT i AS id, CASE WHEN (i <= :rows / 2) THEN timestamptz '2001-01-01 00:00+00' ELSE timestamptz '9000-01-01 00:00+00' END
        + i * interval '1 second' AS closed, 'note ' || i AS note
    FROM generate_series(1, :rows) AS i;
SQL
run=0
while [ "$run" -lt "$runs" ]; do
	run=$((run + 1))
	fill 'PRIMARY KEY (id))' ''
	timed delete "DELETE FROM ticket WHERE closed < '2026-01-01'"
	verify
	fill 'PRIMARY KEY (id))' ''
	timed loop "DO \$\$ BEGIN LOOP
		DELETE FROM ticket WHERE id IN (SELECT id FROM ticket WHERE closed < '2026-01-01' ORDER BY closed LIMIT 10000);
		EXIT WHEN NOT FOUND;
		COMMIT;
	END LOOP; END \$\$"
	verify
	fill 'PRIMARY KEY (id))' ''
	approved
	timed run "CALL soc2.run_disposal($plan, max_wal => '1 TB', max_duration => '1 day')"
	verify
	fill 'PRIMARY KEY (id, closed)) PARTITION BY RANGE (closed)' \
		"CREATE TABLE ticket_old PARTITION OF ticket FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
		CREATE TABLE ticket_new PARTITION OF ticket FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);"
	approved
	timed partition "CALL soc2.run_disposal($plan)"
	verify
done

echo "half of $rows rows, $runs runs; times in ms, WAL in kB"
psql -X -q -P footer=off <<'SQL'
WITH median AS (
    SELECT side, percentile_cont(0.5) WITHIN GROUP (ORDER BY value)::numeric AS value,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY wal)::numeric AS wal
    FROM timing GROUP BY side)
SELECT g.work, round(m.value) AS median, round(m.wal / 1024) AS wal, g.against, round(b.value) AS "its median",
    round(b.wal / 1024) AS "its wal", round(m.value / b.value, 2) AS ratio,
    CASE WHEN g.at_least THEN '>= ' ELSE '<= ' END || g.ratio AS target,
    CASE (m.value / b.value >= g.ratio) = g.at_least WHEN true THEN 'met' WHEN false THEN 'missed' END AS result
FROM (VALUES
    (1, 'run_disposal', 'run', 'one DELETE', 'delete', 1.2, false),
    (2, 'id IN (... LIMIT 10000) in a loop', 'loop', 'run_disposal', 'run', 3, true),
    (3, 'one DELETE', 'delete', 'run_disposal of a whole partition', 'partition', 5, true))
    AS g (line, work, side, against, base_side, ratio, at_least)
JOIN median AS m ON m.side = g.side
JOIN median AS b ON b.side = g.base_side
ORDER BY g.line;
SQL
