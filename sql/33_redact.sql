/* sql/33_redact.sql */

--
-- What may leave a ledger: values, by redaction, and the first rows of a lane,
-- by pruning.  Both leave here what verifying needs instead.
--

CREATE TABLE soc2.ledger_redactions (
    ledger_id uuid NOT NULL,
    lane integer NOT NULL,
    seq bigint NOT NULL,
    column_name name NOT NULL,
    commitment soc2.digest NOT NULL,
    redacted_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    redacted_by name NOT NULL,
    reason text NOT NULL,
    CONSTRAINT soc2_ledger_redactions_pkey
        PRIMARY KEY (ledger_id, lane, seq, column_name)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.ledger_redactions', '');
COMMENT ON TABLE soc2.ledger_redactions IS
'values that were removed from ledgers; the commitment stands in for the value, so that every hash stays as it was';
COMMENT ON COLUMN soc2.ledger_redactions.ledger_id IS 'id of the ledger';
COMMENT ON COLUMN soc2.ledger_redactions.lane IS 'lane of the row';
COMMENT ON COLUMN soc2.ledger_redactions.seq IS 'position of the row in its lane';
COMMENT ON COLUMN soc2.ledger_redactions.column_name IS 'column that held the value';
COMMENT ON COLUMN soc2.ledger_redactions.commitment IS 'salted hash of the value; the salt is gone with it';
COMMENT ON COLUMN soc2.ledger_redactions.redacted_at IS 'when the value was removed, by the clock of the server';
COMMENT ON COLUMN soc2.ledger_redactions.redacted_by IS 'role that removed it';
COMMENT ON COLUMN soc2.ledger_redactions.reason IS 'why it was removed';

CREATE TRIGGER soc2_guard_update
    BEFORE UPDATE ON soc2.ledger_redactions
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledger_redactions ENABLE ALWAYS TRIGGER soc2_guard_update;
COMMENT ON TRIGGER soc2_guard_update ON soc2.ledger_redactions IS
'refuses UPDATE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_delete
    BEFORE DELETE ON soc2.ledger_redactions
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledger_redactions ENABLE ALWAYS TRIGGER soc2_guard_delete;
COMMENT ON TRIGGER soc2_guard_delete ON soc2.ledger_redactions IS
'refuses DELETE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_truncate
    BEFORE TRUNCATE ON soc2.ledger_redactions
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledger_redactions ENABLE ALWAYS TRIGGER soc2_guard_truncate;
COMMENT ON TRIGGER soc2_guard_truncate ON soc2.ledger_redactions IS
'refuses TRUNCATE, also where triggers are off for replication';

CREATE TABLE soc2.ledger_prunes (
    ledger_id uuid NOT NULL,
    lane integer NOT NULL,
    last_seq bigint NOT NULL,
    last_hash soc2.digest NOT NULL,
    pruned_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    pruned_by name NOT NULL,
    reason text NOT NULL,
    evidence_id uuid NOT NULL,
    CONSTRAINT soc2_ledger_prunes_pkey
        PRIMARY KEY (ledger_id, lane, last_seq)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.ledger_prunes', '');
COMMENT ON TABLE soc2.ledger_prunes IS
'rows that were removed from the front of lanes; the row after them has to go on from the hash that is kept here';
COMMENT ON COLUMN soc2.ledger_prunes.ledger_id IS 'id of the ledger';
COMMENT ON COLUMN soc2.ledger_prunes.lane IS 'the lane';
COMMENT ON COLUMN soc2.ledger_prunes.last_seq IS 'position of the last row that was removed';
COMMENT ON COLUMN soc2.ledger_prunes.last_hash IS 'ledger_hash of that row';
COMMENT ON COLUMN soc2.ledger_prunes.pruned_at IS 'when the rows were removed, by the clock of the server';
COMMENT ON COLUMN soc2.ledger_prunes.pruned_by IS 'role that removed them';
COMMENT ON COLUMN soc2.ledger_prunes.reason IS 'why they were removed';
COMMENT ON COLUMN soc2.ledger_prunes.evidence_id IS 'evidence of kind prune that records it';

CREATE TRIGGER soc2_guard_update
    BEFORE UPDATE ON soc2.ledger_prunes
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledger_prunes ENABLE ALWAYS TRIGGER soc2_guard_update;
COMMENT ON TRIGGER soc2_guard_update ON soc2.ledger_prunes IS
'refuses UPDATE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_delete
    BEFORE DELETE ON soc2.ledger_prunes
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledger_prunes ENABLE ALWAYS TRIGGER soc2_guard_delete;
COMMENT ON TRIGGER soc2_guard_delete ON soc2.ledger_prunes IS
'refuses DELETE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_truncate
    BEFORE TRUNCATE ON soc2.ledger_prunes
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledger_prunes ENABLE ALWAYS TRIGGER soc2_guard_truncate;
COMMENT ON TRIGGER soc2_guard_truncate ON soc2.ledger_prunes IS
'refuses TRUNCATE, also where triggers are off for replication';

CREATE FUNCTION soc2.redact(
    "table" regclass,
    lane integer,
    seq bigint,
    reason text)
    RETURNS integer
    AS 'MODULE_PATHNAME', 'soc2_redact'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.redact(regclass, integer, bigint, text) IS
'removes the redactable values of a row of a ledger for good and keeps their commitments; returns how many; recorded as evidence';

CREATE FUNCTION soc2.prune_ledger(
    "table" regclass,
    lane integer,
    through bigint,
    reason text)
    RETURNS bigint
    AS 'MODULE_PATHNAME', 'soc2_prune_ledger'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.prune_ledger(regclass, integer, bigint, text) IS
'removes the first rows of a lane of a ledger for good, up to a position; only rows that were sealed and are not retained; returns how many; recorded as evidence';
