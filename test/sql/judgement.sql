--
-- Judgement: attestations, and findings that failures open, tests close and
-- regressions open again.
--
SET client_min_messages = warning;
CREATE ROLE regress_soc2_admin LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_soc2_collector LOGIN IN ROLE soc2_collector;
CREATE ROLE regress_soc2_auditor LOGIN IN ROLE soc2_auditor;
RESET client_min_messages;
SET search_path = soc2, public;
\set SHOW_CONTEXT never
SET DateStyle = 'ISO, YMD';
SET TimeZone = 'UTC';

CREATE TABLE public.member (resource text, ok boolean, reason text);
INSERT INTO checks (check_id, title, severity, criteria, rationale, remediation, query)
VALUES ('j.members', 't', 'critical', '{tsc:CC6.1}', 'r', 'mend it', 'SELECT * FROM public.member');
CREATE FUNCTION public.assess_members() RETURNS TABLE (outcome text, failures bigint)
LANGUAGE sql AS $$SELECT a.outcome, a.failures FROM soc2.assess('j.members') AS a$$;
CREATE VIEW public.finding AS
    SELECT left(resource, 20) AS resource, severity, state, waived, overdue, regressions, closure, owner, remediation
    FROM soc2.finding_status WHERE check_id = 'j.members' ORDER BY finding_id;

-- a failure opens a finding, a pass none, and what cannot be decided none
INSERT INTO public.member VALUES ('bad', false, 'x'), (E'odd "name''\n\\ {x}', false, 'x'), ('good', true, 'x'), ('unknown', NULL, 'x'),
    ('long ' || repeat('x', 1000), false, 'x');
SELECT * FROM public.assess_members();
SELECT * FROM public.finding;
SELECT due_at - opened_at AS due FROM findings WHERE resource = 'bad';
-- the same failure is the same finding
SELECT * FROM public.assess_members();
SELECT count(*) FROM public.finding;
-- an error says nothing: nothing is closed
BEGIN;
ALTER TABLE public.member RENAME TO gone;
SELECT * FROM public.assess_members();
SELECT state, count(*) FROM public.finding GROUP BY 1;
ROLLBACK;
-- mended, or gone; one that is not decided now stays open
UPDATE public.member SET ok = true WHERE resource = 'bad';
DELETE FROM public.member WHERE resource LIKE 'odd%';
UPDATE public.member SET ok = NULL WHERE resource LIKE 'long%';
INSERT INTO public.member VALUES ('another', false, 'x');
SELECT * FROM public.assess_members();
SELECT * FROM public.finding;
-- and back: the same finding is opened again
UPDATE public.member SET ok = false WHERE resource = 'bad';
SELECT * FROM public.assess_members();
SELECT * FROM public.finding;
-- where not all members were kept, one that is missing may still be there
DELETE FROM public.member WHERE resource IN ('bad', 'another') OR ok IS NULL;
SET soc2.max_results = 0;
SELECT * FROM public.assess_members();
RESET soc2.max_results;
SELECT resource, state FROM public.finding;
SELECT * FROM public.assess_members();
-- an empty population: nothing is left that could fail
TRUNCATE public.member;
SELECT * FROM public.assess_members();
SELECT state, closure, count(*) FROM public.finding GROUP BY 1, 2 ORDER BY 1, 2;

-- who mends it and until when
INSERT INTO public.member VALUES ('bad', false, 'x');
SELECT * FROM public.assess_members();
SELECT finding_id AS bad FROM findings WHERE resource = 'bad' \gset
SET SESSION AUTHORIZATION regress_soc2_admin;
SELECT plan_finding(:bad, owner => 'Ops', due_at => '2020-01-01', root_cause => 'a script');
SELECT plan_finding(:bad, remediation => 'run it no more');
SELECT plan_finding(:bad); --fail
SELECT plan_finding(0, owner => 'x'); --fail
SELECT plan_finding(NULL, owner => 'x'); --fail
\set VERBOSITY terse
SELECT plan_finding(:bad, due_at => 'infinity'); --fail
\set VERBOSITY default
SELECT waive('j.members', 'bad', 'x', '2100-01-01') AS waiver \gset
RESET SESSION AUTHORIZATION;
SELECT approve_waiver(:'waiver');
-- waived, and still there
SELECT resource, state, waived, overdue, owner, remediation FROM public.finding WHERE state = 'open';
SELECT finding_is_overdue('open', '2026-01-01', '2026-01-01'), finding_is_overdue('open', '2026-01-01', '2026-01-02'),
    finding_is_overdue('closed', '2026-01-01', '2026-01-02');
SELECT severity, finding_due(severity, '2026-01-01 UTC') AT TIME ZONE 'UTC' AS due
FROM unnest('{critical,high,medium,low}'::text[]) AS severity;
SELECT action, details - 'run' AS details, recorded_by = session_user AS by_us FROM finding_history(:bad);

-- attestations
SELECT adopt_controls('{GOV-02,ACC-02}', '2026-01-01');
SET SESSION AUTHORIZATION regress_soc2_collector;
SELECT attest('GOV-02', 'the risks of the year were assessed', '[2026-01-05,2026-01-06)', artifact_uri => 'file:///minutes') IS NOT NULL AS attested;
SELECT attest('GOV-02', 'no change was planned', '[2026-01-07,2026-01-08)', 'not_occurring') IS NOT NULL AS attested;
SELECT attest('ACC-02', 'two were granted without a request', outcome => 'fail', artifact => 'list') IS NOT NULL AS attested;
SELECT attest('ACC-02', 'and they still are', outcome => 'fail') IS NOT NULL AS attested;
-- what is refused
SELECT attest('GOV-02', ''); --fail
SELECT attest('GOV-02', 'x', outcome => 'compliant'); --fail
SELECT attest('GOV-02', 'x', outcome => NULL); --fail
SELECT attest('GOV-02', 'x', 'empty'); --fail
SELECT attest('GOV-02', 'x', '[2026-01-01,)'); --fail
SELECT attest('GOV-02', 'x', '(,2026-01-01]'); --fail
SELECT attest('GOV-02', 'x', '[-infinity,2026-01-01]'); --fail
SELECT attest('GOV-02', 'x', '[2026-01-01,2100-01-01]'); --fail
SELECT attest('GOV-03', 'x'); --fail
SELECT attest('none', 'x'); --fail
SELECT record_evidence('attestation', control_id => 'GOV-02'); --fail
SELECT record_evidence('finding'); --fail
RESET SESSION AUTHORIZATION;
SELECT create_control('J-1', 'x', 'x');
SELECT attest('J-1', 'x'); --fail
SELECT control_id, subject, criteria, CASE WHEN upper_inc(effective) THEN 'now' ELSE lower(effective)::date::text END AS effective,
    artifact_uri, artifact, recorded_by, payload ->> 'outcome' AS outcome
FROM evidence WHERE kind = 'attestation' ORDER BY ledger_seq;
-- one that says it does not operate opens a finding, and another one closes it
SELECT control_id, severity, state, regressions, closure FROM finding_status WHERE control_id IS NOT NULL;
SELECT attest('ACC-02', 'all have requests now') IS NOT NULL AS attested;
SELECT control_id, state, regressions, closure FROM finding_status WHERE control_id IS NOT NULL;
SELECT attest('ACC-02', 'again', outcome => 'fail') IS NOT NULL AS attested;
SELECT control_id, state, regressions, closure FROM finding_status WHERE control_id IS NOT NULL;
SELECT h.action FROM findings AS f, finding_history(f.finding_id) AS h WHERE f.control_id = 'ACC-02';

-- nothing but that opens or closes one; an auditor reads
SET SESSION AUTHORIZATION regress_soc2_admin;
UPDATE findings SET state = 'closed'; --fail
DELETE FROM findings; --fail
SELECT update_findings(gen_random_uuid()); --fail
SELECT judge_control('ACC-02', true, NULL); --fail
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_soc2_auditor;
SELECT state, count(*) FROM finding_status WHERE check_id = 'j.members' OR control_id IS NOT NULL GROUP BY 1 ORDER BY 1;
SELECT count(*) > 0 AS readable FROM finding_history(:bad);
SELECT plan_finding(:bad, owner => 'x'); --fail
SELECT attest('GOV-02', 'x'); --fail
RESET SESSION AUTHORIZATION;
SELECT * FROM verify_ledger('evidence');

DROP VIEW public.finding;
DROP FUNCTION public.assess_members();
DROP TABLE public.member;
DELETE FROM checks WHERE NOT shipped;
DELETE FROM findings;
DELETE FROM waivers;
DELETE FROM controls WHERE NOT shipped;
DELETE FROM control_criteria WHERE NOT shipped;
DELETE FROM control_checks WHERE NOT shipped;
SET client_min_messages = warning;
DROP ROLE regress_soc2_admin, regress_soc2_collector, regress_soc2_auditor;
