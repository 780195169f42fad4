-- everything of the log that needs no restart, at its worst
ALTER SYSTEM SET log_destination = 'stderr';
ALTER SYSTEM SET log_connections = off;
ALTER SYSTEM SET log_disconnections = off;
ALTER SYSTEM SET log_statement = none;
ALTER SYSTEM SET log_line_prefix = '%%m [%-6p] %q%u@db %%d ';
ALTER SYSTEM SET log_min_messages = fatal;
ALTER SYSTEM SET log_min_error_statement = log;
ALTER SYSTEM SET log_error_verbosity = terse;
ALTER SYSTEM SET log_timezone = 'Europe/Vienna';
ALTER SYSTEM SET timezone = 'America/New_York';
ALTER SYSTEM SET debug_print_plan = on;
ALTER SYSTEM SET log_min_duration_statement = 1000;
ALTER SYSTEM SET log_parameter_max_length_on_error = -1;
ALTER SYSTEM SET log_replication_commands = off;
ALTER SYSTEM SET log_lock_waits = off;
ALTER SYSTEM SET log_checkpoints = off;
ALTER SYSTEM SET log_temp_files = -1;
ALTER SYSTEM SET log_autovacuum_min_duration = '20min';
--@ reload
--@ log.collector fail 1 1
--  server log | f | logging_collector = off, log_destination = stderr
SELECT soc2.set_check_parameters('log.collector', '{"stderr_is_collected": true}', 'test') IS NOT NULL;
--@ log.collector pass 1 0
SELECT soc2.set_check_parameters('log.collector', NULL, 'test') IS NOT NULL;
-- since 18 log_connections is a list, where "off" is kept as it was given
--@ log.connections fail 2 2
--  ~ ^log_connections \| f \| log_connections = (off)?$
--  log_disconnections | f | log_disconnections = off
--@ log.statement fail 1 1
--  definitions | f | log_statement = none, pgaudit is not loaded
--@ log.pgaudit fail 1 1
--  shared_preload_libraries | f | pgaudit is not preloaded
--@ log.prefix fail 5 3
--  time | f | log_line_prefix = '%%m [%-6p] %q%u@db %%d '
--  process | t | log_line_prefix = '%%m [%-6p] %q%u@db %%d '
--  user | t | log_line_prefix = '%%m [%-6p] %q%u@db %%d '
--  database | f | log_line_prefix = '%%m [%-6p] %q%u@db %%d '
--  client | f | log_line_prefix = '%%m [%-6p] %q%u@db %%d '
--@ log.levels fail 3 3
--  log_min_messages | f | log_min_messages = fatal
--  log_min_error_statement | f | log_min_error_statement = log
--  log_error_verbosity | f | log_error_verbosity = terse
--@ log.file_mode not_occurring 0 0
--@ log.rotation not_occurring 0 0
--@ log.timezone fail 2 2
--  log_timezone | f | log_timezone = Europe/Vienna
--  TimeZone | f | TimeZone = America/New_York
--@ log.debug_off fail * 1
--  debug_print_plan | f | debug_print_plan = on
--@ log.param_leak fail 2 2
--  log_parameter_max_length | f | log_parameter_max_length = -1
--  log_parameter_max_length_on_error | f | log_parameter_max_length_on_error = -1
--@ log.repl_commands fail 1 1
--  log_replication_commands | f | log_replication_commands = off
--@ log.waits_checkpoints fail 4 4
--  log_lock_waits | f | log_lock_waits = off
--  log_checkpoints | f | log_checkpoints = off
--  log_temp_files | f | log_temp_files = -1 kB, at most 102400
--  log_autovacuum_min_duration | f | log_autovacuum_min_duration = 1200000 ms, at most 600000

-- and as it should be
ALTER SYSTEM SET log_destination = 'stderr, csvlog';
ALTER SYSTEM SET logging_collector = on;
ALTER SYSTEM SET log_file_mode = '0644';
ALTER SYSTEM SET log_filename = 'postgresql-%a.log';
ALTER SYSTEM SET log_truncate_on_rotation = on;
ALTER SYSTEM SET log_rotation_age = 0;
ALTER SYSTEM SET log_rotation_size = 0;
ALTER SYSTEM SET max_wal_senders = 0;
ALTER SYSTEM SET log_connections = on;
ALTER SYSTEM SET log_disconnections = on;
ALTER SYSTEM SET log_statement = ddl;
ALTER SYSTEM SET log_min_messages = warning;
ALTER SYSTEM SET log_min_error_statement = notice;
ALTER SYSTEM SET log_error_verbosity = verbose;
ALTER SYSTEM SET log_timezone = 'utc';
ALTER SYSTEM SET timezone = 'Etc/UTC';
ALTER SYSTEM SET debug_print_plan = off;
ALTER SYSTEM SET log_min_duration_statement = -1;
ALTER SYSTEM SET log_parameter_max_length_on_error = 0;
ALTER SYSTEM SET log_lock_waits = on;
ALTER SYSTEM SET log_checkpoints = on;
ALTER SYSTEM SET log_temp_files = '1MB';
ALTER SYSTEM SET log_autovacuum_min_duration = 0;
--@ restart
--@ log.collector pass 1 0
--  server log | t | logging_collector = on, log_destination = stderr, csvlog
--@ log.connections pass 2 0
--  log_connections | t | log_connections = on
--@ log.statement pass 1 0
--  definitions | t | log_statement = ddl, pgaudit is not loaded
--@ log.prefix pass 5 0
--  time | t | the log is collected as csvlog or jsonlog
--@ log.levels pass 3 0
--  log_min_messages | t | log_min_messages = warning
--@ log.file_mode fail 1 1
--  log_file_mode | f | log_file_mode = 0644
--@ log.rotation fail 2 2
--  rotation | f | log_rotation_age = 0 min, log_rotation_size = 0 kB
--  truncation | f | log_truncate_on_rotation = on, log_filename = 'postgresql-%a.log'
--@ log.timezone pass 2 0
--  log_timezone | t | log_timezone = utc
--@ log.debug_off pass * 0
--  debug_print_plan | t | debug_print_plan = off
--@ log.param_leak pass 2 0
--  log_parameter_max_length | t | log_parameter_max_length = -1, and nothing that has parameters is logged
--  log_parameter_max_length_on_error | t | log_parameter_max_length_on_error = 0
--@ log.repl_commands not_occurring 0 0
--@ log.waits_checkpoints pass 4 0
--  log_temp_files | t | log_temp_files = 1024 kB, at most 102400
ALTER SYSTEM SET log_destination = 'stderr';
ALTER SYSTEM SET log_line_prefix = '%m [%p] %q%u@%d %h ';
ALTER SYSTEM SET log_file_mode = '0640';
ALTER SYSTEM SET log_filename = 'postgresql-%Y-%m-%d.log';
ALTER SYSTEM SET log_rotation_size = '1GB';
ALTER SYSTEM SET log_statement = mod;
ALTER SYSTEM SET log_parameter_max_length = 100;
ALTER SYSTEM SET log_replication_commands = on;
ALTER SYSTEM RESET max_wal_senders;
--@ restart
--@ log.prefix pass 5 0
--  client | t | log_line_prefix = '%m [%p] %q%u@%d %h '
--@ log.file_mode pass 1 0
--  log_file_mode | t | log_file_mode = 0640
--@ log.rotation pass 2 0
--  rotation | t | log_rotation_age = 0 min, log_rotation_size = 1048576 kB
--  truncation | t | log_truncate_on_rotation = on, log_filename = 'postgresql-%Y-%m-%d.log'
--@ log.param_leak fail 2 1
--  log_parameter_max_length | f | log_parameter_max_length = 100
--@ log.repl_commands pass 1 0
--  log_replication_commands | t | log_replication_commands = on

-- log.overrides
--@ log.overrides not_occurring 0 0
CREATE ROLE "A";
ALTER ROLE "A" SET work_mem = '8MB';
ALTER ROLE "A" SET log_statement = 'ALL';
ALTER ROLE "A" IN DATABASE log SET log_duration = 'yes';
ALTER ROLE "A" SET log_min_error_statement = 'error';
ALTER DATABASE log SET log_lock_waits = off;
--@ log.overrides fail 5 2
--  work_mem of role "A" | t | no setting of the audit trail
--  log_statement of role "A" | t | all here, mod on the server
--  log_min_error_statement of role "A" | f | error here, notice on the server
--  log_duration of role "A" in database log | t | true here, false on the server
--  log_lock_waits of database log | f | false here, true on the server
ALTER ROLE "A" RESET log_min_error_statement;
ALTER DATABASE log RESET log_lock_waits;
--@ log.overrides pass 3 0
--  work_mem of role "A" | t | no setting of the audit trail
ALTER ROLE ALL SET log_statement = 'none';
--@ log.overrides fail 4 1
--  log_statement of every role | f | none here, mod on the server
ALTER ROLE ALL RESET ALL;

-- populations that cannot be empty
--@ never log.collector not_occurring: it judges the server as a whole
--@ never log.connections not_occurring: the server always has the setting
--@ never log.debug_off not_occurring: the server always has the setting
--@ never log.levels not_occurring: the server always has the setting
--@ never log.param_leak not_occurring: the server always has the setting
--@ never log.pgaudit not_occurring: it judges the server as a whole
--@ never log.prefix not_occurring: the server always has the setting
--@ never log.statement not_occurring: it judges the server as a whole
--@ never log.timezone not_occurring: the server always has the setting
--@ never log.waits_checkpoints not_occurring: the server always has the setting
