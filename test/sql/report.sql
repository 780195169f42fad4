--
-- The report: text cannot leave its place, what it says is what the views say,
-- nothing is green that did not run, the page depends on nothing but the state,
-- and who may make it.
--
SET client_min_messages = warning;
CREATE ROLE regress_soc2_auditor LOGIN IN ROLE soc2_auditor;
CREATE ROLE regress_soc2_admin LOGIN IN ROLE soc2_admin;
CREATE ROLE regress_soc2_collector LOGIN IN ROLE soc2_collector;
CREATE ROLE regress_soc2_nobody LOGIN;
RESET client_min_messages;
SET search_path = soc2, public;
\set SHOW_CONTEXT never
SET DateStyle = 'ISO, YMD';
SET TimeZone = 'UTC';

-- text: what has a meaning, what nobody sees, what is not ASCII
SELECT html_text('<script>alert("x" & ''y'')</script>'), html_text(E'a\tb\nc\x01\x7f'), html_text(U&'\00E4\+01F512 \202E \200B \FFFF \0085'),
    html_text(''), html_text(NULL) IS NULL AS nothing;
SELECT report_text('abcdef', 3), report_text('<&>', 2), report_text('abc', 3), report_text(NULL);
SELECT report_time('2026-03-01 12:30:59.9+02'), report_time('infinity'), report_time('-infinity'), report_time(NULL),
    report_time('12345-01-01 00:00+00'), report_time('0044-03-15 BC');
SELECT report_row('a', NULL, '<b>c</b>', ''), report_row('alone'), report_row(NULL);
SELECT report_table('t', 'Title', 'v', '{A,#B,*C}', '<tr></tr>', 1, 1, 'none'), report_table('t', 'Title', 'v', '{A}', NULL, 0, 0, 'none'),
    report_table('t', 'Title', 'v', '{A}', NULL, NULL, NULL, 'none');
SELECT report_table('t', 'Title', 'v <', '{A}', 'x', 2, 3, '') ~ '2 of 3 are shown here. All of them: <code>SELECT \* FROM v &lt;</code>' AS cut;
SELECT report_bar(1, 2, 3, 4), report_bar(1, 2, 3, 0.001), report_bar(1, 2, 3, 0), report_bar(1, 2, 3, NULL);
-- on the line around now: an hour, a day, a month, a year and more; there is always something to see
SELECT string_agg(report_place(now() + t::interval)::text, ' ' ORDER BY n) AS places, report_place('-infinity'), report_place('infinity')
FROM unnest('{-2 years,-365 days,-30 days,-1 day,-1 hour,-1 second,0,1 second,1 hour,1 day,30 days,365 days,2 years}'::text[]) WITH ORDINALITY AS v (t, n);
SELECT replace(substring(report_span(now() - s::interval, now() + u::interval) FROM 'bar-[^z]*'), '"', '') AS span
FROM (VALUES ('3 days', '10 days'), ('1 day', '-1 day'), ('2 years', '2 years'), ('2 years', '-2 years'), ('-2 years', '2 years'), ('0', '0')) AS v (s, u);
-- green is what ran and showed what it should, and nothing else
SELECT report_tone(s) AS tone, string_agg(s, ' ' ORDER BY s) AS states
FROM unnest('{user_entity,failing,gap,unknown,not_run,stale,manual_due,evidenced,not_occurring,pass,fail,error,insufficient_privilege,disabled,fresh,never,undecided,partly_run,partial,covered,overdue,open,waived,closed,finished,anything,""}'::text[]) AS s
GROUP BY 1 ORDER BY 1;
SELECT report_tone(NULL), report_state(NULL), report_state('not_run'), report_state('<x>');

BEGIN;
CREATE TABLE public.r_member (resource text, ok boolean);
INSERT INTO public.r_member VALUES ('<script>alert(1)</script>', false), (E'bell\x07 "quoted" & ''quoted''', false);
INSERT INTO public.r_member SELECT 'member ' || i, false FROM generate_series(1, 60) AS i;
INSERT INTO checks (check_id, title, severity, criteria, rationale, remediation, query)
SELECT 'r.' || n, 'title <i>' || n || '</i>', 'critical', '{tsc:CC6.1}', 'r', 'mend </td> ' || repeat(n, 300),
    CASE n WHEN 'blind' THEN 'SELECT ''a'', 1 / 0 = 0, ''x''' ELSE 'SELECT resource, ok, ''why <b>'' FROM public.r_member WHERE ' || c END
FROM (VALUES ('fail', 'true'), ('empty', 'false'), ('blind', '')) AS v (n, c);
SELECT check_id, outcome FROM assess('r.*') ORDER BY 1;
INSERT INTO waivers (check_id, resource, reason, expires_at, requested_by, requested_session, decision, decided_at, decided_by, decided_session)
VALUES ('r.fail', '<script>alert(1)</script>', U&'because </table><h1> turned \202E', '2100-01-01', 'x', 'x', 'approved', now() - interval '1 second', 'y', 'y');
CREATE TABLE public."r <odd> ""table""" (id integer PRIMARY KEY, at timestamptz);
SELECT create_retention_class('r <class>', '1 day', 'law', max_retain => '1 year');
SELECT set_retention('public."r <odd> ""table"""', 'r <class>', 'at');
INSERT INTO public."r <odd> ""table""" VALUES (1, '2001-01-01'), (2, now());
SELECT count_retention() > 0 AS counted;
SELECT open_period('r <h1>period</h1>', CURRENT_DATE - 20, CURRENT_DATE + 400), open_period('r long', '2001-01-01', CURRENT_DATE);
SELECT open_period('r coming', CURRENT_DATE + 10, CURRENT_DATE + 20);
SELECT report_html() AS html \gset
SELECT report_html('r <h1>period</h1>') AS period \gset
CREATE TEMP TABLE page AS SELECT 'now' AS page, :'html'::text AS html UNION ALL SELECT 'period', :'period'
    UNION ALL SELECT 'long', report_html('r long') UNION ALL SELECT 'coming', report_html('r coming');

-- whole: elements are closed, ids are there once, references lead somewhere, all of it is ASCII
SELECT page, e AS element, regexp_count_of.opened, regexp_count_of.closed
FROM page, unnest('{html,head,body,header,nav,main,footer,section,h1,h2,h3,table,caption,thead,tbody,tr,th,td,div,p,span,ul,ol,li,dl,dt,dd,figure,figcaption,svg,g,text,title,desc,style,code,pre,a,time}'::text[]) AS e,
    LATERAL (SELECT count(*) FILTER (WHERE m[1] = '') AS opened, count(*) FILTER (WHERE m[1] = '/') AS closed
             FROM regexp_matches(html, '<(/?)' || e || '(?![a-z0-9-])', 'g') AS m) AS regexp_count_of
WHERE opened <> closed ORDER BY 1, 2;
SELECT page, m[1] AS id, count(*) FROM page, regexp_matches(html, ' id="([^"]*)"', 'g') AS m GROUP BY 1, 2 HAVING count(*) > 1;
SELECT page, m[1] AS reference FROM page, regexp_matches(html, '(?:href="#| aria-labelledby=")([^"]*)"', 'g') AS m, regexp_split_to_table(m[1], ' ') AS r
WHERE position(' id="' || r || '"' IN html) = 0;
SELECT page, html ~ '^<!DOCTYPE html>\n<html lang="en">' AS begins, html ~ '</html>$' AS ends, html ~ '[^\x01-\x7E]' AS other_characters,
    html ~* '<script|javascript:|<img|<link|<iframe|@import|url\(|src=|<form|<object|style="| on\w+="' AS active,
    (SELECT count(*) FROM regexp_matches(html, '(?:href|src)="(?!#)', 'g')) AS outside,
    (SELECT count(*) FROM regexp_matches(html, '<h1>', 'g')) AS titles
FROM page ORDER BY page;
-- the policy lets the style of the page in, and nothing else
SELECT page, substring(html FROM 'sha256-([^&]*)&#39;') = encode(sha256(substring(html FROM '<style>(.*)</style>')::bytea), 'base64') AS of_the_style
FROM page ORDER BY page;
-- odd names are text
SELECT (SELECT count(*) > 0 FROM regexp_matches(html, '<td>&lt;script&gt;alert\(1\)&lt;/script&gt;</td>', 'g')) AS script,
    html ~ 'bell\[U\+0007\] &quot;quoted&quot; &amp; &#39;quoted&#39;' AS bell, html ~ 'turned \[U\+202E\]' AS turned,
    html ~ 'title &lt;i&gt;fail&lt;/i&gt;' AS title, html ~ 'mend &lt;/td&gt; (fail){97}f <span' AS remediation, html ~ '\[cut from 1211 characters\]' AS cut,
    html ~ 'because &lt;/table&gt;&lt;h1&gt;' AS waiver, html ~ 'public\.&quot;r &lt;odd&gt; &quot;&quot;table&quot;&quot;&quot;' AS "table"
FROM page WHERE page = 'now';
SELECT substring(html FROM '<title>([^<]*)</title>') = 'SOC 2 evidence of database ' || current_database() || ', period r &lt;h1&gt;period&lt;/h1&gt;' AS title,
    html ~ 'report_html\(&#39;r &lt;h1&gt;period&lt;/h1&gt;&#39;\)' AS command FROM page WHERE page = 'period';

-- what it says is what the views say
SELECT page, (SELECT string_agg(format('%s %s', m[1], m[2]), ', ' ORDER BY m[1]) FROM regexp_matches(html, '>([a-z ]+)</span></th><td>[^<]*</td><td><span class="num">(\d+)</span>', 'g') AS m) =
    (SELECT string_agg(format('%s %s', replace(s, '_', ' '), (SELECT count(*) FROM readiness AS r WHERE r.framework = 'tsc' AND r.state = s)), ', ' ORDER BY replace(s, '_', ' '))
     FROM unnest('{failing,gap,unknown,not_run,stale,manual_due,evidenced,not_occurring,user_entity}'::text[]) AS s) AS counts
FROM page ORDER BY page;
SELECT count(*) FILTER (WHERE html !~ format('<title>%s [^<]*: %s</title>', r.code, replace(r.state, '_', ' '))) AS not_on_the_map,
    count(*) > 0 AS some
FROM page, readiness AS r WHERE page = 'now';
SELECT html ~ format('<p>%s of %s checks failed when they were last run, and %s could not be decided; %s did not run.</p>',
    count(*) FILTER (WHERE outcome = 'fail'), count(*), count(*) FILTER (WHERE outcome IN ('error', 'insufficient_privilege')),
    count(*) FILTER (WHERE outcome IN ('not_run', 'disabled'))) AS checks
FROM page, check_status WHERE page = 'now' GROUP BY html;
SELECT html ~ format('<p class="rest">50 of %s are shown here. All of them: <code>SELECT \* FROM soc2.findings_open</code></p>', count(*)) AS findings
FROM page, findings_open WHERE page = 'now' GROUP BY html;
SELECT (SELECT sum(m[1]::integer) FROM regexp_matches(substring(html FROM 'id="trend-table".*?</table>'),
        '<tr><th scope="row">[^<]*</th><td>[^/]*/span></td><td><span class="num">(\d+)<', 'g') AS m)
    = (SELECT sum(rows) FROM evidence_totals WHERE kind = 'check_run' AND day > (now() AT TIME ZONE 'UTC')::date - 90) AS trend
FROM page WHERE page = 'now';
SELECT (SELECT count(*) FROM regexp_matches(substring(html FROM 'id="controls-table".*?</table>'), '<tr><th scope="row">', 'g'))
    = (SELECT count(*) FROM control_status('r <h1>period</h1>')) AS controls FROM page WHERE page = 'period';
-- a year of days at most, and none that are still to come
SELECT page, substring(html FROM 'day by day[^<]*') LIKE format('%%%s to %s.', first, last) AS days
FROM (VALUES ('period', CURRENT_DATE - 20, CURRENT_DATE), ('long', CURRENT_DATE - 365, CURRENT_DATE), ('coming', CURRENT_DATE + 10, CURRENT_DATE + 10)) AS v (page, first, last)
JOIN page USING (page) ORDER BY 1;
-- it takes no side, and no share without the whole
SELECT page, regexp_replace(html, '<style>.*</style>', '') ~* 'complian|\mopinion that|\d ?%' AS judges FROM page ORDER BY page;

-- the same state gives the same page, whatever the session looks like
SET LOCAL TimeZone = 'Pacific/Kiritimati';
SET LOCAL DateStyle = 'SQL, DMY';
SET LOCAL IntervalStyle = 'iso_8601';
SET LOCAL search_path = pg_temp;
SET LOCAL extra_float_digits = 0;
SET LOCAL enable_hashagg = off;
SET LOCAL enable_hashjoin = off;
SET LOCAL soc2.framework = 'outline';
SELECT soc2.report_html() = :'html' AS same, soc2.report_html('r <h1>period</h1>') = :'period' AS same_of_period;
-- another role makes the same page, but for its name; it writes nothing
SET LOCAL transaction_read_only = on;
SET LOCAL ROLE regress_soc2_auditor;
SELECT regexp_replace(soc2.report_html(), 'by role \w+', '') = regexp_replace(:'html', 'by role \w+', '') AS same;
RESET ROLE;
SET LOCAL ROLE regress_soc2_admin;
SELECT regexp_replace(soc2.report_html(), 'by role \w+', '') = regexp_replace(:'html', 'by role \w+', '') AS same;
ROLLBACK;

-- an unknown period
SELECT length(report_html('no such period')); --fail
\echo :LAST_ERROR_SQLSTATE
SELECT length(report_html('')); --fail
-- who may not
SET ROLE regress_soc2_collector;
SELECT length(report_html()); --fail
RESET ROLE;
SET ROLE regress_soc2_nobody;
SELECT length(soc2.report_html()); --fail
RESET ROLE;

DROP ROLE regress_soc2_auditor, regress_soc2_admin, regress_soc2_collector, regress_soc2_nobody;
