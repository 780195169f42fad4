/* test/sql/catalogue.sql */

--
-- The catalogue has what the documents have, answers about it, keeps what
-- users add apart from what the extension ships, and lets nobody change that.
--

SET search_path = public, soc2;
SET client_min_messages = warning;

CREATE FUNCTION pg_temp.try(statement text) RETURNS TABLE (state text, message text)
LANGUAGE plpgsql AS $$
DECLARE
    rows bigint;
BEGIN
    EXECUTE statement;
    GET DIAGNOSTICS rows = ROW_COUNT;
    state := '00000';
    message := 'rows: ' || rows;
    RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
    state := SQLSTATE;
    message := SQLERRM;
    RETURN NEXT;
END $$;

--
-- What is shipped
--

SELECT framework, title, edition, shipped FROM frameworks ORDER BY 1;
SELECT framework, count(*), count(DISTINCT criterion) AS codes FROM criteria GROUP BY 1 ORDER BY 1;
SELECT framework, level, source, coded, count(*) FROM criteria GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;
SELECT framework, category(criterion), count(*) FROM criteria GROUP BY 1, category(criterion) ORDER BY 1, min(position);
SELECT count(*) FILTER (WHERE NOT shipped) AS own, count(*) FILTER (WHERE is_cuec) AS cuec,
    count(*) FILTER (WHERE is_cuec AND framework = 'tsc') AS cuec_of_tsc FROM criteria;
SELECT relation, is_primary, count(*) FROM crosswalk GROUP BY 1, 2 ORDER BY 1, 2;
SELECT DISTINCT status, author, shipped, framework(source), framework(target) FROM crosswalk;

-- the text columns say what the type says, and order as it does
SELECT criterion FROM criteria
WHERE make_criterion(framework, code) <> criterion OR framework <> framework(criterion)
    OR level <> level(criterion) OR parent IS DISTINCT FROM parent(criterion);
SELECT count(*) AS out_of_order
FROM (SELECT row_number() OVER (ORDER BY criterion) AS by_type,
          row_number() OVER (ORDER BY framework COLLATE "C", position) AS by_number FROM criteria) AS x
WHERE by_type <> by_number;
-- all but the categories have a parent, and every criterion of level 2 a text
SELECT count(*) AS orphans FROM criteria AS c
WHERE level > 0 AND NOT EXISTS (SELECT FROM criteria AS p WHERE p.criterion = c.parent AND p.level = c.level - 1);
SELECT criterion FROM criteria WHERE title = '' OR title <> trim(title) OR framework = 'tsc' AND level = 2 AND description IS NULL;
-- every criterion of the outline is related to the other framework, once primarily
SELECT c.criterion, count(x.source) FROM criteria AS c LEFT JOIN crosswalk AS x ON x.source = c.criterion AND x.is_primary
WHERE c.framework = 'outline' AND c.level = 2 GROUP BY 1 HAVING count(x.source) <> 1;

-- the same code, two meanings
SELECT criterion, title FROM criteria WHERE code = 'C1.2' ORDER BY 1;
SELECT criterion, title FROM criteria WHERE criterion <@ 'P3' AND level < 3 ORDER BY 1;

--
-- Questions
--

SELECT * FROM criteria_tree('tsc:C1');
SELECT count(*) FROM criteria_tree('outline:CC');
SELECT children('tsc:A1');
SELECT count(*) FROM criteria_tree('CC99');
SELECT count(*) FROM criteria_tree(NULL);
SELECT count(*) FROM children('CC99');
SELECT count(*) FROM children('tsc:C1.2.1');
SELECT count(*) FROM children(NULL);

SELECT criterion, relation, other, is_primary, status FROM crosswalk_of('tsc:CC6.1');
SELECT criterion, relation, other FROM crosswalk_of('outline:C1.2.1');
SELECT count(*) FROM crosswalk_of('CC99');
SELECT count(*) FROM crosswalk_of(NULL);
-- read from either side, a relation is the same
SELECT x.source, x.target, x.relation
FROM crosswalk_in_force AS x
WHERE NOT EXISTS (SELECT FROM crosswalk_of(x.source) AS o WHERE o.criterion = x.source AND o.other = x.target AND o.relation = x.relation)
    OR NOT EXISTS (
        SELECT FROM crosswalk_of(x.target) AS o
        WHERE o.criterion = x.target AND o.other = x.source
            AND o.relation = CASE x.relation WHEN 'superset-of' THEN 'subset-of' WHEN 'subset-of' THEN 'superset-of' ELSE x.relation END);

SELECT a, b, a ~ b AS op, related(a, b), a !~ b AS negated, unrelated(a, b)
FROM (VALUES
    ('outline:CC6.1'::criterion, 'tsc:CC6.1'::criterion), ('tsc:CC6.1', 'outline:CC6.1'), ('outline:CC6.1', 'tsc:CC1.1'),
    ('outline:CC6.1', 'outline:CC6.1'), ('CC99', 'outline:CC99'), ('CC6.1', NULL), (NULL, 'CC6.1')) AS v (a, b);
SELECT count(*) = (SELECT count(*) FROM crosswalk_in_force) AS all_related
FROM criteria AS a JOIN criteria AS b ON a.framework = 'outline' AND b.framework = 'tsc' AND a.level = 2 AND b.level = 2 AND a.criterion ~ b.criterion;

SELECT count(*), count(DISTINCT criterion), sum(children), sum(crosswalks), count(*) FILTER (WHERE in_scope) AS in_scope,
    count(*) FILTER (WHERE parent_code IS NULL) AS roots
FROM catalogue;
SELECT criterion, framework_title, category, code, level, parent_code, title, is_cuec, coded, source, in_scope, children, crosswalks
FROM catalogue WHERE criterion <@ 'tsc:C1' AND level = 2 ORDER BY 1;
SELECT count(*) AS different FROM catalogue AS c
WHERE children <> (SELECT count(*) FROM children(c.criterion)) OR category <> category(criterion);

--
-- Search
--

SELECT criterion, title FROM search_criteria('confidential disposal') LIMIT 2;
-- the words in any form, the title before the description
SELECT (SELECT array_agg(criterion) FROM search_criteria('disposing')) = (SELECT array_agg(criterion) FROM search_criteria('DISPOSED')) AS same_stem;
SELECT bool_and(rank <= before) AS best_first FROM (SELECT rank, lag(rank) OVER () AS before FROM search_criteria('access')) AS x;
SELECT count(*) > 0 AS found, count(*) FILTER (WHERE title !~* 'segregat') AS in_description_only FROM search_criteria('segregation') ;
-- operators of a web search
SELECT (SELECT count(*) FROM search_criteria('privacy or board')) > greatest((SELECT count(*) FROM search_criteria('privacy')), (SELECT count(*) FROM search_criteria('board'))) AS "or",
    (SELECT count(*) FROM search_criteria('access -physical')) < (SELECT count(*) FROM search_criteria('access')) AS minus,
    (SELECT count(*) FROM search_criteria('"logical access"')) <= (SELECT count(*) FROM search_criteria('access logical')) AS phrase,
    (SELECT count(*) FROM search_criteria('"access logical"')) AS other_phrase;
-- what finds nothing
SELECT query, (SELECT count(*) FROM search_criteria(query)) AS found
FROM unnest(ARRAY['', '   ', 'the of and', 'zyzzyva', '''', '&|!()', ':*', '"', '-', '\', '%', E'\n', '"""', 'or or or', U&'\6F22\5B57']) AS query;
SELECT count(*) FROM search_criteria(NULL);
SELECT length(query), (SELECT count(*) FROM search_criteria(query)) AS found
FROM unnest(ARRAY[repeat('confidential ', 800), repeat('x', 10240), repeat('"', 10240), repeat('( ', 5120), repeat('access or ', 1000) || 'board']) AS query;

--
-- Points of one's own
--

INSERT INTO criteria (criterion, title, description) VALUES
    ('tsc:CC6.1.101', 'Ours: keys are kept in a vault', 'No secret in a repository'),
    ('outline:P3.1.65535', 'Ours: the last number there is', NULL);
SELECT criterion, framework, code, level, parent, coded, source, source_line, shipped, is_cuec FROM criteria WHERE NOT shipped ORDER BY 1;
SELECT children('tsc:CC6.1') AS child ORDER BY child DESC LIMIT 1;
SELECT criterion FROM search_criteria('vault');
SELECT criterion FROM search_criteria('secrets repositories');
SELECT criterion, parent_code, in_scope, shipped FROM catalogue WHERE NOT shipped ORDER BY 1;
UPDATE criteria SET title = 'Ours: keys are in a vault', is_cuec = true WHERE criterion = 'tsc:CC6.1.101';
UPDATE criteria SET criterion = 'tsc:CC6.1.102' WHERE criterion = 'tsc:CC6.1.101';

SELECT statement, t.*
FROM unnest(ARRAY[
    -- numbers that the extension may use
    $$('tsc:CC6.1.100', 'x')$$, $$('tsc:CC6.1.99', 'x')$$, $$('outline:CC6.1.50', 'x')$$,
    -- other levels
    $$('tsc:CC6.101', 'x')$$, $$('tsc:CC101', 'x')$$, $$('outline:CC9', 'x')$$,
    -- nothing above it
    $$('tsc:CC99.1.101', 'x')$$, $$('tsc:CC6.99.101', 'x')$$,
    -- twice
    $$('tsc:CC6.1.102', 'x')$$, $$('tsc:CC6.1', 'x')$$,
    -- no title, no code
    $$('tsc:CC6.1.103', '')$$, $$('tsc:CC6.1.103', NULL)$$, $$(NULL, 'x')$$, $$('', 'x')$$])
    WITH ORDINALITY AS x (statement, n),
    pg_temp.try('INSERT INTO soc2.criteria (criterion, title) VALUES ' || statement) AS t
ORDER BY n;
SELECT statement, t.*
FROM unnest(ARRAY[
    $$INSERT INTO criteria (criterion, title, shipped) VALUES ('tsc:CC6.1.103', 'x', true)$$,
    $$INSERT INTO criteria (criterion, title, source) VALUES ('tsc:CC6.1.103', 'x', 'document')$$,
    $$INSERT INTO criteria (criterion, title, framework) VALUES ('tsc:CC6.1.103', 'x', 'outline')$$,
    $$INSERT INTO criteria (criterion, title) VALUES ('tsc:CC6.1', 'x') ON CONFLICT (criterion) DO UPDATE SET title = 'x'$$,
    $$INSERT INTO criteria (criterion, title) VALUES ('tsc:CC6.1.102', 'x') ON CONFLICT (criterion) DO NOTHING$$,
    $$UPDATE criteria SET shipped = true, source = 'document' WHERE criterion = 'tsc:CC6.1.102'$$,
    $$UPDATE criteria SET criterion = 'tsc:CC6.1.100' WHERE criterion = 'tsc:CC6.1.102'$$,
    $$UPDATE criteria SET title = title || '!' WHERE criterion = 'tsc:CC6.1'$$,
    $$UPDATE criteria SET shipped = false, source = 'user' WHERE criterion = 'tsc:CC6.1.1'$$,
    $$UPDATE criteria SET is_cuec = true$$,
    $$DELETE FROM criteria WHERE criterion = 'tsc:CC6.1.1'$$,
    $$DELETE FROM criteria$$,
    $$TRUNCATE criteria CASCADE$$,
    $$INSERT INTO frameworks (framework, title, edition, source, shipped) VALUES ('nist', 'x', 'x', 'x', true)$$,
    $$INSERT INTO frameworks (framework, title, edition, source) VALUES ('nist', 'x', 'x', 'x')$$,
    $$UPDATE frameworks SET title = 'x'$$,
    $$DELETE FROM frameworks$$,
    $$TRUNCATE frameworks CASCADE$$,
    $$UPDATE crosswalk SET status = 'confirmed'$$,
    $$DELETE FROM crosswalk WHERE source = 'outline:CC6.1'$$,
    $$TRUNCATE crosswalk$$,
    $$INSERT INTO crosswalk (source, target, relation, shipped) VALUES ('outline:CC6.1', 'tsc:CC1.1', 'equal-to', true)$$])
    WITH ORDINALITY AS x (statement, n), pg_temp.try(statement) AS t
ORDER BY n;
-- neither for a subscriber or whoever claims to be one
SET session_replication_role = replica;
SELECT statement, t.*
FROM unnest(ARRAY[
    $$UPDATE criteria SET title = 'x' WHERE criterion = 'tsc:CC6.1'$$, $$DELETE FROM crosswalk$$, $$TRUNCATE frameworks, criteria, crosswalk$$,
    $$INSERT INTO criteria (criterion, title, shipped, source) VALUES ('tsc:CC6.1.103', 'x', true, 'document')$$])
    WITH ORDINALITY AS x (statement, n), pg_temp.try(statement) AS t
ORDER BY n;
RESET session_replication_role;
UPDATE criteria SET title = 'x' WHERE criterion = 'tsc:CC6.1';  --fail
SELECT count(*) FILTER (WHERE shipped) AS shipped, count(*) FILTER (WHERE NOT shipped) AS own FROM criteria;
DELETE FROM criteria WHERE NOT shipped;

-- the guard as a trigger of other tables
CREATE TABLE guarded (id integer, shipped boolean);
CREATE TRIGGER too_late AFTER INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION guard_shipped();
INSERT INTO guarded VALUES (1, false);  --fail
DROP TRIGGER too_late ON guarded;
CREATE TRIGGER too_coarse BEFORE INSERT ON guarded FOR EACH STATEMENT EXECUTE FUNCTION guard_shipped();
INSERT INTO guarded VALUES (1, false);  --fail
DROP TRIGGER too_coarse ON guarded;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON guarded FOR EACH ROW EXECUTE FUNCTION guard_shipped();
INSERT INTO guarded VALUES (1, false), (2, NULL);
INSERT INTO guarded VALUES (3, true);  --fail
UPDATE guarded SET id = id + 10;
DELETE FROM guarded WHERE id = 12;
TABLE guarded;
DROP TABLE guarded;
CREATE TABLE guarded (id integer);
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON guarded FOR EACH ROW EXECUTE FUNCTION guard_shipped();
INSERT INTO guarded VALUES (1);
TABLE guarded;
DROP TABLE guarded;
SELECT guard_shipped();  --fail

--
-- A crosswalk of one's own
--

SELECT count(*) AS in_force FROM crosswalk_in_force;
-- a row for a pair that is shipped stands in its place
INSERT INTO crosswalk (source, target, relation, status, rationale, author)
VALUES ('outline:CC6.1', 'tsc:CC6.1', 'equal-to', 'confirmed', 'we looked', 'our auditor');
SELECT source, target, relation, status, shipped FROM crosswalk WHERE source = 'outline:CC6.1' AND target = 'tsc:CC6.1' ORDER BY shipped;
SELECT source, target, relation, status, author, shipped FROM crosswalk_in_force WHERE source = 'outline:CC6.1' AND target = 'tsc:CC6.1';
SELECT criterion, relation, other, status FROM crosswalk_of('tsc:CC6.1') WHERE other = 'outline:CC6.1';
-- rejected, neither counts
UPDATE crosswalk SET status = 'rejected' WHERE NOT shipped;
SELECT count(*) AS in_force, related('outline:CC6.1', 'tsc:CC6.1') FROM crosswalk_in_force;
SELECT count(*) FROM crosswalk_of('outline:CC6.1') WHERE other = 'tsc:CC6.1';
DELETE FROM crosswalk WHERE NOT shipped;
-- and so from the other side
INSERT INTO crosswalk (source, target, relation, status) VALUES ('tsc:CC6.1', 'outline:CC6.1', 'subset-of', 'rejected');
SELECT related('outline:CC6.1', 'tsc:CC6.1'), related('tsc:CC6.1', 'outline:CC6.1');
DELETE FROM crosswalk WHERE NOT shipped;
SELECT count(*) AS in_force, related('outline:CC6.1', 'tsc:CC6.1') FROM crosswalk_in_force;
-- a pair that is not shipped, from either side, also with one's own point
INSERT INTO criteria (criterion, title) VALUES ('tsc:CC6.1.101', 'Ours');
INSERT INTO crosswalk (source, target, relation) VALUES ('tsc:CC6.1.101', 'outline:CC1.1', 'superset-of');
SELECT criterion, relation, other, title FROM crosswalk_of('tsc:CC6.1.101') WHERE criterion = 'tsc:CC6.1.101';
SELECT criterion, relation, other, title FROM crosswalk_of('outline:CC1.1') WHERE other = 'tsc:CC6.1.101';
SELECT author = CURRENT_USER AS mine, status, is_primary, shipped FROM crosswalk WHERE source = 'tsc:CC6.1.101';

SELECT statement, t.*
FROM unnest(ARRAY[
    $$('tsc:CC6.1', 'tsc:CC6.2', 'equal-to')$$, $$('tsc:CC6.1', 'tsc:CC6.1', 'equal-to')$$,
    $$('outline:CC6.1', 'tsc:CC6.1', 'same-as')$$, $$('outline:CC6.1', 'tsc:CC99', 'equal-to')$$,
    $$('outline:CC99', 'tsc:CC6.1', 'equal-to')$$, $$('tsc:CC6.1.101', 'outline:CC1.1', 'equal-to')$$,
    $$('outline:CC6.1', NULL, 'equal-to')$$, $$('outline:CC6.1', 'tsc:CC6.1', NULL)$$])
    WITH ORDINALITY AS x (statement, n),
    pg_temp.try('INSERT INTO soc2.crosswalk (source, target, relation) VALUES ' || statement) AS t
ORDER BY n;
SELECT t.* FROM pg_temp.try($$UPDATE crosswalk SET status = 'final' WHERE NOT shipped$$) AS t;
-- what is not in the catalogue, or no longer, is in force nowhere
SELECT source, target FROM crosswalk WHERE NOT shipped ORDER BY 1, 2;
SELECT source, target FROM crosswalk_in_force WHERE NOT shipped;
DELETE FROM criteria WHERE NOT shipped;
SELECT source, target FROM crosswalk_in_force WHERE NOT shipped;
SELECT count(*) FROM crosswalk_of('tsc:CC6.1.101') WHERE criterion = 'tsc:CC6.1.101';
SELECT related('tsc:CC6.1.101', 'outline:CC1.1'), related('outline:CC99', 'tsc:CC6.1');
DELETE FROM crosswalk WHERE NOT shipped;
DELETE FROM criteria WHERE NOT shipped;

--
-- Scope
--

SELECT * FROM scope;
SELECT set_scope('{C,A}');
SELECT category, in_scope, since <= clock_timestamp() AS since FROM scope;
SELECT category, in_scope, changed_by = CURRENT_USER AS mine FROM scope_changes ORDER BY change_id;
SELECT DISTINCT category, in_scope FROM catalogue WHERE framework = 'tsc' ORDER BY 1;
-- only what changes is noted
SELECT set_scope('{a,C,CC,c}');
SELECT count(*) FROM scope_changes;
SELECT set_scope('{{pi,P},{cc,A}}');
SELECT category, in_scope FROM scope_changes ORDER BY change_id OFFSET 2;
SELECT set_scope('{}');
SELECT set_scope('{CC}');
SELECT category FROM scope WHERE in_scope;
SELECT count(*) FROM scope_changes;
SELECT set_scope(NULL);
SELECT set_scope(array_fill('P'::text, '{20000}'));
SELECT set_scope('{}');
SELECT arguments, t.*
FROM unnest(ARRAY[$$'{A,X}'$$, $$'{NULL}'$$, $$'{""}'$$, $$'{A1}'$$, $$'{" A"}'$$, $$'{tsc:A}'$$, $$ARRAY['A''; DROP TABLE x; --']$$,
                  $$ARRAY[U&'\00C7']$$])
    WITH ORDINALITY AS x (arguments, n), pg_temp.try('SELECT soc2.set_scope(' || arguments || ')') AS t
ORDER BY n;
SELECT count(*) FROM scope WHERE in_scope;
BEGIN READ ONLY;
SELECT set_scope('{A}');  --fail
ROLLBACK;
BEGIN;
SELECT set_scope('{A}');
SELECT count(*) FROM scope WHERE in_scope;
ROLLBACK;
SELECT count(*) FROM scope WHERE in_scope;
SELECT t.* FROM pg_temp.try($$INSERT INTO soc2.scope_changes (category, in_scope) VALUES ('CC', false)$$) AS t;
-- with nothing to find anything by
SET search_path = '';
SELECT soc2.set_scope('{A}');
SELECT category, in_scope FROM soc2.scope WHERE in_scope;
SELECT pg_catalog.count(*) FROM soc2.catalogue WHERE in_scope AND framework OPERATOR(pg_catalog.=) 'tsc';
SELECT soc2.related('outline:CC6.1', 'tsc:CC6.1'), (SELECT pg_catalog.count(*) FROM soc2.crosswalk_of('CC6.1')) AS crosswalks,
    (SELECT pg_catalog.count(*) FROM soc2.search_criteria('board')) > 0 AS found;
SELECT soc2.set_scope('{}');
RESET search_path;

-- what a dump takes along
SELECT c.oid::regclass AS config, x.condition
FROM pg_extension AS e, unnest(e.extconfig, e.extcondition) AS x (relid, condition) JOIN pg_class AS c ON c.oid = x.relid
WHERE e.extname = 'soc2' AND c.relname ~ '^(criteria|crosswalk|scope|frameworks)'
ORDER BY c.relname COLLATE "C";
TRUNCATE soc2.scope_changes;

-- what breaks the parser of such queries elsewhere is a query like any other
SELECT count(*) > 0 AS found FROM soc2.search_criteria(repeat('-', 40) || 'access');
SELECT count(*) > 0 AS found FROM soc2.search_criteria(repeat('- ', 4000) || 'access');
