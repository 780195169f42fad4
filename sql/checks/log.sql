INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('log.collector',
 'The server log goes somewhere durable',
 'high',
 '{outline:CC6.6.2,outline:CC6.7.1,tsc:CC4.1,tsc:CC7.2}',
 '{"stderr_is_collected": false}',
 'What the server writes to standard error and nobody collects is gone when somebody asks for it.',
 'ALTER SYSTEM SET logging_collector = on and restart, or ALTER SYSTEM SET log_destination = ''syslog'' and SELECT pg_reload_conf(). If the service manager keeps standard error: SELECT soc2.set_check_parameters(''log.collector'', ''{"stderr_is_collected": true}'', ''by whom and for how long'').',
 '1 day', '{}',
 true,
$query$
WITH setting AS (
    SELECT max(s.setting) FILTER (WHERE s.name = 'logging_collector') AS collector,
           max(s.setting) FILTER (WHERE s.name = 'log_destination') AS destination
    FROM soc2.server_settings AS s)
SELECT 'server log',
       s.collector = 'on' OR s.destination ~* '\m(syslog|eventlog)\M'
           OR (s.destination ~* '\mstderr\M' AND ($1 ->> 'stderr_is_collected')::boolean),
       format('logging_collector = %s, log_destination = %s', s.collector, s.destination)
FROM setting AS s
$query$),
('log.connections',
 'log_connections and log_disconnections are on',
 'high',
 '{outline:CC6.1.1,outline:CC6.7.1,tsc:CC6.1,tsc:CC7.2}',
 '{}',
 'Without them nobody can tell afterwards who was connected when.',
 'ALTER SYSTEM SET log_connections = on; ALTER SYSTEM SET log_disconnections = on; SELECT pg_reload_conf(). Since PostgreSQL 18 log_connections is a list; "all" is the fullest.',
 '1 day', '{}',
 true,
$query$
-- since 18 log_connections is a list, empty when off
SELECT s.name, s.setting NOT IN ('off', ''), format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
WHERE s.name IN ('log_connections', 'log_disconnections')
$query$),
('log.statement',
 'Changes of definitions are logged, by log_statement or by pgaudit',
 'high',
 '{outline:CC6.2.1,outline:CC6.7.1,tsc:CC7.2,tsc:CC8.1}',
 '{}',
 'A change of a table, role or function that no log shows cannot be matched with what was approved.',
 'ALTER SYSTEM SET log_statement = ''ddl''; SELECT pg_reload_conf(). Or load pgaudit and ALTER SYSTEM SET pgaudit.log = ''ddl, role''.',
 '1 day', '{}',
 true,
$query$
-- of pgaudit.log the last word about ddl counts
WITH setting AS (
    SELECT max(s.setting) FILTER (WHERE s.name = 'log_statement') AS statement,
           max(s.setting) FILTER (WHERE s.name = 'pgaudit.log') AS pgaudit
    FROM soc2.server_settings AS s)
SELECT 'definitions',
       s.statement IN ('ddl', 'mod', 'all') OR coalesce(a.logged, false),
       format('log_statement = %s, %s', s.statement,
           coalesce('pgaudit.log = ' || s.pgaudit, 'pgaudit is not loaded'))
FROM setting AS s
LEFT JOIN LATERAL (
    SELECT c.class IN ('ddl', 'all') AS logged
    FROM regexp_split_to_table(lower(s.pgaudit), '[\s,]+') WITH ORDINALITY AS c (class, position)
    WHERE c.class IN ('ddl', 'all', '-ddl', '-all', 'none')
    ORDER BY c.position DESC
    LIMIT 1) AS a ON true
$query$),
('log.pgaudit',
 'pgaudit is preloaded and logs at least changes of roles and of definitions',
 'high',
 '{outline:CC6.1.4,outline:CC6.7.1,tsc:CC6.1,tsc:CC6.3,tsc:CC7.2}',
 '{"classes": ["ddl", "role"]}',
 'pgaudit logs what a statement did, also inside functions and DO blocks, where log_statement shows only the call.',
 'Install pgaudit, add it to shared_preload_libraries and restart; ALTER SYSTEM SET pgaudit.log = ''ddl, role''; SELECT pg_reload_conf().',
 '1 day', '{pg_read_all_settings}',
 true,
$query$
-- of pgaudit.log the last word about a class counts
WITH setting AS (
    SELECT max(s.setting) FILTER (WHERE s.name = 'pgaudit.log') AS classes,
           coalesce(bool_or(s.setting ~ '(^|[,/"\s])pgaudit($|[,."\s])')
               FILTER (WHERE s.name = 'shared_preload_libraries'), false) AS loaded
    FROM soc2.server_settings AS s)
SELECT 'shared_preload_libraries', s.loaded,
       CASE WHEN s.loaded THEN 'pgaudit is preloaded' ELSE 'pgaudit is not preloaded' END
FROM setting AS s
UNION ALL
SELECT format('class %s', w.class), coalesce(a.logged, false),
       format('pgaudit.log = %s', s.classes)
FROM setting AS s
CROSS JOIN jsonb_array_elements_text($1 -> 'classes') AS w (class)
LEFT JOIN LATERAL (
    SELECT c.class IN (w.class, 'all') AS logged
    FROM regexp_split_to_table(lower(s.classes), '[\s,]+') WITH ORDINALITY AS c (class, position)
    WHERE c.class IN (w.class, 'all', '-' || w.class, '-all', 'none')
    ORDER BY c.position DESC
    LIMIT 1) AS a ON true
WHERE s.loaded
$query$),
('log.prefix',
 'Lines of the server log say when, which process, who, in which database and from where',
 'medium',
 '{outline:CC6.7.1,outline:CC6.7.2,tsc:CC7.2}',
 '{"escapes": {"time": "mtn", "process": "pc", "user": "u", "database": "d", "client": "hr"}}',
 'A line that does not say who and when is no evidence of what somebody did.',
 'ALTER SYSTEM SET log_line_prefix = ''%m [%p] %q%u@%d %h ''; SELECT pg_reload_conf(). Or collect the log as csvlog or jsonlog, which hold everything.',
 '1 day', '{}',
 true,
$query$
WITH setting AS (
    SELECT max(s.setting) FILTER (WHERE s.name = 'log_line_prefix') AS prefix,
           max(s.setting) FILTER (WHERE s.name = 'log_destination') ~* '\m(csvlog|jsonlog)\M'
               AND max(s.setting) FILTER (WHERE s.name = 'logging_collector') = 'on' AS structured
    FROM soc2.server_settings AS s)
SELECT e.key,
       s.structured OR replace(s.prefix, '%%', '') ~ format('%%-?\d*[%s]', e.value),
       CASE WHEN s.structured THEN 'the log is collected as csvlog or jsonlog'
            ELSE format('log_line_prefix = %L', s.prefix) END
FROM setting AS s, jsonb_each_text($1 -> 'escapes') AS e
$query$),
('log.levels',
 'Warnings, the statements of errors, and their codes reach the server log',
 'medium',
 '{outline:CC6.7.1,tsc:CC7.2,tsc:CC7.3}',
 '{"log_min_messages": "warning", "log_min_error_statement": "error", "log_error_verbosity": "default"}',
 'Messages that are filtered out are missing when an incident is looked into.',
 'ALTER SYSTEM RESET the setting, or set it to a value that logs more; SELECT pg_reload_conf().',
 '1 day', '{}',
 true,
$query$
-- values from the one that logs most to the one that logs least
WITH scale (name, levels) AS (VALUES
    ('log_min_messages',
     '{debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic}'::text[]),
    ('log_min_error_statement',
     '{debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic}'),
    ('log_error_verbosity', '{verbose,default,terse}'))
SELECT s.name,
       array_position(l.levels, s.setting) <= array_position(l.levels, $1 ->> s.name),
       format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
JOIN scale AS l ON l.name = s.name
$query$),
('log.file_mode',
 'Files of the log collector are for their owner and at most its group to read',
 'medium',
 '{outline:CC2.1.4,outline:CC9.2.1,tsc:CC6.1,tsc:C1.1}',
 '{"allowed": ["0400", "0440", "0600", "0640"]}',
 'Logs hold statements, and with them data; who can write them can remove traces.',
 'ALTER SYSTEM SET log_file_mode = ''0600'' (0640 for a group that reads); SELECT pg_reload_conf(); chmod the files that are there.',
 '1 day', '{}',
 true,
$query$
-- the view has the number; without a collector it is not used
WITH mode AS (
    SELECT format('0%s%s%s', s.setting::integer >> 6 & 7, s.setting::integer >> 3 & 7,
               s.setting::integer & 7) AS octal
    FROM soc2.server_settings AS s
    WHERE s.name = 'log_file_mode')
SELECT 'log_file_mode', $1 -> 'allowed' ? m.octal, format('log_file_mode = %s', m.octal)
FROM mode AS m
WHERE EXISTS (
    SELECT FROM soc2.server_settings AS s
    WHERE s.name = 'logging_collector' AND s.setting = 'on')
$query$),
('log.rotation',
 'Log files are rotated, and rotation does not overwrite what is not old',
 'low',
 '{outline:CC6.7.1,tsc:CC7.2}',
 '{}',
 'A log that is never rotated fills the disk; file names that come again, with truncation, lose what they held.',
 'ALTER SYSTEM SET log_rotation_age = ''1d''; ALTER SYSTEM SET log_filename = ''postgresql-%Y-%m-%d_%H%M%S.log''; SELECT pg_reload_conf(). Keep the files elsewhere for as long as your policy says.',
 '1 day', '{pg_read_all_settings}',
 true,
$query$
-- a name with the year, or with seconds since 1970, does not come again
WITH setting AS (
    SELECT max(s.setting) FILTER (WHERE s.name = 'log_rotation_age') AS age,
           max(s.setting) FILTER (WHERE s.name = 'log_rotation_size') AS size,
           max(s.setting) FILTER (WHERE s.name = 'log_truncate_on_rotation') AS truncates,
           max(s.setting) FILTER (WHERE s.name = 'log_filename') AS filename
    FROM soc2.server_settings AS s
    HAVING max(s.setting) FILTER (WHERE s.name = 'logging_collector') = 'on')
SELECT 'rotation', s.age::integer > 0 OR s.size::integer > 0,
       format('log_rotation_age = %s min, log_rotation_size = %s kB', s.age, s.size)
FROM setting AS s
UNION ALL
SELECT 'truncation', s.truncates = 'off' OR replace(s.filename, '%%', '') ~ '%[YGsc+]|%E[Yc]',
       format('log_truncate_on_rotation = %s, log_filename = %L', s.truncates, s.filename)
FROM setting AS s
$query$),
('log.timezone',
 'The server log and sessions use an approved time zone, UTC unless told otherwise',
 'low',
 '{outline:CC6.7.2,tsc:CC7.2}',
 '{"approved": ["UTC", "Etc/UTC", "UCT", "Etc/UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal", "GMT", "Etc/GMT"]}',
 'In a zone with summer time an hour comes twice a year, and events of that hour have no order.',
 'ALTER SYSTEM SET log_timezone = ''UTC''; ALTER SYSTEM SET timezone = ''UTC''; SELECT pg_reload_conf(). Or approve your zone: soc2.set_check_parameters(''log.timezone'', ''{"approved": ["zone"]}'', ''why'').',
 '1 day', '{}',
 true,
$query$
SELECT s.name,
       EXISTS (SELECT FROM jsonb_array_elements_text($1 -> 'approved') AS z (zone)
               WHERE lower(z.zone) = lower(s.setting)),
       format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
WHERE s.name IN ('log_timezone', 'TimeZone')
$query$),
('log.debug_off',
 'debug_print_* are off',
 'low',
 '{outline:CC9.2.7,tsc:CC7.2,tsc:C1.1}',
 '{}',
 'The trees they print hold the constants of statements, and drown the rest of the log.',
 'ALTER SYSTEM RESET the setting; SELECT pg_reload_conf().',
 '1 day', '{}',
 true,
$query$
SELECT s.name, s.setting = 'off', format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
WHERE starts_with(s.name, 'debug_print_')
$query$),
('log.param_leak',
 'Values bound to parameters do not spill into the server log',
 'medium',
 '{outline:CC9.2.7,outline:P6.4.2,tsc:C1.1,tsc:P4.1}',
 '{"max_length": 0}',
 'Personal and confidential data that reaches the log is neither classed nor disposed of with its table.',
 'ALTER SYSTEM SET log_parameter_max_length = 0; ALTER SYSTEM SET log_parameter_max_length_on_error = 0; SELECT pg_reload_conf(). The same for auto_explain.log_parameter_max_length.',
 '1 day', '{}',
 true,
$query$
-- -1 is without limit; the first counts only where statements that may have
-- parameters are logged at all
WITH logged AS (
    SELECT bool_or(s.setting <> '-1') FILTER (
               WHERE s.name IN ('log_min_duration_statement', 'log_min_duration_sample'))
           OR bool_or(s.setting IN ('mod', 'all')) FILTER (WHERE s.name = 'log_statement')
           OR bool_or(s.setting::float8 > 0) FILTER (WHERE s.name = 'log_transaction_sample_rate')
               AS statements,
           coalesce(bool_or(s.setting <> '-1') FILTER (
               WHERE s.name = 'auto_explain.log_min_duration'), false) AS plans
    FROM soc2.server_settings AS s
    WHERE s.name IN ('log_min_duration_statement', 'log_min_duration_sample', 'log_statement',
        'log_transaction_sample_rate', 'auto_explain.log_min_duration'))
SELECT s.name,
       u.unused OR s.setting::integer BETWEEN 0 AND ($1 ->> 'max_length')::integer,
       format('%s = %s%s', s.name, s.setting,
           CASE WHEN u.unused THEN ', and nothing that has parameters is logged' END)
FROM soc2.server_settings AS s
CROSS JOIN logged AS l
CROSS JOIN LATERAL (
    SELECT CASE s.name WHEN 'log_parameter_max_length' THEN NOT l.statements
               WHEN 'auto_explain.log_parameter_max_length' THEN NOT l.plans
               ELSE false END) AS u (unused)
WHERE s.name IN ('log_parameter_max_length', 'log_parameter_max_length_on_error',
    'auto_explain.log_parameter_max_length')
$query$),
('log.overrides',
 'No setting of a role or database makes the audit trail weaker than the server has it',
 'high',
 '{outline:CC6.8.4,outline:CC8.1.12,tsc:CC6.8,tsc:CC7.1,tsc:CC7.2}',
 '{"guarded": "^(log_.*|pgaudit\\..*|auto_explain\\..*|session_preload_libraries|local_preload_libraries|row_security|session_replication_role|track_activities|track_functions)$"}',
 'ALTER ROLE … SET log_statement = none takes one role out of the log, and no file shows it.',
 'ALTER ROLE name RESET setting, ALTER DATABASE name RESET setting, or ALTER ROLE name IN DATABASE name RESET setting.',
 '1 day', '{pg_read_all_settings}',
 true,
$query$
-- scales go from the strongest value to the weakest; where there is none, what
-- differs from the server is taken as weaker. Values of settings that are not
-- guarded may be secrets, and are not quoted
WITH scale (name, levels) AS (VALUES
    ('log_statement', '{all,mod,ddl,none}'::text[]),
    ('log_min_messages',
     '{debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic}'),
    ('log_min_error_statement',
     '{debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic}'),
    ('log_error_verbosity', '{verbose,default,terse}'),
    ('session_replication_role', '{origin,local,replica}')),
override AS (
    SELECT format('%s of %s', o.name,
               concat_ws(' in ',
                   CASE WHEN d.setrole <> 0 THEN coalesce('role ' || quote_ident(r.rolname), d.setrole::text)
                       WHEN d.setdatabase = 0 THEN 'every role' END,
                   CASE WHEN d.setdatabase <> 0
                       THEN coalesce('database ' || quote_ident(b.datname), d.setdatabase::text) END)) AS resource,
           o.name, o.name ~ ($1 ->> 'guarded') AS guarded, p.vartype,
           CASE p.vartype WHEN 'bool' THEN (o.value::boolean)::text
               WHEN 'enum' THEN lower(o.value) ELSE o.value END AS value,
           CASE p.vartype WHEN 'bool' THEN (s.setting::boolean)::text ELSE s.setting END AS server,
           l.levels
    FROM pg_db_role_setting AS d
    LEFT JOIN pg_roles AS r ON r.oid = d.setrole
    LEFT JOIN pg_database AS b ON b.oid = d.setdatabase
    CROSS JOIN unnest(d.setconfig) AS c (entry)
    CROSS JOIN LATERAL (
        SELECT split_part(c.entry, '=', 1), substr(c.entry, strpos(c.entry, '=') + 1)) AS o (name, value)
    LEFT JOIN pg_settings AS p ON p.name = o.name
    LEFT JOIN soc2.server_settings AS s ON s.name = o.name
    LEFT JOIN scale AS l ON l.name = o.name)
SELECT o.resource,
       NOT o.guarded OR coalesce(o.value = o.server
           OR (o.vartype = 'bool' AND o.value::boolean)
           OR array_position(o.levels, o.value) <= array_position(o.levels, o.server), false),
       CASE WHEN o.guarded THEN format('%s here, %s on the server', o.value, coalesce(o.server, 'unknown'))
            ELSE 'no setting of the audit trail' END
FROM override AS o
$query$),
('log.repl_commands',
 'Replication commands are logged',
 'medium',
 '{outline:CC6.7.1,tsc:CC6.7,tsc:CC7.2}',
 '{}',
 'A base backup or a new replication stream takes all data out of the server; without this no log shows it.',
 'ALTER SYSTEM SET log_replication_commands = on; SELECT pg_reload_conf().',
 '1 day', '{}',
 true,
$query$
-- without WAL senders nobody can replicate
SELECT s.name, s.setting = 'on', format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
WHERE s.name = 'log_replication_commands'
    AND EXISTS (SELECT FROM soc2.server_settings AS w
                WHERE w.name = 'max_wal_senders' AND w.setting <> '0')
$query$),
('log.waits_checkpoints',
 'Lock waits, checkpoints, large temporary files and long autovacuum runs are logged',
 'low',
 '{outline:CC6.6.2,outline:CC7.1.2,tsc:CC7.2,tsc:A1.1}',
 '{"log_temp_files": 102400, "log_autovacuum_min_duration": 600000}',
 'They are the first signs of a server that gets into trouble.',
 'ALTER SYSTEM SET log_lock_waits = on; ALTER SYSTEM SET log_checkpoints = on; ALTER SYSTEM SET log_temp_files = ''10MB''; ALTER SYSTEM SET log_autovacuum_min_duration = ''10min''; SELECT pg_reload_conf().',
 '1 day', '{}',
 true,
$query$
SELECT s.name,
       CASE WHEN $1 ? s.name THEN s.setting::integer BETWEEN 0 AND ($1 ->> s.name)::integer
            ELSE s.setting = 'on' END,
       CASE WHEN $1 ? s.name THEN format('%s = %s %s, at most %s', s.name, s.setting, s.unit, $1 ->> s.name)
            ELSE format('%s = %s', s.name, s.setting) END
FROM soc2.server_settings AS s
WHERE s.name IN ('log_lock_waits', 'log_checkpoints', 'log_temp_files', 'log_autovacuum_min_duration')
$query$);
