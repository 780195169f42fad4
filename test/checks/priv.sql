-- populations that cannot be empty
--@ never priv.large_objects not_occurring: a setting is among the members
--@ never priv.ownership not_occurring: there is always a schema
--@ never priv.public_connect not_occurring: there is always a database
--@ never priv.public_schema_create not_occurring: there is always a schema
--@ never priv.public_tables not_occurring: there are always those of the extension
--@ never priv.secdef_path not_occurring: there are always those of the extension
--@ never priv.secdef_public not_occurring: there are always those of the extension
--@ never priv.untrusted_lang not_occurring: there are always those of the extension

CREATE SCHEMA "App";
--@ priv.public_schema_create pass * 0
--  "App" | t | PUBLIC may not create
--  pg_catalog | t | PUBLIC may not create
GRANT CREATE ON SCHEMA "App" TO PUBLIC;
--@ priv.public_schema_create fail * 1
--  "App" | f | PUBLIC may create

-- priv.public_tables: what an extension grants when it is created does not count
CREATE TABLE t (a integer, b text);
--@ priv.public_tables pass * 0
--  public.t | t | nothing granted to PUBLIC
GRANT SELECT, INSERT ON t TO PUBLIC;
--@ priv.public_tables fail * 1
--  public.t | f | PUBLIC holds INSERT, SELECT
REVOKE ALL ON t FROM PUBLIC;
GRANT UPDATE (b) ON t TO PUBLIC;
--@ priv.public_tables fail * 1
--  public.t | f | PUBLIC holds UPDATE
REVOKE ALL (b) ON t FROM PUBLIC;
GRANT SELECT ON soc2.criteria TO PUBLIC;
--@ priv.public_tables fail * 1
--  soc2.criteria | f | PUBLIC holds SELECT

-- databases: all of the cluster
--@ priv.public_connect fail * *
--  priv | f | PUBLIC holds CONNECT, TEMPORARY
REVOKE ALL ON DATABASE priv FROM PUBLIC;
GRANT TEMPORARY ON DATABASE priv TO PUBLIC;
--@ priv.public_connect fail * *
--  priv | f | PUBLIC holds TEMPORARY
REVOKE ALL ON DATABASE priv FROM PUBLIC;
SELECT soc2.set_check_parameters('priv.public_connect', '{"exempt": ["postgres", "prepared"]}', 'test') IS NOT NULL;
--@ priv.public_connect pass * 0
--  priv | t | nothing granted to PUBLIC

-- default privileges
CREATE ROLE "Maker";
--@ priv.default_acl_public not_occurring 0 0
ALTER DEFAULT PRIVILEGES FOR ROLE "Maker" GRANT SELECT ON TABLES TO PUBLIC;
-- what is PUBLIC's by the server's own default is not given by the entry
ALTER DEFAULT PRIVILEGES FOR ROLE "Maker" GRANT EXECUTE ON ROUTINES TO postgres;
ALTER DEFAULT PRIVILEGES FOR ROLE "Maker" IN SCHEMA "App" GRANT USAGE ON SEQUENCES TO postgres;
--@ priv.default_acl_public fail 3 1
--  relations of "Maker" in all schemas | f | PUBLIC gets SELECT
--  routines of "Maker" in all schemas | t | PUBLIC gets nothing
--  sequences of "Maker" in schema "App" | t | PUBLIC gets nothing
ALTER DEFAULT PRIVILEGES FOR ROLE "Maker" REVOKE SELECT ON TABLES FROM PUBLIC;
--@ priv.default_acl_public pass * 0
--  routines of "Maker" in all schemas | t | PUBLIC gets nothing

-- SECURITY DEFINER routines
CREATE FUNCTION "App"."F"(a integer, b t) RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE FUNCTION parsed() RETURNS integer LANGUAGE sql SECURITY DEFINER RETURN 1;
CREATE PROCEDURE p() LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, "pg_temp" AS 'BEGIN END';
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'BEGIN END';
--@ priv.secdef_path fail * 1
--  "App"."F"(integer,public.t) | f | search_path is not set
--  public.parsed() | t | its body is parsed
--  public.p() | t | search_path=pg_catalog, pg_temp
ALTER FUNCTION "App"."F" SET search_path = pg_temp, pg_catalog;
--@ priv.secdef_path fail * 1
--  "App"."F"(integer,public.t) | f | search_path=pg_temp, pg_catalog
ALTER FUNCTION "App"."F" SET search_path = '';
--@ priv.secdef_path fail * 1
ALTER FUNCTION "App"."F" SET search_path = "App", pg_temp;
--@ priv.secdef_path pass * 0
--  soc2.hba_files() | t | its body is parsed
--@ priv.secdef_public fail * 3
--  "App"."F"(integer,public.t) | f | owned by postgres, executable by PUBLIC
REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA "App", public FROM PUBLIC;
--@ priv.secdef_public pass * 0
--  "App"."F"(integer,public.t) | t | owned by postgres, not executable by PUBLIC
GRANT EXECUTE ON FUNCTION "App"."F" TO PUBLIC;
SELECT soc2.set_check_parameters('priv.secdef_public', jsonb_build_object('approved',
    parameters -> 'approved' || '["\"App\".\"F\"(integer,public.t)"]'), 'test') IS NOT NULL
FROM soc2.checks WHERE check_id = 'priv.secdef_public';
--@ priv.secdef_public pass * 0

-- languages
--@ priv.untrusted_lang pass * 0
--  ~ ^soc2\.criterion_in\(.*\) \| t \| in c, of extension soc2$
CREATE FUNCTION "App".own(text) RETURNS text LANGUAGE internal AS 'upper';
--@ priv.untrusted_lang fail * 1
--  "App".own(pg_catalog.text) | f | in internal, of no extension
SELECT soc2.set_check_parameters('priv.untrusted_lang', '{"approved": ["\"App\".own(pg_catalog.text)"]}', 'test') IS NOT NULL;
--@ priv.untrusted_lang pass * 0

-- owners; the schema public belongs to pg_database_owner
CREATE ROLE person LOGIN;
--@ priv.ownership fail * *
--  schema "App" | f | owned by postgres, which is a superuser
--  schema public | t | owned by pg_database_owner, which cannot log in
--  table public.t | f | owned by postgres, which is a superuser
--  routine "App"."F"(integer,public.t) | f | owned by postgres, which is a superuser
ALTER SCHEMA "App" OWNER TO "Maker";
ALTER FUNCTION "App"."F" OWNER TO "Maker";
ALTER FUNCTION "App".own OWNER TO "Maker";
ALTER FUNCTION parsed OWNER TO "Maker";
ALTER FUNCTION g OWNER TO "Maker";
ALTER PROCEDURE p OWNER TO "Maker";
CREATE SEQUENCE of_t OWNED BY t.a;
CREATE SEQUENCE alone;
ALTER SEQUENCE alone OWNER TO "Maker";
ALTER TABLE t OWNER TO person;
--@ priv.ownership fail 9 1
--  table public.t | f | owned by person, which can log in
ALTER TABLE t OWNER TO "Maker";
--@ priv.ownership pass 9 0
--  sequence public.alone | t | owned by "Maker", which cannot log in

-- large objects
--@ priv.large_objects pass 1 0
--  lo_compat_privileges | t | lo_compat_privileges = off
SELECT lo_create(70001), lo_create(70002);
GRANT SELECT ON LARGE OBJECT 70002 TO PUBLIC;
--@ priv.large_objects fail 3 1
--  large object 70001 | t | nothing granted to PUBLIC
--  large object 70002 | f | PUBLIC holds SELECT

-- the approved baseline
--@ priv.grants_drift not_occurring 0 0
SELECT soc2.approve_baseline() > 0;
--@ priv.grants_drift pass * 0
--  role person | t | as approved: LOGIN INHERIT
GRANT SELECT ON t TO person;
ALTER ROLE person NOLOGIN;
GRANT "Maker" TO person;
REVOKE CONNECT ON DATABASE priv FROM postgres;
--@ priv.grants_drift fail * 3
--  grant relation public.t to person | f | not approved: SELECT
--  role person | f | approved: LOGIN INHERIT, is: NOLOGIN INHERIT
--  ~ ^membership person in "Maker" \| f \| not approved: 
SELECT soc2.approve_baseline('{role,membership,grant}', 'test') > 0;
--@ priv.grants_drift pass * 0
DROP OWNED BY person;
--@ priv.grants_drift fail * 1
--  grant relation public.t to person | f | missing, approved: SELECT

-- consent
--@ priv.consent not_occurring 0 0
SELECT soc2.record_processing('s1', 'news'), soc2.record_processing('s2', 'news');
SELECT soc2.record_consent('s1', 'news') IS NOT NULL, soc2.record_consent('s1', 'other', false) IS NOT NULL;
--@ priv.consent fail 2 1
--  ~ ^s1 for news \| t \| given on 20
--  s2 for news | f | no consent
SELECT soc2.record_consent('s2', 'news', true, now() + interval '1 day') IS NOT NULL;
--@ priv.consent fail 2 1
SELECT soc2.record_consent('s2', 'news', true, now() - interval '2 days') IS NOT NULL;
--@ priv.consent pass 2 0
--  ~ ^s1 for news \| t \| given on 20\d\d-\d\d-\d\d$
SELECT soc2.record_consent('s1', 'news', false) IS NOT NULL;
--@ priv.consent fail 2 1
--  ~ ^s1 for news \| f \| withdrawn on 20

-- requests of persons
--@ priv.dsar_sla not_occurring 0 0
SELECT soc2.record_subject_request('R-1', 'access', now() - interval '29 days');
SELECT soc2.record_subject_request('R-2', 'access', now() - interval '2 years');
SELECT soc2.answer_subject_request('R-2', 'late', now() - interval '1 year');
--@ priv.dsar_sla pass 1 0
--  ~ ^request R-1 \| t \| access, received on 20.*, open$
SELECT soc2.record_subject_request('R-3', 'erasure', now() - interval '31 days');
--@ priv.dsar_sla fail 2 1
--  ~ ^request R-3 \| f \| erasure, received on 20.*, open$
SELECT soc2.answer_subject_request('R-3', 'done');
--@ priv.dsar_sla fail 2 1
--  ~ ^request R-3 \| f \| erasure, received on 20.*, answered on 20
SELECT soc2.set_check_parameters('priv.dsar_sla', '{"within": "40 days"}', 'test') IS NOT NULL;
--@ priv.dsar_sla pass 2 0

-- disclosures
--@ priv.disclosure_ledger not_occurring 0 0
SELECT soc2.record_disclosure('court', 'order', 'law') IS NOT NULL;
--@ priv.disclosure_ledger pass 1 0
--  ~ ^disclosure .* \| t \| to court for order$
SELECT soc2.record_disclosure('x', ' ', NULL) IS NOT NULL;
SELECT soc2.record_disclosure('y', 'mistake', 'none', false) IS NOT NULL;
SELECT soc2.record_disclosure('z', NULL, NULL, false, 'I-1') IS NOT NULL;
--@ priv.disclosure_ledger fail 4 2
--  ~ \| f \| to x for  , without basis and purpose$
--  ~ \| f \| to y for mistake, not authorized$
--  ~ \| t \| to z for -, not authorized, incident I-1$

-- purposes and notices
DELETE FROM soc2.consents;
--@ priv.notice_purposes not_occurring 0 0
--@ priv.consent_notice not_occurring 0 0
SELECT soc2.record_consent('n1', 'news', effective_at => now() - interval '1 day', notice => 'privacy-1') IS NOT NULL;
--@ priv.notice_purposes fail 1 1
--  news | f | in no notice that is in force
--@ priv.consent_notice fail 1 1
--  news | f | 1 consents, 1 without a notice that was there
SELECT soc2.publish_notice('privacy-1', 'Privacy', 'Letters.', '{news}', now() - interval '2 days');
--@ priv.notice_purposes pass 1 0
--  news | t | in privacy-1
--@ priv.consent_notice pass 1 0
--  news | t | 1 consents, 0 without a notice that was there
SELECT soc2.publish_notice('privacy-2', 'Privacy', 'Clicks.', '{clicks}', now() - interval '1 hour');
--@ priv.notice_purposes fail 1 1
SELECT soc2.record_consent('n2', 'clicks', effective_at => now() - interval '1 day', notice => 'privacy-2') IS NOT NULL;
--@ priv.consent_notice fail 2 1
--  clicks | f | 1 consents, 1 without a notice that was there

-- tables that need a consent
--@ priv.consent_guard not_occurring 0 0
CREATE TABLE letters (subject text);
SELECT soc2.require_consent('letters', 'news', 'subject');
--@ priv.consent_guard pass 1 0
--  public.letters for news | t | by column subject
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE letters DISABLE TRIGGER USER;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
--@ priv.consent_guard fail 1 1
--  ~ ^public.letters for news \| f \| public.letters: Trigger .* is not enabled always\.$

-- where personal data is
--@ priv.inventory not_occurring 0 0
--@ priv.scan fail * *
--  public.letters | f | never scanned
CREATE TABLE leads (email text);
INSERT INTO leads VALUES ('ada@shop.example');
SELECT count(*) FROM soc2.scan_personal_data();
--@ priv.scan pass * 0
--  ~ ^public.leads \| t \| scanned on 20
--@ priv.inventory fail 1 1
--  public.leads.email | f | personal by a scan, without a class
SELECT soc2.classify('leads', 'personal', 'email');
--@ priv.inventory fail 1 1
--  public.leads.email | f | no purpose
SECURITY LABEL FOR soc2 ON TABLE leads IS 'purpose=sales basis=consent';
--@ priv.inventory fail 1 1
--  public.leads.email | f | no retention class
ALTER TABLE leads ADD added timestamptz NOT NULL DEFAULT now();
SELECT soc2.create_retention_class('leads', interval '1 day', 'terms') IS NOT NULL, soc2.set_retention('leads', 'leads', 'added') IS NOT NULL;
--@ priv.inventory pass 1 0
--  public.leads.email | t | personal, for sales
UPDATE soc2.personal_data_scans SET scanned_at = now() - interval '91 days';
--@ priv.scan fail * *
UPDATE soc2.personal_data_scans SET scanned_at = now(), readable = false;
--@ priv.scan fail * *
--  ~ ^public.leads \| f \| scanned on 20.*, by names alone$

-- requests: their own deadlines, who asked, what was done
DELETE FROM soc2.subject_requests;
--@ priv.request_due not_occurring 0 0
--@ priv.request_identity not_occurring 0 0
--@ priv.request_done not_occurring 0 0
SELECT soc2.record_subject_request('Q-1', 'access', now() - interval '10 days', period => '5 days');
--@ priv.request_due fail 1 1
--  ~ ^request Q-1 \| f \| access, due at 20.* UTC, received$
--@ priv.dsar_sla pass 1 0
SELECT soc2.extend_subject_request('Q-1', '10 days', 'much');
--@ priv.request_due pass 1 0
--  ~ ^request Q-1 \| t \| access, due at 20.* UTC, extended$
SELECT soc2.answer_subject_request('Q-1', 'sent');
--@ priv.request_identity fail 1 1
--  ~ ^request Q-1 \| f \| access, answered on 20.*, nobody identified$
DELETE FROM soc2.subject_requests;
SELECT soc2.record_subject_request('Q-2', 'erasure', subject => 'who:1'), soc2.record_subject_request('Q-3', 'correction'),
    soc2.record_subject_request('Q-4', 'objection', subject => 'who:1'), soc2.record_subject_request('Q-5', 'erasure', now() - interval '50 days');
SELECT soc2.extend_subject_request('Q-5', '1 month', 'much');
--@ priv.dsar_sla pass 4 0
SELECT soc2.answer_subject_request('Q-5', 'nothing there', outcome => 'refused');
SELECT soc2.identify_requester('Q-2', 'letter'), soc2.identify_requester('Q-3', 'letter'), soc2.identify_requester('Q-4', 'letter');
CREATE TABLE who (id integer PRIMARY KEY, name text);
INSERT INTO who VALUES (1, 'Aad');
SELECT soc2.set_subject('who', 'id', 'who'), soc2.track_changes('who') IS NOT NULL;
BEGIN;
UPDATE who SET name = 'Ada';
SELECT soc2.record_correction('Q-3', 'who', '{name}') IS NOT NULL;
COMMIT;
SELECT soc2.object_to('Q-4', 'news') IS NOT NULL;
SELECT soc2.link_erasure('Q-2', soc2.request_erasure('who:1'));
SELECT soc2.answer_subject_request(q, 'done') FROM unnest('{Q-2,Q-3,Q-4}'::text[]) AS q;
--@ priv.request_identity pass 2 0
--  ~ ^request Q-2 \| t \| erasure, answered on 20.*, letter$
--@ priv.request_done fail 3 1
--  ~ ^request Q-2 \| f \| erasure \d+$
--  request Q-3 | t | 1 corrections
--  request Q-4 | t | ended news
SELECT max(erasure_id) AS erasure FROM soc2.erasures \gset
CALL soc2.run_erasure(:erasure);
--@ priv.request_done pass 3 0
--  request Q-3 | t | 1 corrections
SELECT soc2.record_subject_request('Q-6', 'correction'), soc2.record_subject_request('Q-7', 'objection'), soc2.record_subject_request('Q-8', 'correction');
SELECT soc2.record_correction('Q-8', 'letters', '{subject}') IS NOT NULL;
SELECT soc2.answer_subject_request(q, 'done') FROM unnest('{Q-6,Q-7,Q-8}'::text[]) AS q;
--@ priv.request_done fail 6 3
--  request Q-6 | f | 0 corrections
--  request Q-7 | f | no purpose was ended
--  request Q-8 | f | 1 corrections

-- processors
--@ priv.processor_terms not_occurring 0 0
INSERT INTO soc2.processor_terms (terms_id, vendor_id, recorded_by) VALUES ('T-1', 'carrier', 'somebody else');
--@ priv.processor_terms not_occurring 0 0
UPDATE soc2.processor_terms SET state = 'in_force';
--@ priv.processor_terms fail 1 1
--  T-1 with carrier | f | not agreed on
UPDATE soc2.processor_terms SET agreed_on = '2021-01-01', purposes = '{delivery}', breach_notice = '72 hours';
--@ priv.processor_terms fail 1 1
--  T-1 with carrier | f | not in the register of vendors
INSERT INTO soc2.vendors (vendor_id, title, owner, state) VALUES ('carrier', 'A carrier', 'Eve', 'proposed');
--@ priv.processor_terms pass 1 0
--  T-1 with carrier | t | in force since 2021-01-01
UPDATE soc2.processor_terms SET reviewed_at = now() - interval '2 years';
--@ priv.processor_terms fail 1 1
--  T-1 with carrier | f | review overdue

--@ requires pg_stat_statements
CREATE EXTENSION pg_stat_statements;
--@ priv.public_tables fail * 1
--  public.pg_stat_statements | t | nothing granted to PUBLIC
