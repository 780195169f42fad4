/* sql/45_waiver.sql */

--
-- Waivers: failures that somebody decided to live with, for a reason and for a
-- time, and a second person agreed.
--
-- A waiver hides nothing: whatever it covers still fails, and is shown as
-- waived.  What is not approved, has expired or was revoked covers nothing.
--
-- No foreign keys to controls and checks: see sql/40_control.sql.
--

CREATE TABLE soc2.waivers (
    waiver_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    check_id text,
    control_id text,
    resource text,
    reason text NOT NULL,
    expires_at timestamptz NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    requested_by name NOT NULL,
    requested_session name NOT NULL,
    decision text,
    decided_at timestamptz,
    decided_by name,
    decided_session name,
    decision_note text,
    revoked_at timestamptz,
    revoked_by name,
    revocation_reason text,
    CONSTRAINT soc2_waivers_pkey PRIMARY KEY (waiver_id),
    CONSTRAINT soc2_waivers_subject_check CHECK (
        pg_catalog.num_nonnulls(check_id, control_id) OPERATOR(pg_catalog.=) 1),
    CONSTRAINT soc2_waivers_reason_check CHECK (
        pg_catalog.btrim(reason) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_waivers_expires_at_check CHECK (
        pg_catalog.isfinite(expires_at)
        AND expires_at OPERATOR(pg_catalog.>) requested_at),
    CONSTRAINT soc2_waivers_decision_check CHECK (
        decision OPERATOR(pg_catalog.=) ANY ('{approved,rejected}'::text[])
        AND pg_catalog.num_nulls(decided_at, decided_by, decided_session) OPERATOR(pg_catalog.=) 0
        OR decision IS NULL
        AND pg_catalog.num_nonnulls(decided_at, decided_by, decided_session, decision_note)
            OPERATOR(pg_catalog.=) 0),
    CONSTRAINT soc2_waivers_second_person_check CHECK (
        decision OPERATOR(pg_catalog.=) 'rejected'
        OR decided_session OPERATOR(pg_catalog.<>) ALL (ARRAY[requested_session, requested_by])
            AND decided_by OPERATOR(pg_catalog.<>) requested_session),
    CONSTRAINT soc2_waivers_revoked_check CHECK (
        pg_catalog.num_nulls(revoked_at, revoked_by, revocation_reason)
            OPERATOR(pg_catalog.=) ANY ('{0,3}'::integer[]))
);
CREATE INDEX soc2_waivers_check_id_idx ON soc2.waivers (check_id);
CREATE INDEX soc2_waivers_control_id_idx ON soc2.waivers (control_id);
SELECT pg_catalog.pg_extension_config_dump('soc2.waivers', '');
COMMENT ON TABLE soc2.waivers IS
'failures that are accepted for a time, requested with soc2.waive() and approved by a second person; a row is never removed';
COMMENT ON COLUMN soc2.waivers.waiver_id IS 'id of the waiver';
COMMENT ON COLUMN soc2.waivers.check_id IS 'check whose failures are waived; NULL if it is for a control';
COMMENT ON COLUMN soc2.waivers.control_id IS 'control whose checks are meant; NULL if it is for a check';
COMMENT ON COLUMN soc2.waivers.resource IS 'the one member it is for; NULL: for all';
COMMENT ON COLUMN soc2.waivers.reason IS 'why the failure is accepted';
COMMENT ON COLUMN soc2.waivers.expires_at IS 'when it ends';
COMMENT ON COLUMN soc2.waivers.requested_at IS 'when it was requested';
COMMENT ON COLUMN soc2.waivers.requested_by IS 'by which role';
COMMENT ON COLUMN soc2.waivers.requested_session IS 'role that was logged in then';
COMMENT ON COLUMN soc2.waivers.decision IS 'approved or rejected; NULL: not decided';
COMMENT ON COLUMN soc2.waivers.decided_at IS 'when it was decided';
COMMENT ON COLUMN soc2.waivers.decided_by IS 'by which role';
COMMENT ON COLUMN soc2.waivers.decided_session IS 'role that was logged in then';
COMMENT ON COLUMN soc2.waivers.decision_note IS 'what was said about the decision';
COMMENT ON COLUMN soc2.waivers.revoked_at IS 'when it was revoked; NULL: it was not';
COMMENT ON COLUMN soc2.waivers.revoked_by IS 'by which role';
COMMENT ON COLUMN soc2.waivers.revocation_reason IS 'why';

CREATE FUNCTION soc2.waiver_state(
        decision text, decided_at timestamptz, revoked_at timestamptz,
        expires_at timestamptz, at timestamptz)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN decision IS NULL OR decided_at OPERATOR(pg_catalog.>) at THEN
            CASE WHEN expires_at OPERATOR(pg_catalog.<=) at THEN 'lapsed' ELSE 'requested' END
        WHEN decision OPERATOR(pg_catalog.<>) 'approved' THEN 'rejected'
        WHEN revoked_at OPERATOR(pg_catalog.<=) at THEN 'revoked'
        WHEN expires_at OPERATOR(pg_catalog.>) at THEN 'active'
        ELSE 'expired'
    END;
END;
COMMENT ON FUNCTION soc2.waiver_state(text, timestamptz, timestamptz, timestamptz, timestamptz) IS
'the one place that says what a waiver was at a time: requested, lapsed (its time ended before it was decided), rejected, active, revoked or expired';

CREATE FUNCTION soc2.is_waived(
        check_id text, resource text, at timestamptz DEFAULT pg_catalog.now())
    RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM soc2.waivers AS w
        WHERE (w.check_id OPERATOR(pg_catalog.=) is_waived.check_id
               OR w.control_id OPERATOR(pg_catalog.=) ANY (ARRAY(
                    SELECT k.control_id FROM soc2.control_checks AS k
                    WHERE k.check_id OPERATOR(pg_catalog.=) is_waived.check_id
                        AND NOT k.shipped)))
            AND (w.resource IS NULL
                 OR w.resource OPERATOR(pg_catalog.=) is_waived.resource)
            AND soc2.waiver_state(w.decision, w.decided_at, w.revoked_at,
                                  w.expires_at, is_waived.at) OPERATOR(pg_catalog.=) 'active');
END;
COMMENT ON FUNCTION soc2.is_waived(text, text, timestamptz) IS
'the one place that says whether a member of a check''s population was waived at a time: by an active waiver of the check, or of a control that it tests, for that member or for all; resource NULL asks for a waiver of all members';

CREATE VIEW soc2.waiver_status AS
    SELECT w.waiver_id, w.check_id, w.control_id, w.resource,
        soc2.waiver_state(w.decision, w.decided_at, w.revoked_at, w.expires_at,
                          pg_catalog.now()) AS state,
        w.reason, w.expires_at, w.requested_at, w.requested_by, w.decided_at,
        w.decided_by, w.decision_note, w.revoked_at, w.revoked_by,
        w.revocation_reason
    FROM soc2.waivers AS w;
COMMENT ON VIEW soc2.waiver_status IS
'which waivers are there, and which hold now? one row a waiver, whatever became of it';
COMMENT ON COLUMN soc2.waiver_status.waiver_id IS 'id of the waiver';
COMMENT ON COLUMN soc2.waiver_status.check_id IS 'check whose failures are waived';
COMMENT ON COLUMN soc2.waiver_status.control_id IS 'control whose checks are meant';
COMMENT ON COLUMN soc2.waiver_status.resource IS 'the one member it is for; NULL: for all';
COMMENT ON COLUMN soc2.waiver_status.state IS 'requested, lapsed, rejected, active, revoked or expired';
COMMENT ON COLUMN soc2.waiver_status.reason IS 'why the failure is accepted';
COMMENT ON COLUMN soc2.waiver_status.expires_at IS 'when it ends';
COMMENT ON COLUMN soc2.waiver_status.requested_at IS 'when it was requested';
COMMENT ON COLUMN soc2.waiver_status.requested_by IS 'by which role';
COMMENT ON COLUMN soc2.waiver_status.decided_at IS 'when it was decided';
COMMENT ON COLUMN soc2.waiver_status.decided_by IS 'by which role';
COMMENT ON COLUMN soc2.waiver_status.decision_note IS 'what was said about the decision';
COMMENT ON COLUMN soc2.waiver_status.revoked_at IS 'when it was revoked';
COMMENT ON COLUMN soc2.waiver_status.revoked_by IS 'by which role';
COMMENT ON COLUMN soc2.waiver_status.revocation_reason IS 'why';

--
-- Requests and decisions.  Each is recorded as evidence of kind waiver.
--

CREATE FUNCTION soc2.record_waiver(waiver soc2.waivers, action text, note text)
    RETURNS uuid
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.record_act('waiver', waiver.resource,
        pg_catalog.jsonb_build_object('action', action, 'waiver_id', waiver.waiver_id,
            'reason', waiver.reason, 'expires_at', waiver.expires_at,
            'note', note, 'session_user', SESSION_USER),
        '{}', waiver.control_id, waiver.check_id,
        expires_at => waiver.expires_at);
END;
COMMENT ON FUNCTION soc2.record_waiver(soc2.waivers, text, text) IS
'records what happened to a waiver as evidence';

CREATE FUNCTION soc2.waive(
        check_or_control text, resource text, reason text, expires timestamptz)
    RETURNS uuid
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    is_check boolean := EXISTS (SELECT FROM soc2.checks AS k
                                WHERE k.check_id = check_or_control);
    waiver soc2.waivers;
BEGIN
    PERFORM soc2.require_text('reason', reason);
    IF NOT is_check AND NOT EXISTS (
            SELECT FROM soc2.controls AS c
            WHERE c.control_id = check_or_control AND NOT c.shipped) THEN
        RAISE EXCEPTION '"%" is neither a check nor a control of your own', check_or_control
            USING ERRCODE = 'undefined_object',
            HINT = 'The checks are in soc2.checks, the controls in soc2.control_catalogue.';
    END IF;
    IF expires IS NULL OR NOT isfinite(expires) OR expires <= clock_timestamp() THEN
        RAISE EXCEPTION 'a waiver must expire at a time to come'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO soc2.waivers (check_id, control_id, resource, reason, expires_at,
                              requested_by, requested_session)
    VALUES (CASE WHEN is_check THEN check_or_control END,
            CASE WHEN NOT is_check THEN check_or_control END,
            resource, reason, expires, soc2.acting_role(), SESSION_USER)
    RETURNING * INTO waiver;
    PERFORM soc2.record_waiver(waiver, 'request', NULL);
    RETURN waiver.waiver_id;
END
$$;
COMMENT ON FUNCTION soc2.waive(text, text, text, timestamptz) IS
'requests a waiver for a check or an own control, for one member or, with NULL, for all; it holds once somebody else approved it; 42704 for an unknown check or control, 22023 without a reason or an end';

CREATE FUNCTION soc2.decide_waiver(waiver_id uuid, decision text, note text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    waiver soc2.waivers;
    state text;
BEGIN
    SELECT w.* INTO waiver FROM soc2.waivers AS w
    WHERE w.waiver_id = decide_waiver.waiver_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'waiver "%" does not exist', waiver_id
            USING ERRCODE = 'undefined_object';
    END IF;
    state := soc2.waiver_state(waiver.decision, waiver.decided_at, waiver.revoked_at,
                               waiver.expires_at, clock_timestamp());
    IF state <> (CASE decision WHEN 'revoked' THEN 'active' ELSE 'requested' END) THEN
        RAISE EXCEPTION 'waiver "%" cannot be %', waiver_id, decision
            USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('It is %s.', state);
    END IF;
    IF decision = 'approved'
        AND (SESSION_USER IN (waiver.requested_session, waiver.requested_by)
             OR soc2.acting_role() = waiver.requested_session) THEN
        RAISE EXCEPTION 'a second person has to approve waiver "%"', waiver_id
            USING ERRCODE = 'S2A01',
            DETAIL = format('It was requested by %I, logged in as %I.',
                            waiver.requested_by, waiver.requested_session),
            HINT = 'Persons are told apart by their logins: SET ROLE does not make one login two.';
    END IF;
    UPDATE soc2.waivers AS w
    SET decision = CASE decide_waiver.decision WHEN 'revoked' THEN w.decision
                        ELSE decide_waiver.decision END,
        decided_at = COALESCE(w.decided_at, clock_timestamp()),
        decided_by = COALESCE(w.decided_by, soc2.acting_role()),
        decided_session = COALESCE(w.decided_session, SESSION_USER),
        decision_note = COALESCE(w.decision_note,
            CASE WHEN w.decision IS NULL THEN note END),
        revoked_at = CASE decide_waiver.decision WHEN 'revoked' THEN clock_timestamp() END,
        revoked_by = CASE decide_waiver.decision WHEN 'revoked' THEN soc2.acting_role() END,
        revocation_reason = CASE decide_waiver.decision WHEN 'revoked' THEN note END
    WHERE w.waiver_id = waiver.waiver_id;
    PERFORM soc2.record_waiver(waiver, decision, note);
END
$$;
COMMENT ON FUNCTION soc2.decide_waiver(uuid, text, text) IS
'approves, rejects or revokes a waiver; 42704 for an unknown one, 55000 if it is past that, S2A01 if who requested it would approve it';

CREATE FUNCTION soc2.approve_waiver(waiver_id uuid, note text DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM soc2.decide_waiver(waiver_id, 'approved', note);
END
$$;
COMMENT ON FUNCTION soc2.approve_waiver(uuid, text) IS
'approves a waiver that somebody else requested (S2A01); from now on it holds';

CREATE FUNCTION soc2.reject_waiver(waiver_id uuid, reason text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM soc2.require_text('reason', reason);
    PERFORM soc2.decide_waiver(waiver_id, 'rejected', reason);
END
$$;
COMMENT ON FUNCTION soc2.reject_waiver(uuid, text) IS
'rejects a waiver that was requested, or takes the request back';

CREATE FUNCTION soc2.revoke_waiver(waiver_id uuid, reason text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM soc2.require_text('reason', reason);
    PERFORM soc2.decide_waiver(waiver_id, 'revoked', reason);
END
$$;
COMMENT ON FUNCTION soc2.revoke_waiver(uuid, text) IS
'ends an active waiver before its time';
