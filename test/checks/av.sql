-- av.wal_level_archive
--@ av.wal_level_archive fail 1 1
--  archive_mode | f | archive_mode = off
ALTER SYSTEM SET archive_mode = on;
--@ restart
--@ av.wal_level_archive fail 3 1
--  archive_mode | t | archive_mode = on
--  archive target | f | neither archive_command nor archive_library is set
--  archiver | t | 0 archived, 0 failed
ALTER SYSTEM SET archive_command = 'false';
--@ reload
SELECT pg_switch_wal() IS NOT NULL;
DO $$
BEGIN
    LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN (SELECT failed_count FROM pg_stat_archiver) > 0;
        PERFORM pg_sleep(0.05);
    END LOOP;
END $$;
--@ av.wal_level_archive fail 3 1
--  archive target | t | archive_command is set
--  ~ ^archiver \| f \| 0 archived, \d+ failed$
ALTER SYSTEM SET archive_command = 'true';
--@ reload
DO $$
BEGIN
    LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN (SELECT last_archived_time > last_failed_time FROM pg_stat_archiver);
        PERFORM pg_sleep(0.05);
    END LOOP;
END $$;
--@ av.wal_level_archive pass 3 0
--  ~ ^archiver \| t \| \d+ archived, \d+ failed$
