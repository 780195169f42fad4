-- Anonymization.  Proves which rules a column can have, and that they follow it;
-- that a plan freezes them, and its run gives the rows of the plan the values of
-- the rules and changes nothing else, in tables with odd names, partitions,
-- toasted values, generated columns and indexes; that a row which has these
-- values is not due again, and one that gets another value is; that rows which
-- are retained or held stay as they are, in disposals and in erasures; that
-- hashes need their key, and are told from other values without it; and what the
-- certificate says.

\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_anon_owner;
CREATE ROLE regress_anon_other;
CREATE ROLE regress_anon_planner IN ROLE soc2_admin;
CREATE ROLE regress_anon_keeper IN ROLE soc2_custodian;
CREATE SCHEMA regress_anon AUTHORIZATION regress_anon_owner;
GRANT USAGE ON SCHEMA soc2 TO regress_anon_owner, regress_anon_other;
GRANT USAGE ON SCHEMA regress_anon TO PUBLIC;
SET search_path = regress_anon;
SET timezone = 'UTC';
SELECT soc2.create_retention_class('anon-5y', '5 years', 'Policy 9', max_retain => '10 years', method => 'anonymize') AS class;
SELECT soc2.create_retention_class('anon-5y-delete', '5 years', 'Policy 9') AS class;
SELECT soc2.create_retention_class('anon-shred', '5 years', 'Policy 9', method => 'shred'); -- fail
SELECT soc2.open_matter('Anonymization', 'A-1');
CREATE PROCEDURE dispose(what regclass) LANGUAGE plpgsql AS $$
DECLARE
    n bigint := soc2.plan_disposal(what);
BEGIN
    INSERT INTO soc2.disposal_approvals (plan_id, approved_by, approved_session) VALUES (n, 'x', 'x');
    WHILE soc2.dispose_batch(n, 1, '1 s') <> 'finished' LOOP END LOOP;
END $$;
CREATE FUNCTION last_plan() RETURNS bigint LANGUAGE sql AS 'SELECT max(plan_id) FROM soc2.disposal_plans';
GRANT EXECUTE ON FUNCTION last_plan() TO PUBLIC;

--
-- Rules
--
SET SESSION AUTHORIZATION regress_anon_owner;
CREATE DOMAIN short AS varchar(80) CHECK (length(value) < 80);
CREATE DOMAIN filled AS text NOT NULL;
CREATE TABLE person (
    id integer PRIMARY KEY,
    email text,
    name text NOT NULL,
    phone short,
    photo bytea,
    born date,
    score numeric(5,2),
    code varchar(10),
    short_hash varchar(70),
    tags text[] DEFAULT '{a}',
    doc json,
    mail_length integer GENERATED ALWAYS AS (length(email)) STORED,
    counter integer GENERATED ALWAYS AS IDENTITY,
    tax text UNIQUE,
    boss integer REFERENCES person,
    left_at date,
    country text,
    kept filled DEFAULT 'x',
    memo text);
CREATE INDEX ON person (email);
CREATE INDEX ON person (upper(name));
SELECT soc2.set_retention('person', 'anon-5y', 'left_at', predicate => 'country IS NOT NULL', protect => '{name}');
SELECT soc2.set_anonymization('person', 'nothing', 'null'); -- fail
SELECT soc2.set_anonymization('person', 'ctid', 'null'); -- fail
SELECT soc2.set_anonymization('person', 'email', 'mask'); -- fail
SELECT soc2.set_anonymization('person', 'email', NULL); -- fail
SELECT soc2.set_anonymization(NULL, 'email', 'null'); -- fail
SELECT soc2.set_anonymization('person', 'email', 'constant'); -- fail
SELECT soc2.set_anonymization('person', 'email', 'null', 'x'); -- fail
SELECT soc2.set_anonymization('pg_class', 'relname', 'null'); -- fail
\set VERBOSITY default
SELECT soc2.set_anonymization('person', 'name', 'null'); -- fail
SELECT soc2.set_anonymization('person', 'kept', 'null'); -- fail
SELECT soc2.set_anonymization('person', 'mail_length', 'null'); -- fail
SELECT soc2.set_anonymization('person', 'counter', 'constant', '1'); -- fail
SELECT soc2.set_anonymization('person', 'id', 'constant', '1'); -- fail
SELECT soc2.set_anonymization('person', 'tax', 'hash'); -- fail
SELECT soc2.set_anonymization('person', 'boss', 'null'); -- fail
SELECT soc2.set_anonymization('person', 'left_at', 'null'); -- fail
SELECT soc2.set_anonymization('person', 'country', 'any'); -- fail
SELECT soc2.set_anonymization('person', 'born', 'constant', 'yesterday evening'); -- fail
SELECT soc2.set_anonymization('person', 'code', 'constant', 'much too long'); -- fail
SELECT soc2.set_anonymization('person', 'short_hash', 'hash'); -- fail
SELECT soc2.set_anonymization('person', 'born', 'hash'); -- fail
\set VERBOSITY terse
SET datestyle = 'German';
SELECT soc2.set_anonymization('person', 'born', 'constant', '1900-02-01');
RESET datestyle;
SELECT soc2.set_anonymization('person', 'email', 'null');
SELECT soc2.set_anonymization('person', 'name', 'constant', 'it''s "gone"');
SELECT soc2.set_anonymization('person', 'phone', 'hash');
SELECT soc2.set_anonymization('person', 'photo', 'hash');
SELECT soc2.set_anonymization('person', 'score', 'constant', '1.5');
SELECT soc2.set_anonymization('person', 'tags', 'constant', '{}');
SELECT soc2.set_anonymization('person', 'doc', 'constant', '{"erased": true}');
SELECT soc2.set_anonymization('person', 'code', 'constant', 'x');
SELECT soc2.set_anonymization('person', 'code', 'null');
ALTER TABLE person RENAME COLUMN code TO "Odd.""Code";
ALTER TABLE person ALTER COLUMN email TYPE varchar(100); -- fail
SET SESSION AUTHORIZATION regress_anon_other;
SELECT soc2.set_anonymization('person', 'email', 'any'); -- fail
SELECT soc2.unset_anonymization('person', 'email'); -- fail
SET SESSION AUTHORIZATION regress_anon_owner;
SELECT soc2.set_anonymization('person', 'short_hash', 'any');
SELECT soc2.unset_anonymization('person', 'short_hash');
SELECT soc2.unset_anonymization('person', 'short_hash'); -- fail
SELECT * FROM soc2.anonymization_rules; -- fail
RESET SESSION AUTHORIZATION;
SELECT column_name, rule, constant, has_key, set_by FROM soc2.anonymization_status
WHERE relation = 'regress_anon.person' ORDER BY ordinal;

--
-- What is due, and what a plan freezes
--
SET SESSION AUTHORIZATION regress_anon_owner;
INSERT INTO person (id, email, name, phone, photo, born, score, "Odd.""Code", tags, doc, left_at, country)
SELECT n, 'e' || n, 'n' || n, 'p' || n % 2, 'x', '1980-01-01', 9, 'c', '{a,b}', '{"a": 1}', '2001-01-01', 'DE'
FROM generate_series(1, 6) AS n;
-- retained, waiting, without a class, and what is anonymous from the beginning
UPDATE person SET left_at = current_date WHERE id = 2;
UPDATE person SET left_at = NULL WHERE id = 3;
UPDATE person SET country = NULL WHERE id = 4;
INSERT INTO person (id, name, born, score, tags, doc, left_at, country)
VALUES (7, 'it''s "gone"', '1900-02-01', 1.50, '{}', '{"erased": true}', '2001-01-01', 'DE');
-- values that are stored elsewhere
INSERT INTO person (id, email, name, photo, memo, left_at, country)
SELECT 8, 'e8', 'n8', convert_to(long, 'UTF8'), long, '2001-01-01', 'DE'
FROM (SELECT string_agg(md5(i::text), '') AS long FROM generate_series(1, 400) AS i) AS l;
RESET SESSION AUTHORIZATION;
SELECT soc2.place_hold('A-1', 'person', 'id = 5') > 0 AS held;
SELECT * FROM soc2.retention_status('person');
SELECT * FROM soc2.disposal_overdue() WHERE relation = 'regress_anon.person';
SELECT * FROM soc2.simulate_retention('person', min_retain => '0', max_retain => '6 years');
SET SESSION AUTHORIZATION regress_anon_planner;
SELECT soc2.plan_disposal('person', 'yearly') AS plan \gset
SELECT state, rows, destroyed, held, blocked FROM soc2.disposal_progress WHERE plan_id = :plan;
SELECT jsonb_pretty(policy -> 0 -> 'columns' -> 0), jsonb_array_length(policy -> 0 -> 'columns')
FROM soc2.disposal_plans WHERE plan_id = :plan;
SET SESSION AUTHORIZATION regress_anon_keeper;
SELECT soc2.approve_disposal(:plan);
RESET SESSION AUTHORIZATION;
\set VERBOSITY sqlstate
BEGIN;
SELECT soc2.set_anonymization('person', 'score', 'null');
SELECT soc2.dispose_batch(:plan, 1, '1 s'); -- fail
ROLLBACK;
BEGIN;
ALTER TABLE person RENAME COLUMN score TO points;
SELECT soc2.dispose_batch(:plan, 1, '1 s'); -- fail
ROLLBACK;
BEGIN;
UPDATE pg_trigger SET tgenabled = 'D' WHERE tgrelid = 'person'::regclass AND tgname = 'soc2_retention_update';
ALTER TABLE person SET (fillfactor = 90);
SELECT soc2.dispose_batch(:plan, 1, '1 s'); -- fail
ROLLBACK;
\set VERBOSITY terse

--
-- The run
--
CREATE TABLE before AS SELECT * FROM person;
UPDATE person SET country = 'FR' WHERE id = 6;
\set VERBOSITY default
-- it is no business of triggers to change other columns, or to keep a row
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.short_hash := ''touched''; RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION touch();
CALL soc2.run_disposal(:plan); -- fail
CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.email := ''again''; RETURN NEW; END';
CALL soc2.run_disposal(:plan); -- fail
CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CALL soc2.run_disposal(:plan); -- fail
DROP TRIGGER touch ON person;
CREATE RULE other AS ON UPDATE TO person DO INSTEAD NOTHING;
CALL soc2.run_disposal(:plan); -- fail
DROP RULE other ON person;
\set VERBOSITY terse
SELECT count(*) AS changed FROM person JOIN before USING (id) WHERE person.email IS DISTINCT FROM before.email;
SET SESSION AUTHORIZATION regress_anon_keeper;
CALL soc2.run_disposal(:plan, batch_pages => 1);
SELECT state, rows, destroyed, batches FROM soc2.disposal_progress WHERE plan_id = :plan;
SELECT method, rows, first_block, past_block, length(key_hashes) AS hashes FROM soc2.disposal_batches WHERE plan_id = :plan ORDER BY batch;
SELECT reached, detail FROM soc2.verify_disposal(:plan) WHERE level = 'L1';
SELECT n, soc2.was_disposed(:plan, n::text) FROM generate_series(1, 8) AS n;
RESET SESSION AUTHORIZATION;
SELECT id, email, left(name, 12) AS name, CASE WHEN phone ~ '^erased:[0-9a-f]{64}$' THEN 'hash' ELSE phone END AS phone,
    CASE WHEN length(photo) = 39 THEN 'hash' ELSE left(photo::text, 8) END AS photo, born, score, "Odd.""Code" AS code, tags, doc, mail_length
FROM person ORDER BY id;
SELECT count(*) FROM person WHERE upper(name) = upper('it''s "gone"');
-- the other columns are as before
SELECT count(*) AS other_changes FROM person AS p JOIN before AS b USING (id)
WHERE (p.counter, p.tax, p.boss, p.left_at, p.kept, p.memo) IS DISTINCT FROM (b.counter, b.tax, b.boss, b.left_at, b.kept, b.memo);
SELECT * FROM soc2.retention_status('person');
-- nothing is left to plan but what was changed; a row that gets a value is due again
UPDATE person SET email = 'new' WHERE id = 1;
SELECT * FROM soc2.retention_status('person') WHERE state = 'overdue';
CALL dispose('person');
SELECT rows, destroyed FROM soc2.disposal_progress WHERE plan_id = last_plan();
CALL dispose('person');
SELECT rows, destroyed FROM soc2.disposal_progress WHERE plan_id = last_plan();
SELECT id, email FROM person WHERE id IN (1, 6) ORDER BY id;
SELECT count(DISTINCT phone) AS pseudonyms FROM person WHERE id IN (1, 6) AND phone IS NOT NULL;
-- a value that looks like a hash is none
UPDATE person SET phone = 'erased:' || repeat('0', 64) WHERE id = 1;
SELECT state, rows FROM soc2.retention_status('person') WHERE state = 'overdue';
CALL dispose('person');
SELECT phone <> 'erased:' || repeat('0', 64) AS hashed FROM person WHERE id = 1;
SELECT payload ->> 'action' AS action, payload ->> 'rows' AS rows FROM soc2.evidence
WHERE kind = 'disposal' AND payload ->> 'plan' = :'plan' ORDER BY ledger_lane, ledger_seq;
SELECT count(*) AS values_in_evidence FROM soc2.evidence WHERE payload::text ~ '\m(e1|n1|p1)\M' AND kind IN ('disposal', 'anonymization');

--
-- The certificate
--
SELECT soc2.classify('person', 'personal', 'email'), soc2.classify('person', 'personal', 'phone'), soc2.classify('person', 'internal', 'country');
SET SESSION AUTHORIZATION regress_anon_keeper;
SELECT c ->> 'method' AS method, c -> 'rows' AS rows, c #> '{set_hash,equal}' AS equal, c ->> 'level' AS level,
    c #> '{anonymized,rows}' AS anonymized, c #> '{anonymized,columns,1}' AS second,
    c -> 'classification' AS before, c #> '{anonymized,classification_after}' AS after
FROM soc2.certificate(:plan) AS c;
-- without the key, the hashes stay what they are, and nothing more is hashed
SELECT soc2.destroy_anonymization_key('person', ' '); -- fail
SELECT soc2.destroy_anonymization_key('soc2.evidence', 'x'); -- fail
SELECT soc2.destroy_anonymization_key('person', 'the study is over');
SELECT soc2.destroy_anonymization_key('person', 'again'); -- fail
SELECT key FROM soc2.anonymization_keys; -- fail
SELECT c #> '{anonymized,classification_after}' AS after FROM soc2.certificate(:plan) AS c;
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT soc2.unset_anonymization('person', 'email');
SELECT reached, detail FROM soc2.verify_disposal(:plan) WHERE level = 'L1';
ROLLBACK;
SET SESSION AUTHORIZATION regress_anon_keeper;
SELECT state, rows FROM soc2.retention_status('person') WHERE state IN ('overdue', 'anonymized');
SELECT soc2.plan_disposal('person'); -- fail
SELECT has_key FROM soc2.anonymization_status WHERE column_name = 'phone';
RESET SESSION AUTHORIZATION;
SELECT soc2.set_anonymization('person', 'phone', 'hash');
SELECT state, rows FROM soc2.retention_status('person') WHERE state IN ('overdue', 'anonymized');
CALL dispose('person');
SELECT rows FROM soc2.disposal_progress WHERE plan_id = last_plan();

--
-- What ends rules, and what they cannot do any more
--
\set VERBOSITY default
BEGIN;
DROP TRIGGER soc2_anonymization_rule_2 ON person;
SELECT soc2.plan_disposal('person'); -- fail
ROLLBACK;
BEGIN;
ALTER TABLE person DROP COLUMN "Odd.""Code" CASCADE;
SELECT column_name IS NULL AS lost FROM soc2.anonymization_status WHERE relation = 'regress_anon.person' AND rule = 'null' ORDER BY ordinal;
SELECT state, rows FROM soc2.retention_status('person') WHERE state IN ('overdue', 'anonymized');
SELECT soc2.unset_anonymization('person', 'code');
SELECT state, rows FROM soc2.retention_status('person') WHERE state IN ('overdue', 'anonymized');
ROLLBACK;
BEGIN;
CREATE UNIQUE INDEX ON person (email);
SELECT soc2.plan_disposal('person'); -- fail
ROLLBACK;
CREATE TABLE bare (id integer PRIMARY KEY, at date, note text);
SELECT soc2.set_retention('bare', 'anon-5y', 'at');
SELECT soc2.plan_disposal('bare'); -- fail
\set VERBOSITY terse
SELECT soc2.set_anonymization('bare', 'note', 'any');
SELECT soc2.plan_disposal('bare'); -- fail
-- what follows from a column counts as well
CREATE TABLE derived (id integer PRIMARY KEY, raw date, at date GENERATED ALWAYS AS (raw + 1) STORED, low text,
    name text, upper_name text GENERATED ALWAYS AS (upper(name)) STORED);
CREATE UNIQUE INDEX ON derived (lower(low));
CREATE UNIQUE INDEX ON derived (upper_name);
SELECT soc2.set_retention('derived', 'anon-5y', 'at');
SELECT soc2.set_anonymization('derived', 'raw', 'null'); -- fail
SELECT soc2.set_anonymization('derived', 'low', 'null'); -- fail
SELECT soc2.set_anonymization('derived', 'name', 'null'); -- fail
-- a rule of a column that somebody else sets
SELECT soc2.set_anonymization('bare', 'note', 'null');
ALTER TABLE bare ADD changed text;
SELECT soc2.set_anonymization('bare', 'changed', 'any');
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.changed := ''stamped''; RETURN NEW; END';
CREATE TRIGGER stamp BEFORE UPDATE ON bare FOR EACH ROW EXECUTE FUNCTION stamp();
INSERT INTO bare VALUES (1, '2001-01-01', 'x'), (2, current_date, 'x');
CALL dispose('bare');
TABLE bare ORDER BY id;

--
-- Both methods in one table, and partitions
--
CREATE TABLE "Log "" x" ("Id" integer, "At" date, "Who?" text, kind text, PRIMARY KEY ("Id", "At")) PARTITION BY RANGE ("At");
CREATE TABLE "Log 2001" PARTITION OF "Log "" x" FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
CREATE TABLE "Log 2002" (junk integer, "Who?" text, "Id" integer NOT NULL, kind text, "At" date NOT NULL);
ALTER TABLE "Log 2002" DROP COLUMN junk;
CREATE TABLE "Log 2003" PARTITION OF "Log "" x" FOR VALUES FROM ('2003-01-01') TO ('2004-01-01');
SELECT soc2.set_retention('"Log "" x"', 'anon-5y-delete', 'At', predicate => $$kind = 'delete'$$);
SELECT soc2.set_retention('"Log "" x"', 'anon-5y', 'At', ordinal => 2);
SELECT soc2.set_anonymization('"Log "" x"', 'kind', 'null'); -- fail
SELECT soc2.set_anonymization('"Log "" x"', 'At', 'any'); -- fail
SELECT soc2.set_anonymization('"Log 2001"', 'Who?', 'hash'); -- fail
SELECT soc2.set_anonymization('"Log "" x"', 'Who?', 'hash');
ALTER TABLE "Log "" x" ATTACH PARTITION "Log 2002" FOR VALUES FROM ('2002-01-01') TO ('2003-01-01');
INSERT INTO "Log "" x" SELECT n, date '2001-03-01' + n * 100, 'who', CASE n % 3 WHEN 1 THEN 'delete' END FROM generate_series(0, 6) AS n;
INSERT INTO "Log "" x" VALUES (20, '2003-05-01', 'who', 'delete');
CALL dispose('"Log "" x"');
SELECT batch, relation_name, method, rows FROM soc2.disposal_batches WHERE plan_id = last_plan() ORDER BY batch;
SELECT c ->> 'method' AS method, c -> 'rows' AS rows, c #> '{anonymized,rows}' AS anonymized, c #> '{set_hash,equal}' AS equal
FROM soc2.certificate(last_plan()) AS c;
SELECT "Id", left("Who?", 7) AS who, kind, tableoid::regclass AS part FROM "Log "" x" ORDER BY 1;
SELECT * FROM soc2.retention_status('"Log "" x"');
-- a partition that leaves keeps rules and key
ALTER TABLE "Log "" x" DETACH PARTITION "Log 2002";
SELECT column_name, rule, has_key FROM soc2.anonymization_status WHERE relation = 'regress_anon."Log 2002"';
SELECT * FROM soc2.retention_status('"Log 2002"');

--
-- Erasures go by the same rules, and leave what is retained
--
CREATE TABLE client (id integer PRIMARY KEY, name text, note text, since date);
SELECT soc2.set_subject('client', 'id', kind => 'anon client', on_erase => 'anonymize'); -- fail
SELECT soc2.set_subject('client', 'id', kind => 'anon_client', on_erase => 'anonymize'); -- fail
SELECT soc2.set_anonymization('client', 'name', 'hash');
CREATE TABLE visit (id integer PRIMARY KEY, client integer, note text);
SELECT soc2.set_anonymization('visit', 'client', 'null');
SELECT soc2.set_anonymization('client', 'note', 'constant', 'gone');
SELECT soc2.set_subject('client', 'id', kind => 'anon_client', on_erase => 'anonymize');
SELECT soc2.set_anonymization('client', 'id', 'constant', '0'); -- fail
SELECT soc2.set_subject('visit', 'client', via => 'client', on_erase => 'anonymize'); -- fail
SELECT soc2.unset_anonymization('visit', 'client');
SELECT soc2.set_subject('visit', 'client', via => 'client', on_erase => 'keep');
SELECT soc2.set_anonymization('visit', 'client', 'null'); -- fail
SELECT soc2.set_retention('client', 'anon-5y', 'since');
INSERT INTO client VALUES (1, 'a', 'b', '2001-01-01'), (2, 'a', 'b', current_date), (3, 'a', 'b', '2001-01-01');
SET SESSION AUTHORIZATION regress_anon_keeper;
SELECT soc2.request_erasure('anon_client:1') AS one, soc2.request_erasure('anon_client:2') AS two \gset
SELECT outcome, rows FROM soc2.erasure_preview(:one);
SELECT outcome, left(reason, 60) AS reason, rows FROM soc2.erasure_preview(:two);
CALL soc2.run_erasure(:one);
CALL soc2.run_erasure(:two);
SELECT state, erased, withheld FROM soc2.erasure_status WHERE erasure_id IN (:one, :two) ORDER BY erasure_id;
CALL soc2.run_erasure(:one);
SELECT state, erased, withheld FROM soc2.erasure_status WHERE erasure_id = :one;
RESET SESSION AUTHORIZATION;
SELECT id, left(name, 7) AS name, note FROM client ORDER BY id;
SELECT state, rows FROM soc2.retention_status('client');
CALL dispose('client');
SELECT rows FROM soc2.disposal_progress WHERE plan_id = last_plan();
SELECT count(DISTINCT name) FROM client WHERE id IN (1, 3);
SELECT soc2.unset_anonymization('client', 'name'), soc2.unset_anonymization('client', 'note');
SELECT soc2.request_erasure('anon_client:3') AS three \gset
CALL soc2.run_erasure(:three); -- fail

--
-- Retention does not depend on what is anonymized, whichever came first
--
CREATE TABLE paper (id integer PRIMARY KEY, at date, "Ki""nd" text, long text GENERATED ALWAYS AS (upper("Ki""nd")) STORED, note text);
SELECT soc2.set_anonymization('paper', 'Ki"nd', 'null'), soc2.set_anonymization('paper', 'note', 'null');
\set VERBOSITY default
SELECT soc2.set_retention('paper', 'anon-5y', 'at', predicate => '"Ki""nd" = ''x'''); -- fail
\set VERBOSITY terse
SELECT soc2.set_retention('paper', 'anon-5y-delete', 'at', predicate => 'length(long) > 1'); -- fail
SELECT soc2.set_retention('paper', 'anon-5y', 'at', predicate => 'id > 0', protect => '{note}');
SELECT soc2.set_retention('paper', 'anon-5y-delete', 'at', predicate => 'note IS NULL', ordinal => 2); -- fail
SELECT ordinal, predicate FROM soc2.retention_status WHERE relation = 'regress_anon.paper';
SELECT soc2.unset_anonymization('paper', 'Ki"nd');
SELECT soc2.set_retention('paper', 'anon-5y-delete', 'at', predicate => 'length(long) > 1', ordinal => 2);
SELECT soc2.set_anonymization('paper', 'Ki"nd', 'null'); -- fail
CREATE TABLE born (id integer PRIMARY KEY, at date);
SELECT soc2.set_anonymization('born', 'at', 'constant', '1900-01-01');
SELECT soc2.set_retention('born', 'anon-5y', 'at'); -- fail

--
-- A partition that leaves a table without retention keeps rules and key, too
--
CREATE TABLE reader (id integer PRIMARY KEY, name text, note text, at date) PARTITION BY RANGE (id);
CREATE TABLE reader_1 PARTITION OF reader FOR VALUES FROM (0) TO (10) PARTITION BY LIST (id);
CREATE TABLE "Reader 1" (note text, gone text, name text, at date, id integer NOT NULL);
ALTER TABLE "Reader 1" DROP COLUMN gone;
ALTER TABLE reader_1 ATTACH PARTITION "Reader 1" FOR VALUES IN (1);
CREATE TABLE reader_2 PARTITION OF reader FOR VALUES FROM (10) TO (20);
SELECT soc2.set_anonymization('reader', 'name', 'hash'), soc2.set_anonymization('reader', 'note', 'constant', 'gone');
INSERT INTO reader VALUES (1, 'a', 'b', '2001-01-01'), (11, 'a', 'b', '2001-01-01');
ALTER TABLE reader_1 DETACH PARTITION "Reader 1";
ALTER TABLE reader DETACH PARTITION reader_2;
ALTER TABLE reader DETACH PARTITION reader_1;
SELECT relation, ordinal, column_name, rule, constant, has_key FROM soc2.anonymization_status
WHERE relation ~* 'reader' ORDER BY 1, 2;
SELECT soc2.set_retention('"Reader 1"', 'anon-5y', 'at'), soc2.set_retention('reader_2', 'anon-5y', 'at');
CALL dispose('"Reader 1"');
CALL dispose('reader_2');
SELECT count(*) AS same_key FROM "Reader 1" AS a JOIN reader_2 AS b USING (name, note) WHERE left(name, 7) = 'erased:' AND note = 'gone';

--
-- What a row became while it was being anonymized counts: nothing of the batch is done
--
CREATE TABLE busy (id integer PRIMARY KEY, at date, note text);
INSERT INTO busy SELECT n, '2001-01-01', 'x' FROM generate_series(1, 3) AS n;
SELECT soc2.set_retention('busy', 'anon-5y', 'at');
SELECT soc2.set_anonymization('busy', 'note', 'null');
CREATE FUNCTION hold_it() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM soc2.place_hold('A-1', 'regress_anon.busy', 'id = 2');
    RETURN NEW;
END $$;
CREATE TRIGGER hold_it BEFORE UPDATE ON busy FOR EACH ROW WHEN (NEW.id = 2) EXECUTE FUNCTION hold_it();
SELECT soc2.plan_disposal('busy') AS busy_plan \gset
INSERT INTO soc2.disposal_approvals (plan_id, approved_by, approved_session) VALUES (:busy_plan, 'x', 'x');
SELECT r.rows FROM soc2.disposal_plans AS p,
    soc2.anonymize_range('busy', 0, 1, p.cutoff, p.seen, NULL, p.key_columns, true, NULL, NULL) AS r WHERE p.plan_id = :busy_plan; -- fail
\echo :LAST_ERROR_SQLSTATE
SELECT soc2.dispose_batch(:busy_plan, 10, '1 s');
SELECT soc2.dispose_batch(:busy_plan, 10, '1 s');
SELECT count(note) AS clear, (SELECT count(*) FROM soc2.disposal_batches WHERE plan_id = :busy_plan) AS batches FROM busy;
DROP TRIGGER hold_it ON busy;
SELECT soc2.dispose_batch(:busy_plan, 10, '1 s');
SELECT count(note) AS clear, (SELECT sum(rows) FROM soc2.disposal_batches WHERE plan_id = :busy_plan) AS rows FROM busy;
SELECT * FROM soc2.verify_ledger('soc2.evidence');

SET client_min_messages = warning;
SELECT soc2.release_hold(hold_id, 'over', '0') IS NOT NULL AS released FROM soc2.holds_active WHERE matter_ref = 'A-1';
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
DROP SCHEMA regress_anon CASCADE;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
DROP OWNED BY regress_anon_owner, regress_anon_other, regress_anon_planner, regress_anon_keeper;
DROP ROLE regress_anon_owner, regress_anon_other, regress_anon_planner, regress_anon_keeper;
