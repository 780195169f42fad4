INSERT INTO soc2.checks (check_id, title, severity, criteria, rationale, remediation, shipped, query) VALUES
('priv.public_tables',
 'No user table is readable or writable by PUBLIC',
 'high',
 '{outline:CC6.1.5,outline:CC9.2.1,outline:P6.1.1,tsc:CC6.1,tsc:CC6.3,tsc:C1.1}',
 'What PUBLIC may do, every role that can connect may do, and no review of roles shows it.',
 'REVOKE ALL ON the relation, and on its columns, FROM PUBLIC; then grant to the roles that need it.',
 true,
$query$
SELECT format('%I.%I', n.nspname, c.relname),
       p.privileges IS NULL,
       coalesce('PUBLIC holds ' || p.privileges, 'nothing granted to PUBLIC')
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT string_agg(DISTINCT x.privilege_type, ', ') AS privileges
    FROM (SELECT a.grantee, a.privilege_type FROM aclexplode(c.relacl) AS a
          UNION ALL
          SELECT a.grantee, a.privilege_type
          FROM pg_attribute AS t, aclexplode(t.attacl) AS a
          WHERE t.attrelid = c.oid AND NOT t.attisdropped) AS x
    WHERE x.grantee = 0) AS p
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_(toast|temp)'
$query$);
