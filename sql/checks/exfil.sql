INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('exfil.bulk_read_live',
 'No COPY TO and no base backup of a role that is not approved is running',
 'high',
 '{outline:CC6.6.2,outline:CC6.7.1,outline:CC9.2.5,tsc:CC6.7,tsc:CC7.2,tsc:C1.1}',
 '{"approved": []}',
 'These take whole tables, or the whole cluster, out of the server; seen while they run, they can still be stopped.',
 'Ask the owner of the session; SELECT pg_terminate_backend(pid). Approve those who make backups: SELECT soc2.set_check_parameters(''exfil.bulk_read_live'', ''{"approved": ["role"]}'', ''why'').',
 '1 hour', '{pg_read_all_stats}',
 true,
$query$
SELECT format('COPY TO by pid %s', c.pid),
       coalesce($1 -> 'approved' ? a.usename::text, false),
       format('role %s in database %s, from %s', quote_ident(a.usename), quote_ident(c.datname), coalesce(host(a.client_addr), 'this machine'))
FROM pg_stat_progress_copy AS c
LEFT JOIN pg_stat_activity AS a ON a.pid = c.pid
WHERE c.command = 'COPY TO'
UNION ALL
SELECT format('base backup by pid %s', b.pid),
       coalesce($1 -> 'approved' ? a.usename::text, false),
       format('role %s, from %s', quote_ident(a.usename), coalesce(host(a.client_addr), 'this machine'))
FROM pg_stat_progress_basebackup AS b
LEFT JOIN pg_stat_activity AS a ON a.pid = b.pid
$query$),
('exfil.dump_sessions',
 'Sessions of backup programs belong to approved roles',
 'high',
 '{outline:CC6.7.1,outline:CC9.2.5,tsc:CC6.7,tsc:CC7.2}',
 '{"approved": [], "programs": ["pg_basebackup", "pg_dump", "pg_dumpall", "pg_receivewal", "pg_recvlogical"]}',
 'A dump that no backup plan knows may be a dump for somebody else.',
 'Ask the owner of the session; SELECT pg_terminate_backend(pid). Approve those who make backups: SELECT soc2.set_check_parameters(''exfil.dump_sessions'', ''{"approved": ["role"]}'', ''why'').',
 '1 hour', '{pg_read_all_stats}',
 true,
$query$
-- the programs name themselves, and can be told another name: this finds those
-- who do not hide
SELECT format('%s with pid %s', a.application_name, a.pid),
       coalesce($1 -> 'approved' ? a.usename::text, false),
       format('role %s, from %s', quote_ident(a.usename), coalesce(host(a.client_addr), 'this machine'))
FROM pg_stat_activity AS a
WHERE $1 -> 'programs' ? a.application_name
$query$);
