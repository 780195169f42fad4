INSERT INTO soc2.controls (control_id, title, kind, nature, frequency, description, shipped) VALUES
('BCK-01', 'Backups are made and are recent', 'corrective', 'automated', '1 day',
 'A full backup is made every day and the write-ahead log is archived all the time, so that no more than the agreed time is lost. A backup that failed raises an alert.',
 true),
('BCK-02', 'Restores are tested', 'detective', 'hybrid', '3 mons',
 'Each quarter a backup is restored on other hardware to a point in time, the data is verified, and the time that it took is compared with the objective.',
 true),
('BCK-03', 'Backups are out of reach of what destroys the data', 'preventive', 'manual', '3 mons',
 'Copies are kept in another place and under other accounts, where administrators of the database cannot delete them before their time. Who can is reviewed each quarter.',
 true);

INSERT INTO soc2.control_criteria (control_id, criterion, relation, author, shipped, rationale) VALUES
('BCK-01', 'tsc:A1.2', 'subset-of', 'soc2', true,
 'Backups are the recovery infrastructure of the data.'),
('BCK-01', 'tsc:PI1.5', 'subset-of', 'soc2', true,
 'Stored data stays retrievable.'),
('BCK-01', 'tsc:CC7.5', 'intersects-with', 'soc2', true,
 'Recovering from an incident starts with a backup from before it.'),
('BCK-02', 'tsc:A1.3', 'equal-to', 'soc2', true,
 'Testing recovery procedures is what the criterion asks for, for the database.'),
('BCK-02', 'tsc:CC7.5', 'subset-of', 'soc2', true,
 'A tested restore is a recovery procedure known to work.'),
('BCK-02', 'tsc:CC9.1', 'intersects-with', 'soc2', true,
 'It shows what the plan for disruptions is worth.'),
('BCK-03', 'tsc:A1.2', 'subset-of', 'soc2', true,
 'A backup that goes down with the server is none.'),
('BCK-03', 'tsc:CC9.1', 'subset-of', 'soc2', true,
 'It is the answer to extortion and to the loss of a site.'),
('BCK-03', 'tsc:CC6.7', 'intersects-with', 'soc2', true,
 'Copies on the move are protected.');

INSERT INTO soc2.control_checks (control_id, check_id, shipped) VALUES
('BCK-01', 'av.backup_fresh', true),
('BCK-01', 'av.backup_runs', true),
('BCK-01', 'av.wal_level_archive', true),
('BCK-01', 'av.wal_continuity', true),
('BCK-02', 'av.restore_test', true),
('BCK-02', 'av.recovery_objectives', true),
('BCK-02', 'av.recovery_plans', true);
