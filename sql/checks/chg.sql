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
 'Find out who ran it (soc2.ddl_log) and why, and undo it or have it approved. Before the next one: soc2.record_change(), soc2.approve_change() by somebody else, and in the session SET soc2.change = ''number''.',
 '1 day', '{soc2.ddl_log, soc2.change_status}',
 true,
$query$
-- by the change that the session named, or by one that names the object; in
-- force when the command ran. Application names can be ignored, as of a tool
-- that keeps its own record
WITH approved AS MATERIALIZED (
    SELECT s.change_id, s.objects, s.in_force FROM soc2.change_status AS s WHERE s.approved)
SELECT format('%s %s %s', l.command_tag, coalesce(l.object_type || ' ' || l.object_identity, ''), l.ddl_id),
       coalesce(n.change_id, c.change_id) IS NOT NULL OR ($1 -> 'ignored') ? l.application,
       format('by %I on %s, %s', l.session_role, (l.recorded_at AT TIME ZONE 'UTC')::date,
           coalesce('change ' || coalesce(n.change_id, c.change_id), 'no approved change'))
FROM soc2.ddl_log AS l
LEFT JOIN approved AS n ON n.change_id = l.change_id AND n.in_force @> l.recorded_at
LEFT JOIN LATERAL (
    SELECT min(a.change_id) AS change_id
    FROM approved AS a
    WHERE n.change_id IS NULL AND a.in_force @> l.recorded_at
        AND soc2.change_covers(a.objects, format('%s %s', l.object_type, l.object_identity))) AS c ON true
WHERE l.recorded_at >= now() - ($1 ->> 'window')::interval
$query$);
