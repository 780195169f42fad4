--
-- Question views: what is known of criteria and controls, evidence and its
-- freshness, findings and waivers, retention, and who did what.
--
SET client_min_messages = warning;
CREATE ROLE regress_soc2_nobody LOGIN;
CREATE ROLE regress_soc2_admin LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_soc2_auditor LOGIN IN ROLE soc2_auditor;
RESET client_min_messages;
SET search_path = soc2, public;
\set SHOW_CONTEXT never
SET DateStyle = 'ISO, YMD';
SET TimeZone = 'UTC';

-- what a criterion or control is known to be: the first that holds
SELECT n, readiness_state(cuec, checks, passing, failing, empty, undecided, other, stale, findings, due, expired) AS state
FROM (VALUES
    ( 1, true,  1, 1, 1, 0, 1, 1, 1, 1, 1, true),
    ( 2, false, 2, 1, 1, 0, 0, 0, 0, 0, 0, false),
    ( 3, false, 1, 1, 0, 0, 0, 9, 0, 1, 0, false),
    ( 4, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, false),
    ( 5, false, 0, 0, 0, 0, 0, 0, 0, 0, 1, false),
    ( 6, false, 2, 1, 0, 0, 1, 9, 1, 0, 1, true),
    ( 7, false, 3, 1, 0, 0, 0, 9, 1, 0, 1, true),
    ( 8, false, 3, 1, 0, 1, 0, 9, 1, 0, 1, false),
    ( 9, false, 3, 2, 0, 1, 0, 9, 0, 0, 1, true),
    (10, false, 3, 2, 0, 1, 0, 9, 0, 0, 1, false),
    (11, false, 3, 1, 0, 2, 0, 0, 0, 0, 0, false),
    (12, false, 3, 0, 0, 3, 0, 0, 0, 0, 0, false),
    (13, false, 3, 0, 0, 3, 0, 1, 0, 0, 0, false),
    (14, false, 0, 0, 0, 0, 0, 1, 0, 0, 0, false))
    AS v (n, cuec, checks, passing, failing, empty, undecided, other, stale, findings, due, expired)
ORDER BY n;
-- when a person has to attest: from the first day, then after each frequency
SELECT attestation_due('[2026-01-01,)', '1 mon', NULL), attestation_due('[2026-01-01,)', '1 mon', '2026-02-15'),
    attestation_due('[2026-01-01,)', NULL, NULL), attestation_due('[2026-01-01,)', NULL, '2026-02-15');
SELECT freshness_state(false, now(), false), freshness_state(true, NULL, NULL),
    freshness_state(true, now(), true), freshness_state(true, now(), false),
    freshness_state(true, now(), true, false);

BEGIN;
-- nothing is known of these criteria yet: of the checks that are shipped for them, those
-- of registers have nothing to look at
SELECT DISTINCT outcome FROM (SELECT * FROM assess('reg.*') UNION ALL SELECT * FROM assess('inc.*')) AS a;
SELECT code, state, coverage, controls, checks, other_evidence, expired FROM readiness
WHERE framework = 'tsc' AND code IN ('CC1.1', 'CC1.2', 'CC1.3', 'CC1.4', 'CC1.5', 'CC2.2', 'CC2.3', 'CC3.1', 'CC5.2', 'CC6.4', 'CC7.5')
ORDER BY position;
SELECT string_agg(DISTINCT framework, ' ' ORDER BY framework) AS frameworks, count(DISTINCT criterion) = count(*) AS one_row_each
FROM readiness;
-- controls, checks that pass, fail, find nothing, are old, off, blind
CREATE TABLE public.member (check_id text, resource text, ok boolean);
INSERT INTO public.member VALUES ('v.pass', 'a', true), ('v.fail', 'a', false), ('v.fail', 'b', false), ('v.old', 'a', true);
INSERT INTO checks (check_id, title, severity, criteria, rationale, remediation, query, frequency)
SELECT 'v.' || n, 'title of ' || n, 'high', c::criterion_set, 'r', 'mend it',
    CASE n WHEN 'blind' THEN 'SELECT resource, 1 / 0 = 0, ''x'' FROM public.member'
    ELSE format('SELECT resource, ok, ''x'' FROM public.member WHERE check_id = %L', 'v.' || n) END,
    CASE n WHEN 'old' THEN '1 microsecond' ELSE '1 year' END::interval
FROM (VALUES ('pass', '{tsc:CC1.1.1}'), ('fail', '{tsc:CC1.2}'), ('empty', '{tsc:CC1.4}'), ('old', '{tsc:CC1.5}'),
    ('blind', '{tsc:CC5.2}'), ('off', '{tsc:CC3.1}')) AS v (n, c);
SELECT check_id, outcome FROM assess('v.*') WHERE check_id <> 'v.off' ORDER BY 1;
SELECT enable_check('v.off', false, 'test');
INSERT INTO checks (check_id, title, severity, criteria, rationale, remediation, query)
VALUES ('v.new', 'new', 'low', '{tsc:CC7.5}', 'r', 'r', 'SELECT');
SELECT create_control('V-auto', 'automated', 'x', nature => 'automated', frequency => '1 day', owner => 'o'),
    create_control('V-manual', 'manual', 'x', nature => 'manual', frequency => '1 mon'),
    create_control('V-due', 'manual, too', 'x', nature => 'manual', frequency => '1 mon'),
    create_control('V-odd "x''', 'for nothing', 'x', nature => 'hybrid'),
    create_control('V-draft', 'draft', 'x', nature => 'manual');
SELECT map_control('V-auto', 'tsc:CC1.2', 'superset-of', 'x'), map_control('V-auto', 'tsc:CC1.1', 'subset-of', 'why'),
    map_control('V-manual', 'tsc:CC1.3', 'equal-to', 'x'), map_control('V-due', 'tsc:CC2.3', 'equal-to', 'x'),
    map_control('V-draft', 'tsc:CC1.5', 'equal-to', 'x');
SELECT link_check('V-auto', 'v.fail'), link_check('V-auto', 'v.pass');
SELECT adopt_controls('{V-auto,V-manual,V-due,"V-odd \"x''"}', '2026-01-01');
SELECT attest('V-manual', 'done', tstzrange(now() - interval '2 days', now() - interval '1 day')) IS NOT NULL AS attested;
SELECT attest('V-due', 'done', '[2026-01-01,2026-01-02)') IS NOT NULL AS attested;
-- the latest time counts, not what was recorded last
SELECT attest('V-manual', 'before', '[2026-01-01,2026-01-02)', 'not_occurring') IS NOT NULL AS attested;
SELECT record_evidence('v minutes', criteria => '{tsc:CC6.4}', expires_at => now() - interval '1 day') IS NOT NULL AS recorded;
SELECT record_evidence('v minutes', criteria => '{tsc:CC1.3,tsc:CC2.2}', expires_at => '2100-01-01') IS NOT NULL AS recorded;
SELECT r.code, r.state, r.coverage, r.controls, r.checks, r.passing AS pass, r.failing AS fail, r.stale, r.not_occurring AS empty,
    r.undecided AS blind, r.not_run, r.open_findings AS findings, r.waivers, r.attestations_due AS due, r.other_evidence AS other, r.expired
FROM readiness AS r
WHERE r.framework = 'tsc' AND r.code IN ('CC1.1', 'CC1.2', 'CC1.3', 'CC1.4', 'CC1.5', 'CC2.2', 'CC2.3', 'CC3.1', 'CC5.2', 'CC6.4', 'CC7.5')
ORDER BY r.position;
-- the parts are the whole
SELECT count(*) FROM readiness WHERE checks <> passing + failing + stale + not_occurring + undecided + not_run;
SELECT control_id, code, relation, covers, in_scope, state, checks, passing AS pass, failing AS fail, open_findings AS findings,
    attestation, attestation_due_at IS NOT NULL AS has_due, attestation_is_due AS due
FROM control_matrix WHERE control_id LIKE 'V-%' ORDER BY control_id COLLATE "C", criterion;
SELECT control_id, outcome, is_due, due_at, attested_until FROM attestation_status WHERE control_id IN ('V-due', 'V-odd "x''') ORDER BY 1;
-- coverage and gaps are those of the functions, for all frameworks
SELECT (SELECT count(*) FROM coverage) = (SELECT count(*) FROM coverage('tsc')) + (SELECT count(*) FROM coverage('outline')) AS all_there;
SELECT framework, code, state, controls, library IS NOT NULL AS library FROM gaps WHERE code IN ('CC1.1', 'CC1.2') ORDER BY criterion;

-- findings and waivers: waived, never hidden
SET LOCAL soc2.framework = 'tsc';
SELECT finding_id AS b FROM findings WHERE check_id = 'v.fail' AND resource = 'b' \gset
SELECT plan_finding(:b, owner => 'Ops', due_at => '2020-01-01');
INSERT INTO waivers (check_id, control_id, resource, reason, expires_at, requested_by, requested_session, decision, decided_at, decided_by, decided_session)
VALUES ('v.fail', NULL, 'a', 'one', '2100-01-01', 'x', 'x', 'approved', now() - interval '1 second', 'y', 'y'),
    (NULL, 'V-auto', 'no such', 'another', '2100-01-01', 'x', 'x', 'approved', now() - interval '1 second', 'y', 'y'),
    ('v.fail', NULL, NULL, 'not decided', '2100-01-01', 'x', 'x', NULL, NULL, NULL, NULL);
SELECT check_id, resource, title, severity, waived, overdue, owner, remediation, codes FROM findings_open WHERE check_id LIKE 'v.%' ORDER BY resource;
SELECT check_id, control_id, resource, title, reason, approved_by, open_findings, codes FROM waivers_active WHERE reason IN ('one', 'another', 'not decided') ORDER BY reason;
SELECT state, failing, open_findings, overdue_findings, waivers FROM readiness WHERE criterion = 'tsc:CC1.2';

-- evidence and its freshness
SELECT kind, check_id, codes, outcome, expired, has_payload, sealed, length(ledger_hash) AS hex FROM evidence_log
WHERE check_id = 'v.fail' AND kind = 'check_run' OR kind = 'v minutes' ORDER BY kind, codes;
SELECT source, source_id, state, last_recorded_at IS NOT NULL AS recorded, due_at IS NOT NULL AS due, codes FROM evidence_freshness
WHERE source_id ~ '^(v\.|V-|v minutes)' ORDER BY source, source_id COLLATE "C", codes;
-- kinds of acts are those that nobody records by hand
CREATE FUNCTION pg_temp.refused(kind text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM soc2.record_evidence(kind);
    RETURN false;
EXCEPTION WHEN invalid_parameter_value OR insufficient_privilege THEN RETURN true;
END $$;
SELECT activity_category(k) AS category, string_agg(k, ' ' ORDER BY k) AS kinds, bool_and(pg_temp.refused(k)) AS reserved
FROM unnest('{refused_attempt,retention_bypass,redaction,prune,disposal,erasure,retirement,waiver,attestation,finding,access_review,check_change,control,period,population,hold,subject,retention_lock,import,check_run,v minutes}'::text[]) AS k
GROUP BY 1 ORDER BY 1;
-- and those that the index has
SELECT bool_and(activity_category(k) IS NOT NULL) AS all_known, count(*) FROM unnest((SELECT
    substring(pg_get_indexdef('soc2_evidence_activity_idx'::regclass) FROM '\{.*\}')::text[])) AS k;

-- the numbers for monitoring are those that the views tell of, each once, and name nothing that users name without limit
SELECT metric, count(*), count(framework) > 0 AS framework, count(category) > 0 AS category, count(severity) > 0 AS severity,
    count(state) > 0 AS state, count(relation) > 0 AS relation, bool_and(value >= 0) AS value
FROM metrics WHERE (relation IS NULL OR relation = 'soc2.evidence') AND metric !~ '_(counted|sealed|verif)' GROUP BY metric ORDER BY metric COLLATE "C";
SELECT metric, framework, category, severity, state, relation FROM metrics GROUP BY 1, 2, 3, 4, 5, 6 HAVING count(*) > 1 OR min(value) IS NULL;
SELECT framework, category, state, count(*) FROM readiness GROUP BY 1, 2, 3
EXCEPT SELECT framework, category, state, value FROM metrics WHERE metric = 'soc2_readiness_criteria';
SELECT severity, outcome, count(*) FROM check_status GROUP BY 1, 2
EXCEPT SELECT severity, state, value FROM metrics WHERE metric = 'soc2_assessed_checks';
SELECT sum(value) = (SELECT count(*) FROM readiness) AS criteria FROM metrics WHERE metric = 'soc2_readiness_criteria';
SELECT sum(value) = (SELECT count(*) FROM check_status) AS checks FROM metrics WHERE metric = 'soc2_assessed_checks';
SELECT sum(value) = (SELECT count(*) FROM findings_open) AS findings,
    sum(value) FILTER (WHERE state = 'waived') = (SELECT count(*) FROM findings_open WHERE waived) AS waived,
    sum(value) FILTER (WHERE state = 'overdue') = (SELECT count(*) FROM findings_open WHERE overdue AND NOT waived) AS overdue
FROM metrics WHERE metric = 'soc2_open_findings';
SELECT m.metric, m.value = x.value AS same FROM metrics AS m JOIN (
    SELECT 'soc2_active_waivers', count(*) FROM waivers_active
    UNION ALL SELECT 'soc2_active_holds', count(*) FROM holds_active
    UNION ALL SELECT 'soc2_due_attestations', count(*) FROM attestation_status WHERE is_due
    UNION ALL SELECT 'soc2_evidence_timestamp_seconds', EXTRACT(epoch FROM max(recorded_at)) FROM evidence
) AS x (metric, value) USING (metric) ORDER BY m.metric COLLATE "C";
SELECT soc2.activity_category(kind), count(*) FROM evidence WHERE soc2.activity_category(kind) IS NOT NULL GROUP BY 1
EXCEPT SELECT category, value FROM metrics WHERE metric = 'soc2_recorded_acts_total';
SELECT relation, rows, unsealed FROM ledger_status WHERE rows IS NOT NULL
EXCEPT SELECT m.relation, m.value, u.value FROM metrics AS m JOIN metrics AS u USING (relation)
    WHERE m.metric = 'soc2_ledger_rows' AND u.metric = 'soc2_unsealed_rows';
SELECT relation, last_sealed_at FROM ledger_status WHERE last_sealed_at IS NOT NULL
EXCEPT SELECT relation, to_timestamp(value) FROM metrics WHERE metric = 'soc2_sealed_timestamp_seconds';
SELECT relation, last_verified_at FROM ledger_status WHERE last_verified_at IS NOT NULL
EXCEPT SELECT relation, to_timestamp(value) FROM metrics WHERE metric = 'soc2_verified_timestamp_seconds';
SELECT relation, verified FROM ledger_status WHERE verified IS NOT NULL
EXCEPT SELECT relation, value = 1 FROM metrics WHERE metric = 'soc2_verification_ok';
SELECT state, count(*) FROM disposal_progress GROUP BY 1
EXCEPT SELECT state, value FROM metrics WHERE metric = 'soc2_disposal_plans';
-- who asks for one metric has the others left out
CREATE FUNCTION public.planned(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        IF line ~ ' on ' THEN RETURN NEXT regexp_replace(line, '.* on (\w+).*', '\1'); END IF;
    END LOOP;
END $$;
SELECT bool_or(planned ~ '^waivers') AS asked_for, bool_or(planned ~ '^(evidence|ledger|check|criteria|findings|holds|disposal)') AS others
FROM public.planned($$SELECT value FROM metrics WHERE metric IN ('soc2_active_waivers', 'soc2_uncounted_tables')$$);
DROP FUNCTION public.planned(text);

ROLLBACK;

-- retention: what was never counted says so
CREATE TABLE public."v odd ""table""" (id integer PRIMARY KEY, at timestamptz, sort text);
CREATE TABLE public.v_plain (id integer PRIMARY KEY, at timestamptz);
SELECT create_retention_class('v-short', '1 day', 'law', max_retain => '1 year');
SELECT set_retention('public."v odd ""table"""', 'v-short', 'at', 'sort = ''x''');
SELECT set_retention('public.v_plain', 'v-short', 'at');
SELECT * FROM disposal_overdue WHERE relation ~ 'v_plain|v odd';
SELECT * FROM retention_rows WHERE relation ~ 'v_plain|v odd';
INSERT INTO public."v odd ""table""" VALUES (1, '2001-01-01', 'x'), (2, now(), 'x'), (3, NULL, 'x'), (4, '2001-01-01', 'y');
SELECT count_retention() >= 2 AS counted;
SELECT relation, class, state, rows, counted_at <= now() AS at FROM retention_rows WHERE relation ~ 'v_plain|v odd' ORDER BY 1, 2, 3;
SELECT relation, class, rows, max_retain, problem FROM disposal_overdue WHERE relation ~ 'v_plain|v odd';
-- the last count is what is told, and what cannot be counted says so
BEGIN;
INSERT INTO public.v_plain VALUES (1, '2001-01-01');
SELECT count_retention() >= 2 AS counted;
SELECT relation, class, rows FROM disposal_overdue WHERE relation ~ 'v_plain|v odd' ORDER BY 1;
INSERT INTO retention_counts VALUES (now() + interval '1 day', 'public.v_plain', '', 'unknown', NULL, 'broken');
SELECT relation, class, state, rows, problem FROM retention_rows WHERE relation ~ 'v_plain';
SELECT relation, class, rows, problem FROM disposal_overdue WHERE relation ~ 'v_plain';
SELECT state, sum(rows) FROM retention_rows WHERE rows IS NOT NULL GROUP BY 1
EXCEPT SELECT state, value FROM metrics WHERE metric = 'soc2_retention_rows';
SELECT state, value = (SELECT count(*) FROM retention_rows AS r WHERE r.rows IS NULL AND COALESCE(r.state, 'never') = m.state) AS same
FROM metrics AS m WHERE metric = 'soc2_uncounted_tables' ORDER BY 1;
SELECT to_timestamp(value) = (SELECT min(counted_at) FROM retention_rows) AS same FROM metrics WHERE metric = 'soc2_counted_timestamp_seconds';
ROLLBACK;
\set VERBOSITY terse
INSERT INTO retention_counts VALUES (now(), 'public.v_plain', '', 'unknown', 0, 'broken'); --fail
INSERT INTO retention_counts VALUES (now(), 'public.v_plain', '', 'overdue', NULL, NULL); --fail
\set VERBOSITY default

-- who did what
SELECT category, kind, action, subject, detail, source FROM activity
WHERE subject ~ 'v-short|v_plain' ORDER BY kind, subject, action;
SELECT count(*) FROM certificates WHERE plan_id IS NULL;

-- an auditor reads all of them, from another search_path; nobody else does
CREATE FUNCTION public.readable() RETURNS TABLE (view text, readable boolean) LANGUAGE plpgsql AS $$
BEGIN
    FOREACH view IN ARRAY '{readiness,gaps,coverage,control_matrix,attestation_status,evidence_log,evidence_freshness,findings_open,waivers_active,retention_status,retention_rows,disposal_overdue,holds_active,certificates,ledger_status,activity}'::text[] LOOP
        BEGIN
            EXECUTE format('SELECT count(*) >= 0 FROM soc2.%I', view) INTO readable;
        EXCEPTION WHEN insufficient_privilege THEN readable := false;
        END;
        RETURN NEXT;
    END LOOP;
END $$;
SET search_path = pg_catalog;
SET SESSION AUTHORIZATION regress_soc2_auditor;
SELECT readable, count(*) FROM public.readable() GROUP BY 1;
SELECT soc2.count_retention(); --fail
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_soc2_admin;
SELECT readable, count(*) FROM public.readable() GROUP BY 1;
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_soc2_nobody;
SELECT readable, count(*) FROM public.readable() GROUP BY 1;
RESET SESSION AUTHORIZATION;
SET search_path = soc2, public;

DROP FUNCTION public.readable();
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
DROP TABLE public."v odd ""table""", public.v_plain;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
-- tables that are gone are told of no more
SELECT count(*) FROM disposal_overdue WHERE relation ~ 'v_plain|v odd';
SET client_min_messages = warning;
DROP ROLE regress_soc2_nobody, regress_soc2_admin, regress_soc2_auditor;
