#!/bin/sh
# What ledgers cost: each line of the table that it prints is a piece of work, what
# it is measured against, and the ratio of their medians of five runs in turn.
#
# lib/ledger_write.sh writes a table like soc2.evidence as a ledger, as a table with
# the same columns and indexes, once with ledger columns that are NULL and once with
# those of the ledger, and as a chain in PL/pgSQL with one lock.
# lib/ledger_log.sh seals, verifies and exports that ledger, and proves rows of
# ledgers of several sizes.
#
# ROWS=n takes another number of rows for the bulk loads, RUNS=n another number
# of runs, SECONDS_EACH=n another length of a run of clients. Fails if a ledger
# is not what soc2.verify_ledger() and soc2-verify expect, or if a proof reads
# more than a logarithm of the rows; never because of times.
set -eu

rows=${ROWS:-1000000}
runs=${RUNS:-5}
seconds=${SECONDS_EACH:-5}
lib=$(dirname "$0")/lib
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 0777 "$scratch"    # the server writes a file here

# shellcheck source=test/bench/lib/measure.sh
. "$lib/measure.sh"

sql <<'SQL'
CREATE TABLE timing (measure text, side text, value numeric);
CREATE TABLE goal (
    line serial, work text, measure text, side text, against text, base_measure text, base_side text,
    ratio numeric, at_least boolean DEFAULT false);
SQL
# shellcheck source=test/bench/lib/ledger_write.sh
. "$lib/ledger_write.sh"
# shellcheck source=test/bench/lib/ledger_log.sh
. "$lib/ledger_log.sh"
write_setup
log_setup
run=0
while [ "$run" -lt "$runs" ]; do
	run=$((run + 1))
	for side in plain ledger; do
		write_bulk "$side" INSERT "INSERT INTO $side (${columns:?}) SELECT $columns FROM source"
		[ "$side" = plain ] || log_run
		[ "$side$run" != ledger1 ] || write_keep
		write_bulk "$side" COPY "COPY $side ($columns) FROM '$scratch/rows'"
	done
	write_bulk stored INSERT 'INSERT INTO stored SELECT * FROM kept'
	write_bulk stored COPY "COPY stored FROM '$scratch/rows.kept'"
	for side in plain ledger scripted; do
		write_clients "$side"
	done
done
verify ledger

echo "$rows rows, $runs runs of $seconds s; bulk work in ms, clients in transactions a second"
psql -X -q -P footer=off <<'SQL'
WITH median AS (
    SELECT measure, side, percentile_cont(0.5) WITHIN GROUP (ORDER BY value)::numeric AS value
    FROM timing GROUP BY measure, side)
SELECT g.work, round(m.value) AS median, g.against, round(b.value) AS "its median", round(m.value / b.value, 2) AS ratio,
    CASE WHEN g.at_least THEN '>= ' ELSE '<= ' END || g.ratio AS target,
    CASE (m.value / b.value >= g.ratio) = g.at_least WHEN true THEN 'met' WHEN false THEN 'missed' END AS result
FROM goal AS g JOIN median AS m ON (m.measure, m.side) = (g.measure, g.side)
JOIN median AS b ON (b.measure, b.side) = (g.base_measure, g.base_side)
ORDER BY g.line;
SQL
log_proofs
