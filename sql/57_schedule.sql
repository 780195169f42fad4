/* sql/57_schedule.sql */

--
-- Running checks by themselves: what is due, and who runs it.
--

CREATE FUNCTION soc2.due_checks()
    RETURNS TABLE (check_id text, due_at timestamptz)
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT s.check_id, s.due_at
    FROM soc2.check_status AS s
    JOIN soc2.checks_in_force AS c ON c.check_id OPERATOR(pg_catalog.=) s.check_id
    WHERE c.enabled
        AND (s.recorded_at IS NULL OR s.is_stale
            OR s.due_at OPERATOR(pg_catalog.-) (c.frequency OPERATOR(pg_catalog./) 20)
                OPERATOR(pg_catalog.<=) pg_catalog.statement_timestamp())
    ORDER BY s.due_at NULLS FIRST, s.check_id COLLATE pg_catalog."C";
END;
COMMENT ON FUNCTION soc2.due_checks() IS
'checks that are to run now: never run, stale, or stale before a twentieth of their frequency is over, so that a job as frequent as a check does not let it go stale';

CREATE PROCEDURE soc2.run_due(
        INOUT runs bigint DEFAULT NULL, INOUT failed bigint DEFAULT NULL,
        INOUT undecided bigint DEFAULT NULL)
    LANGUAGE plpgsql
AS $run_due$
BEGIN
    SET LOCAL search_path = pg_catalog, pg_temp;
    runs := 0;
    failed := 0;
    undecided := 0;
    IF NOT pg_catalog.pg_try_advisory_xact_lock(
        'soc2.checks'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int4, 57) THEN
        RAISE NOTICE 'checks that are due are being run by somebody else';
        RETURN;
    END IF;
    -- before the checks that judge what was seen, and not instead of them
    BEGIN
        PERFORM soc2.observe_due();
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'settings and roles were not observed'
            USING DETAIL = pg_catalog.format('The error was: %s.', SQLERRM);
    END;
    BEGIN
        PERFORM soc2.reconcile_due();
        PERFORM soc2.observe_due_queues();
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'reconciliations and error queues that are due were not looked at'
            USING DETAIL = pg_catalog.format('The error was: %s.', SQLERRM);
    END;
    IF EXISTS (SELECT FROM soc2.due_checks()) THEN
        SELECT pg_catalog.count(*),
            pg_catalog.count(*) FILTER (WHERE a.outcome OPERATOR(pg_catalog.=) 'fail'),
            pg_catalog.count(*) FILTER (
                WHERE a.outcome OPERATOR(pg_catalog.=) ANY ('{error,insufficient_privilege}'::text[]))
        INTO runs, failed, undecided
        FROM soc2.assess('due', 'soc2.run_due') AS a;
    END IF;
    -- only rows that are committed are sealed
    COMMIT;
    SET LOCAL search_path = pg_catalog, pg_temp;
    PERFORM soc2.seal('soc2.evidence');
    COMMIT;
    SET LOCAL search_path = pg_catalog, pg_temp;
    PERFORM soc2.refresh_days();
END
$run_due$;
COMMENT ON PROCEDURE soc2.run_due(bigint, bigint, bigint) IS
'observes settings and roles, runs the reconciliations, error queues and checks that are due, commits, seals the evidence and counts it by days; tells how many ran, failed and could not be decided; does nothing while another session does the same';

CREATE FUNCTION soc2.schedule(cron text)
    RETURNS bigint
    AS 'MODULE_PATHNAME', 'soc2_schedule'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.schedule(text) IS
'has pg_cron call soc2.run_due() at these times, as the caller; returns the id of the job; 55000 with what to do instead where pg_cron is not in this database';

CREATE FUNCTION soc2.unschedule()
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_unschedule'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.unschedule() IS
'takes the job of soc2.schedule() back';

CREATE FUNCTION soc2.grant_runner(role name)
    RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'soc2_grant_runner'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION soc2.grant_runner(name) IS
'grants a role soc2_collector and what the checks need that are switched on and run as whoever assesses, and nothing more; returns the statements that it ran, no row if nothing was missing';
