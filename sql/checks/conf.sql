INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('conf.fdw_exits',
 'Ways for data to leave the database belong to an approved change',
 'medium',
 '{outline:CC6.8.1,outline:CC9.2.7,outline:PI1.5.3,tsc:CC6.7,tsc:CC9.2,tsc:C1.1}',
 '{}',
 'Foreign servers, publications, subscriptions and dblink carry data out of, or into, what is protected here.',
 'Drop what is not needed. Have the rest approved: SELECT soc2.record_change(''number'', ''where the data goes, and why'', ''{publication:name}''), and SELECT soc2.approve_change(''number'') by somebody else; server:, subscription: and extension: name the others.',
 '1 day', '{soc2.change_status}',
 true,
$query$
WITH way (resource, object, detail) AS (
    SELECT format('foreign server %I', s.srvname), 'server:' || s.srvname, format('wrapper %I', w.fdwname)
    FROM pg_foreign_server AS s JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
    UNION ALL
    SELECT format('publication %I', p.pubname), 'publication:' || p.pubname,
           CASE WHEN p.puballtables THEN 'of all tables'
                ELSE format('of %s tables and %s schemas', t.tables, n.schemas) END
    FROM pg_publication AS p
    LEFT JOIN (SELECT r.prpubid, count(*) FROM pg_publication_rel AS r GROUP BY r.prpubid) AS r (oid, n)
        ON r.oid = p.oid
    LEFT JOIN (SELECT s.pnpubid, count(*) FROM pg_publication_namespace AS s GROUP BY s.pnpubid) AS s (oid, n)
        ON s.oid = p.oid
    CROSS JOIN LATERAL coalesce(r.n, 0) AS t (tables)
    CROSS JOIN LATERAL coalesce(s.n, 0) AS n (schemas)
    UNION ALL
    SELECT format('subscription %I', s.subname), 'subscription:' || s.subname,
           CASE WHEN s.subenabled THEN 'enabled' ELSE 'disabled' END
    FROM pg_subscription AS s
    WHERE s.subdbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
    UNION ALL
    SELECT 'extension dblink', 'extension:dblink', format('version %s', e.extversion)
    FROM pg_extension AS e
    WHERE e.extname = 'dblink')
SELECT w.resource, c.change_id IS NOT NULL,
       format('%s, %s', w.detail, coalesce('change ' || c.change_id, 'no approved change'))
FROM way AS w
CROSS JOIN LATERAL (SELECT soc2.change_of(w.object) AS change_id) AS c
$query$),
('conf.um_passwords',
 'User mappings and foreign servers hold no password',
 'high',
 '{outline:CC9.2.3,outline:C1.2.2,tsc:CC6.1,tsc:C1.1}',
 '{}',
 'The options of a foreign server are for all to read, those of a user mapping for its owner, and both are in every dump.',
 'ALTER USER MAPPING … OPTIONS (DROP password), or ALTER SERVER …, and use a certificate, GSS, a passfile of the server''s user, or since PostgreSQL 18 use_scram_passthrough. Change the password: it was exposed.',
 '1 day', '{}',
 true,
$query$
SELECT p.name, p.password_options IS NULL,
       coalesce('has ' || array_to_string(p.password_options, ', '), 'no password')
FROM soc2.connection_passwords AS p
WHERE p.kind IN ('foreign server', 'user mapping')
$query$),
('conf.sub_conninfo',
 'Connections of subscriptions hold no password',
 'high',
 '{outline:C1.2.2,tsc:CC6.1,tsc:CC6.7}',
 '{}',
 'Superusers, backups and dumps have the password of the publisher in clear text.',
 'ALTER SUBSCRIPTION name CONNECTION without the password, and use a certificate or a passfile of the server''s user. Change the password: it was exposed.',
 '1 day', '{}',
 true,
$query$
SELECT p.name, p.password_options IS NULL,
       CASE WHEN p.password_options IS NULL THEN 'no password' ELSE 'has a password' END
FROM soc2.connection_passwords AS p
WHERE p.kind = 'subscription'
$query$);
INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('conf.disposal_overdue',
 'No row outlives the longest time that its retention class allows',
 'high',
 '{outline:CC8.1.7,outline:CC9.2.6,outline:CC9.2.12,outline:P3.1.3,tsc:CC6.5,tsc:C1.2,tsc:P4.2,tsc:P4.3}',
 '{}',
 'What is kept for longer than was promised can be lost, and has no basis any more.',
 'Dispose of the rows whose time is up, and find out why that did not happen by itself; soc2.retention_status names the column that the time starts from.',
 '1 day', '{}',
 true,
$query$
-- rows are counted, so the role that assesses has to be able to read the table;
-- a row without a date is not yet due
SELECT s.relation, o.rows = 0,
       CASE WHEN s.anchor IS NULL THEN 'the trigger that names the column is gone'
            ELSE format('%s rows past %s, class %s', o.rows, s.max_retain, s.class) END
FROM soc2.retention_status AS s
CROSS JOIN LATERAL (
    SELECT CASE WHEN s.anchor IS NOT NULL THEN query_to_xml(
        format('SELECT count(*) AS n FROM %s AS old WHERE soc2.retained_until(old.%I, %L) < now() AND %s%s',
            s.relation, s.anchor, s.max_retain, coalesce(s.predicate, 'true'),
            -- those that an earlier assignment is about are not of this class
            (SELECT string_agg(format(' AND (%s) IS NOT TRUE', coalesce(b.predicate, 'true')), '')
             FROM soc2.retention_status AS b
             WHERE b.relation = s.relation AND b.ordinal < s.ordinal)), true, true, '') END) AS x (counted)
CROSS JOIN LATERAL (SELECT substring(x.counted::text, '<n>(\d+)</n>')::bigint) AS o (rows)
WHERE s.present AND s.max_retain IS NOT NULL
$query$);
INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('conf.inventory',
 'Every column of a user table is classified',
 'medium',
 '{outline:CC9.1.1,outline:P6.4.1,tsc:CC6.1,tsc:C1.1,tsc:P3.1}',
 '{"exempt": []}',
 'What nobody has classified nobody protects, keeps or disposes of on purpose.',
 'SELECT soc2.classify(''schema.table'', ''internal'') for a whole table, and with a column for those that are more: SELECT soc2.classify(''schema.table'', ''personal'', ''email''). A class can also stand in a label: SECURITY LABEL FOR soc2 ON COLUMN schema.table.email IS ''class=personal''; where the two contradict each other, change one. Or exempt a schema: SELECT soc2.set_check_parameters(''conf.inventory'', ''{"exempt": ["scratch"]}'', ''why'').',
 '1 day', '{soc2.column_classes}',
 true,
$query$
SELECT v.name, v.class IS NOT NULL AND v.conflict IS NULL OR ($1 -> 'exempt') ? n.nspname::text,
       coalesce(v.conflict, v.class, 'not classified')
FROM soc2.column_classes AS v
JOIN pg_class AS c ON c.oid = v.relation_oid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
$query$),
('conf.pii_heuristic',
 'Columns whose names look like personal data are classified as such',
 'medium',
 '{outline:CC9.1.1,outline:P6.4.1,tsc:C1.1,tsc:P3.1,tsc:P4.1}',
 '{"pattern": "(^|_)(ssn|passport|e_?mail|phone|mobile|birth(day|date)?|dob|iban|(credit_?)?card|(first|last|full|sur|family|given)_?name|address|street|gender|salary|tax(_?id)?)(_|$)", "classes": ["personal", "restricted"], "exempt": []}',
 'Personal data in a column that nobody thinks of is neither protected nor deleted when its time has come.',
 'SELECT soc2.classify(''schema.table'', ''personal'', ''column''); a column that only looks like it: SELECT soc2.set_check_parameters(''conf.pii_heuristic'', ''{"exempt": ["app.t.card"]}'', ''what it holds'').',
 '1 day', '{soc2.column_classes}',
 true,
$query$
SELECT v.name, coalesce(($1 -> 'classes') ? v.class, false) OR ($1 -> 'exempt') ? v.name,
       coalesce(v.class, 'not classified')
FROM soc2.column_classes AS v
WHERE v.column_name ~* ($1 ->> 'pattern')
$query$),
('conf.column_encrypt',
 'Columns with restricted data are encrypted or masked',
 'high',
 '{outline:CC9.2.3,outline:C1.2.1,outline:P6.1.3,tsc:CC6.1,tsc:C1.1}',
 '{"classes": ["restricted"], "types": ["bytea"]}',
 'Who reads the disk, a backup or the table reads what is in the clear.',
 'Encrypt it in the application or with pgp_sym_encrypt() into a column of type bytea; where it is masked, or encrypted in another type: SELECT soc2.classify(''schema.table'', ''restricted'', ''column'', true, ''how'').',
 '1 day', '{soc2.column_classes}',
 true,
$query$
SELECT v.name, v.masked OR ($1 -> 'types') ? t.typname::text,
       format('type %s, %s', format_type(v.type_oid, NULL),
           CASE WHEN v.masked THEN 'masked or encrypted' ELSE 'not masked' END)
FROM soc2.column_classes AS v
JOIN pg_type AS d ON d.oid = v.type_oid
JOIN pg_type AS t ON t.oid = CASE WHEN d.typtype = 'd' THEN d.typbasetype ELSE d.oid END
WHERE ($1 -> 'classes') ? v.class
$query$),
('conf.crypto_ext',
 'Where there is classified data, a cryptographic extension is installed',
 'low',
 '{outline:CC9.2.3,outline:C1.2.1,tsc:CC6.1,tsc:C1.1}',
 '{"classes": ["confidential", "personal", "restricted"], "extensions": ["pgcrypto", "pgsodium"]}',
 'Without one, data can be encrypted in the application only, and often is not.',
 'CREATE EXTENSION pgcrypto.',
 '1 day', '{soc2.classifications,soc2.labels}',
 true,
$query$
SELECT 'cryptographic extension', e.names IS NOT NULL,
       coalesce(e.names || ' installed', 'none installed')
FROM (
    SELECT string_agg(quote_ident(x.extname), ', ' ORDER BY x.extname) AS names
    FROM pg_extension AS x
    WHERE ($1 -> 'extensions') ? x.extname::text) AS e
WHERE EXISTS (SELECT FROM soc2.classifications AS c WHERE ($1 -> 'classes') ? c.class
              UNION ALL SELECT FROM soc2.labels AS l WHERE ($1 -> 'classes') ? l.class)
$query$);
INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('conf.legal_hold',
 'What is on legal hold is there and guarded against disposal',
 'high',
 '{outline:CC9.2.5,outline:PI1.3.5,tsc:C1.2,tsc:P4.2}',
 '{}',
 'A held row that was disposed of is evidence destroyed. No disposal, erasure or statement gets past the guard, so what counts is that it is up on every table that a hold in force is about.',
 'ALTER TABLE … ENABLE ALWAYS TRIGGER for the triggers that soc2.hold_guard() and soc2.retention_guard() have on the table, and place the hold again where they are gone. A table that was dropped: restore it from a backup, and tell who asked for the hold.',
 '1 day', '{soc2.holds_active,soc2.subject_edges}',
 true,
$query$
-- whom a hold is on stays out of the evidence
SELECT format('hold %s of matter %s', h.hold_id, h.matter_ref), h.guarded,
       format('%s, %s, %s', coalesce(h.relation, 'a subject of kind ' || split_part(h.subject, ':', 1)), h.state,
           CASE WHEN h.guarded THEN 'guarded' ELSE 'dropped or not guarded' END)
FROM soc2.holds_active AS h
$query$);
