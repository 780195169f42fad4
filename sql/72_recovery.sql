/* sql/72_recovery.sql */

--
-- The archive of the write-ahead log: is a segment missing?
--

CREATE FUNCTION soc2.wal_segments(files text[])
    RETURNS SETOF text
    LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
BEGIN ATOMIC
    SELECT DISTINCT pg_catalog.substr(f.file, 1, 24)
    FROM (SELECT pg_catalog.split_part(u.path, '/', -1) AS file
        FROM pg_catalog.unnest(wal_segments.files) AS u (path)) AS f
    WHERE f.file OPERATOR(pg_catalog.~)
        '^[0-9A-F]{24}(-[0-9a-f]{40})?(\.(gz|bz2|lz4|xz|zst))?$';
END;
COMMENT ON FUNCTION soc2.wal_segments(text[]) IS
'names of the complete segments of the WAL among these files, compressed ones and those with a sum in the name too';

CREATE FUNCTION soc2.wal_gaps(
        segments text[], segment_size bigint DEFAULT NULL,
        OUT timeline bigint, OUT "after" text, OUT "before" text, OUT missing bigint)
    RETURNS SETOF record
    LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
BEGIN ATOMIC
    WITH size AS (
        SELECT 4294967296 OPERATOR(pg_catalog./) COALESCE(wal_gaps.segment_size,
            pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size'))) AS per_file),
    segment AS (
        SELECT DISTINCT f.name,
            ('x' || pg_catalog.substr(f.name, 1, 8))::bit(32)::bigint AS timeline,
            ('x' || pg_catalog.substr(f.name, 9, 8))::bit(32)::bigint
                OPERATOR(pg_catalog.*) s.per_file
                OPERATOR(pg_catalog.+) ('x' || pg_catalog.substr(f.name, 17, 8))::bit(32)::bigint AS number
        FROM size AS s
        CROSS JOIN soc2.wal_segments(wal_gaps.segments) AS f (name)),
    neighbour AS (
        -- the first segment of a timeline follows one of an older timeline
        SELECT s.name, s.timeline, s.number,
            pg_catalog.lag(s.name) OVER own AS own_name,
            pg_catalog.lag(s.number) OVER own AS own_number,
            pg_catalog.max(s.number) OVER older AS older_number
        FROM segment AS s
        WINDOW own AS (PARTITION BY s.timeline ORDER BY s.number),
            older AS (ORDER BY s.timeline RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
    SELECT n.timeline, COALESCE(n.own_name, o.name), n.name,
        n.number OPERATOR(pg_catalog.-) COALESCE(n.own_number, n.older_number)
            OPERATOR(pg_catalog.-) 1
    FROM neighbour AS n
    LEFT JOIN LATERAL (
        SELECT s.name FROM segment AS s
        WHERE n.own_name IS NULL AND s.timeline OPERATOR(pg_catalog.<) n.timeline
            AND s.number OPERATOR(pg_catalog.=) n.older_number
        ORDER BY s.timeline DESC LIMIT 1) AS o ON true
    WHERE n.number OPERATOR(pg_catalog.>)
        (COALESCE(n.own_number, n.older_number) OPERATOR(pg_catalog.+) 1)
    ORDER BY n.timeline, n.number;
END;
COMMENT ON FUNCTION soc2.wal_gaps(text[], bigint) IS
'segments of the WAL that are missing between those whose files are named, in their timelines and where one goes on from another; how many; other files are passed over, those of compressed segments are not; the size is that of this server if none is given';

CREATE TABLE soc2.archive_listings (
    listing_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    location text NOT NULL,
    listed_at timestamptz NOT NULL,
    segment_count bigint NOT NULL,
    first_segment text,
    last_segment text,
    gap_count bigint NOT NULL,
    missing bigint NOT NULL,
    gaps jsonb NOT NULL DEFAULT '[]',
    lost text,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_archive_listings_pkey PRIMARY KEY (listing_id),
    CONSTRAINT soc2_archive_listings_location_check CHECK (
        pg_catalog.btrim(location) OPERATOR(pg_catalog.<>) '')
);
SELECT pg_catalog.pg_extension_config_dump('soc2.archive_listings', '');
COMMENT ON TABLE soc2.archive_listings IS
'what archives of the WAL had when their files were listed; written by soc2.record_archive()';
COMMENT ON COLUMN soc2.archive_listings.listing_id IS 'id of the listing';
COMMENT ON COLUMN soc2.archive_listings.location IS 'the archive';
COMMENT ON COLUMN soc2.archive_listings.listed_at IS 'when it was listed';
COMMENT ON COLUMN soc2.archive_listings.segment_count IS 'how many segments it has';
COMMENT ON COLUMN soc2.archive_listings.first_segment IS 'the first of them';
COMMENT ON COLUMN soc2.archive_listings.last_segment IS 'the last of them';
COMMENT ON COLUMN soc2.archive_listings.gap_count IS 'in how many places segments are missing';
COMMENT ON COLUMN soc2.archive_listings.missing IS 'how many segments are missing';
COMMENT ON COLUMN soc2.archive_listings.gaps IS 'the first hundred of these places, as soc2.wal_gaps() shows them';
COMMENT ON COLUMN soc2.archive_listings.lost IS
'segment that the server believed to be archived before that, and that is not there; NULL: none';
COMMENT ON COLUMN soc2.archive_listings.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.archive_listings.recorded_by IS 'who recorded it: the role that logged in';

CREATE FUNCTION soc2.record_archive(
    segments text[],
    location text,
    listed_at timestamptz DEFAULT pg_catalog.now(),
    segment_size bigint DEFAULT NULL)
    RETURNS bigint
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    WITH segment AS (
        SELECT f.name FROM soc2.wal_segments(record_archive.segments) AS f (name)),
    gap AS (
        SELECT pg_catalog.row_number() OVER () AS number, g.*
        FROM soc2.wal_gaps(record_archive.segments, record_archive.segment_size) AS g)
    INSERT INTO soc2.archive_listings (location, listed_at, segment_count, first_segment,
        last_segment, gap_count, missing, gaps, lost)
    SELECT record_archive.location, record_archive.listed_at,
        pg_catalog.count(s.name), pg_catalog.min(s.name COLLATE pg_catalog."C"),
        pg_catalog.max(s.name COLLATE pg_catalog."C"),
        (SELECT pg_catalog.count(*) FROM gap),
        (SELECT COALESCE(pg_catalog.sum(g.missing), 0) FROM gap AS g),
        (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('timeline', g.timeline,
                'after', g."after", 'before', g."before", 'missing', g.missing)
                ORDER BY g.number), '[]')
            FROM gap AS g WHERE g.number OPERATOR(pg_catalog.<=) 100),
        (SELECT a.last_archived_wal FROM pg_catalog.pg_stat_archiver AS a
            WHERE a.last_archived_wal OPERATOR(pg_catalog.~) '^[0-9A-F]{24}$'
                -- it may have come after the files were listed
                AND a.last_archived_time OPERATOR(pg_catalog.<)
                    (record_archive.listed_at OPERATOR(pg_catalog.-) '1 minute'::interval)
                AND NOT EXISTS (SELECT FROM segment AS t
                    WHERE t.name OPERATOR(pg_catalog.=) a.last_archived_wal))
    FROM segment AS s
    RETURNING missing;
END;
COMMENT ON FUNCTION soc2.record_archive(text[], text, timestamptz, bigint) IS
'records which segments of the WAL an archive has, by the names of its files; returns how many are missing between them';

--
-- What recovery is to reach
--

INSERT INTO soc2.registers (register, relation, title, criteria, key_columns, title_column,
    owner_column, state_column, opened_column, due_column) VALUES
('recovery_objective', 'soc2.recovery_objectives', 'Objectives of recovery',
    '{tsc:A1.2,tsc:A1.3,tsc:CC7.5,outline:CC7.2,outline:CC7.5}', '{objective}', 'title',
    'owner', NULL, 'recorded_at', 'review_due_at'),
('recovery_plan', 'soc2.recovery_plans', 'Plans for recovery and continuity',
    '{tsc:A1.2,tsc:CC7.5,tsc:CC9.1,outline:CC7.2,outline:CC7.5}', '{plan_id,version}', 'title',
    'owner', 'state', 'requested_at', 'review_due_at'),
('recovery_plan_test', 'soc2.recovery_plan_tests', 'Tests of plans for recovery and continuity',
    '{tsc:A1.3,tsc:CC7.5,outline:CC7.2,outline:CC7.5}', '{test_id}', 'title',
    'owner', 'state', 'planned_at', 'due_at');

INSERT INTO soc2.register_transitions (register, from_state, to_state, act, stamp, other_than) VALUES
('recovery_plan', NULL, 'draft', 'draft', NULL, '{}'),
('recovery_plan', 'draft', 'approved', 'approve', 'approved', '{requested_by}'),
('recovery_plan', 'draft', 'withdrawn', 'withdraw', NULL, '{}'),
('recovery_plan', 'approved', 'replaced', 'replace', 'ended', '{}'),
('recovery_plan', 'approved', 'retired', 'retire', 'ended', '{}'),
('recovery_plan_test', NULL, 'planned', 'plan', NULL, '{}'),
('recovery_plan_test', 'planned', 'passed', 'pass', 'performed', '{}'),
('recovery_plan_test', 'planned', 'failed', 'fail', 'performed', '{}'),
('recovery_plan_test', 'planned', 'cancelled', 'cancel', NULL, '{}'),
('recovery_plan_test', 'failed', 'mended', 'mend', 'mended', '{performed_by}');

CREATE TABLE soc2.recovery_objectives (
    objective text NOT NULL,
    title text NOT NULL,
    rpo interval NOT NULL DEFAULT '1 hour',
    rto interval NOT NULL DEFAULT '4 hours',
    owner text,
    review_due_at timestamptz,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_recovery_objectives_pkey PRIMARY KEY (objective),
    CONSTRAINT soc2_recovery_objectives_rpo_check CHECK (
        rpo OPERATOR(pg_catalog.>) '0'::interval),
    CONSTRAINT soc2_recovery_objectives_rto_check CHECK (
        rto OPERATOR(pg_catalog.>) '0'::interval)
);
SELECT soc2.install_register('recovery_objective');
COMMENT ON TABLE soc2.recovery_objectives IS
'register: how much may be lost, and how long recovery may take; written by soc2.set_recovery_objective()';
COMMENT ON COLUMN soc2.recovery_objectives.objective IS 'its name';
COMMENT ON COLUMN soc2.recovery_objectives.title IS 'what it is for';
COMMENT ON COLUMN soc2.recovery_objectives.rpo IS 'recovery point: time before a failure that may be lost';
COMMENT ON COLUMN soc2.recovery_objectives.rto IS 'recovery time: how long until a server is there again';
COMMENT ON COLUMN soc2.recovery_objectives.owner IS 'who answers for it';
COMMENT ON COLUMN soc2.recovery_objectives.review_due_at IS 'when it is to be looked at again';
COMMENT ON COLUMN soc2.recovery_objectives.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.recovery_objectives.recorded_by IS 'who recorded it: the role that logged in';

CREATE TABLE soc2.recovery_plans (
    plan_id text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    title text NOT NULL,
    owner text,
    state text NOT NULL DEFAULT 'draft',
    content text NOT NULL DEFAULT '',
    requested_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    requested_by name NOT NULL DEFAULT soc2.login_role(),
    approved_at timestamptz,
    approved_by name,
    ended_at timestamptz,
    ended_by name,
    review_due_at timestamptz,
    CONSTRAINT soc2_recovery_plans_pkey PRIMARY KEY (plan_id, version),
    CONSTRAINT soc2_recovery_plans_plan_id_check CHECK (
        pg_catalog.btrim(plan_id) OPERATOR(pg_catalog.<>) '')
);
CREATE UNIQUE INDEX soc2_recovery_plans_approved_idx ON soc2.recovery_plans (plan_id)
    WHERE state OPERATOR(pg_catalog.=) 'approved';
SELECT soc2.install_register('recovery_plan');
COMMENT ON TABLE soc2.recovery_plans IS
'register: plans for recovery and continuity, whose contents do not change; a change is a new version';
COMMENT ON COLUMN soc2.recovery_plans.plan_id IS 'name of the plan';
COMMENT ON COLUMN soc2.recovery_plans.version IS 'its version';
COMMENT ON COLUMN soc2.recovery_plans.title IS 'what is recovered, or goes on';
COMMENT ON COLUMN soc2.recovery_plans.owner IS 'who answers for it';
COMMENT ON COLUMN soc2.recovery_plans.state IS 'draft, approved, withdrawn, replaced or retired';
COMMENT ON COLUMN soc2.recovery_plans.content IS 'the plan, or where it is';
COMMENT ON COLUMN soc2.recovery_plans.requested_at IS 'when it was drafted';
COMMENT ON COLUMN soc2.recovery_plans.requested_by IS 'by whom';
COMMENT ON COLUMN soc2.recovery_plans.approved_at IS 'when it was approved';
COMMENT ON COLUMN soc2.recovery_plans.approved_by IS 'by whom: another person';
COMMENT ON COLUMN soc2.recovery_plans.ended_at IS 'when it was replaced or retired';
COMMENT ON COLUMN soc2.recovery_plans.ended_by IS 'by whom';
COMMENT ON COLUMN soc2.recovery_plans.review_due_at IS 'when it is to be looked at again';

CREATE TABLE soc2.recovery_plan_tests (
    test_id text NOT NULL,
    plan_id text,
    version integer,
    title text NOT NULL DEFAULT 'test',
    kind text NOT NULL DEFAULT 'walkthrough',
    owner text,
    state text NOT NULL DEFAULT 'planned',
    due_at timestamptz,
    planned_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    planned_by name NOT NULL DEFAULT soc2.login_role(),
    performed_at timestamptz,
    performed_by name,
    mended_at timestamptz,
    mended_by name,
    result text,
    CONSTRAINT soc2_recovery_plan_tests_pkey PRIMARY KEY (test_id),
    CONSTRAINT soc2_recovery_plan_tests_kind_check CHECK (
        kind OPERATOR(pg_catalog.=) ANY ('{walkthrough,tabletop,restore,failover,full}'::text[]))
);
SELECT soc2.install_register('recovery_plan_test');
COMMENT ON TABLE soc2.recovery_plan_tests IS
'register: tests of plans for recovery and continuity';
COMMENT ON COLUMN soc2.recovery_plan_tests.test_id IS 'name of the test';
COMMENT ON COLUMN soc2.recovery_plan_tests.plan_id IS 'plan that is tested';
COMMENT ON COLUMN soc2.recovery_plan_tests.version IS 'its version';
COMMENT ON COLUMN soc2.recovery_plan_tests.title IS 'what is tried';
COMMENT ON COLUMN soc2.recovery_plan_tests.kind IS 'walkthrough, tabletop, restore, failover or full';
COMMENT ON COLUMN soc2.recovery_plan_tests.owner IS 'who answers for it';
COMMENT ON COLUMN soc2.recovery_plan_tests.state IS 'planned, passed, failed, cancelled or mended';
COMMENT ON COLUMN soc2.recovery_plan_tests.due_at IS 'until when it is to be done, and what failed to be mended';
COMMENT ON COLUMN soc2.recovery_plan_tests.planned_at IS 'when it was planned';
COMMENT ON COLUMN soc2.recovery_plan_tests.planned_by IS 'by whom';
COMMENT ON COLUMN soc2.recovery_plan_tests.performed_at IS 'when it was done';
COMMENT ON COLUMN soc2.recovery_plan_tests.performed_by IS 'by whom';
COMMENT ON COLUMN soc2.recovery_plan_tests.mended_at IS 'when what failed was mended';
COMMENT ON COLUMN soc2.recovery_plan_tests.mended_by IS 'who says so: another person';
COMMENT ON COLUMN soc2.recovery_plan_tests.result IS 'what was found';

CREATE FUNCTION soc2.set_recovery_objective(
    objective text,
    title text,
    rpo interval,
    rto interval,
    owner text DEFAULT NULL,
    review_due_at timestamptz DEFAULT NULL)
    RETURNS text
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.recovery_objectives (objective, title, rpo, rto, owner, review_due_at)
    VALUES (set_recovery_objective.objective, set_recovery_objective.title,
        set_recovery_objective.rpo, set_recovery_objective.rto,
        set_recovery_objective.owner, set_recovery_objective.review_due_at)
    ON CONFLICT (objective) DO UPDATE
    SET title = excluded.title, rpo = excluded.rpo, rto = excluded.rto,
        owner = excluded.owner, review_due_at = excluded.review_due_at,
        recorded_at = excluded.recorded_at, recorded_by = excluded.recorded_by
    RETURNING objective;
END;
COMMENT ON FUNCTION soc2.set_recovery_objective(text, text, interval, interval, text, timestamptz) IS
'says how much may be lost and how long recovery may take; returns the name of the objective';

CREATE FUNCTION soc2.draft_recovery_plan(
    plan_id text,
    title text,
    content text,
    owner text DEFAULT NULL,
    review_due_at timestamptz DEFAULT NULL)
    RETURNS integer
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.recovery_plans (plan_id, version, title, content, owner, review_due_at)
    SELECT draft_recovery_plan.plan_id, COALESCE(pg_catalog.max(p.version), 0)
            OPERATOR(pg_catalog.+) 1, draft_recovery_plan.title,
        draft_recovery_plan.content, draft_recovery_plan.owner,
        draft_recovery_plan.review_due_at
    FROM soc2.recovery_plans AS p
    WHERE p.plan_id OPERATOR(pg_catalog.=) draft_recovery_plan.plan_id
    RETURNING version;
END;
COMMENT ON FUNCTION soc2.draft_recovery_plan(text, text, text, text, timestamptz) IS
'drafts a plan, or a new version of one; returns the version';

CREATE FUNCTION soc2.approve_recovery_plan(plan_id text, version integer)
    RETURNS timestamptz
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('draft of a recovery plan', approve_recovery_plan.plan_id, EXISTS (
        SELECT FROM soc2.recovery_plans AS p
        WHERE p.plan_id OPERATOR(pg_catalog.=) approve_recovery_plan.plan_id
            AND p.version OPERATOR(pg_catalog.=) approve_recovery_plan.version
            AND p.state OPERATOR(pg_catalog.=) 'draft'));
    -- one approval of a plan at a time: what it replaces is seen by the next statement
    SELECT pg_catalog.count(*) FROM (
        SELECT FROM soc2.recovery_plans AS p
        WHERE p.plan_id OPERATOR(pg_catalog.=) approve_recovery_plan.plan_id
        ORDER BY p.version
        FOR NO KEY UPDATE) AS locked;
    UPDATE soc2.recovery_plans AS p
    SET state = 'replaced'
    WHERE p.plan_id OPERATOR(pg_catalog.=) approve_recovery_plan.plan_id
        AND p.state OPERATOR(pg_catalog.=) 'approved';
    UPDATE soc2.recovery_plans AS p
    SET state = 'approved'
    WHERE p.plan_id OPERATOR(pg_catalog.=) approve_recovery_plan.plan_id
        AND p.version OPERATOR(pg_catalog.=) approve_recovery_plan.version
    RETURNING p.approved_at;
END;
COMMENT ON FUNCTION soc2.approve_recovery_plan(text, integer) IS
'approves a draft, which replaces the version in force; S2A01 for who drafted it; 42704 if there is no such draft';

CREATE FUNCTION soc2.plan_recovery_test(
    test_id text,
    plan_id text,
    due_at timestamptz,
    kind text DEFAULT 'walkthrough',
    title text DEFAULT 'test',
    owner text DEFAULT NULL)
    RETURNS text
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('approved recovery plan', plan_recovery_test.plan_id, EXISTS (
        SELECT FROM soc2.recovery_plans AS p
        WHERE p.plan_id OPERATOR(pg_catalog.=) plan_recovery_test.plan_id
            AND p.state OPERATOR(pg_catalog.=) 'approved'));
    INSERT INTO soc2.recovery_plan_tests (test_id, plan_id, version, title, kind, owner, due_at)
    SELECT plan_recovery_test.test_id, p.plan_id, p.version, plan_recovery_test.title,
        plan_recovery_test.kind, plan_recovery_test.owner, plan_recovery_test.due_at
    FROM soc2.recovery_plans AS p
    WHERE p.plan_id OPERATOR(pg_catalog.=) plan_recovery_test.plan_id
        AND p.state OPERATOR(pg_catalog.=) 'approved'
    RETURNING test_id;
END;
COMMENT ON FUNCTION soc2.plan_recovery_test(text, text, timestamptz, text, text, text) IS
'plans a test of the version of a plan that is in force; returns its name; 42704 if none is';

CREATE FUNCTION soc2.record_recovery_test(test_id text, state text, result text)
    RETURNS text
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('recovery test', record_recovery_test.test_id, EXISTS (
        SELECT FROM soc2.recovery_plan_tests AS t
        WHERE t.test_id OPERATOR(pg_catalog.=) record_recovery_test.test_id));
    UPDATE soc2.recovery_plan_tests AS t
    SET state = record_recovery_test.state,
        result = pg_catalog.concat_ws(E'\n', t.result, record_recovery_test.result)
    WHERE t.test_id OPERATOR(pg_catalog.=) record_recovery_test.test_id
    RETURNING t.state;
END;
COMMENT ON FUNCTION soc2.record_recovery_test(text, text, text) IS
'records that a test passed or failed, was cancelled, or that what failed was mended; 42704 for an unknown test, 55000 for a step that is not one';

--
-- Capacity
--

CREATE VIEW soc2.capacity_forecast AS
    WITH daily AS (
        -- the last sample of each day of the last 90
        SELECT DISTINCT ON (c.database, c.sampled_at::date)
            c.database,
            pg_catalog.date_part('epoch', c.sampled_at) OPERATOR(pg_catalog./) 86400 AS day,
            c.bytes::float8 AS bytes, c.sampled_at
        FROM (SELECT s.database, s.bytes, s.sampled_at AT TIME ZONE 'UTC' AS sampled_at
            FROM soc2.capacity_samples AS s
            WHERE s.sampled_at OPERATOR(pg_catalog.>)
                (pg_catalog.now() OPERATOR(pg_catalog.-) '90 days'::interval)) AS c
        ORDER BY c.database, c.sampled_at::date, c.sampled_at DESC),
    slope AS (
        -- the median of the slopes between any two days: one day of a bulk load, or
        -- of a purge, does not turn it, as it would turn least squares
        SELECT a.database, pg_catalog.percentile_cont(0.5) WITHIN GROUP (ORDER BY
            (b.bytes OPERATOR(pg_catalog.-) a.bytes)
                OPERATOR(pg_catalog./) (b.day OPERATOR(pg_catalog.-) a.day)) AS bytes_per_day
        FROM daily AS a
        JOIN daily AS b ON b.database OPERATOR(pg_catalog.=) a.database
            AND b.day OPERATOR(pg_catalog.>) a.day
        GROUP BY a.database),
    newest AS (
        SELECT d.database, pg_catalog.count(*) AS days,
            pg_catalog.max(d.sampled_at) AT TIME ZONE 'UTC' AS sampled_at,
            (pg_catalog.array_agg(d.bytes ORDER BY d.day DESC))[1] AS bytes
        FROM daily AS d
        GROUP BY d.database)
    SELECT COALESCE(n.database, p.database) AS database, COALESCE(n.days, 0) AS days,
        n.sampled_at, n.bytes::bigint AS bytes, p.max_bytes,
        CASE WHEN n.days OPERATOR(pg_catalog.>=) 3 THEN s.bytes_per_day::bigint END AS bytes_per_day,
        CASE WHEN n.bytes OPERATOR(pg_catalog.>=) p.max_bytes::float8 THEN n.sampled_at
            WHEN n.days OPERATOR(pg_catalog.>=) 3
                -- growth that takes more than a century is none
                AND s.bytes_per_day OPERATOR(pg_catalog.*) 36525::float8
                    OPERATOR(pg_catalog.>) (p.max_bytes::float8 OPERATOR(pg_catalog.-) n.bytes)
            THEN n.sampled_at OPERATOR(pg_catalog.+) pg_catalog.make_interval(secs =>
                (p.max_bytes::float8 OPERATOR(pg_catalog.-) n.bytes)
                    OPERATOR(pg_catalog./) s.bytes_per_day OPERATOR(pg_catalog.*) 86400::float8)
        END AS reached_at
    FROM newest AS n
    LEFT JOIN slope AS s ON s.database OPERATOR(pg_catalog.=) n.database
    FULL JOIN soc2.capacity_plans AS p ON p.database OPERATOR(pg_catalog.=) n.database;
COMMENT ON VIEW soc2.capacity_forecast IS
'when will databases reach the size that is planned for, if they grow as in the last 90 days?';
COMMENT ON COLUMN soc2.capacity_forecast.database IS 'the database';
COMMENT ON COLUMN soc2.capacity_forecast.days IS 'days with samples; with less than three there is no forecast';
COMMENT ON COLUMN soc2.capacity_forecast.sampled_at IS 'time of the last sample';
COMMENT ON COLUMN soc2.capacity_forecast.bytes IS 'size then';
COMMENT ON COLUMN soc2.capacity_forecast.max_bytes IS 'size that is planned for; NULL: none is';
COMMENT ON COLUMN soc2.capacity_forecast.bytes_per_day IS
'growth: the median of the slopes between any two days';
COMMENT ON COLUMN soc2.capacity_forecast.reached_at IS
'when the planned size is reached; NULL: not within a century, too few samples, or no plan';
