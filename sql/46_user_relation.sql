/* sql/46_user_relation.sql */

--
-- Relations that users made, which checks judge.
--

CREATE VIEW soc2.user_relations AS
    SELECT c.oid AS relation_oid,
        pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
        n.nspname AS schema_name, c.relname AS relation_name,
        c.relkind AS kind, c.relpersistence AS persistence,
        c.relispartition AS is_partition
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    WHERE n.nspname OPERATOR(pg_catalog.<>) ALL ('{pg_catalog,information_schema}'::name[])
        AND n.nspname OPERATOR(pg_catalog.!~) '^pg_(toast|temp)'
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS d
            WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::regclass
                AND d.objid OPERATOR(pg_catalog.=) c.oid
                AND d.deptype OPERATOR(pg_catalog.=) 'e');
COMMENT ON VIEW soc2.user_relations IS
'which relations did users make? neither the server''s own nor those of an extension, nor temporary ones';
COMMENT ON COLUMN soc2.user_relations.relation_oid IS 'the relation, for joins with the catalogs';
COMMENT ON COLUMN soc2.user_relations.name IS 'schema and name, quoted where needed';
COMMENT ON COLUMN soc2.user_relations.schema_name IS 'schema of the relation';
COMMENT ON COLUMN soc2.user_relations.relation_name IS 'name of the relation';
COMMENT ON COLUMN soc2.user_relations.kind IS 'what it is, as pg_class.relkind says';
COMMENT ON COLUMN soc2.user_relations.persistence IS 'p: logged, u: not, as pg_class.relpersistence says';
COMMENT ON COLUMN soc2.user_relations.is_partition IS 'true: it is a partition of another table';
