/* sql/32_export.sql */

--
-- Export, for verifiers that need no server
--

CREATE FUNCTION soc2.export_ledger("table" regclass)
    RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'soc2_export_ledger'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.export_ledger(regclass) IS
'lines of a bundle for soc2-verify: the rows of a ledger and its log as JSON, in ASCII, all of one snapshot; needs SELECT on the ledger';
