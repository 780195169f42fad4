/* sql/70_table_digest.sql */

--
-- Digests of rows that do not depend on their order, nor on the server.
--

CREATE FUNCTION soc2.row_digest(VARIADIC "any")
    RETURNS soc2.digest
    AS 'MODULE_PATHNAME', 'soc2_row_digest'
    LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.row_digest("any") IS
'digest of a row with these values, the same on every server';

CREATE FUNCTION soc2.row_digest_agg_transition(internal, VARIADIC "any")
    RETURNS internal
    AS 'MODULE_PATHNAME', 'soc2_row_digest_agg_transition'
    LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.row_digest_agg_transition(internal, "any") IS
'aggregate: adds a row';

CREATE FUNCTION soc2.row_digest_keyed_agg_transition(internal, bytea, VARIADIC "any")
    RETURNS internal
    AS 'MODULE_PATHNAME', 'soc2_row_digest_keyed_agg_transition'
    LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.row_digest_keyed_agg_transition(internal, bytea, "any") IS
'aggregate: adds a row, hashed with a key';

CREATE FUNCTION soc2.row_digest_agg_combine(internal, internal)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'soc2_row_digest_agg_combine'
    LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.row_digest_agg_combine(internal, internal) IS
'aggregate: joins two states';

CREATE FUNCTION soc2.row_digest_agg_serialize(internal)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'soc2_row_digest_agg_serialize'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.row_digest_agg_serialize(internal) IS
'aggregate: state to bytea';

CREATE FUNCTION soc2.row_digest_agg_deserialize(bytea, internal)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'soc2_row_digest_agg_deserialize'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.row_digest_agg_deserialize(bytea, internal) IS
'aggregate: bytea to state';

CREATE FUNCTION soc2.row_digest_agg_final(internal)
    RETURNS soc2.digest
    AS 'MODULE_PATHNAME', 'soc2_row_digest_agg_final'
    LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.row_digest_agg_final(internal) IS
'aggregate: state as digest';

CREATE AGGREGATE soc2.row_digest_agg(VARIADIC "any") (
    SFUNC = soc2.row_digest_agg_transition,
    STYPE = internal,
    SSPACE = 128,
    COMBINEFUNC = soc2.row_digest_agg_combine,
    SERIALFUNC = soc2.row_digest_agg_serialize,
    DESERIALFUNC = soc2.row_digest_agg_deserialize,
    FINALFUNC = soc2.row_digest_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE soc2.row_digest_agg("any") IS
'digest of rows with these values in any order, each as often as it is there; no rows have one, too';

CREATE AGGREGATE soc2.row_digest_keyed_agg(bytea, VARIADIC "any") (
    SFUNC = soc2.row_digest_keyed_agg_transition,
    STYPE = internal,
    SSPACE = 128,
    COMBINEFUNC = soc2.row_digest_agg_combine,
    SERIALFUNC = soc2.row_digest_agg_serialize,
    DESERIALFUNC = soc2.row_digest_agg_deserialize,
    FINALFUNC = soc2.row_digest_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE soc2.row_digest_keyed_agg(bytea, "any") IS
'the same with a key that is the first argument and the same in all rows: chosen after the rows, it makes rows of the same digest infeasible to find';

CREATE FUNCTION soc2.table_digest(
        "table" regclass, columns text[] DEFAULT NULL, key bytea DEFAULT NULL,
        OUT row_count bigint, OUT digest soc2.digest, OUT column_names text[])
    RETURNS record
    AS 'MODULE_PATHNAME', 'soc2_table_digest'
    LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED;
COMMENT ON FUNCTION soc2.table_digest(regclass, text[], bytea) IS
'number and digest of all rows of a table or view, of all columns or of some: the same on every server that has the same values, in whatever order, partitions, encoding or version; the columns that count';
