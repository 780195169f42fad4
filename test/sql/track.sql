--
-- Row history: every statement that changes rows of a tracked table is recorded,
-- row by row, whoever runs it; the history of a row and the table of a time are
-- read from that, and it is a ledger.
--
SET client_min_messages = warning;
CREATE ROLE "regress_soc2 keeper";
CREATE ROLE regress_soc2_writer;
CREATE SCHEMA regress_track AUTHORIZATION "regress_soc2 keeper";
GRANT USAGE ON SCHEMA regress_track TO regress_soc2_writer;
GRANT USAGE ON SCHEMA soc2 TO "regress_soc2 keeper", regress_soc2_writer;
SET search_path = regress_track, soc2;
-- what was recorded of a table, without what differs from run to run
CREATE FUNCTION pg_temp.told(t regclass) RETURNS TABLE (n bigint, action text, key jsonb, old jsonb, new jsonb)
LANGUAGE sql AS $$
    SELECT dense_rank() OVER (ORDER BY h.change_no), h.action, h.row_key, h.old_values, h.new_values
    FROM soc2.history(t) AS h ORDER BY h.change_no, h.row_key
$$;
-- the table of a time is what it was then: each state is kept along with when it was
CREATE TABLE pg_temp.states (at timestamptz, rows jsonb[]);
CREATE FUNCTION pg_temp.keep(t regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE kept jsonb[];
BEGIN
    EXECUTE format('SELECT array_agg(to_jsonb(x) ORDER BY to_jsonb(x)) FROM %s AS x', t) INTO kept;
    INSERT INTO pg_temp.states VALUES (clock_timestamp(), kept);
END $$;
CREATE FUNCTION pg_temp.differences(t regclass) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM pg_temp.states AS s
    WHERE s.rows IS DISTINCT FROM (SELECT array_agg(r ORDER BY r) FROM soc2.as_of(t, s.at) AS r)
$$;

-- who may, and what can be tracked
CREATE TABLE item (id integer PRIMARY KEY, label text, amount numeric(10,2), twice numeric GENERATED ALWAYS AS (amount * 2) STORED, note jsonb);
SET ROLE "regress_soc2 keeper";
SELECT track_changes('item'); --fail
RESET ROLE;
ALTER TABLE item OWNER TO "regress_soc2 keeper";
CREATE TABLE keyless (a integer, b integer NOT NULL, c integer NOT NULL);
CREATE UNIQUE INDEX ON keyless (a);
CREATE UNIQUE INDEX ON keyless (b) WHERE b > 0;
CREATE TEMP TABLE fleeting (id integer PRIMARY KEY);
CREATE UNLOGGED TABLE unlogged (id integer PRIMARY KEY);
CREATE VIEW seen AS SELECT 1 AS id;
CREATE TABLE parent (id integer PRIMARY KEY);
CREATE TABLE child () INHERITS (parent);
SELECT track_changes('keyless'); --fail
SELECT track_changes('keyless', key => '{a}'); --fail
SELECT track_changes('keyless', key => '{b}'); --fail
SELECT track_changes('keyless', key => '{}'); --fail
SELECT track_changes('keyless', key => '{nosuch}'); --fail
SELECT track_changes('keyless', key => '{ctid}'); --fail
SELECT track_changes('keyless', columns => '{NULL}'); --fail
SELECT track_changes('fleeting'); --fail
SELECT track_changes('unlogged'); --fail
SELECT track_changes('seen'); --fail
SELECT track_changes('parent'); --fail
SELECT track_changes('pg_class'); --fail
SELECT track_changes('soc2.evidence'); --fail
SELECT track_changes(NULL); --fail
SELECT untrack_changes('item'); --fail
SELECT * FROM history('item'); --fail
SELECT as_of('item', now()); --fail

-- the owner begins; one who writes needs no right on the ledger
INSERT INTO item VALUES (0, 'before', 1.5);
SET ROLE "regress_soc2 keeper";
SELECT track_changes('item') IS NOT NULL AS tracked;
SELECT track_changes('item'); --fail
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON item TO regress_soc2_writer;
RESET ROLE;
SELECT relation, columns, key, apart, tracked_by, untracked_at FROM tracked_tables WHERE relation = 'item'::regclass;
SET ROLE regress_soc2_writer;
SELECT count(*) FROM soc2.row_changes; --fail
SELECT count(*) FROM soc2.tracked_tables; --fail
INSERT INTO item (id, label, amount) VALUES (1, 'one', 1), (2, 'two', 2);
RESET ROLE;
SELECT pg_temp.keep('item');

-- all kinds of statements
UPDATE item SET amount = amount + 1, note = '{"a": null}' WHERE id > 0;
UPDATE item SET label = label;
UPDATE item SET id = 10, label = 'ten' WHERE id = 1;
DELETE FROM item WHERE id = 0;
SELECT pg_temp.keep('item');
INSERT INTO item (id, label) VALUES (2, 'deux'), (3, 'trois')
    ON CONFLICT (id) DO UPDATE SET label = excluded.label;
INSERT INTO item (id) VALUES (2) ON CONFLICT DO NOTHING;
SELECT pg_temp.keep('item');
WITH gone AS (DELETE FROM item WHERE id = 3 RETURNING *)
INSERT INTO item (id, label) SELECT id + 1, 'moved' FROM gone;
SELECT pg_temp.keep('item');
MERGE INTO item USING (VALUES (2, 'x'), (4, 'y'), (5, 'z')) AS v (id, label) ON item.id = v.id
    WHEN MATCHED AND v.id = 2 THEN DELETE
    WHEN MATCHED THEN UPDATE SET label = v.label
    WHEN NOT MATCHED THEN INSERT (id, label) VALUES (v.id, v.label);
SELECT pg_temp.keep('item');
COPY item (id, label) FROM STDIN (FORMAT csv);
6,six
7,
\.
SELECT pg_temp.keep('item');
BEGIN;
INSERT INTO item (id) VALUES (8);
SAVEPOINT s;
INSERT INTO item (id) VALUES (9);
ROLLBACK TO s;
UPDATE item SET label = 'eight' WHERE id = 8;
COMMIT;
SELECT pg_temp.keep('item');
TRUNCATE item;
SELECT pg_temp.keep('item');
SELECT * FROM pg_temp.told('item');
SELECT pg_temp.differences('item'), count(*) AS states FROM pg_temp.states;
SELECT * FROM verify_ledger('row_changes');

-- a row is found by any key that it had; a key is given as it is typed, or as it prints
SELECT action, row_key, old_values, new_values FROM history('item', 1);
SELECT action, row_key, old_values, new_values FROM history('item', '010');
SELECT count(*) FROM history('item', 99);
SELECT x, (SELECT count(*) FROM history('item', x)) FROM generate_series(1, 3) AS x;
SELECT * FROM history('item', 1, 2); --fail
SELECT * FROM history('item', NULL::integer); --fail
SELECT * FROM history('item', 'one'); --fail

-- who, as whom, from where and when
SET application_name = 'regress';
SET soc2.change = 'C-1';
CREATE FUNCTION put(id integer) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = regress_track
    AS 'INSERT INTO item (id) VALUES ($1)';
ALTER FUNCTION put(integer) OWNER TO "regress_soc2 keeper";
SET ROLE regress_soc2_writer;
BEGIN;
SELECT put(11);
SELECT session_role = session_user AS session, executing_role, application, change_id,
    transaction_id = pg_current_xact_id()::text::bigint AS transaction, recorded_at >= statement_at AS times,
    statement_at >= now() AS statement
FROM history('item', 11);
COMMIT;
RESET ROLE;
RESET soc2.change;
RESET application_name;

-- a column of any type: by its text, but numbers, booleans and JSON as they are
CREATE TYPE pair AS (a integer, b text);
CREATE DOMAIN whole AS integer CHECK (VALUE >= 0);
CREATE TABLE "Odd ""Table" ("the Key" text, "k,2" whole, "Co""l'umn" text, p point, x xml, j json, b jsonb, f float8, m numeric,
    y bytea, o boolean, i interval, t timestamptz, d date, a text[], c pair, r int4range, u uuid, n inet,
    PRIMARY KEY ("k,2", "the Key"));
SELECT track_changes('"Odd ""Table"') IS NOT NULL AS tracked;
SET datestyle = 'German'; SET timezone = 'Asia/Tokyo'; SET bytea_output = 'escape'; SET intervalstyle = 'iso_8601';
INSERT INTO "Odd ""Table" VALUES (E'a "key"\\', 1, E'tab\t, bell \x07 and \\', '(1,2)', '<a b="c">&amp;</a>', '{ "a" : 1,  "a": 2 }', '[1, null]', 1e20, 'NaN',
    '\x00ff5c', true, '1 day 02:03', '2024-02-29 12:00+00', '2024-02-29', '{a,NULL,"b c"}', '(1,"x,y")', '[1,5)', '00000000-0000-0000-0000-000000000001', '::1'),
    ('', 2, NULL, NULL, NULL, '"\u0000"', 'null', '-Infinity', 1.10, '', false, NULL, 'infinity', NULL, '{}', NULL, 'empty', NULL, NULL);

RESET datestyle; RESET timezone; RESET bytea_output; RESET intervalstyle;
-- but for what JSON does not keep, the rows come out as they were
\set columns '"the Key", "k,2", "Co""l''umn", p::text, x::text, nullif(b, ''null''), f, m, y, o, i, t, d, a, c, r, u, n'
CREATE TABLE pg_temp.typed AS SELECT :columns FROM "Odd ""Table";
SELECT clock_timestamp() AS typed_at \gset
SELECT jsonb_pretty(new_values) FROM history('"Odd ""Table"', 1, E'a "key"\\');
UPDATE "Odd ""Table" SET p = '(1,3)', x = '<z/>', j = '{ "a" : 1,  "a": 2 }', b = NULL, m = 1.100, c = '(1,"x,y")';
SELECT row_key, old_values, new_values FROM history('"Odd ""Table"') WHERE action = 'update' ORDER BY row_key;
SELECT * FROM pg_temp.typed EXCEPT
SELECT :columns FROM as_of('"Odd ""Table"', :'typed_at') AS past, jsonb_populate_record(NULL::"Odd ""Table", past);
SELECT count(*) FROM as_of('"Odd ""Table"', :'typed_at');

-- values stored out of line are read where they changed, and are whole
CREATE TABLE wide (id integer PRIMARY KEY, v text, w bytea);
ALTER TABLE wide ALTER v SET STORAGE EXTERNAL;
SELECT track_changes('wide') IS NOT NULL AS tracked;
INSERT INTO wide SELECT 1, string_agg(md5(i::text), ''), decode(string_agg(md5(i::text), ''), 'hex') FROM generate_series(1, 40000) AS i;
UPDATE wide SET id = 2;
UPDATE wide SET w = decode(md5('x'), 'hex');
UPDATE wide SET v = v || '', w = w || '';
UPDATE wide SET v = NULL;
SELECT action, row_key, length(old_values::text) AS old, length(new_values::text) AS new,
    md5(old_values ->> 'v') = (SELECT md5(string_agg(md5(i::text), '')) FROM generate_series(1, 40000) AS i) AS whole
FROM history('wide', 2);
SELECT octet_length(changes::text) FROM row_changes WHERE table_name ~ 'wide' AND action = 'update' ORDER BY change_no;

-- some columns, another key, each row apart
CREATE TABLE part_of (id integer PRIMARY KEY, code text NOT NULL UNIQUE, secret text, shown text);
SELECT track_changes('part_of', columns => '{shown}', key => '{code}', apart => true) IS NOT NULL AS tracked;
INSERT INTO part_of VALUES (1, 'a', 's1', 'x'), (2, 'b', 's2', 'y'), (3, 'c', 's3', 'z');
UPDATE part_of SET secret = 'S';
UPDATE part_of SET shown = 'X', secret = 'T' WHERE id = 1;
SELECT change_no - min(change_no) OVER () AS n, action, row_count, changes FROM row_changes
WHERE table_name ~ 'part_of' AND bucket IS NOT NULL ORDER BY changes::text;
SELECT action, new_values FROM history('part_of', 'a');
SELECT * FROM as_of('part_of', now()) AS r ORDER BY r;
SELECT clock_timestamp() AS before_update \gset
UPDATE part_of SET shown = 'new' WHERE code = 'b';
-- so that one can be redacted without the others: then the past cannot be told
SELECT soc2.redact('soc2.row_changes', ledger_lane, ledger_seq, 'asked for') FROM history('part_of', 'b') WHERE action = 'update' \g /dev/null
SELECT action, new_values FROM history('part_of', 'b');
SELECT as_of('part_of', :'before_update'); --fail
SELECT * FROM verify_ledger('row_changes');

-- many rows go together, and are found one by one
CREATE TABLE many (id bigint PRIMARY KEY, v text);
SELECT track_changes('many') IS NOT NULL AS tracked;
INSERT INTO many SELECT i, 'row ' || i FROM generate_series(1, 20000) AS i;
TRUNCATE pg_temp.states;
SELECT pg_temp.keep('many');
UPDATE many SET id = id + 20000 WHERE id % 2 = 0;
DELETE FROM many WHERE id % 3 = 0;
SELECT sum(row_count) AS rows, count(*) < 3000 AS together, max(octet_length(changes::text)) < 4000 AS small
FROM row_changes WHERE table_name ~ 'many' AND action <> 'track';
SELECT count(*) FROM generate_series(1, 20000, 371) AS i
WHERE NOT EXISTS (SELECT FROM history('many', i) WHERE action = 'insert' AND new_values ->> 'v' = 'row ' || i);
SELECT pg_temp.differences('many');
EXPLAIN (COSTS OFF) SELECT FROM row_changes WHERE bucket = ANY ('{1,2,3}');

-- rows that swap keys within a statement
CREATE TABLE swapped (id integer PRIMARY KEY DEFERRABLE, v text);
SELECT track_changes('swapped') IS NOT NULL AS tracked;
INSERT INTO swapped VALUES (1, 'a'), (2, 'b'), (3, 'c');
TRUNCATE pg_temp.states;
SELECT pg_temp.keep('swapped');
UPDATE swapped SET id = 3 - id WHERE id < 3;
SELECT pg_temp.keep('swapped');
UPDATE swapped SET id = id + 1;
SELECT pg_temp.keep('swapped');
DELETE FROM swapped WHERE id = 2;
INSERT INTO swapped VALUES (2, 'd');
SELECT pg_temp.keep('swapped');
SELECT pg_temp.differences('swapped');

-- statements that other statements run: as they began, not as they ended
CREATE TABLE nested (id integer PRIMARY KEY, v integer);
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE nested SET v = v + 1 WHERE id = NEW.id AND v < 3;
    RETURN NULL;
END $$;
CREATE TRIGGER again AFTER INSERT OR UPDATE ON nested FOR EACH ROW EXECUTE FUNCTION again();
SELECT track_changes('nested') IS NOT NULL AS tracked;
TRUNCATE pg_temp.states;
SELECT pg_temp.keep('nested');
INSERT INTO nested VALUES (1, 0);
SELECT pg_temp.keep('nested');
DO $$ BEGIN
    BEGIN
        INSERT INTO nested VALUES (2, 9), (1, 9);
    EXCEPTION WHEN unique_violation THEN
        UPDATE nested SET v = 1 WHERE id = 1;
    END;
END $$;
SELECT pg_temp.keep('nested');
SELECT action, old_values, new_values FROM history('nested', 1);
SELECT pg_temp.differences('nested');

-- partitions: through the table or one by one, moving or kept from it
CREATE TABLE parted (id integer, region text, v text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE parted_a PARTITION OF parted FOR VALUES IN ('a');
CREATE TABLE parted_b (v text, dropped integer, region text NOT NULL, id integer NOT NULL);
ALTER TABLE parted_b DROP dropped;
ALTER TABLE parted ATTACH PARTITION parted_b FOR VALUES IN ('b');
CREATE TABLE parted_c PARTITION OF parted FOR VALUES IN ('c', 'd') PARTITION BY LIST (region);
CREATE TABLE parted_c1 PARTITION OF parted_c FOR VALUES IN ('c');
SELECT track_changes('parted_a'); --fail
SELECT track_changes('parted') IS NOT NULL AS tracked;
SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE tgfoid = 'soc2.track_rows'::regproc AND tgrelid::regclass::text ~ '^parted'
ORDER BY tgrelid::regclass::text COLLATE "C", tgname COLLATE "C";
TRUNCATE pg_temp.states;
INSERT INTO parted VALUES (1, 'a', 'x'), (2, 'b', 'y'), (3, 'c', 'z');
INSERT INTO parted_b (id, region, v) VALUES (4, 'b', 'straight');
SELECT pg_temp.keep('parted');
UPDATE parted SET region = 'b' WHERE id = 1;
UPDATE parted_c SET v = 'by parted_c';
SELECT pg_temp.keep('parted');
CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER stop BEFORE INSERT ON parted_c1 FOR EACH ROW EXECUTE FUNCTION stop();
UPDATE parted SET region = 'c', v = 'on its way' WHERE id = 2;
UPDATE parted SET region = CASE id WHEN 4 THEN 'c' ELSE region END, v = v || '!';
SELECT pg_temp.keep('parted');
TRUNCATE parted_b;
SELECT pg_temp.keep('parted');
TRUNCATE parted;
SELECT pg_temp.keep('parted');
SELECT * FROM pg_temp.told('parted');
SELECT pg_temp.differences('parted'), count(*) FROM pg_temp.states;
SELECT count(*) FROM history('parted_a', 1, 'a');

-- who may read: of the table all rows and columns, or else the ledger
SET ROLE regress_soc2_writer;
SELECT count(*) FROM history('item', 1);
SELECT count(*) FROM as_of('item', now());
SELECT count(*) FROM history('many', 1); --fail
SELECT count(*) FROM as_of('many', now()); --fail
RESET ROLE;
ALTER TABLE item ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON item USING (id > 5);
SET ROLE regress_soc2_writer;
SELECT count(*) FROM history('item', 1); --fail
SELECT count(*) FROM history('item'); --fail
SELECT count(*) FROM as_of('item', now()); --fail
INSERT INTO item (id) VALUES (12);
RESET ROLE;
GRANT soc2_auditor TO regress_soc2_writer;
SET ROLE regress_soc2_writer;
SELECT count(*) > 0 AS read FROM history('item', 12);
SELECT count(*) FROM as_of('item', now()); --fail
RESET ROLE;
REVOKE soc2_auditor FROM regress_soc2_writer;

-- recording is not stopped by the role of replication, and what was not recorded shows
SELECT clock_timestamp() AS unhidden \gset
SET session_replication_role = replica;
INSERT INTO swapped VALUES (9, 'hidden?');
RESET session_replication_role;
SELECT action FROM history('swapped', 9);
SET client_min_messages = error;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE swapped DISABLE TRIGGER USER;
DELETE FROM swapped WHERE id = 9;
ALTER TABLE swapped ENABLE TRIGGER USER;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
SET client_min_messages = warning;
SELECT count(*) FROM as_of('swapped', :'unhidden');

-- times about which nothing is known
\set VERBOSITY terse
SELECT as_of('swapped', '2001-01-01'); --fail
\set VERBOSITY default
SELECT as_of('swapped', now() + interval '1 hour'); --fail

-- the end of it; and again, in the same history
SET ROLE regress_soc2_writer;
SELECT untrack_changes('item'); --fail
SET ROLE "regress_soc2 keeper";
SELECT untrack_changes('item');
SELECT untrack_changes('item'); --fail
RESET ROLE;
UPDATE item SET label = 'unseen';
SELECT as_of('item', now()); --fail
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'item'::regclass AND NOT tgisinternal;
SELECT track_changes('item', '{amount}') = (SELECT track_id FROM tracked_tables WHERE relation = 'item'::regclass) AS same_history;
UPDATE item SET label = 'unseen again', amount = 5 WHERE id = 11;
SELECT action, row_key, new_values FROM history('item') WHERE row_key IS NULL OR row_key = '["11"]';

-- the trigger is used as it should be
CREATE TRIGGER wrong AFTER INSERT ON many FOR EACH ROW EXECUTE FUNCTION track_rows();
INSERT INTO many VALUES (-1); --fail
DROP TRIGGER wrong ON many;
CREATE TRIGGER wrong AFTER INSERT ON many FOR EACH STATEMENT EXECUTE FUNCTION track_rows();
INSERT INTO many VALUES (-1); --fail
DROP TRIGGER wrong ON many;
SELECT track_rows(); --fail

-- what was recorded stays, and what is forged is found
UPDATE row_changes SET action = 'x'; --fail
DELETE FROM row_changes; --fail
SELECT * FROM verify_ledger('row_changes');
BEGIN;
SET LOCAL client_min_messages = error;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE row_changes DISABLE TRIGGER USER;
UPDATE row_changes SET changes = '[]' WHERE ctid = (SELECT min(ctid) FROM row_changes WHERE action = 'update');
SELECT problem, count(*) FROM verify_ledger('row_changes') WHERE problem = 'content' GROUP BY problem;
ROLLBACK;

-- away with it
SET client_min_messages = error;
DROP SCHEMA regress_track CASCADE;
DROP ROLE "regress_soc2 keeper", regress_soc2_writer; --fail
REVOKE USAGE ON SCHEMA soc2 FROM "regress_soc2 keeper", regress_soc2_writer;
DROP ROLE "regress_soc2 keeper", regress_soc2_writer;
