/* test/sql/install.sql */

--
-- The extension installs from nothing and brings what it needs; what it
-- creates is in its own schema and says what it is.
--

-- a schema of that name is refused, whoever made it  --fail
CREATE SCHEMA soc2;
\set SHOW_CONTEXT never
CREATE EXTENSION soc2 CASCADE;
\set SHOW_CONTEXT errors
SELECT count(*) FROM pg_extension WHERE extname = 'soc2';
DROP SCHEMA soc2;

-- not without what it needs  --fail
CREATE EXTENSION soc2;

CREATE EXTENSION soc2 CASCADE;
SELECT extname, extversion = default_version AS current, extrelocatable,
    nspname AS schema
FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace
JOIN pg_available_extensions ON name = extname
WHERE extname IN ('soc2', 'pgcrypto') ORDER BY 1;

-- not twice  --fail
CREATE EXTENSION soc2;

-- and neither moved nor put elsewhere  --fail
ALTER EXTENSION soc2 SET SCHEMA public;
DROP EXTENSION soc2;
CREATE EXTENSION soc2 SCHEMA public;  --fail
CREATE EXTENSION soc2;

CREATE TEMPORARY VIEW member AS
    SELECT d.classid, d.objid, o.type, o.schema, o.name, o.identity
    FROM pg_depend AS d
    JOIN pg_extension AS e ON e.oid = d.refobjid
    CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) AS o
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
        AND e.extname = 'soc2';

-- what there is of each kind around the types of criteria
SELECT type, count(*) AS members
FROM member
WHERE type IN ('cast', 'operator', 'operator class', 'operator family',
               'aggregate')
    AND identity ~ 'soc2\.criterion(_set|_ops|_hash|_gin|\M)'
GROUP BY type ORDER BY type;
SELECT type, identity
FROM member
WHERE type IN ('type', 'aggregate', 'cast', 'operator class')
    AND identity ~ 'soc2\.criterion(_set)?\M'
    AND identity !~ '^soc2\.\w+\[\]$'         -- since 17 array types are members
ORDER BY type, identity COLLATE "C";
SELECT type, count(*) > 0 AS some
FROM member
WHERE type IN ('schema', 'function', 'table', 'view', 'sequence')
GROUP BY type ORDER BY type;

-- nothing outside the extension's schemas
SELECT type, identity FROM member
WHERE schema NOT LIKE 'soc2%' ORDER BY 1, 2;
SELECT identity FROM member
WHERE type = 'schema' AND name NOT LIKE 'soc2%';

-- nothing without a comment: members, columns and triggers
SELECT type, identity FROM member
WHERE obj_description(objid, classid::regclass::name) IS NULL
    AND NOT (type = 'type' AND identity LIKE '%[]')
    AND NOT EXISTS (SELECT FROM pg_type AS t
                    WHERE t.oid = objid AND classid = 'pg_type'::regclass
                        AND t.typrelid <> 0)
ORDER BY 1, 2;
SELECT m.identity, a.attname
FROM member AS m
JOIN pg_class AS r ON m.classid = 'pg_class'::regclass AND r.oid = m.objid
JOIN pg_attribute AS a ON a.attrelid = r.oid
WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0
    AND NOT a.attisdropped AND col_description(r.oid, a.attnum) IS NULL
ORDER BY 1, a.attnum;
SELECT m.identity, t.tgname
FROM member AS m
JOIN pg_trigger AS t ON m.classid = 'pg_class'::regclass
    AND t.tgrelid = m.objid
WHERE NOT t.tgisinternal AND obj_description(t.oid, 'pg_trigger') IS NULL
ORDER BY 1, 2;

-- every C function is in the one library
SELECT count(*) FROM pg_proc
WHERE probin IS NOT NULL AND pronamespace = 'soc2'::regnamespace
    AND probin <> '$libdir/soc2';

-- roles: no login, no rights of their own
SELECT rolname, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls,
    shobj_description(oid, 'pg_authid') AS purpose
FROM pg_roles WHERE rolname ~ '^soc2_' ORDER BY 1;

-- the schema is nobody's to create in
SELECT has_schema_privilege('public', 'soc2', 'CREATE') AS anybody_may_create;

-- a second database, where the roles exist already
SELECT current_database() AS first_database \gset
CREATE DATABASE soc2_second_database;
\c soc2_second_database
SET client_min_messages = warning;
CREATE EXTENSION soc2 CASCADE;
SELECT count(*) > 500 AS has_criteria FROM soc2.criteria;
DROP EXTENSION soc2;
CREATE EXTENSION soc2;
SELECT 'CC6.1'::soc2.criterion;
\c :first_database
DROP DATABASE soc2_second_database;
SELECT 'CC6.1'::soc2.criterion;

-- which lane a row gets depends on the session; the tests that follow show it
-- where it does not
SELECT format('ALTER DATABASE %I SET soc2.max_lanes = 1', current_database()) AS command \gset
:command;
