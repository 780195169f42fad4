--
-- Who may do what: PUBLIC gets nothing but the types' own functions, and each
-- role of the extension what its name says.
--
SET client_min_messages = warning;
CREATE ROLE regress_soc2_nobody;
CREATE ROLE regress_soc2_admin IN ROLE soc2_admin;
CREATE ROLE regress_soc2_collector IN ROLE soc2_collector;
CREATE ROLE regress_soc2_auditor IN ROLE soc2_auditor;
CREATE ROLE regress_soc2_other_collector IN ROLE soc2_collector;
RESET client_min_messages;

-- no grant to PUBLIC on any relation, and none of EXECUTE on what acts
SELECT c.oid::regclass FROM pg_class AS c, aclexplode(c.relacl) AS a
WHERE c.relnamespace = 'soc2'::regnamespace AND a.grantee = 0;
SELECT p.proname FROM pg_proc AS p
LEFT JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
    ON a.grantee = 0 AND a.privilege_type = 'EXECUTE'
WHERE p.pronamespace = 'soc2'::regnamespace AND p.provolatile = 'v' AND a.grantee IS NOT NULL
ORDER BY 1;

-- who has no role of ours reaches nothing
SET ROLE regress_soc2_nobody;
SELECT count(*) FROM soc2.criteria; --fail
SELECT soc2.assess(); --fail
SELECT 'tsc:CC6'::soc2.criterion; --fail
RESET ROLE;

-- a collector records and assesses, and reads nobody's evidence
SET ROLE regress_soc2_collector;
SET search_path = soc2;
SELECT record_evidence('note', payload => '{"secret": 1}') IS NOT NULL AS recorded;
SELECT outcome FROM assess('cfg.dangerous') WHERE outcome NOT IN ('pass', 'fail');
SELECT evidence_id IS NOT NULL AS own_id FROM evidence LIMIT 1;
SELECT payload FROM evidence; --fail
SELECT * FROM readiness; --fail
SELECT * FROM verify_ledger('evidence'); --fail
SELECT title FROM criteria WHERE criterion = 'tsc:C1.2';
-- nobody passes a row of his own off as the run of a check
SELECT record_evidence('check_run', check_id => 'tls.on', payload => '{"outcome": "pass"}'); --fail
-- the chain and the record date are not its to give
INSERT INTO evidence (kind, recorded_by) VALUES ('note', 'somebody'); --fail
INSERT INTO evidence (kind, recorded_at) VALUES ('note', '1999-01-01'); --fail
INSERT INTO evidence (kind, ledger_lane, ledger_seq) VALUES ('note', 0, 1); --fail
INSERT INTO evidence (kind, subject) VALUES ('note', 'by hand');
UPDATE evidence SET kind = 'x'; --fail
DELETE FROM evidence; --fail
TRUNCATE evidence; --fail
INSERT INTO ledgers (relation, ledger_id, redactable) VALUES ('evidence', gen_random_uuid(), '{}'); --fail
SELECT set_scope('{A}'); --fail
SELECT set_check_parameters('role.superuser_count', '{}', 'x'); --fail
SELECT create_retention_class('c', '1 year', 'x'); --fail
INSERT INTO criteria (criterion, title) VALUES ('CC6.1.101', 'mine'); --fail
INSERT INTO checks (check_id, title, severity, query, criteria, rationale, remediation)
VALUES ('t.x', 't', 'low', 'SELECT', '{CC1}', 'r', 'r'); --fail
RESET ROLE;
SET ROLE regress_soc2_other_collector;
SELECT payload FROM evidence; --fail
RESET ROLE;

-- an auditor reads everything and changes nothing
SET ROLE regress_soc2_auditor;
SELECT kind, subject, recorded_by, payload FROM evidence WHERE recorded_by = 'regress_soc2_collector' AND kind = 'note';
SELECT * FROM verify_ledger('evidence');
SELECT count(*) > 0 AS readable FROM readiness;
SELECT count(*) > 0 AS readable FROM check_status;
SELECT count(*) > 0 AS readable FROM catalogue;
SELECT count(*) >= 0 AS readable FROM retention_status;
SELECT record_evidence('note'); --fail
SELECT * FROM assess(); --fail
SELECT set_scope('{A}'); --fail
INSERT INTO evidence (kind) VALUES ('x'); --fail
UPDATE crosswalk SET status = 'confirmed'; --fail
RESET ROLE;

-- an admin defines
SET ROLE regress_soc2_admin;
SELECT set_scope('{A,C}');
SELECT category, in_scope FROM scope;
SELECT changed_by FROM scope_changes GROUP BY changed_by;
SELECT set_scope('{}');
INSERT INTO scope_changes (category, in_scope, changed_by) VALUES ('A', true, 'somebody'); --fail
UPDATE scope_changes SET in_scope = false; --fail
INSERT INTO criteria (criterion, title) VALUES ('tsc:CC6.1.101', 'ours');
DELETE FROM criteria WHERE criterion = 'tsc:CC6.1.101';
INSERT INTO crosswalk (source, target, relation) VALUES ('outline:CC6.2', 'tsc:CC8.1', 'equal-to');
SELECT author FROM crosswalk WHERE NOT shipped;
DELETE FROM crosswalk WHERE NOT shipped;
SELECT set_check_parameters('role.superuser_count', '{"approved": ["x"]}', 'test');
SELECT set_by FROM check_parameters;
SELECT set_check_parameters('role.superuser_count', NULL, 'test');
INSERT INTO check_parameters (check_id, parameters, reason) VALUES ('tls.on', '{}', 'x'); --fail
INSERT INTO checks (check_id, title, severity, query, criteria, rationale, remediation)
VALUES ('t.x', 't', 'low', 'SELECT', '{CC1}', 'r', 'r'); --fail
UPDATE evidence SET kind = 'x'; --fail
RESET ROLE;

-- functions with their owner's rights pin the search path
SELECT proname, proconfig FROM pg_proc WHERE pronamespace = 'soc2'::regnamespace AND prosecdef
    AND proconfig[1] IS DISTINCT FROM 'search_path=pg_catalog, pg_temp';

SET client_min_messages = warning;
DROP ROLE regress_soc2_nobody, regress_soc2_admin, regress_soc2_collector, regress_soc2_auditor,
    regress_soc2_other_collector;
