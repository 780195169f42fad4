-- settings and roles: compared daily, and what differs belongs to a change
--@ chg.observed fail 2 2
--  settings | f | never observed
--  roles | f | never observed
--@ never chg.observed not_occurring: settings and roles are always to be observed
--@ chg.observed_changes not_occurring 0 0
SELECT soc2.observe_settings(), soc2.observe_roles();
--@ chg.observed pass 2 0
--  settings | t | observed within 25 hours
--@ chg.observed_changes not_occurring 0 0
ALTER SYSTEM SET work_mem = '5MB';
CREATE ROLE second SUPERUSER LOGIN;
--@ reload
SELECT soc2.observe_settings(), soc2.observe_roles();
--@ chg.observed_changes fail 2 2
--  ~ ^setting:work_mem added [0-9a-f-]+ \| f \| between 20.* and 20.*, no change names it$
--  ~ ^role second added [0-9a-f-]+ \| f \| between 20.* and 20.*, no change names it$
SELECT soc2.record_change('C-1', 'more memory', '{setting:work_mem,"role app*","membership *"}');
\connect - second
SELECT soc2.approve_change('C-1') IS NOT NULL;
--@ reload
ALTER SYSTEM SET work_mem = '6MB';
CREATE ROLE application;
GRANT pg_monitor TO application;
--@ reload
SELECT soc2.observe_settings(), soc2.observe_roles();
--@ chg.observed_changes fail 5 2
--  ~ ^setting:work_mem changed [0-9a-f-]+ \| t \| between 20.* and 20.*, change C-1$
--  ~ ^role application added [0-9a-f-]+ \| t \| between 20.* and 20.*, change C-1$
SELECT soc2.set_check_parameters('chg.observed_changes', '{"kinds": ["role"]}', 'test') IS NOT NULL;
--@ chg.observed_changes fail 2 1
SELECT soc2.set_check_parameters('chg.observed_changes', '{"kinds": ["membership"]}', 'test') IS NOT NULL;
--@ chg.observed_changes pass 1 0
--  ~ ^membership .*application.* added [0-9a-f-]+ \| t \| between 20.* and 20.*, change C-1$
SELECT soc2.set_check_parameters('chg.observed_changes', '{"window": "0 seconds"}', 'test') IS NOT NULL;
--@ chg.observed_changes not_occurring 0 0
SELECT soc2.set_check_parameters('chg.observed', '{"within": "0 seconds"}', 'test') IS NOT NULL;
--@ chg.observed fail 2 2
--  ~ ^roles \| f \| observed last on 20
