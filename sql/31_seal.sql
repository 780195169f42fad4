/* sql/31_seal.sql */

--
-- The log of a ledger: seals, which rows they cover, and the Merkle tree.
--
-- Rows are written by soc2.seal() alone, and never changed.  Nothing here
-- refers to soc2.ledgers by a foreign key: a parallel pg_restore loads the
-- tables in any order.
--

CREATE TABLE soc2.ledger_seals (
    ledger_id uuid NOT NULL,
    seal_id bigint NOT NULL,
    incarnation integer NOT NULL,
    size bigint NOT NULL,
    root soc2.digest NOT NULL,
    sealed_at timestamptz NOT NULL,
    sealed_by name NOT NULL,
    system_identifier bigint NOT NULL,
    database oid NOT NULL,
    timeline integer NOT NULL,
    previous_size bigint,
    previous_root soc2.digest,
    incarnation_id uuid,
    CONSTRAINT soc2_ledger_seals_pkey PRIMARY KEY (ledger_id, seal_id)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.ledger_seals', '');
COMMENT ON TABLE soc2.ledger_seals IS
'states of the log of a ledger: each seal appended rows to it; append-only';
COMMENT ON COLUMN soc2.ledger_seals.ledger_id IS 'the ledger';
COMMENT ON COLUMN soc2.ledger_seals.seal_id IS 'number of the seal in its ledger, from 1';
COMMENT ON COLUMN soc2.ledger_seals.incarnation IS 'life of the ledger: grows by one where the database is a restored or copied one, or a standby that took over';
COMMENT ON COLUMN soc2.ledger_seals.size IS 'rows in the log after the seal';
COMMENT ON COLUMN soc2.ledger_seals.root IS 'root of the Merkle tree over them (RFC 6962)';
COMMENT ON COLUMN soc2.ledger_seals.sealed_at IS 'when it was sealed, by the clock of the server';
COMMENT ON COLUMN soc2.ledger_seals.sealed_by IS 'role that sealed';
COMMENT ON COLUMN soc2.ledger_seals.system_identifier IS 'system identifier of the cluster that sealed';
COMMENT ON COLUMN soc2.ledger_seals.database IS 'OID that the database had then';
COMMENT ON COLUMN soc2.ledger_seals.timeline IS 'timeline of the server then';
COMMENT ON COLUMN soc2.ledger_seals.previous_size IS 'size that the incarnation before ended with, as far as it is known here; only in the first seal of a later incarnation';
COMMENT ON COLUMN soc2.ledger_seals.previous_root IS 'root at that size';
COMMENT ON COLUMN soc2.ledger_seals.incarnation_id IS 'random id of the incarnation, part of the origin of its checkpoints; NULL in the first one';

CREATE TRIGGER soc2_guard_update
    BEFORE UPDATE ON soc2.ledger_seals
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledger_seals ENABLE ALWAYS TRIGGER soc2_guard_update;
COMMENT ON TRIGGER soc2_guard_update ON soc2.ledger_seals IS
'refuses UPDATE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_delete
    BEFORE DELETE ON soc2.ledger_seals
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledger_seals ENABLE ALWAYS TRIGGER soc2_guard_delete;
COMMENT ON TRIGGER soc2_guard_delete ON soc2.ledger_seals IS
'refuses DELETE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_truncate
    BEFORE TRUNCATE ON soc2.ledger_seals
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledger_seals ENABLE ALWAYS TRIGGER soc2_guard_truncate;
COMMENT ON TRIGGER soc2_guard_truncate ON soc2.ledger_seals IS
'refuses TRUNCATE, also where triggers are off for replication';

CREATE TABLE soc2.ledger_seal_ranges (
    ledger_id uuid NOT NULL,
    seal_id bigint NOT NULL,
    lane integer NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT soc2_ledger_seal_ranges_pkey
        PRIMARY KEY (ledger_id, seal_id, lane),
    CONSTRAINT soc2_ledger_seal_ranges_lane_key
        UNIQUE (ledger_id, lane, last_seq)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.ledger_seal_ranges', '');
COMMENT ON TABLE soc2.ledger_seal_ranges IS
'which rows of which lane a seal put where in the log; append-only';
COMMENT ON COLUMN soc2.ledger_seal_ranges.ledger_id IS 'the ledger';
COMMENT ON COLUMN soc2.ledger_seal_ranges.seal_id IS 'the seal';
COMMENT ON COLUMN soc2.ledger_seal_ranges.lane IS 'lane of the rows';
COMMENT ON COLUMN soc2.ledger_seal_ranges.first_seq IS 'first of them, by its position in the lane';
COMMENT ON COLUMN soc2.ledger_seal_ranges.last_seq IS 'last of them';
COMMENT ON COLUMN soc2.ledger_seal_ranges.position IS 'index of the first in the log, from 0';

CREATE TRIGGER soc2_guard_update
    BEFORE UPDATE ON soc2.ledger_seal_ranges
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledger_seal_ranges ENABLE ALWAYS TRIGGER soc2_guard_update;
COMMENT ON TRIGGER soc2_guard_update ON soc2.ledger_seal_ranges IS
'refuses UPDATE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_delete
    BEFORE DELETE ON soc2.ledger_seal_ranges
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledger_seal_ranges ENABLE ALWAYS TRIGGER soc2_guard_delete;
COMMENT ON TRIGGER soc2_guard_delete ON soc2.ledger_seal_ranges IS
'refuses DELETE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_truncate
    BEFORE TRUNCATE ON soc2.ledger_seal_ranges
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledger_seal_ranges ENABLE ALWAYS TRIGGER soc2_guard_truncate;
COMMENT ON TRIGGER soc2_guard_truncate ON soc2.ledger_seal_ranges IS
'refuses TRUNCATE, also where triggers are off for replication';

CREATE TABLE soc2.ledger_tiles (
    ledger_id uuid NOT NULL,
    level integer NOT NULL,
    tile bigint NOT NULL,
    width integer NOT NULL,
    hashes bytea NOT NULL,
    CONSTRAINT soc2_ledger_tiles_pkey
        PRIMARY KEY (ledger_id, level, tile, width)
);
-- hashes do not compress
ALTER TABLE soc2.ledger_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;
SELECT pg_catalog.pg_extension_config_dump('soc2.ledger_tiles', '');
COMMENT ON TABLE soc2.ledger_tiles IS
'nodes of the Merkle tree of a ledger in tiles of up to 256; a tile that grew has a row for each width that it had; append-only';
COMMENT ON COLUMN soc2.ledger_tiles.ledger_id IS 'the ledger';
COMMENT ON COLUMN soc2.ledger_tiles.level IS 'level of the tile: it holds nodes that cover 256^level rows each';
COMMENT ON COLUMN soc2.ledger_tiles.tile IS 'index of the tile in its level, from 0';
COMMENT ON COLUMN soc2.ledger_tiles.width IS 'number of its hashes, 1 to 256; the widest row of a tile holds the others';
COMMENT ON COLUMN soc2.ledger_tiles.hashes IS 'the hashes, 32 bytes each';

CREATE TRIGGER soc2_guard_update
    BEFORE UPDATE ON soc2.ledger_tiles
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledger_tiles ENABLE ALWAYS TRIGGER soc2_guard_update;
COMMENT ON TRIGGER soc2_guard_update ON soc2.ledger_tiles IS
'refuses UPDATE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_delete
    BEFORE DELETE ON soc2.ledger_tiles
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledger_tiles ENABLE ALWAYS TRIGGER soc2_guard_delete;
COMMENT ON TRIGGER soc2_guard_delete ON soc2.ledger_tiles IS
'refuses DELETE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_truncate
    BEFORE TRUNCATE ON soc2.ledger_tiles
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledger_tiles ENABLE ALWAYS TRIGGER soc2_guard_truncate;
COMMENT ON TRIGGER soc2_guard_truncate ON soc2.ledger_tiles IS
'refuses TRUNCATE, also where triggers are off for replication';

--
-- Sealing
--

CREATE FUNCTION soc2.seal(
    "table" regclass DEFAULT NULL,
    OUT relation regclass,
    OUT size bigint,
    OUT sealed bigint)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'soc2_seal'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.seal(regclass) IS
'appends the rows of a ledger, or of all, that are not sealed yet to its log; returns the size of the log and how many rows were new';

CREATE FUNCTION soc2.checkpoint("table" regclass)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_checkpoint_text'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.checkpoint(regclass) IS
'checkpoint (C2SP tlog-checkpoint) of the last committed seal of a ledger, signed where soc2.signing_key_file names a key; 55000 if it was never sealed';

CREATE FUNCTION soc2.snapshot_checkpoint("table" regclass)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_snapshot_checkpoint'
    LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.snapshot_checkpoint(regclass) IS
'the newest checkpoint of a ledger that the snapshot of the statement shows, as a bundle of the same statement has it; NULL if there is none; soc2.checkpoint() tells the newest of all';

CREATE FUNCTION soc2.inclusion_proof(
    "table" regclass, lane integer, seq bigint)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_inclusion_proof'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.inclusion_proof(regclass, integer, bigint) IS
'proof (C2SP tlog-proof) that a row is in the log of the last committed seal; 22023 if there is no such row, 55000 if it is not sealed yet';

CREATE FUNCTION soc2.consistency_proof(
    "table" regclass, old_size bigint, new_size bigint)
    RETURNS soc2.digest[]
    AS 'MODULE_PATHNAME', 'soc2_consistency_proof'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.consistency_proof(regclass, bigint, bigint) IS
'proof (RFC 6962) that the log at one size is the beginning of the log at another; 22023 for sizes that it never had or that do not ascend';

CREATE FUNCTION soc2.public_key()
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_public_key'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.public_key() IS
'verifier key (C2SP signed-note) of the key that signs checkpoints; NULL if there is none';

--
-- State of ledgers
--

CREATE FUNCTION soc2.ledger_heads(
    "table" regclass,
    OUT lane integer,
    OUT seq bigint)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'soc2_ledger_heads'
    LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 8;
COMMENT ON FUNCTION soc2.ledger_heads(regclass) IS
'last position of each lane of a ledger, read from its index; a row of nulls if the table or its index is gone';
