/* sql/79_register_items.sql */

--
-- All registers as one, and all ways in which a criterion can be evidenced.
--

-- Made from what soc2.registers says of the columns: a register is added there.
DO $items$
DECLARE
    parts text;
BEGIN
    SELECT pg_catalog.string_agg(pg_catalog.format($part$
        SELECT %1$L::text AS register,
            pg_catalog.concat_ws('/', %2$s) AS item_id,
            %3$s::text AS title, %4$s::text AS owner, %5$s::text AS state,
            %6$s::timestamptz AS opened_at, %7$s::timestamptz AS due_at,
            %8$s::soc2.criterion_set AS own_criteria
        FROM %9$s AS i$part$,
        r.register,
        (SELECT pg_catalog.string_agg(pg_catalog.format('i.%I::text', k.name), ', ' ORDER BY k.number)
         FROM pg_catalog.unnest(r.key_columns) WITH ORDINALITY AS k (name, number)),
        COALESCE('i.' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(r.title_column), 'NULL'),
        COALESCE('i.' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(r.owner_column), 'NULL'),
        COALESCE('i.' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(r.state_column), 'NULL'),
        COALESCE('i.' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(r.opened_column), 'NULL'),
        COALESCE('i.' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(r.due_column), 'NULL'),
        CASE WHEN EXISTS (
            SELECT FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid OPERATOR(pg_catalog.=) r.relation::regclass
                AND a.attname OPERATOR(pg_catalog.=) 'criteria'
                AND a.atttypid OPERATOR(pg_catalog.=) 'soc2.criterion_set'::regtype)
            THEN 'i.criteria' ELSE 'NULL' END,
        r.relation::regclass), ' UNION ALL ' ORDER BY r.register)
    INTO parts
    FROM soc2.registers AS r;
    EXECUTE pg_catalog.format($view$
        CREATE VIEW soc2.register_items AS
        SELECT i.register, r.title AS register_title, i.item_id, i.title, i.owner, i.state,
            o.register IS NOT NULL AS is_open, i.opened_at, i.due_at,
            o.register IS NOT NULL
                AND COALESCE(i.due_at OPERATOR(pg_catalog.<) pg_catalog.now(), false) AS overdue,
            COALESCE(i.own_criteria, r.criteria) AS criteria
        FROM (%s) AS i
        JOIN soc2.registers AS r ON r.register OPERATOR(pg_catalog.=) i.register
        LEFT JOIN (
            SELECT DISTINCT t.register, t.from_state FROM soc2.register_transitions AS t) AS o
            ON o.register OPERATOR(pg_catalog.=) i.register
            AND o.from_state OPERATOR(pg_catalog.=) i.state$view$, parts);
END
$items$;
COMMENT ON VIEW soc2.register_items IS
'what is in all registers, who answers for it, and is it overdue? one row a row of a register';
COMMENT ON COLUMN soc2.register_items.register IS 'the register';
COMMENT ON COLUMN soc2.register_items.register_title IS 'what it holds';
COMMENT ON COLUMN soc2.register_items.item_id IS 'the row, by its key; parts of a key stand between slashes';
COMMENT ON COLUMN soc2.register_items.title IS 'what the row is; NULL: it has no title';
COMMENT ON COLUMN soc2.register_items.owner IS 'who answers for it; NULL: nobody';
COMMENT ON COLUMN soc2.register_items.state IS 'where it stands; NULL: rows of the register have no states';
COMMENT ON COLUMN soc2.register_items.is_open IS
'true: a step leads out of its state, see soc2.register_transitions';
COMMENT ON COLUMN soc2.register_items.opened_at IS 'since when it is there';
COMMENT ON COLUMN soc2.register_items.due_at IS 'until when something has to be done; NULL: no date is set';
COMMENT ON COLUMN soc2.register_items.overdue IS 'true: it is open, and that is over';
COMMENT ON COLUMN soc2.register_items.criteria IS
'criteria that it is evidence for: its own, or those of the register';

CREATE VIEW soc2.register_status AS
    SELECT r.register, r.title, r.relation, i.items, i.open, i.overdue, i.oldest_due_at,
        i.criteria
    FROM soc2.registers AS r
    JOIN (
        SELECT t.register, t.criteria, pg_catalog.count(t.item_id) AS items,
            pg_catalog.count(*) FILTER (WHERE t.is_open) AS open,
            pg_catalog.count(*) FILTER (WHERE t.overdue) AS overdue,
            pg_catalog.min(t.due_at) FILTER (WHERE t.is_open) AS oldest_due_at
        FROM (
            SELECT m.register, m.item_id, m.is_open, m.overdue, m.due_at, m.criteria::text AS criteria
            FROM soc2.register_items AS m
            UNION ALL
            SELECT e.register, NULL, false, false, NULL, e.criteria::text
            FROM soc2.registers AS e) AS t
        GROUP BY t.register, t.criteria) AS i ON i.register OPERATOR(pg_catalog.=) r.register;
COMMENT ON VIEW soc2.register_status IS
'how many rows has each register, how many of them are open, and how many overdue? one row a register and criteria; a register without rows has one';
COMMENT ON COLUMN soc2.register_status.register IS 'the register';
COMMENT ON COLUMN soc2.register_status.title IS 'what it holds';
COMMENT ON COLUMN soc2.register_status.relation IS 'its table, with the schema';
COMMENT ON COLUMN soc2.register_status.items IS 'rows that are evidence for these criteria';
COMMENT ON COLUMN soc2.register_status.open IS 'of them, open';
COMMENT ON COLUMN soc2.register_status.overdue IS 'of them, overdue';
COMMENT ON COLUMN soc2.register_status.oldest_due_at IS 'date of the one that is due first; NULL: none is';
COMMENT ON COLUMN soc2.register_status.criteria IS 'the criteria, as text';

CREATE FUNCTION soc2.ways(criterion soc2.criterion)
    RETURNS TABLE (
        kind text,
        name text,
        title text,
        via text)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH said AS (
        SELECT 'check' AS kind, c.check_id AS name, c.title, c.criteria
        FROM soc2.checks AS c
        UNION ALL
        SELECT 'register', r.register, r.title, r.criteria
        FROM soc2.registers AS r
        UNION ALL
        SELECT 'attestation', c.control_id, c.title, m.criterion::soc2.criterion_set
        FROM soc2.controls AS c
        JOIN soc2.control_criteria AS m ON m.control_id OPERATOR(pg_catalog.=) c.control_id
            AND m.shipped OPERATOR(pg_catalog.=) c.shipped
        WHERE c.nature OPERATOR(pg_catalog.<>) 'automated'
            AND c.status OPERATOR(pg_catalog.<>) 'retired'),
    asked AS (
        SELECT $1 AS criterion, 'criterion' AS via
        UNION ALL
        SELECT CASE WHEN x.source OPERATOR(soc2.=) $1 THEN x.target ELSE x.source END, 'crosswalk'
        FROM soc2.crosswalk_in_force AS x
        WHERE x.source OPERATOR(soc2.=) $1 OR x.target OPERATOR(soc2.=) $1)
    SELECT DISTINCT ON (s.kind, s.name) s.kind, s.name, s.title, a.via
    FROM asked AS a
    JOIN said AS s ON s.criteria OPERATOR(soc2.&&) a.criterion
    ORDER BY s.kind, s.name, a.via;
$function$;
COMMENT ON FUNCTION soc2.ways(soc2.criterion) IS
'in which ways can a criterion be evidenced? checks, registers and attestations of controls, the library''s among them; via is criterion, or crosswalk where only a criterion that the crosswalk relates to it is named';
