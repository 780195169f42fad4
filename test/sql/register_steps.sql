--
-- Steps of all registers, generated from soc2.register_transitions: each that is there
-- can be taken, each that is not is refused, and where one asks for two persons, one
-- alone cannot take it.
--
\set VERBOSITY terse
SET search_path = soc2, public;
BEGIN;

-- values that constraints ask for, in any state or in one
CREATE TEMP TABLE wanted (register text, state text, row jsonb);
INSERT INTO wanted VALUES
    ('risk', NULL, '{"likelihood": 1, "impact": 2, "treatment": "accept"}'),
    ('asset', NULL, '{"disposal": "shredded"}'),
    ('management_review', NULL, '{"held_on": "2026-01-02"}'),
    ('security_event', NULL, '{"judgement": "x"}'),
    ('security_event', 'incident', '{"incident_id": "x"}'),
    ('incident', NULL, '{"containment": "x", "recovery": "x", "root_cause": "x", "lessons": "x"}');

CREATE FUNCTION pg_temp.wanted_of(register text, state text)
    RETURNS jsonb LANGUAGE sql AS $$
    SELECT COALESCE(jsonb_object_agg(e.key, e.value), '{}')
    FROM wanted AS w, jsonb_each(w.row) AS e
    WHERE w.register = $1 AND (w.state IS NULL OR w.state = $2)
$$;

-- a value for a column that must have one
CREATE FUNCTION pg_temp.some(type oid, id text)
    RETURNS text LANGUAGE sql AS $$
    SELECT CASE
        WHEN format_type(type, NULL) LIKE '%[]' THEN '{}'
        WHEN type = 'uuid'::regtype THEN id
        WHEN type IN ('timestamptz'::regtype, 'date'::regtype) THEN '2026-01-02'
        WHEN type IN ('integer'::regtype, 'bigint'::regtype, 'numeric'::regtype) THEN '1'
        WHEN type = 'boolean'::regtype THEN 'true'
        WHEN type = 'interval'::regtype THEN '1 day'
        WHEN type = 'regclass'::regtype THEN 'pg_class'
        WHEN type = 'jsonb'::regtype THEN '{}'
        ELSE 'x'
    END
$$;

-- a row in a state, as the owner of the table imports it, with who did the first step
CREATE FUNCTION pg_temp.make_row(r soc2.registers, state text, id text, first text)
    RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    made jsonb;
BEGIN
    SELECT jsonb_object_agg(a.attname, CASE
        WHEN a.attname = r.state_column THEN state
        WHEN a.attname = r.key_columns[1] AND a.atttypid NOT IN ('bigint'::regtype, 'integer'::regtype) THEN id
        WHEN a.attname = ANY (r.key_columns) THEN pg_temp.some(a.atttypid, id)
        WHEN a.attname = ANY (f.firsts) THEN first
        ELSE pg_temp.some(a.atttypid, id) END)
    INTO made
    FROM pg_attribute AS a
    CROSS JOIN (
        SELECT array_agg(DISTINCT o.name) AS firsts
        FROM soc2.register_transitions AS t, unnest(t.other_than) AS o (name)
        WHERE t.register = r.register) AS f
    WHERE a.attrelid = r.relation::regclass AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attgenerated = '' AND a.attidentity = ''
        AND (a.attname IN (r.state_column, r.key_columns[1]) OR a.attname = ANY (f.firsts)
            OR a.attnotnull AND NOT a.atthasdef);
    made := made || pg_temp.wanted_of(r.register, state);
    EXECUTE format('INSERT INTO %1$s (%2$s) SELECT %2$s FROM jsonb_populate_record(NULL::%1$s, $1)',
        r.relation::regclass, (SELECT string_agg(quote_ident(k), ', ') FROM jsonb_object_keys(made) AS k))
    USING made;
END
$$;

-- its step to another state: what comes of it
CREATE FUNCTION pg_temp.step(r soc2.registers, state text, id text)
    RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    change jsonb := pg_temp.wanted_of(r.register, state) || jsonb_build_object(r.state_column, state);
    steps bigint;
BEGIN
    EXECUTE format('UPDATE %1$s AS t SET %2$s FROM jsonb_populate_record(NULL::%1$s, $1) AS q WHERE t.%3$I::text = $2',
        r.relation::regclass,
        (SELECT string_agg(format('%1$I = q.%1$I', k), ', ') FROM jsonb_object_keys(change) AS k),
        r.key_columns[1])
    USING change, id;
    GET DIAGNOSTICS steps = ROW_COUNT;
    RETURN format('%s row', steps);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$$;

-- every pair of states of every register
CREATE TEMP TABLE tried (register text, from_state text, to_state text, allowed boolean, second boolean, came text, alone text);
DO $$
DECLARE
    r soc2.registers;
    pair record;
    id text;
BEGIN
    FOR r IN SELECT s.* FROM soc2.registers AS s WHERE s.state_column IS NOT NULL LOOP
        FOR pair IN
            WITH state AS (SELECT DISTINCT x.to_state AS state FROM soc2.register_transitions AS x WHERE x.register = r.register)
            SELECT f.state AS from_state, t.state AS to_state, s.register IS NOT NULL AS allowed,
                COALESCE(s.other_than, '{}') <> '{}' AS second
            FROM state AS f JOIN state AS t ON f.state <> t.state
            LEFT JOIN soc2.register_transitions AS s
                ON s.register = r.register AND s.from_state = f.state AND s.to_state = t.state
        LOOP
            id := gen_random_uuid();
            PERFORM pg_temp.make_row(r, pair.from_state, id, 'somebody else');
            INSERT INTO tried VALUES (r.register, pair.from_state, pair.to_state, pair.allowed, pair.second,
                pg_temp.step(r, pair.to_state, id));
            CONTINUE WHEN NOT pair.second;
            id := gen_random_uuid();
            PERFORM pg_temp.make_row(r, pair.from_state, id, soc2.login_role());
            UPDATE tried AS t SET alone = pg_temp.step(r, pair.to_state, id)
            WHERE (t.register, t.from_state, t.to_state) = (r.register, pair.from_state, pair.to_state);
        END LOOP;
    END LOOP;
END
$$;
-- all registers, and more steps that are refused than are not
SELECT (SELECT count(*) FROM registers WHERE state_column IS NOT NULL) = count(DISTINCT register) AS every,
    count(*) FILTER (WHERE NOT allowed) > count(*) FILTER (WHERE allowed) AS refused,
    count(*) FILTER (WHERE second) > 3 AS second
FROM tried;
SELECT * FROM tried WHERE came IS DISTINCT FROM CASE WHEN allowed THEN '1 row' ELSE '55000' END ORDER BY 1, 2, 3;
SELECT * FROM tried WHERE second AND alone IS DISTINCT FROM 'S2A01' ORDER BY 1, 2, 3;
ROLLBACK;

-- the table of steps itself: states are reached, and begun
SELECT t.register, t.from_state FROM register_transitions AS t
WHERE t.from_state IS NOT NULL AND NOT EXISTS (
    SELECT FROM register_transitions AS b WHERE b.register = t.register AND b.to_state = t.from_state);
SELECT r.register FROM registers AS r
WHERE (r.state_column IS NOT NULL) <> EXISTS (
    SELECT FROM register_transitions AS t WHERE t.register = r.register AND t.from_state IS NULL);
SELECT DISTINCT t.register FROM register_transitions AS t
WHERE NOT EXISTS (SELECT FROM registers AS r WHERE r.register = t.register);
-- and tables of registers: what registers say of them is there, they are tracked and dumped
SELECT r.register, c.name FROM registers AS r
CROSS JOIN LATERAL unnest(r.key_columns || ARRAY[r.title_column, r.owner_column, r.state_column, r.opened_column, r.due_column]) AS c (name)
WHERE c.name IS NOT NULL AND NOT EXISTS (
    SELECT FROM pg_attribute AS a WHERE a.attrelid = r.relation::regclass AND a.attname = c.name AND NOT a.attisdropped);
SELECT r.register, p.problem FROM registers AS r CROSS JOIN LATERAL tracking_problems(r.relation::regclass) AS p;
SELECT r.register FROM registers AS r
WHERE NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = r.relation::regclass AND t.tgfoid = 'soc2.track_rows'::regproc);
SELECT r.register FROM registers AS r
WHERE NOT EXISTS (SELECT FROM pg_extension AS e WHERE e.extname = 'soc2' AND r.relation::regclass::oid = ANY (e.extconfig));
