INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('net.listen_addresses',
 'The server listens at named addresses only',
 'medium',
 '{outline:CC6.8.1,tsc:CC6.6}',
 '{"approved": []}',
 'Listening at all addresses opens the server on networks that nobody thought of, and on those that come later.',
 'ALTER SYSTEM SET listen_addresses = ''localhost, 10.0.0.5'' (its own addresses) and restart. Where something in front decides, as in a container: SELECT soc2.set_check_parameters(''net.listen_addresses'', ''{"approved": ["*"]}'', ''what does'').',
 '1 day', '{}',
 true,
$query$
SELECT format('%s %s', s.name, a.position),
       btrim(a.address) NOT IN ('*', '0.0.0.0', '::') OR ($1 -> 'approved') ? btrim(a.address),
       format('listens at %s', btrim(a.address))
FROM soc2.server_settings AS s
CROSS JOIN LATERAL string_to_table(s.setting, ',') WITH ORDINALITY AS a (address, position)
WHERE s.name = 'listen_addresses' AND btrim(a.address) <> ''
$query$),
('net.socket_perms',
 'Unix sockets are not open to all users of the machine',
 'low',
 '{outline:CC6.1.1,tsc:CC6.1}',
 '{}',
 'With peer or trust rules, who can open the socket is half of the authentication.',
 'ALTER SYSTEM SET unix_socket_permissions = ''0770'' (and unix_socket_group to the group of those who connect), then restart.',
 '1 day', '{pg_read_all_settings}',
 true,
$query$
-- the view has the number, which is written in octal
SELECT s.name, s.setting::integer & 7 = 0,
       format('%s = 0%s%s%s', s.name, s.setting::integer >> 6 & 7, s.setting::integer >> 3 & 7,
           s.setting::integer & 7)
FROM soc2.server_settings AS s
WHERE s.name = 'unix_socket_permissions'
    AND EXISTS (SELECT FROM soc2.server_settings AS d
                WHERE d.name = 'unix_socket_directories' AND d.setting <> '')
$query$);
