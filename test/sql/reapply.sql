-- Rows that were disposed of and are back.  Proves that they are known again by an
-- export, or by what the tables of the extension tell, and no others; that they are
-- destroyed by a plan of their own, if retention and holds let them go, and other
-- rows that are due are left to plans of theirs; that what cannot be looked for is
-- told; and when backups count as clear of a disposal.

\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_reapply_planner IN ROLE soc2_admin;
CREATE ROLE regress_reapply_keeper IN ROLE soc2_custodian;
CREATE SCHEMA regress_reapply;
GRANT USAGE ON SCHEMA regress_reapply TO PUBLIC;
SET search_path = regress_reapply;
SET timezone = 'UTC';
SELECT soc2.create_retention_class('reapply-5y', '5 years', 'Contract 7') AS class;
SELECT soc2.open_matter('Reapply', 'RA-1');
CREATE TABLE "Odd ""ticket" (id integer, "no." text, closed date, PRIMARY KEY ("no.", id));
INSERT INTO "Odd ""ticket" SELECT n, 'x' || n, '2001-01-01' FROM generate_series(1, 6) AS n;
SELECT soc2.set_retention('"Odd ""ticket"', 'reapply-5y', 'closed');
CREATE TABLE log (id integer, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE log_2001 PARTITION OF log FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
CREATE TABLE log_rest PARTITION OF log DEFAULT;
INSERT INTO log VALUES (1, '2001-06-01'), (2, '2001-06-01'), (3, '2005-01-01'), (4, current_date);
SELECT soc2.set_retention('log', 'reapply-5y', 'at');
CREATE TABLE dropped (id integer PRIMARY KEY, at date);
INSERT INTO dropped VALUES (1, '2001-01-01');
SELECT soc2.set_retention('dropped', 'reapply-5y', 'at');
CREATE TABLE rekeyed (id integer PRIMARY KEY, at date);
INSERT INTO rekeyed VALUES (1, '2001-01-01');
SELECT soc2.set_retention('rekeyed', 'reapply-5y', 'at');

-- Dispose of what is due in all of them; another table is not exported
SELECT now() AS since \gset
SET SESSION AUTHORIZATION regress_reapply_planner;
SELECT soc2.plan_disposal('"Odd ""ticket"') AS ticket_plan, soc2.plan_disposal('log') AS log_plan,
    soc2.plan_disposal('dropped') AS dropped_plan, soc2.plan_disposal('rekeyed') AS rekeyed_plan \gset
SET SESSION AUTHORIZATION regress_reapply_keeper;
SELECT soc2.approve_disposal(p) FROM unnest(ARRAY[:ticket_plan, :log_plan, :dropped_plan, :rekeyed_plan]) AS p;
CALL soc2.run_disposal(:ticket_plan);
CALL soc2.run_disposal(:log_plan);
CALL soc2.run_disposal(:dropped_plan);
CALL soc2.run_disposal(:rekeyed_plan);
SELECT count(*) AS nothing_later FROM soc2.export_disposals('infinity');
SELECT e ->> 'format' AS format, e ->> 'table' AS "table", e ->> 'rows' AS rows, e -> 'key_columns' AS key_columns,
    length(decode(e ->> 'hashes', 'base64')) AS bytes
FROM soc2.export_disposals(:'since') AS e ORDER BY e -> 'plan', e -> 'batch';
SELECT jsonb_agg(e) AS list FROM soc2.export_disposals(:'since') AS e \gset
SET SESSION AUTHORIZATION regress_reapply_planner;
SELECT soc2.export_disposals(); -- fail
SELECT key FROM soc2.disposal_reapplied; -- fail
RESET SESSION AUTHORIZATION;
SELECT payload ->> 'action' AS action, payload ->> 'batches' AS batches, recorded_by FROM soc2.evidence
WHERE kind = 'disposal' AND payload ->> 'action' = 'exported' ORDER BY recorded_at DESC LIMIT 1;

-- Nothing is back
SELECT source_plan - :ticket_plan AS source, listed, back, plan, problem
FROM soc2.reapply_disposals(:'list') ORDER BY 1;

-- A restore of the tables: rows come back, among others that are due or are not.  Of
-- those that are back, one is held, and one got a date that retains it.
INSERT INTO "Odd ""ticket" SELECT n, 'x' || n, '2001-01-01' FROM generate_series(1, 10) AS n;
UPDATE "Odd ""ticket" SET closed = current_date WHERE id = 2;
CREATE TABLE log_2001 PARTITION OF log FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
INSERT INTO log VALUES (1, '2001-06-01'), (2, '2001-06-01'), (3, '2005-01-01'), (5, '2005-01-01');
DROP TABLE dropped;
ALTER TABLE rekeyed DROP CONSTRAINT rekeyed_pkey, ADD PRIMARY KEY (id, at);
INSERT INTO rekeyed VALUES (1, '2001-01-01');
SET SESSION AUTHORIZATION regress_reapply_keeper;
SELECT soc2.place_hold('RA-1', '"Odd ""ticket"', 'id = 3') > 0 AS held;
SET SESSION AUTHORIZATION regress_reapply_planner;
SELECT * FROM soc2.reapply_disposals('[1]'); -- fail
SELECT * FROM soc2.reapply_disposals('{"format": "other"}'); -- fail
SELECT * FROM soc2.reapply_disposals(:'list'::jsonb -> 0 || '{"hashes": "AAAA"}'); -- fail
CREATE TEMP TABLE found AS SELECT * FROM soc2.reapply_disposals(:'list', 'restored from the backup of Sunday');
SELECT relation, source_plan - :ticket_plan AS source, listed, back, due, held, retained, plan IS NOT NULL AS planned, problem
FROM found ORDER BY 1;
SELECT plan AS again FROM found WHERE source_plan = :ticket_plan \gset
SELECT plan AS log_again FROM found WHERE source_plan = :log_plan \gset
SELECT rows, held, state FROM soc2.disposal_progress WHERE plan_id = :again;
SELECT relation_name, rows, whole FROM soc2.disposal_targets WHERE plan_id = :log_again ORDER BY 1;
SET SESSION AUTHORIZATION regress_reapply_keeper;
SELECT soc2.approve_disposal(:again), soc2.approve_disposal(:log_again);
CALL soc2.run_disposal(:again);
CALL soc2.run_disposal(:log_again);
SELECT level, reached, detail FROM soc2.verify_disposal(:again) WHERE level = 'L1';
SELECT jsonb_path_query_array(c, '$.reapplied[*].listed') AS listed, jsonb_path_query_array(c, '$.reapplied[*].back') AS back,
    c #> '{rows,destroyed}' AS destroyed, c #> '{set_hash,equal}' AS equal, c #>> '{reapplied,0,plan}' = :'ticket_plan' AS source
FROM soc2.certificate(:again) AS c;
SELECT c -> 'reapplied' AS reapplied FROM soc2.certificate(:ticket_plan) AS c;
RESET SESSION AUTHORIZATION;
SELECT id, closed = current_date AS today FROM "Odd ""ticket" ORDER BY id;
SELECT id FROM log ORDER BY id;
SELECT to_regclass('log_2001') IS NULL AS dropped;

-- What the tables of the extension tell finds the same: one more row came back
INSERT INTO "Odd ""ticket" VALUES (4, 'x4', '2001-01-01');
SELECT relation, listed, back, due, held, retained, plan IS NOT NULL AS planned
FROM soc2.reapply_disposals() WHERE relation LIKE 'regress_reapply.%ticket%' ORDER BY source_plan;
SELECT soc2.sort_key_hashes('\x00'); -- fail
SELECT * FROM soc2.find_disposed('log', '{id,at}', ARRAY['\x01'::bytea], '{}', false); -- fail
SELECT * FROM soc2.find_disposed('log', '{id,at}', ARRAY['\x01'::bytea], ARRAY[decode(repeat('02', 16) || repeat('01', 16), 'hex')], false); -- fail

-- When backups are clear of it
SET SESSION AUTHORIZATION regress_reapply_planner;
SELECT soc2.record_clearance(:ticket_plan, '9000-01-01', 'kept for ever'); -- fail
SET SESSION AUTHORIZATION regress_reapply_keeper;
SELECT soc2.record_clearance(:ticket_plan, '2001-01-01', 'before it'); -- fail
SELECT soc2.record_clearance(:ticket_plan, NULL, 'never'); -- fail
SELECT soc2.record_clearance(:ticket_plan, '9000-01-01', ''); -- fail
SELECT soc2.record_clearance(:ticket_plan, '9000-01-01', 'kept for ever');
SELECT reached, detail LIKE '%the last one will be gone on 9000-01-01, as regress_reapply_keeper said' AS said
FROM soc2.verify_disposal(:ticket_plan) WHERE level = 'L5';
SELECT soc2.record_clearance(:ticket_plan, (now() AT TIME ZONE 'UTC')::date, 'all were deleted');
SELECT reached FROM soc2.verify_disposal(:ticket_plan) WHERE level = 'L5';
SELECT c #> '{backups,reached}' AS reached FROM soc2.certificate(:ticket_plan) AS c;
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT soc2.record_backup('regress_reapply', '2001-01-01') IS NOT NULL AS recorded;
SELECT soc2.record_backup_test('regress_reapply', true) IS NOT NULL AS tested;
SELECT reached, detail LIKE '%1 of them were tested since%' AS said FROM soc2.verify_disposal(:ticket_plan) WHERE level = 'L5';
ROLLBACK;
SELECT * FROM soc2.verify_ledger('soc2.evidence');

SELECT soc2.release_hold(hold_id, 'over', '0') IS NOT NULL AS released FROM soc2.holds_active WHERE matter_ref = 'RA-1' ORDER BY hold_id;
GRANT soc2_bypass TO CURRENT_USER;
BEGIN;
SET LOCAL soc2.bypass = 'end of the test';
DROP SCHEMA regress_reapply CASCADE;
COMMIT;
REVOKE soc2_bypass FROM CURRENT_USER;
DROP TABLE found;
DROP OWNED BY regress_reapply_planner, regress_reapply_keeper;
DROP ROLE regress_reapply_planner, regress_reapply_keeper;
