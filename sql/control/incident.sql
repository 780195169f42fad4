INSERT INTO soc2.controls (control_id, title, kind, nature, frequency, description, shipped) VALUES
('INC-01', 'Incidents are handled by a plan', 'corrective', 'hybrid', '1 year',
 'A written plan says who decides, who is told and how evidence is secured when data may be exposed, changed or lost. It is exercised every year with the database team, and what was learned is carried out.',
 true),
('INC-02', 'Security events are judged within a day', 'detective', 'hybrid', '1 mon',
 'Alerts and reports are judged within one working day by somebody who was trained: no event, event or incident, with the reason written down.',
 true);

INSERT INTO soc2.control_criteria (control_id, criterion, relation, author, shipped, rationale) VALUES
('INC-01', 'tsc:CC7.4', 'subset-of', 'soc2', true,
 'The plan covers containing, mending and telling, for incidents of the database.'),
('INC-01', 'tsc:CC7.5', 'subset-of', 'soc2', true,
 'It covers recovering and learning.'),
('INC-01', 'tsc:CC2.3', 'intersects-with', 'soc2', true,
 'It says who outside is told, and by whom.'),
('INC-01', 'tsc:P6.6', 'intersects-with', 'soc2', true,
 'Breaches are notified to those concerned.'),
('INC-02', 'tsc:CC7.3', 'subset-of', 'soc2', true,
 'Each event is evaluated for whether it is an incident.'),
('INC-02', 'tsc:CC7.4', 'intersects-with', 'soc2', true,
 'An incident starts the plan.');

INSERT INTO soc2.control_checks (control_id, check_id, shipped) VALUES
('INC-01', 'inc.incidents', true),
('INC-02', 'inc.events_judged', true),
('INC-02', 'mon.invalid_logins', true),
('INC-02', 'log.levels', true);
