-- Subjects.  Proves that a hold on a subject covers its rows in every table that
-- leads to it, however far, and no others; that an erasure takes what may go,
-- children before parents, and lists what stays with the reason; that a preview
-- does the same and changes nothing; that it acts as the owners of the tables;
-- that foreign keys nobody spoke of are refused before anything is erased; and
-- that it can be run again.

\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_soc2_owner;
CREATE ROLE regress_soc2_other;
CREATE ROLE regress_soc2_keeper IN ROLE soc2_custodian;
CREATE SCHEMA regress_subject AUTHORIZATION regress_soc2_owner;
CREATE SCHEMA "Odd.Schema""" AUTHORIZATION regress_soc2_owner;
GRANT USAGE ON SCHEMA soc2 TO regress_soc2_owner, regress_soc2_other;
GRANT USAGE ON SCHEMA regress_subject, "Odd.Schema""" TO regress_soc2_keeper, regress_soc2_other;
SET search_path = regress_subject;
SET timezone = 'UTC';
RESET client_min_messages;

SET ROLE regress_soc2_owner;
CREATE TABLE customer (id integer PRIMARY KEY, email text, name text NOT NULL, phone text);
CREATE TABLE invoice (id bigint PRIMARY KEY, customer bigint REFERENCES customer, at timestamptz);
CREATE TABLE line (invoice bigint REFERENCES invoice, no integer, note text, PRIMARY KEY (invoice, no));
CREATE TABLE message (id integer PRIMARY KEY, sender integer REFERENCES customer,
    receiver integer REFERENCES customer, body text);
CREATE TABLE visit (customer integer, at date) PARTITION BY LIST (customer);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES IN (1);
CREATE TABLE visit_rest PARTITION OF visit DEFAULT;
CREATE TABLE "Odd.Schema"""."Log.""s" ("Who?" uuid, "At" date);
CREATE TABLE "Odd.Schema"""."Person" ("Key""" uuid PRIMARY KEY, "Name of it" varchar);
INSERT INTO customer SELECT i, 'e' || i, 'n' || i, 'p' || i FROM generate_series(1, 4) AS i;
INSERT INTO invoice SELECT i, (i - 1) % 4 + 1, '2000-01-01' FROM generate_series(1, 12) AS i;
INSERT INTO line SELECT i, n, 'x' FROM generate_series(1, 12) AS i, generate_series(1, 2) AS n;
INSERT INTO message VALUES (1, 1, 2, 'a'), (2, 2, 1, 'b'), (3, 3, 4, 'c');
INSERT INTO visit VALUES (1, '2001-01-01'), (1, '2001-01-02'), (2, '2001-01-01');
INSERT INTO "Odd.Schema"""."Person" VALUES ('00000000-0000-0000-0000-000000000001', 'x');
INSERT INTO "Odd.Schema"""."Log.""s" VALUES ('00000000-0000-0000-0000-000000000001', '2001-01-01'), (NULL, NULL);

--
-- The graph
--
SELECT soc2.set_subject('customer', 'id'); -- fail
SELECT soc2.set_subject('customer', 'id', kind => 'c', via => 'customer'); -- fail
SELECT soc2.set_subject('customer', 'nothing', kind => 'cust'); -- fail
SELECT soc2.set_subject('invoice', 'at', kind => 'cust'); -- fail
SELECT soc2.set_subject('customer', 'id', kind => 'a:b'); -- fail
SELECT soc2.set_subject('customer', 'id', kind => ''); -- fail
SELECT soc2.set_subject(NULL, 'id', kind => 'cust'); -- fail
SELECT soc2.set_subject('customer', 'id', kind => 'cust', on_erase => 'shred'); -- fail
SELECT soc2.set_subject('customer', 'id', kind => 'cust', on_erase => NULL); -- fail
SELECT soc2.set_subject('customer', 'id', kind => 'cust', on_erase => 'unlink'); -- fail
SELECT soc2.set_subject('customer', 'id', kind => 'cust', columns => '{"email": null}'); -- fail
SELECT soc2.set_subject('customer', 'id', kind => 'cust', on_erase => 'anonymize'); -- fail
SELECT soc2.set_subject('customer', 'id', kind => 'cust', on_erase => 'anonymize', columns => '{"name": null}'); -- fail
SELECT soc2.set_subject('customer', 'id', kind => 'cust', on_erase => 'anonymize', columns => '{"none": null}'); -- fail
SELECT soc2.set_subject('customer', 'id', kind => 'cust', on_erase => 'anonymize', columns => '{"name": "x"}'); -- fail
SELECT soc2.set_subject('customer', 'id', kind => 'cust', on_erase => 'anonymize', columns => '{"id": {"constant": "1"}}'); -- fail
SELECT soc2.set_subject('invoice', 'customer', via => 'customer'); -- fail
SET ROLE regress_soc2_other;
SELECT soc2.set_subject('customer', 'id', kind => 'cust'); -- fail
SET ROLE regress_soc2_owner;
SELECT soc2.set_subject('customer', 'id', kind => 'cust', on_erase => 'anonymize',
    columns => '{"email": null, "name": {"constant": "it''s gone"}, "phone": "hash"}');
SELECT soc2.set_subject('invoice', 'id', kind => 'cust'); -- fail
SELECT soc2.set_subject('invoice', 'customer', via => 'customer');
SELECT soc2.set_subject('line', 'invoice', via => 'invoice');
SELECT soc2.set_subject('line', 'note', via => 'invoice'); -- fail
SELECT soc2.set_subject('customer', 'id', via => 'line'); -- fail
SELECT soc2.set_subject('customer', 'id', via => 'customer'); -- fail
SELECT soc2.set_subject('message', 'sender', via => 'customer', on_erase => 'delete');
SELECT soc2.set_subject('message', 'sender', via => 'customer', on_erase => 'unlink');
SELECT soc2.set_subject('message', 'receiver', via => 'customer', on_erase => 'unlink');
SELECT soc2.set_subject('visit', 'customer', via => 'customer');
SELECT soc2.set_subject('"Odd.Schema"""."Person"', 'Key"', kind => 'Per''son');
SELECT soc2.set_subject('"Odd.Schema"""."Log.""s"', 'Who?', via => '"Odd.Schema"""."Person"');
SELECT soc2.unset_subject('customer', 'id'); -- fail
SELECT soc2.unset_subject('customer', 'email'); -- fail
RESET ROLE;
SELECT soc2.table_name(relation) AS relation, column_name, kind, soc2.table_name(via) AS via, via_column, on_erase, set_by
FROM soc2.subject_edges ORDER BY 1, 2;
SELECT soc2.table_name(relation) AS relation, depth FROM soc2.subject_tables('cust') ORDER BY 1;

--
-- Holds on subjects
--
SET ROLE regress_soc2_keeper;
SELECT soc2.open_matter('Subjects', 'subjects');
SELECT soc2.place_hold('subjects'); -- fail
SELECT soc2.place_hold('subjects', 'regress_subject.customer', subject => 'cust:1'); -- fail
SELECT soc2.place_hold('subjects', subject => 'cust:1', predicate => 'true'); -- fail
SELECT soc2.place_hold('subjects', subject => 'cust'); -- fail
SELECT soc2.place_hold('subjects', subject => 'nobody:1'); -- fail
SELECT soc2.place_hold('subjects', subject => 'cust:one'); -- fail
SELECT soc2.place_hold('subjects', subject => 'cust:01'); -- fail
SELECT soc2.place_hold('subjects', subject => 'cust:2') AS one \gset
SELECT soc2.place_hold('subjects', subject => 'Per''son:00000000-0000-0000-0000-000000000001') AS two \gset
SELECT subject, relation, state, guarded FROM soc2.hold_status WHERE matter_ref = 'subjects' ORDER BY hold_id;
SET ROLE regress_soc2_owner;
DO $$
BEGIN
    DELETE FROM line WHERE invoice = 2 AND no = 1;
EXCEPTION WHEN SQLSTATE 'S2H01' THEN
    RAISE NOTICE '%', SQLERRM;
END $$;
\set VERBOSITY sqlstate
DELETE FROM customer WHERE id = 2; -- fail
UPDATE customer SET email = 'x' WHERE id = 2; -- fail
DELETE FROM invoice WHERE id = 6; -- fail
UPDATE invoice SET customer = 3 WHERE id = 6; -- fail
UPDATE line SET invoice = 3, no = no + 5 WHERE invoice = 2; -- fail
DELETE FROM message WHERE id = 1; -- fail
DELETE FROM message WHERE id = 2; -- fail
DELETE FROM visit WHERE customer = 2; -- fail
TRUNCATE visit_rest; -- fail
TRUNCATE line; -- fail
DELETE FROM "Odd.Schema"""."Person"; -- fail
DELETE FROM "Odd.Schema"""."Log.""s" WHERE "Who?" IS NOT NULL; -- fail
BEGIN;
DELETE FROM "Odd.Schema"""."Log.""s" WHERE "Who?" IS NULL;
DELETE FROM line WHERE invoice NOT IN (2, 6, 10);
DELETE FROM invoice WHERE customer <> 2;
DELETE FROM message WHERE id = 3;
DELETE FROM visit_1;
-- what comes to the subject later is held too
INSERT INTO invoice VALUES (20, 2, '2000-01-01');
INSERT INTO line VALUES (20, 1, 'y');
DELETE FROM line WHERE invoice = 20; -- fail
ROLLBACK;
-- who cannot read the tables in between is refused as well
GRANT SELECT, DELETE ON line TO regress_soc2_other;
SET ROLE regress_soc2_other;
DELETE FROM line WHERE invoice = 2; -- fail
SET ROLE regress_soc2_owner;
-- the graph stays while it is needed, and can grow
SELECT soc2.unset_subject('line', 'invoice'); -- fail
SELECT soc2.set_subject('line', 'invoice', kind => 'line'); -- fail
ALTER TABLE invoice RENAME COLUMN customer TO client; -- fail
CREATE TABLE note (id integer PRIMARY KEY, customer integer);
INSERT INTO note VALUES (1, 2), (2, 3);
SELECT soc2.set_subject('note', 'customer', via => 'customer');
DELETE FROM note WHERE id = 1; -- fail
DELETE FROM note WHERE id = 2;
SELECT soc2.hold_guarded('note');
-- a partition that leaves is still held
ALTER TABLE visit DETACH PARTITION visit_rest;
DELETE FROM visit_rest; -- fail
ALTER TABLE visit ATTACH PARTITION visit_rest DEFAULT;
-- a subject that is held later, and several holds on one, and their end
INSERT INTO note VALUES (3, 4), (4, 4);
DELETE FROM note WHERE id = 4;
SET ROLE regress_soc2_keeper;
SELECT soc2.place_hold('subjects', subject => 'cust:4') AS four \gset
SET ROLE regress_soc2_owner;
DELETE FROM note WHERE id = 3; -- fail
SET ROLE regress_soc2_keeper;
SELECT soc2.release_hold(:four, 'settled', '0') = now() AS at_once;
SET ROLE regress_soc2_keeper;
SELECT soc2.place_hold('subjects', subject => 'cust:2') AS three \gset
SELECT soc2.release_hold(:one, 'settled', '0') = now() AS at_once;
SET ROLE regress_soc2_owner;
DELETE FROM note; -- fail
SET ROLE regress_soc2_keeper;
SELECT soc2.release_hold(:three, 'settled', '0') = now() AS at_once;
SELECT soc2.release_hold(:two, 'settled', '0') = now() AS at_once;
SET ROLE regress_soc2_owner;
DELETE FROM note;
SELECT soc2.unset_subject('note', 'customer');
DROP TABLE note;

--
-- Erasure
--
\set VERBOSITY terse
SELECT soc2.request_erasure('cust:1'); -- fail
SET ROLE regress_soc2_keeper;
SELECT soc2.request_erasure('cust:x'); -- fail
SELECT soc2.request_erasure('cust:1') AS e \gset
SELECT * FROM soc2.erasure_preview(-1); -- fail
-- foreign keys that nobody spoke of
SET ROLE regress_soc2_owner;
CREATE TABLE reminder (id integer, invoice bigint REFERENCES invoice ON DELETE CASCADE);
INSERT INTO reminder VALUES (1, 9);
SET ROLE regress_soc2_keeper;
\set VERBOSITY default
SELECT * FROM soc2.erasure_preview(:e); -- fail
\set VERBOSITY terse
CALL soc2.run_erasure(:e); -- fail
SET ROLE regress_soc2_owner;
SELECT count(*) FROM line WHERE invoice IN (1, 5, 9);
SELECT soc2.set_subject('reminder', 'invoice', via => 'invoice', on_erase => 'keep');
ALTER TABLE reminder DROP CONSTRAINT reminder_invoice_fkey;
ALTER TABLE reminder ADD CONSTRAINT reminder_invoice_fkey FOREIGN KEY (invoice) REFERENCES invoice;
-- retention and holds withhold rows, and what they belong to
UPDATE invoice SET at = '2100-01-01' WHERE id = 1;
RESET ROLE;
SELECT soc2.create_retention_class('subject day', '1 day', 'Policy 4');
SET ROLE regress_soc2_owner;
SELECT soc2.set_retention('invoice', 'subject day', 'at');
SET ROLE regress_soc2_keeper;
SELECT soc2.place_hold('subjects', 'regress_subject.line', 'invoice = 5 AND no = 1') AS hold \gset
SELECT relation, outcome, replace(reason, 'Hold ' || :hold, 'Hold N') AS reason, rows FROM soc2.erasure_preview(:e);
SET ROLE regress_soc2_owner;
SELECT count(*) FROM line WHERE invoice IN (1, 5, 9);
-- triggers of a table run with the rights of its owner
CREATE FUNCTION whose() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE NOTICE 'acts as %', CURRENT_USER; RETURN OLD; END $$;
CREATE TRIGGER whose BEFORE DELETE ON regress_subject.visit FOR EACH ROW EXECUTE FUNCTION whose();
SET ROLE regress_soc2_keeper;
CALL soc2.run_erasure(:e);
SET ROLE regress_soc2_owner;
SELECT id, email, name, phone ~ '^erased:[0-9a-f]{64}$' AS hashed FROM customer ORDER BY id;
SELECT id FROM invoice WHERE customer = 1 ORDER BY id;
SELECT invoice, no FROM line WHERE invoice IN (1, 5, 9) ORDER BY 1, 2;
SELECT * FROM message ORDER BY id;
SELECT * FROM visit;
SELECT * FROM reminder;
-- run again: nothing more can go, then the hold ends
SET ROLE regress_soc2_keeper;
CALL soc2.run_erasure(:e);
SELECT state, runs, erased, withheld FROM soc2.erasure_status WHERE erasure_id = :e;
SELECT soc2.release_hold(:hold, 'settled', '0') = now() AS at_once;
CALL soc2.run_erasure(:e);
SELECT run, relation, outcome, replace(reason, 'Hold ' || :hold, 'Hold N') AS reason, rows
FROM soc2.erasure_results WHERE erasure_id = :e ORDER BY run, relation COLLATE "C", outcome, reason;
SELECT soc2.was_erased(:e, 'regress_subject.line', '(9,1)') AS line,
       soc2.was_erased(:e, 'regress_subject.line', '(1,1)') AS line_of_retained,
       soc2.was_erased(:e, 'regress_subject.invoice', '(1)') AS retained,
       soc2.was_erased(:e, 'regress_subject.invoice', '(5)') AS once_held,
       soc2.was_erased(:e + 1, 'regress_subject.invoice', '(5)') AS of_another;
-- a trigger that skips a row does not make it erased
SET ROLE regress_soc2_owner;
CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER skip BEFORE DELETE ON "Odd.Schema"""."Log.""s" FOR EACH ROW EXECUTE FUNCTION skip();
SET ROLE regress_soc2_keeper;
SELECT soc2.request_erasure('Per''son:00000000-0000-0000-0000-000000000001') AS p \gset
SELECT * FROM soc2.erasure_preview(:p);
SET ROLE regress_soc2_owner;
DROP TRIGGER skip ON "Odd.Schema"""."Log.""s";
SET ROLE regress_soc2_keeper;
CALL soc2.run_erasure(:p);
SELECT state, erased, withheld FROM soc2.erasure_status WHERE erasure_id = :p;
SET session_replication_role = replica; -- fail
RESET ROLE;
SET session_replication_role = replica;
SELECT * FROM soc2.erasure_preview(:p); -- fail
RESET session_replication_role;
-- the records stay, and no value is in the evidence
UPDATE soc2.erasures SET subject = 'x'; -- fail
DELETE FROM soc2.erasure_results; -- fail
TRUNCATE soc2.erasures; -- fail
SELECT count(*) AS with_values FROM soc2.evidence
WHERE kind = 'erasure' AND payload::text ~ '\m(e1|n1|p1)\M';
SELECT kind, payload ->> 'action' AS action, recorded_by, count(*) > 0 AS recorded
FROM soc2.evidence WHERE kind IN ('subject', 'erasure') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SET ROLE regress_soc2_keeper;
SELECT secret FROM soc2.erasures; -- fail
SELECT soc2.execute_as_owner('regress_subject.customer', 'DELETE FROM regress_subject.customer'); -- fail
RESET ROLE;

-- tables cannot be dropped while a subject in them is held, and nothing is left to
-- lead nowhere
SET ROLE regress_soc2_keeper;
SELECT soc2.place_hold('subjects', subject => 'cust:3') > 0 AS placed;
SET ROLE regress_soc2_owner;
-- nor do their columns get other names, or go
ALTER TABLE invoice RENAME id TO number; -- fail
ALTER TABLE line RENAME invoice TO number; -- fail
ALTER TABLE customer RENAME id TO number; -- fail
ALTER TABLE invoice DROP COLUMN id CASCADE; -- fail
ALTER TABLE customer DROP COLUMN id CASCADE; -- fail
\set VERBOSITY sqlstate
DROP TABLE message; -- fail
ALTER TABLE message DISABLE TRIGGER soc2_hold_delete; -- fail
DROP TABLE message, customer CASCADE; -- fail
RESET ROLE;
\set VERBOSITY terse

-- without a hold in force the edges follow new names, and holds that come later find them
CREATE VIEW pg_temp.edges AS
    SELECT relation, column_name, kind, via, via_column, columns FROM soc2.subject_edges
    WHERE relation::text IN ('customer', 'invoice', 'line') ORDER BY relation::text, column_name;
SELECT count(soc2.release_hold(hold_id, 'end of the test', '0')) AS released
FROM soc2.holds_active WHERE matter_ref = 'subjects' AND state = 'in force';
SELECT * FROM pg_temp.edges;
SET ROLE regress_soc2_owner;
INSERT INTO invoice VALUES (103, 3, '2100-01-01');
INSERT INTO line VALUES (103, 1, 'x');
ALTER TABLE invoice RENAME id TO "Number";
ALTER TABLE line RENAME invoice TO "of";
ALTER TABLE customer RENAME id TO key;
ALTER TABLE customer RENAME email TO "e-mail";
SET client_min_messages = warning;
ALTER TABLE invoice DROP COLUMN "Number" CASCADE; -- fail
RESET client_min_messages;
RESET ROLE;
SELECT * FROM pg_temp.edges;
SELECT soc2.place_hold('subjects', subject => 'cust:3') > 0 AS placed;
SET ROLE regress_soc2_owner;
DELETE FROM line WHERE "of" = 103; -- fail
DELETE FROM customer WHERE key = 3; -- fail
RESET ROLE;
-- one that was missed as the guard was down is said
BEGIN;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE invoice RENAME "Number" TO missed;
ALTER TABLE line SET (fillfactor = 90);
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
DELETE FROM line WHERE "of" = 103; -- fail
ROLLBACK;

-- the guard of commands stands aside for the rows that are retained
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
SET client_min_messages = warning;
SELECT count(soc2.release_hold(hold_id, 'end of the test', '0')) AS released
FROM soc2.holds_active WHERE matter_ref = 'subjects' AND state = 'in force';
DROP TABLE regress_subject.invoice CASCADE;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
DROP SCHEMA regress_subject CASCADE;
DROP SCHEMA "Odd.Schema""" CASCADE;
DROP OWNED BY regress_soc2_owner, regress_soc2_other, regress_soc2_keeper;
DROP ROLE regress_soc2_owner, regress_soc2_other, regress_soc2_keeper;
