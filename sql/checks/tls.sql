INSERT INTO soc2.checks (check_id, title, severity, criteria, rationale, remediation, shipped, query) VALUES
('tls.on',
 'TLS is enabled',
 'high',
 '{outline:CC6.4.1,outline:CC9.2.2,outline:C1.1.1,outline:P6.1.3,tsc:CC6.1,tsc:CC6.6,tsc:CC6.7}',
 'Without TLS, what clients and server say to each other can be read and changed on the way.',
 'Set ssl_cert_file and ssl_key_file, ALTER SYSTEM SET ssl = on, then SELECT pg_reload_conf().',
 true,
$query$
SELECT s.name, s.reset_val = 'on', format('%s = %s', s.name, s.reset_val)
FROM pg_settings AS s
WHERE s.name = 'ssl'
$query$);
