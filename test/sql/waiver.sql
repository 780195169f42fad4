--
-- Waivers: asked for by one person and approved by another, for a time; the one
-- function that says whether something is waived.
--
SET client_min_messages = warning;
CREATE ROLE regress_soc2_alice LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_soc2_bob LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_soc2_carol LOGIN IN ROLE soc2_collector;
CREATE ROLE regress_soc2_dave LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_soc2_auditor LOGIN IN ROLE soc2_auditor;
GRANT regress_soc2_bob TO regress_soc2_alice;
RESET client_min_messages;
SET search_path = soc2, public;
\set SHOW_CONTEXT never

-- the state of a waiver at a time
SELECT at, waiver_state(NULL, NULL, NULL, '2026-03-01', at) AS undecided,
    waiver_state('rejected', '2026-02-01', NULL, '2026-03-01', at) AS rejected,
    waiver_state('approved', '2026-02-01', NULL, '2026-03-01', at) AS approved,
    waiver_state('approved', '2026-02-01', '2026-02-10', '2026-03-01', at) AS revoked
FROM unnest('{2026-01-01,2026-02-01,2026-02-10,2026-02-28 23:59:59,2026-03-01}'::timestamptz[]) AS at;

-- asked for: it covers nothing yet
SET SESSION AUTHORIZATION regress_soc2_alice;
SELECT waive('tls.on', NULL, 'the test server is on one host', '2100-01-01') AS alice_s \gset
SELECT state, check_id, control_id, resource, reason, requested_by, decided_by FROM waiver_status;
SELECT is_waived('tls.on', 'ssl');
\set VERBOSITY sqlstate
-- one login is one person, whatever roles it takes
SELECT approve_waiver(:'alice_s'); --fail
SET ROLE regress_soc2_bob;
SELECT approve_waiver(:'alice_s'); --fail
SELECT waive('auth.hba_no_trust', 'pg_hba.conf:1', 'legacy', '2100-01-01') AS bob_s \gset
RESET ROLE;
SELECT approve_waiver(:'bob_s'); --fail
RESET SESSION AUTHORIZATION;
-- nor may somebody approve what was asked for in his name, or as who asked
SET SESSION AUTHORIZATION regress_soc2_bob;
SELECT approve_waiver(:'bob_s'); --fail
RESET SESSION AUTHORIZATION;
GRANT regress_soc2_alice TO regress_soc2_dave;
SET SESSION AUTHORIZATION regress_soc2_dave;
SET ROLE regress_soc2_alice;
SELECT approve_waiver(:'bob_s'); --fail
RESET ROLE;
RESET SESSION AUTHORIZATION;
-- two persons with the same group role are two
SET SESSION AUTHORIZATION regress_soc2_dave;
SET ROLE soc2_admin;
SELECT waive('cfg.dangerous', 'fsync', 'x', '2100-01-01') AS group_s \gset
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_soc2_bob;
SET ROLE soc2_admin;
SELECT approve_waiver(:'group_s');
SELECT revoke_waiver(:'group_s', 'x');
RESET ROLE;
-- a second person
SELECT approve_waiver(:'alice_s', 'until the proxy is there');
SELECT approve_waiver(:'alice_s'); --fail
SELECT reject_waiver(:'alice_s', 'x'); --fail
SELECT state, requested_by, decided_by, decision_note FROM waiver_status WHERE check_id = 'tls.on';
SELECT is_waived('tls.on', 'ssl'), is_waived('tls.on', NULL), is_waived('tls.min_version', 'ssl'),
    is_waived('tls.on', 'ssl', '2099-12-31'), is_waived('tls.on', 'ssl', '2100-01-01'), is_waived('tls.on', 'ssl', '2000-01-01');
RESET SESSION AUTHORIZATION;

-- a collector may ask, and not decide; who asked may take it back
SET SESSION AUTHORIZATION regress_soc2_carol;
SELECT waive('auth.hba_no_trust', E'odd "name''\n\\ {x}', 'x', '2100-01-01') AS carol_s \gset
SELECT approve_waiver(:'carol_s'); --fail
SELECT revoke_waiver(:'alice_s', 'x'); --fail
SELECT is_waived('tls.on', 'ssl');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_soc2_alice;
SELECT approve_waiver(:'carol_s');
SELECT is_waived('auth.hba_no_trust', E'odd "name''\n\\ {x}'), is_waived('auth.hba_no_trust', 'odd'), is_waived('auth.hba_no_trust', NULL);
SELECT reject_waiver(:'bob_s', 'not needed any more');
SELECT reject_waiver(:'bob_s', 'again'); --fail
SELECT is_waived('auth.hba_no_trust', 'pg_hba.conf:1');

-- for a control: all its checks, and those that are linked later
SELECT create_control('W-1', 'x', 'x');
SELECT link_check('W-1', 'cfg.dangerous');
SELECT waive('W-1', NULL, 'x', '2100-01-01') AS control_s \gset
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_soc2_bob;
SELECT approve_waiver(:'control_s');
SELECT is_waived('cfg.dangerous', 'fsync'), is_waived('role.superuser_count', 'x');
SELECT link_check('W-1', 'role.superuser_count');
SELECT is_waived('role.superuser_count', 'x');
SELECT revoke_waiver(:'control_s', ''); --fail
SELECT revoke_waiver(:'control_s', 'over');
SELECT is_waived('role.superuser_count', 'x');
SELECT state, revoked_by, revocation_reason FROM waiver_status WHERE control_id = 'W-1';
SELECT revoke_waiver(:'control_s', 'over'); --fail

\set VERBOSITY default
-- what is refused
SELECT waive('no.check', NULL, 'x', '2100-01-01'); --fail
SELECT waive('ACC-01', NULL, 'x', '2100-01-01'); --fail
SELECT waive(NULL, NULL, 'x', '2100-01-01'); --fail
SELECT waive('tls.on', NULL, ' ', '2100-01-01'); --fail
SELECT waive('tls.on', NULL, 'x', NULL); --fail
SELECT waive('tls.on', NULL, 'x', 'infinity'); --fail
SELECT waive('tls.on', NULL, 'x', '2000-01-01'); --fail
SELECT approve_waiver('00000000-0000-4000-8000-000000000000'); --fail
SELECT approve_waiver(NULL); --fail
SELECT decide_waiver(:'alice_s', 'revoked', 'x'); --fail
UPDATE waivers SET expires_at = '2200-01-01'; --fail
DELETE FROM waivers; --fail
INSERT INTO waivers (check_id, reason, expires_at, requested_by, requested_session) VALUES ('tls.on', 'x', '2100-01-01', 'x', 'x'); --fail
SELECT record_evidence('waiver', check_id => 'tls.on'); --fail
RESET SESSION AUTHORIZATION;

-- the table itself wants two persons
\set VERBOSITY terse
UPDATE waivers SET decision = 'approved', decided_at = now(), decided_by = requested_by, decided_session = 'x'
WHERE waiver_id = :'bob_s'; --fail
\set VERBOSITY default

-- an auditor sees them all, with what became of them, and changes none
SET SESSION AUTHORIZATION regress_soc2_auditor;
SELECT state, count(*) FROM waiver_status GROUP BY 1 ORDER BY 1;
SELECT waive('tls.on', NULL, 'x', '2100-01-01'); --fail
SELECT reject_waiver(:'alice_s', 'x'); --fail
RESET SESSION AUTHORIZATION;

-- each step is evidence of who took it
SELECT check_id, control_id, subject, recorded_by, payload ->> 'action' AS action, payload ->> 'note' AS note,
    payload ->> 'session_user' AS session_user, expires_at = '2100-01-01' AS expires
FROM evidence WHERE kind = 'waiver' ORDER BY ledger_seq;

DELETE FROM waivers;
DELETE FROM controls WHERE NOT shipped;
DELETE FROM control_checks WHERE NOT shipped;
SET client_min_messages = warning;
DROP ROLE regress_soc2_alice, regress_soc2_bob, regress_soc2_carol, regress_soc2_dave, regress_soc2_auditor;
