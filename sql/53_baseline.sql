/* sql/53_baseline.sql */

--
-- Baseline: the state of this server that was approved, and how it differs.
--

CREATE TABLE soc2.baselines (
    baseline_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    kind text NOT NULL,
    state jsonb NOT NULL,
    reason text NOT NULL,
    approved_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    approved_by name NOT NULL DEFAULT CURRENT_USER,
    CONSTRAINT soc2_baselines_pkey PRIMARY KEY (baseline_id),
    CONSTRAINT soc2_baselines_kind_check CHECK (
        kind OPERATOR(pg_catalog.=) ANY ('{role,membership,extension,library,setting,grant}'::text[])),
    CONSTRAINT soc2_baselines_state_check CHECK (
        pg_catalog.jsonb_typeof(state) OPERATOR(pg_catalog.=) 'object'),
    CONSTRAINT soc2_baselines_reason_check CHECK (
        pg_catalog.btrim(reason) OPERATOR(pg_catalog.<>) '')
);
SELECT pg_catalog.pg_extension_config_dump('soc2.baselines', '');
COMMENT ON TABLE soc2.baselines IS
'states of this server that were approved, the newest of each kind counts; written by soc2.approve_baseline()';
COMMENT ON COLUMN soc2.baselines.baseline_id IS 'id of the approval';
COMMENT ON COLUMN soc2.baselines.kind IS 'role, membership, extension, library, setting or grant';
COMMENT ON COLUMN soc2.baselines.state IS 'what was approved: an object of name and value';
COMMENT ON COLUMN soc2.baselines.reason IS 'why it is approved';
COMMENT ON COLUMN soc2.baselines.approved_at IS 'when it was approved';
COMMENT ON COLUMN soc2.baselines.approved_by IS 'by which role';

CREATE VIEW soc2.baseline_state AS
    SELECT 'role'::text AS kind,
        pg_catalog.format('%I', r.rolname) AS name,
        pg_catalog.concat_ws(' ',
            CASE WHEN r.rolsuper THEN 'SUPERUSER' END,
            CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
            CASE WHEN r.rolcreatedb THEN 'CREATEDB' END,
            CASE WHEN r.rolreplication THEN 'REPLICATION' END,
            CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END,
            CASE WHEN r.rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END,
            CASE WHEN r.rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END) AS value
    FROM pg_catalog.pg_roles AS r
    WHERE r.oid OPERATOR(pg_catalog.=) 10 OR r.oid OPERATOR(pg_catalog.>=) 16384
    UNION ALL
    -- since 16 each grantor gives a membership of its own, with more options
    SELECT 'membership',
        pg_catalog.format('%I in %I', m.rolname, g.rolname),
        pg_catalog.concat_ws(' ',
            CASE WHEN pg_catalog.bool_or(a.admin_option) THEN 'ADMIN' END,
            CASE WHEN pg_catalog.bool_or(
                (pg_catalog.to_jsonb(a) OPERATOR(pg_catalog.->>) 'inherit_option')::boolean)
                THEN 'INHERIT' END,
            CASE WHEN pg_catalog.bool_or(
                (pg_catalog.to_jsonb(a) OPERATOR(pg_catalog.->>) 'set_option')::boolean)
                THEN 'SET' END)
    FROM pg_catalog.pg_auth_members AS a
    JOIN pg_catalog.pg_roles AS m ON m.oid OPERATOR(pg_catalog.=) a.member
    JOIN pg_catalog.pg_roles AS g ON g.oid OPERATOR(pg_catalog.=) a.roleid
    WHERE m.oid OPERATOR(pg_catalog.=) 10 OR m.oid OPERATOR(pg_catalog.>=) 16384
    GROUP BY m.rolname, g.rolname
    UNION ALL
    SELECT 'extension', e.extname::text, e.extversion
    FROM pg_catalog.pg_extension AS e
    UNION ALL
    SELECT 'library', l.library, l.setting
    FROM soc2.preloaded_libraries AS l
    UNION ALL
    -- not what clients choose for themselves, nor what a server cannot choose,
    -- nor what a library brings that only some sessions load; a command or
    -- connection may hold a password
    SELECT 'setting', s.name,
        CASE WHEN s.name OPERATOR(pg_catalog.~) '(_command|_conninfo)$'
            AND s.setting OPERATOR(pg_catalog.<>) ''
            THEN pg_catalog.concat('sha256:', pg_catalog.encode(pg_catalog.sha256(
                pg_catalog.convert_to(s.setting, 'UTF8')), 'hex'))
            ELSE s.setting END
    FROM soc2.server_settings AS s
    JOIN pg_catalog.pg_settings AS p ON p.name OPERATOR(pg_catalog.=) s.name
    WHERE p.context OPERATOR(pg_catalog.<>) 'internal'
        AND s.name OPERATOR(pg_catalog.<>) ALL (
            '{application_name,client_encoding,DateStyle,IntervalStyle,TimeZone,extra_float_digits,geqo,role,search_path,seed,session_authorization,transaction_deferrable,transaction_isolation,transaction_read_only}'::text[])
        AND (s.name OPERATOR(pg_catalog.!~) '\.' OR EXISTS (
            SELECT FROM soc2.preloaded_libraries AS l
            WHERE l.setting OPERATOR(pg_catalog.~) '^(shared|session)_preload_libraries$'
                AND l.library OPERATOR(pg_catalog.=) pg_catalog.split_part(s.name, '.', 1)))
    UNION ALL
    SELECT 'grant',
        pg_catalog.format('%s to %s', o.object,
            CASE WHEN x.grantee OPERATOR(pg_catalog.=) 0 THEN 'PUBLIC'
                ELSE x.grantee::regrole::text END),
        pg_catalog.string_agg(DISTINCT pg_catalog.concat(x.privilege_type,
            CASE WHEN x.is_grantable THEN '*' END), ', ')
    FROM (
        SELECT pg_catalog.format('relation %I.%I', n.nspname, c.relname) AS object,
            c.relacl AS acl, c.relowner AS owner, n.nspname AS schema
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
        WHERE c.relacl IS NOT NULL
        UNION ALL
        SELECT pg_catalog.format('column %I.%I.%I', n.nspname, c.relname, t.attname),
            t.attacl, c.relowner, n.nspname
        FROM pg_catalog.pg_attribute AS t
        JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.attrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
        WHERE t.attacl IS NOT NULL AND NOT t.attisdropped
        UNION ALL
        SELECT pg_catalog.concat('routine ', (pg_catalog.pg_identify_object(
                'pg_catalog.pg_proc'::regclass, p.oid, 0)).identity),
            p.proacl, p.proowner, n.nspname
        FROM pg_catalog.pg_proc AS p
        JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
        WHERE p.proacl IS NOT NULL
        UNION ALL
        SELECT pg_catalog.format('schema %I', n.nspname), n.nspacl, n.nspowner, n.nspname
        FROM pg_catalog.pg_namespace AS n
        WHERE n.nspacl IS NOT NULL
        UNION ALL
        SELECT pg_catalog.format('database %I', d.datname), d.datacl, d.datdba, ''::name
        FROM pg_catalog.pg_database AS d
        WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
            AND d.datacl IS NOT NULL) AS o
    CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) AS x
    WHERE x.grantee OPERATOR(pg_catalog.<>) o.owner
        AND o.schema OPERATOR(pg_catalog.<>) ALL ('{pg_catalog,information_schema}'::name[])
        AND o.schema OPERATOR(pg_catalog.!~) '^pg_(toast|temp)'
    GROUP BY o.object, x.grantee;
COMMENT ON VIEW soc2.baseline_state IS
'what is the state of this server that soc2.approve_baseline() takes? one row a role, membership, extension, library, setting and grant';
COMMENT ON COLUMN soc2.baseline_state.kind IS 'role, membership, extension, library, setting or grant';
COMMENT ON COLUMN soc2.baseline_state.name IS 'what it is, quoted where needed';
COMMENT ON COLUMN soc2.baseline_state.value IS
'how it is: attributes, options, version, settings or privileges, * for those with grant option; a hash where a setting may hold a password';

CREATE VIEW soc2.baseline_status AS
    WITH newest AS (
        SELECT DISTINCT ON (b.kind) b.kind, b.state, b.approved_at, b.approved_by
        FROM soc2.baselines AS b
        ORDER BY b.kind, b.approved_at DESC, b.baseline_id),
    approved AS (
        SELECT n.kind, e.key AS name, e.value
        FROM newest AS n
        CROSS JOIN LATERAL pg_catalog.jsonb_each_text(n.state) AS e),
    actual AS (
        SELECT s.kind, s.name, s.value
        FROM soc2.baseline_state AS s
        WHERE s.kind OPERATOR(pg_catalog.=) ANY (SELECT n.kind FROM newest AS n)),
    compared AS (
        SELECT COALESCE(a.kind, b.kind) AS kind, COALESCE(a.name, b.name) AS name,
            b.value AS approved, a.value AS actual,
            a.name IS NOT NULL AS is_there, b.name IS NOT NULL AS was_approved
        FROM actual AS a
        FULL JOIN approved AS b ON b.kind OPERATOR(pg_catalog.=) a.kind
            AND b.name OPERATOR(pg_catalog.=) a.name)
    SELECT c.kind, c.name, c.approved, c.actual,
        CASE WHEN NOT c.was_approved THEN 'extra'
            WHEN NOT c.is_there THEN 'missing'
            WHEN c.approved IS DISTINCT FROM c.actual THEN 'changed'
            ELSE 'same' END AS state,
        n.approved_at, n.approved_by
    FROM compared AS c
    JOIN newest AS n ON n.kind OPERATOR(pg_catalog.=) c.kind;
COMMENT ON VIEW soc2.baseline_status IS
'how does the state of this server compare with what was approved? one row for all that is there or was approved, of the kinds that have a baseline';
COMMENT ON COLUMN soc2.baseline_status.kind IS 'role, membership, extension, library, setting or grant';
COMMENT ON COLUMN soc2.baseline_status.name IS 'what it is, quoted where needed';
COMMENT ON COLUMN soc2.baseline_status.approved IS 'how it was approved; NULL if it was not';
COMMENT ON COLUMN soc2.baseline_status.actual IS 'how it is; NULL if it is not there';
COMMENT ON COLUMN soc2.baseline_status.state IS
'same, changed, extra (it was not approved) or missing (it is not there)';
COMMENT ON COLUMN soc2.baseline_status.approved_at IS 'when the baseline of its kind was approved';
COMMENT ON COLUMN soc2.baseline_status.approved_by IS 'by which role';

CREATE VIEW soc2.baseline_drift AS
    SELECT s.kind, s.name, s.state, s.approved, s.actual, s.approved_at, s.approved_by
    FROM soc2.baseline_status AS s
    WHERE s.state OPERATOR(pg_catalog.<>) 'same';
COMMENT ON VIEW soc2.baseline_drift IS
'what differs from the approved baseline? no row: nothing, or no baseline was approved';
COMMENT ON COLUMN soc2.baseline_drift.kind IS 'role, membership, extension, library, setting or grant';
COMMENT ON COLUMN soc2.baseline_drift.name IS 'what it is, quoted where needed';
COMMENT ON COLUMN soc2.baseline_drift.state IS 'changed, extra or missing';
COMMENT ON COLUMN soc2.baseline_drift.approved IS 'how it was approved';
COMMENT ON COLUMN soc2.baseline_drift.actual IS 'how it is';
COMMENT ON COLUMN soc2.baseline_drift.approved_at IS 'when the baseline of its kind was approved';
COMMENT ON COLUMN soc2.baseline_drift.approved_by IS 'by which role';

CREATE FUNCTION soc2.approve_baseline(
    kinds text[] DEFAULT '{role,membership,extension,library,setting,grant}',
    reason text DEFAULT 'taken as it was')
    RETURNS bigint
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    WITH approved AS (
        INSERT INTO soc2.baselines (kind, state, reason)
        SELECT k.kind,
            (SELECT COALESCE(pg_catalog.jsonb_object_agg(s.name, s.value), '{}')
             FROM soc2.baseline_state AS s
             WHERE s.kind OPERATOR(pg_catalog.=) k.kind),
            approve_baseline.reason
        FROM (SELECT DISTINCT u.kind FROM pg_catalog.unnest(kinds) AS u (kind)) AS k
        RETURNING state)
    SELECT COALESCE(pg_catalog.sum(
        (SELECT pg_catalog.count(*) FROM pg_catalog.jsonb_object_keys(a.state))), 0)::bigint
    FROM approved AS a;
END;
COMMENT ON FUNCTION soc2.approve_baseline(text[], text) IS
'approves the current state of this server as the baseline of these kinds; returns how many entries it has; 23514 for an unknown kind';
