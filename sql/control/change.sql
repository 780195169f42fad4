INSERT INTO soc2.controls (control_id, title, kind, nature, frequency, description, shipped) VALUES
('CHG-01', 'Changes are requested, tested, approved and recorded', 'preventive', 'hybrid', '1 mon',
 'Each change of structure, configuration or code has a request, is tested outside production, is reviewed and approved by somebody else, and has a way back. Urgent changes are approved afterwards within two working days.',
 true),
('CHG-02', 'Changes of structure, settings and roles are captured by the server', 'detective', 'automated', '1 day',
 'An event trigger writes every DDL command into a ledger, and what it does not see, of settings and roles, is compared daily with what was there before. Each difference is matched to a request. The trigger is enabled for everybody.',
 true),
('CHG-03', 'Guards stay switched on', 'detective', 'automated', '1 day',
 'Triggers, rules and constraints of production tables are enabled, and no role sets session_replication_role outside of replication.',
 true);

INSERT INTO soc2.control_criteria (control_id, criterion, relation, author, shipped, rationale) VALUES
('CHG-01', 'tsc:CC8.1', 'equal-to', 'soc2', true,
 'Authorising, testing, approving and implementing changes is what the criterion asks for, for the database.'),
('CHG-01', 'tsc:CC5.2', 'intersects-with', 'soc2', true,
 'Change management is a general control over technology.'),
('CHG-01', 'tsc:CC3.4', 'intersects-with', 'soc2', true,
 'Each request is looked at for what it does to the controls.'),
('CHG-02', 'tsc:CC8.1', 'subset-of', 'soc2', true,
 'Changes that bypassed the process are found by what the server saw.'),
('CHG-02', 'tsc:CC7.2', 'subset-of', 'soc2', true,
 'Structure that changes without a request is an anomaly.'),
('CHG-03', 'tsc:PI1.3', 'subset-of', 'soc2', true,
 'Processing keeps its rules only while the triggers that hold them run.'),
('CHG-03', 'tsc:CC8.1', 'intersects-with', 'soc2', true,
 'Switching a guard off is a change.'),
('CHG-03', 'tsc:CC6.8', 'intersects-with', 'soc2', true,
 'It is also how malicious code would hide.');

INSERT INTO soc2.control_checks (control_id, check_id, shipped) VALUES
('CHG-01', 'chg.ddl_ledger', true),
('CHG-01', 'chg.observed_changes', true),
('CHG-01', 'chg.register', true),
('CHG-02', 'chg.event_triggers', true),
('CHG-02', 'chg.ddl_ledger', true),
('CHG-02', 'chg.observed', true),
('CHG-02', 'chg.observed_changes', true),
('CHG-03', 'chg.trigger_disabled', true),
('CHG-03', 'chg.replica_role', true);
