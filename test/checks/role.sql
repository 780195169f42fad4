-- what a new cluster has: one superuser that can log in
--@ role.superuser_count pass 1 0
--  postgres | t | superuser, can log in
--@ role.superuser_path not_occurring 0 0
--@ role.bypassrls pass 4 0
--  postgres: BYPASSRLS | t | BYPASSRLS, can log in
--@ role.dangerous_predefined not_occurring 0 0
--@ role.admin_option not_occurring 0 0
--@ role.connlimit not_occurring 0 0
--@ role.replication_dedicated not_occurring 0 0
--@ role.sod not_occurring 0 0
--@ 15- role.createrole_escalation pass * 0
--  soc2_admin | t | no CREATEROLE
--@ role.owner_unmapped fail 1 1
--  postgres | f | no owner is recorded
--@ role.dormant not_occurring 0 0
CREATE ROLE "Second ""Boss" SUPERUSER NOLOGIN;
--@ role.superuser_count fail 2 1
--  Second "Boss | f | superuser, cannot log in
SELECT soc2.set_check_parameters('role.superuser_count', '{"approved": ["Second \"Boss"]}', 'test') IS NOT NULL;
--@ role.superuser_count pass 2 0
--  Second "Boss | t | superuser, cannot log in

-- superusers reached by membership, also through a role in between
CREATE ROLE plain LOGIN;
CREATE ROLE middle NOLOGIN IN ROLE "Second ""Boss";
--@ role.superuser_path pass 1 0
--  plain | t | reaches no superuser
GRANT middle TO plain;
--@ role.superuser_path fail 1 1
--  plain | f | reaches Second "Boss
SELECT soc2.set_check_parameters('role.superuser_path', '{"approved": ["plain"]}', 'test') IS NOT NULL;
--@ role.superuser_path pass 1 0
--  plain | t | reaches Second "Boss
REVOKE middle FROM plain;

-- attributes
ALTER ROLE plain BYPASSRLS REPLICATION;
--@ role.bypassrls fail 6 2
--  plain: BYPASSRLS | f | BYPASSRLS, can log in
--  plain: REPLICATION | f | REPLICATION, can log in
SELECT soc2.set_check_parameters('role.bypassrls', '{"approved": ["plain"]}', 'test') IS NOT NULL;
--@ role.bypassrls pass 6 0
--@ role.replication_dedicated fail 1 1
--  plain | f | also BYPASSRLS
ALTER ROLE plain NOBYPASSRLS;
GRANT middle TO plain;
--@ role.replication_dedicated fail 1 1
--  plain | f | also member of middle
REVOKE middle FROM plain;
--@ role.replication_dedicated pass 1 0
--  plain | t | nothing else
ALTER ROLE plain CREATEROLE;
--@ 15- role.createrole_escalation fail * 1
--  plain | f | CREATEROLE without SUPERUSER
ALTER ROLE plain NOCREATEROLE NOREPLICATION;

-- memberships in predefined roles: PostgreSQL's own among themselves do not count
GRANT pg_read_all_data TO middle;
GRANT middle TO plain;
GRANT pg_signal_backend TO plain WITH ADMIN OPTION;
--@ role.dangerous_predefined fail 2 2
--  plain in pg_read_all_data | f | through another role
--  plain in pg_signal_backend | f | granted with ADMIN OPTION
SELECT soc2.set_check_parameters('role.dangerous_predefined', '{"approved": ["plain"]}', 'test') IS NOT NULL;
--@ role.dangerous_predefined pass 2 0
--  plain in pg_read_all_data | t | through another role
--@ role.admin_option fail 1 1
--  plain in pg_signal_backend | f | can grant it, has it from postgres
SELECT soc2.set_check_parameters('role.admin_option', '{"approved": ["plain"]}', 'test') IS NOT NULL;
--@ role.admin_option pass 1 0
--  plain in pg_signal_backend | t | can grant it, has it from postgres

-- limits
--@ role.connlimit fail 1 1
--  plain | f | no limit
ALTER ROLE plain CONNECTION LIMIT 5;
--@ role.connlimit pass 1 0
--  plain | t | limit 5

-- owners and logins
SELECT soc2.identify_role('postgres', 'person', 'A. Person');
SELECT soc2.identify_role('plain', 'service', 'B. Person', 'batch');
--@ role.owner_unmapped pass 2 0
--  plain | t | service: B. Person
--  postgres | t | person: A. Person
SELECT soc2.record_logins('postgres', now());
--@ role.dormant error 2 0
--  ~ ^postgres \| t \| last seen on 20\d\d-
--  plain |  | never seen, but not observed for long enough
-- records that go far enough back make a role that is not in them dormant
SELECT soc2.record_logins('postgres', now() - interval '100 days');
--@ role.dormant fail 2 1
--  plain | f | never seen
SELECT soc2.record_logins('plain', now() - interval '99 days');
--@ role.dormant fail 2 1
--  ~ ^plain \| f \| last seen on 20\d\d-
SELECT soc2.record_logins('plain', now() - interval '89 days');
--@ role.dormant pass 2 0
--  ~ ^plain \| t \| last seen on 20\d\d-\d\d-\d\d$

-- segregation of duties: a superuser has no duties to segregate
CREATE ROLE orders NOLOGIN;
CREATE ROLE pays NOLOGIN;
SELECT soc2.separate_duties('four eyes', 'orders', 'pays', 'pays what it orders');
--@ role.sod not_occurring 0 0
GRANT orders TO middle;
--@ role.sod pass 1 0
--  plain by rule four eyes | t | holds orders only
GRANT pays TO plain;
--@ role.sod fail 1 1
--  plain by rule four eyes | f | holds orders and pays
REVOKE pays FROM plain;
-- one side by another role of the same person
CREATE ROLE plain2 LOGIN CONNECTION LIMIT 5 IN ROLE pays;
--@ role.sod pass 2 0
SELECT soc2.identify_role('plain2', 'person', 'B. Person');
--@ role.sod fail 3 1
--  B. Person by rule four eyes | f | holds orders by plain through middle, pays by plain2
DROP ROLE plain2;
DELETE FROM soc2.identities WHERE role_name = 'plain2';

-- joiners and leavers: once there is a roster, those who answer are in it
--@ role.leaver not_occurring 0 0
COPY soc2.roster (person, role_names, joined_on, left_on) FROM stdin (FORMAT csv);
A. Person,{},2020-01-01,
\.
--@ role.owner_unmapped fail 2 1
--  plain | f | its owner is not in the roster
--@ role.leaver not_occurring 0 0
COPY soc2.roster (person, role_names, joined_on, left_on) FROM stdin (FORMAT csv);
B. Person,{plain},2020-01-01,2999-01-01
C. Person,{},2020-01-01,2021-01-01
\.
--@ role.owner_unmapped pass 2 0
--@ role.leaver not_occurring 0 0
UPDATE soc2.roster SET left_on = '2024-02-29' WHERE person = 'B. Person';
--@ role.leaver fail 1 1
--  plain of B. Person | f | left on 2024-02-29: can still log in
ALTER ROLE plain NOLOGIN;
--@ role.leaver pass 1 0
--  plain of B. Person | t | left on 2024-02-29: can no longer log in, the role is still there
ALTER ROLE plain LOGIN;
DROP ROLE pays;
--@ role.sod error 2 0
--  rule four eyes |  | role pays is gone

-- populations that cannot be empty
--@ never role.bypassrls not_occurring: there is always the bootstrap superuser
--@ never role.createrole_escalation not_occurring: there are always the roles of the extension
--@ never role.owner_unmapped not_occurring: there is always the bootstrap superuser
--@ never role.superuser_count not_occurring: there is always the bootstrap superuser
