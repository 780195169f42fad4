/* sql/41_coverage.sql */

--
-- Coverage: how far the controls in force reach, by their relations to
-- criteria, along the hierarchy of criteria, and over the crosswalk.
--

CREATE FUNCTION soc2.compose_relations("first" text, "second" text)
    RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN "first" OPERATOR(pg_catalog.=) 'equal-to' THEN "second"
        WHEN "second" OPERATOR(pg_catalog.=) 'equal-to' THEN "first"
        WHEN "first" OPERATOR(pg_catalog.=) 'superset-of' THEN
            CASE "second" WHEN 'superset-of' THEN 'superset-of' ELSE 'intersects-with' END
        WHEN "second" OPERATOR(pg_catalog.=) 'subset-of' THEN
            CASE "first" WHEN 'subset-of' THEN 'subset-of' ELSE 'intersects-with' END
    END;
END;
COMMENT ON FUNCTION soc2.compose_relations(text, text) IS
'what follows for a and c if a has the first relation to b and b the second to c; NULL: nothing follows';

CREATE FUNCTION soc2.relation_covers(relation text)
    RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT relation OPERATOR(pg_catalog.=) ANY ('{equal-to,superset-of}'::text[]);
END;
COMMENT ON FUNCTION soc2.relation_covers(text) IS
'does who has this relation to a criterion cover it? equal-to and superset-of do, subset-of and intersects-with do in part';

CREATE FUNCTION soc2.coverage_state(is_cuec boolean, covers boolean, reaches boolean)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN is_cuec THEN 'user_entity'
        WHEN covers THEN 'covered'
        WHEN reaches THEN 'partial'
        ELSE 'gap'
    END;
END;
COMMENT ON FUNCTION soc2.coverage_state(boolean, boolean, boolean) IS
'the one place that says how far a criterion is covered: user_entity (the customer''s duty, nothing here covers it), covered, partial or gap';

CREATE FUNCTION soc2.chosen_framework(framework text)
    RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    chosen text := COALESCE(framework, current_setting('soc2.framework', true), 'tsc');
BEGIN
    IF NOT EXISTS (SELECT FROM soc2.frameworks AS f WHERE f.framework = chosen) THEN
        RAISE EXCEPTION 'there is no framework "%"', chosen
            USING ERRCODE = 'invalid_parameter_value', HINT = 'There are tsc and outline.';
    END IF;
    RETURN chosen;
END
$$;
COMMENT ON FUNCTION soc2.chosen_framework(text) IS
'a framework that was given, or else that of the setting soc2.framework; 22023 if there is none of this name';

-- The body is a string: pg_upgrade restores functions before the operator classes
-- that grouping and sorting criteria need, and those of a parsed body at once.
CREATE FUNCTION soc2.control_reach(on_day date DEFAULT CURRENT_DATE)
    RETURNS TABLE (
        control_id text,
        criterion soc2.criterion,
        relation text,
        path text,
        mapped soc2.criterion)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 5000
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH crosswalk AS MATERIALIZED (
        SELECT x.source AS criterion, x.relation, x.target AS other
        FROM soc2.crosswalk_in_force AS x
        UNION ALL
        SELECT x.target,
            CASE x.relation
                WHEN 'superset-of' THEN 'subset-of'
                WHEN 'subset-of' THEN 'superset-of'
                ELSE x.relation
            END,
            x.source
        FROM soc2.crosswalk_in_force AS x),
    -- a criterion, what lies above or below it, and what it is to that
    kin AS MATERIALIZED (
        SELECT c.criterion, 'equal-to'::text AS relation, c.criterion AS other
        FROM soc2.criteria AS c
        UNION ALL
        SELECT a.criterion, 'superset-of', c.criterion
        FROM soc2.criteria AS c
        CROSS JOIN LATERAL soc2.ancestors(c.criterion) AS a (criterion)
        UNION ALL
        SELECT c.criterion, 'subset-of', a.criterion
        FROM soc2.criteria AS c
        CROSS JOIN LATERAL soc2.ancestors(c.criterion) AS a (criterion)),
    within AS MATERIALIZED (
        SELECT m.control_id, k.other AS criterion,
            soc2.compose_relations(m.relation, k.relation) AS relation,
            CASE k.relation
                WHEN 'equal-to' THEN 'mapped'
                WHEN 'superset-of' THEN 'above'
                ELSE 'below'
            END AS path,
            m.criterion AS mapped
        FROM soc2.control_criteria AS m
        JOIN soc2.controls AS c
            ON c.control_id OPERATOR(pg_catalog.=) m.control_id AND NOT c.shipped
        JOIN kin AS k ON k.criterion OPERATOR(soc2.=) m.criterion
        WHERE NOT m.shipped
            AND m.since OPERATOR(pg_catalog.<=) on_day
            AND soc2.control_is_in_force(c.status, c.valid, on_day, on_day)),
    across AS (
        SELECT w.control_id, k.other AS criterion,
            soc2.compose_relations(
                soc2.compose_relations(w.relation, x.relation), k.relation) AS relation,
            'crosswalk'::text AS path, w.mapped
        FROM within AS w
        JOIN crosswalk AS x ON x.criterion OPERATOR(soc2.=) w.criterion
        JOIN kin AS k ON k.criterion OPERATOR(soc2.=) x.other)
    SELECT w.control_id, w.criterion, w.relation, w.path, w.mapped
    FROM within AS w
    WHERE w.relation IS NOT NULL
    UNION
    SELECT a.control_id, a.criterion, a.relation, a.path, a.mapped
    FROM across AS a
    WHERE a.relation IS NOT NULL;
$function$;
COMMENT ON FUNCTION soc2.control_reach(date) IS
'criteria of all frameworks that the controls in force on a day reach: those they are mapped to, those that lie below and above, and those that one step of the crosswalk relates; relation is what the control is to the criterion';

CREATE FUNCTION soc2.coverage(
        framework text DEFAULT NULL, level integer DEFAULT 2,
        on_day date DEFAULT CURRENT_DATE)
    RETURNS TABLE (
        criterion soc2.criterion,
        framework text,
        code text,
        title text,
        category text,
        is_cuec boolean,
        state text,
        controls bigint,
        covering bigint,
        through_crosswalk bigint,
        checks bigint,
        placements bigint,
        "position" bigint)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH scoped AS MATERIALIZED (
        SELECT c.criterion, c.framework, c.code, c.title,
            soc2.category(c.criterion) AS category, c.level, c.parent, c.is_cuec,
            c."position"
        FROM soc2.criteria AS c
        JOIN soc2.scope AS s ON s.category OPERATOR(pg_catalog.=) soc2.category(c.criterion)
        WHERE s.in_scope
            AND c.framework OPERATOR(pg_catalog.=) soc2.chosen_framework($1)),
    -- each control at its best, one row a control and criterion
    reached AS MATERIALIZED (
        SELECT r.criterion, r.control_id,
            pg_catalog.bool_or(soc2.relation_covers(r.relation)) AS covers,
            pg_catalog.bool_and(r.path OPERATOR(pg_catalog.=) 'crosswalk') AS through_crosswalk
        FROM soc2.control_reach($3) AS r
        GROUP BY r.criterion, r.control_id),
    counted AS (
        SELECT r.criterion, pg_catalog.count(*) AS controls,
            pg_catalog.count(*) FILTER (WHERE r.covers) AS covering,
            pg_catalog.count(*) FILTER (WHERE r.through_crosswalk) AS through_crosswalk
        FROM reached AS r
        GROUP BY r.criterion),
    tested AS (
        SELECT r.criterion, pg_catalog.count(DISTINCT k.check_id) AS checks,
            pg_catalog.count(*) AS placements
        FROM reached AS r
        JOIN soc2.control_checks AS k
            ON k.control_id OPERATOR(pg_catalog.=) r.control_id AND NOT k.shipped
        GROUP BY r.criterion),
    known AS MATERIALIZED (
        SELECT s.*, COALESCE(n.controls, 0) AS controls,
            COALESCE(n.covering, 0) AS covering,
            COALESCE(n.through_crosswalk, 0) AS through_crosswalk,
            COALESCE(t.checks, 0) AS checks, COALESCE(t.placements, 0) AS placements
        FROM scoped AS s
        LEFT JOIN counted AS n ON n.criterion OPERATOR(soc2.=) s.criterion
        LEFT JOIN tested AS t ON t.criterion OPERATOR(soc2.=) s.criterion),
    -- a series or a category is nothing but the criteria below it
    parts AS (
        SELECT w.criterion,
            pg_catalog.bool_and(p.covering OPERATOR(pg_catalog.>) 0) AS all_covered
        FROM known AS w
        JOIN known AS p
            ON p.criterion OPERATOR(soc2.<@) w.criterion
            AND p.level OPERATOR(pg_catalog.=) 2 AND NOT p.is_cuec
        WHERE w.level OPERATOR(pg_catalog.<) 2
        GROUP BY w.criterion)
    SELECT k.criterion, k.framework, k.code, k.title, k.category, k.is_cuec,
        soc2.coverage_state(
            k.is_cuec OR (k.level OPERATOR(pg_catalog.<) 2 AND p.criterion IS NULL),
            k.covering OPERATOR(pg_catalog.>) 0 OR COALESCE(p.all_covered, false),
            k.controls OPERATOR(pg_catalog.>) 0),
        k.controls, k.covering, k.through_crosswalk, k.checks, k.placements,
        k."position"
    FROM known AS k
    LEFT JOIN parts AS p ON p.criterion OPERATOR(soc2.=) k.criterion
    WHERE k.level OPERATOR(pg_catalog.=) $2
    ORDER BY k.criterion;
$function$;
COMMENT ON FUNCTION soc2.coverage(text, integer, date) IS
'how far does what is in force on a day cover each criterion in scope? one row a criterion of the framework and level; state is covered, partial, gap or user_entity';

CREATE FUNCTION soc2.coverage_summary(
        framework text DEFAULT NULL, on_day date DEFAULT CURRENT_DATE)
    RETURNS TABLE (
        framework text,
        criteria bigint,
        covered bigint,
        partial bigint,
        gap bigint,
        user_entity bigint,
        controls bigint,
        checks bigint,
        placements bigint)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT soc2.chosen_framework($1), pg_catalog.count(*),
        pg_catalog.count(*) FILTER (WHERE v.state OPERATOR(pg_catalog.=) 'covered'),
        pg_catalog.count(*) FILTER (WHERE v.state OPERATOR(pg_catalog.=) 'partial'),
        pg_catalog.count(*) FILTER (WHERE v.state OPERATOR(pg_catalog.=) 'gap'),
        pg_catalog.count(*) FILTER (WHERE v.state OPERATOR(pg_catalog.=) 'user_entity'),
        n.controls, n.checks,
        COALESCE(pg_catalog.sum(v.placements), 0)::bigint
    FROM (
        SELECT pg_catalog.count(DISTINCT c.control_id) AS controls,
            pg_catalog.count(DISTINCT k.check_id) AS checks
        FROM soc2.controls AS c
        LEFT JOIN soc2.control_checks AS k
            ON k.control_id OPERATOR(pg_catalog.=) c.control_id AND NOT k.shipped
        WHERE NOT c.shipped
            AND soc2.control_is_in_force(c.status, c.valid, $2, $2)) AS n
    LEFT JOIN soc2.coverage($1, 2, $2) AS v ON true
    GROUP BY n.controls, n.checks;
END;
COMMENT ON FUNCTION soc2.coverage_summary(text, date) IS
'the criteria in scope counted by how far they are covered, with the controls in force and their distinct checks, and apart from these the placements: a check under a criterion by way of a control';

CREATE FUNCTION soc2.gaps(
        framework text DEFAULT NULL, level integer DEFAULT 2,
        on_day date DEFAULT CURRENT_DATE)
    RETURNS TABLE (
        criterion soc2.criterion,
        code text,
        title text,
        state text,
        controls text[],
        library text[])
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 50
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH reach AS MATERIALIZED (
        SELECT r.control_id, r.criterion FROM soc2.control_reach($3) AS r)
    SELECT v.criterion, v.code, v.title, v.state,
        ARRAY(SELECT DISTINCT r.control_id
              FROM reach AS r
              WHERE r.criterion OPERATOR(soc2.=) v.criterion
              ORDER BY r.control_id),
        ARRAY(SELECT DISTINCT m.control_id
              FROM soc2.control_criteria AS m
              WHERE m.shipped
                AND (m.criterion OPERATOR(soc2.&&) v.criterion
                     OR EXISTS (SELECT FROM soc2.crosswalk_of(v.criterion) AS x
                                WHERE x.other OPERATOR(soc2.&&) m.criterion))
                AND NOT EXISTS (SELECT FROM soc2.controls AS own
                                WHERE own.control_id OPERATOR(pg_catalog.=) m.control_id
                                    AND NOT own.shipped)
              ORDER BY m.control_id)
    FROM soc2.coverage($1, $2, $3) AS v
    WHERE v.state OPERATOR(pg_catalog.=) ANY ('{partial,gap}'::text[])
    ORDER BY v.criterion;
$function$;
COMMENT ON FUNCTION soc2.gaps(text, integer, date) IS
'criteria in scope that are not covered, or in part only, with the controls that reach them, and those of the library that would and were not adopted';
