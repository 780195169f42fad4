--
-- DDL is recorded: each command by its own text, tag, object, user and change,
-- whoever runs it and from wherever, and in a ledger.
--
SET client_min_messages = warning;
CREATE ROLE "regress_soc2 maker";
CREATE SCHEMA regress_ddl AUTHORIZATION "regress_soc2 maker";
SET search_path = soc2, public;
CREATE VIEW pg_temp.log AS
    SELECT command_tag AS tag, object_type AS type, object_identity AS object, object_count AS n, objects,
        command, change_id AS change, executing_role = session_role AS own, application, transaction_id > 0 AS txid
    FROM soc2.ddl_log ORDER BY ledger_lane, ledger_seq;
SET application_name = 'regress';

-- nothing is recorded before it begins, and only a superuser begins it
SET ROLE "regress_soc2 maker";
SELECT soc2.start_ddl_capture(); --fail
RESET ROLE;
CREATE TABLE regress_ddl.before (a integer);
SELECT start_ddl_capture();
SELECT start_ddl_capture(); --fail
SELECT evtname, evtevent, evtenabled FROM pg_event_trigger WHERE evtname ~ '^soc2_capture_' ORDER BY 1;
SELECT payload FROM evidence WHERE kind = 'ddl_capture';

-- the text is that of the command, not of the string it stands in
CREATE TABLE regress_ddl.t (id serial PRIMARY KEY, "Odd ""Column" text)\; ALTER TABLE /* which */ regress_ddl.t
    ADD COLUMN c integer  \; CREATE INDEX ON regress_ddl.t (c);
DO $$ BEGIN CREATE VIEW regress_ddl.v AS SELECT 1 AS a; EXECUTE 'COMMENT ON VIEW regress_ddl.v IS ''x'''; END $$;
SET soc2.change = 'C-9';
SET ROLE "regress_soc2 maker";
CREATE FUNCTION regress_ddl.f("A" integer) RETURNS integer LANGUAGE sql RETURN 1;
RESET ROLE;
RESET soc2.change;
PREPARE make AS SELECT 1 AS a;
CREATE TABLE regress_ddl.made AS EXECUTE make;
SELECT 1 AS a INTO regress_ddl.into_table;
CREATE SCHEMA regress_other CREATE TABLE x (a integer) CREATE VIEW y AS SELECT a FROM x;
GRANT SELECT ON regress_ddl.t TO PUBLIC;
SELECT * FROM pg_temp.log;

-- drops, of what depends on it too, and of columns
SELECT count(*) AS before FROM ddl_log \gset
DROP SCHEMA regress_other CASCADE;
ALTER TABLE regress_ddl.t DROP COLUMN c;
DROP TABLE regress_ddl.made, regress_ddl.into_table;
SELECT tag, type, object, n, objects, command FROM pg_temp.log OFFSET :before;

-- a row for a command of hundred objects and more has all that it names
SELECT 'DROP TABLE ' || string_agg(format('regress_ddl.many%s', n), ', ') AS command FROM generate_series(1, 120) AS n \gset
SET soc2.capture_ddl = off;
DO $$ BEGIN FOR n IN 1..120 LOOP EXECUTE format('CREATE TABLE regress_ddl.many%s ()', n); END LOOP; END $$;
RESET soc2.capture_ddl;
SELECT count(*) AS before FROM ddl_log \gset
:command;
SELECT tag, object, n, cardinality(objects) FROM pg_temp.log OFFSET :before;

-- no text where it may hold a password; no rows of temporary objects, of what
-- extensions make, and of what is rolled back
SELECT count(*) AS before FROM ddl_log \gset
CREATE FOREIGN DATA WRAPPER regress_wrapper;
CREATE SERVER regress_server FOREIGN DATA WRAPPER regress_wrapper OPTIONS (password 'secret');
CREATE USER MAPPING FOR CURRENT_USER SERVER regress_server OPTIONS (password 'secret');
CREATE TEMPORARY TABLE brief (id serial PRIMARY KEY);
DROP TABLE brief;
BEGIN;
CREATE TABLE regress_ddl.undone ();
ROLLBACK;
BEGIN;
SAVEPOINT s;
CREATE TABLE regress_ddl.undone ();
ROLLBACK TO s;
CREATE TABLE regress_ddl.kept ();
COMMIT;
CREATE EXTENSION tablefunc;
DROP EXTENSION tablefunc;
DROP FOREIGN DATA WRAPPER regress_wrapper CASCADE;
SELECT tag, type, regexp_replace(object, '^\S+ on', 'user on') AS object, command FROM pg_temp.log OFFSET :before;

-- privileges: what they are on, each of many, or a schema for all that is in it
SELECT count(*) AS before FROM ddl_log \gset
CREATE TYPE regress_ddl.kind AS ENUM ('a');
CREATE FUNCTION regress_ddl.g("A" integer, text) RETURNS integer LANGUAGE sql RETURN 1;
GRANT SELECT ON regress_ddl.t, regress_ddl.v TO PUBLIC;
REVOKE UPDATE (id) ON regress_ddl.t FROM PUBLIC;
GRANT EXECUTE ON FUNCTION regress_ddl.g TO PUBLIC;
REVOKE ALL ON ROUTINE regress_ddl.f(integer), regress_ddl.g(integer, text) FROM PUBLIC;
GRANT USAGE ON TYPE regress_ddl.kind TO PUBLIC;
GRANT USAGE ON SEQUENCE regress_ddl.t_id_seq TO PUBLIC;
GRANT USAGE ON SCHEMA regress_ddl TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA regress_ddl, public TO "regress_soc2 maker";
REVOKE SELECT ON ALL TABLES IN SCHEMA regress_ddl, public FROM "regress_soc2 maker";
REVOKE USAGE ON LANGUAGE plpgsql FROM "regress_soc2 maker";
SELECT tag, type, object, n, objects FROM pg_temp.log OFFSET :before;

-- roles and databases, for which no event trigger fires
SELECT count(*) AS before FROM ddl_log \gset
SELECT current_database() AS db \gset
CREATE ROLE "regress_soc2 ""x""" PASSWORD 'secret' CREATEDB;
CREATE USER regress_soc2_y;
ALTER ROLE "regress_soc2 ""x""" CREATEROLE;
ALTER ROLE regress_soc2_y WITH ENCRYPTED PASSWORD 'secret';
GRANT pg_monitor, "regress_soc2 ""x""" TO regress_soc2_y, "regress_soc2 maker" WITH ADMIN OPTION;
REVOKE pg_monitor FROM regress_soc2_y;
ALTER GROUP "regress_soc2 ""x""" DROP USER regress_soc2_y;
ALTER ROLE "regress_soc2 ""x""" RENAME TO regress_soc2_z;
ALTER ROLE regress_soc2_y SET work_mem = '9MB';
ALTER ROLE regress_soc2_y IN DATABASE :"db" SET "regress.api_key" = 'secret';
ALTER ROLE regress_soc2_y SET "regress.url" = 'http://u:secret@h';
ALTER ROLE regress_soc2_y RESET ALL;
ALTER ROLE ALL SET work_mem = '8MB';
ALTER ROLE ALL RESET work_mem;
ALTER DATABASE :"db" SET work_mem = '7MB';
ALTER DATABASE :"db" RESET ALL;
ALTER DATABASE :"db" CONNECTION LIMIT -1;
GRANT CONNECT ON DATABASE :"db" TO regress_soc2_y;
REVOKE CONNECT ON DATABASE :"db" FROM regress_soc2_y;
GRANT SET ON PARAMETER log_statement, work_mem TO regress_soc2_y;
REVOKE SET ON PARAMETER log_statement, work_mem FROM regress_soc2_y;
DO $$ BEGIN EXECUTE 'ALTER ROLE regress_soc2_y NOLOGIN'; END $$;
BEGIN;
CREATE ROLE regress_soc2_undone;
ROLLBACK;
SET soc2.capture_ddl = off;
ALTER ROLE regress_soc2_y LOGIN;
RESET soc2.capture_ddl;
SET soc2.change = 'C-9';
REVOKE regress_soc2_z FROM "regress_soc2 maker";
DROP ROLE IF EXISTS regress_soc2_y, regress_soc2_z, regress_soc2_nobody;
RESET soc2.change;
REVOKE pg_monitor FROM "regress_soc2 maker";
SELECT tag, type, replace(object, current_database(), 'DB') AS object, n, replace(objects::text, current_database(), 'DB') AS objects,
    replace(command, quote_ident(current_database()), 'DB') AS command, change FROM pg_temp.log OFFSET :before;
SELECT count(*) AS secrets FROM ddl_log AS l WHERE l::text ~ 'secret';

-- memberships that a role is made with; what changes its owner, privileges that go with
-- a role; and event triggers, for which no event trigger fires
SELECT count(*) AS before FROM ddl_log \gset
CREATE ROLE "regress_soc2 k";
CREATE ROLE regress_soc2_y IN ROLE pg_monitor, pg_read_all_data ROLE "regress_soc2 maker" ADMIN "regress_soc2 k";
CREATE TABLE regress_ddl.owned (a integer);
ALTER TABLE regress_ddl.owned OWNER TO regress_soc2_y;
REASSIGN OWNED BY regress_soc2_y TO "regress_soc2 k";
GRANT SELECT ON regress_ddl.t TO regress_soc2_y;
DROP OWNED BY regress_soc2_y;
DROP OWNED BY "regress_soc2 k";
DROP ROLE regress_soc2_y, "regress_soc2 k";
CREATE FUNCTION regress_ddl.e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER "regress E" ON ddl_command_start EXECUTE FUNCTION regress_ddl.e();
ALTER EVENT TRIGGER "regress E" DISABLE;
ALTER EVENT TRIGGER "regress E" RENAME TO regress_e;
ALTER EVENT TRIGGER regress_e OWNER TO CURRENT_USER;
DROP EVENT TRIGGER IF EXISTS regress_e;
BEGIN;
ALTER EVENT TRIGGER soc2_capture_drop DISABLE;
ALTER EVENT TRIGGER soc2_capture_drop ENABLE ALWAYS;
DROP EVENT TRIGGER soc2_capture_command;
CREATE ROLE regress_soc2_undone;
SELECT tag, type, object, n, objects, command FROM pg_temp.log OFFSET :before;
ROLLBACK;

-- the switch is a superuser's
SET ROLE "regress_soc2 maker";
SET soc2.capture_ddl = off; --fail
RESET ROLE;

-- it is a ledger, and nobody's to write
SELECT * FROM verify_ledger('ddl_log');
DELETE FROM ddl_log; --fail
UPDATE ddl_log SET command = ''; --fail
SET ROLE "regress_soc2 maker";
INSERT INTO soc2.ddl_log (command_tag) VALUES ('x'); --fail
SELECT soc2.ddl_capture(); --fail
RESET ROLE;
SELECT soc2.ddl_capture(); --fail

SELECT stop_ddl_capture();
SELECT count(*) AS before FROM ddl_log \gset
DROP SCHEMA regress_ddl CASCADE;
SELECT count(*) - :before AS more FROM ddl_log;
SELECT stop_ddl_capture(); --fail
SELECT payload FROM evidence WHERE kind = 'ddl_capture' ORDER BY payload::text;
DROP ROLE "regress_soc2 maker";
