-- role.superuser_count: the bootstrap superuser is approved
--@ role.superuser_count pass 1 0
CREATE ROLE "Second ""Boss" SUPERUSER NOLOGIN;
--@ role.superuser_count fail 2 1
--  Second "Boss | f | superuser, cannot log in
SELECT soc2.set_check_parameters('role.superuser_count', '{"approved": ["Second \"Boss"]}', 'test') IS NOT NULL;
--@ role.superuser_count pass 2 0
--  Second "Boss | t | superuser, cannot log in
