-- Proves that redacting takes the values of a row and its salt away, keeps every
-- hash, leaves evidence without the values and is verified; that pruning takes
-- only sealed, expired rows from the front of a lane and says so; that nobody
-- else gets through the guard meanwhile; and that verifying names a record of
-- either that was removed or forged.
SET client_min_messages = warning;
CREATE ROLE regress_redact_owner;
CREATE ROLE regress_redact_custodian IN ROLE soc2_custodian;
CREATE ROLE regress_redact_auditor IN ROLE soc2_auditor;
GRANT CREATE ON DATABASE :DBNAME TO regress_redact_owner;
GRANT USAGE ON SCHEMA soc2 TO regress_redact_owner;
SET client_min_messages = notice;
SET ROLE regress_redact_owner;
CREATE SCHEMA redact_test;
SET search_path = redact_test, public;
CREATE TABLE people (
    id integer PRIMARY KEY, name text, "Birth date" date, note text, expires_at timestamptz);
CREATE TABLE plain (id integer);
RESET ROLE;
SELECT soc2.create_ledger('people', '{name,"Birth date"}') IS NOT NULL AS made;
SELECT soc2.create_ledger('plain') IS NOT NULL AS made;
SET ROLE regress_redact_owner;
INSERT INTO people
SELECT i, 'name ' || i, '2000-01-01', 'note ' || i, CASE WHEN i <= 6 THEN '2001-01-01'::timestamptz END
FROM generate_series(1, 9) AS i;
INSERT INTO people (id, note) VALUES (10, 'no name');
INSERT INTO plain VALUES (1), (2);
RESET ROLE;
-- one session writes to one lane
SELECT min(ledger_lane) AS lane, count(DISTINCT ledger_lane) AS lanes FROM people \gset
SELECT ledger_lane AS plain_lane FROM plain LIMIT 1 \gset
SELECT :lanes AS lanes;
CREATE TEMP TABLE hashes AS SELECT id, ledger_prev, ledger_hash FROM people;
GRANT SELECT ON people, plain TO regress_redact_auditor;
GRANT USAGE ON SCHEMA redact_test TO regress_redact_auditor, regress_redact_custodian;
-- problems without what differs from session to session: the lane and the ctid
CREATE FUNCTION problems(checkpoint text DEFAULT NULL)
    RETURNS TABLE (seq bigint, problem text, detail text)
BEGIN ATOMIC
    SELECT v.seq, v.problem, regexp_replace(v.detail, 'ctid \(.*\)', 'ctid (N,N)')
    FROM soc2.verify_ledger('people', problems.checkpoint) AS v;
END;
\set VERBOSITY terse

--
-- Redacting
--

-- who may
SET ROLE regress_redact_owner;
SELECT soc2.redact('people', 0, 3, 'mine'); -- fail
RESET ROLE;
SET ROLE regress_redact_auditor;
SELECT soc2.redact('people', 0, 3, 'curious'); -- fail
RESET ROLE;

-- what cannot be
CREATE FUNCTION try(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || regexp_replace(SQLERRM, 'lane \d+', 'lane N');
END $$;
GRANT EXECUTE ON FUNCTION try TO regress_redact_custodian;
SET ROLE regress_redact_custodian;
SELECT try(format('SELECT soc2.redact(''people'', %s, 11, ''x'')', :lane));
SELECT try(format('SELECT soc2.redact(''people'', %s, 3, ''x'')', :lane + 1));
SELECT try(format('SELECT soc2.redact(''people'', %s, 3, E'' \n'')', :lane));
SELECT try(format('SELECT soc2.redact(''people'', %s, 10, ''x'')', :lane));
SELECT try(format('SELECT soc2.redact(''plain'', %s, 1, ''x'')', :plain_lane));
SELECT try('SELECT soc2.redact(''pg_class'', 0, 1, ''x'')');
SELECT soc2.redact('people', :lane, 3, NULL) IS NULL AS nothing;

-- what can
SELECT soc2.redact('people', :lane, 3, 'asked by the person') AS redacted;
SELECT try(format('SELECT soc2.redact(''people'', %s, 3, ''x'')', :lane));
RESET ROLE;
SELECT id, name, "Birth date", note, ledger_seq, ledger_salt FROM people WHERE id = 3;
SELECT count(*) AS unchanged FROM people AS p JOIN hashes AS h
    ON (p.id, p.ledger_prev::bytea, p.ledger_hash::bytea) = (h.id, h.ledger_prev::bytea, h.ledger_hash::bytea);
SELECT * FROM problems();
SELECT seq, column_name, redacted_by, reason FROM soc2.ledger_redactions
WHERE ledger_id = (SELECT ledger_id FROM soc2.ledgers WHERE relation = 'people'::regclass)
ORDER BY column_name;
SELECT kind, regexp_replace(subject, 'lane \d+', 'lane N') AS subject, recorded_by, payload - 'lane' AS payload
FROM soc2.evidence WHERE kind = 'redaction' AND subject LIKE 'redact_test.%';
SELECT * FROM soc2.verify_ledger('soc2.evidence');
-- an auditor sees what is left
SET ROLE regress_redact_auditor;
SELECT count(*) FROM soc2.ledger_redactions AS r JOIN soc2.ledgers AS l USING (ledger_id)
WHERE l.relation = 'redact_test.people'::regclass;
SELECT count(*) FROM soc2.verify_ledger('redact_test.people');
DELETE FROM soc2.ledger_redactions; -- fail
RESET ROLE;
-- nobody records such evidence by hand, nor changes what is kept
SELECT soc2.record_evidence('redaction'); -- fail
SELECT soc2.record_evidence('prune'); -- fail
UPDATE soc2.ledger_redactions SET reason = 'x'; -- fail
TRUNCATE soc2.ledger_redactions; -- fail
TRUNCATE soc2.ledger_prunes; -- fail

-- the pass is for the one row and for redacting it: a trigger of the owner that
-- does more while it is open is refused, and all of it is undone
CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() = 1 THEN
        EXECUTE TG_ARGV[0];
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_meddle BEFORE UPDATE ON people
    FOR EACH ROW EXECUTE FUNCTION meddle('UPDATE redact_test.people SET note = NULL WHERE id = 4');
SELECT try(format('SELECT soc2.redact(''people'', %s, 4, ''x'')', :lane));
CREATE OR REPLACE TRIGGER a_meddle BEFORE UPDATE ON people
    FOR EACH ROW EXECUTE FUNCTION meddle('UPDATE redact_test.people SET name = NULL, "Birth date" = NULL, ledger_salt = NULL WHERE id = 5');
SELECT try(format('SELECT soc2.redact(''people'', %s, 4, ''x'')', :lane));
CREATE OR REPLACE TRIGGER a_meddle BEFORE UPDATE ON people
    FOR EACH ROW EXECUTE FUNCTION meddle('DELETE FROM redact_test.people WHERE id = 4');
SELECT try(format('SELECT soc2.redact(''people'', %s, 4, ''x'')', :lane));
CREATE FUNCTION alter_row() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.note = 'changed on the way'; RETURN NEW; END $$;
CREATE OR REPLACE TRIGGER a_meddle BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION alter_row();
SELECT try(format('SELECT soc2.redact(''people'', %s, 4, ''x'')', :lane));
DROP TRIGGER a_meddle ON people;
-- and it is gone afterwards
UPDATE people SET name = NULL, "Birth date" = NULL, ledger_salt = NULL WHERE id = 4; -- fail
SELECT name FROM people WHERE id = 4;
SELECT * FROM problems();

-- a redacted row that is tampered with, and records that were removed or forged
CREATE FUNCTION tampered(command text) RETURNS TABLE (seq bigint, problem text, detail text)
    LANGUAGE plpgsql
AS $$
BEGIN
    SET LOCAL session_replication_role = replica;
    ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
    ALTER TABLE people DISABLE TRIGGER ALL;
    ALTER TABLE soc2.ledger_redactions DISABLE TRIGGER ALL;
    ALTER TABLE soc2.ledger_prunes DISABLE TRIGGER ALL;
    EXECUTE command;
    RETURN QUERY SELECT p.* FROM problems() AS p WHERE p.problem <> 'catalog';
    RAISE EXCEPTION 'undo' USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
END $$;
SELECT ledger_id FROM soc2.ledgers WHERE relation = 'people'::regclass \gset
SELECT * FROM tampered('UPDATE people SET note = ''x'' WHERE id = 3');
SELECT * FROM tampered('UPDATE people SET name = ''another'' WHERE id = 3');
SELECT * FROM tampered('UPDATE people SET ledger_salt = decode(repeat(''00'', 16), ''hex'') WHERE id = 3');
SELECT * FROM tampered('DELETE FROM soc2.ledger_redactions WHERE seq = 3');
SELECT * FROM tampered('DELETE FROM soc2.ledger_redactions WHERE seq = 3 AND column_name = ''name''');
SELECT * FROM tampered('UPDATE soc2.ledger_redactions SET commitment = sha256(''x'')::soc2.digest WHERE seq = 3 AND column_name = ''name''');
SELECT * FROM tampered('UPDATE soc2.ledger_redactions SET column_name = ''note'' WHERE seq = 3 AND column_name = ''name''');
SELECT * FROM tampered(format('INSERT INTO soc2.ledger_redactions (ledger_id, lane, seq, column_name, commitment, redacted_by, reason)
    SELECT ledger_id, lane, 4, column_name, commitment, redacted_by, reason FROM soc2.ledger_redactions
    WHERE ledger_id = %L AND column_name = ''name''', :'ledger_id'));
SELECT * FROM tampered(format('INSERT INTO soc2.ledger_redactions (ledger_id, lane, seq, column_name, commitment, redacted_by, reason)
    SELECT ledger_id, lane, 11, column_name, commitment, redacted_by, reason FROM soc2.ledger_redactions
    WHERE ledger_id = %L AND column_name = ''name''', :'ledger_id'));
SELECT * FROM tampered('UPDATE people SET name = NULL, "Birth date" = NULL, ledger_salt = NULL WHERE id = 4');

--
-- Pruning
--

SELECT size, sealed FROM soc2.seal('people');
SELECT soc2.checkpoint('people') AS checkpoint \gset
SET ROLE regress_redact_owner;
INSERT INTO people VALUES (11, 'later', NULL, NULL, '2001-01-01');
SELECT soc2.prune_ledger('people', 0, 3, 'mine'); -- fail
RESET ROLE;
SET ROLE regress_redact_custodian;
SELECT try(format('SELECT soc2.prune_ledger(''people'', %s, 11, ''x'')', :lane));
SELECT try(format('SELECT soc2.prune_ledger(''people'', %s, 4, '''')', :lane));
SELECT try(format('SELECT soc2.prune_ledger(''people'', %s, 7, ''x'')', :lane));
SELECT try(format('SELECT soc2.prune_ledger(''people'', %s, 0, ''x'')', :lane));
SELECT try('SELECT soc2.prune_ledger(''pg_class'', 0, 1, ''x'')');
SELECT soc2.prune_ledger('people', :lane, 2, 'old') AS pruned;
SELECT soc2.prune_ledger('people', :lane, 4, 'old too') AS pruned;
SELECT try(format('SELECT soc2.prune_ledger(''people'', %s, 4, ''x'')', :lane));
RESET ROLE;
SELECT array_agg(id ORDER BY id) AS left_over FROM people;
SELECT last_seq, p.last_hash::bytea = h.ledger_hash::bytea AS right_hash, pruned_by, p.reason, e.kind,
    regexp_replace(e.subject, 'lane \d+', 'lane N') AS subject, e.recorded_by, e.payload - 'lane' AS payload
FROM soc2.ledger_prunes AS p JOIN hashes AS h ON h.id = last_seq JOIN soc2.evidence AS e USING (evidence_id)
WHERE p.ledger_id = :'ledger_id' ORDER BY last_seq;
DELETE FROM soc2.ledger_prunes; -- fail
UPDATE soc2.ledger_prunes SET last_seq = 9; -- fail
SELECT * FROM problems();
SELECT * FROM problems(:'checkpoint');
-- what is left can still be redacted, and the ledger goes on
SELECT soc2.redact('people', :lane, 5, 'asked for') AS redacted;
INSERT INTO people (id, name) VALUES (12, 'after');
SELECT size, sealed FROM soc2.seal('people');
SELECT * FROM problems(:'checkpoint');
SELECT * FROM tampered('DELETE FROM soc2.ledger_prunes WHERE last_seq = 4');
SELECT * FROM tampered('DELETE FROM soc2.ledger_prunes');
SELECT * FROM tampered('UPDATE soc2.ledger_prunes SET last_hash = sha256(''x'')::soc2.digest');
SELECT * FROM tampered('UPDATE soc2.ledger_prunes SET evidence_id = gen_random_uuid()');
SELECT * FROM tampered('UPDATE soc2.ledger_prunes SET last_seq = 5 WHERE last_seq = 4');
SELECT * FROM tampered('DELETE FROM people WHERE id = 5');
SELECT * FROM tampered('DELETE FROM people WHERE id > 8');

-- a lane that is not whole cannot be pruned
CREATE FUNCTION prune_tampered(command text, lane integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    outcome text;
BEGIN
    ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
    ALTER TABLE people DISABLE TRIGGER ALL;
    EXECUTE command;
    ALTER TABLE people ENABLE TRIGGER ALL;
    outcome = try(format('SELECT soc2.prune_ledger(''people'', %s, 6, ''x'')', lane));
    RAISE EXCEPTION USING ERRCODE = 'ZZ001', MESSAGE = outcome;
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
    RETURN SQLERRM;
END $$;
SELECT prune_tampered('DELETE FROM people WHERE id = 5', :lane);
SELECT prune_tampered('DELETE FROM people WHERE id = 6', :lane);
SELECT prune_tampered('DELETE FROM people WHERE id > 6', :lane);
SELECT prune_tampered('UPDATE people SET ledger_hash = sha256(''x'')::soc2.digest WHERE id = 6', :lane);

-- retention keeps rows; without its guards nothing can be judged
BEGIN;
SELECT soc2.create_retention_class('redact_test_long', '500 years', 'test') AS class;
SELECT soc2.set_retention('people', 'redact_test_long', 'expires_at');
SELECT try(format('SELECT soc2.prune_ledger(''people'', %s, 6, ''x'')', :lane));
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE people DISABLE TRIGGER soc2_retention_delete;
SELECT try(format('SELECT soc2.prune_ledger(''people'', %s, 6, ''x'')', :lane));
ROLLBACK;
-- a column of that name that is no date keeps all rows
BEGIN;
CREATE TABLE odd (expires_at text);
SELECT soc2.create_ledger('odd') IS NOT NULL AS made;
INSERT INTO odd VALUES ('2001-01-01'), ('2001-01-01');
SELECT sealed FROM soc2.seal('odd');
SELECT try(format('SELECT soc2.prune_ledger(''odd'', %s, 1, ''x'')', ledger_lane)) FROM odd LIMIT 1;
ROLLBACK;
-- and a table without it has nothing to wait for but being sealed
SELECT try(format('SELECT soc2.prune_ledger(''plain'', %s, 1, ''x'')', :plain_lane));
SELECT sealed FROM soc2.seal('plain');
-- the pass is for the one table: a trigger of the owner on another one like it
BEGIN;
SET LOCAL ROLE regress_redact_owner;
CREATE TABLE twin (id integer);
SELECT soc2.create_ledger('twin') IS NOT NULL AS made;
INSERT INTO twin VALUES (1), (2);
SELECT DISTINCT ledger_lane = :plain_lane AS same_lane FROM twin;
CREATE FUNCTION delete_twin() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN DELETE FROM redact_test.twin WHERE ledger_seq = 1; RETURN OLD; END $$;
CREATE TRIGGER a_meddle BEFORE DELETE ON plain FOR EACH ROW EXECUTE FUNCTION delete_twin();
RESET ROLE;
SELECT try(format('SELECT soc2.prune_ledger(''plain'', %s, 1, ''x'')', :plain_lane));
ROLLBACK;
SELECT soc2.prune_ledger('plain', :plain_lane, 1, 'short') AS pruned;
SELECT try(format('SELECT soc2.prune_ledger(''plain'', %s, 2, ''x'')', :plain_lane));
SELECT * FROM soc2.verify_ledger('plain');

SET client_min_messages = warning;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
DROP SCHEMA redact_test CASCADE;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
DROP OWNED BY regress_redact_owner, regress_redact_custodian, regress_redact_auditor;
DROP ROLE regress_redact_owner, regress_redact_custodian, regress_redact_auditor;
