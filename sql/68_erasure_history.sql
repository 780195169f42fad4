/* sql/68_erasure_history.sql */

--
-- Erasures and row history: what it still tells of rows that were erased.
--

CREATE FUNCTION soc2.erasure_history(erasure bigint, hashes jsonb DEFAULT '{}')
    RETURNS TABLE (
        relation text,
        ledger_lane integer,
        ledger_seq bigint,
        rows bigint,
        others bigint)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    SET DateStyle = 'ISO, MDY'
    SET TimeZone = 'UTC'
    SET IntervalStyle = 'postgres'
    SET bytea_output = 'hex'
    SET extra_float_digits = 1
AS $$
DECLARE
    request soc2.erasures;
    tracked record;
    wanted text[];
BEGIN
    SELECT e.* INTO request FROM soc2.erasures AS e WHERE e.erasure_id = erasure;
    FOR tracked IN
        SELECT t.relation, t.key, n.name, k.plain, k.columns,
            (SELECT array_agg(a.attname::text ORDER BY a.attname::text COLLATE "C") FROM pg_constraint AS c
             JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
             WHERE c.conrelid = t.relation AND c.contype = 'p')
                = ARRAY(SELECT k FROM unnest(t.key) AS k ORDER BY k COLLATE "C") AS by_primary_key
        FROM soc2.tracked_tables AS t
        JOIN pg_class AS r ON r.oid = t.relation
        CROSS JOIN LATERAL (SELECT soc2.table_name(t.relation)) AS n (name)
        -- without domains: their constraints run what users wrote
        CROSS JOIN LATERAL (
            SELECT string_agg(format('%I %s', a.attname, format_type(b.type, b.modifier)), ', ') AS columns,
                bool_and(b.kind IN ('b', 'e') AND NOT EXISTS (
                    SELECT FROM pg_type AS e WHERE e.oid = b.element AND e.typtype NOT IN ('b', 'e'))) AS plain
            FROM pg_attribute AS a
            CROSS JOIN LATERAL (
                WITH RECURSIVE base AS (
                    SELECT y.oid AS type, a.atttypmod AS modifier, y.typtype AS kind, y.typelem AS element,
                        y.typbasetype AS below, y.typtypmod AS below_modifier
                    FROM pg_type AS y WHERE y.oid = a.atttypid
                    UNION ALL
                    SELECT y.oid, d.below_modifier, y.typtype, y.typelem, y.typbasetype, y.typtypmod
                    FROM base AS d JOIN pg_type AS y ON y.oid = d.below)
                SELECT s.* FROM base AS s WHERE s.below = 0) AS b
            WHERE a.attrelid = t.relation AND a.attname = ANY (t.key)) AS k
        ORDER BY n.name COLLATE "C"
    LOOP
        -- of this run, and of those before
        SELECT array_agg(DISTINCT x.hash) INTO wanted
        FROM (SELECT jsonb_array_elements_text(hashes -> tracked.name)
              UNION ALL
              SELECT jsonb_array_elements_text(e.payload #> ARRAY['hashes', tracked.name])
              FROM soc2.evidence AS e
              WHERE e.kind = 'erasure' AND e.subject = erasure::text) AS x (hash);
        CONTINUE WHEN wanted IS NULL;
        IF (tracked.by_primary_key AND tracked.plain) IS NOT TRUE THEN
            relation := tracked.name;
            ledger_lane := NULL;
            ledger_seq := NULL;
            rows := cardinality(wanted);
            others := NULL;
            RETURN NEXT;
            CONTINUE;
        END IF;
        RETURN QUERY EXECUTE format(
            'SELECT %1$L::text, f.ledger_lane, f.ledger_seq, f.rows, r.row_count - f.rows'
            ' FROM (SELECT h.ledger_lane, h.ledger_seq, count(*) AS rows'
            '       FROM soc2.history(%2$s::oid::regclass) AS h'
            '       CROSS JOIN LATERAL jsonb_to_record('
            '           (SELECT jsonb_object_agg(k.name, v.value)'
            '            FROM unnest($3) WITH ORDINALITY AS k (name, place)'
            '            JOIN jsonb_array_elements(h.row_key) WITH ORDINALITY AS v (value, place)'
            '                USING (place))) AS t (%5$s)'
            '       WHERE h.row_key IS NOT NULL'
            '           AND soc2.keyed_hash($1, %3$L || %4$s) = ANY ($2)'
            '       GROUP BY 1, 2) AS f'
            ' JOIN soc2.row_changes AS r USING (ledger_lane, ledger_seq)'
            ' ORDER BY 2, 3',
            tracked.name, tracked.relation::oid, tracked.name || ' ', soc2.row_key(tracked.relation),
            tracked.columns)
            USING request.secret, wanted, tracked.key;
    END LOOP;
END
$$;
COMMENT ON FUNCTION soc2.erasure_history(bigint, jsonb) IS
'rows of soc2.row_changes that still tell of rows which an erasure erased, how many of these they tell of and of how many others; without a position where the table is tracked by another key than its primary one, or by one of composite values, so that it cannot be told';

CREATE FUNCTION soc2.erase_history(erasure bigint, reason text, others boolean DEFAULT false)
    RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    told record;
    redacted bigint := 0;
BEGIN
    PERFORM soc2.require_text('reason', reason);
    PERFORM soc2.require_registered('erasure', erasure::text, EXISTS (
        SELECT FROM soc2.erasures AS e WHERE e.erasure_id = erasure));
    FOR told IN
        SELECT h.ledger_lane, h.ledger_seq FROM soc2.erasure_history(erasure) AS h
        WHERE h.ledger_lane IS NOT NULL AND (h.others = 0 OR erase_history.others)
    LOOP
        PERFORM soc2.redact('soc2.row_changes', told.ledger_lane, told.ledger_seq, reason);
        redacted := redacted + 1;
    END LOOP;
    RETURN redacted;
END
$$;
COMMENT ON FUNCTION soc2.erase_history(bigint, text, boolean) IS
'redacts what row history tells of rows that an erasure erased, and with true also where it tells of other rows in the same place; returns how many rows of the ledger; 42704 for an unknown erasure';
