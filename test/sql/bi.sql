--
-- The star schema for BI tools: what its views may be made of, that keys are
-- unique and found in the dimensions, and what the facts say, counted or not.
--
SET client_min_messages = warning;
CREATE ROLE regress_soc2_bi LOGIN IN ROLE soc2_auditor;
CREATE ROLE regress_soc2_nobody LOGIN;
CREATE ROLE regress_soc2_collector LOGIN IN ROLE soc2_collector;
RESET client_min_messages;
\set SHOW_CONTEXT never
SET search_path = soc2_bi, soc2, public;
SET DateStyle = 'SQL, DMY';
SET TimeZone = 'Pacific/Kiritimati';

-- the views and their keys
SELECT c.relname AS view, (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum = 1) AS key,
    (SELECT count(*) FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0) AS columns
FROM pg_class AS c WHERE c.relnamespace = 'soc2_bi'::regnamespace ORDER BY c.relname COLLATE "C";
-- types that every tool can read, names that none has to quote, a comment for each, nothing else in the schema
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'soc2_bi'::regnamespace
    AND format_type(a.atttypid, a.atttypmod) !~ '^(text|integer|bigint|numeric\(\d+,\d+\)|boolean|date|timestamp with time zone)$';
SELECT c.relname, a.attname
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'soc2_bi'::regnamespace
    AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid) IS NULL
         OR obj_description(c.oid) !~ '\?.*Grain: ' OR a.attname !~ '^[a-z][a-z0-9_]{0,39}$' OR quote_ident(a.attname) <> a.attname);
SELECT DISTINCT relkind FROM pg_class WHERE relnamespace = 'soc2_bi'::regnamespace;
SELECT count(*) FROM pg_proc WHERE pronamespace = 'soc2_bi'::regnamespace;
-- columns of the same name are of the same type
SELECT a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid AND a.attnum > 0
WHERE c.relnamespace = 'soc2_bi'::regnamespace GROUP BY a.attname HAVING count(DISTINCT a.atttypid) > 1;

-- something of everything: odd names, what was dropped, what is only named by evidence
SELECT soc2.set_scope('{A,C,PI,P}') IS NOT NULL AS scope;
BEGIN;
CREATE TABLE public.b_member (resource text, ok boolean);
INSERT INTO public.b_member VALUES ('a', true), (E'odd "name''\n\\', false), ('c', NULL);
INSERT INTO soc2.checks (check_id, title, severity, criteria, rationale, remediation, query)
SELECT 'b.' || n, 'title', 'high', '{tsc:CC1.1.77,tsc:CC6.1}', 'r', 'r', 'SELECT resource, ok, ''x'' FROM public.b_member WHERE ' || c
FROM (VALUES ('pass', 'ok'), ('fail', 'true'), ('empty', 'false'), ('gone', 'ok'), ('error', '1 / 0 = 0')) AS v (n, c);
SELECT check_id, outcome FROM soc2.assess('b.*') ORDER BY 1;
SELECT check_id, outcome FROM soc2.assess('b.pass');
SELECT soc2.drop_check('b.gone', 'test');
SELECT soc2.record_evidence('b', control_id => 'no such "control"', criteria => '{outline:CC1.5.99}', expires_at => 'infinity') IS NOT NULL AS recorded;
SELECT soc2.record_evidence('b', expires_at => '2100-01-01') IS NOT NULL AS recorded;
SELECT soc2.create_control('B-1', 'x', 'x', nature => 'manual', frequency => '1 mon');
SELECT soc2.map_control('B-1', 'tsc:CC1.2', 'equal-to', 'x'), soc2.link_check('B-1', 'b.fail');
SELECT soc2.adopt_controls('{B-1}', '2026-01-01');
SELECT soc2.attest('B-1', 'no', '[2026-01-01,2026-01-02)', 'fail') IS NOT NULL AS attested;
CREATE TABLE public.b_kept (id integer PRIMARY KEY, at timestamptz);
SELECT soc2.create_retention_class('b', '1 day', 'law', max_retain => '1 year');
SELECT soc2.set_retention('public.b_kept', 'b', 'at');
INSERT INTO public.b_kept VALUES (1, '2001-01-01');
SELECT soc2.plan_disposal('public.b_kept') IS NOT NULL AS planned;
SELECT soc2.count_retention() > 0 AS counted, soc2.count_retention() > 0 AS again;
SELECT soc2.open_period('b', '2026-01-01', '2026-06-30');
INSERT INTO soc2.risks (risk_id, title, owner, state) VALUES ('b', 'fire', 'somebody', 'identified');
CREATE ROLE regress_bi_held LOGIN CREATEDB CREATEROLE CONNECTION LIMIT 3;
SELECT soc2.start_access_review('b 1') AS review \gset
SELECT soc2.decide_access_entries(:'review', 'keep', 'r', '{regress_bi_held}') > 3 AS kept;
SELECT soc2.decide_access(:'review', 'regress_bi_held', 'CREATEDB', 'revoke', 'r') IS NOT NULL AS revoked,
    soc2.decide_access(:'review', 'regress_bi_held', 'CREATEROLE', 'expires', 'r', expires_at => '2100-01-01') IS NOT NULL AS expires;
SELECT soc2.start_access_review('b 2') IS NOT NULL AS untouched;
SELECT soc2.record_backup('b''s') IS NOT NULL AS backup,
    soc2.record_restore_test('b''s', true, '2026-01-02 00:00+00', '1.5 seconds', '2026-01-01 23:59:57.999999+00', 'x') IS NOT NULL AS good,
    soc2.record_restore_test('b''s', false, 'infinity', NULL, '-infinity', 'x') IS NOT NULL AS bad;

-- each key once; each foreign key in its dimension
CREATE FUNCTION pg_temp.faults() RETURNS TABLE (view text, key text, fault text) LANGUAGE plpgsql AS $$
DECLARE
    c record;
    wrong bigint;
BEGIN
    FOR c IN
        SELECT r.relname, a.attname, a.attnum,
            CASE WHEN r.relname LIKE 'dim\_%' AND a.attnum = 1 THEN NULL
                 WHEN a.attname = 'criterion_id' THEN 'dim_criterion' WHEN a.attname = 'parent_id' THEN 'dim_criterion'
                 WHEN a.attname = 'control_id' THEN 'dim_control' WHEN a.attname = 'check_id' THEN 'dim_check'
                 WHEN a.attname ~ '^(\w+_)?day$' AND a.attname !~ '^(first|last)_day$' THEN 'dim_day'
                 WHEN a.attname = 'criteria_key' AND r.relname <> 'bridge_criteria' THEN 'bridge_criteria' END AS dimension,
            CASE WHEN a.attname IN ('criterion_id', 'parent_id') THEN 'criterion_id' WHEN a.attname ~ 'day$' THEN 'day' ELSE a.attname END AS target
        FROM pg_class AS r JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0
        WHERE r.relnamespace = 'soc2_bi'::regnamespace ORDER BY 1, a.attnum
    LOOP
        view := c.relname;
        key := c.attname;
        IF c.attnum = 1 THEN
            EXECUTE format('SELECT count(*) - count(DISTINCT %I) FROM soc2_bi.%I', c.attname, c.relname) INTO wrong;
            fault := wrong || ' too many or without a key';
            IF wrong <> 0 THEN RETURN NEXT; END IF;
        END IF;
        IF c.dimension IS NOT NULL THEN
            EXECUTE format('SELECT count(*) FROM soc2_bi.%I AS f WHERE f.%I IS NOT NULL AND NOT EXISTS (SELECT FROM soc2_bi.%I AS d WHERE d.%I = f.%2$I)',
                c.relname, c.attname, c.dimension, c.target) INTO wrong;
            fault := format('%s not in %s', wrong, c.dimension);
            IF wrong <> 0 THEN RETURN NEXT; END IF;
        END IF;
    END LOOP;
END $$;
SELECT * FROM pg_temp.faults();
-- every fact has rows, so that the above says something
CREATE FUNCTION pg_temp.empty() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    name text;
    found_any boolean;
BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'soc2_bi'::regnamespace LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM soc2_bi.%I)', name) INTO found_any;
        IF NOT found_any THEN RETURN NEXT name; END IF;
    END LOOP;
END $$;
SELECT * FROM pg_temp.empty();

-- what is counted is what is not counted yet: the same before and after
CREATE TEMP TABLE before_run AS SELECT * FROM fact_check_run;
CREATE TEMP TABLE before_daily AS SELECT * FROM fact_check_daily;
CREATE TEMP TABLE before_evidence AS SELECT * FROM fact_evidence;
SELECT count(*) > 7 AS behind FROM soc2.evidence_behind();
SELECT soc2.refresh_days() > 7 AS counted;
SELECT soc2.refresh_days() AS again;
SELECT count(*) AS behind FROM soc2.evidence_behind();
(TABLE before_run EXCEPT ALL TABLE fact_check_run) UNION ALL (TABLE fact_check_run EXCEPT ALL TABLE before_run);
SELECT count(*) FROM ((TABLE before_daily EXCEPT ALL TABLE fact_check_daily) UNION ALL (TABLE fact_check_daily EXCEPT ALL TABLE before_daily)) AS x;
SELECT count(*) FROM ((TABLE before_evidence EXCEPT ALL TABLE fact_evidence) UNION ALL (TABLE fact_evidence EXCEPT ALL TABLE before_evidence)) AS x;
SELECT * FROM pg_temp.faults();
SELECT * FROM soc2.verify_days();
-- a third run of a check that was counted goes to what was counted
SELECT check_id, outcome FROM soc2.assess('b.pass');
SELECT min(state) AS state, sum(runs) AS runs, sum(passed) AS passed, sum(undecided) AS undecided, sum(members) AS members, sum(member_failures) AS failures FROM fact_check_daily
WHERE check_id = 'b.pass' AND runs > 0;
SELECT soc2.refresh_days() > 0 AS counted;
SELECT min(state) AS state, sum(runs) AS runs, sum(passed) AS passed, sum(undecided) AS undecided, sum(members) AS members, sum(member_failures) AS failures FROM fact_check_daily
WHERE check_id = 'b.pass' AND runs > 0;
SELECT * FROM soc2.verify_days();
-- all anew is the same
SELECT count(*) FROM soc2.check_runs WHERE check_id = 'b.pass';
SELECT soc2.refresh_days(true) = (SELECT count(*) FROM soc2.evidence) AS all_of_it;
SELECT count(*) FROM soc2.check_runs WHERE check_id = 'b.pass';
SELECT * FROM soc2.verify_days();
-- what somebody changed by hand is seen
SAVEPOINT changed;
UPDATE soc2.evidence_days SET failures = 0 WHERE check_id = 'b.fail';
UPDATE soc2.check_runs SET outcome = 'pass' WHERE check_id = 'b.fail';
DELETE FROM soc2.evidence_days WHERE check_id = 'b.pass';
DELETE FROM soc2.check_runs WHERE check_id = 'b.empty';
INSERT INTO soc2.check_runs SELECT gen_random_uuid(), 'b.gone', recorded_at, 'pass' FROM soc2.check_runs WHERE check_id = 'b.pass' LIMIT 1;
SELECT kind, check_id, problem, kept, found FROM soc2.verify_days() ORDER BY 2, 3;
ROLLBACK TO changed;

-- what the facts say
SELECT split_part(daily_id, '|', 2) AS check_id, daily_id ~ '^\d{4}-\d\d-\d\d\|' AS iso, state, runs, passed, failed, not_occurring, undecided, members, member_failures
FROM fact_check_daily WHERE check_id LIKE 'b.%' AND runs > 0 ORDER BY check_id;
-- a row a day and check, without a gap, and what never ran is not green
SELECT count(*) = count(DISTINCT day) * count(DISTINCT check_id) AS dense, count(DISTINCT day) = max(day) - min(day) + 1 AS no_gap FROM fact_check_daily;
SELECT DISTINCT state FROM fact_check_daily WHERE runs = 0;
SELECT r, p, f, n, u, soc2.day_state(r, p, f, n, u)
FROM (VALUES (0, 0, 0, 0, 0), (3, 1, 1, 1, 0), (2, 1, 0, 0, 1), (2, 1, 0, 1, 0), (2, 0, 0, 2, 0), (1, 0, 0, 0, 0)) AS v (r, p, f, n, u);
SELECT check_id, outcome, population, failures, undecided, day = (now() AT TIME ZONE 'UTC')::date AS today_in_utc FROM fact_check_run
WHERE check_id IN ('b.fail', 'b.empty') ORDER BY 1;
SELECT kind, check_id, control_id, criteria_key, outcome, evidence_rows, lasting_rows, last_expires_at FROM fact_evidence
WHERE kind = 'b' OR control_id = 'B-1' AND kind = 'attestation' ORDER BY kind, control_id;
SELECT check_id, control_id, severity, state, days_open, resource FROM fact_finding WHERE check_id LIKE 'b.%' OR control_id = 'B-1' ORDER BY check_id;
SELECT check_id, title, is_defined, enabled, frequency_hours, criteria_key FROM dim_check WHERE check_id IN ('b.gone', 'b.pass') ORDER BY 1;
SELECT control_id, title, status, in_force, frequency_days, valid_from, in_library FROM dim_control WHERE control_id IN ('B-1', 'no such "control"', 'GOV-02') ORDER BY 1;
SELECT criterion_id, level, title FROM dim_criterion WHERE title = '(not in the catalogue)' AND criterion_id ~ '77|99' ORDER BY 1;
SELECT class, state, row_count, is_last FROM fact_retention WHERE relation = 'public.b_kept' ORDER BY 1, 2;
SELECT relation, state, planned_rows, destroyed_rows, proof_level FROM fact_disposal WHERE relation = 'public.b_kept';
SELECT relation, ledger_rows = (SELECT count(*) FROM soc2.evidence) AS counted, ledger_rows = sealed_rows + unsealed_rows AS adds_up FROM fact_ledger WHERE relation = 'soc2.evidence';
SELECT title, state, entries > 4 AS entries, kept_entries = (SELECT count(*) FROM soc2.access_review_status AS s WHERE s.review_id::text = f.review_id AND decision = 'keep') AS kept, revoked_entries, changed_entries,
    expiring_entries, undecided_entries = entries - kept_entries - revoked_entries - changed_entries - expiring_entries AS adds_up, reviewers, closed_day IS NULL AS open
FROM fact_access_review AS f WHERE title ~ '^b ' ORDER BY 1;
SELECT label, kind, is_passed, rto_seconds, rpo_seconds, tested_at IS NULL AS no_time FROM fact_restore_test WHERE label = 'b''s' ORDER BY is_passed;
SELECT passed, rto, rpo FROM restore_tests WHERE label = 'b''s' ORDER BY passed;
SELECT (SELECT count(*) FROM fact_readiness) = (SELECT count(*) FROM dim_criterion WHERE in_scope AND level = 2) AS each_criterion;

-- who reads: members of soc2_auditor, and nobody else
SAVEPOINT roles;
SET LOCAL search_path = pg_catalog;
SET LOCAL SESSION AUTHORIZATION regress_soc2_bi;
SELECT * FROM pg_temp.empty();
SELECT * FROM soc2.verify_days();
SELECT soc2.refresh_days(); --fail
ROLLBACK TO roles;
SET LOCAL SESSION AUTHORIZATION regress_soc2_collector;
SELECT soc2.refresh_days();
SELECT count(*) FROM soc2_bi.dim_check; --fail
ROLLBACK TO roles;
SET LOCAL SESSION AUTHORIZATION regress_soc2_nobody;
SELECT count(*) FROM soc2_bi.dim_check; --fail
ROLLBACK;

DELETE FROM soc2.scope_changes;
DROP ROLE regress_soc2_bi, regress_soc2_nobody, regress_soc2_collector;
