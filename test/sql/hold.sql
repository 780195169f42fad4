-- Legal holds.  Proves that a hold keeps rows as they are, by whichever
-- statement, role and setting they would be touched; that several holds keep a
-- row until the last one is over, the grace included; that a hold comes before
-- retention; that partitions are held, those that come and those that go; that
-- predicates mean the same in every session; that matters and holds cannot be
-- changed; and that only soc2_custodian places and releases.

\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_soc2_owner;
CREATE ROLE regress_soc2_keeper IN ROLE soc2_custodian;
CREATE SCHEMA regress_hold AUTHORIZATION regress_soc2_owner;
CREATE SCHEMA "Odd.Schema""" AUTHORIZATION regress_soc2_owner;
GRANT USAGE ON SCHEMA regress_hold, "Odd.Schema""" TO regress_soc2_keeper;
GRANT USAGE ON SCHEMA soc2 TO regress_soc2_owner;
SET search_path = regress_hold;
SET timezone = 'UTC';
RESET client_min_messages;

--
-- Who may, and what is asked for
--
SET ROLE regress_soc2_owner;
CREATE TABLE t (id integer PRIMARY KEY, region text, amount numeric, body text);
INSERT INTO t VALUES (1, 'EU', 10, 'a'), (2, 'US', 20, 'b'), (3, NULL, 30, repeat('long ', 4000));
SELECT soc2.open_matter('Mine', 'M'); -- fail
SELECT soc2.place_hold('M', 't'); -- fail
SELECT soc2.release_hold(1, 'mine'); -- fail
SELECT FROM soc2.holds; -- fail
SET ROLE regress_soc2_keeper;
SELECT soc2.place_hold('L-2031', 't'); -- fail
SELECT soc2.open_matter(' ', 'L-2031'); -- fail
SELECT soc2.open_matter('Smith v Acme', ''); -- fail
SELECT soc2.open_matter('Smith v Acme', 'L-2031');
SELECT soc2.open_matter('Again', 'L-2031'); -- fail
SELECT soc2.open_matter('Inquiry', 'Q''"%s');
SELECT soc2.place_hold('L-2031', NULL); -- fail
SELECT soc2.place_hold('L-2031', 0); -- fail
SELECT soc2.place_hold('L-2031', 'pg_catalog.pg_class'); -- fail
SELECT soc2.place_hold('L-2031', 'soc2.holds'); -- fail
SELECT soc2.place_hold('L-2031', 'pg_catalog.pg_tables'); -- fail

--
-- Predicates
--
\set VERBOSITY default
SELECT soc2.place_hold('L-2031', 't', 'nothing = 1'); -- fail
SELECT soc2.place_hold('L-2031', 't', 'region ='); -- fail
SELECT soc2.place_hold('L-2031', 't', 'true; DROP TABLE t'); -- fail
\set VERBOSITY terse
SELECT soc2.place_hold('L-2031', 't', ''); -- fail
SELECT soc2.place_hold('L-2031', 't', 'amount'); -- fail
SELECT soc2.place_hold('L-2031', 't', 'true, true'); -- fail
SELECT soc2.place_hold('L-2031', 't', 'true FROM t'); -- fail
SELECT soc2.place_hold('L-2031', 't', 'true WHERE true'); -- fail
SELECT soc2.place_hold('L-2031', 't', 'true ORDER BY 1'); -- fail
SELECT soc2.place_hold('L-2031', 't', 'DISTINCT true'); -- fail
SELECT soc2.place_hold('L-2031', 't', 'true AS x'); -- fail
SELECT soc2.place_hold('L-2031', 't', 'true UNION SELECT true'); -- fail
SELECT soc2.place_hold('L-2031', 't', 'EXISTS (SELECT)'); -- fail
SELECT soc2.place_hold('L-2031', 't', 'count(*) > 1'); -- fail
SELECT soc2.place_hold('L-2031', 't', 'generate_series(1, 2) = 1'); -- fail
SELECT soc2.place_hold('L-2031', 't', 'id = $1'); -- fail
SELECT soc2.place_hold('L-2031', 't', 'random() > 0.5'); -- fail
SELECT soc2.place_hold('L-2031', 't', 'now() > ''2020-01-01'''); -- fail
SELECT soc2.place_hold('L-2031', 't', 'CURRENT_USER = region'); -- fail
SELECT soc2.place_hold('L-2031', 't', 'ctid IS NOT NULL'); -- fail
SELECT soc2.place_hold('L-2031', 't', 't IS NOT NULL'); -- fail
SELECT soc2.place_hold('L-2031', 't', 'soc2.table_name(id::regclass) IS NULL'); -- fail
SELECT count(*) AS holds FROM soc2.holds;

--
-- A hold by predicate keeps rows as they are
--
SELECT soc2.place_hold('L-2031', 't', $$region = 'EU' AND amount > 5$$) AS one \gset
SELECT tgname, tgenabled, pg_catalog.obj_description(oid, 'pg_trigger')
FROM pg_catalog.pg_trigger
WHERE tgrelid = 't'::regclass AND tgname LIKE 'soc2%' ORDER BY 1;
SET ROLE regress_soc2_owner;
\set VERBOSITY default
SELECT soc2.hold_guarded('t');
DELETE FROM t WHERE id = 1; -- fail
UPDATE t SET amount = 1 WHERE id = 1; -- fail
TRUNCATE t; -- fail
\set VERBOSITY terse
DELETE FROM t; -- fail
UPDATE t SET region = 'US' WHERE id = 1; -- fail
UPDATE t SET body = NULL WHERE id = 1; -- fail
UPDATE t SET amount = amount, body = body;
INSERT INTO t VALUES (1, 'EU', 10, 'a') ON CONFLICT (id) DO UPDATE SET amount = excluded.amount;
INSERT INTO t VALUES (1, 'EU', 11, 'a') ON CONFLICT (id) DO UPDATE SET amount = excluded.amount; -- fail
MERGE INTO t USING (VALUES (1)) AS d (id) ON t.id = d.id WHEN MATCHED THEN DELETE; -- fail
MERGE INTO t USING (VALUES (1)) AS d (id) ON t.id = d.id WHEN MATCHED THEN UPDATE SET amount = 0; -- fail
WITH gone AS (DELETE FROM t WHERE id = 1 RETURNING *) SELECT * FROM gone; -- fail
BEGIN;
DELETE FROM t WHERE id = 2;
UPDATE t SET amount = 31 WHERE id = 3;
-- a row comes under the hold when the predicate becomes true for it
UPDATE t SET region = 'EU' WHERE id = 3;
DELETE FROM t WHERE id = 3; -- fail
ROLLBACK;
-- what other triggers make of the row counts
CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.amount := NEW.amount + 1; RETURN NEW; END $$;
CREATE TRIGGER zzz BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION spoil();
UPDATE t SET body = body WHERE id = 1; -- fail
DROP TRIGGER zzz ON t;
-- a superuser and a replica are refused too
RESET ROLE;
SET session_replication_role = replica;
DELETE FROM t WHERE id = 1; -- fail
UPDATE t SET amount = 0 WHERE id = 1; -- fail
TRUNCATE t; -- fail
RESET session_replication_role;
-- cascades
SET ROLE regress_soc2_owner;
CREATE TABLE parent (id integer PRIMARY KEY);
CREATE TABLE child (id integer, parent integer REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE);
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (1, 1), (2, 2);
SET ROLE regress_soc2_keeper;
SELECT soc2.place_hold('L-2031', 'child', 'id = 1') > :one AS placed;
SET ROLE regress_soc2_owner;
DELETE FROM parent WHERE id = 1; -- fail
UPDATE parent SET id = 3 WHERE id = 1; -- fail
TRUNCATE parent CASCADE; -- fail
DELETE FROM parent WHERE id = 2;
SELECT * FROM child;

--
-- A predicate means the same in every session
--
CREATE TABLE event (at timestamptz, day date, name text);
INSERT INTO event VALUES ('2026-01-01 00:30:00+00', '2026-02-01', 'a');
SET ROLE regress_soc2_keeper;
SELECT soc2.place_hold('L-2031', 'event', $$at::date = '2026-01-01'$$); -- fail
SET datestyle = 'SQL, DMY';
SET timezone = 'Pacific/Kiritimati';
SELECT soc2.place_hold('L-2031', 'event', $$at >= '2026-01-01' AND day = '02/01/2026'$$) > 0 AS placed;
SET ROLE regress_soc2_owner;
SET timezone = 'Pacific/Honolulu';
DELETE FROM event; -- fail
RESET datestyle;
SET timezone = 'UTC';
DELETE FROM event; -- fail
CREATE FUNCTION regress_hold.is_false(text, text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR regress_hold.= (LEFTARG = text, RIGHTARG = text, FUNCTION = regress_hold.is_false);
SET search_path = regress_hold, pg_catalog;
DELETE FROM t WHERE id = 1; -- fail
SET search_path = regress_hold;
DROP OPERATOR regress_hold.= (text, text);
DROP FUNCTION regress_hold.is_false(text, text);
-- one that fails holds, and shows nothing of the row
CREATE TABLE number (n text);
INSERT INTO number VALUES ('secret');
SET ROLE regress_soc2_keeper;
SELECT soc2.place_hold('L-2031', 'number', 'n::integer > 1') > 0 AS placed;
SET ROLE regress_soc2_owner;
DO $$
BEGIN
    DELETE FROM number;
EXCEPTION WHEN SQLSTATE 'S2H01' THEN
    RAISE NOTICE '%', regexp_replace(SQLERRM, 'hold \d+', 'hold N');
END $$;
-- the columns that it names are kept
\set VERBOSITY sqlstate
ALTER TABLE t RENAME COLUMN region TO area; -- fail
ALTER TABLE t DROP COLUMN amount; -- fail
ALTER TABLE t ALTER COLUMN region TYPE integer USING 1; -- fail
ALTER TABLE t ALTER COLUMN body TYPE integer USING 1; -- fail
ALTER TABLE t SET UNLOGGED; -- fail
ALTER TABLE t ADD COLUMN more integer DEFAULT random();
ALTER TABLE t RENAME COLUMN body TO "Body";
ALTER TABLE t RENAME TO "T.""";
DELETE FROM "T.""" WHERE id = 1; -- fail
ALTER TABLE "T.""" RENAME TO t;

--
-- Several holds, and their end
--
\set VERBOSITY terse
CREATE TABLE s (id integer);
INSERT INTO s VALUES (1);
SET ROLE regress_soc2_keeper;
SELECT soc2.place_hold('L-2031', 's') AS a, soc2.place_hold('Q''"%s', 's', 'id = 1') AS b \gset
SELECT soc2.release_hold(:a, ' '); -- fail
SELECT soc2.release_hold(:a, NULL); -- fail
SELECT soc2.release_hold(:a, 'settled', '-1 day'); -- fail
SELECT soc2.release_hold(:a, 'settled', NULL); -- fail
SELECT soc2.release_hold(-1, 'settled'); -- fail
SELECT soc2.release_hold(:a, 'settled', '0') = now() AS at_once;
SELECT soc2.release_hold(:a, 'settled') IS NULL; -- fail
SET ROLE regress_soc2_owner;
\set VERBOSITY sqlstate
DELETE FROM s; -- fail
SET ROLE regress_soc2_keeper;
SELECT soc2.release_hold(:b, 'closed') = now() + interval '30 days' AS in_a_month;
SET ROLE regress_soc2_owner;
DELETE FROM s; -- fail
RESET ROLE;
\set VERBOSITY terse
SELECT matter_ref, relation, predicate, state, guarded, reason, grace,
       placed_by, released_by
FROM soc2.hold_status WHERE hold_id IN (:a, :b) ORDER BY hold_id;
SELECT hold_id = :b AS b, state FROM soc2.holds_active WHERE relation = 'regress_hold.s';
SELECT matter_ref, name, holds, in_force, in_grace FROM soc2.matter_status ORDER BY 1;
-- the grace ends
SET ROLE regress_soc2_keeper;
SELECT soc2.place_hold('L-2031', 'child') AS c \gset
BEGIN;
SELECT soc2.release_hold(:c, 'settled', '10 ms') > now() AS later;
COMMIT;
SELECT FROM pg_sleep(0.02);
SELECT state FROM soc2.hold_status WHERE hold_id = :c;
SET ROLE regress_soc2_owner;
INSERT INTO child VALUES (9);
DELETE FROM child WHERE id = 9;

--
-- A hold comes before retention, and uses its triggers
--
RESET ROLE;
SELECT soc2.create_retention_class('hold day', '1 day', 'Policy 4');
SET ROLE regress_soc2_owner;
CREATE TABLE r (id integer, at timestamptz);
INSERT INTO r VALUES (1, '2000-01-01'), (2, '2100-01-01');
SELECT soc2.set_retention('r', 'hold day', 'at');
SET ROLE regress_soc2_keeper;
SELECT soc2.place_hold('L-2031', 'r') > 0 AS placed;
SET ROLE regress_soc2_owner;
SELECT count(*) AS triggers FROM pg_catalog.pg_trigger WHERE tgrelid = 'r'::regclass;
\set VERBOSITY sqlstate
DELETE FROM r WHERE id = 1; -- fail
DELETE FROM r WHERE id = 2; -- fail
UPDATE r SET at = 'infinity' WHERE id = 2; -- fail
TRUNCATE r; -- fail

--
-- Partitions
--
CREATE TABLE parts (id integer, kind text, body text) PARTITION BY LIST (kind);
CREATE TABLE part_a PARTITION OF parts FOR VALUES IN ('a');
CREATE TABLE part_b (body text, id integer, kind text);
ALTER TABLE parts ATTACH PARTITION part_b FOR VALUES IN ('b');
INSERT INTO parts VALUES (1, 'a', 'x'), (2, 'b', 'y'), (3, 'a', 'z');
SET ROLE regress_soc2_keeper;
SELECT soc2.place_hold('L-2031', 'part_b', 'id = 7') > 0 AS on_one_partition;
SELECT soc2.place_hold('L-2031', 'parts', 'id <= 2') > 0 AS placed;
SET ROLE regress_soc2_owner;
SELECT soc2.hold_guarded('parts');
DELETE FROM parts WHERE id = 1; -- fail
DELETE FROM part_b WHERE id = 2; -- fail
UPDATE parts SET kind = 'b' WHERE id = 1; -- fail
UPDATE parts SET body = 'n' WHERE id = 2; -- fail
UPDATE parts SET kind = 'b' WHERE id = 3;
TRUNCATE parts; -- fail
TRUNCATE part_a; -- fail
CREATE TABLE part_c PARTITION OF parts FOR VALUES IN ('c') PARTITION BY LIST (id);
CREATE TABLE part_c1 PARTITION OF part_c FOR VALUES IN (1);
CREATE TABLE part_d (LIKE parts);
INSERT INTO part_d VALUES (1, 'd', 'x'), (8, 'd', 'y');
ALTER TABLE parts ATTACH PARTITION part_d FOR VALUES IN ('d');
INSERT INTO parts VALUES (1, 'c', 'x');
SELECT soc2.hold_guarded('parts');
DELETE FROM parts WHERE kind = 'c'; -- fail
TRUNCATE part_c1; -- fail
TRUNCATE part_c; -- fail
DELETE FROM part_d WHERE id = 1; -- fail
DELETE FROM part_d WHERE id = 8;
TRUNCATE part_d; -- fail
-- one that leaves is still held
ALTER TABLE parts DETACH PARTITION part_d;
ALTER TABLE parts DETACH PARTITION part_c CONCURRENTLY;
SELECT soc2.hold_guarded('part_d') AND soc2.hold_guarded('part_c') AS guarded;
DELETE FROM part_d WHERE id = 1; -- fail
TRUNCATE part_d; -- fail
DELETE FROM part_c; -- fail
TRUNCATE part_c1; -- fail
INSERT INTO part_d VALUES (9, 'd', 'z');
DELETE FROM part_d WHERE id = 9;
ALTER TABLE parts ATTACH PARTITION part_d FOR VALUES IN ('d');
ALTER TABLE parts DETACH PARTITION part_d;
DELETE FROM part_d; -- fail
RESET ROLE;
SELECT detached FROM soc2.hold_status WHERE relation = 'regress_hold.parts';

--
-- Odd names
--
SET ROLE regress_soc2_owner;
CREATE TABLE "Odd.Schema"""."Table of 63 bytes ''""ÄÖÜ . aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    ("Col""'. select" integer);
INSERT INTO "Odd.Schema"""."Table of 63 bytes ''""ÄÖÜ . aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" VALUES (1);
SET ROLE regress_soc2_keeper;
SELECT soc2.place_hold('Q''"%s', c.oid, '"Col""''. select" = 1') > 0 AS placed
FROM pg_catalog.pg_class AS c WHERE c.relname LIKE 'Table of 63%';
SET ROLE regress_soc2_owner;
\set VERBOSITY terse
DO $$
BEGIN
    DELETE FROM "Odd.Schema"""."Table of 63 bytes ''""ÄÖÜ . aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
EXCEPTION WHEN SQLSTATE 'S2H01' THEN
    RAISE NOTICE '%', SQLERRM;
END $$;
-- an empty table, and one that is dropped
CREATE TABLE e (id integer);
SET ROLE regress_soc2_keeper;
SELECT soc2.place_hold('L-2031', 'e') AS e \gset
SET ROLE regress_soc2_owner;
TRUNCATE e;
INSERT INTO e VALUES (1);
\set VERBOSITY sqlstate
TRUNCATE e; -- fail
SET ROLE regress_soc2_keeper;
SELECT soc2.release_hold(:e, 'settled', '0') = now() AS at_once;
SET ROLE regress_soc2_owner;
DROP TABLE e;
RESET ROLE;
SELECT guarded, state, relation ~ '^\d+$' AS number FROM soc2.hold_status WHERE hold_id = :e;
-- which tables cannot be held
SET ROLE regress_soc2_owner;
CREATE UNLOGGED TABLE unlogged (id integer);
CREATE TABLE base (id integer);
CREATE TABLE derived () INHERITS (base);
GRANT SELECT ON ALL TABLES IN SCHEMA regress_hold TO regress_soc2_keeper;
SET ROLE regress_soc2_keeper;
\set VERBOSITY terse
CREATE TEMPORARY TABLE temporary (id integer);
SELECT soc2.place_hold('L-2031', 'unlogged'); -- fail
SELECT soc2.place_hold('L-2031', 'base'); -- fail
SELECT soc2.place_hold('L-2031', 'temporary'); -- fail
SELECT soc2.place_hold('L-2031', 't_pkey'); -- fail
-- a trigger that was disabled is not passed over
RESET ROLE;
ALTER TABLE s DISABLE TRIGGER soc2_hold_update; -- fail
BEGIN;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE s DISABLE TRIGGER soc2_hold_update;
SELECT soc2.hold_guarded('s');
SELECT soc2.place_hold('L-2031', 's'); -- fail
ROLLBACK;

--
-- Records of matters and holds stay as they are
--
\set VERBOSITY default
UPDATE soc2.holds SET predicate = 'false'; -- fail
\set VERBOSITY terse
DELETE FROM soc2.holds; -- fail
DELETE FROM soc2.matters; -- fail
UPDATE soc2.hold_releases SET ends_at = now(); -- fail
DELETE FROM soc2.hold_detachments; -- fail
TRUNCATE soc2.holds; -- fail
TRUNCATE soc2.matters, soc2.hold_releases; -- fail
SET ROLE regress_soc2_keeper;
INSERT INTO soc2.hold_releases VALUES (:one, 'x', '0', now(), now(), 'x'); -- fail
SELECT soc2.record_evidence('hold', 'L-2031'); -- fail
RESET ROLE;
SELECT soc2.record_evidence('hold', 'L-2031'); -- fail
SELECT payload ->> 'action' AS action, recorded_by, count(*)
FROM soc2.evidence WHERE kind = 'hold' GROUP BY 1, 2 ORDER BY 1;

-- once none is in force, all goes
SELECT count(soc2.release_hold(hold_id, 'end of the test', '0')) > 5 AS released
FROM soc2.holds_active WHERE state = 'in force';
DELETE FROM t;
TRUNCATE parts, part_d;
SET client_min_messages = warning;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
DROP SCHEMA regress_hold CASCADE;
DROP SCHEMA "Odd.Schema""" CASCADE;
DROP TABLE pg_temp.temporary;
DROP OWNED BY regress_soc2_owner, regress_soc2_keeper;
DROP ROLE regress_soc2_owner, regress_soc2_keeper;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
