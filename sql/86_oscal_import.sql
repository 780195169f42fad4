/* sql/86_oscal_import.sql */

--
-- OSCAL 1.2.1: catalogs of other frameworks, and mappings of them to ours, into
-- this database.
--
-- What was imported is kept as the document that it was, so that nothing of it
-- is lost; the rows are what can be asked of it.  A document is imported whole
-- or not at all, and a second time changes nothing.
--
-- No foreign keys between the tables: all are dumped, and a parallel restore
-- loads such tables in any order.
--
-- The planner does not know how many rows a document has, and would compare
-- each with each: what joins rows of a document does without nested loops
-- where it can.
--

CREATE TABLE soc2.external_frameworks (
    framework text NOT NULL,
    document_uuid uuid NOT NULL,
    title text NOT NULL,
    version text NOT NULL,
    oscal_version text NOT NULL,
    last_modified timestamptz NOT NULL,
    document jsonb NOT NULL,
    imported_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    imported_by name NOT NULL,
    CONSTRAINT soc2_external_frameworks_pkey PRIMARY KEY (framework),
    CONSTRAINT soc2_external_frameworks_document_uuid_key UNIQUE (document_uuid),
    CONSTRAINT soc2_external_frameworks_framework_check CHECK (
        framework OPERATOR(pg_catalog.~) '^[a-z][a-z0-9_.-]{0,62}$'
        AND framework OPERATOR(pg_catalog.<>) ALL ('{tsc,outline,controls}'::text[]))
);
SELECT pg_catalog.pg_extension_config_dump('soc2.external_frameworks', '');
COMMENT ON TABLE soc2.external_frameworks IS
'frameworks of others, one row a catalog; written by soc2.import_oscal_catalog()';
COMMENT ON COLUMN soc2.external_frameworks.framework IS 'name it was given here';
COMMENT ON COLUMN soc2.external_frameworks.document_uuid IS 'id of the catalog';
COMMENT ON COLUMN soc2.external_frameworks.title IS 'its title';
COMMENT ON COLUMN soc2.external_frameworks.version IS 'its version';
COMMENT ON COLUMN soc2.external_frameworks.oscal_version IS 'version of OSCAL it is written in';
COMMENT ON COLUMN soc2.external_frameworks.last_modified IS 'when it was last changed, as it says';
COMMENT ON COLUMN soc2.external_frameworks.document IS 'the catalog, nothing left out';
COMMENT ON COLUMN soc2.external_frameworks.imported_at IS 'when this version was imported';
COMMENT ON COLUMN soc2.external_frameworks.imported_by IS 'by which role';

CREATE TABLE soc2.external_requirements (
    framework text NOT NULL,
    requirement_id text COLLATE pg_catalog."C" NOT NULL,
    label text NOT NULL,
    title text NOT NULL,
    statement text,
    class text,
    parent_id text,
    groups text[] NOT NULL,
    withdrawn boolean NOT NULL,
    part_ids text[] NOT NULL,
    position bigint NOT NULL,
    path text NOT NULL,
    CONSTRAINT soc2_external_requirements_pkey PRIMARY KEY (framework, requirement_id)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.external_requirements', '');
COMMENT ON TABLE soc2.external_requirements IS
'requirements of frameworks of others, one row a control of the catalog; written by soc2.import_oscal_catalog()';
COMMENT ON COLUMN soc2.external_requirements.framework IS 'its framework';
COMMENT ON COLUMN soc2.external_requirements.requirement_id IS 'id of the control in the catalog';
COMMENT ON COLUMN soc2.external_requirements.label IS 'its label, or else its id';
COMMENT ON COLUMN soc2.external_requirements.title IS 'its title';
COMMENT ON COLUMN soc2.external_requirements.statement IS
'prose of its statement with all items below; NULL: it has none';
COMMENT ON COLUMN soc2.external_requirements.class IS 'its class; NULL: none';
COMMENT ON COLUMN soc2.external_requirements.parent_id IS 'control it belongs to; NULL: none';
COMMENT ON COLUMN soc2.external_requirements.groups IS 'titles of the groups it stands in, the outermost first';
COMMENT ON COLUMN soc2.external_requirements.withdrawn IS 'true: the catalog says that it was withdrawn';
COMMENT ON COLUMN soc2.external_requirements.part_ids IS 'ids of its parts, which mappings may name';
COMMENT ON COLUMN soc2.external_requirements.position IS 'place in the catalog, from 1';
COMMENT ON COLUMN soc2.external_requirements.path IS 'JSON path of the control in the document';

CREATE TABLE soc2.external_mappings (
    document_uuid uuid NOT NULL,
    title text NOT NULL,
    version text NOT NULL,
    last_modified timestamptz NOT NULL,
    document jsonb NOT NULL,
    imported_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    imported_by name NOT NULL,
    CONSTRAINT soc2_external_mappings_pkey PRIMARY KEY (document_uuid)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.external_mappings', '');
COMMENT ON TABLE soc2.external_mappings IS
'mapping collections of others; written by soc2.import_oscal_mappings()';
COMMENT ON COLUMN soc2.external_mappings.document_uuid IS 'id of the collection';
COMMENT ON COLUMN soc2.external_mappings.title IS 'its title';
COMMENT ON COLUMN soc2.external_mappings.version IS 'its version';
COMMENT ON COLUMN soc2.external_mappings.last_modified IS 'when it was last changed, as it says';
COMMENT ON COLUMN soc2.external_mappings.document IS 'the collection, nothing left out';
COMMENT ON COLUMN soc2.external_mappings.imported_at IS 'when this version was imported';
COMMENT ON COLUMN soc2.external_mappings.imported_by IS 'by which role';

CREATE TABLE soc2.requirement_criteria (
    document_uuid uuid NOT NULL,
    map_uuid uuid NOT NULL,
    framework text NOT NULL,
    requirement_id text COLLATE pg_catalog."C" NOT NULL,
    item_id text COLLATE pg_catalog."C" NOT NULL,
    criterion soc2.criterion NOT NULL,
    relation text NOT NULL,
    stated text NOT NULL,
    remarks text,
    path text NOT NULL,
    CONSTRAINT soc2_requirement_criteria_pkey
        PRIMARY KEY (document_uuid, map_uuid, framework, item_id, criterion),
    CONSTRAINT soc2_requirement_criteria_relation_check CHECK (
        relation OPERATOR(pg_catalog.=) ANY (
            '{equal-to,superset-of,subset-of,intersects-with,no-relationship}'::text[]))
);
CREATE INDEX soc2_requirement_criteria_requirement_idx
    ON soc2.requirement_criteria (framework, requirement_id);
CREATE INDEX soc2_requirement_criteria_criterion_idx ON soc2.requirement_criteria (criterion);
SELECT pg_catalog.pg_extension_config_dump('soc2.requirement_criteria', '');
COMMENT ON TABLE soc2.requirement_criteria IS
'which criteria a requirement of a framework of others is related to; written by soc2.import_oscal_mappings()';
COMMENT ON COLUMN soc2.requirement_criteria.document_uuid IS 'mapping collection that says so';
COMMENT ON COLUMN soc2.requirement_criteria.map_uuid IS 'map in it';
COMMENT ON COLUMN soc2.requirement_criteria.framework IS 'framework of the requirement';
COMMENT ON COLUMN soc2.requirement_criteria.requirement_id IS 'the requirement';
COMMENT ON COLUMN soc2.requirement_criteria.item_id IS
'what of it is meant: the requirement itself, or one of its parts';
COMMENT ON COLUMN soc2.requirement_criteria.criterion IS 'the criterion';
COMMENT ON COLUMN soc2.requirement_criteria.relation IS
'what the item is to the criterion by the map: equal-to, superset-of, subset-of, intersects-with or no-relationship';
COMMENT ON COLUMN soc2.requirement_criteria.stated IS
'relationship as the map states it, of all its sources to all its targets';
COMMENT ON COLUMN soc2.requirement_criteria.remarks IS 'what the map says about it';
COMMENT ON COLUMN soc2.requirement_criteria.path IS 'JSON path of the map in the document';

--
-- What is wrong with a document
--

CREATE FUNCTION soc2.oscal_form_problems(item jsonb, path text, required text[])
    RETURNS TABLE (path text, problem text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
    AS $function$
    -- properties by their type: whether there are any is asked first, for speed
    SELECT $2, 'is not an object' WHERE jsonb_typeof($1) IS DISTINCT FROM 'object'
    UNION ALL
    SELECT $2 || '.' || r.name,
        CASE WHEN NOT v.is_right AND v.value IS NOT NULL THEN 'is not a valid ' || v.kind
             ELSE 'is missing' END
    FROM unnest($3) AS r (name)
    CROSS JOIN LATERAL (
        SELECT $1 -> r.name AS value, f.kind,
            COALESCE(jsonb_typeof($1 -> r.name) = 'string'
                AND ($1 ->> r.name) COLLATE "C" ~ f.pattern, false) AS is_right
        FROM (SELECT CASE r.name WHEN 'uuid' THEN 'UUID of version 4 or 5'
                     WHEN 'id' THEN 'token'
                     WHEN 'last-modified' THEN 'time with a time zone'
                     WHEN 'oscal-version' THEN 'version of OSCAL 1' ELSE 'string' END,
                 CASE r.name
                     WHEN 'uuid' THEN '^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[45][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$'
                     WHEN 'id' THEN '^(?:[A-Za-z_]|[^\x01-\x7f])(?:[A-Za-z0-9._-]|[^\x01-\x7f])*$'
                     WHEN 'last-modified' THEN '^(?:19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})$'
                     WHEN 'oscal-version' THEN '^1\.[0-9]+\.[0-9]+'
                     ELSE '^[^\n]*[^\s][^\n]*$' END) AS f (kind, pattern)) AS v
    WHERE jsonb_typeof($1) = 'object' AND NOT v.is_right
    UNION ALL
    SELECT $2 || '.props', 'has a property whose name or value is not a string'
    WHERE $1 ? 'props' AND ($1 @? '$.props[*] ? (!exists(@.name) || !exists(@.value))'
        OR $1 @? '$.props[*] ? (@.name.type() != "string" || @.value.type() != "string")')
    UNION ALL
    SELECT $2 || '.' || r.name, 'is not a list with something in it'
    FROM unnest('{props,parts,groups,controls,params,links,mappings,maps,sources,targets}'::text[]) AS r (name)
    WHERE jsonb_typeof($1) = 'object' AND $1 ? r.name
        AND (jsonb_typeof($1 -> r.name) <> 'array' OR $1 -> r.name = '[]')
        AND NOT (r.name = 'mappings' AND jsonb_typeof($1 -> r.name) = 'object');
$function$;
COMMENT ON FUNCTION soc2.oscal_form_problems(jsonb, text, text[]) IS
'what is wrong with the form of one object of a document: properties that it must have, and lists';

CREATE FUNCTION soc2.oscal_document_problems(document jsonb, model text)
    RETURNS TABLE (path text, problem text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT '$', 'is not an OSCAL ' || $2
    WHERE jsonb_typeof($1 -> $2) IS DISTINCT FROM 'object'
    UNION ALL
    SELECT p.path, p.problem
    FROM soc2.oscal_form_problems($1 -> $2, '$.' || $2, '{uuid}') AS p
    WHERE jsonb_typeof($1 -> $2) = 'object'
    UNION ALL
    SELECT p.path, p.problem
    FROM soc2.oscal_form_problems($1 -> $2 -> 'metadata', '$.' || $2 || '.metadata',
        '{title,version,last-modified,oscal-version}') AS p
    WHERE jsonb_typeof($1 -> $2) = 'object';
$function$;
COMMENT ON FUNCTION soc2.oscal_document_problems(jsonb, text) IS
'what is wrong with the head of a document of a model, as catalog';

CREATE FUNCTION soc2.oscal_nodes(document jsonb)
    RETURNS TABLE (
        kind text, item jsonb, path text, parent_id text, groups text[],
        place bigint[], depth integer)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH RECURSIVE node AS (
        SELECT 'catalog' AS kind, $1 -> 'catalog' AS item, '$.catalog' AS path,
            NULL::text AS parent_id, '{}'::text[] AS groups, '{}'::bigint[] AS place, 0 AS depth
        UNION ALL
        SELECT b.kind, b.item, n.path || b.step || '[' || (b.number - 1) || ']',
            CASE WHEN n.kind = 'control' THEN n.item ->> 'id' END,
            CASE WHEN n.kind = 'group' THEN n.groups || COALESCE(n.item ->> 'title', '') ELSE n.groups END,
            n.place || b.list || b.number, n.depth + 1
        FROM node AS n
        CROSS JOIN LATERAL (
            SELECT 'group' AS kind, '.groups' AS step, 0::bigint AS list, g.item, g.number
            FROM jsonb_array_elements(CASE WHEN jsonb_typeof(n.item -> 'groups') = 'array'
                AND n.kind <> 'control' THEN n.item -> 'groups' END)
                WITH ORDINALITY AS g (item, number)
            UNION ALL
            SELECT 'control', '.controls', 1, c.item, c.number
            FROM jsonb_array_elements(CASE WHEN jsonb_typeof(n.item -> 'controls') = 'array'
                THEN n.item -> 'controls' END) WITH ORDINALITY AS c (item, number)) AS b
        WHERE n.depth < 32)
    SELECT n.kind, CASE WHEN jsonb_typeof(n.item) = 'object'
            THEN n.item - '{groups,controls}'::text[]
                || CASE WHEN n.item ? 'groups' THEN jsonb_build_object('groups',
                    CASE WHEN n.item -> 'groups' @? '$[0]' AND jsonb_typeof(n.item -> 'groups') = 'array'
                        THEN '[0]' ELSE n.item -> 'groups' END) ELSE '{}' END
                || CASE WHEN n.item ? 'controls' THEN jsonb_build_object('controls',
                    CASE WHEN n.item -> 'controls' @? '$[0]' AND jsonb_typeof(n.item -> 'controls') = 'array'
                        THEN '[0]' ELSE n.item -> 'controls' END) ELSE '{}' END
            ELSE n.item END,
        n.path, n.parent_id, n.groups, n.place, n.depth
    FROM node AS n
    WHERE n.depth > 0;
$function$;
COMMENT ON FUNCTION soc2.oscal_nodes(jsonb) IS
'groups and controls of a catalog, each without what is in it ([0] stands for that), down to 32 levels';

CREATE FUNCTION soc2.oscal_label(item jsonb)
    RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT COALESCE(
        pg_catalog.jsonb_path_query_first(item,
            '$.props[*] ? (@.name == "label" && !exists(@.class)).value')
            OPERATOR(pg_catalog.#>>) '{}',
        pg_catalog.jsonb_path_query_first(item, '$.props[*] ? (@.name == "label").value')
            OPERATOR(pg_catalog.#>>) '{}',
        item OPERATOR(pg_catalog.->>) 'id');
END;
COMMENT ON FUNCTION soc2.oscal_label(jsonb) IS
'label of a control: its first label without a class, or else its first label, or else its id';

CREATE FUNCTION soc2.oscal_catalog_problems(document jsonb)
    RETURNS TABLE (path text, problem text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off
    AS $function$
    WITH node AS MATERIALIZED (
        SELECT n.* FROM soc2.oscal_nodes($1) AS n),
    control AS MATERIALIZED (
        SELECT n.path, n.place, n.item ->> 'id' AS id, soc2.oscal_label(n.item) AS label
        FROM node AS n
        WHERE n.kind = 'control' AND jsonb_typeof(n.item) = 'object')
    SELECT f.path, f.problem
    FROM (
        SELECT '{}'::bigint[] AS place, p.path, p.problem
        FROM soc2.oscal_document_problems($1, 'catalog') AS p
        UNION ALL
        SELECT n.place, p.path, p.problem
        FROM node AS n
        CROSS JOIN LATERAL soc2.oscal_form_problems(n.item, n.path,
            CASE n.kind WHEN 'control' THEN '{id,title}'::text[]
                ELSE CASE WHEN n.item ? 'id' THEN '{id,title}'::text[] ELSE '{title}' END END) AS p
        UNION ALL
        SELECT n.place, n.path, 'has both groups and controls'
        FROM node AS n
        WHERE n.kind = 'group' AND n.item ? 'groups' AND n.item ? 'controls'
        UNION ALL
        SELECT n.place, n.path, 'is nested in more than 32 levels'
        FROM node AS n
        WHERE n.depth = 32 AND (n.item ? 'groups' OR n.item ? 'controls')
        UNION ALL
        SELECT d.place, d.path || '.id', format('repeats the id %s of %s', d.id, d.first)
        FROM (SELECT c.*, row_number() OVER w AS number, first_value(c.path) OVER w AS first
              FROM control AS c WHERE c.id IS NOT NULL
              WINDOW w AS (PARTITION BY c.id ORDER BY c.place)) AS d
        WHERE d.number > 1
        UNION ALL
        SELECT d.place, d.path, format('repeats the label %s of %s', d.label, d.first)
        FROM (SELECT c.*, row_number() OVER w AS number, first_value(c.path) OVER w AS first
              FROM control AS c WHERE c.label IS NOT NULL
              WINDOW w AS (PARTITION BY c.label ORDER BY c.place)) AS d
        WHERE d.number > 1) AS f
    ORDER BY f.place, f.path COLLATE "C", f.problem COLLATE "C";
$function$;
COMMENT ON FUNCTION soc2.oscal_catalog_problems(jsonb) IS
'why a catalog cannot be imported: one row a place in the document; none if it can';

CREATE FUNCTION soc2.refuse_oscal(what text, problems text[], hint text)
    RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF cardinality(problems) > 0 THEN
        RAISE EXCEPTION '% cannot be imported', what
            USING ERRCODE = 'invalid_parameter_value',
            DETAIL = array_to_string(problems[1:5], E'\n')
                || CASE WHEN cardinality(problems) > 5
                    THEN format(E'\nThere are %s more.', cardinality(problems) - 5) ELSE '' END,
            HINT = hint;
    END IF;
END
$$;
COMMENT ON FUNCTION soc2.refuse_oscal(text, text[], text) IS
'raises 22023 if there are problems, the first five of them as its detail';

--
-- Catalogs
--

CREATE FUNCTION soc2.oscal_requirements(document jsonb, framework text)
    RETURNS SETOF soc2.external_requirements
    LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT $2, n.item ->> 'id', soc2.oscal_label(n.item), n.item ->> 'title',
        (SELECT string_agg(p.prose #>> '{}', E'\n' ORDER BY p.place)
         FROM jsonb_path_query(n.item,
             'strict $.parts[*] ? (@.name == "statement").**.prose', silent => true)
             WITH ORDINALITY AS p (prose, place)),
        n.item ->> 'class', n.parent_id, n.groups,
        n.item @? '$.props[*] ? (@.name == "status" && @.value like_regex "^withdrawn$" flag "i")',
        ARRAY(SELECT i #>> '{}'
              FROM jsonb_path_query(n.item, 'strict $.parts[*].**.id', silent => true) AS i),
        row_number() OVER (ORDER BY n.place), n.path
    FROM soc2.oscal_nodes($1) AS n
    WHERE n.kind = 'control';
$function$;
COMMENT ON FUNCTION soc2.oscal_requirements(jsonb, text) IS
'controls of a catalog as rows of soc2.external_requirements';

CREATE FUNCTION soc2.import_oscal_catalog(document jsonb, framework text)
    RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    head jsonb := import_oscal_catalog.document -> 'catalog' -> 'metadata';
    known soc2.external_frameworks;
    before bigint;
    removed bigint;
    written bigint;
    counts jsonb;
BEGIN
    PERFORM soc2.require_text('framework', framework);
    IF framework !~ '^[a-z][a-z0-9_.-]{0,62}$' OR framework IN ('tsc', 'outline', 'controls') THEN
        RAISE EXCEPTION 'a framework of others cannot be called "%"', framework
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Begin with a lower-case letter; lower-case letters, digits, ''_'', ''.'' and ''-'' may follow; tsc, outline and controls are taken.';
    END IF;
    PERFORM soc2.refuse_oscal('the catalog', ARRAY(
        SELECT format('%s %s.', p.path, p.problem) FROM soc2.oscal_catalog_problems(import_oscal_catalog.document) AS p),
        'soc2.oscal_catalog_problems() shows all problems.');
    -- one who imports at a time
    LOCK TABLE soc2.external_frameworks IN SHARE ROW EXCLUSIVE MODE;
    SELECT f.* INTO known FROM soc2.external_frameworks AS f
    WHERE f.document_uuid = (import_oscal_catalog.document #>> '{catalog,uuid}')::uuid
        AND f.framework <> import_oscal_catalog.framework;
    IF FOUND THEN
        RAISE EXCEPTION 'catalog "%" was imported as "%"', known.document_uuid, known.framework
            USING ERRCODE = 'duplicate_object',
            HINT = 'Import it under this name.';
    END IF;
    SELECT f.* INTO known FROM soc2.external_frameworks AS f
    WHERE f.framework = import_oscal_catalog.framework;

    SELECT count(*) INTO before FROM soc2.external_requirements AS r
    WHERE r.framework = import_oscal_catalog.framework;
    DELETE FROM soc2.external_requirements AS r
    WHERE r.framework = import_oscal_catalog.framework
        AND r.requirement_id NOT IN (
            SELECT n.item ->> 'id' FROM soc2.oscal_nodes(import_oscal_catalog.document) AS n
            WHERE n.kind = 'control');
    GET DIAGNOSTICS removed = ROW_COUNT;
    INSERT INTO soc2.external_requirements AS r
    SELECT n.* FROM soc2.oscal_requirements(import_oscal_catalog.document, import_oscal_catalog.framework) AS n
    ON CONFLICT ON CONSTRAINT soc2_external_requirements_pkey DO UPDATE
    SET label = excluded.label, title = excluded.title, statement = excluded.statement,
        class = excluded.class, parent_id = excluded.parent_id, groups = excluded.groups,
        withdrawn = excluded.withdrawn, part_ids = excluded.part_ids,
        "position" = excluded."position", path = excluded.path
    WHERE r IS DISTINCT FROM excluded;
    GET DIAGNOSTICS written = ROW_COUNT;
    SELECT jsonb_build_object('framework', import_oscal_catalog.framework,
        'document', import_oscal_catalog.document #>> '{catalog,uuid}', 'version', head ->> 'version',
        'requirements', count(*), 'added', count(*) - (before - removed),
        'changed', written - (count(*) - (before - removed)), 'removed', removed)
    INTO counts
    FROM soc2.external_requirements AS r
    WHERE r.framework = import_oscal_catalog.framework;
    IF known.document IS NOT DISTINCT FROM import_oscal_catalog.document THEN
        RETURN counts;
    END IF;
    INSERT INTO soc2.external_frameworks AS f
        (framework, document_uuid, title, version, oscal_version, last_modified,
         document, imported_by)
    VALUES (import_oscal_catalog.framework, (import_oscal_catalog.document #>> '{catalog,uuid}')::uuid,
            head ->> 'title', head ->> 'version', head ->> 'oscal-version',
            (head ->> 'last-modified')::timestamptz, import_oscal_catalog.document, soc2.acting_role())
    ON CONFLICT ON CONSTRAINT soc2_external_frameworks_pkey DO UPDATE
    SET document_uuid = excluded.document_uuid, title = excluded.title,
        version = excluded.version, oscal_version = excluded.oscal_version,
        last_modified = excluded.last_modified, document = excluded.document,
        imported_at = excluded.imported_at, imported_by = excluded.imported_by;
    PERFORM soc2.record_act('import', import_oscal_catalog.framework,
        counts || jsonb_build_object('model', 'catalog', 'session_user', SESSION_USER,
            'sha256', encode(sha256(convert_to(import_oscal_catalog.document::text, 'UTF8')), 'hex')));
    RETURN counts;
END
$$;
COMMENT ON FUNCTION soc2.import_oscal_catalog(jsonb, text) IS
'takes an OSCAL catalog in as a framework of others of this name, in place of an earlier version; returns how many requirements there are and what changed; 22023 with the places in the document if it is not valid, 42710 if it is there under another name';

--
-- Mappings
--

CREATE FUNCTION soc2.oscal_resource_framework(document jsonb, href text)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH named AS (
        SELECT lower(u.uuid) AS uuid
        FROM jsonb_path_query($1, '$.*."back-matter".resources[*]') AS r
        CROSS JOIN LATERAL (
            SELECT d ->> 'identifier' FROM jsonb_path_query(r, '$."document-ids"[*]') AS d) AS u (uuid)
        WHERE '#' || lower(r ->> 'uuid') = lower($2)
        UNION
        SELECT regexp_replace(lower($2), '^(?:#|urn:uuid:)', ''))
    SELECT k.framework
    FROM (SELECT f.framework, soc2.oscal_catalog_uuid(f.framework) AS uuid, true AS is_ours
          FROM soc2.frameworks AS f
          UNION ALL
          SELECT e.framework, e.document_uuid::text, false FROM soc2.external_frameworks AS e) AS k
    WHERE k.uuid IN (SELECT n.uuid FROM named AS n)
    -- a catalog of ours may have been imported from elsewhere, too
    ORDER BY k.is_ours DESC, k.framework COLLATE "C"
    LIMIT 1;
$function$;
COMMENT ON FUNCTION soc2.oscal_resource_framework(jsonb, text) IS
'framework whose catalog a mapping refers to, told by the id of the catalog; NULL if it is not known';

CREATE FUNCTION soc2.oscal_mapping_resources(document jsonb, source text, target text)
    RETURNS TABLE (item jsonb, path text, source text, target text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT m.item,
        '$.mapping-collection.mappings'
            || CASE WHEN jsonb_typeof(l.list) = 'array' THEN format('[%s]', m.number - 1) ELSE '' END,
        COALESCE($2, soc2.oscal_resource_framework($1, m.item #>> '{source-resource,href}')),
        COALESCE($3, soc2.oscal_resource_framework($1, m.item #>> '{target-resource,href}'))
    FROM (SELECT $1 #> '{mapping-collection,mappings}' AS list) AS l
    CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(l.list)
        WHEN 'array' THEN l.list WHEN 'object' THEN jsonb_build_array(l.list) END)
        WITH ORDINALITY AS m (item, number);
$function$;
COMMENT ON FUNCTION soc2.oscal_mapping_resources(jsonb, text, text) IS
'mappings of a collection and the frameworks that they map: those given, or else those that they name';

CREATE FUNCTION soc2.oscal_maps(document jsonb, source text, target text)
    RETURNS TABLE (item jsonb, path text, stated text, sources integer, targets integer, source text, target text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT p.item, format('%s.maps[%s]', m.path, p.number - 1),
        COALESCE(p.item #>> '{relationship,type}', p.item ->> 'relationship'),
        CASE WHEN jsonb_typeof(p.item -> 'sources') = 'array' THEN jsonb_array_length(p.item -> 'sources') END,
        CASE WHEN jsonb_typeof(p.item -> 'targets') = 'array' THEN jsonb_array_length(p.item -> 'targets') END,
        m.source, m.target
    FROM soc2.oscal_mapping_resources($1, $2, $3) AS m
    CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(m.item -> 'maps') = 'array'
        THEN m.item -> 'maps' END) WITH ORDINALITY AS p (item, number);
$function$;
COMMENT ON FUNCTION soc2.oscal_maps(jsonb, text, text) IS
'maps of a collection with the frameworks that they map';

CREATE FUNCTION soc2.oscal_relation(stated text, sources integer, targets integer, reversed boolean)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN NOT reversed THEN r.relation
        WHEN r.relation OPERATOR(pg_catalog.=) 'subset-of' THEN 'superset-of'
        WHEN r.relation OPERATOR(pg_catalog.=) 'superset-of' THEN 'subset-of'
        ELSE r.relation
    END
    FROM (SELECT CASE
        WHEN stated OPERATOR(pg_catalog.=) 'no-relationship' THEN stated
        WHEN sources OPERATOR(pg_catalog.=) 1 AND targets OPERATOR(pg_catalog.=) 1 THEN
            CASE stated WHEN 'equivalent-to' THEN 'equal-to' ELSE stated END
        -- what all sources together are to one target says of each that it is no more
        WHEN targets OPERATOR(pg_catalog.=) 1
            AND stated OPERATOR(pg_catalog.=) ANY ('{equal-to,equivalent-to,subset-of}'::text[])
            THEN 'subset-of'
        WHEN sources OPERATOR(pg_catalog.=) 1
            AND stated OPERATOR(pg_catalog.=) ANY ('{equal-to,equivalent-to,superset-of}'::text[])
            THEN 'superset-of'
        ELSE 'intersects-with' END AS relation) AS r;
END;
COMMENT ON FUNCTION soc2.oscal_relation(text, integer, integer, boolean) IS
'what one source of a map is to one target, by what all sources are to all targets; reversed: what the target is to the source';

CREATE FUNCTION soc2.oscal_map_pairs(document jsonb, source text, target text)
    RETURNS TABLE (
        map_uuid text, framework text, requirement_id text, item_id text,
        criterion soc2.criterion, relation text, stated text, remarks text, path text,
        unknown text, unknown_path text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
    SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off
    AS $function$
    WITH map AS MATERIALIZED (
        SELECT m.item ->> 'uuid' AS uuid, m.path, m.stated, m.sources, m.targets,
            m.item ->> 'remarks' AS remarks, o.target_is_ours AS forward,
            CASE WHEN o.target_is_ours THEN m.source ELSE m.target END AS framework,
            CASE WHEN o.target_is_ours THEN m.target ELSE m.source END AS ours,
            m.path || CASE WHEN o.target_is_ours THEN '.sources' ELSE '.targets' END AS their_path,
            m.path || CASE WHEN o.target_is_ours THEN '.targets' ELSE '.sources' END AS our_path,
            CASE WHEN o.target_is_ours THEN m.item -> 'sources' ELSE m.item -> 'targets' END AS theirs_list,
            CASE WHEN o.target_is_ours THEN m.item -> 'targets' ELSE m.item -> 'sources' END AS our_list
        FROM soc2.oscal_maps($1, $2, $3) AS m
        CROSS JOIN LATERAL (
            SELECT EXISTS (SELECT FROM soc2.frameworks AS f WHERE f.framework = m.target) AS target_is_ours,
                EXISTS (SELECT FROM soc2.frameworks AS f WHERE f.framework = m.source) AS source_is_ours) AS o
        WHERE o.target_is_ours <> o.source_is_ours),
    known AS MATERIALIZED (
        SELECT r.framework, r.requirement_id AS item_id, r.requirement_id, 'control' AS type
        FROM soc2.external_requirements AS r
        WHERE r.framework IN (SELECT m.framework FROM map AS m)
        UNION ALL
        SELECT r.framework, p.item_id, r.requirement_id, 'statement'
        FROM soc2.external_requirements AS r
        CROSS JOIN LATERAL (SELECT DISTINCT i FROM unnest(r.part_ids) AS i) AS p (item_id)
        WHERE r.framework IN (SELECT m.framework FROM map AS m)),
    ours AS MATERIALIZED (
        SELECT c.framework, k.type, soc2.oscal_criterion_id(c.criterion) || k.ending AS item_id, c.criterion
        FROM soc2.criteria AS c
        CROSS JOIN (VALUES ('control', ''), ('statement', '_smt')) AS k (type, ending)
        WHERE k.type = 'statement' OR c.level >= 2),
    theirs AS (
        SELECT m.path, l.item ->> 'id-ref' AS item_id, k.requirement_id,
            format('%s[%s]', m.their_path, l.number - 1) AS item_path
        FROM map AS m
        CROSS JOIN LATERAL jsonb_array_elements(m.theirs_list) WITH ORDINALITY AS l (item, number)
        LEFT JOIN known AS k ON k.framework = m.framework AND k.item_id = l.item ->> 'id-ref'
            AND k.type = l.item ->> 'type'),
    mine AS (
        SELECT m.path, l.item ->> 'id-ref' AS item_id, c.criterion,
            format('%s[%s]', m.our_path, l.number - 1) AS item_path
        FROM map AS m
        CROSS JOIN LATERAL jsonb_array_elements(m.our_list) WITH ORDINALITY AS l (item, number)
        LEFT JOIN ours AS c ON c.framework = m.ours AND c.item_id = lower(l.item ->> 'id-ref')
            AND c.type = l.item ->> 'type')
    SELECT m.uuid, m.framework, t.requirement_id, t.item_id, c.criterion,
        soc2.oscal_relation(m.stated, m.sources, m.targets, NOT m.forward), m.stated,
        m.remarks, m.path,
        CASE WHEN t.requirement_id IS NULL THEN t.item_id WHEN c.criterion IS NULL THEN c.item_id END,
        CASE WHEN t.requirement_id IS NULL THEN t.item_path WHEN c.criterion IS NULL THEN c.item_path END
    FROM map AS m
    JOIN theirs AS t ON t.path = m.path
    JOIN mine AS c ON c.path = m.path;
$function$;
COMMENT ON FUNCTION soc2.oscal_map_pairs(jsonb, text, text) IS
'each source of each map with each target, of mappings between a framework of others and one of ours; unknown is an id that is in neither';

CREATE FUNCTION soc2.oscal_mapping_problems(
        document jsonb, source text DEFAULT NULL, target text DEFAULT NULL)
    RETURNS TABLE (path text, problem text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off
    AS $function$
    WITH mapping AS MATERIALIZED (
        SELECT m.* FROM soc2.oscal_mapping_resources($1, $2, $3) AS m),
    map AS MATERIALIZED (
        SELECT m.* FROM soc2.oscal_maps($1, $2, $3) AS m)
    SELECT p.path, p.problem FROM soc2.oscal_document_problems($1, 'mapping-collection') AS p
    UNION ALL
    SELECT '$.mapping-collection.mappings', 'is missing'
    WHERE jsonb_typeof($1 -> 'mapping-collection') = 'object' AND NOT $1 -> 'mapping-collection' ? 'mappings'
    UNION ALL
    SELECT p.path, p.problem
    FROM mapping AS m CROSS JOIN LATERAL soc2.oscal_form_problems(m.item, m.path, '{uuid}') AS p
    UNION ALL
    SELECT m.path || '.maps', 'is missing' FROM mapping AS m
    WHERE jsonb_typeof(m.item) = 'object' AND NOT m.item ? 'maps'
    UNION ALL
    SELECT format('%s.%s-resource', m.path, s.side),
        CASE WHEN s.framework IS NULL THEN 'refers to a catalog that is not known here'
            ELSE format('is "%s", and there is no such framework', s.framework) END
    FROM mapping AS m
    CROSS JOIN LATERAL (VALUES ('source', m.source), ('target', m.target)) AS s (side, framework)
    WHERE jsonb_typeof(m.item) = 'object'
        AND NOT EXISTS (SELECT FROM soc2.frameworks AS f WHERE f.framework = s.framework)
        AND NOT EXISTS (SELECT FROM soc2.external_frameworks AS f WHERE f.framework = s.framework)
    UNION ALL
    SELECT p.path, p.problem
    FROM map AS m CROSS JOIN LATERAL soc2.oscal_form_problems(m.item, m.path, '{uuid}') AS p
    UNION ALL
    SELECT m.path || '.relationship', CASE WHEN m.stated IS NULL THEN 'is missing'
        ELSE format('is "%s", which is none of OSCAL', m.stated) END
    FROM map AS m
    WHERE jsonb_typeof(m.item) = 'object'
        AND (m.stated IS NULL OR m.stated <> ALL ('{equal-to,equivalent-to,superset-of,subset-of,intersects-with,no-relationship}'))
    UNION ALL
    SELECT m.path || '.ns', 'is of another namespace, whose relationships are not known here'
    FROM map AS m
    WHERE m.item ? 'ns' AND m.item ->> 'ns' <> 'http://csrc.nist.gov/ns/oscal'
    UNION ALL
    SELECT format('%s.%s', m.path, s.side), 'is missing'
    FROM map AS m CROSS JOIN (VALUES ('sources'), ('targets')) AS s (side)
    WHERE jsonb_typeof(m.item) = 'object' AND NOT m.item ? s.side
    UNION ALL
    SELECT format('%s.%s[%s]', m.path, s.side, i.number - 1),
        CASE WHEN i.item ->> 'type' IN ('control', 'statement') AND jsonb_typeof(i.item -> 'id-ref') = 'string'
            THEN 'is listed a second time' ELSE 'is no control or statement with an id-ref' END
    FROM map AS m
    CROSS JOIN LATERAL (VALUES ('sources', m.sources), ('targets', m.targets)) AS s (side, items)
    CROSS JOIN LATERAL (
        SELECT a.item, a.number, row_number() OVER (
            PARTITION BY a.item ->> 'type', lower(a.item ->> 'id-ref') ORDER BY a.number) AS time
        FROM jsonb_array_elements(CASE WHEN s.items IS NOT NULL THEN m.item -> s.side END)
            WITH ORDINALITY AS a (item, number)) AS i
    WHERE i.time > 1 OR COALESCE(i.item ->> 'type' NOT IN ('control', 'statement')
        OR jsonb_typeof(i.item -> 'id-ref') <> 'string', true)
    UNION ALL
    SELECT d.path || '.uuid', 'repeats that of ' || d.first
    FROM (SELECT m.path, row_number() OVER w AS number, first_value(m.path) OVER w AS first
          FROM map AS m WHERE jsonb_typeof(m.item -> 'uuid') = 'string'
          WINDOW w AS (PARTITION BY lower(m.item ->> 'uuid')
              ORDER BY length(m.path), m.path COLLATE "C")) AS d
    WHERE d.number > 1
    UNION ALL
    SELECT m.path, 'maps two frameworks of others' FROM mapping AS m
    WHERE EXISTS (SELECT FROM soc2.external_frameworks AS f WHERE f.framework = m.source)
        AND EXISTS (SELECT FROM soc2.external_frameworks AS f WHERE f.framework = m.target);
$function$;
COMMENT ON FUNCTION soc2.oscal_mapping_problems(jsonb, text, text) IS
'why a mapping collection cannot be imported, apart from ids that are not known: one row a place in the document; none if it can';

CREATE FUNCTION soc2.oscal_mapping_unknown(
        document jsonb, source text DEFAULT NULL, target text DEFAULT NULL)
    RETURNS TABLE (path text, id text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT p.unknown_path, p.unknown
    FROM soc2.oscal_map_pairs($1, $2, $3) AS p
    WHERE p.unknown_path IS NOT NULL
    GROUP BY 1, 2
    ORDER BY length(p.unknown_path), p.unknown_path COLLATE "C";
$function$;
COMMENT ON FUNCTION soc2.oscal_mapping_unknown(jsonb, text, text) IS
'ids in a mapping collection that are in neither framework, and where they stand';

CREATE FUNCTION soc2.import_oscal_mappings(
        document jsonb, source text DEFAULT NULL, target text DEFAULT NULL,
        skip_unknown boolean DEFAULT false)
    RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    head jsonb := document -> 'mapping-collection' -> 'metadata';
    id uuid;
    before bigint;
    removed bigint;
    written bigint;
    skipped jsonb;
    counts jsonb;
BEGIN
    PERFORM soc2.refuse_oscal('the mapping collection', ARRAY(
        SELECT format('%s %s.', p.path, p.problem)
        FROM soc2.oscal_mapping_problems(document, source, target) AS p
        ORDER BY length(p.path), p.path COLLATE "C", p.problem COLLATE "C"),
        'soc2.oscal_mapping_problems() shows all problems; a framework that the document does not name by the id of its catalog can be given.');
    SELECT jsonb_agg(to_jsonb(u)) INTO skipped
    FROM soc2.oscal_mapping_unknown(document, source, target) AS u;
    IF skip_unknown IS NOT TRUE THEN
        PERFORM soc2.refuse_oscal('the mapping collection', ARRAY(
            SELECT format('%s names "%s", which is not known.', u ->> 'path', u ->> 'id')
            FROM jsonb_array_elements(skipped) AS u),
            'soc2.oscal_mapping_unknown() shows all of them; skip_unknown => true leaves them out.');
    END IF;
    id := (document #>> '{mapping-collection,uuid}')::uuid;
    -- one who imports at a time
    LOCK TABLE soc2.external_mappings IN SHARE ROW EXCLUSIVE MODE;
    SELECT count(*) INTO before FROM soc2.requirement_criteria AS r WHERE r.document_uuid = id;
    DELETE FROM soc2.requirement_criteria AS r
    WHERE before > 0 AND r.document_uuid = id
        AND (r.map_uuid, r.framework, r.item_id, r.criterion::text) NOT IN (
            SELECT p.map_uuid::uuid, p.framework, p.item_id, p.criterion::text
            FROM soc2.oscal_map_pairs(document, source, target) AS p
            WHERE p.unknown_path IS NULL);
    GET DIAGNOSTICS removed = ROW_COUNT;
    INSERT INTO soc2.requirement_criteria AS r
        (document_uuid, map_uuid, framework, requirement_id, item_id, criterion,
         relation, stated, remarks, path)
    SELECT id, p.map_uuid::uuid, p.framework, p.requirement_id, p.item_id, p.criterion,
        p.relation, p.stated, p.remarks, p.path
    FROM soc2.oscal_map_pairs(document, source, target) AS p
    WHERE p.unknown_path IS NULL
    ON CONFLICT ON CONSTRAINT soc2_requirement_criteria_pkey DO UPDATE
    SET requirement_id = excluded.requirement_id, relation = excluded.relation,
        stated = excluded.stated, remarks = excluded.remarks, path = excluded.path
    WHERE (r.requirement_id, r.relation, r.stated, r.remarks, r.path) IS DISTINCT FROM
        (excluded.requirement_id, excluded.relation, excluded.stated, excluded.remarks, excluded.path);
    GET DIAGNOSTICS written = ROW_COUNT;
    SELECT jsonb_build_object('document', id, 'version', head ->> 'version',
        'maps', (SELECT count(*) FROM soc2.oscal_maps(document, source, target)),
        'maps_of_ours', (SELECT count(*) FROM soc2.oscal_maps(document, source, target) AS m
            WHERE EXISTS (SELECT FROM soc2.frameworks AS f WHERE f.framework = m.source)
                AND EXISTS (SELECT FROM soc2.frameworks AS f WHERE f.framework = m.target)),
        'relations', count(*), 'added', count(*) - (before - removed),
        'changed', written - (count(*) - (before - removed)), 'removed', removed,
        'skipped', COALESCE(skipped, '[]'))
    INTO counts
    FROM soc2.requirement_criteria AS r
    WHERE r.document_uuid = id;
    IF EXISTS (SELECT FROM soc2.external_mappings AS m
               WHERE m.document_uuid = id AND m.document = import_oscal_mappings.document) THEN
        IF written + removed = 0 THEN
            RETURN counts;
        END IF;
    END IF;
    INSERT INTO soc2.external_mappings AS m
        (document_uuid, title, version, last_modified, document, imported_by)
    VALUES (id, head ->> 'title', head ->> 'version', (head ->> 'last-modified')::timestamptz,
            document, soc2.acting_role())
    ON CONFLICT ON CONSTRAINT soc2_external_mappings_pkey DO UPDATE
    SET title = excluded.title, version = excluded.version,
        last_modified = excluded.last_modified, document = excluded.document,
        imported_at = excluded.imported_at, imported_by = excluded.imported_by;
    PERFORM soc2.record_act('import', id::text,
        counts || jsonb_build_object('model', 'mapping-collection', 'session_user', SESSION_USER,
            'sha256', encode(sha256(convert_to(document::text, 'UTF8')), 'hex')));
    RETURN counts;
END
$$;
COMMENT ON FUNCTION soc2.import_oscal_mappings(jsonb, text, text, boolean) IS
'takes an OSCAL mapping collection in: what requirements of frameworks of others are to our criteria; returns how many relations there are and what changed; 22023 with the places in the document if it is not valid or names what is not known, unless that is to be skipped';
