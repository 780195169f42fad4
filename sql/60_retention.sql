/* sql/60_retention.sql */

--
-- Retention: classes, their assignment to tables, and guards.
--
-- Classes and assignments are written by functions only, and have versions.
-- Which rows an assignment is about, which column is their anchor and which are
-- protected is recorded by a trigger of that table, soc2_retention_rule_<ordinal>,
-- which follows renames, dumps and restores; see src/retention.h.
--

CREATE TABLE soc2.retention_classes (
    class      text COLLATE pg_catalog."C" NOT NULL,
    min_retain interval NOT NULL,
    max_retain interval,
    basis      text NOT NULL,
    criteria   soc2.criterion_set NOT NULL,
    method     text NOT NULL DEFAULT 'delete',
    created_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
    created_by text NOT NULL DEFAULT CURRENT_USER,
    version    integer NOT NULL DEFAULT 1,
    mode       text NOT NULL DEFAULT 'governance',
    review     boolean NOT NULL DEFAULT true,
    CONSTRAINT soc2_retention_classes_pkey PRIMARY KEY (class, version),
    CONSTRAINT soc2_retention_classes_class_check
        CHECK (pg_catalog.btrim(class) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_retention_classes_min_retain_check
        CHECK (min_retain OPERATOR(pg_catalog.>) '0'::interval),
    CONSTRAINT soc2_retention_classes_max_retain_check
        CHECK (max_retain OPERATOR(pg_catalog.>=) min_retain),
    CONSTRAINT soc2_retention_classes_basis_check
        CHECK (pg_catalog.btrim(basis) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_retention_classes_method_check
        CHECK (method OPERATOR(pg_catalog.=) ANY ('{delete,anonymize}'::text[])),
    CONSTRAINT soc2_retention_classes_version_check
        CHECK (version OPERATOR(pg_catalog.>) 0),
    CONSTRAINT soc2_retention_classes_mode_check
        CHECK (mode OPERATOR(pg_catalog.=) ANY ('{governance,compliance}'::text[]))
);

SELECT pg_catalog.pg_extension_config_dump('soc2.retention_classes', '');

COMMENT ON TABLE soc2.retention_classes IS
'how long rows are retained, and why; a version is never changed, the last one is in force';
COMMENT ON COLUMN soc2.retention_classes.class IS
'name of the class';
COMMENT ON COLUMN soc2.retention_classes.min_retain IS
'how long after its anchor a row cannot be deleted';
COMMENT ON COLUMN soc2.retention_classes.max_retain IS
'how long after its anchor a row is to be gone; null if nothing says so';
COMMENT ON COLUMN soc2.retention_classes.basis IS
'law, contract or policy that the periods follow from';
COMMENT ON COLUMN soc2.retention_classes.criteria IS
'criteria that the class serves';
COMMENT ON COLUMN soc2.retention_classes.method IS
'how rows are disposed of: delete, or anonymize by the rules of their table, soc2.set_anonymization()';
COMMENT ON COLUMN soc2.retention_classes.created_at IS
'when the version was created';
COMMENT ON COLUMN soc2.retention_classes.created_by IS
'role that created the version';
COMMENT ON COLUMN soc2.retention_classes.version IS
'number of the version; the last one of a class is in force';
COMMENT ON COLUMN soc2.retention_classes.mode IS
'governance: can be bypassed; compliance: by nobody';
COMMENT ON COLUMN soc2.retention_classes.review IS
'true if somebody has to look at what is disposed of';

-- There is no foreign key to the classes: a parallel pg_restore loads the
-- tables of an extension in any order.  The guards of both tables see to it,
-- and a class that is missing nevertheless makes the guards of rows refuse.
CREATE TABLE soc2.retention_assignments (
    relation    regclass NOT NULL,
    class       text COLLATE pg_catalog."C" NOT NULL,
    anchor      name NOT NULL,
    ordinal     integer NOT NULL DEFAULT 1,
    assigned_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
    assigned_by text NOT NULL DEFAULT CURRENT_USER,
    version     integer NOT NULL DEFAULT 1,
    predicate   text,
    protect     name[] NOT NULL DEFAULT '{}',
    CONSTRAINT soc2_retention_assignments_pkey
        PRIMARY KEY (relation, ordinal, version),
    CONSTRAINT soc2_retention_assignments_ordinal_check
        CHECK (ordinal OPERATOR(pg_catalog.>) 0),
    CONSTRAINT soc2_retention_assignments_version_check
        CHECK (version OPERATOR(pg_catalog.>) 0)
);

-- The row of a table that was dropped names it by a number, which means
-- nothing in a restored database.
SELECT pg_catalog.pg_extension_config_dump('soc2.retention_assignments',
    'WHERE EXISTS (SELECT FROM pg_catalog.pg_class c'
    ' WHERE c.oid OPERATOR(pg_catalog.=) relation)');

COMMENT ON TABLE soc2.retention_assignments IS
'which class the rows of a table have; there is no way to take an assignment back, it ends with its table';
COMMENT ON COLUMN soc2.retention_assignments.relation IS
'the table; a number that names nothing once it was dropped';
COMMENT ON COLUMN soc2.retention_assignments.class IS
'class of its rows';
COMMENT ON COLUMN soc2.retention_assignments.anchor IS
'name that the column the periods start from had when it was assigned; soc2.retention_status has the name of today';
COMMENT ON COLUMN soc2.retention_assignments.ordinal IS
'order among the assignments of the table: a row has the class of the first whose predicate is true';
COMMENT ON COLUMN soc2.retention_assignments.assigned_at IS
'when the class was assigned';
COMMENT ON COLUMN soc2.retention_assignments.assigned_by IS
'role that assigned the class';
COMMENT ON COLUMN soc2.retention_assignments.version IS
'number of the version; the last one of an ordinal is in force';
COMMENT ON COLUMN soc2.retention_assignments.predicate IS
'which rows it is about, as it was given; null: all';
COMMENT ON COLUMN soc2.retention_assignments.protect IS
'names that the columns which cannot be changed while a row is retained had when it was assigned';

CREATE TABLE soc2.retention_locks (
    relation  regclass NOT NULL,
    locked_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
    locked_by text NOT NULL DEFAULT CURRENT_USER,
    CONSTRAINT soc2_retention_locks_pkey PRIMARY KEY (relation)
);

SELECT pg_catalog.pg_extension_config_dump('soc2.retention_locks',
    'WHERE EXISTS (SELECT FROM pg_catalog.pg_class c'
    ' WHERE c.oid OPERATOR(pg_catalog.=) relation)');

COMMENT ON TABLE soc2.retention_locks IS
'tables whose retention can be extended only; there is no way to take a lock back';
COMMENT ON COLUMN soc2.retention_locks.relation IS
'the table; a number that names nothing once it was dropped';
COMMENT ON COLUMN soc2.retention_locks.locked_at IS
'when it was locked';
COMMENT ON COLUMN soc2.retention_locks.locked_by IS
'role that locked it';

CREATE FUNCTION soc2.retention_class_guard()
    RETURNS trigger
    AS 'MODULE_PATHNAME', 'soc2_retention_class_guard'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION soc2.retention_class_guard() IS
'refuses to change a retention class, and to delete one that is assigned (S2G01)';

CREATE TRIGGER soc2_retention_class_guard
    BEFORE UPDATE OR DELETE ON soc2.retention_classes
    FOR EACH ROW EXECUTE FUNCTION soc2.retention_class_guard();

COMMENT ON TRIGGER soc2_retention_class_guard ON soc2.retention_classes IS
'refuses to change a class, and to delete one that is assigned';

CREATE TRIGGER soc2_retention_class_guard_truncate
    BEFORE TRUNCATE ON soc2.retention_classes
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.retention_class_guard();

COMMENT ON TRIGGER soc2_retention_class_guard_truncate
    ON soc2.retention_classes IS
'refuses to truncate the classes';

ALTER TABLE soc2.retention_classes
    ENABLE ALWAYS TRIGGER soc2_retention_class_guard,
    ENABLE ALWAYS TRIGGER soc2_retention_class_guard_truncate;

CREATE FUNCTION soc2.retention_assignment_guard()
    RETURNS trigger
    AS 'MODULE_PATHNAME', 'soc2_retention_assignment_guard'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION soc2.retention_assignment_guard() IS
'refuses to change an assignment or a lock, and to delete one whose table exists (S2G01)';

CREATE TRIGGER soc2_retention_assignment_guard
    BEFORE INSERT OR UPDATE OR DELETE ON soc2.retention_assignments
    FOR EACH ROW EXECUTE FUNCTION soc2.retention_assignment_guard();

COMMENT ON TRIGGER soc2_retention_assignment_guard
    ON soc2.retention_assignments IS
'refuses to change an assignment, and to delete one whose table exists; makes sessions read it again';

CREATE TRIGGER soc2_retention_assignment_guard_truncate
    BEFORE TRUNCATE ON soc2.retention_assignments
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.retention_assignment_guard();

COMMENT ON TRIGGER soc2_retention_assignment_guard_truncate
    ON soc2.retention_assignments IS
'refuses to truncate the assignments';

ALTER TABLE soc2.retention_assignments
    ENABLE ALWAYS TRIGGER soc2_retention_assignment_guard,
    ENABLE ALWAYS TRIGGER soc2_retention_assignment_guard_truncate;

CREATE TRIGGER soc2_retention_lock_guard
    BEFORE INSERT OR UPDATE OR DELETE ON soc2.retention_locks
    FOR EACH ROW EXECUTE FUNCTION soc2.retention_assignment_guard();

COMMENT ON TRIGGER soc2_retention_lock_guard ON soc2.retention_locks IS
'refuses to change a lock, and to delete one whose table exists';

CREATE TRIGGER soc2_retention_lock_guard_truncate
    BEFORE TRUNCATE ON soc2.retention_locks
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.retention_assignment_guard();

COMMENT ON TRIGGER soc2_retention_lock_guard_truncate
    ON soc2.retention_locks IS
'refuses to truncate the locks';

ALTER TABLE soc2.retention_locks
    ENABLE ALWAYS TRIGGER soc2_retention_lock_guard,
    ENABLE ALWAYS TRIGGER soc2_retention_lock_guard_truncate;

CREATE FUNCTION soc2.retention_guard()
    RETURNS trigger
    AS 'MODULE_PATHNAME', 'soc2_retention_guard'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION soc2.retention_guard() IS
'trigger of a table with a retention policy: refuses to delete retained rows (S2R01) and to shorten their retention (S2R02)';

-- Ledgers of the extension have the triggers of a policy from the start: a dump
-- leaves out those that are created on tables of extensions.  They let everything
-- pass until soc2.set_retention() was called.
DO $triggers$
DECLARE
    ledger text;
BEGIN
    FOREACH ledger IN ARRAY '{evidence,ddl_log,observed_changes,row_changes}'::text[] LOOP
        EXECUTE pg_catalog.replace($$
            CREATE TRIGGER soc2_retention_delete
                BEFORE DELETE ON soc2.LEDGER
                FOR EACH ROW EXECUTE FUNCTION soc2.retention_guard();
            COMMENT ON TRIGGER soc2_retention_delete ON soc2.LEDGER IS
            'refuses to delete a row that is retained';
            CREATE TRIGGER soc2_retention_update
                AFTER UPDATE ON soc2.LEDGER
                FOR EACH ROW EXECUTE FUNCTION soc2.retention_guard();
            COMMENT ON TRIGGER soc2_retention_update ON soc2.LEDGER IS
            'refuses an update that shortens the retention of a row';
            CREATE TRIGGER soc2_retention_truncate
                BEFORE TRUNCATE ON soc2.LEDGER
                FOR EACH STATEMENT EXECUTE FUNCTION soc2.retention_guard();
            COMMENT ON TRIGGER soc2_retention_truncate ON soc2.LEDGER IS
            'refuses to truncate the table while it holds a row that is retained';
            CREATE TRIGGER soc2_retention_rule_1
                BEFORE UPDATE OF recorded_at ON soc2.LEDGER
                FOR EACH ROW EXECUTE FUNCTION soc2.retention_guard();
            COMMENT ON TRIGGER soc2_retention_rule_1 ON soc2.LEDGER IS
            'says which column retention starts from, once the table has a class';
            ALTER TABLE soc2.LEDGER
                ENABLE ALWAYS TRIGGER soc2_retention_delete,
                ENABLE ALWAYS TRIGGER soc2_retention_update,
                ENABLE ALWAYS TRIGGER soc2_retention_truncate,
                ENABLE ALWAYS TRIGGER soc2_retention_rule_1;
            $$, 'LEDGER', ledger);
    END LOOP;
END
$triggers$;

CREATE FUNCTION soc2.retained_until(anchor timestamp with time zone, period interval)
    RETURNS timestamp with time zone
    AS 'MODULE_PATHNAME', 'soc2_retained_until'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION soc2.retained_until(timestamp with time zone, interval) IS
'when a period that starts at the anchor ends, by the calendar in UTC; infinity beyond the range of times, null for -infinity, which is no date';

CREATE FUNCTION soc2.create_retention_class(
    class text,
    min_retain interval,
    basis text,
    criteria soc2.criterion_set DEFAULT '{tsc:C1.1,tsc:C1.2}',
    max_retain interval DEFAULT NULL,
    method text DEFAULT 'delete',
    mode text DEFAULT 'governance',
    review boolean DEFAULT true)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_create_retention_class'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;

COMMENT ON FUNCTION soc2.create_retention_class(text, interval, text, soc2.criterion_set, interval, text, text, boolean) IS
'creates a retention class and returns its name';

CREATE FUNCTION soc2.revise_retention_class(
    class text,
    min_retain interval,
    basis text,
    criteria soc2.criterion_set DEFAULT '{tsc:C1.1,tsc:C1.2}',
    max_retain interval DEFAULT NULL,
    method text DEFAULT 'delete',
    mode text DEFAULT 'governance',
    review boolean DEFAULT true)
    RETURNS integer
    AS 'MODULE_PATHNAME', 'soc2_revise_retention_class'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;

COMMENT ON FUNCTION soc2.revise_retention_class(text, interval, text, soc2.criterion_set, interval, text, text, boolean) IS
'adds a version of a class, which is in force at once for all rows that have it, and returns its number; one that shortens retention is refused (S2R02) or takes a bypass';

CREATE FUNCTION soc2.set_retention(
    "table" regclass,
    class text,
    anchor name,
    predicate text DEFAULT NULL,
    ordinal integer DEFAULT 1,
    protect name[] DEFAULT '{}')
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_set_retention'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;

COMMENT ON FUNCTION soc2.set_retention(regclass, text, name, text, integer, name[]) IS
'gives rows of a table a retention class, starting from a date column, and guards them; deletes nothing; cannot be taken back while the table exists';

CREATE FUNCTION soc2.lock_retention("table" regclass, confirm text)
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_lock_retention'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION soc2.lock_retention(regclass, text) IS
'locks the retention of a table, whose name is given once more: from then on it can be extended only, by anybody';

CREATE FUNCTION soc2.retention_guarded(relation regclass)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_retention_guarded'
    LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION soc2.retention_guarded(regclass) IS
'true if all guard triggers of a table are there and enabled in every replication role';

CREATE VIEW soc2.retention_status AS
    SELECT CASE WHEN c.oid IS NULL THEN a.relation::oid::text
                ELSE pg_catalog.format('%I.%I', n.nspname, c.relname)
           END AS relation,
           a.class,
           col.attname::text AS anchor,
           k.min_retain,
           k.max_retain,
           k.basis,
           k.criteria,
           k.method,
           c.oid IS NOT NULL AS present,
           soc2.retention_guarded(a.relation) AS guarded,
           a.ordinal,
           a.assigned_at,
           a.assigned_by,
           k.version,
           k.mode,
           k.review,
           CASE WHEN a.predicate IS NOT NULL THEN
               pg_catalog.substring(pg_catalog.pg_get_triggerdef(t.oid),
                   ' WHEN \((.*)\) EXECUTE FUNCTION ') END AS predicate,
           ARRAY(SELECT p.attname::text
                 FROM pg_catalog.unnest(t.tgattr::smallint[])
                     WITH ORDINALITY AS u (attnum, place)
                 JOIN pg_catalog.pg_attribute AS p
                     ON p.attrelid OPERATOR(pg_catalog.=) t.tgrelid
                     AND p.attnum OPERATOR(pg_catalog.=) u.attnum
                 WHERE u.place OPERATOR(pg_catalog.>) 1
                 ORDER BY u.place) AS protect,
           EXISTS (SELECT FROM soc2.retention_locks AS l
                   WHERE l.relation OPERATOR(pg_catalog.=) a.relation) AS locked
    FROM (SELECT DISTINCT ON (relation, ordinal) *
          FROM soc2.retention_assignments
          ORDER BY relation, ordinal, version DESC) AS a
    LEFT JOIN (SELECT DISTINCT ON (class) *
               FROM soc2.retention_classes
               ORDER BY class, version DESC) AS k
        ON k.class OPERATOR(pg_catalog.=) a.class
    LEFT JOIN pg_catalog.pg_class c
        ON c.oid OPERATOR(pg_catalog.=) a.relation
    LEFT JOIN pg_catalog.pg_namespace n
        ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    LEFT JOIN pg_catalog.pg_trigger t
        ON t.tgrelid OPERATOR(pg_catalog.=) c.oid
        AND t.tgname OPERATOR(pg_catalog.=)
            ('soc2_retention_rule_' OPERATOR(pg_catalog.||) a.ordinal::text)::name
    LEFT JOIN pg_catalog.pg_attribute col
        ON col.attrelid OPERATOR(pg_catalog.=) t.tgrelid
        AND col.attnum OPERATOR(pg_catalog.=) t.tgattr[0];

COMMENT ON VIEW soc2.retention_status IS
'each assignment of a retention class to a table that is in force, and whether it is guarded';
COMMENT ON COLUMN soc2.retention_status.relation IS
'schema and name of the table, quoted where needed; a number once it was dropped';
COMMENT ON COLUMN soc2.retention_status.class IS
'retention class of its rows';
COMMENT ON COLUMN soc2.retention_status.anchor IS
'column the periods start from, by its name of today; null if it is missing';
COMMENT ON COLUMN soc2.retention_status.min_retain IS
'how long after its anchor a row cannot be deleted';
COMMENT ON COLUMN soc2.retention_status.max_retain IS
'how long after its anchor a row is to be gone; null if nothing says so';
COMMENT ON COLUMN soc2.retention_status.basis IS
'law, contract or policy that the periods follow from';
COMMENT ON COLUMN soc2.retention_status.criteria IS
'criteria that the class serves';
COMMENT ON COLUMN soc2.retention_status.method IS
'how rows are disposed of';
COMMENT ON COLUMN soc2.retention_status.present IS
'false if the table was dropped';
COMMENT ON COLUMN soc2.retention_status.guarded IS
'true if all triggers of the policy, on partitions too, are there and enabled in every replication role';
COMMENT ON COLUMN soc2.retention_status.ordinal IS
'order among the assignments of the table';
COMMENT ON COLUMN soc2.retention_status.assigned_at IS
'when the class was assigned';
COMMENT ON COLUMN soc2.retention_status.assigned_by IS
'role that assigned the class';
COMMENT ON COLUMN soc2.retention_status.version IS
'version of the class';
COMMENT ON COLUMN soc2.retention_status.mode IS
'governance: can be bypassed; compliance: by nobody';
COMMENT ON COLUMN soc2.retention_status.review IS
'true if somebody has to look at what is disposed of';
COMMENT ON COLUMN soc2.retention_status.predicate IS
'which rows it is about, as a condition on the table under the alias old; null: all that no ordinal before it is about';
COMMENT ON COLUMN soc2.retention_status.protect IS
'columns that cannot be changed while a row is retained, by their names of today';
COMMENT ON COLUMN soc2.retention_status.locked IS
'true if it can be extended only';
