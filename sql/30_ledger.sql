/* sql/30_ledger.sql */

--
-- soc2.digest: a SHA-256 digest, 32 bytes
--

CREATE TYPE soc2.digest;

CREATE FUNCTION soc2.digest_in(cstring)
    RETURNS soc2.digest
    AS 'MODULE_PATHNAME', 'soc2_digest_in'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.digest_in(cstring) IS
'I/O: 64 hexadecimal digits in either case; 22P02 for anything else';

CREATE FUNCTION soc2.digest_out(soc2.digest)
    RETURNS cstring
    AS 'MODULE_PATHNAME', 'soc2_digest_out'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.digest_out(soc2.digest) IS
'I/O: 64 hexadecimal digits in lower case';

CREATE FUNCTION soc2.digest_recv(internal)
    RETURNS soc2.digest
    AS 'MODULE_PATHNAME', 'soc2_digest_recv'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.digest_recv(internal) IS
'I/O: 33 bytes, version 1 and the digest; 22P03 for anything else';

CREATE FUNCTION soc2.digest_send(soc2.digest)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'soc2_digest_send'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.digest_send(soc2.digest) IS
'I/O: 33 bytes, version 1 and the digest';

CREATE TYPE soc2.digest (
    INPUT = soc2.digest_in,
    OUTPUT = soc2.digest_out,
    RECEIVE = soc2.digest_recv,
    SEND = soc2.digest_send,
    INTERNALLENGTH = 32,
    ALIGNMENT = char,
    STORAGE = plain
);
COMMENT ON TYPE soc2.digest IS
'SHA-256 digest; 32 bytes, written as 64 hexadecimal digits';

CREATE FUNCTION soc2.digest_eq(soc2.digest, soc2.digest)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_digest_eq'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.digest_eq(soc2.digest, soc2.digest) IS
'implementation of = operator';

CREATE FUNCTION soc2.digest_ne(soc2.digest, soc2.digest)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_digest_ne'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.digest_ne(soc2.digest, soc2.digest) IS
'implementation of <> operator';

CREATE FUNCTION soc2.digest_lt(soc2.digest, soc2.digest)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_digest_lt'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.digest_lt(soc2.digest, soc2.digest) IS
'implementation of < operator';

CREATE FUNCTION soc2.digest_le(soc2.digest, soc2.digest)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_digest_le'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.digest_le(soc2.digest, soc2.digest) IS
'implementation of <= operator';

CREATE FUNCTION soc2.digest_gt(soc2.digest, soc2.digest)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_digest_gt'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.digest_gt(soc2.digest, soc2.digest) IS
'implementation of > operator';

CREATE FUNCTION soc2.digest_ge(soc2.digest, soc2.digest)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_digest_ge'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.digest_ge(soc2.digest, soc2.digest) IS
'implementation of >= operator';

CREATE FUNCTION soc2.digest_cmp(soc2.digest, soc2.digest)
    RETURNS integer
    AS 'MODULE_PATHNAME', 'soc2_digest_cmp'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.digest_cmp(soc2.digest, soc2.digest) IS
'btree support: -1, 0 or 1 as the bytes compare';

CREATE FUNCTION soc2.digest_hash(soc2.digest)
    RETURNS integer
    AS 'MODULE_PATHNAME', 'soc2_digest_hash'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.digest_hash(soc2.digest) IS
'hash support';

CREATE FUNCTION soc2.digest_hash_extended(soc2.digest, bigint)
    RETURNS bigint
    AS 'MODULE_PATHNAME', 'soc2_digest_hash_extended'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.digest_hash_extended(soc2.digest, bigint) IS
'hash support with a seed';

CREATE OPERATOR soc2.= (
    LEFTARG = soc2.digest,
    RIGHTARG = soc2.digest,
    FUNCTION = soc2.digest_eq,
    COMMUTATOR = OPERATOR(soc2.=),
    NEGATOR = OPERATOR(soc2.<>),
    RESTRICT = pg_catalog.eqsel,
    JOIN = pg_catalog.eqjoinsel,
    HASHES,
    MERGES
);
COMMENT ON OPERATOR soc2.= (soc2.digest, soc2.digest) IS
'equal';

CREATE OPERATOR soc2.<> (
    LEFTARG = soc2.digest,
    RIGHTARG = soc2.digest,
    FUNCTION = soc2.digest_ne,
    COMMUTATOR = OPERATOR(soc2.<>),
    NEGATOR = OPERATOR(soc2.=),
    RESTRICT = pg_catalog.neqsel,
    JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR soc2.<> (soc2.digest, soc2.digest) IS
'not equal';

CREATE OPERATOR soc2.< (
    LEFTARG = soc2.digest,
    RIGHTARG = soc2.digest,
    FUNCTION = soc2.digest_lt,
    COMMUTATOR = OPERATOR(soc2.>),
    NEGATOR = OPERATOR(soc2.>=),
    RESTRICT = pg_catalog.scalarltsel,
    JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR soc2.< (soc2.digest, soc2.digest) IS
'less than';

CREATE OPERATOR soc2.<= (
    LEFTARG = soc2.digest,
    RIGHTARG = soc2.digest,
    FUNCTION = soc2.digest_le,
    COMMUTATOR = OPERATOR(soc2.>=),
    NEGATOR = OPERATOR(soc2.>),
    RESTRICT = pg_catalog.scalarlesel,
    JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR soc2.<= (soc2.digest, soc2.digest) IS
'less than or equal';

CREATE OPERATOR soc2.> (
    LEFTARG = soc2.digest,
    RIGHTARG = soc2.digest,
    FUNCTION = soc2.digest_gt,
    COMMUTATOR = OPERATOR(soc2.<),
    NEGATOR = OPERATOR(soc2.<=),
    RESTRICT = pg_catalog.scalargtsel,
    JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR soc2.> (soc2.digest, soc2.digest) IS
'greater than';

CREATE OPERATOR soc2.>= (
    LEFTARG = soc2.digest,
    RIGHTARG = soc2.digest,
    FUNCTION = soc2.digest_ge,
    COMMUTATOR = OPERATOR(soc2.<=),
    NEGATOR = OPERATOR(soc2.<),
    RESTRICT = pg_catalog.scalargesel,
    JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR soc2.>= (soc2.digest, soc2.digest) IS
'greater than or equal';

CREATE OPERATOR FAMILY soc2.digest_ops USING btree;
COMMENT ON OPERATOR FAMILY soc2.digest_ops USING btree IS
'order of digests';

CREATE OPERATOR CLASS soc2.digest_ops
    DEFAULT FOR TYPE soc2.digest USING btree
    FAMILY soc2.digest_ops AS
    OPERATOR 1 soc2.<,
    OPERATOR 2 soc2.<=,
    OPERATOR 3 soc2.=,
    OPERATOR 4 soc2.>=,
    OPERATOR 5 soc2.>,
    FUNCTION 1 soc2.digest_cmp(soc2.digest, soc2.digest);
COMMENT ON OPERATOR CLASS soc2.digest_ops USING btree IS
'digests in the order of their bytes';

CREATE OPERATOR FAMILY soc2.digest_hash_ops USING hash;
COMMENT ON OPERATOR FAMILY soc2.digest_hash_ops USING hash IS
'equality of digests';

CREATE OPERATOR CLASS soc2.digest_hash_ops
    DEFAULT FOR TYPE soc2.digest USING hash
    FAMILY soc2.digest_hash_ops AS
    OPERATOR 1 soc2.=,
    FUNCTION 1 soc2.digest_hash(soc2.digest),
    FUNCTION 2 soc2.digest_hash_extended(soc2.digest, bigint);
COMMENT ON OPERATOR CLASS soc2.digest_hash_ops USING hash IS
'equality of digests';

CREATE FUNCTION soc2.digest_from_bytea(bytea)
    RETURNS soc2.digest
    AS 'MODULE_PATHNAME', 'soc2_digest_from_bytea'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.digest_from_bytea(bytea) IS
'digest of 32 bytes, which are not hashed; 22P03 for any other length';

CREATE FUNCTION soc2.digest_to_bytea(soc2.digest)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'soc2_digest_to_bytea'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.digest_to_bytea(soc2.digest) IS
'the 32 bytes of a digest';

CREATE CAST (bytea AS soc2.digest)
    WITH FUNCTION soc2.digest_from_bytea(bytea) AS ASSIGNMENT;
COMMENT ON CAST (bytea AS soc2.digest) IS
'digest of 32 bytes';

CREATE CAST (soc2.digest AS bytea)
    WITH FUNCTION soc2.digest_to_bytea(soc2.digest) AS ASSIGNMENT;
COMMENT ON CAST (soc2.digest AS bytea) IS
'the 32 bytes of a digest';

--
-- Triggers of a ledger
--

CREATE FUNCTION soc2.ledger_chain()
    RETURNS trigger
    AS 'MODULE_PATHNAME', 'soc2_ledger_chain'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.ledger_chain() IS
'trigger: chains a row to the end of its ledger; arguments are redactable columns of a ledger without an entry in soc2.ledgers';

CREATE FUNCTION soc2.ledger_guard()
    RETURNS trigger
    AS 'MODULE_PATHNAME', 'soc2_ledger_guard'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.ledger_guard() IS
'trigger: refuses UPDATE, DELETE and TRUNCATE (S2L01), but for what redacting and pruning do';

CREATE FUNCTION soc2.evidence_stamp()
    RETURNS trigger
    AS 'MODULE_PATHNAME', 'soc2_evidence_stamp'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.evidence_stamp() IS
'trigger: sets recorded_at, recorded_by and artifact_sha256 of evidence';

--
-- Ledgers
--
-- There are no seed rows: a row that the script made would collide with the
-- one in a dump.  The first row of a ledger makes its entry.
--

CREATE TABLE soc2.ledgers (
    relation regclass NOT NULL,
    ledger_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    redactable text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    CONSTRAINT soc2_ledgers_pkey PRIMARY KEY (relation),
    CONSTRAINT soc2_ledgers_ledger_id_key UNIQUE (ledger_id)
);
-- an entry outlives its table, but in a dump its OID would be another's
SELECT pg_catalog.pg_extension_config_dump('soc2.ledgers',
    'WHERE EXISTS (SELECT FROM pg_catalog.pg_class AS c
                   WHERE c.oid OPERATOR(pg_catalog.=) relation)');
COMMENT ON TABLE soc2.ledgers IS
'tables whose rows are hash-chained and append-only; an entry appears with the first row of a ledger';
COMMENT ON COLUMN soc2.ledgers.relation IS 'the table';
COMMENT ON COLUMN soc2.ledgers.ledger_id IS 'id of the ledger, part of every hash in it';
COMMENT ON COLUMN soc2.ledgers.redactable IS 'columns that are hashed through a salted commitment, so that a value can be removed later';
COMMENT ON COLUMN soc2.ledgers.created_at IS 'when the entry was made';

CREATE TRIGGER soc2_guard_update
    BEFORE UPDATE ON soc2.ledgers
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledgers ENABLE ALWAYS TRIGGER soc2_guard_update;
COMMENT ON TRIGGER soc2_guard_update ON soc2.ledgers IS
'refuses UPDATE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_delete
    BEFORE DELETE ON soc2.ledgers
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledgers ENABLE ALWAYS TRIGGER soc2_guard_delete;
COMMENT ON TRIGGER soc2_guard_delete ON soc2.ledgers IS
'refuses DELETE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_truncate
    BEFORE TRUNCATE ON soc2.ledgers
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ledgers ENABLE ALWAYS TRIGGER soc2_guard_truncate;
COMMENT ON TRIGGER soc2_guard_truncate ON soc2.ledgers IS
'refuses TRUNCATE, also where triggers are off for replication';

CREATE FUNCTION soc2.create_ledger(
    "table" regclass,
    redactable text[] DEFAULT '{}')
    RETURNS uuid
    AS 'MODULE_PATHNAME', 'soc2_create_ledger'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.create_ledger(regclass, text[]) IS
'makes a ledger of a table of the caller, chaining the rows it has; returns its ledger_id';

--
-- Evidence
--

CREATE TABLE soc2.evidence (
    evidence_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    kind text NOT NULL,
    control_id text,
    check_id text,
    criteria soc2.criterion_set NOT NULL DEFAULT '{}',
    subject text,
    effective tstzrange,
    recorded_at timestamptz NOT NULL,
    recorded_by name NOT NULL,
    payload jsonb,
    artifact bytea,
    artifact_uri text,
    artifact_sha256 soc2.digest,
    media_type text,
    expires_at timestamptz,
    ledger_lane integer,
    ledger_seq bigint,
    ledger_prev soc2.digest,
    ledger_hash soc2.digest,
    ledger_salt bytea,
    CONSTRAINT soc2_evidence_pkey PRIMARY KEY (evidence_id),
    CONSTRAINT soc2_evidence_position_key UNIQUE (ledger_lane, ledger_seq)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.evidence', '');
COMMENT ON TABLE soc2.evidence IS
'evidence: append-only, each row chained to the one before it; soc2.verify_ledger() checks it';
COMMENT ON COLUMN soc2.evidence.evidence_id IS 'id of the row';
COMMENT ON COLUMN soc2.evidence.kind IS 'what kind of evidence it is';
COMMENT ON COLUMN soc2.evidence.control_id IS 'control that it is about';
COMMENT ON COLUMN soc2.evidence.check_id IS 'check that produced it';
COMMENT ON COLUMN soc2.evidence.criteria IS 'criteria that it speaks to';
COMMENT ON COLUMN soc2.evidence.subject IS 'what was looked at';
COMMENT ON COLUMN soc2.evidence.effective IS 'time that it speaks of, which is not when it was recorded';
COMMENT ON COLUMN soc2.evidence.recorded_at IS 'when it was recorded, by the clock of the server; not the writer''s to choose';
COMMENT ON COLUMN soc2.evidence.recorded_by IS 'role that recorded it; not the writer''s to choose';
COMMENT ON COLUMN soc2.evidence.payload IS 'what was found; redactable';
COMMENT ON COLUMN soc2.evidence.artifact IS 'file that was collected; redactable';
COMMENT ON COLUMN soc2.evidence.artifact_uri IS 'where the file is, if it is not here';
COMMENT ON COLUMN soc2.evidence.artifact_sha256 IS 'SHA-256 of the file; computed where the file is here';
COMMENT ON COLUMN soc2.evidence.media_type IS 'media type of the file';
COMMENT ON COLUMN soc2.evidence.expires_at IS 'until when it counts as fresh';
COMMENT ON COLUMN soc2.evidence.ledger_lane IS 'lane of the ledger that holds the row';
COMMENT ON COLUMN soc2.evidence.ledger_seq IS 'position in the lane, from 1';
COMMENT ON COLUMN soc2.evidence.ledger_prev IS 'ledger_hash of the row before it in its lane; zero at position 1';
COMMENT ON COLUMN soc2.evidence.ledger_hash IS 'hash of ledger, position, ledger_prev and content';
COMMENT ON COLUMN soc2.evidence.ledger_salt IS 'random bytes in the commitments to redactable columns';

-- Triggers run in the order of their names: the one that hashes must be last.
CREATE TRIGGER zy_soc2_stamp
    BEFORE INSERT ON soc2.evidence
    FOR EACH ROW EXECUTE FUNCTION soc2.evidence_stamp();
COMMENT ON TRIGGER zy_soc2_stamp ON soc2.evidence IS
'sets recorded_at, recorded_by and artifact_sha256';

CREATE TRIGGER zz_soc2_chain
    BEFORE INSERT ON soc2.evidence
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_chain('payload', 'artifact');
COMMENT ON TRIGGER zz_soc2_chain ON soc2.evidence IS
'chains the row to the one before it; runs last';

CREATE TRIGGER soc2_guard_update
    BEFORE UPDATE ON soc2.evidence
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.evidence ENABLE ALWAYS TRIGGER soc2_guard_update;
COMMENT ON TRIGGER soc2_guard_update ON soc2.evidence IS
'refuses UPDATE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_delete
    BEFORE DELETE ON soc2.evidence
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.evidence ENABLE ALWAYS TRIGGER soc2_guard_delete;
COMMENT ON TRIGGER soc2_guard_delete ON soc2.evidence IS
'refuses DELETE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_truncate
    BEFORE TRUNCATE ON soc2.evidence
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.evidence ENABLE ALWAYS TRIGGER soc2_guard_truncate;
COMMENT ON TRIGGER soc2_guard_truncate ON soc2.evidence IS
'refuses TRUNCATE, also where triggers are off for replication';

CREATE FUNCTION soc2.record_evidence(
    kind text,
    subject text DEFAULT NULL,
    payload jsonb DEFAULT NULL,
    criteria soc2.criterion_set DEFAULT '{}',
    control_id text DEFAULT NULL,
    check_id text DEFAULT NULL,
    effective tstzrange DEFAULT NULL,
    artifact bytea DEFAULT NULL,
    artifact_uri text DEFAULT NULL,
    artifact_sha256 soc2.digest DEFAULT NULL,
    media_type text DEFAULT NULL,
    expires_at timestamptz DEFAULT NULL)
    RETURNS uuid
    LANGUAGE SQL VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.evidence (
        kind, control_id, check_id, criteria, subject, effective, payload,
        artifact, artifact_uri, artifact_sha256, media_type, expires_at)
    VALUES (
        record_evidence.kind,
        record_evidence.control_id,
        record_evidence.check_id,
        record_evidence.criteria,
        record_evidence.subject,
        record_evidence.effective,
        record_evidence.payload,
        record_evidence.artifact,
        record_evidence.artifact_uri,
        record_evidence.artifact_sha256,
        record_evidence.media_type,
        record_evidence.expires_at)
    RETURNING evidence_id;
END;
COMMENT ON FUNCTION soc2.record_evidence(
    text, text, jsonb, soc2.criterion_set, text, text, tstzrange, bytea, text,
    soc2.digest, text, timestamptz) IS
'records evidence with the rights of the caller; returns its evidence_id';

--
-- Verification
--

CREATE FUNCTION soc2.verify_ledger(
    "table" regclass,
    checkpoint text DEFAULT NULL,
    OUT lane integer,
    OUT seq bigint,
    OUT problem text,
    OUT detail text)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'soc2_verify_ledger'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.verify_ledger(regclass, text) IS
'problems of a ledger: content, link, gap, duplicate, format, truncated, log, checkpoint, index, catalog; no row means none was found; checkpoint is one that was kept outside';
