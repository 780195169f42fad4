/* sql/80_views.sql */

--
-- Questions on criteria and controls: what is each of them known to be, and
-- what is missing?  Each view answers one question, which is its comment.
--
-- No state is computed here twice: soc2.readiness_state() says it of criteria
-- and controls, soc2.coverage_state() of coverage, and what a check, finding
-- or waiver is say the functions of those.
--

-- the last attestations of a control, without reading all evidence
CREATE INDEX soc2_evidence_attestation_idx
    ON soc2.evidence (control_id, recorded_at)
    WHERE kind OPERATOR(pg_catalog.=) 'attestation';

CREATE FUNCTION soc2.attestation_due(valid daterange, frequency interval, attested_until timestamptz)
    RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN attested_until IS NULL
            THEN pg_catalog.timezone('UTC', pg_catalog.lower(valid)::timestamp)
        ELSE attested_until OPERATOR(pg_catalog.+) frequency
    END;
END;
COMMENT ON FUNCTION soc2.attestation_due(daterange, interval, timestamptz) IS
'the one place that says when a control that a person has to attest is due: from its first day if it never was, then a frequency after the time that the last attestation speaks of; NULL: when there is occasion';

CREATE VIEW soc2.attestation_status AS
    SELECT c.control_id, c.title, c.owner, c.nature, c.frequency,
        a.recorded_at, a.outcome, a.attested_until, a.evidence_id, d.due_at,
        COALESCE(d.due_at OPERATOR(pg_catalog.<=) pg_catalog.now(), false) AS is_due
    FROM soc2.controls AS c
    LEFT JOIN LATERAL (
        SELECT e.recorded_at, e.evidence_id, e.payload OPERATOR(pg_catalog.->>) 'outcome' AS outcome,
            pg_catalog.upper(e.effective) AS attested_until
        FROM soc2.evidence AS e
        WHERE e.kind OPERATOR(pg_catalog.=) 'attestation' AND e.control_id OPERATOR(pg_catalog.=) c.control_id
        ORDER BY pg_catalog.upper(e.effective) DESC NULLS LAST, e.recorded_at DESC
        LIMIT 1) AS a ON true
    CROSS JOIN LATERAL (
        SELECT soc2.attestation_due(c.valid, c.frequency, a.attested_until) AS due_at) AS d
    WHERE NOT c.shipped AND c.nature OPERATOR(pg_catalog.<>) 'automated'
        AND soc2.control_is_in_force(c.status, c.valid, CURRENT_DATE, CURRENT_DATE);
COMMENT ON VIEW soc2.attestation_status IS
'which controls does a person have to attest, what did the last attestation say, and when is the next one due? one row a manual or hybrid control in force';
COMMENT ON COLUMN soc2.attestation_status.control_id IS 'the control';
COMMENT ON COLUMN soc2.attestation_status.title IS 'one line';
COMMENT ON COLUMN soc2.attestation_status.owner IS 'who answers for it; NULL: nobody yet';
COMMENT ON COLUMN soc2.attestation_status.nature IS 'manual or hybrid';
COMMENT ON COLUMN soc2.attestation_status.frequency IS 'how often it operates; NULL: when there is occasion';
COMMENT ON COLUMN soc2.attestation_status.recorded_at IS 'when the attestation was recorded that speaks of the latest time; NULL: there is none';
COMMENT ON COLUMN soc2.attestation_status.outcome IS 'what it says: pass, fail or not_occurring';
COMMENT ON COLUMN soc2.attestation_status.attested_until IS 'end of the time that it speaks of';
COMMENT ON COLUMN soc2.attestation_status.evidence_id IS 'evidence of it';
COMMENT ON COLUMN soc2.attestation_status.due_at IS 'when the next one is due, see soc2.attestation_due(); NULL: when there is occasion';
COMMENT ON COLUMN soc2.attestation_status.is_due IS 'true: it is due now';

--
-- Coverage and gaps, of all frameworks at once
--

CREATE VIEW soc2.coverage AS
    SELECT v.criterion, v.framework, v.code, v.title, v.category, v.is_cuec,
        v.state, v.controls, v.covering, v.through_crosswalk, v.checks,
        v.placements, v."position"
    FROM soc2.frameworks AS f
    CROSS JOIN LATERAL soc2.coverage(f.framework, 2, CURRENT_DATE) AS v;
COMMENT ON VIEW soc2.coverage IS
'how far do the controls in force today cover each criterion in scope? one row a criterion and framework, by soc2.coverage()';
COMMENT ON COLUMN soc2.coverage.criterion IS 'the criterion';
COMMENT ON COLUMN soc2.coverage.framework IS 'its framework, as text';
COMMENT ON COLUMN soc2.coverage.code IS 'its code, as text';
COMMENT ON COLUMN soc2.coverage.title IS 'one line';
COMMENT ON COLUMN soc2.coverage.category IS 'CC, A, C, PI or P';
COMMENT ON COLUMN soc2.coverage.is_cuec IS 'true: the customer''s duty, a complementary user-entity control';
COMMENT ON COLUMN soc2.coverage.state IS 'covered, partial, gap or user_entity, see soc2.coverage_state()';
COMMENT ON COLUMN soc2.coverage.controls IS 'controls that reach it';
COMMENT ON COLUMN soc2.coverage.covering IS 'of them, cover it';
COMMENT ON COLUMN soc2.coverage.through_crosswalk IS 'of them, reach it over the crosswalk alone';
COMMENT ON COLUMN soc2.coverage.checks IS 'distinct checks of these controls';
COMMENT ON COLUMN soc2.coverage.placements IS 'pairs of control and check: a check that tests two of the controls counts twice';
COMMENT ON COLUMN soc2.coverage.position IS 'document order within the framework, below 2^53';

CREATE VIEW soc2.gaps AS
    SELECT g.criterion, f.framework, g.code, g.title, g.state, g.controls, g.library
    FROM soc2.frameworks AS f
    CROSS JOIN LATERAL soc2.gaps(f.framework, 2, CURRENT_DATE) AS g;
COMMENT ON VIEW soc2.gaps IS
'which criteria in scope does no control in force today cover, or in part only, and which controls of the library would? one row a criterion and framework, by soc2.gaps()';
COMMENT ON COLUMN soc2.gaps.criterion IS 'the criterion';
COMMENT ON COLUMN soc2.gaps.framework IS 'its framework, as text';
COMMENT ON COLUMN soc2.gaps.code IS 'its code, as text';
COMMENT ON COLUMN soc2.gaps.title IS 'one line';
COMMENT ON COLUMN soc2.gaps.state IS 'partial or gap, see soc2.coverage_state()';
COMMENT ON COLUMN soc2.gaps.controls IS 'controls that reach it';
COMMENT ON COLUMN soc2.gaps.library IS 'controls of the library that would and were not adopted';

--
-- Readiness
--

CREATE FUNCTION soc2.readiness_state(
        is_cuec boolean, checks bigint, passing bigint, failing bigint,
        not_occurring bigint, undecided bigint, other_evidence bigint,
        stale bigint DEFAULT 0, open_findings bigint DEFAULT 0,
        attestations_due bigint DEFAULT 0, expired boolean DEFAULT false,
        overdue_items bigint DEFAULT 0)
    RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN is_cuec THEN 'user_entity'
        WHEN failing OPERATOR(pg_catalog.>) 0 OR open_findings OPERATOR(pg_catalog.>) 0
            OR overdue_items OPERATOR(pg_catalog.>) 0 THEN 'failing'
        WHEN checks OPERATOR(pg_catalog.=) 0 AND other_evidence OPERATOR(pg_catalog.=) 0 THEN
            CASE WHEN attestations_due OPERATOR(pg_catalog.>) 0 THEN 'manual_due' ELSE 'gap' END
        WHEN undecided OPERATOR(pg_catalog.>) 0 THEN 'unknown'
        WHEN passing OPERATOR(pg_catalog.+) not_occurring OPERATOR(pg_catalog.+) stale OPERATOR(pg_catalog.<) checks THEN 'not_run'
        WHEN stale OPERATOR(pg_catalog.>) 0 OR expired THEN 'stale'
        WHEN attestations_due OPERATOR(pg_catalog.>) 0 THEN 'manual_due'
        WHEN passing OPERATOR(pg_catalog.+) other_evidence OPERATOR(pg_catalog.>) 0 THEN 'evidenced'
        ELSE 'not_occurring'
    END;
END;
COMMENT ON FUNCTION soc2.readiness_state(boolean, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, boolean, bigint) IS
'the one place that says what is known about a criterion or control, the first that holds: user_entity (the customer''s duty, nothing here covers it), failing (a check, or a finding is open, or a row of a register is overdue), gap (nothing tests it and nothing was recorded), unknown (a check could not see), not_run, stale (out of date), manual_due (a person has to attest), evidenced, not_occurring (only empty populations)';

CREATE VIEW soc2.readiness AS
    WITH status AS MATERIALIZED (
        SELECT k.check_id, k.outcome, k.criteria, k.recorded_at
        FROM soc2.check_status AS k),
    covered AS MATERIALIZED (
        SELECT v.criterion, v.state, v.controls FROM soc2.coverage AS v),
    reach AS MATERIALIZED (
        SELECT DISTINCT r.criterion, r.control_id
        FROM soc2.control_reach(CURRENT_DATE) AS r),
    open_of AS MATERIALIZED (
        SELECT f.check_id, f.control_id, pg_catalog.count(*) AS open,
            pg_catalog.count(*) FILTER (WHERE soc2.finding_is_overdue(f.state, f.due_at, pg_catalog.now())) AS overdue
        FROM soc2.findings AS f
        WHERE f.state OPERATOR(pg_catalog.=) 'open'
        GROUP BY f.check_id, f.control_id),
    waiver AS MATERIALIZED (
        SELECT w.waiver_id, w.check_id, w.control_id
        FROM soc2.waiver_status AS w
        WHERE w.state OPERATOR(pg_catalog.=) 'active'),
    attestation AS MATERIALIZED (
        SELECT a.control_id FROM soc2.attestation_status AS a WHERE a.is_due),
    other AS MATERIALIZED (
        SELECT e.criteria, pg_catalog.sum(e.rows) AS evidence, pg_catalog.max(e.last_recorded_at) AS recorded_at,
            pg_catalog.sum(e.lasting) OPERATOR(pg_catalog.=) 0 AND pg_catalog.max(e.expires_at) OPERATOR(pg_catalog.<=) pg_catalog.now() AS expired
        FROM soc2.evidence_totals AS e
        WHERE e.kind OPERATOR(pg_catalog.<>) 'check_run'
        GROUP BY e.criteria),
    kept AS MATERIALIZED (
        SELECT r.criteria::soc2.criterion_set AS criteria, r.items, r.overdue
        FROM soc2.register_status AS r
        WHERE r.items OPERATOR(pg_catalog.>) 0),
    known AS (
        SELECT c.criterion, c.framework, c.code, c.title, c.category, c.is_cuec,
            c."position", s.*, o.evidence AS other_evidence, o.expired,
            i.register_items, i.overdue_items,
            GREATEST(s.recorded_at, o.recorded_at) AS last_evidence_at,
            f.open_findings, f.overdue_findings, w.waivers, d.attestations_due
        FROM soc2.catalogue AS c
        CROSS JOIN LATERAL (
            SELECT pg_catalog.count(*) AS checks,
                pg_catalog.count(*) FILTER (WHERE k.outcome OPERATOR(pg_catalog.=) 'pass') AS passing,
                pg_catalog.count(*) FILTER (WHERE k.outcome OPERATOR(pg_catalog.=) 'fail') AS failing,
                pg_catalog.count(*) FILTER (WHERE k.outcome OPERATOR(pg_catalog.=) 'stale') AS stale,
                pg_catalog.count(*) FILTER (WHERE k.outcome OPERATOR(pg_catalog.=) 'not_occurring') AS not_occurring,
                pg_catalog.count(*) FILTER (
                    WHERE k.outcome OPERATOR(pg_catalog.=) ANY ('{error,insufficient_privilege}'::text[])) AS undecided,
                pg_catalog.count(*) FILTER (
                    WHERE k.outcome OPERATOR(pg_catalog.=) ANY ('{not_run,disabled}'::text[])) AS not_run,
                pg_catalog.max(k.recorded_at) AS recorded_at
            FROM status AS k
            WHERE k.criteria OPERATOR(soc2.&&) c.criterion) AS s
        CROSS JOIN LATERAL (
            SELECT COALESCE(pg_catalog.sum(e.evidence), 0)::bigint AS evidence,
                COALESCE(pg_catalog.bool_and(e.expired), false) AS expired,
                pg_catalog.max(e.recorded_at) AS recorded_at
            FROM other AS e
            WHERE e.criteria OPERATOR(soc2.&&) c.criterion) AS o
        CROSS JOIN LATERAL (
            SELECT COALESCE(pg_catalog.sum(n.items), 0)::bigint AS register_items,
                COALESCE(pg_catalog.sum(n.overdue), 0)::bigint AS overdue_items
            FROM kept AS n
            WHERE n.criteria OPERATOR(soc2.&&) c.criterion) AS i
        CROSS JOIN LATERAL (
            SELECT COALESCE(pg_catalog.sum(n.open), 0)::bigint AS open_findings,
                COALESCE(pg_catalog.sum(n.overdue), 0)::bigint AS overdue_findings
            FROM open_of AS n
            WHERE EXISTS (SELECT FROM status AS k
                          WHERE k.check_id OPERATOR(pg_catalog.=) n.check_id
                              AND k.criteria OPERATOR(soc2.&&) c.criterion)
                OR EXISTS (SELECT FROM reach AS r
                           WHERE r.control_id OPERATOR(pg_catalog.=) n.control_id
                               AND r.criterion OPERATOR(soc2.=) c.criterion)) AS f
        CROSS JOIN LATERAL (
            SELECT pg_catalog.count(*) AS waivers
            FROM waiver AS n
            WHERE EXISTS (SELECT FROM status AS k
                          WHERE k.check_id OPERATOR(pg_catalog.=) n.check_id
                              AND k.criteria OPERATOR(soc2.&&) c.criterion)
                OR EXISTS (SELECT FROM reach AS r
                           WHERE r.control_id OPERATOR(pg_catalog.=) n.control_id
                               AND r.criterion OPERATOR(soc2.=) c.criterion)) AS w
        CROSS JOIN LATERAL (
            SELECT pg_catalog.count(*) AS attestations_due
            FROM reach AS r
            JOIN attestation AS a ON a.control_id OPERATOR(pg_catalog.=) r.control_id
            WHERE r.criterion OPERATOR(soc2.=) c.criterion) AS d
        WHERE c.level OPERATOR(pg_catalog.=) 2 AND c.in_scope)
    SELECT k.criterion, k.framework, k.code, k.title, k.category, k.is_cuec,
        soc2.readiness_state(k.is_cuec, k.checks, k.passing, k.failing, k.not_occurring,
            k.undecided, k.other_evidence OPERATOR(pg_catalog.+) k.register_items, k.stale,
            k.open_findings, k.attestations_due, k.expired, k.overdue_items) AS state,
        v.state AS coverage, v.controls,
        k.checks, k.passing, k.failing, k.stale, k.not_occurring, k.undecided, k.not_run,
        k.open_findings, k.overdue_findings, k.waivers, k.attestations_due,
        k.other_evidence, k.expired, k.last_evidence_at, k."position",
        k.register_items, k.overdue_items,
        (SELECT pg_catalog.count(*) FROM soc2.ways(k.criterion)) AS ways
    FROM known AS k
    LEFT JOIN covered AS v ON v.criterion OPERATOR(soc2.=) k.criterion;
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
'user_entity, failing, gap, unknown, not_run, stale, manual_due, evidenced or not_occurring, see soc2.readiness_state()';
COMMENT ON COLUMN soc2.readiness.coverage IS 'how far controls in force cover it: covered, partial, gap or user_entity, see soc2.coverage_state()';
COMMENT ON COLUMN soc2.readiness.controls IS 'controls in force that reach it';
COMMENT ON COLUMN soc2.readiness.checks IS 'distinct checks that are evidence for it, the sum of the six that follow';
COMMENT ON COLUMN soc2.readiness.passing IS 'of them, passed when last run';
COMMENT ON COLUMN soc2.readiness.failing IS 'of them, failed when last run, waived or not';
COMMENT ON COLUMN soc2.readiness.stale IS 'of them, did not fail when last run, and that is out of date';
COMMENT ON COLUMN soc2.readiness.not_occurring IS 'of them, found an empty population';
COMMENT ON COLUMN soc2.readiness.undecided IS 'of them, ended in an error or lacked a privilege';
COMMENT ON COLUMN soc2.readiness.not_run IS 'of them, never ran or are switched off';
COMMENT ON COLUMN soc2.readiness.open_findings IS 'findings of these checks, and of controls that reach it, that are open, waived or not';
COMMENT ON COLUMN soc2.readiness.overdue_findings IS 'of them, overdue';
COMMENT ON COLUMN soc2.readiness.waivers IS 'active waivers of these checks, and of controls that reach it';
COMMENT ON COLUMN soc2.readiness.attestations_due IS 'manual and hybrid controls that reach it whose attestation is due now';
COMMENT ON COLUMN soc2.readiness.other_evidence IS 'evidence recorded for it that is no run of a check';
COMMENT ON COLUMN soc2.readiness.expired IS 'true: there is such evidence, and all of it has expired';
COMMENT ON COLUMN soc2.readiness.last_evidence_at IS 'newest of all its evidence';
COMMENT ON COLUMN soc2.readiness.position IS 'document order within the framework, below 2^53';
COMMENT ON COLUMN soc2.readiness.register_items IS 'rows of registers that are evidence for it';
COMMENT ON COLUMN soc2.readiness.overdue_items IS 'of them, overdue';
COMMENT ON COLUMN soc2.readiness.ways IS 'ways in which it can be evidenced, see soc2.ways()';

--
-- Controls
--

CREATE VIEW soc2.control_matrix AS
    WITH status AS MATERIALIZED (
        SELECT l.control_id, pg_catalog.count(*) AS checks,
            pg_catalog.count(*) FILTER (WHERE k.outcome OPERATOR(pg_catalog.=) 'pass') AS passing,
            pg_catalog.count(*) FILTER (WHERE k.outcome OPERATOR(pg_catalog.=) 'fail') AS failing,
            pg_catalog.count(*) FILTER (WHERE k.outcome OPERATOR(pg_catalog.=) 'stale') AS stale,
            pg_catalog.count(*) FILTER (WHERE k.outcome OPERATOR(pg_catalog.=) 'not_occurring') AS not_occurring,
            pg_catalog.count(*) FILTER (
                WHERE k.outcome OPERATOR(pg_catalog.=) ANY ('{error,insufficient_privilege}'::text[])) AS undecided,
            pg_catalog.count(*) FILTER (
                WHERE k.outcome OPERATOR(pg_catalog.=) ANY ('{not_run,disabled}'::text[])) AS not_run,
            pg_catalog.max(k.recorded_at) AS recorded_at
        FROM soc2.control_checks AS l
        JOIN soc2.check_status AS k ON k.check_id OPERATOR(pg_catalog.=) l.check_id
        WHERE NOT l.shipped
        GROUP BY l.control_id),
    open_of AS MATERIALIZED (
        SELECT COALESCE(f.control_id, l.control_id) AS control_id, pg_catalog.count(*) AS open
        FROM soc2.findings AS f
        LEFT JOIN soc2.control_checks AS l ON l.check_id OPERATOR(pg_catalog.=) f.check_id AND NOT l.shipped
        WHERE f.state OPERATOR(pg_catalog.=) 'open'
        GROUP BY COALESCE(f.control_id, l.control_id)),
    waived AS MATERIALIZED (
        SELECT n.control_id, pg_catalog.count(*) AS waivers
        FROM (SELECT w.waiver_id, w.control_id
              FROM soc2.waiver_status AS w
              WHERE w.state OPERATOR(pg_catalog.=) 'active' AND w.control_id IS NOT NULL
              UNION
              SELECT w.waiver_id, l.control_id
              FROM soc2.waiver_status AS w
              JOIN soc2.control_checks AS l ON l.check_id OPERATOR(pg_catalog.=) w.check_id AND NOT l.shipped
              WHERE w.state OPERATOR(pg_catalog.=) 'active') AS n
        GROUP BY n.control_id),
    known AS MATERIALIZED (
        SELECT c.control_id, c.title, c.owner, c.nature, c.frequency, c.status,
            soc2.control_is_in_force(c.status, c.valid, CURRENT_DATE, CURRENT_DATE) AS in_force,
            COALESCE(s.checks, 0) AS checks, COALESCE(s.passing, 0) AS passing,
            COALESCE(s.failing, 0) AS failing, COALESCE(s.stale, 0) AS stale,
            COALESCE(s.not_occurring, 0) AS not_occurring,
            COALESCE(s.undecided, 0) AS undecided, COALESCE(s.not_run, 0) AS not_run,
            COALESCE(o.open, 0) AS open_findings, COALESCE(w.waivers, 0) AS waivers,
            a.outcome AS attestation, a.attested_until, a.due_at AS attestation_due_at,
            COALESCE(a.is_due, false) AS attestation_is_due,
            GREATEST(s.recorded_at, a.recorded_at) AS last_evidence_at
        FROM soc2.controls AS c
        LEFT JOIN status AS s ON s.control_id OPERATOR(pg_catalog.=) c.control_id
        LEFT JOIN open_of AS o ON o.control_id OPERATOR(pg_catalog.=) c.control_id
        LEFT JOIN waived AS w ON w.control_id OPERATOR(pg_catalog.=) c.control_id
        LEFT JOIN soc2.attestation_status AS a ON a.control_id OPERATOR(pg_catalog.=) c.control_id
        WHERE NOT c.shipped)
    SELECT k.control_id, k.title, k.owner, k.nature, k.frequency, k.status, k.in_force,
        m.criterion, t.framework, t.code, t.title AS criterion_title,
        m.relation, soc2.relation_covers(m.relation) AS covers, x.in_scope,
        m.rationale, m.author, m.since,
        CASE WHEN NOT k.in_force THEN 'not_in_force'
            ELSE soc2.readiness_state(false, k.checks, k.passing, k.failing, k.not_occurring,
                k.undecided, CASE WHEN k.attestation OPERATOR(pg_catalog.=) 'pass' THEN 1 ELSE 0 END,
                k.stale, k.open_findings, CASE WHEN k.attestation_is_due THEN 1 ELSE 0 END)
        END AS state,
        k.checks, k.passing, k.failing, k.stale, k.not_occurring, k.undecided, k.not_run,
        k.open_findings, k.waivers, k.attestation, k.attested_until,
        k.attestation_due_at, k.attestation_is_due, k.last_evidence_at
    FROM known AS k
    LEFT JOIN soc2.control_criteria AS m ON m.control_id OPERATOR(pg_catalog.=) k.control_id AND NOT m.shipped
    LEFT JOIN soc2.criteria AS t ON t.criterion OPERATOR(soc2.=) m.criterion
    LEFT JOIN soc2.scope AS x ON x.category OPERATOR(pg_catalog.=) soc2.category(m.criterion);
COMMENT ON VIEW soc2.control_matrix IS
'which criteria is each control of the organisation for, how far does it go, and what is known about the control now? one row a control and criterion; a control that is for none has one row, too';
COMMENT ON COLUMN soc2.control_matrix.control_id IS 'the control';
COMMENT ON COLUMN soc2.control_matrix.title IS 'one line';
COMMENT ON COLUMN soc2.control_matrix.owner IS 'who answers for it; NULL: nobody yet';
COMMENT ON COLUMN soc2.control_matrix.nature IS 'automated, manual or hybrid';
COMMENT ON COLUMN soc2.control_matrix.frequency IS 'how often it operates; NULL: when there is occasion';
COMMENT ON COLUMN soc2.control_matrix.status IS 'draft, adopted or retired';
COMMENT ON COLUMN soc2.control_matrix.in_force IS 'true: it is in force today';
COMMENT ON COLUMN soc2.control_matrix.criterion IS 'criterion that it is for; NULL: none';
COMMENT ON COLUMN soc2.control_matrix.framework IS 'framework of the criterion, as text';
COMMENT ON COLUMN soc2.control_matrix.code IS 'code of the criterion, as text';
COMMENT ON COLUMN soc2.control_matrix.criterion_title IS 'title of the criterion';
COMMENT ON COLUMN soc2.control_matrix.relation IS 'what the control is to it: equal-to, superset-of, subset-of or intersects-with';
COMMENT ON COLUMN soc2.control_matrix.covers IS 'true: it covers it, see soc2.relation_covers()';
COMMENT ON COLUMN soc2.control_matrix.in_scope IS 'true: the category of the criterion is in scope';
COMMENT ON COLUMN soc2.control_matrix.rationale IS 'why it is for it';
COMMENT ON COLUMN soc2.control_matrix.author IS 'who says so';
COMMENT ON COLUMN soc2.control_matrix.since IS 'day from which that counts';
COMMENT ON COLUMN soc2.control_matrix.state IS 'of the control: not_in_force, or failing, gap, unknown, not_run, stale, manual_due, evidenced or not_occurring, see soc2.readiness_state()';
COMMENT ON COLUMN soc2.control_matrix.checks IS 'checks that test the control, the sum of the six that follow';
COMMENT ON COLUMN soc2.control_matrix.passing IS 'of them, passed when last run';
COMMENT ON COLUMN soc2.control_matrix.failing IS 'of them, failed when last run, waived or not';
COMMENT ON COLUMN soc2.control_matrix.stale IS 'of them, did not fail when last run, and that is out of date';
COMMENT ON COLUMN soc2.control_matrix.not_occurring IS 'of them, found an empty population';
COMMENT ON COLUMN soc2.control_matrix.undecided IS 'of them, ended in an error or lacked a privilege';
COMMENT ON COLUMN soc2.control_matrix.not_run IS 'of them, never ran or are switched off';
COMMENT ON COLUMN soc2.control_matrix.open_findings IS 'findings of the control and of its checks that are open, waived or not';
COMMENT ON COLUMN soc2.control_matrix.waivers IS 'active waivers of the control and of its checks';
COMMENT ON COLUMN soc2.control_matrix.attestation IS 'what the last attestation says: pass, fail or not_occurring; NULL: none, or none is needed';
COMMENT ON COLUMN soc2.control_matrix.attested_until IS 'end of the time that it speaks of';
COMMENT ON COLUMN soc2.control_matrix.attestation_due_at IS 'when the next attestation is due; NULL: when there is occasion, or none is needed';
COMMENT ON COLUMN soc2.control_matrix.attestation_is_due IS 'true: it is due now';
COMMENT ON COLUMN soc2.control_matrix.last_evidence_at IS 'newest run of its checks, or attestation';

--
-- Findings and waivers
--

CREATE VIEW soc2.findings_open AS
    SELECT f.finding_id, f.check_id, f.control_id,
        COALESCE(k.title, c.title) AS title, f.resource, f.severity, f.waived, f.overdue,
        f.opened_at, f.regressions, f.owner, f.due_at, f.root_cause, f.remediation,
        x.criteria, pg_catalog.btrim(x.criteria::text, '{}') AS codes, f.opened_by_evidence
    FROM soc2.finding_status AS f
    LEFT JOIN soc2.checks AS k ON k.check_id OPERATOR(pg_catalog.=) f.check_id
    LEFT JOIN soc2.controls AS c ON c.control_id OPERATOR(pg_catalog.=) f.control_id AND NOT c.shipped
    CROSS JOIN LATERAL (
        SELECT CASE WHEN f.control_id IS NULL THEN k.criteria
                    ELSE soc2.control_criteria_set(f.control_id) END AS criteria) AS x
    WHERE f.state OPERATOR(pg_catalog.=) 'open';
COMMENT ON VIEW soc2.findings_open IS
'which failures are open, which of them are waived or overdue, and who mends them? one row a finding; a waived one is there, too';
COMMENT ON COLUMN soc2.findings_open.finding_id IS 'number of the finding';
COMMENT ON COLUMN soc2.findings_open.check_id IS 'check that failed';
COMMENT ON COLUMN soc2.findings_open.control_id IS 'control that does not operate by an attestation';
COMMENT ON COLUMN soc2.findings_open.title IS 'title of the check or control; NULL if it is gone';
COMMENT ON COLUMN soc2.findings_open.resource IS 'member that failed';
COMMENT ON COLUMN soc2.findings_open.severity IS 'critical, high, medium or low';
COMMENT ON COLUMN soc2.findings_open.waived IS 'true: it is waived now, and still open';
COMMENT ON COLUMN soc2.findings_open.overdue IS 'true: it is open after it was due';
COMMENT ON COLUMN soc2.findings_open.opened_at IS 'when it was opened, or opened again';
COMMENT ON COLUMN soc2.findings_open.regressions IS 'how often it was opened again';
COMMENT ON COLUMN soc2.findings_open.owner IS 'who mends it; NULL: nobody yet';
COMMENT ON COLUMN soc2.findings_open.due_at IS 'when it has to be closed';
COMMENT ON COLUMN soc2.findings_open.root_cause IS 'why it came about';
COMMENT ON COLUMN soc2.findings_open.remediation IS 'what is done about it, or else what the check advises';
COMMENT ON COLUMN soc2.findings_open.criteria IS 'criteria of the check or control';
COMMENT ON COLUMN soc2.findings_open.codes IS 'the same as text, framework:code, separated by commas';
COMMENT ON COLUMN soc2.findings_open.opened_by_evidence IS 'evidence that opened it';

CREATE VIEW soc2.waivers_active AS
    SELECT w.waiver_id, w.check_id, w.control_id, COALESCE(k.title, c.title) AS title,
        w.resource, w.reason, w.requested_by, w.requested_at,
        w.decided_by AS approved_by, w.decided_at AS approved_at, w.expires_at,
        (SELECT pg_catalog.count(*)
         FROM soc2.findings AS f
         WHERE f.state OPERATOR(pg_catalog.=) 'open'
             AND (w.resource IS NULL OR f.resource OPERATOR(pg_catalog.=) w.resource)
             AND f.check_id OPERATOR(pg_catalog.=) ANY (CASE WHEN w.check_id IS NOT NULL THEN ARRAY[w.check_id]
                 ELSE ARRAY(SELECT l.check_id FROM soc2.control_checks AS l
                            WHERE l.control_id OPERATOR(pg_catalog.=) w.control_id AND NOT l.shipped) END)
        ) AS open_findings,
        x.criteria, pg_catalog.btrim(x.criteria::text, '{}') AS codes
    FROM soc2.waiver_status AS w
    LEFT JOIN soc2.checks AS k ON k.check_id OPERATOR(pg_catalog.=) w.check_id
    LEFT JOIN soc2.controls AS c ON c.control_id OPERATOR(pg_catalog.=) w.control_id AND NOT c.shipped
    CROSS JOIN LATERAL (
        SELECT CASE WHEN w.control_id IS NULL THEN k.criteria
                    ELSE soc2.control_criteria_set(w.control_id) END AS criteria) AS x
    WHERE w.state OPERATOR(pg_catalog.=) 'active';
COMMENT ON VIEW soc2.waivers_active IS
'which failures does somebody live with now, for what reason, until when, and who approved it? one row a waiver that holds';
COMMENT ON COLUMN soc2.waivers_active.waiver_id IS 'id of the waiver';
COMMENT ON COLUMN soc2.waivers_active.check_id IS 'check whose failures are waived';
COMMENT ON COLUMN soc2.waivers_active.control_id IS 'control whose checks are meant';
COMMENT ON COLUMN soc2.waivers_active.title IS 'title of the check or control; NULL if it is gone';
COMMENT ON COLUMN soc2.waivers_active.resource IS 'the one member it is for; NULL: for all';
COMMENT ON COLUMN soc2.waivers_active.reason IS 'why the failure is accepted';
COMMENT ON COLUMN soc2.waivers_active.requested_by IS 'role that asked for it';
COMMENT ON COLUMN soc2.waivers_active.requested_at IS 'when';
COMMENT ON COLUMN soc2.waivers_active.approved_by IS 'role that approved it';
COMMENT ON COLUMN soc2.waivers_active.approved_at IS 'when';
COMMENT ON COLUMN soc2.waivers_active.expires_at IS 'when it ends';
COMMENT ON COLUMN soc2.waivers_active.open_findings IS 'open findings that it covers';
COMMENT ON COLUMN soc2.waivers_active.criteria IS 'criteria of the check or control';
COMMENT ON COLUMN soc2.waivers_active.codes IS 'the same as text, framework:code, separated by commas';
