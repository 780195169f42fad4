-- fs.data_dir_mode: with another mode the server does not start
--@ fs.data_dir_mode pass 1 0
--  data_directory_mode | t | data_directory_mode = 0700
SELECT soc2.set_check_parameters('fs.data_dir_mode', '{"allowed": ["0750"]}', 'test') IS NOT NULL;
--@ fs.data_dir_mode fail 1 1
--  data_directory_mode | f | data_directory_mode = 0700

-- fs.tablespaces
--@ fs.tablespaces not_occurring 0 0
COPY (SELECT 1) TO PROGRAM 'mkdir ../pgdata_outside inside';
SELECT format('CREATE TABLESPACE "Out" LOCATION %L', setting || '_outside')
FROM pg_settings WHERE name = 'data_directory' \gexec
--@ fs.tablespaces pass 1 0
--  ~ ^Out \| t \| /.*/pgdata_outside$
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE place LOCATION '';
SELECT format('CREATE TABLESPACE inside LOCATION %L', setting || '/inside')
FROM pg_settings WHERE name = 'data_directory' \gexec
--@ fs.tablespaces fail 3 2
--  ~ ^inside \| f \| /.*/pgdata/inside$
--  ~ ^place \| f \| pg_tblspc/\d+$
DROP TABLESPACE "Out";
DROP TABLESPACE inside;
DROP TABLESPACE place;

-- fs.log_dir_outside
--@ fs.log_dir_outside not_occurring 0 0
ALTER SYSTEM SET logging_collector = on;
ALTER SYSTEM SET log_directory = 'inside';
--@ restart
--@ fs.log_dir_outside fail 1 1
--  log_directory | f | log_directory = inside
SELECT format('ALTER SYSTEM SET log_directory = %L', setting || '_outside')
FROM pg_settings WHERE name = 'data_directory' \gexec
--@ reload
--@ fs.log_dir_outside pass 1 0
--  ~ ^log_directory \| t \| log_directory = /.*/pgdata_outside$

-- populations that cannot be empty
--@ never fs.data_dir_mode not_occurring: the server always has the setting
