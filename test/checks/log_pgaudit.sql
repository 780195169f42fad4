--@ requires pgaudit
ALTER SYSTEM SET shared_preload_libraries = pg_stat_statements, pgaudit;
ALTER SYSTEM SET log_statement = none;
--@ restart
--@ log.pgaudit fail 3 2
--  shared_preload_libraries | t | pgaudit is preloaded
--  class ddl | f | pgaudit.log = none
--  class role | f | pgaudit.log = none
--@ log.statement fail 1 1
--  definitions | f | log_statement = none, pgaudit.log = none
ALTER SYSTEM SET pgaudit.log = 'all, -role';
--@ reload
--@ log.pgaudit fail 3 1
--  class ddl | t | pgaudit.log = all, -role
--  class role | f | pgaudit.log = all, -role
--@ log.statement pass 1 0
--  definitions | t | log_statement = none, pgaudit.log = all, -role
ALTER SYSTEM SET pgaudit.log = 'write, ROLE, ddl';
--@ reload
--@ log.pgaudit pass 3 0
--  class ddl | t | pgaudit.log = write, ROLE, ddl
