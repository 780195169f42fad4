/* sql/51_check_run.sql */

--
-- What runs of checks showed: members, the last run, and how it went on.
--

-- No foreign key to the evidence: both tables are dumped. The rows are not
-- chained; population_sha256 in the evidence of the run proves them.
CREATE TABLE soc2.check_results (
    evidence_id uuid NOT NULL,
    check_id text NOT NULL,
    recorded_at timestamptz NOT NULL,
    resource text COLLATE pg_catalog."C" NOT NULL,
    ok boolean,
    reason text,
    CONSTRAINT soc2_check_results_pkey PRIMARY KEY (evidence_id, resource)
);
CREATE INDEX soc2_check_results_failing_idx
    ON soc2.check_results (check_id, resource, recorded_at)
    WHERE ok IS NOT TRUE;
SELECT pg_catalog.pg_extension_config_dump('soc2.check_results', '');
COMMENT ON TABLE soc2.check_results IS
'members of the population of each recorded run, at most soc2.max_results that passed and as many that did not; written by soc2.assess(), proven by population_sha256 in the evidence of the run';
COMMENT ON COLUMN soc2.check_results.evidence_id IS 'evidence of the run';
COMMENT ON COLUMN soc2.check_results.check_id IS 'the check';
COMMENT ON COLUMN soc2.check_results.recorded_at IS 'when the run was recorded';
COMMENT ON COLUMN soc2.check_results.resource IS 'the member';
COMMENT ON COLUMN soc2.check_results.ok IS 'is it as it should be? NULL: could not be decided';
COMMENT ON COLUMN soc2.check_results.reason IS 'why';

CREATE FUNCTION soc2.check_results_sha256(evidence_id uuid)
    RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.encode(pg_catalog.sha256(COALESCE(pg_catalog.string_agg(m.bytes, ''
        ORDER BY m.resource COLLATE pg_catalog."C"), '')), 'hex')
    FROM (
        SELECT r.resource, pg_catalog.string_agg(
            CASE WHEN f.value IS NULL THEN '\x0000000000'::bytea
            ELSE '\x01'::bytea
                OPERATOR(pg_catalog.||) pg_catalog.int4send(pg_catalog.octet_length(f.value))
                OPERATOR(pg_catalog.||) pg_catalog.convert_to(f.value, pg_catalog.getdatabaseencoding())
            END, '' ORDER BY f.position) AS bytes
        FROM soc2.check_results AS r
        CROSS JOIN LATERAL (VALUES (1, r.resource),
            (2, CASE WHEN r.ok THEN 't' WHEN NOT r.ok THEN 'f' END),
            (3, r.reason)) AS f (position, value)
        WHERE r.evidence_id OPERATOR(pg_catalog.=) check_results_sha256.evidence_id
        GROUP BY r.resource) AS m;
END;
COMMENT ON FUNCTION soc2.check_results_sha256(uuid) IS
'hash of the members that soc2.check_results holds of a run; the same as population_sha256 in its evidence if all were kept and none has changed';

-- the last runs of a check, without reading all evidence
CREATE INDEX soc2_evidence_check_run_idx
    ON soc2.evidence (check_id, recorded_at, ledger_seq)
    WHERE kind OPERATOR(pg_catalog.=) 'check_run';

CREATE VIEW soc2.check_status AS
    SELECT c.check_id, c.title, c.severity,
        CASE
            WHEN NOT c.enabled THEN 'disabled'
            WHEN e.evidence_id IS NULL THEN 'not_run'
            WHEN f.is_stale AND e.outcome OPERATOR(pg_catalog.=) ANY ('{pass,not_occurring}'::text[]) THEN 'stale'
            ELSE e.outcome
        END AS outcome,
        (e.payload OPERATOR(pg_catalog.->>) 'population')::bigint AS population,
        (e.payload OPERATOR(pg_catalog.->>) 'failures')::bigint AS failures,
        e.payload OPERATOR(pg_catalog.->>) 'reason' AS reason,
        c.remediation, e.recorded_at, e.evidence_id, c.criteria,
        e.outcome AS last_outcome, f.is_stale,
        e.recorded_at OPERATOR(pg_catalog.+) c.frequency AS due_at,
        (SELECT r.recorded_at
         FROM soc2.evidence AS r
         WHERE r.check_id OPERATOR(pg_catalog.=) c.check_id
             AND r.kind OPERATOR(pg_catalog.=) 'check_run'
         ORDER BY r.recorded_at
         LIMIT 1) AS first_recorded_at
    FROM soc2.checks_in_force AS c
    LEFT JOIN LATERAL (
        SELECT r.payload, r.recorded_at, r.evidence_id,
            r.payload OPERATOR(pg_catalog.->>) 'outcome' AS outcome
        FROM soc2.evidence AS r
        WHERE r.check_id OPERATOR(pg_catalog.=) c.check_id
            AND r.kind OPERATOR(pg_catalog.=) 'check_run'
        ORDER BY r.recorded_at DESC, r.ledger_seq DESC
        LIMIT 1) AS e ON true
    CROSS JOIN LATERAL (
        SELECT e.recorded_at OPERATOR(pg_catalog.+) c.frequency
                OPERATOR(pg_catalog.<=) pg_catalog.statement_timestamp()
            OR e.payload OPERATOR(pg_catalog.->>) 'query' OPERATOR(pg_catalog.<>) c.query AS is_stale) AS f;
COMMENT ON VIEW soc2.check_status IS
'what did each check show last? one row a check that is for this server''s version; what never ran, is too old or is switched off says so and is not green';
COMMENT ON COLUMN soc2.check_status.check_id IS 'the check';
COMMENT ON COLUMN soc2.check_status.title IS 'what is as it should be when it passes';
COMMENT ON COLUMN soc2.check_status.severity IS 'critical, high, medium or low';
COMMENT ON COLUMN soc2.check_status.outcome IS
'pass, fail, not_occurring, error, insufficient_privilege; or not_run, disabled, or stale in place of a pass or not_occurring that is out of date';
COMMENT ON COLUMN soc2.check_status.population IS 'members looked at';
COMMENT ON COLUMN soc2.check_status.failures IS 'members that failed';
COMMENT ON COLUMN soc2.check_status.reason IS 'one line about the last outcome';
COMMENT ON COLUMN soc2.check_status.remediation IS 'what to do about a failure';
COMMENT ON COLUMN soc2.check_status.recorded_at IS 'when the last run was recorded';
COMMENT ON COLUMN soc2.check_status.evidence_id IS 'evidence of the last run';
COMMENT ON COLUMN soc2.check_status.criteria IS 'criteria it is evidence for';
COMMENT ON COLUMN soc2.check_status.last_outcome IS 'what the last run showed, however old; NULL: none';
COMMENT ON COLUMN soc2.check_status.is_stale IS
'is the last run older than the frequency of the check, or of another query? NULL: none';
COMMENT ON COLUMN soc2.check_status.due_at IS 'when it is to run again; NULL: now, it never ran';
COMMENT ON COLUMN soc2.check_status.first_recorded_at IS 'when the first run was recorded; NULL: it never ran';

CREATE FUNCTION soc2.check_trend(
        period tstzrange,
        OUT check_id text, OUT title text, OUT severity text, OUT trend text,
        OUT runs bigint, OUT passed bigint, OUT failed bigint,
        OUT not_occurring bigint, OUT undecided bigint,
        OUT first_at timestamptz, OUT first_outcome text, OUT first_failures bigint,
        OUT last_at timestamptz, OUT last_outcome text, OUT last_failures bigint)
    RETURNS SETOF record
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    WITH run AS (
        SELECT e.check_id, e.recorded_at,
            e.payload OPERATOR(pg_catalog.->>) 'outcome' AS outcome,
            (e.payload OPERATOR(pg_catalog.->>) 'failures')::bigint AS failures,
            pg_catalog.row_number() OVER (
                PARTITION BY e.check_id ORDER BY e.recorded_at, e.ledger_seq) AS forth,
            pg_catalog.row_number() OVER (
                PARTITION BY e.check_id ORDER BY e.recorded_at DESC, e.ledger_seq DESC) AS back
        FROM soc2.evidence AS e
        WHERE e.kind OPERATOR(pg_catalog.=) 'check_run'
            AND check_trend.period OPERATOR(pg_catalog.@>) e.recorded_at),
    total AS (
        SELECT c.check_id, c.title, c.severity,
            pg_catalog.count(r.outcome) AS runs,
            pg_catalog.count(*) FILTER (WHERE r.outcome OPERATOR(pg_catalog.=) 'pass') AS passed,
            pg_catalog.count(*) FILTER (WHERE r.outcome OPERATOR(pg_catalog.=) 'fail') AS failed,
            pg_catalog.count(*) FILTER (WHERE r.outcome OPERATOR(pg_catalog.=) 'not_occurring') AS not_occurring,
            pg_catalog.count(*) FILTER (
                WHERE r.outcome OPERATOR(pg_catalog.=) ANY ('{error,insufficient_privilege}'::text[])) AS undecided,
            pg_catalog.min(r.recorded_at) AS first_at,
            pg_catalog.max(r.outcome) FILTER (WHERE r.forth OPERATOR(pg_catalog.=) 1) AS first_outcome,
            pg_catalog.max(r.failures) FILTER (WHERE r.forth OPERATOR(pg_catalog.=) 1) AS first_failures,
            pg_catalog.max(r.recorded_at) AS last_at,
            pg_catalog.max(r.outcome) FILTER (WHERE r.back OPERATOR(pg_catalog.=) 1) AS last_outcome,
            pg_catalog.max(r.failures) FILTER (WHERE r.back OPERATOR(pg_catalog.=) 1) AS last_failures
        FROM soc2.checks_in_force AS c
        LEFT JOIN run AS r ON r.check_id OPERATOR(pg_catalog.=) c.check_id
        GROUP BY c.check_id, c.title, c.severity)
    SELECT t.check_id, t.title, t.severity,
        CASE
            WHEN t.runs OPERATOR(pg_catalog.=) 0 THEN 'not_run'
            WHEN t.runs OPERATOR(pg_catalog.=) 1 THEN 'single'
            WHEN t.last_outcome OPERATOR(pg_catalog.=) 'fail' THEN
                CASE
                    WHEN t.first_outcome OPERATOR(pg_catalog.<>) 'fail'
                        OR t.last_failures OPERATOR(pg_catalog.>) t.first_failures THEN 'worse'
                    WHEN t.last_failures OPERATOR(pg_catalog.<) t.first_failures THEN 'better'
                    ELSE 'same'
                END
            WHEN t.last_outcome OPERATOR(pg_catalog.=) t.first_outcome THEN 'same'
            WHEN t.last_outcome OPERATOR(pg_catalog.=) ANY ('{error,insufficient_privilege}'::text[]) THEN 'lost'
            WHEN t.first_outcome OPERATOR(pg_catalog.=) 'fail' THEN 'better'
            ELSE 'changed'
        END,
        t.runs, t.passed, t.failed, t.not_occurring, t.undecided,
        t.first_at, t.first_outcome, t.first_failures,
        t.last_at, t.last_outcome, t.last_failures
    FROM total AS t
    ORDER BY t.check_id COLLATE pg_catalog."C";
END;
COMMENT ON FUNCTION soc2.check_trend(tstzrange) IS
'how did each check go on in a period? its runs by outcome, the first and the last; trend is not_run, single (one run), better, worse, same, lost (could be decided and no longer can) or changed';
