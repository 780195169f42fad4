/* sql/73_processing.sql */

--
-- Completeness of what comes in
--

CREATE FUNCTION soc2.sequence_gaps(
        "table" regclass, column_name text, partition_by text[] DEFAULT '{}',
        max_rows integer DEFAULT 1000,
        OUT part jsonb, OUT problem text, OUT "after" numeric, OUT "before" numeric,
        OUT missing numeric)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'soc2_sequence_gaps'
    LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED;
COMMENT ON FUNCTION soc2.sequence_gaps(regclass, text, text[], integer) IS
'where the numbers in a column of a table are not one after the other, for each value of the columns that divide it: a gap, or a number that is there again; the first max_rows of them';

INSERT INTO soc2.registers (register, relation, title, criteria, key_columns, title_column,
    owner_column, state_column, opened_column, due_column) VALUES
('input_batch', 'soc2.input_batches', 'Batches of input',
    '{tsc:PI1.2,outline:PI1.3,outline:PI1.4,outline:CC8.1}', '{batch_id}', 'source', 'owner', NULL, 'announced_at', 'due_at'),
('output', 'soc2.outputs', 'Outputs that are approved before they leave',
    '{tsc:PI1.4,outline:PI1.2,outline:PI1.5,outline:CC8.1}', '{output_id}', 'title', 'owner', 'state', 'prepared_at', 'due_at');

INSERT INTO soc2.register_transitions (register, from_state, to_state, act, stamp, other_than) VALUES
('output', NULL, 'prepared', 'prepare', NULL, '{}'),
('output', 'prepared', 'approved', 'approve', 'approved', '{prepared_by}'),
('output', 'prepared', 'rejected', 'reject', 'approved', '{}'),
('output', 'approved', 'released', 'release', 'released', '{}'),
('output', 'approved', 'withdrawn', 'withdraw', 'released', '{}');

CREATE TABLE soc2.input_batches (
    batch_id text NOT NULL,
    source text NOT NULL DEFAULT '',
    owner text,
    expected_count bigint,
    expected_total numeric,
    due_at timestamptz,
    loaded_count bigint,
    loaded_total numeric,
    rejected_count bigint,
    rejected_total numeric,
    loaded_at timestamptz,
    detail text,
    announced_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    announced_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_input_batches_pkey PRIMARY KEY (batch_id),
    CONSTRAINT soc2_input_batches_batch_id_check CHECK (
        pg_catalog.btrim(batch_id) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_input_batches_count_check CHECK (
        expected_count OPERATOR(pg_catalog.>=) 0 AND loaded_count OPERATOR(pg_catalog.>=) 0
            AND rejected_count OPERATOR(pg_catalog.>=) 0)
);
SELECT soc2.install_register('input_batch');
COMMENT ON TABLE soc2.input_batches IS
'register: batches of input with their control totals, announced and loaded; written by soc2.announce_batch() and soc2.record_batch()';
COMMENT ON COLUMN soc2.input_batches.batch_id IS 'name of the batch';
COMMENT ON COLUMN soc2.input_batches.source IS 'where it comes from';
COMMENT ON COLUMN soc2.input_batches.owner IS 'who answers for it';
COMMENT ON COLUMN soc2.input_batches.expected_count IS 'records that the source says it has; NULL: it does not say';
COMMENT ON COLUMN soc2.input_batches.expected_total IS 'sum of an amount that the source says it has; NULL: it does not say';
COMMENT ON COLUMN soc2.input_batches.due_at IS 'until when it is to be loaded';
COMMENT ON COLUMN soc2.input_batches.loaded_count IS 'records that were loaded';
COMMENT ON COLUMN soc2.input_batches.loaded_total IS 'sum of the amount in them';
COMMENT ON COLUMN soc2.input_batches.rejected_count IS 'records that were refused, and kept for repair';
COMMENT ON COLUMN soc2.input_batches.rejected_total IS 'sum of the amount in them';
COMMENT ON COLUMN soc2.input_batches.loaded_at IS 'when it was loaded; NULL: it was not';
COMMENT ON COLUMN soc2.input_batches.detail IS 'what was said about it';
COMMENT ON COLUMN soc2.input_batches.announced_at IS 'when it was announced, or first recorded';
COMMENT ON COLUMN soc2.input_batches.announced_by IS 'who recorded it first: the role that logged in';

CREATE FUNCTION soc2.announce_batch(
    batch_id text,
    source text,
    expected_count bigint,
    expected_total numeric DEFAULT NULL,
    due_at timestamptz DEFAULT NULL,
    owner text DEFAULT NULL)
    RETURNS text
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.input_batches (batch_id, source, expected_count, expected_total, due_at, owner)
    VALUES (announce_batch.batch_id, announce_batch.source, announce_batch.expected_count,
        announce_batch.expected_total, announce_batch.due_at, announce_batch.owner)
    RETURNING batch_id;
END;
COMMENT ON FUNCTION soc2.announce_batch(text, text, bigint, numeric, timestamptz, text) IS
'records what a source says a batch of input has, before it is loaded; returns its name; 23505 if there is one';

CREATE VIEW soc2.input_batch_status AS
    SELECT b.batch_id, b.source, b.owner, b.due_at, b.loaded_at,
        b.expected_count,
        b.loaded_count OPERATOR(pg_catalog.+) COALESCE(b.rejected_count, 0) AS found_count,
        b.expected_total,
        b.loaded_total OPERATOR(pg_catalog.+) COALESCE(b.rejected_total, 0) AS found_total,
        COALESCE(b.rejected_count, 0) AS rejected_count,
        CASE WHEN b.loaded_at IS NULL AND b.due_at OPERATOR(pg_catalog.<=) pg_catalog.statement_timestamp() THEN 'overdue'
            WHEN b.loaded_at IS NULL THEN 'awaited'
            WHEN b.expected_count IS NULL AND b.expected_total IS NULL THEN 'unknown'
            WHEN b.expected_count IS NOT NULL AND (b.loaded_count
                    OPERATOR(pg_catalog.+) COALESCE(b.rejected_count, 0)) IS DISTINCT FROM b.expected_count
                OR b.expected_total IS NOT NULL AND (b.loaded_total
                    OPERATOR(pg_catalog.+) COALESCE(b.rejected_total, 0)) IS DISTINCT FROM b.expected_total
            THEN 'different'
            ELSE 'complete' END AS state
    FROM soc2.input_batches AS b;
COMMENT ON VIEW soc2.input_batch_status IS
'which batches of input are complete, by their control totals?';
COMMENT ON COLUMN soc2.input_batch_status.batch_id IS 'name of the batch';
COMMENT ON COLUMN soc2.input_batch_status.source IS 'where it comes from';
COMMENT ON COLUMN soc2.input_batch_status.owner IS 'who answers for it';
COMMENT ON COLUMN soc2.input_batch_status.due_at IS 'until when it is to be loaded';
COMMENT ON COLUMN soc2.input_batch_status.loaded_at IS 'when it was loaded; NULL: it was not';
COMMENT ON COLUMN soc2.input_batch_status.expected_count IS 'records that the source says it has';
COMMENT ON COLUMN soc2.input_batch_status.found_count IS 'records that were loaded or refused';
COMMENT ON COLUMN soc2.input_batch_status.expected_total IS 'sum that the source says it has';
COMMENT ON COLUMN soc2.input_batch_status.found_total IS 'sum of what was loaded or refused';
COMMENT ON COLUMN soc2.input_batch_status.rejected_count IS 'records that were refused';
COMMENT ON COLUMN soc2.input_batch_status.state IS
'awaited, overdue, complete, different, or unknown where the source said nothing';

CREATE FUNCTION soc2.record_batch(
    batch_id text,
    loaded_count bigint,
    loaded_total numeric DEFAULT NULL,
    rejected_count bigint DEFAULT 0,
    rejected_total numeric DEFAULT NULL,
    detail text DEFAULT NULL)
    RETURNS text
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('batch', record_batch.batch_id, EXISTS (
        SELECT FROM soc2.input_batches AS b
        WHERE b.batch_id OPERATOR(pg_catalog.=) record_batch.batch_id));
    UPDATE soc2.input_batches AS b
    SET loaded_count = record_batch.loaded_count, loaded_total = record_batch.loaded_total,
        rejected_count = record_batch.rejected_count,
        rejected_total = record_batch.rejected_total, detail = record_batch.detail,
        loaded_at = pg_catalog.clock_timestamp()
    WHERE b.batch_id OPERATOR(pg_catalog.=) record_batch.batch_id;
    SELECT s.state FROM soc2.input_batch_status AS s
    WHERE s.batch_id OPERATOR(pg_catalog.=) record_batch.batch_id;
END;

COMMENT ON FUNCTION soc2.record_batch(text, bigint, numeric, bigint, numeric, text) IS
'records what was loaded of a batch of input; returns its state: complete, different or unknown; 42704 for one that was not announced';

--
-- Outputs that leave only when somebody else has approved them
--

CREATE TABLE soc2.outputs (
    output_id text NOT NULL,
    title text NOT NULL DEFAULT '',
    recipient text,
    owner text,
    state text NOT NULL DEFAULT 'prepared',
    row_count bigint,
    content_sha256 soc2.digest,
    due_at timestamptz,
    prepared_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    prepared_by name NOT NULL DEFAULT soc2.login_role(),
    approved_at timestamptz,
    approved_by name,
    released_at timestamptz,
    released_by name,
    note text,
    CONSTRAINT soc2_outputs_pkey PRIMARY KEY (output_id),
    CONSTRAINT soc2_outputs_output_id_check CHECK (
        pg_catalog.btrim(output_id) OPERATOR(pg_catalog.<>) '')
);
SELECT soc2.install_register('output');
COMMENT ON TABLE soc2.outputs IS
'register: reports, files and messages that another person approves before they leave, by their hashes; written by soc2.prepare_output() and soc2.decide_output()';
COMMENT ON COLUMN soc2.outputs.output_id IS 'name of the output';
COMMENT ON COLUMN soc2.outputs.title IS 'what it is';
COMMENT ON COLUMN soc2.outputs.recipient IS 'who gets it';
COMMENT ON COLUMN soc2.outputs.owner IS 'who answers for it';
COMMENT ON COLUMN soc2.outputs.state IS 'prepared, approved, rejected, released or withdrawn';
COMMENT ON COLUMN soc2.outputs.row_count IS 'how many records it has';
COMMENT ON COLUMN soc2.outputs.content_sha256 IS 'SHA-256 of its bytes; NULL: not known';
COMMENT ON COLUMN soc2.outputs.due_at IS 'until when it is to leave';
COMMENT ON COLUMN soc2.outputs.prepared_at IS 'when it was made';
COMMENT ON COLUMN soc2.outputs.prepared_by IS 'by whom';
COMMENT ON COLUMN soc2.outputs.approved_at IS 'when it was approved or rejected';
COMMENT ON COLUMN soc2.outputs.approved_by IS 'by whom; another person approves';
COMMENT ON COLUMN soc2.outputs.released_at IS 'when it left, or was withdrawn';
COMMENT ON COLUMN soc2.outputs.released_by IS 'by whom';
COMMENT ON COLUMN soc2.outputs.note IS 'what was said about it';

CREATE FUNCTION soc2.prepare_output(
    output_id text,
    title text,
    content bytea DEFAULT NULL,
    content_sha256 soc2.digest DEFAULT NULL,
    recipient text DEFAULT NULL,
    row_count bigint DEFAULT NULL,
    owner text DEFAULT NULL,
    due_at timestamptz DEFAULT NULL)
    RETURNS soc2.digest
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.outputs (output_id, title, recipient, row_count, content_sha256, owner, due_at)
    VALUES (prepare_output.output_id, prepare_output.title, prepare_output.recipient,
        prepare_output.row_count,
        COALESCE(pg_catalog.sha256(prepare_output.content)::soc2.digest, prepare_output.content_sha256),
        prepare_output.owner, prepare_output.due_at)
    RETURNING content_sha256;
END;
COMMENT ON FUNCTION soc2.prepare_output(text, text, bytea, soc2.digest, text, bigint, text, timestamptz) IS
'registers an output by its bytes, which are not kept, or by their SHA-256; returns that; 23505 if there is one of this name';

CREATE FUNCTION soc2.decide_output(output_id text, state text, note text DEFAULT NULL)
    RETURNS text
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('output', decide_output.output_id, EXISTS (
        SELECT FROM soc2.outputs AS o
        WHERE o.output_id OPERATOR(pg_catalog.=) decide_output.output_id));
    UPDATE soc2.outputs AS o
    SET state = decide_output.state,
        note = NULLIF(pg_catalog.concat_ws(E'\n', o.note, decide_output.note), '')
    WHERE o.output_id OPERATOR(pg_catalog.=) decide_output.output_id
    RETURNING o.state;
END;
COMMENT ON FUNCTION soc2.decide_output(text, text, text) IS
'approves or rejects an output, records that it was released, or withdraws it; S2A01 if who prepared it approves; 42704 for an unknown output, 55000 for a step that is not one';

CREATE FUNCTION soc2.is_approved_output(output_id text, content bytea)
    RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM soc2.outputs AS o
        WHERE o.output_id OPERATOR(pg_catalog.=) is_approved_output.output_id
            AND o.state OPERATOR(pg_catalog.=) ANY ('{approved,released}'::text[])
            AND o.content_sha256::bytea OPERATOR(pg_catalog.=)
                pg_catalog.sha256(is_approved_output.content));
END;
COMMENT ON FUNCTION soc2.is_approved_output(text, bytea) IS
'is this, byte for byte, what was approved? to be asked by what sends it';

--
-- What failed, and waits for somebody
--

CREATE TABLE soc2.error_queues (
    queue text NOT NULL,
    title text NOT NULL,
    query text NOT NULL,
    max_age interval NOT NULL DEFAULT '1 day',
    frequency interval NOT NULL DEFAULT '1 hour',
    created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    definer name NOT NULL DEFAULT CURRENT_USER,
    CONSTRAINT soc2_error_queues_pkey PRIMARY KEY (queue),
    CONSTRAINT soc2_error_queues_queue_check CHECK (
        pg_catalog.btrim(queue) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_error_queues_max_age_check CHECK (
        max_age OPERATOR(pg_catalog.>=) '0'::interval),
    CONSTRAINT soc2_error_queues_frequency_check CHECK (
        frequency OPERATOR(pg_catalog.>) '0'::interval)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.error_queues', '');
COMMENT ON TABLE soc2.error_queues IS
'queries for what failed and is to be mended, such as records that were refused; written by soc2.create_error_queue()';
COMMENT ON COLUMN soc2.error_queues.queue IS 'its name';
COMMENT ON COLUMN soc2.error_queues.title IS 'what waits in it';
COMMENT ON COLUMN soc2.error_queues.query IS
'query with one row for each item, whose first column is the time since when it waits';
COMMENT ON COLUMN soc2.error_queues.max_age IS 'how long an item may wait';
COMMENT ON COLUMN soc2.error_queues.frequency IS 'how often it is to be looked at';
COMMENT ON COLUMN soc2.error_queues.created_at IS 'when it was created';
COMMENT ON COLUMN soc2.error_queues.definer IS 'role that created it; its query runs as that role';

CREATE TABLE soc2.error_queue_samples (
    sample_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    queue text NOT NULL,
    observed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    items bigint,
    too_old bigint,
    oldest_at timestamptz,
    error text,
    CONSTRAINT soc2_error_queue_samples_pkey PRIMARY KEY (sample_id)
);
CREATE INDEX soc2_error_queue_samples_queue_index
    ON soc2.error_queue_samples (queue, observed_at);
SELECT pg_catalog.pg_extension_config_dump('soc2.error_queue_samples', '');
COMMENT ON TABLE soc2.error_queue_samples IS
'what was in error queues; written by soc2.observe_error_queues()';
COMMENT ON COLUMN soc2.error_queue_samples.sample_id IS 'id of the sample';
COMMENT ON COLUMN soc2.error_queue_samples.queue IS 'the queue';
COMMENT ON COLUMN soc2.error_queue_samples.observed_at IS 'when it was looked at';
COMMENT ON COLUMN soc2.error_queue_samples.items IS 'how many items there were; NULL: the query failed';
COMMENT ON COLUMN soc2.error_queue_samples.too_old IS 'how many of them waited longer than they may, or nobody knows how long';
COMMENT ON COLUMN soc2.error_queue_samples.oldest_at IS 'since when the oldest waits';
COMMENT ON COLUMN soc2.error_queue_samples.error IS 'why it is not known';

CREATE VIEW soc2.error_queue_status AS
    SELECT q.queue, q.title, q.max_age, q.frequency, q.definer, n.observed_at,
        n.observed_at OPERATOR(pg_catalog.+) q.frequency
            OPERATOR(pg_catalog.<=) pg_catalog.statement_timestamp() AS is_stale,
        n.items, n.too_old, n.oldest_at, n.error
    FROM soc2.error_queues AS q
    LEFT JOIN LATERAL (
        SELECT s.observed_at, s.items, s.too_old, s.oldest_at, s.error
        FROM soc2.error_queue_samples AS s
        WHERE s.queue OPERATOR(pg_catalog.=) q.queue
            AND s.observed_at OPERATOR(pg_catalog.>=) q.created_at
        ORDER BY s.observed_at DESC, s.sample_id
        LIMIT 1) AS n ON true;
COMMENT ON VIEW soc2.error_queue_status IS
'what waits to be mended, and how much of it waits too long?';
COMMENT ON COLUMN soc2.error_queue_status.queue IS 'its name';
COMMENT ON COLUMN soc2.error_queue_status.title IS 'what waits in it';
COMMENT ON COLUMN soc2.error_queue_status.max_age IS 'how long an item may wait';
COMMENT ON COLUMN soc2.error_queue_status.frequency IS 'how often it is to be looked at';
COMMENT ON COLUMN soc2.error_queue_status.definer IS 'role that its query runs as';
COMMENT ON COLUMN soc2.error_queue_status.observed_at IS 'when it was looked at last; NULL: never';
COMMENT ON COLUMN soc2.error_queue_status.is_stale IS 'is that longer ago than its frequency?';
COMMENT ON COLUMN soc2.error_queue_status.items IS 'how many items there were';
COMMENT ON COLUMN soc2.error_queue_status.too_old IS 'how many of them waited longer than they may, or nobody knows how long';
COMMENT ON COLUMN soc2.error_queue_status.oldest_at IS 'since when the oldest waits';
COMMENT ON COLUMN soc2.error_queue_status.error IS 'why it is not known';

CREATE FUNCTION soc2.create_error_queue(
    queue text,
    title text,
    query text,
    max_age interval DEFAULT '1 day',
    frequency interval DEFAULT '1 hour')
    RETURNS text
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_query(create_error_queue.query);
    INSERT INTO soc2.error_queues (queue, title, query, max_age, frequency)
    VALUES (create_error_queue.queue, create_error_queue.title, create_error_queue.query,
        create_error_queue.max_age, create_error_queue.frequency)
    RETURNING queue;
END;
COMMENT ON FUNCTION soc2.create_error_queue(text, text, text, interval, interval) IS
'declares a queue of errors by a query that runs as the caller; returns its name; a query that cannot be parsed is refused';

CREATE FUNCTION soc2.drop_error_queue(queue text)
    RETURNS text
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('error queue', drop_error_queue.queue, EXISTS (
        SELECT FROM soc2.error_queues AS q
        WHERE q.queue OPERATOR(pg_catalog.=) drop_error_queue.queue));
    DELETE FROM soc2.error_queues AS q
    WHERE q.queue OPERATOR(pg_catalog.=) drop_error_queue.queue
    RETURNING q.queue;
END;
COMMENT ON FUNCTION soc2.drop_error_queue(text) IS
'removes the declaration of a queue and keeps what was seen in it; 42704 if there is none of this name';

CREATE FUNCTION soc2.observe_error_queues(
        queue text DEFAULT NULL,
        OUT name text, OUT items bigint, OUT too_old bigint, OUT oldest_at timestamptz,
        OUT error text)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'soc2_observe_error_queues'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.observe_error_queues(text) IS
'looks at one error queue, or all, and keeps and returns what is in them; 42704 if there is none of this name';

CREATE FUNCTION soc2.due_error_queues()
    RETURNS TABLE (queue text, definer name)
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT s.queue, s.definer
    FROM soc2.error_queue_status AS s
    WHERE s.observed_at IS NULL OR s.is_stale
        OR s.observed_at OPERATOR(pg_catalog.+) s.frequency
            OPERATOR(pg_catalog.-) (s.frequency OPERATOR(pg_catalog./) 20)
            OPERATOR(pg_catalog.<=) pg_catalog.statement_timestamp()
    ORDER BY s.queue COLLATE pg_catalog."C";
END;
COMMENT ON FUNCTION soc2.due_error_queues() IS
'error queues that are to be looked at now';

CREATE FUNCTION soc2.observe_due_queues()
    RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT pg_catalog.count(*)
    FROM soc2.due_error_queues() AS d
    JOIN pg_catalog.pg_roles AS r ON r.rolname OPERATOR(pg_catalog.=) d.definer
        AND pg_catalog.pg_has_role(r.oid, 'MEMBER')
    CROSS JOIN LATERAL soc2.observe_error_queues(d.queue) AS n;
END;
COMMENT ON FUNCTION soc2.observe_due_queues() IS
'looks at the error queues that are due and whose queries the caller could run; returns how many; soc2.run_due() calls it';
