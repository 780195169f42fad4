-- pi.input_batches
--@ pi.input_batches not_occurring 0 0
SELECT soc2.announce_batch('b-1', 'bank', 10, 5.5), soc2.announce_batch('b-2', 'bank', NULL), soc2.announce_batch('b-3', 'bank', 1, due_at => '2026-01-01 12:00Z'),
    soc2.announce_batch('b-4', 'bank', 1, due_at => now() + interval '1 day');
--@ pi.input_batches fail 4 1
--  batch b-3 | f | not loaded by 2026-01-01
--  batch b-4 | t | awaited
SELECT soc2.record_batch('b-1', 9, 5, 1, 0.4), soc2.record_batch('b-2', 3), soc2.record_batch('b-3', 1);
--@ pi.input_batches fail 4 2
--  batch b-1 | f | 10 of 10 records, 5.4 of 5.5 in total
--  batch b-2 | f | its source states no totals
--  batch b-3 | t | complete, 0 records refused
SELECT soc2.record_batch('b-1', 9, 5, 1, 0.5), soc2.set_check_parameters('pi.input_batches', '{"window": "-1 hours"}', 'test') IS NOT NULL;
--@ pi.input_batches pass 1 0
--  batch b-4 | t | awaited

-- pi.outputs
--@ pi.outputs not_occurring 0 0
CREATE ROLE second SUPERUSER LOGIN;
SELECT soc2.prepare_output('o-1', 'report', 'x'), soc2.prepare_output('o-2', 'letter'), soc2.prepare_output('o-3', 'list', 'y', due_at => now() - interval '1 hour');
--@ pi.outputs fail 3 1
--  ~ ^output o-1 \| t \| waits for approval since
--  ~ ^output o-3 \| f \| waits for approval since
\set me :USER
\c - second
SELECT soc2.decide_output(o, 'approved') FROM unnest('{o-1,o-2,o-3}'::text[]) AS o;
\c - :me
CREATE FUNCTION pg_temp.members(wanted text) RETURNS TABLE (resource text, ok boolean, reason text) LANGUAGE plpgsql AS $$
DECLARE
    query text;
    parameters jsonb;
BEGIN
    SELECT c.query, c.parameters INTO STRICT query, parameters FROM soc2.checks AS c WHERE c.check_id = wanted;
    RETURN QUERY EXECUTE query USING parameters;
END $$;
--@ pi.outputs fail 3 2
--  output o-1 | t | approved
--  output o-2 | f | approved, its hash is not known
--  output o-3 | f | approved, late
SELECT soc2.decide_output('o-1', 'released'), soc2.decide_output('o-2', 'withdrawn'), soc2.decide_output('o-3', 'withdrawn');
--@ pi.outputs pass 3 0
--  output o-1 | t | released
--  output o-2 | t | withdrawn

-- pi.error_queues
--@ pi.error_queues not_occurring 0 0
CREATE TABLE failed (at timestamptz);
SELECT soc2.create_error_queue('mail', 'Mail that was not sent', 'SELECT at FROM public.failed');
--@ pi.error_queues fail 1 1
--  queue mail | f | never looked at
INSERT INTO failed VALUES (now()), ('2026-01-01 12:00Z');
SELECT items FROM soc2.observe_error_queues('mail');
--@ pi.error_queues fail 1 1
--  queue mail | f | 1 of 2 items wait longer than 1 day, the oldest since 2026-01-01
DELETE FROM failed WHERE at < now() - interval '1 day';
CALL soc2.run_due();
UPDATE soc2.error_queue_samples SET observed_at = observed_at - interval '2 hours';
UPDATE soc2.error_queues SET created_at = created_at - interval '1 day';
--@ pi.error_queues fail 1 1
--  queue mail | f | not looked at within 01:00:00
CALL soc2.run_due();
--@ pi.error_queues pass 1 0
--  queue mail | t | 1 items, none older than 1 day
ALTER TABLE failed RENAME TO other;
SELECT error FROM soc2.observe_error_queues('mail');
--@ pi.error_queues error 1 0
--  ~ ^queue mail \|  \| failed: 42P01
