-- Disposal.  Proves that rows are told apart by what may become of them; that a
-- plan destroys the rows it was approved for and none else: not those held since,
-- written since, or referred to; that it takes somebody else's approval, is used
-- once, and is refused when it expired or the policy changed; that triggers of the
-- table run as its owner; that partitions that go as a whole are dropped, unless
-- they changed; and that the certificate and the hashes of keys tell what went.

\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_disposal_owner;
CREATE ROLE regress_disposal_planner IN ROLE soc2_admin;
CREATE ROLE regress_disposal_keeper IN ROLE soc2_custodian;
CREATE ROLE regress_disposal_keeper2 IN ROLE soc2_custodian;
CREATE ROLE regress_disposal_auditor IN ROLE soc2_auditor;
CREATE SCHEMA regress_disposal AUTHORIZATION regress_disposal_owner;
GRANT USAGE ON SCHEMA regress_disposal TO PUBLIC;
GRANT USAGE ON SCHEMA soc2 TO regress_disposal_owner;
SET search_path = regress_disposal;
SET timezone = 'UTC';
SELECT soc2.create_retention_class('disposal-5y', '5 years', 'Contract 7', max_retain => '10 years') AS class;
SELECT soc2.open_matter('Disposal', 'D-1');
SET SESSION AUTHORIZATION regress_disposal_owner;
CREATE TABLE ticket (id integer PRIMARY KEY, closed date, kind text);
INSERT INTO ticket VALUES (1, '2001-01-01', 'a'), (2, '2001-01-01', 'held'), (3, current_date, 'a'),
    (4, NULL, 'a'), (5, '2001-01-01', NULL), (6, '2001-01-01', 'a'), (7, current_date - 2500, 'a'),
    (8, '9000-01-01', 'a'), (9, 'infinity', 'a');
SELECT soc2.set_retention('ticket', 'disposal-5y', 'closed', predicate => 'kind IS NOT NULL');
CREATE TABLE seen (who text, old integer);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO regress_disposal.seen VALUES (current_user, OLD.id); RETURN OLD; END';
CREATE TRIGGER a_note BEFORE DELETE ON ticket FOR EACH ROW EXECUTE FUNCTION note();
RESET SESSION AUTHORIZATION;

--
-- What is due
--
SET SESSION AUTHORIZATION regress_disposal_keeper;
SELECT soc2.place_hold('D-1', 'ticket', $$kind = 'held'$$) > 0 AS held;
SELECT * FROM soc2.retention_status('ticket');
SELECT * FROM soc2.disposal_overdue() WHERE relation = 'regress_disposal.ticket';
SELECT * FROM soc2.simulate_retention('ticket', min_retain => '30 years');
SELECT * FROM soc2.simulate_retention('ticket', min_retain => '0', max_retain => '6 years');
SELECT * FROM soc2.simulate_retention('ticket', min_retain => '-1 year'); -- fail
SELECT * FROM soc2.retention_status('seen'); -- fail
SELECT * FROM soc2.retention_status(NULL); -- fail
SET SESSION AUTHORIZATION regress_disposal_owner;
SELECT * FROM soc2.retention_status('ticket'); -- fail
SELECT soc2.plan_disposal('ticket'); -- fail
RESET SESSION AUTHORIZATION;

--
-- A plan, and who approves it
--
SET SESSION AUTHORIZATION regress_disposal_planner;
SELECT soc2.plan_disposal('seen'); -- fail
SELECT soc2.plan_disposal('ticket', approvals => 0); -- fail
SELECT soc2.plan_disposal('ticket', 'yearly', approvals => 2) AS plan \gset
SELECT state, rows, destroyed, held, blocked, approved, approvals FROM soc2.disposal_progress WHERE plan_id = :plan;
SELECT soc2.approve_disposal(:plan); -- fail
CALL soc2.run_disposal(:plan); -- fail
SET SESSION AUTHORIZATION regress_disposal_keeper;
SELECT soc2.plan_disposal('ticket') AS own \gset
SELECT soc2.approve_disposal(:own); -- fail
SELECT soc2.approve_disposal(0); -- fail
SELECT soc2.revoke_disposal(:own, ' '); -- fail
SELECT soc2.revoke_disposal(:own, 'not needed');
SELECT soc2.revoke_disposal(:own, 'again'); -- fail
SELECT soc2.approve_disposal(:plan, 'looks right');
SELECT soc2.approve_disposal(:plan); -- fail
CALL soc2.run_disposal(:plan); -- fail
SET SESSION AUTHORIZATION regress_disposal_keeper2;
SELECT soc2.approve_disposal(:plan);
SELECT soc2.approve_disposal(:plan); -- fail

--
-- A run takes the rows of the plan, as far as nothing came in between
--
RESET SESSION AUTHORIZATION;
INSERT INTO ticket VALUES (10, '2001-01-01', 'late');
UPDATE ticket SET kind = 'b' WHERE id = 7;
VACUUM (FREEZE) ticket; -- does not make the late one old
SET SESSION AUTHORIZATION regress_disposal_keeper;
SELECT soc2.place_hold('D-1', 'ticket', 'id = 6') > 0 AS held;
BEGIN;
CALL soc2.run_disposal(:plan); -- fail
ROLLBACK;
CALL soc2.run_disposal(:plan, batch_pages => 0); -- fail
CALL soc2.run_disposal(:plan, max_wal => 'much'); -- fail
CALL soc2.run_disposal(:plan, max_lag => 'little'); -- fail
RESET SESSION AUTHORIZATION;
SET session_replication_role = replica;
CALL soc2.run_disposal(:plan); -- fail
RESET session_replication_role;
BEGIN;
UPDATE pg_trigger SET tgenabled = 'D' WHERE tgrelid = 'ticket'::regclass AND tgname = 'soc2_retention_delete';
ALTER TABLE ticket SET (fillfactor = 90);
SELECT soc2.dispose_batch(:plan, 1, '1 s'); -- fail
ROLLBACK;
SELECT soc2.certificate(:plan); -- fail
SET SESSION AUTHORIZATION regress_disposal_planner;
CALL soc2.run_disposal(:plan);
CALL soc2.run_disposal(:plan); -- fail
SELECT state, rows, destroyed, batches FROM soc2.disposal_progress WHERE plan_id = :plan;
SELECT level, reached FROM soc2.verify_disposal(:plan) WHERE level IN ('L1', 'L5', 'L6');
SELECT detail FROM soc2.verify_disposal(:plan) WHERE level = 'L1';
SELECT c -> 'rows' AS rows, c #> '{set_hash,equal}' AS equal, c ->> 'method' AS method, c ->> 'level' AS level,
    c ->> 'state' AS state, jsonb_array_length(c -> 'approved_by') AS approved_by
FROM soc2.certificate(:plan) AS c;
SELECT n, soc2.was_disposed(:plan, n::text) FROM generate_series(1, 10) AS n;
-- who made or ran the plan does not judge it
SELECT soc2.validate_disposal(:plan, 'effective', 'seen'); -- fail
SET SESSION AUTHORIZATION regress_disposal_keeper;
SELECT soc2.validate_disposal(:plan, 'perfect', 'seen'); -- fail
SELECT soc2.validate_disposal(:plan, 'effective', ' '); -- fail
SET SESSION AUTHORIZATION regress_disposal_keeper2;
SELECT soc2.validate_disposal(:own, 'effective', 'seen'); -- fail
SET SESSION AUTHORIZATION regress_disposal_keeper;
SELECT soc2.validate_disposal(:plan, 'insufficient', 'no VACUUM yet');
SELECT soc2.validate_disposal(:plan, 'effective', 'enough');
SELECT v -> 'validated_by' AS by, v -> 'conclusion' AS conclusion, v -> 'comment' AS comment, v -> 'level' AS level
FROM soc2.certificate(:plan) AS c, jsonb_array_elements(c -> 'validation') AS v;
SET SESSION AUTHORIZATION regress_disposal_planner;
SELECT soc2.was_disposed(:plan, '1', '2'); -- fail
SELECT soc2.was_disposed(:plan, 'x'); -- fail
SELECT soc2.was_disposed(0, '1') IS NULL AS unknown;
SELECT key FROM soc2.disposal_keys; -- fail
RESET SESSION AUTHORIZATION;
SELECT id, kind FROM ticket ORDER BY id;
SELECT * FROM seen ORDER BY old;
SELECT payload ->> 'action' AS action, payload ->> 'rows' AS rows FROM soc2.evidence
WHERE kind = 'disposal' AND payload ->> 'plan' = :'plan' ORDER BY ledger_lane, ledger_seq;

--
-- What ends a plan
--
SET SESSION AUTHORIZATION regress_disposal_planner;
SELECT soc2.plan_disposal('ticket') AS plan \gset
SET SESSION AUTHORIZATION regress_disposal_keeper;
SELECT soc2.approve_disposal(:plan);
RESET SESSION AUTHORIZATION;
BEGIN;
UPDATE soc2.disposal_plans SET expires_at = now() - interval '1 day' WHERE plan_id = :plan;
SELECT soc2.dispose_batch(:plan, 1, '1 s'); -- fail
ROLLBACK;
BEGIN;
UPDATE soc2.disposal_plans SET system_identifier = 1 WHERE plan_id = :plan;
SELECT soc2.dispose_batch(:plan, 1, '1 s'); -- fail
ROLLBACK;
BEGIN;
ALTER TABLE ticket RENAME TO tickets;
SELECT soc2.dispose_batch(:plan, 1, '1 s'); -- fail
ROLLBACK;
BEGIN;
SELECT soc2.revise_retention_class('disposal-5y', '6 years', 'Contract 8', max_retain => '10 years');
SELECT soc2.dispose_batch(:plan, 1, '1 s'); -- fail
ROLLBACK;
-- what is new is only reported for a day
BEGIN;
SET LOCAL soc2.disposal_delay = '1d';
SELECT first_run_not_before = (SELECT greatest(assigned_at, created_at) + interval '24 hours'
    FROM soc2.retention_assignments JOIN soc2.retention_classes USING (class) WHERE relation = 'ticket'::regclass) AS waits
FROM soc2.disposal_progress WHERE plan_id = :plan;
SELECT soc2.plan_disposal('ticket') > 0 AS planned;
SELECT soc2.first_run_not_before('seen') IS NULL AS never;
SELECT soc2.dispose_batch(:plan, 1, '1 s'); -- fail
ROLLBACK;
SET SESSION AUTHORIZATION regress_disposal_keeper;
SET soc2.disposal_delay = 0; -- fail
RESET SESSION AUTHORIZATION;
-- another timeline, until somebody says that it is known
BEGIN;
UPDATE soc2.disposal_plans SET timeline = 0 WHERE plan_id = :plan;
SAVEPOINT paused;
SELECT soc2.plan_disposal('ticket'); -- fail
ROLLBACK TO paused;
SELECT soc2.dispose_batch(:plan, 1, '1 s'); -- fail
ROLLBACK TO paused;
SELECT soc2.acknowledge_restore('test');
SELECT soc2.dispose_batch(:plan, 1, '1 s');
SELECT soc2.acknowledge_restore('again'); -- fail
ROLLBACK;
-- a trigger that keeps what the guard let go
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER z_keep BEFORE DELETE ON ticket FOR EACH ROW EXECUTE FUNCTION keep();
CALL soc2.run_disposal(:plan); -- fail
DROP TRIGGER z_keep ON ticket;
-- one step, and the rest later
CALL soc2.run_disposal(:plan, max_duration => '0');
SELECT state, destroyed FROM soc2.disposal_progress WHERE plan_id = :plan;
CALL soc2.run_disposal(:plan);
SELECT state, rows, destroyed FROM soc2.disposal_progress WHERE plan_id = :plan;

--
-- Rows that others refer to
--
CREATE TABLE parent (id integer PRIMARY KEY, closed date, up integer REFERENCES parent);
CREATE TABLE strict_child (id integer REFERENCES parent);
CREATE TABLE free_child (id integer REFERENCES parent ON DELETE CASCADE);
CREATE TABLE kept_child (id integer REFERENCES parent ON DELETE CASCADE, closed date, PRIMARY KEY (id));
CREATE TABLE null_child (id integer REFERENCES parent ON DELETE SET NULL);
CREATE TABLE grandchild (id integer REFERENCES kept_child);
INSERT INTO parent SELECT n, '2001-01-01' FROM generate_series(1, 9) AS n;
UPDATE parent SET up = CASE id WHEN 1 THEN 1 WHEN 3 THEN 2 END WHERE id IN (1, 3);
INSERT INTO strict_child VALUES (4);
INSERT INTO free_child VALUES (5);
INSERT INTO kept_child VALUES (6, current_date), (7, '2001-01-01'), (8, '2001-01-01');
INSERT INTO grandchild VALUES (8);
INSERT INTO null_child VALUES (9);
SELECT soc2.set_retention('parent', 'disposal-5y', 'closed');
SELECT soc2.set_retention('kept_child', 'disposal-5y', 'closed');
SET SESSION AUTHORIZATION regress_disposal_planner;
SELECT soc2.plan_disposal('parent') AS plan \gset
SELECT rows, blocked FROM soc2.disposal_progress WHERE plan_id = :plan;
SELECT blockers FROM soc2.disposal_plans WHERE plan_id = :plan;
SET SESSION AUTHORIZATION regress_disposal_keeper;
SELECT soc2.approve_disposal(:plan);
CALL soc2.run_disposal(:plan, max_lag => NULL);
SELECT soc2.certificate(:plan) IS NOT NULL AS certified;
SELECT soc2.validate_disposal(:plan, 'effective', 'ran it myself'); -- fail
SET SESSION AUTHORIZATION regress_disposal_planner;
SELECT soc2.validate_disposal(:plan, 'effective', 'planned it myself'); -- fail
SET SESSION AUTHORIZATION regress_disposal_keeper;
SELECT destroyed, batches FROM soc2.disposal_progress WHERE plan_id = :plan;
SELECT detail FROM soc2.verify_disposal(:plan) WHERE level = 'L1';
RESET SESSION AUTHORIZATION;
SELECT array_agg(id ORDER BY id) FROM parent;
SELECT array_agg(id ORDER BY id) FROM kept_child;
SELECT count(*) FROM free_child;
SELECT id FROM null_child;

--
-- Partitions
--
CREATE TABLE log (id integer, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE log_2001 PARTITION OF log FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
CREATE TABLE log_2002 PARTITION OF log FOR VALUES FROM ('2002-01-01') TO ('2003-01-01');
CREATE TABLE log_2003 PARTITION OF log FOR VALUES FROM ('2003-01-01') TO ('2004-01-01');
CREATE TABLE log_2004 PARTITION OF log FOR VALUES FROM ('2004-01-01') TO ('2005-01-01');
CREATE TABLE log_rest PARTITION OF log DEFAULT;
INSERT INTO log SELECT n, date '2001-06-01' + n * 365 FROM generate_series(0, 3) AS n, generate_series(1, 1);
INSERT INTO log VALUES (10, '2006-01-01'), (11, current_date);
CREATE VIEW log_view AS SELECT id FROM log_2004;
SELECT soc2.set_retention('log', 'disposal-5y', 'at');
SELECT soc2.place_hold('D-1', 'log', 'id = 2') > 0 AS held;
SET SESSION AUTHORIZATION regress_disposal_planner;
SELECT soc2.plan_disposal('log_2001'); -- fail
SELECT soc2.plan_disposal('log') AS plan \gset
SELECT rows, held FROM soc2.disposal_progress WHERE plan_id = :plan;
SELECT relation_name, rows, whole FROM soc2.disposal_targets WHERE plan_id = :plan ORDER BY 1;
SET SESSION AUTHORIZATION regress_disposal_keeper;
SELECT soc2.approve_disposal(:plan);
RESET SESSION AUTHORIZATION;
INSERT INTO log VALUES (20, '2002-01-01');
SET SESSION AUTHORIZATION regress_disposal_keeper;
CALL soc2.run_disposal(:plan);
SELECT batch, relation_name, method, rows FROM soc2.disposal_batches WHERE plan_id = :plan ORDER BY batch;
SELECT soc2.was_disposed(:plan, '0', '2001-06-01') AS dropped, soc2.was_disposed(:plan, '10', '2006-01-01') AS deleted,
    soc2.was_disposed(:plan, '2', '2003-06-01') AS held;
SELECT c -> 'rows' AS rows, c #> '{set_hash,equal}' AS equal, c ->> 'method' AS method FROM soc2.certificate(:plan) AS c;
RESET SESSION AUTHORIZATION;
SELECT tableoid::regclass AS partition, id FROM log ORDER BY id;
SELECT to_regclass('log_2001') IS NULL AS dropped;
SELECT * FROM soc2.verify_ledger('soc2.evidence');

SET client_min_messages = warning;
SELECT soc2.release_hold(hold_id, 'over', '0') IS NOT NULL AS released FROM soc2.holds_active WHERE matter_ref = 'D-1' ORDER BY hold_id;
GRANT soc2_bypass TO CURRENT_USER;
BEGIN;
SET LOCAL soc2.bypass = 'end of the test';
DROP SCHEMA regress_disposal CASCADE;
COMMIT;
REVOKE soc2_bypass FROM CURRENT_USER;
DROP OWNED BY regress_disposal_owner, regress_disposal_planner, regress_disposal_keeper, regress_disposal_keeper2, regress_disposal_auditor;
DROP ROLE regress_disposal_owner, regress_disposal_planner, regress_disposal_keeper, regress_disposal_keeper2, regress_disposal_auditor;
