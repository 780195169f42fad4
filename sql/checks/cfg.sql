INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('cfg.dangerous',
 'fsync and full_page_writes are on; settings that ignore damage or open the catalogs are off',
 'critical',
 '{outline:CC8.1.6,outline:PI1.3.4,tsc:CC7.1,tsc:A1.2,tsc:PI1.5}',
 '{}',
 'Each of these settings trades durability, or the detection of damage, for something else.',
 'ALTER SYSTEM RESET the setting and SELECT pg_reload_conf(); restart where the setting asks for it.',
 '1 day', '{}',
 true,
$query$
SELECT s.name,
       s.setting = CASE WHEN s.name IN ('fsync', 'full_page_writes') THEN 'on' ELSE 'off' END,
       format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
WHERE s.name IN ('fsync', 'full_page_writes', 'allow_system_table_mods',
    'ignore_system_indexes', 'zero_damaged_pages', 'ignore_checksum_failure')
$query$),
('cfg.pending_restart',
 'No setting waits for a restart',
 'medium',
 '{outline:CC6.5.1,outline:CC6.8.4,tsc:CC7.1,tsc:CC8.1}',
 '{}',
 'What the files say is then not what the server does, and the next restart, at whatever hour, changes it.',
 'Restart when the change may come into force, or take it back: ALTER SYSTEM RESET setting; SELECT pg_reload_conf().',
 '1 day', '{pg_read_all_settings}',
 true,
$query$
SELECT s.name, NOT s.pending_restart,
       CASE WHEN s.pending_restart THEN 'the file has another value' ELSE 'as in the file' END
FROM soc2.server_settings AS s
JOIN pg_settings AS p ON p.name = s.name
WHERE p.context = 'postmaster'
$query$),
('cfg.file_errors',
 'The configuration files hold no error',
 'medium',
 '{outline:CC6.5.1,tsc:CC7.1,tsc:CC8.1}',
 '{}',
 'One line in error keeps the server from reading any of the files again, and from starting.',
 'Correct the line that is named, or restart if the reason says that the setting could not be applied; then SELECT pg_reload_conf() and look at the server log.',
 '1 day', '{pg_read_all_settings,pg_catalog.pg_file_settings,pg_catalog.pg_show_all_file_settings()}',
 true,
$query$
-- a file that is included twice has each line twice
SELECT r.line, bool_and(f.error IS NULL),
       coalesce(min(f.error), CASE WHEN bool_or(f.applied) THEN 'can be applied' ELSE 'replaced by a later line' END)
FROM pg_file_settings AS f
CROSS JOIN LATERAL concat_ws(' ', format('%s:%s', f.sourcefile, f.sourceline), f.name) AS r (line)
GROUP BY r.line
$query$),
('cfg.load_errors_mask',
 'Running settings are those in the files',
 'high',
 '{outline:CC6.5.1,outline:CC8.1.12,tsc:CC7.1,tsc:CC8.1}',
 '{}',
 'After a change that was not loaded, or that an error elsewhere in the files kept out, the files show what the server does not do.',
 'Look at what was changed and by whom; correct the errors that cfg.file_errors shows; SELECT pg_reload_conf(), or restart where the setting asks for it. What the command line of the server sets, take out of there.',
 '1 day', '{pg_read_all_settings,pg_catalog.pg_file_settings,pg_catalog.pg_show_all_file_settings()}',
 true,
$query$
-- Of each setting the last line counts. Values in the files are as somebody
-- wrote them: with units, in other words for on and off, in octal. What a role,
-- a database or the client of this session has made of a setting hides what
-- the server has. Values may be secrets and are not quoted
WITH unit (name, base, factor) AS (VALUES
    ('B', 'B', 1::numeric), ('kB', 'B', 1024), ('MB', 'B', 1048576), ('GB', 'B', 1073741824),
    ('TB', 'B', 1099511627776), ('us', 'us', 1), ('ms', 'us', 1000), ('s', 'us', 1000000),
    ('min', 'us', 60000000), ('h', 'us', 3600000000), ('d', 'us', 86400000000)),
line AS (
    SELECT DISTINCT ON (lower(f.name)) lower(f.name) AS name, f.setting AS value,
           f.sourcefile, f.sourceline
    FROM pg_file_settings AS f
    WHERE f.name IS NOT NULL AND f.sourcefile IS NOT NULL
    ORDER BY lower(f.name), f.seqno DESC),
pair AS (
    SELECT s.name, l.sourcefile, l.sourceline, p.vartype, lower(l.value) AS wanted,
           lower(s.setting) AS running,
           regexp_match(l.value, '^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([a-zA-Z]*)\s*$') AS number,
           substring(s.unit, '^\d+')::numeric AS blocks, substring(s.unit, '\D+$') AS unit
    FROM line AS l
    JOIN pg_settings AS p ON lower(p.name) = l.name
    JOIN soc2.server_settings AS s ON s.name = p.name
    WHERE p.source NOT IN ('database', 'user', 'database user', 'client', 'override')
        AND p.context <> 'internal')
SELECT q.name, a.agree,
       CASE WHEN a.agree THEN 'as in the file' ELSE format('%s:%s has another value', q.sourcefile, q.sourceline) END
FROM pair AS q
LEFT JOIN unit AS w ON w.name = q.number[2]
LEFT JOIN unit AS u ON u.name = q.unit
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN q.vartype = 'integer' AND q.wanted ~ '^0[0-7]+$'
            THEN ltrim(q.wanted, '0') = ltrim(format('%s%s%s%s', q.running::integer >> 9 & 7,
                q.running::integer >> 6 & 7, q.running::integer >> 3 & 7, q.running::integer & 7), '0')
        WHEN q.vartype IN ('integer', 'real') AND w.factor IS NOT NULL
            THEN abs(q.number[1]::numeric * w.factor / (u.factor * coalesce(q.blocks, 1)) - q.running::numeric)
                < CASE q.vartype WHEN 'integer' THEN 1 ELSE 1e-6 END
        WHEN q.vartype IN ('integer', 'real') AND q.number IS NOT NULL
            THEN CASE q.vartype WHEN 'integer' THEN round(q.number[1]::numeric) = q.running::numeric
                     ELSE abs(q.number[1]::float8 - q.running::float8) <= 1e-6 * abs(q.running::float8) END
        WHEN q.vartype = 'bool' THEN q.wanted::boolean = q.running::boolean
        WHEN q.vartype = 'enum' AND q.wanted IN ('true', 'yes', '1') THEN q.running IN (q.wanted, 'on')
        WHEN q.vartype = 'enum' AND q.wanted IN ('false', 'no', '0') THEN q.running IN (q.wanted, 'off')
        WHEN q.vartype = 'enum' AND q.wanted = 'debug' THEN q.running = 'debug2'
        ELSE q.wanted = q.running END) AS a (agree)
$query$),
('cfg.preload_allow',
 'Every library that is loaded into sessions is approved',
 'high',
 '{outline:CC6.6.1,outline:CC6.8.4,tsc:CC6.8,tsc:CC7.1}',
 '{"approved": ["auth_delay", "auto_explain", "credcheck", "passwordcheck", "pg_cron", "pg_stat_statements", "pgaudit", "soc2"]}',
 'A preloaded library runs in every session with all rights of the server.',
 'Take it out of the setting and restart; or approve it: SELECT soc2.set_check_parameters(''cfg.preload_allow'', ''{"approved": ["library"]}'', ''why''), with all that are to be approved.',
 '1 day', '{pg_read_all_settings}',
 true,
$query$
-- approved by the name alone, without directory and suffix
SELECT format('%s of %s', l.library, l.setting), $1 -> 'approved' ? n.module,
       CASE WHEN $1 -> 'approved' ? n.module THEN 'approved' ELSE 'not approved' END
FROM soc2.preloaded_libraries AS l
CROSS JOIN regexp_replace(l.library, '^\$libdir/|\.\w+$', '', 'g') AS n (module)
$query$),
('cfg.extensions_allow',
 'Installed extensions are approved and at the version that is installed on disk',
 'medium',
 '{outline:CC6.8.4,outline:CC7.1.5,tsc:CC6.8,tsc:CC7.1}',
 '{"approved": ["pg_cron", "pg_stat_statements", "pgaudit", "pgcrypto", "plpgsql", "soc2"]}',
 'An extension brings code that nobody here wrote; an old version keeps faults that were repaired.',
 'ALTER EXTENSION name UPDATE, or DROP EXTENSION; or approve it: SELECT soc2.set_check_parameters(''cfg.extensions_allow'', ''{"approved": ["name"]}'', ''why''), with all that are to be approved.',
 '1 day', '{}',
 true,
$query$
SELECT e.extname::text,
       $1 -> 'approved' ? e.extname::text AND coalesce(e.extversion = a.default_version, false),
       concat_ws(', ', CASE WHEN $1 -> 'approved' ? e.extname::text THEN 'approved' ELSE 'not approved' END,
           CASE WHEN a.default_version IS NULL THEN format('version %s, its files are gone', e.extversion)
                WHEN e.extversion = a.default_version THEN format('version %s', e.extversion)
                ELSE format('version %s, on disk %s', e.extversion, a.default_version) END)
FROM pg_extension AS e
LEFT JOIN pg_available_extensions() AS a ON a.name = e.extname
$query$),
('cfg.minor_version',
 'The server has the minor version that is required, of a major version that is supported',
 'high',
 '{outline:CC6.6.4,outline:CC6.8.5,outline:A1.3.1,tsc:CC6.8,tsc:CC7.1}',
 '{"floor": {}, "set_within": "100 days", "end_of_life": {"15": "2027-11-11", "16": "2028-11-09", "17": "2029-11-08", "18": "2030-11-14"}}',
 'Minor versions repair security faults that are public from the day they come out.',
 'Look at https://www.postgresql.org/support/security/ every three months, when minor versions come out, and say which is required from now on: SELECT soc2.set_check_parameters(''cfg.minor_version'', ''{"floor": {"17": "17.7"}}'', ''release''). Install it and restart. Plan pg_upgrade before the major version ends.',
 '1 day', '{soc2.check_parameters}',
 true,
$query$
-- Which minor version repairs the last security fault is known outside: what
-- nobody has said since the last releases does not count. The end of major
-- versions is published when they come out; of others nothing can be said.
WITH server AS (
    SELECT v.number, m.major, ($1 -> 'end_of_life' ->> m.major)::date AS ends,
           $1 -> 'floor' ->> m.major AS floor, p.set_at,
           regexp_match($1 -> 'floor' ->> m.major, '^(\d+)\.(\d+)$')::integer[] AS parts
    FROM (SELECT current_setting('server_version_num')::integer) AS v (number)
    CROSS JOIN LATERAL (SELECT (v.number / 10000)::text) AS m (major)
    LEFT JOIN soc2.check_parameters AS p ON p.check_id = 'cfg.minor_version')
SELECT 'minor version',
       CASE WHEN s.floor IS NULL THEN false
           ELSE s.number >= s.parts[1] * 10000 + s.parts[2] END,
       format('%s.%s runs, %s', s.major, s.number % 10000,
           CASE WHEN s.floor IS NULL THEN 'nobody has said what is required'
               ELSE format('%s is required', s.floor) END)
FROM server AS s
UNION ALL
SELECT 'required minor version', s.set_at >= now() - ($1 ->> 'set_within')::interval,
       format('said on %s', (s.set_at AT TIME ZONE 'UTC')::date)
FROM server AS s
WHERE s.floor IS NOT NULL
UNION ALL
SELECT 'major version', s.ends > current_date,
       format('%s is supported until %s', s.major, coalesce(s.ends::text, 'nobody knows when'))
FROM server AS s
$query$),
('cfg.dev_settings',
 'Settings and builds for developers are not in production',
 'low',
 '{outline:CC6.5.1,tsc:CC7.1}',
 '{}',
 'They slow the server down, let it stop on what is no error, or open ways that are not for production.',
 'ALTER SYSTEM RESET the setting; SELECT pg_reload_conf(), or restart where the setting asks for it. For debug_assertions install a build without --enable-cassert.',
 '1 day', '{}',
 true,
$query$
SELECT s.name, s.setting IN ('off', '0', ''), format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
WHERE s.name IN ('debug_assertions', 'trace_notify', 'trace_sort', 'allow_in_place_tablespaces',
    'pre_auth_delay', 'post_auth_delay', 'wal_consistency_checking', 'debug_discard_caches',
    'force_parallel_mode', 'debug_parallel_query', 'jit_debugging_support', 'jit_dump_bitcode',
    'jit_profiling_support')
$query$),
('cfg.sql_guards',
 'Settings that keep SQL from meaning something else are as they should be',
 'medium',
 '{outline:CC8.1.4,outline:CC8.1.12,tsc:CC6.1,tsc:CC6.8,tsc:PI1.2}',
 '{}',
 'Without them a backslash ends a string that a program has quoted, policies raise errors instead of filtering, and functions are not checked when they are made.',
 'ALTER SYSTEM RESET the setting; SELECT pg_reload_conf().',
 '1 day', '{}',
 true,
$query$
SELECT s.name,
       CASE s.name WHEN 'backslash_quote' THEN s.setting IN ('safe_encoding', 'off') ELSE s.setting = 'on' END,
       format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
WHERE s.name IN ('row_security', 'standard_conforming_strings', 'check_function_bodies', 'backslash_quote')
$query$);
INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('cfg.baseline_drift',
 'Settings, preloaded libraries and extensions are as approved',
 'high',
 '{outline:CC6.5.1,outline:CC6.8.4,outline:CC8.1.12,tsc:CC6.8,tsc:CC7.1,tsc:CC8.1}',
 '{}',
 'A change that nobody approved is a mistake or an attack, and looks like all others.',
 'ALTER SYSTEM RESET (or SET to what was approved) the setting and SELECT pg_reload_conf(); put the version of an extension back. If it is meant to be so: SELECT soc2.approve_baseline(''{setting,library,extension}'', ''why'').',
 '1 day', '{pg_monitor, soc2.baseline_status}',
 true,
$query$
-- nothing to judge before the first soc2.approve_baseline()
SELECT format('%s %s', b.kind, b.name), b.state = 'same',
       CASE b.state WHEN 'same' THEN format('as approved: %s', b.actual)
           WHEN 'extra' THEN format('not approved: %s', b.actual)
           WHEN 'missing' THEN format('missing, approved: %s', b.approved)
           ELSE format('approved: %s, is: %s', b.approved, b.actual) END
FROM soc2.baseline_status AS b
WHERE b.kind IN ('setting', 'library', 'extension')
$query$),
('cfg.auto_conf',
 'Settings made by ALTER SYSTEM belong to an approved change',
 'medium',
 '{outline:CC6.2.1,outline:CC6.8.4,tsc:CC6.8,tsc:CC8.1}',
 '{}',
 'ALTER SYSTEM changes the server from any session of a superuser, past the place where configuration is kept and reviewed.',
 'ALTER SYSTEM RESET name and SELECT pg_reload_conf(); set it where configuration is kept. Or have it approved: SELECT soc2.record_change(''number'', ''title'', ''{setting:name}''), and SELECT soc2.approve_change(''number'') by somebody else.',
 '1 day', '{pg_catalog.pg_show_all_file_settings(), pg_catalog.pg_file_settings, soc2.change_status}',
 true,
$query$
-- values are not quoted: commands and connections may hold a password
SELECT DISTINCT f.name, c.change_id IS NOT NULL,
       coalesce('change ' || c.change_id, 'no approved change')
FROM pg_file_settings AS f
CROSS JOIN LATERAL (SELECT soc2.change_of('setting:' || f.name) AS change_id) AS c
WHERE f.sourcefile LIKE '%postgresql.auto.conf' AND f.name IS NOT NULL
$query$);
