-- log.connections: since 18 a list, where "on" is kept as it was given
ALTER SYSTEM SET log_connections = off;
ALTER SYSTEM SET log_disconnections = off;
--@ reload
--@ log.connections fail 2 2
--  ~ ^log_connections \| f \| log_connections = (off)?$
--  log_disconnections | f | log_disconnections = off
ALTER SYSTEM SET log_connections = on;
ALTER SYSTEM SET log_disconnections = on;
--@ reload
--@ log.connections pass 2 0
--  log_connections | t | log_connections = on
