--
-- Consents: notices and who saw them, what subjects agree to, and tables whose rows
-- need a consent.
--
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_soc2_shop;
CREATE ROLE regress_soc2_collector IN ROLE soc2_collector;
CREATE ROLE regress_soc2_admin IN ROLE soc2_admin;
CREATE ROLE regress_soc2_auditor IN ROLE soc2_auditor;
RESET client_min_messages;
CREATE SCHEMA "odd.""S" AUTHORIZATION regress_soc2_shop;
GRANT USAGE ON SCHEMA soc2 TO regress_soc2_shop;
SET search_path = soc2, public;
SET TimeZone = 'UTC';

-- notices: versions of one title follow each other
SET ROLE regress_soc2_admin;
SELECT publish_notice('privacy-1', 'Privacy', 'We send letters.', '{letters}', '2021-01-01');
SELECT publish_notice('privacy-2', 'Privacy', 'We send letters and count clicks.', '{letters,clicks}', '2021-06-01', language => 'en');
SELECT publish_notice('privacy-2-de', 'Privacy', location => 'https://shop.example/datenschutz', language => 'de', published_at => '2021-02-01');
SELECT publish_notice('privacy-1', 'Privacy', 'Something else.'); --fail
SELECT publish_notice('nothing', 'Privacy'); --fail
INSERT INTO notices (notice_id, title, content, recorded_by) VALUES ('x', 'x', 'x', 'somebody'); --fail
UPDATE notices SET content = 'x'; --fail
SET ROLE regress_soc2_collector;
SELECT record_notice_receipt('privacy-2', 's1', '2021-06-02', 'checkout') IS NOT NULL AS recorded;
SELECT record_notice_receipt('privacy-2', 's1') IS NOT NULL AS again, record_notice_receipt('privacy-2', 's2') IS NOT NULL AS other;
SELECT record_notice_receipt('privacy-3', 's1'); --fail
RESET ROLE;
SELECT notice_id, superseded_at, subjects, location FROM notice_status ORDER BY 1;
SELECT recorded_by = session_user AS by_login FROM notice_receipts LIMIT 1;
-- of two of the same time, the later record holds
BEGIN;
SELECT publish_notice('same-1', 'Same', 'x'), publish_notice('same-2', 'Same', 'y');
COMMIT;
SELECT notice_id, superseded_at = published_at AS superseded, in_force FROM notice_status WHERE title = 'Same' ORDER BY 1;

-- what subjects agree to
SET ROLE regress_soc2_collector;
SELECT count(record_consent(s, 'letters', effective_at => '2021-06-02', notice => 'privacy-2')) FROM unnest('{s1,s2,s3,s4,s6}'::text[]) AS s;
SELECT record_consent('s2', 'letters', false) IS NOT NULL AS withdrawn,
    record_consent('s3', 'letters', effective_at => '2021-06-03', expires_at => '2021-06-30') IS NOT NULL AS expired,
    record_consent('s5', 'letters', effective_at => now() + interval '1 day') IS NOT NULL AS pending,
    record_consent('s4', 'letters', false, now() + interval '1 day') IS NOT NULL AS withdrawn_later;
SELECT record_consent('s1', 'letters', expires_at => now() - interval '1 day'); --fail
SELECT record_consent('s1', 'letters', false, expires_at => now() + interval '1 day'); --fail
-- at one and the same time, who withdrew has withdrawn
RESET ROLE;
INSERT INTO consents (subject, purpose, given, effective_at, recorded_at)
SELECT 's6', 'letters', g, '2021-06-05', '2021-06-05' FROM unnest('{t,f,t}'::boolean[]) AS g;
SELECT subject, purpose, state, notice FROM consent_status WHERE purpose = 'letters' ORDER BY subject;
SET ROLE regress_soc2_auditor;
SELECT count(*) FROM consent_status WHERE state = 'live' AND purpose = 'letters';
RESET ROLE;

-- a table whose rows need one
SET ROLE regress_soc2_shop;
CREATE TABLE "odd.""S"."Letters ""x""" (id integer PRIMARY KEY, "Whose %s" text, body text);
SELECT require_consent('"odd.""S"."Letters ""x"""', 'letters', 'Whose %s');
INSERT INTO "odd.""S"."Letters ""x""" VALUES (1, 's1'), (2, 's4');
INSERT INTO "odd.""S"."Letters ""x""" VALUES (3, 's1'), (4, 's2'), (5, 's3'); --fail
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
INSERT INTO "odd.""S"."Letters ""x""" VALUES (3, 's1'), (4, 's2'), (5, 's3'); --fail
INSERT INTO "odd.""S"."Letters ""x""" VALUES (3, 's3'); --fail
INSERT INTO "odd.""S"."Letters ""x""" VALUES (3, 's5'); --fail
INSERT INTO "odd.""S"."Letters ""x""" VALUES (3, 's6'); --fail
INSERT INTO "odd.""S"."Letters ""x""" VALUES (3, 's'); --fail
INSERT INTO "odd.""S"."Letters ""x""" VALUES (3, 's1'), (4, NULL); --fail
COPY "odd.""S"."Letters ""x""" FROM stdin (FORMAT csv); --fail
3,s1,
4,s1,
5,S1,
\.
-- consents of another purpose are none, and so are prefixes of a reference
SELECT require_consent('"odd.""S"."Letters ""x"""', 'clicks ''and'' "more"', 'Whose %s');
INSERT INTO "odd.""S"."Letters ""x""" VALUES (3, 's1'); --fail
RESET ROLE;
SELECT record_consent('s1', 'clicks ''and'' "more"') IS NOT NULL AS given;
SET ROLE regress_soc2_shop;
INSERT INTO "odd.""S"."Letters ""x""" VALUES (3, 's1');
\set VERBOSITY terse
SELECT unrequire_consent('"odd.""S"."Letters ""x"""', 'clicks ''and'' "more"');
SELECT unrequire_consent('"odd.""S"."Letters ""x"""', 'clicks ''and'' "more"'); --fail
SELECT require_consent('"odd.""S"."Letters ""x"""', 'letters', 'Whose %s'); --fail
SELECT require_consent('"odd.""S"."Letters ""x"""', 'letters', 'whose'); --fail
SELECT require_consent('"odd.""S"."Letters ""x"""', 'letters'); --fail
SELECT require_consent('"odd.""S"."Letters ""x"""', ' ', 'id'); --fail
SELECT require_consent('soc2.consents', 'letters', 'subject'); --fail
SELECT * FROM consent_guards; --fail
-- rows can be changed after the consent ended, and get no other subject without one
RESET ROLE;
SELECT record_consent('s1', 'letters', false) IS NOT NULL AS withdrawn;
SET ROLE regress_soc2_shop;
UPDATE "odd.""S"."Letters ""x""" SET body = 'erased', "Whose %s" = "Whose %s";
UPDATE "odd.""S"."Letters ""x""" SET "Whose %s" = 's4' WHERE id = 1;
UPDATE "odd.""S"."Letters ""x""" SET "Whose %s" = 's1' WHERE id = 1; --fail
UPDATE "odd.""S"."Letters ""x""" SET "Whose %s" = NULL WHERE id = 1; --fail
INSERT INTO "odd.""S"."Letters ""x""" VALUES (1, 's4') ON CONFLICT (id) DO UPDATE SET "Whose %s" = 's2'; --fail
INSERT INTO "odd.""S"."Letters ""x""" VALUES (1, 's4') ON CONFLICT (id) DO UPDATE SET body = 'again';
MERGE INTO "odd.""S"."Letters ""x""" AS t USING (VALUES (1, 's4'), (9, 's2')) AS v (id, s) ON t.id = v.id
    WHEN MATCHED THEN UPDATE SET body = 'merged' WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.s); --fail
-- what a trigger for rows makes of it counts
CREATE FUNCTION "odd.""S".other() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN new."Whose %s" := 's2'; RETURN new; END$$;
CREATE TRIGGER zz_other BEFORE UPDATE ON "odd.""S"."Letters ""x""" FOR EACH ROW WHEN (new.body = 'turn') EXECUTE FUNCTION "odd.""S".other();
UPDATE "odd.""S"."Letters ""x""" SET body = 'turn'; --fail
DROP TRIGGER zz_other ON "odd.""S"."Letters ""x""";
SELECT id, "Whose %s", body FROM "odd.""S"."Letters ""x""" ORDER BY id;
RESET ROLE;
SELECT * FROM unconsented('"odd.""S"."Letters ""x"""', 'letters');
SELECT * FROM unconsented('soc2.consents', 'letters'); --fail
-- a snapshot that is older than a withdrawal, one's own consents, and savepoints
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT record_consent('s1', 'letters') IS NOT NULL AS given;
INSERT INTO "odd.""S"."Letters ""x""" VALUES (10, 's1');
WITH w AS (INSERT INTO consents (subject, purpose, given) VALUES ('s7', 'letters', true) RETURNING subject)
INSERT INTO "odd.""S"."Letters ""x""" SELECT 11, subject FROM w;
SAVEPOINT a;
SELECT record_consent('s7', 'letters', false, clock_timestamp()) IS NOT NULL AS withdrawn;
INSERT INTO "odd.""S"."Letters ""x""" VALUES (12, 's7'); --fail
ROLLBACK TO a;
INSERT INTO "odd.""S"."Letters ""x""" VALUES (12, 's7');
ROLLBACK;
-- nobody gets around it by the role of replication
SET session_replication_role = replica;
INSERT INTO "odd.""S"."Letters ""x""" VALUES (13, 's1'); --fail
RESET session_replication_role;
-- and the owner of the table does not by its definition
SET ROLE regress_soc2_shop;
SELECT tgname AS trigger FROM pg_trigger WHERE tgrelid = '"odd.""S"."Letters ""x"""'::regclass AND tgname LIKE 'soc2_consent_insert%' \gset
ALTER TABLE "odd.""S"."Letters ""x""" DISABLE TRIGGER :trigger; --fail
ALTER TABLE "odd.""S"."Letters ""x""" DISABLE TRIGGER ALL; --fail
DROP TRIGGER :trigger ON "odd.""S"."Letters ""x"""; --fail
ALTER TABLE "odd.""S"."Letters ""x""" RENAME "Whose %s" TO whose; --fail
ALTER TABLE "odd.""S"."Letters ""x""" DROP COLUMN "Whose %s"; --fail
ALTER TABLE "odd.""S"."Letters ""x""" RENAME COLUMN body TO text;
ALTER TABLE "odd.""S"."Letters ""x""" RENAME TO letters;
RESET ROLE;
SELECT relation, purpose, column_name, kind, required_by, problem FROM consent_guard_status;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE "odd.""S".letters DISABLE TRIGGER :trigger;
SELECT relation, problem IS NOT NULL AS has_problem FROM consent_guard_status;
ALTER TABLE "odd.""S".letters ENABLE ALWAYS TRIGGER :trigger;
ALTER TABLE "odd.""S".letters RENAME "Whose %s" TO whose;
INSERT INTO "odd.""S".letters VALUES (14, 's4'); --fail
SELECT problem FROM consent_guard_status;
ALTER TABLE "odd.""S".letters RENAME whose TO "Whose %s";
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
INSERT INTO "odd.""S".letters VALUES (14, 's4');
DROP TABLE "odd.""S".letters;
SELECT count(*) FROM consent_guards;

-- keys of subjects: kind:key, by the column that soc2.set_subject() knows
CREATE TABLE customer (id bigint PRIMARY KEY);
CREATE TABLE clicks (customer bigint REFERENCES customer, friend bigint, day date, code char(5), tag uuid, number numeric(6,2));
SELECT set_subject('customer', 'id', 'kund'), set_subject('clicks', 'customer', via => 'customer');
INSERT INTO customer VALUES (1), (2), (-9223372036854775808);
SELECT count(record_consent(s, 'clicks')) FROM unnest('{kund:1,kund:-9223372036854775808,2,2021-03-01,"ab",1.50,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'::text[]) AS s;
SELECT require_consent('clicks', 'clicks');
SELECT relation, column_name, kind FROM consent_guard_status;
INSERT INTO clicks VALUES (1), (-9223372036854775808);
INSERT INTO clicks VALUES (1), (2); --fail
SELECT unrequire_consent('clicks', 'clicks'), require_consent('clicks', 'clicks', 'friend');
INSERT INTO clicks VALUES (1, 2);
INSERT INTO clicks VALUES (2, 1); --fail
SELECT unrequire_consent('clicks', 'clicks'), require_consent('clicks', 'clicks', 'customer', '');
INSERT INTO clicks VALUES (2);
INSERT INTO clicks VALUES (1); --fail
SELECT unrequire_consent('clicks', 'clicks'), require_consent('clicks', 'clicks', 'day');
-- texts of keys depend on no setting
SET DateStyle = 'German, DMY';
SET TimeZone = 'Pacific/Kiritimati';
INSERT INTO clicks (day) VALUES ('01.03.2021');
INSERT INTO clicks (day) VALUES ('03.01.2021'); --fail
SHOW DateStyle;
RESET DateStyle;
SET TimeZone = 'UTC';
SELECT unrequire_consent('clicks', 'clicks'), require_consent('clicks', 'clicks', 'code'), require_consent('clicks', 'clicks', 'tag'),
    require_consent('clicks', 'clicks', 'number');
INSERT INTO clicks (code, tag, number) VALUES ('ab', 'A0EEBC999C0B4EF8BB6D6BB9BD380A11', 1.5);
INSERT INTO clicks (code, tag, number) VALUES ('abc', 'A0EEBC999C0B4EF8BB6D6BB9BD380A11', 1.5); --fail
INSERT INTO clicks (code, tag, number) VALUES ('ab', 'A0EEBC999C0B4EF8BB6D6BB9BD380A12', 1.5); --fail
INSERT INTO clicks (code, tag, number) VALUES ('ab', 'A0EEBC999C0B4EF8BB6D6BB9BD380A11', 1.51); --fail
SELECT unrequire_consent('clicks', 'clicks', 'tag');
SELECT column_name FROM consent_guards ORDER BY 1;
SELECT unrequire_consent('clicks', 'clicks');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'clicks'::regclass AND tgname LIKE 'soc2_consent%';
SELECT unset_subject('clicks', 'customer'), unset_subject('customer', 'id');
DROP TABLE clicks, customer;

-- more rows than are looked up together, many of them of one subject
CREATE TABLE many (subject text, n integer);
SELECT require_consent('many', 'bulk', 'subject');
INSERT INTO consents (subject, purpose, given) SELECT 'b' || n, 'bulk', true FROM generate_series(0, 9999) AS n;
INSERT INTO many SELECT 'b' || n % 10000, n FROM generate_series(1, 140000) AS n;
INSERT INTO many SELECT 'b' || CASE n WHEN 139999 THEN 10000 WHEN 70000 THEN 10001 ELSE n % 10000 END, n FROM generate_series(1, 140000) AS n; --fail
\set VERBOSITY default
INSERT INTO many SELECT 'b' || CASE n WHEN 139999 THEN 10000 WHEN 70000 THEN 10001 ELSE n % 10000 END, n FROM generate_series(1, 140000) AS n; --fail
\set VERBOSITY terse
SELECT count(*) FROM many;
DROP TABLE many;

-- partitions: those that are there and those that come, by whatever name rows are written
CREATE TABLE visits (subject text, day integer) PARTITION BY LIST (day);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES IN (1) PARTITION BY LIST (subject);
CREATE TABLE visits_1a PARTITION OF visits_1 FOR VALUES IN ('b1', 'no');
SELECT require_consent('visits', 'bulk', 'subject');
CREATE TABLE visits_2 PARTITION OF visits FOR VALUES IN (2);
CREATE TABLE visits_3 (day integer, subject text);
ALTER TABLE visits ATTACH PARTITION visits_3 FOR VALUES IN (3);
INSERT INTO visits VALUES ('b1', 1), ('b1', 2), ('b1', 3);
INSERT INTO visits VALUES ('b1', 2), ('no', 3); --fail
INSERT INTO visits_1a VALUES ('no', 1); --fail
INSERT INTO visits_1 VALUES ('no', 1); --fail
INSERT INTO visits_2 VALUES ('no', 2); --fail
INSERT INTO visits_3 VALUES (3, 'no'); --fail
SELECT record_consent('b1', 'bulk', false) IS NOT NULL AS withdrawn;
-- rows that move are not new
UPDATE visits SET day = 2 WHERE day = 3;
UPDATE visits SET day = 3, subject = 'b2' WHERE day = 2;
UPDATE visits SET day = 2, subject = 'b1' WHERE day = 3; --fail
-- one that leaves keeps them
ALTER TABLE visits DETACH PARTITION visits_3;
INSERT INTO visits_3 VALUES (3, 'no'); --fail
SELECT unrequire_consent('visits', 'bulk');
INSERT INTO visits VALUES ('no', 1), ('no', 2);
DROP TABLE visits, visits_3;

-- a table that another inherits from, whose trigger turns rows
CREATE TABLE base (subject text, n integer);
CREATE TABLE derived () INHERITS (base);
SELECT require_consent('base', 'bulk', 'subject');
INSERT INTO derived VALUES ('b2', 1);
CREATE FUNCTION turn() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN new.subject := 'no'; RETURN new; END$$;
CREATE TRIGGER turn BEFORE UPDATE ON derived FOR EACH ROW EXECUTE FUNCTION turn();
UPDATE base SET n = 2; --fail
UPDATE derived SET n = 2; --fail
SELECT subject, n FROM base;
DROP TABLE base CASCADE;
DROP FUNCTION turn();

-- keys that a cast to text would write in another way, or settings would
CREATE TABLE hosts (host inet, at timestamptz, code char(4));
SELECT require_consent('hosts', 'bulk', 'host'), require_consent('hosts', 'seen', 'at'), require_consent('hosts', 'code', 'code');
SELECT count(record_consent(s, p)) FROM (VALUES ('192.0.2.1', 'bulk'), ('2021-03-01 00:00:00+00', 'seen'), ('ab', 'code')) AS v (s, p);
INSERT INTO hosts VALUES ('192.0.2.1', '2021-03-01 00:00Z', 'ab');
SET DateStyle = 'German, DMY';
SET TimeZone = 'Pacific/Kiritimati';
SELECT p, u.* FROM unnest('{bulk,seen,code}'::text[]) AS p, unconsented('hosts', p) AS u;
RESET DateStyle;
SET TimeZone = 'UTC';
SELECT record_consent('192.0.2.1', 'bulk', false) IS NOT NULL AS withdrawn;
SELECT * FROM unconsented('hosts', 'bulk');
DROP TABLE hosts;

-- triggers that were declared by hand
CREATE TABLE byhand (a text);
CREATE TRIGGER t AFTER INSERT ON byhand FOR EACH ROW EXECUTE FUNCTION consent_guard('a', 'a', '');
INSERT INTO byhand VALUES ('x'); --fail
DROP TRIGGER t ON byhand;
CREATE TRIGGER t AFTER INSERT ON byhand FOR EACH STATEMENT EXECUTE FUNCTION consent_guard('a', 'a', '');
INSERT INTO byhand VALUES ('x'); --fail
DROP TRIGGER t ON byhand;
CREATE TRIGGER t AFTER INSERT ON byhand REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION consent_guard('a', 'a');
INSERT INTO byhand VALUES ('x'); --fail
DROP TRIGGER t ON byhand;
CREATE TRIGGER t AFTER DELETE ON byhand REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION consent_guard('a', 'a', '');
DELETE FROM byhand; --fail
DROP TABLE byhand;
CREATE VIEW noview AS SELECT 'x'::text AS subject;
SELECT require_consent('noview', 'bulk', 'subject'); --fail
DROP VIEW noview;
SELECT require_consent(0, 'bulk', 'subject'); --fail
SELECT require_consent(NULL, 'bulk', 'subject'); --fail

-- who began and ended it is in the row history
SELECT action, count(*) FROM history('consent_guards') WHERE action <> 'track' GROUP BY 1 ORDER BY 1;

SET client_min_messages = warning;
DELETE FROM consents;
DELETE FROM notice_receipts;
DELETE FROM notices;
DROP SCHEMA "odd.""S" CASCADE;
REVOKE USAGE ON SCHEMA soc2 FROM regress_soc2_shop;
DROP ROLE regress_soc2_shop, regress_soc2_collector, regress_soc2_admin, regress_soc2_auditor;
