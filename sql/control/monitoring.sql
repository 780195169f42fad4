INSERT INTO soc2.controls (control_id, title, kind, nature, frequency, description, shipped) VALUES
('MON-01', 'Activity and health are monitored', 'detective', 'automated', '1 day',
 'Statistics are collected without gaps. Load, waits, errors, deadlocks and replication are watched with alerts to whoever is on duty.',
 true),
('MON-02', 'Controls are tested continuously and the proof is kept', 'detective', 'automated', '1 day',
 'The checks run on schedule, their results are recorded in a chained ledger that nobody can change, and the ledger is sealed and verified.',
 true),
('MON-03', 'Deficiencies are tracked until they are mended', 'corrective', 'automated', '7 days',
 'Each failure opens a finding with an owner and a due date. It is closed by a test that passes, and not by word. Waivers expire and need two people. Overdue ones go to management.',
 true);

INSERT INTO soc2.control_criteria (control_id, criterion, relation, author, shipped, rationale) VALUES
('MON-01', 'tsc:CC7.2', 'subset-of', 'soc2', true,
 'Anomalies of operation are detected against what is usual.'),
('MON-01', 'tsc:A1.1', 'subset-of', 'soc2', true,
 'Use of capacity is measured.'),
('MON-01', 'tsc:CC7.1', 'intersects-with', 'soc2', true,
 'Sudden change may be a change of configuration.'),
('MON-02', 'tsc:CC4.1', 'subset-of', 'soc2', true,
 'Checks that run by themselves are ongoing evaluations.'),
('MON-02', 'tsc:CC2.1', 'subset-of', 'soc2', true,
 'Verified records are information of the quality that control needs.'),
('MON-02', 'tsc:CC7.1', 'intersects-with', 'soc2', true,
 'The same checks find changes of configuration.'),
('MON-03', 'tsc:CC4.2', 'equal-to', 'soc2', true,
 'Evaluating deficiencies, telling those responsible and following up is what the criterion asks for, for the controls that are tested here.'),
('MON-03', 'tsc:CC5.3', 'intersects-with', 'soc2', true,
 'Exceptions from policy are approved and end.'),
('MON-03', 'tsc:CC7.4', 'intersects-with', 'soc2', true,
 'Security failures are remedied within a set time.');

INSERT INTO soc2.control_checks (control_id, check_id, shipped) VALUES
('MON-01', 'mon.track', true),
('MON-01', 'mon.stats_reset', true),
('MON-01', 'av.deadlocks_conflicts', true),
('MON-02', 'self.tests_ran', true),
('MON-02', 'self.chain', true),
('MON-02', 'self.evidence_acl', true),
('MON-03', 'self.findings_overdue', true),
('MON-03', 'self.waiver_expiry', true);
