-- Proves that soc2.create_ledger() makes a ledger of a table that the caller
-- owns, with the rows that it has; that the result is what verify_ledger()
-- expects and takes new rows; and that a table is refused where a hash would
-- not hold or where the caller has no right.
SET client_min_messages = warning;
CREATE ROLE regress_create_owner;
CREATE ROLE regress_create_other;
CREATE SCHEMA create_test AUTHORIZATION regress_create_owner;
GRANT USAGE ON SCHEMA soc2 TO regress_create_owner, regress_create_other;
GRANT USAGE ON SCHEMA create_test TO regress_create_other;
GRANT EXECUTE ON FUNCTION soc2.verify_ledger(regclass, text) TO regress_create_owner;
RESET client_min_messages;
SET search_path = create_test, public;
SET ROLE regress_create_owner;

--
-- A table with rows
--

CREATE TABLE "Odd ""name" (
    id integer PRIMARY KEY,
    gone text,
    secret text,
    big text,
    at timestamptz DEFAULT now(),
    twice integer GENERATED ALWAYS AS (id * 2) STORED,
    CHECK (id > 0));
ALTER TABLE "Odd ""name" DROP COLUMN gone;
ALTER TABLE "Odd ""name" ALTER COLUMN big SET STORAGE EXTERNAL;
INSERT INTO "Odd ""name" (id, secret, big)
    SELECT i, CASE WHEN i % 2 = 0 THEN 'secret ' || i END, repeat(md5(i::text), 200)
    FROM generate_series(1, 20) AS i;
ALTER TABLE "Odd ""name" ADD COLUMN later text DEFAULT 'filled in';
CREATE INDEX ON "Odd ""name" (secret);
CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'fired'; END $$;
CREATE TRIGGER never BEFORE UPDATE ON "Odd ""name" FOR EACH ROW EXECUTE FUNCTION never();
DELETE FROM "Odd ""name" WHERE id = 7;
SELECT soc2.create_ledger('"Odd ""name"', '{secret}') IS NOT NULL AS created;
RESET ROLE;
SELECT relation, redactable FROM soc2.ledgers WHERE relation = '"Odd ""name"'::regclass;
SET ROLE regress_create_owner;
\d "Odd ""name"
SELECT tgname, tgenabled, obj_description(oid, 'pg_trigger') FROM pg_trigger
WHERE tgrelid = '"Odd ""name"'::regclass ORDER BY tgname COLLATE "C";
SELECT attname, col_description(attrelid, attnum) FROM pg_attribute
WHERE attrelid = '"Odd ""name"'::regclass AND attname LIKE 'ledger%' ORDER BY attnum;
SELECT * FROM soc2.verify_ledger('"Odd ""name"');
-- in the order in which the rows lay, and nothing else about them changed
SELECT count(*), bool_and(ledger_lane = 0), min(ledger_seq), max(ledger_seq),
       bool_and(ledger_seq = id - (id > 7)::integer) AS ordered,
       bool_and(big = repeat(md5(id::text), 200) AND twice = 2 * id AND later = 'filled in') AS same,
       count(secret), count(DISTINCT ledger_salt) AS salts
FROM "Odd ""name";
SELECT id FROM "Odd ""name" WHERE secret = 'secret 8';
INSERT INTO "Odd ""name" (id, secret) VALUES (21, 'new');
INSERT INTO "Odd ""name" (id, secret) VALUES (1, 'new'); --fail
UPDATE "Odd ""name" SET later = '' WHERE id = 1; --fail
DELETE FROM "Odd ""name"; --fail
TRUNCATE "Odd ""name"; --fail
SELECT * FROM soc2.verify_ledger('"Odd ""name"');
SELECT soc2.create_ledger('"Odd ""name"'); --fail
\echo :SQLSTATE

-- the hash of a first row, from doc/ledger-format.md
CREATE TABLE hashed (id integer, note text);
INSERT INTO hashed VALUES (1, 'one');
SELECT soc2.create_ledger('hashed') AS id \gset
SELECT ledger_hash::bytea = sha256('\x1101' || uuid_send(:'id'::uuid) || int4send(0) || int8send(1)
    || decode(repeat('00', 32), 'hex')
    || sha256('\x10010002' || int4send(2) || 'id'::bytea || '\x00' || int4send(1) || '1'::bytea
              || int4send(4) || 'note'::bytea || '\x00' || int4send(3) || 'one'::bytea)) AS as_documented
FROM hashed;

-- an empty one, a rollback, and the same table again
CREATE TABLE empty ();
BEGIN;
SELECT soc2.create_ledger('empty') IS NOT NULL AS created;
INSERT INTO empty DEFAULT VALUES;
SELECT * FROM soc2.verify_ledger('empty');
ROLLBACK;
SELECT soc2.create_ledger('empty') IS NOT NULL AS created;
INSERT INTO empty DEFAULT VALUES;
INSERT INTO empty DEFAULT VALUES;
SELECT ledger_lane IS NOT NULL AS laned, count(*) FROM empty GROUP BY 1;
SELECT * FROM soc2.verify_ledger('empty');

-- ledger columns that are there already
CREATE TABLE prepared (
    ledger_seq bigint, ledger_lane integer, ledger_hash soc2.digest, ledger_prev soc2.digest,
    ledger_salt bytea, note text, UNIQUE (ledger_lane, ledger_seq));
INSERT INTO prepared (note) VALUES ('one'), ('two');
SELECT soc2.create_ledger('prepared', '{note}') IS NOT NULL AS created;
SELECT ledger_lane, ledger_seq, note FROM prepared ORDER BY 2;
SELECT * FROM soc2.verify_ledger('prepared');

-- a superuser may, and the table stays its owner's
CREATE TABLE by_super (note text);
INSERT INTO by_super VALUES ('one');
RESET ROLE;
SELECT soc2.create_ledger('create_test.by_super') IS NOT NULL AS created;
SELECT pg_get_userbyid(relowner) FROM pg_class
WHERE oid IN ('by_super'::regclass, 'by_super_ledger_lane_ledger_seq_key'::regclass);
SELECT * FROM soc2.verify_ledger('by_super');

--
-- Tables that are refused
--

SET ROLE regress_create_other;
SELECT soc2.create_ledger('create_test.empty'); --fail
SET ROLE regress_create_owner;
CREATE TABLE plain (id integer PRIMARY KEY, required text NOT NULL, a text, b text,
    copied text GENERATED ALWAYS AS (a || '!') STORED);
SELECT soc2.create_ledger('plain', '{c}'); --fail
SELECT soc2.create_ledger('plain', '{NULL}'); --fail
SELECT soc2.create_ledger('plain', '{id}'); --fail
SELECT soc2.create_ledger('plain', '{required}'); --fail
SELECT soc2.create_ledger('plain', '{a}'); --fail
SELECT soc2.create_ledger('plain', '{copied}'); --fail
SELECT soc2.create_ledger('plain', '{ctid}'); --fail
CREATE UNIQUE INDEX plain_b ON plain (b);
SELECT soc2.create_ledger('plain', '{b}'); --fail
SELECT soc2.create_ledger('plain', '{ledger_salt}'); --fail
SELECT soc2.create_ledger(NULL);
SELECT soc2.create_ledger(4000000000); --fail

\set VERBOSITY sqlstate
CREATE TEMP TABLE temporary (a integer);
SELECT soc2.create_ledger('temporary'); --fail
\set VERBOSITY default
CREATE UNLOGGED TABLE unlogged (a integer);
SELECT soc2.create_ledger('unlogged'); --fail
CREATE VIEW view AS SELECT 1 AS a;
SELECT soc2.create_ledger('view'); --fail
CREATE MATERIALIZED VIEW matview AS SELECT 1 AS a;
SELECT soc2.create_ledger('matview'); --fail
CREATE SEQUENCE sequence;
SELECT soc2.create_ledger('sequence'); --fail
SELECT soc2.create_ledger('plain_b'); --fail
CREATE TABLE parted (a integer) PARTITION BY LIST (a);
CREATE TABLE part PARTITION OF parted DEFAULT;
SELECT soc2.create_ledger('part'); --fail
CREATE TABLE parent (a integer);
CREATE TABLE child () INHERITS (parent);
SELECT soc2.create_ledger('parent'); --fail
SELECT soc2.create_ledger('child'); --fail
CREATE TABLE ruled (a integer);
CREATE RULE r AS ON INSERT TO ruled DO INSTEAD NOTHING;
SELECT soc2.create_ledger('ruled'); --fail
RESET ROLE;
SELECT soc2.create_ledger('soc2.evidence'); --fail
SELECT soc2.create_ledger('soc2.frameworks'); --fail
SELECT soc2.create_ledger('pg_catalog.pg_class'); --fail
SET ROLE regress_create_owner;

CREATE TABLE wrong_type (ledger_seq integer);
SELECT soc2.create_ledger('wrong_type'); --fail
CREATE TABLE wrong_default (ledger_seq bigint DEFAULT 1);
SELECT soc2.create_ledger('wrong_default'); --fail
CREATE TABLE wrong_salt (ledger_salt text);
SELECT soc2.create_ledger('wrong_salt'); --fail
CREATE TABLE filled (ledger_seq bigint);
INSERT INTO filled VALUES (1);
SELECT soc2.create_ledger('filled'); --fail
CREATE TABLE late_trigger (a integer);
CREATE TRIGGER zzz BEFORE INSERT OR UPDATE ON late_trigger FOR EACH ROW EXECUTE FUNCTION never();
SELECT soc2.create_ledger('late_trigger'); --fail
CREATE TABLE in_use (a integer);
INSERT INTO in_use VALUES (1);
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM in_use;
FETCH c;
SELECT soc2.create_ledger('in_use'); --fail
ROLLBACK;
BEGIN TRANSACTION READ ONLY;
SELECT soc2.create_ledger('in_use'); --fail
ROLLBACK;

-- types whose text depends on more than the value
CREATE DOMAIN price AS money;
CREATE TYPE named AS (a integer, names regclass[]);
CREATE TYPE unnamed AS (a integer, b text[]);
CREATE TYPE price_range AS RANGE (SUBTYPE = price);
CREATE FUNCTION try_type(type text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    why text;
BEGIN
    EXECUTE format('CREATE TABLE create_test.typed (a %s)', type);
    BEGIN
        PERFORM soc2.create_ledger('create_test.typed');
        RAISE 'fine' USING ERRCODE = 'ZZ000';
    EXCEPTION
        WHEN SQLSTATE 'ZZ000' THEN
            why := 'fine';
        WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS why = PG_EXCEPTION_DETAIL;
            why := SQLSTATE || ' ' || why;
    END;
    DROP TABLE create_test.typed;
    RETURN why;
END $$;
SELECT type, try_type(type) FROM unnest('{
    money,regclass,regtype,regrole,regproc,regprocedure,regoper,regoperator,regconfig,regdictionary,
    regnamespace,regcollation,aclitem,regclass[],price,price[],named,named[],price_range,price_multirange,
    unnamed,oid,name,xid8,numeric,timestamptz,interval,float4,jsonb,xml,inet,tsvector,int4range,tstzmultirange,
    "char",bit(3),uuid[],soc2.criterion,soc2.criterion_set,soc2.digest}'::text[]) AS type;

RESET ROLE;
SET client_min_messages = warning;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
DROP SCHEMA create_test CASCADE;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
DROP OWNED BY regress_create_owner, regress_create_other;
DROP ROLE regress_create_owner, regress_create_other;
