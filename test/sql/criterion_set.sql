/* test/sql/criterion_set.sql */

--
-- soc2.criterion_set: input, algebra, casts and aggregates; then what holds
-- for the operators and functions of both types.
--

SET search_path = public, soc2;

CREATE FUNCTION pg_temp.try(statement text) RETURNS TABLE (
    value text, state text, message text, detail text, hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT (' || statement || ')::text' INTO value;
    RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE,
        message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT;
    RETURN NEXT;
END $$;

--
-- Text in and out
--

SELECT input, s, size(s), to_array(s)
FROM (SELECT input, input::criterion_set AS s
      FROM unnest(ARRAY[
          '{}', '  { }  ', 'CC6', ' cc6.1 ', '{CC6.1}', '{CC7, CC6}', '{CC6,CC6}',
          '{CC6.1,CC6,CC7.1}', '{outline:CC6,CC6}', '{P,PI,C,A,CC}',
          '{CC6.10,CC6.9,CC60}', '{outline:P65535.65535.65535}'])
      WITH ORDINALITY AS x (input, n) ORDER BY n) AS y;

SELECT input, t.state, t.message, t.detail
FROM unnest(ARRAY[
    '', '{', '}', '{,}', '{CC6,}', '{CC6', '{CC6,', 'CC6,CC7', '{CC6 CC7}',
    '{CC6}}', '{CC6},', '{CC6};', '{{CC6}}', '{CC6,XX1}', '{CC6, nist:AC-2}',
    '{CC6,CC7.}', '{CC6.1.3.1}', '{CC6,CC65536}', '{NULL}', '{"CC6"}',
    U&'{CC6,\00C71}', U&'{\00C7}', U&'\00C7, CC6', U&'{CC6}\00C7'])
    WITH ORDINALITY AS x (input, n),
    pg_temp.try(format('%L::soc2.criterion_set', input)) AS t
ORDER BY n;
SELECT DISTINCT t.hint COLLATE "C" AS hint
FROM unnest(ARRAY['{CC6', 'CC6,CC7', '{CC6 CC7}', '{XX}', '{CC6.}', '{CC65536}']) AS input,
    pg_temp.try(format('%L::soc2.criterion_set', input)) AS t
ORDER BY 1;

-- large ones
SELECT t.state, length(t.message) AS length, t.detail
FROM unnest(ARRAY[repeat(',', 1000000), '{' || repeat('CC6,', 250000),
                  '{' || repeat(U&'\00E9', 500000) || '}',
                  '{' || repeat(' ', 1000000)]) AS input,
    pg_temp.try(format('%L::soc2.criterion_set', input)) AS t;
SELECT t.state, t.message, t.detail
FROM pg_temp.try($$('{' || repeat(',', 17000000) || '}')::soc2.criterion_set$$) AS t;
SELECT size(('{' || repeat('CC6.1,', 200000) || 'CC6.2}')::criterion_set);

-- a set beyond what fits a page is stored and read back
CREATE TABLE large (s criterion_set);
INSERT INTO large
    SELECT ('{' || string_agg(format('CC%s.%s.%s', a, b, c), ',') || '}')::criterion_set
    FROM generate_series(1, 40) AS a, generate_series(1, 50) AS b, generate_series(1, 10) AS c;
SELECT size(s), pg_column_size(s) < 8 * size(s) AS compressed, s = s::text::criterion_set AS same,
    s @> 'CC20.25.5'::criterion AS has, s @> 'CC20.25'::criterion AS has_above, s && 'CC20'::criterion AS some
FROM large;
ALTER TABLE large ALTER s SET STORAGE external;
UPDATE large SET s = s + '{A1}';
SELECT size(s), s = s + s AS equal, criterion_set_hash(s) = criterion_set_hash(s::text::criterion_set) AS hash
FROM large;
DROP TABLE large;

--
-- Casts and conversions
--

SELECT to_set('CC6'::criterion), 'CC6'::criterion::criterion_set,
    to_set('{CC7,CC6,CC6.1}'::criterion[]), '{CC7,CC6}'::criterion[]::criterion_set,
    '{CC7,CC6.1}'::criterion_set::criterion[], '{CC6}'::criterion_set::text, '{cc6}'::text::criterion_set;
SELECT to_set('{}'::criterion[]), to_array('{}'), size('{}'), to_set('{{CC6,CC7},{A1,CC6.1}}'::criterion[]);
SELECT to_set(NULL::criterion), to_set(NULL::criterion[]), to_array(NULL), size(NULL);
SELECT t.state, t.message, t.hint FROM pg_temp.try($$to_set('{CC6,NULL}'::soc2.criterion[])$$) AS t;
SELECT to_set(array_remove('{CC6,NULL}'::criterion[], NULL));
-- an array that once had a NULL still says it may have one
SELECT to_set(a) FROM (SELECT '{NULL,CC6,CC7}'::criterion[]) AS x (b), LATERAL (SELECT b[2:3]) AS y (a);

-- a criterion is taken for the set of it
SELECT '{CC6,CC7}'::criterion_set + 'CC6.1'::criterion AS plus,
    '{CC6,CC7}'::criterion_set - 'CC6'::criterion AS minus,
    'CC6'::criterion + 'A1'::criterion AS both,
    'CC6.1'::criterion * '{CC6}'::criterion_set AS common,
    size('CC6'::criterion) AS size;
CREATE TEMPORARY TABLE stored (s criterion_set, a criterion[]);
INSERT INTO stored VALUES ('CC6'::criterion, '{CC6,CC7}'::criterion_set);
INSERT INTO stored VALUES ('{CC6.1,CC6}'::criterion[], '{}'::criterion_set);
SELECT * FROM stored;
INSERT INTO stored (s) VALUES ('{CC6}'::text);  --fail

-- COPY, rows and arrays of sets
COPY stored (s) FROM stdin;
{CC6, outline:A1}
CC7
\N
\.
COPY stored (s) FROM stdin;  --fail
{CC6
\.
COPY stored TO stdout;
SELECT ARRAY['{CC6,CC7}'::criterion_set, '{}'] AS a, '{"{CC6,CC7}","{}"}'::criterion_set[] AS b,
    ROW('{CC6,CC7}'::criterion_set) AS c, to_json('{CC6,CC7}'::criterion_set) AS d;

--
-- Operators
--

SELECT a, b, a @> b AS covers, a <@ b AS covered, a && b AS overlaps, a + b AS plus, a - b AS minus, a * b AS common
FROM (VALUES
    ('{}'::criterion_set, '{}'::criterion_set), ('{}', '{CC6}'), ('{CC6}', '{}'), ('{CC6}', '{CC6}'),
    ('{CC6}', '{CC6.1,CC6.2}'), ('{CC6.1,CC6.2}', '{CC6}'), ('{CC6,CC7}', '{CC7,CC8}'),
    ('{CC6}', '{outline:CC6}'), ('{CC}', '{CC6,A1}'), ('{CC6.1.1}', '{CC6.1.2}'),
    ('{CC6}', NULL), (NULL, '{CC6}'), (NULL, NULL)) AS v (a, b);

SELECT a, b, a @> b AS covers, b <@ a AS covered, a && b AS overlaps, b && a AS overlapped
FROM (VALUES
    ('{}'::criterion_set, 'CC6'::criterion), ('{CC6}', 'CC6'), ('{CC6}', 'CC6.1'), ('{CC6.1}', 'CC6'),
    ('{CC5,CC6,CC7}', 'CC6.1.1'), ('{CC5,CC7}', 'CC6.1.1'), ('{CC6}', 'outline:CC6'), ('{CC}', 'C'),
    ('{CC6}', NULL), (NULL, 'CC6'), (NULL, NULL)) AS v (a, b);

SELECT a, b, a = b AS eq, a <> b AS ne, a < b AS lt, a <= b AS le, a > b AS gt, a >= b AS ge,
    criterion_set_cmp(a, b) AS cmp
FROM (VALUES
    ('{}'::criterion_set, '{}'::criterion_set), ('{}', '{CC}'), ('{CC6}', '{CC6,CC7}'), ('{CC6,CC7}', '{CC7}'),
    ('{CC6,CC6.1}', '{CC6}'), ('{CC7,CC6}', '{CC6,CC7}'), ('{CC6}', NULL), (NULL, NULL)) AS v (a, b);
SELECT s FROM unnest('{"{CC7}","{}","{CC6,CC7}","{CC6}",NULL,"{outline:P}"}'::criterion_set[]) AS s ORDER BY s;
SELECT bool_and((criterion_set_hash(a) = criterion_set_hash(b)) = (a = b)) AS hash,
    bool_and((criterion_set_hash_extended(a, 7) = criterion_set_hash_extended(b, 7)) = (a = b)) AS hash_extended
FROM unnest('{"{CC6}","{}","{CC6,CC7}"}'::criterion_set[]) AS a,
    unnest('{"{CC6,CC6.1}","{ }","{CC7,CC6}","{A1}"}'::criterion_set[]) AS b;

-- literals without a type
SELECT covered_by('CC6.1'::criterion, 'CC6') AS a, covers('CC6', 'CC6.1'::criterion) AS b,
    covers('CC6', 'CC6.1') AS c, overlaps('CC6', 'CC6.1') AS d, covered_by('CC6.1', 'CC6') AS e,
    covers('{CC6,CC7}'::criterion_set, 'CC6.1') AS f, covered_by('CC6.1', '{CC6,CC7}'::criterion_set) AS g,
    overlaps('{CC6,CC7}'::criterion_set, 'CC6.1') AS h;
SELECT 'CC6.1'::criterion <@ 'CC6' AS a, 'CC6' @> 'CC6.1'::criterion AS b,
    '{CC6,CC7}'::criterion_set @> 'CC6.1' AS c, '{CC6,CC7}'::criterion_set && '{CC6.1}' AS d,
    'CC6.1' <@ '{CC6,CC7}'::criterion_set AS e, '{CC6}'::criterion_set + '{CC7}' AS f,
    '{CC6}'::criterion_set = 'CC6' AS g, 'CC6'::criterion = 'cc6' AS h;
-- beside a criterion such a literal is a criterion, so a set needs its type
SELECT t.state, t.message, t.detail FROM pg_temp.try($$'CC6.1'::soc2.criterion OPERATOR(soc2.<@) '{CC6,CC7}'$$) AS t;
SELECT 'CC6.1'::criterion <@ '{CC6,CC7}'::criterion_set AS typed;

--
-- Aggregates
--

SELECT criterion_set_agg(c) FROM unnest('{CC7,CC6.1,CC6,NULL,CC6}'::criterion[]) AS c;
SELECT criterion_set_agg(s) FROM unnest('{"{CC7,A1}","{CC6.1}",NULL,"{}","{CC6}"}'::criterion_set[]) AS s;
SELECT criterion_set_agg(c) IS NULL AS of_no_rows FROM unnest('{}'::criterion[]) AS c;
SELECT criterion_set_agg(c) IS NULL AS of_nulls FROM unnest('{NULL,NULL}'::criterion[]) AS c;
SELECT criterion_set_agg(s) AS of_empty_sets FROM unnest('{"{}","{}"}'::criterion_set[]) AS s;
SELECT criterion_set_agg(c) FILTER (WHERE level(c) > 1), criterion_set_agg(DISTINCT c), criterion_set_agg(c ORDER BY c DESC)
FROM unnest('{CC7,CC6.1,CC6,NULL,CC6}'::criterion[]) AS c;
SELECT g, criterion_set_agg(c) FROM (VALUES (1, 'CC6'::criterion), (2, 'A1'), (1, 'CC7'), (2, 'A1.1'), (3, NULL)) AS x (g, c)
GROUP BY ROLLUP (g) ORDER BY g;
-- the state goes on growing behind a value that was given out
SELECT n, criterion_set_agg(c) OVER (ORDER BY n) AS so_far
FROM unnest('{CC7,CC6.1,CC5,CC6}'::criterion[]) WITH ORDINALITY AS x (c, n);
SELECT n, size(criterion_set_agg(make_criterion('tsc', 'CC' || n)) OVER (ORDER BY n DESC ROWS BETWEEN 9 PRECEDING AND CURRENT ROW)) AS ten
FROM generate_series(1, 200) AS n ORDER BY n DESC OFFSET 197;
SELECT size(criterion_set_agg(make_criterion('tsc', format('CC%s.%s', 1 + n % 300, 1 + n / 300 % 100))))
FROM generate_series(1, 300000) AS n;
SELECT criterion_set_agg(make_criterion('tsc', 'CC' || 1 + n % 3)) FROM generate_series(1, 300000) AS n;

--
-- What holds for all functions and operators of the types
--

-- immutable, strict, parallel safe and in C, but for these
SELECT p.oid::regprocedure AS function, provolatile, proisstrict, proparallel
FROM pg_proc AS p
WHERE pronamespace = 'soc2'::regnamespace AND prokind = 'f'
    AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'c')
    AND proname ~ '^(criterion(_set|_agg)?_|make_criterion|framework|category|code|level|parent|ancestors|subtree_end|document_position|covers|covered_by|overlaps|to_set|to_array|size)'
    AND NOT (provolatile = 'i' AND proisstrict AND proparallel = 's')
ORDER BY p.oid::regprocedure::text COLLATE "C";

-- each operator has its commutator and negator, and they know each other
SELECT o.oid::regoperator
FROM pg_operator AS o
WHERE o.oprnamespace = 'soc2'::regnamespace
    AND (o.oprresult = 'boolean'::regtype AND o.oprcom = 0
         OR o.oprcom <> 0 AND NOT EXISTS (
             SELECT FROM pg_operator AS c WHERE c.oid = o.oprcom AND c.oprcom = o.oid
                 AND c.oprleft = o.oprright AND c.oprright = o.oprleft)
         OR o.oprnegate <> 0 AND NOT EXISTS (
             SELECT FROM pg_operator AS n WHERE n.oid = o.oprnegate AND n.oprnegate = o.oid
                 AND n.oprleft = o.oprleft AND n.oprright = o.oprright)
         OR o.oprresult = 'boolean'::regtype AND (o.oprrest = 0 OR o.oprjoin = 0));
SELECT o.oid::regoperator AS without_negator
FROM pg_operator AS o
WHERE o.oprnamespace = 'soc2'::regnamespace AND o.oprresult = 'boolean'::regtype
    AND o.oprnegate = 0 AND o.oprname NOT IN ('@>', '<@', '&&');

-- each one's function is in the schema and means the same, without any
-- search_path; commutators swap, negators negate, NULL gives NULL
SET search_path = '';
DO $$
DECLARE
    o record;
    problem text;
    operators integer := 0;
BEGIN
    FOR o IN
        SELECT op.oid::regoperator AS operator, op.oprname AS name, op.oprcode AS code,
            pg_catalog.format_type(op.oprleft, NULL) AS left_type, pg_catalog.format_type(op.oprright, NULL) AS right_type,
            c.oprname AS commutator, n.oprname AS negator, p.pronamespace = 'soc2'::regnamespace AS is_ours
        FROM pg_catalog.pg_operator AS op
        JOIN pg_catalog.pg_proc AS p ON p.oid = op.oprcode
        LEFT JOIN pg_catalog.pg_operator AS c ON c.oid = op.oprcom
        LEFT JOIN pg_catalog.pg_operator AS n ON n.oid = op.oprnegate
        WHERE op.oprnamespace = 'soc2'::regnamespace
            AND op.oprleft IN ('soc2.criterion'::regtype, 'soc2.criterion_set'::regtype)
    LOOP
        operators := operators + 1;
        IF NOT o.is_ours THEN
            RAISE EXCEPTION 'function of % is not in schema soc2', o.operator;
        END IF;
        EXECUTE pg_catalog.format($q$
            SELECT pg_catalog.format('%%s %%s', x.v, y.v)
            FROM pg_catalog.unnest(ARRAY['CC6', 'CC6.1', 'CC6.1.1', 'CC60', 'CC', 'C', 'outline:CC6.1', 'P', NULL]) AS x (v),
                pg_catalog.unnest(ARRAY['CC6', 'CC6.1', 'CC6.2', 'CC6.1.1', 'A', 'outline:CC1.1', NULL]) AS y (v),
                LATERAL (SELECT x.v::%1$s, y.v::%2$s) AS z (a, b)
            WHERE (a OPERATOR(soc2.%3$s) b)::text IS DISTINCT FROM %4$s(a, b)::text
                OR (a OPERATOR(soc2.%3$s) b)::text IS DISTINCT FROM (%5$s)::text
                OR (a OPERATOR(soc2.%3$s) b)::text IS DISTINCT FROM (%6$s)::text
                OR ((a OPERATOR(soc2.%3$s) b) IS NULL) <> (a IS NULL OR b IS NULL)
            LIMIT 1$q$,
            o.left_type, o.right_type, o.name, o.code,
            CASE WHEN o.commutator IS NULL THEN 'a OPERATOR(soc2.' || o.name || ') b'
                 ELSE 'b OPERATOR(soc2.' || o.commutator || ') a' END,
            CASE WHEN o.negator IS NULL THEN 'a OPERATOR(soc2.' || o.name || ') b'
                 ELSE 'NOT (a OPERATOR(soc2.' || o.negator || ') b)' END)
            INTO problem;
        IF problem IS NOT NULL THEN
            RAISE EXCEPTION '% is wrong for %', o.operator, problem;
        END IF;
    END LOOP;
    IF operators < 25 THEN
        RAISE EXCEPTION 'only % operators', operators;
    END IF;
END $$;
SELECT soc2.covers('CC6', 'CC6.1') AS covers, soc2.covered_by('CC6.1', 'CC6') AS covered,
    soc2.overlaps('CC6', 'CC6.1') AS overlaps, soc2.criterion_set_union('{CC6}', '{CC7}') AS plus,
    soc2.criterion_set_difference('{CC6,CC7}', '{CC7}') AS minus,
    soc2.criterion_set_intersection('{CC}', '{CC7}') AS common, soc2.criterion_eq('CC6', 'cc6') AS eq;
RESET search_path;

-- the operator classes are complete
SELECT am.amname, c.opcname, c.opcdefault, pg_catalog.amvalidate(c.oid)
FROM pg_opclass AS c JOIN pg_am AS am ON am.oid = c.opcmethod
WHERE c.opcnamespace = 'soc2'::regnamespace AND c.opcintype IN ('soc2.criterion'::regtype, 'soc2.criterion_set'::regtype)
ORDER BY 1, 2;
-- and these are their operators
SELECT amname, opfname, amopstrategy, amopopr::regoperator
FROM pg_amop JOIN pg_opfamily AS f ON f.oid = amopfamily JOIN pg_am AS am ON am.oid = f.opfmethod
WHERE f.opfnamespace = 'soc2'::regnamespace AND f.opfname LIKE 'criterion%'
ORDER BY amname COLLATE "C", opfname COLLATE "C", amopstrategy;
