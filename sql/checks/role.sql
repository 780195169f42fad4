INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, shipped, query) VALUES
('role.superuser_count',
 'Superusers are limited to the approved list',
 'critical',
 '{outline:CC6.1.4,tsc:CC6.1,tsc:CC6.3}',
 '{"approved": []}',
 'A superuser passes every permission check; each one beyond the bootstrap superuser needs a reason.',
 'ALTER ROLE name NOSUPERUSER, or approve it: SELECT soc2.set_check_parameters(''role.superuser_count'', ''{"approved": ["name"]}'', ''why'').',
 true,
$query$
-- the bootstrap superuser cannot be removed and counts as approved
SELECT r.rolname::text,
       r.oid = 10 OR ($1 -> 'approved') ? r.rolname::text,
       format('superuser, %s', CASE WHEN r.rolcanlogin THEN 'can log in' ELSE 'cannot log in' END)
FROM pg_roles AS r
WHERE r.rolsuper
$query$);
