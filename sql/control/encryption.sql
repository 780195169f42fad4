INSERT INTO soc2.controls (control_id, title, kind, nature, frequency, description, shipped) VALUES
('ENC-01', 'Sensitive columns are encrypted', 'preventive', 'automated', '1 day',
 'Columns of the highest class are encrypted by the application or with pgcrypto, and the keys are not in the database.',
 true),
('ENC-02', 'Storage and backups are encrypted, and keys are kept apart', 'preventive', 'manual', '1 year',
 'Disks, snapshots and backups are encrypted with keys of a key management service. Access to the keys is granted to other people than access to the data, is logged, and is reviewed every year together with the rotation.',
 true);

INSERT INTO soc2.control_criteria (control_id, criterion, relation, author, shipped, rationale) VALUES
('ENC-01', 'tsc:CC6.1', 'subset-of', 'soc2', true,
 'Encryption limits access even for who can read the table.'),
('ENC-01', 'tsc:C1.1', 'subset-of', 'soc2', true,
 'It protects confidential information while it is kept.'),
('ENC-02', 'tsc:CC6.1', 'subset-of', 'soc2', true,
 'A stolen disk or backup is of no use without the keys.'),
('ENC-02', 'tsc:C1.1', 'subset-of', 'soc2', true,
 'Confidential information is protected at rest.'),
('ENC-02', 'tsc:CC6.4', 'intersects-with', 'soc2', true,
 'It stands in where somebody gets hold of hardware.');

INSERT INTO soc2.control_checks (control_id, check_id, shipped) VALUES
('ENC-01', 'conf.column_encrypt', true),
('ENC-01', 'conf.crypto_ext', true);
