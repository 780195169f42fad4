/* sql/64_clearance.sql */

--
-- Backups and WAL archives hold the rows of a disposal until they are gone, which
-- the server cannot see: it takes the word of somebody who knows how long they are
-- kept, and looks whether what is recorded of backups contradicts it.
--

CREATE TABLE soc2.disposal_clearances (
    plan_id bigint NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    backups_clear_on date NOT NULL,
    comment text NOT NULL,
    recorded_by name NOT NULL,
    recorded_session name NOT NULL,
    CONSTRAINT soc2_disposal_clearances_pkey PRIMARY KEY (plan_id, recorded_at)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.disposal_clearances', '');
COMMENT ON TABLE soc2.disposal_clearances IS
'when the last backup and WAL archive that hold the rows of a disposal are gone; made with soc2.record_clearance(), the last one of a plan counts';
COMMENT ON COLUMN soc2.disposal_clearances.plan_id IS 'number of the plan';
COMMENT ON COLUMN soc2.disposal_clearances.recorded_at IS 'when it was said';
COMMENT ON COLUMN soc2.disposal_clearances.backups_clear_on IS 'first day, in UTC, on which none is left';
COMMENT ON COLUMN soc2.disposal_clearances.comment IS 'how that is known';
COMMENT ON COLUMN soc2.disposal_clearances.recorded_by IS 'role that said it';
COMMENT ON COLUMN soc2.disposal_clearances.recorded_session IS 'role that was logged in then';

CREATE FUNCTION soc2.record_clearance(plan bigint, backups_clear_on date, comment text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    done soc2.disposal_plans :=
        soc2.require_disposal(plan, '{finished,revoked,expired}');
BEGIN
    PERFORM soc2.require_text('comment', comment);
    IF backups_clear_on IS NULL OR NOT isfinite(backups_clear_on)
            OR backups_clear_on < (COALESCE(done.finished_at, done.requested_at)
                                   AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION 'backups cannot be clear of a disposal on %',
                to_char(backups_clear_on, 'YYYY-MM-DD')
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give the first day after its end on which no backup is left that is older.';
    END IF;
    INSERT INTO soc2.disposal_clearances (plan_id, backups_clear_on, comment, recorded_by,
        recorded_session)
    VALUES (plan, record_clearance.backups_clear_on, record_clearance.comment,
        soc2.acting_role(), SESSION_USER);
    PERFORM soc2.record_disposal(done, 'clearance', jsonb_build_object(
        'backups_clear_on', backups_clear_on, 'comment', comment));
END
$$;
COMMENT ON FUNCTION soc2.record_clearance(bigint, date, text) IS
'records from which day on no backup or WAL archive holds the rows of a plan that is over, and how that is known; 22023 for a day before its end';

CREATE FUNCTION soc2.disposal_clearance(
        plan bigint, OUT reached boolean, OUT backups_clear_on date, OUT older_backups bigint,
        OUT detail text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ends timestamptz := (
        SELECT COALESCE(p.finished_at, now()) FROM soc2.disposal_plans AS p WHERE p.plan_id = plan);
    said soc2.disposal_clearances;
    used bigint;
BEGIN
    SELECT c.* INTO said FROM soc2.disposal_clearances AS c
    WHERE c.plan_id = plan ORDER BY c.recorded_at DESC LIMIT 1;
    backups_clear_on := said.backups_clear_on;
    SELECT count(*) INTO older_backups
    FROM soc2.backups AS b WHERE b.finished_at < ends OR b.started_at < ends;
    SELECT count(*) INTO used
    FROM soc2.backups AS b JOIN soc2.backup_tests AS t ON t.backup_id = b.backup_id
    WHERE (b.finished_at < ends OR b.started_at < ends)
        AND t.tested_at >= backups_clear_on::timestamp AT TIME ZONE 'UTC';
    reached := backups_clear_on <= (clock_timestamp() AT TIME ZONE 'UTC')::date AND used = 0;
    detail := format('%s backups are recorded that are older; ', older_backups)
        || CASE
            WHEN reached IS NULL THEN 'when the last of them is gone cannot be seen from here'
            WHEN used > 0 THEN format('%s of them were tested since %s, when they should have been gone',
                                      used, to_char(backups_clear_on, 'YYYY-MM-DD'))
            ELSE format('the last one %s gone on %s, as %s said',
                        CASE WHEN reached THEN 'was' ELSE 'will be' END,
                        to_char(backups_clear_on, 'YYYY-MM-DD'), said.recorded_by) END;
END
$$;
COMMENT ON FUNCTION soc2.disposal_clearance(bigint) IS
'are backups and WAL archives gone that hold the rows of a plan? NULL if nobody said when, false before that day, and if an older backup was tested after it';
