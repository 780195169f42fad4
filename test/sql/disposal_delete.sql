-- How the rows of a disposal are deleted.  Proves that all that waits for a DELETE
-- of a table gets one, that a table with nothing but the guard loses the same rows
-- without, that what would refuse a DELETE refuses this too, and that rows at the
-- end of a month are found by the time of day that their period ends at.

\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA regress_delete;
SET search_path = regress_delete;
SET timezone = 'UTC';
SELECT soc2.create_retention_class('delete-1m', '1 month', 'Contract 8') AS class;
CREATE FUNCTION fill(relation regclass) RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
    EXECUTE format('INSERT INTO %s SELECT i, timestamptz ''2023-01-20 00:00+00'' + i * interval ''1 hour'' FROM generate_series(1, 480) AS i', relation);
    PERFORM soc2.set_retention(relation, 'delete-1m', 'closed');
END
$$;
-- dispose of what is due at noon of the last day of February, and tell what is left
CREATE FUNCTION dispose(relation regclass, act boolean DEFAULT true)
    RETURNS TABLE (taken bigint, others bigint, hashes integer, set_hash bytea, lost bigint, wrong bigint) LANGUAGE plpgsql AS
$$
BEGIN
    SELECT r.rows, r.others, length(r.key_hashes), r.set_hash INTO taken, others, hashes, set_hash
    FROM soc2.dispose_range(relation, 0, 1000, '2023-02-28 12:00+00', '9223372036854775807:9223372036854775807:',
        'key', '{id}', NULL, act, NULL, NULL) AS r;
    EXECUTE format('SELECT 480 - count(*), count(*) FILTER (WHERE closed + interval ''1 month'' <= ''2023-02-28 12:00+00'') FROM %s', relation)
    INTO lost, wrong;
    RETURN NEXT;
END
$$;

--
-- In place, and by a statement
--
CREATE TABLE plain (id integer PRIMARY KEY, closed timestamptz);
SELECT fill('plain');
BEGIN;
SELECT taken, others, hashes, lost, wrong FROM dispose('plain', act => false);
-- a session judges by one time after the other
SELECT c AS cutoff, r.rows
FROM unnest('{2023-02-25 12:00+00,2023-03-05 00:00+00}'::timestamptz[]) AS c
CROSS JOIN LATERAL soc2.dispose_range('plain', 0, 1000, c, '9223372036854775807:9223372036854775807:',
    NULL, NULL, NULL, false, NULL, NULL) AS r;
SELECT taken, others, hashes, set_hash, lost, wrong FROM dispose('plain') \gset plain_
SELECT :plain_taken AS taken, :plain_others AS others, :plain_hashes AS hashes, :plain_lost AS lost, :plain_wrong AS wrong;
-- the same transaction sees that they are gone
SELECT taken, others, lost FROM dispose('plain');
ROLLBACK;
SELECT count(*) FROM plain;
CREATE TABLE watched (LIKE plain INCLUDING ALL);
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    RAISE WARNING '% % % of % rows', TG_WHEN, TG_LEVEL, TG_OP, (SELECT count(*) FROM gone);
    RETURN NULL;
END
$$;
CREATE TRIGGER watch AFTER DELETE ON watched REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION watch();
SELECT fill('watched');
BEGIN;
SELECT taken, hashes, set_hash = :'plain_set_hash' AS same, lost, wrong FROM dispose('watched');
ROLLBACK;
-- a foreign key that refers to it
CREATE TABLE referenced (LIKE plain INCLUDING ALL);
SELECT fill('referenced');
CREATE TABLE child (id integer REFERENCES referenced);
INSERT INTO child VALUES (1);
SELECT taken FROM dispose('referenced'); -- fail
DELETE FROM child;
BEGIN;
SELECT taken, hashes, set_hash = :'plain_set_hash' AS same, lost, wrong FROM dispose('referenced');
ROLLBACK;
-- what a trigger of the table deletes is not the doing of the disposal
CREATE TABLE nested (id integer PRIMARY KEY, closed timestamptz);
INSERT INTO nested VALUES (1, '2023-01-01'), (2, '9000-01-01');
SELECT soc2.set_retention('nested', 'delete-1m', 'closed');
CREATE FUNCTION take_next() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN DELETE FROM regress_delete.nested WHERE id = OLD.id + 1; RETURN NULL; END';
CREATE TRIGGER take_next AFTER DELETE ON nested FOR EACH ROW EXECUTE FUNCTION take_next();
SELECT taken FROM dispose('nested'); -- fail
SELECT id FROM nested ORDER BY id;
-- a rule
CREATE TABLE ruled (LIKE plain INCLUDING ALL);
SELECT fill('ruled');
CREATE RULE keep AS ON DELETE TO ruled DO INSTEAD NOTHING;
SELECT taken, lost FROM dispose('ruled');

--
-- A name as long as they get, which nothing is said about
--
CREATE TABLE "A name that is cut: 63 bytes long, with a "" and, at its end, é" (id integer PRIMARY KEY, closed date);
INSERT INTO "A name that is cut: 63 bytes long, with a "" and, at its end, é" VALUES (1, '2001-01-01');
SELECT soc2.set_retention('"A name that is cut: 63 bytes long, with a "" and, at its end, é"', 'delete-1m', 'closed');
SELECT soc2.plan_disposal('"A name that is cut: 63 bytes long, with a "" and, at its end, é"') AS plan \gset
INSERT INTO soc2.disposal_approvals (plan_id, approved_by, approved_session) VALUES (:plan, 'x', 'x');
SET client_min_messages = notice;
CALL soc2.run_disposal(:plan);
SET client_min_messages = warning;
SELECT destroyed, octet_length('A name that is cut: 63 bytes long, with a " and, at its end, é') AS bytes
FROM soc2.disposal_progress WHERE plan_id = :plan;

--
-- What a DELETE would not be allowed
--
SET client_min_messages = error; -- of a low wal_level
CREATE PUBLICATION regress_delete FOR TABLE plain;
SET client_min_messages = warning;
ALTER TABLE plain REPLICA IDENTITY NOTHING;
SELECT taken FROM dispose('plain'); -- fail
DROP PUBLICATION regress_delete;
BEGIN;
SET LOCAL session_replication_role = replica;
SELECT taken FROM dispose('plain'); -- fail
ROLLBACK;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE plain DISABLE TRIGGER ALL;
SELECT taken FROM dispose('plain'); -- fail
DROP SCHEMA regress_delete CASCADE;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
