--
-- Security labels classify tables, columns and the database: what is a label,
-- who may set one, what views make of it, and that soc2.classify() goes before.
--
SET client_encoding = 'UTF8';
SET search_path = soc2, public;
SET client_min_messages = warning;
CREATE ROLE regress_soc2_owner;
CREATE ROLE regress_soc2_other;
CREATE ROLE regress_soc2_admin IN ROLE soc2_admin;
CREATE ROLE regress_soc2_auditor IN ROLE soc2_auditor;
RESET client_min_messages;
CREATE SCHEMA "Odd.""L" AUTHORIZATION regress_soc2_owner;
GRANT USAGE ON SCHEMA "Odd.""L" TO regress_soc2_other, regress_soc2_admin;

-- the words of a label
CREATE VIEW pg_temp.words AS
    SELECT n, l.label, r.* FROM (VALUES
        (1, 'class=pii subject purpose=billing dispose=null'),
        (2, E'\t CLASS=Restricted\n masked  basis="GDPR, 6(1)(b)",contract recipients=bank,"Bank of Å" note="it''s needed"'),
        (3, 'note=a'), (4, 'masked'), (5, ''), (6, 'class=secret'), (7, 'class=pii class=pii'), (8, 'Åland'),
        (9, 'note="Å" class=public subject'), (10, 'purpose=a,'), (11, 'subject=yes'), (12, 'class=public,internal'),
        (13, 'note="'), (14, 'dispose=shred'), (15, 'retain=10y')) AS l (n, label)
    LEFT JOIN LATERAL read_label(l.label) AS r ON true;
SELECT n, class, masked, subject, purpose, basis, recipients, dispose, note FROM words WHERE problem IS NULL ORDER BY n;
SELECT n, num_nonnulls(class, masked, subject, purpose, basis, recipients, dispose, note) AS others, problem
FROM words WHERE problem IS NOT NULL ORDER BY n;
SELECT read_label(NULL) IS NULL AS nothing;

-- the owner of a table labels it, and nobody else
SET ROLE regress_soc2_owner;
SET search_path = "Odd.""L";
CREATE TABLE "T, 1" (id integer, "E mail" text, gone text, plain text);
CREATE VIEW v AS SELECT 1 AS a;
SECURITY LABEL FOR soc2 ON COLUMN "T, 1"."E mail" IS 'class=pii subject purpose=billing dispose=null';
SECURITY LABEL FOR soc2 ON TABLE "T, 1" IS 'class=internal note="customers"';
SECURITY LABEL FOR soc2 ON COLUMN "T, 1".gone IS 'class=restricted';
-- without FOR it is the only provider
SECURITY LABEL ON COLUMN "T, 1".plain IS 'class=confidential';
SECURITY LABEL FOR soc2 ON COLUMN "T, 1".plain IS 'class=confident'; --fail
SECURITY LABEL FOR soc2 ON COLUMN "T, 1".plain IS 'retain="10 years"'; --fail
SECURITY LABEL FOR soc2 ON COLUMN "T, 1".plain IS 'note="Å" class=public subject'; --fail
SECURITY LABEL FOR soc2 ON COLUMN "T, 1".plain IS 'masked'; --fail
SECURITY LABEL FOR soc2 ON COLUMN "T, 1".plain IS ' '; --fail
SECURITY LABEL FOR soc2 ON TABLE "T, 1" IS 'class=internal subject'; --fail
SECURITY LABEL FOR soc2 ON TABLE "T, 1" IS 'dispose=delete'; --fail
SECURITY LABEL FOR soc2 ON COLUMN "T, 1".nothing IS 'class=pii'; --fail
SECURITY LABEL FOR soc2 ON VIEW v IS 'class=pii'; --fail
SECURITY LABEL FOR soc2 ON COLUMN v.a IS 'class=pii'; --fail
SECURITY LABEL FOR soc2 ON VIEW v IS NULL;
SECURITY LABEL FOR soc2 ON SCHEMA "Odd.""L" IS 'class=pii'; --fail
SET ROLE regress_soc2_other;
SECURITY LABEL FOR soc2 ON COLUMN "T, 1".plain IS 'class=public'; --fail
SECURITY LABEL FOR soc2 ON COLUMN "T, 1".plain IS NULL; --fail
DO $$
BEGIN
    EXECUTE format('SECURITY LABEL FOR soc2 ON DATABASE %I IS %L', current_database(), 'class=public');
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'the database is not theirs';
END
$$;
RESET ROLE;

-- who may read them; they follow renames, and go with a column
SET search_path = soc2, public;
ALTER TABLE "Odd.""L"."T, 1" RENAME "E mail" TO "e-mail";
ALTER TABLE "Odd.""L"."T, 1" DROP COLUMN gone;
SELECT kind, relation, column_name, inherited, class, masked, subject, purpose, basis, recipients, dispose, note, label, problem
FROM labels WHERE relation_oid = '"Odd.""L"."T, 1"'::regclass ORDER BY column_name \gx
SET ROLE regress_soc2_other;
SELECT count(*) FROM soc2.labels; --fail
SET ROLE regress_soc2_auditor;
SELECT kind, relation, column_name, class FROM labels WHERE relation ~ 'Odd' ORDER BY column_name;
RESET ROLE;

-- a label is set back
SECURITY LABEL FOR soc2 ON COLUMN "Odd.""L"."T, 1".plain IS NULL;
SELECT column_name FROM labels WHERE relation ~ 'Odd' ORDER BY column_name;

-- partitions have the labels of their table, the nearest one first; copies have none
SET ROLE regress_soc2_owner;
SET search_path = "Odd.""L";
CREATE TABLE parted (id integer, mail text) PARTITION BY LIST (id);
CREATE TABLE sub (mail text, id integer) PARTITION BY LIST (id);
ALTER TABLE parted ATTACH PARTITION sub FOR VALUES IN (1, 2);
CREATE TABLE leaf PARTITION OF sub FOR VALUES IN (1);
CREATE TABLE later PARTITION OF parted DEFAULT;
CREATE TABLE alike (LIKE parted INCLUDING ALL);
CREATE TABLE child () INHERITS (alike);
SECURITY LABEL FOR soc2 ON COLUMN parted.mail IS 'class=personal';
SECURITY LABEL FOR soc2 ON TABLE parted IS 'class=internal';
SECURITY LABEL FOR soc2 ON COLUMN sub.mail IS 'class=restricted masked';
SECURITY LABEL FOR soc2 ON COLUMN alike.id IS 'class=public';
RESET ROLE;
SET search_path = soc2, public;
SELECT relation, column_name, inherited, class, masked FROM labels
WHERE relation ~ 'Odd' AND relation !~ 'T, 1' ORDER BY relation, column_name;
-- one that was detached has its own alone
ALTER TABLE "Odd.""L".parted DETACH PARTITION "Odd.""L".sub;
SELECT relation, column_name, inherited, class FROM labels
WHERE relation ~ 'sub|leaf' ORDER BY relation, column_name;

-- which class has a column? soc2.classify() goes before a label of the same object
CREATE VIEW pg_temp.classes AS
    SELECT column_name, class, masked, source, conflict FROM column_classes
    WHERE relation ~ 'T, 1' ORDER BY column_name;
SELECT * FROM classes;
SET ROLE regress_soc2_admin;
SELECT classify('"Odd.""L"."T, 1"', 'restricted');
RESET ROLE;
SELECT * FROM classes;
SET ROLE regress_soc2_admin;
SELECT classify('"Odd.""L"."T, 1"', 'internal', 'e-mail', true);
RESET ROLE;
SELECT * FROM classes;
SET ROLE regress_soc2_admin;
SELECT classify('"Odd.""L"."T, 1"', 'personal', 'e-mail', true), classify('"Odd.""L"."T, 1"', 'internal');
RESET ROLE;
SELECT * FROM classes;
DELETE FROM classifications WHERE relation = '"Odd.""L"."T, 1"'::regclass;

-- a label of the database is the last
SELECT format('SECURITY LABEL FOR soc2 ON DATABASE %I IS %L', current_database(), 'class=confidential masked') \gexec
SECURITY LABEL FOR soc2 ON TABLE "Odd.""L"."T, 1" IS NULL;
SELECT kind, relation, column_name, inherited, class FROM labels WHERE kind = 'database';
SELECT * FROM classes;
SELECT format('SECURITY LABEL FOR soc2 ON DATABASE %I IS %L', current_database(), 'class=public subject') \gexec
SELECT format('SECURITY LABEL FOR soc2 ON DATABASE %I IS NULL', current_database()) \gexec
SELECT count(*) FROM labels WHERE kind = 'database';
SELECT * FROM classes;

-- a label is no more than that: nothing is refused that was not
SECURITY LABEL FOR soc2 ON COLUMN "Odd.""L"."T, 1".plain IS 'class=restricted dispose=keep';
INSERT INTO "Odd.""L"."T, 1" (id) VALUES (1);
DELETE FROM "Odd.""L"."T, 1";
-- what somebody wrote past the command says nothing
UPDATE pg_seclabel SET label = 'secret' WHERE provider = 'soc2' AND label ~ 'keep';
SELECT column_name, class, masked, label, problem FROM labels WHERE label = 'secret';
SELECT * FROM classes WHERE column_name = 'plain';

-- the check of the inventory tells what contradicts
SELECT classify('"Odd.""L".alike', 'internal', 'id'), classify('"Odd.""L".alike', 'internal', 'mail');
SELECT outcome FROM assess('conf.inventory');
SELECT r.resource, r.ok, r.reason FROM check_results AS r
WHERE r.resource ~ 'alike|T, 1' ORDER BY r.resource;
DELETE FROM classifications;

-- what labels say is looked for once
CREATE FUNCTION pg_temp.plan_of_classes() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (COSTS off) SELECT * FROM soc2.column_classes';
END $$;
SELECT count(*) AS once FROM pg_temp.plan_of_classes() AS p (line) WHERE line ~ 'Recursive Union';

SET client_min_messages = warning;
DROP SCHEMA "Odd.""L" CASCADE;
SELECT count(*) FROM labels;
DROP ROLE regress_soc2_owner, regress_soc2_other, regress_soc2_admin, regress_soc2_auditor;
