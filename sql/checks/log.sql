INSERT INTO soc2.checks (check_id, title, severity, criteria, rationale, remediation, shipped, query) VALUES
('log.connections',
 'log_connections and log_disconnections are on',
 'high',
 '{outline:CC6.1.1,outline:CC6.7.1,tsc:CC6.1,tsc:CC7.2}',
 'Without them nobody can tell afterwards who was connected when.',
 'ALTER SYSTEM SET log_connections = on; ALTER SYSTEM SET log_disconnections = on; SELECT pg_reload_conf(). Since PostgreSQL 18 log_connections is a list; "all" is the fullest.',
 true,
$query$
-- since 18 log_connections is a list, empty when off
SELECT s.name, s.reset_val NOT IN ('off', ''), format('%s = %s', s.name, s.reset_val)
FROM pg_settings AS s
WHERE s.name IN ('log_connections', 'log_disconnections')
$query$);
