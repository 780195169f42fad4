/* sql/48_server_setting.sql */

--
-- Settings of the server, whatever a session has made of them.
--

CREATE FUNCTION soc2.read_server_settings()
    RETURNS TABLE (
        name text, setting text, source text, sourcefile text,
        pending_restart boolean)
    AS 'MODULE_PATHNAME', 'soc2_read_server_settings'
    LANGUAGE C STABLE STRICT PARALLEL RESTRICTED ROWS 400;
COMMENT ON FUNCTION soc2.read_server_settings() IS
'settings as the postmaster has them, read by a background worker that ends at once, once a transaction; without pg_read_all_settings those that are for superusers are left out';

CREATE VIEW soc2.server_settings AS
    SELECT r.name,
        -- a database has its own, which nobody can set
        CASE WHEN s.context OPERATOR(pg_catalog.=) 'internal' THEN s.reset_val
            ELSE r.setting END AS setting,
        s.unit, r.source, r.sourcefile, r.pending_restart
    FROM soc2.read_server_settings() AS r
    LEFT JOIN pg_catalog.pg_settings AS s
        ON s.name OPERATOR(pg_catalog.=) r.name;
COMMENT ON VIEW soc2.server_settings IS
'what are the settings of the server? what a session, its role, its database or its client made of them does not count';
COMMENT ON COLUMN soc2.server_settings.name IS 'name of the setting';
COMMENT ON COLUMN soc2.server_settings.setting IS 'value that the server has, in the unit';
COMMENT ON COLUMN soc2.server_settings.unit IS 'unit of the value; NULL: none';
COMMENT ON COLUMN soc2.server_settings.source IS 'where the value is from, as in pg_settings';
COMMENT ON COLUMN soc2.server_settings.sourcefile IS
'file that the value is from; NULL where it is from none, or for a role without pg_read_all_settings';
COMMENT ON COLUMN soc2.server_settings.pending_restart IS
'true: the file has another value, which counts after a restart';

CREATE VIEW soc2.preloaded_libraries AS
    SELECT DISTINCT s.name AS setting, pg_catalog.btrim(l.item, ' "') AS library
    FROM soc2.server_settings AS s
    CROSS JOIN LATERAL pg_catalog.string_to_table(s.setting, ',') AS l (item)
    WHERE s.name OPERATOR(pg_catalog.~) '^(shared|session|local)_preload_libraries$'
        AND pg_catalog.btrim(l.item, ' "') OPERATOR(pg_catalog.<>) '';
COMMENT ON VIEW soc2.preloaded_libraries IS
'which libraries does the server load by itself? one row a library and a setting that names it';
COMMENT ON COLUMN soc2.preloaded_libraries.setting IS
'shared_preload_libraries, session_preload_libraries or local_preload_libraries';
COMMENT ON COLUMN soc2.preloaded_libraries.library IS 'the library as the setting names it, without quotes';
