/* sql/54_observation.sql */

--
-- Observed changes: how settings, roles and grants differ from what was seen
-- before.  The server says neither who made them nor when: only that it was
-- between two observations.
--

CREATE TABLE soc2.observed_state (
    kind text NOT NULL,
    name text NOT NULL,
    value text,
    detail text,
    CONSTRAINT soc2_observed_state_pkey PRIMARY KEY (kind, name)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.observed_state', '');
COMMENT ON TABLE soc2.observed_state IS
'settings, roles and grants as they were last seen; written by soc2.observe_settings() and soc2.observe_roles()';
COMMENT ON COLUMN soc2.observed_state.kind IS
'setting, file, role setting, role, membership, database, tablespace or grant';
COMMENT ON COLUMN soc2.observed_state.name IS 'what it is, quoted where needed';
COMMENT ON COLUMN soc2.observed_state.value IS 'how it was; a keyed hash where it may hold a secret';
COMMENT ON COLUMN soc2.observed_state.detail IS 'file and line that say so; NULL: none does';

CREATE TABLE soc2.observation_secrets (
    only_one boolean NOT NULL DEFAULT true,
    secret bytea NOT NULL,
    CONSTRAINT soc2_observation_secrets_pkey PRIMARY KEY (only_one),
    CONSTRAINT soc2_observation_secrets_only_one_check CHECK (only_one),
    CONSTRAINT soc2_observation_secrets_secret_check CHECK (
        pg_catalog.octet_length(secret) OPERATOR(pg_catalog.=) 32)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.observation_secrets', '');
COMMENT ON TABLE soc2.observation_secrets IS
'what secrets in settings and password verifiers are hashed with, for functions of the extension alone';
COMMENT ON COLUMN soc2.observation_secrets.only_one IS 'true: there is one row';
COMMENT ON COLUMN soc2.observation_secrets.secret IS '32 random bytes, made with the first observation';

CREATE TABLE soc2.observed_changes (
    observed_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    recorded_at timestamptz NOT NULL,
    looked_at timestamptz NOT NULL,
    since timestamptz,
    kind text NOT NULL,
    action text NOT NULL,
    name text,
    object text,
    old_value text,
    new_value text,
    detail text,
    follows text,
    follows_id uuid,
    state_count bigint,
    state_sha256 bytea,
    system_identifier bigint NOT NULL,
    session_role name NOT NULL,
    application text,
    change_id text,
    ledger_lane integer,
    ledger_seq bigint,
    ledger_prev soc2.digest,
    ledger_hash soc2.digest,
    ledger_salt bytea,
    CONSTRAINT soc2_observed_changes_pkey PRIMARY KEY (observed_id),
    CONSTRAINT soc2_observed_changes_position_key UNIQUE (ledger_lane, ledger_seq),
    CONSTRAINT soc2_observed_changes_action_check CHECK (
        action OPERATOR(pg_catalog.=) ANY ('{begun,observed,added,changed,removed,falsified}'::text[]))
);
CREATE INDEX soc2_observed_changes_kind_idx
    ON soc2.observed_changes (kind, recorded_at);
SELECT pg_catalog.pg_extension_config_dump('soc2.observed_changes', '');
COMMENT ON TABLE soc2.observed_changes IS
'ledger of how settings, roles and grants changed from one observation to the next';
COMMENT ON COLUMN soc2.observed_changes.observed_id IS 'id of the row';
COMMENT ON COLUMN soc2.observed_changes.recorded_at IS 'when the difference was recorded';
COMMENT ON COLUMN soc2.observed_changes.looked_at IS 'when the observation began';
COMMENT ON COLUMN soc2.observed_changes.since IS
'when the observation before it began: the change was made between then and recorded_at; NULL: there was none';
COMMENT ON COLUMN soc2.observed_changes.kind IS
'setting (of the running server), file (a line of the configuration files), role setting (of a role or database), role, membership, database, tablespace or grant; settings or roles of an observation as such';
COMMENT ON COLUMN soc2.observed_changes.action IS
'added, changed or removed; begun and observed: that there was an observation; falsified: what was last seen has been altered since';
COMMENT ON COLUMN soc2.observed_changes.name IS 'what it is, quoted where needed';
COMMENT ON COLUMN soc2.observed_changes.object IS 'how a change names it in its objects';
COMMENT ON COLUMN soc2.observed_changes.old_value IS
'how it was; a keyed hash where it may hold a secret; redactable';
COMMENT ON COLUMN soc2.observed_changes.new_value IS
'how it is; a keyed hash where it may hold a secret; redactable';
COMMENT ON COLUMN soc2.observed_changes.detail IS
'file and line that say so, and whether it waits for a restart; NULL: nothing of that';
COMMENT ON COLUMN soc2.observed_changes.follows IS
'ddl or file: it is the effect of a command in soc2.ddl_log, or of a line that was observed; NULL: of nothing that is known';
COMMENT ON COLUMN soc2.observed_changes.follows_id IS
'ddl_id or observed_id of what it is the effect of';
COMMENT ON COLUMN soc2.observed_changes.state_count IS 'how much an observation saw; NULL for a change';
COMMENT ON COLUMN soc2.observed_changes.state_sha256 IS
'SHA-256 of soc2.observed_state after the observation; NULL for a change';
COMMENT ON COLUMN soc2.observed_changes.system_identifier IS 'cluster that was observed, as in pg_control_system()';
COMMENT ON COLUMN soc2.observed_changes.session_role IS 'who had logged in to observe';
COMMENT ON COLUMN soc2.observed_changes.application IS 'application_name of that session; NULL if it had none';
COMMENT ON COLUMN soc2.observed_changes.change_id IS
'change that the observing session named in soc2.change; NULL if none';
COMMENT ON COLUMN soc2.observed_changes.ledger_lane IS 'lane of the ledger that holds the row';
COMMENT ON COLUMN soc2.observed_changes.ledger_seq IS 'position in the lane, from 1';
COMMENT ON COLUMN soc2.observed_changes.ledger_prev IS
'ledger_hash of the row before it in its lane; zero at position 1';
COMMENT ON COLUMN soc2.observed_changes.ledger_hash IS 'hash of ledger, position, ledger_prev and content';
COMMENT ON COLUMN soc2.observed_changes.ledger_salt IS 'random bytes in the commitments to the redactable columns';

-- Triggers run in the order of their names: the one that hashes must be last.
CREATE TRIGGER zz_soc2_chain
    BEFORE INSERT ON soc2.observed_changes
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_chain('old_value', 'new_value');
COMMENT ON TRIGGER zz_soc2_chain ON soc2.observed_changes IS
'chains the row to the one before it; runs last';

CREATE TRIGGER soc2_guard_update
    BEFORE UPDATE ON soc2.observed_changes
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.observed_changes ENABLE ALWAYS TRIGGER soc2_guard_update;
COMMENT ON TRIGGER soc2_guard_update ON soc2.observed_changes IS
'refuses UPDATE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_delete
    BEFORE DELETE ON soc2.observed_changes
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.observed_changes ENABLE ALWAYS TRIGGER soc2_guard_delete;
COMMENT ON TRIGGER soc2_guard_delete ON soc2.observed_changes IS
'refuses DELETE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_truncate
    BEFORE TRUNCATE ON soc2.observed_changes
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.observed_changes ENABLE ALWAYS TRIGGER soc2_guard_truncate;
COMMENT ON TRIGGER soc2_guard_truncate ON soc2.observed_changes IS
'refuses TRUNCATE, also where triggers are off for replication';
