/* sql/69_access_views.sql */

--
-- Accounts against persons: who has none, who has left, who has too much.
--

CREATE FUNCTION soc2.separated_holders()
    RETURNS TABLE (rule text, person text, role_a name, role_b name, holders_a text, holders_b text, by_one_account boolean)
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH RECURSIVE held (top, member) AS (
        SELECT g.oid, g.oid
        FROM pg_roles AS g
        WHERE g.rolname IN (SELECT s.role_a FROM soc2.sod_rules AS s UNION SELECT s.role_b FROM soc2.sod_rules AS s)
        UNION
        SELECT h.top, m.member
        FROM held AS h
        JOIN pg_auth_members AS m ON m.roleid = h.member),
    -- each with the memberships of its own that lead there
    holder AS (
        SELECT t.rolname AS top, r.rolname, COALESCE(i.owner, (
                SELECT min(x.person) FROM soc2.roster AS x WHERE r.rolname::text = ANY (x.role_names)), r.rolname) AS person,
            concat(quote_ident(r.rolname), (
                SELECT concat(' through ', string_agg(DISTINCT quote_ident(g.rolname), ', '))
                FROM pg_auth_members AS m
                JOIN held AS u ON u.top = h.top AND u.member = m.roleid AND u.member <> h.top
                JOIN pg_roles AS g ON g.oid = m.roleid
                WHERE m.member = h.member
                HAVING count(*) > 0)) AS how
        FROM held AS h
        JOIN pg_roles AS t ON t.oid = h.top
        JOIN pg_roles AS r ON r.oid = h.member
        LEFT JOIN soc2.identities AS i ON i.role_name = r.rolname
        WHERE r.rolcanlogin AND NOT r.rolsuper)
    SELECT s.rule, a.person, s.role_a, s.role_b, string_agg(DISTINCT a.how, '; '), string_agg(DISTINCT b.how, '; '),
        bool_or(a.rolname = b.rolname)
    FROM soc2.sod_rules AS s
    JOIN holder AS a ON a.top = s.role_a
    JOIN holder AS b ON b.top = s.role_b AND b.person = a.person
    GROUP BY s.rule, a.person, s.role_a, s.role_b;
$function$;
COMMENT ON FUNCTION soc2.separated_holders() IS
'who holds both roles of a rule of segregated duties, by one account or by several of one person, directly or through other roles';

CREATE VIEW soc2.sod_conflicts AS
    SELECT h.rule, h.person, h.role_a, h.role_b, h.holders_a, h.holders_b, h.by_one_account, s.reason
    FROM soc2.separated_holders() AS h
    JOIN soc2.sod_rules AS s ON s.rule OPERATOR(pg_catalog.=) h.rule;
COMMENT ON VIEW soc2.sod_conflicts IS
'which persons hold both roles of a rule of segregated duties, with accounts that can log in and are no superusers? inherited memberships count';
COMMENT ON COLUMN soc2.sod_conflicts.rule IS 'the rule';
COMMENT ON COLUMN soc2.sod_conflicts.person IS 'the person, or the account where no person is known';
COMMENT ON COLUMN soc2.sod_conflicts.role_a IS 'one role';
COMMENT ON COLUMN soc2.sod_conflicts.role_b IS 'the other';
COMMENT ON COLUMN soc2.sod_conflicts.holders_a IS 'accounts that hold the one, and through which role';
COMMENT ON COLUMN soc2.sod_conflicts.holders_b IS 'accounts that hold the other, and through which role';
COMMENT ON COLUMN soc2.sod_conflicts.by_one_account IS 'does one account hold both?';
COMMENT ON COLUMN soc2.sod_conflicts.reason IS 'what could be done with both';

CREATE VIEW soc2.unowned_accounts AS
    SELECT r.rolname AS role_name, r.rolsuper AS is_superuser, i.kind, i.owner,
        CASE WHEN i.role_name IS NULL THEN 'no owner is recorded'
            ELSE 'its owner is not in the roster' END AS reason,
        (SELECT pg_catalog.max(l.last_seen) FROM soc2.logins AS l
         WHERE l.role_name OPERATOR(pg_catalog.=) r.rolname) AS last_seen
    FROM pg_catalog.pg_roles AS r
    LEFT JOIN soc2.identities AS i ON i.role_name OPERATOR(pg_catalog.=) r.rolname
    WHERE r.rolcanlogin
        AND (i.role_name IS NULL
            OR EXISTS (SELECT FROM soc2.roster)
                AND NOT EXISTS (SELECT FROM soc2.roster AS x
                    WHERE x.person OPERATOR(pg_catalog.=) i.owner));
COMMENT ON VIEW soc2.unowned_accounts IS
'which accounts that can log in does nobody answer for? those that soc2.identify_role() did not record, and, once there is a roster, those whose owner is not in it';
COMMENT ON COLUMN soc2.unowned_accounts.role_name IS 'the account';
COMMENT ON COLUMN soc2.unowned_accounts.is_superuser IS 'is it a superuser?';
COMMENT ON COLUMN soc2.unowned_accounts.kind IS 'person or service, as recorded';
COMMENT ON COLUMN soc2.unowned_accounts.owner IS 'who is recorded';
COMMENT ON COLUMN soc2.unowned_accounts.reason IS 'why nobody answers for it';
COMMENT ON COLUMN soc2.unowned_accounts.last_seen IS 'when it was seen last; NULL: never';

CREATE VIEW soc2.orphaned_accounts AS
    WITH person_role AS (
        SELECT i.role_name, i.owner AS person, i.kind
        FROM soc2.identities AS i
        UNION
        SELECT u.role_name::name, x.person, 'person'
        FROM soc2.roster AS x
        CROSS JOIN LATERAL pg_catalog.unnest(x.role_names) AS u (role_name))
    SELECT p.role_name, p.person, p.kind, x.left_on, r.rolcanlogin AS can_log_in, r.rolsuper AS is_superuser,
        CASE WHEN r.rolname IS NULL THEN 'the role is gone, what is recorded about it is not'
            WHEN p.kind OPERATOR(pg_catalog.=) 'service' THEN 'who answers for it has left'
            ELSE 'the person has left' END AS reason
    FROM person_role AS p
    LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname OPERATOR(pg_catalog.=) p.role_name
    LEFT JOIN soc2.roster AS x ON x.person OPERATOR(pg_catalog.=) p.person
    WHERE r.rolname IS NOT NULL AND x.left_on OPERATOR(pg_catalog.<) CURRENT_DATE
        OR r.rolname IS NULL AND EXISTS (
            SELECT FROM soc2.identities AS i WHERE i.role_name OPERATOR(pg_catalog.=) p.role_name);
COMMENT ON VIEW soc2.orphaned_accounts IS
'which accounts have outlived their person, by the roster, and which records of persons their account?';
COMMENT ON COLUMN soc2.orphaned_accounts.role_name IS 'the account';
COMMENT ON COLUMN soc2.orphaned_accounts.person IS 'the person, or who answers for the service';
COMMENT ON COLUMN soc2.orphaned_accounts.kind IS 'person or service';
COMMENT ON COLUMN soc2.orphaned_accounts.left_on IS 'last day of the person';
COMMENT ON COLUMN soc2.orphaned_accounts.can_log_in IS 'can it still log in? NULL: the role is gone';
COMMENT ON COLUMN soc2.orphaned_accounts.is_superuser IS 'is it a superuser?';
COMMENT ON COLUMN soc2.orphaned_accounts.reason IS 'what is wrong';

CREATE VIEW soc2.joiners_and_leavers AS
    SELECT x.person, e.event, e.at AS event_on, u.role_name::name AS role_name,
        CASE WHEN u.role_name IS NULL AND e.event OPERATOR(pg_catalog.=) 'joined' THEN 'no role is named'
            WHEN u.role_name IS NULL THEN 'had no role'
            WHEN e.event OPERATOR(pg_catalog.=) 'joined' THEN
                CASE WHEN r.rolname IS NULL THEN 'the role is missing'
                    WHEN NOT r.rolcanlogin THEN 'cannot log in'
                    ELSE 'done' END
            WHEN r.rolname IS NULL THEN 'done'
            WHEN NOT r.rolcanlogin THEN 'can no longer log in, the role is still there'
            WHEN r.rolvaliduntil OPERATOR(pg_catalog.<=) pg_catalog.now() THEN 'can log in only without a password'
            ELSE 'can still log in' END AS status,
        (e.event OPERATOR(pg_catalog.=) 'left') OPERATOR(pg_catalog.=) COALESCE(r.rolcanlogin, false)
            AND u.role_name IS NOT NULL AS is_open
    FROM soc2.roster AS x
    CROSS JOIN LATERAL (VALUES ('joined', x.joined_on), ('left', x.left_on)) AS e (event, at)
    LEFT JOIN LATERAL (
        SELECT n.role_name FROM pg_catalog.unnest(x.role_names) AS n (role_name)
        UNION
        SELECT i.role_name FROM soc2.identities AS i
        WHERE i.owner OPERATOR(pg_catalog.=) x.person AND i.kind OPERATOR(pg_catalog.=) 'person') AS u ON true
    LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname OPERATOR(pg_catalog.=) u.role_name
    -- nobody is missed on the last day, nor awaited after it
    WHERE CASE e.event WHEN 'left' THEN e.at OPERATOR(pg_catalog.<) CURRENT_DATE
        ELSE e.at OPERATOR(pg_catalog.<=) CURRENT_DATE AND (x.left_on OPERATOR(pg_catalog.<) CURRENT_DATE) IS NOT TRUE END;
COMMENT ON VIEW soc2.joiners_and_leavers IS
'who joined and who left, by the roster, and did the accounts follow? one row a person and account';
COMMENT ON COLUMN soc2.joiners_and_leavers.person IS 'the person';
COMMENT ON COLUMN soc2.joiners_and_leavers.event IS 'joined or left';
COMMENT ON COLUMN soc2.joiners_and_leavers.event_on IS 'the first, or the last day';
COMMENT ON COLUMN soc2.joiners_and_leavers.role_name IS 'the account, by the roster or by soc2.identities; NULL: none';
COMMENT ON COLUMN soc2.joiners_and_leavers.status IS
'done; the role is missing, cannot log in, no role is named; can still log in, and so on';
COMMENT ON COLUMN soc2.joiners_and_leavers.is_open IS
'is something left to do: to let somebody in who joined, or to keep somebody out who left?';
