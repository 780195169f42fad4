/* sql/55_judgement.sql */

--
-- Judgement: what persons say of controls, and what became of failures.
--
-- A finding is opened by a failure and closed by a test that passes; nobody
-- closes one by word.  Each change of a finding is evidence of kind finding.
--

CREATE TABLE soc2.findings (
    finding_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    check_id text,
    control_id text,
    resource text,
    resource_sha256 bytea NOT NULL,
    severity text NOT NULL,
    state text NOT NULL DEFAULT 'open',
    opened_at timestamptz NOT NULL,
    opened_by_evidence uuid NOT NULL,
    regressions integer NOT NULL DEFAULT 0,
    closed_at timestamptz,
    closed_by_evidence uuid,
    closure text,
    owner text,
    due_at timestamptz NOT NULL,
    root_cause text,
    remediation text,
    CONSTRAINT soc2_findings_pkey PRIMARY KEY (finding_id),
    CONSTRAINT soc2_findings_subject_check CHECK (
        pg_catalog.num_nonnulls(check_id, control_id) OPERATOR(pg_catalog.=) 1),
    CONSTRAINT soc2_findings_severity_check CHECK (
        severity OPERATOR(pg_catalog.=) ANY ('{critical,high,medium,low}'::text[])),
    CONSTRAINT soc2_findings_state_check CHECK (
        CASE state
            WHEN 'open' THEN pg_catalog.num_nonnulls(closed_at, closed_by_evidence, closure)
                OPERATOR(pg_catalog.=) 0
            WHEN 'closed' THEN pg_catalog.num_nulls(closed_at, closed_by_evidence, closure)
                OPERATOR(pg_catalog.=) 0
            ELSE false
        END),
    CONSTRAINT soc2_findings_closure_check CHECK (
        closure OPERATOR(pg_catalog.=) ANY ('{passed,gone,attested}'::text[])),
    CONSTRAINT soc2_findings_due_at_check CHECK (pg_catalog.isfinite(due_at))
);
CREATE UNIQUE INDEX soc2_findings_check_key
    ON soc2.findings (check_id, resource_sha256) WHERE check_id IS NOT NULL;
CREATE UNIQUE INDEX soc2_findings_control_key
    ON soc2.findings (control_id) WHERE control_id IS NOT NULL;
SELECT pg_catalog.pg_extension_config_dump('soc2.findings', '');
SELECT pg_catalog.pg_extension_config_dump('soc2.findings_finding_id_seq', '');
COMMENT ON TABLE soc2.findings IS
'failures from the day they were first seen: one row a check and member of its population, or a control; opened and closed by recorded results, and never removed';
COMMENT ON COLUMN soc2.findings.finding_id IS 'number of the finding';
COMMENT ON COLUMN soc2.findings.check_id IS 'check that failed; NULL if an attestation says so';
COMMENT ON COLUMN soc2.findings.control_id IS 'control that does not operate by an attestation; NULL if a check failed';
COMMENT ON COLUMN soc2.findings.resource IS 'member that failed; NULL of a control';
COMMENT ON COLUMN soc2.findings.resource_sha256 IS 'hash of the member, which may be long';
COMMENT ON COLUMN soc2.findings.severity IS 'severity of the check when it was opened; high for a control';
COMMENT ON COLUMN soc2.findings.state IS 'open or closed';
COMMENT ON COLUMN soc2.findings.opened_at IS 'when it was opened, or opened again';
COMMENT ON COLUMN soc2.findings.opened_by_evidence IS 'evidence of the run or attestation that opened it';
COMMENT ON COLUMN soc2.findings.regressions IS 'how often it was opened again';
COMMENT ON COLUMN soc2.findings.closed_at IS 'when it was closed; NULL: it is open';
COMMENT ON COLUMN soc2.findings.closed_by_evidence IS 'evidence of the run or attestation that closed it';
COMMENT ON COLUMN soc2.findings.closure IS
'passed: the member passed; gone: it is no longer in the population; attested: the control operates again';
COMMENT ON COLUMN soc2.findings.owner IS 'who mends it; NULL: nobody yet';
COMMENT ON COLUMN soc2.findings.due_at IS 'when it has to be closed';
COMMENT ON COLUMN soc2.findings.root_cause IS 'why it came about';
COMMENT ON COLUMN soc2.findings.remediation IS 'what is done about it';
COMMENT ON SEQUENCE soc2.findings_finding_id_seq IS 'numbers the findings';

CREATE FUNCTION soc2.finding_due(severity text, opened_at timestamptz)
    RETURNS timestamptz
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT opened_at OPERATOR(pg_catalog.+) CASE severity
        WHEN 'critical' THEN '168 hours'::interval
        WHEN 'high' THEN '720 hours'::interval
        WHEN 'medium' THEN '2160 hours'::interval
        ELSE '4320 hours'::interval
    END;
END;
COMMENT ON FUNCTION soc2.finding_due(text, timestamptz) IS
'when a finding has to be closed unless somebody plans another time: after 7 days if critical, 30 if high, 90 if medium, 180 if low';

CREATE FUNCTION soc2.finding_is_overdue(state text, due_at timestamptz, at timestamptz)
    RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT state OPERATOR(pg_catalog.=) 'open' AND due_at OPERATOR(pg_catalog.<) at;
END;
COMMENT ON FUNCTION soc2.finding_is_overdue(text, timestamptz, timestamptz) IS
'the one place that says whether a finding is overdue at a time';

CREATE VIEW soc2.finding_status AS
    SELECT f.finding_id, f.check_id, f.control_id, f.resource, f.severity, f.state,
        CASE WHEN f.check_id IS NULL THEN false
            ELSE soc2.is_waived(f.check_id, f.resource) END AS waived,
        soc2.finding_is_overdue(f.state, f.due_at, pg_catalog.now()) AS overdue,
        f.opened_at, f.regressions, f.closed_at, f.closure, f.owner, f.due_at,
        f.root_cause, COALESCE(f.remediation, k.remediation) AS remediation,
        f.opened_by_evidence, f.closed_by_evidence
    FROM soc2.findings AS f
    LEFT JOIN soc2.checks AS k ON k.check_id OPERATOR(pg_catalog.=) f.check_id;
COMMENT ON VIEW soc2.finding_status IS
'which findings are there, and which are open, waived or overdue now? one row a finding; a waived one is still open';
COMMENT ON COLUMN soc2.finding_status.finding_id IS 'number of the finding';
COMMENT ON COLUMN soc2.finding_status.check_id IS 'check that failed';
COMMENT ON COLUMN soc2.finding_status.control_id IS 'control that does not operate by an attestation';
COMMENT ON COLUMN soc2.finding_status.resource IS 'member that failed';
COMMENT ON COLUMN soc2.finding_status.severity IS 'critical, high, medium or low';
COMMENT ON COLUMN soc2.finding_status.state IS 'open or closed';
COMMENT ON COLUMN soc2.finding_status.waived IS 'true: it is waived now';
COMMENT ON COLUMN soc2.finding_status.overdue IS 'true: it is open after it was due';
COMMENT ON COLUMN soc2.finding_status.opened_at IS 'when it was opened, or opened again';
COMMENT ON COLUMN soc2.finding_status.regressions IS 'how often it was opened again';
COMMENT ON COLUMN soc2.finding_status.closed_at IS 'when it was closed';
COMMENT ON COLUMN soc2.finding_status.closure IS 'passed, gone or attested';
COMMENT ON COLUMN soc2.finding_status.owner IS 'who mends it';
COMMENT ON COLUMN soc2.finding_status.due_at IS 'when it has to be closed';
COMMENT ON COLUMN soc2.finding_status.root_cause IS 'why it came about';
COMMENT ON COLUMN soc2.finding_status.remediation IS 'what is done about it, or else what the check advises';
COMMENT ON COLUMN soc2.finding_status.opened_by_evidence IS 'evidence that opened it';
COMMENT ON COLUMN soc2.finding_status.closed_by_evidence IS 'evidence that closed it';

CREATE FUNCTION soc2.finding_history(finding_id bigint)
    RETURNS TABLE (
        recorded_at timestamptz,
        recorded_by name,
        action text,
        details jsonb,
        evidence_id uuid)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 5
BEGIN ATOMIC
    SELECT e.recorded_at, e.recorded_by, e.payload OPERATOR(pg_catalog.->>) 'action',
        e.payload OPERATOR(pg_catalog.-) '{action,findings,check_id,session_user}'::text[], e.evidence_id
    FROM soc2.evidence AS e
    WHERE e.kind OPERATOR(pg_catalog.=) 'finding'
        AND e.payload OPERATOR(pg_catalog.->) 'findings'
            OPERATOR(pg_catalog.@>) pg_catalog.to_jsonb($1)
    ORDER BY e.recorded_at, e.ledger_lane, e.ledger_seq;
END;
COMMENT ON FUNCTION soc2.finding_history(bigint) IS
'what became of a finding, out of the evidence: opened, closed, reopened, planned';

CREATE FUNCTION soc2.record_finding(action text, findings bigint[], check_id text,
        control_id text, details jsonb)
    RETURNS uuid
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.record_act('finding', action,
        pg_catalog.jsonb_build_object('action', action,
            'findings', pg_catalog.to_jsonb(findings), 'check_id', check_id,
            'session_user', SESSION_USER)
            OPERATOR(pg_catalog.||) details,
        control_id => $4)
    WHERE pg_catalog.cardinality(findings) OPERATOR(pg_catalog.>) 0;
END;
COMMENT ON FUNCTION soc2.record_finding(text, bigint[], text, text, jsonb) IS
'records what happened to findings as evidence, one row for all of them; nothing if there are none';

-- The tables grow in the statement before, and the planner does not know: it
-- would compare each failing member with each finding.
CREATE FUNCTION soc2.update_findings(evidence_id uuid)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off
AS $$
DECLARE
    run record;
    opened bigint[];
    reopened bigint[];
    passed bigint[];
    gone bigint[];
    details jsonb := jsonb_build_object('run', evidence_id);
BEGIN
    SELECT e.check_id, e.recorded_at, k.severity,
        e.payload ->> 'outcome' AS outcome,
        (e.payload ->> 'results_cut')::bigint = 0 AS is_whole
    INTO run
    FROM soc2.evidence AS e
    JOIN soc2.checks AS k ON k.check_id = e.check_id
    WHERE e.evidence_id = update_findings.evidence_id AND e.kind = 'check_run';
    -- what could not be decided changes nothing
    IF NOT FOUND OR run.outcome NOT IN ('pass', 'fail', 'not_occurring') THEN
        RETURN;
    END IF;

    IF run.outcome = 'fail' THEN
        WITH failed AS (
            SELECT r.resource, sha256(convert_to(r.resource, 'UTF8')) AS resource_sha256
            FROM soc2.check_results AS r
            WHERE r.evidence_id = update_findings.evidence_id AND NOT r.ok
            ORDER BY r.resource),
        again AS (
            UPDATE soc2.findings AS f
            SET state = 'open', opened_at = run.recorded_at,
                opened_by_evidence = update_findings.evidence_id,
                regressions = f.regressions + 1, closed_at = NULL,
                closed_by_evidence = NULL, closure = NULL,
                due_at = soc2.finding_due(f.severity, run.recorded_at)
            FROM failed AS x
            WHERE f.check_id = run.check_id AND f.resource_sha256 = x.resource_sha256
                AND f.state = 'closed'
            RETURNING f.finding_id),
        new AS (
            INSERT INTO soc2.findings (check_id, resource, resource_sha256, severity,
                                       opened_at, opened_by_evidence, due_at)
            SELECT run.check_id, x.resource, x.resource_sha256, run.severity,
                run.recorded_at, update_findings.evidence_id,
                soc2.finding_due(run.severity, run.recorded_at)
            FROM failed AS x
            -- known ones are passed over, also to use up no number
            WHERE NOT EXISTS (
                SELECT FROM soc2.findings AS f
                WHERE f.check_id = run.check_id AND f.resource_sha256 = x.resource_sha256)
            ORDER BY x.resource COLLATE "C"
            ON CONFLICT DO NOTHING
            RETURNING finding_id)
        SELECT ARRAY(SELECT n.finding_id FROM new AS n ORDER BY 1),
            ARRAY(SELECT a.finding_id FROM again AS a ORDER BY 1)
        INTO opened, reopened;
    END IF;

    IF EXISTS (SELECT FROM soc2.findings AS f
               WHERE f.check_id = run.check_id AND f.state = 'open') THEN
        WITH done AS (
            UPDATE soc2.findings AS f
            SET state = 'closed', closed_at = run.recorded_at,
                closed_by_evidence = update_findings.evidence_id,
                closure = CASE WHEN r.ok THEN 'passed' ELSE 'gone' END
            FROM soc2.findings AS o
            LEFT JOIN soc2.check_results AS r
                ON r.evidence_id = update_findings.evidence_id AND r.resource = o.resource
            WHERE f.finding_id = o.finding_id AND o.check_id = run.check_id
                AND o.state = 'open'
                AND (r.ok OR (r.resource IS NULL AND run.is_whole))
            RETURNING f.finding_id, f.closure)
        SELECT ARRAY(SELECT d.finding_id FROM done AS d WHERE d.closure = 'passed' ORDER BY 1),
            ARRAY(SELECT d.finding_id FROM done AS d WHERE d.closure = 'gone' ORDER BY 1)
        INTO passed, gone;
    END IF;

    PERFORM soc2.record_finding('opened', opened, run.check_id, NULL, details);
    PERFORM soc2.record_finding('reopened', reopened, run.check_id, NULL, details);
    PERFORM soc2.record_finding('closed', passed, run.check_id, NULL,
        details || '{"closure": "passed"}');
    PERFORM soc2.record_finding('closed', gone, run.check_id, NULL,
        details || '{"closure": "gone"}');
END
$$;
COMMENT ON FUNCTION soc2.update_findings(uuid) IS
'opens, reopens and closes findings by a recorded run; soc2.assess() calls it for each';

CREATE FUNCTION soc2.plan_finding(
        finding_id bigint, owner text DEFAULT NULL, due_at timestamptz DEFAULT NULL,
        root_cause text DEFAULT NULL, remediation text DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    planned soc2.findings;
BEGIN
    IF num_nonnulls(owner, due_at, root_cause, remediation) = 0 THEN
        RAISE EXCEPTION 'owner, due_at, root_cause or remediation must be given'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE soc2.findings AS f
    SET owner = COALESCE(plan_finding.owner, f.owner),
        due_at = COALESCE(plan_finding.due_at, f.due_at),
        root_cause = COALESCE(plan_finding.root_cause, f.root_cause),
        remediation = COALESCE(plan_finding.remediation, f.remediation)
    WHERE f.finding_id = plan_finding.finding_id
    RETURNING f.* INTO planned;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'finding % does not exist', finding_id
            USING ERRCODE = 'undefined_object';
    END IF;
    PERFORM soc2.record_finding('planned', ARRAY[planned.finding_id],
        planned.check_id, planned.control_id, jsonb_strip_nulls(jsonb_build_object(
            'owner', owner, 'due_at', due_at, 'root_cause', root_cause,
            'remediation', remediation)));
END
$$;
COMMENT ON FUNCTION soc2.plan_finding(bigint, text, timestamptz, text, text) IS
'says who mends a finding and until when, why it came about and what is done; what is NULL stays; 42704 for an unknown one';

CREATE FUNCTION soc2.judge_control(
        control_id text, is_effective boolean, evidence_id uuid)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    changed soc2.findings;
    action text := CASE WHEN is_effective THEN 'closed' ELSE 'opened' END;
BEGIN
    IF is_effective THEN
        UPDATE soc2.findings AS f
        SET state = 'closed', closed_at = clock_timestamp(), closure = 'attested',
            closed_by_evidence = judge_control.evidence_id
        WHERE f.control_id = judge_control.control_id AND f.state = 'open'
        RETURNING f.* INTO changed;
    ELSE
        INSERT INTO soc2.findings AS f (control_id, resource_sha256, severity,
                                        opened_at, opened_by_evidence, due_at)
        VALUES (judge_control.control_id, sha256(''), 'high', clock_timestamp(),
                judge_control.evidence_id, soc2.finding_due('high', clock_timestamp()))
        ON CONFLICT (control_id) WHERE control_id IS NOT NULL DO UPDATE
        SET state = 'open', opened_at = excluded.opened_at,
            opened_by_evidence = excluded.opened_by_evidence,
            regressions = f.regressions + 1, closed_at = NULL,
            closed_by_evidence = NULL, closure = NULL, due_at = excluded.due_at
        WHERE f.state = 'closed'
        RETURNING f.* INTO changed;
        IF changed.regressions > 0 THEN
            action := 'reopened';
        END IF;
    END IF;
    IF changed.finding_id IS NOT NULL THEN
        PERFORM soc2.record_finding(action, ARRAY[changed.finding_id], NULL,
            judge_control.control_id,
            jsonb_build_object('attestation', judge_control.evidence_id));
    END IF;
END
$$;
COMMENT ON FUNCTION soc2.judge_control(text, boolean, uuid) IS
'opens or closes the finding of a control by an attestation';

CREATE FUNCTION soc2.attest(
        control_id text, statement text, effective tstzrange DEFAULT NULL,
        outcome text DEFAULT 'pass', artifact bytea DEFAULT NULL,
        artifact_uri text DEFAULT NULL, artifact_sha256 soc2.digest DEFAULT NULL,
        media_type text DEFAULT NULL, expires_at timestamptz DEFAULT NULL)
    RETURNS uuid
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    own soc2.controls := soc2.own_control(control_id);
    held tstzrange := COALESCE(effective, tstzrange(clock_timestamp(), clock_timestamp(), '[]'));
    attestation uuid;
BEGIN
    PERFORM soc2.require_text('statement', statement);
    IF outcome IS NULL OR outcome NOT IN ('pass', 'fail', 'not_occurring') THEN
        RAISE EXCEPTION 'the outcome of an attestation cannot be "%"', outcome
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'There are pass, fail and not_occurring.';
    END IF;
    IF own.status = 'draft' THEN
        RAISE EXCEPTION 'control "%" is not adopted', own.control_id
            USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Adopt it with soc2.adopt_controls().';
    END IF;
    IF isempty(held) OR NOT COALESCE(isfinite(lower(held)) AND isfinite(upper(held)), false)
        OR upper(held) > clock_timestamp() THEN
        RAISE EXCEPTION 'what is attested must be a time that is over'
            USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('The range is %s.', held);
    END IF;
    attestation := soc2.record_act('attestation', own.title,
        jsonb_build_object('statement', statement, 'outcome', outcome,
            'session_user', SESSION_USER),
        CASE outcome WHEN 'pass' THEN soc2.control_criteria_set(own.control_id)
            ELSE '{}' END,
        own.control_id, NULL, held, artifact, artifact_uri, artifact_sha256,
        media_type, expires_at);
    IF outcome <> 'not_occurring' THEN
        PERFORM soc2.judge_control(own.control_id, outcome = 'pass', attestation);
    END IF;
    RETURN attestation;
END
$$;
COMMENT ON FUNCTION soc2.attest(text, text, tstzrange, text, bytea, text, soc2.digest, text, timestamptz) IS
'records that a person says a control operated in a time that is over (pass), did not (fail, which opens a finding), or had no occasion (not_occurring); returns the evidence_id; 42704 for an unknown control, 22023 for a time to come';
