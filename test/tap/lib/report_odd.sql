-- Names and texts that try to get out of their place on a page, wherever the report
-- shows what somebody else has written. Run by a superuser.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\o /dev/null
CREATE TABLE public."a <script>alert('table')</script> & ""b""" (id integer PRIMARY KEY, at timestamptz);
INSERT INTO public."a <script>alert('table')</script> & ""b""" VALUES (1, '2001-01-01'), (2, now()), (3, NULL);
SELECT soc2.create_retention_class('<b onclick="alert(''class'')">class</b>', '1 day', 'none', max_retain => '1 year');
SELECT soc2.set_retention('public."a <script>alert(''table'')</script> & ""b"""', '<b onclick="alert(''class'')">class</b>', 'at');
SELECT soc2.open_matter('<img src=x onerror=alert("matter")>', '<M>');
SELECT soc2.place_hold('<M>', 'public."a <script>alert(''table'')</script> & ""b"""', 'id = 3');
SELECT soc2.count_retention();
CREATE TABLE public.odd_member (resource text, ok boolean);
INSERT INTO public.odd_member VALUES ('<script>alert("member")</script>', false), (E'tab\tand\nnewline', false), (E'bell\x07 and escape\x1b', false),
    (U&'\202Eturned\202C, \00E4 \+01F512 \05E9\05DC\05D5\05DD', false), ('"quoted" & ''quoted'' ]]>-->', false), (repeat('long', 300), false),
    (repeat('many words ', 150), false), ('', false), ('fine', true);
INSERT INTO soc2.checks (check_id, title, severity, criteria, rationale, remediation, query)
VALUES ('odd.members', '</table><script>alert("title")</script>', 'high', '{tsc:CC6.1}', 'r', 'Rename <them> & "others".</td></tr></table><style>*{display:none}</style>',
        'SELECT resource, ok, ''because of '' || resource FROM public.odd_member'),
    ('odd.empty', 'Nothing to look at', 'low', '{tsc:CC6.3}', 'r', 'r', 'SELECT ''one'', true, ''fine'' WHERE false'),
    ('odd.blind', 'It cannot see', 'medium', '{tsc:CC6.5}', 'r', 'r', 'SELECT ''one'', 1 / 0 = 0, ''x''');
SELECT count(*) FROM soc2.assess('odd.*');
INSERT INTO soc2.waivers (check_id, resource, reason, expires_at, requested_by, requested_session, decision, decided_at, decided_by, decided_session)
VALUES ('odd.members', '<script>alert("member")</script>', '<!-- <svg onload=alert("reason")>', now() + interval '6 days', 'analyst', 'analyst',
    'approved', now() - interval '1 second', 'officer', 'officer');
SELECT soc2.plan_finding(f.finding_id, owner => '<a href="javascript:alert(1)">owner</a>', due_at => now() + interval '90 days')
FROM soc2.findings AS f WHERE f.check_id = 'odd.members' AND f.resource = 'tab' || chr(9) || 'and' || chr(10) || 'newline';
SELECT soc2.record_evidence('<kind>', criteria => '{tsc:CC1.3}', expires_at => 'infinity');
SELECT soc2.open_period('<h1 id="main">period</h1>', CURRENT_DATE - 60, CURRENT_DATE - 1);
