INSERT INTO soc2.controls (control_id, title, kind, nature, frequency, description, shipped) VALUES
('AVL-01', 'Capacity is measured and planned', 'detective', 'automated', '1 day',
 'Connections, storage, sequence values and transaction ids are measured against limits every day, forecast every quarter, and extended before they run out.',
 true),
('AVL-02', 'A standby takes over', 'preventive', 'automated', '1 day',
 'At least one standby in another zone follows the primary within the agreed lag. Slots do not fill the disk, and commits are as durable as promised. Taking over is practised every year.',
 true),
('AVL-03', 'Runaway work is stopped', 'preventive', 'automated', '1 day',
 'Statements, idle transactions and locks have time limits, and prepared transactions do not stay behind, so that one user cannot stop the others.',
 true);

INSERT INTO soc2.control_criteria (control_id, criterion, relation, author, shipped, rationale) VALUES
('AVL-01', 'tsc:A1.1', 'equal-to', 'soc2', true,
 'Measuring, evaluating and extending capacity is what the criterion asks for, for the database.'),
('AVL-01', 'tsc:CC7.2', 'intersects-with', 'soc2', true,
 'Use that leaves its range is an anomaly.'),
('AVL-02', 'tsc:A1.2', 'subset-of', 'soc2', true,
 'A standby is recovery infrastructure that is ready.'),
('AVL-02', 'tsc:CC9.1', 'subset-of', 'soc2', true,
 'It mitigates the loss of a server or a zone.'),
('AVL-02', 'tsc:A1.1', 'intersects-with', 'soc2', true,
 'Replication slots use storage of the primary.'),
('AVL-03', 'tsc:A1.1', 'subset-of', 'soc2', true,
 'Capacity is left for everybody.'),
('AVL-03', 'tsc:CC6.6', 'intersects-with', 'soc2', true,
 'Exhaustion is also an attack.'),
('AVL-03', 'tsc:PI1.3', 'intersects-with', 'soc2', true,
 'Work that hangs is noticed and ended in an orderly way.');

INSERT INTO soc2.control_checks (control_id, check_id, shipped) VALUES
('AVL-01', 'av.connections', true),
('AVL-01', 'av.size_capacity', true),
('AVL-01', 'role.connlimit', true),
('AVL-01', 'pi.seq_exhaustion', true),
('AVL-01', 'av.wraparound', true),
('AVL-01', 'av.autovacuum', true),
('AVL-02', 'av.replicas', true),
('AVL-02', 'av.slots', true),
('AVL-02', 'av.sync_commit', true),
('AVL-03', 'av.timeouts', true),
('AVL-03', 'chg.prepared_xacts', true);
