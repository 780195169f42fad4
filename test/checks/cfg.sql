-- cfg.dangerous: what the server has counts, not what a session sets
ALTER SYSTEM SET fsync = on;
--@ reload
SET zero_damaged_pages = on;
--@ cfg.dangerous pass 6 0
--  fsync | t | fsync = on
--  zero_damaged_pages | t | zero_damaged_pages = off
RESET zero_damaged_pages;
ALTER SYSTEM SET fsync = off;
ALTER SYSTEM SET zero_damaged_pages = on;
--@ reload
--@ cfg.dangerous fail 6 2
--  fsync | f | fsync = off
--  zero_damaged_pages | f | zero_damaged_pages = on
-- and what every session of a role starts with
ALTER SYSTEM RESET ALL;
SELECT format('ALTER ROLE %I SET zero_damaged_pages = on', current_user) \gexec
--@ reload
--@ cfg.dangerous fail 6 2
--  zero_damaged_pages | f | zero_damaged_pages = on
SELECT format('ALTER ROLE %I RESET ALL', current_user) \gexec
