-- populations that cannot be empty
--@ never mon.stats_reset not_occurring: there is always a database
--@ never mon.track not_occurring: the server always has the setting

ALTER SYSTEM SET track_io_timing = off;
--@ reload
--@ mon.track fail 4 2
--  track_io_timing | f | track_io_timing = off
--  track_counts | t | track_counts = on
--  pg_stat_statements | f | not loaded
ALTER SYSTEM SET track_io_timing = on;
ALTER SYSTEM SET track_activities = off;
--@ reload
--@ mon.track fail 4 2
--  track_activities | f | track_activities = off
--  track_io_timing | t | track_io_timing = on

-- resets of statistics: only an approval before the reset is one
--@ mon.stats_reset pass * 0
--  mon | t | never reset
SELECT pg_stat_reset();
--@ mon.stats_reset fail * 1
--  ~ ^mon \| f \| reset on 20.*, no approved change$
SELECT soc2.record_change('C-1', 'reset', '{statistics:mon}');
CREATE ROLE second SUPERUSER LOGIN;
\connect - second
SELECT soc2.approve_change('C-1') IS NOT NULL;
--@ reload
--@ mon.stats_reset fail * 1
SELECT pg_stat_reset();
--@ mon.stats_reset pass * 0
--  ~ ^mon \| t \| reset on 20.*, change C-1$

-- failed logins
--@ mon.invalid_logins not_occurring 0 0
SELECT soc2.observe_sessions() > 0;
--@ mon.invalid_logins not_occurring 0 0
SELECT soc2.record_logins('odd "name', now(), 1, 10);
SELECT soc2.record_logins('other', now() - interval '40 days', 0, 99);
--@ mon.invalid_logins pass 1 0
--  ~ ^"odd ""name" on 20\d\d-\d\d-\d\d by log \| t \| 10 failed$
SELECT soc2.record_logins('odd "name', now(), 0, 1);
--@ mon.invalid_logins fail 1 1
--  ~ ^"odd ""name" on 20.* \| f \| 11 failed$
SELECT soc2.record_logins('odd "name', now(), 0, 0, incident => 'I-7');
--@ mon.invalid_logins pass 1 0
--  ~ \| t \| 11 failed, incident I-7$
--@ requires pg_stat_statements
ALTER SYSTEM SET track_activities = on;
ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements';
--@ restart
--@ mon.track pass 4 0
--  pg_stat_statements | t | loaded
