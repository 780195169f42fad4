-- cfg.dangerous: what the server has counts, not what a session sets
ALTER SYSTEM SET fsync = on;
--@ reload
SET zero_damaged_pages = on;
--@ cfg.dangerous pass 6 0
--  fsync | t | fsync = on
--  zero_damaged_pages | t | zero_damaged_pages = off
RESET zero_damaged_pages;
ALTER SYSTEM SET fsync = off;
ALTER SYSTEM SET zero_damaged_pages = on;
--@ reload
--@ cfg.dangerous fail 6 2
--  fsync | f | fsync = off
--  zero_damaged_pages | f | zero_damaged_pages = on
-- what sessions of a role start with is not the server's
ALTER SYSTEM RESET ALL;
SELECT format('ALTER ROLE %I SET zero_damaged_pages = on', current_user) \gexec
--@ reload
--@ cfg.dangerous fail 6 1
--  zero_damaged_pages | t | zero_damaged_pages = off
SELECT format('ALTER ROLE %I RESET ALL', current_user) \gexec

-- cfg.sql_guards: the sandbox of a check has row_security off, the server counts
ALTER SYSTEM RESET ALL;
ALTER SYSTEM SET row_security = off;
ALTER SYSTEM SET backslash_quote = on;
ALTER SYSTEM SET trace_notify = on;
ALTER SYSTEM SET max_connections = 101;
--@ reload
--@ cfg.sql_guards fail 4 2
--  row_security | f | row_security = off
--  backslash_quote | f | backslash_quote = on
--  check_function_bodies | t | check_function_bodies = on
--@ cfg.dev_settings fail * 1
--  trace_notify | f | trace_notify = on
--@ cfg.pending_restart fail * 1
--  max_connections | f | the file has another value
--  wal_level | t | as in the file
--@ cfg.file_errors fail * 1
--  ~ /postgresql.auto.conf:\d+ max_connections \| f \| setting could not be applied$
--@ cfg.load_errors_mask fail * 1
--  ~ ^max_connections \| f \| /.*/postgresql.auto.conf:\d+ has another value$
ALTER SYSTEM RESET ALL;
--@ append postgresql.conf
--  Work_Mem = ' 4 MB '
--  log_line_prefix = '%m '
--  bgwriter_delay = '0.25s'
--  shared_buffers = 16384
--  random_page_cost = 4.0
--  log_file_mode = 0640
--  log_min_messages = debug
--  synchronous_commit = yes
--  enable_seqscan = 'TRUE'
--  fsync = on
--  DateStyle = 'iso, mdy'
--  app.secret = 'x'
--  effective_cache_size = 4GB
--  checkpoint_timeout = 5min
--  autovacuum_freeze_max_age = '2e8'
--@ restart
--@ cfg.sql_guards pass 4 0
--  backslash_quote | t | backslash_quote = safe_encoding
--@ cfg.dev_settings pass * 0
--  debug_assertions | t | debug_assertions = off
--@ cfg.pending_restart pass * 0
--  archive_mode | t | as in the file
--@ cfg.file_errors pass * 0
--  ~ /postgresql.conf:\d+ app.secret \| t \| can be applied$
--  ~ /postgresql.conf:\d+ fsync \| t \| replaced by a later line$
--@ cfg.load_errors_mask pass * 0
--  work_mem | t | as in the file
--  bgwriter_delay | t | as in the file
--  log_file_mode | t | as in the file
--  synchronous_commit | t | as in the file
--  log_min_messages | t | as in the file

-- cfg.preload_allow
--@ cfg.preload_allow not_occurring 0 0
ALTER SYSTEM SET shared_preload_libraries = auth_delay, '$libdir/passwordcheck.so', auth_delay;
ALTER SYSTEM SET session_preload_libraries = pg_stat_statements;
--@ restart
--@ cfg.preload_allow pass 3 0
--  auth_delay of shared_preload_libraries | t | approved
--  $libdir/passwordcheck.so of shared_preload_libraries | t | approved
SELECT soc2.set_check_parameters('cfg.preload_allow', '{"approved": ["auth_delay", "passwordcheck"]}', 'test') IS NOT NULL;
--@ cfg.preload_allow fail 3 1
--  pg_stat_statements of session_preload_libraries | f | not approved
ALTER SYSTEM RESET ALL;
--@ restart

-- cfg.extensions_allow
--@ cfg.extensions_allow pass 3 0
--  ~ ^soc2 \| t \| approved, version \S+$
CREATE EXTENSION dblink;
CREATE EXTENSION pg_stat_statements VERSION '1.4';
--@ cfg.extensions_allow fail 5 2
--  ~ ^dblink \| f \| not approved, version \S+$
--  ~ ^pg_stat_statements \| f \| approved, version 1.4, on disk \S+$

-- cfg.minor_version
SELECT current_setting('server_version_num')::integer / 10000 AS major, current_setting('server_version_num')::integer % 10000 AS minor \gset
--@ cfg.minor_version fail 2 1
--  ~ ^minor version \| f \| \d+\.\d+ runs, nobody has said what is required$
--  ~ ^major version \| t \| \d+ is supported until 20\d\d-11-\d\d$
SELECT soc2.set_check_parameters('cfg.minor_version',
    format('{"floor": {"%1$s": "%1$s.%2$s"}, "end_of_life": {"%1$s": "9999-12-31"}}', :major, :minor)::jsonb, 'test') IS NOT NULL;
--@ cfg.minor_version pass 3 0
--  ~ ^minor version \| t \| (\d+\.\d+) runs, \1 is required$
--  ~ ^required minor version \| t \| said on \d{4}-\d\d-\d\d$
--  ~ ^major version \| t \| \d+ is supported until 9999-12-31$
SELECT soc2.set_check_parameters('cfg.minor_version',
    format('{"floor": {"%1$s": "%1$s.%2$s"}, "end_of_life": {"%1$s": "2001-01-01"}}', :major, :minor + 1)::jsonb, 'test') IS NOT NULL;
UPDATE soc2.check_parameters SET set_at = '2001-02-03 00:00Z' WHERE check_id = 'cfg.minor_version';
--@ cfg.minor_version fail 3 3
--  ~ ^minor version \| f \| (\d+)\.\d+ runs, \1\.\d+ is required$
--  required minor version | f | said on 2001-02-03
--  ~ ^major version \| f \| \d+ is supported until 2001-01-01$
SELECT soc2.set_check_parameters('cfg.minor_version',
    format('{"floor": {"%1$s": "%1$s.%2$s"}, "end_of_life": {}}', :major, :minor)::jsonb, 'test') IS NOT NULL;
--@ cfg.minor_version error 3 0
--  ~ ^major version \|  \| \d+ is supported until nobody knows when$

-- the server does not start with these files, so they come last
--@ append postgresql.conf
--  work_mem = 5MB
--  bgwriter_delay = '0.3s'
--  random_page_cost = 4.1
--  log_file_mode = 0600
--  log_min_messages = warning
--  synchronous_commit = no
--  enable_seqscan = off
--  DateStyle = 'iso, dmy'
--  effective_cache_size = 5GB
--  nosuch_setting = 1
--@ refused
--@ cfg.load_errors_mask fail * 9
--  ~ ^work_mem \| f \| /.*/postgresql.conf:\d+ has another value$
--  ~ ^log_file_mode \| f \| /.*/postgresql.conf:\d+ has another value$
--@ cfg.file_errors fail * 1
--  ~ /postgresql.conf:\d+ nosuch_setting \| f \| unrecognized configuration parameter$

-- populations that cannot be empty
--@ never cfg.dangerous not_occurring: the server always has the setting
--@ never cfg.dev_settings not_occurring: the server always has the setting
--@ never cfg.extensions_allow not_occurring: the extension itself is one
--@ never cfg.file_errors not_occurring: initdb fills postgresql.conf
--@ never cfg.load_errors_mask not_occurring: initdb fills postgresql.conf
--@ never cfg.minor_version not_occurring: it judges the server as a whole
--@ never cfg.pending_restart not_occurring: the server always has the setting
--@ never cfg.sql_guards not_occurring: the server always has the setting
