# For registers.sh: rows of a table that needs a consent of each of 10^6 subjects, and
# of the same table without.
# shellcheck shell=sh disable=SC2154

# who agrees, the tables, and the lines of the table
consent_setup()
{
	sql -v subjects="${SUBJECTS:-1000000}" -v visits="$((rows * 5))" <<'SQL'
SET client_min_messages = warning;
INSERT INTO soc2.consents (subject, purpose, given)
    SELECT 'person-' || i, 'bench', true FROM generate_series(1, :subjects) AS i;
VACUUM ANALYZE soc2.consents;
SELECT setseed(0.5) \g /dev/null
CREATE UNLOGGED TABLE visit_source AS
    SELECT 'person-' || 1 + floor(random() * :subjects)::bigint AS subject, clock_timestamp() AS at, i::bigint AS page
    FROM generate_series(1, :visits) AS i;
CREATE UNLOGGED TABLE visit_source_ordered AS
    SELECT 'person-' || 1 + (i * (:subjects / :visits::numeric))::bigint % :subjects AS subject, clock_timestamp() AS at, i::bigint AS page
    FROM generate_series(1, :visits) AS i;
CREATE TABLE visit_plain (subject text, at timestamptz, page bigint);
CREATE TABLE visit_guarded (LIKE visit_plain);
SELECT soc2.require_consent('visit_guarded', 'bench', 'subject') \g /dev/null
SQL
	sql -c "COPY visit_source TO '$scratch/visits' (FORMAT binary)"
	printf '\\set id random(1, %s)\nINSERT INTO visit_plain VALUES (%sperson-%s || :id, now(), 1);\n' "${SUBJECTS:-1000000}" "'" "'" \
		> "$scratch/visit-plain.sql"
	sed 's/visit_plain/visit_guarded/' "$scratch/visit-plain.sql" > "$scratch/visit-guarded.sql"
}

# each kind of work once
consent_run()
{
	for side in plain guarded; do
		for work in random ordered copy; do
			case $work in
			random) statement="INSERT INTO visit_$side SELECT * FROM visit_source" ;;
			ordered) statement="INSERT INTO visit_$side SELECT * FROM visit_source_ordered" ;;
			copy) statement="COPY visit_$side FROM '$scratch/visits' (FORMAT binary)" ;;
			esac
			sql -c "TRUNCATE visit_$side" -c CHECKPOINT
			timed "consent $work" "$side" 'SET jit = off' "$statement"
		done
		clients 16 'consent one' "$side" "$scratch/visit-$side.sql"
	done
}

# what a row costs
consent_end()
{
	psql -X -q -v ON_ERROR_STOP=1 -P footer=off -v subjects="${SUBJECTS:-1000000}" -v visits="$((rows * 5))" <<'SQL'
\echo :visits rows of :subjects subjects that consent
WITH median AS (
    SELECT measure, side, percentile_cont(0.5) WITHIN GROUP (ORDER BY value)::numeric AS value
    FROM timing WHERE measure LIKE 'consent %' GROUP BY measure, side),
cost AS (
    SELECT w.line, w.work, p.value * 1000 / :visits AS plain, (g.value - p.value) * 1000 / :visits AS added
    FROM (VALUES (1, 'INSERT ... SELECT, subjects at random', 'consent random'), (2, 'INSERT ... SELECT, subjects in order', 'consent ordered'),
        (3, 'COPY, subjects at random', 'consent copy')) AS w (line, work, measure)
    JOIN median AS p ON p.measure = w.measure AND p.side = 'plain'
    JOIN median AS g ON g.measure = w.measure AND g.side = 'guarded')
SELECT work, round(plain, 2) AS "us a row without", round(added, 2) AS "us more with a guard", '<= 1.5' AS target,
    CASE WHEN added <= 1.5 THEN 'met' ELSE 'missed' END AS result
FROM cost ORDER BY line;
WITH median AS (
    SELECT side, percentile_cont(0.5) WITHIN GROUP (ORDER BY value)::numeric AS value
    FROM timing WHERE measure = 'consent one' GROUP BY side)
SELECT '16 clients, INSERT of a row each' AS work, round(p.value) AS "a second without", round(g.value) AS "with a guard", round(g.value / p.value, 2) AS ratio
FROM median AS p, median AS g WHERE p.side = 'plain' AND g.side = 'guarded';
SQL
}
