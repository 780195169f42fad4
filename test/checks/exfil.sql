CREATE EXTENSION dblink;
CREATE ROLE "Thief" SUPERUSER LOGIN;
CREATE ROLE keeper SUPERUSER LOGIN;
--@ exfil.bulk_read_live not_occurring 0 0
--@ exfil.dump_sessions not_occurring 0 0

-- a session that reads, seen by its progress
CREATE FUNCTION read_as(who text, program text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dblink_connect(program, format('dbname=%s host=%s port=%s user=%s application_name=%s',
        current_database(), current_setting('unix_socket_directories'), current_setting('port'), who, program));
    PERFORM dblink_send_query(program,
        'COPY (SELECT true UNION ALL SELECT pg_sleep(600) IS NULL) TO ''/dev/null'''::text);
    LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN EXISTS (SELECT FROM pg_stat_progress_copy JOIN pg_stat_activity USING (pid)
                          WHERE application_name = program);
        PERFORM pg_sleep(0.02);
    END LOOP;
END $$;
SELECT read_as('keeper', 'pg_dump');
--@ exfil.bulk_read_live fail 1 1
--  ~ ^COPY TO by pid \d+ \| f \| role keeper in database exfil, from this machine$
--@ exfil.dump_sessions fail 1 1
--  ~ ^pg_dump with pid \d+ \| f \| role keeper, from this machine$
SELECT soc2.set_check_parameters('exfil.bulk_read_live', '{"approved": ["keeper"]}', 'test') IS NOT NULL;
SELECT soc2.set_check_parameters('exfil.dump_sessions', '{"approved": ["keeper"]}', 'test') IS NOT NULL;
--@ exfil.bulk_read_live pass 1 0
--  ~ ^COPY TO by pid \d+ \| t \| role keeper in database exfil, from this machine$
--@ exfil.dump_sessions pass 1 0
--  ~ ^pg_dump with pid \d+ \| t \| role keeper, from this machine$
SELECT read_as('Thief', 'psql');
--@ exfil.bulk_read_live fail 2 1
--  ~ ^COPY TO by pid \d+ \| f \| role "Thief" in database exfil, from this machine$
--@ exfil.dump_sessions pass 1 0
SELECT dblink_cancel_query(c) FROM unnest(dblink_get_connections()) AS c;
SELECT dblink_disconnect(c) FROM unnest(dblink_get_connections()) AS c;
