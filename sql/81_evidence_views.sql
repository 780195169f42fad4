/* sql/81_evidence_views.sql */

--
-- Questions on evidence: what was recorded, what is out of date, and who did
-- what.
--

-- what is asked of evidence is asked of a time; rows lie in the order of theirs
CREATE INDEX soc2_evidence_recorded_at_idx
    ON soc2.evidence USING brin (recorded_at) WITH (pages_per_range=32, autosummarize=on);

CREATE VIEW soc2.evidence_log AS
    SELECT e.evidence_id, e.recorded_at, e.recorded_by::text AS recorded_by, e.kind,
        e.subject, e.check_id, e.control_id, e.criteria,
        pg_catalog.btrim(e.criteria::text, '{}') AS codes,
        pg_catalog.lower(e.effective) AS effective_from, pg_catalog.upper(e.effective) AS effective_to,
        e.expires_at, COALESCE(e.expires_at OPERATOR(pg_catalog.<=) pg_catalog.now(), false) AS expired,
        e.payload OPERATOR(pg_catalog.->>) 'outcome' AS outcome, e.payload IS NOT NULL AS has_payload,
        e.artifact_uri, pg_catalog.encode(e.artifact_sha256::bytea, 'hex') AS artifact_sha256,
        e.media_type, e.ledger_lane, e.ledger_seq,
        pg_catalog.encode(e.ledger_hash::bytea, 'hex') AS ledger_hash,
        COALESCE(e.ledger_seq OPERATOR(pg_catalog.<=) s.sealed, false) AS sealed
    FROM soc2.evidence AS e
    LEFT JOIN (
        SELECT g.lane, pg_catalog.max(g.last_seq) AS sealed
        FROM soc2.ledger_seal_ranges AS g
        JOIN soc2.ledgers AS l ON l.ledger_id OPERATOR(pg_catalog.=) g.ledger_id
        WHERE l.relation OPERATOR(pg_catalog.=) 'soc2.evidence'::pg_catalog.regclass
        GROUP BY g.lane) AS s ON s.lane OPERATOR(pg_catalog.=) e.ledger_lane;
COMMENT ON VIEW soc2.evidence_log IS
'what was recorded, when, by whom and about what, and where is it in the ledger? one row of evidence a row, without payload and file';
COMMENT ON COLUMN soc2.evidence_log.evidence_id IS 'id of the row in soc2.evidence';
COMMENT ON COLUMN soc2.evidence_log.recorded_at IS 'when it was recorded, by the clock of the server';
COMMENT ON COLUMN soc2.evidence_log.recorded_by IS 'role that recorded it';
COMMENT ON COLUMN soc2.evidence_log.kind IS 'what kind of evidence it is';
COMMENT ON COLUMN soc2.evidence_log.subject IS 'what was looked at';
COMMENT ON COLUMN soc2.evidence_log.check_id IS 'check that produced it';
COMMENT ON COLUMN soc2.evidence_log.control_id IS 'control that it is about';
COMMENT ON COLUMN soc2.evidence_log.criteria IS 'criteria that it speaks to';
COMMENT ON COLUMN soc2.evidence_log.codes IS 'the same as text, framework:code, separated by commas';
COMMENT ON COLUMN soc2.evidence_log.effective_from IS 'start of the time that it speaks of';
COMMENT ON COLUMN soc2.evidence_log.effective_to IS 'end of that time';
COMMENT ON COLUMN soc2.evidence_log.expires_at IS 'until when it counts as fresh; NULL: nothing says so';
COMMENT ON COLUMN soc2.evidence_log.expired IS 'true: that is over';
COMMENT ON COLUMN soc2.evidence_log.outcome IS 'what it found, where the payload has an outcome';
COMMENT ON COLUMN soc2.evidence_log.has_payload IS 'false: it has no payload, or that was redacted';
COMMENT ON COLUMN soc2.evidence_log.artifact_uri IS 'where its file is, if it is not in the row';
COMMENT ON COLUMN soc2.evidence_log.artifact_sha256 IS 'SHA-256 of its file, in hexadecimal';
COMMENT ON COLUMN soc2.evidence_log.media_type IS 'media type of its file';
COMMENT ON COLUMN soc2.evidence_log.ledger_lane IS 'lane of the ledger';
COMMENT ON COLUMN soc2.evidence_log.ledger_seq IS 'position in the lane';
COMMENT ON COLUMN soc2.evidence_log.ledger_hash IS 'hash of the row, in hexadecimal';
COMMENT ON COLUMN soc2.evidence_log.sealed IS 'true: the log of the ledger covers it';

--
-- Freshness
--

CREATE FUNCTION soc2.freshness_state(
        wanted boolean, recorded_at timestamptz, is_stale boolean,
        decided boolean DEFAULT true)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN NOT wanted THEN 'disabled'
        WHEN recorded_at IS NULL THEN 'never'
        WHEN NOT decided THEN 'undecided'
        WHEN is_stale THEN 'stale'
        ELSE 'fresh'
    END;
END;
COMMENT ON FUNCTION soc2.freshness_state(boolean, timestamptz, boolean, boolean) IS
'the one place that names how fresh evidence is: disabled (nobody wants it), never (there is none), undecided (the last run could not see), stale or fresh';

CREATE FUNCTION soc2.activity_category(kind text)
    RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN kind OPERATOR(pg_catalog.=) 'refused_attempt' THEN 'refused'
        WHEN kind OPERATOR(pg_catalog.=) 'retention_bypass' THEN 'bypass'
        WHEN kind OPERATOR(pg_catalog.=) ANY ('{redaction,prune,disposal,erasure,retirement}'::text[]) THEN 'destruction'
        WHEN kind OPERATOR(pg_catalog.=) ANY ('{waiver,attestation,finding,access_review}'::text[]) THEN 'judgement'
        WHEN kind OPERATOR(pg_catalog.=) ANY ('{check_change,control,period,population,hold,subject,retention_lock,import}'::text[]) THEN 'change'
    END;
END;
COMMENT ON FUNCTION soc2.activity_category(text) IS
'what an act of this kind of evidence is: refused, bypass, destruction, judgement or change; NULL: the kind is none of an act, but a run of a check or what somebody recorded';

-- Acts are few among much other evidence.  These are the kinds that
-- soc2.activity_category() knows, as a list that the planner can estimate.
CREATE INDEX soc2_evidence_activity_idx
    ON soc2.evidence (recorded_at)
    WHERE kind OPERATOR(pg_catalog.=) ANY ('{refused_attempt,retention_bypass,redaction,prune,disposal,erasure,retirement,waiver,attestation,finding,access_review,check_change,control,period,population,hold,subject,retention_lock,import}'::text[]);

CREATE VIEW soc2.evidence_freshness AS
    SELECT 'check'::text AS source, k.check_id AS source_id, k.title,
        soc2.freshness_state(k.outcome OPERATOR(pg_catalog.<>) 'disabled', k.recorded_at, k.is_stale,
            k.last_outcome OPERATOR(pg_catalog.<>) ALL ('{error,insufficient_privilege}'::text[])) AS state,
        k.recorded_at AS last_recorded_at, k.due_at, k.criteria,
        pg_catalog.btrim(k.criteria::text, '{}') AS codes, k.evidence_id AS last_evidence
    FROM soc2.check_status AS k
    UNION ALL
    SELECT 'attestation', a.control_id, a.title,
        soc2.freshness_state(true, a.recorded_at, a.is_due),
        a.recorded_at, a.due_at, x.criteria, pg_catalog.btrim(x.criteria::text, '{}'), a.evidence_id
    FROM soc2.attestation_status AS a
    CROSS JOIN LATERAL (
        SELECT soc2.control_criteria_set(a.control_id) AS criteria) AS x
    UNION ALL
    SELECT 'recorded', n.kind, NULL,
        soc2.freshness_state(true, n.recorded_at, n.expired),
        n.recorded_at, n.expires_at, n.criteria, pg_catalog.btrim(n.criteria::text, '{}'), NULL
    FROM (SELECT e.kind, e.criteria, pg_catalog.max(e.last_recorded_at) AS recorded_at,
              pg_catalog.sum(e.lasting) OPERATOR(pg_catalog.=) 0 AND pg_catalog.max(e.expires_at) OPERATOR(pg_catalog.<=) pg_catalog.now() AS expired,
              CASE WHEN pg_catalog.sum(e.lasting) OPERATOR(pg_catalog.=) 0 THEN pg_catalog.max(e.expires_at) END AS expires_at
          FROM soc2.evidence_totals AS e
          WHERE e.kind OPERATOR(pg_catalog.<>) 'check_run' AND soc2.activity_category(e.kind) IS NULL
          GROUP BY e.kind, e.criteria) AS n;
COMMENT ON VIEW soc2.evidence_freshness IS
'which evidence is up to date, and when is the next due? one row a check, a control that a person attests, and a kind of other evidence with its criteria';
COMMENT ON COLUMN soc2.evidence_freshness.source IS 'check, attestation, or recorded: what anybody else recorded';
COMMENT ON COLUMN soc2.evidence_freshness.source_id IS 'the check, the control, or the kind of evidence';
COMMENT ON COLUMN soc2.evidence_freshness.title IS 'title of the check or control';
COMMENT ON COLUMN soc2.evidence_freshness.state IS 'disabled, never, undecided, stale or fresh, see soc2.freshness_state()';
COMMENT ON COLUMN soc2.evidence_freshness.last_recorded_at IS 'when the newest was recorded; NULL: never';
COMMENT ON COLUMN soc2.evidence_freshness.due_at IS 'when the next is due, or the last of these expires; NULL: there is none yet, or nothing says so';
COMMENT ON COLUMN soc2.evidence_freshness.criteria IS 'criteria that it speaks to';
COMMENT ON COLUMN soc2.evidence_freshness.codes IS 'the same as text, framework:code, separated by commas';
COMMENT ON COLUMN soc2.evidence_freshness.last_evidence IS 'newest evidence of the check or control';

--
-- Who did what
--

CREATE VIEW soc2.activity AS
    SELECT COALESCE((e.payload OPERATOR(pg_catalog.->>) 'at')::timestamptz, e.recorded_at) AS at,
        soc2.activity_category(e.kind) AS category, e.kind,
        COALESCE(e.payload OPERATOR(pg_catalog.->>) 'action', e.payload OPERATOR(pg_catalog.->>) 'act') AS action,
        e.subject, e.control_id, e.check_id,
        COALESCE(e.payload OPERATOR(pg_catalog.->>) 'login', e.payload OPERATOR(pg_catalog.->>) 'session_user') AS login,
        COALESCE(e.payload OPERATOR(pg_catalog.->>) 'role', e.recorded_by::text) AS role,
        COALESCE(e.payload OPERATOR(pg_catalog.->>) 'message', e.payload OPERATOR(pg_catalog.->>) 'reason', e.payload OPERATOR(pg_catalog.->>) 'note',
                 e.payload OPERATOR(pg_catalog.->>) 'statement') AS detail,
        'soc2.evidence'::text AS source, e.evidence_id::text AS source_id
    FROM soc2.evidence AS e
    WHERE e.kind OPERATOR(pg_catalog.=) ANY ('{refused_attempt,retention_bypass,redaction,prune,disposal,erasure,retirement,waiver,attestation,finding,access_review,check_change,control,period,population,hold,subject,retention_lock,import}'::text[])
    UNION ALL
    SELECT d.recorded_at, 'change', 'ddl', d.command_tag, d.object_identity, NULL, NULL,
        d.session_role::text, d.executing_role::text, d.change_id,
        'soc2.ddl_log', d.ddl_id::text
    FROM soc2.ddl_log AS d
    UNION ALL
    SELECT o.recorded_at, 'change', o.kind, o.action, o.object, NULL, NULL, NULL, NULL,
        o.change_id, 'soc2.observed_changes', o.observed_id::text
    FROM soc2.observed_changes AS o
    WHERE o.action OPERATOR(pg_catalog.<>) ALL ('{begun,observed}'::text[]) AND o.follows_id IS NULL
    UNION ALL
    SELECT s.changed_at, 'change', 'scope', CASE WHEN s.in_scope THEN 'in' ELSE 'out' END,
        s.category, NULL, NULL, NULL, s.changed_by::text, NULL,
        'soc2.scope_changes', s.change_id::text
    FROM soc2.scope_changes AS s
    UNION ALL
    SELECT p.set_at, 'change', 'check_parameters', 'set', NULL, NULL, p.check_id,
        NULL, p.set_by::text, p.reason, 'soc2.check_parameters', p.check_id
    FROM soc2.check_parameters AS p
    UNION ALL
    SELECT r.created_at, 'change', 'retention_class',
        CASE WHEN r.version OPERATOR(pg_catalog.=) 1 THEN 'created' ELSE 'revised' END,
        r.class, NULL, NULL, NULL, r.created_by, r.basis,
        'soc2.retention_classes', pg_catalog.format('%s, version %s', r.class, r.version)
    FROM soc2.retention_classes AS r
    UNION ALL
    SELECT a.assigned_at, 'change', 'retention', 'assigned',
        soc2.table_name(a.relation), NULL, NULL, NULL, a.assigned_by, a.class,
        'soc2.retention_assignments',
        pg_catalog.format('%s, ordinal %s, version %s', a.relation::oid, a.ordinal, a.version)
    FROM soc2.retention_assignments AS a;
COMMENT ON VIEW soc2.activity IS
'who tried what was refused, overrode what, destroyed, decided or changed what, and when? one row an act';
COMMENT ON COLUMN soc2.activity.at IS 'when it happened, or was refused';
COMMENT ON COLUMN soc2.activity.category IS 'refused, bypass, destruction, judgement or change, see soc2.activity_category()';
COMMENT ON COLUMN soc2.activity.kind IS 'kind of the evidence, or ddl, scope, check_parameters, retention_class or retention; setting, role and so on as in soc2.observed_changes';
COMMENT ON COLUMN soc2.activity.action IS 'what was done, in the words of the kind';
COMMENT ON COLUMN soc2.activity.subject IS 'what it was done to';
COMMENT ON COLUMN soc2.activity.control_id IS 'control that it is about';
COMMENT ON COLUMN soc2.activity.check_id IS 'check that it is about';
COMMENT ON COLUMN soc2.activity.login IS 'role that logged in; NULL: it was not recorded';
COMMENT ON COLUMN soc2.activity.role IS 'role that acted';
COMMENT ON COLUMN soc2.activity.detail IS 'message of the error, reason, basis or number of the change';
COMMENT ON COLUMN soc2.activity.source IS 'table that holds it';
COMMENT ON COLUMN soc2.activity.source_id IS 'its key there';
