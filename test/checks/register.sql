-- Checks that read registers that people keep.

--@ priv.scan not_occurring 0 0

--@ reg.policies not_occurring 0 0
INSERT INTO soc2.policies (policy_id, title, owner, state, required_of)
VALUES ('P 1', 'access', 'somebody', 'in_force', '{Ada,Bob}'), ('gone', 'old', 'somebody', 'retired', '{}');
--@ reg.policies fail 1 1
--  policy "P 1" | f | no approved version holds
INSERT INTO soc2.policy_versions (policy_id, version, state, effective_at)
VALUES ('P 1', '1', 'approved', now() - interval '1 day'), ('P 1', '2', 'approved', now() + interval '1 day'), ('P 1', '0', 'draft', now());
INSERT INTO soc2.policy_acknowledgements (policy_id, version, person) VALUES ('P 1', '1', 'Ada'), ('P 1', '2', 'Bob');
--@ reg.policies fail 1 1
--  policy "P 1" | f | version 1 holds, 1 of 2 did not acknowledge it
INSERT INTO soc2.policy_acknowledgements (policy_id, version, person) VALUES ('P 1', '1', 'Bob');
--@ reg.policies pass 1 0
--  policy "P 1" | t | version 1 holds
UPDATE soc2.policies SET due_at = '2026-01-02' WHERE policy_id = 'P 1';
--@ reg.policies fail 1 1
--  policy "P 1" | f | version 1 holds, review was due on 2026-01-02
SELECT soc2.review_item('policy', 'P 1', 'still right', now() + interval '1 year') IS NOT NULL;
--@ reg.policies pass 1 0

--@ reg.risks not_occurring 0 0
INSERT INTO soc2.risks (risk_id, title, owner, state) VALUES ('R-1', 'fire', 'somebody', 'identified');
--@ reg.risks pass 1 0
--  ~ ^risk "R-1" \| t \| identified, looked at on 20
INSERT INTO soc2.risks (risk_id, title, owner, state, opened_at) VALUES ('R-2', 'flood', 'somebody', 'identified', now() - interval '31 days');
INSERT INTO soc2.risks (risk_id, title, owner, state, opened_at, assessed_at, likelihood, impact, treatment)
VALUES ('R-3', 'fraud', 'somebody', 'assessed', now() - interval '90 days', now() - interval '40 days', 1, 5, 'mitigate'),
    ('R-4', 'theft', 'somebody', 'in_treatment', now() - interval '400 days', now() - interval '390 days', 1, 5, 'mitigate'),
    ('R-5', 'end', 'somebody', 'closed', now() - interval '400 days', now() - interval '390 days', 1, 5, 'mitigate');
--@ reg.risks fail 4 3
--  ~ ^risk "R-2" \| f \| identified
--  ~ ^risk "R-3" \| f \| assessed
--  ~ ^risk "R-4" \| f \| in_treatment
SELECT soc2.review_item('risk', 'R-4', 'on its way') IS NOT NULL;
UPDATE soc2.risks SET state = 'in_treatment' WHERE risk_id = 'R-3';
--@ reg.risks fail 4 1
UPDATE soc2.risks SET state = 'closed' WHERE risk_id = 'R-2';
--@ reg.risks pass 3 0
UPDATE soc2.risks SET due_at = '2026-02-03' WHERE risk_id = 'R-3';
--@ reg.risks fail 3 1
--  ~ ^risk "R-3" \| f \| in_treatment, looked at on .*, due on 2026-02-03$

--@ reg.vendors not_occurring 0 0
INSERT INTO soc2.vendors (vendor_id, title, owner, state, subservice) VALUES ('hosting', 'machines', 'somebody', 'proposed', 'carve-out');
--@ reg.vendors fail 1 1
--  vendor hosting | f | proposed, never reviewed
SELECT soc2.review_item('vendor', 'hosting', 'fits', now() + interval '1 year', 'SOC 2 type II 2025', 'none') IS NOT NULL;
--@ reg.vendors fail 1 1
INSERT INTO soc2.vendors (vendor_id, title, owner, state, contract_until) VALUES
    ('mail', 'mail', 'somebody', 'approved', CURRENT_DATE), ('over', 'x', 'somebody', 'ended', '2020-01-01'),
    ('late', 'x', 'somebody', 'approved', '2026-01-01');
SELECT soc2.review_item('vendor', v, 'fits', d) IS NOT NULL FROM (VALUES ('mail', NULL), ('late', '2026-02-03'::timestamptz)) AS v (v, d);
--@ reg.vendors fail 3 2
--  ~ ^vendor late \| f \| approved, reviewed on .*, due on 2026-02-03, contract ended on 2026-01-01$
UPDATE soc2.vendors SET state = 'ended' WHERE vendor_id = 'late';
UPDATE soc2.vendors SET state = 'rejected' WHERE vendor_id = 'hosting';
--@ reg.vendors pass 1 0
--  ~ ^vendor mail \| t \| approved, reviewed on 

--@ reg.assets not_occurring 0 0
INSERT INTO soc2.assets (asset_id, title, owner, state, disposal) VALUES ('disk 1', 'disk', 'somebody', 'in_use', NULL), ('disk 2', 'disk', 'somebody', 'disposed', 'shredded');
--@ reg.assets pass 1 0
--  asset "disk 1" | t | in_use
UPDATE soc2.assets SET due_at = '2026-02-03' WHERE asset_id = 'disk 1';
--@ reg.assets fail 1 1
--  asset "disk 1" | f | in_use, review was due on 2026-02-03
UPDATE soc2.assets SET due_at = NULL, state = 'lost' WHERE asset_id = 'disk 1';
--@ reg.assets fail 1 1
--  asset "disk 1" | f | lost

--@ reg.training not_occurring 0 0
INSERT INTO soc2.trainings (training_id, title, owner, state, required_of, every, due_at)
VALUES ('T 1', 'security', 'somebody', 'required', '{Ada,Bob}', '1 year', '2026-02-03');
--@ reg.training fail 2 2
--  "T 1": "Ada" | f | not completed
INSERT INTO soc2.training_completions (training_id, person, completed_at) VALUES ('T 1', 'Ada', now()), ('T 1', 'Bob', '2024-02-03 12:00Z');
--@ reg.training fail 2 1
--  "T 1": "Bob" | f | was good until 2025-02-03
INSERT INTO soc2.training_completions (training_id, person, completed_at) VALUES ('T 1', 'Bob', now());
--@ reg.training pass 2 0
INSERT INTO soc2.trainings (training_id, title, owner, state, required_of, due_at) VALUES ('T 2', 'once', 'somebody', 'required', '{Ada}', now() + interval '1 day');
--@ reg.training pass 3 0
--  ~ ^"T 2": "Ada" \| t \| due on 
UPDATE soc2.trainings SET state = 'ended';
--@ reg.training not_occurring 0 0

--@ reg.management_reviews not_occurring 0 0
INSERT INTO soc2.management_reviews (management_review_id, title, owner, state, due_at) VALUES ('2026', 'yearly', 'somebody', 'planned', now() + interval '1 day');
--@ reg.management_reviews pass 1 0
--  ~ ^review "2026" \| t \| planned, due on 
UPDATE soc2.management_reviews SET due_at = '2026-02-03';
--@ reg.management_reviews fail 1 1
UPDATE soc2.management_reviews SET state = 'held', held_on = CURRENT_DATE - 100;
--@ reg.management_reviews fail 2 1
--  ~ ^review "2026" \| f \| held, held on 
UPDATE soc2.management_reviews SET state = 'closed';
--@ reg.management_reviews pass 2 0
INSERT INTO soc2.management_reviews (management_review_id, title, owner, state, held_on) VALUES ('old', 'yearly', 'somebody', 'closed', '2020-01-01');
--@ reg.management_reviews pass 3 0
SELECT soc2.set_check_parameters('reg.management_reviews', '{"max_age": "10 days"}', 'test') IS NOT NULL;
--@ reg.management_reviews fail 3 1
--  ~ ^newest review \| f \| held on 

--@ reg.user_entity_controls not_occurring 0 0
INSERT INTO soc2.user_entity_controls (user_entity_control_id, title, owner, state) VALUES ('U-1', 'accounts', 'somebody', 'draft');
--@ reg.user_entity_controls fail 1 1
--  control "U-1" | f | draft
UPDATE soc2.user_entity_controls SET state = 'communicated', communicated_in = 'contract';
--@ reg.user_entity_controls pass 1 0
--  control "U-1" | t | communicated, in contract
UPDATE soc2.user_entity_controls SET due_at = '2026-02-03';
--@ reg.user_entity_controls fail 1 1
--  control "U-1" | f | communicated, in contract, review was due on 2026-02-03

--@ inc.events_judged not_occurring 0 0
INSERT INTO soc2.security_events (event_id, title, owner, state) VALUES ('E 1', 'odd login', 'somebody', 'reported');
--@ inc.events_judged pass 1 0
--  event "E 1" | t | reported, waits for less than 1 day
INSERT INTO soc2.security_events (event_id, title, owner, state, opened_at) VALUES ('E-2', 'alert', 'somebody', 'reported', now() - interval '25 hours');
INSERT INTO soc2.security_events (event_id, title, owner, state, opened_at, judged_at, judgement)
VALUES ('E-3', 'alert', 'somebody', 'event', now() - interval '3 days', now() - interval '1 day', 'a test'),
    ('E-4', 'old', 'somebody', 'event', now() - interval '2 years', now() - interval '1 year', 'a test');
--@ inc.events_judged fail 3 2
--  event "E-2" | f | reported, waits for more than 1 day
--  event "E-3" | f | event, judged after 2 days
UPDATE soc2.security_events SET due_at = now() - interval '1 minute' WHERE event_id = 'E 1';
--@ inc.events_judged fail 3 3

--@ inc.incidents not_occurring 0 0
INSERT INTO soc2.incidents (incident_id, title, owner, state, notify_within) VALUES ('I 1', 'leak', 'somebody', 'open', '72 hours');
--@ inc.incidents pass 1 0
--  ~ ^incident "I 1" \| t \| open, detected on 20
INSERT INTO soc2.incidents (incident_id, title, owner, state, notify_within, detected_at) VALUES ('I-2', 'leak', 'somebody', 'open', '2 hours', now() - interval '1 day');
--@ inc.incidents fail 2 1
--  ~ ^incident "I-2" \| f \| open, notification was due on .* UTC, detected on 
SELECT soc2.notify_incident('I-2', 'authority', now() - interval '23 hours') IS NOT NULL;
--@ inc.incidents pass 2 0
UPDATE soc2.incidents SET notify_within = '30 minutes' WHERE incident_id = 'I-2';
--@ inc.incidents fail 2 1
DELETE FROM soc2.incidents WHERE incident_id = 'I-2';
INSERT INTO soc2.incidents (incident_id, title, owner, state, notify_within, detected_at) VALUES ('I-4', 'no leak', 'somebody', 'unfounded', '2 hours', now() - interval '1 day');
--@ inc.incidents pass 1 0
INSERT INTO soc2.incidents (incident_id, title, owner, state, detected_at) VALUES ('I-3', 'worm', 'somebody', 'open', now() - interval '4 days');
--@ inc.incidents fail 2 1
UPDATE soc2.incidents SET state = 'contained', containment = 'unplugged' WHERE incident_id = 'I-3';
--@ inc.incidents pass 2 0
UPDATE soc2.incidents SET due_at = '2026-02-03' WHERE incident_id = 'I-3';
--@ inc.incidents fail 2 1
--  ~ ^incident "I-3" \| f \| contained, due on 2026-02-03, detected on 
UPDATE soc2.incidents SET due_at = NULL, detected_at = now() - interval '91 days' WHERE incident_id = 'I-3';
--@ inc.incidents fail 2 1
