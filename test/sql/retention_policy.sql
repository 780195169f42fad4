-- Policies.  Proves that classes and assignments have versions, of which the
-- last counts; that a row has the class of the first predicate that is true for
-- it, and cannot leave it for a laxer one; that protected columns cannot be
-- changed; that what shortens retention takes a bypass, which takes a role and
-- SET LOCAL, is recorded, and does not exist for compliance; that a lock allows
-- extensions only; and that all of that holds for partitions, whichever way rows
-- and partitions come and go.

\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_soc2_owner;
CREATE ROLE regress_soc2_trusted;
GRANT soc2_bypass, regress_soc2_owner TO regress_soc2_trusted;
GRANT USAGE ON SCHEMA soc2 TO regress_soc2_owner;
GRANT soc2_admin TO regress_soc2_owner;
CREATE SCHEMA regress_policy AUTHORIZATION regress_soc2_owner;
SET search_path = regress_policy;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
RESET client_min_messages;

--
-- Versions of classes
--
SET ROLE regress_soc2_owner;
SELECT soc2.create_retention_class('tax', '10 years', 'Tax Code', mode => 'compliance', review => false);
SELECT soc2.create_retention_class('std', '2 years', 'Policy 1');
SELECT soc2.revise_retention_class('std', '1 year', 'Policy 1, revised', '{outline:P3.1}', max_retain => '3 years');
SELECT class, version, min_retain, max_retain, basis, criteria, mode, review
FROM soc2.retention_classes ORDER BY class, version;
SELECT soc2.create_retention_class('std', '1 year', 'x'); -- fail
SELECT soc2.revise_retention_class('none', '1 year', 'x'); -- fail
SELECT soc2.revise_retention_class('std', '0', 'x'); -- fail
SELECT soc2.revise_retention_class('std', '1 year', 'x', '{}'); -- fail
SELECT soc2.revise_retention_class('std', '1 year', 'x', mode => 'lax'); -- fail
SELECT soc2.revise_retention_class('std', '1 year', 'x', mode => NULL); -- fail
SELECT soc2.revise_retention_class('std', '1 year', 'x', review => NULL); -- fail
RESET ROLE;
UPDATE soc2.retention_classes SET version = 7 WHERE class = 'std'; -- fail
SET ROLE regress_soc2_owner;

--
-- Predicates
--
CREATE TABLE sale (id integer PRIMARY KEY, country text, paid boolean, amount numeric,
    note text, at date, closed timestamptz);
CREATE FUNCTION mine(text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT true';
\set VERBOSITY default
SELECT soc2.set_retention('sale', 'std', 'at', 'mine(country)'); -- fail
\set VERBOSITY terse
SELECT soc2.set_retention('sale', 'std', 'at', 'at < now()'); -- fail
SELECT soc2.set_retention('sale', 'std', 'at', 'country = ''DE''; SELECT true'); -- fail
SELECT soc2.set_retention('sale', 'std', 'at', 'country = ''DE'') AS x, (true'); -- fail
SELECT soc2.set_retention('sale', 'std', 'at', 'true) FROM sale WHERE (true'); -- fail
SELECT soc2.set_retention('sale', 'std', 'at', 'amount'); -- fail
SELECT soc2.set_retention('sale', 'std', 'at', 'country = '); -- fail
SELECT soc2.set_retention('sale', 'std', 'at', 'nothing = 1'); -- fail
SELECT soc2.set_retention('sale', 'std', 'at', 'other.id = 1'); -- fail
SELECT soc2.set_retention('sale', 'std', 'at', 'id IN (SELECT 1)'); -- fail
SELECT soc2.set_retention('sale', 'std', 'at', 'ctid = ''(0,1)'''); -- fail
SELECT soc2.set_retention('sale', 'std', 'at', ''); -- fail
SELECT soc2.set_retention('sale', 'std', 'at', protect => '{nothing}'); -- fail
SELECT soc2.set_retention('sale', 'std', 'at', protect => '{xmin}'); -- fail
SELECT soc2.set_retention('sale', 'std', 'at', protect => NULL); -- fail
DROP FUNCTION mine(text);

SELECT soc2.set_retention('sale', 'tax', 'at', 'country = ''DE'' -- a comment', 10, '{amount,country,at,amount}');
SELECT soc2.set_retention('sale', 'std', 'closed', 'paid', 20);
INSERT INTO sale VALUES
    (1, 'DE', false, 1, 'n', '2095-01-01', '1990-01-01'), -- tax
    (2, 'DE', true, 1, 'n', '1990-01-01', '2095-01-01'), -- tax, expired
    (3, 'FR', true, 1, 'n', '1990-01-01', '2095-01-01'), -- std
    (4, 'FR', false, 1, 'n', '2095-01-01', '2095-01-01'), -- no class
    (5, NULL, NULL, 1, 'n', '2095-01-01', '2095-01-01'), -- no class
    (6, 'FR', true, 1, 'n', NULL, NULL); -- std, pending
SELECT relation, ordinal, class, version, anchor, predicate, protect, mode, guarded, locked
FROM soc2.retention_status ORDER BY ordinal;
SELECT ordinal, version, anchor, predicate, protect FROM soc2.retention_assignments ORDER BY 1;
BEGIN;
DELETE FROM sale WHERE id IN (2, 4, 5);
SELECT id FROM sale ORDER BY id;
ROLLBACK;
DELETE FROM sale WHERE id = 1; -- fail
DELETE FROM sale WHERE id = 3; -- fail
DELETE FROM sale WHERE id = 6; -- fail
TRUNCATE sale; -- fail
-- a row cannot leave its class for none, or for a laxer one
UPDATE sale SET paid = false WHERE id = 3; -- fail
UPDATE sale SET country = 'DE' WHERE id = 3; -- fail
UPDATE sale SET country = 'DE', at = '2085-06-30' WHERE id = 3; -- fail
BEGIN;
UPDATE sale SET country = 'DE', at = '2099-01-01' WHERE id = 3;
UPDATE sale SET note = 'x', paid = true, closed = '1990-01-01' WHERE id = 1;
UPDATE sale SET country = 'FR', paid = false, amount = 7 WHERE id = 2;
ROLLBACK;
\set VERBOSITY default
UPDATE sale SET paid = NULL WHERE id = 6; -- fail
UPDATE sale SET country = 'FR', paid = true, closed = 'infinity' WHERE id = 1; -- fail
\set VERBOSITY terse
UPDATE sale SET country = 'DE', at = '1990-01-01' WHERE id = 6; -- fail
UPDATE sale SET closed = '1990-01-01' WHERE id = 6;
DELETE FROM sale WHERE id = 6;
-- protected columns
\set VERBOSITY default
UPDATE sale SET amount = 2 WHERE id = 1; -- fail
\set VERBOSITY terse
UPDATE sale SET amount = NULL WHERE id = 1; -- fail
UPDATE sale SET amount = 1.0 WHERE id = 1; -- fail
UPDATE sale SET amount = 1, note = 'y' WHERE id = 1;
UPDATE sale SET amount = 2 WHERE id = 2;
-- renames are followed
ALTER TABLE sale RENAME country TO land;
ALTER TABLE sale RENAME amount TO sum;
UPDATE sale SET sum = 2 WHERE id = 1; -- fail
DELETE FROM sale WHERE id = 1; -- fail
SELECT ordinal, predicate, protect FROM soc2.retention_status ORDER BY ordinal;
ALTER TABLE sale DROP COLUMN paid; -- fail
ALTER TABLE sale ALTER COLUMN land TYPE varchar; -- fail
-- a trigger that does not say what the assignment says
BEGIN;
RESET ROLE;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
SET ROLE regress_soc2_owner;
CREATE OR REPLACE TRIGGER soc2_retention_rule_20 BEFORE UPDATE OF closed ON sale
    FOR EACH ROW EXECUTE FUNCTION soc2.retention_guard();
DELETE FROM sale WHERE id = 4; -- fail
ROLLBACK;

--
-- Assignments: after the others, or stricter
--
SELECT soc2.set_retention('sale', 'std', 'at', 'sum > 100', 30);
SELECT soc2.set_retention('sale', 'std', 'at', 'sum > 100', 30); -- fail
SELECT soc2.set_retention('sale', 'tax', 'at', 'sum > 200', 30); -- fail
SELECT soc2.set_retention('sale', 'tax', 'closed', 'sum > 100', 30); -- fail
SELECT soc2.set_retention('sale', 'tax', 'at', 'sum > 100', 30, '{note}'); -- fail
SELECT soc2.set_retention('sale', 'tax', 'at', 'sum > 100', 30);
SELECT ordinal, class, a.version FROM soc2.retention_assignments AS a ORDER BY 1, 3;
SELECT ordinal, class FROM soc2.retention_status ORDER BY 1;
\set VERBOSITY default
SELECT soc2.set_retention('sale', 'std', 'at', 'sum > 100', 30); -- fail
SELECT soc2.set_retention('sale', 'std', 'at', 'id = 1', 5); -- fail
\set VERBOSITY terse
SELECT soc2.set_retention('sale', 'tax', 'at', 'id = 1', 29);
SELECT soc2.set_retention('sale', 'tax', 'closed', 'id = 2', 28); -- fail
SELECT count(*) FROM soc2.retention_assignments;

--
-- Bypass
--
CREATE TABLE ticket (id integer PRIMARY KEY, closed timestamptz);
SELECT soc2.set_retention('ticket', 'std', 'closed');
INSERT INTO ticket SELECT n, '2095-01-01' FROM generate_series(1, 9) AS n;
-- the setting alone
BEGIN;
SET LOCAL soc2.bypass = 'CHG-1';
DELETE FROM ticket WHERE id = 1; -- fail
ROLLBACK;
-- the role alone
SET ROLE regress_soc2_trusted;
DELETE FROM ticket WHERE id = 1; -- fail
-- a setting that is not local to the transaction
SET soc2.bypass = 'CHG-1';
DELETE FROM ticket WHERE id = 1; -- fail
BEGIN;
DELETE FROM ticket WHERE id = 1; -- fail
ROLLBACK;
BEGIN;
SET soc2.bypass = 'CHG-1';
DELETE FROM ticket WHERE id = 1; -- fail
ROLLBACK;
RESET soc2.bypass;
CREATE FUNCTION purge() RETURNS void LANGUAGE sql SET soc2.bypass = 'always'
    AS 'DELETE FROM regress_policy.ticket WHERE id = 1';
SELECT purge(); -- fail
BEGIN;
SET LOCAL soc2.bypass = '';
DELETE FROM ticket WHERE id = 1; -- fail
ROLLBACK;
-- a function with the rights of a trusted role
CREATE FUNCTION deputy() RETURNS void LANGUAGE sql SECURITY DEFINER
    AS 'DELETE FROM regress_policy.ticket WHERE id = 1';
GRANT EXECUTE ON FUNCTION deputy() TO regress_soc2_owner;
SET ROLE regress_soc2_owner;
BEGIN;
SET LOCAL soc2.bypass = 'CHG-1';
SELECT deputy(); -- fail
ROLLBACK;
-- a superuser has to be granted the role
RESET ROLE;
BEGIN;
SET LOCAL soc2.bypass = 'CHG-1';
DELETE FROM ticket WHERE id = 1; -- fail
ROLLBACK;
SET ROLE regress_soc2_trusted;
DROP FUNCTION purge(), deputy();
-- both: goes, and is recorded once for each act
BEGIN;
SET LOCAL soc2.bypass = 'CHG-2 "duplicates"';
DELETE FROM ticket WHERE id IN (1, 2);
DELETE FROM ticket WHERE id = 3;
UPDATE ticket SET closed = '1990-01-01' WHERE id = 4;
COMMIT;
BEGIN;
SELECT set_config('soc2.bypass', 'CHG-3', true);
SAVEPOINT one;
DELETE FROM ticket WHERE id = 5;
ROLLBACK TO one;
DELETE FROM ticket WHERE id = 6;
COMMIT;
DELETE FROM ticket WHERE id = 7; -- fail
-- not for compliance
BEGIN;
SET LOCAL soc2.bypass = 'CHG-4';
DELETE FROM sale WHERE id = 1; -- fail
ROLLBACK;
BEGIN;
SET LOCAL soc2.bypass = 'CHG-4';
UPDATE sale SET sum = 2 WHERE id = 1; -- fail
ROLLBACK;
-- not for a replica, whose evidence would not be chained
RESET ROLE;
GRANT SET ON PARAMETER session_replication_role TO regress_soc2_trusted;
SET ROLE regress_soc2_trusted;
BEGIN;
SET LOCAL soc2.bypass = 'CHG-5';
SET LOCAL session_replication_role = replica;
DELETE FROM ticket WHERE id = 8; -- fail
ROLLBACK;
SELECT id FROM ticket ORDER BY id;
RESET ROLE;
REVOKE SET ON PARAMETER session_replication_role FROM regress_soc2_trusted;
SELECT subject, recorded_by, payload FROM soc2.evidence WHERE kind = 'retention_bypass'
ORDER BY ledger_lane, ledger_seq;
SELECT soc2.record_evidence('retention_bypass'); -- fail
-- policies: shortening takes it too
SET ROLE regress_soc2_owner;
\set VERBOSITY default
SELECT soc2.revise_retention_class('std', '1 month', 'Policy 1'); -- fail
SELECT soc2.revise_retention_class('tax', '10 years', 'Tax Code'); -- fail
\set VERBOSITY terse
SELECT soc2.revise_retention_class('tax', '10 years 1 day', 'Tax Code', mode => 'compliance');
BEGIN;
SET ROLE regress_soc2_trusted;
SET LOCAL soc2.bypass = 'CHG-6';
SELECT soc2.set_retention('ticket', 'tax', 'closed');
SELECT soc2.set_retention('ticket', 'std', 'closed'); -- fail
ROLLBACK;
BEGIN;
SET ROLE regress_soc2_trusted;
SET LOCAL soc2.bypass = 'CHG-7';
SELECT soc2.revise_retention_class('std', '1 month', 'Policy 1');
RESET ROLE;
INSERT INTO ticket VALUES (10, now() - interval '40 days');
DELETE FROM ticket WHERE id = 10;
SELECT subject, payload FROM soc2.evidence WHERE payload->>'reason' = 'CHG-7'
ORDER BY ledger_lane, ledger_seq;
ROLLBACK;
DELETE FROM ticket WHERE id = 4;

--
-- Locks
--
SET ROLE regress_soc2_owner;
CREATE TABLE locked (id integer, at date);
SELECT soc2.lock_retention('locked', 'locked'); -- fail
SELECT soc2.set_retention('locked', 'std', 'at');
\set VERBOSITY default
SELECT soc2.lock_retention('locked', 'sale'); -- fail
\set VERBOSITY terse
SELECT soc2.lock_retention('locked', 'yes'); -- fail
SELECT soc2.lock_retention('locked', ''); -- fail
SET soc2.max_lockable_retention = '1000000d'; -- fail
RESET ROLE;
SET soc2.max_lockable_retention = '364d';
SET ROLE regress_soc2_owner;
\set VERBOSITY default
SELECT soc2.lock_retention('locked', 'locked'); -- fail
\set VERBOSITY terse
RESET ROLE;
RESET soc2.max_lockable_retention;
SET ROLE regress_soc2_trusted;
BEGIN READ ONLY;
SELECT soc2.lock_retention('locked', 'locked'); -- fail
ROLLBACK;
SELECT soc2.lock_retention('locked', 'regress_policy.locked');
SELECT soc2.lock_retention('locked', 'locked'); -- fail
SELECT relation, locked FROM soc2.retention_status WHERE locked;
-- not even with a bypass
BEGIN;
SET LOCAL soc2.bypass = 'CHG-8';
SAVEPOINT one;
SELECT soc2.set_retention('locked', 'std', 'at', 'id > 5', 2);
ROLLBACK TO one;
SET ROLE regress_soc2_owner;
SELECT soc2.revise_retention_class('std', '1 month', 'Policy 1'); -- fail
ROLLBACK;
SET ROLE regress_soc2_owner;
SELECT soc2.set_retention('locked', 'tax', 'at');
SELECT soc2.set_retention('locked', 'std', 'at'); -- fail
SELECT soc2.revise_retention_class('std', '366 days', 'Policy 1'); -- fail
SELECT soc2.revise_retention_class('std', '13 months', 'Policy 1');
RESET ROLE;
SELECT subject, recorded_by FROM soc2.evidence WHERE kind = 'retention_lock';
UPDATE soc2.retention_locks SET locked_by = 'x'; -- fail
DELETE FROM soc2.retention_locks; -- fail
TRUNCATE soc2.retention_locks; -- fail

--
-- Partitions
--
SET ROLE regress_soc2_owner;
CREATE TABLE log (id integer, region text, at date, note text, kept integer)
    PARTITION BY LIST (region);
CREATE TABLE log_a PARTITION OF log FOR VALUES IN ('a');
-- with other numbers of columns, and partitions of its own
CREATE TABLE log_b (gone integer, at date, kept integer, note text, region text, id integer)
    PARTITION BY RANGE (id);
ALTER TABLE log_b DROP COLUMN gone;
ALTER TABLE log ATTACH PARTITION log_b FOR VALUES IN ('b');
CREATE TABLE log_b1 PARTITION OF log_b FOR VALUES FROM (0) TO (100);
SELECT soc2.set_retention('log_a', 'tax', 'at'); -- fail
SELECT soc2.set_retention('log', 'std', 'at', 'note IS NULL OR note <> ''noise''', protect => '{kept}');
-- and partitions that come later
CREATE TABLE log_b2 PARTITION OF log_b FOR VALUES FROM (100) TO (200);
CREATE TABLE log_c (LIKE log);
ALTER TABLE log ATTACH PARTITION log_c FOR VALUES IN ('c');
CREATE TABLE log_d PARTITION OF log DEFAULT;
INSERT INTO log VALUES (1, 'a', '2095-01-01', 'n'), (2, 'b', '2095-01-01', 'n'),
    (3, 'c', '1990-01-01', 'n'), (101, 'b', '2095-01-01', 'n'), (5, 'd', '2095-01-01', 'noise');
SELECT relation, guarded FROM soc2.retention_status WHERE relation LIKE '%log%';
SELECT tgrelid::regclass AS "table", string_agg(tgname || ' ' || tgenabled::text, ', ' ORDER BY tgname COLLATE "C")
FROM pg_trigger WHERE tgrelid::regclass::text LIKE 'log%' GROUP BY 1 ORDER BY 1;
DELETE FROM log WHERE id = 1; -- fail
DELETE FROM log_b1; -- fail
DELETE FROM log_b2 WHERE id = 101; -- fail
UPDATE log SET at = '1990-01-01' WHERE id = 2; -- fail
UPDATE log SET kept = 1 WHERE id = 2; -- fail
UPDATE log SET note = 'noise' WHERE id = 101; -- fail
TRUNCATE log; -- fail
TRUNCATE log_b; -- fail
TRUNCATE log_b2; -- fail
TRUNCATE log_a; -- fail
BEGIN;
TRUNCATE log_c, log_d;
ROLLBACK;
-- rows that move are judged by what they become
UPDATE log SET region = 'b' WHERE id = 1;
UPDATE log SET region = 'a', at = '2096-01-01' WHERE id = 1;
UPDATE log SET id = 150 WHERE id = 2;
UPDATE log SET region = 'b', at = '1990-01-01' WHERE id = 1; -- fail
UPDATE log SET region = 'b', kept = 1 WHERE id = 1; -- fail
UPDATE log SET id = 50, at = NULL WHERE id = 150; -- fail
UPDATE log SET id = 50 WHERE id = 150;
MERGE INTO log USING (VALUES (50)) AS v (id) ON log.id = v.id
    WHEN MATCHED THEN UPDATE SET id = 160;
MERGE INTO log USING (VALUES (160)) AS v (id) ON log.id = v.id
    WHEN MATCHED THEN DELETE; -- fail
SELECT tableoid::regclass, * FROM log ORDER BY id;
-- a move that a trigger undoes opens no way to delete
CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER "~~" BEFORE UPDATE ON log_a FOR EACH ROW EXECUTE FUNCTION skip();
WITH u AS (UPDATE log SET region = 'c' WHERE id = 1)
    DELETE FROM log WHERE id = 1; -- fail
UPDATE log SET region = 'c' WHERE id = 1;
DROP TRIGGER "~~" ON log_a;
CREATE TRIGGER aaa BEFORE UPDATE ON log_a FOR EACH ROW EXECUTE FUNCTION skip();
WITH u AS (UPDATE log SET region = 'c' WHERE id = 1)
    DELETE FROM log WHERE id = 1; -- fail
DROP TRIGGER aaa ON log_a;
CREATE OR REPLACE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN DELETE FROM regress_policy.log WHERE id = OLD.id; RETURN NEW; END';
CREATE TRIGGER "~~" BEFORE UPDATE ON log_a FOR EACH ROW EXECUTE FUNCTION skip();
UPDATE log SET region = 'c' WHERE id = 1; -- fail
DROP TRIGGER "~~" ON log_a;
-- what one UPDATE moved does not excuse what a later DELETE takes
BEGIN;
UPDATE log SET region = 'c' WHERE id = 1;
DELETE FROM log WHERE id = 1; -- fail
ROLLBACK;

-- nor may what it moves to make another row of it, or none
CREATE FUNCTION backdate() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.at := ''1990-01-01''; RETURN NEW; END';
CREATE TRIGGER backdate BEFORE INSERT ON log_c FOR EACH ROW EXECUTE FUNCTION backdate();
UPDATE log SET region = 'c' WHERE id = 1; -- fail
WITH u AS (UPDATE log SET region = 'c' WHERE id = 1) SELECT FROM log; -- fail
ALTER TABLE log_c DISABLE TRIGGER backdate;
BEGIN;
UPDATE log SET region = 'c' WHERE id = 1;
ALTER TABLE log_c ENABLE TRIGGER backdate;
UPDATE log SET region = 'b' WHERE id = 1; -- fail
ROLLBACK;
DROP TRIGGER backdate ON log_c;
CREATE TRIGGER backdate AFTER INSERT ON log_c FOR EACH ROW EXECUTE FUNCTION backdate();
BEGIN;
UPDATE log SET region = 'c' WHERE id = 1;
SELECT tableoid::regclass, at FROM log WHERE id = 1;
ROLLBACK;
DROP TRIGGER backdate ON log_c;
-- or take it away from its policy
CREATE TABLE above (id integer, at date, region text) PARTITION BY LIST (region);
CREATE TABLE part (region text, id integer, at date) PARTITION BY LIST (region);
CREATE TABLE part_a PARTITION OF part FOR VALUES IN ('a');
CREATE TABLE part_b (gone text, at date, region text, id integer);
ALTER TABLE part_b DROP COLUMN gone;
ALTER TABLE part ATTACH PARTITION part_b FOR VALUES IN ('b');
CREATE TABLE alone (region text, at date, id integer);
SELECT soc2.set_retention('part', 'std', 'at'), soc2.set_retention('alone', 'std', 'at');
ALTER TABLE above ATTACH PARTITION part FOR VALUES IN ('a', 'b');
ALTER TABLE above ATTACH PARTITION alone FOR VALUES IN ('alone');
CREATE TABLE above_x PARTITION OF above FOR VALUES IN ('x');
INSERT INTO above VALUES (1, '2095-01-01', 'a'), (2, '2095-01-01', 'alone'), (3, '1990-01-01', 'alone');
UPDATE above SET region = 'b' WHERE id = 1;
UPDATE above SET region = 'a' WHERE id = 1;
UPDATE above SET region = 'x' WHERE id = 1; -- fail
UPDATE above SET region = 'x' WHERE id = 2; -- fail
UPDATE above SET region = 'a' WHERE id = 2; -- fail
UPDATE above SET region = 'x' WHERE id = 3;
SELECT tableoid::regclass, * FROM above ORDER BY id;

-- a partition that leaves keeps the policy
ALTER TABLE log DETACH PARTITION log_c;
INSERT INTO log_c VALUES (7, 'c', '2095-01-01', 'n'), (8, 'c', '2095-01-01', 'noise');
DELETE FROM log_c WHERE id = 7; -- fail
UPDATE log_c SET kept = 5 WHERE id = 7; -- fail
TRUNCATE log_c; -- fail
DELETE FROM log_c WHERE id <> 7;
ALTER TABLE log_b DETACH PARTITION log_b1;
ALTER TABLE log ATTACH PARTITION log_c FOR VALUES IN ('c'); -- fail
SELECT relation, class, ordinal, anchor, predicate, protect, guarded
FROM soc2.retention_status WHERE relation LIKE '%log%' ORDER BY 1;
DELETE FROM log_c WHERE id = 7; -- fail

--
-- Clean up
--
SET client_min_messages = warning;
RESET ROLE;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
DROP SCHEMA regress_policy CASCADE;
DELETE FROM soc2.retention_locks;
DELETE FROM soc2.retention_assignments;
DELETE FROM soc2.retention_classes;
DROP OWNED BY regress_soc2_owner, regress_soc2_trusted;
DROP ROLE regress_soc2_owner, regress_soc2_trusted;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
