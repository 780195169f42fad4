#!/bin/sh
# What soc2.criterion costs and saves against the same codes as text: a million
# rows each, medians of five runs in turn.
#
# ROWS=n takes another number of rows. Fails if the two sides give different
# results or if containment does not use its index; never because of times.
set -eu

rows=${ROWS:-1000000}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 0777 "$scratch"    # the server writes a file here

psql -X -q -v ON_ERROR_STOP=1 -v rows="$rows" -v file="$scratch/codes" <<'SQL'
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
SET work_mem = '256MB';
SET maintenance_work_mem = '256MB';
SET search_path = public, soc2;

-- points of focus of both frameworks, scattered; no series has two digits, so
-- that a prefix of the text finds what containment finds
CREATE UNLOGGED TABLE code AS
    SELECT n AS id, f || ':' || k || 1 + n % 9 || '.' || 1 + n / 9 % 11 || '.' || 1 + n / 99 % 23 AS t
    FROM (SELECT (i * 7919::bigint) % 1000003 AS n FROM generate_series(1, :rows) AS i) AS x,
        LATERAL (SELECT (ARRAY['tsc', 'outline'])[1 + n / 5 % 2] AS f, (ARRAY['CC', 'A', 'C', 'PI', 'P'])[1 + n % 5] AS k) AS y;
COPY code TO :'file';

CREATE UNLOGGED TABLE of_criterion (id bigint, c criterion);
CREATE UNLOGGED TABLE of_text (id bigint, c text);
CREATE UNLOGGED TABLE copied_criterion (LIKE of_criterion);
CREATE UNLOGGED TABLE copied_text (LIKE of_text);
INSERT INTO of_criterion SELECT id, t::criterion FROM code;
INSERT INTO of_text SELECT id, t FROM code;

-- both sides of each measurement
CREATE TABLE measure (
    n integer PRIMARY KEY,
    name text,
    before text,
    criterion text,
    text text);
INSERT INTO measure VALUES
    (1, 'read: COPY', 'TRUNCATE copied_criterion, copied_text',
     format('COPY copied_criterion FROM %L', :'file'), format('COPY copied_text FROM %L', :'file')),
    (2, 'read: INSERT SELECT', 'TRUNCATE copied_criterion, copied_text',
     'INSERT INTO copied_criterion SELECT id, t::criterion FROM code', 'INSERT INTO copied_text SELECT id, t FROM code'),
    (3, 'write: length of text', NULL, 'SELECT sum(length(c::text)) FROM of_criterion', 'SELECT sum(length(c)) FROM of_text'),
    (4, 'sort', NULL,
     'SELECT id FROM of_criterion ORDER BY c OFFSET 10000000', 'SELECT id FROM of_text ORDER BY c OFFSET 10000000'),
    (5, 'sort, text by bytes', NULL,
     'SELECT id FROM of_criterion ORDER BY c OFFSET 10000000', 'SELECT id FROM of_text ORDER BY c COLLATE "C" OFFSET 10000000'),
    (6, 'group', NULL, 'SELECT c, count(*) FROM of_criterion GROUP BY c', 'SELECT c, count(*) FROM of_text GROUP BY c'),
    (7, 'scan: one code', NULL,
     $$SELECT count(*) FROM of_criterion WHERE c = 'tsc:CC6.1.3'$$, $$SELECT count(*) FROM of_text WHERE c = 'tsc:CC6.1.3'$$),
    (8, 'scan: series', NULL,
     $$SELECT count(*) FROM of_criterion WHERE c <@ 'tsc:CC6'$$, $$SELECT count(*) FROM of_text WHERE c LIKE 'tsc:CC6%'$$),
    (9, 'scan: any of three', NULL,
     $$SELECT count(*) FROM of_criterion WHERE c <@ '{tsc:CC6,tsc:A1,outline:P8}'::criterion_set$$,
     $$SELECT count(*) FROM of_text WHERE c LIKE 'tsc:CC6%' OR c LIKE 'tsc:A1%' OR c LIKE 'outline:P8%'$$),
    (10, 'build index', 'DROP INDEX IF EXISTS of_criterion_idx, of_text_idx',
     'CREATE INDEX of_criterion_idx ON of_criterion (c)', 'CREATE INDEX of_text_idx ON of_text (c text_pattern_ops)'),
    (11, 'index: count series', NULL,
     $$SELECT count(*) FROM of_criterion WHERE c <@ 'tsc:CC6'$$, $$SELECT count(*) FROM of_text WHERE c LIKE 'tsc:CC6%'$$),
    (12, 'index: rows of criterion', NULL,
     $$SELECT sum(id) FROM of_criterion WHERE c <@ 'tsc:CC6.1'$$, $$SELECT sum(id) FROM of_text WHERE c LIKE 'tsc:CC6.1.%'$$),
    (13, 'index: rows of point', NULL,
     $$SELECT sum(id) FROM of_criterion WHERE c <@ 'tsc:CC6.1.3'$$, $$SELECT sum(id) FROM of_text WHERE c = 'tsc:CC6.1.3'$$);

-- the same content, and the same results
CREATE PROCEDURE check_results() LANGUAGE plpgsql AS $$
DECLARE
    m record;
    result text[];
BEGIN
    IF EXISTS (SELECT id, c::text FROM of_criterion EXCEPT SELECT id, c FROM of_text) THEN
        RAISE EXCEPTION 'the two tables differ';
    END IF;
    FOR m IN SELECT * FROM measure WHERE criterion LIKE 'SELECT %(%) FROM%' AND criterion NOT LIKE '%GROUP%' LOOP
        EXECUTE format('SELECT ARRAY[(%s)::text, (%s)::text]', m.criterion, m.text) INTO result;
        IF result[1] IS DISTINCT FROM result[2] OR COALESCE(result[1], '0') = '0' THEN
            RAISE EXCEPTION '%: % and %', m.name, result[1], result[2];
        END IF;
    END LOOP;
    IF (SELECT max(pg_column_size(c)) FROM of_criterion) <> 8 THEN
        RAISE EXCEPTION 'a criterion has not 8 bytes';
    END IF;
END $$;

-- containment must use its index, and so must the text's prefix
CREATE PROCEDURE check_plans() LANGUAGE plpgsql AS $$
DECLARE
    query text;
    line text;
    plan text;
BEGIN
    FOR query IN SELECT unnest(ARRAY[criterion, text]) FROM measure WHERE name LIKE 'index: %' LOOP
        plan := '';
        FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
            plan := plan || line || E'\n';
        END LOOP;
        IF plan !~ 'Index (Only )?Scan (using|on) of_(criterion|text)_idx' OR plan !~ 'Index Cond' THEN
            RAISE EXCEPTION E'no index is used for %\n%', query, plan;
        END IF;
    END LOOP;
END $$;

CREATE TABLE timing (n integer, side text, ms numeric);
CREATE PROCEDURE run(wanted integer, first boolean) LANGUAGE plpgsql AS $$
DECLARE
    m measure;
    start timestamptz;
    is_criterion boolean;
BEGIN
    SELECT * INTO m FROM measure WHERE n = wanted;
    IF m.before IS NOT NULL THEN
        EXECUTE m.before;
    END IF;
    FOREACH is_criterion IN ARRAY ARRAY[first, NOT first] LOOP
        start := clock_timestamp();
        EXECUTE CASE WHEN is_criterion THEN m.criterion ELSE m.text END;
        INSERT INTO timing VALUES (wanted, CASE WHEN is_criterion THEN 'criterion' ELSE 'text' END,
            extract(epoch FROM clock_timestamp() - start) * 1000);
    END LOOP;
END $$;

-- scans before there is an index, then the index and what uses it
VACUUM (ANALYZE) of_criterion, of_text;
CALL check_results();
SELECT format('CALL run(%s, %L)', n, r % 2 = 0)
FROM generate_series(1, 5) AS r, measure WHERE n < 10 ORDER BY r, n \gexec
SELECT format('CALL run(%s, %L)', n, r % 2 = 0)
FROM generate_series(1, 5) AS r, measure WHERE n = 10 ORDER BY r, n \gexec
VACUUM (ANALYZE) of_criterion, of_text;
CALL check_plans();
CALL check_results();
SELECT format('CALL run(%s, %L)', n, r % 2 = 0)
FROM generate_series(1, 5) AS r, measure WHERE n > 10 ORDER BY r, n \gexec

\pset footer off
\echo ms, :rows rows; ratio below 1: soc2.criterion is better
SELECT m.name AS measurement, round(c.ms, 2) AS criterion, round(t.ms, 2) AS text, round(c.ms / t.ms, 2) AS ratio
FROM measure AS m,
    LATERAL (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::numeric FROM timing WHERE n = m.n AND side = 'criterion') AS c (ms),
    LATERAL (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::numeric FROM timing WHERE n = m.n AND side = 'text') AS t (ms)
ORDER BY m.n;
SELECT name AS size, round(criterion, 1) AS criterion, round(text, 1) AS text, round(criterion / text, 2) AS ratio
FROM (VALUES
    ('bytes of a value', (SELECT avg(pg_column_size(c)) FROM of_criterion), (SELECT avg(pg_column_size(c)) FROM of_text)),
    ('MB of the table', pg_relation_size('of_criterion') / 1048576.0, pg_relation_size('of_text') / 1048576.0),
    ('MB of the index', pg_relation_size('of_criterion_idx') / 1048576.0, pg_relation_size('of_text_idx') / 1048576.0))
    AS x (name, criterion, text);
SQL
