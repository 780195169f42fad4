--
-- What users wrote runs with nobody else's rights: temporary types do not take the
-- place of the server's in statements of the extension, rows of views belong to no
-- subject, and constraints of domains run as the owner of the table.
--
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_soc2_mallory LOGIN;
CREATE ROLE regress_soc2_keeper LOGIN IN ROLE soc2_custodian;
CREATE ROLE regress_soc2_collector LOGIN IN ROLE soc2_collector;
CREATE SCHEMA "regress.M" AUTHORIZATION regress_soc2_mallory;
GRANT USAGE ON SCHEMA soc2 TO regress_soc2_mallory;
GRANT USAGE ON SCHEMA "regress.M" TO PUBLIC;
RESET client_min_messages;
SELECT soc2.create_error_queue('foreign', 'One', 'SELECT now()'), soc2.create_reconciliation('foreign', 'One', 'SELECT 1', 'SELECT 1');

-- says with whose rights it runs, if not with those of who wrote or named it
SET SESSION AUTHORIZATION regress_soc2_mallory;
CREATE FUNCTION "regress.M".spy(of pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF current_user NOT IN ('regress_soc2_mallory', session_user) THEN
        RAISE WARNING '% runs with the rights of another', of;
    END IF;
    RETURN true;
END$$;

-- temporary types, for who has a history
CREATE TABLE "regress.M".tracked (id integer PRIMARY KEY, note text);
SELECT soc2.track_changes('"regress.M".tracked') IS NOT NULL AS tracked;
SELECT soc2.set_subject('"regress.M".tracked', 'id', 'spied', on_erase => 'anonymize', columns => '{"note": null}');
INSERT INTO "regress.M".tracked VALUES (1, 'x');
UPDATE "regress.M".tracked SET note = 'y';
CREATE DOMAIN pg_temp.jsonb AS pg_catalog.jsonb CHECK ("regress.M".spy('jsonb'));
CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK ("regress.M".spy('text'));
SELECT action, new_values FROM soc2.history('"regress.M".tracked', 1);
SELECT count(*) FROM soc2.as_of('"regress.M".tracked', now());
ALTER TABLE "regress.M".tracked RENAME note TO remark;
ALTER TABLE "regress.M".tracked RENAME remark TO note;
DROP DOMAIN pg_temp.jsonb, pg_temp.text;
-- and for who collects
SET SESSION AUTHORIZATION regress_soc2_collector;
CREATE DOMAIN pg_temp.jsonb AS pg_catalog.jsonb CHECK ("regress.M".spy('jsonb'));
CREATE DOMAIN pg_temp.name AS pg_catalog.name CHECK ("regress.M".spy('name'));
CREATE DOMAIN pg_temp.timestamptz AS pg_catalog.timestamptz CHECK ("regress.M".spy('timestamptz'));
SELECT name, error FROM soc2.observe_error_queues('foreign');
SELECT name, error FROM soc2.reconcile('foreign');
DROP DOMAIN pg_temp.jsonb, pg_temp.name, pg_temp.timestamptz;

-- views
SET SESSION AUTHORIZATION regress_soc2_mallory;
CREATE VIEW "regress.M".seen AS SELECT 1 AS id, "regress.M".spy('view') AS spied;
SELECT soc2.set_subject('"regress.M".seen', 'id', 'viewed', on_erase => 'keep'); --fail

-- a column of a key that got another type
CREATE TABLE "regress.M".person (id integer PRIMARY KEY);
INSERT INTO "regress.M".person VALUES (1);
SELECT soc2.set_subject('"regress.M".person', 'id', 'turned');
CREATE DOMAIN "regress.M".key AS integer CHECK ("regress.M".spy('key'));
ALTER TABLE "regress.M".person ALTER id TYPE "regress.M".key;
SET SESSION AUTHORIZATION regress_soc2_keeper;
SELECT soc2.request_erasure('turned:1'); --fail
SELECT soc2.open_matter('Foreign code', 'foreign');
SELECT soc2.place_hold('foreign', subject => 'turned:1'); --fail

-- a constant, as it is set and as rows are erased
SET SESSION AUTHORIZATION regress_soc2_mallory;
CREATE DOMAIN "regress.M".remark AS text CHECK ("regress.M".spy('constant'));
CREATE TABLE "regress.M".client (id integer PRIMARY KEY, note "regress.M".remark, at timestamptz, code char(4), nothing text);
INSERT INTO "regress.M".client SELECT i, 'x', '2021-01-01 00:00Z', 'a', NULL FROM generate_series(1, 2) AS i;
SELECT soc2.set_subject('"regress.M".client', 'id', 'erasable', on_erase => 'anonymize', columns =>
    '{"note": {"constant": "erased"}, "at": {"constant": "2000-01-01 00:00+00"}, "code": {"constant": "b"}, "nothing": {"constant": ""}}');
SELECT soc2.set_anonymization('"regress.M".client', 'note', 'constant', 'erased');
SELECT soc2.unset_anonymization('"regress.M".client', 'note');
-- keys in row history
CREATE TABLE "regress.M".noted (id "regress.M".key PRIMARY KEY, owner integer, code "regress.M".remark);
SELECT soc2.set_subject('"regress.M".noted', 'owner', via => '"regress.M".client'), soc2.track_changes('"regress.M".noted') IS NOT NULL AS tracked;
INSERT INTO "regress.M".noted VALUES (7, 1, 'c'), (8, 2, 'c');
SET SESSION AUTHORIZATION regress_soc2_keeper;
SET DateStyle = 'German, DMY';
SET TimeZone = 'Asia/Kolkata';
SELECT soc2.request_erasure('erasable:1') AS e \gset
SELECT * FROM soc2.erasure_preview(:e);
CALL soc2.run_erasure(:e);
-- what was done is known to be done, whoever asks
SET DateStyle = 'ISO, MDY';
SET TimeZone = 'UTC';
SELECT * FROM soc2.erasure_preview(:e);
SELECT relation, rows, others FROM soc2.erasure_history(:e);
RESET SESSION AUTHORIZATION;
SELECT * FROM "regress.M".client ORDER BY id;
SELECT * FROM "regress.M".noted;

-- tidy up
SET client_min_messages = warning;
SELECT soc2.drop_error_queue('foreign'), soc2.drop_reconciliation('foreign');
DROP TABLE "regress.M".person, "regress.M".noted, "regress.M".client, "regress.M".tracked;
DROP SCHEMA "regress.M" CASCADE;
DELETE FROM soc2.subject_edges WHERE relation::oid NOT IN (SELECT oid FROM pg_class);
REVOKE USAGE ON SCHEMA soc2 FROM regress_soc2_mallory;
DROP OWNED BY regress_soc2_mallory;
DROP ROLE regress_soc2_mallory, regress_soc2_keeper, regress_soc2_collector;
