INSERT INTO soc2.checks (check_id, title, severity, criteria, rationale, remediation, shipped, query) VALUES
('cfg.dangerous',
 'fsync and full_page_writes are on; settings that ignore damage or open the catalogs are off',
 'critical',
 '{outline:CC8.1.6,outline:PI1.3.4,tsc:CC7.1,tsc:A1.2,tsc:PI1.5}',
 'Each of these settings trades durability, or the detection of damage, for something else.',
 'ALTER SYSTEM RESET the setting and SELECT pg_reload_conf(); restart where the setting asks for it.',
 true,
$query$
SELECT s.name,
       s.reset_val = CASE WHEN s.name IN ('fsync', 'full_page_writes') THEN 'on' ELSE 'off' END,
       format('%s = %s', s.name, s.reset_val)
FROM pg_settings AS s
WHERE s.name IN ('fsync', 'full_page_writes', 'allow_system_table_mods',
    'ignore_system_indexes', 'zero_damaged_pages', 'ignore_checksum_failure')
$query$);
