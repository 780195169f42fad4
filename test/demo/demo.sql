-- test/demo/demo.sql: what make demo shows, on the server it started.
\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
SET search_path = public, soc2;

\echo
\echo == The criteria are data: the tree of tsc:CC6
SELECT tree FROM criteria_tree('tsc:CC6') WHERE level(criterion) < 3;

\echo == The same code means different things: what outline:CC6.2 is in the TSC
SELECT criterion, relation, other, title, status FROM crosswalk_of('outline:CC6.2');

\echo == Criteria that speak of disposal
SELECT criterion, title FROM search_criteria('disposal') LIMIT 6;

\echo == Controls mapped by sets of criteria; which common criteria does none cover?
CREATE TABLE control (control_id text PRIMARY KEY, criteria criterion_set NOT NULL);
INSERT INTO control VALUES
    ('access',   '{CC6.1,CC6.2,CC6.3}'),
    ('people',   '{CC1,CC2.2}'),
    ('changes',  '{CC8.1,outline:CC6.2}'),
    ('response', '{CC7.3,CC7.4,CC7.5}');
INSERT INTO control     -- and many small ones, one point of focus each
SELECT 'point-' || n, make_criterion('tsc', format('CC3.%s.%s', n % 4 + 1, n % 5 + 1))
FROM generate_series(1, 20000) AS n;
CREATE INDEX ON control USING gin (criteria);
ANALYZE control;
SELECT c.criterion, c.title
FROM criteria AS c
WHERE c.criterion <@ 'tsc:CC' AND c.level = 2
    AND NOT EXISTS (SELECT FROM control AS k WHERE k.criteria @> c.criterion)
ORDER BY c.criterion;

\echo == ... answered by the index on the sets
EXPLAIN (COSTS OFF)
SELECT c.criterion
FROM criteria AS c
WHERE c.criterion <@ 'tsc:CC' AND c.level = 2
    AND NOT EXISTS (SELECT FROM control AS k WHERE k.criteria @> c.criterion);

\echo == The server tests itself: how the checks ended
SELECT severity, count(*) FILTER (WHERE outcome = 'pass') AS pass, count(*) FILTER (WHERE outcome = 'fail') AS fail,
    count(*) FILTER (WHERE outcome = 'not_occurring') AS not_occurring,
    count(*) FILTER (WHERE outcome IN ('error', 'insufficient_privilege')) AS undecided
FROM assess(note => 'as it was installed')
GROUP BY severity ORDER BY array_position('{critical,high,medium,low}', severity);

\echo == ... the worst ten failures, and what to do about them
\pset expanded on
CREATE TEMP VIEW worst AS
SELECT check_id, severity, failures, reason, remediation FROM check_status WHERE outcome = 'fail'
ORDER BY array_position('{critical,high,medium,low}', severity), failures DESC, check_id LIMIT 10;
CREATE TEMP TABLE was AS SELECT * FROM worst;
SELECT * FROM was;
\pset expanded off

\echo == Three of them are mended: a backup that was made and verified is recorded
\! pg_basebackup -D backup -c fast -X stream && pg_verifybackup backup
SELECT record_backup('demo') IS NOT NULL AS recorded, record_backup_test('demo', true, 'verify') IS NOT NULL AS verified;
\echo == ... connections are logged, and somebody says which minor version is required
ALTER SYSTEM SET log_connections = on;
ALTER SYSTEM SET log_disconnections = on;
SELECT pg_reload_conf() AS reloaded;
SELECT set_check_parameters('cfg.minor_version', jsonb_build_object('floor', jsonb_object_agg(v.major, format('%s.%s', v.major, v.minor))),
    'the one that runs is the newest') -> 'floor' AS required
FROM (SELECT n / 10000, n % 10000 FROM CAST(current_setting('server_version_num') AS integer) AS n) AS v (major, minor);

\echo == The server tests itself again: what changed
SELECT count(*) AS checks FROM assess(note => 'three mended');
SELECT check_id, trend, first_outcome, first_failures, last_outcome, last_failures
FROM check_trend('(,)') WHERE trend NOT IN ('same', 'single', 'not_run') ORDER BY check_id;

\echo == ... the findings that the first run opened and the second closed
SELECT finding_id, check_id, resource, state, closure, severity FROM finding_status
WHERE state = 'closed' ORDER BY finding_id;

\echo == ... and both runs are evidence in the ledger
SELECT ledger_seq AS seq, check_id, payload ->> 'outcome' AS outcome, payload ->> 'note' AS note,
    left(payload ->> 'population_sha256', 16) AS population, left(ledger_hash::text, 16) AS hash
FROM evidence WHERE kind = 'check_run' AND check_id IN ('av.backup_fresh', 'cfg.minor_version', 'log.connections')
ORDER BY check_id, ledger_lane, ledger_seq;
DO $$
BEGIN
    ASSERT (SELECT count(*) = 10 AND bool_and(remediation <> '') FROM was), 'ten failures have a remediation';
    ASSERT ARRAY(SELECT k.check_id FROM check_trend('(,)') AS k JOIN was USING (check_id)
                 WHERE k.first_outcome = 'fail' AND k.last_outcome = 'pass' ORDER BY 1)
        = '{av.backup_fresh,cfg.minor_version,log.connections}', 'three of them are mended';
    ASSERT (SELECT count(*) FROM finding_status WHERE state = 'closed' AND closure = 'passed'
            AND check_id IN ('av.backup_fresh', 'cfg.minor_version', 'log.connections')) = 5, 'their findings are closed';
    ASSERT NOT EXISTS (SELECT FROM verify_ledger('evidence')), 'the ledger verifies';
END $$;

\echo == ... and what it is like now is evidence too: its settings and its roles
SELECT record_evidence('settings', 'what is not the default', jsonb_object_agg(name, setting), '{CC7.1,CC8.1}') AS settings
FROM pg_settings WHERE source NOT IN ('default', 'override');
SELECT record_evidence('roles', 'who may log in', jsonb_object_agg(rolname, CASE WHEN rolsuper THEN 'superuser' ELSE 'user' END), '{CC6.1,CC6.3}') AS roles
FROM pg_roles WHERE rolcanlogin;

\echo == The proof is kept: evidence, chained; its newest rows
SELECT ledger_seq AS seq, kind, COALESCE(check_id, left(payload::text, 40)) AS what, payload ->> 'outcome' AS outcome,
    left(ledger_prev::text, 16) AS prev, left(ledger_hash::text, 16) AS hash
FROM evidence ORDER BY ledger_lane, ledger_seq OFFSET (SELECT count(*) - 6 FROM evidence);

\echo == What is known about the security criteria so far
SELECT code, title, state, checks, passing, failing
FROM readiness WHERE framework = 'tsc' AND checks > 0 ORDER BY position;

\echo == Evidence is sealed into a log; its checkpoint is kept where nobody here can reach it
SELECT size, sealed FROM seal('evidence');
SELECT checkpoint('evidence') AS kept_elsewhere \gset
\echo :kept_elsewhere
\pset tuples_only on
\pset format unaligned
\o checkpoint.txt
SELECT :'kept_elsewhere';
\o evidence.jsonl
SELECT export_ledger('evidence');
\o
\pset format aligned
\pset tuples_only off

\echo == Who has checkpoint and export needs no server to verify them: soc2-verify
\! soc2-verify --checkpoint checkpoint.txt evidence.jsonl
\echo

\echo == Nobody changes evidence
\set ON_ERROR_STOP off
UPDATE evidence SET payload = '{"outcome": "pass"}' WHERE check_id = 'tls.on';
ALTER TABLE evidence DISABLE TRIGGER soc2_guard_update;
\set ON_ERROR_STOP on

\echo == ... and who goes behind the triggers, as a superuser can, is found out
SELECT count(*) AS problems FROM verify_ledger('evidence');
BEGIN;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE evidence DISABLE TRIGGER soc2_guard_update;
UPDATE evidence SET payload = jsonb_set(payload, '{outcome}', '"pass"') WHERE check_id = 'tls.on';
ALTER TABLE evidence ENABLE ALWAYS TRIGGER soc2_guard_update;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
SELECT * FROM verify_ledger('evidence', :'kept_elsewhere');

\echo == ... also by those who are given an export of it
\pset tuples_only on
\pset format unaligned
\o tampered.jsonl
SELECT export_ledger('evidence');
\o
\pset format aligned
\pset tuples_only off
\! soc2-verify --checkpoint checkpoint.txt tampered.jsonl || echo "refused, exit status $?"
\echo
ROLLBACK;

\echo == ... even if the newest rows and their seals are gone
BEGIN;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE evidence DISABLE TRIGGER USER;
ALTER TABLE ledger_seals DISABLE TRIGGER USER;
ALTER TABLE ledger_seal_ranges DISABLE TRIGGER USER;
ALTER TABLE ledger_tiles DISABLE TRIGGER USER;
DELETE FROM evidence WHERE check_id = 'tls.on';
TRUNCATE ledger_seals, ledger_seal_ranges, ledger_tiles;
SELECT problem, detail FROM verify_ledger('evidence', :'kept_elsewhere') WHERE problem = 'checkpoint';
ROLLBACK;

\set SHOW_CONTEXT never
\echo == A shop: its invoices must be kept for 10 years, its support tickets for 2, and no longer than 90 days more
CREATE SCHEMA shop;
CREATE TABLE shop.customer (id integer PRIMARY KEY, name text NOT NULL, email text);
CREATE TABLE shop.invoice (id integer PRIMARY KEY, customer integer NOT NULL REFERENCES shop.customer,
    issued_at timestamptz NOT NULL, amount numeric(10,2) NOT NULL);
CREATE TABLE shop.ticket (id integer PRIMARY KEY, customer integer NOT NULL REFERENCES shop.customer,
    closed_at timestamptz, body text);
INSERT INTO shop.customer SELECT n, 'customer ' || n, format('customer.%s@shop.example', n) FROM generate_series(1, 500) AS n;
INSERT INTO shop.invoice
SELECT n, n % 500 + 1, now() - n * interval '6 hours', n % 997 FROM generate_series(1, 20000) AS n;
INSERT INTO shop.ticket     -- every tenth is still open
SELECT n, n % 500 + 1, CASE WHEN n % 10 > 0 THEN now() - n * interval '7 hours' END, 'ticket ' || n FROM generate_series(1, 6000) AS n;
SELECT create_retention_class('books', '10 years', 'commercial law, books and records', max_retain => '10 years 90 days') AS class
UNION ALL SELECT create_retention_class('support', '2 years', 'contract, section 4', max_retain => '2 years 90 days');
SELECT set_retention('shop.invoice', 'books', anchor => 'issued_at'), set_retention('shop.ticket', 'support', anchor => 'closed_at');
SELECT r.relation, s.class, s.state, s.rows
FROM (VALUES ('shop.invoice'::regclass), ('shop.ticket')) AS r (relation), retention_status(r.relation) AS s
ORDER BY 1, 3;

\echo == What its columns hold stands in the words of the DDL; labels classify and do nothing else
SECURITY LABEL FOR soc2 ON TABLE shop.ticket IS 'class=internal';
SECURITY LABEL FOR soc2 ON COLUMN shop.ticket.body IS 'class=pii subject purpose=support dispose=delete';
SECURITY LABEL FOR soc2 ON COLUMN shop.customer.email IS 'class=pii subject purpose=billing,support dispose=null';
SELECT relation, column_name, class, subject, purpose, dispose FROM labels ORDER BY relation, column_name;

\echo == A newsletter goes to who agreed to it; who objects gets no more, whoever writes the row
CREATE TABLE shop.mailing (customer integer NOT NULL, sent_on date NOT NULL DEFAULT CURRENT_DATE);
SELECT publish_notice('privacy-1', 'Privacy of the shop', 'We send a newsletter to who wants it.', '{newsletter}') AS notice;
SELECT count(record_consent('customer:' || n, 'newsletter', notice => 'privacy-1')) AS consents FROM generate_series(1, 100) AS n;
SELECT require_consent('shop.mailing', 'newsletter', 'customer', kind => 'customer');
INSERT INTO shop.mailing SELECT generate_series(1, 100);
SELECT record_subject_request('R-3', 'objection', subject => 'customer:3', zone => 'Europe/Berlin') AS request,
    identify_requester('R-3', 'wrote from the address on file') AS identified, object_to('R-3', 'newsletter') IS NOT NULL AS withdrawn;
\set ON_ERROR_STOP off
INSERT INTO shop.mailing SELECT generate_series(1, 100);
\set ON_ERROR_STOP on
SELECT subject, state, request_id FROM consent_status WHERE subject IN ('customer:2', 'customer:3') ORDER BY subject;
SELECT state, rows FROM unconsented('shop.mailing', 'newsletter');
DO $$ BEGIN ASSERT (SELECT count(*) FROM shop.mailing) = 100, 'no row without a consent'; END $$;

\echo == What must be kept cannot be destroyed early, not even by a superuser; what need not can
\set ON_ERROR_STOP off
DELETE FROM shop.invoice WHERE id = 1;
UPDATE shop.invoice SET issued_at = issued_at - interval '20 years' WHERE id = 1;
TRUNCATE shop.ticket;
DROP TABLE shop.invoice;
\set ON_ERROR_STOP on
DELETE FROM shop.ticket WHERE id = 5999 RETURNING id AS deleted;

\echo == A lawsuit: all that belongs to customer 7 stays, in every table, however old it is
CREATE ROLE records_manager LOGIN IN ROLE soc2_admin, soc2_custodian;
CREATE ROLE legal_counsel LOGIN IN ROLE soc2_custodian;
GRANT USAGE ON SCHEMA shop TO records_manager, legal_counsel;
SELECT set_subject('shop.customer', 'id', 'customer'), set_subject('shop.invoice', 'customer', via => 'shop.customer'),
    set_subject('shop.ticket', 'customer', via => 'shop.customer');
\connect - legal_counsel
SET search_path = public, soc2;
SELECT open_matter('customer 7 against the shop', 'L-1') AS matter, place_hold('L-1', subject => 'customer:7') AS hold;
\connect - postgres
SET search_path = public, soc2;
\set ON_ERROR_STOP off
DELETE FROM shop.ticket WHERE customer = 7;
\set ON_ERROR_STOP on
SELECT hold_id, matter_ref, subject, state, guarded FROM holds_active;

\echo == What should be gone by now
SELECT relation, class, rows FROM disposal_overdue() ORDER BY relation;

\echo == Somebody plans to destroy it. A plan destroys nothing
\connect - records_manager
SET search_path = public, soc2;
SELECT plan_disposal('shop.ticket', 'yearly review') AS tickets, plan_disposal('shop.invoice', 'yearly review') AS invoices \gset
SELECT plan_id, relation, state, rows, held FROM disposal_progress ORDER BY plan_id;
\set ON_ERROR_STOP off
SELECT approve_disposal(:tickets);
\set ON_ERROR_STOP on

\echo == ... somebody else approves, and runs it
\connect - legal_counsel
SET search_path = public, soc2;
SELECT approve_disposal(:tickets, 'looked at it') AS tickets, approve_disposal(:invoices, 'looked at it') AS invoices;
\set ON_ERROR_STOP off
CALL run_disposal(:tickets);
\set ON_ERROR_STOP on
\echo == ... a day later: new retention only reports at first, so that a mistake destroys nothing. This is no day to wait
\connect - postgres
ALTER DATABASE demo SET soc2.disposal_delay = 0;
\connect - legal_counsel
SET search_path = public, soc2;
CALL run_disposal(:tickets);
CALL run_disposal(:invoices);
SELECT plan_id, relation, state, rows, destroyed, batches FROM disposal_progress ORDER BY plan_id;
\connect - postgres
SET search_path = public, soc2;
VACUUM (ANALYZE) shop.ticket, shop.invoice;

\echo == The certificate says what is gone, who wanted it so, how far that was looked at, and what it does not prove
\connect - legal_counsel
SET search_path = public, soc2;
CREATE TEMP TABLE certificates AS SELECT certificate(p) AS c FROM (VALUES (:tickets), (:invoices)) AS v (p);
SELECT c ->> 'table' AS "table", c ->> 'requested_by' AS requested_by, a ->> 'approved_session' AS approved_by, c -> 'rows' AS rows,
    c #>> '{set_hash,equal}' AS as_planned, c ->> 'level' AS level
FROM certificates, jsonb_array_elements(c -> 'approved_by') AS a;
SELECT v ->> 'level' AS level, v ->> 'reached' AS reached, v ->> 'detail' AS detail
FROM certificates, jsonb_array_elements(c -> 'verification') AS v WHERE c ->> 'table' ~ 'ticket' ORDER BY 1;
SELECT was_disposed(:tickets, '5998') AS ticket_5998, was_disposed(:tickets, '1') AS ticket_1;

\echo == Nothing is overdue any more, and what belongs to customer 7 is all there
\connect - postgres
SET search_path = public, soc2;
SELECT count(*) AS overdue FROM disposal_overdue();
SELECT r.relation, s.class, s.state, s.rows
FROM (VALUES ('shop.invoice'::regclass), ('shop.ticket')) AS r (relation), retention_status(r.relation) AS s
WHERE s.state IN ('held', 'overdue') ORDER BY 1, 3;
SELECT ledger_seq AS seq, kind, recorded_by, payload ->> 'action' AS action, left(ledger_hash::text, 16) AS hash
FROM evidence WHERE kind IN ('hold', 'disposal') ORDER BY recorded_at, ledger_lane, ledger_seq;
DO $$
BEGIN
    ASSERT NOT EXISTS (SELECT FROM disposal_overdue()), 'nothing is overdue';
    ASSERT (SELECT count(*) FROM shop.ticket WHERE customer = 7) = 12, 'tickets on hold stay';
    ASSERT (SELECT count(*) FROM shop.invoice WHERE customer = 7) = 40, 'invoices on hold stay';
    ASSERT NOT EXISTS (SELECT FROM shop.ticket WHERE customer <> 7 AND closed_at < now() - interval '2 years'), 'old tickets are gone';
    ASSERT NOT EXISTS (SELECT FROM shop.invoice WHERE customer <> 7 AND issued_at < now() - interval '10 years'), 'old invoices are gone';
    ASSERT (SELECT count(*) FROM shop.ticket WHERE closed_at IS NULL) = 600, 'open tickets stay';
    ASSERT (SELECT count(*) = 2 AND bool_and((certificate #>> '{set_hash,equal}')::boolean) FROM disposal_certificates), 'what is gone is what was planned';
END $$;

\echo == Changes: one is asked for, another person approves it, and what the server sees change is held against them
CREATE ROLE shop_owner LOGIN IN ROLE soc2_admin;
SELECT start_ddl_capture();
SELECT observe_settings(), observe_roles();
SELECT record_change('CHG-17', 'Customers have telephones', '{"table shop.customer"}', risk => 'low', rollback_plan => 'drop the column');
\set ON_ERROR_STOP off
SELECT approve_change('CHG-17');
\set ON_ERROR_STOP on
\connect - shop_owner
SELECT soc2.approve_change('CHG-17', 'after the season') IS NOT NULL AS approved;
\connect - postgres
SET search_path = public, soc2;
ALTER TABLE shop.customer ADD telephone text;
\echo == ... and one night somebody does more than that
ALTER TABLE shop.ticket ADD secret text;
ALTER ROLE shop_owner SUPERUSER;
ALTER SYSTEM SET log_connections = off;
SELECT observe_settings() AS settings, observe_roles() AS roles;
SELECT action, object, actor, state, reason FROM change_log WHERE state <> 'follows' ORDER BY captured_at;
SELECT check_id, outcome, population, failures FROM assess('chg.ddl_ledger');
SELECT severity, regexp_replace(resource, ' [0-9a-f-]{36}$', '') AS finding, (due_at - opened_at)::text AS to_mend
FROM findings_open WHERE check_id = 'chg.ddl_ledger' ORDER BY finding_id;
ALTER ROLE shop_owner NOSUPERUSER;
ALTER SYSTEM RESET log_connections;
DO $$
BEGIN
    ASSERT (SELECT array_agg(object ORDER BY captured_at) FROM unmatched_changes WHERE source = 'ddl' AND action <> 'ALTER SYSTEM')
        = '{table shop.ticket,role shop_owner,role shop_owner}', 'what nobody approved is unmatched';
    ASSERT (SELECT state FROM change_log WHERE object = 'table shop.customer') = 'covered', 'what was approved is covered';
    ASSERT (SELECT count(*) FROM findings_open WHERE check_id = 'chg.ddl_ledger') = 3, 'and a finding';
END $$;
SELECT stop_ddl_capture();
\echo == A review of access: all that anybody may do here is frozen, of this moment
CREATE ROLE migration LOGIN SUPERUSER;      -- made for one night, three years ago
\connect - records_manager
SET search_path = public, soc2;
SELECT start_access_review('access in this quarter') AS review \gset
SELECT kind, count(*) AS entries FROM access_review_entries WHERE review_id = :'review' GROUP BY kind ORDER BY kind;
\echo == ... who is a superuser, and was seen when?
SELECT role_name, person, privilege, last_seen FROM access_review_sheet(:'review') WHERE privilege = 'SUPERUSER' ORDER BY role_name;
\echo == ... somebody decides, but not on himself: that is for another person
SELECT decide_access(:'review', 'migration', 'SUPERUSER', 'revoke', 'the night is over') IS NOT NULL AS superuser,
    decide_access(:'review', 'migration', 'LOGIN', 'revoke', 'the night is over') IS NOT NULL AS login,
    decide_access_entries(:'review', 'keep', 'needed for the work', undecided => true, others_only => true) AS kept;
\set ON_ERROR_STOP off
SELECT decide_access(:'review', 'records_manager', 'LOGIN', 'keep', 'I need that');
\set ON_ERROR_STOP on
SELECT assign_reviewer(:'review', 'legal_counsel', '{records_manager}') > 0 AS assigned;
\connect - legal_counsel
SET search_path = public, soc2;
SELECT DISTINCT role_name, kind, privilege FROM my_access_reviews() ORDER BY 1, 2, 3;
SELECT decide_access_entries(:'review', 'keep', 'manages the records', '{records_manager}') > 0 AS decided;
\echo == ... and it cannot be closed before that is done
\connect - postgres
SET search_path = public, soc2;
SELECT problem, role_name, privilege FROM close_campaign(:'review');
\echo == ... which this script does
SELECT line FROM revoke_script(:'review') AS line WHERE line !~ 'pg_hba';
SELECT line FROM revoke_script(:'review') AS line WHERE line !~ '^--' \gexec
SELECT problem, role_name, privilege FROM close_campaign(:'review');
SELECT title, state, entries, attempts, closed_by FROM access_reviews WHERE review_id = :'review';
DO $$
BEGIN
    ASSERT (SELECT state = 'closed' AND attempts = 2 FROM access_reviews), 'the review is closed';
    ASSERT (SELECT NOT rolsuper AND NOT rolcanlogin FROM pg_roles WHERE rolname = 'migration'), 'the leftover superuser is none';
    ASSERT (SELECT count(*) FROM access_decisions WHERE decided_by = 'records_manager' AND reason ~ 'night') = 2, 'two decisions took it away';
    ASSERT (SELECT outcome = 'pass' FROM assess('self.review_done', record => false)), 'which a check confirms';
END $$;

\echo == Controls say what the organisation does; a person attests what no check can see
SELECT adopt_controls(since => CURRENT_DATE) AS adopted, open_period('demo', CURRENT_DATE) AS type;
SELECT attest('BCK-02', 'The backup was restored and the application started on it.', tstzrange(now() - interval '1 hour', now())) IS NOT NULL AS attested;
SELECT count_retention() AS tables, refresh_days() > 0 AS counted;
SELECT state, count(*) AS criteria FROM readiness WHERE framework = 'tsc' GROUP BY state ORDER BY state;
SELECT size, sealed FROM seal('evidence');

\echo == All of it for the auditor, who reads everything and changes nothing: report, tables, OSCAL, the evidence, its checkpoint
CREATE ROLE external_auditor LOGIN IN ROLE soc2_auditor;
