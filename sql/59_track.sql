/* sql/59_track.sql */

--
-- Row history: which tables are tracked, and the ledger of their changes.
--

CREATE TABLE soc2.tracked_tables (
    relation regclass NOT NULL,
    track_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    columns text[],
    key text[] NOT NULL,
    apart boolean NOT NULL DEFAULT false,
    tracked_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    tracked_by text NOT NULL,
    untracked_at timestamptz,
    CONSTRAINT soc2_tracked_tables_pkey PRIMARY KEY (relation),
    CONSTRAINT soc2_tracked_tables_track_id_key UNIQUE (track_id)
);
-- an entry whose table is gone would be another's in a dump
SELECT pg_catalog.pg_extension_config_dump('soc2.tracked_tables',
    'WHERE EXISTS (SELECT FROM pg_catalog.pg_class AS c
                   WHERE c.oid OPERATOR(pg_catalog.=) relation)');
COMMENT ON TABLE soc2.tracked_tables IS
'tables whose changes are recorded in soc2.row_changes; written by soc2.track_changes()';
COMMENT ON COLUMN soc2.tracked_tables.relation IS 'the table';
COMMENT ON COLUMN soc2.tracked_tables.track_id IS 'id of its history';
COMMENT ON COLUMN soc2.tracked_tables.columns IS
'columns that are recorded beside those of the key; NULL: all, also those that are yet to come';
COMMENT ON COLUMN soc2.tracked_tables.key IS 'columns that tell its rows apart';
COMMENT ON COLUMN soc2.tracked_tables.apart IS
'true: each changed row is a row of the ledger, which can be redacted by itself';
COMMENT ON COLUMN soc2.tracked_tables.tracked_at IS 'since when';
COMMENT ON COLUMN soc2.tracked_tables.tracked_by IS 'which role began it';
COMMENT ON COLUMN soc2.tracked_tables.untracked_at IS 'when it ended; NULL: it goes on';

CREATE TABLE soc2.row_changes (
    change_no bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    track_id uuid NOT NULL,
    table_name text NOT NULL,
    action text NOT NULL,
    row_count integer NOT NULL,
    bucket bigint,
    changes json,
    recorded_at timestamptz NOT NULL,
    statement_at timestamptz NOT NULL,
    transaction_at timestamptz NOT NULL,
    transaction_id bigint NOT NULL,
    step integer NOT NULL,
    session_role name NOT NULL,
    executing_role name NOT NULL,
    application text,
    query_id bigint,
    change_id text,
    ledger_lane integer,
    ledger_seq bigint,
    ledger_prev soc2.digest,
    ledger_hash soc2.digest,
    ledger_salt bytea,
    CONSTRAINT soc2_row_changes_position_key UNIQUE (ledger_lane, ledger_seq)
) WITH (toast_tuple_target = 8160);
CREATE INDEX soc2_row_changes_bucket_idx ON soc2.row_changes (bucket);
CREATE INDEX soc2_row_changes_recorded_at_idx
    ON soc2.row_changes (track_id, recorded_at);
SELECT pg_catalog.pg_extension_config_dump('soc2.row_changes', '');
SELECT pg_catalog.pg_extension_config_dump('soc2.row_changes_change_no_seq', '');
COMMENT ON SEQUENCE soc2.row_changes_change_no_seq IS 'numbers statements that changed rows';
COMMENT ON TABLE soc2.row_changes IS
'ledger of the changes of rows of tracked tables; soc2.history() and soc2.as_of() read it';
COMMENT ON COLUMN soc2.row_changes.change_no IS
'number of the statement: of two that changed a row in different transactions, the later one has the greater number';
COMMENT ON COLUMN soc2.row_changes.track_id IS 'history that it belongs to';
COMMENT ON COLUMN soc2.row_changes.table_name IS 'the table, as it was called then';
COMMENT ON COLUMN soc2.row_changes.action IS
'what happened: insert, update, delete, truncate; attach, detach or drop: rows came or went with their table; track, untrack, add_column, alter_column, rename_column, drop_column: of the table as such';
COMMENT ON COLUMN soc2.row_changes.row_count IS 'how many rows changes has';
COMMENT ON COLUMN soc2.row_changes.bucket IS
'which beginning the hashes of their keys have in common, behind a bit that is 1; NULL where there are no rows';
COMMENT ON COLUMN soc2.row_changes.changes IS
'the rows: k is the key, to and from the key after and before, o and n values before and after; redactable';
COMMENT ON COLUMN soc2.row_changes.recorded_at IS 'when the statement had run';
COMMENT ON COLUMN soc2.row_changes.statement_at IS 'when the statement of the client began';
COMMENT ON COLUMN soc2.row_changes.transaction_at IS 'when the transaction began';
COMMENT ON COLUMN soc2.row_changes.transaction_id IS 'the transaction, as in pg_current_xact_id()';
COMMENT ON COLUMN soc2.row_changes.step IS
'number of the statement within the transaction, as statements began';
COMMENT ON COLUMN soc2.row_changes.session_role IS 'who had logged in';
COMMENT ON COLUMN soc2.row_changes.executing_role IS 'as which role the statement ran';
COMMENT ON COLUMN soc2.row_changes.application IS 'application_name of the session; NULL if it had none';
COMMENT ON COLUMN soc2.row_changes.query_id IS
'query identifier of the statement of the client; NULL if the server computes none';
COMMENT ON COLUMN soc2.row_changes.change_id IS
'change that the session named in soc2.change; NULL if none';
COMMENT ON COLUMN soc2.row_changes.ledger_lane IS 'lane of the ledger that holds the row';
COMMENT ON COLUMN soc2.row_changes.ledger_seq IS 'position in the lane, from 1';
COMMENT ON COLUMN soc2.row_changes.ledger_prev IS
'ledger_hash of the row before it in its lane; zero at position 1';
COMMENT ON COLUMN soc2.row_changes.ledger_hash IS 'hash of ledger, position, ledger_prev and content';
COMMENT ON COLUMN soc2.row_changes.ledger_salt IS 'random bytes in the commitment to the redactable column';

-- Triggers run in the order of their names: the one that hashes must be last.
CREATE TRIGGER zz_soc2_chain
    BEFORE INSERT ON soc2.row_changes
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_chain('changes');
COMMENT ON TRIGGER zz_soc2_chain ON soc2.row_changes IS
'chains the row to the one before it; runs last';

CREATE TRIGGER soc2_guard_update
    BEFORE UPDATE ON soc2.row_changes
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.row_changes ENABLE ALWAYS TRIGGER soc2_guard_update;
COMMENT ON TRIGGER soc2_guard_update ON soc2.row_changes IS
'refuses UPDATE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_delete
    BEFORE DELETE ON soc2.row_changes
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.row_changes ENABLE ALWAYS TRIGGER soc2_guard_delete;
COMMENT ON TRIGGER soc2_guard_delete ON soc2.row_changes IS
'refuses DELETE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_truncate
    BEFORE TRUNCATE ON soc2.row_changes
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.row_changes ENABLE ALWAYS TRIGGER soc2_guard_truncate;
COMMENT ON TRIGGER soc2_guard_truncate ON soc2.row_changes IS
'refuses TRUNCATE, also where triggers are off for replication';

CREATE FUNCTION soc2.track_rows()
    RETURNS trigger
    AS 'MODULE_PATHNAME', 'soc2_track_rows'
    LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.track_rows() IS
'trigger: records in soc2.row_changes what a statement changed; arguments are the key of a table without an entry in soc2.tracked_tables';

CREATE FUNCTION soc2.track_changes(
    "table" regclass,
    columns text[] DEFAULT NULL,
    key text[] DEFAULT NULL,
    apart boolean DEFAULT false)
    RETURNS uuid
    AS 'MODULE_PATHNAME', 'soc2_track_changes'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.track_changes(regclass, text[], text[], boolean) IS
'begins to record changes of a table of the caller: of all columns or these, by the primary key or this one; returns the id of the history';

CREATE FUNCTION soc2.untrack_changes("table" regclass)
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_untrack_changes'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.untrack_changes(regclass) IS
'ends recording changes of a table of the caller; what was recorded stays';

CREATE FUNCTION soc2.history(
    "table" regclass,
    VARIADIC key "any",
    OUT change_no bigint,
    OUT recorded_at timestamptz,
    OUT action text,
    OUT row_key jsonb,
    OUT old_values jsonb,
    OUT new_values jsonb,
    OUT session_role name,
    OUT executing_role name,
    OUT application text,
    OUT transaction_id bigint,
    OUT query_id bigint,
    OUT statement_at timestamptz,
    OUT change_id text,
    OUT ledger_lane integer,
    OUT ledger_seq bigint)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'soc2_history'
    LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED;
COMMENT ON FUNCTION soc2.history(regclass, "any") IS
'changes of the row of a tracked table that has, or had, this key, oldest first; for those who may read the table or soc2.row_changes';

CREATE FUNCTION soc2.history(
    "table" regclass,
    OUT change_no bigint,
    OUT recorded_at timestamptz,
    OUT action text,
    OUT row_key jsonb,
    OUT old_values jsonb,
    OUT new_values jsonb,
    OUT session_role name,
    OUT executing_role name,
    OUT application text,
    OUT transaction_id bigint,
    OUT query_id bigint,
    OUT statement_at timestamptz,
    OUT change_id text,
    OUT ledger_lane integer,
    OUT ledger_seq bigint)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'soc2_history_of_table'
    LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION soc2.history(regclass) IS
'changes of all rows of a tracked table, and what happened to it as such, oldest first; for those who may read the table or soc2.row_changes';

CREATE FUNCTION soc2.as_of("table" regclass, at timestamptz)
    RETURNS SETOF jsonb
    AS 'MODULE_PATHNAME', 'soc2_as_of'
    LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION soc2.as_of(regclass, timestamptz) IS
'rows that a tracked table had at a time, each an object of the columns that are recorded; for those who may read the table';

CREATE FUNCTION soc2.tracking_problems(
    "table" regclass,
    OUT relation regclass,
    OUT problem text)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'soc2_tracking_problems'
    LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION soc2.tracking_problems(regclass) IS
'what keeps changes of a tracked table, or of a partition of it, from being recorded: triggers that are missing or not enabled; no row: nothing';

CREATE FUNCTION soc2.track_member("table" regclass, VARIADIC key text[])
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_track_member'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.track_member(regclass, text[]) IS
'lets a script of the extension track changes of a table that it makes, by this key';

-- registries whose rows are changed
SELECT soc2.track_member('soc2.identities', 'role_name'),
    soc2.track_member('soc2.sod_rules', 'rule'),
    soc2.track_member('soc2.capacity_plans', 'database');
