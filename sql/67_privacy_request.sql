/* sql/67_privacy_request.sql */

--
-- Privacy: what persons ask for, and what becomes of it.
--

INSERT INTO soc2.registers (register, relation, title, criteria, key_columns, title_column, owner_column, state_column, opened_column, due_column)
VALUES ('subject request', 'soc2.subject_requests', 'requests of persons about their data',
    '{tsc:P5.1,tsc:P5.2,tsc:P8.1,outline:P5.1,outline:P6.6}', '{request_id}', 'kind', 'owner', 'state', 'received_at', 'due_at');
INSERT INTO soc2.register_transitions (register, from_state, to_state, act, stamp) VALUES
    ('subject request', NULL, 'received', 'receive', NULL),
    ('subject request', 'received', 'identified', 'identify who asks for', 'identified'),
    ('subject request', 'received', 'extended', 'extend', 'extended'),
    ('subject request', 'received', 'answered', 'answer', 'closed'),
    ('subject request', 'received', 'refused', 'refuse', 'closed'),
    ('subject request', 'received', 'withdrawn', 'withdraw', 'closed'),
    ('subject request', 'identified', 'extended', 'extend', 'extended'),
    ('subject request', 'identified', 'answered', 'answer', 'closed'),
    ('subject request', 'identified', 'refused', 'refuse', 'closed'),
    ('subject request', 'identified', 'withdrawn', 'withdraw', 'closed'),
    ('subject request', 'extended', 'identified', 'identify who asks for', 'identified'),
    ('subject request', 'extended', 'answered', 'answer', 'closed'),
    ('subject request', 'extended', 'refused', 'refuse', 'closed'),
    ('subject request', 'extended', 'withdrawn', 'withdraw', 'closed');
SELECT soc2.install_register('subject request');

CREATE FUNCTION soc2.require_open_request(request_id text)
    RETURNS boolean
    LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('open request', require_open_request.request_id, EXISTS (
        SELECT FROM soc2.subject_requests AS r
        WHERE r.request_id OPERATOR(pg_catalog.=) require_open_request.request_id
            AND r.closed_at IS NULL AND r.answered_at IS NULL));
END;
COMMENT ON FUNCTION soc2.require_open_request(text) IS
'true, or 42704 if there is no open request of this number';

CREATE FUNCTION soc2.identify_requester(request_id text, method text, subject text DEFAULT NULL)
    RETURNS text
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_open_request(identify_requester.request_id);
    -- who records need not read whom requests are about
    UPDATE soc2.subject_requests AS r
    SET subject = identify_requester.subject
    WHERE r.request_id OPERATOR(pg_catalog.=) identify_requester.request_id
        AND identify_requester.subject IS NOT NULL;
    UPDATE soc2.subject_requests AS r
    SET state = 'identified', identity_method = identify_requester.method
    WHERE r.request_id OPERATOR(pg_catalog.=) identify_requester.request_id
    RETURNING r.request_id;
END;
COMMENT ON FUNCTION soc2.identify_requester(text, text, text) IS
'records how it was made sure who asks, and whose data it is about; 42704 if there is no open request of this number';

CREATE FUNCTION soc2.extend_subject_request(request_id text, extension interval, reason text)
    RETURNS text
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_open_request(extend_subject_request.request_id);
    UPDATE soc2.subject_requests AS r
    SET state = 'extended', extension = extend_subject_request.extension,
        extension_reason = extend_subject_request.reason
    WHERE r.request_id OPERATOR(pg_catalog.=) extend_subject_request.request_id
    RETURNING r.request_id;
END;
COMMENT ON FUNCTION soc2.extend_subject_request(text, interval, text) IS
'records that a request may take so much longer, and why; 42704 if there is no open request of this number';

CREATE FUNCTION soc2.object_to(request_id text, purpose text)
    RETURNS uuid
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request soc2.subject_requests;
    consent uuid;
BEGIN
    SELECT r.* INTO request FROM soc2.subject_requests AS r
    WHERE r.request_id = object_to.request_id AND r.kind = 'objection'
        AND r.closed_at IS NULL AND r.answered_at IS NULL;
    PERFORM soc2.require_registered('open objection', object_to.request_id, FOUND);
    IF request.subject IS NULL THEN
        RAISE EXCEPTION 'request "%" names no subject', object_to.request_id
            USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Use soc2.identify_requester() with the subject first.';
    END IF;
    INSERT INTO soc2.consents (subject, purpose, given, effective_at, request_id, recorded_by)
    VALUES (request.subject, purpose, false, clock_timestamp(), request.request_id, soc2.acting_role())
    RETURNING consent_id INTO consent;
    -- nor does one come that was given before, for later
    INSERT INTO soc2.consents (subject, purpose, given, effective_at, request_id, recorded_by)
    SELECT DISTINCT c.subject, c.purpose, false, c.effective_at, request.request_id, soc2.acting_role()
    FROM soc2.consents AS c
    WHERE c.subject = request.subject AND c.purpose = object_to.purpose
        AND c.given AND c.effective_at > clock_timestamp();
    RETURN consent;
END
$$;
COMMENT ON FUNCTION soc2.object_to(text, text) IS
'ends the use of data for a purpose that a person objects to in a request: no consent is live any more, nor will one be that was given before; returns the consent_id; 42704 if there is no open objection of this number';

CREATE FUNCTION soc2.link_erasure(request_id text, erasure_id bigint)
    RETURNS text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request soc2.subject_requests;
BEGIN
    PERFORM soc2.require_open_request(link_erasure.request_id);
    SELECT r.* INTO request FROM soc2.subject_requests AS r
    WHERE r.request_id = link_erasure.request_id;
    IF NOT EXISTS (SELECT FROM soc2.erasures AS e
                   WHERE e.erasure_id = link_erasure.erasure_id AND e.subject = request.subject) THEN
        RAISE EXCEPTION 'erasure % is not of the subject of request "%"', erasure_id, request_id
            USING ERRCODE = 'undefined_object',
            HINT = 'Use soc2.request_erasure() for the subject that the request names.';
    END IF;
    UPDATE soc2.subject_requests AS r SET erasure_id = link_erasure.erasure_id
    WHERE r.request_id = link_erasure.request_id;
    RETURN link_erasure.request_id;
END
$$;
COMMENT ON FUNCTION soc2.link_erasure(text, bigint) IS
'records which erasure carries a request out; 42704 if there is no open request of this number, or no erasure of its subject';

CREATE TABLE soc2.corrections (
    correction_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    request_id text,
    relation text NOT NULL,
    columns text[] NOT NULL,
    informed text[] NOT NULL DEFAULT '{}',
    note text,
    transaction_id bigint NOT NULL DEFAULT pg_catalog.pg_current_xact_id()::text::bigint,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_corrections_pkey PRIMARY KEY (correction_id),
    CONSTRAINT soc2_corrections_columns_check CHECK (
        pg_catalog.cardinality(columns) OPERATOR(pg_catalog.>) 0)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.corrections', '');
COMMENT ON TABLE soc2.corrections IS
'personal data that was put right; written by soc2.record_correction(), rows are not changed';
COMMENT ON COLUMN soc2.corrections.correction_id IS 'id of the correction';
COMMENT ON COLUMN soc2.corrections.request_id IS 'request that asked for it; NULL: none did';
COMMENT ON COLUMN soc2.corrections.relation IS 'the table, with its schema';
COMMENT ON COLUMN soc2.corrections.columns IS 'columns that were corrected';
COMMENT ON COLUMN soc2.corrections.informed IS 'recipients of the data who were told';
COMMENT ON COLUMN soc2.corrections.note IS 'what was wrong, or why';
COMMENT ON COLUMN soc2.corrections.transaction_id IS
'transaction that did it: soc2.row_changes has the values before and after, if the table is tracked';
COMMENT ON COLUMN soc2.corrections.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.corrections.recorded_by IS 'by which role';

CREATE FUNCTION soc2.record_correction(
    request_id text,
    "table" regclass,
    columns text[],
    informed text[] DEFAULT '{}',
    note text DEFAULT NULL)
    RETURNS uuid
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('request', record_correction.request_id, EXISTS (
        SELECT FROM soc2.subject_requests AS r
        WHERE r.request_id OPERATOR(pg_catalog.=) record_correction.request_id))
    WHERE record_correction.request_id IS NOT NULL;
    SELECT soc2.require_registered('table', record_correction."table"::text, EXISTS (
        SELECT FROM pg_catalog.pg_class AS c
        WHERE c.oid OPERATOR(pg_catalog.=) record_correction."table"));
    SELECT soc2.require_registered('column', k.name, a.attname IS NOT NULL)
    FROM pg_catalog.unnest(record_correction.columns) AS k (name)
    LEFT JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid OPERATOR(pg_catalog.=) record_correction."table"
        AND a.attname OPERATOR(pg_catalog.=) k.name
        AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped;
    INSERT INTO soc2.corrections (request_id, relation, columns, informed, note)
    VALUES (record_correction.request_id, soc2.table_name(record_correction."table"),
        record_correction.columns, COALESCE(record_correction.informed, '{}'), record_correction.note)
    RETURNING correction_id;
END;
COMMENT ON FUNCTION soc2.record_correction(text, regclass, text[], text[], text) IS
'records, in the transaction that corrects data of a person, which columns of a table were put right, and who was told; returns the correction_id; 42704 for a request, table or column that is not there';

CREATE VIEW soc2.correction_status AS
    SELECT c.correction_id, c.request_id, c.relation, c.columns, c.informed, c.recorded_at, c.recorded_by,
        f.correction_id IS NOT NULL AS in_history
    FROM soc2.corrections AS c
    LEFT JOIN (
        -- one pass over the history, however many corrections there are
        SELECT DISTINCT k.correction_id
        FROM soc2.corrections AS k
        JOIN soc2.row_changes AS h
            ON h.transaction_id OPERATOR(pg_catalog.=) k.transaction_id
            AND h.table_name OPERATOR(pg_catalog.=) k.relation
            AND h.action OPERATOR(pg_catalog.=) 'update'
            -- the numbers of transactions begin again in a restored database
            AND h.recorded_at OPERATOR(pg_catalog.>=) (k.recorded_at OPERATOR(pg_catalog.-) '1 day'::interval)
            AND h.recorded_at OPERATOR(pg_catalog.<=) (k.recorded_at OPERATOR(pg_catalog.+) '1 day'::interval)) AS f
        ON f.correction_id OPERATOR(pg_catalog.=) c.correction_id;
COMMENT ON VIEW soc2.correction_status IS
'which personal data was put right, and does the row history show it?';
COMMENT ON COLUMN soc2.correction_status.correction_id IS 'id of the correction';
COMMENT ON COLUMN soc2.correction_status.request_id IS 'request that asked for it; NULL: none did';
COMMENT ON COLUMN soc2.correction_status.relation IS 'the table, with its schema';
COMMENT ON COLUMN soc2.correction_status.columns IS 'columns that were corrected';
COMMENT ON COLUMN soc2.correction_status.informed IS 'recipients of the data who were told';
COMMENT ON COLUMN soc2.correction_status.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.correction_status.recorded_by IS 'by which role';
COMMENT ON COLUMN soc2.correction_status.in_history IS
'has soc2.row_changes an update of the table in the same transaction?';

CREATE VIEW soc2.subject_request_status AS
    SELECT r.request_id, r.kind, r.subject, r.state, r.owner, r.received_at, r.due_at,
        r.closed_at IS NULL AND r.answered_at IS NULL AS is_open,
        COALESCE(r.answered_at, pg_catalog.now()) OPERATOR(pg_catalog.>=) r.due_at AS overdue,
        r.answered_at, r.identified_at, r.identity_method, r.extension, r.erasure_id,
        (SELECT pg_catalog.array_agg(DISTINCT c.purpose ORDER BY c.purpose) FROM soc2.consents AS c
         WHERE c.request_id OPERATOR(pg_catalog.=) r.request_id
             AND c.subject OPERATOR(pg_catalog.=) r.subject) AS purposes_ended,
        (SELECT pg_catalog.count(*) FROM soc2.corrections AS k
         WHERE k.request_id OPERATOR(pg_catalog.=) r.request_id) AS corrections
    FROM soc2.subject_requests AS r;
COMMENT ON VIEW soc2.subject_request_status IS
'what did persons ask for, until when has it to be answered, and what was done?';
COMMENT ON COLUMN soc2.subject_request_status.request_id IS 'number of the request';
COMMENT ON COLUMN soc2.subject_request_status.kind IS 'access, correction, erasure, objection or complaint';
COMMENT ON COLUMN soc2.subject_request_status.subject IS 'reference to the person';
COMMENT ON COLUMN soc2.subject_request_status.state IS 'received, identified, extended; answered, refused or withdrawn';
COMMENT ON COLUMN soc2.subject_request_status.owner IS 'who sees to it';
COMMENT ON COLUMN soc2.subject_request_status.received_at IS 'when it was received';
COMMENT ON COLUMN soc2.subject_request_status.due_at IS 'until when it has to be answered';
COMMENT ON COLUMN soc2.subject_request_status.is_open IS 'has it no answer yet?';
COMMENT ON COLUMN soc2.subject_request_status.overdue IS 'was it, or is it, not answered in time?';
COMMENT ON COLUMN soc2.subject_request_status.answered_at IS 'when it was answered; NULL: it was not';
COMMENT ON COLUMN soc2.subject_request_status.identified_at IS 'when it was made sure who asks; NULL: it was not';
COMMENT ON COLUMN soc2.subject_request_status.identity_method IS 'how';
COMMENT ON COLUMN soc2.subject_request_status.extension IS 'how much longer than promised it may take';
COMMENT ON COLUMN soc2.subject_request_status.erasure_id IS 'erasure that carries it out';
COMMENT ON COLUMN soc2.subject_request_status.purposes_ended IS 'purposes that an objection ended; NULL: none';
COMMENT ON COLUMN soc2.subject_request_status.corrections IS 'how many corrections it led to';

--
-- All that there is about a subject
--

CREATE FUNCTION soc2.subject_rows(subject text, OUT relation text, OUT row_data jsonb)
    RETURNS SETOF record
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET row_security = off
    SET TimeZone = 'UTC'
    SET DateStyle = 'ISO, YMD'
    SET IntervalStyle = 'iso_8601'
    SET bytea_output = 'hex'
    SET extra_float_digits = 1
AS $$
DECLARE
    wanted text := soc2.subject_kind(subject);
    condition record;
BEGIN
    FOR condition IN
        SELECT e.relation AS table_oid, max(t.depth) AS depth,
            string_agg(soc2.subject_condition(e, 't', wanted, substr(subject_rows.subject, length(wanted) + 2)), ' OR ') AS sql
        FROM soc2.subject_edges AS e
        JOIN soc2.subject_tables(wanted) AS t ON t.relation = e.relation
        GROUP BY e.relation
        ORDER BY max(t.depth), e.relation::oid
    LOOP
        CONTINUE WHEN condition.sql IS NULL;
        relation := soc2.table_name(condition.table_oid);
        FOR row_data IN EXECUTE format('SELECT to_jsonb(t) FROM %s AS t WHERE %s', relation, condition.sql)
        LOOP
            RETURN NEXT;
        END LOOP;
    END LOOP;
    FOR relation, row_data IN EXECUTE
        'SELECT ''soc2.consents'', to_jsonb(t) FROM soc2.consents AS t WHERE t.subject = $1'
        ' UNION ALL SELECT ''soc2.processing'', to_jsonb(t) FROM soc2.processing AS t WHERE t.subject = $1'
        ' UNION ALL SELECT ''soc2.notice_receipts'', to_jsonb(t) FROM soc2.notice_receipts AS t WHERE t.subject = $1'
        ' UNION ALL SELECT ''soc2.subject_requests'', to_jsonb(t) FROM soc2.subject_requests AS t WHERE t.subject = $1'
        ' UNION ALL SELECT ''soc2.disclosures'', to_jsonb(t) FROM soc2.disclosures AS t WHERE t.subject = $1'
        USING subject
    LOOP
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION soc2.subject_rows(text) IS
'all rows that belong to a subject, of the tables of its kind and of the registries on privacy, nearest tables first; read with the rights of the caller, from whom row security must hide nothing; 42704 for an unknown kind';

CREATE FUNCTION soc2.subject_export(subject text, max_rows bigint DEFAULT 100000)
    RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET TimeZone = 'UTC'
    SET DateStyle = 'ISO, YMD'
AS $$
DECLARE
    total bigint;
    export jsonb;
BEGIN
    IF max_rows < 0 THEN
        RAISE EXCEPTION 'argument "max_rows" must not be negative'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT sum(t.rows), jsonb_object_agg(t.relation, t.data)
    INTO total, export
    FROM (
        SELECT r.relation, count(*) AS rows, jsonb_agg(r.row_data) AS data
        FROM (SELECT s.* FROM soc2.subject_rows(subject_export.subject) AS s LIMIT NULLIF(max_rows, 9223372036854775807) + 1) AS r
        GROUP BY r.relation) AS t;
    IF total > max_rows THEN
        RAISE EXCEPTION 'there are more than % rows of subject "%"', max_rows, subject
            USING ERRCODE = 'program_limit_exceeded',
            HINT = 'Read them with soc2.subject_rows(), or raise max_rows.';
    END IF;
    RETURN jsonb_build_object('subject', subject, 'exported_at', clock_timestamp(),
        'database', current_database(), 'rows', COALESCE(total, 0), 'data', COALESCE(export, '{}'),
        'about', COALESCE((
            SELECT jsonb_agg(jsonb_build_object('table', i.relation, 'column', i.column_name, 'purposes', i.purposes,
                'bases', i.bases, 'recipients', i.recipients, 'kept', i.retention_classes)
                ORDER BY i.relation COLLATE "C", i.column_name COLLATE "C")
            FROM soc2.data_inventory AS i WHERE export ? i.relation), '[]'));
END
$$;
COMMENT ON FUNCTION soc2.subject_export(text, bigint) IS
'all that there is about a subject, as one document: rows by table, and what soc2.data_inventory says of their columns; 54000 if there are more rows than max_rows';
