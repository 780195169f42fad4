--
-- Digests of tables: the same whatever the order of rows and columns, partitions,
-- settings and types of the same texts; different for any other difference.
--
\set VERBOSITY terse
SET search_path = soc2, public;
SET client_min_messages = warning;
CREATE ROLE regress_soc2_reader;
RESET client_min_messages;
CREATE SCHEMA "regress Digest";
CREATE TABLE "regress Digest"."T, 1" (id integer, "Größe" numeric(8,2), "note ""1""" text, at timestamptz, raw bytea, gone integer, flag boolean, tags text[], span interval, real double precision);
ALTER TABLE "regress Digest"."T, 1" DROP COLUMN gone;
INSERT INTO "regress Digest"."T, 1"
SELECT i, i / 4.0, CASE WHEN i % 3 > 0 THEN 'n' || i END, timestamptz '2026-01-01 00:00+00' + i * interval '1 hour 0.5 seconds',
    decode(lpad(to_hex(i), 4, '0'), 'hex'), i % 2 = 0, ARRAY['a', NULL, i::text], i * interval '1 month 3 days 1 second', i / 3.0
FROM generate_series(1, 500) AS i;
SELECT row_count, digest, column_names FROM table_digest('"regress Digest"."T, 1"');
SELECT digest AS first FROM table_digest('"regress Digest"."T, 1"') \gset

-- the same rows, and what may be different
CREATE TABLE "regress Digest".other (tags text[], "note ""1""" varchar, id bigint, real double precision, span interval, flag boolean,
    at timestamptz, raw bytea, "Größe" numeric) PARTITION BY RANGE (id);
CREATE TABLE "regress Digest".low PARTITION OF "regress Digest".other FOR VALUES FROM (MINVALUE) TO (100);
CREATE TABLE "regress Digest".high PARTITION OF "regress Digest".other DEFAULT;
INSERT INTO "regress Digest".other SELECT tags, "note ""1""", id, real, span, flag, at, raw, "Größe" FROM "regress Digest"."T, 1" ORDER BY md5(id::text);
SELECT digest = :'first' AS same FROM table_digest('"regress Digest".other');
SET DateStyle = 'German'; SET TimeZone = 'Asia/Kathmandu'; SET IntervalStyle = 'iso_8601'; SET bytea_output = 'escape';
SET extra_float_digits = -10; SET search_path = "regress Digest", soc2; SET quote_all_identifiers = on;
SELECT digest = :'first' AS same FROM table_digest('other');
SELECT row_digest_agg("Größe", at, flag, id, "note ""1""", raw, real, span, tags) AS rows FROM other \gset
RESET DateStyle; RESET TimeZone; RESET IntervalStyle; RESET bytea_output; RESET extra_float_digits; RESET quote_all_identifiers;
SET search_path = soc2, public;
SELECT row_digest_agg("Größe", at, flag, id, "note ""1""", raw, real, span, tags) = :'rows' AS same FROM "regress Digest".other;
CREATE VIEW "regress Digest".v AS SELECT * FROM "regress Digest"."T, 1";
SELECT digest = :'first' AS same FROM table_digest('"regress Digest".v');
-- by parallel workers, which give up their part
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SELECT digest = :'first' AS same FROM table_digest('"regress Digest"."T, 1"');
EXPLAIN (COSTS OFF) SELECT row_digest_agg(id, at) FROM "regress Digest"."T, 1";
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;

-- the bytes, made by hand: doc/ledger-format.md, section 8
CREATE FUNCTION pg_temp.str(bytes bytea) RETURNS bytea LANGUAGE sql RETURN int4send(length(bytes)) || bytes;
CREATE FUNCTION pg_temp.num(bytes bytea) RETURNS numeric LANGUAGE sql
RETURN (SELECT sum(get_byte(bytes, i) * (256::numeric ^ (31 - i))) FROM generate_series(0, 31) AS i);
CREATE FUNCTION pg_temp.bytes(n numeric) RETURNS bytea LANGUAGE sql
RETURN (SELECT string_agg(set_byte('\x00', 0, mod(div(n, 256::numeric ^ (31 - i)), 256)::integer), ''::bytea ORDER BY i) FROM generate_series(0, 31) AS i);
WITH member AS (
    SELECT sha256('\x13010002' || pg_temp.str(convert_to(id::text, 'UTF8'))
        || coalesce(pg_temp.str(convert_to("note ""1""", 'UTF8')), '\xffffffff')) AS h
    FROM "regress Digest"."T, 1"),
total AS (
    SELECT sha256('\x1401' || int8send(count(*)) || pg_temp.bytes(mod(sum(pg_temp.num(h)), 2::numeric ^ 256))) AS h FROM member)
SELECT row_digest_agg(id, "note ""1""")::bytea = total.h AS rows,
    (SELECT d.digest::bytea FROM table_digest('"regress Digest"."T, 1"', '{"note \"1\"",id}') AS d) = sha256('\x15010002'
        || pg_temp.str('id') || pg_temp.str('note "1"') || total.h) AS "table"
FROM "regress Digest"."T, 1", total GROUP BY total.h;
SELECT row_digest(1, NULL::text)::bytea = sha256('\x13010002' || pg_temp.str('1') || '\xffffffff') AS row,
    row_digest('\x01ff'::bytea)::bytea = sha256('\x13010001' || pg_temp.str('\x01ff')) AS bytea,
    row_digest_keyed_agg('secret', 1)::bytea = sha256('\x1401' || int8send(1)
        || sha256(sha256('secret') || decode(repeat('00', 32), 'hex') || '\x13010001' || pg_temp.str('1'))) AS keyed;

-- what must not be the same
SELECT count(DISTINCT d), count(*) FROM (VALUES
    (row_digest('a', 'b')), (row_digest('ab', '')), (row_digest('', 'ab')), (row_digest('ab')), (row_digest('a', NULL)), (row_digest(NULL, 'a')),
    (row_digest('')), (row_digest(NULL::text)), (row_digest('b', 'a'))) AS v (d);
CREATE TABLE "regress Digest".small (v integer);
CREATE TEMP TABLE seen (what text, digest digest);
CREATE FUNCTION pg_temp.see(what text) RETURNS void LANGUAGE sql AS $$
INSERT INTO seen SELECT what, digest FROM table_digest('"regress Digest".small') $$;
SELECT pg_temp.see('empty');
INSERT INTO "regress Digest".small VALUES (1);
SELECT pg_temp.see('one');
INSERT INTO "regress Digest".small VALUES (1);
SELECT pg_temp.see('twice');
INSERT INTO "regress Digest".small VALUES (NULL);
SELECT pg_temp.see('null');
UPDATE "regress Digest".small SET v = 2;
SELECT pg_temp.see('updated');
ALTER TABLE "regress Digest".small RENAME v TO w;
SELECT pg_temp.see('renamed');
SELECT count(*), count(DISTINCT digest) FROM seen;
SELECT table_digest('"regress Digest".small', key => 'a') = table_digest('"regress Digest".small', key => 'b') AS same_key,
    table_digest('"regress Digest".small', key => '') = table_digest('"regress Digest".small') AS no_key;

-- more columns than a function takes
DO $$
BEGIN
    EXECUTE (SELECT format('CREATE TABLE "regress Digest".wide (%s)', string_agg(format('c%s integer DEFAULT %s', i, i), ', ')) FROM generate_series(1, 250) AS i);
END $$;
INSERT INTO "regress Digest".wide DEFAULT VALUES;
SELECT digest AS wide FROM table_digest('"regress Digest".wide') \gset
SELECT :'wide' = digest AS same, row_count, cardinality(column_names) FROM table_digest('"regress Digest".wide');
UPDATE "regress Digest".wide SET c9 = 0;
SELECT :'wide' = digest AS same FROM table_digest('"regress Digest".wide');

-- what is refused
CREATE SEQUENCE "regress Digest".numbers;
SELECT table_digest(NULL); --fail
SELECT table_digest('"regress Digest".small', '{x}'); --fail
SELECT table_digest('"regress Digest".small', '{w,w}'); --fail
SELECT table_digest('"regress Digest".small', '{ctid}'); --fail
SELECT table_digest('"regress Digest".small', '{NULL}'); --fail
SELECT table_digest('"regress Digest".small', '{}'); --fail
SELECT table_digest('"regress Digest".numbers'); --fail
CREATE TABLE "regress Digest".odd (v regclass, price money);
SELECT table_digest('"regress Digest".odd', '{v}'); --fail
SELECT table_digest('"regress Digest".odd', '{price}'); --fail
SELECT row_digest(12::money); --fail
SELECT row_digest(VARIADIC ARRAY[1, 2]); --fail
SELECT row_digest_keyed_agg(NULL, 1); --fail
-- one who may not read, or not all
GRANT USAGE ON SCHEMA "regress Digest", soc2 TO regress_soc2_reader;
GRANT SELECT (id, flag) ON "regress Digest"."T, 1" TO regress_soc2_reader;
SET ROLE regress_soc2_reader;
SELECT row_count FROM table_digest('"regress Digest"."T, 1"'); --fail
SELECT row_count FROM table_digest('"regress Digest"."T, 1"', '{id,flag}');
RESET ROLE;
ALTER TABLE "regress Digest"."T, 1" ENABLE ROW LEVEL SECURITY;
SET ROLE regress_soc2_reader;
SELECT row_count FROM table_digest('"regress Digest"."T, 1"', '{id,flag}'); --fail
RESET ROLE;
SHOW row_security;

SET client_min_messages = warning;
DROP SCHEMA "regress Digest" CASCADE;
REVOKE USAGE ON SCHEMA soc2 FROM regress_soc2_reader;
DROP ROLE regress_soc2_reader;
