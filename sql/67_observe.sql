/* sql/67_observe.sql */

--
-- Observing: what settings, roles and grants are, and recording what differs.
--

CREATE FUNCTION soc2.mask_setting(secret bytea, name text, value text)
    RETURNS text
    LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN value OPERATOR(pg_catalog.<>) '' AND (
            name OPERATOR(pg_catalog.~*) '(command|conninfo|passphrase|passwo?r?d|secret|token|credential|key)s?$'
            OR value OPERATOR(pg_catalog.~*) '(passwo?r?d|secret|token)\s*=|://[^/@\s]*:[^/@\s]*@|^sha256:')
        THEN 'keyed:' OPERATOR(pg_catalog.||) soc2.keyed_hash(secret, name OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) value)
        ELSE value END;
END;
COMMENT ON FUNCTION soc2.mask_setting(bytea, text, text) IS
'value of a setting, or a keyed hash of it where the name or the value says that it may hold a secret';

CREATE FUNCTION soc2.observed_object(kind text, name text)
    RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN kind OPERATOR(pg_catalog.=) ANY ('{setting,file,"role setting"}'::text[])
            THEN 'setting:' OPERATOR(pg_catalog.||) name
        ELSE kind OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) name END;
END;
COMMENT ON FUNCTION soc2.observed_object(text, text) IS
'how a change names in its objects what was observed';

CREATE VIEW soc2.observable_state AS
    WITH secret AS (SELECT s.secret FROM soc2.observation_secrets AS s)
    SELECT 'settings'::text AS scope, b.kind, b.name,
        soc2.mask_setting(s.secret, b.name, b.value) AS value, NULL::text AS detail
    FROM soc2.baseline_state AS b
    CROSS JOIN secret AS s
    WHERE b.kind OPERATOR(pg_catalog.=) 'setting'
    UNION ALL
    -- of each setting the last line counts
    (SELECT DISTINCT ON (pg_catalog.lower(f.name)) 'settings', 'file', pg_catalog.lower(f.name),
        soc2.mask_setting(s.secret, f.name, f.setting),
        pg_catalog.concat_ws(', ', pg_catalog.format('%s:%s', f.sourcefile, f.sourceline),
            CASE WHEN r.pending_restart THEN 'waits for a restart' END)
    FROM pg_catalog.pg_file_settings AS f
    CROSS JOIN secret AS s
    LEFT JOIN soc2.server_settings AS r
        ON pg_catalog.lower(r.name) OPERATOR(pg_catalog.=) pg_catalog.lower(f.name)
    WHERE f.name IS NOT NULL
    ORDER BY pg_catalog.lower(f.name), f.seqno DESC)
    UNION ALL
    SELECT 'settings', 'role setting',
        pg_catalog.format('%s of %s', e.name, pg_catalog.concat_ws(' in ',
            CASE WHEN d.setrole OPERATOR(pg_catalog.<>) 0
                    THEN pg_catalog.format('role %I', COALESCE(a.rolname::text, d.setrole::text))
                WHEN d.setdatabase OPERATOR(pg_catalog.=) 0 THEN 'every role' END,
            CASE WHEN d.setdatabase OPERATOR(pg_catalog.<>) 0
                THEN pg_catalog.format('database %I', COALESCE(b.datname::text, d.setdatabase::text)) END)),
        soc2.mask_setting(s.secret, e.name, pg_catalog.substr(c.entry,
            pg_catalog.strpos(c.entry, '=') OPERATOR(pg_catalog.+) 1)),
        NULL
    FROM pg_catalog.pg_db_role_setting AS d
    CROSS JOIN secret AS s
    LEFT JOIN pg_catalog.pg_authid AS a ON a.oid OPERATOR(pg_catalog.=) d.setrole
    LEFT JOIN pg_catalog.pg_database AS b ON b.oid OPERATOR(pg_catalog.=) d.setdatabase
    CROSS JOIN LATERAL pg_catalog.unnest(d.setconfig) AS c (entry)
    CROSS JOIN LATERAL (SELECT pg_catalog.split_part(c.entry, '=', 1) AS name) AS e
    UNION ALL
    -- never a verifier: that it is another one is all that can be seen
    SELECT 'roles', 'role', pg_catalog.format('%I', a.rolname),
        pg_catalog.concat_ws(' ',
            CASE WHEN a.rolsuper THEN 'SUPERUSER' END,
            CASE WHEN a.rolcreaterole THEN 'CREATEROLE' END,
            CASE WHEN a.rolcreatedb THEN 'CREATEDB' END,
            CASE WHEN a.rolreplication THEN 'REPLICATION' END,
            CASE WHEN a.rolbypassrls THEN 'BYPASSRLS' END,
            CASE WHEN a.rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END,
            CASE WHEN a.rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
            CASE WHEN a.rolconnlimit OPERATOR(pg_catalog.>=) 0
                THEN pg_catalog.format('CONNECTION LIMIT %s', a.rolconnlimit) END,
            CASE WHEN pg_catalog.isfinite(a.rolvaliduntil)
                THEN pg_catalog.format('VALID UNTIL %s', soc2.utc_text(a.rolvaliduntil)) END,
            CASE WHEN a.rolpassword IS NOT NULL
                THEN pg_catalog.format('PASSWORD keyed:%s', soc2.keyed_hash(s.secret,
                    a.rolname::text OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) a.rolpassword)) END),
        NULL
    FROM pg_catalog.pg_authid AS a
    CROSS JOIN secret AS s
    WHERE a.oid OPERATOR(pg_catalog.=) 10 OR a.oid OPERATOR(pg_catalog.>=) 16384
    UNION ALL
    SELECT 'roles', 'membership', b.name, b.value, NULL
    FROM soc2.baseline_state AS b
    WHERE b.kind OPERATOR(pg_catalog.=) 'membership'
    UNION ALL
    SELECT 'roles', 'database', pg_catalog.format('%I', d.datname),
        pg_catalog.concat_ws(' ', pg_catalog.format('OWNER %s', d.datdba::regrole),
            CASE WHEN d.datistemplate THEN 'IS_TEMPLATE' END,
            CASE WHEN NOT d.datallowconn THEN 'NOT ALLOW_CONNECTIONS' END,
            CASE WHEN d.datconnlimit OPERATOR(pg_catalog.>=) 0
                THEN pg_catalog.format('CONNECTION LIMIT %s', d.datconnlimit) END),
        NULL
    FROM pg_catalog.pg_database AS d
    UNION ALL
    SELECT 'roles', 'tablespace', pg_catalog.format('%I', t.spcname),
        pg_catalog.concat_ws(' ', pg_catalog.format('OWNER %s', t.spcowner::regrole),
            pg_catalog.array_to_string(t.spcoptions, ' ')),
        NULL
    FROM pg_catalog.pg_tablespace AS t
    UNION ALL
    SELECT 'roles', 'grant', b.name, b.value, NULL
    FROM soc2.baseline_state AS b
    WHERE b.kind OPERATOR(pg_catalog.=) 'grant' AND NOT pg_catalog.starts_with(b.name, 'database ')
    UNION ALL
    -- what no database has by itself
    SELECT 'roles', 'grant',
        pg_catalog.format('%s to %s', o.object,
            CASE WHEN x.grantee OPERATOR(pg_catalog.=) 0 THEN 'PUBLIC'
                ELSE x.grantee::regrole::text END),
        pg_catalog.string_agg(DISTINCT pg_catalog.concat(x.privilege_type,
            CASE WHEN x.is_grantable THEN '*' END), ', '),
        NULL
    FROM (
        SELECT pg_catalog.format('database %I', d.datname) AS object,
            COALESCE(d.datacl, pg_catalog.acldefault('d', d.datdba)) AS acl, d.datdba AS owner
        FROM pg_catalog.pg_database AS d
        UNION ALL
        SELECT pg_catalog.format('tablespace %I', t.spcname), t.spcacl, t.spcowner
        FROM pg_catalog.pg_tablespace AS t
        UNION ALL
        SELECT pg_catalog.concat('parameter ', p.parname), p.paracl, 10::oid
        FROM pg_catalog.pg_parameter_acl AS p) AS o
    CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) AS x
    WHERE x.grantee OPERATOR(pg_catalog.<>) o.owner
    GROUP BY o.object, x.grantee;
COMMENT ON VIEW soc2.observable_state IS
'what do soc2.observe_settings() and soc2.observe_roles() compare with what was seen before? for these functions alone';
COMMENT ON COLUMN soc2.observable_state.scope IS 'settings or roles: which of the two looks at it';
COMMENT ON COLUMN soc2.observable_state.kind IS
'setting, file, role setting, role, membership, database, tablespace or grant';
COMMENT ON COLUMN soc2.observable_state.name IS 'what it is, quoted where needed';
COMMENT ON COLUMN soc2.observable_state.value IS 'how it is; a keyed hash where it may hold a secret';
COMMENT ON COLUMN soc2.observable_state.detail IS 'file and line that say so, and whether it waits for a restart';

CREATE FUNCTION soc2.object_identity(object text)
    RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.regexp_replace(object,
        '^(?:foreign table|materialized view|table|view|sequence|function|procedure|aggregate|routine|schema|database|tablespace|parameter) ',
        '');
END;
COMMENT ON FUNCTION soc2.object_identity(text) IS
'an object of soc2.ddl_log that privileges are granted on, without its type';

CREATE FUNCTION soc2.ddl_explains(kind text, name text, command_tag text, objects text[])
    RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE kind
        WHEN 'setting' THEN false
        -- a command may reset all, and write the name in capitals
        WHEN 'file' THEN pg_catalog.lower(objects[1]) OPERATOR(pg_catalog.=) ANY (
            ARRAY['setting ' OPERATOR(pg_catalog.||) pg_catalog.lower(name), 'setting all'])
        WHEN 'role setting' THEN EXISTS (
            SELECT FROM (SELECT pg_catalog.strpos(name, ' of ') AS at) AS n
            WHERE pg_catalog.substr(objects[1], pg_catalog.strpos(objects[1], ' of '))
                    OPERATOR(pg_catalog.=) pg_catalog.substr(name, n.at)
                AND pg_catalog.lower(pg_catalog.split_part(objects[1], ' of ', 1))
                    OPERATOR(pg_catalog.=) ANY (ARRAY[
                        'role setting ' OPERATOR(pg_catalog.||) pg_catalog.lower(pg_catalog.substr(name, 1,
                            n.at OPERATOR(pg_catalog.-) 1)), 'role setting all']))
            -- they go along with what they are of
            OR (command_tag OPERATOR(pg_catalog.=) ANY ('{"DROP ROLE","DROP DATABASE"}'::text[])
                AND EXISTS (
                    SELECT FROM pg_catalog.unnest(objects) AS o (object)
                    CROSS JOIN LATERAL (SELECT pg_catalog.substr(name,
                        pg_catalog.strpos(name, ' of ') OPERATOR(pg_catalog.+) 4) AS holder) AS h
                    WHERE h.holder OPERATOR(pg_catalog.=) o.object
                        OR pg_catalog.starts_with(h.holder, o.object OPERATOR(pg_catalog.||) ' in database ')
                        OR pg_catalog.right(h.holder, pg_catalog.length(o.object) OPERATOR(pg_catalog.+) 4)
                            OPERATOR(pg_catalog.=) (' in ' OPERATOR(pg_catalog.||) o.object)))
        WHEN 'membership' THEN
            ('membership ' OPERATOR(pg_catalog.||) name) OPERATOR(pg_catalog.=) ANY (objects)
            OR (command_tag OPERATOR(pg_catalog.=) 'DROP ROLE' AND EXISTS (
                SELECT FROM pg_catalog.unnest(objects) AS o (object)
                WHERE pg_catalog.starts_with('role ' OPERATOR(pg_catalog.||) name,
                        o.object OPERATOR(pg_catalog.||) ' in ')
                    OR pg_catalog.right(name, pg_catalog.length(o.object) OPERATOR(pg_catalog.-) 1)
                        OPERATOR(pg_catalog.=) (' in ' OPERATOR(pg_catalog.||) pg_catalog.substr(o.object, 6))))
        WHEN 'grant' THEN EXISTS (
            SELECT FROM pg_catalog.unnest(objects) AS o (object)
            CROSS JOIN LATERAL (SELECT soc2.object_identity(o.object) AS identity) AS i
            CROSS JOIN LATERAL (SELECT pg_catalog.substr(name,
                pg_catalog.strpos(name, ' ') OPERATOR(pg_catalog.+) 1) AS granted) AS g
            WHERE pg_catalog.starts_with(g.granted, i.identity OPERATOR(pg_catalog.||) ' to ')
                -- a column, and all that is in a schema
                OR (pg_catalog.starts_with(g.granted, i.identity OPERATOR(pg_catalog.||) '.')
                    AND (pg_catalog.starts_with(name, 'column ')
                        OR command_tag OPERATOR(pg_catalog.=) ANY ('{GRANT,REVOKE}'::text[])))
                -- all that a role was granted
                OR (command_tag OPERATOR(pg_catalog.=) 'DROP OWNED'
                    AND pg_catalog.right(g.granted, pg_catalog.length(o.object) OPERATOR(pg_catalog.-) 1)
                        OPERATOR(pg_catalog.=) (' to ' OPERATOR(pg_catalog.||) pg_catalog.substr(o.object, 6))))
        ELSE (kind OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) name) OPERATOR(pg_catalog.=) ANY (objects) END;
END;
COMMENT ON FUNCTION soc2.ddl_explains(text, text, text, text[]) IS
'is a command in soc2.ddl_log what a difference comes from?';

CREATE FUNCTION soc2.observed_state_sha256(kinds text[])
    RETURNS bytea
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.sha256(pg_catalog.convert_to(COALESCE(pg_catalog.string_agg(
        pg_catalog.jsonb_build_array(o.kind, o.name, o.value)::text, E'\n'
        ORDER BY o.kind COLLATE "C", o.name COLLATE "C"), ''), 'UTF8'))
    FROM soc2.observed_state AS o
    WHERE o.kind OPERATOR(pg_catalog.=) ANY (kinds);
END;
COMMENT ON FUNCTION soc2.observed_state_sha256(text[]) IS
'SHA-256 of what was last seen of these kinds: arrays of kind, name and value, one a line, ordered by their bytes';

CREATE FUNCTION soc2.observe(scope text, kinds text[])
    RETURNS bigint
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
DECLARE
    looked timestamptz;
    last soc2.observed_changes;
    this_system bigint := (SELECT c.system_identifier FROM pg_control_system() AS c);
    begins boolean;
    named text := NULLIF(current_setting('soc2.change', true), '');
    app text := NULLIF(current_setting('application_name'), '');
    found bigint := 0;
BEGIN
    -- one observer after the other, and each sees what the one before wrote
    LOCK TABLE soc2.observed_state IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO soc2.observation_secrets (secret)
    VALUES (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())))
    ON CONFLICT DO NOTHING;
    SELECT o.* INTO last FROM soc2.observed_changes AS o
    WHERE o.kind = observe.scope AND o.action IN ('begun', 'observed')
    ORDER BY o.recorded_at DESC LIMIT 1;
    -- another cluster, restored or upgraded, has nothing to be compared with
    begins := last.observed_id IS NULL OR last.system_identifier <> this_system;
    looked := clock_timestamp();

    IF begins THEN
        DELETE FROM soc2.observed_state AS o WHERE o.kind = ANY (kinds);
    ELSIF soc2.observed_state_sha256(kinds) IS DISTINCT FROM last.state_sha256 THEN
        INSERT INTO soc2.observed_changes (recorded_at, looked_at, since, kind, action,
            name, object, system_identifier, session_role, application, change_id)
        VALUES (clock_timestamp(), looked, last.looked_at, scope, 'falsified',
            'soc2.observed_state', 'table soc2.observed_state', this_system,
            soc2.login_role(), app, named);
        found := 1;
    END IF;

    WITH seen AS MATERIALIZED (
        SELECT s.kind, s.name, s.value, s.detail
        FROM soc2.observable_state AS s WHERE s.scope = observe.scope),
    difference AS MATERIALIZED (
        SELECT gen_random_uuid() AS observed_id,
            COALESCE(s.kind, o.kind) AS kind, COALESCE(s.name, o.name) AS name,
            o.value AS old_value, s.value AS new_value, COALESCE(s.detail, o.detail) AS detail,
            CASE WHEN o.kind IS NULL THEN 'added' WHEN s.kind IS NULL THEN 'removed'
                ELSE 'changed' END AS action
        FROM seen AS s
        FULL JOIN (SELECT x.* FROM soc2.observed_state AS x WHERE x.kind = ANY (kinds)) AS o
            ON o.kind = s.kind AND o.name = s.name
        WHERE s.kind IS NULL OR o.kind IS NULL OR s.value IS DISTINCT FROM o.value),
    command AS MATERIALIZED (
        SELECT l.ddl_id, l.recorded_at, l.command_tag, l.objects
        FROM soc2.ddl_log AS l WHERE l.recorded_at >= last.looked_at),
    -- which command may explain what, by names that both have: each with each takes
    -- long, but where all settings may be meant
    word AS (
        SELECT d.observed_id, d.kind, d.name, n.word
        FROM difference AS d
        CROSS JOIN LATERAL (
            SELECT concat(d.kind, ' ', d.name)
            UNION
            SELECT left(g.name, p.at - 1) FROM (
                SELECT substr(d.name, strpos(d.name, ' ') + 1)) AS g (name), generate_series(1, length(g.name)) AS p (at)
            WHERE d.kind = 'grant' AND (substr(g.name, p.at, 4) = ' to ' OR substr(g.name, p.at, 1) = '.')
            UNION
            SELECT concat('role ', v.name) FROM generate_series(1, length(d.name)) AS p (at), LATERAL (
                SELECT left(d.name, p.at - 1) WHERE d.kind = 'membership'
                UNION ALL
                SELECT substr(d.name, p.at + 4)) AS v (name)
            WHERE substr(d.name, p.at, 4) = CASE d.kind WHEN 'membership' THEN ' in ' WHEN 'grant' THEN ' to ' END) AS n (word)),
    pair AS MATERIALIZED (
        SELECT w.observed_id, w.kind, w.name, c.ddl_id, c.recorded_at, c.command_tag, c.objects
        FROM word AS w
        JOIN (
            SELECT l.ddl_id, l.recorded_at, l.command_tag, l.objects, v.word
            FROM command AS l
            CROSS JOIN LATERAL unnest(l.objects) AS o (object)
            CROSS JOIN LATERAL (VALUES (o.object), (soc2.object_identity(o.object))) AS v (word)) AS c ON c.word = w.word
        UNION
        SELECT d.observed_id, d.kind, d.name, l.ddl_id, l.recorded_at, l.command_tag, l.objects
        FROM difference AS d, command AS l
        WHERE d.kind IN ('file', 'role setting') AND l.objects[1] ~ '^(setting|role setting|role|database) '),
    explained AS MATERIALIZED (
        SELECT DISTINCT ON (p.observed_id) p.observed_id, p.ddl_id
        FROM pair AS p
        WHERE soc2.ddl_explains(p.kind, p.name, p.command_tag, p.objects)
        ORDER BY p.observed_id, p.recorded_at DESC),
    gone AS (
        DELETE FROM soc2.observed_state AS o
        USING difference AS d
        WHERE d.action = 'removed' AND o.kind = d.kind AND o.name = d.name),
    kept AS (
        INSERT INTO soc2.observed_state (kind, name, value, detail)
        SELECT d.kind, d.name, d.new_value, d.detail FROM difference AS d
        WHERE d.action <> 'removed'
        ON CONFLICT (kind, name) DO UPDATE
        SET value = excluded.value, detail = excluded.detail),
    recorded AS (
        INSERT INTO soc2.observed_changes (observed_id, recorded_at, looked_at, since, kind,
            action, name, object, old_value, new_value, detail, follows, follows_id,
            system_identifier, session_role, application, change_id)
        SELECT d.observed_id, clock_timestamp(), looked, last.looked_at, d.kind,
            d.action, d.name, soc2.observed_object(d.kind, d.name), d.old_value,
            d.new_value, d.detail, CASE WHEN e.ddl_id IS NOT NULL THEN 'ddl' ELSE f.follows END,
            COALESCE(e.ddl_id, f.follows_id),
            this_system, soc2.login_role(), app, named
        FROM difference AS d
        -- a command that was recorded since
        LEFT JOIN explained AS e ON e.observed_id = d.observed_id
        LEFT JOIN LATERAL (
            SELECT x.follows, x.follows_id
            FROM (
                -- a line that was changed now, or has waited until now
                SELECT 'file' AS follows, n.observed_id AS follows_id, clock_timestamp() AS at
                FROM difference AS n
                WHERE d.kind = 'setting' AND n.kind = 'file' AND n.name = lower(d.name)
                UNION ALL
                SELECT 'file', o.observed_id, o.recorded_at
                FROM soc2.observed_changes AS o
                WHERE d.kind = 'setting' AND o.kind = 'file' AND o.name = lower(d.name)
                    AND NOT EXISTS (
                        SELECT FROM soc2.observed_changes AS e
                        WHERE e.kind = 'setting' AND e.name = d.name
                            AND e.recorded_at >= o.recorded_at)) AS x
            ORDER BY x.at DESC LIMIT 1) AS f ON true
        WHERE NOT begins
        ORDER BY d.kind COLLATE "C", d.name COLLATE "C"
        RETURNING 1)
    SELECT found + count(*) INTO found FROM recorded;

    INSERT INTO soc2.observed_changes (recorded_at, looked_at, since, kind, action,
        state_count, state_sha256, system_identifier, session_role, application, change_id)
    SELECT clock_timestamp(), looked, CASE WHEN NOT begins THEN last.looked_at END, scope,
        CASE WHEN begins THEN 'begun' ELSE 'observed' END,
        count(*), soc2.observed_state_sha256(kinds), this_system, soc2.login_role(), app, named
    FROM soc2.observed_state AS o WHERE o.kind = ANY (kinds);
    RETURN found;
END
$$;
COMMENT ON FUNCTION soc2.observe(text, text[]) IS
'compares what is there with what was last seen, records what differs, and that it looked; returns how much differs';

CREATE FUNCTION soc2.observe_settings()
    RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT soc2.observe('settings', '{setting,file,"role setting"}');
END;
COMMENT ON FUNCTION soc2.observe_settings() IS
'records how the settings of the server, of its configuration files, roles and databases differ from the observation before, to be called daily; returns how many do; the first one has nothing to differ from';

CREATE FUNCTION soc2.observe_roles()
    RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT soc2.observe('roles', '{role,membership,database,tablespace,grant}');
END;
COMMENT ON FUNCTION soc2.observe_roles() IS
'records how roles, memberships, databases, tablespaces and privileges differ from the observation before, to be called daily; returns how many do; the first one has nothing to differ from';

CREATE FUNCTION soc2.observe_due()
    RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT pg_catalog.sum(CASE
        WHEN EXISTS (
            SELECT FROM soc2.observed_changes AS o
            WHERE o.kind OPERATOR(pg_catalog.=) s.scope
                AND o.recorded_at OPERATOR(pg_catalog.>)
                    (pg_catalog.now() OPERATOR(pg_catalog.-) '55 minutes'::interval)) THEN 0
        WHEN s.scope OPERATOR(pg_catalog.=) 'settings' THEN soc2.observe_settings()
        ELSE soc2.observe_roles() END)::bigint
    FROM (VALUES ('settings'), ('roles')) AS s (scope);
END;
COMMENT ON FUNCTION soc2.observe_due() IS
'calls soc2.observe_settings() and soc2.observe_roles() unless that was done within the last 55 minutes; returns how much differs; soc2.run_due() calls it';
