-- A database with something for every part of the report, counted back from now.
-- Run by the role :superuser in an empty database with the extension; the past runs of
-- checks come as a restore would bring them, with hashes that are made up.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\o /dev/null
SELECT soc2.set_scope('{A,C}');
SELECT soc2.adopt_controls(since => CURRENT_DATE - 120);
SELECT soc2.retire_control('ACC-05', 'no longer needed');

-- tables with retention, a hold, and a disposal from its plan to its certificate
CREATE SCHEMA shop;
CREATE TABLE shop.invoice (id integer PRIMARY KEY, issued_at timestamptz);
CREATE TABLE shop.session_log (id integer PRIMARY KEY, seen_at timestamptz);
CREATE TABLE shop.ticket (id integer PRIMARY KEY, closed_at timestamptz);
INSERT INTO shop.invoice SELECT i, now() - i * interval '40 days' FROM generate_series(1, 90) AS i;
INSERT INTO shop.session_log SELECT i, now() - i * interval '1 day' FROM generate_series(1, 200) AS i;
INSERT INTO shop.ticket SELECT i, now() - i * interval '10 days' FROM generate_series(1, 120) AS i;
SELECT soc2.create_retention_class('books', '10 years', 'commercial law, books and records');
SELECT soc2.create_retention_class('sessions', '30 days', 'our own policy', max_retain => '90 days');
SELECT soc2.create_retention_class('support', '2 years', 'contract, section 4', max_retain => '2 years 90 days');
SELECT soc2.set_retention('shop.invoice', 'books', 'issued_at'), soc2.set_retention('shop.session_log', 'sessions', 'seen_at'),
    soc2.set_retention('shop.ticket', 'support', 'closed_at');
SELECT soc2.open_matter('a customer against the shop', 'L-1');
SELECT soc2.place_hold('L-1', 'shop.session_log', 'id BETWEEN 95 AND 110');
SELECT current_database() AS database \gset
ALTER DATABASE :"database" SET soc2.disposal_delay = 0;
SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'records_manager') AS first \gset
\if :first
CREATE ROLE records_manager LOGIN IN ROLE soc2_admin, soc2_custodian;
CREATE ROLE legal_counsel LOGIN IN ROLE soc2_custodian;
\endif
GRANT USAGE ON SCHEMA shop TO records_manager, legal_counsel;
\connect - records_manager
SELECT soc2.plan_disposal('shop.ticket', 'yearly review') AS plan \gset
\connect - legal_counsel
\o /dev/null
SELECT soc2.approve_disposal(:plan, 'looked at it');
CALL soc2.run_disposal(:plan);
SELECT soc2.certificate(:plan);
\connect - :superuser
\o /dev/null
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SELECT soc2.count_retention();

-- what the server is now, and what people say and live with
SELECT count(*) FROM soc2.assess();
SELECT soc2.enable_check('mon.track', false, 'measured by another tool');
SELECT soc2.plan_finding(f.finding_id, owner => 'DBA', due_at => now() - interval '1 day')
FROM soc2.findings AS f WHERE f.check_id = 'tls.on';
INSERT INTO soc2.waivers (check_id, reason, expires_at, requested_by, requested_session, decision, decided_at, decided_by, decided_session)
VALUES ('net.socket_perms', 'A private machine, until it is shared', now() + interval '60 days', 'analyst', 'analyst', 'approved', now() - interval '1 second', 'officer', 'officer');
SELECT soc2.attest(c.control_id, 'Looked at, as it should be', tstzrange(now() - interval '30 days', now() - interval '1 day'))
FROM soc2.controls AS c WHERE NOT c.shipped AND c.nature <> 'automated' AND c.control_id ~ '^(GOV|ACC|INC)';
SELECT soc2.record_evidence('minutes', subject => 'meeting', criteria => '{tsc:CC1.2}', expires_at => now() + interval '20 days');
SELECT soc2.record_evidence('training', subject => 'course', criteria => '{tsc:CC1.4}', expires_at => now() - interval '20 days');
SELECT soc2.open_period('half a year', CURRENT_DATE - 180, CURRENT_DATE - 1);
SELECT soc2.seal();

-- eighty days of runs before today; on every ninth day nothing ran
INSERT INTO soc2.evidence (evidence_id, kind, check_id, criteria, subject, recorded_at, recorded_by, payload,
    ledger_lane, ledger_seq, ledger_prev, ledger_hash, ledger_salt)
SELECT gen_random_uuid(), 'check_run', k.check_id, k.criteria, k.check_id, (CURRENT_DATE - d) + interval '3 hours', 'collector',
    jsonb_build_object('outcome', o.outcome, 'population', CASE o.outcome WHEN 'not_occurring' THEN 0 ELSE 10 END,
        'failures', CASE o.outcome WHEN 'fail' THEN 2 ELSE 0 END, 'undecided', 0, 'waived', 0, 'query', 'SELECT'),
    900, row_number() OVER (ORDER BY d DESC, k.n), sha256('x')::soc2.digest, sha256('y')::soc2.digest, '\x00112233445566778899aabbccddeeff'
FROM generate_series(1, 80) AS d
CROSS JOIN (SELECT row_number() OVER (ORDER BY check_id) AS n, check_id, criteria FROM soc2.checks_in_force) AS k
CROSS JOIN LATERAL (
    SELECT CASE WHEN (k.n * 7 + d * 3) % 100 < 20 + d / 3 THEN 'fail' WHEN (k.n * 5 + d) % 90 = 0 THEN 'error'
        WHEN k.n % 3 = 0 THEN 'not_occurring' ELSE 'pass' END AS outcome) AS o
WHERE d % 9 <> 5;
SELECT soc2.refresh_days();
