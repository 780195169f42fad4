/* sql/00_header.sql */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION soc2 CASCADE" to load this file. \quit

-- A schema that exists already is refused: whoever owned it could own us.
CREATE SCHEMA soc2;
COMMENT ON SCHEMA soc2 IS
'SOC 2 evidence room: criteria, controls, checks, evidence, retention';

-- Roles belong to the whole cluster: another database may have made them.
DO $roles$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT r.name, r.purpose
        FROM (VALUES
            ('soc2_admin', 'defines controls, checks and retention policies'),
            ('soc2_collector', 'records evidence'),
            ('soc2_custodian', 'approves disposal and places holds'),
            ('soc2_auditor', 'reads'),
            ('soc2_bypass', 'governance bypass')) AS r (name, purpose)
    LOOP
        CONTINUE WHEN EXISTS (
            SELECT FROM pg_catalog.pg_roles AS p
            WHERE p.rolname OPERATOR(pg_catalog.=) wanted.name);
        EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', wanted.name);
        EXECUTE pg_catalog.format('COMMENT ON ROLE %I IS %L', wanted.name,
                                  'soc2: ' OPERATOR(pg_catalog.||) wanted.purpose);
    END LOOP;
END
$roles$;
