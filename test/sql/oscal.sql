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
