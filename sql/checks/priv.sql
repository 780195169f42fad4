INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('priv.public_schema_create',
 'PUBLIC cannot create in any schema',
 'high',
 '{outline:CC6.1.5,outline:CC9.2.1,tsc:CC6.1,tsc:CC6.3,tsc:CC6.8}',
 '{}',
 'Who creates in a schema that others search puts objects in the way of theirs, and so code into their hands.',
 'REVOKE CREATE ON SCHEMA name FROM PUBLIC; then grant it to the roles that need it.',
 '1 day', '{}',
 true,
$query$
SELECT quote_ident(n.nspname),
       NOT x.may,
       CASE WHEN x.may THEN 'PUBLIC may create' ELSE 'PUBLIC may not create' END
FROM pg_namespace AS n
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
        WHERE a.grantee = 0 AND a.privilege_type = 'CREATE') AS may) AS x
WHERE n.nspname !~ '^pg_(toast|temp)'
$query$),
('priv.public_tables',
 'No user table is readable or writable by PUBLIC',
 'high',
 '{outline:CC6.1.5,outline:CC9.2.1,outline:P6.1.1,tsc:CC6.1,tsc:CC6.3,tsc:C1.1}',
 '{}',
 'What PUBLIC may do, every role that can connect may do, and no review of roles shows it.',
 'REVOKE ALL ON the relation, and on its columns, FROM PUBLIC; then grant to the roles that need it.',
 '1 day', '{}',
 true,
$query$
-- what an extension grants when it is created is its own design
WITH granted AS (
    SELECT c.oid, a.privilege_type
    FROM pg_class AS c, aclexplode(c.relacl) AS a
    WHERE a.grantee = 0
    UNION
    SELECT t.attrelid, a.privilege_type
    FROM pg_attribute AS t, aclexplode(t.attacl) AS a
    WHERE t.attacl IS NOT NULL AND NOT t.attisdropped AND a.grantee = 0
    EXCEPT
    SELECT i.objoid, a.privilege_type
    FROM pg_init_privs AS i, aclexplode(i.initprivs) AS a
    WHERE i.classoid = 'pg_class'::regclass AND a.grantee = 0),
privilege AS (
    SELECT g.oid, string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type) AS privileges
    FROM granted AS g
    GROUP BY g.oid)
SELECT format('%I.%I', n.nspname, c.relname),
       p.oid IS NULL,
       coalesce('PUBLIC holds ' || p.privileges, 'nothing granted to PUBLIC')
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN privilege AS p ON p.oid = c.oid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_(toast|temp)'
$query$),
('priv.public_connect',
 'PUBLIC may neither connect to databases nor make temporary objects in them',
 'medium',
 '{outline:CC6.1.1,outline:CC6.1.5,tsc:CC6.1,tsc:CC6.3}',
 '{"exempt": []}',
 'With CONNECT for PUBLIC, which is the default, every new role reaches every database.',
 'REVOKE CONNECT, TEMPORARY ON DATABASE name FROM PUBLIC; GRANT CONNECT ON DATABASE name TO the roles that need it.',
 '1 day', '{}',
 true,
$query$
SELECT quote_ident(d.datname),
       x.privileges IS NULL OR ($1 -> 'exempt') ? d.datname::text,
       coalesce('PUBLIC holds ' || x.privileges, 'nothing granted to PUBLIC')
FROM pg_database AS d
CROSS JOIN LATERAL (
    SELECT string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges
    FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS a
    WHERE a.grantee = 0 AND a.privilege_type IN ('CONNECT', 'TEMPORARY')) AS x
WHERE d.datallowconn AND NOT d.datistemplate
$query$),
('priv.default_acl_public',
 'ALTER DEFAULT PRIVILEGES grants nothing to PUBLIC',
 'medium',
 '{outline:CC6.1.5,tsc:CC6.3}',
 '{}',
 'What default privileges grant is granted with each object that is made from then on, without anybody looking.',
 'ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA name REVOKE ALL ON its kind of object FROM PUBLIC, and REVOKE the same on the objects that were made meanwhile.',
 '1 day', '{}',
 true,
$query$
-- routines and types are PUBLIC's by the server's own default, so that an entry
-- for all schemas repeats it; in one schema it would have been granted
SELECT format('%s of %I in %s',
           CASE d.defaclobjtype WHEN 'r' THEN 'relations' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'routines'
               WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE d.defaclobjtype::text END,
           r.rolname, coalesce('schema ' || quote_ident(n.nspname), 'all schemas')),
       x.privileges IS NULL,
       coalesce('PUBLIC gets ' || x.privileges, 'PUBLIC gets nothing')
FROM pg_default_acl AS d
JOIN pg_roles AS r ON r.oid = d.defaclrole
LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
CROSS JOIN LATERAL (
    SELECT string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges
    FROM aclexplode(d.defaclacl) AS a
    WHERE a.grantee = 0 AND (d.defaclobjtype NOT IN ('f', 'T') OR d.defaclnamespace <> 0)) AS x
$query$),
('priv.secdef_path',
 'Every SECURITY DEFINER routine pins search_path, with pg_temp at its end',
 'high',
 '{outline:CC6.1.5,outline:CC6.6.1,tsc:CC6.1,tsc:CC6.8,tsc:CC8.1}',
 '{}',
 'Without it the caller decides, by search_path or a temporary table, which objects the routine uses with its owner''s rights.',
 'ALTER ROUTINE name SET search_path = pg_catalog, pg_temp, with further schemas that only trusted roles create in before pg_temp.',
 '1 day', '{}',
 true,
$query$
-- a body that was parsed when it was made looks nothing up by name any more
SELECT i.identity,
       p.prosqlbody IS NOT NULL OR coalesce(c.path ~ '(^|[, ])"?pg_temp"?\s*$', false),
       CASE WHEN p.prosqlbody IS NOT NULL THEN 'its body is parsed'
           ELSE coalesce(c.path, 'search_path is not set') END
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
CROSS JOIN LATERAL pg_identify_object('pg_proc'::regclass, p.oid, 0) AS i
LEFT JOIN LATERAL (
    SELECT s.setting AS path
    FROM unnest(p.proconfig) AS s (setting)
    WHERE s.setting LIKE 'search\_path=%') AS c ON true
WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_temp'
$query$),
('priv.secdef_public',
 'No SECURITY DEFINER routine is executable by PUBLIC',
 'high',
 '{outline:CC6.1.4,outline:CC6.1.5,tsc:CC6.1,tsc:CC6.3}',
 '{"approved": ["soc2.set_subject(pg_catalog.regclass,pg_catalog.name,pg_catalog.text,pg_catalog.regclass,pg_catalog.text,pg_catalog.jsonb)", "soc2.unset_subject(pg_catalog.regclass,pg_catalog.name)", "soc2.require_consent(pg_catalog.regclass,pg_catalog.text,pg_catalog.name,pg_catalog.text)", "soc2.unrequire_consent(pg_catalog.regclass,pg_catalog.text,pg_catalog.name)"]}',
 'Such a routine hands its owner''s rights to everybody who can connect; routines are executable by PUBLIC unless that is taken away.',
 'REVOKE EXECUTE ON ROUTINE name FROM PUBLIC; GRANT EXECUTE ON ROUTINE name TO the roles that need it. Or approve it, as the resource names it: SELECT soc2.set_check_parameters(''priv.secdef_public'', ''{"approved": ["app.f(integer)"]}'', ''why'').',
 '1 day', '{}',
 true,
$query$
-- trigger functions cannot be called; those of soc2 that are approved ask for the
-- owner of the table
SELECT i.identity,
       NOT x.may OR ($1 -> 'approved') ? i.identity,
       format('owned by %I, %s', r.rolname,
           CASE WHEN x.may THEN 'executable by PUBLIC' ELSE 'not executable by PUBLIC' END)
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_roles AS r ON r.oid = p.proowner
CROSS JOIN LATERAL pg_identify_object('pg_proc'::regclass, p.oid, 0) AS i
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
        WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE') AS may) AS x
WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_temp'
    AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
$query$),
('priv.untrusted_lang',
 'Functions in untrusted languages belong to extensions',
 'high',
 '{outline:CC6.6.1,outline:CC6.8.4,tsc:CC6.8,tsc:CC8.1}',
 '{"approved": []}',
 'Code in C or another untrusted language does what the user of the server can do; outside of an extension nobody packaged or reviewed it.',
 'DROP FUNCTION name, or make it part of an extension: ALTER EXTENSION name ADD FUNCTION it. Or approve it: SELECT soc2.set_check_parameters(''priv.untrusted_lang'', ''{"approved": ["app.f(integer)"]}'', ''why'').',
 '1 day', '{}',
 true,
$query$
SELECT i.identity,
       e.extname IS NOT NULL OR ($1 -> 'approved') ? i.identity,
       format('in %s, %s', l.lanname, coalesce('of extension ' || quote_ident(e.extname), 'of no extension'))
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_language AS l ON l.oid = p.prolang
CROSS JOIN LATERAL pg_identify_object('pg_proc'::regclass, p.oid, 0) AS i
LEFT JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
    AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
LEFT JOIN pg_extension AS e ON e.oid = d.refobjid
WHERE NOT l.lanpltrusted AND n.nspname NOT IN ('pg_catalog', 'information_schema')
$query$),
('priv.ownership',
 'User objects are owned by roles that cannot log in and are no superusers',
 'medium',
 '{outline:CC6.1.4,outline:CC6.1.7,tsc:CC6.1,tsc:CC6.3}',
 '{}',
 'An owner may do everything with an object, and grants do not bind it; whoever logs in as the owner stands above them.',
 'CREATE ROLE app_owner NOLOGIN; REASSIGN OWNED BY the owner TO app_owner, or ALTER the object OWNER TO app_owner.',
 '1 day', '{}',
 true,
$query$
-- relations, routines and schemas; sequences of columns go with their table
WITH member AS (
    SELECT d.classid, d.objid FROM pg_depend AS d WHERE d.deptype = 'e'),
object AS (
    SELECT c.oid, 'pg_class'::regclass::oid AS class, c.relowner AS owner, c.relnamespace AS namespace,
        format('%s %I.%I', CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
            WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' ELSE 'table' END,
            n.nspname, c.relname) AS name
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        AND NOT EXISTS (
            SELECT FROM pg_depend AS d
            WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid
                AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i'))
    UNION ALL
    SELECT p.oid, 'pg_proc'::regclass, p.proowner, p.pronamespace, 'routine ' || i.identity
    FROM pg_proc AS p
    CROSS JOIN LATERAL pg_identify_object('pg_proc'::regclass, p.oid, 0) AS i
    WHERE p.oid >= 16384
    UNION ALL
    SELECT n.oid, 'pg_namespace'::regclass, n.nspowner, n.oid, format('schema %I', n.nspname)
    FROM pg_namespace AS n)
SELECT o.name,
       NOT (r.rolcanlogin OR r.rolsuper),
       format('owned by %I, which %s', r.rolname,
           CASE WHEN r.rolsuper THEN 'is a superuser' WHEN r.rolcanlogin THEN 'can log in'
               ELSE 'cannot log in' END)
FROM object AS o
JOIN pg_namespace AS n ON n.oid = o.namespace
JOIN pg_roles AS r ON r.oid = o.owner
LEFT JOIN member AS m ON m.classid = o.class AND m.objid = o.oid
WHERE m.objid IS NULL AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_(toast|temp)'
$query$),
('priv.large_objects',
 'No large object is PUBLIC''s, and their privileges are checked',
 'medium',
 '{outline:CC6.1.5,outline:CC9.2.1,tsc:CC6.1,tsc:C1.1}',
 '{}',
 'With lo_compat_privileges, or a grant to PUBLIC, every role reads and changes what is in large objects.',
 'ALTER SYSTEM RESET lo_compat_privileges; SELECT pg_reload_conf(). REVOKE ALL ON LARGE OBJECT number FROM PUBLIC.',
 '1 day', '{}',
 true,
$query$
SELECT s.name, s.setting = 'off', format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
WHERE s.name = 'lo_compat_privileges'
UNION ALL
SELECT format('large object %s', l.oid), x.privileges IS NULL,
       coalesce('PUBLIC holds ' || x.privileges, 'nothing granted to PUBLIC')
FROM pg_largeobject_metadata AS l
CROSS JOIN LATERAL (
    SELECT string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges
    FROM aclexplode(l.lomacl) AS a
    WHERE a.grantee = 0) AS x
$query$),
('priv.grants_drift',
 'Roles, memberships and grants are as approved',
 'high',
 '{outline:CC6.1.2,outline:CC6.1.6,tsc:CC6.2,tsc:CC6.3}',
 '{}',
 'What was reviewed once is worth as much as the certainty that it is still so.',
 'Take back what is extra or changed, grant what is missing; then, or if it is meant to be so, SELECT soc2.approve_baseline(''{role,membership,grant}'', ''why'').',
 '1 day', '{soc2.baseline_status}',
 true,
$query$
-- nothing to judge before the first soc2.approve_baseline()
SELECT format('%s %s', b.kind, b.name), b.state = 'same',
       CASE b.state WHEN 'same' THEN format('as approved: %s', coalesce(nullif(b.actual, ''), 'no options'))
           WHEN 'extra' THEN format('not approved: %s', coalesce(nullif(b.actual, ''), 'no options'))
           WHEN 'missing' THEN format('missing, approved: %s', coalesce(nullif(b.approved, ''), 'no options'))
           ELSE format('approved: %s, is: %s', coalesce(nullif(b.approved, ''), 'no options'),
               coalesce(nullif(b.actual, ''), 'no options')) END
FROM soc2.baseline_status AS b
WHERE b.kind IN ('role', 'membership', 'grant')
$query$),
('priv.consent',
 'Data that is used with consent has a consent that holds',
 'high',
 '{outline:P2.1.2,outline:P2.1.4,outline:P4.3.1,tsc:P2.1,tsc:P3.2,tsc:P6.1}',
 '{}',
 'Use without consent, or after it was withdrawn, is what the notice promised not to do.',
 'Stop the use for this purpose and delete what it rests on (DELETE FROM soc2.processing once it ended), or record the consent: SELECT soc2.record_consent(''subject'', ''purpose'').',
 '1 day', '{soc2.processing, soc2.consents}',
 true,
$query$
SELECT format('%s for %s', p.subject, p.purpose),
       coalesce(c.given, false),
       CASE WHEN c.given THEN format('given on %s', (c.effective_at AT TIME ZONE 'UTC')::date)
           WHEN NOT c.given THEN format('withdrawn on %s', (c.effective_at AT TIME ZONE 'UTC')::date)
           ELSE 'no consent' END
FROM soc2.processing AS p
LEFT JOIN (
    SELECT DISTINCT ON (k.subject, k.purpose) k.subject, k.purpose, k.given, k.effective_at
    FROM soc2.consents AS k
    WHERE k.effective_at <= now()
    ORDER BY k.subject, k.purpose, k.effective_at DESC, k.recorded_at DESC) AS c
    ON c.subject = p.subject AND c.purpose = p.purpose
$query$),
('priv.dsar_sla',
 'Requests of persons about their data are answered in time',
 'high',
 '{outline:P5.1.1,outline:P5.1.4,outline:P6.6.4,tsc:P5.1,tsc:P5.2,tsc:P8.1}',
 '{"within": "30 days", "window": "1 year"}',
 'An answer within the time that was promised, or that the law gives, is what a person can ask for.',
 'Answer it, then SELECT soc2.answer_subject_request(''number'', ''what was answered'').',
 '1 day', '{soc2.subject_requests}',
 true,
$query$
SELECT format('request %s', r.request_id),
       coalesce(r.answered_at, now()) <= CASE WHEN r.extension > '0' THEN r.due_at
           ELSE r.received_at + ($1 ->> 'within')::interval END,
       format('%s, received on %s, %s', r.kind, (r.received_at AT TIME ZONE 'UTC')::date,
           coalesce('answered on ' || (r.answered_at AT TIME ZONE 'UTC')::date, 'open'))
FROM soc2.subject_requests AS r
WHERE r.answered_at IS NULL OR r.received_at >= now() - ($1 ->> 'window')::interval
$query$),
('priv.disclosure_ledger',
 'Disclosures have a recipient, a purpose and a basis, or an incident',
 'high',
 '{outline:P4.1.1,outline:P6.5.1,tsc:P6.1,tsc:P6.2,tsc:P6.3,tsc:P6.7}',
 '{"window": "1 year"}',
 'Persons may ask who received their data, and what was not allowed has to be dealt with as an incident.',
 'Find out what is missing and record the disclosure again in full with soc2.record_disclosure(); open an incident for what was not allowed and give its number.',
 '1 day', '{soc2.disclosures}',
 true,
$query$
SELECT format('disclosure %s', d.disclosure_id),
       d.incident IS NOT NULL OR d.authorized AND m.missing IS NULL,
       format('to %s for %s%s%s', coalesce(d.recipient, '-'), coalesce(d.purpose, '-'),
           CASE WHEN d.authorized THEN coalesce(', without ' || m.missing, '') ELSE ', not authorized' END,
           coalesce(', incident ' || d.incident, ''))
FROM soc2.disclosures AS d
CROSS JOIN LATERAL (
    SELECT string_agg(v.name, ' and ' ORDER BY v.name) AS missing
    FROM (VALUES ('recipient', d.recipient), ('purpose', d.purpose), ('basis', d.basis)) AS v (name, value)
    WHERE coalesce(btrim(v.value), '') = '') AS m
WHERE d.disclosed_at >= now() - ($1 ->> 'window')::interval
$query$),
('priv.notice_purposes',
 'Each purpose that personal data is used for is in a privacy notice that is in force',
 'medium',
 '{outline:P2.1.4,outline:P4.2.1,outline:P6.5.1,tsc:P1.1,tsc:P4.1}',
 '{}',
 'Data may be used for what people were told, and for nothing else.',
 'Publish a version of the notice that names the purpose: SELECT soc2.publish_notice(''name'', ''title'', ''wording'', ''{purpose, ...}'').',
 '7 days', '{soc2.notice_status, soc2.consents, soc2.consent_guards, soc2.data_inventory}',
 true,
$query$
SELECT p.purpose,
       n.notice_id IS NOT NULL,
       coalesce('in ' || n.notice_id, 'in no notice that is in force')
FROM (
    SELECT c.purpose FROM soc2.consents AS c
    UNION SELECT g.purpose FROM soc2.consent_guards AS g
    UNION SELECT unnest(i.purposes) FROM soc2.data_inventory AS i) AS p
LEFT JOIN LATERAL (
    SELECT min(s.notice_id) AS notice_id FROM soc2.notice_status AS s
    WHERE s.in_force AND p.purpose = ANY (s.purposes)) AS n ON true
$query$),
('priv.consent_notice',
 'Consents answer a notice that was published before they were given',
 'medium',
 '{outline:P2.1.2,outline:P4.3.1,outline:P6.5.2,tsc:P2.1,tsc:P3.2}',
 '{"window": "1 year"}',
 'Who was told nothing has not chosen.',
 'Give the version of the notice with the consent: SELECT soc2.record_consent(''subject'', ''purpose'', notice => ''name'').',
 '1 day', '{soc2.consents, soc2.notices}',
 true,
$query$
SELECT c.purpose,
       bool_and(n.notice_id IS NOT NULL),
       format('%s consents, %s without a notice that was there', count(*), count(*) FILTER (WHERE n.notice_id IS NULL))
FROM soc2.consents AS c
LEFT JOIN soc2.notices AS n
    ON n.notice_id = c.notice AND n.published_at <= c.effective_at AND c.purpose = ANY (n.purposes)
WHERE c.given AND c.recorded_at >= now() - ($1 ->> 'window')::interval
GROUP BY c.purpose
$query$),
('priv.consent_guard',
 'Tables that need a consent refuse rows without',
 'high',
 '{outline:P2.1.2,outline:P3.1.1,outline:P4.3.2,tsc:P2.1,tsc:P3.2,tsc:P4.1}',
 '{}',
 'A guard that is missing on a partition lets rows in that nobody agreed to.',
 'SELECT soc2.unrequire_consent(''table'', ''purpose''), soc2.require_consent(''table'', ''purpose'', ''column'') puts triggers back.',
 '1 day', '{soc2.consent_guard_status}',
 true,
$query$
SELECT format('%s for %s', g.relation, g.purpose),
       g.problem IS NULL,
       coalesce(g.problem, format('by column %I', g.column_name))
FROM soc2.consent_guard_status AS g
$query$),
('priv.inventory',
 'Personal data has a class, a purpose, a basis and a time to be kept',
 'medium',
 '{outline:P2.1.1,outline:P2.1.3,outline:P3.1.1,outline:P3.1.2,outline:P6.4.1,tsc:P3.1,tsc:P4.1,tsc:P4.2}',
 '{}',
 'What nobody has said a purpose of is kept for none, and for ever.',
 'SELECT soc2.classify(''table'', ''personal'', ''column''); SECURITY LABEL FOR soc2 ON COLUMN ... IS ''purpose=... basis=...''; SELECT soc2.set_retention(...).',
 '7 days', '{soc2.data_inventory}',
 true,
$query$
SELECT format('%s.%I', i.relation, i.column_name),
       i.problem IS NULL,
       coalesce(i.problem, format('%s, for %s', i.class, array_to_string(i.purposes, ', ')))
FROM soc2.data_inventory AS i
$query$),
('priv.scan',
 'Tables are looked through for personal data',
 'low',
 '{outline:P1.1.1,outline:P6.4.1,outline:P5.2.1,tsc:P3.1,tsc:P8.1}',
 '{"within": "90 days"}',
 'Personal data comes into columns that nobody meant for it.',
 'SELECT * FROM soc2.scan_personal_data() as a role that may read the tables.',
 '7 days', '{soc2.personal_data_scans, soc2.user_relations}',
 true,
$query$
SELECT u.name,
       coalesce(s.readable AND s.scanned_at >= now() - ($1 ->> 'within')::interval, false),
       CASE WHEN s.scanned_at IS NULL THEN 'never scanned'
           WHEN NOT s.readable THEN format('scanned on %s, by names alone', (s.scanned_at AT TIME ZONE 'UTC')::date)
           ELSE format('scanned on %s', (s.scanned_at AT TIME ZONE 'UTC')::date) END
FROM soc2.user_relations AS u
LEFT JOIN soc2.personal_data_scans AS s ON s.relation = u.relation_oid
WHERE u.kind IN ('r', 'p') AND NOT u.is_partition
$query$),
('priv.request_due',
 'Requests of persons are answered by their own deadline',
 'high',
 '{outline:P5.1.1,outline:P5.1.4,outline:P6.6.4,tsc:P5.1,tsc:P5.2,tsc:P8.1}',
 '{"window": "1 year"}',
 'Each request is due at the end of its period, in the time zone of the person, with the extension that was told.',
 'Answer it, or extend it before it is due: SELECT soc2.extend_subject_request(''number'', ''2 months'', ''why'').',
 '1 day', '{soc2.subject_request_status}',
 true,
$query$
SELECT format('request %s', r.request_id),
       NOT r.overdue,
       format('%s, due at %s UTC, %s', r.kind, to_char(r.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), r.state)
FROM soc2.subject_request_status AS r
WHERE r.is_open OR r.received_at >= now() - ($1 ->> 'window')::interval
$query$),
('priv.request_identity',
 'Who asks for data is identified before it is given, changed or erased',
 'high',
 '{outline:P5.1.4,outline:P6.6.4,tsc:P5.1,tsc:P5.2}',
 '{"window": "1 year"}',
 'An answer to somebody else is a disclosure.',
 'SELECT soc2.identify_requester(''number'', ''how'') before soc2.answer_subject_request().',
 '1 day', '{soc2.subject_requests}',
 true,
$query$
SELECT format('request %s', r.request_id),
       r.identified_at IS NOT NULL,
       format('%s, answered on %s, %s', r.kind, (r.answered_at AT TIME ZONE 'UTC')::date,
           CASE WHEN r.identified_at IS NULL THEN 'nobody identified' ELSE r.identity_method END)
FROM soc2.subject_requests AS r
WHERE r.state = 'answered' AND r.kind IN ('access', 'correction', 'erasure')
  AND r.answered_at >= now() - ($1 ->> 'window')::interval
$query$),
('priv.request_done',
 'Requests that were answered were carried out',
 'high',
 '{outline:P3.1.3,outline:P4.3.2,outline:P5.1.2,outline:P6.6.2,tsc:P4.3,tsc:P5.2,tsc:P7.1}',
 '{"window": "1 year"}',
 'A person who was told that data is erased, put right or used no more can ask whether it was.',
 'SELECT soc2.link_erasure(...) and CALL soc2.run_erasure(...); SELECT soc2.record_correction(...); SELECT soc2.object_to(...); then answer.',
 '1 day', '{soc2.subject_request_status, soc2.erasure_results, soc2.correction_status}',
 true,
$query$
SELECT format('request %s', r.request_id),
       CASE r.kind
           WHEN 'erasure' THEN EXISTS (SELECT FROM soc2.erasure_results AS e WHERE e.erasure_id = r.erasure_id)
           WHEN 'correction' THEN r.corrections > 0 AND NOT EXISTS (
               SELECT FROM soc2.correction_status AS c WHERE c.request_id = r.request_id AND NOT c.in_history)
           ELSE r.purposes_ended IS NOT NULL END,
       CASE r.kind
           WHEN 'erasure' THEN coalesce('erasure ' || r.erasure_id, 'no erasure')
           WHEN 'correction' THEN format('%s corrections', r.corrections)
           ELSE coalesce('ended ' || array_to_string(r.purposes_ended, ', '), 'no purpose was ended') END
FROM soc2.subject_request_status AS r
WHERE r.state = 'answered' AND r.kind IN ('erasure', 'correction', 'objection')
  AND r.answered_at >= now() - ($1 ->> 'window')::interval
$query$),
('priv.processor_terms',
 'Processors have agreed to terms on privacy, which are looked at again in time',
 'high',
 '{outline:P7.1.1,outline:P7.1.2,outline:P8.1.1,outline:P8.1.2,tsc:P6.4,tsc:P6.5}',
 '{}',
 'Who is given personal data has to promise what was promised to the persons, and to report breaches.',
 'Agree on what is missing, record it in soc2.processor_terms, and set reviewed_at after a review.',
 '7 days', '{soc2.processor_status, soc2.processor_terms, soc2.vendors}',
 true,
$query$
SELECT format('%s with %s', p.terms_id, p.vendor_id),
       p.problem IS NULL,
       coalesce(p.problem, format('in force since %s', p.agreed_on))
FROM soc2.processor_status AS p
WHERE p.state = 'in_force'
$query$);
