/* sql/79_evidence_days.sql */

--
-- Evidence counted by days, so that nobody reads all of it to draw a trend.
--
-- soc2.refresh_days() counts what came since it was called last.  Each lane of
-- the ledger is written in the order of its positions, so the last position
-- that was counted, one a lane, says exactly what was: nothing is counted
-- twice, and nothing that was recorded late or by a long transaction is left
-- out.  What was not counted yet the views read as it is: they are never
-- behind, but slower the more there is of it.
--
-- Days are those of UTC.
--

CREATE TABLE soc2.evidence_marks (
    lane integer NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT soc2_evidence_marks_pkey PRIMARY KEY (lane)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.evidence_marks', '');
COMMENT ON TABLE soc2.evidence_marks IS
'how far the evidence is counted in soc2.evidence_days and soc2.check_runs';
COMMENT ON COLUMN soc2.evidence_marks.lane IS 'lane of the ledger of the evidence';
COMMENT ON COLUMN soc2.evidence_marks.seq IS 'last position in it that is counted';

-- No foreign key to the evidence: both tables are dumped.
CREATE TABLE soc2.evidence_days (
    day date NOT NULL,
    key_sha256 bytea NOT NULL,
    kind text NOT NULL,
    check_id text,
    control_id text,
    criteria soc2.criterion_set NOT NULL,
    outcome text,
    rows bigint NOT NULL,
    population bigint NOT NULL,
    failures bigint NOT NULL,
    undecided bigint NOT NULL,
    waived bigint NOT NULL,
    first_recorded_at timestamptz NOT NULL,
    last_recorded_at timestamptz NOT NULL,
    lasting bigint NOT NULL,
    expires_at timestamptz,
    CONSTRAINT soc2_evidence_days_pkey PRIMARY KEY (day, key_sha256)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.evidence_days', '');
COMMENT ON TABLE soc2.evidence_days IS
'evidence counted by day and what it is about; written by soc2.refresh_days(), compared with the evidence by soc2.verify_days()';
COMMENT ON COLUMN soc2.evidence_days.day IS 'day of recorded_at in UTC';
COMMENT ON COLUMN soc2.evidence_days.key_sha256 IS 'hash of kind, check_id, control_id, criteria and outcome, which may be long';
COMMENT ON COLUMN soc2.evidence_days.kind IS 'kind of the evidence';
COMMENT ON COLUMN soc2.evidence_days.check_id IS 'check that produced it';
COMMENT ON COLUMN soc2.evidence_days.control_id IS 'control that it is about';
COMMENT ON COLUMN soc2.evidence_days.criteria IS 'criteria that it speaks to';
COMMENT ON COLUMN soc2.evidence_days.outcome IS 'outcome of runs of checks and of attestations; NULL of other kinds, and where it was redacted';
COMMENT ON COLUMN soc2.evidence_days.rows IS 'number of rows of evidence';
COMMENT ON COLUMN soc2.evidence_days.population IS 'members that the runs looked at, all runs together';
COMMENT ON COLUMN soc2.evidence_days.failures IS 'of them, failed';
COMMENT ON COLUMN soc2.evidence_days.undecided IS 'of them, could not be decided';
COMMENT ON COLUMN soc2.evidence_days.waived IS 'of the failures, waived then';
COMMENT ON COLUMN soc2.evidence_days.first_recorded_at IS 'when the first was recorded';
COMMENT ON COLUMN soc2.evidence_days.last_recorded_at IS 'when the last was';
COMMENT ON COLUMN soc2.evidence_days.lasting IS 'of the rows, never expire';
COMMENT ON COLUMN soc2.evidence_days.expires_at IS 'when the last of the others expires; NULL: there are no others';

CREATE TABLE soc2.check_runs (
    evidence_id uuid NOT NULL,
    check_id text NOT NULL,
    recorded_at timestamptz NOT NULL,
    outcome text,
    population bigint,
    failures bigint,
    undecided bigint,
    waived bigint,
    CONSTRAINT soc2_check_runs_pkey PRIMARY KEY (evidence_id)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.check_runs', '');
COMMENT ON TABLE soc2.check_runs IS
'runs of checks without what they found; written by soc2.refresh_days() from the evidence, which is what counts, and compared with it by soc2.verify_days()';
COMMENT ON COLUMN soc2.check_runs.evidence_id IS 'evidence of the run';
COMMENT ON COLUMN soc2.check_runs.check_id IS 'the check';
COMMENT ON COLUMN soc2.check_runs.recorded_at IS 'when the run was recorded';
COMMENT ON COLUMN soc2.check_runs.outcome IS 'pass, fail, not_occurring, error or insufficient_privilege; NULL: redacted';
COMMENT ON COLUMN soc2.check_runs.population IS 'members looked at';
COMMENT ON COLUMN soc2.check_runs.failures IS 'of them, failed';
COMMENT ON COLUMN soc2.check_runs.undecided IS 'of them, could not be decided';
COMMENT ON COLUMN soc2.check_runs.waived IS 'of the failures, waived then';

CREATE FUNCTION soc2.payload_count(payload jsonb, name text)
    RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN pg_catalog.jsonb_typeof(payload OPERATOR(pg_catalog.->) name) OPERATOR(pg_catalog.=) 'number'
        THEN (payload OPERATOR(pg_catalog.->>) name)::numeric::bigint END;
END;
COMMENT ON FUNCTION soc2.payload_count(jsonb, text) IS
'a number of the payload of evidence; NULL if there is none of this name';

CREATE FUNCTION soc2.evidence_key(
        kind text, check_id text, control_id text, criteria soc2.criterion_set,
        outcome text)
    RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.jsonb_build_array(kind, check_id, control_id,
        criteria::text, outcome)::text, pg_catalog.getdatabaseencoding()));
END;
COMMENT ON FUNCTION soc2.evidence_key(text, text, text, soc2.criterion_set, text) IS
'hash of what evidence of one day is counted by';

-- By the index, lane by lane: what was not counted lies at the ends
-- of the lanes, and the planner cannot know.  The body is a string, see
-- soc2.control_reach().
CREATE FUNCTION soc2.evidence_behind(marks boolean DEFAULT true)
    RETURNS TABLE (
        lane integer, seq bigint, evidence_id uuid, day date, kind text, check_id text, control_id text, criteria soc2.criterion_set,
        outcome text, population bigint, failures bigint, undecided bigint,
        waived bigint, recorded_at timestamptz, expires_at timestamptz)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off
    SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
    AS $function$
    SELECT e.ledger_lane, e.ledger_seq, e.evidence_id,
        (e.recorded_at AT TIME ZONE 'UTC')::date,
        e.kind, e.check_id, e.control_id, e.criteria, o.outcome,
        o.population, o.failures, o.undecided, o.waived, e.recorded_at, e.expires_at
    FROM soc2.ledger_heads('soc2.evidence') AS h
    LEFT JOIN soc2.evidence_marks AS m ON m.lane = h.lane
    -- a subquery of its own, so that lane and position are both looked up
    CROSS JOIN LATERAL (
        SELECT x.*
        FROM soc2.evidence AS x
        WHERE x.ledger_lane = h.lane
            AND x.ledger_seq > CASE WHEN marks THEN COALESCE(m.seq, 0) ELSE 0 END
            AND x.ledger_seq <= CASE WHEN marks THEN h.seq ELSE m.seq END
        ORDER BY x.ledger_seq
        OFFSET 0) AS e
    LEFT JOIN LATERAL (
        SELECT e.payload ->> 'outcome' AS outcome,
            soc2.payload_count(e.payload, 'population') AS population,
            soc2.payload_count(e.payload, 'failures') AS failures,
            soc2.payload_count(e.payload, 'undecided') AS undecided,
            soc2.payload_count(e.payload, 'waived') AS waived
        WHERE e.kind = 'check_run' AND e.check_id IS NOT NULL
            OR e.kind = 'attestation') AS o ON true;
$function$;
COMMENT ON FUNCTION soc2.evidence_behind(boolean) IS
'evidence that soc2.refresh_days() did not count yet, or with false all that it did';

CREATE VIEW soc2.evidence_totals AS
    WITH behind AS MATERIALIZED (
        SELECT b.day,
            soc2.evidence_key(b.kind, b.check_id, b.control_id, b.criteria::soc2.criterion_set, b.outcome) AS key_sha256,
            b.kind, b.check_id, b.control_id, b.criteria::soc2.criterion_set AS criteria, b.outcome,
            pg_catalog.count(*) AS rows,
            COALESCE(pg_catalog.sum(b.population), 0)::bigint AS population,
            COALESCE(pg_catalog.sum(b.failures), 0)::bigint AS failures,
            COALESCE(pg_catalog.sum(b.undecided), 0)::bigint AS undecided,
            COALESCE(pg_catalog.sum(b.waived), 0)::bigint AS waived,
            pg_catalog.min(b.recorded_at) AS first_recorded_at, pg_catalog.max(b.recorded_at) AS last_recorded_at,
            pg_catalog.count(*) FILTER (WHERE b.expires_at IS NULL) AS lasting,
            pg_catalog.max(b.expires_at) AS expires_at
        FROM (SELECT x.day, x.kind, x.check_id, x.control_id, x.criteria::text AS criteria,
                  x.outcome, x.population, x.failures, x.undecided, x.waived,
                  x.recorded_at, x.expires_at
              FROM soc2.evidence_behind() AS x) AS b
        GROUP BY b.day, b.kind, b.check_id, b.control_id, b.criteria, b.outcome)
    SELECT d.day, d.key_sha256, d.kind, d.check_id, d.control_id, d.criteria, d.outcome,
        d.rows OPERATOR(pg_catalog.+) COALESCE(b.rows, 0) AS rows,
        d.population OPERATOR(pg_catalog.+) COALESCE(b.population, 0) AS population,
        d.failures OPERATOR(pg_catalog.+) COALESCE(b.failures, 0) AS failures,
        d.undecided OPERATOR(pg_catalog.+) COALESCE(b.undecided, 0) AS undecided,
        d.waived OPERATOR(pg_catalog.+) COALESCE(b.waived, 0) AS waived,
        LEAST(d.first_recorded_at, b.first_recorded_at) AS first_recorded_at,
        GREATEST(d.last_recorded_at, b.last_recorded_at) AS last_recorded_at,
        d.lasting OPERATOR(pg_catalog.+) COALESCE(b.lasting, 0) AS lasting,
        GREATEST(d.expires_at, b.expires_at) AS expires_at
    FROM soc2.evidence_days AS d
    LEFT JOIN behind AS b ON b.day OPERATOR(pg_catalog.=) d.day AND b.key_sha256 OPERATOR(pg_catalog.=) d.key_sha256
    UNION ALL
    SELECT b.day, b.key_sha256, b.kind, b.check_id, b.control_id, b.criteria, b.outcome,
        b.rows, b.population, b.failures, b.undecided, b.waived,
        b.first_recorded_at, b.last_recorded_at, b.lasting, b.expires_at
    FROM behind AS b
    WHERE NOT EXISTS (SELECT FROM soc2.evidence_days AS d
                      WHERE d.day OPERATOR(pg_catalog.=) b.day AND d.key_sha256 OPERATOR(pg_catalog.=) b.key_sha256);
COMMENT ON VIEW soc2.evidence_totals IS
'how much evidence of what is there a day? the rows of soc2.evidence_days, together with the evidence that is not counted in there yet';
COMMENT ON COLUMN soc2.evidence_totals.day IS 'day of recorded_at in UTC';
COMMENT ON COLUMN soc2.evidence_totals.key_sha256 IS 'hash of kind, check_id, control_id, criteria and outcome';
COMMENT ON COLUMN soc2.evidence_totals.kind IS 'kind of the evidence';
COMMENT ON COLUMN soc2.evidence_totals.check_id IS 'check that produced it';
COMMENT ON COLUMN soc2.evidence_totals.control_id IS 'control that it is about';
COMMENT ON COLUMN soc2.evidence_totals.criteria IS 'criteria that it speaks to';
COMMENT ON COLUMN soc2.evidence_totals.outcome IS 'outcome of runs of checks and of attestations';
COMMENT ON COLUMN soc2.evidence_totals.rows IS 'number of rows of evidence';
COMMENT ON COLUMN soc2.evidence_totals.population IS 'members that the runs looked at';
COMMENT ON COLUMN soc2.evidence_totals.failures IS 'of them, failed';
COMMENT ON COLUMN soc2.evidence_totals.undecided IS 'of them, could not be decided';
COMMENT ON COLUMN soc2.evidence_totals.waived IS 'of the failures, waived then';
COMMENT ON COLUMN soc2.evidence_totals.first_recorded_at IS 'when the first was recorded';
COMMENT ON COLUMN soc2.evidence_totals.last_recorded_at IS 'when the last was';
COMMENT ON COLUMN soc2.evidence_totals.lasting IS 'of the rows, never expire';
COMMENT ON COLUMN soc2.evidence_totals.expires_at IS 'when the last of the others expires; NULL: there are no others';

CREATE FUNCTION soc2.refresh_days(rebuild boolean DEFAULT false)
    RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    counted bigint;
BEGIN
    -- one who counts at a time; who reads or records evidence does not wait
    LOCK TABLE soc2.evidence_marks IN SHARE ROW EXCLUSIVE MODE;
    IF rebuild THEN
        DELETE FROM soc2.evidence_days;
        DELETE FROM soc2.check_runs;
        DELETE FROM soc2.evidence_marks;
    END IF;
    WITH behind AS MATERIALIZED (SELECT b.* FROM soc2.evidence_behind() AS b),
    run AS (
        INSERT INTO soc2.check_runs
        SELECT b.evidence_id, b.check_id, b.recorded_at, b.outcome, b.population,
            b.failures, b.undecided, b.waived
        FROM behind AS b
        WHERE b.kind = 'check_run' AND b.check_id IS NOT NULL),
    total AS (
        INSERT INTO soc2.evidence_days AS d
        SELECT b.day,
            soc2.evidence_key(b.kind, b.check_id, b.control_id, b.criteria::soc2.criterion_set, b.outcome),
            b.kind, b.check_id, b.control_id, b.criteria::soc2.criterion_set, b.outcome, count(*),
            COALESCE(sum(b.population), 0), COALESCE(sum(b.failures), 0),
            COALESCE(sum(b.undecided), 0), COALESCE(sum(b.waived), 0),
            min(b.recorded_at), max(b.recorded_at),
            count(*) FILTER (WHERE b.expires_at IS NULL), max(b.expires_at)
        FROM (SELECT x.day, x.kind, x.check_id, x.control_id, x.criteria::text AS criteria,
                  x.outcome, x.population, x.failures, x.undecided, x.waived,
                  x.recorded_at, x.expires_at
              FROM behind AS x) AS b
        GROUP BY b.day, b.kind, b.check_id, b.control_id, b.criteria, b.outcome
        ON CONFLICT (day, key_sha256) DO UPDATE
        SET rows = d.rows + excluded.rows,
            population = d.population + excluded.population,
            failures = d.failures + excluded.failures,
            undecided = d.undecided + excluded.undecided,
            waived = d.waived + excluded.waived,
            first_recorded_at = least(d.first_recorded_at, excluded.first_recorded_at),
            last_recorded_at = greatest(d.last_recorded_at, excluded.last_recorded_at),
            lasting = d.lasting + excluded.lasting,
            expires_at = greatest(d.expires_at, excluded.expires_at)),
    mark AS (
        INSERT INTO soc2.evidence_marks AS m
        SELECT b.lane, max(b.seq) FROM behind AS b GROUP BY b.lane
        ON CONFLICT (lane) DO UPDATE SET seq = excluded.seq)
    SELECT count(*) INTO counted FROM behind;
    RETURN counted;
END
$$;
COMMENT ON FUNCTION soc2.refresh_days(boolean) IS
'counts the evidence that came since it was called last, and returns how many rows that were; with true counts all evidence anew, which forgets what was pruned or redacted since';

CREATE FUNCTION soc2.verify_days()
    RETURNS TABLE (
        day date, kind text, check_id text, problem text, kept bigint, found bigint)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ledger uuid := (SELECT l.ledger_id FROM soc2.ledgers AS l
                    WHERE l.relation = 'soc2.evidence'::regclass);
    pruned boolean := EXISTS (SELECT FROM soc2.ledger_prunes AS p WHERE p.ledger_id = ledger);
    redacted boolean := EXISTS (SELECT FROM soc2.ledger_redactions AS r
                                WHERE r.ledger_id = ledger);
BEGIN
    RETURN QUERY
    WITH found AS MATERIALIZED (SELECT b.* FROM soc2.evidence_behind(false) AS b),
    expected AS (
        SELECT b.day, b.kind, b.check_id, b.control_id, b.criteria::text AS criteria,
            CASE WHEN NOT redacted THEN b.outcome END AS outcome, count(*) AS rows,
            CASE WHEN NOT redacted THEN COALESCE(sum(b.failures), 0) END AS failures
        FROM found AS b GROUP BY 1, 2, 3, 4, 5, 6),
    counted AS (
        SELECT d.day, d.kind, d.check_id, d.control_id, d.criteria::text AS criteria,
            CASE WHEN NOT redacted THEN d.outcome END AS outcome, sum(d.rows) AS rows,
            CASE WHEN NOT redacted THEN sum(d.failures) END AS failures
        FROM soc2.evidence_days AS d GROUP BY 1, 2, 3, 4, 5, 6),
    both_sides AS (
        SELECT x.day, x.kind, x.check_id, max(x.kept) AS kept, max(x.found) AS found,
            max(x.kept_failures) AS kept_failures, max(x.found_failures) AS found_failures
        FROM (SELECT c.day, c.kind, c.check_id, c.control_id, c.criteria, c.outcome,
                  c.rows AS kept, 0 AS found, c.failures AS kept_failures, NULL AS found_failures
              FROM counted AS c
              UNION ALL
              SELECT e.day, e.kind, e.check_id, e.control_id, e.criteria, e.outcome,
                  0, e.rows, NULL, e.failures
              FROM expected AS e) AS x
        GROUP BY x.day, x.kind, x.check_id, x.control_id, x.criteria, x.outcome)
    SELECT s.day, s.kind, s.check_id, 'days'::text, s.kept::bigint, s.found::bigint
    FROM both_sides AS s
    WHERE s.found > s.kept OR s.found < s.kept AND NOT pruned
        OR s.found = s.kept AND s.kept_failures <> s.found_failures
    UNION ALL
    SELECT (COALESCE(r.recorded_at, b.recorded_at) AT TIME ZONE 'UTC')::date, 'check_run',
        COALESCE(r.check_id, b.check_id), 'runs',
        count(r.evidence_id), count(b.evidence_id)
    FROM soc2.check_runs AS r
    FULL JOIN (SELECT f.* FROM found AS f
               WHERE f.kind = 'check_run' AND f.check_id IS NOT NULL) AS b
        ON b.evidence_id = r.evidence_id
    WHERE r.evidence_id IS NULL OR b.evidence_id IS NULL AND NOT pruned
        OR r.check_id <> b.check_id OR r.recorded_at <> b.recorded_at
        OR NOT redacted AND (r.outcome, r.population, r.failures, r.undecided, r.waived)
            IS DISTINCT FROM (b.outcome, b.population, b.failures, b.undecided, b.waived)
    GROUP BY 1, 3
    ORDER BY 1, 2, 3, 4;
END
$$;
COMMENT ON FUNCTION soc2.verify_days() IS
'where do soc2.evidence_days (problem days) and soc2.check_runs (problem runs) differ from the evidence that they were counted from? no row: nowhere; reads all evidence; where evidence was pruned, or payloads redacted, that is no difference';
