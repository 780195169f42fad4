INSERT INTO soc2.checks (check_id, title, severity, criteria, rationale, remediation, shipped, query) VALUES
('chg.trigger_disabled',
 'No user trigger is disabled',
 'high',
 '{outline:CC8.1.6,outline:PI1.1.2,tsc:CC8.1,tsc:PI1.3}',
 'A disabled trigger no longer checks or completes what is written, and nobody notices: also foreign keys are triggers.',
 'ALTER TABLE name ENABLE TRIGGER trigger (ENABLE ALWAYS TRIGGER where replicas must run it, too); for a foreign key ALTER TABLE name ENABLE TRIGGER ALL. Check the rows that were written in between; DROP TRIGGER what is not needed.',
 true,
$query$
-- the triggers of a foreign key, two on each side, are disabled only by those
-- who disable all of a table: they count where they are off. Of the triggers of
-- a replica (ENABLE REPLICA) a primary runs none, which is what was asked for
SELECT format('trigger %I on %I.%I', t.tgname, n.nspname, c.relname),
       t.tgenabled <> 'D',
       CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'enabled on replicas only'
           WHEN 'A' THEN 'enabled always' ELSE 'enabled' END
FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_(toast_)?temp_' AND (NOT t.tgisinternal OR t.tgenabled = 'D')
$query$);
INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, shipped, query) VALUES
('chg.prepared_xacts',
 'No prepared transaction is older than an hour',
 'medium',
 '{outline:CC8.1.9,tsc:PI1.3,tsc:A1.1}',
 '{"max_age": "1 hour"}',
 'A prepared transaction that nobody finishes keeps its locks, and keeps VACUUM from removing rows, through restarts.',
 'Ask the transaction manager for the outcome, then, in the database named, COMMIT PREPARED or ROLLBACK PREPARED the identifier. Without a transaction manager set max_prepared_transactions = 0 and restart.',
 '1 hour',
 true,
$query$
SELECT format('%L in %s', p.gid, quote_ident(p.database)),
       p.prepared >= now() - ($1 ->> 'max_age')::interval,
       format('owner %s, prepared %s', quote_ident(p.owner),
           CASE WHEN p.prepared >= now() - ($1 ->> 'max_age')::interval
               THEN format('within %s', $1 ->> 'max_age')
               ELSE format('more than %s ago', $1 ->> 'max_age') END)
FROM pg_prepared_xacts AS p
$query$);
INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('chg.event_triggers',
 'No event trigger is disabled',
 'high',
 '{outline:CC6.2.3,outline:CC6.7.1,tsc:CC7.2,tsc:CC8.1}',
 '{}',
 'Event triggers record and refuse changes of definitions; one that is disabled does neither, and nobody notices.',
 'ALTER EVENT TRIGGER name ENABLE ALWAYS; since PostgreSQL 17 also ALTER SYSTEM RESET event_triggers; SELECT pg_reload_conf(). Look at what was changed in between; DROP EVENT TRIGGER what is not needed.',
 '1 day', '{}',
 true,
$query$
-- one for replicas only does not fire where changes are made; the setting is
-- there since 17
SELECT format('event trigger %I', t.evtname), t.evtenabled IN ('A', 'O'),
       format('on %s, %s', t.evtevent,
           CASE t.evtenabled WHEN 'A' THEN 'enabled always' WHEN 'O' THEN 'enabled'
               WHEN 'R' THEN 'enabled on replicas only' ELSE 'disabled' END)
FROM pg_event_trigger AS t
UNION ALL
SELECT s.name, s.setting = 'on', format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
WHERE s.name = 'event_triggers' AND EXISTS (SELECT FROM pg_event_trigger)
$query$),
('chg.replica_role',
 'No session starts as a replica, where triggers and foreign keys do not fire',
 'high',
 '{outline:CC8.1.6,outline:CC8.1.11,tsc:CC6.8,tsc:PI1.3}',
 '{}',
 'With session_replication_role = replica rows are written without foreign keys and without triggers that audit them.',
 'ALTER SYSTEM RESET session_replication_role; SELECT pg_reload_conf(); ALTER ROLE name RESET session_replication_role, ALTER DATABASE name RESET session_replication_role. Check what was written in between.',
 '1 day', '{}',
 true,
$query$
SELECT 'server', s.setting = 'origin', format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
WHERE s.name = 'session_replication_role'
UNION ALL
SELECT concat_ws(' in ',
           CASE WHEN d.setrole <> 0 THEN coalesce('role ' || quote_ident(r.rolname), d.setrole::text)
               WHEN d.setdatabase = 0 THEN 'every role' END,
           CASE WHEN d.setdatabase <> 0
               THEN coalesce('database ' || quote_ident(b.datname), d.setdatabase::text) END),
       lower(v.value) = 'origin', format('session_replication_role = %s', v.value)
FROM pg_db_role_setting AS d
LEFT JOIN pg_roles AS r ON r.oid = d.setrole
LEFT JOIN pg_database AS b ON b.oid = d.setdatabase
CROSS JOIN unnest(d.setconfig) AS c (entry)
CROSS JOIN LATERAL substr(c.entry, 26) AS v (value)
WHERE starts_with(c.entry, 'session_replication_role=')
$query$);
INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('chg.ddl_ledger',
 'Every DDL belongs to an approved change',
 'high',
 '{outline:CC6.2.1,outline:CC6.2.3,tsc:CC8.1}',
 '{"window": "90 days", "ignored": []}',
 'A change of a definition that nobody asked for and nobody approved is one that nobody tested.',
 'Find out who ran it (soc2.ddl_log) and why, and undo it or, if it could not wait, record it as an emergency with its window and have it approved in time. Before the next one: soc2.record_change(), soc2.approve_change() by somebody else, and in the session SET soc2.change = ''number''.',
 '1 day', '{soc2.change_log}',
 true,
$query$
-- by the change that the session named, or by one that names the object; in
-- force when the command ran. Application names can be ignored, as of a tool
-- that keeps its own record
SELECT format('%s %s %s', l.action, l.object, l.captured_id),
       l.state <> 'unmatched' OR ($1 -> 'ignored') ? coalesce(l.application, ''),
       format('by %I on %s, %s', l.actor, (l.captured_at AT TIME ZONE 'UTC')::date, l.reason)
FROM soc2.change_log AS l
WHERE l.source = 'ddl' AND l.captured_at >= now() - ($1 ->> 'window')::interval
$query$),
('chg.observed_changes',
 'Every change of settings, roles and grants belongs to an approved change',
 'high',
 '{outline:CC6.2.1,outline:CC6.2.3,outline:CC6.8.4,tsc:CC6.1,tsc:CC8.1}',
 '{"window": "90 days", "kinds": ["setting", "file", "role setting", "role", "membership", "database", "tablespace", "grant", "settings", "roles"]}',
 'A setting that was turned or a right that was given past the process is what an intruder leaves behind, and what breaks at the next restart.',
 'Find out who made it, between the two times that soc2.observed_changes says, and undo it; or record it as an emergency with its window and have it approved in time. Before the next one: soc2.record_change() with objects as setting:name or role name, and soc2.approve_change() by somebody else.',
 '1 day', '{soc2.change_log}',
 true,
$query$
-- what is the effect of a command or of a line in a file is judged there
SELECT format('%s %s %s', l.object, l.action, l.captured_id), l.state <> 'unmatched',
       format('between %s and %s, %s', to_char(l.since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'),
           to_char(l.captured_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), l.reason)
FROM soc2.change_log AS l
WHERE ($1 -> 'kinds') ? l.source AND l.state <> 'follows'
    AND l.captured_at >= now() - ($1 ->> 'window')::interval
$query$),
('chg.observed',
 'Settings and roles are compared with what was seen before at least daily',
 'medium',
 '{outline:CC6.2.3,outline:CC6.7.1,tsc:CC7.2,tsc:CC8.1}',
 '{"within": "25 hours"}',
 'No event trigger fires for roles, databases and settings: what nobody compares, nobody sees change, and the longer the time between two looks, the less can be told.',
 'Have SELECT soc2.observe_settings(), soc2.observe_roles() run daily, as a member of soc2_collector.',
 '1 day', '{soc2.observed_changes}',
 true,
$query$
SELECT s.scope, coalesce(o.recorded_at >= now() - ($1 ->> 'within')::interval, false),
       CASE WHEN o.recorded_at IS NULL THEN 'never observed'
           WHEN o.recorded_at >= now() - ($1 ->> 'within')::interval
               THEN format('observed within %s', $1 ->> 'within')
           ELSE format('observed last on %s', (o.recorded_at AT TIME ZONE 'UTC')::date) END
FROM (VALUES ('settings'), ('roles')) AS s (scope)
LEFT JOIN LATERAL (
    SELECT max(c.recorded_at) AS recorded_at
    FROM soc2.observed_changes AS c
    WHERE c.kind = s.scope AND c.action IN ('begun', 'observed')) AS o ON true
$query$),
('chg.register',
 'Changes are planned, tested, approved by another person and reviewed in time',
 'high',
 '{outline:CC6.2.1,outline:CC6.2.2,outline:CC6.2.3,tsc:CC8.1}',
 '{"window": "365 days", "plan_risks": ["medium", "high"], "test_kinds": ["standard", "normal"]}',
 'A change without a way back, a test or a second pair of eyes is a hope; one that nobody looked at afterwards is not over.',
 'Say what is missing: soc2.plan_change(), soc2.record_change_test() before the approval; approve an emergency before soc2.changes.approval_due; soc2.step_change(number, ''implemented'') and, by somebody else, soc2.step_change(number, ''closed'').',
 '1 day', '{soc2.change_status}',
 true,
$query$
-- a change of which nobody has said the risk counts as one of high risk; what
-- was rejected or withdrawn before it was carried out need not be complete
SELECT s.change_id, f.faults = '', coalesce(nullif(f.faults, ''), s.state)
FROM soc2.change_status AS s
CROSS JOIN LATERAL (
    SELECT s.approval IN ('approved', 'late', 'own') OR s.implemented_at IS NOT NULL AS counts) AS c
CROSS JOIN LATERAL (
    SELECT concat_ws('; ',
        CASE s.approval WHEN 'own' THEN 'approved by the person who asked for it'
            WHEN 'late' THEN 'approved too late' WHEN 'overdue' THEN 'approval is overdue' END,
        CASE WHEN s.state = 'rejected' AND s.implemented_at IS NOT NULL
            THEN 'carried out and then rejected' END,
        CASE WHEN c.counts AND s.rollback_plan IS NULL
            AND ($1 -> 'plan_risks') ? coalesce(s.risk, 'high') THEN 'no rollback plan' END,
        CASE WHEN c.counts AND ($1 -> 'test_kinds') ? s.kind AND s.tests_passed = 0
            THEN CASE s.tests_failed WHEN 0 THEN 'not tested' ELSE 'no test passed' END END,
        CASE WHEN s.state = 'approved' AND s.due_at < now() THEN 'its window is over'
            WHEN s.state IN ('implemented', 'failed', 'rolled_back') AND s.due_at < now()
                THEN 'review is overdue' END) AS faults) AS f
WHERE s.requested_at >= now() - ($1 ->> 'window')::interval
$query$);
