--
-- Thin registers and incidents: who keeps them, what functions do, and what they
-- make of criteria.
--
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_soc2_keeper LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_soc2_second LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_soc2_watch LOGIN IN ROLE soc2_collector;
CREATE ROLE regress_soc2_reader LOGIN IN ROLE soc2_auditor;
CREATE ROLE regress_soc2_nobody LOGIN;
RESET client_min_messages;
SET search_path = soc2, public;
SELECT current_user AS me \gset
SELECT identify_role('regress_soc2_watch', 'person', 'Wanda');

-- policies: a version, its approval by another, and who knows it
\c - regress_soc2_keeper
INSERT INTO soc2.policies (policy_id, title, owner, state, required_of, opened_by)
VALUES ('Access "1"', 'who may do what', 'Ada', 'in_force', '{Wanda,Bob}', 'somebody else') RETURNING opened_by;
INSERT INTO soc2.policies (policy_id, title, owner, state) VALUES (' ', 'x', 'x', 'in_force'); --fail
INSERT INTO soc2.policies (policy_id, title, owner, state) VALUES ('x', 'x', '', 'in_force'); --fail
INSERT INTO soc2.policy_versions (policy_id, version, state, effective_at) VALUES ('Access "1"', '1.0', 'draft', '2026-01-01');
SELECT soc2.acknowledge_policy('Access "1"', '1.0'); --fail
UPDATE soc2.policy_versions SET state = 'approved'; --fail
DELETE FROM soc2.policies; --fail
INSERT INTO soc2.policy_versions (policy_id, version, state, approved_by) VALUES ('Access "1"', '2.0', 'draft', 'regress_soc2_second'); --fail
-- what is approved is what another drafted: not with what it says exchanged
\c - regress_soc2_second
UPDATE soc2.policy_versions SET state = 'approved', document_uri = 'another'; --fail
UPDATE soc2.policy_versions SET document_uri = 'another' RETURNING drafted_by;
UPDATE soc2.policy_versions SET state = 'approved'; --fail
\c - regress_soc2_keeper
UPDATE soc2.policy_versions SET document_uri = 'mine' RETURNING drafted_by;
\c - regress_soc2_second
UPDATE soc2.policy_versions SET state = 'approved' RETURNING approved_by;
-- nor exchanged later
UPDATE soc2.policy_versions SET document_sha256 = encode(sha256('x'), 'hex')::soc2.digest; --fail
UPDATE soc2.policy_versions SET effective_at = '2020-01-01'; --fail
UPDATE soc2.policy_versions SET state = 'withdrawn', document_uri = NULL; --fail
UPDATE soc2.policy_versions SET document_uri = document_uri;
\c - regress_soc2_watch
SELECT soc2.acknowledge_policy('Access "1"', '1.0') IS NOT NULL AS acknowledged;
SELECT soc2.acknowledge_policy('Access "1"', '1.0') < now() AS at_first;
SELECT soc2.acknowledge_policy(NULL, '1.0'); --fail
SELECT * FROM soc2.policies; --fail
\c - regress_soc2_reader
SELECT policy_id, version, approved_by, overdue, required_of, acknowledged, missing FROM soc2.policy_status;
SELECT person, recorded_by FROM soc2.policy_acknowledgements;
INSERT INTO soc2.risks (risk_id, title, owner, state) VALUES ('x', 'x', 'x', 'identified'); --fail

-- risks, by functions
\c - regress_soc2_keeper
INSERT INTO soc2.risks (risk_id, title, owner, state, due_at, criteria)
VALUES ('R-1', 'fire', 'Ada', 'identified', '2026-01-01', '{tsc:CC3.2}');
SELECT soc2.take_step('risk', 'R-1', 'assessed'); --fail
UPDATE soc2.risks SET state = 'assessed', likelihood = 6, impact = 1, treatment = 'mitigate'; --fail
UPDATE soc2.risks SET state = 'assessed', likelihood = 5, impact = 1, treatment = 'mitigate';
SELECT soc2.take_step('risk', 'R-1', 'accepted'); --fail
SELECT soc2.take_step('risk', 'R-2', 'accepted'); --fail
SELECT soc2.take_step('nothing', 'R-2', 'accepted'); --fail
SELECT soc2.take_step('policy_version', 'Access "1"', 'withdrawn'); --fail
SELECT soc2.take_step('risk', 'R-1', NULL); --fail
\c - regress_soc2_reader
SELECT register, item_id, title, owner, state, is_open, overdue, criteria FROM soc2.register_items WHERE register IN ('risk', 'policy');
SELECT register, items, open, overdue, oldest_due_at = '2026-01-01' AS oldest FROM soc2.register_status WHERE register IN ('risk', 'vendor') ORDER BY 1, 2;
SELECT state, register_items, overdue_items, ways > 1 AS ways FROM soc2.readiness WHERE code = 'CC3.2' AND framework = 'tsc';
\c - regress_soc2_second
SELECT soc2.take_step('risk', 'R-1', 'accepted');
SELECT soc2.review_item('risk', 'R-1', 'as before', '2026-06-01') IS NOT NULL AS reviewed;
SELECT soc2.review_item('risk', 'R-1', ''); --fail
SELECT soc2.review_item('risk', 'R-9', 'x'); --fail
SELECT soc2.review_item('item_review', 'R-9', 'x'); --fail
SELECT due_at = '2026-06-01' AS due FROM soc2.risks;
-- what was accepted is not another risk afterwards, unless it is assessed again
\c - regress_soc2_keeper
UPDATE soc2.risks SET residual_impact = 5; --fail
UPDATE soc2.risks SET plan = 'none'; --fail
UPDATE soc2.risks SET description = 'in the cellar', owner = 'Bob';
BEGIN;
UPDATE soc2.risks SET state = 'assessed', impact = 5 RETURNING state, assessed_by;
ROLLBACK;
\c - regress_soc2_second
SELECT item_id, conclusion, reviewed_by FROM soc2.item_reviews;
SELECT session_role, new_values ->> 'state' AS state FROM soc2.history('soc2.risks', 'R-1');
SELECT r ->> 'state' FROM soc2.as_of('soc2.risks', now()) AS r;

-- an import, as another tool exported it
COPY soc2.vendors (vendor_id, title, owner, state, subservice, data_classes) FROM stdin (FORMAT csv);
V-1,machines,Ada,proposed,carve-out,"{personal,internal}"
V-2,mail,Ada,proposed,,{}
\.
COPY soc2.vendors (vendor_id, title, owner, state) FROM stdin (FORMAT csv); --fail
V-3,approved by nobody,Ada,approved
\.
INSERT INTO soc2.vendors (vendor_id, title, owner, state, subservice) VALUES ('V-4', 'x', 'x', 'proposed', 'out'); --fail
INSERT INTO soc2.vendors (vendor_id, title, owner, state, data_classes) VALUES ('V-4', 'x', 'x', 'proposed', '{secret}'); --fail
UPDATE soc2.vendors SET state = 'approved'; --fail
COPY (SELECT vendor_id, title, owner, state, subservice, data_classes, opened_by FROM soc2.vendors ORDER BY 1) TO stdout (FORMAT csv, HEADER);

-- an asset goes with what proves that its data is gone
INSERT INTO soc2.assets (asset_id, title, owner, state, kind) VALUES ('disk', 'disk', 'Ada', 'in_use', 'medium');
UPDATE soc2.assets SET state = 'disposed'; --fail
UPDATE soc2.assets SET state = 'disposed', disposal = 'shredded, certificate 17' RETURNING disposed_by;

-- training
INSERT INTO soc2.trainings (training_id, title, owner, state, required_of, every)
VALUES ('T', 'security', 'Ada', 'required', '{Wanda,Bob}', '1 year');
INSERT INTO soc2.training_completions (training_id, person, completed_at) VALUES ('T', 'Wanda', now()), ('T', 'Bob', '2020-01-01');
SELECT person, completed, valid_until > now() AS valid FROM soc2.training_status ORDER BY 1;

-- an event that becomes an incident
\c - regress_soc2_watch
SET TimeZone = 'UTC';
INSERT INTO soc2.security_events (event_id, title, owner, state, source, noticed_at)
VALUES ('E-1', 'odd query', 'Wanda', 'reported', 'server log', '2026-03-27 08:00Z');
UPDATE soc2.security_events SET state = 'incident', judgement = 'data was read'; --fail
UPDATE soc2.security_events SET state = 'event'; --fail
INSERT INTO soc2.incidents (incident_id, title, owner, state, detected_at, began_at, personal_data, notify_within, zone)
VALUES ('I-1', 'data was read', 'Wanda', 'open', '2026-03-27 23:30+01', '2026-03-27 07:00Z', true, '1 day', 'Europe/Berlin')
RETURNING notify_by;
UPDATE soc2.security_events SET state = 'incident', judgement = 'data was read', incident_id = 'I-1' RETURNING judged_by;
SELECT soc2.note_incident('I-1', 'the account was locked', '2026-03-28 01:00Z') IS NOT NULL AS noted;
SELECT soc2.note_incident('I-2', 'x'); --fail
SELECT soc2.note_incident('I-1', ' '); --fail
SELECT soc2.notify_incident('I-1', 'the authority', '2026-03-28 12:00Z', 'file 3') IS NOT NULL AS notified;
SELECT soc2.notify_incident('I-1', NULL); --fail
SELECT soc2.take_step('incident', 'I-1', 'contained'); --fail
SELECT soc2.take_step('incident', 'I-1', 'closed'); --fail
UPDATE soc2.incidents SET state = 'contained', containment = 'locked';
UPDATE soc2.incidents SET state = 'recovered', recovery = 'passwords changed';
UPDATE soc2.incidents SET state = 'closed', root_cause = 'a shared password'; --fail
UPDATE soc2.incidents SET root_cause = 'a shared password', lessons = 'no shared passwords';
SELECT soc2.take_step('incident', 'I-1', 'closed'); --fail
UPDATE soc2.incident_entries SET entry = 'nothing'; --fail
INSERT INTO soc2.incident_entries (incident_id, entry, recorded_by) VALUES ('I-1', 'x', 'x'); --fail
\c - regress_soc2_second
SELECT soc2.take_step('incident', 'I-1', 'closed');
\c - regress_soc2_reader
SET TimeZone = 'UTC';
SELECT incident_id, state, is_open, notify_by, notified_at, notified_late FROM soc2.incident_status;
SELECT what, detail, person, happened_at < '2026-04-01' AS before FROM soc2.incident_timeline('I-1');
SELECT count(*) FROM soc2.incident_timeline('I-2');
\c - regress_soc2_nobody
SELECT soc2.acknowledge_policy('Access "1"', '1.0'); --fail

-- ways: by the criterion, or what the crosswalk relates to it
\c - :me
SET search_path = soc2, public;
SELECT kind, name, via FROM ways('tsc:CC9.2') WHERE kind <> 'check' AND via = 'criterion';
SELECT DISTINCT via FROM ways('tsc:CC9.2') ORDER BY 1;
SELECT count(*) FROM ways(NULL);
-- every criterion of level 2 has one
SELECT c.criterion, c.title FROM criteria AS c
WHERE c.level = 2 AND NOT EXISTS (SELECT FROM ways(c.criterion) AS w WHERE w.via = 'criterion');

SET client_min_messages = warning;
DELETE FROM identities WHERE role_name LIKE 'regress%';
TRUNCATE policies, policy_versions, policy_acknowledgements, risks, item_reviews, vendors, assets, trainings,
    training_completions, security_events, incidents, incident_entries, incident_notifications;
DROP ROLE regress_soc2_keeper, regress_soc2_second, regress_soc2_watch, regress_soc2_reader, regress_soc2_nobody;
