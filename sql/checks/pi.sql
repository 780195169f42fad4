INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('pi.constraints_valid',
 'No constraint is NOT VALID and no index is invalid',
 'high',
 '{outline:CC8.1.4,outline:CC8.1.6,outline:P3.2,outline:P6.3,outline:PI1.3.4,outline:PI1.4.1,tsc:P7.1,tsc:PI1.2,tsc:PI1.3,tsc:PI1.5}',
 '{}',
 'A constraint that was never validated, or a unique index that was never finished, promises what existing rows may break.',
 'ALTER TABLE name VALIDATE CONSTRAINT constraint; REINDEX INDEX CONCURRENTLY index, or drop what is not needed.',
 '1 day', '{}',
 true,
$query$
WITH relation AS (
    SELECT u.relation_oid AS oid, u.name FROM soc2.user_relations AS u WHERE u.kind IN ('r', 'p', 'm', 'f'))
-- since 18 NOT NULL can be NOT VALID, too; where it is valid it is no member
SELECT format('constraint %I on %s', k.conname, r.name), k.convalidated,
       CASE WHEN k.convalidated THEN 'validated' ELSE 'NOT VALID' END
FROM pg_constraint AS k
JOIN relation AS r ON r.oid = k.conrelid
WHERE k.contype IN ('c', 'f') OR NOT k.convalidated
UNION ALL
SELECT format('index %s on %s', i.indexrelid::regclass, r.name), i.indisvalid AND i.indisready,
       CASE WHEN i.indisvalid AND i.indisready THEN 'valid' ELSE 'invalid: a build was interrupted or failed' END
FROM pg_index AS i
JOIN relation AS r ON r.oid = i.indrelid
$query$),
('pi.primary_keys',
 'Every table has a primary key',
 'medium',
 '{outline:CC8.1.1,outline:PI1.3.2,tsc:PI1.2,tsc:PI1.5}',
 '{"exempt": []}',
 'Without one a row can be there twice, cannot be named, and cannot be replicated when it changes.',
 'ALTER TABLE name ADD PRIMARY KEY (columns); or exempt a table that is a mere log or a stage: SELECT soc2.set_check_parameters(''pi.primary_keys'', ''{"exempt": ["app.stage"]}'', ''why'').',
 '1 day', '{}',
 true,
$query$
-- a partition has the key of its table
SELECT t.name, k.conname IS NOT NULL OR ($1 -> 'exempt') ? t.name,
       coalesce('primary key ' || quote_ident(k.conname), 'no primary key')
FROM soc2.user_relations AS t
LEFT JOIN pg_constraint AS k ON k.conrelid = t.relation_oid AND k.contype = 'p'
WHERE t.kind IN ('r', 'p') AND NOT t.is_partition
$query$),
('pi.fk_coverage',
 'Columns that name the key of another table have a foreign key',
 'low',
 '{outline:CC8.1.2,outline:PI1.3.3,tsc:PI1.3,tsc:PI1.5}',
 '{"exempt": []}',
 'Without a foreign key rows point at what is not there, and nobody is told.',
 'ALTER TABLE name ADD FOREIGN KEY (column) REFERENCES the table that the reason names; mend the rows it complains about. A column that only looks like it: SELECT soc2.set_check_parameters(''pi.fk_coverage'', ''{"exempt": ["app.t.other_id"]}'', ''why'').',
 '1 day', '{}',
 true,
$query$
-- customer_id points at customer or customers of the same schema, if that has
-- a primary key of one column of the same type
WITH relation AS (
    SELECT u.relation_oid AS oid, u.name, u.schema_name, u.relation_name
    FROM soc2.user_relations AS u
    WHERE u.kind IN ('r', 'p') AND NOT u.is_partition),
-- keys and columns that look like one, side by side: a join of the two would
-- compare each with each where the planner expects few
candidate AS (
    SELECT r.oid, r.schema_name, a.atttypid, NULL::smallint AS attnum, r.name,
        regexp_replace(lower(r.relation_name), 's$', '') AS stem
    FROM relation AS r
    JOIN pg_constraint AS k ON k.conrelid = r.oid AND k.contype = 'p' AND cardinality(k.conkey) = 1
    JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = k.conkey[1]
    UNION ALL
    SELECT r.oid, r.schema_name, a.atttypid, a.attnum,
        format('%s.%I', r.name, a.attname),
        regexp_replace(lower(a.attname), 's?_id$', '')
    FROM relation AS r
    JOIN pg_attribute AS a ON a.attrelid = r.oid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attname ~* '._id$'),
grouped AS (
    SELECT c.oid, c.attnum, c.name,
        array_agg(c.oid) FILTER (WHERE c.attnum IS NULL) OVER same AS keys,
        array_agg(c.name) FILTER (WHERE c.attnum IS NULL) OVER same AS names
    FROM candidate AS c
    WINDOW same AS (PARTITION BY c.schema_name, c.stem, c.atttypid)),
pointing AS (
    SELECT g.oid, g.attnum, g.name, k.names
    FROM grouped AS g
    CROSS JOIN LATERAL (
        SELECT string_agg(u.name, ', ' ORDER BY u.name) AS names
        FROM unnest(g.keys, g.names) AS u (oid, name)
        WHERE u.oid <> g.oid) AS k
    WHERE g.attnum IS NOT NULL AND k.names IS NOT NULL)
SELECT p.name,
       f.names IS NOT NULL OR ($1 -> 'exempt') ? p.name,
       coalesce('foreign key ' || f.names, 'no foreign key, names the key of ' || p.names)
FROM pointing AS p
CROSS JOIN LATERAL (
    SELECT string_agg(quote_ident(k.conname), ', ' ORDER BY k.conname) AS names
    FROM pg_constraint AS k
    WHERE k.conrelid = p.oid AND k.contype = 'f' AND p.attnum = ANY (k.conkey)) AS f
$query$),
('pi.unlogged',
 'No table is UNLOGGED',
 'high',
 '{outline:CC8.1.6,outline:PI1.3.4,tsc:A1.2,tsc:PI1.5}',
 '{"exempt": []}',
 'An unlogged table is empty after a crash, and is not on standbys or in base backups.',
 'ALTER TABLE name SET LOGGED; or exempt what can be lost: SELECT soc2.set_check_parameters(''pi.unlogged'', ''{"exempt": ["app.cache"]}'', ''why'').',
 '1 day', '{}',
 true,
$query$
SELECT t.name, t.persistence = 'p' OR ($1 -> 'exempt') ? t.name,
       CASE t.persistence WHEN 'p' THEN 'logged' ELSE 'UNLOGGED' END
FROM soc2.user_relations AS t
WHERE t.kind = 'r'
$query$),
('pi.seq_exhaustion',
 'No sequence is past 80 percent of its range',
 'medium',
 '{outline:CC7.1.2,outline:CC8.1.9,tsc:A1.1,tsc:PI1.3}',
 '{"limit": 0.8}',
 'A sequence at its end, or past what its column can hold, stops every INSERT at once.',
 'ALTER TABLE name ALTER COLUMN column TYPE bigint and ALTER SEQUENCE name AS bigint, while there is time.',
 '1 day', '{pg_monitor}',
 true,
$query$
-- the column that it feeds may hold less than the sequence counts to; one that
-- starts over has no end
WITH sequence AS (
    SELECT s.seqrelid, format('%I.%I', n.nspname, c.relname) AS name, s.seqcycle,
        s.seqincrement > 0 AS ascends, s.seqmin::numeric AS lowest,
        least(s.seqmax::numeric, CASE a.atttypid WHEN 'smallint'::regtype THEN 32767
            WHEN 'integer'::regtype THEN 2147483647 END) AS highest,
        CASE WHEN has_sequence_privilege(c.oid, 'SELECT,USAGE') THEN pg_sequence_last_value(c.oid)::numeric END AS last,
        has_sequence_privilege(c.oid, 'SELECT,USAGE') AS visible
    FROM pg_sequence AS s
    JOIN pg_class AS c ON c.oid = s.seqrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
        AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    LEFT JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE n.nspname !~ '^pg_temp')
SELECT s.name,
       CASE WHEN NOT s.visible THEN NULL
           WHEN s.seqcycle OR s.last IS NULL OR s.highest <= s.lowest THEN true
           ELSE u.used < ($1 ->> 'limit')::numeric END,
       CASE WHEN NOT s.visible THEN 'its last value cannot be seen'
           WHEN s.last IS NULL THEN 'not used'
           WHEN s.seqcycle THEN 'starts over'
           ELSE format('%s percent used', trunc(100 * u.used)) END
FROM sequence AS s
CROSS JOIN LATERAL (
    SELECT CASE WHEN s.highest <= s.lowest THEN 0
        WHEN s.ascends THEN (s.last - greatest(s.lowest, 0)) / (s.highest - greatest(s.lowest, 0))
        ELSE (s.highest - s.last) / (s.highest - s.lowest) END AS used) AS u
$query$),
('pi.job_failures',
 'Scheduled jobs ran and succeeded',
 'medium',
 '{outline:CC8.1.9,outline:PI1.1.2,tsc:A1.1,tsc:PI1.3}',
 '{"window": "25 hours"}',
 'A job that fails or no longer runs leaves work undone, and nothing else says so.',
 'Look at the detail (soc2.job_runs, or cron.job_run_details), mend the job and run it. SELECT soc2.record_job_run(''job'', true) at the end of jobs that pg_cron does not run.',
 '1 day', '{soc2.job_runs, soc2.cron_job_runs(timestamptz)}',
 true,
$query$
-- jobs that were recorded, and what pg_cron is to run in this database's cluster
WITH run AS (
    SELECT j.job, j.finished_at, j.succeeded
    FROM soc2.job_runs AS j
    UNION ALL
    SELECT c.job, c.finished_at, c.succeeded
    FROM soc2.cron_job_runs(now() - ($1 ->> 'window')::interval) AS c)
SELECT format('job %s', r.job),
       coalesce(bool_and(r.succeeded) FILTER (WHERE r.finished_at >= now() - ($1 ->> 'window')::interval), false),
       CASE WHEN count(r.finished_at) FILTER (WHERE r.finished_at >= now() - ($1 ->> 'window')::interval) = 0
           THEN 'no run within ' || ($1 ->> 'window')
           ELSE format('%s of %s runs failed',
               count(*) FILTER (WHERE NOT r.succeeded AND r.finished_at >= now() - ($1 ->> 'window')::interval),
               count(*) FILTER (WHERE r.finished_at >= now() - ($1 ->> 'window')::interval)) END
FROM run AS r
GROUP BY r.job
$query$),
('pi.reconcile',
 'Reconciliations ran in time and balance',
 'high',
 '{outline:CC8.1.2,outline:P6.3,outline:PI1.1.1,outline:PI1.3.3,tsc:PI1.3,tsc:PI1.4}',
 '{}',
 'Two numbers that must agree and do not say that something was lost, counted twice or changed.',
 'Compare the results in soc2.reconciliation_runs, find and mend the difference, then SELECT * FROM soc2.reconcile(''name''). What did not run: call soc2.reconcile() as often as its frequency says.',
 '1 day', '{soc2.reconciliation_status}',
 true,
$query$
SELECT format('reconciliation %s', s.reconciliation),
       CASE WHEN s.run_at IS NULL OR s.is_stale THEN false ELSE s.balanced END,
       CASE WHEN s.run_at IS NULL THEN 'never run'
           WHEN s.is_stale THEN format('not run within %s', s.frequency)
           WHEN s.balanced THEN format('both %s', s.left_result)
           WHEN NOT s.balanced THEN format('%s against %s', s.left_result, s.right_result)
           ELSE format('failed: %s', s.error) END
FROM soc2.reconciliation_status AS s
$query$),
('pi.input_batches',
 'Batches of input are complete and in time',
 'high',
 '{outline:CC8.1.2,outline:CC8.1.4,outline:PI1.3.1,outline:PI1.4.2,tsc:PI1.2}',
 '{"window": "30 days"}',
 'What was lost on the way in is missing in everything that is made of it.',
 'Compare the batch with its source (soc2.input_batch_status), load what is missing or remove what came twice, and SELECT soc2.record_batch(''batch'', count, total). A source that states no totals: have it do so.',
 '1 day', '{soc2.input_batch_status}',
 true,
$query$
SELECT format('batch %s', s.batch_id), s.state IN ('complete', 'awaited'),
       CASE s.state WHEN 'overdue' THEN format('not loaded by %s', (s.due_at AT TIME ZONE 'UTC')::date)
           WHEN 'different' THEN format('%s of %s records, %s of %s in total', s.found_count, coalesce(s.expected_count::text, '?'),
               coalesce(s.found_total::text, '?'), coalesce(s.expected_total::text, '?'))
           WHEN 'unknown' THEN 'its source states no totals'
           WHEN 'awaited' THEN 'awaited'
           ELSE format('complete, %s records refused', s.rejected_count) END
FROM soc2.input_batch_status AS s
WHERE s.loaded_at IS NULL OR s.loaded_at >= now() - ($1 ->> 'window')::interval
$query$),
('pi.outputs',
 'Outputs are approved by another person, with their hashes, in time',
 'medium',
 '{outline:CC8.1.5,outline:PI1.2.1,outline:PI1.5.1,outline:PI1.5.2,outline:PI1.5.3,tsc:PI1.4}',
 '{"window": "90 days", "max_wait": "3 days"}',
 'What has left cannot be called back, and without its hash nobody knows what was approved.',
 'Have somebody other than its maker look at the output and SELECT soc2.decide_output(''output'', ''approved''). Prepare outputs with their bytes or their SHA-256: SELECT soc2.prepare_output(''output'', ''title'', content).',
 '1 day', '{soc2.outputs}',
 true,
$query$
SELECT format('output %s', o.output_id),
       CASE WHEN o.state IN ('rejected', 'withdrawn') THEN true
           WHEN o.state = 'prepared' THEN least(o.due_at, o.prepared_at + ($1 ->> 'max_wait')::interval) > now()
           WHEN o.state = 'approved' THEN o.content_sha256 IS NOT NULL AND coalesce(o.due_at > now(), true)
           ELSE o.content_sha256 IS NOT NULL AND coalesce(o.released_at <= o.due_at, true) END,
       CASE WHEN o.state IN ('approved', 'released') AND o.content_sha256 IS NULL THEN o.state || ', its hash is not known'
           WHEN o.state = 'prepared' THEN format('waits for approval since %s', (o.prepared_at AT TIME ZONE 'UTC')::date)
           WHEN o.state = 'approved' AND o.due_at <= now() OR o.state = 'released' AND o.released_at > o.due_at THEN o.state || ', late'
           ELSE o.state END
FROM soc2.outputs AS o
WHERE o.state IN ('prepared', 'approved')
    OR coalesce(o.released_at, o.approved_at) >= now() - ($1 ->> 'window')::interval
$query$),
('pi.error_queues',
 'What failed is mended before it is too old',
 'high',
 '{outline:CC8.1.9,outline:PI1.3.1,outline:PI1.3.2,tsc:PI1.2,tsc:PI1.3}',
 '{}',
 'Records that were refused and jobs that failed are lost if nobody comes back for them.',
 'Mend the oldest items that the query of the queue returns, or send them back. A queue that was not looked at: have soc2.run_due() run, or call soc2.observe_error_queues() as often as its frequency says.',
 '1 hour', '{soc2.error_queue_status}',
 true,
$query$
SELECT format('queue %s', s.queue),
       CASE WHEN s.observed_at IS NULL OR s.is_stale THEN false
           WHEN s.error IS NOT NULL THEN NULL
           ELSE s.too_old = 0 END,
       CASE WHEN s.observed_at IS NULL THEN 'never looked at'
           WHEN s.is_stale THEN format('not looked at within %s', s.frequency)
           WHEN s.error IS NOT NULL THEN format('failed: %s', s.error)
           WHEN s.too_old > 0 THEN format('%s of %s items wait longer than %s, the oldest since %s', s.too_old, s.items, s.max_age,
               (s.oldest_at AT TIME ZONE 'UTC')::date)
           ELSE format('%s items, none older than %s', s.items, s.max_age) END
FROM soc2.error_queue_status AS s
$query$);
