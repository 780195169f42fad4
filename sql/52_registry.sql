/* sql/52_registry.sql */

--
-- Registries: what checks judge and the server does not know by itself.
--
-- Rows say when and by whom they were recorded; the privileges let nobody
-- choose that, and let nobody change the rows of registries that only grow.
--

CREATE FUNCTION soc2.require_registered(kind text, name text, found boolean)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_require_registered'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.require_registered(text, text, boolean) IS
'true if found, or else the error that what a function was asked about does not exist (42704)';

--
-- Backups and their tests
--

CREATE TABLE soc2.backups (
    backup_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    label text NOT NULL,
    kind text NOT NULL,
    started_at timestamptz,
    finished_at timestamptz NOT NULL,
    location text,
    bytes bigint,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT CURRENT_USER,
    CONSTRAINT soc2_backups_pkey PRIMARY KEY (backup_id),
    CONSTRAINT soc2_backups_label_key UNIQUE (label),
    CONSTRAINT soc2_backups_label_check CHECK (
        pg_catalog.btrim(label) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_backups_kind_check CHECK (
        kind OPERATOR(pg_catalog.=) ANY ('{base,incremental,logical,snapshot}'::text[])),
    CONSTRAINT soc2_backups_finished_at_check CHECK (
        finished_at OPERATOR(pg_catalog.>=) started_at),
    CONSTRAINT soc2_backups_bytes_check CHECK (
        bytes OPERATOR(pg_catalog.>=) 0)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.backups', '');
COMMENT ON TABLE soc2.backups IS
'backups that were made; written by soc2.record_backup()';
COMMENT ON COLUMN soc2.backups.backup_id IS 'id of the backup';
COMMENT ON COLUMN soc2.backups.label IS 'name of the backup where it is kept';
COMMENT ON COLUMN soc2.backups.kind IS 'base, incremental, logical or snapshot';
COMMENT ON COLUMN soc2.backups.started_at IS 'when it began';
COMMENT ON COLUMN soc2.backups.finished_at IS 'when it was complete';
COMMENT ON COLUMN soc2.backups.location IS 'where it is kept';
COMMENT ON COLUMN soc2.backups.bytes IS 'its size';
COMMENT ON COLUMN soc2.backups.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.backups.recorded_by IS 'by which role';

CREATE TABLE soc2.backup_tests (
    backup_test_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    backup_id uuid NOT NULL,
    method text NOT NULL,
    passed boolean NOT NULL,
    tested_at timestamptz NOT NULL,
    duration interval,
    detail text,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT CURRENT_USER,
    restored_to timestamptz,
    CONSTRAINT soc2_backup_tests_pkey PRIMARY KEY (backup_test_id),
    CONSTRAINT soc2_backup_tests_method_check CHECK (
        method OPERATOR(pg_catalog.=) ANY ('{verify,restore}'::text[]))
);
SELECT pg_catalog.pg_extension_config_dump('soc2.backup_tests', '');
COMMENT ON TABLE soc2.backup_tests IS
'tests of backups: verified where they are kept, or restored; written by soc2.record_backup_test()';
COMMENT ON COLUMN soc2.backup_tests.backup_test_id IS 'id of the test';
COMMENT ON COLUMN soc2.backup_tests.backup_id IS 'backup that was tested';
COMMENT ON COLUMN soc2.backup_tests.method IS
'verify (its files were checked) or restore (a server was started from it)';
COMMENT ON COLUMN soc2.backup_tests.passed IS 'was it usable?';
COMMENT ON COLUMN soc2.backup_tests.tested_at IS 'when it was tested';
COMMENT ON COLUMN soc2.backup_tests.duration IS 'how long a restore took';
COMMENT ON COLUMN soc2.backup_tests.detail IS 'how it was done and what was found';
COMMENT ON COLUMN soc2.backup_tests.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.backup_tests.recorded_by IS 'by which role';
COMMENT ON COLUMN soc2.backup_tests.restored_to IS 'up to when everything was there after a restore';

CREATE FUNCTION soc2.record_backup(
    label text,
    finished_at timestamptz DEFAULT pg_catalog.now(),
    kind text DEFAULT 'base',
    started_at timestamptz DEFAULT NULL,
    location text DEFAULT NULL,
    bytes bigint DEFAULT NULL)
    RETURNS uuid
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.backups (label, kind, started_at, finished_at, location, bytes)
    VALUES (record_backup.label, record_backup.kind, record_backup.started_at,
        record_backup.finished_at, record_backup.location, record_backup.bytes)
    RETURNING backup_id;
END;
COMMENT ON FUNCTION soc2.record_backup(text, timestamptz, text, timestamptz, text, bigint) IS
'records a backup that was made; returns its backup_id; 23505 if there is one with this label';

CREATE FUNCTION soc2.record_backup_test(
    label text,
    passed boolean,
    method text DEFAULT 'restore',
    tested_at timestamptz DEFAULT pg_catalog.now(),
    duration interval DEFAULT NULL,
    detail text DEFAULT NULL)
    RETURNS uuid
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('backup', record_backup_test.label, EXISTS (
        SELECT FROM soc2.backups AS b
        WHERE b.label OPERATOR(pg_catalog.=) record_backup_test.label));
    INSERT INTO soc2.backup_tests (backup_id, method, passed, tested_at, duration, detail)
    SELECT b.backup_id, record_backup_test.method, record_backup_test.passed,
        record_backup_test.tested_at, record_backup_test.duration,
        record_backup_test.detail
    FROM soc2.backups AS b
    WHERE b.label OPERATOR(pg_catalog.=) record_backup_test.label
    RETURNING backup_test_id;
END;
COMMENT ON FUNCTION soc2.record_backup_test(text, boolean, text, timestamptz, interval, text) IS
'records that a backup was restored, or verified, and with what result; returns the backup_test_id; 42704 for an unknown backup';

--
-- Classification of data
--

CREATE TABLE soc2.classifications (
    relation regclass NOT NULL,
    column_name text NOT NULL DEFAULT '',
    class text NOT NULL,
    masked boolean NOT NULL DEFAULT false,
    note text,
    classified_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    classified_by name NOT NULL DEFAULT CURRENT_USER,
    CONSTRAINT soc2_classifications_pkey PRIMARY KEY (relation, column_name),
    CONSTRAINT soc2_classifications_class_check CHECK (
        class OPERATOR(pg_catalog.=) ANY ('{public,internal,confidential,personal,restricted}'::text[]))
);
SELECT pg_catalog.pg_extension_config_dump('soc2.classifications',
    'WHERE EXISTS (SELECT FROM pg_catalog.pg_class AS c
                   WHERE c.oid OPERATOR(pg_catalog.=) relation)');
COMMENT ON TABLE soc2.classifications IS
'classes of the data in tables and columns; written by soc2.classify()';
COMMENT ON COLUMN soc2.classifications.relation IS
'the table; a number that names nothing once it was dropped';
COMMENT ON COLUMN soc2.classifications.column_name IS
'the column; empty: all columns that have no row of their own';
COMMENT ON COLUMN soc2.classifications.class IS 'public, internal, confidential, personal or restricted';
COMMENT ON COLUMN soc2.classifications.masked IS
'is what users see of it masked, or encrypted by the application?';
COMMENT ON COLUMN soc2.classifications.note IS 'why';
COMMENT ON COLUMN soc2.classifications.classified_at IS 'when it was classified';
COMMENT ON COLUMN soc2.classifications.classified_by IS 'by which role';

CREATE FUNCTION soc2.classify(
    "table" regclass,
    class text,
    column_name text DEFAULT '',
    masked boolean DEFAULT false,
    note text DEFAULT NULL)
    RETURNS void
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('table', classify."table"::text, EXISTS (
        SELECT FROM pg_catalog.pg_class AS c
        WHERE c.oid OPERATOR(pg_catalog.=) classify."table"
            AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,f}'::"char"[])));
    SELECT soc2.require_registered('column', classify.column_name,
        classify.column_name OPERATOR(pg_catalog.=) '' OR EXISTS (
            SELECT FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid OPERATOR(pg_catalog.=) classify."table"
                AND a.attname OPERATOR(pg_catalog.=) classify.column_name
                AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped));
    INSERT INTO soc2.classifications (relation, column_name, class, masked, note)
    VALUES (classify."table", classify.column_name, classify.class, classify.masked,
        classify.note)
    ON CONFLICT (relation, column_name) DO UPDATE
    SET class = excluded.class, masked = excluded.masked, note = excluded.note,
        classified_at = excluded.classified_at, classified_by = excluded.classified_by;
END;
COMMENT ON FUNCTION soc2.classify(regclass, text, text, boolean, text) IS
'gives the data in a column, or in all columns of a table that have no class of their own, a class; 42704 for what is not there, 23514 for an unknown class';

CREATE FUNCTION soc2.read_label(
    label text,
    OUT class text, OUT masked boolean, OUT subject boolean,
    OUT purpose text[], OUT basis text[], OUT recipients text[],
    OUT dispose text, OUT note text, OUT problem text)
    AS 'MODULE_PATHNAME', 'soc2_read_label'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.read_label(text) IS
'the words of a security label of the provider soc2, and in problem what is wrong with it; what is wrong has no other words';

CREATE VIEW soc2.labels AS
    WITH RECURSIVE reach AS (
        SELECT l.objoid AS relation_oid, COALESCE(a.attname::text, '') AS column_name,
            l.label, l.objoid AS labelled_oid, 0 AS depth
        FROM pg_catalog.pg_seclabel AS l
        LEFT JOIN pg_catalog.pg_attribute AS a
            ON a.attrelid OPERATOR(pg_catalog.=) l.objoid
            AND a.attnum OPERATOR(pg_catalog.=) l.objsubid
            AND l.objsubid OPERATOR(pg_catalog.<>) 0
        WHERE l.provider OPERATOR(pg_catalog.=) 'soc2'
            AND l.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::regclass
        UNION ALL
        SELECT i.inhrelid, r.column_name, r.label, r.labelled_oid,
            r.depth OPERATOR(pg_catalog.+) 1
        FROM reach AS r
        JOIN pg_catalog.pg_inherits AS i
            ON i.inhparent OPERATOR(pg_catalog.=) r.relation_oid
        JOIN pg_catalog.pg_class AS c
            ON c.oid OPERATOR(pg_catalog.=) i.inhrelid AND c.relispartition),
    nearest AS (
        SELECT DISTINCT ON (r.relation_oid, r.column_name) r.*
        FROM reach AS r
        ORDER BY r.relation_oid, r.column_name, r.depth),
    object AS (
        SELECT CASE r.column_name WHEN '' THEN 'table' ELSE 'column' END AS kind,
            r.relation_oid,
            pg_catalog.format('%I.%I', n.nspname, c.relname) AS relation,
            r.column_name, r.depth OPERATOR(pg_catalog.>) 0 AS inherited, r.label
        FROM nearest AS r
        JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) r.relation_oid
        JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
        UNION ALL
        SELECT 'database', NULL, NULL, '', false, l.label
        FROM pg_catalog.pg_shseclabel AS l
        JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) l.objoid
        WHERE l.provider OPERATOR(pg_catalog.=) 'soc2'
            AND l.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_database'::regclass
            AND d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
    SELECT o.kind, o.relation_oid, o.relation, o.column_name, o.inherited,
        w.class, w.masked, w.subject, w.purpose, w.basis, w.recipients, w.dispose,
        w.note, o.label, w.problem
    FROM object AS o
    CROSS JOIN LATERAL soc2.read_label(o.label) AS w;
COMMENT ON VIEW soc2.labels IS
'what do security labels of the provider soc2 say about the database, its tables and their columns? a partition that has no label of its own has that of its table';
COMMENT ON COLUMN soc2.labels.kind IS 'database, table or column';
COMMENT ON COLUMN soc2.labels.relation_oid IS 'the table, for joins with the catalogs; NULL: the label is on the database';
COMMENT ON COLUMN soc2.labels.relation IS 'schema and name of the table, quoted where needed';
COMMENT ON COLUMN soc2.labels.column_name IS 'name of the column; empty: the label is on all of the table or the database';
COMMENT ON COLUMN soc2.labels.inherited IS 'is it the label of a table that this one is a partition of?';
COMMENT ON COLUMN soc2.labels.class IS 'public, internal, confidential, personal or restricted; NULL: it says none';
COMMENT ON COLUMN soc2.labels.masked IS 'is what users see of it masked, or encrypted by the application?';
COMMENT ON COLUMN soc2.labels.subject IS 'is it about a person?';
COMMENT ON COLUMN soc2.labels.purpose IS 'what it is used for';
COMMENT ON COLUMN soc2.labels.basis IS 'what allows to use it: consent, contract or law';
COMMENT ON COLUMN soc2.labels.recipients IS 'who is given it';
COMMENT ON COLUMN soc2.labels.dispose IS 'what disposal should make of it: delete, null, constant, hash or keep';
COMMENT ON COLUMN soc2.labels.note IS 'why';
COMMENT ON COLUMN soc2.labels.label IS 'the label as it was written';
COMMENT ON COLUMN soc2.labels.problem IS
'what is wrong with a label that was not set by SECURITY LABEL; such a label says nothing';

CREATE VIEW soc2.column_classes AS
    -- read once: what labels say takes longer to find than all the rest
    WITH label AS MATERIALIZED (
        SELECT l.kind, l.relation_oid, l.column_name, l.class, l.masked
        FROM soc2.labels AS l)
    SELECT u.relation_oid,
        u.name AS relation,
        a.attname::text AS column_name,
        pg_catalog.format('%s.%I', u.name, a.attname) AS name,
        a.atttypid AS type_oid,
        said.class,
        COALESCE(said.masked, false) AS masked,
        said.source,
        CASE
            WHEN own.class OPERATOR(pg_catalog.<>) own_label.class THEN
                pg_catalog.format('%s, but its label says %s', own.class, own_label.class)
            WHEN own.class IS NULL AND pg_catalog.array_position(sensitivity, own_label.class)
                    OPERATOR(pg_catalog.<) pg_catalog.array_position(sensitivity, whole.class) THEN
                pg_catalog.format('%s by its label, but its table is %s', own_label.class, whole.class)
            WHEN own.class IS NULL AND own_label.class IS NULL
                    AND whole.class OPERATOR(pg_catalog.<>) whole_label.class THEN
                pg_catalog.format('%s, but the label of its table says %s', whole.class, whole_label.class)
        END AS conflict
    FROM soc2.user_relations AS u
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) u.relation_oid
        AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
    CROSS JOIN (VALUES ('{public,internal,confidential,personal,restricted}'::text[])) AS s (sensitivity)
    LEFT JOIN soc2.classifications AS own
        ON own.relation::oid OPERATOR(pg_catalog.=) u.relation_oid
        AND own.column_name OPERATOR(pg_catalog.=) a.attname::text
    LEFT JOIN label AS own_label
        ON own_label.relation_oid OPERATOR(pg_catalog.=) u.relation_oid
        AND own_label.column_name OPERATOR(pg_catalog.=) a.attname::text
    LEFT JOIN soc2.classifications AS whole
        ON whole.relation::oid OPERATOR(pg_catalog.=) u.relation_oid
        AND whole.column_name OPERATOR(pg_catalog.=) ''
    LEFT JOIN label AS whole_label
        ON whole_label.relation_oid OPERATOR(pg_catalog.=) u.relation_oid
        AND whole_label.column_name OPERATOR(pg_catalog.=) ''
    -- there is one at most, which the planner is told
    LEFT JOIN (
        SELECT d.class, d.masked FROM label AS d
        WHERE d.kind OPERATOR(pg_catalog.=) 'database' LIMIT 1) AS everything ON true
    -- the nearest that says a class, and at the same distance a row before a label
    LEFT JOIN LATERAL (
        SELECT v.class, v.masked, v.source
        FROM (VALUES (1, own.class, own.masked, 'column'),
                (2, own_label.class, own_label.masked, 'label of the column'),
                (3, whole.class, whole.masked, 'table'),
                (4, whole_label.class, whole_label.masked, 'label of the table'),
                (5, everything.class, everything.masked, 'label of the database'))
            AS v (distance, class, masked, source)
        WHERE v.class IS NOT NULL
        ORDER BY v.distance LIMIT 1) AS said ON true
    WHERE u.kind OPERATOR(pg_catalog.=) ANY ('{r,p,f}'::"char"[])
        AND NOT u.is_partition;
COMMENT ON VIEW soc2.column_classes IS
'which class has the data in each column of the tables that users made? a partition has the classes of its table and no rows here';
COMMENT ON COLUMN soc2.column_classes.relation_oid IS 'the table, for joins with the catalogs';
COMMENT ON COLUMN soc2.column_classes.relation IS 'schema and name of the table, quoted where needed';
COMMENT ON COLUMN soc2.column_classes.column_name IS 'name of the column';
COMMENT ON COLUMN soc2.column_classes.name IS 'the column, qualified and quoted where needed';
COMMENT ON COLUMN soc2.column_classes.type_oid IS 'its type, for joins with the catalogs';
COMMENT ON COLUMN soc2.column_classes.class IS
'its own class, or that of its table, or of the database; what soc2.classify() says goes before a label of the same object; NULL: it has none';
COMMENT ON COLUMN soc2.column_classes.masked IS 'is it masked or encrypted?';
COMMENT ON COLUMN soc2.column_classes.source IS
'what the class was given to: column or table, by soc2.classify(), or label of the column, of the table, of the database';
COMMENT ON COLUMN soc2.column_classes.conflict IS
'how a label contradicts soc2.classify(); NULL: it does not';

--
-- Roles: who is behind them, what they must not be together, when they were seen
--

CREATE TABLE soc2.identities (
    role_name name NOT NULL,
    kind text NOT NULL,
    owner text NOT NULL,
    purpose text,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT CURRENT_USER,
    CONSTRAINT soc2_identities_pkey PRIMARY KEY (role_name),
    CONSTRAINT soc2_identities_kind_check CHECK (
        kind OPERATOR(pg_catalog.=) ANY ('{person,service}'::text[])),
    CONSTRAINT soc2_identities_owner_check CHECK (
        pg_catalog.btrim(owner) OPERATOR(pg_catalog.<>) '')
);
SELECT pg_catalog.pg_extension_config_dump('soc2.identities', '');
COMMENT ON TABLE soc2.identities IS
'persons and services behind roles; written by soc2.identify_role()';
COMMENT ON COLUMN soc2.identities.role_name IS 'the role';
COMMENT ON COLUMN soc2.identities.kind IS 'person or service';
COMMENT ON COLUMN soc2.identities.owner IS 'the person, or who answers for the service';
COMMENT ON COLUMN soc2.identities.purpose IS 'what the role is for';
COMMENT ON COLUMN soc2.identities.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.identities.recorded_by IS 'by which role';

CREATE TABLE soc2.sod_rules (
    rule text NOT NULL,
    role_a name NOT NULL,
    role_b name NOT NULL,
    reason text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT CURRENT_USER,
    CONSTRAINT soc2_sod_rules_pkey PRIMARY KEY (rule),
    CONSTRAINT soc2_sod_rules_rule_check CHECK (
        pg_catalog.btrim(rule) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_sod_rules_reason_check CHECK (
        pg_catalog.btrim(reason) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_sod_rules_roles_check CHECK (
        role_a OPERATOR(pg_catalog.<>) role_b)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.sod_rules', '');
COMMENT ON TABLE soc2.sod_rules IS
'pairs of roles that nobody may hold together; written by soc2.separate_duties()';
COMMENT ON COLUMN soc2.sod_rules.rule IS 'name of the rule';
COMMENT ON COLUMN soc2.sod_rules.role_a IS 'one role';
COMMENT ON COLUMN soc2.sod_rules.role_b IS 'the other';
COMMENT ON COLUMN soc2.sod_rules.reason IS 'what could be done with both';
COMMENT ON COLUMN soc2.sod_rules.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.sod_rules.recorded_by IS 'by which role';

CREATE TABLE soc2.logins (
    role_name name NOT NULL,
    day date NOT NULL,
    source text NOT NULL,
    first_seen timestamptz,
    last_seen timestamptz,
    logins bigint NOT NULL DEFAULT 0,
    failures bigint NOT NULL DEFAULT 0,
    incident text,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT CURRENT_USER,
    CONSTRAINT soc2_logins_pkey PRIMARY KEY (role_name, day, source),
    CONSTRAINT soc2_logins_source_check CHECK (
        pg_catalog.btrim(source) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_logins_counts_check CHECK (
        logins OPERATOR(pg_catalog.>=) 0 AND failures OPERATOR(pg_catalog.>=) 0)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.logins', '');
COMMENT ON TABLE soc2.logins IS
'when roles were seen, a row a role, day and source; written by soc2.observe_sessions() and soc2.record_logins()';
COMMENT ON COLUMN soc2.logins.role_name IS 'the role, or what was given as a user';
COMMENT ON COLUMN soc2.logins.day IS 'the day, in UTC';
COMMENT ON COLUMN soc2.logins.source IS 'where it is known from: sessions, or what was given';
COMMENT ON COLUMN soc2.logins.first_seen IS 'first time on that day; NULL if it only failed';
COMMENT ON COLUMN soc2.logins.last_seen IS 'last time on that day';
COMMENT ON COLUMN soc2.logins.logins IS 'successful logins that were recorded';
COMMENT ON COLUMN soc2.logins.failures IS 'failed logins that were recorded';
COMMENT ON COLUMN soc2.logins.incident IS 'record of the event that many failures are';
COMMENT ON COLUMN soc2.logins.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.logins.recorded_by IS 'by which role';

CREATE FUNCTION soc2.identify_role(
    role_name name,
    kind text,
    owner text,
    purpose text DEFAULT NULL)
    RETURNS void
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('role', identify_role.role_name, EXISTS (
        SELECT FROM pg_catalog.pg_roles AS r
        WHERE r.rolname OPERATOR(pg_catalog.=) identify_role.role_name));
    INSERT INTO soc2.identities (role_name, kind, owner, purpose)
    VALUES (identify_role.role_name, identify_role.kind, identify_role.owner,
        identify_role.purpose)
    ON CONFLICT (role_name) DO UPDATE
    SET kind = excluded.kind, owner = excluded.owner, purpose = excluded.purpose,
        recorded_at = excluded.recorded_at, recorded_by = excluded.recorded_by;
END;
COMMENT ON FUNCTION soc2.identify_role(name, text, text, text) IS
'records the person or service behind a role; 42704 for an unknown role';

CREATE FUNCTION soc2.separate_duties(
    rule text,
    role_a name,
    role_b name,
    reason text)
    RETURNS void
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('role', g.role_name, EXISTS (
        SELECT FROM pg_catalog.pg_roles AS r
        WHERE r.rolname OPERATOR(pg_catalog.=) g.role_name))
    FROM (VALUES (role_a), (role_b)) AS g (role_name);
    INSERT INTO soc2.sod_rules (rule, role_a, role_b, reason)
    VALUES (separate_duties.rule, separate_duties.role_a, separate_duties.role_b,
        separate_duties.reason)
    ON CONFLICT (rule) DO UPDATE
    SET role_a = excluded.role_a, role_b = excluded.role_b, reason = excluded.reason,
        recorded_at = excluded.recorded_at, recorded_by = excluded.recorded_by;
END;
COMMENT ON FUNCTION soc2.separate_duties(text, name, name, text) IS
'makes a rule that nobody may hold two roles together; 42704 for an unknown role';

CREATE FUNCTION soc2.observe_sessions()
    RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    WITH observed AS (
        INSERT INTO soc2.logins (role_name, day, source, first_seen, last_seen)
        SELECT a.usename, (pg_catalog.now() AT TIME ZONE 'UTC')::date, 'sessions',
            GREATEST(pg_catalog.min(a.backend_start),
                pg_catalog.date_trunc('day', pg_catalog.now(), 'UTC')),
            pg_catalog.now()
        FROM pg_catalog.pg_stat_activity AS a
        WHERE a.backend_type OPERATOR(pg_catalog.=) ANY ('{client backend,walsender}'::text[])
            AND a.usename IS NOT NULL
        GROUP BY a.usename
        ON CONFLICT (role_name, day, source) DO UPDATE
        SET first_seen = LEAST(logins.first_seen, excluded.first_seen),
            last_seen = GREATEST(logins.last_seen, excluded.last_seen),
            recorded_at = excluded.recorded_at, recorded_by = excluded.recorded_by
        RETURNING 1)
    SELECT pg_catalog.count(*) FROM observed;
END;
COMMENT ON FUNCTION soc2.observe_sessions() IS
'records which roles have a session now, to be called often; returns how many; sees those of others as a member of pg_monitor only';

CREATE FUNCTION soc2.record_logins(
    role_name name,
    seen_at timestamptz,
    logins bigint DEFAULT 1,
    failures bigint DEFAULT 0,
    source text DEFAULT 'log',
    incident text DEFAULT NULL)
    RETURNS void
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.logins AS l (role_name, day, source, first_seen, last_seen,
        logins, failures, incident)
    SELECT record_logins.role_name, (seen_at AT TIME ZONE 'UTC')::date,
        record_logins.source, s.at, s.at, record_logins.logins,
        record_logins.failures, record_logins.incident
    FROM (SELECT CASE WHEN record_logins.logins OPERATOR(pg_catalog.>) 0 THEN seen_at END AS at) AS s
    ON CONFLICT (role_name, day, source) DO UPDATE
    SET first_seen = LEAST(l.first_seen, excluded.first_seen),
        last_seen = GREATEST(l.last_seen, excluded.last_seen),
        logins = l.logins OPERATOR(pg_catalog.+) excluded.logins,
        failures = l.failures OPERATOR(pg_catalog.+) excluded.failures,
        incident = COALESCE(excluded.incident, l.incident),
        recorded_at = excluded.recorded_at, recorded_by = excluded.recorded_by;
END;
COMMENT ON FUNCTION soc2.record_logins(name, timestamptz, bigint, bigint, text, text) IS
'adds logins and failed logins of a day, as the server log or a directory tells them; a role that does not exist can fail too';

--
-- Capacity and jobs
--

CREATE TABLE soc2.capacity_plans (
    database name NOT NULL,
    max_bytes bigint NOT NULL,
    horizon interval NOT NULL DEFAULT '90 days',
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT CURRENT_USER,
    CONSTRAINT soc2_capacity_plans_pkey PRIMARY KEY (database),
    CONSTRAINT soc2_capacity_plans_max_bytes_check CHECK (
        max_bytes OPERATOR(pg_catalog.>) 0),
    CONSTRAINT soc2_capacity_plans_horizon_check CHECK (
        horizon OPERATOR(pg_catalog.>) '0'::interval)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.capacity_plans', '');
COMMENT ON TABLE soc2.capacity_plans IS
'how large databases may become; written by soc2.plan_capacity()';
COMMENT ON COLUMN soc2.capacity_plans.database IS 'the database';
COMMENT ON COLUMN soc2.capacity_plans.max_bytes IS 'size that is planned for';
COMMENT ON COLUMN soc2.capacity_plans.horizon IS 'how far ahead the growth so far must stay below it';
COMMENT ON COLUMN soc2.capacity_plans.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.capacity_plans.recorded_by IS 'by which role';

CREATE TABLE soc2.capacity_samples (
    database name NOT NULL,
    sampled_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    bytes bigint NOT NULL,
    CONSTRAINT soc2_capacity_samples_pkey PRIMARY KEY (database, sampled_at)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.capacity_samples', '');
COMMENT ON TABLE soc2.capacity_samples IS
'sizes of databases over time; written by soc2.observe_sizes()';
COMMENT ON COLUMN soc2.capacity_samples.database IS 'the database';
COMMENT ON COLUMN soc2.capacity_samples.sampled_at IS 'when';
COMMENT ON COLUMN soc2.capacity_samples.bytes IS 'its size';

CREATE TABLE soc2.job_runs (
    job_run_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    job text NOT NULL,
    finished_at timestamptz NOT NULL,
    succeeded boolean NOT NULL,
    detail text,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT CURRENT_USER,
    CONSTRAINT soc2_job_runs_pkey PRIMARY KEY (job_run_id),
    CONSTRAINT soc2_job_runs_job_check CHECK (
        pg_catalog.btrim(job) OPERATOR(pg_catalog.<>) '')
);
SELECT pg_catalog.pg_extension_config_dump('soc2.job_runs', '');
COMMENT ON TABLE soc2.job_runs IS
'runs of scheduled jobs; written by soc2.record_job_run()';
COMMENT ON COLUMN soc2.job_runs.job_run_id IS 'id of the run';
COMMENT ON COLUMN soc2.job_runs.job IS 'name of the job';
COMMENT ON COLUMN soc2.job_runs.finished_at IS 'when it ended';
COMMENT ON COLUMN soc2.job_runs.succeeded IS 'did it do what it should?';
COMMENT ON COLUMN soc2.job_runs.detail IS 'what it said';
COMMENT ON COLUMN soc2.job_runs.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.job_runs.recorded_by IS 'by which role';

CREATE FUNCTION soc2.plan_capacity(
    database name,
    max_bytes bigint,
    horizon interval DEFAULT '90 days')
    RETURNS void
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('database', plan_capacity.database, EXISTS (
        SELECT FROM pg_catalog.pg_database AS d
        WHERE d.datname OPERATOR(pg_catalog.=) plan_capacity.database));
    INSERT INTO soc2.capacity_plans (database, max_bytes, horizon)
    VALUES (plan_capacity.database, plan_capacity.max_bytes, plan_capacity.horizon)
    ON CONFLICT (database) DO UPDATE
    SET max_bytes = excluded.max_bytes, horizon = excluded.horizon,
        recorded_at = excluded.recorded_at, recorded_by = excluded.recorded_by;
END;
COMMENT ON FUNCTION soc2.plan_capacity(name, bigint, interval) IS
'plans how large a database may become, and how far ahead its growth is to be looked at; 42704 for an unknown database';

CREATE FUNCTION soc2.observe_sizes()
    RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    WITH observed AS (
        INSERT INTO soc2.capacity_samples (database, bytes)
        SELECT d.datname, pg_catalog.pg_database_size(d.oid)
        FROM pg_catalog.pg_database AS d
        WHERE d.datallowconn AND NOT d.datistemplate
            AND (pg_catalog.has_database_privilege(d.oid, 'CONNECT')
                OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE'))
        RETURNING 1)
    SELECT pg_catalog.count(*) FROM observed;
END;
COMMENT ON FUNCTION soc2.observe_sizes() IS
'records the size of each database, to be called daily; returns how many';

CREATE FUNCTION soc2.record_job_run(
    job text,
    succeeded boolean,
    finished_at timestamptz DEFAULT pg_catalog.now(),
    detail text DEFAULT NULL)
    RETURNS uuid
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.job_runs (job, finished_at, succeeded, detail)
    VALUES (record_job_run.job, record_job_run.finished_at, record_job_run.succeeded,
        record_job_run.detail)
    RETURNING job_run_id;
END;
COMMENT ON FUNCTION soc2.record_job_run(text, boolean, timestamptz, text) IS
'records a run of a scheduled job; returns its job_run_id';

CREATE FUNCTION soc2.cron_job_runs(
        since timestamptz,
        OUT job text, OUT finished_at timestamptz, OUT succeeded boolean)
    RETURNS SETOF record
    LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
BEGIN ATOMIC
    SELECT x.job, x.finished_at, x.succeeded
    FROM (
        SELECT CASE WHEN pg_catalog.to_regclass('cron.job') IS NOT NULL THEN
            pg_catalog.query_to_xml(pg_catalog.format(
                'SELECT COALESCE(j.jobname::text, j.jobid::text) AS job,'
                ' d.end_time AS finished_at, d.status = ''succeeded'' AS succeeded'
                ' FROM cron.job AS j LEFT JOIN cron.job_run_details AS d'
                ' ON d.jobid = j.jobid AND d.start_time >= %L'
                ' AND d.status IN (''succeeded'', ''failed'')'
                ' WHERE j.active', since), false, false, '') END) AS q (document)
    CROSS JOIN LATERAL XMLTABLE('//row' PASSING q.document
        COLUMNS job text, finished_at timestamptz, succeeded boolean) AS x;
END;
COMMENT ON FUNCTION soc2.cron_job_runs(timestamptz) IS
'runs of the active jobs of pg_cron that began since then, a row without a time for a job that did not run; none where pg_cron is not installed in this database';

--
-- Privacy
--

CREATE TABLE soc2.processing (
    subject text NOT NULL,
    purpose text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT CURRENT_USER,
    CONSTRAINT soc2_processing_pkey PRIMARY KEY (subject, purpose)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.processing', '');
COMMENT ON TABLE soc2.processing IS
'whose data is processed for which purpose that needs consent; written by soc2.record_processing()';
COMMENT ON COLUMN soc2.processing.subject IS 'reference to the person';
COMMENT ON COLUMN soc2.processing.purpose IS 'what the data is used for';
COMMENT ON COLUMN soc2.processing.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.processing.recorded_by IS 'by which role';

CREATE TABLE soc2.consents (
    consent_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    subject text NOT NULL,
    purpose text NOT NULL,
    given boolean NOT NULL,
    effective_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    notice text,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT CURRENT_USER,
    expires_at timestamptz,
    request_id text,
    CONSTRAINT soc2_consents_pkey PRIMARY KEY (consent_id),
    CONSTRAINT soc2_consents_expires_at_check CHECK (
        expires_at OPERATOR(pg_catalog.>) effective_at),
    CONSTRAINT soc2_consents_given_check CHECK (
        given OR expires_at IS NULL)
);
-- what src/consent_lookup.c reads backwards: of equal times, a withdrawal is last
CREATE INDEX soc2_consents_state_idx ON soc2.consents (
    pg_catalog.hashtextextended(subject COLLATE "C",
        pg_catalog.hashtextextended(purpose COLLATE "C", 0)),
    effective_at, recorded_at, given DESC)
    INCLUDE (subject, purpose, expires_at);
CREATE INDEX soc2_consents_subject_idx ON soc2.consents (subject, purpose);
SELECT pg_catalog.pg_extension_config_dump('soc2.consents', '');
COMMENT ON TABLE soc2.consents IS
'consents that were given and withdrawn; written by soc2.record_consent()';
COMMENT ON COLUMN soc2.consents.consent_id IS 'id of the row';
COMMENT ON COLUMN soc2.consents.subject IS 'reference to the person';
COMMENT ON COLUMN soc2.consents.purpose IS 'what it is for';
COMMENT ON COLUMN soc2.consents.given IS 'false: withdrawn';
COMMENT ON COLUMN soc2.consents.effective_at IS 'from when on';
COMMENT ON COLUMN soc2.consents.notice IS 'version of the notice that it answers, as in soc2.notices';
COMMENT ON COLUMN soc2.consents.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.consents.recorded_by IS 'by which role';
COMMENT ON COLUMN soc2.consents.expires_at IS 'until when it holds; NULL: until it is withdrawn';
COMMENT ON COLUMN soc2.consents.request_id IS 'objection that it follows from, as in soc2.subject_requests';

CREATE TABLE soc2.subject_requests (
    request_id text NOT NULL,
    subject text,
    kind text NOT NULL DEFAULT 'access',
    received_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    answered_at timestamptz,
    answer text,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT CURRENT_USER,
    state text NOT NULL DEFAULT 'received',
    owner text,
    zone text NOT NULL DEFAULT 'UTC',
    period interval NOT NULL DEFAULT '1 month',
    extension interval NOT NULL DEFAULT '0',
    extension_reason text,
    extended_at timestamptz,
    extended_by name,
    identity_method text,
    identified_at timestamptz,
    identified_by name,
    erasure_id bigint,
    closed_at timestamptz,
    closed_by name,
    due_at timestamptz GENERATED ALWAYS AS (
        soc2.deadline(received_at, period OPERATOR(pg_catalog.+) extension, zone)) STORED,
    CONSTRAINT soc2_subject_requests_period_check CHECK (
        period OPERATOR(pg_catalog.>) '0'::interval AND extension OPERATOR(pg_catalog.>=) '0'::interval),
    CONSTRAINT soc2_subject_requests_extension_check CHECK (
        extension OPERATOR(pg_catalog.=) '0'::interval
        OR COALESCE(pg_catalog.btrim(extension_reason), '') OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_subject_requests_pkey PRIMARY KEY (request_id),
    CONSTRAINT soc2_subject_requests_request_id_check CHECK (
        pg_catalog.btrim(request_id) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_subject_requests_kind_check CHECK (
        kind OPERATOR(pg_catalog.=) ANY ('{access,correction,erasure,objection,complaint}'::text[])),
    CONSTRAINT soc2_subject_requests_answered_at_check CHECK (
        answered_at OPERATOR(pg_catalog.>=) received_at)
);
CREATE INDEX soc2_subject_requests_subject_idx ON soc2.subject_requests (subject);
COMMENT ON TABLE soc2.subject_requests IS
'requests of persons about their data; written by soc2.record_subject_request()';
COMMENT ON COLUMN soc2.subject_requests.request_id IS 'number of the request';
COMMENT ON COLUMN soc2.subject_requests.subject IS 'reference to the person';
COMMENT ON COLUMN soc2.subject_requests.kind IS 'access, correction, erasure, objection or complaint';
COMMENT ON COLUMN soc2.subject_requests.received_at IS 'when it was received';
COMMENT ON COLUMN soc2.subject_requests.answered_at IS 'when it was answered; NULL: it was not';
COMMENT ON COLUMN soc2.subject_requests.answer IS 'what was answered';
COMMENT ON COLUMN soc2.subject_requests.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.subject_requests.recorded_by IS 'by which role';
COMMENT ON COLUMN soc2.subject_requests.state IS
'received, identified, extended; answered, refused or withdrawn, which are final';
COMMENT ON COLUMN soc2.subject_requests.owner IS 'who sees to it';
COMMENT ON COLUMN soc2.subject_requests.zone IS 'time zone whose days count';
COMMENT ON COLUMN soc2.subject_requests.period IS 'how long an answer may take';
COMMENT ON COLUMN soc2.subject_requests.extension IS 'how much longer it may take, as the person was told';
COMMENT ON COLUMN soc2.subject_requests.extension_reason IS 'why';
COMMENT ON COLUMN soc2.subject_requests.extended_at IS 'when that was said';
COMMENT ON COLUMN soc2.subject_requests.extended_by IS 'by whom';
COMMENT ON COLUMN soc2.subject_requests.identity_method IS 'how it was made sure who asks; NULL: it was not';
COMMENT ON COLUMN soc2.subject_requests.identified_at IS 'when';
COMMENT ON COLUMN soc2.subject_requests.identified_by IS 'by whom';
COMMENT ON COLUMN soc2.subject_requests.erasure_id IS 'erasure that carries it out, as in soc2.erasures';
COMMENT ON COLUMN soc2.subject_requests.closed_at IS 'when its end was recorded';
COMMENT ON COLUMN soc2.subject_requests.closed_by IS 'by whom';
COMMENT ON COLUMN soc2.subject_requests.due_at IS 'until when it has to be answered, with the extension';

CREATE TABLE soc2.disclosures (
    disclosure_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    disclosed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    subject text,
    recipient text,
    purpose text,
    basis text,
    authorized boolean NOT NULL,
    incident text,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT CURRENT_USER,
    CONSTRAINT soc2_disclosures_pkey PRIMARY KEY (disclosure_id)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.disclosures', '');
COMMENT ON TABLE soc2.disclosures IS
'personal data that was given to others; written by soc2.record_disclosure()';
COMMENT ON COLUMN soc2.disclosures.disclosure_id IS 'id of the disclosure';
COMMENT ON COLUMN soc2.disclosures.disclosed_at IS 'when';
COMMENT ON COLUMN soc2.disclosures.subject IS 'reference to the person, or to the persons';
COMMENT ON COLUMN soc2.disclosures.recipient IS 'who received it';
COMMENT ON COLUMN soc2.disclosures.purpose IS 'what for';
COMMENT ON COLUMN soc2.disclosures.basis IS 'consent, contract or law that allows it';
COMMENT ON COLUMN soc2.disclosures.authorized IS 'was it allowed?';
COMMENT ON COLUMN soc2.disclosures.incident IS 'record of the incident, if it was not';
COMMENT ON COLUMN soc2.disclosures.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.disclosures.recorded_by IS 'by which role';

CREATE FUNCTION soc2.record_processing(subject text, purpose text)
    RETURNS void
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.processing (subject, purpose)
    VALUES (record_processing.subject, record_processing.purpose)
    ON CONFLICT DO NOTHING;
END;
COMMENT ON FUNCTION soc2.record_processing(text, text) IS
'records that data of a person is used for a purpose that needs consent';

CREATE FUNCTION soc2.record_consent(
    subject text,
    purpose text,
    given boolean DEFAULT true,
    effective_at timestamptz DEFAULT pg_catalog.now(),
    notice text DEFAULT NULL,
    expires_at timestamptz DEFAULT NULL)
    RETURNS uuid
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.consents (subject, purpose, given, effective_at, notice, expires_at)
    VALUES (record_consent.subject, record_consent.purpose, record_consent.given,
        record_consent.effective_at, record_consent.notice, record_consent.expires_at)
    RETURNING consent_id;
END;
COMMENT ON FUNCTION soc2.record_consent(text, text, boolean, timestamptz, text, timestamptz) IS
'records that a person consented, until a time or for good, or withdrew the consent; returns the consent_id';

CREATE FUNCTION soc2.record_subject_request(
    request_id text,
    kind text,
    received_at timestamptz DEFAULT pg_catalog.now(),
    subject text DEFAULT NULL,
    zone text DEFAULT 'UTC',
    period interval DEFAULT '1 month',
    owner text DEFAULT NULL)
    RETURNS text
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.subject_requests (request_id, subject, kind, received_at, zone, period, owner)
    VALUES (record_subject_request.request_id, record_subject_request.subject,
        record_subject_request.kind, record_subject_request.received_at,
        record_subject_request.zone, record_subject_request.period,
        record_subject_request.owner)
    RETURNING request_id;
END;
COMMENT ON FUNCTION soc2.record_subject_request(text, text, timestamptz, text, text, interval, text) IS
'records the request of a person about data, which has to be answered within a period whose days end in a time zone; returns its number';

CREATE FUNCTION soc2.answer_subject_request(
    request_id text,
    answer text,
    answered_at timestamptz DEFAULT pg_catalog.now(),
    outcome text DEFAULT 'answered')
    RETURNS text
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('open request', answer_subject_request.request_id, EXISTS (
        SELECT FROM soc2.subject_requests AS r
        WHERE r.request_id OPERATOR(pg_catalog.=) answer_subject_request.request_id
            AND r.closed_at IS NULL AND r.answered_at IS NULL));
    UPDATE soc2.subject_requests AS r
    SET state = answer_subject_request.outcome,
        answered_at = answer_subject_request.answered_at,
        answer = answer_subject_request.answer
    WHERE r.request_id OPERATOR(pg_catalog.=) answer_subject_request.request_id
    RETURNING r.request_id;
END;
COMMENT ON FUNCTION soc2.answer_subject_request(text, text, timestamptz, text) IS
'records the answer to a request of a person, that it was refused with the reason, or that it was withdrawn; 42704 if there is no open request of this number';

CREATE FUNCTION soc2.record_disclosure(
    recipient text,
    purpose text,
    basis text,
    authorized boolean DEFAULT true,
    incident text DEFAULT NULL,
    subject text DEFAULT NULL,
    disclosed_at timestamptz DEFAULT pg_catalog.now())
    RETURNS uuid
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.disclosures (disclosed_at, subject, recipient, purpose, basis,
        authorized, incident)
    VALUES (record_disclosure.disclosed_at, record_disclosure.subject,
        record_disclosure.recipient, record_disclosure.purpose, record_disclosure.basis,
        record_disclosure.authorized, record_disclosure.incident)
    RETURNING disclosure_id;
END;
COMMENT ON FUNCTION soc2.record_disclosure(text, text, text, boolean, text, text, timestamptz) IS
'records that personal data was given to somebody; returns the disclosure_id';
