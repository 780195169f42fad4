#!/bin/sh
# What retention and disposal cost: each line of the table that it prints is a piece
# of work, what it is measured against, and the ratio of their medians of five runs
# in turn.
#
# lib/retention_guard.sh deletes from, writes to and reads tables with and without
# guards, with an eighth of the rows; lib/retention_disposal.sh disposes of half of
# the rows of a guarded table.
#
# ROWS=n takes another number of rows, RUNS=n another number of runs. Fails if
# anything else is left than what was to stay; never because of times.
set -eu

rows=${ROWS:-4000000}
runs=${RUNS:-5}
lib=$(dirname "$0")/lib
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 0755 "$scratch"    # the server loads a library from here

sql()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 -v rows="$rows" "$@"
}

# milliseconds and WAL that a statement takes: timed SIDE STATEMENT [FIRST]
timed()
{
	before=$(sql -c 'SELECT pg_current_wal_insert_lsn()')
	sql -c "${3:-SELECT}" -c '\timing on' -c "$2" > "$scratch/timed.out"
	sql -c "INSERT INTO timing VALUES ('$1', $(sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' "$scratch/timed.out"),
		pg_current_wal_insert_lsn() - '$before')"
}

sql -c "ALTER DATABASE $PGDATABASE SET soc2.disposal_delay = 0"
sql <<'SQL'
CREATE TABLE timing (side text, value numeric, wal numeric);
CREATE TABLE goal (
    line serial, work text, side text, against text, base_side text, ratio numeric, at_least boolean);
SELECT soc2.create_retention_class('bench', '2 years', 'none') \g /dev/null
SQL
# shellcheck source=test/bench/lib/retention_guard.sh
. "$lib/retention_guard.sh"
# shellcheck source=test/bench/lib/retention_disposal.sh
. "$lib/retention_disposal.sh"
guard_setup
disposal_setup
run=0
while [ "$run" -lt "$runs" ]; do
	run=$((run + 1))
	disposal_run
done
guard_run

echo "$rows rows, $runs runs; times in ms, WAL in kB"
psql -X -q -P footer=off <<'SQL'
WITH median AS (
    SELECT side, percentile_cont(0.5) WITHIN GROUP (ORDER BY value)::numeric AS value,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY wal)::numeric AS wal
    FROM timing GROUP BY side)
SELECT g.work, round(m.value) AS median, round(m.wal / 1024) AS wal, g.against, round(b.value) AS "its median",
    round(b.wal / 1024) AS "its wal", round(m.value / b.value, 2) AS ratio,
    CASE WHEN g.at_least THEN '>= ' WHEN NOT g.at_least THEN '<= ' END || g.ratio AS target,
    CASE (m.value / b.value >= g.ratio) = g.at_least WHEN true THEN 'met' WHEN false THEN 'missed' END AS result
FROM goal AS g JOIN median AS m ON m.side = g.side
JOIN median AS b ON b.side = g.base_side
ORDER BY g.line;
SQL
