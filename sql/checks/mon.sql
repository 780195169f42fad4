INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('mon.track',
 'Activity, counts and times of input and output are tracked, and pg_stat_statements is loaded',
 'low',
 '{outline:CC7.1.2,tsc:CC7.2,tsc:A1.1}',
 '{}',
 'Whoever looks into an anomaly needs numbers from before it.',
 'ALTER SYSTEM SET track_activities = on; the same for track_counts and track_io_timing; SELECT pg_reload_conf(). Add pg_stat_statements to shared_preload_libraries and restart.',
 '1 day', '{pg_read_all_settings}',
 true,
$query$
SELECT s.name, s.setting = 'on', format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
WHERE s.name IN ('track_activities', 'track_counts', 'track_io_timing')
UNION ALL
SELECT 'pg_stat_statements', s.setting ~ '\mpg_stat_statements\M',
       CASE WHEN s.setting ~ '\mpg_stat_statements\M' THEN 'loaded' ELSE 'not loaded' END
FROM soc2.server_settings AS s
WHERE s.name = 'shared_preload_libraries'
$query$),
('mon.stats_reset',
 'No statistics of a database were reset without a record',
 'low',
 '{outline:CC2.1.4,outline:CC6.6.2,tsc:CC4.1,tsc:CC7.2}',
 '{"window": "90 days"}',
 'A reset makes failures and conflicts of the time before invisible.',
 'Find out who called pg_stat_reset() and why. Before the next one: soc2.record_change() with the object "statistics:database" and soc2.approve_change() by somebody else.',
 '1 day', '{soc2.change_status}',
 true,
$query$
-- the row without a database is about objects that all databases share
SELECT coalesce(quote_ident(d.datname), '(shared)'),
       d.stats_reset IS NULL OR d.stats_reset < now() - ($1 ->> 'window')::interval OR c.change_id IS NOT NULL,
       CASE WHEN d.stats_reset IS NULL THEN 'never reset'
           ELSE format('reset on %s, %s', (d.stats_reset AT TIME ZONE 'UTC')::date,
               coalesce('change ' || c.change_id, 'no approved change')) END
FROM pg_stat_database AS d
CROSS JOIN LATERAL (
    SELECT CASE WHEN d.stats_reset IS NOT NULL THEN soc2.change_of(
        format('statistics:%s', coalesce(d.datname, 'shared')), d.stats_reset) END AS change_id) AS c
$query$),
('mon.invalid_logins',
 'Failed logins are few, or an incident is recorded',
 'high',
 '{outline:CC6.6.2,outline:CC6.7.2,tsc:CC6.1,tsc:CC7.2,tsc:CC7.3}',
 '{"window": "30 days", "threshold": 10}',
 'Many failures in a day are somebody guessing, or something broken; both want to be looked at.',
 'Look into it, then record what it was: SELECT soc2.record_logins(''role'', ''day'', 0, 0, ''source'', ''number of the incident'').',
 '1 day', '{soc2.logins}',
 true,
$query$
-- what the server log or a directory told soc2.record_logins(): the server
-- itself keeps no count
SELECT format('%I on %s by %s', l.role_name, l.day, l.source),
       l.failures <= ($1 ->> 'threshold')::bigint OR l.incident IS NOT NULL,
       format('%s failed%s', l.failures, coalesce(', incident ' || l.incident, ''))
FROM soc2.logins AS l
WHERE l.day >= (now() AT TIME ZONE 'UTC')::date - ($1 ->> 'window')::interval
    AND l.source <> 'sessions'
$query$);
