-- Retention.  Proves that a class and a policy are checked when they are
-- defined; that rows cannot be deleted, truncated or back-dated before their
-- time, by whichever statement and under whichever settings; that they can
-- afterwards; that a policy follows renames and fails closed when its anchor
-- is gone; and that classes and policies cannot be changed.  Tables belong to a
-- plain role, which does not have soc2 in its search_path.

\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_soc2_owner;
CREATE ROLE regress_soc2_other;
GRANT USAGE ON SCHEMA soc2 TO regress_soc2_owner, regress_soc2_other;
GRANT SELECT ON soc2.retention_status, soc2.retention_classes,
    soc2.retention_assignments TO regress_soc2_owner;
GRANT EXECUTE ON FUNCTION
    soc2.create_retention_class(text, interval, text, soc2.criterion_set, interval, text, text, boolean),
    soc2.set_retention(regclass, text, name, text, integer, name[]),
    soc2.retention_guarded(regclass),
    soc2.retention_guard(),
    soc2.retained_until(timestamptz, interval)
    TO regress_soc2_owner, regress_soc2_other;
CREATE SCHEMA regress_retention AUTHORIZATION regress_soc2_owner;
CREATE SCHEMA "Odd.Schema""" AUTHORIZATION regress_soc2_owner;
GRANT USAGE ON SCHEMA regress_retention TO regress_soc2_other;
SET search_path = regress_retention;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
RESET client_min_messages;

--
-- Arithmetic: the same as the server's for timestamps without time zone
--
WITH periods (period) AS (
    VALUES ('0'::interval), ('1 day'), ('1 month'), ('2 months 30 days'),
           ('1 year'), ('4 years'), ('10 years'), ('7 years 11 months 31 days'),
           ('36525 days'), ('400 years 1 month'), ('25:00:00.000001'),
           ('13 months 1 day 23:59:59.999999')
), anchors (anchor) AS (
    SELECT timestamp '1999-12-31' + n * interval '1 day'
    FROM generate_series(0, 38000) AS n
    UNION ALL
    SELECT timestamp '2000-01-01' + n * interval '1733 days 05:17:31.123457'
    FROM generate_series(-1400, 60000) AS n
)
SELECT count(*) AS compared,
       count(*) FILTER (WHERE soc2.retained_until(anchor AT TIME ZONE 'UTC', period)
           IS DISTINCT FROM (anchor + period) AT TIME ZONE 'UTC') AS different
FROM anchors, periods;
SELECT soc2.retained_until('infinity', '1 day') AS infinity,
       soc2.retained_until('-infinity', '1 day') AS no_date,
       soc2.retained_until('294276-12-31 23:59:59.999999+00', '1 us') AS beyond,
       soc2.retained_until('4714-11-24 00:00:00+00 BC', '0') AS first;
SELECT soc2.retained_until('2026-01-01', '-1 day'); -- fail
-- a time zone changes nothing
BEGIN;
SET LOCAL timezone = 'America/St_Johns';
SELECT soc2.retained_until('2026-01-31 23:30:00+00', '1 month')
    = '2026-02-28 23:30:00+00' AS same;
SET LOCAL timezone = 'Pacific/Kiritimati';
SELECT soc2.retained_until('2026-01-31 23:30:00+00', '1 month')
    = '2026-02-28 23:30:00+00' AS same;
ROLLBACK;

--
-- Classes
--
SET ROLE regress_soc2_owner;
SELECT soc2.create_retention_class('ten years', '10 years', 'Tax Code, section 147');
SELECT soc2.create_retention_class('day', '1 day', 'Policy 4',
    criteria => '{tsc:C1.2}', max_retain => '24:00:00', method => 'delete');
SELECT soc2.create_retention_class('ages', '178000000 years', 'Policy 5');
SELECT class, min_retain, max_retain, basis, criteria, method,
       created_at <= now() AS created, created_by
FROM soc2.retention_classes ORDER BY class;
SELECT soc2.create_retention_class('day', '1 day', 'Policy 4'); -- fail
SELECT soc2.create_retention_class('bad', '0', 'Policy 4'); -- fail
SELECT soc2.create_retention_class('bad', '-1 day', 'Policy 4'); -- fail
SELECT soc2.create_retention_class('bad', '1 year -1 day', 'Policy 4'); -- fail
SELECT soc2.create_retention_class('bad', '1 day', 'x', max_retain => '-1 day'); -- fail
SELECT soc2.create_retention_class('bad', '1 day', 'x', max_retain => '23:59:59'); -- fail
SELECT soc2.create_retention_class('bad', '1 day', 'x', method => 'shred'); -- fail
SELECT soc2.create_retention_class('  ', '1 day', 'Policy 4'); -- fail
SELECT soc2.create_retention_class('bad', '1 day', ''); -- fail
SELECT soc2.create_retention_class(NULL, '1 day', 'Policy 4'); -- fail
SELECT soc2.create_retention_class('bad', NULL, 'Policy 4'); -- fail
SELECT soc2.create_retention_class('bad', '1 day', NULL); -- fail
SELECT soc2.create_retention_class('bad', '1 day', 'x', NULL); -- fail
SELECT soc2.create_retention_class('bad', '1 day', 'x', method => NULL); -- fail
BEGIN READ ONLY;
SELECT soc2.create_retention_class('bad', '1 day', 'Policy 4'); -- fail
ROLLBACK;

--
-- Which tables can have a policy
--
CREATE TABLE t (id integer PRIMARY KEY, at timestamptz, amount integer, note text);
CREATE VIEW v AS SELECT id, at FROM t;
CREATE MATERIALIZED VIEW mv AS SELECT * FROM t;
CREATE SEQUENCE s;
CREATE TABLE parts (at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE part PARTITION OF parts DEFAULT;
CREATE UNLOGGED TABLE unlogged (at timestamptz);
CREATE TABLE parent (at timestamptz);
CREATE TABLE child () INHERITS (parent);
CREATE TEMPORARY TABLE temporary (at timestamptz);
SELECT soc2.set_retention('v', 'ten years', 'at'); -- fail
SELECT soc2.set_retention('mv', 'ten years', 'at'); -- fail
SELECT soc2.set_retention('s', 'ten years', 'at'); -- fail
SELECT soc2.set_retention('t_pkey', 'ten years', 'at'); -- fail
SELECT soc2.set_retention('part', 'ten years', 'at'); -- fail
SELECT soc2.set_retention('unlogged', 'ten years', 'at'); -- fail
SELECT soc2.set_retention('parent', 'ten years', 'at'); -- fail
SELECT soc2.set_retention('temporary', 'ten years', 'at'); -- fail
SELECT soc2.set_retention('pg_catalog.pg_class', 'ten years', 'relname'); -- fail
RESET ROLE;
SELECT soc2.set_retention('pg_catalog.pg_stat_all_tables', 'ten years', 'last_vacuum'); -- fail
SELECT soc2.set_retention('pg_catalog.pg_class', 'ten years', 'relname'); -- fail
SELECT soc2.set_retention('soc2.retention_classes', 'ten years', 'created_at'); -- fail
SET client_min_messages = warning;
CREATE FOREIGN DATA WRAPPER regress_soc2_fdw;
CREATE SERVER regress_soc2_server FOREIGN DATA WRAPPER regress_soc2_fdw;
CREATE FOREIGN TABLE abroad (at timestamptz) SERVER regress_soc2_server;
SELECT soc2.set_retention('abroad', 'ten years', 'at'); -- fail
DROP FOREIGN DATA WRAPPER regress_soc2_fdw CASCADE;
RESET client_min_messages;
SET ROLE regress_soc2_other;
SELECT soc2.set_retention('t', 'ten years', 'at'); -- fail
SET ROLE regress_soc2_owner;
SELECT soc2.set_retention('t', 'no such class', 'at'); -- fail
SELECT soc2.set_retention('t', 'ten years', 'nothing'); -- fail
SELECT soc2.set_retention('t', 'ten years', 'id'); -- fail
SELECT soc2.set_retention('t', 'ten years', 'ctid'); -- fail
SELECT soc2.set_retention('t', 'ten years', 'at', ordinal => 0); -- fail
SELECT soc2.set_retention(0, 'ten years', 'at'); -- fail
SELECT soc2.set_retention(NULL, 'ten years', 'at'); -- fail
SELECT soc2.set_retention('t', NULL, 'at'); -- fail
SELECT soc2.set_retention('t', 'ten years', NULL); -- fail
SELECT soc2.set_retention('t', 'ten years', 'at', ordinal => NULL); -- fail
BEGIN READ ONLY;
SELECT soc2.set_retention('t', 'ten years', 'at'); -- fail
ROLLBACK;
DROP TABLE parts, parent, child, unlogged, temporary;
DROP MATERIALIZED VIEW mv;
DROP SEQUENCE s;

--
-- Adopting a policy deletes nothing and takes effect at once
--
INSERT INTO t (id, at) VALUES
    (1, '2100-06-30 12:00:00+00'), (2, '1990-01-01'), (3, NULL),
    (4, 'infinity'), (5, '-infinity'), (6, '294276-12-31');
SELECT soc2.set_retention('t', 'ten years', 'at');
SELECT soc2.set_retention('t', 'ten years', 'at'); -- fail
SELECT relation, class, anchor, min_retain, max_retain, basis, criteria, method,
       present, guarded, ordinal, assigned_at <= now() AS assigned, assigned_by
FROM soc2.retention_status \gx
SELECT tgname, tgenabled, pg_catalog.obj_description(oid, 'pg_trigger')
FROM pg_catalog.pg_trigger
WHERE tgrelid = 't'::regclass AND tgname LIKE 'soc2%' ORDER BY 1;
SELECT count(*) FROM t;

--
-- DELETE
--
DELETE FROM t WHERE id = 1; -- fail
DELETE FROM t WHERE id = 3; -- fail
DELETE FROM t WHERE id = 4; -- fail
DELETE FROM t WHERE id = 5; -- fail
DELETE FROM t WHERE id = 6; -- fail
DELETE FROM t WHERE id = 2;
SELECT id FROM t ORDER BY id;
-- settings do not matter, and the message is in UTC
BEGIN;
SET LOCAL timezone = 'Asia/Kolkata';
SET LOCAL datestyle = 'SQL, DMY';
DELETE FROM t WHERE id = 1; -- fail
ROLLBACK;

--
-- UPDATE: may lengthen, may not shorten
--
\set VERBOSITY terse
UPDATE t SET note = 'read', amount = 1;
UPDATE t SET at = at;
UPDATE t SET at = at + interval '1 us' WHERE id = 1;
UPDATE t SET at = at - interval '1 us' WHERE id = 1; -- fail
\set VERBOSITY default
UPDATE t SET at = '1990-01-01' WHERE id = 1; -- fail
UPDATE t SET at = NULL WHERE id = 1; -- fail
\set VERBOSITY terse
UPDATE t SET at = '-infinity' WHERE id = 1; -- fail
UPDATE t SET at = '2100-01-01' WHERE id = 4; -- fail
UPDATE t SET at = NULL WHERE id = 4; -- fail
UPDATE t SET at = '2100-01-01' WHERE id = 6; -- fail
BEGIN;
UPDATE t SET at = 'infinity' WHERE id = 1;
UPDATE t SET at = '2100-06-30 12:00:00.000001+00' WHERE id = 1; -- fail
ROLLBACK;
-- the event happens, also where there was no valid date
BEGIN;
UPDATE t SET at = NULL WHERE id = 5;
UPDATE t SET at = '-infinity' WHERE id = 3;
UPDATE t SET at = '1990-01-01' WHERE id IN (3, 5);
DELETE FROM t WHERE id IN (3, 5);
SELECT id FROM t ORDER BY id;
ROLLBACK;
-- once expired, anything goes
BEGIN;
INSERT INTO t (id, at) VALUES (7, '1990-01-01'), (8, '1990-01-01'), (9, '1990-01-01');
UPDATE t SET at = '1980-01-01' WHERE id = 7;
UPDATE t SET at = NULL WHERE id = 8;
UPDATE t SET at = 'infinity' WHERE id = 9;
DELETE FROM t WHERE id = 7;
DELETE FROM t WHERE id = 9; -- fail
ROLLBACK;
-- the row that is stored counts, whatever other triggers make of it
CREATE FUNCTION backdate() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.at := '1990-01-01'; RETURN NEW; END $$;
CREATE TRIGGER zzz BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION backdate();
UPDATE t SET note = 'x' WHERE id = 1; -- fail
DROP TRIGGER zzz ON t;
CREATE FUNCTION keep_date() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.at := OLD.at; RETURN NEW; END $$;
CREATE TRIGGER zzz BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION keep_date();
UPDATE t SET at = '1990-01-01' WHERE id = 1;
DROP TRIGGER zzz ON t;
-- a row that was back-dated is not deleted before the update is judged
CREATE FUNCTION sweep() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN DELETE FROM t WHERE id = 1; RETURN NULL; END $$;
CREATE TRIGGER aaa AFTER UPDATE ON t FOR EACH ROW WHEN (NEW.id = 1)
    EXECUTE FUNCTION sweep();
UPDATE t SET at = '1990-01-01' WHERE id = 1; -- fail
DROP TRIGGER aaa ON t;
DROP FUNCTION backdate(), keep_date(), sweep();

--
-- Other ways to delete and to change
--
INSERT INTO t (id, at) VALUES (1, '1990-01-01')
    ON CONFLICT (id) DO UPDATE SET at = excluded.at; -- fail
INSERT INTO t (id, at) VALUES (1, '1990-01-01')
    ON CONFLICT (id) DO UPDATE SET note = 'seen';
INSERT INTO t (id, at) VALUES (1, '1990-01-01') ON CONFLICT DO NOTHING;
MERGE INTO t USING (VALUES (1)) AS d (id) ON t.id = d.id
    WHEN MATCHED THEN DELETE; -- fail
MERGE INTO t USING (VALUES (1)) AS d (id) ON t.id = d.id
    WHEN MATCHED THEN UPDATE SET at = NULL; -- fail
WITH gone AS (DELETE FROM t WHERE id = 1 RETURNING *) SELECT * FROM gone; -- fail
WITH moved AS (UPDATE t SET at = '1990-01-01' WHERE id = 1 RETURNING *)
    DELETE FROM t USING moved WHERE t.id = moved.id; -- fail
DELETE FROM v WHERE id = 1; -- fail
UPDATE v SET at = NULL WHERE id = 1; -- fail
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM t WHERE id = 1 FOR UPDATE;
MOVE c;
DELETE FROM t WHERE CURRENT OF c; -- fail
ROLLBACK;
COPY t (id, at) FROM stdin (DELIMITER ',');
20,1990-01-01
21,2100-01-01
\.
DELETE FROM t WHERE id IN (20, 21); -- fail
-- a savepoint does not help, and the rest of the transaction goes on
BEGIN;
UPDATE t SET note = 'kept' WHERE id = 21;
SAVEPOINT one;
DELETE FROM t WHERE id = 21; -- fail
ROLLBACK TO one;
DELETE FROM t WHERE id = 20;
COMMIT;
SELECT id, note FROM t WHERE id IN (20, 21);
-- nor does being a replica, or a superuser
RESET ROLE;
SET session_replication_role = replica;
DELETE FROM t WHERE id = 1; -- fail
UPDATE t SET at = NULL WHERE id = 1; -- fail
TRUNCATE t; -- fail
RESET session_replication_role;
SET ROLE regress_soc2_owner;
-- a cascade reaches the rows of a child, and then nothing goes
CREATE TABLE customer (id integer PRIMARY KEY);
CREATE TABLE invoice (at timestamp,
    customer integer REFERENCES customer ON DELETE CASCADE ON UPDATE CASCADE);
SELECT soc2.set_retention('invoice', 'ten years', 'at');
INSERT INTO customer VALUES (1), (2);
INSERT INTO invoice VALUES ('2100-01-01', 1), ('1990-01-01', 2);
DELETE FROM customer WHERE id = 1; -- fail
UPDATE customer SET id = 3 WHERE id = 1;
DELETE FROM customer WHERE id = 2;
TRUNCATE customer CASCADE; -- fail
SELECT * FROM customer, invoice;

--
-- TRUNCATE
--
\set VERBOSITY default
TRUNCATE t; -- fail
TRUNCATE invoice, t; -- fail
\set VERBOSITY terse
CREATE TABLE e (at timestamptz);
SELECT soc2.set_retention('e', 'ten years', 'at');
TRUNCATE e;
INSERT INTO e SELECT '1990-01-01' FROM generate_series(1, 1000);
BEGIN;
INSERT INTO e VALUES (NULL);
TRUNCATE e; -- fail
ROLLBACK;
TRUNCATE e RESTART IDENTITY CASCADE;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM e;
INSERT INTO e VALUES ('2100-01-01');
TRUNCATE e; -- fail
ROLLBACK;

--
-- The edge of a period, by the start of the transaction and in UTC
--
CREATE TABLE edge (id integer, at timestamptz);
SELECT soc2.set_retention('edge', 'day', 'at');
BEGIN;
INSERT INTO edge (id, at) VALUES (1, now() - interval '24:00:00'),
    (2, now() - interval '23:59:59.999999');
DELETE FROM edge WHERE id = 1;
SELECT FROM pg_sleep(0.001);
\set VERBOSITY sqlstate
DELETE FROM edge WHERE id = 2; -- fail
\set VERBOSITY terse
ROLLBACK;
-- a date is its midnight and a timestamp is taken as UTC, in every time zone
CREATE TABLE edge_day (id integer, at date);
CREATE TABLE edge_local (id integer, at timestamp);
SELECT soc2.set_retention('edge_day', 'day', 'at'),
       soc2.set_retention('edge_local', 'day', 'at');
CREATE FUNCTION deleted(zone text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    utc timestamp := now() AT TIME ZONE 'UTC';
    result text := '';
BEGIN
    PERFORM set_config('timezone', zone, true);
    INSERT INTO edge_day VALUES (1, utc::date - 1), (2, utc::date);
    INSERT INTO edge_local VALUES (3, utc - interval '24:00:00'),
        (4, utc - interval '23:59:59.999999');
    FOR number IN 1..4 LOOP
        BEGIN
            EXECUTE format('DELETE FROM %I WHERE id = %s',
                CASE WHEN number < 3 THEN 'edge_day' ELSE 'edge_local' END, number);
            result := result || number || ' deleted ';
        EXCEPTION WHEN SQLSTATE 'S2R01' THEN
            result := result || number || ' kept ';
        END;
    END LOOP;
    RETURN result;
END $$;
BEGIN;
SELECT deleted('UTC');
ROLLBACK;
BEGIN;
SELECT deleted('Pacific/Kiritimati');
ROLLBACK;
BEGIN;
SELECT deleted('Etc/GMT+12');
ROLLBACK;
-- dates reach farther than times
INSERT INTO edge_day VALUES (5, '5874897-12-31'), (6, 'infinity'), (7, '-infinity'),
    (8, '4713-01-01 BC');
DELETE FROM edge_day WHERE id = 5; -- fail
DELETE FROM edge_day WHERE id = 6; -- fail
DELETE FROM edge_day WHERE id = 7; -- fail
DELETE FROM edge_day WHERE id = 8;
-- a period that reaches beyond the range of times
CREATE TABLE old (at timestamptz);
SELECT soc2.set_retention('old', 'ages', 'at');
INSERT INTO old VALUES ('1990-01-01');
DELETE FROM old; -- fail

--
-- Domains and generated columns can be anchors
--
CREATE DOMAIN moment AS timestamptz CHECK (VALUE > '1970-01-01');
CREATE TABLE derived (at moment, life interval,
    ends timestamp GENERATED ALWAYS AS ((at AT TIME ZONE 'UTC') + life) STORED);
SELECT soc2.set_retention('derived', 'ten years', 'ends');
INSERT INTO derived VALUES ('1990-01-01', '1 year'), ('1990-01-01', '200 years');
DELETE FROM derived WHERE life = '1 year';
DELETE FROM derived; -- fail
UPDATE derived SET life = '1 year'; -- fail
UPDATE derived SET life = '201 years';
SELECT * FROM derived;
CREATE TABLE domained (at moment);
SELECT soc2.set_retention('domained', 'ten years', 'at');
INSERT INTO domained VALUES ('2100-01-01');
DELETE FROM domained; -- fail

--
-- Names
--
\set VERBOSITY default
\set table '"Odd.Schema"""."Tä.ble ""quoted"" name of sixty-three bytes, which is the most!!"'
\set column 'Column name of 63 bytes with % and \\ and \'\' and ; in its midst.'
SELECT octet_length('Tä.ble "quoted" name of sixty-three bytes, which is the most!!') AS "table",
       octet_length(:'column') AS "column";
CREATE TABLE :table (dropped integer, :"column" timestamptz);
ALTER TABLE :table DROP COLUMN dropped;
SELECT soc2.set_retention(:'table', 'ten years', :'column');
INSERT INTO :table VALUES ('2100-01-01'), (NULL);
DELETE FROM :table WHERE :"column" IS NOT NULL; -- fail
DELETE FROM :table WHERE :"column" IS NULL; -- fail
SELECT relation, anchor, guarded FROM soc2.retention_status WHERE relation LIKE '%Odd%';
-- objects of the same name in the way of a search_path
BEGIN;
CREATE TABLE retention_assignments (LIKE soc2.retention_assignments);
CREATE TABLE retention_classes (LIKE soc2.retention_classes);
CREATE FUNCTION now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz 'infinity' $$;
SET LOCAL search_path = regress_retention, pg_catalog;
DELETE FROM t WHERE id = 1; -- fail
ROLLBACK;

--
-- Changes of the table: renames are followed, losing the anchor fails closed
--
DROP VIEW v;
-- the guard of commands, which refuses such changes, stands aside
RESET ROLE;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
SET ROLE regress_soc2_owner;
\set VERBOSITY terse
ALTER TABLE t RENAME COLUMN at TO "Closed";
ALTER TABLE t RENAME TO ledger;
ALTER TABLE ledger ADD COLUMN at timestamptz DEFAULT '1990-01-01';
ALTER TABLE ledger DROP COLUMN amount;
DELETE FROM ledger WHERE id = 1; -- fail
SELECT relation, anchor, present, guarded FROM soc2.retention_status
WHERE relation LIKE '%ledger';
SELECT anchor FROM soc2.retention_assignments WHERE relation = 'ledger'::regclass;
\set VERBOSITY default
ALTER TABLE ledger ALTER COLUMN "Closed" TYPE text; -- fail
ALTER TABLE ledger DROP COLUMN "Closed"; -- fail
BEGIN;
ALTER TABLE ledger DROP COLUMN "Closed" CASCADE;
SELECT relation, anchor, present, guarded FROM soc2.retention_status
WHERE relation LIKE '%ledger';
SAVEPOINT one;
DELETE FROM ledger WHERE id = 1; -- fail
ROLLBACK TO one;
\set VERBOSITY terse
UPDATE ledger SET note = 'x'; -- fail
ROLLBACK TO one;
TRUNCATE ledger; -- fail
ROLLBACK TO one;
INSERT INTO ledger (id) VALUES (100);
ROLLBACK;
\set VERBOSITY default
BEGIN;
DROP TRIGGER soc2_retention_rule_1 ON ledger;
ALTER TABLE ledger ALTER COLUMN "Closed" TYPE text;
CREATE TRIGGER soc2_retention_rule_1 BEFORE UPDATE OF "Closed" ON ledger
    FOR EACH ROW EXECUTE FUNCTION soc2.retention_guard();
DELETE FROM ledger; -- fail
ROLLBACK;
\set VERBOSITY terse
DELETE FROM ledger WHERE id = 1; -- fail
-- a trigger that is missing, disabled or weakened shows
BEGIN;
ALTER TABLE ledger DISABLE TRIGGER soc2_retention_delete;
SELECT soc2.retention_guarded('ledger');
ALTER TABLE ledger ENABLE TRIGGER soc2_retention_delete;
SELECT soc2.retention_guarded('ledger');
ALTER TABLE ledger ENABLE ALWAYS TRIGGER soc2_retention_delete;
SELECT soc2.retention_guarded('ledger');
CREATE OR REPLACE TRIGGER soc2_retention_delete BEFORE DELETE ON ledger
    FOR EACH ROW WHEN (OLD.id > 1) EXECUTE FUNCTION soc2.retention_guard();
ALTER TABLE ledger ENABLE ALWAYS TRIGGER soc2_retention_delete;
SELECT soc2.retention_guarded('ledger');
ROLLBACK;
BEGIN;
DROP TRIGGER soc2_retention_truncate ON ledger;
SELECT soc2.retention_guarded('ledger');
ROLLBACK;
SELECT soc2.retention_guarded('ledger'), soc2.retention_guarded('customer'),
       soc2.retention_guarded(0);

--
-- The guard where it does not belong
--
\set VERBOSITY default
CREATE TABLE stray (at timestamptz);
INSERT INTO stray VALUES (now());
CREATE TRIGGER stray BEFORE DELETE ON stray FOR EACH ROW
    EXECUTE FUNCTION soc2.retention_guard();
DELETE FROM stray; -- fail
DROP TRIGGER stray ON stray;
\set VERBOSITY terse
CREATE TRIGGER stray BEFORE INSERT ON stray FOR EACH ROW
    EXECUTE FUNCTION soc2.retention_guard();
INSERT INTO stray VALUES (now()); -- fail
DROP TRIGGER stray ON stray;
CREATE TRIGGER stray AFTER DELETE ON stray FOR EACH STATEMENT
    EXECUTE FUNCTION soc2.retention_guard();
DELETE FROM stray; -- fail
DROP TRIGGER stray ON stray;
CREATE TRIGGER stray BEFORE DELETE ON stray FOR EACH ROW
    EXECUTE FUNCTION soc2.retention_guard('argument');
DELETE FROM stray; -- fail
DROP TABLE stray;
SELECT soc2.retention_guard(); -- fail
RESET ROLE;
CREATE TABLE stray (at timestamptz);
CREATE TRIGGER stray AFTER INSERT ON stray FOR EACH ROW
    EXECUTE FUNCTION soc2.retention_class_guard();
INSERT INTO stray VALUES (now()); -- fail
CREATE OR REPLACE TRIGGER stray AFTER INSERT ON stray FOR EACH ROW
    EXECUTE FUNCTION soc2.retention_assignment_guard();
INSERT INTO stray VALUES (now()); -- fail
DROP TABLE stray;

--
-- Classes and policies cannot be changed, not even by a superuser's DML
--
\set VERBOSITY default
UPDATE soc2.retention_classes SET basis = 'x' WHERE class = 'day'; -- fail
DELETE FROM soc2.retention_classes WHERE class = 'ten years'; -- fail
UPDATE soc2.retention_assignments SET class = 'day'; -- fail
DELETE FROM soc2.retention_assignments WHERE relation = 'ledger'::regclass; -- fail
\set VERBOSITY terse
TRUNCATE soc2.retention_assignments; -- fail
TRUNCATE soc2.retention_classes CASCADE; -- fail
SET session_replication_role = replica;
DELETE FROM soc2.retention_classes WHERE class = 'ten years'; -- fail
DELETE FROM soc2.retention_assignments WHERE relation = 'ledger'::regclass; -- fail
RESET session_replication_role;
-- a class that no table has may go
SELECT soc2.create_retention_class('unused', '1 year', 'Policy 6');
DELETE FROM soc2.retention_classes WHERE class = 'unused';
-- constraints hold for rows that a restore brings
INSERT INTO soc2.retention_classes VALUES ('bad', '0', NULL, 'x', '{}'); -- fail
INSERT INTO soc2.retention_classes VALUES ('bad', '2 days', '1 day', 'x', '{}'); -- fail
INSERT INTO soc2.retention_assignments VALUES ('ledger', 'day', 'at', 0); -- fail
-- an assignment that is missing nevertheless fails closed
\set VERBOSITY default
BEGIN;
ALTER TABLE soc2.retention_assignments DISABLE TRIGGER ALL;
DELETE FROM soc2.retention_assignments WHERE relation = 'ledger'::regclass;
DELETE FROM ledger WHERE id = 1; -- fail
ROLLBACK;
BEGIN;
ALTER TABLE soc2.retention_classes DISABLE TRIGGER ALL;
DELETE FROM soc2.retention_classes WHERE class = 'ten years';
DELETE FROM ledger WHERE id = 1; -- fail
ROLLBACK;
\set VERBOSITY terse
DELETE FROM ledger WHERE id = 1; -- fail

--
-- A policy ends with its table; its row remains until it is deleted
--
SET ROLE regress_soc2_owner;
DROP TABLE edge;
SELECT relation ~ '^[0-9]+$' AS number, class, anchor, present, guarded
FROM soc2.retention_status WHERE NOT present;
RESET ROLE;
DELETE FROM soc2.retention_assignments AS a
WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = a.relation);
SELECT count(*) FROM soc2.retention_status WHERE NOT present;
-- what is rolled back leaves nothing
BEGIN;
SELECT soc2.create_retention_class('short', '1 year', 'Policy 7');
CREATE TABLE short (at timestamptz);
SELECT soc2.set_retention('short', 'short', 'at');
INSERT INTO short VALUES (NULL);
SAVEPOINT one;
DELETE FROM short; -- fail
ROLLBACK;
SELECT count(*) FROM soc2.retention_status WHERE class = 'short';

--
-- Clean up
--
SET client_min_messages = warning;
DROP SCHEMA regress_retention, "Odd.Schema""" CASCADE;
DELETE FROM soc2.retention_assignments;
DELETE FROM soc2.retention_classes;
SELECT * FROM soc2.retention_status;
DROP OWNED BY regress_soc2_owner, regress_soc2_other;
DROP ROLE regress_soc2_owner, regress_soc2_other;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
