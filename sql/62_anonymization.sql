/* sql/62_anonymization.sql */

--
-- Anonymization: what takes the place of the values of columns, when rows are
-- disposed of by the method anonymize, or subjects are erased.
--
-- Which column a rule is about is recorded by a trigger of the table,
-- soc2_anonymization_rule_<ordinal>; see src/anonymization.h.
--

CREATE TABLE soc2.anonymization_rules (
    relation regclass NOT NULL,
    ordinal integer NOT NULL,
    column_name name NOT NULL,
    rule text NOT NULL,
    constant text,
    set_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    set_by name NOT NULL,
    CONSTRAINT soc2_anonymization_rules_pkey PRIMARY KEY (relation, ordinal),
    CONSTRAINT soc2_anonymization_rules_ordinal_check
        CHECK (ordinal OPERATOR(pg_catalog.>) 0),
    CONSTRAINT soc2_anonymization_rules_rule_check CHECK (
        rule OPERATOR(pg_catalog.=) ANY ('{"null",constant,hash,any}'::text[])
        AND (rule OPERATOR(pg_catalog.=) 'constant') OPERATOR(pg_catalog.=) (constant IS NOT NULL))
);
SELECT pg_catalog.pg_extension_config_dump('soc2.anonymization_rules',
    'WHERE relation::pg_catalog.oid IN (SELECT oid FROM pg_catalog.pg_class)');
COMMENT ON TABLE soc2.anonymization_rules IS
'what takes the place of the values of columns; written by soc2.set_anonymization()';
COMMENT ON COLUMN soc2.anonymization_rules.relation IS 'table of the column';
COMMENT ON COLUMN soc2.anonymization_rules.ordinal IS 'number of the rule among those of the table, and of its trigger';
COMMENT ON COLUMN soc2.anonymization_rules.column_name IS 'name that the column had when the rule was set; soc2.anonymization_status has the name of today';
COMMENT ON COLUMN soc2.anonymization_rules.rule IS 'null, constant, hash, or any: whatever triggers of the table make of it';
COMMENT ON COLUMN soc2.anonymization_rules.constant IS 'text of the constant, as its type writes it; NULL for the other rules';
COMMENT ON COLUMN soc2.anonymization_rules.set_at IS 'when it was set';
COMMENT ON COLUMN soc2.anonymization_rules.set_by IS 'by which role';

CREATE TABLE soc2.anonymization_keys (
    relation regclass NOT NULL,
    key bytea,
    marker bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    destroyed_at timestamptz,
    CONSTRAINT soc2_anonymization_keys_pkey PRIMARY KEY (relation),
    CONSTRAINT soc2_anonymization_keys_destroyed_at_check CHECK (
        (key IS NULL) OPERATOR(pg_catalog.=) (destroyed_at IS NOT NULL))
);
SELECT pg_catalog.pg_extension_config_dump('soc2.anonymization_keys',
    'WHERE relation::pg_catalog.oid IN (SELECT oid FROM pg_catalog.pg_class)');
COMMENT ON TABLE soc2.anonymization_keys IS
'random keys that values of tables are hashed with, for functions of the extension alone';
COMMENT ON COLUMN soc2.anonymization_keys.relation IS 'the table';
COMMENT ON COLUMN soc2.anonymization_keys.key IS '32 random bytes; NULL: they were destroyed, and nobody can try values any more';
COMMENT ON COLUMN soc2.anonymization_keys.marker IS '32 random bytes by which hashes are told from other values; they stay, and say nothing about values';
COMMENT ON COLUMN soc2.anonymization_keys.made_at IS 'when the key was made';
COMMENT ON COLUMN soc2.anonymization_keys.destroyed_at IS 'when it was destroyed';

CREATE FUNCTION soc2.anonymization_rule()
    RETURNS trigger
    AS 'MODULE_PATHNAME', 'soc2_anonymization_rule'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.anonymization_rule() IS
'trigger of a table with rules of anonymization: does nothing, and records by its column which one a rule is about';

CREATE FUNCTION soc2.record_anonymization(
        relation regclass, ordinal integer, column_name name)
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_record_anonymization'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.record_anonymization(regclass, integer, name) IS
'creates the trigger that says which column a rule is about';

CREATE FUNCTION soc2.forget_anonymization(relation regclass, ordinal integer)
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_forget_anonymization'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.forget_anonymization(regclass, integer) IS
'drops the trigger that says which column a rule is about, if it is there';

CREATE FUNCTION soc2.anonymization_of(relation regclass)
    RETURNS TABLE (ordinal integer, column_name name, rule text, constant text)
    AS 'MODULE_PATHNAME', 'soc2_anonymization_of'
    LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.anonymization_of(regclass) IS
'the rules of a table, by the names that its columns have now; NULL where one is lost';

CREATE FUNCTION soc2.coerce_constant(
        relation regclass, column_name name, value text)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_coerce_constant'
    LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.coerce_constant(regclass, name, text) IS
'how the type of a column writes the value that a text means there; raises what the type does about others';

CREATE FUNCTION soc2.pseudonym(key bytea, marker bytea, value text)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_pseudonym_text'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.pseudonym(bytea, bytea, text) IS
'what the rule hash makes of a text: erased: and 64 hexadecimal digits, of 24 bytes of HMAC-SHA-256 with the key and 8 by which the marker knows them; a pseudonym stays as it is';

CREATE FUNCTION soc2.pseudonym(key bytea, marker bytea, value bytea)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'soc2_pseudonym_bytea'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.pseudonym(bytea, bytea, bytea) IS
'what the rule hash makes of a bytea: erased: and the 32 bytes';

CREATE FUNCTION soc2.is_pseudonym(marker bytea, value text)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_is_pseudonym_text'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.is_pseudonym(bytea, text) IS
'true if a text is what the rule hash makes, of any value and with any key of the table that has this marker';

CREATE FUNCTION soc2.is_pseudonym(marker bytea, value bytea)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_is_pseudonym_bytea'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.is_pseudonym(bytea, bytea) IS
'true if a bytea is what the rule hash makes, of any value and with any key of the table that has this marker';

--
-- What a rule can be about
--

CREATE FUNCTION soc2.depends_on_column(expression pg_node_tree, attnum smallint)
    RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    -- 0 is the whole row
    SELECT COALESCE(expression::text OPERATOR(pg_catalog.~)
        pg_catalog.format(':varattno (%s|0) ', attnum), false);
END;
COMMENT ON FUNCTION soc2.depends_on_column(pg_node_tree, smallint) IS
'does an expression on the rows of one table depend on a column of it?';

CREATE FUNCTION soc2.affected_columns(relation regclass, column_name name)
    RETURNS TABLE (member regclass, attnum smallint)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT m.member, g.attnum
    FROM (SELECT affected_columns.relation AS member
          UNION
          SELECT p.relid FROM pg_catalog.pg_partition_tree(affected_columns.relation) AS p) AS m
    JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid OPERATOR(pg_catalog.=) m.member::oid
        AND a.attname OPERATOR(pg_catalog.=) affected_columns.column_name
        AND NOT a.attisdropped
    JOIN pg_catalog.pg_attribute AS g
        ON g.attrelid OPERATOR(pg_catalog.=) m.member::oid
    LEFT JOIN pg_catalog.pg_attrdef AS d
        ON d.adrelid OPERATOR(pg_catalog.=) g.attrelid
        AND d.adnum OPERATOR(pg_catalog.=) g.attnum
        AND g.attgenerated OPERATOR(pg_catalog.<>) ''::"char"
    WHERE g.attnum OPERATOR(pg_catalog.=) a.attnum
        OR soc2.depends_on_column(d.adbin, a.attnum);
END;
COMMENT ON FUNCTION soc2.affected_columns(regclass, name) IS
'a column and the generated ones that follow from it, in a table and in its partitions';

CREATE FUNCTION soc2.decides_retention(relation regclass, column_name name)
    RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM soc2.affected_columns(relation, column_name) AS c
        JOIN pg_catalog.pg_trigger AS t ON t.tgrelid OPERATOR(pg_catalog.=) c.member::oid
        JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) t.tgfoid
        WHERE p.pronamespace OPERATOR(pg_catalog.=) 'soc2'::pg_catalog.regnamespace
            AND p.proname OPERATOR(pg_catalog.=) 'retention_guard'
            AND t.tgattr OPERATOR(pg_catalog.<>) ''::int2vector
            AND (t.tgattr[0] OPERATOR(pg_catalog.=) c.attnum
                 OR soc2.depends_on_column(t.tgqual, c.attnum)));
END;
COMMENT ON FUNCTION soc2.decides_retention(regclass, name) IS
'is a column, or a generated one that follows from it, the anchor of a retention of its table, or in its predicate?';

CREATE FUNCTION soc2.anonymization_obstacle(relation regclass, column_name name)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH affected AS MATERIALIZED (
        SELECT c.member, c.attnum
        FROM soc2.affected_columns(relation, column_name) AS c)
    SELECT CASE
        WHEN EXISTS (
            SELECT FROM affected AS c
            JOIN pg_catalog.pg_index AS i ON i.indrelid OPERATOR(pg_catalog.=) c.member::oid
            WHERE (i.indisunique OR i.indisexclusion)
                AND (c.attnum OPERATOR(pg_catalog.=) ANY ((i.indkey::smallint[])[0:i.indnkeyatts OPERATOR(pg_catalog.-) 1])
                     OR soc2.depends_on_column(i.indexprs, c.attnum)
                     OR soc2.depends_on_column(i.indpred, c.attnum)))
            THEN 'It is in a primary key, or in another index that keeps rows apart.'
        WHEN EXISTS (
            SELECT FROM affected AS c
            JOIN pg_catalog.pg_constraint AS f ON f.conrelid OPERATOR(pg_catalog.=) c.member::oid
            WHERE f.contype OPERATOR(pg_catalog.=) 'f' AND c.attnum OPERATOR(pg_catalog.=) ANY (f.conkey))
            THEN 'It is in a foreign key.'
        WHEN EXISTS (
            SELECT FROM affected AS c
            JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid OPERATOR(pg_catalog.=) c.member::oid
            WHERE c.attnum OPERATOR(pg_catalog.=) ANY (p.partattrs::smallint[])
                OR soc2.depends_on_column(p.partexprs, c.attnum))
            THEN 'It decides which partition a row is in.'
        WHEN soc2.decides_retention(relation, column_name)
            THEN 'The retention of a row depends on it.'
        WHEN EXISTS (
            SELECT FROM soc2.subject_edges AS e
            WHERE (e.relation OPERATOR(pg_catalog.=) anonymization_obstacle.relation
                   AND e.column_name OPERATOR(pg_catalog.=) anonymization_obstacle.column_name)
                OR (e.via OPERATOR(pg_catalog.=) anonymization_obstacle.relation
                    AND e.via_column OPERATOR(pg_catalog.=) anonymization_obstacle.column_name))
            THEN 'It leads to a subject.'
    END;
END;
COMMENT ON FUNCTION soc2.anonymization_obstacle(regclass, name) IS
'why no rule can be about a column, as a sentence: what else changes with its values; NULL if nothing does';

CREATE FUNCTION soc2.check_anonymization_rule(
        relation regclass, column_name name, rule text, constant text)
    RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    col pg_attribute;
    problem text;
    written text;
BEGIN
    SELECT a.* INTO col FROM pg_attribute AS a
    WHERE a.attrelid = relation AND a.attname = check_anonymization_rule.column_name
        AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'column "%" of table "%" does not exist', column_name, soc2.table_name(relation)
            USING ERRCODE = 'undefined_column';
    END IF;
    IF rule IS NULL OR rule <> ALL ('{"null",constant,hash,any}') THEN
        RAISE EXCEPTION 'unknown rule "%" of anonymization', rule
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'A rule is "null", "constant", "hash" or "any".';
    END IF;
    IF (rule = 'constant') <> (constant IS NOT NULL) THEN
        RAISE EXCEPTION 'rule "%" of anonymization % a constant', rule,
                CASE rule WHEN 'constant' THEN 'takes' ELSE 'does not take' END
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    problem := CASE WHEN col.attgenerated <> '' THEN 'It is generated.'
        WHEN col.attidentity = 'a' THEN 'It is always generated as identity.'
        ELSE soc2.anonymization_obstacle(relation, column_name) END;
    IF problem IS NULL AND rule = 'null' AND EXISTS (
            SELECT FROM pg_attribute AS a
            JOIN (SELECT relation AS relid UNION
                  SELECT p.relid FROM pg_partition_tree(relation) AS p) AS m ON a.attrelid = m.relid
            WHERE a.attname = check_anonymization_rule.column_name AND a.attnotnull
            UNION ALL
            SELECT FROM soc2.base_types(col.atttypid) AS b WHERE b.not_null) THEN
        problem := 'It is NOT NULL.';
    ELSIF problem IS NULL AND rule = 'hash' AND NOT EXISTS (
            SELECT FROM soc2.base_types(col.atttypid) AS b
            WHERE b.type IN ('text'::regtype, 'varchar'::regtype, 'bytea'::regtype)) THEN
        problem := 'Only values of type text, varchar and bytea are hashed.';
    END IF;
    IF problem IS NULL AND rule IN ('constant', 'hash') THEN
        BEGIN
            written := soc2.coerce_constant(relation, column_name, CASE
                WHEN rule = 'constant' THEN constant
                WHEN EXISTS (SELECT FROM soc2.base_types(col.atttypid) AS b
                             WHERE b.type = 'bytea'::regtype)
                    THEN soc2.pseudonym('k', 'm', ''::bytea)::text
                ELSE soc2.pseudonym('k', 'm', ''::text) END);
        EXCEPTION WHEN data_exception OR integrity_constraint_violation
            OR invalid_text_representation OR undefined_object OR undefined_table THEN
            problem := format('It cannot have the value: %s.', SQLERRM);
        END;
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'column "%" of table "%" cannot be anonymized by rule "%"', column_name,
                soc2.table_name(relation), rule
            USING ERRCODE = 'invalid_parameter_value', DETAIL = problem;
    END IF;
    RETURN CASE rule WHEN 'constant' THEN written END;
END
$$;
COMMENT ON FUNCTION soc2.check_anonymization_rule(regclass, name, text, text) IS
'the text of the constant of a rule, if there is one; 42703 if there is no such column, 22023 if it cannot have the rule';

CREATE FUNCTION soc2.base_types(type oid)
    RETURNS TABLE (type regtype, not_null boolean)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE base (type, not_null, below) AS (
        SELECT t.oid, t.typnotnull, t.typbasetype FROM pg_catalog.pg_type AS t
        WHERE t.oid OPERATOR(pg_catalog.=) $1
        UNION ALL
        SELECT t.oid, t.typnotnull, t.typbasetype
        FROM base AS b JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) b.below)
    SELECT b.type::regtype, b.not_null FROM base AS b;
END;
COMMENT ON FUNCTION soc2.base_types(oid) IS
'a type and, if it is a domain, those below it';

CREATE FUNCTION soc2.require_anonymization(relation regclass)
    RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM soc2.check_anonymization_rule(relation, r.column_name, r.rule, r.constant)
    FROM soc2.anonymization_of(relation) AS r
    WHERE r.column_name IS NOT NULL;
END
$$;
COMMENT ON FUNCTION soc2.require_anonymization(regclass) IS
'refuses (22023) a table with a rule that cannot be applied any more';

CREATE FUNCTION soc2.require_lasting_retention(relation regclass)
    RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_column name;
BEGIN
    SELECT r.column_name INTO found_column FROM soc2.anonymization_of(relation) AS r
    WHERE soc2.decides_retention(relation, r.column_name)
    ORDER BY r.ordinal LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'retention of table "%" cannot depend on column "%", which has a rule of anonymization',
                soc2.table_name(relation), found_column
            USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'Anonymizing a row would change how long it is retained.',
            HINT = 'Leave the column out of anchor and predicate, or take the rule back with soc2.unset_anonymization().';
    END IF;
END
$$;
COMMENT ON FUNCTION soc2.require_lasting_retention(regclass) IS
'refuses (22023) a retention that depends on a column which has a rule of anonymization';

--
-- Keys
--

CREATE FUNCTION soc2.make_anonymization_key(relation regclass)
    RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.anonymization_keys AS k (relation, key, marker)
    SELECT make_anonymization_key.relation, r.bytes[1], r.bytes[2]
    FROM (SELECT pg_catalog.array_agg(pg_catalog.sha256(
                pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
                OPERATOR(pg_catalog.||) pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
                OPERATOR(pg_catalog.||) pg_catalog.uuid_send(pg_catalog.gen_random_uuid()))) AS bytes
          FROM pg_catalog.generate_series(1, 2)) AS r
    ON CONFLICT ON CONSTRAINT soc2_anonymization_keys_pkey DO UPDATE
    SET key = excluded.key, made_at = excluded.made_at, destroyed_at = NULL
    WHERE k.key IS NULL;
END;
COMMENT ON FUNCTION soc2.make_anonymization_key(regclass) IS
'makes a key for a table that has none, with a marker if there was none before';

CREATE FUNCTION soc2.destroy_anonymization_key("table" regclass, reason text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM soc2.require_text('reason', reason);
    UPDATE soc2.anonymization_keys AS k SET key = NULL, destroyed_at = now()
    WHERE k.relation = "table" AND k.key IS NOT NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'table "%" has no key that its values are hashed with', soc2.table_name("table")
            USING ERRCODE = 'undefined_object',
            HINT = 'Tables that have one are in soc2.anonymization_status.';
    END IF;
    PERFORM soc2.record_act('anonymization', soc2.table_name("table"), jsonb_build_object(
        'action', 'key destroyed', 'reason', reason, 'session_user', SESSION_USER),
        '{tsc:P4.3,tsc:C1.2}');
END
$$;
COMMENT ON FUNCTION soc2.destroy_anonymization_key(regclass, text) IS
'destroys the key that values of a table are hashed with, so that nobody can find out by trying which value a hash is of; the hashes stay what they are; 42704 if there is none';

--
-- Setting rules, and taking them back
--

CREATE FUNCTION soc2.define_anonymization(
        relation regclass, column_name name, rule text, constant text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    written text := soc2.check_anonymization_rule(relation, column_name, rule, constant);
    number integer;
BEGIN
    IF EXISTS (SELECT FROM soc2.ledgers AS l WHERE l.relation = define_anonymization.relation) THEN
        RAISE EXCEPTION 'table "%" is a ledger', soc2.table_name(relation)
            USING ERRCODE = 'wrong_object_type',
            HINT = 'Take values of a row away with soc2.redact().';
    END IF;
    -- one whose column was lost, and had this name
    PERFORM soc2.forget_anonymization(r.relation, r.ordinal)
    FROM soc2.lost_anonymization(relation, column_name) AS r;
    DELETE FROM soc2.anonymization_rules AS r
    USING soc2.lost_anonymization(define_anonymization.relation, define_anonymization.column_name) AS l
    WHERE (r.relation, r.ordinal) = (l.relation, l.ordinal);
    number := (SELECT r.ordinal FROM soc2.anonymization_of(relation) AS r
               WHERE r.column_name = define_anonymization.column_name);
    IF number IS NULL THEN
        number := (SELECT COALESCE(max(r.ordinal), 0) + 1 FROM soc2.anonymization_rules AS r
                   WHERE r.relation = define_anonymization.relation);
        PERFORM soc2.record_anonymization(relation, number, column_name);
    END IF;
    INSERT INTO soc2.anonymization_rules (relation, ordinal, column_name, rule, constant, set_by)
    VALUES (define_anonymization.relation, number, define_anonymization.column_name,
            define_anonymization.rule, written, soc2.acting_role())
    ON CONFLICT ON CONSTRAINT soc2_anonymization_rules_pkey DO UPDATE
    SET column_name = excluded.column_name, rule = excluded.rule, constant = excluded.constant,
        set_at = excluded.set_at, set_by = excluded.set_by;
    IF rule = 'hash' THEN
        PERFORM soc2.make_anonymization_key(relation);
    END IF;
    PERFORM soc2.record_act('anonymization', soc2.table_name(relation), jsonb_build_object(
        'action', 'set', 'column', column_name, 'rule', rule, 'constant', written,
        'session_user', SESSION_USER), '{tsc:P4.3,tsc:C1.2}');
END
$$;
COMMENT ON FUNCTION soc2.define_anonymization(regclass, name, text, text) IS
'what soc2.set_anonymization() does for the owner of a table';

CREATE FUNCTION soc2.lost_anonymization(relation regclass, column_name name)
    RETURNS SETOF soc2.anonymization_rules
    LANGUAGE sql STABLE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT r.*
    FROM soc2.anonymization_rules AS r
    JOIN soc2.anonymization_of(lost_anonymization.relation) AS o
        ON o.ordinal OPERATOR(pg_catalog.=) r.ordinal
    WHERE r.relation OPERATOR(pg_catalog.=) lost_anonymization.relation
        AND r.column_name OPERATOR(pg_catalog.=) lost_anonymization.column_name
        AND o.column_name IS NULL;
END;
COMMENT ON FUNCTION soc2.lost_anonymization(regclass, name) IS
'rules of a table whose column or trigger was dropped, and that were set for a column of this name';

CREATE FUNCTION soc2.undefine_anonymization(relation regclass, column_name name)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    numbers integer[] := ARRAY(
        SELECT r.ordinal FROM soc2.anonymization_of(relation) AS r
        WHERE r.column_name = undefine_anonymization.column_name
        UNION
        SELECT r.ordinal FROM soc2.lost_anonymization(relation, column_name) AS r);
BEGIN
    IF numbers = '{}' THEN
        RAISE EXCEPTION 'no rule of anonymization is about column "%" of table "%"', column_name,
                soc2.table_name(relation)
            USING ERRCODE = 'undefined_object',
            HINT = 'The rules are in soc2.anonymization_status.';
    END IF;
    PERFORM soc2.forget_anonymization(relation, n) FROM unnest(numbers) AS n;
    DELETE FROM soc2.anonymization_rules AS r
    WHERE r.relation = undefine_anonymization.relation AND r.ordinal = ANY (numbers);
    PERFORM soc2.record_act('anonymization', soc2.table_name(relation), jsonb_build_object(
        'action', 'unset', 'column', column_name, 'session_user', SESSION_USER),
        '{tsc:P4.3,tsc:C1.2}');
END
$$;
COMMENT ON FUNCTION soc2.undefine_anonymization(regclass, name) IS
'what soc2.unset_anonymization() does for the owner of a table';

CREATE FUNCTION soc2.inherit_anonymization(child regclass, root regclass)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO soc2.anonymization_keys AS k (relation, key, marker, made_at, destroyed_at)
    SELECT child, r.key, r.marker, r.made_at, r.destroyed_at
    FROM soc2.anonymization_keys AS r WHERE r.relation = root
    ON CONFLICT ON CONSTRAINT soc2_anonymization_keys_pkey DO NOTHING;
    IF NOT EXISTS (SELECT FROM soc2.anonymization_rules AS r WHERE r.relation = child) THEN
        INSERT INTO soc2.anonymization_rules (relation, ordinal, column_name, rule, constant, set_at, set_by)
        SELECT child, r.ordinal, COALESCE(o.column_name, r.column_name), r.rule, r.constant, r.set_at, r.set_by
        FROM soc2.anonymization_rules AS r
        JOIN soc2.anonymization_of(root) AS o ON o.ordinal = r.ordinal
        WHERE r.relation = root;
        PERFORM soc2.record_anonymization(child, o.ordinal, o.column_name)
        FROM soc2.anonymization_of(root) AS o;
    END IF;
END
$$;
COMMENT ON FUNCTION soc2.inherit_anonymization(regclass, regclass) IS
'gives a table that was a partition the rules and the key of the one it was a part of';

CREATE FUNCTION soc2.set_anonymization(
    "table" regclass,
    "column" name,
    rule text,
    constant text DEFAULT NULL)
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_set_anonymization'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.set_anonymization(regclass, name, text, text) IS
'says what takes the place of the values of a column when a row is disposed of by the method anonymize: null, a constant, a keyed hash, or any, which is what triggers of the table make of it; changes no row; can be called again';

CREATE FUNCTION soc2.unset_anonymization("table" regclass, "column" name)
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_unset_anonymization'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.unset_anonymization(regclass, name) IS
'takes soc2.set_anonymization() back: values of the column stay as they are from then on; 42704 if there is nothing to take back';

CREATE VIEW soc2.anonymization_status AS
    SELECT soc2.table_name(r.relation) AS relation,
        r.ordinal,
        a.attname::text AS column_name,
        r.rule,
        r.constant,
        CASE WHEN r.rule OPERATOR(pg_catalog.=) 'hash' THEN EXISTS (
            SELECT FROM soc2.anonymization_keys AS k
            WHERE k.relation OPERATOR(pg_catalog.=) r.relation AND k.key IS NOT NULL) END AS has_key,
        r.set_at,
        r.set_by,
        r.column_name::text AS set_for
    FROM soc2.anonymization_rules AS r
    LEFT JOIN pg_catalog.pg_trigger AS t
        ON t.tgrelid OPERATOR(pg_catalog.=) r.relation::oid
        AND t.tgname OPERATOR(pg_catalog.=)
            ('soc2_anonymization_rule_' OPERATOR(pg_catalog.||) r.ordinal::text)::name
    LEFT JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid OPERATOR(pg_catalog.=) t.tgrelid
        AND a.attnum OPERATOR(pg_catalog.=) t.tgattr[0];
COMMENT ON VIEW soc2.anonymization_status IS
'what takes the place of the values of which columns, when rows are anonymized?';
COMMENT ON COLUMN soc2.anonymization_status.relation IS 'schema and name of the table, quoted where needed; a number once it was dropped';
COMMENT ON COLUMN soc2.anonymization_status.ordinal IS 'number of the rule among those of the table';
COMMENT ON COLUMN soc2.anonymization_status.column_name IS 'column, by its name of today; NULL if it or its trigger was dropped, and then nothing is anonymized';
COMMENT ON COLUMN soc2.anonymization_status.rule IS 'null, constant, hash, or any: whatever triggers of the table make of it';
COMMENT ON COLUMN soc2.anonymization_status.constant IS 'text of the constant';
COMMENT ON COLUMN soc2.anonymization_status.has_key IS 'false: the key to hash with was destroyed; NULL for the other rules';
COMMENT ON COLUMN soc2.anonymization_status.set_at IS 'when it was set';
COMMENT ON COLUMN soc2.anonymization_status.set_by IS 'by which role';
COMMENT ON COLUMN soc2.anonymization_status.set_for IS 'name that the column had then, by which soc2.unset_anonymization() takes a rule back whose column is lost';

--
-- Disposal
--

CREATE FUNCTION soc2.anonymize_range(
        relation regclass, first_block bigint, past_block bigint,
        cutoff timestamptz, seen pg_snapshot, key bytea, key_columns text[],
        act boolean, only_keys bytea[], only_hashes bytea[],
        OUT rows bigint, OUT held bigint, OUT blocked bigint, OUT changed bigint,
        OUT others bigint, OUT set_hash bytea, OUT key_hashes bytea,
        OUT first_taken bigint, OUT past_taken bigint)
    AS 'MODULE_PATHNAME', 'soc2_anonymize_range'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.anonymize_range(regclass, bigint, bigint, timestamptz, pg_snapshot, bytea, text[], boolean, bytea[], bytea[]) IS
'counts the rows of a range of blocks that are to be anonymized by what a plan makes of them, hashes their keys with the key unless that is NULL, and, if it is to act, anonymizes those that the plan takes; rows with the values of the rules are among the others; keys and hashes as in soc2.dispose_range()';

CREATE FUNCTION soc2.anonymization_policy(relation regclass)
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(r.*) ORDER BY r.ordinal)
    FROM soc2.anonymization_of(relation) AS r;
END;
COMMENT ON FUNCTION soc2.anonymization_policy(regclass) IS
'the rules of a table as plans keep them; NULL if it has none';

CREATE FUNCTION soc2.anonymized_columns(policy jsonb)
    RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT p.class OPERATOR(pg_catalog.->) 'columns'
    FROM pg_catalog.jsonb_array_elements(policy) AS p (class)
    WHERE (p.class OPERATOR(pg_catalog.->>) 'method') OPERATOR(pg_catalog.=) 'anonymize'
    LIMIT 1;
END;
COMMENT ON FUNCTION soc2.anonymized_columns(jsonb) IS
'the rules that a policy has, as plans keep it';

CREATE FUNCTION soc2.anonymizes(policy jsonb)
    RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT policy OPERATOR(pg_catalog.@>) '[{"method": "anonymize"}]'::jsonb;
END;
COMMENT ON FUNCTION soc2.anonymizes(jsonb) IS
'true if a policy, as plans keep it, has a class whose rows are anonymized';
