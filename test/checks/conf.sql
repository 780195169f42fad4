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
--  foreign server "S" | f | wrapper w, no approved change
--  publication "All" | f | of all tables, no approved change
--  publication p | f | of 1 tables and 0 schemas, no approved change
--  subscription "Sub" | f | disabled, no approved change
--  ~ ^extension dblink \| f \| version [\d.]+, no approved change$
SELECT soc2.record_change('C-1', 'to the warehouse', '{server:S,publication:*,subscription:Sub,extension:dblink}');
--@ conf.fdw_exits fail 5 5
CREATE ROLE second SUPERUSER LOGIN;
\connect - second
SELECT soc2.approve_change('C-1') IS NOT NULL;
--@ reload
--@ conf.fdw_exits pass 5 0
--  foreign server "S" | t | wrapper w, change C-1
--  publication "All" | t | of all tables, change C-1
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

-- conf.disposal_overdue
DROP PUBLICATION "All";
--@ conf.disposal_overdue not_occurring 0 0
CREATE TABLE "Customers" (id integer, "Closed" date);
CREATE TABLE visits (id integer, at timestamptz);
CREATE TABLE kept (id integer, at timestamp);
SELECT soc2.create_retention_class('month', '1 day', 'policy 1', max_retain => '1 month');
SELECT soc2.create_retention_class('ever', '1 day', 'policy 2');
SELECT soc2.set_retention('"Customers"', 'month', 'Closed');
SELECT soc2.set_retention('visits', 'month', 'at');
SELECT soc2.set_retention('kept', 'ever', 'at');
INSERT INTO "Customers" VALUES (1, '2001-02-03'), (2, '2001-02-04'), (3, current_date), (4, NULL);
INSERT INTO visits VALUES (1, now()), (2, 'infinity');
INSERT INTO kept VALUES (1, '2001-02-03');
--@ conf.disposal_overdue fail 2 1
--  public."Customers" | f | 2 rows past 1 mon, class month
--  public.visits | t | 0 rows past 1 mon, class month
DELETE FROM "Customers" WHERE id <= 2;
--@ conf.disposal_overdue pass 2 0
--  public."Customers" | t | 0 rows past 1 mon, class month

-- conf.legal_hold
--@ conf.legal_hold not_occurring 0 0
CREATE TABLE "Mail" (id integer);
CREATE TABLE person (id integer PRIMARY KEY);
CREATE TABLE letter (person integer);
SELECT soc2.set_subject('person', 'id', kind => 'person');
SELECT soc2.set_subject('letter', 'person', via => 'person');
SELECT soc2.open_matter('Smith v Acme', 'L-1');
SELECT soc2.place_hold('L-1', '"Mail"');
SELECT soc2.place_hold('L-1', subject => 'person:42');
--@ conf.legal_hold pass 2 0
--  hold 1 of matter L-1 | t | public."Mail", in force, guarded
--  hold 2 of matter L-1 | t | a subject of kind person, in force, guarded
ALTER TABLE letter DISABLE TRIGGER soc2_hold_delete;
--@ conf.legal_hold fail 2 1
--  hold 2 of matter L-1 | f | a subject of kind person, in force, dropped or not guarded
ALTER TABLE letter ENABLE ALWAYS TRIGGER soc2_hold_delete;
DROP TABLE "Mail";
--@ conf.legal_hold fail 2 1
--  ~ ^hold 1 of matter L-1 \| f \| \d+, in force, dropped or not guarded$
SELECT soc2.release_hold(1, 'settled', '0') IS NOT NULL, soc2.release_hold(2, 'settled') IS NOT NULL;
--@ conf.legal_hold pass 1 0
--  hold 2 of matter L-1 | t | a subject of kind person, in grace, guarded
