/* sql/86_bi_registers.sql */

--
-- Facts of registers that have measures of their own; all others are rows of
-- soc2_bi.fact_register_item.
--

CREATE VIEW soc2_bi.fact_access_review AS
    SELECT v.review_id::text AS review_id, (v.opened_at AT TIME ZONE 'UTC')::date AS opened_day,
        (v.closed_at AT TIME ZONE 'UTC')::date AS closed_day, v.title, v.state, v.opened_by::text AS opened_by,
        soc2.calendar_time(v.due_at) AS due_at, v.attempts, v.entries,
        COALESCE(d.kept, 0)::bigint AS kept_entries, COALESCE(d.revoked, 0)::bigint AS revoked_entries,
        COALESCE(d.changed, 0)::bigint AS changed_entries, COALESCE(d.expiring, 0)::bigint AS expiring_entries,
        (v.entries OPERATOR(pg_catalog.-) COALESCE(d.decided, 0))::bigint AS undecided_entries,
        COALESCE(d.reviewers, 0)::bigint AS reviewers
    FROM soc2.access_reviews AS v
    LEFT JOIN (
        SELECT k.review_id, pg_catalog.count(k.decision) AS decided,
            pg_catalog.count(*) FILTER (WHERE k.decision OPERATOR(pg_catalog.=) 'keep') AS kept,
            pg_catalog.count(*) FILTER (WHERE k.decision OPERATOR(pg_catalog.=) 'revoke') AS revoked,
            pg_catalog.count(*) FILTER (WHERE k.decision OPERATOR(pg_catalog.=) 'change') AS changed,
            pg_catalog.count(*) FILTER (WHERE k.decision OPERATOR(pg_catalog.=) 'expires') AS expiring,
            pg_catalog.count(DISTINCT k.decided_by) AS reviewers
        FROM soc2.access_review_status AS k
        GROUP BY k.review_id) AS d ON d.review_id OPERATOR(pg_catalog.=) v.review_id;
COMMENT ON VIEW soc2_bi.fact_access_review IS
'How much access did each review look at, and what was decided? Grain: a review of access.';
COMMENT ON COLUMN soc2_bi.fact_access_review.review_id IS 'key: id of the review';
COMMENT ON COLUMN soc2_bi.fact_access_review.opened_day IS 'day on which it was frozen, in dim_day';
COMMENT ON COLUMN soc2_bi.fact_access_review.closed_day IS 'day on which it ended, in dim_day; NULL: it has not';
COMMENT ON COLUMN soc2_bi.fact_access_review.title IS 'what it is called';
COMMENT ON COLUMN soc2_bi.fact_access_review.state IS 'open, incomplete, closed or cancelled';
COMMENT ON COLUMN soc2_bi.fact_access_review.opened_by IS 'who began it';
COMMENT ON COLUMN soc2_bi.fact_access_review.due_at IS 'until when it is to be closed; NULL: no date is set, or not before the year 10000';
COMMENT ON COLUMN soc2_bi.fact_access_review.attempts IS 'how often somebody tried to close it';
COMMENT ON COLUMN soc2_bi.fact_access_review.entries IS 'what roles may do, an entry each: the denominator of the next five';
COMMENT ON COLUMN soc2_bi.fact_access_review.kept_entries IS 'of them, to be kept';
COMMENT ON COLUMN soc2_bi.fact_access_review.revoked_entries IS 'of them, to be revoked';
COMMENT ON COLUMN soc2_bi.fact_access_review.changed_entries IS 'of them, to be changed';
COMMENT ON COLUMN soc2_bi.fact_access_review.expiring_entries IS 'of them, to be kept until some time';
COMMENT ON COLUMN soc2_bi.fact_access_review.undecided_entries IS 'of them, nobody has decided';
COMMENT ON COLUMN soc2_bi.fact_access_review.reviewers IS 'how many roles made the decisions that count';

CREATE VIEW soc2_bi.fact_restore_test AS
    SELECT t.backup_test_id::text AS test_id, (t.recorded_at AT TIME ZONE 'UTC')::date AS day,
        b.label, b.kind, t.passed AS is_passed, soc2.calendar_time(t.tested_at) AS tested_at,
        soc2.calendar_time(t.restored_to) AS restored_to,
        EXTRACT(epoch FROM t.duration)::numeric(22,6) AS rto_seconds,
        (EXTRACT(epoch FROM soc2.calendar_time(t.tested_at))
            OPERATOR(pg_catalog.-) EXTRACT(epoch FROM soc2.calendar_time(t.restored_to)))::numeric(22,6) AS rpo_seconds,
        t.recorded_by::text AS recorded_by
    FROM soc2.backup_tests AS t
    JOIN soc2.backups AS b ON b.backup_id OPERATOR(pg_catalog.=) t.backup_id
    WHERE t.method OPERATOR(pg_catalog.=) 'restore';
COMMENT ON VIEW soc2_bi.fact_restore_test IS
'Which backups were restored, how long did that take, and how much would have been lost? Grain: a test of a restore.';
COMMENT ON COLUMN soc2_bi.fact_restore_test.test_id IS 'key: id of the test';
COMMENT ON COLUMN soc2_bi.fact_restore_test.day IS 'day on which it was recorded, in dim_day';
COMMENT ON COLUMN soc2_bi.fact_restore_test.label IS 'the backup';
COMMENT ON COLUMN soc2_bi.fact_restore_test.kind IS 'base, incremental, logical or snapshot';
COMMENT ON COLUMN soc2_bi.fact_restore_test.is_passed IS 'true: everything was there as it was';
COMMENT ON COLUMN soc2_bi.fact_restore_test.tested_at IS 'when it began';
COMMENT ON COLUMN soc2_bi.fact_restore_test.restored_to IS 'up to when everything was there; NULL: unknown';
COMMENT ON COLUMN soc2_bi.fact_restore_test.rto_seconds IS 'recovery time reached, in seconds; NULL: unknown';
COMMENT ON COLUMN soc2_bi.fact_restore_test.rpo_seconds IS 'recovery point reached, in seconds before tested_at; NULL: unknown';
COMMENT ON COLUMN soc2_bi.fact_restore_test.recorded_by IS 'who recorded it';
