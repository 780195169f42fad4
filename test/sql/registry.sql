--
-- Registries: functions fill them, privileges let nobody choose who did it,
-- and what is not there is a clear error.
--
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_soc2_admin IN ROLE soc2_admin, pg_monitor;
CREATE ROLE regress_soc2_collector IN ROLE soc2_collector, pg_monitor;
CREATE ROLE regress_soc2_auditor IN ROLE soc2_auditor;
CREATE ROLE "regress_soc2 odd ""Role""" LOGIN NOINHERIT;
RESET client_min_messages;
SET search_path = soc2, public;
CREATE SCHEMA "Odd.""S";
GRANT USAGE ON SCHEMA "Odd.""S" TO regress_soc2_admin, regress_soc2_collector;
CREATE TABLE "Odd.""S"."T, 1" (id integer, "E mail" text);
CREATE FUNCTION "Odd.""S".f(x "Odd.""S"."T, 1") RETURNS integer LANGUAGE sql RETURN 1;

-- the baseline: nothing is approved, so nothing drifts
SELECT count(*) FROM baseline_status;
SET ROLE regress_soc2_admin;
SELECT approve_baseline('{role,membership,extension,library,grant,grant}', 'review') > 10 AS entries;
SELECT approve_baseline('{setting}') > 200 AS entries;
SELECT approve_baseline('{grants}'); --fail
SELECT approve_baseline('{role}', ''); --fail
SELECT approve_baseline(NULL);
RESET ROLE;
SELECT kind, reason, approved_by FROM baselines ORDER BY kind;
SELECT count(*) FROM baseline_drift;
-- what clients and sessions choose is not judged
SET work_mem = '77MB';
SET application_name = 'x';
SELECT count(*) FROM baseline_drift;
RESET work_mem;
-- every kind of difference, by odd names, whatever the search path
GRANT pg_read_all_data TO "regress_soc2 odd ""Role""" WITH ADMIN OPTION;
ALTER ROLE "regress_soc2 odd ""Role""" CREATEDB;
DROP ROLE regress_soc2_auditor;
GRANT SELECT, UPDATE ("E mail") ON "Odd.""S"."T, 1" TO "regress_soc2 odd ""Role""" WITH GRANT OPTION;
GRANT ALL ON FUNCTION "Odd.""S".f TO "regress_soc2 odd ""Role""";
SET search_path = soc2, "Odd.""S";
SELECT kind, name, state, CASE kind WHEN 'role' THEN approved END AS approved, regexp_replace(actual, 'ADMIN.*', 'ADMIN') AS actual, approved_by FROM baseline_drift
ORDER BY kind, name COLLATE "C";
SET search_path = soc2, public;
SELECT count(*) FROM baseline_drift;
-- approved again, it is as approved; the old ones are kept
SELECT approve_baseline(kinds => '{role,membership,grant}', reason => 'approved') > 0 AS entries;
SELECT count(*) FROM baseline_drift;
SELECT kind, count(*) FROM baselines GROUP BY kind ORDER BY kind;
-- a kind that has no baseline is not judged
SELECT count(*) FROM baseline_status WHERE kind NOT IN (SELECT kind FROM baselines);
-- nobody forges or changes an approval
SET ROLE regress_soc2_admin;
INSERT INTO baselines (kind, state, reason, approved_by) VALUES ('role', '{}', 'x', 'somebody'); --fail
UPDATE baselines SET state = '{}'; --fail
DELETE FROM baselines; --fail
RESET ROLE;
SET ROLE regress_soc2_collector;
SELECT approve_baseline(); --fail
SELECT * FROM baselines; --fail
RESET ROLE;

-- changes: asked for by one, approved by another
SELECT current_user AS me \gset
ALTER ROLE regress_soc2_admin LOGIN;
ALTER ROLE regress_soc2_collector LOGIN;
\c - regress_soc2_admin
SET search_path = soc2, public;
\set VERBOSITY terse
SELECT record_change('C-1', 'more memory', '{setting:work_mem,"table \"Odd.\"\"S\".*"}');
SELECT record_change('C-2', 'one night', '{server:100%_\*}', tstzrange(now() + '1 day', now() + '2 days'));
SELECT record_change('C-1', 'again'); --fail
SELECT record_change('', 'nothing'); --fail
SELECT approve_change('C-1'); --fail
SELECT approve_change('C-3'); --fail
INSERT INTO change_approvals (change_id, approved_by) VALUES ('C-1', 'somebody'); --fail
INSERT INTO change_approvals (change_id) VALUES ('C-1'); --fail
UPDATE changes SET state = 'approved'; --fail
SELECT change_id, requested_by, approved, in_force FROM change_status ORDER BY 1;
\c - regress_soc2_collector
SELECT soc2.approve_change('C-1'); --fail
\c - :me
SET search_path = soc2, public;
ALTER ROLE regress_soc2_admin NOLOGIN;
ALTER ROLE regress_soc2_collector NOLOGIN;
SELECT change_of('setting:work_mem');
SELECT approve_change('C-1', 'fine') IS NOT NULL AS approved, approve_change('C-2') IS NOT NULL AS approved;
SELECT change_id, approved_by = session_user AS approved_by, lower(in_force) >= approved_at AS later,
    upper_inf(in_force) AS open FROM change_status ORDER BY 1;
SELECT change_of('setting:work_mem'), change_of('setting:work_mem', now() - interval '1 hour') AS before,
    change_of('setting:work_mem2') AS other, change_of('table "Odd.""S"."T, 1"') AS pattern,
    change_of('server:100%_*') AS literal, change_of('server:100 x') AS no_wildcard,
    change_of('server:100%_*', now()) AS not_yet, change_of(NULL) AS nothing;
SELECT change_covers('{a*c,"b_"}', 'abc'), change_covers('{a*c,"b_"}', 'bx'), change_covers('{}', 'a');

-- backups
SET ROLE regress_soc2_collector;
SELECT record_backup('2026-01', '2026-01-02', 'base', '2026-01-01', 's3://x', 10) IS NOT NULL AS recorded;
SELECT record_backup('2026-01'); --fail
SELECT record_backup('2026-02', kind => 'tape'); --fail
SELECT record_backup('2026-02', '2026-01-01', started_at => '2026-01-02'); --fail
SELECT record_backup('2026-02', bytes => -1); --fail
SELECT record_backup(NULL); --fail
SELECT record_backup_test('2026-01', true, duration => '1 hour', detail => 'a server ran') IS NOT NULL AS recorded;
SELECT record_backup_test('2026-01', false, 'verify') IS NOT NULL AS recorded;
SELECT record_backup_test('2026-02', true); --fail
SELECT record_backup_test(NULL, true); --fail
SELECT record_backup_test('2026-01', true, 'look'); --fail
SELECT label, method, passed, duration, t.recorded_by FROM backups JOIN backup_tests AS t USING (backup_id) ORDER BY method;
INSERT INTO backups (label, kind, finished_at, recorded_by) VALUES ('x', 'base', now(), 'somebody'); --fail
UPDATE backup_tests SET passed = true; --fail
RESET ROLE;

-- classes of data: a column's own, or else its table's
SET ROLE regress_soc2_admin;
SELECT classify('"Odd.""S"."T, 1"', 'internal');
SELECT classify('"Odd.""S"."T, 1"', 'confidential', 'E mail');
SELECT classify('"Odd.""S"."T, 1"', 'personal', 'E mail', true, 'contact');
SELECT classify('"Odd.""S"."T, 1"', 'personal', 'e mail'); --fail
SELECT classify('"Odd.""S"."T, 1"', 'personal', NULL); --fail
SELECT classify('"Odd.""S"."T, 1"', 'personal', 'ctid'); --fail
SELECT classify('"Odd.""S"."T, 1"', 'secret'); --fail
SELECT classify('soc2.catalogue', 'public'); --fail
SELECT classify(NULL, 'public'); --fail
SELECT relation, column_name, name, class, masked FROM column_classes WHERE relation LIKE '"Odd%' ORDER BY column_name;
-- a renamed column loses its own class and not its table's
RESET ROLE;
ALTER TABLE "Odd.""S"."T, 1" RENAME "E mail" TO mail;
SELECT column_name, class, masked FROM column_classes WHERE relation LIKE '"Odd%' ORDER BY column_name;
SELECT count(*) FROM column_classes WHERE relation ~ '^(soc2|pg_catalog|information_schema)\.';

-- roles
SET ROLE regress_soc2_admin;
SELECT identify_role('regress_soc2 odd "Role"', 'person', 'A. Person');
SELECT identify_role('regress_soc2 odd "Role"', 'service', 'B. Person', 'batch');
SELECT identify_role('nobody', 'person', 'x'); --fail
SELECT identify_role('regress_soc2_admin', 'robot', 'x'); --fail
SELECT identify_role('regress_soc2_admin', 'person', ' '); --fail
SELECT role_name, kind, owner, purpose, recorded_by FROM identities;
SELECT separate_duties('pay', 'regress_soc2_admin', 'regress_soc2_collector', 'pays what it asks for');
SELECT separate_duties('pay', 'regress_soc2_admin', 'regress_soc2_collector', 'could pay itself');
SELECT separate_duties('pay', 'regress_soc2_admin', 'nobody', 'x'); --fail
SELECT separate_duties('pay', 'regress_soc2_admin', 'regress_soc2_admin', 'x'); --fail
SELECT rule, role_a, role_b, reason FROM sod_rules;
RESET ROLE;
SET ROLE regress_soc2_collector;
SELECT observe_sessions() >= 1 AS seen, observe_sessions() >= 1 AS again;
SELECT count(*), bool_and(first_seen <= last_seen) AS ordered, sum(logins) AS logins FROM logins
WHERE role_name = session_user AND source = 'sessions';
SELECT record_logins('a', '2026-01-01 10:00+00'), record_logins('a', '2026-01-01 09:00+00', 2, 5, incident => 'I-1'),
    record_logins('a', '2026-01-01 23:30-02', 0, 1), record_logins('a', '2026-01-01 10:00+00', source => 'directory');
SELECT record_logins('a', '2026-01-01', 1, 1, ''); --fail
SELECT record_logins('a', '2026-01-01', -1); --fail
SELECT record_logins('a', NULL); --fail
SELECT day, source, first_seen AT TIME ZONE 'UTC' AS first, last_seen AT TIME ZONE 'UTC' AS last, logins, failures, incident
FROM logins WHERE role_name = 'a' ORDER BY 1, 2;
RESET ROLE;

-- capacity and jobs
SET ROLE regress_soc2_admin;
SELECT plan_capacity(current_database(), 1000000000), plan_capacity(current_database(), 2000000000, '1 year');
SELECT plan_capacity('no such', 1); --fail
SELECT plan_capacity(current_database(), 0); --fail
SELECT max_bytes, horizon FROM capacity_plans;
SET ROLE regress_soc2_collector;
SELECT observe_sizes() >= 1 AS databases;
SELECT bool_and(bytes > 0) AS sizes FROM capacity_samples;
SELECT record_job_run('nightly', false, '2026-01-01', 'no space') IS NOT NULL AS recorded;
SELECT record_job_run('', true); --fail
SELECT job, succeeded, detail, recorded_by FROM job_runs;

-- privacy: a collector records, and reads nobody's
SELECT record_processing('s1', 'news'), record_processing('s1', 'news');
SELECT record_consent('s1', 'news') IS NOT NULL AS given, record_consent('s1', 'news', false, notice => 'v2') IS NOT NULL AS withdrawn;
SELECT record_subject_request('R-1', 'access', '2026-01-01', 's1'), record_subject_request('R-2', 'erasure');
SELECT record_subject_request('R-3', 'other'); --fail
SELECT answer_subject_request('R-1', 'sent');
SELECT answer_subject_request('R-1', 'sent again'); --fail
SELECT answer_subject_request('R-9', 'x'); --fail
SELECT record_disclosure('court', 'order', 'law') IS NOT NULL AS recorded;
SELECT subject FROM consents; --fail
SELECT subject FROM subject_requests; --fail
SELECT recipient FROM disclosures; --fail
SELECT subject FROM processing; --fail
SELECT classify('"Odd.""S"."T, 1"', 'public'); --fail
SELECT identify_role('regress_soc2_admin', 'person', 'x'); --fail
SELECT approve_change('C-1'); --fail
SELECT plan_capacity('postgres', 1); --fail
RESET ROLE;
SELECT given, notice, recorded_by FROM consents ORDER BY given;
SELECT request_id, kind, answered_at IS NOT NULL AS answered, answer, recorded_by FROM subject_requests ORDER BY 1;
SELECT recipient, purpose, basis, authorized, recorded_by FROM disclosures;
SET ROLE regress_soc2_admin;
SELECT record_backup('x'); --fail
SELECT record_logins('a', now()); --fail
SELECT count(*) FROM processing;
RESET ROLE;

-- each registry is for auditors to read, and none of them for PUBLIC; what they do
-- not read are secrets and who asked to be forgotten
CREATE ROLE regress_soc2_auditor IN ROLE soc2_auditor;
SET ROLE regress_soc2_auditor;
SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'soc2'::regnamespace AND c.relkind IN ('r', 'v')
    AND NOT has_table_privilege(c.oid, 'SELECT') ORDER BY 1;
SELECT record_change('x', 'x'); --fail
SELECT require_registered('x', 'x', true); --fail
RESET ROLE;

-- tidy up
TRUNCATE baselines, changes, change_approvals, backups, backup_tests, classifications, identities, sod_rules, logins,
    capacity_plans, capacity_samples, job_runs, processing,
    consents, subject_requests, disclosures;
SET client_min_messages = warning;
DROP SCHEMA "Odd.""S" CASCADE;
REVOKE pg_read_all_data FROM "regress_soc2 odd ""Role""";
DROP ROLE regress_soc2_admin, regress_soc2_collector, regress_soc2_auditor, "regress_soc2 odd ""Role""";
