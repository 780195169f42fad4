--
-- Privacy: requests of persons from receipt to answer, all that there is about a
-- subject, where personal data is, and to whom it is given.
--
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_soc2_collector LOGIN IN ROLE soc2_collector;
CREATE ROLE regress_soc2_custodian LOGIN IN ROLE soc2_custodian;
CREATE ROLE regress_soc2_admin LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_soc2_auditor IN ROLE soc2_auditor;
RESET client_min_messages;
SELECT session_user AS me \gset
SET search_path = soc2, public;
SET TimeZone = 'UTC';

-- a shop: customers, what they ordered, and what is on an order
CREATE SCHEMA "odd.""S";
CREATE TABLE "odd.""S".customer (id bigint PRIMARY KEY, "E mail" text, born date, balance numeric(10,2), note text);
CREATE TABLE "odd.""S"."order" (id integer PRIMARY KEY, customer bigint NOT NULL REFERENCES "odd.""S".customer, paid_by bigint, at timestamptz) PARTITION BY RANGE (id);
CREATE TABLE "odd.""S".order_1 PARTITION OF "odd.""S"."order" FOR VALUES FROM (0) TO (100);
CREATE TABLE "odd.""S".order_2 PARTITION OF "odd.""S"."order" FOR VALUES FROM (100) TO (200);
CREATE TABLE "odd.""S".item (id integer, "order" integer REFERENCES "odd.""S"."order", what text);
INSERT INTO "odd.""S".customer VALUES (42, 'ada@shop.example', '1990-12-10', 12.50, NULL), (43, 'bob@shop.example', '1991-01-02', 0, 'x');
INSERT INTO "odd.""S"."order" VALUES (1, 42, NULL, '2021-03-01 12:00+01'), (101, 43, 42, '2021-03-02 12:00+01'), (102, 43, NULL, NULL);
INSERT INTO "odd.""S".item VALUES (1, 1, 'tea'), (2, 101, 'coffee'), (3, 102, 'milk');
SELECT set_subject('"odd.""S".customer', 'id', 'shopper'), set_subject('"odd.""S"."order"', 'customer', via => '"odd.""S".customer'),
    set_subject('"odd.""S"."order"', 'paid_by', via => '"odd.""S".customer', on_erase => 'unlink'),
    set_subject('"odd.""S".item', 'order', via => '"odd.""S"."order"');
SELECT track_changes('"odd.""S".customer') IS NOT NULL AS tracked;

-- requests: from receipt to the answer
SET SESSION AUTHORIZATION regress_soc2_collector;
SELECT record_subject_request('P-1', 'access', '2021-01-31 22:30Z', 'shopper:42', zone => 'Europe/Berlin', owner => 'Eve');
SELECT record_subject_request('P-2', 'correction', '2021-01-31 22:30Z', zone => 'America/Los_Angeles', period => '72 hours');
SELECT record_subject_request('P-3', 'objection'), record_subject_request('P-4', 'erasure', subject => 'shopper:42'), record_subject_request('P-5', 'complaint');
SELECT record_subject_request('P-1', 'access'); --fail
SELECT record_subject_request('P-6', 'whim'); --fail
SELECT record_subject_request('P-6', 'access', zone => 'Nowhere'); --fail
SELECT record_subject_request('P-6', 'access', period => '-1 day'); --fail
INSERT INTO subject_requests (request_id, state) VALUES ('P-6', 'answered'); --fail
SELECT identify_requester('P-2', 'signed letter', 'shopper:43'), identify_requester('P-3', 'logged in', 'shopper:42'), identify_requester('P-4', 'logged in');
SELECT identify_requester('P-9', 'guessed'); --fail
SELECT extend_subject_request('P-1', '2 months', ''); --fail
SELECT extend_subject_request('P-1', '-1 day', 'x'); --fail
SELECT extend_subject_request('P-1', '2 months', 'many orders'), identify_requester('P-1', 'passport seen');
SELECT answer_subject_request('P-2', 'not yours', outcome => 'gone'); --fail
SELECT answer_subject_request('P-2', 'not yours', outcome => 'received'); --fail
SELECT answer_subject_request('P-2', 'not yours', outcome => 'refused');
SELECT answer_subject_request('P-2', 'again'); --fail
SELECT answer_subject_request('P-5', 'took it back', outcome => 'withdrawn');
UPDATE subject_requests SET owner = 'Mallory' WHERE request_id = 'P-2'; --fail
UPDATE subject_requests SET closed_at = now() WHERE request_id = 'P-1'; --fail
UPDATE subject_requests SET identified_by = 'Mallory' WHERE request_id = 'P-1'; --fail
RESET SESSION AUTHORIZATION;
-- days end where the person lives, whatever the session's zone; hours count as they pass
SELECT request_id, state, due_at, is_open, overdue, identity_method, extension FROM subject_request_status WHERE request_id IN ('P-1', 'P-2') ORDER BY 1;
SET TimeZone = 'Pacific/Kiritimati';
SELECT due_at = '2021-04-30 22:00Z' AS same FROM subject_requests WHERE request_id = 'P-1';
UPDATE subject_requests SET owner = 'Eva' WHERE request_id = 'P-1' RETURNING due_at = '2021-04-30 22:00Z' AS same;
SET TimeZone = 'UTC';
SELECT request_id, identified_by = :'me' AS identified, closed_by = :'me' AS closed, extended_by = :'me' AS extended FROM subject_requests WHERE request_id LIKE 'P-_' ORDER BY 1;

-- an objection ends a purpose: the guard refuses rows for it
SELECT record_consent('shopper:42', 'news', effective_at => '2021-01-01') IS NOT NULL AS given, record_consent('shopper:42', 'orders', effective_at => '2021-01-01') IS NOT NULL AS given;
SELECT require_consent('"odd.""S"."order"', 'news', 'customer');
INSERT INTO "odd.""S"."order" VALUES (2, 42);
SET SESSION AUTHORIZATION regress_soc2_collector;
-- also that which was given before for later
SELECT record_consent('shopper:42', 'news', effective_at => 'infinity') IS NOT NULL AS pending;
SELECT object_to('P-3', 'news') IS NOT NULL AS ended;
SELECT object_to('P-4', 'news'); --fail
SELECT answer_subject_request('P-3', 'no news any more');
SELECT object_to('P-3', 'news'); --fail
RESET SESSION AUTHORIZATION;
INSERT INTO "odd.""S"."order" VALUES (3, 42); --fail
SELECT purpose, state, request_id, recorded_by FROM consent_status WHERE subject = 'shopper:42' AND request_id IS NOT NULL;
SELECT request_id, purposes_ended FROM subject_request_status WHERE purposes_ended IS NOT NULL;
SELECT given FROM consents WHERE subject = 'shopper:42' AND effective_at = 'infinity' ORDER BY recorded_at DESC, given LIMIT 1;
SELECT unrequire_consent('"odd.""S"."order"', 'news');
DELETE FROM "odd.""S"."order" WHERE id = 2;

-- corrections: the row history has the values
BEGIN;
UPDATE "odd.""S".customer SET "E mail" = 'ada@new.example' WHERE id = 42;
SELECT record_correction('P-1', '"odd.""S".customer', '{"E mail"}', '{carrier}', 'moved') IS NOT NULL AS recorded;
COMMIT;
SELECT record_correction('P-1', '"odd.""S".item', '{what}') IS NOT NULL AS recorded;
SELECT record_correction('P-1', '"odd.""S".item', '{"E mail"}'); --fail
SELECT record_correction('P-1', '"odd.""S".item', '{}'); --fail
SELECT record_correction('P-1', 0, '{a}'); --fail
SELECT record_correction('P-77', '"odd.""S".item', '{what}'); --fail
SELECT record_correction(NULL, '"odd.""S".item', '{what}') IS NOT NULL AS without_request;
SELECT request_id, relation, columns, informed, in_history FROM correction_status ORDER BY relation;

-- erasure: of the subject that asked
SET SESSION AUTHORIZATION regress_soc2_custodian;
SELECT request_erasure('shopper:43') AS wrong, request_erasure('shopper:42') AS erasure \gset
\set VERBOSITY sqlstate
SELECT link_erasure('P-4', :wrong); --fail
\set VERBOSITY terse
SELECT link_erasure('P-9', :erasure); --fail
SELECT link_erasure('P-4', :erasure);
SELECT erasure_id = :erasure AS linked FROM subject_request_status WHERE request_id = 'P-4';

-- all that there is: by the graph, with the rights of who asks
SELECT relation, row_data FROM subject_rows('shopper:42'); --fail
RESET SESSION AUTHORIZATION;
SELECT record_disclosure('court', 'order', 'law', subject => 'shopper:42') IS NOT NULL AS disclosed;
GRANT USAGE ON SCHEMA "odd.""S" TO regress_soc2_custodian;
GRANT SELECT ON ALL TABLES IN SCHEMA "odd.""S" TO regress_soc2_custodian;
SET SESSION AUTHORIZATION regress_soc2_custodian;
SET TimeZone = 'Pacific/Kiritimati';
SET DateStyle = 'German, DMY';
SELECT relation, row_data FROM subject_rows('shopper:42') WHERE relation NOT LIKE 'soc2.%';
SELECT relation, count(*) FROM subject_rows('shopper:42') GROUP BY 1 ORDER BY 1;
SET TimeZone = 'UTC';
RESET DateStyle;
SELECT x ->> 'subject' AS subject, x ->> 'rows' AS rows, x #> '{data,"\"odd.\"\"S\".item"}' AS items FROM subject_export('shopper:42') AS x;
SELECT x ->> 'rows' AS rows, x -> 'data' AS data FROM subject_export('shopper:999') AS x;
SELECT subject_export('shopper:42', 3); --fail
SELECT subject_export('shopper:42', -1); --fail
SELECT subject_export('shopper:42', 9223372036854775807) -> 'rows' AS rows;
SELECT subject_export('person:42'); --fail
SELECT subject_export('shopper:042'); --fail
RESET SESSION AUTHORIZATION;
-- nothing is hidden in silence
ALTER TABLE "odd.""S".item ENABLE ROW LEVEL SECURITY;
SET SESSION AUTHORIZATION regress_soc2_custodian;
SELECT count(*) FROM subject_rows('shopper:42'); --fail
RESET SESSION AUTHORIZATION;
ALTER TABLE "odd.""S".item DISABLE ROW LEVEL SECURITY;
SET ROLE regress_soc2_auditor;
SELECT subject_export('shopper:42'); --fail
RESET ROLE;

-- where personal data is: by names and by values, which are not kept
CREATE TABLE "odd.""S".lead ("Contact%" text, remark varchar(40), "taxId" integer, "remoteAddr" inet, phone text, amount bigint, nothing text, number numeric);
INSERT INTO "odd.""S".lead
SELECT CASE WHEN n % 4 > 0 THEN 'p' || n || '@shop.example' END, CASE WHEN n % 20 = 0 THEN 'DE89370400440532013000' ELSE 'none' END, n, '192.0.2.1', '+49 30 90182' || n,
    n, NULL, 4111111111111111
FROM generate_series(1, 100) AS n;
SELECT '"odd.""S".lead'::regclass::oid AS lead \gset
SET ROLE regress_soc2_admin;
SELECT column_name, kind, by_name, sampled, hits FROM scan_personal_data(:lead); -- by names alone
SELECT readable FROM personal_data_scans WHERE relation = :lead;
RESET ROLE;
SELECT column_name, kind, by_name, sampled, hits FROM scan_personal_data('"odd.""S".lead');
SELECT column_name, kind, by_name, sampled, hits FROM scan_personal_data('"odd.""S".lead', 20, 0.01);
SELECT column_name, kind, sampled FROM scan_personal_data('"odd.""S".lead', 0);
SELECT readable FROM personal_data_scans WHERE relation = :lead;
SELECT scan_personal_data(sample_rows => -1); --fail
SELECT scan_personal_data(least_share => 1.1); --fail
SELECT relation::oid = :lead AS lead, kind, count(*) FROM scan_personal_data() WHERE relation IN (:lead, '"odd.""S".customer'::regclass) GROUP BY 1, 2 ORDER BY 1, 2;
SELECT n, personal_data_name(n) FROM unnest('{email,E_Mail,userEmail,mailbox,emailAddress,first_name,filename,username,surname,zip_code,unzip,phone2,telephone_no,smartphone,iban,caliban,cardNumber,cardinal,dob,born_on,ip,zip,skip,tip,client_addr,diagnosis,sexual_orientation,sex,essex,title,"Date of Birth",passport_no}'::text[]) AS n;
SELECT DISTINCT relation_oid::regclass::text ~ 'lead' AS only_lead FROM data_inventory WHERE looks_like IS NOT NULL AND relation ~ 'lead';
-- domains are looked into
CREATE DOMAIN "odd.""S".mail AS text;
CREATE DOMAIN "odd.""S".work_mail AS "odd.""S".mail;
CREATE DOMAIN "odd.""S".host AS inet;
CREATE TABLE "odd.""S".typed (one "odd.""S".mail, two "odd.""S".work_mail, three "odd.""S".host, rate numeric);
INSERT INTO "odd.""S".typed SELECT 'p@shop.example', 'p@shop.example', '192.0.2.1', 0.1234567 FROM generate_series(1, 3);
SELECT column_name, kind, by_name, sampled, hits FROM scan_personal_data('"odd.""S".typed');
-- what has a class, a purpose, a basis and a term is done
SELECT classify('"odd.""S".lead', 'internal', 'phone'), classify('"odd.""S".lead', 'personal', 'Contact%'), classify('"odd.""S".customer', 'personal');
SELECT create_retention_class('privacy-test', interval '1 year', 'test') IS NOT NULL AS class;
SELECT column_name, class, looks_like, purposes, retention_classes, subject_kinds, consent_purposes, problem FROM data_inventory WHERE relation IN ('"odd.""S".lead', '"odd.""S".customer') ORDER BY relation, column_name COLLATE "C";
SECURITY LABEL FOR soc2 ON TABLE "odd.""S".customer IS 'purpose=orders basis=contract recipients=carrier';
SELECT DISTINCT purposes, bases, recipients, problem FROM data_inventory WHERE relation = '"odd.""S".customer';
SELECT require_consent('"odd.""S".customer', 'news', 'id');
SELECT DISTINCT consent_purposes FROM data_inventory WHERE relation = '"odd.""S".customer';
SELECT jsonb_array_elements(x -> 'about') AS about FROM subject_export('shopper:42') AS x LIMIT 2;


-- an erasure that would leave a row without a subject, in a table whose rows need consents
CREATE TABLE "odd.""S".survey (id integer PRIMARY KEY, person bigint REFERENCES "odd.""S".customer);
SELECT set_subject('"odd.""S".survey', 'person', via => '"odd.""S".customer', on_erase => 'unlink'), require_consent('"odd.""S".survey', 'orders', 'person');
INSERT INTO "odd.""S".survey VALUES (1, 42);
SELECT relation, outcome, reason, rows FROM erasure_preview(:erasure) WHERE relation LIKE '%survey';
DROP TABLE "odd.""S".survey;

-- processors: terms that another person approves; disclosures for what they say
SET SESSION AUTHORIZATION regress_soc2_admin;
INSERT INTO processor_terms (terms_id, vendor_id, title) VALUES ('T-1', 'carrier', 'delivery');
INSERT INTO processor_terms (terms_id, state) VALUES ('T-2', 'in_force'); --fail
INSERT INTO processor_terms (terms_id, recorded_by) VALUES ('T-2', 'somebody'); --fail
RESET SESSION AUTHORIZATION;
UPDATE processor_terms SET state = 'in_force'; --fail
INSERT INTO processor_terms (terms_id, vendor_id, recorded_by) VALUES ('T-2', 'court', 'somebody else'), ('T-3', 'odd', 'somebody else');
UPDATE processor_terms SET state = 'in_force' WHERE terms_id IN ('T-2', 'T-3');
SELECT terms_id, state, problem FROM processor_status ORDER BY 1;
UPDATE processor_terms SET agreed_on = '2021-01-01', ends_on = '2021-12-31' WHERE terms_id = 'T-2';
SELECT problem FROM processor_status WHERE terms_id = 'T-2';
UPDATE processor_terms SET ends_on = NULL WHERE terms_id = 'T-2';
SELECT problem FROM processor_status WHERE terms_id = 'T-2';
INSERT INTO vendors (vendor_id, title, owner, state) VALUES ('court', 'The court', 'Eve', 'proposed');
SELECT problem FROM processor_status WHERE terms_id = 'T-2';
UPDATE processor_terms SET purposes = '{trial}', countries = '{CH}' WHERE terms_id = 'T-2';
SELECT problem FROM processor_status WHERE terms_id = 'T-2';
UPDATE processor_terms SET transfer_basis = 'decision' WHERE terms_id = 'T-2';
SELECT problem FROM processor_status WHERE terms_id = 'T-2';
UPDATE processor_terms SET breach_notice = '72 hours', reviewed_at = '2021-01-31 23:30+01', review_period = '1 month', zone = 'Europe/Berlin' WHERE terms_id = 'T-2';
SELECT problem, review_due_at FROM processor_status WHERE terms_id = 'T-2';
UPDATE processor_terms SET reviewed_at = now() WHERE terms_id = 'T-2';
SELECT problem FROM processor_status WHERE terms_id = 'T-2';
UPDATE processor_terms SET state = 'ended' WHERE terms_id = 'T-3';
UPDATE processor_terms SET title = 'x' WHERE terms_id = 'T-3'; --fail
SELECT count(*) FROM (SELECT record_disclosure('court', 'trial', 'law'), record_disclosure('', 'trial', 'law'), record_disclosure('press', NULL, 'law'), record_disclosure('press', 'news', ' '),
    record_disclosure('thief', NULL, NULL, false), record_disclosure('thief', NULL, NULL, false, 'I-1')) AS d;
SELECT recipient, purpose, has_terms, problem FROM disclosure_status ORDER BY 1, 2, 4;
-- drafts allow nothing, nor do terms that had ended
INSERT INTO processor_terms (terms_id, vendor_id, purposes) VALUES ('T-4', 'mailer', '{news}');
INSERT INTO processor_terms (terms_id, vendor_id, purposes, recorded_by) VALUES ('T-5', 'printer', '{news}', 'somebody else');
UPDATE processor_terms SET state = 'in_force' WHERE terms_id = 'T-5';
UPDATE processor_terms SET state = 'ended' WHERE terms_id = 'T-5';
SELECT count(*) FROM (SELECT record_disclosure('mailer', 'news', 'contract'), record_disclosure('printer', 'news', 'contract', disclosed_at => clock_timestamp()),
    record_disclosure('printer', 'news', 'contract', disclosed_at => '2021-01-01')) AS d;
SELECT recipient, has_terms, problem FROM disclosure_status WHERE recipient IN ('mailer', 'printer') ORDER BY 1, disclosed_at;
INSERT INTO incidents (incident_id, title, owner, state) VALUES ('I-1', 'A laptop was stolen', 'Eve', 'open');
SELECT problem FROM disclosure_status WHERE incident = 'I-1';

SET client_min_messages = warning;
DELETE FROM processor_terms;
DELETE FROM vendors WHERE vendor_id = 'court';
DELETE FROM incidents WHERE incident_id = 'I-1';
DROP SCHEMA "odd.""S" CASCADE;
DELETE FROM subject_edges WHERE relation::oid NOT IN (SELECT oid FROM pg_class);
DELETE FROM consents;
DELETE FROM corrections;
DELETE FROM disclosures;
DELETE FROM subject_requests;
DELETE FROM classifications;
DELETE FROM retention_classes WHERE class = 'privacy-test';
DELETE FROM personal_data_finds;
DELETE FROM personal_data_scans;
DROP ROLE regress_soc2_collector, regress_soc2_custodian, regress_soc2_admin, regress_soc2_auditor;
