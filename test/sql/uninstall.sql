/* test/sql/uninstall.sql */

--
-- DROP EXTENSION leaves nothing behind but the roles, which other databases
-- may use, and can be followed by CREATE EXTENSION.  Evidence stands in its
-- way: only a database without any can do without the extension.
--

SET client_min_messages = warning;
DROP EXTENSION soc2;  --fail
SELECT current_database() AS first_database \gset
CREATE DATABASE soc2_uninstall_database;
\c soc2_uninstall_database
SET client_min_messages = warning;
CREATE EXTENSION soc2 CASCADE;

-- what uses the types keeps the extension  --fail
CREATE TABLE user_of_criteria (c soc2.criterion, s soc2.criterion_set);
DROP EXTENSION soc2;
DROP TABLE user_of_criteria;

CREATE TABLE catalog_before AS
    SELECT 'pg_depend' AS catalog, count(*) FROM pg_depend AS d
    WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid =
        (SELECT oid FROM pg_extension WHERE extname = 'soc2');
SELECT count > 100 AS has_members FROM catalog_before;
DROP TABLE catalog_before;

DROP EXTENSION soc2;

SELECT nspname FROM pg_namespace WHERE nspname LIKE 'soc2%';
SELECT proname FROM pg_proc WHERE probin = '$libdir/soc2';
SELECT typname FROM pg_type WHERE typname LIKE '%criterion%';
SELECT relname FROM pg_class
WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace);
SELECT evtname FROM pg_event_trigger WHERE evtname LIKE 'soc2%';
SELECT opcname FROM pg_opclass WHERE opcname LIKE 'criterion%';
SELECT opfname FROM pg_opfamily WHERE opfname LIKE 'criterion%';
SELECT count(*) AS dangling_dependencies FROM pg_depend
WHERE classid = 'pg_proc'::regclass AND objid NOT IN (SELECT oid FROM pg_proc);
SELECT rolname FROM pg_roles WHERE rolname ~ '^soc2_' ORDER BY 1;

-- again, with what is loaded already
CREATE EXTENSION soc2;
SELECT 'outline:cc6.1'::soc2.criterion;
SELECT count(*) > 500 AS has_criteria FROM soc2.criteria;
DROP EXTENSION soc2;
\c :first_database
DROP DATABASE soc2_uninstall_database;
