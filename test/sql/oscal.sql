--
-- OSCAL: what documents are made of, catalogs and mappings out of this database
-- and into it.  What a whole document has to look like is in the TAP test.
--
SET search_path = soc2, public;
\set SHOW_CONTEXT never
\pset format unaligned

-- UUIDs of version 5: known ones, and the extension's own namespace
SELECT uuid_v5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com') AS dns,
    uuid_v5('6ba7b811-9dad-11d1-80b4-00c04fd430c8', 'urn:soc2:oscal') AS own,
    uuid_v5('6ba7b811-9dad-11d1-80b4-00c04fd430c8', '') AS empty,
    uuid_v5('6ba7b811-9dad-11d1-80b4-00c04fd430c8', NULL) IS NULL AS none;
SELECT oscal_uuid('a', 'b'), oscal_uuid('a","b') <> oscal_uuid('a', 'b') AS other;
SELECT uuid_v5('6ba7b811-9dad-11d1-80b4-00c04fd430c8', repeat('x', 1000000));

-- strings, tokens, times, properties
SELECT oscal_line(E' \ta\r\n b\n'), oscal_line(E' \n') IS NULL AS blank, oscal_line('') IS NULL AS empty,
    oscal_line(U&'\00A0\00E4\2028x\3000') = U&'\00E4 x' AS unicode;
SELECT oscal_token(t) FROM unnest('{ACC-01,"6.1",a b,a_b,"",-x,x/y}'::text[]) AS t;
SELECT oscal_token(U&'\6F22\00E4') AS token;
SELECT oscal_time(t) FROM unnest('{2026-07-01 02:03:04.5+05:30,infinity,-infinity,1899-12-31 23:59:59.999999+00,1900-01-01 00:00:00+00,3000-01-01 00:00:00+00,10000-01-01 00:00:00+00}'::timestamptz[]) AS t;
SELECT oscal_prop('n', v) FROM unnest(ARRAY['v', NULL, E' two\nlines ', ' ']) AS v;
SELECT oscal_props(NULL, oscal_prop('a', '1'), NULL), oscal_props(NULL) IS NULL AS none;

-- a catalog: groups hold groups or controls, and points are controls of criteria
CREATE TEMPORARY TABLE doc AS
SELECT f.framework, oscal_catalog(f.framework) -> 'catalog' AS c FROM frameworks AS f;
SELECT framework, c ->> 'uuid' AS uuid, (c -> 'metadata') - 'remarks' - 'props' AS metadata FROM doc ORDER BY 1;
SELECT jsonb_path_query(c, '$.groups[*].groups[*] ? (@.id == "cc6").controls[*] ? (@.id == "cc6.2")')
FROM doc WHERE framework = 'tsc';
SELECT framework, jsonb_array_length(c -> 'groups') AS categories,
    (SELECT count(*) FROM jsonb_path_query(c, '$.groups[*].groups[*]')) AS series,
    (SELECT count(*) FROM jsonb_path_query(c, '$.groups[*].groups[*].controls[*]')) AS criteria,
    (SELECT count(*) FROM jsonb_path_query(c, '$.groups[*].groups[*].controls[*].controls[*]')) AS points
FROM doc ORDER BY 1;
-- in the order of the document, nothing twice, nothing lost
SELECT d.framework, array_agg(x.label ORDER BY x.place) = (
    SELECT array_agg(c.code ORDER BY c.position) FROM criteria AS c
    WHERE c.framework = d.framework AND c.level = 2) AS in_order
FROM doc AS d
CROSS JOIN LATERAL (
    SELECT v #>> '{props,0,value}' AS label, place
    FROM jsonb_path_query(d.c, '$.groups[*].groups[*].controls[*]') WITH ORDINALITY AS p (v, place)) AS x
GROUP BY d.framework ORDER BY 1;
-- the same state gives the same bytes, whatever the session
SET DateStyle = 'SQL, DMY';
SET TimeZone = 'Asia/Kolkata';
SET IntervalStyle = 'sql_standard';
SET lc_messages = 'C';
SET soc2.framework = 'outline';
SELECT framework, oscal_catalog(framework)::text = jsonb_build_object('catalog', c)::text AS same,
    oscal_catalog()::text = jsonb_build_object('catalog', c)::text AS by_default
FROM doc ORDER BY 1;
RESET DateStyle; RESET TimeZone; RESET IntervalStyle; RESET lc_messages; RESET soc2.framework;
\set VERBOSITY sqlstate
SELECT oscal_catalog('unknown'); --fail
\set VERBOSITY default

-- own points and controls, with odd names
BEGIN;
INSERT INTO criteria (criterion, title) VALUES ('tsc:CC6.2.101', E' own\npoint ');
SELECT jsonb_path_query(oscal_catalog('tsc'), '$.catalog.groups[*].groups[*].controls[*].controls[*] ? (@.id == "cc6.2.101")');
SELECT d.c ->> 'uuid' = n.c ->> 'uuid' AS uuid, d.c #> '{metadata,props}' = n.c #> '{metadata,props}' AS content
FROM doc AS d, (SELECT oscal_catalog('tsc') -> 'catalog' AS c) AS n WHERE d.framework = 'tsc';
SELECT create_control(E'1 "\\x', E'title ', E'what\nis done', frequency => '1 mon', owner => 'somebody');
SELECT map_control(E'1 "\\x', 'tsc:CC6', 'subset-of', 'why');
SELECT map_control(E'1 "\\x', 'tsc:CC6.2.101', 'equal-to', 'why');
SELECT adopt_controls('{ACC-01}', '2026-01-01');
SET IntervalStyle = 'postgres_verbose';
SELECT v FROM jsonb_path_query(oscal_catalog('controls'), '$.catalog.controls[*]') WITH ORDINALITY AS p (v, n) WHERE n = 1;
RESET IntervalStyle;
SELECT m ->> 'status' AS status, jsonb_array_length(m -> 'maps') AS maps,
    (SELECT v - 'uuid' - 'props' FROM jsonb_path_query(m, '$.maps[0]') AS v) AS first,
    jsonb_path_query_array(m, '$.maps[0].props[*].name') AS props
FROM jsonb_path_query(oscal_mapping_collection(), '$.*.mappings[*]') AS m;
-- every reference leads to a resource, and every resource is referred to
SELECT (SELECT array_agg(DISTINCT ltrim(h #>> '{}', '#')) FROM jsonb_path_query(d, '$.*.mappings[*].*.href') AS h)
    = (SELECT array_agg(u #>> '{}' ORDER BY u #>> '{}') FROM jsonb_path_query(d, '$.*."back-matter".resources[*].uuid') AS u) AS resolved,
    d #> '{mapping-collection,provenance}' AS provenance
FROM (SELECT oscal_mapping_collection() AS d) AS x;
-- what was confirmed says so, and what was rejected is not there
INSERT INTO crosswalk (source, target, relation, status) VALUES
    ('outline:CC1.1', 'tsc:CC1.1', 'equal-to', 'rejected'), ('outline:CC1.2', 'tsc:CC1', 'subset-of', 'confirmed');
SELECT m -> 'relationship' AS relationship, m #> '{targets,0}' AS target, m #>> '{props,0,value}' AS status
FROM jsonb_path_query(oscal_mapping_collection(), '$.*.mappings[*].maps[*]') AS m
WHERE m #>> '{sources,0,id-ref}' IN ('cc1.1', 'cc1.2');
ROLLBACK;

DROP TABLE doc;

--
-- Import
--

-- what is wrong, and where
CREATE TEMPORARY TABLE bad AS SELECT * FROM (VALUES
    (1, 'null'::jsonb), (2, '[]'), (3, '{"catalog": 7}'),
    (4, '{"catalog": {"uuid": "a7fb0544-78ea-73e0-9957-dc60060b7e52", "metadata": {"title": " ", "version": 8, "last-modified": "2026-07-01 00:00:00+00", "oscal-version": "2.0.0"}}}'),
    (5, '{"catalog": {"uuid": "a7fb0544-78ea-43e0-9957-dc60060b7e52", "metadata": {"title": "t", "version": "1", "last-modified": "2026-07-01T00:00:00Z", "oscal-version": "1.2.1"},
        "groups": [{"id": "6", "groups": [], "controls": [{"id": "a", "title": "t", "props": [{"name": "label", "value": "A"}]}]}, 7],
        "controls": [{"id": "a", "title": "t"}, {"id": "c d", "title": "t\nu"}, {"title": "x", "props": [{"name": "n", "value": 8}]},
            {"id": "e", "title": "t", "props": [{"name": "label", "class": "x", "value": "A"}], "controls": {}}]}}')) AS b (n, document);
SELECT n, p.* FROM bad, oscal_catalog_problems(document) AS p ORDER BY n, p.path COLLATE "C", p.problem COLLATE "C";
SELECT import_oscal_catalog(document, 'bad') FROM bad WHERE n = 5; --fail
\set VERBOSITY sqlstate
SELECT import_oscal_catalog(document, 'bad') FROM bad WHERE n = 1; --fail
SELECT import_oscal_catalog(NULL, 'bad'); --fail
SELECT import_oscal_catalog('{}', 'tsc'); --fail
SELECT import_oscal_catalog('{}', 'Bad'); --fail
SELECT import_oscal_catalog('{}', NULL); --fail
\set VERBOSITY default
-- nesting has an end
SELECT count(*), max(problem) FROM oscal_catalog_problems(jsonb_set(
    (SELECT jsonb_set(document, '{catalog,controls}', '[]') #- '{catalog,groups}' FROM bad WHERE n = 5), '{catalog,controls}',
    (repeat('[{"id": "a", "title": "t", "controls": ', 40) || '[{}]' || repeat('}]', 40))::jsonb))
WHERE problem NOT LIKE 'repeats%';

-- a catalog of others: requirements in order, with what stands around them
CREATE TEMPORARY TABLE good (name text PRIMARY KEY, document jsonb);
INSERT INTO good VALUES ('catalog', '{"catalog": {"uuid": "a7fb0544-78ea-43e0-9957-dc60060b7e52",
    "metadata": {"title": "Others", "version": "1", "last-modified": "2026-07-01T00:00:00+02:00", "oscal-version": "1.0.4"},
    "groups": [{"title": "Group \"1\"", "groups": [{"id": "g", "title": "Inner", "controls": [
        {"id": "r-1", "title": "First", "class": "x", "unknown": {"kept": [1, null]},
         "props": [{"name": "label", "class": "zero", "value": "R-01"}, {"name": "label", "value": "R-1"}],
         "parts": [{"id": "r-1_smt", "name": "statement", "prose": "All of it:", "parts": [
             {"id": "r-1_smt.a", "name": "item", "prose": "a, and"}, {"id": "r-1_smt.b", "name": "item", "prose": "b"}]},
             {"id": "r-1_gdn", "name": "guidance", "prose": "How."}],
         "controls": [{"id": "r-1.1", "title": "Below"}]}]}]}],
    "controls": [{"id": "r-2", "title": "Second", "props": [{"name": "status", "value": "Withdrawn"}]}, {"id": "ärger", "title": "Odd"}],
    "back-matter": {"resources": [{"uuid": "b7fb0544-78ea-43e0-9957-dc60060b7e52"}]}}}');
SELECT import_oscal_catalog(document, 'others') FROM good;
SELECT framework, document_uuid, title, version, oscal_version, last_modified AT TIME ZONE 'UTC' AS last_modified FROM external_frameworks;
SELECT * FROM external_requirements ORDER BY position;
-- a second time nothing changes, and nothing is lost on the way out
SELECT count(*) AS evidence FROM evidence WHERE kind = 'import' \gset
SELECT import_oscal_catalog(document, 'others') FROM good;
SELECT count(*) - :evidence AS more FROM evidence WHERE kind = 'import';
SELECT oscal_catalog('others')::text = document::text AS same FROM good;
-- a later version
SELECT import_oscal_catalog(jsonb_set(jsonb_set(document #- '{catalog,controls,1}', '{catalog,metadata,version}', '"2"'),
    '{catalog,controls,0,title}', '"Second, changed"') #- '{catalog,groups,0,groups,0,controls,0,controls}', 'others') FROM good;
SELECT requirement_id, title FROM external_requirements ORDER BY position;
SELECT import_oscal_catalog(document, 'others') FROM good;
SELECT import_oscal_catalog(document, 'twice') FROM good; --fail

-- mappings: what all sources are to all targets, and so each to each
SELECT stated, s, t, oscal_relation(stated, s, t, false) AS relation, oscal_relation(stated, s, t, true) AS reversed
FROM unnest('{equal-to,equivalent-to,superset-of,subset-of,intersects-with,no-relationship}'::text[]) WITH ORDINALITY AS u (stated, n),
    (VALUES (1, 1), (2, 1), (1, 2), (2, 2)) AS v (s, t) ORDER BY n, s, t;
INSERT INTO good VALUES ('mapping', '{"mapping-collection": {"uuid": "f36cc490-8b25-4697-8fc9-2c796253c25c",
    "metadata": {"title": "map", "version": "1", "last-modified": "2026-07-01T00:00:00Z", "oscal-version": "1.2.1"},
    "provenance": {"method": "human", "matching-rationale": "semantic", "status": "draft", "mapping-description": "d"},
    "mappings": [{"uuid": "ec379e1a-80e0-4fc8-8670-329d0120f57f",
        "source-resource": {"type": "catalog", "href": "#11111111-78ea-43e0-9957-dc60060b7e52"},
        "target-resource": {"type": "catalog", "href": "#25593AE6-dda7-5d79-a159-d36c4dd739da"},
        "maps": [{"uuid": "9f4c31f1-d297-4115-825a-b118da0399e1", "relationship": "equal-to", "remarks": "why",
                  "sources": [{"type": "control", "id-ref": "r-1"}], "targets": [{"type": "control", "id-ref": "CC6.1"}]},
                 {"uuid": "9f4c31f1-d297-4115-825a-b118da0399e2", "relationship": "equal-to",
                  "sources": [{"type": "statement", "id-ref": "r-1_smt.a"}, {"type": "control", "id-ref": "r-2"}],
                  "targets": [{"type": "statement", "id-ref": "cc7_smt"}]}]},
        {"uuid": "ec379e1a-80e0-4fc8-8670-329d0120f570",
        "source-resource": {"type": "catalog", "href": "urn:uuid:5600b541-88f5-5622-998d-3fd6d9b095aa"},
        "target-resource": {"type": "catalog", "href": "#11111111-78ea-43e0-9957-dc60060b7e52"},
        "maps": [{"uuid": "9f4c31f1-d297-4115-825a-b118da0399e3", "relationship": {"type": "subset-of"},
                  "sources": [{"type": "control", "id-ref": "cc1.1"}], "targets": [{"type": "control", "id-ref": "r-2"}]},
                 {"uuid": "9f4c31f1-d297-4115-825a-b118da0399e4", "relationship": "no-relationship",
                  "sources": [{"type": "control", "id-ref": "cc1.1.1"}], "targets": [{"type": "control", "id-ref": "ärger"}]}]}],
    "back-matter": {"resources": [{"uuid": "11111111-78ea-43e0-9957-dc60060b7e52", "document-ids": [{"identifier": "a7fb0544-78ea-43e0-9957-dc60060b7e52"}]}]}}}');
SELECT import_oscal_mappings(document) FROM good WHERE name = 'mapping';
SELECT right(map_uuid::text, 2) AS map, framework, requirement_id, item_id, criterion, relation, stated, remarks, path
FROM requirement_criteria ORDER BY path COLLATE "C", item_id;
SELECT import_oscal_mappings(document) FROM good WHERE name = 'mapping';
SELECT oscal_mapping_collection('f36cc490-8b25-4697-8fc9-2c796253c25c')::text = document::text AS same FROM good WHERE name = 'mapping';
-- ids that are not known are told, or left out if asked to
CREATE TEMPORARY TABLE odd AS SELECT jsonb_set(jsonb_set(document, '{mapping-collection,mappings,0,maps,0,sources,0,id-ref}', '"r-9"'),
    '{mapping-collection,mappings,0,maps,1,targets,0,id-ref}', '"cc77_smt"') AS document FROM good WHERE name = 'mapping';
SELECT import_oscal_mappings(document) FROM odd; --fail
SELECT import_oscal_mappings(document, skip_unknown => true) FROM odd;
SELECT u.* FROM odd, oscal_mapping_unknown(document) AS u;
-- what is wrong, and where
UPDATE odd SET document = document #- '{mapping-collection,back-matter}';
SELECT p.* FROM odd, oscal_mapping_problems(document) AS p;
SELECT p.* FROM odd, oscal_mapping_problems(document, 'others', 'nothing') AS p ORDER BY 1;
SELECT p.* FROM oscal_mapping_problems('{"mapping-collection": {"uuid": "f36cc490-8b25-4697-8fc9-2c796253c25c",
    "metadata": {"title": "map", "version": "1", "last-modified": "2026-07-01T00:00:00Z", "oscal-version": "1.2.1"},
    "mappings": {"uuid": "ec379e1a-80e0-1fc8-8670-329d0120f57f", "maps": [7,
        {"uuid": "9f4c31f1-d297-4115-825a-b118da0399e1", "relationship": "related", "ns": "urn:x", "sources": [],
         "targets": [{"type": "control", "id-ref": "a"}, {"type": "control", "id-ref": "A"}, {"type": "group", "id-ref": "g"}, 8]},
        {"uuid": "9F4C31F1-d297-4115-825a-b118da0399e1", "sources": {"type": "control"}}]}}}', 'others', 'tsc') AS p
ORDER BY 1, 2;
SELECT p.* FROM oscal_mapping_problems('{"mapping-collection": {}}') AS p ORDER BY 1;
\set VERBOSITY sqlstate
SELECT oscal_mapping_collection('00000000-0000-4000-8000-000000000000'); --fail
SELECT import_oscal_mappings(NULL); --fail
\set VERBOSITY default
-- our own collection: what is between our frameworks is in the crosswalk already
SELECT import_oscal_mappings(oscal_mapping_collection()) - 'document' - 'version' - 'maps' - 'maps_of_ours' AS counts;

-- results and plans; their form is in the TAP test
SELECT open_period('oscal', '2001-01-01', '2001-01-31');
SELECT r ? 'observations' AS observations, r ? 'findings' AS findings, r ->> 'start' AS start, r ->> 'end' AS "end",
    jsonb_array_length(r #> '{reviewed-controls,control-selections,0,include-controls}')
    = (SELECT count(*) FROM catalogue WHERE framework = 'tsc' AND level = 2 AND in_scope) AS reviewed
FROM (SELECT oscal_assessment_results('oscal') #> '{assessment-results,results,0}' AS r) AS x;
SELECT oscal_poam(at => '2001-01-01') IS NULL AS nothing;
\set VERBOSITY sqlstate
SELECT oscal_assessment_results('unknown'); --fail
SELECT oscal_assessment_results('oscal', 'unknown'); --fail
SELECT oscal_poam('unknown'); --fail
\set VERBOSITY default

-- who may
CREATE ROLE regress_soc2_oscal LOGIN IN ROLE soc2_auditor;
SET ROLE regress_soc2_oscal;
SELECT oscal_catalog('others') IS NOT NULL AND oscal_assessment_results('oscal') IS NOT NULL AS reads;
\set VERBOSITY sqlstate
SELECT import_oscal_catalog('{}', 'x'); --fail
SELECT import_oscal_mappings('{}'); --fail
DELETE FROM external_requirements; --fail
RESET ROLE;
SET ROLE soc2_collector;
SELECT oscal_catalog('tsc'); --fail
RESET ROLE;
\set VERBOSITY default
DROP ROLE regress_soc2_oscal;
DROP TABLE bad, good, odd;
DELETE FROM external_frameworks; DELETE FROM external_requirements; DELETE FROM external_mappings; DELETE FROM requirement_criteria;
