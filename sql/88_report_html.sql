/* sql/88_report_html.sql */

--
-- The report: one page of HTML that needs nothing but itself.
--
-- It says what the question views say, and computes no state of its own.  All
-- text that is not ours goes through soc2.html_text(), and the page is ASCII, so
-- that it is the same in any encoding.  It has no script, and its own policy
-- forbids any: should a text ever get past the escaping, nothing would run.
--
-- Times are in UTC, lists have the order of what they list, and long ones are
-- cut and say by how much: the same state gives the same page, but for the line
-- that says when and by whom it was made.
--
-- Functions that pin their search_path write plain operators: they are those
-- of pg_catalog.
--

--
-- What pages are made of
--

CREATE FUNCTION soc2.html_text(text text)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_html_text'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.html_text(text) IS
'the text so that it stands for itself in HTML, in ASCII; what HTML does not allow or nobody sees is named, as [U+202E]';

CREATE FUNCTION soc2.report_text(value text, most integer DEFAULT 400)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT soc2.html_text(left(value, most))
        || CASE WHEN length(value) > most
            THEN format(' <span class="note">[cut from %s characters]</span>', length(value))
            ELSE '' END;
$function$;
COMMENT ON FUNCTION soc2.report_text(text, integer) IS
'the text in HTML, cut after so many characters';

CREATE FUNCTION soc2.report_time(at timestamptz)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD'
    AS $function$
    SELECT CASE
        WHEN at = 'infinity' THEN 'without end'
        WHEN at = '-infinity' THEN 'without beginning'
        WHEN at >= '0001-01-01 00:00:00+00' AND at < '9999-12-31 00:00:00+00'
            THEN format('<time datetime="%s">%s</time>', to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                to_char(at, 'YYYY-MM-DD HH24:MI'))
        ELSE soc2.html_text(at::text) END;
$function$;
COMMENT ON FUNCTION soc2.report_time(timestamptz) IS
'the time in HTML, in UTC';

CREATE FUNCTION soc2.report_number(value bigint)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT format('<span class="num">%s</span>', value) WHERE value IS NOT NULL;
$function$;
COMMENT ON FUNCTION soc2.report_number(bigint) IS
'the number as a cell of a table';

CREATE FUNCTION soc2.report_tone(state text)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT CASE
        WHEN state IN ('evidenced', 'pass', 'fresh') THEN 'good'
        WHEN state IN ('failing', 'fail', 'overdue') THEN 'bad'
        WHEN state IN ('stale', 'manual_due', 'partly_run') THEN 'late'
        WHEN state IN ('unknown', 'undecided', 'error', 'insufficient_privilege') THEN 'blind'
        WHEN state IN ('not_run', 'never', 'disabled') THEN 'idle'
        WHEN state IN ('gap', 'partial') THEN 'lack'
        ELSE 'plain' END;
$function$;
COMMENT ON FUNCTION soc2.report_tone(text) IS
'the one place that says how a state looks: good is only what ran and showed what it should; bad, late, blind (could not see), idle (did not run), lack (there is nothing that could) or plain';

CREATE FUNCTION soc2.report_state(state text)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT format('<span class="state %s">%s</span>', soc2.report_tone(state),
        soc2.report_text(replace(state, '_', ' '))) WHERE state IS NOT NULL;
$function$;
COMMENT ON FUNCTION soc2.report_state(text) IS
'a state in HTML: its name, in its tone';

CREATE FUNCTION soc2.report_row(VARIADIC cells text[])
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT format(E'<tr><th scope="row">%s</th>%s</tr>\n', COALESCE(cells[1], '&#8211;'),
        (SELECT string_agg(format('<td>%s</td>', COALESCE(NULLIF(c.cell, ''), CASE WHEN c.cell = '' THEN '<span class="sub">empty</span>' ELSE '&#8211;' END)), '' ORDER BY c.place)
         FROM unnest(cells[2:]) WITH ORDINALITY AS c (cell, place)));
$function$;
COMMENT ON FUNCTION soc2.report_row(text[]) IS
'a row of a table of cells in HTML, of which the first is its head';

CREATE FUNCTION soc2.report_source(source text)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT format('<span class="source">from <code>%s</code></span>', soc2.html_text(source));
$function$;
COMMENT ON FUNCTION soc2.report_source(text) IS
'which view something is from, in HTML';

CREATE FUNCTION soc2.report_table(
        name text, caption text, source text, columns text[], rows text,
        shown bigint, total bigint, nothing text)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT CASE WHEN COALESCE(total, 0) = 0 THEN format(E'<p class="empty">%s</p>\n', nothing)
        ELSE format(E'<div class="scroll" role="group" tabindex="0" aria-labelledby="%s">\n'
            '<table>\n<caption id="%s">%s %s</caption>\n<thead><tr>%s</tr></thead>\n<tbody>\n%s</tbody>\n</table>\n</div>\n',
            name, name, caption, soc2.report_source(source),
            (SELECT string_agg(format('<th scope="col"%s>%s</th>',
                 CASE left(c.title, 1) WHEN '#' THEN ' class="num"' WHEN '*' THEN ' class="wide"' WHEN '+' THEN ' class="mid"' ELSE '' END,
                 ltrim(c.title, '#*+')), '' ORDER BY c.place)
             FROM unnest(columns) WITH ORDINALITY AS c (title, place)),
            rows)
            || CASE WHEN shown < total
                THEN format(E'<p class="rest">%s of %s are shown here. All of them: <code>SELECT * FROM %s</code></p>\n',
                    shown, total, soc2.html_text(source))
                ELSE '' END END;
$function$;
COMMENT ON FUNCTION soc2.report_table(text, text, text, text[], text, bigint, bigint, text) IS
'a table of rows in HTML, with how many rows were left out and where they are, or a sentence if there is none; # before the title of a column makes numbers of it, + makes it wider, * wide';

CREATE FUNCTION soc2.report_section(name text, title text, lead text, body text)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT format(E'<section id="%s" aria-labelledby="%s-title">\n<h2 id="%s-title">%s</h2>\n<p class="lead">%s</p>\n%s</section>\n',
        name, name, name, title, lead, body);
$function$;
COMMENT ON FUNCTION soc2.report_section(text, text, text, text) IS
'a section of the page';

CREATE FUNCTION soc2.report_style()
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT $style$
-- @include sql/report/style.css
$style$::text;
END;
COMMENT ON FUNCTION soc2.report_style() IS
'style sheet of the page';

--
-- Its sections
--

CREATE FUNCTION soc2.report_checkpoint(OUT checkpoint text, OUT problem text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- not newer than what the page shows; if there is none, the error says why
    checkpoint := COALESCE(soc2.snapshot_checkpoint('soc2.evidence'), soc2.checkpoint('soc2.evidence'));
EXCEPTION
    -- never sealed, or a key or an origin that cannot be used: the page says so
    WHEN OTHERS THEN
        problem := SQLERRM;
END
$$;
COMMENT ON FUNCTION soc2.report_checkpoint() IS
'checkpoint of the evidence, or why there is none';

CREATE FUNCTION soc2.report_identity(period soc2.periods)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT format(E'<h1>SOC 2 evidence of database %s</h1>\n<p class="lead" id="generated">Generated %s UTC by role %s.</p>\n'
        '<dl class="facts">\n%s</dl>\n',
        soc2.report_text(current_database()), soc2.report_time(now()), soc2.report_text(current_user),
        (SELECT string_agg(format(E'<div><dt>%s</dt><dd>%s</dd></div>\n', f.name, f.value), '' ORDER BY f.place)
         FROM (VALUES
            (1, 'Period', CASE WHEN period.period_id IS NULL THEN 'none: what is known as of the time above'
                ELSE format('%s, type %s: %s to %s (%s), %s', soc2.report_text(period.period_id), period.type,
                    soc2.report_text(period.first_day::text), soc2.report_text(period.last_day::text),
                    soc2.report_text(period.time_zone),
                    CASE WHEN period.closed_at IS NULL THEN 'not closed'
                        ELSE 'closed ' || soc2.report_time(period.closed_at) END) END),
            (2, 'Scope', (SELECT string_agg(s.category, ', ' ORDER BY array_position('{CC,A,C,PI,P}'::text[], s.category))
                          FROM soc2.scope AS s WHERE s.in_scope)
                || CASE WHEN period.period_id IS NOT NULL
                    THEN format(' now; %s when the period was opened', soc2.report_text(array_to_string(period.scope, ', ')))
                    ELSE '' END),
            (3, 'Server', format('PostgreSQL %s, %s', soc2.report_text(current_setting('server_version')),
                CASE WHEN pg_is_in_recovery() THEN 'a standby' ELSE 'not a standby' END)),
            (4, 'System identifier', (SELECT c.system_identifier::text FROM pg_control_system() AS c)),
            (5, 'Extension', format('soc2 %s', (SELECT soc2.report_text(e.extversion) FROM pg_extension AS e
                WHERE e.extname = 'soc2'))),
            (6, 'Ledger of the evidence', (SELECT format('%s; %s rows, %s of them sealed, the last %s',
                    l.ledger_id, l.rows, l.sealed, COALESCE(soc2.report_time(l.last_sealed_at), 'never'))
                FROM soc2.ledger_status AS l WHERE l.relation = 'soc2.evidence')),
            (7, 'Ledger last verified', (SELECT CASE WHEN l.last_verified_at IS NULL THEN soc2.report_state('never')
                    ELSE format('%s %s', soc2.report_time(l.last_verified_at), soc2.report_state(
                        CASE WHEN l.verified THEN 'pass' WHEN NOT l.verified THEN 'fail' ELSE 'undecided' END)) END
                FROM soc2.ledger_status AS l WHERE l.relation = 'soc2.evidence'))) AS f (place, name, value)));
$function$;
COMMENT ON FUNCTION soc2.report_identity(soc2.periods) IS
'head of the page: which database this is, of what time, and the state of its ledger';

CREATE FUNCTION soc2.report_criteria()
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH known AS MATERIALIZED (
        SELECT r.framework, r.code, r.title, r.state, r.coverage, r.checks, r.passing, r.failing, r.stale,
            r.not_occurring, r.undecided, r.not_run, r.open_findings, r.overdue_findings, r.waivers,
            r.last_evidence_at, r."position", regexp_replace(r.code, '\.[^.]*$', '') AS series
        FROM soc2.readiness AS r),
    framework AS (
        SELECT f.framework, f.title, f.framework <> 'tsc' AS place,
            (SELECT count(*) FROM known AS k WHERE k.framework = f.framework) AS criteria
        FROM soc2.frameworks AS f),
    meaning (place, state, meaning) AS (VALUES
        (1, 'failing', 'a check failed when it was last run, or a finding is open'),
        (2, 'gap', 'nothing tests it, and nothing was recorded for it'),
        (3, 'unknown', 'a check could not see: it ended in an error, or lacked a privilege'),
        (4, 'not_run', 'a check never ran, or is switched off'),
        (5, 'stale', 'what is known is out of date'),
        (6, 'manual_due', 'a person has to attest'),
        (7, 'evidenced', 'all that tests it ran and passed, or something was recorded for it'),
        (8, 'not_occurring', 'the checks ran and found nothing to look at'),
        (9, 'user_entity', 'the customer''s duty: nothing here speaks for it')),
    counted AS (
        SELECT string_agg(soc2.report_row(VARIADIC ARRAY[soc2.report_state(m.state), m.meaning] || ARRAY(
                SELECT soc2.report_number((SELECT count(*) FROM known AS k
                    WHERE k.framework = f.framework AND k.state = m.state))
                FROM framework AS f ORDER BY f.place, f.framework COLLATE "C")), '' ORDER BY m.place)
            || soc2.report_row(VARIADIC ARRAY['all', 'criteria in scope'] || ARRAY(
                SELECT soc2.report_number(f.criteria) FROM framework AS f ORDER BY f.place, f.framework COLLATE "C")) AS rows
        FROM meaning AS m),
    series AS (
        SELECT s.framework, s.series, s.lines,
            (sum(s.lines) OVER (PARTITION BY s.framework ORDER BY s.first) - s.lines)::integer AS line
        FROM (SELECT k.framework, k.series, min(k."position") AS first, (count(*)::integer + 8) / 9 AS lines
              FROM known AS k GROUP BY k.framework, k.series) AS s),
    cell AS (
        SELECT k.framework, k.code, k.title, k.state, k."position", 58 + 98 * (k.n % 9) AS x, 42 * (s.line + k.n / 9) AS y
        FROM (SELECT x.*, row_number() OVER (PARTITION BY x.framework, x.series ORDER BY x."position")::integer - 1 AS n
              FROM known AS x) AS k
        JOIN series AS s ON s.framework = k.framework AND s.series = k.series),
    map AS (
        SELECT f.framework, format(E'<figure>\n<figcaption id="map-%s">%s: the state of %s criteria in scope %s</figcaption>\n'
            '<div class="scroll" role="group" tabindex="0" aria-labelledby="map-%s">\n'
            '<svg viewBox="0 0 936 %s" role="img" aria-labelledby="map-%s map-%s-text">\n<desc id="map-%s-text">%s</desc>\n%s%s</svg>\n</div>\n</figure>\n',
            f.framework, soc2.report_text(f.title), f.criteria, soc2.report_source('soc2.readiness'), f.framework,
            42 * (SELECT sum(s.lines) FROM series AS s WHERE s.framework = f.framework), f.framework, f.framework, f.framework,
            (SELECT string_agg(format('%s of %s %s', n.count, f.criteria, replace(n.state, '_', ' ')), ', ' ORDER BY m.place)
             FROM (SELECT k.state, count(*) FROM known AS k WHERE k.framework = f.framework GROUP BY k.state) AS n
             LEFT JOIN meaning AS m ON m.state = n.state) || '. The table below says the same of each.',
            (SELECT string_agg(format(E'<text class="axis" x="0" y="%s">%s</text>\n', 42 * s.line + 23, soc2.html_text(s.series)), '' ORDER BY s.line)
             FROM series AS s WHERE s.framework = f.framework),
            (SELECT string_agg(format(E'<g class="%s"><title>%s %s: %s</title><rect x="%s" y="%s" width="94" height="37" rx="2"/>'
                '<text class="code" x="%s" y="%s">%s</text><text x="%s" y="%s">%s</text></g>\n',
                soc2.report_tone(c.state), soc2.html_text(c.code), soc2.report_text(c.title), soc2.html_text(replace(c.state, '_', ' ')),
                c.x + 0.5, c.y + 0.5, c.x + 8, c.y + 16, soc2.html_text(c.code), c.x + 8, c.y + 30,
                soc2.html_text(replace(c.state, '_', ' '))), '' ORDER BY c."position")
             FROM cell AS c WHERE c.framework = f.framework)) AS html
        FROM framework AS f
        WHERE f.criteria > 0),
    detail AS (
        SELECT k.framework, soc2.report_table('criteria-' || k.framework, soc2.report_text(f.title), 'soc2.readiness',
            '{*Criterion,State,Coverage,#Checks,#Pass,#Fail,#Stale,#Empty,#Undecided,#Not run,#Open findings,#Waivers,Last evidence}',
            string_agg(soc2.report_row(format('%s <span class="sub">%s</span>', soc2.html_text(k.code), soc2.report_text(k.title)),
                soc2.report_state(k.state), soc2.report_text(replace(k.coverage, '_', ' ')), soc2.report_number(k.checks), soc2.report_number(k.passing),
                soc2.report_number(k.failing), soc2.report_number(k.stale), soc2.report_number(k.not_occurring),
                soc2.report_number(k.undecided), soc2.report_number(k.not_run),
                CASE WHEN k.overdue_findings > 0 THEN format('<span class="num">%s <span class="sub">%s overdue</span></span>',
                    k.open_findings, k.overdue_findings) ELSE soc2.report_number(k.open_findings) END,
                soc2.report_number(k.waivers), COALESCE(soc2.report_time(k.last_evidence_at), 'none')), '' ORDER BY k."position"),
            count(*), min(f.criteria), '') AS html
        FROM (SELECT x.*, row_number() OVER (PARTITION BY x.framework ORDER BY x."position") AS place FROM known AS x) AS k
        JOIN framework AS f ON f.framework = k.framework
        WHERE k.place <= 300
        GROUP BY k.framework, f.title)
    SELECT soc2.report_table('states', 'Criteria by state', 'soc2.readiness',
            ARRAY['State', '*What it says'] || ARRAY(SELECT '#' || soc2.report_text(f.title) FROM framework AS f ORDER BY f.place, f.framework COLLATE "C"),
            (SELECT c.rows FROM counted AS c), 1, 1, '')
        || COALESCE((SELECT string_agg(format('<h3>%s</h3>%s%s', soc2.report_text(f.title), m.html, d.html), '' ORDER BY f.place, f.framework COLLATE "C")
            FROM framework AS f
            JOIN map AS m ON m.framework = f.framework
            JOIN detail AS d ON d.framework = f.framework), '');
$function$;
COMMENT ON FUNCTION soc2.report_criteria() IS
'criteria by state: counted, as a heat map, and one by one';

CREATE FUNCTION soc2.report_bar(x numeric, y numeric, width numeric, height numeric)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT format('M%s %sh%sv%sh-%sz', round(x, 1), round(y, 1), round(width, 1), round(GREATEST(height, 1), 1), round(width, 1))
    WHERE height > 0;
$function$;
COMMENT ON FUNCTION soc2.report_bar(numeric, numeric, numeric, numeric) IS
'a bar of a chart as a piece of a path; NULL if it has no height';

CREATE FUNCTION soc2.report_chart(first date, days jsonb, caption text)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH day AS (
        SELECT d.n, d.runs, d.pass, d.fail, d.empty, d.undecided
        FROM jsonb_to_recordset(days) AS d (n integer, runs bigint, pass bigint, fail bigint, empty bigint, undecided bigint)),
    scale AS (
        SELECT 880.0 / count(*) AS width, max(d.pass + d.empty) AS up, max(d.fail + d.undecided) AS down,
            150.0 / GREATEST(max(d.pass + d.empty) + max(d.fail + d.undecided), 1) AS unit
        FROM day AS d),
    placed AS (
        SELECT d.*, s.up, s.down, 50 + d.n * s.width + s.width * 0.1 AS x, s.width * 0.8 AS width, s.unit, 14 + s.up * s.unit AS base
        FROM day AS d CROSS JOIN scale AS s)
    SELECT format(E'<figure>\n<figcaption id="trend-caption">%s</figcaption>\n'
        '<div class="scroll" role="group" tabindex="0" aria-labelledby="trend-caption">\n'
        '<svg viewBox="0 0 936 196" role="img" aria-labelledby="trend-caption trend-text">\n<desc id="trend-text">%s</desc>\n%s%s%s</svg>\n</div>\n'
        '<ul class="key">%s</ul>\n</figure>\n',
        caption,
        format('A bar a day: passed runs and those that found nothing to look at upwards, at most %s a day; failed and undecided runs downwards, at most %s a day. The table below has the numbers.',
            min(p.up), min(p.down)),
        format(E'<text class="axis" x="0" y="18">%s</text>\n<text class="axis" x="0" y="%s">0</text>\n', min(p.up), round(min(p.base) + 4, 1))
            || CASE WHEN min(p.down) > 0 THEN format(E'<text class="axis" x="0" y="168">%s</text>\n', min(p.down)) ELSE '' END,
        concat(
            format(E'<path class="bar-good" d="%s"/>\n', string_agg(soc2.report_bar(p.x, p.base - p.pass * p.unit, p.width, p.pass * p.unit), '' ORDER BY p.n)),
            format(E'<path class="bar-plain" d="%s"/>\n', string_agg(soc2.report_bar(p.x, p.base - (p.pass + p.empty) * p.unit, p.width, p.empty * p.unit), '' ORDER BY p.n)),
            format(E'<path class="bar-bad" d="%s"/>\n', string_agg(soc2.report_bar(p.x, p.base, p.width, p.fail * p.unit), '' ORDER BY p.n)),
            format(E'<path class="bar-blind" d="%s"/>\n', string_agg(soc2.report_bar(p.x, p.base + p.fail * p.unit, p.width, p.undecided * p.unit), '' ORDER BY p.n)),
            format(E'<path class="bar-idle" d="%s"/>\n', string_agg(soc2.report_bar(p.x, p.base - 2, p.width, CASE WHEN p.runs = 0 THEN 4 ELSE 0 END), '' ORDER BY p.n)),
            format(E'<line class="base" x1="50" x2="930" y1="%s" y2="%s"/>\n', round(min(p.base), 1), round(min(p.base), 1))),
        string_agg(format(E'<text class="axis" x="%s" y="190">%s</text>\n', round(p.x, 1), to_char(first + p.n, 'YYYY-MM-DD')), '' ORDER BY p.n)
            FILTER (WHERE p.n = 0 OR EXTRACT(day FROM first + p.n) = 1 AND p.x BETWEEN 130 AND 870),
        (SELECT string_agg(format('<li><svg width="12" height="12" aria-hidden="true" focusable="false"><path class="bar-%s" d="M0 0h12v12h-12z"/></svg>%s</li>', k.tone, k.name), '' ORDER BY k.place)
         FROM (VALUES (1, 'good', 'up: passed'), (2, 'plain', 'up, on top: found nothing to look at'), (3, 'bad', 'down: failed'),
             (4, 'blind', 'down, below: undecided'), (5, 'idle', 'on the line: a day without a run')) AS k (place, tone, name)))
    FROM placed AS p;
$function$;
COMMENT ON FUNCTION soc2.report_chart(date, jsonb, text) IS
'runs of checks by day as a chart';

CREATE FUNCTION soc2.report_trend(first date, last date)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH counted AS MATERIALIZED (
        SELECT e.day, sum(e.rows) AS runs,
            COALESCE(sum(e.rows) FILTER (WHERE e.outcome = 'pass'), 0) AS pass,
            COALESCE(sum(e.rows) FILTER (WHERE e.outcome = 'fail'), 0) AS fail,
            COALESCE(sum(e.rows) FILTER (WHERE e.outcome = 'not_occurring'), 0) AS empty,
            sum(e.population) AS members, sum(e.failures) AS failures
        FROM soc2.evidence_totals AS e
        WHERE e.kind = 'check_run' AND e.day BETWEEN first AND last
        GROUP BY e.day),
    day AS MATERIALIZED (
        SELECT n.n, first + n.n AS day, COALESCE(c.runs, 0) AS runs, COALESCE(c.pass, 0) AS pass,
            COALESCE(c.fail, 0) AS fail, COALESCE(c.empty, 0) AS empty,
            COALESCE(c.runs - c.pass - c.fail - c.empty, 0) AS undecided,
            COALESCE(c.members, 0) AS members, COALESCE(c.failures, 0) AS failures
        FROM generate_series(0, last - first) AS n (n)
        LEFT JOIN counted AS c ON c.day = first + n.n),
    known AS (
        SELECT count(*) AS days, count(*) FILTER (WHERE d.runs > 0) AS run_days, sum(d.runs) AS runs,
            jsonb_agg(jsonb_build_object('n', d.n, 'runs', d.runs, 'pass', d.pass, 'fail', d.fail, 'empty', d.empty, 'undecided', d.undecided)) AS chart
        FROM day AS d),
    bucket AS (
        SELECT min(d.day) AS since, max(d.day) AS until, count(*) AS days, count(*) FILTER (WHERE d.runs > 0) AS run_days,
            sum(d.runs)::bigint AS runs, sum(d.pass)::bigint AS pass, sum(d.fail)::bigint AS fail, sum(d.empty)::bigint AS empty,
            sum(d.undecided)::bigint AS undecided, sum(d.members)::bigint AS members, sum(d.failures)::bigint AS failures
        FROM day AS d
        GROUP BY date_trunc(CASE WHEN last - first < 100 THEN 'week' ELSE 'month' END, d.day::timestamp))
    SELECT CASE WHEN k.runs = 0 THEN format(E'<p class="empty">No run of a check was recorded from %s to %s.</p>\n', first, last)
        ELSE soc2.report_chart(first, k.chart, format('Runs of checks, %s to %s: %s runs on %s of %s days %s',
                first, last, k.runs, k.run_days, k.days, soc2.report_source('soc2.evidence_totals')))
            || soc2.report_table('trend-table', CASE WHEN last - first < 100 THEN 'Runs of checks by week' ELSE 'Runs of checks by month' END,
                'soc2.evidence_totals', '{Days,#Days with a run,#Runs,#Passed,#Failed,#Nothing to look at,#Undecided,#Members looked at,#Members that failed}',
                (SELECT string_agg(soc2.report_row(format('%s to %s', b.since, b.until),
                     format('<span class="num">%s of %s</span>', b.run_days, b.days), soc2.report_number(b.runs), soc2.report_number(b.pass),
                     soc2.report_number(b.fail), soc2.report_number(b.empty), soc2.report_number(b.undecided),
                     soc2.report_number(b.members), soc2.report_number(b.failures)), '' ORDER BY b.since)
                 FROM bucket AS b), 1, 1, '') END
    FROM known AS k;
$function$;
COMMENT ON FUNCTION soc2.report_trend(date, date) IS
'runs of checks by day and what they showed, as counted in soc2.evidence_totals';

CREATE FUNCTION soc2.report_checks()
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH known AS MATERIALIZED (
        SELECT k.check_id, k.title, k.severity, k.outcome, k.population, k.failures, k.reason, k.remediation,
            k.recorded_at, k.evidence_id, replace(btrim(k.criteria::text, '{}'), ',', ', ') AS codes
        FROM soc2.check_status AS k),
    counted AS (
        SELECT count(*) AS checks, count(*) FILTER (WHERE k.outcome = 'fail') AS failing,
            count(*) FILTER (WHERE k.outcome IN ('error', 'insufficient_privilege')) AS undecided,
            count(*) FILTER (WHERE k.outcome IN ('not_run', 'disabled')) AS not_run
        FROM known AS k),
    failing AS (
        SELECT k.*, k.outcome = 'fail' AS failed, row_number() OVER (PARTITION BY k.outcome = 'fail'
            ORDER BY array_position('{critical,high,medium,low}'::text[], k.severity), k.check_id COLLATE "C") AS place
        FROM known AS k
        WHERE k.outcome IN ('fail', 'error', 'insufficient_privilege')),
    listed AS (
        SELECT f.failed, count(*) AS shown, string_agg(soc2.report_row(
            format('%s <span class="sub">%s</span>', soc2.report_text(f.check_id), soc2.report_text(f.title)),
            CASE WHEN f.failed THEN soc2.report_text(f.severity) ELSE soc2.report_state(f.outcome) END,
            CASE WHEN f.failed THEN format('<span class="num">%s of %s</span>', f.failures, f.population) ELSE soc2.report_text(f.severity) END,
            soc2.report_text(f.reason), soc2.report_text(f.remediation), soc2.report_text(f.codes),
            format('%s <span class="sub mono">%s</span>', soc2.report_time(f.recorded_at), f.evidence_id)), '' ORDER BY f.place) AS rows
        FROM failing AS f
        WHERE f.place <= 60
        GROUP BY f.failed)
    SELECT format(E'<p>%s of %s checks failed when they were last run, and %s could not be decided; %s did not run.</p>\n',
            c.failing, c.checks, c.undecided, c.not_run)
        || soc2.report_table('failing-checks', 'Failing checks', 'soc2.check_status',
            '{+Check,Severity,#Failed,*What was found,*Remediation,+Criteria,+Last run and its evidence}',
            (SELECT l.rows FROM listed AS l WHERE l.failed), (SELECT l.shown FROM listed AS l WHERE l.failed), c.failing,
            format('None of the %s checks failed when it was last run. %s of them did not run.', c.checks, c.not_run))
        || CASE WHEN c.undecided = 0 THEN '' ELSE soc2.report_table('undecided-checks', 'Checks that could not be decided', 'soc2.check_status',
            '{+Check,Outcome,Severity,*What was found,*Remediation,+Criteria,+Last run and its evidence}',
            (SELECT l.rows FROM listed AS l WHERE NOT l.failed), (SELECT l.shown FROM listed AS l WHERE NOT l.failed), c.undecided, '') END
    FROM counted AS c;
$function$;
COMMENT ON FUNCTION soc2.report_checks() IS
'checks that failed or could not be decided when they were last run, with what to do about it';

CREATE FUNCTION soc2.report_gaps()
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH known AS MATERIALIZED (
        SELECT g.framework, g.code, g.title, g.state, g.controls, g.library, g.place, count(*) OVER () AS total
        FROM (SELECT x.*, row_number() OVER (ORDER BY x.framework <> 'tsc', x.framework COLLATE "C", soc2.document_position(x.criterion)) AS place
              FROM soc2.gaps AS x) AS g)
    SELECT soc2.report_table('gaps-table', 'Criteria that no control covers, or in part only', 'soc2.gaps',
        '{*Criterion,Coverage,*Controls that reach it,*Controls of the library that would}',
        string_agg(soc2.report_row(format('%s:%s <span class="sub">%s</span>', soc2.html_text(k.framework), soc2.html_text(k.code), soc2.report_text(k.title)),
            soc2.report_state(k.state), COALESCE(NULLIF(soc2.report_text(array_to_string(k.controls, ', ')), ''), 'none'),
            COALESCE(NULLIF(soc2.report_text(array_to_string(k.library, ', ')), ''), 'none')), '' ORDER BY k.place),
        count(*), max(k.total), 'Controls in force cover every criterion in scope. Whether they operate is another question: see the state of each criterion.')
    FROM known AS k
    WHERE k.place <= 100;
$function$;
COMMENT ON FUNCTION soc2.report_gaps() IS
'criteria that no control covers, or in part only';

CREATE FUNCTION soc2.report_place(at timestamptz)
    RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    -- an hour is 7 points away, a day 32, a month 65, a year or more 90
    SELECT 91 + CASE WHEN at < now() THEN -1 ELSE 1 END
        * CASE WHEN isfinite(at) AND abs(EXTRACT(epoch FROM at - now())) < 365.25 * 86400
            THEN round(90 * ln(1 + abs(EXTRACT(epoch FROM at - now())) / 3600) / ln(1 + 365.25 * 24)) ELSE 90 END::integer;
$function$;
COMMENT ON FUNCTION soc2.report_place(timestamptz) IS
'place of a time on a line of two years with now in its middle: the nearer to it, the wider apart';

CREATE FUNCTION soc2.report_span(since timestamptz, until timestamptz)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT format('<svg width="182" height="14" viewBox="0 0 182 14" aria-hidden="true" focusable="false">'
        '<path class="tick" d="M1 7h180M1 4v6M26 4v6M59 4v6M123 4v6M156 4v6M181 4v6"/>'
        '<path class="bar-%s" d="M%s 4h%sv6h-%sz"/><path class="base" d="M91 0v14"/></svg>',
        CASE WHEN until <= now() THEN 'bad' ELSE 'plain' END, p.a, p.b - p.a, p.b - p.a)
    FROM (SELECT LEAST(n.a, n.b, 179) AS a, GREATEST(n.a, n.b, LEAST(n.a, n.b, 179) + 2) AS b
          FROM (SELECT soc2.report_place(since), soc2.report_place(until)) AS n (a, b)) AS p;
$function$;
COMMENT ON FUNCTION soc2.report_span(timestamptz, timestamptz) IS
'a time on a line of two years around now';

CREATE FUNCTION soc2.report_freshness()
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH known AS MATERIALIZED (
        SELECT f.source, f.source_id, f.title, f.state, f.last_recorded_at, f.due_at, replace(f.codes, ',', ', ') AS codes
        FROM soc2.evidence_freshness AS f),
    counted AS (
        SELECT string_agg(soc2.report_row(VARIADIC ARRAY[s.name, soc2.report_number(n.total)] || ARRAY(
                SELECT soc2.report_number((SELECT count(*) FROM known AS k WHERE k.source = s.source AND k.state = x.state))
                FROM unnest('{fresh,stale,undecided,never,disabled}'::text[]) WITH ORDINALITY AS x (state, place) ORDER BY x.place)), '' ORDER BY s.place) AS rows
        FROM (VALUES (1, 'check', 'checks'), (2, 'attestation', 'controls that a person attests'),
            (3, 'recorded', 'other evidence, by kind and criteria')) AS s (place, source, name)
        CROSS JOIN LATERAL (SELECT count(*) AS total FROM known AS k WHERE k.source = s.source) AS n),
    timed AS (
        SELECT k.*, count(*) OVER () AS total, row_number() OVER (
            ORDER BY array_position('{stale,undecided,fresh}'::text[], k.state), k.due_at, k.source COLLATE "C", k.source_id COLLATE "C", k.codes COLLATE "C") AS place
        FROM known AS k
        WHERE k.state IN ('fresh', 'stale', 'undecided'))
    SELECT soc2.report_table('freshness-counts', 'How fresh the evidence is', 'soc2.evidence_freshness',
            '{Evidence of,#All,#Fresh,#Stale,#Undecided,#Never recorded,#Switched off}', (SELECT c.rows FROM counted AS c), 1, 1, '')
        || (SELECT soc2.report_table('freshness-times', 'What is out of date, and what is due next', 'soc2.evidence_freshness',
                '{*Evidence of,State,Last recorded,Due,"+A day, a month, a year around now",+Criteria}',
                string_agg(soc2.report_row(format('%s <span class="sub">%s</span>', soc2.report_text(t.source_id), COALESCE(soc2.report_text(t.title), t.source)),
                    soc2.report_state(t.state), soc2.report_time(t.last_recorded_at), COALESCE(soc2.report_time(t.due_at), 'nothing says when'),
                    soc2.report_span(t.last_recorded_at, COALESCE(t.due_at, 'infinity')), soc2.report_text(t.codes)), '' ORDER BY t.place),
                count(*), max(t.total), 'There is no evidence yet.')
            FROM timed AS t WHERE t.place <= 30);
$function$;
COMMENT ON FUNCTION soc2.report_freshness() IS
'how fresh the evidence is, and what is due when';

CREATE FUNCTION soc2.report_retention(during tstzrange DEFAULT NULL)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp SET IntervalStyle = 'postgres'
    AS $function$
    WITH status AS (
        SELECT s.relation, s.class, s.min_retain, s.max_retain, s.method, s.mode, s.guarded, s.present, s.locked,
            s.ordinal, n.waiting, n.retained, n.eligible, n.overdue, n.held, n.counted_at, n.unknown,
            count(*) OVER () AS total,
            row_number() OVER (ORDER BY s.relation COLLATE "C", s.ordinal) AS place
        FROM soc2.retention_status AS s
        LEFT JOIN LATERAL (
            SELECT sum(r.rows) FILTER (WHERE r.state = 'waiting')::bigint AS waiting,
                sum(r.rows) FILTER (WHERE r.state = 'retained')::bigint AS retained,
                sum(r.rows) FILTER (WHERE r.state = 'eligible')::bigint AS eligible,
                sum(r.rows) FILTER (WHERE r.state = 'overdue')::bigint AS overdue,
                sum(r.rows) FILTER (WHERE r.state = 'held')::bigint AS held,
                bool_or(r.state = 'unknown') AS unknown, max(r.counted_at) AS counted_at
            FROM soc2.retention_rows AS r
            WHERE r.relation = s.relation AND (r.class = s.class OR r.state = 'unknown')) AS n ON true),
    overdue AS (
        SELECT o.*, count(*) OVER () AS total, row_number() OVER (ORDER BY o.relation COLLATE "C", o.class COLLATE "C") AS place
        FROM soc2.disposal_overdue AS o),
    hold AS (
        SELECT h.*, count(*) OVER () AS total, row_number() OVER (ORDER BY h.hold_id) AS place
        FROM soc2.holds_active AS h),
    plan AS (
        SELECT p.*, count(*) OVER () AS total, row_number() OVER (ORDER BY p.plan_id DESC) AS place
        FROM soc2.disposal_progress AS p
        WHERE during IS NULL OR tstzrange(p.requested_at, COALESCE(p.finished_at, p.expires_at), '[]') && during),
    certificate AS (
        SELECT c.*, count(*) OVER () AS total, row_number() OVER (ORDER BY c.issued_at DESC, c.plan_id DESC) AS place
        FROM soc2.certificates AS c
        WHERE c.is_last AND (during IS NULL OR c.issued_at <@ during))
    SELECT (SELECT soc2.report_table('retention-tables', 'Tables with retention; rows as they were counted last', 'soc2.retention_status',
            '{+Table,Class,Keep at least,Keep at most,Method,Guard,#Waiting,#Retained,#Eligible,#Overdue,#Held,Counted}',
            string_agg(soc2.report_row(soc2.report_text(s.relation), soc2.report_text(s.class), soc2.report_text(s.min_retain::text),
                COALESCE(soc2.report_text(s.max_retain::text), 'no limit'), soc2.report_text(s.method),
                CASE WHEN NOT s.present THEN 'the table is gone' WHEN s.guarded THEN 'in place' ELSE 'missing' END
                    || CASE WHEN s.locked THEN ', locked' ELSE '' END,
                soc2.report_number(s.waiting), soc2.report_number(s.retained), soc2.report_number(s.eligible), soc2.report_number(s.overdue),
                soc2.report_number(s.held), CASE WHEN s.unknown THEN 'could not be counted' ELSE COALESCE(soc2.report_time(s.counted_at), 'never') END), '' ORDER BY s.place),
            count(*), max(s.total), 'No table has a retention class: nothing is kept or disposed of by rule.')
            FROM status AS s WHERE s.place <= 60)
        || (SELECT soc2.report_table('retention-overdue', 'Disposal that is overdue, or of which it is not known', 'soc2.disposal_overdue',
            '{+Table,+Class,#Rows overdue,Keep at most,*Why it is not known,Counted}',
            string_agg(soc2.report_row(soc2.report_text(o.relation), soc2.report_text(o.class),
                COALESCE(soc2.report_number(o.rows), '<span class="num">not known</span>'), soc2.report_text(o.max_retain::text),
                CASE WHEN o.counted_at IS NULL THEN 'the rows were never counted' ELSE soc2.report_text(o.problem) END,
                COALESCE(soc2.report_time(o.counted_at), 'never')), '' ORDER BY o.place),
            count(*), max(o.total), 'No table with retention held rows past their maximum when it was last counted.')
            FROM overdue AS o WHERE o.place <= 40)
        || (SELECT soc2.report_table('retention-holds', 'Legal holds', 'soc2.holds_active',
            '{Hold,+Matter,+Table or subject,*Rows,State,Guard,Placed,By}',
            string_agg(soc2.report_row(h.hold_id::text, soc2.report_text(concat_ws(': ', h.matter_ref, h.matter)),
                soc2.report_text(COALESCE(h.subject, h.relation)), COALESCE(soc2.report_text(h.predicate), 'all'), soc2.report_text(h.state),
                CASE WHEN h.guarded THEN 'in place' ELSE 'missing' END, soc2.report_time(h.placed_at), soc2.report_text(h.placed_by::text)), '' ORDER BY h.place),
            count(*), max(h.total), 'No hold is in force.')
            FROM hold AS h WHERE h.place <= 40)
        || (SELECT soc2.report_table('retention-plans', 'Plans of disposal, the latest first', 'soc2.disposal_progress',
            '{Plan,+Table,State,#Rows planned,#Destroyed,#Held,#Blocked,Approvals,Requested,By,Finished}',
            string_agg(soc2.report_row(p.plan_id::text, soc2.report_text(p.relation), soc2.report_text(p.state), soc2.report_number(p.rows),
                soc2.report_number(p.destroyed), soc2.report_number(p.held), soc2.report_number(p.blocked), format('%s of %s', p.approved, p.approvals),
                soc2.report_time(p.requested_at), soc2.report_text(p.requested_by::text), COALESCE(soc2.report_time(p.finished_at), 'not finished')), '' ORDER BY p.place),
            count(*), max(p.total), CASE WHEN during IS NULL THEN 'No disposal was planned.' ELSE 'No disposal was planned or run in the period.' END)
            FROM plan AS p WHERE p.place <= 30)
        || (SELECT soc2.report_table('retention-certificates', 'Certificates of disposal, the last of each plan', 'soc2.certificates',
            '{Plan,+Table,State,Proof,Method,#Planned,#Destroyed,Rows of the plan,Issued,By}',
            string_agg(soc2.report_row(c.plan_id::text, soc2.report_text(c.relation), soc2.report_text(c.state), COALESCE(soc2.report_text(c.level), 'none'),
                soc2.report_text(c.method), soc2.report_number(c.planned), soc2.report_number(c.destroyed),
                CASE WHEN c.as_planned THEN 'these very rows' WHEN NOT c.as_planned THEN 'other rows' END,
                soc2.report_time(c.issued_at), soc2.report_text(c.issued_by)), '' ORDER BY c.place),
            count(*), max(c.total), CASE WHEN during IS NULL THEN 'No certificate was issued.' ELSE 'No certificate was issued in the period.' END)
            FROM certificate AS c WHERE c.place <= 30);
$function$;
COMMENT ON FUNCTION soc2.report_retention(tstzrange) IS
'tables with retention, overdue disposal, holds, plans and certificates; plans and certificates of a time alone, if one is given';

CREATE FUNCTION soc2.report_findings(during tstzrange DEFAULT NULL)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH known AS MATERIALIZED (
        SELECT f.finding_id, f.check_id, f.control_id, f.title, f.resource, f.severity, f.waived, f.overdue, f.opened_at,
            f.regressions, f.owner, f.due_at, f.remediation, row_number() OVER (
                ORDER BY f.overdue DESC, f.waived, array_position('{critical,high,medium,low}'::text[], f.severity), f.due_at, f.finding_id) AS place
        FROM soc2.findings_open AS f),
    counted AS (
        SELECT count(*) AS total, count(*) FILTER (WHERE k.overdue) AS overdue, count(*) FILTER (WHERE k.waived) AS waived FROM known AS k),
    changed AS (
        SELECT f.finding_id, f.check_id, f.control_id, f.resource, f.severity, f.state, f.opened_at, f.closed_at, f.closure,
            f.regressions, count(*) OVER () AS total, row_number() OVER (ORDER BY f.opened_at, f.finding_id) AS place
        FROM soc2.finding_status AS f
        WHERE f.opened_at <@ during OR f.closed_at <@ during)
    SELECT CASE WHEN c.total = 0 THEN '' ELSE format(E'<p>Open findings: %s; overdue: %s of them; waived: %s of them.</p>\n', c.total, c.overdue, c.waived) END
        || (SELECT soc2.report_table('findings-open', 'Open findings', 'soc2.findings_open',
            '{Finding,+Check or control,+Member,Severity,State,Opened,Due,Owner,*Remediation}',
            string_agg(soc2.report_row(k.finding_id::text,
                format('%s <span class="sub">%s</span>', soc2.report_text(COALESCE(k.check_id, k.control_id)), COALESCE(soc2.report_text(k.title), 'no longer there')),
                soc2.report_text(k.resource), soc2.report_text(k.severity),
                concat_ws(' ', CASE WHEN k.overdue THEN soc2.report_state('overdue') WHEN NOT k.waived THEN soc2.report_state('open') END,
                    CASE WHEN k.waived THEN soc2.report_state('waived') END),
                soc2.report_time(k.opened_at) || CASE WHEN k.regressions > 0 THEN format(' <span class="sub">opened again %s times</span>', k.regressions) ELSE '' END,
                soc2.report_time(k.due_at), COALESCE(soc2.report_text(k.owner), 'nobody'), soc2.report_text(k.remediation)), '' ORDER BY k.place),
            count(*), c.total, 'No finding is open.')
            FROM known AS k WHERE k.place <= 50)
        || CASE WHEN during IS NULL THEN '' ELSE (SELECT soc2.report_table('findings-period', 'Findings that were opened or closed in the period', 'soc2.finding_status',
            '{Finding,+Check or control,*Member,Severity,State now,Opened,Closed,How}',
            string_agg(soc2.report_row(h.finding_id::text, soc2.report_text(COALESCE(h.check_id, h.control_id)), soc2.report_text(h.resource),
                soc2.report_text(h.severity), soc2.report_state(h.state),
                soc2.report_time(h.opened_at) || CASE WHEN h.regressions > 0 THEN format(' <span class="sub">opened again %s times</span>', h.regressions) ELSE '' END,
                COALESCE(soc2.report_time(h.closed_at), 'open'), soc2.report_text(h.closure)), '' ORDER BY h.place),
            count(*), max(h.total), 'No finding was opened or closed in the period.')
            FROM changed AS h WHERE h.place <= 50) END
    FROM counted AS c;
$function$;
COMMENT ON FUNCTION soc2.report_findings(tstzrange) IS
'findings that are open, and those that were opened or closed in a time, if one is given';

CREATE FUNCTION soc2.report_waivers()
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH known AS (
        SELECT w.*, count(*) OVER () AS total, row_number() OVER (ORDER BY w.expires_at, w.waiver_id) AS place
        FROM soc2.waivers_active AS w)
    SELECT soc2.report_table('waivers-table', 'Waivers that hold', 'soc2.waivers_active',
        '{+Check or control,*Member,*Reason,Requested by,Approved by,Approved,Expires,#Open findings}',
        string_agg(soc2.report_row(format('%s <span class="sub">%s</span>', soc2.report_text(COALESCE(k.check_id, k.control_id)),
                COALESCE(soc2.report_text(k.title), 'no longer there')),
            COALESCE(soc2.report_text(k.resource), 'all'), soc2.report_text(k.reason), soc2.report_text(k.requested_by::text),
            soc2.report_text(k.approved_by::text), soc2.report_time(k.approved_at), soc2.report_time(k.expires_at),
            soc2.report_number(k.open_findings)), '' ORDER BY k.place),
        count(*), max(k.total), 'No waiver holds.')
    FROM known AS k
    WHERE k.place <= 40;
$function$;
COMMENT ON FUNCTION soc2.report_waivers() IS
'waivers that hold now';

CREATE FUNCTION soc2.report_registers()
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH kept AS (
        SELECT r.register, max(r.title) AS title, sum(r.items)::bigint AS items,
            sum(r.open)::bigint AS open, sum(r.overdue)::bigint AS overdue,
            min(r.oldest_due_at) AS oldest_due_at
        FROM soc2.register_status AS r
        GROUP BY r.register
        HAVING sum(r.items) > 0),
    late AS (
        SELECT i.*, count(*) OVER () AS total,
            row_number() OVER (ORDER BY i.due_at, i.register, i.item_id) AS place
        FROM soc2.register_items AS i
        WHERE i.overdue)
    SELECT (SELECT soc2.report_table('registers-table', 'What registers hold', 'soc2.register_status',
                '{+Register,#Rows,#Open,#Overdue,Due next}',
                string_agg(soc2.report_row(soc2.report_text(k.title), soc2.report_number(k.items),
                    soc2.report_number(k.open), soc2.report_number(k.overdue),
                    soc2.report_time(k.oldest_due_at)), '' ORDER BY k.title),
                count(*), count(*), 'Nothing was recorded in a register.')
            FROM kept AS k)
        || (SELECT soc2.report_table('registers-overdue', 'What is overdue', 'soc2.register_items',
                '{+What,*Title,State,Owner,Due}',
                string_agg(soc2.report_row(format('%s <span class="sub">%s</span>',
                        soc2.report_text(l.item_id), soc2.report_text(l.register_title)),
                    soc2.report_text(l.title), soc2.report_text(l.state), soc2.report_text(l.owner),
                    soc2.report_time(l.due_at)), '' ORDER BY l.place),
                count(*), max(l.total), 'Nothing is overdue.')
            FROM late AS l WHERE l.place <= 40);
$function$;
COMMENT ON FUNCTION soc2.report_registers() IS
'part of the report: what registers hold, and what of it is overdue';

CREATE FUNCTION soc2.report_controls(period text)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp SET IntervalStyle = 'postgres'
    AS $function$
    WITH known AS MATERIALIZED (
        SELECT s.*, count(*) OVER () AS total, row_number() OVER (ORDER BY s.control_id COLLATE "C") AS place
        FROM soc2.control_status(period) AS s)
    SELECT soc2.report_table('controls-table', 'Controls in the period',
        format('soc2.control_status(%L)', period),
        '{+Control,Nature,Frequency,Design,Operation,#Intervals with a run,#Runs,#Undecided,#Failures,#Of them waived}',
        string_agg(soc2.report_row(format('%s <span class="sub">%s</span>', soc2.report_text(k.control_id), soc2.report_text(k.title)),
            soc2.report_text(k.nature), COALESCE(soc2.report_text(k.frequency::text), 'on occasion'),
            CASE WHEN k.design = 'pass' THEN soc2.report_text('no fault')
                ELSE soc2.report_text(array_to_string(k.design_faults, ', ')) END,
            soc2.report_state(k.operation), format('<span class="num">%s of %s</span>', k.covered, k.expected), soc2.report_number(k.runs),
            soc2.report_number(k.undecided), soc2.report_number(k.failures), soc2.report_number(k.waived)), '' ORDER BY k.place),
        count(*), max(k.total), 'No control was in force on a day of the period.')
    FROM known AS k
    WHERE k.place <= 150;
$function$;
COMMENT ON FUNCTION soc2.report_controls(text) IS
'how the controls operated in a period';

CREATE FUNCTION soc2.report_verification(period text)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT format(E'<h3>The checkpoint</h3>\n%s<h3>The steps</h3>\n<ol class="steps">\n%s</ol>\n',
        CASE WHEN c.checkpoint IS NULL
            THEN format(E'<p class="empty">There is no checkpoint, so nothing shows later that this evidence was there: %s.</p>\n', soc2.report_text(c.problem))
            ELSE format(E'<p>The log of the evidence, when this page was made: whose log it is, how many rows it has, and the root of the tree over them. '
                'Keep it where nobody who administers the database can write.</p>\n<pre id="checkpoint">%s</pre>\n', soc2.html_text(c.checkpoint)) END,
        (SELECT string_agg(format(E'<li>%s<pre>%s</pre></li>\n', s.what, soc2.html_text(s.command)), '' ORDER BY s.place)
         FROM (VALUES
            (1, 'Is all evidence as it was recorded? No row means that nothing was found.',
                'SELECT * FROM soc2.verify_ledger(''soc2.evidence'');'),
            (2, 'Does it go on from the checkpoint above, or from one that you kept? In <code>psql</code>, with the lines of the checkpoint in a file:',
                E'\\set checkpoint `cat checkpoint.txt`\nSELECT * FROM soc2.verify_ledger(''soc2.evidence'', :''checkpoint'' || E''\\n'');'),
            (3, 'The same without trust in this server:',
                E'psql -XAt -c "SELECT soc2.export_ledger(''soc2.evidence'')" > evidence.jsonl\nsoc2-verify --checkpoint checkpoint.txt evidence.jsonl'),
            (4, 'Do the numbers of days agree with the evidence that they were counted from? No row means that they do.',
                'SELECT * FROM soc2.verify_days();'),
            (5, 'Is the evidence of a run in the log? Its id stands beside the check.',
                E'SELECT soc2.inclusion_proof(''soc2.evidence'', e.ledger_lane, e.ledger_seq)\nFROM soc2.evidence AS e WHERE e.evidence_id = ''<id>'';'),
            (6, 'Does this database still say what the page says? Each table names the view that it is from; and the page can be made again.',
                format('psql -XAt -c "SELECT soc2.report_html(%s)" > report.html', COALESCE(quote_literal(period), ''))),
            (7, 'Is this file the one that was handed over? Record its hash when it is made, and it is in the ledger, too.',
                E'sha256sum report.html\nSELECT soc2.record_evidence(''report'', artifact_sha256 => ''<hash>'', media_type => ''text/html'');'))
            AS s (place, what, command)))
    FROM soc2.report_checkpoint() AS c;
$function$;
COMMENT ON FUNCTION soc2.report_verification(text) IS
'checkpoint of the evidence, and the commands that compare the page with it';

--
-- The page
--

CREATE FUNCTION soc2.report_html(period text DEFAULT NULL)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD' SET jit = off
    AS $function$
    WITH asked AS MATERIALIZED (
        SELECT p.* FROM soc2.known_period(period) AS p WHERE period IS NOT NULL),
    span AS (
        SELECT a.during, GREATEST(COALESCE(a.first_day, now()::date - 89), LEAST(a.last_day, now()::date) - 365) AS first,
            COALESCE(LEAST(a.last_day, GREATEST(a.first_day, now()::date)), now()::date) AS last
        FROM (SELECT) AS one LEFT JOIN asked AS a ON true),
    section (place, name, title, html) AS (
        SELECT n.place, n.name, n.title, soc2.report_section(n.name, n.title, n.lead, n.body)
        FROM span AS s
        CROSS JOIN LATERAL (VALUES
            (1, 'criteria', 'Criteria', 'What is known about each criterion in scope now. A state says what was tested, not how good the system is.',
                soc2.report_criteria()),
            (2, 'controls', 'Controls in the period', 'How the design of each control stood, and in how many of the intervals in which it was due it operated.',
                CASE WHEN period IS NOT NULL THEN soc2.report_controls(period) END),
            (3, 'trend', 'Trend', CASE WHEN period IS NULL THEN 'What runs of checks showed, day by day, in the last 90 days (UTC).'
                ELSE format('What runs of checks showed, day by day (UTC), in the period, from %s to %s.', s.first, s.last) END,
                soc2.report_trend(s.first, s.last)),
            (4, 'checks', 'Failing checks', 'Checks that failed when they were last run, waived or not, and what to do about it.', soc2.report_checks()),
            (5, 'gaps', 'Gaps', 'Criteria in scope that controls in force do not cover today.', soc2.report_gaps()),
            (6, 'freshness', 'Freshness of evidence', 'Which evidence is up to date, and when the next is due.', soc2.report_freshness()),
            (7, 'retention', 'Retention and disposal', 'What is kept for how long, what is past its time, what is held, and what was destroyed with which proof.',
                soc2.report_retention(s.during)),
            (8, 'findings', 'Findings', 'Failures that are open: a waived one is open, too.', soc2.report_findings(s.during)),
            (9, 'waivers', 'Waivers', 'Failures that somebody lives with, for a reason and a time.', soc2.report_waivers()),
            (10, 'registers', 'Registers', 'What people keep, approve and answer for.', soc2.report_registers()),
            (11, 'verify', 'How to verify this page against the ledger', 'Nothing on this page has to be believed: it is made from evidence that can be verified.',
                soc2.report_verification(period))) AS n (place, name, title, lead, body)
        WHERE n.body IS NOT NULL)
    SELECT format(E'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-%s&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n'
        '<a class="skip" href="#main">Skip to the content</a>\n<header>\n%s</header>\n<nav aria-label="Sections">\n<ul>\n%s</ul>\n</nav>\n'
        '<main id="main" tabindex="-1">\n%s</main>\n<footer>\n<p>%s</p>\n</footer>\n</body>\n</html>',
        encode(sha256(convert_to(soc2.report_style(), 'UTF8')), 'base64'),
        concat_ws(', ', format('SOC 2 evidence of database %s', soc2.html_text(current_database())), 'period ' || soc2.html_text(a.period_id)),
        soc2.report_style(),
        soc2.report_identity(ROW(a.*)::soc2.periods),
        (SELECT string_agg(format(E'<li><a href="#%s">%s</a></li>\n', s.name, s.title), '' ORDER BY s.place) FROM section AS s),
        (SELECT string_agg(s.html, '' ORDER BY s.place) FROM section AS s),
        'This page states what was recorded and what follows from it by rules that the manual of soc2 lists. It is not an opinion. All times are in UTC.')
    FROM (SELECT) AS one LEFT JOIN asked AS a ON true;
$function$;
COMMENT ON FUNCTION soc2.report_html(text) IS
'the report: a page of HTML that needs nothing but itself, as of now, with what happened in a period, if one is given; 42704 for an unknown period';
