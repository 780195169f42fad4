--
-- Recovery: gaps in archives of the WAL, objectives, plans that another person
-- approves, their tests, and when databases will be full.
--
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_soc2_ann LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_soc2_bob LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_soc2_collector LOGIN IN ROLE soc2_collector;
RESET client_min_messages;
SELECT current_user AS me \gset
ALTER ROLE regress_soc2_ann SET search_path = soc2, public;
ALTER ROLE regress_soc2_bob SET search_path = soc2, public;
ALTER ROLE regress_soc2_collector SET search_path = soc2, public;
SET search_path = soc2, public;

-- segments in one timeline, over the end of a log file, and from one timeline to the next
SELECT * FROM wal_gaps(ARRAY['000000010000000000000001', '/archive/0000000100000000000000FE.gz', '0000000100000000000000FF',
    '000000010000000100000000.zst', '000000010000000100000003', '000000010000000100000003',
    '000000020000000100000004-0123456789012345678901234567890123456789.gz', '000000030000000100000009'], 16777216);
-- what is no complete segment neither fills a gap nor makes one
SELECT * FROM wal_gaps(ARRAY['000000010000000000000001', '000000010000000000000002.partial', '000000010000000000000003',
    '00000002.history', '000000010000000000000009.00000028.backup', 'readme', NULL, '00000001000000000000000G'], 16777216);
-- the old timeline was archived on after the new one had left it
SELECT count(*) FROM wal_gaps(ARRAY['000000010000000000000001', '000000010000000000000002', '000000010000000000000003', '000000020000000000000002'], 16777216);
-- segments of another size, and none at all
SELECT * FROM wal_gaps(ARRAY['000000010000000000000003', '000000010000000100000001'], 1073741824);
SELECT count(*) FROM wal_gaps(NULL) AS a, wal_gaps('{}') AS b;
\c - regress_soc2_collector
SELECT record_archive(ARRAY['000000010000000000000001', '000000010000000000000004', 'x'], 's3://wal', segment_size => 16777216) AS missing;
SELECT record_archive(ARRAY[]::text[], 's3://empty') AS missing;
SELECT location, segment_count, first_segment, last_segment, gap_count, missing, gaps, lost, recorded_by FROM archive_listings ORDER BY location;
SELECT record_archive('{}', ''); --fail
SELECT set_recovery_objective('x', 'x', '1 hour', '1 hour'); --fail
SELECT draft_recovery_plan('x', 'x', 'x'); --fail

-- objectives and plans
\c - regress_soc2_ann
SELECT set_recovery_objective('main', 'the main cluster', '1 hour', '4 hours', 'Ann');
SELECT set_recovery_objective('main', 'the main cluster', '5 minutes', '4 hours', 'Ann', '2027-01-01');
SELECT set_recovery_objective('main', 'the main cluster', '0', '4 hours'); --fail
SELECT objective, rpo, rto, recorded_by FROM recovery_objectives;
SELECT draft_recovery_plan('restore', 'Restore the shop', 'Call, fetch, restore, look', 'Ann', '2027-01-01');
SELECT approve_recovery_plan('restore', 1); --fail
SELECT approve_recovery_plan('restore', 2); --fail
SELECT plan_recovery_test('T-1', 'restore', '2026-06-01'); --fail
UPDATE recovery_plans SET content = 'other'; --fail
\c - regress_soc2_bob
SELECT approve_recovery_plan('restore', 1) IS NOT NULL AS approved;
SELECT approve_recovery_plan('restore', 1); --fail
SELECT draft_recovery_plan('restore', 'Restore the shop', 'Call, fetch, restore, look twice');
SELECT plan_recovery_test('T-1', 'restore', '2026-06-01', 'restore', owner => 'Bob');
SELECT record_recovery_test('T-1', 'failed', 'the key of the store was missing');
SELECT record_recovery_test('T-1', 'passed', 'well'); --fail
SELECT record_recovery_test('T-1', 'mended', 'there now'); --fail
SELECT record_recovery_test('T-2', 'passed', 'well'); --fail
\c - regress_soc2_ann
SELECT record_recovery_test('T-1', 'mended', 'there now');
SELECT approve_recovery_plan('restore', 2) IS NOT NULL AS approved;
SELECT version, state, requested_by, approved_by, ended_by FROM recovery_plans ORDER BY version;
SELECT state, version, kind, planned_by, performed_by, mended_by, result FROM recovery_plan_tests;
\c - :me
SET search_path = soc2, public;
SELECT count(*) > 3 AS history FROM history('recovery_plans');

-- one version is in force, whoever writes it
INSERT INTO recovery_plans (plan_id, version, title, state) VALUES ('restore', 3, 'x', 'approved'); --fail

-- what a restored database is asked: all that was recorded of a table
CREATE TABLE public.kept (a integer);
INSERT INTO public.kept VALUES (1), (2);
SELECT record_backup_run('test', 'regress', true) IS NOT NULL AS recorded;
SELECT record_backup_content('regress', 'public.kept', digest => (SELECT digest FROM table_digest('public.kept'))) IS NOT NULL AS recorded;
SELECT record_backup_content('regress', 'soc2.row_changes', 0, (SELECT digest FROM table_digest('public.kept')), 'no checkpoint') IS NOT NULL AS recorded;
SELECT relation, statement LIKE '%verify_ledger%' AS ledger FROM restore_checks('regress');
SELECT statement FROM restore_checks('regress') WHERE relation = 'public.kept' \gexec
INSERT INTO public.kept VALUES (3);
SELECT statement FROM restore_checks('regress') WHERE relation = 'public.kept' \gexec
DROP TABLE public.kept;
DELETE FROM backup_contents WHERE label = 'regress';
DELETE FROM backup_runs WHERE label = 'regress';
DELETE FROM backups WHERE label = 'regress';

-- capacity: a steady growth, with one day that is out of line
INSERT INTO capacity_samples (database, sampled_at, bytes)
SELECT d, now() - n * interval '1 day', CASE d WHEN 'grows' THEN 1000000 - n * 10000 + CASE n WHEN 5 THEN 90000000 ELSE 0 END
    WHEN 'rests' THEN 500 WHEN 'shrinks' THEN 1000 + n WHEN 'full' THEN 2000000 END
FROM generate_series(0, 20) AS n, unnest('{grows,rests,shrinks,full}'::name[]) AS d;
-- all of a day count once, those of long ago not at all
INSERT INTO capacity_samples (database, sampled_at, bytes)
SELECT 'grows', now() - interval '20 days' - n * interval '1 second', 5 FROM generate_series(1, 3) AS n
UNION ALL SELECT 'new', now() - interval '1 day', 1 UNION ALL SELECT 'new', now(), 2000
UNION ALL SELECT 'rests', now() - interval '1 year', 1;
INSERT INTO capacity_plans (database, max_bytes)
SELECT d, 1300000 FROM unnest('{grows,rests,shrinks,full,new,nowhere}'::name[]) AS d;
SELECT database, days > 20 AS days, bytes, bytes_per_day, round(extract(epoch FROM reached_at - sampled_at) / 86400) AS days_left
FROM capacity_forecast ORDER BY database;

-- tidy up
TRUNCATE archive_listings, capacity_samples, capacity_plans;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
TRUNCATE recovery_objectives, recovery_plans, recovery_plan_tests;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
DROP ROLE regress_soc2_ann, regress_soc2_bob, regress_soc2_collector;
