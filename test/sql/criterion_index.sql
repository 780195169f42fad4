/* test/sql/criterion_index.sql */

--
-- Indexes on criteria and sets give what sequential scans give, for every
-- operator and many values, and the planner uses them for containment in all
-- its forms. Joins, sorting and parallel aggregates agree with each other.
--

SET search_path = public, soc2;
SET client_min_messages = warning;

--
-- 24000 criteria, all levels, both frameworks, some NULL; 24000 sets of none
-- to four of them
--

CREATE TABLE item (id integer PRIMARY KEY, c criterion);
INSERT INTO item
    SELECT n,
        CASE WHEN n % 50 <> 0 THEN make_criterion(
            CASE WHEN n % 3 = 0 THEN 'outline' ELSE 'tsc' END,
            (ARRAY['CC', 'CC', 'A', 'C', 'PI', 'P'])[1 + n / 7 % 6]
            || CASE WHEN n % 97 > 0 THEN (1 + n / 3 % 11)::text ELSE '' END
            || CASE WHEN n % 97 > 3 THEN '.' || 1 + n / 5 % 9 ELSE '' END
            || CASE WHEN n % 97 > 20 THEN '.' || 1 + n / 11 % 23 ELSE '' END)
        END
    FROM generate_series(1, 24000) AS n;
CREATE TABLE item_set (id integer PRIMARY KEY, s criterion_set);
INSERT INTO item_set
    SELECT n,
        CASE WHEN n % 50 <> 0 THEN to_set(ARRAY(
            SELECT c FROM item
            WHERE item.id IN (n, n * 17 % 24000, n * 29 % 24000, n * 31 % 24000)
                AND c IS NOT NULL
            LIMIT n % 5)) END
    FROM generate_series(1, 24000) AS n;
-- the ends of ranges, and what stands just behind them
INSERT INTO item
    SELECT 24000 + n, c::criterion
    FROM unnest(ARRAY['CC65535.65535.65535', 'CC6.65535.65535', 'CC6.1.65535', 'CC6.1.1', 'CC7', 'CC6.2', 'A',
                      'outline:P65535.65535.65535', 'tsc:CC']) WITH ORDINALITY AS x (c, n);
INSERT INTO item_set SELECT id, to_set(c) FROM item WHERE id > 24000;
SELECT count(*), count(c), count(DISTINCT c) > 5000 AS many, count(DISTINCT level(c)) AS levels FROM item;
SELECT count(*), count(s), count(*) FILTER (WHERE size(s) = 0) > 100 AS empty, max(size(s)) FROM item_set;

-- values to ask for: what there is, what there is not, above and below
CREATE TABLE wanted (c criterion);
INSERT INTO wanted VALUES
    ('CC'), ('P'), ('outline:PI'), ('CC1'), ('CC6'), ('outline:CC6'), ('CC6.1'), ('A1.2'), ('CC6.1.1'),
    ('CC99'), ('CC6.99'), ('CC6.1.999'), ('outline:CC'), ('C1'), ('CC11.9.23'), ('CC65535.65535.65535'),
    ('outline:P65535'), ('P11'), ('outline:A');
INSERT INTO wanted SELECT c FROM item WHERE id % 1201 = 7 AND c IS NOT NULL;
CREATE TABLE wanted_set (s criterion_set);
INSERT INTO wanted_set VALUES
    ('{}'), ('{CC}'), ('{CC,A,C,PI,P,outline:CC,outline:A,outline:C,outline:PI,outline:P}'), ('{CC6,A1}'),
    ('{CC6.1,CC6.2,CC6.3}'), ('{outline:CC1,P8}'), ('{CC99}'), ('{CC6.1.1,outline:CC6.1.1}'), ('{CC6,CC99}');
INSERT INTO wanted_set SELECT to_set(c) FROM wanted;
INSERT INTO wanted_set SELECT s FROM item_set WHERE id % 1201 = 8 AND size(s) > 0;
SELECT (SELECT count(*) FROM wanted) AS criteria, (SELECT count(*) FROM wanted_set) AS sets;

CREATE INDEX item_btree ON item (c);
CREATE INDEX item_set_gin ON item_set USING gin (s);
ANALYZE item, item_set;

-- the rows for which a condition holds, found with an index or without
CREATE FUNCTION pg_temp.rows_of(tab text, condition text, indexed boolean)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    PERFORM set_config('enable_seqscan', (NOT indexed)::text, false),
        set_config('enable_indexscan', indexed::text, false),
        set_config('enable_indexonlyscan', indexed::text, false),
        set_config('enable_bitmapscan', indexed::text, false);
    EXECUTE format('SELECT count(*) || '' '' || COALESCE(md5(string_agg(id::text, '' '' ORDER BY id)), '''') FROM %I WHERE %s', tab, condition)
        INTO result;
    RETURN result;
END $$;

-- is the condition, or a part of it, checked by an index other than the key's?
CREATE FUNCTION pg_temp.uses_index(tab text, condition text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    line text;
    found_scan boolean := false;
    found_cond boolean := false;
BEGIN
    PERFORM set_config('enable_seqscan', 'off', false), set_config('enable_indexscan', 'on', false),
        set_config('enable_indexonlyscan', 'on', false), set_config('enable_bitmapscan', 'on', false);
    FOR line IN EXECUTE format('EXPLAIN (COSTS OFF) SELECT * FROM %I WHERE %s', tab, condition) LOOP
        found_scan := found_scan OR line ~ 'Scan .*(using|on) item_(btree|hash|set_gin|set_btree|set_hash)';
        found_cond := found_cond OR line ~ 'Index Cond';
    END LOOP;
    RETURN found_scan AND found_cond;
END $$;

-- every form against every value
CREATE FUNCTION pg_temp.compare(tab text, forms text[], queries text)
RETURNS TABLE (form text, checked bigint, matched boolean, different bigint, not_indexed bigint)
LANGUAGE plpgsql AS $$
DECLARE
    value text;
    condition text;
    by_scan text;
BEGIN
    FOREACH form IN ARRAY forms LOOP
        checked := 0;
        different := 0;
        not_indexed := 0;
        matched := false;
        FOR value IN EXECUTE queries LOOP
            condition := format(form, value);
            by_scan := pg_temp.rows_of(tab, condition, false);
            checked := checked + 1;
            different := different + (by_scan <> pg_temp.rows_of(tab, condition, true))::integer;
            not_indexed := not_indexed + (NOT pg_temp.uses_index(tab, condition))::integer;
            matched := matched OR by_scan NOT LIKE '0 %';
        END LOOP;
        RETURN NEXT;
    END LOOP;
    RESET enable_seqscan;
    RESET enable_indexscan;
    RESET enable_indexonlyscan;
    RESET enable_bitmapscan;
END $$;

--
-- btree on criteria
--

SELECT * FROM pg_temp.compare('item', ARRAY[
    'c = %L', 'c < %L', 'c <= %L', 'c > %L', 'c >= %L',
    'c <@ %L', '%L @> c', 'c @> %L', '%L <@ c',
    'covered_by(c, %L)', 'covers(%L, c)', 'covers(c, %L)', 'covered_by(%L, c)',
    'c <@ %L::criterion_set', '%L::criterion_set @> c',
    'covers(%L::criterion_set, c)', 'covered_by(c, %L::criterion_set)',
    'c = ANY (ARRAY[%L::criterion, ''P1''])', 'c <@ %1$L AND c > %1$L', 'c IS NOT NULL AND c <@ %L',
    'c BETWEEN %1$L AND subtree_end(%1$L)'],
    'SELECT c FROM wanted');
-- several members are a range that is rechecked; the empty set covers nothing
SELECT * FROM pg_temp.compare('item', ARRAY['c <@ %L::criterion_set', 'covers(%L::criterion_set, c)'],
    $$SELECT s FROM wanted_set WHERE s <> '{}'$$);
SELECT count(*) FROM item WHERE c <@ '{}'::criterion_set;

-- nothing is equal to, above, below or beside NULL
SELECT condition, pg_temp.rows_of('item', condition, true) = '0 ' AS none_by_index,
    pg_temp.rows_of('item', condition, false) = '0 ' AS none_by_scan
FROM unnest(ARRAY['c <@ NULL', 'NULL @> c', 'c @> NULL::criterion', 'covered_by(c, NULL::criterion)', 'c = NULL',
    'c <@ NULL::criterion_set', 'NULL::criterion_set @> c', 'c <@ parent(''CC'')']) AS condition;
SELECT pg_temp.rows_of('item', 'c IS NULL', true) = pg_temp.rows_of('item', 'c IS NULL', false) AS nulls;

-- descending, in an index of several columns, partial, and over an expression
DROP INDEX item_btree;
CREATE INDEX item_btree ON item (c DESC NULLS LAST);
SELECT * FROM pg_temp.compare('item', ARRAY['c = %L', 'c <@ %L', 'c @> %L', 'c < %L', 'c <@ %L::criterion_set'], 'SELECT c FROM wanted');
DROP INDEX item_btree;
CREATE INDEX item_btree ON item ((id % 2), c);
SELECT * FROM pg_temp.compare('item', ARRAY['id %% 2 = 1 AND c <@ %L', 'id %% 2 = 0 AND %L <@ c'], 'SELECT c FROM wanted');
DROP INDEX item_btree;
CREATE INDEX item_btree ON item (c) WHERE c <@ 'tsc:CC';
SELECT * FROM pg_temp.compare('item', ARRAY['c <@ ''tsc:CC'' AND c <@ %L'], $$SELECT c FROM wanted WHERE c <@ 'CC' AND c <> 'CC'$$);
DROP INDEX item_btree;
CREATE INDEX item_btree ON item (parent(c));
SELECT * FROM pg_temp.compare('item', ARRAY['parent(c) <@ %L', 'parent(c) = %L', 'parent(c) @> %L'], 'SELECT c FROM wanted');
DROP INDEX item_btree;

-- other kinds of index are not asked for containment
CREATE INDEX item_hash ON item USING hash (c);
SELECT * FROM pg_temp.compare('item', ARRAY['c = %L'], 'SELECT c FROM wanted');
SELECT pg_temp.uses_index('item', $$c <@ 'CC6'$$) AS contained, pg_temp.uses_index('item', $$c @> 'CC6'$$) AS containing;
DROP INDEX item_hash;

--
-- GIN, btree and hash on sets
--

SELECT * FROM pg_temp.compare('item_set', ARRAY[
    's @> %L::criterion', '%L::criterion <@ s', 's && %L::criterion', '%L::criterion && s'],
    'SELECT c FROM wanted');
SELECT * FROM pg_temp.compare('item_set', ARRAY[
    's @> %L', '%L <@ s', 's <@ %L', '%L @> s', 's && %L', '%L && s', 's = %L'],
    'SELECT s FROM wanted_set');
SELECT * FROM pg_temp.compare('item_set', ARRAY[
    's @> ''CC6''::criterion AND s && %L', 's && ''A''::criterion AND s <@ %L', 's @> %L AND s IS NOT NULL'],
    'SELECT s FROM wanted_set LIMIT 12');
SELECT condition, pg_temp.rows_of('item_set', condition, true) = '0 ' AS none_by_index,
    pg_temp.rows_of('item_set', condition, false) = '0 ' AS none_by_scan
FROM unnest(ARRAY['s @> NULL::criterion', 's @> NULL::criterion_set', 's <@ NULL::criterion_set', 's && NULL::criterion', 's = NULL']) AS condition;

-- the same with a pending list that no VACUUM has worked in, and after it has
CREATE TABLE grown (id integer, s criterion_set);
CREATE INDEX item_set_gin_grown ON grown USING gin (s) WITH (fastupdate = on);
INSERT INTO grown SELECT * FROM item_set WHERE id % 4 = 0;
UPDATE grown SET s = s + '{CC6.1}' WHERE id % 3 = 0;
DELETE FROM grown WHERE id % 5 = 0;
SELECT form, checked, matched, different FROM pg_temp.compare('grown', ARRAY['s @> %L', 's <@ %L', 's && %L', 's = %L'], 'SELECT s FROM wanted_set LIMIT 20');
VACUUM grown;
SELECT form, checked, matched, different FROM pg_temp.compare('grown', ARRAY['s @> %L', 's <@ %L', 's && %L', 's = %L'], 'SELECT s FROM wanted_set LIMIT 20');
DROP TABLE grown;

DROP INDEX item_set_gin;
CREATE INDEX item_set_btree ON item_set (s);
SELECT * FROM pg_temp.compare('item_set', ARRAY['s = %L', 's < %L', 's <= %L', 's > %L', 's >= %L'], 'SELECT s FROM wanted_set');
DROP INDEX item_set_btree;
CREATE INDEX item_set_hash ON item_set USING hash (s);
SELECT * FROM pg_temp.compare('item_set', ARRAY['s = %L'], 'SELECT s FROM wanted_set');
DROP INDEX item_set_hash;
CREATE INDEX item_set_gin ON item_set USING gin (s);
CREATE INDEX item_btree ON item (c);
VACUUM (ANALYZE) item, item_set;

--
-- What the planner makes of it
--

-- the conditions of an index and what is left to filter
CREATE FUNCTION pg_temp.conditions(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        IF line ~ '(Index Cond|Filter|Recheck Cond|Order By):' THEN
            RETURN NEXT trim(line);
        ELSIF line ~ 'Scan' THEN
            RETURN NEXT regexp_replace(trim(line, ' ->'), 'Bitmap Heap Scan.*', 'Bitmap Heap Scan');
        END IF;
    END LOOP;
END $$;
SET enable_seqscan = off;
SET enable_bitmapscan = off;

SELECT pg_temp.conditions($$SELECT id FROM item WHERE c <@ 'CC6'$$);
SELECT pg_temp.conditions($$SELECT id FROM item WHERE 'CC6' @> c$$);
SELECT pg_temp.conditions($$SELECT id FROM item WHERE covered_by(c, 'CC6')$$);
SELECT pg_temp.conditions($$SELECT id FROM item WHERE covers('CC6', c)$$);
-- a point of focus has nothing below it: one value
SELECT pg_temp.conditions($$SELECT id FROM item WHERE c <@ 'CC6.1.3'$$);
SELECT pg_temp.conditions($$SELECT id FROM item WHERE c @> 'CC6.1.3'$$);
SELECT pg_temp.conditions($$SELECT id FROM item WHERE 'CC6.1.3' <@ c$$);
SELECT pg_temp.conditions($$SELECT id FROM item WHERE covers(c, 'CC6.1.3')$$);
SELECT pg_temp.conditions($$SELECT id FROM item WHERE c <@ '{CC6}'::criterion_set$$);
SELECT pg_temp.conditions($$SELECT id FROM item WHERE c <@ '{CC6,A1,outline:P8}'::criterion_set$$);
SELECT pg_temp.conditions($$SELECT id FROM item WHERE '{CC6,CC7}'::criterion_set @> c$$);
SELECT pg_temp.conditions($$SELECT id FROM item WHERE c <@ 'CC6' AND c <@ 'CC6.1'$$);
SELECT pg_temp.conditions($$SELECT id FROM item WHERE c && 'CC6.1' AND c <@ 'CC6'$$);

-- an index alone is enough
SELECT pg_temp.conditions($$SELECT c FROM item WHERE c <@ 'CC6.1'$$);
SELECT pg_temp.conditions($$SELECT count(*) FROM item WHERE c @> 'CC6.1'$$);

-- parameters: of one plan for all values, of a function, of a subquery
SET plan_cache_mode = force_generic_plan;
PREPARE below(criterion) AS SELECT count(*) FROM item WHERE c <@ $1;
SELECT pg_temp.conditions($$EXECUTE below('CC6')$$);
EXECUTE below('CC6');
EXECUTE below('CC6.1.3');
EXECUTE below(NULL);
PREPARE above(criterion) AS SELECT count(*) FROM item WHERE c @> $1;
EXECUTE above('CC6.1.3');
EXECUTE above(NULL);
PREPARE inside(criterion_set) AS SELECT count(*) FROM item WHERE c <@ $1;
EXECUTE inside('{CC6,A1}');
EXECUTE inside('{}');
EXECUTE inside(NULL);
SET plan_cache_mode = force_custom_plan;
SELECT pg_temp.conditions($$EXECUTE below('CC6')$$);
EXECUTE below('CC6');
EXECUTE below('CC6.1.3');
EXECUTE below(NULL);
EXECUTE above('CC6.1.3');
EXECUTE above(NULL);
EXECUTE inside('{CC6,A1}');
EXECUTE inside('{}');
EXECUTE inside(NULL);
DEALLOCATE ALL;
RESET plan_cache_mode;
SELECT pg_temp.conditions($$SELECT count(*) FROM item WHERE c <@ parent('CC6.1')$$);
SET regress.code = 'CC6.1';
SELECT pg_temp.conditions($$SELECT count(*) FROM item WHERE c <@ current_setting('regress.code')::criterion$$);
SELECT count(*) AS volatile_is_not_used
FROM pg_temp.conditions($$SELECT count(*) FROM item WHERE c <@ make_criterion('tsc', 'CC' || ceil(random() * 6))$$) AS line
WHERE line LIKE 'Index Cond%';

-- a join: for each criterion wanted the range below it
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SET enable_memoize = off;
SELECT line FROM pg_temp.conditions('SELECT count(*) FROM wanted AS w JOIN item AS i ON i.c <@ w.c') AS line WHERE line LIKE 'Index Cond%';
SELECT line FROM pg_temp.conditions('SELECT count(*) FROM wanted AS w JOIN item AS i ON covers(w.c, i.c)') AS line WHERE line LIKE 'Index Cond%';
CREATE TEMPORARY TABLE by_join AS SELECT w.c, count(*) FROM wanted AS w JOIN item AS i ON i.c <@ w.c GROUP BY w.c;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET enable_seqscan = on;
SELECT * FROM (SELECT w.c, count(*) FROM wanted AS w JOIN item AS i ON i.c <@ w.c GROUP BY w.c) AS x EXCEPT SELECT * FROM by_join;
SELECT count(*) = (SELECT sum(count) FROM by_join) AS same FROM wanted AS w JOIN item AS i ON i.c && w.c AND NOT (i.c @> w.c AND i.c <> w.c);
RESET ALL;
SET search_path = public, soc2;
SET client_min_messages = warning;

-- seen by somebody who may not use the schema: views are for them
CREATE ROLE regress_soc2_reader;
CREATE VIEW item_below AS SELECT i.id, i.c FROM wanted AS w JOIN item AS i ON i.c <@ w.c WHERE w.c = 'CC6.1';
GRANT SELECT ON item_below TO regress_soc2_reader;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_seqscan = off;
SET ROLE regress_soc2_reader;
SELECT has_schema_privilege('soc2', 'USAGE') AS may_use_schema;
SELECT count(*) > 0 AS sees FROM item_below;
RESET ROLE;
RESET ALL;
SET search_path = public, soc2;
SET client_min_messages = warning;
DROP VIEW item_below;
DROP ROLE regress_soc2_reader;

-- a domain over the type, and partitions by it
CREATE DOMAIN wide AS criterion;
CREATE TABLE item_wide (c wide);
INSERT INTO item_wide SELECT c FROM item WHERE c IS NOT NULL;
CREATE INDEX item_wide_idx ON item_wide (c);
ANALYZE item_wide;
SELECT line FROM pg_temp.conditions($$SELECT * FROM item_wide WHERE c <@ 'CC6.1'$$) AS line WHERE line LIKE 'Index Cond%';
SELECT (SELECT count(*) FROM item_wide WHERE c <@ 'CC6.1') = (SELECT count(*) FROM item WHERE c <@ 'CC6.1') AS same;
DROP TABLE item_wide;
DROP DOMAIN wide;
CREATE TABLE item_part (c criterion, id integer) PARTITION BY RANGE (c);
CREATE TABLE item_part_outline PARTITION OF item_part FOR VALUES FROM ('outline:CC') TO ('tsc:CC');
CREATE TABLE item_part_cc PARTITION OF item_part FOR VALUES FROM ('tsc:CC') TO ('tsc:A');
CREATE TABLE item_part_rest PARTITION OF item_part DEFAULT;
CREATE INDEX ON item_part (c);
INSERT INTO item_part SELECT c, id FROM item;
SELECT tableoid::regclass AS partition, min(framework(c)) AS framework, count(*) > 1000 AS many FROM item_part GROUP BY 1 ORDER BY 1;
SELECT (SELECT count(*) FROM item_part WHERE c <@ 'CC6') = (SELECT count(*) FROM item WHERE c <@ 'CC6') AS same;
DROP TABLE item_part;
CREATE TABLE item_hashed (c criterion, s criterion_set) PARTITION BY HASH (c);
CREATE TABLE item_hashed_0 PARTITION OF item_hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE item_hashed_1 PARTITION OF item_hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO item_hashed SELECT c FROM item;
SELECT count(*) FROM item_hashed AS h JOIN wanted AS w ON h.c = w.c WHERE w.c = 'CC6.1.1';
DROP TABLE item_hashed;

--
-- Joins, sorting, grouping
--

CREATE FUNCTION pg_temp.join_by(method text, tab text, col text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
    line text;
    used boolean := false;
BEGIN
    PERFORM set_config('enable_hashjoin', (method = 'Hash')::text, false),
        set_config('enable_mergejoin', (method = 'Merge')::text, false),
        set_config('enable_nestloop', (method = 'Nested')::text, false),
        set_config('enable_memoize', 'off', false);
    FOR line IN EXECUTE format('EXPLAIN (COSTS OFF) SELECT count(*) FROM %1$I AS a JOIN %1$I AS b ON a.%2$I = b.%2$I WHERE a.id %% 10 = 0', tab, col) LOOP
        used := used OR line LIKE '%' || method || ' %';
    END LOOP;
    EXECUTE format('SELECT count(*) || '' '' || sum(a.id::bigint * b.id) FROM %1$I AS a JOIN %1$I AS b ON a.%2$I = b.%2$I WHERE a.id %% 10 = 0', tab, col) INTO result;
    RETURN CASE WHEN used THEN result ELSE method || ' is not used' END;
END $$;
SELECT count(DISTINCT result) AS results, min(result) NOT LIKE '%not%' AND max(result) NOT LIKE '%not%' AS used
FROM unnest(ARRAY['Hash', 'Merge', 'Nested']) AS method, pg_temp.join_by(method, 'item', 'c') AS result;
DELETE FROM item_set WHERE id % 7 <> 0;
SELECT count(DISTINCT result) AS results, min(result) NOT LIKE '%not%' AND max(result) NOT LIKE '%not%' AS used
FROM unnest(ARRAY['Hash', 'Merge']) AS method, pg_temp.join_by(method, 'item_set', 's') AS result;
RESET ALL;
SET search_path = public, soc2;
SET client_min_messages = warning;

-- in memory, on disk, and backwards, against the numbers
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
CREATE FUNCTION pg_temp.misplaced(memory text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    result bigint;
BEGIN
    PERFORM set_config('work_mem', memory, false);
    SELECT count(*) INTO result
    FROM (SELECT c, row_number() OVER (ORDER BY c) AS by_type,
              row_number() OVER (ORDER BY framework(c) COLLATE "C", document_position(c)) AS by_number
          FROM (SELECT DISTINCT c FROM item WHERE c IS NOT NULL) AS x) AS y
    WHERE by_type <> by_number;
    RETURN result;
END $$;
SELECT pg_temp.misplaced('64MB') AS in_memory, pg_temp.misplaced('64kB') AS on_disk;
SELECT count(*) AS out_of_order
FROM (SELECT c, lag(c) OVER () AS before FROM (SELECT c FROM item WHERE c IS NOT NULL ORDER BY c DESC) AS x) AS y
WHERE c > before;
SET enable_hashagg = off;
SELECT count(*) AS groups, sum(n) FROM (SELECT c, count(*) AS n FROM item GROUP BY c) AS x \gset sorted_
SET enable_hashagg = on;
SET enable_sort = off;
SELECT count(*) AS groups, sum(n) FROM (SELECT c, count(*) AS n FROM item GROUP BY c) AS x \gset hashed_
SELECT :sorted_groups = :hashed_groups AND :sorted_sum = :hashed_sum AS same_groups,
    (SELECT count(DISTINCT c::text) FROM item) + 1 = :sorted_groups AS same_as_text;
RESET ALL;
SET search_path = public, soc2;
SET client_min_messages = warning;

--
-- Parallel
--

SELECT criterion_set_agg(c) AS one, size(criterion_set_agg(c)) FROM item WHERE level(c) < 2 AND framework(c) = 'tsc' \gset serial_
SELECT md5(criterion_set_agg(c)::text) AS many FROM item WHERE level(c) = 3 \gset serial_
SELECT md5(criterion_set_agg(s)::text) AS sets FROM item_set WHERE NOT s @> 'CC'::criterion \gset serial_
ALTER TABLE item SET (parallel_workers = 2);
ALTER TABLE item_set SET (parallel_workers = 2);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SET enable_indexonlyscan = off;
CREATE FUNCTION pg_temp.is_parallel(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    line text;
    result boolean := false;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        result := result OR line ~ 'Partial (Group)?Aggregate';
    END LOOP;
    RETURN result;
END $$;
SELECT pg_temp.is_parallel('SELECT criterion_set_agg(c) FROM item') AS criteria,
    pg_temp.is_parallel('SELECT criterion_set_agg(s) FROM item_set') AS sets;
SELECT criterion_set_agg(c) = :'serial_one' AS one FROM item WHERE level(c) < 2 AND framework(c) = 'tsc';
SELECT md5(criterion_set_agg(c)::text) = :'serial_many' AS many FROM item WHERE level(c) = 3;
SELECT md5(criterion_set_agg(s)::text) = :'serial_sets' AS sets FROM item_set WHERE NOT s @> 'CC'::criterion;
SELECT criterion_set_agg(c) IS NULL AS of_no_rows FROM item WHERE c <@ 'CC999';
SELECT criterion_set_agg(c) IS NULL AS of_nulls FROM item WHERE c IS NULL;
SELECT criterion_set_agg(c) AS of_few FROM item WHERE id IN (2, 23999);
SELECT g, md5(criterion_set_agg(c)::text) = (SELECT md5(to_set(array_agg(c))::text) FROM item AS j WHERE j.id % 3 = g AND c IS NOT NULL) AS same
FROM (SELECT id % 3 AS g, c FROM item) AS x GROUP BY g ORDER BY g;

-- every statement in a worker: input, output and the setting travel
DO $$
BEGIN
    PERFORM set_config(CASE WHEN current_setting('server_version_num')::integer < 160000
                       THEN 'force_parallel_mode' ELSE 'debug_parallel_query' END, 'on', false);
END $$;
SET soc2.framework = 'outline';
SELECT 'CC6'::text::criterion AS c, '{CC6,tsc:A1}'::text::criterion_set AS s, criterion_set_agg(x::criterion) AS agg
FROM unnest('{CC7,tsc:CC8}'::text[]) AS x;
SELECT md5(criterion_set_agg(c)::text) = :'serial_many' AS many FROM item WHERE level(c) = 3;
SELECT count(*) = (SELECT count(*) FROM item WHERE c::text ~ '^tsc:CC6(\.|$)') AS same FROM item WHERE c <@ 'tsc:CC6';
RESET ALL;

DROP TABLE item, item_set, wanted, wanted_set;
