/* sql/71_incident.sql */

--
-- Incidents: what was noticed, what it was judged to be, and how it was contained,
-- recovered from and learned from.
--

CREATE TABLE soc2.security_events (
    event_id text NOT NULL,
    title text NOT NULL,
    description text,
    owner text NOT NULL,
    state text NOT NULL,
    criteria soc2.criterion_set,
    opened_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    opened_by name NOT NULL DEFAULT soc2.login_role(),
    due_at timestamptz,
    noticed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    source text,
    incident_id text,
    judgement text,
    judged_at timestamptz,
    judged_by name,
    CONSTRAINT soc2_security_events_pkey PRIMARY KEY (event_id),
    CONSTRAINT soc2_security_events_id_check CHECK (
        pg_catalog.btrim(event_id) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_security_events_title_check CHECK (
        pg_catalog.btrim(title) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_security_events_owner_check CHECK (
        pg_catalog.btrim(owner) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_security_events_judgement_check CHECK (
        state OPERATOR(pg_catalog.=) 'reported'
        OR pg_catalog.btrim(COALESCE(judgement, '')) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_security_events_incident_check CHECK (
        (state OPERATOR(pg_catalog.=) 'incident')
        OPERATOR(pg_catalog.=) (incident_id IS NOT NULL))
);
COMMENT ON TABLE soc2.security_events IS
'what was noticed and may be an incident, and what it was judged to be';
COMMENT ON COLUMN soc2.security_events.event_id IS 'name of the row';
COMMENT ON COLUMN soc2.security_events.title IS 'one line';
COMMENT ON COLUMN soc2.security_events.description IS 'what was noticed';
COMMENT ON COLUMN soc2.security_events.owner IS 'person or role that judges it';
COMMENT ON COLUMN soc2.security_events.state IS 'reported, no_event, event (it meant no harm) or incident';
COMMENT ON COLUMN soc2.security_events.criteria IS
'criteria that it is evidence for; NULL: those of the register';
COMMENT ON COLUMN soc2.security_events.opened_at IS 'when it was reported';
COMMENT ON COLUMN soc2.security_events.opened_by IS 'by whom';
COMMENT ON COLUMN soc2.security_events.due_at IS 'until when it has to be judged; NULL: no date is set';
COMMENT ON COLUMN soc2.security_events.noticed_at IS 'when it was noticed';
COMMENT ON COLUMN soc2.security_events.source IS 'who or what noticed it';
COMMENT ON COLUMN soc2.security_events.incident_id IS 'incident that it is, or is part of';
COMMENT ON COLUMN soc2.security_events.judgement IS 'why it was judged to be what it is';
COMMENT ON COLUMN soc2.security_events.judged_at IS 'when it was judged';
COMMENT ON COLUMN soc2.security_events.judged_by IS 'by whom';

CREATE TABLE soc2.incidents (
    incident_id text NOT NULL,
    title text NOT NULL,
    description text,
    owner text NOT NULL,
    state text NOT NULL,
    criteria soc2.criterion_set,
    severity text NOT NULL DEFAULT 'high',
    opened_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    opened_by name NOT NULL DEFAULT soc2.login_role(),
    began_at timestamptz,
    detected_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    personal_data boolean NOT NULL DEFAULT false,
    subjects bigint,
    zone text NOT NULL DEFAULT 'UTC',
    notify_within interval,
    notify_by timestamptz GENERATED ALWAYS AS (soc2.deadline(detected_at, notify_within, zone)) STORED,
    due_at timestamptz,
    containment text,
    contained_at timestamptz,
    contained_by name,
    recovery text,
    recovered_at timestamptz,
    recovered_by name,
    root_cause text,
    lessons text,
    closed_at timestamptz,
    closed_by name,
    CONSTRAINT soc2_incidents_pkey PRIMARY KEY (incident_id),
    CONSTRAINT soc2_incidents_id_check CHECK (
        pg_catalog.btrim(incident_id) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_incidents_title_check CHECK (
        pg_catalog.btrim(title) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_incidents_owner_check CHECK (
        pg_catalog.btrim(owner) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_incidents_severity_check CHECK (
        severity OPERATOR(pg_catalog.=) ANY ('{critical,high,medium,low}'::text[])),
    CONSTRAINT soc2_incidents_began_at_check CHECK (
        began_at OPERATOR(pg_catalog.<=) detected_at),
    CONSTRAINT soc2_incidents_subjects_check CHECK (
        subjects OPERATOR(pg_catalog.>=) 0),
    CONSTRAINT soc2_incidents_notify_within_check CHECK (
        notify_within OPERATOR(pg_catalog.>) '0'::interval),
    CONSTRAINT soc2_incidents_containment_check CHECK (
        state OPERATOR(pg_catalog.=) ANY ('{open,unfounded}'::text[])
        OR pg_catalog.btrim(COALESCE(containment, '')) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_incidents_recovery_check CHECK (
        state OPERATOR(pg_catalog.<>) ALL ('{recovered,closed}'::text[])
        OR pg_catalog.btrim(COALESCE(recovery, '')) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_incidents_lessons_check CHECK (
        state OPERATOR(pg_catalog.<>) 'closed'
        OR (pg_catalog.btrim(COALESCE(root_cause, '')) OPERATOR(pg_catalog.<>) ''
            AND pg_catalog.btrim(COALESCE(lessons, '')) OPERATOR(pg_catalog.<>) ''))
);
COMMENT ON TABLE soc2.incidents IS
'incidents, from detection to what was learned';
COMMENT ON COLUMN soc2.incidents.incident_id IS 'name of the row';
COMMENT ON COLUMN soc2.incidents.title IS 'one line';
COMMENT ON COLUMN soc2.incidents.description IS 'what happened';
COMMENT ON COLUMN soc2.incidents.owner IS 'person or role that leads the response';
COMMENT ON COLUMN soc2.incidents.state IS
'open, contained, recovered or closed; or unfounded: it was none';
COMMENT ON COLUMN soc2.incidents.criteria IS
'criteria that it is evidence for; NULL: those of the register';
COMMENT ON COLUMN soc2.incidents.severity IS 'critical, high, medium or low';
COMMENT ON COLUMN soc2.incidents.opened_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.incidents.opened_by IS 'by whom';
COMMENT ON COLUMN soc2.incidents.began_at IS 'when it began, as far as is known';
COMMENT ON COLUMN soc2.incidents.detected_at IS 'when it was detected, which deadlines count from';
COMMENT ON COLUMN soc2.incidents.personal_data IS 'true: personal data was or may have been concerned';
COMMENT ON COLUMN soc2.incidents.subjects IS 'how many persons; NULL: not known';
COMMENT ON COLUMN soc2.incidents.zone IS 'time zone in which days of the deadline end';
COMMENT ON COLUMN soc2.incidents.notify_within IS
'how soon others must be told, as 72 hours (GDPR, article 33); NULL: nobody has to be';
COMMENT ON COLUMN soc2.incidents.notify_by IS 'until when, by soc2.deadline()';
COMMENT ON COLUMN soc2.incidents.due_at IS 'until when it is to be closed; NULL: no date is set';
COMMENT ON COLUMN soc2.incidents.containment IS 'how it was contained; no step goes on without it';
COMMENT ON COLUMN soc2.incidents.contained_at IS 'when it was contained';
COMMENT ON COLUMN soc2.incidents.contained_by IS 'by whom';
COMMENT ON COLUMN soc2.incidents.recovery IS 'how the system was recovered';
COMMENT ON COLUMN soc2.incidents.recovered_at IS 'when';
COMMENT ON COLUMN soc2.incidents.recovered_by IS 'by whom';
COMMENT ON COLUMN soc2.incidents.root_cause IS 'why it could happen; none is closed without it';
COMMENT ON COLUMN soc2.incidents.lessons IS 'what was learned, and what is changed; none is closed without it';
COMMENT ON COLUMN soc2.incidents.closed_at IS 'when it was closed';
COMMENT ON COLUMN soc2.incidents.closed_by IS 'by whom: somebody else than who recovered it';

CREATE TABLE soc2.incident_entries (
    entry_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    incident_id text NOT NULL,
    happened_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    entry text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_incident_entries_pkey PRIMARY KEY (entry_id),
    CONSTRAINT soc2_incident_entries_entry_check CHECK (
        pg_catalog.btrim(entry) OPERATOR(pg_catalog.<>) '')
);
CREATE INDEX soc2_incident_entries_incident_idx ON soc2.incident_entries (incident_id);
COMMENT ON TABLE soc2.incident_entries IS
'what was done and found during incidents; written by soc2.note_incident()';
COMMENT ON COLUMN soc2.incident_entries.entry_id IS 'id of the entry';
COMMENT ON COLUMN soc2.incident_entries.incident_id IS 'the incident';
COMMENT ON COLUMN soc2.incident_entries.happened_at IS 'when it happened';
COMMENT ON COLUMN soc2.incident_entries.entry IS 'what';
COMMENT ON COLUMN soc2.incident_entries.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.incident_entries.recorded_by IS 'by whom';

CREATE TABLE soc2.incident_notifications (
    notification_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    incident_id text NOT NULL,
    recipient text NOT NULL,
    notified_at timestamptz NOT NULL,
    reference text,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_incident_notifications_pkey PRIMARY KEY (notification_id),
    CONSTRAINT soc2_incident_notifications_recipient_check CHECK (
        pg_catalog.btrim(recipient) OPERATOR(pg_catalog.<>) '')
);
CREATE INDEX soc2_incident_notifications_incident_idx
    ON soc2.incident_notifications (incident_id);
COMMENT ON TABLE soc2.incident_notifications IS
'who was told of an incident; written by soc2.notify_incident()';
COMMENT ON COLUMN soc2.incident_notifications.notification_id IS 'id of the notification';
COMMENT ON COLUMN soc2.incident_notifications.incident_id IS 'the incident';
COMMENT ON COLUMN soc2.incident_notifications.recipient IS 'who was told: an authority, customers, persons concerned';
COMMENT ON COLUMN soc2.incident_notifications.notified_at IS 'when';
COMMENT ON COLUMN soc2.incident_notifications.reference IS 'where what they were told is kept';
COMMENT ON COLUMN soc2.incident_notifications.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2.incident_notifications.recorded_by IS 'by whom';

INSERT INTO soc2.registers (register, relation, title, criteria, key_columns,
    title_column, owner_column, state_column, opened_column, due_column)
VALUES
('security_event', 'soc2.security_events', 'security events',
 '{tsc:CC7.2,tsc:CC7.3,outline:CC6.6,outline:CC6.7}', '{event_id}',
 'title', 'owner', 'state', 'opened_at', 'due_at'),
('incident', 'soc2.incidents', 'incidents',
 '{tsc:CC7.3,tsc:CC7.4,tsc:CC7.5,tsc:P6.6,outline:CC6.6,outline:CC6.7}', '{incident_id}',
 'title', 'owner', 'state', 'opened_at', 'due_at'),
('incident_entry', 'soc2.incident_entries', 'what was done during incidents',
 '{tsc:CC7.4,tsc:CC7.5,outline:CC6.7}', '{entry_id}', 'entry', 'recorded_by', NULL, 'happened_at', NULL),
('incident_notification', 'soc2.incident_notifications', 'notifications of incidents',
 '{tsc:CC2.3,tsc:CC7.4,tsc:P6.6,outline:CC6.7}', '{notification_id}',
 'recipient', 'recorded_by', NULL, 'notified_at', NULL);
INSERT INTO soc2.register_transitions (register, from_state, to_state, act, stamp, other_than) VALUES
('security_event', NULL, 'reported', 'report', 'opened', '{}'),
('security_event', 'reported', 'no_event', 'dismiss', 'judged', '{}'),
('security_event', 'reported', 'event', 'judge', 'judged', '{}'),
('security_event', 'reported', 'incident', 'escalate', 'judged', '{}'),
('security_event', 'event', 'incident', 'escalate', 'judged', '{}'),
('incident', NULL, 'open', 'open', 'opened', '{}'),
('incident', 'open', 'contained', 'contain', 'contained', '{}'),
('incident', 'open', 'unfounded', 'dismiss', NULL, '{opened_by}'),
('incident', 'contained', 'open', 'reopen', NULL, '{}'),
('incident', 'contained', 'recovered', 'recover', 'recovered', '{}'),
('incident', 'recovered', 'open', 'reopen', NULL, '{}'),
('incident', 'recovered', 'closed', 'close', 'closed', '{recovered_by}');
SELECT soc2.install_register(r.register)
FROM (VALUES ('security_event'), ('incident'), ('incident_entry'),
    ('incident_notification')) AS r (register);

CREATE FUNCTION soc2.require_incident(incident_id text)
    RETURNS boolean
    LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
BEGIN ATOMIC
    SELECT soc2.require_registered('incident', require_incident.incident_id, EXISTS (
        SELECT FROM soc2.incidents AS i
        WHERE i.incident_id OPERATOR(pg_catalog.=) require_incident.incident_id));
END;
COMMENT ON FUNCTION soc2.require_incident(text) IS
'true if there is an incident of this name, or else the error that there is none (42704)';

CREATE FUNCTION soc2.note_incident(
    incident_id text,
    entry text,
    happened_at timestamptz DEFAULT pg_catalog.clock_timestamp())
    RETURNS uuid
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_incident(note_incident.incident_id);
    INSERT INTO soc2.incident_entries (incident_id, entry, happened_at)
    VALUES (note_incident.incident_id, note_incident.entry, note_incident.happened_at)
    RETURNING entry_id;
END;
COMMENT ON FUNCTION soc2.note_incident(text, text, timestamptz) IS
'adds to the timeline of an incident what was done or found; returns the id of the entry; 42704 for an unknown incident';

CREATE FUNCTION soc2.notify_incident(
    incident_id text,
    recipient text,
    notified_at timestamptz DEFAULT pg_catalog.clock_timestamp(),
    reference text DEFAULT NULL)
    RETURNS uuid
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT soc2.require_incident(notify_incident.incident_id);
    INSERT INTO soc2.incident_notifications (incident_id, recipient, notified_at, reference)
    VALUES (notify_incident.incident_id, notify_incident.recipient,
        notify_incident.notified_at, notify_incident.reference)
    RETURNING notification_id;
END;
COMMENT ON FUNCTION soc2.notify_incident(text, text, timestamptz, text) IS
'records that somebody was told of an incident; tells nobody itself; returns the id of the notification; 42704 for an unknown incident';

CREATE FUNCTION soc2.incident_timeline(
        incident_id text,
        OUT happened_at timestamptz, OUT what text, OUT detail text,
        OUT person text, OUT recorded_at timestamptz)
    RETURNS SETOF record
    LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
BEGIN ATOMIC
    SELECT t.happened_at, t.what, t.detail, soc2.person_of(t.role), t.recorded_at
    FROM (
        SELECT e.noticed_at AS happened_at, 'event' AS what, e.title AS detail,
            e.opened_by AS role, e.opened_at AS recorded_at
        FROM soc2.security_events AS e
        WHERE e.incident_id OPERATOR(pg_catalog.=) incident_timeline.incident_id
        UNION ALL
        SELECT i.began_at, 'beginning', i.title, i.opened_by, i.opened_at
        FROM soc2.incidents AS i
        WHERE i.incident_id OPERATOR(pg_catalog.=) incident_timeline.incident_id
            AND i.began_at IS NOT NULL
        UNION ALL
        SELECT h.recorded_at,
            CASE h.action WHEN 'insert' THEN 'opened'
                ELSE COALESCE(h.new_values OPERATOR(pg_catalog.->>) 'state', 'change') END,
            CASE h.action WHEN 'insert' THEN h.new_values OPERATOR(pg_catalog.->>) 'title'
                ELSE (SELECT pg_catalog.string_agg(
                          pg_catalog.format('%s: %s', v.key, v.value), '; ' ORDER BY v.key)
                      FROM pg_catalog.jsonb_each_text(h.new_values) AS v
                      WHERE v.key OPERATOR(pg_catalog.<>) 'state' AND NOT EXISTS (
                          SELECT FROM soc2.register_transitions AS t
                          WHERE t.register OPERATOR(pg_catalog.=) 'incident'
                              AND v.key OPERATOR(pg_catalog.=) ANY (ARRAY[
                                  t.stamp OPERATOR(pg_catalog.||) '_at',
                                  t.stamp OPERATOR(pg_catalog.||) '_by']))) END,
            h.session_role, h.recorded_at
        FROM soc2.history('soc2.incidents', incident_timeline.incident_id) AS h
        UNION ALL
        SELECT n.happened_at, 'entry', n.entry, n.recorded_by, n.recorded_at
        FROM soc2.incident_entries AS n
        WHERE n.incident_id OPERATOR(pg_catalog.=) incident_timeline.incident_id
        UNION ALL
        SELECT n.notified_at, 'notification',
            pg_catalog.concat_ws(', ', n.recipient, n.reference), n.recorded_by, n.recorded_at
        FROM soc2.incident_notifications AS n
        WHERE n.incident_id OPERATOR(pg_catalog.=) incident_timeline.incident_id) AS t
    ORDER BY t.happened_at, t.recorded_at, t.what;
END;
COMMENT ON FUNCTION soc2.incident_timeline(text) IS
'what happened in an incident, oldest first: events, steps and changes of its row as the ledger soc2.row_changes has them, entries and notifications; what is event, beginning, opened, contained, recovered, closed, open, unfounded, change, entry or notification';

CREATE VIEW soc2.incident_status AS
    SELECT i.incident_id, i.title, i.owner, i.severity, i.state,
        i.state OPERATOR(pg_catalog.<>) ALL ('{closed,unfounded}'::text[]) AS is_open,
        i.detected_at, i.personal_data, i.notify_by, n.notified_at,
        i.notify_by IS NOT NULL AND i.state OPERATOR(pg_catalog.<>) 'unfounded'
            AND COALESCE(n.notified_at, pg_catalog.now()) OPERATOR(pg_catalog.>) i.notify_by AS notified_late,
        i.due_at,
        i.contained_at OPERATOR(pg_catalog.-) i.detected_at AS time_to_contain,
        i.recovered_at OPERATOR(pg_catalog.-) i.detected_at AS time_to_recover
    FROM soc2.incidents AS i
    LEFT JOIN LATERAL (
        SELECT pg_catalog.min(t.notified_at) AS notified_at
        FROM soc2.incident_notifications AS t
        WHERE t.incident_id OPERATOR(pg_catalog.=) i.incident_id) AS n ON true;
COMMENT ON VIEW soc2.incident_status IS
'where does each incident stand, was everybody told in time, and how long did it take?';
COMMENT ON COLUMN soc2.incident_status.incident_id IS 'the incident';
COMMENT ON COLUMN soc2.incident_status.title IS 'one line';
COMMENT ON COLUMN soc2.incident_status.owner IS 'person or role that leads the response';
COMMENT ON COLUMN soc2.incident_status.severity IS 'critical, high, medium or low';
COMMENT ON COLUMN soc2.incident_status.state IS 'open, contained, recovered, closed or unfounded';
COMMENT ON COLUMN soc2.incident_status.is_open IS 'true: something has still to be done';
COMMENT ON COLUMN soc2.incident_status.detected_at IS 'when it was detected';
COMMENT ON COLUMN soc2.incident_status.personal_data IS 'true: personal data was or may have been concerned';
COMMENT ON COLUMN soc2.incident_status.notify_by IS 'until when others must be told; NULL: nobody has to be';
COMMENT ON COLUMN soc2.incident_status.notified_at IS 'when somebody was told first; NULL: nobody was';
COMMENT ON COLUMN soc2.incident_status.notified_late IS 'true: that was too late, or is by now';
COMMENT ON COLUMN soc2.incident_status.due_at IS 'until when it is to be closed';
COMMENT ON COLUMN soc2.incident_status.time_to_contain IS 'from detection until it was contained';
COMMENT ON COLUMN soc2.incident_status.time_to_recover IS 'from detection until it was recovered from';
