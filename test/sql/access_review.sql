--
-- Reviews of access: all that a role may do is frozen, somebody else decides, the
-- script takes away what was decided, and closing looks whether it is gone.
--
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT current_user AS me \gset
CREATE ROLE regress_ar_admin LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_ar_admin2 LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_ar_judge LOGIN IN ROLE soc2_custodian;
CREATE ROLE regress_ar_auditor LOGIN IN ROLE soc2_auditor;
CREATE ROLE "regress_ar odd ""R""
x" LOGIN CREATEDB CONNECTION LIMIT 3 VALID UNTIL '2040-01-01 00:00+00';
CREATE ROLE "PUBLIC" NOLOGIN;
CREATE ROLE regress_ar_group NOLOGIN BYPASSRLS;
CREATE ROLE regress_ar_chief SUPERUSER LOGIN;
CREATE ROLE regress_ar_owner NOLOGIN;
CREATE ROLE regress_ar_gone LOGIN;
GRANT regress_ar_group TO "regress_ar odd ""R""
x" WITH ADMIN OPTION;
GRANT pg_read_all_data TO regress_ar_group;
ALTER ROLE regress_ar_admin SET search_path = soc2, public;
ALTER ROLE regress_ar_admin2 SET search_path = soc2, public;
ALTER ROLE regress_ar_judge SET search_path = soc2, public;
ALTER ROLE regress_ar_auditor SET search_path = soc2, public;
SET search_path = soc2, public;
SELECT identify_role('regress_ar_admin', 'person', 'Ada'), identify_role('regress_ar_admin2', 'person', 'Ada'),
    identify_role('regress_ar_judge', 'person', 'Judge');

CREATE SCHEMA "Odd.""S" AUTHORIZATION regress_ar_owner;
CREATE TABLE "Odd.""S"."T, 1" (id integer, "E mail" text, other text);
ALTER TABLE "Odd.""S"."T, 1" ENABLE ROW LEVEL SECURITY, OWNER TO regress_ar_owner;
CREATE VIEW "Odd.""S".v AS SELECT 1 AS one;
CREATE SEQUENCE "Odd.""S".s;
CREATE TYPE "Odd.""S"."E" AS ENUM ('a');
CREATE DOMAIN "Odd.""S".d AS integer;
CREATE FUNCTION "Odd.""S".f(integer, "Odd.""S"."T, 1", "Odd.""S"."E"[], VARIADIC text[]) RETURNS integer LANGUAGE sql RETURN 1;
CREATE FUNCTION "Odd.""S".plain() RETURNS integer LANGUAGE sql RETURN 1;
CREATE PROCEDURE "Odd.""S".p(INOUT a integer) LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE "Odd.""S".a(integer) (sfunc = int4pl, stype = integer);
CREATE FOREIGN DATA WRAPPER "regress_ar w";
CREATE SERVER "regress_ar s" FOREIGN DATA WRAPPER "regress_ar w";
CREATE USER MAPPING FOR regress_ar_group SERVER "regress_ar s";
SELECT lo_create(4711);
GRANT SELECT ON "Odd.""S"."T, 1" TO PUBLIC;
GRANT SELECT ON "Odd.""S"."T, 1" TO "PUBLIC";
SET ROLE regress_ar_owner;
GRANT SELECT, UPDATE ON "Odd.""S"."T, 1" TO "regress_ar odd ""R""
x" WITH GRANT OPTION;
GRANT INSERT ("E mail", id), SELECT (id) ON "Odd.""S"."T, 1" TO "regress_ar odd ""R""
x";
GRANT USAGE ON SCHEMA "Odd.""S" TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_ar_owner IN SCHEMA "Odd.""S" GRANT SELECT ON TABLES TO regress_ar_group WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_ar_owner GRANT EXECUTE ON FUNCTIONS TO regress_ar_group;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_ar_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
SET ROLE "regress_ar odd ""R""
x";
GRANT SELECT ON "Odd.""S"."T, 1" TO regress_ar_group;
GRANT UPDATE ("E mail") ON "Odd.""S"."T, 1" TO regress_ar_group;
RESET ROLE;
GRANT SELECT ON "Odd.""S".v TO regress_ar_group;
GRANT ALL ON SEQUENCE "Odd.""S".s TO regress_ar_group;
GRANT EXECUTE ON FUNCTION "Odd.""S".f, "Odd.""S".a(integer) TO regress_ar_group;
GRANT EXECUTE ON PROCEDURE "Odd.""S".p TO regress_ar_group WITH GRANT OPTION;
REVOKE EXECUTE ON PROCEDURE "Odd.""S".p FROM PUBLIC;
GRANT USAGE ON TYPE "Odd.""S"."E", "Odd.""S".d TO regress_ar_group;
GRANT USAGE ON FOREIGN DATA WRAPPER "regress_ar w" TO regress_ar_group;
GRANT USAGE ON FOREIGN SERVER "regress_ar s" TO regress_ar_group;
GRANT SELECT ON LARGE OBJECT 4711 TO regress_ar_group;
GRANT TEMPORARY ON DATABASE :"DBNAME" TO regress_ar_group;
GRANT CREATE ON TABLESPACE pg_default TO regress_ar_group;
GRANT USAGE ON LANGUAGE sql TO regress_ar_group;
GRANT SET ON PARAMETER log_statement, "Odd.x" TO regress_ar_group;
-- of what the server brings, only what was granted beyond that
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO regress_ar_group;
GRANT SELECT ON pg_catalog.pg_authid TO regress_ar_group;

-- what is there, and what everybody may do
CREATE VIEW public.mine AS
    SELECT kind, replace(role_name::text, E'\n', '\n') AS role, object_type, replace(object, E'\n', '\n') AS object, column_name AS col, privilege,
        replace(grantor::text, E'\n', '\n') AS grantor, grantable AS g, options, by_owner AS o, is_default AS d
    FROM access_now()
    WHERE role_name ~ 'regress_ar|PUBLIC' AND kind <> 'hba' OR role_name = 'public' AND object ~ 'Odd|regress_ar';
SELECT role, kind, object_type, CASE WHEN object_type <> 'database' THEN object END AS object, col, privilege, CASE WHEN grantor <> :'me' THEN grantor END AS grantor, g,
    CASE WHEN kind <> 'membership' OR privilege ~ 'group' THEN options END AS options, o, d
FROM mine ORDER BY role COLLATE "C", kind, object_type, object COLLATE "C", col COLLATE "C", privilege, grantor COLLATE "C";
SELECT count(*) FROM access_now() WHERE object ~ '^(soc2|information_schema|pg_catalog)\.' AND role_name !~ 'regress';
SELECT count(*) > 3000 AS shipped FROM access_now(true) WHERE kind = 'privilege' AND object_type = 'function' AND role_name = 'public';
SELECT bool_and(privilege IN ('CONNECT', 'REPLICATION')) AS reached, count(DISTINCT role_name) AS roles FROM access_now()
WHERE kind = 'hba' AND role_name ~ 'regress_ar';

-- what a predefined role was given beside what it is shipped with
BEGIN;
GRANT regress_ar_group TO pg_monitor;
GRANT pg_read_all_data TO pg_read_all_stats;
SELECT role_name, object_type, privilege FROM access_now() WHERE role_name ~ '^pg_' ORDER BY 1;
SELECT count(*) > 2 AS more FROM access_now(true) WHERE role_name = 'pg_monitor' AND kind = 'membership';
ROLLBACK;

-- only soc2_admin begins, auditors read, nobody writes rows
\c - regress_ar_auditor
SELECT start_access_review('no'); --fail
SELECT count(*) > 10 AS readable FROM access_now();
SELECT decide_access_entries(gen_random_uuid(), 'keep', 'x'); --fail
INSERT INTO access_decisions (review_id, entry_no, decision, reason) VALUES (gen_random_uuid(), 1, 'keep', 'x'); --fail
\c - regress_ar_admin
INSERT INTO access_review_entries SELECT * FROM access_review_entries; --fail
INSERT INTO access_reviews (title) VALUES ('mine'); --fail
SELECT start_access_review(NULL); --fail
SELECT start_access_review(' '); --fail
SELECT start_access_review('first') AS review \gset
SELECT title, state, opened_by, closed_at, closed_by, attempts, notes, entries > 50 AS entries, due_at > now() + interval '29 days' AS due
FROM access_reviews WHERE review_id = :'review';
SELECT count(*) AS differences FROM (
    SELECT kind, role_name, object_type, object, column_name, privilege, grantor, grantable, options FROM access_now()
    EXCEPT SELECT kind, role_name, object_type, object, column_name, privilege, grantor, grantable, options
    FROM access_review_entries WHERE review_id = :'review') AS d;
SELECT entries_sha256::text = access_entries_sha256(review_id)::text AS hashed FROM access_reviews WHERE review_id = :'review';

-- nobody decides on what he holds: not under two roles of a person, nor under SET ROLE, nor as a member of a group
SELECT decide_access(:'review', 'regress_ar_admin', 'LOGIN', 'keep', 'me'); --fail
SELECT decide_access(:'review', 'regress_ar_admin2', 'LOGIN', 'keep', 'me, too'); --fail
SELECT decide_access(:'review', 'regress_ar_admin2', 'member of soc2_admin', 'keep', 'me, too'); --fail
SET ROLE soc2_admin;
SELECT decide_access(:'review', 'regress_ar_admin', 'LOGIN', 'keep', 'somebody else?'); --fail
RESET ROLE;
SELECT decide_access_entries(:'review', 'keep', 'all'); --fail
\c - :me
SET search_path = soc2, public;
GRANT regress_ar_group TO regress_ar_admin2;
\c - regress_ar_admin
SELECT decide_access(:'review', 'regress_ar_group', 'BYPASSRLS', 'keep', 'a group of mine'); --fail
SELECT decide_access(:'review', 'regress_ar_group', 'NOLOGIN', 'keep', 'that it is there gives nobody anything') IS NOT NULL AS decided;
\c - :me
SET search_path = soc2, public;
REVOKE regress_ar_group FROM regress_ar_admin2;
-- a roster tells persons, too
SELECT decide_access_entries(:'review', 'keep', 'fine', '{regress_ar_gone}') > 0 AS decided;
\c - regress_ar_admin
COPY roster (person, role_names, joined_on, left_on) FROM stdin (FORMAT csv);
Ada,"{regress_ar_admin,regress_ar_gone}",2020-01-01,
The Judge,"{regress_ar_judge,regress_ar_group}",2020-01-01,
Leaver,"{regress_ar_chief,nobody}",2020-01-01,2024-01-01
Joiner,"{regress_ar_new,regress_ar_owner}",2025-01-01,
Later,{},2999-01-01,
\.
SELECT decide_access(:'review', 'regress_ar_gone', 'LOGIN', 'keep', 'also mine'); --fail

-- what makes no sense
\set VERBOSITY sqlstate
SELECT decide_access(gen_random_uuid(), 'regress_ar_chief', 'LOGIN', 'keep', 'x'); --fail
SELECT decide_access(:'review', 'regress_ar_chief', 'CREATEROLE', 'keep', 'x'); --fail
SELECT decide_access(:'review', 'regress_ar_chief', 'LOGIN', 'perhaps', 'x'); --fail
SELECT decide_access(:'review', 'regress_ar_chief', 'LOGIN', 'keep', ''); --fail
SELECT decide_access(:'review', 'regress_ar_chief', 'LOGIN', NULL, 'x'); --fail
SELECT decide_access(:'review', 'regress_ar_chief', 'LOGIN', 'expires', 'x'); --fail
SELECT decide_access(:'review', 'regress_ar_chief', 'LOGIN', 'expires', 'x', expires_at => '2020-01-01'); --fail
SELECT decide_access(:'review', 'regress_ar_chief', 'LOGIN', 'expires', 'x', expires_at => 'infinity'); --fail
SELECT decide_access(:'review', 'regress_ar_chief', 'LOGIN', 'keep', 'x', expires_at => '2099-01-01'); --fail
SELECT decide_access(:'review', 'regress_ar_chief', 'LOGIN', 'change', 'x'); --fail
SELECT decide_access(:'review', 'regress_ar_chief', 'LOGIN', 'keep', 'x', change_to => 'y'); --fail
SELECT decide_access(:'review', 'regress_ar_owner', 'OWNER', 'change', 'x', '*T, 1"', change_to => 'owner nobody'); --fail
SELECT decide_access_entries(NULL, 'keep', 'x'); --fail
\set VERBOSITY terse
SELECT decide_access_entries(:'review', 'keep', 'x', '{nobody}');

-- reviewers decide what is assigned to them, and nobody else does
\c - regress_ar_judge
SELECT decide_access_entries(:'review', 'keep', 'x', '{regress_ar_chief}'); --fail
SELECT decide_access(:'review', 'regress_ar_group', 'BYPASSRLS', 'keep', 'mine by the roster'); --fail
SELECT assign_reviewer(:'review', 'regress_ar_judge'); --fail
SELECT close_campaign(:'review'); --fail
SELECT revoke_script(:'review'); --fail
SELECT count(*) FROM my_access_reviews();
\c - regress_ar_admin
SELECT assign_reviewer(:'review', 'nobody'); --fail
SELECT assign_reviewer(:'review', 'regress_ar_judge', '{regress_ar_chief,regress_ar_judge}', '{attribute}'),
    assign_reviewer(:'review', 'regress_ar_judge', '{regress_ar_chief,regress_ar_judge}', '{attribute}');
SELECT decide_access(:'review', 'regress_ar_chief', 'LOGIN', 'keep', 'x'); --fail
\c - regress_ar_judge
SELECT title, role_name, kind, privilege, decision FROM my_access_reviews();
SELECT decide_access(:'review', 'regress_ar_chief', 'SUPERUSER', 'keep', 'is the chief') IS NOT NULL AS decided;
SELECT decide_access(:'review', 'regress_ar_chief', 'SUPERUSER', 'revoke', 'was the chief') IS NOT NULL AS decided;
SELECT decide_access(:'review', 'regress_ar_chief', 'LOGIN', 'expires', 'hands over', expires_at => '2098-07-06 05:04:03+00') IS NOT NULL AS decided;
\c - regress_ar_auditor
SELECT privilege, decision, reason, expires_at AT TIME ZONE 'UTC' AS expires, decided_by FROM access_review_status
WHERE review_id = :'review' AND role_name = 'regress_ar_chief' AND kind = 'attribute' ORDER BY privilege;

-- everything of the odd role and of the group goes, but for some
\c - regress_ar_admin
SELECT set_config('odd.role', role_name, false) IS NOT NULL AS odd FROM access_review_entries
WHERE review_id = :'review' AND role_name ~ 'odd' LIMIT 1;
SELECT decide_access_entries(:'review', 'revoke', 'not needed', ARRAY['regress_ar_group', current_setting('odd.role')]) AS decided;
SELECT decide_access_entries(:'review', 'keep', 'a column is enough', ARRAY[current_setting('odd.role')], privileges => '{SELECT}', kinds => '{privilege}',
    entry_nos => ARRAY(SELECT entry_no FROM access_review_entries WHERE review_id = :'review' AND column_name = 'id' AND privilege = 'SELECT')) AS decided;
SELECT decide_access_entries(:'review', 'change', 'need not grant', privileges => '{EXECUTE}', objects => '*"Odd*.p(*') AS decided;
SELECT decide_access_entries(:'review', 'change', 'need not grant', '{regress_ar_group}', '{default_privilege}', privileges => '{SELECT}') AS decided;
SELECT decide_access_entries(:'review', 'revoke', 'not for all', '{public,PUBLIC}', objects => '*"Odd*') AS decided;
SELECT decide_access(:'review', 'regress_ar_owner', 'OWNER', 'change', 'somebody else''s', '"Odd.*T, 1"', change_to => 'owner regress_ar_gone') IS NOT NULL AS decided;
SELECT decide_access(:'review', 'regress_ar_owner', 'OWNER', 'revoke', 'somebody else''s', '"Odd.""S"') IS NOT NULL AS decided;
SELECT decide_access(:'review', 'regress_ar_owner', 'BYPASS', 'revoke', 'binds owners, too') IS NOT NULL AS decided;
SELECT decide_access_entries(:'review', 'keep', 'fine', undecided => true, others_only => true) > 10 AS decided;
-- what is left is the person's own
SELECT role_name, count(*) FROM access_review_status WHERE review_id = :'review' AND decision IS NULL AND kind <> 'hba' GROUP BY 1 ORDER BY 1;

-- the script: what was granted on goes first, and what comes after a line break is no statement
SELECT replace(regexp_replace(regexp_replace(regexp_replace(line, '[0-9a-f-]{36}', '(id)'), ' GRANTED BY .*;', ';'), 'DATABASE \w+', 'DATABASE'), E'\n', '\n') AS script FROM revoke_script(:'review') AS line
WHERE line !~ 'pg_hba' AND line !~ 'pg_default';
SELECT bool_and(line ~ '^-- ' AND line !~ E'[\n\r]') AS comments FROM revoke_script(:'review') AS line WHERE line ~ 'pg_hba';
\set VERBOSITY sqlstate
SELECT revoke_script(gen_random_uuid()); --fail
SELECT revoke_script(NULL); --fail
\set VERBOSITY terse

-- not yet
SELECT problem, count(*) > 0 AS some FROM close_campaign(:'review') GROUP BY 1 ORDER BY 1;
SELECT state, attempts, closed_at FROM access_reviews WHERE review_id = :'review';
SELECT access_review_csv(:'review') ~ E'^entry_no,role_name,person,.*\r\n' AS header;
-- a group is named like a formula: it does not compute
\c - :me
SET search_path = soc2, public;
CREATE ROLE "=1+1" NOLOGIN;
\c - regress_ar_admin
SELECT start_access_review('csv') AS csv \gset
SELECT (regexp_match(access_review_csv(:'csv'), E'[^,]*1\\+1[^\r]*'))[1];
SELECT cancel_access_review(:'csv', ''); --fail
SELECT cancel_access_review(:'csv', 'it was for the CSV');
\set VERBOSITY sqlstate
SELECT cancel_access_review(:'csv', 'again'); --fail
SELECT close_campaign(:'csv'); --fail
SELECT decide_access_entries(:'csv', 'keep', 'late'); --fail
\set VERBOSITY terse
SELECT state, closing_note, closed_by FROM access_reviews WHERE review_id = :'csv';

-- a superuser replays it; statements that have to wait are comments
\c - :me
SET search_path = soc2, public;
\set ECHO none
\o /dev/null
SELECT line FROM revoke_script(:'review') AS line \gexec
\o
\set ECHO all
SELECT count(*) AS statements FROM revoke_script(:'review') AS line WHERE line !~ '^--';
SELECT role, kind, object_type, object, col, privilege, g FROM public.mine
WHERE object_type <> 'tablespace' AND role ~ 'odd|group|public|PUBLIC' OR object ~ 'T, 1' AND kind IN ('ownership', 'row_security') OR privilege = 'SUPERUSER'
ORDER BY role COLLATE "C", kind, object_type, object COLLATE "C", privilege;
SELECT rolvaliduntil AT TIME ZONE 'UTC' AS until FROM pg_roles WHERE rolname = 'regress_ar_chief';
ALTER SCHEMA "Odd.""S" OWNER TO CURRENT_USER;
REVOKE CREATE ON TABLESPACE pg_default FROM regress_ar_group;
DROP ROLE regress_ar_group; --fail
REVOKE SELECT ON TABLE pg_catalog.pg_authid FROM regress_ar_group;

-- what comes back is found: by somebody else, under another name, a column under another one
ALTER TABLE "Odd.""S"."T, 1" RENAME TO t2;
GRANT SELECT ON "Odd.""S".t2 TO PUBLIC;
GRANT UPDATE ("E mail") ON "Odd.""S".t2 TO regress_ar_group;
ALTER TABLE "Odd.""S".t2 RENAME "E mail" TO mail;
DROP VIEW "Odd.""S".v;
CREATE VIEW "Odd.""S".v AS SELECT 1 AS one;
ALTER VIEW "Odd.""S".v OWNER TO regress_ar_gone;
GRANT SELECT ON "Odd.""S".v TO regress_ar_group;
SELECT problem, replace(role_name::text, E'\n', '\n') AS role, kind, object, column_name, privilege, detail FROM access_review_problems(:'review')
WHERE problem <> 'undecided' AND kind <> 'hba' AND privilege !~ '^member|NOLOGIN' ORDER BY entry_no, detail;
ALTER TABLE "Odd.""S".t2 RENAME mail TO "E mail";
REVOKE ALL ON "Odd.""S".t2, "Odd.""S".v FROM PUBLIC, regress_ar_group;
ALTER TABLE "Odd.""S".t2 RENAME TO "T, 1";
-- so is what was to change, and what nobody decided on
ALTER PROCEDURE "Odd.""S".p RENAME TO p2;
GRANT EXECUTE ON PROCEDURE "Odd.""S".p2 TO regress_ar_group WITH GRANT OPTION;
ALTER TABLE "Odd.""S"."T, 1" OWNER TO regress_ar_chief;
ALTER ROLE regress_ar_admin RENAME TO regress_ar_same;
SELECT problem, role_name AS role, kind, object, privilege, replace(detail, :'me', '(me)') AS detail FROM access_review_problems(:'review')
WHERE privilege IN ('OWNER', 'EXECUTE', 'LOGIN') AND (problem <> 'undecided' OR detail ~ 'again') ORDER BY entry_no, detail;
ALTER TABLE "Odd.""S"."T, 1" RENAME TO t2;
SELECT detail FROM access_review_problems(:'review') WHERE problem = 'not_changed' AND privilege = 'OWNER';
ALTER TABLE "Odd.""S".t2 RENAME TO "T, 1";
ALTER TABLE "Odd.""S"."T, 1" OWNER TO regress_ar_gone;
ALTER ROLE regress_ar_same RENAME TO regress_ar_admin;
REVOKE GRANT OPTION FOR EXECUTE ON PROCEDURE "Odd.""S".p2 FROM regress_ar_group;
ALTER PROCEDURE "Odd.""S".p2 RENAME TO p;
-- so are entries that were changed
UPDATE access_review_entries SET grantable = true WHERE review_id = :'review' AND entry_no = 1;
SELECT problem, detail FROM access_review_problems(:'review') WHERE problem = 'tampered';
UPDATE access_review_entries SET grantable = false WHERE review_id = :'review' AND entry_no = 1;
SELECT count(*) FROM access_review_problems(:'review') WHERE problem = 'tampered';

-- it is closed when all of it is decided and done; others decide what is one's own
SELECT decide_access_entries(:'review', 'keep', 'can connect', kinds => '{hba}', others_only => true) > 0 AS decided;
SELECT decide_access_entries(:'review', 'keep', 'stays', privileges => '{NOLOGIN}') > 0 AS decided;
\c - regress_ar_judge
SELECT decide_access_entries(:'review', 'keep', 'x', undecided => true); --fail
\c - regress_ar_admin
SELECT assign_reviewer(:'review', 'regress_ar_judge') > 0 AS assigned;
\c - regress_ar_judge
SELECT decide_access_entries(:'review', 'keep', 'x', undecided => true, others_only => true) > 0 AS decided;
\c - :me
SET search_path = soc2, public;
SELECT replace(role_name::text, E'\n', '\n') AS role, kind, privilege, problem FROM close_campaign(:'review');
SELECT state, attempts, closed_at IS NOT NULL AS closed, closed_by = :'me' AS by_me FROM access_reviews WHERE review_id = :'review';
\set VERBOSITY sqlstate
SELECT close_campaign(:'review'); --fail
SELECT close_campaign(gen_random_uuid()); --fail
SELECT close_campaign(NULL); --fail
\set VERBOSITY terse
SELECT payload ->> 'action' AS action, subject, ARRAY(SELECT jsonb_object_keys(payload -> 'problems') ORDER BY 1) AS problems FROM evidence WHERE kind = 'access_review' ORDER BY recorded_at;
SELECT record_evidence('access_review', 'forged'); --fail

-- how reviews differ
\c - regress_ar_admin
SELECT start_access_review('second', due => NULL) AS second \gset
SELECT due_at FROM access_reviews WHERE review_id = :'second';
SELECT change, kind, replace(role_name::text, E'\n', '\n') AS role, object_type, object, column_name, privilege, before, after FROM campaign_differences(:'review', :'second')
WHERE kind <> 'hba' AND object_type NOT IN ('database', 'tablespace') AND role_name <> :'me'
    AND privilege !~ '^(SELECT|INSERT|UPDATE|USAGE|EXECUTE)';
SELECT count(*) FROM campaign_differences(:'second', :'second');

-- persons and accounts
SELECT role_name, person, kind, left_on, can_log_in, is_superuser, reason FROM orphaned_accounts WHERE role_name ~ 'regress_ar' ORDER BY 1;
SELECT * FROM joiners_and_leavers ORDER BY person, event, role_name;
SELECT role_name, is_superuser, owner, reason FROM unowned_accounts WHERE role_name ~ 'regress_ar_[acj]' ORDER BY 1;
SELECT action, count(*) FROM history('soc2.roster') GROUP BY 1;

-- duties: inherited, and by two accounts of one person
SELECT separate_duties('pay', 'regress_ar_group', 'regress_ar_owner', 'pays itself');
SELECT count(*) FROM sod_conflicts WHERE rule = 'pay';
\c - :me
SET search_path = soc2, public;
CREATE ROLE regress_ar_middle NOLOGIN IN ROLE regress_ar_group;
GRANT regress_ar_middle TO regress_ar_admin;
GRANT regress_ar_owner TO regress_ar_admin2;
GRANT regress_ar_owner, regress_ar_group TO regress_ar_chief;
SELECT rule, person, role_a, role_b, holders_a, holders_b FROM sod_conflicts ORDER BY person;
ALTER ROLE regress_ar_chief SUPERUSER;
SELECT person FROM sod_conflicts ORDER BY person;
-- accounts that only the roster knows to be of one person
CREATE ROLE regress_ar_by_day LOGIN IN ROLE regress_ar_group;
CREATE ROLE regress_ar_by_night LOGIN IN ROLE regress_ar_owner;
SELECT count(*) FROM sod_conflicts WHERE holders_a ~ 'by_day';
INSERT INTO roster (person, role_names) VALUES ('Wanda', '{regress_ar_by_day,regress_ar_by_night}');
SELECT person, holders_a, holders_b, by_one_account FROM sod_conflicts WHERE person = 'Wanda';
DROP ROLE regress_ar_by_day, regress_ar_by_night;

-- tidy up
SET client_min_messages = warning;
TRUNCATE access_review_entries, access_decisions, access_reviewers, access_review_results, roster, identities, sod_rules;
ALTER TABLE access_reviews DISABLE TRIGGER soc2_step;
TRUNCATE access_reviews;
ALTER TABLE access_reviews ENABLE TRIGGER soc2_step;
DROP VIEW public.mine;
DROP SCHEMA "Odd.""S" CASCADE;
SELECT lo_unlink(4711);
DROP SERVER "regress_ar s" CASCADE;
DROP FOREIGN DATA WRAPPER "regress_ar w";
DO $$
DECLARE
    r name;
BEGIN
    FOR r IN SELECT rolname FROM pg_roles WHERE rolname ~ '^regress_ar|^PUBLIC$|^=1' LOOP
        EXECUTE format('DROP OWNED BY %I', r);
        EXECUTE format('DROP ROLE %I', r);
    END LOOP;
END $$;
