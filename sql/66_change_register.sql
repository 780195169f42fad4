/* sql/66_change_register.sql */

--
-- The register of changes: its steps, and what the server saw held against it.
--

INSERT INTO soc2.registers (register, relation, title, criteria, key_columns,
    title_column, owner_column, state_column, opened_column, due_column) VALUES
('change', 'soc2.changes', 'Changes of structure, settings and roles',
 '{tsc:CC8.1,outline:CC6.2}', '{change_id}', 'title', 'requested_by', 'state',
 'requested_at', 'due_at');

INSERT INTO soc2.register_transitions (register, from_state, to_state, act, stamp, other_than) VALUES
('change', NULL, 'requested', 'ask for', NULL, '{}'),
('change', 'requested', 'approved', 'approve', 'approved', '{requested_by}'),
('change', 'requested', 'rejected', 'reject', 'rejected', '{requested_by}'),
('change', 'requested', 'withdrawn', 'withdraw', 'withdrawn', '{}'),
('change', 'requested', 'unapproved', 'carry out before it is approved', 'implemented', '{}'),
('change', 'unapproved', 'implemented', 'approve afterwards', 'approved', '{requested_by,implemented_by}'),
('change', 'unapproved', 'rejected', 'reject afterwards', 'rejected', '{requested_by,implemented_by}'),
('change', 'approved', 'implemented', 'carry out', 'implemented', '{}'),
('change', 'approved', 'failed', 'fail to carry out', 'failed', '{}'),
('change', 'approved', 'withdrawn', 'withdraw', 'withdrawn', '{}'),
('change', 'failed', 'rolled_back', 'undo', 'rolled_back', '{}'),
('change', 'implemented', 'rolled_back', 'undo', 'rolled_back', '{}'),
('change', 'implemented', 'closed', 'review', 'reviewed', '{implemented_by}'),
('change', 'failed', 'closed', 'review', 'reviewed', '{failed_by}'),
('change', 'rolled_back', 'closed', 'review', 'reviewed', '{rolled_back_by}');

CREATE FUNCTION soc2.change_due()
    RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.kind = 'emergency' AND NEW.approval_due IS NULL THEN
        NEW.approval_due := soc2.deadline(
            LEAST(NEW.requested_at, NULLIF(lower(NEW.valid), '-infinity')),
            NEW.approve_within, NEW.zone);
    END IF;
    -- said for the others, so that a zone that is none is an error now
    NEW.due_at := CASE
        WHEN NEW.state IN ('implemented', 'failed', 'rolled_back') THEN soc2.deadline(
            GREATEST(NEW.implemented_at, NEW.failed_at, NEW.rolled_back_at),
            NEW.review_within, NEW.zone)
        WHEN soc2.deadline(NEW.requested_at, NEW.review_within, NEW.zone) IS NULL THEN NULL
        WHEN NEW.state IN ('requested', 'unapproved') THEN NEW.approval_due
        WHEN NEW.state = 'approved' THEN NULLIF(upper(NEW.valid), 'infinity')
    END;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION soc2.change_due() IS
'trigger of soc2.changes: says until when the next step has to be taken';

SELECT soc2.install_register('change');

-- Triggers run in the order of their names: after the one that stamps the row.
CREATE TRIGGER soc2_step_due
    BEFORE INSERT OR UPDATE ON soc2.changes
    FOR EACH ROW EXECUTE FUNCTION soc2.change_due();
COMMENT ON TRIGGER soc2_step_due ON soc2.changes IS
'says until when the next step has to be taken';

--
-- What was captured
--

CREATE FUNCTION soc2.object_names(object text)
    RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.array_remove(
        ARRAY[object,
            'table ' OPERATOR(pg_catalog.||) COALESCE(
                pg_catalog.substring(object,
                    '^table column ((?:"(?:[^"]|"")*"|[^".\s]+)\.(?:"(?:[^"]|"")*"|[^".\s]+))\.'),
                pg_catalog.substring(object,
                    '^default value for ((?:"(?:[^"]|"")*"|[^".\s]+)\.(?:"(?:[^"]|"")*"|[^".\s]+))\.'),
                pg_catalog.substring(object,
                    '^(?:table constraint|trigger|policy|rule) .* on ((?:"(?:[^"]|"")*"|[^".\s]+)\.(?:"(?:[^"]|"")*"|[^".\s]+))$')),
            pg_catalog.substring(object,
                '^grant ((?:schema|database|tablespace) (?:"(?:[^"]|"")*"|[^".\s]+)) to ')]
        OPERATOR(pg_catalog.||) ARRAY(
            SELECT t.type OPERATOR(pg_catalog.||) pg_catalog.substring(object,
                '^grant (?:relation|column)( (?:"(?:[^"]|"")*"|[^".\s]+)\.(?:"(?:[^"]|"")*"|[^".\s]+))')
            FROM (VALUES ('table'), ('view'), ('materialized view'), ('foreign table'), ('sequence')) AS t (type)),
        NULL);
END;
COMMENT ON FUNCTION soc2.object_names(text) IS
'all that the objects of a change may call something: itself, and the table that it is a part of or a privilege on';

CREATE FUNCTION soc2.change_touches(patterns text[], objects text[])
    RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT NOT EXISTS (
        SELECT FROM pg_catalog.unnest(objects) AS o (object)
        WHERE NOT EXISTS (
            SELECT FROM pg_catalog.unnest(soc2.object_names(o.object)) AS n (name)
            WHERE n.name OPERATOR(pg_catalog.~~) ANY (patterns)));
END;
COMMENT ON FUNCTION soc2.change_touches(text[], text[]) IS
'do patterns of soc2.change_patterns() name all these objects?';

CREATE VIEW soc2.captured_changes AS
    SELECT 'ddl'::text AS source, l.ddl_id AS captured_id, l.recorded_at AS captured_at,
        NULL::timestamptz AS since, l.command_tag AS action,
        CASE WHEN l.object_type OPERATOR(pg_catalog.=) ANY ('{setting,"role setting"}'::text[])
            THEN 'setting:' OPERATOR(pg_catalog.||) l.object_identity
            ELSE pg_catalog.concat_ws(' ', l.object_type, l.object_identity) END AS object,
        CASE
            WHEN l.object_identity IS NULL
                OR l.object_type OPERATOR(pg_catalog.=) ANY ('{setting,"role setting"}'::text[]) THEN NULL
            WHEN l.command_tag OPERATOR(pg_catalog.=) ANY (
                '{GRANT,REVOKE,"CREATE ROLE","DROP OWNED"}'::text[]) THEN l.objects
            -- not what comes along, as the indexes of a table
            ELSE ARRAY(SELECT o.object FROM pg_catalog.unnest(l.objects) AS o (object)
                       WHERE pg_catalog.starts_with(o.object,
                           l.object_type OPERATOR(pg_catalog.||) ' ')) END AS objects,
        l.session_role AS actor, l.application, l.change_id AS named_change,
        NULL::text AS follows, NULL::uuid AS follows_id
    FROM soc2.ddl_log AS l
    UNION ALL
    SELECT o.kind, o.observed_id, o.recorded_at, o.since, o.action, o.object, NULL,
        NULL, NULL, o.change_id, o.follows, o.follows_id
    FROM soc2.observed_changes AS o
    WHERE o.action OPERATOR(pg_catalog.<>) ALL ('{begun,observed}'::text[]);
COMMENT ON VIEW soc2.captured_changes IS
'what did the server see change? one row a command in soc2.ddl_log and a difference in soc2.observed_changes';
COMMENT ON COLUMN soc2.captured_changes.source IS 'ddl, or the kind in soc2.observed_changes';
COMMENT ON COLUMN soc2.captured_changes.captured_id IS 'ddl_id or observed_id';
COMMENT ON COLUMN soc2.captured_changes.captured_at IS 'when the command had run, or the difference was seen';
COMMENT ON COLUMN soc2.captured_changes.since IS
'when it was not there yet, if it was seen as a difference: it was made between then and captured_at';
COMMENT ON COLUMN soc2.captured_changes.action IS 'command tag; added, changed, removed or falsified';
COMMENT ON COLUMN soc2.captured_changes.object IS 'what was changed, as a change names it in its objects';
COMMENT ON COLUMN soc2.captured_changes.objects IS
'all that a change must name to cover it; NULL: the object alone';
COMMENT ON COLUMN soc2.captured_changes.actor IS 'who had logged in; NULL: the server does not say';
COMMENT ON COLUMN soc2.captured_changes.application IS 'application_name of the session; NULL: not known';
COMMENT ON COLUMN soc2.captured_changes.named_change IS 'change that the session named in soc2.change';
COMMENT ON COLUMN soc2.captured_changes.follows IS
'ddl or file: it is the effect of another captured change, which is judged in its place';
COMMENT ON COLUMN soc2.captured_changes.follows_id IS 'captured_id of that one';

CREATE FUNCTION soc2.utc_text(at timestamptz)
    RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.to_char(pg_catalog.timezone('UTC', at), 'YYYY-MM-DD HH24:MI:SS+00');
END;
COMMENT ON FUNCTION soc2.utc_text(timestamptz) IS
'a time as text, in UTC whatever the session has';

CREATE VIEW soc2.change_log AS
    WITH record AS MATERIALIZED (
        SELECT s.change_id, s.title, s.kind, s.requested_by, s.approved_by, s.approved_at,
            s.approval, s.approval_due, s.in_force, s.implementer,
            soc2.change_patterns(s.objects) AS patterns
        FROM soc2.change_status AS s)
    SELECT c.source, c.captured_id, c.captured_at, c.since, c.action, c.object, c.actor,
        c.application, c.named_change,
        CASE WHEN c.follows_id IS NOT NULL THEN 'follows'
            WHEN m.fault IS DISTINCT FROM 0 THEN 'unmatched'
            WHEN m.approval OPERATOR(pg_catalog.=) 'provisional' THEN 'provisional'
            ELSE 'covered' END AS state,
        CASE WHEN c.follows_id IS NOT NULL
                THEN pg_catalog.format('effect of %s %s', c.follows, c.follows_id)
            WHEN m.change_id IS NULL AND c.named_change IS NOT NULL
                THEN pg_catalog.format('change %s is not recorded', c.named_change)
            WHEN m.change_id IS NULL THEN 'no change names it'
            ELSE pg_catalog.format('change %s%s', m.change_id, CASE m.fault
                WHEN 1 THEN pg_catalog.format(' is for %I to carry out', m.implementer)
                WHEN 2 THEN ' was not in force then'
                WHEN 3 THEN ' was not approved yet'
                WHEN 4 THEN ' does not name it'
                WHEN 5 THEN CASE m.approval
                    WHEN 'pending' THEN ' is not approved'
                    WHEN 'own' THEN ' was approved by the person who asked for it'
                    WHEN 'overdue' THEN pg_catalog.format(' had to be approved until %s',
                        soc2.utc_text(m.approval_due))
                    WHEN 'late' THEN pg_catalog.format(' was approved after %s',
                        soc2.utc_text(m.approval_due))
                    ELSE pg_catalog.format(' was %s', m.approval) END
                ELSE CASE m.approval WHEN 'provisional'
                    THEN pg_catalog.format(', to be approved until %s',
                        soc2.utc_text(m.approval_due))
                    ELSE '' END END) END AS reason,
        m.change_id, m.title, m.kind, m.requested_by, m.approved_by, m.approved_at
    FROM soc2.captured_changes AS c
    -- computed once a row, which OFFSET sees to, and not for each change
    CROSS JOIN LATERAL (
        SELECT COALESCE(c.objects, ARRAY[c.object]) AS objects,
            soc2.object_names(COALESCE(c.objects[1], c.object)) AS names,
            pg_catalog.tstzrange(COALESCE(c.since, c.captured_at), c.captured_at, '[]') AS during
        OFFSET 0) AS d
    LEFT JOIN LATERAL (
        SELECT r.change_id, r.title, r.kind, r.requested_by, r.approved_by,
            r.approved_at, r.approval, r.approval_due, r.implementer,
            -- the smaller, the nearer it is to cover it
            CASE
                WHEN r.approval OPERATOR(pg_catalog.<>) ALL ('{approved,provisional}'::text[]) THEN 5
                WHEN c.named_change IS NOT NULL AND r.patterns OPERATOR(pg_catalog.<>) '{}'::text[]
                    AND NOT soc2.change_touches(r.patterns, d.objects) THEN 4
                WHEN NOT COALESCE(r.in_force OPERATOR(pg_catalog.&&) d.during, false) THEN
                    CASE WHEN r.kind OPERATOR(pg_catalog.<>) 'emergency'
                        AND r.approved_at OPERATOR(pg_catalog.>) c.captured_at THEN 3 ELSE 2 END
                WHEN NOT soc2.same_person(r.implementer, c.actor) THEN 1
                ELSE 0 END AS fault
        FROM record AS r
        WHERE CASE
            WHEN c.follows_id IS NOT NULL THEN false
            WHEN c.named_change IS NOT NULL THEN r.change_id OPERATOR(pg_catalog.=) c.named_change
            ELSE EXISTS (
                    SELECT FROM pg_catalog.unnest(d.names) AS n (name)
                    WHERE n.name OPERATOR(pg_catalog.~~) ANY (r.patterns))
                AND (pg_catalog.cardinality(d.objects) OPERATOR(pg_catalog.=) 1
                    OR soc2.change_touches(r.patterns, d.objects)) END
        ORDER BY fault, r.change_id
        LIMIT 1) AS m ON true;
COMMENT ON VIEW soc2.change_log IS
'which change covers what was captured, and if none does, why not? one row a captured change';
COMMENT ON COLUMN soc2.change_log.source IS
'ddl, setting, file, role setting, role, membership, database, tablespace or grant';
COMMENT ON COLUMN soc2.change_log.captured_id IS 'ddl_id in soc2.ddl_log, or observed_id in soc2.observed_changes';
COMMENT ON COLUMN soc2.change_log.captured_at IS 'when the command had run, or the difference was seen';
COMMENT ON COLUMN soc2.change_log.since IS 'when it was not there yet, if it was seen as a difference';
COMMENT ON COLUMN soc2.change_log.action IS 'command tag; added, changed, removed or falsified';
COMMENT ON COLUMN soc2.change_log.object IS 'what was changed';
COMMENT ON COLUMN soc2.change_log.actor IS 'who had logged in; NULL: the server does not say';
COMMENT ON COLUMN soc2.change_log.application IS 'application_name of the session';
COMMENT ON COLUMN soc2.change_log.named_change IS 'change that the session named; NULL: none';
COMMENT ON COLUMN soc2.change_log.state IS
'covered, provisional (by an emergency that has still to be approved), unmatched, or follows (it is the effect of another row)';
COMMENT ON COLUMN soc2.change_log.reason IS 'by which change it is covered, or why it is not';
COMMENT ON COLUMN soc2.change_log.change_id IS
'change that covers it, or that is nearest to it; NULL: there is none';
COMMENT ON COLUMN soc2.change_log.title IS 'title of that change';
COMMENT ON COLUMN soc2.change_log.kind IS 'standard, normal or emergency';
COMMENT ON COLUMN soc2.change_log.requested_by IS 'who asked for it';
COMMENT ON COLUMN soc2.change_log.approved_by IS 'who approved it';
COMMENT ON COLUMN soc2.change_log.approved_at IS 'when';

CREATE VIEW soc2.unmatched_changes AS
    SELECT l.source, l.captured_id, l.captured_at, l.since, l.action, l.object, l.actor,
        l.application, l.named_change, l.reason, l.change_id
    FROM soc2.change_log AS l
    WHERE l.state OPERATOR(pg_catalog.=) 'unmatched';
COMMENT ON VIEW soc2.unmatched_changes IS
'what was changed and belongs to no change that was approved? no row: nothing that was captured';
COMMENT ON COLUMN soc2.unmatched_changes.source IS 'ddl, or the kind in soc2.observed_changes';
COMMENT ON COLUMN soc2.unmatched_changes.captured_id IS 'ddl_id or observed_id';
COMMENT ON COLUMN soc2.unmatched_changes.captured_at IS 'when the command had run, or the difference was seen';
COMMENT ON COLUMN soc2.unmatched_changes.since IS 'when it was not there yet, if it was seen as a difference';
COMMENT ON COLUMN soc2.unmatched_changes.action IS 'command tag; added, changed, removed or falsified';
COMMENT ON COLUMN soc2.unmatched_changes.object IS 'what was changed';
COMMENT ON COLUMN soc2.unmatched_changes.actor IS 'who had logged in; NULL: the server does not say';
COMMENT ON COLUMN soc2.unmatched_changes.application IS 'application_name of the session';
COMMENT ON COLUMN soc2.unmatched_changes.named_change IS 'change that the session named; NULL: none';
COMMENT ON COLUMN soc2.unmatched_changes.reason IS 'why no change covers it';
COMMENT ON COLUMN soc2.unmatched_changes.change_id IS 'change that is nearest to it; NULL: there is none';
