-- tls.on
--@ tls.on fail 1 1
--  ssl | f | ssl = off
--@ certificate
ALTER SYSTEM SET ssl = on;
--@ reload
--@ tls.on pass 1 0
--  ssl | t | ssl = on
