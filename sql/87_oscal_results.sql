/* sql/87_oscal_results.sql */

--
-- OSCAL 1.2.1: assessment results of a period, and the plan of action and
-- milestones.
--
-- Both tell what was recorded: runs of checks and attestations as observations,
-- failures as risks, and a finding for each criterion that open failures speak
-- against.  Neither ever says that a criterion is satisfied: nothing here can.
--

CREATE FUNCTION soc2.oscal_failures(since timestamptz, until timestamptz)
    RETURNS TABLE (
        finding_id bigint, check_id text, control_id text, resource text,
        severity text, is_open boolean, waived boolean, overdue boolean,
        opened_at timestamptz, due_at timestamptz, owner text, root_cause text,
        remediation text, regressions bigint, evidence_ids uuid[],
        criteria soc2.criterion_set, log jsonb)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $function$
    -- an act may name thousands of findings: its list is not to go along with each
    WITH act AS MATERIALIZED (
        SELECT e.recorded_at, e.ledger_lane, e.ledger_seq, e.evidence_id,
            e.payload ->> 'action' AS action, e.payload - 'findings' AS details,
            COALESCE(e.payload ->> 'run', e.payload ->> 'attestation')::uuid AS result_id,
            CASE jsonb_typeof(e.payload -> 'findings') WHEN 'array' THEN e.payload -> 'findings' END AS findings
        FROM soc2.evidence AS e
        WHERE e.kind = 'finding' AND e.recorded_at < until),
    event AS MATERIALIZED (
        SELECT f.id::bigint AS finding_id, a.recorded_at, a.ledger_lane, a.ledger_seq,
            a.evidence_id, a.action, a.details, a.result_id
        FROM act AS a
        CROSS JOIN LATERAL jsonb_array_elements_text(a.findings) AS f (id)),
    history AS (
        SELECT v.finding_id,
            (array_agg(v.action ORDER BY v.recorded_at DESC, v.ledger_lane DESC, v.ledger_seq DESC)
                FILTER (WHERE v.action <> 'planned'))[1] <> 'closed' AS is_open,
            max(v.recorded_at) FILTER (WHERE v.action = 'closed') AS closed_at,
            max(v.recorded_at) FILTER (WHERE v.action IN ('opened', 'reopened')) AS opened_at,
            (array_agg(v.result_id ORDER BY v.recorded_at DESC, v.ledger_lane DESC, v.ledger_seq DESC)
                FILTER (WHERE v.action IN ('opened', 'reopened')))[1] AS opened_by,
            count(*) FILTER (WHERE v.action = 'reopened') AS regressions,
            array_agg(DISTINCT v.result_id) FILTER (WHERE v.result_id IS NOT NULL) AS result_ids,
            jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                'uuid', soc2.oscal_uuid(soc2.oscal_instance(), 'risk-log', v.evidence_id::text, v.finding_id::text),
                'title', v.action, 'start', soc2.oscal_time(v.recorded_at),
                'status-change', CASE v.action WHEN 'closed' THEN 'closed' WHEN 'planned' THEN NULL ELSE 'open' END,
                'props', soc2.oscal_props(
                    soc2.oscal_prop('evidence-id', v.evidence_id::text),
                    soc2.oscal_prop('result-id', v.result_id::text),
                    soc2.oscal_prop('closure', v.details ->> 'closure'),
                    soc2.oscal_prop('owner', v.details ->> 'owner'),
                    soc2.oscal_prop('due-at', v.details ->> 'due_at'),
                    soc2.oscal_prop('root-cause', v.details ->> 'root_cause'),
                    soc2.oscal_prop('remediation', v.details ->> 'remediation'),
                    soc2.oscal_prop('session-user', v.details ->> 'session_user'))))
                ORDER BY v.recorded_at, v.ledger_lane, v.ledger_seq) AS log
        FROM event AS v
        GROUP BY v.finding_id),
    plan AS (
        SELECT v.finding_id,
            (array_agg(v.details ->> 'owner' ORDER BY v.recorded_at DESC, v.ledger_seq DESC)
                FILTER (WHERE v.details ? 'owner'))[1] AS owner,
            (array_agg(v.details ->> 'root_cause' ORDER BY v.recorded_at DESC, v.ledger_seq DESC)
                FILTER (WHERE v.details ? 'root_cause'))[1] AS root_cause,
            (array_agg(v.details ->> 'remediation' ORDER BY v.recorded_at DESC, v.ledger_seq DESC)
                FILTER (WHERE v.details ? 'remediation'))[1] AS remediation,
            (array_agg((v.details ->> 'due_at')::timestamptz ORDER BY v.recorded_at DESC, v.ledger_seq DESC)
                FILTER (WHERE v.details ? 'due_at' AND v.recorded_at >= h.opened_at))[1] AS due_at
        FROM event AS v
        JOIN history AS h ON h.finding_id = v.finding_id
        WHERE v.action = 'planned'
        GROUP BY v.finding_id)
    SELECT f.finding_id, f.check_id, f.control_id, f.resource, f.severity, h.is_open,
        h.is_open AND f.check_id IS NOT NULL
            AND soc2.is_waived(f.check_id, f.resource, d.judged_at),
        soc2.finding_is_overdue(CASE WHEN h.is_open THEN 'open' ELSE 'closed' END, d.due_at, d.judged_at),
        COALESCE(o.recorded_at, h.opened_at), d.due_at, p.owner, p.root_cause, p.remediation,
        h.regressions, h.result_ids,
        CASE WHEN f.check_id IS NULL THEN soc2.control_criteria_set(f.control_id) ELSE o.criteria END,
        h.log
    FROM history AS h
    JOIN soc2.findings AS f ON f.finding_id = h.finding_id
    LEFT JOIN soc2.evidence AS o ON o.evidence_id = h.opened_by
    LEFT JOIN plan AS p ON p.finding_id = h.finding_id
    CROSS JOIN LATERAL (
        SELECT LEAST(until, now()) AS judged_at,
            COALESCE(p.due_at, soc2.finding_due(f.severity, COALESCE(o.recorded_at, h.opened_at))) AS due_at) AS d
    WHERE h.is_open OR h.closed_at >= since;
$function$;
COMMENT ON FUNCTION soc2.oscal_failures(timestamptz, timestamptz) IS
'findings that were open at some time from since to before until, as they stood then by the evidence';

CREATE FUNCTION soc2.oscal_party(role name)
    RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT soc2.oscal_uuid(soc2.oscal_instance(), 'party', role::text);
END;
COMMENT ON FUNCTION soc2.oscal_party(name) IS
'id of the party that a role stands for';

CREATE FUNCTION soc2.oscal_component(system_identifier text, server_version text)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT soc2.oscal_uuid(soc2.oscal_instance(), 'component',
        COALESCE(system_identifier, ''), COALESCE(server_version, ''));
END;
COMMENT ON FUNCTION soc2.oscal_component(text, text) IS
'id of the component that a cluster is';

CREATE FUNCTION soc2.oscal_components(evidence_ids uuid[])
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT jsonb_agg(jsonb_build_object(
        'uuid', soc2.oscal_component(c.system, c.version),
        'type', 'software',
        'title', 'PostgreSQL ' || COALESCE(soc2.oscal_line(c.version), 'of an unknown version'),
        'description', format('The cluster with the system identifier %s, which ran the checks and is what they looked at.',
            COALESCE(c.system, 'that is not known')),
        'status', jsonb_build_object('state', 'operational'))
        ORDER BY c.system COLLATE "C", c.version COLLATE "C")
    FROM (SELECT DISTINCT e.payload ->> 'system_identifier' AS system, e.payload ->> 'server_version' AS version
          FROM soc2.evidence AS e
          WHERE e.evidence_id = ANY ($1) AND e.kind = 'check_run') AS c;
$function$;
COMMENT ON FUNCTION soc2.oscal_components(uuid[]) IS
'clusters that runs of checks were made on; NULL if there is none';

CREATE FUNCTION soc2.oscal_parties(evidence_ids uuid[])
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT jsonb_agg(jsonb_build_object('uuid', soc2.oscal_party(r.role), 'type', 'person',
        'name', COALESCE(soc2.oscal_line(r.role), '-')) ORDER BY r.role COLLATE "C")
    FROM (SELECT DISTINCT e.recorded_by AS role
          FROM soc2.evidence AS e
          WHERE e.evidence_id = ANY ($1) AND e.kind = 'attestation') AS r;
$function$;
COMMENT ON FUNCTION soc2.oscal_parties(uuid[]) IS
'roles that attestations were made by, as parties; NULL if there is none';

CREATE FUNCTION soc2.oscal_resources(evidence_ids uuid[])
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT COALESCE(jsonb_agg(r.resource ORDER BY r.recorded_at, r.evidence_id), '[]')
    FROM (
        SELECT '-infinity'::timestamptz AS recorded_at, NULL::uuid AS evidence_id,
            jsonb_build_object('uuid', soc2.oscal_uuid(soc2.oscal_instance(), 'ledger'),
                'title', 'Ledger of the evidence',
                'description', 'Hash-chained rows of soc2.evidence, as soc2.export_ledger() writes them.',
                'document-ids', jsonb_build_array(jsonb_build_object('identifier', soc2.oscal_instance())),
                'rlinks', jsonb_build_array(jsonb_build_object('href', 'evidence.jsonl'))) AS resource
        WHERE EXISTS (SELECT FROM soc2.evidence AS e WHERE e.evidence_id = ANY ($1))
        UNION ALL
        SELECT e.recorded_at, e.evidence_id, jsonb_strip_nulls(jsonb_build_object(
            'uuid', soc2.oscal_uuid(soc2.oscal_instance(), 'artifact', e.evidence_id::text),
            'title', 'Artifact of an attestation',
            'props', soc2.oscal_props(
                soc2.oscal_prop('evidence-id', e.evidence_id::text),
                soc2.oscal_prop('uri', e.artifact_uri),
                soc2.oscal_prop('sha256', e.artifact_sha256::text)),
            -- what is no URI would make the document invalid
            'rlinks', CASE WHEN e.artifact_uri ~ '^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9:/?#@!$&''()*+,;=._~%-]+$'
                THEN jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('href', e.artifact_uri,
                    'media-type', soc2.oscal_line(e.media_type),
                    'hashes', CASE WHEN e.artifact_sha256 IS NOT NULL THEN jsonb_build_array(
                        jsonb_build_object('algorithm', 'SHA-256', 'value', e.artifact_sha256::text)) END))) END))
        FROM soc2.evidence AS e
        WHERE e.evidence_id = ANY ($1) AND e.kind = 'attestation'
            AND num_nonnulls(e.artifact_uri, e.artifact_sha256) > 0) AS r;
$function$;
COMMENT ON FUNCTION soc2.oscal_resources(uuid[]) IS
'what the evidence of observations leads to: its ledger, and the artifacts of attestations';

CREATE FUNCTION soc2.oscal_observations(evidence_ids uuid[])
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'uuid', soc2.oscal_uuid(soc2.oscal_instance(), 'observation', e.evidence_id::text),
        'title', COALESCE(soc2.oscal_line(COALESCE(e.check_id, e.control_id)), '-'),
        'description', CASE WHEN e.kind = 'check_run'
            THEN format('%s: %s of %s failed, %s of them waived. %s', e.payload ->> 'outcome',
                e.payload ->> 'failures', e.payload ->> 'population', e.payload ->> 'waived',
                e.payload ->> 'reason')
            ELSE format('%s: %s', e.payload ->> 'outcome', e.payload ->> 'statement') END,
        'methods', jsonb_build_array(CASE WHEN e.kind = 'check_run' THEN 'TEST' ELSE 'UNKNOWN' END),
        'types', '["control-objective"]'::jsonb,
        'origins', jsonb_build_array(jsonb_build_object('actors', jsonb_build_array(
            CASE WHEN e.kind = 'check_run'
                THEN jsonb_build_object('type', 'tool', 'actor-uuid',
                    soc2.oscal_component(e.payload ->> 'system_identifier', e.payload ->> 'server_version'))
                ELSE jsonb_build_object('type', 'party', 'actor-uuid', soc2.oscal_party(e.recorded_by)) END))),
        'subjects', CASE WHEN e.kind = 'check_run' THEN jsonb_build_array(jsonb_build_object('type', 'component',
            'subject-uuid', soc2.oscal_component(e.payload ->> 'system_identifier', e.payload ->> 'server_version'))) END,
        'relevant-evidence', jsonb_build_array(jsonb_build_object(
            'href', '#' || soc2.oscal_uuid(soc2.oscal_instance(), 'ledger'),
            'description', 'The row of the ledger, with what was asked and what was found.',
            'props', soc2.oscal_props(
                soc2.oscal_prop('evidence-id', e.evidence_id::text),
                soc2.oscal_prop('ledger-lane', e.ledger_lane::text),
                soc2.oscal_prop('ledger-seq', e.ledger_seq::text),
                soc2.oscal_prop('ledger-hash', e.ledger_hash::text),
                soc2.oscal_prop('query-sha256', e.payload ->> 'query_sha256'),
                soc2.oscal_prop('population-sha256', e.payload ->> 'population_sha256'))))
            || CASE WHEN e.kind = 'attestation' AND num_nonnulls(e.artifact_uri, e.artifact_sha256) > 0
                THEN jsonb_build_array(jsonb_build_object(
                    'href', '#' || soc2.oscal_uuid(soc2.oscal_instance(), 'artifact', e.evidence_id::text),
                    'description', 'The artifact.')) ELSE '[]' END,
        'props', soc2.oscal_props(
            soc2.oscal_prop('kind', e.kind),
            soc2.oscal_prop('outcome', e.payload ->> 'outcome'),
            soc2.oscal_prop('check-id', e.check_id),
            soc2.oscal_prop('control-id', e.control_id),
            soc2.oscal_prop('population', e.payload ->> 'population'),
            soc2.oscal_prop('failures', e.payload ->> 'failures'),
            soc2.oscal_prop('waived', e.payload ->> 'waived'),
            soc2.oscal_prop('undecided', e.payload ->> 'undecided'),
            soc2.oscal_prop('run-id', e.payload ->> 'run_id'),
            soc2.oscal_prop('database', e.payload ->> 'database'),
            soc2.oscal_prop('session-user', e.payload ->> 'session_user'),
            soc2.oscal_prop('effective-from', soc2.oscal_time(lower(e.effective))),
            soc2.oscal_prop('effective-until', soc2.oscal_time(upper(e.effective)))),
        'collected', soc2.oscal_time(e.recorded_at),
        'expires', soc2.oscal_time(COALESCE(e.expires_at, e.recorded_at + k.frequency))))
        ORDER BY e.recorded_at, e.ledger_lane, e.ledger_seq)
    FROM soc2.evidence AS e
    LEFT JOIN soc2.checks AS k ON k.check_id = e.check_id
    WHERE e.evidence_id = ANY ($1);
$function$;
COMMENT ON FUNCTION soc2.oscal_observations(uuid[]) IS
'runs of checks and attestations as observations; NULL if there is none';

CREATE FUNCTION soc2.oscal_related(evidence_ids uuid[])
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT jsonb_agg(jsonb_build_object('observation-uuid',
        soc2.oscal_uuid(soc2.oscal_instance(), 'observation', r.evidence_id::text)) ORDER BY r.evidence_id)
    FROM (SELECT DISTINCT i FROM unnest($1) AS i) AS r (evidence_id)
    -- not what was pruned
    WHERE EXISTS (SELECT FROM soc2.evidence AS e WHERE e.evidence_id = r.evidence_id);
$function$;
COMMENT ON FUNCTION soc2.oscal_related(uuid[]) IS
'references to observations; NULL if there is none';

CREATE FUNCTION soc2.oscal_waivers(check_id text, control_id text, resource text, at timestamptz)
    RETURNS TABLE (waiver soc2.waivers, state text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT w, s.state
    FROM soc2.waivers AS w
    CROSS JOIN LATERAL soc2.waiver_state(w.decision, w.decided_at, w.revoked_at, w.expires_at, $4) AS s (state)
    WHERE w.requested_at <= $4 AND s.state IN ('active', 'requested')
        AND (w.check_id = $1 OR w.control_id = $2
             OR w.control_id IN (SELECT k.control_id FROM soc2.control_checks AS k
                                 WHERE k.check_id = $1 AND NOT k.shipped))
        AND (w.resource IS NULL OR w.resource = $3)
    ORDER BY w.requested_at, w.waiver_id;
$function$;
COMMENT ON FUNCTION soc2.oscal_waivers(text, text, text, timestamptz) IS
'waivers that held, or were asked for, for a failure at a time';

CREATE FUNCTION soc2.oscal_risks(since timestamptz, until timestamptz)
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'uuid', soc2.oscal_uuid(soc2.oscal_instance(), 'risk', f.finding_id::text),
        'title', COALESCE(soc2.oscal_line(concat_ws(': ', COALESCE(f.check_id, f.control_id), f.resource)), '-'),
        'description', format('%s. %s', COALESCE(k.title, c.title, 'Finding'),
            CASE WHEN f.check_id IS NULL THEN 'An attestation says that the control did not operate.'
                 ELSE format('This does not hold for %s.', f.resource) END),
        'statement', COALESCE(k.rationale, c.description, '-'),
        'status', CASE
            WHEN NOT f.is_open THEN 'closed'
            WHEN f.waived THEN 'deviation-approved'
            WHEN EXISTS (SELECT FROM soc2.oscal_waivers(f.check_id, f.control_id, f.resource,
                    LEAST(until, now())) AS w WHERE w.state = 'requested') THEN 'deviation-requested'
            WHEN f.remediation IS NOT NULL THEN 'remediating'
            ELSE 'open' END,
        'deadline', soc2.oscal_time(f.due_at),
        'props', soc2.oscal_props(
            soc2.oscal_prop('finding-id', f.finding_id::text),
            soc2.oscal_prop('check-id', f.check_id),
            soc2.oscal_prop('control-id', f.control_id),
            soc2.oscal_prop('resource', f.resource),
            soc2.oscal_prop('severity', f.severity),
            soc2.oscal_prop('overdue', f.overdue::text),
            soc2.oscal_prop('regressions', f.regressions::text),
            soc2.oscal_prop('owner', f.owner),
            soc2.oscal_prop('root-cause', f.root_cause))
            || COALESCE((
                SELECT jsonb_agg(soc2.oscal_prop('waiver-' || w.state, (w.waiver).waiver_id::text)
                    ORDER BY (w.waiver).requested_at, (w.waiver).waiver_id)
                FROM soc2.oscal_waivers(f.check_id, f.control_id, f.resource, LEAST(until, now())) AS w), '[]'),
        'remediations', soc2.oscal_props(
            CASE WHEN f.remediation IS NOT NULL THEN jsonb_build_object(
                'uuid', soc2.oscal_uuid(soc2.oscal_instance(), 'remediation', f.finding_id::text),
                'lifecycle', CASE WHEN f.is_open THEN 'planned' ELSE 'completed' END,
                'title', 'What is done about it', 'description', f.remediation) END,
            CASE WHEN k.remediation IS NOT NULL THEN jsonb_build_object(
                'uuid', soc2.oscal_uuid(soc2.oscal_instance(), 'advice', f.finding_id::text),
                'lifecycle', 'recommendation',
                'title', 'What the check advises', 'description', k.remediation) END),
        'risk-log', jsonb_build_object('entries', f.log),
        'related-observations', soc2.oscal_related(f.evidence_ids)))
        ORDER BY f.finding_id)
    FROM soc2.oscal_failures(since, until) AS f
    LEFT JOIN soc2.checks AS k ON k.check_id = f.check_id
    LEFT JOIN soc2.controls AS c ON c.control_id = f.control_id AND NOT c.shipped;
$function$;
COMMENT ON FUNCTION soc2.oscal_risks(timestamptz, timestamptz) IS
'soc2.oscal_failures() as risks; NULL if there is none';

CREATE FUNCTION soc2.oscal_criterion_findings(
        since timestamptz, until timestamptz, framework text, scope text[])
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'uuid', soc2.oscal_uuid(soc2.oscal_instance(), 'finding', $3, x.code,
            COALESCE(soc2.oscal_time(since), ''), COALESCE(soc2.oscal_time(until), '')),
        'title', COALESCE(soc2.oscal_line(concat_ws(' ', x.code, x.title)), '-'),
        'description', format('Failures that are open: %s, of them waived: %s, overdue: %s. This says what tests found, and is no opinion on the criterion.',
            x.failures, x.waived, x.overdue),
        'target', jsonb_build_object('type', 'statement-id', 'target-id', lower(x.code) || '_smt',
            'status', '{"state": "not-satisfied", "reason": "fail"}'::jsonb),
        'props', soc2.oscal_props(
            soc2.oscal_prop('failures', x.failures::text),
            soc2.oscal_prop('waived', x.waived::text),
            soc2.oscal_prop('overdue', x.overdue::text)),
        'related-observations', soc2.oscal_related(ARRAY(
            SELECT (i #>> '{}')::uuid FROM jsonb_path_query(x.evidence_ids, '$[*][*]') AS i)),
        'related-risks', x.risks)) ORDER BY x."position")
    FROM (
        SELECT c.code, c.title, c."position", count(*) AS failures,
            count(*) FILTER (WHERE f.waived) AS waived, count(*) FILTER (WHERE f.overdue) AS overdue,
            jsonb_agg(jsonb_build_object('risk-uuid',
                soc2.oscal_uuid(soc2.oscal_instance(), 'risk', f.finding_id::text)) ORDER BY f.finding_id) AS risks,
            jsonb_agg(to_jsonb(f.evidence_ids)) AS evidence_ids
        FROM soc2.oscal_failures(since, until) AS f
        JOIN soc2.criteria AS c
            ON c.framework = $3 AND soc2.category(c.criterion) = ANY ($4)
            AND c.criterion OPERATOR(soc2.=) ANY (f.criteria::soc2.criterion[])
        WHERE f.is_open
        GROUP BY c.code, c.title, c."position") AS x;
$function$;
COMMENT ON FUNCTION soc2.oscal_criterion_findings(timestamptz, timestamptz, text, text[]) IS
'a finding for each criterion that failures which are open speak against; NULL if there is none';

CREATE FUNCTION soc2.oscal_result(period text, framework text)
    RETURNS jsonb
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH asked AS MATERIALIZED (
        SELECT p.*, lower(p.during) AS since, upper(p.during) AS until
        FROM soc2.known_period($1) AS p),
    assessed AS MATERIALIZED (
        SELECT ARRAY(
            SELECT e.evidence_id
            FROM soc2.evidence AS e
            WHERE e.kind = 'check_run' AND e.recorded_at >= a.since AND e.recorded_at < a.until
            UNION
            SELECT e.evidence_id
            FROM soc2.evidence AS e
            WHERE e.kind = 'attestation' AND e.effective && a.during
            UNION
            SELECT unnest(f.evidence_ids) FROM soc2.oscal_failures(a.since, a.until) AS f) AS ids
        FROM asked AS a)
    SELECT jsonb_build_object('assessment-results', jsonb_build_object(
        'uuid', soc2.oscal_uuid(soc2.oscal_instance(), 'assessment-results', a.period_id, $2),
        'metadata', soc2.oscal_metadata('Tests of controls in the period ' || a.period_id,
            soc2.oscal_time(m.modified), m.modified,
            'What was tested and recorded. It is no opinion, and never says that a criterion is satisfied.',
            soc2.oscal_props(
                soc2.oscal_prop('framework', $2),
                soc2.oscal_prop('period', a.period_id),
                soc2.oscal_prop('period-type', a.type)))
            || CASE WHEN soc2.oscal_parties(s.ids) IS NULL THEN '{}'
                ELSE jsonb_build_object('parties', soc2.oscal_parties(s.ids)) END,
        'import-ap', jsonb_build_object('href', 'urn:soc2:oscal:assessment-plan'),
        'results', jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
            'uuid', soc2.oscal_uuid(soc2.oscal_instance(), 'result', a.period_id, $2),
            'title', COALESCE(soc2.oscal_line(a.period_id), '-'),
            'description', format('Runs of checks and attestations from %s to %s, days of the time zone %s.',
                to_char(a.first_day, 'YYYY-MM-DD'), to_char(a.last_day, 'YYYY-MM-DD'), a.time_zone),
            'start', soc2.oscal_time(a.since),
            'end', CASE WHEN a.until <= now() THEN soc2.oscal_time(a.until) END,
            'props', soc2.oscal_props(
                soc2.oscal_prop('opened-by', a.opened_by),
                soc2.oscal_prop('closed-at', soc2.oscal_time(a.closed_at)),
                soc2.oscal_prop('closing-evidence', a.closing_evidence::text)),
            'local-definitions', CASE WHEN soc2.oscal_components(s.ids) IS NOT NULL
                THEN jsonb_build_object('components', soc2.oscal_components(s.ids)) END,
            'reviewed-controls', jsonb_build_object('control-selections', jsonb_build_array(
                jsonb_build_object('include-controls', (
                    SELECT jsonb_agg(jsonb_build_object('control-id', soc2.oscal_criterion_id(c.criterion))
                        ORDER BY c."position")
                    FROM soc2.criteria AS c
                    WHERE c.framework = $2 AND c.level = 2 AND NOT c.is_cuec
                        AND soc2.category(c.criterion) = ANY (a.scope))))),
            'attestations', (
                SELECT jsonb_agg(jsonb_build_object('parts', jsonb_build_array(jsonb_build_object(
                    'name', 'statement', 'ns', 'urn:soc2:oscal',
                    'title', COALESCE(soc2.oscal_line(e.control_id), '-'),
                    'prose', e.payload ->> 'statement',
                    'props', soc2.oscal_props(
                        soc2.oscal_prop('control-id', e.control_id),
                        soc2.oscal_prop('outcome', e.payload ->> 'outcome'),
                        soc2.oscal_prop('attested-by', e.recorded_by),
                        soc2.oscal_prop('evidence-id', e.evidence_id::text)))))
                    ORDER BY e.recorded_at, e.ledger_lane, e.ledger_seq)
                FROM soc2.evidence AS e
                WHERE e.kind = 'attestation' AND e.effective && a.during),
            'observations', soc2.oscal_observations(s.ids),
            'risks', soc2.oscal_risks(a.since, a.until),
            'findings', soc2.oscal_criterion_findings(a.since, a.until, $2, a.scope)))))
        || CASE WHEN soc2.oscal_resources(s.ids) = '[]' THEN '{}'
            ELSE jsonb_build_object('back-matter',
                jsonb_build_object('resources', soc2.oscal_resources(s.ids))) END)
    FROM asked AS a
    CROSS JOIN assessed AS s
    CROSS JOIN LATERAL (
        SELECT GREATEST(a.opened_at, a.closed_at, max(e.recorded_at)) AS modified
        FROM soc2.evidence AS e
        WHERE e.kind IN ('check_run', 'attestation', 'finding', 'waiver')
            AND e.recorded_at < a.until) AS m;
$function$;
COMMENT ON FUNCTION soc2.oscal_result(text, text) IS
'soc2.oscal_assessment_results() for a framework that is known';

CREATE FUNCTION soc2.oscal_assessment_results(period text, framework text DEFAULT NULL)
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT soc2.oscal_result((SELECT p.period_id FROM soc2.known_period($1) AS p),
                             soc2.chosen_framework($2));
$function$;
COMMENT ON FUNCTION soc2.oscal_assessment_results(text, text) IS
'OSCAL assessment results of a period: its runs of checks and attestations, the failures that were open in it, and the criteria of a framework, by default that of the setting soc2.framework, that they speak against; 42704 for an unknown period, 22023 for an unknown framework';

CREATE FUNCTION soc2.oscal_poam_items(until timestamptz, at timestamptz)
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT jsonb_agg(i.item ORDER BY i.kind, i.finding_id, i.requested_at, i.waiver_id)
    FROM (
        SELECT 0 AS kind, f.finding_id, NULL::timestamptz AS requested_at, NULL::uuid AS waiver_id,
            jsonb_strip_nulls(jsonb_build_object(
                'uuid', soc2.oscal_uuid(soc2.oscal_instance(), 'poam-item', f.finding_id::text),
                'title', COALESCE(soc2.oscal_line(concat_ws(': ', COALESCE(f.check_id, f.control_id), f.resource)), '-'),
                'description', COALESCE(f.remediation, k.remediation, 'Nobody has said yet what is done about it.'),
                'props', soc2.oscal_props(
                    soc2.oscal_prop('finding-id', f.finding_id::text),
                    soc2.oscal_prop('severity', f.severity),
                    soc2.oscal_prop('opened-at', soc2.oscal_time(f.opened_at)),
                    soc2.oscal_prop('due-at', soc2.oscal_time(f.due_at)),
                    soc2.oscal_prop('overdue', f.overdue::text),
                    soc2.oscal_prop('waived', f.waived::text),
                    soc2.oscal_prop('planned', (f.remediation IS NOT NULL)::text),
                    soc2.oscal_prop('owner', f.owner)),
                'related-observations', soc2.oscal_related(f.evidence_ids),
                'related-risks', jsonb_build_array(jsonb_build_object('risk-uuid',
                    soc2.oscal_uuid(soc2.oscal_instance(), 'risk', f.finding_id::text))))) AS item
        FROM soc2.oscal_failures(until, until) AS f
        LEFT JOIN soc2.checks AS k ON k.check_id = f.check_id
        WHERE f.is_open
        UNION ALL
        SELECT 1, NULL, w.requested_at, w.waiver_id, jsonb_build_object(
            'uuid', soc2.oscal_uuid(soc2.oscal_instance(), 'waiver', w.waiver_id::text),
            'title', 'Waiver: ' || COALESCE(soc2.oscal_line(concat_ws(': ',
                COALESCE(w.check_id, w.control_id), w.resource)), '-'),
            'description', w.reason,
            'props', soc2.oscal_props(
                soc2.oscal_prop('waiver-id', w.waiver_id::text),
                soc2.oscal_prop('state', s.state),
                soc2.oscal_prop('check-id', w.check_id),
                soc2.oscal_prop('control-id', w.control_id),
                soc2.oscal_prop('resource', w.resource),
                soc2.oscal_prop('expires-at', COALESCE(soc2.oscal_time(w.expires_at), 'after the year 2999')),
                soc2.oscal_prop('requested-by', w.requested_by),
                soc2.oscal_prop('decided-by', CASE WHEN s.state = 'active' THEN w.decided_by END),
                soc2.oscal_prop('decision-note', CASE WHEN s.state = 'active' THEN w.decision_note END)))
        FROM soc2.waivers AS w
        CROSS JOIN LATERAL soc2.waiver_state(w.decision, w.decided_at, w.revoked_at, w.expires_at, $2) AS s (state)
        WHERE w.requested_at <= $2 AND s.state IN ('active', 'requested')) AS i;
$function$;
COMMENT ON FUNCTION soc2.oscal_poam_items(timestamptz, timestamptz) IS
'failures that were open before until, and waivers that held or were asked for at a time, as items of a plan of action; NULL if there is none';

CREATE FUNCTION soc2.oscal_poam(framework text DEFAULT NULL, at timestamptz DEFAULT NULL)
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH asked AS MATERIALIZED (
        SELECT soc2.chosen_framework($1) AS framework,
            COALESCE($2, 'infinity') AS until, LEAST($2, now()) AS at),
    shown AS MATERIALIZED (
        SELECT ARRAY(SELECT DISTINCT i
            FROM soc2.oscal_failures(a.until, a.until) AS f
            CROSS JOIN LATERAL unnest(f.evidence_ids) AS i
            WHERE f.is_open) AS ids
        FROM asked AS a)
    SELECT jsonb_build_object('plan-of-action-and-milestones', jsonb_strip_nulls(jsonb_build_object(
        'uuid', soc2.oscal_uuid(soc2.oscal_instance(), 'poam', a.framework),
        'metadata', soc2.oscal_metadata('Failures that are open, and waivers',
            soc2.oscal_time(m.modified), m.modified, NULL,
            soc2.oscal_props(soc2.oscal_prop('framework', a.framework)))
            || CASE WHEN soc2.oscal_parties(s.ids) IS NULL THEN '{}'
                ELSE jsonb_build_object('parties', soc2.oscal_parties(s.ids)) END,
        'system-id', jsonb_build_object('identifier-type', 'http://ietf.org/rfc/rfc4122',
            'id', NULLIF(soc2.oscal_instance(), '')),
        'local-definitions', CASE WHEN soc2.oscal_components(s.ids) IS NOT NULL
            THEN jsonb_build_object('components', soc2.oscal_components(s.ids)) END,
        'observations', soc2.oscal_observations(s.ids),
        'risks', soc2.oscal_risks(a.until, a.until),
        'findings', soc2.oscal_criterion_findings(a.until, a.until, a.framework,
            ARRAY(SELECT c.category FROM soc2.scope AS c WHERE c.in_scope)),
        'poam-items', p.items,
        'back-matter', CASE WHEN soc2.oscal_resources(s.ids) <> '[]'
            THEN jsonb_build_object('resources', soc2.oscal_resources(s.ids)) END)))
    FROM asked AS a
    CROSS JOIN shown AS s
    CROSS JOIN LATERAL soc2.oscal_poam_items(a.until, a.at) AS p (items)
    CROSS JOIN LATERAL (
        SELECT COALESCE(max(e.recorded_at), soc2.oscal_released()) AS modified
        FROM soc2.evidence AS e
        WHERE e.kind IN ('check_run', 'attestation', 'finding', 'waiver')
            AND e.recorded_at < a.until) AS m
    WHERE p.items IS NOT NULL;
$function$;
COMMENT ON FUNCTION soc2.oscal_poam(text, timestamptz) IS
'OSCAL plan of action and milestones: failures that are open, with what is done about them and until when, and waivers that hold or were asked for, now or at a time before; the findings are those of a framework, by default that of the setting soc2.framework; NULL if there is nothing to do, because OSCAL knows no empty plan; 22023 for an unknown framework';
