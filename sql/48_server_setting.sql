/* sql/48_server_setting.sql */

--
-- Settings of the server, whatever a session has made of them.
--

CREATE VIEW soc2.server_settings AS
    SELECT s.name, s.reset_val AS setting, s.unit, s.source, s.sourcefile,
        s.pending_restart
    FROM pg_catalog.pg_settings AS s;
COMMENT ON VIEW soc2.server_settings IS
'what are the settings of the server? what SET, SET LOCAL and functions made of them in this session does not count';
COMMENT ON COLUMN soc2.server_settings.name IS 'name of the setting';
COMMENT ON COLUMN soc2.server_settings.setting IS 'value that the server has, in the unit';
COMMENT ON COLUMN soc2.server_settings.unit IS 'unit of the value; NULL: none';
COMMENT ON COLUMN soc2.server_settings.source IS 'where the value is from, as in pg_settings';
COMMENT ON COLUMN soc2.server_settings.sourcefile IS
'file that the value is from; NULL where it is from none, or for a role without pg_read_all_settings';
COMMENT ON COLUMN soc2.server_settings.pending_restart IS
'true: the file has another value, which counts after a restart';
