/* sql/55_reconciliation.sql */

--
-- Reconciliations: pairs of queries that must agree.
--

CREATE TABLE soc2.reconciliations (
    reconciliation text NOT NULL,
    title text NOT NULL,
    left_query text NOT NULL,
    right_query text NOT NULL,
    frequency interval NOT NULL DEFAULT '1 day',
    created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    definer name NOT NULL DEFAULT CURRENT_USER,
    tolerance numeric NOT NULL DEFAULT 0,
    CONSTRAINT soc2_reconciliations_pkey PRIMARY KEY (reconciliation),
    CONSTRAINT soc2_reconciliations_reconciliation_check CHECK (
        pg_catalog.btrim(reconciliation) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_reconciliations_title_check CHECK (
        pg_catalog.btrim(title) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_reconciliations_frequency_check CHECK (
        frequency OPERATOR(pg_catalog.>) '0'::interval),
    CONSTRAINT soc2_reconciliations_tolerance_check CHECK (
        tolerance OPERATOR(pg_catalog.>=) 0
            AND tolerance OPERATOR(pg_catalog.<) 'Infinity')
);
SELECT pg_catalog.pg_extension_config_dump('soc2.reconciliations', '');
COMMENT ON TABLE soc2.reconciliations IS
'pairs of queries that must agree, as the control totals of two systems';
COMMENT ON COLUMN soc2.reconciliations.reconciliation IS 'its name';
COMMENT ON COLUMN soc2.reconciliations.title IS 'what agrees with what';
COMMENT ON COLUMN soc2.reconciliations.left_query IS 'query with one row';
COMMENT ON COLUMN soc2.reconciliations.right_query IS 'query whose row must have the same values';
COMMENT ON COLUMN soc2.reconciliations.frequency IS 'how often it is to run';
COMMENT ON COLUMN soc2.reconciliations.created_at IS 'when it was created';
COMMENT ON COLUMN soc2.reconciliations.definer IS 'role that created it; its queries run as that role';
COMMENT ON COLUMN soc2.reconciliations.tolerance IS 'by how much numbers may differ';

CREATE TABLE soc2.reconciliation_runs (
    run_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    reconciliation text NOT NULL,
    balanced boolean,
    left_result jsonb,
    right_result jsonb,
    error text,
    run_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    run_by name NOT NULL DEFAULT CURRENT_USER,
    CONSTRAINT soc2_reconciliation_runs_pkey PRIMARY KEY (run_id)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.reconciliation_runs', '');
COMMENT ON TABLE soc2.reconciliation_runs IS
'what the two queries of a reconciliation returned';
COMMENT ON COLUMN soc2.reconciliation_runs.run_id IS 'id of the run';
COMMENT ON COLUMN soc2.reconciliation_runs.reconciliation IS 'the reconciliation';
COMMENT ON COLUMN soc2.reconciliation_runs.balanced IS 'do they agree? NULL if a query failed';
COMMENT ON COLUMN soc2.reconciliation_runs.left_result IS 'values of the first query';
COMMENT ON COLUMN soc2.reconciliation_runs.right_result IS 'values of the second query';
COMMENT ON COLUMN soc2.reconciliation_runs.error IS 'why there is no result';
COMMENT ON COLUMN soc2.reconciliation_runs.run_at IS 'when it was run';
COMMENT ON COLUMN soc2.reconciliation_runs.run_by IS 'by which role';

CREATE VIEW soc2.reconciliation_status AS
    SELECT r.reconciliation, r.title, r.frequency, r.definer, n.run_at,
        n.run_at OPERATOR(pg_catalog.+) r.frequency
            OPERATOR(pg_catalog.<=) pg_catalog.statement_timestamp() AS is_stale,
        n.balanced, n.left_result, n.right_result, n.error
    FROM soc2.reconciliations AS r
    LEFT JOIN LATERAL (
        SELECT u.run_at, u.balanced, u.left_result, u.right_result, u.error
        FROM soc2.reconciliation_runs AS u
        WHERE u.reconciliation OPERATOR(pg_catalog.=) r.reconciliation
            AND u.run_at OPERATOR(pg_catalog.>=) r.created_at
        ORDER BY u.run_at DESC, u.run_id
        LIMIT 1) AS n ON true;
COMMENT ON VIEW soc2.reconciliation_status IS
'which reconciliations are there, and what did they show last?';
COMMENT ON COLUMN soc2.reconciliation_status.reconciliation IS 'its name';
COMMENT ON COLUMN soc2.reconciliation_status.title IS 'what agrees with what';
COMMENT ON COLUMN soc2.reconciliation_status.frequency IS 'how often it is to run';
COMMENT ON COLUMN soc2.reconciliation_status.definer IS 'role that its queries run as';
COMMENT ON COLUMN soc2.reconciliation_status.run_at IS 'when it ran last, since it was created; NULL: never';
COMMENT ON COLUMN soc2.reconciliation_status.is_stale IS 'is that longer ago than its frequency?';
COMMENT ON COLUMN soc2.reconciliation_status.balanced IS 'did the queries agree? NULL: it could not be decided';
COMMENT ON COLUMN soc2.reconciliation_status.left_result IS 'values of the first query';
COMMENT ON COLUMN soc2.reconciliation_status.right_result IS 'values of the second query';
COMMENT ON COLUMN soc2.reconciliation_status.error IS 'why it could not be decided';

CREATE FUNCTION soc2.require_query(query text)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_require_query'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION soc2.require_query(text) IS
'true if the caller could run the query as a part of another, or else the error that says why not';

CREATE FUNCTION soc2.create_reconciliation(
    reconciliation text,
    title text,
    left_query text,
    right_query text,
    frequency interval DEFAULT '1 day',
    tolerance numeric DEFAULT 0)
    RETURNS text
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_query(create_reconciliation.left_query);
    SELECT soc2.require_query(create_reconciliation.right_query);
    INSERT INTO soc2.reconciliations (reconciliation, title, left_query, right_query,
        frequency, tolerance)
    VALUES (create_reconciliation.reconciliation, create_reconciliation.title,
        create_reconciliation.left_query, create_reconciliation.right_query,
        create_reconciliation.frequency, create_reconciliation.tolerance)
    RETURNING reconciliation;
END;
COMMENT ON FUNCTION soc2.create_reconciliation(text, text, text, text, interval, numeric) IS
'creates a reconciliation whose queries run as the caller; returns its name; a query that cannot be parsed is refused';

CREATE FUNCTION soc2.drop_reconciliation(reconciliation text)
    RETURNS text
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('reconciliation', drop_reconciliation.reconciliation, EXISTS (
        SELECT FROM soc2.reconciliations AS r
        WHERE r.reconciliation OPERATOR(pg_catalog.=) drop_reconciliation.reconciliation));
    DELETE FROM soc2.reconciliations AS r
    WHERE r.reconciliation OPERATOR(pg_catalog.=) drop_reconciliation.reconciliation
    RETURNING r.reconciliation;
END;
COMMENT ON FUNCTION soc2.drop_reconciliation(text) IS
'removes a reconciliation and keeps its runs; 42704 if there is none of this name';

CREATE FUNCTION soc2.reconcile(
        reconciliation text DEFAULT NULL,
        OUT name text, OUT balanced boolean, OUT left_result jsonb,
        OUT right_result jsonb, OUT error text)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'soc2_reconcile'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.reconcile(text) IS
'runs one reconciliation, or all, and keeps and returns what the queries showed; 42704 if there is none of this name';

CREATE FUNCTION soc2.due_reconciliations()
    RETURNS TABLE (reconciliation text, definer name)
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT s.reconciliation, s.definer
    FROM soc2.reconciliation_status AS s
    WHERE s.run_at IS NULL OR s.is_stale
        OR s.run_at OPERATOR(pg_catalog.+) s.frequency
            OPERATOR(pg_catalog.-) (s.frequency OPERATOR(pg_catalog./) 20)
            OPERATOR(pg_catalog.<=) pg_catalog.statement_timestamp()
    ORDER BY s.reconciliation COLLATE pg_catalog."C";
END;
COMMENT ON FUNCTION soc2.due_reconciliations() IS
'reconciliations that are to run now: never run, stale, or stale before a twentieth of their frequency is over';

CREATE FUNCTION soc2.reconcile_due(
        OUT name text, OUT balanced boolean, OUT left_result jsonb,
        OUT right_result jsonb, OUT error text)
    RETURNS SETOF record
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT n.name, n.balanced, n.left_result, n.right_result, n.error
    FROM soc2.due_reconciliations() AS d
    -- what the caller cannot run is left to who can
    JOIN pg_catalog.pg_roles AS r ON r.rolname OPERATOR(pg_catalog.=) d.definer
        AND pg_catalog.pg_has_role(r.oid, 'MEMBER')
    CROSS JOIN LATERAL soc2.reconcile(d.reconciliation) AS n;
END;
COMMENT ON FUNCTION soc2.reconcile_due() IS
'runs the reconciliations that are due and that the caller could run; soc2.run_due() calls it';
