-- pi.reconcile
CREATE TABLE here (amount numeric);
CREATE TABLE there (amount numeric);
INSERT INTO here VALUES (1.50), (2);
INSERT INTO there VALUES (1.5);
--@ pi.reconcile not_occurring 0 0
SELECT soc2.create_reconciliation('totals', 'here and there', 'SELECT count(*), sum(amount) FROM public.here',
    'SELECT count(*), sum(amount) FROM public.there');
--@ pi.reconcile fail 1 1
--  reconciliation totals | f | never run
SELECT count(*) FROM soc2.reconcile();
--@ pi.reconcile fail 1 1
--  reconciliation totals | f | [2, 3.50] against [1, 1.5]
INSERT INTO there VALUES (2.0);
--@ pi.reconcile fail 1 1
SELECT count(*) FROM soc2.reconcile('totals');
--@ pi.reconcile pass 1 0
--  reconciliation totals | t | both [2, 3.50]
DROP TABLE there;
SELECT count(*) FROM soc2.reconcile('totals');
--@ pi.reconcile error 1 0
--  reconciliation totals |  | failed: 42P01: relation "public.there" does not exist
UPDATE soc2.reconciliations SET created_at = now() - interval '2 days';
UPDATE soc2.reconciliation_runs SET run_at = now() - interval '25 hours';
--@ pi.reconcile fail 1 1
--  reconciliation totals | f | not run within 1 day
SELECT soc2.drop_reconciliation('totals');
--@ pi.reconcile not_occurring 0 0

-- pi.job_failures: what was recorded, and the tables of pg_cron
--@ pi.job_failures not_occurring 0 0
SELECT soc2.record_job_run('nightly', true) IS NOT NULL, soc2.record_job_run('nightly', false, now() - '3 days'::interval) IS NOT NULL;
--@ pi.job_failures pass 1 0
--  job nightly | t | 0 of 1 runs failed
SELECT soc2.record_job_run('nightly', false) IS NOT NULL, soc2.record_job_run('weekly', true, now() - '3 days'::interval) IS NOT NULL;
--@ pi.job_failures fail 2 2
--  job nightly | f | 1 of 2 runs failed
--  job weekly | f | no run within 25 hours
SELECT soc2.set_check_parameters('pi.job_failures', '{"window": "4 days"}', 'test') IS NOT NULL;
--@ pi.job_failures fail 2 1
--  job weekly | t | 0 of 1 runs failed
DELETE FROM soc2.job_runs;
CREATE SCHEMA cron;
CREATE TABLE cron.job (jobid bigint, jobname text, active boolean);
CREATE TABLE cron.job_run_details (jobid bigint, status text, start_time timestamptz, end_time timestamptz);
INSERT INTO cron.job VALUES (1, 'vacuum & "analyze"', true), (2, NULL, true), (3, 'off', false);
INSERT INTO cron.job_run_details VALUES (1, 'succeeded', now(), now()), (1, 'running', now(), NULL),
    (2, 'failed', now() - interval '9 days', now() - interval '9 days'), (3, 'failed', now(), now());
--@ pi.job_failures fail 2 1
--  job vacuum & "analyze" | t | 0 of 1 runs failed
--  job 2 | f | no run within 4 days
INSERT INTO cron.job_run_details VALUES (2, 'succeeded', now(), now());
--@ pi.job_failures pass 2 0
