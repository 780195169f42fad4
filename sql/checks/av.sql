INSERT INTO soc2.checks (check_id, title, severity, criteria, rationale, remediation, shipped, query) VALUES
('av.wal_level_archive',
 'WAL archiving is on and succeeding',
 'critical',
 '{outline:CC6.4.3,outline:CC7.5.2,tsc:A1.2}',
 'A base backup without the WAL that follows it restores only the moment it was taken.',
 'Set archive_mode = on and archive_command or archive_library, restart, and look at pg_stat_archiver for failures.',
 true,
$query$
-- the command itself may hold secrets and is not quoted
WITH setting AS (
    SELECT max(s.reset_val) FILTER (WHERE s.name = 'archive_mode') AS mode,
           max(s.reset_val) FILTER (WHERE s.name = 'archive_command') AS command,
           max(s.reset_val) FILTER (WHERE s.name = 'archive_library') AS library
    FROM pg_settings AS s
    WHERE s.name IN ('archive_mode', 'archive_command', 'archive_library'))
SELECT 'archive_mode', s.mode <> 'off', format('archive_mode = %s', s.mode)
FROM setting AS s
UNION ALL
SELECT 'archive target',
       coalesce(s.command, '') NOT IN ('', '(disabled)') OR coalesce(s.library, '') <> '',
       CASE WHEN coalesce(s.library, '') <> '' THEN 'archive_library is set'
            WHEN coalesce(s.command, '') NOT IN ('', '(disabled)') THEN 'archive_command is set'
            ELSE 'neither archive_command nor archive_library is set' END
FROM setting AS s
WHERE s.mode <> 'off'
UNION ALL
SELECT 'archiver',
       coalesce(a.last_archived_time > a.last_failed_time, a.last_failed_time IS NULL),
       format('%s archived, %s failed', a.archived_count, a.failed_count)
FROM setting AS s, pg_stat_archiver AS a
WHERE s.mode <> 'off'
$query$);
