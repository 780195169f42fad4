/* sql/54_change.sql */

--
-- Changes: what was asked for, who approved it, and the DDL that ran.
--

CREATE TABLE soc2.changes (
    change_id text NOT NULL,
    title text NOT NULL,
    objects text[] NOT NULL DEFAULT '{}',
    valid tstzrange,
    requested_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    requested_by name NOT NULL DEFAULT soc2.login_role(),
    kind text NOT NULL DEFAULT 'normal',
    risk text,
    rollback_plan text,
    implementer name,
    zone text NOT NULL DEFAULT 'UTC',
    approve_within interval NOT NULL DEFAULT '2 days',
    review_within interval NOT NULL DEFAULT '14 days',
    state text NOT NULL DEFAULT 'requested',
    note text,
    approval_due timestamptz,
    due_at timestamptz,
    approved_at timestamptz,
    approved_by name,
    rejected_at timestamptz,
    rejected_by name,
    withdrawn_at timestamptz,
    withdrawn_by name,
    implemented_at timestamptz,
    implemented_by name,
    failed_at timestamptz,
    failed_by name,
    rolled_back_at timestamptz,
    rolled_back_by name,
    reviewed_at timestamptz,
    reviewed_by name,
    CONSTRAINT soc2_changes_pkey PRIMARY KEY (change_id),
    CONSTRAINT soc2_changes_change_id_check CHECK (
        pg_catalog.btrim(change_id) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_changes_title_check CHECK (
        pg_catalog.btrim(title) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_changes_kind_check CHECK (
        kind OPERATOR(pg_catalog.=) ANY ('{standard,normal,emergency}'::text[])),
    CONSTRAINT soc2_changes_risk_check CHECK (
        risk OPERATOR(pg_catalog.=) ANY ('{low,medium,high}'::text[])),
    CONSTRAINT soc2_changes_valid_check CHECK (NOT pg_catalog.isempty(valid)),
    CONSTRAINT soc2_changes_approve_within_check CHECK (
        approve_within OPERATOR(pg_catalog.>) '0'::interval
        AND approve_within OPERATOR(pg_catalog.<=) '7 days'::interval),
    CONSTRAINT soc2_changes_review_within_check CHECK (
        review_within OPERATOR(pg_catalog.>) '0'::interval
        AND review_within OPERATOR(pg_catalog.<=) '90 days'::interval)
);
COMMENT ON TABLE soc2.changes IS
'register of changes: what was asked for, what it may touch and when, who approved and who carried it out; written by soc2.record_change() and the functions beside it';
COMMENT ON COLUMN soc2.changes.change_id IS 'number of the ticket';
COMMENT ON COLUMN soc2.changes.title IS 'what is to be changed';
COMMENT ON COLUMN soc2.changes.objects IS
'what it may touch, as setting:work_mem, server:name, publication:name, subscription:name, extension:name, statistics:database, role name, or the identity of an object in soc2.ddl_log; * stands for any characters; none: whatever sessions do that name the change';
COMMENT ON COLUMN soc2.changes.valid IS
'when it may be carried out; NULL: from its approval on, or from the request on in an emergency';
COMMENT ON COLUMN soc2.changes.requested_at IS 'when it was asked for';
COMMENT ON COLUMN soc2.changes.requested_by IS
'who asked for it: the role that logged in, whatever role it has set';
COMMENT ON COLUMN soc2.changes.kind IS
'standard (done often, approved for all times within its window), normal, or emergency (may be carried out before it is approved)';
COMMENT ON COLUMN soc2.changes.risk IS 'low, medium or high; NULL: nobody has said';
COMMENT ON COLUMN soc2.changes.rollback_plan IS 'how it is undone; NULL: nobody has said';
COMMENT ON COLUMN soc2.changes.implementer IS 'who carries it out; NULL: anybody';
COMMENT ON COLUMN soc2.changes.zone IS 'time zone whose days count for its deadlines';
COMMENT ON COLUMN soc2.changes.approve_within IS
'how soon an emergency has to be approved, at most 7 days after it began';
COMMENT ON COLUMN soc2.changes.review_within IS
'how soon somebody else has to look at what was carried out, at most 90 days';
COMMENT ON COLUMN soc2.changes.state IS
'requested, approved, unapproved (carried out before it was approved), implemented, failed, rolled_back, closed, rejected or withdrawn';
COMMENT ON COLUMN soc2.changes.note IS 'what was said at the last step';
COMMENT ON COLUMN soc2.changes.approval_due IS
'until when an emergency has to be approved; NULL: it is none';
COMMENT ON COLUMN soc2.changes.due_at IS
'until when the next step has to be taken: approval of an emergency, the end of the window, or the review; NULL: there is no such time';
COMMENT ON COLUMN soc2.changes.approved_at IS 'when it was approved';
COMMENT ON COLUMN soc2.changes.approved_by IS 'who approved it: the role that logged in';
COMMENT ON COLUMN soc2.changes.rejected_at IS 'when it was rejected';
COMMENT ON COLUMN soc2.changes.rejected_by IS 'who rejected it';
COMMENT ON COLUMN soc2.changes.withdrawn_at IS 'when it was withdrawn';
COMMENT ON COLUMN soc2.changes.withdrawn_by IS 'who withdrew it';
COMMENT ON COLUMN soc2.changes.implemented_at IS 'when it was said to be carried out';
COMMENT ON COLUMN soc2.changes.implemented_by IS 'who said so';
COMMENT ON COLUMN soc2.changes.failed_at IS 'when carrying it out was said to have failed';
COMMENT ON COLUMN soc2.changes.failed_by IS 'who said so';
COMMENT ON COLUMN soc2.changes.rolled_back_at IS 'when it was said to be undone';
COMMENT ON COLUMN soc2.changes.rolled_back_by IS 'who said so';
COMMENT ON COLUMN soc2.changes.reviewed_at IS 'when it was reviewed, and closed';
COMMENT ON COLUMN soc2.changes.reviewed_by IS 'who reviewed it';

CREATE TABLE soc2.change_approvals (
    change_id text NOT NULL,
    approved_by name NOT NULL DEFAULT soc2.login_role(),
    approved_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    note text,
    CONSTRAINT soc2_change_approvals_pkey PRIMARY KEY (change_id, approved_by)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.change_approvals', '');
COMMENT ON TABLE soc2.change_approvals IS
'all who approved a change; written by soc2.approve_change(); the first of them counts';
COMMENT ON COLUMN soc2.change_approvals.change_id IS 'the change';
COMMENT ON COLUMN soc2.change_approvals.approved_by IS
'who approved it: the role that logged in, whatever role it has set';
COMMENT ON COLUMN soc2.change_approvals.approved_at IS 'when';
COMMENT ON COLUMN soc2.change_approvals.note IS 'what the approval says';

CREATE TABLE soc2.change_tests (
    change_test_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    change_id text NOT NULL,
    passed boolean NOT NULL,
    description text NOT NULL,
    evidence_id uuid,
    artifact_sha256 soc2.digest,
    tested_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    tested_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_change_tests_pkey PRIMARY KEY (change_test_id),
    CONSTRAINT soc2_change_tests_description_check CHECK (
        pg_catalog.btrim(description) OPERATOR(pg_catalog.<>) '')
);
CREATE INDEX soc2_change_tests_change_id_idx ON soc2.change_tests (change_id);
SELECT pg_catalog.pg_extension_config_dump('soc2.change_tests', '');
COMMENT ON TABLE soc2.change_tests IS
'tests of changes before they are carried out; written by soc2.record_change_test()';
COMMENT ON COLUMN soc2.change_tests.change_test_id IS 'id of the test';
COMMENT ON COLUMN soc2.change_tests.change_id IS 'the change';
COMMENT ON COLUMN soc2.change_tests.passed IS 'did it pass?';
COMMENT ON COLUMN soc2.change_tests.description IS 'what was tested, where, and what came of it';
COMMENT ON COLUMN soc2.change_tests.evidence_id IS 'row of soc2.evidence that shows it; NULL: none';
COMMENT ON COLUMN soc2.change_tests.artifact_sha256 IS
'SHA-256 of a document that shows it and is kept elsewhere; NULL: none';
COMMENT ON COLUMN soc2.change_tests.tested_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.change_tests.tested_by IS 'who recorded it: the role that logged in';

CREATE TABLE soc2.ddl_log (
    ddl_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    recorded_at timestamptz NOT NULL,
    command_tag text NOT NULL,
    object_type text,
    object_identity text,
    objects text[] NOT NULL,
    object_count integer NOT NULL,
    command text,
    session_role name NOT NULL,
    executing_role name NOT NULL,
    application text NOT NULL,
    client inet,
    transaction_id bigint NOT NULL,
    change_id text,
    ledger_lane integer,
    ledger_seq bigint,
    ledger_prev soc2.digest,
    ledger_hash soc2.digest,
    ledger_salt bytea,
    CONSTRAINT soc2_ddl_log_pkey PRIMARY KEY (ddl_id),
    CONSTRAINT soc2_ddl_log_position_key UNIQUE (ledger_lane, ledger_seq)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.ddl_log', '');
COMMENT ON TABLE soc2.ddl_log IS
'ledger of the DDL of this database, and of commands on roles and settings in it, since soc2.start_ddl_capture()';
COMMENT ON COLUMN soc2.ddl_log.ddl_id IS 'id of the row';
COMMENT ON COLUMN soc2.ddl_log.recorded_at IS 'when the command had run';
COMMENT ON COLUMN soc2.ddl_log.command_tag IS 'its command tag';
COMMENT ON COLUMN soc2.ddl_log.object_type IS 'type of the object that the command is about';
COMMENT ON COLUMN soc2.ddl_log.object_identity IS 'the object, qualified and quoted';
COMMENT ON COLUMN soc2.ddl_log.objects IS
'all objects that it created, altered or dropped: those that it names, and of the others as many as make hundred';
COMMENT ON COLUMN soc2.ddl_log.object_count IS 'how many there are';
COMMENT ON COLUMN soc2.ddl_log.command IS
'text of the command; NULL if it could not be told or may hold a password; redactable';
COMMENT ON COLUMN soc2.ddl_log.session_role IS 'who had logged in';
COMMENT ON COLUMN soc2.ddl_log.executing_role IS 'as which role the command ran';
COMMENT ON COLUMN soc2.ddl_log.application IS 'application_name of the session';
COMMENT ON COLUMN soc2.ddl_log.client IS 'address of the client; NULL: a local socket';
COMMENT ON COLUMN soc2.ddl_log.transaction_id IS 'transaction that ran it, as in pg_current_xact_id()';
COMMENT ON COLUMN soc2.ddl_log.change_id IS 'change that the session named in soc2.change; NULL if none';
COMMENT ON COLUMN soc2.ddl_log.ledger_lane IS 'lane of the ledger that holds the row';
COMMENT ON COLUMN soc2.ddl_log.ledger_seq IS 'position in the lane, from 1';
COMMENT ON COLUMN soc2.ddl_log.ledger_prev IS
'ledger_hash of the row before it in its lane; zero at position 1';
COMMENT ON COLUMN soc2.ddl_log.ledger_hash IS 'hash of ledger, position, ledger_prev and content';
COMMENT ON COLUMN soc2.ddl_log.ledger_salt IS 'random bytes in the commitment to the redactable column';

-- Triggers run in the order of their names: the one that hashes must be last.
CREATE TRIGGER zz_soc2_chain
    BEFORE INSERT ON soc2.ddl_log
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_chain('command');
COMMENT ON TRIGGER zz_soc2_chain ON soc2.ddl_log IS
'chains the row to the one before it; runs last';

CREATE TRIGGER soc2_guard_update
    BEFORE UPDATE ON soc2.ddl_log
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ddl_log ENABLE ALWAYS TRIGGER soc2_guard_update;
COMMENT ON TRIGGER soc2_guard_update ON soc2.ddl_log IS
'refuses UPDATE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_delete
    BEFORE DELETE ON soc2.ddl_log
    FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ddl_log ENABLE ALWAYS TRIGGER soc2_guard_delete;
COMMENT ON TRIGGER soc2_guard_delete ON soc2.ddl_log IS
'refuses DELETE, also where triggers are off for replication';

CREATE TRIGGER soc2_guard_truncate
    BEFORE TRUNCATE ON soc2.ddl_log
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE soc2.ddl_log ENABLE ALWAYS TRIGGER soc2_guard_truncate;
COMMENT ON TRIGGER soc2_guard_truncate ON soc2.ddl_log IS
'refuses TRUNCATE, also where triggers are off for replication';

CREATE FUNCTION soc2.record_change(
    change_id text,
    title text,
    objects text[] DEFAULT '{}',
    valid tstzrange DEFAULT NULL,
    kind text DEFAULT 'normal',
    risk text DEFAULT NULL,
    rollback_plan text DEFAULT NULL,
    implementer name DEFAULT NULL,
    zone text DEFAULT 'UTC',
    approve_within interval DEFAULT '2 days',
    review_within interval DEFAULT '14 days')
    RETURNS text
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    INSERT INTO soc2.changes (change_id, title, objects, valid, kind, risk,
        rollback_plan, implementer, zone, approve_within, review_within)
    VALUES (record_change.change_id, record_change.title, record_change.objects,
        record_change.valid, record_change.kind, record_change.risk,
        record_change.rollback_plan, record_change.implementer, record_change.zone,
        record_change.approve_within, record_change.review_within)
    RETURNING change_id;
END;
COMMENT ON FUNCTION soc2.record_change(text, text, text[], tstzrange, text, text, text, name, text, interval, interval) IS
'records a change that is asked for; returns its number; 23505 if it is recorded already';

CREATE FUNCTION soc2.require_change(change_id text)
    RETURNS soc2.changes
    LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known soc2.changes;
BEGIN
    SELECT c.* INTO known FROM soc2.changes AS c
    WHERE c.change_id = require_change.change_id FOR UPDATE;
    PERFORM soc2.require_registered('change', change_id, known.change_id IS NOT NULL);
    RETURN known;
END
$$;
COMMENT ON FUNCTION soc2.require_change(text) IS
'a change by its number, locked to the end of the transaction; 42704 if there is none';

CREATE FUNCTION soc2.approve_change(change_id text, note text DEFAULT NULL)
    RETURNS timestamptz
    LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked soc2.changes := soc2.require_change(change_id);
    approval timestamptz;
BEGIN
    PERFORM soc2.require_second_person('approving a change', asked.requested_by,
        soc2.login_role());
    IF asked.state IN ('rejected', 'withdrawn', 'failed', 'rolled_back', 'closed') THEN
        RAISE EXCEPTION 'change "%" is %', asked.change_id, replace(asked.state, '_', ' ')
            USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = 'An approval would come too late.';
    END IF;
    IF asked.state IN ('requested', 'unapproved') THEN
        UPDATE soc2.changes AS c
        SET state = CASE asked.state WHEN 'requested' THEN 'approved' ELSE 'implemented' END,
            note = approve_change.note
        WHERE c.change_id = asked.change_id;
    END IF;
    INSERT INTO soc2.change_approvals (change_id, note)
    VALUES (asked.change_id, approve_change.note)
    RETURNING approved_at INTO approval;
    RETURN approval;
END
$$;
COMMENT ON FUNCTION soc2.approve_change(text, text) IS
'approves a change that somebody else asked for; returns when; 42704 for an unknown change, S2A01 for one''s own, 55000 for one that is over';

CREATE FUNCTION soc2.reject_change(change_id text, note text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked soc2.changes := soc2.require_change(change_id);
BEGIN
    PERFORM soc2.require_text('note', note);
    UPDATE soc2.changes AS c
    SET state = 'rejected', note = reject_change.note
    WHERE c.change_id = asked.change_id;
END
$$;
COMMENT ON FUNCTION soc2.reject_change(text, text) IS
'rejects a change that somebody else asked for, or carried out before it was approved, and says why; 42704 for an unknown one, S2A01 for one''s own, 55000 for one that is approved or over';

CREATE FUNCTION soc2.plan_change(
    change_id text,
    risk text DEFAULT NULL,
    rollback_plan text DEFAULT NULL,
    implementer name DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked soc2.changes := soc2.require_change(change_id);
BEGIN
    IF num_nonnulls(risk, rollback_plan, implementer) = 0 THEN
        RAISE EXCEPTION 'risk, rollback_plan or implementer must be given'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF asked.state NOT IN ('requested', 'unapproved') THEN
        RAISE EXCEPTION 'change "%" is %', asked.change_id, replace(asked.state, '_', ' ')
            USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = 'What was approved stays as it was.',
            HINT = 'Withdraw it, and record another one.';
    END IF;
    UPDATE soc2.changes AS c
    SET risk = COALESCE(plan_change.risk, c.risk),
        rollback_plan = COALESCE(plan_change.rollback_plan, c.rollback_plan),
        implementer = COALESCE(plan_change.implementer, c.implementer)
    WHERE c.change_id = asked.change_id;
END
$$;
COMMENT ON FUNCTION soc2.plan_change(text, text, text, name) IS
'says how risky a change is, how it is undone and who carries it out, before it is approved; what is NULL stays; 42704 for an unknown change, 55000 for one that is approved';

CREATE FUNCTION soc2.step_change(change_id text, state text, note text DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked soc2.changes := soc2.require_change(change_id);
BEGIN
    IF state IS NULL OR state NOT IN ('implemented', 'failed', 'rolled_back', 'closed', 'withdrawn') THEN
        RAISE EXCEPTION 'a change cannot be made "%"', state
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'There are implemented, failed, rolled_back, closed and withdrawn; soc2.approve_change() and soc2.reject_change() decide.';
    END IF;
    IF asked.state = 'requested' AND state = 'implemented' AND asked.kind <> 'emergency' THEN
        RAISE EXCEPTION 'change "%" is not approved', asked.change_id
            USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = 'Only an emergency is carried out before it is approved.';
    END IF;
    UPDATE soc2.changes AS c
    SET state = CASE WHEN asked.state = 'requested' AND step_change.state = 'implemented'
            THEN 'unapproved' ELSE step_change.state END,
        note = step_change.note
    WHERE c.change_id = asked.change_id;
END
$$;
COMMENT ON FUNCTION soc2.step_change(text, text, text) IS
'says that a change was implemented, failed, rolled_back, withdrawn, or closed by the review of another person; 42704 for an unknown change, 55000 for a step that it cannot take, S2A01 for a review of one''s own work';

CREATE FUNCTION soc2.record_change_test(
    change_id text,
    passed boolean,
    description text,
    evidence_id uuid DEFAULT NULL,
    artifact_sha256 soc2.digest DEFAULT NULL)
    RETURNS uuid
    LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked soc2.changes := soc2.require_change(change_id);
    recorded uuid;
BEGIN
    PERFORM soc2.require_registered('evidence', record_change_test.evidence_id::text, EXISTS (
        SELECT FROM soc2.evidence AS e
        WHERE e.evidence_id = record_change_test.evidence_id))
    WHERE record_change_test.evidence_id IS NOT NULL;
    INSERT INTO soc2.change_tests (change_id, passed, description, evidence_id, artifact_sha256)
    VALUES (asked.change_id, record_change_test.passed, record_change_test.description,
        record_change_test.evidence_id, record_change_test.artifact_sha256)
    RETURNING change_test_id INTO recorded;
    RETURN recorded;
END
$$;
COMMENT ON FUNCTION soc2.record_change_test(text, boolean, text, uuid, soc2.digest) IS
'records that a change was tested, with the evidence or the hash of the document that shows it; returns the change_test_id; 42704 for an unknown change or evidence';

CREATE FUNCTION soc2.change_approval(change soc2.changes, at timestamptz)
    RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN change.state OPERATOR(pg_catalog.=) 'rejected' THEN 'rejected'
        WHEN change.approved_at IS NULL THEN CASE
            WHEN change.state OPERATOR(pg_catalog.=) 'withdrawn' THEN 'withdrawn'
            WHEN change.kind OPERATOR(pg_catalog.<>) 'emergency' THEN 'pending'
            WHEN change.approval_due OPERATOR(pg_catalog.>) at THEN 'provisional'
            ELSE 'overdue' END
        WHEN soc2.same_person(change.requested_by, change.approved_by) THEN 'own'
        WHEN change.approved_at OPERATOR(pg_catalog.>=) change.approval_due THEN 'late'
        ELSE 'approved' END;
END;
COMMENT ON FUNCTION soc2.change_approval(soc2.changes, timestamptz) IS
'the one place that says what the approval of a change is worth: approved, provisional (an emergency that still may be approved), pending, overdue, late (an emergency that was approved after that), own (by the person who asked for it), rejected or withdrawn';

CREATE FUNCTION soc2.change_in_force(change soc2.changes)
    RETURNS tstzrange
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.tstzrange(b.begins, b.ends, '[]')
        OPERATOR(pg_catalog.*) COALESCE(change.valid, '(,)')
    FROM (SELECT
            CASE WHEN change.kind OPERATOR(pg_catalog.<>) 'emergency' THEN change.approved_at
                -- a window that began before it was asked for has a beginning
                WHEN pg_catalog.isfinite(pg_catalog.lower(change.valid)) THEN '-infinity'
                ELSE change.requested_at END AS begins,
            GREATEST(change.implemented_at, change.failed_at, change.rolled_back_at,
                change.withdrawn_at, change.rejected_at) AS ends) AS b
    WHERE b.begins IS NOT NULL AND (b.ends IS NULL OR b.begins OPERATOR(pg_catalog.<=) b.ends);
END;
COMMENT ON FUNCTION soc2.change_in_force(soc2.changes) IS
'the one place that says when a change may be carried out: within its window, from its approval on, or without it in an emergency, until it is said to be done; NULL: never yet';

CREATE VIEW soc2.change_status AS
    SELECT c.change_id, c.title, c.objects, c.requested_at, c.requested_by,
        c.approved_at, c.approved_by,
        a.approval OPERATOR(pg_catalog.=) 'approved'
            AND c.withdrawn_at IS NULL AS approved,
        soc2.change_in_force(c) AS in_force,
        c.kind, c.risk, c.state, a.approval, c.valid, c.implementer, c.rollback_plan,
        c.approval_due, c.due_at, c.implemented_at, c.implemented_by,
        c.reviewed_at, c.reviewed_by,
        (SELECT pg_catalog.count(*) FROM soc2.change_tests AS t
         WHERE t.change_id OPERATOR(pg_catalog.=) c.change_id AND t.passed) AS tests_passed,
        (SELECT pg_catalog.count(*) FROM soc2.change_tests AS t
         WHERE t.change_id OPERATOR(pg_catalog.=) c.change_id AND NOT t.passed) AS tests_failed,
        c.note
    FROM soc2.changes AS c
    CROSS JOIN LATERAL (
        SELECT soc2.change_approval(c, pg_catalog.now()) AS approval) AS a;
COMMENT ON VIEW soc2.change_status IS
'which changes were asked for, where do they stand, and since when and until when may they be carried out?';
COMMENT ON COLUMN soc2.change_status.change_id IS 'number of the ticket';
COMMENT ON COLUMN soc2.change_status.title IS 'what is to be changed';
COMMENT ON COLUMN soc2.change_status.objects IS 'what it may touch';
COMMENT ON COLUMN soc2.change_status.requested_at IS 'when it was asked for';
COMMENT ON COLUMN soc2.change_status.requested_by IS 'who asked for it';
COMMENT ON COLUMN soc2.change_status.approved_at IS 'when it was approved; NULL: it was not';
COMMENT ON COLUMN soc2.change_status.approved_by IS 'who approved it';
COMMENT ON COLUMN soc2.change_status.approved IS
'did another person approve it in time, and was it not withdrawn?';
COMMENT ON COLUMN soc2.change_status.in_force IS
'when it may be carried out, from its approval on, until it was said to be done; NULL: never yet';
COMMENT ON COLUMN soc2.change_status.kind IS 'standard, normal or emergency';
COMMENT ON COLUMN soc2.change_status.risk IS 'low, medium or high';
COMMENT ON COLUMN soc2.change_status.state IS 'where it stands, as in soc2.changes';
COMMENT ON COLUMN soc2.change_status.approval IS
'approved, provisional, pending, overdue, late, own, rejected or withdrawn, see soc2.change_approval()';
COMMENT ON COLUMN soc2.change_status.valid IS 'the window that was asked for';
COMMENT ON COLUMN soc2.change_status.implementer IS 'who carries it out';
COMMENT ON COLUMN soc2.change_status.rollback_plan IS 'how it is undone';
COMMENT ON COLUMN soc2.change_status.approval_due IS 'until when an emergency has to be approved';
COMMENT ON COLUMN soc2.change_status.due_at IS 'until when the next step has to be taken';
COMMENT ON COLUMN soc2.change_status.implemented_at IS 'when it was said to be carried out';
COMMENT ON COLUMN soc2.change_status.implemented_by IS 'who said so';
COMMENT ON COLUMN soc2.change_status.reviewed_at IS 'when it was reviewed, and closed';
COMMENT ON COLUMN soc2.change_status.reviewed_by IS 'who reviewed it';
COMMENT ON COLUMN soc2.change_status.tests_passed IS 'tests of it that passed';
COMMENT ON COLUMN soc2.change_status.tests_failed IS 'tests of it that did not';
COMMENT ON COLUMN soc2.change_status.note IS 'what was said at the last step';

CREATE FUNCTION soc2.change_patterns(objects text[])
    RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT ARRAY(
        SELECT pg_catalog.replace(
            pg_catalog.regexp_replace(o.pattern, '([\\%_])', '\\\1', 'g'), '*', '%')
        FROM pg_catalog.unnest(objects) AS o (pattern)
        WHERE o.pattern IS NOT NULL);
END;
COMMENT ON FUNCTION soc2.change_patterns(text[]) IS
'the objects of a change as patterns of LIKE';

CREATE FUNCTION soc2.change_covers(objects text[], object text)
    RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT object OPERATOR(pg_catalog.~~) ANY (soc2.change_patterns(objects));
END;
COMMENT ON FUNCTION soc2.change_covers(text[], text) IS
'does one of the objects of a change name this object? * in it stands for any characters';

CREATE FUNCTION soc2.change_of(object text, at timestamptz DEFAULT NULL)
    RETURNS text
    LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.min(c.change_id)
    FROM soc2.change_status AS c
    WHERE soc2.change_covers(c.objects, change_of.object)
        AND CASE
            WHEN change_of.at IS NULL THEN
                c.approved OR c.approval OPERATOR(pg_catalog.=) 'provisional'
            ELSE c.approval OPERATOR(pg_catalog.=) ANY ('{approved,provisional}'::text[])
                AND c.in_force OPERATOR(pg_catalog.@>) change_of.at END;
END;
COMMENT ON FUNCTION soc2.change_of(text, timestamptz) IS
'change that names an object, is approved or an emergency that still may be, and if a time is given was in force then; NULL if there is none';

CREATE FUNCTION soc2.ddl_capture()
    RETURNS event_trigger
    AS 'MODULE_PATHNAME', 'soc2_ddl_capture'
    LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.ddl_capture() IS
'event trigger: records a command in soc2.ddl_log, or warns that it could not';

CREATE FUNCTION soc2.start_ddl_capture()
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_start_ddl_capture'
    LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.start_ddl_capture() IS
'makes the event triggers that record DDL in soc2.ddl_log, which a superuser only can; becomes evidence';

CREATE FUNCTION soc2.stop_ddl_capture()
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_stop_ddl_capture'
    LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.stop_ddl_capture() IS
'drops the event triggers that record DDL; becomes evidence';
