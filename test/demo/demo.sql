-- test/demo/demo.sql: what make demo shows, on the server it started.
\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
SET search_path = public, soc2;

\echo
\echo == The criteria are data: the tree of tsc:CC6
SELECT tree FROM criteria_tree('tsc:CC6') WHERE level(criterion) < 3;

\echo == The same code means different things: what outline:CC6.2 is in the TSC
SELECT criterion, relation, other, title, status FROM crosswalk_of('outline:CC6.2');

\echo == Criteria that speak of disposal
SELECT criterion, title FROM search_criteria('disposal') LIMIT 6;

\echo == Controls mapped by sets of criteria; which common criteria does none cover?
CREATE TABLE control (control_id text PRIMARY KEY, criteria criterion_set NOT NULL);
INSERT INTO control VALUES
    ('access',   '{CC6.1,CC6.2,CC6.3}'),
    ('people',   '{CC1,CC2.2}'),
    ('changes',  '{CC8.1,outline:CC6.2}'),
    ('response', '{CC7.3,CC7.4,CC7.5}');
INSERT INTO control     -- and many small ones, one point of focus each
SELECT 'point-' || n, make_criterion('tsc', format('CC3.%s.%s', n % 4 + 1, n % 5 + 1))
FROM generate_series(1, 20000) AS n;
CREATE INDEX ON control USING gin (criteria);
ANALYZE control;
SELECT c.criterion, c.title
FROM criteria AS c
WHERE c.criterion <@ 'tsc:CC' AND c.level = 2
    AND NOT EXISTS (SELECT FROM control AS k WHERE k.criteria @> c.criterion)
ORDER BY c.criterion;

\echo == ... answered by the index on the sets
EXPLAIN (COSTS OFF)
SELECT c.criterion
FROM criteria AS c
WHERE c.criterion <@ 'tsc:CC' AND c.level = 2
    AND NOT EXISTS (SELECT FROM control AS k WHERE k.criteria @> c.criterion);

\echo == The server tests itself: how the checks ended
SELECT severity, count(*) FILTER (WHERE outcome = 'pass') AS pass, count(*) FILTER (WHERE outcome = 'fail') AS fail,
    count(*) FILTER (WHERE outcome = 'not_occurring') AS not_occurring,
    count(*) FILTER (WHERE outcome IN ('error', 'insufficient_privilege')) AS undecided
FROM assess(note => 'as it was installed')
GROUP BY severity ORDER BY array_position('{critical,high,medium,low}', severity);

\echo == ... the worst ten failures, and what to do about them
\pset expanded on
CREATE TEMP VIEW worst AS
SELECT check_id, severity, failures, reason, remediation FROM check_status WHERE outcome = 'fail'
ORDER BY array_position('{critical,high,medium,low}', severity), failures DESC, check_id LIMIT 10;
CREATE TEMP TABLE was AS SELECT * FROM worst;
SELECT * FROM was;
\pset expanded off

\echo == Three of them are mended: a backup that was made and verified is recorded
\! pg_basebackup -D backup -c fast -X stream && pg_verifybackup backup
SELECT record_backup('demo') IS NOT NULL AS recorded, record_backup_test('demo', true, 'verify') IS NOT NULL AS verified;
\echo == ... connections are logged, and somebody says which minor version is required
ALTER SYSTEM SET log_connections = on;
ALTER SYSTEM SET log_disconnections = on;
SELECT pg_reload_conf() AS reloaded;
SELECT set_check_parameters('cfg.minor_version', jsonb_build_object('floor', jsonb_object_agg(v.major, format('%s.%s', v.major, v.minor))),
    'the one that runs is the newest') -> 'floor' AS required
FROM (SELECT n / 10000, n % 10000 FROM CAST(current_setting('server_version_num') AS integer) AS n) AS v (major, minor);

\echo == The server tests itself again: what changed
SELECT count(*) AS checks FROM assess(note => 'three mended');
SELECT check_id, trend, first_outcome, first_failures, last_outcome, last_failures
FROM check_trend('(,)') WHERE trend NOT IN ('same', 'single', 'not_run') ORDER BY check_id;

\echo == ... the findings that the first run opened and the second closed
SELECT finding_id, check_id, resource, state, closure, severity FROM finding_status
WHERE state = 'closed' ORDER BY finding_id;

\echo == ... and both runs are evidence in the ledger
SELECT ledger_seq AS seq, check_id, payload ->> 'outcome' AS outcome, payload ->> 'note' AS note,
    left(payload ->> 'population_sha256', 16) AS population, left(ledger_hash::text, 16) AS hash
FROM evidence WHERE kind = 'check_run' AND check_id IN ('av.backup_fresh', 'cfg.minor_version', 'log.connections')
ORDER BY check_id, ledger_lane, ledger_seq;
DO $$
BEGIN
    ASSERT (SELECT count(*) = 10 AND bool_and(remediation <> '') FROM was), 'ten failures have a remediation';
    ASSERT ARRAY(SELECT k.check_id FROM check_trend('(,)') AS k JOIN was USING (check_id)
                 WHERE k.first_outcome = 'fail' AND k.last_outcome = 'pass' ORDER BY 1)
        = '{av.backup_fresh,cfg.minor_version,log.connections}', 'three of them are mended';
    ASSERT (SELECT count(*) FROM finding_status WHERE state = 'closed' AND closure = 'passed'
            AND check_id IN ('av.backup_fresh', 'cfg.minor_version', 'log.connections')) = 5, 'their findings are closed';
    ASSERT NOT EXISTS (SELECT FROM verify_ledger('evidence')), 'the ledger verifies';
END $$;

\echo == ... and what it is like now is evidence too: its settings and its roles
SELECT record_evidence('settings', 'what is not the default', jsonb_object_agg(name, setting), '{CC7.1,CC8.1}') AS settings
FROM pg_settings WHERE source NOT IN ('default', 'override');
SELECT record_evidence('roles', 'who may log in', jsonb_object_agg(rolname, CASE WHEN rolsuper THEN 'superuser' ELSE 'user' END), '{CC6.1,CC6.3}') AS roles
FROM pg_roles WHERE rolcanlogin;

\echo == The proof is kept: evidence, chained; its newest rows
SELECT ledger_seq AS seq, kind, COALESCE(check_id, left(payload::text, 40)) AS what, payload ->> 'outcome' AS outcome,
    left(ledger_prev::text, 16) AS prev, left(ledger_hash::text, 16) AS hash
FROM evidence ORDER BY ledger_lane, ledger_seq OFFSET (SELECT count(*) - 6 FROM evidence);

\echo == What is known about the security criteria so far
SELECT code, title, state, checks, passing, failing
FROM readiness WHERE framework = 'tsc' AND checks > 0 ORDER BY position;

\echo == Evidence is sealed into a log; its checkpoint is kept where nobody here can reach it
SELECT size, sealed FROM seal('evidence');
SELECT checkpoint('evidence') AS kept_elsewhere \gset
\echo :kept_elsewhere
\pset tuples_only on
\pset format unaligned
\o checkpoint.txt
SELECT :'kept_elsewhere';
\o evidence.jsonl
SELECT export_ledger('evidence');
\o
\pset format aligned
\pset tuples_only off

\echo == Who has checkpoint and export needs no server to verify them: soc2-verify
\! soc2-verify --checkpoint checkpoint.txt evidence.jsonl
\echo

\echo == Nobody changes evidence
\set ON_ERROR_STOP off
UPDATE evidence SET payload = '{"outcome": "pass"}' WHERE check_id = 'tls.on';
ALTER TABLE evidence DISABLE TRIGGER soc2_guard_update;
\set ON_ERROR_STOP on

\echo == ... and who goes behind the triggers, as a superuser can, is found out
SELECT count(*) AS problems FROM verify_ledger('evidence');
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE evidence DISABLE TRIGGER soc2_guard_update;
UPDATE evidence SET payload = jsonb_set(payload, '{outcome}', '"pass"') WHERE check_id = 'tls.on';
ALTER TABLE evidence ENABLE ALWAYS TRIGGER soc2_guard_update;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
SELECT * FROM verify_ledger('evidence', :'kept_elsewhere');

\echo == ... also by those who are given an export of it
\pset tuples_only on
\pset format unaligned
\o tampered.jsonl
SELECT export_ledger('evidence');
\o
\pset format aligned
\pset tuples_only off
\! soc2-verify --checkpoint checkpoint.txt tampered.jsonl || echo "refused, exit status $?"
\echo

\echo == ... even if the newest rows and their seals are gone
BEGIN;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE evidence DISABLE TRIGGER USER;
ALTER TABLE ledger_seals DISABLE TRIGGER USER;
ALTER TABLE ledger_seal_ranges DISABLE TRIGGER USER;
ALTER TABLE ledger_tiles DISABLE TRIGGER USER;
DELETE FROM evidence WHERE check_id = 'tls.on';
TRUNCATE ledger_seals, ledger_seal_ranges, ledger_tiles;
SELECT problem, detail FROM verify_ledger('evidence', :'kept_elsewhere') WHERE problem = 'checkpoint';
ROLLBACK;

\echo == Retention: what must be kept cannot be destroyed early
CREATE TABLE invoice (id integer PRIMARY KEY, customer text, issued_at timestamptz);
INSERT INTO invoice VALUES (1, 'old', now() - interval '11 years'), (2, 'new', now() - interval '1 year');
SELECT create_retention_class('invoices', min_retain => '10 years', basis => 'commercial law, books and records');
SELECT set_retention('invoice', 'invoices', anchor => 'issued_at');
DELETE FROM invoice WHERE id = 1 RETURNING id AS deleted;
\set ON_ERROR_STOP off
DELETE FROM invoice WHERE id = 2;
UPDATE invoice SET issued_at = issued_at - interval '10 years' WHERE id = 2;
TRUNCATE invoice;
