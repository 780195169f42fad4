-- Proves that a partitioned table of any depth can be a ledger: one chain a lane
-- over all partitions, whatever the order of their columns, with the rows that
-- were there, those written to any level, and those of partitions that came
-- later; that sealing, proofs, redacting, pruning, exporting and verifying see
-- one ledger; and that a partition that cannot be part of one is refused or found.
SET client_min_messages = warning;
CREATE ROLE regress_partition_owner;
CREATE ROLE regress_partition_other;
CREATE SCHEMA partition_test AUTHORIZATION regress_partition_owner;
GRANT USAGE ON SCHEMA soc2 TO regress_partition_owner;
GRANT EXECUTE ON FUNCTION soc2.verify_ledger(regclass, text), soc2.seal(regclass), soc2.ledger_heads(regclass)
    TO regress_partition_owner;
GRANT SELECT ON soc2.ledgers TO regress_partition_owner;
RESET client_min_messages;
SET search_path = partition_test, public;
SET soc2.max_lanes = 1;
SET ROLE regress_partition_owner;

--
-- Range by list by hash, with rows; columns stand in other orders below
--

CREATE TABLE event (
    id integer NOT NULL, at date NOT NULL, region text, secret text,
    twice integer GENERATED ALWAYS AS (id * 2) STORED)
    PARTITION BY RANGE (at);
CREATE TABLE event_24 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE event_25 (
    secret text, gone integer, region text, at date NOT NULL,
    twice integer GENERATED ALWAYS AS (id * 2) STORED, id integer NOT NULL)
    PARTITION BY LIST (region);
ALTER TABLE event_25 DROP COLUMN gone;
CREATE TABLE event_25_eu PARTITION OF event_25 FOR VALUES IN ('eu') PARTITION BY HASH (id);
CREATE TABLE event_25_eu_0 PARTITION OF event_25_eu FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE event_25_eu_1 PARTITION OF event_25_eu FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE event_25_us (
    gone text, id integer NOT NULL, gone2 text, region text, secret text, at date NOT NULL,
    twice integer GENERATED ALWAYS AS (id * 2) STORED);
ALTER TABLE event_25_us DROP COLUMN gone, DROP COLUMN gone2;
ALTER TABLE event_25 ATTACH PARTITION event_25_us FOR VALUES IN ('us');
ALTER TABLE event ATTACH PARTITION event_25 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO event (id, at, region, secret)
    SELECT i, date '2024-12-20' + i, CASE WHEN i % 3 = 0 THEN 'us' ELSE 'eu' END, 'secret ' || i
    FROM generate_series(1, 40) AS i;
SELECT soc2.create_ledger('event', '{secret}') IS NOT NULL AS created;
CREATE VIEW problems AS SELECT lane, seq, problem, detail FROM soc2.verify_ledger('event');
SELECT * FROM problems;
SELECT tableoid::regclass AS partition, min(ledger_seq), max(ledger_seq), count(*), min(ledger_lane), max(ledger_lane)
FROM event GROUP BY 1 ORDER BY 2;
SELECT relation, redactable FROM soc2.ledgers WHERE relation::text LIKE '%event%';
\d event
\d event_25
\d event_25_eu_0
SELECT tgrelid::regclass, tgname, tgenabled, obj_description(oid, 'pg_trigger') FROM pg_trigger
WHERE tgparentid = 0 AND tgname ~ 'soc2' AND tgrelid::regclass::text ~ '^event'
ORDER BY tgrelid::regclass::text COLLATE "C", tgname COLLATE "C";

--
-- Rows by every way in
--

INSERT INTO event (id, at, region, secret)
    SELECT i, date '2024-12-20' + i % 40, CASE WHEN i % 3 = 0 THEN 'us' ELSE 'eu' END, 'secret ' || i
    FROM generate_series(41, 400) AS i;
INSERT INTO event_25 (id, at, region) VALUES (401, '2025-06-01', 'us'), (402, '2025-06-01', 'eu');
INSERT INTO event_25_us (id, at, region, secret) VALUES (403, '2025-06-01', 'us', 'direct');
COPY event (id, at, region) FROM stdin (DELIMITER ',');
404,2024-06-01,eu
405,2025-06-01,us
406,2025-06-01,eu
407,2024-06-01,us
\.
-- savepoints: what was rolled back leaves no gap, in whichever partition it was
BEGIN;
INSERT INTO event (id, at, region) VALUES (408, '2024-06-01', 'eu');
SAVEPOINT a;
INSERT INTO event (id, at, region) VALUES (409, '2025-06-01', 'us');
INSERT INTO event (id, at, region) VALUES (410, '2025-06-01', 'eu');
ROLLBACK TO a;
INSERT INTO event (id, at, region) VALUES (411, '2025-06-01', 'us');
SAVEPOINT b;
INSERT INTO event (id, at, region) VALUES (412, '2024-06-01', 'us');
ROLLBACK TO b;
RELEASE b;
INSERT INTO event (id, at, region) VALUES (413, '2024-06-01', 'us');
COMMIT;
BEGIN;
SAVEPOINT a;
INSERT INTO event (id, at, region) VALUES (414, '2024-06-01', 'us');
ROLLBACK TO a;
INSERT INTO event (id, at, region) VALUES (415, '2025-06-01', 'us');
COMMIT;
-- rows that never arrive
INSERT INTO event (id, at, region) VALUES (416, '2030-06-01', 'us'); --fail
CREATE UNIQUE INDEX ON event_24 (id) WHERE id > 400;
INSERT INTO event (id, at, region) VALUES (416, '2025-06-01', 'us'), (404, '2024-06-01', 'us'), (417, '2025-06-01', 'eu')
    ON CONFLICT DO NOTHING;
INSERT INTO event (id, at, region) VALUES (404, '2024-06-01', 'us') ON CONFLICT DO NOTHING;
INSERT INTO event (id, at, region) VALUES (418, '2025-06-01', 'eu');
-- a trigger of a partition skips a row
CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER skip BEFORE INSERT ON event_25_us FOR EACH ROW WHEN (NEW.id = 419) EXECUTE FUNCTION skip();
INSERT INTO event (id, at, region) VALUES (419, '2025-06-01', 'us'), (420, '2025-06-01', 'us');
-- one that moves a row to another partition is refused by the server, and leaves nothing behind
CREATE FUNCTION move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.region = 'us'; RETURN NEW; END $$;
CREATE TRIGGER move BEFORE INSERT ON event_25_eu_0 FOR EACH ROW EXECUTE FUNCTION move();
\set VERBOSITY sqlstate
INSERT INTO event (id, at, region) SELECT i, '2025-06-01', 'eu' FROM generate_series(421, 430) AS i; --fail
\set VERBOSITY default
DROP TRIGGER move ON event_25_eu_0;
SELECT * FROM problems;
SELECT count(*), count(*) = max(ledger_seq) AS gapless FROM event;

--
-- Partitions that come later
--

CREATE TABLE event_26 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE event_rest (LIKE event INCLUDING GENERATED);
ALTER TABLE event ATTACH PARTITION event_rest DEFAULT;
INSERT INTO event (id, at, region) VALUES (431, '2026-06-01', 'us'), (432, '2030-06-01', 'us'), (433, '2024-06-01', 'us');
INSERT INTO event_26 (id, at, region) VALUES (434, '2026-06-01', 'us');
CREATE TABLE event_28 (LIKE event INCLUDING GENERATED) PARTITION BY LIST (region);
CREATE TABLE event_28_us PARTITION OF event_28 FOR VALUES IN ('us');
ALTER TABLE event ATTACH PARTITION event_28 FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
CREATE TABLE event_28_eu PARTITION OF event_28 FOR VALUES IN ('eu');
SELECT tgrelid::regclass, tgenabled FROM pg_trigger
WHERE tgname = 'soc2_guard_truncate' AND tgrelid::regclass::text ~ 'event_(2[68]|rest)'
ORDER BY tgrelid::regclass::text COLLATE "C";
SELECT * FROM problems;
-- empty ones may go and come back, and be dropped
ALTER TABLE event_28 DETACH PARTITION event_28_eu;
ALTER TABLE event_28 ATTACH PARTITION event_28_eu FOR VALUES IN ('eu');
DROP TABLE event_28_us;
SELECT * FROM problems;

--
-- Guards
--

UPDATE event SET secret = '' WHERE id = 1; --fail
UPDATE event SET at = '2024-12-31' WHERE id = 30; --fail
UPDATE event_25_us SET secret = ''; --fail
DELETE FROM event WHERE id = 30; --fail
DELETE FROM event_26; --fail
TRUNCATE event; --fail
TRUNCATE event_24; --fail
TRUNCATE event_25; --fail
TRUNCATE event_25_eu_1; --fail
TRUNCATE event_28_eu; --fail
DROP TABLE event_26; --fail
DROP TABLE event_25; --fail
DROP TABLE event; --fail
ALTER TABLE event DETACH PARTITION event_26; --fail
ALTER TABLE event DETACH PARTITION event_25; --fail
ALTER TABLE event DETACH PARTITION event_24 CONCURRENTLY; --fail
ALTER TABLE event_24 SET UNLOGGED; --fail
ALTER TABLE event_25_us DISABLE TRIGGER ALL; --fail
DROP TRIGGER soc2_guard_truncate ON event_25_eu_0; --fail
DROP INDEX event_ledger_lane_ledger_seq_idx; --fail
\set VERBOSITY sqlstate
ALTER TABLE event ALTER COLUMN region TYPE varchar; --fail
\set VERBOSITY default
ALTER TABLE event ADD COLUMN added text;
CREATE UNLOGGED TABLE event_29 PARTITION OF event FOR VALUES FROM ('2029-01-01') TO ('2030-01-01'); --fail
CREATE TABLE event_29 (LIKE event INCLUDING GENERATED);
INSERT INTO event_29 (id, at, region, ledger_lane, ledger_seq, ledger_prev, ledger_hash)
    SELECT id, '2029-06-01', 'eu', ledger_lane, ledger_seq, ledger_prev, ledger_hash FROM event WHERE ledger_seq = 100;
ALTER TABLE event ATTACH PARTITION event_29 FOR VALUES FROM ('2029-01-01') TO ('2030-01-01'); --fail
RESET ROLE;
SET session_replication_role = replica;
DELETE FROM event WHERE id = 30; --fail
TRUNCATE event_25_us; --fail
RESET session_replication_role;

--
-- One ledger for all who read
--

SELECT * FROM soc2.seal('event');
INSERT INTO event (id, at, region, secret) VALUES (435, '2025-06-01', 'us', 'x'), (436, '2024-06-01', 'eu', 'y');
SELECT relation, rows, lanes, sealed, unsealed FROM soc2.ledger_status WHERE relation ~ 'event';
SELECT * FROM soc2.ledger_heads('event');
SELECT * FROM soc2.ledger_heads('event_24');
SELECT * FROM soc2.seal('event');
SELECT count(soc2.inclusion_proof('event', 0, seq)) FROM (VALUES (1), (20), (200), (413)) AS v (seq);
SELECT soc2.inclusion_proof('event', 0, 10000); --fail
SELECT soc2.consistency_proof('event', 100, 420) IS NOT NULL AS proved; --fail
WITH b AS (SELECT line::jsonb AS line FROM soc2.export_ledger('event') AS line)
SELECT count(*) FILTER (WHERE line ? 'seq') AS rows,
       (SELECT array_agg(c->>'name') FROM b, jsonb_array_elements(line->'columns') AS c WHERE line ? 'format') AS columns,
       min(line->>'ledger') AS ledger
FROM b;
-- the order of the bundle is that of positions
SELECT bool_and(seq = n) AS ordered
FROM (SELECT (line::jsonb->>'seq')::bigint AS seq, row_number() OVER () AS n
      FROM (SELECT line FROM soc2.export_ledger('event') WITH ORDINALITY AS e (line, n) ORDER BY n) AS e
      WHERE line::jsonb ? 'seq') AS s;
SELECT soc2.redact('event', 0, seq, 'no basis') FROM (VALUES (2), (13), (15), (32)) AS v (seq);
SELECT soc2.redact('event', 0, 2, 'again'); --fail
SELECT soc2.redact('event_24', 0, 3, 'a partition'); --fail
SELECT tableoid::regclass, ledger_seq, secret, ledger_salt FROM event WHERE secret IS NULL AND ledger_seq <= 40 ORDER BY 2;
SELECT * FROM problems;
SELECT soc2.prune_ledger('event', 0, 35, 'its time is over');
SELECT min(ledger_seq) FROM event;
SELECT * FROM problems;
SELECT * FROM soc2.seal('event');
SELECT soc2.seal('event_25'); --fail
SELECT * FROM soc2.verify_ledger('event_25_us'); --fail
SELECT soc2.export_ledger('event_24'); --fail

--
-- What is found
--

-- a guard that a partition lacks
BEGIN;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE event_25_eu_0 DISABLE TRIGGER soc2_guard_truncate;
DROP TRIGGER soc2_guard_truncate ON event_24;
DROP INDEX event_ledger_lane_ledger_seq_idx;
CREATE TRIGGER zzz BEFORE INSERT ON event_25_us FOR EACH ROW EXECUTE FUNCTION skip();
ALTER TABLE event_rest DISABLE TRIGGER zz_soc2_chain;
ALTER TABLE event_26 SET UNLOGGED;
SELECT * FROM problems ORDER BY detail COLLATE "C";
ROLLBACK;
-- rows that came past the trigger, in a table that was attached
BEGIN;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
CREATE TABLE event_27 (LIKE event INCLUDING GENERATED);
INSERT INTO event_27 (id, at, region, ledger_lane, ledger_seq, ledger_prev, ledger_hash)
    SELECT 1, date '2027-06-01', 'us', 0, max(ledger_seq) + 1, sha256('a')::soc2.digest, sha256('b')::soc2.digest FROM event
    UNION ALL SELECT id, '2027-06-01', 'eu', ledger_lane, ledger_seq, ledger_prev, ledger_hash FROM event WHERE ledger_seq = 100;
ALTER TABLE event ATTACH PARTITION event_27 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
SELECT lane, seq, problem FROM problems WHERE problem <> 'catalog' ORDER BY seq, problem;
ROLLBACK;
-- rows that went with one that was detached, and come back
BEGIN;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE event DETACH PARTITION event_26;
SELECT lane, problem, detail FROM problems WHERE problem <> 'catalog';
UPDATE event_26 SET region = 'eu' WHERE id = 434;
ALTER TABLE event ATTACH PARTITION event_26 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
SELECT problem, detail FROM problems WHERE problem <> 'catalog';
ROLLBACK;
-- a row that was changed is named with its partition's rows around it intact
BEGIN;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE event_25_us DISABLE TRIGGER USER;
UPDATE event_25_us SET secret = 'forged' WHERE id = 403;
DELETE FROM event_25_us WHERE id = 405;
ALTER TABLE event_25_us ENABLE TRIGGER USER;
SELECT seq - (SELECT ledger_seq FROM event WHERE id = 403) AS from_403, problem FROM problems WHERE problem <> 'catalog' ORDER BY 1, 2;
ROLLBACK;

--
-- What is refused
--

SET ROLE regress_partition_owner;
CREATE TABLE bad (id integer, ledger_lane integer, secret text) PARTITION BY LIST (ledger_lane);
SELECT soc2.create_ledger('bad'); --fail
DROP TABLE bad;
CREATE TABLE bad (id integer, secret text) PARTITION BY LIST (id);
CREATE TABLE bad_1 PARTITION OF bad FOR VALUES IN (1) PARTITION BY LIST ((upper(secret)));
SELECT soc2.create_ledger('bad_1'); --fail
SELECT soc2.create_ledger('bad', '{secret}'); --fail
SELECT soc2.create_ledger('bad', '{id}'); --fail
CREATE UNLOGGED TABLE bad_1_1 PARTITION OF bad_1 FOR VALUES IN ('A');
SELECT soc2.create_ledger('bad'); --fail
ALTER TABLE bad_1_1 SET LOGGED;
CREATE RULE bad AS ON INSERT TO bad_1_1 DO INSTEAD NOTHING;
SELECT soc2.create_ledger('bad'); --fail
DROP RULE bad ON bad_1_1;
CREATE TRIGGER zzz BEFORE INSERT ON bad_1_1 FOR EACH ROW EXECUTE FUNCTION skip();
SELECT soc2.create_ledger('bad'); --fail
DROP TRIGGER zzz ON bad_1_1;
RESET ROLE;
ALTER TABLE bad_1_1 OWNER TO regress_partition_other;
SET ROLE regress_partition_owner;
SELECT soc2.create_ledger('bad'); --fail
RESET ROLE;
ALTER TABLE bad_1_1 OWNER TO regress_partition_owner;
CREATE FOREIGN DATA WRAPPER regress_partition;
CREATE SERVER regress_partition FOREIGN DATA WRAPPER regress_partition;
CREATE FOREIGN TABLE bad_2 PARTITION OF bad FOR VALUES IN (2) SERVER regress_partition;
SELECT soc2.create_ledger('bad'); --fail
DROP FOREIGN TABLE bad_2;
SELECT soc2.create_ledger('bad') IS NOT NULL AS created;
CREATE FOREIGN TABLE bad_2 PARTITION OF bad FOR VALUES IN (2) SERVER regress_partition; --fail
INSERT INTO bad VALUES (1, 'a');
BEGIN;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
CREATE FOREIGN TABLE bad_2 PARTITION OF bad FOR VALUES IN (2) SERVER regress_partition;
INSERT INTO bad VALUES (1, 'a');
SELECT problem, detail FROM soc2.verify_ledger('bad') ORDER BY detail COLLATE "C";
SELECT * FROM soc2.seal('bad');
ROLLBACK;
DROP SERVER regress_partition;
DROP FOREIGN DATA WRAPPER regress_partition;
-- a ledger cannot become a partition of another
SET ROLE regress_partition_owner;
CREATE TABLE single (id integer, secret text);
SELECT soc2.create_ledger('single') IS NOT NULL AS created;
ALTER TABLE bad ATTACH PARTITION single FOR VALUES IN (3); --fail
-- but of a table that is none: it goes on by itself, and is named
CREATE TABLE plain (LIKE single) PARTITION BY LIST (id);
ALTER TABLE plain ATTACH PARTITION single FOR VALUES IN (3);
INSERT INTO plain VALUES (3, 'c');
INSERT INTO single VALUES (3, 'd');
SELECT ledger_seq, secret FROM single ORDER BY 1;
SELECT * FROM soc2.verify_ledger('single');
SELECT * FROM soc2.verify_ledger('plain'); --fail
-- many partitions, many rows
CREATE TABLE many (id integer, v text) PARTITION BY HASH (id);
SELECT format('CREATE TABLE many_%s PARTITION OF many FOR VALUES WITH (MODULUS 20, REMAINDER %s)', i, i)
FROM generate_series(0, 19) AS i \gexec
SELECT soc2.create_ledger('many') IS NOT NULL AS created;
INSERT INTO many SELECT i, repeat('x', i % 300) FROM generate_series(1, 10000) AS i;
DO $$ BEGIN FOR i IN 1..200 LOOP INSERT INTO many VALUES (i, 'x'); END LOOP; END $$;
SELECT * FROM soc2.verify_ledger('many');
SELECT count(*), max(ledger_seq), count(DISTINCT ledger_prev) FROM many;
SELECT sealed FROM soc2.seal('many');
SELECT * FROM soc2.verify_ledger('many');
RESET ROLE;
SET client_min_messages = error;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
DROP SCHEMA partition_test CASCADE;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
REVOKE ALL ON SCHEMA soc2 FROM regress_partition_owner;
REVOKE ALL ON FUNCTION soc2.verify_ledger(regclass, text), soc2.seal(regclass), soc2.ledger_heads(regclass) FROM regress_partition_owner;
REVOKE ALL ON soc2.ledgers FROM regress_partition_owner;
DROP ROLE regress_partition_owner, regress_partition_other;
