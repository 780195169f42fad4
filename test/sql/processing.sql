--
-- Processing: numbers without gaps, batches by their control totals, outputs that
-- another person approves, queues of errors, reconciliations with a tolerance.
--
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_soc2_ann LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_soc2_bob LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_soc2_collector LOGIN IN ROLE soc2_collector;
RESET client_min_messages;
SELECT current_user AS me \gset
ALTER ROLE regress_soc2_ann SET search_path = soc2, public;
ALTER ROLE regress_soc2_bob SET search_path = soc2, public;
ALTER ROLE regress_soc2_collector SET search_path = soc2, public;
SET search_path = soc2, public;
CREATE SCHEMA "regress In";
GRANT USAGE ON SCHEMA "regress In" TO regress_soc2_ann, regress_soc2_collector;

-- gaps and duplicates, for each branch and year
CREATE TABLE "regress In"."the invoices" ("no." bigint, branch text, year integer, code text);
INSERT INTO "regress In"."the invoices" SELECT n, b, 2026, 'x' FROM generate_series(1, 10) AS n, unnest('{a,"b''s",NULL}'::text[]) AS b
WHERE NOT (n IN (4, 5) AND b = 'a') AND NOT (n = 9 AND b IS NULL);
INSERT INTO "regress In"."the invoices" VALUES (7, 'b''s', 2026), (7, 'b''s', 2026), (NULL, 'a', 2026), (20, 'a', 2027);
SELECT * FROM sequence_gaps('"regress In"."the invoices"', 'no.', '{branch,year}');
SELECT count(*) FROM sequence_gaps('"regress In"."the invoices"', 'no.', '{branch}', 2);
SELECT problem, count(*), sum(missing) FROM sequence_gaps('"regress In"."the invoices"', 'no.') GROUP BY problem ORDER BY problem;
-- numbers between two that are not whole count if they are
CREATE TABLE "regress In".amounts (n numeric);
INSERT INTO "regress In".amounts VALUES (1), (1.5), (2), (4.5), (4.5), ('NaN'), ('NaN');
SELECT * FROM sequence_gaps('"regress In".amounts', 'n');
SELECT sequence_gaps('"regress In"."the invoices"', 'code'); --fail
SELECT sequence_gaps('"regress In"."the invoices"', 'nothing'); --fail
SELECT sequence_gaps('"regress In"."the invoices"', 'no.', '{nothing}'); --fail
SELECT sequence_gaps('"regress In"."the invoices"', 'no.', '{NULL}'); --fail
SELECT sequence_gaps('"regress In"."the invoices"', 'no.', max_rows => 0); --fail
SELECT sequence_gaps('"regress In"."the invoices"', NULL); --fail
SET ROLE regress_soc2_collector;
SELECT sequence_gaps('"regress In"."the invoices"', 'no.'); --fail
RESET ROLE;

-- batches
\c - regress_soc2_collector
SELECT announce_batch('B-1', 'bank', 100, 1000.50), announce_batch('B-2', 'bank', 100, 1000.50),
    announce_batch('B-3', 'bank', NULL), announce_batch('B-4', 'bank', 5, due_at => '2026-01-01'), announce_batch('B-5', 'bank', 5);
SELECT announce_batch('B-1', 'bank', 1); --fail
SELECT announce_batch('B-6', 'bank', -1); --fail
SELECT record_batch('B-1', 98, 990, 2, 10.50);
SELECT record_batch('B-2', 100, 1000.51);
SELECT record_batch('B-3', 7);
SELECT record_batch('B-6', 7); --fail
SELECT batch_id, state, found_count, found_total, rejected_count FROM input_batch_status ORDER BY batch_id;
SELECT record_batch('B-2', 100, 1000.50, detail => 'loaded again');

-- outputs
SELECT prepare_output('O-1', 'Statement of May', 'a,b', recipient => 'bank', row_count => 1);
SELECT prepare_output('O-2', 'Statement of June');
SELECT is_approved_output('O-1', 'a,b');
SELECT decide_output('O-1', 'approved'); --fail
SELECT decide_output('O-1', 'released'); --fail
SELECT decide_output('O-3', 'approved'); --fail
UPDATE outputs SET content_sha256 = sha256('b')::digest; --fail
\c - regress_soc2_bob
SELECT decide_output('O-1', 'approved', 'looked at it');
SELECT is_approved_output('O-1', 'a,b') AS same, is_approved_output('O-1', 'a,c') AS changed, is_approved_output('O-2', '') AS other;
SELECT decide_output('O-2', 'rejected', 'empty');
SELECT decide_output('O-2', 'approved'); --fail
SELECT decide_output('O-1', 'released');
SELECT output_id, state, prepared_by, approved_by, released_by, content_sha256 = sha256('a,b')::digest AS hash, note FROM outputs ORDER BY 1;

-- queues of errors
\c - :me
SET search_path = soc2, public;
CREATE TABLE "regress In".refused (at timestamptz, line text);
CREATE TABLE "regress In".secret (at timestamptz);
INSERT INTO "regress In".refused SELECT now() - n * interval '12 hours', 'x' FROM generate_series(0, 4) AS n;
GRANT SELECT ON "regress In".refused TO regress_soc2_ann;
\c - regress_soc2_ann
SELECT create_error_queue('refused', 'Lines that were refused', 'SELECT at, line FROM "regress In".refused -- all', '1 day');
SELECT create_error_queue('empty', 'Nothing', 'SELECT at FROM "regress In".refused WHERE false', '0');
SELECT create_error_queue('refused', 'again', 'SELECT now()'); --fail
SELECT create_error_queue('x', 'x', 'SELECT at FROM "regress In".secret');
SELECT create_error_queue('x', 'x', 'SELECT now()', frequency => '0'); --fail
SELECT create_error_queue('broken', 'No time', 'SELECT line FROM "regress In".refused');
SELECT create_error_queue('boom', 'Fails', 'SELECT now() FROM generate_series(1, 1) AS n WHERE 1 / (n - 1) = 0');
SELECT name, items, too_old, oldest_at < now() - interval '47 hours' AS oldest, error FROM observe_error_queues();
SELECT * FROM observe_error_queues('nothing'); --fail
SELECT queue, items, too_old, is_stale, error IS NOT NULL AS failed FROM error_queue_status ORDER BY queue;
SELECT observe_due_queues();
SELECT drop_error_queue('boom'), drop_error_queue('broken');
-- an item without a time may have waited for ever; times without a zone are those of UTC
SELECT create_error_queue('timeless', 'No time', 'SELECT NULL::timestamptz'),
    create_error_queue('local', 'No zone', 'SELECT timestamp ''2021-01-01 12:00''');
SET TimeZone = 'America/New_York';
SELECT name, items, too_old, oldest_at = '2021-01-01 12:00Z' AS noon FROM observe_error_queues('timeless')
UNION ALL SELECT name, items, too_old, oldest_at = '2021-01-01 12:00Z' FROM observe_error_queues('local');
SELECT items, too_old, oldest_at = '2021-01-01 12:00Z' AS noon FROM error_queue_status WHERE queue = 'local';
RESET TimeZone;
SELECT drop_error_queue('timeless'), drop_error_queue('local');
SELECT drop_error_queue('boom'); --fail
-- who cannot become the definer passes them over
\c - regress_soc2_collector
SELECT observe_due_queues();
SELECT error FROM observe_error_queues('refused');
INSERT INTO error_queue_samples (queue, items) VALUES ('refused', 0); --fail

-- reconciliations with a tolerance, and those that are due
\c - :me
SET search_path = soc2, public;
SELECT create_reconciliation('near', 'near', 'SELECT 100.4, ''a'', NULL::integer', 'SELECT 100, ''a'', NULL::integer', tolerance => 0.5);
SELECT create_reconciliation('far', 'far', 'SELECT 100.6, ''a''', 'SELECT 100, ''a''', tolerance => 0.5);
SELECT create_reconciliation('text', 'text', 'SELECT 100, ''a''', 'SELECT 100, ''b''', tolerance => 100);
SELECT create_reconciliation('nil', 'nil', 'SELECT 1, NULL::integer', 'SELECT 1, 0', tolerance => 100);
SELECT create_reconciliation('width', 'width', 'SELECT 1, 2', 'SELECT 1', tolerance => 100);
SELECT create_reconciliation('none', 'none', 'SELECT 1 WHERE false', 'SELECT 1', tolerance => 100);
SELECT create_reconciliation('x', 'x', 'SELECT 1', 'SELECT 1', tolerance => -1); --fail
SELECT create_reconciliation('x', 'x', 'SELECT 1', 'SELECT 1', tolerance => 'NaN'); --fail
SELECT name, balanced, error FROM reconcile_due() ORDER BY name;
SELECT count(*) FROM reconcile_due();
UPDATE reconciliation_runs SET run_at = run_at - interval '1 day' WHERE reconciliation IN ('near', 'far');
UPDATE reconciliations SET created_at = created_at - interval '2 days';
SELECT name FROM reconcile_due() ORDER BY name;
SELECT drop_reconciliation(n) FROM unnest('{near,far,text,nil,width,none}'::text[]) AS n ORDER BY 1;

-- tidy up
TRUNCATE reconciliation_runs, error_queues, error_queue_samples;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
TRUNCATE input_batches, outputs;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
SET client_min_messages = warning;
DROP SCHEMA "regress In" CASCADE;
DROP ROLE regress_soc2_ann, regress_soc2_bob, regress_soc2_collector;
