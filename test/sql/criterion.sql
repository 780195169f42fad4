/* test/sql/criterion.sql */

--
-- soc2.criterion: what is accepted, what is refused and how, order,
-- containment, and its use as a column, array, record and parameter.
--

SET search_path = public, soc2;

-- what a statement gives: its value, or everything about its error
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

SELECT input, c, framework(c), category(c), code(c), level(c), parent(c),
    subtree_end(c), document_position(c)
FROM (SELECT input, input::criterion AS c
      FROM unnest(ARRAY[
          'CC', 'A', 'C', 'PI', 'P', 'CC6', 'CC6.1', 'CC6.1.3', 'cc6.1', 'pI1.1',
          'tsc:CC6.1', 'TSC:a1.2', 'outline:CC6.1', 'Outline:p3.1.10',
          'CC65535', 'outline:CC65535.65535.65535', 'P65535.65535.65535'])
      WITH ORDINALITY AS x (input, n) ORDER BY n) AS y;

SELECT input, t.state, t.message, t.detail
FROM unnest(ARRAY[
    '', 'CC1234567890123456', 'CC6.', 'CC6..1', '6.1', 'XX1.1', 'tsc:',
    'nist:AC-2', 'CC0.1', 'CC6.1.3.1', 'CC06', 'CC6.01', ' CC6', 'CC6 ',
    'CC65536', ':CC6', 'CC6:1', 'tsc:tsc:CC6', 'CC-6', 'CC6,1', '{CC6}',
    E'CC6\n', E'CC6\t.1', 'NULL'])
    WITH ORDINALITY AS x (input, n),
    pg_temp.try(format('%L::soc2.criterion', input)) AS t
ORDER BY n;

-- a hint where there is something to do
SELECT DISTINCT t.hint COLLATE "C" AS hint
FROM unnest(ARRAY['', 'nist:AC-2', 'XX1', 'CC', 'CC6.', 'CC0', 'CC65536',
                  'CC6.1.1.1', 'CC6x']) AS input,
    pg_temp.try(format('%L::soc2.criterion', input)) AS t
ORDER BY 1;

-- the position counts characters, not bytes
SELECT input, t.state, t.message, t.detail
FROM unnest(ARRAY[
    U&'\00C7C6.1', U&'CC6\00C7', U&'CC6.\0416', U&'tsc:\6F22\5B57',
    U&'CC6\FF0E1', U&'CC\0666', U&'\+01F512CC6'])
    WITH ORDINALITY AS x (input, n),
    pg_temp.try(format('%L::soc2.criterion', input)) AS t
ORDER BY n;

-- the message quotes 64 characters of the value
SELECT n, length(t.message) AS length, right(t.message, 8) AS ends, t.detail
FROM unnest(ARRAY[62, 63, 64, 65]) AS n,
    pg_temp.try(format('%L::soc2.criterion', 'CC' || repeat('6', n - 2))) AS t
ORDER BY n;
SELECT t.state, length(t.message) AS characters,
    octet_length(t.message) AS bytes, right(t.message, 8) AS ends, t.detail
FROM pg_temp.try(format('%L::soc2.criterion', 'CC6' || repeat(U&'\00E9', 100))) AS t;
SELECT t.state, length(t.message) AS length, t.detail
FROM unnest(ARRAY[repeat('C', 1000000), repeat('9', 1000000),
                  'CC6.' || repeat(' ', 1000000),
                  'CC6.' || repeat(U&'\00E9', 500000) || ':']) AS input,
    pg_temp.try(format('%L::soc2.criterion', input)) AS t;

--
-- Framework of a code without one
--

SHOW soc2.framework;
SET soc2.framework = 'outline';
SELECT 'CC6.1'::criterion, 'tsc:CC6.1'::criterion, '{A1,tsc:CC6}'::criterion_set;
SELECT make_criterion('tsc', 'CC6.1'), make_criterion('outline', 'CC6.1');
SET soc2.framework = 'TSC';
SELECT 'CC6.1'::criterion;
SET soc2.framework = 'nist';  --fail
SET soc2.framework = '';  --fail
SELECT 'CC6.1'::criterion;
RESET soc2.framework;
SHOW soc2.framework;
SET soc2.unknown_setting = 1;  --fail

-- set before the library is loaded, and wrongly
\c -
SET soc2.framework = 'outline';
SELECT 'CC6.1'::soc2.criterion;
\c -
SET soc2.framework = 'nist';
\set VERBOSITY terse
SELECT 'CC6.1'::soc2.criterion;
\set VERBOSITY default
\c -
SET search_path = public, soc2;
CREATE FUNCTION pg_temp.try(statement text) RETURNS TABLE (
    value text, state text, message text, detail text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT (' || statement || ')::text' INTO value;
    RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE,
        message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RETURN NEXT;
END $$;

-- for a function, and for a role's sessions
CREATE FUNCTION in_outline(code text) RETURNS criterion
    LANGUAGE plpgsql SET soc2.framework = 'outline'
    AS $$ BEGIN RETURN code; END $$;
SELECT in_outline('CC6.1'), 'CC6.1'::criterion;
DROP FUNCTION in_outline;

--
-- Functions on one criterion
--

SELECT make_criterion('outline', 'cc6.1'), make_criterion('tsc', 'tsc:CC6.1'),
    make_criterion(NULL, 'CC6'), make_criterion('tsc', NULL);
SELECT expression, t.state, t.message, t.detail
FROM unnest(ARRAY[
    $$make_criterion('nist', 'CC6')$$, $$make_criterion('', 'CC6')$$,
    $$make_criterion('TSC', 'CC6')$$, $$make_criterion('tsc', '')$$,
    $$make_criterion('tsc', 'outline:CC6')$$, $$make_criterion('tsc', 'CC6.')$$,
    $$make_criterion('tsc', U&'CC6\00C7')$$,
    $$make_criterion(U&'ts\00E7', 'CC6')$$,
    $$make_criterion('tsc', repeat('x', 1000000))$$])
    WITH ORDINALITY AS x (expression, n),
    pg_temp.try(expression) AS t
ORDER BY n;

SELECT c, ARRAY(SELECT ancestors(c)) AS ancestors
FROM unnest('{CC,CC6,outline:CC6.1,PI1.2.3}'::criterion[]) AS c;
SELECT framework(NULL), category(NULL::criterion), code(NULL), level(NULL),
    parent(NULL), subtree_end(NULL), document_position(NULL),
    ARRAY(SELECT ancestors(NULL)) AS ancestors;

-- 2^53 is what a program in JavaScript can hold exactly
SELECT document_position('P65535.65535.65535') < 2::numeric ^ 53 AS exact,
    document_position('CC2.2.9') < document_position('CC2.2.10') AS ordered;

--
-- Order
--

SELECT c FROM unnest('{P1,CC2.2.10,CC10,CC2,A1,CC2.2.9,C1,CC,outline:P8,PI1,CC2.2}'::criterion[]) AS c ORDER BY c;
SELECT c FROM unnest('{P1,CC2.2.10,NULL,outline:P8,CC2}'::criterion[]) AS c ORDER BY c DESC NULLS LAST;
SELECT greatest('CC2.2.9'::criterion, 'CC2.2.10'), least('CC2.2.9'::criterion, 'outline:P'),
    'CC6.1'::criterion BETWEEN 'CC6' AND subtree_end('CC6') AS between;

SELECT a, b, a = b AS eq, a <> b AS ne, a < b AS lt, a <= b AS le, a > b AS gt,
    a >= b AS ge, criterion_cmp(a, b) AS cmp, a @> b AS covers,
    a <@ b AS covered, a && b AS overlaps
FROM (VALUES
    ('CC6'::criterion, 'CC6'::criterion), ('CC6', 'CC6.1'), ('CC6.1', 'CC6'),
    ('CC6', 'CC60'), ('CC6.1', 'CC6.10'), ('CC2.2.9', 'CC2.2.10'),
    ('CC', 'CC9.2.1'), ('C', 'CC6'), ('P', 'PI1'), ('CC6', 'outline:CC6.1'),
    ('CC6.1.1', 'CC6.1.2'), ('CC65535.65535.65535', 'CC'),
    ('CC6', NULL), (NULL, 'CC6'), (NULL, NULL)) AS v (a, b);

-- equal values hash equal
SELECT bool_and((criterion_hash(a) = criterion_hash(b)) = (a = b)) AS hash,
    bool_and((criterion_hash_extended(a, 1) = criterion_hash_extended(b, 1)) = (a = b)) AS hash_extended,
    bool_and(criterion_hash_extended(a, 1) <> criterion_hash_extended(a, 2)) AS seed_counts,
    bool_and(criterion_hash_extended(a, 0)::bit(32) = criterion_hash(a)::bit(32)) AS seed_zero
FROM (VALUES ('CC6'::criterion), ('CC6.1'), ('cc6'), ('outline:CC6'), ('A1')) AS x (a),
    (VALUES ('CC6'::criterion), ('CC6.1'), ('outline:CC6'), ('P')) AS y (b);

--
-- Types around it
--

SELECT pg_column_size('CC6.1.3'::criterion) AS bytes;
SELECT typlen, typbyval, typalign, typstorage, typcategory, typispreferred
FROM pg_type WHERE oid = 'soc2.criterion'::regtype;

-- casts: to text where a column asks for it, from text only when told to
CREATE TEMPORARY TABLE texts (t text, v varchar, c criterion);
INSERT INTO texts (t, v) VALUES ('CC6.1'::criterion, 'CC6.2'::criterion);
INSERT INTO texts (c) VALUES ('outline:A1');
SELECT * FROM texts;
INSERT INTO texts (c) SELECT t FROM texts;  --fail
UPDATE texts SET c = t::criterion WHERE t IS NOT NULL;
SELECT t, c, c::text = t AS same_text FROM texts WHERE t IS NOT NULL;
SELECT 'CC6.1'::criterion::text, 'CC6.1'::text::criterion, CAST('a1' AS criterion);
SELECT expression, t.state
FROM unnest(ARRAY[$$'CC6.1'::criterion::bigint$$, '5::criterion', $$'CC6'::criterion = 'tsc:CC6'::text$$])
    WITH ORDINALITY AS x (expression, n),
    pg_temp.try(expression) AS t
ORDER BY n;
SELECT 'Criterion ' || 'cc6.1'::criterion AS concatenated, concat('A1'::criterion, '!');

-- arrays, rows, json
SELECT '{CC6.1,outline:A1,NULL}'::criterion[] AS a,
    ARRAY['CC6'::criterion, 'a1'] AS b, '{{CC6,A1},{P1,PI1}}'::criterion[] AS c;
SELECT 'CC6.1'::criterion = ANY ('{CC6,CC6.1}') AS any_equal,
    'CC6.1'::criterion <@ ANY ('{CC6,A1}') AS any_covered,
    'CC6.1'::criterion <@ ALL ('{CC6,A1}') AS all_covered,
    'CC6.1'::criterion IN ('CC7', 'tsc:cc6.1') AS inside;
SELECT t.state, t.message, t.detail FROM pg_temp.try($$'{CC6,XX}'::soc2.criterion[]$$) AS t;
SELECT ROW('CC6.1'::criterion, 1, NULL::criterion) AS row,
    (ROW('CC6'::criterion) < ROW('CC7'::criterion)) AS row_order;
SELECT to_jsonb(c) AS json, row_to_json(x) AS row FROM (SELECT 'CC6.1'::criterion AS c) AS x;
SELECT * FROM jsonb_to_record('{"c": "outline:p1"}') AS x (c criterion);
SELECT * FROM json_populate_record(NULL::texts, '{"c": "cc6.1"}');

-- COPY
CREATE TEMPORARY TABLE copied (n integer, c criterion);
COPY copied FROM stdin (DELIMITER ',');
1,CC6.1
2,outline:p3.1.10
3,\N
\.
COPY copied FROM stdin (DELIMITER ',');  --fail
4,CC6.
\.
COPY copied TO stdout;
COPY (SELECT c FROM copied ORDER BY c) TO stdout (FORMAT csv);

-- domains
CREATE DOMAIN security_criterion AS criterion CHECK (VALUE OPERATOR(soc2.<@) 'tsc:CC');
SELECT 'CC6.1'::security_criterion, 'CC6.1'::security_criterion @> 'CC6.1.1' AS covers;
SELECT 'A1'::security_criterion;  --fail
DROP DOMAIN security_criterion;

-- generated columns and index expressions need what is immutable
CREATE TABLE generated (
    framework text,
    code text,
    c criterion GENERATED ALWAYS AS (make_criterion(framework, code)) STORED,
    series criterion GENERATED ALWAYS AS (parent(make_criterion(framework, code))) STORED);
CREATE UNIQUE INDEX ON generated (make_criterion(framework, code));
CREATE INDEX ON generated (level(c), category(c));
INSERT INTO generated VALUES ('tsc', 'CC6.1'), ('outline', 'cc6.1'), ('tsc', 'CC6'), ('tsc', NULL);
SELECT * FROM generated ORDER BY c;
INSERT INTO generated VALUES ('tsc', 'cc6.1');  --fail
INSERT INTO generated VALUES ('tsc', 'CC6.');  --fail
DROP TABLE generated;
CREATE TABLE generated (code text, c criterion GENERATED ALWAYS AS (code::criterion) STORED);  --fail
CREATE INDEX ON texts ((t::criterion));  --fail

-- parameters
PREPARE below(criterion) AS SELECT x FROM unnest('{CC6,CC6.1,CC7}'::criterion[]) AS x WHERE x <@ $1;
EXECUTE below('CC6');
EXECUTE below(NULL);
EXECUTE below('XX');  --fail
DEALLOCATE below;

-- errors that a caller collects, from version 16 on
DO $$
DECLARE
    ok boolean;
BEGIN
    IF current_setting('server_version_num')::integer >= 160000 THEN
        EXECUTE $q$SELECT pg_input_is_valid('CC6.1', 'soc2.criterion')
            AND NOT pg_input_is_valid('CC6.', 'soc2.criterion')
            AND NOT pg_input_is_valid('{CC6', 'soc2.criterion_set')
            AND NOT pg_input_is_valid('{CC6,XX}', 'soc2.criterion[]')
            AND (SELECT message = 'invalid input syntax for type soc2.criterion: "CC6."'
                     AND detail = 'A number was expected. At character 5.'
                     AND sql_error_code = '22P02'
                 FROM pg_input_error_info('CC6.', 'soc2.criterion'))$q$ INTO ok;
        IF ok IS NOT TRUE THEN
            RAISE EXCEPTION 'errors are not collected';
        END IF;
    END IF;
END $$;

-- the first and the last, by index where there is one
SELECT min(c), max(c) FROM (VALUES ('CC6.1'::criterion), ('outline:P8.1'), (NULL), ('A1')) AS v (c);
SELECT min(c), max(c) FROM (VALUES ('CC6.1'::criterion)) AS v (c) WHERE false;
SELECT aggfnoid::regprocedure, aggsortop::regoperator FROM pg_aggregate
WHERE aggtranstype = 'criterion'::regtype ORDER BY 1::text;
