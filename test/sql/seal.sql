-- Proves that seals, checkpoints and proofs of a ledger are those of RFC 6962
-- over its hashes, by computing every one of them again in SQL, at sizes around
-- the width of a tile and with many lanes; that each row is sealed once and a
-- seal that is undone leaves nothing; that what leaves the server speaks of
-- committed seals alone; and that a damaged log is never added to.
SET client_min_messages = warning;
CREATE ROLE regress_seal_owner;
CREATE ROLE regress_seal_collector IN ROLE soc2_collector;
CREATE ROLE regress_seal_auditor IN ROLE soc2_auditor;
CREATE ROLE regress_seal_nobody;
CREATE SCHEMA seal_test AUTHORIZATION regress_seal_owner;
GRANT USAGE ON SCHEMA seal_test TO regress_seal_collector, regress_seal_auditor;
GRANT USAGE ON SCHEMA soc2 TO regress_seal_owner, regress_seal_nobody;
RESET client_min_messages;
SET search_path = seal_test, public;

--
-- RFC 6962 and RFC 9162 in SQL
--

-- section 2.1: the hash of a tree over leaves, which are hashed already
CREATE FUNCTION mth(leaves bytea[]) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    n integer := cardinality(leaves);
    k integer := 1;
BEGIN
    IF n = 0 THEN RETURN sha256(''); END IF;
    IF n = 1 THEN RETURN leaves[1]; END IF;
    WHILE k * 2 < n LOOP k := k * 2; END LOOP;
    RETURN sha256('\x01' || mth(leaves[:k]) || mth(leaves[k + 1:]));
END $$;
-- the same level by level, for large trees
CREATE FUNCTION mth_by_levels(leaves bytea[]) RETURNS bytea LANGUAGE plpgsql AS $$
BEGIN
    WHILE cardinality(leaves) > 1 LOOP
        leaves := (
            SELECT array_agg(hash ORDER BY pair)
            FROM (SELECT (i - 1) / 2 AS pair,
                         CASE WHEN count(*) = 1 THEN string_agg(leaf, '') ELSE sha256('\x01' || string_agg(leaf, '' ORDER BY i)) END AS hash
                  FROM unnest(leaves) WITH ORDINALITY AS l(leaf, i)
                  GROUP BY 1) AS p);
    END LOOP;
    RETURN leaves[1];
END $$;
-- the leaves of a log: rows in the order that the ranges say
CREATE FUNCTION leaves(ledger regclass) RETURNS bytea[] LANGUAGE plpgsql AS $$
DECLARE
    result bytea[];
BEGIN
    EXECUTE format($q$
        SELECT coalesce(array_agg(sha256('\x00' || t.ledger_hash::bytea) ORDER BY r.position + t.ledger_seq - r.first_seq), '{}')
        FROM soc2.ledger_seal_ranges AS r
        JOIN %s AS t ON t.ledger_lane = r.lane AND t.ledger_seq BETWEEN r.first_seq AND r.last_seq
        WHERE r.ledger_id = (SELECT l.ledger_id FROM soc2.ledgers AS l WHERE l.relation = $1)$q$, ledger)
    INTO result USING ledger;
    RETURN result;
END $$;
-- seals whose size or root is not what the leaves give
CREATE FUNCTION wrong_seals(ledger regclass, by_levels boolean DEFAULT false) RETURNS TABLE (seal_id bigint)
BEGIN ATOMIC
    SELECT s.seal_id
    FROM soc2.ledgers AS l JOIN soc2.ledger_seals AS s USING (ledger_id), leaves(ledger) AS d
    WHERE l.relation = ledger AND (s.size > cardinality(d) OR s.root::bytea <>
        CASE WHEN by_levels THEN mth_by_levels(d[:s.size]) ELSE mth(d[:s.size]) END);
END;
-- tiles that do not hold what they should
CREATE FUNCTION wrong_tiles(ledger regclass, from_level integer DEFAULT 0) RETURNS TABLE (level integer, tile bigint, width integer)
BEGIN ATOMIC
    SELECT t.level, t.tile, t.width
    FROM soc2.ledgers AS l JOIN soc2.ledger_tiles AS t USING (ledger_id), leaves(ledger) AS d,
         LATERAL (SELECT string_agg(mth_by_levels(d[(t.tile * 256 + i) * 256 ^ t.level + 1 : (t.tile * 256 + i + 1) * 256 ^ t.level]),
                                    '' ORDER BY i) AS hashes
                  FROM generate_series(0, t.width - 1) AS i) AS e
    WHERE l.relation = ledger AND t.level >= from_level AND (t.hashes <> e.hashes OR t.width NOT BETWEEN 1 AND 256);
END;
-- RFC 9162, section 2.1.3.2
CREATE FUNCTION proves_inclusion(leaf bytea, index bigint, size bigint, path bytea[], root bytea) RETURNS boolean
    LANGUAGE plpgsql AS $$
DECLARE
    fn bigint := index;
    sn bigint := size - 1;
    r bytea := leaf;
    p bytea;
BEGIN
    IF index >= size THEN RETURN false; END IF;
    FOREACH p IN ARRAY path LOOP
        IF sn = 0 THEN RETURN false; END IF;
        IF fn & 1 = 1 OR fn = sn THEN
            r := sha256('\x01' || p || r);
            WHILE fn & 1 = 0 AND fn <> 0 LOOP fn := fn >> 1; sn := sn >> 1; END LOOP;
        ELSE
            r := sha256('\x01' || r || p);
        END IF;
        fn := fn >> 1;
        sn := sn >> 1;
    END LOOP;
    RETURN sn = 0 AND r = root;
END $$;
-- RFC 9162, section 2.1.4.2
CREATE FUNCTION proves_consistency(old_size bigint, new_size bigint, old_root bytea, new_root bytea, path bytea[]) RETURNS boolean
    LANGUAGE plpgsql AS $$
DECLARE
    fn bigint := old_size - 1;
    sn bigint := new_size - 1;
    fr bytea;
    sr bytea;
    c bytea;
BEGIN
    IF old_size = 0 OR old_size = new_size THEN
        RETURN path = '{}' AND (old_size = 0 OR old_root = new_root);
    END IF;
    IF path = '{}' THEN RETURN false; END IF;
    IF (old_size & (old_size - 1)) = 0 THEN path := old_root || path; END IF;
    WHILE fn & 1 = 1 LOOP fn := fn >> 1; sn := sn >> 1; END LOOP;
    fr := path[1];
    sr := path[1];
    FOREACH c IN ARRAY path[2:] LOOP
        IF sn = 0 THEN RETURN false; END IF;
        IF fn & 1 = 1 OR fn = sn THEN
            fr := sha256('\x01' || c || fr);
            sr := sha256('\x01' || c || sr);
            WHILE fn & 1 = 0 AND fn <> 0 LOOP fn := fn >> 1; sn := sn >> 1; END LOOP;
        ELSE
            sr := sha256('\x01' || sr || c);
        END IF;
        fn := fn >> 1;
        sn := sn >> 1;
    END LOOP;
    RETURN sn = 0 AND fr = old_root AND sr = new_root;
END $$;
-- is the text of a checkpoint that of a size of the log?
CREATE FUNCTION states(checkpoint text, ledger regclass, incarnation integer DEFAULT 1) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    line text[] := string_to_array(checkpoint, E'\n');
BEGIN
    RETURN CASE WHEN cardinality(line) = 4 AND line[4] = ''
        AND line[1] = format('soc2/%s/%s', (SELECT ledger_id FROM soc2.ledgers WHERE relation = ledger), incarnation)
        AND decode(line[3], 'base64') = mth_by_levels((leaves(ledger))[:line[2]::bigint])
        THEN line[2]::bigint END;
END $$;
-- rows without an inclusion proof that proves them
CREATE FUNCTION unproven(ledger regclass, only_lane integer, only_seq bigint) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    d bytea[] := leaves(ledger);
    r record;
    part text[];
    path bytea[];
    index bigint;
    size bigint;
BEGIN
    FOR r IN EXECUTE format('SELECT ledger_lane, ledger_seq, ledger_hash FROM %s
            WHERE ledger_lane = coalesce($1, ledger_lane) AND ledger_seq = coalesce($2, ledger_seq) ORDER BY 1, 2', ledger)
        USING only_lane, only_seq
    LOOP
        part := regexp_match(soc2.inclusion_proof(ledger, r.ledger_lane, r.ledger_seq),
            '^c2sp\.org/tlog-proof@v1\nindex (\d+)\n((?:[\w+/]{43}=\n)*)\n(.*)$');
        index := part[1];
        size := states(part[3], ledger);
        path := coalesce((SELECT array_agg(decode(line, 'base64') ORDER BY i)
            FROM string_to_table(rtrim(part[2], E'\n'), E'\n') WITH ORDINALITY AS s(line, i)), '{}');
        IF proves_inclusion(sha256('\x00' || r.ledger_hash::bytea), index, size, path, mth_by_levels(d[:size])) IS NOT TRUE THEN
            RETURN NEXT format('%s/%s', r.ledger_lane, r.ledger_seq);
        END IF;
    END LOOP;
END $$;
-- pairs of sizes up to n whose consistency is not proven
CREATE FUNCTION inconsistent(ledger regclass, sizes bigint[]) RETURNS TABLE (a bigint, b bigint)
BEGIN ATOMIC
    SELECT a, b
    FROM leaves(ledger) AS d, unnest(sizes) AS a, unnest(sizes) AS b
    WHERE a <= b AND proves_consistency(a, b, mth_by_levels(d[:a]), mth_by_levels(d[:b]),
                                        soc2.consistency_proof(ledger, a, b)::bytea[]) IS NOT TRUE;
END;
SELECT encode(mth('{}'), 'hex') AS empty, mth(d) = mth_by_levels(d) AS agree,
       proves_inclusion(d[3], 2, 7, ARRAY[d[4], sha256('\x01' || d[1] || d[2]), mth(d[5:])], mth(d)) AS proven,
       proves_inclusion(d[3], 2, 4, ARRAY[d[4], sha256('\x01' || d[1] || d[2]), mth(d[5:])], mth(d)) AS size_matters,
       proves_inclusion(d[3], 3, 7, ARRAY[d[4], sha256('\x01' || d[1] || d[2]), mth(d[5:])], mth(d)) AS index_matters
FROM (SELECT array_agg(sha256(int4send(i)) ORDER BY i) AS d FROM generate_series(1, 7) AS i) AS x;

--
-- Ledgers of a user's own
--

-- rows go to lane 0, wherever this session's own would go
CREATE FUNCTION make_ledger(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I (a text)', name);
    PERFORM soc2.create_ledger(name);
    EXECUTE format('ALTER TABLE %I OWNER TO regress_seal_owner', name);
END $$;
CREATE FUNCTION put(ledger regclass, lane integer, first bigint, last bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO %s SELECT ''x'', $1, i, sha256(''p''), sha256(int4send($1) || int8send(i))
        FROM generate_series($2, $3) AS i', ledger) USING lane, first, last;
END $$;
CREATE FUNCTION add(ledger regclass, rows integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    last bigint;
BEGIN
    EXECUTE format('SELECT coalesce(max(ledger_seq), 0) FROM %s WHERE ledger_lane = 0', ledger) INTO last;
    PERFORM put(ledger, 0, last + 1, last + rows);
END $$;
SELECT make_ledger('small');

-- nothing to seal, nothing to prove
SELECT * FROM soc2.seal('small');
SELECT soc2.checkpoint('small'); --fail
SELECT soc2.inclusion_proof('small', 0, 1); --fail
SELECT soc2.consistency_proof('small', 0, 0);
SELECT soc2.consistency_proof('small', 0, 1); --fail
SELECT count(*) FROM soc2.ledger_heads('small');
-- not a ledger
SELECT * FROM soc2.seal('soc2.ledgers'); --fail
SELECT soc2.checkpoint('pg_class'); --fail
SELECT soc2.inclusion_proof('soc2.ledger_status', 0, 1); --fail
SELECT soc2.consistency_proof('soc2.ledgers', 0, 0); --fail

-- one row, then more, sealed one by one
SELECT add('small', 1);
SELECT soc2.checkpoint('small'); --fail
SELECT soc2.inclusion_proof('small', 0, 1); --fail
SELECT * FROM soc2.seal('small');
SELECT * FROM soc2.seal('small');
SELECT states(soc2.checkpoint('small'), 'small');
SELECT unproven('small', NULL, NULL);
CREATE PROCEDURE grow(ledger regclass, rows integer, step integer) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. rows / step LOOP
        PERFORM add(ledger, step);
        PERFORM soc2.seal(ledger);
        COMMIT;
    END LOOP;
END $$;
CALL grow('small', 19, 1);
CALL grow('small', 21, 3);
SELECT count(*), max(s.size) FROM soc2.ledger_seals AS s JOIN soc2.ledgers AS l USING (ledger_id) WHERE l.relation = 'small'::regclass;
SELECT wrong_seals('small');
SELECT wrong_tiles('small');
SELECT unproven('small', NULL, NULL);
SELECT inconsistent('small', (SELECT array_agg(i) FROM generate_series(0, 41) AS i));
SELECT soc2.consistency_proof('small', 7, 7), soc2.consistency_proof('small', 0, 41);
SELECT soc2.consistency_proof('small', 3, 2); --fail
SELECT soc2.consistency_proof('small', -1, 2); --fail
SELECT soc2.consistency_proof('small', 0, 42); --fail
SELECT soc2.inclusion_proof('small', 0, 0); --fail
SELECT soc2.inclusion_proof('small', 0, 42); --fail
SELECT soc2.inclusion_proof('small', 1, 1); --fail
SELECT soc2.inclusion_proof('small', -1, 9223372036854775807); --fail
SELECT soc2.checkpoint(NULL) IS NULL AS strict;

-- around the width of a tile: sealed at once, and with a seal before
CREATE FUNCTION wrong_at(size integer, before integer) RETURNS TABLE (what text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM make_ledger(format('l%s_%s', size, before));
    PERFORM add(format('l%s_%s', size, before), before);
    PERFORM soc2.seal(format('l%s_%s', size, before));
    PERFORM add(format('l%s_%s', size, before), size - before);
    PERFORM soc2.seal(format('l%s_%s', size, before));
    RETURN QUERY SELECT format('seal %s of %s', seal_id, size) FROM wrong_seals(format('l%s_%s', size, before));
    RETURN QUERY SELECT format('tile %s of %s', wrong_tiles, size) FROM wrong_tiles(format('l%s_%s', size, before));
END $$;
SELECT s.size, b.before, wrong_at(s.size, b.before)
FROM unnest('{1,2,255,256,257,511,512,513}'::integer[]) AS s(size), unnest('{0,1,255,256,257}'::integer[]) AS b(before)
WHERE b.before <= s.size;
SELECT l.relation, t.level, t.tile, t.width FROM soc2.ledger_tiles AS t JOIN soc2.ledgers AS l USING (ledger_id)
WHERE l.relation IN ('l255_0'::regclass, 'l256_255'::regclass, 'l257_255'::regclass) ORDER BY l.relation::text, 2, 3, 4;
SELECT s, unproven('l513_257', 0, s) FROM unnest('{1,255,256,257,258,511,512,513}'::bigint[]) AS s;
SELECT inconsistent('l513_257', '{0,1,2,254,255,256,257,258,511,512,513}');

-- three levels of tiles; a proof reads few of them
SELECT make_ledger('large');
SELECT add('large', 66000);
SELECT * FROM soc2.seal('large');
CALL grow('large', 10, 5);
SELECT wrong_seals('large', true);
SELECT level, count(*), sum(width) FROM soc2.ledger_tiles JOIN soc2.ledgers USING (ledger_id)
WHERE relation = 'large'::regclass GROUP BY level ORDER BY level;
SELECT wrong_tiles('large', 1);
SELECT s, unproven('large', 0, s) FROM unnest('{65536,65537}'::bigint[]) AS s;
SELECT inconsistent('large', '{65535,65537}');
CREATE FUNCTION tiles_read() RETURNS bigint RETURN pg_stat_get_xact_tuples_fetched('soc2.soc2_ledger_tiles_pkey'::regclass);
BEGIN;
SELECT tiles_read() AS before \gset
SELECT length(soc2.inclusion_proof('large', 0, 33333)) > 0 AS proven;
SELECT tiles_read() - :before AS tiles_of_inclusion \gset
SELECT cardinality(soc2.consistency_proof('large', 12345, 65999)) AS hashes;
SELECT tiles_read() - :before - :tiles_of_inclusion AS tiles_of_consistency \gset
SELECT add('large', 1);
SELECT size, sealed FROM soc2.seal('large');
SELECT :tiles_of_inclusion BETWEEN 1 AND 6 AS few_for_inclusion, :tiles_of_consistency BETWEEN 1 AND 8 AS few_for_consistency,
       tiles_read() - :before - :tiles_of_inclusion - :tiles_of_consistency <= 3 AS few_for_a_seal;
ROLLBACK;

--
-- Lanes
--

SELECT make_ledger('many');
SELECT add('many', 1);
SELECT count(put('many', lane, 1, lane % 7)) FROM generate_series(1, 99) AS lane;
SELECT put('many', 2147483647, 1, 3);
SELECT * FROM soc2.seal('many');
SELECT count(put('many', lane, CASE WHEN lane < 100 THEN lane % 7 ELSE 0 END + 1, lane % 11 + 1)) FROM generate_series(1, 120) AS lane;
SELECT add('many', 1);
SELECT * FROM soc2.seal('many');
SELECT wrong_seals('many');
SELECT wrong_tiles('many');
SELECT count(*) AS rows, count(DISTINCT ledger_lane) AS lanes, cardinality(leaves('many')) AS sealed FROM many;
-- in a seal, lanes ascend without a gap between them
SELECT count(*) FROM (
    SELECT r.position <> lag(r.position + r.last_seq - r.first_seq + 1, 1, 0::bigint) OVER (ORDER BY r.seal_id, r.lane) AS odd
    FROM soc2.ledger_seal_ranges AS r JOIN soc2.ledgers AS l USING (ledger_id) WHERE l.relation = 'many'::regclass) AS x
WHERE odd;
SELECT unproven('many', lane, NULL) FROM unnest('{0,1,50,119,2147483647}'::integer[]) AS lane;
-- a lane with a gap is sealed up to it, and no further
SELECT put('many', 7, 20, 22);
SELECT * FROM soc2.seal('many');
SELECT soc2.inclusion_proof('many', 7, 21); --fail
SELECT put('many', 200, 1, 1);
SELECT * FROM soc2.seal('many');

--
-- Transactions
--

SELECT make_ledger('tx');
SELECT add('tx', 5);
CREATE VIEW tx_log AS
    SELECT (SELECT count(*) FROM soc2.ledger_seals AS s WHERE s.ledger_id = l.ledger_id) AS seals,
           (SELECT count(*) FROM soc2.ledger_seal_ranges AS r WHERE r.ledger_id = l.ledger_id) AS ranges,
           (SELECT count(*) FROM soc2.ledger_tiles AS t WHERE t.ledger_id = l.ledger_id) AS tiles
    FROM soc2.ledgers AS l WHERE l.relation = 'tx'::regclass;
BEGIN;
SELECT * FROM soc2.seal('tx');
SELECT soc2.checkpoint('tx'); --fail
ROLLBACK;
SELECT * FROM tx_log;
-- a seal that a savepoint undoes
BEGIN;
SAVEPOINT s;
SELECT * FROM soc2.seal('tx');
ROLLBACK TO s;
SELECT add('tx', 1);
SELECT * FROM soc2.seal('tx');
COMMIT;
SELECT * FROM tx_log;
SELECT states(soc2.checkpoint('tx'), 'tx');
-- sealed twice in a transaction, own rows included; what leaves is committed
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT add('tx', 1);
SELECT * FROM soc2.seal('tx');
SAVEPOINT s;
SELECT add('tx', 1);
SELECT * FROM soc2.seal('tx');
SELECT states(soc2.checkpoint('tx'), 'tx');
SELECT unproven('tx', 0, 6);
SAVEPOINT t;
SELECT soc2.inclusion_proof('tx', 0, 7); --fail
ROLLBACK TO t;
SELECT soc2.consistency_proof('tx', 6, 8); --fail
ROLLBACK TO t;
COMMIT;
SELECT states(soc2.checkpoint('tx'), 'tx');
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT add('tx', 1);
SELECT * FROM soc2.seal('tx');
COMMIT;
SELECT wrong_seals('tx');
SELECT unproven('tx', NULL, NULL);
BEGIN READ ONLY;
SELECT * FROM soc2.seal('tx'); --fail
ROLLBACK;

--
-- All ledgers, and their state
--

SELECT add('tx', 2);
SELECT relation, rows, lanes, sealed, unsealed, unsealed_since = last_sealed_at AS since, seals, incarnation
FROM soc2.ledger_status WHERE relation IN ('seal_test.tx', 'seal_test.many', 'seal_test.large') ORDER BY 1;
SELECT make_ledger('new');
SELECT add('new', 1);
SELECT rows, lanes, sealed, unsealed, unsealed_since, seals, incarnation, last_sealed_at
FROM soc2.ledger_status WHERE relation = 'seal_test.new';
SELECT * FROM soc2.ledger_heads('many') WHERE lane > 118;
SELECT relation, size, sealed FROM soc2.seal() WHERE relation IN ('tx'::regclass, 'new'::regclass) ORDER BY relation::text;
SELECT relation, unsealed FROM soc2.ledger_status WHERE unsealed <> 0;
-- one that cannot be sealed does not keep the others from it
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE new DROP CONSTRAINT new_ledger_lane_ledger_seq_key;
SELECT add('tx', 1);
SELECT relation, size, sealed FROM soc2.seal() WHERE sealed > 0;
SELECT * FROM soc2.seal('new'); --fail
SELECT rows, lanes, sealed, unsealed FROM soc2.ledger_status WHERE relation = 'seal_test.new';
DROP TABLE new;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
SELECT count(*) FROM soc2.ledger_status WHERE relation ~ '^\d+$' AND rows IS NULL AND sealed = 1;
SELECT count(*) FROM soc2.seal() WHERE sealed > 0;

--
-- Nobody writes the log by hand, and a damaged one is not added to
--

UPDATE soc2.ledger_seals SET size = 1; --fail
DELETE FROM soc2.ledger_seal_ranges; --fail
TRUNCATE soc2.ledger_tiles; --fail
SELECT add('tx', 1);
CREATE FUNCTION damage(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
    EXECUTE 'ALTER TABLE soc2.ledger_tiles DISABLE TRIGGER USER';
    EXECUTE statement USING (SELECT ledger_id FROM soc2.ledgers WHERE relation = 'tx'::regclass);
END $$;
BEGIN;
SELECT damage('UPDATE soc2.ledger_tiles SET hashes = set_byte(hashes, 40, 255 - get_byte(hashes, 40)) WHERE ledger_id = $1');
SAVEPOINT s;
SELECT * FROM soc2.seal('tx'); --fail
ROLLBACK TO s;
SELECT soc2.inclusion_proof('tx', 0, 1); --fail
ROLLBACK;
BEGIN;
SELECT damage('DELETE FROM soc2.ledger_tiles WHERE ledger_id = $1');
SAVEPOINT s;
SELECT * FROM soc2.seal('tx'); --fail
ROLLBACK TO s;
SELECT soc2.consistency_proof('tx', 3, 12); --fail
ROLLBACK;
BEGIN;
SELECT damage('DELETE FROM soc2.ledger_tiles WHERE ledger_id = $1 AND width > 11');
SELECT soc2.inclusion_proof('tx', 0, 1); --fail
ROLLBACK;
SELECT * FROM soc2.seal('tx');

--
-- Rights
--

GRANT SELECT ON tx TO regress_seal_auditor;
SELECT add('tx', 1);
SET ROLE regress_seal_collector;
SELECT size, sealed FROM soc2.seal('tx');
SELECT length(soc2.checkpoint('tx')) > 0 AS checkpoint, soc2.public_key() AS no_key;
SELECT soc2.inclusion_proof('tx', 0, 1); --fail
SELECT * FROM soc2.ledger_status; --fail
INSERT INTO soc2.ledger_tiles VALUES (gen_random_uuid(), 0, 0, 1, ''); --fail
\set VERBOSITY sqlstate
SHOW soc2.signing_key_file; --fail
\set VERBOSITY default
RESET ROLE;
SELECT sealed_by, size FROM soc2.ledger_seals JOIN soc2.ledgers USING (ledger_id)
WHERE relation = 'tx'::regclass ORDER BY seal_id DESC LIMIT 1;
SET ROLE regress_seal_auditor;
SELECT * FROM soc2.seal('tx'); --fail
SELECT length(soc2.checkpoint('tx')) > 0 AS checkpoint, length(soc2.inclusion_proof('tx', 0, 1)) > 0 AS proof;
SELECT count(*) > 0 AS status FROM soc2.ledger_status;
SELECT count(*) > 0 AS seals FROM soc2.ledger_seals;
INSERT INTO soc2.ledger_seals (ledger_id) VALUES (gen_random_uuid()); --fail
RESET ROLE;
SET ROLE regress_seal_nobody;
SELECT soc2.checkpoint('seal_test.tx'); --fail
SELECT * FROM soc2.seal(); --fail
RESET ROLE;

-- settings
SET soc2.origin = 'x'; --fail
SELECT name, setting, context FROM pg_settings WHERE name IN ('soc2.origin', 'soc2.signing_key_file') ORDER BY 1;
ALTER SYSTEM SET soc2.origin = ''; --fail
ALTER SYSTEM SET soc2.origin = 'a b'; --fail
ALTER SYSTEM SET soc2.origin = 'a+b'; --fail
ALTER SYSTEM SET soc2.origin = E'a\nb'; --fail
SELECT repeat('x', 201) AS long \gset
ALTER SYSTEM SET soc2.origin = :'long'; --fail

SET client_min_messages = warning;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
DROP SCHEMA seal_test CASCADE;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
REVOKE ALL ON SCHEMA soc2 FROM regress_seal_owner, regress_seal_nobody;
DROP ROLE regress_seal_owner, regress_seal_collector, regress_seal_auditor, regress_seal_nobody;
