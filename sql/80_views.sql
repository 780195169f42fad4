/* sql/80_views.sql */

--
-- Readiness: what is known about each criterion in scope.
--

CREATE FUNCTION soc2.readiness_state(
        is_cuec boolean, checks bigint, passing bigint, failing bigint,
        not_occurring bigint, undecided bigint, other_evidence bigint)
    RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN is_cuec THEN 'user_entity'
        WHEN failing OPERATOR(pg_catalog.>) 0 THEN 'failing'
        WHEN checks OPERATOR(pg_catalog.=) 0 AND other_evidence OPERATOR(pg_catalog.=) 0 THEN 'gap'
        WHEN undecided OPERATOR(pg_catalog.>) 0 THEN 'unknown'
        WHEN passing OPERATOR(pg_catalog.+) not_occurring OPERATOR(pg_catalog.<) checks THEN 'not_run'
        WHEN passing OPERATOR(pg_catalog.+) other_evidence OPERATOR(pg_catalog.>) 0 THEN 'evidenced'
        ELSE 'not_occurring'
    END;
END;
COMMENT ON FUNCTION soc2.readiness_state(boolean, bigint, bigint, bigint, bigint, bigint, bigint) IS
'the one place that says what is known about a criterion, the first that holds: user_entity (the customer''s duty, nothing here covers it), failing, gap (nothing tests it and nothing was recorded), unknown (a check could not see), not_run, evidenced, not_occurring (only empty populations)';

CREATE VIEW soc2.readiness AS
    WITH other AS (
        SELECT e.criteria, pg_catalog.count(*) AS evidence,
            pg_catalog.max(e.recorded_at) AS recorded_at
        FROM soc2.evidence AS e
        WHERE e.kind OPERATOR(pg_catalog.<>) 'check_run'
        GROUP BY e.criteria),
    known AS (
        SELECT c.criterion, c.framework, c.code, c.title, c.category, c.is_cuec,
            c.position, s.checks, s.passing, s.failing, s.not_occurring,
            s.undecided, o.evidence AS other_evidence,
            GREATEST(s.recorded_at, o.recorded_at) AS last_evidence_at
        FROM soc2.catalogue AS c
        CROSS JOIN LATERAL (
            SELECT pg_catalog.count(*) AS checks,
                pg_catalog.count(*) FILTER (WHERE k.outcome OPERATOR(pg_catalog.=) 'pass') AS passing,
                pg_catalog.count(*) FILTER (WHERE k.outcome OPERATOR(pg_catalog.=) 'fail') AS failing,
                pg_catalog.count(*) FILTER (WHERE k.outcome OPERATOR(pg_catalog.=) 'not_occurring') AS not_occurring,
                pg_catalog.count(*) FILTER (
                    WHERE k.outcome OPERATOR(pg_catalog.=) ANY ('{error,insufficient_privilege}'::text[])) AS undecided,
                pg_catalog.max(k.recorded_at) AS recorded_at
            FROM soc2.check_status AS k
            WHERE k.criteria OPERATOR(soc2.&&) c.criterion) AS s
        CROSS JOIN LATERAL (
            SELECT COALESCE(pg_catalog.sum(e.evidence), 0)::bigint AS evidence,
                pg_catalog.max(e.recorded_at) AS recorded_at
            FROM other AS e
            WHERE e.criteria OPERATOR(soc2.&&) c.criterion) AS o
        WHERE c.level OPERATOR(pg_catalog.=) 2 AND c.in_scope)
    SELECT k.criterion, k.framework, k.code, k.title, k.category, k.is_cuec,
        soc2.readiness_state(k.is_cuec, k.checks, k.passing, k.failing, k.not_occurring,
            k.undecided, k.other_evidence) AS state,
        k.checks, k.passing, k.failing, k.not_occurring, k.undecided,
        k.other_evidence, k.last_evidence_at, k.position
    FROM known AS k;
COMMENT ON VIEW soc2.readiness IS
'what is known about each criterion in scope? one row a criterion and framework; it states what was tested and recorded, never that anything is compliant';
COMMENT ON COLUMN soc2.readiness.criterion IS 'the criterion';
COMMENT ON COLUMN soc2.readiness.framework IS 'its framework, as text';
COMMENT ON COLUMN soc2.readiness.code IS 'its code, as text';
COMMENT ON COLUMN soc2.readiness.title IS 'one line';
COMMENT ON COLUMN soc2.readiness.category IS 'CC, A, C, PI or P';
COMMENT ON COLUMN soc2.readiness.is_cuec IS
'true: the customer''s duty, a complementary user-entity control; what is found here cannot cover it';
COMMENT ON COLUMN soc2.readiness.state IS
'user_entity, failing, gap, unknown, not_run, evidenced or not_occurring, see soc2.readiness_state()';
COMMENT ON COLUMN soc2.readiness.checks IS 'distinct checks that are evidence for it';
COMMENT ON COLUMN soc2.readiness.passing IS 'of them, passed when last run';
COMMENT ON COLUMN soc2.readiness.failing IS 'of them, failed when last run';
COMMENT ON COLUMN soc2.readiness.not_occurring IS 'of them, found an empty population';
COMMENT ON COLUMN soc2.readiness.undecided IS 'of them, ended in an error or lacked a privilege';
COMMENT ON COLUMN soc2.readiness.other_evidence IS 'evidence recorded for it that is no run of a check';
COMMENT ON COLUMN soc2.readiness.last_evidence_at IS 'newest of all its evidence';
COMMENT ON COLUMN soc2.readiness.position IS 'document order within the framework, below 2^53';
