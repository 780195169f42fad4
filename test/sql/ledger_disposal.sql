-- Retention of ledgers.  Proves that a plan for a ledger takes the first rows of each
-- lane, as far as they were sealed, may go by retention, holds and expires_at, and
-- are not the last; that what stands behind a row that stays is blocked, and goes
-- once that is gone; that the ledger verifies afterwards, and that nobody else can
-- delete anything.

\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_lane_planner IN ROLE soc2_admin;
CREATE ROLE regress_lane_keeper IN ROLE soc2_custodian;
CREATE ROLE regress_lane_keeper2 IN ROLE soc2_custodian;
CREATE SCHEMA regress_lane;
GRANT USAGE ON SCHEMA regress_lane TO PUBLIC;
SET search_path = regress_lane;
SELECT soc2.create_retention_class('lane-5y', '5 years', 'Contract 7') AS class;
SELECT soc2.open_matter('Lane', 'LA-1');
CREATE TABLE note (id integer PRIMARY KEY, at date, expires_at timestamptz);
SELECT soc2.create_ledger('note') IS NOT NULL AS created;
INSERT INTO note SELECT n, CASE WHEN n = 8 THEN current_date ELSE '2001-01-01' END,
    CASE WHEN n = 10 THEN 'infinity' ELSE timestamptz '2002-01-01' END FROM generate_series(1, 12) AS n;
SELECT soc2.set_retention('note', 'lane-5y', 'at');

-- What is not sealed stays
SET SESSION AUTHORIZATION regress_lane_planner;
SELECT soc2.plan_disposal('note') AS plan \gset
SELECT rows, held, blocked FROM soc2.disposal_progress WHERE plan_id = :plan;
RESET SESSION AUTHORIZATION;
SELECT size FROM soc2.seal('note');
SET SESSION AUTHORIZATION regress_lane_planner;
SELECT soc2.plan_disposal('note') AS plan \gset
SELECT rows, held, blocked FROM soc2.disposal_progress WHERE plan_id = :plan;
SELECT last_seq, rows FROM soc2.disposal_lanes WHERE plan_id = :plan;
SET SESSION AUTHORIZATION regress_lane_keeper;
SELECT soc2.approve_disposal(:plan);
-- a row of it is held by now
SELECT soc2.place_hold('LA-1', 'note', 'id = 5') > 0 AS held;
CALL soc2.run_disposal(:plan);
SELECT state, rows, destroyed, batches FROM soc2.disposal_progress WHERE plan_id = :plan;
SELECT level, reached, detail FROM soc2.verify_disposal(:plan) WHERE level = 'L1';
SELECT c ->> 'method' AS method, c #> '{rows,destroyed}' AS destroyed, c #> '{set_hash,equal}' AS equal FROM soc2.certificate(:plan) AS c;
SELECT soc2.was_disposed(:plan, '4') AS four, soc2.was_disposed(:plan, '5') AS five;
RESET SESSION AUTHORIZATION;
SELECT array_agg(id ORDER BY id) FROM note;
SELECT * FROM soc2.verify_ledger('note');
DELETE FROM note WHERE id = 5; -- fail
DELETE FROM note WHERE id = 6; -- fail

-- The hold is over: what was behind it goes too, up to what is retained; by steps
SELECT soc2.release_hold(hold_id, 'over', '0') IS NOT NULL AS released FROM soc2.holds_active WHERE matter_ref = 'LA-1' ORDER BY hold_id;
INSERT INTO note SELECT n, '2001-01-01', '2002-01-01' FROM generate_series(13, 400) AS n;
SELECT size FROM soc2.seal('note');
SET SESSION AUTHORIZATION regress_lane_planner;
SELECT soc2.plan_disposal('note') AS plan \gset
SELECT rows, held, blocked FROM soc2.disposal_progress WHERE plan_id = :plan;
SET SESSION AUTHORIZATION regress_lane_keeper;
SELECT soc2.approve_disposal(:plan);
CALL soc2.run_disposal(:plan);
SELECT c #> '{rows,destroyed}' AS destroyed, c #> '{set_hash,equal}' AS equal, c #> '{verification,0,reached}' AS l1 FROM soc2.certificate(:plan) AS c;
RESET SESSION AUTHORIZATION;
SELECT min(id) FROM note;
SELECT p.last_seq, p.reason = 'disposal plan ' || :'plan' AS reason, e.kind FROM soc2.ledger_prunes AS p
JOIN soc2.ledgers AS l ON l.ledger_id = p.ledger_id JOIN soc2.evidence AS e ON e.evidence_id = p.evidence_id
WHERE l.relation = 'note'::regclass ORDER BY p.last_seq DESC LIMIT 1;

-- Many rows, without a column expires_at: some at a time, but for the last of the lane
CREATE TABLE entry (id integer PRIMARY KEY, at date);
SELECT soc2.create_ledger('entry') IS NOT NULL AS created;
INSERT INTO entry SELECT n, '2001-01-01' FROM generate_series(1, 250) AS n;
SELECT soc2.set_retention('entry', 'lane-5y', 'at');
SELECT size FROM soc2.seal('entry');
SET SESSION AUTHORIZATION regress_lane_planner;
SELECT soc2.plan_disposal('entry') AS plan \gset
SET SESSION AUTHORIZATION regress_lane_keeper;
SELECT soc2.approve_disposal(:plan);
CALL soc2.run_disposal(:plan, batch_pages => 1, max_duration => '0');
SELECT state, rows, destroyed, batches FROM soc2.disposal_progress WHERE plan_id = :plan;
CALL soc2.run_disposal(:plan, batch_pages => 1);
SELECT state, rows, destroyed, blocked, batches FROM soc2.disposal_progress WHERE plan_id = :plan;
SELECT c #> '{set_hash,equal}' AS equal, c #> '{verification,0,reached}' AS l1 FROM soc2.certificate(:plan) AS c;
RESET SESSION AUTHORIZATION;
SELECT array_agg(id) FROM entry;
SELECT * FROM soc2.verify_ledger('entry');
SELECT * FROM soc2.verify_ledger('note');
SELECT * FROM soc2.verify_ledger('soc2.evidence');

-- A lane goes through all partitions, in which columns may stand in another order
CREATE TABLE part (id integer, at date, note text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE "Part ""1" PARTITION OF part FOR VALUES FROM (0) TO (10);
CREATE TABLE part_2 (gone integer, note text, at date, id integer NOT NULL);
ALTER TABLE part_2 DROP COLUMN gone;
ALTER TABLE part ATTACH PARTITION part_2 FOR VALUES FROM (10) TO (20);
CREATE TABLE part_3 PARTITION OF part FOR VALUES FROM (20) TO (30);
SELECT soc2.create_ledger('part') IS NOT NULL AS created;
-- 1, 10, 2, 11 and so on; 14 is retained, and what follows stands behind it
INSERT INTO part
SELECT n / 2 + 10 * (n % 2) + 1 - n % 2, CASE n WHEN 9 THEN current_date ELSE '2001-01-01' END, 'n' || n FROM generate_series(0, 13) AS n;
SELECT soc2.set_retention('part', 'lane-5y', 'at');
SELECT size FROM soc2.seal('part');
SELECT soc2.place_hold('LA-1', 'part_2', 'id = 12') > 0 AS held;
SET SESSION AUTHORIZATION regress_lane_planner;
SELECT soc2.plan_disposal('part') AS plan \gset
SELECT rows, held, blocked FROM soc2.disposal_progress WHERE plan_id = :plan;
SELECT relation_name, rows, whole, soc2.is_ledger(relation) AS ledger FROM soc2.disposal_targets WHERE plan_id = :plan ORDER BY 1;
SET SESSION AUTHORIZATION regress_lane_keeper;
SELECT soc2.approve_disposal(:plan);
CALL soc2.run_disposal(:plan);
SELECT soc2.release_hold(hold_id, 'over', '0') IS NOT NULL AS released FROM soc2.holds_active WHERE matter_ref = 'LA-1' ORDER BY hold_id;
SELECT soc2.plan_disposal('part') AS next \gset
SELECT relation_name, rows FROM soc2.disposal_targets WHERE plan_id = :next ORDER BY 1;
RESET SESSION AUTHORIZATION;
SELECT tableoid::regclass, id, ledger_seq FROM part ORDER BY ledger_seq;
SET SESSION AUTHORIZATION regress_lane_planner;
SELECT soc2.approve_disposal(:next); -- fail
SET SESSION AUTHORIZATION regress_lane_keeper2;
SELECT soc2.approve_disposal(:next);
CALL soc2.run_disposal(:next);
SELECT state, rows, destroyed, blocked, batches FROM soc2.disposal_progress WHERE plan_id = :next;
SELECT relation_name, method, rows FROM soc2.disposal_batches WHERE plan_id = :next;
SELECT c ->> 'table' AS "table", c ->> 'method' AS method, c #> '{rows,destroyed}' AS destroyed, c #> '{set_hash,equal}' AS equal,
    c #> '{verification,0}' AS l1, jsonb_array_length(c #> '{medium,tables}') AS tables FROM soc2.certificate(:next) AS c;
SELECT soc2.was_disposed(:next, '12') AS twelve, soc2.was_disposed(:next, '13') AS thirteen, soc2.was_disposed(:next, '15') AS fifteen;
RESET SESSION AUTHORIZATION;
SELECT tableoid::regclass, id, ledger_seq FROM part ORDER BY ledger_seq;
SELECT * FROM soc2.verify_ledger('part');
DELETE FROM part_2 WHERE id = 15; -- fail

SELECT soc2.create_retention_class('lane-anonymous', '5 years', 'Policy 9', method => 'anonymize') AS class;
CREATE TABLE person (id integer PRIMARY KEY, at date, name text);
SELECT soc2.create_ledger('person') IS NOT NULL AS created;
SELECT soc2.set_retention('person', 'lane-anonymous', 'at');
SELECT soc2.plan_disposal('person'); -- fail

ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
DROP SCHEMA regress_lane CASCADE;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
DROP OWNED BY regress_lane_planner, regress_lane_keeper, regress_lane_keeper2;
DROP ROLE regress_lane_planner, regress_lane_keeper, regress_lane_keeper2;
