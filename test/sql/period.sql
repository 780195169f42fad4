--
-- Audit periods: when controls have to operate, how they did, populations and
-- samples.
--
SET client_min_messages = warning;
CREATE ROLE regress_soc2_admin LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_soc2_auditor LOGIN IN ROLE soc2_auditor;
RESET client_min_messages;
SET search_path = soc2, public;
\set SHOW_CONTEXT never
SET DateStyle = 'ISO, YMD';
SET TimeZone = 'Europe/Berlin';

-- intervals: whole times of the frequency, by the days of the zone
\set q1 'tstzrange(''2026-01-01'', ''2026-04-01''), ''Europe/Berlin'''
SELECT count(*), min(upper(i) - lower(i)), max(upper(i) - lower(i)) FROM expected_intervals(:q1, 'II', '1 day', '[2026-01-01,)') AS i;
SELECT * FROM expected_intervals(:q1, 'II', '1 mon', '[2025-01-01,)');
SELECT * FROM expected_intervals(:q1, 'II', '1 mon', '[2026-01-31,2026-03-31)');
SELECT * FROM expected_intervals(:q1, 'II', '40 days', '[2026-01-01,)');
SELECT * FROM expected_intervals(:q1, 'II', '1 year', '[2026-01-01,2026-02-01)');
SELECT * FROM expected_intervals(:q1, 'II', NULL, '[2026-01-01,)');
SELECT * FROM expected_intervals(:q1, 'II', '1 day', '[2026-04-01,)');
SELECT * FROM expected_intervals(tstzrange('2026-03-29', '2026-03-30'), 'Europe/Berlin', 'I', '1 mon', '[2026-01-01,)');
SELECT * FROM expected_intervals(tstzrange('2026-03-29', '2026-03-30'), 'Europe/Berlin', 'I', '1 mon', '[2026-03-15,)');
SELECT * FROM expected_intervals(tstzrange('2026-03-29', '2026-03-30'), 'Europe/Berlin', 'I', NULL, '[2026-01-01,)');
-- the zone of the session has no say
SET TimeZone = 'America/St_Johns';
SELECT i AT TIME ZONE 'Europe/Berlin' AS first FROM (SELECT lower(i) AS i FROM
    expected_intervals(tstzrange('2026-01-01 00:00+01', '2026-04-01 00:00+02'), 'Europe/Berlin', 'II', '1 mon', '[2026-01-01,)') AS i) AS x;
SET TimeZone = 'Europe/Berlin';
SELECT expected, covered, decided, occurring, failing, operation_state(expected, covered, decided, occurring, failing)
FROM (VALUES (3, 3, 9, 9, 1), (3, 0, 0, 0, 0), (0, 0, 4, 4, 0), (3, 2, 9, 9, 0), (3, 3, 9, 0, 0), (3, 3, 9, 1, 0))
    AS v (expected, covered, decided, occurring, failing);

-- periods
SET SESSION AUTHORIZATION regress_soc2_admin;
SELECT open_period('2026-01', '2026-01-01', '2026-01-10');
SELECT open_period('day "one"'' \', '2026-01-10');
SELECT open_period('future', '2100-01-01', '2100-12-31');
SELECT period_id, type, first_day, last_day, time_zone, during, scope, opened_by FROM periods ORDER BY first_day, 1;
SELECT open_period('2026-01', '2026-01-01'); --fail
SELECT open_period('x', '2026-01-02', '2026-01-01'); --fail
SELECT open_period('x', NULL); --fail
SELECT open_period('x', '2026-01-01', 'infinity'); --fail
\set VERBOSITY terse
SELECT open_period('', '2026-01-01'); --fail
SELECT open_period(NULL, '2026-01-01'); --fail
\set VERBOSITY default
SELECT * FROM control_status('none'); --fail
SELECT close_period('future'); --fail
SELECT close_period('none'); --fail
SELECT population('tls.on', 'none'); --fail
SELECT population('no.check', '2026-01'); --fail
RESET SESSION AUTHORIZATION;

-- controls, and a past that is made up: rows as a restore would bring them, undone below
BEGIN;
INSERT INTO checks (check_id, title, severity, criteria, rationale, remediation, query)
SELECT 'p.' || n, 't', 'low', '{tsc:CC6.1}', 'r', 'r', 'SELECT' FROM unnest('{a,b}'::text[]) AS n;
SELECT count(create_control('P-' || n, n, 'x', nature => nature, frequency => f::interval, owner => 'o')), count(map_control('P-' || n, 'tsc:CC6.1', 'subset-of', 'x')::text)
FROM (VALUES ('all', 'automated', '1 day'), ('hole', 'automated', '1 day'), ('fail', 'automated', '1 day'), ('waived', 'automated', '1 day'),
    ('none', 'automated', '1 day'), ('empty', 'automated', '5 days'), ('hybrid', 'hybrid', '5 days'), ('manual', 'manual', '5 days'),
    ('error', 'automated', '5 days'), ('late', 'automated', '5 days')) AS v (n, nature, f);
SELECT count(create_control('P-bare', 'bare', 'x', nature => 'automated'));
SELECT adopt_controls(array_agg(control_id), '2026-01-01') FROM controls WHERE control_id LIKE 'P-%' AND control_id <> 'P-late';
SELECT adopt_controls('{P-late}', '2026-01-05');
UPDATE control_criteria SET since = '2026-01-01' WHERE NOT shipped;
CREATE FUNCTION pg_temp.run(control text, "check" text, day numeric, outcome text, failures int, waived int) RETURNS void LANGUAGE sql AS $$
    INSERT INTO soc2.checks (check_id, title, severity, criteria, rationale, remediation, query)
    VALUES ("check", 't', 'low', '{tsc:CC6.1}', 'r', 'r', 'SELECT') ON CONFLICT DO NOTHING;
    SELECT soc2.link_check(control, "check");
    INSERT INTO soc2.evidence (kind, check_id, recorded_at, recorded_by, payload, ledger_lane, ledger_seq, ledger_prev, ledger_hash, ledger_salt)
    SELECT 'check_run', "check", '2026-01-01 12:00+01'::timestamptz + (day - 1) * interval '1 day', 'x',
        jsonb_build_object('outcome', outcome, 'failures', failures, 'waived', waived, 'results_cut', 0), 999, coalesce(max(ledger_seq) FILTER (WHERE ledger_lane = 999), 0) + 1,
        encode(sha256('x'), 'hex')::soc2.digest, encode(sha256('y'), 'hex')::soc2.digest, '\x00112233445566778899aabbccddeeff'
    FROM soc2.evidence;
$$;
SELECT count(pg_temp.run('P-all', 'p.all', d, 'pass', 0, 0)::text) FROM generate_series(1, 10) AS d;
SELECT count(pg_temp.run('P-hole', 'p.hole', d, 'pass', 0, 0)::text) FROM generate_series(1, 10) AS d WHERE d NOT IN (4, 5, 9);
SELECT count(pg_temp.run('P-fail', 'p.fail', d, CASE d WHEN 3 THEN 'fail' ELSE 'pass' END, CASE d WHEN 3 THEN 2 ELSE 0 END, CASE d WHEN 3 THEN 1 ELSE 0 END)::text) FROM generate_series(1, 10) AS d;
SELECT count(pg_temp.run('P-waived', 'p.waived', d, CASE d WHEN 3 THEN 'fail' ELSE 'pass' END, CASE d WHEN 3 THEN 2 ELSE 0 END, CASE d WHEN 3 THEN 2 ELSE 0 END)::text) FROM generate_series(1, 10) AS d;
SELECT link_check('P-none', 'p.a');
SELECT count(pg_temp.run('P-empty', 'p.empty', d, 'not_occurring', 0, 0)::text) FROM generate_series(2, 10, 5) AS d;
SELECT count(pg_temp.run('P-hybrid', 'p.hybrid', d, 'pass', 0, 0)::text) FROM generate_series(2, 10, 5) AS d;
SELECT count(pg_temp.run('P-error', 'p.error', d, 'error', 0, 0)::text) FROM generate_series(2, 10, 5) AS d;
SELECT count(pg_temp.run('P-late', 'p.late', d, 'pass', 0, 0)::text) FROM generate_series(1, 10) AS d;
-- outside of the period
SELECT pg_temp.run('P-none', 'p.a', 0, 'pass', 0, 0), pg_temp.run('P-none', 'p.a', 11, 'fail', 1, 0);
SELECT attest('P-hybrid', 'x', '[2026-01-02,2026-01-03)') IS NOT NULL AS first_half;
SELECT attest('P-manual', 'x', '[2026-01-01,2026-01-11)') IS NOT NULL AS both_halves;
SELECT control_id, nature, design, design_faults, operation, expected, covered, runs, undecided, failures, waived FROM control_status('2026-01');
SELECT control_id, covered_during, missing_during FROM control_status('2026-01') WHERE control_id IN ('P-hole', 'P-hybrid', 'P-late');
SELECT control_id, operation, expected, covered, runs FROM control_status('day "one"'' \');
SELECT * FROM control_status('future') WHERE operation <> 'not_run' OR expected <> 0;
-- a check more: what it did not show is missing
SELECT link_check('P-all', 'p.b');
SELECT operation, expected, covered FROM control_status('2026-01') WHERE control_id = 'P-all';
-- retired in between: for its days it counts
SELECT retire_control('P-hole', 'x', '2026-01-03');
SELECT design, design_faults, operation, expected, covered, runs FROM control_status('2026-01') WHERE control_id = 'P-hole';
-- closing keeps it all
SELECT close_period('2026-01') IS NOT NULL AS closed;
SELECT closed_by = session_user AS by_us, jsonb_array_length(e.payload -> 'controls') AS controls, e.payload ->> 'action' AS action
FROM periods JOIN evidence AS e ON evidence_id = closing_evidence WHERE period_id = '2026-01';
SELECT close_period('2026-01'); --fail
ROLLBACK;

-- a population: what recorded runs saw, each member once
CREATE TABLE public.member (resource text, ok boolean);
INSERT INTO checks (check_id, title, severity, criteria, rationale, remediation, query)
VALUES ('p.members', 't', 'low', '{tsc:CC6.1}', 'r', 'r', 'SELECT resource, ok, NULL FROM public.member');
INSERT INTO public.member SELECT 'member ' || n, n <> 3 FROM generate_series(1, 9) AS n;
SELECT open_period('now', CURRENT_DATE - 1, CURRENT_DATE + 1);
SELECT population('p.members', 'now') AS nothing \gset
SELECT runs, members, cut, complete, sha256 = encode(sha256(''), 'hex') AS of_nothing FROM populations WHERE population_id = :'nothing';
SELECT outcome FROM assess('p.members');
INSERT INTO public.member VALUES (U&'\00E9\6F22 "odd"', true);
UPDATE public.member SET ok = true;
SELECT outcome FROM assess('p.members');
SET SESSION AUTHORIZATION regress_soc2_admin;
SELECT population('p.members', 'now') AS population \gset
RESET SESSION AUTHORIZATION;
SELECT check_id, period_id, runs, members, cut, complete, frozen_by, sha256 FROM populations WHERE population_id = :'population';
SELECT member, resource, runs, failures, first_seen < last_seen AS twice FROM population_members WHERE population_id = :'population' ORDER BY member;
-- frozen: later runs, and anybody, change nothing
DELETE FROM public.member;
SELECT outcome FROM assess('p.members');
UPDATE population_members SET resource = 'x'; --fail
DELETE FROM population_members; --fail
TRUNCATE population_members; --fail
SELECT population_sha256(population_id) = sha256 AS same FROM populations WHERE population_id = :'population';
SELECT payload ->> 'sha256' = sha256 AS in_evidence FROM populations, evidence
WHERE population_id = :'population' AND kind = 'population' AND payload ->> 'population_id' = :'population';
-- and another one is not the same
SET soc2.max_results = 0;
INSERT INTO public.member VALUES ('a', true);
SELECT outcome FROM assess('p.members');
RESET soc2.max_results;
SELECT population('p.members', 'now') AS later \gset
SELECT runs, members, cut FROM populations WHERE population_id = :'later';

-- samples: drawn by hash, again and again the same
SELECT * FROM sample(:'population', 3, 'audit-2026');
SELECT array_agg(member ORDER BY draw) FROM sample(:'population', 3, 'audit-2027');
SELECT array_agg(member ORDER BY draw) = array_agg(member ORDER BY encode(sha256(convert_to('audit-2026', 'UTF8') || '\x00' || int8send(member)), 'hex') COLLATE "C") AS by_hash,
    count(*), min(draw), max(draw)
FROM sample(:'population', 1000, 'audit-2026');
SELECT array_agg(s.member ORDER BY s.draw) = (SELECT array_agg(t.member ORDER BY t.draw) FROM sample(:'population', 4, p.sha256) AS t) AS seed_is_the_hash
FROM populations AS p, sample(p.population_id, 4) AS s WHERE p.population_id = :'population' GROUP BY p.sha256;
SELECT * FROM sample(:'population', 0); --fail
SELECT * FROM sample(:'population', NULL); --fail
SELECT * FROM sample('00000000-0000-4000-8000-000000000000', 1); --fail

-- an auditor reads and draws, and changes nothing
SET SESSION AUTHORIZATION regress_soc2_auditor;
SELECT count(*) FROM control_status('now');
SELECT count(*) FROM sample(:'population', 2);
SELECT count(*) FROM periods;
SELECT open_period('mine', '2026-01-01'); --fail
SELECT population('p.members', 'now'); --fail
SELECT close_period('2026-01'); --fail
RESET SESSION AUTHORIZATION;
SELECT * FROM verify_ledger('evidence');

DROP TABLE public.member;
DELETE FROM checks WHERE NOT shipped;
DELETE FROM findings;
DELETE FROM periods;
SET client_min_messages = warning;
DROP ROLE regress_soc2_admin, regress_soc2_auditor;
