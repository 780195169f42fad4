/* sql/68_access_sheet.sql */

--
-- Decisions that a reviewer has filled in outside the database.
--

CREATE FUNCTION soc2.access_sheet_rows(sheet jsonb)
    RETURNS TABLE (
        line bigint, cells jsonb, entry_no integer, decision text, reason text, change_to text, expires_at timestamptz)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT s.ordinality, s.value, (s.value ->> 'entry_no')::integer, s.value ->> 'decision', s.value ->> 'reason',
        NULLIF(s.value ->> 'change_to', ''), NULLIF(s.value ->> 'expires_at', '')::timestamptz
    FROM jsonb_array_elements(sheet) WITH ORDINALITY AS s
    WHERE s.value ->> 'decision' <> '';
$function$;
COMMENT ON FUNCTION soc2.access_sheet_rows(jsonb) IS
'rows of a sheet that have a decision, with their numbers from 1';

CREATE FUNCTION soc2.require_access_sheet(review_id uuid, sheet jsonb)
    RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wrong record;
BEGIN
    IF jsonb_typeof(sheet) <> 'array' OR EXISTS (
            SELECT FROM jsonb_array_elements(sheet) AS s WHERE jsonb_typeof(s.value) <> 'object') THEN
        RAISE EXCEPTION 'argument "sheet" is no array of rows'
            USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Load the sheet into a table, and give the jsonb_agg() of its rows.';
    END IF;
    -- who sorts one column without the others decides on something else
    SELECT s.line, s.entry_no, m.name, s.cells ->> m.name AS cell, m.expected
    INTO wrong
    FROM soc2.access_sheet_rows(sheet) AS s
    LEFT JOIN soc2.access_review_entries AS e
        ON e.review_id = require_access_sheet.review_id AND e.entry_no = s.entry_no
    CROSS JOIN LATERAL (VALUES ('role_name', e.role_name::text, true), ('privilege', e.privilege, true),
        ('kind', e.kind, false), ('object_type', e.object_type, false), ('object', e.object, false),
        ('column_name', e.column_name::text, false), ('grantor', e.grantor::text, false))
        AS m (name, expected, is_required)
    WHERE e.entry_no IS NULL
        OR (m.is_required OR s.cells ? m.name)
            -- CSV has an apostrophe before what a spreadsheet would compute
            AND COALESCE(s.cells ->> m.name, '') NOT IN (m.expected, '''' || m.expected)
    ORDER BY s.line
    LIMIT 1;
    IF wrong.expected IS NOT NULL THEN
        RAISE EXCEPTION 'row % of the sheet is not entry % of the review', wrong.line, wrong.entry_no
            USING ERRCODE = 'invalid_parameter_value',
                DETAIL = format('Its %s is %s, and that of the entry is "%s".', wrong.name,
                    COALESCE('"' || wrong.cell || '"', 'missing'), wrong.expected),
                HINT = 'Sort whole rows only, and load the sheet of this review.';
    ELSIF FOUND THEN
        RAISE EXCEPTION 'row % of the sheet is no entry of the review', wrong.line
            USING ERRCODE = 'undefined_object',
                DETAIL = format('Its entry_no is %s.', COALESCE(wrong.entry_no::text, 'missing'));
    END IF;
    SELECT max(s.line) AS line, s.entry_no INTO wrong
    FROM soc2.access_sheet_rows(sheet) AS s
    GROUP BY s.entry_no HAVING count(*) > 1
    ORDER BY 1 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'row % of the sheet decides on entry % again', wrong.line, wrong.entry_no
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
END $$;
COMMENT ON FUNCTION soc2.require_access_sheet(uuid, jsonb) IS
'refuses a sheet whose rows are not entries of the review: 22023 where cells differ from the entry or it comes twice, 42704 where there is none';

CREATE FUNCTION soc2.decide_access_sheet(review_id uuid, sheet jsonb)
    RETURNS bigint
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT soc2.require_open_review(decide_access_sheet.review_id, true),
        soc2.require_access_sheet(decide_access_sheet.review_id, sheet);
    WITH changed AS MATERIALIZED (
        SELECT s.decision, s.reason, s.change_to, s.expires_at, array_agg(s.entry_no ORDER BY s.entry_no) AS entry_nos
        FROM soc2.access_sheet_rows(sheet) AS s
        LEFT JOIN soc2.access_review_status AS d
            ON d.review_id = decide_access_sheet.review_id AND d.entry_no = s.entry_no
        -- what the sheet had when it was written is no decision of its reader
        WHERE (s.decision, s.change_to, s.expires_at) IS DISTINCT FROM (d.decision, d.change_to, d.expires_at)
            OR COALESCE(s.reason, '') NOT IN (d.reason, '''' || d.reason)
        GROUP BY 1, 2, 3, 4)
    SELECT COALESCE(sum(soc2.record_access_decisions(gen_random_uuid(), decide_access_sheet.review_id, c.decision, c.reason,
        NULL, NULL, NULL, NULL, c.entry_nos, false, false, c.expires_at, c.change_to)), 0)::bigint
    FROM changed AS c;
$function$;
COMMENT ON FUNCTION soc2.decide_access_sheet(uuid, jsonb) IS
'decides as a sheet says that a reviewer has filled in: jsonb_agg() of the rows of soc2.access_review_sheet() or of its CSV, with decision, reason, change_to and expires_at; rows without a decision, or with that which there is, change nothing; returns how many entries were decided; all or nothing; 22023 for a row that is not its entry; errors as soc2.decide_access()';
