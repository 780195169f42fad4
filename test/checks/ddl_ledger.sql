-- chg.ddl_ledger: what was not asked for and approved before
--@ chg.ddl_ledger not_occurring 0 0
SELECT soc2.start_ddl_capture();
--@ chg.ddl_ledger not_occurring 0 0
CREATE ROLE second SUPERUSER;
CREATE TABLE early (a integer);
--@ chg.ddl_ledger fail 1 1
--  ~ ^CREATE TABLE table public\.early [0-9a-f-]+ \| f \| by postgres on 20.*, no approved change$
SELECT soc2.record_change('C-1', 'tables', '{"table public.*"}');
CREATE TABLE asked (a integer);
SET SESSION AUTHORIZATION second;
SELECT soc2.approve_change('C-1') IS NOT NULL;
RESET SESSION AUTHORIZATION;
-- an approval does not reach back
--@ chg.ddl_ledger fail 2 2
CREATE TABLE approved (a integer);
CREATE VIEW other AS SELECT 1 AS a;
--@ chg.ddl_ledger fail 4 3
--  ~ ^CREATE TABLE table public\.approved .* \| t \| by postgres on 20.*, change C-1$
--  ~ ^CREATE VIEW view public\.other .* \| f \| 
-- the change that the session names covers what it does, if it is approved
SET soc2.change = 'C-1';
DROP VIEW other;
SET soc2.change = 'C-2';
CREATE VIEW another AS SELECT 1 AS a;
RESET soc2.change;
--@ chg.ddl_ledger fail 6 4
--  ~ ^DROP VIEW view public\.other .* \| t \| by postgres on 20.*, change C-1$
--  ~ ^CREATE VIEW view public\.another .* \| f \| by postgres on 20.*, no approved change$
SELECT soc2.set_check_parameters('chg.ddl_ledger', '{"window": "0 seconds"}', 'test') IS NOT NULL;
--@ chg.ddl_ledger not_occurring 0 0
SELECT soc2.set_check_parameters('chg.ddl_ledger', jsonb_build_object('ignored',
    jsonb_build_array(current_setting('application_name'))), 'test') IS NOT NULL;
--@ chg.ddl_ledger pass 6 0
--  ~ ^CREATE TABLE table public\.approved [0-9a-f-]+ \| t \| by postgres on 20.*, change C-1$
SELECT soc2.stop_ddl_capture();
