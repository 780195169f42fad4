/* sql/61_subject.sql */

--
-- Subjects: whom rows are about.
--
-- A subject is written kind:key, as in cust:42.  The columns that lead from rows
-- to subjects make a graph, with one table a kind where it begins; see
-- src/subject.h.  Holds and erasures go by it.
--

CREATE FUNCTION soc2.table_name(relation regclass)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT COALESCE(
        (SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
         FROM pg_catalog.pg_class AS c
         JOIN pg_catalog.pg_namespace AS n
             ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
         WHERE c.oid OPERATOR(pg_catalog.=) relation::oid),
        relation::oid::text);
END;
COMMENT ON FUNCTION soc2.table_name(regclass) IS
'schema and name of a table, quoted where needed; a number once it was dropped';

CREATE TABLE soc2.subject_edges (
    relation regclass NOT NULL,
    column_name name NOT NULL,
    kind text COLLATE pg_catalog."C",
    via regclass,
    via_column name,
    on_erase text NOT NULL,
    columns jsonb,
    set_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    set_by name NOT NULL,
    CONSTRAINT soc2_subject_edges_pkey PRIMARY KEY (relation, column_name),
    CONSTRAINT soc2_subject_edges_leads_check CHECK (
        pg_catalog.num_nonnulls(kind, via) OPERATOR(pg_catalog.=) 1
        AND (via IS NULL) OPERATOR(pg_catalog.=) (via_column IS NULL)),
    CONSTRAINT soc2_subject_edges_kind_check CHECK (
        kind OPERATOR(pg_catalog.~) '^[^:[:space:]]+$'),
    CONSTRAINT soc2_subject_edges_on_erase_check CHECK (
        on_erase OPERATOR(pg_catalog.=) ANY ('{delete,anonymize,unlink,keep,shred}'::text[])
        AND (on_erase OPERATOR(pg_catalog.=) 'anonymize' OR columns IS NULL))
);
CREATE UNIQUE INDEX soc2_subject_edges_kind_idx ON soc2.subject_edges (kind)
    WHERE kind IS NOT NULL;
CREATE INDEX soc2_subject_edges_via_idx ON soc2.subject_edges (via);
SELECT pg_catalog.pg_extension_config_dump('soc2.subject_edges',
    'WHERE relation::pg_catalog.oid IN (SELECT oid FROM pg_catalog.pg_class)');
COMMENT ON TABLE soc2.subject_edges IS
'columns that say which subject a row belongs to; written by soc2.set_subject()';
COMMENT ON COLUMN soc2.subject_edges.relation IS 'table of the column';
COMMENT ON COLUMN soc2.subject_edges.column_name IS 'name of the column';
COMMENT ON COLUMN soc2.subject_edges.kind IS 'kind of subject that its values are the keys of; NULL: it refers to another table';
COMMENT ON COLUMN soc2.subject_edges.via IS 'table that it refers to';
COMMENT ON COLUMN soc2.subject_edges.via_column IS 'column of that table';
COMMENT ON COLUMN soc2.subject_edges.on_erase IS 'what erasing the subject makes of the row: delete, anonymize, unlink, keep, or shred: it stays, and is done when the key of the subject is gone';
COMMENT ON COLUMN soc2.subject_edges.columns IS 'what anonymize makes of columns: an object, null, {"constant": text} or "hash" for each; NULL: what the rules of soc2.set_anonymization() say';
COMMENT ON COLUMN soc2.subject_edges.set_at IS 'when it was set';
COMMENT ON COLUMN soc2.subject_edges.set_by IS 'by which role';

CREATE FUNCTION soc2.subject_edge_changed()
    RETURNS trigger
    AS 'MODULE_PATHNAME', 'soc2_subject_edge_changed'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.subject_edge_changed() IS
'makes sessions read again which columns lead to subjects';
CREATE TRIGGER soc2_subject_edge_changed
    BEFORE INSERT OR UPDATE OR DELETE ON soc2.subject_edges
    FOR EACH ROW EXECUTE FUNCTION soc2.subject_edge_changed();
COMMENT ON TRIGGER soc2_subject_edge_changed ON soc2.subject_edges IS
'makes sessions read the table again';
ALTER TABLE soc2.subject_edges ENABLE ALWAYS TRIGGER soc2_subject_edge_changed;

CREATE FUNCTION soc2.subject_tables(kind text)
    RETURNS TABLE (relation regclass, depth integer)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE reached (relation, depth) AS (
        SELECT e.relation, 0
        FROM soc2.subject_edges AS e
        WHERE e.kind OPERATOR(pg_catalog.=) subject_tables.kind
        UNION
        SELECT e.relation, r.depth OPERATOR(pg_catalog.+) 1
        FROM reached AS r
        JOIN soc2.subject_edges AS e
            ON e.via OPERATOR(pg_catalog.=) r.relation)
    SELECT r.relation, pg_catalog.max(r.depth)
    FROM reached AS r
    JOIN pg_catalog.pg_class AS c
        ON c.oid OPERATOR(pg_catalog.=) r.relation::oid
    GROUP BY r.relation;
END;
COMMENT ON FUNCTION soc2.subject_tables(text) IS
'the tables whose rows can belong to a subject of a kind, and how many columns are between at most';

CREATE FUNCTION soc2.subject_kind(subject text)
    RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted text := split_part(subject, ':', 1);
    edge soc2.subject_edges;
    key text := substr(subject, length(wanted) + 2);
    canonical text;
BEGIN
    SELECT e.* INTO edge FROM soc2.subject_edges AS e
    WHERE e.kind = wanted;
    IF NOT FOUND OR strpos(subject, ':') = 0 THEN
        RAISE EXCEPTION 'subject "%" is of no known kind', subject
            USING ERRCODE = 'undefined_object',
            HINT = 'A subject is written kind:key; soc2.set_subject() makes a kind known.';
    END IF;
    -- who reads these tables for others must not run what their owners wrote
    PERFORM soc2.require_subject_column(e.relation, e.column_name)
    FROM soc2.subject_edges AS e
    JOIN soc2.subject_tables(wanted) AS t ON t.relation = e.relation
    JOIN pg_attribute AS a ON a.attrelid = e.relation AND a.attname = e.column_name;
    EXECUTE format('SELECT (%L::%s)::text', key, soc2.require_subject_column(edge.relation, edge.column_name))
    INTO canonical;
    IF canonical IS DISTINCT FROM key THEN
        RAISE EXCEPTION 'subject "%" is written "%:%"', subject, wanted, canonical
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN wanted;
END
$$;
COMMENT ON FUNCTION soc2.subject_kind(text) IS
'kind of a subject; 42704 if there is none, 22023 if its key is not written as its column writes it, 42804 or 42809 if a column or table that leads to it cannot any more';

CREATE FUNCTION soc2.require_owner(relation regclass)
    RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    class pg_class;
BEGIN
    SELECT c.* INTO class FROM pg_class AS c WHERE c.oid = relation::oid;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'relation with OID % does not exist', COALESCE(relation::oid::text, 'null')
            USING ERRCODE = 'undefined_table';
    END IF;
    IF NOT pg_has_role(soc2.acting_role(), class.relowner, 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of table %', class.relname
            USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;
COMMENT ON FUNCTION soc2.require_owner(regclass) IS
'refuses (42501) a role that acts and does not own the table';

CREATE FUNCTION soc2.require_subject_column(relation regclass, column_name name)
    RETURNS regtype
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    col pg_attribute;
BEGIN
    SELECT a.* INTO col FROM pg_attribute AS a
    WHERE a.attrelid = relation AND a.attname = column_name
        AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'column "%" of table "%" does not exist', column_name, soc2.table_name(relation)
            USING ERRCODE = 'undefined_column';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = relation AND c.relkind IN ('r', 'p')) THEN
        RAISE EXCEPTION 'rows of "%" cannot belong to subjects', soc2.table_name(relation)
            USING ERRCODE = 'wrong_object_type',
            DETAIL = 'It is no table of this database.';
    END IF;
    IF col.atttypid <> ALL ('{smallint,integer,bigint,text,varchar,uuid}'::regtype[])
        OR col.attgenerated = 'v'
        OR EXISTS (SELECT FROM pg_collation AS c
                   WHERE c.oid = col.attcollation AND NOT c.collisdeterministic) THEN
        RAISE EXCEPTION 'column "%" of table "%" cannot tell subjects apart', column_name, soc2.table_name(relation)
            USING ERRCODE = 'datatype_mismatch',
            HINT = 'It must be stored, and of type smallint, integer, bigint, uuid, text or varchar, with a deterministic collation.';
    END IF;
    RETURN col.atttypid;
END
$$;
COMMENT ON FUNCTION soc2.require_subject_column(regclass, name) IS
'type of a column that can tell subjects apart or lead to them; 42703 if there is none, 42804 if it cannot, 42809 if it is not of a table';

CREATE FUNCTION soc2.referenced_column(
        relation regclass, column_name name, via regclass)
    RETURNS name
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT a.attname
    FROM pg_catalog.pg_constraint AS k
    JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid OPERATOR(pg_catalog.=) referenced_column.via::oid
    WHERE CASE k.contype
            WHEN 'f' THEN k.conrelid OPERATOR(pg_catalog.=) referenced_column.relation::oid
                AND k.confrelid OPERATOR(pg_catalog.=) referenced_column.via::oid
                AND pg_catalog.cardinality(k.conkey) OPERATOR(pg_catalog.=) 1
                AND a.attnum OPERATOR(pg_catalog.=) k.confkey[1]
                AND EXISTS (
                    SELECT FROM pg_catalog.pg_attribute AS r
                    WHERE r.attrelid OPERATOR(pg_catalog.=) k.conrelid
                        AND r.attnum OPERATOR(pg_catalog.=) k.conkey[1]
                        AND r.attname OPERATOR(pg_catalog.=) referenced_column.column_name)
            WHEN 'p' THEN k.conrelid OPERATOR(pg_catalog.=) referenced_column.via::oid
                AND pg_catalog.cardinality(k.conkey) OPERATOR(pg_catalog.=) 1
                AND a.attnum OPERATOR(pg_catalog.=) k.conkey[1]
            ELSE false
          END
    ORDER BY k.contype, a.attnum
    LIMIT 1;
END;
COMMENT ON FUNCTION soc2.referenced_column(regclass, name, regclass) IS
'column of a table that a column of another table refers to: by its foreign key, or else the primary key';

CREATE FUNCTION soc2.erasure_rules(relation regclass, columns jsonb)
    RETURNS TABLE (column_name name, rule text, constant text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF columns IS NULL THEN
        RETURN QUERY SELECT r.column_name, r.rule, r.constant FROM soc2.anonymization_of(relation) AS r;
    ELSE
        RETURN QUERY
        SELECT c.key::name, CASE WHEN c.value = 'null' THEN 'null'
                WHEN jsonb_typeof(c.value) = 'string' THEN c.value #>> '{}'
                WHEN c.value - 'constant' = '{}' AND jsonb_typeof(c.value -> 'constant') = 'string'
                    THEN 'constant' END,
            CASE jsonb_typeof(c.value) WHEN 'object' THEN c.value ->> 'constant' END
        FROM jsonb_each(columns) AS c;
    END IF;
END
$$;
COMMENT ON FUNCTION soc2.erasure_rules(regclass, jsonb) IS
'what erasing makes of columns: what is said of them, or if nothing is, the rules of soc2.set_anonymization(); a rule that is NULL is none';

CREATE FUNCTION soc2.check_anonymization(relation regclass, columns jsonb)
    RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted record;
BEGIN
    IF columns IS NULL THEN
        IF NOT EXISTS (SELECT FROM soc2.anonymization_of(relation) AS r WHERE r.rule <> 'any') THEN
            RAISE EXCEPTION 'anonymizing needs an object of columns, or rules of the table'
                USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Call soc2.set_anonymization() first, or give columns as in {"email": null, "name": {"constant": "erased"}, "phone": "hash"}.';
        END IF;
        RETURN;
    END IF;
    IF jsonb_typeof(columns) IS DISTINCT FROM 'object' OR columns = '{}' THEN
        RAISE EXCEPTION 'anonymizing needs an object of columns'
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'As in {"email": null, "name": {"constant": "erased"}, "phone": "hash"}.';
    END IF;
    FOR wanted IN SELECT r.* FROM soc2.erasure_rules(relation, columns) AS r LOOP
        IF wanted.rule IS NULL OR wanted.rule NOT IN ('null', 'constant', 'hash') THEN
            RAISE EXCEPTION 'column "%" of table "%" cannot be anonymized like that', wanted.column_name,
                    soc2.table_name(relation)
                USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Give null, {"constant": text}, or "hash".';
        END IF;
        PERFORM soc2.check_anonymization_rule(relation, wanted.column_name, wanted.rule, wanted.constant);
    END LOOP;
END
$$;
COMMENT ON FUNCTION soc2.check_anonymization(regclass, jsonb) IS
'refuses what does not say for each column how it is anonymized; NULL: as the rules of the table say';

CREATE FUNCTION soc2.subject_kinds(relation regclass)
    RETURNS TABLE (kind text)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT e.kind
    FROM soc2.subject_edges AS e
    WHERE e.kind IS NOT NULL AND EXISTS (
        SELECT FROM soc2.subject_tables(e.kind) AS t
        WHERE t.relation OPERATOR(pg_catalog.=) subject_kinds.relation);
END;
COMMENT ON FUNCTION soc2.subject_kinds(regclass) IS
'kinds of subjects that rows of a table can belong to';

CREATE FUNCTION soc2.subject_is_held(relation regclass)
    RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM soc2.holds AS h
        JOIN soc2.subject_kinds(subject_is_held.relation) AS k ON k.kind = split_part(h.subject, ':', 1)
        WHERE NOT EXISTS (
            SELECT FROM soc2.hold_releases AS r
            WHERE r.hold_id = h.hold_id AND r.ends_at <= now()));
END
$$;
COMMENT ON FUNCTION soc2.subject_is_held(regclass) IS
'is there a hold in force on a subject of a kind that rows of the table can belong to?';

CREATE FUNCTION soc2.check_subject_edge(
        "table" regclass, "column" name, via regclass, via_column name)
    RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    type regtype := soc2.require_subject_column("table", "column");
    via_type regtype;
BEGIN
    IF NOT EXISTS (SELECT FROM soc2.subject_edges AS e
                   WHERE e.relation = check_subject_edge.via) THEN
        RAISE EXCEPTION 'table "%" does not lead to a subject', soc2.table_name(via)
            USING ERRCODE = 'undefined_object',
            HINT = 'Call soc2.set_subject() for it first.';
    END IF;
    IF EXISTS (
            WITH RECURSIVE above (relation) AS (
                SELECT check_subject_edge.via
                UNION
                SELECT e.via FROM above AS a
                JOIN soc2.subject_edges AS e ON e.relation = a.relation)
            SELECT FROM above AS a WHERE a.relation = "table") THEN
        RAISE EXCEPTION 'table "%" would lead to itself', soc2.table_name("table")
            USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'Columns that lead to subjects must not make a circle.';
    END IF;
    IF via_column IS NULL THEN
        RAISE EXCEPTION 'column "%" of table "%" refers to nothing in table "%"', "column",
                soc2.table_name("table"), soc2.table_name(via)
            USING ERRCODE = 'undefined_object',
            HINT = 'There must be a foreign key of this column alone, or a primary key of one column.';
    END IF;
    via_type := soc2.require_subject_column(via, via_column);
    IF (via_type IN ('text', 'varchar')) <> (type IN ('text', 'varchar'))
        OR (via_type = 'uuid'::regtype) <> (type = 'uuid'::regtype) THEN
        RAISE EXCEPTION 'column "%" of table "%" cannot be compared with column "%" of table "%"', "column",
                soc2.table_name("table"), via_column, soc2.table_name(via)
            USING ERRCODE = 'datatype_mismatch';
    END IF;
END
$$;
COMMENT ON FUNCTION soc2.check_subject_edge(regclass, name, regclass, name) IS
'refuses a column that cannot lead to subjects via another table';

CREATE FUNCTION soc2.check_on_erase(
        "table" regclass, "column" name, via regclass, on_erase text,
        columns jsonb)
    RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF on_erase IS NULL OR on_erase <> ALL ('{delete,anonymize,unlink,keep,shred}')
        OR on_erase = 'unlink' AND via IS NULL THEN
        RAISE EXCEPTION 'erasing a subject cannot "%" here', on_erase
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'It can delete, anonymize, keep, shred, and where the column leads via another table, unlink.';
    END IF;
    IF on_erase = 'shred' AND soc2.uses_key("table", 't', '') = 'false' THEN
        RAISE EXCEPTION 'table "%" has no column that can hold encrypted values', soc2.table_name("table")
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Keep what soc2.encrypt_for() returns in a column of type bytea.';
    END IF;
    IF on_erase <> 'anonymize' AND columns IS NOT NULL THEN
        RAISE EXCEPTION 'argument "columns" is for on_erase => ''anonymize'' only'
            USING ERRCODE = 'invalid_parameter_value';
    ELSIF on_erase = 'anonymize' THEN
        PERFORM soc2.check_anonymization("table", columns);
        IF columns ? "column"::text OR columns IS NULL AND EXISTS (
                SELECT FROM soc2.anonymization_of("table") AS r WHERE r.column_name = "column")
            OR EXISTS (
                SELECT FROM soc2.subject_edges AS e
                WHERE e.relation = "table" AND check_on_erase.columns ? e.column_name::text
                    OR e.via = "table" AND check_on_erase.columns ? e.via_column::text) THEN
            RAISE EXCEPTION 'a column that leads to a subject cannot be anonymized'
                USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Use on_erase => ''unlink'' where the row should stay without its subject.';
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION soc2.check_on_erase(regclass, name, regclass, text, jsonb) IS
'refuses what is not one way to erase a row';

CREATE FUNCTION soc2.set_subject(
        "table" regclass, "column" name, kind text DEFAULT NULL,
        via regclass DEFAULT NULL, on_erase text DEFAULT 'delete',
        columns jsonb DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    referred name := soc2.referenced_column("table", "column", via);
BEGIN
    PERFORM soc2.require_owner("table");
    PERFORM soc2.require_subject_column("table", "column");
    IF num_nonnulls(kind, via) <> 1 THEN
        RAISE EXCEPTION 'a column tells subjects of a kind apart, or leads to them via another table'
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give either kind or via.';
    END IF;
    IF kind !~ '^[^:[:space:]]+$' THEN
        RAISE EXCEPTION 'a kind of subjects must be one word without a colon'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM soc2.check_on_erase("table", "column", via, on_erase, columns);
    LOCK TABLE soc2.subject_edges IN SHARE ROW EXCLUSIVE MODE;
    IF via IS NOT NULL THEN
        PERFORM soc2.check_subject_edge("table", "column", via, referred);
    ELSIF EXISTS (SELECT FROM soc2.subject_edges AS e
                  WHERE e.kind = set_subject.kind
                      AND (e.relation, e.column_name) <> ("table", "column")) THEN
        RAISE EXCEPTION 'subjects of kind "%" are told apart by another column', kind
            USING ERRCODE = 'duplicate_object';
    END IF;
    IF soc2.subject_is_held("table") AND EXISTS (
            SELECT FROM soc2.subject_edges AS e
            WHERE e.relation = "table" AND e.column_name = "column"
                AND (e.kind, e.via, e.via_column) IS DISTINCT FROM
                    (set_subject.kind, set_subject.via, referred)) THEN
        RAISE EXCEPTION 'column "%" of table "%" leads to subjects that are on legal hold', "column",
                soc2.table_name("table")
            USING ERRCODE = 'S2H01',
            HINT = 'It can lead elsewhere when no hold on them is in force.';
    END IF;
    INSERT INTO soc2.subject_edges AS e (relation, column_name, kind, via, via_column,
                                         on_erase, columns, set_by)
    VALUES ("table", "column", set_subject.kind, set_subject.via, referred,
            set_subject.on_erase, set_subject.columns, soc2.acting_role())
    ON CONFLICT ON CONSTRAINT soc2_subject_edges_pkey DO UPDATE
    SET kind = excluded.kind, via = excluded.via, via_column = excluded.via_column,
        on_erase = excluded.on_erase, columns = excluded.columns,
        set_at = excluded.set_at, set_by = excluded.set_by;
    IF EXISTS (SELECT FROM jsonb_each(set_subject.columns) AS c WHERE c.value = '"hash"') THEN
        PERFORM soc2.make_anonymization_key("table");
    END IF;
    IF soc2.subject_is_held("table") THEN
        PERFORM soc2.guard_held_table(t.relation)
        FROM soc2.subject_kinds("table") AS k (kind),
            soc2.subject_tables(k.kind) AS t (relation);
    END IF;
    PERFORM soc2.record_act('subject', soc2.table_name("table"), jsonb_build_object(
        'action', 'set', 'column', "column", 'kind', kind, 'via', soc2.table_name(via),
        'via_column', referred, 'on_erase', on_erase, 'columns', columns,
        'session_user', SESSION_USER), '{tsc:P4.3,tsc:C1.2}');
END
$$;
COMMENT ON FUNCTION soc2.set_subject(regclass, name, text, regclass, text, jsonb) IS
'says that a column of a table tells subjects of a kind apart, or refers to a table whose rows belong to subjects, and what erasing a subject makes of the row';

CREATE FUNCTION soc2.unset_subject("table" regclass, "column" name)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM soc2.require_owner("table");
    IF soc2.subject_is_held("table") THEN
        RAISE EXCEPTION 'column "%" of table "%" leads to subjects that are on legal hold', "column",
                soc2.table_name("table")
            USING ERRCODE = 'S2H01',
            HINT = 'It can be given up when no hold on them is in force.';
    END IF;
    DELETE FROM soc2.subject_edges AS e
    WHERE e.relation = "table" AND e.column_name = "column"
        AND (EXISTS (SELECT FROM soc2.subject_edges AS o
                     WHERE o.relation = "table" AND o.column_name <> "column")
             OR NOT EXISTS (SELECT FROM soc2.subject_edges AS o WHERE o.via = "table"));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'column "%" of table "%" does not lead to a subject, or other tables lead there via it',
                "column", soc2.table_name("table")
            USING ERRCODE = 'undefined_object',
            HINT = 'The columns are in soc2.subject_edges.';
    END IF;
    PERFORM soc2.record_act('subject', soc2.table_name("table"), jsonb_build_object(
        'action', 'unset', 'column', "column", 'session_user', SESSION_USER),
        '{tsc:P4.3,tsc:C1.2}');
END
$$;
COMMENT ON FUNCTION soc2.unset_subject(regclass, name) IS
'takes soc2.set_subject() back; 42704 if there is nothing to take back or other tables depend on it, S2H01 while a hold does';
