INSERT INTO soc2.controls (control_id, title, kind, nature, frequency, description, shipped) VALUES
('PRV-01', 'Processing has consent where it needs it', 'preventive', 'automated', '1 day',
 'Consent is recorded with its purpose, time and wording. Rows without the consent that their purpose needs are found and no longer used.',
 true),
('PRV-02', 'Requests of people are answered in time', 'corrective', 'automated', '1 day',
 'Requests to see, correct or erase personal information are registered, the person is identified, and the request is answered within the term.',
 true),
('PRV-03', 'Disclosures are recorded', 'detective', 'automated', '1 day',
 'Every disclosure of personal information, authorised or not, is in a ledger with what, to whom, when and on which ground. A person who asks gets the list.',
 true);

INSERT INTO soc2.control_criteria (control_id, criterion, relation, author, shipped, rationale) VALUES
('PRV-01', 'tsc:P2.1', 'subset-of', 'soc2', true,
 'Choices of people are recorded and followed.'),
('PRV-01', 'tsc:P3.2', 'subset-of', 'soc2', true,
 'Explicit consent is there before data is gathered.'),
('PRV-01', 'tsc:P6.1', 'intersects-with', 'soc2', true,
 'Disclosure needs consent too.'),
('PRV-02', 'tsc:P5.1', 'subset-of', 'soc2', true,
 'Access is given to those who ask.'),
('PRV-02', 'tsc:P5.2', 'subset-of', 'soc2', true,
 'Corrections are made and passed on.'),
('PRV-02', 'tsc:P8.1', 'subset-of', 'soc2', true,
 'Inquiries and complaints get an outcome.'),
('PRV-03', 'tsc:P6.2', 'subset-of', 'soc2', true,
 'Authorised disclosures are recorded in full and in time.'),
('PRV-03', 'tsc:P6.3', 'subset-of', 'soc2', true,
 'So are those that should not have happened.'),
('PRV-03', 'tsc:P6.7', 'subset-of', 'soc2', true,
 'The accounting for a person is drawn from it.'),
('PRV-03', 'tsc:P6.1', 'intersects-with', 'soc2', true,
 'The ground shows the consent.');

INSERT INTO soc2.control_checks (control_id, check_id, shipped) VALUES
('PRV-01', 'priv.consent', true),
('PRV-02', 'priv.dsar_sla', true),
('PRV-03', 'priv.disclosure_ledger', true);
