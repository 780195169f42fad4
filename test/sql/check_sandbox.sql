--
-- The sandbox: a hostile check gains no privilege, leaves nothing behind and
-- does not keep the others from running.
--
SET search_path = soc2, public;
SET client_min_messages = warning;
CREATE ROLE regress_soc2_admin LOGIN;
GRANT soc2_admin, soc2_collector TO regress_soc2_admin;
CREATE ROLE regress_soc2_other LOGIN;
GRANT soc2_admin TO regress_soc2_other;
GRANT CREATE, USAGE ON SCHEMA public TO regress_soc2_admin, regress_soc2_other;

CREATE TABLE public.trace (id integer);
CREATE SEQUENCE public.counter;
GRANT ALL ON public.trace, public.counter TO PUBLIC;
-- functions of somebody else, which a check calls without looking
SET ROLE regress_soc2_other;
CREATE FUNCTION public.run(statement text) RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN EXECUTE statement; RETURN true; END $$;
CREATE FUNCTION public.run_on(statement text) RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN EXECUTE statement; RETURN true; EXCEPTION WHEN OTHERS THEN RETURN true; END $$;
-- catches what stops it, and goes on to fail
CREATE FUNCTION public.fail_on(statement text) RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN EXECUTE statement; RETURN true; EXCEPTION WHEN OTHERS THEN RETURN 1 / 0; END $$;
-- is refused before its body is reached
CREATE FUNCTION public.powerful() RETURNS boolean LANGUAGE sql SET role = 'regress_soc2_admin' AS 'SELECT true';
-- as deep as it gets
CREATE FUNCTION public.recurse(i integer) RETURNS integer LANGUAGE plpgsql AS
$$ BEGIN RETURN public.recurse(i + 1); END $$;
CREATE FUNCTION public.stay() RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN
    LOOP
        BEGIN
            LOOP
                BEGIN PERFORM pg_sleep(10); EXCEPTION WHEN query_canceled THEN NULL; END;
            END LOOP;
        EXCEPTION WHEN query_canceled OR OTHERS THEN NULL;
        END;
    END LOOP;
END $$;
-- catches that its time is up, and has nothing left to do
CREATE FUNCTION public.doze() RETURNS void LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN NULL; END $$;
CREATE FUNCTION public.parallel(statement text) RETURNS boolean LANGUAGE plpgsql PARALLEL SAFE
    SET max_parallel_workers_per_gather = 4 AS
$$ BEGIN EXECUTE statement; RETURN true; END $$;
RESET ROLE;

CREATE PROCEDURE public.hostile(name text, expression text) LANGUAGE sql AS
$$ INSERT INTO soc2.checks (check_id, title, severity, criteria, rationale, remediation, timeout, query)
   VALUES ('t.' || name, name, 'low', '{CC1}', 'r', 'r', '300 ms',
       format('SELECT ''r''::text, (%s) IS NOT NULL, ''x''::text', expression)) $$;

-- statements
CALL hostile('ddl', $$public.run('CREATE TABLE public.made ()')$$);
CALL hostile('dml', $$public.run('INSERT INTO public.trace VALUES (1)')$$);
CALL hostile('dml_caught', $$public.run_on('INSERT INTO public.trace VALUES (1)')$$);
CALL hostile('program', $$public.run('COPY (SELECT 1) TO PROGRAM ''cat > soc2_trace''')$$);
CALL hostile('program_caught', $$public.run_on('COPY (SELECT 1) TO PROGRAM ''cat > soc2_trace''')$$);
CALL hostile('function_caught', $$public.run_on('SELECT pg_advisory_lock(42)')$$);
CALL hostile('setting_caught', $$public.run_on('SELECT set_config(''role'', ''regress_soc2_other'', false)')$$);
CALL hostile('role_caught', $$public.run_on('SELECT public.powerful()')$$);
CALL hostile('nested_caught', $$public.run_on('SELECT public.run_on(''CREATE TABLE public.made ()'')')$$);
CALL hostile('two_caught', $$public.run_on('CREATE TABLE public.made ()') AND public.run_on('INSERT INTO public.trace VALUES (1)')$$);
CALL hostile('refused_first', $$public.fail_on('CREATE TABLE public.made ()')$$);
CALL hostile('caught_other', $$public.run_on('SELECT 1 / 0')$$);
CALL hostile('copy_file', $$public.run('COPY (SELECT 1) TO ''/tmp/soc2_trace''')$$);
CALL hostile('temp_table', $$public.run('CREATE TEMP TABLE made ()')$$);
CALL hostile('notify', $$public.run('NOTIFY soc2_trace')$$);
CALL hostile('listen', $$public.run('LISTEN soc2_trace')$$);
CALL hostile('prepare', $$public.run('PREPARE soc2_trace AS SELECT 1')$$);
CALL hostile('set', $$public.run('SET work_mem = ''1MB''')$$);
CALL hostile('set_role', $$public.run('SET ROLE regress_soc2_other')$$);
CALL hostile('lock', $$public.run('LOCK public.trace')$$);
CALL hostile('commit', $$public.run('COMMIT')$$);
CALL hostile('do_block', $$public.run('DO ''BEGIN END''')$$);
CALL hostile('grant', $$public.run('GRANT pg_execute_server_program TO regress_soc2_other')$$);
CALL hostile('for_update', $$public.run('SELECT FROM public.trace FOR UPDATE')$$);
CALL hostile('writable', $$public.run('SET transaction_read_only = off')$$);
-- functions
CALL hostile('advisory', $$pg_advisory_lock(42)::text$$);
CALL hostile('advisory_unlock', $$pg_advisory_unlock_all()::text$$);
CALL hostile('config', $$set_config('transaction_read_only', 'off', true)$$);
CALL hostile('config_role', $$set_config('role', 'regress_soc2_other', false)$$);
CALL hostile('nextval', $$nextval('public.counter')$$);
CALL hostile('setval', $$setval('public.counter', 7)$$);
CALL hostile('large_object', $$lo_create(4711)$$);
CALL hostile('lo_export', $$lo_export(1, '/tmp/soc2_trace')$$);
CALL hostile('pg_notify', $$pg_notify('soc2_trace', 'x')::text$$);
CALL hostile('terminate', $$pg_terminate_backend(pg_backend_pid())$$);
CALL hostile('reload', $$pg_reload_conf()$$);
CALL hostile('seed', $$setseed(0.5)::text$$);
CALL hostile('crypto', $$public.gen_random_bytes(1)$$);
CALL hostile('nested', $$(SELECT count(*) FROM soc2.assess('t.pass'))$$);
CALL hostile('forge', $$soc2.record_evidence('check_run')$$);
CALL hostile('seal', $$(SELECT count(*) FROM soc2.seal())$$);
CALL hostile('parallel', $$public.parallel('COPY (SELECT 1) TO PROGRAM ''cat > soc2_trace''')$$);
-- time and space
CALL hostile('sleep', 'pg_sleep(600)::text');
CALL hostile('stay', 'public.stay()');
CALL hostile('endless', 'SELECT count(*) FROM generate_series(1, 1000000000) AS a, generate_series(1, 1000000000) AS b');
CALL hostile('doze', 'public.doze()::text');
CALL hostile('recursion', 'public.recurse(0)');
CALL hostile('recursive_query', 'WITH RECURSIVE r (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r');
CALL hostile('huge', $$repeat('x', 1073741823)$$);
-- what a check may do
CALL hostile('pass', 'now()');
CALL hostile('random', 'random()');
CALL hostile('read', 'SELECT count(*) FROM pg_hba_file_rules');
INSERT INTO soc2.checks (check_id, title, severity, criteria, rationale, remediation, timeout, query)
VALUES ('t.rows', 'rows', 'low', '{CC1}', 'r', 'r', '300 ms', 'SELECT n::text, false, repeat(''x'', 1000) FROM generate_series(1, 10000000) AS n');
-- the stack ends first, however slow the machine
UPDATE soc2.checks SET timeout = '10 min' WHERE check_id = 't.recursion';

PREPARE mine AS SELECT 1;
SELECT pg_advisory_lock(7);
SET work_mem = '7MB';
SELECT check_id, outcome, reason FROM assess('t.*', record => false);
-- nothing is left, and what was there still is
SELECT to_regclass('public.made') IS NULL AND to_regclass('pg_temp.made') IS NULL AS no_table;
SELECT count(*) AS traces FROM public.trace;
SELECT last_value, is_called FROM public.counter;
SELECT count(*) AS large_objects FROM pg_largeobject_metadata WHERE oid = 4711;
SELECT count(*) AS channels FROM pg_listening_channels();
SELECT name FROM pg_prepared_statements WHERE name IN ('mine', 'soc2_trace');
SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() ORDER BY objid;
SELECT current_setting('work_mem') AS work_mem, current_setting('transaction_read_only') AS read_only, current_user = session_user AS me;
SELECT pg_has_role('regress_soc2_other', 'pg_execute_server_program', 'USAGE') AS gained;
SELECT count(*) AS files FROM pg_ls_dir('.') AS f WHERE f = 'soc2_trace';
SELECT pg_advisory_unlock(7);
RESET work_mem;
DEALLOCATE mine;
DELETE FROM checks WHERE NOT shipped;

-- a function that the check names among its needs is called
SELECT create_check('t.needs', 't', 'low', $$SELECT 'r'::text, length(public.gen_random_bytes(3)) = 3, 'x'::text$$,
    '{CC1}', 'r', 'r', needs => '{public.gen_random_bytes(integer)}');
SELECT outcome, reason FROM assess('t.needs', record => false);
-- a session does not change what a check sees or writes
SELECT create_check('t.session', 't', 'low', $$SELECT 'r'::text, '\a' = E'\\a' AND NOT coalesce(NULL = NULL, false),
    concat_ws(' ', '2024-02-01 00:00+00'::timestamptz, '1 day 2 hours'::interval, '\xab'::bytea, quote_ident('a'), 0.1::float8)$$,
    '{CC1}', 'r', 'r');
SET timezone = 'Asia/Kolkata'; SET datestyle = 'German'; SET intervalstyle = 'iso_8601';
SET bytea_output = 'escape'; SET quote_all_identifiers = on; SET extra_float_digits = -10; SET transform_null_equals = on;
SET standard_conforming_strings = off;
SELECT outcome FROM assess('t.session');
RESET ALL;
SET search_path = soc2, public;
SET client_min_messages = warning;
SELECT ok, reason FROM check_results WHERE check_id = 't.session';

-- a check runs as the role that made it, not as the one that assesses
CREATE TABLE public.secret (id integer);
INSERT INTO public.secret VALUES (1);
SET ROLE regress_soc2_other;
SELECT create_check('t.other', 't', 'low', $$SELECT current_user::text, session_user <> current_user, 'x'::text$$, '{CC1}', 'r', 'r');
SELECT create_check('t.steal', 't', 'low', $$SELECT id::text, false, 'seen'::text FROM public.secret$$, '{CC1}', 'r', 'r');
SELECT create_check('t.as_super', 't', 'low', $$SELECT 'r'::text, true, 'x'::text$$, '{CC1}', 'r', 'r', run_as => 'regress_soc2_admin'); --fail
RESET ROLE;
SELECT check_id, outcome, population, reason FROM assess('t.other');
SELECT resource, ok FROM check_results WHERE check_id = 't.other';
SELECT outcome, reason FROM assess('t.steal', record => false);
-- nobody gets the rights of a role that he could not become
SELECT create_check('t.power', 't', 'low', $$SELECT id::text, false, 'seen'::text FROM public.secret$$, '{CC1}', 'r', 'r',
    run_as => current_user::name);
SET ROLE regress_soc2_admin;
SELECT check_id, outcome, regexp_replace(reason, '"[^"]*", which', '"...", which') AS reason FROM assess('t.power', record => false);
SELECT check_id, outcome, reason FROM assess('t.other', record => false);
SELECT drop_check('t.other', 'mine now'); --fail
SELECT drop_check('t.nothing', 'mine now'); --fail
UPDATE checks SET query = 'SELECT' WHERE check_id = 't.other'; --fail
INSERT INTO check_results SELECT gen_random_uuid(), 't.other', now(), 'r', true, 'x'; --fail
RESET ROLE;
-- a role that is gone
UPDATE checks SET run_as = 'regress_soc2_gone' WHERE check_id = 't.other';
SELECT check_id, outcome, reason FROM assess('t.other', record => false);
DELETE FROM checks WHERE NOT shipped;

-- what is missing is named, and the check is not run with less
SELECT create_check('t.blind', 't', 'low', $$SELECT 'r'::text, true, 'x'::text$$, '{CC1}', 'r', 'r',
    needs => '{pg_monitor,pg_catalog.pg_hba_file_rules(),pg_catalog.pg_authid,no_such_role,"no.such(int)"}', run_as => 'regress_soc2_admin');
SELECT outcome, reason FROM assess('t.blind', record => false);
SELECT * FROM missing_grants('regress_soc2_admin', '{pg_monitor}');
SELECT * FROM missing_grants('no_such_role', '{pg_monitor}');
GRANT pg_monitor TO regress_soc2_admin;
GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO regress_soc2_admin;
GRANT SELECT ON pg_authid TO regress_soc2_admin;
SELECT outcome, reason FROM assess('t.blind', record => false);
REVOKE EXECUTE ON FUNCTION pg_hba_file_rules() FROM regress_soc2_admin;
REVOKE SELECT ON pg_authid FROM regress_soc2_admin;

DELETE FROM checks WHERE NOT shipped;
DROP TABLE public.trace, public.secret;
DROP SEQUENCE public.counter;
DROP PROCEDURE public.hostile(text, text);
DROP FUNCTION public.run(text), public.run_on(text), public.fail_on(text), public.powerful(), public.recurse(integer), public.stay(), public.doze(), public.parallel(text);
DROP OWNED BY regress_soc2_admin, regress_soc2_other;
REVOKE pg_monitor FROM regress_soc2_admin;
DROP ROLE regress_soc2_admin, regress_soc2_other;
