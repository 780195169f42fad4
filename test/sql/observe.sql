--
-- Settings, roles and grants: what differs from what was seen before is recorded
-- once, without secrets, and what it comes from is told.
--
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_soc2_col LOGIN IN ROLE soc2_collector;
CREATE ROLE "regress_soc2 odd ""R""" CREATEDB PASSWORD 'hidden-1' VALID UNTIL '2030-01-01 00:00+05';
CREATE SCHEMA "Regress.O";
CREATE TABLE "Regress.O"."T to x" (id integer, c integer);
RESET client_min_messages;
SET search_path = soc2, public;
SELECT current_user AS me \gset
SELECT current_database() AS db \gset

-- the first look has nothing to compare with, the second finds nothing
\c - regress_soc2_col
SELECT soc2.observe_settings(), soc2.observe_roles();
SELECT soc2.observe_settings(), soc2.observe_roles();
SELECT count(*) FROM soc2.observed_changes; --fail
SELECT soc2.observe('roles', '{role}'); --fail
\c - :me
SET search_path = soc2, public;
CREATE VIEW pg_temp.seen AS
    SELECT kind, action, replace(name, current_database(), 'DB') AS name, regexp_replace(old_value, 'keyed:[0-9a-f]{64}', 'keyed') AS old_value,
        regexp_replace(new_value, 'keyed:[0-9a-f]{64}', 'keyed') AS new_value, follows, session_role
    FROM observed_changes WHERE action NOT IN ('begun', 'observed');
SELECT kind, action, state_count > 5 AS some, since IS NULL AS first, session_role, state_sha256 = observed_state_sha256(
    CASE kind WHEN 'settings' THEN '{setting,file,"role setting"}' ELSE '{role,membership,database,tablespace,grant}' END::text[]) AS hash
FROM observed_changes ORDER BY recorded_at;
SELECT value FROM observed_state WHERE kind = 'role' AND name LIKE '"regress_soc2 odd%' AND value !~ 'hidden|SCRAM|md5'
    AND value ~ '^CREATEDB NOLOGIN INHERIT VALID UNTIL 2029-12-31 19:00:00\+00 PASSWORD keyed:[0-9a-f]{64}$' \gset seen_
\if :{?seen_value}
\echo attributes as they are
\endif

-- each kind; what a session sets is not the server's
SET work_mem = '77MB';
SET client_min_messages = warning;
ALTER ROLE "regress_soc2 odd ""R""" CREATEROLE PASSWORD 'hidden-2';
ALTER ROLE "regress_soc2 odd ""R""" SET work_mem = '9MB';
ALTER ROLE "regress_soc2 odd ""R""" SET "regress.api_key" = 'hidden-3';
ALTER ROLE "regress_soc2 odd ""R""" SET "regress.url" = 'postgres://u:hidden-4@h/d';
GRANT pg_monitor TO "regress_soc2 odd ""R""" WITH ADMIN OPTION;
GRANT SELECT, UPDATE (c) ON "Regress.O"."T to x" TO "regress_soc2 odd ""R""" WITH GRANT OPTION;
GRANT CREATE ON DATABASE :"db" TO "regress_soc2 odd ""R""";
GRANT SET ON PARAMETER log_statement TO "regress_soc2 odd ""R""";
RESET client_min_messages;
SELECT observe_settings(), observe_roles();
SELECT kind, action, name, old_value, regexp_replace(new_value, 'ADMIN.*', 'ADMIN') AS new_value, follows FROM pg_temp.seen ORDER BY kind, name COLLATE "C";
SELECT object, source, state FROM change_log WHERE source IN ('role setting', 'membership') ORDER BY object COLLATE "C";
SELECT count(*) AS secrets FROM observed_changes AS o WHERE o::text ~ 'hidden|SCRAM-SHA|md5[0-9a-f]{32}';
SELECT count(*) AS secrets FROM observed_state AS o WHERE o::text ~ 'hidden|SCRAM-SHA|md5[0-9a-f]{32}';
SELECT observe_settings(), observe_roles();
SELECT count(*) AS before FROM pg_temp.seen \gset
-- gone again; a role that has another name is another role
SET client_min_messages = warning;
ALTER ROLE "regress_soc2 odd ""R""" RESET ALL;
REVOKE pg_monitor FROM "regress_soc2 odd ""R""";
ALTER ROLE "regress_soc2 odd ""R""" RENAME TO "regress_soc2 to";
RESET client_min_messages;
SELECT observe_settings(), observe_roles() > 0 AS some;
SELECT kind, action, name, regexp_replace(new_value, 'ADMIN.*', 'ADMIN') AS new_value FROM pg_temp.seen WHERE kind <> 'grant' ORDER BY kind, action, name COLLATE "C";

-- what comes from a command that was recorded is judged there
SET client_min_messages = warning;
SELECT start_ddl_capture();
RESET client_min_messages;
CREATE TABLE "Regress.O".new (id integer);
GRANT SELECT ON "Regress.O".new TO "regress_soc2 to";
GRANT INSERT ON "Regress.O"."T to x" TO "regress_soc2 to";
SELECT observe_roles();
SELECT l.object, l.state, l.reason ~ '^effect of ddl' AS effect FROM change_log AS l WHERE l.source = 'grant' ORDER BY l.captured_at DESC, l.object LIMIT 2;
SET client_min_messages = warning;
SELECT stop_ddl_capture();
RESET client_min_messages;
SELECT x, ddl_explains(x[1], x[2], x[3], x[4:]) FROM (VALUES
    ('{role,a,CREATE ROLE,role a}'::text[]), ('{role,a,CREATE ROLE,role ab}'), ('{file,work_mem,ALTER SYSTEM,setting work_mem}'),
    ('{setting,work_mem,ALTER SYSTEM,setting work_mem}'), ('{grant,relation s.t to r,GRANT,table s.t}'), ('{grant,relation s.t to r,GRANT,view s.t}'),
    ('{grant,relation s.t2 to r,GRANT,table s.t}'), ('{grant,relation s.t to r,GRANT,schema s}'), ('{grant,relation s.t to r,CREATE SCHEMA,schema s}'),
    ('{grant,column s.t.c to r,CREATE TABLE,table s.t}'), ('{grant,routine s.f(integer) to r,CREATE FUNCTION,function s.f(integer)}'),
    ('{membership,a in b,DROP ROLE,role a}'), ('{membership,a in b,DROP ROLE,role c,role b}'), ('{membership,a in b,DROP ROLE,role \"a in b\"}'),
    ('{membership,a in b,ALTER ROLE,role a}'), ('{membership,a in b,CREATE ROLE,role a,membership a in b}'),
    ('{role setting,x.y of role a in database b,DROP ROLE,role a}'), ('{role setting,x.y of role a in database b,DROP DATABASE,database b}'),
    ('{role setting,x.y of database b,DROP DATABASE,database b}'), ('{role setting,x.y of role a in database b,DROP ROLE,role b}'),
    ('{role setting,x.y of role ab,DROP ROLE,role a}'), ('{grant,relation s.t to r,DROP OWNED,role r}'), ('{grant,relation s.t to r,DROP ROLE,role r}'),
    ('{grant,relation s.t to r,DROP OWNED,role s,role t}'), ('{grant,schema s to r,GRANT,schema s}'), ('{grant,parameter log_statement to r,GRANT,parameter log_statement}')) AS v (x);

-- secrets: by the name of the setting, and by what the value looks like
SELECT n, v, mask_setting('\x00', n, v) <> v AS masked FROM (VALUES ('archive_command', 'cp %p'), ('archive_command', ''), ('primary_conninfo', 'host=h'),
    ('ssl_passphrase_command', 'x'), ('my.password', 'x'), ('my.passwd', 'x'), ('my.api_key', 'x'), ('my.tokens', 'x'), ('ssl_key_file', '/k'), ('work_mem', '4MB'),
    ('my.dsn', 'host=h password = x'), ('my.url', 'http://u:p@h/'), ('my.url', 'http://h/'), ('password_encryption', 'md5')) AS v (n, v);
SELECT mask_setting('\x00', 'a_key', 'x') <> mask_setting('\x01', 'a_key', 'x') AS keyed, mask_setting('\x00', 'a_key', 'x') = mask_setting('\x00', 'a_key', 'x') AS same;

-- who writes what was last seen is found out; a named change covers what it names
UPDATE observed_state SET value = 'SUPERUSER' WHERE kind = 'role' AND name = '"regress_soc2 to"';
SET soc2.change = 'CHG-404';
SELECT observe_roles();
RESET soc2.change;
SELECT source, action, object, named_change, state, reason FROM change_log WHERE captured_at >= (
    SELECT max(recorded_at) FROM observed_changes WHERE action = 'falsified') ORDER BY captured_at;
SELECT observe_roles();
-- another cluster begins anew
SELECT count(*) AS before FROM pg_temp.seen \gset
INSERT INTO observed_changes (recorded_at, looked_at, kind, action, system_identifier, session_role)
VALUES (clock_timestamp(), clock_timestamp(), 'roles', 'observed', 1, 'x');
CREATE ROLE regress_soc2_later;
SELECT observe_roles();
SELECT count(*) - :before AS more FROM pg_temp.seen;
SELECT action, since IS NULL AS first FROM observed_changes WHERE kind = 'roles' ORDER BY recorded_at DESC LIMIT 1;
-- a ledger
SELECT * FROM verify_ledger('observed_changes');
DELETE FROM observed_changes; --fail
UPDATE observed_changes SET new_value = ''; --fail
TRUNCATE observed_changes; --fail

-- tidy up
SET client_min_messages = warning;
DROP SCHEMA "Regress.O" CASCADE;
DROP OWNED BY "regress_soc2 to";
REVOKE CREATE ON DATABASE :"db" FROM "regress_soc2 to";
REVOKE SET ON PARAMETER log_statement FROM "regress_soc2 to";
DROP ROLE "regress_soc2 to", regress_soc2_col, regress_soc2_later;
TRUNCATE observed_state;
