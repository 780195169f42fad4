INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('inc.events_judged',
 'Security events are judged in time',
 'high',
 '{outline:CC6.6,outline:CC6.7,tsc:CC7.2,tsc:CC7.3}',
 '{"within": "1 day"}',
 'An event that nobody looks at is an incident that goes on.',
 'Judge it: UPDATE soc2.security_events SET state = ''event'', judgement = ... (or no_event, or incident with its incident_id).',
 '1 hour', '{soc2.security_events}',
 true,
$query$
SELECT format('event %s', quote_ident(e.event_id)),
       coalesce(e.judged_at, now()) <= least(e.due_at, e.opened_at + ($1 ->> 'within')::interval),
       concat_ws(', ', e.state,
           coalesce('judged after ' || date_trunc('minute', e.judged_at - e.opened_at),
               format('waits for %s than %s', CASE WHEN now() - e.opened_at > ($1 ->> 'within')::interval
                   THEN 'more' ELSE 'less' END, $1 ->> 'within')))
FROM soc2.security_events AS e
WHERE e.state = 'reported' OR e.opened_at >= now() - interval '1 year'
$query$),
('inc.incidents',
 'Incidents are led to their end in time, and those who must be told are told',
 'critical',
 '{outline:CC6.7,tsc:CC7.3,tsc:CC7.4,tsc:CC7.5,tsc:P6.6}',
 '{"contain_within": "3 days", "close_within": "90 days"}',
 'Who is told too late cannot protect himself, and what is not learned from happens again.',
 'Lead it on: contain, recover, and close it with root cause and lessons. Tell whoever must be told, and record it by soc2.notify_incident().',
 '1 hour', '{soc2.incidents, soc2.incident_status}',
 true,
$query$
SELECT format('incident %s', quote_ident(s.incident_id)),
       NOT s.notified_late AND coalesce(i.due_at >= now(), true)
           AND (s.state <> 'open' OR i.detected_at + ($1 ->> 'contain_within')::interval >= now())
           AND i.detected_at + ($1 ->> 'close_within')::interval >= now(),
       concat_ws(', ', s.state,
           CASE WHEN s.notified_late THEN 'notification was due on '
               || to_char(s.notify_by AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI UTC') END,
           CASE WHEN i.due_at < now() THEN format('due on %s', (i.due_at AT TIME ZONE 'UTC')::date) END,
           format('detected on %s', (i.detected_at AT TIME ZONE 'UTC')::date))
FROM soc2.incident_status AS s
JOIN soc2.incidents AS i ON i.incident_id = s.incident_id
WHERE s.is_open OR (s.notified_late AND i.detected_at >= now() - interval '1 year')
$query$);
