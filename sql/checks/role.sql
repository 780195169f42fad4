INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, max_version, query) VALUES
('role.superuser_count',
 'Superusers are limited to the approved list',
 'critical',
 '{outline:CC6.1.4,tsc:CC6.1,tsc:CC6.3}',
 '{"approved": []}',
 'A superuser passes every permission check; each one beyond the bootstrap superuser needs a reason.',
 'ALTER ROLE name NOSUPERUSER, or approve it: SELECT soc2.set_check_parameters(''role.superuser_count'', ''{"approved": ["name"]}'', ''why'').',
 '1 day', '{}',
 true, NULL,
$query$
-- the bootstrap superuser cannot be removed and counts as approved
SELECT r.rolname::text,
       r.oid = 10 OR ($1 -> 'approved') ? r.rolname::text,
       format('superuser, %s', CASE WHEN r.rolcanlogin THEN 'can log in' ELSE 'cannot log in' END)
FROM pg_roles AS r
WHERE r.rolsuper
$query$),
('role.superuser_path',
 'No role that can log in reaches a superuser by membership, but for the approved',
 'critical',
 '{outline:CC6.1.4,outline:CC6.1.7,tsc:CC6.3}',
 '{"approved": []}',
 'A member of a superuser becomes one with SET ROLE, and no list of superusers shows it.',
 'REVOKE role FROM member, at the place in the chain that the reason names; or approve the role: SELECT soc2.set_check_parameters(''role.superuser_path'', ''{"approved": ["name"]}'', ''why'').',
 '1 day', '{}',
 true, NULL,
$query$
-- since 16 a membership may leave out SET; with ADMIN it can be granted again
WITH RECURSIVE reached (top, member) AS (
    SELECT s.oid, s.oid FROM pg_roles AS s WHERE s.rolsuper
    UNION
    SELECT r.top, m.member
    FROM reached AS r
    JOIN pg_auth_members AS m ON m.roleid = r.member
    WHERE m.admin_option OR coalesce((to_jsonb(m) ->> 'set_option')::boolean, true))
SELECT l.rolname::text,
       s.tops IS NULL OR ($1 -> 'approved') ? l.rolname::text,
       coalesce('reaches ' || s.tops, 'reaches no superuser')
FROM pg_roles AS l
LEFT JOIN (
    SELECT r.member, string_agg(t.rolname::text, ', ' ORDER BY t.rolname) AS tops
    FROM reached AS r
    JOIN pg_roles AS t ON t.oid = r.top
    GROUP BY r.member) AS s ON s.member = l.oid
WHERE l.rolcanlogin AND NOT l.rolsuper
$query$),
('role.bypassrls',
 'BYPASSRLS, REPLICATION, CREATEROLE and CREATEDB are on approved roles only',
 'high',
 '{outline:CC6.1.4,outline:CC6.1.7,tsc:CC6.3}',
 '{"approved": []}',
 'Each of these attributes gets around what grants and policies say, and membership does not show it.',
 'ALTER ROLE name NOBYPASSRLS (NOREPLICATION, NOCREATEROLE, NOCREATEDB), or approve the role: SELECT soc2.set_check_parameters(''role.bypassrls'', ''{"approved": ["name"]}'', ''why'').',
 '1 day', '{}',
 true, NULL,
$query$
-- the bootstrap superuser has them all and counts as approved
SELECT format('%I: %s', r.rolname, a.attribute),
       r.oid = 10 OR ($1 -> 'approved') ? r.rolname::text,
       format('%s, %s', a.attribute,
           CASE WHEN r.rolcanlogin THEN 'can log in' ELSE 'cannot log in' END)
FROM pg_roles AS r
CROSS JOIN LATERAL (
    VALUES ('BYPASSRLS', r.rolbypassrls), ('REPLICATION', r.rolreplication),
        ('CREATEROLE', r.rolcreaterole), ('CREATEDB', r.rolcreatedb)) AS a (attribute, held)
WHERE a.held
$query$),
('role.dangerous_predefined',
 'Roles that can log in and hold a predefined role with power over the server or all data are approved',
 'high',
 '{outline:CC6.1.4,outline:CC6.1.5,tsc:CC6.3}',
 '{"approved": [], "roles": ["pg_execute_server_program", "pg_read_server_files", "pg_write_server_files", "pg_write_all_data", "pg_read_all_data", "pg_signal_backend", "pg_checkpoint", "pg_maintain", "pg_create_subscription", "pg_use_reserved_connections"]}',
 'These memberships pass permission checks without an entry in any list of grants; some of them run programs as the user of the server.',
 'REVOKE the predefined role FROM the member, or from the role in between; or approve the role: SELECT soc2.set_check_parameters(''role.dangerous_predefined'', ''{"approved": ["name"]}'', ''why'').',
 '1 day', '{}',
 true, NULL,
$query$
WITH RECURSIVE held (top, member) AS (
    SELECT g.oid, g.oid FROM pg_roles AS g WHERE ($1 -> 'roles') ? g.rolname::text
    UNION
    SELECT h.top, m.member
    FROM held AS h
    JOIN pg_auth_members AS m ON m.roleid = h.member)
SELECT format('%I in %I', r.rolname, t.rolname),
       ($1 -> 'approved') ? r.rolname::text,
       CASE WHEN d.admin_option IS NULL THEN 'through another role'
           WHEN d.admin_option THEN 'granted with ADMIN OPTION' ELSE 'granted' END
FROM held AS h
JOIN pg_roles AS r ON r.oid = h.member
JOIN pg_roles AS t ON t.oid = h.top
LEFT JOIN (
    SELECT m.roleid, m.member, bool_or(m.admin_option) AS admin_option
    FROM pg_auth_members AS m
    GROUP BY m.roleid, m.member) AS d ON d.roleid = h.top AND d.member = h.member
WHERE h.member <> h.top AND r.rolcanlogin AND NOT r.rolsuper
$query$),
('role.admin_option',
 'ADMIN OPTION on a role is held by approved roles only',
 'medium',
 '{outline:CC6.1.2,outline:CC6.1.7,tsc:CC6.2,tsc:CC6.3}',
 '{"approved": []}',
 'Who holds a role with ADMIN OPTION hands it on, to anybody and without being asked.',
 'REVOKE ADMIN OPTION FOR role FROM member, or approve the member: SELECT soc2.set_check_parameters(''role.admin_option'', ''{"approved": ["name"]}'', ''why'').',
 '1 day', '{}',
 true, NULL,
$query$
-- since 16 a membership can be granted by several roles
SELECT format('%I in %I', m.rolname, g.rolname),
       m.rolsuper OR ($1 -> 'approved') ? m.rolname::text,
       format('can grant it%s, has it from %s', CASE WHEN m.rolsuper THEN ' as any superuser' ELSE '' END,
           coalesce(string_agg(DISTINCT b.rolname::text, ', '), 'a role that is gone'))
FROM pg_auth_members AS a
JOIN pg_roles AS g ON g.oid = a.roleid
JOIN pg_roles AS m ON m.oid = a.member
LEFT JOIN pg_roles AS b ON b.oid = a.grantor
WHERE a.admin_option
GROUP BY m.rolname, m.rolsuper, g.rolname
$query$),
('role.connlimit',
 'Roles that can log in have a connection limit',
 'low',
 '{outline:CC6.6.1,outline:CC7.1.2,tsc:CC6.6,tsc:A1.1}',
 '{"exempt": []}',
 'One role without a limit can use up all connections, by a fault or on purpose.',
 'ALTER ROLE name CONNECTION LIMIT n, with n from what its application opens at most; or exempt it: SELECT soc2.set_check_parameters(''role.connlimit'', ''{"exempt": ["name"]}'', ''why'').',
 '1 day', '{}',
 true, NULL,
$query$
-- a limit does not bind superusers
SELECT r.rolname::text,
       r.rolconnlimit >= 0 OR ($1 -> 'exempt') ? r.rolname::text,
       CASE WHEN r.rolconnlimit < 0 THEN 'no limit' ELSE format('limit %s', r.rolconnlimit) END
FROM pg_roles AS r
WHERE r.rolcanlogin AND NOT r.rolsuper
$query$),
('role.dormant',
 'No role that can log in is unseen for 90 days',
 'medium',
 '{outline:CC6.1.2,outline:CC6.1.6,tsc:CC6.2,tsc:CC6.3}',
 '{"max_age": "90 days", "exempt": []}',
 'A role that nobody uses is a way in that nobody watches.',
 'ALTER ROLE name NOLOGIN after asking its owner. Where roles could not be decided: call soc2.observe_sessions() every few minutes, or feed soc2.record_logins() from the server log; until that has gone on for so long, nobody can tell.',
 '1 day', '{soc2.logins}',
 true, NULL,
$query$
-- without records there is nothing to judge; a role that was never seen is
-- dormant once they go far enough back, and cannot be judged before
WITH seen AS (
    SELECT l.role_name, max(l.last_seen) AS last_seen
    FROM soc2.logins AS l
    GROUP BY l.role_name),
observed AS (
    SELECT min(l.first_seen) < now() - ($1 ->> 'max_age')::interval AS enough
    FROM soc2.logins AS l)
SELECT r.rolname::text,
       CASE WHEN ($1 -> 'exempt') ? r.rolname::text THEN true
           WHEN s.last_seen IS NOT NULL THEN s.last_seen >= now() - ($1 ->> 'max_age')::interval
           WHEN o.enough THEN false END,
       coalesce('last seen on ' || (s.last_seen AT TIME ZONE 'UTC')::date,
           CASE WHEN o.enough THEN 'never seen' ELSE 'never seen, but not observed for long enough' END)
FROM pg_roles AS r
CROSS JOIN observed AS o
LEFT JOIN seen AS s ON s.role_name = r.rolname
WHERE r.rolcanlogin AND o.enough IS NOT NULL
$query$),
('role.owner_unmapped',
 'Every role that can log in belongs to a named person or service',
 'medium',
 '{outline:CC6.1.1,outline:CC6.1.2,tsc:CC6.1,tsc:CC6.2}',
 '{}',
 'A role without an owner is nobody''s to answer for, to review or to remove.',
 'SELECT soc2.identify_role(''name'', ''person'', ''who''), or ''service'' and who answers for it; ALTER ROLE name NOLOGIN where nobody does.',
 '1 day', '{soc2.identities, soc2.unowned_accounts}',
 true, NULL,
$query$
SELECT r.rolname::text,
       u.role_name IS NULL,
       coalesce(u.reason, i.kind || ': ' || i.owner)
FROM pg_roles AS r
LEFT JOIN soc2.identities AS i ON i.role_name = r.rolname
LEFT JOIN soc2.unowned_accounts AS u ON u.role_name = r.rolname
WHERE r.rolcanlogin
$query$),
('role.leaver',
 'No account can log in after its person has left',
 'high',
 '{outline:CC6.1.6,tsc:CC6.2,tsc:CC6.3}',
 '{}',
 'An account of somebody who has left is nobody''s to miss when somebody else uses it.',
 'ALTER ROLE name NOLOGIN, then give what it owns to somebody else: REASSIGN OWNED BY name TO ..., DROP OWNED BY name, DROP ROLE name. Where the roster is wrong, import it again into soc2.roster.',
 '1 day', '{soc2.joiners_and_leavers}',
 true, NULL,
$query$
SELECT format('%I of %s', l.role_name, l.person), NOT l.is_open,
       format('left on %s: %s', l.event_on, l.status)
FROM soc2.joiners_and_leavers AS l
WHERE l.event = 'left' AND l.role_name IS NOT NULL
$query$),
('role.sod',
 'No role that can log in, and no person by several of them, holds both roles of a rule of segregated duties',
 'high',
 '{outline:CC4.1.3,outline:CC6.1.7,tsc:CC5.1,tsc:CC6.3}',
 '{}',
 'Who holds both sides can do alone what two were meant to do.',
 'REVOKE one of the two roles FROM the member, or from the role in between. Rules are made with soc2.separate_duties(); one whose role is gone has to be made again or deleted from soc2.sod_rules.',
 '1 day', '{soc2.sod_rules, soc2.sod_conflicts, soc2.separated_holders()}',
 true, NULL,
$query$
WITH RECURSIVE holds (top, member) AS (
    SELECT g.oid, g.oid
    FROM pg_roles AS g
    WHERE g.rolname IN (SELECT s.role_a FROM soc2.sod_rules AS s
                        UNION SELECT s.role_b FROM soc2.sod_rules AS s)
    UNION
    SELECT h.top, m.member
    FROM holds AS h
    JOIN pg_auth_members AS m ON m.roleid = h.member),
held AS (
    SELECT s.rule, h.member, bool_or(t.rolname = s.role_a) AS a, bool_or(t.rolname = s.role_b) AS b
    FROM holds AS h
    JOIN pg_roles AS t ON t.oid = h.top
    JOIN soc2.sod_rules AS s ON t.rolname IN (s.role_a, s.role_b)
    GROUP BY s.rule, h.member)
SELECT format('%I by rule %s', r.rolname, s.rule), NOT (h.a AND h.b),
       CASE WHEN h.a AND h.b THEN format('holds %I and %I', s.role_a, s.role_b)
           WHEN h.a THEN format('holds %I only', s.role_a)
           ELSE format('holds %I only', s.role_b) END
FROM held AS h
JOIN soc2.sod_rules AS s ON s.rule = h.rule
JOIN pg_roles AS r ON r.oid = h.member
WHERE r.rolcanlogin AND NOT r.rolsuper
UNION ALL
-- a person with one side by each of two roles
SELECT format('%s by rule %s', c.person, c.rule), false,
       format('holds %I by %s, %I by %s', c.role_a, c.holders_a, c.role_b, c.holders_b)
FROM soc2.sod_conflicts AS c
WHERE NOT c.by_one_account
UNION ALL
SELECT format('rule %s', s.rule), NULL,
       format('role %s is gone', string_agg(quote_ident(n.name), ', '))
FROM soc2.sod_rules AS s
CROSS JOIN LATERAL (VALUES (s.role_a), (s.role_b)) AS n (name)
WHERE NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = n.name)
GROUP BY s.rule
$query$),
('role.createrole_escalation',
 'Before PostgreSQL 16 nobody but a superuser holds CREATEROLE',
 'critical',
 '{outline:CC6.1.4,tsc:CC6.1,tsc:CC6.3}',
 '{}',
 'Up to PostgreSQL 15 a role with CREATEROLE grants itself any role that is no superuser, pg_execute_server_program among them, which runs programs as the user of the server.',
 'ALTER ROLE name NOCREATEROLE and let a superuser make roles, or upgrade to PostgreSQL 16.',
 '1 day', '{}',
 true, 15,
$query$
SELECT r.rolname::text, NOT r.rolcreaterole,
       CASE WHEN r.rolcreaterole THEN 'CREATEROLE without SUPERUSER' ELSE 'no CREATEROLE' END
FROM pg_roles AS r
WHERE NOT r.rolsuper AND r.oid >= 16384
$query$),
('role.replication_dedicated',
 'Roles with REPLICATION have no other powers',
 'medium',
 '{outline:CC6.1.4,outline:CC6.1.7,tsc:CC6.3}',
 '{}',
 'A role for standbys and base backups is used by programs, from many machines; what else it can do is exposed with it.',
 'CREATE ROLE another one with LOGIN REPLICATION only, and let standbys use it; or take from this one what the reason names.',
 '1 day', '{}',
 true, NULL,
$query$
-- the bootstrap superuser has it from the start
SELECT r.rolname::text, x.extra IS NULL,
       coalesce('also ' || x.extra, 'nothing else')
FROM pg_roles AS r
CROSS JOIN LATERAL (
    SELECT string_agg(p.power, ', ' ORDER BY p.power) AS extra
    FROM (SELECT a.attribute
          FROM (VALUES ('SUPERUSER', r.rolsuper), ('CREATEROLE', r.rolcreaterole),
              ('CREATEDB', r.rolcreatedb), ('BYPASSRLS', r.rolbypassrls)) AS a (attribute, held)
          WHERE a.held
          UNION
          SELECT format('member of %I', g.rolname)
          FROM pg_auth_members AS m
          JOIN pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid) AS p (power)) AS x
WHERE r.rolreplication AND r.oid <> 10
$query$);
