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
    CONSTRAINT soc2_reconciliations_pkey PRIMARY KEY (reconciliation),
    CONSTRAINT soc2_reconciliations_reconciliation_check CHECK (
        pg_catalog.btrim(reconciliation) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_reconciliations_title_check CHECK (
        pg_catalog.btrim(title) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_reconciliations_frequency_check CHECK (
        frequency OPERATOR(pg_catalog.>) '0'::interval)
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

