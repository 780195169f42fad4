-- Proves that rows of a ledger are hashed exactly as doc/ledger-format.md says,
-- by computing every hash again in SQL from that page; that no session setting
-- changes a hash; that nobody chooses what is not theirs to choose; that rows
-- which never arrive leave no gap; that rows cannot be changed; and that
-- verifying is silent about all this and names what is wrong otherwise.
SET client_encoding = 'UTF8';
SET client_min_messages = warning;
CREATE ROLE regress_ledger_owner;
CREATE ROLE regress_ledger_collector;
CREATE ROLE regress_ledger_nobody;
CREATE SCHEMA ledger_test AUTHORIZATION regress_ledger_owner;
GRANT USAGE ON SCHEMA ledger_test TO regress_ledger_collector, regress_ledger_nobody;
GRANT USAGE ON SCHEMA soc2 TO regress_ledger_owner, regress_ledger_collector, regress_ledger_nobody;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA soc2
    TO regress_ledger_owner, regress_ledger_collector, regress_ledger_nobody;
RESET client_min_messages;
SET search_path = ledger_test, public;

--
-- The format page in SQL
--

-- str(x)
CREATE FUNCTION str(x text) RETURNS bytea
    RETURN int4send(octet_length(convert_to(x, 'UTF8'))) || convert_to(x, 'UTF8');

-- value text of every column that counts and is not NULL, by name
CREATE FUNCTION value_texts(ledger regclass, pos bigint)
    RETURNS TABLE (name text, value text)
    LANGUAGE plpgsql
    SET DateStyle = 'ISO, MDY' SET TimeZone = 'UTC' SET IntervalStyle = 'postgres'
    SET extra_float_digits = 1 SET bytea_output = 'hex' SET quote_all_identifiers = off
    SET xmlbinary = 'base64' SET search_path = pg_catalog
AS $$
BEGIN
    FOR name IN
        SELECT a.attname FROM pg_attribute AS a
        WHERE a.attrelid = ledger AND a.attnum > 0 AND NOT a.attisdropped
          AND a.attgenerated = '' AND a.attname NOT IN
              ('ledger_lane', 'ledger_seq', 'ledger_prev', 'ledger_hash', 'ledger_salt')
    LOOP
        FOR value IN EXECUTE format('SELECT format(''%%s'', %1$I) FROM %2$s
                                     WHERE ledger_seq = $1 AND %1$I IS NOT NULL',
                                    name, ledger) USING pos
        LOOP
            RETURN NEXT;
        END LOOP;
    END LOOP;
END $$;

-- content of a row
CREATE FUNCTION content(ledger regclass, pos bigint, salt bytea) RETURNS bytea
    LANGUAGE sql
AS $$
    SELECT sha256('\x1001' || int2send(count(*)::smallint) || coalesce(string_agg(
        str(t.name) || CASE WHEN t.name = ANY (l.redactable)
            THEN '\x01' || sha256('\x1201' || salt || str(t.name) || str(t.value))
            ELSE '\x00' || str(t.value) END,
        '' ORDER BY convert_to(t.name, 'UTF8')), ''))
    FROM soc2.ledgers AS l, value_texts(ledger, pos) AS t
    WHERE l.relation = ledger
$$;

-- every row of a ledger whose link does not come out the same in SQL
CREATE FUNCTION wrong_links(ledger regclass) RETURNS TABLE (pos bigint)
    LANGUAGE plpgsql
AS $$
BEGIN
    RETURN QUERY EXECUTE format($q$
        SELECT this_row.ledger_seq
        FROM (SELECT *, lag(ledger_hash::bytea, 1, decode(repeat('00', 32), 'hex'))
                         OVER (PARTITION BY ledger_lane ORDER BY ledger_seq) AS before,
                     row_number() OVER (PARTITION BY ledger_lane ORDER BY ledger_seq) AS expected
              FROM %1$s) AS this_row, soc2.ledgers AS l
        WHERE l.relation = %1$L::regclass
          AND (this_row.ledger_seq, this_row.ledger_prev::bytea, this_row.ledger_hash::bytea) IS DISTINCT FROM
              (this_row.expected, this_row.before,
               sha256('\x1101' || uuid_send(l.ledger_id) || int4send(this_row.ledger_lane)
                      || int8send(this_row.ledger_seq) || this_row.before
                      || ledger_test.content(%1$L, this_row.ledger_seq,
                          (to_jsonb(this_row) ->> 'ledger_salt')::bytea)))
        ORDER BY 1$q$, ledger);
END $$;

--
-- A ledger with columns of every kind, under names that sort in odd ways
--

CREATE TYPE mood AS ENUM ('fine', 'not "so" fine');
CREATE DOMAIN percent AS numeric CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE kinds (
    "Zeta" text, zeta text, z text, "名前" text, "é" varchar(20), "with space, ""quote""" char(7),
    n name, b boolean, i2 smallint, i4 integer, i8 bigint, o oid, f4 real, f8 double precision,
    num numeric, pct percent, d date, t time, tz timetz, ts timestamp, tstz timestamptz,
    iv interval, u uuid, ip inet, js json, jb jsonb, by bytea, bits bit varying,
    ints integer[], texts text[], files bytea[], stamps timestamptz[], r int4range, tr tstzrange, mr datemultirange,
    m mood, p point, v tsvector, c soc2.criterion, cs soc2.criterion_set, dg soc2.digest, rt regtype, x xml,
    gone text,
    secret text, secret_bytes bytea, secret_stamp timestamptz,
    doubled bigint GENERATED ALWAYS AS (i4::bigint * 2) STORED,
    ledger_lane integer, ledger_seq bigint,
    ledger_prev soc2.digest, ledger_hash soc2.digest, ledger_salt bytea,
    UNIQUE (ledger_lane, ledger_seq)
);
ALTER TABLE kinds DROP COLUMN gone;
CREATE TRIGGER zz_chain BEFORE INSERT ON kinds
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_chain('secret', 'secret_bytes', 'secret_stamp');
CREATE TRIGGER guard_row BEFORE UPDATE OR DELETE ON kinds
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON kinds
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE kinds ENABLE ALWAYS TRIGGER guard_row;
ALTER TABLE kinds ENABLE ALWAYS TRIGGER guard_truncate;

-- nothing but NULLs, empty values, then odd ones
INSERT INTO kinds DEFAULT VALUES;
INSERT INTO kinds ("Zeta", zeta, "é", by, ints, texts, r, js, jb, cs, secret, secret_bytes)
VALUES ('', '', '', '', '{}', '{}', 'empty', '""', '""', '{}', '', '');
CREATE FUNCTION insert_odd_values() RETURNS void
BEGIN ATOMIC
    INSERT INTO kinds (
        "Zeta", zeta, z, "名前", "é", "with space, ""quote""", n, b, i2, i4, i8, o, f4, f8, num, pct, d, t, tz, ts,
        tstz, iv, u, ip, js, jb, by, bits, ints, texts, files, stamps, r, tr, mr, m, p, v, c, cs, dg, rt, x,
        secret, secret_bytes, secret_stamp)
    VALUES (
        E'a\nb\r\n\t\\', 'ｆｕｌｌ width', repeat('long ', 3000), '値', 'é', 'pad', 'a name', false,
        -32768, -1, 9223372036854775807, 4294967295, '-0', 0.1 + 0.2::double precision,
        '-1.00', '99.90', '2024-02-29', '23:59:59.999999', '01:02:03+05:30', '0044-03-15 12:00 BC',
        '2024-02-29 23:59:59.999999+14', '-1 year 2 mons -3 days 04:05:06.7', '6b86b273-ff34-4ce1-9d6b-804eff5a3f57',
        'fe80::1/64', '{"b" : 1, "a":1,   "a":2}', '{"b": 1.00, "a": "é\u0001"}', '\x00ff80', '1011',
        '{{1,NULL},{3,4}}', '{"a,b","",NULL,"\"q\""}', '{"\\x00ff"}', '{2024-01-01 00:00+02,infinity}', '[1,5]',
        '[2024-01-01 00:00+02,)', '{[2024-01-01,2024-01-31)}', 'not "so" fine', '(1e300,-1.5)', 'a:1A fat:2B cat',
        'outline:CC6.1', '{CC6.1,tsc:A1,outline:P3.1}',
        'FFEEDDCCBBAA00998877665544332211000102030405060708090a0b0c0d0e0f', 'ledger_test.mood',
        '<a b="c">d</a>', 'the secret', '\xdeadbeef', '2024-02-29 23:59:59.999999+14');
END;
SELECT insert_odd_values();
SELECT relation, redactable FROM soc2.ledgers WHERE relation = 'kinds'::regclass;
SELECT ledger_lane, ledger_seq, octet_length(ledger_salt) AS salt FROM kinds ORDER BY 2;
SELECT count(*) AS texts, sum(octet_length(value)) AS bytes FROM value_texts('kinds', 3);
SELECT count(DISTINCT ledger_salt) AS salts FROM kinds;
SELECT * FROM wrong_links('kinds');
SELECT * FROM soc2.verify_ledger('kinds');

-- no setting of the session counts: not when rows are written ...
SET DateStyle = 'German, DMY';
SET TimeZone = 'Asia/Kathmandu';
SET IntervalStyle = 'iso_8601';
SET extra_float_digits = -15;
SET bytea_output = 'escape';
SET quote_all_identifiers = on;
SET xmlbinary = 'hex';
SET xmloption = 'document';
SET lc_monetary = 'C';
SET lc_numeric = 'C';
SET soc2.framework = 'outline';
SET search_path = '';
SELECT ledger_test.insert_odd_values();
-- ... and not when they are read
SELECT * FROM soc2.verify_ledger('ledger_test.kinds');
-- and none of them changed
SELECT name, setting FROM pg_settings
WHERE name IN ('DateStyle', 'TimeZone', 'IntervalStyle', 'extra_float_digits', 'bytea_output',
               'quote_all_identifiers', 'xmlbinary', 'search_path')
ORDER BY name COLLATE "C";
SET client_encoding = 'LATIN1';
SELECT * FROM soc2.verify_ledger('ledger_test.kinds');
RESET ALL;
SET client_encoding = 'UTF8';
SET search_path = ledger_test, public;
SELECT * FROM wrong_links('kinds');
SELECT * FROM soc2.verify_ledger('kinds');
-- equal rows have equal contents once the salt is the same
SELECT content('kinds', 3, decode(repeat('5a', 16), 'hex')) =
       content('kinds', 4, decode(repeat('5a', 16), 'hex')) AS equal;

-- an error in the middle of a row leaves the settings as they were: the label of
-- an enum value is gone, so that printing it fails
CREATE FUNCTION fail_once() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL DateStyle = 'SQL, DMY';
    BEGIN
        INSERT INTO ledger_test.kinds (m) SELECT m FROM moods;
    EXCEPTION WHEN OTHERS THEN
        RETURN SQLSTATE || ' ' || current_setting('DateStyle') || ' ' || current_setting('search_path');
    END;
END $$;
BEGIN;
CREATE TEMP TABLE moods AS SELECT 'fine'::mood AS m;
SET LOCAL allow_system_table_mods = on;
DELETE FROM pg_enum WHERE enumtypid = 'mood'::regtype AND enumlabel = 'fine';
SELECT fail_once();
ROLLBACK;
INSERT INTO kinds (m, by) VALUES ('fine', 'fine');
SELECT * FROM soc2.verify_ledger('kinds');

--
-- Texts that are made without the output function of the type, over many values:
-- the hash computed in SQL has the text that format() prints
--

CREATE DOMAIN since AS tstzrange;
CREATE TABLE codecs (
    t text, vc varchar, bc char(9), j json, n name, b boolean, i2 smallint, i4 integer, i8 bigint, u uuid,
    tz timestamptz, r tstzrange, by bytea, num numeric, jb jsonb, dom percent, dr since);
SELECT soc2.create_ledger('codecs', '{t,tz,by}') IS NOT NULL AS created;
SET TimeZone = 'America/St_Johns';
SET DateStyle = 'SQL, DMY';
SET bytea_output = 'escape';
SELECT setseed(0.5);
WITH stamp (i, tz) AS (
    SELECT row_number() OVER (), tz FROM (
        SELECT unnest('{infinity,-infinity,4713-01-01 00:00:00+00 BC,294276-12-31 23:59:59.999999+00,0001-01-01 00:00:00+00,
            0001-12-31 23:59:59.9+00 BC,1970-01-01 00:00:00+00,2000-01-01 00:00:00.000001+00,9999-12-31 23:59:59.123+00,
            10000-01-01 00:00:00+00,1883-11-18 12:00:00+00}'::timestamptz[])
        UNION ALL
        SELECT '2000-01-01'::timestamptz + (random() - 0.5) * 10 ^ (1 + i % 11) * interval '1 second'
        FROM generate_series(1, 300) AS i) AS s (tz))
INSERT INTO codecs
SELECT CASE WHEN i % 5 <> 0 THEN repeat(chr(32 + (i * 37 % 20000)::integer), (i % 40)::integer) END, md5(i::text), i::text,
    json_build_object('i', i), 'name ' || i, i % 2 = 0, (random() * 65535 - 32768)::integer::smallint,
    CASE i % 7 WHEN 0 THEN -2147483648 WHEN 1 THEN 2147483647 ELSE (random() * 10 ^ (i % 10))::integer END,
    CASE i % 7 WHEN 0 THEN -9223372036854775808 WHEN 1 THEN 9223372036854775807 ELSE -(random() * 10 ^ (i % 19))::bigint END,
    md5(i::text)::uuid, tz,
    CASE i % 6 WHEN 0 THEN 'empty' WHEN 1 THEN tstzrange(tz, NULL, '(]') WHEN 2 THEN tstzrange(NULL, tz, '[]')
               WHEN 3 THEN tstzrange(NULL, NULL) WHEN 4 THEN tstzrange(tz, 'infinity', '[]')
               ELSE tstzrange(least(tz, '2024-01-01'), greatest(tz, '2024-01-01'), '[)') END,
    decode(md5(i::text), 'hex'), random()::numeric, jsonb_build_object('i', random()), i % 100,
    tstzrange(tz, NULL)
FROM stamp;
RESET ALL;
SET client_encoding = 'UTF8';
SET search_path = ledger_test, public;
SELECT count(*), count(DISTINCT tz), count(DISTINCT r) > 100 AS ranges FROM codecs;
SELECT * FROM wrong_links('codecs');
SELECT * FROM soc2.verify_ledger('codecs');

--
-- Rows that never arrive leave no gap
--

CREATE TABLE events (
    id integer PRIMARY KEY, note text,
    ledger_lane integer, ledger_seq bigint, ledger_prev soc2.digest, ledger_hash soc2.digest,
    UNIQUE (ledger_lane, ledger_seq)
);
CREATE TRIGGER zz_chain BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION soc2.ledger_chain();
CREATE TRIGGER guard_row BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE events ENABLE ALWAYS TRIGGER guard_row;
ALTER TABLE events ENABLE ALWAYS TRIGGER guard_truncate;

-- the entry in soc2.ledgers goes with the transaction that made it
BEGIN;
INSERT INTO events VALUES (1, 'rolled back');
SELECT count(*) FROM soc2.ledgers WHERE relation = 'events'::regclass;
ROLLBACK;
SELECT count(*) FROM soc2.ledgers WHERE relation = 'events'::regclass;
BEGIN;
SAVEPOINT s;
INSERT INTO events VALUES (1, 'rolled back');
ROLLBACK TO s;
INSERT INTO events VALUES (1, 'kept');
COMMIT;
SELECT count(*) FROM soc2.ledgers WHERE relation = 'events'::regclass;
SELECT * FROM wrong_links('events');

BEGIN;
INSERT INTO events VALUES (2, 'before');
SAVEPOINT s;
INSERT INTO events SELECT i, 'rolled back' FROM generate_series(3, 5) AS i;
ROLLBACK TO s;
INSERT INTO events VALUES (3, 'after');
COMMIT;
INSERT INTO events VALUES (3, 'dup') ON CONFLICT DO NOTHING;
INSERT INTO events SELECT i, 'some dup' FROM generate_series(2, 5) AS i ON CONFLICT (id) DO NOTHING;
INSERT INTO events VALUES (5, 'dup'), (6, 'not'); -- fail
INSERT INTO events VALUES (5, 'dup') ON CONFLICT (id) DO UPDATE SET note = 'changed'; -- fail
INSERT INTO events SELECT id + 100, note FROM events;
MERGE INTO events AS e USING generate_series(5, 8) AS g (i) ON e.id = g.i
    WHEN NOT MATCHED THEN INSERT (id, note) VALUES (g.i, 'merged');
MERGE INTO events AS e USING generate_series(5, 8) AS g (i) ON e.id = g.i
    WHEN MATCHED THEN UPDATE SET note = 'merged'; -- fail
COPY events (id, note) FROM stdin (DELIMITER ',');
20,copied
21,copied too
\.
COPY events (id, note) FROM stdin (DELIMITER ','); -- fail
22,lost
20,dup
\.
WITH w AS (INSERT INTO events VALUES (30, 'in a WITH') RETURNING ledger_seq)
INSERT INTO events SELECT 31, 'outside of it' FROM w RETURNING ledger_seq;
SELECT count(*), min(ledger_seq), max(ledger_seq) FROM events;
SELECT * FROM wrong_links('events');
SELECT * FROM soc2.verify_ledger('events');

-- rows that come between: by a function that writes the same ledger while a
-- command does, with and without an error, and rows that bring their place
CREATE FUNCTION add_event(i integer) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_test.events VALUES (i, 'in between');
    IF i % 3 = 0 THEN
        RAISE 'undone';
    END IF;
    RETURN 'kept';
EXCEPTION WHEN raise_exception THEN
    RETURN SQLERRM;
END $$;
BEGIN;
INSERT INTO events SELECT i, add_event(i + 1000) FROM generate_series(1100, 1199) AS i;
SELECT note, count(*) FROM events WHERE id >= 1000 GROUP BY 1 ORDER BY 1;
SELECT * FROM wrong_links('events');
SELECT max(ledger_seq) AS last FROM events \gset
INSERT INTO events
SELECT 3000 + i, 'some bring their place', lane, lane + :last + i, lane_hash, lane_hash
FROM (VALUES (1, NULL::integer, NULL::soc2.digest), (2, 0, sha256('a')::soc2.digest), (3, NULL, NULL)) AS v (i, lane, lane_hash);
SELECT ledger_seq - :last AS position FROM events WHERE id > 3000 ORDER BY id;
ROLLBACK;

-- a change of the table is noticed, and rows from before it stay as they are
BEGIN;
ALTER TABLE events ADD COLUMN "Extra" text;
INSERT INTO events (id, "Extra") VALUES (35, 'extra');
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE events DROP COLUMN "Extra";
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
SELECT * FROM soc2.verify_ledger('events');
ALTER TABLE events ADD COLUMN "Extra" text;
INSERT INTO events (id, "Extra") SELECT 36, 'again';
SELECT * FROM wrong_links('events');
ROLLBACK;
INSERT INTO events (id, note) VALUES (35, 'without it');
SELECT * FROM soc2.verify_ledger('events');

-- a later trigger that drops rows leaves no gap, but could change them too
CREATE FUNCTION drop_odd() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF NEW.id % 2 = 1 THEN RETURN NULL; END IF; RETURN NEW; END $$;
CREATE TRIGGER zzz_drop_odd BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION drop_odd();
INSERT INTO events SELECT i, 'even' FROM generate_series(40, 49) AS i;
SELECT count(*), min(ledger_seq), max(ledger_seq) FROM events;
SELECT * FROM wrong_links('events');
SELECT * FROM soc2.verify_ledger('events');
DROP TRIGGER zzz_drop_odd ON events;

--
-- Guards
--

UPDATE events SET note = 'changed'; -- fail
\echo :SQLSTATE
UPDATE events SET note = note WHERE id = 1; -- fail
DELETE FROM events WHERE id = 1; -- fail
TRUNCATE events; -- fail
SET session_replication_role = replica;
UPDATE events SET note = 'changed'; -- fail
DELETE FROM events; -- fail
TRUNCATE events; -- fail
UPDATE soc2.ledgers SET ledger_id = gen_random_uuid(); -- fail
DELETE FROM soc2.ledgers; -- fail
TRUNCATE soc2.ledgers; -- fail
TRUNCATE soc2.evidence; -- fail
RESET session_replication_role;

--
-- Rows that arrive with ledger columns
--

ALTER TABLE events OWNER TO regress_ledger_owner;
GRANT INSERT, SELECT ON events TO regress_ledger_collector;
SELECT max(ledger_seq) AS last FROM events \gset
SET ROLE regress_ledger_collector;
INSERT INTO events VALUES (200, 'by a collector');
INSERT INTO events VALUES (201, 'forged', 0, 99, sha256('a')::soc2.digest, sha256('b')::soc2.digest); -- fail
\echo :SQLSTATE
INSERT INTO events VALUES (201, 'in part', 0); -- fail
\echo :SQLSTATE
SET ROLE regress_ledger_owner;
INSERT INTO events VALUES (201, 'by the owner');
INSERT INTO events VALUES (202, 'in part', NULL, NULL, sha256('a')::soc2.digest, NULL); -- fail
SELECT * FROM soc2.verify_ledger('events');
BEGIN;
INSERT INTO events VALUES (202, 'restored', 0, :last + 5, sha256('a')::soc2.digest, sha256('b')::soc2.digest);
SELECT lane, seq - :last AS seq, problem, replace(detail, (:last + 3)::text, 'N') AS detail
FROM soc2.verify_ledger('events');
ROLLBACK;
RESET ROLE;

--
-- Verifying: who may, what is a ledger, what it names
--

SET ROLE regress_ledger_nobody;
SELECT * FROM soc2.verify_ledger('ledger_test.events'); -- fail
SET ROLE regress_ledger_collector;
BEGIN TRANSACTION READ ONLY;
SELECT * FROM soc2.verify_ledger('ledger_test.events');
COMMIT;
RESET ROLE;
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
SET ROLE regress_ledger_collector;
SELECT * FROM soc2.verify_ledger('ledger_test.events'); -- fail
RESET ROLE;
ALTER TABLE events DISABLE ROW LEVEL SECURITY;
SELECT * FROM soc2.verify_ledger('pg_class'); -- fail
SELECT * FROM soc2.verify_ledger('pg_views'); -- fail
SELECT * FROM soc2.verify_ledger('kinds_ledger_lane_ledger_seq_key'); -- fail
SELECT * FROM soc2.verify_ledger(NULL);

-- guards that are down
BEGIN;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE events DISABLE TRIGGER zz_chain;
ALTER TABLE events ENABLE TRIGGER guard_row;
DROP TRIGGER guard_truncate ON events;
ALTER TABLE events DROP CONSTRAINT events_ledger_lane_ledger_seq_key;
CREATE RULE swallow AS ON INSERT TO events DO INSTEAD NOTHING;
ALTER TABLE soc2.ledgers DISABLE TRIGGER soc2_guard_update;
SELECT * FROM soc2.verify_ledger('events');
ROLLBACK;
BEGIN;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE events SET UNLOGGED;
DROP TRIGGER guard_row ON events;
CREATE TRIGGER guard_row BEFORE UPDATE OF note ON events
    FOR EACH ROW WHEN (NEW.id = 0) EXECUTE FUNCTION soc2.ledger_guard();
SELECT * FROM soc2.verify_ledger('events');
ROLLBACK;

-- a ledger that cannot be written
BEGIN;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE events DROP CONSTRAINT events_ledger_lane_ledger_seq_key;
INSERT INTO events VALUES (300, 'no index'); -- fail
ROLLBACK;
BEGIN;
SET LOCAL session_replication_role = replica;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE soc2.ledgers DISABLE TRIGGER ALL;
DELETE FROM soc2.ledgers WHERE relation = 'events'::regclass;
SELECT * FROM soc2.verify_ledger('events');
SET LOCAL session_replication_role = origin;
DO $$
BEGIN
    INSERT INTO events VALUES (300, 'no entry');
EXCEPTION WHEN object_not_in_prerequisite_state THEN
    RAISE NOTICE '%', SQLERRM;
END $$;
ROLLBACK;
INSERT INTO events VALUES (300, 'all is well again');
SELECT * FROM soc2.verify_ledger('events');

-- the functions are triggers of a certain kind, and of ledgers
CREATE TABLE plain (a integer);
CREATE TRIGGER t BEFORE INSERT ON plain FOR EACH ROW EXECUTE FUNCTION soc2.ledger_chain();
INSERT INTO plain VALUES (1); -- fail
CREATE OR REPLACE TRIGGER t AFTER INSERT ON plain FOR EACH ROW EXECUTE FUNCTION soc2.ledger_chain();
INSERT INTO plain VALUES (1); -- fail
CREATE OR REPLACE TRIGGER t BEFORE INSERT ON plain FOR EACH STATEMENT EXECUTE FUNCTION soc2.ledger_chain();
INSERT INTO plain VALUES (1); -- fail
CREATE OR REPLACE TRIGGER t BEFORE INSERT ON plain FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
INSERT INTO plain VALUES (1); -- fail
CREATE OR REPLACE TRIGGER t BEFORE INSERT ON plain FOR EACH ROW EXECUTE FUNCTION soc2.evidence_stamp('a');
INSERT INTO plain VALUES (1); -- fail
DROP TRIGGER t ON plain;
INSERT INTO plain VALUES (1);
CREATE TRIGGER t BEFORE UPDATE ON plain FOR EACH ROW EXECUTE FUNCTION soc2.ledger_chain();
UPDATE plain SET a = 2; -- fail
CREATE OR REPLACE TRIGGER t AFTER UPDATE ON plain FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
UPDATE plain SET a = 2; -- fail
DROP TABLE plain;

--
-- Evidence.  All of it is rolled back, as other tests count rows.
--

CREATE FUNCTION try(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
BEGIN;
GRANT INSERT (kind, control_id, check_id, criteria, subject, effective, payload, artifact,
              artifact_uri, artifact_sha256, media_type, expires_at),
      SELECT (evidence_id)
    ON soc2.evidence TO regress_ledger_collector;
SET LOCAL ROLE regress_ledger_collector;
SELECT soc2.record_evidence('note') AS first \gset
SELECT soc2.record_evidence(
    'file', 'a subject', '{"found": 3}', '{tsc:CC6.1}', 'AC-1', 'login', '[2024-01-01,2024-02-01)',
    'abc', 'file:///tmp/a', NULL, 'text/plain', '2030-01-01') AS second \gset
SELECT soc2.record_evidence('elsewhere', artifact_uri => 's3://bucket/a',
                            artifact_sha256 => sha256('abc')::soc2.digest) AS third \gset
-- what collectors may not decide
SELECT try($$INSERT INTO soc2.evidence (kind, recorded_at) VALUES ('a', now())$$);
SELECT try($$INSERT INTO soc2.evidence (kind, recorded_by) VALUES ('a', 'me')$$);
SELECT try($$INSERT INTO soc2.evidence (kind, ledger_seq) VALUES ('a', 1)$$);
SELECT try($$SELECT soc2.record_evidence('a', artifact => 'abc', artifact_sha256 => sha256('abd')::soc2.digest)$$);
SELECT try($$SELECT soc2.record_evidence(NULL)$$);
SELECT try($$UPDATE soc2.evidence SET kind = 'changed'$$);
RESET ROLE;
-- and owners cannot either
SELECT try($$INSERT INTO soc2.evidence (kind, recorded_at, recorded_by)
             VALUES ('dated back', '1999-12-31', 'somebody')$$);
SELECT try($$UPDATE soc2.evidence SET kind = 'changed'$$);
SELECT try($$DELETE FROM soc2.evidence$$);
SELECT kind, control_id, check_id, criteria, subject, payload, artifact, artifact_uri, artifact_sha256,
       media_type, recorded_by, clock_timestamp() - recorded_at < '1 minute' AS recent,
       recorded_at > now() AS not_at_start,
       ledger_lane, octet_length(ledger_salt) AS salt
FROM soc2.evidence
WHERE evidence_id IN (:'first', :'second', :'third') OR kind = 'dated back'
ORDER BY ledger_seq \gx
SELECT redactable FROM soc2.ledgers WHERE relation = 'soc2.evidence'::regclass;
SELECT count(*) AS wrong FROM wrong_links('soc2.evidence');
SELECT * FROM soc2.verify_ledger('soc2.evidence');
ROLLBACK;

--
-- Clean up: with the guard down ledgers with rows can go, and their entries stay
--

SET client_min_messages = warning;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
DROP SCHEMA ledger_test CASCADE;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
DROP OWNED BY regress_ledger_owner, regress_ledger_collector, regress_ledger_nobody;
DROP ROLE regress_ledger_owner, regress_ledger_collector, regress_ledger_nobody;
