/* sql/52_register.sql */

--
-- Registers: what people keep.  One table says which there are, and one which
-- steps their rows may take; a trigger holds them to it.
--

CREATE TABLE soc2.registers (
    register text NOT NULL,
    relation text NOT NULL,
    title text NOT NULL,
    criteria soc2.criterion_set NOT NULL,
    key_columns text[] NOT NULL,
    title_column text,
    owner_column text,
    state_column text,
    opened_column text,
    due_column text,
    CONSTRAINT soc2_registers_pkey PRIMARY KEY (register),
    CONSTRAINT soc2_registers_relation_key UNIQUE (relation)
);
COMMENT ON TABLE soc2.registers IS
'registers of the extension: tables that people keep, and what their columns mean';
COMMENT ON COLUMN soc2.registers.register IS 'name of the register, in the singular';
COMMENT ON COLUMN soc2.registers.relation IS 'its table, with the schema';
COMMENT ON COLUMN soc2.registers.title IS 'what it holds';
COMMENT ON COLUMN soc2.registers.criteria IS
'criteria of both frameworks that its rows are evidence for';
COMMENT ON COLUMN soc2.registers.key_columns IS 'columns that name a row';
COMMENT ON COLUMN soc2.registers.title_column IS 'column that says what a row is; NULL: none does';
COMMENT ON COLUMN soc2.registers.owner_column IS 'column that says who answers for a row; NULL: none does';
COMMENT ON COLUMN soc2.registers.state_column IS
'column that says where a row stands, which soc2.register_transitions rule; NULL: rows have no states';
COMMENT ON COLUMN soc2.registers.opened_column IS 'column that says since when a row is there; NULL: none does';
COMMENT ON COLUMN soc2.registers.due_column IS
'column that says until when something has to be done; NULL: none does';

CREATE TABLE soc2.register_transitions (
    register text NOT NULL,
    from_state text,
    to_state text NOT NULL,
    act text NOT NULL,
    stamp text,
    other_than text[] NOT NULL DEFAULT '{}',
    CONSTRAINT soc2_register_transitions_key UNIQUE NULLS NOT DISTINCT (register, from_state, to_state),
    CONSTRAINT soc2_register_transitions_act_check CHECK (
        pg_catalog.btrim(act) OPERATOR(pg_catalog.<>) '')
);
COMMENT ON TABLE soc2.register_transitions IS
'steps that rows of registers may take; there are no others';
COMMENT ON COLUMN soc2.register_transitions.register IS 'the register';
COMMENT ON COLUMN soc2.register_transitions.from_state IS 'state before; NULL: the row is new';
COMMENT ON COLUMN soc2.register_transitions.to_state IS
'state after; one that no step leads out of is final, and its rows stay as they are';
COMMENT ON COLUMN soc2.register_transitions.act IS 'what is done by it';
COMMENT ON COLUMN soc2.register_transitions.stamp IS
'the columns named so with _at and _by are set to when and by whom it was done; NULL: none';
COMMENT ON COLUMN soc2.register_transitions.other_than IS
'columns with roles or persons; who acts must be another person';

CREATE FUNCTION soc2.register_step()
    RETURNS trigger
    AS 'MODULE_PATHNAME', 'soc2_register_step'
    LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.register_step() IS
'trigger of a register, whose name is the argument: refuses steps that soc2.register_transitions does not have (55000, 23514), acts that ask for a second person (S2A01), and changes of keys and of what steps set (S2G01)';

CREATE FUNCTION soc2.register_keep()
    RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY TG_ARGV LOOP
        IF to_jsonb(NEW) -> kept IS DISTINCT FROM to_jsonb(OLD) -> kept THEN
            RAISE EXCEPTION 'column "%" cannot be changed in state "%"', kept, NEW.state
                USING ERRCODE = 'S2G01',
                DETAIL = 'It is part of what somebody else approved.',
                HINT = 'Let it be approved anew: in a new row, or after a step back if there is one.',
                SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = kept;
        END IF;
    END LOOP;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION soc2.register_keep() IS
'trigger of a register, with columns as arguments: refuses to change them (S2G01)';

CREATE FUNCTION soc2.deadline(
    started_at timestamptz,
    period interval,
    zone text DEFAULT 'UTC')
    RETURNS timestamptz
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE pg_catalog.date_trunc('day', period) WHEN '0'::interval THEN
            (started_at AT TIME ZONE 'UTC' OPERATOR(pg_catalog.+) period) AT TIME ZONE 'UTC'
        ELSE ((pg_catalog.date_trunc('day', (started_at AT TIME ZONE zone)
                    OPERATOR(pg_catalog.+) pg_catalog.date_trunc('day', period))
                OPERATOR(pg_catalog.+) '1 day'::interval) AT TIME ZONE zone AT TIME ZONE 'UTC'
            OPERATOR(pg_catalog.+)
                (period OPERATOR(pg_catalog.-) pg_catalog.date_trunc('day', period)))
            AT TIME ZONE 'UTC'
        END;
END;
COMMENT ON FUNCTION soc2.deadline(timestamptz, interval, text) IS
'end of a period that began then: hours count as they pass; days, weeks, months and years leave out the day they begin on and end with the last day in the time zone, and hours besides them follow; the session''s TimeZone does not matter; 22023 for an unknown zone';

-- for the script alone: outside of one, soc2.track_member() and
-- pg_extension_config_dump() refuse
CREATE FUNCTION soc2.install_register(register text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    installed soc2.registers;
BEGIN
    SELECT r.* INTO STRICT installed
    FROM soc2.registers AS r WHERE r.register = install_register.register;
    IF installed.state_column IS NOT NULL THEN
        EXECUTE format('CREATE TRIGGER soc2_step BEFORE INSERT OR UPDATE ON %s'
                       ' FOR EACH ROW EXECUTE FUNCTION soc2.register_step(%L)',
                       installed.relation::regclass, register);
        EXECUTE format('COMMENT ON TRIGGER soc2_step ON %s IS'
                       ' ''refuses steps that soc2.register_transitions does not have''',
                       installed.relation::regclass);
    END IF;
    PERFORM pg_extension_config_dump(installed.relation::regclass, '');
    PERFORM soc2.track_member(installed.relation::regclass, VARIADIC installed.key_columns);
END
$$;
COMMENT ON FUNCTION soc2.install_register(text) IS
'lets a script of the extension make a table a register: it gets its trigger, its row history and its place in dumps';
