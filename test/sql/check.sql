--
-- Checks and the runner: outcomes are derived from populations, a bad check
-- is an outcome and not an abort, leaves no trace and gains nothing, and a
-- recorded run carries what an auditor asks of it.
--
SET search_path = soc2, public;

-- every shipped check is complete and runs, whatever this server's state
SELECT check_id FROM checks
WHERE shipped AND (query = '' OR rationale = '' OR remediation = '' OR size(criteria) = 0
    OR NOT criteria && '{outline:CC,outline:A,outline:C,outline:PI,outline:P}'::criterion_set
    OR NOT criteria && '{CC,A,C,PI,P}'::criterion_set);
SELECT count(*) >= 8 AS eight FROM checks WHERE shipped;
SELECT check_id, outcome FROM assess(record => false)
WHERE outcome NOT IN ('pass', 'fail', 'not_occurring');
-- criteria of the shipped checks are in the catalogue
SELECT DISTINCT c FROM checks, unnest(criteria::criterion[]) AS c
WHERE c NOT IN (SELECT criterion FROM criteria);

-- settings are the server's: what a session sets does not count
SET log_statement = 'all';
SELECT count(*) AS taken_over FROM server_settings
WHERE setting = current_setting('log_statement') AND name = 'log_statement';
RESET log_statement;

-- shipped checks cannot be changed; their parameters can be replaced
UPDATE checks SET query = 'SELECT 1' WHERE check_id = 'tls.on'; --fail
DELETE FROM checks WHERE check_id = 'tls.on'; --fail
TRUNCATE checks; --fail
INSERT INTO checks (check_id, title, severity, query, criteria, rationale, remediation, shipped)
VALUES ('t.forged', 't', 'low', 'SELECT', '{CC1}', 'r', 'r', true); --fail
-- bad definitions
\set VERBOSITY terse
INSERT INTO checks (check_id, title, severity, query, criteria, rationale, remediation)
VALUES ('No Dots', 't', 'low', 'SELECT', '{CC1}', 'r', 'r'); --fail
INSERT INTO checks (check_id, title, severity, query, criteria, rationale, remediation)
VALUES ('t.x', 't', 'urgent', 'SELECT', '{CC1}', 'r', 'r'); --fail
INSERT INTO checks (check_id, title, severity, query, criteria, rationale, remediation, parameters)
VALUES ('t.x', 't', 'low', 'SELECT', '{CC1}', 'r', 'r', '[]'); --fail
INSERT INTO checks (check_id, title, severity, query, criteria, rationale, remediation, min_version, max_version)
VALUES ('t.x', 't', 'low', 'SELECT', '{CC1}', 'r', 'r', 16, 15); --fail
\set VERBOSITY default

CREATE TABLE public.trace (id integer);
CREATE FUNCTION public.leave_trace() RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO public.trace VALUES (1); RETURN true; END $$;
CREATE FUNCTION public.recurse(n integer) RETURNS integer LANGUAGE sql AS
$$ SELECT public.recurse(n + 1) $$;

INSERT INTO checks (check_id, title, severity, criteria, rationale, remediation, query)
SELECT 't.' || name, name, 'low', '{CC1.1}', 'test', 'test', query
FROM (VALUES
    -- outcomes
    ('pass', $$SELECT 'r' || n, true, 'fine' FROM generate_series(1, 3) AS n$$),
    ('fail', $$SELECT 'r' || n, n < 3, 'n is ' || n FROM generate_series(1, 5) AS n$$),
    ('fail_one', $$SELECT 'only'::text, false, NULL::text$$),
    ('empty', $$SELECT 'r'::text, true, 'x'::text WHERE false$$),
    ('undecided', $$SELECT 'r' || n, nullif(n, 2) IS NOT NULL OR NULL, 'x' FROM generate_series(1, 3) AS n$$),
    ('undecided_fail', $$VALUES ('a', NULL::boolean, 'x'), ('b', false, 'bad')$$),
    -- not a population
    ('null_resource', $$SELECT NULL::text, true, 'x'::text$$),
    ('twice', $$SELECT 'r'::text, true, 'x'::text FROM generate_series(1, 2)$$),
    ('long_resource', $$SELECT repeat('r', 2001), true, 'x'::text$$),
    ('long_reason', $$SELECT 'r'::text, true, repeat('x', 5000)$$),
    ('two_columns', $$SELECT 'r'::text, true$$),
    ('four_columns', $$SELECT 'r'::text, true, 'x'::text, 1$$),
    ('other_types', $$SELECT 1, true, 'x'::text$$),
    ('syntax', $$SELEC 1$$),
    ('breakout', $$SELECT 'r', true, 'x') AS p; DROP TABLE public.trace; --$$),
    ('comment_end', $$SELECT 'r'::text, true, 'x'::text -- ends in a comment$$),
    ('empty_query', $$$$),
    ('division', $$SELECT 'r'::text, 1 / (n - n) = 1, 'x'::text FROM generate_series(1, 1) AS n$$),
    ('control_bytes', E'SELECT E''r\\n\\t\\x01'', false, E''\\x1b[31m'''),
    ('recursion', $$SELECT 'r'::text, public.recurse(1) = 1, 'x'::text$$),
    -- attempts to leave a trace or to change the session
    ('write', $$SELECT 'r'::text, public.leave_trace(), 'x'::text$$),
    ('ddl', $$CREATE TABLE public.t (i int)$$),
    ('dml', $$WITH d AS (INSERT INTO public.trace VALUES (2) RETURNING 1) SELECT 'r'::text, true, 'x'::text FROM d$$),
    ('setting', $$SELECT 'r'::text, set_config('work_mem', '1MB', false) = '1MB', 'x'::text$$),
    ('role', $$SELECT 'r'::text, set_config('role', 'soc2_auditor', false) IS NOT NULL, 'x'::text$$),
    ('setting_seen', $$SELECT s.name, s.setting = ANY ('{off,"pg_catalog, pg_temp",on}'), s.name || ' = ' || s.setting
        FROM pg_settings AS s WHERE s.name IN ('row_security', 'search_path', 'transaction_read_only')$$),
    ('advisory', $$SELECT 'r'::text, pg_try_advisory_xact_lock(42), 'x'::text$$)
) AS t (name, query);

-- the session's own settings do not reach a check
SET row_security = on;
SET work_mem = '7MB';
SELECT check_id, outcome, population, failures, reason
FROM assess('t.*', record => false) WHERE check_id <> 't.recursion';
SELECT check_id, outcome, split_part(reason, ':', 1) AS sqlstate
FROM assess('t.recursion', record => false);
SHOW work_mem;
SHOW row_security;
SHOW search_path;
SHOW transaction_read_only;
SELECT count(*) AS traces FROM public.trace;
SELECT count(*) AS locks FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();

-- the transaction around goes on
BEGIN;
INSERT INTO public.trace VALUES (3);
SAVEPOINT s;
SELECT count(*) FROM assess('t.division', record => false);
ROLLBACK TO s;
SELECT outcome FROM assess('t.write', record => false);
INSERT INTO public.trace VALUES (4);
COMMIT;
SELECT count(*) AS traces FROM public.trace;

-- being cancelled is not an outcome
INSERT INTO checks (check_id, title, severity, criteria, rationale, remediation, query)
VALUES ('t.sleep', 't', 'low', '{CC1}', 'r', 'r', $$SELECT 'r'::text, pg_sleep(600) IS NULL, 'x'::text$$);
SET statement_timeout = '200ms';
SELECT outcome FROM assess('t.sleep', record => false); --fail
RESET statement_timeout;
DELETE FROM checks WHERE check_id = 't.sleep';

-- a large population is read in batches and quoted in part
INSERT INTO checks (check_id, title, severity, criteria, rationale, remediation, query)
VALUES ('t.many', 't', 'low', '{CC1}', 'r', 'r',
    $$SELECT 'r' || n, n % 2 = 0, 'odd' FROM generate_series(1, 10001) AS n$$);
SELECT outcome, population, failures, reason FROM assess('t.many');
SELECT jsonb_array_length(payload -> 'failing') AS quoted, payload ->> 'population' AS population
FROM evidence WHERE check_id = 't.many';
-- the hash of a population does not depend on the order it came in
UPDATE checks SET query = query || ' ORDER BY random()' WHERE check_id = 't.many';
SELECT outcome FROM assess('t.many');
SELECT count(*) AS runs, count(DISTINCT payload ->> 'population_sha256') AS hashes
FROM evidence WHERE check_id = 't.many';

-- members are kept, those that failed and those that passed, up to a limit
SELECT count(*) AS members, count(*) FILTER (WHERE NOT ok) AS failing, count(DISTINCT evidence_id) AS runs
FROM check_results WHERE check_id = 't.many';
SELECT DISTINCT check_results_sha256(evidence_id) = payload ->> 'population_sha256' AS proven,
    payload ->> 'results' AS results, payload ->> 'results_cut' AS cut
FROM evidence WHERE check_id = 't.many';
SET soc2.max_results = 10;
SELECT outcome, population, failures FROM assess('t.many');
RESET soc2.max_results;
SELECT check_results_sha256(evidence_id) = payload ->> 'population_sha256' AS proven,
    payload ->> 'results' AS results, payload ->> 'results_cut' AS cut,
    (SELECT min(resource) || ' ' || max(resource) FROM check_results AS r WHERE r.evidence_id = e.evidence_id) AS kept
FROM evidence AS e WHERE check_id = 't.many' ORDER BY ledger_seq DESC LIMIT 1;
UPDATE check_results SET reason = 'fine' WHERE ctid = (SELECT min(ctid) FROM check_results WHERE check_id = 't.many');
SELECT count(*) AS tampered FROM evidence
WHERE check_id = 't.many' AND payload ->> 'results_cut' = '0' AND check_results_sha256(evidence_id) <> payload ->> 'population_sha256';
SELECT check_results_sha256(gen_random_uuid()) = encode(sha256(''), 'hex') AS none;

-- selectors
SELECT check_id FROM assess('tls.on', record => false);
SELECT check_id FROM assess('t.*one', record => false);
SELECT count(*) = (SELECT count(*) FROM checks WHERE severity = 'critical' AND check_applies(min_version, max_version)) AS all_critical
FROM assess('critical', record => false);
SELECT count(*) > 0 AND bool_and(criteria && 'tsc:CC7.2'::criterion) AS selected
FROM assess('tsc:CC7.2', record => false);
SELECT count(*) > 0 AND bool_and(criteria && 'outline:C1.1.1'::criterion) AS selected
FROM assess('outline:C1.1.1', record => false);
SELECT count(*) > 0 AND count(*) = (SELECT count(*) FROM control_checks JOIN checks_in_force USING (check_id) WHERE control_id = c.control_id) AS all_of_control
FROM (SELECT min(control_id) AS control_id FROM control_checks JOIN checks_in_force USING (check_id)) AS c, assess(c.control_id, record => false)
GROUP BY c.control_id;
SELECT * FROM assess('no.such', record => false); --fail
SELECT * FROM assess('', record => false); --fail
SELECT * FROM assess('t%', record => false); --fail
SELECT * FROM assess('tsc:CC6..1', record => false); --fail
SELECT * FROM assess(NULL); --fail
SELECT * FROM assess(record => NULL); --fail

-- versions: a check for other servers is not run
INSERT INTO checks (check_id, title, severity, criteria, rationale, remediation, query, min_version, max_version)
VALUES ('t.old', 't', 'low', '{CC1}', 'r', 'r', 'SELECT', 9, 14);
SELECT * FROM assess('t.old', record => false); --fail
SELECT count(*) FROM check_status WHERE check_id = 't.old';
-- runs are recorded by the runner alone, even where it failed before
SELECT record_evidence('check_run', check_id => 't.pass', payload => '{"outcome": "compliant"}'); --fail
BEGIN;
SELECT outcome FROM assess('t.pass');
INSERT INTO evidence (kind, check_id) VALUES ('check_run', 't.pass'); --fail
ROLLBACK;

-- parameters replace those of the check, and the run records which it used
SELECT outcome FROM assess('role.superuser_count', record => false)
WHERE outcome NOT IN ('pass', 'fail');
CREATE ROLE regress_soc2_super SUPERUSER NOLOGIN;
SELECT outcome FROM assess('role.superuser_count');
SELECT set_check_parameters('role.superuser_count',
    (SELECT jsonb_build_object('approved', jsonb_agg(rolname)) FROM pg_roles WHERE rolsuper), 'test')
    -> 'approved' ? 'regress_soc2_super' AS approved;
SELECT check_id, reason, set_by = current_user AS set_by FROM check_parameters;
SELECT outcome, failures FROM assess('role.superuser_count');
DROP ROLE regress_soc2_super;
SELECT payload -> 'parameters' -> 'approved' ? 'regress_soc2_super' AS approved, payload ->> 'outcome' AS outcome
FROM evidence WHERE check_id = 'role.superuser_count' ORDER BY ledger_seq;
SELECT set_check_parameters('role.superuser_count', NULL, 'back');
SELECT * FROM check_parameters;
SELECT set_check_parameters('no.such', '{}', 'x'); --fail
SELECT set_check_parameters('role.superuser_count', '{"aproved": []}', 'x'); --fail
SELECT set_check_parameters('role.superuser_count', '7', 'x'); --fail
SELECT set_check_parameters('role.superuser_count', '{}', ''); --fail
SELECT set_check_parameters('role.superuser_count', '{}', NULL); --fail
SELECT set_check_parameters(NULL, '{}', 'x'); --fail

-- what a recorded run carries
SELECT outcome FROM assess('t.fail', note => 'quarterly');
SELECT kind, subject = current_database() AS subject, criteria, recorded_by = current_user AS recorded_by,
    payload - '{run_id,lsn,snapshot,system_identifier,timeline,server_version,database,session_user,current_user,run_as,query,query_sha256,population_sha256}'::text[] AS payload
FROM evidence WHERE check_id = 't.fail';
SELECT (payload ->> 'run_id')::uuid IS NOT NULL AS run_id,
    (payload ->> 'lsn')::pg_lsn <= pg_current_wal_insert_lsn() AS lsn,
    (payload ->> 'snapshot')::pg_snapshot IS NOT NULL AS snapshot,
    payload ->> 'system_identifier' = (SELECT system_identifier::text FROM pg_control_system()) AS system_identifier,
    (payload ->> 'timeline')::int >= 1 AS timeline,
    payload ->> 'server_version' = current_setting('server_version') AS server_version,
    payload ->> 'database' = current_database() AS database,
    payload ->> 'session_user' = session_user AS session_user,
    payload ->> 'current_user' = current_user AS current_user,
    payload ->> 'query' = (SELECT query FROM checks WHERE check_id = 't.fail') AS query,
    payload ->> 'query_sha256' = encode(sha256(convert_to(payload ->> 'query', 'UTF8')), 'hex') AS query_sha256
FROM evidence WHERE check_id = 't.fail';
-- the hash of the population recomputed: per member three fields, each a byte
-- for NULL or not, a 32-bit length and the text
WITH member (resource, ok, reason) AS (
    SELECT 'r' || n, CASE WHEN n < 3 THEN 't' ELSE 'f' END, 'n is ' || n FROM generate_series(1, 5) AS n)
SELECT encode(sha256(string_agg(
        '\x01'::bytea || int4send(octet_length(resource)) || convert_to(resource, 'UTF8')
        || '\x01'::bytea || int4send(1) || convert_to(ok, 'UTF8')
        || '\x01'::bytea || int4send(octet_length(reason)) || convert_to(reason, 'UTF8'),
        '' ORDER BY resource COLLATE "C")), 'hex')
    = (SELECT payload ->> 'population_sha256' FROM evidence WHERE check_id = 't.fail') AS same
FROM member;

-- status: the last run counts, and what never ran says so
SELECT check_id, outcome, failures FROM check_status WHERE check_id IN ('t.fail', 't.pass', 't.many') ORDER BY check_id;
SELECT * FROM verify_ledger('evidence');

-- what is out of date is not green, and a failure does not go away by waiting
SELECT count(*) > 0 AS not_run FROM check_status WHERE outcome = 'not_run' AND recorded_at IS NULL AND is_stale IS NULL;
SELECT outcome FROM assess('t.pass');
UPDATE checks SET frequency = '1 microsecond' WHERE check_id IN ('t.fail', 't.pass');
SELECT check_id, outcome, last_outcome, is_stale, due_at < now() AS due FROM check_status WHERE check_id IN ('t.fail', 't.pass') ORDER BY check_id;
UPDATE checks SET frequency = '1 day', query = query || ' WHERE true' WHERE check_id IN ('t.fail', 't.pass');
SELECT check_id, outcome, last_outcome, is_stale, due_at > now() AS not_due FROM check_status WHERE check_id IN ('t.fail', 't.pass') ORDER BY check_id;

-- how it went on
CREATE TABLE public.trend (n integer);
INSERT INTO public.trend VALUES (1), (2);
SELECT create_check('t.trend', 't', 'low', 'SELECT n::text, n > 2, ''x''::text FROM public.trend', '{CC1}', 'r', 'r');
SELECT trend, runs, last_outcome FROM check_trend('(,)') WHERE check_id = 't.trend';
SELECT outcome FROM assess('t.trend');
SELECT trend, runs, last_outcome FROM check_trend('(,)') WHERE check_id = 't.trend';
INSERT INTO public.trend VALUES (0);
SELECT outcome FROM assess('t.trend');
SELECT trend, runs, failed, first_failures, last_failures FROM check_trend('(,)') WHERE check_id = 't.trend';
DELETE FROM public.trend WHERE n < 2;
SELECT outcome FROM assess('t.trend');
SELECT trend, first_failures, last_failures FROM check_trend('(,)') WHERE check_id = 't.trend';
UPDATE public.trend SET n = 3;
SELECT outcome FROM assess('t.trend');
SELECT trend, runs, passed, failed, first_outcome, last_outcome FROM check_trend('(,)') WHERE check_id = 't.trend';
DROP TABLE public.trend;
SELECT outcome FROM assess('t.trend');
SELECT trend, undecided, last_outcome FROM check_trend('(,)') WHERE check_id = 't.trend';
SELECT trend, runs FROM check_trend('(,2000-01-01)') WHERE check_id = 't.trend';

-- what is no check is refused when it is made
SELECT create_check('t.x', 't', 'low', 'SELECT ''a''::text, true', '{CC1}', 'r', 'r'); --fail
SELECT create_check('t.x', 't', 'low', 'SELECT 1, true, ''x''', '{CC1}', 'r', 'r'); --fail
SELECT create_check('t.x', 't', 'low', 'SELECT ''a'', true, ''x'';', '{CC1}', 'r', 'r'); --fail
SELECT create_check('t.x', 't', 'low', 'SELECT ''a'', true, ''x''; DROP TABLE soc2.checks', '{CC1}', 'r', 'r'); --fail
SELECT create_check('t.x', 't', 'low', 'SELECT ''a'', true, ''x'') AS x; --', '{CC1}', 'r', 'r'); --fail
SELECT create_check('t.x', 't', 'low', 'SELEC', '{CC1}', 'r', 'r'); --fail
SELECT create_check('t.x', 't', 'low', '', '{CC1}', 'r', 'r'); --fail
SELECT create_check('t.x', 't', 'low', 'SELECT * FROM no_such', '{CC1}', 'r', 'r'); --fail
SELECT create_check('t.x', 't', 'low', 'COPY pg_class TO STDOUT', '{CC1}', 'r', 'r'); --fail
SELECT create_check('No Dots', 't', 'low', 'SELECT', '{CC1}', 'r', 'r'); --fail
SELECT create_check('t.x', 't', 'urgent', 'SELECT', '{CC1}', 'r', 'r'); --fail
SELECT create_check('t.x', 't', 'low', NULL, '{CC1}', 'r', 'r'); --fail
SELECT create_check('t.x', 't', 'low', 'SELECT ''a'', true, ''x''', '{CC1}', 'r', 'r', run_as => 'no_such_role'); --fail
\set VERBOSITY terse
SELECT create_check('t.trend', 't', 'low', 'SELECT ''a'', true, ''x''', '{CC1}', 'r', 'r'); --fail
SELECT create_check('t.x', 't', 'low', 'SELECT ''a'', true, ''x''', '{CC1}', 'r', 'r', frequency => '0'); --fail
SELECT create_check('t.x', 't', 'low', 'SELECT ''a'', true, ''x''', '{CC1}', 'r', 'r', frequency => '10 years 1 second'); --fail
SELECT create_check('t.x', 't', 'low', 'SELECT ''a'', true, ''x''', '{CC1}', 'r', 'r', parameters => '[]'); --fail
SELECT drop_check('tls.on', 'we have none'); --fail
\set VERBOSITY default
SELECT drop_check('t.trend', ''); --fail
SELECT drop_check('t.trend', NULL); --fail
SELECT drop_check('t.trend', 'table is gone');

-- a check is switched off and on, and nothing of it is hidden
SELECT enable_check('tls.on', false, 'no TLS on a socket');
SELECT check_id, enabled, reason FROM check_switches;
SELECT outcome FROM check_status WHERE check_id = 'tls.on';
SELECT * FROM assess('tls.on', record => false); --fail
SELECT enable_check('tls.on', true, 'TLS is back');
SELECT count(*) FROM assess('tls.on', record => false);
SELECT enable_check('no.such', true, 'x'); --fail
SELECT enable_check('tls.on', true, ''); --fail
SELECT enable_check('tls.on', NULL, 'x'); --fail
DELETE FROM check_switches;
SELECT subject, payload - 'query' - 'check_id' AS payload FROM evidence WHERE kind = 'check_change' ORDER BY ledger_seq;
SELECT record_evidence('check_change'); --fail

-- waived members are failures that somebody answers for
BEGIN;
SELECT waive('t.fail', 'r4', 'test', '2100-01-01') AS waiver \gset
SELECT outcome, failures, waived FROM assess('t.fail', record => false);
CREATE ROLE regress_soc2_second LOGIN;
GRANT soc2_admin TO regress_soc2_second;
SET SESSION AUTHORIZATION regress_soc2_second;
SELECT approve_waiver(:'waiver');
RESET SESSION AUTHORIZATION;
SELECT outcome, failures, waived FROM assess('t.fail', record => false);
ROLLBACK;

-- a read-only transaction assesses, and cannot record
BEGIN READ ONLY;
SELECT outcome FROM assess('t.pass', record => false);
SELECT outcome FROM assess('t.pass'); --fail
ROLLBACK;

-- what verifying a ledger found is known to its state; a run that is not recorded is not
BEGIN;
SELECT count(*) FROM assess('self.chain', record => false);
SELECT last_verified_at, verified FROM ledger_status WHERE relation = 'soc2.evidence';
SELECT count(*) FROM assess('self.chain');
SELECT last_verified_at >= now() AS now, verified FROM ledger_status WHERE relation = 'soc2.evidence';
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE evidence DISABLE TRIGGER soc2_guard_update;
SELECT count(*) FROM assess('self.chain');
SELECT verified FROM ledger_status WHERE relation = 'soc2.evidence';
ROLLBACK;

-- odd search path and names
SET search_path = '';
CREATE SCHEMA "Odd.""Schema";
CREATE TABLE "Odd.""Schema"."Table with a name of sixty-three bytes, one of them a quote: """ (a integer);
GRANT SELECT (a) ON "Odd.""Schema"."Table with a name of sixty-three bytes, one of them a quote: """ TO PUBLIC;
SELECT outcome, failures, reason FROM soc2.assess('priv.public_tables', record => false);
SET client_min_messages = warning;
DROP SCHEMA "Odd.""Schema" CASCADE;
RESET client_min_messages;

SET search_path = soc2, public;
DELETE FROM checks WHERE NOT shipped;
DROP TABLE public.trace;
DROP FUNCTION public.leave_trace(), public.recurse(integer);
