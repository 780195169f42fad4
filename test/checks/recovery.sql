-- av.backup_runs
--@ av.backup_runs not_occurring 0 0
SELECT soc2.record_backup_run('pgdump', 'd-1', true, kind => 'logical') IS NOT NULL;
SELECT soc2.record_backup_run('soc2-backup', 'b-1', true, finished_at => now() - interval '2 days', detail => 'x') IS NOT NULL;
--@ av.backup_runs fail 2 1
--  ~ ^program soc2-backup \| f \| b-1 of
--  ~ ^program pgdump \| t \| d-1 of
SELECT soc2.record_backup_run('soc2-backup', 'b-2', true) IS NOT NULL;
--@ av.backup_runs pass 2 0
--  ~ ^program soc2-backup \| t \| b-2 of 20
SELECT soc2.record_backup_run('pgdump', NULL, false, detail => 'no space') IS NOT NULL;
--@ av.backup_runs fail 2 1
--  program pgdump | f | failed: no space
SELECT soc2.set_check_parameters('av.backup_runs', '{"retired": ["pgdump"]}', 'test') IS NOT NULL;
--@ av.backup_runs pass 1 0

-- av.wal_continuity
--@ av.wal_continuity not_occurring 0 0
SELECT soc2.record_archive(ARRAY['000000010000000000000001', '000000010000000000000002.gz'], 'there', segment_size => 16777216);
--@ av.wal_continuity pass 1 0
--  ~ ^archive there \| t \| 2 segments without a gap, listed on
SELECT soc2.record_archive(ARRAY['000000010000000000000001', '000000010000000000000004.gz'], 'there', segment_size => 16777216);
SELECT soc2.record_archive(NULL, 'empty');
--@ av.wal_continuity fail 2 2
--  archive there | f | 2 segments are missing, first after 000000010000000000000001
--  archive empty | f | has no segment
SELECT soc2.record_archive(ARRAY['000000010000000000000001'], l, now() + interval '1 second') FROM unnest('{there,empty}'::text[]) AS l;
SELECT soc2.set_check_parameters('av.wal_continuity', '{"max_age": "-1 hours"}', 'test') IS NOT NULL;
SELECT pg_sleep(1);
--@ av.wal_continuity fail 2 2
--  ~ ^archive empty \| f \| 1 segments without a gap

-- av.recovery_objectives
--@ av.recovery_objectives not_occurring 0 0
SELECT soc2.set_recovery_objective('main', 'the cluster', '1 hour', '10 minutes');
--@ av.recovery_objectives fail 1 1
--  objective main | f | no restore within 90 days passed
SELECT soc2.record_backup_test('b-1', true) IS NOT NULL;
--@ av.recovery_objectives fail 1 1
--  objective main | f | the restore of b-1 was not timed
SELECT soc2.record_restore_test('b-2', true, now(), '9 minutes 10.3 seconds', now() - interval '59 minutes 1 second', 'fine') IS NOT NULL;
--@ av.recovery_objectives pass 1 0
--  objective main | t | recovery time 00:09:10 of 00:10:00, recovery point 00:59:01 of 01:00:00
SELECT soc2.record_restore_test('b-2', false, now(), '1 minute', now(), 'worse') IS NOT NULL;
--@ av.recovery_objectives pass 1 0
SELECT soc2.record_restore_test('b-2', true, now(), '11 minutes', now(), 'slow') IS NOT NULL;
--@ av.recovery_objectives fail 1 1
SELECT soc2.record_restore_test('b-2', true, now(), '1 minute', now() - interval '61 minutes', 'old') IS NOT NULL;
--@ av.recovery_objectives fail 1 1
--  objective main | f | recovery time 00:01:00 of 00:10:00, recovery point 01:01:00 of 01:00:00
SELECT soc2.set_recovery_objective('main', 'the cluster', '1 day', '1 day', review_due_at => now() - interval '1 day');
--@ av.recovery_objectives fail 1 1
--  objective main | f | its review is overdue

-- av.recovery_plans
--@ av.recovery_plans not_occurring 0 0
CREATE ROLE second SUPERUSER LOGIN;
SELECT soc2.draft_recovery_plan('p', 'plan', 'do it');
--@ av.recovery_plans not_occurring 0 0
\set me :USER
\c - second
SELECT soc2.approve_recovery_plan('p', 1) IS NOT NULL;
\c - :me
CREATE FUNCTION pg_temp.members(wanted text) RETURNS TABLE (resource text, ok boolean, reason text) LANGUAGE plpgsql AS $$
DECLARE
    query text;
    parameters jsonb;
BEGIN
    SELECT c.query, c.parameters INTO STRICT query, parameters FROM soc2.checks AS c WHERE c.check_id = wanted;
    RETURN QUERY EXECUTE query USING parameters;
END $$;
--@ av.recovery_plans fail 1 1
--  plan p | f | no test within 1 year
SELECT soc2.plan_recovery_test('t-1', 'p', now() - interval '1 hour');
--@ av.recovery_plans fail 1 1
--  plan p | f | 1 tests are overdue
SELECT soc2.record_recovery_test('t-1', 'passed', 'well');
--@ av.recovery_plans pass 1 0
--  ~ ^plan p \| t \| tested on
SELECT soc2.plan_recovery_test('t-2', 'p', now() + interval '1 day');
SELECT soc2.record_recovery_test('t-2', 'failed', 'bad');
--@ av.recovery_plans fail 1 1
--  plan p | f | what its last test found is not mended
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
