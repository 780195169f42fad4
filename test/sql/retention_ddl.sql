-- Commands against retained and held rows.  Proves that whoever owns a table, and
-- a superuser, cannot drop, truncate, detach or overwrite it, disable or drop its
-- guards, or change the tables that say what is retained, while a row has to stay;
-- that cascades do not help; and that all of that is allowed where none has to.

\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_soc2_owner;
GRANT USAGE ON SCHEMA soc2 TO regress_soc2_owner;
GRANT CREATE ON DATABASE :DBNAME TO regress_soc2_owner;
SELECT soc2.create_retention_class('ddl', '10 years', 'Policy 1') AS class;
CREATE SCHEMA regress_attack;
SET search_path = regress_ddl, regress_attack;
-- the outcome of a command, which is undone
CREATE FUNCTION regress_attack.try(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION
    WHEN SQLSTATE 'ZZ001' THEN RETURN 'allowed';
    WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE TABLE regress_attack.attacks (number serial, command text);
INSERT INTO regress_attack.attacks (command) VALUES
    ('DROP TABLE t'), ('DROP TABLE t CASCADE'), ('DROP TABLE referred CASCADE'),
    ('DROP SCHEMA regress_ddl CASCADE'), ('DROP OWNED BY regress_soc2_owner CASCADE'),
    ('DROP TABLE p'), ('DROP TABLE p1'), ('DROP TABLE p2'),
    ('TRUNCATE t'), ('TRUNCATE referred CASCADE'), ('TRUNCATE p'), ('TRUNCATE p1'), ('TRUNCATE p2'),
    ('ALTER TABLE p DETACH PARTITION p1'), ('ALTER TABLE p DETACH PARTITION p2'),
    ('ALTER TABLE t DISABLE TRIGGER USER'),
    ('ALTER TABLE t DISABLE TRIGGER soc2_retention_delete'),
    ('ALTER TABLE t ENABLE REPLICA TRIGGER soc2_retention_delete'),
    ('ALTER TABLE t ENABLE ALWAYS TRIGGER soc2_retention_delete'),
    ('ALTER TABLE p DISABLE TRIGGER ALL'), ('ALTER TABLE p1 DISABLE TRIGGER soc2_retention_truncate'),
    ('DROP TRIGGER soc2_retention_delete ON t'), ('DROP TRIGGER soc2_retention_rule_1 ON t'),
    ('DROP TRIGGER soc2_retention_truncate ON p2'),
    ('ALTER TRIGGER soc2_retention_delete ON t RENAME TO x'),
    ('CREATE OR REPLACE TRIGGER soc2_retention_delete BEFORE DELETE ON t FOR EACH ROW WHEN (false) EXECUTE FUNCTION soc2.retention_guard()'),
    ('ALTER TABLE t DROP COLUMN at CASCADE'), ('ALTER TABLE t DROP COLUMN note CASCADE'),
    ('ALTER TABLE t ALTER COLUMN id TYPE bigint USING 0'),
    ('ALTER TABLE t ALTER COLUMN id TYPE bigint'),
    ('ALTER TABLE t SET UNLOGGED'), ('ALTER TABLE p1 SET UNLOGGED'),
    ('ALTER TABLE t RENAME TO other'), ('ALTER TABLE t ADD COLUMN more integer DEFAULT 1');
GRANT USAGE ON SCHEMA regress_attack TO regress_soc2_owner;
GRANT SELECT ON attacks TO regress_soc2_owner;
SET ROLE regress_soc2_owner;
CREATE SCHEMA regress_ddl;
CREATE TABLE t (id integer, at date, note text);
CREATE TABLE referred (id integer PRIMARY KEY);
ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES referred ON DELETE CASCADE;
CREATE TABLE p (id integer, at date) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
SELECT soc2.set_retention('t', 'ddl', 'at', protect => '{note}'), soc2.set_retention('p', 'ddl', 'at');
INSERT INTO referred VALUES (1);
INSERT INTO t VALUES (1, '2100-01-01', 'n');
INSERT INTO p VALUES (1, '2100-01-01'), (11, '1990-01-01');

SET client_min_messages = error;
SELECT number, command, try(command) FROM attacks ORDER BY number;
SET client_min_messages = warning;
RESET ROLE;
-- a superuser fares the same
SELECT number, command, try(command) FROM attacks ORDER BY number;
SELECT command, try(command) FROM (VALUES
    ('ALTER TABLE soc2.retention_assignments DISABLE TRIGGER ALL'),
    ('ALTER TABLE soc2.retention_classes DISABLE TRIGGER soc2_retention_class_guard'),
    ('ALTER TABLE soc2.retention_classes ALTER COLUMN basis TYPE text USING ''x'''),
    ('ALTER TABLE soc2.retention_classes RENAME COLUMN basis TO base'),
    ('ALTER TABLE soc2.retention_classes SET UNLOGGED'),
    ('DROP TRIGGER soc2_retention_class_guard ON soc2.retention_classes'),
    ('CREATE OR REPLACE FUNCTION soc2.retention_guard() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN OLD; END'''),
    ('ALTER FUNCTION soc2.retention_guard() SET search_path = public'),
    ('ALTER FUNCTION soc2.retention_guard() RENAME TO x'),
    ('ALTER SCHEMA soc2 RENAME TO x'),
    ('ALTER EXTENSION soc2 DROP FUNCTION soc2.retention_guard()')) AS a (command);
SET session_replication_role = replica;
SELECT try('DROP TABLE t'), try('TRUNCATE t'), try('ALTER TABLE t DISABLE TRIGGER ALL');
RESET session_replication_role;
-- a concurrent detach would hide the partition first
ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY; -- fail
SELECT count(*) FROM p;

-- where no row has to stay
SET ROLE regress_soc2_owner;
CREATE TABLE free (LIKE t);
SELECT soc2.set_retention('free', 'ddl', 'at');
SELECT try('DROP TABLE free'), try('ALTER TABLE free DISABLE TRIGGER ALL'), try('DROP TRIGGER soc2_retention_delete ON free');
INSERT INTO free VALUES (1, '1990-01-01', 'n');
SELECT try('TRUNCATE free'), try('DROP TABLE free'), try('ALTER TABLE free ALTER id TYPE bigint USING 0'),
       try('ALTER TABLE free DISABLE TRIGGER ALL'), try('DROP TRIGGER soc2_retention_delete ON free');
BEGIN;
SAVEPOINT one;
DROP TABLE free;
ROLLBACK TO one;
INSERT INTO free VALUES (2, '2100-01-01', 'n');
DROP TABLE free; -- fail
ROLLBACK;

-- a bypass lets a table go with all its partitions, and each is recorded
RESET ROLE;
GRANT soc2_bypass TO regress_soc2_owner;
SELECT soc2.create_retention_class('ddl law', '10 years', 'Law 1', mode => 'compliance') AS class;
SET ROLE regress_soc2_owner;
CREATE TABLE tree (id integer, at date) PARTITION BY RANGE (id);
CREATE TABLE tree_1 PARTITION OF tree FOR VALUES FROM (0) TO (10);
CREATE TABLE tree_2 PARTITION OF tree FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id);
CREATE TABLE tree_2_1 PARTITION OF tree_2 FOR VALUES IN (11);
CREATE TABLE tree_2_2 PARTITION OF tree_2 DEFAULT;
CREATE TABLE tree_3 PARTITION OF tree FOR VALUES FROM (20) TO (30);
SELECT soc2.set_retention('tree', 'ddl', 'at');
INSERT INTO tree VALUES (1, '2100-01-01'), (11, '2100-01-01'), (12, NULL), (21, '1990-01-01');
DROP TABLE tree; -- fail
DROP TABLE tree_2; -- fail
CREATE FUNCTION regress_ddl.bypassed(command text) RETURNS TABLE (subject text, act text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('soc2.bypass', 'moved to the archive', true);
    EXECUTE command;
    RETURN QUERY SELECT e.subject, e.payload ->> 'act' FROM soc2.evidence AS e
    WHERE e.kind = 'retention_bypass' AND e.subject ~ 'tree' ORDER BY 1;
END $$;
RESET ROLE;
GRANT SELECT ON soc2.evidence TO regress_soc2_owner;
SET ROLE regress_soc2_owner;
BEGIN;
SELECT * FROM bypassed('DROP TABLE tree');
SELECT to_regclass('tree'), to_regclass('tree_2_2');
ROLLBACK;
BEGIN;
SELECT * FROM bypassed('DROP TABLE tree_2');
SELECT count(*) FROM tree;
ROLLBACK;
BEGIN;
SELECT * FROM bypassed('ALTER TABLE tree DETACH PARTITION tree_2');
ROLLBACK;
BEGIN;
SELECT * FROM bypassed('DROP TRIGGER soc2_retention_delete ON tree'); -- fail
ROLLBACK;
BEGIN;
SELECT * FROM bypassed('DROP SCHEMA regress_ddl CASCADE');
ROLLBACK;
-- not so where a class or a hold binds
CREATE TABLE bound (id integer, at date) PARTITION BY RANGE (id);
CREATE TABLE bound_1 PARTITION OF bound DEFAULT;
SELECT soc2.set_retention('bound', 'ddl law', 'at');
INSERT INTO bound VALUES (1, '2100-01-01');
BEGIN;
SELECT * FROM bypassed('DROP TABLE bound'); -- fail
ROLLBACK;
RESET ROLE;
REVOKE SELECT ON soc2.evidence FROM regress_soc2_owner;

-- rows on legal hold
RESET ROLE;
CREATE TABLE held (id integer);
CREATE TABLE held_parts (id integer) PARTITION BY LIST (id);
CREATE TABLE held_1 PARTITION OF held_parts FOR VALUES IN (1);
INSERT INTO held VALUES (1);
INSERT INTO held_parts VALUES (1);
SELECT soc2.open_matter('A matter', 'ddl') AS matter \gset
SELECT soc2.place_hold('ddl', 'held') > 0 AS placed, soc2.place_hold('ddl', 'held_parts') > 0 AS placed;
SELECT command, try(command) FROM (VALUES
    ('DROP TABLE held'), ('DROP TABLE held_1'), ('DROP TABLE held_parts'), ('TRUNCATE held'), ('TRUNCATE held_parts'),
    ('ALTER TABLE held DISABLE TRIGGER ALL'), ('DROP TRIGGER soc2_hold_delete ON held'),
    ('ALTER TABLE held SET UNLOGGED'), ('ALTER TABLE held_parts DETACH PARTITION held_1'),
    ('ALTER TABLE soc2.holds DISABLE TRIGGER ALL')) AS a (command);
SELECT count(soc2.release_hold(hold_id, 'end of the test', '0')) AS released
FROM soc2.holds_active WHERE matter_ref = 'ddl';

-- the guard stands aside where a superuser takes its event triggers down
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
DROP SCHEMA regress_ddl, regress_attack CASCADE;
DELETE FROM soc2.retention_assignments;
DELETE FROM soc2.retention_classes;
DROP OWNED BY regress_soc2_owner;
DROP ROLE regress_soc2_owner;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
