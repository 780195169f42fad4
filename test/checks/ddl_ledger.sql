-- chg.ddl_ledger: what was not asked for and approved before
--@ chg.ddl_ledger not_occurring 0 0
CREATE ROLE second SUPERUSER LOGIN;
SELECT soc2.start_ddl_capture();
--@ chg.ddl_ledger not_occurring 0 0
CREATE TABLE early (a integer);
--@ chg.ddl_ledger fail 1 1
--  ~ ^CREATE TABLE table public\.early [0-9a-f-]+ \| f \| by postgres on 20.*, no change names it$
SELECT soc2.record_change('C-1', 'tables', '{"table public.*"}');
CREATE TABLE asked (a integer);
\connect - second
SELECT soc2.approve_change('C-1') IS NOT NULL;
--@ reload
-- an approval does not reach back
--@ chg.ddl_ledger fail 2 2
--  ~ ^CREATE TABLE table public\.asked [0-9a-f-]+ \| f \| by postgres on 20.*, change C-1 was not approved yet$
CREATE TABLE approved (a integer);
CREATE VIEW other AS SELECT 1 AS a;
--@ chg.ddl_ledger fail 4 3
--  ~ ^CREATE TABLE table public\.approved .* \| t \| by postgres on 20.*, change C-1$
--  ~ ^CREATE VIEW view public\.other .* \| f \| by postgres on 20.*, no change names it$
-- the change that the session names covers what it names, if it is approved
SET soc2.change = 'C-1';
CREATE TABLE named (a integer);
DROP VIEW other;
SET soc2.change = 'C-2';
CREATE TABLE another (a integer);
RESET soc2.change;
--@ chg.ddl_ledger fail 7 5
--  ~ ^CREATE TABLE table public\.named .* \| t \| by postgres on 20.*, change C-1$
--  ~ ^DROP VIEW view public\.other .* \| f \| by postgres on 20.*, change C-1 does not name it$
--  ~ ^CREATE TABLE table public\.another .* \| f \| by postgres on 20.*, change C-2 is not recorded$
SELECT soc2.set_check_parameters('chg.ddl_ledger', '{"window": "0 seconds"}', 'test') IS NOT NULL;
--@ chg.ddl_ledger not_occurring 0 0
SELECT soc2.set_check_parameters('chg.ddl_ledger', jsonb_build_object('ignored',
    jsonb_build_array(current_setting('application_name'))), 'test') IS NOT NULL;
--@ chg.ddl_ledger pass 7 0
--  ~ ^CREATE TABLE table public\.approved [0-9a-f-]+ \| t \| by postgres on 20.*, change C-1$
SELECT soc2.stop_ddl_capture();

-- the register itself: all that a change needs
--@ chg.register fail 1 1
--  C-1 | f | no rollback plan; not tested
SELECT soc2.record_change_test('C-1', false, 'restored into a copy') IS NOT NULL;
--@ chg.register fail 1 1
--  C-1 | f | no rollback plan; no test passed
SELECT soc2.record_change_test('C-1', true, 'restored into a copy') IS NOT NULL;
SELECT soc2.record_change('C-2', 'rejected', kind => 'emergency');
SELECT soc2.record_change('C-3', 'all of it', risk => 'high', rollback_plan => 'restore', valid => tstzrange(now(), now() + '1 second'));
SELECT soc2.record_change_test('C-3', true, 'restored into a copy') IS NOT NULL;
SELECT soc2.record_change('C-4', 'harmless', risk => 'low', kind => 'emergency');
SELECT soc2.step_change('C-2', 'implemented'), soc2.step_change('C-4', 'implemented');
--@ chg.register fail 4 2
--  C-2 | f | no rollback plan
--  C-3 | t | requested
--  C-4 | t | unapproved
\connect - second
SELECT soc2.reject_change('C-2', 'no'), soc2.approve_change('C-3') IS NOT NULL, soc2.approve_change('C-4') IS NOT NULL, pg_sleep(1);
--@ reload
--@ chg.register fail 4 3
--  C-2 | f | carried out and then rejected; no rollback plan
--  C-3 | f | its window is over
--  C-4 | t | implemented
-- an emergency that was recorded late, reviews that were not made
INSERT INTO soc2.changes (change_id, title, kind, risk, requested_at, approved_at, approved_by, implemented_at, implemented_by, state) VALUES
    ('C-5', 'late', 'emergency', 'low', now() - interval '9 days', NULL, NULL, now() - interval '9 days', 'x', 'unapproved'),
    ('C-6', 'too late', 'emergency', 'low', now() - interval '9 days', now(), 'second', now() - interval '9 days', 'x', 'implemented'),
    ('C-7', 'never reviewed', 'emergency', 'low', now() - interval '40 days', now() - interval '39 days', 'second', now() - interval '39 days', 'x', 'implemented'),
    ('C-8', 'own', 'emergency', 'low', now(), now(), 'postgres', NULL, NULL, 'approved'),
    ('C-9', 'long ago', 'normal', 'high', now() - interval '400 days', now() - interval '399 days', 'second', now() - interval '399 days', 'x', 'implemented');
--@ chg.register fail 8 7
--  C-5 | f | approval is overdue
--  C-6 | f | approved too late
--  C-7 | f | review is overdue
--  C-8 | f | approved by the person who asked for it
SELECT soc2.set_check_parameters('chg.register', '{"window": "0 seconds"}', 'test') IS NOT NULL;
--@ chg.register not_occurring 0 0
SELECT soc2.set_check_parameters('chg.register', '{"window": "1 hour", "plan_risks": [], "test_kinds": []}', 'test') IS NOT NULL;
DELETE FROM soc2.changes WHERE change_id IN ('C-2', 'C-3', 'C-8');
--@ chg.register pass 2 0
--  C-1 | t | approved
