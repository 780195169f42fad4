INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('tls.on',
 'TLS is enabled',
 'high',
 '{outline:CC6.4.1,outline:CC9.2.2,outline:C1.1.1,outline:P6.1.3,tsc:CC6.1,tsc:CC6.6,tsc:CC6.7}',
 '{}',
 'Without TLS, what clients and server say to each other can be read and changed on the way.',
 'Set ssl_cert_file and ssl_key_file, ALTER SYSTEM SET ssl = on, then SELECT pg_reload_conf().',
 '1 day', '{}',
 true,
$query$
SELECT s.name, s.setting = 'on', format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
WHERE s.name = 'ssl'
$query$),
('tls.min_version',
 'TLS below 1.2 is refused',
 'high',
 '{outline:CC6.4.1,outline:C1.1.1,tsc:CC6.7}',
 '{"versions": ["TLSv1.2", "TLSv1.3"]}',
 'TLS 1.0 and 1.1 rest on hashes and modes that are broken.',
 'ALTER SYSTEM SET ssl_min_protocol_version = ''TLSv1.2''; SELECT pg_reload_conf().',
 '1 day', '{}',
 true,
$query$
-- tls.on judges whether there is TLS; without it there is no version
SELECT s.name, ($1 -> 'versions') ? s.setting, format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
WHERE s.name = 'ssl_min_protocol_version'
    AND EXISTS (SELECT FROM soc2.server_settings AS o WHERE o.name = 'ssl' AND o.setting = 'on')
$query$),
('tls.ciphers',
 'ssl_ciphers admits no weak family of ciphers',
 'medium',
 '{outline:CC6.4.1,outline:C1.1.1,tsc:CC6.7}',
 '{"weak": ["ALL", "COMPLEMENTOFDEFAULT", "COMPLEMENTOFALL", "NULL", "eNULL", "aNULL", "ADH", "AECDH", "EXP", "EXPORT", "RC4", "DES", "3DES", "IDEA", "SEED", "MD5", "LOW", "MEDIUM"]}',
 'A family that is admitted is one that an attacker can make both sides agree on.',
 'ALTER SYSTEM SET ssl_ciphers = ''HIGH:!aNULL:!3DES''; SELECT pg_reload_conf(). It is about TLS 1.2; the ciphers of TLS 1.3 are all strong.',
 '1 day', '{}',
 true,
$query$
-- ! and - take away, + changes the order of what is there already; an element
-- may join families by +, and then is no weaker than each of them
SELECT format('%s %s', s.name, c.position),
       c.element ~ '^[-!+@]' OR c.element = '' OR NOT EXISTS (
           SELECT FROM string_to_table(c.element, '+') AS f (family)
           WHERE ($1 -> 'weak') ? f.family),
       CASE WHEN c.element ~ '^[-!]' THEN format('%s excludes', c.element)
           WHEN c.element ~ '^\+' THEN format('%s admits nothing new', c.element)
           ELSE format('admits %s', c.element) END
FROM soc2.server_settings AS s
CROSS JOIN LATERAL regexp_split_to_table(s.setting, '[:, ]+') WITH ORDINALITY AS c (element, position)
WHERE s.name = 'ssl_ciphers'
    AND EXISTS (SELECT FROM soc2.server_settings AS o WHERE o.name = 'ssl' AND o.setting = 'on')
$query$),
('tls.key_no_default_snakeoil',
 'The certificate of the server is its own',
 'medium',
 '{outline:CC6.4.1,outline:C1.2.2,tsc:CC6.1,tsc:CC6.7}',
 '{"pattern": "snakeoil"}',
 'The certificate that a distribution makes at installation proves nothing about the server, and clients that accept it accept any.',
 'Have a certificate issued for the names of the server, set ssl_cert_file and ssl_key_file, SELECT pg_reload_conf().',
 '1 day', '{}',
 true,
$query$
SELECT s.name, s.setting !~ ($1 ->> 'pattern'), format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
WHERE s.name IN ('ssl_cert_file', 'ssl_key_file')
    AND EXISTS (SELECT FROM soc2.server_settings AS o WHERE o.name = 'ssl' AND o.setting = 'on')
$query$),
('tls.sessions_encrypted',
 'Sessions from other machines are encrypted',
 'high',
 '{outline:CC6.4.1,outline:CC9.2.2,tsc:CC6.7,tsc:CC7.2}',
 '{"trusted": ["127.0.0.0/8", "::1/128"]}',
 'What is configured may not be what is used; each session that is there shows it.',
 'Put hostssl (or hostgssenc) in place of host in pg_hba.conf, SELECT pg_reload_conf(), and SELECT pg_terminate_backend(pid) for the sessions that are not encrypted.',
 '1 hour', '{pg_monitor}',
 true,
$query$
SELECT format('pid %s', a.pid),
       coalesce(s.ssl, false) OR coalesce(g.encrypted, false),
       format('%s from %s, %s', quote_ident(a.usename), host(a.client_addr),
           coalesce(s.version, CASE WHEN g.encrypted THEN 'GSSAPI' END, 'not encrypted'))
FROM pg_stat_activity AS a
LEFT JOIN pg_stat_ssl AS s ON s.pid = a.pid
LEFT JOIN pg_stat_gssapi AS g ON g.pid = a.pid
WHERE a.backend_type IN ('client backend', 'walsender') AND a.client_addr IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM jsonb_array_elements_text($1 -> 'trusted') AS t (range)
        WHERE a.client_addr <<= t.range::inet)
$query$);
