/* sql/67_privacy_inventory.sql */

--
-- Privacy: where personal data is, what for and for how long.
--
-- A scan looks at names of columns and at a sample of their values. Values are never
-- kept, only how many of how many looked like what.
--

CREATE FUNCTION soc2.personal_data_kind(value text)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_personal_data_kind'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.personal_data_kind(text) IS
'what a value looks like: e-mail, iban, card, ip, national number or phone, with check digits where there are any; NULL: none of them';

CREATE FUNCTION soc2.personal_data_name(column_name text)
    RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT k.kind
    FROM (VALUES
        (1, 'e-mail', '(^|_)e?_?mail(_?(address|addr))?($|_)|^email'),
        (2, 'iban', '(^|_)iban($|_)|(^|_)(bank_)?account_(no|number)($|_)'),
        (3, 'card', '(^|_)(credit_?|payment_?|debit_?)?card_?(no|num|number|pan)($|_)|(^|_)pan($|_)|(^|_)cvv2?($|_)'),
        (4, 'ip', '(^|_)ip(_?(v4|v6|addr|address))?($|_)|(^|_)(client|remote|source)_addr(ess)?($|_)'),
        (5, 'national number', '(^|_)(ssn|nino|dni|nie|passport(_?(no|number))?|national_?(id|number)|tax_?(id|number|no)|social_security(_?(no|number))?|personal_?(id|number|code))($|_)'),
        (6, 'phone', '(^|_)(tele)?phone(_?(no|number))?_?[0-9]*($|_)|(^|_)(tel|mobile|cell|fax|msisdn)(_?(no|number))?_?[0-9]*($|_)'),
        (7, 'date of birth', '(^|_)(dob|birth_?(date|day)|date_of_birth|born(_on|_at)?)($|_)|(^|_)birth($|_)'),
        (8, 'name', '(^|_)(first|last|given|family|middle|maiden|full|sur)_?name($|_)|^surname'),
        (9, 'address', '(^|_)(street|home_?address|postal_?address|mailing_?address|zip(_?code)?|post_?code|postal_?code|address(_?line)?_?[0-9]?)($|_)'),
        (10, 'health', '(^|_)(diagnosis|disability|blood_?(type|group)|allerg(y|ies)|medication|patient)($|_)'),
        (11, 'origin or belief', '(^|_)(ethnicity|race|religion|political_?opinion|union_?member(ship)?|sexual_?orientation)($|_)'),
        (12, 'gender', '(^|_)(gender|sex)($|_)'))
        AS k (place, kind, pattern)
    WHERE pg_catalog.lower(pg_catalog.regexp_replace(
            pg_catalog.regexp_replace(column_name, '([a-z0-9])([A-Z])', '\1_\2', 'g'),
            '[^[:alnum:]]+', '_', 'g'))
        OPERATOR(pg_catalog.~) k.pattern
    ORDER BY k.place
    LIMIT 1;
END;
COMMENT ON FUNCTION soc2.personal_data_name(text) IS
'which kind of personal data a column of this name suggests; NULL: none';

CREATE TABLE soc2.personal_data_finds (
    relation regclass NOT NULL,
    column_name name NOT NULL,
    kind text NOT NULL,
    by_name boolean NOT NULL,
    sampled bigint NOT NULL,
    hits bigint NOT NULL,
    scanned_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    scanned_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_personal_data_finds_pkey PRIMARY KEY (relation, column_name, kind),
    CONSTRAINT soc2_personal_data_finds_hits_check CHECK (
        hits BETWEEN 0 AND sampled)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.personal_data_finds',
    'WHERE EXISTS (SELECT FROM pg_catalog.pg_class AS c
                   WHERE c.oid OPERATOR(pg_catalog.=) relation)');
COMMENT ON TABLE soc2.personal_data_finds IS
'columns that look as if they had personal data, by the last scan of their table; written by soc2.scan_personal_data()';
COMMENT ON COLUMN soc2.personal_data_finds.relation IS 'the table; a number that names nothing once it was dropped';
COMMENT ON COLUMN soc2.personal_data_finds.column_name IS 'name of the column';
COMMENT ON COLUMN soc2.personal_data_finds.kind IS
'e-mail, iban, card, ip, national number, phone; by names also date of birth, name, address, health, origin or belief, gender';
COMMENT ON COLUMN soc2.personal_data_finds.by_name IS 'does its name say so, or its type?';
COMMENT ON COLUMN soc2.personal_data_finds.sampled IS 'how many values were looked at; 0: none, or the table could not be read';
COMMENT ON COLUMN soc2.personal_data_finds.hits IS 'how many of them look like that';
COMMENT ON COLUMN soc2.personal_data_finds.scanned_at IS 'when';
COMMENT ON COLUMN soc2.personal_data_finds.scanned_by IS 'by which role';

CREATE TABLE soc2.personal_data_scans (
    relation regclass NOT NULL,
    sample_rows integer NOT NULL,
    readable boolean NOT NULL,
    scanned_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    scanned_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_personal_data_scans_pkey PRIMARY KEY (relation)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.personal_data_scans',
    'WHERE EXISTS (SELECT FROM pg_catalog.pg_class AS c
                   WHERE c.oid OPERATOR(pg_catalog.=) relation)');
COMMENT ON TABLE soc2.personal_data_scans IS
'when tables were scanned for personal data last; written by soc2.scan_personal_data()';
COMMENT ON COLUMN soc2.personal_data_scans.relation IS 'the table; a number that names nothing once it was dropped';
COMMENT ON COLUMN soc2.personal_data_scans.sample_rows IS 'how many values of a column were looked at, at most';
COMMENT ON COLUMN soc2.personal_data_scans.readable IS 'could its rows be read? If not, only names were looked at';
COMMENT ON COLUMN soc2.personal_data_scans.scanned_at IS 'when';
COMMENT ON COLUMN soc2.personal_data_scans.scanned_by IS 'by which role';

CREATE FUNCTION soc2.sample_personal_data("table" regclass, column_name name, sample_rows integer, OUT kind text, OUT sampled bigint, OUT hits bigint)
    RETURNS SETOF record
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET row_security = off
AS $$
BEGIN
    -- what is cast to text is of a type of the server's own, or of a domain over one:
    -- casts of users' types run code
    RETURN QUERY EXECUTE format(
        'WITH v AS MATERIALIZED (SELECT soc2.personal_data_kind(left(t.value, 321)) AS kind'
        ' FROM (SELECT s.%I::text AS value FROM %s AS s WHERE s.%I IS NOT NULL LIMIT %s) AS t),'
        ' total AS (SELECT count(*) AS sampled FROM v)'
        ' SELECT v.kind, total.sampled, count(v.*) FROM total LEFT JOIN v ON v.kind IS NOT NULL GROUP BY 1, 2',
        column_name, soc2.table_name("table"), column_name, sample_rows);
EXCEPTION WHEN insufficient_privilege OR object_not_in_prerequisite_state OR feature_not_supported THEN
    kind := NULL;
    sampled := 0;
    hits := 0;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION soc2.sample_personal_data(regclass, name, integer) IS
'what values of a column look like, with the rights of the caller: how many of how many; one row without a kind where none does, or the caller may not read them';

CREATE FUNCTION soc2.scan_personal_data(
        "table" regclass DEFAULT NULL, sample_rows integer DEFAULT 1000,
        least_share numeric DEFAULT 0.1)
    RETURNS TABLE (relation regclass, column_name name, kind text, by_name boolean, sampled bigint, hits bigint)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    col record;
BEGIN
    IF sample_rows IS NULL OR sample_rows < 0 OR least_share IS NULL OR least_share NOT BETWEEN 0 AND 1 THEN
        RAISE EXCEPTION 'a sample needs a number of rows, and a share between 0 and 1'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR col IN
        SELECT u.relation_oid::regclass AS relation, a.attname AS name, COALESCE(soc2.personal_data_name(a.attname),
                CASE WHEN b.types && '{inet,cidr}'::regtype[] THEN 'ip' END) AS kind,
            b.types && '{text,varchar,bpchar,name,bigint,numeric}'::regtype[] AS has_values
        FROM soc2.user_relations AS u
        JOIN pg_attribute AS a ON a.attrelid = u.relation_oid AND a.attnum > 0 AND NOT a.attisdropped
        CROSS JOIN LATERAL (SELECT array_agg(y.type) AS types FROM soc2.base_types(a.atttypid) AS y) AS b
        WHERE u.kind IN ('r', 'p') AND NOT u.is_partition
            AND u.relation_oid = COALESCE(scan_personal_data."table", u.relation_oid)
        ORDER BY u.name COLLATE "C", a.attnum
    LOOP
        DELETE FROM soc2.personal_data_finds AS f
        WHERE f.relation = col.relation AND f.column_name = col.name;
        -- of scans at the same time, the first one counts
        INSERT INTO soc2.personal_data_finds (relation, column_name, kind, by_name, sampled, hits)
        WITH s AS MATERIALIZED (
            SELECT v.kind, v.sampled, v.hits
            FROM soc2.sample_personal_data(col.relation, col.name, sample_rows) AS v
            WHERE col.has_values)
        SELECT col.relation, col.name, k.kind, bool_or(k.named),
            COALESCE((SELECT max(s.sampled) FROM s), 0),
            COALESCE((SELECT s.hits FROM s WHERE s.kind = k.kind), 0)
        FROM (
            SELECT s.kind, false AS named FROM s
            WHERE s.hits >= GREATEST(s.sampled * least_share, 1)
            UNION ALL
            SELECT col.kind, true) AS k
        WHERE k.kind IS NOT NULL
        GROUP BY k.kind
        ON CONFLICT DO NOTHING;
    END LOOP;
    DELETE FROM soc2.personal_data_scans AS s
    WHERE s.relation = COALESCE(scan_personal_data."table", s.relation);
    INSERT INTO soc2.personal_data_scans (relation, sample_rows, readable)
    SELECT u.relation_oid, scan_personal_data.sample_rows,
        has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
            AND NOT row_security_active(c.oid)
    FROM soc2.user_relations AS u
    JOIN pg_class AS c ON c.oid = u.relation_oid
    WHERE u.kind IN ('r', 'p') AND NOT u.is_partition
        AND u.relation_oid = COALESCE(scan_personal_data."table", u.relation_oid)
    ON CONFLICT DO NOTHING;
    -- columns that went, or got another name
    DELETE FROM soc2.personal_data_finds AS f
    WHERE NOT EXISTS (SELECT FROM pg_attribute AS a
                      WHERE a.attrelid = f.relation AND a.attname = f.column_name AND NOT a.attisdropped);
    RETURN QUERY
        SELECT f.relation, f.column_name, f.kind, f.by_name, f.sampled, f.hits
        FROM soc2.personal_data_finds AS f
        WHERE f.relation = COALESCE(scan_personal_data."table", f.relation)
        ORDER BY soc2.table_name(f.relation) COLLATE "C", f.column_name COLLATE "C", f.kind COLLATE "C";
END
$$;
COMMENT ON FUNCTION soc2.scan_personal_data(regclass, integer, numeric) IS
'looks for personal data in a table, or all that users made, by names of columns and by their first values, of which a share has to look like it; keeps and returns what was found, never a value';

CREATE VIEW soc2.data_inventory AS
    WITH label AS MATERIALIZED (
        SELECT l.kind, l.relation_oid, l.column_name, l.purpose, l.basis, l.recipients
        FROM soc2.labels AS l),
    retained AS MATERIALIZED (
        SELECT r.relation, pg_catalog.array_agg(r.class ORDER BY r.ordinal) AS classes
        FROM soc2.retention_status AS r
        WHERE r.present
        GROUP BY r.relation),
    find AS (
        SELECT f.relation::oid AS relation_oid, f.column_name,
            pg_catalog.array_agg(f.kind ORDER BY f.kind) AS kinds, pg_catalog.max(f.scanned_at) AS scanned_at
        FROM soc2.personal_data_finds AS f
        GROUP BY f.relation, f.column_name)
    SELECT c.relation_oid, c.relation, c.column_name, c.class, c.masked, c.source,
        f.kinds AS looks_like,
        COALESCE(own.purpose, whole.purpose, everything.purpose) AS purposes,
        COALESCE(own.basis, whole.basis, everything.basis) AS bases,
        COALESCE(own.recipients, whole.recipients, everything.recipients) AS recipients,
        r.classes AS retention_classes,
        ARRAY(SELECT k.kind FROM soc2.subject_kinds(c.relation_oid::regclass) AS k ORDER BY k.kind) AS subject_kinds,
        ARRAY(SELECT DISTINCT g.purpose FROM soc2.consent_guards AS g
              WHERE g.relation::oid OPERATOR(pg_catalog.=) c.relation_oid
              ORDER BY g.purpose) AS consent_purposes,
        f.scanned_at,
        CASE
            WHEN c.class IS NULL THEN 'personal by a scan, without a class'
            WHEN c.class OPERATOR(pg_catalog.=) ANY ('{public,internal}'::text[]) AND f.kinds IS NOT NULL THEN
                pg_catalog.format('personal by a scan, but %s', c.class)
            WHEN c.class OPERATOR(pg_catalog.<>) ALL ('{personal,restricted}'::text[]) THEN NULL
            WHEN COALESCE(own.purpose, whole.purpose, everything.purpose) IS NULL THEN 'no purpose'
            WHEN COALESCE(own.basis, whole.basis, everything.basis) IS NULL THEN 'no basis'
            WHEN r.classes IS NULL THEN 'no retention class'
        END AS problem
    FROM soc2.column_classes AS c
    LEFT JOIN find AS f
        ON f.relation_oid OPERATOR(pg_catalog.=) c.relation_oid
        AND f.column_name::text OPERATOR(pg_catalog.=) c.column_name
    LEFT JOIN label AS own
        ON own.relation_oid OPERATOR(pg_catalog.=) c.relation_oid
        AND own.column_name OPERATOR(pg_catalog.=) c.column_name
    LEFT JOIN label AS whole
        ON whole.relation_oid OPERATOR(pg_catalog.=) c.relation_oid
        AND whole.column_name OPERATOR(pg_catalog.=) ''
    LEFT JOIN (
        SELECT d.purpose, d.basis, d.recipients FROM label AS d
        WHERE d.kind OPERATOR(pg_catalog.=) 'database' LIMIT 1) AS everything ON true
    LEFT JOIN retained AS r ON r.relation OPERATOR(pg_catalog.=) c.relation
    WHERE f.kinds IS NOT NULL
        OR c.class OPERATOR(pg_catalog.=) ANY ('{personal,restricted}'::text[]);
COMMENT ON VIEW soc2.data_inventory IS
'where is personal data, by classes, labels and scans, and what for, on which basis, for whom and how long?';
COMMENT ON COLUMN soc2.data_inventory.relation_oid IS 'the table, for joins with the catalogs';
COMMENT ON COLUMN soc2.data_inventory.relation IS 'schema and name of the table, quoted where needed';
COMMENT ON COLUMN soc2.data_inventory.column_name IS 'name of the column';
COMMENT ON COLUMN soc2.data_inventory.class IS 'class of its data; NULL: it has none';
COMMENT ON COLUMN soc2.data_inventory.masked IS 'is it masked or encrypted?';
COMMENT ON COLUMN soc2.data_inventory.source IS 'what the class was given to';
COMMENT ON COLUMN soc2.data_inventory.looks_like IS 'what the last scan found; NULL: nothing, or there was none';
COMMENT ON COLUMN soc2.data_inventory.purposes IS 'what it is used for, by its label or that of its table or database';
COMMENT ON COLUMN soc2.data_inventory.bases IS 'what allows to use it';
COMMENT ON COLUMN soc2.data_inventory.recipients IS 'who is given it';
COMMENT ON COLUMN soc2.data_inventory.retention_classes IS 'how long it is kept: classes of its table; NULL: none';
COMMENT ON COLUMN soc2.data_inventory.subject_kinds IS 'kinds of subjects that its rows can belong to';
COMMENT ON COLUMN soc2.data_inventory.consent_purposes IS 'purposes for which rows of its table need a consent';
COMMENT ON COLUMN soc2.data_inventory.scanned_at IS 'when it was scanned last, if that found something';
COMMENT ON COLUMN soc2.data_inventory.problem IS
'what nobody has said yet: its class, purpose, basis or how long it is kept; NULL: all is said';
