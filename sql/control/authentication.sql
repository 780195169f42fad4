INSERT INTO soc2.controls (control_id, title, kind, nature, frequency, description, shipped) VALUES
('AUT-01', 'Identities are proven with strong methods', 'preventive', 'automated', '1 day',
 'Every connection proves who it is with SCRAM, a certificate, GSSAPI or, on the server itself, the operating system. Trust, clear-text passwords and MD5 are not used, and no MD5 verifier is stored.',
 true),
('AUT-02', 'Passwords are good and do not last for ever', 'preventive', 'automated', '1 day',
 'Passwords are checked when they are set, and expire. Those of services are kept in a vault and replaced at least once a year.',
 true),
('AUT-03', 'Guessing of passwords is slow and seen', 'detective', 'automated', '1 day',
 'Failed logins are delayed and logged, connections of a role are limited, and a series of failures raises an alert that somebody follows up.',
 true);

INSERT INTO soc2.control_criteria (control_id, criterion, relation, author, shipped, rationale) VALUES
('AUT-01', 'tsc:CC6.1', 'subset-of', 'soc2', true,
 'Authentication before access is a named part of logical access security.'),
('AUT-01', 'tsc:CC6.6', 'subset-of', 'soc2', true,
 'Attackers outside find no login that needs no or a weak proof.'),
('AUT-02', 'tsc:CC6.1', 'subset-of', 'soc2', true,
 'The strength of a password is that of the access that it guards.'),
('AUT-02', 'tsc:CC6.2', 'intersects-with', 'soc2', true,
 'Credentials are issued for a time and renewed or withdrawn.'),
('AUT-03', 'tsc:CC6.6', 'subset-of', 'soc2', true,
 'Guessing is the plainest attack from outside.'),
('AUT-03', 'tsc:CC7.2', 'subset-of', 'soc2', true,
 'Failed logins are one of the anomalies to be monitored.');

INSERT INTO soc2.control_checks (control_id, check_id, shipped) VALUES
('AUT-01', 'auth.hba_no_trust', true),
('AUT-01', 'auth.hba_no_cleartext', true),
('AUT-01', 'auth.scram_default', true),
('AUT-01', 'auth.scram_stored', true),
('AUT-02', 'auth.pw_expiry', true),
('AUT-02', 'auth.pw_policy_module', true),
('AUT-03', 'auth.delay_module', true),
('AUT-03', 'mon.invalid_logins', true),
('AUT-03', 'role.connlimit', true);
