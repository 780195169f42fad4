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
    soc2.due_checks(), soc2.schedule(text), soc2.unschedule(),
    soc2.grant_runner(name), soc2.read_server_settings(),
    soc2.assess(text, text, boolean), soc2.hba_files(),
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
        interval, text, text, boolean),
    soc2.revise_retention_class(text, interval, text, soc2.criterion_set,
        interval, text, text, boolean),
    soc2.retention_class_guard(), soc2.retention_assignment_guard(),
    soc2.retirement_guard(), soc2.retire(text),
    soc2.record_guard(), soc2.guard_held_table(regclass),
    soc2.check_predicate(regclass, text), soc2.open_matter(text, text),
    soc2.place_hold(text, regclass, text, text),
    soc2.release_hold(bigint, text, interval),
    soc2.subject_edge_changed(), soc2.execute_as_owner(regclass, text),
    soc2.erase_row(regclass, tid, text, boolean),
    soc2.require_unretained(oid, tid),
    soc2.erase_subject(bigint), soc2.request_erasure(text),
    soc2.erasure_preview(bigint), soc2.was_erased(bigint, text, text),
    soc2.keyed_hash(bytea, text),
    soc2.guard_shipped(), soc2.crosswalk_look(), soc2.evidence_stamp(),
    soc2.ddl_guard(), soc2.track_member(regclass, text[])
    FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION
    soc2.count_fates(regclass, timestamptz, interval, interval),
    soc2.require_retention(regclass),
    soc2.retention_status(regclass), soc2.disposal_overdue(), soc2.count_retention(),
    soc2.simulate_retention(regclass, interval, interval),
    soc2.dispose_range(regclass, bigint, bigint, timestamptz, pg_snapshot, bytea,
        text[], text, boolean, bytea[], bytea[]),
    soc2.reapplied_lists(bigint, text), soc2.require_prunable(regclass),
    soc2.ledger_front(regclass, integer, bigint, timestamptz, pg_snapshot, bytea,
        text[], boolean),
    soc2.plan_lanes(soc2.disposal_plans, bytea),
    soc2.plan_ledger(soc2.disposal_plans, bytea), soc2.disposal_files(regclass),
    soc2.prune_target(soc2.disposal_plans, soc2.disposal_targets, integer),
    soc2.lanes_left(soc2.disposal_plans),
    soc2.make_disposal(bigint, regclass, text, integer, interval),
    soc2.find_disposed(regclass, text[], bytea[], bytea[], boolean),
    soc2.disposed_batches(timestamptz), soc2.export_disposals(timestamptz),
    soc2.destroyed_keys(timestamptz), soc2.read_disposals(jsonb), soc2.reapply_keys(jsonb),
    soc2.reapply_problem(regclass, text[], text[], text),
    soc2.reapply_disposals(jsonb, text, integer, interval),
    soc2.record_clearance(bigint, date, text), soc2.disposal_clearance(bigint),
    soc2.anonymize_range(regclass, bigint, bigint, timestamptz, pg_snapshot,
        bytea, text[], boolean, bytea[], bytea[]), soc2.anonymization_of(regclass),
    soc2.record_anonymization(regclass, integer, name),
    soc2.forget_anonymization(regclass, integer),
    soc2.coerce_constant(regclass, name, text),
    soc2.make_anonymization_key(regclass),
    soc2.destroy_anonymization_key(regclass, text),
    soc2.define_anonymization(regclass, name, text, text),
    soc2.undefine_anonymization(regclass, name),
    soc2.inherit_anonymization(regclass, regclass),
    soc2.dispose_partition(regclass, bigint, timestamptz, pg_snapshot),
    soc2.is_kept(oid, tid), soc2.blocks_not_visible(regclass, bigint),
    soc2.require_disposal(bigint, text[]),
    soc2.require_same_disposal(soc2.disposal_plans),
    soc2.record_disposal(soc2.disposal_plans, text, jsonb),
    soc2.record_batch(soc2.disposal_plans, soc2.disposal_targets, text, bigint,
        bigint, bytea, bytea, pg_lsn, timestamptz),
    soc2.drop_target(soc2.disposal_plans, soc2.disposal_targets),
    soc2.delete_target(soc2.disposal_plans, soc2.disposal_targets, integer),
    soc2.plan_disposal(regclass, text, integer, interval),
    soc2.approve_disposal(bigint, text), soc2.revoke_disposal(bigint, text),
    soc2.dispose_batch(bigint, integer, interval, numeric),
    soc2.standby_lag(), soc2.is_known_cluster(), soc2.require_known_cluster(),
    soc2.require_adopted(soc2.disposal_plans), soc2.acknowledge_restore(text),
    soc2.verify_disposal(bigint),
    soc2.validate_disposal(bigint, text, text),
    soc2.certificate(bigint), soc2.was_disposed(bigint, text[])
    FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE
    soc2.run_disposal(bigint, integer, interval, text, interval, text)
    FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION
    soc2.subject_key_guard(), soc2.shred_secret(), soc2.subject_hash(text),
    soc2.pgp_key_id(text), soc2.handler_function(text, regtype),
    soc2.call_handler(text, name, text, bytea),
    soc2.register_shred_handler(text, text, text, text),
    soc2.register_wrapping_key(text, text, text, text),
    soc2.end_wrapping_key(text, integer, text, text),
    soc2.retire_wrapping_key(text, integer, text),
    soc2.record_wrapping_key_destruction(text, integer, text),
    soc2.current_wrapping_key(text),
    soc2.new_subject_key(uuid, text, bytea, text, name, text),
    soc2.rewrap_opened_key(text, bytea, text, name, text),
    soc2.change_subject_key(uuid, text, integer, bytea),
    soc2.lock_subject_key(uuid), soc2.destroy_subject_key(uuid),
    soc2.create_subject_key(text, text, boolean),
    soc2.rewrap_subject_key(text, text),
    soc2.open_subject_key(text, text, text), soc2.session_key(),
    soc2.wrapped_subject_key(text), soc2.open_sealed_subject_key(text, bytea),
    soc2.encrypt_for(text, bytea), soc2.encrypt_for(text, text),
    soc2.decrypt_for(text, bytea), soc2.decrypt_text_for(text, bytea),
    soc2.is_held(oid, tid), soc2.shred_problem(text, uuid),
    soc2.require_shreddable(text, uuid), soc2.lock_subject(text, uuid),
    soc2.shred_key(soc2.subject_keys, soc2.shreds),
    soc2.plan_shred(text[], text, integer, interval),
    soc2.key_set_hash(bytea, uuid[]), soc2.run_shred(soc2.disposal_plans),
    soc2.keys_left(bigint), soc2.shred_certificate(bigint),
    soc2.shred_seal(jsonb), soc2.export_shreds(),
    soc2.reapply_shred(soc2.shreds), soc2.reapply_shreds(jsonb)
    FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION
    soc2.require_registered(text, text, boolean),
    soc2.require_second_person(text, name, name),
    soc2.approve_baseline(text[], text),
    soc2.ddl_capture(),
    soc2.start_ddl_capture(), soc2.stop_ddl_capture(),
    soc2.require_query(text),
    soc2.create_reconciliation(text, text, text, text, interval, numeric),
    soc2.drop_reconciliation(text), soc2.reconcile(text),
    soc2.cron_job_runs(timestamptz),
    soc2.record_backup(text, timestamptz, text, timestamptz, text, bigint),
    soc2.record_backup_test(text, boolean, text, timestamptz, interval, text),
    soc2.classify(regclass, text, text, boolean, text),
    soc2.identify_role(name, text, text, text),
    soc2.separate_duties(text, name, name, text),
    soc2.observe_sessions(),
    soc2.record_logins(name, timestamptz, bigint, bigint, text, text),
    soc2.plan_capacity(name, bigint, interval), soc2.observe_sizes(),
    soc2.record_job_run(text, boolean, timestamptz, text),
    soc2.record_processing(text, text),
    soc2.record_consent(text, text, boolean, timestamptz, text, timestamptz),
    soc2.record_subject_request(text, text, timestamptz, text, text, interval, text),
    soc2.answer_subject_request(text, text, timestamptz, text),
    soc2.record_disclosure(text, text, text, boolean, text, text, timestamptz)
    FROM PUBLIC;

-- changes; what these functions are made of is for their owner alone
REVOKE EXECUTE ON FUNCTION
    soc2.record_change(text, text, text[], tstzrange, text, text, text, name,
        text, interval, interval),
    soc2.require_change(text), soc2.approve_change(text, text),
    soc2.reject_change(text, text),
    soc2.plan_change(text, text, text, name), soc2.step_change(text, text, text),
    soc2.record_change_test(text, boolean, text, uuid, soc2.digest),
    soc2.change_approval(soc2.changes, timestamptz),
    soc2.change_in_force(soc2.changes), soc2.change_due(),
    soc2.observed_state_sha256(text[]), soc2.observe(text, text[]),
    soc2.mask_setting(bytea, text, text), soc2.observe_settings(),
    soc2.observe_roles(), soc2.observe_due()
    FROM PUBLIC;

-- what row history tells of those who were erased
REVOKE EXECUTE ON FUNCTION
    soc2.erasure_history(bigint, jsonb), soc2.erase_history(bigint, text, boolean)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    soc2.erasure_history(bigint, jsonb), soc2.erase_history(bigint, text, boolean)
    TO soc2_custodian;

-- soc2.login_role() and soc2.deadline() stand in defaults of columns and stay with
-- PUBLIC
REVOKE EXECUTE ON FUNCTION
    soc2.person_of(name), soc2.same_person(name, name), soc2.register_step(),
    soc2.register_keep(), soc2.policy_redraft(), soc2.install_register(text)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    soc2.person_of(name), soc2.same_person(name, name)
    TO soc2_admin, soc2_collector, soc2_custodian, soc2_auditor;
GRANT SELECT ON soc2.registers, soc2.register_transitions
    TO soc2_admin, soc2_collector, soc2_custodian, soc2_auditor;

-- registers that people keep: soc2_admin keeps them, soc2_collector records what
-- happened, soc2.register_step() and defaults say who did, and the auditor reads
REVOKE EXECUTE ON FUNCTION
    soc2.acknowledge_policy(text, text), soc2.take_step(text, text, text),
    soc2.review_item(text, text, text, timestamptz, text, text),
    soc2.require_incident(text), soc2.note_incident(text, text, timestamptz),
    soc2.notify_incident(text, text, timestamptz, text), soc2.incident_timeline(text),
    soc2.ways(soc2.criterion)
    FROM PUBLIC;
GRANT SELECT ON
    soc2.policies, soc2.policy_versions, soc2.policy_acknowledgements, soc2.policy_status,
    soc2.risks, soc2.vendors, soc2.assets, soc2.trainings, soc2.training_completions,
    soc2.training_status, soc2.management_reviews, soc2.user_entity_controls,
    soc2.item_reviews, soc2.security_events, soc2.incidents, soc2.incident_entries,
    soc2.incident_notifications, soc2.incident_status, soc2.register_items,
    soc2.register_status
    TO soc2_admin, soc2_auditor;
GRANT INSERT, UPDATE ON
    soc2.policies, soc2.policy_versions, soc2.risks, soc2.vendors, soc2.assets,
    soc2.trainings, soc2.management_reviews, soc2.user_entity_controls,
    soc2.security_events, soc2.incidents
    TO soc2_admin;
GRANT SELECT, INSERT, UPDATE ON soc2.security_events, soc2.incidents TO soc2_collector;
GRANT SELECT ON soc2.incident_entries, soc2.incident_notifications, soc2.incident_status
    TO soc2_collector;
GRANT INSERT (policy_id, version, person, acknowledged_at) ON soc2.policy_acknowledgements
    TO soc2_admin;
GRANT INSERT (training_id, person, completed_at, result) ON soc2.training_completions
    TO soc2_admin, soc2_collector;
GRANT INSERT (review_id, register, item_id, conclusion, report, exceptions, next_due_at)
    ON soc2.item_reviews TO soc2_admin;
GRANT INSERT (incident_id, happened_at, entry) ON soc2.incident_entries
    TO soc2_admin, soc2_collector;
GRANT INSERT (incident_id, recipient, notified_at, reference)
    ON soc2.incident_notifications TO soc2_admin, soc2_collector;
GRANT EXECUTE ON FUNCTION
    soc2.acknowledge_policy(text, text), soc2.ways(soc2.criterion)
    TO soc2_admin, soc2_collector, soc2_custodian, soc2_auditor;
GRANT EXECUTE ON FUNCTION
    soc2.take_step(text, text, text), soc2.require_incident(text),
    soc2.note_incident(text, text, timestamptz),
    soc2.notify_incident(text, text, timestamptz, text)
    TO soc2_admin, soc2_collector;
GRANT EXECUTE ON FUNCTION
    soc2.review_item(text, text, text, timestamptz, text, text) TO soc2_admin;
GRANT EXECUTE ON FUNCTION soc2.incident_timeline(text)
    TO soc2_admin, soc2_collector, soc2_auditor;

-- what the functions on controls and waivers are made of is for their owner
-- alone
REVOKE EXECUTE ON FUNCTION
    soc2.record_act(text, text, jsonb, soc2.criterion_set, text, text,
        tstzrange, bytea, text, soc2.digest, text, timestamptz),
    soc2.record_control(text, text, jsonb), soc2.own_control(text),
    soc2.copy_library_control(text, date),
    soc2.record_waiver(soc2.waivers, text, text),
    soc2.decide_waiver(uuid, text, text),
    soc2.create_control(text, text, text, text, text, interval, text, text),
    soc2.change_control(text, jsonb, text),
    soc2.map_control(text, soc2.criterion, text, text),
    soc2.unmap_control(text, soc2.criterion, text),
    soc2.link_check(text, text), soc2.unlink_check(text, text, text),
    soc2.adopt_controls(text[], date), soc2.retire_control(text, text, date),
    soc2.waive(text, text, text, timestamptz),
    soc2.approve_waiver(uuid, text), soc2.reject_waiver(uuid, text),
    soc2.revoke_waiver(uuid, text),
    soc2.record_finding(text, bigint[], text, text, jsonb),
    soc2.update_findings(uuid), soc2.judge_control(text, boolean, uuid),
    soc2.plan_finding(bigint, text, timestamptz, text, text),
    soc2.attest(text, text, tstzrange, text, bytea, text, soc2.digest, text,
        timestamptz),
    soc2.open_period(text, date, date), soc2.close_period(text),
    soc2.population(text, text)
    FROM PUBLIC;

REVOKE EXECUTE ON FUNCTION
    soc2.oscal_instance(), soc2.oscal_catalog_uuid(text),
    soc2.oscal_criteria_catalog(text), soc2.oscal_control_catalog(),
    soc2.oscal_catalog(text), soc2.oscal_catalog_resource(text, text),
    soc2.oscal_mapping(text, text, text, jsonb), soc2.oscal_crosswalk(),
    soc2.oscal_control_mappings(), soc2.oscal_mapping_collection(),
    soc2.oscal_mapping_collection(uuid),
    soc2.import_oscal_catalog(jsonb, text),
    soc2.import_oscal_mappings(jsonb, text, text, boolean),
    soc2.oscal_requirements(jsonb, text), soc2.oscal_catalog_problems(jsonb),
    soc2.oscal_resource_framework(jsonb, text),
    soc2.oscal_mapping_resources(jsonb, text, text),
    soc2.oscal_maps(jsonb, text, text), soc2.oscal_map_pairs(jsonb, text, text),
    soc2.oscal_mapping_problems(jsonb, text, text),
    soc2.oscal_mapping_unknown(jsonb, text, text),
    soc2.oscal_failures(timestamptz, timestamptz), soc2.oscal_party(name),
    soc2.oscal_component(text, text), soc2.oscal_components(uuid[]),
    soc2.oscal_parties(uuid[]), soc2.oscal_resources(uuid[]),
    soc2.oscal_observations(uuid[]), soc2.oscal_related(uuid[]),
    soc2.oscal_waivers(text, text, text, timestamptz),
    soc2.oscal_risks(timestamptz, timestamptz),
    soc2.oscal_criterion_findings(timestamptz, timestamptz, text, text[]),
    soc2.oscal_result(text, text), soc2.oscal_assessment_results(text, text),
    soc2.oscal_poam_items(timestamptz, timestamptz),
    soc2.oscal_poam(text, timestamptz)
    FROM PUBLIC;

REVOKE EXECUTE ON FUNCTION
    soc2.report_checkpoint(), soc2.report_identity(soc2.periods),
    soc2.report_criteria(), soc2.report_trend(date, date), soc2.report_checks(),
    soc2.report_gaps(), soc2.report_freshness(), soc2.report_retention(tstzrange),
    soc2.report_findings(tstzrange), soc2.report_waivers(), soc2.report_registers(),
    soc2.report_controls(text), soc2.report_verification(text),
    soc2.report_html(text),
    soc2.snapshot_checkpoint(regclass), soc2.package_about(text),
    soc2.report_csv(text), soc2.report_json(text),
    soc2.package_documents(text), soc2.audit_package(text)
    FROM PUBLIC;

-- soc2.set_retention(), soc2.lock_retention(), soc2.set_anonymization(),
-- soc2.unset_anonymization(), soc2.set_subject(), soc2.unset_subject(),
-- soc2.track_changes(), soc2.untrack_changes() and soc2.create_ledger() ask for the
-- owner of the table, and the triggers they make are the owner's: EXECUTE on them
-- and on soc2.retention_guard(), soc2.anonymization_rule(), soc2.hold_guard(),
-- soc2.ledger_chain(), soc2.ledger_guard() and soc2.track_rows() stays with PUBLIC,
-- USAGE of the schema decides. soc2.history() and soc2.as_of() ask for the right to
-- read the table.

-- soc2.grant_runner() and soc2.missing_grants() act and look with the rights of
-- the caller; the first is for superusers, who need no grant for it.
REVOKE EXECUTE ON PROCEDURE soc2.run_due(bigint, bigint, bigint) FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE soc2.run_erasure(bigint) FROM PUBLIC;

-- the catalogue and the checks are no secret to anybody who works with them
GRANT SELECT ON
    soc2.frameworks, soc2.criteria, soc2.crosswalk, soc2.crosswalk_in_force,
    soc2.scope_changes, soc2.scope, soc2.catalogue,
    soc2.checks, soc2.check_parameters, soc2.check_switches,
    soc2.checks_in_force, soc2.server_settings, soc2.preloaded_libraries,
    soc2.user_relations,
    soc2.retention_classes, soc2.retention_assignments, soc2.retention_locks,
    soc2.retention_status, soc2.retirements, soc2.anonymization_rules,
    soc2.anonymization_status
    TO soc2_admin, soc2_collector, soc2_custodian, soc2_auditor;

-- what checks read, for those who assess: who may connect how, and which roles
-- and connections have passwords, but no password; of the rules, only what the
-- server lets them see
GRANT SELECT ON
    soc2.hba_rules, soc2.role_passwords, soc2.connection_passwords
    TO soc2_admin, soc2_collector, soc2_auditor;
GRANT EXECUTE ON FUNCTION soc2.hba_files()
    TO soc2_admin, soc2_collector, soc2_auditor;

-- controls, and what of their failures is waived: the functions that assess
-- look there too
GRANT SELECT ON
    soc2.controls, soc2.control_criteria, soc2.control_checks,
    soc2.control_catalogue, soc2.waivers, soc2.waiver_status
    TO soc2_admin, soc2_collector, soc2_custodian, soc2_auditor;

-- soc2_admin decides on controls and waivers, by functions that record each
-- change; who collects evidence may ask for a waiver
GRANT EXECUTE ON FUNCTION
    soc2.create_control(text, text, text, text, text, interval, text, text),
    soc2.change_control(text, jsonb, text),
    soc2.map_control(text, soc2.criterion, text, text),
    soc2.unmap_control(text, soc2.criterion, text),
    soc2.link_check(text, text), soc2.unlink_check(text, text, text),
    soc2.adopt_controls(text[], date), soc2.retire_control(text, text, date),
    soc2.waive(text, text, text, timestamptz),
    soc2.approve_waiver(uuid, text), soc2.reject_waiver(uuid, text),
    soc2.revoke_waiver(uuid, text)
    TO soc2_admin;
GRANT EXECUTE ON FUNCTION
    soc2.waive(text, text, text, timestamptz),
    soc2.attest(text, text, tstzrange, text, bytea, text, soc2.digest, text,
        timestamptz)
    TO soc2_collector;

-- findings and periods: soc2_admin plans and opens, who collects evidence
-- attests, and the auditor reads
GRANT EXECUTE ON FUNCTION
    soc2.attest(text, text, tstzrange, text, bytea, text, soc2.digest, text,
        timestamptz),
    soc2.plan_finding(bigint, text, timestamptz, text, text),
    soc2.open_period(text, date, date), soc2.close_period(text),
    soc2.population(text, text)
    TO soc2_admin;
GRANT SELECT ON
    soc2.findings, soc2.finding_status, soc2.periods, soc2.populations,
    soc2.population_members
    TO soc2_admin, soc2_auditor;

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
        interval, text, text, boolean),
    soc2.revise_retention_class(text, interval, text, soc2.criterion_set,
        interval, text, text, boolean),
    soc2.retire(text)
    TO soc2_admin;

-- soc2_collector records: the columns of the chain are not its to give, and
-- it reads nobody's evidence
GRANT INSERT (evidence_id, kind, control_id, check_id, criteria, subject,
        effective, payload, artifact, artifact_uri, artifact_sha256,
        media_type, expires_at)
    ON soc2.evidence TO soc2_collector;
GRANT EXECUTE ON PROCEDURE soc2.run_due(bigint, bigint, bigint) TO soc2_collector;
GRANT SELECT (evidence_id) ON soc2.evidence TO soc2_collector;
GRANT EXECUTE ON FUNCTION soc2.read_server_settings()
    TO soc2_admin, soc2_collector, soc2_custodian, soc2_auditor;
GRANT EXECUTE ON FUNCTION
    soc2.due_checks(), soc2.schedule(text), soc2.unschedule(),
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

-- and places and releases legal holds, on any table: who owns a table does not
-- decide what is held
GRANT EXECUTE ON FUNCTION
    soc2.open_matter(text, text), soc2.place_hold(text, regclass, text, text),
    soc2.release_hold(bigint, text, interval)
    TO soc2_custodian;

-- and erases subjects, as the owners of the tables say that it is done
GRANT EXECUTE ON FUNCTION
    soc2.request_erasure(text), soc2.erasure_preview(bigint),
    soc2.was_erased(bigint, text, text)
    TO soc2_custodian;
GRANT EXECUTE ON FUNCTION soc2.was_erased(bigint, text, text) TO soc2_auditor;
GRANT EXECUTE ON PROCEDURE soc2.run_erasure(bigint) TO soc2_custodian;
GRANT SELECT ON
    soc2.subject_edges, soc2.erasure_results, soc2.erasure_status
    TO soc2_admin, soc2_custodian, soc2_auditor;
GRANT SELECT ON
    soc2.matters, soc2.holds, soc2.hold_releases, soc2.hold_detachments,
    soc2.matter_status, soc2.hold_status, soc2.holds_active
    TO soc2_admin, soc2_custodian, soc2_auditor;

-- and makes hashes of values irreversible
GRANT EXECUTE ON FUNCTION soc2.destroy_anonymization_key(regclass, text)
    TO soc2_custodian;

-- disposal: an administrator or a custodian plans and runs, custodians approve
GRANT EXECUTE ON FUNCTION
    soc2.plan_disposal(regclass, text, integer, interval),
    soc2.dispose_batch(bigint, integer, interval, numeric), soc2.certificate(bigint),
    soc2.validate_disposal(bigint, text, text),
    soc2.reapply_disposals(jsonb, text, integer, interval)
    TO soc2_admin, soc2_custodian;
GRANT EXECUTE ON PROCEDURE
    soc2.run_disposal(bigint, integer, interval, text, interval, text)
    TO soc2_admin, soc2_custodian;
GRANT EXECUTE ON FUNCTION
    soc2.approve_disposal(bigint, text), soc2.revoke_disposal(bigint, text),
    soc2.acknowledge_restore(text), soc2.record_clearance(bigint, date, text),
    soc2.export_disposals(timestamptz)
    TO soc2_custodian;
GRANT EXECUTE ON FUNCTION
    soc2.retention_status(regclass), soc2.disposal_overdue(),
    soc2.simulate_retention(regclass, interval, interval),
    soc2.verify_disposal(bigint), soc2.was_disposed(bigint, text[])
    TO soc2_admin, soc2_custodian, soc2_auditor;
GRANT SELECT ON
    soc2.disposal_plans, soc2.disposal_targets, soc2.disposal_approvals,
    soc2.disposal_batches, soc2.disposal_certificates, soc2.disposal_validations,
    soc2.disposal_progress, soc2.restore_acknowledgements, soc2.disposal_clearances,
    soc2.disposal_lanes
    TO soc2_admin, soc2_custodian, soc2_auditor;

-- keys of subjects: an administrator registers what wraps them, custodians say
-- what became of that, and who encrypts and decrypts is for each database to say
GRANT EXECUTE ON FUNCTION
    soc2.register_shred_handler(text, text, text, text),
    soc2.register_wrapping_key(text, text, text, text),
    soc2.retire_wrapping_key(text, integer, text),
    soc2.create_subject_key(text, text, boolean),
    soc2.rewrap_subject_key(text, text),
    soc2.open_subject_key(text, text, text), soc2.session_key(),
    soc2.wrapped_subject_key(text), soc2.open_sealed_subject_key(text, bytea),
    soc2.encrypt_for(text, bytea), soc2.encrypt_for(text, text),
    soc2.decrypt_for(text, bytea), soc2.decrypt_text_for(text, bytea)
    TO soc2_admin;
GRANT EXECUTE ON FUNCTION
    soc2.record_wrapping_key_destruction(text, integer, text),
    soc2.export_shreds(), soc2.reapply_shreds(jsonb)
    TO soc2_custodian;
GRANT EXECUTE ON FUNCTION soc2.plan_shred(text[], text, integer, interval)
    TO soc2_admin, soc2_custodian;
GRANT SELECT ON
    soc2.shred_handlers, soc2.wrapping_keys, soc2.wrapping_key_ends,
    soc2.wrapping_key_status, soc2.subject_key_status, soc2.shreds,
    soc2.shred_targets
    TO soc2_admin, soc2_custodian, soc2_auditor;

-- soc2_auditor reads everything and changes nothing
GRANT SELECT ON
    soc2.evidence, soc2.ledgers, soc2.check_status, soc2.check_results,
    soc2.readiness, soc2.refused_attempts, soc2.ledger_redactions, soc2.ledger_prunes
    TO soc2_auditor, soc2_admin;
GRANT SELECT ON
    soc2.coverage, soc2.gaps, soc2.control_matrix, soc2.attestation_status,
    soc2.findings_open, soc2.waivers_active, soc2.evidence_log,
    soc2.evidence_freshness, soc2.activity
    TO soc2_auditor, soc2_admin;
GRANT SELECT ON
    soc2.retention_counts, soc2.retention_rows, soc2.disposal_overdue,
    soc2.certificates
    TO soc2_auditor, soc2_admin, soc2_custodian;
GRANT SELECT ON soc2.metrics TO soc2_auditor, soc2_admin;
GRANT EXECUTE ON FUNCTION soc2.count_retention()
    TO soc2_admin, soc2_custodian, soc2_collector;

-- evidence counted by days: whoever collects has it counted
GRANT SELECT ON
    soc2.evidence_marks, soc2.evidence_days, soc2.check_runs, soc2.evidence_totals
    TO soc2_auditor, soc2_admin;
REVOKE EXECUTE ON FUNCTION soc2.refresh_days(boolean), soc2.verify_days() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION soc2.refresh_days(boolean) TO soc2_admin, soc2_collector;
GRANT EXECUTE ON FUNCTION soc2.verify_days() TO soc2_auditor, soc2_admin;

-- the star schema, for whoever reads everything
GRANT USAGE ON SCHEMA soc2_bi TO soc2_auditor, soc2_admin;
GRANT SELECT ON
    soc2_bi.dim_criterion, soc2_bi.dim_control, soc2_bi.dim_check,
    soc2_bi.dim_day, soc2_bi.dim_period, soc2_bi.bridge_control_criterion,
    soc2_bi.bridge_control_check, soc2_bi.bridge_criteria,
    soc2_bi.fact_check_run, soc2_bi.fact_check_daily, soc2_bi.fact_evidence,
    soc2_bi.fact_finding, soc2_bi.fact_readiness, soc2_bi.fact_register_item,
    soc2_bi.fact_access_review, soc2_bi.fact_restore_test,
    soc2_bi.fact_retention,
    soc2_bi.fact_disposal, soc2_bi.fact_ledger
    TO soc2_auditor, soc2_admin;

GRANT EXECUTE ON FUNCTION soc2.verify_ledger(regclass, text),
    soc2.check_trend(tstzrange), soc2.check_results_sha256(uuid),
    soc2.due_checks()
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

-- Registries: their functions run with the rights of the caller, and columns
-- that say who did something and when are nobody's to give.  soc2_admin decides
-- what should be, soc2_collector records what is; only an auditor or an admin
-- reads what is about persons.
GRANT SELECT ON
    soc2.baselines, soc2.baseline_state, soc2.baseline_status,
    soc2.baseline_drift, soc2.backups, soc2.backup_tests, soc2.changes,
    soc2.change_approvals, soc2.change_tests, soc2.change_status, soc2.ddl_log,
    soc2.observed_changes, soc2.observed_state, soc2.captured_changes, soc2.change_log,
    soc2.unmatched_changes,
    soc2.tracked_tables, soc2.row_changes,
    soc2.reconciliations, soc2.reconciliation_runs,
    soc2.reconciliation_status, soc2.classifications,
    soc2.labels, soc2.column_classes, soc2.identities, soc2.sod_rules, soc2.logins,
    soc2.capacity_plans, soc2.capacity_samples, soc2.job_runs,
    soc2.processing, soc2.consents, soc2.subject_requests, soc2.disclosures
    TO soc2_admin, soc2_auditor;
GRANT SELECT ON
    soc2.backups, soc2.backup_tests, soc2.changes, soc2.change_tests, soc2.logins,
    soc2.capacity_plans, soc2.capacity_samples, soc2.job_runs,
    soc2.reconciliations
    TO soc2_collector;

GRANT INSERT (kind, state, reason) ON soc2.baselines TO soc2_admin;
GRANT INSERT (change_id, title, objects, valid, kind, risk, rollback_plan,
        implementer, zone, approve_within, review_within)
    ON soc2.changes TO soc2_admin, soc2_collector;
GRANT EXECUTE ON FUNCTION
    soc2.change_approval(soc2.changes, timestamptz),
    soc2.change_in_force(soc2.changes)
    TO soc2_admin, soc2_collector, soc2_auditor;
GRANT EXECUTE ON FUNCTION
    soc2.record_change(text, text, text[], tstzrange, text, text, text, name,
        text, interval, interval),
    soc2.plan_change(text, text, text, name), soc2.step_change(text, text, text),
    soc2.record_change_test(text, boolean, text, uuid, soc2.digest)
    TO soc2_admin, soc2_collector;
GRANT EXECUTE ON FUNCTION soc2.reject_change(text, text) TO soc2_admin;
GRANT EXECUTE ON FUNCTION
    soc2.observe_settings(), soc2.observe_roles(), soc2.observe_due()
    TO soc2_collector;
GRANT INSERT (relation, column_name, class, masked, note),
    UPDATE (class, masked, note, classified_at, classified_by), DELETE
    ON soc2.classifications TO soc2_admin;
GRANT INSERT (role_name, kind, owner, purpose),
    UPDATE (kind, owner, purpose, recorded_at, recorded_by), DELETE
    ON soc2.identities TO soc2_admin;
GRANT INSERT (rule, role_a, role_b, reason),
    UPDATE (role_a, role_b, reason, recorded_at, recorded_by), DELETE
    ON soc2.sod_rules TO soc2_admin;
GRANT INSERT (database, max_bytes, horizon),
    UPDATE (max_bytes, horizon, recorded_at, recorded_by), DELETE
    ON soc2.capacity_plans TO soc2_admin;
GRANT INSERT (reconciliation, title, left_query, right_query, frequency, tolerance),
    DELETE
    ON soc2.reconciliations TO soc2_admin;
GRANT EXECUTE ON FUNCTION
    soc2.require_query(text),
    soc2.create_reconciliation(text, text, text, text, interval, numeric),
    soc2.drop_reconciliation(text),
    soc2.approve_baseline(text[], text), soc2.approve_change(text, text),
    soc2.classify(regclass, text, text, boolean, text),
    soc2.identify_role(name, text, text, text),
    soc2.separate_duties(text, name, name, text),
    soc2.plan_capacity(name, bigint, interval)
    TO soc2_admin;
GRANT EXECUTE ON FUNCTION
    soc2.require_registered(text, text, boolean),
    soc2.require_second_person(text, name, name),
    soc2.reconcile(text), soc2.cron_job_runs(timestamptz)
    TO soc2_admin, soc2_collector;

GRANT INSERT (label, kind, started_at, finished_at, location, bytes)
    ON soc2.backups TO soc2_collector;
GRANT INSERT (backup_id, method, passed, tested_at, duration, detail, restored_to)
    ON soc2.backup_tests TO soc2_collector;
GRANT INSERT (role_name, day, source, first_seen, last_seen, logins, failures,
        incident),
    UPDATE (first_seen, last_seen, logins, failures, incident, recorded_at,
        recorded_by)
    ON soc2.logins TO soc2_collector;
GRANT INSERT (database, bytes) ON soc2.capacity_samples TO soc2_collector;
GRANT INSERT (job, finished_at, succeeded, detail) ON soc2.job_runs
    TO soc2_collector;
GRANT INSERT (subject, purpose) ON soc2.processing TO soc2_collector;
GRANT INSERT (subject, purpose, given, effective_at, notice, expires_at)
    ON soc2.consents TO soc2_collector;
GRANT SELECT (consent_id) ON soc2.consents TO soc2_collector;
GRANT INSERT (request_id, subject, kind, received_at, zone, period, owner),
    UPDATE (answered_at, answer, state, subject, owner, identity_method, extension,
        extension_reason)
    ON soc2.subject_requests TO soc2_collector;
GRANT SELECT (request_id, answered_at, closed_at)
    ON soc2.subject_requests TO soc2_collector;
GRANT INSERT (disclosed_at, subject, recipient, purpose, basis, authorized,
        incident)
    ON soc2.disclosures TO soc2_collector;
GRANT SELECT (disclosure_id) ON soc2.disclosures TO soc2_collector;
GRANT EXECUTE ON FUNCTION
    soc2.record_backup(text, timestamptz, text, timestamptz, text, bigint),
    soc2.record_backup_test(text, boolean, text, timestamptz, interval, text),
    soc2.observe_sessions(),
    soc2.record_logins(name, timestamptz, bigint, bigint, text, text),
    soc2.observe_sizes(),
    soc2.record_job_run(text, boolean, timestamptz, text),
    soc2.record_processing(text, text),
    soc2.record_consent(text, text, boolean, timestamptz, text, timestamptz),
    soc2.record_subject_request(text, text, timestamptz, text, text, interval, text),
    soc2.answer_subject_request(text, text, timestamptz, text),
    soc2.record_disclosure(text, text, text, boolean, text, text, timestamptz)
    TO soc2_collector;

-- OSCAL: documents tell what the caller may read
GRANT EXECUTE ON FUNCTION
    soc2.oscal_instance(), soc2.oscal_catalog_uuid(text),
    soc2.oscal_criteria_catalog(text), soc2.oscal_control_catalog(),
    soc2.oscal_catalog(text), soc2.oscal_catalog_resource(text, text),
    soc2.oscal_mapping(text, text, text, jsonb), soc2.oscal_crosswalk(),
    soc2.oscal_control_mappings(), soc2.oscal_mapping_collection(),
    soc2.oscal_mapping_collection(uuid),
    soc2.oscal_requirements(jsonb, text), soc2.oscal_catalog_problems(jsonb),
    soc2.oscal_resource_framework(jsonb, text),
    soc2.oscal_mapping_resources(jsonb, text, text),
    soc2.oscal_maps(jsonb, text, text), soc2.oscal_map_pairs(jsonb, text, text),
    soc2.oscal_mapping_problems(jsonb, text, text),
    soc2.oscal_mapping_unknown(jsonb, text, text),
    soc2.oscal_failures(timestamptz, timestamptz), soc2.oscal_party(name),
    soc2.oscal_component(text, text), soc2.oscal_components(uuid[]),
    soc2.oscal_parties(uuid[]), soc2.oscal_resources(uuid[]),
    soc2.oscal_observations(uuid[]), soc2.oscal_related(uuid[]),
    soc2.oscal_waivers(text, text, text, timestamptz),
    soc2.oscal_risks(timestamptz, timestamptz),
    soc2.oscal_criterion_findings(timestamptz, timestamptz, text, text[]),
    soc2.oscal_result(text, text), soc2.oscal_assessment_results(text, text),
    soc2.oscal_poam_items(timestamptz, timestamptz),
    soc2.oscal_poam(text, timestamptz)
    TO soc2_admin, soc2_auditor;
-- and so do reports and audit packages
GRANT EXECUTE ON FUNCTION
    soc2.snapshot_checkpoint(regclass), soc2.package_about(text),
    soc2.report_csv(text), soc2.report_json(text),
    soc2.package_documents(text), soc2.audit_package(text)
    TO soc2_admin, soc2_auditor;
GRANT EXECUTE ON FUNCTION
    soc2.import_oscal_catalog(jsonb, text),
    soc2.import_oscal_mappings(jsonb, text, text, boolean)
    TO soc2_admin;
GRANT SELECT ON
    soc2.external_frameworks, soc2.external_requirements,
    soc2.external_mappings, soc2.requirement_criteria
    TO soc2_admin, soc2_collector, soc2_custodian, soc2_auditor;

-- the report tells what the caller may read
GRANT EXECUTE ON FUNCTION
    soc2.report_checkpoint(), soc2.report_identity(soc2.periods),
    soc2.report_criteria(), soc2.report_trend(date, date), soc2.report_checks(),
    soc2.report_gaps(), soc2.report_freshness(), soc2.report_retention(tstzrange),
    soc2.report_findings(tstzrange), soc2.report_waivers(), soc2.report_registers(),
    soc2.report_controls(text), soc2.report_verification(text),
    soc2.report_html(text)
    TO soc2_admin, soc2_auditor;

-- Privacy: a table's owner says that its rows need a consent; an administrator
-- publishes notices; a collector records who saw them.
REVOKE EXECUTE ON FUNCTION
    soc2.consent_changed(),
    soc2.install_consent_guard(regclass, text, name, text),
    soc2.remove_consent_guard(regclass, text, name, text),
    soc2.consent_guard_problems(regclass, text, name, text),
    soc2.subject_column_of(regclass, name),
    soc2.unconsented(regclass, text),
    soc2.publish_notice(text, text, text, text[], timestamptz, text, text),
    soc2.record_notice_receipt(text, text, timestamptz, text)
    FROM PUBLIC;
-- who assesses, too: the check of guards calls it
GRANT EXECUTE ON FUNCTION
    soc2.consent_guard_problems(regclass, text, name, text)
    TO soc2_admin, soc2_collector, soc2_auditor;
GRANT EXECUTE ON FUNCTION soc2.unconsented(regclass, text)
    TO soc2_admin, soc2_auditor;
GRANT SELECT ON
    soc2.consent_guards, soc2.consent_guard_status, soc2.consent_status,
    soc2.notices, soc2.notice_status, soc2.notice_receipts
    TO soc2_admin, soc2_auditor;
GRANT SELECT (notice_id, published_at) ON soc2.notices TO soc2_collector;
GRANT INSERT (notice_id, title, content, language, purposes, published_at, location)
    ON soc2.notices TO soc2_admin;
GRANT INSERT (notice_id, subject, seen_at, channel) ON soc2.notice_receipts TO soc2_collector;
GRANT SELECT (receipt_id) ON soc2.notice_receipts TO soc2_collector;
GRANT EXECUTE ON FUNCTION
    soc2.publish_notice(text, text, text, text[], timestamptz, text, text)
    TO soc2_admin;
GRANT EXECUTE ON FUNCTION
    soc2.record_notice_receipt(text, text, timestamptz, text)
    TO soc2_collector;
-- Reviews of access: their rows are written by functions that run as the owner of
-- the tables.  soc2_admin begins and ends reviews; whoever does something with this
-- extension may be a reviewer, and the functions look whether an entry is his to
-- decide.
REVOKE EXECUTE ON FUNCTION
    soc2.hba_reach(boolean), soc2.hba_readable(), soc2.access_objects(), soc2.access_now(boolean),
    soc2.roles_of_person(name), soc2.separated_holders(), soc2.cluster_database(),
    soc2.access_entries_sha256(uuid),
    soc2.access_review_picked(uuid, name, text[], text[], text, text[], integer[], boolean),
    soc2.freeze_access(uuid, text, interval, text, boolean),
    soc2.start_access_review(text, interval, text, boolean),
    soc2.require_open_review(uuid, boolean),
    soc2.record_access_decisions(uuid, uuid, text, text, text[], text[], text, text[],
        integer[], boolean, boolean, timestamptz, text),
    soc2.decide_access(uuid, name, text, text, text, text, timestamptz, text),
    soc2.decide_access_entries(uuid, text, text, text[], text[], text, text[],
        integer[], boolean, boolean, timestamptz, text),
    soc2.access_sheet_rows(jsonb), soc2.require_access_sheet(uuid, jsonb),
    soc2.decide_access_sheet(uuid, jsonb),
    soc2.assign_reviewer(uuid, name, text[], text[], text, text[]),
    soc2.my_access_reviews(), soc2.access_review_state(uuid),
    soc2.access_review_problems(uuid), soc2.close_campaign(uuid),
    soc2.cancel_access_review(uuid, text), soc2.revoke_script(uuid),
    soc2.access_review_sheet(uuid), soc2.access_review_csv(uuid),
    soc2.campaign_differences(uuid, uuid)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    soc2.start_access_review(text, interval, text, boolean),
    soc2.assign_reviewer(uuid, name, text[], text[], text, text[]),
    soc2.close_campaign(uuid), soc2.cancel_access_review(uuid, text)
    TO soc2_admin;
GRANT EXECUTE ON FUNCTION
    soc2.decide_access(uuid, name, text, text, text, text, timestamptz, text),
    soc2.decide_access_entries(uuid, text, text, text[], text[], text, text[],
        integer[], boolean, boolean, timestamptz, text),
    soc2.decide_access_sheet(uuid, jsonb), soc2.my_access_reviews()
    TO soc2_admin, soc2_collector, soc2_custodian;
GRANT EXECUTE ON FUNCTION
    soc2.hba_reach(boolean), soc2.hba_readable(), soc2.access_objects(), soc2.access_now(boolean),
    soc2.separated_holders(), soc2.cluster_database(), soc2.access_entries_sha256(uuid),
    soc2.access_review_state(uuid), soc2.access_review_problems(uuid),
    soc2.revoke_script(uuid), soc2.access_review_sheet(uuid),
    soc2.access_review_csv(uuid), soc2.campaign_differences(uuid, uuid)
    TO soc2_admin, soc2_auditor;
GRANT SELECT ON
    soc2.access_reviews, soc2.access_review_entries, soc2.access_decisions,
    soc2.access_reviewers, soc2.access_review_results, soc2.access_review_status,
    soc2.roster, soc2.unowned_accounts, soc2.orphaned_accounts,
    soc2.joiners_and_leavers, soc2.sod_conflicts
    TO soc2_admin, soc2_auditor;
GRANT INSERT (person, role_names, joined_on, left_on),
    UPDATE (person, role_names, joined_on, left_on), DELETE
    ON soc2.roster TO soc2_admin;
-- runs of backup programs, and the archive: who collects records them
REVOKE EXECUTE ON FUNCTION
    soc2.record_backup_run(text, text, boolean, timestamptz, timestamptz, text, bigint,
        text, bigint, pg_lsn, pg_lsn, soc2.digest, text, timestamptz, text),
    soc2.record_pgbackrest(jsonb),
    soc2.record_backup_content(text, text, bigint, soc2.digest, text),
    soc2.restore_checks(text),
    soc2.record_restore_test(text, boolean, timestamptz, interval, timestamptz, text)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    soc2.record_backup_run(text, text, boolean, timestamptz, timestamptz, text, bigint,
        text, bigint, pg_lsn, pg_lsn, soc2.digest, text, timestamptz, text),
    soc2.record_pgbackrest(jsonb),
    soc2.record_backup_content(text, text, bigint, soc2.digest, text),
    soc2.restore_checks(text),
    soc2.record_restore_test(text, boolean, timestamptz, interval, timestamptz, text)
    TO soc2_collector;
GRANT SELECT ON soc2.backup_runs, soc2.backup_contents, soc2.restore_tests
    TO soc2_admin, soc2_collector, soc2_auditor;
GRANT INSERT (tool, label, kind, started_at, finished_at, succeeded, bytes, location,
        timeline, wal_start, wal_end, manifest_sha256, restore_point, restore_point_at,
        detail)
    ON soc2.backup_runs TO soc2_collector;
GRANT INSERT (label, relation, row_count, digest, checkpoint)
    ON soc2.backup_contents TO soc2_collector;
-- a collector records what persons ask for and what is done; a custodian erases, and
-- exports what he may read
REVOKE EXECUTE ON FUNCTION
    soc2.require_open_request(text), soc2.identify_requester(text, text, text),
    soc2.extend_subject_request(text, interval, text), soc2.object_to(text, text),
    soc2.link_erasure(text, bigint),
    soc2.record_correction(text, regclass, text[], text[], text),
    soc2.subject_rows(text), soc2.subject_export(text, bigint)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    soc2.require_open_request(text), soc2.identify_requester(text, text, text),
    soc2.extend_subject_request(text, interval, text), soc2.object_to(text, text),
    soc2.record_correction(text, regclass, text[], text[], text)
    TO soc2_collector;
GRANT EXECUTE ON FUNCTION
    soc2.require_registered(text, text, boolean), soc2.require_open_request(text),
    soc2.link_erasure(text, bigint)
    TO soc2_custodian;
GRANT EXECUTE ON FUNCTION soc2.subject_rows(text), soc2.subject_export(text, bigint)
    TO soc2_admin, soc2_custodian;
GRANT SELECT ON
    soc2.consents, soc2.processing, soc2.notice_receipts, soc2.subject_requests,
    soc2.disclosures, soc2.subject_request_status, soc2.data_inventory
    TO soc2_custodian;
GRANT SELECT ON
    soc2.corrections, soc2.correction_status, soc2.subject_request_status
    TO soc2_admin, soc2_auditor;
GRANT INSERT (request_id, relation, columns, informed, note) ON soc2.corrections
    TO soc2_collector;
GRANT SELECT (correction_id) ON soc2.corrections TO soc2_collector;
-- who scans sees what he may read
REVOKE EXECUTE ON FUNCTION
    soc2.personal_data_kind(text), soc2.personal_data_name(text),
    soc2.sample_personal_data(regclass, name, integer),
    soc2.scan_personal_data(regclass, integer, numeric)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    soc2.personal_data_kind(text), soc2.personal_data_name(text),
    soc2.sample_personal_data(regclass, name, integer),
    soc2.scan_personal_data(regclass, integer, numeric)
    TO soc2_admin;
GRANT DELETE ON soc2.personal_data_finds, soc2.personal_data_scans TO soc2_admin;
GRANT INSERT (relation, sample_rows, readable)
    ON soc2.personal_data_scans TO soc2_admin;
GRANT INSERT (relation, column_name, kind, by_name, sampled, hits)
    ON soc2.personal_data_finds TO soc2_admin;
GRANT SELECT ON soc2.personal_data_finds, soc2.personal_data_scans, soc2.data_inventory
    TO soc2_admin, soc2_auditor;
-- terms with processors: an administrator keeps them, another person approves
GRANT SELECT ON soc2.processor_terms, soc2.processor_status, soc2.disclosure_status
    TO soc2_admin, soc2_auditor;
GRANT INSERT (terms_id, vendor_id, title, owner, agreed_on, ends_on, purposes, data,
        sub_processors, transfer_basis, countries, breach_notice, agreement_uri, zone,
        reviewed_at, review_period),
    UPDATE (title, state, owner, agreed_on, ends_on, purposes, data, sub_processors,
        transfer_basis, countries, breach_notice, agreement_uri, zone, reviewed_at,
        review_period)
    ON soc2.processor_terms TO soc2_admin;

-- recovery: an admin says what is to be reached and plans, a collector records
REVOKE EXECUTE ON FUNCTION
    soc2.record_archive(text[], text, timestamptz, bigint),
    soc2.set_recovery_objective(text, text, interval, interval, text, timestamptz),
    soc2.draft_recovery_plan(text, text, text, text, timestamptz),
    soc2.approve_recovery_plan(text, integer),
    soc2.plan_recovery_test(text, text, timestamptz, text, text, text),
    soc2.record_recovery_test(text, text, text)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION soc2.record_archive(text[], text, timestamptz, bigint)
    TO soc2_collector;
GRANT EXECUTE ON FUNCTION
    soc2.set_recovery_objective(text, text, interval, interval, text, timestamptz),
    soc2.draft_recovery_plan(text, text, text, text, timestamptz),
    soc2.approve_recovery_plan(text, integer),
    soc2.plan_recovery_test(text, text, timestamptz, text, text, text),
    soc2.record_recovery_test(text, text, text)
    TO soc2_admin;
GRANT SELECT ON
    soc2.archive_listings, soc2.recovery_objectives, soc2.recovery_plans,
    soc2.recovery_plan_tests, soc2.capacity_forecast
    TO soc2_admin, soc2_collector, soc2_auditor;
GRANT INSERT (location, listed_at, segment_count, first_segment, last_segment, gap_count,
        missing, gaps, lost)
    ON soc2.archive_listings TO soc2_collector;
GRANT INSERT (objective, title, rpo, rto, owner, review_due_at),
    UPDATE (title, rpo, rto, owner, review_due_at, recorded_at, recorded_by)
    ON soc2.recovery_objectives TO soc2_admin;
GRANT INSERT (plan_id, version, title, content, owner, review_due_at),
    UPDATE (state, owner, review_due_at)
    ON soc2.recovery_plans TO soc2_admin;
GRANT INSERT (test_id, plan_id, version, title, kind, owner, due_at),
    UPDATE (state, owner, due_at, result)
    ON soc2.recovery_plan_tests TO soc2_admin;

-- processing: an admin declares and decides, a collector records
REVOKE EXECUTE ON FUNCTION
    soc2.announce_batch(text, text, bigint, numeric, timestamptz, text),
    soc2.record_batch(text, bigint, numeric, bigint, numeric, text),
    soc2.prepare_output(text, text, bytea, soc2.digest, text, bigint, text, timestamptz),
    soc2.decide_output(text, text, text), soc2.is_approved_output(text, bytea),
    soc2.create_error_queue(text, text, text, interval, interval),
    soc2.drop_error_queue(text), soc2.observe_error_queues(text),
    soc2.due_error_queues(), soc2.observe_due_queues(),
    soc2.due_reconciliations(), soc2.reconcile_due()
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    soc2.announce_batch(text, text, bigint, numeric, timestamptz, text),
    soc2.record_batch(text, bigint, numeric, bigint, numeric, text),
    soc2.prepare_output(text, text, bytea, soc2.digest, text, bigint, text, timestamptz),
    soc2.decide_output(text, text, text), soc2.is_approved_output(text, bytea),
    soc2.observe_error_queues(text), soc2.due_error_queues(), soc2.observe_due_queues(),
    soc2.due_reconciliations(), soc2.reconcile_due()
    TO soc2_admin, soc2_collector;
GRANT EXECUTE ON FUNCTION
    soc2.create_error_queue(text, text, text, interval, interval),
    soc2.drop_error_queue(text)
    TO soc2_admin;
GRANT SELECT ON
    soc2.input_batches, soc2.input_batch_status, soc2.outputs, soc2.error_queues,
    soc2.error_queue_samples, soc2.error_queue_status
    TO soc2_admin, soc2_collector, soc2_auditor;
GRANT INSERT (batch_id, source, expected_count, expected_total, due_at, owner),
    UPDATE (loaded_count, loaded_total, rejected_count, rejected_total, loaded_at, detail)
    ON soc2.input_batches TO soc2_admin, soc2_collector;
GRANT INSERT (output_id, title, recipient, row_count, content_sha256, owner, due_at),
    UPDATE (state, note)
    ON soc2.outputs TO soc2_admin, soc2_collector;
GRANT INSERT (queue, title, query, max_age, frequency), DELETE
    ON soc2.error_queues TO soc2_admin;
