--@ conf.fdw_exits not_occurring 0 0
--@ conf.um_passwords not_occurring 0 0
--@ conf.sub_conninfo not_occurring 0 0
CREATE ROLE "U";
CREATE TABLE t (id integer PRIMARY KEY);
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER "S" FOREIGN DATA WRAPPER w OPTIONS (host 'h', password_required 'false');
CREATE USER MAPPING FOR "U" SERVER "S" OPTIONS ("user" 'x', passfile '/x');
CREATE USER MAPPING FOR PUBLIC SERVER "S";
CREATE PUBLICATION p FOR TABLE t;
CREATE PUBLICATION "All" FOR ALL TABLES;
CREATE EXTENSION dblink;
SET client_min_messages = error;
CREATE SUBSCRIPTION "Sub" CONNECTION 'host=h dbname=password user=x' PUBLICATION p WITH (connect = false);
--@ conf.fdw_exits fail 5 5
--  foreign server "S" | f | wrapper w, not approved
--  publication "All" | f | of all tables, not approved
--  publication p | f | of 1 tables and 0 schemas, not approved
--  subscription "Sub" | f | disabled, not approved
--  ~ ^extension dblink \| f \| version [\d.]+, not approved$
SELECT soc2.set_check_parameters('conf.fdw_exits', '{"approved": ["foreign server \"S\"", "publication \"All\"",
    "publication p", "subscription \"Sub\"", "extension dblink"]}', 'test') IS NOT NULL;
--@ conf.fdw_exits pass 5 0
--  publication "All" | t | of all tables, approved
--@ conf.um_passwords pass 3 0
--  foreign server "S" | t | no password
--  user mapping of role "U" on server "S" | t | no password
--  user mapping of public on server "S" | t | no password
ALTER USER MAPPING FOR "U" SERVER "S" OPTIONS (ADD password 'x', ADD sslpassword 'y');
ALTER SERVER "S" OPTIONS (ADD "apiKey" 'x');
--@ conf.um_passwords fail 3 2
--  foreign server "S" | f | has apiKey
--  user mapping of role "U" on server "S" | f | has password, sslpassword
--@ conf.sub_conninfo pass 1 0
--  subscription "Sub" in database conf | t | no password
ALTER SUBSCRIPTION "Sub" CONNECTION 'host=h password = x user=x';
--@ conf.sub_conninfo fail 1 1
--  subscription "Sub" in database conf | f | has a password
ALTER SUBSCRIPTION "Sub" CONNECTION 'postgresql://me:secret@h/db';
--@ conf.sub_conninfo fail 1 1
ALTER SUBSCRIPTION "Sub" CONNECTION 'postgresql://me@h/db?sslpassword=x';
--@ conf.sub_conninfo fail 1 1
ALTER SUBSCRIPTION "Sub" CONNECTION 'postgresql://me@h:5432/db';
--@ conf.sub_conninfo pass 1 0
ALTER SUBSCRIPTION "Sub" SET (slot_name = NONE);
DROP SUBSCRIPTION "Sub";
