/* sql/82_retention_views.sql */

--
-- Questions on retention: what is due, and what was destroyed.
--
-- What the rows of a table are can only be told by reading all of them.
-- soc2.count_retention() does, and keeps the counts; the views tell what it
-- counted last and when, and which tables it never counted.
--

CREATE TABLE soc2.retention_counts (
    counted_at timestamptz NOT NULL,
    relation text COLLATE pg_catalog."C" NOT NULL,
    class text COLLATE pg_catalog."C" NOT NULL,
    state text NOT NULL,
    rows bigint,
    problem text,
    CONSTRAINT soc2_retention_counts_pkey PRIMARY KEY (relation, counted_at, class, state),
    CONSTRAINT soc2_retention_counts_state_check CHECK (
        state OPERATOR(pg_catalog.=) ANY ('{unclassified,waiting,retained,eligible,overdue,held,anonymized,unknown}'::text[])),
    CONSTRAINT soc2_retention_counts_rows_check CHECK (
        (state OPERATOR(pg_catalog.=) 'unknown') OPERATOR(pg_catalog.=) (rows IS NULL)
        AND (rows IS NULL) OPERATOR(pg_catalog.=) (problem IS NOT NULL) AND rows OPERATOR(pg_catalog.>=) 0)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.retention_counts', '');
COMMENT ON TABLE soc2.retention_counts IS
'what the rows of tables with retention were at a time, written by soc2.count_retention(); also what was not found there, with 0 rows';
COMMENT ON COLUMN soc2.retention_counts.counted_at IS 'when they were counted, the same for all tables of one count';
COMMENT ON COLUMN soc2.retention_counts.relation IS 'schema and name of the table, quoted where needed';
COMMENT ON COLUMN soc2.retention_counts.class IS 'retention class of the rows; empty: none';
COMMENT ON COLUMN soc2.retention_counts.state IS
'unclassified, waiting for their event, retained, eligible to be disposed of, overdue, held or anonymized; unknown: the table could not be counted';
COMMENT ON COLUMN soc2.retention_counts.rows IS 'number of rows; NULL if unknown';
COMMENT ON COLUMN soc2.retention_counts.problem IS 'why the table could not be counted';

CREATE FUNCTION soc2.count_retention()
    RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    target record;
    tables bigint := 0;
BEGIN
    FOR target IN
        SELECT a.relation, soc2.table_name(a.relation) AS name,
            array_agg(DISTINCT a.class) AS classes
        FROM soc2.retention_assignments AS a
        JOIN pg_class AS c ON c.oid = a.relation
        GROUP BY a.relation ORDER BY 2
    LOOP
        BEGIN
            INSERT INTO soc2.retention_counts (counted_at, relation, class, state, rows)
            SELECT moment, target.name, n.class, n.state, sum(n.rows)
            FROM (SELECT COALESCE(f.class, '') AS class, f.state, f.rows
                  FROM soc2.count_fates(target.relation, now(), NULL, NULL) AS f
                  UNION ALL
                  SELECT k.class, s.state, 0
                  FROM unnest(target.classes) AS k (class),
                      unnest('{waiting,retained,eligible,overdue,held}'::text[]) AS s (state)
                  UNION ALL
                  SELECT '', 'unclassified', 0) AS n
            GROUP BY n.class, n.state;
            tables := tables + 1;
        EXCEPTION WHEN OTHERS THEN
            INSERT INTO soc2.retention_counts
            VALUES (moment, target.name, '', 'unknown', NULL, SQLERRM);
        END;
    END LOOP;
    RETURN tables;
END
$$;
COMMENT ON FUNCTION soc2.count_retention() IS
'counts the rows of all tables with retention by what they are now, keeps the counts in soc2.retention_counts, and returns how many tables it could count; reads each of them once';

CREATE VIEW soc2.retention_rows AS
    SELECT a.relation, NULLIF(n.class, '') AS class, n.state, n.rows, n.problem, n.counted_at
    FROM (SELECT DISTINCT s.relation FROM soc2.retention_status AS s WHERE s.present) AS a
    LEFT JOIN LATERAL (
        SELECT x.class, x.state, x.rows, x.problem, x.counted_at
        FROM soc2.retention_counts AS x
        WHERE x.relation OPERATOR(pg_catalog.=) a.relation COLLATE pg_catalog."C"
            AND x.counted_at OPERATOR(pg_catalog.=) (
                SELECT pg_catalog.max(y.counted_at) FROM soc2.retention_counts AS y
                WHERE y.relation OPERATOR(pg_catalog.=) a.relation COLLATE pg_catalog."C")) AS n ON true;
COMMENT ON VIEW soc2.retention_rows IS
'how many rows of each table with retention were retained, eligible, overdue or held when they were last counted? one row a table, class and state; one with nothing but its name for a table that never was';
COMMENT ON COLUMN soc2.retention_rows.relation IS 'schema and name of the table, quoted where needed';
COMMENT ON COLUMN soc2.retention_rows.class IS 'retention class of the rows; NULL: none';
COMMENT ON COLUMN soc2.retention_rows.state IS 'unclassified, waiting, retained, eligible, overdue, held or anonymized; unknown: it could not be counted; NULL: it never was';
COMMENT ON COLUMN soc2.retention_rows.rows IS 'number of rows then; NULL: not known';
COMMENT ON COLUMN soc2.retention_rows.problem IS 'why it could not be counted';
COMMENT ON COLUMN soc2.retention_rows.counted_at IS 'when soc2.count_retention() counted them; NULL: never';

CREATE VIEW soc2.disposal_overdue AS
    SELECT r.relation, r.class, r.rows, k.max_retain, r.problem, r.counted_at
    FROM soc2.retention_rows AS r
    LEFT JOIN LATERAL (
        SELECT c.max_retain FROM soc2.retention_classes AS c
        WHERE c.class OPERATOR(pg_catalog.=) r.class
        ORDER BY c.version DESC
        LIMIT 1) AS k ON true
    WHERE r.counted_at IS NULL OR r.state OPERATOR(pg_catalog.=) 'unknown'
        OR r.state OPERATOR(pg_catalog.=) 'overdue' AND r.rows OPERATOR(pg_catalog.>) 0;
COMMENT ON VIEW soc2.disposal_overdue IS
'which tables held rows past the maximum of their class that no hold covers, when they were last counted, and of which is it not known? one row a table and class';
COMMENT ON COLUMN soc2.disposal_overdue.relation IS 'schema and name of the table, quoted where needed';
COMMENT ON COLUMN soc2.disposal_overdue.class IS 'retention class of the rows; NULL where nothing is known';
COMMENT ON COLUMN soc2.disposal_overdue.rows IS 'rows that are overdue; NULL: not known';
COMMENT ON COLUMN soc2.disposal_overdue.max_retain IS 'how long after its anchor a row of the class is to be gone';
COMMENT ON COLUMN soc2.disposal_overdue.problem IS 'why the table could not be counted';
COMMENT ON COLUMN soc2.disposal_overdue.counted_at IS 'when soc2.count_retention() counted them; NULL: never';

CREATE VIEW soc2.certificates AS
    SELECT c.plan_id, p.relation_name AS relation,
        c.certificate OPERATOR(pg_catalog.->>) 'state' AS state, c.certificate OPERATOR(pg_catalog.->>) 'level' AS level,
        c.certificate OPERATOR(pg_catalog.->>) 'method' AS method,
        (c.certificate OPERATOR(pg_catalog.->) 'rows' OPERATOR(pg_catalog.->>) 'planned')::bigint AS planned,
        (c.certificate OPERATOR(pg_catalog.->) 'rows' OPERATOR(pg_catalog.->>) 'destroyed')::bigint AS destroyed,
        (c.certificate OPERATOR(pg_catalog.->) 'set_hash' OPERATOR(pg_catalog.->>) 'equal')::boolean AS as_planned,
        (c.certificate OPERATOR(pg_catalog.->>) 'started_at')::timestamptz AS started_at,
        (c.certificate OPERATOR(pg_catalog.->>) 'finished_at')::timestamptz AS finished_at,
        c.issued_at, c.issued_by::text AS issued_by,
        c.issued_at OPERATOR(pg_catalog.=) pg_catalog.max(c.issued_at) OVER (PARTITION BY c.plan_id) AS is_last
    FROM soc2.disposal_certificates AS c
    LEFT JOIN soc2.disposal_plans AS p ON p.plan_id OPERATOR(pg_catalog.=) c.plan_id;
COMMENT ON VIEW soc2.certificates IS
'what do certificates say was destroyed, by which plan, and how far is it proved? one row a certificate; the last one of a plan tells most';
COMMENT ON COLUMN soc2.certificates.plan_id IS 'number of the plan';
COMMENT ON COLUMN soc2.certificates.relation IS 'table that it was for';
COMMENT ON COLUMN soc2.certificates.state IS 'what the plan was then: running, finished, revoked or expired';
COMMENT ON COLUMN soc2.certificates.level IS 'highest level of proof reached without a gap, L1 to L6, see soc2.verify_disposal(); NULL: not even the first';
COMMENT ON COLUMN soc2.certificates.method IS 'logical-delete, partition-drop, anonymize or crypto-erase; NULL: nothing was destroyed';
COMMENT ON COLUMN soc2.certificates.planned IS 'rows that the plan would destroy';
COMMENT ON COLUMN soc2.certificates.destroyed IS 'rows that it had destroyed then';
COMMENT ON COLUMN soc2.certificates.as_planned IS 'true: these are the very rows of the plan';
COMMENT ON COLUMN soc2.certificates.started_at IS 'when the first of them were destroyed';
COMMENT ON COLUMN soc2.certificates.finished_at IS 'when the plan was finished; NULL: it was not';
COMMENT ON COLUMN soc2.certificates.issued_at IS 'when the certificate was issued';
COMMENT ON COLUMN soc2.certificates.issued_by IS 'by which role';
COMMENT ON COLUMN soc2.certificates.is_last IS 'true: the last one of its plan';
