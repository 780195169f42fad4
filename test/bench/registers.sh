#!/bin/sh
# What registers cost: each line of the table that it prints is a piece of work, what
# it is measured against, and the ratio of their medians of several runs in turn.
#
# lib/registers_track.sh changes rows of a table whose changes are tracked, and of the
# same table without. lib/registers_digest.sh compares tables, of DIGEST_ROWS rows (1000000).
# lib/registers_consent.sh writes rows of a table that needs a consent
# of one of SUBJECTS=1000000 subjects, and of one that needs none.
# lib/registers_access.sh reviews the access of 2,000 roles to ACCESS_OBJECTS=10000 objects.
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

# shellcheck source=test/bench/lib/measure.sh
. "$lib/measure.sh"

sql <<'SQL'
CREATE TABLE timing (measure text, side text, value numeric);
CREATE TABLE goal (
    line serial, work text, measure text, side text, against text, base_side text, ratio numeric,
    at_least boolean DEFAULT false);
SQL
# shellcheck source=test/bench/lib/registers_track.sh
. "$lib/registers_track.sh"
# shellcheck source=test/bench/lib/registers_digest.sh
. "$lib/registers_digest.sh"
track_setup
digest_setup
# shellcheck source=test/bench/lib/registers_consent.sh
. "$lib/registers_consent.sh"
consent_setup
run=0
while [ "$run" -lt "$runs" ]; do
	run=$((run + 1))
	track_run
	digest_run
	consent_run
done
track_end
consent_end
# shellcheck source=test/bench/lib/registers_access.sh
. "$lib/registers_access.sh"
access_setup
access_run
access_end

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
