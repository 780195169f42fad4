INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('av.wal_level_archive',
 'WAL archiving is on and succeeding',
 'critical',
 '{outline:CC6.4.3,outline:CC7.5.2,tsc:A1.2}',
 '{}',
 'A base backup without the WAL that follows it restores only the moment it was taken.',
 'Set archive_mode = on and archive_command or archive_library, restart, and look at pg_stat_archiver for failures.',
 '1 hour', '{pg_read_all_settings}',
 true,
$query$
-- the command itself may hold secrets and is not quoted
WITH setting AS (
    SELECT max(s.setting) FILTER (WHERE s.name = 'archive_mode') AS mode,
           max(s.setting) FILTER (WHERE s.name = 'archive_command') AS command,
           max(s.setting) FILTER (WHERE s.name = 'archive_library') AS library
    FROM soc2.server_settings AS s
    WHERE s.name IN ('archive_mode', 'archive_command', 'archive_library'))
SELECT 'archive_mode', s.mode <> 'off', format('archive_mode = %s', s.mode)
FROM setting AS s
UNION ALL
SELECT 'archive target',
       coalesce(s.command, '') NOT IN ('', '(disabled)') OR coalesce(s.library, '') <> '',
       CASE WHEN coalesce(s.library, '') <> '' THEN 'archive_library is set'
            WHEN coalesce(s.command, '') NOT IN ('', '(disabled)') THEN 'archive_command is set'
            ELSE 'neither archive_command nor archive_library is set' END
FROM setting AS s
WHERE s.mode <> 'off'
UNION ALL
SELECT 'archiver',
       coalesce(a.last_archived_time > a.last_failed_time, a.last_failed_time IS NULL),
       format('%s archived, %s failed', a.archived_count, a.failed_count)
FROM setting AS s, pg_stat_archiver AS a
WHERE s.mode <> 'off'
$query$),
('av.replicas',
 'Standbys stream, as many as are expected and not too late',
 'high',
 '{outline:CC7.1.2,outline:CC7.5.2,tsc:A1.1,tsc:A1.2}',
 '{"standbys": 0, "max_lag": "5 minutes"}',
 'A standby that lags, or is gone, does not take over when it has to.',
 'Look at the log of the standby and at the network. Say how many there should be: SELECT soc2.set_check_parameters(''av.replicas'', ''{"standbys": 2}'', ''why'').',
 '1 hour', '{pg_read_all_stats}',
 true,
$query$
-- base backups come and go. Standbys of one name are told apart by a number
SELECT format('%s at %s%s', quote_ident(r.application_name), coalesce(host(r.client_addr), 'this machine'),
           CASE WHEN count(*) OVER same > 1 THEN format(' (%s)', row_number() OVER (same ORDER BY r.pid)) END),
       r.state = 'streaming' AND coalesce(r.replay_lag, '0') <= ($1 ->> 'max_lag')::interval,
       format('%s, %s', r.state,
           CASE WHEN r.replay_lag > ($1 ->> 'max_lag')::interval THEN format('lags by %s', r.replay_lag)
                ELSE format('within %s', $1 ->> 'max_lag') END)
FROM pg_stat_replication AS r
WHERE r.state IS DISTINCT FROM 'backup'
WINDOW same AS (PARTITION BY r.application_name, r.client_addr)
UNION ALL
SELECT 'standbys', count(*) FILTER (WHERE r.state = 'streaming') >= ($1 ->> 'standbys')::integer,
       format('%s stream, %s expected', count(*) FILTER (WHERE r.state = 'streaming'), $1 ->> 'standbys')
FROM pg_stat_replication AS r
HAVING ($1 ->> 'standbys')::integer > 0
$query$),
('av.slots',
 'Replication slots are in use and cannot fill the disk',
 'high',
 '{outline:CC7.1.2,tsc:A1.1,tsc:A1.2}',
 '{"max_retained": 10737418240}',
 'A slot that nobody reads keeps all WAL since, until the disk is full and the server stops.',
 'Start the reader again, or SELECT pg_drop_replication_slot(name); ALTER SYSTEM SET max_slot_wal_keep_size to what the disk can hold; SELECT pg_reload_conf().',
 '1 hour', '{}',
 true,
$query$
-- on a standby slots that are kept in step with the primary (since 17) have no
-- reader
SELECT format('slot %I', s.slot_name),
       (s.active OR coalesce(to_jsonb(s) ->> 'synced', '') = 'true')
           AND coalesce(s.wal_status, 'reserved') IN ('reserved', 'extended')
           AND coalesce(w.retained, 0) <= ($1 ->> 'max_retained')::bigint,
       concat_ws(', ', CASE WHEN s.active THEN 'active' ELSE 'inactive' END,
           'WAL ' || s.wal_status,
           CASE WHEN w.retained > ($1 ->> 'max_retained')::bigint
               THEN format('%s retained', pg_size_pretty(w.retained)) END)
FROM pg_replication_slots AS s
CROSS JOIN LATERAL pg_wal_lsn_diff(
    CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
    s.restart_lsn) AS w (retained)
UNION ALL
SELECT s.name, s.setting <> '-1',
       CASE s.setting WHEN '-1' THEN 'slots may keep any amount of WAL'
           ELSE format('%s = %s %s', s.name, s.setting, s.unit) END
FROM soc2.server_settings AS s
WHERE s.name = 'max_slot_wal_keep_size' AND EXISTS (SELECT FROM pg_replication_slots)
$query$),
('av.checksums',
 'Data checksums are on and have found no damage',
 'high',
 '{outline:CC7.1.3,outline:CC8.1.6,outline:PI1.3.4,tsc:A1.2,tsc:PI1.5}',
 '{}',
 'Without checksums damaged pages are read as if they were data, and are copied into backups.',
 'Stop the server and run pg_checksums --enable. If failures were counted: restore the damaged relation from a backup, replace the storage, then SELECT pg_stat_reset() in that database.',
 '1 day', '{}',
 true,
$query$
WITH checksums AS (
    SELECT s.setting = 'on' AS enabled
    FROM soc2.server_settings AS s
    WHERE s.name = 'data_checksums')
SELECT 'data_checksums', c.enabled,
       CASE WHEN c.enabled THEN 'data_checksums = on' ELSE 'data_checksums = off' END
FROM checksums AS c
UNION ALL
SELECT coalesce('database ' || quote_ident(d.datname), 'shared relations'),
       coalesce(d.checksum_failures, 0) = 0,
       CASE WHEN d.checksum_failures > 0 THEN format('%s failures, last %s', d.checksum_failures,
                to_char(d.checksum_last_failure AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI UTC'))
            ELSE 'no failure' END
FROM checksums AS c, pg_stat_database AS d
WHERE c.enabled
$query$),
('av.connections',
 'Connections stay below their limit',
 'medium',
 '{outline:CC7.1.2,tsc:A1.1}',
 '{"max_percent": 80}',
 'When all connections are taken, nobody else gets in, and those who could help only through what is reserved.',
 'Find out who holds them in pg_stat_activity; use a connection pool; set idle_session_timeout; last, raise max_connections and restart.',
 '1 hour', '{pg_read_all_stats}',
 true,
$query$
WITH capacity AS (
    SELECT sum(CASE s.name WHEN 'max_connections' THEN s.setting::integer ELSE -s.setting::integer END) AS slots
    FROM soc2.server_settings AS s
    WHERE s.name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')),
used AS (
    SELECT count(*) AS slots
    FROM pg_stat_activity AS a
    WHERE a.backend_type = 'client backend')
SELECT 'connections', u.slots * 100 <= c.slots * ($1 ->> 'max_percent')::integer,
       format('%s %% or less of %s are the limit, %s', $1 ->> 'max_percent', c.slots,
           CASE WHEN u.slots * 100 <= c.slots * ($1 ->> 'max_percent')::integer THEN 'met'
                ELSE format('%s are in use', u.slots) END)
FROM capacity AS c, used AS u
$query$),
('av.wraparound',
 'No database is half way to the wraparound of transaction ids',
 'critical',
 '{outline:CC7.1.2,outline:CC7.1.5,tsc:A1.1,tsc:A1.2}',
 '{"max_age": 1000000000}',
 'A server that reaches the end of its transaction ids accepts no more writes until everything was frozen.',
 'VACUUM (FREEZE) the oldest tables of the database, by age(relfrozenxid) in pg_class; look for what holds VACUUM back: old transactions, prepared ones, slots, autovacuum that is off.',
 '1 day', '{}',
 true,
$query$
SELECT format('database %I', d.datname),
       greatest(age(d.datfrozenxid), mxid_age(d.datminmxid)) <= ($1 ->> 'max_age')::integer,
       CASE WHEN greatest(age(d.datfrozenxid), mxid_age(d.datminmxid)) <= ($1 ->> 'max_age')::integer
            THEN format('within %s', $1 ->> 'max_age')
            ELSE format('oldest transaction id %s back, oldest multixact %s', age(d.datfrozenxid),
                mxid_age(d.datminmxid)) END
FROM pg_database AS d
$query$),
('av.autovacuum',
 'Autovacuum is on for all tables and keeps up',
 'medium',
 '{outline:CC7.1.4,tsc:A1.1}',
 '{"factor": 10, "min_dead_rows": 10000}',
 'Without it tables grow, plans are made from old statistics, and transaction ids run out.',
 'ALTER SYSTEM SET autovacuum = on; ALTER SYSTEM SET track_counts = on; SELECT pg_reload_conf(); ALTER TABLE name RESET (autovacuum_enabled); where it does not keep up, VACUUM the table and raise autovacuum_vacuum_cost_limit.',
 '1 day', '{}',
 true,
$query$
-- dead rows at which a table is vacuumed: a number and a share of the table,
-- which tables can have of their own
WITH setting AS (
    SELECT max(s.setting) FILTER (WHERE s.name = 'autovacuum_vacuum_threshold')::float8 AS threshold,
           max(s.setting) FILTER (WHERE s.name = 'autovacuum_vacuum_scale_factor')::float8 AS scale
    FROM soc2.server_settings AS s
    WHERE s.name IN ('autovacuum_vacuum_threshold', 'autovacuum_vacuum_scale_factor')),
relation AS (
    SELECT format('%I.%I', n.nspname, c.relname) AS name, o.options,
           pg_stat_get_dead_tuples(c.oid) AS dead,
           greatest($1 ->> 'min_dead_rows', '0')::float8 AS least,
           ($1 ->> 'factor')::float8 * (
               coalesce(substring(o.options, 'autovacuum_vacuum_threshold=(\d+)')::float8, s.threshold)
               + coalesce(substring(o.options, 'autovacuum_vacuum_scale_factor=([\d.eE+-]+)')::float8, s.scale)
                   * greatest(c.reltuples, 0)) AS enough
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN setting AS s
    CROSS JOIN LATERAL array_to_string(c.reloptions, ' ') AS o (options)
    WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
        AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast'))
SELECT s.name, s.setting = 'on', format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
WHERE s.name IN ('autovacuum', 'track_counts')
UNION ALL
SELECT format('table %s', r.name),
       NOT e.disabled AND NOT (r.dead > r.enough AND r.dead > r.least),
       CASE WHEN e.disabled THEN 'autovacuum_enabled is off'
            WHEN r.dead > r.enough AND r.dead > r.least
            THEN format('%s dead rows, %s times those at which it is vacuumed', r.dead, $1 ->> 'factor')
            ELSE 'vacuumed' END
FROM relation AS r
CROSS JOIN LATERAL coalesce(
    r.options ~* '\mautovacuum_enabled=(off|of|false|fals|fal|fa|f|no|n|0)($|\s)', false) AS e (disabled)
$query$),
('av.timeouts',
 'Statements, transactions that idle and waits for locks are bounded',
 'low',
 '{outline:CC6.6.1,outline:CC7.1.2,tsc:CC6.6,tsc:A1.1}',
 '{"max_ms": {"statement_timeout": 86400000, "idle_in_transaction_session_timeout": 3600000, "lock_timeout": 3600000}}',
 'One session that never ends its statement or transaction holds locks, and keeps VACUUM from all tables.',
 'ALTER SYSTEM SET statement_timeout = ''1h''; ALTER SYSTEM SET idle_in_transaction_session_timeout = ''10min''; ALTER SYSTEM SET lock_timeout = ''1min''; SELECT pg_reload_conf(). Roles that run long jobs get their own with ALTER ROLE.',
 '1 day', '{}',
 true,
$query$
SELECT s.name, s.setting::integer BETWEEN 1 AND m.value::bigint,
       CASE s.setting WHEN '0' THEN 'without limit'
           ELSE format('%s = %s ms, at most %s', s.name, s.setting, m.value) END
FROM jsonb_each_text($1 -> 'max_ms') AS m
JOIN soc2.server_settings AS s ON s.name = m.key
$query$),
('av.deadlocks_conflicts',
 'Deadlocks, conflicts with recovery and rollbacks are rare',
 'low',
 '{outline:CC6.6.2,outline:CC7.1.2,tsc:CC7.2,tsc:A1.1}',
 '{"min_transactions": 10000, "deadlocks_per_million": 10, "conflicts_per_million": 100, "rollback_percent": 20}',
 'More of them than usual is a program that changed, or somebody who tries.',
 'Look for "deadlock detected", "conflict with recovery" and errors in the server log, and at what changed in the programs; then SELECT pg_stat_reset() in the database, to count anew.',
 '1 day', '{}',
 true,
$query$
-- the counters go back to their last reset, so their share of transactions counts
SELECT format('database %I', d.datname),
       t.total < ($1 ->> 'min_transactions')::bigint
           OR (d.deadlocks * 1000000 <= t.total * ($1 ->> 'deadlocks_per_million')::bigint
               AND d.conflicts * 1000000 <= t.total * ($1 ->> 'conflicts_per_million')::bigint
               AND d.xact_rollback * 100 <= t.total * ($1 ->> 'rollback_percent')::bigint),
       CASE WHEN t.total < ($1 ->> 'min_transactions')::bigint
            THEN format('fewer than %s transactions', $1 ->> 'min_transactions')
            ELSE format('%s deadlocks, %s conflicts, %s rollbacks in %s transactions',
                d.deadlocks, d.conflicts, d.xact_rollback, t.total) END
FROM pg_stat_database AS d
CROSS JOIN LATERAL (SELECT d.xact_commit + d.xact_rollback) AS t (total)
WHERE d.datname IS NOT NULL
$query$),
('av.sync_commit',
 'What is committed is on disk, and on the standbys that were promised',
 'medium',
 '{outline:CC7.5.2,outline:CC8.1.6,tsc:A1.2,tsc:PI1.5}',
 '{"standby_names": null}',
 'With synchronous_commit = off a crash loses transactions that were reported as committed.',
 'ALTER SYSTEM RESET synchronous_commit; SELECT pg_reload_conf(). Say which standbys were promised: SELECT soc2.set_check_parameters(''av.sync_commit'', ''{"standby_names": "ANY 1 (a, b)"}'', ''commitment'').',
 '1 day', '{}',
 true,
$query$
SELECT s.name, s.setting <> 'off', format('%s = %s', s.name, s.setting)
FROM soc2.server_settings AS s
WHERE s.name = 'synchronous_commit'
UNION ALL
SELECT s.name, s.setting = $1 ->> 'standby_names',
       format('%s = %L, promised %L', s.name, s.setting, $1 ->> 'standby_names')
FROM soc2.server_settings AS s
WHERE s.name = 'synchronous_standby_names' AND $1 ->> 'standby_names' IS NOT NULL
$query$);
INSERT INTO soc2.checks (check_id, title, severity, criteria, parameters, rationale, remediation, frequency, needs, shipped, query) VALUES
('av.backup_fresh',
 'A base backup is recent, and a recent one was verified',
 'critical',
 '{outline:CC6.4.3,tsc:A1.2}',
 '{"max_age": "25 hours", "verified_within": "8 days", "kinds": ["base", "snapshot"]}',
 'What was written after the last backup that can be used is lost with the server.',
 'Make a base backup and SELECT soc2.record_backup(''label''); check it with pg_verifybackup, or restore it, and SELECT soc2.record_backup_test(''label'', true, ''verify''). Have both done by whatever makes the backups.',
 '1 hour', '{soc2.backups, soc2.backup_tests}',
 true,
$query$
-- a backup that failed a later test counts as not verified
WITH backup AS (
    SELECT b.label, b.finished_at, t.passed
    FROM soc2.backups AS b
    LEFT JOIN (
        SELECT DISTINCT ON (k.backup_id) k.backup_id, k.passed
        FROM soc2.backup_tests AS k
        ORDER BY k.backup_id, k.tested_at DESC, k.passed) AS t ON t.backup_id = b.backup_id
    WHERE ($1 -> 'kinds') ? b.kind AND b.finished_at <= now())
SELECT n.member, coalesce(n.finished_at >= now() - (n.max_age)::interval, false),
       CASE WHEN n.label IS NULL THEN n.nothing
           ELSE format('%s of %s', n.label, (n.finished_at AT TIME ZONE 'UTC')::date) END
FROM (
    (SELECT 'newest backup' AS member, $1 ->> 'max_age' AS max_age, 'no backup is recorded' AS nothing,
        x.label, x.finished_at
     FROM (SELECT) AS one
     LEFT JOIN (SELECT * FROM backup AS b ORDER BY b.finished_at DESC, b.label LIMIT 1) AS x ON true)
    UNION ALL
    (SELECT 'newest verified backup', $1 ->> 'verified_within', 'no backup was verified',
        x.label, x.finished_at
     FROM (SELECT) AS one
     LEFT JOIN (SELECT * FROM backup AS b WHERE b.passed ORDER BY b.finished_at DESC, b.label LIMIT 1) AS x ON true)) AS n
$query$),
('av.restore_test',
 'A backup was restored within 90 days, and the last try worked',
 'high',
 '{outline:CC7.2.3,outline:CC7.5.3,outline:P6.2,tsc:A1.3}',
 '{"max_age": "90 days"}',
 'Only a restore shows that a backup can be restored, and how long it takes.',
 'Restore the newest backup on another machine, start it, look at the data, and SELECT soc2.record_backup_test(''label'', true, ''restore'', now(), ''how long'', ''what was looked at'').',
 '1 day', '{soc2.backup_tests}',
 true,
$query$
SELECT 'newest restore test',
       coalesce(t.passed AND t.tested_at >= now() - ($1 ->> 'max_age')::interval, false),
       coalesce(CASE WHEN t.passed THEN 'passed on ' ELSE 'failed on ' END
           || (t.tested_at AT TIME ZONE 'UTC')::date, 'no restore was recorded')
FROM (SELECT) AS one
LEFT JOIN (
    SELECT k.passed, k.tested_at
    FROM soc2.backup_tests AS k
    WHERE k.method = 'restore' AND k.tested_at <= now()
    ORDER BY k.tested_at DESC, k.passed
    LIMIT 1) AS t ON true
$query$),
('av.size_capacity',
 'Databases stay inside their capacity plan, as they grow',
 'medium',
 '{outline:CC7.1.2,tsc:A1.1}',
 '{"window": "90 days"}',
 'A full disk stops the server; growth shows long before.',
 'Delete what is past its retention, add room and SELECT soc2.plan_capacity(''database'', bytes). SELECT soc2.observe_sizes() daily for a forecast.',
 '1 day', '{pg_monitor, soc2.capacity_plans, soc2.capacity_samples}',
 true,
$query$
-- the straight line through the samples of the window, drawn to the horizon
SELECT quote_ident(p.database),
       s.bytes IS NOT NULL AND s.bytes <= p.max_bytes
           AND s.bytes + coalesce(greatest(g.slope, 0) * extract(epoch FROM p.horizon)::float8, 0) <= p.max_bytes,
       CASE WHEN s.bytes IS NULL THEN 'the database is gone'
           WHEN s.bytes > p.max_bytes THEN format('larger than the %s that are planned', pg_size_pretty(p.max_bytes))
           WHEN s.bytes + coalesce(greatest(g.slope, 0) * extract(epoch FROM p.horizon)::float8, 0) > p.max_bytes
               THEN format('will be larger than the %s that are planned, within %s', pg_size_pretty(p.max_bytes), p.horizon)
           WHEN g.samples < 2 THEN format('inside %s, too few samples for a forecast', pg_size_pretty(p.max_bytes))
           ELSE format('inside %s for %s', pg_size_pretty(p.max_bytes), p.horizon) END
FROM soc2.capacity_plans AS p
LEFT JOIN LATERAL (
    SELECT pg_database_size(d.oid) AS bytes
    FROM pg_database AS d
    WHERE d.datname = p.database) AS s ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS samples,
        regr_slope(c.bytes::float8, extract(epoch FROM c.sampled_at)::float8) AS slope
    FROM soc2.capacity_samples AS c
    WHERE c.database = p.database AND c.sampled_at >= now() - ($1 ->> 'window')::interval) AS g
$query$),
('av.backup_runs',
 'The last run of each backup program made a backup, in time',
 'high',
 '{outline:CC6.4.3,tsc:A1.2}',
 '{"max_age": "25 hours", "retired": []}',
 'A backup that fails every night looks like one that works, until it is needed.',
 'Look at soc2.backup_runs for what the program said, mend it, and run it again. A program that is used no more: SELECT soc2.set_check_parameters(''av.backup_runs'', ''{"retired": ["name"]}'', ''why'').',
 '1 hour', '{soc2.backup_runs}',
 true,
$query$
SELECT format('program %s', r.tool),
       r.succeeded AND r.finished_at >= now() - ($1 ->> 'max_age')::interval,
       CASE WHEN NOT r.succeeded THEN format('failed: %s', coalesce(r.detail, 'no reason is recorded'))
           ELSE format('%s of %s', r.label, (r.finished_at AT TIME ZONE 'UTC')::date) END
FROM (
    SELECT DISTINCT ON (b.tool) b.*
    FROM soc2.backup_runs AS b
    WHERE b.finished_at <= now() AND NOT ($1 -> 'retired') ? b.tool
    ORDER BY b.tool, b.finished_at DESC, b.succeeded) AS r
$query$),
('av.wal_continuity',
 'No segment of the log is missing in its archives',
 'critical',
 '{outline:CC6.4.3,outline:CC7.2.3,tsc:A1.2,tsc:A1.3}',
 '{"max_age": "25 hours"}',
 'A restore ends at the first segment that is missing, whatever comes after it.',
 'Make a base backup at once: what is before the gap cannot reach what is after it. Find out who removed the segment, or why the server believed it to be archived. List the archive daily: SELECT soc2.record_archive(names, ''where'').',
 '1 day', '{soc2.archive_listings}',
 true,
$query$
SELECT format('archive %s', a.location),
       a.missing = 0 AND a.lost IS NULL AND a.segment_count > 0 AND a.listed_at >= now() - ($1 ->> 'max_age')::interval,
       CASE WHEN a.segment_count = 0 THEN 'has no segment'
           WHEN a.missing > 0 THEN format('%s segments are missing, first after %s', a.missing, a.gaps #>> '{0,after}')
           WHEN a.lost IS NOT NULL THEN format('%s was archived and is not there', a.lost)
           ELSE format('%s segments without a gap, listed on %s', a.segment_count, (a.listed_at AT TIME ZONE 'UTC')::date) END
FROM (
    SELECT DISTINCT ON (l.location) l.*
    FROM soc2.archive_listings AS l
    WHERE l.listed_at <= now()
    ORDER BY l.location, l.listed_at DESC, l.recorded_at DESC) AS a
$query$),
('av.recovery_objectives',
 'Restores reach the objectives of recovery',
 'high',
 '{outline:CC7.2.3,outline:CC7.5.3,tsc:A1.2,tsc:A1.3}',
 '{"max_age": "90 days"}',
 'An objective that no test has reached is a wish.',
 'Restore the newest backup: soc2-restore-test measures both times. If it takes too long, use a faster way, or a standby; if too much would be lost, back up or archive more often. Or set another objective: SELECT soc2.set_recovery_objective(...).',
 '1 day', '{soc2.recovery_objectives, soc2.restore_tests}',
 true,
$query$
SELECT format('objective %s', o.objective),
       coalesce(t.rto <= o.rto AND t.rpo <= o.rpo, false) AND coalesce(o.review_due_at > now(), true),
       CASE WHEN o.review_due_at <= now() THEN 'its review is overdue'
           WHEN t.label IS NULL THEN format('no restore within %s passed', $1 ->> 'max_age')
           WHEN t.rto IS NULL OR t.rpo IS NULL THEN format('the restore of %s was not timed', t.label)
           ELSE format('recovery time %s of %s, recovery point %s of %s',
               date_trunc('second', t.rto), o.rto, date_trunc('second', t.rpo), o.rpo) END
FROM soc2.recovery_objectives AS o
LEFT JOIN (
    SELECT r.*
    FROM soc2.restore_tests AS r
    WHERE r.passed AND r.tested_at BETWEEN now() - ($1 ->> 'max_age')::interval AND now()
    ORDER BY r.tested_at DESC
    LIMIT 1) AS t ON true
$query$),
('av.recovery_plans',
 'Plans for recovery and continuity are reviewed and tested',
 'medium',
 '{outline:CC7.2.1,outline:CC7.2.2,outline:CC7.2.3,outline:CC7.2.4,outline:CC7.5.1,outline:CC7.5.2,outline:CC7.5.3,outline:CC7.5.4,tsc:A1.2,tsc:A1.3}',
 '{"max_age": "1 year"}',
 'A plan that nobody has tried names people who have left and machines that are gone.',
 'SELECT soc2.plan_recovery_test(...), try the plan, and SELECT soc2.record_recovery_test(''test'', ''passed'', ''what was found''). A plan that was reviewed is a new version: SELECT soc2.draft_recovery_plan(...), and another person SELECT soc2.approve_recovery_plan(...).',
 '1 day', '{soc2.recovery_plans, soc2.recovery_plan_tests}',
 true,
$query$
SELECT format('plan %s', p.plan_id),
       coalesce(p.review_due_at > now(), true)
           AND t.performed_at IS NOT NULL AND t.state <> 'failed' AND t.overdue = 0,
       CASE WHEN p.review_due_at <= now() THEN 'its review is overdue'
           WHEN t.overdue > 0 THEN format('%s tests are overdue', t.overdue)
           WHEN t.performed_at IS NULL THEN format('no test within %s', $1 ->> 'max_age')
           WHEN t.state = 'failed' THEN 'what its last test found is not mended'
           ELSE format('tested on %s', (t.performed_at AT TIME ZONE 'UTC')::date) END
FROM soc2.recovery_plans AS p
CROSS JOIN LATERAL (
    SELECT max(k.performed_at) FILTER (WHERE k.performed_at >= now() - ($1 ->> 'max_age')::interval) AS performed_at,
        (array_agg(k.state ORDER BY k.performed_at DESC) FILTER (WHERE k.performed_at IS NOT NULL))[1] AS state,
        count(*) FILTER (WHERE k.state IN ('planned', 'failed') AND k.due_at <= now()) AS overdue
    FROM soc2.recovery_plan_tests AS k
    WHERE k.plan_id = p.plan_id) AS t
WHERE p.state = 'approved'
$query$);
