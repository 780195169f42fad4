--
-- Row history and commands that define tables: recording is not ended but by
-- soc2.untrack_changes(), and rows that come or go with a command are recorded.
--
SET client_min_messages = warning;
CREATE SCHEMA regress_track;
SET search_path = regress_track, soc2;
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
CREATE TABLE item (id integer PRIMARY KEY, label text, amount integer);
INSERT INTO item VALUES (1, 'one', 1), (2, 'two', 2);

-- a table that is not tracked lets triggers go
CREATE TRIGGER soc2_track_insert AFTER INSERT ON item REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION track_rows();
DROP TRIGGER soc2_track_insert ON item;
SELECT track_changes('item') IS NOT NULL AS tracked;

-- the triggers stay as they are
DROP TRIGGER soc2_track_insert ON item; --fail
DROP TRIGGER zz_soc2_track_begin ON item; --fail
ALTER TABLE item DISABLE TRIGGER soc2_track_update; --fail
ALTER TABLE item DISABLE TRIGGER ALL; --fail
ALTER TABLE item ENABLE TRIGGER soc2_track_delete; --fail
ALTER TABLE item ENABLE REPLICA TRIGGER soc2_track_truncate; --fail
ALTER TABLE item ENABLE ALWAYS TRIGGER soc2_track_delete;
ALTER TRIGGER soc2_track_insert ON item RENAME TO other; --fail
CREATE OR REPLACE TRIGGER soc2_track_insert AFTER INSERT ON item REFERENCING NEW TABLE AS n FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION track_rows(); --fail
DROP FUNCTION track_rows(); --fail
DROP FUNCTION track_rows() CASCADE; --fail
ALTER TABLE item SET UNLOGGED; --fail
SELECT * FROM tracking_problems('item');

-- where the guard was down, that shows
SET client_min_messages = error;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE item DISABLE TRIGGER soc2_track_update;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
SET client_min_messages = warning;
SELECT * FROM tracking_problems('item');
ALTER TABLE item ENABLE ALWAYS TRIGGER soc2_track_update;
SELECT * FROM tracking_problems('item');

-- columns come, go and change their names and types
SELECT pg_temp.keep('item');
ALTER TABLE item ADD COLUMN added text DEFAULT 'at once', ADD COLUMN "No One" integer;
UPDATE item SET added = 'later', "No One" = 1 WHERE id = 1;
SELECT pg_temp.keep('item');
ALTER TABLE item RENAME COLUMN label TO title;
ALTER TABLE item RENAME COLUMN "No One" TO label;
UPDATE item SET title = upper(title), label = 7;
SELECT pg_temp.keep('item');
ALTER TABLE item DROP COLUMN amount;
INSERT INTO item (id, title) VALUES (3, 'three');
SELECT pg_temp.keep('item');
ALTER TABLE item ALTER COLUMN id TYPE bigint, ALTER COLUMN id SET DEFAULT 4, ALTER COLUMN title SET NOT NULL;
UPDATE item SET title = 'x' WHERE id = 3;
SELECT pg_temp.keep('item');
ALTER TABLE item RENAME COLUMN id TO number;
ALTER TABLE item RENAME TO thing;
DELETE FROM thing WHERE number = 2;
SELECT pg_temp.keep('thing');
BEGIN;
ALTER TABLE thing DROP COLUMN title;
ROLLBACK;
SELECT pg_temp.differences('thing'), count(*) FROM pg_temp.states;
SELECT action, row_key, old_values, new_values FROM history('thing', 2);
SELECT action, new_values FROM history('thing') WHERE row_key IS NULL;
SELECT columns, key FROM tracked_tables WHERE relation = 'thing'::regclass;
SELECT DISTINCT table_name FROM row_changes AS r JOIN tracked_tables AS t USING (track_id) WHERE relation = 'thing'::regclass ORDER BY 1;
-- but the key stays
ALTER TABLE thing DROP COLUMN number; --fail
ALTER TABLE thing DROP CONSTRAINT item_pkey;
-- columns that were named are followed too, others are not
CREATE TABLE chosen (id integer PRIMARY KEY, a text, b text);
SELECT track_changes('chosen', '{a}') IS NOT NULL AS tracked;
ALTER TABLE chosen ADD COLUMN c text;
ALTER TABLE chosen RENAME COLUMN b TO d;
ALTER TABLE chosen RENAME COLUMN a TO z;
INSERT INTO chosen VALUES (1, 'z', 'd', 'c');
ALTER TABLE chosen DROP COLUMN d;
ALTER TABLE chosen DROP COLUMN z;
INSERT INTO chosen VALUES (2);
SELECT action, row_key, old_values, new_values FROM history('chosen');

-- partitions come with their rows and leave with them
CREATE TABLE parted (id integer, region text, v text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE parted_a PARTITION OF parted FOR VALUES IN ('a');
SELECT track_changes('parted') IS NOT NULL AS tracked;
TRUNCATE pg_temp.states;
INSERT INTO parted VALUES (1, 'a', 'x');
SELECT pg_temp.keep('parted');
CREATE TABLE parted_b PARTITION OF parted FOR VALUES IN ('b', 'bb') PARTITION BY LIST (region);
CREATE TABLE parted_b1 PARTITION OF parted_b FOR VALUES IN ('b');
INSERT INTO parted_b1 VALUES (2, 'b', 'y');
SELECT pg_temp.keep('parted');
CREATE TABLE coming (v text, region text NOT NULL, id integer NOT NULL);
INSERT INTO coming VALUES ('z', 'c', 3), ('z', 'c', 4);
ALTER TABLE parted ATTACH PARTITION coming FOR VALUES IN ('c');
UPDATE coming SET v = 'Z' WHERE id = 4;
SELECT pg_temp.keep('parted');
SELECT * FROM tracking_problems('parted');
ALTER TABLE parted DETACH PARTITION parted_b;
INSERT INTO parted_b VALUES (9, 'b', 'unseen');
SELECT pg_temp.keep('parted');
SELECT tgrelid::regclass FROM pg_trigger WHERE tgfoid = 'soc2.track_rows'::regproc AND tgrelid::regclass::text ~ '^parted_b';
ALTER TABLE parted ATTACH PARTITION parted_b FOR VALUES IN ('b', 'bb');
SELECT pg_temp.keep('parted');
ALTER TABLE parted DETACH PARTITION coming CONCURRENTLY;
SELECT pg_temp.keep('parted');
SELECT tgname FROM pg_trigger WHERE tgrelid = 'coming'::regclass;
DROP TABLE parted_a;
SELECT pg_temp.keep('parted');
SELECT pg_temp.differences('parted'), count(*) FROM pg_temp.states;
SELECT dense_rank() OVER (ORDER BY change_no) AS n, action, row_key, old_values, new_values FROM history('parted') ORDER BY change_no, row_key;
SELECT * FROM tracking_problems('parted');
SELECT * FROM tracking_problems('coming');
SELECT * FROM tracking_problems(1);

-- rows of a tracked table are those of no other
CREATE TABLE own (id integer PRIMARY KEY, region text NOT NULL, v text);
SELECT track_changes('own') IS NOT NULL AS tracked;
ALTER TABLE own DROP CONSTRAINT own_pkey;
ALTER TABLE parted ATTACH PARTITION own FOR VALUES IN ('o'); --fail
CREATE TABLE heir () INHERITS (own); --fail
CREATE TABLE parent (id integer, region text, v text);
ALTER TABLE own INHERIT parent; --fail
CREATE FOREIGN DATA WRAPPER regress_track;
CREATE SERVER regress_track FOREIGN DATA WRAPPER regress_track;
CREATE FOREIGN TABLE parted_f PARTITION OF parted FOR VALUES IN ('f') SERVER regress_track; --fail
CREATE UNLOGGED TABLE parted_u PARTITION OF parted FOR VALUES IN ('u'); --fail

-- a table that goes leaves its rows in the ledger
SELECT track_id FROM tracked_tables WHERE relation = 'chosen'::regclass \gset
BEGIN;
DROP TABLE chosen;
ROLLBACK;
DROP TABLE chosen;
SELECT action, c.value FROM row_changes, json_array_elements(changes) AS c WHERE track_id = :'track_id' AND action = 'drop'
ORDER BY c.value ->> 'k';
SELECT count(*) FROM tracked_tables WHERE track_id = :'track_id';
DROP TABLE parted;
SELECT count(*) FROM row_changes WHERE action = 'drop' AND table_name ~ 'parted';
CREATE TABLE chosen (id integer PRIMARY KEY);
SELECT track_changes('chosen') <> :'track_id' AS other_history;

-- a table whose entry is missing gets one with its next change, if it can
CREATE TABLE restored (id integer PRIMARY KEY, v text);
CREATE TRIGGER soc2_track_insert AFTER INSERT ON restored REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION track_rows();
CREATE TABLE restored_by (id integer, code text UNIQUE);
CREATE TRIGGER soc2_track_insert AFTER INSERT ON restored_by REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION track_rows('code');
CREATE TABLE keyless (id integer);
CREATE TRIGGER soc2_track_insert AFTER INSERT ON keyless REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION track_rows();
INSERT INTO restored VALUES (1, 'x');
INSERT INTO restored_by VALUES (1, 'x');
INSERT INTO keyless VALUES (1); --fail
SELECT action, row_key, new_values FROM history('restored');
SELECT action, row_key, new_values FROM history('restored_by');
SELECT * FROM tracking_problems('restored');

-- registries of the extension are tracked from the start, and a restore brings no new rows
SELECT track_member('own', 'id'); --fail
SET ROLE soc2_admin;
INSERT INTO soc2.identities (role_name, kind, owner) VALUES ('regress_a', 'service', 'x');
UPDATE soc2.identities SET owner = 'y' WHERE role_name = 'regress_a';
SET check_function_bodies = off;
INSERT INTO soc2.identities (role_name, kind, owner) VALUES ('regress_b', 'service', 'seen');
RESET ROLE;
INSERT INTO soc2.identities (role_name, kind, owner) VALUES ('regress_c', 'service', 'restored');
UPDATE soc2.identities SET owner = 'seen again' WHERE role_name = 'regress_c';
RESET check_function_bodies;
SELECT action, row_key, old_values - 'recorded_at' AS old, new_values - 'recorded_at' AS new, executing_role = 'soc2_admin' AS by_admin
FROM history('soc2.identities') WHERE row_key ->> 0 ~ '^regress_[abc]$' ORDER BY change_no;
SELECT columns, key FROM tracked_tables WHERE relation = 'soc2.identities'::regclass;
SELECT relation, p.problem FROM (VALUES ('soc2.identities'::regclass), ('soc2.sod_rules'), ('soc2.capacity_plans')) AS t (tracked)
CROSS JOIN tracking_problems(tracked) AS p;
DELETE FROM soc2.identities WHERE role_name ~ '^regress_';

-- the ledger can have retention like others of the extension
BEGIN;
SELECT create_retention_class('regress_track', '1 year', 'test') \g /dev/null
SELECT set_retention('soc2.row_changes', 'regress_track', 'recorded_at');
SELECT relation, class, guarded FROM retention_status WHERE relation = 'soc2.row_changes';
ROLLBACK;

SELECT * FROM verify_ledger('row_changes');
SET client_min_messages = error;
DROP SERVER regress_track CASCADE;
DROP FOREIGN DATA WRAPPER regress_track;
DROP SCHEMA regress_track CASCADE;
SELECT count(*) FROM tracked_tables WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = relation);
