/* sql/54_change.sql */

--
-- Changes: what was asked for, who approved it, and the DDL that ran.
--

CREATE TABLE soc2.changes (
    change_id text NOT NULL,
    title text NOT NULL,
    objects text[] NOT NULL DEFAULT '{}',
    valid tstzrange,
    requested_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    requested_by name NOT NULL DEFAULT SESSION_USER,
    CONSTRAINT soc2_changes_pkey PRIMARY KEY (change_id),
    CONSTRAINT soc2_changes_change_id_check CHECK (
        pg_catalog.btrim(change_id) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_changes_title_check CHECK (
        pg_catalog.btrim(title) OPERATOR(pg_catalog.<>) '')
);
SELECT pg_catalog.pg_extension_config_dump('soc2.changes', '');
COMMENT ON TABLE soc2.changes IS
'changes that were asked for, what they may touch and when; written by soc2.record_change()';
COMMENT ON COLUMN soc2.changes.change_id IS 'number of the ticket';
COMMENT ON COLUMN soc2.changes.title IS 'what is to be changed';
COMMENT ON COLUMN soc2.changes.objects IS
'what it may touch, as setting:work_mem, server:name, publication:name, subscription:name, extension:name, statistics:database or the identity of an object in soc2.ddl_log; * stands for any characters';
COMMENT ON COLUMN soc2.changes.valid IS 'when it may be carried out; NULL: from its approval on';
COMMENT ON COLUMN soc2.changes.requested_at IS 'when it was asked for';
COMMENT ON COLUMN soc2.changes.requested_by IS
'who asked for it: the user of the session, whatever role it has set';

CREATE TABLE soc2.change_approvals (
    change_id text NOT NULL,
    approved_by name NOT NULL DEFAULT SESSION_USER,
    approved_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    note text,
    CONSTRAINT soc2_change_approvals_pkey PRIMARY KEY (change_id, approved_by)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.change_approvals', '');
COMMENT ON TABLE soc2.change_approvals IS
'who approved a change; written by soc2.approve_change()';
COMMENT ON COLUMN soc2.change_approvals.change_id IS 'the change';
COMMENT ON COLUMN soc2.change_approvals.approved_by IS
'who approved it: the user of the session, whatever role it has set';
COMMENT ON COLUMN soc2.change_approvals.approved_at IS 'when';
COMMENT ON COLUMN soc2.change_approvals.note IS 'what the approval says';

CREATE TABLE soc2.ddl_log (
    ddl_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    recorded_at timestamptz NOT NULL,
    command_tag text NOT NULL,
    object_type text,
    object_identity text,
    objects text[] NOT NULL,
    object_count integer NOT NULL,
    command text,
    session_role name NOT NULL,
    executing_role name NOT NULL,
    application text NOT NULL,
    client inet,
    transaction_id bigint NOT NULL,
    change_id text,
    ledger_lane integer,
    ledger_seq bigint,
    ledger_prev soc2.digest,
    ledger_hash soc2.digest,
    ledger_salt bytea,
    CONSTRAINT soc2_ddl_log_pkey PRIMARY KEY (ddl_id),
    CONSTRAINT soc2_ddl_log_position_key UNIQUE (ledger_lane, ledger_seq)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.ddl_log', '');
COMMENT ON TABLE soc2.ddl_log IS
'ledger of the DDL of this database since soc2.start_ddl_capture()';
COMMENT ON COLUMN soc2.ddl_log.ddl_id IS 'id of the row';
COMMENT ON COLUMN soc2.ddl_log.recorded_at IS 'when the command had run';
COMMENT ON COLUMN soc2.ddl_log.command_tag IS 'its command tag';
COMMENT ON COLUMN soc2.ddl_log.object_type IS 'type of the object that the command is about';
COMMENT ON COLUMN soc2.ddl_log.object_identity IS 'the object, qualified and quoted';
COMMENT ON COLUMN soc2.ddl_log.objects IS
'all objects that it created, altered or dropped, the first hundred of them';
COMMENT ON COLUMN soc2.ddl_log.object_count IS 'how many there are';
COMMENT ON COLUMN soc2.ddl_log.command IS
'text of the command; NULL if it could not be told or may hold a password; redactable';
COMMENT ON COLUMN soc2.ddl_log.session_role IS 'who had logged in';
COMMENT ON COLUMN soc2.ddl_log.executing_role IS 'as which role the command ran';
COMMENT ON COLUMN soc2.ddl_log.application IS 'application_name of the session';
COMMENT ON COLUMN soc2.ddl_log.client IS 'address of the client; NULL: a local socket';
COMMENT ON COLUMN soc2.ddl_log.transaction_id IS 'transaction that ran it, as in pg_current_xact_id()';
COMMENT ON COLUMN soc2.ddl_log.change_id IS 'change that the session named in soc2.change; NULL if none';
COMMENT ON COLUMN soc2.ddl_log.ledger_lane IS 'lane of the ledger that holds the row';
COMMENT ON COLUMN soc2.ddl_log.ledger_seq IS 'position in the lane, from 1';
COMMENT ON COLUMN soc2.ddl_log.ledger_prev IS
'ledger_hash of the row before it in its lane; zero at position 1';
COMMENT ON COLUMN soc2.ddl_log.ledger_hash IS 'hash of ledger, position, ledger_prev and content';
COMMENT ON COLUMN soc2.ddl_log.ledger_salt IS 'random bytes in the commitment to the redactable column';

-- Triggers run in the order of their names: the one that hashes must be last.
CREATE TRIGGER zz_soc2_chain
    BEFORE INSERT ON soc2.ddl_log
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_chain('command');
COMMENT ON TRIGGER zz_soc2_chain ON soc2.ddl_log IS
'chains the row to the one before it; runs last';

CREATE TRIGGER soc2_guard_update
    BEFORE UPDATE ON soc2.ddl_log
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ddl_log ENABLE ALWAYS TRIGGER soc2_guard_update;
COMMENT ON TRIGGER soc2_guard_update ON soc2.ddl_log IS
'refuses UPDATE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_delete
    BEFORE DELETE ON soc2.ddl_log
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ddl_log ENABLE ALWAYS TRIGGER soc2_guard_delete;
COMMENT ON TRIGGER soc2_guard_delete ON soc2.ddl_log IS
'refuses DELETE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_truncate
    BEFORE TRUNCATE ON soc2.ddl_log
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ddl_log ENABLE ALWAYS TRIGGER soc2_guard_truncate;
COMMENT ON TRIGGER soc2_guard_truncate ON soc2.ddl_log IS
'refuses TRUNCATE, also where triggers are off for replication';

CREATE FUNCTION soc2.record_change(
    change_id text,
    title text,
    objects text[] DEFAULT '{}',
    valid tstzrange DEFAULT NULL)
    RETURNS text
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.changes (change_id, title, objects, valid)
    VALUES (record_change.change_id, record_change.title, record_change.objects,
        record_change.valid)
    RETURNING change_id;
END;
COMMENT ON FUNCTION soc2.record_change(text, text, text[], tstzrange) IS
'records a change that is asked for; returns its number; 23505 if it is recorded already';

CREATE FUNCTION soc2.approve_change(change_id text, note text DEFAULT NULL)
    RETURNS timestamptz
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('change', approve_change.change_id, EXISTS (
        SELECT FROM soc2.changes AS c
        WHERE c.change_id OPERATOR(pg_catalog.=) approve_change.change_id));
    SELECT soc2.require_second_person('approving a change', c.requested_by, SESSION_USER)
    FROM soc2.changes AS c
    WHERE c.change_id OPERATOR(pg_catalog.=) approve_change.change_id;
    INSERT INTO soc2.change_approvals (change_id, note)
    VALUES (approve_change.change_id, approve_change.note)
    RETURNING approved_at;
END;
COMMENT ON FUNCTION soc2.approve_change(text, text) IS
'approves a change that somebody else asked for; returns when; 42704 for an unknown change, S2A01 for one''s own';

CREATE VIEW soc2.change_status AS
    SELECT c.change_id, c.title, c.objects, c.requested_at, c.requested_by,
        a.approved_at, a.approved_by, a.approved_at IS NOT NULL AS approved,
        CASE WHEN a.approved_at IS NOT NULL
            THEN pg_catalog.tstzrange(a.approved_at, NULL)
                OPERATOR(pg_catalog.*) COALESCE(c.valid, '(,)') END AS in_force
    FROM soc2.changes AS c
    LEFT JOIN LATERAL (
        SELECT p.approved_at, p.approved_by
        FROM soc2.change_approvals AS p
        WHERE p.change_id OPERATOR(pg_catalog.=) c.change_id
            AND p.approved_by OPERATOR(pg_catalog.<>) c.requested_by
        ORDER BY p.approved_at, p.approved_by
        LIMIT 1) AS a ON true;
COMMENT ON VIEW soc2.change_status IS
'which changes were asked for, and since when and until when may they be carried out?';
COMMENT ON COLUMN soc2.change_status.change_id IS 'number of the ticket';
COMMENT ON COLUMN soc2.change_status.title IS 'what is to be changed';
COMMENT ON COLUMN soc2.change_status.objects IS 'what it may touch';
COMMENT ON COLUMN soc2.change_status.requested_at IS 'when it was asked for';
COMMENT ON COLUMN soc2.change_status.requested_by IS 'who asked for it';
COMMENT ON COLUMN soc2.change_status.approved_at IS
'when somebody else approved it first; NULL: nobody did';
COMMENT ON COLUMN soc2.change_status.approved_by IS 'who did';
COMMENT ON COLUMN soc2.change_status.approved IS 'did somebody else approve it?';
COMMENT ON COLUMN soc2.change_status.in_force IS
'when it may be carried out, from its approval on; NULL: never yet';

CREATE FUNCTION soc2.change_covers(objects text[], object text)
    RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM pg_catalog.unnest(objects) AS o (pattern)
        WHERE object OPERATOR(pg_catalog.~~) pg_catalog.replace(
            pg_catalog.regexp_replace(o.pattern, '([\\%_])', '\\\1', 'g'), '*', '%'));
END;
COMMENT ON FUNCTION soc2.change_covers(text[], text) IS
'does one of the objects of a change name this object? * in it stands for any characters';

CREATE FUNCTION soc2.change_of(object text, at timestamptz DEFAULT NULL)
    RETURNS text
    LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.min(c.change_id)
    FROM soc2.change_status AS c
    WHERE c.approved AND soc2.change_covers(c.objects, change_of.object)
        AND (change_of.at IS NULL OR c.in_force OPERATOR(pg_catalog.@>) change_of.at);
END;
COMMENT ON FUNCTION soc2.change_of(text, timestamptz) IS
'approved change that names an object and, if a time is given, was in force then; NULL if there is none';

CREATE FUNCTION soc2.ddl_capture()
    RETURNS event_trigger
    AS 'MODULE_PATHNAME', 'soc2_ddl_capture'
    LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.ddl_capture() IS
'event trigger: records a command in soc2.ddl_log, or warns that it could not';

CREATE FUNCTION soc2.start_ddl_capture()
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_start_ddl_capture'
    LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.start_ddl_capture() IS
'makes the event triggers that record DDL in soc2.ddl_log, which a superuser only can; becomes evidence';

CREATE FUNCTION soc2.stop_ddl_capture()
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_stop_ddl_capture'
    LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.stop_ddl_capture() IS
'drops the event triggers that record DDL; becomes evidence';
