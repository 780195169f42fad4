/* sql/86_bi.sql */

--
-- A star schema for BI tools: dimensions, bridges and facts, of built-in
-- scalar types alone, with keys of the same name wherever they mean the same.
--
-- A view is nothing but a form of what soc2 knows: no state is computed here
-- but by the functions of soc2.  Keys that a row does not have are NULL; keys
-- that it has are in their dimension, also those of checks that were dropped
-- and of controls that only a piece of evidence names.  Days are those of UTC.
--

CREATE SCHEMA soc2_bi;
COMMENT ON SCHEMA soc2_bi IS
'SOC 2 evidence as a star schema for BI tools; members of soc2_auditor read it';

CREATE FUNCTION soc2.day_state(
        runs bigint, passed bigint, failed bigint, not_occurring bigint, undecided bigint)
    RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN failed OPERATOR(pg_catalog.>) 0 THEN 'fail'
        WHEN undecided OPERATOR(pg_catalog.>) 0 THEN 'unknown'
        WHEN passed OPERATOR(pg_catalog.>) 0 THEN 'pass'
        WHEN not_occurring OPERATOR(pg_catalog.>) 0 THEN 'not_occurring'
        WHEN runs OPERATOR(pg_catalog.>) 0 THEN 'unknown'
        ELSE 'not_run'
    END;
END;
COMMENT ON FUNCTION soc2.day_state(bigint, bigint, bigint, bigint, bigint) IS
'the one place that says what the runs of a check on a day showed: the worst of them, fail, unknown (could not see, or redacted), pass, not_occurring; not_run if there were none';

-- Drivers of clients that count years from 1 to 9999 cannot read a row with any
-- other, in no zone of the client.
CREATE FUNCTION soc2.calendar_day(day date)
    RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN day OPERATOR(pg_catalog.>=) '0001-01-01'::date
            AND day OPERATOR(pg_catalog.<=) '9999-12-31'::date
        THEN day END;
END;
COMMENT ON FUNCTION soc2.calendar_day(date) IS
'the day if it is in one of the years 1 to 9999, which every client can read; NULL otherwise';

CREATE FUNCTION soc2.calendar_time("time" timestamptz)
    RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN "time" OPERATOR(pg_catalog.>=) '0001-01-02 00:00:00+00'::timestamptz
            AND "time" OPERATOR(pg_catalog.<) '9999-12-31 00:00:00+00'::timestamptz
        THEN "time" END;
END;
COMMENT ON FUNCTION soc2.calendar_time(timestamptz) IS
'the time if it is in one of the years 1 to 9999 in every zone, which every client can read; NULL otherwise';

CREATE VIEW soc2_bi.dim_criterion AS
    SELECT c.criterion::text AS criterion_id, c.framework, c.framework_title, c.category,
        c.code, c.level, f.parent::text AS parent_id, c.title, c.is_cuec, c.in_scope,
        c."position" AS sort_order
    FROM soc2.catalogue AS c
    JOIN soc2.criteria AS f ON f.criterion OPERATOR(soc2.=) c.criterion
    UNION ALL
    SELECT u.criterion::text, soc2.framework(u.criterion), f.title, soc2.category(u.criterion),
        soc2.code(u.criterion), soc2.level(u.criterion), NULL, '(not in the catalogue)',
        false, x.in_scope, soc2.document_position(u.criterion)
    FROM (SELECT n.criterion
          FROM soc2.checks AS k, pg_catalog.unnest(k.criteria::soc2.criterion[]) AS n (criterion)
          UNION
          SELECT m.criterion FROM soc2.control_criteria AS m
          UNION
          SELECT n.criterion
          FROM (SELECT DISTINCT e.criteria FROM soc2.evidence_totals AS e) AS e,
              pg_catalog.unnest(e.criteria::soc2.criterion[]) AS n (criterion)) AS u
    JOIN soc2.frameworks AS f ON f.framework OPERATOR(pg_catalog.=) soc2.framework(u.criterion)
    LEFT JOIN soc2.scope AS x ON x.category OPERATOR(pg_catalog.=) soc2.category(u.criterion)
    WHERE NOT EXISTS (SELECT FROM soc2.criteria AS c
                      WHERE c.criterion OPERATOR(soc2.=) u.criterion);
COMMENT ON VIEW soc2_bi.dim_criterion IS
'Which criteria are there? Grain: a criterion of any framework and level, in scope or not.';
COMMENT ON COLUMN soc2_bi.dim_criterion.criterion_id IS 'key: framework and code, as tsc:CC6.1';
COMMENT ON COLUMN soc2_bi.dim_criterion.framework IS 'tsc or outline';
COMMENT ON COLUMN soc2_bi.dim_criterion.framework_title IS 'title of the framework';
COMMENT ON COLUMN soc2_bi.dim_criterion.category IS 'CC, A, C, PI or P';
COMMENT ON COLUMN soc2_bi.dim_criterion.code IS 'code within the framework';
COMMENT ON COLUMN soc2_bi.dim_criterion.level IS '0 category, 1 series, 2 criterion, 3 point of focus';
COMMENT ON COLUMN soc2_bi.dim_criterion.parent_id IS 'criterion_id of the criterion above it; NULL for a category';
COMMENT ON COLUMN soc2_bi.dim_criterion.title IS 'one line; a criterion that is used and is not in the catalogue says so';
COMMENT ON COLUMN soc2_bi.dim_criterion.is_cuec IS 'true: the customer''s duty, a complementary user-entity control';
COMMENT ON COLUMN soc2_bi.dim_criterion.in_scope IS 'true: its category is in scope';
COMMENT ON COLUMN soc2_bi.dim_criterion.sort_order IS 'document order within the framework';

CREATE VIEW soc2_bi.dim_control AS
    SELECT c.control_id, c.title, c.owner, c.operator, c.kind, c.nature,
        (EXTRACT(epoch FROM c.frequency) OPERATOR(pg_catalog./) 86400)::numeric(12,4) AS frequency_days,
        c.status, c.in_force, soc2.calendar_day(pg_catalog.lower(c.valid)) AS valid_from,
        soc2.calendar_day(pg_catalog.upper(c.valid) OPERATOR(pg_catalog.-) 1) AS valid_to, c.shipped AS in_library
    FROM soc2.control_catalogue AS c
    UNION ALL
    SELECT u.control_id, '(unknown)', NULL, NULL, NULL, NULL,
        NULL::numeric(12,4), 'unknown', false,
        NULL, NULL, false
    FROM (SELECT e.control_id FROM soc2.evidence_totals AS e
          UNION
          SELECT f.control_id FROM soc2.findings AS f) AS u
    WHERE u.control_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM soc2.controls AS c WHERE c.control_id OPERATOR(pg_catalog.=) u.control_id);
COMMENT ON VIEW soc2_bi.dim_control IS
'Which controls are there? Grain: a control: the organisation''s own, that of the library which was not adopted, or one that only evidence or a finding names.';
COMMENT ON COLUMN soc2_bi.dim_control.control_id IS 'key: id of the control, as ACC-01';
COMMENT ON COLUMN soc2_bi.dim_control.title IS 'one line';
COMMENT ON COLUMN soc2_bi.dim_control.owner IS 'who answers for it; NULL: nobody yet';
COMMENT ON COLUMN soc2_bi.dim_control.operator IS 'who or what performs it';
COMMENT ON COLUMN soc2_bi.dim_control.kind IS 'preventive, detective or corrective';
COMMENT ON COLUMN soc2_bi.dim_control.nature IS 'automated, manual or hybrid';
COMMENT ON COLUMN soc2_bi.dim_control.frequency_days IS 'how often it operates, in days; NULL: when there is occasion';
COMMENT ON COLUMN soc2_bi.dim_control.status IS 'draft, adopted or retired; unknown: only evidence or a finding names it';
COMMENT ON COLUMN soc2_bi.dim_control.in_force IS 'true: it is in force today';
COMMENT ON COLUMN soc2_bi.dim_control.valid_from IS 'first day in force; NULL: never was, or not in the years 1 to 9999';
COMMENT ON COLUMN soc2_bi.dim_control.valid_to IS 'last day in force; NULL: no end, or not in the years 1 to 9999';
COMMENT ON COLUMN soc2_bi.dim_control.in_library IS 'true: it is in the library and was not adopted';

CREATE VIEW soc2_bi.dim_check AS
    SELECT k.check_id, pg_catalog.split_part(k.check_id, '.', 1) AS family, k.title, k.severity,
        k.rationale, k.remediation,
        (EXTRACT(epoch FROM k.frequency) OPERATOR(pg_catalog./) 3600)::numeric(12,4) AS frequency_hours,
        COALESCE(f.enabled, false) AS enabled, f.check_id IS NOT NULL AS applies,
        k.shipped AS is_shipped, true AS is_defined,
        NULLIF(pg_catalog.btrim(k.criteria::text, '{}'), '') AS criteria_key
    FROM soc2.checks AS k
    LEFT JOIN soc2.checks_in_force AS f ON f.check_id OPERATOR(pg_catalog.=) k.check_id
    UNION ALL
    SELECT u.check_id, pg_catalog.split_part(u.check_id, '.', 1), '(dropped)', NULL, NULL, NULL,
        NULL::numeric(12,4), false, false, false, false, NULL
    FROM (SELECT e.check_id FROM soc2.evidence_totals AS e
          UNION
          SELECT f.check_id FROM soc2.findings AS f) AS u
    WHERE u.check_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM soc2.checks AS k WHERE k.check_id OPERATOR(pg_catalog.=) u.check_id);
COMMENT ON VIEW soc2_bi.dim_check IS
'Which checks are there? Grain: a check that is defined, or of which there is evidence.';
COMMENT ON COLUMN soc2_bi.dim_check.check_id IS 'key: id of the check, as auth.hba_no_trust';
COMMENT ON COLUMN soc2_bi.dim_check.family IS 'first part of the id';
COMMENT ON COLUMN soc2_bi.dim_check.title IS 'what is as it should be when it passes; (dropped) if it is defined no more';
COMMENT ON COLUMN soc2_bi.dim_check.severity IS 'critical, high, medium or low; NULL: it is defined no more';
COMMENT ON COLUMN soc2_bi.dim_check.rationale IS 'why it matters';
COMMENT ON COLUMN soc2_bi.dim_check.remediation IS 'what to do about a failure';
COMMENT ON COLUMN soc2_bi.dim_check.frequency_hours IS 'how often it is to run, in hours';
COMMENT ON COLUMN soc2_bi.dim_check.enabled IS 'true: it is run';
COMMENT ON COLUMN soc2_bi.dim_check.applies IS 'true: it is for the version of this server';
COMMENT ON COLUMN soc2_bi.dim_check.is_shipped IS 'true: it belongs to the extension';
COMMENT ON COLUMN soc2_bi.dim_check.is_defined IS 'false: it was dropped';
COMMENT ON COLUMN soc2_bi.dim_check.criteria_key IS 'its criteria, see bridge_criteria; NULL: none';

CREATE VIEW soc2_bi.dim_day AS
    SELECT d.day, EXTRACT(year FROM d.day)::integer AS year,
        EXTRACT(quarter FROM d.day)::integer AS quarter,
        EXTRACT(month FROM d.day)::integer AS month,
        EXTRACT(day FROM d.day)::integer AS day_of_month,
        EXTRACT(isoyear FROM d.day)::integer AS iso_year,
        EXTRACT(week FROM d.day)::integer AS iso_week,
        EXTRACT(isodow FROM d.day)::integer AS iso_weekday,
        EXTRACT(isodow FROM d.day) OPERATOR(pg_catalog.>=) 6 AS is_weekend,
        EXTRACT(month FROM (d.day OPERATOR(pg_catalog.+) 1)) OPERATOR(pg_catalog.<>) EXTRACT(month FROM d.day) AS is_month_end,
        pg_catalog.date_trunc('month', d.day::timestamp)::date AS month_start,
        t.today OPERATOR(pg_catalog.-) d.day AS days_ago
    FROM (SELECT (pg_catalog.now() AT TIME ZONE 'UTC')::date AS today) AS t
    CROSS JOIN LATERAL (
        SELECT LEAST(t.today, pg_catalog.min(x.first)) AS first, GREATEST(t.today, pg_catalog.max(x.last)) AS last
        FROM (SELECT pg_catalog.min(e.day) AS first, pg_catalog.max(e.day) AS last FROM soc2.evidence_totals AS e
              UNION ALL
              SELECT (LEAST(pg_catalog.min(f.opened_at), pg_catalog.min(f.closed_at)) AT TIME ZONE 'UTC')::date,
                  (GREATEST(pg_catalog.max(f.opened_at), pg_catalog.max(f.closed_at)) AT TIME ZONE 'UTC')::date
              FROM soc2.findings AS f
              UNION ALL
              SELECT (pg_catalog.min(r.counted_at) AT TIME ZONE 'UTC')::date,
                  (pg_catalog.max(r.counted_at) AT TIME ZONE 'UTC')::date
              FROM soc2.retention_counts AS r
              UNION ALL
              SELECT (pg_catalog.min(p.requested_at) AT TIME ZONE 'UTC')::date,
                  (GREATEST(pg_catalog.max(p.requested_at), pg_catalog.max(p.finished_at)) AT TIME ZONE 'UTC')::date
              FROM soc2.disposal_plans AS p
              UNION ALL
              SELECT (pg_catalog.min(l.created_at) AT TIME ZONE 'UTC')::date,
                  (pg_catalog.max(l.created_at) AT TIME ZONE 'UTC')::date
              FROM soc2.ledgers AS l
              UNION ALL
              SELECT (pg_catalog.min(v.opened_at) AT TIME ZONE 'UTC')::date,
                  (GREATEST(pg_catalog.max(v.opened_at), pg_catalog.max(v.closed_at)) AT TIME ZONE 'UTC')::date
              FROM soc2.access_reviews AS v
              UNION ALL
              SELECT (pg_catalog.min(b.recorded_at) AT TIME ZONE 'UTC')::date,
                  (pg_catalog.max(b.recorded_at) AT TIME ZONE 'UTC')::date
              FROM soc2.backup_tests AS b) AS x) AS r
    CROSS JOIN LATERAL pg_catalog.generate_series(0, r.last OPERATOR(pg_catalog.-) r.first) AS n (days)
    CROSS JOIN LATERAL (SELECT r.first OPERATOR(pg_catalog.+) n.days AS day) AS d;
COMMENT ON VIEW soc2_bi.dim_day IS
'Which days are there? Grain: a day (UTC), from the first of any fact to today, without a gap.';
COMMENT ON COLUMN soc2_bi.dim_day.day IS 'key: the day';
COMMENT ON COLUMN soc2_bi.dim_day.year IS 'calendar year';
COMMENT ON COLUMN soc2_bi.dim_day.quarter IS '1 to 4';
COMMENT ON COLUMN soc2_bi.dim_day.month IS '1 to 12';
COMMENT ON COLUMN soc2_bi.dim_day.day_of_month IS '1 to 31';
COMMENT ON COLUMN soc2_bi.dim_day.iso_year IS 'year of the ISO week';
COMMENT ON COLUMN soc2_bi.dim_day.iso_week IS '1 to 53';
COMMENT ON COLUMN soc2_bi.dim_day.iso_weekday IS '1 Monday to 7 Sunday';
COMMENT ON COLUMN soc2_bi.dim_day.is_weekend IS 'true: Saturday or Sunday';
COMMENT ON COLUMN soc2_bi.dim_day.is_month_end IS 'true: last day of its month';
COMMENT ON COLUMN soc2_bi.dim_day.month_start IS 'first day of its month';
COMMENT ON COLUMN soc2_bi.dim_day.days_ago IS 'days from it until today';

CREATE VIEW soc2_bi.dim_period AS
    SELECT p.period_id, p.type, soc2.calendar_day(p.first_day) AS first_day,
        soc2.calendar_day(p.last_day) AS last_day, p.time_zone,
        p.closed_at IS NOT NULL AS is_closed, p.closed_at
    FROM soc2.periods AS p;
COMMENT ON VIEW soc2_bi.dim_period IS
'Which periods are audited? Grain: a period; join it by the days from first_day to last_day.';
COMMENT ON COLUMN soc2_bi.dim_period.period_id IS 'key: name of the period';
COMMENT ON COLUMN soc2_bi.dim_period.type IS 'I: a day; II: a range of days';
COMMENT ON COLUMN soc2_bi.dim_period.first_day IS 'first day; NULL: not in the years 1 to 9999';
COMMENT ON COLUMN soc2_bi.dim_period.last_day IS 'last day; NULL: not in the years 1 to 9999';
COMMENT ON COLUMN soc2_bi.dim_period.time_zone IS 'time zone whose days are meant';
COMMENT ON COLUMN soc2_bi.dim_period.is_closed IS 'true: it was closed';
COMMENT ON COLUMN soc2_bi.dim_period.closed_at IS 'when';

CREATE VIEW soc2_bi.bridge_control_criterion AS
    SELECT m.control_id OPERATOR(pg_catalog.||) '|' OPERATOR(pg_catalog.||) m.criterion::text AS bridge_id,
        m.control_id, m.criterion::text AS criterion_id, m.relation,
        soc2.relation_covers(m.relation) AS covers, m.rationale, m.author,
        soc2.calendar_day(m.since) AS since
    FROM soc2.control_criteria AS m
    JOIN soc2.control_catalogue AS c
        ON c.control_id OPERATOR(pg_catalog.=) m.control_id AND c.shipped OPERATOR(pg_catalog.=) m.shipped;
COMMENT ON VIEW soc2_bi.bridge_control_criterion IS
'Which criteria is each control mapped to? Grain: a control and criterion.';
COMMENT ON COLUMN soc2_bi.bridge_control_criterion.bridge_id IS 'key: control_id and criterion_id';
COMMENT ON COLUMN soc2_bi.bridge_control_criterion.control_id IS 'the control, in dim_control';
COMMENT ON COLUMN soc2_bi.bridge_control_criterion.criterion_id IS 'the criterion, in dim_criterion';
COMMENT ON COLUMN soc2_bi.bridge_control_criterion.relation IS 'what the control is to it: equal-to, superset-of, subset-of or intersects-with';
COMMENT ON COLUMN soc2_bi.bridge_control_criterion.covers IS 'true: it covers it; false: in part';
COMMENT ON COLUMN soc2_bi.bridge_control_criterion.rationale IS 'why';
COMMENT ON COLUMN soc2_bi.bridge_control_criterion.author IS 'who says so';
COMMENT ON COLUMN soc2_bi.bridge_control_criterion.since IS 'day from which it counts; NULL: in the library, or not in the years 1 to 9999';

CREATE VIEW soc2_bi.bridge_control_check AS
    SELECT l.control_id OPERATOR(pg_catalog.||) '|' OPERATOR(pg_catalog.||) l.check_id AS bridge_id, l.control_id, l.check_id
    FROM soc2.control_checks AS l
    JOIN soc2.control_catalogue AS c
        ON c.control_id OPERATOR(pg_catalog.=) l.control_id AND c.shipped OPERATOR(pg_catalog.=) l.shipped
    WHERE EXISTS (SELECT FROM soc2.checks AS k WHERE k.check_id OPERATOR(pg_catalog.=) l.check_id);
COMMENT ON VIEW soc2_bi.bridge_control_check IS
'Which checks test each control? Grain: a control and check that is defined.';
COMMENT ON COLUMN soc2_bi.bridge_control_check.bridge_id IS 'key: control_id and check_id';
COMMENT ON COLUMN soc2_bi.bridge_control_check.control_id IS 'the control, in dim_control';
COMMENT ON COLUMN soc2_bi.bridge_control_check.check_id IS 'the check, in dim_check';

CREATE VIEW soc2_bi.bridge_criteria AS
    SELECT pg_catalog.btrim(s.criteria, '{}') OPERATOR(pg_catalog.||) '|' OPERATOR(pg_catalog.||) n.criterion::text AS bridge_id,
        pg_catalog.btrim(s.criteria, '{}') AS criteria_key, n.criterion::text AS criterion_id
    FROM (SELECT k.criteria::text FROM soc2.checks AS k
          UNION
          SELECT e.criteria::text FROM soc2.evidence_totals AS e
          UNION
          SELECT r.criteria FROM soc2.register_status AS r) AS s (criteria)
    CROSS JOIN LATERAL pg_catalog.unnest(s.criteria::soc2.criterion_set::soc2.criterion[]) AS n (criterion);
COMMENT ON VIEW soc2_bi.bridge_criteria IS
'Which criteria are in each set of criteria that checks, evidence and rows of registers have? Grain: a set and a criterion.';
COMMENT ON COLUMN soc2_bi.bridge_criteria.bridge_id IS 'key: criteria_key and criterion_id';
COMMENT ON COLUMN soc2_bi.bridge_criteria.criteria_key IS 'the set: its criteria separated by commas';
COMMENT ON COLUMN soc2_bi.bridge_criteria.criterion_id IS 'the criterion, in dim_criterion';

CREATE VIEW soc2_bi.fact_check_run AS
    SELECT r.evidence_id::text AS run_id, (r.recorded_at AT TIME ZONE 'UTC')::date AS day,
        r.check_id, r.recorded_at, COALESCE(r.outcome, 'redacted') AS outcome,
        r.population, r.failures, r.undecided, r.waived AS waived_failures
    FROM soc2.check_runs AS r
    UNION ALL
    SELECT b.evidence_id::text, b.day, b.check_id, b.recorded_at,
        COALESCE(b.outcome, 'redacted'), b.population, b.failures, b.undecided, b.waived
    FROM soc2.evidence_behind() AS b
    WHERE b.kind OPERATOR(pg_catalog.=) 'check_run' AND b.check_id IS NOT NULL;
COMMENT ON VIEW soc2_bi.fact_check_run IS
'What did each recorded run of a check show? Grain: a run.';
COMMENT ON COLUMN soc2_bi.fact_check_run.run_id IS 'key: evidence of the run';
COMMENT ON COLUMN soc2_bi.fact_check_run.day IS 'day it was recorded, in dim_day';
COMMENT ON COLUMN soc2_bi.fact_check_run.check_id IS 'the check, in dim_check';
COMMENT ON COLUMN soc2_bi.fact_check_run.recorded_at IS 'when it was recorded';
COMMENT ON COLUMN soc2_bi.fact_check_run.outcome IS 'pass, fail, not_occurring, error or insufficient_privilege; redacted if it was taken away';
COMMENT ON COLUMN soc2_bi.fact_check_run.population IS 'members looked at: the denominator of the next three';
COMMENT ON COLUMN soc2_bi.fact_check_run.failures IS 'of them, failed';
COMMENT ON COLUMN soc2_bi.fact_check_run.undecided IS 'of them, could not be decided';
COMMENT ON COLUMN soc2_bi.fact_check_run.waived_failures IS 'of the failures, waived then';

CREATE VIEW soc2_bi.fact_check_daily AS
    WITH counted AS MATERIALIZED (
        SELECT e.day, e.check_id, pg_catalog.sum(e.rows)::bigint AS runs,
            COALESCE(pg_catalog.sum(e.rows) FILTER (WHERE e.outcome OPERATOR(pg_catalog.=) 'pass'), 0)::bigint AS passed,
            COALESCE(pg_catalog.sum(e.rows) FILTER (WHERE e.outcome OPERATOR(pg_catalog.=) 'fail'), 0)::bigint AS failed,
            COALESCE(pg_catalog.sum(e.rows) FILTER (WHERE e.outcome OPERATOR(pg_catalog.=) 'not_occurring'), 0)::bigint AS not_occurring,
            pg_catalog.sum(e.population)::bigint AS members, pg_catalog.sum(e.failures)::bigint AS member_failures,
            pg_catalog.sum(e.waived)::bigint AS member_waived, pg_catalog.max(e.last_recorded_at) AS last_recorded_at
        FROM soc2.evidence_totals AS e
        WHERE e.kind OPERATOR(pg_catalog.=) 'check_run' AND e.check_id IS NOT NULL
        GROUP BY e.day, e.check_id),
    span AS (
        SELECT pg_catalog.min(c.day) AS first,
            GREATEST(pg_catalog.max(c.day), (pg_catalog.now() AT TIME ZONE 'UTC')::date) AS last
        FROM counted AS c),
    -- an array, which the planner takes for few: it would think of millions of
    -- rows, and compile the query, which takes longer than running it
    known AS (
        SELECT k.check_id
        FROM pg_catalog.unnest(ARRAY(
            SELECT k.check_id FROM soc2.checks AS k
            UNION
            SELECT c.check_id FROM counted AS c)) AS k (check_id))
    SELECT pg_catalog.to_char(s.first OPERATOR(pg_catalog.+) n.days, 'YYYY-MM-DD') OPERATOR(pg_catalog.||) '|' OPERATOR(pg_catalog.||) k.check_id AS daily_id,
        s.first OPERATOR(pg_catalog.+) n.days AS day, k.check_id,
        soc2.day_state(COALESCE(c.runs, 0), COALESCE(c.passed, 0), COALESCE(c.failed, 0),
            COALESCE(c.not_occurring, 0),
            COALESCE(c.runs OPERATOR(pg_catalog.-) c.passed OPERATOR(pg_catalog.-) c.failed OPERATOR(pg_catalog.-) c.not_occurring, 0)) AS state,
        COALESCE(c.runs, 0) AS runs, COALESCE(c.passed, 0) AS passed,
        COALESCE(c.failed, 0) AS failed, COALESCE(c.not_occurring, 0) AS not_occurring,
        COALESCE(c.runs OPERATOR(pg_catalog.-) c.passed OPERATOR(pg_catalog.-) c.failed OPERATOR(pg_catalog.-) c.not_occurring, 0) AS undecided,
        COALESCE(c.members, 0) AS members, COALESCE(c.member_failures, 0) AS member_failures,
        COALESCE(c.member_waived, 0) AS member_waived, c.last_recorded_at
    FROM span AS s
    CROSS JOIN LATERAL pg_catalog.generate_series(0, s.last OPERATOR(pg_catalog.-) s.first) AS n (days)
    CROSS JOIN known AS k
    LEFT JOIN counted AS c ON c.day OPERATOR(pg_catalog.=) (s.first OPERATOR(pg_catalog.+) n.days) AND c.check_id OPERATOR(pg_catalog.=) k.check_id;
COMMENT ON VIEW soc2_bi.fact_check_daily IS
'What did each check show each day? Grain: a day and check that is defined or was run, from the first day with evidence to today, also days on which it did not run.';
COMMENT ON COLUMN soc2_bi.fact_check_daily.daily_id IS 'key: day and check_id';
COMMENT ON COLUMN soc2_bi.fact_check_daily.day IS 'the day, in dim_day';
COMMENT ON COLUMN soc2_bi.fact_check_daily.check_id IS 'the check, in dim_check';
COMMENT ON COLUMN soc2_bi.fact_check_daily.state IS 'worst of the day: fail, unknown, pass or not_occurring; not_run: there was no run';
COMMENT ON COLUMN soc2_bi.fact_check_daily.runs IS 'runs of the day: the denominator of the next four';
COMMENT ON COLUMN soc2_bi.fact_check_daily.passed IS 'of them, passed';
COMMENT ON COLUMN soc2_bi.fact_check_daily.failed IS 'of them, failed';
COMMENT ON COLUMN soc2_bi.fact_check_daily.not_occurring IS 'of them, found an empty population';
COMMENT ON COLUMN soc2_bi.fact_check_daily.undecided IS 'of them, ended in an error or lacked a privilege, or were redacted';
COMMENT ON COLUMN soc2_bi.fact_check_daily.members IS 'members looked at, all runs together: the denominator of member_failures';
COMMENT ON COLUMN soc2_bi.fact_check_daily.member_failures IS 'of them, failed';
COMMENT ON COLUMN soc2_bi.fact_check_daily.member_waived IS 'of these failures, waived then';
COMMENT ON COLUMN soc2_bi.fact_check_daily.last_recorded_at IS 'when the last run was recorded';

CREATE VIEW soc2_bi.fact_evidence AS
    SELECT pg_catalog.to_char(e.day, 'YYYY-MM-DD') OPERATOR(pg_catalog.||) '|' OPERATOR(pg_catalog.||) pg_catalog.encode(e.key_sha256, 'hex') AS evidence_key,
        e.day, e.kind, e.check_id, e.control_id,
        NULLIF(pg_catalog.btrim(e.criteria::text, '{}'), '') AS criteria_key, e.outcome,
        e.rows AS evidence_rows, e.first_recorded_at, e.last_recorded_at,
        e.lasting AS lasting_rows,
        soc2.calendar_time(e.expires_at) AS last_expires_at
    FROM soc2.evidence_totals AS e;
COMMENT ON VIEW soc2_bi.fact_evidence IS
'How much evidence of what was recorded each day? Grain: a day, kind, check, control, set of criteria and outcome.';
COMMENT ON COLUMN soc2_bi.fact_evidence.evidence_key IS 'key: day and hash of the rest of the grain';
COMMENT ON COLUMN soc2_bi.fact_evidence.day IS 'day it was recorded, in dim_day';
COMMENT ON COLUMN soc2_bi.fact_evidence.kind IS 'kind of the evidence';
COMMENT ON COLUMN soc2_bi.fact_evidence.check_id IS 'check that produced it, in dim_check; NULL: none';
COMMENT ON COLUMN soc2_bi.fact_evidence.control_id IS 'control that it is about, in dim_control; NULL: none';
COMMENT ON COLUMN soc2_bi.fact_evidence.criteria_key IS 'its criteria, see bridge_criteria; NULL: none';
COMMENT ON COLUMN soc2_bi.fact_evidence.outcome IS 'outcome of runs of checks and of attestations';
COMMENT ON COLUMN soc2_bi.fact_evidence.evidence_rows IS 'rows of evidence';
COMMENT ON COLUMN soc2_bi.fact_evidence.first_recorded_at IS 'when the first was recorded';
COMMENT ON COLUMN soc2_bi.fact_evidence.last_recorded_at IS 'when the last was';
COMMENT ON COLUMN soc2_bi.fact_evidence.lasting_rows IS 'of the rows, never expire';
COMMENT ON COLUMN soc2_bi.fact_evidence.last_expires_at IS 'when the last of the others expires; NULL: there are no others, or not before the year 10000';

CREATE VIEW soc2_bi.fact_finding AS
    SELECT f.finding_id, (f.opened_at AT TIME ZONE 'UTC')::date AS opened_day,
        (f.closed_at AT TIME ZONE 'UTC')::date AS closed_day, f.check_id, f.control_id,
        f.severity, f.state, f.waived, f.overdue, f.resource::text AS resource, f.owner,
        f.opened_at, soc2.calendar_time(f.due_at) AS due_at, f.closed_at, f.closure,
        (EXTRACT(epoch FROM COALESCE(f.closed_at, pg_catalog.now()) OPERATOR(pg_catalog.-) f.opened_at) OPERATOR(pg_catalog./) 86400)::numeric(12,2) AS days_open,
        f.regressions
    FROM soc2.finding_status AS f;
COMMENT ON VIEW soc2_bi.fact_finding IS
'What became of each failure? Grain: a finding.';
COMMENT ON COLUMN soc2_bi.fact_finding.finding_id IS 'key: number of the finding';
COMMENT ON COLUMN soc2_bi.fact_finding.opened_day IS 'day it was opened, or opened again, in dim_day';
COMMENT ON COLUMN soc2_bi.fact_finding.closed_day IS 'day it was closed, in dim_day; NULL: it is open';
COMMENT ON COLUMN soc2_bi.fact_finding.check_id IS 'check that failed, in dim_check; NULL: an attestation says so';
COMMENT ON COLUMN soc2_bi.fact_finding.control_id IS 'control that does not operate by an attestation, in dim_control; NULL: a check failed';
COMMENT ON COLUMN soc2_bi.fact_finding.severity IS 'critical, high, medium or low';
COMMENT ON COLUMN soc2_bi.fact_finding.state IS 'open or closed';
COMMENT ON COLUMN soc2_bi.fact_finding.waived IS 'true: it is waived now';
COMMENT ON COLUMN soc2_bi.fact_finding.overdue IS 'true: it is open after it was due';
COMMENT ON COLUMN soc2_bi.fact_finding.resource IS 'member that failed';
COMMENT ON COLUMN soc2_bi.fact_finding.owner IS 'who mends it; NULL: nobody yet';
COMMENT ON COLUMN soc2_bi.fact_finding.opened_at IS 'when it was opened, or opened again';
COMMENT ON COLUMN soc2_bi.fact_finding.due_at IS 'when it has to be closed; NULL: not before the year 10000';
COMMENT ON COLUMN soc2_bi.fact_finding.closed_at IS 'when it was closed; NULL: it is open';
COMMENT ON COLUMN soc2_bi.fact_finding.closure IS 'passed, gone or attested';
COMMENT ON COLUMN soc2_bi.fact_finding.days_open IS 'days from opened_at to closed_at, or until now';
COMMENT ON COLUMN soc2_bi.fact_finding.regressions IS 'how often it was opened again';

CREATE VIEW soc2_bi.fact_readiness AS
    SELECT r.criterion::text AS criterion_id, r.state, r.coverage, r.controls, r.checks,
        r.passing, r.failing, r.stale, r.not_occurring, r.undecided, r.not_run,
        r.open_findings, r.overdue_findings, r.waivers, r.attestations_due,
        r.other_evidence, r.last_evidence_at, r.register_items, r.overdue_items, r.ways
    FROM soc2.readiness AS r;
COMMENT ON VIEW soc2_bi.fact_readiness IS
'What is known about each criterion in scope now? Grain: a criterion of level 2 in scope.';
COMMENT ON COLUMN soc2_bi.fact_readiness.criterion_id IS 'key: the criterion, in dim_criterion';
COMMENT ON COLUMN soc2_bi.fact_readiness.state IS 'user_entity, failing, gap, unknown, not_run, stale, manual_due, evidenced or not_occurring';
COMMENT ON COLUMN soc2_bi.fact_readiness.coverage IS 'how far controls in force cover it: covered, partial, gap or user_entity';
COMMENT ON COLUMN soc2_bi.fact_readiness.controls IS 'controls in force that reach it';
COMMENT ON COLUMN soc2_bi.fact_readiness.checks IS 'distinct checks that are evidence for it: the denominator of the next six';
COMMENT ON COLUMN soc2_bi.fact_readiness.passing IS 'of them, passed when last run';
COMMENT ON COLUMN soc2_bi.fact_readiness.failing IS 'of them, failed when last run, waived or not';
COMMENT ON COLUMN soc2_bi.fact_readiness.stale IS 'of them, did not fail when last run, and that is out of date';
COMMENT ON COLUMN soc2_bi.fact_readiness.not_occurring IS 'of them, found an empty population';
COMMENT ON COLUMN soc2_bi.fact_readiness.undecided IS 'of them, ended in an error or lacked a privilege';
COMMENT ON COLUMN soc2_bi.fact_readiness.not_run IS 'of them, never ran or are switched off';
COMMENT ON COLUMN soc2_bi.fact_readiness.open_findings IS 'open findings, waived or not';
COMMENT ON COLUMN soc2_bi.fact_readiness.overdue_findings IS 'of them, overdue';
COMMENT ON COLUMN soc2_bi.fact_readiness.waivers IS 'active waivers';
COMMENT ON COLUMN soc2_bi.fact_readiness.attestations_due IS 'controls whose attestation is due now';
COMMENT ON COLUMN soc2_bi.fact_readiness.other_evidence IS 'evidence that is no run of a check';
COMMENT ON COLUMN soc2_bi.fact_readiness.last_evidence_at IS 'newest of all its evidence';
COMMENT ON COLUMN soc2_bi.fact_readiness.register_items IS 'rows of registers that are evidence for it';
COMMENT ON COLUMN soc2_bi.fact_readiness.overdue_items IS 'of them, overdue';
COMMENT ON COLUMN soc2_bi.fact_readiness.ways IS 'ways in which it can be evidenced';

CREATE VIEW soc2_bi.fact_register_item AS
    SELECT i.register OPERATOR(pg_catalog.||) '|' OPERATOR(pg_catalog.||) i.item_id AS item_key,
        i.register, i.register_title, i.item_id, i.title, i.owner, i.state, i.is_open,
        i.overdue, soc2.calendar_time(i.opened_at) AS opened_at,
        soc2.calendar_time(i.due_at) AS due_at,
        NULLIF(pg_catalog.btrim(i.criteria::text, '{}'), '') AS criteria_key
    FROM soc2.register_items AS i
    WHERE i.state IS NOT NULL;
COMMENT ON VIEW soc2_bi.fact_register_item IS
'Where does each thing stand that people keep, and who answers for it? Grain: a row of a register whose rows have states.';
COMMENT ON COLUMN soc2_bi.fact_register_item.item_key IS 'key: register and item_id';
COMMENT ON COLUMN soc2_bi.fact_register_item.register IS 'the register';
COMMENT ON COLUMN soc2_bi.fact_register_item.register_title IS 'what it holds';
COMMENT ON COLUMN soc2_bi.fact_register_item.item_id IS 'the row, by its key in the register';
COMMENT ON COLUMN soc2_bi.fact_register_item.title IS 'what it is; NULL: it has no title';
COMMENT ON COLUMN soc2_bi.fact_register_item.owner IS 'who answers for it; NULL: nobody';
COMMENT ON COLUMN soc2_bi.fact_register_item.state IS 'where it stands';
COMMENT ON COLUMN soc2_bi.fact_register_item.is_open IS 'true: something can still be done: the denominator of overdue';
COMMENT ON COLUMN soc2_bi.fact_register_item.overdue IS 'true: it is open, and its date is over';
COMMENT ON COLUMN soc2_bi.fact_register_item.opened_at IS 'since when it is there';
COMMENT ON COLUMN soc2_bi.fact_register_item.due_at IS 'until when something has to be done; NULL: no date is set, or not before the year 10000';
COMMENT ON COLUMN soc2_bi.fact_register_item.criteria_key IS 'its criteria, see bridge_criteria';

CREATE VIEW soc2_bi.fact_retention AS
    SELECT pg_catalog.to_char(r.day, 'YYYY-MM-DD') OPERATOR(pg_catalog.||) '|' OPERATOR(pg_catalog.||) r.relation OPERATOR(pg_catalog.||) '|' OPERATOR(pg_catalog.||) r.class OPERATOR(pg_catalog.||) '|' OPERATOR(pg_catalog.||) r.state AS retention_id,
        r.day, r.relation::text AS relation, NULLIF(r.class, '')::text AS class, r.state,
        r.rows AS row_count, r.problem, r.counted_at, r.counted_at OPERATOR(pg_catalog.=) r.last_at AS is_last
    FROM (SELECT c.relation, c.class, c.state, c.rows, c.problem, c.counted_at,
              (c.counted_at AT TIME ZONE 'UTC')::date AS day,
              pg_catalog.max(c.counted_at) OVER (
                  PARTITION BY c.relation, (c.counted_at AT TIME ZONE 'UTC')::date) AS last_of_day,
              pg_catalog.max(c.counted_at) OVER (PARTITION BY c.relation) AS last_at
          FROM soc2.retention_counts AS c) AS r
    WHERE r.counted_at OPERATOR(pg_catalog.=) r.last_of_day;
COMMENT ON VIEW soc2_bi.fact_retention IS
'What were the rows of tables with retention when they were counted? Grain: the last count of a day, a table, class and state.';
COMMENT ON COLUMN soc2_bi.fact_retention.retention_id IS 'key: day, table, class and state';
COMMENT ON COLUMN soc2_bi.fact_retention.day IS 'day of the count, in dim_day';
COMMENT ON COLUMN soc2_bi.fact_retention.relation IS 'schema and name of the table';
COMMENT ON COLUMN soc2_bi.fact_retention.class IS 'retention class of the rows; NULL: none';
COMMENT ON COLUMN soc2_bi.fact_retention.state IS 'unclassified, waiting, retained, eligible, overdue, held or anonymized; unknown: the table could not be counted';
COMMENT ON COLUMN soc2_bi.fact_retention.row_count IS 'number of rows; NULL: unknown';
COMMENT ON COLUMN soc2_bi.fact_retention.problem IS 'why the table could not be counted';
COMMENT ON COLUMN soc2_bi.fact_retention.counted_at IS 'when they were counted';
COMMENT ON COLUMN soc2_bi.fact_retention.is_last IS 'true: there is no later count of the table';

CREATE VIEW soc2_bi.fact_disposal AS
    SELECT p.plan_id, (p.requested_at AT TIME ZONE 'UTC')::date AS requested_day,
        (p.finished_at AT TIME ZONE 'UTC')::date AS finished_day, p.relation, p.state,
        p.rows AS planned_rows, p.destroyed AS destroyed_rows, p.held AS held_rows,
        p.blocked AS blocked_rows, p.batches, p.approved, p.approvals AS approvals_needed,
        p.requested_by::text AS requested_by, p.requested_at, p.started_at, p.finished_at,
        COALESCE(c.certificates, 0) AS certificates, c.level AS proof_level
    FROM soc2.disposal_progress AS p
    LEFT JOIN (SELECT x.plan_id, pg_catalog.count(*) AS certificates,
                   pg_catalog.max(x.level) FILTER (WHERE x.is_last) AS level
               FROM soc2.certificates AS x
               GROUP BY x.plan_id) AS c ON c.plan_id OPERATOR(pg_catalog.=) p.plan_id;
COMMENT ON VIEW soc2_bi.fact_disposal IS
'Which plans of disposal are there, and what did they destroy? Grain: a plan.';
COMMENT ON COLUMN soc2_bi.fact_disposal.plan_id IS 'key: number of the plan';
COMMENT ON COLUMN soc2_bi.fact_disposal.requested_day IS 'day it was made, in dim_day';
COMMENT ON COLUMN soc2_bi.fact_disposal.finished_day IS 'day it was finished, in dim_day; NULL: it is not';
COMMENT ON COLUMN soc2_bi.fact_disposal.relation IS 'table that it is for';
COMMENT ON COLUMN soc2_bi.fact_disposal.state IS 'what it is now';
COMMENT ON COLUMN soc2_bi.fact_disposal.planned_rows IS 'rows it would destroy';
COMMENT ON COLUMN soc2_bi.fact_disposal.destroyed_rows IS 'of them, destroyed';
COMMENT ON COLUMN soc2_bi.fact_disposal.held_rows IS 'rows held when it was made';
COMMENT ON COLUMN soc2_bi.fact_disposal.blocked_rows IS 'rows that others referred to when it was made';
COMMENT ON COLUMN soc2_bi.fact_disposal.batches IS 'transactions that destroyed something';
COMMENT ON COLUMN soc2_bi.fact_disposal.approved IS 'approvals given';
COMMENT ON COLUMN soc2_bi.fact_disposal.approvals_needed IS 'approvals needed';
COMMENT ON COLUMN soc2_bi.fact_disposal.requested_by IS 'role that made it';
COMMENT ON COLUMN soc2_bi.fact_disposal.requested_at IS 'when';
COMMENT ON COLUMN soc2_bi.fact_disposal.started_at IS 'when its first batch was destroyed';
COMMENT ON COLUMN soc2_bi.fact_disposal.finished_at IS 'when it was finished';
COMMENT ON COLUMN soc2_bi.fact_disposal.certificates IS 'certificates that were issued for it';
COMMENT ON COLUMN soc2_bi.fact_disposal.proof_level IS 'level that the last of them reached, L1 to L6; NULL: none';

CREATE VIEW soc2_bi.fact_ledger AS
    SELECT s.ledger_id::text AS ledger_id,
        (l.created_at AT TIME ZONE 'UTC')::date AS created_day, s.relation,
        s.rows AS ledger_rows, s.sealed AS sealed_rows, s.unsealed AS unsealed_rows,
        s.lanes, s.seals, s.last_sealed_at, s.last_verified_at, s.verified AS is_verified
    FROM soc2.ledger_status AS s
    JOIN soc2.ledgers AS l ON l.ledger_id OPERATOR(pg_catalog.=) s.ledger_id;
COMMENT ON VIEW soc2_bi.fact_ledger IS
'How much of each ledger is sealed, and when was it verified last? Grain: a ledger, now.';
COMMENT ON COLUMN soc2_bi.fact_ledger.ledger_id IS 'key: id of the ledger';
COMMENT ON COLUMN soc2_bi.fact_ledger.created_day IS 'day its first row was recorded, in dim_day';
COMMENT ON COLUMN soc2_bi.fact_ledger.relation IS 'the table; a number if it was dropped';
COMMENT ON COLUMN soc2_bi.fact_ledger.ledger_rows IS 'rows that were recorded: the denominator of the next two; NULL if the table is gone';
COMMENT ON COLUMN soc2_bi.fact_ledger.sealed_rows IS 'of them, sealed';
COMMENT ON COLUMN soc2_bi.fact_ledger.unsealed_rows IS 'of them, not sealed yet; negative if sealed rows are missing';
COMMENT ON COLUMN soc2_bi.fact_ledger.lanes IS 'lanes that have rows';
COMMENT ON COLUMN soc2_bi.fact_ledger.seals IS 'number of seals';
COMMENT ON COLUMN soc2_bi.fact_ledger.last_sealed_at IS 'when the last seal was made; NULL: never';
COMMENT ON COLUMN soc2_bi.fact_ledger.last_verified_at IS 'when a verification was recorded last; NULL: never';
COMMENT ON COLUMN soc2_bi.fact_ledger.is_verified IS 'what that found: false if anything was wrong; NULL: never verified';
