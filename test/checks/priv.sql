-- priv.public_tables
CREATE TABLE t (a integer, b text);
--@ priv.public_tables pass * 0
--  public.t | t | nothing granted to PUBLIC
GRANT SELECT, INSERT ON t TO PUBLIC;
--@ priv.public_tables fail * 1
--  public.t | f | PUBLIC holds INSERT, SELECT
REVOKE ALL ON t FROM PUBLIC;
GRANT UPDATE (b) ON t TO PUBLIC;
--@ priv.public_tables fail * 1
--  public.t | f | PUBLIC holds UPDATE
