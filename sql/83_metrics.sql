/* sql/83_metrics.sql */

--
-- Numbers for a monitoring system, a row a number.
--
-- A metric is one branch, told by a constant: who asks for some metrics by
-- name has the others left out by the planner, and not one of them read.
--
-- Labels are few and known: frameworks, categories, severities, states, and
-- the ledgers.  Whatever users name without limit - checks, controls, tables,
-- members - is counted, and not named.  States that nothing is in are there
-- with 0, so that an alert never waits for a series that is not there; a time
-- that is not known is no row.
--

CREATE VIEW soc2.metrics AS
    SELECT 'soc2_readiness_criteria'::text AS metric, n.framework, n.category,
        NULL::text AS severity, n.state, NULL::text AS relation,
        pg_catalog.sum(n.count)::double precision AS value
    FROM (SELECT r.framework, r.category, r.state, 1 AS count
          FROM soc2.readiness AS r
          UNION ALL
          SELECT f.framework, s.category, x.state, 0
          FROM soc2.frameworks AS f
          CROSS JOIN soc2.scope AS s
          CROSS JOIN pg_catalog.unnest('{user_entity,failing,gap,unknown,not_run,stale,manual_due,evidenced,not_occurring}'::text[]) AS x (state)
          WHERE s.in_scope) AS n
    GROUP BY n.framework, n.category, n.state
    UNION ALL
    SELECT 'soc2_assessed_checks', NULL, NULL, n.severity, n.state, NULL,
        pg_catalog.sum(n.count)::double precision
    FROM (SELECT k.severity, k.outcome AS state, 1 AS count
          FROM soc2.check_status AS k
          UNION ALL
          SELECT v.severity, x.state, 0
          FROM pg_catalog.unnest('{critical,high,medium,low}'::text[]) AS v (severity)
          CROSS JOIN pg_catalog.unnest('{pass,fail,not_occurring,error,insufficient_privilege,not_run,disabled,stale}'::text[]) AS x (state)) AS n
    GROUP BY n.severity, n.state
    UNION ALL
    SELECT 'soc2_open_findings', NULL, NULL, n.severity, n.state, NULL,
        pg_catalog.sum(n.count)::double precision
    FROM (SELECT f.severity, CASE WHEN f.waived THEN 'waived' WHEN f.overdue THEN 'overdue' ELSE 'in_time' END AS state,
              1 AS count
          FROM soc2.finding_status AS f
          WHERE f.state OPERATOR(pg_catalog.=) 'open'
          UNION ALL
          SELECT v.severity, x.state, 0
          FROM pg_catalog.unnest('{critical,high,medium,low}'::text[]) AS v (severity)
          CROSS JOIN pg_catalog.unnest('{waived,overdue,in_time}'::text[]) AS x (state)) AS n
    GROUP BY n.severity, n.state
    UNION ALL
    SELECT 'soc2_active_waivers', NULL, NULL, NULL, NULL, NULL, pg_catalog.count(*)::double precision
    FROM soc2.waiver_status AS w
    WHERE w.state OPERATOR(pg_catalog.=) 'active'
    UNION ALL
    SELECT 'soc2_active_holds', NULL, NULL, NULL, NULL, NULL, pg_catalog.count(*)::double precision
    FROM soc2.holds_active AS h
    UNION ALL
    SELECT 'soc2_due_attestations', NULL, NULL, NULL, NULL, NULL, pg_catalog.count(*)::double precision
    FROM soc2.attestation_status AS a
    WHERE a.is_due
    UNION ALL
    SELECT 'soc2_recorded_acts_total', NULL, n.category, NULL, NULL, NULL,
        pg_catalog.sum(n.count)::double precision
    FROM (SELECT soc2.activity_category(e.kind) AS category, e.rows AS count
          FROM soc2.evidence_totals AS e
          WHERE soc2.activity_category(e.kind) IS NOT NULL
          UNION ALL
          SELECT x.category, 0
          FROM pg_catalog.unnest('{refused,bypass,destruction,judgement,change}'::text[]) AS x (category)) AS n
    GROUP BY n.category
    UNION ALL
    SELECT 'soc2_evidence_timestamp_seconds', NULL, NULL, NULL, NULL, NULL,
        EXTRACT(epoch FROM e.last)::double precision
    FROM (SELECT pg_catalog.max(t.last_recorded_at) AS last
          FROM soc2.evidence_totals AS t) AS e
    WHERE e.last IS NOT NULL
    UNION ALL
    SELECT 'soc2_ledger_rows', NULL, NULL, NULL, NULL, s.relation, s.rows::double precision
    FROM soc2.ledger_status AS s
    WHERE s.rows IS NOT NULL
    UNION ALL
    SELECT 'soc2_unsealed_rows', NULL, NULL, NULL, NULL, s.relation, s.unsealed::double precision
    FROM soc2.ledger_status AS s
    WHERE s.unsealed IS NOT NULL
    UNION ALL
    SELECT 'soc2_sealed_timestamp_seconds', NULL, NULL, NULL, NULL, s.relation,
        EXTRACT(epoch FROM s.last_sealed_at)::double precision
    FROM soc2.ledger_status AS s
    WHERE s.last_sealed_at IS NOT NULL
    UNION ALL
    SELECT 'soc2_verified_timestamp_seconds', NULL, NULL, NULL, NULL, s.relation,
        EXTRACT(epoch FROM s.last_verified_at)::double precision
    FROM soc2.ledger_status AS s
    WHERE s.last_verified_at IS NOT NULL
    UNION ALL
    SELECT 'soc2_verification_ok', NULL, NULL, NULL, NULL, s.relation,
        CASE WHEN s.verified THEN 1 ELSE 0 END::double precision
    FROM soc2.ledger_status AS s
    WHERE s.verified IS NOT NULL
    UNION ALL
    SELECT 'soc2_retention_rows', NULL, NULL, NULL, n.state, NULL,
        pg_catalog.sum(n.rows)::double precision
    FROM (SELECT r.state, r.rows
          FROM soc2.retention_rows AS r
          WHERE r.rows IS NOT NULL
          UNION ALL
          SELECT x.state, 0
          FROM pg_catalog.unnest('{unclassified,waiting,retained,eligible,overdue,held,anonymized}'::text[]) AS x (state)) AS n
    GROUP BY n.state
    UNION ALL
    SELECT 'soc2_uncounted_tables', NULL, NULL, NULL, n.state, NULL,
        pg_catalog.sum(n.count)::double precision
    FROM (SELECT CASE WHEN r.state IS NULL THEN 'never' ELSE 'unknown' END AS state, 1 AS count
          FROM soc2.retention_rows AS r
          WHERE r.rows IS NULL
          UNION ALL
          SELECT x.state, 0
          FROM pg_catalog.unnest('{never,unknown}'::text[]) AS x (state)) AS n
    GROUP BY n.state
    UNION ALL
    SELECT 'soc2_counted_timestamp_seconds', NULL, NULL, NULL, NULL, NULL,
        EXTRACT(epoch FROM c.first)::double precision
    FROM (SELECT pg_catalog.min(r.counted_at) AS first
          FROM soc2.retention_rows AS r) AS c
    WHERE c.first IS NOT NULL
    UNION ALL
    SELECT 'soc2_disposal_plans', NULL, NULL, NULL, n.state, NULL,
        pg_catalog.sum(n.count)::double precision
    FROM (SELECT p.state, 1 AS count
          FROM soc2.disposal_progress AS p
          UNION ALL
          SELECT x.state, 0
          FROM pg_catalog.unnest('{requested,approved,running,finished,revoked,expired}'::text[]) AS x (state)) AS n
    GROUP BY n.state;
COMMENT ON VIEW soc2.metrics IS
'how many of what are there, for a monitoring system? one row a metric and its labels; states that nothing is in have 0';
COMMENT ON COLUMN soc2.metrics.metric IS 'name of the metric, as a monitoring system has it';
COMMENT ON COLUMN soc2.metrics.framework IS 'label: framework of criteria; NULL: not a label of the metric';
COMMENT ON COLUMN soc2.metrics.category IS 'label: category of criteria, or of acts, see soc2.activity_category()';
COMMENT ON COLUMN soc2.metrics.severity IS 'label: critical, high, medium or low';
COMMENT ON COLUMN soc2.metrics.state IS 'label: state of criteria, outcome of checks, or state of findings, rows, tables or plans';
COMMENT ON COLUMN soc2.metrics.relation IS 'label: table of the ledger';
COMMENT ON COLUMN soc2.metrics.value IS 'the number; of a time, seconds since 1970';
