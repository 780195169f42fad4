-- Checks that read registries.

-- backups: none is no pass
--@ av.backup_fresh fail 2 2
--  newest backup | f | no backup is recorded
--  newest verified backup | f | no backup was verified
--@ av.restore_test fail 1 1
--  newest restore test | f | no restore was recorded
SELECT soc2.record_backup('old', now() - interval '7 days') IS NOT NULL,
    soc2.record_backup('dump', now(), 'logical') IS NOT NULL,
    soc2.record_backup_test('old', true, 'verify') IS NOT NULL;
--@ av.backup_fresh fail 2 1
--  ~ ^newest backup \| f \| old of 20
--  ~ ^newest verified backup \| t \| old of 20
--@ av.restore_test fail 1 1
SELECT soc2.record_backup('new', now() - interval '1 day') IS NOT NULL;
--@ av.backup_fresh pass 2 0
--  ~ ^newest backup \| t \| new of 20
-- a restore that fails takes away what a look at its files gave
SELECT soc2.record_backup_test('old', false) IS NOT NULL;
--@ av.restore_test fail 1 1
--  ~ ^newest restore test \| f \| failed on 20
--@ av.backup_fresh fail 2 1
--  newest verified backup | f | no backup was verified
SELECT soc2.record_backup_test('new', true) IS NOT NULL;
--@ av.backup_fresh pass 2 0
--  ~ ^newest verified backup \| t \| new of 20
--@ av.restore_test pass 1 0
--  ~ ^newest restore test \| t \| passed on 20
SELECT soc2.set_check_parameters('av.restore_test', '{"max_age": "-1 hours"}', 'test') IS NOT NULL;
--@ av.restore_test fail 1 1

-- capacity: the size now, and the line through the samples
--@ av.size_capacity not_occurring 0 0
SELECT soc2.plan_capacity('registry', 1000000);
--@ av.size_capacity fail 1 1
--  registry | f | larger than the 977 kB that are planned
SELECT soc2.plan_capacity('registry', 1000000000000, '90 days');
--@ av.size_capacity pass 1 0
--  registry | t | inside 931 GB, too few samples for a forecast
INSERT INTO soc2.capacity_samples (database, sampled_at, bytes)
SELECT 'registry', now() - interval '1 day' * d, 500000000000 - d * 6000000000 FROM generate_series(1, 30) AS d;
--@ av.size_capacity pass 1 0
--  registry | t | inside 931 GB for 90 days
SELECT soc2.plan_capacity('registry', 500000000000, '90 days');
--@ av.size_capacity fail 1 1
--  registry | f | will be larger than the 466 GB that are planned, within 90 days
CREATE DATABASE gone;
SELECT soc2.plan_capacity('gone', 1000000000000);
DROP DATABASE gone;
--@ av.size_capacity fail 2 2
--  gone | f | the database is gone

-- settings, libraries and extensions against the baseline
--@ cfg.baseline_drift not_occurring 0 0
SELECT soc2.approve_baseline() > 0;
--@ cfg.baseline_drift pass * 0
--  setting work_mem | t | as approved: 4096
ALTER SYSTEM SET work_mem = '5MB';
--@ reload
--@ cfg.baseline_drift fail * 1
--  setting work_mem | f | approved: 4096, is: 5120
--@ cfg.auto_conf fail 1 1
--  work_mem | f | no approved change
SELECT soc2.record_change('C-1', 'more memory', '{setting:work_*}');
--@ cfg.auto_conf fail 1 1
CREATE ROLE second SUPERUSER LOGIN;
\connect - second
SELECT soc2.approve_change('C-1') IS NOT NULL;
--@ reload
--@ cfg.auto_conf pass 1 0
--  work_mem | t | change C-1
-- what a session sets is not the server's
SET maintenance_work_mem = '100MB';
SELECT soc2.approve_baseline('{setting}') > 0;
--@ cfg.baseline_drift pass * 0
CREATE EXTENSION tablefunc;
--@ cfg.baseline_drift fail * 1
--  ~ ^extension tablefunc \| f \| not approved: 
DROP EXTENSION tablefunc;
ALTER SYSTEM RESET ALL;
--@ reload
--@ cfg.auto_conf not_occurring 0 0

-- classes of data
--@ conf.inventory not_occurring 0 0
--@ conf.pii_heuristic not_occurring 0 0
--@ conf.column_encrypt not_occurring 0 0
--@ conf.crypto_ext not_occurring 0 0
CREATE SCHEMA "App";
CREATE DOMAIN secret AS bytea;
CREATE TABLE "App"."Person" (id integer, "E_mail" text, discard text, first_name text) PARTITION BY LIST (id);
CREATE TABLE part PARTITION OF "App"."Person" DEFAULT;
CREATE TEMPORARY TABLE brief (email text);
--@ conf.inventory fail 4 4
--  "App"."Person"."E_mail" | f | not classified
--@ conf.pii_heuristic fail 2 2
--  "App"."Person"."E_mail" | f | not classified
--  "App"."Person".first_name | f | not classified
SELECT soc2.set_check_parameters('conf.inventory', '{"exempt": ["App"]}', 'test') IS NOT NULL;
--@ conf.inventory pass 4 0
SELECT soc2.set_check_parameters('conf.inventory', NULL, 'test') IS NOT NULL;
SELECT soc2.classify('"App"."Person"', 'internal');
--@ conf.inventory pass 4 0
--  "App"."Person".id | t | internal
--@ conf.pii_heuristic fail 2 2
--  "App"."Person".first_name | f | internal
--@ conf.crypto_ext not_occurring 0 0
SELECT soc2.classify('"App"."Person"', 'personal', 'E_mail'), soc2.classify('"App"."Person"', 'restricted', 'first_name');
--@ conf.pii_heuristic pass 2 0
--  "App"."Person"."E_mail" | t | personal
--@ conf.crypto_ext pass 1 0
--  cryptographic extension | t | pgcrypto installed
SELECT soc2.set_check_parameters('conf.crypto_ext', '{"extensions": ["pgsodium"]}', 'test') IS NOT NULL;
--@ conf.crypto_ext fail 1 1
--  cryptographic extension | f | none installed
--@ conf.column_encrypt fail 1 1
--  "App"."Person".first_name | f | type text, not masked
SELECT soc2.classify('"App"."Person"', 'restricted', 'first_name', true);
--@ conf.column_encrypt pass 1 0
--  "App"."Person".first_name | t | type text, masked or encrypted
CREATE TABLE "App".vault (key secret);
SELECT soc2.classify('"App".vault', 'restricted');
--@ conf.column_encrypt pass 2 0
--  "App".vault.key | t | type public.secret, not masked
-- a label is a class, too, and what soc2.classify() says goes before it
SECURITY LABEL FOR soc2 ON COLUMN "App"."Person".first_name IS 'class=personal';
--@ conf.inventory fail 5 1
--  "App"."Person".first_name | f | restricted, but its label says personal
SECURITY LABEL FOR soc2 ON COLUMN "App"."Person".first_name IS 'class=restricted';
CREATE TABLE "App".labelled (note text);
--@ conf.inventory fail 6 1
--  "App".labelled.note | f | not classified
SECURITY LABEL FOR soc2 ON TABLE "App".labelled IS 'class=internal';
--@ conf.inventory pass 6 0
DELETE FROM soc2.classifications;
SECURITY LABEL FOR soc2 ON COLUMN "App"."Person".first_name IS NULL;
--@ conf.crypto_ext not_occurring 0 0
SECURITY LABEL FOR soc2 ON COLUMN "App".labelled.note IS 'class=restricted';
--@ conf.crypto_ext fail 1 1
--@ conf.column_encrypt fail 1 1
--  "App".labelled.note | f | type text, not masked
