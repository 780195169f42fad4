--
-- The register of changes: its steps, who may take them, when a change is in
-- force, and which captured change it covers.
--
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_soc2_req LOGIN IN ROLE soc2_collector;
CREATE ROLE regress_soc2_req2 LOGIN IN ROLE soc2_admin;
CREATE ROLE "regress_soc2 Otto" LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_soc2_dba LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_soc2_aud LOGIN IN ROLE soc2_auditor;
ALTER ROLE regress_soc2_req SET search_path = soc2, public;
ALTER ROLE regress_soc2_req2 SET search_path = soc2, public;
ALTER ROLE "regress_soc2 Otto" SET search_path = soc2, public;
ALTER ROLE regress_soc2_dba SET search_path = soc2, public;
ALTER ROLE regress_soc2_aud SET search_path = soc2, public;
RESET client_min_messages;
SET search_path = soc2, public;
SELECT current_user AS me \gset
SELECT identify_role('regress_soc2_req', 'person', 'Rita'), identify_role('regress_soc2_req2', 'person', 'Rita');

-- what is asked for, and what cannot be
\c - regress_soc2_req
SELECT record_change('CHG-1', 'a column', '{"table regress_chg.t"}', risk => 'medium', rollback_plan => 'drop it');
SELECT record_change(E'odd "id"\n', 'odd', '{}', implementer => 'regress_soc2_dba', zone => 'Europe/Berlin');
SELECT record_change('CHG-2', 'x', kind => 'urgent'); --fail
SELECT record_change('CHG-2', 'x', risk => 'none'); --fail
SELECT record_change('CHG-2', 'x', valid => 'empty'); --fail
SELECT record_change('CHG-2', 'x', zone => 'Nowhere'); --fail
SELECT record_change('CHG-2', 'x', kind => 'emergency', approve_within => '8 days'); --fail
SELECT record_change('CHG-2', ' '); --fail
INSERT INTO changes (change_id, title, requested_by) VALUES ('CHG-2', 'x', 'somebody'); --fail
INSERT INTO changes (change_id, title, state) VALUES ('CHG-2', 'x', 'approved'); --fail
SELECT change_id, requested_by, kind, state, approval, approved, in_force, due_at FROM change_status ORDER BY 1; --fail
SELECT change_id, requested_by, kind, state, due_at FROM changes ORDER BY 1;
-- nobody approves what he asked for: as another role, as another login of the same person
SELECT approve_change('CHG-1'); --fail
\c - regress_soc2_req2
SELECT approve_change('CHG-1'); --fail
SET ROLE soc2_admin;
SELECT approve_change('CHG-1'); --fail
RESET ROLE;
SELECT reject_change('CHG-1', 'mine'); --fail
UPDATE changes SET state = 'approved' WHERE change_id = 'CHG-1'; --fail
\c - :me
SET search_path = soc2, public;
SET SESSION AUTHORIZATION regress_soc2_req;
SELECT record_change('CHG-S', 'asked for in the name of another');
SET SESSION AUTHORIZATION "regress_soc2 Otto";
SELECT approve_change('CHG-S'); --fail
RESET SESSION AUTHORIZATION;
SELECT requested_by = :'me' AS mine FROM changes WHERE change_id = 'CHG-S';
-- before it is approved it is planned and tested, after it nothing moves
SELECT plan_change('CHG-1', implementer => 'regress_soc2_dba');
SELECT plan_change('CHG-1'); --fail
SELECT plan_change('CHG-9', 'low'); --fail
SELECT record_change_test('CHG-1', true, 'on a copy', artifact_sha256 => encode(sha256('x'), 'hex')::digest) IS NOT NULL AS recorded;
SELECT record_change_test('CHG-1', false, 'on a copy', record_evidence('x', 'x', '{}')) IS NOT NULL AS recorded;
SELECT record_change_test('CHG-1', true, 'x', '00000000-0000-0000-0000-000000000000'); --fail
SELECT record_change_test('CHG-1', true, ''); --fail
SELECT record_change_test('CHG-9', true, 'x'); --fail
\c - "regress_soc2 Otto"
SELECT approve_change('CHG-1', 'go') IS NOT NULL AS approved, approve_change(E'odd "id"\n') IS NOT NULL AS approved;
SELECT approve_change('CHG-1', 'again'); --fail
SELECT plan_change('CHG-1', 'low'); --fail
SELECT reject_change('CHG-1', 'too late'); --fail
SELECT step_change('CHG-1', 'approved'); --fail
SELECT step_change('CHG-1', 'closed'); --fail
SELECT change_id, kind, risk, state, approval, approved, approved_by, in_force = tstzrange(approved_at, NULL) AS from_then,
    tests_passed, tests_failed, rollback_plan, implementer, note FROM change_status ORDER BY 1;
SELECT change_id, approved_by, note FROM change_approvals ORDER BY 1;

-- carried out, by the one who is to
\c - :me
SET search_path = soc2, public;
SET client_min_messages = warning;
SELECT start_ddl_capture();
SET soc2.capture_ddl = off;
CREATE SCHEMA regress_chg AUTHORIZATION regress_soc2_dba;
GRANT ALL ON SCHEMA regress_chg TO "regress_soc2 Otto";
RESET soc2.capture_ddl;
\c - regress_soc2_dba
CREATE TABLE regress_chg.t (id integer PRIMARY KEY);
ALTER TABLE regress_chg.t ADD c integer, ADD d integer DEFAULT 1;
ALTER TABLE regress_chg.t DROP COLUMN c;
GRANT SELECT ON regress_chg.t TO PUBLIC;
CREATE TABLE regress_chg."Odd.T on ""x" ("a.b" integer CONSTRAINT "c on d" CHECK ("a.b" > 0));
BEGIN;
SET LOCAL soc2.change = 'CHG-1';
DROP TABLE regress_chg."Odd.T on ""x";
COMMIT;
SET soc2.change = E'odd "id"\n';
CREATE VIEW regress_chg.v AS SELECT 1 AS a;
RESET soc2.change;
GRANT SELECT ON regress_chg.t, regress_chg.v TO PUBLIC;
SET soc2.change = 'CHG-404';
ALTER TABLE regress_chg.t ADD e integer;
RESET soc2.change;
\c - "regress_soc2 Otto"
CREATE TABLE regress_chg.other (id integer);
SET soc2.change = E'odd "id"\n';
DROP TABLE regress_chg.other;
RESET soc2.change;
\c - regress_soc2_aud
SELECT action, object, actor, named_change, state, reason, change_id FROM change_log WHERE source = 'ddl' AND actor ~ '^regress'
ORDER BY captured_at, object;
SELECT count(*) = (SELECT count(*) FROM change_log WHERE state = 'unmatched') AS all_of_them FROM unmatched_changes;
SELECT approve_change('CHG-1'); --fail
SELECT step_change('CHG-1', 'implemented'); --fail
SELECT observe_settings(); --fail

-- said to be done: then it is over, until it is undone, and another one reviews it
\c - regress_soc2_dba
SELECT step_change('CHG-1', 'implemented');
SELECT count(*) AS before FROM ddl_log \gset
ALTER TABLE regress_chg.t ADD f integer;
SELECT state, reason FROM change_log WHERE action = 'ALTER TABLE' ORDER BY captured_at DESC LIMIT 1;
SELECT step_change('CHG-1', 'closed'); --fail
SELECT step_change('CHG-1', 'rolled_back', 'the column is not needed');
SELECT state, reason FROM change_log WHERE action = 'ALTER TABLE' ORDER BY captured_at DESC LIMIT 1;
\c - regress_soc2_req
SELECT step_change('CHG-1', 'closed', 'looked at');
SELECT step_change('CHG-1', 'rolled_back'); --fail
SELECT plan_change('CHG-1', 'low'); --fail
SELECT state, approved_by, implemented_by, rolled_back_by, reviewed_by, due_at, note FROM changes WHERE change_id = 'CHG-1';
-- not approved: not carried out
SELECT record_change('CHG-3', 'x'), record_change('CHG-4', 'y', '{"schema regress_chg"}');
SELECT step_change('CHG-3', 'implemented'); --fail
SELECT step_change('CHG-3', 'failed'); --fail
SELECT step_change('CHG-3', 'withdrawn', 'no longer wanted');
\c - "regress_soc2 Otto"
SELECT approve_change('CHG-3'); --fail
SELECT reject_change('CHG-4', ''); --fail
SELECT reject_change('CHG-4', 'never');
SELECT approve_change('CHG-4'); --fail
-- the past of a row
\c - :me
SET search_path = soc2, public;
SELECT action, new_values ->> 'state' AS state, session_role FROM history('soc2.changes', 'CHG-1') WHERE new_values ? 'state';

-- a window: closed at its beginning, open at its end
CREATE FUNCTION pg_temp.judge(named text, at timestamptz, objects text[] DEFAULT '{"table a.b"}', actor name DEFAULT CURRENT_USER)
    RETURNS TABLE (state text, reason text) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO soc2.ddl_log (recorded_at, command_tag, object_type, object_identity, objects, object_count, session_role,
        executing_role, application, transaction_id, change_id)
    VALUES (at, 'ALTER', split_part(objects[1], ' ', 1), split_part(objects[1], ' ', 2), objects, 1, actor, actor, 'judge', 1, named);
    RETURN QUERY SELECT l.state, l.reason FROM soc2.change_log AS l WHERE l.application = 'judge'
        AND l.captured_at = at AND l.named_change IS NOT DISTINCT FROM named AND l.actor = judge.actor AND l.object = objects[1];
END $$;
INSERT INTO changes (change_id, title, objects, valid, requested_at, requested_by, approved_at, approved_by, state) VALUES
    ('W-1', 'a night', '{"table a.*"}', '[2020-03-28 22:00+00,2020-03-29 04:00+00)', '2020-03-01', 'regress_soc2_req', '2020-03-28 23:00+00', 'regress_soc2 Otto', 'approved'),
    ('W-2', 'two at once', '{"table b.x","table b.y"}', NULL, '2020-03-01', 'regress_soc2_req', '2020-03-02', 'regress_soc2 Otto', 'approved'),
    ('W-3', 'by one person', '{"table c.*"}', NULL, '2020-03-01', 'regress_soc2_req', '2020-03-02', 'regress_soc2_req2', 'approved'),
    ('W-4', 'waits', '{"table d.*"}', NULL, '2020-03-01', 'regress_soc2_req', NULL, NULL, 'requested');
SELECT * FROM pg_temp.judge('W-1', '2020-03-28 22:59:59.999999+00');
SELECT * FROM pg_temp.judge('W-1', '2020-03-28 23:00+00');
SELECT * FROM pg_temp.judge('W-1', '2020-03-29 03:59:59.999999+00');
SELECT * FROM pg_temp.judge('W-1', '2020-03-29 04:00+00');
SELECT * FROM pg_temp.judge(NULL, '2020-03-29 00:00+00', '{"table a.\"T\""}');
SELECT * FROM pg_temp.judge(NULL, '2020-03-29 00:00+00', '{"table aa"}');
SELECT * FROM pg_temp.judge(NULL, '2020-03-29 00:00+00', '{"table b.x","table b.y","index b.i"}');
SELECT * FROM pg_temp.judge(NULL, '2020-03-29 00:01+00', '{"table b.x","table b.z"}');
SELECT * FROM pg_temp.judge('W-2', '2020-03-29 00:00+00', '{"table b.y","table b.z"}');
SELECT * FROM pg_temp.judge(NULL, '2020-03-29 00:00+00', '{"table c.x"}');
SELECT * FROM pg_temp.judge(NULL, '2020-03-29 00:00+00', '{"table d.x"}');
-- that the two are one person may become known later
SELECT identify_role('regress_soc2 Otto', 'person', 'Rita');
SELECT state, reason FROM change_log WHERE object = 'table b.x' ORDER BY captured_at;
SELECT approval, approved FROM change_status WHERE change_id IN ('W-1', 'W-2');
DELETE FROM identities WHERE role_name = 'regress_soc2 Otto';

-- an emergency: approved until the end of the second day after it began, in its zone
INSERT INTO changes (change_id, title, objects, kind, requested_at, requested_by, zone, valid, implemented_at, implemented_by, approved_at, approved_by, state) VALUES
    ('E-1', 'in time', '{"table e1"}', 'emergency', '2020-03-27 20:00+01', 'regress_soc2_dba', 'Europe/Berlin', NULL, '2020-03-27 21:00+01', 'regress_soc2_dba', '2020-03-29 23:59:59+02', 'regress_soc2 Otto', 'implemented'),
    ('E-2', 'too late', '{"table e2"}', 'emergency', '2020-03-27 20:00+01', 'regress_soc2_dba', 'Europe/Berlin', NULL, '2020-03-27 21:00+01', 'regress_soc2_dba', '2020-03-30 00:00+02', 'regress_soc2 Otto', 'implemented'),
    ('E-3', 'the same in UTC', '{"table e3"}', 'emergency', '2020-03-27 20:00+01', 'regress_soc2_dba', 'UTC', NULL, '2020-03-27 21:00+01', 'regress_soc2_dba', '2020-03-30 00:00+02', 'regress_soc2 Otto', 'implemented'),
    ('E-4', 'never', '{"table e4"}', 'emergency', '2020-03-27 20:00+01', 'regress_soc2_dba', 'UTC', NULL, NULL, NULL, NULL, NULL, 'requested'),
    ('E-5', 'written down afterwards', '{"table e5"}', 'emergency', '2020-03-27 20:00+01', 'regress_soc2_dba', 'UTC', '[2020-03-26 20:00+00,2020-03-26 21:00+00)', '2020-03-27 21:00+01', 'regress_soc2_dba', '2020-03-28 12:00+00', 'regress_soc2 Otto', 'implemented'),
    ('E-6', 'for all times', '{"table e6"}', 'emergency', '2020-03-27 20:00+01', 'regress_soc2_dba', 'UTC', '(,)', NULL, NULL, '2020-03-28', 'regress_soc2 Otto', 'approved');
SET TimeZone = 'Pacific/Kiritimati';
SELECT change_id, approval, approval_due AT TIME ZONE 'UTC' AS due, in_force && '[2020-01-01,2020-03-27 00:00+00]' AS before
FROM change_status WHERE change_id LIKE 'E-%' ORDER BY 1;
SELECT n, j.* FROM generate_series(1, 6) AS n, pg_temp.judge(NULL, '2020-03-27 20:30+01', ARRAY['table e' || n]) AS j;
RESET TimeZone;
SELECT * FROM pg_temp.judge(NULL, '2020-03-26 20:30+00', '{"table e5"}');
SELECT * FROM pg_temp.judge(NULL, '2020-03-26 20:30+00', '{"table e6"}');
SELECT * FROM pg_temp.judge(NULL, '2020-03-26 20:30+00', '{"table e1"}');
\c - regress_soc2_dba
SELECT record_change('E-7', 'now', '{"table e7"}', kind => 'emergency', approve_within => '2 hours');
SELECT approval_due = requested_at + interval '2 hours' AS hours, due_at = approval_due AS due FROM changes WHERE change_id = 'E-7';
SELECT step_change('E-7', 'implemented', 'it burnt');
SELECT state, due_at = approval_due AS due FROM changes WHERE change_id = 'E-7';
SELECT approve_change('E-7'); --fail
SELECT change_of('table e7') AS provisional;
\c - "regress_soc2 Otto"
SELECT approve_change('E-7') IS NOT NULL AS approved;
SELECT state, implemented_by, approved_by, due_at = deadline(implemented_at, '14 days') AS review_due FROM changes WHERE change_id = 'E-7';
SELECT approval, approved FROM change_status WHERE change_id = 'E-7';
SELECT record_change('E-8', 'rejected', '{"table e8"}', kind => 'emergency');
SELECT step_change('E-8', 'implemented');
\c - regress_soc2_dba
SELECT reject_change('E-8', 'there was no fire');
SELECT change_of('table e8') AS rejected;
-- nor does who carried it out approve it
\c - "regress_soc2 Otto"
SELECT record_change('E-9', 'asked for by one, done by another', kind => 'emergency');
\c - regress_soc2_dba
SELECT step_change('E-9', 'implemented');
SELECT approve_change('E-9'); --fail
SELECT reject_change('E-9', 'it was not me'); --fail

-- what an object may be called
\c - :me
SET search_path = soc2, public;
SELECT object, object_names(object) FROM unnest(ARRAY['table public.t', 'table column public."T.x"."c.d"', 'trigger "t on u" on public.t',
    'default value for s."T""".c', 'grant relation s.t to r', 'grant column s."t u".c to r', 'grant schema "s t" to PUBLIC',
    'grant routine s.f(integer) to r', 'setting:work_mem', '']) AS object;
SELECT change_touches(change_patterns('{"table s.*",a_b,NULL}'), o) FROM (VALUES ('{table s.t}'::text[]),
    ('{table s.t,trigger x on s.u}'), ('{a_b}'), ('{axb}'), ('{}'), (NULL)) AS v (o);

-- tidy up
SET client_min_messages = warning;
SELECT stop_ddl_capture();
DROP SCHEMA regress_chg CASCADE;
TRUNCATE changes, change_approvals, change_tests;
DELETE FROM identities WHERE role_name LIKE 'regress%';
DROP ROLE regress_soc2_req, regress_soc2_req2, "regress_soc2 Otto", regress_soc2_dba, regress_soc2_aud;
