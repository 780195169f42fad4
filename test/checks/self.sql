-- no ledger has a row yet, and there is no finding
--@ self.findings_overdue not_occurring 0 0
--@ self.chain not_occurring 0 0
--@ self.evidence_acl pass * 0
--  soc2.evidence | t | owned by postgres
--@ self.review_due not_occurring 0 0
--@ self.row_security pass * 0
--  row_security | t | row_security = off
--  self.row_security | t | does not ask information_schema
--@ self.tests_ran not_occurring 0 0

-- who could change evidence
GRANT UPDATE ON soc2.evidence TO soc2_auditor;
GRANT UPDATE (payload), DELETE ON soc2.evidence TO PUBLIC;
--@ self.evidence_acl fail * 1
--  soc2.evidence | f | owned by postgres; soc2_auditor may UPDATE, PUBLIC may DELETE, PUBLIC may UPDATE
REVOKE ALL ON soc2.evidence FROM soc2_auditor, PUBLIC;
REVOKE UPDATE (payload) ON soc2.evidence FROM PUBLIC;
CREATE ROLE person LOGIN;
CREATE SCHEMA "App" AUTHORIZATION person;
CREATE TABLE "App"."L" (a integer);
SELECT soc2.create_ledger('"App"."L"') IS NOT NULL;
ALTER TABLE "App"."L" OWNER TO person;
--@ self.evidence_acl fail * 1
--  "App"."L" | f | owned by person, which can log in
ALTER ROLE person NOLOGIN;
--@ self.evidence_acl pass * 0

-- the ledgers, one of them changed behind its guards
SELECT count(*) FROM soc2.assess('tls.on');
INSERT INTO "App"."L" VALUES (1), (2);
--@ self.chain pass 2 0
--  "App"."L" | t | verified
--  soc2.evidence | t | verified
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE "App"."L" DISABLE TRIGGER soc2_guard_update;
UPDATE "App"."L" SET a = 3 WHERE a = 2;
ALTER TABLE "App"."L" ENABLE ALWAYS TRIGGER soc2_guard_update;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
--@ self.chain fail 2 1
--  ~ ^"App"\."L" \| f \| 1 problems, the first: content at lane \d+ position 2$
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
DROP TABLE "App"."L";
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
--@ self.chain fail 2 1
--  ~ ^table with the number \d+ \| f \| the table was dropped$

-- what ran, and what should have
--@ self.tests_ran pass 1 0
--  tls.on | t | ran in time
SELECT soc2.create_check('t.never', 't', 'low', $$SELECT 'r'::text, true, 'x'::text$$, '{CC1}', 'r', 'r', '1 microsecond');
--@ self.tests_ran fail 2 1
--  t.never | f | never ran
SELECT soc2.drop_check('t.never', 'test');
SELECT count(*) > 1 FROM soc2.assess();
--@ self.tests_ran pass * 0

-- a review of access: it has to be decided, by somebody else, closed, and carried out
--@ self.review_done not_occurring 0 0
CREATE ROLE other SUPERUSER LOGIN;
CREATE ROLE leftover CREATEDB;
SELECT soc2.start_access_review('first') IS NOT NULL;
--@ self.review_due fail * *
--  ~ ^review first \| t \| begun on 20\S*, to be closed by 20
--  review first: postgres, SUPERUSER | f | not decided
--  ~ ^review first: public, TEMPORARY on database \w+ \| f \| not decided$
\c - other
SELECT soc2.decide_access_entries(review_id, 'keep', 'test', others_only => true) > 1 FROM soc2.access_reviews;
--@ reload
SELECT soc2.decide_access_entries(review_id, 'keep', 'test', undecided => true) > 1 FROM soc2.access_reviews;
--@ self.review_due pass * 0
--  review first: postgres, SUPERUSER | t | keep, by other
SELECT soc2.decide_access(review_id, 'leftover', 'CREATEDB', 'revoke', 'test') IS NOT NULL FROM soc2.access_reviews;
--@ self.review_done not_occurring 0 0
SELECT count(*) FROM soc2.access_reviews CROSS JOIN LATERAL soc2.close_campaign(review_id);
--@ self.review_done fail 1 1
--  review first: leftover, CREATEDB | f | not_revoked: it is still there
ALTER ROLE leftover NOCREATEDB;
--@ self.review_done pass 1 0
--  review first: leftover, CREATEDB | t | revoke: done
SELECT count(*) FROM soc2.access_reviews CROSS JOIN LATERAL soc2.close_campaign(review_id);
--@ self.review_due pass * 0
--  ~ ^review first \| t \| begun on 20\S*, closed on 20
-- time goes by
ALTER TABLE soc2.access_reviews DISABLE TRIGGER soc2_step;
UPDATE soc2.access_reviews SET opened_at = now() - interval '93 days';
ALTER TABLE soc2.access_reviews ENABLE TRIGGER soc2_step;
--@ self.review_due fail * 1
--  ~ ^review first \| f \| begun on 20
-- what comes back is not done any more
ALTER ROLE leftover RENAME TO leftover2;
ALTER ROLE leftover2 CREATEDB;
--@ self.review_done fail 1 1
--  review first: leftover, CREATEDB | f | granted_again: it is there again: leftover2
-- a newer one counts, unless it was cancelled
SELECT soc2.start_access_review('second') IS NOT NULL;
--@ self.review_due fail * *
--  review second: postgres, LOGIN | f | not decided
ALTER TABLE soc2.access_reviews DISABLE TRIGGER soc2_step;
UPDATE soc2.access_reviews SET due_at = now() - interval '1 day';
ALTER TABLE soc2.access_reviews ENABLE TRIGGER soc2_step;
--@ self.review_due fail * *
--  ~ ^review second \| f \| begun on 20\S*, to be closed by 20
SELECT soc2.cancel_access_review(review_id, 'test') FROM soc2.access_reviews WHERE title = 'second';
--@ self.review_due fail * 1
--  ~ ^review first \| f \| begun on 20

-- a check that asks those views that hide what one may not see
INSERT INTO soc2.checks (check_id, title, severity, criteria, rationale, remediation, query)
VALUES ('own.tables', 't', 'low', '{CC1}', 'r', 'r',
    'SELECT t.table_name::text, true, ''x''::text FROM "information_schema" . tables AS t');
--@ self.row_security fail * 1
--  own.tables | f | asks information_schema

-- waivers: one that has expired is no matter if what it was for passes, or is
-- waived again
--@ self.waiver_expiry not_occurring 0 0
CREATE ROLE second SUPERUSER;
SELECT soc2.waive('tls.on', NULL, 'test', now() + interval '1 day') AS waiver \gset
--@ self.waiver_expiry pass 1 0
--  ~ ^waiver .* \| t \| requested, for tls\.on$
SELECT soc2.set_check_parameters('self.waiver_expiry', '{"decide_within": "-1 hours"}', 'test') IS NOT NULL;
--@ self.waiver_expiry fail 1 1
--  ~ ^waiver .* \| f \| requested, for tls\.on$
SET SESSION AUTHORIZATION second;
SELECT soc2.approve_waiver(:'waiver', 'fine');
RESET SESSION AUTHORIZATION;
--@ self.waiver_expiry pass 1 0
--  ~ ^waiver .* \| t \| active, for tls\.on$
-- time goes by
ALTER TABLE soc2.waivers DISABLE TRIGGER USER;
UPDATE soc2.waivers SET requested_at = now() - interval '3 days', decided_at = now() - interval '2 days',
    expires_at = now() - interval '1 day';
ALTER TABLE soc2.waivers ENABLE TRIGGER USER;
--@ self.waiver_expiry fail 1 1
--  ~ ^waiver .* \| f \| expired, for tls\.on, still failing: tls\.on$
SELECT soc2.waive('tls.on', 'ssl', 'test', now() + interval '1 day') AS waiver \gset
SET SESSION AUTHORIZATION second;
SELECT soc2.approve_waiver(:'waiver', 'fine');
RESET SESSION AUTHORIZATION;
--@ self.waiver_expiry fail 2 1
SELECT soc2.waive('tls.on', NULL, 'test', now() + interval '1 day') AS waiver \gset
SET SESSION AUTHORIZATION second;
SELECT soc2.approve_waiver(:'waiver', 'fine');
RESET SESSION AUTHORIZATION;
--@ self.waiver_expiry pass 3 0
--  ~ ^waiver .* \| t \| expired, for tls\.on$

-- findings, opened by the runs above
--@ self.findings_overdue pass * 0
--  ~ \| t \| high of tls\.on, open, due on 20.*, no owner, waived$
SELECT f.finding_id AS finding FROM soc2.finding_status AS f WHERE f.check_id = 'role.owner_unmapped' AND f.resource = 'postgres' \gset
SELECT soc2.plan_finding(:finding, 'A. Person', now() + interval '1 minute');
--@ self.findings_overdue pass * 0
--  ~ \| t \| medium of role\.owner_unmapped, open, due on 20.*, owner A\. Person$
UPDATE soc2.findings SET due_at = now() - interval '1 day' WHERE finding_id = :finding;
--@ self.findings_overdue fail * 1
--  ~ \| f \| medium of role\.owner_unmapped, open, due on 20.*, owner A\. Person$
SELECT soc2.identify_role('postgres', 'person', 'A. Person'), count(*) > 0 FROM soc2.assess('role.owner_unmapped');
SELECT soc2.identify_role('second', 'person', 'B. Person');
SELECT count(*) FROM soc2.assess('role.owner_unmapped');
--@ self.findings_overdue pass * 0
--  ~ \| t \| medium of role\.owner_unmapped, closed$

-- populations that cannot be empty
--@ never self.evidence_acl not_occurring: there are always the tables of the evidence
--@ never self.row_security not_occurring: row_security itself is a member
