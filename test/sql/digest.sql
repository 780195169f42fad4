-- Proves that soc2.digest takes 64 hexadecimal digits and nothing else, keeps
-- them byte for byte in text, binary and bytea form, and orders, indexes and
-- hashes as its bytes do.
SET search_path = public, soc2;

-- text
SELECT '000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F'::digest;
SELECT pg_column_size('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'::digest);
SELECT ''::digest; -- fail
SELECT '00'::digest; -- fail
SELECT '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1'::digest; -- fail
SELECT '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1g'::digest; -- fail
SELECT '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0'::digest; -- fail
SELECT '\x02030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20'::digest; -- fail
SELECT ' 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20'::digest; -- fail

-- bytea
SELECT sha256('abc')::digest;
SELECT sha256('abc')::digest::bytea = sha256('abc') AS same;
SELECT '\x00'::bytea::digest; -- fail
SELECT sha512('abc')::digest; -- fail

-- binary form: version 1 and 32 bytes, nothing else
SELECT digest_send(sha256('abc')::digest);
CREATE TEMP TABLE received (d digest);
\set head 'PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000'
\set body '0123456789abcdef0123456789abcdef'
\set tail '\\377\\377'
\set good 'printf "' :head '\\041\\001' :body :tail '"'
\set version 'printf "' :head '\\041\\002' :body :tail '"'
\set short 'printf "' :head '\\040\\001' '123456789abcdef0123456789abcdef' :tail '"'
\set long 'printf "' :head '\\042\\001' :body '0' :tail '"'
\set empty 'printf "' :head '\\000' :tail '"'
COPY received FROM PROGRAM :'good' (FORMAT binary);
COPY received FROM PROGRAM :'version' (FORMAT binary); -- fail
COPY received FROM PROGRAM :'short' (FORMAT binary); -- fail
COPY received FROM PROGRAM :'long' (FORMAT binary); -- fail
COPY received FROM PROGRAM :'empty' (FORMAT binary); -- fail
SELECT d, d::bytea FROM received;

-- order and equality are those of the bytes
CREATE TABLE digests AS
    SELECT i, sha256(convert_to(i::text, 'UTF8'))::digest AS d
    FROM generate_series(1, 500) AS i;
SELECT count(*) AS pairs,
       count(*) FILTER (WHERE (a.d < b.d) <> (a.d::bytea < b.d::bytea)) AS lt,
       count(*) FILTER (WHERE (a.d <= b.d) <> (a.d::bytea <= b.d::bytea)) AS le,
       count(*) FILTER (WHERE (a.d = b.d) <> (a.d::bytea = b.d::bytea)) AS eq,
       count(*) FILTER (WHERE (a.d <> b.d) <> (a.d::bytea <> b.d::bytea)) AS ne,
       count(*) FILTER (WHERE (a.d >= b.d) <> (a.d::bytea >= b.d::bytea)) AS ge,
       count(*) FILTER (WHERE (a.d > b.d) <> (a.d::bytea > b.d::bytea)) AS gt,
       count(*) FILTER (WHERE digest_cmp(a.d, b.d) <> - digest_cmp(b.d, a.d)) AS cmp
FROM digests AS a, digests AS b;

-- btree and hash indexes, joins and grouping
CREATE UNIQUE INDEX digests_btree ON digests (d);
CREATE INDEX digests_hash ON digests USING hash (d);
INSERT INTO digests SELECT 0, d FROM digests WHERE i = 7; -- fail
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_sort = off;
EXPLAIN (COSTS OFF) SELECT i FROM digests WHERE d > sha256('7')::digest ORDER BY d;
SELECT i FROM digests WHERE d = sha256('7')::digest;
DROP INDEX digests_btree;
EXPLAIN (COSTS OFF) SELECT i FROM digests WHERE d = sha256('7')::digest;
SELECT i FROM digests WHERE d = sha256('7')::digest;
RESET enable_seqscan;
RESET enable_bitmapscan;
RESET enable_sort;
SELECT count(DISTINCT d), count(*) FROM digests;
SET enable_mergejoin = off;
SET enable_nestloop = off;
SELECT count(*) FROM digests AS a JOIN digests AS b USING (d);
RESET enable_mergejoin;
RESET enable_nestloop;
SELECT count(*) AS different
FROM digests
WHERE digest_hash(d) <> digest_hash_extended(d, 0)::bit(32)::integer;

-- the operator classes are complete
SELECT amvalidate(oid) FROM pg_opclass
WHERE opcname IN ('digest_ops', 'digest_hash_ops') ORDER BY opcname;

DROP TABLE digests;
