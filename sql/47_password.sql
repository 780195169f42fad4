/* sql/47_password.sql */

--
-- Which passwords are stored, and how; never the passwords.
--
-- The views read, as their owner, what is hidden from everybody else.
--

CREATE VIEW soc2.role_passwords AS
    SELECT a.rolname AS role_name,
        CASE WHEN pg_catalog.starts_with(a.rolpassword, 'SCRAM-SHA-256$') THEN 'scram-sha-256'
            WHEN pg_catalog.starts_with(a.rolpassword, 'md5') THEN 'md5'
            ELSE 'unknown' END AS verifier,
        a.rolcanlogin AS can_login, a.rolvaliduntil AS valid_until
    FROM pg_catalog.pg_authid AS a
    WHERE a.rolpassword IS NOT NULL;
COMMENT ON VIEW soc2.role_passwords IS
'which roles have a password, and how is it stored? never the password';
COMMENT ON COLUMN soc2.role_passwords.role_name IS 'the role';
COMMENT ON COLUMN soc2.role_passwords.verifier IS 'scram-sha-256, md5 or unknown';
COMMENT ON COLUMN soc2.role_passwords.can_login IS 'true: the role can log in';
COMMENT ON COLUMN soc2.role_passwords.valid_until IS
'when the password ends; NULL or infinity: never';

CREATE VIEW soc2.connection_passwords AS
    WITH option (kind, name, options) AS (
        SELECT 'foreign server', pg_catalog.format('foreign server %I', s.srvname), s.srvoptions
        FROM pg_catalog.pg_foreign_server AS s
        UNION ALL
        SELECT 'user mapping',
            CASE WHEN u.umuser OPERATOR(pg_catalog.=) 0
                THEN pg_catalog.format('user mapping of public on server %I', s.srvname)
                ELSE pg_catalog.format('user mapping of role %I on server %I',
                    COALESCE(r.rolname::text, u.umuser::text), s.srvname) END,
            u.umoptions
        FROM pg_catalog.pg_user_mapping AS u
        JOIN pg_catalog.pg_foreign_server AS s ON s.oid OPERATOR(pg_catalog.=) u.umserver
        LEFT JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) u.umuser)
    SELECT o.kind, o.name, p.options AS password_options
    FROM option AS o
    CROSS JOIN LATERAL (
        SELECT pg_catalog.array_agg(n.name ORDER BY n.name)
        FROM pg_catalog.unnest(o.options) AS e (entry)
        CROSS JOIN LATERAL pg_catalog.split_part(e.entry, '=', 1) AS n (name)
        WHERE n.name OPERATOR(pg_catalog.~*) '(passw|passphrase|passwd|^pwd$|secret|token|api_?key)'
            AND n.name OPERATOR(pg_catalog.<>) 'password_required') AS p (options)
    UNION ALL
    SELECT 'subscription',
        pg_catalog.format('subscription %I in database %I', s.subname, d.datname),
        CASE WHEN s.subconninfo OPERATOR(pg_catalog.~*) '(^|[\s?&])(ssl)?password\s*='
            OR s.subconninfo OPERATOR(pg_catalog.~*) '^postgres(ql)?://[^/@]*:[^/@]+@'
            THEN '{password}'::text[] END
    FROM pg_catalog.pg_subscription AS s
    JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) s.subdbid;
COMMENT ON VIEW soc2.connection_passwords IS
'which connections to elsewhere have a password in the catalogs? one row a foreign server and a user mapping of this database and a subscription of any; never the password';
COMMENT ON COLUMN soc2.connection_passwords.kind IS 'foreign server, user mapping or subscription';
COMMENT ON COLUMN soc2.connection_passwords.name IS 'the connection';
COMMENT ON COLUMN soc2.connection_passwords.password_options IS
'names of its options that hold a password or another secret; NULL: none';
