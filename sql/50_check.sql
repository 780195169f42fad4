/* sql/50_check.sql */

--
-- Checks: queries that test this server.
--

CREATE TABLE soc2.checks (
    check_id text NOT NULL,
    title text NOT NULL,
    severity text NOT NULL,
    query text NOT NULL,
    parameters jsonb NOT NULL DEFAULT '{}',
    criteria soc2.criterion_set NOT NULL,
    rationale text NOT NULL,
    remediation text NOT NULL,
    frequency interval NOT NULL DEFAULT '1 day',
    enabled boolean NOT NULL DEFAULT true,
    needs text[] NOT NULL DEFAULT '{}',
    min_version integer NOT NULL DEFAULT 15,
    max_version integer,
    shipped boolean NOT NULL DEFAULT false,
    run_as name,
    timeout interval,
    CONSTRAINT soc2_checks_pkey PRIMARY KEY (check_id),
    CONSTRAINT soc2_checks_check_id_check CHECK (
        check_id OPERATOR(pg_catalog.~) '^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$'),
    CONSTRAINT soc2_checks_severity_check CHECK (
        severity OPERATOR(pg_catalog.=) ANY ('{critical,high,medium,low}'::text[])),
    CONSTRAINT soc2_checks_parameters_check CHECK (
        pg_catalog.jsonb_typeof(parameters) OPERATOR(pg_catalog.=) 'object'),
    CONSTRAINT soc2_checks_frequency_check CHECK (
        frequency OPERATOR(pg_catalog.>) '0'::interval
        AND frequency OPERATOR(pg_catalog.<=) '10 years'::interval),
    CONSTRAINT soc2_checks_versions_check CHECK (
        min_version OPERATOR(pg_catalog.<=) max_version),
    CONSTRAINT soc2_checks_run_as_check CHECK (
        shipped OPERATOR(pg_catalog.<>) (run_as IS NOT NULL)),
    CONSTRAINT soc2_checks_timeout_check CHECK (
        timeout BETWEEN '1 millisecond' AND '1 day')
);
SELECT pg_catalog.pg_extension_config_dump('soc2.checks', 'WHERE NOT shipped');
COMMENT ON TABLE soc2.checks IS
'checks of this server; each is a query with one row per member of its population: resource text, ok boolean, reason text';
COMMENT ON COLUMN soc2.checks.check_id IS 'family and name, as auth.hba_no_trust; never reused';
COMMENT ON COLUMN soc2.checks.title IS 'what is as it should be when the check passes';
COMMENT ON COLUMN soc2.checks.severity IS 'critical, high, medium or low';
COMMENT ON COLUMN soc2.checks.query IS
'query that returns (resource text, ok boolean, reason text), all members of the population and not only the bad ones; $1 is parameters; ok NULL: cannot be decided';
COMMENT ON COLUMN soc2.checks.parameters IS 'thresholds and lists that the query reads as $1';
COMMENT ON COLUMN soc2.checks.criteria IS 'criteria of all frameworks that a result is evidence for';
COMMENT ON COLUMN soc2.checks.rationale IS 'why it matters';
COMMENT ON COLUMN soc2.checks.remediation IS 'what to do about a failure';
COMMENT ON COLUMN soc2.checks.frequency IS 'how often it is to run; a result older than that is stale';
COMMENT ON COLUMN soc2.checks.enabled IS 'false: not run';
COMMENT ON COLUMN soc2.checks.needs IS
'what a role that is not a superuser needs to see all members: predefined roles as pg_monitor, and functions and views of pg_catalog that have to be granted, as pg_catalog.pg_hba_file_rules()';
COMMENT ON COLUMN soc2.checks.min_version IS 'first major version of the server it applies to';
COMMENT ON COLUMN soc2.checks.max_version IS 'last major version it applies to; NULL: no limit';
COMMENT ON COLUMN soc2.checks.shipped IS 'true: the row belongs to the extension';
COMMENT ON COLUMN soc2.checks.run_as IS
'role that the query runs as, the one that made the check unless it named another; NULL, for shipped checks: whoever assesses';
COMMENT ON COLUMN soc2.checks.timeout IS
'how long it may run; NULL: soc2.check_timeout';

-- Shipped checks run as whoever assesses, others as whoever made them.
-- @include sql/checks/*.sql
ALTER TABLE soc2.checks ALTER run_as SET DEFAULT CURRENT_USER;

CREATE TRIGGER soc2_guard_shipped
    BEFORE INSERT OR UPDATE OR DELETE ON soc2.checks
    FOR EACH ROW EXECUTE FUNCTION soc2.guard_shipped();
CREATE TRIGGER soc2_guard_shipped_truncate
    BEFORE TRUNCATE ON soc2.checks
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.guard_shipped();
ALTER TABLE soc2.checks ENABLE ALWAYS TRIGGER soc2_guard_shipped;
ALTER TABLE soc2.checks ENABLE ALWAYS TRIGGER soc2_guard_shipped_truncate;
COMMENT ON TRIGGER soc2_guard_shipped ON soc2.checks IS
'refuses changes of shipped rows (S2G01)';
COMMENT ON TRIGGER soc2_guard_shipped_truncate ON soc2.checks IS
'refuses TRUNCATE, which would remove shipped rows (S2G01)';

-- No foreign key to the checks: both tables are dumped, and a parallel restore
-- loads such tables in any order. soc2.set_check_parameters() looks instead.
CREATE TABLE soc2.check_parameters (
    check_id text NOT NULL,
    parameters jsonb NOT NULL,
    reason text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    set_by name NOT NULL DEFAULT CURRENT_USER,
    CONSTRAINT soc2_check_parameters_pkey PRIMARY KEY (check_id),
    CONSTRAINT soc2_check_parameters_parameters_check CHECK (
        pg_catalog.jsonb_typeof(parameters) OPERATOR(pg_catalog.=) 'object'),
    CONSTRAINT soc2_check_parameters_reason_check CHECK (
        reason OPERATOR(pg_catalog.<>) '')
);
SELECT pg_catalog.pg_extension_config_dump('soc2.check_parameters', '');
COMMENT ON TABLE soc2.check_parameters IS
'parameters of checks for this database, in place of those of the same name that the check has, written by soc2.set_check_parameters(); each run records those it used';
COMMENT ON COLUMN soc2.check_parameters.check_id IS 'the check';
COMMENT ON COLUMN soc2.check_parameters.parameters IS 'parameters to replace';
COMMENT ON COLUMN soc2.check_parameters.reason IS 'why they differ here';
COMMENT ON COLUMN soc2.check_parameters.set_at IS 'when';
COMMENT ON COLUMN soc2.check_parameters.set_by IS 'by which role';

CREATE FUNCTION soc2.set_check_parameters(
        check_id text, parameters jsonb, reason text)
    RETURNS jsonb
    AS 'MODULE_PATHNAME', 'soc2_set_check_parameters'
    LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION soc2.set_check_parameters(text, jsonb, text) IS
'replaces parameters of a check in this database, or with NULL goes back to the check''s own; returns those in force; 42704 for an unknown check, 22023 for parameters it does not have';

-- A shipped check is switched here, too: its own row is not to be changed.
CREATE TABLE soc2.check_switches (
    check_id text NOT NULL,
    enabled boolean NOT NULL,
    reason text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    set_by name NOT NULL DEFAULT CURRENT_USER,
    CONSTRAINT soc2_check_switches_pkey PRIMARY KEY (check_id),
    CONSTRAINT soc2_check_switches_reason_check CHECK (
        reason OPERATOR(pg_catalog.<>) '')
);
SELECT pg_catalog.pg_extension_config_dump('soc2.check_switches', '');
COMMENT ON TABLE soc2.check_switches IS
'which checks are run in this database, in place of what the check says, written by soc2.enable_check()';
COMMENT ON COLUMN soc2.check_switches.check_id IS 'the check';
COMMENT ON COLUMN soc2.check_switches.enabled IS 'false: it is not run';
COMMENT ON COLUMN soc2.check_switches.reason IS 'why';
COMMENT ON COLUMN soc2.check_switches.set_at IS 'when';
COMMENT ON COLUMN soc2.check_switches.set_by IS 'by which role';

CREATE FUNCTION soc2.create_check(
        check_id text, title text, severity text, query text,
        criteria soc2.criterion_set, rationale text, remediation text,
        frequency interval DEFAULT '1 day', parameters jsonb DEFAULT '{}',
        needs text[] DEFAULT '{}', timeout interval DEFAULT NULL,
        run_as name DEFAULT NULL)
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_create_check'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.create_check(text, text, text, text, soc2.criterion_set, text, text, interval, jsonb, text[], interval, name) IS
'makes a check that runs as the caller, or as a role that the caller can become; a query that cannot be parsed or does not return (text, boolean, text) is refused; the change becomes evidence';

CREATE FUNCTION soc2.drop_check(check_id text, reason text)
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_drop_check'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.drop_check(text, text) IS
'removes a check that the caller could run as, with its parameters and its switch; its evidence stays, and the removal becomes evidence; S2G01 for a shipped check';

CREATE FUNCTION soc2.enable_check(check_id text, enabled boolean, reason text)
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_enable_check'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.enable_check(text, boolean, text) IS
'switches a check, shipped ones too, on or off in this database; the change becomes evidence';

CREATE FUNCTION soc2.check_is_selected(
        check_id text, severity text, criteria soc2.criterion_set, selector text)
    RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN selector OPERATOR(pg_catalog.~) ':'
            THEN criteria OPERATOR(soc2.&&) selector::soc2.criterion
        ELSE selector OPERATOR(pg_catalog.=) severity
            OR check_id OPERATOR(pg_catalog.~~)
               pg_catalog.replace(
                   pg_catalog.regexp_replace(selector, '([\\%_])', '\\\1', 'g'),
                   '*', '%')
    END;
END;
COMMENT ON FUNCTION soc2.check_is_selected(text, text, soc2.criterion_set, text) IS
'does a selector name the check? a selector is an id, a pattern with *, a severity, or a criterion with its framework as tsc:CC6; 22P02 for a bad criterion';

CREATE FUNCTION soc2.check_applies(min_version integer, max_version integer)
    RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.current_setting('server_version_num')::integer
        OPERATOR(pg_catalog./) 10000
        BETWEEN min_version AND COALESCE(max_version, 9999);
END;
COMMENT ON FUNCTION soc2.check_applies(integer, integer) IS
'is this server within the major versions that a check is for? NULL as the last: no limit';

CREATE VIEW soc2.checks_in_force AS
    SELECT c.check_id, c.title, c.severity, c.query,
        c.parameters OPERATOR(pg_catalog.||) COALESCE(p.parameters, '{}') AS parameters,
        c.criteria, c.remediation, c.frequency,
        COALESCE(s.enabled, c.enabled) AS enabled, c.needs, c.run_as, c.timeout
    FROM soc2.checks AS c
    LEFT JOIN soc2.check_parameters AS p
        ON p.check_id OPERATOR(pg_catalog.=) c.check_id
    LEFT JOIN soc2.check_switches AS s
        ON s.check_id OPERATOR(pg_catalog.=) c.check_id
    WHERE soc2.check_applies(c.min_version, c.max_version);
COMMENT ON VIEW soc2.checks_in_force IS
'what does each check look like in this database? one row a check that is for this server''s version, with the parameters and the switch in force';
COMMENT ON COLUMN soc2.checks_in_force.check_id IS 'the check';
COMMENT ON COLUMN soc2.checks_in_force.title IS 'what is as it should be when it passes';
COMMENT ON COLUMN soc2.checks_in_force.severity IS 'critical, high, medium or low';
COMMENT ON COLUMN soc2.checks_in_force.query IS 'its query';
COMMENT ON COLUMN soc2.checks_in_force.parameters IS 'parameters in force';
COMMENT ON COLUMN soc2.checks_in_force.criteria IS 'criteria it is evidence for';
COMMENT ON COLUMN soc2.checks_in_force.remediation IS 'what to do about a failure';
COMMENT ON COLUMN soc2.checks_in_force.frequency IS 'how often it is to run';
COMMENT ON COLUMN soc2.checks_in_force.enabled IS 'is it run?';
COMMENT ON COLUMN soc2.checks_in_force.needs IS 'what a role that is not a superuser needs';
COMMENT ON COLUMN soc2.checks_in_force.run_as IS 'role that the query runs as; NULL: whoever assesses';
COMMENT ON COLUMN soc2.checks_in_force.timeout IS 'how long it may run; NULL: soc2.check_timeout';

CREATE FUNCTION soc2.missing_grants(role name, needs text[])
    RETURNS SETOF text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT pg_catalog.format('GRANT %s TO %I', m.what, r.rolname)
    FROM pg_catalog.pg_roles AS r
    CROSS JOIN pg_catalog.unnest(missing_grants.needs) WITH ORDINALITY AS n (need, position)
    CROSS JOIN LATERAL (
        SELECT pg_catalog.format('EXECUTE ON FUNCTION %s', f.oid)
        FROM pg_catalog.to_regprocedure(n.need) AS f (oid)
        WHERE n.need OPERATOR(pg_catalog.~) '\)$'
            AND NOT pg_catalog.has_function_privilege(r.rolname, f.oid, 'EXECUTE')
        UNION ALL
        SELECT pg_catalog.format('SELECT ON %s', c.oid)
        FROM pg_catalog.to_regclass(n.need) AS c (oid)
        WHERE n.need OPERATOR(pg_catalog.~) '\.' AND n.need OPERATOR(pg_catalog.!~) '\)$'
            AND NOT pg_catalog.has_table_privilege(r.rolname, c.oid, 'SELECT')
        UNION ALL
        SELECT pg_catalog.quote_ident(g.rolname)
        FROM pg_catalog.pg_roles AS g
        WHERE g.rolname OPERATOR(pg_catalog.=) n.need
            AND NOT pg_catalog.pg_has_role(r.rolname, g.oid, 'USAGE')) AS m (what)
    WHERE r.rolname OPERATOR(pg_catalog.=) missing_grants.role
    ORDER BY n.position;
END;
COMMENT ON FUNCTION soc2.missing_grants(name, text[]) IS
'what a role lacks of what a check needs, as the statements that grant it; what this server does not have is left out';

CREATE FUNCTION soc2.assess(
        selector text DEFAULT '*', note text DEFAULT NULL,
        record boolean DEFAULT true)
    RETURNS TABLE (
        check_id text,
        title text,
        severity text,
        outcome text,
        population bigint,
        failures bigint,
        waived bigint,
        criteria soc2.criterion_set,
        reason text)
    AS 'MODULE_PATHNAME', 'soc2_assess'
    LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 100;
COMMENT ON FUNCTION soc2.assess(text, text, boolean) IS
'runs the checks that the selector names against this server, returns a row each and, unless record is false, records each as evidence; outcome is pass, fail, not_occurring (empty population), error or insufficient_privilege; 22023 if no check matches';
