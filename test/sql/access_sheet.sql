--
-- The CSV of a review goes out, is filled in, and comes back: a row is its entry or is
-- refused, and what is as it was decides nothing.
--
\getenv builddir PG_ABS_BUILDDIR
\set file :builddir '/results/access_sheet.csv'
\setenv SHEET :file
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT current_user AS me \gset
CREATE ROLE regress_sheet_admin LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_sheet_judge LOGIN IN ROLE soc2_collector;
CREATE ROLE regress_sheet_other LOGIN IN ROLE soc2_collector;
CREATE ROLE "=regress_sheet(1)" LOGIN CREATEDB;
CREATE ROLE "'=regress_sheet
2" LOGIN CREATEROLE;
ALTER ROLE regress_sheet_admin SET search_path = soc2, public;
ALTER ROLE regress_sheet_judge SET search_path = soc2, public;
ALTER ROLE regress_sheet_other SET search_path = soc2, public;
\c - regress_sheet_admin
SELECT start_access_review('sheet') AS review \gset
SELECT assign_reviewer(:'review', 'regress_sheet_judge', ARRAY['=regress_sheet(1)', E'\'=regress_sheet\n2'],
    privileges => '{LOGIN,CREATEDB,CREATEROLE}') AS assigned;
\pset format unaligned
\pset tuples_only on
-- psql adds a newline of its own
SELECT access_review_csv(:'review') \g | sed '$d' > "$SHEET"
\pset format aligned
\pset tuples_only off

-- in a server that has tables for it
\c - :me
SET search_path = soc2, public;
CREATE TABLE public.sheet AS SELECT * FROM access_review_sheet(:'review') LIMIT 0;
COPY public.sheet FROM :'file' (FORMAT csv, HEADER);
SELECT count(*) = (SELECT entries FROM access_reviews WHERE review_id = :'review') AS complete FROM public.sheet;
SELECT role_name, privilege FROM public.sheet WHERE role_name ~ 'regress_sheet.*[12]' AND privilege ~ 'LOGIN|CREATE' ORDER BY entry_no;
GRANT ALL ON public.sheet TO PUBLIC;
\c - regress_sheet_judge
SELECT decide_access_sheet(:'review', jsonb_agg(s)) AS decided FROM public.sheet AS s;
UPDATE public.sheet SET decision = 'keep', reason = '=1+1' WHERE role_name ~ '=regress_sheet' AND privilege = 'LOGIN';
UPDATE public.sheet SET decision = 'revoke', reason = 'too much' WHERE role_name ~ '=regress_sheet' AND privilege = 'CREATEDB';
UPDATE public.sheet SET decision = 'expires', reason = 'until then', expires_at = '2100-01-01 00:00:00.000001+00' WHERE role_name ~ '=regress_sheet' AND privilege = 'CREATEROLE';
SELECT decide_access_sheet(:'review', jsonb_agg(s)) AS decided FROM public.sheet AS s;
SELECT decide_access_sheet(:'review', jsonb_agg(s)) AS again FROM public.sheet AS s;
\c - regress_sheet_admin
SELECT role_name, privilege, decision, reason, expires_at AT TIME ZONE 'UTC' AS expires_at, decided_by FROM access_review_status
WHERE review_id = :'review' AND decision IS NOT NULL ORDER BY entry_no;

-- what has been decided comes back in the CSV, and decides nothing; what is changed there does
\pset format unaligned
\pset tuples_only on
-- psql adds a newline of its own
SELECT access_review_csv(:'review') \g | sed '$d' > "$SHEET"
\pset format aligned
\pset tuples_only off
\c - :me
SET search_path = soc2, public;
TRUNCATE public.sheet;
COPY public.sheet FROM :'file' (FORMAT csv, HEADER);
\c - regress_sheet_judge
SELECT decide_access_sheet(:'review', jsonb_agg(s)) AS same FROM public.sheet AS s;
SELECT decide_access_sheet(:'review', jsonb_agg(to_jsonb(s) || '{"reason": "is needed"}')) AS changed FROM public.sheet AS s
WHERE role_name ~ '=regress_sheet' AND privilege = 'LOGIN';
SELECT decide_access_sheet(:'review', jsonb_agg(jsonb_build_object('entry_no', entry_no, 'role_name', role_name, 'privilege', privilege, 'decision', 'keep', 'reason', 'brief'))) AS changed
FROM public.sheet AS s WHERE role_name ~ '=regress_sheet' AND privilege = 'LOGIN';

-- rows that are not their entries, and all that was wrong before
SELECT decide_access_sheet(:'review', '[{"decision": ""}, {"entry_no": 1, "decision": "keep", "reason": "r", "role_name": "x y", "privilege": "x"}]'); --fail
SELECT decide_access_sheet(:'review', jsonb_agg(to_jsonb(s) - 'role_name' || '{"entry_no": 1, "decision": "keep", "reason": "r"}')) FROM public.sheet AS s WHERE entry_no = 1; --fail
SELECT decide_access_sheet(:'review', jsonb_agg(to_jsonb(s) || '{"entry_no": 1, "decision": "keep", "reason": "r", "object": "other"}')) FROM public.sheet AS s WHERE entry_no = 1; --fail
SELECT decide_access_sheet(:'review', '[{}, {"entry_no": 0, "decision": "keep"}]'); --fail
SELECT decide_access_sheet(:'review', '[{"decision": "keep"}]'); --fail
SELECT decide_access_sheet(:'review', '[{"entry_no": "one", "decision": "keep"}]'); --fail
SELECT decide_access_sheet(:'review', '{"entry_no": 1, "decision": "keep"}'); --fail
SELECT decide_access_sheet(:'review', '[1]'); --fail
SELECT decide_access_sheet(:'review', NULL) AS nothing, decide_access_sheet(:'review', '[]') AS none;
\set VERBOSITY sqlstate
SELECT decide_access_sheet(gen_random_uuid(), '[]') IS NULL AS unknown; --fail
SELECT decide_access_sheet(:'review', jsonb_agg(x)) FROM public.sheet AS s, LATERAL (VALUES (to_jsonb(s) || '{"decision": "keep", "reason": "r"}'), (to_jsonb(s) || '{"decision": "revoke", "reason": "r"}')) AS v (x)
WHERE role_name ~ '=regress_sheet' AND privilege = 'LOGIN'; --fail: twice
SELECT decide_access_sheet(:'review', jsonb_agg(to_jsonb(s) || '{"decision": "maybe", "reason": "r"}')) FROM public.sheet AS s
WHERE role_name ~ '=regress_sheet' AND privilege = 'LOGIN'; --fail: no decision
SELECT decide_access_sheet(:'review', jsonb_agg(to_jsonb(s) || '{"decision": "keep"}')) FROM public.sheet AS s WHERE role_name = 'regress_sheet_judge'; --fail: one's own
\c - regress_sheet_other
SELECT decide_access_sheet(:'review', jsonb_agg(to_jsonb(s) || '{"decision": "keep", "reason": "r"}')) FROM public.sheet AS s
WHERE role_name ~ '=regress_sheet' AND privilege = 'LOGIN'; --fail: somebody else's
\c - :me
SET search_path = soc2, public;
SELECT count(DISTINCT decision_id) AS decisions, count(*) AS entries FROM access_decisions WHERE review_id = :'review';
SELECT cancel_access_review(:'review', 'of the test');
SELECT decide_access_sheet(:'review', '[]'); --fail: over
DROP TABLE public.sheet;
DROP ROLE regress_sheet_admin, regress_sheet_judge, regress_sheet_other, "=regress_sheet(1)", "'=regress_sheet
2";
