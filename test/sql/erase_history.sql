--
-- What row history tells of rows that were erased: it is found, counted as
-- withheld, and redacted, alone or along with others in the same place.
--
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_soc2_keeper LOGIN IN ROLE soc2_custodian;
CREATE SCHEMA "Regress.E";
RESET client_min_messages;
SET search_path = soc2, public;
SELECT current_user AS me \gset
CREATE TABLE "Regress.E"."Person" ("Id ""x" integer PRIMARY KEY, name text);
CREATE TABLE "Regress.E".visit (id integer, at date, person integer REFERENCES "Regress.E"."Person", PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
CREATE TABLE "Regress.E".visit_2026 PARTITION OF "Regress.E".visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE "Regress.E".mail (id integer PRIMARY KEY, code text NOT NULL UNIQUE, person integer REFERENCES "Regress.E"."Person", body text);
CREATE TABLE "Regress.E".free (id integer PRIMARY KEY, person integer REFERENCES "Regress.E"."Person");
SELECT track_changes('"Regress.E"."Person"', apart => true) IS NOT NULL, track_changes('"Regress.E".visit') IS NOT NULL,
    track_changes('"Regress.E".mail', key => '{code}') IS NOT NULL;
INSERT INTO "Regress.E"."Person" SELECT i, 'name ' || i FROM generate_series(1, 3) AS i;
INSERT INTO "Regress.E".visit SELECT i, '2026-01-01', i % 3 + 1 FROM generate_series(1, 6) AS i;
INSERT INTO "Regress.E".visit VALUES (7, '2026-02-01', 1);
INSERT INTO "Regress.E".mail SELECT i, 'c' || i, i, 'to ' || i FROM generate_series(1, 3) AS i;
INSERT INTO "Regress.E".free SELECT i, i FROM generate_series(1, 3) AS i;
UPDATE "Regress.E"."Person" SET name = 'other 1' WHERE "Id ""x" = 1;
SELECT set_subject('"Regress.E"."Person"', 'Id "x', 'man', on_erase => 'delete'), set_subject('"Regress.E".visit', 'person', via => '"Regress.E"."Person"', on_erase => 'delete'),
    set_subject('"Regress.E".mail', 'person', via => '"Regress.E"."Person"', on_erase => 'delete'), set_subject('"Regress.E".free', 'person', via => '"Regress.E"."Person"', on_erase => 'delete');

\c - regress_soc2_keeper
SET search_path = soc2, public;
SELECT request_erasure('man:1') AS e \gset
SELECT * FROM erasure_history(:e);
SELECT * FROM erasure_preview(:e);
SELECT * FROM erasure_history(:e);
CALL run_erasure(:e);
SELECT state, erased, withheld FROM erasure_status WHERE erasure_id = :e;
SELECT relation, rows, others, count(*) FROM erasure_history(:e) GROUP BY 1, 2, 3 ORDER BY relation COLLATE "C", 2, 3;
-- a run again tells the same
CALL run_erasure(:e);
-- alone, where nobody else is told of
SELECT erase_history(:e, ''); --fail
SELECT erase_history(-1, 'x'); --fail
SELECT erase_history(:e, 'asked to be forgotten') AS redacted;
SELECT relation, rows, others, count(*) FROM erasure_history(:e) GROUP BY 1, 2, 3 ORDER BY relation COLLATE "C", 2, 3;
-- and with others
SELECT erase_history(:e, 'asked to be forgotten', others => true) AS redacted;
SELECT relation, rows, others, count(*) FROM erasure_history(:e) GROUP BY 1, 2, 3 ORDER BY relation COLLATE "C", 2, 3;
CALL run_erasure(:e);

\c - :me
SET search_path = soc2, public;
SELECT run, relation, outcome, reason, rows FROM erasure_results WHERE erasure_id = :e ORDER BY run, relation COLLATE "C", outcome, reason;
SELECT state, erased, withheld FROM erasure_status WHERE erasure_id = :e;
SELECT count(*) AS told FROM row_changes WHERE changes::text ~ 'name 1|other 1';
SELECT count(*) AS others FROM row_changes WHERE changes::text ~ 'name 2';
SELECT * FROM verify_ledger('row_changes');
SELECT count(*) > 0 AS recorded FROM evidence WHERE kind = 'redaction' AND payload ->> 'reason' = 'asked to be forgotten';

-- tidy up
SET client_min_messages = warning;
SELECT unset_subject('"Regress.E".visit', 'person'), unset_subject('"Regress.E".mail', 'person'), unset_subject('"Regress.E".free', 'person'),
    unset_subject('"Regress.E"."Person"', 'Id "x');
DROP SCHEMA "Regress.E" CASCADE;
DROP ROLE regress_soc2_keeper;
