--
-- Views as CSV and JSON, and the audit package.  That its files are what the
-- manifest says, and can be verified elsewhere, is in the TAP test.
--
SET client_min_messages = warning;
CREATE ROLE regress_soc2_nobody LOGIN;
CREATE ROLE regress_soc2_collector LOGIN IN ROLE soc2_collector;
CREATE ROLE regress_soc2_auditor LOGIN IN ROLE soc2_auditor;
RESET client_min_messages;
SET search_path = public, soc2;
\set SHOW_CONTEXT never
\pset format unaligned

-- views of reports are there, with the columns of their order; all of soc2_bi are among them
SELECT v.view, k.key FROM report_views() AS v, regexp_split_to_table(v.keys, ',') AS k (key)
WHERE NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = v.view::regclass AND a.attname = k.key);
SELECT c.oid::regclass FROM pg_class AS c
WHERE c.relnamespace = 'soc2_bi'::regnamespace AND NOT EXISTS (SELECT FROM report_views() AS v WHERE v.view::regclass = c.oid);
SELECT count(*) FROM (SELECT report_csv(view) FROM report_views()) AS v;

-- only these, by their names
SELECT left(report_csv('gaps'), 40) = left(report_csv('soc2.gaps'), 40) AS same;
SELECT report_csv('soc2.evidence'); --fail
\set VERBOSITY sqlstate
SELECT report_csv('pg_catalog.pg_authid'); --fail
SELECT report_csv('gaps; DROP TABLE x'); --fail
SELECT report_csv('"gaps"'); --fail
SELECT report_csv(''); --fail
SELECT report_csv('fact_finding'); --fail
SELECT report_csv(NULL); --fail
\set VERBOSITY default

BEGIN;
-- text is quoted where it has to be; what a spreadsheet would compute is not left to it
SELECT count(record_evidence('package', s)) FROM unnest(ARRAY['plain', '', NULL, 'a,b', 'a;b', 'say "a"', ' a', E'a\tb', E'a\r\nb', '\.',
    '=1+1', '+1', '-1', '@A1', E'\t=1', E'\r=1', E'\n=1', '=A1&","', '''=1', '''a', 'a=1', U&'\6F22', U&'\FF1D1']) AS s;
SELECT replace(replace(c[1], E'\r', '<CR>'), E'\n', '<LF>') AS cell
FROM regexp_matches(report_csv('evidence_log'), ',package,([^{]*?),,,', 'g') AS c;
-- in a table of one row: header, types, order of the columns
INSERT INTO waivers (waiver_id, check_id, reason, expires_at, requested_at, requested_by, requested_session, decision, decided_at, decided_by, decided_session)
VALUES ('00000000-0000-4000-8000-000000000001', 'tls.on', '=HYPERLINK("http://example.com")', '2100-01-01', '2026-01-01 00:00+05:30', 'a', 'a', 'approved', '2026-01-02', 'b', 'b');
SET LOCAL DateStyle = 'SQL, DMY';
SET LOCAL TimeZone = 'Asia/Kolkata';
SELECT replace(report_csv('waivers_active'), E'\r', '<CR>');
-- numbers are numbers, also below zero
INSERT INTO findings (check_id, resource, resource_sha256, severity, state, opened_at, opened_by_evidence, due_at)
VALUES ('tls.on', '-2', sha256('-2'), 'low', 'open', now() + interval '10 days', gen_random_uuid(), now()),
    ('tls.on', 'c', sha256('c'), 'high', 'open', now(), gen_random_uuid(), now()), ('tls.on', 'b', sha256('b'), 'high', 'open', now(), gen_random_uuid(), now());
SELECT regexp_matches(report_csv('soc2_bi.fact_finding'), 'low,open,(true|false),(true|false),([^,]*),.*,(-[0-9.]+),0\r');
-- in another order of insertion the same bytes
SELECT md5(report_csv('findings_open')) AS before \gset
UPDATE findings SET resource = resource WHERE finding_id IN (SELECT min(finding_id) FROM findings);
SET LOCAL enable_sort = off;
SET LOCAL enable_hashagg = off;
SET LOCAL search_path = '';
SET LOCAL extra_float_digits = -3;
SELECT md5(soc2.report_csv('findings_open')) = :'before' AS same;
ROLLBACK;

-- the same as JSON: a member a view, hashes of the arrays as they stand there
CREATE TEMPORARY TABLE report AS SELECT report_json() AS r;
SELECT k FROM report, json_object_keys(r) AS k;
SELECT v.name, v.rows = json_array_length(r -> 'views' -> v.name) AS rows,
    v.bytes = octet_length(convert_to((r -> 'views' -> v.name)::text, 'UTF8')) AS bytes,
    v.sha256 = encode(sha256(convert_to((r -> 'views' -> v.name)::text, 'UTF8')), 'hex') AS sha256
FROM report, json_to_recordset(r -> 'manifest') AS v (name text, rows bigint, bytes bigint, sha256 text);
SELECT count(*) FROM report, json_object_keys(r -> 'views');
SELECT (r -> 'views' -> 'readiness' -> 0)::jsonb - 'last_evidence_at' - 'other_evidence' = to_jsonb(v) - 'last_evidence_at' - 'other_evidence' AS first
FROM report, (SELECT * FROM readiness ORDER BY framework, position LIMIT 1) AS v;
SELECT r -> 'about' ->> 'period' IS NULL AS no_period, r -> 'about' -> 'server' ->> 'database' = current_database() AS here,
    (r -> 'about' ->> 'made_at')::timestamptz <= now() AS now, r -> 'about' ->> 'session_user' = SESSION_USER AS who
FROM report;
-- of a period: what was recorded in it, or speaks of it, and how controls operated
BEGIN;
SELECT open_period('package', '2026-01-01', '2026-01-31');
SELECT record_evidence('package', 'speaks of it', effective => '[2026-01-31,2026-03-01)') IS NOT NULL AS recorded;
SELECT record_evidence('package', 'speaks of later', effective => '[2026-03-01,)') IS NOT NULL AS recorded;
SELECT record_evidence('package', 'speaks of nothing') IS NOT NULL AS recorded;
CREATE TEMPORARY TABLE of_period ON COMMIT DROP AS SELECT report_json('package') AS r;
SELECT r -> 'about' -> 'period' ->> 'period_id' AS period, r -> 'about' -> 'period' ->> 'is_over' AS is_over FROM of_period;
SELECT e ->> 'subject' AS subject FROM of_period, json_array_elements(r -> 'views' -> 'evidence_log') AS e
WHERE e ->> 'kind' = 'package' OR e ->> 'subject' = 'package' ORDER BY 1;
SELECT json_array_length(r -> 'views' -> 'control_status') = (SELECT count(*) FROM control_status('package')) AS controls
FROM of_period;
ROLLBACK;
\set VERBOSITY sqlstate
SELECT report_json('no such period'); --fail
SELECT count(*) FROM audit_package('no such period'); --fail
\set VERBOSITY default

-- a package needs a checkpoint
BEGIN;
SET LOCAL session_replication_role = replica;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE ledger_seals DISABLE TRIGGER ALL;
DELETE FROM ledger_seals;
SELECT count(*) FROM audit_package(); --fail
ROLLBACK;
SELECT record_evidence('package', 'sealed') IS NOT NULL AS recorded;
SELECT sealed > 0 AS sealed FROM seal('evidence');
-- the newest of the snapshot, and not one of the transaction itself
SELECT snapshot_checkpoint('evidence') = checkpoint('evidence') AS same;
BEGIN;
SELECT record_evidence('package', 'sealed by who asks') IS NOT NULL AS recorded;
SELECT sealed FROM seal('evidence');
SELECT snapshot_checkpoint('evidence') = checkpoint('evidence') AS same;
ROLLBACK;

-- its files, in their order
CREATE TEMPORARY TABLE package AS
SELECT p.name, p.part, p.content, p.n FROM audit_package() WITH ORDINALITY AS p (name, part, content, n);
SELECT name FROM (SELECT name, min(n) AS n FROM package GROUP BY name) AS f
WHERE name !~ '^(poam|mapping|catalog)-' OR name ~ '-(tsc|outline|controls|collection).json' AND name !~ '^poam' ORDER BY n;
SELECT content::jsonb ->> 'format' AS format FROM package WHERE name = 'manifest.json';
WITH file AS (
    SELECT name, convert_to(string_agg(content || E'\n', '' ORDER BY part), 'UTF8') AS bytes FROM package GROUP BY name)
SELECT count(*) = (SELECT count(DISTINCT name) - 1 FROM package) AS all_files, bool_and(f.bytes = octet_length(x.bytes) AND f.sha256 = encode(sha256(x.bytes), 'hex')) AS as_manifest_says
FROM package AS m, jsonb_to_recordset(m.content::jsonb -> 'files') AS f (name text, bytes bigint, sha256 text)
JOIN file AS x ON x.name = f.name
WHERE m.name = 'manifest.json';
SELECT string_agg(name, ' ' ORDER BY name) AS not_in_the_manifest FROM package AS p
WHERE NOT EXISTS (SELECT FROM package AS m, jsonb_array_elements(m.content::jsonb -> 'files') AS f
                  WHERE m.name = 'manifest.json' AND f ->> 'name' = p.name);
SELECT p.content || E'\n' = b.line ->> 'checkpoint' AS checkpoint_of_the_bundle
FROM package AS p, LATERAL (SELECT split_part(content, E'\n', 1)::jsonb AS line FROM package WHERE name = 'evidence.jsonl' AND part = 1) AS b
WHERE p.name = 'checkpoint.txt';

SELECT count(DISTINCT name) AS files FROM package \gset

-- who reads everything makes it, nobody else
SET ROLE regress_soc2_collector;
SELECT report_csv('gaps'); --fail
SELECT report_json(); --fail
SELECT name FROM audit_package(); --fail
SET ROLE regress_soc2_nobody;
SELECT soc2.report_csv('gaps'); --fail
SET ROLE regress_soc2_auditor;
SELECT count(DISTINCT name) = :files AS all_files FROM audit_package();
RESET ROLE;
DROP TABLE package, report;
DROP ROLE regress_soc2_nobody, regress_soc2_collector, regress_soc2_auditor;
