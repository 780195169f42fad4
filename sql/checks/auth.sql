INSERT INTO soc2.checks (check_id, title, severity, criteria, rationale, remediation, shipped, query) VALUES
('auth.hba_no_trust',
 'No pg_hba rule uses trust',
 'critical',
 '{outline:CC6.1.1,outline:CC6.1.3,outline:A1.1.3,tsc:CC6.1,tsc:CC6.6}',
 'A connection that matches a trust rule is let in as any user without proof of identity.',
 'Replace "trust" by "peer" on local lines and by "scram-sha-256" on host lines of pg_hba.conf, then SELECT pg_reload_conf().',
 true,
$query$
-- a rule in error is not in force and cannot be judged
SELECT format('%s:%s',
           regexp_replace(coalesce(to_jsonb(r) ->> 'file_name', current_setting('hba_file')), '^.*/', ''),
           r.line_number),
       CASE WHEN r.error IS NULL THEN r.auth_method <> 'trust' END,
       coalesce(r.error, format('%s %s %s %s %s', r.type,
           array_to_string(r.database, ','), array_to_string(r.user_name, ','),
           coalesce(r.address, '-'), r.auth_method))
FROM pg_hba_file_rules AS r
$query$);
