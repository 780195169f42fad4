/* sql/66_access.sql */

--
-- Access: what each role may do now, from the catalogs alone.
--
-- Names are made from rows of the catalogs, not by functions that look names
-- up: all of it is one snapshot, whatever else happens meanwhile.  Functions
-- that pin their search_path write plain operators: they are those of
-- pg_catalog.
--

CREATE FUNCTION soc2.hba_readable()
    RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT has_table_privilege('pg_hba_file_rules', 'SELECT') AND has_function_privilege('pg_hba_file_rules()', 'EXECUTE');
$function$;
COMMENT ON FUNCTION soc2.hba_readable() IS
'may the owner of the extension read the rules of pg_hba.conf?';

CREATE FUNCTION soc2.hba_reach(readable boolean DEFAULT true)
    RETURNS TABLE (role_oid oid, role_name name, privilege text, rule text, options text)
    LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED SECURITY DEFINER ROWS 10000
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH RECURSIVE rule AS MATERIALIZED (
        SELECT h.ordinal, h.type, h.address, h.network, h.auth_method, h.summary, h.remote, t.name AS token,
            d.replication
        FROM soc2.hba_rules AS h
        CROSS JOIN LATERAL unnest(h.user_name) AS t (name)
        -- what a rule says about this database, and about connections for replication
        CROSS JOIN LATERAL (
            SELECT false AS replication
            WHERE EXISTS (
                SELECT FROM unnest(h.database) AS b (name)
                WHERE b.name IN ('all', 'sameuser', 'samerole', 'samegroup', current_database())
                    OR starts_with(b.name, '/') AND current_database() ~ substr(b.name, 2))
            UNION ALL
            SELECT true WHERE 'replication' = ANY (h.database)) AS d
        WHERE h.error IS NULL),
    -- members of the groups that rules name, and of the role with the name of the database
    held (top, member) AS (
        SELECT g.oid, g.oid FROM pg_roles AS g
        WHERE g.rolname = current_database()
            OR EXISTS (SELECT FROM rule AS r WHERE r.token = concat('+', g.rolname))
        UNION
        SELECT h.top, m.member FROM held AS h JOIN pg_auth_members AS m ON m.roleid = h.member),
    reached AS MATERIALIZED (
        SELECT DISTINCT r.ordinal, r.type, r.address, r.network, r.auth_method, r.summary, r.remote, r.replication,
            l.oid AS role_oid, l.rolname
        FROM rule AS r
        JOIN pg_roles AS l ON r.token = 'all' OR r.token = l.rolname
            OR starts_with(r.token, '/') AND l.rolname ~ substr(r.token, 2)
            OR starts_with(r.token, '+') AND EXISTS (
                SELECT FROM held AS h JOIN pg_roles AS g ON g.oid = h.top
                WHERE h.member = l.oid AND g.rolname = substr(r.token, 2))
        JOIN soc2.hba_rules AS f ON f.ordinal = r.ordinal
        WHERE l.rolcanlogin AND (l.rolreplication OR NOT r.replication)
            AND (r.replication OR EXISTS (
                SELECT FROM unnest(f.database) AS b (name)
                WHERE b.name IN ('all', current_database())
                    OR b.name = 'sameuser' AND l.rolname = current_database()
                    OR b.name IN ('samerole', 'samegroup') AND EXISTS (
                        SELECT FROM held AS h JOIN pg_roles AS g ON g.oid = h.top
                        WHERE h.member = l.oid AND g.rolname = current_database())
                    OR starts_with(b.name, '/') AND current_database() ~ substr(b.name, 2))))
    SELECT r.role_oid, r.rolname, CASE WHEN r.replication THEN 'REPLICATION' ELSE 'CONNECT' END, r.summary,
        CASE WHEN r.remote THEN 'remote' ELSE 'local' END
    FROM reached AS r
    WHERE r.auth_method <> 'reject'
        -- the first rule that matches a connection counts
        AND NOT EXISTS (
            SELECT FROM reached AS e
            WHERE e.role_oid = r.role_oid AND e.replication = r.replication AND e.ordinal < r.ordinal
                AND (e.type = r.type OR e.type = 'host' AND starts_with(r.type, 'host'))
                AND (e.type = 'local' OR e.address = 'all' OR e.address = r.address AND e.network IS NOT DISTINCT FROM r.network
                    OR e.network >>= r.network));
$function$;
COMMENT ON FUNCTION soc2.hba_reach(boolean) IS
'which rules of pg_hba.conf let which roles connect to this database, or for replication? rules that an earlier one always precedes let nobody in; NULL: nothing is read';

CREATE FUNCTION soc2.access_objects()
    RETURNS TABLE (
        class_oid oid, object_oid oid, column_number integer, object_type text, object text, column_name name,
        owner oid, acl aclitem[], is_default boolean, shipped boolean, shipped_acl aclitem[], is_owned boolean)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 20000
    SET search_path = pg_catalog, pg_temp
    SET jit = off SET enable_nestloop = on
    AS $function$
    WITH extension_member AS MATERIALIZED (
        SELECT d.classid, d.objid FROM pg_depend AS d WHERE d.deptype = 'e'),
    -- schemas that objects are looked for in: not those of sessions, nor of values
    -- stored out of line
    space AS MATERIALIZED (
        SELECT n.oid, quote_ident(n.nspname) AS name FROM pg_namespace AS n WHERE n.nspname !~ '^pg_(toast|temp)'),
    object AS (
        SELECT 'pg_class'::regclass::oid AS class_oid, c.oid AS object_oid, 0 AS column_number,
            CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                WHEN 'f' THEN 'foreign table' ELSE 'table' END AS object_type,
            concat(n.name, '.', quote_ident(c.relname)) AS object, ''::name AS column_name, c.relowner AS owner,
            c.relacl AS acl, CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char" AS acl_type,
            -- sequences of columns belong to whom the table belongs to
            c.relkind <> 'S' OR NOT EXISTS (
                SELECT FROM pg_depend AS d
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
                    AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0) AS is_owned
        FROM pg_class AS c JOIN space AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        UNION ALL
        SELECT 'pg_class'::regclass, c.oid, a.attnum, 'column', concat(n.name, '.', quote_ident(c.relname)), a.attname,
            c.relowner, a.attacl, 'c', false
        FROM pg_attribute AS a
        JOIN pg_class AS c ON c.oid = a.attrelid
        JOIN space AS n ON n.oid = c.relnamespace
        WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
        UNION ALL
        SELECT 'pg_proc'::regclass, p.oid, 0,
            CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
            concat(n.name, '.', quote_ident(p.proname), '(', (
                SELECT string_agg(CASE WHEN t.oid < 16384 THEN format_type(t.oid, NULL)
                    ELSE concat(quote_ident(s.nspname), '.', quote_ident(COALESCE(e.typname, t.typname)),
                        CASE WHEN e.oid IS NOT NULL THEN '[]' END) END, ',' ORDER BY a.place)
                FROM unnest(p.proargtypes) WITH ORDINALITY AS a (type, place)
                JOIN pg_type AS t ON t.oid = a.type
                JOIN pg_namespace AS s ON s.oid = t.typnamespace
                LEFT JOIN pg_type AS e ON e.typarray = t.oid AND t.typelem = e.oid), ')'),
            '', p.proowner, p.proacl, 'f', true
        FROM pg_proc AS p JOIN space AS n ON n.oid = p.pronamespace
        UNION ALL
        SELECT 'pg_namespace'::regclass, n.oid, 0, 'schema', n.name, '', s.nspowner, s.nspacl, 'n', true
        FROM pg_namespace AS s JOIN space AS n ON n.oid = s.oid
        UNION ALL
        SELECT 'pg_type'::regclass, t.oid, 0, CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END,
            concat(n.name, '.', quote_ident(t.typname)), '', t.typowner, t.typacl, 'T', true
        FROM pg_type AS t JOIN space AS n ON n.oid = t.typnamespace
        -- neither of tables, nor made along with another type
        WHERE t.typtype IN ('b', 'd', 'e', 'r', 'c')
            AND NOT EXISTS (SELECT FROM pg_type AS e WHERE e.typarray = t.oid)
            AND (t.typrelid = 0 OR EXISTS (SELECT FROM pg_class AS c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
        UNION ALL
        SELECT 'pg_language'::regclass, l.oid, 0, 'language', quote_ident(l.lanname), '', l.lanowner, l.lanacl, 'l', true
        FROM pg_language AS l
        -- nobody is granted the use of a language that is not trusted
        WHERE l.lanpltrusted OR l.lanacl IS NOT NULL
        UNION ALL
        SELECT 'pg_foreign_data_wrapper'::regclass, w.oid, 0, 'foreign-data wrapper', quote_ident(w.fdwname), '',
            w.fdwowner, w.fdwacl, 'F', true
        FROM pg_foreign_data_wrapper AS w
        UNION ALL
        SELECT 'pg_foreign_server'::regclass, s.oid, 0, 'foreign server', quote_ident(s.srvname), '', s.srvowner,
            s.srvacl, 'S', true
        FROM pg_foreign_server AS s
        UNION ALL
        SELECT 'pg_largeobject'::regclass, o.oid, 0, 'large object', o.oid::text, '', o.lomowner, o.lomacl, 'L', true
        FROM pg_largeobject_metadata AS o
        UNION ALL
        SELECT 'pg_database'::regclass, d.oid, 0, 'database', quote_ident(d.datname), '', d.datdba, d.datacl, 'd', true
        FROM pg_database AS d
        UNION ALL
        SELECT 'pg_tablespace'::regclass, s.oid, 0, 'tablespace', quote_ident(s.spcname), '', s.spcowner, s.spcacl, 't', true
        FROM pg_tablespace AS s
        UNION ALL
        SELECT 'pg_parameter_acl'::regclass, p.oid, 0, 'parameter', (
                SELECT string_agg(quote_ident(w.part), '.' ORDER BY w.place)
                FROM string_to_table(p.parname, '.') WITH ORDINALITY AS w (part, place)),
            '', 10, p.paracl, 'p', false
        FROM pg_parameter_acl AS p
        UNION ALL
        -- what has an owner and no privileges
        SELECT 'pg_extension'::regclass, x.oid, 0, 'extension', quote_ident(x.extname), '', x.extowner, NULL, NULL, true
        FROM pg_extension AS x
        UNION ALL
        SELECT 'pg_event_trigger'::regclass, t.oid, 0, 'event trigger', quote_ident(t.evtname), '', t.evtowner, NULL, NULL, true
        FROM pg_event_trigger AS t
        UNION ALL
        SELECT 'pg_publication'::regclass, p.oid, 0, 'publication', quote_ident(p.pubname), '', p.pubowner, NULL, NULL, true
        FROM pg_publication AS p
        UNION ALL
        SELECT 'pg_subscription'::regclass, s.oid, 0, 'subscription', quote_ident(s.subname), '', s.subowner, NULL, NULL, true
        FROM pg_subscription AS s JOIN pg_database AS d ON d.oid = s.subdbid
        WHERE d.datname = current_database()
        UNION ALL
        SELECT 'pg_collation'::regclass, c.oid, 0, 'collation', concat(n.name, '.', quote_ident(c.collname)), '', c.collowner,
            NULL, NULL, true
        FROM pg_collation AS c JOIN space AS n ON n.oid = c.collnamespace
        UNION ALL
        SELECT 'pg_conversion'::regclass, c.oid, 0, 'conversion', concat(n.name, '.', quote_ident(c.conname)), '', c.conowner,
            NULL, NULL, true
        FROM pg_conversion AS c JOIN space AS n ON n.oid = c.connamespace
        UNION ALL
        SELECT 'pg_statistic_ext'::regclass, s.oid, 0, 'statistics', concat(n.name, '.', quote_ident(s.stxname)), '', s.stxowner,
            NULL, NULL, true
        FROM pg_statistic_ext AS s JOIN space AS n ON n.oid = s.stxnamespace
        UNION ALL
        SELECT 'pg_ts_config'::regclass, c.oid, 0, 'text search configuration', concat(n.name, '.', quote_ident(c.cfgname)), '',
            c.cfgowner, NULL, NULL, true
        FROM pg_ts_config AS c JOIN space AS n ON n.oid = c.cfgnamespace
        UNION ALL
        SELECT 'pg_ts_dict'::regclass, d.oid, 0, 'text search dictionary', concat(n.name, '.', quote_ident(d.dictname)), '',
            d.dictowner, NULL, NULL, true
        FROM pg_ts_dict AS d JOIN space AS n ON n.oid = d.dictnamespace
        UNION ALL
        SELECT 'pg_operator'::regclass, o.oid, 0, 'operator', concat(n.name, '.', o.oprname, '(',
                COALESCE(concat(quote_ident(ln.nspname), '.', quote_ident(lt.typname)), 'NONE'), ',',
                concat(quote_ident(rn.nspname), '.', quote_ident(rt.typname)), ')'), '', o.oprowner, NULL, NULL, true
        FROM pg_operator AS o
        JOIN space AS n ON n.oid = o.oprnamespace
        LEFT JOIN pg_type AS lt ON lt.oid = o.oprleft
        LEFT JOIN pg_namespace AS ln ON ln.oid = lt.typnamespace
        JOIN pg_type AS rt ON rt.oid = o.oprright
        JOIN pg_namespace AS rn ON rn.oid = rt.typnamespace
        WHERE o.oid >= 16384
        UNION ALL
        SELECT 'pg_opclass'::regclass, o.oid, 0, 'operator class',
            concat(n.name, '.', quote_ident(o.opcname), ' USING ', quote_ident(m.amname)), '', o.opcowner, NULL, NULL, true
        FROM pg_opclass AS o JOIN space AS n ON n.oid = o.opcnamespace JOIN pg_am AS m ON m.oid = o.opcmethod
        UNION ALL
        SELECT 'pg_opfamily'::regclass, o.oid, 0, 'operator family',
            concat(n.name, '.', quote_ident(o.opfname), ' USING ', quote_ident(m.amname)), '', o.opfowner, NULL, NULL, true
        FROM pg_opfamily AS o JOIN space AS n ON n.oid = o.opfnamespace JOIN pg_am AS m ON m.oid = o.opfmethod)
    SELECT o.class_oid, o.object_oid, o.column_number, o.object_type, o.object, o.column_name, o.owner,
        COALESCE(o.acl, acldefault(o.acl_type, o.owner)), o.acl IS NULL,
        -- databases and tablespaces are never anybody else's
        o.class_oid NOT IN ('pg_database'::regclass, 'pg_tablespace'::regclass, 'pg_parameter_acl'::regclass)
            AND (o.object_oid < 16384 OR e.objid IS NOT NULL),
        COALESCE(i.initprivs, CASE
            WHEN o.acl_type IS NULL THEN NULL
            -- made after initial privileges are recorded
            WHEN o.object_oid < 16384 AND starts_with(o.object, 'information_schema.') THEN
                acldefault(o.acl_type, o.owner) || makeaclitem(0, o.owner, 'SELECT', false)
            ELSE acldefault(o.acl_type, o.owner) END),
        o.is_owned
    FROM object AS o
    LEFT JOIN extension_member AS e ON e.classid = o.class_oid AND e.objid = o.object_oid
    LEFT JOIN pg_init_privs AS i ON i.classoid = o.class_oid AND i.objoid = o.object_oid AND i.objsubid = o.column_number;
$function$;
COMMENT ON FUNCTION soc2.access_objects() IS
'what there is in this database, and in the cluster beside other databases, that has an owner or privileges: its name as statements take it, its privileges, also those that hold because nobody granted any, and which of them the server or an extension brought';

CREATE FUNCTION soc2.access_now(shipped boolean DEFAULT false)
    RETURNS TABLE (
        kind text, role_name name, object_type text, object text, column_name name, privilege text, grantor name,
        grantable boolean, options text, by_owner boolean, is_default boolean, role_oid oid, object_oid oid)
    LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 200000
    SET search_path = pg_catalog, pg_temp
    SET jit = off SET enable_nestloop = on
    AS $function$
    WITH role AS MATERIALIZED (SELECT r.* FROM pg_roles AS r),
    object AS MATERIALIZED (SELECT o.* FROM soc2.access_objects() AS o),
    -- what a role is, and may do everywhere
    attribute AS (
        SELECT r.rolname, r.oid AS role_oid, a.name,
            CASE WHEN a.name = 'LOGIN' THEN concat_ws(', ',
                CASE WHEN r.rolconnlimit >= 0 THEN format('CONNECTION LIMIT %s', r.rolconnlimit) END,
                CASE WHEN r.rolvaliduntil < 'infinity' THEN concat('VALID UNTIL ', CASE WHEN isfinite(r.rolvaliduntil)
                    THEN to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') ELSE '-infinity' END) END)
                ELSE '' END AS options
        FROM role AS r
        CROSS JOIN LATERAL (
            VALUES ('LOGIN', r.rolcanlogin), ('NOLOGIN', NOT r.rolcanlogin), ('SUPERUSER', r.rolsuper),
                ('CREATEROLE', r.rolcreaterole), ('CREATEDB', r.rolcreatedb), ('REPLICATION', r.rolreplication),
                ('BYPASSRLS', r.rolbypassrls)) AS a (name, has)
        WHERE a.has AND (access_now.shipped OR r.oid = 10 OR r.oid >= 16384)),
    -- before 16 whether a member inherits is its own attribute, and all may SET ROLE
    membership AS (
        SELECT m.member, m.roleid, g.rolname, COALESCE(t.rolname, m.grantor::text::name) AS grantor, m.admin_option,
            m.grantor = 10 AS by_owner,
            concat_ws(', ',
                CASE WHEN COALESCE((to_jsonb(m) ->> 'inherit_option')::boolean, r.rolinherit) THEN 'INHERIT' END,
                CASE WHEN COALESCE((to_jsonb(m) ->> 'set_option')::boolean, true) THEN 'SET' END) AS options,
            r.rolname AS member_name
        FROM pg_auth_members AS m
        JOIN role AS r ON r.oid = m.member
        JOIN role AS g ON g.oid = m.roleid
        LEFT JOIN role AS t ON t.oid = m.grantor
        WHERE access_now.shipped
            -- those that the server brings
            OR r.rolname <> 'pg_monitor'
            OR g.rolname NOT IN ('pg_read_all_settings', 'pg_read_all_stats', 'pg_stat_scan_tables')),
    held AS (
        SELECT o.object_type, o.object, o.column_name, o.object_oid, o.is_default, o.owner,
            x.grantor, x.grantee, x.privilege_type, x.is_grantable
        FROM object AS o
        CROSS JOIN LATERAL aclexplode(o.acl) AS x
        -- what an owner may do with the own goes without saying
        WHERE x.grantee <> o.owner
            AND (access_now.shipped OR NOT o.shipped OR NOT EXISTS (
                SELECT FROM aclexplode(o.shipped_acl) AS i
                WHERE (i.grantor, i.grantee, i.privilege_type, i.is_grantable)
                    = (x.grantor, x.grantee, x.privilege_type, x.is_grantable)))),
    by_default AS (
        SELECT concat('FOR ROLE ', quote_ident(r.rolname), ' IN SCHEMA ' || quote_ident(n.nspname)) AS object,
            CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
                WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END AS object_type,
            x.grantee, x.privilege_type, x.is_grantable, r.rolname AS grantor, d.oid AS object_oid
        FROM pg_default_acl AS d
        JOIN role AS r ON r.oid = d.defaclrole
        LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
        CROSS JOIN LATERAL aclexplode(d.defaclacl) AS x
        WHERE x.grantee <> d.defaclrole)
    SELECT 'attribute', a.rolname, 'role', '', ''::name, a.name, ''::name, false, a.options, true, false, a.role_oid, 0::oid
    FROM attribute AS a
    UNION ALL
    SELECT 'membership', m.member_name, CASE WHEN m.roleid < 16384 AND m.roleid <> 10 THEN 'predefined role' ELSE 'role' END,
        quote_ident(m.rolname), '', concat('member of ', quote_ident(m.rolname)), m.grantor, m.admin_option, m.options,
        m.by_owner, false, m.member, m.roleid
    FROM membership AS m
    UNION ALL
    SELECT 'ownership', COALESCE(r.rolname, o.owner::text::name), o.object_type, o.object, '', 'OWNER', '', false, '', true,
        false, o.owner, o.object_oid
    FROM object AS o
    LEFT JOIN role AS r ON r.oid = o.owner
    WHERE o.is_owned AND (access_now.shipped OR NOT o.shipped)
    UNION ALL
    -- an owner that policies do not bind
    SELECT 'row_security', COALESCE(r.rolname, o.owner::text::name), o.object_type, o.object, '', 'BYPASS', '', false, '',
        true, false, o.owner, o.object_oid
    FROM object AS o
    JOIN pg_class AS c ON c.oid = o.object_oid
    LEFT JOIN role AS r ON r.oid = o.owner
    WHERE o.object_type = 'table' AND c.relrowsecurity AND NOT c.relforcerowsecurity AND (access_now.shipped OR NOT o.shipped)
    UNION ALL
    SELECT 'privilege', CASE WHEN h.grantee = 0 THEN 'public' ELSE COALESCE(r.rolname, h.grantee::text::name) END,
        h.object_type, h.object, h.column_name, h.privilege_type, COALESCE(g.rolname, h.grantor::text::name),
        h.is_grantable, '', h.grantor = h.owner, h.is_default, h.grantee, h.object_oid
    FROM held AS h
    LEFT JOIN role AS r ON r.oid = h.grantee
    LEFT JOIN role AS g ON g.oid = h.grantor
    UNION ALL
    SELECT 'default_privilege', CASE WHEN d.grantee = 0 THEN 'public' ELSE COALESCE(r.rolname, d.grantee::text::name) END,
        d.object_type, d.object, '', d.privilege_type, d.grantor, d.is_grantable, '', true, false, d.grantee, d.object_oid
    FROM by_default AS d
    LEFT JOIN role AS r ON r.oid = d.grantee
    UNION ALL
    SELECT 'user_mapping', CASE WHEN u.umuser = 0 THEN 'public' ELSE u.usename END, 'foreign server', quote_ident(u.srvname), '',
        'USER MAPPING', '', false, '', true, false, u.umuser, u.srvid
    FROM pg_user_mappings AS u
    UNION ALL
    SELECT 'hba', h.role_name, 'hba rule', h.rule, '', h.privilege, '', false, h.options, true, false, h.role_oid, 0::oid
    -- not called where the server does not let its owner read the file
    FROM (SELECT true WHERE soc2.hba_readable()) AS f (readable)
    CROSS JOIN LATERAL soc2.hba_reach(f.readable) AS h;
$function$;
COMMENT ON FUNCTION soc2.access_now(boolean) IS
'what may each role do now? attributes, memberships, ownership, privileges on objects and columns, also those of PUBLIC and those that nobody had to grant, default privileges, user mappings, owners that row security does not bind, and rules of pg_hba.conf; one row for each that can be taken away by itself; with shipped also what the server and extensions bring';
