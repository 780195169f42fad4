#!/bin/sh
# What views cost: time and buffers of each question view, of each view for BI
# tools and of the report, all of their columns and rows, at a hundredth, a tenth and all of ROWS rows of
# evidence and as many check results, over a year. Seven of ten rows are runs of
# checks; there is a finding for a hundred rows. Evidence is counted by
# soc2.refresh_days(), and the time of that is told, too, of all rows and of a last
# hundredth. Medians of RUNS runs.
#
# Fails if a view says nothing, if ten times the rows take more than fifteen times the
# buffers, or if what was counted is not what is there; never because of times.
set -eu

rows=${ROWS:-1000000}
runs=${RUNS:-3}

sql()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# rows of evidence up to a number, in the order of time through the year before today, as
# a restore would bring them: the stamp and the hashes are made up
fill()
{
	sql -v rows="$1" <<'SQL'
SET client_min_messages = warning;
SET synchronous_commit = off;
CREATE TABLE IF NOT EXISTS bench_check AS
    SELECT row_number() OVER (ORDER BY check_id) - 1 AS n, check_id, criteria, query FROM soc2.checks_in_force;
CREATE TABLE IF NOT EXISTS bench_size (rows bigint);
WITH numbers AS MATERIALIZED (
    SELECT i, i * 7919 % 1000 AS lot, (i - had)::numeric / (:rows - had) AS part
    FROM (SELECT coalesce(max(rows), 0) AS had FROM bench_size) AS h, generate_series(had + 1, :rows) AS i)
INSERT INTO soc2.evidence (evidence_id, kind, control_id, check_id, criteria, subject, recorded_at, recorded_by, payload, expires_at,
    ledger_lane, ledger_seq, ledger_prev, ledger_hash, ledger_salt)
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, k.kind,
    CASE k.kind WHEN 'attestation' THEN 'ACC-0' || 1 + i % 9 WHEN 'event' THEN 'control ' || i % 50 END,
    CASE k.kind WHEN 'check_run' THEN c.check_id END,
    CASE k.kind WHEN 'check_run' THEN c.criteria WHEN 'refused_attempt' THEN '{}'
        ELSE (SELECT e.criteria FROM bench_check AS e WHERE e.n = i % 10) END, 'subject ' || i % 1000,
    now() - (1 - part)::float8 * interval '365 days', 'collector',
    CASE k.kind
        WHEN 'check_run' THEN jsonb_build_object('outcome', CASE WHEN lot < 30 THEN 'fail' WHEN lot < 40 THEN 'error' ELSE 'pass' END,
            'population', 100, 'failures', CASE WHEN lot < 30 THEN 3 ELSE 0 END, 'undecided', 0, 'waived', 0, 'results_cut', 0,
            'query', c.query, 'failing', '[]'::jsonb, 'session_user', 'collector', 'snapshot', '1:1:')
        WHEN 'attestation' THEN '{"outcome": "pass", "statement": "as it should be"}'
        WHEN 'refused_attempt' THEN '{"at": "2026-01-01 00:00:00+00", "sqlstate": "S2R01", "login": "x", "role": "x", "message": "no", "lost": 0}'
        ELSE jsonb_build_object('text', md5(i::text)) END,
    CASE WHEN k.kind = 'event' AND i % 2 = 0 THEN now() + (i % 400 - 200) * interval '1 day' END,
    900 + i % 4, i / 4 + 1, sha256('x')::soc2.digest, sha256('y')::soc2.digest, '\x00112233445566778899aabbccddeeff'
FROM numbers
CROSS JOIN LATERAL (SELECT CASE WHEN lot < 700 THEN 'check_run' WHEN lot < 980 THEN 'event' WHEN lot < 990 THEN 'attestation' ELSE 'refused_attempt' END AS kind) AS k
JOIN bench_check AS c ON c.n = i % (SELECT count(*) FROM bench_check);
INSERT INTO soc2.check_results (evidence_id, check_id, recorded_at, resource, ok, reason)
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, c.check_id, now() - (i % 365) * interval '1 day',
    'resource ' || i, i % 100 <> 0, 'because'
FROM generate_series((SELECT coalesce(max(rows), 0) + 1 FROM bench_size), :rows) AS i
JOIN bench_check AS c ON c.n = i % (SELECT count(*) FROM bench_check);
INSERT INTO soc2.findings (check_id, resource, resource_sha256, severity, state, opened_at, opened_by_evidence, closed_at, closed_by_evidence, closure, due_at)
SELECT c.check_id, 'resource ' || i, sha256(i::text::bytea), 'high', CASE WHEN i % 500 = 0 THEN 'open' ELSE 'closed' END,
    now() - (i % 365) * interval '1 day', gen_random_uuid(),
    CASE WHEN i % 500 <> 0 THEN now() END, CASE WHEN i % 500 <> 0 THEN gen_random_uuid() END, CASE WHEN i % 500 <> 0 THEN 'passed' END,
    now() + (i % 100 - 50) * interval '1 day'
FROM generate_series((SELECT coalesce(max(rows), 0) / 100 + 1 FROM bench_size), :rows / 100) AS hundreds
CROSS JOIN LATERAL (SELECT hundreds * 100 AS i) AS x
JOIN bench_check AS c ON c.n = hundreds % (SELECT count(*) FROM bench_check);
INSERT INTO bench_size VALUES (:rows);
VACUUM ANALYZE soc2.evidence, soc2.check_results, soc2.findings;
SQL
}

# tables with retention, a plan, holds: what does not grow with the evidence
setup()
{
	sql <<'SQL' > /dev/null
SET client_min_messages = warning;
SELECT soc2.set_scope('{A,C,PI,P}'), soc2.adopt_controls(since => CURRENT_DATE - 365);
CREATE TABLE kept (id integer PRIMARY KEY, at timestamptz);
INSERT INTO kept SELECT i, now() - i * interval '1 day' FROM generate_series(1, 1000) AS i;
SELECT soc2.create_retention_class('bench', '1 month', 'x', max_retain => '2 months');
SELECT soc2.set_retention('kept', 'bench', 'at');
SELECT soc2.open_matter('matter', 'ref'), soc2.place_hold('ref', 'kept', 'id < 100');
SELECT soc2.plan_disposal('kept', 'x');
SELECT soc2.count_retention();
SELECT soc2.waive('auth.hba_no_trust', NULL, 'x', now() + interval '1 year');
SELECT soc2.open_period('bench', CURRENT_DATE - 30, CURRENT_DATE);
INSERT INTO soc2.retention_counts SELECT now() - d * interval '1 day', 'public.kept', 'bench', s, d, NULL
FROM generate_series(1, 365) AS d, unnest('{waiting,retained,eligible,overdue,held}'::text[]) AS s;
CREATE TABLE bench_time (view text, rows bigint, ms numeric, buffers bigint, returned bigint);
CREATE PROCEDURE bench_measure(size bigint, runs integer) LANGUAGE plpgsql AS $$
DECLARE
    viewed text;
    plan json;
BEGIN
    FOR viewed IN
        SELECT 'soc2.' || v FROM unnest('{readiness,coverage,gaps,control_matrix,attestation_status,findings_open,waivers_active,check_status,evidence_log,evidence_freshness,activity,retention_status,retention_rows,disposal_overdue,holds_active,certificates,ledger_status,metrics}'::text[]) AS v
        UNION ALL
        SELECT 'soc2_bi.' || relname FROM pg_class WHERE relnamespace = 'soc2_bi'::regnamespace
        UNION ALL
        SELECT 'soc2.report_html()'
        UNION ALL
        SELECT 'soc2.report_html(''bench'')'
        UNION ALL
        SELECT 'soc2.evidence_log WHERE recorded_at >= CURRENT_DATE - 7'
        UNION ALL
        SELECT 'soc2_bi.fact_check_daily WHERE day >= CURRENT_DATE - 30'
    LOOP
        FOR i IN 1 .. runs LOOP
            EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) SELECT * FROM ' || viewed INTO plan;
            INSERT INTO bench_time VALUES (viewed, size,
                (plan -> 0 ->> 'Planning Time')::numeric + (plan -> 0 ->> 'Execution Time')::numeric,
                (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::bigint + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::bigint,
                (plan -> 0 -> 'Plan' ->> 'Actual Rows')::numeric);
        END LOOP;
    END LOOP;
END $$;
SQL
}

# seconds of soc2.refresh_days()
refresh()
{
	start=$(date +%s%N)
	counted=$(sql -c 'SELECT soc2.refresh_days()')
	echo "  $1: refresh_days() counted $counted rows in $((($(date +%s%N) - start) / 1000000)) ms"
}

setup
for part in 100 10 1; do
	size=$((rows / part))
	fill $((size - size / 100))
	refresh "$size rows"
	fill "$size"
	refresh "$size rows, a last hundredth"
	sql -c 'VACUUM ANALYZE soc2.evidence_days, soc2.check_runs' -c "CALL bench_measure($size, $runs)"
done

psql -X -v ON_ERROR_STOP=1 -P footer=off -P null=- <<'SQL'
WITH middle AS (
    SELECT view, rows, percentile_disc(0.5) WITHIN GROUP (ORDER BY ms) AS ms,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY buffers) AS buffers, max(returned) AS returned,
        rank() OVER (PARTITION BY view ORDER BY rows) AS place
    FROM bench_time GROUP BY view, rows),
wide AS (
    SELECT view, max(ms) FILTER (WHERE place = 1) AS a, max(ms) FILTER (WHERE place = 2) AS b, max(ms) FILTER (WHERE place = 3) AS c,
        max(buffers) FILTER (WHERE place = 1) AS x, max(buffers) FILTER (WHERE place = 2) AS y, max(buffers) FILTER (WHERE place = 3) AS z,
        max(returned) FILTER (WHERE place = 3) AS returned
    FROM middle GROUP BY view)
SELECT view, returned AS "rows of it", round(a, 1) AS "ms, 1/100", round(b, 1) AS "ms, 1/10", round(c, 1) AS "ms, all", round(c / b, 1) AS grows,
    x AS "buffers, 1/100", y AS "buffers, 1/10", z AS "buffers, all", CASE WHEN view LIKE 'soc2.report%' THEN CASE WHEN c > 3000 THEN 'over 3 s' END WHEN c > 1000 THEN 'over 1 s' END AS goal
FROM wide ORDER BY c DESC;
SELECT 1 / (count(*) = 0)::integer AS counted_as_it_is FROM soc2.verify_days() \g /dev/null
SELECT 1 / (NOT bool_or(more.buffers > 15 * (less.buffers + 100)))::integer AS linear
FROM (SELECT view, rows, max(buffers) AS buffers FROM bench_time GROUP BY 1, 2) AS less
JOIN (SELECT view, rows, max(buffers) AS buffers FROM bench_time GROUP BY 1, 2) AS more ON more.view = less.view AND more.rows = 10 * less.rows \g /dev/null
SQL
