#!/bin/sh
# What registers cost: each line of the table that it prints is a piece of work, what
# it is measured against, and the ratio of their medians of several runs in turn.
#
# lib/registers_track.sh changes rows of a table whose changes are tracked, and of the
# same table without.
#
# ROWS=n takes another number of rows for bulk work, RUNS=n another number of runs,
# SECONDS_EACH=n another length of a run of clients. Fails if a ledger is not what
# soc2.verify_ledger() expects; never because of times.
set -eu

rows=${ROWS:-100000}
runs=${RUNS:-5}
seconds=${SECONDS_EACH:-5}
lib=$(dirname "$0")/lib
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

sql()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 -v rows="$rows" "$@"
}

# keep a number: note MEASURE SIDE NUMBER
note()
{
	sql -c "INSERT INTO timing VALUES ('$1', '$2', $3)"
}

# milliseconds that a statement takes: timed MEASURE SIDE STATEMENT
timed()
{
	sql -c 'SET jit = off' -c '\timing on' -c "$3" > "$scratch/timed.out"
	note "$1" "$2" "$(sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' "$scratch/timed.out")"
}

# transactions a second of clients that run a script: clients COUNT MEASURE SIDE FILE
clients()
{
	pgbench -n -c "$1" -j 2 -T "$seconds" -f "$4" 2> "$scratch/pgbench.err" > "$scratch/pgbench.out" ||
		{ cat "$scratch/pgbench.err" >&2; return 1; }
	note "$2" "$3" "$(sed -n 's/^tps = \([0-9.]*\) .*/\1/p' "$scratch/pgbench.out")"
}

# nothing is wrong with a ledger
verify()
{
	[ "$(sql -c "SELECT count(*) FROM soc2.verify_ledger('$1')")" = 0 ]
}

sql <<'SQL'
CREATE TABLE timing (measure text, side text, value numeric);
CREATE TABLE goal (
    line serial, work text, measure text, side text, against text, base_side text, ratio numeric,
    at_least boolean DEFAULT false);
SQL
# shellcheck source=test/bench/lib/registers_track.sh
. "$lib/registers_track.sh"
track_setup
run=0
while [ "$run" -lt "$runs" ]; do
	run=$((run + 1))
	track_run
done
track_end

echo "$rows rows, $runs runs of $seconds s; bulk work in ms, clients in transactions a second"
psql -X -q -P footer=off <<'SQL'
WITH median AS (
    SELECT measure, side, percentile_cont(0.5) WITHIN GROUP (ORDER BY value)::numeric AS value
    FROM timing GROUP BY measure, side)
SELECT g.work, round(m.value) AS median, g.against, round(b.value) AS "its median", round(m.value / b.value, 2) AS ratio,
    CASE WHEN g.at_least THEN '>= ' ELSE '<= ' END || g.ratio AS target,
    CASE (m.value / b.value >= g.ratio) = g.at_least WHEN true THEN 'met' WHEN false THEN 'missed' END AS result
FROM goal AS g JOIN median AS m ON (m.measure, m.side) = (g.measure, g.side)
JOIN median AS b ON (b.measure, b.side) = (g.measure, g.base_side)
ORDER BY g.line;
SQL
