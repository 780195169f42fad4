/* sql/58_ledger_status.sql */

--
-- The state of ledgers: rows, seals, and what verifying them found.
--

CREATE VIEW soc2.ledger_status AS
    SELECT CASE WHEN c.oid IS NULL THEN l.relation::oid::text
                ELSE pg_catalog.format('%I.%I', n.nspname, c.relname)
           END AS relation,
           l.ledger_id,
           h.rows,
           h.lanes,
           COALESCE(s.size, 0) AS sealed,
           h.rows OPERATOR(pg_catalog.-) COALESCE(s.size, 0) AS unsealed,
           CASE WHEN h.rows OPERATOR(pg_catalog.>) s.size THEN s.sealed_at
           END AS unsealed_since,
           COALESCE(s.seal_id, 0) AS seals,
           s.incarnation,
           s.sealed_at AS last_sealed_at,
           v.recorded_at AS last_verified_at,
           v.ok AS verified
    -- the ledgers by an array, which the planner takes for few, as they are
    FROM pg_catalog.unnest(ARRAY(SELECT i.ledger_id FROM soc2.ledgers AS i)) AS u (ledger_id)
    JOIN soc2.ledgers AS l ON l.ledger_id OPERATOR(pg_catalog.=) u.ledger_id
    LEFT JOIN pg_catalog.pg_class AS c
        ON c.oid OPERATOR(pg_catalog.=) l.relation
    LEFT JOIN pg_catalog.pg_namespace AS n
        ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    CROSS JOIN LATERAL (
        SELECT CASE WHEN pg_catalog.count(*) OPERATOR(pg_catalog.=) 0 THEN 0
                    ELSE pg_catalog.sum(k.seq)::bigint END AS rows,
            pg_catalog.count(k.lane) AS lanes
        FROM soc2.ledger_heads(l.relation) AS k) AS h
    LEFT JOIN LATERAL (
        SELECT e.seal_id, e.size, e.incarnation, e.sealed_at
        FROM soc2.ledger_seals AS e
        WHERE e.ledger_id OPERATOR(pg_catalog.=) l.ledger_id
        ORDER BY e.seal_id DESC
        LIMIT 1) AS s ON true
    LEFT JOIN LATERAL (
        SELECT e.recorded_at, r.ok
        -- from the last run back: of members there may be millions
        FROM (SELECT x.evidence_id, x.recorded_at, x.ledger_seq
              FROM soc2.evidence AS x
              WHERE x.kind OPERATOR(pg_catalog.=) 'check_run'
                  AND x.check_id OPERATOR(pg_catalog.=) 'self.chain'
              ORDER BY x.recorded_at DESC, x.ledger_seq DESC
              OFFSET 0) AS e
        CROSS JOIN LATERAL (
            SELECT k.ok
            FROM soc2.check_results AS k
            WHERE k.evidence_id OPERATOR(pg_catalog.=) e.evidence_id
                AND k.resource OPERATOR(pg_catalog.=)
                    pg_catalog.format('%I.%I', n.nspname, c.relname) COLLATE pg_catalog."C"
            OFFSET 0) AS r
        ORDER BY e.recorded_at DESC, e.ledger_seq DESC
        LIMIT 1) AS v ON true;
COMMENT ON VIEW soc2.ledger_status IS
'how much of each ledger is sealed, and when was it verified last? one row a ledger';
COMMENT ON COLUMN soc2.ledger_status.relation IS 'the table, with its schema; a number if it was dropped';
COMMENT ON COLUMN soc2.ledger_status.ledger_id IS 'id of the ledger';
COMMENT ON COLUMN soc2.ledger_status.rows IS 'rows that were recorded, those pruned since included; NULL if the table or its index is gone';
COMMENT ON COLUMN soc2.ledger_status.lanes IS 'lanes that have rows';
COMMENT ON COLUMN soc2.ledger_status.sealed IS 'of the rows, sealed';
COMMENT ON COLUMN soc2.ledger_status.unsealed IS 'of the rows, not sealed yet; negative if sealed rows are missing';
COMMENT ON COLUMN soc2.ledger_status.unsealed_since IS 'last seal, if rows came since; NULL also if nothing was ever sealed';
COMMENT ON COLUMN soc2.ledger_status.seals IS 'number of seals';
COMMENT ON COLUMN soc2.ledger_status.incarnation IS 'incarnation of the last seal';
COMMENT ON COLUMN soc2.ledger_status.last_sealed_at IS 'when the last seal was made';
COMMENT ON COLUMN soc2.ledger_status.last_verified_at IS 'when soc2.assess() last recorded the check self.chain for it; NULL: never';
COMMENT ON COLUMN soc2.ledger_status.verified IS 'what that found: false if anything was wrong';
