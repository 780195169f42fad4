/* sql/34_guard.sql */

--
-- What refuses commands that destroy a ledger or change its definition.
--
-- The function is one of C so that these triggers load the library, whose hook
-- does the work, into every session that runs such a command.  ALWAYS: not even
-- session_replication_role keeps them from firing.
--

CREATE FUNCTION soc2.ddl_guard()
    RETURNS event_trigger
    AS 'MODULE_PATHNAME', 'soc2_ddl_guard'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.ddl_guard() IS
'event trigger: refuses DROP and ALTER of ledgers that have rows, and of the extension';

CREATE EVENT TRIGGER soc2_ddl_start
    ON ddl_command_start
    EXECUTE FUNCTION soc2.ddl_guard();
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER soc2_ddl_start IS
'loads the guard of ledgers, which sees what a command drops and changes';

CREATE EVENT TRIGGER soc2_ddl_rewrite
    ON table_rewrite
    EXECUTE FUNCTION soc2.ddl_guard();
ALTER EVENT TRIGGER soc2_ddl_rewrite ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER soc2_ddl_rewrite IS
'refuses to write rows of a ledger anew';

CREATE EVENT TRIGGER soc2_ddl_end
    ON ddl_command_end
    EXECUTE FUNCTION soc2.ddl_guard();
ALTER EVENT TRIGGER soc2_ddl_end ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER soc2_ddl_end IS
'refuses what can be judged only after the command';
