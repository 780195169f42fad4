-- pi.constraints_valid
--@ pi.constraints_valid not_occurring 0 0
CREATE TABLE t (a integer PRIMARY KEY, b integer);
ALTER TABLE t ADD CONSTRAINT "C" CHECK (a > 0) NOT VALID;
--@ pi.constraints_valid fail 2 1
--  constraint "C" on public.t | f | NOT VALID
ALTER TABLE t VALIDATE CONSTRAINT "C";
--@ pi.constraints_valid pass 2 0
--  constraint "C" on public.t | t | validated
--  index public.t_pkey on public.t | t | valid
INSERT INTO t VALUES (1, 1), (2, 1);
\set ON_ERROR_STOP off
CREATE UNIQUE INDEX CONCURRENTLY broken ON t (b);
\set ON_ERROR_STOP on
--@ pi.constraints_valid fail 3 1
--  index public.broken on public.t | f | invalid: a build was interrupted or failed
