/* sql/85_oscal.sql */

--
-- OSCAL 1.2.1: what its documents are made of, and catalogs and mappings out of
-- this database.
--
-- Documents are jsonb: its text has one order of keys and one form of values,
-- so the same state gives the same bytes.  Lists are ordered by what they hold,
-- times are in UTC, and every id is a UUID of version 5 of what it names, in
-- the namespace 88cd2b7f-4a55-5fa4-8138-6d7b0b92e300, which is that of
-- urn:soc2:oscal in the namespace of URLs (RFC 9562).
--
-- Functions that pin their search_path write plain operators: they are those
-- of pg_catalog.
--

CREATE FUNCTION soc2.uuid_v5(namespace uuid, name text)
    RETURNS uuid
    AS 'MODULE_PATHNAME', 'soc2_uuid_v5'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.uuid_v5(uuid, text) IS
'UUID of version 5 (RFC 9562): of the SHA-1 of the namespace and the name in UTF-8';

CREATE FUNCTION soc2.oscal_line(text text)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_oscal_line'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.oscal_line(text) IS
'the text as a string of OSCAL: one line without white space around it; NULL if nothing is left';

CREATE FUNCTION soc2.oscal_token(text text)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_oscal_token'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.oscal_token(text) IS
'the text as a token of OSCAL, another one for each other text: ASCII letters, digits, dots and hyphens as they are, another character as its UTF-8 in hexadecimal between underscores';

CREATE FUNCTION soc2.oscal_uuid(VARIADIC names text[])
    RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT soc2.uuid_v5('88cd2b7f-4a55-5fa4-8138-6d7b0b92e300',
                        pg_catalog.array_to_json(names)::text)::text;
END;
COMMENT ON FUNCTION soc2.oscal_uuid(text[]) IS
'id of what the names lead to: the UUID of version 5 of their JSON array in the extension''s namespace';

CREATE FUNCTION soc2.oscal_time("time" timestamptz)
    RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    -- OSCAL knows years of four digits from 1900 to 2999
    SELECT CASE WHEN "time" OPERATOR(pg_catalog.>=) '1900-01-01 00:00:00+00'::timestamptz
            AND "time" OPERATOR(pg_catalog.<) '3000-01-01 00:00:00+00'::timestamptz
        THEN pg_catalog.to_char(pg_catalog.timezone('UTC', "time"),
            'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') END;
END;
COMMENT ON FUNCTION soc2.oscal_time(timestamptz) IS
'the time in UTC as RFC 3339 writes it; NULL if it is infinite, or before 1900 or after 2999, which OSCAL cannot say';

CREATE FUNCTION soc2.oscal_prop(name text, value text)
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN value IS NOT NULL THEN
        pg_catalog.jsonb_build_object('name', name, 'ns', 'urn:soc2:oscal',
            'value', COALESCE(soc2.oscal_line(value), '-'))
        OPERATOR(pg_catalog.||)
        CASE WHEN soc2.oscal_line(value) OPERATOR(pg_catalog.=) value THEN '{}'::jsonb
            ELSE pg_catalog.jsonb_build_object('remarks', value) END END;
END;
COMMENT ON FUNCTION soc2.oscal_prop(text, text) IS
'a property in the namespace urn:soc2:oscal; NULL for NULL; what is no single line stands in its remarks';

CREATE FUNCTION soc2.oscal_props(VARIADIC props jsonb[])
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.jsonb_agg(p.prop ORDER BY p.place)
    FROM pg_catalog.unnest(props) WITH ORDINALITY AS p (prop, place)
    WHERE p.prop IS NOT NULL;
END;
COMMENT ON FUNCTION soc2.oscal_props(jsonb[]) IS
'list of what is not NULL; NULL if nothing is, because OSCAL has no empty lists';

CREATE FUNCTION soc2.oscal_metadata(
        title text, version text, modified timestamptz, remarks text DEFAULT NULL,
        props jsonb DEFAULT NULL)
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
        'title', COALESCE(soc2.oscal_line(title), '-'),
        'version', COALESCE(soc2.oscal_line(version), '-'),
        'last-modified', soc2.oscal_time(modified),
        'oscal-version', '1.2.1', 'remarks', remarks, 'props', props));
END;
COMMENT ON FUNCTION soc2.oscal_metadata(text, text, timestamptz, text, jsonb) IS
'metadata of a document';

CREATE FUNCTION soc2.oscal_released()
    RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT '2026-11-21 00:00:00+00'::timestamptz;
END;
COMMENT ON FUNCTION soc2.oscal_released() IS
'when the shipped frameworks and their crosswalk were last changed';

CREATE FUNCTION soc2.oscal_instance()
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT COALESCE((
        SELECT l.ledger_id::text FROM soc2.ledgers AS l
        WHERE l.relation::oid OPERATOR(pg_catalog.=) 'soc2.evidence'::regclass::oid), '');
END;
COMMENT ON FUNCTION soc2.oscal_instance() IS
'what tells the documents of one organisation from those of another: the id of the ledger of the evidence, which dumps carry; empty as long as there is no evidence';

--
-- Catalogs
--

CREATE FUNCTION soc2.oscal_criterion_id(criterion soc2.criterion)
    RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.lower(soc2.code(criterion));
END;
COMMENT ON FUNCTION soc2.oscal_criterion_id(soc2.criterion) IS
'id of a criterion in the catalog of its framework, as cc6.1; its statement is cc6.1_smt';

CREATE FUNCTION soc2.oscal_catalog_uuid(framework text)
    RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT COALESCE(
        (SELECT soc2.oscal_uuid('catalog', f.framework, f.edition)
         FROM soc2.frameworks AS f
         WHERE f.framework OPERATOR(pg_catalog.=) $1),
        CASE WHEN $1 OPERATOR(pg_catalog.=) 'controls'
            THEN soc2.oscal_uuid('catalog', 'controls', soc2.oscal_instance()) END);
END;
COMMENT ON FUNCTION soc2.oscal_catalog_uuid(text) IS
'id of the catalog of a framework, or of the controls; NULL if there is none';

CREATE FUNCTION soc2.oscal_criteria_catalog(framework text)
    RETURNS jsonb
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH item AS MATERIALIZED (
        SELECT c.level, c.code, soc2.code(c.parent) AS parent, c."position",
            jsonb_build_object(
                'id', soc2.oscal_criterion_id(c.criterion),
                'class', ('{category,series,criterion,point-of-focus}'::text[])[c.level + 1],
                'title', COALESCE(soc2.oscal_line(c.title), '-'),
                'props', soc2.oscal_props(
                    jsonb_build_object('name', 'label', 'value', c.code),
                    jsonb_build_object('name', 'sort-id', 'value', c."position"::text),
                    CASE WHEN soc2.oscal_line(c.title) IS DISTINCT FROM c.title
                        THEN soc2.oscal_prop('title', c.title) END,
                    soc2.oscal_prop('source', c.source),
                    soc2.oscal_prop('source-line', c.source_line::text),
                    soc2.oscal_prop('coded', c.coded::text),
                    soc2.oscal_prop('user-entity-control', c.is_cuec::text)),
                'parts', jsonb_build_array(jsonb_build_object(
                    'id', soc2.oscal_criterion_id(c.criterion) || '_smt',
                    'name', CASE WHEN c.level < 2 THEN 'overview' ELSE 'statement' END,
                    'prose', COALESCE(c.description, c.title)))) AS content
        FROM soc2.criteria AS c
        WHERE c.framework = $1),
    criterion AS (
        SELECT c.parent, jsonb_agg(c.content || COALESCE(p.below, '{}') ORDER BY c."position") AS items
        FROM item AS c
        LEFT JOIN (SELECT i.parent, jsonb_build_object('controls',
                        jsonb_agg(i.content ORDER BY i."position")) AS below
                   FROM item AS i WHERE i.level = 3
                   GROUP BY i.parent) AS p ON p.parent = c.code
        WHERE c.level = 2
        GROUP BY c.parent),
    series AS (
        SELECT s.parent, jsonb_agg(s.content
            || CASE WHEN c.items IS NULL THEN '{}' ELSE jsonb_build_object('controls', c.items) END
            ORDER BY s."position") AS items
        FROM item AS s
        LEFT JOIN criterion AS c ON c.parent = s.code
        WHERE s.level = 1
        GROUP BY s.parent),
    category AS (
        SELECT jsonb_agg(g.content
            || CASE WHEN s.items IS NULL THEN '{}' ELSE jsonb_build_object('groups', s.items) END
            ORDER BY g."position") AS items
        FROM item AS g
        LEFT JOIN series AS s ON s.parent = g.code
        WHERE g.level = 0)
    SELECT jsonb_build_object('catalog', jsonb_build_object(
        'uuid', soc2.oscal_catalog_uuid(f.framework),
        'metadata', soc2.oscal_metadata(f.title, f.edition, soc2.oscal_released(),
            f.description, soc2.oscal_props(
                soc2.oscal_prop('framework', f.framework),
                soc2.oscal_prop('source', f.source),
                soc2.oscal_prop('content-sha256',
                    encode(sha256(convert_to(c.items::text, 'UTF8')), 'hex')))),
        'groups', c.items))
    FROM soc2.frameworks AS f
    CROSS JOIN category AS c
    WHERE f.framework = $1;
$function$;
COMMENT ON FUNCTION soc2.oscal_criteria_catalog(text) IS
'soc2.oscal_catalog() of a framework of criteria';

CREATE FUNCTION soc2.oscal_control_catalog()
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET intervalstyle = iso_8601
    AS $function$
    SELECT jsonb_build_object('catalog', jsonb_strip_nulls(jsonb_build_object(
        'uuid', soc2.oscal_catalog_uuid('controls'),
        'metadata', soc2.oscal_metadata('Controls of the organisation',
            COALESCE(soc2.oscal_time(e.modified), 'empty'),
            COALESCE(e.modified, soc2.oscal_released()),
            NULL, soc2.oscal_props(soc2.oscal_prop('framework', 'controls'))),
        'controls', (
            SELECT jsonb_agg(jsonb_build_object(
                'id', soc2.oscal_token(c.control_id),
                'class', 'control',
                'title', COALESCE(soc2.oscal_line(c.title), '-'),
                'props', soc2.oscal_props(
                    jsonb_build_object('name', 'label',
                        'value', COALESCE(soc2.oscal_line(c.control_id), '-')),
                    soc2.oscal_prop('control-id', c.control_id),
                    CASE WHEN soc2.oscal_line(c.title) IS DISTINCT FROM c.title
                        THEN soc2.oscal_prop('title', c.title) END,
                    soc2.oscal_prop('owner', c.owner),
                    soc2.oscal_prop('operator', c.operator),
                    soc2.oscal_prop('kind', c.kind),
                    soc2.oscal_prop('nature', c.nature),
                    soc2.oscal_prop('frequency', c.frequency::text),
                    soc2.oscal_prop('status', c.status),
                    soc2.oscal_prop('in-force-from', to_char(lower(c.valid), 'YYYY-MM-DD')),
                    soc2.oscal_prop('in-force-until', to_char(upper(c.valid), 'YYYY-MM-DD'))),
                'parts', jsonb_build_array(jsonb_build_object(
                    'id', soc2.oscal_token(c.control_id) || '_smt',
                    'name', 'statement', 'prose', c.description)))
                ORDER BY c.control_id COLLATE "C")
            FROM soc2.controls AS c
            WHERE NOT c.shipped))))
    FROM (SELECT max(e.recorded_at) AS modified
          FROM soc2.evidence AS e WHERE e.kind = 'control') AS e;
$function$;
COMMENT ON FUNCTION soc2.oscal_control_catalog() IS
'soc2.oscal_catalog() of the controls of the organisation';

CREATE FUNCTION soc2.oscal_catalog(framework text DEFAULT NULL)
    RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    imported jsonb;
BEGIN
    IF framework = 'controls' THEN
        RETURN soc2.oscal_control_catalog();
    END IF;
    SELECT e.document INTO imported FROM soc2.external_frameworks AS e
    WHERE e.framework = oscal_catalog.framework;
    RETURN COALESCE(imported, soc2.oscal_criteria_catalog(soc2.chosen_framework(framework)));
END
$$;
COMMENT ON FUNCTION soc2.oscal_catalog(text) IS
'OSCAL catalog of a framework, by default that of the setting soc2.framework; of the organisation''s own controls (controls); or of a framework of others, as it was imported; 22023 for an unknown framework';

CREATE FUNCTION soc2.oscal_catalog_resource(framework text, title text)
    RETURNS jsonb
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.jsonb_build_object(
        'uuid', soc2.oscal_uuid('resource', soc2.oscal_catalog_uuid(framework)),
        'title', COALESCE(soc2.oscal_line(title), '-'),
        'document-ids', pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
            'identifier', soc2.oscal_catalog_uuid(framework))),
        'props', soc2.oscal_props(soc2.oscal_prop('framework', framework)),
        'rlinks', pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
            'href', pg_catalog.format('catalog-%s.json', soc2.oscal_token(framework)),
            'media-type', 'application/oscal+json')));
END;
COMMENT ON FUNCTION soc2.oscal_catalog_resource(text, text) IS
'resource of the back matter that stands for a catalog';

--
-- Mappings
--

CREATE FUNCTION soc2.oscal_map_item(criterion soc2.criterion)
    RETURNS jsonb
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    -- categories and series are groups, which only a part of theirs can stand for
    SELECT CASE WHEN soc2.level(criterion) OPERATOR(pg_catalog.<) 2
        THEN pg_catalog.jsonb_build_object('type', 'statement',
            'id-ref', soc2.oscal_criterion_id(criterion) OPERATOR(pg_catalog.||) '_smt')
        ELSE pg_catalog.jsonb_build_object('type', 'control',
            'id-ref', soc2.oscal_criterion_id(criterion)) END;
END;
COMMENT ON FUNCTION soc2.oscal_map_item(soc2.criterion) IS
'a criterion as source or target of a map';

CREATE FUNCTION soc2.oscal_mapping(source text, target text, status text, maps jsonb)
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.jsonb_build_object(
        'uuid', soc2.oscal_uuid('mapping', soc2.oscal_catalog_uuid(source),
                                soc2.oscal_catalog_uuid(target)),
        'status', status,
        'source-resource', pg_catalog.jsonb_build_object('type', 'catalog', 'href',
            '#' OPERATOR(pg_catalog.||) soc2.oscal_uuid('resource', soc2.oscal_catalog_uuid(source))),
        'target-resource', pg_catalog.jsonb_build_object('type', 'catalog', 'href',
            '#' OPERATOR(pg_catalog.||) soc2.oscal_uuid('resource', soc2.oscal_catalog_uuid(target))),
        'maps', maps)
    WHERE maps IS NOT NULL;
END;
COMMENT ON FUNCTION soc2.oscal_mapping(text, text, text, jsonb) IS
'a mapping of one catalog to another; NULL without maps';

CREATE FUNCTION soc2.oscal_crosswalk()
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT jsonb_agg(soc2.oscal_mapping(m.source, m.target,
        CASE WHEN m.is_confirmed THEN 'complete' ELSE 'draft' END, m.maps)
        ORDER BY m.source COLLATE "C", m.target COLLATE "C")
    FROM (
        SELECT soc2.framework(x.source) AS source, soc2.framework(x.target) AS target,
            bool_and(x.status = 'confirmed') AS is_confirmed,
            jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                'uuid', soc2.oscal_uuid('map', x.source::text, x.target::text),
                'relationship', x.relation,
                'sources', jsonb_build_array(soc2.oscal_map_item(x.source)),
                'targets', jsonb_build_array(soc2.oscal_map_item(x.target)),
                'props', soc2.oscal_props(
                    soc2.oscal_prop('status', x.status),
                    soc2.oscal_prop('is-primary', x.is_primary::text),
                    soc2.oscal_prop('author', x.author)),
                'remarks', x.rationale))
                ORDER BY soc2.document_position(x.source), soc2.document_position(x.target)) AS maps
        FROM soc2.crosswalk_in_force AS x
        GROUP BY 1, 2) AS m;
$function$;
COMMENT ON FUNCTION soc2.oscal_crosswalk() IS
'the crosswalk in force as mappings, one a direction; NULL if there is none';

CREATE FUNCTION soc2.oscal_control_mappings()
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT jsonb_agg(soc2.oscal_mapping('controls', m.target, 'complete', m.maps)
        ORDER BY m.target COLLATE "C")
    FROM (
        SELECT soc2.framework(x.criterion) AS target,
            jsonb_agg(jsonb_build_object(
                'uuid', soc2.oscal_uuid('map', soc2.oscal_instance(), x.control_id, x.criterion::text),
                'relationship', x.relation,
                'sources', jsonb_build_array(jsonb_build_object('type', 'control',
                    'id-ref', soc2.oscal_token(x.control_id))),
                'targets', jsonb_build_array(soc2.oscal_map_item(x.criterion)),
                'props', soc2.oscal_props(
                    soc2.oscal_prop('author', x.author),
                    soc2.oscal_prop('since', to_char(x.since, 'YYYY-MM-DD'))),
                'remarks', x.rationale)
                ORDER BY x.control_id COLLATE "C", soc2.document_position(x.criterion)) AS maps
        FROM soc2.control_criteria AS x
        WHERE NOT x.shipped
        GROUP BY 1) AS m;
$function$;
COMMENT ON FUNCTION soc2.oscal_control_mappings() IS
'the controls of the organisation and their criteria as mappings, one a framework; NULL if no control is mapped';

CREATE FUNCTION soc2.oscal_mapping_collection()
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT jsonb_build_object('mapping-collection', jsonb_build_object(
        'uuid', soc2.oscal_uuid('mapping-collection', soc2.oscal_instance()),
        'metadata', soc2.oscal_metadata('Crosswalk of the frameworks, and criteria of the controls',
            soc2.oscal_time(d.modified), d.modified),
        'provenance', jsonb_build_object('method', 'human', 'matching-rationale', 'semantic',
            'status', CASE WHEN m.mappings @? '$[*] ? (@.status == "draft")'
                THEN 'draft' ELSE 'complete' END,
            'mapping-description', 'Relations of criteria of one framework to those of another, and of the controls of the organisation to the criteria that they are for. What is a draft says so.'),
        'mappings', m.mappings,
        'back-matter', jsonb_build_object('resources', (
            SELECT jsonb_agg(soc2.oscal_catalog_resource(r.framework, r.title)
                ORDER BY r.framework COLLATE "C")
            FROM (SELECT f.framework, f.title FROM soc2.frameworks AS f
                  UNION ALL
                  SELECT 'controls', 'Controls of the organisation') AS r
            WHERE strpos(m.mappings::text, soc2.oscal_uuid('resource',
                soc2.oscal_catalog_uuid(r.framework))) > 0))))
    FROM (SELECT COALESCE(soc2.oscal_crosswalk(), '[]')
              || COALESCE(soc2.oscal_control_mappings(), '[]') AS mappings) AS m
    CROSS JOIN (
        SELECT COALESCE(max(e.recorded_at), soc2.oscal_released()) AS modified
        FROM soc2.evidence AS e WHERE e.kind = 'control') AS d
    WHERE m.mappings <> '[]';
$function$;
COMMENT ON FUNCTION soc2.oscal_mapping_collection() IS
'OSCAL mapping collection: the crosswalk in force, and the controls of the organisation with their criteria; NULL if nothing is mapped';

CREATE FUNCTION soc2.oscal_mapping_collection(document_uuid uuid)
    RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    imported jsonb;
BEGIN
    SELECT m.document INTO imported FROM soc2.external_mappings AS m
    WHERE m.document_uuid = oscal_mapping_collection.document_uuid;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'mapping collection "%" does not exist', document_uuid
            USING ERRCODE = 'undefined_object',
            HINT = 'Those that were imported are in soc2.external_mappings.';
    END IF;
    RETURN imported;
END
$$;
COMMENT ON FUNCTION soc2.oscal_mapping_collection(uuid) IS
'OSCAL mapping collection as it was imported; 42704 if there is none of this id';
