/* sql/89_package.sql */

--
-- What leaves the database for those who audit it: views as CSV and JSON, and
-- the audit package, which holds all of it with a manifest of hashes.
--
-- Nothing here judges: rows are those of the views.  Functions that pin their
-- search_path write plain operators: they are those of pg_catalog.
--

CREATE FUNCTION soc2.report_views()
    RETURNS TABLE (view text, keys text, in_period text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 41
BEGIN ATOMIC
    VALUES
        ('soc2.readiness', 'framework,position', NULL),
        ('soc2.coverage', 'framework,position', NULL),
        ('soc2.gaps', 'criterion', NULL),
        ('soc2.control_matrix', 'control_id,criterion', NULL),
        ('soc2.attestation_status', 'control_id', NULL),
        ('soc2.check_status', 'check_id', NULL),
        ('soc2.findings_open', 'finding_id', NULL),
        ('soc2.finding_status', 'finding_id', NULL),
        ('soc2.waivers_active', 'requested_at,waiver_id', NULL),
        ('soc2.waiver_status', 'requested_at,waiver_id', NULL),
        ('soc2.evidence_freshness', 'source,source_id,criteria', NULL),
        ('soc2.retention_status', 'relation,class', NULL),
        ('soc2.retention_rows', 'relation,class,state', NULL),
        ('soc2.disposal_overdue', 'relation,class', NULL),
        ('soc2.disposal_progress', 'plan_id', NULL),
        ('soc2.holds_active', 'hold_id', NULL),
        ('soc2.certificates', 'plan_id,issued_at', NULL),
        ('soc2.ledger_status', 'relation', NULL),
        ('soc2.register_status', 'register,criteria', NULL),
        ('soc2.policy_status', 'policy_id', NULL),
        ('soc2.training_status', 'training_id,person', NULL),
        ('soc2.incident_status', 'incident_id', NULL),
        ('soc2.activity', 'at,source,source_id',
            'v.at >= lower(p.during) AND v.at < upper(p.during)'),
        ('soc2.evidence_log', 'recorded_at,ledger_lane,ledger_seq',
            'v.recorded_at >= lower(p.during) AND v.recorded_at < upper(p.during) OR num_nonnulls(v.effective_from, v.effective_to) > 0 AND tstzrange(v.effective_from, v.effective_to) && p.during'),
        ('soc2_bi.dim_criterion', 'criterion_id', NULL),
        ('soc2_bi.dim_control', 'control_id', NULL),
        ('soc2_bi.dim_check', 'check_id', NULL),
        ('soc2_bi.dim_day', 'day', NULL),
        ('soc2_bi.dim_period', 'period_id', NULL),
        ('soc2_bi.bridge_control_criterion', 'bridge_id', NULL),
        ('soc2_bi.bridge_control_check', 'bridge_id', NULL),
        ('soc2_bi.bridge_criteria', 'bridge_id', NULL),
        ('soc2_bi.fact_readiness', 'criterion_id', NULL),
        ('soc2_bi.fact_register_item', 'item_key', NULL),
        ('soc2_bi.fact_access_review', 'review_id', NULL),
        ('soc2_bi.fact_restore_test', 'test_id', NULL),
        ('soc2_bi.fact_check_run', 'run_id', NULL),
        ('soc2_bi.fact_check_daily', 'day,check_id', NULL),
        ('soc2_bi.fact_evidence', 'day,evidence_key', NULL),
        ('soc2_bi.fact_finding', 'finding_id', NULL),
        ('soc2_bi.fact_retention', 'retention_id', NULL),
        ('soc2_bi.fact_disposal', 'plan_id', NULL),
        ('soc2_bi.fact_ledger', 'ledger_id', NULL);
END;
COMMENT ON FUNCTION soc2.report_views() IS
'views that soc2.report_csv() writes: name, columns that rows are ordered by, and the condition by which a report about a period takes rows v for a period p; NULL: it takes all, because the view tells how things are now';

CREATE FUNCTION soc2.package_sources(period text DEFAULT NULL)
    RETURNS TABLE (name text, rows text, keys text, in_period text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 25
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT s.name, s.rows, s.keys, s.in_period
    FROM (
        SELECT v.place, split_part(v.view, '.', 2), v.view, v.keys, v.in_period
        FROM soc2.report_views() WITH ORDINALITY AS v (view, keys, in_period, place)
        WHERE starts_with(v.view, 'soc2.')
        UNION ALL
        SELECT 0, 'control_status', 'soc2.control_status($1)', 'control_id', NULL
        WHERE $1 IS NOT NULL) AS s (place, name, rows, keys, in_period)
    ORDER BY s.place;
$function$;
COMMENT ON FUNCTION soc2.package_sources(text) IS
'what soc2.report_json() and the tables of soc2.audit_package() are made of: the question views and, with a period, soc2.control_status() of it';

CREATE FUNCTION soc2.package_about(period text DEFAULT NULL)
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT jsonb_build_object(
        'note', 'This states what was tested and what was recorded. It is no opinion.',
        'made_at', soc2.oscal_time(now()),
        'session_user', SESSION_USER,
        'current_user', CURRENT_USER,
        'snapshot', pg_current_snapshot()::text,
        'server', jsonb_build_object(
            'system_identifier', (SELECT c.system_identifier::text FROM pg_control_system() AS c),
            'database', current_database(),
            'server_version', current_setting('server_version'),
            'extension_version', (SELECT x.extversion FROM pg_extension AS x WHERE x.extname = 'soc2'),
            'in_recovery', pg_is_in_recovery(),
            'lsn', CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END),
        'scope', ARRAY(SELECT s.category FROM soc2.scope AS s WHERE s.in_scope ORDER BY s.category COLLATE "C"),
        'period', (
            SELECT jsonb_build_object(
                'period_id', p.period_id, 'type', p.type,
                'first_day', to_char(p.first_day, 'YYYY-MM-DD'), 'last_day', to_char(p.last_day, 'YYYY-MM-DD'),
                'time_zone', p.time_zone,
                'from', soc2.oscal_time(lower(p.during)), 'until', soc2.oscal_time(upper(p.during)),
                'scope', p.scope, 'is_over', upper(p.during) <= now(), 'closed_at', soc2.oscal_time(p.closed_at))
            FROM soc2.known_period($1) AS p
            WHERE $1 IS NOT NULL),
        'ledger', (
            SELECT jsonb_build_object(
                'relation', l.relation, 'ledger_id', l.ledger_id, 'incarnation', l.incarnation,
                'rows', l.rows, 'sealed', l.sealed, 'unsealed', l.unsealed,
                'last_sealed_at', soc2.oscal_time(l.last_sealed_at),
                'checkpoint', soc2.snapshot_checkpoint('soc2.evidence'))
            FROM soc2.ledger_status AS l
            WHERE l.relation = 'soc2.evidence'));
$function$;
COMMENT ON FUNCTION soc2.package_about(text) IS
'what documents say about themselves: who made them where and when, for which period, and the newest checkpoint of the evidence that their snapshot shows; 42704 for an unknown period';

CREATE FUNCTION soc2.report_csv(view text)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_report_csv'
    LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.report_csv(text) IS
'a question view, or a view of soc2_bi, as CSV (RFC 4180) with a header; NULL is nothing and an empty text is ""; a cell that a spreadsheet would compute has an apostrophe before it; 22023 for anything that is not in soc2.report_views()';

CREATE FUNCTION soc2.report_json(period text DEFAULT NULL)
    RETURNS json
    AS 'MODULE_PATHNAME', 'soc2_report_json'
    LANGUAGE C STABLE PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.report_json(text) IS
'all question views as JSON, of one snapshot: about, the rows of each view, and a manifest with the SHA-256 of each array as it stands there; activity and evidence are those of the period, if one is given; 42704 for an unknown period';

--
-- The audit package
--

CREATE FUNCTION soc2.package_readme()
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT $text$Audit package

Written by soc2.audit_package() of the PostgreSQL extension soc2, out of one
snapshot of the database. It states what was tested and what was recorded. It
is no opinion.

manifest.json           what this is about: server, period, checkpoint; size and
                        SHA-256 of each other file
SHA256SUMS              the same sums as sha256sum reads them
report.html             a page to read; open it in any browser
report.json             all question views, with hashes of their own
*.csv                   the same rows as tables; in a cell that begins with = + - @
                        an apostrophe keeps spreadsheets from computing it
evidence.jsonl          the ledger of the evidence, as a bundle
checkpoint.txt          the newest checkpoint of that ledger
catalog-*.json          OSCAL catalogs of criteria, of controls and of frameworks
                        that were imported
mapping-*.json          OSCAL mappings between them
assessment-results-*    OSCAL results of the period
poam-*.json             OSCAL plan of action and milestones, as of now

To verify it, with nothing of the server:

    sha256sum -c SHA256SUMS
    soc2-verify --checkpoint checkpoint.txt evidence.jsonl

This shows that the files belong together and that the ledger is whole. That
nobody wrote the ledger anew shows only a checkpoint that was kept elsewhere
before: give it to soc2-verify with another --checkpoint.
$text$;
$function$;
COMMENT ON FUNCTION soc2.package_readme() IS
'README.txt of an audit package';

CREATE FUNCTION soc2.package_documents(period text DEFAULT NULL)
    RETURNS TABLE (name text, media_type text, content text)
    LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 12
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT d.name, d.media_type, d.content
    FROM (
        SELECT 1, 'README.txt', 'text/plain', soc2.package_readme()
        UNION ALL
        SELECT 2, 'report.html', 'text/html', soc2.report_html($1)
        UNION ALL
        SELECT 3, format('catalog-%s.json', soc2.oscal_token(f.framework)), 'application/oscal+json',
            soc2.oscal_catalog(f.framework)::text
        FROM (SELECT framework FROM soc2.frameworks
              UNION ALL SELECT 'controls'
              UNION ALL SELECT framework FROM soc2.external_frameworks) AS f
        UNION ALL
        SELECT 4, 'mapping-collection.json', 'application/oscal+json', soc2.oscal_mapping_collection()::text
        UNION ALL
        SELECT 5, format('mapping-%s.json', m.document_uuid), 'application/oscal+json',
            soc2.oscal_mapping_collection(m.document_uuid)::text
        FROM soc2.external_mappings AS m
        UNION ALL
        SELECT 6, format('assessment-results-%s.json', soc2.oscal_token(f.framework)), 'application/oscal+json',
            soc2.oscal_assessment_results($1, f.framework)::text
        FROM soc2.frameworks AS f
        WHERE $1 IS NOT NULL
        UNION ALL
        SELECT 7, format('poam-%s.json', soc2.oscal_token(f.framework)), 'application/oscal+json',
            soc2.oscal_poam(f.framework)::text
        FROM soc2.frameworks AS f) AS d (place, name, media_type, content)
    WHERE d.content IS NOT NULL
    ORDER BY d.place, d.name COLLATE "C";
$function$;
COMMENT ON FUNCTION soc2.package_documents(text) IS
'documents of an audit package that are values: README.txt, report.html and those of OSCAL';

CREATE FUNCTION soc2.audit_package(period text DEFAULT NULL)
    RETURNS TABLE (name text, part bigint, content text)
    AS 'MODULE_PATHNAME', 'soc2_audit_package'
    LANGUAGE C STABLE PARALLEL UNSAFE ROWS 1000;
COMMENT ON FUNCTION soc2.audit_package(text) IS
'the files of an audit package, in parts: all that soc2.report_json() tells, as JSON and CSV, the documents of OSCAL, the bundle of the evidence with its checkpoint, and last manifest.json with the SHA-256 of each other file; a file is its parts in UTF-8, each followed by a newline; 55000 as long as the evidence was never sealed, 42704 for an unknown period';
