/* sql/40_control.sql */

--
-- Controls: what the organisation does, the criteria it does it for, and the
-- checks that test it.
--
-- The library is shipped (shipped = true) and is nobody's control until
-- soc2.adopt_controls() copies it into rows of the organisation's own, which
-- are dumped and which no upgrade touches.  Own rows are written by the
-- functions below alone, and each change becomes evidence.
--
-- There are no foreign keys between the three tables, nor to the checks: all
-- are dumped, and a parallel restore loads such tables in any order.
--
-- Functions in PL/pgSQL pin their search_path, so there plain operators are
-- those of pg_catalog.
--

CREATE FUNCTION soc2.record_act(
    kind text,
    subject text DEFAULT NULL,
    payload jsonb DEFAULT NULL,
    criteria soc2.criterion_set DEFAULT '{}',
    control_id text DEFAULT NULL,
    check_id text DEFAULT NULL,
    effective tstzrange DEFAULT NULL,
    artifact bytea DEFAULT NULL,
    artifact_uri text DEFAULT NULL,
    artifact_sha256 soc2.digest DEFAULT NULL,
    media_type text DEFAULT NULL,
    expires_at timestamptz DEFAULT NULL)
    RETURNS uuid
    AS 'MODULE_PATHNAME', 'soc2_record_act'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.record_act(
    text, text, jsonb, soc2.criterion_set, text, text, tstzrange, bytea, text,
    soc2.digest, text, timestamptz) IS
'soc2.record_evidence() for functions of the extension that run with their owner''s rights: recorded by the role that called them, of a kind that nobody else records';

CREATE FUNCTION soc2.acting_role()
    RETURNS name
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE pg_catalog.current_setting('role')
        WHEN 'none' THEN SESSION_USER
        ELSE pg_catalog.current_setting('role')::name
    END;
END;
COMMENT ON FUNCTION soc2.acting_role() IS
'role that acts, also where a function runs with its owner''s rights: that of SET ROLE, or else the one that logged in';

--
-- Tables
--

CREATE TABLE soc2.controls (
    control_id text NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    owner text,
    operator text,
    kind text NOT NULL,
    nature text NOT NULL,
    frequency interval,
    status text NOT NULL DEFAULT 'draft',
    valid daterange,
    shipped boolean NOT NULL DEFAULT false,
    CONSTRAINT soc2_controls_pkey PRIMARY KEY (control_id, shipped),
    -- a check id is never a control id: what is waived is one of the two
    CONSTRAINT soc2_controls_control_id_check CHECK (
        pg_catalog.length(control_id) BETWEEN 1 AND 100
        AND control_id OPERATOR(pg_catalog.=) pg_catalog.btrim(control_id)
        AND control_id OPERATOR(pg_catalog.!~) '[\x01-\x1f\x7f]'
        AND control_id OPERATOR(pg_catalog.!~) '^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$'),
    CONSTRAINT soc2_controls_text_check CHECK (
        pg_catalog.btrim(title) OPERATOR(pg_catalog.<>) ''
        AND pg_catalog.btrim(description) OPERATOR(pg_catalog.<>) ''
        AND pg_catalog.btrim(owner) OPERATOR(pg_catalog.<>) ''
        AND pg_catalog.btrim(operator) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_controls_kind_check CHECK (
        kind OPERATOR(pg_catalog.=) ANY ('{preventive,detective,corrective}'::text[])),
    CONSTRAINT soc2_controls_nature_check CHECK (
        nature OPERATOR(pg_catalog.=) ANY ('{automated,manual,hybrid}'::text[])),
    CONSTRAINT soc2_controls_frequency_check CHECK (
        frequency OPERATOR(pg_catalog.>=) '1 hour'::interval
        AND frequency OPERATOR(pg_catalog.<=) '10 years'::interval),
    CONSTRAINT soc2_controls_status_check CHECK (
        CASE status
            WHEN 'draft' THEN valid IS NULL
            WHEN 'adopted' THEN valid IS NOT NULL AND NOT shipped
            WHEN 'retired' THEN valid IS NOT NULL AND NOT shipped
                AND NOT pg_catalog.upper_inf(valid)
            ELSE false
        END),
    CONSTRAINT soc2_controls_valid_check CHECK (
        NOT pg_catalog.isempty(valid)
        AND pg_catalog.isfinite(pg_catalog.lower(valid))
        AND COALESCE(pg_catalog.isfinite(pg_catalog.upper(valid)), true))
);
SELECT pg_catalog.pg_extension_config_dump('soc2.controls', 'WHERE NOT shipped');
COMMENT ON TABLE soc2.controls IS
'controls: the library that is shipped, and those of the organisation, which are written by functions such as soc2.adopt_controls()';
COMMENT ON COLUMN soc2.controls.control_id IS 'id, as ACC-01; an own row has the id of the library''s that it was copied from';
COMMENT ON COLUMN soc2.controls.title IS 'one line';
COMMENT ON COLUMN soc2.controls.description IS 'what is done, so that somebody else could do it or test it';
COMMENT ON COLUMN soc2.controls.owner IS 'who answers for it; NULL: nobody yet';
COMMENT ON COLUMN soc2.controls.operator IS 'who or what performs it; NULL: not said';
COMMENT ON COLUMN soc2.controls.kind IS 'preventive, detective or corrective';
COMMENT ON COLUMN soc2.controls.nature IS
'automated: its checks show that it operates; manual: attestations do; hybrid: both have to';
COMMENT ON COLUMN soc2.controls.frequency IS
'how often it operates, at least once in each such time; NULL: when there is occasion';
COMMENT ON COLUMN soc2.controls.status IS 'draft, adopted or retired; those of the library are drafts';
COMMENT ON COLUMN soc2.controls.valid IS
'days on which it is in force; NULL: none yet';
COMMENT ON COLUMN soc2.controls.shipped IS 'true: the row belongs to the extension';

CREATE TABLE soc2.control_criteria (
    control_id text NOT NULL,
    criterion soc2.criterion NOT NULL,
    relation text NOT NULL,
    rationale text NOT NULL,
    author text NOT NULL,
    since date,
    shipped boolean NOT NULL DEFAULT false,
    CONSTRAINT soc2_control_criteria_pkey PRIMARY KEY (control_id, criterion, shipped),
    CONSTRAINT soc2_control_criteria_relation_check CHECK (
        relation OPERATOR(pg_catalog.=) ANY ('{equal-to,superset-of,subset-of,intersects-with}'::text[])),
    CONSTRAINT soc2_control_criteria_rationale_check CHECK (
        pg_catalog.btrim(rationale) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_control_criteria_since_check CHECK (
        shipped OPERATOR(pg_catalog.=) (since IS NULL))
);
CREATE INDEX soc2_control_criteria_criterion_idx ON soc2.control_criteria (criterion);
SELECT pg_catalog.pg_extension_config_dump('soc2.control_criteria', 'WHERE NOT shipped');
COMMENT ON TABLE soc2.control_criteria IS
'which criteria a control is for, and how far it goes; written by soc2.map_control()';
COMMENT ON COLUMN soc2.control_criteria.control_id IS 'the control';
COMMENT ON COLUMN soc2.control_criteria.criterion IS 'the criterion';
COMMENT ON COLUMN soc2.control_criteria.relation IS
'what the control is to the criterion, in the words of the crosswalk: equal-to and superset-of cover it, subset-of and intersects-with do in part';
COMMENT ON COLUMN soc2.control_criteria.rationale IS 'why';
COMMENT ON COLUMN soc2.control_criteria.author IS 'who says so; soc2: the library';
COMMENT ON COLUMN soc2.control_criteria.since IS 'day from which it counts; NULL: in the library';
COMMENT ON COLUMN soc2.control_criteria.shipped IS 'true: the row belongs to the extension';

CREATE TABLE soc2.control_checks (
    control_id text NOT NULL,
    check_id text NOT NULL,
    shipped boolean NOT NULL DEFAULT false,
    CONSTRAINT soc2_control_checks_pkey PRIMARY KEY (control_id, check_id, shipped)
);
CREATE INDEX soc2_control_checks_check_id_idx ON soc2.control_checks (check_id);
SELECT pg_catalog.pg_extension_config_dump('soc2.control_checks', 'WHERE NOT shipped');
COMMENT ON TABLE soc2.control_checks IS
'which checks test a control; written by soc2.link_check()';
COMMENT ON COLUMN soc2.control_checks.control_id IS 'the control';
COMMENT ON COLUMN soc2.control_checks.check_id IS 'the check';
COMMENT ON COLUMN soc2.control_checks.shipped IS 'true: the row belongs to the extension';

-- @include sql/control/*.sql

CREATE TRIGGER soc2_guard_shipped
    BEFORE INSERT OR UPDATE OR DELETE ON soc2.controls
    FOR EACH ROW EXECUTE FUNCTION soc2.guard_shipped();
CREATE TRIGGER soc2_guard_shipped_truncate
    BEFORE TRUNCATE ON soc2.controls
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.guard_shipped();
ALTER TABLE soc2.controls ENABLE ALWAYS TRIGGER soc2_guard_shipped;
ALTER TABLE soc2.controls ENABLE ALWAYS TRIGGER soc2_guard_shipped_truncate;
COMMENT ON TRIGGER soc2_guard_shipped ON soc2.controls IS
'refuses changes of shipped rows (S2G01)';
COMMENT ON TRIGGER soc2_guard_shipped_truncate ON soc2.controls IS
'refuses TRUNCATE, which would remove shipped rows (S2G01)';

CREATE TRIGGER soc2_guard_shipped
    BEFORE INSERT OR UPDATE OR DELETE ON soc2.control_criteria
    FOR EACH ROW EXECUTE FUNCTION soc2.guard_shipped();
CREATE TRIGGER soc2_guard_shipped_truncate
    BEFORE TRUNCATE ON soc2.control_criteria
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.guard_shipped();
ALTER TABLE soc2.control_criteria ENABLE ALWAYS TRIGGER soc2_guard_shipped;
ALTER TABLE soc2.control_criteria ENABLE ALWAYS TRIGGER soc2_guard_shipped_truncate;
COMMENT ON TRIGGER soc2_guard_shipped ON soc2.control_criteria IS
'refuses changes of shipped rows (S2G01)';
COMMENT ON TRIGGER soc2_guard_shipped_truncate ON soc2.control_criteria IS
'refuses TRUNCATE, which would remove shipped rows (S2G01)';

CREATE TRIGGER soc2_guard_shipped
    BEFORE INSERT OR UPDATE OR DELETE ON soc2.control_checks
    FOR EACH ROW EXECUTE FUNCTION soc2.guard_shipped();
CREATE TRIGGER soc2_guard_shipped_truncate
    BEFORE TRUNCATE ON soc2.control_checks
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.guard_shipped();
ALTER TABLE soc2.control_checks ENABLE ALWAYS TRIGGER soc2_guard_shipped;
ALTER TABLE soc2.control_checks ENABLE ALWAYS TRIGGER soc2_guard_shipped_truncate;
COMMENT ON TRIGGER soc2_guard_shipped ON soc2.control_checks IS
'refuses changes of shipped rows (S2G01)';
COMMENT ON TRIGGER soc2_guard_shipped_truncate ON soc2.control_checks IS
'refuses TRUNCATE, which would remove shipped rows (S2G01)';

--
-- Questions
--

CREATE FUNCTION soc2.control_is_in_force(
        status text, valid daterange, first_day date, last_day date)
    RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT status OPERATOR(pg_catalog.<>) 'draft'
        AND COALESCE(valid OPERATOR(pg_catalog.@>)
                     pg_catalog.daterange(first_day, last_day, '[]'), false);
END;
COMMENT ON FUNCTION soc2.control_is_in_force(text, daterange, date, date) IS
'the one place that says whether a control is in force on every day from the first to the last';

CREATE FUNCTION soc2.control_criteria_set(control_id text)
    RETURNS soc2.criterion_set
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT COALESCE(soc2.criterion_set_agg(m.criterion), '{}'::soc2.criterion_set)
    FROM soc2.control_criteria AS m
    WHERE m.control_id OPERATOR(pg_catalog.=) $1 AND NOT m.shipped;
END;
COMMENT ON FUNCTION soc2.control_criteria_set(text) IS
'criteria that an own control is mapped to';

CREATE VIEW soc2.control_catalogue AS
    SELECT c.control_id, c.title, c.description, c.owner, c.operator, c.kind,
        c.nature, c.frequency, c.status, c.valid,
        soc2.control_is_in_force(c.status, c.valid, CURRENT_DATE, CURRENT_DATE) AS in_force,
        (SELECT soc2.criterion_set_agg(m.criterion)
         FROM soc2.control_criteria AS m
         WHERE m.control_id OPERATOR(pg_catalog.=) c.control_id
            AND m.shipped OPERATOR(pg_catalog.=) c.shipped) AS criteria,
        (SELECT pg_catalog.count(*)
         FROM soc2.control_checks AS k
         WHERE k.control_id OPERATOR(pg_catalog.=) c.control_id
            AND k.shipped OPERATOR(pg_catalog.=) c.shipped) AS checks,
        c.shipped
    FROM soc2.controls AS c
    WHERE NOT c.shipped
        OR NOT EXISTS (
            SELECT FROM soc2.controls AS own
            WHERE own.control_id OPERATOR(pg_catalog.=) c.control_id
                AND NOT own.shipped);
COMMENT ON VIEW soc2.control_catalogue IS
'what controls are there, and which are in force today? one row a control: the organisation''s own, or else that of the library';
COMMENT ON COLUMN soc2.control_catalogue.control_id IS 'the control';
COMMENT ON COLUMN soc2.control_catalogue.title IS 'one line';
COMMENT ON COLUMN soc2.control_catalogue.description IS 'what is done';
COMMENT ON COLUMN soc2.control_catalogue.owner IS 'who answers for it; NULL: nobody yet';
COMMENT ON COLUMN soc2.control_catalogue.operator IS 'who or what performs it';
COMMENT ON COLUMN soc2.control_catalogue.kind IS 'preventive, detective or corrective';
COMMENT ON COLUMN soc2.control_catalogue.nature IS 'automated, manual or hybrid';
COMMENT ON COLUMN soc2.control_catalogue.frequency IS 'how often it operates; NULL: when there is occasion';
COMMENT ON COLUMN soc2.control_catalogue.status IS 'draft, adopted or retired';
COMMENT ON COLUMN soc2.control_catalogue.valid IS 'days on which it is in force';
COMMENT ON COLUMN soc2.control_catalogue.in_force IS 'true: it is in force today';
COMMENT ON COLUMN soc2.control_catalogue.criteria IS 'criteria it is mapped to; NULL: none';
COMMENT ON COLUMN soc2.control_catalogue.checks IS 'checks that test it';
COMMENT ON COLUMN soc2.control_catalogue.shipped IS 'true: the row of the library; it was not adopted';

--
-- Changes.  Each is recorded as evidence of kind control.
--

CREATE FUNCTION soc2.record_control(control_id text, action text, details jsonb)
    RETURNS uuid
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.record_act('control',
        (SELECT c.title FROM soc2.controls AS c
         WHERE c.control_id OPERATOR(pg_catalog.=) $1 AND NOT c.shipped),
        pg_catalog.jsonb_build_object('action', action, 'session_user', SESSION_USER)
            OPERATOR(pg_catalog.||) details,
        control_id => $1);
END;
COMMENT ON FUNCTION soc2.record_control(text, text, jsonb) IS
'records a change of a control, as evidence of no criterion: that it was adopted does not show that it operates';

CREATE FUNCTION soc2.own_control(control_id text)
    RETURNS soc2.controls
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    own soc2.controls;
BEGIN
    SELECT c.* INTO own
    FROM soc2.controls AS c
    WHERE c.control_id = own_control.control_id AND NOT c.shipped
    FOR UPDATE;
    IF FOUND THEN
        RETURN own;
    END IF;
    IF EXISTS (SELECT FROM soc2.controls AS c
               WHERE c.control_id = own_control.control_id) THEN
        RAISE EXCEPTION 'control "%" is in the library and was not adopted', control_id
            USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Adopt it with soc2.adopt_controls().';
    END IF;
    RAISE EXCEPTION 'control "%" does not exist', control_id
        USING ERRCODE = 'undefined_object',
        HINT = 'The controls are in soc2.control_catalogue.';
END
$$;
COMMENT ON FUNCTION soc2.own_control(text) IS
'an own control, locked for a change; 42704 if there is none, 55000 if it is in the library alone';

CREATE FUNCTION soc2.create_control(
        control_id text, title text, description text,
        kind text DEFAULT 'preventive', nature text DEFAULT 'manual',
        frequency interval DEFAULT NULL, owner text DEFAULT NULL,
        operator text DEFAULT NULL)
    RETURNS text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM soc2.controls AS c
               WHERE c.control_id = create_control.control_id) THEN
        RAISE EXCEPTION 'control "%" exists already', control_id
            USING ERRCODE = 'duplicate_object',
            HINT = 'Choose another id, or adopt the library''s with soc2.adopt_controls().';
    END IF;
    INSERT INTO soc2.controls (control_id, title, description, kind, nature,
                               frequency, owner, operator)
    VALUES (control_id, title, description, kind, nature, frequency, owner, operator);
    PERFORM soc2.record_control(control_id, 'create',
        jsonb_build_object('title', title, 'description', description, 'kind', kind,
            'nature', nature, 'frequency', frequency, 'owner', owner,
            'operator', operator));
    RETURN control_id;
END
$$;
COMMENT ON FUNCTION soc2.create_control(text, text, text, text, text, interval, text, text) IS
'makes a draft of a control of one''s own; returns its id; 42710 if there is one of that id';

CREATE FUNCTION soc2.change_control(control_id text, changes jsonb, reason text)
    RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before soc2.controls := soc2.own_control(control_id);
    after soc2.controls;
    unknown text;
BEGIN
    PERFORM soc2.require_text('reason', reason);
    IF jsonb_typeof(changes) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'changes of a control must be a JSON object'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT string_agg(quote_literal(k.name), ', ' ORDER BY k.name) INTO unknown
    FROM jsonb_object_keys(changes) AS k (name)
    WHERE k.name <> ALL ('{title,description,owner,operator,kind,nature,frequency}');
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'a control has no property of this name to be changed: %', unknown
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'There are title, description, owner, operator, kind, nature and frequency.';
    END IF;
    after := jsonb_populate_record(before, changes);
    UPDATE soc2.controls AS c
    SET title = after.title, description = after.description, owner = after.owner,
        operator = after.operator, kind = after.kind, nature = after.nature,
        frequency = after.frequency
    WHERE c.control_id = change_control.control_id AND NOT c.shipped;
    PERFORM soc2.record_control(control_id, 'change',
        jsonb_build_object('reason', reason, 'before', to_jsonb(before), 'after', to_jsonb(after)));
    RETURN to_jsonb(after);
END
$$;
COMMENT ON FUNCTION soc2.change_control(text, jsonb, text) IS
'changes title, description, owner, operator, kind, nature or frequency of an own control; returns it as it is now; 22023 for another property';

CREATE FUNCTION soc2.map_control(
        control_id text, criterion soc2.criterion, relation text, rationale text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    own soc2.controls := soc2.own_control(control_id);
    before text;
BEGIN
    PERFORM soc2.require_text('rationale', rationale);
    IF NOT EXISTS (SELECT FROM soc2.criteria AS c
                   WHERE c.criterion OPERATOR(soc2.=) map_control.criterion) THEN
        RAISE EXCEPTION 'criterion "%" is not in the catalogue', criterion
            USING ERRCODE = 'undefined_object', HINT = 'The criteria are in soc2.catalogue.';
    END IF;
    IF relation IS NULL
        OR relation <> ALL ('{equal-to,superset-of,subset-of,intersects-with}') THEN
        RAISE EXCEPTION 'a control cannot have the relation "%" to a criterion', relation
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'There are equal-to, superset-of, subset-of and intersects-with.';
    END IF;
    SELECT m.relation INTO before
    FROM soc2.control_criteria AS m
    WHERE m.control_id = own.control_id AND NOT m.shipped
        AND m.criterion OPERATOR(soc2.=) map_control.criterion;
    INSERT INTO soc2.control_criteria AS m
        (control_id, criterion, relation, rationale, author, since)
    VALUES (own.control_id, map_control.criterion, map_control.relation,
            map_control.rationale, soc2.acting_role(), CURRENT_DATE)
    ON CONFLICT ON CONSTRAINT soc2_control_criteria_pkey DO UPDATE
    SET relation = excluded.relation, rationale = excluded.rationale,
        author = excluded.author;
    PERFORM soc2.record_control(own.control_id, 'map',
        jsonb_build_object('criterion', map_control.criterion::text, 'relation', relation,
            'before', before, 'rationale', rationale));
END
$$;
COMMENT ON FUNCTION soc2.map_control(text, soc2.criterion, text, text) IS
'maps an own control to a criterion, or changes how; 42704 for a criterion that is not in the catalogue, 22023 for an unknown relation';

CREATE FUNCTION soc2.unmap_control(
        control_id text, criterion soc2.criterion, reason text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    own soc2.controls := soc2.own_control(control_id);
    before text;
BEGIN
    PERFORM soc2.require_text('reason', reason);
    DELETE FROM soc2.control_criteria AS m
    WHERE m.control_id = own.control_id AND NOT m.shipped
        AND m.criterion OPERATOR(soc2.=) unmap_control.criterion
    RETURNING m.relation INTO before;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'control "%" is not mapped to "%"', control_id, criterion
            USING ERRCODE = 'undefined_object';
    END IF;
    PERFORM soc2.record_control(own.control_id, 'unmap',
        jsonb_build_object('criterion', unmap_control.criterion::text,
            'before', before, 'reason', reason));
END
$$;
COMMENT ON FUNCTION soc2.unmap_control(text, soc2.criterion, text) IS
'takes a criterion away from an own control; 42704 if it was not mapped to it';

CREATE FUNCTION soc2.link_check(control_id text, check_id text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    own soc2.controls := soc2.own_control(control_id);
BEGIN
    IF NOT EXISTS (SELECT FROM soc2.checks AS k
                   WHERE k.check_id = link_check.check_id) THEN
        RAISE EXCEPTION 'check "%" does not exist', check_id
            USING ERRCODE = 'undefined_object', HINT = 'The checks are in soc2.checks.';
    END IF;
    INSERT INTO soc2.control_checks (control_id, check_id)
    VALUES (own.control_id, link_check.check_id)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        PERFORM soc2.record_control(own.control_id, 'link_check',
            jsonb_build_object('check_id', link_check.check_id));
    END IF;
END
$$;
COMMENT ON FUNCTION soc2.link_check(text, text) IS
'lets a check test an own control; 42704 for an unknown one';

CREATE FUNCTION soc2.unlink_check(control_id text, check_id text, reason text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    own soc2.controls := soc2.own_control(control_id);
BEGIN
    PERFORM soc2.require_text('reason', reason);
    DELETE FROM soc2.control_checks AS k
    WHERE k.control_id = own.control_id AND NOT k.shipped
        AND k.check_id = unlink_check.check_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'check "%" does not test control "%"', check_id, control_id
            USING ERRCODE = 'undefined_object';
    END IF;
    PERFORM soc2.record_control(own.control_id, 'unlink_check',
        jsonb_build_object('check_id', unlink_check.check_id, 'reason', reason));
END
$$;
COMMENT ON FUNCTION soc2.unlink_check(text, text, text) IS
'takes a check away from an own control; 42704 if it did not test it';

CREATE FUNCTION soc2.require_text(what text, given text)
    RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF given IS NULL OR btrim(given) = '' THEN
        RAISE EXCEPTION '% must be given', what
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
END
$$;
COMMENT ON FUNCTION soc2.require_text(text, text) IS
'raises 22023 if a text that has to be given is NULL or blank';

CREATE FUNCTION soc2.copy_library_control(control_id text, since date)
    RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.controls (control_id, title, description, owner, operator,
                               kind, nature, frequency)
    SELECT c.control_id, c.title, c.description, c.owner, c.operator, c.kind,
        c.nature, c.frequency
    FROM soc2.controls AS c
    WHERE c.control_id OPERATOR(pg_catalog.=) $1 AND c.shipped;
    INSERT INTO soc2.control_criteria (control_id, criterion, relation,
                                       rationale, author, since)
    SELECT m.control_id, m.criterion, m.relation, m.rationale, m.author, $2
    FROM soc2.control_criteria AS m
    WHERE m.control_id OPERATOR(pg_catalog.=) $1 AND m.shipped;
    INSERT INTO soc2.control_checks (control_id, check_id)
    SELECT k.control_id, k.check_id
    FROM soc2.control_checks AS k
    WHERE k.control_id OPERATOR(pg_catalog.=) $1 AND k.shipped;
END;
COMMENT ON FUNCTION soc2.copy_library_control(text, date) IS
'copies a control of the library with its criteria and checks into a draft of one''s own';

CREATE FUNCTION soc2.adopt_controls(
        controls text[] DEFAULT NULL, since date DEFAULT CURRENT_DATE)
    RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    candidate record;
    own soc2.controls;
    adopted bigint := 0;
BEGIN
    IF since IS NULL OR NOT isfinite(since) THEN
        RAISE EXCEPTION 'a control must be adopted from a certain day'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- one who adopts at a time: two would copy the same
    LOCK TABLE soc2.controls IN SHARE ROW EXCLUSIVE MODE;
    FOR candidate IN
        SELECT w.control_id, bool_and(c.shipped) AS in_library_alone
        FROM (SELECT DISTINCT u.control_id
              FROM unnest(controls) AS u (control_id)
              UNION
              SELECT l.control_id FROM soc2.controls AS l
              WHERE controls IS NULL AND l.shipped) AS w
        LEFT JOIN soc2.controls AS c ON c.control_id = w.control_id
        GROUP BY w.control_id
        ORDER BY w.control_id COLLATE "C"
    LOOP
        IF candidate.in_library_alone THEN
            PERFORM soc2.copy_library_control(candidate.control_id, since);
        END IF;
        own := soc2.own_control(candidate.control_id);
        IF own.status = 'retired' AND controls IS NOT NULL THEN
            RAISE EXCEPTION 'control "%" was retired', own.control_id
                USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Make another one with soc2.create_control().';
        END IF;
        CONTINUE WHEN own.status <> 'draft'
            OR controls IS NULL AND NOT candidate.in_library_alone;
        UPDATE soc2.controls AS c
        SET status = 'adopted', valid = daterange(since, NULL)
        WHERE c.control_id = own.control_id AND NOT c.shipped
        RETURNING c.* INTO own;
        PERFORM soc2.record_control(own.control_id, 'adopt', to_jsonb(own));
        adopted := adopted + 1;
    END LOOP;
    RETURN adopted;
END
$$;
COMMENT ON FUNCTION soc2.adopt_controls(text[], date) IS
'adopts controls of the library, by default all that were not adopted yet, and own drafts if they are named; returns how many; 42704 for an unknown one, 55000 for a retired one';

CREATE FUNCTION soc2.retire_control(
        control_id text, reason text, last_day date DEFAULT CURRENT_DATE)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    own soc2.controls := soc2.own_control(control_id);
BEGIN
    PERFORM soc2.require_text('reason', reason);
    IF own.status <> 'adopted' THEN
        RAISE EXCEPTION 'control "%" is not adopted', own.control_id
            USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('Its status is %s.', own.status);
    END IF;
    IF last_day IS NULL OR NOT isfinite(last_day) OR last_day < lower(own.valid) THEN
        RAISE EXCEPTION 'control "%" cannot be retired as of that day', own.control_id
            USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('It is in force since %s.', lower(own.valid));
    END IF;
    UPDATE soc2.controls AS c
    SET status = 'retired', valid = daterange(lower(c.valid), last_day, '[]')
    WHERE c.control_id = own.control_id AND NOT c.shipped
    RETURNING c.* INTO own;
    PERFORM soc2.record_control(own.control_id, 'retire',
        jsonb_build_object('reason', reason) || to_jsonb(own));
END
$$;
COMMENT ON FUNCTION soc2.retire_control(text, text, date) IS
'ends a control: it is in force up to the day given, and stays there for periods before';
