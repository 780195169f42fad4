-- av.wal_level_archive
--@ av.wal_level_archive fail 1 1
--  archive_mode | f | archive_mode = off
ALTER SYSTEM SET archive_mode = on;
--@ restart
--@ av.wal_level_archive fail 3 1
--  archive_mode | t | archive_mode = on
--  archive target | f | neither archive_command nor archive_library is set
--  archiver | t | 0 archived, 0 failed
ALTER SYSTEM SET archive_command = 'false';
--@ reload
SELECT pg_switch_wal() IS NOT NULL;
DO $$
BEGIN
    LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN (SELECT failed_count FROM pg_stat_archiver) > 0;
        PERFORM pg_sleep(0.05);
    END LOOP;
END $$;
--@ av.wal_level_archive fail 3 1
--  archive target | t | archive_command is set
--  ~ ^archiver \| f \| 0 archived, \d+ failed$
ALTER SYSTEM SET archive_command = 'true';
--@ reload
DO $$
BEGIN
    LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN (SELECT last_archived_time > last_failed_time FROM pg_stat_archiver);
        PERFORM pg_sleep(0.05);
    END LOOP;
END $$;
--@ av.wal_level_archive pass 3 0
--  ~ ^archiver \| t \| \d+ archived, \d+ failed$

-- av.replicas and av.slots: a WAL sender that is sent to, and reads nothing
CREATE EXTENSION dblink;
--@ av.replicas not_occurring 0 0
--@ av.slots not_occurring 0 0
SELECT soc2.set_check_parameters('av.replicas', '{"standbys": 2}', 'test') IS NOT NULL;
--@ av.replicas fail 1 1
--  standbys | f | 0 stream, 2 expected
SELECT pg_create_physical_replication_slot('one', true) IS NOT NULL;
CREATE FUNCTION stream(name text, slot text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dblink_connect(name, format('replication=true host=%s port=%s user=postgres application_name=%s',
        current_setting('unix_socket_directories'), current_setting('port'), 'standby'));
    PERFORM dblink_send_query(name, format('START_REPLICATION %s PHYSICAL %s',
        'SLOT ' || slot, pg_current_wal_flush_lsn()));
    LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN (SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming')
            = cardinality(dblink_get_connections());
        PERFORM pg_sleep(0.02);
    END LOOP;
END $$;
--@ av.slots fail 2 2
--  ~ ^slot one \| f \| inactive, WAL reserved$
--  max_slot_wal_keep_size | f | slots may keep any amount of WAL
SELECT stream('a', 'one');
--@ av.replicas fail 2 1
--  standby at this machine | t | streaming, within 5 minutes
--  standbys | f | 1 stream, 2 expected
SELECT stream('b', NULL);
--@ av.replicas pass 3 0
--  standby at this machine (1) | t | streaming, within 5 minutes
--  standby at this machine (2) | t | streaming, within 5 minutes
--  standbys | t | 2 stream, 2 expected
--@ av.slots fail 2 1
--  slot one | t | active, WAL reserved
SELECT soc2.set_check_parameters('av.slots', '{"max_retained": -1}', 'test') IS NOT NULL;
--@ av.slots fail 2 2
--  ~ ^slot one \| f \| active, WAL reserved, \d+ \w+ retained$
SELECT soc2.set_check_parameters('av.slots', NULL, 'test') IS NOT NULL;
ALTER SYSTEM SET max_slot_wal_keep_size = '1GB';
--@ reload
SELECT stream('a', 'one');
--@ av.slots pass 2 0
--  max_slot_wal_keep_size | t | max_slot_wal_keep_size = 1024 MB
SELECT dblink_disconnect('a');
DO $$
BEGIN
    WHILE (SELECT active FROM pg_replication_slots) LOOP PERFORM pg_sleep(0.02); END LOOP;
    PERFORM pg_drop_replication_slot('one');
END $$;

-- av.connections
--@ av.connections pass 1 0
--  ~ ^connections \| t \| 80 % or less of \d+ are the limit, met$
SELECT soc2.set_check_parameters('av.connections', '{"max_percent": 0}', 'test') IS NOT NULL;
--@ av.connections fail 1 1
--  ~ ^connections \| f \| 0 % or less of \d+ are the limit, 1 are in use$

-- av.wraparound
--@ av.wraparound pass * 0
--  database av | t | within 1000000000
SELECT soc2.set_check_parameters('av.wraparound', '{"max_age": -1}', 'test') IS NOT NULL;
--@ av.wraparound fail * *
--  ~ ^database av \| f \| oldest transaction id \d+ back, oldest multixact \d+$

-- av.autovacuum
CREATE TABLE "Dead" (id integer) WITH (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0.0);
CREATE TABLE off (id integer) WITH (autovacuum_enabled = 'no');
CREATE TEMPORARY TABLE scratch (id integer) WITH (autovacuum_enabled = off);
--@ av.autovacuum fail * 2
--  autovacuum | f | autovacuum = off
--  track_counts | t | track_counts = on
--  table public."Dead" | t | vacuumed
--  table public.off | f | autovacuum_enabled is off
SELECT soc2.set_check_parameters('av.autovacuum', '{"min_dead_rows": 5}', 'test') IS NOT NULL;
INSERT INTO "Dead" SELECT generate_series(1, 20);
DELETE FROM "Dead" WHERE id <= 11;
SELECT pg_stat_force_next_flush();
SELECT 1;
--@ av.autovacuum fail * 3
--  table public."Dead" | f | 11 dead rows, 10 times those at which it is vacuumed
ALTER TABLE off RESET (autovacuum_enabled);
VACUUM "Dead";
ALTER SYSTEM SET autovacuum = on;
--@ reload
--@ av.autovacuum pass * 0
--  table public.off | t | vacuumed

-- av.timeouts
ALTER SYSTEM SET lock_timeout = '2h';
--@ reload
SET statement_timeout = '1h';
--@ av.timeouts fail 3 3
--  statement_timeout | f | without limit
--  lock_timeout | f | lock_timeout = 7200000 ms, at most 3600000
ALTER SYSTEM SET statement_timeout = '1h';
ALTER SYSTEM SET idle_in_transaction_session_timeout = '1h';
ALTER SYSTEM SET lock_timeout = '1min';
--@ reload
--@ av.timeouts pass 3 0
--  lock_timeout | t | lock_timeout = 60000 ms, at most 3600000

-- av.deadlocks_conflicts
--@ av.deadlocks_conflicts pass * 0
--  database av | t | fewer than 10000 transactions
SELECT soc2.set_check_parameters('av.deadlocks_conflicts',
    '{"min_transactions": 1, "rollback_percent": 0}', 'test') IS NOT NULL;
BEGIN;
ROLLBACK;
SELECT pg_stat_force_next_flush();
SELECT 1;
--@ av.deadlocks_conflicts fail * *
--  ~ ^database av \| f \| 0 deadlocks, 0 conflicts, \d+ rollbacks in \d+ transactions$

-- av.sync_commit
--@ av.sync_commit pass 1 0
--  synchronous_commit | t | synchronous_commit = on
ALTER SYSTEM SET synchronous_commit = off;
--@ reload
SELECT soc2.set_check_parameters('av.sync_commit', '{"standby_names": "ANY 1 (a, b)"}', 'test') IS NOT NULL;
--@ av.sync_commit fail 2 2
--  synchronous_commit | f | synchronous_commit = off
--  synchronous_standby_names | f | synchronous_standby_names = '', promised 'ANY 1 (a, b)'

-- av.checksums
--@ checksums disable
--@ av.checksums fail 1 1
--  data_checksums | f | data_checksums = off
--@ checksums enable
--@ av.checksums pass * 0
--  data_checksums | t | data_checksums = on
--  database av | t | no failure
--  shared relations | t | no failure

-- populations that cannot be empty
--@ never av.autovacuum not_occurring: settings are among the members
--@ never av.backup_fresh not_occurring: that there is none is a member
--@ never av.checksums not_occurring: the server always has the setting
--@ never av.connections not_occurring: it judges the server as a whole
--@ never av.deadlocks_conflicts not_occurring: there is always a database
--@ never av.restore_test not_occurring: that there is none is a member
--@ never av.sync_commit not_occurring: the server always has the setting
--@ never av.timeouts not_occurring: the server always has the setting
--@ never av.wal_level_archive not_occurring: the server always has the setting
--@ never av.wraparound not_occurring: there is always a database
