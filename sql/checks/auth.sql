INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('auth.hba_no_trust',
 'No pg_hba rule uses trust',
 'critical',
 '{outline:CC6.1.1,outline:CC6.1.3,outline:A1.1.3,tsc:CC6.1,tsc:CC6.6}',
 '{}',
 'A connection that matches a trust rule is let in as any user without proof of identity.',
 'Replace "trust" by "peer" on local lines and by "scram-sha-256" on host lines of pg_hba.conf, then SELECT pg_reload_conf().',
 '1 day', '{pg_read_all_settings,pg_catalog.pg_hba_file_rules()}',
 true,
$query$
-- a line that could not be read is not in force and cannot be judged
SELECT r.rule, r.auth_method <> 'trust', r.summary
FROM soc2.hba_rules AS r
$query$),
('auth.hba_no_cleartext',
 'No pg_hba rule lets passwords or their MD5 hashes be seen on the network',
 'high',
 '{outline:CC6.1.3,outline:CC6.4.1,tsc:CC6.1,tsc:CC6.6,tsc:CC6.7}',
 '{"refused": ["password", "ident", "md5"], "refused_without_encryption": ["bsd", "ldap", "pam", "radius"]}',
 'With password, and with methods that hand the password on, it crosses the network as it is; md5 can be replayed; ident asks the other machine, which says what it likes.',
 'Use scram-sha-256, gss, cert or peer; or change the type of the line to hostssl. Passwords that are stored as md5 have to be set again first. Then SELECT pg_reload_conf().',
 '1 day', '{pg_read_all_settings,pg_catalog.pg_hba_file_rules()}',
 true,
$query$
SELECT r.rule,
       NOT ($1 -> 'refused' ? r.auth_method
           OR (r.remote AND r.type NOT IN ('hostssl', 'hostgssenc')
               AND $1 -> 'refused_without_encryption' ? r.auth_method)),
       r.summary
FROM soc2.hba_rules AS r
WHERE r.type IS DISTINCT FROM 'local' AND r.auth_method IS DISTINCT FROM 'reject'
$query$),
('auth.hba_parse_errors',
 'pg_hba.conf and pg_ident.conf can be read without error',
 'high',
 '{outline:CC6.5.1,outline:CC6.8.4,tsc:CC6.1,tsc:CC7.1,tsc:CC8.1}',
 '{}',
 'One line in error keeps the whole file from being loaded: the server goes on with its old rules and, after a restart, does not start.',
 'Correct the line that the reason speaks of, then SELECT pg_reload_conf() and look at the server log.',
 '1 day', '{pg_read_all_settings,pg_catalog.pg_hba_file_rules(),pg_catalog.pg_ident_file_mappings,pg_catalog.pg_ident_file_mappings()}',
 true,
$query$
SELECT r.rule, r.error IS NULL, coalesce(r.error, 'can be read')
FROM soc2.hba_rules AS r
UNION ALL
SELECT format('%s:%s', regexp_replace(coalesce(to_jsonb(i) ->> 'file_name', s.setting), '^.*/', ''), i.line_number),
       i.error IS NULL, coalesce(i.error, 'can be read')
FROM pg_ident_file_mappings AS i
LEFT JOIN soc2.server_settings AS s ON s.name = 'ident_file'
$query$),
('auth.hba_tls_required',
 'Every pg_hba rule for other machines demands TLS or GSS encryption',
 'high',
 '{outline:CC6.4.1,outline:CC9.2.2,outline:C1.1.1,tsc:CC6.1,tsc:CC6.6,tsc:CC6.7}',
 '{}',
 'A host rule also matches connections without encryption, so a client or somebody between decides whether data can be read on the way.',
 'Change the type of the line from host to hostssl, or to hostgssenc, then SELECT pg_reload_conf().',
 '1 day', '{pg_read_all_settings,pg_catalog.pg_hba_file_rules()}',
 true,
$query$
SELECT r.rule, r.type IN ('hostssl', 'hostgssenc'), r.summary
FROM soc2.hba_rules AS r
WHERE coalesce(r.remote AND r.auth_method <> 'reject', true)
$query$),
('auth.hba_wide_range',
 'No pg_hba rule lets in all addresses or a wide range of them',
 'high',
 '{outline:CC6.1.1,outline:CC6.8.1,tsc:CC6.6}',
 '{"min_prefix_v4": 16, "min_prefix_v6": 32}',
 'Whoever has no reason to connect should not get as far as being asked for a password.',
 'Name the networks of your clients in pg_hba.conf, as 10.1.0.0/16, then SELECT pg_reload_conf().',
 '1 day', '{pg_read_all_settings,pg_catalog.pg_hba_file_rules()}',
 true,
$query$
SELECT r.rule,
       CASE WHEN r.type IS NULL THEN NULL
            WHEN r.network IS NULL THEN r.address <> 'all'
            ELSE masklen(r.network) >= ($1 ->> format('min_prefix_v%s', family(r.network)))::integer END,
       r.summary
FROM soc2.hba_rules AS r
WHERE coalesce(r.remote AND r.auth_method <> 'reject', true)
$query$),
('auth.hba_all_all',
 'No pg_hba rule for other machines is for all databases and all roles',
 'medium',
 '{outline:CC6.1.1,outline:CC6.1.5,tsc:CC6.1,tsc:CC6.3}',
 '{}',
 'Such a rule lets every role that is ever made connect to every database that is ever made.',
 'Name databases and roles (or +group) in pg_hba.conf, then SELECT pg_reload_conf().',
 '1 day', '{pg_read_all_settings,pg_catalog.pg_hba_file_rules()}',
 true,
$query$
SELECT r.rule, NOT ('all' = ANY (r.database) AND 'all' = ANY (r.user_name)), r.summary
FROM soc2.hba_rules AS r
WHERE coalesce(r.remote AND r.auth_method <> 'reject', true)
$query$),
('auth.hba_superuser_remote',
 'No superuser can connect from another machine',
 'critical',
 '{outline:CC6.1.4,outline:CC6.8.1,tsc:CC6.1,tsc:CC6.3,tsc:CC6.6}',
 '{"approved": []}',
 'The password of a superuser is then all that stands between the network and the operating system account of the server.',
 'Put a line that rejects the role before the one that is named, as "host all postgres all reject", or name roles other than "all" there; then SELECT pg_reload_conf().',
 '1 day', '{pg_read_all_settings,pg_catalog.pg_hba_file_rules()}',
 true,
$query$
-- of the rules that name a role, one is out of reach if an earlier one rejects
-- all of what it speaks of. Superusers are members of a +group only as members,
-- as the server has it. A name that begins with / is a pattern (since 16)
WITH RECURSIVE superuser AS (
    SELECT r.oid, r.rolname::text AS name
    FROM pg_roles AS r
    WHERE r.rolsuper AND r.rolcanlogin),
member (oid, roleid) AS (
    SELECT u.oid, u.oid FROM superuser AS u
    UNION
    SELECT m.oid, a.roleid FROM member AS m JOIN pg_auth_members AS a ON a.member = m.roleid),
called AS (
    SELECT u.oid, u.name FROM superuser AS u
    UNION ALL
    SELECT m.oid, '+' || r.rolname FROM member AS m JOIN pg_roles AS r ON r.oid = m.roleid),
named AS (
    SELECT h.ordinal, n.name, h.rule, h.type, h.database, h.address, h.network, h.auth_method, h.summary
    FROM soc2.hba_rules AS h, unnest(h.user_name) AS n (name)
    WHERE h.remote),
matching AS (
    SELECT c.oid, n.* FROM named AS n JOIN called AS c ON c.name = n.name
    UNION
    SELECT u.oid, n.* FROM named AS n JOIN superuser AS u ON n.name = 'all'
    UNION
    SELECT u.oid, n.* FROM named AS n
    JOIN superuser AS u ON n.name LIKE '/%' AND u.name ~ substr(n.name, 2)),
reachable AS (
    SELECT DISTINCT ON (m.oid) m.oid, m.rule, m.summary
    FROM matching AS m
    WHERE m.auth_method <> 'reject' AND NOT EXISTS (
        SELECT FROM matching AS e
        WHERE e.oid = m.oid AND e.ordinal < m.ordinal AND e.auth_method = 'reject'
            AND (e.type = 'host' OR e.type = m.type)
            AND (e.database = m.database OR ('all' = ANY (e.database) AND m.database <> '{replication}'))
            AND (e.address = 'all' OR e.network >>= m.network))
    ORDER BY m.oid, m.ordinal),
unread AS (
    SELECT count(*) AS lines FROM soc2.hba_rules AS h WHERE h.type IS NULL)
SELECT u.name,
       CASE WHEN r.oid IS NULL THEN CASE WHEN x.lines = 0 THEN true END
            ELSE $1 -> 'approved' ? u.name END,
       coalesce(r.rule || ': ' || r.summary,
           CASE WHEN x.lines > 0 THEN format('%s lines cannot be read', x.lines)
                ELSE 'no rule for other machines' END)
FROM superuser AS u
CROSS JOIN unread AS x
LEFT JOIN reachable AS r ON r.oid = u.oid
$query$),
('auth.hba_loaded',
 'The pg_hba rules in force are those in the files',
 'high',
 '{outline:CC6.5.1,outline:CC6.8.4,tsc:CC6.1,tsc:CC7.1,tsc:CC8.1}',
 '{}',
 'A file that was changed and not loaded, or that has an error, says nothing about who is let in: the rules of the last good load go on.',
 'Look at what was changed and by whom; correct errors; SELECT pg_reload_conf() and look at the server log.',
 '1 day', '{pg_read_all_settings,pg_catalog.pg_hba_file_rules()}',
 true,
$query$
WITH unread AS (
    SELECT h.path, count(*) AS lines
    FROM soc2.hba_rules AS h
    WHERE h.type IS NULL
    GROUP BY h.path)
SELECT f.path, u.lines IS NULL AND f.modified_at <= pg_conf_load_time(),
       CASE WHEN u.lines > 0 THEN format('%s lines cannot be read, older rules are in force', u.lines)
            WHEN f.modified_at > pg_conf_load_time() THEN 'changed after the configuration was loaded'
            ELSE 'loaded after its last change' END
FROM soc2.hba_files() AS f
LEFT JOIN unread AS u ON u.path = f.path
$query$),
('auth.scram_default',
 'New passwords are stored as SCRAM-SHA-256',
 'high',
 '{outline:CC6.1.3,tsc:CC6.1}',
 '{}',
 'An MD5 hash of a password is as good as the password: whoever has it can log in.',
 'ALTER SYSTEM SET password_encryption = ''scram-sha-256''; SELECT pg_reload_conf().',
 '1 day', '{}',
 true,
$query$
SELECT s.name, s.setting = 'scram-sha-256', format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
WHERE s.name = 'password_encryption'
$query$),
('auth.scram_stored',
 'No password is stored as MD5',
 'high',
 '{outline:CC6.1.3,outline:CC9.2.3,tsc:CC6.1}',
 '{}',
 'An MD5 hash of a password is as good as the password: whoever sees it, also in a backup, can log in.',
 'With password_encryption = ''scram-sha-256'' let the user set the password again with \password in psql, or ALTER ROLE name PASSWORD NULL if it needs none.',
 '1 day', '{}',
 true,
$query$
SELECT p.role_name::text, p.verifier = 'scram-sha-256', format('%s verifier', p.verifier)
FROM soc2.role_passwords AS p
$query$),
('auth.pw_expiry',
 'The password of every login role ends, and not too late',
 'medium',
 '{outline:CC6.1.2,outline:CC6.1.3,tsc:CC6.1,tsc:CC6.2}',
 '{"max_age": "365 days", "exempt": []}',
 'A password without an end outlives the reason it was given for.',
 'ALTER ROLE name VALID UNTIL ''2030-12-31'' with a date within your policy, together with a new password; for services that authenticate otherwise ALTER ROLE name PASSWORD NULL.',
 '1 day', '{}',
 true,
$query$
SELECT p.role_name::text,
       $1 -> 'exempt' ? p.role_name::text
           OR coalesce(p.valid_until > now() AND p.valid_until <= now() + ($1 ->> 'max_age')::interval, false),
       CASE WHEN coalesce(p.valid_until, 'infinity') = 'infinity' THEN 'the password never ends'
            WHEN p.valid_until = '-infinity' THEN 'the password has ended'
            ELSE format('the password %s on %s',
                CASE WHEN p.valid_until > now() THEN 'ends' ELSE 'ended' END,
                to_char(p.valid_until AT TIME ZONE 'UTC', 'YYYY-MM-DD')) END
FROM soc2.role_passwords AS p
WHERE p.can_login
$query$),
('auth.expired_can_login',
 'Roles whose VALID UNTIL has passed cannot log in',
 'medium',
 '{outline:CC6.1.2,tsc:CC6.2}',
 '{}',
 'VALID UNTIL ends the password only: with a certificate, peer, GSS or LDAP the role is let in as before.',
 'ALTER ROLE name NOLOGIN, or drop the role; if it is in use, ALTER ROLE name VALID UNTIL a date.',
 '1 day', '{}',
 true,
$query$
SELECT r.rolname::text, r.rolvaliduntil > now(),
       CASE WHEN r.rolvaliduntil = '-infinity' THEN 'valid until -infinity'
            ELSE format('valid until %s', to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD')) END
FROM pg_roles AS r
WHERE r.rolcanlogin AND r.rolvaliduntil <> 'infinity'
$query$),
('auth.pw_policy_module',
 'A module that refuses weak passwords is loaded',
 'medium',
 '{outline:CC6.1.3,tsc:CC6.1}',
 '{"modules": ["credcheck", "passwordcheck"]}',
 'The server itself takes any password, also "password1".',
 'Add passwordcheck, or credcheck for more rules, to shared_preload_libraries and restart.',
 '1 day', '{pg_read_all_settings}',
 true,
$query$
-- the names of the libraries, without directory and suffix
SELECT 'password policy', coalesce(bool_or($1 -> 'modules' ? m.module), false),
       coalesce('loaded: ' || string_agg(DISTINCT m.module, ', ' ORDER BY m.module)
                    FILTER (WHERE $1 -> 'modules' ? m.module),
           'none of the modules is loaded')
FROM soc2.preloaded_libraries AS l
CROSS JOIN regexp_replace(l.library, '^.*/|\.\w+$', '', 'g') AS m (module)
WHERE l.setting IN ('shared_preload_libraries', 'session_preload_libraries')
$query$),
('auth.delay_module',
 'Guessing passwords is slowed down, and a connection cannot wait for long without one',
 'low',
 '{outline:CC6.6.1,tsc:CC6.1,tsc:CC6.6}',
 '{"modules": ["auth_delay", "credcheck"], "max_authentication_timeout": 60}',
 'Without a delay a client tries as many passwords as the server can compute; connections that never authenticate use up the slots of those that do.',
 'Add auth_delay to shared_preload_libraries, set auth_delay.milliseconds, restart; ALTER SYSTEM RESET authentication_timeout; SELECT pg_reload_conf().',
 '1 day', '{pg_read_all_settings}',
 true,
$query$
-- the names of the libraries, without directory and suffix
SELECT 'delay', coalesce(bool_or($1 -> 'modules' ? m.module), false),
       coalesce('loaded: ' || string_agg(DISTINCT m.module, ', ' ORDER BY m.module)
                    FILTER (WHERE $1 -> 'modules' ? m.module),
           'none of the modules is loaded')
FROM soc2.preloaded_libraries AS l
CROSS JOIN regexp_replace(l.library, '^.*/|\.\w+$', '', 'g') AS m (module)
WHERE l.setting = 'shared_preload_libraries'
UNION ALL
SELECT s.name, s.setting::integer <= ($1 ->> 'max_authentication_timeout')::integer,
       format('%s = %s %s', s.name, s.setting, s.unit)
FROM soc2.server_settings AS s
WHERE s.name = 'authentication_timeout'
$query$);
