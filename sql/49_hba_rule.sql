/* sql/49_hba_rule.sql */

--
-- The rules of pg_hba.conf, in a form that checks can judge.
--

CREATE VIEW soc2.hba_rules AS
    WITH main AS (
        SELECT s.setting AS path,
            pg_catalog.regexp_replace(s.setting, '[^/]*$', '') AS directory
        FROM soc2.server_settings AS s
        WHERE s.name OPERATOR(pg_catalog.=) 'hba_file'),
    line AS (
        SELECT pg_catalog.row_number() OVER () AS ordinal,
            COALESCE(pg_catalog.to_jsonb(f) OPERATOR(pg_catalog.->>) 'file_name',
                m.path) AS path,
            m.directory, f.line_number, f.type, f.database, f.user_name,
            f.address, f.auth_method, f.error,
            CASE WHEN f.netmask IS NOT NULL THEN
                pg_catalog.set_masklen(
                    pg_catalog.split_part(f.address, '%', 1)::inet,
                    pg_catalog.bit_count(pg_catalog.substring(
                        pg_catalog.inet_send(f.netmask::inet), 5))::integer)
            END AS network
        FROM pg_catalog.pg_hba_file_rules AS f
        LEFT JOIN main AS m ON true)
    SELECT pg_catalog.format('%s:%s',
            CASE WHEN pg_catalog.starts_with(l.path, l.directory)
                THEN pg_catalog.substr(l.path, pg_catalog.length(l.directory) OPERATOR(pg_catalog.+) 1)
                ELSE l.path END, l.line_number) AS rule,
        l.ordinal, l.path, l.type, l.database, l.user_name, l.address,
        l.network, l.auth_method, l.error,
        l.type OPERATOR(pg_catalog.<>) 'local'
            AND NOT COALESCE(l.address OPERATOR(pg_catalog.=) ANY ('{localhost,samehost}'::text[]), false)
            AND NOT COALESCE(l.network OPERATOR(pg_catalog.<<=) '127.0.0.0/8'::inet, false)
            AND NOT COALESCE(l.network OPERATOR(pg_catalog.<<=) '::1/128'::inet, false) AS remote,
        CASE WHEN l.type IS NULL THEN COALESCE(l.error, 'cannot be read')
            ELSE pg_catalog.format('%s %s %s %s %s', l.type,
                pg_catalog.array_to_string(l.database, ','),
                pg_catalog.array_to_string(l.user_name, ','),
                COALESCE(l.network::text, l.address, '-'), l.auth_method)
        END AS summary
    FROM line AS l;
COMMENT ON VIEW soc2.hba_rules IS
'what do pg_hba.conf and the files it includes say? one row a rule, in their order, also rules in error; the files, which need not be in force: see soc2.hba_files()';
COMMENT ON COLUMN soc2.hba_rules.rule IS
'file and line, as pg_hba.conf:12; the file is relative to the directory of pg_hba.conf where it can be';
COMMENT ON COLUMN soc2.hba_rules.ordinal IS 'position among all rules; the first that matches a connection counts';
COMMENT ON COLUMN soc2.hba_rules.path IS 'path of the file';
COMMENT ON COLUMN soc2.hba_rules.type IS
'local, host, hostssl, hostnossl, hostgssenc or hostnogssenc; NULL: the line could not be read, and the server keeps its old rules';
COMMENT ON COLUMN soc2.hba_rules.database IS 'databases, as in the file';
COMMENT ON COLUMN soc2.hba_rules.user_name IS 'roles, as in the file';
COMMENT ON COLUMN soc2.hba_rules.address IS
'host name, address, all, samehost or samenet; NULL for local rules';
COMMENT ON COLUMN soc2.hba_rules.network IS
'address with the length of its mask; NULL where the rule names none';
COMMENT ON COLUMN soc2.hba_rules.auth_method IS 'method of authentication';
COMMENT ON COLUMN soc2.hba_rules.error IS
'what is wrong with the line; with a type it is in force all the same, but can match nothing';
COMMENT ON COLUMN soc2.hba_rules.remote IS
'true: it speaks of connections from other machines; NULL: the line could not be read';
COMMENT ON COLUMN soc2.hba_rules.summary IS 'the rule on one line, or what is wrong with it';

CREATE FUNCTION soc2.hba_files()
    RETURNS TABLE (path text, modified_at timestamptz)
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT f.path, s.modification
    FROM (SELECT pg_catalog.current_setting('hba_file')
          UNION
          SELECT r.path FROM soc2.hba_rules AS r) AS f (path)
    CROSS JOIN LATERAL pg_catalog.pg_stat_file(f.path, true) AS s;
END;
COMMENT ON FUNCTION soc2.hba_files() IS
'pg_hba.conf and the files with rules that it includes, and when each was last changed, which only superusers see otherwise; a change after pg_conf_load_time() is not in force';
