--
-- Settings of the server: what a session, its role or its database made of them
-- does not count, and nobody sees more than he may.
--
SET search_path = soc2, public;
SET client_min_messages = warning;
SELECT count(*) > 300 AS many, count(*) = count(DISTINCT name) AS once, bool_and(setting IS NOT NULL) AS known FROM server_settings;
SELECT setting AS work_mem FROM server_settings WHERE name = 'work_mem' \gset
SELECT setting AS encoding_of_database FROM server_settings WHERE name = 'server_encoding';
SET work_mem = '123MB';
SELECT setting = :'work_mem' AS servers, unit FROM server_settings WHERE name = 'work_mem';
-- role and database
CREATE ROLE regress_soc2_settings LOGIN;
GRANT soc2_collector TO regress_soc2_settings;
ALTER ROLE regress_soc2_settings SET work_mem = '124MB';
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET maintenance_work_mem = ''125MB''', current_database()); END $$;
SELECT current_user AS me \gset
\c - regress_soc2_settings
SET search_path = soc2, public;
SELECT current_setting('work_mem') AS work_mem, current_setting('maintenance_work_mem') AS maintenance_work_mem;
SELECT count(*) AS taken_over FROM server_settings
WHERE (name, setting) IN (('work_mem', '126976'), ('maintenance_work_mem', '128000'));
-- settings for superusers are for those who may read them
SELECT count(*) AS seen FROM server_settings WHERE name IN ('hba_file', 'config_file') OR sourcefile IS NOT NULL;
\c - :me
SET search_path = soc2, public;
GRANT pg_read_all_settings TO regress_soc2_settings;
SET ROLE regress_soc2_settings;
SELECT count(*) AS seen FROM server_settings WHERE name IN ('hba_file', 'config_file');
RESET ROLE;
-- a check reads them, and twice in a transaction they are the same
BEGIN;
SELECT create_check('t.setting', 't', 'low', $$SELECT name, setting <> '126976', setting FROM soc2.server_settings WHERE name = 'work_mem'$$,
    '{CC1}', 'r', 'r');
SET LOCAL work_mem = '124MB';
SELECT outcome FROM assess('t.setting', record => false);
SELECT outcome FROM assess('t.setting', record => false);
ROLLBACK;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET maintenance_work_mem', current_database()); END $$;
REVOKE pg_read_all_settings FROM regress_soc2_settings;
DROP ROLE regress_soc2_settings;
