/* sql/71_backup_run.sql */

--
-- Runs of backup programs, what a backup must hold, and the archive of the
-- write-ahead log.
--

CREATE TABLE soc2.backup_runs (
    run_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    tool text NOT NULL,
    label text,
    kind text NOT NULL DEFAULT 'base',
    started_at timestamptz,
    finished_at timestamptz NOT NULL,
    succeeded boolean NOT NULL,
    bytes bigint,
    location text,
    timeline bigint,
    wal_start pg_lsn,
    wal_end pg_lsn,
    manifest_sha256 soc2.digest,
    restore_point text,
    restore_point_at timestamptz,
    detail text,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_backup_runs_pkey PRIMARY KEY (run_id),
    CONSTRAINT soc2_backup_runs_tool_check CHECK (
        pg_catalog.btrim(tool) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_backup_runs_label_check CHECK (
        label IS NOT NULL OR NOT succeeded),
    CONSTRAINT soc2_backup_runs_finished_at_check CHECK (
        finished_at OPERATOR(pg_catalog.>=) started_at)
);
CREATE INDEX soc2_backup_runs_label_index ON soc2.backup_runs (label, tool);
SELECT pg_catalog.pg_extension_config_dump('soc2.backup_runs', '');
COMMENT ON TABLE soc2.backup_runs IS
'runs of programs that make backups, also those that failed; written by soc2.record_backup_run() and soc2.record_pgbackrest()';
COMMENT ON COLUMN soc2.backup_runs.run_id IS 'id of the run';
COMMENT ON COLUMN soc2.backup_runs.tool IS 'the program';
COMMENT ON COLUMN soc2.backup_runs.label IS 'name of the backup in soc2.backups; NULL: it failed before it had one';
COMMENT ON COLUMN soc2.backup_runs.kind IS 'base, incremental, logical or snapshot';
COMMENT ON COLUMN soc2.backup_runs.started_at IS 'when it began';
COMMENT ON COLUMN soc2.backup_runs.finished_at IS 'when it ended';
COMMENT ON COLUMN soc2.backup_runs.succeeded IS 'is there a complete backup?';
COMMENT ON COLUMN soc2.backup_runs.bytes IS 'size of the backup';
COMMENT ON COLUMN soc2.backup_runs.location IS 'where it is kept';
COMMENT ON COLUMN soc2.backup_runs.timeline IS 'timeline that it was made on';
COMMENT ON COLUMN soc2.backup_runs.wal_start IS 'first place in the WAL that a restore needs';
COMMENT ON COLUMN soc2.backup_runs.wal_end IS 'place in the WAL from which on it is consistent';
COMMENT ON COLUMN soc2.backup_runs.manifest_sha256 IS 'SHA-256 of its manifest, which has the sums of its files';
COMMENT ON COLUMN soc2.backup_runs.restore_point IS 'named place in the WAL after it, up to which its contents are known';
COMMENT ON COLUMN soc2.backup_runs.restore_point_at IS 'when that was made';
COMMENT ON COLUMN soc2.backup_runs.detail IS 'what the program said';
COMMENT ON COLUMN soc2.backup_runs.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.backup_runs.recorded_by IS 'who recorded it: the role that logged in';

CREATE FUNCTION soc2.record_backup_run(
    tool text,
    label text,
    succeeded boolean,
    started_at timestamptz DEFAULT NULL,
    finished_at timestamptz DEFAULT pg_catalog.clock_timestamp(),
    kind text DEFAULT 'base',
    bytes bigint DEFAULT NULL,
    location text DEFAULT NULL,
    timeline bigint DEFAULT NULL,
    wal_start pg_lsn DEFAULT NULL,
    wal_end pg_lsn DEFAULT NULL,
    manifest_sha256 soc2.digest DEFAULT NULL,
    restore_point text DEFAULT NULL,
    restore_point_at timestamptz DEFAULT NULL,
    detail text DEFAULT NULL)
    RETURNS uuid
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.backups (label, kind, started_at, finished_at, location, bytes)
    SELECT record_backup_run.label, record_backup_run.kind, record_backup_run.started_at,
        record_backup_run.finished_at, record_backup_run.location, record_backup_run.bytes
    WHERE record_backup_run.succeeded;
    INSERT INTO soc2.backup_runs (tool, label, kind, started_at, finished_at, succeeded,
        bytes, location, timeline, wal_start, wal_end, manifest_sha256, restore_point,
        restore_point_at, detail)
    VALUES (record_backup_run.tool, record_backup_run.label, record_backup_run.kind,
        record_backup_run.started_at, record_backup_run.finished_at,
        record_backup_run.succeeded, record_backup_run.bytes, record_backup_run.location,
        record_backup_run.timeline, record_backup_run.wal_start,
        record_backup_run.wal_end, record_backup_run.manifest_sha256,
        record_backup_run.restore_point, record_backup_run.restore_point_at,
        record_backup_run.detail)
    RETURNING run_id;
END;
COMMENT ON FUNCTION soc2.record_backup_run(text, text, boolean, timestamptz, timestamptz, text, bigint, text, bigint, pg_lsn, pg_lsn, soc2.digest, text, timestamptz, text) IS
'records a run of a program that makes backups and, if it succeeded, the backup; returns the run_id; 23505 if there is a backup with this label';

CREATE FUNCTION soc2.record_pgbackrest(info jsonb)
    RETURNS bigint
    LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
BEGIN ATOMIC
    WITH stanza AS (
        SELECT s.value AS stanza, s.value ->> 'name' AS name
        FROM pg_catalog.jsonb_array_elements(info) AS s),
    backup AS (
        SELECT pg_catalog.concat(s.name, '/', b.value ->> 'label',
                '@' || NULLIF(b.value #>> '{database,repo-key}', '1')) AS label,
            CASE b.value ->> 'type' WHEN 'full' THEN 'base' ELSE 'incremental' END AS kind,
            pg_catalog.to_timestamp((b.value #>> '{timestamp,start}')::float8) AS started_at,
            pg_catalog.to_timestamp((b.value #>> '{timestamp,stop}')::float8) AS finished_at,
            COALESCE((b.value ->> 'error')::boolean, false) AS damaged,
            (b.value #>> '{info,size}')::bigint AS bytes,
            ('x' || pg_catalog.substr(b.value #>> '{archive,start}', 1, 8))::bit(32)::bigint AS timeline,
            (b.value #>> '{lsn,start}')::pg_lsn AS wal_start,
            (b.value #>> '{lsn,stop}')::pg_lsn AS wal_end,
            b.value ->> 'prior' AS prior
        FROM stanza AS s
        CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(
            COALESCE(s.stanza -> 'backup', '[]')) AS b),
    added AS (
        INSERT INTO soc2.backup_runs (tool, label, kind, started_at, finished_at, succeeded,
            bytes, timeline, wal_start, wal_end, detail)
        SELECT 'pgbackrest', n.label, n.kind, n.started_at, n.finished_at, NOT n.damaged,
            n.bytes, n.timeline, n.wal_start, n.wal_end,
            CASE WHEN n.damaged THEN 'pages of the database had wrong checksums'
                WHEN n.prior IS NOT NULL THEN 'based on ' || n.prior END
        FROM backup AS n
        WHERE NOT EXISTS (
            SELECT FROM soc2.backup_runs AS r
            WHERE r.label OPERATOR(pg_catalog.=) n.label
                AND r.tool OPERATOR(pg_catalog.=) 'pgbackrest')
        RETURNING label, kind, started_at, finished_at, succeeded, bytes),
    complete AS (
        INSERT INTO soc2.backups (label, kind, started_at, finished_at, bytes)
        SELECT a.label, a.kind, a.started_at, a.finished_at, a.bytes
        FROM added AS a WHERE a.succeeded),
    refused AS (
        INSERT INTO soc2.backup_runs (tool, finished_at, succeeded, detail)
        SELECT 'pgbackrest', pg_catalog.clock_timestamp(), false,
            pg_catalog.format('stanza %s: %s', s.name, s.stanza #>> '{status,message}')
        FROM stanza AS s
        WHERE (s.stanza #>> '{status,code}')::integer OPERATOR(pg_catalog.<>) 0
        RETURNING 1)
    SELECT (SELECT pg_catalog.count(*) FROM added)
        OPERATOR(pg_catalog.+) (SELECT pg_catalog.count(*) FROM refused);
END;
COMMENT ON FUNCTION soc2.record_pgbackrest(jsonb) IS
'records the backups that "pgbackrest info --output=json" tells of and that were not recorded before, and stanzas in trouble; returns how many';

--
-- What a backup must hold
--

CREATE TABLE soc2.backup_contents (
    content_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    label text NOT NULL,
    relation text NOT NULL,
    row_count bigint,
    digest soc2.digest,
    checkpoint text,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_backup_contents_pkey PRIMARY KEY (content_id),
    CONSTRAINT soc2_backup_contents_label_key UNIQUE (label, relation),
    CONSTRAINT soc2_backup_contents_digest_check CHECK (
        digest IS NOT NULL OR checkpoint IS NOT NULL)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.backup_contents', '');
COMMENT ON TABLE soc2.backup_contents IS
'what tables of this database had at the restore point of a backup, so that a restore can be compared; written by soc2.record_backup_content()';
COMMENT ON COLUMN soc2.backup_contents.content_id IS 'id of the row';
COMMENT ON COLUMN soc2.backup_contents.label IS 'the backup';
COMMENT ON COLUMN soc2.backup_contents.relation IS 'the table, with its schema';
COMMENT ON COLUMN soc2.backup_contents.row_count IS 'number of its rows';
COMMENT ON COLUMN soc2.backup_contents.digest IS 'their digest, of soc2.table_digest()';
COMMENT ON COLUMN soc2.backup_contents.checkpoint IS
'checkpoint of a ledger from before the backup: its rows up to there are in the backup';
COMMENT ON COLUMN soc2.backup_contents.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.backup_contents.recorded_by IS 'who recorded it: the role that logged in';

CREATE FUNCTION soc2.record_backup_content(
    label text,
    relation text,
    row_count bigint DEFAULT NULL,
    digest soc2.digest DEFAULT NULL,
    checkpoint text DEFAULT NULL)
    RETURNS uuid
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('backup', record_backup_content.label, EXISTS (
        SELECT FROM soc2.backups AS b
        WHERE b.label OPERATOR(pg_catalog.=) record_backup_content.label));
    INSERT INTO soc2.backup_contents (label, relation, row_count, digest, checkpoint)
    VALUES (record_backup_content.label, record_backup_content.relation,
        record_backup_content.row_count, record_backup_content.digest,
        record_backup_content.checkpoint)
    RETURNING content_id;
END;
COMMENT ON FUNCTION soc2.record_backup_content(text, text, bigint, soc2.digest, text) IS
'records what a table had at the restore point of a backup; returns the content_id; 42704 for an unknown backup';

CREATE FUNCTION soc2.restore_checks(
        label text,
        OUT relation text, OUT statement text)
    RETURNS SETOF record
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT c.relation, s.statement
    FROM soc2.backup_contents AS c
    CROSS JOIN LATERAL (VALUES
        (1, CASE WHEN c.digest IS NOT NULL THEN
            pg_catalog.format(
                'SELECT d.row_count = COALESCE(%L, d.row_count) AND d.digest::text = %L,'
                ' pg_catalog.format(''%%s rows, %%s expected; digest %%s, %%s expected'','
                ' d.row_count, %L, d.digest, %L) FROM soc2.table_digest(%L) AS d',
                c.row_count, c.digest, COALESCE(c.row_count::text, 'any number'), c.digest, c.relation)
            END),
        (2, CASE WHEN c.checkpoint IS NOT NULL THEN
            pg_catalog.format(
                'SELECT pg_catalog.count(*) = 0, COALESCE(pg_catalog.string_agg('
                'pg_catalog.concat_ws('' '', v.problem, v.lane, v.seq, v.detail), ''; ''),'
                ' ''as its checkpoint says'') FROM (SELECT * FROM'
                ' soc2.verify_ledger(%L, %L) LIMIT 10) AS v',
                c.relation, c.checkpoint)
            END)) AS s (place, statement)
    WHERE c.label OPERATOR(pg_catalog.=) restore_checks.label AND s.statement IS NOT NULL
    ORDER BY c.relation COLLATE pg_catalog."C", s.place;
END;
COMMENT ON FUNCTION soc2.restore_checks(text) IS
'statements for a database that was restored from a backup: each returns whether a table is as it was, and what was found';

CREATE FUNCTION soc2.record_restore_test(
    label text,
    passed boolean,
    tested_at timestamptz,
    duration interval,
    restored_to timestamptz,
    detail text)
    RETURNS uuid
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('backup', record_restore_test.label, EXISTS (
        SELECT FROM soc2.backups AS b
        WHERE b.label OPERATOR(pg_catalog.=) record_restore_test.label));
    INSERT INTO soc2.backup_tests (backup_id, method, passed, tested_at, duration,
        detail, restored_to)
    SELECT b.backup_id, 'restore', record_restore_test.passed,
        record_restore_test.tested_at, record_restore_test.duration,
        record_restore_test.detail, record_restore_test.restored_to
    FROM soc2.backups AS b
    WHERE b.label OPERATOR(pg_catalog.=) record_restore_test.label
    RETURNING backup_test_id;
END;
COMMENT ON FUNCTION soc2.record_restore_test(text, boolean, timestamptz, interval, timestamptz, text) IS
'records that a backup was restored, with what result, how long it took until the server was there and up to which time it had everything; returns the backup_test_id; 42704 for an unknown backup';

CREATE VIEW soc2.restore_tests AS
    SELECT b.label, t.tested_at, t.passed, t.duration AS rto,
        CASE WHEN pg_catalog.isfinite(t.tested_at) AND pg_catalog.isfinite(t.restored_to)
            THEN t.tested_at OPERATOR(pg_catalog.-) t.restored_to END AS rpo,
        t.restored_to, t.detail, t.recorded_by
    FROM soc2.backup_tests AS t
    JOIN soc2.backups AS b ON b.backup_id OPERATOR(pg_catalog.=) t.backup_id
    WHERE t.method OPERATOR(pg_catalog.=) 'restore';
COMMENT ON VIEW soc2.restore_tests IS
'which backups were restored, and which recovery time and recovery point did that reach?';
COMMENT ON COLUMN soc2.restore_tests.label IS 'the backup';
COMMENT ON COLUMN soc2.restore_tests.tested_at IS 'when the test began';
COMMENT ON COLUMN soc2.restore_tests.passed IS 'was everything there as it was?';
COMMENT ON COLUMN soc2.restore_tests.rto IS 'recovery time reached: how long it took until a server was there';
COMMENT ON COLUMN soc2.restore_tests.rpo IS
'recovery point reached: how much of the time before the test would have been lost';
COMMENT ON COLUMN soc2.restore_tests.restored_to IS 'up to when everything was there';
COMMENT ON COLUMN soc2.restore_tests.detail IS 'how it was done and what was found';
COMMENT ON COLUMN soc2.restore_tests.recorded_by IS 'who recorded it';
