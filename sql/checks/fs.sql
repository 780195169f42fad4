INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('fs.data_dir_mode',
 'The data directory is for its owner and at most its group to read',
 'high',
 '{outline:CC2.1.4,outline:CC6.1.5,tsc:CC6.1}',
 '{"allowed": ["0700", "0750"]}',
 'Who can read the data directory reads all tables, whatever is granted in the database.',
 'As the owner chmod 0700 the data directory (0750 if the cluster was made with --allow-group-access) and restart.',
 '1 day', '{}',
 true,
$query$
-- the view has the number, as it was when the server started
SELECT m.name, $1 -> 'allowed' ? m.octal, format('%s = %s', m.name, m.octal)
FROM (SELECT s.name, format('0%s%s%s', s.setting::integer >> 6 & 7, s.setting::integer >> 3 & 7,
                 s.setting::integer & 7) AS octal
      FROM soc2.server_settings AS s
      WHERE s.name = 'data_directory_mode') AS m
$query$),
('fs.tablespaces',
 'No tablespace lies inside the data directory',
 'medium',
 '{outline:CC6.5.1,outline:CC7.1.1,tsc:CC7.1,tsc:A1.2}',
 '{}',
 'pg_basebackup and pg_upgrade go wrong with such a tablespace, and it fills the disk it was meant to relieve.',
 'Make a directory elsewhere, CREATE TABLESPACE there, ALTER TABLE … SET TABLESPACE for what is in the old one, and drop that.',
 '1 day', '{pg_read_all_settings}',
 true,
$query$
-- those of the cluster itself are where they belong; a relative path is inside
SELECT t.spcname::text,
       l.path LIKE '/%' AND NOT starts_with(l.path || '/', rtrim(s.setting, '/') || '/'),
       l.path
FROM pg_tablespace AS t
CROSS JOIN LATERAL pg_tablespace_location(t.oid) AS l (path)
LEFT JOIN soc2.server_settings AS s ON s.name = 'data_directory'
WHERE t.spcname NOT IN ('pg_default', 'pg_global')
$query$),
('fs.log_dir_outside',
 'The log directory is outside the data directory',
 'low',
 '{outline:CC2.1.4,outline:CC6.7.1,tsc:CC6.1,tsc:CC7.2}',
 '{}',
 'A restore of the data directory then also replaces the log of what led to it, and whoever may read logs needs access to the data.',
 'ALTER SYSTEM SET log_directory to an absolute path that the server owns; SELECT pg_reload_conf(); move the old files.',
 '1 day', '{pg_read_all_settings}',
 true,
$query$
-- without the log collector it is not used; a relative path is inside
SELECT l.name,
       l.setting LIKE '/%' AND NOT starts_with(l.setting || '/', rtrim(d.setting, '/') || '/'),
       format('%s = %s', l.name, l.setting)
FROM soc2.server_settings AS l
LEFT JOIN soc2.server_settings AS d ON d.name = 'data_directory'
WHERE l.name = 'log_directory' AND EXISTS (
    SELECT FROM soc2.server_settings AS c
    WHERE c.name = 'logging_collector' AND c.setting = 'on')
$query$);
