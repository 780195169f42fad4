/* sql/56_period.sql */

--
-- Audit periods: how controls operated on a day (type I) or over a range of
-- days (type II), the populations that were tested, and samples of them.
--

CREATE TABLE soc2.periods (
    period_id text NOT NULL,
    type text NOT NULL GENERATED ALWAYS AS (
        CASE WHEN last_day OPERATOR(pg_catalog.=) first_day THEN 'I' ELSE 'II' END) STORED,
    first_day date NOT NULL,
    last_day date NOT NULL,
    time_zone text NOT NULL,
    during tstzrange NOT NULL,
    scope text[] NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    opened_by name NOT NULL,
    closed_at timestamptz,
    closed_by name,
    closing_evidence uuid,
    CONSTRAINT soc2_periods_pkey PRIMARY KEY (period_id),
    CONSTRAINT soc2_periods_period_id_check CHECK (
        pg_catalog.length(period_id) BETWEEN 1 AND 100
        AND period_id OPERATOR(pg_catalog.=) pg_catalog.btrim(period_id)
        AND period_id OPERATOR(pg_catalog.!~) '[\x01-\x1f\x7f]'),
    CONSTRAINT soc2_periods_days_check CHECK (
        pg_catalog.isfinite(first_day) AND pg_catalog.isfinite(last_day)
        AND first_day OPERATOR(pg_catalog.<=) last_day),
    CONSTRAINT soc2_periods_closed_check CHECK (
        pg_catalog.num_nulls(closed_at, closed_by, closing_evidence)
            OPERATOR(pg_catalog.=) ANY ('{0,3}'::integer[]))
);
SELECT pg_catalog.pg_extension_config_dump('soc2.periods', '');
COMMENT ON TABLE soc2.periods IS
'periods that are audited; written by soc2.open_period() and soc2.close_period()';
COMMENT ON COLUMN soc2.periods.period_id IS 'name of the period, as 2026-H1';
COMMENT ON COLUMN soc2.periods.type IS 'I: a day; II: a range of days';
COMMENT ON COLUMN soc2.periods.first_day IS 'first day';
COMMENT ON COLUMN soc2.periods.last_day IS 'last day';
COMMENT ON COLUMN soc2.periods.time_zone IS 'time zone whose days are meant';
COMMENT ON COLUMN soc2.periods.during IS 'the days as a range of times';
COMMENT ON COLUMN soc2.periods.scope IS 'categories that were in scope when it was opened';
COMMENT ON COLUMN soc2.periods.opened_at IS 'when it was opened';
COMMENT ON COLUMN soc2.periods.opened_by IS 'by which role';
COMMENT ON COLUMN soc2.periods.closed_at IS 'when it was closed; NULL: it was not';
COMMENT ON COLUMN soc2.periods.closed_by IS 'by which role';
COMMENT ON COLUMN soc2.periods.closing_evidence IS 'evidence that holds the status of all controls at closing';

CREATE FUNCTION soc2.open_period(period_id text, first_day date, last_day date DEFAULT NULL)
    RETURNS text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    opened soc2.periods;
BEGIN
    IF EXISTS (SELECT FROM soc2.periods AS p WHERE p.period_id = open_period.period_id) THEN
        RAISE EXCEPTION 'period "%" exists already', period_id
            USING ERRCODE = 'duplicate_object';
    END IF;
    IF first_day IS NULL OR NOT isfinite(first_day)
        OR NOT isfinite(COALESCE(last_day, first_day))
        OR COALESCE(last_day, first_day) < first_day THEN
        RAISE EXCEPTION 'a period must be a day, or end on a later day than it begins'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO soc2.periods (period_id, first_day, last_day, time_zone, during,
                              scope, opened_by)
    SELECT open_period.period_id, open_period.first_day, d.last_day,
        current_setting('TimeZone'),
        tstzrange(open_period.first_day::timestamptz, (d.last_day + 1)::timestamptz),
        ARRAY(SELECT s.category FROM soc2.scope AS s WHERE s.in_scope ORDER BY 1),
        soc2.acting_role()
    FROM (VALUES (COALESCE(open_period.last_day, open_period.first_day))) AS d (last_day)
    RETURNING * INTO opened;
    PERFORM soc2.record_act('period', opened.period_id,
        to_jsonb(opened) || jsonb_build_object('action', 'open', 'session_user', SESSION_USER),
        effective => opened.during);
    RETURN opened.type;
END
$$;
COMMENT ON FUNCTION soc2.open_period(text, date, date) IS
'names a period: a day is of type I, more days are of type II, both included, in the time zone of the session; returns the type; 42710 if there is one of that name, 22023 if it ends before it begins';

CREATE FUNCTION soc2.known_period(period_id text)
    RETURNS soc2.periods
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known soc2.periods;
BEGIN
    SELECT p.* INTO known FROM soc2.periods AS p WHERE p.period_id = known_period.period_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'period "%" does not exist', period_id
            USING ERRCODE = 'undefined_object',
            DETAIL = 'No row of soc2.periods has this name.',
            HINT = 'Name it with soc2.open_period().';
    END IF;
    RETURN known;
END
$$;
COMMENT ON FUNCTION soc2.known_period(text) IS
'a period by its name; 42704 if there is none';

--
-- When a control has to have operated
--

CREATE FUNCTION soc2.expected_intervals(
        during tstzrange, time_zone text, type text, frequency interval, valid daterange)
    RETURNS SETOF tstzrange
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 200
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- times of day in the zone of the period, so that a day is a day
    since timestamp := lower(valid)::timestamp;
    first timestamp := greatest(lower(during) AT TIME ZONE time_zone, since);
    last timestamp := least(upper(during) AT TIME ZONE time_zone, upper(valid)::timestamp);
    n integer := 0;
BEGIN
    IF first >= last THEN
        RETURN;
    ELSIF type = 'I' THEN
        first := greatest(since, last - frequency);
    ELSIF frequency IS NOT NULL THEN
        WHILE first + (n + 1) * frequency <= last LOOP
            RETURN NEXT tstzrange((first + n * frequency) AT TIME ZONE time_zone,
                                  (first + (n + 1) * frequency) AT TIME ZONE time_zone);
            n := n + 1;
        END LOOP;
    END IF;
    IF n = 0 THEN
        RETURN NEXT tstzrange(first AT TIME ZONE time_zone, last AT TIME ZONE time_zone);
    END IF;
END
$$;
COMMENT ON FUNCTION soc2.expected_intervals(tstzrange, text, text, interval, daterange) IS
'intervals of a period in each of which a control has to operate: each whole time of its frequency while it is in force, or the whole period if that is shorter; for type I the one that ends with the day';

CREATE FUNCTION soc2.control_runs(control_id text, during tstzrange)
    RETURNS TABLE (
        source text,
        at tstzrange,
        outcome text,
        failures bigint,
        waived bigint,
        evidence_id uuid)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 200
BEGIN ATOMIC
    SELECT e.check_id, pg_catalog.tstzrange(e.recorded_at, e.recorded_at, '[]'),
        e.payload OPERATOR(pg_catalog.->>) 'outcome',
        COALESCE((e.payload OPERATOR(pg_catalog.->>) 'failures')::bigint, 0),
        COALESCE((e.payload OPERATOR(pg_catalog.->>) 'waived')::bigint, 0),
        e.evidence_id
    FROM soc2.control_checks AS k
    JOIN soc2.evidence AS e ON e.check_id OPERATOR(pg_catalog.=) k.check_id
    WHERE k.control_id OPERATOR(pg_catalog.=) $1 AND NOT k.shipped
        AND e.kind OPERATOR(pg_catalog.=) 'check_run'
        AND e.recorded_at OPERATOR(pg_catalog.>=) pg_catalog.lower($2)
        AND e.recorded_at OPERATOR(pg_catalog.<) pg_catalog.upper($2)
    UNION ALL
    SELECT 'attestation', e.effective,
        e.payload OPERATOR(pg_catalog.->>) 'outcome',
        CASE e.payload OPERATOR(pg_catalog.->>) 'outcome' WHEN 'fail' THEN 1 ELSE 0 END,
        0, e.evidence_id
    FROM soc2.evidence AS e
    WHERE e.kind OPERATOR(pg_catalog.=) 'attestation'
        AND e.control_id OPERATOR(pg_catalog.=) $1
        AND e.effective OPERATOR(pg_catalog.&&) $2;
END;
COMMENT ON FUNCTION soc2.control_runs(text, tstzrange) IS
'recorded runs of the checks of a control, and attestations of it, in a time';

CREATE FUNCTION soc2.operation_state(
        expected bigint, covered bigint, decided bigint, occurring bigint, failing bigint)
    RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN failing OPERATOR(pg_catalog.>) 0 THEN 'fail'
        WHEN decided OPERATOR(pg_catalog.=) 0 OR expected OPERATOR(pg_catalog.=) 0 THEN 'not_run'
        WHEN covered OPERATOR(pg_catalog.<) expected THEN 'partly_run'
        WHEN occurring OPERATOR(pg_catalog.=) 0 THEN 'not_occurring'
        ELSE 'pass'
    END;
END;
COMMENT ON FUNCTION soc2.operation_state(bigint, bigint, bigint, bigint, bigint) IS
'the one place that says how a control operated: fail (a failure that was not waived), not_run (nothing was decided, or nothing is due), partly_run (an interval lacks a run), not_occurring (only empty populations) or pass';

CREATE FUNCTION soc2.design_faults(
        control soc2.controls, period soc2.periods)
    RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.array_remove(ARRAY[
        CASE WHEN NOT soc2.control_is_in_force(control.status, control.valid,
                period.first_day, period.last_day) THEN 'not in force on every day' END,
        CASE WHEN control.owner IS NULL THEN 'no owner' END,
        CASE WHEN NOT EXISTS (
                SELECT FROM soc2.control_criteria AS m
                JOIN soc2.criteria AS c ON c.criterion OPERATOR(soc2.=) m.criterion
                WHERE m.control_id OPERATOR(pg_catalog.=) control.control_id
                    AND NOT m.shipped
                    AND m.since OPERATOR(pg_catalog.<=) period.last_day
                    AND soc2.category(m.criterion) OPERATOR(pg_catalog.=) ANY (period.scope))
            THEN 'no criterion in scope' END,
        CASE WHEN control.nature OPERATOR(pg_catalog.<>) 'manual' AND NOT EXISTS (
                SELECT FROM soc2.control_checks AS k
                JOIN soc2.checks AS t ON t.check_id OPERATOR(pg_catalog.=) k.check_id
                WHERE k.control_id OPERATOR(pg_catalog.=) control.control_id
                    AND NOT k.shipped)
            THEN 'no check' END], NULL);
END;
COMMENT ON FUNCTION soc2.design_faults(soc2.controls, soc2.periods) IS
'what the design of a control lacks in a period: in force on every day, an owner, a criterion in scope, a check unless it is manual';

CREATE FUNCTION soc2.control_status(period text)
    RETURNS TABLE (
        control_id text,
        title text,
        nature text,
        frequency interval,
        design text,
        design_faults text[],
        operation text,
        expected bigint,
        covered bigint,
        covered_during tstzmultirange,
        missing_during tstzmultirange,
        runs bigint,
        undecided bigint,
        failures bigint,
        waived bigint)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 60
BEGIN ATOMIC
    WITH asked AS MATERIALIZED (
        SELECT p.* FROM soc2.known_period($1) AS p),
    concerned AS MATERIALIZED (
        SELECT c.control_id, c.title, c.nature, c.frequency,
            soc2.design_faults(c, p) AS design_faults,
            ARRAY(SELECT i FROM soc2.expected_intervals(
                      p.during, p.time_zone, p.type, c.frequency, c.valid) AS i) AS intervals,
            LEAST(pg_catalog.upper(p.during),
                pg_catalog.timezone(p.time_zone, pg_catalog.upper(c.valid)::timestamp)) AS until
        FROM asked AS a
        JOIN soc2.periods AS p ON p.period_id OPERATOR(pg_catalog.=) a.period_id
        JOIN soc2.controls AS c
            ON NOT c.shipped AND c.status OPERATOR(pg_catalog.<>) 'draft'
            AND c.valid OPERATOR(pg_catalog.&&)
                pg_catalog.daterange(p.first_day, p.last_day, '[]')),
    -- what has to show that a control operates: each check, and a person
    source AS MATERIALIZED (
        SELECT c.control_id, k.check_id AS source
        FROM concerned AS c
        JOIN soc2.control_checks AS k
            ON k.control_id OPERATOR(pg_catalog.=) c.control_id AND NOT k.shipped
        JOIN soc2.checks AS t ON t.check_id OPERATOR(pg_catalog.=) k.check_id
        WHERE soc2.check_applies(t.min_version, t.max_version)
        UNION ALL
        SELECT c.control_id, 'attestation'
        FROM concerned AS c
        WHERE c.nature OPERATOR(pg_catalog.<>) 'automated'),
    -- where the intervals begin and end, as numbers of which any is found at once
    bounds AS MATERIALIZED (
        SELECT c.control_id, c.until,
            ARRAY(SELECT pg_catalog.lower(i.during)
                  FROM pg_catalog.unnest(c.intervals) WITH ORDINALITY AS i (during, place)
                  ORDER BY i.place) AS first,
            ARRAY(SELECT pg_catalog.upper(i.during)
                  FROM pg_catalog.unnest(c.intervals) WITH ORDINALITY AS i (during, place)
                  ORDER BY i.place) AS last
        FROM concerned AS c),
    -- all runs, of which those that decided something count; the interval of each
    -- is looked up, for there may be a million runs and hundreds of intervals
    run AS MATERIALIZED (
        SELECT b.control_id, r.source, r.evidence_id, r.failures, r.waived, r.outcome,
            r.outcome OPERATOR(pg_catalog.=) ANY ('{pass,fail,not_occurring}'::text[]) AS decided,
            i.place
        FROM bounds AS b
        CROSS JOIN LATERAL soc2.control_runs(b.control_id,
            pg_catalog.tstzrange(b.first[1], b.until)) AS r
        LEFT JOIN LATERAL pg_catalog.generate_series(
                GREATEST(pg_catalog.width_bucket(pg_catalog.lower(r.at), b.first), 1)::bigint,
                COALESCE(pg_catalog.width_bucket(pg_catalog.upper(r.at), b.first),
                    pg_catalog.cardinality(b.first))::bigint) AS i (place)
            ON pg_catalog.tstzrange(b.first[i.place], b.last[i.place])
                OPERATOR(pg_catalog.&&) r.at),
    hit AS (
        SELECT r.control_id, r.place, pg_catalog.count(DISTINCT r.source) AS sources
        FROM run AS r
        JOIN source AS s
            ON s.control_id OPERATOR(pg_catalog.=) r.control_id
            AND s.source OPERATOR(pg_catalog.=) r.source
        WHERE r.decided
        GROUP BY r.control_id, r.place),
    due AS (
        SELECT c.control_id, i.during,
            COALESCE(h.sources OPERATOR(pg_catalog.=) n.sources, false) AS covered
        FROM concerned AS c
        CROSS JOIN LATERAL pg_catalog.unnest(c.intervals) WITH ORDINALITY AS i (during, place)
        CROSS JOIN LATERAL (
            SELECT pg_catalog.count(*) AS sources FROM source AS s
            WHERE s.control_id OPERATOR(pg_catalog.=) c.control_id) AS n
        LEFT JOIN hit AS h
            ON h.control_id OPERATOR(pg_catalog.=) c.control_id
            AND h.place OPERATOR(pg_catalog.=) i.place
        -- what is not over yet is due only when it was done
        WHERE pg_catalog.upper(i.during) OPERATOR(pg_catalog.<=) pg_catalog.now()
            OR h.sources OPERATOR(pg_catalog.=) n.sources),
    counted AS (
        SELECT d.control_id, pg_catalog.count(*) AS expected,
            pg_catalog.count(*) FILTER (WHERE d.covered) AS covered,
            pg_catalog.range_agg(d.during) FILTER (WHERE d.covered) AS covered_during,
            pg_catalog.range_agg(d.during) FILTER (WHERE NOT d.covered) AS missing_during
        FROM due AS d
        GROUP BY d.control_id),
    shown AS (
        SELECT r.control_id, pg_catalog.count(*) AS runs,
            pg_catalog.count(*) FILTER (WHERE r.decided) AS decided,
            pg_catalog.count(*) FILTER (WHERE NOT r.decided) AS undecided,
            pg_catalog.count(*) FILTER (
                WHERE r.outcome OPERATOR(pg_catalog.=) ANY ('{pass,fail}'::text[])) AS occurring,
            pg_catalog.sum(r.failures)::bigint AS failures,
            pg_catalog.sum(r.waived)::bigint AS waived,
            pg_catalog.count(*) FILTER (
                WHERE r.failures OPERATOR(pg_catalog.>) r.waived) AS failing
        FROM (SELECT DISTINCT x.control_id, x.evidence_id, x.outcome, x.failures,
                x.waived, x.decided
              FROM run AS x) AS r
        GROUP BY r.control_id)
    SELECT c.control_id, c.title, c.nature, c.frequency,
        CASE WHEN pg_catalog.cardinality(c.design_faults) OPERATOR(pg_catalog.=) 0
            THEN 'pass' ELSE 'fail' END,
        c.design_faults,
        soc2.operation_state(COALESCE(n.expected, 0), COALESCE(n.covered, 0),
            COALESCE(s.decided, 0), COALESCE(s.occurring, 0), COALESCE(s.failing, 0)),
        COALESCE(n.expected, 0), COALESCE(n.covered, 0),
        COALESCE(n.covered_during, '{}'), COALESCE(n.missing_during, '{}'),
        COALESCE(s.runs, 0), COALESCE(s.undecided, 0),
        COALESCE(s.failures, 0), COALESCE(s.waived, 0)
    FROM concerned AS c
    LEFT JOIN counted AS n ON n.control_id OPERATOR(pg_catalog.=) c.control_id
    LEFT JOIN shown AS s ON s.control_id OPERATOR(pg_catalog.=) c.control_id
    ORDER BY c.control_id COLLATE pg_catalog."C";
END;
COMMENT ON FUNCTION soc2.control_status(text) IS
'how was each control that was in force in a period designed, and how did it operate? one row a control; it states what was recorded, and is no opinion; 42704 for an unknown period';

CREATE FUNCTION soc2.close_period(period_id text)
    RETURNS uuid
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known soc2.periods := soc2.known_period(period_id);
    closing uuid;
BEGIN
    PERFORM FROM soc2.periods AS p WHERE p.period_id = known.period_id FOR UPDATE;
    known := soc2.known_period(period_id);
    IF known.closed_at IS NOT NULL OR upper(known.during) > clock_timestamp() THEN
        RAISE EXCEPTION 'period "%" cannot be closed', period_id
            USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = CASE WHEN known.closed_at IS NULL THEN 'It is not over yet.'
                          ELSE 'It is closed.' END;
    END IF;
    closing := soc2.record_act('period', known.period_id,
        jsonb_build_object('action', 'close', 'session_user', SESSION_USER, 'controls',
            (SELECT COALESCE(jsonb_agg(to_jsonb(s)), '[]')
             FROM soc2.control_status(known.period_id) AS s)),
        effective => known.during);
    UPDATE soc2.periods AS p
    SET closed_at = clock_timestamp(), closed_by = soc2.acting_role(),
        closing_evidence = closing
    WHERE p.period_id = known.period_id;
    RETURN closing;
END
$$;
COMMENT ON FUNCTION soc2.close_period(text) IS
'closes a period that is over: keeps the status of all its controls as evidence, and returns the evidence_id; 55000 if it is not over or closed';

--
-- Populations and samples
--

CREATE TABLE soc2.populations (
    population_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    check_id text NOT NULL,
    period_id text NOT NULL,
    frozen_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    frozen_by name NOT NULL,
    runs bigint NOT NULL,
    members bigint NOT NULL,
    cut bigint NOT NULL,
    complete boolean NOT NULL,
    sha256 text NOT NULL,
    CONSTRAINT soc2_populations_pkey PRIMARY KEY (population_id)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.populations', '');
COMMENT ON TABLE soc2.populations IS
'populations of checks in periods, frozen by soc2.population()';
COMMENT ON COLUMN soc2.populations.population_id IS 'id of the population';
COMMENT ON COLUMN soc2.populations.check_id IS 'check whose members they are';
COMMENT ON COLUMN soc2.populations.period_id IS 'period that they were seen in';
COMMENT ON COLUMN soc2.populations.frozen_at IS 'when it was frozen';
COMMENT ON COLUMN soc2.populations.frozen_by IS 'by which role';
COMMENT ON COLUMN soc2.populations.runs IS 'recorded runs that it is made of';
COMMENT ON COLUMN soc2.populations.members IS 'number of distinct members';
COMMENT ON COLUMN soc2.populations.cut IS 'members that runs saw and did not keep, see soc2.max_results';
COMMENT ON COLUMN soc2.populations.complete IS
'true: the period was over, there was a run, and no run left members out or ended in an error';
COMMENT ON COLUMN soc2.populations.sha256 IS 'hash over the members, in hexadecimal';

CREATE TABLE soc2.population_members (
    population_id uuid NOT NULL,
    member bigint NOT NULL,
    resource text COLLATE pg_catalog."C" NOT NULL,
    runs bigint NOT NULL,
    failures bigint NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    CONSTRAINT soc2_population_members_pkey PRIMARY KEY (population_id, member)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.population_members', '');
COMMENT ON TABLE soc2.population_members IS
'members of frozen populations; rows are neither changed nor removed';
COMMENT ON COLUMN soc2.population_members.population_id IS 'the population';
COMMENT ON COLUMN soc2.population_members.member IS 'number from 1, by the bytes of the resource';
COMMENT ON COLUMN soc2.population_members.resource IS 'the member';
COMMENT ON COLUMN soc2.population_members.runs IS 'runs that saw it';
COMMENT ON COLUMN soc2.population_members.failures IS 'of them, in which it failed';
COMMENT ON COLUMN soc2.population_members.first_seen IS 'first run in the period that saw it';
COMMENT ON COLUMN soc2.population_members.last_seen IS 'last one';

CREATE TRIGGER soc2_guard_update
    BEFORE UPDATE ON soc2.population_members
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.population_members ENABLE ALWAYS TRIGGER soc2_guard_update;
COMMENT ON TRIGGER soc2_guard_update ON soc2.population_members IS
'refuses UPDATE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_delete
    BEFORE DELETE ON soc2.population_members
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.population_members ENABLE ALWAYS TRIGGER soc2_guard_delete;
COMMENT ON TRIGGER soc2_guard_delete ON soc2.population_members IS
'refuses DELETE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_truncate
    BEFORE TRUNCATE ON soc2.population_members
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.population_members ENABLE ALWAYS TRIGGER soc2_guard_truncate;
COMMENT ON TRIGGER soc2_guard_truncate ON soc2.population_members IS
'refuses TRUNCATE, also where triggers are off for replication';

CREATE FUNCTION soc2.population_sha256(population_id uuid)
    RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.encode(pg_catalog.sha256(COALESCE(pg_catalog.string_agg(
        pg_catalog.int4send(pg_catalog.length(r.bytes))
            OPERATOR(pg_catalog.||) r.bytes
            OPERATOR(pg_catalog.||) pg_catalog.int8send(m.runs)
            OPERATOR(pg_catalog.||) pg_catalog.int8send(m.failures),
        '' ORDER BY m.member), '')), 'hex')
    FROM soc2.population_members AS m
    CROSS JOIN LATERAL (
        SELECT pg_catalog.convert_to(m.resource, 'UTF8') AS bytes) AS r
    WHERE m.population_id OPERATOR(pg_catalog.=) $1;
END;
COMMENT ON FUNCTION soc2.population_sha256(uuid) IS
'hash over the members of a population as they are stored now, to be compared with that in soc2.populations and in the evidence';

CREATE FUNCTION soc2.population(check_id text, period text)
    RETURNS uuid
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known soc2.periods := soc2.known_period(period);
    frozen soc2.populations;
    run_ids uuid[];
BEGIN
    IF NOT EXISTS (SELECT FROM soc2.checks AS k WHERE k.check_id = population.check_id) THEN
        RAISE EXCEPTION 'check "%" does not exist', check_id
            USING ERRCODE = 'undefined_object', HINT = 'The checks are in soc2.checks.';
    END IF;
    frozen.population_id := gen_random_uuid();
    SELECT array_agg(e.evidence_id) FILTER (WHERE d.decided), count(*) FILTER (WHERE d.decided),
        COALESCE(sum((e.payload ->> 'results_cut')::bigint) FILTER (WHERE d.decided), 0),
        upper(known.during) <= clock_timestamp() AND COALESCE(bool_and(
            d.decided AND (e.payload ->> 'results_cut')::bigint = 0), false)
    INTO run_ids, frozen.runs, frozen.cut, frozen.complete
    FROM soc2.evidence AS e
    CROSS JOIN LATERAL (
        SELECT e.payload ->> 'outcome' IN ('pass', 'fail', 'not_occurring') AS decided) AS d
    WHERE e.check_id = population.check_id AND e.kind = 'check_run'
        AND e.recorded_at >= lower(known.during) AND e.recorded_at < upper(known.during);
    INSERT INTO soc2.population_members (population_id, member, resource, runs,
                                         failures, first_seen, last_seen)
    SELECT frozen.population_id, row_number() OVER (ORDER BY r.resource), r.resource,
        count(*), count(*) FILTER (WHERE NOT r.ok), min(r.recorded_at), max(r.recorded_at)
    FROM soc2.check_results AS r
    WHERE r.evidence_id = ANY (run_ids)
    GROUP BY r.resource;
    GET DIAGNOSTICS frozen.members = ROW_COUNT;
    INSERT INTO soc2.populations (population_id, check_id, period_id, frozen_by, runs,
                                  members, cut, complete, sha256)
    VALUES (frozen.population_id, population.check_id, known.period_id,
            soc2.acting_role(), frozen.runs, frozen.members, frozen.cut,
            frozen.complete, soc2.population_sha256(frozen.population_id))
    RETURNING * INTO frozen;
    PERFORM soc2.record_act('population', known.period_id,
        to_jsonb(frozen) || jsonb_build_object('session_user', SESSION_USER),
        check_id => frozen.check_id, effective => known.during);
    RETURN frozen.population_id;
END
$$;
COMMENT ON FUNCTION soc2.population(text, text) IS
'freezes what the recorded runs of a check saw in a period: each member once, with how often it was seen and failed; returns the population_id; 42704 for an unknown check or period';

CREATE FUNCTION soc2.sample(population_id uuid, size integer, seed text DEFAULT NULL)
    RETURNS TABLE (
        draw bigint,
        member bigint,
        resource text,
        runs bigint,
        failures bigint)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 25
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    chosen text;
BEGIN
    SELECT COALESCE(seed, p.sha256) INTO chosen
    FROM soc2.populations AS p WHERE p.population_id = sample.population_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'population "%" does not exist', population_id
            USING ERRCODE = 'undefined_object', HINT = 'Freeze one with soc2.population().';
    END IF;
    IF size IS NULL OR size < 1 THEN
        RAISE EXCEPTION 'a sample must have one member or more'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    SELECT row_number() OVER (ORDER BY k.key, m.member), m.member, m.resource::text,
        m.runs, m.failures
    FROM soc2.population_members AS m
    CROSS JOIN LATERAL (
        SELECT sha256(convert_to(chosen, 'UTF8') || '\x00'::bytea || int8send(m.member)) AS key) AS k
    WHERE m.population_id = sample.population_id
    ORDER BY 1
    LIMIT size;
END
$$;
COMMENT ON FUNCTION soc2.sample(uuid, integer, text) IS
'draws members of a frozen population: those with the smallest SHA-256 of the seed in UTF-8, a zero byte and the number of the member in 8 bytes, big-endian; without a seed the hash of the population is the seed; the whole population if it is no larger';
