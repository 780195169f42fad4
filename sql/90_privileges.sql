/* sql/90_privileges.sql */

--
-- Who may do what: all grants on one page. PUBLIC gets nothing but the
-- functions of the types, which are of no use without the schema.
--

GRANT USAGE ON SCHEMA soc2
    TO soc2_admin, soc2_collector, soc2_custodian, soc2_auditor, soc2_bypass;

-- functions that act or read rows are for those named here
REVOKE EXECUTE ON FUNCTION
    soc2.set_scope(text[]),
    soc2.set_check_parameters(text, jsonb, text),
    soc2.create_check(text, text, text, text, soc2.criterion_set, text, text,
        interval, jsonb, text[], interval, name),
    soc2.drop_check(text, text), soc2.enable_check(text, boolean, text),
    soc2.check_trend(tstzrange), soc2.check_results_sha256(uuid),
    soc2.assess(text, text, boolean),
    soc2.record_evidence(text, text, jsonb, soc2.criterion_set, text, text,
        tstzrange, bytea, text, soc2.digest, text, timestamptz),
    soc2.seal(regclass), soc2.checkpoint(regclass),
    soc2.inclusion_proof(regclass, integer, bigint),
    soc2.consistency_proof(regclass, bigint, bigint), soc2.public_key(),
    soc2.ledger_heads(regclass), soc2.export_ledger(regclass),
    soc2.verify_ledger(regclass, text),
    soc2.redact(regclass, integer, bigint, text),
    soc2.prune_ledger(regclass, integer, bigint, text),
    soc2.create_retention_class(text, interval, text, soc2.criterion_set,
        interval, text),
    soc2.retention_class_guard(), soc2.retention_assignment_guard(),
    soc2.guard_shipped(), soc2.crosswalk_look(), soc2.evidence_stamp()
    FROM PUBLIC;

-- soc2.set_retention() and soc2.create_ledger() ask for the owner of the table,
-- and the triggers they make are the owner's: EXECUTE on them and on
-- soc2.retention_guard(), soc2.ledger_chain() and soc2.ledger_guard() stays
-- with PUBLIC, USAGE of the schema decides.

-- the catalogue and the checks are no secret to anybody who works with them
GRANT SELECT ON
    soc2.frameworks, soc2.criteria, soc2.crosswalk, soc2.crosswalk_in_force,
    soc2.scope_changes, soc2.scope, soc2.catalogue,
    soc2.checks, soc2.check_parameters, soc2.check_switches,
    soc2.checks_in_force, soc2.server_settings,
    soc2.retention_classes, soc2.retention_assignments, soc2.retention_status
    TO soc2_admin, soc2_collector, soc2_custodian, soc2_auditor;

-- soc2_admin defines
GRANT INSERT, UPDATE, DELETE ON
    soc2.criteria, soc2.crosswalk
    TO soc2_admin;
GRANT INSERT (category, in_scope) ON soc2.scope_changes TO soc2_admin;
GRANT EXECUTE ON FUNCTION
    soc2.set_scope(text[]),
    soc2.set_check_parameters(text, jsonb, text),
    soc2.create_check(text, text, text, text, soc2.criterion_set, text, text,
        interval, jsonb, text[], interval, name),
    soc2.drop_check(text, text), soc2.enable_check(text, boolean, text),
    soc2.create_retention_class(text, interval, text, soc2.criterion_set,
        interval, text)
    TO soc2_admin;

-- soc2_collector records: the columns of the chain are not its to give, and
-- it reads nobody's evidence
GRANT INSERT (evidence_id, kind, control_id, check_id, criteria, subject,
        effective, payload, artifact, artifact_uri, artifact_sha256,
        media_type, expires_at)
    ON soc2.evidence TO soc2_collector;
GRANT SELECT (evidence_id) ON soc2.evidence TO soc2_collector;
GRANT EXECUTE ON FUNCTION
    soc2.assess(text, text, boolean),
    soc2.record_evidence(text, text, jsonb, soc2.criterion_set, text, text,
        tstzrange, bytea, text, soc2.digest, text, timestamptz)
    TO soc2_collector;

-- soc2_custodian decides what leaves a ledger; the functions act as the owners
-- of the tables and record who called them
GRANT EXECUTE ON FUNCTION
    soc2.redact(regclass, integer, bigint, text),
    soc2.prune_ledger(regclass, integer, bigint, text)
    TO soc2_custodian;

-- soc2_auditor reads everything and changes nothing
GRANT SELECT ON
    soc2.evidence, soc2.ledgers, soc2.check_status, soc2.check_results,
    soc2.readiness,
    soc2.ledger_redactions, soc2.ledger_prunes
    TO soc2_auditor, soc2_admin;
GRANT EXECUTE ON FUNCTION soc2.verify_ledger(regclass, text),
    soc2.check_trend(tstzrange), soc2.check_results_sha256(uuid)
    TO soc2_auditor, soc2_admin;

-- The log of a ledger: whoever records or defines may seal.  Checkpoints and
-- proofs hold nothing but numbers and hashes, and are made to be given away.
GRANT EXECUTE ON FUNCTION soc2.seal(regclass)
    TO soc2_admin, soc2_collector;
GRANT EXECUTE ON FUNCTION soc2.checkpoint(regclass), soc2.public_key()
    TO soc2_admin, soc2_collector, soc2_auditor;
GRANT EXECUTE ON FUNCTION
    soc2.inclusion_proof(regclass, integer, bigint),
    soc2.consistency_proof(regclass, bigint, bigint),
    soc2.ledger_heads(regclass)
    TO soc2_admin, soc2_auditor;
GRANT SELECT ON
    soc2.ledger_seals, soc2.ledger_seal_ranges, soc2.ledger_tiles,
    soc2.ledger_status
    TO soc2_admin, soc2_auditor;

-- What is exported is what the caller may read.
GRANT EXECUTE ON FUNCTION soc2.export_ledger(regclass)
    TO soc2_admin, soc2_auditor;
