/* sql/65_reapply.sql */

--
-- After a restore: rows that were disposed of since the backup are back.
--

CREATE FUNCTION soc2.acknowledge_restore(reason text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made soc2.restore_acknowledgements;
BEGIN
    PERFORM soc2.require_text('reason', reason);
    IF soc2.is_known_cluster() THEN
        RAISE EXCEPTION 'there is no restore to acknowledge'
            USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = 'This is the cluster and the timeline that disposals know.';
    END IF;
    INSERT INTO soc2.restore_acknowledgements (system_identifier, timeline,
        acknowledged_by, acknowledged_session, reason)
    SELECT c.system_identifier, soc2.wal_timeline(), soc2.acting_role(), SESSION_USER,
        acknowledge_restore.reason
    FROM pg_control_system() AS c
    RETURNING * INTO made;
    PERFORM soc2.record_act('disposal', current_database()::text, jsonb_build_object(
        'action', 'restore acknowledged', 'system_identifier', made.system_identifier,
        'timeline', made.timeline, 'reason', reason, 'session_user', SESSION_USER),
        '{tsc:A1.2,tsc:C1.2,tsc:P4.3}');
END
$$;
COMMENT ON FUNCTION soc2.acknowledge_restore(text) IS
'lets disposals go on in a database that was restored, or a standby that was promoted; 55000 if there was nothing of that kind';
