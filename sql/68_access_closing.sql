/* sql/68_access_closing.sql */

--
-- What follows from decisions of access reviews: the statements that carry them
-- out, and whether somebody did.
--

CREATE FUNCTION soc2.access_review_state(review_id uuid)
    RETURNS TABLE (
        entry_no integer, kind text, role_name name, object_type text, object text, column_name name, privilege text,
        grantor name, decision text, expires_at timestamptz, change_to text,
        is_there boolean, grantable boolean, options text, by_owner boolean, role_oid oid, object_oid oid)
    LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 200000
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    AS $function$
    SELECT s.entry_no, COALESCE(s.kind, n.kind), COALESCE(s.role_name, n.role_name), COALESCE(s.object_type, n.object_type),
        COALESCE(s.object, n.object), COALESCE(s.column_name, n.column_name), COALESCE(s.privilege, n.privilege),
        COALESCE(s.grantor, n.grantor), s.decision, s.expires_at, s.change_to,
        n.kind IS NOT NULL, COALESCE(n.grantable, s.grantable), COALESCE(n.options, s.options),
        COALESCE(n.by_owner, s.by_owner), COALESCE(n.role_oid, s.role_oid), COALESCE(n.object_oid, s.object_oid)
    FROM (SELECT v.* FROM soc2.access_review_status AS v WHERE v.review_id = access_review_state.review_id) AS s
    FULL JOIN (
        SELECT a.*
        FROM soc2.access_reviews AS v
        CROSS JOIN LATERAL soc2.access_now(v.shipped) AS a
        WHERE v.review_id = access_review_state.review_id) AS n
        ON n.kind = s.kind AND n.role_name = s.role_name AND n.object_type = s.object_type AND n.object = s.object
        AND n.column_name = s.column_name AND n.privilege = s.privilege AND n.grantor = s.grantor;
$function$;
COMMENT ON FUNCTION soc2.access_review_state(uuid) IS
'the entries of a review with their last decisions, and what is there of them now; entry_no is NULL for what was not there then';

CREATE FUNCTION soc2.access_is_unchanged(change_to text, grantable boolean, options text)
    RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE change_to
        WHEN 'no grant option' THEN grantable
        WHEN 'no admin option' THEN grantable
        WHEN 'no inherit option' THEN options OPERATOR(pg_catalog.~) 'INHERIT'
        WHEN 'no set option' THEN options OPERATOR(pg_catalog.~) 'SET'
        -- an owner that changed is another entry
        ELSE true END;
END;
COMMENT ON FUNCTION soc2.access_is_unchanged(text, boolean, text) IS
'is an entry of a review, as it is there now, still what it was to change from?';

CREATE FUNCTION soc2.access_review_problems(review_id uuid)
    RETURNS TABLE (
        problem text, entry_no integer, role_name name, kind text, object_type text, object text, column_name name,
        privilege text, grantor name, decision text, detail text)
    LANGUAGE sql STABLE STRICT PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH state AS MATERIALIZED (SELECT s.* FROM soc2.access_review_state(access_review_problems.review_id) AS s),
    review AS (SELECT v.* FROM soc2.access_reviews AS v WHERE v.review_id = access_review_problems.review_id),
    -- what is to be decided, gone or another, and is not there under its name
    gone AS MATERIALIZED (
        SELECT s.* FROM state AS s
        WHERE s.entry_no IS NOT NULL AND NOT s.is_there
            AND (s.decision IS NULL OR s.decision IN ('revoke', 'change')
                OR s.decision = 'expires' AND s.expires_at <= now())),
    -- what was not there then
    fresh AS MATERIALIZED (SELECT s.* FROM state AS s WHERE s.entry_no IS NULL),
    again AS (
        SELECT g.entry_no, f.role_name, f.object, f.grantor, f.grantable, f.options
        FROM gone AS g
        JOIN fresh AS f ON f.kind = g.kind AND f.role_name = g.role_name AND f.object_type = g.object_type
            AND f.object = g.object AND f.column_name = g.column_name AND f.privilege = g.privilege
        UNION
        -- an object that was to belong to somebody and belongs to somebody else
        SELECT g.entry_no, f.role_name, f.object, f.grantor, f.grantable, f.options
        FROM gone AS g
        JOIN fresh AS f ON f.kind = g.kind AND f.object_type = g.object_type AND f.object = g.object
        WHERE g.kind = 'ownership' AND f.role_name <> substr(g.change_to, 7)
        UNION
        SELECT g.entry_no, f.role_name, f.object, f.grantor, f.grantable, f.options
        FROM gone AS g
        JOIN fresh AS f ON f.kind = g.kind AND f.object_type = g.object_type AND f.object_oid = g.object_oid
        WHERE g.kind = 'ownership' AND f.role_name <> substr(g.change_to, 7)
            AND (SELECT v.taken_in FROM review AS v) = soc2.cluster_database()
        UNION
        -- by another name; numbers mean the same in this database alone
        SELECT g.entry_no, f.role_name, f.object, f.grantor, f.grantable, f.options
        FROM gone AS g
        JOIN fresh AS f ON f.kind = g.kind AND f.role_oid = g.role_oid AND f.object_oid = g.object_oid
            AND f.object_type = g.object_type
        WHERE g.kind <> 'hba' AND (f.privilege = g.privilege OR g.kind = 'membership')
            AND (f.column_name = '') = (g.column_name = '')
            AND (SELECT v.taken_in FROM review AS v) = soc2.cluster_database()),
    found AS (
        SELECT CASE
                WHEN s.decision IS NULL THEN 'undecided'
                WHEN s.decision = 'revoke' THEN 'not_revoked'
                WHEN s.decision = 'expires' AND s.expires_at <= now() THEN 'expired'
                WHEN s.decision = 'change' AND soc2.access_is_unchanged(s.change_to, s.grantable, s.options) THEN 'not_changed'
                END AS problem,
            s.*,
            CASE
                WHEN s.decision IS NULL THEN 'nobody decided'
                WHEN s.decision = 'revoke' THEN 'it is still there'
                WHEN s.decision = 'expires' THEN concat('it ended on ',
                    to_char(s.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), ' and is still there')
                ELSE concat('it was to become: ', s.change_to) END AS detail
        FROM state AS s
        WHERE s.entry_no IS NOT NULL AND s.is_there
        UNION ALL
        SELECT CASE
                WHEN g.decision IS NULL THEN 'undecided'
                WHEN g.decision <> 'change' THEN 'granted_again'
                WHEN soc2.access_is_unchanged(g.change_to, a.grantable, a.options) THEN 'not_changed'
                END, g.*,
            concat(CASE WHEN g.decision IS NULL THEN 'nobody decided; '
                    WHEN g.decision = 'change' THEN concat('it was to become: ', g.change_to, '; ') END,
                'it is there again: ', quote_ident(a.role_name), CASE WHEN a.object <> '' THEN concat(', ', a.object) END,
                CASE WHEN a.grantor <> '' THEN concat(', granted by ', quote_ident(a.grantor)) END)
        FROM gone AS g
        JOIN again AS a ON a.entry_no = g.entry_no)
    SELECT f.problem, f.entry_no, f.role_name, f.kind, f.object_type, f.object, f.column_name, f.privilege, f.grantor,
        f.decision, f.detail
    FROM found AS f
    WHERE f.problem IS NOT NULL
    UNION ALL
    SELECT 'tampered', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        'its entries are not those that were frozen'
    FROM review AS v
    WHERE v.entries_sha256::text IS DISTINCT FROM soc2.access_entries_sha256(v.review_id)::text;
$function$;
COMMENT ON FUNCTION soc2.access_review_problems(uuid) IS
'what is not decided in a review, and what of its decisions is not carried out, looking at the catalogs now, under other names too: undecided, not_revoked, not_changed, expired, granted_again (by somebody else, or under another name), tampered; what is gone needs no decision';

CREATE FUNCTION soc2.close_campaign(campaign uuid)
    RETURNS TABLE (
        problem text, entry_no integer, role_name name, kind text, object_type text, object text, column_name name,
        privilege text, grantor name, decision text, detail text)
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT soc2.require_open_review(campaign, false);
    INSERT INTO soc2.access_review_results (review_id, attempt, result_no, problem, entry_no, detail)
    SELECT campaign, v.attempts + 1, row_number() OVER (ORDER BY p.entry_no NULLS FIRST, p.problem, p.detail COLLATE "C"),
        p.problem, p.entry_no, p.detail
    FROM soc2.access_reviews AS v
    CROSS JOIN LATERAL soc2.access_review_problems(v.review_id) AS p
    WHERE v.review_id = campaign;
    UPDATE soc2.access_reviews AS v
    SET attempts = v.attempts + 1,
        state = CASE WHEN EXISTS (
            SELECT FROM soc2.access_review_results AS r WHERE r.review_id = campaign AND r.attempt = v.attempts + 1)
            THEN 'incomplete' ELSE 'closed' END
    WHERE v.review_id = campaign;
    SELECT soc2.record_act('access_review', v.title,
        jsonb_build_object('action', CASE v.state WHEN 'closed' THEN 'close' ELSE 'try to close' END,
            'review_id', v.review_id, 'attempt', v.attempts, 'entries', v.entries, 'entries_sha256', v.entries_sha256::text,
            'decisions', (
                SELECT jsonb_object_agg(d.decision, d.entries)
                FROM (SELECT COALESCE(s.decision, 'none') AS decision, count(*) AS entries
                      FROM soc2.access_review_status AS s WHERE s.review_id = campaign GROUP BY 1) AS d),
            'problems', (
                SELECT COALESCE(jsonb_object_agg(p.problem, p.entries), '{}')
                FROM (SELECT r.problem, count(*) AS entries FROM soc2.access_review_results AS r
                      WHERE r.review_id = campaign AND r.attempt = v.attempts GROUP BY r.problem) AS p),
            'first_problems', (
                SELECT COALESCE(jsonb_agg(jsonb_build_object('entry_no', r.entry_no, 'problem', r.problem, 'detail', r.detail,
                    'role_name', e.role_name, 'privilege', e.privilege, 'object', e.object) ORDER BY r.result_no), '[]')
                FROM soc2.access_review_results AS r
                LEFT JOIN soc2.access_review_entries AS e ON e.review_id = r.review_id AND e.entry_no = r.entry_no
                WHERE r.review_id = campaign AND r.attempt = v.attempts AND r.result_no <= 100),
            'notes', v.notes, 'login', soc2.login_role()),
        '{tsc:CC6.2,tsc:CC6.3,outline:CC6.1.6}')
    FROM soc2.access_reviews AS v
    WHERE v.review_id = campaign;
    SELECT r.problem, r.entry_no, s.role_name, s.kind, s.object_type, s.object, s.column_name, s.privilege, s.grantor,
        s.decision, r.detail
    FROM soc2.access_reviews AS v
    JOIN soc2.access_review_results AS r ON r.review_id = v.review_id AND r.attempt = v.attempts
    LEFT JOIN soc2.access_review_status AS s ON s.review_id = r.review_id AND s.entry_no = r.entry_no
    WHERE v.review_id = campaign
    ORDER BY r.result_no;
$function$;
COMMENT ON FUNCTION soc2.close_campaign(uuid) IS
'closes a review of access if all of it is decided and carried out, and else makes it incomplete and returns what is not; looks at the catalogs; becomes evidence either way; 42704 for an unknown review, 55000 for one that is over';

CREATE FUNCTION soc2.cancel_access_review(campaign uuid, reason text)
    RETURNS void
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT soc2.require_open_review(campaign, false);
    UPDATE soc2.access_reviews AS v SET state = 'cancelled', closing_note = COALESCE(reason, '') WHERE v.review_id = campaign;
    SELECT soc2.record_act('access_review', v.title,
        jsonb_build_object('action', 'cancel', 'review_id', v.review_id, 'reason', reason, 'login', soc2.login_role()),
        '{tsc:CC6.2,tsc:CC6.3,outline:CC6.1.6}')
    FROM soc2.access_reviews AS v
    WHERE v.review_id = campaign;
$function$;
COMMENT ON FUNCTION soc2.cancel_access_review(uuid, text) IS
'ends a review of access that will not be closed; becomes evidence; 23514 without a reason';

--
-- The statements
--

CREATE FUNCTION soc2.sql_comment(content text)
    RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.concat('-- ', pg_catalog.regexp_replace(content, '[\n\r]', ' ', 'g'));
END;
COMMENT ON FUNCTION soc2.sql_comment(text) IS 'a text as a comment of SQL, on one line';

CREATE FUNCTION soc2.access_statement(
        kind text, role_name text, object_type text, object text, column_name text, privilege text, grantor text,
        by_owner boolean, change_to text, valid_until timestamptz)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT CASE kind
        WHEN 'attribute' THEN
            CASE WHEN privilege = 'NOLOGIN' THEN
                    soc2.sql_comment(format('DROP ROLE %1$s; what it owns goes to somebody else before: REASSIGN OWNED BY %1$s TO ...; DROP OWNED BY %1$s;', r.role))
                WHEN valid_until IS NOT NULL AND privilege = 'LOGIN' THEN
                    format('ALTER ROLE %s VALID UNTIL %L;', r.role,
                        to_char(valid_until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US+00'))
                ELSE format('ALTER ROLE %s NO%s;', r.role, privilege) END
        WHEN 'membership' THEN
            format('REVOKE %s%s FROM %s%s;', o.option, object, r.role,
                CASE WHEN current_setting('server_version_num')::integer >= 160000
                    THEN concat(' GRANTED BY ', quote_ident(grantor)) END)
        WHEN 'ownership' THEN
            CASE WHEN object_type = 'extension' THEN
                    soc2.sql_comment(format('%s owns extension %s: its owner can only be changed by creating it anew.', r.role, object))
                WHEN starts_with(change_to, 'owner ') THEN
                    format('ALTER %s %s OWNER TO %s;', k.altered, object, quote_ident(substr(change_to, 7)))
                ELSE soc2.sql_comment(format('%s owns %s %s: ALTER %s %s OWNER TO ...; or all that it owns in this database: REASSIGN OWNED BY %s TO ...;',
                    r.role, object_type, object, k.altered, object, r.role)) END
        WHEN 'privilege' THEN
            concat(CASE WHEN NOT by_owner THEN format('SET ROLE %s; ', quote_ident(grantor)) END,
                format('REVOKE %s%s%s ON %s %s FROM %s;', o.option, privilege,
                    CASE WHEN column_name <> '' THEN format(' (%I)', column_name) END, k.granted, object, r.role),
                CASE WHEN NOT by_owner THEN ' RESET ROLE;' END)
        WHEN 'default_privilege' THEN
            format('ALTER DEFAULT PRIVILEGES %s REVOKE %s%s ON %s FROM %s;', object, o.option, privilege, upper(object_type), r.role)
        WHEN 'user_mapping' THEN format('DROP USER MAPPING FOR %s SERVER %s;', r.role, object)
        WHEN 'row_security' THEN format('ALTER TABLE %s FORCE ROW LEVEL SECURITY;', object)
        WHEN 'hba' THEN soc2.sql_comment(format('pg_hba.conf lets %s connect (%s): %s', r.role, privilege, object))
        END
    FROM (SELECT CASE role_name WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(role_name) END AS role) AS r
    CROSS JOIN (SELECT CASE change_to WHEN 'no grant option' THEN 'GRANT OPTION FOR ' WHEN 'no admin option' THEN 'ADMIN OPTION FOR '
            WHEN 'no inherit option' THEN 'INHERIT OPTION FOR ' WHEN 'no set option' THEN 'SET OPTION FOR ' ELSE '' END AS option) AS o
    CROSS JOIN (SELECT
            CASE WHEN object_type IN ('view', 'materialized view', 'foreign table', 'column') THEN 'TABLE'
                WHEN object_type IN ('aggregate', 'procedure', 'function') THEN 'ROUTINE'
                WHEN object_type = 'domain' THEN 'TYPE'
                ELSE upper(replace(object_type, '-', ' ')) END AS granted,
            CASE WHEN object_type IN ('aggregate', 'procedure', 'function') THEN 'ROUTINE'
                WHEN object_type = 'foreign server' THEN 'SERVER'
                ELSE upper(replace(object_type, '-', ' ')) END AS altered) AS k;
$function$;
COMMENT ON FUNCTION soc2.access_statement(text, text, text, text, text, text, text, boolean, text, timestamptz) IS
'the statement that takes away what an entry of a review is, or changes it, for a superuser to run; a comment where no statement can decide it';

CREATE FUNCTION soc2.revoke_script(campaign uuid)
    RETURNS SETOF text
    LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    -- the planner knows nothing about decisions: of many, each with each takes long
    SET jit = off SET enable_nestloop = off
    AS $function$
    WITH RECURSIVE known AS MATERIALIZED (
        SELECT v.*, soc2.require_registered('access review', COALESCE(campaign::text, ''), v.review_id IS NOT NULL) AS is_known
        FROM (SELECT campaign AS id) AS i
        LEFT JOIN soc2.access_reviews AS v ON v.review_id = i.id),
    state AS MATERIALIZED (
        SELECT s.*
        FROM known AS v CROSS JOIN LATERAL soc2.access_review_state(v.review_id) AS s
        WHERE v.is_known AND s.is_there),
    due AS MATERIALIZED (
        SELECT s.*,
            s.decision = 'revoke' OR s.decision = 'expires' AND s.expires_at <= now() AS is_revoked
        FROM state AS s
        WHERE s.decision = 'revoke'
            OR s.decision = 'expires' AND s.expires_at <= now()
            -- the server itself knows when a password ends
            OR s.decision = 'expires' AND s.privilege = 'LOGIN'
                AND s.options !~ concat('VALID UNTIL ', to_char(s.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'))
            OR s.decision = 'change' AND soc2.access_is_unchanged(s.change_to, s.grantable, s.options)),
    -- who granted on loses the right to it after those who were granted
    depth (entry_no, depth) AS (
        SELECT d.entry_no, 0 FROM due AS d WHERE d.kind IN ('privilege', 'membership')
        UNION
        SELECT c.entry_no, p.depth + 1
        FROM depth AS p
        JOIN due AS g ON g.entry_no = p.entry_no
        JOIN due AS c ON c.kind = g.kind AND c.grantor = g.role_name AND c.object_type IN (g.object_type, 'column')
            AND c.object = g.object AND (c.column_name = g.column_name OR g.column_name = '') AND c.privilege = g.privilege
        WHERE g.grantable AND NOT c.by_owner AND p.depth < 1000),
    -- who keeps what the holder of another entry granted, whom nobody else gave the right to
    dependents AS (
        SELECT d.entry_no, string_agg(DISTINCT quote_ident(c.role_name), ', ') AS roles
        FROM due AS d
        JOIN state AS c ON c.kind = d.kind AND c.grantor = d.role_name AND c.object = d.object AND c.privilege = d.privilege
            AND c.object_type IN (d.object_type, 'column') AND (c.column_name = d.column_name OR d.column_name = '')
        WHERE d.grantable AND NOT c.by_owner
            AND (d.kind = 'privilege' OR d.kind = 'membership' AND current_setting('server_version_num')::integer >= 160000)
            AND COALESCE(d.change_to, '') NOT IN ('no inherit option', 'no set option')
            AND NOT EXISTS (SELECT FROM due AS r WHERE r.entry_no = c.entry_no AND r.is_revoked)
            AND NOT EXISTS (
                SELECT FROM state AS o
                LEFT JOIN due AS r ON r.entry_no = o.entry_no
                WHERE o.kind = d.kind AND o.object = d.object AND o.object_type = d.object_type
                    AND o.column_name = d.column_name AND o.privilege = d.privilege AND o.role_name = d.role_name
                    AND o.grantable AND o.grantor <> d.grantor AND r.entry_no IS NULL)
        GROUP BY d.entry_no),
    -- who granted it without being the owner, and would act as the owner now
    owning AS (
        SELECT d.entry_no
        FROM due AS d
        JOIN state AS o ON o.kind = 'ownership' AND o.object_oid = d.object_oid AND o.object = d.object
        JOIN pg_roles AS g ON g.rolname = d.grantor
        WHERE d.kind = 'privilege' AND NOT d.by_owner AND pg_has_role(g.oid, o.role_oid, 'USAGE')),
    statement AS MATERIALIZED (
        SELECT d.*, COALESCE(p.depth, 0) AS depth, k.roles AS dependents, w.entry_no IS NOT NULL AS grantor_owns,
            soc2.access_statement(d.kind, d.role_name, d.object_type, d.object, d.column_name, d.privilege, d.grantor,
                d.by_owner, d.change_to, CASE WHEN NOT d.is_revoked THEN d.expires_at END) AS sql
        FROM due AS d
        LEFT JOIN (SELECT e.entry_no, max(e.depth) AS depth FROM depth AS e GROUP BY e.entry_no) AS p ON p.entry_no = d.entry_no
        LEFT JOIN dependents AS k ON k.entry_no = d.entry_no
        LEFT JOIN owning AS w ON w.entry_no = d.entry_no)
    SELECT l.line
    FROM (
        SELECT 0 AS part, 0 AS depth, 0 AS entry_no,
            soc2.sql_comment(format('Access review %s, %s: what is still to be done, for a superuser', v.title, v.review_id)) AS line
        FROM known AS v WHERE v.is_known
        UNION ALL
        SELECT 1, s.depth, s.entry_no, CASE
            WHEN s.role_name ~ '^[0-9]+$' AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = s.role_name) THEN
                soc2.sql_comment(format('The role with the number %s is gone: %s on %s %s cannot be revoked by name.',
                    s.role_name, s.privilege, s.object_type, s.object))
            WHEN s.role_oid = 10 AND s.privilege = 'SUPERUSER' THEN
                soc2.sql_comment(format('%I is the first superuser, which the cluster cannot be without.', s.role_name))
            WHEN s.dependents IS NOT NULL THEN
                soc2.sql_comment(format('%s Granted on to %s: decide that first, or add CASCADE.', s.sql, s.dependents))
            WHEN s.grantor_owns THEN
                soc2.sql_comment(format('%s %I acts as the owner by now: revoke the grant option of %I with CASCADE, and grant again what is to stay.',
                    s.sql, s.grantor, s.grantor))
            ELSE s.sql END
        FROM statement AS s
        UNION ALL
        -- to revoke a privilege on a table takes it from its columns, too
        SELECT 2, 0, c.entry_no,
            concat(CASE WHEN NOT c.by_owner THEN format('SET ROLE %I; ', c.grantor) END,
                format('GRANT %s (%I) ON TABLE %s TO %s%s;', c.privilege, c.column_name, c.object,
                    CASE c.role_name WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(c.role_name) END,
                    CASE WHEN c.grantable THEN ' WITH GRANT OPTION' END),
                CASE WHEN NOT c.by_owner THEN ' RESET ROLE;' END)
        FROM state AS c
        WHERE c.kind = 'privilege' AND c.column_name <> ''
            AND NOT EXISTS (SELECT FROM due AS r WHERE r.entry_no = c.entry_no)
            AND EXISTS (
                SELECT FROM statement AS t
                WHERE t.is_revoked AND t.kind = 'privilege' AND t.column_name = '' AND t.object = c.object
                    AND t.privilege = c.privilege AND t.role_name = c.role_name AND t.grantor = c.grantor
                    AND t.dependents IS NULL)) AS l
    ORDER BY l.part, l.depth DESC, l.entry_no;
$function$;
COMMENT ON FUNCTION soc2.revoke_script(uuid) IS
'the statements that carry out what was decided in a review and is not done yet, one a row, for a superuser; comments where a person has to decide more: owners, rules of pg_hba.conf, what was granted on; nothing is dropped with CASCADE; 42704 for an unknown review';

--
-- What reviewers read, and how reviews differ
--

CREATE FUNCTION soc2.access_review_sheet(review_id uuid)
    RETURNS TABLE (
        entry_no integer, role_name name, person text, kind text, object_type text, object text, column_name name,
        privilege text, grantor name, grantable boolean, options text, last_seen timestamptz, reviewers text,
        decision text, reason text, change_to text, expires_at timestamptz, decided_by name, decided_at timestamptz)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT s.entry_no, s.role_name, i.owner, s.kind, s.object_type, NULLIF(s.object, ''), NULLIF(s.column_name, ''),
        s.privilege, NULLIF(s.grantor, ''), s.grantable, NULLIF(s.options, ''), l.last_seen, a.reviewers, s.decision, s.reason, s.change_to, s.expires_at, s.decided_by,
        s.decided_at
    FROM soc2.access_review_status AS s
    LEFT JOIN soc2.identities AS i ON i.role_name = s.role_name
    LEFT JOIN (
        SELECT k.role_name, max(k.last_seen) AS last_seen FROM soc2.logins AS k GROUP BY k.role_name) AS l
        ON l.role_name = s.role_name
    LEFT JOIN (
        SELECT r.entry_no, string_agg(r.reviewer::text, ', ' ORDER BY r.reviewer) AS reviewers
        FROM soc2.access_reviewers AS r
        WHERE r.review_id = access_review_sheet.review_id
        GROUP BY r.entry_no) AS a ON a.entry_no = s.entry_no
    WHERE s.review_id = access_review_sheet.review_id;
$function$;
COMMENT ON FUNCTION soc2.access_review_sheet(uuid) IS
'the entries of a review for those who decide, with the person behind the role, when it was seen last, and the decision so far';

CREATE FUNCTION soc2.access_review_csv(campaign uuid)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_access_review_csv'
    LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.access_review_csv(uuid) IS
'soc2.access_review_sheet() as CSV (RFC 4180), written as soc2.report_csv() does: a cell that a spreadsheet would compute has an apostrophe before it';

CREATE FUNCTION soc2.campaign_differences(a uuid, b uuid)
    RETURNS TABLE (
        change text, kind text, role_name name, object_type text, object text, column_name name, privilege text,
        grantor name, before text, after text)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    AS $function$
    SELECT d.change, d.kind, d.role_name, d.object_type, d.object, d.column_name, d.privilege, d.grantor, d.before, d.after
    FROM (
        SELECT CASE WHEN x.entry_no IS NULL THEN 'added' WHEN y.entry_no IS NULL THEN 'removed' ELSE 'changed' END AS change,
            COALESCE(x.kind, y.kind) AS kind, COALESCE(x.role_name, y.role_name) AS role_name,
            COALESCE(x.object_type, y.object_type) AS object_type, COALESCE(x.object, y.object) AS object,
            COALESCE(x.column_name, y.column_name) AS column_name, COALESCE(x.privilege, y.privilege) AS privilege,
            COALESCE(x.grantor, y.grantor) AS grantor,
            CASE WHEN x.entry_no IS NOT NULL THEN concat_ws(', ', CASE WHEN x.grantable THEN 'GRANTABLE' END, NULLIF(x.options, '')) END AS before,
            CASE WHEN y.entry_no IS NOT NULL THEN concat_ws(', ', CASE WHEN y.grantable THEN 'GRANTABLE' END, NULLIF(y.options, '')) END AS after
        FROM (SELECT e.* FROM soc2.access_review_entries AS e WHERE e.review_id = campaign_differences.a) AS x
        FULL JOIN (SELECT e.* FROM soc2.access_review_entries AS e WHERE e.review_id = campaign_differences.b) AS y
            ON y.kind = x.kind AND y.role_name = x.role_name AND y.object_type = x.object_type AND y.object = x.object
            AND y.column_name = x.column_name AND y.privilege = x.privilege AND y.grantor = x.grantor
        WHERE x.entry_no IS NULL OR y.entry_no IS NULL
            OR (x.grantable, x.options) IS DISTINCT FROM (y.grantable, y.options)) AS d
    ORDER BY d.role_name, d.kind, d.object_type, d.object COLLATE "C", d.column_name, d.privilege, d.grantor;
$function$;
COMMENT ON FUNCTION soc2.campaign_differences(uuid, uuid) IS
'how the entries of two reviews differ: added, removed or changed, with grant option and options before and after';
