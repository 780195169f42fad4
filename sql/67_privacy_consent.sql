/* sql/67_privacy_consent.sql */

--
-- Privacy: notices and who saw them, consents, and the tables whose rows need one.
--

INSERT INTO soc2.registers (register, relation, title, criteria, key_columns, title_column, opened_column) VALUES
    ('notice', 'soc2.notices', 'versions of privacy notices', '{tsc:P1.1,outline:P4.2,outline:P6.5}', '{notice_id}', 'title', 'published_at');

CREATE TABLE soc2.notices (
    notice_id text NOT NULL,
    title text NOT NULL,
    content text,
    language text NOT NULL DEFAULT 'en',
    purposes text[] NOT NULL DEFAULT '{}',
    published_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    location text,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_notices_pkey PRIMARY KEY (notice_id),
    CONSTRAINT soc2_notices_notice_id_check CHECK (
        pg_catalog.btrim(notice_id) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_notices_title_check CHECK (
        pg_catalog.btrim(title) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_notices_content_check CHECK (
        pg_catalog.num_nonnulls(content, location) OPERATOR(pg_catalog.>) 0)
);
COMMENT ON TABLE soc2.notices IS
'versions of privacy notices, as they were published; written by soc2.publish_notice(), rows are not changed';
COMMENT ON COLUMN soc2.notices.notice_id IS 'name of the version, as in privacy-2026-1; consents refer to it';
COMMENT ON COLUMN soc2.notices.title IS 'what all versions of the notice have in common';
COMMENT ON COLUMN soc2.notices.content IS 'its wording';
COMMENT ON COLUMN soc2.notices.language IS 'language it is written in';
COMMENT ON COLUMN soc2.notices.purposes IS 'purposes that it tells of';
COMMENT ON COLUMN soc2.notices.published_at IS 'from when on it was there to be read';
COMMENT ON COLUMN soc2.notices.location IS 'where it was published';
COMMENT ON COLUMN soc2.notices.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.notices.recorded_by IS 'by which role';

SELECT soc2.install_register('notice');

CREATE TABLE soc2.notice_receipts (
    receipt_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    notice_id text NOT NULL,
    subject text NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    channel text,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_notice_receipts_pkey PRIMARY KEY (receipt_id)
);
CREATE INDEX soc2_notice_receipts_subject_idx ON soc2.notice_receipts (subject, notice_id);
CREATE INDEX soc2_notice_receipts_notice_idx ON soc2.notice_receipts (notice_id, subject);
SELECT pg_catalog.pg_extension_config_dump('soc2.notice_receipts', '');
COMMENT ON TABLE soc2.notice_receipts IS
'persons who were shown a notice; written by soc2.record_notice_receipt(), rows are not changed';
COMMENT ON COLUMN soc2.notice_receipts.receipt_id IS 'id of the row';
COMMENT ON COLUMN soc2.notice_receipts.notice_id IS 'version of the notice';
COMMENT ON COLUMN soc2.notice_receipts.subject IS 'reference to the person';
COMMENT ON COLUMN soc2.notice_receipts.seen_at IS 'when it was shown';
COMMENT ON COLUMN soc2.notice_receipts.channel IS 'where: a page, a letter';
COMMENT ON COLUMN soc2.notice_receipts.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.notice_receipts.recorded_by IS 'by which role';

CREATE FUNCTION soc2.publish_notice(
    notice_id text,
    title text,
    content text DEFAULT NULL,
    purposes text[] DEFAULT '{}',
    published_at timestamptz DEFAULT pg_catalog.now(),
    location text DEFAULT NULL,
    language text DEFAULT 'en')
    RETURNS text
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.notices (notice_id, title, content, purposes, published_at, location, language)
    VALUES (publish_notice.notice_id, publish_notice.title, publish_notice.content,
        publish_notice.purposes, publish_notice.published_at, publish_notice.location,
        publish_notice.language)
    RETURNING notice_id;
END;
COMMENT ON FUNCTION soc2.publish_notice(text, text, text, text[], timestamptz, text, text) IS
'records a version of a privacy notice, with its wording or where it is to be found; returns its name; 23505 if there is one of this name';

CREATE FUNCTION soc2.record_notice_receipt(
    notice_id text,
    subject text,
    seen_at timestamptz DEFAULT pg_catalog.now(),
    channel text DEFAULT NULL)
    RETURNS uuid
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('notice', record_notice_receipt.notice_id, EXISTS (
        SELECT FROM soc2.notices AS n
        WHERE n.notice_id OPERATOR(pg_catalog.=) record_notice_receipt.notice_id));
    INSERT INTO soc2.notice_receipts (notice_id, subject, seen_at, channel)
    VALUES (record_notice_receipt.notice_id, record_notice_receipt.subject,
        record_notice_receipt.seen_at, record_notice_receipt.channel)
    RETURNING receipt_id;
END;
COMMENT ON FUNCTION soc2.record_notice_receipt(text, text, timestamptz, text) IS
'records that a person was shown a notice; returns the receipt_id; 42704 for an unknown notice';

CREATE VIEW soc2.notice_status AS
    SELECT n.notice_id, n.title, n.language, n.purposes, n.published_at, newer.published_at AS superseded_at,
        n.published_at OPERATOR(pg_catalog.<=) pg_catalog.now()
            AND COALESCE(newer.published_at OPERATOR(pg_catalog.>) pg_catalog.now(), true) AS in_force,
        (SELECT pg_catalog.count(DISTINCT r.subject) FROM soc2.notice_receipts AS r
         WHERE r.notice_id OPERATOR(pg_catalog.=) n.notice_id) AS subjects,
        n.location
    FROM soc2.notices AS n
    LEFT JOIN LATERAL (
        SELECT l.published_at FROM soc2.notices AS l
        WHERE l.title OPERATOR(pg_catalog.=) n.title
            AND l.language OPERATOR(pg_catalog.=) n.language
            AND ROW(l.published_at, l.recorded_at) OPERATOR(pg_catalog.>) ROW(n.published_at, n.recorded_at)
        ORDER BY l.published_at
        LIMIT 1) AS newer ON true;
COMMENT ON VIEW soc2.notice_status IS
'which privacy notices are, or were, in force, and how many persons were shown them?';
COMMENT ON COLUMN soc2.notice_status.notice_id IS 'name of the version';
COMMENT ON COLUMN soc2.notice_status.title IS 'what all versions of the notice have in common';
COMMENT ON COLUMN soc2.notice_status.language IS 'language it is written in';
COMMENT ON COLUMN soc2.notice_status.purposes IS 'purposes that it tells of';
COMMENT ON COLUMN soc2.notice_status.published_at IS 'from when on it was there to be read';
COMMENT ON COLUMN soc2.notice_status.superseded_at IS 'when the next version in this language came; NULL: there is none';
COMMENT ON COLUMN soc2.notice_status.in_force IS 'is it the version that holds now?';
COMMENT ON COLUMN soc2.notice_status.subjects IS 'how many persons it was shown to';
COMMENT ON COLUMN soc2.notice_status.location IS 'where it was published';

--
-- Consents as they are now
--

CREATE FUNCTION soc2.consent_changed()
    RETURNS trigger
    AS 'MODULE_PATHNAME', 'soc2_consent_changed'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.consent_changed() IS
'trigger: makes who ends a consent wait for transactions that wrote rows relying on it';
CREATE TRIGGER soc2_consent_changed
    BEFORE INSERT OR UPDATE OR DELETE ON soc2.consents
    FOR EACH ROW EXECUTE FUNCTION soc2.consent_changed();
COMMENT ON TRIGGER soc2_consent_changed ON soc2.consents IS
'makes who ends a consent wait for who relies on it';
ALTER TABLE soc2.consents ENABLE ALWAYS TRIGGER soc2_consent_changed;

CREATE VIEW soc2.consent_status AS
    SELECT DISTINCT ON (c.subject, c.purpose)
        c.subject, c.purpose,
        CASE
            WHEN c.effective_at OPERATOR(pg_catalog.>) pg_catalog.now() THEN 'pending'
            WHEN NOT c.given THEN 'withdrawn'
            WHEN c.expires_at OPERATOR(pg_catalog.<=) pg_catalog.now() THEN 'expired'
            ELSE 'live'
        END AS state,
        c.effective_at, c.expires_at, c.notice, c.request_id, c.recorded_at, c.recorded_by
    FROM soc2.consents AS c
    ORDER BY c.subject, c.purpose, c.effective_at OPERATOR(pg_catalog.>) pg_catalog.now(),
        c.effective_at DESC, c.recorded_at DESC, c.given;
COMMENT ON VIEW soc2.consent_status IS
'to which purposes does each subject agree now? soc2.consents has all that was given and withdrawn';
COMMENT ON COLUMN soc2.consent_status.subject IS 'reference to the person';
COMMENT ON COLUMN soc2.consent_status.purpose IS 'what it is for';
COMMENT ON COLUMN soc2.consent_status.state IS 'live, withdrawn, expired, or pending: nothing is in effect yet';
COMMENT ON COLUMN soc2.consent_status.effective_at IS 'since when it is so, or from when on it will be';
COMMENT ON COLUMN soc2.consent_status.expires_at IS 'until when it holds; NULL: until it is withdrawn';
COMMENT ON COLUMN soc2.consent_status.notice IS 'version of the notice that it answers';
COMMENT ON COLUMN soc2.consent_status.request_id IS 'objection that it follows from';
COMMENT ON COLUMN soc2.consent_status.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.consent_status.recorded_by IS 'by which role';

--
-- Tables whose rows need a consent
--

CREATE TABLE soc2.consent_guards (
    relation regclass NOT NULL,
    purpose text NOT NULL,
    column_name name NOT NULL,
    kind text NOT NULL,
    required_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    required_by name NOT NULL,
    CONSTRAINT soc2_consent_guards_pkey PRIMARY KEY (relation, purpose, column_name),
    CONSTRAINT soc2_consent_guards_purpose_check CHECK (
        pg_catalog.btrim(purpose) OPERATOR(pg_catalog.<>) '')
);
SELECT pg_catalog.pg_extension_config_dump('soc2.consent_guards',
    'WHERE EXISTS (SELECT FROM pg_catalog.pg_class AS c
                   WHERE c.oid OPERATOR(pg_catalog.=) relation)');
COMMENT ON TABLE soc2.consent_guards IS
'tables whose rows need a consent of their subject; written by soc2.require_consent()';
COMMENT ON COLUMN soc2.consent_guards.relation IS 'the table';
COMMENT ON COLUMN soc2.consent_guards.purpose IS 'what its rows are used for';
COMMENT ON COLUMN soc2.consent_guards.column_name IS 'column that says whose consent a row needs';
COMMENT ON COLUMN soc2.consent_guards.kind IS
'kind of subject that its values are the keys of: consents are those of kind:key; empty: of the key alone';
COMMENT ON COLUMN soc2.consent_guards.required_at IS 'since when';
COMMENT ON COLUMN soc2.consent_guards.required_by IS 'by which role';

CREATE FUNCTION soc2.consent_guard()
    RETURNS trigger
    AS 'MODULE_PATHNAME', 'soc2_consent_guard'
    LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.consent_guard() IS
'trigger: refuses rows whose subject has no consent (S2C01); the arguments are purpose, column and kind of subject';

CREATE FUNCTION soc2.install_consent_guard(
        relation regclass, purpose text, column_name name, kind text)
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_install_consent_guard'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.install_consent_guard(regclass, text, name, text) IS
'gives a table and its partitions the triggers of soc2.require_consent()';

CREATE FUNCTION soc2.remove_consent_guard(
        relation regclass, purpose text, column_name name, kind text)
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_remove_consent_guard'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.remove_consent_guard(regclass, text, name, text) IS
'takes these triggers away';

CREATE FUNCTION soc2.consent_guard_problems(
        relation regclass, purpose text, column_name name, kind text,
        OUT part regclass, OUT problem text)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'soc2_consent_guard_problems'
    LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION soc2.consent_guard_problems(regclass, text, name, text) IS
'what keeps rows of a table, or of a partition of it, from being refused: triggers that are missing or not enabled; no row: nothing';

CREATE FUNCTION soc2.subject_column_of(
        relation regclass, wanted name, OUT column_name name, OUT kind text)
    RETURNS SETOF record
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE above (relation) AS (
        SELECT subject_column_of.relation::oid
        UNION
        SELECT i.inhparent
        FROM above AS a
        JOIN pg_catalog.pg_inherits AS i ON i.inhrelid OPERATOR(pg_catalog.=) a.relation)
    SELECT e.column_name, COALESCE(e.kind, t.kind)
    FROM above AS a
    JOIN soc2.subject_edges AS e ON e.relation::oid OPERATOR(pg_catalog.=) a.relation
    LEFT JOIN soc2.subject_edges AS t
        ON t.relation OPERATOR(pg_catalog.=) e.via
        AND t.column_name OPERATOR(pg_catalog.=) e.via_column
        AND t.kind IS NOT NULL
    WHERE COALESCE(e.kind, t.kind) IS NOT NULL
        AND COALESCE(e.column_name OPERATOR(pg_catalog.=) wanted, true);
END;
COMMENT ON FUNCTION soc2.subject_column_of(regclass, name) IS
'columns of a table, or this one, whose values are keys of subjects, and the kinds of these, as soc2.set_subject() says';

CREATE FUNCTION soc2.require_consent(
        "table" regclass, purpose text, subject_column name DEFAULT NULL,
        kind text DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    only_column name;
    only_kind text;
    candidates bigint;
BEGIN
    PERFORM soc2.require_owner("table");
    IF COALESCE(btrim(purpose), '') = '' THEN
        RAISE EXCEPTION 'no purpose is given'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT min(c.column_name::text)::name, min(c.kind), count(*)
    INTO only_column, only_kind, candidates
    FROM soc2.subject_column_of("table", subject_column) AS c;
    IF subject_column IS NULL AND candidates <> 1 THEN
        RAISE EXCEPTION 'no single column of table "%" says whose consent a row needs', soc2.table_name("table")
            USING ERRCODE = CASE candidates WHEN 0 THEN 'undefined_object' ELSE 'ambiguous_column' END,
            HINT = 'Give subject_column, or call soc2.set_subject() for the column first.';
    ELSIF kind IS NULL AND candidates > 1 THEN
        RAISE EXCEPTION 'column "%" of table "%" leads to subjects of several kinds', subject_column,
                soc2.table_name("table")
            USING ERRCODE = 'ambiguous_column',
            HINT = 'Give kind.';
    ELSIF NOT EXISTS (SELECT FROM pg_attribute AS a
                      WHERE a.attrelid = "table" AND a.attname = COALESCE(subject_column, only_column)
                          AND a.attnum > 0 AND NOT a.attisdropped) THEN
        RAISE EXCEPTION 'column "%" of table "%" does not exist', subject_column, soc2.table_name("table")
            USING ERRCODE = 'undefined_column';
    END IF;
    INSERT INTO soc2.consent_guards (relation, purpose, column_name, kind, required_by)
    VALUES ("table", require_consent.purpose, COALESCE(subject_column, only_column),
        COALESCE(require_consent.kind, only_kind, ''), soc2.acting_role());
    PERFORM soc2.install_consent_guard(g.relation, g.purpose, g.column_name, g.kind)
    FROM soc2.consent_guards AS g
    WHERE g.relation = "table" AND g.purpose = require_consent.purpose
        AND g.column_name = COALESCE(subject_column, only_column);
EXCEPTION WHEN unique_violation THEN
    RAISE EXCEPTION 'rows of table "%" need a consent for purpose "%" already', soc2.table_name("table"), purpose
        USING ERRCODE = 'duplicate_object',
        HINT = 'Use soc2.unrequire_consent() to take that back.';
END
$$;
COMMENT ON FUNCTION soc2.require_consent(regclass, text, name, text) IS
'from now on, refuses rows of a table of the caller whose subject, by a column, does not agree to a purpose (S2C01); consents are those of kind:key where the column has keys of a kind of subject, or else of the key as text';

CREATE FUNCTION soc2.unrequire_consent("table" regclass, purpose text, subject_column name DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    gone soc2.consent_guards;
BEGIN
    PERFORM soc2.require_owner("table");
    FOR gone IN
        DELETE FROM soc2.consent_guards AS g
        WHERE g.relation = "table" AND g.purpose = unrequire_consent.purpose
            AND g.column_name = COALESCE(subject_column, g.column_name)
        RETURNING g.*
    LOOP
        PERFORM soc2.remove_consent_guard(gone.relation, gone.purpose, gone.column_name, gone.kind);
    END LOOP;
    IF gone IS NULL THEN
        RAISE EXCEPTION 'rows of table "%" need no consent for purpose "%"', soc2.table_name("table"), purpose
            USING ERRCODE = 'undefined_object',
            HINT = 'See soc2.consent_guards for what is needed.';
    END IF;
END
$$;
COMMENT ON FUNCTION soc2.unrequire_consent(regclass, text, name) IS
'takes soc2.require_consent() back; 42704 if there is nothing to take back';

CREATE VIEW soc2.consent_guard_status AS
    SELECT g.relation AS relation_oid, soc2.table_name(g.relation) AS relation, g.purpose,
        g.column_name, g.kind, g.required_at, g.required_by,
        (SELECT pg_catalog.string_agg(pg_catalog.format('%s: %s', soc2.table_name(p.part), p.problem), ' '
             ORDER BY p.part)
         FROM soc2.consent_guard_problems(g.relation, g.purpose, g.column_name, g.kind) AS p) AS problem
    FROM soc2.consent_guards AS g
    JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) g.relation::oid;
COMMENT ON VIEW soc2.consent_guard_status IS
'rows of which tables need a consent, and are they refused without?';
COMMENT ON COLUMN soc2.consent_guard_status.relation_oid IS 'the table, for joins with the catalogs';
COMMENT ON COLUMN soc2.consent_guard_status.relation IS 'schema and name of the table, quoted where needed';
COMMENT ON COLUMN soc2.consent_guard_status.purpose IS 'what its rows are used for';
COMMENT ON COLUMN soc2.consent_guard_status.column_name IS 'column that says whose consent a row needs';
COMMENT ON COLUMN soc2.consent_guard_status.kind IS 'kind of subject that its values are the keys of; empty: none';
COMMENT ON COLUMN soc2.consent_guard_status.required_at IS 'since when';
COMMENT ON COLUMN soc2.consent_guard_status.required_by IS 'by which role';
COMMENT ON COLUMN soc2.consent_guard_status.problem IS 'what keeps rows from being refused; NULL: nothing';

CREATE FUNCTION soc2.unconsented("table" regclass, purpose text)
    RETURNS TABLE (state text, rows bigint)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET DateStyle = 'ISO, MDY'
    SET TimeZone = 'UTC'
    SET IntervalStyle = 'postgres'
    SET bytea_output = 'hex'
    SET extra_float_digits = 1
AS $$
DECLARE
    guard soc2.consent_guards;
BEGIN
    FOR guard IN
        SELECT g.* FROM soc2.consent_guards AS g
        WHERE g.relation = "table" AND g.purpose = unconsented.purpose
    LOOP
        RETURN QUERY EXECUTE format(
            'SELECT COALESCE(s.state, ''none''), count(*) FROM %s AS t'
            ' LEFT JOIN soc2.consent_status AS s ON s.purpose = $1 AND s.subject = $2 || %s'
            ' WHERE s.state IS DISTINCT FROM ''live'' GROUP BY 1 ORDER BY 1',
            soc2.table_name(guard.relation),
            -- as the guard writes keys: a cast to text is something else for some types
            (SELECT format(CASE WHEN 'bpchar'::regtype = ANY (ARRAY(SELECT b.type FROM soc2.base_types(a.atttypid) AS b))
                               THEN 't.%I::text'
                               ELSE 'CASE WHEN num_nulls(t.%1$I) = 0 THEN concat(t.%1$I) END' END, a.attname)
             FROM pg_attribute AS a
             WHERE a.attrelid = guard.relation AND a.attname = guard.column_name))
        USING guard.purpose, CASE guard.kind WHEN '' THEN '' ELSE guard.kind || ':' END;
    END LOOP;
    IF guard IS NULL THEN
        PERFORM soc2.require_registered('consent guard', soc2.table_name("table"), false);
    END IF;
END
$$;
COMMENT ON FUNCTION soc2.unconsented(regclass, text) IS
'how many rows of a table that needs consents have none that is live, by what became of it: none, withdrawn, expired or pending; 42704 if it needs none';

SELECT soc2.track_member('soc2.consent_guards', 'relation', 'purpose', 'column_name');
